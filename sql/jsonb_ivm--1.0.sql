-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION jsonb_ivm" to load this file. \quit

-- COST is in units of cpu_operator_cost, for the documents of a few kilobytes
-- to a few dozen that these functions are made for.

CREATE FUNCTION jsonb_ivm_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonb_ivm_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION jsonb_ivm_support(internal) IS
'planner support: finds calls whose results are stored';

CREATE FUNCTION jsonb_array_update_where(
	target jsonb,
	array_path text[],
	match_key text,
	match_value jsonb,
	updates jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_update_where'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_update_where(jsonb, text[], text, jsonb, jsonb) IS
'in the array at array_path, merge the object updates into the first element whose match_key equals match_value';

CREATE FUNCTION jsonb_array_upsert_where(
	target jsonb,
	array_path text[],
	match_key text,
	match_value jsonb,
	element jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_upsert_where'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_upsert_where(jsonb, text[], text, jsonb, jsonb) IS
'in the array at array_path, replace the first element whose match_key equals match_value by element, or append it';

CREATE FUNCTION jsonb_merge_at_path(
	target jsonb,
	source jsonb,
	path text[]
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_merge_at_path'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_merge_at_path(jsonb, jsonb, text[]) IS
'merge the object source into the object at path, creating missing objects on the way';

CREATE FUNCTION jsonb_has_path_changed(
	old jsonb,
	new jsonb,
	path text[]
) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonb_has_path_changed'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;

COMMENT ON FUNCTION jsonb_has_path_changed(jsonb, jsonb, text[]) IS
'whether the value at path differs between two documents';
