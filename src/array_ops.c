/*-------------------------------------------------------------------------
 *
 * array_ops.c
 *	  SQL functions that edit an array by its elements' keys.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"
#include "plan.h"

#include "mb/pg_wchar.h"

JBI_FUNCTION(jsonb_array_update_where);
JBI_FUNCTION(jsonb_array_upsert_where);

/*
 * jsonb_array_update_where(target jsonb, array_path text[], match_key text,
 *							match_value jsonb, updates jsonb) returns jsonb
 *
 * In the array at array_path, shallow-merges the object updates into the first
 * element that is an object whose match_key equals match_value.  Missing path or
 * no match: the target as it came.
 *
 * Errors: 22004 null argument or path element; 22023 updates is not an object,
 * or the path holds something else than an array; 22P02 path element at an array
 * that is not an integer.
 */
Datum
jsonb_array_update_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "match_value", "updates"};
	JbiCall		call;
	JbiPath		path;
	JbiString	match_key;
	JbiValue	match_value;
	JbiContainer updates;
	JbiPlan		plan;
	Datum		result;
	JbiEdit    *array;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	path = jbi_path_argument(&call, 1);
	match_key = jbi_text_argument(&call, 2);
	match_value = jbi_value_argument(&call, 3);
	jbi_object_argument(&call, 4, &updates);

	jbi_plan_start(&plan, &call.scratch, PG_GETARG_DATUM(0));
	array = jbi_plan_open(&plan, &path, JB_FARRAY, false);
	if (array != NULL)
	{
		uint32		index;

		if (jbi_find_element(&array->source, match_key, &match_value, &index))
			jbi_edit_merge(jbi_edit_open_child(array, index), &updates);
	}
	result = jbi_plan_finish(&plan);
	jbi_call_end(&call);
	PG_RETURN_DATUM(result);
}

/*
 * An element that does not carry what it was searched by would be appended again
 * by every call.
 */
static void
CheckCarriesMatch(const JbiContainer *element, JbiString match_key, const JbiValue *match_value)
{
	uint32		index;
	JbiValue	carried;
	bool		has_key = jbi_find_key(element, match_key, 0, &index);
	int			clipped;

	if (has_key)
	{
		jbi_get_child(element, element->count + index, &carried);
		if (jbi_values_equal(&carried, match_value))
			return;
	}

	/*
	 * pg_mbcliplen() may answer more than it was given if a character is cut
	 * off.
	 */
	clipped = pg_mbcliplen(match_key.bytes, (int) match_key.len, NAMEDATALEN);
	clipped = Min(clipped, (int) match_key.len);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("element must have match_value under its key \"%.*s\"",
					clipped, match_key.bytes),
			 has_key ? errdetail("It has another value there.") : errdetail("It has no such key."),
			 errhint("Without it, every call would append the element again.")));
}

/*
 * jsonb_array_upsert_where(target jsonb, array_path text[], match_key text,
 *							match_value jsonb, element jsonb) returns jsonb
 *
 * Replaces the first element that is an object whose match_key equals
 * match_value by the object element, or appends it.  Creates the array, and
 * missing objects on the way to it.
 *
 * Errors: as jsonb_array_update_where, and 22023 element does not have
 * match_value under match_key, or there is a scalar on the way.
 */
Datum
jsonb_array_upsert_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "match_value", "element"};
	JbiCall		call;
	JbiPath		path;
	JbiString	match_key;
	JbiValue	match_value;
	JbiValue	element;
	JbiContainer element_object;
	JbiPlan		plan;
	Datum		result;
	JbiEdit    *array;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	path = jbi_path_argument(&call, 1);
	match_key = jbi_text_argument(&call, 2);
	match_value = jbi_value_argument(&call, 3);
	element = jbi_object_argument(&call, 4, &element_object);
	CheckCarriesMatch(&element_object, match_key, &match_value);

	jbi_plan_start(&plan, &call.scratch, PG_GETARG_DATUM(0));
	array = jbi_plan_open(&plan, &path, JB_FARRAY, true);
	if (array != NULL)
	{
		uint32		index;

		if (jbi_find_element(&array->source, match_key, &match_value, &index))
			jbi_edit_replace(array, index, &element);
		else
			jbi_edit_insert_element(array, array->source.count, &element);
	}
	result = jbi_plan_finish(&plan);
	jbi_call_end(&call);
	PG_RETURN_DATUM(result);
}
