/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Paths of keys and indexes, and how a value follows them.
 *
 *-------------------------------------------------------------------------
 */
#include "path.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void
CheckNoNulls(const bits8 *nulls, int count)
{
	for (int i = 0; i < count; i++)
		if (att_isnull(i, nulls))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("path element at position %d is null", i + 1)));
}

/*
 * Take the elements of a text[].  Like core's functions on paths this wants one
 * dimension; a null element could mean anything and is refused.  The array is
 * walked here because deconstruct_array() allocates.
 */
JbiPath
jbi_path_from_array(ArrayType *array, JbiScratch *scratch)
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
	if (nulls != NULL)
		CheckNoNulls(nulls, path.count);

	path.elements = jbi_scratch_alloc(scratch, path.count * sizeof(JbiString));
	for (int i = 0; i < path.count; i++)
	{
		uint32		size;

		CHECK_FOR_INTERRUPTS();
		element = (const char *) att_align_pointer(element, TYPALIGN_INT, -1, element);
		size = VARSIZE_ANY(element);
		path.elements[i].bytes = VARDATA_ANY(element);
		path.elements[i].len = size - (uint32) (path.elements[i].bytes - element);
		element += size;
	}
	return path;
}

/* No message gets longer by a path than this, in bytes. */
#define LONGEST_PATH_SHOWN 256

/*
 * The first count elements as an array literal, for messages.
 */
char *
jbi_path_to_cstring(const JbiPath *path, int count)
{
	Datum	   *elements = palloc(count * sizeof(Datum));
	ArrayType  *array;
	Oid			output;
	bool		is_varlena;
	char	   *literal;
	int			clipped;

	for (int i = 0; i < count; i++)
		elements[i] = PointerGetDatum(cstring_to_text_with_len(path->elements[i].bytes,
															   (int) path->elements[i].len));
	array = construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT);
	getTypeOutputInfo(TEXTARRAYOID, &output, &is_varlena);
	literal = OidOutputFunctionCall(output, PointerGetDatum(array));
	clipped = pg_mbcliplen(literal, (int) strlen(literal), LONGEST_PATH_SHOWN);
	return literal[clipped] == '\0' ? literal : psprintf("%.*s...", clipped, literal);
}

/*
 * Read an array index the way core does, which is what strtoint() takes.
 */
static bool
ParseIndex(JbiString element, int *number)
{
	char		buffer[32];
	char	   *copy = element.len < sizeof(buffer) ? buffer : palloc((Size) element.len + 1);
	char	   *end;
	bool		parsed;

	jbi_copy_bytes(copy, element.bytes, element.len);
	copy[element.len] = '\0';
	errno = 0;
	*number = strtoint(copy, &end, 10);
	parsed = end != copy && *end == '\0' && errno == 0;
	if (copy != buffer)
		pfree(copy);
	return parsed;
}

/*
 * Find an element by its index, which counts from the end if negative.
 */
bool
jbi_path_step_into_array(const JbiPath *path, int level, const JbiContainer *array,
						 JbiPathUse use, uint32 *index)
{
	JbiString	element = path->elements[level];
	int			number;

	if (!ParseIndex(element, &number))
	{
		if (use == JBI_PATH_WRITE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("path element at position %d is not an integer: \"%s\"",
							level + 1, pnstrdup(element.bytes, element.len))));
		return false;
	}

	/* In 64 bits: -INT_MIN has no place in an int. */
	if (number < 0 && -(int64) number > array->count)
		return false;
	*index = number < 0 ? array->count - (uint32) (-(int64) number) : (uint32) number;
	return *index < array->count;
}
