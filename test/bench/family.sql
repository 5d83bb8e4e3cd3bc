-- The operator family against native SQL, on documents in memory: the bars of each function, and that none
-- is slower, on small documents either.  Needs subjects.sql, documents.sql, allocations.sql, bars.sql, and
-- the scenario in the search path.
SET client_min_messages = warning;
\ir native/array_delete_where.sql
\ir native/array_insert_where.sql
\ir native/array_update_where_batch.sql
\ir native/array_update_multi_row.sql
\ir native/array_reconcile.sql
\ir native/merges.sql
\ir native/paths.sql
\ir native/patches.sql
\ir native/readers.sql
\ir native/aggregates.sql
\ir jsonb_ivm_family.sql
\ir tables_off.sql

-- The documents: a configuration with as many servers, an allocation of 50 KB, and a small one of a few
-- elements and an object beside them.
CREATE TEMP TABLE allocation AS SELECT data FROM tv_allocation WHERE id = 1;
CREATE TEMP TABLE small AS SELECT doc AS data FROM bench.document('array', 2000);

-- In arrays: the middle one.
INSERT INTO bench.subject (part, name, operator, doc, path, key, value, change, other)
SELECT 'family', format('%s, %s', operator, what), operator, doc, path, 'id', value, change, to_jsonb(jsonb_array_length(doc #> path))
FROM (
	SELECT length || ' elements' AS what, bench.configuration(length) AS doc, '{dns_servers}'::text[] AS path, length / 2 AS middle
	FROM unnest(ARRAY[100, 1000]) AS length
	UNION ALL
	SELECT 'small document', data, '{items}', jsonb_array_length(data -> 'items') / 2 FROM small
) AS d,
	LATERAL (VALUES
		('array_delete_where', to_jsonb(middle), NULL::jsonb),
		('array_insert_where', to_jsonb(middle + 0.5), jsonb_build_object('id', middle + 0.5, 'address', '172.16.200.40', 'port', 53)),
		('array_insert_where, full', to_jsonb(middle + 0.5), jsonb_build_object('id', middle + 0.5, 'address', '172.16.200.40', 'port', 53)),
		('array_insert_where, append', '0', '{"id": 0, "address": "172.16.200.40", "port": 53}'),
		('array_contains_id', to_jsonb(middle), NULL),
		('set_path, [key=value]', to_jsonb(middle), '"172.16.200.40"'),
		('set_path, [-]', NULL, '{"id": 0, "address": "172.16.200.40", "port": 53}')) AS o (operator, value, change);

-- None, which takes as long as an array can.
INSERT INTO bench.subject (part, name, operator, doc, path, key, value)
SELECT 'family', format('array_contains_id, none of %s', length), 'array_contains_id', bench.configuration(length), '{dns_servers}', 'id', '-1'
FROM unnest(ARRAY[10, 1000]) AS length;

-- All elements.
INSERT INTO bench.subject (part, name, operator, doc, path, key, change)
SELECT 'family', format('%s, %s elements', operator, length), operator, bench.configuration(length), '{dns_servers}', 'ttl', '7200'
FROM unnest(ARRAY[5, 100]) AS length, unnest(ARRAY['set_path, [*]', 'remove_path, [*]']) AS operator;

-- Batches: every so many elements.
INSERT INTO bench.subject (part, name, operator, doc, new, path, key, other)
SELECT 'family', format('array_update_where_batch, %s of %s', updates, length), 'array_update_where_batch', bench.configuration(length),
	list, '{dns_servers}', 'id', map
FROM (VALUES (1, 5), (10, 100), (100, 1000)) AS b (updates, length),
	LATERAL (
		SELECT jsonb_agg(change ORDER BY i) AS list, jsonb_object_agg(change ->> 'id', change) AS map
		FROM generate_series(1, updates) AS i,
			LATERAL (SELECT jsonb_build_object('id', i * length / updates, 'address', '172.16.200.' || i, 'ttl', 60 * i) AS change) AS c
	) AS u;

INSERT INTO bench.subject (part, name, operator, doc, path, key, value, change)
SELECT 'family', 'array_update_multi_row, 100 documents of ' || length || ' elements', 'array_update_multi_row', bench.configuration(length),
	'{dns_servers}', 'id', to_jsonb(length / 2), '{"address": "172.16.200.40", "updated_at": "2025-06-01T12:00:00"}'
FROM unnest(ARRAY[4, 50]) AS length;

-- Arrays that were computed anew: so many have changed.
INSERT INTO bench.subject (part, name, operator, doc, new, path, key)
SELECT 'family', format('array_reconcile, %s elements, %s changed', length, changed), 'array_reconcile', doc,
	(
		SELECT jsonb_agg(CASE WHEN changed > 0 AND n % (length / changed) = 0 THEN element || '{"address": "172.16.200.40"}' ELSE element END ORDER BY n)
		FROM jsonb_array_elements(doc -> 'dns_servers') WITH ORDINALITY AS e (element, n)
	), '{dns_servers}', 'id'
FROM (VALUES (5, 1), (1000, 0), (1000, 3)) AS r (length, changed), LATERAL bench.configuration(length) AS doc;

-- Merges of documents.
INSERT INTO bench.subject (part, name, operator, doc, change)
SELECT 'family', 'merge_shallow, 50 KB', 'merge_shallow', data, '{"status": "reserved", "note": "a change"}'::jsonb FROM allocation
UNION ALL
SELECT 'family', format('%s, 50 KB', operator), operator, data,
	'{"status": "reserved", "hostname": "host-1.example.org", "network_configuration": {"mtu": 1400, "name": "another", "vlan": 7}}'
FROM allocation, unnest(ARRAY['deep_merge, 5 leaves']) AS operator
UNION ALL
SELECT 'family', 'merge_patch, 6 leaves, 50 KB', 'merge_patch, 6 leaves', data,
	'{"status": "reserved", "hostname": "host-1.example.org", "network_configuration": {"mtu": 1400, "name": "another", "vlan": 7, "domain": null}}'
FROM allocation
UNION ALL
SELECT 'family', operator || ', small document', operator, data, '{"meta": {"a": 2}, "note": "a change"}'
FROM small, unnest(ARRAY['merge_shallow', 'deep_merge', 'merge_patch']) AS operator;

-- Values at paths.
INSERT INTO bench.subject (part, name, operator, doc, path, change)
SELECT 'family', format('%s, %s, %s', operator, what, path), operator, data, path, '"172.16.200.40"'
FROM (
	SELECT '50 KB' AS what, data, path FROM allocation, (VALUES
		('{monthly_cost}'::text[]), ('{network_configuration,dns_servers,24,ttl}'), ('{network_configuration,mtu}')) AS p (path)
	UNION ALL
	SELECT 'small document', data, path FROM small, (VALUES ('{meta,a}'::text[]), ('{items,1,id}')) AS p (path)
) AS d, unnest(ARRAY['set_path', 'remove_path', 'increment']) AS operator;

INSERT INTO bench.subject (part, name, operator, doc, new, path, key)
SELECT 'family', 'graft, 50 KB', 'graft', a.data, b.data, '{network_configuration,dns_servers}'::text[], 'status'
FROM allocation AS a, tv_allocation AS b WHERE b.id = 2
UNION ALL
SELECT 'family', 'graft, small document', 'graft', data, data || '{"items": [{"id": 3}], "meta": {"a": 7}}', '{meta,a}', 'items' FROM small;

-- Patches, and what finds them.
INSERT INTO bench.subject (part, name, operator, doc, change)
SELECT 'family', 'patch, 5 operations, 50 KB', 'patch, 5 operations', data, '[
	{"op": "replace", "path": "/status", "value": "reserved"},
	{"op": "replace", "path": "/network_configuration/dns_servers/24/address", "value": "172.16.200.40"},
	{"op": "replace", "path": "/history/10/action", "value": "closed"},
	{"op": "add", "path": "/network_configuration/dns_servers/-", "value": {"id": 1000, "address": "10.0.0.1"}},
	{"op": "remove", "path": "/network_configuration/vlan"}]'::jsonb
FROM allocation
UNION ALL
SELECT 'family', 'patch, small document', 'patch', data, '[
	{"op": "replace", "path": "/meta/a", "value": 2},
	{"op": "remove", "path": "/items/0"}]'
FROM small;

INSERT INTO bench.subject (part, name, operator, doc, new)
SELECT 'family', format('%s, 50 KB', operator), operator, data,
	jsonb_set(jsonb_set(data || '{"status": "reserved", "hostname": "host-1.example.org"}',
		'{network_configuration,mtu}', '1400'), '{network_configuration,vlan}', '7')
FROM allocation, unnest(ARRAY['merge_diff', 'diff']) AS operator
UNION ALL
SELECT 'family', 'diff, 50 KB, in arrays', 'diff', data,
	jsonb_insert(jsonb_set(data, '{network_configuration,dns_servers,24,address}', '"172.16.200.40"'), '{history,-1}', '{"id": "new"}', true)
FROM allocation
UNION ALL
SELECT 'family', operator || ', small document', operator, data, data || '{"meta": {"a": 2}, "note": "a change"}'
FROM small, unnest(ARRAY['merge_diff', 'diff']) AS operator;

-- Questions.
INSERT INTO bench.subject (part, name, operator, doc, key)
SELECT 'family', format('extract_id, in memory, %s', what), 'extract_id', data, key
FROM (
	SELECT '50 KB' AS what, data, 'id' AS key FROM allocation
	UNION ALL
	SELECT '50 KB, a string', data, 'hostname' FROM allocation
	UNION ALL
	SELECT 'small document', '{"id": 7, "name": "a document"}', 'id'
) AS d;

INSERT INTO bench.subject (part, name, operator, doc)
SELECT 'family', 'verify, 50 KB', 'verify', data FROM allocation
UNION ALL
SELECT 'family', 'verify, small document', 'verify', data FROM small;

-- Stored: a document of 40 KB, fetched by each call.
CREATE TABLE bench.stored_subject (storage text, doc jsonb) PARTITION BY LIST (storage);
SELECT
	format('CREATE TABLE bench.stored_subject_%s PARTITION OF bench.stored_subject FOR VALUES IN (%L)', storage, storage),
	format('ALTER TABLE bench.stored_subject_%s ALTER COLUMN doc SET %s', storage, setting),
	format('INSERT INTO bench.stored_subject_%s VALUES (%L, bench.allocation(40 * 1024, 1) || ''{}'')', storage, storage)
FROM bench.storage
WHERE storage <> 'inline'
ORDER BY storage
\gexec
INSERT INTO bench.subject (part, name, operator, storage, key)
SELECT 'family', format('extract_id, stored, 40 KB, %s', storage), 'extract_id', storage, 'id'
FROM bench.stored_subject;

-- A thousand rows into one document: each brings a member of its own, or changes one of two hundred.
CREATE TABLE bench.change (batch text, n int, change jsonb NOT NULL, PRIMARY KEY (batch, n));
INSERT INTO bench.change
SELECT batch, n, change
FROM generate_series(1, 1000) AS n,
	LATERAL (SELECT jsonb_build_object('address', format('10.0.%s.%s', n / 256, n % 256), 'ttl', n % 60, 'active', n % 3 > 0) AS server) AS s,
	LATERAL (SELECT jsonb_object_agg('key' || (n * m * 13 + m) % 20, format('value %s of %s', m, n)) AS members FROM generate_series(1, 3) AS m) AS m,
	LATERAL (VALUES
		('documents', jsonb_build_object('server' || n, server)),
		('nested documents', jsonb_build_object('servers', jsonb_build_object('server' || n, server), 'seen', jsonb_build_object('day' || n % 30, true))),
		('changes', jsonb_build_object('part' || n % 10, members, 'part' || n * 7 % 10, members))) AS b (batch, change);
VACUUM ANALYZE bench.change;
INSERT INTO bench.subject (part, name, operator, doc, key)
SELECT 'family', format('%s, 1000 %s', split_part(operator, ',', 1), batch), operator, '{}', batch
FROM (VALUES
	('merge_agg, growing', 'documents'), ('deep_merge_agg, growing', 'nested documents'),
	('merge_agg', 'changes'), ('deep_merge_agg', 'changes')) AS a (operator, batch);

SELECT format('SELECT bench.measure_subject(subject, %s, %s) FROM bench.subject WHERE n = %s', :milliseconds, :rounds, n)
FROM bench.subject
WHERE part = 'family'
ORDER BY n
\gexec

-- The best native way, and what comes closest of all that is to be beaten by a given factor.
CREATE VIEW bench.family AS
SELECT n, s.name, 'jsonb_' || split_part(operator, ',', 1) AS function, rounds,
	(SELECT median FROM bench.ratio AS r WHERE r.n = s.n AND r.kind = 'jsonb_ivm') AS ours,
	(SELECT median FROM bench.ratio AS r WHERE r.n = s.n AND r.way = closest.way) AS native,
	way AS closest, factor
FROM bench.subject AS s,
	LATERAL (
		SELECT way, rounds, factor FROM bench.against_subject AS a
		WHERE a.n = s.n AND kind IN ('native', 'reaggregation') ORDER BY factor LIMIT 1) AS closest
WHERE part = 'family';

\ir tables_on.sql
SELECT name, way, kind,
	to_char(median, 'FM9999990.00') AS "median (us)",
	to_char(fastest, 'FM9999990.00') || ' to ' || to_char(slowest, 'FM9999990.00') AS spread,
	to_char(median / (SELECT median FROM bench.ratio AS ours WHERE ours.n = ratio.n AND kind = 'jsonb_ivm'), 'FM9990.0') || ' x' AS "jsonb_ivm's time"
FROM bench.ratio
WHERE part = 'family'
ORDER BY n, median DESC;

INSERT INTO bench.bar (what, at_least, measured, detail)
SELECT format('%s: times as fast as %s', name, CASE rival WHEN 'native' THEN 'the best native SQL' ELSE rival END), required, factor,
	format('against %s: %s us, and %s us; median of %s rounds', way, round(theirs::numeric, 1), round(ours::numeric, 2), rounds)
FROM (VALUES
	('array_delete_where, 100 elements', 'native', 15),
	('array_insert_where, 1000 elements', 'native', 30),
	('array_update_where_batch, 10 of 100', 'native', 10),
	('array_update_where_batch, 100 of 1000', 'native', 20),
	('deep_merge, 5 leaves, 50 KB', 'native', 10),
	('array_reconcile, 1000 elements, 3 changed', 'native', 5),
	('patch, 5 operations, 50 KB', 'chained', 3),
	('merge_agg, 1000 documents', 'PL/pgSQL loop', 5),
	('deep_merge_agg, 1000 nested documents', 'PL/pgSQL loop', 5),
	('merge_agg, 1000 changes', 'PL/pgSQL loop, ||', 5),
	('deep_merge_agg, 1000 changes', 'PL/pgSQL loop of a native function', 5),
	('extract_id, stored, 40 KB, pglz', 'native', 5),
	('extract_id, stored, 40 KB, external', 'native', 3),
	('extract_id, stored, 40 KB, lz4', 'native', 1.5)) AS bar (name, rival, required)
JOIN bench.subject AS s USING (name),
	LATERAL (
		SELECT a.way, rounds, factor,
			(SELECT median FROM bench.ratio AS r WHERE r.n = s.n AND r.way = a.way) AS theirs,
			(SELECT median FROM bench.ratio AS r WHERE r.n = s.n AND r.kind = 'jsonb_ivm') AS ours
		FROM bench.against_subject AS a
		WHERE a.n = s.n AND (rival = 'native' AND kind IN ('native', 'reaggregation') OR way LIKE rival || '%')
		ORDER BY factor
		LIMIT 1) AS r
ORDER BY s.n;

INSERT INTO bench.bar (what, at_least, measured, detail)
SELECT DISTINCT ON (function)
	format('%s: times as fast as the best native SQL, at worst', function), 1, factor,
	format('%s, against %s: %s us, and %s us; median of %s rounds', name, closest, round(native::numeric, 2), round(ours::numeric, 2), rounds)
FROM bench.family
ORDER BY function, factor;
