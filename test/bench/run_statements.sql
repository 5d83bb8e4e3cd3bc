-- Runs the statements of :part, :disk_rounds times, each in another order; each finds its table freshly
-- loaded, and pays for its own full-page images.
\ir tables_off.sql
SELECT extract(epoch FROM clock_timestamp()) AS started \gset
SELECT
	'TRUNCATE ' || target,
	format('INSERT INTO %s (id, doc) SELECT id, doc FROM %s ORDER BY id', target, pristine),
	'VACUUM (FREEZE, ANALYZE) ' || target,
	'CHECKPOINT',
	format('CALL bench.time_statement(%s, %s)', n, round),
	CASE WHEN last THEN format(
		'SELECT format(%L, to_char((extract(epoch FROM clock_timestamp()) - %s) * %s, %L))',
		format('  %s, round %s of %s; about %%s s left', part, round, :disk_rounds),
		:started, (:disk_rounds - round)::numeric / round, 'FM99990') END
FROM (
	SELECT *, row_number() OVER (PARTITION BY round ORDER BY subject DESC, bytes DESC, job DESC, turn DESC) = 1 AS last
	FROM bench.statement, generate_series(1, :disk_rounds) AS round, md5(n || ' ' || round) AS turn
	WHERE part = :'part'
) AS run
ORDER BY round, subject, bytes, job, turn
\gexec

\ir tables_on.sql
SELECT subject, pg_size_pretty(bytes::bigint) AS bytes, job, way,
	to_char(median, 'FM99990.0') AS "median (ms)",
	to_char(fastest, 'FM99990.0') || ' to ' || to_char(slowest, 'FM99990.0') AS spread,
	to_char(wal_bytes, 'FM999,999,999,990') AS "WAL (bytes)",
	to_char(grown_bytes, 'FM999,999,999,990') AS "growth (bytes)",
	to_char((SELECT factor FROM bench.against AS a
		WHERE (a.part, a.subject, a.bytes, a.job, a.way) = (timed.part, timed.subject, timed.bytes, timed.job, timed.way)),
		'FM9990.00') || ' x' AS "jsonb_ivm's time"
FROM bench.timed
WHERE part = :'part'
ORDER BY subject, timed.bytes, job, median DESC;
