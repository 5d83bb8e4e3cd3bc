--
-- Large documents, and calls that take long on them: what cancel.sh cancels.
--
--		psql -v megabytes=96 -f stress/cancel_cases.sql -f ...
--
-- The documents are kept in the session's memory by jsonb_ivm_test.keep(), most of
-- them as plain values.  All results are taken to be stored, so those that are
-- compressed are spliced.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
DROP SCHEMA IF EXISTS jsonb_ivm_cancel CASCADE;
CREATE SCHEMA jsonb_ivm_cancel;
SET search_path = jsonb_ivm_cancel, public, jsonb_ivm_test;

\o /dev/null
\warn documents of :megabytes MB
-- One array of many small elements, and the same bytes elsewhere.
SELECT :megabytes * 9000 AS n, :megabytes * 1024 * 1024 AS bytes \gset
SELECT keep('elements', jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i, 'name', md5(i::text) || md5(i::text)))))
FROM generate_series(1, :n) AS i;
SELECT keep('elements again', kept('elements'));
-- Many pairs, and as many others.
SELECT keep('pairs', jsonb_object_agg(md5(i::text), md5(i::text) || md5(i::text))) FROM generate_series(1, :n) AS i;
SELECT keep('patch', jsonb_object_agg(md5(i::text), md5(i::text) || md5(i::text))) FROM generate_series(:n / 2, :n * 3 / 2) AS i;
-- Two objects with the same keys.
SELECT keep('wide', jsonb_build_object('items', jsonb_build_array(o, o)))
FROM (SELECT jsonb_object_agg(md5(i::text), i) AS o FROM generate_series(1, :n) AS i) AS o;
-- One string that is nearly all.
SELECT keep('string', jsonb_build_object('a', repeat('x', :bytes), 'items', '[{"id":1}]'::jsonb));
-- A key that is nearly all.
SELECT keep('key', jsonb_build_object('items', jsonb_build_array(jsonb_build_object(repeat('k', :bytes / 2), 1), '{"id":1}'::jsonb)));
-- Deep.
SELECT keep('deep', (repeat('{"p":"' || repeat('x', :bytes / 1500) || '","d":', 1500) || '{"e":[]}' || repeat('}', 1500))::jsonb);
-- Numbers, and the same ones but for the scale of the last or the first.
SELECT keep('numbers', ('[' || repeat('1234567.5,', (:bytes / 16)::int) || '1]')::jsonb);
SELECT keep('numbers, last', ('[' || repeat('1234567.5,', (:bytes / 16)::int) || '1.0]')::jsonb);
SELECT keep('numbers, first', ('[1234567.50,' || repeat('1234567.5,', (:bytes / 16)::int - 1) || '1]')::jsonb);

-- The many elements again, compressed.
SELECT keep('pglz', as_pglz(kept('elements'))), keep('lz4', as_lz4(kept('elements')));
LOAD 'jsonb_ivm';
LOAD 'jsonb_ivm_test';
SET jsonb_ivm.compressed_splice = on;
SET jsonb_ivm_test.stored = on;

CREATE TABLE calls (id int GENERATED ALWAYS AS IDENTITY, operator text, what text, arguments text, want text);
INSERT INTO calls (operator, what, arguments, want) VALUES
	('jsonb_array_update_where', 'the last of many elements',
	 $$kept('elements'), '{items}'::text[], 'id'::text, to_jsonb(:n), '{"name":"y"}'::jsonb$$,
	 $$jsonb_set(kept('elements'), '{items,-1,name}', '"y"')$$),
	('jsonb_array_update_where', 'none of many elements',
	 $$kept('elements'), '{items}'::text[], 'id'::text, '-1'::jsonb, '{"name":"y"}'::jsonb$$, $$kept('elements')$$),
	('jsonb_array_update_where', 'beside a long string',
	 $$kept('string'), '{items}'::text[], 'id'::text, '1'::jsonb, '{"id":2}'::jsonb$$,
	 $$jsonb_set(kept('string'), '{items,0,id}', '2')$$),
	('jsonb_array_update_where', 'the first of many elements, pglz',
	 $$kept('pglz'), '{items}'::text[], 'id'::text, '1'::jsonb, '{"name":"y"}'::jsonb$$,
	 $$jsonb_set(kept('elements'), '{items,0,name}', '"y"')$$),
	('jsonb_array_upsert_where', 'append to many elements, lz4',
	 $$kept('lz4'), '{items}'::text[], 'id'::text, '-1'::jsonb, '{"id":-1}'::jsonb$$,
	 $$jsonb_insert(kept('elements'), '{items,-1}', '{"id":-1}', true)$$),
	('jsonb_array_upsert_where', 'replace the last of many elements',
	 $$kept('elements'), '{items}'::text[], 'id'::text, to_jsonb(:n), jsonb_build_object('id'::text, to_jsonb(:n))$$,
	 $$jsonb_set(kept('elements'), '{items,-1}', jsonb_build_object('id', to_jsonb(:n)))$$),
	('jsonb_array_upsert_where', 'append to many elements',
	 $$kept('elements'), '{items}'::text[], 'id'::text, '-1'::jsonb, '{"id":-1}'::jsonb$$,
	 $$jsonb_insert(kept('elements'), '{items,-1}', '{"id":-1}', true)$$),
	('jsonb_array_upsert_where', 'create at the end of a long way',
	 $$kept('deep'), array_fill('d'::text, ARRAY[1500]) || '{e}'::text[], 'id'::text, '1'::jsonb, '{"id":1}'::jsonb$$,
	 $$jsonb_set(kept('deep'), array_fill('d'::text, ARRAY[1500]) || '{e}', '[{"id":1}]')$$),
	('jsonb_merge_at_path', 'a little into many pairs',
	 $$kept('pairs'), '{"a":1,"b":{"c":[]}}'::jsonb, '{}'::text[]$$, $$kept('pairs') || '{"a":1,"b":{"c":[]}}'$$),
	('jsonb_merge_at_path', 'many pairs into many',
	 $$kept('pairs'), kept('patch'), '{}'::text[]$$, $$kept('pairs') || kept('patch')$$),
	('jsonb_merge_at_path', 'many pairs into none',
	 $$'{}'::jsonb, kept('patch'), '{a,b}'::text[]$$, $$jsonb_build_object('a', jsonb_build_object('b', kept('patch')))$$),
	('jsonb_merge_at_path', 'beside a long string',
	 $$kept('string'), '{"id":2}'::jsonb, '{items,0}'::text[]$$, $$jsonb_set(kept('string'), '{items,0,id}', '2')$$),
	('jsonb_merge_at_path', 'a long string with itself',
	 $$kept('string'), kept('string'), '{}'::text[]$$, $$kept('string')$$),
	('jsonb_merge_at_path', 'at the end of a long way',
	 $$kept('deep'), '{"a":1}'::jsonb, array_fill('d'::text, ARRAY[1500])$$,
	 $$jsonb_set(kept('deep'), array_fill('d'::text, ARRAY[1500]) || '{a}', '1')$$),
	('jsonb_merge_at_path', 'beside a long string, in place',
	 $$as_indirect(kept('string')), '{"id":2}'::jsonb, '{items,0}'::text[]$$, $$jsonb_set(kept('string'), '{items,0,id}', '2')$$),
	('jsonb_merge_at_path', 'before a long string, in place',
	 $$as_indirect(kept('string')), '{"":[]}'::jsonb, '{}'::text[]$$, $$kept('string') || '{"":[]}'$$),
	('jsonb_has_path_changed', 'many elements, the same bytes', $$kept('elements'), kept('elements again'), '{}'::text[]$$, 'false'),
	('jsonb_has_path_changed', 'many numbers, another scale at the end', $$kept('numbers'), kept('numbers, last'), '{}'::text[]$$, 'false'),
	('jsonb_has_path_changed', 'many numbers, another scale at the start', $$kept('numbers'), kept('numbers, first'), '{}'::text[]$$, 'false');
-- What costs work and hardly any time: for the count of work alone.
INSERT INTO calls (operator, what, arguments) VALUES
	('jsonb_array_update_where', 'elements of many pairs',
	 $$kept('wide'), '{items}'::text[], md5('1'), '2'::jsonb, '{"id":2}'::jsonb$$),
	('jsonb_array_update_where', 'a long key', $$kept('key'), '{items}'::text[], repeat('k'::text, :bytes / 2), '1'::jsonb, '{"id":2}'::jsonb$$),
	('jsonb_merge_at_path', 'the same pairs with other values',
	 $$kept('patch'), (SELECT jsonb_object_agg(key, length(key)) FROM jsonb_each_text(kept('patch'))), '{}'::text[]$$),
	('jsonb_merge_at_path', 'many nulls into none',
	 $$'{}'::jsonb, (SELECT jsonb_object_agg(key, NULL) FROM jsonb_each_text(kept('patch'))), '{}'::text[]$$),
	('jsonb_merge_at_path', 'an indirect document', $$as_indirect(kept('string')), '{"items":[{"id":1}]}'::jsonb, '{}'::text[]$$);
UPDATE calls SET arguments = replace(replace(arguments, ':n', :'n'), ':bytes', :'bytes'), want = replace(want, ':n', :'n');

SELECT check_covered('call', array_agg(operator)) FROM calls;
