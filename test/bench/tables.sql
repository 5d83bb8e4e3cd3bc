-- Tables as people have them: what looks at the new document has to decompress it again, whoever edited
-- it.  Each of these things alone, against the best native UPDATE of the same table.
-- Needs statements.sql, allocations.sql and bars.sql.
\ir tables_off.sql

CREATE FUNCTION bench.look_at_new() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF NEW.doc ->> 'hostname' IS NULL THEN
		RAISE EXCEPTION 'no hostname';
	END IF;
	RETURN NEW;
END
$$;

-- %1$s is the table.
CREATE TABLE bench.variant (subject text PRIMARY KEY, target text NOT NULL, ddl text NOT NULL, suffix text NOT NULL);
INSERT INTO bench.variant VALUES
('nothing else', 'bench.tables_bare', '', ''),
('GIN index', 'bench.tables_gin', 'CREATE INDEX ON %1$s USING gin (doc)', ''),
('GIN index, jsonb_path_ops', 'bench.tables_gin_path', 'CREATE INDEX ON %1$s USING gin (doc jsonb_path_ops)', ''),
('index on a key', 'bench.tables_key', 'CREATE INDEX ON %1$s ((doc ->> ''hostname''))', ''),
('CHECK', 'bench.tables_check', 'ALTER TABLE %1$s ADD CHECK (jsonb_typeof(doc -> ''history'') = ''array'')', ''),
('generated column', 'bench.tables_generated',
	'ALTER TABLE %1$s ADD hostname text GENERATED ALWAYS AS (doc ->> ''hostname'') STORED', ''),
('BEFORE trigger', 'bench.tables_before',
	'CREATE TRIGGER look BEFORE UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION bench.look_at_new()', ''),
('AFTER trigger', 'bench.tables_after',
	'CREATE TRIGGER look AFTER UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION bench.look_at_new()', ''),
('RETURNING', 'bench.tables_returning', '', ' RETURNING doc ->> ''hostname''');

CALL bench.create_table('bench.pristine_tables', 'pglz');
INSERT INTO bench.pristine_tables SELECT id, bench.allocation(51200, id) FROM generate_series(1, :disk_rows / 2) AS id;
SELECT
	format('CALL bench.create_table(%L, %L)', target, 'pglz'),
	CASE WHEN ddl <> '' THEN format(ddl, target) END
FROM bench.variant
\gexec

INSERT INTO bench.statement (part, subject, job, way, kind, sql, target, pristine)
SELECT 'tables', subject, 'element found by key', CASE kind WHEN 'native' THEN way ELSE as_kind END, as_kind,
	format(CASE kind WHEN 'native' THEN 'UPDATE %s SET doc = (SELECT %s FROM (SELECT doc || ''{}'' AS doc OFFSET 0) AS d)%s' ELSE 'UPDATE %s SET doc = %s%s' END,
		target, bench.expand(expression, '{network_configuration,dns_servers}', 'id', '26', '{"address": "172.16.200.40"}'), suffix),
	target, 'bench.pristine_tables'
FROM bench.variant, bench.way,
	unnest(CASE kind WHEN 'native' THEN ARRAY['native'] ELSE ARRAY['jsonb_ivm', 'plain copy'] END) AS as_kind
WHERE operator = 'array_update_where' AND kind IN ('native', 'jsonb_ivm');

\set part tables
\ir run_statements.sql

-- How many times as fast as native, and how much of what is gained without the thing that is left.
SELECT subject, round(native::numeric, 2) || ' x' AS "against best native", closest, round(plain_copy::numeric, 2) || ' x' AS "against plain copy"
FROM bench.gain
WHERE part = 'tables'
ORDER BY subject;
