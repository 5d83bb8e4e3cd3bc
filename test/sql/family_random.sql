-- Random calls of every function, compared with the reference: the same bytes or the
-- same SQLSTATE, canonical, and the original datum where nothing changed.
--
-- psql -v seed=12345 and -v calls=20000 look elsewhere and longer, which is what
-- stress/random.sh does; -v only=graft looks at the functions with such a name.  What a
-- complaint names is repeated by SELECT * FROM jsonb_ivm_test.compare_operation(function, seed).
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\if :{?seed}
\else
\set seed 1
\endif
\if :{?calls}
\else
\set calls 1000
\endif
\if :{?only}
\else
\set only ''
\endif
\echo :calls calls of each function from seed :seed

CREATE TEMP TABLE outcome (operator text, seed bigint, outcome text, complaint text);
CALL compare_operations('outcome', :'only', :seed, :calls);

SELECT complaint FROM outcome WHERE complaint IS NOT NULL ORDER BY operator, length(complaint) LIMIT 10;
SELECT count(complaint) AS complaints FROM outcome;
-- What happened to each of them often enough to matter.
SELECT operator, string_agg(outcome, ', ' ORDER BY outcome COLLATE "C")
FROM (SELECT operator, outcome FROM outcome GROUP BY operator, outcome HAVING count(*) >= :calls / 200) AS o
GROUP BY operator ORDER BY operator COLLATE "C";
