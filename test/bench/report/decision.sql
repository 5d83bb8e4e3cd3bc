\echo
\echo '## The bars'
SELECT bench.markdown($$
	SELECT verdict, what AS bar, required, round(measured::numeric, 3) AS measured, detail FROM bench.verdict ORDER BY n
$$);
SELECT 'Times are not judged in a quick run: its samples are too few.' FROM bench.session WHERE quick;

-- All points at which jsonb_ivm was compared with native SQL, as far as the parts have run.  Realistic:
-- what an application does, from its tables; the grid is there to find the edges.
CREATE TABLE bench.point (area text, realistic boolean, what text, size text, bytes int, factor float8);

SELECT to_regclass('bench.grid_cell') IS NOT NULL AS has_grid, to_regclass('bench.cascade') IS NOT NULL AS has_cascade,
	to_regclass('bench.concurrency') IS NOT NULL AS has_concurrency, to_regclass('bench.memory') IS NOT NULL AS has_memory,
	EXISTS (SELECT FROM bench.ratio WHERE part = 'ratios') AS has_ratios, to_regclass('bench.family') IS NOT NULL AS has_family,
	EXISTS (SELECT FROM bench.gain WHERE part = 'storage') AS has_storage \gset
\if :has_grid
	INSERT INTO bench.point
	SELECT 'in memory', false, operator || CASE shape WHEN 'elements' THEN ', array' ELSE '' END,
		CASE shape WHEN 'elements' THEN bytes / 40 || ' elements' ELSE bench.size(bytes) END, bytes, factor
	FROM bench.grid_cell;
\endif
\if :has_family
	INSERT INTO bench.point
	SELECT 'family', false, function, regexp_replace(name, '^[a-z_]+, ', ''), n, factor FROM bench.family;
\endif
INSERT INTO bench.point
SELECT 'on disk', true, subject, bench.size(bytes), bytes, native FROM bench.gain WHERE part IN ('storage', 'disk');
INSERT INTO bench.point
SELECT 'tables', true, subject, bench.size(bytes), bytes, native FROM bench.gain WHERE part = 'tables';
\if :has_cascade
	INSERT INTO bench.point
	SELECT 'cascade', true, fanout || ', ' || cache, '50 KB', 51200, factor
	FROM bench.cascade_gain WHERE way = CASE fanout WHEN 'nothing changes' THEN 'jsonb_set_checked' ELSE 'native' END;
\endif
\if :has_concurrency
	INSERT INTO bench.point
	SELECT 'concurrency', true, format('%s documents, %s clients', documents, clients), '50 KB', 51200, min(factor)
	FROM bench.concurrency WHERE way <> 'jsonb_ivm' GROUP BY documents, clients;
\endif

CREATE TABLE bench.figure (name text PRIMARY KEY, what text, value float8);
INSERT INTO bench.figure
SELECT 'overall ' || area, 'overall, ' || area || ': geometric mean of the times as fast as native, of ' || count(*) || ' points', exp(avg(ln(factor)))
FROM bench.point WHERE area IN ('in memory', 'on disk') GROUP BY area;
\if :has_cascade
	INSERT INTO bench.figure SELECT 'cascade', 'the wide cascade: times as fast as the best native SQL', factor
	FROM bench.cascade_gain WHERE fanout = 'wide' AND cache = 'warm' AND way = 'native';
\endif
\if :has_ratios
	INSERT INTO bench.figure SELECT 'array update', 'array update, 50 elements: times as fast as the best native SQL',
		min(median) FILTER (WHERE kind = 'native') / min(median) FILTER (WHERE kind = 'jsonb_ivm')
	FROM bench.ratio WHERE name = 'array_update_where, 50 elements';
\endif
\if :has_memory
	INSERT INTO bench.figure SELECT 'memory', 'memory: peak over that of the best native way, at worst', max(jsonb_ivm / native::float8) FROM bench.memory;
\endif
INSERT INTO bench.figure SELECT 'crashes', 'crashes of the server', crashes FROM bench.crash;
INSERT INTO bench.figure
SELECT 'slower', 'realistic workloads slower than native (by more than 5 %), of ' || count(*), count(*) FILTER (WHERE factor < 0.95)
FROM bench.point WHERE realistic;

\echo
\echo '## Where to use it'
\echo
\echo 'Times as fast as native SQL, the case that is closest to it: use it from 1.5; below 1.1 there is nothing to gain.'
SELECT bench.markdown($$
	SELECT area, what,
		string_agg(size, ', ' ORDER BY bytes) FILTER (WHERE least >= 1.5) AS "use it",
		string_agg(size || ' (' || bench.times(least) || ')', ', ' ORDER BY bytes) FILTER (WHERE least >= 1.1 AND least < 1.5) AS "a little faster",
		string_agg(size || ' (' || bench.times(least) || ')', ', ' ORDER BY bytes) FILTER (WHERE least < 1.1) AS "avoid, or do not bother"
	FROM (SELECT area, what, size, min(bytes) AS bytes, min(factor) AS least FROM bench.point GROUP BY area, what, size) AS p
	GROUP BY area, what
	ORDER BY area, what
$$);

\echo '## The decision'
SELECT bench.markdown('SELECT what AS figure, round(value::numeric, 2) AS value FROM bench.figure ORDER BY what');
\echo 'PROCEED: the cascade over 2 times as fast as the best native SQL, the array update over 3, memory under 1.5, no'
\echo 'crash.  PIVOT: overall under 1.5 (the lower of the two), a realistic workload slower than native, or memory over 2.'
\echo 'CONDITIONAL: otherwise.  PIVOT goes before PROCEED.'
\echo
WITH f AS (
	SELECT
		min(value) FILTER (WHERE name LIKE 'overall%') AS overall,
		count(*) FILTER (WHERE name LIKE 'overall%') AS overalls,
		max(value) FILTER (WHERE name = 'cascade') AS cascade,
		max(value) FILTER (WHERE name = 'array update') AS array_update,
		max(value) FILTER (WHERE name = 'memory') AS memory,
		max(value) FILTER (WHERE name = 'crashes') AS crashes,
		max(value) FILTER (WHERE name = 'slower') AS slower
	FROM bench.figure
)
SELECT CASE
	WHEN overalls < 2 OR num_nulls(cascade, array_update, memory) > 0 THEN
		'**Not decided**: that takes the parts ratios, grid, memory, storage and cascade.'
	WHEN overall < 1.5 OR slower > 0 OR memory > 2 THEN '**PIVOT**'
	WHEN cascade > 2 AND array_update > 3 AND memory < 1.5 AND crashes = 0 THEN '**PROCEED**'
	ELSE '**CONDITIONAL**: see "Where to use it"'
	END || CASE WHEN (SELECT quick FROM bench.session) THEN ' (from a quick run, which is no claim)' ELSE '' END
FROM f;
SELECT E'\nSlower than native:' WHERE EXISTS (SELECT FROM bench.point WHERE realistic AND factor < 0.95);
SELECT format('- %s, %s, %s: %s', area, what, size, bench.times(factor)) FROM bench.point WHERE realistic AND factor < 0.95 ORDER BY factor;
