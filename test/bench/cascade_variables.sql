-- The variables of the scripts: :server, :change, and :updates, what changes in the server's document.
SELECT servers[1] AS server, change,
	jsonb_build_object('address', data -> 'address', 'updated_at', data -> 'updated_at') AS updates
FROM cascade
JOIN expected ON tbl = 'v_dns_server' AND id = servers[1]
WHERE fanout = :'fanout' \gset
