-- jsonb_verify: what it says, and that it finds every single byte whose change breaks
-- a rule of the format.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- What it says.
SELECT jsonb_verify('{"a":[1,"x",null,{"b":1.50}]}'), jsonb_verify('1'), jsonb_verify('[]'), jsonb_verify(NULL);
SELECT jsonb_verify(from_raw(set_byte(raw('"abc"'), 10, 0)));
SELECT jsonb_verify(from_raw(set_word(raw('{"a":[1,"x"]}'), 16, 1073741827)));
SELECT jsonb_verify(from_raw(raw('[]') || '\x00'));
SELECT jsonb_verify(from_raw(''));
-- The same as the test module's own.
SELECT count(*) FROM generate_series(1, 300) AS seed, LATERAL (SELECT raw(random_document(seed)) AS image OFFSET 0) AS r,
	 LATERAL (SELECT from_raw(set_byte(image, (seed * 7) % length(image), (seed * 31) % 256)) AS damaged OFFSET 0) AS d
WHERE jsonb_verify(damaged) IS DISTINCT FROM replace(verify(damaged), 'at byte', 'at byte offset');

-- In whatever form it is stored.
CREATE TABLE stored (form text, doc jsonb);
INSERT INTO stored SELECT 'compressed', jsonb_agg(repeat('text ' || i, 20)) FROM generate_series(1, 200) AS i;
ALTER TABLE stored ALTER doc SET STORAGE external;
INSERT INTO stored SELECT 'external', doc FROM (SELECT from_raw(raw(doc)) AS doc FROM stored) AS s;
INSERT INTO stored SELECT form || ', damaged', from_raw(set_byte(raw(doc), 15000, 0)) FROM stored;
SELECT form, datum_form(doc) <> 'plain' AS as_stored, jsonb_verify(doc), jsonb_verify(as_indirect(doc)) FROM stored ORDER BY form;
SELECT form, bytes, errors FROM stored, LATERAL memory_left('jsonb_verify(jsonb)', 3, doc) ORDER BY form;
DROP TABLE stored;

-- Every byte of these, with every other value, or most.  What is called sound must be
-- what core makes of its text.
CREATE TEMP TABLE image AS
SELECT n, raw(document) AS bytes FROM (VALUES
	(1, '{}'::jsonb), (2, '[]'), (3, 'null'), (4, '"text"'), (5, '1'), (6, '-12345.6789'), (7, '1e300'), (8, '1e-90'), (9, '0.00'),
	(10, '[null,true,false,1,"x",[],{}]'),
	(11, '["",1,"a",2.5,"bc",[3],"d",{"k":-4}]'),
	(12, '{"a":1,"b":"x","ab":[true,{"c":null}],"ac":{"d":"ä€"}}'),
	(13, '{"id":100000,"tags":["x","yz"],"price":99.95,"note":"a note"}'),
	(14, '[[[["deep"]]],{"a":{"b":{"c":10000}}}]'),
	(15, (SELECT jsonb_agg(i) FROM generate_series(1, 34) AS i)),
	(16, (SELECT jsonb_object_agg('k' || i, CASE i % 3 WHEN 0 THEN 'null'::jsonb WHEN 1 THEN to_jsonb(i) ELSE '"v"' END) FROM generate_series(1, 17) AS i))) AS d (n, document);
SELECT count(*) FROM image WHERE jsonb_verify(from_raw(bytes)) IS NOT NULL;
-- All values of each byte of the short ones; of the others each bit, and what stands
-- for something.
CREATE TEMP TABLE damaged AS
SELECT n, at, value, from_raw(set_byte(bytes, at, value)) AS document
FROM image, LATERAL generate_series(0, length(bytes) - 1) AS at,
	 LATERAL (SELECT value FROM generate_series(0, 255) AS value WHERE length(bytes) <= 48
			  UNION SELECT get_byte(bytes, at) # (1 << bit) FROM generate_series(0, 7) AS bit
			  UNION SELECT unnest(ARRAY[0, 1, 16, 32, 48, 64, 80, 127, 128, 255, (get_byte(bytes, at) + 1) % 256, (get_byte(bytes, at) + 255) % 256])) AS v
WHERE value <> get_byte(bytes, at);
CREATE FUNCTION pg_temp.is_canonical(document jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN canonical(document);
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END
$$;
SELECT n, length(bytes), count(*) AS damaged, count(*) FILTER (WHERE fault IS NULL) AS sound, count(*) FILTER (WHERE fault IS NULL AND NOT pg_temp.is_canonical(document)) AS not_found,
	   count(*) FILTER (WHERE split_part(fault, 'offset ', 2)::int > length(bytes)) AS beyond
FROM damaged JOIN image USING (n), LATERAL (SELECT jsonb_verify(document) AS fault OFFSET 0) AS f
GROUP BY n, length(bytes) ORDER BY n;
-- No two sound ones are the same value.
SELECT count(*) FROM damaged JOIN image USING (n) WHERE jsonb_verify(document) IS NULL AND document = from_raw(bytes)
	AND document::text = from_raw(bytes)::text;
-- What is cut off or longer is not sound.
SELECT n, count(*) FILTER (WHERE jsonb_verify(from_raw(substr(bytes, 1, length))) IS NULL) AS shorter
FROM image, LATERAL generate_series(0, length(bytes) - 1) AS length GROUP BY n HAVING count(*) FILTER (WHERE jsonb_verify(from_raw(substr(bytes, 1, length))) IS NULL) > 0;
SELECT n FROM image, generate_series(1, 9) AS more WHERE jsonb_verify(from_raw(bytes || decode(repeat('00', more), 'hex'))) IS NULL;

-- Nested too deep for the stack.
\set VERBOSITY sqlstate
SELECT jsonb_verify(nested('both', 1000, '[1]'));
SELECT jsonb_verify(nested('both', 1000000, '[1]'));
\set VERBOSITY default
SELECT jsonb_verify('{"the session": "goes on"}');
