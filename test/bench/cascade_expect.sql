-- What all documents must be once the servers of :fanout have changed: a full rebuild.
BEGIN;
TRUNCATE expected;
CALL restore_scenario();
SELECT format('CALL %I(%s)', change, server) FROM cascade, unnest(servers) AS server WHERE fanout = :'fanout' \gexec
INSERT INTO expected
SELECT 'v_dns_server', id, data FROM rebuilt_v_dns_server
UNION ALL
SELECT 'tv_network_configuration', id, data FROM rebuilt_tv_network_configuration
UNION ALL
SELECT 'tv_allocation', id, data FROM rebuilt_tv_allocation;
-- A change that changes nothing would make every way right.
SELECT 1 / (EXISTS (TABLE difference) = (change = 'change_server'))::int AS documents_change
FROM cascade WHERE fanout = :'fanout' \gset
COMMIT;
VACUUM ANALYZE expected;
\ir cascade_variables.sql
