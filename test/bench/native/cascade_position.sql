-- The cascade by native SQL that knows where the server is: the base table has its position in each
-- array, so nothing is searched for.
-- This is the quickest that was found (7 rounds, wide, the fastest of each, on a busy machine):
--     796 ms   jsonb_set() at the position in the base table
--     871 ms   find the server's index in each array, jsonb_set() (cascade_jsonb_set.sql)
--     900 ms   the position for the configurations, then allocation || jsonb_build_object() with those
--     909 ms   re-aggregation for the configurations, then jsonb_set() of those (cascade_reaggregation.sql)
--    1627 ms   full rebuild (cascade_rebuild.sql)
--    1691 ms   full rebuild, with the histories aggregated in one GROUP BY instead of one by one
-- :server is the server's number, :updates what changed in its document.
UPDATE v_dns_server
SET data = data || :'updates'
WHERE id = :server;

UPDATE tv_network_configuration AS configuration
SET data = jsonb_set(configuration.data, ARRAY['dns_servers', link.position::text], server.data)
FROM tb_network_configuration_dns_server AS link, v_dns_server AS server
WHERE link.network_configuration_id = configuration.id AND link.dns_server_id = server.id AND server.id = :server;

UPDATE tv_allocation AS allocation
SET data = jsonb_set(allocation.data, ARRAY['network_configuration', 'dns_servers', link.position::text], server.data)
FROM tb_network_configuration_dns_server AS link, v_dns_server AS server
WHERE link.network_configuration_id = allocation.network_configuration_id AND link.dns_server_id = server.id AND server.id = :server;
