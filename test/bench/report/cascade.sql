\echo
\echo '## The cascade'
\echo
\echo 'Changed servers propagate to every document that embeds them, and what is there then equals a full rebuild.'
\echo 'Wide: 100 configurations and 500 allocations of 50 KB.  Narrow: 2 and 10.  Cold: the server was restarted and the'
\echo 'kernel told to forget its files'' pages (`posix_fadvise`, by `dd iflag=nocache`); what lies below the kernel may'
\echo 'still have them.  In sequence: one transaction for each of many servers; then all of them in one transaction.'
\echo 'Checked: the statement says `WHERE NOT data @> …`, for changes that may be none.'
SELECT bench.markdown($$
	SELECT fanout AS cascade, cache, way, rounds, bench.ms(median) AS "median (ms)", bench.ms(fastest) || ' to ' || bench.ms(slowest) AS spread,
		round(wal_bytes / 1000) AS "WAL (kB)", bench.times(factor) AS "over jsonb_ivm's"
	FROM bench.cascade
	ORDER BY array_position(ARRAY['wide', 'narrow', 'in sequence', 'in one transaction', 'nothing changes'], fanout), cache DESC, cascade.median DESC
$$);
\echo '![The cascade](cascade.svg)'
\pset fieldsep '\t'
\o :dir/cascade.tsv
SELECT fanout || CASE cache WHEN 'cold' THEN ', cold' ELSE '' END,
	max(factor) FILTER (WHERE way = 'rebuild'), max(factor) FILTER (WHERE way = 'reaggregation'), max(factor) FILTER (WHERE way = 'native')
FROM bench.cascade_gain
GROUP BY fanout, cache
ORDER BY array_position(ARRAY['wide', 'narrow', 'in sequence', 'in one transaction', 'nothing changes'], fanout), cache DESC;
\o
\pset fieldsep '|'
