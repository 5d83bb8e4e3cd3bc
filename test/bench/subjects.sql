-- What the parts ratios and family share: documents in memory, what is done to them, and all ways to do
-- it in turns.  Needs harness.sql.

CREATE TABLE bench.subject (
	n serial,
	part text NOT NULL,
	name text PRIMARY KEY,
	operator text NOT NULL,
	-- or the row of bench.stored_subject that holds it, if it is not to be in memory
	doc jsonb,
	storage text,
	new jsonb,
	path text[] NOT NULL DEFAULT '{}', key text, value jsonb, change jsonb, other jsonb,
	CHECK (num_nonnulls(doc, storage) = 1)
);
-- No compression and no slices: this is about documents in memory, and fetching is not to be felt.
ALTER TABLE bench.subject ALTER COLUMN doc SET STORAGE EXTERNAL, ALTER COLUMN new SET STORAGE EXTERNAL;

CREATE TABLE bench.ratio_result (n int, name text, way text, kind text, round int, microseconds float8);

-- The timer of an expression on a stored document: bench.run() would hand it over detoasted.
CREATE FUNCTION bench.stored_timer(expression text, storage text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	name text := 'bench.stored_timer_' || md5(storage || expression);
BEGIN
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION %s(a_document jsonb, another jsonb, calls int) RETURNS float8
		LANGUAGE sql
		AS $body$
			SELECT %s(doc, another, calls) FROM bench.stored_subject WHERE storage = %L
		$body$
	$function$, name, bench.timer(expression), storage);
	RETURN name;
END
$$;

-- All ways to do it must come to the same.
CREATE FUNCTION bench.check_subject(subject bench.subject, document jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	w record;
	result jsonb;
	expected jsonb;
	first text;
BEGIN
	FOR w IN
		SELECT *
		FROM bench.way
		WHERE operator = subject.operator AND root IS DISTINCT FROM (subject.path <> '{}')
	LOOP
		result := COALESCE(bench.result(
			bench.expand(replace(w.compared, '%result%', w.expression), subject.path, subject.key, subject.value, subject.change, subject.other),
			document, subject.new), 'null');
		IF first IS NULL THEN
			first := w.way;
			expected := result;
		ELSIF result <> expected THEN
			RAISE EXCEPTION '%: % comes to something else than %', subject.name, w.way, first
			USING DETAIL = format('%s, and %s', left(result::text, 1000), left(expected::text, 1000));
		END IF;
	END LOOP;
END
$$;

-- Ways take turns, so that whatever slows the machine for a while slows all of them.  Where native SQL is
-- close, there are up to five times as many rounds.
CREATE FUNCTION bench.measure_subject(subject bench.subject, milliseconds float8, rounds int) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	document jsonb := subject.doc || '{}';
	another jsonb := jsonb_build_array(subject.new) -> 0;
	way record;
	round int := 0;
BEGIN
	IF subject.storage IS NOT NULL THEN
		SELECT doc INTO document FROM bench.stored_subject AS s WHERE s.storage = subject.storage;
	END IF;
	PERFORM bench.check_subject(subject, document);
	CREATE TEMP TABLE contender AS
	SELECT w.way, w.kind, timer, bench.calls_for(timer, document, another, milliseconds) AS calls
	FROM bench.way AS w,
		LATERAL bench.expand(expression, subject.path, subject.key, subject.value, subject.change, subject.other) AS expanded,
		LATERAL (SELECT CASE
			WHEN subject.storage IS NULL THEN bench.timer(expanded)
			ELSE bench.stored_timer(expanded, subject.storage) END) AS t (timer)
	WHERE operator = subject.operator AND root IS DISTINCT FROM (subject.path <> '{}');
	LOOP
		round := round + 1;
		FOR way IN SELECT * FROM contender LOOP
			INSERT INTO bench.ratio_result VALUES (
				subject.n, subject.name, way.way, way.kind, round, bench.sample(way.timer, document, another, way.calls));
		END LOOP;
		EXIT WHEN round >= 5 * rounds;
		EXIT WHEN round >= rounds AND NOT EXISTS (
			SELECT FROM bench.against_subject AS a WHERE a.n = subject.n AND kind = 'native' AND factor BETWEEN 0.9 AND 1.1);
	END LOOP;
	DROP TABLE contender;
	RETURN format('  %s (%s bytes%s)', subject.name, pg_column_size(document), COALESCE(', stored: ' || subject.storage, ' in memory'));
END
$$;

CREATE VIEW bench.ratio AS
SELECT n, part, r.name, way, kind, count(*) AS rounds,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) AS median, min(microseconds) AS fastest, max(microseconds) AS slowest
FROM bench.ratio_result AS r
JOIN bench.subject USING (n)
GROUP BY n, part, r.name, way, kind;

-- How many times as fast as each other way jsonb_ivm is: round by round, so that what slows the machine
-- for a while slows both.
CREATE VIEW bench.against_subject AS
SELECT n, rival.name, rival.way, rival.kind, count(*) AS rounds,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY rival.microseconds / ours.microseconds) AS factor
FROM bench.ratio_result AS rival
JOIN bench.ratio_result AS ours USING (n, round)
WHERE ours.kind = 'jsonb_ivm' AND rival.kind <> 'jsonb_ivm'
GROUP BY n, rival.name, rival.way, rival.kind;
