-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION jsonb_ivm_test" to load this file. \quit

--
-- The bytes of a value.
--

CREATE FUNCTION raw(value jsonb) RETURNS bytea
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_raw'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION raw(jsonb) IS
'the bytes of a jsonb after its varlena header';

CREATE FUNCTION from_raw(image bytea) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_from_raw'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION from_raw(bytea) IS
'these bytes as a jsonb, unchecked';

CREATE FUNCTION set_word(image bytea, at int, word bigint) RETURNS bytea
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_set_word'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION set_word(bytea, int, bigint) IS
'overwrite the four bytes at an offset: a container header or a JEntry';

CREATE FUNCTION nested(shape text, depth int, core jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_nested'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION nested(text, int, jsonb) IS
'a container in so many arrays, or objects with the key k, or both, deeper than core would parse';

CREATE FUNCTION nested_arrays(depth int) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT jsonb_ivm_test.nested('arrays', depth - 1, '[]')
$$;

COMMENT ON FUNCTION nested_arrays(int) IS
'arrays in arrays, deeper than core would parse';

CREATE FUNCTION canonical(value jsonb) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_canonical'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION canonical(jsonb) IS
'whether the bytes are those of value::text::jsonb, and without a fault to the verifier';

CREATE FUNCTION verify(value jsonb) RETURNS text
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_verify'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION verify(jsonb) IS
'the first fault in the bytes of a jsonb and where it is; NULL if there is none';

CREATE FUNCTION identical(got jsonb, want jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT COALESCE(jsonb_ivm_test.raw(got) = jsonb_ivm_test.raw(want) AND
					jsonb_send(got) = jsonb_send(want) AND
					jsonb_ivm_test.canonical(got),
					got IS NULL AND want IS NULL)
$$;

COMMENT ON FUNCTION identical(jsonb, jsonb) IS
'whether a result is the wanted value, byte for byte, and canonical';

CREATE FUNCTION outcome_of_damaged(expression text, image bytea) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	length int;
	detail text;
BEGIN
	-- A result may carry damage on, so core must not get to see it.
	EXECUTE 'SELECT length(jsonb_ivm_test.raw(' || expression || ')) FROM (SELECT jsonb_ivm_test.from_raw($1) OFFSET 0) AS image (damaged)'
		INTO length USING image;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || CASE WHEN SQLSTATE = 'XX001' AND detail !~ 'offset [0-9]+' THEN ' without an offset: ' || SQLERRM || detail ELSE '' END;
END
$$;

COMMENT ON FUNCTION outcome_of_damaged(text, bytea) IS
'ok, or the SQLSTATE, of an expression with the jsonb of these bytes as "damaged"; an XX001 has to say where';

--
-- The form in which a value arrives.
--

CREATE FUNCTION datum_form(value jsonb) RETURNS text
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_datum_form'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION datum_form(jsonb) IS
'short, plain, inline pglz, inline lz4, external, external pglz, external lz4, indirect or expanded';

CREATE FUNCTION toast_value_id(value jsonb) RETURNS oid
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_toast_value_id'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION toast_value_id(jsonb) IS
'the number under which a value is stored out of line';

CREATE FUNCTION same_datum(a jsonb, b jsonb) RETURNS boolean
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_same_datum'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION same_datum(jsonb, jsonb) IS
'whether both are the same stored form, byte for byte, toasted or not';

CREATE FUNCTION as_short(value jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_as_short'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_short(jsonb) IS
'the value with a header of one byte, if it is short enough';

CREATE FUNCTION as_pglz(value jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_as_pglz'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_pglz(jsonb) IS
'the value compressed, if that makes it smaller';

CREATE FUNCTION as_lz4(value jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_as_lz4'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_lz4(jsonb) IS
'the value compressed with lz4, if that makes it smaller; before 14 with pglz';

CREATE FUNCTION as_indirect(value jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_as_indirect'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION as_indirect(jsonb) IS
'a pointer to the value in memory';

--
-- Memory.
--

CREATE FUNCTION peak_memory(sql text, warm_up boolean DEFAULT true) RETURNS bigint
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_peak_memory'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION peak_memory(text, boolean) IS
'the most memory, in bytes, that running this query had from malloc at a time';

CREATE FUNCTION memory_used() RETURNS bigint
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_memory_used'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION memory_used() IS
'the bytes in use in all memory contexts of this session';

CREATE FUNCTION memory_left(function regprocedure, calls int, VARIADIC arguments "any",
							OUT bytes bigint, OUT errors int)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_memory_left'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION memory_left(regprocedure, int, "any") IS
'the bytes that so many calls of a function in one context leave behind once their results are freed';

--
-- Faults.
--

CREATE FUNCTION call_failing(operator regprocedure, site bigint, lasting boolean, VARIADIC arguments "any") RETURNS bytea
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_call_failing'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION call_failing(regprocedure, bigint, boolean, "any") IS
'call an operator with an allocation that fails: the one with that number, and if lasting those after it';

CREATE FUNCTION last_call(OUT sites bigint, OUT failed boolean, OUT state text, OUT image bytea)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_last_call'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION last_call() IS
'of the last call_failing: how many allocations, whether one was made to fail, SQLSTATE, and bytes of the result';

CREATE FUNCTION keep(name text, value jsonb) RETURNS void
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_keep'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION keep(text, jsonb) IS
'remember a copy of a value for the rest of the session: plain, or compressed if it was and not stored out of line';

CREATE FUNCTION kept(name text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_kept'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION kept(text) IS
'a remembered value, not copied';

CREATE FUNCTION resident_bytes() RETURNS bigint
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_resident_bytes'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION resident_bytes() IS
'how much main memory this session''s process occupies by itself, but for what malloc can give back';

CREATE FUNCTION watch_cancels() RETURNS void
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_watch_cancels'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION watch_cancels() IS
'note from here on what last_cancel() tells';

CREATE FUNCTION last_cancel(OUT state text, OUT inside boolean, OUT microseconds bigint)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_last_cancel'
LANGUAGE C VOLATILE STRICT;

COMMENT ON FUNCTION last_cancel() IS
'of the last error: SQLSTATE, whether its backtrace is in an operator, and how long after the signal it came';

CREATE FUNCTION work_between_checks(operator regprocedure, VARIADIC arguments "any",
									OUT checks bigint, OUT bytes bigint, OUT most bigint, OUT place text)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_work_between_checks'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION work_between_checks(regprocedure, "any") IS
'call an operator and count the bytes that it reads or writes, in all and at most between two interrupt checks';

--
-- What every check of all functions has to know.
--

CREATE VIEW functions AS
SELECT p.proname::text AS name, p.oid::regprocedure AS signature
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'jsonb_ivm' AND p.prokind = 'f'
	AND 'internal'::regtype::oid <> ALL (p.prorettype || p.proargtypes::oid[]);

COMMENT ON VIEW functions IS
'the functions that the extension has, but for the planner''s, aggregates and their parts';

CREATE FUNCTION aggregate_of(aggregate regprocedure, VARIADIC inputs "any") RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_aggregate_of'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION aggregate_of(regprocedure, "any") IS
'an aggregate as a function of its inputs';

CREATE FUNCTION last_row(function regprocedure, VARIADIC arguments "any") RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_last_row'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION last_row(regprocedure, "any") IS
'the last row of a function that returns several';

CREATE FUNCTION check_covered(what text, names text[]) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	missing text := (SELECT string_agg(signature::text, ', ') FROM jsonb_ivm_test.functions WHERE name <> ALL (names));
BEGIN
	IF missing <> '' THEN
		RAISE EXCEPTION 'no % for %', what, missing;
	ELSIF NOT EXISTS (SELECT FROM jsonb_ivm_test.functions) THEN
		RAISE EXCEPTION 'the extension has no functions';
	END IF;
END
$$;

COMMENT ON FUNCTION check_covered(text, text[]) IS
'complain of functions of the extension that are not among these';

CREATE FUNCTION contexts_left() RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	IF current_setting('server_version_num')::int >= 140000 THEN
		RETURN count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'jsonb\_ivm%';
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION contexts_left() IS
'how many memory contexts of the extension this session has; before 14 it cannot be asked';

--
-- Trying the real against the reference.
--

CREATE FUNCTION attempt(function regprocedure, VARIADIC arguments "any") RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_attempt'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION attempt(regprocedure, "any") IS
'what a function gives, a boolean or a text as jsonb; null if it fails';

CREATE FUNCTION attempted() RETURNS text
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_attempted'
LANGUAGE C VOLATILE;

COMMENT ON FUNCTION attempted() IS
'the SQLSTATE of the last attempt';

-- Evaluate an expression that calls operators, once with the real ones and
-- once with the reference.  The answer is what the real one gave, value or
-- error, and a complaint in front of it if the other gave something else.
CREATE FUNCTION try(expression text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
	session_path constant text := current_setting('search_path');
	discard constant text := current_setting('debug_discard_caches', true);
	discards constant boolean := discard <> '0';
	result text;
	image bytea;
	canonical boolean;
	state text := '00000';
	reference_result text;
	reference_image bytea;
	reference_state text := '00000';
	message text;
	detail text;
	hint text;
	query constant text :=
		'SELECT x::text, jsonb_ivm_test.image(x), jsonb_ivm_test.sound(x) FROM (SELECT '
		|| expression || ' AS x) AS result';
BEGIN
	-- Where caches are thrown away, only while the real one is at work: the rest would
	-- take ten times as long.  An error takes the setting back.
	IF discards THEN
		PERFORM set_config('debug_discard_caches', '0', true);
	END IF;
	BEGIN
		PERFORM set_config('search_path', 'public', true);
		IF discards THEN
			PERFORM set_config('debug_discard_caches', discard, true);
		END IF;
		EXECUTE query INTO result, image, canonical;
		IF discards THEN
			PERFORM set_config('debug_discard_caches', '0', true);
		END IF;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		result := 'ERROR ' || state || ': ' || message
			|| CASE WHEN detail <> '' THEN E'\n  DETAIL: ' || detail ELSE '' END
			|| CASE WHEN hint <> '' THEN E'\n  HINT: ' || hint ELSE '' END;
	END;
	BEGIN
		PERFORM set_config('search_path', 'jsonb_ivm_test', true);
		EXECUTE query INTO reference_result, reference_image;
	EXCEPTION WHEN OTHERS THEN
		reference_state := SQLSTATE;
		reference_result := 'ERROR ' || SQLSTATE || ': ' || SQLERRM;
	END;
	PERFORM set_config('search_path', session_path, true);
	IF discards THEN
		PERFORM set_config('debug_discard_caches', discard, true);
	END IF;

	IF state <> reference_state OR image IS DISTINCT FROM reference_image THEN
		RETURN format('DIFFERENT FROM THE REFERENCE: %s, not %s',
					  COALESCE(result, 'NULL'), COALESCE(reference_result, 'NULL'));
	ELSIF NOT canonical THEN
		RETURN 'NOT CANONICAL: ' || result;
	END IF;
	RETURN COALESCE(result, 'NULL');
END
$$;

CREATE FUNCTION image(result jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS 'SELECT jsonb_ivm_test.raw(result) || jsonb_send(result)';

CREATE FUNCTION image(result boolean) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS 'SELECT boolsend(result)';

CREATE FUNCTION sound(result jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS 'SELECT jsonb_ivm_test.canonical(result)';

CREATE FUNCTION sound(result boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS 'SELECT true';

COMMENT ON FUNCTION try(text) IS
'the value or error of an expression, and a complaint if the reference gives another';

--
-- Random documents and calls.
--

CREATE FUNCTION random_document(seed bigint) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_random_document'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION random_document(bigint) IS
'a random document; the same seed gives the same';

CREATE FUNCTION random_case(seed bigint, OUT operator text, OUT target jsonb, OUT path text[],
							OUT match_key text, OUT match_value jsonb, OUT argument jsonb)
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_random_case'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION random_case(bigint) IS
'an operator and random arguments for it; the same seed gives the same';

-- One random call, of the real operator and of the reference.  The planner must
-- not evaluate calls for a custom plan: it keeps their results detoasted.
CREATE FUNCTION compare_case(seed bigint, OUT operator text, OUT outcome text, OUT complaint text)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
	c record;
	form constant text := (ARRAY['plain', 'short', 'pglz'])[1 + abs(seed % 3)];
	result jsonb;
	answer boolean;
	same boolean;
	state text := '00000';
	message text := '';
	reference_result jsonb;
	reference_answer boolean;
	reference_state text := '00000';
	reference_message text := '';
BEGIN
	c := jsonb_ivm_test.random_case(seed);
	operator := c.operator;
	c.target := CASE form WHEN 'plain' THEN jsonb_ivm_test.from_raw(jsonb_ivm_test.raw(c.target))
						  WHEN 'short' THEN jsonb_ivm_test.as_short(c.target)
						  ELSE jsonb_ivm_test.as_pglz(c.target) END;
	BEGIN
		CASE operator
			WHEN 'jsonb_array_update_where' THEN
				result := public.jsonb_array_update_where(c.target, c.path, c.match_key, c.match_value, c.argument);
			WHEN 'jsonb_array_upsert_where' THEN
				result := public.jsonb_array_upsert_where(c.target, c.path, c.match_key, c.match_value, c.argument);
			WHEN 'jsonb_merge_at_path' THEN
				result := public.jsonb_merge_at_path(c.target, c.argument, c.path);
			WHEN 'jsonb_has_path_changed' THEN
				answer := public.jsonb_has_path_changed(c.target, c.argument, c.path);
		END CASE;
	EXCEPTION WHEN OTHERS THEN
		state := SQLSTATE;
		message := SQLERRM;
	END;
	BEGIN
		CASE operator
			WHEN 'jsonb_array_update_where' THEN
				reference_result := jsonb_ivm_test.jsonb_array_update_where(c.target, c.path, c.match_key, c.match_value, c.argument);
			WHEN 'jsonb_array_upsert_where' THEN
				reference_result := jsonb_ivm_test.jsonb_array_upsert_where(c.target, c.path, c.match_key, c.match_value, c.argument);
			WHEN 'jsonb_merge_at_path' THEN
				reference_result := jsonb_ivm_test.jsonb_merge_at_path(c.target, c.argument, c.path);
			WHEN 'jsonb_has_path_changed' THEN
				reference_answer := jsonb_ivm_test.jsonb_has_path_changed(c.target, c.argument, c.path);
		END CASE;
	EXCEPTION WHEN OTHERS THEN
		reference_state := SQLSTATE;
		reference_message := SQLERRM;
	END;

	outcome := CASE
		WHEN reference_state <> '00000' THEN 'error ' || reference_state
		WHEN c.operator = 'jsonb_has_path_changed' THEN CASE WHEN reference_answer THEN 'changed' ELSE 'unchanged' END
		WHEN reference_result IS NULL THEN 'null'
		WHEN jsonb_ivm_test.raw(reference_result) = jsonb_ivm_test.raw(c.target) THEN 'unchanged'
		ELSE 'changed' END;

	IF state <> reference_state OR answer IS DISTINCT FROM reference_answer
		OR NOT jsonb_ivm_test.identical(result, reference_result)
	THEN
		complaint := 'different results';
	ELSIF outcome = 'unchanged' THEN
		-- In one expression: a variable may hold another form than it was given.
		same := CASE operator
			WHEN 'jsonb_array_update_where' THEN
				jsonb_ivm_test.same_datum(c.target, public.jsonb_array_update_where(c.target, c.path, c.match_key, c.match_value, c.argument))
			WHEN 'jsonb_array_upsert_where' THEN
				jsonb_ivm_test.same_datum(c.target, public.jsonb_array_upsert_where(c.target, c.path, c.match_key, c.match_value, c.argument))
			WHEN 'jsonb_merge_at_path' THEN
				jsonb_ivm_test.same_datum(c.target, public.jsonb_merge_at_path(c.target, c.argument, c.path))
			ELSE true
		END;
		IF NOT same THEN
			complaint := 'unchanged, but not the same datum';
		END IF;
	END IF;
	IF complaint IS NOT NULL THEN
		complaint := format(E'%s, seed %s\noperator: %s\ntarget (%s): %s\npath: %s\nmatch: %L = %L\nargument: %s\n'
							'result: %s %s\nreference: %s %s',
							complaint, seed, operator, jsonb_ivm_test.datum_form(c.target), c.target, c.path,
							c.match_key, c.match_value, c.argument,
							state, COALESCE(result::text, answer::text, message),
							reference_state, COALESCE(reference_result::text, reference_answer::text, reference_message));
	END IF;
END
$$;

COMMENT ON FUNCTION compare_case(bigint) IS
'call an operator and its reference with random arguments, and complain if they differ';

--
-- The engine below the operators.
--

CREATE FUNCTION plan_edit(target jsonb, script jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'jsonb_ivm_test_plan_edit'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION plan_edit(jsonb, jsonb) IS
'make all the changes of a script in one plan';
