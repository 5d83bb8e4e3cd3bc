\echo
\echo '## Tables as people have them'
\echo
\echo 'What looks at the new document has to decompress it; natively the new one is plain at that moment.  50 KB, pglz,'
\echo 'each thing alone.'
SELECT bench.markdown($$
	SELECT subject AS "the table has", bench.times(native) AS "times as fast as native", bench.times(plain_copy) AS "as plain copy",
		(SELECT bench.ms(median) FROM bench.timed AS t WHERE t.part = g.part AND t.subject = g.subject AND way = closest) AS "native (ms)",
		(SELECT bench.ms(median) FROM bench.timed AS t WHERE t.part = g.part AND t.subject = g.subject AND kind = 'jsonb_ivm') AS "jsonb_ivm (ms)",
		round((100 * (native - 1) / ((SELECT native FROM bench.gain WHERE part = 'tables' AND subject = 'nothing else') - 1))::numeric) || ' %' AS "gain left"
	FROM bench.gain AS g
	WHERE part = 'tables'
	ORDER BY g.native DESC
$$);
\echo '![Tables as people have them](tables.svg)'
\pset fieldsep '\t'
\o :dir/tables.tsv
SELECT subject, native, plain_copy FROM bench.gain WHERE part = 'tables' ORDER BY native DESC;
\o
\pset fieldsep '|'
