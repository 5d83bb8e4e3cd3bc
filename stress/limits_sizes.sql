-- stress/limits_sizes.sql: containers of as many bytes, elements and pairs as there
-- may be, and of one less and one more.  limits.sh runs it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
SET search_path = public, jsonb_ivm_test;
SET client_min_messages = notice;

-- JENTRY_OFFLENMASK.  What an operator does, what core does instead, and where the
-- string s, of nearly that size, is.  A string e at the very end makes up for the rest.
-- Large documents are made once, and kept in the session's memory.
CREATE FUNCTION pg_temp.documents(length bigint, OUT s jsonb, OUT in_array jsonb, OUT in_object jsonb, OUT in_record jsonb) LANGUAGE sql AS $$
	SELECT s, jsonb_build_array(s), jsonb_build_object('k', jsonb_build_object('long', s)), jsonb_build_array(jsonb_build_object('id', 1, 'long', s))
	FROM to_jsonb(repeat('x', length::int)) AS s
$$;
SELECT 268435455 - 1000 AS length \gset
SELECT keep('s', s), keep('in_array', in_array), keep('in_object', in_object), keep('in_record', in_record)
FROM pg_temp.documents(:length) \g /dev/null
-- The length, and one that differs by whole words, so that all padding is the same.
SELECT set_config('limits.length', :'length', false), set_config('limits.small', (:length % 4 + 8)::text, false) \g /dev/null
CREATE TEMP TABLE tries (name text, ours text, core text);
INSERT INTO tries VALUES
	('update', $$ jsonb_array_update_where(in_record, '{}', 'id', '1', jsonb_build_object('zzzzz', e)) $$,
	 $$ jsonb_set(in_record, '{0,zzzzz}', e) $$),
	('upsert, appending', $$ jsonb_array_upsert_where(in_array, '{}', 'id', '1', jsonb_build_object('id', 1, 'zzzzz', e)) $$,
	 $$ in_array || jsonb_build_array(jsonb_build_object('id', 1, 'zzzzz', e)) $$),
	('upsert, replacing', $$ jsonb_array_upsert_where('[{"id":1}]', '{}', 'id', '1', in_record -> 0 || jsonb_build_object('zzzzz', e)) $$,
	 $$ jsonb_build_array(in_record -> 0 || jsonb_build_object('zzzzz', e)) $$),
	('merge', $$ jsonb_merge_at_path(in_object, jsonb_build_object('zzzzz', e), '{}') $$,
	 $$ in_object || jsonb_build_object('zzzzz', e) $$),
	('merge, below', $$ jsonb_merge_at_path(in_object, jsonb_build_object('zzzzz', e), '{k}') $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('merge, creating', $$ jsonb_merge_at_path('{}', jsonb_build_object('s', s, 'zzzzz', e), '{a,b}') $$,
	 $$ jsonb_build_object('a', jsonb_build_object('b', jsonb_build_object('s', s, 'zzzzz', e))) $$),
	('batch', $$ jsonb_array_update_where_batch(in_record, '{}', 'id', jsonb_build_array(jsonb_build_object('id', 1, 'zzzzz', e))) $$,
	 $$ jsonb_set(in_record, '{0,zzzzz}', e) $$),
	('multi-row', $$ (SELECT u FROM jsonb_array_update_multi_row(ARRAY[in_record], '{}', 'id', '1', jsonb_build_object('zzzzz', e)) AS u) $$,
	 $$ jsonb_set(in_record, '{0,zzzzz}', e) $$),
	('insert', $$ jsonb_array_insert_where(in_array, '{}', e, 'id') $$,
	 $$ in_array || jsonb_build_array(e) $$),
	('reconcile', $$ jsonb_array_reconcile('{"a":[]}', '{a}', 'id', in_array || e) $$,
	 $$ jsonb_build_object('a', in_array || e) $$),
	('shallow merge', $$ jsonb_merge_shallow(in_object, jsonb_build_object('zzzzz', e)) $$,
	 $$ in_object || jsonb_build_object('zzzzz', e) $$),
	('deep merge', $$ jsonb_deep_merge(in_object, jsonb_build_object('k', jsonb_build_object('zzzzz', e))) $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('merge patch', $$ jsonb_merge_patch(in_object, jsonb_build_object('k', jsonb_build_object('zzzzz', e))) $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('merge diff', $$ jsonb_merge_diff('{"gone":1}', in_object || jsonb_build_object('zzzzz', e)) $$,
	 $$ in_object || jsonb_build_object('zzzzz', e, 'gone', NULL) $$),
	('set', $$ jsonb_set_path(in_object, '{k,zzzzz}', e) $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('set, appending', $$ jsonb_set_path(in_array, '{[-]}', e) $$,
	 $$ in_array || jsonb_build_array(e) $$),
	('increment', $$ jsonb_increment(jsonb_build_array(s, 1, e), '{1}', 0.5) $$,
	 $$ jsonb_build_array(s, 1.5, e) $$),
	('graft', $$ jsonb_graft(in_object, jsonb_build_object('k', jsonb_build_object('zzzzz', e)), '{k,zzzzz}') $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('patch', $$ jsonb_patch(in_object, jsonb_build_array(jsonb_build_object('op', 'add', 'path', '/k/zzzzz', 'value', e))) $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$),
	('diff', $$ jsonb_diff('{}', jsonb_build_object('a', in_array || e)) $$,
	 $$ jsonb_build_array(jsonb_build_object('op', 'add', 'path', '/a', 'value', in_array || e)) $$),
	('merge of rows', $$ (SELECT jsonb_merge_agg(d ORDER BY n) FROM (VALUES (1, in_object), (2, jsonb_build_object('zzzzz', e))) AS r (n, d)) $$,
	 $$ in_object || jsonb_build_object('zzzzz', e) $$),
	('deep merge of rows', $$ (SELECT jsonb_deep_merge_agg(d ORDER BY n) FROM (VALUES (1, in_object), (2, jsonb_build_object('k', jsonb_build_object('zzzzz', e)))) AS r (n, d)) $$,
	 $$ jsonb_set(in_object, '{k,zzzzz}', e) $$);

-- NULL, or the error.
CREATE FUNCTION pg_temp.error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	is_right boolean;
BEGIN
	EXECUTE query INTO STRICT is_right;
	IF is_right IS NOT TRUE THEN
		RAISE 'wrong: %', query;
	END IF;
	RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
	RETURN sqlstate || ': ' || sqlerrm;
END
$$;

DO $$
DECLARE
	try record;
	rest int;
	delta int;
	source text;
	ours text;
	core text;
BEGIN
	FOR try IN SELECT * FROM tries LOOP
		EXECUTE format('SELECT 268435455 - (length(raw(%s)) - $1 + $2) FROM pg_temp.documents($1), to_jsonb(''''::text) AS e', try.core)
		INTO STRICT rest USING current_setting('limits.small')::bigint, current_setting('limits.length')::bigint;
		FOREACH delta IN ARRAY ARRAY[-1, 0, 1] LOOP
			source := format('FROM (SELECT kept(''s''), kept(''in_array''), kept(''in_object''), kept(''in_record'')) AS k (s, in_array, in_object, in_record), '
							 'to_jsonb(repeat(''y'', %s)) AS e', rest + delta);
			IF delta <= 0 THEN
				ours := pg_temp.error(format('SELECT a = b AND length(a) = %s FROM (SELECT raw(%s), raw(%s) %s) AS s (a, b)', 268435455 + delta, try.ours, try.core, source));
				core := NULL;
			ELSE
				ours := pg_temp.error(format('SELECT raw(%s) IS NULL %s', try.ours, source));
				core := pg_temp.error(format('SELECT raw(%s) IS NULL %s', try.core, source));
			END IF;
			RAISE NOTICE '%, % bytes: %', try.name, 268435455 + delta, COALESCE(ours, 'the bytes that core makes');
			IF ours IS DISTINCT FROM core OR (core IS NULL) <> (delta <= 0) THEN
				RAISE 'core: %', COALESCE(core, 'a result');
			END IF;
		END LOOP;
	END LOOP;
END
$$;
SELECT keep(name, 'null') FROM unnest('{s,in_array,in_object,in_record}'::text[]) AS name \g /dev/null

-- As many elements and pairs as core counts up to, which is as many of its structures
-- as palloc() gives memory for.  Core itself gives up at half of that, where it would
-- double such an array; so the bytes are put together here.
CREATE FUNCTION pg_temp.word(value bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT substr(b, 8, 1) || substr(b, 7, 1) || substr(b, 6, 1) || substr(b, 5, 1)
	FROM (SELECT int8send(value)) AS s (b)
$$;
-- So many entries from the index on, with this word and this one at borders.
CREATE FUNCTION pg_temp.entries(first int, count int, word bigint, border bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT substr(decode(repeat(encode(pg_temp.word(border), 'hex') || repeat(encode(pg_temp.word(word), 'hex'), 31), count / 32 + 2), 'hex'),
				  first % 32 * 4 + 1, count * 4)
$$;
-- An array of so many elements, nulls, save that the last one may be an object.
CREATE FUNCTION pg_temp.nulls(count int, last jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT from_raw(pg_temp.word(x'40000000'::bigint + count) || CASE WHEN last IS NULL
		THEN pg_temp.entries(0, count, x'40000000'::bigint, x'c0000000'::bigint)
		ELSE pg_temp.entries(0, count - 1, x'40000000'::bigint, x'c0000000'::bigint) ||
			 pg_temp.word(CASE WHEN (count - 1) % 32 = 0 THEN x'd0000000' ELSE x'50000000' END::bigint + length(raw(last))) || raw(last)
	END)
$$;
-- An object of nulls under keys of four characters.
CREATE FUNCTION pg_temp.keys(first int, count int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT substr(string_agg(replace(block, '#', chr(48 + i / 64) || chr(48 + i % 64)), '' ORDER BY i), first % 4096 * 4 + 1, count * 4)
	FROM (SELECT string_agg('#' || chr(48 + j / 64) || chr(48 + j % 64), '' ORDER BY j) FROM generate_series(0, 4095) AS j) AS s (block),
		 generate_series(first / 4096, (first + count - 1) / 4096) AS i
$$;
CREATE FUNCTION pg_temp.object(count int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT from_raw(pg_temp.word(x'20000000'::bigint + count) ||
					substr((SELECT string_agg(pg_temp.word(x'80000000'::bigint + 4 * (32 * i + 1)) || decode(repeat('04000000', 31), 'hex'), ''::bytea ORDER BY i)
							FROM generate_series(0, (count - 1) / 32) AS i), 1, 4 * count) ||
					pg_temp.entries(count, count, x'40000000'::bigint, x'c0000000'::bigint + 4 * count) ||
					convert_to(pg_temp.keys(0, count), 'UTF8'))
$$;
DO $$
BEGIN
	ASSERT identical(pg_temp.nulls(99, '{"id":1}'), (SELECT jsonb_agg(NULL::jsonb) FROM generate_series(1, 98)) || '[{"id":1}]');
	ASSERT identical(pg_temp.object(9999), (SELECT jsonb_object_agg(pg_temp.keys(i, 1), NULL) FROM generate_series(0, 9998) AS i));
END
$$;

-- sizeof(JsonbValue) and sizeof(JsonbPair)
SELECT x'3fffffff'::int / 32 AS elements, x'3fffffff'::int / 72 AS pairs \gset
SELECT keep('one element less', pg_temp.nulls(:elements - 1, NULL)), keep('nulls', pg_temp.nulls(:elements, NULL)),
	   keep('with a record', pg_temp.nulls(:elements, '{"id":1}')), keep('with another', pg_temp.nulls(:elements, '{"id":1,"v":2}')),
	   keep('one pair less', pg_temp.object(:pairs - 1)), keep('pairs', pg_temp.object(:pairs)),
	   keep('the last pair', jsonb_build_object(pg_temp.keys(:pairs - 1, 1), NULL)), keep('one more pair', jsonb_build_object(pg_temp.keys(:pairs, 1), NULL)) \g /dev/null
SELECT set_config('limits.too_many_elements', format('54000: number of jsonb array elements exceeds the maximum allowed (%s)', :elements), false),
	   set_config('limits.too_many_pairs', format('54000: number of jsonb object pairs exceeds the maximum allowed (%s)', :pairs), false) \g /dev/null
DO $$
DECLARE
	too_many_elements text := current_setting('limits.too_many_elements');
	too_many_pairs text := current_setting('limits.too_many_pairs');
	what text;
	query text;
	want text;
	ending text;
BEGIN
	FOR what, query, want IN VALUES
		('appending the last element', $q$ raw(jsonb_array_upsert_where(kept('one element less'), '{}', 'id', '1', '{"id":1}')) = raw(kept('with a record')) $q$, NULL),
		('appending one more', $q$ raw(jsonb_array_upsert_where(kept('nulls'), '{}', 'id', '1', '{"id":1}')) IS NULL $q$, too_many_elements),
		('updating the last element', $q$ raw(jsonb_array_update_where(kept('with a record'), '{}', 'id', '1', '{"v":2}')) = raw(kept('with another')) $q$, NULL),
		('merging into the last element', $q$ raw(jsonb_merge_at_path(kept('with a record'), '{"v":2}', '{-1}')) = raw(kept('with another')) $q$, NULL),
		('comparing the last element', $q$ jsonb_has_path_changed(kept('with a record'), kept('with another'), '{-1,v}') $q$, NULL),
		('merging the last pair', $q$ raw(jsonb_merge_at_path(kept('one pair less'), kept('the last pair'), '{}')) = raw(kept('pairs')) $q$, NULL),
		('merging one more', $q$ raw(jsonb_merge_at_path(kept('pairs'), kept('one more pair'), '{}')) IS NULL $q$, too_many_pairs),
		('updating the last element among others', $q$ raw(jsonb_array_update_where_batch(kept('with a record'), '{}', 'id', '[{"id":1,"v":2}]')) = raw(kept('with another')) $q$, NULL),
		('updating the last element of a row', $q$ (SELECT raw(u) FROM jsonb_array_update_multi_row(ARRAY[kept('with a record')], '{}', 'id', '1', '{"v":2}') AS u) = raw(kept('with another')) $q$, NULL),
		('inserting the last element', $q$ raw(jsonb_array_insert_where(kept('one element less'), '{}', '{"id":1}')) = raw(kept('with a record')) $q$, NULL),
		('inserting one more', $q$ raw(jsonb_array_insert_where(kept('nulls'), '{}', '{"id":1}')) IS NULL $q$, too_many_elements),
		('deleting the last element', $q$ raw(jsonb_array_delete_where(kept('with a record'), '{}', 'id', '1')) = raw(kept('one element less')) $q$, NULL),
		('removing the last element', $q$ raw(jsonb_remove_path(kept('with another'), '{-1}')) = raw(kept('one element less')) $q$, NULL),
		('setting in the last element', $q$ raw(jsonb_set_path(kept('with a record'), '{-1,v}', '2')) = raw(kept('with another')) $q$, NULL),
		('setting one more', $q$ raw(jsonb_set_path(kept('nulls'), '{[-]}', '1')) IS NULL $q$, too_many_elements),
		('incrementing in the last element', $q$ raw(jsonb_increment(kept('with a record'), '{-1,v}', 2)) = raw(kept('with another')) $q$, NULL),
		('patching the last element', $q$ raw(jsonb_patch(kept('one element less'), '[{"op":"add","path":"/-","value":{"id":1}}]')) = raw(kept('with a record')) $q$, NULL),
		('patching one more', $q$ raw(jsonb_patch(kept('nulls'), '[{"op":"add","path":"/-","value":1}]')) IS NULL $q$, too_many_elements),
		('finding the last element', $q$ jsonb_array_contains_id(kept('with a record'), '{}', 'id', '1') $q$, NULL),
		('verifying the elements', $q$ jsonb_verify(kept('with a record')) IS NULL $q$, NULL),
		('merging the last pair at the root', $q$ raw(jsonb_merge_shallow(kept('one pair less'), kept('the last pair'))) = raw(kept('pairs')) $q$, NULL),
		('merging one more at the root', $q$ raw(jsonb_merge_shallow(kept('pairs'), kept('one more pair'))) IS NULL $q$, too_many_pairs),
		('deeply merging the last pair', $q$ raw(jsonb_deep_merge(kept('one pair less'), kept('the last pair'))) = raw(kept('pairs')) $q$, NULL),
		('deeply merging one more', $q$ raw(jsonb_deep_merge(kept('pairs'), kept('one more pair'))) IS NULL $q$, too_many_pairs),
		('merge patch of one more', $q$ raw(jsonb_merge_patch(kept('pairs'), '{"one more":1}')) IS NULL $q$, too_many_pairs),
		('grafting one more', $q$ raw(jsonb_graft(kept('pairs'), '{"one more":1}', '{"one more"}')) IS NULL $q$, too_many_pairs),
		('extracting from pairs', $q$ jsonb_extract_id(kept('pairs'), 'id') IS NULL $q$, NULL),
		('verifying the pairs', $q$ jsonb_verify(kept('pairs')) IS NULL $q$, NULL),
		('updating a record up to one pair more', $q$ raw(jsonb_array_update_where(jsonb_build_array('{"id":1}'::jsonb), '{}', 'id', '1', kept('pairs'))) IS NULL $q$, too_many_pairs)
	LOOP
		ending := pg_temp.error('SELECT ' || query);
		RAISE NOTICE '%: %', what, COALESCE(ending, 'the right bytes');
		IF ending IS DISTINCT FROM want THEN
			RAISE 'wrong; it should be: %', COALESCE(want, 'the right bytes');
		END IF;
	END LOOP;
END
$$;
