--
-- The operators again, under the same names and on core's functions alone:
-- what the real ones must agree with, to the byte and the SQLSTATE.  Written
-- to be seen to be right, at any cost in time.
--

CREATE FUNCTION fail(state text, message text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'reference: ' || message;
END
$$;

-- The path of a call, numbered from 1.  Complains of the first thing that is wrong with
-- it, with how many other arguments are NULL, or with one that has to be an object.
CREATE FUNCTION checked_path(path text[], nulls int, object jsonb DEFAULT NULL) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	error constant text := CASE WHEN nulls > 0 OR path IS NULL THEN '22004'
								WHEN array_ndims(path) > 1 THEN '2202E'
								WHEN array_position(path, NULL) IS NOT NULL THEN '22004'
								WHEN jsonb_typeof(object) <> 'object' THEN '22023' END;
BEGIN
	IF error IS NOT NULL THEN
		PERFORM jsonb_ivm_test.fail(error, 'an argument is wrong');
	END IF;
	RETURN path[:];
END
$$;

--
-- Paths.
--

CREATE FUNCTION as_json(input text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN input::jsonb;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION as_json(text) IS
'the text as jsonb, NULL if it is none';

CREATE FUNCTION is_scalar(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT jsonb_typeof(value) NOT IN ('object', 'array')
$$;

CREATE TYPE selector AS (
	kind text,					-- every, end or match
	key text,					-- of a match, NULL if the element itself is compared
	value jsonb
);

-- A path element as a selector, NULL if it is none.
CREATE FUNCTION selector(step text) RETURNS selector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	parts text[];
	result jsonb_ivm_test.selector;
BEGIN
	IF step = '[*]' THEN
		result.kind := 'every';
	ELSIF step = '[-]' THEN
		result.kind := 'end';
	ELSE
		parts := regexp_match(step, '^\[("(?:[^"\\]|\\.)*"|[^]="]*)=(.*)\]$');
		IF parts IS NULL THEN
			RETURN NULL;
		END IF;
		IF parts[1] LIKE '"%' THEN
			result.key := jsonb_ivm_test.as_json(parts[1]) #>> '{}';
			IF result.key IS NULL THEN
				RETURN NULL;
			END IF;
		ELSIF parts[1] <> '' THEN
			result.key := parts[1];
		END IF;
		result.kind := 'match';
		result.value := COALESCE(jsonb_ivm_test.as_json(parts[2]), to_jsonb(parts[2]));
		IF NOT jsonb_ivm_test.is_scalar(result.value) THEN
			RETURN NULL;
		END IF;
	END IF;
	RETURN result;
END
$$;

-- What core takes for an index: all that strtol() reads as an int.
CREATE FUNCTION is_index(step text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN step ~ '^[ \t\n\v\f\r]*[-+]?[0-9]+$' AND step::numeric BETWEEN -2147483648 AND 2147483647;
END
$$;

-- The index of the first match as a path element, NULL if there is none.  Only an object
-- has anything at a key; without a key it is the elements themselves.
CREATE FUNCTION first_match(elements jsonb, match_key text, match_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	FOR index IN 0 .. COALESCE(jsonb_array_length(elements), 0) - 1 LOOP
		IF (CASE WHEN match_key IS NULL THEN elements -> index ELSE elements -> index -> match_key END) = match_value THEN
			RETURN index;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

-- Whether what is missing of a path can be created.  A selector never can, but for
-- one: an array that is created gets an end.
CREATE FUNCTION creatable(missing text[], of_object boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	count constant int := cardinality(missing);
BEGIN
	FOR n IN 1 .. count LOOP
		IF (jsonb_ivm_test.selector(missing[n])).kind IS NOT NULL
			AND (missing[n] <> '[-]' OR n < count OR (n = 1 AND of_object))
		THEN
			RETURN false;
		END IF;
	END LOOP;
	RETURN true;
END
$$;

-- What one step of a path means at an array: a selector, or an index as another kind of
-- it, or neither.  A token of a JSON Pointer has a stricter index, and no selectors.
CREATE FUNCTION step_at_array(step text, is_pointer boolean) RETURNS selector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	result jsonb_ivm_test.selector;
BEGIN
	IF is_pointer THEN
		result.kind := CASE WHEN step = '-' THEN 'end' WHEN step ~ '^(0|[1-9][0-9]*)$' THEN 'index' ELSE 'no token' END;
	ELSE
		result := jsonb_ivm_test.selector(step);
		result.kind := COALESCE(result.kind, CASE WHEN jsonb_ivm_test.is_index(step) THEN 'index' ELSE 'malformed' END);
	END IF;
	RETURN result;
END
$$;

-- A place that a path leads to:
--
--	found		there is a value
--	absent		there is none, and it can be created
--	end			there is none: it is the place behind the last element of an array
--	missing		there is none, and it cannot be created
--	scalar		a scalar is in the way of what could be created
--	malformed	an array is on the way that does not understand the path
--	no token	the same, the path being a JSON Pointer
--
-- The steps to it are keys and indexes that count from the front, and NULL for what
-- is behind the last element.
CREATE TYPE place AS (steps text[], state text);

CREATE FUNCTION places(doc jsonb, path text[], is_pointer boolean DEFAULT false, so_far text[] DEFAULT '{}') RETURNS place[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	value jsonb := doc;
	count constant int := cardinality(path);
	step text;
	selector jsonb_ivm_test.selector;
	state text;
	result jsonb_ivm_test.place[];
BEGIN
	FOR level IN 1 .. count LOOP
		step := path[level];
		state := 'found';
		CASE jsonb_typeof(value)
			WHEN 'object' THEN
				IF NOT value ? step THEN
					state := CASE WHEN is_pointer OR jsonb_ivm_test.creatable(path[level:], true) THEN 'absent' ELSE 'missing' END;
				END IF;
			WHEN 'array' THEN
				selector := jsonb_ivm_test.step_at_array(step, is_pointer);
				CASE selector.kind
					WHEN 'every' THEN
						result := '{}';
						FOR index IN 0 .. jsonb_array_length(value) - 1 LOOP
							result := result || jsonb_ivm_test.places(value -> index, path[level + 1:], false, so_far || index::text);
						END LOOP;
						RETURN result;
					WHEN 'end' THEN
						state := CASE WHEN level = count THEN 'end' WHEN is_pointer THEN 'no token' ELSE 'malformed' END;
					WHEN 'match' THEN
						step := jsonb_ivm_test.first_match(value, selector.key, selector.value);
						state := CASE WHEN step IS NULL THEN 'missing' ELSE state END;
					WHEN 'index' THEN
						step := step::numeric + CASE WHEN step::numeric < 0 THEN jsonb_array_length(value) ELSE 0 END;
						state := CASE WHEN step::numeric BETWEEN 0 AND jsonb_array_length(value) - 1 THEN state ELSE 'missing' END;
					ELSE
						state := selector.kind;
				END CASE;
			WHEN 'null' THEN
				state := CASE WHEN is_pointer OR jsonb_ivm_test.creatable(path[level:], false) THEN 'absent' ELSE 'missing' END;
			ELSE
				state := CASE WHEN is_pointer OR jsonb_ivm_test.creatable(path[level:], false) THEN 'scalar' ELSE 'missing' END;
		END CASE;
		IF state <> 'found' THEN
			so_far := so_far || COALESCE(step, path[level]) || path[level + 1:];
			IF state = 'end' OR (state = 'absent' AND NOT is_pointer AND path[count] = '[-]') THEN
				so_far[cardinality(so_far)] := NULL;
			END IF;
			RETURN ARRAY[(so_far, state)::jsonb_ivm_test.place];
		END IF;
		value := value #> ARRAY[step];
		so_far := so_far || step;
	END LOOP;
	RETURN ARRAY[(so_far, 'found')::jsonb_ivm_test.place];
END
$$;

COMMENT ON FUNCTION places(jsonb, text[], boolean, text[]) IS
'all that a path leads to in a document, in its order';

-- What a writer finds in a place: a value of this type (any if NULL), or NULL for
-- none; a JSON null counts as none.
CREATE FUNCTION found(doc jsonb, place place, type text, creates boolean) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	value constant jsonb := CASE WHEN place.state = 'found' THEN NULLIF(doc #> place.steps, 'null') END;
BEGIN
	IF place.state = 'malformed' THEN
		PERFORM jsonb_ivm_test.fail('22P02', 'neither an index nor a selector');
	ELSIF place.state = 'no token' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'no index');
	ELSIF place.state = 'scalar' AND creates THEN
		PERFORM jsonb_ivm_test.fail('22023', 'scalar on the way');
	ELSIF jsonb_typeof(value) <> type THEN
		PERFORM jsonb_ivm_test.fail('22023', 'not an ' || type);
	END IF;
	RETURN value;
END
$$;

-- What a reader finds, which knows no [*].
CREATE FUNCTION look_up(doc jsonb, path text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	count constant int := cardinality(path);
	place jsonb_ivm_test.place;
BEGIN
	FOR level IN 1 .. count LOOP
		IF path[level] = '[*]' THEN
			-- There is one place, or this would not be the first [*] at an array.
			place := (jsonb_ivm_test.places(doc, path[:level - 1]))[1];
			IF place.state = 'found' AND jsonb_typeof(doc #> place.steps) = 'array' THEN
				PERFORM jsonb_ivm_test.fail('22023', 'every element');
			END IF;
		END IF;
	END LOOP;
	place := (jsonb_ivm_test.places(doc, path))[1];
	RETURN CASE WHEN place.state = 'found' THEN doc #> place.steps END;
END
$$;

-- Put a value into a place, and objects where it leads to nothing; an array if there
-- is to be an element behind the last.
CREATE FUNCTION put(doc jsonb, steps text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	depth int := cardinality(steps);
	parent jsonb;
	parent_type text;
BEGIN
	WHILE depth > 0 LOOP
		parent := doc #> steps[1:depth - 1];
		parent_type := COALESCE(jsonb_typeof(parent), 'none');
		EXIT WHEN parent_type IN ('object', 'array') AND steps[depth] IS NOT NULL;
		value := CASE WHEN parent_type = 'array' THEN parent || jsonb_build_array(value)
					  WHEN steps[depth] IS NULL THEN jsonb_build_array(value)
					  ELSE jsonb_build_object(steps[depth], value) END;
		depth := depth - 1;
	END LOOP;
	RETURN CASE WHEN depth = 0 THEN value ELSE jsonb_set(doc, steps[1:depth], value) END;
END
$$;

-- Set what a path leads to, creating it.
CREATE FUNCTION set_places(doc jsonb, path text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	ignored jsonb;
BEGIN
	FOREACH place IN ARRAY jsonb_ivm_test.places(doc, path) LOOP
		ignored := jsonb_ivm_test.found(doc, place, NULL, true);
		IF place.state <> 'missing' THEN
			doc := jsonb_ivm_test.put(doc, place.steps, value);
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

-- Remove what a path leads to.
CREATE FUNCTION remove_places(doc jsonb, path text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	places constant jsonb_ivm_test.place[] := jsonb_ivm_test.places(doc, path);
	ignored jsonb;
BEGIN
	FOR n IN 1 .. cardinality(places) LOOP
		ignored := jsonb_ivm_test.found(doc, places[n], NULL, false);
	END LOOP;
	-- From the last to the first, so that those to come keep their indexes; but never
	-- the document itself.
	FOR n IN REVERSE cardinality(places) .. 1 LOOP
		IF places[n].state = 'found' AND places[n].steps <> '{}' THEN
			doc := doc #- places[n].steps;
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

--
-- Arrays.
--

CREATE FUNCTION updated_where(doc jsonb, places place[], match_key text, match_value jsonb, updates jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	elements jsonb;
	index text;
BEGIN
	FOREACH place IN ARRAY places LOOP
		elements := jsonb_ivm_test.found(doc, place, 'array', false);
		index := jsonb_ivm_test.first_match(elements, match_key, match_value);
		IF index IS NOT NULL THEN
			doc := jsonb_set(doc, place.steps || index, (elements -> index::int) || updates);
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION jsonb_array_update_where(target jsonb, array_path text[], match_key text,
										 match_value jsonb, updates jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, match_value, updates), updates);
	RETURN jsonb_ivm_test.updated_where(target, jsonb_ivm_test.places(target, path), match_key, match_value, updates);
END
$$;

CREATE FUNCTION jsonb_array_update_multi_row(targets jsonb[], array_path text[], match_key text,
											 match_value jsonb, updates jsonb) RETURNS SETOF jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	target jsonb;
	ignored text[];
BEGIN
	IF targets IS NULL THEN
		RETURN;
	END IF;
	ignored := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, match_value, updates), updates);
	FOREACH target IN ARRAY targets LOOP
		RETURN NEXT jsonb_ivm_test.jsonb_array_update_where(target, array_path, match_key, match_value, updates);
	END LOOP;
END
$$;

CREATE FUNCTION jsonb_array_update_where_batch(target jsonb, array_path text[], match_key text,
											   updates jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
	item jsonb;
	match_values jsonb[] := '{}';
	changes jsonb[] := '{}';
	place jsonb_ivm_test.place;
	elements jsonb;
	key_value jsonb;
	seen jsonb[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, updates));
	IF jsonb_typeof(updates) <> 'array' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'updates are not an array');
	END IF;
	FOR n IN 0 .. jsonb_array_length(updates) - 1 LOOP
		item := updates -> n;
		IF jsonb_typeof(item) <> 'object' THEN
			PERFORM jsonb_ivm_test.fail('22023', 'an item is not an object');
		ELSIF item ?& '{match_value,updates}' AND item - 'match_value' - 'updates' = '{}' THEN
			match_values := match_values || (item -> 'match_value');
			changes := changes || (item -> 'updates');
		ELSE
			match_values := match_values || (item -> match_key);
			changes := changes || item;
		END IF;
		IF jsonb_ivm_test.is_scalar(match_values[n + 1]) IS NOT TRUE OR jsonb_typeof(changes[n + 1]) <> 'object' THEN
			PERFORM jsonb_ivm_test.fail('22023', 'an item is malformed');
		END IF;
	END LOOP;

	FOREACH place IN ARRAY jsonb_ivm_test.places(target, path) LOOP
		elements := jsonb_ivm_test.found(target, place, 'array', false);
		seen := '{}';
		FOR index IN 0 .. COALESCE(jsonb_array_length(elements), 0) - 1 LOOP
			key_value := elements -> index -> match_key;
			CONTINUE WHEN key_value IS NULL OR key_value = ANY (seen);
			seen := seen || key_value;
			FOR n IN REVERSE cardinality(changes) .. 1 LOOP
				IF match_values[n] = key_value THEN
					target := jsonb_set(target, place.steps || index::text, (elements -> index) || changes[n]);
					EXIT;
				END IF;
			END LOOP;
		END LOOP;
	END LOOP;
	RETURN target;
END
$$;

CREATE FUNCTION upserted(doc jsonb, places place[], match_key text, match_value jsonb, element jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	elements jsonb;
	index text;
BEGIN
	IF element -> match_key IS DISTINCT FROM match_value THEN
		PERFORM jsonb_ivm_test.fail('22023', 'element does not match itself');
	END IF;
	FOREACH place IN ARRAY places LOOP
		elements := jsonb_ivm_test.found(doc, place, 'array', true);
		index := jsonb_ivm_test.first_match(elements, match_key, match_value);
		IF index IS NOT NULL THEN
			doc := jsonb_set(doc, place.steps || index, element);
		ELSIF place.state <> 'missing' THEN
			doc := jsonb_ivm_test.put(doc, place.steps, COALESCE(elements, '[]') || jsonb_build_array(element));
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION jsonb_array_upsert_where(target jsonb, array_path text[], match_key text,
										 match_value jsonb, element jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, match_value, element), element);
	RETURN jsonb_ivm_test.upserted(target, jsonb_ivm_test.places(target, path), match_key, match_value, element);
END
$$;

CREATE FUNCTION deleted_where(doc jsonb, places place[], match_key text, match_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	index text;
BEGIN
	FOREACH place IN ARRAY places LOOP
		index := jsonb_ivm_test.first_match(jsonb_ivm_test.found(doc, place, 'array', false), match_key, match_value);
		IF index IS NOT NULL THEN
			doc := doc #- (place.steps || index);
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION jsonb_array_delete_where(target jsonb, array_path text[], match_key text,
										 match_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, match_value));
	RETURN jsonb_ivm_test.deleted_where(target, jsonb_ivm_test.places(target, path), match_key, match_value);
END
$$;

-- Whether one element sorts behind another.
CREATE FUNCTION sorts_behind(a jsonb, b jsonb, sort_key text, descending boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	a_key constant jsonb := a -> sort_key;
	b_key constant jsonb := b -> sort_key;
BEGIN
	IF a_key IS NULL OR b_key IS NULL THEN
		RETURN a_key IS NULL AND b_key IS NOT NULL;
	END IF;
	RETURN CASE WHEN descending THEN a_key < b_key ELSE a_key > b_key END;
END
$$;

CREATE FUNCTION is_sorted(elements jsonb, sort_key text, descending boolean) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	FOR index IN 1 .. jsonb_array_length(elements) - 1 LOOP
		IF jsonb_ivm_test.sorts_behind(elements -> index - 1, elements -> index, sort_key, descending) THEN
			RETURN false;
		END IF;
	END LOOP;
	RETURN true;
END
$$;

-- Insert an element before the one at an index, and cut off what is too much.
CREATE FUNCTION inserted(elements jsonb, index int, element jsonb, max_length int) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	elements := CASE WHEN index < jsonb_array_length(elements) THEN jsonb_insert(elements, ARRAY[index::text], element)
					 ELSE elements || jsonb_build_array(element) END;
	WHILE jsonb_array_length(elements) > max_length LOOP
		elements := elements - (-1);
	END LOOP;
	RETURN elements;
END
$$;

-- An array that is not sorted may get the element anywhere; here it gets it before
-- the first that sorts behind it.
CREATE FUNCTION jsonb_array_insert_where(target jsonb, array_path text[], element jsonb, sort_key text DEFAULT NULL,
										 sort_order text DEFAULT 'ASC', max_length int DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	descending constant boolean := upper(COALESCE(sort_order, 'ASC')) = 'DESC';
	path text[];
	place jsonb_ivm_test.place;
	elements jsonb;
	index int;
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(element));
	IF upper(sort_order) NOT IN ('ASC', 'DESC') OR max_length < 0 THEN
		PERFORM jsonb_ivm_test.fail('22023', 'an argument is wrong');
	END IF;
	FOREACH place IN ARRAY jsonb_ivm_test.places(target, path) LOOP
		elements := COALESCE(jsonb_ivm_test.found(target, place, 'array', true), '[]');
		CONTINUE WHEN place.state = 'missing';
		index := 0;
		WHILE index < jsonb_array_length(elements)
			AND (sort_key IS NULL OR NOT jsonb_ivm_test.sorts_behind(elements -> index, element, sort_key, descending))
		LOOP
			index := index + 1;
		END LOOP;
		target := jsonb_ivm_test.put(target, place.steps, jsonb_ivm_test.inserted(elements, index, element, max_length));
	END LOOP;
	RETURN target;
END
$$;

-- The array fresh, of those elements that the other array has as well.  Of several with
-- the same id, the first is the counterpart of the first, and so on; one without
-- is that of the one at the same index.
CREATE FUNCTION reconciled(elements jsonb, match_key text, fresh jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	used int[] := '{}';
	result jsonb := '[]';
	id jsonb;
	counterpart int;
BEGIN
	FOR index IN 0 .. jsonb_array_length(fresh) - 1 LOOP
		id := fresh -> index -> match_key;
		counterpart := CASE WHEN id IS NULL THEN index END;
		FOR n IN 0 .. jsonb_array_length(elements) - 1 LOOP
			IF id = elements -> n -> match_key AND n <> ALL (used) THEN
				counterpart := n;
				used := used || n;
				EXIT;
			END IF;
		END LOOP;
		result := result || jsonb_build_array(CASE WHEN elements -> counterpart = fresh -> index THEN elements -> counterpart
												   ELSE fresh -> index END);
	END LOOP;
	RETURN result;
END
$$;

CREATE FUNCTION jsonb_array_reconcile(target jsonb, array_path text[], match_key text, fresh jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
	place jsonb_ivm_test.place;
	elements jsonb;
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path(array_path, num_nulls(match_key, fresh));
	IF jsonb_typeof(fresh) <> 'array' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'fresh is not an array');
	END IF;
	FOREACH place IN ARRAY jsonb_ivm_test.places(target, path) LOOP
		elements := jsonb_ivm_test.found(target, place, 'array', true);
		IF place.state <> 'missing' THEN
			target := jsonb_ivm_test.put(target, place.steps,
				jsonb_ivm_test.reconciled(COALESCE(elements, '[]'), match_key, fresh));
		END IF;
	END LOOP;
	RETURN target;
END
$$;

CREATE FUNCTION jsonb_array_contains_id(data jsonb, array_path text[], id_key text, id_value jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	path constant text[] := jsonb_ivm_test.checked_path(array_path, 0);
	place jsonb_ivm_test.place;
BEGIN
	FOREACH place IN ARRAY jsonb_ivm_test.places(data, path) LOOP
		IF place.state = 'found' AND jsonb_typeof(data #> place.steps) = 'array'
			AND jsonb_ivm_test.first_match(data #> place.steps, id_key, id_value) IS NOT NULL
		THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

--
-- Paths, and values at them.
--

CREATE FUNCTION jsonb_has_path_changed(old jsonb, new jsonb, path text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	steps constant text[] := jsonb_ivm_test.checked_path(path, 0);
BEGIN
	IF old IS NULL OR new IS NULL THEN
		RETURN (old IS NULL) <> (new IS NULL);
	END IF;
	RETURN jsonb_ivm_test.look_up(old, steps) IS DISTINCT FROM jsonb_ivm_test.look_up(new, steps);
END
$$;

CREATE FUNCTION jsonb_extract_id(data jsonb, key text DEFAULT 'id') RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT CASE WHEN jsonb_typeof(data) = 'object' AND jsonb_typeof(data -> key) IN ('string', 'number') THEN data ->> key END
$$;

CREATE FUNCTION jsonb_set_path(target jsonb, path text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN jsonb_ivm_test.set_places(target, jsonb_ivm_test.checked_path(path, num_nulls(value)), value);
END
$$;

CREATE FUNCTION jsonb_remove_path(target jsonb, path text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN jsonb_ivm_test.remove_places(target, jsonb_ivm_test.checked_path(path, 0));
END
$$;

CREATE FUNCTION incremented(doc jsonb, places place[], by numeric) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	number numeric;
BEGIN
	FOREACH place IN ARRAY places LOOP
		number := jsonb_ivm_test.found(doc, place, 'number', true);
		IF place.state <> 'missing' THEN
			doc := jsonb_ivm_test.put(doc, place.steps, to_jsonb(COALESCE(number, 0) + by));
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION jsonb_increment(target jsonb, path text[], by numeric DEFAULT 1) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	steps text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	steps := jsonb_ivm_test.checked_path(path, num_nulls(by));
	IF by::text IN ('NaN', 'Infinity', '-Infinity') THEN
		PERFORM jsonb_ivm_test.fail('22023', 'not a number of JSON');
	END IF;
	RETURN jsonb_ivm_test.incremented(target, jsonb_ivm_test.places(target, steps), by);
END
$$;

CREATE FUNCTION jsonb_graft(target jsonb, fresh jsonb, VARIADIC paths text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	literal text;
	path text[];
	value jsonb;
	ignored jsonb;
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	paths := jsonb_ivm_test.checked_path(paths, num_nulls(fresh));
	-- All of them are read before any is followed.
	FOREACH literal IN ARRAY paths LOOP
		path := jsonb_ivm_test.checked_path(literal::text[], 0);
	END LOOP;
	FOREACH literal IN ARRAY paths LOOP
		path := (literal::text[])[:];
		value := jsonb_ivm_test.look_up(fresh, path);
		-- For its complaint of [*].
		ignored := jsonb_ivm_test.look_up(target, path);
		target := CASE WHEN value IS NULL THEN jsonb_ivm_test.remove_places(target, path)
					   ELSE jsonb_ivm_test.set_places(target, path, value) END;
	END LOOP;
	RETURN target;
END
$$;

--
-- Merges.
--

CREATE FUNCTION deeply_merged(target jsonb, source jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	key text;
	value jsonb;
BEGIN
	IF jsonb_typeof(target) <> 'object' OR jsonb_typeof(source) <> 'object' THEN
		RETURN source;
	END IF;
	FOR key, value IN SELECT * FROM jsonb_each(source) LOOP
		target := target || jsonb_build_object(key,
			CASE WHEN target ? key THEN jsonb_ivm_test.deeply_merged(target -> key, value) ELSE value END);
	END LOOP;
	RETURN target;
END
$$;

CREATE FUNCTION merged(doc jsonb, places place[], source jsonb, deep boolean) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
	object jsonb;
BEGIN
	FOREACH place IN ARRAY places LOOP
		object := COALESCE(jsonb_ivm_test.found(doc, place, 'object', true), '{}');
		IF place.state <> 'missing' THEN
			doc := jsonb_ivm_test.put(doc, place.steps,
				CASE WHEN deep THEN jsonb_ivm_test.deeply_merged(object, source) ELSE object || source END);
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION jsonb_merge_at_path(target jsonb, source jsonb, path text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	steps text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	-- Arguments are looked at in their order: the path is the last.
	IF num_nulls(source, path) = 0 AND jsonb_typeof(source) <> 'object' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'source is not an object');
	END IF;
	steps := jsonb_ivm_test.checked_path(path, num_nulls(source));
	RETURN jsonb_ivm_test.merged(target, jsonb_ivm_test.places(target, steps), source, false);
END
$$;

CREATE FUNCTION jsonb_merge_shallow(target jsonb, source jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN jsonb_ivm_test.jsonb_merge_at_path(target, source, '{}');
END
$$;

CREATE FUNCTION jsonb_deep_merge(target jsonb, source jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	path text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	path := jsonb_ivm_test.checked_path('{}', num_nulls(source), source);
	RETURN jsonb_ivm_test.merged(target, jsonb_ivm_test.places(target, path), source, true);
END
$$;

-- RFC 7396, section 2, almost word for word.
CREATE FUNCTION merge_patched(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	name text;
	value jsonb;
BEGIN
	IF jsonb_typeof(patch) <> 'object' THEN
		RETURN patch;
	END IF;
	IF jsonb_typeof(target) <> 'object' OR target IS NULL THEN
		target := '{}';
	END IF;
	FOR name, value IN SELECT * FROM jsonb_each(patch) LOOP
		target := CASE value WHEN 'null' THEN target - name
							 ELSE target || jsonb_build_object(name, jsonb_ivm_test.merge_patched(target -> name, value)) END;
	END LOOP;
	RETURN target;
END
$$;

CREATE FUNCTION jsonb_merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	ignored text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	ignored := jsonb_ivm_test.checked_path('{}', num_nulls(patch));
	RETURN jsonb_ivm_test.merge_patched(target, patch);
END
$$;

-- The patch with the fewest members that turns old, NULL if it is missing, into new.
CREATE FUNCTION merge_difference(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	name text;
	value jsonb;
	patch jsonb := '{}';
BEGIN
	IF jsonb_typeof(new) <> 'object' THEN
		RETURN new;
	END IF;
	IF jsonb_typeof(old) <> 'object' OR old IS NULL THEN
		old := '{}';
	END IF;
	FOR name IN SELECT * FROM jsonb_object_keys(old) LOOP
		IF NOT new ? name THEN
			patch := patch || jsonb_build_object(name, NULL);
		END IF;
	END LOOP;
	FOR name, value IN SELECT * FROM jsonb_each(new) LOOP
		CONTINUE WHEN jsonb_ivm_test.raw(value) = jsonb_ivm_test.raw(old -> name);
		IF value = 'null' THEN
			PERFORM jsonb_ivm_test.fail('22023', 'a patch cannot set a member to null');
		END IF;
		patch := patch || jsonb_build_object(name, jsonb_ivm_test.merge_difference(old -> name, value));
	END LOOP;
	RETURN patch;
END
$$;

CREATE FUNCTION jsonb_merge_diff(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	ignored text[];
BEGIN
	IF old IS NULL THEN
		RETURN NULL;
	END IF;
	ignored := jsonb_ivm_test.checked_path('{}', num_nulls(new));
	RETURN jsonb_ivm_test.merge_difference(old, new);
END
$$;

-- The state of an aggregate, from one input to the next.
CREATE FUNCTION merge_step(state jsonb, doc jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN doc IS NULL THEN state ELSE jsonb_ivm_test.jsonb_merge_shallow(COALESCE(state, '{}'), doc) END
$$;

CREATE FUNCTION deep_merge_step(state jsonb, doc jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN doc IS NULL THEN state ELSE jsonb_ivm_test.jsonb_deep_merge(COALESCE(state, '{}'), doc) END
$$;

CREATE AGGREGATE jsonb_merge_agg(doc jsonb) (sfunc = merge_step, stype = jsonb);
CREATE AGGREGATE jsonb_deep_merge_agg(doc jsonb) (sfunc = deep_merge_step, stype = jsonb);

--
-- RFC 6902.
--

-- The tokens of a JSON Pointer, RFC 6901.
CREATE FUNCTION pointer_tokens(pointer text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	IF pointer = '' THEN
		RETURN '{}';
	ELSIF pointer NOT LIKE '/%' OR pointer ~ '~($|[^01])' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'no JSON Pointer');
	END IF;
	-- In this order, or ~01 would become a slash.
	RETURN ARRAY(SELECT replace(replace(token, '~1', '/'), '~0', '~')
				 FROM regexp_split_to_table(substr(pointer, 2), '/') WITH ORDINALITY AS t (token, n) ORDER BY n);
END
$$;

-- The elements of a path in a patch: a JSON Pointer, or a keyed path of strings and
-- integers.
CREATE FUNCTION steps_in(path jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	step jsonb;
BEGIN
	IF jsonb_typeof(path) = 'string' THEN
		RETURN jsonb_ivm_test.pointer_tokens(path #>> '{}');
	ELSIF jsonb_typeof(path) <> 'array' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'no path');
	END IF;
	FOR step IN SELECT jsonb_array_elements(path) LOOP
		IF NOT (jsonb_typeof(step) = 'string' OR (jsonb_typeof(step) = 'number' AND step::text ~ '^-?[0-9]+$')) THEN
			PERFORM jsonb_ivm_test.fail('22023', 'no path');
		END IF;
	END LOOP;
	RETURN ARRAY(SELECT jsonb_array_elements_text(path));
END
$$;

-- Where it leads.
CREATE FUNCTION operation_places(doc jsonb, path jsonb) RETURNS place[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN jsonb_ivm_test.places(doc, jsonb_ivm_test.steps_in(path), jsonb_typeof(path) = 'string');
END
$$;

-- The same for an operation of the RFC, which has to lead somewhere: to what is there,
-- or to where something can be added.  There, in a JSON Pointer, the end of an array can
-- be an index as well.
CREATE FUNCTION strict_places(doc jsonb, path jsonb, adding boolean) RETURNS place[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	places jsonb_ivm_test.place[] := jsonb_ivm_test.operation_places(doc, path);
	place jsonb_ivm_test.place;
	parent jsonb;
	ignored jsonb;
BEGIN
	IF cardinality(places) = 0 THEN
		PERFORM jsonb_ivm_test.fail('22023', 'path leads nowhere');
	END IF;
	FOR n IN 1 .. cardinality(places) LOOP
		place := places[n];
		ignored := jsonb_ivm_test.found(doc, place, NULL, true);
		CONTINUE WHEN place.state = 'found' OR (adding AND place.state = 'end');
		parent := doc #> place.steps[1:cardinality(place.steps) - 1];
		CONTINUE WHEN adding AND place.state = 'absent' AND jsonb_typeof(parent) = 'object';
		IF NOT adding OR jsonb_typeof(path) = 'array' OR place.state <> 'missing' OR jsonb_typeof(parent) IS DISTINCT FROM 'array'
			OR jsonb_array_length(parent)::text <> place.steps[cardinality(place.steps)]
		THEN
			PERFORM jsonb_ivm_test.fail('22023', 'path leads nowhere');
		END IF;
		place.steps[cardinality(place.steps)] := NULL;
		places[n] := place;
	END LOOP;
	RETURN places;
END
$$;

-- RFC 6902, section 4.1: replaces a member, but goes before an element.
CREATE FUNCTION added(doc jsonb, path jsonb, value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	places constant jsonb_ivm_test.place[] := jsonb_ivm_test.strict_places(doc, path, true);
	steps text[];
	parent_steps text[];
BEGIN
	FOR n IN REVERSE cardinality(places) .. 1 LOOP
		steps := places[n].steps;
		parent_steps := steps[1:cardinality(steps) - 1];
		doc := CASE WHEN cardinality(steps) > 0 AND jsonb_typeof(doc #> parent_steps) = 'array' AND places[n].state = 'found'
						AND steps[cardinality(steps)] IS NOT NULL
					THEN jsonb_insert(doc, steps, value)
					ELSE jsonb_ivm_test.put(doc, steps, value) END;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION removed(doc jsonb, path jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	places constant jsonb_ivm_test.place[] := jsonb_ivm_test.strict_places(doc, path, false);
BEGIN
	FOR n IN REVERSE cardinality(places) .. 1 LOOP
		IF places[n].steps = '{}' THEN
			PERFORM jsonb_ivm_test.fail('22023', 'nothing would be left');
		END IF;
		doc := doc #- places[n].steps;
	END LOOP;
	RETURN doc;
END
$$;

-- What is in the one place that an operation copies or moves from.
CREATE FUNCTION value_from(doc jsonb, path jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	places constant jsonb_ivm_test.place[] := jsonb_ivm_test.strict_places(doc, path, false);
BEGIN
	IF cardinality(places) > 1 THEN
		PERFORM jsonb_ivm_test.fail('22023', 'more than one place');
	END IF;
	RETURN doc #> places[1].steps;
END
$$;

-- RFC 6902, section 4.4.  What is moved to where it is stays there, be it the document.
CREATE FUNCTION moved(doc jsonb, origin jsonb, path jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	value constant jsonb := jsonb_ivm_test.value_from(doc, origin);
	origin_steps constant text[] := jsonb_ivm_test.steps_in(origin);
	steps constant text[] := jsonb_ivm_test.steps_in(path);
BEGIN
	IF steps = origin_steps THEN
		RETURN doc;
	ELSIF steps[1:cardinality(origin_steps)] = origin_steps THEN
		PERFORM jsonb_ivm_test.fail('22023', 'into itself');
	END IF;
	RETURN jsonb_ivm_test.added(jsonb_ivm_test.removed(doc, origin), path, value);
END
$$;

CREATE FUNCTION replaced(doc jsonb, path jsonb, value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
BEGIN
	FOREACH place IN ARRAY jsonb_ivm_test.strict_places(doc, path, false) LOOP
		doc := jsonb_ivm_test.put(doc, place.steps, value);
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION tested(doc jsonb, path jsonb, value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	place jsonb_ivm_test.place;
BEGIN
	FOREACH place IN ARRAY jsonb_ivm_test.strict_places(doc, path, false) LOOP
		IF doc #> place.steps <> value THEN
			PERFORM jsonb_ivm_test.fail('22023', 'another value');
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

CREATE FUNCTION patched(doc jsonb, operation jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	op constant text := operation ->> 'op';
	path constant jsonb := operation -> 'path';
	origin constant jsonb := operation -> 'from';
	key constant text := operation ->> 'key';
	value jsonb := operation -> 'value';
	updates constant jsonb := operation -> 'updates';
	places jsonb_ivm_test.place[];
BEGIN
	-- The members that an operation has to have, and their types.
	IF (jsonb_typeof(operation) = 'object' AND jsonb_typeof(operation -> 'op') = 'string' AND path IS NOT NULL
		AND CASE WHEN op IN ('add', 'replace', 'test') THEN value IS NOT NULL
				 WHEN op = 'remove' THEN true
				 WHEN op IN ('copy', 'move') THEN origin IS NOT NULL
				 WHEN op IN ('merge', 'deep_merge') THEN jsonb_typeof(value) = 'object'
				 WHEN op = 'increment' THEN COALESCE(jsonb_typeof(value) = 'number', true)
				 WHEN op IN ('upsert', 'delete_where', 'update_where') THEN
					value IS NOT NULL AND jsonb_typeof(operation -> 'key') = 'string'
					AND CASE op WHEN 'upsert' THEN jsonb_typeof(value) = 'object' AND value ? key
								WHEN 'update_where' THEN jsonb_typeof(updates) = 'object'
								ELSE true END
			END) IS NOT TRUE
	THEN
		PERFORM jsonb_ivm_test.fail('22023', 'malformed operation');
	END IF;
	CASE op
		WHEN 'add' THEN
			RETURN jsonb_ivm_test.added(doc, path, value);
		WHEN 'remove' THEN
			RETURN jsonb_ivm_test.removed(doc, path);
		WHEN 'replace' THEN
			RETURN jsonb_ivm_test.replaced(doc, path, value);
		WHEN 'test' THEN
			RETURN jsonb_ivm_test.tested(doc, path, value);
		WHEN 'copy' THEN
			RETURN jsonb_ivm_test.added(doc, path, jsonb_ivm_test.value_from(doc, origin));
		WHEN 'move' THEN
			RETURN jsonb_ivm_test.moved(doc, origin, path);
		ELSE
			places := jsonb_ivm_test.operation_places(doc, path);
	END CASE;
	-- Those beyond the RFC do what the functions of such names do.
	CASE op
		WHEN 'merge', 'deep_merge' THEN
			RETURN jsonb_ivm_test.merged(doc, places, value, op = 'deep_merge');
		WHEN 'increment' THEN
			RETURN jsonb_ivm_test.incremented(doc, places, COALESCE(value::numeric, 1));
		WHEN 'upsert' THEN
			RETURN jsonb_ivm_test.upserted(doc, places, key, value -> key, value);
		WHEN 'delete_where' THEN
			RETURN jsonb_ivm_test.deleted_where(doc, places, key, value);
		WHEN 'update_where' THEN
			RETURN jsonb_ivm_test.updated_where(doc, places, key, value, updates);
	END CASE;
END
$$;

CREATE FUNCTION jsonb_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	ignored text[];
BEGIN
	IF target IS NULL THEN
		RETURN NULL;
	END IF;
	ignored := jsonb_ivm_test.checked_path('{}', num_nulls(patch));
	IF jsonb_typeof(patch) <> 'array' THEN
		PERFORM jsonb_ivm_test.fail('22023', 'patch is not an array');
	END IF;
	FOR n IN 0 .. jsonb_array_length(patch) - 1 LOOP
		target := jsonb_ivm_test.patched(target, patch -> n);
	END LOOP;
	RETURN target;
END
$$;

-- A patch for two values at a pointer: members by their names, elements by their
-- indexes.  Nothing says that there is no shorter one.
CREATE FUNCTION difference(old jsonb, new jsonb, pointer text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	patch jsonb := '[]';
	name text;
	child text;
	old_length int;
	new_length int;
BEGIN
	IF jsonb_ivm_test.raw(old) = jsonb_ivm_test.raw(new) THEN
		RETURN patch;
	ELSIF jsonb_typeof(old) = 'object' AND jsonb_typeof(new) = 'object' THEN
		FOR name IN SELECT jsonb_object_keys(old) UNION SELECT jsonb_object_keys(new) LOOP
			child := pointer || '/' || replace(replace(name, '~', '~0'), '/', '~1');
			patch := patch || CASE WHEN NOT new ? name THEN jsonb_build_array(jsonb_build_object('op', 'remove', 'path', child))
								   WHEN NOT old ? name THEN jsonb_build_array(jsonb_build_object('op', 'add', 'path', child, 'value', new -> name))
								   ELSE jsonb_ivm_test.difference(old -> name, new -> name, child) END;
		END LOOP;
	ELSIF jsonb_typeof(old) = 'array' AND jsonb_typeof(new) = 'array' THEN
		old_length := jsonb_array_length(old);
		new_length := jsonb_array_length(new);
		FOR n IN 0 .. least(old_length, new_length) - 1 LOOP
			patch := patch || jsonb_ivm_test.difference(old -> n, new -> n, pointer || '/' || n);
		END LOOP;
		FOR n IN REVERSE old_length - 1 .. new_length LOOP
			patch := patch || jsonb_build_array(jsonb_build_object('op', 'remove', 'path', pointer || '/' || n));
		END LOOP;
		FOR n IN old_length .. new_length - 1 LOOP
			patch := patch || jsonb_build_array(jsonb_build_object('op', 'add', 'path', pointer || '/-', 'value', new -> n));
		END LOOP;
	ELSE
		RETURN jsonb_build_array(jsonb_build_object('op', 'replace', 'path', pointer, 'value', new));
	END IF;
	RETURN patch;
END
$$;

CREATE FUNCTION jsonb_diff(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
	ignored text[];
BEGIN
	IF old IS NULL THEN
		RETURN NULL;
	END IF;
	ignored := jsonb_ivm_test.checked_path('{}', num_nulls(new));
	RETURN jsonb_ivm_test.difference(old, new, '');
END
$$;
