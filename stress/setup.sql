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

CREATE TABLE results (operator text, outcome text, size int, form text);

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

-- An operation: a random case of the test module, its document made larger.
CREATE FUNCTION random_operation(seed bigint, number bigint, OUT operator text, OUT doc jsonb, OUT path text[],
								 OUT match_key text, OUT match_value jsonb, OUT argument jsonb,
								 OUT storage text, OUT padding_size int)
LANGUAGE plpgsql AS $$
DECLARE
	case_seed bigint := seed * 1000000007 + number;
	dice constant bigint := abs(hashtextextended(case_seed::text, 42));
	length int;
	c record;
BEGIN
	padding_size := jsonb_ivm_stress.random_padding(dice);
	storage := (ARRAY['pglz', 'lz4', 'external', 'inline'])[1 + (dice >> 20) % 4];
	LOOP
		c := jsonb_ivm_test.random_case(case_seed);
		length := octet_length(jsonb_ivm_test.raw(c.target));
		EXIT WHEN length IS NULL OR length <= 4096 OR padding_size > 512;
		case_seed := case_seed + 1000000000000;
	END LOOP;
	IF length > 3500 AND padding_size <= 512 THEN
		padding_size := 0;
	END IF;
	operator := c.operator;
	doc := c.target;
	path := c.path;
	match_key := c.match_key;
	match_value := c.match_value;
	argument := c.argument;
	IF padding_size > 0 AND doc IS NOT NULL THEN
		-- In front of the case or behind it: keys sort by their length.
		SELECT jsonb_build_object('case', doc, CASE WHEN dice >> 30 & 1 = 0 THEN 'p' ELSE 'padding' END, p.filler)
		INTO doc FROM jsonb_ivm_stress.padding AS p WHERE p.size = padding_size;
		-- A path that is an error, null or of two dimensions, stays one.
		IF cardinality(path) = 0 OR array_ndims(path) = 1 THEN
			path := array_prepend('case', path);
		END IF;
		IF operator = 'jsonb_has_path_changed' THEN
			argument := jsonb_build_object('case', argument);
		END IF;
	END IF;
END
$$;

-- What an operator gives, and what its reference does.
CREATE FUNCTION operate(operator text, data jsonb, path text[], match_key text, match_value jsonb, argument jsonb)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE operator
		WHEN 'jsonb_array_update_where' THEN public.jsonb_array_update_where(data, path, match_key, match_value, argument)
		WHEN 'jsonb_array_upsert_where' THEN public.jsonb_array_upsert_where(data, path, match_key, match_value, argument)
		WHEN 'jsonb_merge_at_path' THEN public.jsonb_merge_at_path(data, argument, path)
	END
$$;
CREATE FUNCTION reference(operator text, data jsonb, path text[], match_key text, match_value jsonb, argument jsonb)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE operator
		WHEN 'jsonb_array_update_where' THEN jsonb_ivm_test.jsonb_array_update_where(data, path, match_key, match_value, argument)
		WHEN 'jsonb_array_upsert_where' THEN jsonb_ivm_test.jsonb_array_upsert_where(data, path, match_key, match_value, argument)
		WHEN 'jsonb_merge_at_path' THEN jsonb_ivm_test.jsonb_merge_at_path(data, argument, path)
	END
$$;

-- The table docs is the session's own.
SET check_function_bodies = off;
CREATE FUNCTION one_operation(seed bigint, number bigint) RETURNS results
LANGUAGE plpgsql AS $$
DECLARE
	c record;
	place tid;
	form text;
	want jsonb;
	want_image bytea;
	want_answer boolean;
	want_state text := '00000';
	got_image bytea;
	answer boolean;
	got_state text := '00000';
	stored_before oid;
	stored_after oid;
	complaint text;
	asks boolean;
BEGIN
	c := jsonb_ivm_stress.random_operation(seed, number);
	asks := c.operator = 'jsonb_has_path_changed';
	INSERT INTO docs VALUES (c.storage, c.doc) RETURNING ctid INTO place;

	BEGIN
		IF asks THEN
			want_answer := jsonb_ivm_test.jsonb_has_path_changed(c.doc, c.argument, c.path);
		ELSE
			want := jsonb_ivm_stress.reference(c.operator, c.doc, c.path, c.match_key, c.match_value, c.argument);
		END IF;
	EXCEPTION WHEN OTHERS THEN
		want_state := SQLSTATE;
	END;
	BEGIN
		IF asks THEN
			SELECT public.jsonb_has_path_changed(data, c.argument, c.path) INTO answer
			FROM docs WHERE storage = c.storage AND ctid = place;
		ELSE
			UPDATE docs
			SET data = jsonb_ivm_stress.operate(c.operator, data, c.path, c.match_key, c.match_value, c.argument)
			WHERE storage = c.storage AND ctid = place RETURNING ctid INTO place;
		END IF;
	EXCEPTION WHEN OTHERS THEN
		got_state := SQLSTATE;
	END;
	SELECT jsonb_ivm_test.raw(data), jsonb_ivm_test.toast_value_id(data), jsonb_ivm_test.datum_form(data)
	INTO STRICT got_image, stored_before, form
	FROM docs WHERE storage = c.storage AND ctid = place;

	-- An error must have left the row as it was.
	want_image := jsonb_ivm_test.raw(CASE WHEN want_state <> '00000' OR asks THEN c.doc ELSE want END);
	IF got_state <> want_state THEN
		complaint := format('SQLSTATE %s, not %s', got_state, want_state);
	ELSIF answer IS DISTINCT FROM want_answer THEN
		complaint := format('%s, not %s', answer, want_answer);
	ELSIF got_image IS DISTINCT FROM want_image THEN
		complaint := 'not the bytes of the reference';
	ELSIF got_state = '00000' AND NOT asks
		-- An update of the key itself may find another element the next time.
		AND NOT (c.operator = 'jsonb_array_update_where' AND c.argument ? c.match_key)
	THEN
		UPDATE docs
		SET data = jsonb_ivm_stress.operate(c.operator, data, c.path, c.match_key, c.match_value, c.argument)
		WHERE storage = c.storage AND ctid = place RETURNING ctid INTO place;
		SELECT jsonb_ivm_test.raw(data), jsonb_ivm_test.toast_value_id(data)
		INTO STRICT got_image, stored_after
		FROM docs WHERE storage = c.storage AND ctid = place;
		IF got_image IS DISTINCT FROM want_image THEN
			complaint := 'changed again when nothing was to change';
		ELSIF stored_after IS DISTINCT FROM stored_before THEN
			complaint := 'stored again when nothing was to change';
		END IF;
	END IF;
	IF complaint IS NOT NULL THEN
		RAISE EXCEPTION 'operation % of seed %: %', number, seed, complaint
			USING DETAIL = format('%s on a document stored %s (%s), padded by %s bytes',
								  c.operator, c.storage, form, c.padding_size),
				  HINT = format('It alone: STRESS_SEED=%s STRESS_FIRST=%s STRESS_OPS=1 stress/run.sh; its arguments: '
								'SELECT * FROM jsonb_ivm_stress.random_operation(%s, %s).', seed, number, seed, number);
	END IF;
	RETURN (c.operator,
			CASE WHEN got_state <> '00000' THEN 'error'
				 WHEN asks AND answer OR NOT asks AND jsonb_ivm_test.raw(c.doc) IS DISTINCT FROM want_image THEN 'changed'
				 ELSE 'unchanged' END,
			octet_length(jsonb_ivm_test.raw(c.doc)), form);
END
$$;

-- A function that nobody thought of here would pass.
DO $$
DECLARE
	missing text;
BEGIN
	SELECT string_agg(p.proname, ', ') INTO missing
	FROM pg_depend AS d JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid,
		LATERAL (SELECT string_agg(prosrc, ' ') AS source FROM pg_proc
				 WHERE pronamespace = 'jsonb_ivm_stress'::regnamespace) AS s
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
		AND NOT (p.proname IN (SELECT (jsonb_ivm_test.random_case(n)).operator FROM generate_series(1, 200) AS n)
				 AND source LIKE '%public.' || p.proname || '(%' AND source LIKE '%jsonb\_ivm\_test.' || p.proname || '(%');
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'no operation for %', missing;
	END IF;
END
$$;
