-- jsonb_array_upsert_where, natively.  See ../harness.sql for the placeholders.
--
-- An index beyond the last element makes jsonb_set() append, so replacing and appending are one
-- call and the document is rewritten once.  Finding the index is as in array_update_where.sql.
--
-- Tried, in microseconds for 50 and for 1,000 servers (PostgreSQL 15, in memory).  To append:
--    32.9    636   jsonb_set() beyond the end
--    35.9    720   jsonb_insert() after index -1
--    59.8   1500   jsonb_set() of the array || the element
-- To replace the middle one, all in all:
--    39.9    772   subscripts + jsonb_set
--    42.2    941   elements + jsonb_set
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_upsert_where', 'elements + jsonb_set', 'native', $$
	jsonb_set(doc, ARRAY[%keys% COALESCE((
		SELECT (n - 1)::text
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		WHERE element ->> %key% = %value_text%
		LIMIT 1), '2147483647')], %change%)
$$),

('array_upsert_where', 'subscripts + jsonb_set', 'native', $$
	jsonb_set(doc, ARRAY[%keys% COALESCE((
		SELECT i::text
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE elements -> i ->> %key% = %value_text%
		LIMIT 1), '2147483647')], %change%)
$$);
