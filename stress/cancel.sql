--
-- Cancel the calls of cancel_cases.sql at random moments.
--
--		psql -v megabytes=96 -v cancels=300 -v seed=1 -v script=FILE -f stress/cancel_cases.sql -f stress/cancel.sql
--
-- Every other one is cancelled by statement_timeout, the others by the session that
-- runs cancel_marked().  After each, memory must be as it was; and after a
-- call's last one, it must give the bytes that core's functions give.
--
\warn what core makes of them
CREATE TABLE cancels (id int PRIMARY KEY, call int, by_timeout boolean, milliseconds float,
					  is_last boolean, state text, inside boolean, microseconds bigint, contexts bigint, grown bigint, next_right boolean);
SELECT setseed(:seed / 2147483648.0);
INSERT INTO cancels
SELECT i, (SELECT id FROM calls WHERE want IS NOT NULL ORDER BY id LIMIT 1 OFFSET (i / 2) % (SELECT count(*) FROM calls WHERE want IS NOT NULL)),
	   i % 2 = 0, 2 + 200 * random()
FROM generate_series(1, :cancels) AS i;
UPDATE cancels AS c SET is_last = id = (SELECT max(id) FROM cancels WHERE call = c.call);

-- The other session: wait for a query with a mark, then as long as the mark says.
CREATE PROCEDURE cancel_marked(session int)
LANGUAGE plpgsql AS $$
DECLARE
	current text;
	last text := '';
	delay float;
BEGIN
	LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT substring(query FROM '^SELECT /\* cancel (\d+) \*/') INTO current
		FROM pg_stat_activity WHERE pid = session AND state = 'active';
		EXIT WHEN NOT FOUND AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = session);
		IF current <> last THEN
			SELECT milliseconds INTO delay FROM jsonb_ivm_cancel.cancels WHERE id = current::int;
			PERFORM pg_sleep(delay / 1000), pg_cancel_backend(session);
			last := current;
		ELSE
			PERFORM pg_sleep(0.001);
		END IF;
		COMMIT;
	END LOOP;
END
$$;

CREATE FUNCTION call_of(c calls) RETURNS text LANGUAGE sql AS
$$ SELECT format('%s(%s)', c.called, c.arguments) $$;

-- Whether a call gives what is kept for it.
CREATE FUNCTION is_right(c calls) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN c.want = 'false' THEN format('NOT %s', call_of(c))
				WHEN c.want = 'null' THEN format('%s IS NULL', call_of(c))
				ELSE format(CASE WHEN c.arguments ~ '^kept\(''(pglz|lz4)''\)' THEN 'same_datum(from_raw(raw(%s)), %s)' ELSE 'same_datum(%s, %s)' END, call_of(c),
							CASE WHEN c.want ~ '^kept\(''[^'']*''\)$' THEN c.want ELSE format('kept(%L)', 'want ' || c.id) END) END
$$;

\o :script
\pset format unaligned
\pset fieldsep '\n'
\pset tuples_only on
SELECT format('SELECT keep(%L, %s);', 'want ' || id, want)
FROM calls WHERE want NOT IN ('false', 'null') AND want !~ '^kept\(''[^'']*''\)$' ORDER BY id;
SELECT format('SELECT %s AS is_right \gset', is_right(c)), '\if :is_right', '\else', format('DO ''BEGIN RAISE EXCEPTION $$call %s is wrong$$; END'';', id), '\endif'
FROM calls AS c WHERE want IS NOT NULL ORDER BY id;
\o /dev/null
\i :script

-- Ready: the other session may begin.
SET backtrace_functions = 'ProcessInterrupts';
SELECT watch_cancels();
SELECT pg_backend_pid() AS session \gset
\setenv SESSION :session
\! psql -X -q -c "CALL jsonb_ivm_cancel.cancel_marked($SESSION)" >&2 &

\o :script
SELECT CASE WHEN c.id % 50 = 0 THEN format('\warn %s cancels', c.id) ELSE '' END,
	   'SELECT resident_bytes() AS before \gset',
	   'BEGIN;', CASE WHEN by_timeout THEN format('SET LOCAL statement_timeout = %s;', milliseconds::int) ELSE '' END,
	   format('SELECT /* %s %s */ count(%s) FROM generate_series(1, 10000);',
			  CASE WHEN by_timeout THEN 'timeout' ELSE 'cancel' END, c.id, call_of(k)),
	   'ROLLBACK;',
	   format('UPDATE cancels AS c SET state = l.state, inside = l.inside, microseconds = l.microseconds, '
			  'contexts = contexts_left(), grown = resident_bytes() - :before FROM last_cancel() AS l WHERE id = %s;', c.id),
	   CASE WHEN is_last THEN format('UPDATE cancels SET next_right = %s WHERE id = %s;', is_right(k), c.id) ELSE '' END
FROM cancels AS c JOIN calls AS k ON k.id = c.call ORDER BY c.id;
\o /dev/null
\warn :cancels cancels, seed :seed
\set ON_ERROR_STOP off
\i :script
\o

\set ON_ERROR_STOP on
\pset format aligned
\pset tuples_only off
\pset footer off
SELECT operator, what, count(*) AS cancels, count(*) FILTER (WHERE inside) AS inside,
	   round((percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) / 1000)::numeric, 1) AS "median ms",
	   round(max(microseconds) / 1000.0, 1) AS "most ms"
FROM cancels AS c JOIN calls AS k ON k.id = c.call
GROUP BY k.id, operator, what ORDER BY k.id;
SELECT CASE WHEN by_timeout THEN 'statement_timeout' ELSE 'pg_cancel_backend' END AS by, count(*) AS cancels,
	   count(*) FILTER (WHERE state = '57014') AS "57014", count(*) FILTER (WHERE state = '57014' AND inside) AS inside,
	   round((percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) / 1000)::numeric, 1) AS "median ms",
	   round(max(microseconds) / 1000.0, 1) AS "most ms",
	   sum(contexts) AS "contexts left", max(grown) AS "most bytes grown", count(*) FILTER (WHERE is_last) AS "calls again", count(*) FILTER (WHERE is_last AND next_right IS NOT TRUE) AS "of them wrong"
FROM cancels GROUP BY by_timeout ORDER BY by_timeout;
SELECT bool_and((state = '57014' AND COALESCE(contexts, 0) = 0 AND grown < 2 * 1024 * 1024 AND (next_right OR NOT is_last)) IS TRUE) IS NOT TRUE AS is_wrong,
	   count(*) FILTER (WHERE inside) < 0.8 * count(*) AS is_outside
FROM cancels \gset
\if :is_wrong
	SELECT c.*, operator, what FROM cancels AS c JOIN calls AS k ON k.id = c.call
	WHERE (state = '57014' AND COALESCE(contexts, 0) = 0 AND grown < 2 * 1024 * 1024 AND (next_right OR NOT is_last)) IS NOT TRUE LIMIT 20;
	DO 'BEGIN RAISE EXCEPTION $$a cancel was not survived$$; END';
\endif
\if :is_outside
	DO 'BEGIN RAISE EXCEPTION $$under 80 %% of the cancels were answered by an operator$$; END';
\endif

SELECT count(*) AS done, count(*) FILTER (WHERE inside) AS inside FROM cancels \gset
\echo :done cancels ended in 57014, :inside of them inside of an operator, nothing left behind
