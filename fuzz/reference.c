/*-------------------------------------------------------------------------
 *
 * reference.c
 *	  The operators again, on core's functions alone.
 *
 * What the real ones must agree with, to the byte and the SQLSTATE.  Written to be
 * seen to be right, at any cost in time, and without a line of src/: everything is
 * made of jsonb_set(), ||, ->, #> and core's iterator.  Arguments are plain.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* Where a path leads a writer. */
typedef enum State
{
	FOUND,
	ABSENT,						/* and could be created */
	BLOCKED,					/* by a scalar in the middle */
	NO_ELEMENT					/* an index is out of range */
} State;

typedef struct Path
{
	Datum	   *elements;
	int			count;
} Path;

static void
Fail(int sqlstate, const char *why)
{
	ereport(ERROR, (errcode(sqlstate), errmsg("reference: %s", why)));
}

/*
 * Call a function of core's; null if it says null.
 */
static Jsonb *
CallCore(PGFunction function, int count, Datum first, Datum second, Datum third, Datum fourth)
{
	LOCAL_FCINFO(fcinfo, 4);
	Datum		values[4] = {first, second, third, fourth};
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, NULL, (short) count, InvalidOid, NULL, NULL);
	for (int i = 0; i < count; i++)
	{
		fcinfo->args[i].value = values[i];
		fcinfo->args[i].isnull = false;
	}
	result = function(fcinfo);
	return fcinfo->isnull ? NULL : DatumGetJsonbP(result);
}

static Datum
PathOfOne(Datum element)
{
	return PointerGetDatum(construct_array(&element, 1, TEXTOID, -1, false, TYPALIGN_INT));
}

static Jsonb *
MakeNull(void)
{
	JsonbValue	null = {.type = jbvNull};

	return JsonbValueToJsonb(&null);
}

static bool
IsObject(const Jsonb *value)
{
	return JB_ROOT_IS_OBJECT(value);
}

static bool
IsArray(const Jsonb *value)
{
	return JB_ROOT_IS_ARRAY(value) && !JB_ROOT_IS_SCALAR(value);
}

static bool
IsNull(Jsonb *value)
{
	JsonbValue	scalar;

	return JB_ROOT_IS_SCALAR(value) && JsonbExtractScalar(&value->root, &scalar) &&
		scalar.type == jbvNull;
}

static bool
Equal(Jsonb *a, Jsonb *b)
{
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

static void
CheckNulls(FunctionCallInfo fcinfo, int first)
{
	for (int i = first; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			Fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "an argument is NULL");
}

static Path
ReadPath(Datum argument)
{
	ArrayType  *array = DatumGetArrayTypeP(argument);
	Path		path;
	bool	   *nulls;

	if (ARR_NDIM(array) > 1)
		Fail(ERRCODE_ARRAY_SUBSCRIPT_ERROR, "a path has one dimension");
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &path.elements, &nulls,
					  &path.count);
	for (int i = 0; i < path.count; i++)
		if (nulls[i])
			Fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "a path element is NULL");
	return path;
}

static Jsonb *
ReadObject(Datum argument)
{
	Jsonb	   *object = DatumGetJsonbP(argument);

	if (!IsObject(object))
		Fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an object");
	return object;
}

/* doc -> key */
static Jsonb *
Field(Jsonb *object, Datum key)
{
	return CallCore(jsonb_object_field, 2, JsonbPGetDatum(object), key, 0, 0);
}

/* doc #> ARRAY[element] */
static Jsonb *
Element(Jsonb *array, Datum element)
{
	return CallCore(jsonb_extract_path, 2, JsonbPGetDatum(array), PathOfOne(element), 0, 0);
}

static Jsonb *
SetElement(Jsonb *array, Datum element, Jsonb *value)
{
	return CallCore(jsonb_set, 4, JsonbPGetDatum(array), PathOfOne(element),
					JsonbPGetDatum(value), BoolGetDatum(false));
}

static Jsonb *
Concatenate(Jsonb *a, Jsonb *b)
{
	return CallCore(jsonb_concat, 2, JsonbPGetDatum(a), JsonbPGetDatum(b), 0, 0);
}

static void
Push(JsonbParseState **state, JsonbIteratorToken token, Jsonb *jsonb)
{
	JsonbValue	value;

	if (JB_ROOT_IS_SCALAR(jsonb))
		(void) JsonbExtractScalar(&jsonb->root, &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = &jsonb->root;
		value.val.binary.len = (int) (VARSIZE(jsonb) - VARHDRSZ);
	}
	(void) pushJsonbValue(state, token, &value);
}

/* {key: value} */
static Jsonb *
ObjectOfOne(Datum key, Jsonb *jsonb)
{
	JsonbParseState *state = NULL;
	JsonbValue	name = {.type = jbvString};
	text	   *key_text = DatumGetTextPP(key);

	name.val.string.val = VARDATA_ANY(key_text);
	name.val.string.len = (int) VARSIZE_ANY_EXHDR(key_text);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	(void) pushJsonbValue(&state, WJB_KEY, &name);
	Push(&state, WJB_VALUE, jsonb);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* [value] */
static Jsonb *
ArrayOfOne(Jsonb *jsonb)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	Push(&state, WJB_ELEM, jsonb);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static State
Locate(Jsonb *document, const Path *path, Jsonb **value)
{
	*value = document;
	for (int i = 0; i < path->count; i++)
	{
		if (IsObject(*value))
			*value = Field(*value, path->elements[i]);
		else if (IsArray(*value))
		{
			/* core's own judgement of what is an index */
			(void) CallCore(jsonb_set, 4, JsonbPGetDatum(*value), PathOfOne(path->elements[i]),
							JsonbPGetDatum(MakeNull()), BoolGetDatum(true));
			*value = Element(*value, path->elements[i]);
			if (*value == NULL)
				return NO_ELEMENT;
		}
		else if (IsNull(*value))
			return ABSENT;
		else
			return BLOCKED;
		if (*value == NULL)
			return ABSENT;
	}
	return IsNull(*value) ? ABSENT : FOUND;
}

/*
 * Put a value where the path leads, and objects where it leads to nothing.
 */
static Jsonb *
Put(Jsonb *document, const Path *path, int level, Jsonb *value)
{
	Datum		element;

	if (level == path->count)
		return value;
	element = path->elements[level];
	if (document != NULL && IsArray(document))
		return SetElement(document, element,
						  Put(Element(document, element), path, level + 1, value));
	if (document != NULL && IsObject(document))
		return Concatenate(document,
						   ObjectOfOne(element,
									   Put(Field(document, element), path, level + 1, value)));
	return ObjectOfOne(element, Put(NULL, path, level + 1, value));
}

/*
 * The array with this value in the place of the first match; null if there is no
 * match.  With merge the value is merged into the match.
 */
static Jsonb *
ReplaceMatch(Jsonb *array, Datum match_key, Jsonb *match_value, Jsonb *value, bool merge)
{
	int			count = (int) JB_ROOT_COUNT(array);

	for (int i = 0; i < count; i++)
	{
		Datum		index = CStringGetTextDatum(psprintf("%d", i));
		Jsonb	   *element = CallCore(jsonb_array_element, 2, JsonbPGetDatum(array),
									   Int32GetDatum(i), 0, 0);
		Jsonb	   *found;

		if (!IsObject(element))
			continue;
		found = Field(element, match_key);
		if (found != NULL && Equal(found, match_value))
			return SetElement(array, index, merge ? Concatenate(element, value) : value);
	}
	return NULL;
}

Datum
reference_update_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *updates;
	Jsonb	   *array;
	Jsonb	   *changed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	CheckNulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = ReadPath(PG_GETARG_DATUM(1));
	updates = ReadObject(PG_GETARG_DATUM(4));

	if (Locate(target, &path, &array) != FOUND)
		PG_RETURN_JSONB_P(target);
	if (!IsArray(array))
		Fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	changed = ReplaceMatch(array, PG_GETARG_DATUM(2), PG_GETARG_JSONB_P(3), updates, true);
	if (changed == NULL)
		PG_RETURN_JSONB_P(target);
	PG_RETURN_JSONB_P(Put(target, &path, 0, changed));
}

Datum
reference_upsert_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *element;
	Jsonb	   *match_value;
	Jsonb	   *carried;
	Jsonb	   *array;
	Jsonb	   *changed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	CheckNulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = ReadPath(PG_GETARG_DATUM(1));
	match_value = PG_GETARG_JSONB_P(3);
	element = ReadObject(PG_GETARG_DATUM(4));
	carried = Field(element, PG_GETARG_DATUM(2));
	if (carried == NULL || !Equal(carried, match_value))
		Fail(ERRCODE_INVALID_PARAMETER_VALUE, "the element does not match itself");

	switch (Locate(target, &path, &array))
	{
		case NO_ELEMENT:
			PG_RETURN_JSONB_P(target);
		case BLOCKED:
			Fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
			break;
		case ABSENT:
			PG_RETURN_JSONB_P(Put(target, &path, 0, ArrayOfOne(element)));
		case FOUND:
			break;
	}
	if (!IsArray(array))
		Fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	changed = ReplaceMatch(array, PG_GETARG_DATUM(2), match_value, element, false);
	if (changed == NULL)
		changed = Concatenate(array, ArrayOfOne(element));
	PG_RETURN_JSONB_P(Put(target, &path, 0, changed));
}

Datum
reference_merge_at_path(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Jsonb	   *source;
	Path		path;
	Jsonb	   *object;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	CheckNulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	source = ReadObject(PG_GETARG_DATUM(1));
	path = ReadPath(PG_GETARG_DATUM(2));

	switch (Locate(target, &path, &object))
	{
		case NO_ELEMENT:
			PG_RETURN_JSONB_P(target);
		case BLOCKED:
			Fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
			break;
		case ABSENT:
			PG_RETURN_JSONB_P(Put(target, &path, 0, source));
		case FOUND:
			break;
	}
	if (!IsObject(object))
		Fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an object");
	PG_RETURN_JSONB_P(Put(target, &path, 0, Concatenate(object, source)));
}

Datum
reference_has_path_changed(PG_FUNCTION_ARGS)
{
	Jsonb	   *old_value;
	Jsonb	   *new_value;

	CheckNulls(fcinfo, 2);
	(void) ReadPath(PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(PG_ARGISNULL(0) != PG_ARGISNULL(1));
	old_value = CallCore(jsonb_extract_path, 2, PG_GETARG_DATUM(0), PG_GETARG_DATUM(2), 0, 0);
	new_value = CallCore(jsonb_extract_path, 2, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), 0, 0);
	if (old_value == NULL || new_value == NULL)
		PG_RETURN_BOOL(old_value != new_value);
	PG_RETURN_BOOL(!Equal(old_value, new_value));
}
