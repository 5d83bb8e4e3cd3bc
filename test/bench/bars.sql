-- What must hold, and what was measured: each script adds its bars, bars_report.sql judges.
CREATE TABLE bench.bar (
	n serial,
	what text NOT NULL,
	measured float8,
	-- exactly one of them
	at_least float8,
	at_most float8,
	detail text,
	-- whether it rests on times, which take more samples than QUICK has
	needs_time boolean NOT NULL DEFAULT true,
	CHECK (num_nonnulls(at_least, at_most) = 1)
);

CREATE VIEW bench.verdict AS
SELECT *,
	CASE
		-- a bar that chance decides is none
		WHEN needs_time AND (SELECT quick FROM bench.session) THEN 'not judged'
		-- what could not be measured has not passed
		WHEN (measured >= at_least OR measured <= at_most) AND measured <> 'nan' THEN 'PASS'
		ELSE 'FAIL'
	END AS verdict,
	CASE WHEN at_least IS NULL THEN '<= ' || at_most ELSE '>= ' || at_least END AS required
FROM bench.bar;
