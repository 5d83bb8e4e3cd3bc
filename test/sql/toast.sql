-- Arguments in every form that a value can be stored in.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- A table for each form.  Where a server has no lz4 (13 has none), the tables
-- that should use it hold pglz: the rest of the file is the same.
CREATE TEMP TABLE form (form text, storage text, method text, elements int, expected text);
INSERT INTO form VALUES
	('short', 'extended', 'pglz', NULL, 'short'),
	('plain', 'extended', 'pglz', 15, 'plain'),
	('inline_pglz', 'main', 'pglz', 60, 'inline pglz'),
	('external_pglz', 'extended', 'pglz', 700, 'external pglz'),
	('external', 'external', 'pglz', 700, 'external'),
	('inline_lz4', 'main', 'lz4', 60, 'inline lz4'),
	('external_lz4', 'extended', 'lz4', 700, 'external lz4');

CREATE FUNCTION pg_temp.make_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	f form;
BEGIN
	FOR f IN SELECT * FROM form LOOP
		EXECUTE format('CREATE TABLE %I (form text, doc jsonb, ids oid[])', f.form);
		EXECUTE format('ALTER TABLE %I ALTER COLUMN doc SET STORAGE %s', f.form, f.storage);
		BEGIN
			EXECUTE format('ALTER TABLE %I ALTER COLUMN doc SET COMPRESSION %s', f.form, f.method);
		EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN
			UPDATE form SET expected = replace(expected, 'lz4', 'pglz') WHERE form = f.form;
		END;
		EXECUTE format('INSERT INTO %I SELECT %L, d FROM pg_temp.doc(%L) AS d', f.form, f.form, f.elements);
	END LOOP;
END
$$;

CREATE FUNCTION pg_temp.doc(elements int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE WHEN elements IS NULL THEN '{"list":[{"id":0},{"id":1,"v":""}],"sub":{"x":1}}'
	ELSE jsonb_build_object(
		'list', (SELECT jsonb_agg(jsonb_build_object('id', i, 'v', repeat(chr(97 + i % 26), i % 50), 'w', i * 1.50) ORDER BY i)
				 FROM generate_series(0, elements - 1) AS i),
		'sub', '{"x":1}'::jsonb, 'tail', 'end') END
$$;
SELECT pg_temp.make_tables();
CREATE VIEW doc AS
	SELECT * FROM short UNION ALL SELECT * FROM plain UNION ALL SELECT * FROM inline_pglz UNION ALL SELECT * FROM external_pglz
	UNION ALL SELECT * FROM external UNION ALL SELECT * FROM inline_lz4 UNION ALL SELECT * FROM external_lz4;
SELECT form, datum_form(doc) = expected AS as_expected FROM doc JOIN form USING (form) ORDER BY form COLLATE "C";

-- As the target: the result is that for a plain value.
SELECT form,
	   identical(jsonb_array_update_where(doc, '{list}', 'id', '1', '{"v":"new","z":0}'), jsonb_set(plain, '{list,1}', (plain #> '{list,1}') || '{"v":"new","z":0}')) AS updated,
	   identical(jsonb_array_upsert_where(doc, '{list}', 'id', '1', '{"id":1,"z":0}'), jsonb_set(plain, '{list,1}', '{"id":1,"z":0}')) AS replaced,
	   identical(jsonb_array_upsert_where(doc, '{list}', 'id', '-1', '{"id":-1}'), jsonb_insert(plain, '{list,-1}', '{"id":-1}', true)) AS appended,
	   identical(jsonb_merge_at_path(doc, '{"y":"yy"}', '{sub}'), jsonb_set(plain, '{sub,y}', '"yy"')) AS merged,
	   jsonb_has_path_changed(doc, plain, '{}') AS unchanged,
	   jsonb_has_path_changed(plain, jsonb_merge_at_path(doc, '{"x":2}', '{sub}'), '{sub,x}') AS changed
FROM doc, LATERAL from_raw(raw(doc)) AS plain
ORDER BY form COLLATE "C";

-- Nothing changed: the very datum that came in.
SELECT form,
	   same_datum(doc, jsonb_array_update_where(doc, '{list}', 'id', '-1', '{"v":1}')) AS no_match,
	   same_datum(doc, jsonb_array_update_where(doc, '{nowhere}', 'id', '1', '{"v":1}')) AS no_path,
	   same_datum(doc, jsonb_array_update_where(doc, '{list}', 'id', '1', (plain #> '{list,1}') - 'id')) AS same_values,
	   same_datum(doc, jsonb_array_upsert_where(doc, '{list}', 'id', '1', plain #> '{list,1}')) AS same_element,
	   same_datum(doc, jsonb_array_upsert_where(doc, '{list,100000}', 'id', '1', '{"id":1}')) AS out_of_range,
	   same_datum(doc, jsonb_merge_at_path(doc, '{"x":1}', '{sub}')) AS same_pair,
	   same_datum(doc, jsonb_merge_at_path(doc, '{}', '{}')) AS no_pair
FROM doc, LATERAL from_raw(raw(doc)) AS plain
ORDER BY form COLLATE "C";
-- And an equal number that is written otherwise is a change.
SELECT form, identical(jsonb_merge_at_path(doc, '{"x":1.0}', '{sub}'), jsonb_set(from_raw(raw(doc)), '{sub,x}', '1.0')) FROM doc ORDER BY form COLLATE "C";
-- A pointer into memory must not get out; what comes out is its value.
SELECT form, datum_form(as_indirect(doc)) AS came, datum_form(result) AS went, identical(result, from_raw(raw(doc))) AS same,
	   identical(jsonb_merge_at_path(as_indirect(doc), '{"x":2}', '{sub}'), jsonb_set(doc, '{sub,x}', '2')) AS changed
FROM doc, LATERAL jsonb_merge_at_path(as_indirect(doc), '{"x":1}', '{sub}') AS result
ORDER BY form COLLATE "C";
-- The same of what is made in memory.
SELECT form, datum_form(as_pglz(doc)) = datum_form(jsonb_merge_at_path(as_pglz(doc), '{}', '{}')) AS pglz,
	   same_datum(as_pglz(doc), jsonb_merge_at_path(as_pglz(doc), '{}', '{}')) AS same_pglz,
	   same_datum(as_short(doc), jsonb_merge_at_path(as_short(doc), '{}', '{}')) AS same_short
FROM doc ORDER BY form COLLATE "C";

-- As the other arguments.
SELECT form,
	   identical(jsonb_merge_at_path('{"a":1,"tail":2}', doc, '{}'), '{"a":1,"tail":2}' || plain) AS source,
	   identical(jsonb_array_update_where('[{"id":1,"tail":0}]', '{}', 'id', '1', doc), jsonb_build_array('{"id":1,"tail":0}' || plain)) AS updates,
	   identical(jsonb_array_upsert_where('[{"id":1,"list":0}]', '{}', 'list', plain -> 'list', doc), jsonb_build_array('{"id":1,"list":0}'::jsonb, plain)) AS element,
	   identical(jsonb_array_update_where(jsonb_build_array(jsonb_build_object('id', plain)), '{}', 'id', doc, '{"x":1}'), jsonb_build_array(jsonb_build_object('id', plain, 'x', 1))) AS match_value,
	   jsonb_has_path_changed('{"sub":{"x":1.0}}', doc, '{sub}') AS unchanged,
	   jsonb_has_path_changed(doc, doc, '{}') AS itself
FROM doc, LATERAL from_raw(raw(doc)) AS plain
ORDER BY form COLLATE "C";
-- Paths and keys that are stored compressed and out of line.
CREATE TEMP TABLE long_name AS
SELECT repeat('key ', 50000) AS key, ARRAY['a', repeat('step ', 50000)] AS path,
	   jsonb_build_object('a', jsonb_build_object(repeat('step ', 50000), jsonb_build_array(jsonb_build_object(repeat('key ', 50000), 1)))) AS doc;
SELECT pg_column_size(key) < 10000 AND pg_column_size(path) < 10000 AS compressed,
	   identical(jsonb_array_update_where(doc, path, key, '1', '{"x":1}'), jsonb_set(doc, path || '{0,x}', '1')) AS updated,
	   identical(jsonb_array_upsert_where(doc, path, key, '2', jsonb_build_object(key, 2)), jsonb_set(doc, path || '{1}', jsonb_build_object(key, 2))) AS upserted,
	   identical(jsonb_merge_at_path(doc, '{"x":1}', path || '{0}'), jsonb_set(doc, path || '{0,x}', '1')) AS merged,
	   jsonb_has_path_changed(doc, '{}', path) AS changed
FROM long_name;

-- An UPDATE that changes nothing keeps the stored value, where it is out of line.
UPDATE external_pglz SET ids = ARRAY[toast_value_id(doc)];
UPDATE external SET ids = ARRAY[toast_value_id(doc)];
UPDATE external_lz4 SET ids = ARRAY[toast_value_id(doc)];
CREATE FUNCTION pg_temp.update_all(expression text) RETURNS TABLE (form text, kept boolean) LANGUAGE plpgsql AS $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['external_pglz', 'external', 'external_lz4'] LOOP
		EXECUTE format('UPDATE %I SET doc = %s', t, expression);
		RETURN QUERY EXECUTE format('SELECT form, toast_value_id(doc) = ids[1] FROM %I', t);
	END LOOP;
END
$$;
SELECT * FROM pg_temp.update_all($$ jsonb_array_update_where(doc, '{list}', 'id', '-1', '{"v":1}') $$);
SELECT * FROM pg_temp.update_all($$ jsonb_array_upsert_where(doc, '{list}', 'id', '0', '{"v":"","w":0.00,"id":0}') $$);
SELECT * FROM pg_temp.update_all($$ jsonb_merge_at_path(doc, '{"tail":"end"}', '{}') $$);
-- One that changes something does not.
SELECT * FROM pg_temp.update_all($$ jsonb_merge_at_path(doc, '{"tail":"END"}', '{}') $$);
SELECT form, doc ->> 'tail' FROM doc WHERE ids IS NOT NULL ORDER BY form COLLATE "C";
DROP VIEW doc;
DROP TABLE short, plain, inline_pglz, external_pglz, external, inline_lz4, external_lz4;

-- Two stored values are the same if their pointers are, which here differ in nothing
-- but the value's number: as large as each other, and in one toast table.
CREATE TABLE twins (form text, a jsonb, b jsonb);
ALTER TABLE twins ALTER a SET STORAGE external, ALTER b SET STORAGE external;
INSERT INTO twins SELECT 'external', d || '{"v":1}', d || '{"v":2}'
FROM (SELECT jsonb_build_object('text', string_agg(md5(i::text) || md5(i::text), '')) FROM generate_series(1, 3000) AS i) AS t (d);
ALTER TABLE twins ALTER a SET STORAGE extended, ALTER b SET STORAGE extended;
INSERT INTO twins SELECT 'external %', from_raw(raw(a)), from_raw(raw(b)) FROM twins;
SELECT form, datum_form(a) LIKE form AND datum_form(b) LIKE form AS as_expected, pg_column_size(a) = pg_column_size(b) AS equally_large,
	   jsonb_has_path_changed(a, b, '{v}') AS v, jsonb_has_path_changed(a, b, '{text}') AS text, jsonb_has_path_changed(a, a, '{v}') AS itself
FROM twins ORDER BY form COLLATE "C";
-- A copy is stored under another number.
UPDATE twins SET b = a;
SELECT form, toast_value_id(a) <> toast_value_id(b) AS copied, jsonb_has_path_changed(a, b, '{v}') AS v FROM twins ORDER BY form COLLATE "C";
-- What is the same is not even fetched.
SELECT form, peak_memory(format('SELECT jsonb_has_path_changed(a, a, %L) FROM twins WHERE form = %L', '{}', form)) < 100000 AS itself,
	   peak_memory(format('SELECT jsonb_has_path_changed(a, b, %L) FROM twins WHERE form = %L', '{}', form)) < 100000 AS copy
FROM (VALUES ('external'), ('external %')) AS f (form);
DROP TABLE twins;
