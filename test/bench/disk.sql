-- UPDATEs of stored documents of 50 KB, by how they are stored.  No one may be slower than the best
-- native UPDATE.  Needs statements.sql, bars.sql, and the scenario in the search path.
\ir tables_off.sql

-- "data || '{}'" is the document itself, but plain: so it is stored as the column says.
SELECT
	format('CALL bench.create_table(%L, %L)', 'bench.pristine_' || storage, storage),
	format('CALL bench.create_table(%L, %L)', 'bench.disk_' || storage, storage),
	format('INSERT INTO bench.pristine_%s SELECT id, data || ''{}'' FROM tv_allocation ORDER BY id LIMIT %s', storage, :disk_rows)
FROM bench.storage
WHERE storage <> 'inline'
\gexec

-- Natively it pays to detoast only once where the document is used twice: "doc || '{}'" does that.
INSERT INTO bench.statement (part, subject, job, way, kind, sql, target, pristine)
SELECT
	'disk', storage, name, way.way || suffix AS way, kind,
	format('UPDATE bench.disk_%s SET doc = ' || form, storage, bench.expand(expression, path, key, value, change)),
	'bench.disk_' || storage, 'bench.pristine_' || storage
FROM (VALUES
	('update_where, in few documents', 'array_update_where', '{network_configuration,dns_servers}'::text[], 'id',
		(SELECT data #> '{network_configuration,dns_servers,24,id}' FROM tv_allocation WHERE id = 1),
		'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'::jsonb),
	('update_where, in every document', 'array_update_where', '{network_configuration,dns_servers}', 'id', '1',
		'{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'),
	('upsert_where, in every document', 'array_upsert_where', '{network_configuration,dns_servers}', 'id', '1',
		'{"id": 1, "address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'),
	('merge_at_path', 'merge_at_path', '{network_configuration}', NULL, NULL,
		'{"mtu": 9000, "note": "a change", "updated_at": "2025-06-01T12:00:00"}')
) AS job (name, operator, path, key, value, change)
JOIN bench.way USING (operator)
CROSS JOIN (VALUES
	('', '%s', NULL),
	(', detoasted once', '(SELECT %s FROM (SELECT doc || ''{}'' AS doc OFFSET 0) AS d)', 'native')) AS v (suffix, form, for_kind)
CROSS JOIN bench.storage
WHERE root IS DISTINCT FROM true AND (for_kind IS NULL OR for_kind = kind) AND storage <> 'inline';

\set part disk
\ir run_statements.sql

INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT
	format('on disk, %s, %s: time over that of the best native UPDATE', subject, job), 1.0, 1 / native,
	format('against %s, median of %s rounds', closest, rounds)
FROM bench.gain
WHERE part = 'disk'
ORDER BY subject, job;
