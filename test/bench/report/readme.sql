-- The tables that README.md quotes, to be put in place of its old ones.  Needs the parts ratios, storage,
-- cascade, tables and concurrency.
\echo '### In memory'
\echo
\echo '| edit | re-aggregation | best native | `jsonb_ivm` | times as fast |'
\echo '| --- | --- | --- | --- | --- |'
SELECT format('| %s | %s | %s µs | %s µs | %s |', label, COALESCE(to_char(reaggregation, 'FM999,990') || ' µs', ''),
	to_char(native, 'FM999,990'), to_char(ours, CASE WHEN ours < 10 THEN 'FM990.0' ELSE 'FM999,990' END),
	COALESCE(round(reaggregation / ours) || ' and ', '') || round(native / ours))
FROM (
	SELECT n, name,
		(min(median) FILTER (WHERE way = 're-aggregation'))::numeric AS reaggregation,
		(min(median) FILTER (WHERE kind = 'native'))::numeric AS native,
		(min(median) FILTER (WHERE kind = 'jsonb_ivm'))::numeric AS ours
	FROM bench.ratio GROUP BY n, name) AS r
JOIN (VALUES
	('array_update_where, 50 elements', 'the middle one of 50 elements, 12 KB'),
	('array_update_where, 1000 elements', 'of 1,000 elements, 240 KB'),
	('array_update_where, 10000 elements', 'of 10,000 elements, 2.4 MB'),
	('merge_at_path, 50 KB, {network_configuration}', 'merge into an object of a 50 KB document'),
	('merge_at_path, 50 KB, {network_configuration,dns_servers,24}', 'merge into an array element of a 50 KB document')
) AS l (name, label) USING (name)
ORDER BY n;

\echo
\echo '### One element found by its key, on disk: times as fast as the best native UPDATE'
SELECT bench.markdown($$
	SELECT subject AS "stored",
		max(bench.times(native)) FILTER (WHERE bytes = 1024) AS "1 KB",
		max(bench.times(native)) FILTER (WHERE bytes = 4096) AS "4 KB",
		max(bench.times(native)) FILTER (WHERE bytes = 16384) AS "16 KB",
		max(bench.times(native)) FILTER (WHERE bytes = 51200) AS "50 KB",
		max(bench.times(native / ceiling)) FILTER (WHERE bytes = 51200) AS "ceiling at 50 KB",
		max(bench.times(native)) FILTER (WHERE bytes = 256000) AS "250 KB",
		max(bench.times(native)) FILTER (WHERE bytes = 2097152) AS "2 MB"
	FROM bench.gain
	WHERE part = 'storage' AND job = 'element found by key'
	GROUP BY subject
	ORDER BY array_position(ARRAY['pglz', 'lz4', 'external', 'inline'], subject)
$$);
\echo '### The cascade: milliseconds, and times as fast'
SELECT bench.markdown($$
	SELECT fanout || CASE cache WHEN 'cold' THEN ', cold' ELSE '' END AS "cascade",
		round(max(median) FILTER (WHERE way = 'rebuild')) AS "full rebuild",
		round(max(median) FILTER (WHERE way = 'reaggregation')) AS "re-aggregation",
		round(min(median) FILTER (WHERE way IN ('jsonb_set', 'position'))) AS "best native",
		round(max(median) FILTER (WHERE way = 'jsonb_ivm')) AS "`jsonb_ivm`",
		bench.times(max(factor) FILTER (WHERE way = 'rebuild')) || ' and ' || bench.times(min(factor) FILTER (WHERE way IN ('jsonb_set', 'position'))) AS "as rebuild and best native"
	FROM bench.cascade
	GROUP BY fanout, cache
	ORDER BY array_position(ARRAY['wide', 'narrow', 'in sequence', 'in one transaction', 'nothing changes'], fanout), cache DESC
$$);
\echo '### Tables as people have them'
SELECT bench.markdown($$
	SELECT subject AS "the table has", bench.times(native) AS "times as fast as native"
	FROM bench.gain WHERE part = 'tables' ORDER BY native DESC
$$);
\echo '### Concurrency: transactions a second'
SELECT bench.markdown($$
	SELECT documents, clients, round(max(median) FILTER (WHERE way <> 'jsonb_ivm')) AS "native", round(max(median) FILTER (WHERE way = 'jsonb_ivm')) AS "`jsonb_ivm`"
	FROM bench.concurrency GROUP BY documents, clients ORDER BY documents, clients
$$);
