-- Merging the documents of many rows, natively: those of a batch of bench.change, in the order of n.  See
-- ../harness.sql for the placeholders: %key% is the batch, and "doc" only there so that each call does it again.
--
-- What the loops and aggregates of || copy again and again is all that was merged so far; so the larger the
-- result, the worse they are.  jsonb_object_agg() sorts all pairs once.

CREATE FUNCTION bench.loop_of_concatenations(doc jsonb, a_batch text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	merged jsonb := '{}';
	r record;
BEGIN
	FOR r IN SELECT change FROM bench.change WHERE batch = a_batch ORDER BY n LOOP
		merged := merged || r.change;
	END LOOP;
	RETURN merged;
END
$$;

CREATE FUNCTION bench.loop_of_deep_merges(doc jsonb, a_batch text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	merged jsonb := '{}';
	r record;
BEGIN
	FOR r IN SELECT change FROM bench.change WHERE batch = a_batch ORDER BY n LOOP
		merged := bench.deep_merge(merged, r.change);
	END LOOP;
	RETURN merged;
END
$$;

-- The same with the extension's own functions, which is what the aggregates are to spare.
CREATE FUNCTION bench.loop_of_jsonb_merge_shallow(doc jsonb, a_batch text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	merged jsonb := '{}';
	r record;
BEGIN
	FOR r IN SELECT change FROM bench.change WHERE batch = a_batch ORDER BY n LOOP
		merged := jsonb_merge_shallow(merged, r.change);
	END LOOP;
	RETURN merged;
END
$$;

CREATE FUNCTION bench.loop_of_jsonb_deep_merge(doc jsonb, a_batch text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
	merged jsonb := '{}';
	r record;
BEGIN
	FOR r IN SELECT change FROM bench.change WHERE batch = a_batch ORDER BY n LOOP
		merged := jsonb_deep_merge(merged, r.change);
	END LOOP;
	RETURN merged;
END
$$;

CREATE AGGREGATE bench.concatenate(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');
CREATE AGGREGATE bench.deeply(jsonb) (sfunc = bench.deep_merge, stype = jsonb, initcond = '{}');

INSERT INTO bench.way (operator, way, kind, expression)
SELECT operator, way, kind, expression
FROM (VALUES
	('merge_agg', NULL, 'an aggregate of ||', 'native', $$
		(SELECT bench.concatenate(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)
	$$),
	('merge_agg', 'merge_agg, growing', 'PL/pgSQL loop, ||', 'native', 'bench.loop_of_concatenations(doc, %key%)'),
	('merge_agg', 'merge_agg, growing', 'PL/pgSQL loop, jsonb_merge_shallow', 'loop', 'bench.loop_of_jsonb_merge_shallow(doc, %key%)'),
	('merge_agg', 'merge_agg, growing', 'jsonb_object_agg', 'native', $$
		(SELECT jsonb_object_agg(key, value ORDER BY n) FROM bench.change, jsonb_each(change) WHERE batch = %key% AND doc IS NOT NULL)
	$$),

	-- not for what grows: a thousand documents take them seconds
	('deep_merge_agg', NULL, 'an aggregate of a native function', 'native', $$
		(SELECT bench.deeply(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)
	$$),
	('deep_merge_agg', NULL, 'PL/pgSQL loop of a native function', 'native', 'bench.loop_of_deep_merges(doc, %key%)'),
	('deep_merge_agg', 'deep_merge_agg, growing', 'PL/pgSQL loop, jsonb_deep_merge', 'loop', 'bench.loop_of_jsonb_deep_merge(doc, %key%)'),
	-- for whoever knows how deep it is
	('deep_merge_agg', 'deep_merge_agg, growing', 'two levels, jsonb_object_agg', 'native', $$
		(SELECT jsonb_object_agg(key, value)
		FROM (
			SELECT outer_pair.key, jsonb_object_agg(inner_pair.key, inner_pair.value ORDER BY n) AS value
			FROM bench.change, jsonb_each(change) AS outer_pair, jsonb_each(outer_pair.value) AS inner_pair
			WHERE batch = %key% AND doc IS NOT NULL
			GROUP BY outer_pair.key) AS g)
	$$)
) AS way (small, growing, way, kind, expression),
	unnest(ARRAY[small, growing]) AS operator
WHERE operator IS NOT NULL;
