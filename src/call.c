/*-------------------------------------------------------------------------
 *
 * call.c
 *	  What the SQL entry points share: the frame of a call, and arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

#include "recompress.h"
#include "stored.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/lsyscache.h"

/*
 * Core's answer to a null argument, a null document, would erase what an UPDATE
 * assigns it to.
 */
void
jbi_null_argument(const char *const *names, int number)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" must not be null", names[number]),
			 errhint("A subquery that finds no row gives null; skip such rows in WHERE, or use COALESCE.")));
}

/*
 * Whether an argument is a constant of the query.  get_fn_expr_arg_stable() takes
 * parameters for stable as well, but PL/pgSQL calls again with others.
 */
static bool
IsConstant(const FmgrInfo *flinfo, int number)
{
	const List *arguments;

	if (flinfo == NULL || flinfo->fn_expr == NULL || !IsA(flinfo->fn_expr, FuncExpr))
		return false;
	arguments = ((const FuncExpr *) flinfo->fn_expr)->args;
	return number < list_length(arguments) && IsA(list_nth(arguments, number), Const);
}

/*
 * A copy of a path, in one piece of memory, whose selectors will be kept there, too.
 */
static JbiPath
KeepPath(MemoryContext context, const JbiPath *path)
{
	JbiPath		kept = {.count = path->count, .context = context};
	Size		size = 0;
	char	   *bytes;

	for (int i = 0; i < path->count; i++)
		size += path->elements[i].len;
	size += (Size) path->count * (sizeof(JbiString) + sizeof(JbiSelector *));

	kept.elements = MemoryContextAlloc(context, size);
	kept.selectors = (JbiSelector **) &kept.elements[path->count];
	bytes = (char *) &kept.selectors[path->count];
	for (int i = 0; i < path->count; i++)
	{
		JbiString	element = path->elements[i];

		CHECK_FOR_INTERRUPTS();
		jbi_copy_bytes(bytes, element.bytes, element.len);
		kept.elements[i].bytes = bytes;
		kept.elements[i].len = element.len;
		kept.selectors[i] = NULL;
		bytes += element.len;
	}
	return kept;
}

static JbiCallSite *
NewCallSite(MemoryContext context, const JbiPath *paths, int count)
{
	JbiCallSite *site = MemoryContextAlloc(context, offsetof(JbiCallSite, paths) +
										   (Size) count * sizeof(JbiPath));

	site->count = count;
	for (int i = 0; i < count; i++)
		site->paths[i] = KeepPath(context, &paths[i]);
	return site;
}

/*
 * Read a path, and keep it for the next call if it will be the same.
 */
JbiPath
jbi_read_path(JbiCall *call, int number)
{
	FmgrInfo   *flinfo = call->fcinfo->flinfo;
	ArrayType  *array = (ArrayType *) jbi_scratch_detoast(&call->scratch, call->fcinfo->args[number].value);
	JbiPath		path = jbi_path_from_array(array, &call->scratch, "path element");

	if (IsConstant(flinfo, number))
		flinfo->fn_extra = NewCallSite(flinfo->fn_mcxt, &path, 1);
	return path;
}

/*
 * Read an argument that lists paths, each as the text of an array.
 */
static JbiCallSite *
ReadPaths(JbiCall *call, int number)
{
	JbiScratch *scratch = &call->scratch;
	ArrayType  *array = (ArrayType *) jbi_scratch_detoast(scratch, call->fcinfo->args[number].value);
	JbiPath		literals = jbi_path_from_array(array, scratch, "path");
	JbiCallSite *paths = jbi_scratch_alloc(scratch, offsetof(JbiCallSite, paths) +
										   (Size) literals.count * sizeof(JbiPath));
	MemoryContext caller = MemoryContextSwitchTo(jbi_scratch_context(scratch));
	Oid			input;
	Oid			parameter;
	FmgrInfo	function;

	getTypeInputInfo(TEXTARRAYOID, &input, &parameter);
	fmgr_info(input, &function);
	paths->count = literals.count;
	for (int i = 0; i < literals.count; i++)
	{
		char	   *literal = pnstrdup(literals.elements[i].bytes, literals.elements[i].len);

		CHECK_FOR_INTERRUPTS();
		array = DatumGetArrayTypeP(InputFunctionCall(&function, literal, parameter, -1));
		paths->paths[i] = jbi_path_from_array(array, scratch, "path element");
	}
	MemoryContextSwitchTo(caller);
	return paths;
}

/*
 * The paths of such an argument, from the last call if they are the same.
 */
const JbiCallSite *
jbi_paths_argument(JbiCall *call, int number)
{
	FmgrInfo   *flinfo = call->fcinfo->flinfo;
	const JbiCallSite *paths = flinfo != NULL ? flinfo->fn_extra : NULL;

	if (paths != NULL)
		return paths;
	paths = ReadPaths(call, number);
	if (IsConstant(flinfo, number))
		flinfo->fn_extra = NewCallSite(flinfo->fn_mcxt, paths->paths, paths->count);
	return paths;
}

/*
 * Begin the plan for the document that the call is about, its first argument.
 */
void
jbi_plan_target(JbiCall *call, JbiPlan *plan)
{
	Datum		target = call->fcinfo->args[0].value;
	const struct varlena *value = (const struct varlena *) DatumGetPointer(target);
	bool		toasted = VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value);

	jbi_plan_start(plan, &call->scratch, target,
				   toasted && jbi_compressed_splice && jbi_is_stored(call->fcinfo, value));
}

/*
 * The result, and the end of the call.
 */
Datum
jbi_finish_target(JbiCall *call, JbiPlan *plan)
{
	Datum		result = jbi_plan_finish(plan);

	if (result != plan->original)
		jbi_note_result((const struct varlena *) DatumGetPointer(result));
	jbi_call_end(call);
	return result;
}

/*
 * All of a call that edits its first argument in the places that a path leads to.  Such a
 * plan is in no order and has nothing replaced, so the path can always be followed.
 */
Datum
jbi_edit_target(JbiCall *call, const JbiPath *path, JbiPlanner planner, void *state)
{
	JbiPlan		plan;

	jbi_plan_target(call, &plan);
	(void) jbi_plan_each(&plan, path, planner, state);
	return jbi_finish_target(call, &plan);
}

/*
 * The bytes of an argument that is text.
 */
JbiString
jbi_text_argument(JbiCall *call, int number)
{
	const struct varlena *argument = jbi_scratch_detoast_packed(&call->scratch,
																call->fcinfo->args[number].value);
	JbiString	string = {VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)};

	return string;
}

pg_noreturn static void
WrongKind(const JbiCall *call, int number, uint32 kind, const JbiValue *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be a JSON %s, not %s", call->names[number],
					kind == JB_FOBJECT ? "object" : "array", jbi_value_type_name(value))));
}

/*
 * An argument has to be an object, and its value is none.
 */
void
jbi_not_an_object(const JbiCall *call, int number, const JbiValue *value)
{
	WrongKind(call, number, JB_FOBJECT, value);
}

/*
 * An argument that has to be a container of that kind, opened.
 */
static JbiValue
ContainerArgument(JbiCall *call, int number, uint32 kind, JbiContainer *container)
{
	JbiValue	value = jbi_value_argument(call, number);

	if (jbi_value_kind(&value) != kind)
		WrongKind(call, number, kind, &value);
	jbi_open_container(container, &value);
	return value;
}

/*
 * An argument that has to be an object: its value, and the object opened.
 */
JbiValue
jbi_object_argument(JbiCall *call, int number, JbiContainer *object)
{
	return ContainerArgument(call, number, JB_FOBJECT, object);
}

/*
 * The same for an array.
 */
JbiValue
jbi_array_argument(JbiCall *call, int number, JbiContainer *array)
{
	return ContainerArgument(call, number, JB_FARRAY, array);
}
