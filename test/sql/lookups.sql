-- Lookups in stored documents, which are read in parts: what they answer is what
-- they answer of the same document in memory.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Documents.  Text repeats in part, as real text does; an entry at every 32nd place
-- is a border of the format.
CREATE FUNCTION pg_temp.words(n int, seed text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(md5(seed || i / 2) || ' and then ', '' ORDER BY i), '') FROM generate_series(1, n) AS i
$$;
CREATE FUNCTION pg_temp.rows(n int, seed text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT coalesce(jsonb_agg(CASE i % 7 WHEN 6 THEN to_jsonb(i) ELSE jsonb_build_object('id', i, 'w', i * 1.50, 'text', md5(seed || i), 'of', '[1,{"x":null,"y":[]}]'::jsonb) END ORDER BY i), '[]')
	FROM generate_series(1, n) AS i
$$;
CREATE FUNCTION pg_temp.doc(shape text, size int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE shape
		WHEN 'record' THEN jsonb_build_object('a', 'early', 'n', 1.50, 'id', 7, 'list', pg_temp.rows(size / 300, 'l'), 'middle', '{"x":[1,{"y":"z"}]}'::jsonb,
			'other list', pg_temp.rows(size / 300, 'o'), 'tail of it', 'late', 'the last of it', '{"x":true,"e":{}}'::jsonb)
		WHEN 'keys' THEN (SELECT jsonb_object_agg('key' || i, CASE i % 3 WHEN 0 THEN to_jsonb(i) ELSE to_jsonb('value ' || md5(i::text)) END) FROM generate_series(1, greatest(size / 50, 1)) AS i)
		WHEN 'array' THEN pg_temp.rows(greatest(size / 150, 1), 'a')
		WHEN 'numbers' THEN (SELECT jsonb_agg(i) FROM generate_series(1, greatest(size / 12, 1)) AS i)
		WHEN 'strings' THEN jsonb_build_array(pg_temp.words(size / 80, '0'), '', pg_temp.words(size / 80, '1'), 'end')
		WHEN 'nested' THEN (repeat('{"a":["' || pg_temp.words(size / 1700, '0') || '",', 20) || '{"k":"deep"}' || repeat(',"' || pg_temp.words(size / 1700, '2') || '"]}', 20))::jsonb
		WHEN 'scalar' THEN to_jsonb(pg_temp.words(size / 45, '0'))
		WHEN 'spread' THEN jsonb_build_object('a', pg_temp.words(size / 90, '0'), 'b', '{"x":1}'::jsonb, 'c', pg_temp.words(size / 90, '1'), 'd', '{"x":{"y":2}}'::jsonb)
	END
$$;
CREATE TABLE document (n int, shape text, size int, plain jsonb);
ALTER TABLE document ALTER plain SET STORAGE external;
INSERT INTO document
SELECT row_number() OVER (), shape, size, pg_temp.doc(shape, size)
FROM unnest(ARRAY[100, 1000, 9000, 20000, 45000, 250000, 1000000]) AS size,
	 unnest(ARRAY['record', 'keys', 'array', 'numbers', 'strings', 'nested', 'scalar', 'spread']) AS shape
WHERE size < 250000 OR shape IN ('record', 'array', 'spread') OR size = 250000 AND shape = 'nested';

-- The same in all forms in which they may be stored.  Where a server has no lz4
-- (13 has none), pglz takes its place.
CREATE TABLE stored (form text, n int, doc jsonb) PARTITION BY LIST (form);
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT * FROM (VALUES ('plain', 'plain', 'pglz'), ('inline_pglz', 'main', 'pglz'), ('inline_lz4', 'main', 'lz4'), ('external', 'external', 'pglz'),
			('external_pglz', 'extended', 'pglz'), ('external_lz4', 'extended', 'lz4')) AS form (name, storage, method) LOOP
		EXECUTE format('CREATE TABLE stored_%I PARTITION OF stored FOR VALUES IN (%L)', f.name, f.name);
		EXECUTE format('ALTER TABLE stored_%I ALTER COLUMN doc SET STORAGE %s', f.name, f.storage);
		BEGIN
			EXECUTE format('ALTER TABLE stored_%I ALTER COLUMN doc SET COMPRESSION %s', f.name, f.method);
		EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
		END;
		-- What is too long for a row stays out of the tables for it.
		EXECUTE format('INSERT INTO stored_%I SELECT %L, n, from_raw(raw(plain)) FROM document WHERE %s', f.name, f.name,
			CASE f.storage WHEN 'plain' THEN 'size < 5000' WHEN 'main' THEN 'size <= 20000 AND shape <> ''scalar'' ' ELSE 'true' END);
	END LOOP;
END
$$;
SELECT form, count(DISTINCT n) AS documents, bool_or(datum_form(doc) LIKE CASE WHEN form LIKE 'inline%' THEN 'inline%' WHEN form LIKE 'external%' THEN replace(replace(form, '_', ' '), 'lz4', '%') ELSE 'short' END) AS as_meant
FROM stored GROUP BY form ORDER BY form COLLATE "C";

-- Paths into them: some are there, some are not.
CREATE TABLE way (shape text, path text[]);
INSERT INTO way
SELECT shape, path::text[]
FROM (VALUES ('record', ARRAY['{a}', '{n}', '{id}', '{list}', '{list,0}', '{list,0,of,1,y}', '{list,5}', '{list,-1,w}', '{list,31,id}', '{list,32,id}', '{list,33,text}', '{list,-32,id}',
			'{middle,x,-1,y}', '{middle,x,2}', '{other list}', '{other list,0,text}', '{other list,40,text}', '{other list,-2}', '{tail of it}', '{the last of it,x}', '{the last of it,e}', '{the last of it,no}', '{tail of it,x}', '{list,x}', '{list,99999}', '{list,-99999}']),
	('keys', ARRAY['{key1}', '{key2}', '{key9}', '{key31}', '{key32}', '{key33}', '{key34}', '{key64}', '{key65}', '{key179}', '{key180}', '{key350}', '{key899}', '{key900}', '{key4000}', '{key20000}', '{a longer key than any}', '{key3,x}']),
	('array', ARRAY['{0}', '{0,text}', '{1,of,1,x}', '{5}', '{31}', '{32}', '{32,w}', '{33,of}', '{63,text}', '{64,text}', '{65,text}', '{-1}', '{-1,text}', '{-5,of,-1}', '{-33,id}', '{150,text}', '{2000,id}', '{100000}', '{-100000}', '{no}', '{}']),
	('numbers', ARRAY['{0}', '{1}', '{31}', '{32}', '{33}', '{-1}', '{-32}', '{-33}', '{500}', '{9999}', '{1000000}', '{0,0}']),
	('strings', ARRAY['{0}', '{1}', '{2}', '{3}', '{4}', '{-1}', '{-4}', '{-5}']),
	('nested', ARRAY['{a}', '{a,0}', '{a,2}', '{a,1,a,1,a,0}', '{a,1,a,1,a,-1}', '{a,1,a,1,b}'] || ARRAY(SELECT '{' || repeat('a,1,', n) || 'a,0}' FROM generate_series(5, 19, 7) AS n) || ARRAY['{' || repeat('a,1,', 20) || 'k}', '{' || repeat('a,1,', 20) || 'no}', '{' || repeat('a,1,', 19) || 'a,-1}']),
	('scalar', ARRAY['{a}', '{0}', '{}']),
	('spread', ARRAY['{a}', '{b}', '{b,x}', '{c}', '{d}', '{d,x,y}', '{d,x,z}', '{d,x}', '{a,x}', '{no}'])) AS w (shape, paths), unnest(paths) AS path;

-- As the old document, as the new one, as both; with the same value at the path,
-- another one, and none.
CREATE FUNCTION pg_temp.other(doc jsonb, path text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE WHEN path = '{}' OR doc #> path IS NULL THEN doc ELSE jsonb_set(doc, path, CASE jsonb_typeof(doc #> path) WHEN 'number' THEN '-1' WHEN 'string' THEN to_jsonb('X' || substr(doc #>> path, 2)) ELSE '[{"k":0}]' END) END
$$;
SELECT form, count(*) AS comparisons, count(*) FILTER (WHERE plain #> path IS NOT NULL) AS there,
	   count(*) FILTER (WHERE jsonb_has_path_changed(doc, plain, path)) AS wrong_old,
	   count(*) FILTER (WHERE jsonb_has_path_changed(plain, doc, path)) AS wrong_new,
	   count(*) FILTER (WHERE jsonb_has_path_changed(doc, from_raw(raw(doc)), path)) AS wrong_in_memory,
	   count(*) FILTER (WHERE jsonb_has_path_changed(doc, other, path) IS DISTINCT FROM (plain #> path IS DISTINCT FROM other #> path)) AS wrong_other,
	   count(*) FILTER (WHERE jsonb_has_path_changed('7', doc, path) IS DISTINCT FROM ('7'::jsonb #> path IS DISTINCT FROM plain #> path)) AS wrong_missing,
	   count(*) FILTER (WHERE size < 50000 AND jsonb_has_path_changed(as_indirect(doc), as_pglz(plain), path)) AS wrong_pointer
FROM stored JOIN document USING (n) JOIN way USING (shape), LATERAL (SELECT pg_temp.other(plain, path) AS other OFFSET 0) AS o
GROUP BY form ORDER BY form COLLATE "C";

-- Two stored documents that differ in a place or two.
CREATE TABLE successor (form text, n int, doc jsonb, path text[]) PARTITION BY LIST (form);
CREATE TABLE successor_external PARTITION OF successor FOR VALUES IN ('external');
ALTER TABLE successor_external ALTER doc SET STORAGE external;
CREATE TABLE successor_external_pglz PARTITION OF successor FOR VALUES IN ('external_pglz');
INSERT INTO successor
SELECT form, n, pg_temp.other(plain, path), path
FROM document JOIN way USING (shape), unnest(ARRAY['external', 'external_pglz']) AS form WHERE size = 45000 AND shape IN ('record', 'spread');
SELECT s.form, o.form, count(*), count(*) FILTER (WHERE changed), count(*) FILTER (WHERE changed IS DISTINCT FROM (o.doc #> way.path IS DISTINCT FROM s.doc #> way.path)) AS wrong
FROM successor AS s JOIN stored AS o USING (n) JOIN document USING (n) JOIN way USING (shape), LATERAL jsonb_has_path_changed(o.doc, s.doc, way.path) AS changed
WHERE o.form LIKE 'external%'
GROUP BY s.form, o.form ORDER BY s.form COLLATE "C", o.form COLLATE "C";

-- That they are read in parts shows in the memory that it takes: no call needs more
-- than it would for the whole, and few bytes are found in little.
CREATE TEMP TABLE peak AS
SELECT form, n, shape, size, path,
	   peak_memory(format('SELECT jsonb_has_path_changed(doc, NULL::jsonb || ''1'', %L) FROM stored WHERE form = %L AND n = %s', path, form, n)) AS nothing,
	   peak_memory(format('SELECT jsonb_has_path_changed(doc, ''7'', %L) FROM stored WHERE form = %L AND n = %s', path, form, n)) AS ours,
	   peak_memory(format('SELECT (doc #> %L) IS DISTINCT FROM ''7'' FROM stored WHERE form = %L AND n = %s', path, form, n)) AS native
FROM stored JOIN document USING (n) JOIN way USING (shape)
WHERE size = 1000000;
SELECT form, count(*), bool_and(ours <= 1.1 * native) AS not_above_native, count(*) FILTER (WHERE ours < native / 2) > 0 AS often_below
FROM peak GROUP BY form ORDER BY form COLLATE "C";
SELECT * FROM peak WHERE ours > 1.1 * native ORDER BY form, n, path;
SELECT form, shape, path, ours - nothing < 65536 AS in_little, native - nothing > 500000 AS in_much
FROM peak WHERE form IN ('external', 'external_pglz') AND (shape, path) IN (('record', '{id}'), ('spread', '{no}'))
	OR form = 'external' AND (shape, path) IN (('record', '{tail of it}'), ('record', '{other list,-2}'), ('array', '{1,of,1,x}'), ('spread', '{d,x,y}'))
ORDER BY form COLLATE "C", shape, path;

-- Nothing stays behind.
SELECT form, sum(bytes) AS bytes, sum(errors) AS errors
FROM stored JOIN document USING (n) JOIN way USING (shape),
	 LATERAL memory_left('jsonb_has_path_changed(jsonb, jsonb, text[])', 2, doc, plain, path) AS m
WHERE size = 45000 OR size = 250000 AND shape = 'record'
GROUP BY form ORDER BY form COLLATE "C";

-- Damage.  What a document says of its bytes is believed no more in parts than in
-- the whole: answer or error, with its offset, are the same.
CREATE FUNCTION pg_temp.outcome(old jsonb, new jsonb, path text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN jsonb_has_path_changed(old, new, path);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ' ' || detail;
END
$$;
CREATE TABLE damaged (n int, at int, word bigint, plain jsonb, external jsonb, pglz jsonb, lz4 jsonb);
ALTER TABLE damaged ALTER plain SET STORAGE external, ALTER external SET STORAGE external;
DO $$ BEGIN
	EXECUTE 'ALTER TABLE damaged ALTER COLUMN lz4 SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
END $$;
-- The words of headers, entries and keys; of the second list in the record, too.
INSERT INTO damaged
SELECT n, at, word, image, image, image, image
FROM document, LATERAL (SELECT raw(plain) AS raw) AS r,
	 LATERAL (SELECT 4 * i AS at FROM generate_series(0, 20) AS i UNION SELECT 4 * (32 * i + j) FROM generate_series(1, 6) AS i, generate_series(-1, 2) AS j
			  UNION SELECT 4 * i + position('\x6f74686572'::bytea IN raw) / 4 * 4 FROM generate_series(-2, 14) AS i WHERE shape = 'record') AS a,
	 unnest(ARRAY[0, x'FFFFFFFF'::bigint, x'80000000'::bigint, x'80007000'::bigint, x'5FFFFFF0'::bigint, x'D0008000'::bigint, x'20000001'::bigint, x'00000011'::bigint]) AS word,
	 LATERAL from_raw(set_word(raw, at, word)) AS image
WHERE size = 45000 AND shape IN ('record', 'keys', 'array', 'spread');
SELECT shape, count(*), count(*) FILTER (WHERE plain_outcome LIKE 'XX001%') > 0 AS errors, count(*) FILTER (WHERE plain_outcome NOT LIKE 'XX001%') > 0 AS answers,
	   count(*) FILTER (WHERE plain_outcome NOT LIKE 'XX001%' AND plain_outcome NOT IN ('true', 'false')) AS others,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.external, sound, path) <> plain_outcome) AS external,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.pglz, sound, path) <> plain_outcome) AS pglz,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.lz4, sound, path) <> plain_outcome) AS lz4
FROM damaged JOIN document USING (n) JOIN way USING (shape), LATERAL (SELECT from_raw(raw(document.plain)) AS sound) AS s,
	 LATERAL pg_temp.outcome(from_raw(raw(damaged.plain)), sound, path) AS plain_outcome
WHERE path[1] IN ('id', 'list', 'other list', 'tail of it', 'key2', 'key33', 'key350', '0', '32', '64', '-5', 'b', 'd') AND (at / 4 + cardinality(path)) % 4 = 0
GROUP BY shape ORDER BY shape COLLATE "C";
-- A border among the keys that has them lie far behind, in a text: there they are
-- found.
CREATE TABLE astray (plain jsonb, external jsonb, pglz jsonb);
ALTER TABLE astray ALTER plain SET STORAGE external, ALTER external SET STORAGE external;
INSERT INTO astray
SELECT image, image, image
FROM (SELECT jsonb_object_agg('k' || lpad(i::text, 3, '0'), CASE i WHEN 99 THEN to_jsonb(repeat('k050', 12000)) ELSE 'true' END) FROM generate_series(0, 99) AS i) AS d (doc),
	 LATERAL from_raw(set_word(raw(doc), 4 + 4 * 32, x'80000000'::bigint + 400 + 4 * 5000)) AS image;
SELECT key, pg_temp.outcome(from_raw(raw(plain)), d, ARRAY[key]), pg_temp.outcome(external, d, ARRAY[key]), pg_temp.outcome(pglz, d, ARRAY[key])
FROM astray, unnest(ARRAY['k000', 'k040', 'k050', 'k062', 'k090', 'none']) AS key, LATERAL jsonb_build_object(key, true) AS d ORDER BY key COLLATE "C";
SELECT 'the session goes on';
DROP TABLE document, stored, way, successor, damaged, astray;
