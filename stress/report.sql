--
-- What a stress run has done.
--
\set ON_ERROR_STOP on
\set QUIET on
SET search_path = jsonb_ivm_stress;
\pset footer off
\echo
SELECT operator, count(*) AS operations,
	   count(*) FILTER (WHERE outcome = 'changed') AS changed,
	   count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
	   count(*) FILTER (WHERE outcome = 'error') AS errors
FROM results GROUP BY operator ORDER BY operator;

SELECT COALESCE('up to ' || pg_size_pretty(256 * (4 ^ class)::bigint), 'null') AS size, count(*) AS operations,
	   round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
	   repeat('#', (50.0 * count(*) / sum(count(*)) OVER ())::int) AS histogram
FROM results, LATERAL (SELECT greatest(ceil(log(4, size / 256.0)), 0)::int AS class) AS c
GROUP BY class ORDER BY class;

SELECT round(100.0 * count(*) FILTER (WHERE size <= 4096) / count(*), 1) AS "% up to 4 kB",
	   round(100.0 * count(*) FILTER (WHERE size > 4096 AND size <= 65536) / count(*), 1) AS "% up to 64 kB",
	   round(100.0 * count(*) FILTER (WHERE size > 65536) / count(*), 1) AS "% above"
FROM results;

SELECT COALESCE(form, 'null') AS form, count(*) AS operations FROM results GROUP BY form ORDER BY operations DESC;
