-- How many times as fast as native SQL the operators are, on documents in memory.
-- Needs subjects.sql, allocations.sql, bars.sql, and the scenario in the search path.
\ir tables_off.sql

-- Configurations with as many servers; the middle one changes its address.
INSERT INTO bench.subject (part, name, operator, doc, path, key, value, change)
SELECT
	'ratios', format('array_update_where, %s elements', length), 'array_update_where',
	bench.configuration(length), '{dns_servers}', 'id', to_jsonb(length / 2),
	'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'
FROM unnest(ARRAY[50, 1000, 10000]) AS length
ORDER BY length;

-- Allocations: an object near the root, one inside an array inside it, one at the end.
INSERT INTO bench.subject (part, name, operator, doc, path, change)
SELECT
	'ratios', format('merge_at_path, 50 KB, %s', path), 'merge_at_path', data, path,
	'{"mtu": 9000, "note": "a change", "updated_at": "2025-06-01T12:00:00"}'
FROM tv_allocation, unnest(ARRAY['{network_configuration}', '{network_configuration,dns_servers,24}', '{history,40}']) AS p (text),
	LATERAL (SELECT text::text[]) AS t (path)
WHERE tv_allocation.id = 1;

SELECT format('SELECT bench.measure_subject(subject, %s, %s) FROM bench.subject WHERE n = %s', :milliseconds, :rounds, n)
FROM bench.subject
WHERE part = 'ratios'
ORDER BY n
\gexec

\ir tables_on.sql
SELECT name, way,
	to_char(median, 'FM9999990.00') AS "median (us)",
	to_char(fastest, 'FM9999990.00') || ' to ' || to_char(slowest, 'FM9999990.00') AS spread,
	to_char(median / (SELECT median FROM bench.ratio AS ours WHERE ours.n = ratio.n AND kind = 'jsonb_ivm'), 'FM9990.0') || ' x' AS "jsonb_ivm's time"
FROM bench.ratio
WHERE part = 'ratios'
ORDER BY n, median DESC;

-- "Re-aggregation" is the plain one, which everybody writes; the faster spelling stands above.
INSERT INTO bench.bar (what, at_least, measured, detail)
SELECT format('%s: times as fast as %s', name, rival), required,
	(SELECT min(median) FROM bench.ratio AS r WHERE r.name = bar.name AND (r.way = rival OR r.kind = rival))
		/ (SELECT median FROM bench.ratio AS r WHERE r.name = bar.name AND r.kind = 'jsonb_ivm'),
	'medians of ' || :rounds
FROM (VALUES
	('array_update_where, 50 elements', 're-aggregation', 30),
	('array_update_where, 50 elements', 'native', 10),
	('array_update_where, 1000 elements', 're-aggregation', 100),
	('array_update_where, 1000 elements', 'native', 30),
	('array_update_where, 10000 elements', 're-aggregation', 200),
	('array_update_where, 10000 elements', 'native', 50),
	('merge_at_path, 50 KB, {network_configuration}', 'jsonb_set, #>', 15),
	('merge_at_path, 50 KB, {network_configuration,dns_servers,24}', 'jsonb_set, #>', 15),
	('merge_at_path, 50 KB, {history,40}', 'jsonb_set, #>', 15)) AS bar (name, rival, required);
