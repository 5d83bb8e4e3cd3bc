/*-------------------------------------------------------------------------
 *
 * call.c
 *	  What the SQL entry points share: the frame of a call, and arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

#include "mb/pg_wchar.h"
#include "nodes/primnodes.h"
#include "recompress.h"
#include "stored.h"

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
 * What is kept of a path, whose elements are constants of the query.
 */
static JbiCallSite *
NewCallSite(MemoryContext context, const JbiPath *path)
{
	Size		elements_size = (Size) path->count * sizeof(JbiString);
	Size		selectors_size = (Size) path->count * sizeof(JbiSelector *);
	JbiCallSite *site = MemoryContextAlloc(context, offsetof(JbiCallSite, elements) +
										   elements_size + selectors_size);

	site->path.count = path->count;
	site->path.elements = site->elements;
	site->path.selectors = (JbiSelector **) &site->elements[path->count];
	site->path.scratch = NULL;
	site->path.context = context;
	jbi_copy_bytes(site->elements, path->elements, elements_size);
	for (int i = 0; i < path->count; i++)
		site->path.selectors[i] = NULL;
	return site;
}

/*
 * Read a path, and keep it for the next call if it will be the same.  The bytes
 * of its elements are those of the constant, which lives as long as the call site;
 * unless it had to be detoasted.
 */
JbiPath
jbi_read_path(JbiCall *call, int number)
{
	Datum		datum = call->fcinfo->args[number].value;
	FmgrInfo   *flinfo = call->fcinfo->flinfo;
	ArrayType  *array = (ArrayType *) jbi_scratch_detoast(&call->scratch, datum);
	JbiPath		path = jbi_path_from_array(array, &call->scratch);

	if (PointerGetDatum(array) == datum && IsConstant(flinfo, number))
		flinfo->fn_extra = NewCallSite(flinfo->fn_mcxt, &path);
	return path;
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

JbiString
jbi_text_argument(JbiCall *call, int number)
{
	const struct varlena *argument = jbi_scratch_detoast_packed(&call->scratch,
																call->fcinfo->args[number].value);
	JbiString	string = {VARDATA_ANY(argument), VARSIZE_ANY_EXHDR(argument)};

	return string;
}

/*
 * How much of a string a message shows.  pg_mbcliplen() may answer more than it was
 * given if a character is cut off.
 */
int
jbi_shown_length(JbiString string)
{
	int			clipped = pg_mbcliplen(string.bytes, (int) string.len, NAMEDATALEN);

	return Min(clipped, (int) string.len);
}

/*
 * An argument that has to be a container of that kind, opened.
 */
static JbiValue
ContainerArgument(JbiCall *call, int number, uint32 kind, JbiContainer *container)
{
	JbiValue	value = jbi_value_argument(call, number);

	if (jbi_value_kind(&value) != kind)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON %s, not %s", call->names[number],
						kind == JB_FOBJECT ? "object" : "array", jbi_value_type_name(&value))));
	jbi_open_container(container, &value);
	return value;
}

JbiValue
jbi_object_argument(JbiCall *call, int number, JbiContainer *object)
{
	return ContainerArgument(call, number, JB_FOBJECT, object);
}

JbiValue
jbi_array_argument(JbiCall *call, int number, JbiContainer *array)
{
	return ContainerArgument(call, number, JB_FARRAY, array);
}
