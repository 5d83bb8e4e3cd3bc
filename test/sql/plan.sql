--
-- The plan: many changes at once, anywhere, in any order.  Indexes are those of
-- the document before any change.
--
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- By hand, so that one sees what is meant.
SELECT plan_edit('{"a": [1, 2, 3], "b": {"c": 1.10}}', '[
	{"path": "{a}", "in": "array", "op": "remove", "at": 1, "value": null},
	{"path": "{b}", "in": "object", "op": "insert", "at": "dd", "value": "x"},
	{"path": "{a}", "in": "array", "op": "insert", "at": 3, "value": [4]},
	{"path": "{a}", "in": "array", "op": "insert", "at": 0, "value": 0},
	{"path": "{}", "in": "object", "op": "insert", "at": "", "value": true},
	{"path": "{b}", "in": "object", "op": "insert", "at": "a", "value": {}}]');
-- A later change of a child takes the place of an earlier one.
SELECT plan_edit('[1, 2]', '[
	{"path": "{}", "in": "array", "op": "remove", "at": 0, "value": null},
	{"path": "{}", "in": "array", "op": "replace", "at": 0, "value": "again"},
	{"path": "{}", "in": "array", "op": "replace", "at": 1, "value": "x"},
	{"path": "{}", "in": "array", "op": "remove", "at": 1, "value": null}]');
-- What was put in by the plan can be changed by it.
SELECT plan_edit('{"a": 1}', '[
	{"path": "{}", "in": "object", "op": "insert", "at": "b", "value": {"x": [1]}},
	{"path": "{b}", "in": "object", "op": "insert", "at": "y", "value": 2},
	{"path": "{b,x}", "in": "array", "op": "insert", "at": 0, "value": 0}]');
-- Looking into it is no change, and loses nothing.
SELECT plan_edit('{"a": 1}', '[
	{"path": "{}", "in": "object", "op": "insert", "at": "b", "value": {"x": [1]}},
	{"path": "{b,x}", "in": "array", "op": "replace", "at": 0, "value": 1}]');
-- Inserts at one place stay in their order, the keys of objects in theirs.
SELECT plan_edit('[9]', '[
	{"path": "{}", "in": "array", "op": "insert", "at": 0, "value": 1},
	{"path": "{}", "in": "array", "op": "insert", "at": 0, "value": 2}]'),
	plan_edit('{"m": 1}', '[
	{"path": "{}", "in": "object", "op": "insert", "at": "c", "value": 1},
	{"path": "{}", "in": "object", "op": "insert", "at": "a", "value": 2},
	{"path": "{}", "in": "object", "op": "insert", "at": "b", "value": 3}]');
-- Changes that change nothing.
SELECT same_datum(d, plan_edit(d, '[
	{"path": "{a}", "in": "array", "op": "replace", "at": 1, "value": 2},
	{"path": "{b}", "in": "object", "op": "replace", "at": "c", "value": 1.10}]'))
FROM (VALUES ('{"a": [1, 2, 3], "b": {"c": 1.10}}'::jsonb)) AS t (d);

-- Changes that are taken back, on a value that is seen to be the stored one.
CREATE TEMP TABLE stored AS SELECT '{"a": [1]}'::jsonb AS d;
SELECT datum_form(d), same_datum(d, plan_edit(d, '[
	{"path": "{a}", "in": "array", "op": "replace", "at": 0, "value": 2},
	{"path": "{a}", "in": "array", "op": "replace", "at": 0, "value": 1}]')),
	same_datum(d, plan_edit(d, '[
	{"path": "{a}", "in": "array", "op": "replace", "at": 0, "value": 1},
	{"path": "{}", "in": "object", "op": "replace", "at": "a", "value": [1]}]')),
	same_datum(d, plan_edit(d, '[
	{"path": "{a}", "in": "array", "op": "remove", "at": 0, "value": null},
	{"path": "{a}", "in": "array", "op": "insert", "at": 0, "value": 1}]'))
FROM stored;
-- A damaged container in which what follows a removed child begins again at the
-- front: 2026-11-22, the result would not have fit.
CREATE FUNCTION pg_temp.edit_damaged(image bytea, script jsonb) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN 'kept ' || length(raw(plan_edit(from_raw(image), script)));
EXCEPTION WHEN data_corrupted THEN
	RETURN SQLERRM;
END
$$;
SELECT pg_temp.edit_damaged(set_word(raw(to_jsonb(array_agg(repeat('x', 400)))), 4 + 32 * 4, x'80000000'::bigint),
	'[{"path": "{}", "in": "array", "op": "remove", "at": 32, "value": 0}]')
FROM generate_series(1, 96);
SELECT pg_temp.edit_damaged(set_word(raw(jsonb_object_agg('k' || lpad(n::text, 100, '0'), n)), 4 + 32 * 4, x'80000000'::bigint),
	jsonb_build_array(jsonb_build_object('path', '{}', 'in', 'object', 'op', 'remove', 'at', 'k' || lpad('32', 100, '0'), 'value', 0)))
FROM generate_series(0, 95) AS n;
-- The same seen between two changes.
SELECT pg_temp.edit_damaged(set_word(raw(to_jsonb(array_agg(repeat('x', 400)))), 4 + 32 * 4, x'80000000'::bigint),
	'[{"path": "{}", "in": "array", "op": "remove", "at": 30, "value": 0},
	  {"path": "{}", "in": "array", "op": "remove", "at": 40, "value": 0}]')
FROM generate_series(1, 96);

--
-- At random: walk through a document, decide at every child, and build what must
-- come out with core's aggregates, beside the script that says the same.
--
CREATE FUNCTION dice(seed text, sides int) RETURNS int
LANGUAGE sql IMMUTABLE
AS $$ SELECT abs(('x' || substr(md5(seed), 1, 7))::bit(28)::int) % sides $$;

CREATE FUNCTION random_edit(doc jsonb, path text[], seed text, OUT expected jsonb, INOUT script jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
	is_array constant boolean := jsonb_typeof(doc) = 'array';
	child record;
	changed record;
	elements jsonb[] := '{}';
	pairs jsonb := '{}';
	step jsonb;
BEGIN
	FOR child IN
		SELECT (n - 1)::text AS at, value FROM jsonb_array_elements(CASE WHEN is_array THEN doc ELSE '[]' END)
			WITH ORDINALITY AS e (value, n)
		UNION ALL
		SELECT key, value FROM jsonb_each(CASE WHEN is_array THEN '{}' ELSE doc END)
	LOOP
		step := jsonb_build_object('path', path::text, 'in', jsonb_typeof(doc), 'at', child.at,
								   'value', random_document(dice(seed || 'v' || child.at, 100000)));
		IF dice(seed || 'i' || child.at, 8) = 0 THEN
			IF is_array THEN
				elements := elements || (step -> 'value');
				script := script || (step || '{"op": "insert"}');
			ELSIF NOT doc ? (child.at || '+') THEN
				pairs := pairs || jsonb_build_object(child.at || '+', step -> 'value');
				script := script || (step || '{"op": "insert"}' || jsonb_build_object('at', child.at || '+'));
			END IF;
		END IF;
		CASE dice(seed || 'd' || child.at, 6)
			WHEN 0 THEN
				script := script || (step || '{"op": "remove"}');
				CONTINUE;
			WHEN 1 THEN
				script := script || (step || '{"op": "replace"}');
				child.value := step -> 'value';
			WHEN 2, 3 THEN
				IF jsonb_typeof(child.value) IN ('array', 'object') THEN
					changed := random_edit(child.value, path || child.at, seed || '/' || child.at, script);
					child.value := changed.expected;
					script := changed.script;
				END IF;
			ELSE
				NULL;
		END CASE;
		elements := elements || child.value;
		pairs := pairs || jsonb_build_object(child.at, child.value);
	END LOOP;
	expected := CASE WHEN is_array THEN to_jsonb(elements) ELSE pairs END;
END
$$;

-- In order, and shuffled: the order in which changes come must not matter.  (For
-- inserts at one place it does, but here there is one at each.)
SELECT count(*) AS documents, sum(jsonb_array_length(script)) > 3000 AS many_changes,
	   count(*) FILTER (WHERE identical(plan_edit(doc, script), expected)) AS right_in_order,
	   count(*) FILTER (WHERE identical(plan_edit(doc, shuffled), expected)) AS right_shuffled,
	   count(*) FILTER (WHERE identical(plan_edit(as_indirect(doc), shuffled), expected)) AS right_in_place
FROM generate_series(1, 400) AS seed,
	 LATERAL (SELECT random_document(seed) AS doc OFFSET 0) AS d,
	 LATERAL (SELECT * FROM random_edit(doc, '{}', seed::text, '[]') OFFSET 0) AS e,
	 LATERAL (SELECT COALESCE(jsonb_agg(s ORDER BY md5(s::text || seed)), '[]') AS shuffled
			  FROM jsonb_array_elements(script) AS s) AS sh
WHERE jsonb_typeof(doc) IN ('array', 'object');

-- Of large documents, between and around long texts, which may go as well.
SELECT count(*) AS documents, count(*) FILTER (WHERE length(raw(doc)) > 200000 AND length(raw(expected)) > 200000) > 20 AS large,
	   count(*) FILTER (WHERE identical(plan_edit(as_indirect(doc), script), expected)) AS right_in_place,
	   count(*) FILTER (WHERE identical(plan_edit(doc, script), expected)) AS right_anew
FROM generate_series(1, 60) AS seed,
	 LATERAL (SELECT jsonb_build_object('a', repeat('before ', 12000), 'doc', random_document(seed), 'list', jsonb_build_array(random_document(seed + 1000), repeat('between', 20000 + seed), random_document(seed + 2000)), 'text', repeat('behind', 30000)) AS doc OFFSET 0) AS d,
	 LATERAL (SELECT * FROM random_edit(doc, '{}', seed::text, '[]') OFFSET 0) AS e;
