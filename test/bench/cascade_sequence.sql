-- The benchmark's further cascades: so many servers, one after the other.
INSERT INTO cascade
SELECT fanout, servers, 'change_server'
FROM unnest(ARRAY['in sequence', 'in one transaction']) AS fanout, (
	SELECT array_agg(id ORDER BY id) AS servers
	FROM (SELECT id FROM tb_dns_server WHERE id % 5 = 0 ORDER BY id LIMIT :servers) AS s) AS a;
