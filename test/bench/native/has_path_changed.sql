-- jsonb_has_path_changed, natively.  See ../harness.sql for the placeholders.
--
-- Tried, in microseconds for a string in an object beside an array of 1,000 servers, and for that
-- array (PostgreSQL 15, in memory):
--     0.3   2037   ->> (or the text of ->): takes null for missing, 1 for "1", 1.0 for other than 1
--     0.6    614   ->
--     0.6    614   #>
--     0.6          subscripts
--     0.7          jsonb_path_query_first()
--             874   hashes of both arrays
--            2058   jsonb_send() of both arrays
INSERT INTO bench.way (operator, way, kind, root, expression) VALUES

('has_path_changed', '#>', 'native', false, $$
	doc #> %path% IS DISTINCT FROM new #> %path%
$$),

('has_path_changed', '->', 'native', false, $$
	%target% IS DISTINCT FROM %new_target%
$$),

-- Another question, but the same answer for whoever knows that there is a string.
('has_path_changed', '->>', 'native', false, $$
	%target_text% IS DISTINCT FROM %new_target_text%
$$),

('has_path_changed', 'IS DISTINCT FROM', 'native', true, $$
	doc IS DISTINCT FROM new
$$);
