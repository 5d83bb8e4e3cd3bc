-- What fuzzing found, each with the day it was found.  The inputs are in
-- fuzz/corpus/, where every fuzzing run begins with them.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- 2026-11-22, target damaged: a key that breaks off inside of a character was read
-- beyond its end for the message.  The message quotes two bytes, not four.
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
DO $$
BEGIN
	PERFORM jsonb_array_upsert_where('[]', '{}', (substr('\x6bf0404040'::bytea, 1, 2))::text, '1', '{"id":1}');
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE NOTICE '%', octet_length(sqlerrm) - octet_length('element must have match_value under its key ""');
END
$$;
DROP CAST (bytea AS text);

-- 2026-11-22, target damaged: a key that claims the bytes of a value, which is
-- replaced, made the result outgrow its bound, an internal error.
DO $$
DECLARE
	doc jsonb;
BEGIN
	SELECT jsonb_object_agg(chr(96 + i), true) || jsonb_object_agg('k' || 10 + i, true) || jsonb_build_object('last', repeat('x', 2000))
	INTO doc FROM generate_series(1, 25) AS i;
	-- The third key.
	doc := from_raw(set_word(raw(doc), 12, 1900));
	PERFORM jsonb_merge_at_path(doc, '{"an":1,"last":2}', '{}');
EXCEPTION WHEN data_corrupted THEN
	RAISE NOTICE '%', sqlerrm;
END
$$;

-- 2026-12-01, sweep: a number with a digit over 9999 was handed to numeric.c to be added
-- to, which it fails an assertion for, or to be printed.
DO $$
DECLARE
	-- 5, whose one digit is negative
	doc jsonb := from_raw(set_word(raw('[5]'), 12, x'80058000'::bigint));
	statement text;
	detail text;
BEGIN
	FOREACH statement IN ARRAY ARRAY[
		$_$SELECT jsonb_increment($1, '{0}', -1)$_$,
		$_$SELECT jsonb_patch($1, '[{"op":"increment","path":[0],"value":-1}]')$_$,
		$_$SELECT jsonb_patch($1, '[{"op":"test","path":"/0","value":6}]')$_$,
		$_$SELECT jsonb_patch('[]', jsonb_build_array(jsonb_build_object('op', 'remove', 'path', $1)))$_$]
	LOOP
		BEGIN
			EXECUTE statement USING doc;
			RAISE NOTICE '%', statement;
		EXCEPTION WHEN data_corrupted OR invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RAISE NOTICE '% %', sqlerrm, detail;
		END;
	END LOOP;
END
$$;
