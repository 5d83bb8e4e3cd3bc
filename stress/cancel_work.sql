--
-- How much work the calls of cancel_cases.sql do between two interrupt checks,
-- in the build that cancel.sh makes for this.
--
CREATE TABLE work (id int, checks bigint, bytes bigint, most bigint, place text);
\o :script
\pset format unaligned
\pset fieldsep '\n'
\pset tuples_only on
SELECT format('INSERT INTO work SELECT %s, w.* FROM work_between_checks(%L::regproc, %s) AS w;', id, called, replace(arguments, 'VARIADIC ', ''))
FROM calls ORDER BY id;
\o /dev/null
\i :script
\o
\pset format aligned
\pset tuples_only off
\pset footer off
SELECT operator, what, checks, bytes AS "bytes read", most AS "most at a time",
	   CASE WHEN most > 1024 * 1024 THEN 'FROM ' || replace(place, ' to ', ' TO ') ELSE '' END AS "too much"
FROM work JOIN calls USING (id) ORDER BY id;
-- A count that sees nothing proves nothing.
SELECT count(*) <> (SELECT count(*) FROM calls) OR sum(checks) < count(*) OR sum(bytes) < :bytes AS is_blind,
	   max(most) > 1024 * 1024 AS is_wrong FROM work \gset
\if :is_blind
	DO 'BEGIN RAISE EXCEPTION $$the work was not counted$$; END';
\endif
\if :is_wrong
	DO 'BEGIN RAISE EXCEPTION $$more than 1 MB of work between interrupt checks$$; END';
\endif

SELECT count(*) AS calls, max(most) AS most FROM work \gset
\echo :calls calls, at most :most bytes of work between two interrupt checks
