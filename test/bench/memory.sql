-- The most memory one call has from malloc at a time, over the shapes and sizes of the grid above
-- 16 KB, stored plain and compressed.  Needs documents.sql, bars.sql and the extension jsonb_ivm_test.
\ir tables_off.sql
CREATE TABLE bench.memory_result (
	storage text, shape text, bytes int, operator text, what text, way text, kind text, document_bytes bigint, peak bigint);

-- Fetching and decompressing are part of the call, so the document is a stored one.
CREATE FUNCTION bench.measure_memory(a_shape text, a_bytes int, storage text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	document jsonb;
	prefix text[];
	c record;
	r record;
BEGIN
	SELECT d.doc, d.prefix INTO document, prefix FROM bench.document(a_shape, a_bytes) AS d;
	CREATE TEMP TABLE subject (doc jsonb, new jsonb);
	EXECUTE format('ALTER TABLE subject ALTER COLUMN doc SET STORAGE %s, ALTER COLUMN new SET STORAGE %s', storage, storage);
	FOR c IN
		SELECT * FROM bench.cases(document, prefix)
		WHERE what IN ('middle', 'none', 'object', 'root', 'scalar, other', 'array, other at its end')
	LOOP
		TRUNCATE subject;
		INSERT INTO subject VALUES (document, c.new);
		FOR r IN
			SELECT * FROM bench.way
			WHERE operator = c.operator AND kind IN ('native', 'jsonb_ivm') AND root IS DISTINCT FROM (c.path <> '{}')
		LOOP
			INSERT INTO bench.memory_result VALUES (
				storage, a_shape, a_bytes, c.operator, c.what, r.way, r.kind,
				pg_column_size(document) + COALESCE(pg_column_size(c.new), 0),
				jsonb_ivm_test.peak_memory(format('SELECT %s FROM subject',
					bench.expand(r.expression, c.path, c.key, c.value, c.change))));
		END LOOP;
	END LOOP;
	DROP TABLE subject;
	RETURN format('  %s, %s bytes, %s', a_shape, pg_column_size(document), storage);
END
$$;

SELECT format('SELECT bench.measure_memory(%L, %s, %L)', shape, bytes, storage)
FROM bench.grid, unnest(ARRAY['EXTERNAL', 'EXTENDED']) AS storage
WHERE bytes > 16384
ORDER BY storage, shape, bytes
\gexec

CREATE TABLE bench.memory AS
SELECT storage, shape, bytes, operator, what, document_bytes,
	min(peak) FILTER (WHERE kind = 'native') AS native,
	min(peak) FILTER (WHERE kind = 'jsonb_ivm') AS jsonb_ivm
FROM bench.memory_result
GROUP BY storage, shape, bytes, operator, what, document_bytes;

\ir tables_on.sql
SELECT storage, operator, what,
	round(min(native / document_bytes::numeric), 2) AS "native, least",
	round(max(native / document_bytes::numeric), 2) AS "native, most",
	round(min(jsonb_ivm / document_bytes::numeric), 2) AS "jsonb_ivm, least",
	round(max(jsonb_ivm / document_bytes::numeric), 2) AS "jsonb_ivm, most",
	round(max(jsonb_ivm / native::numeric), 3) AS "over native's, at worst"
FROM bench.memory
GROUP BY storage, operator, what
ORDER BY storage, operator, what;
\echo 'peak memory of a call, in documents (over all shapes and sizes above 16 KB)'

INSERT INTO bench.bar (needs_time, what, at_most, measured, detail)
SELECT DISTINCT ON (operator) false,
	format('memory, %s: peak over that of the best native way, at worst', operator), 1.0, jsonb_ivm / native::float8,
	format('%s, %s bytes, %s, %s: %s against %s bytes', shape, document_bytes, what, storage, jsonb_ivm, native)
FROM bench.memory
ORDER BY operator, jsonb_ivm / native::float8 DESC;

INSERT INTO bench.bar (needs_time, what, at_most, measured, detail)
SELECT DISTINCT ON (operator) false,
	format('memory, %s: peak over 3 documents + 64 KB, at worst', operator), 1.0, jsonb_ivm / (3 * document_bytes + 65536)::float8,
	format('%s, %s bytes, %s, %s: %s bytes', shape, document_bytes, what, storage, jsonb_ivm)
FROM bench.memory
ORDER BY operator, jsonb_ivm / (3 * document_bytes + 65536)::float8 DESC;

-- What 10,000 operations in one loop leave behind in the session, after the first hundred.
\ir tables_off.sql
CREATE TABLE bench.growth_result (operator text, way text, kind text, operations int, bytes bigint, resident bigint);

CREATE FUNCTION bench.measure_growth(
	op text, way text, kind text, expression text, doc jsonb, new jsonb, operations int
) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	bytes bigint;
	resident bigint;
BEGIN
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION pg_temp.looping(doc jsonb, new jsonb, calls int, OUT bytes bigint, OUT resident bigint)
		LANGUAGE plpgsql
		AS $body$
		DECLARE
			used bigint[];
			occupied bigint[];
		BEGIN
			FOR operation IN 1 .. calls + 100 LOOP
				PERFORM %s;
				-- the first time it is the measuring itself that takes some
				IF operation IN (50, 100, calls + 100) THEN
					used := ARRAY[used[2], jsonb_ivm_test.memory_used()];
					occupied := ARRAY[occupied[2], jsonb_ivm_test.resident_bytes()];
				END IF;
			END LOOP;
			bytes := used[2] - used[1];
			resident := occupied[2] - occupied[1];
		END
		$body$
	$function$, expression);
	EXECUTE 'SELECT * FROM pg_temp.looping($1, $2, $3)' INTO bytes, resident USING doc, new, operations;
	INSERT INTO bench.growth_result VALUES (op, way, kind, operations, bytes, resident);
	RETURN format('  growth, %s, %s: %s bytes', op, way, bytes);
END
$$;

CREATE TEMP TABLE growing AS
SELECT c.operator, w.way, w.kind, bench.expand(expression, path, key, value, change) AS expression, document || '{}' AS doc, c.new
FROM (SELECT d.doc, d.prefix FROM bench.document('array', 30000) AS d) AS d (document, prefix),
	LATERAL bench.cases(document, prefix) AS c
JOIN bench.way AS w ON w.operator = c.operator AND w.kind IN ('native', 'jsonb_ivm') AND root IS DISTINCT FROM (c.path <> '{}')
WHERE what IN ('middle', 'object', 'array, other at its end');
SELECT bench.measure_growth(operator, way, kind, expression, doc, new, :growth_operations)
FROM growing
ORDER BY operator, way;

\ir tables_on.sql
SELECT operator, way, operations, bytes AS "bytes in contexts", resident AS "resident bytes"
FROM bench.growth_result
ORDER BY operator, way;

INSERT INTO bench.bar (needs_time, what, at_most, measured, detail)
SELECT false, format('memory, %s: bytes that %s operations leave behind', operator, max(operations)), 8192,
	max(bytes) FILTER (WHERE kind = 'jsonb_ivm'),
	format('native: %s bytes', min(bytes) FILTER (WHERE kind = 'native'))
FROM bench.growth_result
GROUP BY operator
ORDER BY operator;
