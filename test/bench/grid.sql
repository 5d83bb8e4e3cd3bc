-- Every case on every document of the grid: nowhere may an operator be slower than the best native
-- way, and its time must grow as the document does.  Needs documents.sql and bars.sql.
\ir tables_off.sql
CREATE TABLE bench.grid_result (
	shape text, bytes int, session int, operator text, what text, way text, kind text,
	actual_bytes int, microseconds float8, samples int,
	ratio float8		-- jsonb_ivm's time over that of the best native way
);

CREATE UNLOGGED TABLE bench.grid_sample (round int, way int, microseconds float8);

-- The points that came close to native in the first session.
CREATE VIEW bench.close_point AS
SELECT shape, bytes, operator, what
FROM bench.grid_result
WHERE session = 1 AND ratio > 0.97;

-- All cases on one document, or in a later session those that were close.  Ways take turns.  Three
-- samples tell 2 from 1; the closer it is, the more are taken.
--
-- Of the times the fastest is kept: a call of a microsecond is never faster than it can be, but takes
-- half as long again while the other thread of the same core is at work.  That lasts longer than a
-- round, so what is compared are times of the same round: the median of their ratios counts, against
-- the native way that comes out best.
CREATE FUNCTION bench.measure_document(a_session int, a_shape text, a_bytes int, milliseconds float8, most_rounds int) RETURNS text
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
	rounds int;
	ratio float8;
	worst float8 := 0;
	worst_case text;
	size int;
	copy text := bench.timer('ROW(doc)');
BEGIN
	-- adding nothing gives small documents the header that functions return, too
	SELECT d.doc || '{}', d.prefix INTO document, prefix FROM bench.document(a_shape, a_bytes) AS d;
	size := pg_column_size(document);
	FOR c IN
		SELECT *
		FROM bench.cases(document, prefix) AS k
		WHERE a_session = 1 OR (a_shape, a_bytes, k.operator, k.what) IN (TABLE bench.close_point)
	LOOP
		SELECT array_agg(bench.timer(bench.expand(expression, c.path, c.key, c.value, c.change)) ORDER BY way),
			array_agg(way ORDER BY way), array_agg(kind ORDER BY way)
		INTO timers, ways, kinds
		FROM bench.way
		WHERE operator = c.operator AND kind IN ('native', 'jsonb_ivm') AND root IS DISTINCT FROM (c.path <> '{}');

		SELECT array_agg(bench.calls_for(timer, document, c.new, milliseconds) ORDER BY n)
		INTO calls FROM unnest(timers) WITH ORDINALITY AS t (timer, n);

		TRUNCATE bench.grid_sample;
		FOR round IN 1 .. most_rounds LOOP
			rounds := round;
			FOR w IN 1 .. cardinality(timers) LOOP
				INSERT INTO bench.grid_sample VALUES (round, w, bench.sample(timers[w], document, c.new, calls[w]));
			END LOOP;
			SELECT max(median) INTO ratio
			FROM (
				SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ours.microseconds / rival.microseconds) AS median
				FROM bench.grid_sample AS ours
				JOIN bench.grid_sample AS rival USING (round)
				WHERE kinds[ours.way] = 'jsonb_ivm' AND kinds[rival.way] = 'native'
				GROUP BY rival.way) AS m;
			EXIT WHEN round >= 3 AND ratio < 0.5 OR round >= 7 AND ratio < 1 OR round >= 25 AND ratio < 1.03;
		END LOOP;
		INSERT INTO bench.grid_result
		SELECT a_shape, a_bytes, a_session, c.operator, c.what, ways[way], kinds[way], size, min(microseconds), rounds,
			CASE WHEN kinds[way] = 'jsonb_ivm' THEN ratio END
		FROM bench.grid_sample
		GROUP BY way;
		IF ratio > worst THEN
			worst := ratio;
			worst_case := format('%s (%s)', c.operator, c.what);
		END IF;
	END LOOP;
	IF a_session = 1 THEN
		-- what it takes to copy the document, for comparison
		INSERT INTO bench.grid_result
		SELECT a_shape, a_bytes, a_session, 'copy', '', 'ROW(doc)', 'copy', size,
			min(bench.sample(copy, document, NULL, n + 0 * round)), 3
		FROM bench.calls_for(copy, document, NULL, milliseconds) AS n, generate_series(1, 3) AS round;
	END IF;
	RETURN format('  %s, %s bytes: closest to native: %s, %s of its time',
		a_shape, size, worst_case, round(worst::numeric, 3));
END
$$;

SELECT format('SELECT bench.measure_document(1, %L, %s, %s, %s)', shape, bytes, :grid_milliseconds, :grid_rounds)
FROM bench.grid
ORDER BY shape, bytes
\gexec

-- One process may be a few percent faster or slower than the next with the same work, by where its
-- memory lies.  So what was close is measured again in four more; the median of the five counts.
CREATE VIEW bench.next_session AS
SELECT format('SELECT bench.measure_document(%s, %L, %s, ',
		(SELECT max(session) + 1 FROM bench.grid_result), shape, bytes) AS call
FROM bench.close_point
GROUP BY shape, bytes
ORDER BY shape, bytes;

\if :quick
\else
	\ir grid_again.sql
	\ir grid_again.sql
	\ir grid_again.sql
	\ir grid_again.sql
\endif
SET client_min_messages = warning;

CREATE VIEW bench.grid_point AS
SELECT shape, actual_bytes, operator, what, percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) AS ratio,
	min(microseconds) FILTER (WHERE kind = 'native') AS native,
	min(microseconds) FILTER (WHERE kind = 'jsonb_ivm') AS jsonb_ivm
FROM bench.grid_result
WHERE kind <> 'copy'
GROUP BY shape, actual_bytes, operator, what;

-- Per document and operator, the case that comes closest to native.
\ir tables_on.sql
WITH worst AS (
	SELECT DISTINCT ON (shape, actual_bytes, operator) *
	FROM bench.grid_point
	ORDER BY shape, actual_bytes, operator, ratio DESC
)
SELECT shape, actual_bytes AS bytes,
	max(cell) FILTER (WHERE operator = 'array_update_where') AS "array_update_where",
	max(cell) FILTER (WHERE operator = 'array_upsert_where') AS "array_upsert_where",
	max(cell) FILTER (WHERE operator = 'merge_at_path') AS "merge_at_path",
	max(cell) FILTER (WHERE operator = 'has_path_changed') AS "has_path_changed"
FROM (
	SELECT *, format('%s: %s / %s = %s', what,
		to_char(native, 'FM9999990.00'), to_char(jsonb_ivm, 'FM9999990.00'), to_char(1 / ratio, 'FM9990.00')) AS cell
	FROM worst) AS w
GROUP BY shape, actual_bytes
ORDER BY shape, actual_bytes;
\echo 'microseconds of the case that is closest to native: native / jsonb_ivm = times as fast'

INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT format('%s on the grid: time over that of the best native way, at worst', operator), 1.05, ratio,
	format('%s, %s bytes, %s: %s us against %s us; slower at %s of %s points', shape, actual_bytes, what,
		round(jsonb_ivm::numeric, 3), round(native::numeric, 3), slower, points)
FROM (
	SELECT *,
		row_number() OVER (PARTITION BY operator ORDER BY ratio DESC) AS rank,
		count(*) FILTER (WHERE ratio > 1.05) OVER (PARTITION BY operator) AS slower,
		count(*) OVER (PARTITION BY operator) AS points
	FROM bench.grid_point
) AS ranked
WHERE rank = 1
ORDER BY operator;

-- Nanoseconds a byte, in the case that has to work most.
\ir tables_on.sql
SELECT shape, actual_bytes AS bytes,
	round(max(ns) FILTER (WHERE operator = 'array_update_where' AND kind = 'jsonb_ivm')::numeric, 4) AS "array_update_where",
	round(max(ns) FILTER (WHERE operator = 'array_upsert_where' AND kind = 'jsonb_ivm')::numeric, 4) AS "array_upsert_where",
	round(max(ns) FILTER (WHERE operator = 'merge_at_path' AND kind = 'jsonb_ivm')::numeric, 4) AS "merge_at_path",
	round(max(ns) FILTER (WHERE operator = 'has_path_changed' AND kind = 'jsonb_ivm')::numeric, 4) AS "has_path_changed",
	round(min(ns) FILTER (WHERE operator = 'array_update_where' AND kind = 'native')::numeric, 4) AS "native array_update_where",
	round(max(ns) FILTER (WHERE operator = 'copy')::numeric, 4) AS "copy"
FROM (
	SELECT *, 1000 * microseconds / actual_bytes AS ns
	FROM bench.grid_result
	WHERE what IN ('last', 'object', 'root, same') OR operator = 'copy') AS g
GROUP BY shape, actual_bytes
ORDER BY shape, actual_bytes;
\echo 'nanoseconds a byte (last match; object; root, same)'

-- The exponent k of time = c * size^k, fitted over documents of 8 KB and more: below that the call
-- itself shows.  Even copying has an exponent above 1, because small documents stay in the
-- processor's caches, and the memory for large ones comes fresh from the kernel every time: so
-- copying is the yardstick for what is linear, where it is above 1.
CREATE TABLE bench.growth AS
SELECT shape, operator, what, kind, way,
	regr_slope(ln(microseconds), ln(actual_bytes)) AS exponent
FROM bench.grid_result
WHERE actual_bytes >= 8000
GROUP BY shape, operator, what, kind, way;

SELECT operator, what,
	round(max(exponent) FILTER (WHERE kind <> 'native')::numeric, 3) AS "jsonb_ivm, largest",
	round(max(exponent) FILTER (WHERE kind = 'native')::numeric, 3) AS "native, largest"
FROM bench.growth
GROUP BY operator, what
ORDER BY operator, what;
\echo 'exponents of time over document size, the largest of all shapes'

INSERT INTO bench.bar (what, at_most, measured, detail)
SELECT 'growth: the largest exponent of time over size, less that of a copy', 0.1,
	ours.exponent - greatest(1, copy.exponent),
	format('%s, %s, %s: %s against %s', ours.operator, ours.what, ours.shape,
		round(ours.exponent::numeric, 3), round(copy.exponent::numeric, 3))
FROM bench.growth AS ours
JOIN bench.growth AS copy ON copy.shape = ours.shape AND copy.kind = 'copy'
WHERE ours.kind = 'jsonb_ivm'
ORDER BY ours.exponent - greatest(1, copy.exponent) DESC
LIMIT 1;
