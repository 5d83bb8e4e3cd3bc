--
-- Random operations on documents of all sizes, in all the forms in which they
-- are stored, each compared with the reference.
--
--		psql -v ops=10000 -v seed=1 -f stress/stress.sql
--
-- Every operation stores a document, applies an operator in an UPDATE (for the
-- one that only asks, in a SELECT), and wants of it what the reference in the
-- test module gives, to the byte or to the SQLSTATE (what the reference gives was
-- made by core, so it is canonical).  Then it applies the
-- operator again, and now nothing may change, not even what is stored.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
DROP SCHEMA IF EXISTS jsonb_ivm_stress CASCADE;
CREATE SCHEMA jsonb_ivm_stress;
SET search_path = jsonb_ivm_stress, public;

-- One partition for each way of storing a document.  Those under 127 bytes are
-- stored with a short header in every one of them.
CREATE TABLE docs (storage text, id bigint, data jsonb) PARTITION BY LIST (storage);
CREATE TABLE docs_pglz PARTITION OF docs FOR VALUES IN ('pglz');
CREATE TABLE docs_lz4 PARTITION OF docs FOR VALUES IN ('lz4');
CREATE TABLE docs_external PARTITION OF docs FOR VALUES IN ('external');
CREATE TABLE docs_inline PARTITION OF docs FOR VALUES IN ('inline');
ALTER TABLE docs_external ALTER data SET STORAGE EXTERNAL;
ALTER TABLE docs_inline ALTER data SET STORAGE MAIN;
SELECT current_setting('server_version_num')::int >= 140000 AS has_lz4 \gset
\if :has_lz4
ALTER TABLE docs_lz4 ALTER data SET COMPRESSION lz4;
\endif

-- What makes documents large: random documents and prose, half and half, in
-- sizes that double from 64 bytes to a megabyte.
CREATE TABLE padding (size int PRIMARY KEY, filler jsonb);

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
									FROM generate_series(1, 8) AS n)) END;
		seed := seed + 1;
		CONTINUE WHEN part IS NULL OR octet_length(jsonb_ivm_test.raw(part)) > greatest(bytes, 512);
		parts := parts || part;
		length := length + octet_length(jsonb_ivm_test.raw(part)) + 4;
	END LOOP;
	RETURN to_jsonb(parts);
END
$$;

\echo making the padding
INSERT INTO padding SELECT 64 << n, make_padding(64 << n, :seed::bigint * 1000 + n) FROM generate_series(0, 14) AS n;

CREATE TABLE results (operator text, outcome text, size int, form text);

-- A size, by the share of sizes in real tables: 90 % up to 4 kB, 9 % up to
-- 64 kB, 1 % up to a megabyte.
CREATE FUNCTION random_padding(dice bigint) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN dice % 100 < 90 THEN CASE WHEN dice / 100 % 2 = 0 THEN 0 ELSE 64 << (dice / 200 % 4)::int END
				WHEN dice % 100 < 99 THEN 4096 << (dice / 100 % 4)::int
				ELSE 65536 << (dice / 100 % 4)::int END
$$;

-- An operation: a random case of the test module, its document made larger.
CREATE FUNCTION random_operation(seed bigint, OUT operator text, OUT doc jsonb, OUT path text[],
								 OUT match_key text, OUT match_value jsonb, OUT argument jsonb,
								 OUT storage text, OUT padding_size int)
LANGUAGE plpgsql AS $$
DECLARE
	dice constant bigint := abs(hashtextextended(seed::text, 42));
	c record;
BEGIN
	padding_size := jsonb_ivm_stress.random_padding(dice);
	storage := (ARRAY['pglz', 'lz4', 'external', 'inline'])[1 + (dice >> 20) % 4];
	LOOP
		c := jsonb_ivm_test.random_case(seed);
		EXIT WHEN c.target IS NULL OR padding_size > 2048 OR octet_length(jsonb_ivm_test.raw(c.target)) < 3000;
		seed := seed + 1000000000000;
	END LOOP;
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

CREATE PROCEDURE one_operation(seed bigint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	c record;
	form text;
	want jsonb;
	want_answer boolean;
	want_state text := '00000';
	got jsonb;
	answer boolean;
	got_state text := '00000';
	stored_before oid;
	stored_after oid;
	complaint text;
BEGIN
	c := jsonb_ivm_stress.random_operation(seed);
	INSERT INTO jsonb_ivm_stress.docs VALUES (c.storage, seed, c.doc);

	BEGIN
		IF c.operator = 'jsonb_has_path_changed' THEN
			want_answer := jsonb_ivm_test.jsonb_has_path_changed(c.doc, c.argument, c.path);
		ELSE
			want := jsonb_ivm_stress.reference(c.operator, c.doc, c.path, c.match_key, c.match_value, c.argument);
		END IF;
	EXCEPTION WHEN OTHERS THEN
		want_state := SQLSTATE;
	END;
	BEGIN
		IF c.operator = 'jsonb_has_path_changed' THEN
			SELECT public.jsonb_has_path_changed(data, c.argument, c.path) INTO answer
			FROM jsonb_ivm_stress.docs WHERE storage = c.storage AND id = seed;
		ELSE
			UPDATE jsonb_ivm_stress.docs
			SET data = jsonb_ivm_stress.operate(c.operator, data, c.path, c.match_key, c.match_value, c.argument)
			WHERE storage = c.storage AND id = seed;
		END IF;
	EXCEPTION WHEN OTHERS THEN
		got_state := SQLSTATE;
	END;
	SELECT data, jsonb_ivm_test.toast_value_id(data), jsonb_ivm_test.datum_form(data)
	INTO got, stored_before, form
	FROM jsonb_ivm_stress.docs WHERE storage = c.storage AND id = seed;

	-- An error must have left the row as it was.
	IF want_state <> '00000' OR c.operator = 'jsonb_has_path_changed' THEN
		want := c.doc;
	END IF;
	IF got_state <> want_state THEN
		complaint := format('SQLSTATE %s, not %s', got_state, want_state);
	ELSIF answer IS DISTINCT FROM want_answer THEN
		complaint := format('%s, not %s', answer, want_answer);
	ELSIF jsonb_ivm_test.raw(got) IS DISTINCT FROM jsonb_ivm_test.raw(want) THEN
		complaint := 'not the bytes of the reference';
	ELSIF got_state = '00000' AND c.operator <> 'jsonb_has_path_changed'
		-- An update of the key itself may find another element the next time.
		AND NOT (c.operator = 'jsonb_array_update_where' AND c.argument ? c.match_key)
	THEN
		UPDATE jsonb_ivm_stress.docs
		SET data = jsonb_ivm_stress.operate(c.operator, data, c.path, c.match_key, c.match_value, c.argument)
		WHERE storage = c.storage AND id = seed;
		SELECT data, jsonb_ivm_test.toast_value_id(data) INTO got, stored_after
		FROM jsonb_ivm_stress.docs WHERE storage = c.storage AND id = seed;
		IF jsonb_ivm_test.raw(got) IS DISTINCT FROM jsonb_ivm_test.raw(want) THEN
			complaint := 'changed again when nothing was to change';
		ELSIF stored_after IS DISTINCT FROM stored_before THEN
			complaint := 'stored again when nothing was to change';
		END IF;
	END IF;
	IF complaint IS NOT NULL THEN
		RAISE EXCEPTION 'operation with seed %: %', seed, complaint
			USING DETAIL = format('%s on a document stored %s (%s), padded by %s bytes',
								  c.operator, c.storage, form, c.padding_size),
				  HINT = format('SELECT * FROM jsonb_ivm_stress.random_operation(%s)', seed);
	END IF;
	INSERT INTO jsonb_ivm_stress.results
	VALUES (c.operator,
			CASE WHEN got_state <> '00000' THEN 'error'
				 WHEN answer OR jsonb_ivm_test.raw(c.doc) IS DISTINCT FROM jsonb_ivm_test.raw(want) THEN 'changed'
				 ELSE 'unchanged' END,
			octet_length(jsonb_ivm_test.raw(c.doc)), form);
END
$$;

-- Each operation has a transaction of its own, and nothing piles up.
CREATE PROCEDURE run(ops int, seed bigint)
LANGUAGE plpgsql AS $$
DECLARE
	start constant timestamptz := clock_timestamp();
	report constant int := greatest(ops / 20, 1);
BEGIN
	FOR i IN 1..ops LOOP
		CALL jsonb_ivm_stress.one_operation(seed * 1000000007 + i);
		COMMIT;
		IF i % 200 = 0 THEN
			TRUNCATE jsonb_ivm_stress.docs;
			COMMIT;
		END IF;
		IF i % report = 0 THEN
			RAISE NOTICE '% of % operations, % s', i, ops, extract(epoch FROM clock_timestamp() - start)::int;
		END IF;
	END LOOP;
END
$$;

SET client_min_messages = notice;
\echo seed :seed, :ops operations
CALL run(:ops, :seed);

\pset footer off
\echo
SELECT operator, count(*) AS operations,
	   count(*) FILTER (WHERE outcome = 'changed') AS changed,
	   count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
	   count(*) FILTER (WHERE outcome = 'error') AS errors
FROM results GROUP BY operator ORDER BY operator;

SELECT COALESCE('up to ' || pg_size_pretty(256 * (4 ^ class)::bigint), 'null') AS size, count(*) AS documents,
	   round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
	   repeat('#', (50.0 * count(*) / sum(count(*)) OVER ())::int) AS histogram
FROM results, LATERAL (SELECT greatest(ceil(log(4, size / 256.0)), 0)::int AS class) AS c
GROUP BY class ORDER BY class;

SELECT COALESCE(form, 'null') AS form, count(*) AS documents FROM results GROUP BY form ORDER BY documents DESC;

SET client_min_messages = warning;
DROP SCHEMA jsonb_ivm_stress CASCADE;
\echo :ops operations, 0 differences
