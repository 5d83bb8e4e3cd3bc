-- stress/limits_nesting.sql: documents of up to a million levels, with every
-- function, under little stack and much.  limits.sh runs it.
--
-- Core could not parse such documents; their bytes are put together, level by level,
-- and so is what has to come out.  Comparing bytes takes no stack.
--
--		psql -v levels=1000,10000,100000,1000000 -f stress/limits_nesting.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
SET search_path = public, jsonb_ivm_test;
SET client_min_messages = notice;
SELECT set_config('limits.levels', :'levels', false) \g /dev/null

-- It makes what core makes, where core can.
DO $$
BEGIN
	ASSERT identical(nested('arrays', 3, '[7]'), '[[[[7]]]]');
	ASSERT identical(nested('objects', 3, '{"id":1}'), '{"k":{"k":{"k":{"id":1}}}}');
	ASSERT identical(nested('both', 3, '{"id":1}'), '{"k":[{"k":{"id":1}}]}');
END
$$;

-- What is at the bottom: first as it is given, then as it may become.
CREATE TEMP TABLE cores (name text, core jsonb);
INSERT INTO cores VALUES
	('before', '{"l":[{"id":1},{"id":2}],"v":"x"}'),
	('equal', '{"l":[{"id":1.0},{"id":2}],"v":"x"}'),
	('merged', '{"l":[{"id":1},{"id":2}],"v":"yy"}'),
	('updated', '{"l":[{"id":1},{"id":2,"v":"yy"}],"v":"x"}'),
	('upserted', '{"l":[{"id":1},{"id":2},{"id":3}],"v":"x"}'),
	('created', '{"l":[{"id":1},{"id":2}],"v":"x","new":{"b":{"v":1}}}'),
	('only', '{"v":1}');

-- What is done to the document d at the path p, and the core that the document w has.
CREATE TEMP TABLE tries (want text, right_if text);
INSERT INTO tries VALUES
	('merged', $$ raw(jsonb_merge_at_path(d, '{"v":"yy"}', p)) = raw(w) $$),
	('created', $$ raw(jsonb_merge_at_path(d, '{"v":1}', p || '{new,b}')) = raw(w) $$),
	('before', $$ same_datum(jsonb_merge_at_path(d, '{"v":"x"}', p), w) $$),
	('updated', $$ raw(jsonb_array_update_where(d, p || '{l}', 'id', '2', '{"v":"yy"}')) = raw(w) $$),
	('before', $$ same_datum(jsonb_array_update_where(d, p || '{l}', 'id', '9', '{"v":1}'), w) $$),
	('upserted', $$ raw(jsonb_array_upsert_where(d, p || '{l}', 'id', '3', '{"id":3}')) = raw(w) $$),
	('before', $$ same_datum(jsonb_array_upsert_where(d, p || '{l}', 'id', '2', '{"id":2}'), w) $$),
	-- parents are created all the way down, as objects
	('only', $$ shape <> 'objects' OR raw(jsonb_merge_at_path('{}', '{"v":1}', p)) = raw(w) $$),
	-- deep values are compared, carried along, searched and found
	('equal', $$ NOT jsonb_has_path_changed(d, w, '{}') $$),
	('merged', $$ jsonb_has_path_changed(d, w, '{}') $$),
	('equal', $$ NOT jsonb_has_path_changed(d, w, p) $$),
	('merged', $$ jsonb_has_path_changed(w, d, p || '{v}') $$),
	('merged', $$ NOT jsonb_has_path_changed(w, d, p || '{l,0,id,no}') $$),
	('before', $$ raw(jsonb_merge_at_path('{}', nested('objects', 1, d), '{}')) = raw(nested('objects', 1, w)) $$),
	('equal', $$ raw(jsonb_array_upsert_where('[]', '{}', 'k', w, nested('objects', 1, d))) = raw(nested('arrays', 1, nested('objects', 1, d))) $$),
	('equal', $$ raw(jsonb_array_upsert_where(nested('arrays', 1, nested('objects', 1, w)), '{}', 'k', d, nested('objects', 1, d))) = raw(nested('arrays', 1, nested('objects', 1, d))) $$),
	('merged', $$ same_datum(jsonb_array_update_where(w, p || '{l}', 'id', d, '{"v":1}'), w) $$),
	('merged', $$ raw(jsonb_set_path(d, p || '{v}', '"yy"')) = raw(w) $$),
	('created', $$ raw(jsonb_set_path(d, p || '{new,b,v}', '1')) = raw(w) $$),
	('created', $$ raw(jsonb_remove_path(w, p || '{new}')) = raw(d) $$),
	('equal', $$ raw(jsonb_increment(d, p || '{l,[id=1],id}', 0.0)) = raw(w) $$),
	('merged', $$ raw(jsonb_graft(d, w, (p || '{v}')::text)) = raw(w) $$),
	('upserted', $$ raw(jsonb_array_insert_where(d, p || '{l}', '{"id":3}', 'id')) = raw(w) $$),
	('upserted', $$ raw(jsonb_array_delete_where(w, p || '{l}', 'id', '3')) = raw(d) $$),
	('updated', $$ raw(jsonb_array_update_where_batch(d, p || '{l}', 'id', '[{"id":2,"v":"yy"}]')) = raw(w) $$),
	('updated', $$ raw(jsonb_array_reconcile(d, p || '{l}', 'id', '[{"id":1},{"id":2,"v":"yy"}]')) = raw(w) $$),
	('equal', $$ same_datum(jsonb_array_reconcile(nested('arrays', 1, d), '{}', 'id', nested('arrays', 1, w)), nested('arrays', 1, d)) $$),
	('updated', $$ raw((SELECT m FROM jsonb_array_update_multi_row(ARRAY[d], p || '{l}', 'id', '2', '{"v":"yy"}') AS m)) = raw(w) $$),
	('updated', $$ jsonb_array_contains_id(w, p || '{l}', 'v', '"yy"') $$),
	('equal', $$ jsonb_array_contains_id(nested('arrays', 1, nested('objects', 1, d)), '{}', 'k', w) $$),
	('equal', $$ raw(jsonb_array_insert_where(nested('arrays', 1, nested('objects', 1, d)), '{}', nested('objects', 1, w), 'k', max_length => 1)) = raw(nested('arrays', 1, nested('objects', 1, d))) $$),
	('merged', $$ shape = 'arrays' OR raw(jsonb_merge_shallow(d, w)) = raw(w) $$),
	('merged', $$ shape = 'arrays' OR raw(jsonb_deep_merge(d, w)) = raw(w) $$),
	('merged', $$ shape = 'arrays' OR raw((SELECT jsonb_merge_agg(x) FROM unnest(ARRAY[d, w]) AS x)) = raw(w) $$),
	('merged', $$ shape = 'arrays' OR cardinality(p) > 10000 OR raw((SELECT jsonb_deep_merge_agg(x) FROM unnest(ARRAY[d, w]) AS x)) = raw(w) $$),
	('merged', $$ raw(jsonb_merge_patch(d, w)) = raw(w) $$),
	('merged', $$ raw(jsonb_merge_patch(d, jsonb_merge_diff(d, w))) = raw(w) $$),
	-- what compares or copies the rest at each level takes time by the square of them
	('merged', $$ cardinality(p) > 10000 OR raw(jsonb_patch(d, jsonb_diff(d, w))) = raw(w) $$),
	('merged', $$ raw(jsonb_patch(d, jsonb_build_array(jsonb_build_object('op', 'replace', 'path', p || '{v}', 'value', 'yy')))) = raw(w) $$),
	('equal', $$ same_datum(jsonb_patch(d, jsonb_build_array('{"op":"test","path":""}'::jsonb || jsonb_build_object('value', w))), d) $$),
	('merged', $$ jsonb_verify(w) IS NULL $$),
	('merged', $$ jsonb_extract_id(nested('objects', 1, w), 'k') IS NULL $$);

-- A function that nobody thought of here would pass.
SELECT check_covered('try', ARRAY(SELECT name FROM functions AS f WHERE EXISTS (SELECT FROM tries WHERE right_if LIKE '% ' || f.name || '(%' OR right_if LIKE '%(' || f.name || '(%'))) \g /dev/null

CREATE TEMP TABLE deep (name text, doc jsonb);
ALTER TABLE deep ALTER doc SET STORAGE external;
CREATE TEMP TABLE endings (stack text, shape text, depth int, ending text);

-- Right, or not enough stack; all else is an error of this script.
CREATE FUNCTION pg_temp.ending(shape text, path text[], want text, right_if text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	is_right boolean;
BEGIN
	EXECUTE format('SELECT %s FROM (SELECT a.doc, b.doc, $2, $3 FROM deep AS a, deep AS b WHERE a.name = ''before'' AND b.name = $1) AS s (d, w, p, shape)', right_if)
	INTO STRICT is_right USING want, path, shape;
	IF is_right IS NOT TRUE THEN
		RAISE 'wrong with % levels of %: %', cardinality(path), shape, right_if;
	END IF;
	RETURN 'right';
EXCEPTION WHEN statement_too_complex THEN
	RETURN sqlstate;
END
$$;

DO $$
DECLARE
	of_shape text;
	of_depth int;
	of_stack text;
	path text[];
BEGIN
	FOR of_depth, of_shape IN SELECT d, s FROM unnest(string_to_array(current_setting('limits.levels'), ',')::int[]) AS d, unnest(ARRAY['arrays', 'objects', 'both']) AS s LOOP
		TRUNCATE deep;
		INSERT INTO deep SELECT name, nested(of_shape, of_depth, core) FROM cores;
		path := ARRAY(SELECT CASE WHEN of_shape = 'arrays' OR (of_shape = 'both' AND i % 2 = 0) THEN '0' ELSE 'k' END FROM generate_series(1, of_depth) AS i);
		FOREACH of_stack IN ARRAY ARRAY['100kB', '7MB'] LOOP
			PERFORM set_config('max_stack_depth', of_stack, true);
			INSERT INTO endings SELECT of_stack, of_shape, of_depth, pg_temp.ending(of_shape, path, want, right_if) FROM tries;
		END LOOP;
		RAISE NOTICE '% levels of %', of_depth, of_shape;
	END LOOP;
END
$$;

\pset footer off
SELECT stack AS max_stack_depth, depth AS levels, count(*) FILTER (WHERE ending = 'right') AS "right", count(*) FILTER (WHERE ending = '54001') AS "54001"
FROM endings GROUP BY stack, depth ORDER BY stack, depth;

-- Neither the one nor the other always; with much stack a thousand levels are no
-- matter, and to go down a path takes none.
DO $$
BEGIN
	ASSERT (SELECT count(*) FROM endings) = 3 * 2 * (SELECT count(*) FROM tries) * cardinality(string_to_array(current_setting('limits.levels'), ','));
	ASSERT (SELECT bool_and(ending = 'right') FROM endings WHERE stack = '7MB' AND depth = 1000) IS NOT FALSE;
	ASSERT (SELECT bool_or(ending = '54001') FROM endings WHERE stack = '100kB' AND depth = 1000) IS NOT FALSE;
	ASSERT (SELECT min(n) >= 7 FROM (SELECT count(*) FILTER (WHERE ending = 'right') FROM endings GROUP BY stack, shape, depth) AS s (n));
END
$$;
