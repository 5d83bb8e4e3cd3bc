-- Paths: what every operator does with path elements.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Indexes count from 0, negative ones from the end.
SELECT i, try(format($$ jsonb_merge_at_path('[{},{},{}]', '{"x":1}', '{%s}') $$, i))
FROM generate_series(-4, 3) AS i;
SELECT i, try(format($$ jsonb_array_update_where('[[{"k":1}],[{"k":1}]]', '{%s}', 'k', '1', '{"x":1}') $$, i))
FROM generate_series(-3, 2) AS i;
SELECT i, try(format($$ jsonb_array_upsert_where('[[],[]]', '{%s}', 'k', '1', '{"k":1}') $$, i))
FROM generate_series(-3, 2) AS i;
SELECT i, try(format($$ jsonb_has_path_changed('[1,2]', '[1,3]', '{%s}') $$, i))
FROM generate_series(-3, 2) AS i;

-- What is an integer at an array is what core takes for one.
CREATE TEMP TABLE element (n int, e text);
INSERT INTO element VALUES
	(1, '1'), (2, '+1'), (3, '-1'), (4, ' 1'), (5, E'\t\n1'), (6, '01'), (7, '-0'), (8, '0000000000000000000001'),
	(9, '1 '), (10, ''), (11, ' '), (12, '-'), (13, '+'), (14, '1.0'), (15, '1e0'), (16, '0x1'), (17, 'x'), (18, 'null'),
	(19, '2147483647'), (20, '-2147483648'), (21, '2147483648'), (22, '-2147483649'), (23, '99999999999999999999'),
	(24, '4294967297'), (25, U&'\0661'), (26, '"1"'), (27, '-'), (28, '--1'), (29, '1x');
SELECT n, try(format($$ jsonb_merge_at_path('[{},{}]', '{"x":1}', ARRAY[%L]) $$, e)) FROM element ORDER BY n;
-- At an object the same text is just a key.
SELECT n, try(format($$ jsonb_merge_at_path('{}', '{"x":1}', ARRAY[%L]) $$, e)) FROM element ORDER BY n;
-- The other writers agree, and the reader treats as missing what is none.
SELECT n, try(format($$ jsonb_array_update_where('[[],[{"k":1}]]', ARRAY[%L], 'k', '1', '{"x":1}') $$, e)) FROM element ORDER BY n;
SELECT n, try(format($$ jsonb_array_upsert_where('[[],[{"k":1}]]', ARRAY[%L], 'k', '1', '{"k":1,"x":1}') $$, e)) FROM element ORDER BY n;
SELECT n, try(format($$ jsonb_has_path_changed('[1,2]', '[1,3]', ARRAY[%L]) $$, e)) FROM element ORDER BY n;

-- The position in the message counts from 1, from the start of the path.
SELECT try($$ jsonb_merge_at_path('{"a":{"b":[{}]}}', '{"x":1}', '{a,b,c,d}') $$);
-- It is only looked at when an array is reached.
SELECT try($$ jsonb_merge_at_path('{"a":{"b":{}}}', '{"x":1}', '{a,b,c,d}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[[]]}', '{a,5,x}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[[]]}', '{a,0,x}', 'k', '1', '{"x":1}') $$);

-- Keys: empty, with what needs quoting in an array literal, long, multi-byte.
SELECT try($$ jsonb_merge_at_path('{"":{"":{"x":0}}}', '{"x":1}', ARRAY['','']) $$);
SELECT try($$ jsonb_merge_at_path('{"a,b":{"{c}":{"\"q\\":{}}}}', '{"x":1}', ARRAY['a,b','{c}','"q\']) $$);
SELECT try($$ jsonb_merge_at_path('{"a,b":{"{c}":1}}', '{"x":1}', ARRAY['a,b','{c}','"q\']) $$);
SELECT try($$ jsonb_merge_at_path('{"clé":{"鍵":{"🔑":{}}}}', '{"x":1}', ARRAY['clé','鍵','🔑']) $$);
SELECT try($$ jsonb_merge_at_path('{"clé":{"鍵":"🔑"}}', '{"x":1}', ARRAY['clé','鍵']) $$);
SELECT length(try($$ jsonb_merge_at_path('{}', '{"x":1}', ARRAY[repeat('k', 10000)]) $$));
-- Keys are case-sensitive, and are not normalised.
SELECT try($$ jsonb_merge_at_path('{"A":{}}', '{"x":1}', '{a}') $$);
SELECT try($$ jsonb_merge_at_path('{"é":{}}', '{"x":1}', ARRAY[E'e\u0301']) $$);

-- Paths have one dimension, with any lower bound.
SELECT try($$ jsonb_merge_at_path('{"a":{}}', '{"x":1}', '[5:6]={a,b}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[{"k":1}]}', '[0:0]={a}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":[{"k":1}]}', '[-3:-3]={a}', 'k', '2', '{"k":2}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":2}', '[7:7]={a}') $$);
SELECT try($$ jsonb_merge_at_path('{"a":{}}', '{"x":1}', '{{a},{b}}') $$);
SELECT try($$ jsonb_array_update_where('{"a":[]}', '{{a}}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_upsert_where('{"a":[]}', '{{a}}', 'k', '1', '{"k":1}') $$);
SELECT try($$ jsonb_has_path_changed('{"a":1}', '{"a":2}', '{{a}}') $$);
SELECT try($$ jsonb_merge_at_path(NULL, '{"x":1}', '{{a},{b}}') $$);

-- Long paths.
SELECT length(try($$ jsonb_merge_at_path('{}', '{"x":1}', array_fill('k'::text, ARRAY[100])) $$));
SELECT try($$ jsonb_array_update_where('{"k":[]}', array_fill('k'::text, ARRAY[100000]), 'k', '1', '{"x":1}') $$);

-- A call that is made again has the path of this time: a constant stays what it is...
SELECT d, jsonb_has_path_changed(d, '{"a":{"b":1}}', '{a,b}'), jsonb_merge_at_path(d, '{"x":1}', '{a}')
FROM (VALUES ('{"a":{"b":1}}'::jsonb), ('{"a":{"b":2}}'), ('{}'), (NULL), ('{"a":{"b":1},"b":2}')) AS v (d);
-- ... a column and a variable change, also where PL/pgSQL keeps the expression.
SELECT p, jsonb_has_path_changed('{"a":1,"b":2}', '{"a":1,"b":3}', p) FROM (VALUES ('{a}'::text[]), ('{b}'), ('{}'), ('{c}'), ('{b}')) AS v (p);
DO $$
DECLARE
	p text[];
	d jsonb := '{}';
BEGIN
	FOREACH p SLICE 1 IN ARRAY ARRAY[['a', 'x'], ['b', 'y'], ['a', 'z']] LOOP
		d := jsonb_merge_at_path(d, '{"new":1}', p);
	END LOOP;
	RAISE NOTICE '%', d;
END
$$;
PREPARE merge_at (text[]) AS SELECT jsonb_merge_at_path('{}', '{"x":1}', $1);
SET plan_cache_mode = force_generic_plan;
EXECUTE merge_at ('{a}');
EXECUTE merge_at ('{b,c}');
RESET plan_cache_mode;
DEALLOCATE merge_at;
