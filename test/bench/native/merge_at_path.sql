-- jsonb_merge_at_path, natively, where the path leads to an object.  See ../harness.sql for the
-- placeholders.
--
-- Tried, in microseconds for two keys of an object beside an array of 50 and of 1,000 servers
-- (PostgreSQL 15, in memory):
--    33.9    690   jsonb_set(), the object taken by ->
--    37.2    682   jsonb_set(), the object taken by #>
--    34.6    822   doc || jsonb_build_object(key, object || source): only for members of the root
--    64.7   1319   jsonb_set() for each key
--    68.2   1402   jsonb_insert() into the document without the object
--    30.2    607   doc || source: only at the root
-- The first two are the same but for noise, so both compete.
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
