-- Matching: an element matches by jsonb equality of the value under its key.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Every kind of value finds itself, in whatever form it is written.
CREATE TEMP TABLE stored (n serial, v jsonb);
INSERT INTO stored (v) VALUES
	('null'), ('true'), ('false'), ('0'), ('1'), ('-1'), ('1.50'), ('1e10'), ('0.000000000000000000001'),
	('12345678901234567890123456789012345678901234567890.123456789'),
	('""'), ('"1"'), ('"true"'), ('"null"'), ('"é"'), ('"e\u0301"'), ('"🔑"'), ('"a\nb"'),
	('[]'), ('[1]'), ('[1, "a", null, true]'), ('[[1]]'), ('{}'), ('{"a": 1}'), ('{"a": 1, "b": [1, {"c": 2.0}]}');
CREATE TEMP TABLE sought (n serial, v jsonb);
INSERT INTO sought (v) SELECT v FROM stored ORDER BY n;
INSERT INTO sought (v) VALUES
	('0.0'), ('-0'), ('1.000'), ('-1.0'), ('1.5'), ('10000000000'), ('1e-21'), ('1.51'), ('2'), ('"a"'), ('"é "'), ('"E"'),
	('[1.0]'), ('[null, 1, "a", true]'), ('[1, "a", null]'), ('[[1.0]]'), ('[[]]'), ('{"a": 1.0}'), ('{"b": 1}'), ('{"a": 2}'),
	('{"b": [1.0, {"c": 2}], "a": 1.00}');
CREATE TEMP TABLE array_of_all AS
SELECT jsonb_build_object('list', jsonb_agg(jsonb_build_object('k', v, 'n', n) ORDER BY n)) AS doc FROM stored;
-- Which element each finds.
SELECT s.v, (SELECT e ->> 'n' FROM jsonb_array_elements(r.doc -> 'list') AS e WHERE e ? 'found') AS found,
	   identical(r.doc, jsonb_ivm_test.jsonb_array_update_where(a.doc, '{list}', 'k', s.v, '{"found": true}')) AS as_reference
FROM sought AS s, array_of_all AS a,
	 LATERAL (SELECT jsonb_array_update_where(a.doc, '{list}', 'k', s.v, '{"found": true}')) AS r (doc)
ORDER BY s.n;

-- The first of equals, however they are written.
SELECT try($$ jsonb_array_update_where('[{"k":"1"},{"k":1.0},{"k":1}]', '{}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_upsert_where('[{"k":"1"},{"k":1.0},{"k":1}]', '{}', 'k', '1', '{"k":1}') $$);
-- The key may stand anywhere in the element, and elsewhere in every other.
SELECT try($$ jsonb_array_update_where('[{"k":0},{"a":0,"k":0},{"a":0,"b":0,"k":0},{"k":1,"z":0,"zz":0},{"a":0,"k":1}]', '{}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_update_where('[{"a":1,"k":0},{"a":0,"j":1,"l":1},{"kk":1},{"":1,"k":1}]', '{}', 'k', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_update_where('[{"k":0},{"kk":1,"k":0},{"":1}]', '{}', '', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_update_where('[{"clé":0},{"cle":1},{"clé":1}]', '{}', 'clé', '1', '{"x":1}') $$);
-- Keys of one length that differ in a byte, first and last.
SELECT try($$ jsonb_array_update_where('[{"aaaaaaab":1},{"baaaaaaa":1},{"aaaaaaaa":1}]', '{}', 'aaaaaaaa', '1', '{"x":1}') $$);
SELECT try($$ jsonb_array_update_where('[{"aaaaaaaa":0},{"aaaaaaab":1},{"baaaaaaa":1},{"aaaaaaaa":1}]', '{}', 'aaaaaaaa', '1', '{"x":1}') $$);
-- Large elements are searched, too.
SELECT bool_and(identical(
	jsonb_array_update_where(doc, '{}', 'k' || i, '1', '{"x":1}'),
	jsonb_ivm_test.jsonb_array_update_where(doc, '{}', 'k' || i, '1', '{"x":1}')))
FROM generate_series(0, 101) AS i,
	 (SELECT jsonb_agg(o) FROM generate_series(1, 3) AS e,
	  LATERAL (SELECT jsonb_object_agg('k' || j, (e = 2)::int) FROM generate_series(1, 100) AS j) AS o (o)) AS d (doc);
-- Elements of many shapes, in every order of keys before and behind the one.
SELECT count(*), bool_and(identical(
	jsonb_array_update_where(doc, '{}', 'k', to_jsonb(i), '{"x":1}'),
	jsonb_ivm_test.jsonb_array_update_where(doc, '{}', 'k', to_jsonb(i), '{"x":1}')))
FROM generate_series(0, 65) AS i,
	 (SELECT jsonb_agg(CASE WHEN e % 7 = 6 THEN to_jsonb(e) ELSE o || jsonb_build_object('k', e) END ORDER BY e)
	  FROM generate_series(0, 64) AS e,
	  LATERAL (SELECT COALESCE(jsonb_object_agg(chr(97 + j), repeat('v', j)), '{}')
			   FROM generate_series(0, 25) AS j WHERE (e >> (j % 6)) & 1 = 1) AS o (o)) AS d (doc);

-- Numbers: of many widths and signs, each found among all the others.
CREATE TEMP TABLE number (n int, v numeric);
INSERT INTO number
SELECT row_number() OVER (), v
FROM (SELECT DISTINCT sign * base * scale AS v
	  FROM (VALUES (1), (-1)) AS a (sign),
		   (VALUES (0::numeric), (1), (9999), (10000), (10001), (99999999), (123456789012), (1.5), (0.1), (0.0001), (0.00001)) AS b (base),
		   (VALUES (1::numeric), (1e4), (1e-4), (1e20), (1e-20), (1e100)) AS c (scale)) AS v;
SELECT count(*) > 50, bool_and(jsonb_array_update_where(doc, '{}', 'k', to_jsonb(v), '{"x":1}') #>> ARRAY[(n - 1)::text, 'x'] = '1')
FROM number, (SELECT jsonb_agg(jsonb_build_object('k', v) ORDER BY n) AS doc FROM number) AS d;
-- The same with other scales.
SELECT bool_and(jsonb_array_update_where(doc, '{}', 'k', to_jsonb(v * 1.000), '{"x":1}') #>> ARRAY[(n - 1)::text, 'x'] = '1')
FROM number, (SELECT jsonb_agg(jsonb_build_object('k', v * 1.0) ORDER BY n) AS doc FROM number) AS d;

-- A value that is long, or stored compressed.
SELECT try($$ jsonb_has_path_changed(jsonb_array_update_where(jsonb_build_array(jsonb_build_object('k', repeat('x', 100000))), '{}', 'k', to_jsonb(repeat('x', 100000)), '{"x":1}'), '[]', '{0,x}') $$);
SELECT try($$ jsonb_has_path_changed(jsonb_array_update_where(jsonb_build_array(jsonb_build_object('k', repeat('x', 100000))), '{}', 'k', to_jsonb(repeat('x', 99999) || 'y'), '{"x":1}'), '[]', '{0,x}') $$);
