-- jsonb_diff: a short patch that gives the new document, byte for byte.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- The patch, and a complaint if it does not give the new document.
CREATE FUNCTION patch_for(old jsonb, new jsonb) RETURNS text
LANGUAGE sql AS $$
	SELECT CASE WHEN identical(jsonb_patch(old, patch), new) AND canonical(patch) THEN patch::text
				ELSE format('WRONG: %s gives %s, not %s', patch, jsonb_patch(old, patch), new) END
	FROM jsonb_diff(old, new) AS patch
$$;

-- Nothing differs.
SELECT patch_for('{"a":[1,{"b":null}]}', '{"a":[1,{"b":null}]}'), patch_for('"x"', '"x"'), patch_for('[]', '[]'), patch_for('{}', '{}');
-- Scalars, and documents of different kinds.
SELECT patch_for('1', '2'), patch_for('null', '{}'), patch_for('[]', '{}'), patch_for('{"a":1}', '["a",1]'), patch_for('"1"', '1'), patch_for('[1]', '1');
-- A number that only looks different does differ.
SELECT patch_for('{"a":1,"b":[1.0,2]}', '{"a":1.0,"b":[1.0,2]}'), patch_for('1.10', '1.1');
-- Members that are new, gone, changed; at any depth.
SELECT patch_for('{"a":1,"b":2,"c":3,"text":"that is long enough"}', '{"b":2,"c":4,"dd":5,"text":"that is long enough"}');
SELECT patch_for('{"a":{"b":{"c":{"d":1,"e":"text that is long enough"}}}}', '{"a":{"b":{"c":{"d":2,"e":"text that is long enough"}}}}');
SELECT patch_for('{"a":{"x":1,"text":"that is long enough, and some more"},"b":[1,2]}', '{"a":{"text":"that is long enough, and some more"},"b":[1,2]}');
SELECT patch_for('{"a":null,"text":"that is long enough, and some more"}', '{"text":"that is long enough, and some more"}'), patch_for('{"text":"that is long enough, and some more"}', '{"a":null,"text":"that is long enough, and some more"}');
-- Keys are escaped.
SELECT patch_for('{"":{"~":{"/":{"~1":{"a/b~c":1}}}},"text":"that is long enough"}', '{"":{"~":{"/":{"~1":{"a/b~c":2}}}},"text":"that is long enough"}');
SELECT patch_for('{"0":1,"-":2,"é\"\\":3,"text":"that is long enough"}', '{"0":2,"é\"\\":4,"text":"that is long enough"}');
-- Elements: what is equal at both ends stays.
CREATE FUNCTION words(VARIADIC numbers int[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT COALESCE(jsonb_agg(format('word %s, which is not that short', number) ORDER BY n), '[]') FROM unnest(numbers) WITH ORDINALITY AS u (number, n)
$$;
SELECT patch_for(words(1, 2, 3), words(1, 2, 3, 4)), patch_for(words(1, 2, 3), words(0, 1, 2, 3)), patch_for(words(1, 2, 3), words(1, 9, 2, 3));
SELECT patch_for(words(1, 2, 3), words(1, 2)), patch_for(words(1, 2, 3), words(2, 3)), patch_for(words(1, 2, 3), words(1, 3)), patch_for(words(1, 2, 3), '[]');
SELECT patch_for(words(1, 2, 3), words(1, 9, 3)), patch_for(words(1, 1, 1), words(1, 1)), patch_for(words(1, 1), words(1, 1, 1));
-- In between the longest common subsequence.
SELECT patch_for(words(1, 2, 3, 4, 5, 6, 7), words(0, 2, 3, 9, 4, 6, 8));
SELECT patch_for(words(1, 2, 3, 4, 5, 6, 7, 8), words(8, 1, 2, 3, 4, 5, 6, 7));
SELECT patch_for(words(1, 2, 1, 2, 1, 2, 3), words(2, 1, 2, 1, 2, 3, 1));
-- Objects have an identity, which is found out: what else changes in them is patched there.
CREATE FUNCTION item(id int, v int, VARIADIC more jsonb[] DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('id', id, 'kind', 'item', 'v', v, 'text', 'of item ' || id || ', which is not that short') || COALESCE(more[1], '{}')
$$;
SELECT patch_for(jsonb_build_array(item(1, 1), item(2, 1), item(3, 1)), jsonb_build_array(item(1, 2), item(2, 1), item(3, 2)));
SELECT patch_for(jsonb_build_array(item(1, 1), item(2, 1), item(3, 1)), jsonb_build_array(item(9, 9), item(1, 2), item(2, 2), item(3, 2)));
SELECT patch_for(jsonb_build_array(item(1, 1), item(2, 1), item(3, 1)), jsonb_build_array(item(2, 2), item(3, 1, '{"new":[]}')));
SELECT patch_for(jsonb_build_array(item(1, 1), 7, item(2, 1), item(3, 1)), jsonb_build_array(item(2, 2), 7, item(4, 1), item(3, 5)));
SELECT patch_for(jsonb_build_array(item(1, 1, '{"l":[1,2,3]}'), item(2, 1)), jsonb_build_array(item(0, 0), item(1, 1, '{"l":[1,3]}'), item(2, 1)));
-- Where the patch would be longer than the value, the value is replaced.
SELECT patch_for('{"a":[1,2,3,4,5]}', '{"a":[6,7,8,9]}'), patch_for('{"a":{"b":1,"c":2}}', '{"a":{"b":3,"c":4}}'), patch_for('{"a":{"b":1,"c":2,"text":"that is long enough to be spared from being sent again"}}', '{"a":{"b":3,"c":4,"text":"that is long enough to be spared from being sent again"}}');
SELECT patch_for(words(1, 2, 3, 4, 5, 6), words(7)), patch_for('{"a":1,"b":2,"c":3}', '{}');
-- An element that is moved.
SELECT patch_for(words(1, 2, 3, 4, 5, 6), words(2, 3, 4, 5, 1, 6));

-- One of 500 objects changed, one removed, one added; a field in all of them.
CREATE TEMP TABLE list AS SELECT jsonb_build_object('list', jsonb_agg(item(i, i) ORDER BY i)) AS doc FROM generate_series(1, 500) AS i;
SELECT patch_for(doc, jsonb_set(doc, '{list,250,v}', '0')), patch_for(doc, doc #- '{list,100}'), patch_for(doc, jsonb_insert(doc, '{list,400}', '{"id":0}')) FROM list;
SELECT patch_for(doc, jsonb_set(jsonb_insert(doc #- '{list,100}', '{list,400}', '{"id":0}'), '{list,250,v}', '0')) FROM list;
SELECT jsonb_array_length(jsonb_diff(doc, new)), identical(jsonb_patch(doc, jsonb_diff(doc, new)), new)
FROM list, LATERAL (SELECT jsonb_build_object('list', '["first"]' || jsonb_agg(element || '{"v":0}' ORDER BY n)) AS new FROM jsonb_array_elements(doc -> 'list') WITH ORDINALITY AS e (element, n)) AS changed;
-- In any order: as much as is in order stays.
SELECT identical(jsonb_patch(doc, jsonb_diff(doc, new)), new)
FROM list, LATERAL (SELECT jsonb_build_object('list', jsonb_agg(element ORDER BY md5(n::text))) AS new FROM jsonb_array_elements(doc -> 'list') WITH ORDINALITY AS e (element, n)) AS changed;

-- There is a limit to what is looked for.
SELECT identical(jsonb_patch(old, patch), new) FROM (SELECT old, new, jsonb_diff(old, new) AS patch
	FROM (SELECT jsonb_agg(i ORDER BY i) AS old, jsonb_agg(i ORDER BY md5(i::text)) AS new FROM generate_series(1, 6000) AS i) AS pair) AS patched;

-- The longest common subsequence, checked by the textbook.
CREATE FUNCTION common(a jsonb, b jsonb) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	above int[] := array_fill(0, ARRAY[jsonb_array_length(b) + 1]);
	line int[];
BEGIN
	FOR i IN 1..jsonb_array_length(a) LOOP
		line := '{0}';
		FOR j IN 1..jsonb_array_length(b) LOOP
			line := line || CASE WHEN a -> (i - 1) = b -> (j - 1) THEN above[j] + 1 ELSE greatest(above[j + 1], line[j]) END;
		END LOOP;
		above := line;
	END LOOP;
	RETURN above[jsonb_array_length(b) + 1];
END
$$;
CREATE FUNCTION random_from(seed text, n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 7))::bit(28)::int) % n
$$;
CREATE FUNCTION letters(seed text, different int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT COALESCE(jsonb_agg(repeat(chr(97 + random_from(seed || n, different)), 300) ORDER BY n), '[]') FROM generate_series(1, random_from(seed, 25)) AS n
$$;
WITH pair AS MATERIALIZED (SELECT letters('a' || i, 2 + i % 6) AS a, letters('b' || i, 2 + i % 6) AS b FROM generate_series(1, 120) AS i),
	patched AS MATERIALIZED (SELECT *, jsonb_diff(a, b) AS patch FROM pair)
SELECT count(*) > 80 AS enough,
	count(*) FILTER (WHERE jsonb_array_length(b) - (SELECT count(*) FROM jsonb_array_elements(patch) AS p WHERE p ->> 'op' <> 'remove') <> common(a, b)) AS not_longest,
	bool_and(identical(jsonb_patch(a, patch), b)) AS right_result
FROM patched WHERE NOT patch @> '[{"path": ""}]';

--
-- Random pairs.
--
CREATE FUNCTION random_value(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT '[1, 2.0, "x", null, true, [], {}, [1, 2, 3], {"id": 1, "v": 1}, {"id": 2, "v": [1, 2]}, "a/b~c", [[1], [2]], 1.0]'::jsonb -> random_from(seed, 13)
$$;
-- A version of a document with values changed, added, removed, moved.
CREATE FUNCTION other_version(old jsonb, seed text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	new jsonb;
	child record;
	roll int;
BEGIN
	CASE jsonb_typeof(old)
		WHEN 'object' THEN
			new := '{}';
			FOR child IN SELECT key, value FROM jsonb_each(old) LOOP
				roll := random_from(seed || child.key, 100);
				new := new || CASE
					WHEN roll < 6 THEN '{}'
					WHEN roll < 12 THEN jsonb_build_object(child.key || '/~', child.value)
					WHEN roll < 40 THEN jsonb_build_object(child.key, other_version(child.value, seed || child.key))
					ELSE jsonb_build_object(child.key, child.value) END;
			END LOOP;
		WHEN 'array' THEN
			new := '[]';
			FOR child IN SELECT value, n FROM jsonb_array_elements(old) WITH ORDINALITY AS t (value, n) LOOP
				roll := random_from(seed || child.n, 100);
				new := CASE
					WHEN roll < 8 THEN new
					WHEN roll < 14 THEN new || jsonb_build_array(random_value(seed || child.n), child.value)
					WHEN roll < 18 THEN jsonb_build_array(child.value) || new
					WHEN roll < 50 THEN new || jsonb_build_array(other_version(child.value, seed || child.n))
					ELSE new || jsonb_build_array(child.value) END;
			END LOOP;
		WHEN 'number' THEN
			new := CASE random_from(seed, 3) WHEN 0 THEN to_jsonb(old::numeric + 1) WHEN 1 THEN to_jsonb(old::numeric * 1.0) ELSE old END;
		ELSE
			new := CASE random_from(seed, 2) WHEN 0 THEN random_value(seed) ELSE old END;
	END CASE;
	RETURN new;
END
$$;
\if :{?pairs}
\else
\set pairs 2000
\endif
\if :{?seed}
\else
\set seed 1
\endif
-- Every third of them is no version of the other.
CREATE TEMP TABLE pair AS
SELECT i, old, CASE WHEN i % 3 = 0 THEN random_document(:seed * 1000000 + i + 500000) ELSE other_version(old, :seed || '-' || i) END AS new
FROM (SELECT i, random_document(:seed * 1000000 + i) AS old FROM generate_series(1, :pairs) AS i) AS d;
CREATE TEMP TABLE patched AS SELECT *, jsonb_diff(old, new) AS patch FROM pair;
SELECT format(E'pair %s\nold %s\nnew %s\npatch %s', i, old, new, patch) FROM patched WHERE NOT identical(jsonb_patch(old, patch), new) OR NOT canonical(patch) LIMIT 3;
SELECT count(*) FILTER (WHERE NOT identical(jsonb_patch(old, patch), new)) AS wrong, count(*) FILTER (WHERE jsonb_array_length(patch) > 1) > 100 AS enough,
	-- The operation that replaces all is known to be possible; lengths of texts are estimated.
	count(*) FILTER (WHERE length(patch::text) > length(new::text) + 150 + length(new::text) / 10) AS too_long,
	sum(length(patch::text)) FILTER (WHERE i % 3 <> 0) < sum(length(new::text)) FILTER (WHERE i % 3 <> 0) / 2 AS short
FROM patched;

-- Damage is told as such.
SELECT jsonb_diff(from_raw(set_word(raw('[[1,2]]'), 8, 0)), '[[1,2]]');
SELECT jsonb_diff('[[1,2]]', from_raw(set_word(raw('[[1,2]]'), 8, 0)));
-- Nothing old gives null, whatever else is null; nothing new is an error.
SELECT jsonb_diff(NULL, '{}') IS NULL, jsonb_diff(NULL, NULL) IS NULL;
SELECT jsonb_diff('{}', NULL);
-- Argument names are part of the contract.
SELECT jsonb_diff(new => '1', old => '2');
-- The arguments in other forms.
SELECT jsonb_diff(as_pglz(doc), as_short('{"a":1}')), jsonb_diff(as_short('{"a":1}'), as_indirect('{"a":2}')), identical(jsonb_patch('{}', jsonb_diff('{}', as_pglz(doc))), doc) FROM list;
-- Deep ones.
SELECT identical(jsonb_patch(old, jsonb_diff(old, new)), new), length(jsonb_diff(old, new) -> 0 ->> 'path')
FROM (SELECT nested('both', 1000, '{"a":"text that is long enough","b":1}') AS old, nested('both', 1000, '{"a":"text that is long enough","b":2}') AS new) AS deep;

DROP FUNCTION patch_for, words, item, common, random_from, letters, random_value, other_version;

-- 2026-12-01, random calls: a number of many zeroes was taken for short, since it is stored so.
SELECT jsonb_diff('{"a":1e100,"c":"y","n":[{"k":1}]}', '{"a":1e100,"c":5,"n":["x"]}');
SELECT jsonb_diff('[1e-30,-1e30,0.5,7]', '[1e-30,-1e30,0.5,8]');
