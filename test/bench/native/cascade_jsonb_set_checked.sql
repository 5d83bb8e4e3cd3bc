-- The cascade by the best native SQL for a change that may be none: as cascade_jsonb_set.sql, but a
-- document that has the server as it is to be is left alone.  Containment says so after detoasting it
-- once, and is quicker than finding the element and comparing it.
-- :server is the server's number, :updates what changed in its document.
SELECT jsonb_build_object('dns_servers', jsonb_build_array(:'updates'::jsonb || jsonb_build_object('id', :server))) AS embedded \gset

UPDATE v_dns_server
SET data = data || :'updates'
WHERE id = :server AND NOT data @> :'updates';

UPDATE tv_network_configuration
SET data = COALESCE((
	SELECT jsonb_set(document, ARRAY['dns_servers', (n - 1)::text], element || :'updates')
	FROM (SELECT data || '{}' AS document OFFSET 0) AS d,
		jsonb_array_elements(document -> 'dns_servers') WITH ORDINALITY AS e (element, n)
	WHERE element ->> 'id' = :'server'
	LIMIT 1), data)
WHERE NOT data @> :'embedded' AND id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);

UPDATE tv_allocation
SET data = COALESCE((
	SELECT jsonb_set(document, ARRAY['network_configuration', 'dns_servers', (n - 1)::text], element || :'updates')
	FROM (SELECT data || '{}' AS document OFFSET 0) AS d,
		jsonb_array_elements(document -> 'network_configuration' -> 'dns_servers') WITH ORDINALITY AS e (element, n)
	WHERE element ->> 'id' = :'server'
	LIMIT 1), data)
WHERE NOT data @> jsonb_build_object('network_configuration', :'embedded'::jsonb) AND network_configuration_id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);
