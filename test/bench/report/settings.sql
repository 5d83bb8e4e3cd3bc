SELECT '- ' || version();
SELECT '- ' || string_agg(format('%s=%s', name, current_setting(name)), ', ' ORDER BY name)
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'wal_level', 'wal_compression', 'shared_buffers', 'max_wal_size',
	'checkpoint_timeout', 'autovacuum', 'jit', 'work_mem', 'max_parallel_workers_per_gather', 'block_size');
SELECT format('- %s; %s s, the report not counted', CASE WHEN quick
	THEN '**QUICK=1**: few sizes, and too few samples to judge times by' ELSE 'the full run' END,
	round(extract(epoch FROM clock_timestamp() - started)))
FROM bench.session;
\echo
\echo 'Ways take turns, in another order each round.  A factor is the median, over the rounds, of the other way''s'
\echo 'time over that of jsonb_ivm in the same round; spread is from the fastest run to the slowest.'
