-- The operator family itself.  See harness.sql for the placeholders, and native/ for what they are here.
INSERT INTO bench.way (operator, way, kind, expression, compared)
SELECT operator, 'jsonb_ivm', 'jsonb_ivm', expression, compared
FROM (VALUES
	('array_delete_where', 'jsonb_array_delete_where(doc, %path%, %key%, %value%)', '%result%'),
	('array_insert_where', 'jsonb_array_insert_where(doc, %path%, %change%, %key%)', '%result%'),
	('array_insert_where, append', 'jsonb_array_insert_where(doc, %path%, %change%)', '%result%'),
	('array_insert_where, full', 'jsonb_array_insert_where(doc, %path%, %change%, %key%, ''ASC'', %other%::int)', '%result%'),
	('array_update_where_batch', 'jsonb_array_update_where_batch(doc, %path%, %key%, new)', '%result%'),
	('array_update_multi_row', $$
		ARRAY(SELECT jsonb_array_update_multi_row(array_fill(doc, ARRAY[100]), %path%, %key%, %value%, %change%))
	$$, '%result%'),
	('array_reconcile', 'jsonb_array_reconcile(doc, %path%, %key%, new)', '%result%'),
	('merge_shallow', 'jsonb_merge_shallow(doc, %change%)', '%result%'),
	('deep_merge', 'jsonb_deep_merge(doc, %change%)', '%result%'),
	('deep_merge, 5 leaves', 'jsonb_deep_merge(doc, %change%)', '%result%'),
	('merge_patch', 'jsonb_merge_patch(doc, %change%)', '%result%'),
	('merge_patch, 6 leaves', 'jsonb_merge_patch(doc, %change%)', '%result%'),
	('merge_diff', 'jsonb_merge_diff(doc, new)', '%result%'),
	('patch', 'jsonb_patch(doc, %change%)', '%result%'),
	('patch, 5 operations', 'jsonb_patch(doc, %change%)', '%result%'),
	('diff', 'jsonb_diff(doc, new)', 'jsonb_patch(doc, %result%)'),
	('set_path', 'jsonb_set_path(doc, %path%, %change%)', '%result%'),
	('set_path, [key=value]', 'jsonb_set_path(doc, ARRAY[%keys% %selector%, ''address''], %change%)', '%result%'),
	('set_path, [*]', 'jsonb_set_path(doc, ARRAY[%keys% ''[*]'', %key%], %change%)', '%result%'),
	('set_path, [-]', 'jsonb_set_path(doc, ARRAY[%keys% ''[-]''], %change%)', '%result%'),
	('remove_path', 'jsonb_remove_path(doc, %path%)', '%result%'),
	('remove_path, [*]', 'jsonb_remove_path(doc, ARRAY[%keys% ''[*]'', %key%])', '%result%'),
	('increment', 'jsonb_increment(doc, %path%)', '%result%'),
	('graft', 'jsonb_graft(doc, new, ''{'' || %key% || ''}'', %path_text%)', '%result%'),
	('array_contains_id', 'jsonb_array_contains_id(doc, %path%, %key%, %value%)', '%result%'),
	('extract_id', 'jsonb_extract_id(doc, %key%)', '%result%'),
	('verify', 'jsonb_verify(doc)', '%result% IS NULL'),
	('merge_agg', '(SELECT jsonb_merge_agg(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)', '%result%'),
	('merge_agg, growing', '(SELECT jsonb_merge_agg(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)', '%result%'),
	('deep_merge_agg', '(SELECT jsonb_deep_merge_agg(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)', '%result%'),
	('deep_merge_agg, growing', '(SELECT jsonb_deep_merge_agg(change ORDER BY n) FROM bench.change WHERE batch = %key% AND doc IS NOT NULL)', '%result%')
) AS way (operator, expression, compared);
