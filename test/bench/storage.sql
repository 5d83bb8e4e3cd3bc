-- One field of a stored document changes: by how the document is stored, and how large it is.
-- Needs statements.sql, allocations.sql and bars.sql.
\ir tables_off.sql

CREATE TABLE bench.size (bytes int PRIMARY KEY, documents int NOT NULL);
INSERT INTO bench.size VALUES (1024, 1500), (4096, 700), (16384, 200), (51200, 100), (256000, 20), (2097152, 3);
\if :quick
	DELETE FROM bench.size WHERE bytes NOT IN (4096, 51200);
	UPDATE bench.size SET documents = (documents + 2) / 3;
\endif

-- What is in the row has to fit into a page, however well it compresses.
CREATE VIEW bench.stored AS
SELECT storage, bytes, documents,
	format('bench.storage_%s_%s', storage, bytes) AS target,
	format('bench.pristine_storage_%s_%s', storage, bytes) AS pristine,
	format('bench.edited_storage_%s_%s', storage, bytes) AS edited,
	(bench.servers_for(bytes) / 2)::text AS index,
	to_jsonb(bench.servers_for(bytes) / 2 + 1) AS id
FROM bench.storage, bench.size
WHERE storage <> 'inline' OR bytes <= 51200;

-- "edited" holds what the UPDATE is about to make of each document, for the ceiling.
SELECT
	format('CALL bench.create_table(%L, %L)', target, storage),
	format('CALL bench.create_table(%L, %L)', pristine, storage),
	format('CALL bench.create_table(%L, %L)', edited, storage),
	format('INSERT INTO %s SELECT id, bench.allocation(%s, id, %s) FROM generate_series(1, %s) AS id',
		pristine, bytes, (storage = 'inline')::text, documents),
	format('INSERT INTO %s SELECT id, jsonb_set(doc, ARRAY[%L, %L, %L, %L], %L) FROM %s',
		edited, 'network_configuration', 'dns_servers', index, 'address', '"172.16.200.40"', pristine),
	format('VACUUM (FREEZE, ANALYZE) %s, %s', pristine, edited)
FROM bench.stored
\gexec

SELECT format('  %s, %s: %s bytes, stored in %s', storage, pg_size_pretty(bytes::bigint), plain, stored)
FROM bench.stored, LATERAL (
	SELECT (xpath('//s/text()', x))[1] AS stored, (xpath('//p/text()', x))[1] AS plain
	FROM query_to_xml(format(
		'SELECT avg(pg_column_size(doc))::int AS s, avg(pg_column_size(doc || ''{}''))::int AS p FROM %s', pristine), false, true, '') AS x) AS measured
ORDER BY storage, bytes;

-- The jobs, and the ways to do them; native/README.md says what was tried.
CREATE TEMP VIEW storage_way AS
SELECT storage, bytes, 'place known' AS job, 'jsonb_set' AS way, 'native' AS kind,
	format('doc = jsonb_set(doc, %L::text[], %L)', ARRAY['network_configuration', 'dns_servers', index, 'address'], '"172.16.200.40"') AS assignment
FROM bench.stored
UNION ALL
-- subscripts came with version 14
SELECT storage, bytes, 'place known', 'doc[…] = …', 'native',
	format('doc[%L][%L][%s][%L] = %L', 'network_configuration', 'dns_servers', index, 'address', '"172.16.200.40"')
FROM bench.stored
WHERE current_setting('server_version_num')::int >= 140000
UNION ALL
SELECT storage, bytes, 'place known', kind, kind,
	format('doc = jsonb_merge_at_path(doc, %L, %L::text[])', '{"address": "172.16.200.40"}', ARRAY['network_configuration', 'dns_servers', index])
FROM bench.stored, unnest(ARRAY['jsonb_ivm', 'plain copy']) AS kind
UNION ALL
SELECT storage, bytes, 'element found by key', CASE kind WHEN 'native' THEN way ELSE as_kind END, as_kind,
	format(CASE kind WHEN 'native' THEN 'doc = (SELECT %s FROM (SELECT doc || ''{}'' AS doc OFFSET 0) AS d)' ELSE 'doc = %s' END,
		bench.expand(expression, '{network_configuration,dns_servers}', 'id', id, '{"address": "172.16.200.40"}'))
FROM bench.stored, bench.way,
	unnest(CASE kind WHEN 'native' THEN ARRAY['native'] ELSE ARRAY['jsonb_ivm', 'plain copy'] END) AS as_kind
WHERE operator = 'array_update_where' AND kind IN ('native', 'jsonb_ivm')
UNION ALL
-- whoever changes a single field can set that alone
SELECT storage, bytes, 'element found by key', 'elements + jsonb_set of the field', 'native',
	format($$doc = (SELECT COALESCE((
			SELECT jsonb_set(doc, ARRAY['network_configuration', 'dns_servers', (n - 1)::text, 'address'], '"172.16.200.40"')
			FROM jsonb_array_elements(doc -> 'network_configuration' -> 'dns_servers') WITH ORDINALITY AS e (element, n)
			WHERE element ->> 'id' = %L
			LIMIT 1), doc) FROM (SELECT doc || '{}' AS doc OFFSET 0) AS d)$$, id)
FROM bench.stored;

-- The ceiling edits nothing: it stores the value of another table as that is stored there.  Whoever
-- edits a compressed document has to decompress it once, so the ceiling does that, too: jsonb_typeof()
-- detoasts the whole of its argument before it looks at the first word.
INSERT INTO bench.statement (part, subject, bytes, job, way, kind, sql, target, pristine)
SELECT 'storage', storage, bytes, job, way, kind, format('UPDATE %s SET %s', target, assignment), target, pristine
FROM storage_way JOIN bench.stored USING (storage, bytes)
UNION ALL
SELECT 'storage', storage, bytes, job, 'ceiling', 'ceiling',
	format('UPDATE %s AS t SET doc = %s FROM %s AS s WHERE s.id = t.id', target,
		CASE storage WHEN 'external' THEN 's.doc' ELSE 'CASE jsonb_typeof(s.doc) WHEN ''object'' THEN s.doc END' END, edited),
	target, pristine
FROM bench.stored, (SELECT DISTINCT job FROM storage_way) AS j;

-- Is it the same?
CREATE FUNCTION bench.check_storage(s bench.statement, expected text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	differences int;
BEGIN
	EXECUTE format('TRUNCATE %s', s.target);
	EXECUTE format('INSERT INTO %s SELECT * FROM %s', s.target, s.pristine);
	PERFORM set_config('jsonb_ivm.compressed_splice', s.splice::text, true);
	EXECUTE s.sql;
	EXECUTE format('SELECT count(*) FROM %s AS t FULL JOIN %s AS e USING (id) WHERE (t.doc = e.doc) IS NOT TRUE', s.target, expected)
	INTO differences;
	IF differences > 0 THEN
		RAISE EXCEPTION '% differs from %', s, expected;
	END IF;
END
$$;
SELECT count(bench.check_storage(s, edited)) AS statements
FROM bench.statement AS s
JOIN bench.stored ON storage = subject AND stored.bytes = s.bytes
WHERE part = 'storage' \gset
\echo '  ' :statements statements make the same documents

\set part storage
\ir run_statements.sql

-- The bars are about documents of 50 KB.
INSERT INTO bench.bar (what, at_least, measured, detail)
SELECT format('on disk, %s, 50 KB, %s: times as fast as the best native UPDATE', subject, job), required, native,
	format('against %s, median of %s rounds', closest, rounds)
FROM bench.gain
JOIN (VALUES ('pglz', 5), ('lz4', 1.8), ('external', 1.2)) AS bar (subject, required) USING (subject)
WHERE part = 'storage' AND bytes = 51200
UNION ALL
SELECT format('on disk, %s, 50 KB, %s: share of the ceiling', subject, job), 0.7, ceiling,
	format('native takes %s times the time of jsonb_ivm, and %s times the time of the ceiling',
		round(native::numeric, 2), round((native / ceiling)::numeric, 2))
FROM bench.gain
WHERE part = 'storage' AND bytes = 51200
UNION ALL
SELECT format('on disk, pglz, 50 KB, %s: times as fast as a plain copy', job), 4, plain_copy,
	'the same with jsonb_ivm.compressed_splice = off'
FROM bench.gain
WHERE part = 'storage' AND bytes = 51200 AND subject = 'pglz';
