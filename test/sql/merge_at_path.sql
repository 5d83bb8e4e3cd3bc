-- jsonb_merge_at_path: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Merges at the root ...
SELECT try($$ jsonb_merge_at_path('{"a":1,"b":2}', '{"b":3,"c":4}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '{"b":3}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '{}', '{}') $$);
-- ... and deeper, below objects and arrays.
SELECT try($$ jsonb_merge_at_path('{"a":{"x":1},"b":2}', '{"y":2}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"b":{"c":{}}}}', '{"y":2}', '{a,b,c}') $$);
SELECT try($$ jsonb_merge_at_path('[{"x":1},{"x":2}]', '{"y":2}', '{0}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":[[{"x":1},{"x":2}]]}', '{"x":3}', '{a,0,-1}') $$);
-- Shallow: objects and arrays are replaced, and null is a value like others.
SELECT try($$ jsonb_merge_at_path('{"o":{"x":1,"y":2},"l":[1,2],"n":0}', '{"o":{"z":3},"l":[],"n":null}', '{}') $$);
-- Keys stay sorted: shorter first, then by their bytes.
SELECT try($$ jsonb_merge_at_path('{"mm":1,"m":0}', '{"":0,"a":1,"z":2,"aa":3,"zz":4,"aaa":5}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":1,"c":3,"e":5}', '{"b":2,"d":4,"f":6}', '{}') $$);

-- Creates the object and those on the way: always objects.
SELECT try($$ jsonb_merge_at_path('{}', '{"x":1}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"b":1}', '{"x":1}', '{a,c,d}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"m":1}}', '{"x":1}', '{a,0,-1}') $$);
SELECT try($$ jsonb_merge_at_path('[{}]', '{"x":1}', '{0,a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{}}', '{"x":1}', ARRAY['a', '', '[-]', '[id=1]']) $$);
-- Merging nothing creates the empty object all the same.
SELECT try($$ jsonb_merge_at_path('{}', '{}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":null}', '{}', '{a,b}') $$);
-- A null on the way or at the end counts as missing, at the root too.
SELECT try($$ jsonb_merge_at_path('{"a":null}', '{"x":1}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":null}', '{"x":1}', '{a,b,c}') $$);
SELECT try($$ jsonb_merge_at_path('[0,null,2]', '{"x":1}', '{1}') $$);
SELECT try($$ jsonb_merge_at_path('[0,null,2]', '{"x":1}', '{-2,y}') $$);
SELECT try($$ jsonb_merge_at_path('null', '{"x":1}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('null', '{}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('null', '{"x":1}', '{a,0}') $$);
-- An index out of range never appends, and nothing is created beyond it.
SELECT try($$ jsonb_merge_at_path('[{}]', '{"x":1}', '{1}') $$);
SELECT try($$ jsonb_merge_at_path('[{}]', '{"x":1}', '{-2}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":[]}', '{"x":1}', '{a,0,b}') $$);
-- What is there already: unchanged.  It must be the same bytes.
SELECT try($$ jsonb_merge_at_path('{"a":{"x":1.0,"y":[1,{"z":2}]}}', '{}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"x":1.0,"y":[1,{"z":2}]}}', '{"y":[1,{"z":2}]}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"x":1.0,"y":[1,{"z":2}]}}', '{"y":[1,{"z":2.0}]}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"x":1.0,"y":[1,{"z":2}]}}', '{"x":1}', '{a}') $$);

-- Anything but an object at the end, or a scalar on the way.
SELECT try($$ jsonb_merge_at_path('{"a":{"b":[]}}', '{"x":1}', '{a,b}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"b":"s"}}', '{"x":1}', '{a,b}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"b":1}}', '{}', '{a,b}') $$);
SELECT try($$ jsonb_merge_at_path('[[true]]', '{"x":1}', '{0,0}') $$);
SELECT try($$ jsonb_merge_at_path('[]', '{"x":1}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('1', '{"x":1}', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{"b":"s"}}', '{"x":1}', '{a,b,c}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":1}', '{"x":1}', '{a,b,c}') $$);
SELECT try($$ jsonb_merge_at_path('[false]', '{"x":1}', '{0,0}') $$);
SELECT try($$ jsonb_merge_at_path('"s"', '{"x":1}', '{a}') $$);
-- source is not an object.
SELECT try($$ jsonb_merge_at_path('{}', '[]', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '"s"', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '1', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', 'true', '{}') $$);
SELECT try($$ jsonb_merge_at_path('{}', 'null', '{}') $$);
-- A path element at an array that is not an integer.
SELECT try($$ jsonb_merge_at_path('[{}]', '{"x":1}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":[{}]}', '{"x":1}', '{a,0.0}') $$);

-- A null target gives null, whatever else is null; any other null is an error.
SELECT try($$ jsonb_merge_at_path(NULL, '{"x":1}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path(NULL, NULL, NULL) $$);
SELECT try($$ jsonb_merge_at_path('{}', NULL, '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '{"x":1}', NULL) $$);
SELECT try($$ jsonb_merge_at_path('{}', '{"x":1}', '{a,b,NULL}') $$);

-- Argument names are part of the contract.
SELECT try($$ jsonb_merge_at_path(path => '{a}', source => '{"x":1}', target => '{}') $$);
