-- What only asks, natively.  See ../harness.sql for the placeholders.
--
-- Whether the middle one of 1,000 servers is there, in microseconds (PostgreSQL 15, in memory, a busy machine):
--     68   @> of the document
--     71   @> of the array
--    109   jsonb_path_exists()
--    125   subscripts, as in array_update_where.sql
--    163   elements
INSERT INTO bench.way (operator, way, kind, expression, compared) VALUES

('array_contains_id', '->, @>', 'native', $$
	%target% @> jsonb_build_array(jsonb_build_object(%key%, %value%))
$$, DEFAULT),

('array_contains_id', '@>', 'native', $$
	doc @> jsonb_build_object((%path%)[1], jsonb_build_array(jsonb_build_object(%key%, %value%)))
$$, DEFAULT),

('array_contains_id', 'elements', 'native', $$
	EXISTS (SELECT FROM jsonb_array_elements(%target%) AS element WHERE element ->> %key% = %value_text%)
$$, DEFAULT),

('array_contains_id', 'subscripts', 'native', $$
	EXISTS (
		SELECT
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE elements -> i ->> %key% = %value_text%)
$$, DEFAULT),

('array_contains_id', 'jsonpath', 'native', $$
	jsonb_path_exists(%target%, '$[*] ? (@.id == $id)', jsonb_build_object('id', %value%))
$$, DEFAULT),

('extract_id', '->>', 'native', $$
	doc ->> %key%
$$, DEFAULT),

('extract_id', '#>>', 'native', $$
	doc #>> ARRAY[%key%]
$$, DEFAULT),

-- Nothing there says whether bytes are sound.  These at least have to make something of all of them, as
-- whoever reads a table through would; jsonb_hash_extended() takes half as long, but has a number for any bytes.
('verify', 'text', 'native', $$
	doc::text
$$, '%result% IS NOT NULL'),

('verify', 'jsonb_send', 'native', $$
	jsonb_send(doc)
$$, '%result% IS NOT NULL');
