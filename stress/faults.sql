--
-- Every allocation of a call fails, once each and together with all behind it.
--
--		psql -v script=FILE -v only=REGEXP -f stress/faults.sql
--
-- A case is an operator with arguments in a form in which they are stored.  It is
-- called once more for each of its allocation sites, which jsonb_ivm_test.call_failing
-- counts.  Each of these calls must end in 53200, leave no memory context of ours,
-- and the next call, unhindered, must give what the reference gives.
--
-- All results are taken to be stored, so that compressed documents are spliced.
--
-- What is to be done is written to a file and then read from it, so that each
-- call is a statement of its own and its error ends a transaction.
--
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET log_min_messages = fatal;

CREATE EXTENSION IF NOT EXISTS jsonb_ivm;
CREATE EXTENSION IF NOT EXISTS jsonb_ivm_test;
DROP SCHEMA IF EXISTS jsonb_ivm_faults CASCADE;
CREATE SCHEMA jsonb_ivm_faults;
SET search_path = jsonb_ivm_faults, public;
SELECT current_setting('server_version_num')::int >= 140000 AS is_14 \gset
LOAD 'jsonb_ivm';
LOAD 'jsonb_ivm_test';
SET jsonb_ivm.compressed_splice = on;
SET jsonb_ivm_test.stored = on;

-- In what order an operator takes the columns of a case.
CREATE TABLE operators (operator text PRIMARY KEY, arguments text);
INSERT INTO operators VALUES
	('jsonb_array_update_where', 'doc, path, key, value, argument'),
	('jsonb_array_upsert_where', 'doc, path, key, value, argument'),
	('jsonb_merge_at_path', 'doc, argument, path'),
	('jsonb_has_path_changed', 'doc, argument, path');

-- Others take what a case says.  Those that do not return one value are called through
-- a function of the test module that does.
CREATE TABLE others (operator text PRIMARY KEY, through text);
INSERT INTO others
SELECT name, CASE WHEN name LIKE '%\_multi\_row' THEN 'jsonb_ivm_test.last_row' ELSE name END
FROM jsonb_ivm_test.functions WHERE name NOT IN (SELECT operator FROM operators)
UNION ALL
VALUES ('jsonb_merge_agg', 'jsonb_ivm_test.aggregate_of'), ('jsonb_deep_merge_agg', 'jsonb_ivm_test.aggregate_of');

-- Short enough for a header of one byte.  The last number is one that only
-- numeric.c can compare.
CREATE TABLE base AS SELECT '{"i":[{"id":2},{"id":1e-999}],"n":null,"o":{"k":{}},"s":""}'::jsonb AS doc;

-- What is asked of a document: ways through the operators, and to their errors.
CREATE TABLE shapes (operator text, shape text, path text[], key text, value jsonb, argument jsonb, arguments text);

CREATE TABLE large AS
SELECT jsonb_object_agg('key ' || n, md5(n::text)) AS patch, ARRAY(SELECT 'level ' || n FROM generate_series(1, 40) AS n) AS path,
	   repeat('k', 5000) AS key
FROM generate_series(1, 60) AS n;

INSERT INTO shapes
SELECT operator, v.* FROM operators, large, LATERAL (VALUES
	('match', '{i}'::text[], 'id', '2'::jsonb, '{"id":2,"v":"c"}'::jsonb),
	('match by numeric.c', '{i}', 'id', '1e-999', '{"id":1e-999,"v":{"w":[1]}}'),
	('no match', '{i}', 'id', '9', '{"id":9}'),
	('large argument', '{i}', 'id', '2', patch || '{"id":2}'),
	('large key', '{i}', large.key, '1', jsonb_build_object(large.key, 1)),
	('missing path', '{x,y,z}', 'id', '2', '{"id":2}'),
	('long path', large.path, 'id', '2', '{"id":2}'),
	('long index', ARRAY['i', repeat('0', 50)], 'id', '2', '{"id":2}'),
	('not an index', '{i,x}', 'id', '2', '{"id":2}'),
	('not an index, and long', ARRAY['i', repeat('x', 50)], 'id', '2', '{"id":2}'),
	('not an array', '{o}', 'id', '2', '{"id":2}'),
	('a scalar', '{s}', 'id', '2', '{"id":2}'),
	('a scalar on the way', '{s,t}', 'id', '2', '{"id":2}'),
	('a long message', ARRAY['s'] || large.path, 'id', '2', '{"id":2}'),
	('not an object', '{i}', 'id', '1', '[]'),
	('an element without the key', '{i}', 'id', '2', '{}'),
	('an element with another value', '{i}', 'id', '1', '{"id":2}'),
	('null', '{i}', 'id', '1', NULL),
	('null in the path', '{i,NULL}', 'id', '2', '{"id":2}'),
	('two dimensions', '{{i,s}}', 'id', '2', '{"id":2}')
) AS v (shape, path, key, value, argument)
WHERE operator LIKE 'jsonb_array_%';

INSERT INTO shapes (operator, shape, path, argument)
SELECT operator, v.* FROM operators, base, large, LATERAL (VALUES
	('root', '{}'::text[], '{"a":[1,{"b":2}]}'::jsonb),
	('path', '{o,k}', '{"a":2}'),
	('nothing new', '{}', '{"s":""}'),
	('null on the way', '{n,x}', '{"a":1}'),
	('large argument', '{}', patch),
	('missing path', '{x,y,z}', '{"a":1}'),
	('long path', large.path, '{"a":1}'),
	('index', '{i,-1}', '{"id":1.0}'),
	('no such index', '{i,7}', '{}'),
	('long index', ARRAY['i', repeat('0', 50)], '{"a":1}'),
	('not an index', '{i,x}', '{"a":1}'),
	('not an index, and long', ARRAY['i', repeat('x', 50)], '{"a":1}'),
	('an array', '{i}', '{"a":1}'),
	('a scalar', '{s}', '{"a":1}'),
	('a scalar on the way', '{s,t}', '{"a":1}'),
	('a long message', ARRAY['s'] || large.path, '{"a":1}'),
	('not an object', '{}', '[]'),
	('null', '{}', NULL),
	('null in the path', '{i,NULL}', '{"a":1}'),
	('two dimensions', '{{i,s}}', '{"a":1}'),
	('almost the same', '{}', '{"i":[{"id":2.0},{"id":1e-999}],"n":null,"o":{"k":{}},"s":""}'),
	('almost the same, at a path', '{i,1,id}', '{"i":[2,{"id":1.0e-999}]}')
) AS v (shape, path, argument)
WHERE operator NOT LIKE 'jsonb_array_%';

INSERT INTO shapes (operator, shape, argument, arguments)
SELECT v.* FROM large, LATERAL (VALUES
	('jsonb_array_delete_where', 'match', '{}'::jsonb, $$doc, '{i}'::text[], 'id'::text, '2'::jsonb$$),
	('jsonb_array_delete_where', 'by selectors', '{}', $$doc, ARRAY['[*]','["k\u0065y"=x]']::text[], 'id'::text, '2'::jsonb$$),
	('jsonb_array_delete_where', 'a malformed selector', '{}', $$doc, '{i,[x]}'::text[], 'id'::text, '2'::jsonb$$),
	('jsonb_array_insert_where', 'sorted', '{"id":1.5}', $$doc, '{i}'::text[], argument, 'id'::text, 'desc'::text, 5$$),
	('jsonb_array_insert_where', 'created', '{"id":1.5}', $$doc, '{x,y}'::text[], argument, NULL::text, NULL::text, NULL::int$$),
	('jsonb_array_insert_where', 'no order', '{"id":1.5}', $$doc, '{x,y}'::text[], argument, 'id'::text, 'up'::text, NULL::int$$),
	('jsonb_array_update_where_batch', 'match', '[{"id":2,"v":1},{"match_value":1e-999,"updates":{"w":[1]}},{"id":7}]',
	 $$doc, '{i}'::text[], 'id'::text, argument$$),
	('jsonb_array_update_where_batch', 'malformed', '[{"id":2,"v":1},{}]', $$doc, '{i}'::text[], 'id'::text, argument$$),
	('jsonb_array_update_multi_row', 'match', '{"v":[]}',
	 $$'public.jsonb_array_update_multi_row(jsonb[],text[],text,jsonb,jsonb)'::regprocedure, ARRAY[doc, NULL, doc], '{i}'::text[], 'id'::text, '2'::jsonb, argument$$),
	('jsonb_array_reconcile', 'changes', '[{"id":1e-999},{"id":3},{"id":2,"v":1},7]', $$doc, '{i}'::text[], 'id'::text, argument$$),
	('jsonb_array_reconcile', 'no array', '{}', $$doc, '{i}'::text[], 'id'::text, argument$$),
	('jsonb_merge_shallow', 'match', '{"o":1,"q":[]}', $$doc, argument$$),
	('jsonb_deep_merge', 'match', '{"o":{"k":{"x":1},"l":{"m":{}}},"q":[]}', $$doc, argument$$),
	('jsonb_deep_merge', 'large argument', jsonb_build_object('o', jsonb_build_object('k', patch)), $$doc, argument$$),
	('jsonb_set_path', 'match', '[1]', $$doc, '{i,[id=2],v}'::text[], argument$$),
	('jsonb_set_path', 'created', '[1]', $$doc, '{x,y,[-]}'::text[], argument$$),
	('jsonb_set_path', 'root', '"s"', $$doc, '{}'::text[], argument$$),
	('jsonb_set_path', 'a long way', '[1]', $$doc, array_fill('d'::text, ARRAY[40]), argument$$),
	('jsonb_remove_path', 'match', '{}', $$doc, '{i,[*],id}'::text[]$$),
	('jsonb_increment', 'match', '{}', $$doc, '{i,0,id}'::text[], 1.5$$),
	('jsonb_increment', 'created', '{}', $$doc, '{i,[id=2],n}'::text[], 1e100$$),
	('jsonb_increment', 'no number', '{}', $$doc, '{o}'::text[], 1::numeric$$),
	('jsonb_graft', 'match', '{"o":{"k":[1]},"i":[{"id":5},{"id":6}]}', $$doc, argument, ARRAY['{o,k}','{i,[id=2]}','{i,0}','{s}']$$),
	('jsonb_graft', 'malformed', '{}', $$doc, argument, ARRAY['{o,k']$$),
	('jsonb_merge_patch', 'match', '{"o":{"k":null,"l":{"m":null}},"s":null,"q":[1]}', $$doc, argument$$),
	('jsonb_merge_diff', 'match', '{"o":{"k":{"l":1}},"t":[1]}', $$doc, argument$$),
	('jsonb_patch', 'each operation', '[{"op":"test","path":"/s","value":""},{"op":"add","path":"/i/0","value":{"id":1}},
		{"op":"move","from":"/i/1","path":"/o/m"},{"op":"copy","from":"/o","path":"/c"},{"op":"remove","path":"/s"},
		{"op":"replace","path":["i","[id=1]"],"value":{"id":8}}]', $$doc, argument$$),
	('jsonb_patch', 'each further operation', '[{"op":"increment","path":["i","[id=2]","id"],"value":2},
		{"op":"upsert","path":["i"],"key":"id","value":{"id":9}},{"op":"merge","path":"/o","value":{"k":{"z":1}}},
		{"op":"update_where","path":"/i","key":"id","value":4,"updates":{"v":1}},{"op":"delete_where","path":"/i","key":"id","value":9},
		{"op":"deep_merge","path":"/o","value":{"k":{"y":1}}}]', $$doc, argument$$),
	('jsonb_patch', 'no such place', '[{"op":"remove","path":"/s"},{"op":"remove","path":"/s"}]', $$doc, argument$$),
	('jsonb_diff', 'match', '{"i":[{"id":2,"v":1},{"id":3},{"id":1e-999}],"o":{"k":[1,2,3]}}', $$doc, argument$$),
	('jsonb_array_contains_id', 'match', '{}', $$doc, '{i}'::text[], 'id'::text, '1e-999'::jsonb$$),
	('jsonb_array_contains_id', 'in any', '{}', $$doc, '{[*],[*]}'::text[], 'id'::text, '2'::jsonb$$),
	('jsonb_extract_id', 'string', '{}', $$doc, 's'::text$$),
	('jsonb_extract_id', 'number', '{}', $$'{"id":1e-99}'::jsonb, 'id'::text$$),
	('jsonb_verify', 'match', '{}', $$doc$$),
	('jsonb_merge_agg', 'match', '{"o":1,"q":[]}', $$'public.jsonb_merge_agg(jsonb)'::regprocedure, doc, argument, NULL::jsonb, doc$$),
	('jsonb_merge_agg', 'no object', '[]', $$'public.jsonb_merge_agg(jsonb)'::regprocedure, doc, argument$$),
	('jsonb_deep_merge_agg', 'match', '{"o":{"k":{"z":1}},"q":[]}', $$'public.jsonb_deep_merge_agg(jsonb)'::regprocedure, doc, argument, NULL::jsonb, doc$$)
) AS v (operator, shape, argument, arguments);

-- Errors that come before the document is looked at, so that its form is all one.
CREATE TABLE early (shape text);
INSERT INTO early VALUES ('not an object'), ('an element without the key'), ('an element with another value'),
	('null'), ('null in the path'), ('two dimensions');

-- The forms.  A column's storage says how rows are stored from then on, updated
-- ones as well, so there are no updates here.
CREATE TABLE stored (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, form text, operator text, shape text,
	doc jsonb, path text[], key text, value jsonb, argument jsonb, arguments text);

CREATE PROCEDURE add_cases(form text, padding text)
LANGUAGE sql AS $$
	INSERT INTO jsonb_ivm_faults.stored (form, operator, shape, doc, path, key, value, argument, arguments)
	SELECT form, s.operator, s.shape, b.doc || CASE WHEN padding IS NULL THEN '{}' ELSE jsonb_build_object('p', padding) END,
		   s.path, s.key, s.value, s.argument, s.arguments
	FROM jsonb_ivm_faults.shapes AS s, jsonb_ivm_faults.base AS b
	WHERE form IN ('plain', 'short') OR NOT EXISTS (SELECT FROM jsonb_ivm_faults.early AS e WHERE e.shape = s.shape)
$$;

SELECT repeat('x', 3000) AS monotonous, string_agg(md5(n::text), repeat('-', 40)) AS various FROM generate_series(1, 300) AS n \gset
CALL add_cases('plain', NULL);
CALL add_cases('short', NULL);
ALTER TABLE stored ALTER doc SET STORAGE EXTERNAL;
CALL add_cases('external', :'monotonous');
-- written in place
CALL add_cases('external', repeat('x', 140000));
ALTER TABLE stored ALTER doc SET STORAGE EXTENDED;
CALL add_cases('inline pglz', :'monotonous');
CALL add_cases('indirect', :'monotonous');
CALL add_cases('external pglz', :'various');
\if :is_14
ALTER TABLE stored ALTER doc SET COMPRESSION lz4;
CALL add_cases('inline lz4', :'monotonous');
CALL add_cases('external lz4', :'various');
\endif

-- Damage, which core's functions cannot be asked about: the root says that it
-- has more entries than there are bytes.
INSERT INTO stored (form, operator, shape, doc, path, key, value, argument)
SELECT 'short', operator, 'damaged',
	   jsonb_ivm_test.from_raw(jsonb_ivm_test.set_word(jsonb_ivm_test.raw(base.doc), 0, 536870912 + 1000)),
	   '{i}', 'id', '1', '{"id":1,"i":1}'
FROM operators, base;

-- called is what call_failing() gets to call.
CREATE TABLE cases (id int PRIMARY KEY, form text, operator text, called text, shape text, call text,
					sites bigint, sites_later bigint, state text, image bytea);
-- Plain documents go with constant paths.
INSERT INTO cases
SELECT id, form, operator, COALESCE(through, operator), shape,
	   format('%s) FROM jsonb_ivm_faults.stored WHERE id = %s',
			  CASE form WHEN 'plain' THEN replace(replace(a.arguments, 'doc', 'jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(doc))'),
												  'path', format('%L::text[]', path))
						WHEN 'indirect' THEN replace(a.arguments, 'doc', 'jsonb_ivm_test.as_indirect(doc)')
						ELSE a.arguments END, id)
FROM stored LEFT JOIN others USING (operator) LEFT JOIN operators USING (operator),
	LATERAL (SELECT COALESCE(stored.arguments, operators.arguments) AS arguments) AS a;

-- The reference cannot take an indirect datum, which points into memory that is
-- gone when it returns; such a case is measured by the same one in another form.

-- The forms must be what they are called, every operator must have its cases, and
-- the unhindered calls must be right, if the reference gives the same: after this they are the
-- measure.
CREATE FUNCTION check_cases() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	c record;
	wrong text;
BEGIN
	SELECT string_agg(DISTINCT format('%s is %s', form, jsonb_ivm_test.datum_form(doc)), ', ') INTO wrong
	FROM jsonb_ivm_faults.stored WHERE form NOT IN ('plain', 'indirect') AND jsonb_ivm_test.datum_form(doc) <> form;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'not the wanted form: %', wrong;
	END IF;
	PERFORM jsonb_ivm_test.check_covered('case', (SELECT array_agg(operator) FROM jsonb_ivm_faults.cases));
	SELECT string_agg(DISTINCT form, ', ') INTO wrong
	FROM jsonb_ivm_faults.stored
	WHERE form LIKE 'external %' AND operator = 'jsonb_merge_at_path' AND shape = 'path'
		AND jsonb_ivm_test.datum_form(jsonb_merge_at_path(doc, argument, path)) <> replace(form, 'external', 'inline');
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'not spliced: %', wrong;
	END IF;
	FOR c IN SELECT * FROM jsonb_ivm_faults.cases
			 WHERE form <> 'indirect' AND shape <> 'damaged' AND called = operator
				AND operator NOT IN ('jsonb_verify', 'jsonb_diff') AND shape <> 'each further operation' LOOP
		wrong := jsonb_ivm_test.try(format('(SELECT %s(%s)', c.operator, c.call));
		IF wrong LIKE 'DIFF%' OR wrong LIKE 'NOT CANONICAL%' THEN
			RAISE EXCEPTION '% (%, %): %', c.operator, c.shape, c.form, wrong;
		END IF;
	END LOOP;
END
$$;
SELECT check_cases() \g /dev/null
DELETE FROM cases WHERE format('%s, %s, %s', operator, form, shape) !~ :'only';

-- The statement that calls with a fault.
CREATE FUNCTION call_with(c cases, site bigint, lasting boolean) RETURNS text
LANGUAGE sql AS $$
	SELECT format('SELECT jsonb_ivm_test.call_failing(%L::regproc, %s, %L, %s;',
				  c.called, site, lasting, c.call)
$$;

CREATE TABLE outcomes (id int, site bigint, lasting boolean, failed boolean, state text, contexts bigint, next_right boolean,
						PRIMARY KEY (id, site, lasting));

-- Errors are wanted from here on.
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate

-- Once to load what is loaded once, then to count, and again: now and then core
-- has to load anew what it keeps of a relation, and that does not count.
\o :script
\pset format unaligned
\pset fieldsep '\n'
\pset tuples_only on
SELECT call_with(c, 0, false),
	   CASE WHEN round > 1 THEN
		   format('UPDATE jsonb_ivm_faults.cases AS c SET sites = least(c.sites, l.sites), state = l.state, image = l.image '
				  'FROM jsonb_ivm_test.last_call() AS l WHERE id = %s;', id) ELSE '' END
FROM cases AS c, generate_series(1, 4) AS round ORDER BY id, round;
\o /dev/null
\i :script

-- Each call has a mark in front of it, so that a run in which the server dies
-- tells which one it was.
\o :script
SELECT CASE WHEN site = 1 AND NOT lasting THEN format('\warn %s, %s, %s: %s sites', operator, form, shape, sites) ELSE '' END,
	   call_with(c, site, lasting),
	   format('INSERT INTO jsonb_ivm_faults.outcomes SELECT %s, %s, %L, failed, state, jsonb_ivm_test.contexts_left() FROM jsonb_ivm_test.last_call();',
			  id, site, lasting),
	   call_with(c, 0, false),
	   format('UPDATE jsonb_ivm_faults.outcomes SET next_right = (l.state, l.image) IS NOT DISTINCT FROM (c.state, c.image) '
			  'FROM jsonb_ivm_faults.cases AS c, jsonb_ivm_test.last_call() AS l '
			  'WHERE c.id = %s AND outcomes.id = c.id AND site = %s AND lasting = %L;', id, site, lasting)
FROM cases AS c, generate_series(1, sites) AS site, (VALUES (false), (true)) AS l (lasting)
ORDER BY id, site, lasting;
\o /dev/null
\i :script

-- As many sites as before?
\o :script
SELECT call_with(c, 0, false),
	   format('UPDATE jsonb_ivm_faults.cases SET sites_later = least(sites_later, l.sites) FROM jsonb_ivm_test.last_call() AS l WHERE id = %s;', id)
FROM cases AS c, generate_series(1, 3) ORDER BY id;
\o /dev/null
\i :script
\o

\set ON_ERROR_STOP on
\set VERBOSITY default
\pset format aligned
\pset tuples_only off
\pset footer off

CREATE VIEW wrong AS
SELECT c.operator, c.form, c.shape, site, lasting,
	   CASE WHEN o.failed IS NULL THEN 'was not tried'
			WHEN NOT o.failed THEN 'has no such site any more'
			WHEN o.state <> '53200' THEN 'ended in ' || o.state
			WHEN o.contexts > 0 THEN 'left a memory context behind'
			WHEN next_right IS NOT TRUE THEN 'made the next call wrong'
			END AS complaint
FROM cases AS c CROSS JOIN LATERAL generate_series(1, sites) AS site CROSS JOIN (VALUES (false), (true)) AS l (lasting)
LEFT JOIN outcomes AS o USING (id, site, lasting)
UNION ALL
SELECT operator, form, shape, sites, NULL, format('has %s sites, later %s', sites, sites_later)
FROM cases
-- a short document is unpacked on the stack, and then some calls allocate nothing; nor does
-- who finds nothing to complain of
WHERE sites > 0 IS NOT TRUE AND (sites = 0 AND (form = 'short' OR (form, operator) = ('plain', 'jsonb_verify'))) IS NOT TRUE OR sites IS DISTINCT FROM sites_later
UNION ALL
SELECT c.operator, c.form, c.shape, NULL, NULL, 'gives something else than with an inline datum'
FROM cases AS c JOIN cases AS i USING (operator, shape)
WHERE c.form = 'indirect' AND i.form = 'inline pglz' AND (c.state, c.image) IS DISTINCT FROM (i.state, i.image)
UNION ALL
SELECT operator, form, shape, NULL, NULL, 'ends in ' || state FROM cases WHERE shape = 'damaged' AND state <> 'XX001';

SELECT operator, count(DISTINCT c.id) AS cases, (SELECT sum(sites) FROM cases WHERE operator = c.operator) AS sites,
	   count(*) FILTER (WHERE NOT lasting AND failed AND o.state = '53200') AS "failed once",
	   count(*) FILTER (WHERE lasting AND failed AND o.state = '53200') AS "failed lastingly",
	   sum(contexts) AS "contexts left", count(*) FILTER (WHERE next_right IS NOT TRUE) AS "next call wrong"
FROM cases AS c LEFT JOIN outcomes AS o USING (id)
GROUP BY operator ORDER BY operator;
\if :is_14
\else
	\echo 'before PostgreSQL 14 a session cannot look at its memory contexts'
\endif

SELECT count(*) > 0 AS is_wrong FROM wrong WHERE complaint IS NOT NULL \gset
\if :is_wrong
	SELECT operator, form, shape, site, lasting, complaint FROM wrong WHERE complaint IS NOT NULL LIMIT 20;
	DO 'BEGIN RAISE EXCEPTION $$faults were not survived$$; END';
\endif

SELECT (SELECT sum(sites) FROM cases) AS sites,
	   count(*) FILTER (WHERE NOT lasting AND failed AND state = '53200') AS once,
	   count(*) FILTER (WHERE lasting AND failed AND state = '53200') AS lastingly
FROM outcomes \gset
\echo :sites sites in all, :once failed once, :lastingly lastingly, all ended in 53200
