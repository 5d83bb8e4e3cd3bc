-- jsonb_merge_shallow and jsonb_deep_merge: every line of their contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Both merge at the root.
SELECT try($$ jsonb_merge_shallow('{"a":1,"b":2}', '{"b":3,"c":4}') $$);
SELECT try($$ jsonb_deep_merge('{"a":1,"b":2}', '{"b":3,"c":4}') $$);
SELECT try($$ jsonb_merge_shallow('{}', '{"b":3}') $$);
SELECT try($$ jsonb_deep_merge('{}', '{"b":3}') $$);
SELECT try($$ jsonb_merge_shallow('{}', '{}') $$);
SELECT try($$ jsonb_deep_merge('{}', '{}') $$);
-- One replaces objects, the other merges them, at any depth.
SELECT try($$ jsonb_merge_shallow('{"o":{"x":1,"p":{"y":2}}}', '{"o":{"z":3,"p":{"w":4}}}') $$);
SELECT try($$ jsonb_deep_merge('{"o":{"x":1,"p":{"y":2}}}', '{"o":{"z":3,"p":{"w":4}}}') $$);
SELECT try($$ jsonb_deep_merge('{"a":{"b":{"c":{"d":{"e":1,"f":2}}}},"g":{"h":3}}', '{"a":{"b":{"c":{"d":{"f":4,"i":5}}}},"g":{"h":6}}') $$);
-- Arrays and scalars are replaced, also by objects and the other way round; null is a value like others.
SELECT try($$ jsonb_deep_merge('{"a":[1,{"x":1}],"b":{"x":1},"c":1,"d":{"x":1},"e":null,"f":{"x":1}}',
							   '{"a":[{"y":2}],"b":[],"c":{"y":2},"d":4,"e":{"y":2},"f":null}') $$);
SELECT try($$ jsonb_deep_merge('{"a":{"b":1}}', '{"a":{}}') $$);
SELECT try($$ jsonb_deep_merge('{"a":1}', '{"a":{}}') $$);
SELECT try($$ jsonb_deep_merge('{"a":{"b":null}}', '{"a":{"b":{"c":null}}}') $$);
-- An object under a new key is taken as it is, nulls and all.
SELECT try($$ jsonb_deep_merge('{"a":{}}', '{"a":{"b":{"c":null,"d":{}}}}') $$);
-- Keys stay sorted: shorter first, then by their bytes.
SELECT try($$ jsonb_merge_shallow('{"mm":1,"m":0}', '{"":0,"a":1,"z":2,"aa":3,"zz":4,"aaa":5}') $$);
SELECT try($$ jsonb_deep_merge('{"o":{"mm":1,"m":0}}', '{"o":{"":0,"a":1,"z":2,"aa":3,"zz":4,"aaa":5},"a":1}') $$);
SELECT try($$ jsonb_deep_merge('{"é":{"日本":{"語":1}}}', '{"é":{"日本":{"🎉":2}},"ß":{"日本":1}}') $$);
SELECT try($$ jsonb_deep_merge('{"":{"":{"":1}}}', '{"":{"":{"":2,"x":3}}}') $$);

-- A target that is null becomes the source; another one that is no object is an error.
SELECT f, t, try(format('%s(%L, %L)', f, t, s))
FROM (VALUES ('jsonb_merge_shallow'), ('jsonb_deep_merge')) AS f (f),
	 (VALUES ('null'), ('[]'), ('[{"a":1}]'), ('1'), ('"s"'), ('true')) AS t (t), (VALUES ('{"a":{"b":1}}'), ('{}')) AS s (s)
ORDER BY f DESC, t COLLATE "C", s COLLATE "C";
-- source is not an object.
SELECT f, s, try(format('%s(%L, %L)', f, '{"a":1}', s))
FROM (VALUES ('jsonb_merge_shallow'), ('jsonb_deep_merge')) AS f (f), (VALUES ('[]'), ('"s"'), ('1'), ('true'), ('null')) AS s (s)
ORDER BY f DESC, s COLLATE "C";
-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_merge_shallow(NULL, '{"x":1}') $$);
SELECT try($$ jsonb_merge_shallow(NULL, NULL) $$);
SELECT try($$ jsonb_merge_shallow('{}', NULL) $$);
SELECT try($$ jsonb_deep_merge(NULL, '{"x":1}') $$);
SELECT try($$ jsonb_deep_merge(NULL, '[]') $$);
SELECT try($$ jsonb_deep_merge(NULL, NULL) $$);
SELECT try($$ jsonb_deep_merge('{}', NULL) $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_merge_shallow(source => '{"x":1}', target => '{}') $$);
SELECT try($$ jsonb_deep_merge(source => '{"x":1}', target => '{}') $$);

-- Numbers keep their digits and scale, merged and beside what is merged.
SELECT try($$ jsonb_deep_merge('{"a":{"n":1.10,"m":1,"o":-0.00}}', '{"a":{"m":1.000,"p":1e-20,"q":123456789012345678901234567890.1234567890}}') $$);

-- What is there already, to the byte: the datum that came.
CREATE TEMP TABLE doc (storage text, d jsonb);
INSERT INTO doc VALUES
	('short', '{"a":{"x":1.0,"y":[1,{"z":2}]},"b":null}'),
	('long', (SELECT jsonb_build_object('a', '{"x":1.0,"y":[1,{"z":2}]}'::jsonb, 'b', NULL, 'c', string_agg(md5(i::text), ' ')) FROM generate_series(1, 300) AS i));
SELECT storage, s, same_datum(d, jsonb_merge_shallow(d, s)) AS shallow, same_datum(d, jsonb_deep_merge(d, s)) AS deep
FROM doc, unnest(ARRAY['{}', '{"b":null}', '{"a":{}}', '{"a":{"x":1.0}}', '{"a":{"y":[1,{"z":2}]},"b":null}', '{"a":{"x":1.0,"y":[1,{"z":2}]}}', '{"a":{"x":1}}', '{"a":{"y":[1,{"z":2.0}]}}']::jsonb[]) AS s
ORDER BY storage, length(s::text), s::text COLLATE "C";
SELECT storage, same_datum(d, jsonb_merge_shallow(d, d)) AS shallow, same_datum(d, jsonb_deep_merge(d, d)) AS deep FROM doc ORDER BY storage;

-- Stride borders: pairs replaced, inserted and merged into, in objects of every size.
CREATE FUNCTION pg_temp.object(count int, factor int, plus int, v text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT COALESCE(jsonb_object_agg('k' || lpad((i * factor + plus)::text, 4, '0'),
		CASE i % 3 WHEN 0 THEN jsonb_build_object('id', i, v, i) WHEN 1 THEN to_jsonb(v || i) ELSE to_jsonb(i) END), '{}')
	FROM generate_series(0, count - 1) AS i
$$;
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_shallow(t, s), t || s)) AS shallow,
	   count(*) FILTER (WHERE NOT identical(jsonb_deep_merge(t, s), jsonb_ivm_test.jsonb_deep_merge(t, s))) AS deep
FROM unnest(ARRAY[0, 1, 8, 15, 16, 17, 31, 32, 33, 64, 100]) AS n, unnest(ARRAY[1, 15, 16, 17, 33]) AS m, (VALUES (1, 0), (2, 1), (3, 0)) AS f (factor, plus),
	 LATERAL (SELECT pg_temp.object(n, 2, 0, 'old'), pg_temp.object(m, factor, plus, 'newer')) AS d (t, s);
-- One leaf in objects within objects, at each border.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_deep_merge(t, s), jsonb_set(t, ARRAY[k, l], '"leaf"'))) AS wrong
FROM generate_series(1, 66, 3) AS n, LATERAL (SELECT pg_temp.object(n, 1, 0, 'o')) AS o (o),
	 LATERAL (SELECT jsonb_object_agg(key, o) FROM jsonb_object_keys(o) AS key) AS d (t), LATERAL (SELECT min(key), max(key) FROM jsonb_object_keys(o) AS key) AS m (k, l),
	 LATERAL (SELECT jsonb_build_object(k, jsonb_build_object(l, 'leaf'))) AS s (s);

-- Random objects.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_deep_merge(a, b), jsonb_ivm_test.jsonb_deep_merge(a, b))) AS deep,
	   count(*) FILTER (WHERE NOT identical(jsonb_merge_shallow(a, b), a || b)) AS shallow
FROM generate_series(1, 300) AS i, LATERAL (SELECT random_document(i), random_document(i / 2 + 7)) AS d (a, b)
WHERE jsonb_typeof(a) = 'object' AND jsonb_typeof(b) = 'object';

-- Toasted arguments, and memory that is left: none.
SELECT identical(jsonb_deep_merge(as_pglz(d), as_pglz(s)), d || '{"a":{"n":1}}') AS pglz, identical(jsonb_deep_merge(as_short('{"a":{"b":1}}'), as_short('{"a":{"c":2}}')), '{"a":{"b":1,"c":2}}') AS short
FROM (SELECT jsonb_build_object('a', '{}'::jsonb, 'c', repeat('x', 9000))) AS d (d), LATERAL (SELECT jsonb_build_object('a', '{"n":1}'::jsonb, 'c', repeat('x', 9000))) AS s (s);
SELECT f, bytes, errors FROM unnest(ARRAY['jsonb_merge_shallow(jsonb,jsonb)', 'jsonb_deep_merge(jsonb,jsonb)']) AS f,
	 LATERAL memory_left(f::regprocedure, 100, (SELECT d FROM doc WHERE storage = 'long'), '{"a":{"new":{"x":1}},"b":2}'::jsonb);

-- Nesting: many levels are merged, and more than the stack holds is an error.
SELECT identical(jsonb_deep_merge(nested('objects', 1000, '{"a":1}'), nested('objects', 1000, '{"b":2}')), nested('objects', 1000, '{"a":1,"b":2}'));
SET max_stack_depth = '100kB';
SELECT jsonb_deep_merge(nested('objects', 5000, '{"a":1}'), nested('objects', 5000, '{"b":2}')) IS NULL;
RESET max_stack_depth;

-- Damage in either: a clean error that says where, in what is looked at.
CREATE TEMP TABLE call (name text, expression text);
INSERT INTO call VALUES
	('target', $$ jsonb_deep_merge(damaged, '{"a":{"id":2,"new":{}},"b":0}') $$),
	('source', $$ jsonb_deep_merge('{"a":{"v":{"x":1},"w":1},"b":{}}', damaged) $$);
CREATE TEMP TABLE sound AS SELECT raw('{"a":{"id":1,"v":{"y":2}},"b":"text"}') AS image;
SELECT name, outcome_of_damaged(expression, image) FROM sound, call ORDER BY name;
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) - 1) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) / 4 - 1) AS n, (VALUES (0), (x'7FFFFFFF'::bigint), (x'5FFFFFFF'::bigint), (x'2FFFFFFF'::bigint), (x'50000001'::bigint)) AS w (word),
	 LATERAL outcome_of_damaged(expression, set_word(image, 4 * n, word)) AS outcome
GROUP BY name, outcome ORDER BY name, outcome COLLATE "C";
-- Keys that are not in order, or not distinct, would spoil what they are merged into.
SELECT keys, outcome_of_damaged($$ jsonb_deep_merge('{"o":{"cc":1}}', damaged) $$, overlay(raw('{"o":{"a":1,"b":2}}') PLACING convert_to(keys, 'UTF8') FROM 37))
FROM (VALUES ('ab'), ('ba'), ('aa')) AS k (keys);
