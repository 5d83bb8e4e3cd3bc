-- jsonb_array_upsert_where: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Replaces the first match as a whole ...
SELECT try($$ jsonb_array_upsert_where('{"a":[{"id":1,"v":1},{"id":2,"v":2},{"id":2,"v":3}]}', '{a}', 'id', '2', '{"id":2,"w":0}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"id":1,"v":1}]', '{}', 'id', '1', '{"id":1}') $$);
-- ... or appends.
SELECT try($$ jsonb_array_upsert_where('{"a":[{"id":1,"v":1}]}', '{a}', 'id', '2', '{"id":2,"v":2}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":[]}', '{a}', 'id', '2', '{"id":2}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '2', '{"id":2}') $$);
SELECT try($$ jsonb_array_upsert_where('[null,1,"id",["id",2],{},{"x":2}]', '{}', 'id', '2', '{"id":2}') $$);
-- At any depth.
SELECT try($$ jsonb_array_upsert_where('{"a":{"b":[[{"id":1}]]}}', '{a,b,0}', 'id', '1', '{"id":1,"v":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":{"b":[[{"id":1}]]}}', '{a,b,-1}', 'id', '2', '{"id":2}') $$);

-- Creates the array and the objects on the way to it: always objects.
SELECT try($$ jsonb_array_upsert_where('{}', '{a}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"b":1}', '{a,c,d}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"b":{"x":1}}', '{b,0,-1}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[{}]', '{0,a}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"m":1}', ARRAY['', ''], 'id', '1', '{"id":1}') $$);
-- New keys go where they belong.
SELECT try($$ jsonb_array_upsert_where('{"b":1,"bb":2}', '{a}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"b":1,"bb":2}', '{c}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"b":1,"bb":2}', '{bbb}', 'id', '1', '{"id":1}') $$);
-- A null on the way or at the end counts as missing, at the root too.
SELECT try($$ jsonb_array_upsert_where('{"a":null}', '{a}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":null,"b":2}', '{a,c}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[0,null,2]', '{1}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[0,null,2]', '{-2,x}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('null', '{}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('null', '{a,b}', 'id', '1', '{"id":1}') $$);
-- An index out of range never appends, and nothing is created beyond it.
SELECT try($$ jsonb_array_upsert_where('[[]]', '{1}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[[]]', '{-2}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":[]}', '{a,0,b}', 'id', '1', '{"id":1}') $$);
-- The element that is there already: unchanged.  It must be the same bytes.
SELECT try($$ jsonb_array_upsert_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{"v":1.0,"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"id":1,"v":1.0}]', '{}', 'id', '1', '{"v":1,"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"id":1,"v":1.0}]', '{}', 'id', '1.0', '{"v":1.0,"id":1.00}') $$);

-- The element must carry match_key with match_value.
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{"v":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{"id":2}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{"id":"1"}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{"id":[1]}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"id":1}]', '{}', 'id', '1', '{}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', 'null', '{}') $$);
-- Equality is enough.
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '{"id":1.00}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', 'null', '{"id":null}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"id":{"a":1,"b":[2]}}]', '{}', 'id', '{"b":[2.0],"a":1}', '{"id":{"a":1.0,"b":[2]}}') $$);
-- element is not an object.
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '[{"id":1}]') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '"id"') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', '1') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', 'true') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', 'null') $$);

-- Not an array at the end, or a scalar on the way.
SELECT try($$ jsonb_array_upsert_where('{"a":{"b":"x"}}', '{a,b}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":{"b":{}}}', '{a,b}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[[false]]', '{0,0}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{}', '{}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('5', '{}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":{"b":"x"}}', '{a,b,c}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":1}', '{a,0,c}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[true]', '{0,0}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('"x"', '{a,b}', 'id', '1', '{"id":1}') $$);
-- A path element at an array that is not an integer.
SELECT try($$ jsonb_array_upsert_where('[]', '{x}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":[{}]}', '{a,x,b}', 'id', '1', '{"id":1}') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_array_upsert_where(NULL, '{a}', 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where(NULL, NULL, NULL, NULL, NULL) $$);
SELECT try($$ jsonb_array_upsert_where('[]', NULL, 'id', '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', NULL, '1', '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', NULL, '{"id":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{}', 'id', '1', NULL) $$);
SELECT try($$ jsonb_array_upsert_where('[]', '{NULL}', 'id', '1', '{"id":1}') $$);

-- Argument names are part of the contract.
SELECT try($$ jsonb_array_upsert_where(element => '{"id":1}', match_value => '1', match_key => 'id', array_path => '{}', target => '[]') $$);
