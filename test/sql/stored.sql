-- When a result is compressed: where it is going to be stored.  A column whose storage
-- is external shows it, since core does not compress what it stores there.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.doc(id int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('id', id, 'n', 0, 'list', (
		SELECT jsonb_agg(jsonb_build_object('id', i, 'name', format('name %s of %s', i, id), 'digest', md5(format('%s %s', i, id))) ORDER BY i)
		FROM generate_series(1, 100) AS i))
$$;
CREATE TABLE kept (id int PRIMARY KEY, doc jsonb);
CREATE TABLE source (id int PRIMARY KEY, doc jsonb);
INSERT INTO source SELECT id, pg_temp.doc(id) FROM generate_series(1, 3) AS id;
ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL;
ALTER TABLE source ALTER doc SET STORAGE EXTERNAL;
SELECT DISTINCT datum_form(doc) FROM source;

-- How the statements left what they stored: some of it compressed ("splice": any may be
-- left to core, because it decayed), or all of it plain.
CREATE FUNCTION pg_temp.stored_by(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	forms text;
BEGIN
	TRUNCATE kept;
	INSERT INTO kept SELECT id, doc FROM source;
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE statement;
	END LOOP;
	SELECT CASE WHEN bool_or(kept.doc = s.doc) THEN 'unchanged' WHEN bool_or(datum_form(kept.doc) LIKE '%lz%') THEN 'splice' ELSE 'plain' END
	INTO forms
	FROM kept JOIN source AS s USING (id);
	RETURN forms;
END
$$;
CREATE FUNCTION pg_temp.merge(doc jsonb, change jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_merge_at_path(doc, change, '{}')
$$;

-- Stored.
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') $$) AS update_merge,
	   pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_array_update_where(doc, '{list}', 'id', '7', '{"name":"new"}') $$) AS update_update,
	   pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_array_upsert_where(doc, '{list}', 'id', '7', '{"id":7}') $$) AS update_upsert;
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_patch(doc, '[{"op":"add","path":"/list/0","value":{"id":0}},{"op":"remove","path":"/list/5"},{"op":"delete_where","path":"/list","key":"id","value":20},
			{"op":"replace","path":["list","[id=30]","name"],"value":"thirty"},{"op":"move","from":"/list/0","path":"/list/9"},{"op":"test","path":"/list/9","value":{"id":0}},{"op":"test","path":"/list/40/id","value":42},
			{"op":"copy","from":"/list/7/name","path":"/name"},{"op":"increment","path":"/n"}]') $$) AS update_patch;
SELECT pg_temp.stored_by($$ UPDATE kept SET (id, doc) = (id, jsonb_merge_at_path(doc, '{"n":1}', '{}')) WHERE doc ->> 'n' = '0' $$) AS row_of_columns,
	   pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(s.doc, '{"n":1}', '{}') FROM source AS s WHERE s.id = kept.id $$) AS update_from,
	   pg_temp.stored_by($$ UPDATE kept SET doc = s.doc FROM (SELECT id, jsonb_merge_at_path(doc, '{"n":1}', '{}') AS doc FROM source) AS s WHERE s.id = kept.id $$) AS subquery,
	   pg_temp.stored_by($$ WITH s AS (SELECT id, jsonb_merge_at_path(doc, '{"n":1}', '{}') AS doc FROM source) UPDATE kept SET doc = s.doc FROM s WHERE s.id = kept.id $$) AS cte,
	   pg_temp.stored_by($$ WITH s AS MATERIALIZED (SELECT id, jsonb_merge_at_path(doc, '{"n":1}', '{}') AS doc FROM source) UPDATE kept SET doc = s.doc FROM s WHERE s.id = kept.id $$) AS materialized_cte,
	   pg_temp.stored_by($$ UPDATE kept SET doc = (SELECT jsonb_merge_at_path(s.doc, '{"n":1}', '{}') FROM source AS s WHERE s.id = kept.id) $$) AS sublink;
SELECT pg_temp.stored_by('TRUNCATE kept', $$ INSERT INTO kept SELECT id, jsonb_merge_at_path(doc, '{"n":1}', '{}') FROM source $$) AS insert_select,
	   pg_temp.stored_by('TRUNCATE kept', $$ INSERT INTO kept SELECT id, jsonb_merge_at_path(doc, '{"n":1}', '{}') FROM source ORDER BY id LIMIT 2 $$) AS insert_ordered,
	   pg_temp.stored_by('TRUNCATE kept', $$ INSERT INTO kept VALUES (1, jsonb_merge_at_path((SELECT doc FROM source WHERE id = 1), '{"n":1}', '{}')) $$) AS insert_values,
	   pg_temp.stored_by($$ INSERT INTO kept SELECT id FROM source ON CONFLICT (id) DO UPDATE SET doc = jsonb_merge_at_path(kept.doc, '{"n":1}', '{}') $$) AS on_conflict;
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = CASE WHEN id > 0 THEN jsonb_merge_at_path(doc, '{"n":1}', '{}') ELSE doc END $$) AS in_case,
	   pg_temp.stored_by($$ UPDATE kept SET doc = coalesce(jsonb_merge_at_path(doc, '{"n":1}', '{}'), doc) $$) AS in_coalesce,
	   pg_temp.stored_by($$ UPDATE kept SET doc = pg_temp.merge(doc, '{"n":1}') $$) AS sql_function,
	   pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(jsonb_array_update_where(doc, '{list}', 'id', '7', '{"name":"new"}'), '{"n":1}', '{}') $$) AS nested,
	   pg_temp.stored_by($$ DO 'BEGIN UPDATE kept SET doc = jsonb_merge_at_path(doc, ''{"n":1}'', ''{}''); END' $$) AS plpgsql,
	   pg_temp.stored_by($$ PREPARE p AS UPDATE kept SET doc = jsonb_merge_at_path(doc, $1, '{}') $$, $$ EXECUTE p('{"n":1}') $$, 'DEALLOCATE p') AS prepared;
CREATE DOMAIN document AS jsonb CHECK (VALUE <> '[]');
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(path => '{}', source => '{"n":1}', target => jsonb_array_update_where(doc, '{list}', 'id', '7', '{"name":"new"}')) $$) AS named,
	   pg_temp.stored_by('ALTER TABLE kept ALTER doc TYPE document', 'ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL', $$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') $$,
						 'ALTER TABLE kept ALTER doc TYPE jsonb', 'ALTER TABLE kept ALTER doc SET STORAGE EXTERNAL') AS domain,
	   pg_temp.stored_by('TRUNCATE kept', $$ INSERT INTO kept VALUES (1, jsonb_merge_at_path((SELECT doc FROM source WHERE id = 1), '{"n":1}', '{}')), (2, jsonb_merge_at_path((SELECT doc FROM source WHERE id = 2), '{"n":1}', '{}')) $$) AS insert_rows;
DROP DOMAIN document;
-- A value that stays in its row comes back to the next statement just as it was
-- returned, which looks like a loop: now and then it is left to core.
CREATE TABLE inline (doc jsonb);
INSERT INTO inline SELECT jsonb_build_object('n', 0, 'list', jsonb_agg(jsonb_build_object('id', i, 'name', 'some name'))) FROM generate_series(1, 100) AS i;
CREATE FUNCTION pg_temp.edits_in_row() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	ALTER TABLE inline ALTER doc SET STORAGE EXTERNAL;
	FOR i IN 1 .. 30 LOOP
		UPDATE inline SET doc = jsonb_merge_at_path(doc, jsonb_build_object('n', i % 10), '{}');
		RETURN QUERY SELECT datum_form(doc) FROM inline;
		UPDATE inline SET doc = as_pglz(doc) WHERE datum_form(doc) = 'external';
	END LOOP;
END
$$;
SELECT form, count(*) > CASE form WHEN 'external' THEN 0 ELSE 15 END FROM pg_temp.edits_in_row() AS form GROUP BY form ORDER BY form;
DROP TABLE inline;
-- MERGE came with 15.
DO $$
DECLARE
	how text := 'splice';
BEGIN
	IF current_setting('server_version_num')::int >= 150000 THEN
		how := pg_temp.stored_by($m$ MERGE INTO kept USING source AS s ON s.id = kept.id WHEN MATCHED THEN UPDATE SET doc = jsonb_merge_at_path(kept.doc, '{"n":1}', '{}') $m$);
	END IF;
	RAISE NOTICE 'MERGE: %', how;
END
$$;
-- In a trigger, however it comes to what is stored.  A query that is no expression gets
-- plans of its own the first few times, with variables as constants, which are plain.
SET plan_cache_mode = force_generic_plan;
CREATE TABLE journal (n int);
CREATE FUNCTION pg_temp.stored_by_trigger(body text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS %L', 'DECLARE a jsonb; b jsonb; BEGIN ' || body || '; RETURN NEW; END');
	CREATE TRIGGER touch BEFORE UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION touch();
	body := pg_temp.stored_by('UPDATE kept SET id = id');
	DROP TRIGGER touch ON kept;
	RETURN body;
END
$$;
SELECT pg_temp.stored_by_trigger($$ NEW.doc := jsonb_merge_at_path(NEW.doc, '{"n":1}', '{}') $$) AS assigned,
	   pg_temp.stored_by_trigger($$ NEW.doc := jsonb_merge_at_path(NEW.doc, '{"n":1}', '{}'); NEW.doc := jsonb_array_update_where(NEW.doc, '{list}', 'id', '7', '{"name":"new"}') $$) AS twice,
	   pg_temp.stored_by_trigger($$ NEW.doc = jsonb_merge_at_path(jsonb_array_update_where(NEW.doc, '{list}', 'id', '7', '{"name":"new"}'), '{"n":1}', '{}') $$) AS nested,
	   pg_temp.stored_by_trigger($$ a := NEW.doc; a := jsonb_merge_at_path(a, '{"n":1}', '{}'); NEW.doc := a $$) AS by_variable,
	   pg_temp.stored_by_trigger($$ SELECT jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', NEW.id), '{}') INTO NEW.doc $$) AS select_into,
	   pg_temp.stored_by_trigger($$ SELECT doc INTO a FROM source WHERE id = NEW.id; IF jsonb_has_path_changed(NEW.doc, a, '{n}') IS NOT NULL THEN NEW.doc := jsonb_merge_at_path(a, '{"n":1}', '{}'); END IF $$) AS of_another_table,
	   pg_temp.stored_by_trigger(rtrim(repeat($$ NEW.doc := jsonb_merge_at_path(NEW.doc, '{"n":1}', '{}'); NEW.doc := jsonb_merge_at_path(NEW.doc, '{"n":2}', '{}'); $$, 5), '; ')) AS ten_calls;
-- A loop that hands on its own result goes on with a plain one.
SELECT pg_temp.stored_by_trigger($$ FOR i IN 1 .. 20 LOOP NEW.doc := jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}'); END LOOP $$) AS loop,
	   pg_temp.stored_by_trigger($$ FOR i IN 1 .. 20 LOOP NEW.doc := jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}'); INSERT INTO journal VALUES (i); END LOOP $$) AS with_commands,
	   pg_temp.stored_by_trigger($$ b := NEW.doc; FOR i IN 1 .. 20 LOOP NEW.doc := jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}'); b := jsonb_merge_at_path(b, jsonb_build_object('m', i), '{}'); END LOOP $$) AS by_turns,
	   pg_temp.stored_by_trigger($$ FOR i IN 1 .. 20 LOOP NEW.doc := jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}'); NEW.doc := jsonb_array_update_where(NEW.doc, '{list}', 'id', '7', jsonb_build_object('name', i)); END LOOP $$) AS different_calls,
	   pg_temp.stored_by_trigger($$ FOR i IN 1 .. 20 LOOP NEW.doc := jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}'); NEW.doc := jsonb_array_update_where(NEW.doc, '{list}', 'id', '-7', '{"name":"new"}'); END LOOP $$) AS nothing_between,
	   pg_temp.stored_by_trigger($$ FOR i IN 1 .. 20 LOOP SELECT jsonb_merge_at_path(NEW.doc, jsonb_build_object('n', i), '{}') INTO NEW.doc; END LOOP $$) AS select_in_loop,
	   pg_temp.stored_by($$ WITH RECURSIVE r AS (SELECT id, doc, 0 AS n FROM kept UNION ALL SELECT id, jsonb_merge_at_path(doc, jsonb_build_object('n', n + 1), '{}'), n + 1 FROM r WHERE n < 20) UPDATE kept SET doc = r.doc FROM r WHERE r.id = kept.id AND r.n = 20 $$) AS recursive;
DROP TABLE journal;
RESET plan_cache_mode;
-- What a trigger only reads is plain.
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '%', (SELECT min(datum_form(jsonb_merge_at_path(doc, '{"n":1}', '{}'))) FROM source);
	RETURN NEW;
END
$$;
CREATE TRIGGER touch BEFORE UPDATE ON kept FOR EACH ROW EXECUTE FUNCTION touch();
UPDATE kept SET id = id WHERE id = 1;
DROP TRIGGER touch ON kept;

-- Read.
SELECT datum_form(jsonb_merge_at_path(doc, '{"n":1}', '{}')) FROM source WHERE id = 1;
CREATE FUNCTION pg_temp.edit(doc jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		doc := jsonb_merge_at_path(doc, jsonb_build_object('n', i), '{}');
	END LOOP;
	RETURN datum_form(doc);
END
$$;
SELECT pg_temp.edit(doc) FROM source WHERE id = 1;
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') || '{"m":1}' $$) AS read_by_another_function,
	   pg_temp.stored_by($$ UPDATE kept SET doc = doc || '{"m":1}' WHERE jsonb_merge_at_path(doc, '{"n":1}', '{}') ->> 'n' = '1' $$) AS condition;
-- Off.
SET jsonb_ivm.compressed_splice = off;
SELECT pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') $$) AS off;
RESET jsonb_ivm.compressed_splice;
-- lz4 as well; 13 has none.
CREATE FUNCTION pg_temp.stored_as_lz4() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'ALTER TABLE source ALTER doc SET COMPRESSION lz4';
	ALTER TABLE source ALTER doc SET STORAGE EXTENDED;
	UPDATE source SET doc = from_raw(raw(doc));
	RETURN pg_temp.stored_by($u$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') $u$);
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN
	RETURN 'splice';
END
$$;
SELECT pg_temp.stored_as_lz4();
SET jsonb_ivm.compressed_splice = nonsense;
-- What is not compressed stays so, and what would not be toasted any more, too.
SELECT pg_temp.stored_by('UPDATE kept SET doc = from_raw(raw(doc))', $$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') $$) AS not_compressed,
	   pg_temp.stored_by($$ UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"list":[]}', '{}') $$) AS small;

-- An index on an expression is found by an UPDATE whose own call is marked.
CREATE INDEX ON kept ((jsonb_merge_at_path(doc, '{"n":1}', '{}') ->> 'id'));
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) UPDATE kept SET doc = jsonb_merge_at_path(doc, '{"n":1}', '{}') WHERE jsonb_merge_at_path(doc, '{"n":1}', '{}') ->> 'id' = '2';
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP TABLE kept, source;
DROP FUNCTION touch();
