-- The verifier of the format: it finds each fault that breaks a single rule, and
-- finds none in what core writes.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- Flags of container headers, and types and flag of entries.
CREATE TEMP TABLE flag (name text, word bigint);
INSERT INTO flag VALUES
	('scalar', x'10000000'::bigint), ('object', x'20000000'::bigint), ('array', x'40000000'::bigint),
	('string', 0), ('number', x'10000000'::bigint), ('false', x'20000000'::bigint),
	('true', x'30000000'::bigint), ('null', x'40000000'::bigint), ('container', x'50000000'::bigint),
	('offset', x'80000000'::bigint);

-- word('number offset 8'): the sum of these.
CREATE FUNCTION pg_temp.word(parts text) RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(COALESCE((SELECT f.word FROM flag f WHERE f.name = part), part::bigint))::bigint
	FROM unnest(string_to_array(parts, ' ')) AS part
$$;

-- The word at an offset replaced.
CREATE FUNCTION pg_temp.word(document jsonb, at int, parts text) RETURNS bytea LANGUAGE sql AS $$
	SELECT set_word(raw(document), at, pg_temp.word(parts))
$$;

-- The byte at an offset replaced.
CREATE FUNCTION pg_temp.byte(document jsonb, at int, value int) RETURNS bytea LANGUAGE sql AS $$
	SELECT set_byte(raw(document), at, value)
$$;

-- A document that is a number with these words behind its varlena header.
CREATE FUNCTION pg_temp.number(VARIADIC halves int[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	length constant int := 4 + 2 * cardinality(halves);
	image bytea := decode(repeat('00', 8 + length), 'hex');
BEGIN
	image := set_word(image, 0, pg_temp.word('array scalar 1'));
	image := set_word(image, 4, pg_temp.word('number offset') + length);
	image := set_word(image, 8, length * 4);
	FOR i IN 1 .. cardinality(halves) LOOP
		image := set_byte(image, 10 + 2 * i, halves[i] & 255);
		image := set_byte(image, 11 + 2 * i, halves[i] >> 8);
	END LOOP;
	RETURN image;
END
$$;

CREATE FUNCTION pg_temp.fault(image bytea) RETURNS text LANGUAGE sql AS $$
	SELECT COALESCE(verify(from_raw(image)), 'sound')
$$;

-- The header of the root.
SELECT pg_temp.fault('');
SELECT pg_temp.fault('\x000040');
SELECT pg_temp.fault(pg_temp.word('[]', 0, '0'));
SELECT pg_temp.fault(pg_temp.word('[]', 0, 'array object'));
SELECT pg_temp.fault(pg_temp.word('[]', 0, 'array offset'));
SELECT pg_temp.fault(pg_temp.word('{}', 0, 'object scalar'));
SELECT pg_temp.fault(pg_temp.word('{}', 0, 'scalar'));
SELECT pg_temp.fault(pg_temp.word('[1]', 0, 'array 5'));
SELECT pg_temp.fault(pg_temp.word('{"a":1}', 0, 'object 3'));
SELECT pg_temp.fault(pg_temp.word('{"a":1}', 0, 'object 268435455'));
SELECT pg_temp.fault(pg_temp.word('[]', 0, 'array 1'));

-- A scalar document.
SELECT pg_temp.fault(pg_temp.word('[]', 0, 'array scalar'));
SELECT pg_temp.fault(pg_temp.word('[true,true]', 0, 'array scalar 2'));
SELECT pg_temp.fault(pg_temp.word('[[]]', 0, 'array scalar 1'));
SELECT pg_temp.fault(pg_temp.word('[{}]', 0, 'array scalar 1'));

-- A nested container.
SELECT pg_temp.fault(pg_temp.word('[[null]]', 8, 'array scalar 1'));
SELECT pg_temp.fault(pg_temp.word('[[null]]', 8, '1'));
SELECT pg_temp.fault(pg_temp.word('[[null]]', 8, 'array 2'));
SELECT pg_temp.fault(pg_temp.word('[[1]]', 4, 'container offset 3'));
SELECT pg_temp.fault(pg_temp.word('[[]]', 4, 'container offset 0'));

-- Offsets where a stride begins, and nowhere else; both ways for elements, and
-- for pairs, whose keys and values count in one index.
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 4, 'string 1'));
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 8, 'string offset 2'));
SELECT pg_temp.fault(pg_temp.word(jsonb_agg(''::text), 4 + 4 * 31, 'string offset 0'))
FROM generate_series(0, 32);
SELECT pg_temp.fault(pg_temp.word(jsonb_agg(''::text), 4 + 4 * 32, 'string 0'))
FROM generate_series(0, 32);
SELECT pg_temp.fault(pg_temp.word(jsonb_object_agg(lpad(i::text, 2, '0'), 'x'), 4 + 4 * 20, 'string offset 41'))
FROM generate_series(1, 20) AS i;
SELECT pg_temp.fault(pg_temp.word(jsonb_object_agg(lpad(i::text, 2, '0'), 'x'), 4 + 4 * 32, 'string 1'))
FROM generate_series(1, 20) AS i;

-- Where an entry ends.
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 8, 'string 2'));
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 4, 'string offset 3'));
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 4, 'string offset 268435455'));
SELECT pg_temp.fault(pg_temp.word(jsonb_agg('a'::text), 4 + 4 * 32, 'string offset 31'))
FROM generate_series(0, 32);
SELECT pg_temp.fault(pg_temp.word(jsonb_agg('a'::text), 4 + 4 * 32, 'string offset 34'))
FROM generate_series(0, 32);

-- What is behind the last one.
SELECT pg_temp.fault(pg_temp.word('["a","b"]', 8, 'string 0'));
SELECT pg_temp.fault(raw('["a","b"]') || '\x00');
SELECT pg_temp.fault(raw('[]') || '\x00000000');
SELECT pg_temp.fault(raw('1') || '\x00');
SELECT pg_temp.fault(pg_temp.word('[["a"],"b"]', 12, 'array 0'));

-- Types.
SELECT pg_temp.fault(pg_temp.word('[""]', 4, 'offset number container'));
SELECT pg_temp.fault(pg_temp.word('[""]', 4, 'offset true null'));
SELECT pg_temp.fault(pg_temp.word('["a"]', 4, 'offset true 1'));
SELECT pg_temp.fault(pg_temp.word('["a"]', 4, 'offset false 1'));
SELECT pg_temp.fault(pg_temp.word('["a"]', 4, 'offset null 1'));
SELECT pg_temp.fault(pg_temp.word('["a"]', 4, 'offset number 1'));
SELECT pg_temp.fault(pg_temp.word('["a"]', 4, 'offset container 1'));

-- Keys.
SELECT pg_temp.fault(pg_temp.word('{"":1}', 4, 'offset null'));
SELECT pg_temp.fault(pg_temp.byte('{"a":1,"b":2}', 20, ascii('b')));
SELECT pg_temp.fault(pg_temp.byte('{"a":1,"b":2}', 20, ascii('c')));
SELECT pg_temp.fault(pg_temp.byte('{"a":1,"b":2,"c":3}', 29, ascii('c')));
SELECT pg_temp.fault(pg_temp.byte('{"a":1,"b":2,"c":3}', 30, ascii('a')));
SELECT pg_temp.fault(set_word(pg_temp.word('{"a":1,"bb":2}', 4, 'string offset 2'), 8, 1));
SELECT pg_temp.fault(set_word(pg_temp.word('{"a":1,"bb":2}', 4, 'string offset 3'), 8, 0));

-- Text.
SELECT pg_temp.fault(pg_temp.byte('"abc"', 10, 0));
SELECT pg_temp.fault(pg_temp.byte('{"abc":1}', 13, 0));
SELECT pg_temp.fault(pg_temp.byte('"abc"', 9, 255));
SELECT pg_temp.fault(pg_temp.byte('"abc"', 10, 195));
SELECT pg_temp.fault(pg_temp.byte('{"abc":1}', 12, 128));

-- Padding.
SELECT pg_temp.fault(pg_temp.byte('{"a":1}', 13, 1));
SELECT pg_temp.fault(pg_temp.byte('{"a":1}', 15, 255));
SELECT pg_temp.fault(pg_temp.byte('["a",[]]', 13, 1));
SELECT pg_temp.fault(pg_temp.word('["a",1]', 8, 'number 2'));
SELECT pg_temp.fault(pg_temp.word('["a",{}]', 8, 'container 2'));
SELECT pg_temp.fault(pg_temp.word('["a",[]]', 8, 'container 6'));

-- The length of a number.
SELECT pg_temp.fault(substr(set_word(pg_temp.word('1', 4, 'number offset 4'), 8, 16), 1, 12));
SELECT pg_temp.fault(pg_temp.word('1', 4, 'number offset 7'));
SELECT pg_temp.fault(pg_temp.word('1', 8, '36'));
SELECT pg_temp.fault(pg_temp.word('1', 8, '28'));
SELECT pg_temp.fault(pg_temp.word('1', 8, '34'));
SELECT pg_temp.fault(pg_temp.byte('1', 8, 17));
SELECT pg_temp.fault(set_word(pg_temp.word('1', 4, 'number offset 7'), 8, 28) || '');
SELECT pg_temp.fault(set_word(pg_temp.word('1', 4, 'number offset 9'), 8, 36) || '\x00');
SELECT pg_temp.fault(pg_temp.number(x'1000'::int));

-- Numbers: the short format.  1, then each part of it.
SELECT pg_temp.fault(pg_temp.number(x'8000'::int, 1));
SELECT pg_temp.fault(pg_temp.number(x'8000'::int));
SELECT pg_temp.fault(pg_temp.number(x'A000'::int));
SELECT pg_temp.fault(pg_temp.number(x'8001'::int));
SELECT pg_temp.fault(pg_temp.number(x'807F'::int));
SELECT pg_temp.fault(pg_temp.number(x'8000'::int, 9999));
SELECT pg_temp.fault(pg_temp.number(x'8000'::int, 10000));
SELECT pg_temp.fault(pg_temp.number(x'8001'::int, 1, 10000));
SELECT pg_temp.fault(pg_temp.number(x'8001'::int, x'FFFF'::int, 1));
SELECT pg_temp.fault(pg_temp.number(x'8000'::int, 0));
SELECT pg_temp.fault(pg_temp.number(x'8001'::int, 0, 1));
SELECT pg_temp.fault(pg_temp.number(x'8001'::int, 1, 0));
-- 1.5 is 1 and 5000 with one decimal.
SELECT pg_temp.fault(pg_temp.number(x'8080'::int, 1, 5000));
SELECT pg_temp.fault(pg_temp.number(x'8000'::int, 1, 5000));
SELECT pg_temp.fault(pg_temp.number(x'8080'::int, 1, 5500));
SELECT pg_temp.fault(pg_temp.number(x'8180'::int, 1, 5501));
SELECT pg_temp.fault(pg_temp.number(x'8080'::int, 1, 5000, 1));
-- 0.0001 has a weight of -1 and four decimals.
SELECT pg_temp.fault(pg_temp.number(x'827F'::int, 1));
SELECT pg_temp.fault(pg_temp.number(x'81FF'::int, 1));
SELECT pg_temp.fault(pg_temp.number(x'81FF'::int, 10));

-- The long format, for a scale over 63 or a weight over 63 or under -64.
SELECT pg_temp.fault(pg_temp.number(64, 0, 1));
SELECT pg_temp.fault(pg_temp.number(63, 0, 1));
SELECT pg_temp.fault(pg_temp.number(0, 64, 1));
SELECT pg_temp.fault(pg_temp.number(0, 63, 1));
SELECT pg_temp.fault(pg_temp.number(x'4000'::int + 260, x'FFBF'::int, 1));
SELECT pg_temp.fault(pg_temp.number(x'4000'::int + 259, x'FFBF'::int, 1));
SELECT pg_temp.fault(pg_temp.number(63, x'FFC0'::int, 1));
SELECT pg_temp.fault(pg_temp.number(64, 0));
SELECT pg_temp.fault(pg_temp.number(x'4040'::int, 0));
SELECT pg_temp.fault(pg_temp.number(64, 1));
SELECT pg_temp.fault(pg_temp.number(64, 1, 10000));
SELECT pg_temp.fault(pg_temp.number(64, 1, 0, 1));
SELECT pg_temp.fault(pg_temp.number(64, 1, 1, 0));

-- NaN and the infinities.
SELECT pg_temp.fault(pg_temp.number(x'C000'::int));
SELECT pg_temp.fault(pg_temp.number(x'D000'::int));
SELECT pg_temp.fault(pg_temp.number(x'F000'::int));

-- The first fault is the one that is named, and faults deep inside are found.
SELECT verify(from_raw(set_byte(raw('{"a":[[[[{"b":["x",{"c":"yyyyyyyyyyyyy"}]}]]]]}'),
								position('yyyyyyyyyyyyy' IN raw('{"a":[[[[{"b":["x",{"c":"yyyyyyyyyyyyy"}]}]]]]}')), 0)));

-- Nesting too deep for the stack is core's error.
\set VERBOSITY sqlstate
SELECT verify(nested_arrays(1000));
SELECT verify(nested_arrays(1000000));
\set VERBOSITY default

-- Of two faults the first is told: these images have one, and then another in the
-- string behind it, whose last byte becomes a zero.
SELECT name, pg_temp.fault(set_byte(image, length(image) - 1, 0)), pg_temp.fault(image)
FROM (VALUES
	('header', pg_temp.word('[[true],"zz"]', 12, '1')),
	('scalar', pg_temp.word('[[true],"zz"]', 12, 'array scalar 1')),
	('count', pg_temp.word('[[true],"zz"]', 12, 'array 5')),
	('bytes left', pg_temp.word('[[true],"zz"]', 12, 'array 0')),
	('type', pg_temp.word('[[true],"zz"]', 16, 'offset true number number number')),
	('offset', pg_temp.word('[[true],"zz"]', 16, 'true')),
	('end', pg_temp.word('[[true],"zz"]', 16, 'true offset 1')),
	('length', pg_temp.word('["x",true,"zz"]', 8, 'true 1')),
	('zero', pg_temp.byte('[["x"],"zz"]', 20, 0)),
	('encoding', pg_temp.byte('[["x"],"zz"]', 20, 255)),
	('padding', pg_temp.byte('["x",1,"zz"]', 17, 1)),
	('number', pg_temp.word('[1,"zz"]', 12, '0')),
	('digit', pg_temp.byte('[1,"zz"]', 19, 255)),
	('key', pg_temp.word('[{"a":null,"b":null},"zz"]', 20, 'null 1')),
	('order', pg_temp.byte('[{"a":null,"b":null},"zz"]', 32, 99)),
	('twice', pg_temp.byte('[{"a":null,"b":null},"zz"]', 32, 98))) AS v (name, image);

-- Core's own values have no fault: numbers in all formats,
SELECT n, verify(to_jsonb(n)) FROM unnest(ARRAY[
	'0', '-0', '0.00', '0e-64', '0e-100', '1e-100', '-1e-300', '1e255', '1e256', '1e300', '9999', '10000',
	'1.10', '-0.00010', '99999999.99999999', '1e-256', '1e-257', '1e-16000', '1e100000',
	'NaN']::numeric[]) AS n
WHERE verify(to_jsonb(n)) IS NOT NULL;
SELECT count(verify(to_jsonb(x / y))) + count(verify(to_jsonb(x * y))) + count(verify(to_jsonb(sqrt(x))))
FROM generate_series(1, 1000, 7.77) AS x, unnest(ARRAY[3, 0.007, 1e60, 7e-70]) AS y;
-- all types, at all alignments,
SELECT count(verify(jsonb_build_array(repeat('x', a), value, repeat('y', b), value)))
FROM generate_series(0, 4) AS a, generate_series(0, 4) AS b,
	jsonb_array_elements('[null, true, false, 1, 1.5, "", "s", [], {}, [1], {"k":1}, {"key":{"k":[]}}]') AS value;
-- containers around the strides,
SELECT count(verify(elements)) + count(verify(pairs))
FROM (SELECT jsonb_agg(i) AS elements, jsonb_object_agg('k' || i, i) AS pairs
	  FROM generate_series(1, 100) AS n, LATERAL generate_series(1, n) AS i GROUP BY n) AS made;
-- and whatever the generator makes.
SELECT seed, verify(random_document(seed)) FROM generate_series(1, 3000) AS seed
WHERE verify(random_document(seed)) IS NOT NULL;
