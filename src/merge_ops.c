/*-------------------------------------------------------------------------
 *
 * merge_ops.c
 *	  SQL functions that merge objects.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

JBI_FUNCTION(jsonb_merge_at_path);
JBI_FUNCTION(jsonb_merge_shallow);
JBI_FUNCTION(jsonb_deep_merge);

/*
 * Merge the object into the one at the place.
 */
static void
MergeAt(JbiPlace *place, void *state)
{
	jbi_place_merge(place, (const JbiContainer *) state);
}

/*
 * jsonb_merge_at_path(target jsonb, source jsonb, path text[]) returns jsonb
 *
 * Shallow-merges the object source into the object at path, creating missing
 * objects on the way; an empty path is the root.
 *
 * Errors: 22004 null argument or path element; 22023 source is not an object, or
 * there is a scalar on the way or something else than an object at its end;
 * 22P02 path element at an array that is neither an integer nor a selector.
 */
Datum
jsonb_merge_at_path(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "source", "path"};
	JbiCall		call;
	JbiContainer source;
	JbiPath		path;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	jbi_object_argument(&call, 1, &source);
	path = jbi_path_argument(&call, 2);

	PG_RETURN_DATUM(jbi_edit_target(&call, &path, MergeAt, &source));
}

/*
 * Merge the object into the root, in the planner's way.
 */
static Datum
MergeRoot(FunctionCallInfo fcinfo, JbiPlanner planner)
{
	static const char *const names[] = {"target", "source"};
	const JbiPath root = {0};
	JbiCall		call;
	JbiContainer source;
	JbiPlan		plan;

	jbi_call_start(&call, fcinfo, names, 1);
	jbi_object_argument(&call, 1, &source);

	jbi_plan_target(&call, &plan);
	if (plan.root.type != JENTRY_ISNULL && jbi_value_kind(&plan.root) != JB_FOBJECT)
		jbi_not_an_object(&call, 0, &plan.root);
	jbi_plan_each(&plan, &root, planner, &source);
	return jbi_finish_target(&call, &plan);
}

/*
 * jsonb_merge_shallow(target jsonb, source jsonb) returns jsonb
 *
 * Shallow-merges the object source into the object target.
 *
 * Errors: 22004 null source; 22023 source is not an object, or target is neither
 * an object nor null.
 */
Datum
jsonb_merge_shallow(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(MergeRoot(fcinfo, MergeAt));
}

/*
 * Merge the object into the one at the place, and objects in it into objects.
 */
static void
DeepMergeAt(JbiPlace *place, void *state)
{
	jbi_place_deep_merge(place, (const JbiContainer *) state);
}

/*
 * jsonb_deep_merge(target jsonb, source jsonb) returns jsonb
 *
 * Merges the object source into the object target: an object into an object, at
 * any depth; arrays and scalars are replaced.
 *
 * Errors: as jsonb_merge_shallow.
 */
Datum
jsonb_deep_merge(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(MergeRoot(fcinfo, DeepMergeAt));
}
