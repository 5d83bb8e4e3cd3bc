-- jsonb_set_path: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Sets what is there, in objects and arrays; an empty path is the root.
SELECT try($$ jsonb_set_path('{"a":1,"b":2}', '{b}', '3') $$);
SELECT try($$ jsonb_set_path('{"a":{"b":[1,{"c":2}]}}', '{a,b,1,c}', '{"d":[]}') $$);
SELECT try($$ jsonb_set_path('[1,2,3]', '{1}', '"x"') $$);
SELECT try($$ jsonb_set_path('[1,2,3]', '{-1}', 'null') $$);
SELECT try($$ jsonb_set_path('{"a":{"b":1}}', '{a}', '[{"c":[]}]') $$);
SELECT try($$ jsonb_set_path('{"a":null}', '{a}', 'false') $$);
SELECT v, t, try(format('jsonb_set_path(%L, ''{}'', %L)', t, v))
FROM unnest(ARRAY['1', '"s"', 'null', 'true', '[]', '[1]', '{"a":1}']) AS v, unnest(ARRAY['1', 'null', '[]', '{"a":1}']) AS t ORDER BY v COLLATE "C", t COLLATE "C";

-- Creates what is missing: the key, and objects on the way to it, whatever the element looks like.
SELECT try($$ jsonb_set_path('{}', '{a}', '1') $$);
SELECT try($$ jsonb_set_path('{"b":1}', '{a,c,d}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":{"m":1}}', '{a,0,-1}', '1') $$);
SELECT try($$ jsonb_set_path('[{}]', '{0,a}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":{}}', ARRAY['a','','[','[]','[x]'], '1') $$);
-- An array only where the next element is the position after the last, and that the last.
SELECT try($$ jsonb_set_path('{}', '{a,[-]}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":{"b":0}}', '{a,c,d,[-]}', '{"x":1}') $$);
SELECT try($$ jsonb_set_path('null', '{[-]}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":null}', '{a,[-]}', '[]') $$);
SELECT try($$ jsonb_set_path('{}', '{a,[-],b}', '1') $$);
-- Behind the last element.
SELECT try($$ jsonb_set_path('[]', '{[-]}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":[1,[2]]}', '{a,[-]}', '3') $$);
SELECT try($$ jsonb_set_path('{"a":[1,[2]]}', '{a,1,[-]}', '3') $$);
SELECT try($$ jsonb_set_path('{"a":[1,[2]]}', '{a,[-],x}', '3') $$);
-- null on the way counts as missing, at the root too.
SELECT try($$ jsonb_set_path('{"a":null}', '{a,b,c}', '1') $$);
SELECT try($$ jsonb_set_path('[0,null,2]', '{-2,y}', '1') $$);
SELECT try($$ jsonb_set_path('null', '{a,0}', '1') $$);
-- An index out of range is missing, and nothing is created beyond it.
SELECT i, try(format($$ jsonb_set_path('[1,2]', '{%s}', '"new"') $$, i)), try(format($$ jsonb_set_path('[1,2]', '{%s,a}', '"new"') $$, i)) FROM unnest(ARRAY['-3', '2', '2147483647', '-2147483648']) AS i;
SELECT try($$ jsonb_set_path('{"a":[]}', '{a,0,b}', '1') $$);
-- A selector creates nothing, not even as a key of an object.
SELECT p, try(format($$ jsonb_set_path('{"a":{"b":[]}}', %L, '1') $$, p))
FROM unnest(ARRAY['{a,[id=1]}', '{a,[=1],x}', '{a,[*]}', '{a,[-]}', '{a,c,[id=1]}', '{a,c,[*]}', '{a,c,[id=1],x}', '{a,b,[id=1]}', '{a,b,[=1]}', '{a,b,[*]}', '{a,b,[*],[-]}']) AS p;

-- A scalar on the way.
SELECT t, try(format($$ jsonb_set_path(%L, '{a,b}', '1') $$, t)) FROM unnest(ARRAY['1', '"s"', '{"a":1}', '{"a":"s"}', '{"a":false}']) AS t;
SELECT try($$ jsonb_set_path('{"a":["x"]}', '{a,0,b,c}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":1}', '{a,[-]}', '1') $$);
SELECT try($$ jsonb_set_path('{"a":[[1],2,[3]]}', '{a,[*],0}', '1') $$);
-- An element at an array that is neither an integer nor a selector.
SELECT p, try(format($$ jsonb_set_path('{"a":[{}]}', ARRAY['a',%L], '1') $$, p)) FROM unnest(ARRAY['x', '', '0.0', '[', '[]', '[x]', '[=[]]', '[a={}]', '[a"=1]']) AS p;

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_set_path(NULL, '{a}', '1') $$);
SELECT try($$ jsonb_set_path(NULL, NULL, NULL) $$);
SELECT try($$ jsonb_set_path('{}', NULL, '1') $$);
SELECT try($$ jsonb_set_path('{}', '{a}', NULL) $$);
SELECT try($$ jsonb_set_path('{}', '{a,NULL}', '1') $$);
SELECT try($$ jsonb_set_path('{}', '{{a},{b}}', '1') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_set_path(value => '1', path => '{a}', target => '{}') $$);

-- Values keep their bytes, what is set and what is beside it.
SELECT try($$ jsonb_set_path('{"a":1.10,"b":[1.000,{"c":-0.00}],"d":""}', '{b,1,d}', '{"n":1e-20,"m":[123456789012345678901234567890.1234567890,1.0]}') $$);
-- The same to the byte: the datum that came; 1.0 over 1 is a change.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, p, v, same_datum(d, jsonb_set_path(d, p::text[], v::jsonb))
FROM doc, (VALUES ('{a,x}', '1.0'), ('{a,x}', '1'), ('{a,y}', '[1,{"z":2}]'), ('{a,y,1}', '{"z":2}'), ('{a,y,1,z}', '2.0'), ('{b}', 'null'), ('{a,y,7}', '1'), ('{a,[=1]}', '1')) AS v (p, v)
ORDER BY storage, p COLLATE "C", v COLLATE "C";
SELECT storage, same_datum(d, jsonb_set_path(d, '{}', from_raw(raw(d)))) FROM doc ORDER BY storage;

-- Agrees with jsonb_set() where that knows the path, at places all over random documents.
CREATE TEMP TABLE place AS
WITH RECURSIVE walk (doc, value, path) AS (
	SELECT doc, doc, '{}'::text[] FROM (SELECT random_document(i) AS doc FROM generate_series(1, 20) AS i OFFSET 0) AS d
	UNION ALL
	SELECT doc, child.value, path || step
	FROM walk, LATERAL (SELECT key, value FROM jsonb_each(CASE jsonb_typeof(value) WHEN 'object' THEN value END)
						UNION ALL SELECT (n - 1)::text, e.value FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value END) WITH ORDINALITY AS e (value, n)) AS child (step, value))
SELECT doc, path FROM (SELECT *, row_number() OVER (PARTITION BY doc ORDER BY md5(path::text)) AS n FROM walk WHERE path <> '{}') AS w WHERE n <= 50;
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE NOT identical(jsonb_set_path(doc, path, v), jsonb_set(doc, path, v))) AS wrong
FROM place, unnest(ARRAY['null', '"text"', '17.50', '{"a":["xyz",1]}']::jsonb[]) AS v;

-- Stride borders.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_set_path(a, ARRAY[at::text], v), jsonb_set(a, ARRAY[at::text], v))) AS elements,
	   count(*) FILTER (WHERE NOT identical(jsonb_set_path(a, '{[-]}', v), a || jsonb_build_array(v))) AS behind,
	   count(*) FILTER (WHERE NOT identical(jsonb_set_path(o, ARRAY['k' || at], v), jsonb_set(o, ARRAY['k' || at], v))) AS pairs,
	   count(*) FILTER (WHERE NOT identical(jsonb_set_path(o, ARRAY['k' || at, 'new'], v), CASE WHEN at % 2 = 0 THEN jsonb_set(o, ARRAY['k' || at], jsonb_build_object('new', v)) END)) AS created
FROM unnest(ARRAY[1, 15, 16, 17, 31, 32, 33, 64, 65]) AS n,
	 LATERAL (SELECT jsonb_agg(CASE i % 2 WHEN 0 THEN 'null'::jsonb ELSE jsonb_build_array(i) END ORDER BY i), jsonb_object_agg('k' || i, CASE i % 2 WHEN 0 THEN NULL ELSE i END) FROM generate_series(0, n - 1) AS i) AS d (a, o),
	 generate_series(0, n - 1) AS at, unnest(ARRAY['"x"', '17', '{"a":1}']::jsonb[]) AS v
WHERE at % 2 = 0;
-- Every element at once.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_set_path(a, '{[*]}', v), filled)) AS replaced, count(*) FILTER (WHERE NOT identical(jsonb_set_path(a, '{[*],x,y}', v), deeper)) AS created
FROM unnest(ARRAY[0, 1, 31, 32, 33, 64, 65, 1000]) AS n, unnest(ARRAY['"x"', '17', '{"a":1}']::jsonb[]) AS v,
	 LATERAL (SELECT COALESCE(jsonb_agg(jsonb_build_object('i', i)), '[]'), COALESCE(jsonb_agg(w), '[]'), COALESCE(jsonb_agg(jsonb_build_object('i', i, 'x', jsonb_build_object('y', w))), '[]') FROM generate_series(1, n) AS i, (SELECT v) AS v (w)) AS d (a, filled, deeper);

-- Memory that is left: none.
SELECT bytes, errors FROM memory_left('jsonb_set_path(jsonb,text[],jsonb)', 100, (SELECT d FROM doc WHERE storage = 'long'), '{a,y,[z=2],new,[-]}'::text[], '{"x":1}'::jsonb);

-- Damage: a clean error that says where.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('set', $$ jsonb_set_path(damaged, '{a,[id=2],v}', '"new"') $$),
	('set all', $$ jsonb_set_path(damaged, '{a,[*],v}', '"new"') $$),
	('value', $$ jsonb_set_path('{"a":1}', '{b}', damaged) $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image)) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) / 4 - 1) AS n, (VALUES (0), (x'7FFFFFFF'::bigint), (x'5FFFFFFF'::bigint), (x'2FFFFFFF'::bigint), (x'50000001'::bigint)) AS w (word),
	 LATERAL outcome_of_damaged(expression, set_word(image, 4 * n, word)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
