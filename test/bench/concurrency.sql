-- What concurrency.sh measured.  Round by round, as everywhere.
CREATE VIEW bench.concurrency AS
SELECT documents, clients, r.way,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY r.tps) AS median, min(r.tps) AS slowest, max(r.tps) AS fastest,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY ours.tps / r.tps) AS factor
FROM bench.concurrency_result AS r
JOIN bench.concurrency_result AS ours USING (documents, clients, round)
WHERE ours.way = 'jsonb_ivm'
GROUP BY documents, clients, r.way;

\ir tables_on.sql
SELECT documents, clients, way, round(median) AS "median (tps)",
	round(slowest) || ' to ' || round(fastest) AS spread, round(factor::numeric, 2) || ' x' AS "jsonb_ivm's tps"
FROM bench.concurrency
ORDER BY documents, clients, median;
