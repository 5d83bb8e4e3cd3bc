-- jsonb_merge_agg and jsonb_deep_merge_agg: every line of their contract.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- What the catalog says of them.
SELECT aggfnoid::regprocedure, pg_get_function_arguments(aggfnoid), prorettype::regtype, aggkind, aggtranstype::regtype, aggfinalmodify,
	   agginitval IS NULL AS starts_null, aggcombinefn = 0 AS in_order, proparallel = 's' AS parallel_safe, obj_description(aggfnoid, 'pg_proc')
FROM pg_aggregate JOIN pg_proc AS p ON p.oid = aggfnoid WHERE proname IN ('jsonb_merge_agg', 'jsonb_deep_merge_agg') AND pronamespace = 'public'::regnamespace
ORDER BY proname COLLATE "C" DESC;

-- What they have to do, in a loop.
CREATE FUNCTION pg_temp.deeply_merged(target jsonb, source jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	pair record;
BEGIN
	IF jsonb_typeof(target) IS DISTINCT FROM 'object' OR jsonb_typeof(source) <> 'object' THEN
		RETURN source;
	END IF;
	FOR pair IN SELECT * FROM jsonb_each(source) LOOP
		target := target || jsonb_build_object(pair.key, pg_temp.deeply_merged(target -> pair.key, pair.value));
	END LOOP;
	RETURN target;
END
$$;
CREATE FUNCTION pg_temp.in_a_loop(deep boolean, docs jsonb[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	doc jsonb;
	merged jsonb;
BEGIN
	FOREACH doc IN ARRAY docs LOOP
		IF jsonb_typeof(doc) <> 'object' THEN
			RAISE invalid_parameter_value;
		ELSIF doc IS NOT NULL THEN
			merged := CASE WHEN merged IS NULL THEN doc WHEN deep THEN pg_temp.deeply_merged(merged, doc) ELSE merged || doc END;
		END IF;
	END LOOP;
	RETURN merged;
END
$$;
CREATE FUNCTION pg_temp.complaint(deep boolean, docs jsonb[], got jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN identical(got, pg_temp.in_a_loop(deep, docs)) THEN '' ELSE format('NOT %s: ', pg_temp.in_a_loop(deep, docs)) END
$$;
CREATE FUNCTION pg_temp.shallow(VARIADIC docs jsonb[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got jsonb;
BEGIN
	got := (SELECT jsonb_merge_agg(d ORDER BY n) FROM unnest(docs) WITH ORDINALITY AS u (d, n));
	RETURN pg_temp.complaint(false, docs, got) || COALESCE(got::text, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.deep(VARIADIC docs jsonb[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got jsonb;
BEGIN
	got := (SELECT jsonb_deep_merge_agg(d ORDER BY n) FROM unnest(docs) WITH ORDINALITY AS u (d, n));
	RETURN pg_temp.complaint(true, docs, got) || COALESCE(got::text, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- Later values replace earlier ones, under the same key.
SELECT pg_temp.shallow('{"a":1,"b":2}', '{"b":3,"c":4}');
SELECT pg_temp.shallow('{"b":3,"c":4}', '{"a":1,"b":2}');
SELECT pg_temp.shallow('{"a":1}', '{"a":"one"}', '{"a":[1]}', '{"a":{"b":1}}', '{"a":true}', '{"a":null}');
SELECT pg_temp.shallow('{"a":null}', '{"a":false}', '{"a":{}}', '{"a":[]}', '{"a":""}', '{"a":0}');
-- Shallow: objects are replaced as well ...
SELECT pg_temp.shallow('{"a":{"b":1,"c":2}}', '{"a":{"c":3}}');
-- ... deep: they are merged, at any depth; arrays and scalars are replaced.
SELECT pg_temp.deep('{"a":{"b":1,"c":2}}', '{"a":{"c":3}}');
SELECT pg_temp.deep('{"a":{"b":{"c":{"d":1}}}}', '{"a":{"b":{"c":{"e":2}}}}', '{"a":{"b":{"f":3}}}', '{"a":{"b":{"c":{"d":4}}}}');
SELECT pg_temp.deep('{"a":[1,{"b":1}],"s":"x"}', '{"a":[{"c":2}],"s":"y"}');
-- What meets something else than an object replaces it, and later ones are merged into that.
SELECT pg_temp.deep('{"a":1}', '{"a":{"b":1}}', '{"a":{"c":2}}');
SELECT pg_temp.deep('{"a":{"b":1}}', '{"a":{"c":2}}', '{"a":[]}');
SELECT pg_temp.deep('{"a":{"b":1}}', '{"a":{"c":2}}', '{"a":null}', '{"a":{"d":3}}', '{"a":{"e":4}}');
SELECT pg_temp.deep('{"a":{"b":{"c":1}}}', '{"a":{"b":{"d":2}}}', '{"a":{"b":3}}', '{"a":{"b":{"e":4}}}');
SELECT pg_temp.deep('{"a":{"b":{"c":{"x":1}}}}', '{"a":{"b":{"c":{"y":2}}}}', '{"a":"gone"}', '{"a":{"b":{}}}', '{"a":{"b":{"z":3}}}');
-- Empty objects add nothing, and are something.
SELECT pg_temp.shallow('{}'), pg_temp.shallow('{}', '{}'), pg_temp.shallow('{"a":1}', '{}'), pg_temp.shallow('{}', '{"a":1}');
SELECT pg_temp.deep('{"a":{}}', '{"a":{}}'), pg_temp.deep('{"a":{"b":1}}', '{"a":{}}'), pg_temp.deep('{"a":{}}', '{"a":{"b":{}}}', '{"a":{"b":{}}}');
-- NULL inputs are skipped; without any other the result is NULL.
SELECT pg_temp.shallow(NULL, '{"a":1}', NULL, '{"b":2}', NULL), pg_temp.deep(NULL, '{"a":1}', NULL, '{"b":2}', NULL);
SELECT pg_temp.shallow(NULL), pg_temp.deep(NULL, NULL);
SELECT jsonb_merge_agg(d) IS NULL, jsonb_deep_merge_agg(d) IS NULL FROM (SELECT '{}'::jsonb WHERE false) AS n (d);
-- A JSON null is no object, and neither is anything else.
SELECT pg_temp.shallow('null'), pg_temp.shallow('{"a":1}', '[]'), pg_temp.shallow('"s"'), pg_temp.shallow('1', '{}'), pg_temp.shallow('{}', 'true');
SELECT pg_temp.deep('null'), pg_temp.deep('{"a":1}', '[{"a":1}]'), pg_temp.deep('"s"'), pg_temp.deep('1', '{}'), pg_temp.deep('{}', 'true');
-- Keys are sorted by length, then by bytes, whatever order they came in.
SELECT pg_temp.shallow('{"mm":1}', '{"":0,"z":2,"aaa":5}', '{"a":1,"aa":3,"zz":4,"é":6}');
SELECT pg_temp.deep('{"o":{"mm":1}}', '{"o":{"":0,"z":2,"aaa":5}}', '{"o":{"a":1,"aa":3,"zz":4,"é":6}}');
-- The same keys again, some of them, and others in between.
SELECT pg_temp.shallow('{"a":1,"b":2,"c":3}', '{"a":4,"b":5,"c":6}', '{"a":7,"c":8}', '{"b":9,"c":10}', '{"a":11,"aa":0,"b":12,"c":13}', '{"c":14}');
-- Numbers keep their digits and scale.
SELECT pg_temp.shallow('{"n":1.10,"m":1}', '{"m":1.00,"big":12345678901234567890123456789012345678901234567890.0987654321000}', '{"e":1e-30}');
SELECT pg_temp.deep('{"o":{"n":1.10,"m":1}}', '{"o":{"m":1.00,"big":12345678901234567890123456789012345678901234567890.0987654321000}}', '{"o":{"e":1e-30}}');
-- Values of all lengths in one place, longer and shorter again.
SELECT length(pg_temp.shallow(VARIADIC array_agg(jsonb_build_object('a', repeat('x', n), 'b', n, 'c', repeat('y', 1000 - n)) ORDER BY n * 7919 % 1000)))
FROM generate_series(1, 1000, 13) AS n;
SELECT length(pg_temp.deep(VARIADIC array_agg(jsonb_build_object('o', jsonb_build_object('a', repeat('x', n), 'b', n, 'c', repeat('y', 1000 - n))) ORDER BY n * 7919 % 1000)))
FROM generate_series(1, 1000, 13) AS n;
-- Stride borders.
SELECT n, identical(jsonb_merge_agg(jsonb_build_object('key ' || i, i)), jsonb_object_agg('key ' || i, i)),
	   identical(jsonb_deep_merge_agg(jsonb_build_object('o', jsonb_build_object('key ' || i, i))), jsonb_build_object('o', jsonb_object_agg('key ' || i, i)))
FROM unnest(ARRAY[1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000]) AS n, generate_series(1, n) AS i GROUP BY n ORDER BY n;

-- The order, and what else SQL can do with an aggregate.
CREATE TABLE event (id int, entity int, data jsonb);
INSERT INTO event SELECT i, i % 3, jsonb_build_object('last', i, 'of ' || i % 4, jsonb_build_object('n' || i % 2, i)) FROM generate_series(1, 12) AS i;
SELECT jsonb_merge_agg(data ORDER BY id), jsonb_merge_agg(data ORDER BY id DESC) FROM event;
SELECT entity, jsonb_deep_merge_agg(data ORDER BY id) FROM event GROUP BY entity ORDER BY entity;
SELECT entity, jsonb_merge_agg(data ORDER BY id) FILTER (WHERE id % 2 = 0) FROM event GROUP BY ROLLUP (entity) ORDER BY entity;
SELECT jsonb_merge_agg(DISTINCT data ORDER BY data), jsonb_merge_agg(DISTINCT data ORDER BY data DESC) FROM event;
SELECT jsonb_merge_agg(data ORDER BY id) FILTER (WHERE false) FROM event;
SELECT jsonb_merge_agg(data ORDER BY id), jsonb_deep_merge_agg(data ORDER BY id), count(*) FROM event HAVING jsonb_merge_agg(data ORDER BY id) ? 'last';
-- Over windows: the state goes on after a result was taken from it.
SELECT id, jsonb_merge_agg(data) OVER w, jsonb_deep_merge_agg(data) OVER w FROM event WINDOW w AS (PARTITION BY entity ORDER BY id) ORDER BY id;
SELECT id, jsonb_deep_merge_agg(data) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM event ORDER BY id;
SELECT DISTINCT jsonb_deep_merge_agg(data) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM event;
-- A result lives longer than the state.
SELECT jsonb_merge_agg(part ORDER BY entity) FROM (SELECT entity, jsonb_deep_merge_agg(data ORDER BY id) AS part FROM event GROUP BY entity) AS s;
DROP TABLE event;
-- Many groups at a time, in a hash table, and sorted.
CREATE TABLE member (grp int, n int, data jsonb);
INSERT INTO member SELECT i % 3000, i, jsonb_build_object('a', i, 'o', jsonb_build_object('k' || i % 5, i % 7), 'k' || i % 3, repeat('x', i % 11)) FROM generate_series(1, 15000) AS i;
ANALYZE member;
CREATE FUNCTION pg_temp.plan_has(query text, node text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%' || node || '%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;
SELECT $$SELECT grp, jsonb_merge_agg(data) AS s, jsonb_deep_merge_agg(data) AS d FROM (SELECT * FROM member ORDER BY n OFFSET 0) AS m GROUP BY grp$$ AS query \gset
SET max_parallel_workers_per_gather = 0;
SET enable_sort = off;
SELECT pg_temp.plan_has(:'query', 'HashAggregate');
CREATE TEMP TABLE hashed AS :query;
RESET enable_sort;
SET enable_hashagg = off;
SELECT pg_temp.plan_has(:'query', 'GroupAggregate');
CREATE TEMP TABLE sorted AS SELECT grp, jsonb_merge_agg(data ORDER BY n) AS s, jsonb_deep_merge_agg(data ORDER BY n) AS d FROM member GROUP BY grp;
RESET enable_hashagg;
RESET max_parallel_workers_per_gather;
SELECT count(*), bool_and(identical(h.s, s.s) AND identical(h.d, s.d)) FROM hashed AS h JOIN sorted AS s USING (grp);
SELECT bool_and(identical(s, pg_temp.in_a_loop(false, docs)) AND identical(d, pg_temp.in_a_loop(true, docs)))
FROM sorted JOIN (SELECT grp, array_agg(data ORDER BY n) AS docs FROM member WHERE grp % 10 = 0 GROUP BY grp) AS m USING (grp);
DROP TABLE member;

-- Random documents, in whatever order and form they come.
CREATE FUNCTION pg_temp.random_object(seed int, depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	object jsonb := '{}';
	pick int;
BEGIN
	FOR i IN 1..abs(hashint4(seed)) % 6 LOOP
		pick := abs(hashint4(seed + 1000003 * i)) / 7;
		object := object || jsonb_build_object(substr('kéy1234567890', 1, pick % 7), CASE
			WHEN depth > 0 AND pick / 7 % 3 > 0 THEN pg_temp.random_object(pick, depth - 1)
			ELSE random_document(pick) END);
	END LOOP;
	RETURN object;
END
$$;
CREATE TEMP TABLE random AS
SELECT s AS seed, i, CASE WHEN (s + i) % 20 = 0 THEN NULL ELSE pg_temp.random_object(10 * s + i, 3) END AS doc
FROM generate_series(1, 200) AS s, generate_series(1, 1 + s % 10) AS i;
SELECT count(*), count(got_shallow) > 180 AS enough,
	   count(*) FILTER (WHERE NOT identical(got_shallow, pg_temp.in_a_loop(false, docs))) AS shallow_wrong,
	   count(*) FILTER (WHERE NOT identical(got_deep, pg_temp.in_a_loop(true, docs))) AS deep_wrong,
	   count(*) FILTER (WHERE got_deep <> got_shallow) > 60 AS matters
FROM (SELECT seed, array_agg(doc ORDER BY i) AS docs, jsonb_merge_agg(form ORDER BY i) AS got_shallow, jsonb_deep_merge_agg(form ORDER BY i) AS got_deep
	  FROM random, LATERAL (SELECT CASE (seed + i) % 4 WHEN 0 THEN as_short(doc) WHEN 1 THEN as_pglz(doc) WHEN 2 THEN as_lz4(doc) ELSE doc END AS form OFFSET 0) AS f
	  GROUP BY seed) AS s;

-- Stored values, in every form.
CREATE TEMP TABLE source AS
SELECT i, jsonb_build_object('n', i, 'k' || i, md5(i::text), 'o', jsonb_build_object('k' || i % 3, i, 'text', repeat(md5(i::text), 100))) AS doc FROM generate_series(1, 20) AS i;
CREATE TEMP TABLE stored (form text, i int, doc jsonb);
ALTER TABLE stored ALTER doc SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 'external', * FROM source;
ALTER TABLE stored ALTER doc SET STORAGE EXTENDED;
INSERT INTO stored SELECT 'extended', * FROM source;
INSERT INTO stored SELECT 'compressed', i, as_pglz(doc) FROM source;
INSERT INTO stored SELECT 'lz4', i, as_lz4(doc) FROM source;
INSERT INTO stored SELECT 'small', i, doc - 'o' FROM source;
SELECT form, identical(jsonb_merge_agg(doc ORDER BY i), pg_temp.in_a_loop(false, array_agg(doc ORDER BY i))),
	   identical(jsonb_deep_merge_agg(doc ORDER BY i), pg_temp.in_a_loop(true, array_agg(doc ORDER BY i)))
FROM stored GROUP BY form ORDER BY form COLLATE "C";
-- Values in memory that a pointer leads to.
SELECT bool_and(identical(aggregate_of('jsonb_deep_merge_agg(jsonb)', as_indirect(s.doc), t.doc), pg_temp.in_a_loop(true, ARRAY[s.doc, t.doc])))
FROM stored AS s, stored AS t WHERE s.i = 3 AND t.i = 6;

-- Memory is that of the result: 10,000 inputs over the same keys take no more than 100,
-- whatever their values are, and objects that come and go.
CREATE TABLE input (n int, flat jsonb, nested jsonb, alternating jsonb);
INSERT INTO input SELECT n, jsonb_build_object('n', n, 'text', repeat('x', n * 7919 % 5000), 'list', (SELECT jsonb_agg(i) FROM generate_series(1, n % 40) AS i)),
	   jsonb_build_object('a', jsonb_build_object('b', jsonb_build_object('n', n, 'text', repeat('x', n * 7919 % 3000)))),
	   CASE n % 5 WHEN 4 THEN '{"a":1}' WHEN 3 THEN '{"a":{"b":[]}}' ELSE jsonb_build_object('a', jsonb_build_object('b', jsonb_build_object('k' || n % 3, repeat('x', n % 3000)))) END
FROM generate_series(1, 10000) AS n;
ALTER TABLE input ADD PRIMARY KEY (n);
CREATE TEMP TABLE ways (way text);
INSERT INTO ways VALUES ('jsonb_merge_agg(flat)'), ('jsonb_deep_merge_agg(flat)'), ('jsonb_deep_merge_agg(nested)'), ('jsonb_deep_merge_agg(alternating)');
SELECT way, peak_memory(format('SELECT %s FROM input', way)) - peak_memory(format('SELECT %s FROM input WHERE n <= 100', way)) < 65536 AS bounded,
	   peak_memory(format('SELECT %s FROM input', way)) < 200000 AS little
FROM ways;
-- A key that was large once does not stay so.
SELECT peak_memory($$ SELECT jsonb_merge_agg(d) FROM (SELECT jsonb_build_object('k' || n % 50, repeat('x', CASE WHEN n <= 50 THEN 1000000 / n ELSE 1 END)) AS d FROM input WHERE n <= 100 ORDER BY n) AS s $$)
	< 3 * peak_memory($$ SELECT jsonb_merge_agg(d) FROM (SELECT jsonb_build_object('k' || n % 50, repeat('x', CASE WHEN n <= 50 THEN 1000000 / n ELSE 1 END)) AS d FROM input WHERE n <= 50 ORDER BY n) AS s $$);
DROP TABLE input;

-- Damaged inputs: an error that says where, or a result that has the damage copied.
CREATE FUNCTION pg_temp.outcome(aggregate regprocedure, image bytea) RETURNS text LANGUAGE sql AS $$
	SELECT outcome_of_damaged(format($call$ aggregate_of(%L::regprocedure, '{"a":{"b":1},"c":{"d":[1]}}'::jsonb, damaged, '{"c":{"d":{"e":1}},"o":{"y":{"z":2}}}'::jsonb) $call$, aggregate), image)
$$;
CREATE TEMP TABLE sound AS SELECT raw('{"a":{"b":2.5,"bb":"text"},"c":"s","o":{"y":{"x":1,"z":1}}}') AS image;
SELECT a, pg_temp.outcome(a, image) FROM sound, unnest('{jsonb_merge_agg(jsonb),jsonb_deep_merge_agg(jsonb)}'::regprocedure[]) AS a;
-- Keys that are not in order, or not distinct: at the root, and in an object that is merged.
SELECT keys, pg_temp.outcome('jsonb_merge_agg(jsonb)', overlay(image PLACING convert_to(keys, 'UTF8') FROM 29))
FROM sound, (VALUES ('aco'), ('cao'), ('aao'), ('aoo')) AS k (keys);
SELECT pg_temp.outcome('jsonb_merge_agg(jsonb)', replaced), pg_temp.outcome('jsonb_deep_merge_agg(jsonb)', replaced)
FROM sound, LATERAL (SELECT overlay(image PLACING 'zx' FROM position('xz' IN image)) AS replaced) AS r;
-- Cut short everywhere, and every bit flipped.
SELECT a, outcome, count(*)
FROM sound, unnest('{jsonb_merge_agg(jsonb),jsonb_deep_merge_agg(jsonb)}'::regprocedure[]) AS a, generate_series(0, length(image) - 1) AS bytes,
	 LATERAL pg_temp.outcome(a, substr(image, 1, bytes)) AS outcome
GROUP BY a, outcome ORDER BY a::text COLLATE "C", outcome COLLATE "C";
SELECT a, count(*) FILTER (WHERE outcome = 'ok') > 0 AS some_ok, count(*) FILTER (WHERE outcome = 'XX001') > 0 AS some_found,
	   array_agg(DISTINCT outcome) FILTER (WHERE outcome NOT IN ('ok', 'XX001', '22023')) AS others
FROM sound, unnest('{jsonb_merge_agg(jsonb),jsonb_deep_merge_agg(jsonb)}'::regprocedure[]) AS a, generate_series(0, 8 * length(image) - 1) AS at,
	 LATERAL pg_temp.outcome(a, set_bit(image, at, 1 - get_bit(image, at))) AS outcome
GROUP BY a ORDER BY a::text COLLATE "C";

-- Limits: of size, as core has them, before more is gathered than could be written ...
SELECT keep('half', jsonb_build_object('a', repeat('x', 134217728))), keep('other half', jsonb_build_object('b', kept('half') -> 'a')) \g /dev/null
CREATE FUNCTION pg_temp.error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT pg_temp.error($$ SELECT aggregate_of('jsonb_merge_agg(jsonb)', kept('half'), kept('other half'), '{"a":1}'::jsonb) $$);
SELECT pg_temp.error($$ SELECT aggregate_of('jsonb_deep_merge_agg(jsonb)', jsonb_build_object('o', kept('half')), jsonb_build_object('o', kept('other half'))) $$);
SELECT length(raw(aggregate_of('jsonb_merge_agg(jsonb)', kept('half'), '{"a":1}'::jsonb, kept('other half'))));
SELECT keep(name, 'null') FROM unnest('{half,other half}'::text[]) AS name \g /dev/null
-- ... and of nesting.  Far deeper than core could parse, it is right or out of stack.
CREATE TEMP TABLE deep AS
SELECT depth, nested('objects', depth, '{"a":1,"o":{}}') AS a, nested('objects', depth, '{"b":2}') AS b, nested('objects', depth, '{"a":1,"b":2,"o":{}}') AS merged
FROM unnest(ARRAY[1000, 100000]) AS depth;
CREATE FUNCTION pg_temp.nesting(depth int, docs text, want text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	is_right boolean;
BEGIN
	EXECUTE format('SELECT raw(aggregate_of(''jsonb_deep_merge_agg(jsonb)'', %s)) = raw(%s) FROM deep WHERE depth = %s', docs, want, depth) INTO is_right;
	RETURN CASE WHEN is_right THEN 'as it should be' ELSE 'WRONG' END;
EXCEPTION WHEN statement_too_complex THEN
	RETURN CASE WHEN depth > 1000 THEN 'as it should be' ELSE SQLSTATE END;
END
$$;
SELECT depth, pg_temp.nesting(depth, 'a', 'a') AS alone, pg_temp.nesting(depth, 'a, b', 'merged') AS merged,
	   pg_temp.nesting(depth, $$a, b, '{"k":1}'::jsonb$$, $$'{"k":1}'::jsonb$$) AS replaced
FROM deep ORDER BY depth;
-- Their parts are nothing to be called by hand.
SELECT query, pg_temp.error(query) <> 'no error' AS refused
FROM (VALUES ($$SELECT jsonb_merge_agg_transition(NULL, '{}') IS NULL$$), ($$SELECT jsonb_deep_merge_agg_transition(NULL::internal, '{}') IS NULL$$),
			 ($$SELECT jsonb_merge_agg_final('{}') IS NULL$$)) AS q (query);
SELECT 'the session goes on';
