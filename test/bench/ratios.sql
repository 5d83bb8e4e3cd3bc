-- How many times as fast as native SQL the operators are, on documents in memory.
-- Needs harness.sql, bars.sql, and the scenario in the search path.
\ir tables_off.sql
CREATE TABLE bench.subject (
	n serial, name text PRIMARY KEY, operator text, doc jsonb, path text[], key text, value jsonb, change jsonb);
-- No compression and no slices: this is about documents in memory, and fetching is not to be felt.
ALTER TABLE bench.subject ALTER COLUMN doc SET STORAGE EXTERNAL;

-- Configurations with as many servers; the middle one changes its address.
INSERT INTO bench.subject (name, operator, doc, path, key, value, change)
SELECT
	format('array_update_where, %s elements', length), 'array_update_where',
	(SELECT data FROM tv_network_configuration WHERE id = 1) || jsonb_build_object('dns_servers', (
		SELECT jsonb_agg(server.data || jsonb_build_object('id', i) ORDER BY i)
		FROM generate_series(1, length) AS i
		JOIN v_dns_server AS server ON server.id = 1 + i % (SELECT count(*) FROM v_dns_server))),
	'{dns_servers}', 'id', to_jsonb(length / 2),
	'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'
FROM unnest(ARRAY[50, 1000, 10000]) AS length
ORDER BY length;

-- Allocations: an object near the root, one inside an array inside it, one at the end.
INSERT INTO bench.subject (name, operator, doc, path, change)
SELECT
	format('merge_at_path, 50 KB, %s', path), 'merge_at_path', data, path,
	'{"mtu": 9000, "note": "a change", "updated_at": "2025-06-01T12:00:00"}'
FROM tv_allocation, unnest(ARRAY['{network_configuration}', '{network_configuration,dns_servers,24}', '{history,40}']) AS p (text),
	LATERAL (SELECT text::text[]) AS t (path)
WHERE tv_allocation.id = 1;

CREATE TABLE bench.ratio_result (n int, name text, way text, kind text, round int, microseconds float8);

-- Ways take turns, so that whatever slows the machine for a while slows all of them.
CREATE FUNCTION bench.measure_subject(subject bench.subject, milliseconds float8, rounds int) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	document jsonb := subject.doc || '{}';
	way record;
BEGIN
	CREATE TEMP TABLE contender AS
	SELECT w.way, w.kind, timer, bench.calls_for(timer, document, NULL, milliseconds) AS calls
	FROM bench.way AS w,
		LATERAL bench.timer(bench.expand(expression, subject.path, subject.key, subject.value, subject.change)) AS timer
	WHERE operator = subject.operator AND root IS DISTINCT FROM (subject.path <> '{}');
	FOR round IN 1 .. rounds LOOP
		FOR way IN SELECT * FROM contender LOOP
			INSERT INTO bench.ratio_result VALUES (
				subject.n, subject.name, way.way, way.kind, round, bench.sample(way.timer, document, NULL, way.calls));
		END LOOP;
	END LOOP;
	DROP TABLE contender;
	RETURN format('  %s (%s bytes in memory)', subject.name, pg_column_size(document));
END
$$;

SELECT format('SELECT bench.measure_subject(subject, %s, %s) FROM bench.subject WHERE n = %s', :milliseconds, :rounds, n)
FROM bench.subject
ORDER BY n
\gexec

CREATE VIEW bench.ratio AS
SELECT n, name, way, kind,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) AS median, min(microseconds) AS fastest, max(microseconds) AS slowest
FROM bench.ratio_result
GROUP BY n, name, way, kind;

\ir tables_on.sql
SELECT name, way,
	to_char(median, 'FM9999990.00') AS "median (us)",
	to_char(fastest, 'FM9999990.00') || ' to ' || to_char(slowest, 'FM9999990.00') AS spread,
	to_char(median / (SELECT median FROM bench.ratio AS ours WHERE ours.n = ratio.n AND kind = 'jsonb_ivm'), 'FM9990.0') || ' x' AS "jsonb_ivm's time"
FROM bench.ratio
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
