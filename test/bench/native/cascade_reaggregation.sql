-- The cascade by aggregating the array again and setting the object that holds it.
-- :server is the server's number, :updates what changed in its document.
UPDATE v_dns_server
SET data = data || :'updates'
WHERE id = :server;

UPDATE tv_network_configuration
SET data = jsonb_set(data, '{dns_servers}', (
	SELECT jsonb_agg(CASE WHEN element -> 'id' = :'server' THEN element || :'updates' ELSE element END ORDER BY n)
	FROM jsonb_array_elements(data -> 'dns_servers') WITH ORDINALITY AS e (element, n)))
WHERE id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);

UPDATE tv_allocation AS allocation
SET data = jsonb_set(allocation.data, '{network_configuration}', configuration.data)
FROM tv_network_configuration AS configuration
WHERE configuration.id = allocation.network_configuration_id
	AND allocation.network_configuration_id IN (
		SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);
