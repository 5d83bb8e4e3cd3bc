-- Alignment: numerics and containers start at multiples of 4, so an edit that
-- changes a length moves padding further on.  Here are all combinations of what
-- stands before, of what is replaced by what, and of what stands behind.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- What stands before matters by its length modulo 4 ...
CREATE TEMP TABLE before (v jsonb);
INSERT INTO before VALUES (NULL), ('""'), ('"a"'), ('"ab"'), ('"abc"'), ('1'), ('["x", {"y": "z"}]');
-- ... and what stands behind by whether it is aligned, now or later.
CREATE TEMP TABLE behind (v jsonb);
INSERT INTO behind VALUES (NULL), ('""'), ('"a"'), ('"abc"'), ('true'), ('12345.678'), ('[]'), ('{}'), ('["x", 1]'), ('{"y": "z", "yy": 2}');
-- Between them strings that shift by every distance from -8 to 8, and others.
CREATE TEMP TABLE middle (v jsonb);
INSERT INTO middle SELECT to_jsonb(repeat('m', n)) FROM unnest(ARRAY[0, 1, 2, 3, 4, 8]) AS n;
INSERT INTO middle VALUES ('false'), ('123456.7'), ('{}'), ('{"m": [1, "mm"]}');

-- In an object; "b" is replaced.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(doc, s, '{}'), doc || s)) AS wrong
FROM before AS a, middle AS b, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('a', a.v, 'c', c.v)) || jsonb_build_object('b', b.v, 'd', 'tail', 'e', 7),
					 jsonb_build_object('b', d.v)) AS x (doc, s);
-- In an object; "b" is new.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(doc, s, '{}'), doc || s)) AS wrong
FROM before AS a, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('a', a.v, 'c', c.v)) || jsonb_build_object('d', 'tail', 'e', 7),
					 jsonb_build_object('b', d.v)) AS x (doc, s);
-- Several at once, before, between and behind, with keys of several lengths.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(doc, s, '{}'), doc || s)) AS wrong
FROM before AS a, behind AS c, middle AS d, middle AS e,
	 LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('bb', a.v, 'dd', c.v, 'ff', 'x', 'hh', 1)),
					 jsonb_build_object('a', d.v, 'cc', e.v, 'dd', d.v, 'hhhhh', e.v)) AS x (doc, s);
-- One level down: what moves in the child moves its sisters.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(doc, s, '{k}'), jsonb_set(doc, '{k,b}', d.v))) AS wrong
FROM before AS a, middle AS b, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('a', a.v, 'm', c.v)) || jsonb_build_object('k', jsonb_build_object('b', b.v), 'y', 'tail', 'z', 7),
					 jsonb_build_object('b', d.v)) AS x (doc, s);
-- In an array element, found by its key.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_update_where(doc, '{l}', 'k', '1', s), jsonb_set(doc, ARRAY['l', at, 'v'], d.v))) AS wrong
FROM before AS a, middle AS b, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_build_object('l', (SELECT jsonb_agg(v) FROM (VALUES (a.v), (jsonb_build_object('k', 1, 'v', b.v)), (c.v)) AS v (v) WHERE v IS NOT NULL), 'z', 3),
					 jsonb_build_object('v', d.v), (a.v IS NOT NULL)::int::text) AS x (doc, s, at);
-- An element replaced, or appended behind every kind of last element.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_upsert_where(doc, '{l}', 'k', '1', e), jsonb_set(doc, ARRAY['l', at], e))) AS wrong
FROM before AS a, middle AS b, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_build_object('l', (SELECT jsonb_agg(v) FROM (VALUES (a.v), (jsonb_build_object('k', 1, 'v', b.v)), (c.v)) AS v (v) WHERE v IS NOT NULL), 'z', 3),
					 jsonb_build_object('k', 1, 'v', d.v), (a.v IS NOT NULL)::int::text) AS x (doc, e, at);
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_upsert_where(doc, '{l}', 'k', '1', e), jsonb_insert(doc, '{l,-1}', e, true))) AS wrong
FROM before AS a, middle AS b, middle AS d,
	 LATERAL (SELECT jsonb_build_object('l', (SELECT jsonb_agg(v) FROM (VALUES (a.v), (b.v)) AS v (v) WHERE v IS NOT NULL), 'm', 'x', 'z', 3),
					 jsonb_build_object('k', 1, 'v', d.v)) AS x (doc, e);
-- A null replaced by something larger, in an object and in an array.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_merge_at_path(doc, s, '{b}'), jsonb_set(doc, '{b}', s))) AS wrong
FROM before AS a, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('a', a.v, 'c', c.v)) || '{"b":null,"y":"tail","z":7}',
					 jsonb_build_object('x', d.v)) AS x (doc, s);
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_upsert_where(doc, '{1}', 'x', d.v, s), jsonb_set(doc, '{1}', jsonb_build_array(s)))) AS wrong
FROM before AS a, behind AS c, middle AS d,
	 LATERAL (SELECT jsonb_build_array(COALESCE(a.v, '0'), NULL, COALESCE(c.v, '"zz"'), 'tail', 7),
					 jsonb_build_object('x', d.v)) AS x (doc, s);
