-- jsonb_graft: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Copies what is at the paths, and removes what is missing in fresh.
SELECT try($$ jsonb_graft('{"a":1,"b":2,"c":3}', '{"a":10,"c":{"d":[]}}', '{a}', '{b}', '{c}') $$);
SELECT try($$ jsonb_graft('{"author":{"name":"x","company":"old"},"n":1}', '{"author":{"name":"y","company":{"id":7}},"n":2}', '{author,company}') $$);
SELECT try($$ jsonb_graft('{"a":[1,2,3]}', '{"a":[4,5]}', '{a,0}', '{a,-1}') $$);
SELECT try($$ jsonb_graft('{"a":[1,2,3]}', '{"a":[4,5]}', '{a,2}') $$);
SELECT try($$ jsonb_graft('{"a":{"x":1}}', '{"a":null}', '{a}') $$);
SELECT try($$ jsonb_graft('{"a":{"x":1}}', '{"a":null}', '{a,x}') $$);
-- The root: fresh as it is.
SELECT try($$ jsonb_graft('{"a":1}', '[1.10]', '{}') $$);
SELECT try($$ jsonb_graft('1', '2', '{}') $$);
SELECT try($$ jsonb_graft('{"a":1}', '{"b":2}', '{}', '{a}', '{b}') $$);
SELECT try($$ jsonb_graft('{"a":1,"b":{"c":1}}', '{"b":{"c":2}}', '{b,c}', '{}', '{b}') $$);
-- Parents are created as by jsonb_set_path.
SELECT try($$ jsonb_graft('{}', '{"a":{"b":{"c":1,"d":2}}}', '{a,b,c}') $$);
SELECT try($$ jsonb_graft('{"a":null}', '{"a":{"b":{"c":1,"d":2}}}', '{a,b,c}') $$);
SELECT try($$ jsonb_graft('null', '{"a":[7]}', '{a,0}') $$);
SELECT try($$ jsonb_graft('{"a":[]}', '{"a":[7]}', '{a,0}') $$);
SELECT try($$ jsonb_graft('{"a":[]}', '{"a":{"x":7}}', '{a,x}') $$);
-- A scalar on the way: an error if there is something to put behind it, else that is missing.
SELECT try($$ jsonb_graft('{"a":1}', '{"a":{"b":1}}', '{a,b}') $$);
SELECT try($$ jsonb_graft('{"a":1}', '{"a":{}}', '{a,b}') $$);

-- Selectors, which may find elements at different places.
SELECT try($$ jsonb_graft('{"l":[{"id":1,"v":1},{"id":2,"v":2}]}', '{"l":[{"id":2,"v":20},{"id":1,"v":10}]}', '{l,[id=1],v}', '{l,[id=2]}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1,"v":1},{"id":2,"v":2}]}', '{"l":[{"id":2,"v":20}]}', '{l,[id=1]}', '{l,[id=2],v}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1,"v":1}]}', '{"l":[{"id":2,"v":20}]}', '{l,[id=2]}') $$);
SELECT try($$ jsonb_graft('["a","b","c"]', '["c","a"]', '{[=a]}', '{[=b]}', '{[=c]}') $$);
-- The position after the last is nowhere in fresh.
SELECT try($$ jsonb_graft('{"a":[1]}', '{"a":[2]}', '{a,[-]}') $$);
SELECT try($$ jsonb_graft('{"a":[1]}', '{"a":[2]}', '{a,[-],x}') $$);
-- There is one place to copy from and to.
SELECT try($$ jsonb_graft('{"a":[1]}', '{"a":[2]}', '{a,[*]}') $$);
SELECT try($$ jsonb_graft('{"a":[]}', '{"a":{}}', '{a,[*]}') $$);
SELECT try($$ jsonb_graft('{"a":{}}', '{"a":[]}', '{a,[*]}') $$);
SELECT try($$ jsonb_graft('{"a":{"[*]":1}}', '{"a":{"[*]":2}}', '{a,[*]}') $$);
SELECT try($$ jsonb_graft('{"a":{"b":1}}', '{"a":{"[*]":2}}', '{a,[*]}') $$);
-- An element that no array can follow is missing in fresh, and an error in target.
SELECT try($$ jsonb_graft('{"a":{"x":1}}', '{"a":[2]}', '{a,x}') $$);
SELECT try($$ jsonb_graft('{"a":[1]}', '{"a":{"[x]":2}}', '{a,[x]}') $$);
SELECT try($$ jsonb_graft('{"a":[1]}', '{"a":[2]}', '{a,x}') $$);

-- In order: a path means the target with what was copied before.
SELECT try($$ jsonb_graft('{"a":1,"b":1}', '{"a":{"b":{"c":1}}}', '{a}', '{a,b,c}', '{b}') $$);
SELECT try($$ jsonb_graft('{}', '{"a":{"b":{"c":1}}}', '{a,b,c}', '{a,b}', '{a}') $$);
SELECT try($$ jsonb_graft('{"a":[1,2,3,4]}', '{"a":[]}', '{a,0}', '{a,0}', '{a,-1}') $$);
SELECT try($$ jsonb_graft('{"a":[1,2,3,4]}', '{"a":[9]}', '{a,3}', '{a,0}', '{a,2}', '{a,-1}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"id":2,"x":1},{"id":1,"x":1}]}', '{l,0}', '{l,[id=2]}', '{l,1}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2},{"id":3}]}', '{"l":[{"id":3,"v":3}]}', '{l,[id=1]}', '{l,[id=2]}', '{l,[id=3]}', '{l,0,v}', '{l,1}') $$);
-- What was put there by one path is removed by another.
SELECT try($$ jsonb_graft('{"l":[{"id":1}]}', '{"l":[{"id":2},{"id":1,"new":5}]}', '{l,[id=1],new}', '{l,0,new}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1}]}', '{"l":[{"id":2},{"id":1,"new":{"x":5,"y":6}}]}', '{l,[id=1],new,x}', '{l,[id=1],new,y}', '{l,0,new,x}', '{l,0,id}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1}]}', '{"l":[{"id":2},{"id":1,"new":{"x":5,"y":6}}]}', '{l,[id=1],new,x}', '{l,0,new}', '{l,[id=1],new}') $$);
SELECT try($$ jsonb_graft('{"a":{}}', '{"l":[{"id":1}],"a":{"k":[5]}}', '{l}', '{a,k}', '{l,0,[id=1]}', '{l,[id=1],id}', '{l,[id=7]}', '{a,k,0}', '{a,k,1}') $$);
SELECT try($$ jsonb_graft('{"t":{"id":1,"x":1}}', '{"l":[{"id":2}],"t":{"id":2}}', '{t,y}', '{t,id}', '{t,x}', '{t}') $$);
SELECT try($$ jsonb_graft('{}', '{"a":[1,2]}', '{a,-1}', '{a,1}', '{a,-2}', '{a,5}') $$);
-- Elements are searched among those that were put there, not among those that were there before.
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"id":9,"x":5},{"id":1,"y":7}]}', '{l,0}', '{l,[id=1],y}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"id":9,"x":5},{"id":1,"y":7}]}', '{l,0}', '{l,0,x}', '{l,[id=1],y}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"id":9,"x":5},{"id":2,"y":7}]}', '{l,0}', '{l,[id=9],x}', '{l,[id=2],y}') $$);
SELECT try($$ jsonb_graft('{"l":[5,{"id":2},{"id":3}]}', '{"l":[{"id":2,"x":1},{"id":3,"x":2},7]}', '{l,0}', '{l,[id=2],x}', '{l,[id=3],x}', '{l,2}', '{l,[id=3]}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"id":2},{"id":1.0,"x":[]}]}', '{l,0,id}', '{l,[id=2]}', '{l,[id=1]}') $$);
SELECT try($$ jsonb_graft('{"l":[{"id":1},{"id":2}]}', '{"l":[{"no":1},{"id":1,"x":[]}]}', '{l,0,id}', '{l,[id=1],x}', '{l,0,no}') $$);
-- No path at all.
SELECT try($$ jsonb_graft('{"a":1}', '{"a":2}', VARIADIC '{}') $$);
SELECT try($$ jsonb_graft('{"a":1,"b":1}', '{"a":2}', VARIADIC ARRAY['{a}','{b}']) $$);
SELECT try($$ jsonb_graft('{"a":1,"b":1}', '{"a":2}', VARIADIC '[5:6]={"{a}","{b}"}') $$);

-- A path is the text of an array, whatever that can quote.
SELECT try($$ jsonb_graft('{"a,b":{"{c}":1},"":{"null":1},"null":2}', '{"a,b":{"{c}":10},"":{"null":10},"null":20}', '{"a,b","{c}"}', '{"","null"}') $$);
SELECT try($$ jsonb_graft('{"a":1,"b c":1}', '{"a":2,"b c":2}', ' { a } ', '{b c}', '[0:0]={a}') $$);
SELECT try($$ jsonb_graft('{"l":[{"a,b":"]}","v":1}]}', '{"l":[{"a,b":"]}","v":2}]}', '{l,"[a,b=\"]}\"]",v}') $$);
SELECT p, split_part(try(format($$ jsonb_graft('{"a":1}', '{"a":2}', '{a}', %L) $$, p)), E'\n', 1) FROM unnest(ARRAY['a', '', '{a', '{a}}', '{{a},{b}}', '{a,NULL}', '{NULL}', '{a,"b}']) AS p;
SELECT try($$ jsonb_graft('{"a":1}', '{"a":2}', '{a}', NULL) $$);
SELECT try($$ jsonb_graft('{"a":1}', '{"a":2}', VARIADIC NULL) $$);
-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_graft(NULL, '{}', '{a}') $$);
SELECT try($$ jsonb_graft(NULL, NULL, 'a', NULL) $$);
SELECT try($$ jsonb_graft('{}', NULL, '{a}') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_graft(fresh => '{"a":2}', target => '{}', VARIADIC paths => ARRAY['{a}']) $$);

-- What is copied keeps its bytes, and so does what is not.
SELECT try($$ jsonb_graft('{"a":1.10,"b":[1.000,{"c":-0.00}],"d":""}', '{"b":[1,{"c":0.00}],"e":{"n":1e-20,"m":[123456789012345678901234567890.1234567890,1.0]}}', '{b,1,c}', '{e}') $$);
-- The same to the byte: the datum that came.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, same_datum(d, jsonb_graft(d, '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}', '{a}', '{a,x}', '{b}', '{a,y,[z=2]}', '{nowhere}', '{a,nowhere,x}', '{b,x}', '{a,y,2}')) AS same,
	   same_datum(d, jsonb_graft(d, d, '{}')) AS itself, same_datum(d, jsonb_graft(d, d, '{a}', '{}', '{c}')) AS more,
	   same_datum(d, jsonb_graft(d, '{"a":{"x":1}}', '{a,x}')) AS other_scale
FROM doc ORDER BY storage;

-- A call that is made again has the paths of this time: constants stay what they are, columns and variables change.
SELECT n, jsonb_graft('{"a":1,"b":1}', d, '{a}', '{b}'), jsonb_graft('{"a":1,"b":1}', d, p), jsonb_graft('{"a":1,"b":1}', d, VARIADIC ARRAY[p, '{c}'])
FROM (VALUES (1, '{"a":2,"c":1}'::jsonb, '{a}'), (2, '{"b":3}', '{b}'), (3, '{}', '{c}'), (4, '{"a":[]}', '{}')) AS v (n, d, p) ORDER BY n;
DO $$
DECLARE
	p text;
	d jsonb := '{}';
BEGIN
	FOREACH p IN ARRAY ARRAY['{a}', '{b,c}', '{a}', '{l,[id=2],v}', '{l}'] LOOP
		d := jsonb_graft(d, '{"a":1,"b":{"c":2,"d":3},"l":[{"id":1},{"id":2,"v":5}]}', p);
		RAISE NOTICE '%', d;
	END LOOP;
END
$$;

-- Copying everything that random documents have, key by key, makes the target contain fresh; and what fresh lacks is gone.
SELECT count(*) > 50 AS many, count(*) FILTER (WHERE NOT identical(jsonb_graft(a, b, VARIADIC keys), jsonb_ivm_test.jsonb_graft(a, b, VARIADIC keys))) AS wrong,
	   count(*) FILTER (WHERE NOT identical(jsonb_graft(a, b, VARIADIC keys), b)) AS not_fresh
FROM generate_series(1, 400) AS i, LATERAL (SELECT random_document(i), random_document(i + 1)) AS d (a, b),
	 LATERAL (SELECT array_agg(ARRAY[key]::text) FROM (SELECT jsonb_object_keys(CASE jsonb_typeof(a) WHEN 'object' THEN a END) AS key
													   UNION SELECT jsonb_object_keys(CASE jsonb_typeof(b) WHEN 'object' THEN b END)) AS k) AS k (keys)
WHERE jsonb_typeof(a) = 'object' AND jsonb_typeof(b) = 'object' AND keys IS NOT NULL;
-- Stride borders: elements by their keys, in any order, and pairs.
SELECT n, identical(jsonb_graft(a, b, VARIADIC p), jsonb_build_object('l', fresh, 'end', 'end')) AS elements, identical(jsonb_graft(a, b, VARIADIC leaves), jsonb_build_object('l', fresh, 'end', 'end')) AS leaves
FROM unnest(ARRAY[1, 15, 16, 31, 32, 33, 65]) AS n,
	 LATERAL (SELECT jsonb_build_object('l', jsonb_agg(jsonb_build_object('id', i, 'v', repeat('v', i % 5)) ORDER BY i), 'end', 'end'),
					 jsonb_build_object('l', jsonb_agg(jsonb_build_object('id', i, 'v', repeat('new', i % 7)) ORDER BY i DESC)),
					 jsonb_agg(jsonb_build_object('id', i, 'v', repeat('new', i % 7)) ORDER BY i),
					 array_agg(format('{l,[id=%s]}', i) ORDER BY md5(i::text)), array_agg(format('{l,[id=%s],v}', i) ORDER BY md5(i::text)) FROM generate_series(1, n) AS i) AS d (a, b, fresh, p, leaves);

-- Memory that is left: none.
SELECT bytes, errors FROM memory_left('jsonb_graft(jsonb,jsonb,text[])', 100, (SELECT d FROM doc WHERE storage = 'long'), '{"a":{"y":[{"z":2,"v":"x"}]},"n":{"m":1}}'::jsonb, ARRAY['{a,y,[z=2],v}', '{n,m}', '{a,x}', '{b}']);

-- Damage in either: a clean error that says where.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('target', $$ jsonb_graft(damaged, '{"a":[{"id":2,"v":"new"}],"b":1}', '{a,[id=2],v}', '{b}', '{a,[id=1]}') $$),
	('fresh', $$ jsonb_graft('{"a":[{"id":2,"v":1}]}', damaged, '{a,[id=2],v}', '{b}', '{a,[id=1]}') $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image)) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) / 4 - 1) AS n, (VALUES (0), (x'7FFFFFFF'::bigint), (x'5FFFFFFF'::bigint), (x'2FFFFFFF'::bigint), (x'50000001'::bigint)) AS w (word),
	 LATERAL outcome_of_damaged(expression, set_word(image, 4 * n, word)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
