-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION jsonb_ivm UPDATE TO '1.1'" to load this file. \quit

-- A new database gets 1.0 and this, so that what is upgraded and what is new are the
-- same.

CREATE FUNCTION jsonb_array_delete_where(
	target jsonb,
	array_path text[],
	match_key text,
	match_value jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_delete_where'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_delete_where(jsonb, text[], text, jsonb) IS
'in the array at array_path, remove the first element whose match_key equals match_value';

CREATE FUNCTION jsonb_array_insert_where(
	target jsonb,
	array_path text[],
	element jsonb,
	sort_key text DEFAULT NULL,
	sort_order text DEFAULT 'ASC',
	max_length int DEFAULT NULL
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_insert_where'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_insert_where(jsonb, text[], jsonb, text, text, int) IS
'insert element into the array at array_path, which is sorted by sort_key, or append it, and keep the first max_length elements';

CREATE FUNCTION jsonb_array_update_where_batch(
	target jsonb,
	array_path text[],
	match_key text,
	updates jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_update_where_batch'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 150
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_update_where_batch(jsonb, text[], text, jsonb) IS
'in the array at array_path, merge each object of the array updates into the first element with the same match_key';

-- Without support: what is in an array of documents is never stored compressed, and so
-- neither are the results.
CREATE FUNCTION jsonb_array_update_multi_row(
	targets jsonb[],
	array_path text[],
	match_key text,
	match_value jsonb,
	updates jsonb
) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_update_multi_row'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100;

COMMENT ON FUNCTION jsonb_array_update_multi_row(jsonb[], text[], text, jsonb, jsonb) IS
'jsonb_array_update_where for each of the targets, in their order';

CREATE FUNCTION jsonb_array_reconcile(
	target jsonb,
	array_path text[],
	match_key text,
	fresh jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_array_reconcile'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 150
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_array_reconcile(jsonb, text[], text, jsonb) IS
'make the array at array_path equal to the array fresh; elements with the same match_key that are equal keep their bytes';
