\echo
\echo '## Concurrency'
\echo
\echo 'pgbench, one server of a 50 KB document (pglz) a transaction, synchronous commits.  Disjoint: each client has'
\echo 'documents of its own.  Shared: all clients edit the same four.'
SELECT bench.markdown($$
	SELECT documents, clients, way, round(median) AS "median (tps)", round(slowest) || ' to ' || round(fastest) AS spread,
		bench.times(factor) AS "jsonb_ivm's tps over it"
	FROM bench.concurrency
	ORDER BY documents, clients, concurrency.median
$$);
\echo '![Concurrency](concurrency.svg)'
\pset fieldsep '\t'
\o :dir/concurrency.tsv
SELECT documents, clients, max(median) FILTER (WHERE way = 'jsonb_ivm'), max(median) FILTER (WHERE way <> 'jsonb_ivm')
FROM bench.concurrency
GROUP BY documents, clients
ORDER BY documents, clients;
\o
\pset fieldsep '|'
