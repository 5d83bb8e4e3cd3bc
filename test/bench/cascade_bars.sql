-- Round by round against each other way.
CREATE VIEW bench.cascade AS
SELECT r.fanout, r.cache, r.way, count(*) AS rounds,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY r.milliseconds) AS median, min(r.milliseconds) AS fastest, max(r.milliseconds) AS slowest,
	min(r.wal_bytes) AS wal_bytes,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY r.milliseconds / ours.milliseconds) AS factor
FROM result AS r
JOIN result AS ours USING (fanout, cache, round)
WHERE ours.way = 'jsonb_ivm'
GROUP BY r.fanout, r.cache, r.way;

-- The best of several counts.
CREATE VIEW bench.cascade_gain AS
SELECT fanout, cache, CASE WHEN way IN ('jsonb_set', 'position') THEN 'native' ELSE way END AS way,
	min(factor) AS factor, min(rounds) AS rounds
FROM bench.cascade
GROUP BY 1, 2, 3;

\ir tables_on.sql
SELECT fanout AS "fan-out", cache, way, to_char(median, 'FM99990.0') AS "median (ms)",
	to_char(fastest, 'FM99990.0') || ' to ' || to_char(slowest, 'FM99990.0') AS spread,
	to_char(wal_bytes, 'FM999,999,999,990') AS "WAL (bytes)", to_char(factor, 'FM9990.00') || ' x' AS "jsonb_ivm's time"
FROM bench.cascade
ORDER BY fanout DESC, cache DESC, median DESC;

-- The checked ways do another job where something changes, so they are not among those of the bars.
INSERT INTO bench.bar (what, at_least, measured, detail)
SELECT format('cascade, %s, %s cache: times as fast as %s', fanout, cache, rival), required, factor,
	format('median of %s rounds', rounds)
FROM (VALUES
	('wide', 'rebuild', 'the full rebuild', 5),
	('wide', 'native', 'the best native SQL', 4),
	('nothing changes', 'rebuild', 'the full rebuild', 10),
	('nothing changes', 'native', 'the best native SQL that does not check', 10)) AS bar (fanout, way, rival, required)
JOIN bench.cascade_gain USING (fanout, way)
WHERE cache = 'warm';
