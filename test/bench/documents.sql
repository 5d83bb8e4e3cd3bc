-- The grid: documents of several shapes, 100 bytes to 10 MB, and what is done to them.
--
-- Every document has an array "items" of objects with an "id", and an object "meta" beside it.
--   array    the items are the document
--   wide     most of it is members of the root object: keys and small scalars
--   text     most of it is one string, which native SQL copies nearly as fast as memory allows
--   numbers  most of it is an array of numbers
--   nested   a binary tree of objects; items and meta are in the leaf farthest to the left
-- And for the length of arrays, which is what the time of those operators goes by:
--   elements  tiny items are the document: 5 to 100,000 of them, of about 40 bytes

SET client_min_messages = warning;

CREATE TABLE bench.grid (shape text, bytes int, PRIMARY KEY (shape, bytes));
INSERT INTO bench.grid
SELECT shape, bytes
FROM unnest(ARRAY['array', 'wide', 'text', 'numbers', 'nested']) AS shape,
	unnest(ARRAY[100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000, 3000000, 10000000]) AS bytes;
INSERT INTO bench.grid SELECT 'elements', 40 * length FROM unnest(ARRAY[5, 20, 100, 500, 2500, 10000, 100000]) AS length;

\if :quick
	DELETE FROM bench.grid
	WHERE bytes NOT IN (100, 3000, 100000) AND NOT (shape = 'elements' AND bytes IN (200, 4000, 100000));
\endif

-- Elements of the size of a DNS server's, and tiny ones for documents that hold no such.
CREATE FUNCTION bench.items(length int, tiny boolean) RETURNS jsonb
LANGUAGE sql
AS $$
	SELECT COALESCE(jsonb_agg(CASE
		WHEN tiny THEN jsonb_build_object('id', i, 'v', i % 100)
		ELSE jsonb_build_object(
			'id', i, 'v', i % 100, 'hostname', format('ns%s.example.net', i), 'address', format('10.%s.%s.53', i % 256, i / 256 % 256),
			'zone', format('zone-%s.example.net', i % 40), 'active', i % 3 > 0, 'weight', i / 4.0, 'note', NULL)
		END ORDER BY i), '[]')
	FROM generate_series(1, length) AS i
$$;

-- A document of about that many bytes (in memory), and the path under which it has items and meta.
CREATE FUNCTION bench.document(shape text, bytes int, OUT doc jsonb, OUT prefix text[])
LANGUAGE plpgsql
AS $$
DECLARE
	tiny boolean := bytes < 500 OR shape = 'elements';
	item_bytes int := pg_column_size(bench.items(101, tiny)) / 101;
	common jsonb;
	bush jsonb;
	rest int;
BEGIN
	prefix := '{}';
	common := jsonb_build_object(
		'items', bench.items(least(8, greatest(1, (bytes - 60) / item_bytes / 2)), tiny),
		'meta', CASE WHEN tiny THEN '{"a": 1}' ELSE '{"a": 1, "b": "two", "c": [3, 4]}' END::jsonb);
	rest := greatest(0, bytes - pg_column_size(common));
	CASE shape
		WHEN 'array' THEN
			doc := common || jsonb_build_object('items', bench.items(greatest(1, (bytes - 60) / item_bytes), tiny));
		WHEN 'elements' THEN
			doc := common || jsonb_build_object('items', bench.items(bytes / 40, tiny));
		WHEN 'wide' THEN
			SELECT common || COALESCE(jsonb_object_agg('key' || i, CASE i % 4
				WHEN 0 THEN to_jsonb(i / 8.0) WHEN 1 THEN to_jsonb('value ' || i) WHEN 2 THEN to_jsonb(i % 8 = 2) ELSE 'null' END), '{}')
			INTO doc FROM generate_series(1, rest / 23) AS i;
		WHEN 'text' THEN
			doc := common || jsonb_build_object('body', (
				SELECT COALESCE(string_agg(md5(i::text), ' '), '') FROM generate_series(1, rest / 33) AS i));
		WHEN 'numbers' THEN
			doc := common || jsonb_build_object('series', (
				SELECT COALESCE(jsonb_agg(i * 1.25), '[]') FROM generate_series(1, rest / 16) AS i));
		WHEN 'nested' THEN
			doc := common;
			bush := '{"left": {}, "note": "a leaf of the tree", "right": {}, "value": 12.25}';
			WHILE pg_column_size(doc) < 0.75 * bytes LOOP
				doc := jsonb_build_object('left', doc, 'right', bush, 'n', cardinality(prefix));
				prefix := prefix || 'left'::text;
				-- once the leaf is small beside it, the tree doubles with every level
				IF pg_column_size(bush) < pg_column_size(doc) THEN
					bush := jsonb_build_object('left', bush, 'right', bush, 'n', cardinality(prefix));
				END IF;
			END LOOP;
	END CASE;
END
$$;

-- What is done to a document: one row a case.
CREATE FUNCTION bench.cases(doc jsonb, prefix text[])
RETURNS TABLE (operator text, what text, path text[], key text, value jsonb, change jsonb, new jsonb)
LANGUAGE sql
AS $$
	SELECT 'array_' || verb || '_where', what, prefix || '{items}'::text[], 'id', to_jsonb(id),
		CASE verb
			WHEN 'update' THEN '{"v": 8, "checked": true}'::jsonb
			ELSE jsonb_build_object('id', id, 'v', 9, 'hostname', 'replaced')
		END,
		NULL::jsonb
	FROM (SELECT jsonb_array_length(doc #> (prefix || '{items}'::text[])) AS length) AS l,
		unnest(ARRAY['update', 'upsert']) AS verb,
		LATERAL (VALUES ('first', 1), ('middle', length / 2 + 1), ('last', length), ('none', -1)) AS p (what, id)
	UNION ALL
	VALUES
		('merge_at_path', 'object', prefix || '{meta}'::text[], NULL, NULL::jsonb, '{"b": 2.5, "new": "value"}'::jsonb, NULL::jsonb),
		('merge_at_path', 'root', '{}', NULL, NULL, '{"b": 2.5, "new": "value"}', NULL)
	UNION ALL
	SELECT 'has_path_changed', what, path, NULL, NULL, NULL, new
	FROM (
		SELECT
			-- the same bytes at another place, and a document with differences
			(doc || '{"zz": 1}') - 'zz' AS same,
			jsonb_set(jsonb_set(doc, prefix || '{meta,a}'::text[], '2'), prefix || '{items,-1,v}'::text[], '"other"') AS other
		OFFSET 0) AS n,
		LATERAL (VALUES
			('scalar, same', prefix || '{meta,a}'::text[], same),
			('scalar, other', prefix || '{meta,a}'::text[], other),
			('array, same', prefix || '{items}'::text[], same),
			('array, other at its end', prefix || '{items}'::text[], other),
			('root, same', '{}', same),
			('missing', prefix || '{missing}'::text[], other)) AS v (what, path, new)
$$;
