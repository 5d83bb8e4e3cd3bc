-- Random calls on random documents, compared with the reference: the same bytes
-- or the same SQLSTATE, canonical, and the original datum where nothing changed.
--
-- psql -v seed=12345 and -v calls=1000000 look elsewhere; the seed that a
-- complaint names repeats its case with jsonb_ivm_test.compare_case().
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\if :{?seed}
\else
\set seed 1
\endif
\if :{?calls}
\else
\set calls 20000
\endif
\echo :calls calls from seed :seed

CREATE TEMP TABLE outcome AS
SELECT c.* FROM generate_series(:seed, :seed + :calls - 1) AS s, compare_case(s) AS c;

SELECT complaint FROM outcome WHERE complaint IS NOT NULL LIMIT 10;
SELECT count(complaint) AS complaints FROM outcome;
-- Every operator was called and met everything that can happen to it often
-- enough to matter.
SELECT operator, outcome, count(*) > CASE WHEN outcome IN ('changed', 'unchanged') THEN 500 ELSE 10 END AS enough
FROM outcome GROUP BY operator, outcome ORDER BY operator COLLATE "C", outcome COLLATE "C";
