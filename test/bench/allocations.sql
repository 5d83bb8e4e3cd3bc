-- Documents like those of the scenario, of any size.  Needs the scenario in the search path.
--
-- As many servers for a byte, and the rest a history.  What is edited is the server in the middle of
-- the array: its index is servers / 2, its id that and one.

-- The history of all allocations, one event after the other: larger documents have more of it.
CREATE TABLE bench.event AS
SELECT row_number() OVER (ORDER BY allocation.id, seq) - 1 AS n, event
FROM tv_allocation AS allocation, jsonb_array_elements(data -> 'history') WITH ORDINALITY AS h (event, seq);
ALTER TABLE bench.event ADD PRIMARY KEY (n);

CREATE TABLE bench.server AS
SELECT row_number() OVER (ORDER BY id) - 1 AS n, data FROM v_dns_server;
ALTER TABLE bench.server ADD PRIMARY KEY (n);
-- How much there is of them.
CREATE TABLE bench.pool AS
SELECT events, servers, event_bytes, (SELECT count(*) FROM tv_allocation) AS allocations
FROM (SELECT count(*) AS events, avg(pg_column_size(event))::int + 4 AS event_bytes FROM bench.event) AS e,
	(SELECT count(*) AS servers FROM bench.server) AS s;
ANALYZE bench.event, bench.server, bench.pool;

CREATE FUNCTION bench.servers_for(bytes int) RETURNS int
LANGUAGE sql IMMUTABLE
AS $$ SELECT greatest(1, bytes / 1024) $$;

-- Repetitive ones have the same two servers and mostly the same event again and again, so that 50 KB
-- fit into a row.  Few events of many are needed: without an index that would take most of the run.
CREATE FUNCTION bench.allocation(bytes int, id int, repetitive boolean DEFAULT false) RETURNS jsonb
LANGUAGE sql
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
	SELECT base.data || jsonb_build_object(
		'network_configuration', (base.data -> 'network_configuration') || jsonb_build_object('dns_servers', s.servers),
		'history', (
			SELECT COALESCE(jsonb_agg(event ORDER BY i), '[]')
			FROM generate_series(1, greatest(0, bytes - 900 - pg_column_size(s.servers)) / event_bytes) AS i
			JOIN bench.event ON n = CASE WHEN repetitive AND i % 6 > 0 THEN id ELSE (id * 97 + i) % events END))
	FROM tv_allocation AS base, bench.pool, (
		SELECT jsonb_agg(server.data || jsonb_build_object('id', i) ORDER BY i) AS servers
		FROM bench.pool, generate_series(1, bench.servers_for(bytes)) AS i, bench.server
		WHERE n = CASE WHEN repetitive THEN id + i % 2 ELSE id * 31 + i END % pool.servers
	) AS s
	WHERE base.id = 1 + (allocation.id - 1) % allocations
$$;

-- A configuration with as many servers; their ids are their positions, from 1 on.
CREATE FUNCTION bench.configuration(length int) RETURNS jsonb
LANGUAGE sql
AS $$
	SELECT data || jsonb_build_object('dns_servers', (
		SELECT jsonb_agg(server.data || jsonb_build_object('id', i) ORDER BY i)
		FROM generate_series(1, length) AS i
		JOIN v_dns_server AS server ON server.id = 1 + i % (SELECT count(*) FROM v_dns_server)))
	FROM tv_network_configuration
	WHERE id = 1
$$;
