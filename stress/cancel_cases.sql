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

-- What takes a call long by itself: an eighth of it where the call is made hundreds
-- of times, to be cancelled.
\if :{?cancels}
SELECT :n / 8 AS m, 10000 AS k \gset
\else
SELECT :n AS m, 20000 AS k \gset
\endif
-- Elements, short ones for them, and those in another order.
SELECT keep('fewer elements', jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i, 'name', md5(i::text))))) FROM generate_series(1, :m) AS i;
SELECT keep('short elements', jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i, 'name', 'y')))) FROM generate_series(1, :m) AS i;
SELECT keep('short ones', kept('short elements') -> 'items');
SELECT keep('other order', jsonb_agg(jsonb_build_object('id', i * 7919 % :m + 1, 'name', 'y'))) FROM generate_series(1, :m::bigint) AS i;
-- Objects in an object, others, and both merged.
SELECT keep('objects', jsonb_object_agg(md5(i::text), jsonb_build_object('a', i))),
	   keep('other objects', jsonb_object_agg(md5(i::text), jsonb_build_object('b', i))),
	   keep('both', jsonb_object_agg(md5(i::text), jsonb_build_object('a', i, 'b', i)))
FROM generate_series(1, :m / 2) AS i;
SELECT keep('merged pairs', kept('pairs') || kept('patch'));
-- Operations of a patch: on the first of the elements, and a copy for which all that has to be settled.
SELECT keep('operations', jsonb_agg(jsonb_build_object('op', 'replace', 'path', format('/items/%s/name', i - 1), 'value', i) ORDER BY i)
						  || '[{"op":"copy","from":"/items","path":"/copy"},{"op":"test","path":"/copy/0/name","value":1}]')
FROM generate_series(1, :k) AS i;
-- Long strings and keys that differ at the end.
SELECT keep('strings', jsonb_build_object('items', jsonb_build_array(jsonb_build_object('s', x || '1'), jsonb_build_object('s', x || '3')))),
	   keep('keys', jsonb_build_object(x || '1', 1, x || '2', 2)), keep('other keys', jsonb_build_object(x || '2', 3, x || '3', 4)),
	   keep('euros', to_jsonb(repeat('€', :bytes / 6)))
FROM repeat('x', :bytes / 4) AS x;

-- The many elements again, compressed.
SELECT keep('pglz', as_pglz(kept('elements'))), keep('lz4', as_lz4(kept('elements')));
LOAD 'jsonb_ivm';
LOAD 'jsonb_ivm_test';
SET jsonb_ivm.compressed_splice = on;
SET jsonb_ivm_test.stored = on;

-- What does not return one value is called through a function that does.
CREATE TABLE calls (id int GENERATED ALWAYS AS IDENTITY, operator text, what text, arguments text, want text,
					called text GENERATED ALWAYS AS (CASE WHEN operator LIKE '%\_multi\_row' THEN 'last_row'
														  WHEN operator LIKE '%\_agg' THEN 'aggregate_of' ELSE operator END) STORED);
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
	('jsonb_merge_agg', 'many pairs and many others',
	 $$'public.jsonb_merge_agg(jsonb)'::regprocedure, kept('pairs'), kept('patch'), kept('pairs')$$, $$kept('merged pairs')$$),
	('jsonb_deep_merge_agg', 'a long way with itself',
	 $$'public.jsonb_deep_merge_agg(jsonb)'::regprocedure, kept('deep'), kept('deep'), '{}'::jsonb$$, $$kept('deep')$$),
	('jsonb_merge_at_path', 'beside a long string, in place',
	 $$as_indirect(kept('string')), '{"id":2}'::jsonb, '{items,0}'::text[]$$, $$jsonb_set(kept('string'), '{items,0,id}', '2')$$),
	('jsonb_merge_at_path', 'before a long string, in place',
	 $$as_indirect(kept('string')), '{"":[]}'::jsonb, '{}'::text[]$$, $$kept('string') || '{"":[]}'$$),
	('jsonb_has_path_changed', 'many elements, the same bytes', $$kept('elements'), kept('elements again'), '{}'::text[]$$, 'false'),
	('jsonb_has_path_changed', 'many numbers, another scale at the end', $$kept('numbers'), kept('numbers, last'), '{}'::text[]$$, 'false'),
	('jsonb_has_path_changed', 'many numbers, another scale at the start', $$kept('numbers'), kept('numbers, first'), '{}'::text[]$$, 'false'),
	('jsonb_array_delete_where', 'the last of many elements',
	 $$kept('elements'), '{items}'::text[], 'id'::text, to_jsonb(:n)$$, $$kept('elements') #- '{items,-1}'$$),
	('jsonb_array_update_where_batch', 'all of many elements',
	 $$kept('fewer elements'), '{items}'::text[], 'id'::text, kept('short ones')$$, $$kept('short elements')$$),
	('jsonb_array_reconcile', 'all of many elements',
	 $$kept('fewer elements'), '{items}'::text[], 'id'::text, kept('short ones')$$, $$kept('short elements')$$),
	('jsonb_array_reconcile', 'many elements in another order',
	 $$kept('short ones'), '{}'::text[], 'id'::text, kept('other order')$$, $$kept('other order')$$),
	('jsonb_array_contains_id', 'none of many elements', $$kept('elements'), '{items}'::text[], 'id'::text, '-1'::jsonb$$, 'false'),
	('jsonb_set_path', 'in all of many elements', $$kept('fewer elements'), '{items,[*],name}'::text[], '"y"'::jsonb$$, $$kept('short elements')$$),
	('jsonb_remove_path', 'from all of many elements', $$kept('fewer elements'), '{items,[*],name}'::text[]$$,
	 $$(SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i))) FROM generate_series(1, :m) AS i)$$),
	('jsonb_increment', 'all of many elements', $$kept('short elements'), '{items,[*],id}'::text[], 0.5::numeric$$,
	 $$(SELECT jsonb_build_object('items', jsonb_agg(jsonb_build_object('id', i + 0.5, 'name', 'y'))) FROM generate_series(1, :m) AS i)$$),
	('jsonb_graft', 'one of many elements, of many',
	 $$kept('elements'), kept('short elements'), VARIADIC ARRAY['{items,[id=:m]}']$$,
	 $$jsonb_set(kept('elements'), ARRAY['items', (:m - 1)::text, 'name'], '"y"')$$),
	('jsonb_deep_merge', 'many objects into many', $$kept('objects'), kept('other objects')$$, $$kept('both')$$),
	('jsonb_merge_patch', 'many objects into many', $$kept('objects'), kept('other objects')$$, $$kept('both')$$),
	('jsonb_merge_diff', 'many objects and many', $$kept('objects'), kept('both')$$, $$kept('other objects')$$),
	('jsonb_patch', 'many operations, and one that has to settle', $$kept('short elements'), kept('operations')$$,
	 $$(SELECT jsonb_build_object('items', e, 'copy', e)
		FROM (SELECT jsonb_agg(jsonb_build_object('id', i, 'name', CASE WHEN i > :k THEN '"y"' ELSE to_jsonb(i) END)) FROM generate_series(1, :m) AS i) AS a (e))$$),
	('jsonb_diff', 'many elements and others', $$kept('fewer elements'), kept('short elements')$$,
	 $$jsonb_build_array(jsonb_build_object('op', 'replace', 'path', '/items', 'value', kept('short ones')))$$),
	('jsonb_verify', 'many elements', $$kept('elements')$$, 'null'),
	('jsonb_deep_merge_agg', 'many objects and many',
	 $$'public.jsonb_deep_merge_agg(jsonb)'::regprocedure, kept('objects'), kept('other objects')$$, $$kept('both')$$);
-- What costs work and hardly any time: for the count of work alone.
INSERT INTO calls (operator, what, arguments) VALUES
	('jsonb_array_update_where', 'elements of many pairs',
	 $$kept('wide'), '{items}'::text[], md5('1'), '2'::jsonb, '{"id":2}'::jsonb$$),
	('jsonb_array_update_where', 'a long key', $$kept('key'), '{items}'::text[], repeat('k'::text, :bytes / 2), '1'::jsonb, '{"id":2}'::jsonb$$),
	('jsonb_merge_at_path', 'the same pairs with other values',
	 $$kept('patch'), (SELECT jsonb_object_agg(key, length(key)) FROM jsonb_each_text(kept('patch'))), '{}'::text[]$$),
	('jsonb_merge_at_path', 'many nulls into none',
	 $$'{}'::jsonb, (SELECT jsonb_object_agg(key, NULL) FROM jsonb_each_text(kept('patch'))), '{}'::text[]$$),
	('jsonb_deep_merge_agg', 'many pairs into as many',
	 $$'public.jsonb_deep_merge_agg(jsonb)'::regprocedure, jsonb_build_object('o'::text, kept('pairs')), jsonb_build_object('o'::text, kept('patch'))$$),
	('jsonb_deep_merge_agg', 'many pairs that come and go',
	 $$'public.jsonb_deep_merge_agg(jsonb)'::regprocedure, jsonb_build_object('o'::text, kept('pairs')), '{"o":{"a":1}}'::jsonb, '{"o": null}'::jsonb$$),
	('jsonb_merge_agg', 'long strings', $$'public.jsonb_merge_agg(jsonb)'::regprocedure, kept('string'), '{"a":1}'::jsonb, kept('key')$$),
	('jsonb_merge_at_path', 'an indirect document', $$as_indirect(kept('string')), '{"items":[{"id":1}]}'::jsonb, '{}'::text[]$$),
	('jsonb_merge_at_path', 'a long path to nothing', $$'{"a":1}'::jsonb, '{}'::jsonb, array_fill('[x=1]'::text, ARRAY[200000])$$),
	('jsonb_has_path_changed', 'long keys and others', $$kept('keys'), kept('other keys'), '{}'::text[]$$),
	('jsonb_array_update_where', 'elements with a long string',
	 $$kept('strings'), '{items}'::text[], 's'::text, to_jsonb(repeat('x', :bytes / 4) || '3'::text), '{"id":2}'::jsonb$$),
	('jsonb_array_update_multi_row', 'many elements twice',
	 $$'public.jsonb_array_update_multi_row(jsonb[],text[],text,jsonb,jsonb)'::regprocedure, ARRAY[kept('elements'), NULL, kept('elements')],
	   '{items}'::text[], 'id'::text, to_jsonb(:n), '{"name":"y"}'::jsonb$$),
	('jsonb_array_delete_where', 'the first of many elements, pglz', $$kept('pglz'), '{items}'::text[], 'id'::text, '1'::jsonb$$),
	('jsonb_array_insert_where', 'in the middle of many elements',
	 $$kept('elements'), '{items}'::text[], '{"id":12.5}'::jsonb, 'id'::text, 'asc'::text, NULL::int$$),
	('jsonb_array_insert_where', 'the first of many elements are kept',
	 $$kept('elements'), '{items}'::text[], '{"id":12.5}'::jsonb, 'id'::text, 'asc'::text, 100$$),
	('jsonb_array_insert_where', 'sorted by long strings',
	 $$kept('strings'), '{items}'::text[], jsonb_build_object('s', repeat('x', :bytes / 4) || '2'), 's'::text, 'asc'::text, NULL::int$$),
	('jsonb_array_update_where_batch', 'none of many elements, by many',
	 $$kept('short ones'), '{}'::text[], 'name'::text, kept('short ones')$$),
	('jsonb_array_update_where_batch', 'by long strings',
	 $$kept('strings'), '{items}'::text[], 's'::text, kept('strings') -> 'items'$$),
	('jsonb_array_reconcile', 'many elements out of nothing', $$'{}'::jsonb, '{a,b}'::text[], 'id'::text, kept('short ones')$$),
	('jsonb_array_reconcile', 'many elements away', $$kept('short ones'), '{}'::text[], 'id'::text, '[{"id":7}]'::jsonb$$),
	('jsonb_array_reconcile', 'many numbers, another scale', $$kept('numbers'), '{}'::text[], 'id'::text, kept('numbers, last')$$),
	('jsonb_array_reconcile', 'long strings in another order',
	 $$kept('strings'), '{items}'::text[], 's'::text, jsonb_build_array(kept('strings') #> '{items,1}', kept('strings') #> '{items,0}')$$),
	('jsonb_array_contains_id', 'in any of many', $$kept('elements'), '{items,[*]}'::text[], 'id'::text, '1'::jsonb$$),
	('jsonb_array_contains_id', 'by a selector, pglz', $$kept('pglz'), '{items,[id=:n]}'::text[], 'id'::text, '1'::jsonb$$),
	('jsonb_extract_id', 'a long string', $$kept('string'), 'a'::text$$),
	('jsonb_extract_id', 'one of many pairs', $$kept('pairs'), md5('1')$$),
	('jsonb_extract_id', 'nothing, pglz', $$kept('pglz'), 'items'::text$$),
	('jsonb_merge_shallow', 'many pairs into many', $$kept('pairs'), kept('patch')$$),
	('jsonb_merge_shallow', 'long keys', $$kept('keys'), kept('other keys')$$),
	('jsonb_deep_merge', 'many pairs into many', $$kept('pairs'), kept('patch')$$),
	('jsonb_deep_merge', 'at the end of a long way', $$kept('deep'), (repeat('{"d":', 1500) || '{"e":1}' || repeat('}', 1500))::jsonb$$),
	('jsonb_set_path', 'the document', $$kept('string'), '{}'::text[], kept('elements')$$),
	('jsonb_set_path', 'by a value among many', $$kept('numbers'), '{[=1]}'::text[], '2'::jsonb$$),
	('jsonb_set_path', 'at the end of a long way', $$kept('deep'), array_fill('d'::text, ARRAY[1500]) || '{e,[-]}'::text[], '1'::jsonb$$),
	('jsonb_remove_path', 'all of many elements', $$kept('elements'), '{items,[*]}'::text[]$$),
	('jsonb_remove_path', 'by a key among many, lz4', $$kept('lz4'), '{items,[id=:n],name}'::text[]$$),
	('jsonb_remove_path', 'a long path to nothing', $$'{"a":1}'::jsonb, array_fill('[x=1]'::text, ARRAY[200000])$$),
	('jsonb_increment', 'all of many numbers', $$kept('numbers'), '{[*]}'::text[], 1::numeric$$),
	('jsonb_graft', 'many pairs', $$kept('pairs'), kept('patch'), ARRAY(SELECT format('{%s}', md5(i::text)) FROM generate_series(1, 20000) AS i)$$),
	('jsonb_graft', 'all, and parts of that', $$'{}'::jsonb, kept('elements'), ARRAY['{}','{items,[id=:n]}','{items,7,name,x}']$$),
	('jsonb_merge_patch', 'many pairs away', $$kept('patch'), (SELECT jsonb_object_agg(key, NULL) FROM jsonb_each_text(kept('patch')))$$),
	('jsonb_merge_patch', 'many objects with nulls into none',
	 $$'{}'::jsonb, (SELECT jsonb_build_object('a', jsonb_object_agg(key, '{"x":null,"y":1}'::jsonb)) FROM jsonb_each_text(kept('patch')))$$),
	('jsonb_merge_patch', 'another document', $$kept('string'), kept('numbers')$$),
	('jsonb_merge_diff', 'many pairs and others', $$kept('pairs'), kept('patch')$$),
	('jsonb_merge_diff', 'long keys and others', $$kept('keys'), kept('other keys')$$),
	('jsonb_patch', 'many additions from back to front', $$'{}'::jsonb,
	 (SELECT jsonb_agg(jsonb_build_object('op', 'add', 'path', format('/%s', 100000 - i), 'value', i)) FROM generate_series(1, 18000) AS i)$$),
	('jsonb_patch', 'many removals from front to back', $$kept('short ones'),
	 (SELECT jsonb_agg('{"op":"remove","path":"/1"}'::jsonb) FROM generate_series(1, 20000) AS i)$$),
	('jsonb_patch', 'many insertions at one place', $$kept('short ones'),
	 (SELECT jsonb_agg(jsonb_build_object('op', 'add', 'path', '/1', 'value', i)) FROM generate_series(1, 20000) AS i)$$),
	('jsonb_patch', 'many are searched', $$kept('short ones'),
	 (SELECT jsonb_agg(jsonb_build_object('op', 'update_where', 'path', '', 'key', 'id', 'value', i * 10, 'updates', '{"x":1}'::jsonb)) FROM generate_series(1, 100) AS i)$$),
	('jsonb_patch', 'a test of many elements', $$kept('elements'), jsonb_build_array(jsonb_build_object('op', 'test', 'path', '', 'value', kept('elements again')))$$),
	('jsonb_patch', 'a move of many elements',
	 $$kept('elements'), '[{"op":"move","from":"/items","path":"/others"},{"op":"increment","path":["others","[*]","id"]}]'::jsonb$$),
	('jsonb_patch', 'a long pointer to nothing', $$kept('deep'), jsonb_build_array(jsonb_build_object('op', 'delete_where', 'path', repeat('/[x=1]', 200000), 'key', 'x', 'value', 1))$$),
	('jsonb_diff', 'many elements, the same bytes', $$kept('elements'), kept('elements again')$$),
	('jsonb_diff', 'many elements in another order', $$kept('short ones'), kept('other order')$$),
	('jsonb_diff', 'many pairs and others', $$kept('pairs'), kept('patch')$$),
	('jsonb_diff', 'many numbers and others', $$kept('numbers'), kept('short ones')$$),
	('jsonb_diff', 'many gaps', $$kept('short ones'), (SELECT jsonb_agg(CASE WHEN i % 3 = 0 THEN jsonb_build_object('id', i, 'name', 'y') ELSE to_jsonb(i) END) FROM generate_series(1, :m) AS i)$$),
	('jsonb_diff', 'many elements away', $$kept('numbers'), '[1]'::jsonb$$),
	('jsonb_diff', 'long keys and others', $$kept('keys'), kept('other keys')$$),
	('jsonb_diff', 'long strings and others', $$kept('strings'), '{"items":[1,{"s":2}]}'::jsonb$$),
	('jsonb_verify', 'many pairs', $$kept('pairs')$$),
	('jsonb_verify', 'many numbers', $$kept('numbers')$$),
	('jsonb_verify', 'a long string', $$kept('string')$$),
	('jsonb_verify', 'long keys', $$kept('keys')$$),
	('jsonb_verify', 'a long string of long characters', $$kept('euros')$$),
	('jsonb_merge_agg', 'long keys', $$'public.jsonb_merge_agg(jsonb)'::regprocedure, kept('keys'), kept('other keys'), kept('string')$$);
-- The variables, but not what looks like one in a cast.
CREATE FUNCTION fill_in(expression text, n int, bytes int, m int, k int) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		expression, '(?<!:):n\M', n::text, 'g'), '(?<!:):bytes\M', bytes::text, 'g'), '(?<!:):m\M', m::text, 'g'), '(?<!:):k\M', k::text, 'g')
$$;
UPDATE calls SET arguments = fill_in(arguments, :n, :bytes, :m, :k), want = fill_in(want, :n, :bytes, :m, :k);

SELECT check_covered('call', array_agg(operator)) FROM calls;
