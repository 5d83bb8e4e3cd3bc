-- Damaged values and the functions that edit arrays by their elements' keys: a clean error
-- that says where, and the session goes on.  corruption.sql does the same with others.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE TEMP TABLE call (n serial, name text, expression text);
INSERT INTO call (name, expression) VALUES
	('delete', $$ jsonb_array_delete_where(damaged, '{a}', 'id', '2') $$),
	('insert', $$ jsonb_array_insert_where(damaged, '{a}', '{"id":1.5}', 'id') $$),
	('insert by a container', $$ jsonb_array_insert_where(damaged, '{a}', '{"l":[1,"x",{"k":1,"kk":[]}]}', 'l', 'DESC') $$),
	('insert and cut', $$ jsonb_array_insert_where(damaged, '{a}', '7', NULL, NULL, 1) $$),
	('insert this', $$ jsonb_array_insert_where('[{"a":[{"l":[]},{"l":[1,"x",{"k":1,"kk":2}]}]},{"a":[{"id":2},{"id":1}]}]', '{}', damaged, 'a') $$),
	('batch', $$ jsonb_array_update_where_batch(damaged, '{a}', 'id', '[{"id":2,"v":"new"},{"id":1,"w":1}]') $$),
	('batch of these', $$ jsonb_array_update_where_batch('[{"id":1},{"id":2}]', '{}', 'id', jsonb_ivm_test.from_raw(substr(jsonb_ivm_test.raw(damaged), 25))) $$),
	('reconcile', $$ jsonb_array_reconcile(damaged, '{a}', 'id', '[{"id":2.0,"v":"yy","l":[1,"x",{"k":1,"kk":2}]},{"id":1,"v":"x"}]') $$),
	('reconcile by containers', $$ jsonb_array_reconcile(damaged, '{a}', 'l', '[{"l":[1,"x",{"k":1,"kk":2}]},{"l":[1,"x",{"k":1,"kk":2}],"id":2.0,"v":"yy"},7]') $$),
	('reconcile with this', $$ jsonb_array_reconcile('[{"id":2,"v":"yy"},{"id":1,"v":"x"},{"id":3}]', '{}', 'id', jsonb_ivm_test.from_raw(substr(jsonb_ivm_test.raw(damaged), 25))) $$),
	('multi row', $$ (SELECT r FROM jsonb_array_update_multi_row(ARRAY[damaged], '{a}', 'id', '2', '{"v":"new"}') AS r) $$);

-- A sound image; the array stands at 24.
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x","l":[]},{"id":2,"v":"yy","l":[1,"x",{"k":1,"kk":2}]}],"b":"text"}') AS image;
SELECT length(image), get_byte(image, 24) FROM sound;
SELECT name, outcome_of_damaged(expression, image) FROM sound, call ORDER BY n;

-- Cut short, everywhere.
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) - 1) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
WHERE bytes > 24
GROUP BY n, name, outcome ORDER BY n, outcome COLLATE "C";
-- Every single bit flipped: whatever comes of it is an answer or an error that the contract names.
CREATE FUNCTION pg_temp.flip(image bytea, n int) RETURNS bytea LANGUAGE sql IMMUTABLE
AS 'SELECT set_bit(image, n, 1 - get_bit(image, n))';
SELECT name, count(*), count(*) FILTER (WHERE outcome = 'ok') > 0 AS some_ok, count(*) FILTER (WHERE outcome = 'XX001') > 0 AS some_found,
	   array_agg(DISTINCT outcome) FILTER (WHERE outcome NOT IN ('ok', 'XX001', '22023')) AS others
FROM sound, call, generate_series(0, 8 * length(image) - 1) AS at, LATERAL outcome_of_damaged(expression, pg_temp.flip(image, at)) AS outcome
GROUP BY n, name ORDER BY n;

-- Large arrays: every 32nd entry holds an end, which may be anything.
CREATE TEMP TABLE large AS
SELECT raw((SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', i, 'v', 'x') ORDER BY i)) FROM generate_series(0, 99) AS i)) AS image;
-- The array stands at 16; its entry n at 20 + 4 n.
SELECT at, word, string_agg(outcome_of_damaged(expression, set_word(image, at, word)), ' ' ORDER BY n)
FROM large, (VALUES (20 + 4 * 32, x'D0000000'::bigint), (20 + 4 * 64, x'D0000004'::bigint), (20 + 4 * 96, x'DFFFFFFF'::bigint),
					(20 + 4 * 96, x'D0000000'::bigint), (20 + 4 * 97, x'5FFFFFFF'::bigint), (20 + 4 * 98, x'5FFFFFF0'::bigint)) AS f (at, word),
	 (VALUES (1, $$ jsonb_array_delete_where(damaged, '{a}', 'id', '98') $$),
			 (2, $$ jsonb_array_insert_where(damaged, '{a}', '{"id":97.5}', 'id') $$),
			 (3, $$ jsonb_array_insert_where(damaged, '{a}', '7', NULL, NULL, 97) $$),
			 (4, $$ jsonb_array_update_where_batch(damaged, '{a}', 'id', '[{"id":33,"v":1},{"id":35,"v":1},{"id":65,"v":1},{"id":98,"v":1}]') $$),
			 (5, $$ jsonb_array_reconcile(damaged, '{a}', 'id', '[{"id":98,"v":"x"},{"id":97,"v":"x"},{"id":99,"v":"x"}]') $$)) AS c (n, expression)
GROUP BY at, word ORDER BY at, word;
SELECT 'the session goes on';
