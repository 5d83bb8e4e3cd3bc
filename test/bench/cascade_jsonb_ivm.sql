-- The cascade with jsonb_ivm: say what changed where; the WHERE on the foreign key finds the rows.
-- :server is the server's number, :updates what changed in its document.
UPDATE v_dns_server
SET data = jsonb_merge_at_path(data, :'updates', '{}')
WHERE id = :server;

UPDATE tv_network_configuration
SET data = jsonb_array_update_where(data, '{dns_servers}', 'id', :'server', :'updates')
WHERE id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);

UPDATE tv_allocation
SET data = jsonb_array_update_where(data, '{network_configuration,dns_servers}', 'id', :'server', :'updates')
WHERE network_configuration_id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);
