-- jsonb_array_update_where_batch, natively.  See ../harness.sql for the placeholders: "new" is the array of
-- updates, %other% the same as one object, from key to update.
--
-- Tried, in microseconds for 10 of 100 and for 100 of 1,000 servers (PostgreSQL 15, in memory, a busy machine):
--     162    1983   each element || what the map has for its key, or nothing; to_jsonb(ARRAY())
--     179    2173   only those that the map has; to_jsonb(ARRAY())
--     185    2200   the same, looked up once
--     187    2520   hash join with the updates, ordered, to_jsonb(ARRAY())
--     306    2767   hash join with the updates, jsonb_agg(... ORDER BY ...)
--     249    3106   the same without order, which is not to be relied on
--     314    3145   doc || jsonb_build_object() instead of jsonb_set()
--     396    3693   the map, jsonb_agg(... ORDER BY ...)
--    1763  336456   one after the other, in PL/pgSQL: finds the index, jsonb_set()
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_update_where_batch', 'map, || all', 'native', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT element || COALESCE(%other% -> (element ->> %key%), '{}')
		FROM jsonb_array_elements(%target%) AS element)))
$$),

('array_update_where_batch', 'map, CASE', 'native', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT CASE WHEN %other% ? (element ->> %key%) THEN element || (%other% -> (element ->> %key%)) ELSE element END
		FROM jsonb_array_elements(%target%) AS element)))
$$),

('array_update_where_batch', 'hash join', 'native', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT CASE WHEN change IS NULL THEN element ELSE element || change END
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		LEFT JOIN jsonb_array_elements(new) AS change ON change ->> %key% = element ->> %key%
		ORDER BY n)))
$$),

('array_update_where_batch', 're-aggregation', 'reaggregation', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_agg(CASE WHEN change IS NULL THEN element ELSE element || change END ORDER BY n)
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		LEFT JOIN jsonb_array_elements(new) AS change ON change ->> %key% = element ->> %key%))
$$);
