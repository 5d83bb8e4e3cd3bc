-- Judges the bars, and fails if one does.
\ir tables_on.sql
\echo
SELECT
	-- what could not be measured has not passed
	CASE WHEN (measured >= at_least OR measured <= at_most) AND measured <> 'nan' THEN 'PASS' ELSE 'FAIL' END AS verdict,
	what AS bar,
	CASE WHEN at_least IS NULL THEN '<= ' || at_most ELSE '>= ' || at_least END AS required,
	round(measured::numeric, 3) AS measured,
	detail
FROM bench.bar
ORDER BY n;

SELECT
	count(*) FILTER (WHERE passed) AS passed,
	count(*) FILTER (WHERE passed IS NOT TRUE) AS failed,
	count(*) FILTER (WHERE passed IS NOT TRUE) > 0 AS is_failure
FROM (SELECT (measured >= at_least OR measured <= at_most) AND measured <> 'nan' AS passed FROM bench.bar) AS b \gset
\echo :passed bars passed, :failed failed
\if :is_failure
	DO $$ BEGIN RAISE EXCEPTION 'a bar failed'; END $$;
\endif
