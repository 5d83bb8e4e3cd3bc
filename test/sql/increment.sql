-- jsonb_increment: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Adds to a number, 1 if nothing else is said; an empty path is the root.
SELECT try($$ jsonb_increment('{"a":1}', '{a}') $$);
SELECT try($$ jsonb_increment('{"a":1}', '{a}', 41) $$);
SELECT try($$ jsonb_increment('{"a":{"b":[1,{"c":2}]}}', '{a,b,1,c}', -3.5) $$);
SELECT try($$ jsonb_increment('[1,2,3]', '{-1}', 10) $$);
SELECT try($$ jsonb_increment('5', '{}', 2) $$);
-- Lossless, with the scale that numeric addition gives.
SELECT n, b, try(format('jsonb_increment(%L, %L, %s)', '{"n":' || n || '}', '{n}', b))
FROM (VALUES ('1.10', '1'), ('1', '1.10'), ('1.10', '-1.10'), ('-0.0', '0.000'), ('0.1', '0.2'), ('9007199254740993', '1'), ('1e-20', '1'), ('1e20', '1e-20'),
			 ('123456789012345678901234567890.1234567890', '0.0000000001'), ('-5', '5'), ('5.00', '0'), ('99999999', '1'), ('-100000000', '1'), ('9999.9999', '0.0001')) AS v (n, b);
SELECT identical(jsonb_increment(('{"n":' || repeat('9', 200) || '}')::jsonb, '{n}'), ('{"n":1' || repeat('0', 200) || '}')::jsonb);
SELECT identical(jsonb_increment(('{"n":1' || repeat('0', 100000) || '}')::jsonb, '{n}', 0.00001), ('{"n":1' || repeat('0', 100000) || '.00001}')::jsonb);
SELECT identical(jsonb_increment('{"n":0}', '{n}', ('0.' || repeat('7', 16383))::numeric), ('{"n":0.' || repeat('7', 16383) || '}')::jsonb);
-- A sum that no numeric can hold.
SELECT try($$ jsonb_increment(('{"n":' || repeat('9', 131072) || '}')::jsonb, '{n}', 1) $$);

-- What is missing, or null, begins with 0, and objects on the way are created.
SELECT try($$ jsonb_increment('{}', '{a}') $$);
SELECT try($$ jsonb_increment('{}', '{a}', 1.50) $$);
SELECT try($$ jsonb_increment('{"b":1}', '{a,0,c}', 2) $$);
SELECT try($$ jsonb_increment('{"a":null}', '{a}', 2) $$);
SELECT try($$ jsonb_increment('{"a":null}', '{a,b}', 2) $$);
SELECT try($$ jsonb_increment('[null,null]', '{1}', 0) $$);
SELECT try($$ jsonb_increment('null', '{}', 0.0) $$);
SELECT try($$ jsonb_increment('null', '{a}', 2) $$);
SELECT try($$ jsonb_increment('{"a":[1]}', '{a,[-]}', 2) $$);
SELECT try($$ jsonb_increment('{}', '{a,b,[-]}', 2) $$);
-- Not where nothing can be created.
SELECT p, try(format($$ jsonb_increment('{"a":[1,{}],"b":{}}', %L, 2) $$, p)) FROM unnest(ARRAY['{a,2}', '{a,-3}', '{a,2,x}', '{a,[id=1]}', '{a,[=2]}', '{b,[id=1]}', '{b,c,[*]}', '{b,[-]}', '{b,[-],x}']) AS p;
-- In many places.
SELECT try($$ jsonb_increment('[1,2.50,null,-1]', '{[*]}', 1.5) $$);
SELECT try($$ jsonb_increment('{"l":[{"n":1},{},{"n":null},{"n":-7,"m":1}]}', '{l,[*],n}', 7) $$);
SELECT try($$ jsonb_increment('{"l":[{"id":1,"n":1},{"id":2,"n":1}]}', '{l,[id=2],n}') $$);

-- What is not a number, and a scalar on the way.
SELECT t, try(format($$ jsonb_increment(%L, '{a}', 0) $$, t)) FROM unnest(ARRAY['{"a":"1"}', '{"a":true}', '{"a":[]}', '{"a":{}}', '"a"', '1', 'true']) AS t;
SELECT t, try(format($$ jsonb_increment(%L, '{}', 0) $$, t)) FROM unnest(ARRAY['{}', '[]', '"1"', 'false']) AS t;
SELECT try($$ jsonb_increment('{"a":{"b":"s"}}', '{a,b,c}') $$);
SELECT try($$ jsonb_increment('[1,"2",3]', '{[*]}') $$);
-- An element at an array that is neither an integer nor a selector.
SELECT p, try(format($$ jsonb_increment('{"a":[{}]}', ARRAY['a',%L]) $$, p)) FROM unnest(ARRAY['x', '', '[', '[x]', '[=[]]']) AS p;
SELECT try($$ jsonb_increment('{"a":[1]}', '{a,[-],b}') $$);
-- By what JSON has no number for.
SELECT try($$ jsonb_increment('{"a":1}', '{a}', 'NaN') $$);
SELECT try($$ jsonb_increment('{}', '{a,b}', 'NaN') $$);
-- Infinity came with PostgreSQL 14.
CREATE FUNCTION pg_temp.by_infinity(sign text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('server_version_num')::int < 140000 THEN
		RETURN format('ERROR 22023: by must be a finite number, not %sInfinity', sign);
	END IF;
	RETURN try(format($try$ jsonb_increment('{"a":1}', '{a}', '%sInfinity') $try$, sign));
END
$$;
SELECT pg_temp.by_infinity(''), pg_temp.by_infinity('-');

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_increment(NULL, '{a}', 1) $$);
SELECT try($$ jsonb_increment(NULL, NULL, 'NaN') $$);
SELECT try($$ jsonb_increment('{}', NULL) $$);
SELECT try($$ jsonb_increment('{}', '{a}', NULL) $$);
SELECT try($$ jsonb_increment('{}', '{a,NULL}') $$);
SELECT try($$ jsonb_increment('{}', '{{a},{b}}') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_increment(path => '{a}', target => '{"a":1}') $$);
SELECT try($$ jsonb_increment(by => 2, path => '{a}', target => '{"a":1}') $$);

-- Nothing added: the datum that came, if the scale stays.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, p, by, same_datum(d, jsonb_increment(d, p::text[], by))
FROM doc, (VALUES ('{a,x}', 0), ('{a,x}', 0.0), ('{a,x}', 0.00), ('{a,y,0}', 0), ('{a,y,[z=3],z}', 1), ('{b}', 0)) AS v (p, by)
ORDER BY storage, p COLLATE "C", by, scale(by);
-- by out of a table, where it is stored without alignment.
CREATE TEMP TABLE step (n int, by numeric);
INSERT INTO step VALUES (1, 1), (2, -0.50), (3, 1e-30), (4, repeat('9', 3000)::numeric);
SELECT n, identical(jsonb_increment('{"a":1.00,"b":"x"}', '{a}', by), jsonb_build_object('a', 1.00 + by, 'b', 'x')) FROM step ORDER BY n;

-- Random numbers against numeric addition.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_increment(jsonb_build_object('n', a, 's', 's'), '{n}', b), jsonb_build_object('n', a + b, 's', 's'))) AS wrong
FROM generate_series(1, 500) AS i, LATERAL (SELECT (hashtext('a' || i)::numeric * power(10::numeric, i % 23)) / power(10::numeric, i % 17),
												   (hashtext('b' || i)::numeric * power(10::numeric, i % 13)) / power(10::numeric, i % 29)) AS n (a, b);
-- Stride borders: the number grows by a digit, and what is behind it moves.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_increment(a, ARRAY[at::text], by), jsonb_set(a, ARRAY[at::text], to_jsonb((a -> at)::numeric + by)))) AS wrong
FROM unnest(ARRAY[1, 31, 32, 33, 64, 65]) AS n, LATERAL (SELECT jsonb_agg(i * 9999) FROM generate_series(0, n - 1) AS i) AS d (a), generate_series(0, n - 1) AS at, unnest('{1,0.1,1e8}'::numeric[]) AS by;
SELECT n, identical(jsonb_increment(a, '{[*],n}', 0.5), b) FROM unnest(ARRAY[1, 31, 32, 33, 1000]) AS n,
	 LATERAL (SELECT jsonb_agg(jsonb_build_object('n', i, 't', repeat('t', i % 5)) ORDER BY i), jsonb_agg(jsonb_build_object('n', i + 0.5, 't', repeat('t', i % 5)) ORDER BY i) FROM generate_series(1, n) AS i) AS d (a, b);

-- Memory that is left: none.
SELECT bytes, errors FROM memory_left('jsonb_increment(jsonb,text[],numeric)', 100, (SELECT d FROM doc WHERE storage = 'long'), '{a,y,[z=2],z}'::text[], 1.5::numeric);
SELECT bytes, errors FROM memory_left('jsonb_increment(jsonb,text[],numeric)', 100, '{"a":{}}'::jsonb, '{a,b}'::text[], 1.5::numeric);

-- Damage: a clean error that says where, also of a number that is none.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('first', $$ jsonb_increment(damaged, '{a,0,id}') $$),
	('all', $$ jsonb_increment(damaged, '{a,[*],id}', 0.5) $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image)) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
-- The number of the first element stands at 60.
SELECT name, at, word, outcome_of_damaged(expression, set_word(image, at, word))
FROM sound, call, (VALUES (60, 40), (60, 36), (60, 24), (60, 4000), (60, 1), (60, x'FFFFFFFF'::bigint), (64, x'0001C000'::bigint), (64, x'0001D000'::bigint), (64, x'0001F000'::bigint), (64, x'00010000'::bigint)) AS w (at, word)
ORDER BY name, at, word;
