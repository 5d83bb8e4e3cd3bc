-- jsonb_array_update_where_batch: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Each update goes into the element with its key, in whatever order they come.
SELECT try($$ jsonb_array_update_where_batch('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":3}]}', '{a}', 'id', '[{"id":3,"v":30},{"id":1,"w":10}]') $$);
SELECT try($$ jsonb_array_update_where_batch('{"a":[{"id":1,"v":1},{"id":2,"v":2}]}', '{a}', 'id', '[{"match_value":2,"updates":{"v":20,"w":null}}]') $$);
-- Both forms in one batch.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1},{"id":2}]', '{}', 'id', '[{"match_value":2,"updates":{"v":20}},{"id":1,"v":10}]') $$);
-- A flat object is merged as it is, its key, too; with the other form the key may change.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1,"v":1}]', '{}', 'id', '[{"id":1.0}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1},{"id":2}]', '{}', 'id', '[{"match_value":1,"updates":{"id":2}},{"match_value":2,"updates":{"id":3}}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1,"v":1}]', '{}', 'id', '[{"match_value":1,"updates":{}}]') $$);
-- Three keys are a flat object, whatever they are called.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1}]', '{}', 'id', '[{"id":1,"match_value":2,"updates":{"v":1}}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"match_value":1}]', '{}', 'match_value', '[{"match_value":1,"v":2}]') $$);
-- The merge is shallow.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1,"o":{"x":1},"l":[1]}]', '{}', 'id', '[{"id":1,"o":{"y":2},"l":[]}]') $$);
-- The first element with a key only, and the last update for it, whole.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1},{"id":2},{"id":1},{"id":2}]', '{}', 'id', '[{"id":2,"v":2},{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1},{"id":2}]', '{}', 'id', '[{"id":1,"v":1},{"id":2},{"id":1,"w":1},{"id":1.0,"x":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1}]', '{}', 'id', '[{"id":1,"v":1},{"match_value":1.00,"updates":{"w":1}}]') $$);

-- Keys of any scalar type, each another's neighbour.
SELECT try($$ jsonb_array_update_where_batch('[{"id":null},{"id":true},{"id":false},{"id":0},{"id":"0"},{"id":""},{"id":"null"},{},{"id":-0.0},{"id":"true"}]', '{}', 'id',
	'[{"id":"true","v":9},{"id":"null","v":6},{"id":"","v":5},{"id":"0","v":4},{"id":0.00,"v":3},{"id":false,"v":2},{"id":true,"v":1},{"id":null,"v":0}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1e2},{"id":123456789012345678901234567890.5},{"id":-1},{"id":0.000000000000000000000000000000000000000000000000000000000000000000000001},{"id":10000}]', '{}', 'id',
	'[{"id":100,"v":1},{"id":123456789012345678901234567890.5000,"v":2},{"id":1,"v":"not"},{"id":1e-72,"v":4},{"id":1e4,"v":5},{"id":-1.0,"v":3}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c11"},{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12"}]', '{}', 'id',
	'[{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12","v":2},{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c11","v":1}]') $$);
-- Containers under the key of an element match nothing.
SELECT try($$ jsonb_array_update_where_batch('[{"id":[1]},{"id":{}},7,null,[{"id":1}],{"id":1}]', '{}', 'id', '[{"id":1,"v":1}]') $$);
-- What stays keeps its bytes.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1.0,"v":1.10},{"id":2,"v":0.000},"x",3.50]', '{}', 'id', '[{"match_value":1,"updates":{"w":5.0}}]') $$);

-- No match, a missing path, or no update at all: unchanged.
SELECT try($$ jsonb_array_update_where_batch('[{"id":1}]', '{}', 'id', '[{"id":2,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1}]', '{}', 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[{"id":1,"v":1.0}]', '{}', 'id', '[{"id":1,"v":1.0}]') $$);
SELECT try($$ jsonb_array_update_where_batch('{"a":[{"id":1}]}', '{b,c}', 'id', '[{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('{"a":null}', '{a}', 'id', '[{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[]', '{[-]}', 'id', '[{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('{"a":1}', '{a,b}', 'id', '[{"id":1,"v":1}]') $$);
-- Keyed paths; every array that [*] reaches gets all of it.
SELECT try($$ jsonb_array_update_where_batch('{"a":[{"k":"x","l":[{"id":1}]},{"k":"y","l":[{"id":1}]}]}', '{a,[k=y],l}', 'id', '[{"id":1,"v":1}]') $$);
SELECT try($$ jsonb_array_update_where_batch('{"a":[{"l":[{"id":1},{"id":1}]},{},{"l":null},{"l":[{"id":2},{"id":1}]}]}', '{a,[*],l}', 'id', '[{"id":1,"v":1},{"id":2,"v":2}]') $$);
SELECT try($$ jsonb_array_update_where_batch('[[[{"id":1}],[{"id":1}]],[[{"id":1}]]]', '{[*],[*]}', 'id', '[{"id":1,"v":1}]') $$);

-- Malformed updates, whatever the target.
SELECT try(format($$ jsonb_array_update_where_batch('[{"id":1}]', '{}', 'id', %L) $$, u)) FROM unnest(ARRAY['{"id":1}', '"x"', '1', 'null', 'true']) AS u;
SELECT u, try(format($$ jsonb_array_update_where_batch('{}', '{a}', 'id', %L) $$, u))
FROM unnest(ARRAY['[1]', '[null]', '[{"id":1},"x"]', '[[{"id":1}]]', '[{}]', '[{"id":1},{"id":2},{"v":1}]', '[{"match_value":1}]', '[{"updates":{}}]',
	'[{"match_value":1,"updates":5}]', '[{"match_value":1,"updates":[]}]', '[{"match_value":1,"updates":null}]', '[{"match_value":1,"updates":{},"x":1}]',
	'[{"match_value":[1],"updates":{}}]', '[{"match_value":{},"updates":{}}]', '[{"id":[],"v":1}]', '[{"id":{"a":1}}]']) AS u;
SELECT try($$ jsonb_array_update_where_batch('[]', '{}', repeat('é', 100), '[{}]') $$);
-- Errors of the path.
SELECT try($$ jsonb_array_update_where_batch('{"a":{}}', '{a}', 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('"x"', '{}', 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[[]]', '{x}', 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[[]]', '{[x=[]]}', 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[[],1]', '{[*]}', 'id', '[]') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_array_update_where_batch(NULL, '{a}', 'id', '5') $$);
SELECT try($$ jsonb_array_update_where_batch(NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_update_where_batch('[]', NULL, 'id', '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[]', '{}', NULL, '[]') $$);
SELECT try($$ jsonb_array_update_where_batch('[]', '{}', 'id', NULL) $$);
SELECT try($$ jsonb_array_update_where_batch('[]', '{a,NULL}', 'id', '[]') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_array_update_where_batch(updates => '[{"id":1,"v":1}]', match_key => 'id', array_path => '{}', target => '[{"id":1}]') $$);

-- Keys of all kinds in arrays around the borders of the stride, against updates one by one.
CREATE FUNCTION pg_temp.key(i int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE i % 6 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb(i::text) WHEN 2 THEN to_jsonb(md5(i::text)::uuid)
		WHEN 3 THEN to_jsonb(i * 12345678901234567890.123456789::numeric ^ (i % 4)) WHEN 4 THEN to_jsonb(-i / 1000.0) ELSE to_jsonb(i + 0.50) END
$$;
CREATE FUNCTION pg_temp.one_by_one(doc jsonb, updates jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 0 .. jsonb_array_length(updates) - 1 LOOP
		doc := jsonb_array_update_where(doc, '{a}', 'id', updates -> i -> 'id', updates -> i);
	END LOOP;
	RETURN doc;
END
$$;
SELECT n, step, identical(result, pg_temp.one_by_one(doc, updates)), canonical(result)
FROM unnest(ARRAY[1, 31, 32, 33, 64, 100, 500]) AS n, unnest(ARRAY[1, 2, 7]) AS step,
	 LATERAL (SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', pg_temp.key(i), 'v', repeat('v', i % 7)) ORDER BY i), 'z', 1.50) FROM generate_series(1, n) AS i) AS d (doc),
	 LATERAL (SELECT jsonb_agg(jsonb_build_object('id', pg_temp.key(i), 'v', repeat('w', i % 5), 'w', i) ORDER BY md5(i::text)) FROM generate_series(1, n, step) AS i) AS u (updates),
	 LATERAL (SELECT jsonb_array_update_where_batch(doc, '{a}', 'id', updates) OFFSET 0) AS r (result)
ORDER BY n, step;
-- Ten thousand updates of ten thousand elements, in no time and none lost.
CREATE TEMP TABLE many AS
SELECT (SELECT jsonb_agg(jsonb_build_object('id', md5(i::text), 'v', 'old') ORDER BY i) FROM generate_series(1, 10000) AS i) AS doc,
	   (SELECT jsonb_agg(jsonb_build_object('id', md5(i::text), 'v', md5(i::text) || ' new') ORDER BY i DESC) FROM generate_series(1, 10000) AS i) AS updates;
CREATE TEMP TABLE done AS SELECT jsonb_array_update_where_batch(doc, '{}', 'id', updates) AS doc FROM many;
SELECT count(*), count(*) FILTER (WHERE e ->> 'v' = (e ->> 'id') || ' new') AS updated, count(DISTINCT e -> 'id') FROM done, jsonb_array_elements(doc) AS e;

-- Nothing changed: the stored value stays.
CREATE TEMP TABLE kept (doc jsonb);
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
INSERT INTO kept
SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', i, 'text', md5(i::text)) ORDER BY i)) FROM generate_series(1, 200) AS i;
SELECT datum_form(doc), same_datum(doc, jsonb_array_update_where_batch(doc, '{a}', 'id', '[{"id":0,"v":1}]')),
	   same_datum(doc, jsonb_array_update_where_batch(doc, '{b}', 'id', '[{"id":1,"v":1}]')),
	   same_datum(doc, jsonb_array_update_where_batch(doc, '{a}', 'id', doc -> 'a')),
	   same_datum(doc, jsonb_array_update_where_batch(doc, '{a}', 'id', '[{"id":1,"v":1}]'))
FROM kept;
