-- jsonb_array_update_where: every line of its contract.
--
-- try() evaluates an expression with the real operators and with the reference
-- in the test module, and complains if they differ in a byte or a SQLSTATE, or
-- if a result is not canonical.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Merges into the matching element, and into the first one only.
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":3,"v":3}]}', '{a}', 'id', '2', '{"v":20}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":2,"v":3}]}', '{a}', 'id', '2', '{"v":20}') $$);
-- The merge is shallow: it replaces objects and arrays, and adds keys.
SELECT try($$ jsonb_array_update_where('[{"id":1,"o":{"x":1,"y":2},"l":[1,2]}]', '{}', 'id', '1', '{"o":{"z":3},"l":[],"new":true}') $$);
-- A null in the updates is a value like others.
SELECT try($$ jsonb_array_update_where('[{"id":1,"v":1}]', '{}', 'id', '1', '{"v":null,"w":null}') $$);
-- Even the key that was matched may change.
SELECT try($$ jsonb_array_update_where('[{"id":1},{"id":1}]', '{}', 'id', '1', '{"id":2}') $$);
-- New keys go where they belong: shorter first, then by their bytes.
SELECT try($$ jsonb_array_update_where('[{"id":1,"mm":1}]', '{}', 'id', '1', '{"":0,"a":1,"z":2,"aa":3,"zz":4,"aaa":5,"id":1.0}') $$);
-- The array may be at any depth, below objects and arrays.
SELECT try($$ jsonb_array_update_where('{"a":{"b":{"c":[{"id":1}]}}}', '{a,b,c}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[{"l":[]},{"l":[{"id":1}]}]}', '{a,1,l}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[[[{"id":1}]]]]', '{0,-1,0}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[[{"id":1}]]]', '{0,-1}', 'id', '1', '{"v":1}') $$);
-- Elements that are no objects, and objects without the key, do not match.
SELECT try($$ jsonb_array_update_where('[null,1,"id",["id",1],{},{"x":1},{"id":null},{"id":1},[{"id":1}]]', '{}', 'id', '1', '{"v":1}') $$);

-- No match: unchanged.
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1}]}', '{a}', 'id', '2', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1}]}', '{a}', 'di', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[]}', '{a}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[]', '{}', 'id', '1', '{"v":1}') $$);
-- Missing path: unchanged.
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1}]}', '{b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[{"id":1}]}', '{b,c,d}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{}', '{a}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[]', '{0}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[{"id":1}]]', '{1}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[{"id":1}]]', '{-2}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[{"id":1}]]', '{7,a,b}', 'id', '1', '{"v":1}') $$);
-- JSON null where an array or object is expected counts as missing.
SELECT try($$ jsonb_array_update_where('{"a":null}', '{a}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":null}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[null]', '{0}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[null]', '{0,x}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('null', '{}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('null', '{a}', 'id', '1', '{"v":1}') $$);
-- A scalar in the middle of the path: there is nothing to follow.
SELECT try($$ jsonb_array_update_where('{"a":1}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":"x"}', '{a,0}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('true', '{a}', 'id', '1', '{"v":1}') $$);
-- The same values: unchanged.  An equal one that looks different is a change.
SELECT try($$ jsonb_array_update_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{}') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{"v":1.0}') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{"id":1.00}') $$);

-- Not an array at the end of the path: an error that says what and where.
SELECT try($$ jsonb_array_update_where('{"a":{"b":"x"}}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":{"b":1}}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":{"b":true}}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":{"b":{}}}', '{a,b}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[[0]]', '{0,0}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[]}', '{}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('"x"', '{}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a b":{"c,d":1}}', ARRAY['a b', 'c,d'], 'id', '1', '{"v":1}') $$);
-- updates is not an object, whatever the target.
SELECT try($$ jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', '[{"v":1}]') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', '"v"') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', '1') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', 'false') $$);
SELECT try($$ jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', 'null') $$);
SELECT try($$ jsonb_array_update_where('{}', '{a}', 'id', '1', '[]') $$);
-- A path element at an array that is not an integer.
SELECT try($$ jsonb_array_update_where('[[{"id":1}]]', '{x}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[[]]}', '{a,""}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[]}', '{a,x}', 'id', '1', '{"v":1}') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_array_update_where(NULL, '{a}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where(NULL, NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_update_where(NULL, '{a}', 'id', '1', '[]') $$);
SELECT try($$ jsonb_array_update_where('[]', NULL, 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[]', '{}', NULL, '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[]', '{}', 'id', NULL, '{"v":1}') $$);
SELECT try($$ jsonb_array_update_where('[]', '{}', 'id', '1', NULL) $$);
SELECT try($$ jsonb_array_update_where('[]', '{a,NULL}', 'id', '1', '{"v":1}') $$);

-- Argument names are part of the contract.
SELECT try($$ jsonb_array_update_where(updates => '{"v":1}', match_value => '1', match_key => 'id', array_path => '{}', target => '[{"id":1}]') $$);
