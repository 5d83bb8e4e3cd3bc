-- UPDATEs of stored documents of 50 KB, by how they are stored.  No one may be slower than the best
-- native UPDATE.  Needs harness.sql, bars.sql, and the scenario in the search path.
\ir tables_off.sql
CREATE TABLE bench.storage (storage text PRIMARY KEY, setting text NOT NULL);
INSERT INTO bench.storage VALUES ('pglz', 'STORAGE EXTENDED'), ('external', 'STORAGE EXTERNAL');
-- Method names came with version 14; whether lz4 is among them depends on the build.
UPDATE bench.storage SET setting = 'COMPRESSION pglz'
WHERE storage = 'pglz' AND current_setting('server_version_num')::int >= 140000;
INSERT INTO bench.storage
SELECT 'lz4', 'COMPRESSION lz4'
FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals);

-- "data || '{}'" is the document itself, but plain: so it is stored as the column says.
SELECT
	format('CREATE TABLE bench.pristine_%s (id int PRIMARY KEY, doc jsonb)', storage),
	format('ALTER TABLE bench.pristine_%s ALTER COLUMN doc SET %s', storage, setting),
	format('INSERT INTO bench.pristine_%s SELECT id, data || ''{}'' FROM tv_allocation ORDER BY id LIMIT %s', storage, :disk_rows),
	format('CREATE TABLE bench.disk_%s (LIKE bench.pristine_%s INCLUDING ALL)', storage, storage)
FROM bench.storage
\gexec

-- Natively it pays to detoast only once where the document is used twice: "doc || '{}'" does that.
CREATE TABLE bench.update AS
SELECT
	name, n, way.way || suffix AS way, kind,
	format(form, bench.expand(expression, path, key, value, change)) AS expression
FROM (VALUES
	('update_where, in few documents', 1, 'array_update_where', '{network_configuration,dns_servers}'::text[], 'id',
		(SELECT data #> '{network_configuration,dns_servers,24,id}' FROM tv_allocation WHERE id = 1),
		'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'::jsonb),
	('update_where, in every document', 2, 'array_update_where', '{network_configuration,dns_servers}', 'id', '1',
		'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'),
	('upsert_where, in every document', 3, 'array_upsert_where', '{network_configuration,dns_servers}', 'id', '1',
		'{"id": 1, "address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'),
	('merge_at_path', 4, 'merge_at_path', '{network_configuration}', NULL, NULL,
		'{"mtu": 9000, "note": "a change", "updated_at": "2025-06-01T12:00:00"}')
) AS job (name, n, operator, path, key, value, change)
JOIN bench.way USING (operator)
CROSS JOIN (VALUES
	('', '%s', NULL),
	(', detoasted once', '(SELECT %s FROM (SELECT doc || ''{}'' AS doc OFFSET 0) AS d)', 'native')) AS v (suffix, form, for_kind)
WHERE root IS DISTINCT FROM true AND (for_kind IS NULL OR for_kind = kind);

CREATE TABLE bench.disk_result (storage text, name text, n int, way text, kind text, round int, milliseconds float8, waited float8, wal_bytes numeric);

-- The UPDATE alone: its commit waits for the disk, and for as many bytes whatever the way.
CREATE PROCEDURE bench.timed_update(a_storage text, job bench.update, round int)
LANGUAGE plpgsql
AS $$
DECLARE
	wal_position pg_lsn := pg_current_wal_insert_lsn();
	waited float8 := bench.waited();
	started timestamptz := clock_timestamp();
	elapsed float8;
BEGIN
	EXECUTE format('UPDATE bench.disk_%s SET doc = %s', a_storage, job.expression);
	elapsed := 1000 * extract(epoch FROM clock_timestamp() - started);
	INSERT INTO bench.disk_result VALUES (a_storage, job.name, job.n, job.way, job.kind, round,
		elapsed, (bench.waited() - waited) / 1000 / elapsed, pg_current_wal_insert_lsn() - wal_position);
END
$$;

-- Every run finds freshly loaded tables, and pays for its own full-page images.
SELECT
	format('TRUNCATE bench.disk_%s', storage),
	format('INSERT INTO bench.disk_%s SELECT * FROM bench.pristine_%s', storage, storage),
	format('VACUUM (FREEZE, ANALYZE) bench.disk_%s', storage),
	'CHECKPOINT',
	format('DO $do$ DECLARE job bench.update; BEGIN SELECT * INTO job FROM bench.update WHERE name = %L AND way = %L; CALL bench.timed_update(%L, job, %s); END $do$',
		name, way, storage, round),
	CASE WHEN last THEN format('SELECT %L', format('  %s, round %s', storage, round)) END
FROM (
	SELECT *, row_number() OVER (PARTITION BY storage, round ORDER BY n DESC, way DESC) = 1 AS last
	FROM bench.storage, bench.update, generate_series(1, :disk_rounds) AS round
) AS run
ORDER BY storage, round, n, way
\gexec

-- An UPDATE cannot be repeated on the spot when others took the processor from it; but of each way's
-- runs the half that had to wait most for a processor can be left out.  On an idle machine that is chance.
CREATE VIEW bench.disk AS
SELECT storage, name, n, way, kind,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE rank <= (runs + 1) / 2) AS median,
	min(milliseconds) AS fastest, max(milliseconds) AS slowest, min(wal_bytes) AS wal_bytes
FROM (
	SELECT *,
		row_number() OVER (PARTITION BY storage, n, way ORDER BY waited) AS rank,
		count(*) OVER (PARTITION BY storage, n, way) AS runs
	FROM bench.disk_result) AS ranked
GROUP BY storage, name, n, way, kind;

\ir tables_on.sql
SELECT storage, name AS "update", way,
	to_char(median, 'FM99990.0') AS "median (ms)",
	to_char(fastest, 'FM99990.0') || ' to ' || to_char(slowest, 'FM99990.0') AS spread,
	to_char(wal_bytes, 'FM999,999,999,990') AS "WAL (bytes)",
	to_char(median / (
		SELECT median FROM bench.disk AS ours
		WHERE ours.storage = disk.storage AND ours.n = disk.n AND kind = 'jsonb_ivm'), 'FM9990.00') || ' x' AS "jsonb_ivm's time"
FROM bench.disk
ORDER BY storage, n, median DESC;

-- Round by round against each native way, so that what slows the machine for a while slows both; the
-- way that comes closest counts.
INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT DISTINCT ON (storage, n)
	format('on disk, %s, %s: time over that of the best native UPDATE', storage, name), 1.0, ratio,
	format('against %s, median of %s rounds', way, rounds)
FROM (
	SELECT rival.storage, rival.n, rival.name, rival.way, count(*) AS rounds,
		percentile_cont(0.5) WITHIN GROUP (ORDER BY ours.milliseconds / rival.milliseconds) AS ratio
	FROM bench.disk_result AS rival
	JOIN bench.disk_result AS ours USING (storage, n, round)
	WHERE rival.kind = 'native' AND ours.kind = 'jsonb_ivm'
	GROUP BY rival.storage, rival.n, rival.name, rival.way) AS paired
ORDER BY storage, n, ratio DESC;
