-- Memory: one call needs no more than three times the document and 64 kB, and
-- less than the native way where the document is larger than 16 kB.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

CREATE TABLE measured (n int, size int, doc jsonb, plain jsonb);
ALTER TABLE measured ALTER plain SET STORAGE external;
INSERT INTO measured
SELECT n, length(raw(doc)), doc, doc
FROM unnest(ARRAY[1, 10, 50, 200, 800, 3000, 12000, 50000]) AS n,
	 LATERAL (SELECT jsonb_build_object('list', jsonb_agg(jsonb_build_object('id', i, 'text', md5(i::text) || repeat(' word', i % 10)) ORDER BY i), 'sub', '{"x":1}'::jsonb)
			  FROM generate_series(1, n) AS i) AS d (doc);

-- What is done with the document, and natively.
CREATE TEMP TABLE way (n int, what text, ivm text, native text);
INSERT INTO way VALUES
	(1, 'update', $$ jsonb_array_update_where(%s, '{list}', 'id', '1', '{"text":"new"}') $$, $$ jsonb_set(%s, '{list,0,text}', '"new"') $$),
	(2, 'update the last', $$ jsonb_array_update_where(%1$s, '{list}', 'id', '%2$s', '{"text":"new"}') $$, $$ jsonb_set(%s, '{list,-1,text}', '"new"') $$),
	(3, 'upsert', $$ jsonb_array_upsert_where(%s, '{list}', 'id', '1', '{"id":1}') $$, $$ jsonb_set(%s, '{list,0}', '{"id":1}') $$),
	(4, 'append', $$ jsonb_array_upsert_where(%s, '{list}', 'id', '0', '{"id":0}') $$, $$ jsonb_insert(%s, '{list,-1}', '{"id":0}', true) $$),
	(5, 'merge', $$ jsonb_merge_at_path(%s, '{"y":2}', '{sub}') $$, $$ jsonb_set(%1$s, '{sub}', (%1$s #> '{sub}') || '{"y":2}') $$),
	(6, 'merge at the root', $$ jsonb_merge_at_path(%s, '{"y":2}', '{}') $$, $$ %s || '{"y":2}' $$),
	(7, 'create', $$ jsonb_merge_at_path(%s, '{"y":2}', '{a,b,c}') $$, $$ jsonb_set(%s, '{a}', '{"b":{"c":{"y":2}}}') $$),
	(8, 'no match', $$ jsonb_array_update_where(%s, '{list}', 'id', '0', '{"text":"new"}') $$, $$ jsonb_set(%s, '{list,0,id}', '1') $$),
	(9, 'compare', $$ jsonb_has_path_changed(%1$s, %1$s, '{list}') $$, $$ (%1$s #> '{list}') IS DISTINCT FROM (%1$s #> '{list}') $$);

CREATE TEMP TABLE figure AS
SELECT w.n AS way, what, c.name AS source, d.n AS elements, size,
	   peak_memory(format('SELECT ' || ivm || ' FROM measured WHERE n = %2$s', c.name, d.n)) AS ivm,
	   peak_memory(format('SELECT ' || native || ' FROM measured WHERE n = %2$s', c.name, d.n)) AS native
FROM way AS w, measured AS d, (VALUES ('doc'), ('plain')) AS c (name);
SELECT what, count(*) AS sizes, bool_and(ivm <= 3 * size + 65536) AS within_budget, bool_and(ivm < native OR size <= 16384) AS below_native
FROM figure GROUP BY way, what ORDER BY way;
-- Those that are not.
SELECT * FROM figure WHERE ivm > 3 * size + 65536 OR ivm >= native AND size > 16384 ORDER BY 1, 3, 4;

-- The same of a document that is small but for one string, edited below many
-- levels: what is on the way there does not count once a level.
CREATE TABLE measured_deep (levels int, size int, doc jsonb, path text[]);
ALTER TABLE measured_deep ALTER doc SET STORAGE external;
INSERT INTO measured_deep
SELECT n, length(raw(doc)), doc, array_fill('k'::text, ARRAY[n])
FROM unnest(ARRAY[0, 1, 2, 5, 20, 100]) AS n,
	CAST(repeat('{"k":', n) || '{"list":[{"id":1}],"long":"' || repeat('x', 1000000) || '"}' || repeat('}', n) AS jsonb) AS doc;
CREATE TEMP TABLE way_deep (n int, what text, ivm text, native text);
INSERT INTO way_deep VALUES
	(1, 'merge', $$ jsonb_merge_at_path(doc, '{"y":2}', path) $$, $$ jsonb_set(doc, path || '{y}', '2') $$),
	(2, 'update', $$ jsonb_array_update_where(doc, path || '{list}', 'id', '1', '{"y":2}') $$, $$ jsonb_set(doc, path || '{list,0,y}', '2') $$),
	(3, 'append', $$ jsonb_array_upsert_where(doc, path || '{list}', 'id', '2', '{"id":2}') $$, $$ jsonb_insert(doc, path || '{list,-1}', '{"id":2}', true) $$),
	(4, 'no match', $$ jsonb_array_update_where(doc, path || '{list}', 'id', '2', '{"y":2}') $$, $$ jsonb_set(doc, path || '{list,0,id}', '1') $$);
CREATE TEMP TABLE figure_deep AS
SELECT w.n AS way, what, levels, size,
	   peak_memory(format('SELECT %s FROM measured_deep WHERE levels = %s', ivm, levels)) AS ivm,
	   peak_memory(format('SELECT %s FROM measured_deep WHERE levels = %s', native, levels)) AS native
FROM way_deep AS w, measured_deep;
SELECT what, count(*) AS documents, bool_and(ivm <= 3 * size + 65536) AS within_budget, bool_and(ivm < native) AS below_native
FROM figure_deep GROUP BY way, what ORDER BY way;
SELECT what, levels, round(ivm / size::numeric, 1) AS times_document, round(native / size::numeric, 1) AS native
FROM figure_deep WHERE ivm > 3 * size + 65536 OR ivm >= native ORDER BY way, levels;

-- Nothing stays behind: many calls in one query need no more than one.
SELECT peak_memory($$ SELECT count(jsonb_merge_at_path(m.doc, jsonb_build_object('y', i), '{sub}')) FROM measured AS m, generate_series(1, 300) AS i WHERE n = 800 $$)
	< 2 * peak_memory($$ SELECT count(jsonb_merge_at_path(m.doc, jsonb_build_object('y', i), '{sub}')) FROM measured AS m, generate_series(1, 3) AS i WHERE n = 800 $$);
-- Nor inside one row: each of these calls reads the document and gives it back.
SELECT peak_memory(format('SELECT %s doc %s FROM measured WHERE n = 800', repeat('jsonb_merge_at_path(', 20), repeat($$, '{}', '{sub}')$$, 20)))
	< 2 * peak_memory($$ SELECT jsonb_merge_at_path(doc, '{}', '{sub}') FROM measured WHERE n = 800 $$);
SELECT peak_memory(format('SELECT %s doc %s FROM measured WHERE n = 800', repeat('jsonb_array_update_where(', 20), repeat($$, '{list}', 'id', '0', '{}')$$, 20)))
	< 2 * peak_memory($$ SELECT jsonb_array_update_where(doc, '{list}', 'id', '0', '{}') FROM measured WHERE n = 800 $$);
SELECT peak_memory(format('SELECT %s false FROM measured WHERE n = 800', repeat($$ jsonb_has_path_changed(doc, plain, '{list}') OR $$, 20)))
	< 2 * peak_memory($$ SELECT jsonb_has_path_changed(doc, plain, '{list}') FROM measured WHERE n = 800 $$);

-- A large document is edited in the memory that it was detoasted to, whatever it consists
-- of, unless it grows by more than a sixteenth.
CREATE TEMP TABLE writing (n int, what text, ivm text, native text);
INSERT INTO writing VALUES
	(1, 'update', $$ jsonb_array_update_where(doc, path || '{list}', 'id', '1', '{"text":"new"}') $$, $$ jsonb_set(doc, path || '{list,0,text}', '"new"') $$),
	(2, 'replace', $$ jsonb_array_upsert_where(doc, path || '{list}', 'id', '1', '{"id":1,"y":2}') $$, $$ jsonb_set(doc, path || '{list,0}', '{"id":1,"y":2}') $$),
	(3, 'append', $$ jsonb_array_upsert_where(doc, path || '{list}', 'id', '0', '{"id":0}') $$, $$ jsonb_insert(doc, path || '{list,-1}', '{"id":0}', true) $$),
	(4, 'merge', $$ jsonb_merge_at_path(doc, '{"y":2}', path) $$, $$ jsonb_set(doc, path || '{y}', '2') $$),
	(5, 'merge much', $$ jsonb_merge_at_path(doc, jsonb_build_object('y', repeat('y', 10000)), path) $$, $$ jsonb_set(doc, path || '{y}', to_jsonb(repeat('y', 10000))) $$),
	(6, 'no match', $$ jsonb_array_update_where(doc, path || '{list}', 'id', '0', '{"text":"new"}') $$, $$ jsonb_set(doc, path || '{list,0,id}', '1') $$);
CREATE TEMP TABLE written AS
SELECT w.n, what, format('%s levels', levels) AS shape, size,
	   peak_memory(format('SELECT %s FROM measured_deep WHERE levels = %s', ivm, levels)) AS ivm,
	   peak_memory(format('SELECT %s FROM measured_deep WHERE levels = %s', native, levels)) AS native
FROM writing AS w, measured_deep
UNION ALL
SELECT w.n, what, format('%s records', m.n), size,
	   peak_memory(format('SELECT %s FROM measured, CAST(''{}'' AS text[]) AS path WHERE n = %s', replace(ivm, 'doc', 'plain'), m.n)),
	   peak_memory(format('SELECT %s FROM measured, CAST(''{}'' AS text[]) AS path WHERE n = %s', replace(native, 'doc', 'plain'), m.n))
FROM writing AS w, measured AS m WHERE size >= 262144;
SELECT what, count(*) AS documents, bool_and(ivm <= 1.25 * size + 65536) AS in_place, bool_and(ivm <= 0.6 * native) AS far_below_native
FROM written GROUP BY n, what ORDER BY n;
-- Those that are not.
SELECT *, round(ivm / size::numeric, 2) AS times_document FROM written WHERE ivm > 1.25 * size + 65536 OR ivm > 0.6 * native ORDER BY n, size;
DROP TABLE measured, measured_deep;
