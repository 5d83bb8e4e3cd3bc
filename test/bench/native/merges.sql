-- Merges of whole documents, natively.  See ../harness.sql for the placeholders.

-- Deep: only what the change has is looked at, at each depth.
CREATE FUNCTION bench.deep_merge(target jsonb, source jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN target || COALESCE((
		SELECT jsonb_object_agg(key, CASE
			WHEN jsonb_typeof(value) = 'object' AND jsonb_typeof(target -> key) = 'object' THEN bench.deep_merge(target -> key, value)
			ELSE value END)
		FROM jsonb_each(source)), '{}');
END
$$;

-- As everybody finds it when they search for it.
CREATE FUNCTION bench.deep_merge_full_join(target jsonb, source jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT jsonb_object_agg(COALESCE(t.key, s.key), CASE
		WHEN t.value IS NULL THEN s.value
		WHEN s.value IS NULL THEN t.value
		WHEN jsonb_typeof(t.value) <> 'object' OR jsonb_typeof(s.value) <> 'object' THEN s.value
		ELSE bench.deep_merge_full_join(t.value, s.value) END)
	FROM jsonb_each(target) AS t
	FULL JOIN jsonb_each(source) AS s USING (key)
$$;

CREATE FUNCTION bench.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF jsonb_typeof(patch) <> 'object' THEN
		RETURN patch;
	END IF;
	IF jsonb_typeof(target) <> 'object' THEN
		target := '{}';
	END IF;
	RETURN (target || COALESCE((
			SELECT jsonb_object_agg(key, CASE
				WHEN jsonb_typeof(value) = 'object' THEN bench.merge_patch(COALESCE(target -> key, '{}'), value)
				ELSE value END)
			FROM jsonb_each(patch)
			WHERE value <> 'null'), '{}'))
		- ARRAY(SELECT key FROM jsonb_each(patch) WHERE value = 'null');
END
$$;

CREATE FUNCTION bench.merge_diff(old jsonb, new jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT COALESCE(jsonb_object_agg(key, CASE
		WHEN n.value IS NULL THEN 'null'
		WHEN jsonb_typeof(o.value) = 'object' AND jsonb_typeof(n.value) = 'object' THEN bench.merge_diff(o.value, n.value)
		ELSE n.value END), '{}')
	FROM jsonb_each(old) AS o
	FULL JOIN jsonb_each(new) AS n USING (key)
	WHERE o.value IS DISTINCT FROM n.value
$$;

INSERT INTO bench.way (operator, way, kind, expression)
SELECT operator, way, 'native', expression
FROM (VALUES
	('merge_shallow', '||', 'doc || %change%'),

	('deep_merge', 'a function', 'bench.deep_merge(doc, %change%)'),
	('deep_merge', 'a function, full join', 'bench.deep_merge_full_join(doc, %change%)'),
	('deep_merge', 'two levels', $$
		doc || (
			SELECT jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = 'object' THEN (doc -> key) || value ELSE value END)
			FROM jsonb_each(%change%))
	$$),

	('merge_patch', 'a function', 'bench.merge_patch(doc, %change%)'),
	('merge_diff', 'a function', 'bench.merge_diff(doc, new)')
) AS way (operator, way, expression);

-- What is to be merged is known when the query is written: five leaves of an allocation, and for the patch
-- a sixth that goes.  In microseconds (PostgreSQL 15, in memory, a busy machine):
--    128   || with what is merged in the one object that has some of them
--    180   || for the root, jsonb_set() of that object
--    239   a function
--    247   jsonb_set(), five times
--    385   the function with a full join
INSERT INTO bench.way (operator, way, kind, expression) VALUES

('deep_merge, 5 leaves', 'jsonb_set, five times', 'native', $$
	jsonb_set(jsonb_set(jsonb_set(jsonb_set(jsonb_set(doc,
		'{status}', '"reserved"'),
		'{hostname}', '"host-1.example.org"'),
		'{network_configuration,mtu}', '1400'),
		'{network_configuration,name}', '"another"'),
		'{network_configuration,vlan}', '7')
$$),

('deep_merge, 5 leaves', '||', 'native', $$
	doc || jsonb_build_object(
		'status', '"reserved"'::jsonb, 'hostname', '"host-1.example.org"'::jsonb,
		'network_configuration', (doc -> 'network_configuration') || '{"mtu": 1400, "name": "another", "vlan": 7}')
$$),

('deep_merge, 5 leaves', '|| twice, jsonb_set', 'native', $$
	jsonb_set(doc || '{"status": "reserved", "hostname": "host-1.example.org"}', '{network_configuration}',
		(doc -> 'network_configuration') || '{"mtu": 1400, "name": "another", "vlan": 7}')
$$),

('deep_merge, 5 leaves', 'a function', 'native', 'bench.deep_merge(doc, %change%)'),
('deep_merge, 5 leaves', 'a function, full join', 'native', 'bench.deep_merge_full_join(doc, %change%)'),

('merge_patch, 6 leaves', 'jsonb_set, five times, #-', 'native', $$
	jsonb_set(jsonb_set(jsonb_set(jsonb_set(jsonb_set(doc,
		'{status}', '"reserved"'),
		'{hostname}', '"host-1.example.org"'),
		'{network_configuration,mtu}', '1400'),
		'{network_configuration,name}', '"another"'),
		'{network_configuration,vlan}', '7') #- '{network_configuration,domain}'
$$),

('merge_patch, 6 leaves', '||', 'native', $$
	doc || jsonb_build_object(
		'status', '"reserved"'::jsonb, 'hostname', '"host-1.example.org"'::jsonb,
		'network_configuration', ((doc -> 'network_configuration') || '{"mtu": 1400, "name": "another", "vlan": 7}') - 'domain')
$$),

('merge_patch, 6 leaves', 'a function', 'native', 'bench.merge_patch(doc, %change%)');
