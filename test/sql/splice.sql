-- Results that are stored are compressed with what the old stream knows; here, that
-- they stand for the right bytes.  When that is done, stored.sql tells.
--
-- psql -v seed=2 and -v edits=50000 look elsewhere and longer, -v verbose=1 tells how it went.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\if :{?seed}
\else
\set seed 1
\endif
\if :{?edits}
\else
\set edits 2000
\endif
\echo :edits edits from seed :seed

CREATE FUNCTION pg_temp.dice(seed text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (abs(hashtextextended(seed, 7)) % sides)::int
$$;
-- Objects as projections have them: much that repeats, and numbers, names and digests that do not.
CREATE FUNCTION pg_temp.item(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('id', pg_temp.dice(seed, 1000), 'name', format('server %s of the zone', pg_temp.dice(seed || 'n', 50)),
		'digest', left(md5(seed), pg_temp.dice(seed || 'd', 33)), 'weight', pg_temp.dice(seed || 'w', 100000) / 8.0,
		'tags', CASE pg_temp.dice(seed || 't', 4) WHEN 0 THEN '[]' WHEN 1 THEN '["a",true,null]' ELSE '{"one":1,"two":[2,2]}' END::jsonb)
$$;
-- Text: one phrase again and again, words in any order, letters of two and three bytes,
-- or nothing that repeats.
CREATE FUNCTION pg_temp.prose(seed text, words int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE pg_temp.dice(seed || 'prose', 4)
		WHEN 0 THEN repeat('all of it ', words)
		WHEN 1 THEN string_agg((ARRAY['the', 'switch', 'was', 'replaced', 'by', 'hand', 'again', 'after', 'noon'])[1 + pg_temp.dice(seed || n, 9)], ' ')
		WHEN 2 THEN string_agg(chr(228 + pg_temp.dice(seed || n, 12)) || chr(19968 + pg_temp.dice(seed || n, 40)), ' ')
		ELSE string_agg(md5(seed || n), '')
		END
	FROM generate_series(1, words) AS n
$$;
-- From 2 to 60 kB.
CREATE FUNCTION pg_temp.doc(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object(
		'items', (SELECT jsonb_agg(pg_temp.item(seed || i)) FROM generate_series(1, 12 << pg_temp.dice(seed, 6)) AS i),
		'meta', '{"a":1,"b":{"c":[1,2,3]}}'::jsonb, 'text', pg_temp.prose(seed, 1 + pg_temp.dice(seed || 'x', 250)),
		'wide', (SELECT jsonb_object_agg('key ' || i, i % 7) FROM generate_series(1, pg_temp.dice(seed || 'k', 150) + 1) AS i))
$$;
-- One to four changes; each array is changed from its end, so that indexes stay what they were.
CREATE FUNCTION pg_temp.script(seed text, doc jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_agg(CASE CASE WHEN few THEN 6 ELSE pg_temp.dice(seed || n || 'kind', 6) END
		WHEN 0 THEN jsonb_build_object('path', '{wide}', 'in', 'object', 'at', 'key ' || pg_temp.dice(seed || n, 200),
			'op', CASE pg_temp.dice(seed || n || 'op', 2) WHEN 0 THEN 'replace' ELSE 'remove' END, 'value', pg_temp.dice(seed, 3))
		WHEN 1 THEN jsonb_build_object('path', format('{items,%s}', at), 'in', 'object', 'at', 'digest', 'op', 'replace', 'value', md5(seed || n))
		WHEN 2 THEN jsonb_build_object('path', '{}', 'in', 'object', 'at', 'text', 'op', 'replace', 'value', left(doc ->> 'text', -1) || 'x')
		ELSE jsonb_build_object('path', '{items}', 'in', 'array', 'at', at::text,
			'op', CASE WHEN few THEN 'insert' ELSE (ARRAY['insert', 'replace', 'remove'])[1 + pg_temp.dice(seed || n || 'op', 3)] END,
			'value', pg_temp.item(seed || n))
		END)
	FROM (
		-- distinct places, and one that is removed is not edited
		SELECT DISTINCT ON (at) n, at, length < 8 AS few
		FROM jsonb_array_length(doc -> 'items') AS length, generate_series(1, 1 + pg_temp.dice(seed || 'count', 4)) AS n,
			LATERAL (SELECT pg_temp.dice(seed || n || 'at', greatest(1, length)) AS at) AS a
		ORDER BY at, n) AS steps
$$;

-- A hundred edits of one document, each of what the last one gave.  What that left to
-- core, because it had decayed or changed much, core compresses.
CREATE FUNCTION pg_temp.edit_often(seed text, method text, OUT edits int, OUT spliced int, OUT complaint text, OUT size float, OUT bytes bigint) LANGUAGE plpgsql AS $$
DECLARE
	plain jsonb := from_raw(raw(pg_temp.doc(seed)));
	stored jsonb := CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END;
	script jsonb;
BEGIN
	edits := 0;
	spliced := 0;
	bytes := 0;
	WHILE edits < 100 AND complaint IS NULL LOOP
		edits := edits + 1;
		script := pg_temp.script(format('%s %s', seed, edits), plain);
		stored := plan_edit(stored, script);
		plain := plan_edit(plain, script);
		IF raw(stored) <> raw(plain) THEN
			complaint := format('%s, %s, edit %s: not the bytes of the plain way: %s', seed, datum_form(stored), edits, script);
		ELSIF datum_form(stored) LIKE 'inline %' THEN
			spliced := spliced + 1;
			bytes := bytes + pg_column_size(stored);
		ELSE
			stored := CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END;
		END IF;
	END LOOP;
	complaint := COALESCE(complaint, verify(plain));
	size := pg_column_size(stored)::float / pg_column_size(CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END);
END
$$;
-- Where there is no lz4 all are pglz.
SELECT COALESCE((SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'), false) AS has_lz4 \gset
CREATE TEMP TABLE outcome AS
SELECT n, method, o.*
FROM generate_series(1, :edits / 100) AS n,
	LATERAL (SELECT CASE WHEN :'has_lz4' AND n % 2 = 0 THEN 'lz4' ELSE 'pglz' END AS method) AS m,
	LATERAL pg_temp.edit_often(format('%s %s', :'seed', n), method) AS o;
SELECT complaint FROM outcome WHERE complaint IS NOT NULL LIMIT 3;
-- Most results were spliced, with each method, and not all.
CREATE TEMP VIEW verdict AS
SELECT method, sum(edits) AS edits, sum(spliced) AS spliced, bool_and(complaint IS NULL) AS all_right,
	   sum(spliced) > sum(edits) / 2 AND sum(spliced) < sum(edits) AS most_spliced
FROM outcome GROUP BY method;
SELECT count(*) = 1 + :'has_lz4'::boolean::int AS methods, sum(edits) = :edits AS all_done, bool_and(all_right) AS all_right, bool_and(most_spliced) AS most_spliced
FROM verdict;
-- How well it is done, to the byte: a slip that leaves a stream to core, or makes it longer, gives
-- no wrong document.  The dice and the streams of pglz are the same on all servers of this byte order.
SELECT CASE WHEN hashtextextended('a', 7) <> 6761863715122467050 OR :'seed' <> '1' OR :edits <> 2000
				 OR (sum(edits), sum(spliced), sum(bytes)) = (1000, 771, 5908587)
			THEN 'as expected' ELSE format('%s of %s spliced, %s bytes', sum(spliced), sum(edits), sum(bytes)) END AS spliced
FROM outcome WHERE n % 2 = 1;
\if :{?verbose}
SELECT format('%s: %s documents at the end %s times what a fresh stream takes, at most %s', method, count(*), round(avg(size)::numeric, 3), round(max(size)::numeric, 3))
FROM outcome GROUP BY method ORDER BY method;
DO $$
BEGIN
	IF NOT (SELECT bool_and(all_right AND most_spliced) FROM verdict) THEN
		RAISE EXCEPTION 'the splice is wrong, or not at work';
	END IF;
END
$$;
\endif

-- A match that is stretched beyond what the format can hold: what is repeated 65,000
-- bytes away (lz4), or 4,000 (pglz), moves 2,000 further away.  The rest keeps the change small.
CREATE TEMP TABLE far (method text, data jsonb) PARTITION BY LIST (method);
CREATE TEMP TABLE far_pglz PARTITION OF far FOR VALUES IN ('pglz');
CREATE TEMP TABLE far_lz4 PARTITION OF far FOR VALUES IN ('lz4');
DO $$ BEGIN
	EXECUTE 'ALTER TABLE far_pglz ALTER data SET COMPRESSION pglz';
	EXECUTE 'ALTER TABLE far_lz4 ALTER data SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL; END $$;
CREATE FUNCTION pg_temp.noise(seed text, bytes int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT to_jsonb(left(string_agg(md5(seed || i), ''), bytes)) FROM generate_series(1, bytes / 32 + 1) AS i
$$;
INSERT INTO far
SELECT method, jsonb_build_array(repeat('y', 2000), pg_temp.noise('a', 200), repeat('x', between), 0, pg_temp.noise('a', 200),
	(SELECT jsonb_agg(left(noise, 200) || left(noise, 200)) FROM generate_series(1, 1000) AS i, LATERAL (SELECT pg_temp.noise('n' || i, 200) #>> '{}' AS noise) AS n))
FROM (VALUES ('pglz', 3700), ('lz4', 64700)) AS v (method, between);
SELECT method, datum_form(got) LIKE 'inline%' AS spliced, raw(got) = raw(want) AS same
FROM far, LATERAL jsonb_build_array(jsonb_build_object('path', '{}', 'in', 'array', 'at', '3', 'op', 'replace', 'value', pg_temp.noise('c', 2000))) AS script,
	LATERAL plan_edit(data, script) AS got, LATERAL plan_edit(from_raw(raw(data)), script) AS want
ORDER BY method;
-- One byte more or less: up to the longest distance, 4,095 and 65,535, and just over it.
TRUNCATE far;
INSERT INTO far
SELECT method, jsonb_build_array(repeat('y', 2000), pg_temp.noise('a', 200), repeat('x', longest - 201 + i), 'e', pg_temp.noise('a', 200),
	(SELECT jsonb_agg(left(noise, 200) || left(noise, 200)) FROM generate_series(1, 40) AS i, LATERAL (SELECT pg_temp.noise('n' || i, 200) #>> '{}' AS noise) AS n))
FROM (VALUES ('pglz', 4095), ('lz4', 65535)) AS v (method, longest), generate_series(-4, 4) AS i;
SELECT method, count(*), bool_and(raw(got) = raw(want)) AS same
FROM far, generate_series(0, 3) AS longer, LATERAL jsonb_build_array(jsonb_build_object('path', '{}', 'in', 'array', 'at', '3', 'op', 'replace', 'value', repeat('f', longer))) AS script,
	LATERAL plan_edit(data, script) AS got, LATERAL plan_edit(from_raw(raw(data)), script) AS want
GROUP BY method ORDER BY method;
-- One long match after the other, with nothing between them.
TRUNCATE far;
INSERT INTO far
SELECT method, jsonb_build_array(i, (SELECT string_agg(repeat(md5('block' || pg_temp.dice(format('%s %s', i, n), 16)), 2), '' ORDER BY n) FROM generate_series(1, 150) AS n), 0)
FROM (VALUES ('pglz'), ('lz4')) AS v (method), generate_series(1, 5) AS i;
SELECT method, count(*), bool_and(raw(got) = raw(want)) AS same
FROM far, generate_series(0, 9) AS longer, LATERAL jsonb_build_array(jsonb_build_object('path', '{}', 'in', 'array', 'at', '0', 'op', 'replace', 'value', repeat('f', longer))) AS script,
	LATERAL plan_edit(data, script) AS got, LATERAL plan_edit(from_raw(raw(data)), script) AS want
GROUP BY method ORDER BY method;
\if :{?verbose}
SELECT format('%s edits, the same bytes as the plain way; %s', sum(edits), string_agg(format('%s of %s %s spliced', spliced, edits, method), ', ' ORDER BY method)) FROM verdict;
\endif

-- What is appended again and again is like what was there, and would be next to nothing in a fresh
-- stream.  So it is compressed anew before that shows.
CREATE FUNCTION pg_temp.append_often(method text, OUT spliced int, OUT most numeric) LANGUAGE plpgsql AS $$
DECLARE
	plain jsonb := from_raw(raw(jsonb_build_object('items', (SELECT jsonb_agg(pg_temp.item('first' || i)) FROM generate_series(1, 100) AS i))));
	stored jsonb := CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END;
	script jsonb;
BEGIN
	spliced := 0;
	most := 0;
	FOR n IN 1 .. 500 LOOP
		script := jsonb_build_array(jsonb_build_object('path', '{items}', 'in', 'array', 'at', (99 + n)::text, 'op', 'insert', 'value',
			jsonb_build_object('id', n, 'name', format('server %s of the zone', n), 'digest', '', 'weight', n, 'tags', '[]'::jsonb)));
		stored := plan_edit(stored, script);
		plain := plan_edit(plain, script);
		IF datum_form(stored) LIKE 'inline %' THEN
			spliced := spliced + 1;
			most := greatest(most, pg_column_size(stored)::numeric / pg_column_size(CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END));
		ELSE
			stored := CASE method WHEN 'lz4' THEN as_lz4(plain) ELSE as_pglz(plain) END;
		END IF;
	END LOOP;
END
$$;
SELECT method, spliced > 450 AS mostly_spliced, CASE WHEN most > 1.12 THEN most::text ELSE 'small' END AS excess
FROM unnest(ARRAY['pglz', 'lz4']) AS method, LATERAL pg_temp.append_often(method) AS a;
