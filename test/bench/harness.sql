-- What demo and benchmark share: the ways to do a thing, and how to time them.
--
-- A way is an SQL expression over the columns "doc" (the document) and "new" (a second one, for
-- what compares two), as it would stand in "UPDATE t SET doc = ...".  Its parameters are filled in
-- as constants, which is the best case for native SQL: the planner sees them.
--
--   %path%         the path, a text[] literal;  %path_text%  the same as text
--   %keys%         its elements, each as a literal with a comma after it, to build longer paths with
--   %target%       the value of doc at the path;  %target_text%  the same as text
--   %new_target%   that of new;  %new_target_text%  the same as text
--   %key%          the key that elements are matched by
--   %value%        the value it must have, as jsonb;  %value_text%  the same as text
--   %selector%     the element of a path that finds that value under that key
--   %change%       updates, element or source, as jsonb
--   %other%        the same, in the form that suits native SQL best
--
-- Comparing as text what ->> returns is cheaper than comparing jsonb, but takes 1 and "1" for the
-- same and 1 and 1.0 for different.  The native ways may do that: whoever knows the data would.

CREATE SCHEMA bench;

CREATE TABLE bench.way (
	operator text,
	way text,
	-- a loop calls functions of the extension one by one
	kind text NOT NULL CHECK (kind IN ('native', 'reaggregation', 'loop', 'jsonb_ivm')),
	-- whether it serves the empty path, the others, or (NULL) both
	root boolean,
	expression text NOT NULL,
	-- what has to be the same for all ways, if it is not the %result% itself
	compared text NOT NULL DEFAULT '%result%',
	PRIMARY KEY (operator, way)
);

\ir native/array_update_where.sql
\ir native/array_upsert_where.sql
\ir native/merge_at_path.sql
\ir native/has_path_changed.sql
\ir jsonb_ivm.sql

-- The value of a column at a path, as jsonb or as text.  Arrows are faster than #>, but only #> takes
-- an element for a key or an index by what it meets.
CREATE FUNCTION bench.target(col text, path text[], as_text boolean) RETURNS text
LANGUAGE sql
AS $$
	SELECT CASE
		WHEN path::text ~ '[{,]"?-?[0-9]+"?[,}]'
			THEN format('%s #>%s %L::text[]', col, CASE WHEN as_text THEN '>' END, path)
		ELSE col || COALESCE((
			SELECT string_agg(format(' ->%s %L', CASE WHEN as_text AND n = cardinality(path) THEN '>' END, key), '' ORDER BY n)
			FROM unnest(path) WITH ORDINALITY AS step (key, n)), '')
	END
$$;

CREATE FUNCTION bench.expand(
	expression text, path text[], key text DEFAULT NULL, value jsonb DEFAULT NULL, change jsonb DEFAULT NULL,
	other jsonb DEFAULT NULL
) RETURNS text
LANGUAGE sql
AS $$
	SELECT COALESCE(string_agg(CASE word
		WHEN '%path%' THEN format('%L::text[]', path)
		WHEN '%path_text%' THEN format('%L', path)
		WHEN '%keys%' THEN (SELECT string_agg(quote_literal(element) || ', ', '') FROM unnest(path) AS element)
		WHEN '%target%' THEN bench.target('doc', path, false)
		WHEN '%target_text%' THEN bench.target('doc', path, true)
		WHEN '%new_target%' THEN bench.target('new', path, false)
		WHEN '%new_target_text%' THEN bench.target('new', path, true)
		WHEN '%key%' THEN quote_literal(key)
		WHEN '%value%' THEN format('%L::jsonb', value)
		WHEN '%value_text%' THEN quote_literal(value #>> '{}')
		WHEN '%selector%' THEN quote_literal(format('[%s=%s]', key, value))
		WHEN '%change%' THEN format('%L::jsonb', change)
		WHEN '%other%' THEN format('%L::jsonb', other)
		ELSE word
	END, '' ORDER BY n), '')
	-- the text between placeholders and the placeholders themselves, in turn
	FROM regexp_matches(expression, '%[a-z_]+%|[^%]+|%', 'g') WITH ORDINALITY AS part (words, n),
		unnest(words) AS word
$$;

-- Microseconds a call of an expression takes on documents in memory.
--
-- The expression is evaluated over rows, as an UPDATE would do it, so that a subquery costs a
-- rescan and not the start of an executor; rows come from a function's argument, so that nothing
-- is detoasted.  What must not happen is that the planner sees that all rows are alike: CASE keeps
-- an expression from becoming a constant or an InitPlan, and a generic plan keeps the documents
-- from being copied into it.  An aggregate would copy the first row, with the documents; so the
-- results are looked at by a condition, which none of them meets.  The loop itself is timed, too,
-- and for every way the same.
CREATE FUNCTION bench.timer(expression text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	name text := 'bench.timer_' || md5(expression);
BEGIN
	EXECUTE format($function$
		CREATE OR REPLACE FUNCTION %s(a_document jsonb, another jsonb, calls int) RETURNS float8
		LANGUAGE plpgsql
		SET plan_cache_mode = force_generic_plan
		SET max_parallel_workers_per_gather = 0
		SET jit = off
		AS $body$
		DECLARE
			started timestamptz := clock_timestamp();
		BEGIN
			PERFORM
			FROM (
				SELECT
					CASE WHEN i > 0 THEN a_document END AS doc,
					CASE WHEN i > 0 THEN another END AS new
				FROM generate_series(1, calls) AS i
				OFFSET 0
			) AS d
			WHERE num_nulls(%s) > 0;
			RETURN 1e6 * extract(epoch FROM clock_timestamp() - started) / greatest(1, calls);
		END
		$body$
	$function$, name, expression);
	RETURN name;
END
$$;

CREATE FUNCTION bench.run(timer text, doc jsonb, new jsonb, calls int) RETURNS float8
LANGUAGE plpgsql
AS $$
DECLARE
	microseconds float8;
BEGIN
	EXECUTE format('SELECT %s($1, $2, $3)', timer) INTO microseconds USING doc, new, calls;
	RETURN microseconds;
END
$$;

-- The same, undisturbed by others who want the processor: the kernel counts how long this process
-- stood in line for one, and a sample that waited for more than a twentieth of its time is taken
-- again, for up to a tenth of a second (bench.patience, in microseconds); if none does better, the one that
-- waited least counts.
CREATE FUNCTION bench.waited() RETURNS float8
LANGUAGE plpgsql
AS $$
BEGIN
	-- nanoseconds on a processor, nanoseconds in line, times on a processor
	RETURN split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 2)::float8 / 1000;
EXCEPTION WHEN OTHERS THEN
	RETURN 0;		-- a kernel that does not count
END
$$;

CREATE FUNCTION bench.sample(timer text, doc jsonb, new jsonb, calls int) RETURNS float8
LANGUAGE plpgsql
AS $$
DECLARE
	microseconds float8;
	before float8;
	share float8;
	best float8;
	least float8 := 'infinity';
	spent float8 := 0;
	patience float8 := COALESCE(current_setting('bench.patience', true), '100000');
BEGIN
	WHILE best IS NULL OR spent < patience LOOP
		before := bench.waited();
		microseconds := bench.run(timer, doc, new, calls);
		share := (bench.waited() - before) / (microseconds * calls);
		IF share < least THEN
			best := microseconds;
			least := share;
		END IF;
		EXIT WHEN least < 0.05;
		spent := spent + microseconds * calls;
	END LOOP;
	RETURN best;
END
$$;

-- How many calls fill that many milliseconds.  The first run makes no call: it plans the query,
-- which must not be taken for the time of a call.
CREATE FUNCTION bench.calls_for(timer text, doc jsonb, new jsonb, milliseconds float8) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
	microseconds float8;
	calls int := 1;
BEGIN
	PERFORM bench.run(timer, doc, new, 0);
	LOOP
		-- the better of two: an interruption must not be taken for a long call, or too few follow
		microseconds := least(bench.sample(timer, doc, new, calls), bench.sample(timer, doc, new, calls));
		EXIT WHEN microseconds * calls >= 1000 * milliseconds OR calls >= 1000000;
		calls := least(1000000, calls * 10, 1 + ceil(1200 * milliseconds / microseconds));
	END LOOP;
	RETURN calls;
END
$$;

-- The value of an expression for one pair of documents.
CREATE FUNCTION bench.result(expression text, doc jsonb, new jsonb, OUT result jsonb)
LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('SELECT to_jsonb(%s) FROM (SELECT $1 AS doc, $2 AS new OFFSET 0) AS d', expression)
	INTO result USING doc, new;
END
$$;
