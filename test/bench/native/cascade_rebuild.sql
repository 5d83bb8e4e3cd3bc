-- The cascade by rebuilding every document that embeds the server from the base tables.
-- :server is its number.
UPDATE v_dns_server AS server
SET data = rebuilt.data
FROM rebuilt_v_dns_server AS rebuilt
WHERE rebuilt.id = server.id AND server.id = :server;

UPDATE tv_network_configuration AS configuration
SET data = rebuilt.data
FROM rebuilt_tv_network_configuration AS rebuilt
WHERE rebuilt.id = configuration.id
	AND configuration.id IN (
		SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);

-- The configuration comes from the projection that is already up to date again; the whole view
-- rebuilt_tv_allocation would build it anew for every allocation (1.75 s instead of 1.21 s).
UPDATE tv_allocation AS projection
SET data = jsonb_build_object(
	'id', allocation.id, 'hostname', hostname, 'address', address, 'mac', mac, 'status', status,
	'monthly_cost', monthly_cost, 'allocated_at', allocated_at,
	'network_configuration', configuration.data,
	'history', (
		SELECT jsonb_agg(jsonb_build_object(
			'id', event.id, 'at', at, 'actor', actor, 'action', action, 'ticket', ticket, 'note', note, 'digest', digest)
			ORDER BY seq)
		FROM tb_allocation_event AS event
		WHERE event.allocation_id = allocation.id))
FROM tb_allocation AS allocation
JOIN tv_network_configuration AS configuration ON configuration.id = allocation.network_configuration_id
WHERE allocation.id = projection.id
	AND projection.network_configuration_id IN (
		SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);
