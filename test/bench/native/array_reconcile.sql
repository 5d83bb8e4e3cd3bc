-- jsonb_array_reconcile, natively: what is fresh ("new") takes the place of what was there.  That loses the
-- bytes that the elements had (1.0 for 1), which is no difference by value.  See ../harness.sql for the
-- placeholders.
--
-- In microseconds for 3 of 1,000 servers (PostgreSQL 15, in memory, a busy machine): jsonb_set() 660, || with
-- jsonb_build_object() 1711; to look whether anything has changed costs 69 more.
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('array_reconcile', 'jsonb_set', 'native', $$
	jsonb_set(doc, %path%, new)
$$),

('array_reconcile', '||', 'native', $$
	doc || jsonb_build_object((%path%)[1], new)
$$),

-- Quickest if nothing has changed, which it is made for.
('array_reconcile', '=, jsonb_set', 'native', $$
	CASE WHEN %target% = new THEN doc ELSE jsonb_set(doc, %path%, new) END
$$);
