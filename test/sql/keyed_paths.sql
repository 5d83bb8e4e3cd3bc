-- Keyed paths: selectors of every form, in every function that takes a path.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Each way to take a path, with a place where it stands, and what is to be in the document there.
CREATE TEMP TABLE way (n serial, name text, call text);
INSERT INTO way (name, call) VALUES
	('update_where', $$ jsonb_array_update_where(%1$L, %2$L::text[] || '{list}', 'k', '1', '{"new":true}') $$),
	('upsert_where', $$ jsonb_array_upsert_where(%1$L, %2$L::text[] || '{list}', 'k', '2', '{"k":2}') $$),
	('merge_at_path', $$ jsonb_merge_at_path(%1$L, '{"new":true}', %2$L) $$),
	('has_path_changed', $$ jsonb_has_path_changed(%1$L, '[]', %2$L) $$),
	('set_path', $$ jsonb_set_path(%1$L, %2$L::text[] || '{new}', 'true') $$),
	('remove_path', $$ jsonb_remove_path(%1$L, %2$L::text[] || '{list}') $$),
	('increment', $$ jsonb_increment(%1$L, %2$L::text[] || '{n}') $$),
	('graft', $$ jsonb_graft(%1$L, jsonb_set_path(%1$L, %2$L::text[] || '{n}', '"grafted"'), (%2$L::text[] || '{n}')::text) $$);

-- Every form that selects one element, in every function.
CREATE TEMP TABLE form (n serial, step text);
INSERT INTO form (step) VALUES
	('[id=1]'), ('[id=2]'), ('[id=2.00]'), ('[id="2"]'), ('[id=x]'), ('[id="x"]'), ('[id=true]'), ('[id=null]'), ('[id=7]'), ('["id"=1]'), ('[ID=1]'), ('[*]'), ('[-]'), ('1'), ('-1');
CREATE TEMP TABLE doc AS SELECT '[{"id":1,"n":1,"list":[{"k":1}]},{"id":"x","n":2,"list":[]},{"id":2.0,"n":3},{"id":null,"n":null},{"id":true,"list":null},{"id":1,"n":"second"}]'::text AS d;
SELECT w.name, step, try(format(call, d, ARRAY[step])) FROM doc, way AS w, form AS f ORDER BY w.n, f.n;
-- At an object the same texts are keys, and create nothing.
SELECT w.name, step, try(format(call, '{"[id=1]":{"n":1,"list":[{"k":1}]},"[*]":{"n":2},"1":{"n":3}}', ARRAY[step])) FROM way AS w, form AS f WHERE step IN ('[id=1]', '[*]', '[id=2]', '[-]', '1') ORDER BY w.n, f.n;
-- Deeper, mixed with keys and indexes.
SELECT name, try(format(call, '{"orders":[{"id":41},{"id":42,"lines":[{"sku":"y"},{"sku":"x","list":[{"k":1}],"n":5}]}]}', '{orders,[id=42],lines,"[sku=\"x\"]"}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '[[{"id":1,"n":1}],[{"id":1,"n":2},{"id":2,"n":3}]]', '{1,[id=2]}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '[[{"id":1,"n":1}],[{"id":1,"n":2},{"id":2,"n":3}]]', '{[*],[id=1]}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '[[{"id":1,"n":1}],[{"id":1,"n":2},{"id":2,"n":3}]]', '{-1,[*]}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '{"a":[{"b":[{"c":{"id":1}}]},{"b":[]},{"b":[{"c":{"id":1,"n":7}},{"c":{"id":2}}]}]}', '{a,[*],b,[*],c}'::text[])) FROM way ORDER BY n;

-- Elements by their own value.
SELECT step, try(format($$ jsonb_set_path('["a",1,"1",null,true,"[x]",1.50,"a=b","]","",[1],"a"]', ARRAY[%L], '"HERE"') $$, step))
FROM unnest(ARRAY['[=a]', '[="a"]', '[=1]', '[="1"]', '[=1.0]', '[=null]', '[="null"]', '[=true]', '[=[x]]', '[="[x]"]', '[=1.5]', '[=15e-1]', '[=a=b]', '[=]]', '[=]', '[=""]', '[= a]', '[= 1 ]', '[=A]', '[=2]']) AS step;
-- Keys and values that need quoting.
CREATE TEMP TABLE quoted AS SELECT '[{"a=b":1},{"a]":2},{"":3},{"\"q\"":4},{"[":5},{" s ":6},{"é\n":7},{"a":"b=c"},{"a":"]"},{"a":""},{"a":"\"x\""},{"a":"x y"},{"a":"\\"},{"a":"007"},{"a":7},{"\\":8}]'::text AS d;
SELECT step, try(format('jsonb_set_path(%L, ARRAY[%L, ''x''], ''0'')', d, step))
FROM quoted, unnest(ARRAY['["a=b"=1]', '["a]"=2]', '[""=3]', '["\"q\""=4]', '[[=5]', '["["=5]', '[ s =6]', '["é\n"=7]', E'[é\n=7]', '["\u00e9\u000a"=7]', '[a=b=c]', '[a="b=c"]', '[a=]]', '[a="]"]', '[a=]', '[a=""]', '[a="\"x\""]',
	'[a="x"]', '[a=x y]', '[a=\]', '[a="\\"]', '[a=007]', '[a="007"]', '[a=7]', '[a=7.0]', '[a= 7 ]', '["\\"=8]', '[\=8]']) AS step;
-- format() with to_jsonb() builds a selector for anything.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_set_path(jsonb_build_array('{"k":"decoy"}'::jsonb, jsonb_build_object('k', v)), ARRAY[format('[k=%s]', to_jsonb(v)), 'k'], '0'), '[{"k":"decoy"},{"k":0}]')) AS by_key,
	   count(*) FILTER (WHERE NOT identical(jsonb_remove_path(jsonb_build_array('decoy', v), ARRAY[format('[=%s]', to_jsonb(v))]), '["decoy"]')) AS by_value,
	   count(*) FILTER (WHERE NOT identical(jsonb_increment(jsonb_build_array('{"k":"decoy"}'::jsonb, jsonb_build_object(v, 1)), ARRAY[format('[%s=1]', to_jsonb(v)), v]), jsonb_build_array('{"k":"decoy"}'::jsonb, jsonb_build_object(v, 2)))) AS by_any_key
FROM unnest(ARRAY['x', '', ' ', '1', 'null', 'true', '[', ']', '[]', '[*]', '[-]', '{}', '{', '"', '""', '\', '\"', '=', 'a=b', 'é', '🎉', E'a\nb', E'\t', '007', '1e5', '-', '+1', 'NaN', repeat('long ', 1000)]) AS v;
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_set_path(jsonb_build_array('{"k":"decoy"}'::jsonb, jsonb_build_object('k', v)), ARRAY[format('[k=%s]', v), 'k'], '0'), '[{"k":"decoy"},{"k":0}]')) AS wrong
FROM unnest(ARRAY['1', '-1', '0', '1.0', '1e300', '1e-300', '123456789012345678901234567890.5', 'true', 'false', 'null']::jsonb[]) AS v;
-- Numbers of any size and spelling.
SELECT step, try(format($$ jsonb_set_path('[{"n":1e30},{"n":0.00},{"n":-7},{"n":"1e30"}]', ARRAY[%L,'x'], '0') $$, step))
FROM unnest(ARRAY['[n=1e30]', '[n=1E+30]', '[n=1000000000000000000000000000000]', '[n=1000000000000000000000000000000.000]', '[n=0]', '[n=-0]', '[n=0.0]', '[n=-7]', '[n=-07]', '[n=- 7]', '[n=+7]', '[n="1e30"]']) AS step;

-- What is malformed: an error for who writes, missing for who reads.
CREATE TEMP TABLE malformed (n serial, step text);
INSERT INTO malformed (step) VALUES ('['), ('[]'), ('[id]'), ('[id=1'), ('id=1]'), ('id=1'), ('[**]'), ('[--]'), ('[ *]'), ('[* ]'), ('["id=1]'), ('["id"]'), ('["id"x=1]'), ('[x"id"=1]'), ('[i]d=1]'), ('["\q"=1]'), ('["\ud800"=1]'),
	('[id={}]'), ('[id={"a":1}]'), ('[id=[]]'), ('[id= [1] ]'), ('[=[]]'), ('[={}]'), ('[id=1] '), (' [id=1]'), ('*'), ('-'), ('[1]');
SELECT w.name, step, try(format(call, '[{"id":1,"n":1}]', ARRAY[step])) FROM way AS w, malformed AS m WHERE w.name IN ('merge_at_path', 'has_path_changed') ORDER BY w.n, m.n;
-- The others agree with each other.
SELECT w.name, outcome, count(*)
FROM way AS w, malformed AS m, LATERAL (SELECT CASE WHEN o LIKE 'ERROR 22P02: path element at position 1 is not%' THEN 'error 22P02' ELSE o END FROM try(format(call, '[{"id":1,"n":1}]', ARRAY[step])) AS o) AS t (outcome)
WHERE w.name NOT IN ('merge_at_path', 'has_path_changed') GROUP BY w.n, w.name, outcome ORDER BY w.n, outcome COLLATE "C";
-- What looks malformed to JSON is a string.
SELECT step, try(format($$ jsonb_set_path('[{"id":"{"},{"id":"[1"},{"id":"nul"},{"id":"\"x"},{"id":"1 2"},{"id":"tru"},{"id":"01"}]', ARRAY[%L,'x'], '0') $$, step))
FROM unnest(ARRAY['[id={]', '[id=[1]', '[id=nul]', '[id="x]', '[id=1 2]', '[id=tru]', '[id=01]']) AS step;
-- As a key of an object nothing is malformed, and what has not the form of a selector is created.
SELECT step, jsonb_set_path('{}', ARRAY[step], '1') FROM malformed ORDER BY n;

-- The position after the last: the last element of a path that is written.
SELECT name, try(format(call, '{"l":[{"k":1}]}', '{l,[-]}'::text[])) FROM way ORDER BY n;
SELECT try($$ jsonb_array_upsert_where('{"l":[]}', '{l,[-]}', 'k', '2', '{"k":2}') $$);
SELECT try($$ jsonb_array_upsert_where('{}', '{l,[-]}', 'k', '2', '{"k":2}') $$);
SELECT try($$ jsonb_array_update_where('{"l":[]}', '{l,[-]}', 'k', '2', '{"k":2}') $$);
SELECT try($$ jsonb_merge_at_path('{"l":[1]}', '{"x":1}', '{l,[-]}') $$);
SELECT try($$ jsonb_merge_at_path('{"l":null}', '{}', '{l,[-]}') $$);
SELECT try($$ jsonb_merge_at_path('{}', '{"x":1}', '{a,b,[-]}') $$);
SELECT try($$ jsonb_merge_at_path('{"l":{}}', '{"x":1}', '{l,[-]}') $$);
SELECT try($$ jsonb_merge_at_path('{"l":{"[-]":{}}}', '{"x":1}', '{l,[-]}') $$);
SELECT try($$ jsonb_set_path('[[],[1],null,{"a":1}]', '{[*],[-]}', '"end"') $$);
SELECT try($$ jsonb_set_path('[[],[1],2]', '{[*],[-]}', '"end"') $$);
SELECT try($$ jsonb_increment('[[],[1]]', '{[*],[-]}', 5) $$);
SELECT try($$ jsonb_remove_path('[[],[1]]', '{[*],[-]}') $$);
SELECT try($$ jsonb_has_path_changed('[1]', '[2]', '{[-]}') $$);

-- Where an element is reached but not the rest of the path, the function's own rule holds.
SELECT name, try(format(call, '[{"a":{}},{},{"a":null}]', '{[*],a}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '[{"a":{}},5]', '{[*],a}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '[]', '{[*],a}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '{}', '{l,[*],a}'::text[])) FROM way ORDER BY n;
SELECT name, try(format(call, '{}', '{l,[id=1],a}'::text[])) FROM way ORDER BY n;
-- An error in one place fails the call.
SELECT try($$ jsonb_merge_at_path('[{},{},3,{}]', '{"x":1}', '{[*]}') $$);
SELECT try($$ jsonb_array_upsert_where('[[],{}]', '{[*]}', 'k', '1', '{"k":1}') $$);
SELECT try($$ jsonb_array_update_where('[[{"k":1}],null,"s"]', '{[*]}', 'k', '1', '{"x":1}') $$);

-- [*] rewrites many places at once, near and far, unchanged ones between them.
CREATE TEMP TABLE large AS
SELECT n, jsonb_build_object('head', 1.50, 'l', jsonb_agg(e ORDER BY i), 'tail', 'end') AS d,
	   jsonb_build_object('head', 1.50, 'l', jsonb_agg(CASE i % 3 WHEN 0 THEN jsonb_set(e, '{sub,v}', '"new"') ELSE e END ORDER BY i), 'tail', 'end') AS merged
FROM unnest(ARRAY[1, 15, 16, 17, 31, 32, 33, 64, 65, 500]) AS n, generate_series(1, n) AS i,
	 LATERAL (SELECT jsonb_build_object('id', i, 'sub', CASE i % 3 WHEN 0 THEN jsonb_build_object('v', repeat('v', i % 11)) ELSE jsonb_build_object('v', 'new', 'w', i) END) AS e) AS x
GROUP BY n;
SELECT n, identical(jsonb_merge_at_path(d, '{"v":"new"}', '{l,[*],sub}'), merged) AS merged, identical(jsonb_set_path(d, '{l,[*],sub,v}', '"new"'), merged) AS set,
	   identical(jsonb_array_update_where(jsonb_build_array(d, d), '{[*],l}', 'id', '3', '{"sub":{"v":"new"}}'),
				 CASE WHEN n >= 3 THEN jsonb_build_array(jsonb_set(d, '{l,2,sub}', '{"v":"new"}'), jsonb_set(d, '{l,2,sub}', '{"v":"new"}')) ELSE jsonb_build_array(d, d) END) AS updated,
	   identical(jsonb_remove_path(jsonb_set_path(merged, '{l,[*],sub,q}', '1'), '{l,[*],sub,q}'), merged) AS removed
FROM large ORDER BY n;
SELECT n, same_datum(merged, jsonb_merge_at_path(merged, '{"v":"new"}', '{l,[*],sub}')) AS merged, same_datum(merged, jsonb_set_path(merged, '{l,[*],sub,v}', '"new"')) AS set,
	   same_datum(merged, jsonb_remove_path(merged, '{l,[*],sub,x}')) AS removed, same_datum(merged, jsonb_increment(merged, '{l,[*],id}', 0)) AS incremented
FROM large ORDER BY n;

-- A call that is made again: a constant keeps its selectors, and each call has its own target.
SELECT d, jsonb_set_path(d, '{[id=2],x}', '0'), jsonb_has_path_changed(d, '[{"id":2}]', '{"[id=\"2\"]"}'), jsonb_merge_at_path(d, '{"x":1}', '{"[\"id\"=2]"}'), jsonb_remove_path(d, '{"[=s\"]"}'), jsonb_increment(d, '{[id=2.0],n}')
FROM unnest(ARRAY['[{"id":2}]', '[{"id":"2"},{"id":2}]', '[]', '{"[id=2]":{}}', '["s\"",[]]']::jsonb[]) AS d;
-- A variable changes, also where PL/pgSQL keeps the expression.
DO $$
DECLARE
	step text;
	d jsonb := '[{"id":1},{"id":"x"},"v"]';
BEGIN
	FOREACH step IN ARRAY ARRAY['[id=1]', '[id=x]', '[=v]', '0', '[id=7]', '[-]'] LOOP
		d := jsonb_set_path(d, ARRAY[step], to_jsonb('at ' || step));
		RAISE NOTICE '%', d;
	END LOOP;
END
$$;

-- Numbers at the limits of what a document can hold.  What is beyond selects nothing.
SELECT step, try(format($$ jsonb_set_path('[{"a":"x"},{"a":0}]', ARRAY[%L, 'n'], '1') $$, step)),
	   try(format($$ jsonb_array_contains_id('[[{"a":"x"}],[{"a":0}]]', ARRAY[%L], 'a', '0') $$, step))
FROM unnest(ARRAY['[a=1e131071]', '[a=1e131072]', '[a=0.1e131072]', '[a=0.01e131073]', '[a=0.01e131074]', '[a=12.5e131070]', '[a=12.5e131071]', '[a=1e-16383]', '[a=1e-16384]',
	'[a=0e999999]', '[a=0e1073741822]', '[a=0e1073741824]', '[a=0e-1073741824]', '[a=0e-16384]', '[a=-0.00E+5]', '[a=1e99999999999999999999]', '[a=-1E+131072]']) AS step;

-- Nothing that is needed to read a selector stays behind.
SELECT step, bytes, errors
FROM unnest(ARRAY['[id=1]', '["id"=1]', '[id="x\u00e9"]', '[id= 1.5]', '[id=null]', '[=x]', '["k\u0065y"="\n"]', '[id=1e999999]', '["id]', '[id=[1]]']) AS step,
	LATERAL memory_left('jsonb_array_contains_id(jsonb,text[],text,jsonb)', 100, '[[{"id":1}]]'::jsonb, ARRAY[step], 'id'::text, '1'::jsonb);
