-- jsonb_merge_at_path, natively, where the path leads to an object.  See ../harness.sql for the
-- placeholders.
INSERT INTO bench.way (operator, way, kind, root, expression) VALUES

('merge_at_path', 'jsonb_set, #>', 'native', false, $$
	jsonb_set(doc, %path%, (doc #> %path%) || %change%)
$$),

('merge_at_path', 'jsonb_set, ->', 'native', false, $$
	jsonb_set(doc, %path%, (%target%) || %change%)
$$),

('merge_at_path', '||', 'native', true, $$
	doc || %change%
$$);
