--
-- What all sessions of a stress run share; session.sql says what they do.
--
--		psql -v seed=1 -f stress/setup.sql
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
DROP SCHEMA IF EXISTS jsonb_ivm_stress CASCADE;
CREATE SCHEMA jsonb_ivm_stress;
SET search_path = jsonb_ivm_stress, public;

CREATE UNLOGGED TABLE results (operator text, outcome text, size int, form text);

-- What makes documents large: random documents and prose by turns, the prose in
-- longer strings where there is room, or native SQL would do little but copy
-- hundreds of thousands of words.
CREATE FUNCTION make_padding(bytes int, seed bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	parts jsonb[] := '{}';
	part jsonb;
	length int := 0;
BEGIN
	WHILE length < bytes LOOP
		part := CASE WHEN cardinality(parts) % 2 = 0
					 THEN jsonb_ivm_test.random_document(seed + length)
					 ELSE to_jsonb((SELECT string_agg(md5((seed + length + n)::text), ' of the ')
									FROM generate_series(1, greatest(8, least(bytes / 72, 100))) AS n)) END;
		seed := seed + 1;
		CONTINUE WHEN part IS NULL OR octet_length(jsonb_ivm_test.raw(part)) > greatest(bytes, 512);
		parts := parts || part;
		length := length + octet_length(jsonb_ivm_test.raw(part)) + 4;
	END LOOP;
	RETURN to_jsonb(parts);
END
$$;

-- From 32 kB on a size is twice the one before.  No compressor looks back that far.
CREATE TABLE padding (size int PRIMARY KEY, filler jsonb);
ALTER TABLE padding ALTER filler SET STORAGE EXTERNAL;
INSERT INTO padding
WITH RECURSIVE sizes (size, filler) AS (
	SELECT 32768, make_padding(32768, :seed::bigint * 1000)
	UNION ALL
	SELECT 2 * size, filler || filler FROM sizes WHERE size < 1048576)
SELECT * FROM sizes
UNION ALL
SELECT 64 << n, make_padding(64 << n, :seed::bigint * 1000 + n) FROM generate_series(0, 8) AS n;

-- A size, by the share of sizes in real tables: 90 % up to 4 kB, 9 % up to
-- 64 kB, 1 % up to a megabyte, and in each class half as many that are twice as large.
CREATE FUNCTION random_padding(dice bigint) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN dice % 100 < 90 THEN CASE WHEN dice / 100 % 2 = 0 THEN 0 ELSE 64 << (dice / 200 % 4)::int END
				WHEN dice % 100 < 99 THEN 4096 << (ARRAY[0,0,0,0,1,1,2,3])[1 + dice / 100 % 8]
				ELSE 65536 << (ARRAY[0,0,0,0,0,0,0,0,1,1,1,1,2,2,3,4])[1 + dice / 100 % 16] END
$$;

-- The same path in a document that is itself under the key "case" of another.  One that is
-- an error, null or of two dimensions, stays one.
CREATE FUNCTION moved_path(path text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN cardinality(path) = 0 OR array_ndims(path) = 1 THEN array_prepend('case', path) ELSE path END
$$;

CREATE FUNCTION moved_literal(literal text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(literal, '^\{(.)', CASE WHEN literal = '{}' THEN '{case\1' ELSE '{case,\1' END)
$$;

-- Of an operation of a JSON Patch.
CREATE FUNCTION moved_member(operation jsonb, name text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(operation) <> 'object' THEN operation
				WHEN jsonb_typeof(operation -> name) = 'array'
				THEN operation || jsonb_build_object(name, '["case"]'::jsonb || (operation -> name))
				WHEN operation ->> name = '' OR (jsonb_typeof(operation -> name) = 'string' AND operation ->> name LIKE '/%')
				THEN operation || jsonb_build_object(name, '/case' || (operation ->> name))
				ELSE operation END
$$;

CREATE FUNCTION moved_patch(patch jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE jsonb_typeof(patch) WHEN 'array' THEN
		COALESCE((SELECT jsonb_agg(jsonb_ivm_stress.moved_member(jsonb_ivm_stress.moved_member(o, 'path'), 'from') ORDER BY n)
				  FROM jsonb_array_elements(patch) WITH ORDINALITY AS x (o, n)), '[]')
		ELSE patch END
$$;

CREATE FUNCTION moved_call(c jsonb_ivm_test.call) RETURNS jsonb_ivm_test.call
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	a jsonb_ivm_test.arguments := c.arguments;
BEGIN
	a.path := jsonb_ivm_stress.moved_path(a.path);
	a.paths := CASE WHEN array_ndims(a.paths) = 1
					THEN ARRAY(SELECT jsonb_ivm_stress.moved_literal(p) FROM unnest(a.paths) AS p) ELSE a.paths END;
	a.argument := CASE WHEN c.operator IN ('jsonb_deep_merge', 'jsonb_merge_patch') AND a.argument IS NOT NULL
					   THEN jsonb_build_object('case', a.argument)
					   WHEN c.operator = 'jsonb_patch' THEN jsonb_ivm_stress.moved_patch(a.argument)
					   ELSE a.argument END;
	IF c.operator = 'jsonb_array_update_multi_row' AND a.documents <> '{}' THEN
		a.documents := ARRAY(SELECT jsonb_build_object('case', d) FROM unnest(a.documents) AS d);
	END IF;
	c.arguments := a;
	RETURN c;
END
$$;

-- The document of so many operations, and these: random ones of the test module,
-- the documents made larger.
CREATE FUNCTION random_operations(seed bigint, number bigint, count int, OUT document jsonb, OUT successor jsonb,
								  OUT calls jsonb_ivm_test.call[], OUT storage text, OUT padding_size int)
LANGUAGE plpgsql AS $$
DECLARE
	case_seed bigint := seed * 1000000007 + number;
	dice constant bigint := abs(hashtextextended(case_seed::text, 42));
	padding_key constant text := CASE WHEN dice >> 30 & 1 = 0 THEN 'p' ELSE 'padding' END;
	padding jsonb;
	length int;
	r record;
BEGIN
	padding_size := jsonb_ivm_stress.random_padding(dice);
	storage := (ARRAY['pglz', 'lz4', 'external', 'inline', 'mixed'])[1 + (dice >> 20) % 5];
	LOOP
		r := jsonb_ivm_test.random_calls(case_seed, count);
		length := octet_length(jsonb_ivm_test.raw(r.document));
		EXIT WHEN length <= 4096 OR padding_size > 512;
		case_seed := case_seed + 1000000000000;
	END LOOP;
	IF length > 3500 AND padding_size <= 512 THEN
		padding_size := 0;
	END IF;
	document := r.document;
	successor := r.successor;
	calls := r.calls;
	IF padding_size > 0 THEN
		FOR i IN 1 .. count LOOP
			calls[i] := jsonb_ivm_stress.moved_call(calls[i]);
		END LOOP;
		-- In front of the case or behind it: keys sort by their length.
		padding := jsonb_build_object(padding_key, (SELECT filler FROM jsonb_ivm_stress.padding WHERE size = padding_size));
		document := jsonb_build_object('case', document) || padding;
		successor := jsonb_build_object('case', successor) || padding;
	END IF;
END
$$;

-- What an operator gives where it is known to give something, as it is used.
CREATE FUNCTION write(operator text, target jsonb, other jsonb, a jsonb_ivm_test.arguments)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE operator
		WHEN 'jsonb_array_update_where' THEN public.jsonb_array_update_where(target, a.path, a.match_key, a.match_value, a.argument)
		WHEN 'jsonb_array_upsert_where' THEN public.jsonb_array_upsert_where(target, a.path, a.match_key, a.match_value, a.argument)
		WHEN 'jsonb_array_delete_where' THEN public.jsonb_array_delete_where(target, a.path, a.match_key, a.match_value)
		WHEN 'jsonb_array_insert_where' THEN public.jsonb_array_insert_where(target, a.path, a.argument, a.sort_key, a.sort_order, a.max_length)
		WHEN 'jsonb_array_update_where_batch' THEN public.jsonb_array_update_where_batch(target, a.path, a.match_key, a.argument)
		WHEN 'jsonb_array_reconcile' THEN public.jsonb_array_reconcile(target, a.path, a.match_key, a.argument)
		WHEN 'jsonb_merge_at_path' THEN public.jsonb_merge_at_path(target, a.argument, a.path)
		WHEN 'jsonb_merge_shallow' THEN public.jsonb_merge_shallow(target, a.argument)
		WHEN 'jsonb_deep_merge' THEN public.jsonb_deep_merge(target, a.argument)
		WHEN 'jsonb_merge_patch' THEN public.jsonb_merge_patch(target, a.argument)
		WHEN 'jsonb_set_path' THEN public.jsonb_set_path(target, a.path, a.argument)
		WHEN 'jsonb_remove_path' THEN public.jsonb_remove_path(target, a.path)
		WHEN 'jsonb_increment' THEN public.jsonb_increment(target, a.path, a.increment)
		WHEN 'jsonb_graft' THEN public.jsonb_graft(target, other, VARIADIC a.paths)
		WHEN 'jsonb_patch' THEN public.jsonb_patch(target, a.argument)
	END
$$;

-- Whether an operator edits its target.  The others ask, or make another value of it.
CREATE FUNCTION is_writer(operator text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT operator !~ '(_changed|_id|_diff|_agg|_multi_row)$'
$$;

-- Whether the same call changes nothing the second time.  A path that a selector is in may
-- lead elsewhere then, as an element may no longer match, or may be another.
CREATE FUNCTION is_idempotent(operator text, a jsonb_ivm_test.arguments) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT a.path::text NOT LIKE '%[%]%' IS NOT FALSE
		AND CASE WHEN operator IN ('jsonb_array_upsert_where', 'jsonb_array_reconcile', 'jsonb_merge_at_path', 'jsonb_merge_shallow',
								   'jsonb_deep_merge', 'jsonb_merge_patch', 'jsonb_set_path') THEN true
				 WHEN operator = 'jsonb_array_update_where' THEN NOT a.argument ? a.match_key
				 -- One of the updates may be of the key of the element.
				 WHEN operator = 'jsonb_array_update_where_batch' THEN NOT a.argument @? '$[*].updates'
				 ELSE false END
$$;

-- An UPDATE of a stored document by an operator, which must store what the
-- reference gives, and then perhaps the same UPDATE, which must not store it again.
-- The table docs is the session's own.
SET check_function_bodies = off;
CREATE FUNCTION complaint_of_update(c jsonb_ivm_test.call, kind text, place tid, other jsonb, want jsonb, twice boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	want_image constant bytea := jsonb_ivm_test.raw(want);
	image bytea;
	stored oid;
	image_again bytea;
	stored_again oid;
BEGIN
	UPDATE docs
	SET document = jsonb_ivm_stress.write(c.operator, document, other, c.arguments)
	WHERE storage = kind AND ctid = place RETURNING ctid INTO STRICT place;
	SELECT jsonb_ivm_test.raw(document), jsonb_ivm_test.toast_value_id(document) INTO STRICT image, stored
	FROM docs WHERE storage = kind AND ctid = place;
	IF image IS DISTINCT FROM want_image THEN
		RETURN 'not the bytes of the reference once it was stored';
	ELSIF NOT twice THEN
		RETURN NULL;
	END IF;
	UPDATE docs
	SET document = jsonb_ivm_stress.write(c.operator, document, other, c.arguments)
	WHERE storage = kind AND ctid = place RETURNING ctid INTO STRICT place;
	SELECT jsonb_ivm_test.raw(document), jsonb_ivm_test.toast_value_id(document) INTO STRICT image_again, stored_again
	FROM docs WHERE storage = kind AND ctid = place;
	RETURN CASE WHEN image_again IS DISTINCT FROM want_image THEN 'changed again when nothing was to change'
				WHEN stored_again IS DISTINCT FROM stored THEN 'stored again when nothing was to change' END;
END
$$;

-- The operations from first to last of those on a document.  Its variables hold
-- what is stored in the form in which it is stored, be it a pointer: so it is in
-- a function that a query calls.
CREATE FUNCTION operate_on_document(seed bigint, number bigint, count int, first int, last int) RETURNS SETOF results
LANGUAGE plpgsql AS $$
DECLARE
	r record;
	document jsonb;
	successor jsonb;
	copy jsonb;
	place tid;
	image bytea;
	c jsonb_ivm_test.call;
	target jsonb;
	other jsonb;
	reference_target jsonb;
	reference_other jsonb;
	want jsonb;
	want_state text;
	want_image bytea;
	got jsonb;
	got_state text;
	update_at int;
	update_call jsonb_ivm_test.call;
	update_other jsonb;
	update_want jsonb;
	complaint text;
	complaint_at int;
	result results;
BEGIN
	r := jsonb_ivm_stress.random_operations(seed, number, count);
	image := jsonb_ivm_test.raw(r.document);
	INSERT INTO docs VALUES (r.storage, r.document, r.successor, r.document) RETURNING ctid INTO STRICT place;
	SELECT d.document, d.successor, d.copy INTO STRICT document, successor, copy
	FROM docs AS d WHERE storage = r.storage AND ctid = place;
	result.size := octet_length(image);
	result.form := jsonb_ivm_test.datum_form(document);

	FOR at IN first .. last LOOP
		complaint_at := at;
		c := r.calls[at];
		target := CASE c.target WHEN 'document' THEN document WHEN 'successor' THEN successor WHEN 'copy' THEN copy END;
		other := CASE c.other WHEN 'document' THEN document WHEN 'successor' THEN successor WHEN 'copy' THEN copy END;
		-- The reference reads its documents often, and gets them as they were before they were stored.
		reference_target := CASE WHEN c.target = 'successor' THEN r.successor WHEN c.target <> '' THEN r.document END;
		reference_other := CASE WHEN c.other = 'successor' THEN r.successor WHEN c.other <> '' THEN r.document END;
		want := jsonb_ivm_test.perform('jsonb_ivm_test', c.operator, reference_target, c.arguments, reference_other);
		want_state := jsonb_ivm_test.attempted();
		got := jsonb_ivm_test.perform('public', c.operator, target, c.arguments, other);
		got_state := jsonb_ivm_test.attempted();
		-- Into arrays that are not sorted an element is inserted somewhere.
		IF c.operator = 'jsonb_array_insert_where' AND got_state = '00000' AND want_state = '00000'
			AND jsonb_ivm_test.raw(got) <> jsonb_ivm_test.raw(want)
			AND jsonb_ivm_test.raw(jsonb_ivm_test.made_comparable(c.operator, reference_target, c.arguments, false)) <> jsonb_ivm_test.raw(reference_target)
			AND jsonb_ivm_test.canonical(got)
		THEN
			want := jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(got));
		END IF;

		result.operator := c.operator;
		result.outcome := 'unchanged';
		IF got_state <> want_state THEN
			complaint := format('SQLSTATE %s, not %s', got_state, want_state);
		ELSIF got_state <> '00000' THEN
			result.outcome := 'error';
		ELSIF got IS NULL OR want IS NULL THEN
			complaint := CASE WHEN got IS NOT NULL OR want IS NOT NULL THEN 'null or not, unlike the reference' END;
		ELSIF NOT jsonb_ivm_stress.is_writer(c.operator) THEN
			complaint := CASE WHEN jsonb_ivm_test.disagrees(c.operator, reference_target, c.arguments, got, want, reference_other)
							  THEN format('%s, not %s', left(got::text, 1000), left(want::text, 1000)) END;
			result.outcome := CASE WHEN want IN ('false', '[]', '{}') THEN 'unchanged' ELSE 'changed' END;
		ELSE
			want_image := jsonb_ivm_test.raw(want);
			IF want_image <> jsonb_ivm_test.raw(reference_target) THEN
				result.outcome := 'changed';
				complaint := CASE WHEN jsonb_ivm_test.raw(got) <> want_image
									AND jsonb_ivm_test.disagrees(c.operator, reference_target, c.arguments, got, want)
								  THEN 'not the bytes of the reference' END;
			ELSIF NOT jsonb_ivm_test.same_datum(got, target) THEN
				complaint := CASE WHEN jsonb_ivm_test.raw(got) <> want_image THEN 'not the bytes of the reference'
								  ELSE 'stored again when nothing was to change' END;
			END IF;
		END IF;

		IF complaint IS NULL AND got_state = '00000' AND jsonb_ivm_stress.is_writer(c.operator) AND got IS NOT NULL THEN
			IF jsonb_ivm_stress.is_idempotent(c.operator, c.arguments)
				AND NOT jsonb_ivm_test.same_datum(got, jsonb_ivm_stress.write(c.operator, got, other, c.arguments))
			THEN
				complaint := 'changed again when nothing was to change';
			ELSIF c.target <> 'successor' AND (update_at IS NULL OR result.outcome = 'changed') THEN
				update_at := at;
				update_call := c;
				update_other := reference_other;
				update_want := want;
			END IF;
		END IF;
		EXIT WHEN complaint IS NOT NULL;
		RETURN NEXT result;
	END LOOP;
	-- One of the results is stored.
	IF complaint IS NULL AND update_at IS NOT NULL THEN
		complaint_at := update_at;
		c := update_call;
		complaint := jsonb_ivm_stress.complaint_of_update(c, r.storage, place, update_other, update_want,
														  jsonb_ivm_stress.is_idempotent(c.operator, c.arguments));
	END IF;
	IF complaint IS NOT NULL THEN
		complaint_at := (number - 1) * count + complaint_at;
		RAISE EXCEPTION 'operation % of seed %: %', complaint_at, seed, complaint
			USING DETAIL = format('%s on a document stored %s (%s), padded by %s bytes',
								  c.operator, r.storage, result.form, r.padding_size),
				  HINT = format('It alone: STRESS_SEED=%s STRESS_FIRST=%s STRESS_OPS=1 stress/run.sh; its arguments: SELECT * '
								'FROM jsonb_ivm_stress.random_operations(%s, %s, %s).', seed, complaint_at, seed, number, count);
	END IF;
END
$$;

-- A function that nobody thought of here would pass.
DO $$
DECLARE
	missing text;
BEGIN
	SELECT string_agg(o.name, ', ') INTO missing
	FROM jsonb_ivm_test.operators AS o
	WHERE o.name NOT IN (SELECT (unnest(r.calls)).operator FROM generate_series(1, 100) AS n, random_operations(1, n, 8) AS r)
		OR (is_writer(o.name) AND (SELECT prosrc NOT LIKE '%public.' || o.name || '(%' FROM pg_proc
								   WHERE oid = 'jsonb_ivm_stress.write'::regproc));
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'no operation for %', missing;
	END IF;
END
$$;
