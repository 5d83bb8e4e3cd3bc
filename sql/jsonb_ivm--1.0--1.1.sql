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
