/*-------------------------------------------------------------------------
 *
 * read_ops.c
 *	  SQL functions that only ask.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "lookup.h"
#include "match.h"
#include "path.h"

JBI_FUNCTION(jsonb_has_path_changed);

/*
 * Whether both datums point to the same stored value, so that there is nothing
 * to look at.
 */
static bool
IsSameStoredValue(Datum a, Datum b)
{
	const void *a_pointer = DatumGetPointer(a);
	const void *b_pointer = DatumGetPointer(b);

	return VARATT_IS_EXTERNAL_ONDISK(a_pointer) && VARATT_IS_EXTERNAL_ONDISK(b_pointer) &&
		memcmp(a_pointer, b_pointer, VARSIZE_EXTERNAL(a_pointer)) == 0;
}

/*
 * Whether what two documents hold at the path differs: IS DISTINCT FROM, where
 * missing is null.
 */
static bool
DiffersAtPath(const Jsonb *old, const Jsonb *new, const JbiPath *path)
{
	JbiValue	old_value = jbi_root_value(old);
	JbiValue	new_value = jbi_root_value(new);
	bool		in_old = jbi_follow_path(path, &old_value);
	bool		in_new = jbi_follow_path(path, &new_value);

	if (!in_old || !in_new)
		return in_old != in_new;
	return !jbi_values_equal(&old_value, &new_value);
}

/*
 * The value at the path of an argument, read in parts if that is less work.
 */
static bool
LookUp(JbiCall *call, int number, const JbiPath *path, JbiLookup *lookup, JbiValue *value)
{
	if (jbi_lookup_start(lookup, call->fcinfo->args[number].value))
		return jbi_lookup_path(lookup, path, value);
	*value = jbi_value_argument(call, number);
	return jbi_follow_path(path, value);
}

/*
 * As DiffersAtPath(), of arguments in whatever form.
 */
static bool
ArgumentsDifferAtPath(JbiCall *call, const JbiPath *path)
{
	JbiLookup	lookup[2];
	JbiValue	value[2];
	bool		found[2];
	bool		differ;

	for (int i = 0; i < 2; i++)
		found[i] = LookUp(call, i, path, &lookup[i], &value[i]);
	differ = found[0] != found[1] || (found[0] && !jbi_values_equal(&value[0], &value[1]));
	for (int i = 0; i < 2; i++)
		jbi_lookup_end(&lookup[i]);
	return differ;
}

/*
 * The function, whatever its arguments are.
 */
static bool
HasPathChanged(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"old", "new", "path"};
	JbiCall		call;
	JbiPath		path;
	bool		changed;

	jbi_call_start(&call, fcinfo, names, 2);
	path = jbi_path_argument(&call, 2);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		changed = PG_ARGISNULL(0) != PG_ARGISNULL(1);
	else
		changed = !IsSameStoredValue(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) &&
			ArgumentsDifferAtPath(&call, &path);
	jbi_call_end(&call);
	return changed;
}

/*
 * jsonb_has_path_changed(old jsonb, new jsonb, path text[]) returns boolean
 *
 * Whether the value at path differs between the documents, as by IS DISTINCT
 * FROM.  Both documents null: false; one null: true; missing in both: false;
 * missing in one: true.  What cannot be followed is missing.
 *
 * Errors: 22004 null path or path element.
 */
Datum
jsonb_has_path_changed(PG_FUNCTION_ARGS)
{
	const JbiPath *path = jbi_known_path(fcinfo);

	/*
	 * Documents as they are, and a path that was read before: nothing to
	 * clean up.
	 */
	if (path != NULL && jbi_is_plain_argument(fcinfo, 0) && jbi_is_plain_argument(fcinfo, 1))
		PG_RETURN_BOOL(DiffersAtPath((Jsonb *) PG_GETARG_POINTER(0), (Jsonb *) PG_GETARG_POINTER(1), path));
	PG_RETURN_BOOL(HasPathChanged(fcinfo));
}
