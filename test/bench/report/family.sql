\echo
\echo '## In memory: the operator family'
\echo
\echo 'Times as fast as the native way that comes closest.  All ways to do a job were checked to come to the same.'
SELECT bench.markdown($$
	SELECT name AS "job", closest AS "closest native way", to_char(native, 'FM9999990.00') AS "its median (µs)",
		to_char(ours, 'FM9999990.00') AS "jsonb_ivm (µs)", bench.times(factor) AS "times as fast", rounds
	FROM bench.family
	ORDER BY n
$$);
\echo 'All ways:'
SELECT bench.markdown($$
	SELECT name AS "job", way, kind, to_char(median, 'FM9999990.00') AS "median (µs)",
		to_char(fastest, 'FM9999990.00') || ' to ' || to_char(slowest, 'FM9999990.00') AS spread,
		bench.times(median / (SELECT median FROM bench.ratio AS ours WHERE ours.n = ratio.n AND kind = 'jsonb_ivm')) AS "over jsonb_ivm's"
	FROM bench.ratio
	WHERE part = 'family'
	ORDER BY n, median DESC
$$);
