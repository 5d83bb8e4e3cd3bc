-- jsonb_array_update_multi_row: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- One result for each target, in order; null for null.
SELECT * FROM jsonb_array_update_multi_row(ARRAY['[{"id":1}]', '[{"id":2}]', NULL, '[]', '[{"id":0},{"id":1.0},{"id":1}]']::jsonb[], '{}', 'id', '1', '{"v":1}') WITH ORDINALITY;
SELECT jsonb_array_update_multi_row(ARRAY['{"a":[{"id":"x"}]}', NULL, '{}', '{"a":null}']::jsonb[], '{a}', 'id', '"x"', '{"v":[1.50]}');
SELECT count(*) FROM jsonb_array_update_multi_row('{}', '{}', 'id', '1', '{"v":1}');
SELECT count(*) FROM jsonb_array_update_multi_row(NULL, '{}', 'id', '1', '{"v":1}');
SELECT * FROM jsonb_array_update_multi_row('{NULL,NULL}', '{}', 'id', '1', '{"v":1}');
-- Arrays of several dimensions, in the order in which they are stored; any lower bound.
SELECT * FROM jsonb_array_update_multi_row('{{"[1]","[2]"},{NULL,"[3]"}}'::jsonb[], '{}', 'id', '1', '{"v":1}');
SELECT * FROM jsonb_array_update_multi_row('[5:6]={"[1]","[2]"}'::jsonb[], '{}', 'id', '1', '{"v":1}');
-- Keyed paths, whose selectors are met by some targets only.
SELECT * FROM jsonb_array_update_multi_row(ARRAY['{"l":{"[k=x]":[{"id":1}]}}', '{}', '{"l":[{"k":"x"}]}', '{"l":[[{"id":1}]]}', '[]']::jsonb[], '{l,[k=x]}', 'id', '1', '{"v":1}') WHERE false;
SELECT * FROM jsonb_array_update_multi_row(ARRAY['{"l":{"[k=x]":[{"id":1}]}}', '{}', '{"l":[{"k":"y"}]}', '{"l":null}', '{"l":[[{"id":1}]]}']::jsonb[], '{l,[k=x]}', 'id', '1', '{"v":1}');
SELECT * FROM jsonb_array_update_multi_row(ARRAY['{"l":{"[*]":[{"id":1}]}}', '{}', '{"l":[[{"id":1}],[],[{"id":1}]]}', '{"l":[[{"id":1}]]}']::jsonb[], '{l,[*]}', 'id', '1', '{"v":1}');
-- More than one set at a time, and one that is not read to its end.
SELECT a, b FROM (SELECT jsonb_array_update_multi_row('{"[{\"id\":1}]","[{\"id\":2}]"}', '{}', 'id', '1', '{"v":1}') AS a, jsonb_array_update_multi_row('{"[{\"id\":1}]","[{\"id\":2}]","[]"}', '{}', 'id', '2', '{"v":2}') AS b) AS s;
SELECT * FROM (SELECT jsonb_array_update_multi_row('{"[{\"id\":1}]","[{\"id\":2}]","7"}', '{}', 'id', '1', '{"v":1}') OFFSET 0) AS s LIMIT 2;
SELECT n, r FROM (VALUES (1, '{"[{\"id\":1}]",NULL}'::jsonb[]), (2, NULL), (3, '{}'), (4, '{"[{\"id\":1}]"}')) AS v (n, targets),
	 LATERAL jsonb_array_update_multi_row(targets, '{}', 'id', '1', jsonb_build_object('v', n)) AS r;

-- Errors are those of jsonb_array_update_where; no result comes before one of the arguments.
CREATE FUNCTION pg_temp.state(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT count(*) FROM ' || expression;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{"[]","{}"}', '{}', 'id', '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{"[]"}', '{x}', 'id', '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{NULL}', '{x}', 'id', '1', '[]') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{}', 'id', '1', '5') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', NULL, 'id', '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{}', NULL, '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{}', 'id', NULL, '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{}', 'id', '1', NULL) $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{a,NULL}', 'id', '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row('{}', '{{a}}', 'id', '1', '{}') $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row(NULL, NULL, NULL, NULL, NULL) $$);
SELECT pg_temp.state($$ jsonb_array_update_multi_row(updates => '{}', match_value => '1', match_key => 'id', array_path => '{}', targets => '{}') $$);
-- A set where there can be none.
SELECT pg_temp.state($$ (VALUES (1)) AS v WHERE jsonb_array_update_multi_row('{}', '{}', 'id', '1', '{}') IS NULL $$);

-- The same as one call for each, of many documents, stored and not.
CREATE TEMP TABLE doc (n int, d jsonb);
INSERT INTO doc
SELECT n, CASE WHEN n % 10 > 0 THEN (SELECT jsonb_build_object('l', jsonb_agg(jsonb_build_object('id', i, 'text', md5(format('%s %s', n, i))) ORDER BY i)) FROM generate_series(1, n) AS i) END
FROM generate_series(1, 200) AS n;
SELECT count(*), bool_and(identical(r, jsonb_array_update_where(d, '{l}', 'id', '7', '{"new":1.0}'))), bool_and(r IS NULL OR canonical(r))
FROM (SELECT array_agg(d ORDER BY n) FROM doc) AS a (targets),
	 LATERAL (SELECT * FROM jsonb_array_update_multi_row(targets, '{l}', 'id', '7', '{"new":1.0}') WITH ORDINALITY AS r (r, n)) AS r JOIN doc USING (n);
CREATE TEMP TABLE stored AS SELECT array_agg(d ORDER BY n) AS targets FROM doc;
SELECT count(*), bool_and(identical(r, jsonb_array_update_where(d, '{l}', 'id', '7', '{"new":1.0}')))
FROM stored, LATERAL (SELECT * FROM jsonb_array_update_multi_row(targets, '{l}', 'id', '7', '{"new":1.0}') WITH ORDINALITY AS r (r, n)) AS r JOIN doc USING (n);
-- As the variables of PL/pgSQL have it: an expanded array.
DO $$
DECLARE
	docs jsonb[] := '{}';
	result jsonb;
BEGIN
	FOR i IN 1 .. 3 LOOP
		docs := docs || jsonb_build_array(jsonb_build_object('id', i));
	END LOOP;
	docs[2] := NULL;
	FOR result IN SELECT * FROM jsonb_array_update_multi_row(docs, '{}', 'id', '3', '{"v":1}') LOOP
		RAISE NOTICE '%', result;
	END LOOP;
END
$$;
-- No row leaves anything behind: a thousand large ones take little more than one.
CREATE FUNCTION pg_temp.growth(rows int) RETURNS bigint LANGUAGE sql AS $$
	SELECT peak_memory(format($q$ SELECT count(r) FROM (SELECT jsonb_array_update_multi_row(array_fill((SELECT d FROM doc WHERE n = 199), ARRAY[%s]), '{l}', 'id', '7', '{"new":1.0}') AS r OFFSET 0) AS s $q$, rows))
		 - peak_memory(format($q$ SELECT count(r) FROM (SELECT unnest(array_fill((SELECT d FROM doc WHERE n = 199), ARRAY[%s])) AS r OFFSET 0) AS s $q$, rows))
$$;
SELECT pg_temp.growth(1000) < pg_temp.growth(10) + 65536;
