--
-- The peaks, native ones beside them, and which are over a bar.  What VmHWM told
-- comes on stdin.
--
CREATE TEMP TABLE seen (way int, kind text, storage text, shape text, size int, resident bigint);
\copy seen FROM pstdin
UPDATE peak AS p SET resident = s.resident
FROM seen AS s WHERE (p.way, p.kind, p.storage, p.shape, p.size) = (s.way, s.kind, s.storage, s.shape, s.size);

CREATE TEMP TABLE compared AS
SELECT w.n, w.function, what, storage, shape, size, measure, m.ours, m.native, round(m.ours / nullif(m.native, 0)::numeric, 2) AS ratio,
	   -- What looks at two documents, or takes them out of an array, does not edit one.
	   w.function ~ '(diff|multi_row)$' OR (SELECT prorettype <> 'jsonb'::regtype FROM signature AS s JOIN pg_proc AS p ON p.oid = s.arguments WHERE s.function = w.function) AS reader
FROM way AS w
JOIN peak AS o ON o.way = w.n AND o.kind = 'ours'
JOIN peak AS v USING (way, storage, shape, size),
	LATERAL (VALUES ('malloc', o.allocated, v.allocated), ('VmHWM', o.resident, v.resident)) AS m (measure, ours, native)
WHERE v.kind = 'native' AND (measure = 'malloc' OR size >= :resident_from);

-- An edit is written into the memory of the document, which is given a sixteenth more.  If it was
-- compressed, then for a moment there are two of it where the memory has to move for that.
CREATE TEMP TABLE judged AS
SELECT *, CASE WHEN ours IS NULL OR native IS NULL THEN 'OVER: not measured'
			   WHEN ours - error > 1.5 * native + 65536 THEN 'OVER 1.5 x native + 64 KB'
			   WHEN size < 262144 THEN ''
			   WHEN reader AND ours - error > 1.1 * native THEN 'OVER 1.1 x native'
			   WHEN NOT reader AND ours - error > 0.6 * native THEN 'OVER 0.6 x native'
			   WHEN NOT reader AND ours - error > CASE storage WHEN 'plain' THEN 1.25 ELSE 2.125 END * size + 65536 THEN 'OVER the document + 64 KB'
			   ELSE '' END AS verdict
FROM compared, LATERAL (SELECT CASE measure WHEN 'malloc' THEN 0 ELSE :resident_error END AS error) AS e;

\pset format aligned
\pset tuples_only off
\pset footer off
SELECT what, storage, shape, size / 1024 AS kb, measure, ours, native, ratio, verdict
FROM judged ORDER BY n, storage, shape, measure, size;
\echo 'The worst of each function from 256 KB up'
SELECT DISTINCT ON (function, shape, measure) function, shape, measure, ratio, what, storage, size / 1024 AS kb, ours, native
FROM judged WHERE size >= 262144 ORDER BY function, shape, measure, ours / native::float8 DESC;

\pset format unaligned
\pset tuples_only on
SELECT format('%s peaks from 1 KB up, from 256 KB up writers take at most %s of native, readers %s',
			  count(*), max(ratio) FILTER (WHERE NOT reader AND measure = 'malloc' AND size >= 262144),
			  max(ratio) FILTER (WHERE reader AND measure = 'malloc' AND size >= 262144))
FROM judged;
