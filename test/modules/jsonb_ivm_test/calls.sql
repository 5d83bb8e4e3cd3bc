--
-- Random calls of every operator, compared with the reference.
--

-- What the operators take beyond the document; each takes some of it.
CREATE TYPE arguments AS (
	path text[],
	match_key text,
	match_value jsonb,
	argument jsonb,
	documents jsonb[],
	paths text[],
	sort_key text,
	sort_order text,
	max_length int,
	increment numeric
);

CREATE FUNCTION random_operation(operator text, seed bigint, OUT target jsonb, OUT arguments arguments)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_random_operation'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION random_operation(text, bigint) IS
'a document and random arguments for an operator; the same seed gives the same';

-- The documents of a call are named: document, successor, or copy.  Where there is another,
-- it takes the place of the argument.
CREATE TYPE call AS (operator text, target text, other text, arguments arguments);

CREATE FUNCTION random_calls(seed bigint, count int, OUT document jsonb, OUT successor jsonb, OUT calls call[])
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_random_calls'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION random_calls(bigint, int) IS
'a random document, another version of it, and so many calls on them; the same seed gives the same';

-- What has no single value to give: rows as an array, in which a string stands for a
-- null and for what is not canonical.
CREATE FUNCTION rows_as_array(schema text, targets jsonb[], path text[], match_key text, match_value jsonb, updates jsonb)
RETURNS jsonb LANGUAGE plpgsql
AS $$
DECLARE
	result jsonb;
BEGIN
	EXECUTE format($query$
		SELECT COALESCE(jsonb_agg(CASE WHEN d IS NULL THEN '"null"' WHEN jsonb_ivm_test.canonical(d) THEN d ELSE '"not canonical"' END), '[]')
		FROM %I.jsonb_array_update_multi_row($1, $2, $3, $4, $5) AS d $query$, schema)
	INTO result USING targets, path, match_key, match_value, updates;
	RETURN result;
END
$$;

CREATE FUNCTION aggregated(schema text, aggregate text, documents jsonb[]) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	result jsonb;
BEGIN
	EXECUTE format('SELECT %I.%I(d ORDER BY n) FROM unnest($1) WITH ORDINALITY AS u (d, n)', schema, aggregate)
	INTO result USING documents;
	RETURN result;
END
$$;

-- What the operator of this schema gives; attempted() tells whether it is an error.  The
-- other document is the argument, in whatever form it comes.
CREATE FUNCTION perform(schema text, operator text, target jsonb, a arguments, other jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	f constant regprocedure := CASE WHEN operator NOT LIKE '%\_agg' AND operator NOT LIKE '%\_multi\_row'
									THEN (quote_ident(schema) || '.' || operator)::regproc END;
BEGIN
	CASE
		WHEN operator IN ('jsonb_array_update_where', 'jsonb_array_upsert_where') THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.match_key, a.match_value, a.argument);
		WHEN operator IN ('jsonb_merge_at_path', 'jsonb_has_path_changed') THEN
			RETURN jsonb_ivm_test.attempt(f, target, COALESCE(other, a.argument), a.path);
		WHEN operator IN ('jsonb_array_delete_where', 'jsonb_array_contains_id') THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.match_key, a.match_value);
		WHEN operator = 'jsonb_array_insert_where' THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.argument, a.sort_key, a.sort_order, a.max_length);
		WHEN operator IN ('jsonb_array_update_where_batch', 'jsonb_array_reconcile') THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.match_key, a.argument);
		WHEN operator IN ('jsonb_merge_shallow', 'jsonb_deep_merge', 'jsonb_merge_patch', 'jsonb_merge_diff',
						  'jsonb_patch', 'jsonb_diff')
		THEN
			RETURN jsonb_ivm_test.attempt(f, target, COALESCE(other, a.argument));
		WHEN operator = 'jsonb_set_path' THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.argument);
		WHEN operator = 'jsonb_remove_path' THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path);
		WHEN operator = 'jsonb_increment' THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.path, a.increment);
		WHEN operator = 'jsonb_graft' THEN
			RETURN jsonb_ivm_test.attempt(f, target, COALESCE(other, a.argument), a.paths);
		WHEN operator = 'jsonb_extract_id' THEN
			RETURN jsonb_ivm_test.attempt(f, target, a.match_key);
		WHEN operator = 'jsonb_array_update_multi_row' THEN
			RETURN jsonb_ivm_test.attempt('jsonb_ivm_test.rows_as_array'::regproc, schema, a.documents, a.path,
										  a.match_key, a.match_value, a.argument);
		WHEN operator IN ('jsonb_merge_agg', 'jsonb_deep_merge_agg') THEN
			RETURN jsonb_ivm_test.attempt('jsonb_ivm_test.aggregated'::regproc, schema, operator, a.documents);
	END CASE;
END
$$;

-- The arrays that a path leads to, sorted.
CREATE FUNCTION with_sorted_arrays(doc jsonb, path text[], sort_key text, descending boolean) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	place jsonb_ivm_test.place;
	elements jsonb;
BEGIN
	FOREACH place IN ARRAY jsonb_ivm_test.places(doc, path) LOOP
		elements := CASE WHEN place.state = 'found' THEN doc #> place.steps ELSE 'null' END;
		IF jsonb_typeof(elements) = 'array' AND NOT jsonb_ivm_test.is_sorted(elements, sort_key, descending) THEN
			elements := CASE WHEN descending
				THEN (SELECT jsonb_agg(e ORDER BY e -> sort_key DESC NULLS LAST) FROM jsonb_array_elements(elements) AS e)
				ELSE (SELECT jsonb_agg(e ORDER BY e -> sort_key) FROM jsonb_array_elements(elements) AS e) END;
			doc := jsonb_ivm_test.put(doc, place.steps, elements);
		END IF;
	END LOOP;
	RETURN doc;
END
$$;

-- Whether the path leads to one array, which is not sorted, and a result is the document
-- with the element anywhere in it.
CREATE FUNCTION is_inserted_somewhere(result jsonb, target jsonb, a arguments) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	places constant jsonb_ivm_test.place[] := jsonb_ivm_test.places(target, a.path);
	elements jsonb;
BEGIN
	IF cardinality(places) = 1 AND places[1].state = 'found' THEN
		elements := target #> places[1].steps;
		IF jsonb_typeof(elements) <> 'array' OR a.sort_key IS NULL
			OR jsonb_ivm_test.is_sorted(elements, a.sort_key, upper(a.sort_order) IS NOT DISTINCT FROM 'DESC')
		THEN
			RETURN false;
		END IF;
		FOR index IN 0 .. jsonb_array_length(elements) LOOP
			IF jsonb_ivm_test.identical(result, jsonb_ivm_test.put(target, places[1].steps,
					jsonb_ivm_test.inserted(elements, index, a.argument, a.max_length)))
			THEN
				RETURN true;
			END IF;
		END LOOP;
	END IF;
	RETURN false;
END
$$;

-- Whether a patch is too long: much longer than one that replaces the whole document, or
-- just that where a much shorter one is known.
CREATE FUNCTION is_wasteful(patch jsonb, shorter jsonb, new jsonb) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	whole constant jsonb := jsonb_build_array(jsonb_build_object('op', 'replace', 'path', '', 'value', new));
BEGIN
	RETURN octet_length(patch::text) > octet_length(whole::text) * 5 / 4 + 50
		OR (patch = whole AND octet_length(shorter::text) * 5 / 4 + 50 < octet_length(whole::text));
END
$$;

-- Whether there is anything to say against a result, given that of the reference.
CREATE FUNCTION disagrees(operator text, target jsonb, a arguments, got jsonb, want jsonb, other jsonb DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql
AS $$
DECLARE
	new constant jsonb := COALESCE(other, a.argument);
BEGIN
	IF operator = 'jsonb_diff' AND want IS NOT NULL THEN
		-- There is more than one way.
		RETURN jsonb_ivm_test.identical(jsonb_ivm_test.jsonb_patch(target, got), new) IS NOT TRUE
			OR jsonb_ivm_test.canonical(got) IS NOT TRUE
			OR jsonb_ivm_test.is_wasteful(got, want, new);
	ELSIF operator = 'jsonb_merge_diff' AND want IS NOT NULL
		AND jsonb_ivm_test.identical(jsonb_ivm_test.jsonb_merge_patch(target, got), new) IS NOT TRUE
	THEN
		RETURN true;
	ELSIF jsonb_ivm_test.identical(got, want) THEN
		RETURN false;
	END IF;
	RETURN operator <> 'jsonb_array_insert_where' OR NOT jsonb_ivm_test.is_inserted_somewhere(got, target, a);
END
$$;

CREATE FUNCTION in_form(value jsonb, form text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
	RETURN CASE form WHEN 'plain' THEN jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(value))
					 WHEN 'short' THEN jsonb_ivm_test.as_short(value)
					 ELSE jsonb_ivm_test.as_pglz(value) END;
END
$$;

-- The document, but where an element is to be inserted into arrays with those sorted; only one
-- that is not can be judged by is_inserted_somewhere().
CREATE FUNCTION made_comparable(operator text, target jsonb, a arguments, unsorted boolean) RETURNS jsonb
LANGUAGE plpgsql
AS $$
BEGIN
	IF operator = 'jsonb_array_insert_where' AND num_nulls(target, a.path, a.sort_key, a.argument) = 0
		AND num_nulls(VARIADIC a.path) = 0 AND COALESCE(array_ndims(a.path), 1) = 1 AND NOT (unsorted AND '[*]' <> ALL (a.path))
	THEN
		RETURN jsonb_ivm_test.with_sorted_arrays(target, a.path, a.sort_key, upper(a.sort_order) IS NOT DISTINCT FROM 'DESC');
	END IF;
	RETURN target;
END
$$;

-- A random call of an operator, and of its reference.
CREATE FUNCTION compare_operation(operator text, seed bigint, OUT outcome text, OUT complaint text)
LANGUAGE plpgsql
AS $$
DECLARE
	form constant text := (ARRAY['plain', 'short', 'pglz'])[1 + abs(seed % 3)];
	unsorted constant boolean := seed % 10 = 0;
	r record;
	a jsonb_ivm_test.arguments;
	target jsonb;
	got jsonb;
	state text;
	want jsonb;
	want_state text;
BEGIN
	r := jsonb_ivm_test.random_operation(operator, seed);
	a := r.arguments;
	target := jsonb_ivm_test.in_form(jsonb_ivm_test.made_comparable(operator, r.target, a, unsorted), form);

	got := jsonb_ivm_test.perform('public', operator, target, a);
	state := jsonb_ivm_test.attempted();
	want := jsonb_ivm_test.perform('jsonb_ivm_test', operator, target, a);
	want_state := jsonb_ivm_test.attempted();

	outcome := CASE
		WHEN want_state <> '00000' THEN 'error ' || want_state
		WHEN want IS NULL THEN 'null'
		WHEN operator ~ '(changed|contains_id)$' THEN want::text
		WHEN operator ~ '(diff|agg|multi_row|extract_id)$' THEN 'value'
		WHEN jsonb_ivm_test.raw(want) = jsonb_ivm_test.raw(target) THEN 'unchanged'
		ELSE 'changed' END;
	complaint := CASE
		WHEN state <> want_state THEN 'different states'
		WHEN jsonb_ivm_test.disagrees(operator, target, a, got, want) THEN 'different results'
		-- In one expression: a variable may hold another form than it was given.
		WHEN outcome = 'unchanged' AND NOT jsonb_ivm_test.same_datum(target, jsonb_ivm_test.perform('public', operator, target, a))
			THEN 'unchanged, but not the same datum' END;
	IF complaint IS NOT NULL THEN
		complaint := format(E'%s, %s with seed %s\ntarget (%s): %s\narguments: %s\nresult: %s %s\nreference: %s %s',
							complaint, operator, seed, jsonb_ivm_test.datum_form(target), target, to_jsonb(a),
							state, got, want_state, want);
	END IF;
END
$$;

COMMENT ON FUNCTION compare_operation(text, bigint) IS
'call an operator and its reference with random arguments, and complain if they differ';

-- The functions and aggregates that have a reference; core has nothing to compare
-- jsonb_verify() with.
CREATE VIEW operators AS
SELECT name FROM jsonb_ivm_test.functions WHERE name <> 'jsonb_verify'
UNION ALL
SELECT p.proname::text
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'jsonb_ivm' AND p.prokind = 'a';

COMMENT ON VIEW operators IS
'the functions and aggregates that can be compared with a reference';

-- So many random calls of each function whose name matches, into a table.  An error
-- makes expressions of PL/pgSQL slow until the transaction ends, so it ends often.
CREATE PROCEDURE compare_operations(outcomes regclass, pattern text, first bigint, calls bigint)
LANGUAGE plpgsql
AS $$
DECLARE
	names constant text[] := ARRAY(SELECT o.name FROM jsonb_ivm_test.operators AS o WHERE o.name ~ pattern ORDER BY 1);
	name text;
BEGIN
	FOREACH name IN ARRAY names LOOP
		FOR start IN first .. first + calls - 1 BY 200 LOOP
			EXECUTE format('INSERT INTO %s SELECT %L, s, c.* FROM generate_series($1, $2) AS s, '
						   'jsonb_ivm_test.compare_operation(%L, s) AS c', outcomes, name, name)
			USING start, least(start + 200, first + calls) - 1;
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;

COMMENT ON PROCEDURE compare_operations(regclass, text, bigint, bigint) IS
'compare_operation() for every function with such a name, its results in a table';
