-- jsonb_merge_patch and jsonb_merge_diff: RFC 7396, and every line of their contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Section 1, the example.
SELECT try($$ jsonb_merge_patch('{"a":"b","c":{"d":"e","f":"g"}}', '{"a":"z","c":{"f":null}}') $$);
-- Section 3.
SELECT try($$ jsonb_merge_patch('{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}',
								'{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}') $$);
-- Appendix A, in its order.
CREATE TEMP TABLE example (n serial, original text, patch text, result text);
INSERT INTO example (original, patch, result) VALUES
	('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
	('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
	('{"a":"b"}', '{"a":null}', '{}'),
	('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
	('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
	('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
	('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
	('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
	('["a","b"]', '["c","d"]', '["c","d"]'),
	('{"a":"b"}', '["c"]', '["c"]'),
	('{"a":"foo"}', 'null', 'null'),
	('{"a":"foo"}', '"bar"', '"bar"'),
	('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
	('[1,2]', '{"a":"b","c":null}', '{"a":"b"}'),
	('{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}');
SELECT n, try(format('jsonb_merge_patch(%L, %L)', original, patch)), identical(jsonb_merge_patch(original::jsonb, patch::jsonb), result::jsonb) FROM example ORDER BY n;

-- A patch that is no object is the result, whatever the target.
SELECT t, p, try(format('jsonb_merge_patch(%L, %L)', t, p))
FROM unnest(ARRAY['1', 'null', '[]', '{"a":1}']) AS t, unnest(ARRAY['2.50', 'null', 'true', '"s"', '[null,{"a":null}]']) AS p ORDER BY t COLLATE "C", p COLLATE "C";
-- A target that is no object is patched as if it was an empty one.
SELECT t, p, try(format('jsonb_merge_patch(%L, %L)', t, p))
FROM unnest(ARRAY['1', 'null', '[{"a":1}]', '"s"']) AS t, unnest(ARRAY['{}', '{"a":1}', '{"a":null}', '{"a":{"b":null,"c":[null],"d":{"e":{}}}}']) AS p ORDER BY t COLLATE "C", p COLLATE "C";
-- So are members that are missing or no objects: nulls are taken out of what they get, but not out of arrays.
SELECT try($$ jsonb_merge_patch('{"a":1,"b":[1],"c":null,"e":{"x":1}}',
	'{"a":{"n":null,"o":{"n":null,"v":1,"deep":{"n":null}},"l":[null,{"n":null}]},"b":{"n":null},"c":{"x":{"n":null}},"d":{"n":null,"x":{"y":{"n":null,"z":2}}},"e":{"f":{"n":null,"v":1}}}') $$);
SELECT try($$ jsonb_merge_patch('{"a":{"b":{"c":1}}}', '{"a":{"b":{"c":{"d":{"e":null}}}}}') $$);
SELECT try($$ jsonb_merge_patch('{}', '{"a":{"k01":1,"k02":null,"k03":{"x":null,"y":"z"},"k04":null,"k05":"e"}}') $$);
-- Removing what is not there does nothing.
SELECT try($$ jsonb_merge_patch('{"a":1}', '{"b":null,"c":null}') $$);
SELECT try($$ jsonb_merge_patch('{"a":{"b":1}}', '{"a":{"c":null}}') $$);
-- null as a value in the target is one like others.
SELECT try($$ jsonb_merge_patch('{"a":null,"b":null}', '{"a":null}') $$);
SELECT try($$ jsonb_merge_patch('{"a":{"b":null}}', '{"a":{"c":1}}') $$);
-- Keys stay sorted.
SELECT try($$ jsonb_merge_patch('{"mm":1,"m":0}', '{"":0,"a":1,"m":null,"aa":3,"zz":{"b":1,"a":null,"":2},"aaa":5}') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_merge_patch(NULL, '{}') $$);
SELECT try($$ jsonb_merge_patch(NULL, NULL) $$);
SELECT try($$ jsonb_merge_patch('{}', NULL) $$);
SELECT try($$ jsonb_merge_diff(NULL, '{}') $$);
SELECT try($$ jsonb_merge_diff(NULL, NULL) $$);
SELECT try($$ jsonb_merge_diff('{}', NULL) $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_merge_patch(patch => '{"x":1}', target => '{}') $$);
SELECT try($$ jsonb_merge_diff(new => '{"x":1}', old => '{}') $$);
-- Numbers keep their digits and scale.
SELECT try($$ jsonb_merge_patch('{"a":1.10,"b":{"c":-0.00,"d":1}}', '{"b":{"d":1.000,"e":{"f":123456789012345678901234567890.1234567890,"g":null}},"h":1e-20}') $$);

-- Nothing changed: the datum that came.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, p, same_datum(d, jsonb_merge_patch(d, p))
FROM doc, unnest(ARRAY['{}', '{"q":null}', '{"a":{}}', '{"a":{"x":1.0,"q":null}}', '{"a":{"y":[1,{"z":2}]}}', '{"b":null}', '{"a":{"x":1}}']::jsonb[]) AS p ORDER BY storage, length(p::text), p::text COLLATE "C";
SELECT storage, same_datum(d, jsonb_merge_patch(d, jsonb_merge_diff(d, d))) AS no_difference FROM doc ORDER BY storage;
SELECT same_datum(d, jsonb_merge_patch(d, '"s"')) AS same_scalar, same_datum(d, jsonb_merge_patch(d, '{}')) AS emptied FROM (VALUES ('"s"'::jsonb)) AS v (d);

-- The patch that turns one document into another.
CREATE TEMP TABLE pair (n serial, old text, new text);
INSERT INTO pair (old, new) VALUES
	('{"a":1}', '{"a":1}'), ('{"a":1}', '{"a":2}'), ('{"a":1}', '{}'), ('{}', '{"a":1}'), ('{"a":1,"b":2}', '{"b":2,"c":3}'),
	('{"a":{"b":1,"c":2}}', '{"a":{"b":1,"c":3}}'), ('{"a":{"b":1}}', '{"a":{}}'), ('{"a":{}}', '{"a":{"b":{"c":{}}}}'), ('{"a":1}', '{"a":{}}'), ('{"a":{}}', '{"a":1}'),
	('{"a":[1,{"b":null}]}', '{"a":[1,{"b":null},null]}'), ('{"a":[]}', '{"a":{"b":1}}'),
	('{"a":null,"b":1}', '{"a":null,"b":2}'), ('{"a":null}', '{}'), ('{"a":{"b":null,"c":1}}', '{"a":{"b":null,"c":2}}'), ('{"a":{"b":null}}', '{"a":{"b":1}}'),
	('{"a":1}', '{"a":1.0}'), ('{"a":[1]}', '{"a":[1.0]}'), ('{"a":{"b":{"c":1.0}}}', '{"a":{"b":{"c":1}}}'),
	('1', '1'), ('1', '2'), ('1', '{}'), ('[1]', '{"a":{"b":1}}'), ('null', '{"a":[null]}'), ('{"a":1}', 'null'), ('{"a":1}', '[null,{"a":null}]'), ('{"a":1}', '"s"'), ('{}', '{}'), ('[]', '[]'),
	('{"a":1,"bb":2,"ccc":3}', '{"b":1,"aa":2,"ccc":4,"":5}');
SELECT n, old, new, try(format('jsonb_merge_diff(%L, %L)', old, new)), identical(jsonb_merge_patch(old::jsonb, jsonb_merge_diff(old::jsonb, new::jsonb)), new::jsonb) FROM pair ORDER BY n;
-- What no such patch can say: that a key shall have the value null.
SELECT try($$ jsonb_merge_diff('{}', '{"a":null}') $$);
SELECT try($$ jsonb_merge_diff('{"a":1}', '{"a":null}') $$);
SELECT try($$ jsonb_merge_diff('{"a":{"b":{}}}', '{"a":{"b":{"c":null}}}') $$);
SELECT try($$ jsonb_merge_diff('{"a":{"b":1}}', '{"a":{"b":{"c":{"d":1,"e":null}}}}') $$);
SELECT try($$ jsonb_merge_diff('{"x":{"y":1}}', '{"x":{"y":2},"z":{"1":{},"2":{"3":null}}}') $$);
SELECT try($$ jsonb_merge_diff('[1]', '{"a":{"b c":null}}') $$);
SELECT try($$ jsonb_merge_diff('null', '{"a":null}') $$);

-- Random documents: to the byte, where it can be said at all.
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE NOT identical(jsonb_merge_patch(a, b), jsonb_ivm_test.jsonb_merge_patch(a, b))) AS wrong
FROM generate_series(1, 600) AS i, LATERAL (SELECT random_document(i), random_document(i + 3)) AS d (a, b);
CREATE FUNCTION pg_temp.there_and_back(a jsonb, b jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	patch jsonb := jsonb_merge_diff(a, b);
BEGIN
	RETURN CASE WHEN jsonb_ivm_test.identical(jsonb_merge_patch(a, patch), b) AND jsonb_ivm_test.identical(patch, jsonb_ivm_test.jsonb_merge_diff(a, b)) THEN 'right' ELSE 'WRONG' END;
EXCEPTION WHEN invalid_parameter_value THEN
	PERFORM jsonb_ivm_test.jsonb_merge_diff(a, b);
	RETURN 'WRONG: it can be said';
END
$$;
CREATE FUNCTION outcome_of_damaged(a jsonb, b jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.there_and_back(a, b);
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN 'cannot be said';
END
$$;
SELECT outcome, count(*) > 30 AS many
FROM generate_series(1, 400) AS i, LATERAL (SELECT random_document(i), random_document(i * 7)) AS d (a, b), LATERAL outcome_of_damaged(a, b) AS outcome
GROUP BY outcome ORDER BY outcome;
-- Versions of one document, which are mostly the same.
SELECT outcome, count(*) > 10 AS many
FROM generate_series(1, 200) AS i, LATERAL (SELECT document, successor FROM random_calls(i, 1)) AS d (a, b), LATERAL outcome_of_damaged(a, b) AS outcome
GROUP BY outcome ORDER BY outcome;
-- Stride borders.
CREATE FUNCTION pg_temp.object(count int, factor int, plus int, v text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT COALESCE(jsonb_object_agg('k' || lpad((i * factor + plus)::text, 4, '0'),
		CASE i % 4 WHEN 0 THEN jsonb_build_object('id', i, v, i) WHEN 1 THEN to_jsonb(v || i) WHEN 2 THEN to_jsonb(i) END), '{}')
	FROM generate_series(0, count - 1) AS i
$$;
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_patch(t, s), jsonb_ivm_test.jsonb_merge_patch(t, s))) AS patched,
	   count(*) FILTER (WHERE outcome_of_damaged(t, jsonb_strip_nulls(s)) <> 'right') AS difference
FROM unnest(ARRAY[0, 1, 8, 15, 16, 17, 31, 32, 33, 64, 100]) AS n, unnest(ARRAY[1, 15, 16, 17, 33]) AS m, (VALUES (1, 0), (2, 1), (3, 0)) AS f (factor, plus),
	 LATERAL (SELECT pg_temp.object(n, 2, 0, 'old'), pg_temp.object(m, factor, plus, 'newer')) AS d (t, s);
-- All of a new object that is large, with nulls here and there.
SELECT n, identical(jsonb_merge_patch('{"x":1}', jsonb_build_object('new', o)), jsonb_build_object('x', 1, 'new', jsonb_strip_nulls(o)))
FROM unnest(ARRAY[1, 8, 15, 16, 17, 31, 32, 33, 64, 100]) AS n, LATERAL (SELECT jsonb_build_object('a', pg_temp.object(n, 1, 0, 'a')) || pg_temp.object(n, 1, 0, 'b')) AS o (o);

-- Toasted arguments, and memory that is left: none.
SELECT identical(jsonb_merge_patch(as_pglz(d), as_pglz(p)), n) AS patched, identical(jsonb_merge_diff(as_pglz(d), as_pglz(n)), p - 'c') AS difference
FROM (SELECT jsonb_build_object('c', repeat('x', 9000), 'd', 1), jsonb_build_object('a', '{}'::jsonb, 'c', repeat('x', 9000)), jsonb_build_object('a', '{}'::jsonb, 'c', repeat('x', 9000), 'd', NULL)) AS d (d, n, p);
SELECT bytes, errors FROM memory_left('jsonb_merge_patch(jsonb,jsonb)', 100, (SELECT d FROM doc WHERE storage = 'long'), '{"a":{"x":null,"new":{"x":{"y":null}}},"b":2}'::jsonb);
SELECT bytes, errors FROM memory_left('jsonb_merge_patch(jsonb,jsonb)', 100, '1'::jsonb, '{"a":{"x":null,"new":{"x":{"y":null}}},"b":2}'::jsonb);
SELECT bytes, errors FROM memory_left('jsonb_merge_diff(jsonb,jsonb)', 100, (SELECT d FROM doc WHERE storage = 'long'), '{"a":{"x":5,"new":{"x":{}}},"b":2}'::jsonb);

-- Nesting: many levels, and more than the stack holds is an error.
SELECT identical(jsonb_merge_patch(nested('objects', 1000, '{"a":1}'), nested('objects', 1000, '{"b":2,"a":null}')), nested('objects', 1000, '{"b":2}')) AS patched,
	   identical(jsonb_merge_patch('[]', nested('objects', 1000, '{"b":2,"a":null}')), nested('objects', 1000, '{"b":2}')) AS added,
	   identical(jsonb_merge_diff(nested('objects', 1000, '{"a":1}'), nested('objects', 1000, '{"b":2}')), nested('objects', 1000, '{"b":2,"a":null}')) AS difference;
SET max_stack_depth = '100kB';
SELECT jsonb_merge_patch(nested('objects', 5000, '{"a":1}'), nested('objects', 5000, '{"b":2}')) IS NULL;
SELECT jsonb_merge_patch('{}', nested('objects', 5000, '{"b":null}')) IS NULL;
SELECT jsonb_merge_diff(nested('objects', 5000, '{"a":1}'), nested('objects', 5000, '{"b":2}')) IS NULL;
SELECT jsonb_merge_diff('{}', nested('objects', 5000, '{"b":2}')) IS NULL;
RESET max_stack_depth;

-- Damage in either: a clean error that says where.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('target', $$ jsonb_merge_patch(damaged, '{"a":{"id":null,"new":{},"v":{"y":3}},"b":0}') $$),
	('patch', $$ jsonb_merge_patch('{"a":{"id":null,"w":1},"b":{}}', damaged) $$),
	('old', $$ jsonb_merge_diff(damaged, '{"a":{"id":2,"v":{"x":1},"w":1},"b":{}}') $$),
	('new', $$ jsonb_merge_diff('{"a":{"id":2,"v":{"x":1},"w":1},"b":{}}', damaged) $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":{"id":1,"v":{"y":2}},"b":"text"}') AS image;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image)) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) / 4 - 1) AS n, (VALUES (0), (x'7FFFFFFF'::bigint), (x'5FFFFFFF'::bigint), (x'2FFFFFFF'::bigint), (x'50000001'::bigint), (x'40000000'::bigint)) AS w (word),
	 LATERAL outcome_of_damaged(expression, set_word(image, 4 * n, word)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT keys, outcome_of_damaged($$ jsonb_merge_patch('{"o":{"cc":1}}', damaged) $$, overlay(raw('{"o":{"a":1,"b":2}}') PLACING convert_to(keys, 'UTF8') FROM 37)),
	   outcome_of_damaged($$ jsonb_merge_diff('{"o":{"cc":1}}', damaged) $$, overlay(raw('{"o":{"a":1,"b":2}}') PLACING convert_to(keys, 'UTF8') FROM 37))
FROM (VALUES ('ab'), ('ba'), ('aa')) AS k (keys);
