-- jsonb_has_path_changed, natively.  See ../harness.sql for the placeholders.
INSERT INTO bench.way (operator, way, kind, root, expression) VALUES

('has_path_changed', '#>', 'native', false, $$
	doc #> %path% IS DISTINCT FROM new #> %path%
$$),

('has_path_changed', '->', 'native', false, $$
	%target% IS DISTINCT FROM %new_target%
$$),

('has_path_changed', 'IS DISTINCT FROM', 'native', true, $$
	doc IS DISTINCT FROM new
$$);
