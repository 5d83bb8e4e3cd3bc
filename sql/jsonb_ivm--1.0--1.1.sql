-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION jsonb_ivm UPDATE TO '1.1'" to load this file. \quit

-- A new database gets 1.0 and this, so that what is upgraded and what is new are the
-- same.

CREATE FUNCTION jsonb_merge_shallow(
	target jsonb,
	source jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_merge_shallow'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_merge_shallow(jsonb, jsonb) IS
'merge the object source into the object target';

CREATE FUNCTION jsonb_deep_merge(
	target jsonb,
	source jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_deep_merge'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_deep_merge(jsonb, jsonb) IS
'merge the object source into the object target, and objects in it into objects';

CREATE FUNCTION jsonb_set_path(
	target jsonb,
	path text[],
	value jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_set_path'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_set_path(jsonb, text[], jsonb) IS
'set what is at path, creating what is missing on the way';

CREATE FUNCTION jsonb_remove_path(
	target jsonb,
	path text[]
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_remove_path'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_remove_path(jsonb, text[]) IS
'remove what is at path';

CREATE FUNCTION jsonb_increment(
	target jsonb,
	path text[],
	by numeric DEFAULT 1
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_increment'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_increment(jsonb, text[], numeric) IS
'add to the number at path';

CREATE FUNCTION jsonb_graft(
	target jsonb,
	fresh jsonb,
	VARIADIC paths text[]
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_graft'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_graft(jsonb, jsonb, VARIADIC text[]) IS
'copy what is at the paths from fresh into target, or remove it';

CREATE FUNCTION jsonb_merge_patch(
	target jsonb,
	patch jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_merge_patch'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_merge_patch(jsonb, jsonb) IS
'apply a JSON Merge Patch (RFC 7396)';

CREATE FUNCTION jsonb_merge_diff(
	old jsonb,
	new jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_merge_diff'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION jsonb_merge_diff(jsonb, jsonb) IS
'the JSON Merge Patch (RFC 7396) that turns old into new';

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

CREATE FUNCTION jsonb_patch(
	target jsonb,
	patch jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_patch'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
SUPPORT jsonb_ivm_support;

COMMENT ON FUNCTION jsonb_patch(jsonb, jsonb) IS
'apply a JSON Patch (RFC 6902)';

CREATE FUNCTION jsonb_diff(
	old jsonb,
	new jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_diff'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;

COMMENT ON FUNCTION jsonb_diff(jsonb, jsonb) IS
'a short JSON Patch (RFC 6902) that turns old into new';

CREATE FUNCTION jsonb_ivm_contains_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonb_ivm_contains_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION jsonb_ivm_contains_support(internal) IS
'planner support: lets a GIN index answer jsonb_array_contains_id';

CREATE FUNCTION jsonb_array_contains_id(
	data jsonb,
	array_path text[],
	id_key text,
	id_value jsonb
) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonb_array_contains_id'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30
SUPPORT jsonb_ivm_contains_support;

COMMENT ON FUNCTION jsonb_array_contains_id(jsonb, text[], text, jsonb) IS
'whether an element of the array at array_path has an id_key that equals id_value';

CREATE FUNCTION jsonb_extract_id(
	data jsonb,
	key text DEFAULT 'id'
) RETURNS text
AS 'MODULE_PATHNAME', 'jsonb_extract_id'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;

COMMENT ON FUNCTION jsonb_extract_id(jsonb, text) IS
'the string or number that a document has under a key, as text';

CREATE FUNCTION jsonb_verify(
	data jsonb
) RETURNS text
AS 'MODULE_PATHNAME', 'jsonb_verify'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;

COMMENT ON FUNCTION jsonb_verify(jsonb) IS
'the first fault in the bytes of a document and where it is; null if there is none';

CREATE FUNCTION jsonb_merge_agg_transition(
	state internal,
	doc jsonb
) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonb_merge_agg_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;

COMMENT ON FUNCTION jsonb_merge_agg_transition(internal, jsonb) IS
'aggregate transition function';

CREATE FUNCTION jsonb_deep_merge_agg_transition(
	state internal,
	doc jsonb
) RETURNS internal
AS 'MODULE_PATHNAME', 'jsonb_deep_merge_agg_transition'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;

COMMENT ON FUNCTION jsonb_deep_merge_agg_transition(internal, jsonb) IS
'aggregate transition function';

CREATE FUNCTION jsonb_merge_agg_final(
	state internal
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_merge_agg_final'
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;

COMMENT ON FUNCTION jsonb_merge_agg_final(internal) IS
'aggregate final function';

CREATE AGGREGATE jsonb_merge_agg(
	doc jsonb
) (
	SFUNC = jsonb_merge_agg_transition,
	STYPE = internal,
	FINALFUNC = jsonb_merge_agg_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonb_merge_agg(jsonb) IS
'merge objects in the order of the input';

CREATE AGGREGATE jsonb_deep_merge_agg(
	doc jsonb
) (
	SFUNC = jsonb_deep_merge_agg_transition,
	STYPE = internal,
	FINALFUNC = jsonb_merge_agg_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE jsonb_deep_merge_agg(jsonb) IS
'merge objects in the order of the input, and objects inside of them recursively';
