\echo
\echo '## In memory: the grid'
\echo
\echo 'Five shapes of documents from 100 bytes to 10 MB, and arrays of 5 to 100,000 elements; each operator with matches'
\echo 'at the beginning, the middle and the end, with none, and what else applies.  Times as fast as the best native'
\echo 'way: the geometric mean over shapes and cases, and the case that is closest to native.'

CREATE VIEW bench.grid_cell AS
SELECT shape, bytes, p.operator, p.what, 1 / p.ratio AS factor, p.jsonb_ivm / copy.microseconds AS copies
FROM (
	SELECT shape, bytes, operator, what, percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) AS ratio,
		min(microseconds) FILTER (WHERE kind = 'jsonb_ivm') AS jsonb_ivm
	FROM bench.grid_result
	WHERE kind <> 'copy'
	GROUP BY shape, bytes, operator, what) AS p
JOIN bench.grid_result AS copy USING (shape, bytes)
WHERE copy.kind = 'copy';

CREATE VIEW bench.grid_summary AS
SELECT shape = 'elements' AS is_array, bytes, operator,
	exp(avg(ln(factor))) AS factor, min(factor) AS least, exp(avg(ln(copies))) AS copies
FROM bench.grid_cell
GROUP BY is_array, bytes, operator;

SELECT bench.markdown($$
	SELECT bench.size(bytes) AS document,
		max(cell) FILTER (WHERE operator = 'array_update_where') AS "array_update_where",
		max(cell) FILTER (WHERE operator = 'array_upsert_where') AS "array_upsert_where",
		max(cell) FILTER (WHERE operator = 'merge_at_path') AS "merge_at_path",
		max(cell) FILTER (WHERE operator = 'has_path_changed') AS "has_path_changed"
	FROM (SELECT *, bench.times(factor) || ', at least ' || bench.times(least) AS cell FROM bench.grid_summary WHERE NOT is_array) AS s
	GROUP BY bytes ORDER BY bytes
$$);
\echo 'The same over the length of an array of small objects, which is the document:'
SELECT bench.markdown($$
	SELECT bytes / 40 AS elements,
		max(cell) FILTER (WHERE operator = 'array_update_where') AS "array_update_where",
		max(cell) FILTER (WHERE operator = 'array_upsert_where') AS "array_upsert_where",
		max(cell) FILTER (WHERE operator = 'merge_at_path') AS "merge_at_path",
		max(cell) FILTER (WHERE operator = 'has_path_changed') AS "has_path_changed"
	FROM (SELECT *, bench.times(factor) || ', at least ' || bench.times(least) AS cell FROM bench.grid_summary WHERE is_array) AS s
	GROUP BY bytes ORDER BY bytes
$$);
\echo 'Time over that of a plain copy of the document, which is the floor for whoever returns a plain one (geometric'
\echo 'means; `has_path_changed` returns no document):'
SELECT bench.markdown($$
	SELECT bench.size(bytes) AS document, CASE WHEN is_array THEN 'array' ELSE 'five shapes' END AS shape,
		round(max(copies) FILTER (WHERE operator = 'array_update_where')::numeric, 2) AS "array_update_where",
		round(max(copies) FILTER (WHERE operator = 'array_upsert_where')::numeric, 2) AS "array_upsert_where",
		round(max(copies) FILTER (WHERE operator = 'merge_at_path')::numeric, 2) AS "merge_at_path",
		round(max(copies) FILTER (WHERE operator = 'has_path_changed')::numeric, 2) AS "has_path_changed"
	FROM bench.grid_summary
	GROUP BY is_array, bytes ORDER BY is_array, bytes
$$);
\echo '![Times as fast as native, in memory](grid.svg)'

\pset fieldsep '\t'
\o :dir/grid.tsv
SELECT operator, bytes, factor, least, copies FROM bench.grid_summary WHERE NOT is_array ORDER BY operator, bytes;
\o :dir/elements.tsv
SELECT operator, bytes / 40, factor, least, copies FROM bench.grid_summary WHERE is_array ORDER BY operator, bytes;
\o
\pset fieldsep '|'
