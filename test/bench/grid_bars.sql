-- What the grid must show: nowhere slower than native, and time that grows as the document does.
INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT format('%s on the grid: time over that of the best native way, at worst', operator), 1.05, ratio,
	format('%s, %s bytes, %s: %s us against %s us; slower at %s of %s points', shape, actual_bytes, what,
		round(jsonb_ivm::numeric, 3), round(native::numeric, 3), slower, points)
FROM (
	SELECT *, jsonb_ivm / native AS ratio,
		row_number() OVER (PARTITION BY operator ORDER BY jsonb_ivm / native DESC) AS rank,
		count(*) FILTER (WHERE jsonb_ivm > 1.05 * native) OVER (PARTITION BY operator) AS slower,
		count(*) OVER (PARTITION BY operator) AS points
	FROM (
		SELECT shape, actual_bytes, operator, what,
			min(microseconds) FILTER (WHERE kind = 'native') AS native,
			min(microseconds) FILTER (WHERE kind = 'jsonb_ivm') AS jsonb_ivm
		FROM bench.grid_result
		GROUP BY shape, actual_bytes, operator, what) AS f
) AS ranked
WHERE rank = 1
ORDER BY operator;

-- Nanoseconds a byte, in the case that has to work most.
\ir tables_on.sql
SELECT shape, actual_bytes AS bytes,
	round(max(ns) FILTER (WHERE operator = 'array_update_where' AND kind = 'jsonb_ivm')::numeric, 4) AS "array_update_where",
	round(max(ns) FILTER (WHERE operator = 'array_upsert_where' AND kind = 'jsonb_ivm')::numeric, 4) AS "array_upsert_where",
	round(max(ns) FILTER (WHERE operator = 'merge_at_path' AND kind = 'jsonb_ivm')::numeric, 4) AS "merge_at_path",
	round(max(ns) FILTER (WHERE operator = 'has_path_changed' AND kind = 'jsonb_ivm')::numeric, 4) AS "has_path_changed",
	round(min(ns) FILTER (WHERE operator = 'array_update_where' AND kind = 'native')::numeric, 4) AS "native array_update_where"
FROM (
	SELECT *, 1000 * microseconds / actual_bytes AS ns
	FROM bench.grid_result
	WHERE what IN ('last', 'object', 'root, same')) AS g
GROUP BY shape, actual_bytes
ORDER BY shape, actual_bytes;
\echo 'nanoseconds a byte (last match; object; root, same)'

-- The exponent k of time = c * size^k, fitted over documents of 10 KB and more: below that the call
-- itself shows.  Moving bytes alone has an exponent above 1 here, because small documents stay in the processor's caches
-- and large ones do not; but a step in size may never cost a multiple of the step.
CREATE TABLE bench.growth AS
SELECT shape, operator, what, kind, way,
	regr_slope(ln(microseconds), ln(actual_bytes)) AS exponent
FROM bench.grid_result
WHERE actual_bytes >= 8000
GROUP BY shape, operator, what, kind, way;

SELECT operator, what,
	round(max(exponent) FILTER (WHERE kind = 'jsonb_ivm')::numeric, 3) AS "jsonb_ivm, largest",
	round(max(exponent) FILTER (WHERE kind = 'native')::numeric, 3) AS "native, largest"
FROM bench.growth
GROUP BY operator, what
ORDER BY operator, what;
\echo 'exponents of time over document size, the largest of all shapes'

INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT 'growth: the largest exponent of time over document size', 1.15, exponent,
	format('%s, %s, %s', operator, what, shape)
FROM bench.growth
WHERE kind = 'jsonb_ivm'
ORDER BY exponent DESC
LIMIT 1;
