\echo
\echo '## On disk: one field, by storage and size'
\echo
\echo 'Microseconds a document.  "Ceiling" edits nothing: it stores another table''s stored value as it is, and'
\echo 'decompresses it once where it is compressed.  "Plain copy" is jsonb_ivm with `jsonb_ivm.compressed_splice = off`.'

CREATE VIEW bench.storage_report AS
SELECT g.subject, g.bytes, g.job, g.native, g.closest, g.plain_copy, g.ceiling, s.documents,
	max(median) FILTER (WHERE kind = 'jsonb_ivm') AS ours_ms,
	min(median) FILTER (WHERE way = closest) AS native_ms,
	max(median) FILTER (WHERE kind = 'plain copy') AS plain_copy_ms,
	max(median) FILTER (WHERE kind = 'ceiling') AS ceiling_ms,
	max(wal_bytes) FILTER (WHERE kind = 'jsonb_ivm') AS ours_wal,
	min(wal_bytes) FILTER (WHERE way = closest) AS native_wal,
	max(grown_bytes) FILTER (WHERE kind = 'jsonb_ivm') AS ours_grown,
	min(grown_bytes) FILTER (WHERE way = closest) AS native_grown
FROM bench.gain AS g
JOIN bench.timed AS t USING (part, subject, bytes, job)
JOIN bench.size AS s USING (bytes)
WHERE part = 'storage'
GROUP BY g.subject, g.bytes, g.job, g.native, g.closest, g.plain_copy, g.ceiling, s.documents;

SELECT bench.markdown($$
	SELECT subject AS stored, bench.size(bytes) AS document, job,
		bench.ms(1000 * native_ms / documents) AS "best native (µs)", bench.ms(1000 * plain_copy_ms / documents) AS "plain copy (µs)",
		bench.ms(1000 * ours_ms / documents) AS "jsonb_ivm (µs)", bench.ms(1000 * ceiling_ms / documents) AS "ceiling (µs)",
		bench.times(native) AS "times as fast as native", bench.times(plain_copy) AS "as plain copy",
		round(100 * ceiling::numeric) || ' %' AS "of the ceiling"
	FROM bench.storage_report
	ORDER BY subject, bytes, job
$$);
\echo 'WAL and growth of the table with its TOAST table, bytes a document (the native one beside it):'
SELECT bench.markdown($$
	SELECT subject AS stored, bench.size(bytes) AS document,
		round(ours_wal / documents) AS "WAL", round(native_wal / documents) AS "WAL, native",
		round(ours_grown / documents) AS "growth", round(native_grown / documents) AS "growth, native"
	FROM bench.storage_report
	WHERE job = 'place known'
	ORDER BY subject, bytes
$$);
\echo '![Times as fast as native, on disk](storage.svg)'

\pset fieldsep '\t'
\o :dir/storage.tsv
SELECT subject, bytes, native, native / plain_copy, native / ceiling FROM bench.storage_report WHERE job = 'element found by key' ORDER BY subject, bytes;
\o
\pset fieldsep '|'
