-- Results that are stored are compressed with what the old stream knows; here, that
-- they stand for the right bytes.  When that is done, stored.sql tells.
--
-- psql -v seed=2 and -v rounds=1000 look elsewhere and longer; a round edits 50 documents.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\if :{?seed}
\else
\set seed 1
\endif
\if :{?rounds}
\else
\set rounds 40
\endif
\echo :rounds rounds from seed :seed

CREATE FUNCTION pg_temp.dice(seed text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (abs(hashtextextended(seed, 7)) % sides)::int
$$;
-- Objects as projections have them: much that repeats, and numbers, names and digests that do not.
CREATE FUNCTION pg_temp.item(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('id', pg_temp.dice(seed, 1000), 'name', format('server %s of the zone', pg_temp.dice(seed || 'n', 50)),
		'digest', left(md5(seed), pg_temp.dice(seed || 'd', 33)), 'weight', pg_temp.dice(seed || 'w', 100000) / 8.0,
		'tags', CASE pg_temp.dice(seed || 't', 4) WHEN 0 THEN '[]' WHEN 1 THEN '["a",true,null]' ELSE '{"one":1,"two":[2,2]}' END::jsonb)
$$;
CREATE FUNCTION pg_temp.doc(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object(
		'items', (SELECT jsonb_agg(pg_temp.item(seed || i)) FROM generate_series(1, 12 << pg_temp.dice(seed, 6)) AS i),
		'meta', '{"a":1,"b":{"c":[1,2,3]}}'::jsonb, 'text', repeat('all of it ', pg_temp.dice(seed || 'x', 400)),
		'wide', (SELECT jsonb_object_agg('key ' || i, i % 7) FROM generate_series(1, pg_temp.dice(seed || 'k', 150) + 1) AS i))
$$;
-- One to six changes; each array is changed from its end, so that indexes stay what they were.
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
		FROM generate_series(1, 1 + pg_temp.dice(seed || 'count', 6)) AS n,
			LATERAL (SELECT jsonb_array_length(doc -> 'items') AS length) AS l,
			LATERAL (SELECT pg_temp.dice(seed || n || 'at', greatest(1, length)) AS at) AS a
		ORDER BY at, n) AS steps
$$;

-- 13 has no lz4; there both halves are pglz.
CREATE TEMP TABLE docs (id int, data jsonb) PARTITION BY RANGE (id);
CREATE TEMP TABLE docs_pglz PARTITION OF docs FOR VALUES FROM (1) TO (26);
CREATE TEMP TABLE docs_lz4 PARTITION OF docs FOR VALUES FROM (26) TO (51);
DO $$ BEGIN
	EXECUTE 'ALTER TABLE docs_pglz ALTER data SET COMPRESSION pglz';
	EXECUTE 'ALTER TABLE docs_lz4 ALTER data SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL; END $$;
INSERT INTO docs SELECT id, pg_temp.doc(format('%s %s', :seed, id)) FROM generate_series(1, 50) AS id;
SELECT count(*) FROM docs WHERE datum_form(data) NOT LIKE '% %';

CREATE TEMP TABLE outcome (id int, round int, form text, complaint text);
CREATE FUNCTION pg_temp.edit_all(seed text, round int) RETURNS void LANGUAGE sql AS $$
	WITH edit AS MATERIALIZED (
		SELECT id, data, pg_temp.script(format('%s %s %s', seed, id, round), data) AS script FROM docs
	), result AS MATERIALIZED (
		SELECT id, script, plan_edit(data, script) AS got, plan_edit(from_raw(raw(data)), script) AS want FROM edit
	), kept AS (
		UPDATE docs SET data = got FROM result WHERE docs.id = result.id
	)
	INSERT INTO outcome
	SELECT id, round, datum_form(got), CASE WHEN raw(got) <> raw(want) THEN 'not the bytes of the plain way: ' || script::text END
	FROM result
$$;
SELECT count(pg_temp.edit_all(:'seed', round)) FROM generate_series(1, :rounds) AS round;
SELECT count(*) = 50 * :rounds AS all_edited FROM outcome;
SELECT * FROM outcome WHERE complaint IS NOT NULL LIMIT 3;
SELECT id, verify(data) FROM docs WHERE verify(data) IS NOT NULL;
-- Most results were spliced; the others were left to core, because they had decayed
-- or changed much.
SELECT form, count(*) > 50 * :rounds / 10 AS often
FROM (SELECT CASE WHEN form LIKE 'inline %' THEN 'spliced' END AS form FROM outcome) AS o
GROUP BY form ORDER BY form;

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
\if :{?verbose}
SELECT form, count(*) FROM outcome GROUP BY form;
CREATE TEMP TABLE fresh (LIKE docs);
INSERT INTO fresh SELECT id, from_raw(raw(data)) FROM docs WHERE id < 26;
SELECT avg(pg_column_size(docs.data)::float8 / pg_column_size(fresh.data)), max(pg_column_size(docs.data)::float8 / pg_column_size(fresh.data)) FROM docs JOIN fresh USING (id);
\endif
