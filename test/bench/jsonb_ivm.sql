-- The four operators themselves.  See harness.sql for the placeholders.
INSERT INTO bench.way (operator, way, kind, expression) VALUES
('array_update_where', 'jsonb_ivm', 'jsonb_ivm', 'jsonb_array_update_where(doc, %path%, %key%, %value%, %change%)'),
('array_upsert_where', 'jsonb_ivm', 'jsonb_ivm', 'jsonb_array_upsert_where(doc, %path%, %key%, %value%, %change%)'),
('merge_at_path', 'jsonb_ivm', 'jsonb_ivm', 'jsonb_merge_at_path(doc, %change%, %path%)'),
('has_path_changed', 'jsonb_ivm', 'jsonb_ivm', 'jsonb_has_path_changed(doc, new, %path%)');
