-- JSON Patch, natively.  See ../harness.sql for the placeholders.

-- Objects key by key, arrays index by index: a patch that is right, if not the shortest.
CREATE FUNCTION bench.diff(old jsonb, new jsonb, path text) RETURNS SETOF jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	pair record;
	common int;
BEGIN
	IF jsonb_typeof(old) = 'object' AND jsonb_typeof(new) = 'object' THEN
		FOR pair IN
			SELECT path || '/' || replace(replace(key, '~', '~0'), '/', '~1') AS path, o.value AS old, n.value AS new
			FROM jsonb_each(old) AS o FULL JOIN jsonb_each(new) AS n USING (key)
			WHERE o.value IS DISTINCT FROM n.value
		LOOP
			IF pair.old IS NULL THEN
				RETURN NEXT jsonb_build_object('op', 'add', 'path', pair.path, 'value', pair.new);
			ELSIF pair.new IS NULL THEN
				RETURN NEXT jsonb_build_object('op', 'remove', 'path', pair.path);
			ELSE
				RETURN QUERY SELECT bench.diff(pair.old, pair.new, pair.path);
			END IF;
		END LOOP;
	ELSIF jsonb_typeof(old) = 'array' AND jsonb_typeof(new) = 'array' THEN
		common := least(jsonb_array_length(old), jsonb_array_length(new));
		FOR pair IN
			SELECT path || '/' || n - 1 AS path, o.value AS old, new -> (n - 1)::int AS new
			FROM jsonb_array_elements(old) WITH ORDINALITY AS o (value, n)
			WHERE n <= common AND o.value <> new -> (n - 1)::int
		LOOP
			RETURN QUERY SELECT bench.diff(pair.old, pair.new, pair.path);
		END LOOP;
		RETURN QUERY SELECT jsonb_build_object('op', 'add', 'path', path || '/-', 'value', new -> i)
			FROM generate_series(common, jsonb_array_length(new) - 1) AS i;
		RETURN QUERY SELECT jsonb_build_object('op', 'remove', 'path', path || '/' || common)
			FROM generate_series(common, jsonb_array_length(old) - 1) AS i;
	ELSE
		RETURN NEXT jsonb_build_object('op', 'replace', 'path', path, 'value', new);
	END IF;
END
$$;

INSERT INTO bench.way (operator, way, kind, expression, compared) VALUES

-- The patch of a small document has two operations.
('patch', 'chained', 'native', $$
	jsonb_set(doc, '{meta,a}', '2') #- '{items,0}'
$$, DEFAULT),

-- That of an allocation five.
('patch, 5 operations', 'chained', 'native', $$
	jsonb_insert(jsonb_set(jsonb_set(jsonb_set(doc,
		'{status}', '"reserved"'),
		'{network_configuration,dns_servers,24,address}', '"172.16.200.40"'),
		'{history,10,action}', '"closed"'),
		'{network_configuration,dns_servers,-1}', '{"id": 1000, "address": "10.0.0.1"}', true) #- '{network_configuration,vlan}'
$$, DEFAULT),

('patch, 5 operations', 'part by part, ||', 'native', $$
	doc || jsonb_build_object(
		'status', '"reserved"'::jsonb,
		'history', jsonb_set(doc -> 'history', '{10,action}', '"closed"'),
		'network_configuration', jsonb_insert(jsonb_set((doc -> 'network_configuration') - 'vlan',
			'{dns_servers,24,address}', '"172.16.200.40"'),
			'{dns_servers,-1}', '{"id": 1000, "address": "10.0.0.1"}', true))
$$, DEFAULT),

('patch, 5 operations', 'part by part, in place', 'native', $$
	jsonb_set(jsonb_set(doc || '{"status": "reserved"}', '{history,10,action}', '"closed"'), '{network_configuration}',
		jsonb_insert(jsonb_set((doc -> 'network_configuration') - 'vlan',
			'{dns_servers,24,address}', '"172.16.200.40"'),
			'{dns_servers,-1}', '{"id": 1000, "address": "10.0.0.1"}', true))
$$, DEFAULT),

-- Patches may differ: what they make of the document counts.
('diff', 'a function', 'native', $$
	(SELECT jsonb_agg(operation) FROM bench.diff(doc, new, '') AS operation)
$$, 'jsonb_patch(doc, %result%)');
