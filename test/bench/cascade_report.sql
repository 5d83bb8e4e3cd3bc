-- The best round of each way, and how many times as fast as each other way it was.
\pset footer off
WITH best AS (
	SELECT fanout, way, min(milliseconds) AS milliseconds, min(wal_bytes) AS wal_bytes
	FROM result
	GROUP BY fanout, way
), rival AS (
	SELECT
		fanout,
		max(milliseconds) FILTER (WHERE way = 'rebuild') AS rebuild,
		max(milliseconds) FILTER (WHERE way = 'reaggregation') AS reaggregation,
		min(milliseconds) FILTER (WHERE way IN ('jsonb_set', 'position')) AS native
	FROM best
	GROUP BY fanout
)
SELECT
	fanout AS "fan-out",
	label AS "way",
	to_char(milliseconds, 'FM99990.0') AS "time (ms)",
	to_char(wal_bytes, 'FM999,999,999,990') AS "WAL (bytes)",
	to_char(rebuild / milliseconds, 'FM9990.00') || ' x' AS "vs rebuild",
	to_char(reaggregation / milliseconds, 'FM9990.00') || ' x' AS "vs re-aggregation",
	to_char(native / milliseconds, 'FM9990.00') || ' x' AS "vs best native"
FROM best
JOIN rival USING (fanout)
JOIN (VALUES
	(1, 'rebuild', 'full rebuild from the base tables'),
	(2, 'reaggregation', 're-aggregation + jsonb_set'),
	(3, 'jsonb_set', 'native: find index, jsonb_set'),
	(4, 'position', 'native: index from the base tables, jsonb_set'),
	(5, 'jsonb_ivm', 'jsonb_ivm')) AS label (n, way, label) USING (way)
ORDER BY fanout DESC, n;
