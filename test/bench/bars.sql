-- What must hold, and what was measured: each script adds its bars, bars_report.sql judges.
CREATE TABLE bench.bar (
	n serial,
	what text NOT NULL,
	measured float8,
	-- exactly one of them
	at_least float8,
	at_most float8,
	detail text,
	CHECK (num_nonnulls(at_least, at_most) = 1)
);
