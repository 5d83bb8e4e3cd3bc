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
