-- The grid: documents of several shapes, 100 bytes to 10 MB, and what is done to them.
-- No operator may be slower than the best native way anywhere on it.  Needs harness.sql.
--
-- Every document has an array "items" of objects with an "id", and an object "meta" beside it.
--   array    the items are the document
--   wide     most of it is members of the root object: keys and small scalars
--   text     most of it is one string, which native SQL copies nearly as fast as memory allows
--   numbers  most of it is an array of numbers
--   nested   a binary tree of objects; items and meta are in the leaf farthest to the left

\ir tables_off.sql
SET client_min_messages = warning;

CREATE TABLE bench.grid (shape text, bytes int, PRIMARY KEY (shape, bytes));
INSERT INTO bench.grid
SELECT shape, bytes
FROM unnest(ARRAY['array', 'wide', 'text', 'numbers', 'nested']) AS shape,
	unnest(ARRAY[100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000, 3000000, 10000000]) AS bytes;

\if :quick
	DELETE FROM bench.grid WHERE bytes NOT IN (100, 1000, 10000, 100000, 1000000);
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
	tiny boolean := bytes < 500;
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

CREATE TABLE bench.grid_result (
	shape text, bytes int, operator text, what text, way text, kind text,
	actual_bytes int, microseconds float8, samples int
);

CREATE TEMP TABLE sample (way int, microseconds float8);

-- All cases on one document.  Ways take turns.  Three samples tell 2 from 1; where it is closer
-- than that, more are taken.
CREATE FUNCTION bench.measure_document(a_shape text, a_bytes int, milliseconds float8) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	document jsonb;
	prefix text[];
	c record;
	timers text[];
	ways text[];
	kinds text[];
	calls int[];
	medians float8[];
	rounds int;
	ratio float8;
	worst float8 := 0;
	worst_case text;
	size int;
BEGIN
	-- adding nothing gives small documents the header that functions return, too
	SELECT d.doc || '{}', d.prefix INTO document, prefix FROM bench.document(a_shape, a_bytes) AS d;
	size := pg_column_size(document);
	FOR c IN SELECT * FROM bench.cases(document, prefix) LOOP
		SELECT array_agg(bench.timer(bench.expand(expression, c.path, c.key, c.value, c.change)) ORDER BY way),
			array_agg(way ORDER BY way), array_agg(kind ORDER BY way)
		INTO timers, ways, kinds
		FROM bench.way
		WHERE operator = c.operator AND kind IN ('native', 'jsonb_ivm') AND root IS DISTINCT FROM (c.path <> '{}');

		SELECT array_agg(bench.calls_for(timer, document, c.new, milliseconds) ORDER BY n)
		INTO calls FROM unnest(timers) WITH ORDINALITY AS t (timer, n);

		DELETE FROM sample;
		FOR round IN 1 .. 11 LOOP
			rounds := round;
			FOR w IN 1 .. cardinality(timers) LOOP
				INSERT INTO sample VALUES (w, bench.sample(timers[w], document, c.new, calls[w]));
			END LOOP;
			SELECT array_agg(median ORDER BY way) INTO medians
			FROM (
				SELECT way, percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) AS median
				FROM sample
				GROUP BY way) AS m;
			SELECT min(m) FILTER (WHERE k = 'jsonb_ivm') / min(m) FILTER (WHERE k = 'native') INTO ratio
			FROM unnest(medians, kinds) AS u (m, k);
			EXIT WHEN round >= 3 AND ratio < 0.5 OR round >= 7 AND ratio < 1;
		END LOOP;
		INSERT INTO bench.grid_result
		SELECT a_shape, a_bytes, c.operator, c.what, way, kind, size, median, rounds
		FROM unnest(ways, kinds, medians) AS u (way, kind, median);
		IF ratio > worst THEN
			worst := ratio;
			worst_case := format('%s (%s)', c.operator, c.what);
		END IF;
	END LOOP;
	RETURN format('  %s, %s bytes: closest to native: %s, %s of its time',
		a_shape, size, worst_case, round(worst::numeric, 3));
END
$$;

SELECT format('SELECT bench.measure_document(%L, %s, %s)', shape, bytes, :milliseconds)
FROM bench.grid
ORDER BY shape, bytes
\gexec

-- Per document and operator, the case that comes closest to native.
\ir tables_on.sql
WITH fastest AS (
	SELECT shape, bytes, actual_bytes, operator, what,
		min(microseconds) FILTER (WHERE kind = 'native') AS native,
		min(microseconds) FILTER (WHERE kind = 'jsonb_ivm') AS jsonb_ivm
	FROM bench.grid_result
	GROUP BY shape, bytes, actual_bytes, operator, what
), worst AS (
	SELECT DISTINCT ON (shape, bytes, operator) *
	FROM fastest
	ORDER BY shape, bytes, operator, jsonb_ivm / native DESC
)
SELECT shape, actual_bytes AS bytes,
	max(cell) FILTER (WHERE operator = 'array_update_where') AS "array_update_where",
	max(cell) FILTER (WHERE operator = 'array_upsert_where') AS "array_upsert_where",
	max(cell) FILTER (WHERE operator = 'merge_at_path') AS "merge_at_path",
	max(cell) FILTER (WHERE operator = 'has_path_changed') AS "has_path_changed"
FROM (
	SELECT *, format('%s: %s / %s = %s', what,
		to_char(native, 'FM9999990.00'), to_char(jsonb_ivm, 'FM9999990.00'), to_char(native / jsonb_ivm, 'FM9990.00')) AS cell
	FROM worst) AS w
GROUP BY shape, bytes, actual_bytes
ORDER BY shape, bytes;
\echo 'microseconds of the case that is closest to native: native / jsonb_ivm = times as fast'
