-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION jsonb_ivm UPDATE TO '1.1'" to load this file. \quit

-- A new database gets 1.0 and this, so that what is upgraded and what is new are the
-- same.

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
