-- jsonb_array_delete_where: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Removes the matching element, and the first one only.
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":3}]}', '{a}', 'id', '2') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":2,"v":3}]}', '{a}', 'id', '2') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1}],"b":[{"id":1}]}', '{b}', 'id', '1') $$);
-- The last one leaves an empty array.
SELECT try($$ jsonb_array_delete_where('[{"id":1}]', '{}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":{"b":[{"id":1}]}}', '{a,b}', 'id', '1') $$);
-- Matching is by value, whatever its type and however it is written.
SELECT try($$ jsonb_array_delete_where('[{"id":"1"},{"id":1.00},{"id":1}]', '{}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":"1"},{"id":1.00},{"id":1}]', '{}', 'id', '"1"') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":null},{},{"id":false},{"id":true}]', '{}', 'id', 'null') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":null},{},{"id":false},{"id":true}]', '{}', 'id', 'true') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":[1]},{"id":[1,2.0]},{"id":{"a":1}}]', '{}', 'id', '[1.0,2]') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":[1]},{"id":[1,2.0]},{"id":{"a":1}}]', '{}', 'id', '{"a":1.0}') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c11"},{"id":"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12"}]', '{}', 'id', '"0b7e1d8c-8d5c-4d0e-9f0c-3f1f6e2a7c12"') $$);
SELECT try($$ jsonb_array_delete_where('[{"id":123456789012345678901234567890.5},{"id":123456789012345678901234567890.50000001}]', '{}', 'id', '123456789012345678901234567890.50000001') $$);
-- Elements that are no objects, and objects without the key, do not match.
SELECT try($$ jsonb_array_delete_where('[null,1,"id",["id",1],{},{"x":1},{"id":null},{"id":1},[{"id":1}]]', '{}', 'id', '1') $$);
-- What stays keeps its bytes.
SELECT try($$ jsonb_array_delete_where('[{"id":1.0,"v":1.10},{"id":2},{"id":3,"v":[1e2,"\u00e9",0.000]},"x",2.50]', '{}', 'id', '2') $$);
-- The array may be at any depth, below objects and arrays.
SELECT try($$ jsonb_array_delete_where('{"a":[{"l":[]},{"l":[{"id":1}]}]}', '{a,1,l}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[[[{"id":1}]]]]', '{0,-1,0}', 'id', '1') $$);
-- Keyed paths.
SELECT try($$ jsonb_array_delete_where('{"a":[{"k":"x","l":[{"id":1}]},{"k":"y","l":[{"id":1},{"id":2}]}]}', '{a,[k=y],l}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"k":"x","l":[{"id":1}]},{"l":[{"id":2}]},{"l":null},{},{"l":[5,{"id":1},{"id":1}]}]}', '{a,[*],l}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[[{"id":1}],[{"id":1}]],[],[[{"id":2}]]]', '{[*],[*]}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[1],[{"id":1}]]', '{[=[1]]}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"[*]":[{"id":1}]}', '{[*]}', 'id', '1') $$);

-- No match, or a missing path: unchanged.
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1}]}', '{a}', 'id', '2') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1}]}', '{a}', 'di', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[]}', '{a}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1}]}', '{b}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[{"id":1}]}', '{b,c,d}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{1}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{[k=1]}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{[-]}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":null}', '{a}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('null', '{}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":1}', '{a,b}', 'id', '1') $$);

-- Not an array at the end of the path.
SELECT try($$ jsonb_array_delete_where('{"a":{"b":"x"}}', '{a,b}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":{"b":{}}}', '{a,b}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('{"a":[]}', '{}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('1', '{}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}],{}]', '{[*]}', 'id', '1') $$);
-- A path element at an array that is neither an integer nor a selector.
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{x}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{[x}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[[{"id":1}]]', '{[-],0}', 'id', '1') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_array_delete_where(NULL, '{a}', 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where(NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_delete_where('[]', NULL, 'id', '1') $$);
SELECT try($$ jsonb_array_delete_where('[]', '{}', NULL, '1') $$);
SELECT try($$ jsonb_array_delete_where('[]', '{}', 'id', NULL) $$);
SELECT try($$ jsonb_array_delete_where('[]', '{a,NULL}', 'id', '1') $$);
-- Argument names are part of the contract.
SELECT try($$ jsonb_array_delete_where(match_value => '1', match_key => 'id', array_path => '{}', target => '[{"id":1}]') $$);

-- Every element of arrays around the borders of the stride, against core.
SELECT n, count(*), bool_and(identical(jsonb_array_delete_where(doc, '{a}', 'id', to_jsonb(i)), doc #- ARRAY['a', i::text]))
FROM unnest(ARRAY[1, 2, 31, 32, 33, 63, 64, 65, 100, 1000]) AS n,
	 LATERAL (SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', e, 'v', repeat('v', e % 7)) ORDER BY e), 'z', 1.50)
			  FROM generate_series(0, n - 1) AS e) AS d (doc),
	 LATERAL (SELECT i FROM generate_series(0, n - 1) AS i WHERE n <= 100 OR i % 32 IN (31, 0, 1)) AS i
GROUP BY n ORDER BY n;

-- Nothing changed: the stored value stays.
CREATE TEMP TABLE kept (doc jsonb);
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
INSERT INTO kept
SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', i, 'text', md5(i::text)) ORDER BY i)) FROM generate_series(1, 200) AS i;
SELECT datum_form(doc), same_datum(doc, jsonb_array_delete_where(doc, '{a}', 'id', '0')),
	   same_datum(doc, jsonb_array_delete_where(doc, '{b}', 'id', '1')), same_datum(doc, jsonb_array_delete_where(doc, '{a}', 'id', '1'))
FROM kept;
