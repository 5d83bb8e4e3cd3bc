-- jsonb_array_delete_where, natively.  See ../harness.sql for the placeholders, and array_update_where.sql
-- for how to find an index.
--
-- Tried, in microseconds for the middle one of 100 and of 1,000 servers (PostgreSQL 15, in memory, a busy
-- machine):
--      67     720   subscripts + #-
--      72     764   elements + #-
--     141    1546   jsonb_set() of the array less the element with that index
--     157    2688   jsonb_set() of what a jsonpath filter leaves
--     160    3035   re-aggregation by to_jsonb(ARRAY(...))
--     293    5657   re-aggregation by jsonb_agg(...)
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_delete_where', 'elements + #-', 'native', $$
	COALESCE((
		SELECT doc #- ARRAY[%keys% (n - 1)::text]
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		WHERE element ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

('array_delete_where', 'subscripts + #-', 'native', $$
	COALESCE((
		SELECT doc #- ARRAY[%keys% i::text]
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE elements -> i ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

-- All that match, but the same for whoever knows that there is one.
('array_delete_where', 'jsonpath filter', 'native', $$
	jsonb_set(doc, %path%, jsonb_path_query_array(%target%, '$[*] ? (@.id != $id)', jsonb_build_object('id', %value%)))
$$),

('array_delete_where', 're-aggregation', 'reaggregation', $$
	jsonb_set(doc, %path%, (
		SELECT COALESCE(jsonb_agg(element ORDER BY n) FILTER (WHERE element -> %key% <> %value%), '[]')
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)))
$$),

('array_delete_where', 're-aggregation, to_jsonb(ARRAY())', 'reaggregation', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT element FROM jsonb_array_elements(%target%) AS element WHERE element ->> %key% <> %value_text%)))
$$);
