-- jsonb_array_update_where, natively.  See ../harness.sql for the placeholders.
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
