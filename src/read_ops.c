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
#include "verify.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

JBI_FUNCTION(jsonb_has_path_changed);
JBI_FUNCTION(jsonb_array_contains_id);
JBI_FUNCTION(jsonb_extract_id);
JBI_FUNCTION(jsonb_verify);

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
	else if (IsSameStoredValue(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) && !jbi_path_may_branch(&path))
		changed = false;
	else						/* [*] is an error, however they are stored */
		changed = ArgumentsDifferAtPath(&call, &path);
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
 * Errors: 22004 null path or path element; 22023 [*] at an array.
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

/*
 * What jsonb_array_contains_id() searches.
 */
typedef struct Search
{
	JbiPath		path;
	JbiString	key;
	JbiValue	value;
} Search;

static bool AnyContains(const Search *search, const JbiContainer *array, int level);

/*
 * Whether what the path leads to from here, from the element at level on, is an array
 * with a match.
 */
static bool
Contains(const Search *search, JbiValue value, int level)
{
	const JbiPath *path = &search->path;

	for (;; level++)
	{
		JbiContainer container;
		uint32		index;

		CHECK_FOR_INTERRUPTS();
		if (value.type != JENTRY_ISCONTAINER)
			return false;
		jbi_open_container(&container, &value);
		if (level == path->count)
			return container.kind == JB_FARRAY &&
				jbi_find_element(&container, search->key, &search->value, &index);
		if (container.kind == JB_FARRAY && jbi_path_selector(path, level)->kind == JBI_SELECT_ALL)
			return AnyContains(search, &container, level + 1);
		if (!jbi_path_step(path, level, &container, JBI_PATH_READ, &index))
			return false;
		jbi_get_child(&container, jbi_child_entry(&container, index), &value);
	}
}

/*
 * The same from any of an array's elements.
 */
static bool
AnyContains(const Search *search, const JbiContainer *array, int level)
{
	JbiCursor	cursor;

	check_stack_depth();
	jbi_cursor_start(&cursor, array, 0);
	for (uint32 i = 0; i < array->count; i++)
	{
		JbiValue	element;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &element);
		if (Contains(search, element, level))
			return true;
	}
	return false;
}

/*
 * jsonb_array_contains_id(data jsonb, array_path text[], id_key text,
 *						   id_value jsonb) returns boolean
 *
 * Whether some element of the array at array_path is an object whose id_key equals
 * id_value; of any of the arrays, if the path has [*].  What cannot be followed is
 * missing, and contains nothing, as does what is no array.  Strict.
 *
 * Errors: 22004 null path element.
 */
Datum
jsonb_array_contains_id(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"data", "array_path", "id_key", "id_value"};
	JbiCall		call;
	Search		search;
	JbiLookup	lookup;
	bool		contains;

	jbi_call_start(&call, fcinfo, names, 0);
	search.path = jbi_path_argument(&call, 1);
	search.key = jbi_text_argument(&call, 2);
	search.value = jbi_value_argument(&call, 3);

	if (!jbi_is_plain_argument(fcinfo, 0) && !jbi_path_may_branch(&search.path) &&
		jbi_lookup_start(&lookup, PG_GETARG_DATUM(0)))
	{
		JbiValue	array;

		contains = jbi_lookup_path(&lookup, &search.path, &array) &&
			Contains(&search, array, search.path.count);
		jbi_lookup_end(&lookup);
	}
	else
		contains = Contains(&search, jbi_value_argument(&call, 0), 0);
	jbi_call_end(&call);
	PG_RETURN_BOOL(contains);
}

/*
 * The value that an object has under the key.
 */
static bool
FindKey(const JbiValue *document, JbiString key, JbiValue *value)
{
	JbiContainer object;

	if (document->type != JENTRY_ISCONTAINER)
		return false;
	jbi_open_container(&object, document);
	return object.kind == JB_FOBJECT && jbi_get_value(&object, key, value);
}

static text *
StringAsText(const JbiValue *value)
{
	Size		size = VARHDRSZ + (Size) value->len;
	text	   *result = palloc(size);

	SET_VARSIZE(result, size);
	jbi_copy_bytes(VARDATA(result), value->bytes, value->len);
	return result;
}

/*
 * A number as text.  Most ids are integers, for which numeric_out() would take a good
 * part of the time.
 */
static text *
NumberAsText(const JbiValue *value)
{
	char		buffer[24];		/* for any int64 */
	int64		integer;
	char	   *digits;
	text	   *result;

	if (jbi_small_integer(value, &integer))
	{
		(void) pg_lltoa(integer, buffer);
		return cstring_to_text(buffer);
	}
	digits = DatumGetCString(DirectFunctionCall1(numeric_out,
												 NumericGetDatum(jbi_checked_number(value))));
	result = cstring_to_text(digits);
	pfree(digits);
	return result;
}

/*
 * A string or number as text, or NULL for anything else.
 */
static text *
IdAsText(const JbiValue *value)
{
	if (value->type == JENTRY_ISSTRING)
		return StringAsText(value);
	return value->type == JENTRY_ISNUMERIC ? NumberAsText(value) : NULL;
}

/*
 * jsonb_extract_id(data jsonb, key text DEFAULT 'id') returns text
 *
 * The string or number that the document, an object, has under the key, as text; null
 * for anything else.  Of a stored document no more is read than it takes.  Strict.
 *
 * Errors: none but of damaged bytes.
 */
Datum
jsonb_extract_id(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"data", "key"};
	JbiCall		call;
	JbiString	key;
	JbiLookup	lookup;
	JbiValue	value;
	text	   *result = NULL;

	jbi_call_start(&call, fcinfo, names, 0);
	key = jbi_text_argument(&call, 1);
	if (!jbi_is_plain_argument(fcinfo, 0) && jbi_lookup_start(&lookup, PG_GETARG_DATUM(0)))
	{
		if (jbi_lookup_scalar(&lookup, key, &value))
			result = IdAsText(&value);
		jbi_lookup_end(&lookup);
	}
	else
	{
		JbiValue	document = jbi_value_argument(&call, 0);

		if (FindKey(&document, key, &value))
			result = IdAsText(&value);
	}
	jbi_call_end(&call);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

/*
 * jsonb_verify(data jsonb) returns text
 *
 * The first fault in the bytes of the document, and its offset; null if they obey
 * every rule of the format.  Strict.
 *
 * Errors: 54001 nested too deep for the stack; and core's own, if what is stored
 * cannot be decompressed.
 */
Datum
jsonb_verify(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"data"};
	JbiCall		call;
	const Jsonb *document;
	const char *fault;
	Size		offset;
	text	   *result = NULL;

	jbi_call_start(&call, fcinfo, names, 0);
	document = jbi_document_argument(&call, 0);
	fault = jbi_verify(VARDATA(document), VARSIZE(document) - VARHDRSZ, &offset);
	if (fault != NULL)
	{
		char	   *report = psprintf("%s, at byte offset %zu", fault, offset);

		result = cstring_to_text(report);
		pfree(report);
	}
	jbi_call_end(&call);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}
