-- jsonb_has_path_changed: every line of its contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Whether the values at the path differ.
SELECT try($$ jsonb_has_path_changed('{"a":1,"b":2}', '{"a":1,"b":3}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1,"b":2}', '{"a":1,"b":3}', '{b}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1,"b":2}', '{"a":1,"b":3}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1,"b":2}', '{"b":2,"a":1}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":{"b":[1,{"c":"x"}]}}', '{"a":{"b":[1,{"c":"y"}]}}', '{a,b,1,c}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":{"b":[1,{"c":"x"}]}}', '{"a":{"b":[1,{"c":"y"}]}}', '{a,b,0}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":{"b":[1,{"c":"x"}]}}', '{"a":{"b":[1,{"c":"y"}]}}', '{a}') $$);
-- The same path may lead to different places.
SELECT try($$ jsonb_has_path_changed('[1,2]', '[0,1,2]', '{-1}') $$);
SELECT try($$ jsonb_has_path_changed('[5]', '{"0":5}', '{0}') $$);
SELECT try($$ jsonb_has_path_changed('[5]', '{"0":"5"}', '{0}') $$);
-- jsonb equality: the scale of a number does not matter, at any depth.
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":1.0}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":[1,{"b":[2,3.10]}]}', '{"a":[1.00,{"b":[2.0,3.1]}]}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":[1,{"b":[2,3.10]}]}', '{"a":[1.00,{"b":[2.0,3.11]}]}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('1', '1.000', '{}') $$);
SELECT try($$ jsonb_has_path_changed('0', '-0.0', '{}') $$);
-- Types differ.
SELECT try($$ jsonb_has_path_changed('1', '"1"', '{}') $$);
SELECT try($$ jsonb_has_path_changed('1', '[1]', '{}') $$);
SELECT try($$ jsonb_has_path_changed('[]', '{}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('false', 'null', '{}') $$);
SELECT try($$ jsonb_has_path_changed('true', 'false', '{}') $$);
SELECT try($$ jsonb_has_path_changed('""', 'null', '{}') $$);
SELECT try($$ jsonb_has_path_changed('null', 'null', '{}') $$);
-- Same sizes, other content; and other sizes.
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"b":1}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":1,"b":1}', '{}') $$);
SELECT try($$ jsonb_has_path_changed('[1,2]', '[2,1]', '{}') $$);
SELECT try($$ jsonb_has_path_changed('[1]', '[1,1]', '{}') $$);
SELECT try($$ jsonb_has_path_changed('[[],[]]', '[[],{}]', '{}') $$);
SELECT try($$ jsonb_has_path_changed('["ab"]', '["a","b"]', '{}') $$);

-- Missing on both sides; on one.  A JSON null is not missing.
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"b":1}', '{c}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"b":1}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"b":1}', '{b}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":null}', '{}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":null}', '{"a":null}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":null}', '{"a":null}', '{a,b}') $$);
SELECT try($$ jsonb_has_path_changed('[1]', '[1,2]', '{1}') $$);
SELECT try($$ jsonb_has_path_changed('[1]', '[2]', '{1}') $$);
SELECT try($$ jsonb_has_path_changed('[]', '[]', '{-1}') $$);
-- A reader treats what it cannot follow as missing, and raises no error.
SELECT try($$ jsonb_has_path_changed('[1]', '[2]', '{x}') $$);
SELECT try($$ jsonb_has_path_changed('[1]', '{"x":2}', '{x}') $$);
SELECT try($$ jsonb_has_path_changed('"s"', '{"x":2}', '{x}') $$);
SELECT try($$ jsonb_has_path_changed('"s"', '5', '{x,y}') $$);
SELECT try($$ jsonb_has_path_changed('{"x":"s"}', '{"x":"t"}', '{x,0}') $$);

-- Documents that are null.
SELECT try($$ jsonb_has_path_changed(NULL, NULL, '{a}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', NULL, '{a}') $$);
SELECT try($$ jsonb_has_path_changed(NULL, '{"a":1}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed(NULL, '{}', '{a}') $$);
SELECT try($$ jsonb_has_path_changed(NULL, 'null', '{}') $$);
-- A path that is null, or has a null in it, is an error whatever the documents.
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":2}', NULL) $$);
SELECT try($$ jsonb_has_path_changed(NULL, NULL, NULL) $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":2}', '{a,NULL}') $$);
SELECT try($$ jsonb_has_path_changed(NULL, '{"a":2}', '{NULL}') $$);

-- Argument names are part of the contract.
SELECT try($$ jsonb_has_path_changed(path => '{a}', new => '{"a":1}', old => '{}') $$);
