-- Nesting: thousands of levels, on the path and beside it.  Whatever needs more
-- stack than there is ends in an error, and the session goes on.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Objects, arrays and both, 5,000 levels deep.
CREATE TEMP TABLE deep AS
SELECT shape, (repeat(opening, 5000 / levels) || core || repeat(closing, 5000 / levels))::jsonb AS doc,
	   (SELECT array_agg(step[1 + (i - 1) % levels] ORDER BY i) FROM generate_series(1, 5000) AS i) AS path
FROM (VALUES ('objects', 1, '{"k":', '{"id":1,"v":"x"}', '}', ARRAY['k']),
			 ('arrays', 1, '["before",', '{"id":1,"v":"x"}', ',7]', ARRAY['1']),
			 ('both', 2, '{"a":"x","k":[5,', '{"id":1,"v":"x"}', ',"y"],"z":0}', ARRAY['k', '1'])) AS s (shape, levels, opening, core, closing, step);

SELECT shape, identical(jsonb_merge_at_path(doc, '{"v":"yy","w":1}', path), jsonb_set(jsonb_set(doc, path || '{v}', '"yy"'), path || '{w}', '1')) AS merged,
	   same_datum(doc, jsonb_merge_at_path(doc, '{"v":"x"}', path)) AS unchanged,
	   identical(jsonb_merge_at_path(doc, '{"v":"x"}', path || '{a,b}'), jsonb_set(doc, path || '{a}', '{"b":{"v":"x"}}')) AS created,
	   same_datum(doc, jsonb_array_update_where(doc, path || '{nowhere}', 'id', '1', '{"v":1}')) AS missing,
	   identical(jsonb_array_upsert_where(doc, path || '{l}', 'id', '1', '{"id":1}'), jsonb_set(doc, path || '{l}', '[{"id":1}]')) AS upserted
FROM deep ORDER BY shape;
SELECT shape, jsonb_has_path_changed(doc, jsonb_set(doc, path || '{v}', '"y"'), '{}') AS whole,
	   jsonb_has_path_changed(doc, jsonb_set(doc, path || '{v}', '"y"'), path) AS at_the_end,
	   jsonb_has_path_changed(doc, jsonb_set(doc, path || '{v}', '"y"'), path || '{id}') AS beside,
	   jsonb_has_path_changed(doc, jsonb_set(doc, path || '{id}', '1.0'), '{}') AS equal_but_not_the_same
FROM deep ORDER BY shape;
-- Parents created 5,000 levels deep.
SELECT identical(jsonb_merge_at_path('{}', '{"x":1}', path), (repeat('{"k":', 5000) || '{"x":1}' || repeat('}', 5000))::jsonb)
FROM deep WHERE shape = 'objects';
-- Deep values that are only carried along, replaced, matched and merged.
SELECT shape, identical(jsonb_merge_at_path(jsonb_build_object('a', 'x', 'deep', doc), '{"a":"yy"}', '{}'), jsonb_build_object('a', 'yy', 'deep', doc)) AS carried,
	   identical(jsonb_merge_at_path('{"a":1}', jsonb_build_object('deep', doc), '{}'), jsonb_build_object('a', 1, 'deep', doc)) AS merged,
	   identical(jsonb_array_update_where(jsonb_build_array(jsonb_build_object('k', doc)), '{}', 'k', jsonb_set(doc, path || '{id}', '1.0'), '{"found":true}'),
				 jsonb_build_array(jsonb_build_object('k', doc, 'found', true))) AS matched
FROM deep ORDER BY shape;

-- Far deeper than core can parse; such a value can come from a server with
-- more stack.  Right, or out of stack: never a crash.
CREATE FUNCTION pg_temp.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	right_answer boolean;
BEGIN
	EXECUTE query INTO right_answer;
	RETURN CASE WHEN right_answer THEN 'as it should be' ELSE 'WRONG' END;
EXCEPTION WHEN statement_too_complex THEN
	RETURN 'as it should be';
END
$$;
CREATE TEMP TABLE abyss AS SELECT nested_arrays(1000000) AS doc, nested_arrays(1000001) AS deeper;
SELECT pg_temp.outcome($$ SELECT raw(jsonb_merge_at_path(jsonb_build_object('a', 1), '{"a":2}', '{}')) = raw('{"a":2}') FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT same_datum(doc, jsonb_merge_at_path(doc, '{"a":2}', array_fill('0'::text, ARRAY[1000000]))) FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT length(raw(jsonb_array_upsert_where(doc, array_fill('0'::text, ARRAY[999999]), 'k', '1', '{"k":1}'))) > length(raw(doc)) FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT length(raw(jsonb_array_upsert_where(doc, '{}', 'k', '1', '{"k":1}'))) > length(raw(doc)) FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT length(raw(jsonb_merge_at_path('{}', '{"k":1}', array_fill('k'::text, ARRAY[1000000])))) > 1000000 $$);
SELECT pg_temp.outcome($$ SELECT jsonb_has_path_changed(doc, deeper, '{}') FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT jsonb_has_path_changed(doc, deeper, array_fill('0'::text, ARRAY[999999])) FROM abyss $$);
SELECT pg_temp.outcome($$ SELECT NOT jsonb_has_path_changed(doc, deeper, array_fill('0'::text, ARRAY[1000001])) FROM abyss $$);
-- With little stack, at a depth that the usual stack allows.
SET max_stack_depth = '100kB';
SELECT shape, pg_temp.outcome(format($$ SELECT jsonb_merge_at_path(doc, '{"v":"yy"}', path) #>> (path || '{v}') = 'yy' FROM deep WHERE shape = %L $$, shape)),
	   pg_temp.outcome(format($$ SELECT jsonb_has_path_changed(doc, doc, '{}') IS FALSE FROM deep WHERE shape = %L $$, shape)),
	   pg_temp.outcome(format($$ SELECT same_datum(doc, jsonb_array_update_where(doc, path || '{l}', 'id', doc, '{"v":1}')) FROM deep WHERE shape = %L $$, shape))
FROM deep ORDER BY shape;
RESET max_stack_depth;
-- What goes down in two documents together, or in one that is new, needs a level of the
-- stack for each of theirs.
CREATE FUNCTION pg_temp.state(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT length(raw(%s)) FROM two', call);
	RETURN 'a result';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TEMP TABLE two AS
SELECT (opening || '"x"' || closing)::jsonb AS doc, (opening || '"yy"' || closing)::jsonb AS other, (opening || 'null' || closing)::jsonb AS with_null
FROM (SELECT repeat('{"k":', 2000), repeat('}', 2000)) AS s (opening, closing);
CREATE TEMP TABLE calls AS
SELECT call FROM unnest(ARRAY['jsonb_deep_merge(doc, other)', 'jsonb_merge_patch(doc, other)', $$jsonb_merge_patch('{"k":1}', with_null)$$, 'jsonb_merge_diff(doc, other)',
	$$jsonb_merge_diff('{}', doc)$$, 'jsonb_diff(doc, other)', '(SELECT jsonb_deep_merge_agg(d) FROM unnest(ARRAY[doc, other]) AS d)', 'to_jsonb(jsonb_verify(doc) IS NULL)',
	$$jsonb_array_reconcile(jsonb_build_array(doc), '{}', 'k', jsonb_build_array(other))$$, $$to_jsonb(jsonb_array_contains_id('[{"k":1}]', '{}', 'k', other))$$,
	$$to_jsonb(jsonb_has_path_changed(doc, other, '{}'))$$, $$jsonb_set_path('{"a":1}', '{a}', other)$$]) AS call;
SELECT call, pg_temp.state(call) FROM calls;
SET max_stack_depth = '100kB';
SELECT call, pg_temp.state(call) FROM calls;
RESET max_stack_depth;
SELECT 'the session goes on';
