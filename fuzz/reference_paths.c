/*-------------------------------------------------------------------------
 *
 * reference_paths.c
 *	  The operators on what a path leads to again, on core's functions alone.
 *
 * As in reference.c: seen to be right, and slow.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "core.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

Datum
reference_set_path(PG_FUNCTION_ARGS)
{
	Path		path;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	path = read_path(PG_GETARG_DATUM(1));
	PG_RETURN_JSONB_P(set_at(PG_GETARG_JSONB_P(0), &path, PG_GETARG_JSONB_P(2)));
}

/*
 * As core's #-, which does not take a scalar, and does not look at a path in an empty
 * array.
 */
static Jsonb *
RemoveAt(Jsonb *target, Datum path)
{
	Path		elements = read_path(path);
	Jsonb	   *old;

	(void) locate(target, &elements, &old);
	if (JB_ROOT_IS_SCALAR(target))
		return target;
	return call_core(jsonb_delete_path, 2, JsonbPGetDatum(target), path, 0, 0);
}

Datum
reference_remove_path(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	PG_RETURN_JSONB_P(RemoveAt(PG_GETARG_JSONB_P(0), PG_GETARG_DATUM(1)));
}

static Jsonb *
NumberDocument(Datum number)
{
	JsonbValue	value = {.type = jbvNumeric};

	value.val.numeric = DatumGetNumeric(number);
	return JsonbValueToJsonb(&value);
}

Datum
reference_increment(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Datum		sum = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));
	Jsonb	   *old;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	if (numeric_is_nan(PG_GETARG_NUMERIC(2)) || numeric_is_inf(PG_GETARG_NUMERIC(2)))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not finite");
	if (locate(target, &path, &old) == FOUND)
	{
		JsonbValue	value;

		if (!JB_ROOT_IS_SCALAR(old) || !JsonbExtractScalar(&old->root, &value) ||
			value.type != jbvNumeric)
			fail(ERRCODE_INVALID_PARAMETER_VALUE, "not a number");
		sum = NumericGetDatum(value.val.numeric);
	}
	sum = DirectFunctionCall2(numeric_add, sum, PG_GETARG_DATUM(2));
	PG_RETURN_JSONB_P(set_at(target, &path, NumberDocument(sum)));
}

Datum
reference_graft(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		literals;
	FmgrInfo	array_input;
	Datum	   *arrays;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	literals = read_path(PG_GETARG_DATUM(2));
	arrays = palloc(sizeof(Datum) * ((Size) literals.count + 1));
	fmgr_info(F_ARRAY_IN, &array_input);
	for (int i = 0; i < literals.count; i++)
	{
		arrays[i] = InputFunctionCall(&array_input, TextDatumGetCString(literals.elements[i]),
									  TEXTOID, -1);
		(void) read_path(arrays[i]);
	}
	for (int i = 0; i < literals.count; i++)
	{
		Path		path = read_path(arrays[i]);
		Jsonb	   *value = call_core(jsonb_extract_path, 2, PG_GETARG_DATUM(1), arrays[i], 0, 0);

		target = value != NULL ? set_at(target, &path, value) : RemoveAt(target, arrays[i]);
	}
	PG_RETURN_JSONB_P(target);
}
