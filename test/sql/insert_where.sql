-- jsonb_array_insert_where: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Without a key to sort by: appends anything.
SELECT try($$ jsonb_array_insert_where('{"a":[{"id":1}]}', '{a}', '{"id":0}') $$);
SELECT e, try(format($$ jsonb_array_insert_where('{"a":[1.0]}', '{a}', %L) $$, e))
FROM unnest(ARRAY['null', 'true', '1.50', '"x"', '[]', '[1, 2.0]', '{}', '{"k": 1}']) AS e;
SELECT try($$ jsonb_array_insert_where('[]', '{}', '{"id":1}') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1}]', '{}', '{"k":0}', NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1}]', '{}', '{"k":0}', NULL, 'DESC') $$);

-- In order; ties come after the equals.
SELECT k, try(format($$ jsonb_array_insert_where('[{"k":1},{"k":3},{"k":3.0,"x":1},{"k":5}]', '{}', '{"k":%s,"new":true}', 'k') $$, k))
FROM unnest(ARRAY[0, 1, 2, 3, 4, 5, 6]) AS k;
SELECT k, try(format($$ jsonb_array_insert_where('[{"k":5},{"k":3},{"k":3.0,"x":1},{"k":1}]', '{}', '{"k":%s,"new":true}', 'k', 'DESC') $$, k))
FROM unnest(ARRAY[0, 1, 2, 3, 4, 5, 6]) AS k;
SELECT o, try(format($$ jsonb_array_insert_where('[{"k":1}]', '{}', '{"k":0}', 'k', %L) $$, o))
FROM unnest(ARRAY['ASC', 'asc', 'Asc', 'DESC', 'desc', 'dEsC', NULL]) AS o;
-- Elements without the key, and what is no object, come last in both orders; an
-- element without the key is appended.
SELECT try($$ jsonb_array_insert_where('[{"k":1},{"k":3},{},{"x":1},7,null,[{"k":0}]]', '{}', '{"k":2}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1},{"k":3},{},{"x":1},7,null,[{"k":0}]]', '{}', '{"k":9}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":3},{"k":1},{},7]', '{}', '{"k":0}', 'k', 'DESC') $$);
SELECT try($$ jsonb_array_insert_where('[{},7]', '{}', '{"k":0}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1},{"k":3},{}]', '{}', '{"x":0}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1},{"k":3}]', '{}', '2', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":3},{"k":1}]', '{}', '[{"k":2}]', 'k', 'DESC') $$);
-- A key that is null is not missing, but the lowest of all but an empty array.
SELECT try($$ jsonb_array_insert_where('[{"k":"a"},{"k":1},{}]', '{}', '{"k":null}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":1},{"k":"a"},{}]', '{}', '{"k":null}', 'k', 'DESC') $$);
SELECT try($$ jsonb_array_insert_where('[{"k":[]},{"k":"a"}]', '{}', '{"k":null}', 'k') $$);
-- An array that is not sorted gets it at some place.
SELECT jsonb_array_length(jsonb_array_insert_where('[{"k":5},{"k":1},{"k":9},{},{"k":2}]', '{}', '{"k":3}', 'k'));

-- Core's order of all values: each finds its place among the others as ORDER BY has it.
CREATE TEMP TABLE value (v jsonb);
INSERT INTO value VALUES
	('null'), ('false'), ('true'), ('""'), ('"a"'), ('"A"'), ('"aa"'), ('"b"'), ('"é"'), ('"e\u0301"'), ('"🔑"'), ('"a b"'), ('"a\nb"'), ('"10"'), ('"9"'),
	('0'), ('-1'), ('1'), ('1.5'), ('10'), ('9'), ('1e10'), ('1e-10'), ('-1e30'), ('123456789012345678901234567890'), ('123456789012345678901234567890.5'),
	('[]'), ('[null]'), ('[1]'), ('["1"]'), ('[true]'), ('[[]]'), ('[[1]]'), ('[{}]'), ('[{"a":1}]'), ('[1,2]'), ('[2,1]'), ('[1,2,3]'), ('[[],1]'), ('[null,[]]'),
	('{}'), ('{"a":1}'), ('{"a":2}'), ('{"b":1}'), ('{"aa":1}'), ('{"a":null}'), ('{"a":[]}'), ('{"a":{}}'), ('{"a":"1"}'), ('{"a":1,"b":2}'), ('{"b":2,"c":1}'), ('{"b":1,"aa":1}'),
	('[{"a":1,"b":[1,2]}]'), ('[{"a":1,"b":[1,3]}]'), ('[{"a":{"b":{"c":1}}}]'), ('[{"a":{"b":{"c":[]}}}]'), ('[[[[]]],[[null]]]');
CREATE TEMP TABLE sorted AS
SELECT (SELECT jsonb_agg(jsonb_build_object('k', v) ORDER BY v) FROM value) AS up,
	   (SELECT jsonb_agg(jsonb_build_object('k', v) ORDER BY v DESC) FROM value) AS down;
SELECT count(*),
	   bool_and(identical(jsonb_array_insert_where(up, '{}', e, 'k'), jsonb_insert(up, ARRAY[below::text], e)) IS NOT FALSE) AS asc,
	   bool_and(identical(jsonb_array_insert_where(down, '{}', e, 'k', 'DESC'), jsonb_insert(down, ARRAY[above::text], e)) IS NOT FALSE) AS desc
FROM sorted, value AS o, LATERAL (SELECT jsonb_build_object('k', v, 'new', true)) AS n (e),
	 LATERAL (SELECT count(*) FILTER (WHERE value.v <= o.v) AS below, count(*) FILTER (WHERE value.v >= o.v) AS above FROM value) AS c;
SELECT o.v, up #> ARRAY[i::text, 'k'] FROM sorted, value AS o,
	 LATERAL (SELECT count(*) FILTER (WHERE value.v <= o.v) AS i FROM value) AS c
WHERE NOT identical(jsonb_array_insert_where(up, '{}', jsonb_build_object('k', v), 'k'), CASE WHEN i = jsonb_array_length(up) THEN up || jsonb_build_array(jsonb_build_object('k', v)) ELSE jsonb_insert(up, ARRAY[i::text], jsonb_build_object('k', v)) END);
-- Numbers by their value, of any size, and strings as core's collation has them.
SELECT count(*), bool_and(identical(jsonb_array_insert_where(doc, '{}', jsonb_build_object('k', x), 'k'),
	(SELECT jsonb_agg(e ORDER BY e -> 'k', n) FROM jsonb_array_elements(doc || jsonb_build_object('k', x)) WITH ORDINALITY AS v (e, n))))
FROM (SELECT jsonb_agg(jsonb_build_object('k', v) ORDER BY v) AS doc FROM generate_series(-20, 20) AS i, LATERAL (SELECT i * 12345678.9::numeric ^ (i % 5)) AS n (v)) AS d,
	 generate_series(-1000000, 1000000, 99999.5) AS x;
SELECT count(*), bool_and(identical(jsonb_array_insert_where(doc, '{}', jsonb_build_object('k', md5((-i)::text)), 'k'),
	(SELECT jsonb_agg(e ORDER BY e -> 'k', n) FROM jsonb_array_elements(doc || jsonb_build_object('k', md5((-i)::text))) WITH ORDINALITY AS v (e, n))))
FROM (SELECT jsonb_agg(jsonb_build_object('k', md5(i::text)) ORDER BY to_jsonb(md5(i::text))) AS doc FROM generate_series(1, 100) AS i) AS d, generate_series(1, 50) AS i;
-- Sorting by insertion is stable.
CREATE FUNCTION pg_temp.inserted(count int, sort_order text, max_length int DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	doc jsonb := '[]';
BEGIN
	FOR i IN 1 .. count LOOP
		doc := jsonb_array_insert_where(doc, '{}', jsonb_build_object('k', i * 7919 % 20, 'n', i), 'k', sort_order, max_length);
	END LOOP;
	RETURN doc;
END
$$;
SELECT identical(pg_temp.inserted(100, 'ASC'), jsonb_agg(e ORDER BY k, n)), identical(pg_temp.inserted(100, 'DESC'), jsonb_agg(e ORDER BY k DESC, n))
FROM (SELECT n, n * 7919 % 20 AS k, jsonb_build_object('k', n * 7919 % 20, 'n', n) AS e FROM generate_series(1, 100) AS n) AS v;
-- The best ten, whatever comes.
SELECT identical(pg_temp.inserted(100, 'DESC', 10), jsonb_agg(e ORDER BY k DESC, n))
FROM (SELECT n, n * 7919 % 20 AS k, jsonb_build_object('k', n * 7919 % 20, 'n', n) AS e FROM generate_series(1, 100) AS n ORDER BY k DESC, n LIMIT 10) AS v;

-- Trims from the end, perhaps what was just inserted.
SELECT m, try(format($$ jsonb_array_insert_where('[{"k":1},{"k":3},{"k":5}]', '{}', '{"k":2}', 'k', 'ASC', %s) $$, m)) FROM generate_series(0, 5) AS m;
SELECT m, try(format($$ jsonb_array_insert_where('[{"k":1},{"k":3},{"k":5}]', '{}', '{"k":9}', 'k', 'ASC', %s) $$, m)) FROM generate_series(0, 5) AS m;
SELECT m, try(format($$ jsonb_array_insert_where('[1,2,3]', '{}', '4', max_length => %s) $$, m)) FROM generate_series(0, 5) AS m;
SELECT try($$ jsonb_array_insert_where('{"a":[1,2,3],"b":1}', '{a}', '4', max_length => 0) $$);
SELECT try($$ jsonb_array_insert_where('{}', '{a}', '4', max_length => 0) $$);
SELECT try($$ jsonb_array_insert_where('[]', '{}', '4', max_length => 2147483647) $$);

-- What is there keeps its bytes.
SELECT try($$ jsonb_array_insert_where('[{"k":1.00,"v":1.10},{"k":3e1,"v":[0.0]}]', '{}', '{"k":2.0,"v":7.0}', 'k') $$);
-- Creates the array and the objects on the way; JSON null counts as missing.
SELECT try($$ jsonb_array_insert_where('{}', '{a}', '{"k":1}', 'k') $$);
SELECT try($$ jsonb_array_insert_where('{"x":1}', '{a,b,c}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{"a":null}', '{a,b}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{"a":null}', '{a}', '1') $$);
SELECT try($$ jsonb_array_insert_where('null', '{}', '1') $$);
SELECT try($$ jsonb_array_insert_where('[]', '{[-]}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{}', '{a,[-]}', '1') $$);
-- What an index or a selector does not find is not created.
SELECT try($$ jsonb_array_insert_where('[[]]', '{1}', '1') $$);
SELECT try($$ jsonb_array_insert_where('[[]]', '{[k=1]}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{}', '{a,[k=1]}', '1') $$);
-- Keyed paths.
SELECT try($$ jsonb_array_insert_where('{"a":[{"k":"x","l":[{"n":1},{"n":3}]},{"k":"y","l":[]}]}', '{a,[k=x],l}', '{"n":2}', 'n') $$);
SELECT try($$ jsonb_array_insert_where('{"a":[{"l":[{"n":1},{"n":3}]},{"l":[]},{},{"l":null},{"l":[{"n":4}]}]}', '{a,[*],l}', '{"n":2}', 'n', 'ASC', 2) $$);

-- Errors.
SELECT try($$ jsonb_array_insert_where('{"a":1}', '{a,b}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{"a":{}}', '{a}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{"a":"x"}', '{a}', '1') $$);
SELECT try($$ jsonb_array_insert_where('{}', '{}', '1') $$);
SELECT try($$ jsonb_array_insert_where('[]', '{x}', '1') $$);
SELECT try($$ jsonb_array_insert_where('[]', '{[k=}', '1') $$);
SELECT try($$ jsonb_array_insert_where('[[]]', '{[-],0}', '1') $$);
SELECT o, try(format($$ jsonb_array_insert_where('[]', '{}', '1', 'k', %L) $$, o))
FROM unnest(ARRAY['', 'AS', 'ASCENDING', 'down', ' ASC', repeat('é', 100)]) AS o;
SELECT try($$ jsonb_array_insert_where('[]', '{}', '1', NULL, 'up') $$);
SELECT try($$ jsonb_array_insert_where('[]', '{}', '1', max_length => -1) $$);
SELECT try($$ jsonb_array_insert_where('[]', '{}', '1', max_length => -2147483648) $$);

-- A null target gives null, whatever else is null; any other null is an error, but for
-- the optional ones.
SELECT try($$ jsonb_array_insert_where(NULL, '{a}', '1', 'k', 'up', -1) $$);
SELECT try($$ jsonb_array_insert_where(NULL, NULL, NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_insert_where('[]', NULL, '1') $$);
SELECT try($$ jsonb_array_insert_where('[]', '{}', NULL) $$);
SELECT try($$ jsonb_array_insert_where('[]', '{a,NULL}', '1') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_array_insert_where(max_length => 2, sort_order => 'DESC', sort_key => 'k', element => '{"k":2}', array_path => '{}', target => '[{"k":3},{"k":1}]') $$);

-- Every place in arrays around the borders of the stride, against core.
SELECT n, count(*), bool_and(identical(jsonb_array_insert_where(doc, '{}', e, 'k'), CASE WHEN i = n THEN doc || jsonb_build_array(e) ELSE jsonb_insert(doc, ARRAY[i::text], e) END)),
	   bool_and(identical(jsonb_array_insert_where(doc, '{}', e, 'k', 'ASC', n / 2),
						  (SELECT COALESCE(jsonb_agg(x ORDER BY x -> 'k'), '[]') FROM (SELECT x FROM jsonb_array_elements(doc || jsonb_build_array(e)) AS x ORDER BY x -> 'k' LIMIT n / 2) AS first)))
FROM unnest(ARRAY[1, 2, 31, 32, 33, 63, 64, 65, 100]) AS n,
	 LATERAL (SELECT jsonb_agg(jsonb_build_object('k', j, 'v', repeat('v', j % 7)) ORDER BY j) FROM generate_series(0, n - 1) AS j) AS d (doc),
	 generate_series(0, n) AS i, LATERAL (SELECT jsonb_build_object('k', i - 0.5)) AS v (e)
GROUP BY n ORDER BY n;

-- Nothing changed: the stored value stays.
CREATE TEMP TABLE kept (doc jsonb);
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
INSERT INTO kept
SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('k', i, 'text', md5(i::text)) ORDER BY i)) FROM generate_series(1, 200) AS i;
SELECT datum_form(doc), same_datum(doc, jsonb_array_insert_where(doc, '{a}', '{"k":201}', 'k', 'ASC', 200)),
	   same_datum(doc, jsonb_array_insert_where(doc, '{a}', '7', max_length => 200)),
	   same_datum(doc, jsonb_array_insert_where(doc, '{a,[k=0],x}', '7')),
	   same_datum(doc, jsonb_array_insert_where(doc, '{a}', '{"k":200}', 'k', 'ASC', 199))
FROM kept;
-- What is cut off a compressed document is not copied.
SELECT identical(jsonb_array_insert_where(as_pglz(doc), '{a}', '{"k":20.5}', 'k', 'ASC', 100), jsonb_array_insert_where(doc, '{a}', '{"k":20.5}', 'k', 'ASC', 100)) FROM kept;
CREATE TEMP TABLE packed (doc jsonb);
INSERT INTO packed SELECT doc FROM kept;
UPDATE packed SET doc = jsonb_array_insert_where(doc, '{a}', '{"k":20.5}', 'k', 'ASC', 100);
SELECT identical(packed.doc, jsonb_array_insert_where(kept.doc, '{a}', '{"k":20.5}', 'k', 'ASC', 100)) FROM packed, kept;
UPDATE packed SET doc = jsonb_array_insert_where(doc, '{a}', '{"k":200}', 'k', 'ASC', 99);
SELECT jsonb_array_length(doc -> 'a'), canonical(doc) FROM packed;
