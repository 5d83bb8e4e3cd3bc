/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Paths of keys and indexes, and how a value follows them.
 *
 *-------------------------------------------------------------------------
 */
#include "path.h"

#include "catalog/pg_type.h"
#include "common/string.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Take the elements of a text[].  Like core's functions on paths this wants one
 * dimension; a null element could mean anything and is refused.
 */
JbiPath
jbi_path_from_array(ArrayType *array)
{
	JbiPath		path;
	bool	   *nulls;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("wrong number of array subscripts")));

	jbi_deconstruct_text_array(array, &path.elements, &nulls, &path.count);
	for (int i = 0; i < path.count; i++)
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("path element at position %d is null", i + 1)));
	if (nulls != NULL)
		pfree(nulls);
	return path;
}

/*
 * The first count elements as an array literal, for messages.
 */
char *
jbi_path_to_cstring(const JbiPath *path, int count)
{
	ArrayType  *array;
	Oid			output;
	bool		is_varlena;

	array = construct_array(path->elements, count, TEXTOID, -1, false, TYPALIGN_INT);
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	return OidOutputFunctionCall(output, PointerGetDatum(array));
}

JbiString
jbi_path_element(const JbiPath *path, int level)
{
	const text *element = (const text *) DatumGetPointer(path->elements[level]);
	JbiString	string = {VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element)};

	return string;
}

/*
 * Read an array index the way core does: what strtoint() takes, from the end
 * when negative.  Returns whether the array has such an element.
 */
static bool
StepIntoArray(const JbiPath *path, int level, const JbiContainer *array,
			  JbiPathUse use, uint32 *index)
{
	char	   *element = TextDatumGetCString(path->elements[level]);
	char	   *end;
	int			number;

	errno = 0;
	number = strtoint(element, &end, 10);
	if (end == element || *end != '\0' || errno != 0)
	{
		if (use == JBI_PATH_WRITE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("path element at position %d is not an integer: \"%s\"",
							level + 1, element)));
		pfree(element);
		return false;
	}
	pfree(element);

	/* In 64 bits: -INT_MIN has no place in an int. */
	if (number < 0 && -(int64) number > array->count)
		return false;
	*index = number < 0 ? array->count - (uint32) (-(int64) number) : (uint32) number;
	return *index < array->count;
}

/*
 * Where the path goes on from a container: which of its pairs or elements.
 * False if there is none; then for an object index is the pair that the key
 * would go before.
 */
bool
jbi_path_step(const JbiPath *path, int level, const JbiContainer *container,
			  JbiPathUse use, uint32 *index)
{
	if (container->kind == JB_FARRAY)
		return StepIntoArray(path, level, container, use, index);
	return jbi_find_key(container, jbi_path_element(path, level), 0, index);
}

/*
 * The value at the path, as #> finds it.
 */
bool
jbi_path_follow(const JbiPath *path, const JbiValue *root, JbiValue *value)
{
	*value = *root;
	for (int level = 0; level < path->count; level++)
	{
		JbiContainer container;
		uint32		index;

		CHECK_FOR_INTERRUPTS();
		if (value->type != JENTRY_ISCONTAINER)
			return false;
		jbi_open_container(&container, value);
		if (!jbi_path_step(path, level, &container, JBI_PATH_READ, &index))
			return false;
		jbi_get_child(&container, container.nentries - container.count + index, value);
	}
	return true;
}
