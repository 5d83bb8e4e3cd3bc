\echo
\echo '## In memory: documents of the scenario'
SELECT bench.markdown($$
	SELECT name AS "edit", way, to_char(median, 'FM9999990.00') AS "median (µs)",
		to_char(fastest, 'FM9999990.00') || ' to ' || to_char(slowest, 'FM9999990.00') AS spread,
		bench.times(median / (SELECT median FROM bench.ratio AS ours WHERE ours.n = ratio.n AND kind = 'jsonb_ivm')) AS "over jsonb_ivm's"
	FROM bench.ratio
	WHERE part = 'ratios'
	ORDER BY n, median DESC
$$);
