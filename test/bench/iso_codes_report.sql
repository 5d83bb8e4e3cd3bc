-- One line a document: microseconds a call takes natively (the best way) and with jsonb_ivm.
\pset footer off
SELECT
	file,
	sum(comparisons) AS comparisons,
	max(cell) FILTER (WHERE operator = 'array_update_where') AS "array_update_where",
	max(cell) FILTER (WHERE operator = 'array_upsert_where') AS "array_upsert_where",
	max(cell) FILTER (WHERE operator = 'merge_at_path') AS "merge_at_path",
	max(cell) FILTER (WHERE operator = 'has_path_changed') AS "has_path_changed"
FROM (
	-- what matches nothing unambiguously is not timed
	SELECT file, operator, comparisons, CASE WHEN native IS NULL THEN '-' ELSE format('%s / %s = %s x',
		to_char(native, 'FM99990.0'), to_char(jsonb_ivm, 'FM99990.0'), to_char(native / jsonb_ivm, 'FM9990.0')) END AS cell
	FROM iso.timing
) AS t
GROUP BY file
ORDER BY file;
\echo 'microseconds: native / jsonb_ivm = times as fast'
