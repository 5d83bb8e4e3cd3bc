-- Stride borders: every 32nd JEntry of a container holds an end offset instead
-- of a length, and keys and values of an object count as one sequence.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.key(n int) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT 'k' || lpad(n::text, 5, '0') $$;

-- Children of all kinds; every fifth is a record that can be found.
CREATE FUNCTION pg_temp.child(n int) RETURNS jsonb LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE n % 5
		WHEN 0 THEN jsonb_build_object('id', n, 'v', repeat('v', n % 7))
		WHEN 1 THEN to_jsonb(repeat('s', n % 11))
		WHEN 2 THEN to_jsonb(n)
		WHEN 3 THEN 'true'
		ELSE jsonb_build_array(n, repeat('a', n % 3)) END
$$;

CREATE TEMP TABLE doc AS
SELECT n, (SELECT jsonb_object_agg(pg_temp.key(2 * i), pg_temp.child(i)) FROM generate_series(0, n - 1) AS i) AS object,
	   (SELECT jsonb_agg(pg_temp.child(i) ORDER BY i) FROM generate_series(0, n - 1) AS i) AS elements,
	   (SELECT jsonb_agg(jsonb_build_object('id', i, 'v', repeat('v', i % 7)) ORDER BY i) FROM generate_series(0, n - 1) AS i) AS records
FROM unnest(ARRAY[1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 10000]) AS n;

-- Where to edit: everywhere in small containers; at the ends, in the middle and
-- around the first and last borders of large ones.
CREATE TEMP TABLE place AS
SELECT DISTINCT n, at
FROM doc, generate_series(0, n - 1) AS at
WHERE n < 70 OR at IN (0, 1, n / 2, n - 2, n - 1)
	OR (n < 1000 AND at % 16 IN (15, 0, 1)) OR (at < 70 OR at > n - 50) AND at % 32 IN (31, 0, 1) OR at % 32 = 0 AND at / 32 = n / 64;

-- What to put there: shifts by 0 to 4 bytes and more, and every kind of value.
CREATE TEMP TABLE put (v jsonb);
INSERT INTO put VALUES ('""'), ('"x"'), ('"xx"'), ('"xxx"'), ('"xxxx"'), ('5'), ('null'), ('{"new": ["x", 1]}');

SELECT count(*), count(DISTINCT n) AS sizes FROM place;

-- A value of an object replaced.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(object, s, '{}'), object || s)) AS wrong
FROM doc JOIN place USING (n), put, LATERAL (SELECT jsonb_build_object(pg_temp.key(2 * at), v)) AS s (s)
WHERE n < 1000 OR v IN ('"xx"', '{"new": ["x", 1]}');
-- A key inserted before it, and behind the last.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(object, s, '{}'), object || s)) AS wrong
FROM doc JOIN place USING (n), put, LATERAL (SELECT jsonb_build_object(pg_temp.key(2 * at - 1), v)) AS s (s)
WHERE n < 1000 OR v IN ('"xx"', '{"new": ["x", 1]}');
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(object, s, '{}'), object || s)) AS wrong
FROM doc, put, LATERAL (SELECT jsonb_build_object(pg_temp.key(2 * n), v)) AS s (s);
-- Two at once, one replaced and one inserted.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(object, s, '{}'), object || s)) AS wrong
FROM doc JOIN place USING (n), LATERAL (SELECT jsonb_build_object(pg_temp.key(2 * at), '', pg_temp.key(2 * (n - at) - 1), 1)) AS s (s);
-- Many at once: every key replaced, and as many inserted.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_merge_at_path(object, s, '{}'), object || s)) AS wrong
FROM doc, LATERAL (SELECT jsonb_object_agg(pg_temp.key(i), pg_temp.child(i + 3)) FROM generate_series(0, 2 * n - 1) AS i) AS s (s);
-- An object created below, and one edited: the child's new length counts.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_merge_at_path(object, '{"x": "yz"}', ARRAY[pg_temp.key(2 * at + 1), 'sub']),
	object || jsonb_build_object(pg_temp.key(2 * at + 1), '{"sub": {"x": "yz"}}'::jsonb))) AS wrong
FROM doc JOIN place USING (n);
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_merge_at_path(object, jsonb_build_object('v', v), ARRAY[pg_temp.key(2 * at)]),
	jsonb_set(object, ARRAY[pg_temp.key(2 * at), 'v'], v))) AS wrong
FROM doc JOIN place USING (n), put
WHERE at % 5 = 0 AND (n < 1000 OR v = '"xx"');

-- A record among children of all kinds merged, and replaced.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_update_where(elements, '{}', 'id', to_jsonb(at), jsonb_build_object('v', v)),
	jsonb_set(elements, ARRAY[at::text, 'v'], v))) AS wrong
FROM doc JOIN place USING (n), put
WHERE at % 5 = 0 AND (n < 1000 OR v = '"xx"');
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_upsert_where(elements, '{}', 'id', to_jsonb(at), e), jsonb_set(elements, ARRAY[at::text], e))) AS wrong
FROM doc JOIN place USING (n), put, LATERAL (SELECT jsonb_build_object('id', at, 'w', v)) AS e (e)
WHERE at % 5 = 0 AND (n < 1000 OR v = '"xx"');
-- A record among records, at every place.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_update_where(records, '{}', 'id', to_jsonb(at), jsonb_build_object('v', v)),
	jsonb_set(records, ARRAY[at::text, 'v'], v))) AS wrong
FROM doc JOIN place USING (n), put
WHERE n < 1000 OR v = '"xx"';
-- Appended: the new entry may be the one that stands on the border.
SELECT count(*), count(*) FILTER (WHERE NOT identical(jsonb_array_upsert_where(elements, '{}', 'id', '-1', e), elements || jsonb_build_array(e))) AS wrong
FROM doc, put, LATERAL (SELECT jsonb_build_object('id', -1, 'w', v)) AS e (e);
-- By index: an element merged, at every place; and from the end.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_merge_at_path(records, '{"x": "yz"}', ARRAY[(at - back * n)::text]),
	jsonb_set(records, ARRAY[at::text, 'x'], '"yz"'))) AS wrong
FROM doc JOIN place USING (n), generate_series(0, 1) AS back;
-- Both kinds nested: an array at the border of an object, and the reverse.
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_array_upsert_where(outer_doc, ARRAY[pg_temp.key(2 * at)], 'id', '-1', '{"id": -1}'),
	jsonb_set(outer_doc, ARRAY[pg_temp.key(2 * at)], elements || '[{"id": -1}]'))) AS wrong
FROM doc JOIN place USING (n), LATERAL (SELECT object || jsonb_build_object(pg_temp.key(2 * at), elements)) AS o (outer_doc)
WHERE n < 1000 OR at IN (0, n / 2, n - 1);
SELECT count(*), count(*) FILTER (WHERE NOT identical(
	jsonb_merge_at_path(outer_doc, '{"k": "v"}', ARRAY[at::text]),
	jsonb_set(outer_doc, ARRAY[at::text], object || '{"k": "v"}'))) AS wrong
FROM doc JOIN place USING (n), LATERAL (SELECT jsonb_set(elements, ARRAY[at::text], object)) AS o (outer_doc)
WHERE n < 1000 OR at IN (0, n / 2, n - 1);
-- Reading, at every place.
SELECT count(*), count(*) FILTER (WHERE
	jsonb_has_path_changed(object, jsonb_set(object, ARRAY[pg_temp.key(2 * at)], '"other"'), ARRAY[pg_temp.key(2 * at)]) IS NOT TRUE
	OR jsonb_has_path_changed(object, jsonb_set(object, ARRAY[pg_temp.key(2 * at)], '"other"'), ARRAY[pg_temp.key(2 * ((at + 1) % n))]) IS DISTINCT FROM (n = 1)
	OR jsonb_has_path_changed(elements, jsonb_set(elements, ARRAY[at::text], '"other"'), ARRAY[at::text]) IS NOT TRUE
	OR jsonb_has_path_changed(elements, jsonb_set(elements, ARRAY[at::text], '"other"'), ARRAY[((at + 1) % n)::text]) IS DISTINCT FROM (n = 1)) AS wrong
FROM doc JOIN place USING (n);
-- Nothing changed: the same document, at every place.
SELECT count(*), count(*) FILTER (WHERE NOT (
	same_datum(object, jsonb_merge_at_path(object, jsonb_build_object(pg_temp.key(2 * at), pg_temp.child(at)), '{}'))
	AND same_datum(records, jsonb_array_update_where(records, '{}', 'id', to_jsonb(at), '{}'))
	AND same_datum(records, jsonb_array_upsert_where(records, '{}', 'id', to_jsonb(at), records -> at)))) AS wrong
FROM doc JOIN place USING (n);
