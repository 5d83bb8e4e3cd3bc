-- Damaged values: a clean error that says where, and the session goes on.  What
-- an operator does not enter, it does not check: core would not either.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE TEMP TABLE call (n serial, name text, expression text);
INSERT INTO call (name, expression) VALUES
	('update', $$ jsonb_array_update_where(damaged, '{a}', 'id', '2', '{"v":"new"}') $$),
	('upsert', $$ jsonb_array_upsert_where(damaged, '{a}', 'id', '2', '{"id":2}') $$),
	('merge', $$ jsonb_merge_at_path(damaged, '{"w":"new"}', '{a,0}') $$),
	('compare', $$ to_jsonb(jsonb_has_path_changed(damaged, '{"a":[{"id":1.0,"v":"x"},{"id":2.0,"v":"yy"}]}', '{a}')) $$),
	('source', $$ jsonb_merge_at_path('{"aa":1}', damaged, '{}') $$);

-- A sound image: offsets below are offsets in it.
--     0 root, an object of 2: entries at 4 (key a), 8 (key b), 12 (a), 16 (b)
--    24 a, an array of 2: entries at 28, 32
--    36 its first object: entries at 40 (key v), 44 (key id), 48 (v), 52 (id)
--    60 the number 1
--    68 its second object
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
SELECT length(image) FROM sound;
SELECT name, outcome_of_damaged(expression, image) FROM sound, call ORDER BY n;

-- One word wrong.
CREATE TEMP TABLE fault (n serial, name text, at int, word bigint);
INSERT INTO fault (name, at, word) VALUES
	('root is neither object nor array', 0, x'00000002'::bigint),
	('root is both', 0, x'60000002'::bigint),
	('root has more pairs than room', 0, x'2FFFFFFF'::bigint),
	('root is an object and a scalar', 0, x'30000002'::bigint),
	('key is a number', 4, x'90000001'::bigint),
	('key is longer than the data', 4, x'8FFFFFFF'::bigint),
	('value is of no known type', 12, x'60000052'::bigint),
	('value is longer than the data', 12, x'5FFFFFFF'::bigint),
	('value is a container without room for a header', 12, x'50000002'::bigint),
	('array is neither object nor array', 24, x'00000002'::bigint),
	('array is both', 24, x'60000002'::bigint),
	('array has more elements than room', 24, x'4FFFFFFF'::bigint),
	('array is a scalar', 24, x'50000002'::bigint),
	('element is longer than the data', 28, x'DFFFFFFF'::bigint),
	('element is of no known type', 28, x'E0000020'::bigint),
	('element has no room for a header', 28, x'D0000003'::bigint),
	('second element has no room for its keys', 32, x'50000014'::bigint),
	('element is neither object nor array', 36, x'00000002'::bigint),
	('element has more pairs than room', 36, x'2FFFFFFF'::bigint),
	('key in the element is a container', 44, x'50000002'::bigint),
	('key in the element is longer than the data', 44, x'0FFFFFFF'::bigint),
	('number has no room for a header', 52, x'10000003'::bigint),
	('number is longer than its entry says', 60, 4000),
	('number is shorter than its entry says', 60, 24),
	('number is not a number', 64, x'0001C000'::bigint);
SELECT f.name, c.name, outcome_of_damaged(expression, set_word(image, at, word))
FROM sound, fault AS f, call AS c ORDER BY f.n, c.n;

-- Keys that are not in order, or not distinct, would spoil what they are merged into.
SELECT keys, outcome_of_damaged($$ jsonb_merge_at_path('{"aa":1}', damaged, '{}') $$, overlay(image PLACING convert_to(keys, 'UTF8') FROM 21))
FROM sound, (VALUES ('ab'), ('ba'), ('aa')) AS k (keys);

-- Cut short, everywhere.
SELECT name, outcome, count(*)
FROM sound, call, generate_series(0, length(image) - 1) AS bytes, LATERAL outcome_of_damaged(expression, substr(image, 1, bytes)) AS outcome
GROUP BY n, name, outcome ORDER BY n, outcome COLLATE "C";

-- Large containers: every 32nd entry holds an end, which may be anything.
CREATE TEMP TABLE large AS
SELECT raw((SELECT jsonb_build_object('a', jsonb_agg(jsonb_build_object('id', i, 'v', 'x') ORDER BY i)) FROM generate_series(0, 99) AS i)) AS image;
-- The array stands at 16; its entry n at 20 + 4 n.
SELECT at, word, outcome_of_damaged($$ jsonb_array_update_where(damaged, '{a}', 'id', '99', '{"v":"new"}') $$, set_word(image, at, word)),
	   outcome_of_damaged($$ jsonb_merge_at_path(damaged, '{"v":"new"}', '{a,99}') $$, set_word(image, at, word))
FROM large, (VALUES (20 + 4 * 32, x'D0000000'::bigint), (20 + 4 * 64, x'D0000004'::bigint), (20 + 4 * 96, x'DFFFFFFF'::bigint),
					(20 + 4 * 96, x'D0000000'::bigint), (20 + 4 * 97, x'5FFFFFFF'::bigint), (20 + 4 * 98, x'5FFFFFF0'::bigint)) AS f (at, word);

-- Scalars at the root.
SELECT name, word, outcome_of_damaged($$ jsonb_merge_at_path(damaged, '{"x":1}', '{}') $$, set_word(image, at, word)),
	   outcome_of_damaged($$ to_jsonb(jsonb_has_path_changed(damaged, '1.0', '{}')) $$, set_word(image, at, word))
FROM (VALUES ('number', raw('1')), ('string', raw('"s"')), ('null', raw('null'))) AS v (name, image),
	 (VALUES (0, x'50000002'::bigint), (0, x'50000000'::bigint), (4, x'F0000008'::bigint), (4, x'8FFFFFFF'::bigint), (4, x'9FFFFFFF'::bigint)) AS f (at, word)
ORDER BY name, at, word;

-- Every single bit flipped: whatever comes of it is an answer or an error that
-- the contract names.
CREATE FUNCTION pg_temp.flip(image bytea, n int) RETURNS bytea LANGUAGE sql IMMUTABLE
AS 'SELECT set_bit(image, n, 1 - get_bit(image, n))';
SELECT name, count(*), count(*) FILTER (WHERE outcome = 'ok') > 0 AS some_ok, count(*) FILTER (WHERE outcome = 'XX001') > 0 AS some_found,
	   array_agg(DISTINCT outcome) FILTER (WHERE outcome NOT IN ('ok', 'XX001', '22023')) AS others
FROM sound, call, generate_series(0, 8 * length(image) - 1) AS at, LATERAL outcome_of_damaged(expression, pg_temp.flip(image, at)) AS outcome
GROUP BY n, name ORDER BY n;
SELECT 'the session goes on';
