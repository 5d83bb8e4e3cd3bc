/*-------------------------------------------------------------------------
 *
 * core.c
 *	  What the references are made of: jsonb by core's functions alone.
 *
 * Without a line of src/.  Arguments are plain.
 *
 *-------------------------------------------------------------------------
 */
#include "core.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

void
fail(int sqlstate, const char *why)
{
	ereport(ERROR, (errcode(sqlstate), errmsg("reference: %s", why)));
}

/*
 * Call a function of core's; null if it says null.
 */
Jsonb *
call_core(PGFunction function, int count, Datum first, Datum second, Datum third, Datum fourth)
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

Jsonb *
parse_json(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

char *
print_json(Jsonb *value)
{
	return DatumGetCString(DirectFunctionCall1(jsonb_out, JsonbPGetDatum(value)));
}

bool
is_object(const Jsonb *value)
{
	return JB_ROOT_IS_OBJECT(value);
}

bool
is_array(const Jsonb *value)
{
	return JB_ROOT_IS_ARRAY(value) && !JB_ROOT_IS_SCALAR(value);
}

bool
is_null(Jsonb *value)
{
	JsonbValue	scalar;

	return JB_ROOT_IS_SCALAR(value) && JsonbExtractScalar(&value->root, &scalar) &&
		scalar.type == jbvNull;
}

bool
are_equal(Jsonb *a, Jsonb *b)
{
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

bool
have_same_bytes(const Jsonb *a, const Jsonb *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* Of elements or pairs. */
int
count_of(const Jsonb *container)
{
	return (int) JB_ROOT_COUNT(container);
}

void
check_nulls(FunctionCallInfo fcinfo, int first)
{
	for (int i = first; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "an argument is NULL");
}

Path
read_path(Datum argument)
{
	ArrayType  *array = DatumGetArrayTypeP(argument);
	Path		path;
	bool	   *nulls;

	if (ARR_NDIM(array) > 1)
		fail(ERRCODE_ARRAY_SUBSCRIPT_ERROR, "a path has one dimension");
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &path.elements, &nulls,
					  &path.count);
	for (int i = 0; i < path.count; i++)
		if (nulls[i])
			fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "a path element is NULL");
	return path;
}

Jsonb *
read_object(Datum argument)
{
	Jsonb	   *object = DatumGetJsonbP(argument);

	if (!is_object(object))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an object");
	return object;
}

Jsonb *
read_array(Datum argument)
{
	Jsonb	   *array = DatumGetJsonbP(argument);

	if (!is_array(array))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	return array;
}

/* doc -> key */
Jsonb *
field_of(Jsonb *object, Datum key)
{
	return call_core(jsonb_object_field, 2, JsonbPGetDatum(object), key, 0, 0);
}

Jsonb *
field_if_object(Jsonb *value, Datum key)
{
	return is_object(value) ? field_of(value, key) : NULL;
}

/*
 * The keys of an object, as text.
 */
Datum *
keys_of(Jsonb *object)
{
	Datum	   *keys = palloc(sizeof(Datum) * ((Size) count_of(object) + 1));
	JsonbIterator *it = JsonbIteratorInit(&object->root);
	JsonbValue	part;
	JsonbIteratorToken token;
	int			count = 0;

	while ((token = JsonbIteratorNext(&it, &part, true)) != WJB_DONE)
		if (token == WJB_KEY)
			keys[count++] = PointerGetDatum(cstring_to_text_with_len(part.val.string.val,
																	 part.val.string.len));
	return keys;
}

/* doc #> ARRAY[element] */
Jsonb *
element_at(Jsonb *array, Datum element)
{
	return call_core(jsonb_extract_path, 2, JsonbPGetDatum(array), PathOfOne(element), 0, 0);
}

/* doc -> index */
Jsonb *
element_of(Jsonb *array, int index)
{
	return call_core(jsonb_array_element, 2, JsonbPGetDatum(array), Int32GetDatum(index), 0, 0);
}

Jsonb *
set_element(Jsonb *array, Datum element, Jsonb *value)
{
	return call_core(jsonb_set, 4, JsonbPGetDatum(array), PathOfOne(element),
					 JsonbPGetDatum(value), BoolGetDatum(false));
}

Jsonb *
concatenate(Jsonb *a, Jsonb *b)
{
	return call_core(jsonb_concat, 2, JsonbPGetDatum(a), JsonbPGetDatum(b), 0, 0);
}

void
push_jsonb(JsonbParseState **state, JsonbIteratorToken token, Jsonb *jsonb)
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
Jsonb *
object_of_one(Datum key, Jsonb *jsonb)
{
	JsonbParseState *state = NULL;
	JsonbValue	name = {.type = jbvString};
	text	   *key_text = DatumGetTextPP(key);

	name.val.string.val = VARDATA_ANY(key_text);
	name.val.string.len = (int) VARSIZE_ANY_EXHDR(key_text);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	(void) pushJsonbValue(&state, WJB_KEY, &name);
	push_jsonb(&state, WJB_VALUE, jsonb);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* [value] */
Jsonb *
array_of_one(Jsonb *jsonb)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	push_jsonb(&state, WJB_ELEM, jsonb);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

State
locate(Jsonb *document, const Path *path, Jsonb **value)
{
	*value = document;
	for (int i = 0; i < path->count; i++)
	{
		if (is_object(*value))
			*value = field_of(*value, path->elements[i]);
		else if (is_array(*value))
		{
			/* core's own judgement of what is an index */
			(void) call_core(jsonb_set, 4, JsonbPGetDatum(*value), PathOfOne(path->elements[i]),
							 JsonbPGetDatum(MakeNull()), BoolGetDatum(true));
			*value = element_at(*value, path->elements[i]);
			if (*value == NULL)
				return NO_ELEMENT;
		}
		else if (is_null(*value))
			return ABSENT;
		else
			return BLOCKED;
		if (*value == NULL)
			return ABSENT;
	}
	return is_null(*value) ? ABSENT : FOUND;
}

/*
 * Put a value where the path leads, and objects where it leads to nothing.
 */
Jsonb *
put_at(Jsonb *document, const Path *path, int level, Jsonb *value)
{
	Datum		element;

	if (level == path->count)
		return value;
	element = path->elements[level];
	if (document != NULL && is_array(document))
		return set_element(document, element,
						   put_at(element_at(document, element), path, level + 1, value));
	if (document != NULL && is_object(document))
		return concatenate(document,
						   object_of_one(element,
										 put_at(field_of(document, element), path, level + 1, value)));
	return object_of_one(element, put_at(NULL, path, level + 1, value));
}

/*
 * The same, of a path that may lead astray.
 */
Jsonb *
set_at(Jsonb *document, const Path *path, Jsonb *value)
{
	Jsonb	   *old;

	switch (locate(document, path, &old))
	{
		case NO_ELEMENT:
			return document;
		case BLOCKED:
			fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
		case ABSENT:
		case FOUND:
			break;
	}
	return put_at(document, path, 0, value);
}
