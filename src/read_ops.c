/*-------------------------------------------------------------------------
 *
 * read_ops.c
 *	  SQL functions that only ask.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"

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
DiffersAtPath(JbiCall *call, const JbiPath *path)
{
	JbiValue	old_root = jbi_value_argument(call, 0);
	JbiValue	new_root = jbi_value_argument(call, 1);
	JbiValue	old_value;
	JbiValue	new_value;
	bool		in_old = jbi_path_follow(path, &old_root, &old_value);
	bool		in_new = jbi_path_follow(path, &new_root, &new_value);

	if (!in_old || !in_new)
		return in_old != in_new;
	return !jbi_values_equal(&old_value, &new_value);
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
			DiffersAtPath(&call, &path);
	jbi_call_end(&call);
	PG_RETURN_BOOL(changed);
}
