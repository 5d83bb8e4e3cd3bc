-- jsonb_array_insert_where, natively.  See ../harness.sql for the placeholders: %key% is the one that the
-- array is sorted by, %value% what %change% has there.
--
-- Tried, in microseconds for the middle of 1,000 servers (PostgreSQL 15, in memory, a busy machine); to find the
-- index and jsonb_insert() there:
--     394   subscripts, as in array_update_where.sql, up to the first that is greater
--     719   the length of what a jsonpath filter finds to be before it
--     739   width_bucket(), which searches binary, in an array of all keys
--     761   how many elements are before it
--     778   a binary search by a recursive query
--    7040   re-aggregation
-- An array that is full is quickest without its last element before the new one is put into it: 1536, and 1641 for
-- both on the array alone.
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_insert_where', 'count elements + jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% (
		SELECT count(*)::text
		FROM jsonb_array_elements(%target%) AS element
		WHERE (element ->> %key%)::numeric <= %value_text%::numeric)], %change%)
$$),

('array_insert_where', 'binary search + jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% (
		WITH RECURSIVE a AS MATERIALIZED (SELECT %target% AS elements),
		search (low, high) AS (
			SELECT 0, jsonb_array_length(elements) FROM a
			UNION ALL
			SELECT CASE WHEN is_before THEN middle + 1 ELSE low END, CASE WHEN is_before THEN high ELSE middle END
			FROM search, a,
				LATERAL (SELECT (low + high) / 2) AS m (middle),
				LATERAL (SELECT (elements -> middle ->> %key%)::numeric <= %value_text%::numeric) AS c (is_before)
			WHERE low < high
		)
		SELECT low::text FROM search WHERE low = high)], %change%)
$$),

('array_insert_where', 'subscripts + jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% COALESCE((
		SELECT i::text
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE (elements -> i ->> %key%)::numeric > %value_text%::numeric
		LIMIT 1), '2147483647')], %change%)
$$),

('array_insert_where', 'width_bucket + jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% width_bucket(%value_text%::numeric, ARRAY(
		SELECT (element ->> %key%)::numeric FROM jsonb_array_elements(%target%) AS element))::text], %change%)
$$),

('array_insert_where', 'jsonpath + jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% jsonb_array_length(
		jsonb_path_query_array(%target%, '$[*].id ? (@ <= $id)', jsonb_build_object('id', %value%)))::text], %change%)
$$),

('array_insert_where', 're-aggregation', 'reaggregation', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_agg(element ORDER BY element -> %key%)
		FROM jsonb_array_elements(%target% || %change%) AS element))
$$),

-- Without a key to sort by.
('array_insert_where, append', 'jsonb_insert', 'native', $$
	jsonb_insert(doc, ARRAY[%keys% '-1'], %change%, true)
$$),

('array_insert_where, append', 'jsonb_set', 'native', $$
	jsonb_set(doc, ARRAY[%keys% '2147483647'], %change%)
$$),

-- The array is full: it has as many elements as %other% says, so the last one goes.
('array_insert_where, full', 'subscripts + jsonb_insert + #-', 'native', $$
	jsonb_insert(doc #- ARRAY[%keys% '-1'], ARRAY[%keys% COALESCE((
		SELECT i::text
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE (elements -> i ->> %key%)::numeric > %value_text%::numeric
		LIMIT 1), '2147483647')], %change%)
$$),

('array_insert_where, full', 'in the array', 'native', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_insert(elements - (-1), ARRAY[COALESCE((
			SELECT i::text
			FROM (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
			WHERE (elements -> i ->> %key%)::numeric > %value_text%::numeric
			LIMIT 1), '2147483647')], %change%)
		FROM (SELECT %target% AS elements OFFSET 0) AS a))
$$),

('array_insert_where, full', 're-aggregation', 'reaggregation', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_agg(element ORDER BY element -> %key%)
		FROM (
			SELECT element
			FROM jsonb_array_elements(%target% || %change%) AS element
			ORDER BY element -> %key%
			LIMIT %other%::int) AS f))
$$);
