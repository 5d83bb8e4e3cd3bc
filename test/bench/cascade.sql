-- What the cascade needs beside the scenario: the state every run starts from, a change, and
-- a place for results.
SET client_min_messages = warning;

CREATE TABLE pristine_dns_server AS TABLE tb_dns_server;
CREATE TABLE pristine_v_dns_server AS TABLE v_dns_server;
CREATE TABLE pristine_tv_network_configuration AS TABLE tv_network_configuration;
CREATE TABLE pristine_tv_allocation AS TABLE tv_allocation;

-- Documents are copied as they are stored, so every run finds the same bytes in tables that were
-- just loaded and vacuumed.
CREATE PROCEDURE restore_scenario()
LANGUAGE sql
AS $$
	UPDATE tb_dns_server AS server SET (address, updated_at) = (pristine.address, pristine.updated_at)
	FROM pristine_dns_server AS pristine
	WHERE pristine.id = server.id AND pristine IS DISTINCT FROM server;
	TRUNCATE v_dns_server, tv_network_configuration, tv_allocation;
	INSERT INTO v_dns_server SELECT * FROM pristine_v_dns_server ORDER BY id;
	INSERT INTO tv_network_configuration SELECT * FROM pristine_tv_network_configuration ORDER BY id;
	INSERT INTO tv_allocation SELECT * FROM pristine_tv_allocation ORDER BY id;
$$;

-- The server moves to another address.
CREATE PROCEDURE change_server(server int)
LANGUAGE sql
AS $$
	UPDATE tb_dns_server SET address = '172.16.200.40', updated_at = timestamp '2025-06-01 12:00:00'
	WHERE id = server;
$$;

-- Written again as it was.
CREATE PROCEDURE touch_server(server int)
LANGUAGE sql
AS $$
	UPDATE tb_dns_server SET address = address, updated_at = updated_at WHERE id = server;
$$;

-- Which servers change, one after the other, and how.
CREATE TABLE cascade (fanout text PRIMARY KEY, servers int[] NOT NULL, change text NOT NULL);
INSERT INTO cascade SELECT kind, ARRAY[dns_server_id], 'change_server' FROM fanout;
INSERT INTO cascade SELECT 'nothing changes', servers, 'touch_server' FROM cascade WHERE fanout = 'wide';

CREATE TABLE result (fanout text, cache text, way text, round int, milliseconds float8, wal_bytes numeric);

-- Every document of the three projections that is not what the base tables make of it.
CREATE TABLE expected (tbl text, id int, data jsonb, PRIMARY KEY (tbl, id));
CREATE VIEW document AS
SELECT 'v_dns_server' AS tbl, id, data FROM v_dns_server
UNION ALL
SELECT 'tv_network_configuration', id, data FROM tv_network_configuration
UNION ALL
SELECT 'tv_allocation', id, data FROM tv_allocation;

CREATE VIEW difference AS
SELECT tbl, id
FROM document FULL JOIN expected USING (tbl, id)
WHERE (document.data = expected.data AND jsonb_send(document.data) = jsonb_send(expected.data)) IS NOT TRUE;
