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
	c jsonb_ivm_test.call;
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
			-- A path that is an error, null or of two dimensions, stays one.
			c := calls[i];
			IF cardinality(c.path) = 0 OR array_ndims(c.path) = 1 THEN
				c.path := array_prepend('case', c.path);
				calls[i] := c;
			END IF;
		END LOOP;
		-- In front of the case or behind it: keys sort by their length.
		padding := jsonb_build_object(padding_key, (SELECT filler FROM jsonb_ivm_stress.padding WHERE size = padding_size));
		document := jsonb_build_object('case', document) || padding;
		successor := jsonb_build_object('case', successor) || padding;
	END IF;
END
$$;

-- What an operator gives, or its reference.
CREATE FUNCTION attempt(is_reference boolean, operator text, target jsonb, other jsonb, path text[],
						match_key text, match_value jsonb, argument jsonb)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE operator
		WHEN 'jsonb_array_update_where' THEN
			jsonb_ivm_test.attempt(CASE WHEN is_reference THEN 'jsonb_ivm_test.jsonb_array_update_where(jsonb, text[], text, jsonb, jsonb)'::regprocedure
										ELSE 'public.jsonb_array_update_where(jsonb, text[], text, jsonb, jsonb)'::regprocedure END, target, path, match_key, match_value, argument)
		WHEN 'jsonb_array_upsert_where' THEN
			jsonb_ivm_test.attempt(CASE WHEN is_reference THEN 'jsonb_ivm_test.jsonb_array_upsert_where(jsonb, text[], text, jsonb, jsonb)'::regprocedure
										ELSE 'public.jsonb_array_upsert_where(jsonb, text[], text, jsonb, jsonb)'::regprocedure END, target, path, match_key, match_value, argument)
		WHEN 'jsonb_merge_at_path' THEN
			jsonb_ivm_test.attempt(CASE WHEN is_reference THEN 'jsonb_ivm_test.jsonb_merge_at_path(jsonb, jsonb, text[])'::regprocedure
										ELSE 'public.jsonb_merge_at_path(jsonb, jsonb, text[])'::regprocedure END, target, argument, path)
		WHEN 'jsonb_has_path_changed' THEN
			jsonb_ivm_test.attempt(CASE WHEN is_reference THEN 'jsonb_ivm_test.jsonb_has_path_changed(jsonb, jsonb, text[])'::regprocedure
										ELSE 'public.jsonb_has_path_changed(jsonb, jsonb, text[])'::regprocedure END, target, other, path)
	END
$$;

-- The same where it is known to give something, as it is used.
CREATE FUNCTION write(operator text, target jsonb, path text[], match_key text, match_value jsonb, argument jsonb)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE operator
		WHEN 'jsonb_array_update_where' THEN public.jsonb_array_update_where(target, path, match_key, match_value, argument)
		WHEN 'jsonb_array_upsert_where' THEN public.jsonb_array_upsert_where(target, path, match_key, match_value, argument)
		WHEN 'jsonb_merge_at_path' THEN public.jsonb_merge_at_path(target, argument, path)
	END
$$;

-- An UPDATE of a stored document by an operator, which must store what the
-- reference gives, and then the same UPDATE, which must not store it again.
-- The table docs is the session's own.
SET check_function_bodies = off;
CREATE FUNCTION complaint_of_update(c jsonb_ivm_test.call, kind text, place tid, want jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	want_image constant bytea := jsonb_ivm_test.raw(want);
	image bytea;
	stored oid;
	image_again bytea;
	stored_again oid;
BEGIN
	UPDATE docs
	SET document = jsonb_ivm_stress.write(c.operator, document, c.path, c.match_key, c.match_value, c.argument)
	WHERE storage = kind AND ctid = place RETURNING ctid INTO STRICT place;
	SELECT jsonb_ivm_test.raw(document), jsonb_ivm_test.toast_value_id(document) INTO STRICT image, stored
	FROM docs WHERE storage = kind AND ctid = place;
	UPDATE docs
	SET document = jsonb_ivm_stress.write(c.operator, document, c.path, c.match_key, c.match_value, c.argument)
	WHERE storage = kind AND ctid = place RETURNING ctid INTO STRICT place;
	SELECT jsonb_ivm_test.raw(document), jsonb_ivm_test.toast_value_id(document) INTO STRICT image_again, stored_again
	FROM docs WHERE storage = kind AND ctid = place;
	RETURN CASE WHEN image IS DISTINCT FROM want_image THEN 'not the bytes of the reference once it was stored'
				WHEN image_again IS DISTINCT FROM want_image THEN 'changed again when nothing was to change'
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
	want jsonb;
	want_state text;
	want_image bytea;
	got jsonb;
	got_state text;
	update_at int;
	update_call jsonb_ivm_test.call;
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
		want := jsonb_ivm_stress.attempt(true,
			c.operator, CASE WHEN c.target = 'successor' THEN r.successor WHEN c.target <> '' THEN r.document END,
			CASE WHEN c.other = 'successor' THEN r.successor WHEN c.other <> '' THEN r.document END,
			c.path, c.match_key, c.match_value, c.argument);
		want_state := jsonb_ivm_test.attempted();
		got := jsonb_ivm_stress.attempt(false, c.operator, target, other, c.path, c.match_key, c.match_value, c.argument);
		got_state := jsonb_ivm_test.attempted();

		result.operator := c.operator;
		result.outcome := 'unchanged';
		IF got_state <> want_state THEN
			complaint := format('SQLSTATE %s, not %s', got_state, want_state);
		ELSIF got_state <> '00000' THEN
			result.outcome := 'error';
		ELSIF got IS NULL OR want IS NULL THEN
			complaint := CASE WHEN got IS NOT NULL OR want IS NOT NULL THEN 'null or not, unlike the reference' END;
		ELSIF c.operator = 'jsonb_has_path_changed' THEN
			complaint := CASE WHEN got <> want THEN format('%s, not %s', got, want) END;
			result.outcome := CASE WHEN want::boolean THEN 'changed' ELSE 'unchanged' END;
		ELSE
			want_image := jsonb_ivm_test.raw(want);
			IF want_image <> image THEN
				result.outcome := 'changed';
				complaint := CASE WHEN jsonb_ivm_test.raw(got) <> want_image THEN 'not the bytes of the reference' END;
			ELSIF NOT jsonb_ivm_test.same_datum(got, target) THEN
				complaint := CASE WHEN jsonb_ivm_test.raw(got) <> want_image THEN 'not the bytes of the reference'
								  ELSE 'stored again when nothing was to change' END;
			END IF;
		END IF;

		-- Once more: but an update of the key itself may find another element then.
		IF complaint IS NULL AND got_state = '00000' AND c.operator <> 'jsonb_has_path_changed' AND got IS NOT NULL
			AND (c.operator <> 'jsonb_array_update_where' OR NOT c.argument ? c.match_key)
		THEN
			IF NOT jsonb_ivm_test.same_datum(got, jsonb_ivm_stress.write(c.operator, got, c.path, c.match_key, c.match_value, c.argument)) THEN
				complaint := 'changed again when nothing was to change';
			ELSIF update_at IS NULL OR result.outcome = 'changed' THEN
				update_at := at;
				update_call := c;
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
		complaint := jsonb_ivm_stress.complaint_of_update(c, r.storage, place, update_want);
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

-- Functions that are not among those operations, by number.
CREATE TABLE others AS
SELECT name, row_number() OVER (ORDER BY name COLLATE "C") - 1 AS n
FROM jsonb_ivm_test.operators
WHERE name NOT IN (SELECT (unnest(o.calls)).operator FROM generate_series(1, 20) AS n, random_operations(1, n, 8) AS o);

-- One of these on a document of its own, which is stored first and mostly made larger.  What
-- it gives is what the reference gives for the document as it was before.
CREATE FUNCTION operate_elsewhere(seed bigint, number bigint) RETURNS results
LANGUAGE plpgsql AS $$
DECLARE
	case_seed constant bigint := seed * 1000000007 + number;
	dice constant bigint := abs(hashtextextended(case_seed::text, 43));
	kinds constant bigint := (SELECT count(*) FROM jsonb_ivm_stress.others);
	c_operator constant text := (SELECT name FROM jsonb_ivm_stress.others WHERE n = number % kinds);
	padding_size constant int := jsonb_ivm_stress.random_padding(dice);
	storage_kind constant text := (ARRAY['pglz', 'lz4', 'external', 'inline'])[1 + (number / kinds + dice) % 4];
	r record;
	a jsonb_ivm_test.arguments;
	target jsonb;
	stored jsonb;
	place tid;
	got jsonb;
	got_state text;
	want jsonb;
	want_state text;
	complaint text;
	result results;
BEGIN
	r := jsonb_ivm_test.random_operation(c_operator, case_seed);
	a := r.arguments;
	target := jsonb_ivm_test.made_comparable(c_operator, r.target, a, number % 10 = 0);
	IF jsonb_typeof(target) = 'object' AND padding_size > 0 AND NOT target ? 'padding' THEN
		target := target || jsonb_build_object('padding', (SELECT filler FROM jsonb_ivm_stress.padding WHERE size = padding_size));
	END IF;
	INSERT INTO docs (storage, document) VALUES (storage_kind, target) RETURNING ctid INTO STRICT place;
	SELECT d.document INTO STRICT stored FROM docs AS d WHERE storage = storage_kind AND ctid = place;
	result.operator := c_operator;
	result.size := octet_length(jsonb_ivm_test.raw(target));
	result.form := jsonb_ivm_test.datum_form(stored);

	want := jsonb_ivm_test.perform('jsonb_ivm_test', c_operator, target, a);
	want_state := jsonb_ivm_test.attempted();
	got := jsonb_ivm_test.perform('public', c_operator, stored, a);
	got_state := jsonb_ivm_test.attempted();
	result.outcome := CASE WHEN want_state <> '00000' THEN 'error'
						   WHEN want IS NOT NULL AND target IS NOT NULL AND jsonb_ivm_test.raw(want) = jsonb_ivm_test.raw(target) THEN 'unchanged'
						   ELSE 'changed' END;
	complaint := CASE
		WHEN got_state <> want_state THEN format('SQLSTATE %s, not %s', got_state, want_state)
		WHEN jsonb_ivm_test.disagrees(c_operator, target, a, got, want) THEN 'not what the reference gives'
		WHEN result.outcome = 'unchanged' AND c_operator !~ '(contains_id|diff|agg|multi_row|extract_id)$'
			AND NOT jsonb_ivm_test.same_datum(stored, jsonb_ivm_test.perform('public', c_operator, stored, a))
			THEN 'stored again when nothing was to change'
		WHEN public.jsonb_verify(stored) IS NOT NULL OR public.jsonb_verify(got) IS NOT NULL THEN 'jsonb_verify finds a fault' END;
	IF complaint IS NOT NULL THEN
		RAISE EXCEPTION '% on the document % of seed %: %', c_operator, number, seed, complaint
			USING DETAIL = format('Stored %s (%s), padded by %s bytes.', storage_kind, result.form, padding_size),
				  HINT = format('Its arguments: SELECT * FROM jsonb_ivm_test.random_operation(%L, %s).', c_operator, case_seed);
	END IF;
	RETURN result;
END
$$;

-- A function that nobody thought of here would pass.
DO $$
DECLARE
	missing text;
BEGIN
	SELECT string_agg(f.name, ', ') INTO missing
	FROM jsonb_ivm_test.functions AS f,
		LATERAL (SELECT string_agg(prosrc, ' ') AS source FROM pg_proc
				 WHERE pronamespace = 'jsonb_ivm_stress'::regnamespace) AS s
	WHERE f.name NOT IN (SELECT name FROM jsonb_ivm_stress.others) AND f.name <> 'jsonb_verify'
		AND NOT (f.name IN (SELECT (unnest(o.calls)).operator FROM generate_series(1, 20) AS n, random_operations(1, n, 8) AS o)
			   AND source LIKE '%public.' || f.name || '(%' AND source LIKE '%jsonb\_ivm\_test.' || f.name || '(%');
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'no operation for %', missing;
	END IF;
END
$$;
