/*-------------------------------------------------------------------------
 *
 * path_ops.c
 *	  SQL functions that edit what a path leads to.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"

#include "utils/fmgrprotos.h"

JBI_FUNCTION(jsonb_set_path);
JBI_FUNCTION(jsonb_remove_path);
JBI_FUNCTION(jsonb_increment);
JBI_FUNCTION(jsonb_graft);

static void
SetAt(JbiPlace *place, void *state)
{
	jbi_place_set(place, (const JbiValue *) state);
}

/*
 * jsonb_set_path(target jsonb, path text[], value jsonb) returns jsonb
 *
 * Sets what is at path, creating missing objects on the way, and an array where
 * the last element is [-]; an empty path is the root.
 *
 * Errors: 22004 null argument or path element; 22023 there is a scalar on the way;
 * 22P02 path element at an array that is neither an integer nor a selector.
 */
Datum
jsonb_set_path(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "path", "value"};
	JbiCall		call;
	JbiPath		path;
	JbiValue	value;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	path = jbi_path_argument(&call, 1);
	value = jbi_value_argument(&call, 2);

	PG_RETURN_DATUM(jbi_edit_target(&call, &path, SetAt, &value));
}

static void
RemoveAt(JbiPlace *place, void *state)
{
	(void) state;
	jbi_place_remove(place);
}

/*
 * jsonb_remove_path(target jsonb, path text[]) returns jsonb
 *
 * Removes what is at path, which may be in many places.  Nothing there, or an empty
 * path: the target as it came.
 *
 * Errors: 22004 null argument or path element; 22P02 path element at an array that
 * is neither an integer nor a selector.
 */
Datum
jsonb_remove_path(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "path"};
	JbiCall		call;
	JbiPath		path;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	path = jbi_path_argument(&call, 1);

	PG_RETURN_DATUM(jbi_edit_target(&call, &path, RemoveAt, NULL));
}

/*
 * The argument that says by how much.
 */
static JbiValue
ReadIncrement(JbiCall *call, int number)
{
	const char *bytes = (const char *) jbi_scratch_detoast(&call->scratch, call->fcinfo->args[number].value);
	JbiValue	by = {
		.type = JENTRY_ISNUMERIC,
		.bytes = bytes,
		.len = VARSIZE(bytes),
		.doc = bytes
	};

	if (!jbi_is_finite(&by))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite number, not %s", call->names[number],
						DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(bytes))))));
	return by;
}

static void
IncrementAt(JbiPlace *place, void *state)
{
	jbi_place_increment(place, (const JbiValue *) state);
}

/*
 * jsonb_increment(target jsonb, path text[], by numeric) returns jsonb
 *
 * Adds to the number at path.  Missing or null it counts as 0, and missing objects
 * on the way are created.
 *
 * Errors: 22004 null argument or path element; 22023 by is NaN or infinite, or the
 * path holds something else than a number, or there is a scalar on the way; 22P02
 * path element at an array that is neither an integer nor a selector; 22003 the sum
 * is too large for a numeric.
 */
Datum
jsonb_increment(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "path", "by"};
	JbiCall		call;
	JbiPath		path;
	JbiValue	by;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	path = jbi_path_argument(&call, 1);
	by = ReadIncrement(&call, 2);

	PG_RETURN_DATUM(jbi_edit_target(&call, &path, IncrementAt, &by));
}

/*
 * What is to be in a place.
 */
typedef struct Graft
{
	bool		found;			/* or nothing */
	JbiValue	value;
} Graft;

static void
GraftAt(JbiPlace *place, void *state)
{
	const Graft *graft = state;

	if (graft->found)
		jbi_place_set(place, &graft->value);
	else
		jbi_place_remove(place);
}

/*
 * Copy what is at one path.
 */
static void
GraftPath(JbiPlan *plan, const JbiPath *path, const JbiValue *fresh)
{
	Graft		graft = {.value = *fresh};

	graft.found = jbi_follow_path(path, &graft.value);
	if (!jbi_plan_each(plan, path, GraftAt, &graft))
	{
		jbi_plan_settle(plan);
		jbi_plan_each(plan, path, GraftAt, &graft);
	}
}

/*
 * jsonb_graft(target jsonb, fresh jsonb, VARIADIC paths text[]) returns jsonb
 *
 * Copies what is at each of the paths from fresh into target, as jsonb_set_path
 * does, and removes it if fresh does not have it.  In order: a path means the
 * target with all that was copied before.
 *
 * Errors: 22004 null argument, path or path element; 22023 there is a scalar on the
 * way, or [*] at an array; 22P02 a path is no array literal, or has an element at an
 * array of the target that is neither an integer nor a selector; 2202E a path has more
 * than one dimension.
 */
Datum
jsonb_graft(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "fresh", "paths"};
	JbiCall		call;
	JbiValue	fresh;
	const JbiCallSite *paths;
	JbiPlan		plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	fresh = jbi_value_argument(&call, 1);
	paths = jbi_paths_argument(&call, 2);

	jbi_plan_target(&call, &plan);
	plan.in_order = true;
	plan.one_place = true;
	for (int i = 0; i < paths->count; i++)
		GraftPath(&plan, &paths->paths[i], &fresh);
	PG_RETURN_DATUM(jbi_finish_target(&call, &plan));
}
