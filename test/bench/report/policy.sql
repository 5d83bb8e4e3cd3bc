\echo
\echo '## Where a result is compressed'
SELECT bench.markdown($$
	SELECT subject AS stored, t.job, way, bench.ms(median) AS "median (ms)", bench.ms(fastest) || ' to ' || bench.ms(slowest) AS spread,
		bench.times((SELECT factor FROM bench.against AS a
			WHERE (a.part, a.subject, a.bytes, a.job, a.way) = (t.part, t.subject, t.bytes, t.job, t.way))) AS "over jsonb_ivm's"
	FROM bench.timed AS t
	WHERE part = 'policy'
	ORDER BY subject, job, median DESC
$$);
