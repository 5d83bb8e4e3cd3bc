-- Limits of the format: results beyond them are refused as core refuses them.
SET search_path = public, jsonb_ivm_test;
\pset format unaligned
\pset tuples_only on

-- A container holds at most 268435455 bytes, and so does an element.
CREATE TEMP TABLE half (a jsonb);
ALTER TABLE half ALTER a SET STORAGE external;
INSERT INTO half SELECT jsonb_build_object('a', repeat('x', 134217728));
CREATE FUNCTION pg_temp.error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
-- Core's words, and ours: objects, ...
SELECT pg_temp.error($$ SELECT length(raw(a || jsonb_build_object('b', a -> 'a'))) FROM half $$);
SELECT pg_temp.error($$ SELECT length(raw(jsonb_merge_at_path(a, jsonb_build_object('b', a -> 'a'), '{}'))) FROM half $$);
-- ... arrays, ...
SELECT pg_temp.error($$ SELECT length(raw(jsonb_build_array(a) || a)) FROM half $$);
SELECT pg_temp.error($$ SELECT length(raw(jsonb_array_upsert_where(jsonb_build_array(a), '{}', 'k', '1', a || '{"k":1}'))) FROM half $$);
-- ... and a key that is too long.
SELECT pg_temp.error($$ SELECT length(raw(jsonb_merge_at_path('{}', '{}', ARRAY[repeat('k', 268435456)]))) $$);
-- Just within: nothing is lost.
SELECT length(raw(jsonb_merge_at_path(a, jsonb_build_object('b', repeat('x', 134217000)), '{}'))) FROM half;
-- A document far within, edited below so many levels that the sum of what each
-- of them holds is far beyond.
CREATE TEMP TABLE deep AS
SELECT (repeat('{"k":', 300) || '{"list":[{"id":1}],"long":"' || repeat('x', 4000000) || '"}' || repeat('}', 300))::jsonb AS doc, array_fill('k'::text, ARRAY[300]) AS path;
SELECT pg_temp.error($$ SELECT jsonb_merge_at_path(doc, '{"y":2}', path) FROM deep $$);
SELECT pg_temp.error($$ SELECT jsonb_array_update_where(doc, path || '{list}', 'id', '1', '{"y":2}') FROM deep $$);
SELECT pg_temp.error($$ SELECT jsonb_array_upsert_where(doc, path || '{list}', 'id', '2', '{"id":2}') FROM deep $$);
SELECT identical(jsonb_merge_at_path(doc, '{"y":2}', path), jsonb_set(doc, path || '{y}', '2')) FROM deep;
