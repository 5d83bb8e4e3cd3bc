-- The four operators on documents nobody here wrote: what is tried on each, and the comparison with
-- native SQL.  Needs harness.sql.
SET client_min_messages = warning;
CREATE SCHEMA iso;

CREATE TABLE iso.document (file text PRIMARY KEY, doc jsonb NOT NULL);
CREATE TABLE iso.timing (file text, operator text, comparisons int, native float8, jsonb_ivm float8);

-- What to try: "wanted" is native SQL's answer where the ways of the harness do not cover it.
CREATE TYPE iso.attempt AS (
	operator text, path text[], key text, value jsonb, change jsonb, new jsonb, wanted jsonb, timed boolean);

-- All that can be reached from the root through objects, and the first, middle and last element
-- of every array on the way.
CREATE FUNCTION iso.nodes(doc jsonb) RETURNS TABLE (path text[], value jsonb)
LANGUAGE sql
AS $$
	WITH RECURSIVE node (path, value) AS (
		SELECT '{}'::text[], doc
		UNION ALL
		SELECT path || step, child
		FROM node, LATERAL (
			SELECT step, child
			FROM jsonb_each(CASE jsonb_typeof(value) WHEN 'object' THEN value ELSE '{}' END) AS member (step, child)
			UNION
			SELECT i::text, value -> i
			FROM (
				SELECT CASE jsonb_typeof(value) WHEN 'array' THEN jsonb_array_length(value) ELSE 0 END AS length
				OFFSET 0) AS l,
				unnest(ARRAY[0, length / 2, length - 1]) AS i
			WHERE i BETWEEN 0 AND length - 1
		) AS children
	)
	SELECT path, value FROM node
$$;

-- Changes of several lengths: what follows moves by any number of bytes, or not at all.
CREATE FUNCTION iso.changes() RETURNS TABLE (n bigint, change jsonb)
LANGUAGE sql
AS $$
	SELECT n, change
	FROM unnest(ARRAY[
		'{"name": "renamed – zażółć gęślą jaźń", "checked": true, "rank": 3.50}',
		'{"zz": null}',
		'{"name": "", "nested": {"list": [1, 2.0, "three"], "none": {}}, "a": "x"}',
		'{}'
	]::jsonb[]) WITH ORDINALITY AS c (change, n)
$$;

-- For each array, by each key its elements have: the first, middle and last element that has it,
-- and none.  Keys with few values ("type") have many matches, of which the first one counts.
CREATE FUNCTION iso.array_attempts(doc jsonb) RETURNS SETOF iso.attempt
LANGUAGE sql
AS $$
	WITH array_node AS MATERIALIZED (
		SELECT path, value AS elements FROM iso.nodes(doc) WHERE jsonb_typeof(value) = 'array'
	), field AS MATERIALIZED (
		SELECT path, n, key, member.value
		FROM array_node,
			jsonb_array_elements(elements) WITH ORDINALITY AS e (element, n),
			jsonb_each(CASE jsonb_typeof(element) WHEN 'object' THEN element ELSE '{"id": 1}' END) AS member
	), ranked AS (
		SELECT *, row_number() OVER w AS rank, count(*) OVER (PARTITION BY path, key) AS fields,
			count(*) OVER (PARTITION BY path, key, value) AS alike
		FROM field
		WINDOW w AS (PARTITION BY path, key ORDER BY n)
	), wanted AS (
		SELECT DISTINCT path, key, value, rank = (fields + 1) / 2 AND alike = 1 AS middle
		FROM ranked
		WHERE rank IN (1, (fields + 1) / 2, fields)
		UNION ALL
		SELECT DISTINCT path, key, '"no such value"'::jsonb, false FROM field
	)
	SELECT operator, path, key, value, fitting, NULL::jsonb, NULL::jsonb, middle AND n = 1
	FROM wanted, iso.changes(),
		LATERAL (VALUES
			('array_update_where', change),
			('array_upsert_where', change || jsonb_build_object(key, value))) AS o (operator, fitting)
	UNION ALL
	SELECT 'array_upsert_where', '{new array}', 'id', '7', '{"id": 7}', NULL,
		jsonb_set(doc, '{new array}', '[{"id": 7}]'), false
$$;

CREATE FUNCTION iso.merge_attempts(doc jsonb) RETURNS SETOF iso.attempt
LANGUAGE sql
AS $$
	SELECT 'merge_at_path', path, NULL, NULL::jsonb, change, NULL::jsonb, NULL::jsonb, n = 1
	FROM iso.nodes(doc), iso.changes()
	WHERE jsonb_typeof(value) = 'object'
	UNION ALL
	SELECT 'merge_at_path', '{new,path}', NULL, NULL, change, NULL,
		jsonb_set(doc, '{new}', jsonb_build_object('path', change)), false
	FROM iso.changes()
$$;

-- For each place, whether it differs from the same document, from one that differs there, and from
-- one that lost it; and whether places that do not exist differ.
CREATE FUNCTION iso.changed_attempts(doc jsonb) RETURNS SETOF iso.attempt
LANGUAGE sql
AS $$
	SELECT 'has_path_changed', path, NULL, NULL::jsonb, NULL::jsonb, new, NULL::jsonb, n = 1
	FROM iso.nodes(doc),
		LATERAL (VALUES
			(1, doc),
			(2, jsonb_set(doc, path, '"changed"')),
			(3, doc #- path)) AS other (n, new)
	UNION ALL
	SELECT 'has_path_changed', path || '{no such key}', NULL, NULL, NULL, doc, NULL, false
	FROM iso.nodes(doc)
$$;

-- Compares the operators' results with native SQL's, as values and as bytes, then times a result
-- for each operator.  Returns how many comparisons that were.
CREATE FUNCTION iso.check_file(name text) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
	document jsonb;
	attempt iso.attempt;
	rival bench.way;
	ours text;
	got jsonb;
	wanted jsonb;
	compared int;
	total int := 0;
	op text;
	is_timed boolean;
	best_native float8;
	best_ours float8;
	timed iso.attempt;
BEGIN
	-- adding nothing, so that the value is not fetched and decompressed again at every use
	SELECT doc || '{}' INTO document FROM iso.document WHERE file = name;
	FOR op IN SELECT DISTINCT operator FROM bench.way ORDER BY operator LOOP
		compared := 0;
		is_timed := false;
		FOR attempt IN
			SELECT * FROM iso.array_attempts(document) WHERE op LIKE 'array%' AND operator = op
			UNION ALL
			SELECT * FROM iso.merge_attempts(document) WHERE op = 'merge_at_path'
			UNION ALL
			SELECT * FROM iso.changed_attempts(document) WHERE op = 'has_path_changed'
		LOOP
			ours := bench.expand((SELECT expression FROM bench.way WHERE operator = op AND kind = 'jsonb_ivm'),
				attempt.path, attempt.key, attempt.value, attempt.change);
			got := bench.result(ours, document, attempt.new);
			FOR rival IN
				SELECT * FROM bench.way
				WHERE operator = op AND kind = 'native' AND root IS DISTINCT FROM (attempt.path <> '{}')
			LOOP
				wanted := COALESCE(attempt.wanted, bench.result(
					bench.expand(rival.expression, attempt.path, attempt.key, attempt.value, attempt.change),
					document, attempt.new));
				IF (got = wanted AND jsonb_send(got) = jsonb_send(wanted)) IS NOT TRUE THEN
					RAISE EXCEPTION '%: % differs from native SQL (%)', name, left(ours, 400), rival.way
						USING DETAIL = format('path %s, key %s, value %s, change %s',
							attempt.path, attempt.key, attempt.value, attempt.change);
				END IF;
				compared := compared + 1;
			END LOOP;
			-- the deepest of those that are worth timing
			IF attempt.timed AND (NOT is_timed OR cardinality(attempt.path) >= cardinality(timed.path)) THEN
				timed := attempt;
				is_timed := true;
			END IF;
		END LOOP;
		total := total + compared;
		best_native := NULL;
		best_ours := NULL;
		IF is_timed THEN
			SELECT
				min(microseconds) FILTER (WHERE kind = 'native'), min(microseconds) FILTER (WHERE kind = 'jsonb_ivm')
			INTO best_native, best_ours
			FROM bench.way,
				LATERAL bench.timer(bench.expand(expression, timed.path, timed.key, timed.value, timed.change)) AS timer,
				LATERAL bench.calls_for(timer, document, timed.new, 1.5) AS calls,
				generate_series(1, 3) AS round,
				LATERAL bench.sample(timer, document, timed.new, calls + 0 * round) AS microseconds
			WHERE operator = op AND kind IN ('native', 'jsonb_ivm')
				AND root IS DISTINCT FROM (timed.path <> '{}');
		END IF;
		INSERT INTO iso.timing VALUES (name, op, compared, best_native, best_ours);
	END LOOP;
	RETURN total;
END
$$;
