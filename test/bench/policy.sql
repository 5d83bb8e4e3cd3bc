-- When a result is worth compressing: where it is stored, however that is spelled, and nowhere else.
-- Needs statements.sql, allocations.sql and bars.sql.
\ir tables_off.sql

-- The same field as in "one call".
CREATE FUNCTION bench.edit_new() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.doc := jsonb_merge_at_path(NEW.doc, '{"address": "172.16.200.40"}', '{network_configuration,dns_servers,25}');
	RETURN NEW;
END
$$;

CREATE FUNCTION bench.edit_new_natively() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.doc := jsonb_set(NEW.doc, '{network_configuration,dns_servers,25,address}', '"172.16.200.40"');
	RETURN NEW;
END
$$;

SELECT
	format('CALL bench.create_table(%L, %L)', 'bench.pristine_policy_' || storage, storage),
	format('INSERT INTO bench.pristine_policy_%s SELECT id, bench.allocation(51200, id) FROM generate_series(1, %s) AS id', storage, :disk_rows),
	format('CALL bench.create_table(%L, %L)', 'bench.policy_' || storage, storage),
	format('CALL bench.create_table(%L, %L)', 'bench.policy_trigger_' || storage, storage),
	format('CALL bench.create_table(%L, %L)', 'bench.policy_native_trigger_' || storage, storage),
	format('CREATE TRIGGER edit BEFORE UPDATE ON bench.policy_trigger_%s FOR EACH ROW EXECUTE FUNCTION bench.edit_new()', storage),
	format('CREATE TRIGGER edit BEFORE UPDATE ON bench.policy_native_trigger_%s FOR EACH ROW EXECUTE FUNCTION bench.edit_new_natively()', storage)
FROM bench.storage
WHERE storage IN ('pglz', 'lz4')
\gexec

INSERT INTO bench.statement (part, subject, job, way, kind, sql, target, pristine)
SELECT 'policy', storage, job, way, kind, replace(sql, '%t', target || '_' || storage), target || '_' || storage, 'bench.pristine_policy_' || storage
FROM bench.storage, (VALUES
	('one call', 'bench.policy', 'jsonb_ivm', 'jsonb_ivm', $$
		UPDATE %t SET doc = jsonb_merge_at_path(doc, '{"address": "172.16.200.40"}', '{network_configuration,dns_servers,25}')
	$$),
	('one call', 'bench.policy', 'jsonb_set', 'native', $$
		UPDATE %t SET doc = jsonb_set(doc, '{network_configuration,dns_servers,25,address}', '"172.16.200.40"')
	$$),
	('f(g(h(doc)))', 'bench.policy', 'jsonb_ivm', 'jsonb_ivm', $$
		UPDATE %t SET doc = jsonb_merge_at_path(
			jsonb_array_update_where(
				jsonb_merge_at_path(doc, '{"mtu": 9000}', '{network_configuration}'),
				'{network_configuration,dns_servers}', 'id', '26', '{"address": "172.16.200.40"}'),
			'{"ticket": "NET-1"}', '{history,9}')
	$$),
	('f(g(h(doc)))', 'bench.policy', 'jsonb_set, three times', 'native', $$
		UPDATE %t SET doc = jsonb_set(jsonb_set(
			jsonb_set(doc, '{network_configuration,mtu}', '9000'),
			'{network_configuration,dns_servers,25,address}', '"172.16.200.40"'),
			'{history,9,ticket}', '"NET-1"')
	$$),
	-- the history apart: three edits, two of them in what is then the smaller part
	('f(g(h(doc)))', 'bench.policy', 'jsonb_set in the object, then ||', 'native', $$
		UPDATE %t SET doc = (
			SELECT d || jsonb_build_object(
				'network_configuration', jsonb_set((d -> 'network_configuration') || '{"mtu": 9000}', '{dns_servers,25,address}', '"172.16.200.40"'),
				'history', jsonb_set(d -> 'history', '{9,ticket}', '"NET-1"'))
			FROM (SELECT doc || '{}' AS d OFFSET 0) AS x)
	$$),
	('NEW.doc := f(NEW.doc)', 'bench.policy_trigger', 'jsonb_ivm', 'jsonb_ivm', 'UPDATE %t SET id = id'),
	('NEW.doc := f(NEW.doc)', 'bench.policy_native_trigger', 'jsonb_set', 'native', 'UPDATE %t SET id = id'),
	-- the first edit's target is the stored value, or a plain copy of it
	('variable, 1000 edits', 'bench.policy', 'jsonb_ivm', 'jsonb_ivm', $$
		DO $do$
		DECLARE
			v jsonb := doc FROM %t WHERE id = 1;
		BEGIN
			FOR i IN 1 .. 1000 LOOP
				v := jsonb_array_update_where(v, '{network_configuration,dns_servers}', 'id', to_jsonb(1 + i % 50), jsonb_build_object('ttl', i));
			END LOOP;
		END $do$
	$$),
	('variable, 1000 edits', 'bench.policy', 'from a plain value', 'plain value', $$
		DO $do$
		DECLARE
			v jsonb := doc || '{}' FROM %t WHERE id = 1;
		BEGIN
			FOR i IN 1 .. 1000 LOOP
				v := jsonb_array_update_where(v, '{network_configuration,dns_servers}', 'id', to_jsonb(1 + i % 50), jsonb_build_object('ttl', i));
			END LOOP;
		END $do$
	$$),
	('SELECT that reads the result', 'bench.policy', 'jsonb_ivm', 'jsonb_ivm', $$
		DO $do$ BEGIN PERFORM sum(length(
			jsonb_array_update_where(doc, '{network_configuration,dns_servers}', 'id', '26', '{"address": "172.16.200.40"}')
			#>> '{network_configuration,dns_servers,25,address}')) FROM %t; END $do$
	$$),
	('SELECT that reads the result', 'bench.policy', 'plain copy', 'plain copy', $$
		DO $do$ BEGIN PERFORM sum(length(
			jsonb_array_update_where(doc, '{network_configuration,dns_servers}', 'id', '26', '{"address": "172.16.200.40"}')
			#>> '{network_configuration,dns_servers,25,address}')) FROM %t; END $do$
	$$)
) AS job (job, target, way, kind, sql)
WHERE storage IN ('pglz', 'lz4');

\set part policy
\ir run_statements.sql

INSERT INTO bench.bar (what, at_least, at_most, measured, detail)
SELECT format('policy, %s, f(g(h(data))): share of the gain of one call', subject), 0.5, NULL::float8,
	three.native / one.native, format('%s times as fast as native, against %s', round(three.native::numeric, 2), round(one.native::numeric, 2))
FROM bench.gain AS one JOIN bench.gain AS three USING (part, subject)
WHERE part = 'policy' AND one.job = 'one call' AND three.job = 'f(g(h(doc)))'
UNION ALL
SELECT format('policy, %s, NEW.data := f(NEW.data) in a BEFORE trigger: share of the gain of an UPDATE', subject), 0.8, NULL,
	inside.native / one.native, format('%s times as fast as native, against %s', round(inside.native::numeric, 2), round(one.native::numeric, 2))
FROM bench.gain AS one JOIN bench.gain AS inside USING (part, subject)
WHERE part = 'policy' AND one.job = 'one call' AND inside.job = 'NEW.doc := f(NEW.doc)'
UNION ALL
SELECT format('policy, %s, %s: time over that of the plain way', subject, job), NULL,
	CASE kind WHEN 'plain value' THEN 1.3 ELSE 1.5 END, 1 / factor, format('median of %s rounds', rounds)
FROM bench.against
WHERE part = 'policy' AND kind IN ('plain value', 'plain copy')
ORDER BY 1;
