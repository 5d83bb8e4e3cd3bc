-- What sets, removes and copies values at a path, natively, where the path leads to a place.  See
-- ../harness.sql for the placeholders, and array_update_where.sql for how to find an index.
--
-- A field of all of 100 servers, in microseconds (PostgreSQL 15, in memory, a busy machine): to set it, jsonb_agg()
-- 249, to_jsonb(ARRAY()) 327, jsonb_agg() of element || object 364; to remove it, to_jsonb(ARRAY()) 152,
-- jsonb_agg() 290.
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('set_path', 'jsonb_set', 'native', 'jsonb_set(doc, %path%, %change%)'),

-- %path% leads to an array; what is set is a field of the element with the key.
('set_path, [key=value]', 'elements + jsonb_set', 'native', $$
	COALESCE((
		SELECT jsonb_set(doc, ARRAY[%keys% (n - 1)::text, 'address'], %change%)
		FROM jsonb_array_elements(%target%) WITH ORDINALITY AS e (element, n)
		WHERE element ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

('set_path, [key=value]', 'subscripts + jsonb_set', 'native', $$
	COALESCE((
		SELECT jsonb_set(doc, ARRAY[%keys% i::text, 'address'], %change%)
		FROM (SELECT %target% AS elements OFFSET 0) AS a,
			LATERAL (SELECT generate_series(0, jsonb_array_length(elements) - 1) AS i) AS s
		WHERE elements -> i ->> %key% = %value_text%
		LIMIT 1), doc)
$$),

('set_path, [*]', 'to_jsonb(ARRAY())', 'native', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(
		SELECT element || jsonb_build_object(%key%, %change%) FROM jsonb_array_elements(%target%) AS element)))
$$),

('set_path, [*]', 'jsonb_agg', 'native', $$
	jsonb_set(doc, %path%, (
		SELECT jsonb_agg(jsonb_set(element, ARRAY[%key%], %change%)) FROM jsonb_array_elements(%target%) AS element))
$$),

('set_path, [-]', 'jsonb_insert', 'native', 'jsonb_insert(doc, ARRAY[%keys% ''-1''], %change%, true)'),
('set_path, [-]', 'jsonb_set', 'native', 'jsonb_set(doc, ARRAY[%keys% ''2147483647''], %change%)'),

('remove_path', '#-', 'native', 'doc #- %path%'),

('remove_path, [*]', 'to_jsonb(ARRAY())', 'native', $$
	jsonb_set(doc, %path%, to_jsonb(ARRAY(SELECT element - %key% FROM jsonb_array_elements(%target%) AS element)))
$$),

('remove_path, [*]', 'jsonb_agg', 'native', $$
	jsonb_set(doc, %path%, (SELECT jsonb_agg(element - %key%) FROM jsonb_array_elements(%target%) AS element))
$$),

('increment', 'jsonb_set', 'native', 'jsonb_set(doc, %path%, to_jsonb((%target_text%)::numeric + 1))'),

-- What is copied: %key%, and all of %path%.
('graft', 'jsonb_set, twice', 'native', $$
	jsonb_set(jsonb_set(doc, ARRAY[%key%], new -> %key%), %path%, %new_target%)
$$),

('graft', '||', 'native', $$
	doc || jsonb_build_object(%key%, new -> %key%, (%path%)[1],
		CASE WHEN cardinality(%path%) = 1 THEN new -> (%path%)[1]
			ELSE jsonb_set(doc -> (%path%)[1], (%path%)[2:], %new_target%) END)
$$);
