/*
 * plan_edit.c
 *		Edit plans as scripts: any changes, anywhere, in any order.
 *
 * The operators of the extension each make one kind of plan.  The plan and its
 * writer promise more than any of them asks for, so this builds the engine
 * once more, behind a function that takes the changes one by one.
 */
#include "call.h"
#include "recompress.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_plan_edit);

static Datum
Field(Datum step, const char *name)
{
	return DirectFunctionCall2(jsonb_object_field, step,
							   PointerGetDatum(cstring_to_text(name)));
}

static char *
TextField(Datum step, const char *name)
{
	return TextDatumGetCString(DirectFunctionCall2(jsonb_object_field_text, step,
												   PointerGetDatum(cstring_to_text(name))));
}

static bool
HasField(Datum step, const char *name)
{
	return DatumGetBool(DirectFunctionCall2(jsonb_exists, step,
											PointerGetDatum(cstring_to_text(name))));
}

static JbiPath
PathField(Datum step, const char *name, JbiScratch *scratch)
{
	Oid			input;
	Oid			param;

	getTypeInputInfo(TEXTARRAYOID, &input, &param);
	return jbi_path_from_array(DatumGetArrayTypeP(OidInputFunctionCall(input, TextField(step, name),
																	   param, -1)),
							   scratch, "path element");
}

/*
 * The target's own value at a path: what makes an operator move or copy it.
 */
static JbiValue
OwnValue(const JbiPlan *plan, const JbiPath *path)
{
	JbiValue	value = plan->root;

	for (int level = 0; level < path->count; level++)
	{
		JbiString	element = path->elements[level];
		JbiContainer container;
		uint32		index;

		jbi_open_container(&container, &value);
		if (container.kind == JB_FARRAY)
			index = (uint32) atoi(pnstrdup(element.bytes, element.len));
		else if (!jbi_find_key(&container, element, 0, &index))
			index = container.count;
		if (index >= container.count)
			elog(ERROR, "nothing at path %s", jbi_path_to_cstring(path, path->count));
		jbi_get_child(&container, jbi_child_entry(&container, index), &value);
	}
	return value;
}

/*
 * The value of a step, which the target may hold itself.
 */
static JbiValue
ValueField(Datum step, JbiPlan *plan)
{
	JbiPath		from;

	if (!HasField(step, "from"))
		return jbi_root_value(DatumGetJsonbP(Field(step, "value")));
	from = PathField(step, "from", plan->scratch);
	return OwnValue(plan, &from);
}

/*
 * One change of an element, by its index before any change was made.
 */
static void
ChangeElement(JbiEdit *array, const char *op, uint32 index, const JbiValue *value)
{
	if (index >= array->source.count + (strcmp(op, "insert") == 0))
		elog(ERROR, "the array has no element %u", index);
	if (strcmp(op, "insert") == 0)
		jbi_edit_insert_element(array, index, value);
	else if (strcmp(op, "replace") == 0)
		jbi_edit_replace(array, index, value);
	else
		jbi_edit_remove(array, index);
}

/*
 * One change of a pair.
 */
static void
ChangePair(JbiEdit *object, const char *op, char *name, const JbiValue *value)
{
	JbiString	key = {name, strlen(name)};
	JbiContainer source;
	uint32		index;
	bool		found = jbi_find_key(&object->source, key, 0, &index);

	if (strcmp(op, "merge") == 0)
	{
		jbi_open_container(&source, value);
		jbi_edit_merge(object, &source);
	}
	else if (!found)
		jbi_edit_insert_pair(object, index, key, value);
	else if (strcmp(op, "replace") == 0)
		jbi_edit_replace(object, index, value);
	else
		jbi_edit_remove(object, index);
}

/*
 * The container at the end of a path.
 */
typedef struct Opening
{
	uint32		kind;
	JbiEdit    *edit;
} Opening;

static void
Open(JbiPlace *place, void *state)
{
	Opening    *opening = state;

	opening->edit = jbi_place_open(place, opening->kind, false);
}

/*
 * plan_edit(target jsonb, script jsonb) returns jsonb
 *
 * script is an array of {"path": text of a text[], "op": "insert", "replace",
 * "remove" or, of an object, "merge", "at": an index or a key, "value": anything};
 * or instead of a value "from": a path, whose value the target itself has there.
 */
Datum
jsonb_ivm_test_plan_edit(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "script"};
	JbiCall		call;
	JbiPlan		plan;
	Datum		result;
	int			count;

	/* This is the test module's own, which no setting reaches. */
	jbi_compressed_splice = true;
	jbi_call_start(&call, fcinfo, names, 0);
	count = DatumGetInt32(DirectFunctionCall1(jsonb_array_length, PG_GETARG_DATUM(1)));
	jbi_plan_start(&plan, &call.scratch, PG_GETARG_DATUM(0), true);
	for (int i = 0; i < count; i++)
	{
		Datum		step = DirectFunctionCall2(jsonb_array_element, PG_GETARG_DATUM(1),
											   Int32GetDatum(i));
		char	   *at = TextField(step, "at");
		char	   *op = TextField(step, "op");
		JbiPath		path = PathField(step, "path", &call.scratch);
		JbiValue	value = ValueField(step, &plan);
		bool		in_array = strcmp(TextField(step, "in"), "array") == 0;
		Opening		opening = {in_array ? JB_FARRAY : JB_FOBJECT, NULL};
		JbiEdit    *edit;

		jbi_plan_each(&plan, &path, Open, &opening);
		edit = opening.edit;
		if (edit == NULL)
			elog(ERROR, "nothing at path %s", jbi_path_to_cstring(&path, path.count));
		if (in_array)
			ChangeElement(edit, op, atoi(at), &value);
		else
			ChangePair(edit, op, at, &value);
	}
	result = jbi_plan_finish(&plan);
	jbi_call_end(&call);
	PG_RETURN_DATUM(result);
}
