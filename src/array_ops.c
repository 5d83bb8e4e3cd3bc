/*-------------------------------------------------------------------------
 *
 * array_ops.c
 *	  SQL functions that edit an array by its elements' keys.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"

#include "mb/pg_wchar.h"

JBI_FUNCTION(jsonb_array_update_where);
JBI_FUNCTION(jsonb_array_upsert_where);

/*
 * The element that a function is about: the first object in the array at the path
 * that has the value under the key.
 */
typedef struct Match
{
	JbiPath		path;
	JbiString	key;
	JbiValue	value;
	JbiValue	element;		/* the new one, or what to merge into it */
	JbiContainer object;		/* the same, opened */
} Match;

/*
 * The arguments array_path, match_key and match_value, which always follow the
 * target.
 */
static Match
ReadMatch(JbiCall *call)
{
	Match		match;

	match.path = jbi_path_argument(call, 1);
	match.key = jbi_text_argument(call, 2);
	match.value = jbi_value_argument(call, 3);
	return match;
}

/*
 * Merge the object into the first match.
 */
static void
UpdateMatch(JbiPlace *place, void *state)
{
	const Match *match = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, false);
	uint32		index;

	if (array != NULL && jbi_find_element(&array->source, match->key, &match->value, &index))
		jbi_edit_merge(jbi_edit_open_child(array, index), &match->object);
}

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
	Match		match;
	JbiPlan		plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	match = ReadMatch(&call);
	jbi_object_argument(&call, 4, &match.object);

	jbi_plan_target(&call, &plan);
	jbi_plan_each(&plan, &match.path, UpdateMatch, &match);
	PG_RETURN_DATUM(jbi_finish_target(&call, &plan));
}

/*
 * An element that does not carry what it was searched by would be appended again
 * by every call.
 */
static void
CheckCarriesMatch(const Match *match)
{
	const JbiContainer *element = &match->object;
	uint32		index;
	JbiValue	carried;
	bool		has_key = jbi_find_key(element, match->key, 0, &index);
	int			clipped;

	if (has_key)
	{
		jbi_get_child(element, jbi_child_entry(element, index), &carried);
		if (jbi_values_equal(&carried, &match->value))
			return;
	}

	/*
	 * pg_mbcliplen() may answer more than it was given if a character is cut
	 * off.
	 */
	clipped = pg_mbcliplen(match->key.bytes, (int) match->key.len, NAMEDATALEN);
	clipped = Min(clipped, (int) match->key.len);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("element must have match_value under its key \"%.*s\"",
					clipped, match->key.bytes),
			 has_key ? errdetail("It has another value there.") : errdetail("It has no such key."),
			 errhint("Without it, every call would append the element again.")));
}

/*
 * Replace the first match by the element, or append it.
 */
static void
UpsertMatch(JbiPlace *place, void *state)
{
	const Match *match = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, true);
	uint32		index;

	if (array == NULL)
		return;
	if (jbi_find_element(&array->source, match->key, &match->value, &index))
		jbi_edit_replace(array, index, &match->element);
	else
		jbi_edit_insert_element(array, array->source.count, &match->element);
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
	Match		match;
	JbiPlan		plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	match = ReadMatch(&call);
	match.element = jbi_object_argument(&call, 4, &match.object);
	CheckCarriesMatch(&match);

	jbi_plan_target(&call, &plan);
	jbi_plan_each(&plan, &match.path, UpsertMatch, &match);
	PG_RETURN_DATUM(jbi_finish_target(&call, &plan));
}
