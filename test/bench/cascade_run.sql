-- One run: the cascade for :server by :way, whose statements are in the file :script.
CALL restore_scenario();
VACUUM (FREEZE, ANALYZE) tb_dns_server, v_dns_server, tv_network_configuration, tv_allocation;
CHECKPOINT;

SELECT clock_timestamp() AS started, pg_current_wal_insert_lsn() AS wal_position \gset
BEGIN;
CALL change_server(:server);
\ir :script
COMMIT;
INSERT INTO result
SELECT :'fanout', :'way', :round,
	1000 * extract(epoch FROM clock_timestamp() - :'started'),
	pg_current_wal_insert_lsn() - :'wal_position'
RETURNING format('  %s, round %s: %s: %s ms', fanout, round, way, round(milliseconds::numeric, 1)) AS message \gset
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
