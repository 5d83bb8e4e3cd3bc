--
-- What memcheck.sh works on: documents in every form, and calls of every function.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION jsonb_ivm;
CREATE EXTENSION jsonb_ivm_test;
SELECT current_setting('server_version_num')::int >= 140000 AS has_lz4 \gset

-- A record as projections have them: about 260 bytes that compress to half.
CREATE FUNCTION make_record(n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object(
		'id', n, 'name', 'server ' || n, 'address', format('10.%s.%s.7', n % 256, n / 256 % 256),
		'digest', md5(n::text), 'active', n % 3 = 0, 'weight', n % 1000 / 10.0,
		'note', left(md5((-n)::text), 12) || ' restarted by hand after the switch was replaced; ticket ' || n * 7)
$$;

--
-- The calls: each function's ways to end.  Those named like the functions that
-- have no case here are missing.
--
CREATE TABLE signature (function text PRIMARY KEY, arguments regprocedure);
INSERT INTO signature SELECT name, signature FROM jsonb_ivm_test.functions;

-- outcome is an SQLSTATE, or what the result is: a new one or the target itself.
CREATE TABLE call (n int GENERATED ALWAYS AS IDENTITY, function text, outcome text, arguments text);
INSERT INTO call (function, outcome, arguments) VALUES
	('jsonb_array_update_where', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_update_where', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '2.0'::jsonb, '{"id":2.0,"r":[{}]}'::jsonb $$),
	('jsonb_array_update_where', 'target', $$ %doc%, '{list}'::text[], 'id'::text, '3'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_update_where', 'target', $$ %doc%, '{none,such}'::text[], 'id'::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_update_where', 'target', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb, '{"id":1}'::jsonb $$),
	('jsonb_array_update_where', '22023', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb, '[7]'::jsonb $$),
	('jsonb_array_update_where', '22023', $$ %doc%, '{sub}'::text[], 'id'::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_update_where', '22P02', $$ %doc%, '{list,x}'::text[], 'id'::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_update_where', '22004', $$ %doc%, '{list}'::text[], NULL::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_array_upsert_where', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '2'::jsonb, '{"id":2,"q":[1,2,{"r":null}]}'::jsonb $$),
	('jsonb_array_upsert_where', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '"x"'::jsonb, '{"id":"x"}'::jsonb $$),
	('jsonb_array_upsert_where', 'new', $$ %doc%, '{a,b,list}'::text[], 'id'::text, '1'::jsonb, '{"id":1}'::jsonb $$),
	('jsonb_array_upsert_where', 'target', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb, (%doc% #> '{list,0}')::jsonb $$),
	('jsonb_array_upsert_where', '22023', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb, '{"id":2}'::jsonb $$),
	('jsonb_array_upsert_where', '22023', $$ %doc%, '{sub,x,list}'::text[], 'id'::text, '1'::jsonb, '{"id":1}'::jsonb $$),
	('jsonb_merge_at_path', 'new', $$ %doc%, '{"y":2,"z":"text"}'::jsonb, '{sub}'::text[] $$),
	('jsonb_merge_at_path', 'new', $$ %doc%, '{"version":2}'::jsonb, '{}'::text[] $$),
	-- so much that is new that it is left to core to compress
	('jsonb_merge_at_path', 'new', $$ %doc%, jsonb_build_object('noise'::text, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 100) AS i)), '{}'::text[] $$),
	('jsonb_merge_at_path', 'new', $$ %doc%, '{"y":2}'::jsonb, '{a,b,c,d,e,f,g,h,i,j,k,l}'::text[] $$),
	('jsonb_merge_at_path', 'target', $$ %doc%, '{"x":1}'::jsonb, '{sub}'::text[] $$),
	('jsonb_merge_at_path', '22004', $$ %doc%, '{"y":2}'::jsonb, '{sub,NULL}'::text[] $$),
	('jsonb_merge_at_path', '2202E', $$ %doc%, '{"y":2}'::jsonb, '{{sub},{x}}'::text[] $$),
	('jsonb_merge_at_path', 'XX001', $$ jsonb_ivm_test.from_raw(jsonb_ivm_test.set_word(jsonb_ivm_test.raw(%doc%), 0, x'4fffffff'::bigint)), '{"y":2}'::jsonb, '{sub}'::text[] $$),
	('jsonb_has_path_changed', 'new', $$ %doc%, %other%, '{list}'::text[] $$),
	('jsonb_has_path_changed', 'new', $$ %doc%, %other%, '{list,0,id}'::text[] $$),
	('jsonb_has_path_changed', '22004', $$ %doc%, %other%, NULL::text[] $$),
	('jsonb_array_delete_where', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '1'::jsonb $$),
	('jsonb_array_delete_where', 'target', $$ %doc%, '{list,[id=7],x}'::text[], 'id'::text, '1'::jsonb $$),
	('jsonb_array_delete_where', '22P02', $$ %doc%, '{list,[id]}'::text[], 'id'::text, '1'::jsonb $$),
	('jsonb_array_insert_where', 'new', $$ %doc%, '{list}'::text[], '{"id":1.5}'::jsonb, 'id'::text, 'DESC'::text, 2 $$),
	('jsonb_array_insert_where', '22023', $$ %doc%, '{list}'::text[], '{"id":1.5}'::jsonb, 'id'::text, 'UP'::text, 2 $$),
	('jsonb_array_update_where_batch', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '[{"id":2,"q":[1]},{"match_value":1.0,"updates":{"r":{}}}]'::jsonb $$),
	('jsonb_array_update_where_batch', 'target', $$ %doc%, '{list}'::text[], 'id'::text, '[{"id":7,"q":[1]}]'::jsonb $$),
	('jsonb_array_update_where_batch', '22023', $$ %doc%, '{list}'::text[], 'id'::text, '[{"id":7,"q":[1]},7]'::jsonb $$),
	('jsonb_array_reconcile', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '[{"id":2},{"id":3},{"id":1.0},"x"]'::jsonb $$),
	('jsonb_array_reconcile', 'target', $$ %doc%, '{list}'::text[], 'id'::text, '[{"id":1},{"id":2.0}]'::jsonb $$),
	('jsonb_merge_shallow', 'new', $$ %doc%, '{"y":2,"sub":[]}'::jsonb $$),
	('jsonb_deep_merge', 'new', $$ %doc%, '{"y":{"z":{}},"sub":{"y":[1]}}'::jsonb $$),
	('jsonb_deep_merge', '22023', $$ %doc%, '[]'::jsonb $$),
	('jsonb_set_path', 'new', $$ %doc%, '{list,[*],x}'::text[], '{"y":1}'::jsonb $$),
	('jsonb_set_path', 'new', $$ %doc%, '{a,b,[-]}'::text[], '7'::jsonb $$),
	('jsonb_set_path', '22023', $$ %doc%, '{sub,x,y}'::text[], '7'::jsonb $$),
	('jsonb_remove_path', 'new', $$ %doc%, ARRAY['list', '["id"=2]']::text[] $$),
	('jsonb_remove_path', 'target', $$ %doc%, ARRAY['list', '["id"="\u00e9"]']::text[] $$),
	('jsonb_increment', 'new', $$ %doc%, '{list,[*],id}'::text[], 1e20 $$),
	('jsonb_increment', '22023', $$ %doc%, '{sub}'::text[], 1.5 $$),
	('jsonb_graft', 'new', $$ %doc%, '{"sub":{"x":{"y":[1]}},"list":[{"id":7},{"id":8}]}'::jsonb, VARIADIC ARRAY['{sub,x}', '{list,1}', '{nowhere}']::text[] $$),
	('jsonb_graft', '22P02', $$ %doc%, '{}'::jsonb, VARIADIC ARRAY['{sub']::text[] $$),
	('jsonb_merge_patch', 'new', $$ %doc%, '{"sub":{"x":null,"y":{"z":null}}}'::jsonb $$),
	('jsonb_merge_diff', 'new', $$ %doc%, %other% $$),
	('jsonb_patch', 'new', $$ %doc%, '[{"op":"add","path":"/list/0","value":{"id":0}},{"op":"move","from":"/list/1","path":"/moved"},{"op":"test","path":"/moved/id","value":1},{"op":"copy","from":"/list","path":"/sub/list"},{"op":"increment","path":["sub","list","[id=2]","id"]}]'::jsonb $$),
	('jsonb_patch', '22023', $$ %doc%, '[{"op":"remove","path":"/sub"},{"op":"remove","path":"/sub/x"}]'::jsonb $$),
	('jsonb_diff', 'new', $$ %doc%, %other% $$),
	('jsonb_array_contains_id', 'new', $$ %doc%, '{list}'::text[], 'id'::text, '2.0'::jsonb $$),
	('jsonb_extract_id', 'new', $$ jsonb_build_object('id'::text, 12345678901234567890.5, 'doc'::text, %doc%), 'id'::text $$);
-- These do not give one new value for each call.
INSERT INTO call (function, outcome, arguments) VALUES
	('jsonb_array_update_multi_row', 'rows', $$ ARRAY[%doc%, NULL, %other%]::jsonb[], '{list}'::text[], 'id'::text, '1'::jsonb, '{"q":7}'::jsonb $$),
	('jsonb_verify', 'null', $$ %doc% $$);

SELECT jsonb_ivm_test.check_covered('call', array_agg(function)) FROM call \g /dev/null

--
-- A document in every form that a datum can have.
--
CREATE TABLE specimen (form text, doc jsonb, other jsonb) PARTITION BY LIST (form);
CREATE TABLE specimen_plain PARTITION OF specimen FOR VALUES IN ('short', 'plain', 'external', 'external, large', 'indirect');
CREATE TABLE specimen_pglz PARTITION OF specimen FOR VALUES IN ('inline pglz', 'external pglz');
CREATE TABLE specimen_lz4 PARTITION OF specimen FOR VALUES IN ('inline lz4', 'external lz4');
ALTER TABLE specimen_plain ALTER doc SET STORAGE external, ALTER other SET STORAGE external;
\if :has_lz4
ALTER TABLE specimen_pglz ALTER doc SET COMPRESSION pglz, ALTER other SET COMPRESSION pglz;
ALTER TABLE specimen_lz4 ALTER doc SET COMPRESSION lz4, ALTER other SET COMPRESSION lz4;
\endif
INSERT INTO specimen
SELECT form, doc, jsonb_set(doc, '{list,1,id}', '5')
FROM (VALUES ('short', 0), ('plain', 3), ('inline pglz', 6), ('inline lz4', 6),
			 ('external', 80), ('external, large', 600), ('external pglz', 80), ('external lz4', 80), ('indirect', 20)) AS f (form, records),
	LATERAL (SELECT '{"list":[{"id":1},{"id":2}],"sub":{"x":1}}'::jsonb ||
				COALESCE(jsonb_object_agg(format('record %s', n), make_record(n)), '{}') AS doc
			 FROM generate_series(1, records) AS n) AS d
WHERE :'has_lz4' OR form NOT LIKE '%lz4';
DO $$
DECLARE
	wrong text := (SELECT string_agg(format('%s instead of %s', jsonb_ivm_test.datum_form(doc), form), ', ')
				   FROM specimen WHERE replace(replace(form, 'indirect', 'external'), ', large', '') <> jsonb_ivm_test.datum_form(doc));
BEGIN
	IF wrong <> '' THEN
		RAISE EXCEPTION 'a document is %', wrong;
	END IF;
END
$$;

CREATE FUNCTION fill_in(arguments text, form text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT replace(replace(arguments, '%doc%', CASE form WHEN 'indirect' THEN 'jsonb_ivm_test.as_indirect(doc)' ELSE 'doc' END), '%other%', 'other')
$$;

--
-- All calls on all forms, as one procedure: each call is a statement, which keeps
-- its plan, and its error is caught.
--
SELECT count(*) AS operations FROM call, specimen \gset
SELECT format('CREATE PROCEDURE run(cycles int) LANGUAGE plpgsql AS %L',
	E'BEGIN\nFOR i IN 1..cycles LOOP\n' ||
	string_agg(format(E'BEGIN PERFORM %s(%s) FROM specimen WHERE form = %L; EXCEPTION WHEN OTHERS THEN NULL; END;\n',
					  function, fill_in(arguments, form), form), '' ORDER BY n, form) ||
	E'COMMIT;\nEND LOOP;\nEND')
FROM call, specimen \gexec

--
-- Documents of all sizes for the peaks.
--
CREATE TABLE size (size int PRIMARY KEY);
INSERT INTO size SELECT 1024 * 4 ^ n FROM generate_series(0, :largest) AS n;
CREATE TABLE document (storage text, shape text, size int, doc jsonb, other jsonb) PARTITION BY LIST (storage);
CREATE TABLE document_plain PARTITION OF document FOR VALUES IN ('plain');
CREATE TABLE document_pglz PARTITION OF document FOR VALUES IN ('pglz');
CREATE TABLE document_lz4 PARTITION OF document FOR VALUES IN ('lz4');
ALTER TABLE document_plain ALTER doc SET STORAGE external, ALTER other SET STORAGE external;
\if :has_lz4
ALTER TABLE document_pglz ALTER doc SET COMPRESSION pglz, ALTER other SET COMPRESSION pglz;
ALTER TABLE document_lz4 ALTER doc SET COMPRESSION lz4, ALTER other SET COMPRESSION lz4;
\endif
INSERT INTO document
SELECT 'plain', 'records', size, doc, doc || '{"version":2}'
FROM size, LATERAL (SELECT jsonb_build_object('sub', '{"x":1}'::jsonb, 'list', jsonb_agg(make_record(n) ORDER BY n)) AS doc
					FROM generate_series(1, greatest(size / 260, 2)) AS n) AS d
UNION ALL
SELECT 'plain', 'one text', size, doc, doc || '{"version":2}'
FROM size, LATERAL (SELECT jsonb_build_object('sub', '{"x":1}'::jsonb, 'list', jsonb_agg(make_record(n) ORDER BY n)) ||
						jsonb_build_object('text', repeat('all that was said ', size / 18)) AS doc
					FROM generate_series(1, 2) AS n) AS d;
-- A compressed value is stored a second time as it is, which takes less time.
INSERT INTO document SELECT 'pglz', shape, size, doc FROM document WHERE storage = 'plain' AND shape = 'records';
UPDATE document SET other = jsonb_merge_at_path(doc, '{"version":2}', '{}') WHERE storage = 'pglz';
\if :has_lz4
INSERT INTO document SELECT 'lz4', shape, size, doc, other FROM document WHERE storage = 'plain' AND shape = 'records';
\endif

-- What is done with a document, and natively.  The native way is spared the
-- search, and never asked to take the document apart twice.
CREATE TABLE way (n int GENERATED ALWAYS AS IDENTITY, function text, what text, ours text, native text);
INSERT INTO way (function, what, ours, native) VALUES
	('jsonb_array_update_where', 'update', $$ jsonb_array_update_where(doc, '{list}', 'id', '2', '{"note":"new"}') $$, $$ jsonb_set(doc, '{list,1,note}', '"new"') $$),
	('jsonb_array_update_where', 'no match', $$ jsonb_array_update_where(doc, '{list}', 'id', '0', '{"note":"new"}') $$, $$ jsonb_set(doc, '{list,0,id}', '1') $$),
	('jsonb_array_upsert_where', 'replace', $$ jsonb_array_upsert_where(doc, '{list}', 'id', '2', '{"id":2}') $$, $$ jsonb_set(doc, '{list,1}', '{"id":2}') $$),
	('jsonb_array_upsert_where', 'append', $$ jsonb_array_upsert_where(doc, '{list}', 'id', '0', '{"id":0}') $$, $$ jsonb_insert(doc, '{list,-1}', '{"id":0}', true) $$),
	('jsonb_merge_at_path', 'merge', $$ jsonb_merge_at_path(doc, '{"y":2}', '{sub}') $$, $$ jsonb_set(doc, '{sub,y}', '2') $$),
	('jsonb_merge_at_path', 'at the root', $$ jsonb_merge_at_path(doc, '{"y":2}', '{}') $$, $$ doc || '{"y":2}' $$),
	('jsonb_has_path_changed', 'equal arrays', $$ jsonb_has_path_changed(doc, other, '{list}') $$, $$ (doc #> '{list}') IS DISTINCT FROM (other #> '{list}') $$),
	('jsonb_has_path_changed', 'equal numbers', $$ jsonb_has_path_changed(doc, other, '{sub,x}') $$, $$ (doc #> '{sub,x}') IS DISTINCT FROM (other #> '{sub,x}') $$);
-- Of what came later one way each, and of few documents.
ALTER TABLE way ADD often boolean NOT NULL DEFAULT false;
UPDATE way SET often = true;
INSERT INTO way (function, what, ours, native) VALUES
	('jsonb_array_delete_where', 'delete', $$ jsonb_array_delete_where(doc, '{list}', 'id', '2') $$, $$ doc #- '{list,1}' $$),
	('jsonb_array_insert_where', 'insert', $$ jsonb_array_insert_where(doc, '{list}', '{"id":1.5}', 'id') $$, $$ jsonb_insert(doc, '{list,1}', '{"id":1.5}') $$),
	('jsonb_array_update_where_batch', 'update', $$ jsonb_array_update_where_batch(doc, '{list}', 'id', '[{"id":2,"note":"new"}]') $$, $$ jsonb_set(doc, '{list,1,note}', '"new"') $$),
	('jsonb_array_update_multi_row', 'update', $$ (SELECT max(pg_column_size(m)) FROM jsonb_array_update_multi_row(ARRAY[doc], '{list}', 'id', '2', '{"note":"new"}') AS m) $$,
	 $$ (SELECT max(pg_column_size(jsonb_set(m, '{list,1,note}', '"new"'))) FROM unnest(ARRAY[doc]) AS m) $$),
	('jsonb_array_reconcile', 'create', $$ jsonb_array_reconcile(doc, '{new}', 'id', '[{"id":1}]') $$, $$ doc || '{"new":[{"id":1}]}' $$),
	('jsonb_merge_shallow', 'merge', $$ jsonb_merge_shallow(doc, '{"y":2}') $$, $$ doc || '{"y":2}' $$),
	('jsonb_deep_merge', 'merge', $$ jsonb_deep_merge(doc, '{"sub":{"y":2}}') $$, $$ jsonb_set(doc, '{sub,y}', '2') $$),
	('jsonb_set_path', 'set', $$ jsonb_set_path(doc, '{sub,y}', '2') $$, $$ jsonb_set(doc, '{sub,y}', '2') $$),
	('jsonb_remove_path', 'remove', $$ jsonb_remove_path(doc, '{sub,x}') $$, $$ doc #- '{sub,x}' $$),
	('jsonb_increment', 'increment', $$ jsonb_increment(doc, '{sub,x}') $$, $$ jsonb_set(doc, '{sub,x}', '2') $$),
	('jsonb_graft', 'graft', $$ jsonb_graft(doc, '{"sub":{"y":2}}', '{sub,y}') $$, $$ jsonb_set(doc, '{sub,y}', '2') $$),
	('jsonb_merge_patch', 'merge', $$ jsonb_merge_patch(doc, '{"sub":{"y":2}}') $$, $$ jsonb_set(doc, '{sub,y}', '2') $$),
	('jsonb_merge_diff', 'difference', $$ jsonb_merge_diff(doc, other) $$, $$ (SELECT jsonb_object_agg(key, value) FROM jsonb_each(other) WHERE value IS DISTINCT FROM doc -> key) $$),
	('jsonb_patch', 'replace', $$ jsonb_patch(doc, '[{"op":"replace","path":"/sub/x","value":2}]') $$, $$ jsonb_set(doc, '{sub,x}', '2') $$),
	('jsonb_diff', 'difference', $$ jsonb_diff(doc, other) $$, $$ (SELECT jsonb_object_agg(key, value) FROM jsonb_each(other) WHERE value IS DISTINCT FROM doc -> key) $$),
	('jsonb_array_contains_id', 'contains', $$ jsonb_array_contains_id(doc, '{list}', 'id', '2') $$, $$ doc @> '{"list":[{"id":2}]}' $$),
	('jsonb_extract_id', 'extract', $$ jsonb_extract_id(doc, 'version') $$, $$ doc ->> 'version' $$),
	('jsonb_verify', 'verify', $$ jsonb_verify(doc) $$, $$ length(doc::text) $$);
SELECT jsonb_ivm_test.check_covered('peak', array_agg(function)) FROM way \g /dev/null
-- kind is ours or native; resident is of VmHWM, from 256 KB up.
CREATE TABLE peak (way int, storage text, shape text, size int, kind text, allocated bigint, resident bigint,
				   PRIMARY KEY (way, storage, shape, size, kind));
INSERT INTO peak (way, storage, shape, size, kind)
SELECT n, storage, shape, size, kind FROM way, document, unnest(ARRAY['ours', 'native']) AS kind
WHERE often OR (storage = 'plain' AND shape = 'records' AND size IN (1024, 262144, 4194304, 67108864));
