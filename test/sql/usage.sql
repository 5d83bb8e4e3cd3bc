-- The operators where people use them: PL/pgSQL, triggers, indexes, generated
-- columns, prepared statements, parallel queries.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- What the catalog says of them.
SELECT p.oid::regprocedure, provolatile = 'i' AS immutable, proparallel = 's' AS parallel_safe, proisstrict AS strict, proleakproof AS leakproof,
	   procost > 1 AS has_cost, obj_description(p.oid, 'pg_proc') IS NOT NULL AS has_comment
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jsonb_ivm')
	AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND proname IN ('jsonb_array_update_where', 'jsonb_array_upsert_where', 'jsonb_merge_at_path', 'jsonb_has_path_changed')
ORDER BY proname COLLATE "C";

-- PL/pgSQL: variables, loops, results used again, errors caught.
DO $$
DECLARE
	doc jsonb := '{"items":[]}';
	row_count int := 0;
BEGIN
	FOR i IN 1..100 LOOP
		doc := jsonb_array_upsert_where(doc, '{items}', 'id', to_jsonb(i % 10), jsonb_build_object('id', i % 10, 'seen', i));
		doc := jsonb_merge_at_path(doc, jsonb_build_object('last', i), '{meta}');
		BEGIN
			doc := jsonb_merge_at_path(doc, '{"x":1}', '{items}');
		EXCEPTION WHEN invalid_parameter_value THEN
			row_count := row_count + 1;
		END;
	END LOOP;
	RAISE NOTICE '% errors, %', row_count, doc;
END
$$;

-- Arrays in variables are expanded objects; so is a path that grows.
DO $$
DECLARE
	steps text[] := '{}';
	doc jsonb := '{}';
BEGIN
	FOR i IN 1..4 LOOP
		steps := steps || ('s' || i);
		doc := jsonb_merge_at_path(doc, jsonb_build_object('n', i), steps);
	END LOOP;
	RAISE NOTICE '% %', doc, jsonb_has_path_changed(doc, '{}', steps);
END
$$;

-- Triggers that keep a projection.
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE post (id int PRIMARY KEY, data jsonb);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 3) AS i;
INSERT INTO post SELECT p, jsonb_build_object('title', 'post ' || p, 'authors', (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name) ORDER BY id) FROM author WHERE (id + p) % 2 = 0))
FROM generate_series(1, 4) AS p;
CREATE FUNCTION author_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE post SET data = jsonb_array_update_where(data, '{authors}', 'id', to_jsonb(NEW.id), jsonb_build_object('name', NEW.name))
	WHERE data @> jsonb_build_object('authors', jsonb_build_array(jsonb_build_object('id', NEW.id)));
	RETURN NULL;
END
$$;
CREATE TRIGGER author_changed AFTER UPDATE ON author FOR EACH ROW EXECUTE FUNCTION author_changed();
CREATE FUNCTION post_stamped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF jsonb_has_path_changed(OLD.data, NEW.data, '{authors}') THEN
		NEW.data := jsonb_merge_at_path(NEW.data, '{"authors":"changed"}', '{stamp}');
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER post_stamped BEFORE UPDATE ON post FOR EACH ROW EXECUTE FUNCTION post_stamped();
UPDATE author SET name = 'somebody else' WHERE id = 2;
UPDATE post SET data = jsonb_merge_at_path(data, '{"title":"another"}', '{}') WHERE id = 1;
SELECT id, data FROM post ORDER BY id;
DROP TABLE author, post;
DROP FUNCTION author_changed, post_stamped;

-- Index expressions and predicates, generated columns, constraints.
CREATE TABLE document (id int, data jsonb CHECK (NOT jsonb_has_path_changed(data, '{"kind":"document"}', '{kind}')),
					   stripped jsonb GENERATED ALWAYS AS (jsonb_merge_at_path(data, '{"secret":null}', '{}')) STORED);
INSERT INTO document (id, data) SELECT i, jsonb_build_object('kind', 'document', 'n', i % 50, 'secret', i) FROM generate_series(1, 1000) AS i;
CREATE INDEX document_merged ON document ((jsonb_merge_at_path(data, '{"kind":"index"}', '{}') ->> 'n'));
CREATE INDEX document_changed ON document (id) WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE;
ANALYZE document;
SET enable_seqscan = off;
SELECT count(*) FROM document WHERE jsonb_merge_at_path(data, '{"kind":"index"}', '{}') ->> 'n' = '7';
SELECT count(*) FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE;
CREATE FUNCTION pg_temp.uses(query text, what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%' || what || '%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;
SELECT pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_merge_at_path(data, '{"kind":"index"}', '{}') ->> 'n' = '7' $$, 'document_merged'),
	   pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE $$, 'document_changed');
RESET enable_seqscan;
UPDATE document SET data = jsonb_merge_at_path(data, '{"n":"changed"}', '{}') WHERE id = 7;
SELECT data, stripped FROM document WHERE id = 7;
\set VERBOSITY sqlstate
INSERT INTO document (id, data) VALUES (0, '{"kind":"other"}');
\set VERBOSITY default

-- Prepared statements, with custom and generic plans.
PREPARE merge (jsonb, jsonb, text[]) AS SELECT jsonb_merge_at_path($1, $2, $3);
EXECUTE merge ('{}', '{"x":1}', '{a}');
SET plan_cache_mode = force_generic_plan;
EXECUTE merge ('{"a":{}}', '{"x":2}', '{a}');
EXECUTE merge (NULL, '{"x":2}', '{a}');
RESET plan_cache_mode;
DEALLOCATE merge;

-- Parallel queries give the same answers.
CREATE TABLE many AS SELECT i AS id, random_document(i) AS data FROM generate_series(1, 2000) AS i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(md5(concat(
		CASE WHEN jsonb_typeof(data) = 'object' THEN jsonb_merge_at_path(data, '{"merged":"é"}', '{}')
			 WHEN jsonb_typeof(data) = 'array' THEN jsonb_array_upsert_where(jsonb_array_update_where(data, '{}', 'id', '1', '{"updated":1}'), '{}', 'id', '"new"', '{"id":"new"}') END,
		jsonb_has_path_changed(data, '{"id":1}', '{id}'))), '' ORDER BY id))
	FROM many
$$;
CREATE TEMP TABLE serial_answer AS SELECT pg_temp.digest() AS digest;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT pg_temp.uses($$ SELECT count(*) FROM many WHERE jsonb_has_path_changed(data, jsonb_merge_at_path('{}', '{"id":1}', '{a}'), '{id}') $$, 'Parallel Seq Scan');
SELECT count(*) = (SELECT count(*) FROM many WHERE (data #> '{id}') IS DISTINCT FROM '1')
FROM many WHERE jsonb_has_path_changed(data, '{"id":1}', '{id}');
SELECT digest = pg_temp.digest() FROM serial_answer;
-- Also where only the test setting makes a plan parallel; 16 renamed it.
DO $$
BEGIN
	PERFORM set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
END
$$;
SELECT digest = pg_temp.digest() FROM serial_answer;
SELECT jsonb_array_update_where('[{"id":1}]', '{}', 'id', '1', '{"v":1}'), jsonb_has_path_changed('1', '2', '{}');
\set VERBOSITY sqlstate
SELECT jsonb_merge_at_path(data, '{"x":1}', '{}') FROM (SELECT data FROM many WHERE jsonb_typeof(data) = 'array' AND id < 100 OFFSET 0) AS m;
\set VERBOSITY default
DROP TABLE document, many;
