-- jsonb_array_update_multi_row, natively: 100 documents, which native SQL need not put into an array first.
-- See ../harness.sql for the placeholders, and array_update_where.sql for what was tried on one.
--
-- The documents are one, and CASE keeps the planner from seeing that.
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_update_multi_row', 'elements + jsonb_set', 'native', $$
	ARRAY(
		SELECT COALESCE((
			SELECT jsonb_set(doc, ARRAY[%keys% (n - 1)::text], element || %change%)
			FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
			WHERE element ->> %key% = %value_text%
			LIMIT 1), doc)
		FROM (SELECT CASE WHEN i > 0 THEN doc END AS doc FROM generate_series(1, 100) AS i OFFSET 0) AS d)
$$),

('array_update_multi_row', 'subscripts + jsonb_set', 'native', $$
	ARRAY(
		SELECT COALESCE((
			SELECT jsonb_set(doc, ARRAY[%keys% i::text], (elements -> i) || %change%)
			FROM (SELECT %target% AS elements OFFSET 0) AS a,
				LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
			WHERE elements -> i ->> %key% = %value_text%
			LIMIT 1), doc)
		FROM (SELECT CASE WHEN i > 0 THEN doc END AS doc FROM generate_series(1, 100) AS i OFFSET 0) AS d)
$$);
