-- Values: the smallest, the largest and the strangest, edited and left alone.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Empty and scalar roots, by every operator.
CREATE TEMP TABLE root (n serial, v text);
INSERT INTO root (v) VALUES ('{}'), ('[]'), ('null'), ('true'), ('1'), ('"s"'), ('""'), ('[null]'), ('[[]]'), ('{"": null}'), ('{"a": {}}');
SELECT v, try(format($$ jsonb_merge_at_path(%L, '{"k":1}', '{}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_merge_at_path(%L, '{"k":1}', '{a}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_merge_at_path(%L, '{"k":1}', '{0}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_merge_at_path(%L, '{}', ARRAY['']) $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_array_update_where(%L, '{}', 'k', '1', '{"x":1}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_array_update_where(%L, '{a}', 'k', '1', '{"x":1}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_array_upsert_where(%L, '{}', 'k', '1', '{"k":1}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_array_upsert_where(%L, '{a}', 'k', '1', '{"k":1}') $$, v)) FROM root ORDER BY n;
SELECT v, try(format($$ jsonb_array_upsert_where(%L, '{0}', 'k', '1', '{"k":1}') $$, v)) FROM root ORDER BY n;
-- Each root against each.
SELECT count(*), count(*) FILTER (WHERE jsonb_has_path_changed(a.v::jsonb, b.v::jsonb, path) IS DISTINCT FROM ((a.v::jsonb #> path) IS DISTINCT FROM (b.v::jsonb #> path))) AS wrong,
	   count(*) FILTER (WHERE jsonb_has_path_changed(a.v::jsonb, b.v::jsonb, path)) AS changed
FROM root AS a, root AS b, (VALUES ('{}'::text[]), ('{a}'), ('{0}'), (ARRAY['']), ('{a,b}')) AS p (path);

-- Empty containers that get their first child, and an empty key everywhere.
SELECT try($$ jsonb_merge_at_path('{"a":{},"b":[{}],"":{"":{}}}', '{"":"","a":0}', ARRAY['','']) $$);
SELECT try($$ jsonb_merge_at_path('{"a":{},"b":[{}],"":{"":{}}}', '{"":""}', '{b,0}') $$);
SELECT try($$ jsonb_array_update_where('[{"":""},{"":0}]', '{}', '', '""', '{"":null}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"":""}]', '{}', '', '0', '{"":0}') $$);
SELECT try($$ jsonb_has_path_changed('{"":{"":1}}', '{"":{"":2}}', ARRAY['','']) $$);

-- Text of several bytes a character, in keys and values; keys sort by bytes.
SELECT try($$ jsonb_merge_at_path('{"é":"à","日本":"語","z":"🎉🎉"}', '{"ß":"ẞ","ÿ":1,"🎉":{"ключ":"значение"},"日本":"日本語"}', '{}') $$);
SELECT try($$ jsonb_array_update_where('[{"名":"甲"},{"名":"乙"}]', '{}', '名', '"乙"', '{"名":"丙丁戊","é":"🎉"}') $$);
SELECT try($$ jsonb_array_upsert_where('{"ключ":[{"é":"à"}]}', '{ключ}', 'é', '"á"', '{"é":"á"}') $$);
SELECT try($$ jsonb_has_path_changed('{"日":"本"}', '{"日":"木"}', '{日}') $$);

-- Numbers keep every digit and their scale, touched or not.
CREATE TEMP TABLE number (n serial, v text);
INSERT INTO number (v) VALUES
	('1.10'), ('1.000'), ('0'), ('0.00'), ('-0.5'), ('1e300'), ('1e-300'), (repeat('9', 200)), ('0.' || repeat('7', 200)),
	(repeat('123456789', 100) || '.' || repeat('987654321', 100)), ('1' || repeat('0', 10000)), ('1' || repeat('0', 131000));
SELECT n, length(v),
	   identical(jsonb_merge_at_path(doc, '{"s": "longer than it was"}', '{}'), doc || '{"s": "longer than it was"}') AS untouched,
	   identical(jsonb_merge_at_path('{"a":1}', number, '{}'), '{"a":1}'::jsonb || number) AS merged,
	   identical(jsonb_array_update_where(records, '{}', 'v', v::jsonb, '{"s":"xx"}'), jsonb_set(records, '{0,s}', '"xx"')) AS matched,
	   identical(jsonb_array_update_where(records, '{}', 'v', (v::numeric * 1.00)::text::jsonb, '{"s":"xx"}'), jsonb_set(records, '{0,s}', '"xx"')) AS equal,
	   identical(jsonb_array_update_where(records, '{}', 'v', (v::numeric + 1)::text::jsonb, '{"s":"xx"}'), records) AS unequal,
	   jsonb_has_path_changed(doc, ('{"v":' || (v::numeric * 1.0)::text || '}')::jsonb, '{v}') AS changed
FROM number, LATERAL (SELECT ('{"s":"","v":' || v || ',"w":' || v || '}')::jsonb, ('{"v":' || v || '}')::jsonb,
							 ('[{"s":"", "v":' || v || '}]')::jsonb) AS x (doc, number, records)
ORDER BY n;

-- Every kind of child keeps its bytes when its neighbour changes.
SELECT try($$ jsonb_merge_at_path('{"a":[1.10,"x",null,{"b":[]},[[]]],"b":"","c":{"d":{"e":1.00}},"f":false}', '{"b":"b"}', '{}') $$);

-- Long strings, as values, keys and match values.
CREATE TEMP TABLE long AS
SELECT n, repeat('x', 1048576 + n) AS s FROM generate_series(0, 3) AS n;
SELECT n,
	   identical(jsonb_merge_at_path(doc, new, '{}'), doc || new) AS replaced,
	   identical(jsonb_merge_at_path(doc, '{"a":"short"}', '{}'), doc || '{"a":"short"}') AS moved,
	   identical(jsonb_merge_at_path(doc, jsonb_build_object(s, 1), '{}'), doc || jsonb_build_object(s, 1)) AS new_key,
	   identical(jsonb_merge_at_path(jsonb_build_object(s, '{}'::jsonb), new, ARRAY[s]), jsonb_build_object(s, new)) AS path,
	   identical(jsonb_array_update_where(jsonb_build_array(doc), '{}', 'b', to_jsonb(s), '{"c":""}'), jsonb_build_array(doc || '{"c":""}')) AS match_value,
	   identical(jsonb_array_update_where(jsonb_build_array(jsonb_build_object(s, 1)), '{}', s, '1', '{"c":""}'), jsonb_build_array(jsonb_build_object(s, 1, 'c', ''))) AS match_key,
	   identical(jsonb_array_upsert_where('[]', '{}', 'b', to_jsonb(s), doc), jsonb_build_array(doc)) AS appended,
	   jsonb_has_path_changed(doc, new, '{b}') AS changed, jsonb_has_path_changed(doc, doc || '{"a":2}', '{b}') AS unchanged
FROM long, LATERAL (SELECT jsonb_build_object('a', 1, 'b', s, 'c', 'end', 'd', 2), jsonb_build_object('b', s || 'y')) AS d (doc, new)
ORDER BY n;

-- A large document edited in many places, one call after the other.
CREATE FUNCTION pg_temp.rounds(doc jsonb, n int) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..n LOOP
		doc := jsonb_array_update_where(doc, '{list}', 'id', to_jsonb(i * 7 % 100), jsonb_build_object('v', repeat('v', i % 13), 'k' || i % 5, i));
		doc := jsonb_array_upsert_where(doc, '{list}', 'id', to_jsonb(i % 120), jsonb_build_object('id', i % 120, 'w', repeat('w', i % 9)));
		doc := jsonb_merge_at_path(doc, jsonb_build_object('m' || i % 40, repeat('m', i % 6)), ARRAY['meta', 'x' || i % 3]);
	END LOOP;
	RETURN doc;
END
$$;
CREATE FUNCTION pg_temp.reference_rounds(doc jsonb, n int) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..n LOOP
		doc := jsonb_ivm_test.jsonb_array_update_where(doc, '{list}', 'id', to_jsonb(i * 7 % 100), jsonb_build_object('v', repeat('v', i % 13), 'k' || i % 5, i));
		doc := jsonb_ivm_test.jsonb_array_upsert_where(doc, '{list}', 'id', to_jsonb(i % 120), jsonb_build_object('id', i % 120, 'w', repeat('w', i % 9)));
		doc := jsonb_ivm_test.jsonb_merge_at_path(doc, jsonb_build_object('m' || i % 40, repeat('m', i % 6)), ARRAY['meta', 'x' || i % 3]);
	END LOOP;
	RETURN doc;
END
$$;
SELECT identical(pg_temp.rounds(doc, 500), pg_temp.reference_rounds(doc, 500))
FROM (SELECT jsonb_build_object('list', jsonb_agg(jsonb_build_object('id', i, 'v', '')), 'tail', 1.50) AS doc FROM generate_series(0, 99) AS i) AS d;
