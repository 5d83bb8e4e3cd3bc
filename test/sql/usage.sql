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
ORDER BY proname COLLATE "C";

-- Arguments by their names, and those that may be left out.
SELECT jsonb_array_insert_where('{"a":[{"n":1},{"n":3}]}', '{a}', '{"n":2}', sort_key => 'n', max_length => 2),
	   jsonb_array_insert_where(element => '3', array_path => '{}', target => '[1,2]'),
	   jsonb_array_update_where_batch(target => '[{"id":1}]', array_path => '{}', match_key => 'id', updates => '[{"id":1,"v":2}]'),
	   jsonb_increment('{"n":1}', '{n}'), jsonb_increment('{"n":1}', '{n}', by => -0.5),
	   jsonb_extract_id('{"id":"a","key":7}'), jsonb_extract_id('{"id":"a","key":7}', key => 'key'),
	   jsonb_graft('{"a":1,"b":2}', '{"a":3}', '{a}', '{b}'), jsonb_graft('{"a":1,"b":2}', '{"a":3}', VARIADIC paths => ARRAY['{a}', '{b}']),
	   jsonb_graft('{"a":1}', '{"a":3}', VARIADIC '{}');

-- Rows, in FROM and in the list of columns.
SELECT n, doc FROM jsonb_array_update_multi_row(ARRAY['[{"id":1}]', NULL, '[]', '[{"id":1.0}]']::jsonb[], '{}', 'id', '1', '{"v":1}')
	WITH ORDINALITY AS r (doc, n) WHERE n <> 3;
\set VERBOSITY sqlstate
SELECT n, doc FROM jsonb_array_update_multi_row(ARRAY['[{"id":1}]', '{}']::jsonb[], '{}', 'id', '1', '{"v":1}') WITH ORDINALITY AS r (doc, n);
\set VERBOSITY default
SELECT id, jsonb_array_update_multi_row(docs, ARRAY['a', format('[id=%s]', id), 'list'], 'k', '"x"', '{"v":1}')
FROM (VALUES (1, ARRAY['{"a":[{"id":1,"list":[{"k":"x"}]}]}', '{"a":[]}']::jsonb[]), (2, NULL), (3, '{}'), (4, '{"{\"a\":null}"}')) AS v (id, docs) ORDER BY id;
-- Not all of them are wanted.
SELECT jsonb_array_update_multi_row(ARRAY['[{"id":1}]', '[{"id":1,"w":2}]', '{}']::jsonb[], '{}', 'id', '1', '{"v":1}') LIMIT 2;

-- Aggregates: in an order, filtered, distinct, grouped, over windows.
SELECT g, jsonb_merge_agg(doc ORDER BY n), jsonb_merge_agg(doc ORDER BY n DESC) FILTER (WHERE n > 1), jsonb_deep_merge_agg(doc ORDER BY n), jsonb_deep_merge_agg(DISTINCT doc)
FROM (VALUES (1, 1, '{"a":{"b":1,"c":1}}'::jsonb), (1, 2, NULL), (1, 3, '{"a":{"b":3}}'), (2, 4, NULL)) AS v (g, n, doc)
GROUP BY ROLLUP (g) ORDER BY g;
SELECT n, jsonb_merge_agg(doc) OVER (ORDER BY n), jsonb_deep_merge_agg(doc) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
FROM (VALUES (1, '{"a":{"x":1}}'::jsonb), (2, '{"a":{"y":2}}'), (3, NULL), (4, '{"b":4}')) AS v (n, doc) ORDER BY n;

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

-- A path that is another one each time, where the call stays the same; a patch that grows.
DO $$
DECLARE
	doc jsonb := '{"list":[]}';
	patch jsonb := '[]';
	version jsonb;
BEGIN
	FOR i IN 1..5 LOOP
		doc := jsonb_set_path(doc, '{list,[-]}', jsonb_build_object('id', i, 'n', 0));
	END LOOP;
	FOR i IN 1..7 LOOP
		doc := jsonb_increment(doc, ARRAY['list', format('[id=%s]', to_jsonb(i % 6)), 'n'], i * 0.10);
		doc := jsonb_array_delete_where(doc, '{list}', 'id', to_jsonb(i - 3));
		patch := patch || jsonb_build_object('op', 'add', 'path', format('/k%s', i), 'value', i);
		version := jsonb_patch(doc, patch);
		ASSERT jsonb_patch(doc, jsonb_diff(doc, version)) = version;
		ASSERT jsonb_merge_patch(doc, jsonb_merge_diff(doc, version)) = version;
		ASSERT jsonb_verify(version) IS NULL;
	END LOOP;
	RAISE NOTICE '%', version;
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
CREATE INDEX document_id ON document (jsonb_extract_id(data, 'n'));
CREATE INDEX document_valid ON document (id) WHERE jsonb_verify(data) IS NULL;
ALTER TABLE document ADD list jsonb;
UPDATE document SET list = jsonb_build_object('list', jsonb_build_array(jsonb_build_object('id', id % 20), jsonb_build_object('id', id % 30)));
CREATE INDEX document_list ON document USING gin (list jsonb_path_ops);
SELECT count(*) FROM document WHERE jsonb_extract_id(data, 'n') = '7';
SELECT count(*) FROM document WHERE jsonb_array_contains_id(list, '{list}', 'id', '7');
SELECT count(*) FROM document WHERE jsonb_verify(data) IS NULL AND id < 10;
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
	   pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_has_path_changed(data, '{"n":7}', '{n}') IS FALSE $$, 'document_changed'),
	   pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_extract_id(data, 'n') = '7' $$, 'document_id'),
	   pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_array_contains_id(list, '{list}', 'id', '7') $$, 'document_list'),
	   pg_temp.uses($$ SELECT count(*) FROM document WHERE jsonb_verify(data) IS NULL AND id < 10 $$, 'document_valid');
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
-- What a call site keeps of a path is of a constant, not of a parameter.
PREPARE increment (text[], numeric) AS SELECT jsonb_increment(d, $1, $2), jsonb_increment(d, '{a,[id=2],n}', $2)
FROM (VALUES ('{"a":[{"id":1,"n":1},{"id":2,"n":2}]}'::jsonb), ('{"a":[{"id":2.0,"n":3}]}')) AS v (d);
EXECUTE increment ('{a,[id=1],n}', 10);
EXECUTE increment ('{a,[*],n}', 0.0);
RESET plan_cache_mode;
DEALLOCATE merge;
DEALLOCATE increment;

-- Parallel queries give the same answers.
CREATE TABLE many AS SELECT i AS id, random_document(i) AS data FROM generate_series(1, 2000) AS i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(md5(concat(
		CASE WHEN jsonb_typeof(data) = 'object' THEN jsonb_merge_at_path(data, '{"merged":"é"}', '{}')
			 WHEN jsonb_typeof(data) = 'array' THEN jsonb_array_upsert_where(jsonb_array_update_where(data, '{}', 'id', '1', '{"updated":1}'), '{}', 'id', '"new"', '{"id":"new"}') END,
		jsonb_has_path_changed(data, '{"id":1}', '{id}'), jsonb_set_path(data, '{}', jsonb_build_array(data)), jsonb_extract_id(data),
		jsonb_verify(data), jsonb_array_contains_id(data, '{}', 'id', '1'), jsonb_diff(data, jsonb_build_array(data)), jsonb_merge_patch(data, '{"a":{"b":1}}'))), '' ORDER BY id))
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
-- Their aggregates have no parts that could be combined.
SELECT md5(jsonb_merge_agg(data ORDER BY id)::text) = (SELECT md5(jsonb_object_agg(key, value ORDER BY id)::text) FROM many, jsonb_each(data) WHERE jsonb_typeof(data) = 'object')
FROM many WHERE jsonb_typeof(data) = 'object';
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
