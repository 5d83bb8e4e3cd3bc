-- jsonb_array_reconcile: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- The array becomes equal to fresh; what is equal keeps its bytes, what is not has fresh's.
SELECT try($$ jsonb_array_reconcile('{"a":[{"id":1,"v":1.0},{"id":2,"v":2.0},{"id":3,"v":3.0}],"b":1.50}', '{a}', 'id', '[{"id":1,"v":1},{"id":2,"v":20},{"id":3,"v":3}]') $$);
-- An element may go, come, or go elsewhere.
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0}]', '{}', 'id', '[{"id":1},{"id":3}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0}]', '{}', 'id', '[{"id":2},{"id":3}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0}]', '{}', 'id', '[{"id":1},{"id":2}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0}]', '{}', 'id', '[{"id":0},{"id":1},{"id":5},{"id":2},{"id":6}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0},{"id":4.0}]', '{}', 'id', '[{"id":4},{"id":1},{"id":2},{"id":3}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0},{"id":4.0}]', '{}', 'id', '[{"id":2},{"id":3},{"id":4},{"id":1}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0},{"id":4.0}]', '{}', 'id', '[{"id":4},{"id":3},{"id":2},{"id":1}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0},{"id":3.0},{"id":4.0}]', '{}', 'id', '[{"id":7},{"id":4,"v":1},{"id":2},{"id":1},{"id":8}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},{"id":2.0}]', '{}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{}', 'id', '[{"id":1},5]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{}', 'id', '[]') $$);
-- Elements of one key, each with the first that is left.
SELECT try($$ jsonb_array_reconcile('[{"id":1,"v":1.0},{"id":1,"v":2.0}]', '{}', 'id', '[{"id":1,"v":1},{"id":1,"v":2}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1,"v":1.0},{"id":1,"v":2.0}]', '{}', 'id', '[{"id":1,"v":2},{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":2},{"id":1,"v":1.0},{"id":1,"v":2.0}]', '{}', 'id', '[{"id":1,"v":1},{"id":1,"v":2},{"id":1,"v":2},{"id":2.0}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1,"v":1.0},{"id":1,"v":2.0},{"id":1,"v":3.0}]', '{}', 'id', '[{"x":1},{"id":1,"v":1},{"id":1,"v":2}]') $$);
-- Elements without the key, and what is no object, by their place.
SELECT try($$ jsonb_array_reconcile('[1.0,"x",{"x":1.0},[1.0],null]', '{}', 'id', '[1,"x",{"x":1},[1],null]') $$);
SELECT try($$ jsonb_array_reconcile('[1.0,2.0,3.0]', '{}', 'id', '[2,2,3,1]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1.0},2.0,3.0]', '{}', 'id', '[2,{"id":1},3]') $$);
SELECT try($$ jsonb_array_reconcile('[2.0,{"id":1.0},3.0]', '{}', 'id', '[{"id":1},2,3]') $$);
-- Keys of any type, containers as well.
SELECT try($$ jsonb_array_reconcile('[{"id":null,"v":1.0},{"id":true,"v":2.0},{"id":"a","v":3.0},{"id":[1,{"a":2.0}],"v":4.0},{"id":{"a":1,"b":2},"v":5.0},{"id":1e30,"v":6.0}]', '{}', 'id',
	'[{"id":1000000000000000000000000000000.0,"v":6},{"id":{"b":2.0,"a":1},"v":5},{"id":[1.0,{"a":2}],"v":4},{"id":"a","v":3},{"id":true,"v":2},{"id":null,"v":1}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c11","v":1.0},{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12","v":2.0}]', '{}', 'id',
	'[{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12","v":2},{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c11","v":1}]') $$);
-- Equal is equal at any depth.
SELECT try($$ jsonb_array_reconcile('[{"id":1,"o":{"l":[1.0,{"x":2.00}]}}]', '{}', 'id', '[{"id":1.0,"o":{"l":[1,{"x":2}]}}]') $$);
SELECT try($$ jsonb_array_reconcile('[{"id":1,"o":{"l":[1.0,{"x":2.00}]}}]', '{}', 'id', '[{"id":1.0,"o":{"l":[1,{"x":3}]}}]') $$);

-- Creates the array and the objects on the way; JSON null counts as missing.
SELECT try($$ jsonb_array_reconcile('{"x":1}', '{a,b}', 'id', '[{"id":1}]') $$);
SELECT try($$ jsonb_array_reconcile('{"a":null}', '{a}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('null', '{}', 'id', '[1]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{[-]}', 'id', '[1]') $$);
SELECT try($$ jsonb_array_reconcile('[[]]', '{1}', 'id', '[1]') $$);
SELECT try($$ jsonb_array_reconcile('[[]]', '{[k=1],a}', 'id', '[1]') $$);
-- Keyed paths.
SELECT try($$ jsonb_array_reconcile('{"a":[{"k":"x","l":[{"id":1.0},{"id":2.0}]},{"k":"y"}]}', '{a,[k=x],l}', 'id', '[{"id":2},{"id":1}]') $$);
SELECT try($$ jsonb_array_reconcile('{"a":[{"l":[{"id":1.0},{"id":2.0}]},{},{"l":null},{"l":[{"id":2.0}]}]}', '{a,[*],l}', 'id', '[{"id":2},{"id":1}]') $$);

-- Errors.
SELECT try(format($$ jsonb_array_reconcile('{}', '{a}', 'id', %L) $$, f)) FROM unnest(ARRAY['{}', '"x"', '1', 'null', 'false']) AS f;
SELECT try($$ jsonb_array_reconcile('{"a":{}}', '{a}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('{"a":1}', '{a}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('{"a":1}', '{a,b}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{x}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{[]}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile(NULL, '{a}', 'id', '5') $$);
SELECT try($$ jsonb_array_reconcile(NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_reconcile('[]', NULL, 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{}', NULL, '[]') $$);
SELECT try($$ jsonb_array_reconcile('[]', '{}', 'id', NULL) $$);
SELECT try($$ jsonb_array_reconcile('[]', '{a,NULL}', 'id', '[]') $$);
SELECT try($$ jsonb_array_reconcile(fresh => '[1]', match_key => 'id', array_path => '{}', target => '[]') $$);

-- Random changes of arrays around the borders of the stride, against a plain way to do it.
CREATE FUNCTION pg_temp.reconciled(old jsonb, fresh jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	used int[] := '{}';
	result jsonb := '[]';
	element jsonb;
	counterpart int;
BEGIN
	FOR i IN 0 .. jsonb_array_length(fresh) - 1 LOOP
		element := fresh -> i;
		IF element ? 'id' THEN
			counterpart := (SELECT min(n) FROM generate_series(0, jsonb_array_length(old) - 1) AS n
							WHERE old -> n -> 'id' = element -> 'id' AND n <> ALL (used));
			used := used || COALESCE(counterpart, -1);
		ELSE
			counterpart := i;
		END IF;
		result := result || jsonb_build_array(CASE WHEN old -> counterpart = element THEN old -> counterpart ELSE element END);
	END LOOP;
	RETURN result;
END
$$;
CREATE FUNCTION pg_temp.version(n int, seed int, scale text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT COALESCE(jsonb_agg(CASE WHEN hash % 17 = 0 THEN to_jsonb(i)
						  ELSE format('{"id":%s%s,"v":%s%s,"t":"%s"}', i % 50, scale, hash % 3, scale, repeat('t', i % 7))::jsonb END
					 ORDER BY CASE WHEN hash % 5 < seed % 5 THEN hash % n ELSE i END, i), '[]')
	FROM generate_series(1, n) AS i, LATERAL (SELECT abs(hashint4(i * 1000 + seed))) AS h (hash)
	WHERE hash % 11 > seed % 3
$$;
SELECT n, count(*), bool_and(identical(result, pg_temp.reconciled(old, fresh))), bool_and(canonical(result)), bool_and(result = fresh)
FROM unnest(ARRAY[1, 5, 31, 32, 33, 65, 100]) AS n, generate_series(0, 14) AS seed,
	 LATERAL (SELECT pg_temp.version(n, seed, ''), pg_temp.version(n, seed + 1, '.0')) AS v (old, fresh),
	 LATERAL (SELECT jsonb_array_reconcile(old, '{}', 'id', fresh) OFFSET 0) AS r (result)
GROUP BY n ORDER BY n;
-- Ten thousand elements in another order are one look at each.
SELECT identical(jsonb_array_reconcile(old, '{}', 'id', fresh), (SELECT jsonb_agg(e ORDER BY e -> 'id' DESC) FROM jsonb_array_elements(old) AS e))
FROM (SELECT jsonb_agg(jsonb_build_object('id', md5(i::text), 'v', i * 1.0) ORDER BY i) AS old FROM generate_series(1, 10000) AS i) AS o,
	 (SELECT jsonb_agg(jsonb_build_object('id', md5(i::text), 'v', i) ORDER BY to_jsonb(md5(i::text)) DESC) AS fresh FROM generate_series(1, 10000) AS i) AS f;
SELECT jsonb_array_reconcile(old, '{}', 'id', fresh) = fresh
FROM (SELECT jsonb_agg(jsonb_build_object('id', 1, 'v', i) ORDER BY i) AS old FROM generate_series(1, 10000) AS i) AS o,
	 (SELECT jsonb_agg(jsonb_build_object('id', 1, 'v', i) ORDER BY -i) AS fresh FROM generate_series(1, 10000) AS i) AS f;

-- Nothing changed: the stored value stays.
CREATE TEMP TABLE kept (doc jsonb);
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
INSERT INTO kept
SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', i, 'n', i * 1.0, 'text', md5(i::text)) ORDER BY i)) FROM generate_series(1, 200) AS i;
SELECT datum_form(doc), same_datum(doc, jsonb_array_reconcile(doc, '{a}', 'id', doc -> 'a')),
	   same_datum(doc, jsonb_array_reconcile(doc, '{a}', 'id', (SELECT jsonb_agg(e || jsonb_build_object('n', e -> 'id') ORDER BY e -> 'id') FROM jsonb_array_elements(doc -> 'a') AS e))),
	   same_datum(doc, jsonb_array_reconcile(doc, '{a,[id=0],x}', 'id', '[1]')),
	   same_datum(doc, jsonb_array_reconcile(doc, '{a}', 'id', doc -> 'a' || '1'))
FROM kept;
-- A compressed document: what moves in it, and what goes.
CREATE TEMP TABLE packed (doc jsonb);
INSERT INTO packed SELECT doc FROM kept;
UPDATE packed SET doc = jsonb_array_reconcile(doc, '{a}', 'id', (doc -> 'a' -> 150) || ((doc -> 'a') - 150 - 3) || '{"id":7,"x":1}');
SELECT identical(packed.doc, jsonb_build_object('a', (kept.doc -> 'a' -> 150) || ((kept.doc -> 'a') - 150 - 3) || '{"id":7,"x":1}')) FROM packed, kept;
UPDATE packed SET doc = jsonb_array_reconcile(doc, '{a}', 'id', (SELECT jsonb_agg(e ORDER BY e -> 'id') FROM jsonb_array_elements(doc -> 'a') AS e WHERE e -> 'id' < '60'));
SELECT jsonb_array_length(doc -> 'a'), canonical(doc) FROM packed;
