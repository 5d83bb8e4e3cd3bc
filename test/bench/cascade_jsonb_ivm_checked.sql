-- The cascade with jsonb_ivm for a change that may be none, spelled with the same condition as
-- native/cascade_jsonb_set_checked.sql.
SELECT jsonb_build_object('dns_servers', jsonb_build_array(:'updates'::jsonb || jsonb_build_object('id', :server))) AS embedded \gset

UPDATE v_dns_server
SET data = jsonb_merge_at_path(data, :'updates', '{}')
WHERE id = :server AND NOT data @> :'updates';

UPDATE tv_network_configuration
SET data = jsonb_array_update_where(data, '{dns_servers}', 'id', :'server', :'updates')
WHERE NOT data @> :'embedded' AND id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);

UPDATE tv_allocation
SET data = jsonb_array_update_where(data, '{network_configuration,dns_servers}', 'id', :'server', :'updates')
WHERE NOT data @> jsonb_build_object('network_configuration', :'embedded'::jsonb) AND network_configuration_id IN (
	SELECT network_configuration_id FROM tb_network_configuration_dns_server WHERE dns_server_id = :server);
