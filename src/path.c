/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Paths of keys, indexes and selectors, and how a value follows them.
 *
 *-------------------------------------------------------------------------
 */
#include "path.h"

#include "match.h"
#include "pointer.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void
CheckNoNulls(const bits8 *nulls, int count, const char *what)
{
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (att_isnull(i, nulls))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s at position %d is null", what, i + 1)));
	}
}

/*
 * Take the elements of a text[].  Like core's functions on paths this wants one
 * dimension; a null element could mean anything and is refused, by the name of what the
 * elements are.  The array is walked here because deconstruct_array() allocates.
 */
JbiPath
jbi_path_from_array(ArrayType *array, JbiScratch *scratch, const char *what)
{
	JbiPath		path;
	const bits8 *nulls = ARR_NULLBITMAP(array);
	const char *element = (const char *) array +
		(ARR_HASNULL(array) ? (Size) array->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(array)));

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("wrong number of array subscripts")));

	path.count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	path.is_pointer = false;
	path.tokens = 0;
	path.appended = 0;
	if (nulls != NULL)
		CheckNoNulls(nulls, path.count, what);

	path.scratch = scratch;
	path.context = NULL;
	path.elements = jbi_scratch_alloc(scratch, (Size) path.count * sizeof(JbiString));
	path.selectors = jbi_scratch_alloc(scratch, (Size) path.count * sizeof(JbiSelector *));
	for (int i = 0; i < path.count; i++)
	{
		uint32		size;

		CHECK_FOR_INTERRUPTS();
		element = (const char *) att_align_pointer(element, TYPALIGN_INT, -1, element);
		size = VARSIZE_ANY(element);
		path.elements[i].bytes = VARDATA_ANY(element);
		path.elements[i].len = size - (uint32) (path.elements[i].bytes - element);
		path.selectors[i] = NULL;
		element += size;
	}
	return path;
}

/*
 * The first count elements as an array literal, or as the JSON Pointer that they are,
 * for messages.
 */
char *
jbi_path_to_cstring(const JbiPath *path, int count)
{
	Datum	   *elements;
	ArrayType  *array;
	Oid			output;
	bool		is_varlena;

	if (path->is_pointer)
		return jbi_pointer_to_cstring(path, count);
	elements = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(cstring_to_text_with_len(path->elements[i].bytes,
															   (int) path->elements[i].len));
	array = construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT);
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	return jbi_clip_text(jbi_string(OidOutputFunctionCall(output, PointerGetDatum(array))),
						 JBI_LONGEST_PATH_SHOWN);
}

/*
 * A message names the element of a path by its position.  This says of which path.
 */
int
jbi_path_detail(const JbiPath *path)
{
	return errdetail("The path is %s.", jbi_path_to_cstring(path, path->count - path->appended));
}

/*
 * The element is neither an index nor a selector: core's words for the first, and
 * what is meant to be a selector gets told what they look like.
 */
pg_noreturn static void
NoSelector(const JbiPath *path, int level)
{
	JbiString	element = path->elements[level];
	char	   *text = jbi_clip_text(element, JBI_LONGEST_PATH_SHOWN);

	if (element.len > 0 && element.bytes[0] == '[')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("path element at position %d is not a valid selector: \"%s\"", level + 1, text),
				 jbi_path_detail(path),
				 errhint("Selectors are [key=value] and [=value] with a JSON scalar as value, [*], and [-].")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("path element at position %d is not an integer: \"%s\"", level + 1, text),
			 jbi_path_detail(path)));
}

pg_noreturn static void
EndInTheMiddle(const JbiPath *path, int level)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("path element at position %d is \"[-]\", which can only be the last one", level + 1),
			 jbi_path_detail(path)));
}

/*
 * The token of a JSON Pointer is no index.
 */
pg_noreturn static void
NoIndex(const JbiPath *path, int level)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path %s holds an array, which has no element \"%s\"",
					jbi_path_to_cstring(path, level),
					jbi_clip_text(path->elements[level], JBI_LONGEST_TEXT_SHOWN)),
			 errhint("In a JSON Pointer an index has neither a sign nor leading zeros.")));
}

/*
 * What the path has for an array leads a writer to none of its elements.
 */
pg_noreturn static void
NoElement(const JbiPath *path, int level)
{
	if (level < path->tokens)
		NoIndex(path, level);
	if (path->selectors[level]->kind == JBI_SELECT_END)
		EndInTheMiddle(path, level);
	NoSelector(path, level);
}

/*
 * Whether the path leads to several places where it meets an array.  No element is read
 * for this as a selector: it may never meet one.
 */
bool
jbi_path_may_branch(const JbiPath *path)
{
	for (int level = path->tokens; level < path->count; level++)
	{
		JbiString	element = path->elements[level];

		CHECK_FOR_INTERRUPTS();
		if (element.len == 3 && memcmp(element.bytes, "[*]", 3) == 0)
			return true;
	}
	return false;
}

/*
 * Where only one place makes sense.
 */
void
jbi_path_not_one_place(const JbiPath *path, int level)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path element at position %d is \"[*]\", but the path must lead to one place", level + 1),
			 jbi_path_detail(path)));
}

/*
 * Find an element by its index, which counts from the end if negative.
 */
static bool
FindIndex(const JbiContainer *array, int number, uint32 *index)
{
	/* In 64 bits: -INT_MIN has no place in an int. */
	if (number < 0 && -(int64) number > array->count)
		return false;
	*index = number < 0 ? array->count - (uint32) (-(int64) number) : (uint32) number;
	return *index < array->count;
}

/*
 * Find the one element that the path goes on to.  The position after the last is
 * found by writers only, who do not ask here when it is the last of the path.
 */
bool
jbi_path_step_into_array(const JbiPath *path, int level, const JbiContainer *array,
						 JbiPathUse use, uint32 *index)
{
	const JbiSelector *selector = jbi_path_selector(path, level);

	switch (selector->kind)
	{
		case JBI_SELECT_INDEX:
			return FindIndex(array, selector->index, index);
		case JBI_SELECT_MATCH:
			return jbi_find_element(array, selector->key, &selector->value, index);
		case JBI_SELECT_VALUE:
			return jbi_find_value(array, &selector->value, index);
		case JBI_SELECT_ALL:
			jbi_path_not_one_place(path, level);
		case JBI_SELECT_END:
		case JBI_SELECT_NOTHING:
			if (use == JBI_PATH_WRITE)
				NoElement(path, level);
			return false;
	}
	pg_unreachable();
}
