--
-- The peaks that the probe of the test module sees.  Smaller documents come
-- first, so everything that is loaded once is there.
--
SELECT format($q$UPDATE peak SET allocated = jsonb_ivm_test.peak_memory(
		format('SELECT pg_column_size(%%s) FROM document WHERE storage = %%L AND shape = %%L AND size = %%s',
			   CASE kind WHEN 'ours' THEN ours ELSE native END, storage, shape, size), %L)
	FROM way WHERE n = way AND size = %s$q$, size = 1024, size),
	format($q$SELECT '  %s'$q$, pg_size_pretty(size::bigint))
FROM size ORDER BY size
\gexec
