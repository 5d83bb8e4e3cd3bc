-- Judges the bars, and fails if one does.
\ir tables_on.sql
\echo
SELECT verdict, what AS bar, required, round(measured::numeric, 3) AS measured, detail
FROM bench.verdict
ORDER BY n;

SELECT
	count(*) FILTER (WHERE verdict = 'PASS') AS passed,
	count(*) FILTER (WHERE verdict = 'FAIL') AS failed,
	count(*) FILTER (WHERE verdict = 'not judged') AS unjudged,
	count(*) FILTER (WHERE verdict = 'FAIL') > 0 AS is_failure
FROM bench.verdict \gset
\echo :passed bars passed, :failed failed, :unjudged not judged (QUICK takes too few samples for them)
\if :is_failure
	DO $$ BEGIN RAISE EXCEPTION 'a bar failed'; END $$;
\endif
