-- What is said of damaged bytes: the rule that is broken, and where.  One case for
-- each check, and for each place that makes it; where it is a matter of more or
-- less, the last value that passes beside the first that does not.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.said(expression text, image bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	-- A result may carry damage on, so core must not get to see it.
	EXECUTE 'SELECT length(jsonb_ivm_test.raw(' || expression || ')) FROM (SELECT jsonb_ivm_test.from_raw($1) OFFSET 0) AS image (damaged)'
		USING image;
	RETURN 'nothing';
EXCEPTION WHEN data_corrupted THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN substring(SQLERRM FROM 'invalid jsonb value: (.*)') || ', at ' || substring(detail FROM 'offset (\d+)');
END
$$;
CREATE TEMP TABLE call (name text PRIMARY KEY, expression text);
INSERT INTO call VALUES
	('search', $$ jsonb_array_update_where(damaged, '{a}', 'id', '2', '{"v":"new"}') $$),
	('search string', $$ jsonb_array_update_where(damaged, '{a}', 'v', '"yy"', '{"v":"new"}') $$),
	('edit 1st', $$ jsonb_merge_at_path(damaged, '{"w":"new"}', '{a,0}') $$),
	('edit 2nd', $$ jsonb_merge_at_path(damaged, '{"w":"new"}', '{a,1}') $$),
	('edit root', $$ jsonb_merge_at_path(damaged, '{"w":"new"}', '{}') $$),
	('read a', $$ to_jsonb(jsonb_has_path_changed(damaged, '{"a":1}', '{a}')) $$),
	('read b', $$ to_jsonb(jsonb_has_path_changed(damaged, '{"b":1}', '{b}')) $$),
	('source', $$ jsonb_merge_at_path('{"aa":1}', damaged, '{}') $$);

-- corruption.sql draws the map of this image.
CREATE TEMP TABLE sound AS SELECT raw('{"a":[{"id":1,"v":"x"},{"id":2,"v":"yy"}],"b":"text"}') AS image;
CREATE TEMP TABLE fault (n serial, name text, calls text[], at int, word bigint);
INSERT INTO fault (name, calls, at, word) VALUES
	('a header of no kind', '{search,edit 1st}', 36, x'00000002'::bigint),
	('too short for a header', '{search,edit 1st}', 28, x'D0000003'::bigint),
	('just long enough for one', '{edit 1st}', 28, x'D0000004'::bigint),
	('as many entries as fit', '{search}', 36, x'40000007'::bigint),
	('one more', '{search,edit 1st}', 36, x'40000008'::bigint),
	('as many pairs, and one more', '{search,edit 1st}', 36, x'20000004'::bigint),
	('no offset where a stride begins', '{search,edit 1st,edit 2nd}', 28, x'50000020'::bigint),
	('an offset inside of a stride', '{search,edit 2nd,edit 1st}', 32, x'D0000021'::bigint),
	('an offset before the child', '{read b}', 12, x'D0000052'::bigint),
	('an offset in a key that is compared', '{read b}', 8, x'80000001'::bigint),
	('a length beyond the end', '{search,edit 2nd,edit 1st}', 32, x'5FFFFFFF'::bigint),
	('a length beyond the end, before the child', '{read b}', 12, x'5FFFFFFF'::bigint),
	('the last child ends with the data', '{read b}', 16, x'00000004'::bigint),
	('the last child ends behind the data', '{read b}', 16, x'00000005'::bigint),
	('as much padding as the child is long', '{read a}', 12, x'50000002'::bigint),
	('more padding than that', '{read a}', 12, x'50000001'::bigint),
	('a type that is none', '{search,read a}', 12, x'60000052'::bigint),
	('another', '{search,read a}', 12, x'70000052'::bigint),
	('a false with a length', '{read b}', 16, x'20000001'::bigint),
	('a true with a length', '{read b}', 16, x'30000001'::bigint),
	('a null with a length', '{read b}', 16, x'40000001'::bigint),
	('a key that is no string, found', '{read b}', 8, x'40000001'::bigint),
	('a key that is no string, passed on', '{source}', 8, x'40000000'::bigint),
	('a number of other length than its entry', '{search}', 60, 4000),
	('a compressed number', '{search}', 60, 8 * 4 + 2),
	('a number too short for a header', '{search}', 52, x'10000006'::bigint);
SELECT f.name, c.name, pg_temp.said(expression, set_word(image, at, word))
FROM sound, fault AS f, LATERAL unnest(calls) WITH ORDINALITY AS u (name, o) JOIN call AS c USING (name) ORDER BY n, o;

-- Lengths that add up to the end of the data, and to one more.
SELECT more, pg_temp.said(expression, set_word(image, 12, x'50000000'::bigint + length(image) - 20 - 2 + more))
FROM sound, call, generate_series(0, 1) AS more WHERE name = 'read b';
-- Too short for anything.
SELECT bytes, pg_temp.said(expression, substr(image, 1, bytes))
FROM sound, call, generate_series(0, 4) AS bytes WHERE name = 'edit root' ORDER BY bytes;
-- The order of keys that are passed on.
SELECT keys, pg_temp.said(expression, overlay(image PLACING convert_to(keys, 'UTF8') FROM 21))
FROM sound, call, (VALUES ('ab'), ('ba'), ('aa')) AS k (keys) WHERE name = 'source';

-- Numbers: their length stands at 60, their header at 64.
SELECT v.name, pg_temp.said(expression, set_word(set_word(set_word(image, 52, x'10000000'::bigint + len), 60, len * 4), 64, header))
FROM sound, call AS c, (VALUES
	('short, no digit', 6, x'00018000'::bigint),
	('short, half a digit', 7, x'00018000'::bigint),
	('short, one digit', 8, x'00018000'::bigint),
	('long, breaks off', 6, x'00000000'::bigint),
	('long, no digit', 8, x'00000000'::bigint)) AS v (name, len, header) WHERE c.name = 'search';

-- Scalars at the root.
SELECT at, word, pg_temp.said($$ to_jsonb(jsonb_has_path_changed(damaged, '1', '{}')) $$, set_word(raw('"text"'), at, word))
FROM (VALUES (0, x'50000001'::bigint), (0, x'50000000'::bigint), (0, x'50000002'::bigint), (0, x'30000001'::bigint), (4, x'D0000004'::bigint), (4, x'80000005'::bigint)) AS f (at, word);
SELECT bytes, pg_temp.said($$ to_jsonb(jsonb_has_path_changed(damaged, '1', '{}')) $$, substr(raw('null'), 1, bytes))
FROM generate_series(4, 8) AS bytes;

-- Strides.  The array stands at 0, its entry n at 4 + 4 n; the first child is
-- what is edited, the others are kept.
CREATE TEMP TABLE strides AS SELECT raw('[{}]'::jsonb || jsonb_agg('x'::text)) AS image FROM generate_series(1, 95);
SELECT name, pg_temp.said($$ jsonb_merge_at_path(damaged, '{"w":"new"}', '{0}') $$, set_word(image, 4 + 4 * n, word))
FROM strides, (VALUES
	('an offset in the first stride', 5, x'80000001'::bigint),
	('no offset where the second begins', 32, x'00000001'::bigint),
	('an offset in the second', 40, x'80000001'::bigint),
	('at its end', 63, x'80000001'::bigint),
	('a length beyond the data', 40, x'0FFFFFFF'::bigint),
	('ends before it begins', 32, x'80000000'::bigint),
	('ends with the data', 95, x'00000001'::bigint),
	('ends behind the data', 95, x'00000002'::bigint)) AS f (name, n, word);

-- Values that begin before the keys end: by that the next object would be read.
WITH object AS (SELECT jsonb_object_agg(chr(c), 'x') AS o FROM generate_series(64, 64 + 32) AS c),
	 image AS (SELECT raw(jsonb_build_array(o, o)) AS image FROM object)
-- The first object stands at 12, its entry n at 16 + 4 n.
SELECT ends, pg_temp.said($$ jsonb_array_update_where(damaged, '{}', 'E', '"y"', '{}') $$, set_word(image, 16 + 4 * 32, x'80000000'::bigint + ends))
FROM image, (VALUES (33), (6), (5), (0)) AS v (ends);
