/*-------------------------------------------------------------------------
 *
 * reference.c
 *	  The operators again, on core's functions alone.
 *
 * What the real ones must agree with, to the byte and the SQLSTATE.  Written to be
 * seen to be right, at any cost in time, and without a line of src/: everything is
 * made of jsonb_set(), ||, ->, #> and core's iterator.  Arguments are plain.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "core.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/*
 * The array with this value in the place of the first match; null if there is no
 * match.  With merge the value is merged into the match.
 */
static Jsonb *
ReplaceMatch(Jsonb *array, Datum match_key, Jsonb *match_value, Jsonb *value, bool merge)
{
	int			count = (int) JB_ROOT_COUNT(array);

	for (int i = 0; i < count; i++)
	{
		Datum		index = CStringGetTextDatum(psprintf("%d", i));
		Jsonb	   *element = element_of(array, i);
		Jsonb	   *found;

		if (!is_object(element))
			continue;
		found = field_of(element, match_key);
		if (found != NULL && are_equal(found, match_value))
			return set_element(array, index, merge ? concatenate(element, value) : value);
	}
	return NULL;
}

Datum
reference_update_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *updates;
	Jsonb	   *array;
	Jsonb	   *changed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	updates = read_object(PG_GETARG_DATUM(4));

	if (locate(target, &path, &array) != FOUND)
		PG_RETURN_JSONB_P(target);
	if (!is_array(array))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	changed = ReplaceMatch(array, PG_GETARG_DATUM(2), PG_GETARG_JSONB_P(3), updates, true);
	if (changed == NULL)
		PG_RETURN_JSONB_P(target);
	PG_RETURN_JSONB_P(put_at(target, &path, 0, changed));
}

Datum
reference_upsert_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *element;
	Jsonb	   *match_value;
	Jsonb	   *carried;
	Jsonb	   *array;
	Jsonb	   *changed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	match_value = PG_GETARG_JSONB_P(3);
	element = read_object(PG_GETARG_DATUM(4));
	carried = field_of(element, PG_GETARG_DATUM(2));
	if (carried == NULL || !are_equal(carried, match_value))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "the element does not match itself");

	switch (locate(target, &path, &array))
	{
		case NO_ELEMENT:
			PG_RETURN_JSONB_P(target);
		case BLOCKED:
			fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
			break;
		case ABSENT:
			PG_RETURN_JSONB_P(put_at(target, &path, 0, array_of_one(element)));
		case FOUND:
			break;
	}
	if (!is_array(array))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	changed = ReplaceMatch(array, PG_GETARG_DATUM(2), match_value, element, false);
	if (changed == NULL)
		changed = concatenate(array, array_of_one(element));
	PG_RETURN_JSONB_P(put_at(target, &path, 0, changed));
}

Datum
reference_merge_at_path(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Jsonb	   *source;
	Path		path;
	Jsonb	   *object;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	source = read_object(PG_GETARG_DATUM(1));
	path = read_path(PG_GETARG_DATUM(2));

	switch (locate(target, &path, &object))
	{
		case NO_ELEMENT:
			PG_RETURN_JSONB_P(target);
		case BLOCKED:
			fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
			break;
		case ABSENT:
			PG_RETURN_JSONB_P(put_at(target, &path, 0, source));
		case FOUND:
			break;
	}
	if (!is_object(object))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an object");
	PG_RETURN_JSONB_P(put_at(target, &path, 0, concatenate(object, source)));
}

Datum
reference_has_path_changed(PG_FUNCTION_ARGS)
{
	Jsonb	   *old_value;
	Jsonb	   *new_value;

	check_nulls(fcinfo, 2);
	(void) read_path(PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(PG_ARGISNULL(0) != PG_ARGISNULL(1));
	old_value = call_core(jsonb_extract_path, 2, PG_GETARG_DATUM(0), PG_GETARG_DATUM(2), 0, 0);
	new_value = call_core(jsonb_extract_path, 2, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), 0, 0);
	if (old_value == NULL || new_value == NULL)
		PG_RETURN_BOOL(old_value != new_value);
	PG_RETURN_BOOL(!are_equal(old_value, new_value));
}
