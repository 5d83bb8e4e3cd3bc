-- jsonb_remove_path: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Removes pairs and elements.
SELECT try($$ jsonb_remove_path('{"a":1,"b":2}', '{b}') $$);
SELECT try($$ jsonb_remove_path('{"a":{"b":[1,{"c":2,"d":3}]}}', '{a,b,1,c}') $$);
SELECT try($$ jsonb_remove_path('[1,2,3]', '{1}') $$);
SELECT try($$ jsonb_remove_path('[1,2,3]', '{-1}') $$);
SELECT try($$ jsonb_remove_path('{"a":null}', '{a}') $$);
SELECT try($$ jsonb_remove_path('{"a":{"b":{"c":1}}}', '{a,b}') $$);
-- The last one leaves an empty container.
SELECT try($$ jsonb_remove_path('{"a":1}', '{a}') $$);
SELECT try($$ jsonb_remove_path('[[1]]', '{0,0}') $$);
-- What a selector selects, every element included.
SELECT try($$ jsonb_remove_path('{"l":[{"id":1},{"id":2},{"id":1}]}', '{l,[id=1]}') $$);
SELECT try($$ jsonb_remove_path('["a","b","a"]', '{[=a]}') $$);
SELECT try($$ jsonb_remove_path('[1,2,3]', '{[*]}') $$);
SELECT try($$ jsonb_remove_path('{"l":[{"a":1,"b":2},{"b":3},{"a":null}]}', '{l,[*],a}') $$);
SELECT try($$ jsonb_remove_path('[[1,2],[],[3],{"0":4,"1":5}]', '{[*],0}') $$);
SELECT try($$ jsonb_remove_path('[[[1,2],[3]],[[4]]]', '{[*],[*],[*]}') $$);
SELECT try($$ jsonb_remove_path('[[{"k":1,"v":1},{"k":2}],[{"k":2,"v":2},{"k":1,"v":3}]]', '{[*],[k=1],v}') $$);
-- Where the rest of the path is missing, an element stays as it is.
SELECT try($$ jsonb_remove_path('[{"a":1},2,null,[],"s",{"b":1}]', '{[*],a}') $$);
SELECT try($$ jsonb_remove_path('[{"a":1},2,null,"s",{"b":1}]', '{[*],a}') $$);

-- Missing is unchanged: the root, keys, indexes, matches, what is below null or a scalar.
SELECT p, try(format($$ jsonb_remove_path('{"a":{"b":[1,null,{"id":1}]},"c":"s","n":null}', %L) $$, p))
FROM unnest(ARRAY['{}', '{x}', '{a,x}', '{a,b,3}', '{a,b,-4}', '{a,b,0,x}', '{a,b,1,x}', '{a,b,[id=2]}', '{a,b,[=2]}', '{a,b,[-]}', '{a,[*]}', '{a,b,[*],x}', '{c,x}', '{c,0}', '{n,x}', '{n,[-]}', '{x,[-]}', '{x,y,z}']) AS p;
SELECT t, p, try(format('jsonb_remove_path(%L, %L)', t, p)) FROM unnest(ARRAY['1', '"s"', 'null', 'true', '[]', '{}']) AS t, unnest(ARRAY['{}', '{0}', '{1,b}', '{[*]}', '{[-]}']) AS p
ORDER BY t COLLATE "C", p COLLATE "C";
-- An element at an array that is neither an integer nor a selector, or that is behind the last and in the middle.
SELECT p, try(format($$ jsonb_remove_path('{"a":[{}]}', ARRAY['a',%L]) $$, p)) FROM unnest(ARRAY['x', '', '0.0', '[', '[]', '[x]', '[=[]]', '[a={}]', '[a"=1]']) AS p;
SELECT try($$ jsonb_remove_path('[]', '{a,b}') $$);
SELECT try($$ jsonb_remove_path('{"a":[]}', '{a,[-],b}') $$);
SELECT try($$ jsonb_remove_path('[[{"a":1}],{"a":1},[]]', '{[*],a}') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_remove_path(NULL, '{a}') $$);
SELECT try($$ jsonb_remove_path(NULL, NULL) $$);
SELECT try($$ jsonb_remove_path('{}', NULL) $$);
SELECT try($$ jsonb_remove_path('{}', '{a,NULL}') $$);
SELECT try($$ jsonb_remove_path('{}', '{{a},{b}}') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_remove_path(path => '{a}', target => '{"a":1}') $$);

-- What stays keeps its bytes.
SELECT try($$ jsonb_remove_path('{"a":1.10,"b":[1.000,{"c":-0.00,"d":1}],"d":"","e":1e-20}', '{b,1,d}') $$);
-- Nothing to remove: the datum that came.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, p, same_datum(d, jsonb_remove_path(d, p::text[]))
FROM doc, unnest(ARRAY['{}', '{x}', '{a,y,2}', '{a,y,[z=3]}', '{a,y,[*],x}', '{a,y,[-]}', '{b,x}', '{b}']) AS p ORDER BY storage, p COLLATE "C";

-- Agrees with #- where that knows the path, at places all over random documents.
CREATE TEMP TABLE place AS
WITH RECURSIVE walk (doc, value, path) AS (
	SELECT doc, doc, '{}'::text[] FROM (SELECT random_document(i) AS doc FROM generate_series(1, 20) AS i OFFSET 0) AS d
	UNION ALL
	SELECT doc, child.value, path || step
	FROM walk, LATERAL (SELECT key, value FROM jsonb_each(CASE jsonb_typeof(value) WHEN 'object' THEN value END)
						UNION ALL SELECT (n - 1)::text, e.value FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value END) WITH ORDINALITY AS e (value, n)) AS child (step, value))
SELECT doc, path FROM (SELECT *, row_number() OVER (PARTITION BY doc ORDER BY md5(path::text)) AS n FROM walk WHERE path <> '{}') AS w WHERE n <= 50;
SELECT count(*) > 200 AS many, count(*) FILTER (WHERE NOT identical(jsonb_remove_path(doc, path), doc #- path)) AS wrong FROM place;
-- Stride borders, where everything behind moves by one.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_remove_path(a, ARRAY[at::text]), a - at)) AS elements,
	   count(*) FILTER (WHERE NOT identical(jsonb_remove_path(o, ARRAY['k' || at]), o - ('k' || at))) AS pairs
FROM unnest(ARRAY[1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129]) AS n,
	 LATERAL (SELECT jsonb_agg(v ORDER BY i), jsonb_object_agg('k' || i, v)
			  FROM generate_series(0, n - 1) AS i, LATERAL (SELECT CASE i % 4 WHEN 0 THEN to_jsonb(repeat('x', i % 7)) WHEN 1 THEN to_jsonb(i) WHEN 2 THEN 'null' ELSE jsonb_build_array(i) END) AS v (v)) AS d (a, o),
	 generate_series(0, n - 1) AS at;
-- Many at once: the same key of every element, and every element.
SELECT n, identical(jsonb_remove_path(a, '{[*],i}'), without) AS pairs, identical(jsonb_remove_path(a, '{[*]}'), '[]') AS elements
FROM unnest(ARRAY[1, 31, 32, 33, 1000]) AS n,
	 LATERAL (SELECT jsonb_agg(jsonb_build_object('i', i, 'text', repeat('t', i % 9)) ORDER BY i), jsonb_agg(jsonb_build_object('text', repeat('t', i % 9)) ORDER BY i) FROM generate_series(1, n) AS i) AS d (a, without);

-- Memory that is left: none.
SELECT bytes, errors FROM memory_left('jsonb_remove_path(jsonb,text[])', 100, (SELECT d FROM doc WHERE storage = 'long'), '{a,y,[z=2],z}'::text[]);

-- Damage: a clean error that says where.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('pair', $$ jsonb_remove_path(damaged, '{a,[id=2],v}') $$),
	('element', $$ jsonb_remove_path(damaged, '{a,0}') $$),
	('all', $$ jsonb_remove_path(damaged, '{a,[*]}') $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image)) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) / 4 - 1) AS n, (VALUES (0), (x'7FFFFFFF'::bigint), (x'5FFFFFFF'::bigint), (x'2FFFFFFF'::bigint), (x'50000001'::bigint)) AS w (word),
	 LATERAL outcome_of_damaged(expression, set_word(image, 4 * n, word)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
