-- What all documents must be once the server of :fanout has changed: a full rebuild.
SELECT dns_server_id AS server FROM fanout WHERE kind = :'fanout' \gset
BEGIN;
TRUNCATE expected;
CALL restore_scenario();
CALL change_server(:server);
INSERT INTO expected
SELECT 'v_dns_server', id, data FROM rebuilt_v_dns_server
UNION ALL
SELECT 'tv_network_configuration', id, data FROM rebuilt_tv_network_configuration
UNION ALL
SELECT 'tv_allocation', id, data FROM rebuilt_tv_allocation;
-- A change that changes nothing would make every way right.
SELECT 1 / (count(*) > 0)::int AS documents_change FROM difference \gset
COMMIT;
VACUUM ANALYZE expected;

SELECT jsonb_build_object('address', address, 'updated_at', updated_at) AS updates
FROM rebuilt_v_dns_server, jsonb_to_record(data) AS server (address jsonb, updated_at jsonb)
WHERE id = :server \gset
