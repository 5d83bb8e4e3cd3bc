-- Large documents are edited in the memory that they were detoasted to, instead of being
-- written beside it: the bytes must be those of the other way, and of core.  How much
-- memory it takes, memory.sql tells.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- 160 kB and more, most of it in few values: before, behind and around what is edited,
-- inside of it, and on the way to it; or in many records.
CREATE FUNCTION pg_temp.prose(seed text, words int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(md5(seed || i) || ' all of it was said before ', '') FROM generate_series(1, words / 58 + 1) AS i
$$;
CREATE FUNCTION pg_temp.records(count int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_agg(jsonb_build_object('id', i, 'note', repeat(chr(97 + i % 26), i % 7), 'weight', i * 1.50) ORDER BY i) FROM generate_series(0, count - 1) AS i
$$;
CREATE TABLE large (shape text, doc jsonb, path text[]);
ALTER TABLE large ALTER doc SET STORAGE external;
INSERT INTO large
SELECT shape, doc, path
FROM (SELECT pg_temp.prose('a', 160000) AS a, pg_temp.prose('z', 160001) AS z, pg_temp.records(4) AS few) AS t,
	LATERAL (VALUES
		('before', jsonb_build_object('a', a, 'list', few, 'sub', '{"x":1,"y":[]}'::jsonb), '{}'::text[]),
		('behind', jsonb_build_object('list', few, 'sub', '{"x":1,"y":[]}'::jsonb, 'text', z), '{}'),
		('around', jsonb_build_object('a', a, 'list', few, 'sub', '{"x":1,"y":[]}'::jsonb, 'text', z, 'number', 7), '{}'),
		('between', jsonb_build_object('list', jsonb_set(few, '{2,long}', to_jsonb(a)), 'sub', '{"x":1,"y":[]}'::jsonb), '{}'),
		('inside', jsonb_build_object('list', jsonb_set(few, '{1,long}', to_jsonb(z)), 'sub', jsonb_build_object('x', 1, 'long', a)), '{}'),
		('deep', jsonb_build_array(a, jsonb_build_object('k', a, 'down', jsonb_build_array(1, jsonb_build_object('list', few, 'sub', '{"x":1}'::jsonb, 'zz', z)))), '{1,down,1}'),
		('records', jsonb_build_object('list', pg_temp.records(4000), 'sub', '{"x":1}'::jsonb), '{}')) AS v (shape, doc, path);
SELECT shape, datum_form(doc), length(raw(doc)) > 131072 AS is_large FROM large ORDER BY shape COLLATE "C";

-- Growth and shrinkage by every number of bytes, and so with every padding behind.
CREATE TEMP TABLE put (v jsonb);
INSERT INTO put SELECT to_jsonb(repeat('y', n)) FROM generate_series(0, 9) AS n;
INSERT INTO put VALUES ('null'), ('5'), ('1e500'), ('[]'), ('{"new": ["x", 1]}'), (to_jsonb(repeat('y', 1000))), (to_jsonb(repeat('y', 300000)));
SELECT shape,
	   count(*) FILTER (WHERE identical(jsonb_array_update_where(doc, path || '{list}', 'id', '1', jsonb_build_object('note', v)), jsonb_set(plain, path || '{list,1,note}', v))) AS updated,
	   count(*) FILTER (WHERE identical(jsonb_array_update_where(doc, path || '{list}', 'id', '2', jsonb_build_object('a', v, 'weight', 1)), jsonb_set(plain, path || '{list,2}', (plain #> (path || '{list,2}')) || jsonb_build_object('a', v, 'weight', 1)))) AS added,
	   count(*) FILTER (WHERE identical(jsonb_array_upsert_where(doc, path || '{list}', 'id', '1', jsonb_build_object('id', 1, 'v', v)), jsonb_set(plain, path || '{list,1}', jsonb_build_object('id', 1, 'v', v)))) AS replaced,
	   count(*) FILTER (WHERE identical(jsonb_array_upsert_where(doc, path || '{list}', 'v', v, jsonb_build_object('v', v)), jsonb_insert(plain, path || '{list,-1}', jsonb_build_object('v', v), true))) AS appended,
	   count(*) FILTER (WHERE identical(jsonb_array_upsert_where(doc, path || '{b,list}', 'v', v, jsonb_build_object('v', v)), jsonb_set(plain, path || '{b}', jsonb_build_object('list', jsonb_build_array(jsonb_build_object('v', v)))))) AS created,
	   count(*) FILTER (WHERE identical(jsonb_merge_at_path(doc, jsonb_build_object('x', v), path || '{sub}'), jsonb_set(plain, path || '{sub,x}', v))) AS merged,
	   count(*) FILTER (WHERE identical(jsonb_merge_at_path(doc, jsonb_build_object('b', v, 'sub', v, 'zzzzzz', v), path), CASE path WHEN '{}' THEN plain || m ELSE jsonb_set(plain, path, (plain #> path) || m) END)) AS merged_above
FROM large, put, LATERAL from_raw(raw(doc)) AS plain, LATERAL jsonb_build_object('b', v, 'sub', v, 'zzzzzz', v) AS m
GROUP BY shape ORDER BY shape COLLATE "C";
-- The long text goes, or another comes.
SELECT shape, identical(jsonb_merge_at_path(doc, m, '{}'), plain || m) AS replaced
FROM large, LATERAL from_raw(raw(doc)) AS plain,
	LATERAL unnest(ARRAY['{"a":"","text":[1]}', jsonb_build_object('a', pg_temp.prose('b', 200000), 'list', pg_temp.prose('l', 3000))]) AS m
WHERE path = '{}' ORDER BY shape COLLATE "C";
-- Nothing changes, or is found.
SELECT shape, same_datum(doc, jsonb_merge_at_path(doc, '{"x":1}', path || '{sub}')), same_datum(doc, jsonb_array_update_where(doc, path || '{list}', 'id', '-1', '{}'))
FROM large ORDER BY shape COLLATE "C";
-- What is stored has not changed.
SELECT shape, verify(doc) IS NULL AS sound, jsonb_array_length(doc #> (path || '{list}')) FROM large ORDER BY shape COLLATE "C";

-- Of every storage.
CREATE TABLE stored (form text, doc jsonb) PARTITION BY LIST (form);
CREATE TABLE stored_external PARTITION OF stored FOR VALUES IN ('external', 'indirect');
CREATE TABLE stored_pglz PARTITION OF stored FOR VALUES IN ('pglz');
CREATE TABLE stored_lz4 PARTITION OF stored FOR VALUES IN ('lz4');
ALTER TABLE stored_external ALTER doc SET STORAGE external;
DO $$ BEGIN
	EXECUTE 'ALTER TABLE stored_pglz ALTER doc SET COMPRESSION pglz';
	EXECUTE 'ALTER TABLE stored_lz4 ALTER doc SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL; END $$;
INSERT INTO stored
SELECT form, doc FROM large, unnest(ARRAY['external', 'indirect', 'pglz', 'lz4']) AS form WHERE shape IN ('around', 'records');
SELECT form, count(DISTINCT datum_form(doc)) AS forms,
	   count(*) FILTER (WHERE identical(jsonb_array_update_where(d, '{list}', 'id', '1', m), jsonb_set(plain, '{list,1}', (plain #> '{list,1}') || m))) AS updated,
	   count(*) FILTER (WHERE identical(jsonb_array_upsert_where(d, '{list}', 'id', '-1', '{"id":-1}'), jsonb_insert(plain, '{list,-1}', '{"id":-1}', true))) AS appended,
	   count(*) FILTER (WHERE identical(jsonb_merge_at_path(d, m, '{sub}'), jsonb_set(plain, '{sub}', (plain -> 'sub') || m))) AS merged
FROM stored, LATERAL from_raw(raw(doc)) AS plain, LATERAL (SELECT CASE form WHEN 'indirect' THEN as_indirect(doc) ELSE doc END AS d) AS i,
	unnest(ARRAY['{"note":""}', '{"note":"longer than it was","x":null}']::jsonb[]) AS m
GROUP BY form ORDER BY form COLLATE "C";
-- And as an UPDATE has it, which for a compressed document is spliced.
UPDATE stored SET doc = jsonb_array_update_where(doc, '{list}', 'id', '3', '{"note":"updated","v":[1]}');
UPDATE stored SET doc = jsonb_merge_at_path(doc, '{"sub":{},"b":"new"}', '{}');
SELECT form, count(*) FILTER (WHERE identical(s.doc, jsonb_set(l.doc, '{list,3}', (l.doc #> '{list,3}') || '{"note":"updated","v":[1]}') || '{"sub":{},"b":"new"}')) AS updated
FROM large AS l JOIN stored AS s ON l.doc ? 'a' = (s.doc ? 'a')
WHERE shape IN ('around', 'records') GROUP BY form ORDER BY form COLLATE "C";

--
-- Plans: removals, and what the target holds in one place and the result in another.
--
CREATE FUNCTION pg_temp.step(path text, kind text, op text, at text, value jsonb DEFAULT 'null') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_build_object('path', path, 'in', kind, 'op', op, 'at', at) ||
		CASE WHEN jsonb_typeof(value) = 'string' AND value #>> '{}' LIKE '{%' THEN jsonb_build_object('from', value) ELSE jsonb_build_object('value', value) END
$$;
CREATE TEMP TABLE script (what text, steps jsonb, expected text);
INSERT INTO script
SELECT what, jsonb_agg(step ORDER BY n), expected
FROM (VALUES
	('remove', 1, pg_temp.step('{list}', 'array', 'remove', '0'), $$ doc #- '{list,0}' $$),
	('remove the first', 1, pg_temp.step('{}', 'object', 'remove', 'a'), $$ doc - 'a' $$),
	('remove the last', 1, pg_temp.step('{}', 'object', 'remove', 'number'), $$ doc - 'number' $$),
	('remove all', 1, pg_temp.step('{}', 'object', 'remove', 'a'), $$ '{}' $$),
	('remove all', 2, pg_temp.step('{}', 'object', 'remove', 'sub'), $$ '{}' $$),
	('remove all', 3, pg_temp.step('{}', 'object', 'remove', 'list'), $$ '{}' $$),
	('remove all', 4, pg_temp.step('{}', 'object', 'remove', 'text'), $$ '{}' $$),
	('remove all', 5, pg_temp.step('{}', 'object', 'remove', 'number'), $$ '{}' $$),
	('remove before, insert behind', 1, pg_temp.step('{list}', 'array', 'remove', '0'), $$ jsonb_insert(doc #- '{list,0}', '{list,-1}', '"a long value, longer than what goes"', true) $$),
	('remove before, insert behind', 2, pg_temp.step('{list}', 'array', 'insert', '4', '"a long value, longer than what goes"'), $$ jsonb_insert(doc #- '{list,0}', '{list,-1}', '"a long value, longer than what goes"', true) $$),
	('insert before, remove behind', 1, pg_temp.step('{list}', 'array', 'insert', '0', '"a long value, longer than what goes"'), $$ jsonb_insert(doc #- '{list,3}', '{list,0}', '"a long value, longer than what goes"') #- '{text}' $$),
	('insert before, remove behind', 2, pg_temp.step('{list}', 'array', 'remove', '3'), $$ jsonb_insert(doc #- '{list,3}', '{list,0}', '"a long value, longer than what goes"') #- '{text}' $$),
	('insert before, remove behind', 3, pg_temp.step('{}', 'object', 'remove', 'text'), $$ jsonb_insert(doc #- '{list,3}', '{list,0}', '"a long value, longer than what goes"') #- '{text}' $$),
	('move up', 1, pg_temp.step('{list}', 'array', 'remove', '0'), $$ jsonb_insert(doc #- '{list,0}', '{list,-1}', doc #> '{list,0}', true) $$),
	('move up', 2, pg_temp.step('{list}', 'array', 'insert', '4', '"{list,0}"'), $$ jsonb_insert(doc #- '{list,0}', '{list,-1}', doc #> '{list,0}', true) $$),
	('move down', 1, pg_temp.step('{list}', 'array', 'insert', '0', '"{list,3}"'), $$ jsonb_insert(doc #- '{list,3}', '{list,0}', doc #> '{list,3}') $$),
	('move down', 2, pg_temp.step('{list}', 'array', 'remove', '3'), $$ jsonb_insert(doc #- '{list,3}', '{list,0}', doc #> '{list,3}') $$),
	('swap', 1, pg_temp.step('{list}', 'array', 'replace', '1', '"{list,2}"'), $$ jsonb_set(jsonb_set(doc, '{list,1}', doc #> '{list,2}'), '{list,2}', doc #> '{list,1}') $$),
	('swap', 2, pg_temp.step('{list}', 'array', 'replace', '2', '"{list,1}"'), $$ jsonb_set(jsonb_set(doc, '{list,1}', doc #> '{list,2}'), '{list,2}', doc #> '{list,1}') $$),
	('copy often', 1, pg_temp.step('{}', 'object', 'insert', 'b', '"{list}"'), $$ jsonb_set(doc, '{list,1}', doc -> 'sub') || jsonb_build_object('b', doc -> 'list', 'zzzzzz', doc -> 'list', 'number', doc -> 'sub') $$),
	('copy often', 2, pg_temp.step('{}', 'object', 'insert', 'zzzzzz', '"{list}"'), $$ jsonb_set(doc, '{list,1}', doc -> 'sub') || jsonb_build_object('b', doc -> 'list', 'zzzzzz', doc -> 'list', 'number', doc -> 'sub') $$),
	('copy often', 3, pg_temp.step('{}', 'object', 'replace', 'number', '"{sub}"'), $$ jsonb_set(doc, '{list,1}', doc -> 'sub') || jsonb_build_object('b', doc -> 'list', 'zzzzzz', doc -> 'list', 'number', doc -> 'sub') $$),
	('copy often', 4, pg_temp.step('{list}', 'array', 'replace', '1', '"{sub}"'), $$ jsonb_set(doc, '{list,1}', doc -> 'sub') || jsonb_build_object('b', doc -> 'list', 'zzzzzz', doc -> 'list', 'number', doc -> 'sub') $$),
	('copy the text', 1, pg_temp.step('{sub}', 'object', 'insert', 'text', '"{text}"'), $$ jsonb_set(doc, '{sub,text}', doc -> 'text') $$),
	('move the text', 1, pg_temp.step('{sub}', 'object', 'insert', 'text', '"{text}"'), $$ jsonb_set(doc, '{sub,text}', doc -> 'text') - 'text' $$),
	('move the text', 2, pg_temp.step('{}', 'object', 'remove', 'text'), $$ jsonb_set(doc, '{sub,text}', doc -> 'text') - 'text' $$),
	('merge its own', 1, pg_temp.step('{list,3}', 'object', 'merge', '', '"{sub}"'), $$ jsonb_set(doc, '{list,3}', (doc #> '{list,3}') || (doc -> 'sub')) $$),
	('merge its own, above', 1, pg_temp.step('{}', 'object', 'merge', '', '"{list,1}"'), $$ doc || (doc #> '{list,1}') $$),
	-- A container of the target's, edited in another place: from there it cannot be moved.
	('copy and edit', 1, pg_temp.step('{}', 'object', 'insert', 'b', '"{list}"'), $$ doc || jsonb_build_object('b', (doc -> 'list') - 0) $$),
	('copy and edit', 2, pg_temp.step('{b}', 'array', 'remove', '0'), $$ doc || jsonb_build_object('b', (doc -> 'list') - 0) $$),
	('copy up and edit', 1, pg_temp.step('{}', 'object', 'insert', 'zzzzzz', '"{list}"'), $$ doc || jsonb_build_object('zzzzzz', (doc -> 'list') - 0) $$),
	('copy up and edit', 2, pg_temp.step('{zzzzzz}', 'array', 'remove', '0'), $$ doc || jsonb_build_object('zzzzzz', (doc -> 'list') - 0) $$)
) AS s (what, n, step, expected)
GROUP BY what, expected;
CREATE FUNCTION pg_temp.expect(doc jsonb, expression text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb;
BEGIN
	EXECUTE format('SELECT %s FROM (SELECT $1) AS d (doc)', expression) INTO result USING doc;
	RETURN result;
END
$$;
-- With a text so short as well: the test module writes all documents in place.
SELECT what, identical(plan_edit(doc, steps), want) AS stored, identical(plan_edit(as_indirect(plain), steps), want) AS indirect, identical(plan_edit(plain, steps), want) AS plain,
	   identical(plan_edit(as_indirect(small), steps), pg_temp.expect(small, expected)) AS small
FROM large, script, LATERAL from_raw(raw(doc)) AS plain, LATERAL pg_temp.expect(plain, expected) AS want,
	LATERAL (SELECT plain || '{"a":"before","text":"behind it"}' AS small) AS s
WHERE shape = 'around' ORDER BY what COLLATE "C";

-- Changes that are taken back, and almost.
SELECT what, same_datum(doc, plan_edit(doc, steps)) AS same, identical(plan_edit(as_indirect(doc), steps), plan_edit(from_raw(raw(doc)), steps)) AS identical
FROM large, (VALUES
	('replace twice', jsonb_build_array(pg_temp.step('{list}', 'array', 'replace', '0', '2'), pg_temp.step('{list}', 'array', 'replace', '0', '"{list,0}"'))),
	('replace a number twice', jsonb_build_array(pg_temp.step('{sub}', 'object', 'replace', 'x', '2'), pg_temp.step('{sub}', 'object', 'replace', 'x', '1'))),
	('and three times', jsonb_build_array(pg_temp.step('{sub}', 'object', 'replace', 'x', '2'), pg_temp.step('{sub}', 'object', 'replace', 'x', '1'), pg_temp.step('{sub}', 'object', 'replace', 'x', '3'))),
	('remove and insert', jsonb_build_array(pg_temp.step('{list}', 'array', 'remove', '0'), pg_temp.step('{list}', 'array', 'insert', '0', '"{list,0}"'))),
	('remove and insert another', jsonb_build_array(pg_temp.step('{list}', 'array', 'remove', '0'), pg_temp.step('{list}', 'array', 'insert', '0', '"{list,1}"')))) AS v (what, steps)
WHERE shape = 'around' ORDER BY what COLLATE "C";
-- Equal elements: one goes, and one comes at the other end.
CREATE TEMP TABLE equals (doc jsonb);
ALTER TABLE equals ALTER doc SET STORAGE external;
INSERT INTO equals SELECT jsonb_agg(repeat('the same again ', 30)) FROM generate_series(1, 500);
SELECT at, same_datum(doc, plan_edit(doc, steps)) AS same, identical(plan_edit(doc, steps), jsonb_insert(from_raw(raw(doc)) - 0, '{-1}', value, true)) AS identical
FROM equals, (VALUES (500, to_jsonb(repeat('the same again ', 30))), (500, to_jsonb(repeat('the same again,', 30))), (500, to_jsonb(repeat('the same again ', 30) || '.'))) AS v (at, value),
	LATERAL (SELECT jsonb_build_array(pg_temp.step('{}', 'array', 'remove', '0'), pg_temp.step('{}', 'array', 'insert', '500', value)) AS steps) AS s;

-- Damage is told as it is of a plain document, wherever it shows.
CREATE FUNCTION pg_temp.damaged(doc jsonb, steps jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN md5(raw(plan_edit(doc, steps)));
EXCEPTION WHEN data_corrupted THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN sqlerrm || ' ' || detail;
END
$$;
SELECT count(*), count(DISTINCT stored) > 10 AS several, bool_and(stored = plain) AS as_plain
FROM equals, generate_series(0, 400) AS word, unnest(ARRAY['00000000', '80000000', '9fffffff', '00000001', '10000000', '50001000']) AS bits,
	LATERAL set_word(raw(doc), word * 4, ('x' || bits)::bit(32)::bigint) AS image,
	LATERAL (SELECT jsonb_build_array(pg_temp.step('{}', 'array', 'remove', '30'), pg_temp.step('{}', 'array', 'insert', '70', '[1]'), pg_temp.step('{}', 'array', 'replace', '400', '{}')) AS steps) AS s,
	LATERAL (SELECT pg_temp.damaged(from_raw(image), steps) AS plain, pg_temp.damaged(as_indirect(from_raw(image)), steps) AS stored) AS d
WHERE word % 7 = 0 OR word % 32 = 1;
DROP TABLE large, stored;
