-- jsonb_array_update_where, natively.  See ../harness.sql for the placeholders.
--
-- Tried, in microseconds for the middle one of 50 and of 1,000 servers (PostgreSQL 15, in memory).
-- To find the index:
--     6.1    115   subscripts: generate_series() in a select list, so that LIMIT 1 ends it, over an
--                  array that was taken out of the document once; compared as text by ->>
--     8.9    189   jsonb_array_elements() WITH ORDINALITY, compared as text; makes all elements
--                  before it returns the first, so it costs as much for the first as for the last
--    10.9    211   array_position() in the text of jsonb_path_query_array('$.a[*].id'), split; takes
--                  for granted that every element has the key, and has no comma in it
--    11.5    230   subscripts, elements[i]['id'] instead of arrows
--    12.2    238   jsonb_to_recordset() WITH ORDINALITY
--    11.5    251   jsonb_array_elements_text() of jsonb_path_query_array('$.a[*].id')
--    12.0    266   jsonb_array_elements(), compared as jsonb
--    14.0    304   array_position() in jsonb_path_query_array(), cast to int[] by way of text
--    15.2    345   array_position() in ARRAY(SELECT jsonb_path_query(...))
--    16.4    414   jsonb_path_query() WITH ORDINALITY
--    20.6    413   jsonb_array_elements(), compared by @>
--    11.9   3404   subscripts of doc -> 'a', taken out of the document again for each element
-- jsonb_path_exists() takes 8.6 and 173 and does not tell the index.
-- To write, the index being known:
--    35.7    775   jsonb_set() of the element at its full path
--    65.7   1328   jsonb_set() for each key
--   133.0   9186   jsonb_set() in the array, then doc || jsonb_build_object() with that
-- All in all:
--    43.5    812   subscripts + jsonb_set
--    49.0    922   elements + jsonb_set
--    85.8   1743   re-aggregation by to_jsonb(ARRAY(...))
--   172.7   3356   re-aggregation by jsonb_agg(... ORDER BY ...)
-- Which of the first two wins depends on where the match is, so both compete.
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_update_where', 'elements + jsonb_set', 'native', $$
	COALESCE((
		SELECT jsonb_set(doc, ARRAY[%keys% (n - 1)::text], element || %change%)
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		WHERE element ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

('array_update_where', 'subscripts + jsonb_set', 'native', $$
	COALESCE((
		SELECT jsonb_set(doc, ARRAY[%keys% i::text], (elements -> i) || %change%)
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE elements -> i ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

('array_update_where', 're-aggregation', 'reaggregation', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_agg(CASE WHEN element -> %key% = %value% THEN element || %change% ELSE element END ORDER BY n)
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)))
$$),

('array_update_where', 're-aggregation, to_jsonb(ARRAY())', 'reaggregation', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT CASE WHEN element ->> %key% = %value_text% THEN element || %change% ELSE element END
		FROM jsonb_array_elements(%target%) AS element)))
$$);
