-- What edit after edit does to the stored size, against a fresh compression of the same document.
-- Needs statements.sql, allocations.sql and bars.sql.
\ir tables_off.sql

CREATE TABLE bench.batch_size (
	storage text, kind text, id int, edits int, plain_bytes int, stored_bytes int, fresh_bytes int);

-- A number below n that looks random, but is the same on every server.
CREATE FUNCTION bench.draw(seed text, n int) RETURNS int
LANGUAGE sql IMMUTABLE
AS $$ SELECT ('x' || substr(md5(seed), 1, 7))::bit(28)::int % n $$;

CREATE FUNCTION bench.address(seed text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT format('10.%s.%s.%s', bench.draw(seed || 'a', 256), bench.draw(seed || 'b', 256), bench.draw(seed || 'c', 256)) $$;

-- The kinds of edits:
--   fields  a server gets another address, and a remark of another length
--   growth  one more server
--   mixed   those two, another remark on the configuration, and another text for an event
-- The expression stands in an UPDATE, as it would with anybody.
CREATE TABLE bench.batch_edit (kind text PRIMARY KEY, expression text NOT NULL);
INSERT INTO bench.batch_edit VALUES
('fields', $$
	jsonb_array_update_where(doc, '{network_configuration,dns_servers}', 'id', to_jsonb(1 + bench.draw(%seed%, 50)),
		jsonb_build_object('address', bench.address(%seed%), 'remark', left(md5(%seed%), bench.draw(%seed% || 'l', 32))))
$$),
('growth', $$
	jsonb_array_upsert_where(doc, '{network_configuration,dns_servers}', 'id', to_jsonb(1000 + %n%),
		jsonb_build_object('id', 1000 + %n%, 'hostname', format('ns%s.fra.example.net', %n%), 'address', bench.address(%seed%), 'dnssec', %n% % 3 = 0))
$$),
('mixed', $$
	CASE %n% % 4
		WHEN 0 THEN jsonb_array_update_where(doc, '{network_configuration,dns_servers}', 'id', to_jsonb(1 + bench.draw(%seed%, 50)),
			jsonb_build_object('address', bench.address(%seed%), 'remark', left(md5(%seed%), bench.draw(%seed% || 'l', 32))))
		WHEN 1 THEN jsonb_array_upsert_where(doc, '{network_configuration,dns_servers}', 'id', to_jsonb(1 + bench.draw(%seed%, 300)),
			jsonb_build_object('id', 1 + bench.draw(%seed%, 300), 'hostname', format('ns%s.lis.example.net', %n%), 'address', bench.address(%seed%)))
		WHEN 2 THEN jsonb_merge_at_path(doc, jsonb_build_object('mtu', bench.draw(%seed%, 9000), 'remark', left(md5(%seed%), bench.draw(%seed% || 'l', 32))),
			'{network_configuration}')
		ELSE jsonb_merge_at_path(doc, (SELECT jsonb_build_object('note', event -> 'note') FROM bench.event AS e WHERE e.n = bench.draw(%seed%, 1000)),
			ARRAY['history', bench.draw(%seed%, 60)::text])
	END
$$);

CREATE PROCEDURE bench.edit_batch(a_storage text, a_kind text, from_edit int, to_edit int)
LANGUAGE plpgsql
AS $$
BEGIN
	FOR n IN from_edit .. to_edit LOOP
		EXECUTE replace(replace(format('UPDATE bench.batch_%s SET doc = %s', a_storage, expression), '%n%', '$1'), '%seed%', '($2 || id)')
		FROM bench.batch_edit WHERE kind = a_kind
		USING n, format('%s %s/', a_kind, n);
		COMMIT;
	END LOOP;
END
$$;

SELECT
	format('CALL bench.create_table(%L, %L)', 'bench.batch_' || storage, storage),
	format('CALL bench.create_table(%L, %L)', 'bench.batch_fresh_' || storage, storage)
FROM bench.storage
WHERE storage IN ('pglz', 'lz4')
\gexec

-- Nobody waits for these to reach the disk.
SET synchronous_commit = off;
SELECT
	CASE WHEN first THEN 'TRUNCATE bench.batch_' || storage END,
	CASE WHEN first THEN format(
		'INSERT INTO bench.batch_%s SELECT id, bench.allocation(51200, id) FROM generate_series(1, %s) AS id', storage, :batch_documents) END,
	format('CALL bench.edit_batch(%L, %L, %s, %s)', storage, kind, edited + 1, edits),
	format('VACUUM bench.batch_%s', storage),
	format('TRUNCATE bench.batch_fresh_%s', storage),
	format('INSERT INTO bench.batch_fresh_%s SELECT id, doc || ''{}'' FROM bench.batch_%s', storage, storage),
	format($$
		INSERT INTO bench.batch_size
		SELECT %L, %L, id, %s, pg_column_size(fresh.doc || '{}'), pg_column_size(edited.doc), pg_column_size(fresh.doc)
		FROM bench.batch_%s AS edited JOIN bench.batch_fresh_%s AS fresh USING (id)
	$$, storage, kind, edits, storage, storage),
	CASE WHEN last THEN format('SELECT %L', format('  %s, %s: %s edits of %s documents', storage, kind, edits, :batch_documents)) END
FROM (
	SELECT *,
		COALESCE(lag(edits) OVER each_batch, 0) AS edited,
		row_number() OVER each_batch = 1 AS first,
		edits = :batch_edits AS last
	FROM bench.storage, bench.batch_edit, (
		SELECT 1 AS edits
		UNION
		SELECT generate_series(50, :batch_edits, 50)) AS e
	WHERE storage IN ('pglz', 'lz4')
	WINDOW each_batch AS (PARTITION BY storage, kind ORDER BY edits)
) AS block
ORDER BY storage, kind, edits
\gexec
RESET synchronous_commit;

CREATE VIEW bench.batch AS
SELECT storage, kind, edits, count(*) AS documents,
	avg(stored_bytes / fresh_bytes::float8) AS mean, max(stored_bytes / fresh_bytes::float8) AS most,
	avg(plain_bytes) AS plain_bytes, avg(stored_bytes) AS stored_bytes, avg(fresh_bytes) AS fresh_bytes
FROM bench.batch_size
GROUP BY storage, kind, edits;

\ir tables_on.sql
SELECT storage, kind, edits, documents, round(mean::numeric, 4) AS mean, round(most::numeric, 4) AS most,
	round(plain_bytes) AS "document", round(stored_bytes) AS "stored", round(fresh_bytes) AS "fresh"
FROM bench.batch
WHERE edits IN (1, 100, 300, :batch_edits)
ORDER BY storage, kind, edits;
\echo 'stored size over that of a fresh compression'

INSERT INTO bench.bar (needs_time, what, at_most, measured, detail)
SELECT DISTINCT ON (storage, edits) false,
	format('stored size, %s, after %s: over that of a fresh compression, at worst', storage, CASE edits WHEN 1 THEN 'one edit' ELSE edits || ' edits' END),
	CASE edits WHEN 1 THEN 1.03 ELSE 1.12 END, most,
	format('%s; mean %s, of %s documents; at worst on the way %s', kind, round(mean::numeric, 4), documents,
		(SELECT round(max(b.most)::numeric, 4) FROM bench.batch AS b WHERE b.storage = batch.storage AND b.edits <= batch.edits))
FROM bench.batch
WHERE edits IN (1, :batch_edits)
ORDER BY storage, edits, most DESC;
