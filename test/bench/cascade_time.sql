-- Times :way, which is what the file :steps does, and compares what it leaves with a full rebuild.
SELECT clock_timestamp() AS started, pg_current_wal_insert_lsn() AS wal_position \gset
\ir :steps
INSERT INTO result
SELECT :'fanout', :'cache', :'way', :round,
	1000 * extract(epoch FROM clock_timestamp() - :'started'),
	pg_current_wal_insert_lsn() - :'wal_position'
RETURNING format('  %s, %s cache, round %s: %s: %s ms', fanout, cache, round, way, round(milliseconds::numeric, 1)) AS message \gset
\echo :message

SELECT
	count(*) AS differences,
	count(*) > 0 AS is_wrong,
	min(format('%s %s', tbl, id)) AS example
FROM difference \gset
\if :is_wrong
	\warn :fanout :way leaves :differences documents different from the full rebuild, such as :example
	DO $$ BEGIN RAISE EXCEPTION 'the cascade is wrong'; END $$;
\endif
