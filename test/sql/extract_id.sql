-- jsonb_extract_id: the id of a document as text, and how little of a stored one is
-- read for it.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- Strings and numbers, of the root alone.
SELECT data, jsonb_extract_id(data::jsonb)
FROM unnest(ARRAY['{"id":1}', '{"id":1.50}', '{"id":-0.0001}', '{"id":1e20}', '{"id":12345678901234567890123456789.123456789}', '{"id":"text"}', '{"id":""}', '{"id":"ä\n\"€"}',
	'{"id":true}', '{"id":null}', '{"id":[1]}', '{"id":{"id":1}}', '{"ID":1}', '{"a":{"id":1}}', '{}', '[]', '[{"id":1}]', '["id"]', '"id"', '1', 'null']) WITH ORDINALITY AS d (data, n) ORDER BY n;
SELECT x, jsonb_extract_id(jsonb_build_object('id', x)) = x::text FROM unnest(ARRAY[0, -0.0, 1, -1, 9999, 10000, -10000, 10001, 100000000, 123456789, 1234567890123456, 9999999999999999, -9999999999999999, 10000000000000000, -123456789012345678901234567890, 1.0, 1.5, 0.5, 10000.0001, 1e15, 1e16, 1e100]) AS x;
SELECT key, jsonb_extract_id('{"a":1,"b":"x","":"empty","0":"zero","a longer key":2}', key) FROM unnest(ARRAY['a', 'b', '', '0', 'a longer key', 'no', 'a longer kez']) AS key;
SELECT jsonb_extract_id('["a","b"]', '0'), jsonb_extract_id('["a","b"]', '[*]'), jsonb_extract_id(data => '{"k":"v"}', key => 'k');
SELECT jsonb_extract_id(NULL), jsonb_extract_id('{"id":1}', NULL);
-- As ->> for strings and numbers.
SELECT count(*) > 1000 AS many, count(ours) > 100 AS some, count(*) FILTER (WHERE ours IS DISTINCT FROM CASE WHEN jsonb_typeof(data -> key) IN ('string', 'number') AND jsonb_typeof(data) = 'object' THEN data ->> key END) AS different
FROM generate_series(1, 2000) AS seed, LATERAL (SELECT random_document(seed) AS data OFFSET 0) AS d, unnest(ARRAY['id', 'a', 'b', '', 'no']) AS key, LATERAL jsonb_extract_id(data, key) AS ours;

-- Stored documents: the id in front, behind everything, long, and missing; among many
-- keys; and documents that are none.
CREATE FUNCTION pg_temp.history(size int, seed int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('at', i, 'by', md5(seed || ' ' || i / 3), 'what', repeat(md5((seed + i / 7)::text) || ' and ', 2))) FROM generate_series(1, greatest(size / 150, 1)) AS i
$$;
CREATE TABLE document (n int, shape text, size int, plain jsonb);
ALTER TABLE document ALTER plain SET STORAGE external;
INSERT INTO document
SELECT row_number() OVER (), shape, size, CASE shape
	WHEN 'front' THEN jsonb_build_object('id', size, 'history', pg_temp.history(size, 1))
	WHEN 'uuid' THEN jsonb_build_object('id', md5(size::text)::uuid, 'history', pg_temp.history(size, 2))
	WHEN 'behind' THEN jsonb_build_object('h', pg_temp.history(size, 3), 'id', size)
	WHEN 'middle' THEN jsonb_build_object('h', pg_temp.history(size / 2, 4), 'id', size, 'more', pg_temp.history(size / 2, 5))
	WHEN 'long' THEN jsonb_build_object('id', repeat(md5(size::text), size / 100), 'history', pg_temp.history(size / 2, 6))
	WHEN 'container' THEN jsonb_build_object('id', pg_temp.history(size / 2, 7), 'more', pg_temp.history(size / 2, 8))
	WHEN 'null' THEN jsonb_build_object('id', NULL, 'history', pg_temp.history(size, 9))
	WHEN 'none' THEN jsonb_build_object('history', pg_temp.history(size, 10))
	WHEN 'keys' THEN (SELECT jsonb_object_agg('key' || i, md5(i::text)) FROM generate_series(1, size / 50 + 1) AS i) || jsonb_build_object('id', size)
	WHEN 'array' THEN pg_temp.history(size, 11)
	WHEN 'scalar' THEN to_jsonb(repeat(md5(size::text), size / 32))
	END
FROM unnest(ARRAY[100, 3000, 9000, 40000, 200000]) AS size,
	 unnest(ARRAY['front', 'uuid', 'behind', 'middle', 'long', 'container', 'null', 'none', 'keys', 'array', 'scalar']) AS shape;
CREATE TABLE stored (form text, n int, doc jsonb) PARTITION BY LIST (form);
-- Where a server has no lz4, pglz is taken.
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
		EXECUTE format('INSERT INTO stored_%I SELECT %L, n, from_raw(raw(plain)) FROM document WHERE %s', f.name, f.name,
			CASE f.storage WHEN 'plain' THEN 'pg_column_size(plain) < 8000' WHEN 'main' THEN 'pg_column_size(as_pglz(plain)) < 7500 AND pg_column_size(as_lz4(plain)) < 7500' ELSE 'true' END);
	END LOOP;
END
$$;
SELECT form, count(*), count(jsonb_extract_id(doc)) AS ids,
	   count(*) FILTER (WHERE jsonb_extract_id(doc) IS DISTINCT FROM CASE WHEN jsonb_typeof(plain -> 'id') IN ('string', 'number') THEN plain ->> 'id' END) AS wrong,
	   count(*) FILTER (WHERE jsonb_extract_id(as_indirect(doc)) IS DISTINCT FROM jsonb_extract_id(doc)) AS wrong_pointer,
	   count(*) FILTER (WHERE jsonb_extract_id(doc, 'history') IS NOT NULL OR jsonb_extract_id(doc, 'key' || size / 100) IS DISTINCT FROM CASE shape WHEN 'keys' THEN plain ->> ('key' || size / 100) END) AS wrong_others
FROM stored JOIN document USING (n)
GROUP BY form ORDER BY form COLLATE "C";

-- Little is read: the memory that it takes, and the blocks of the TOAST table.
SELECT form, shape, peak_memory(format('SELECT jsonb_extract_id(doc) FROM stored WHERE form = %L AND n = %s', form, n))
		- peak_memory(format('SELECT jsonb_extract_id(''{"id":1}'') FROM stored WHERE form = %L AND n = %s', form, n)) < 65536 AS in_little
FROM stored JOIN document USING (n)
WHERE size = 200000 AND (form IN ('external', 'external_pglz') AND shape IN ('front', 'uuid', 'container', 'null', 'none') OR form = 'external' AND shape IN ('behind', 'middle'))
ORDER BY form COLLATE "C", shape COLLATE "C";
-- Nothing stays behind.
SELECT form, sum(bytes) AS bytes, sum(errors) AS errors
FROM stored JOIN document USING (n), LATERAL memory_left('jsonb_extract_id(jsonb, text)', 2, doc, 'id'::text) AS m
WHERE size >= 9000
GROUP BY form ORDER BY form COLLATE "C";

-- Damage is told if it is met; in parts as in the whole.
SELECT jsonb_extract_id(from_raw(set_word(raw('{"id":1}'), 16, 1)));
SELECT jsonb_extract_id(from_raw(set_byte(raw('{"id":1}'), 21, 192)));
SELECT jsonb_extract_id(from_raw(set_word(raw('{"id":1}'), 0, 0)));
SELECT jsonb_extract_id(from_raw('\x'));
CREATE FUNCTION pg_temp.outcome(data jsonb, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN coalesce(jsonb_extract_id(data, key), 'null');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ' ' || detail;
END
$$;
CREATE TABLE damaged (n int, plain jsonb, external jsonb, pglz jsonb, lz4 jsonb);
ALTER TABLE damaged ALTER plain SET STORAGE external, ALTER external SET STORAGE external;
DO $$ BEGIN
	EXECUTE 'ALTER TABLE damaged ALTER COLUMN lz4 SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
END $$;
INSERT INTO damaged
SELECT n, image, image, image, image
FROM document, generate_series(0, 40, 4) AS at, unnest(ARRAY[0, x'FFFFFFFF'::bigint, x'80000000'::bigint, x'80007000'::bigint, x'5FFFFFF0'::bigint, x'D0008000'::bigint, x'20000001'::bigint, x'20000011'::bigint, x'10000008'::bigint]) AS word,
	 LATERAL from_raw(set_word(raw(plain), at, word)) AS image
WHERE size = 40000 AND shape IN ('front', 'behind', 'middle', 'keys', 'null', 'scalar');
SELECT shape, count(*), count(*) FILTER (WHERE outcome LIKE 'XX001%') > 0 AS errors, count(*) FILTER (WHERE outcome NOT LIKE 'XX001%') > 0 AS answers,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.external, key) <> outcome) AS external,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.pglz, key) <> outcome) AS pglz,
	   count(*) FILTER (WHERE pg_temp.outcome(damaged.lz4, key) <> outcome) AS lz4
FROM damaged JOIN document USING (n), unnest(ARRAY['id', 'h', 'key1', 'key40']) AS key, LATERAL pg_temp.outcome(from_raw(raw(damaged.plain)), key) AS outcome
GROUP BY shape ORDER BY shape COLLATE "C";
DROP TABLE document, stored, damaged;
-- Digits that are none (2026-12-01: -1).
SELECT jsonb_extract_id(from_raw('\x01000020020000800a00001069640000200000000080ffff'));
