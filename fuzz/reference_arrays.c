/*-------------------------------------------------------------------------
 *
 * reference_arrays.c
 *	  The operators on arrays of objects again, on core's functions alone.
 *
 * As in reference.c: seen to be right, and slow.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "core.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/*
 * The array that a function is about; NULL if there is none.
 */
static Jsonb *
FindArray(Jsonb *target, const Path *path)
{
	Jsonb	   *array;

	if (locate(target, path, &array) != FOUND)
		return NULL;
	if (!is_array(array))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	return array;
}

/*
 * The same for a function that creates the array.  False if it cannot be created.
 */
static bool
FindOrCreateArray(Jsonb *target, const Path *path, Jsonb **array)
{
	switch (locate(target, path, array))
	{
		case NO_ELEMENT:
			return false;
		case BLOCKED:
			fail(ERRCODE_INVALID_PARAMETER_VALUE, "a scalar is on the way");
		case ABSENT:
			*array = parse_json("[]");
			break;
		case FOUND:
			break;
	}
	if (!is_array(*array))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "not an array");
	return true;
}

/*
 * The first element that has the value under the key, or -1.
 */
static int
FindMatch(Jsonb *array, Datum key, Jsonb *value)
{
	for (int i = 0; i < count_of(array); i++)
	{
		Jsonb	   *found = field_if_object(element_of(array, i), key);

		if (found != NULL && are_equal(found, value))
			return i;
	}
	return -1;
}

static Jsonb *
DeleteElement(Jsonb *array, int index)
{
	return call_core(jsonb_delete_idx, 2, JsonbPGetDatum(array), Int32GetDatum(index), 0, 0);
}

static Datum
IndexText(int index)
{
	return CStringGetTextDatum(psprintf("%d", index));
}

Datum
reference_delete_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *array;
	int			index;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));

	array = FindArray(target, &path);
	if (array == NULL)
		PG_RETURN_JSONB_P(target);
	index = FindMatch(array, PG_GETARG_DATUM(2), PG_GETARG_JSONB_P(3));
	if (index < 0)
		PG_RETURN_JSONB_P(target);
	PG_RETURN_JSONB_P(put_at(target, &path, 0, DeleteElement(array, index)));
}

/*
 * The array with the element before the one at index.
 */
static Jsonb *
InsertElement(Jsonb *array, int index, Jsonb *element)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i <= count_of(array); i++)
	{
		if (i == index)
			push_jsonb(&state, WJB_ELEM, element);
		if (i < count_of(array))
			push_jsonb(&state, WJB_ELEM, element_of(array, i));
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/*
 * Where an element belongs that has the value under the key.  In an array that is
 * not sorted, it is where this search comes to.
 */
static int
SortedPlace(Jsonb *array, Datum key, Jsonb *value, bool descending)
{
	int			low = 0;
	int			high = count_of(array);

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		Jsonb	   *found = field_if_object(element_of(array, middle), key);
		int			comparison = found == NULL ? 0 : compareJsonbContainers(&found->root, &value->root);

		if (found == NULL || (descending ? comparison < 0 : comparison > 0))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool
IsDescending(Datum argument)
{
	const char *order = text_to_cstring(DatumGetTextPP(argument));

	if (pg_strcasecmp(order, "asc") != 0 && pg_strcasecmp(order, "desc") != 0)
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "no order");
	return pg_strcasecmp(order, "desc") == 0;
}

Datum
reference_insert_where(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *element;
	Jsonb	   *value = NULL;
	bool		descending;
	Jsonb	   *array;
	int			place;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	for (int i = 1; i < 3; i++)
		if (PG_ARGISNULL(i))
			fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "an argument is NULL");
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	element = PG_GETARG_JSONB_P(2);
	if (!PG_ARGISNULL(3))
		value = field_if_object(element, PG_GETARG_DATUM(3));
	descending = !PG_ARGISNULL(4) && IsDescending(PG_GETARG_DATUM(4));
	if (!PG_ARGISNULL(5) && PG_GETARG_INT32(5) < 0)
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "a negative length");

	if (!FindOrCreateArray(target, &path, &array))
		PG_RETURN_JSONB_P(target);
	place = value == NULL ? count_of(array) :
		SortedPlace(array, PG_GETARG_DATUM(3), value, descending);
	array = InsertElement(array, place, element);
	while (!PG_ARGISNULL(5) && count_of(array) > PG_GETARG_INT32(5))
		array = DeleteElement(array, -1);
	PG_RETURN_JSONB_P(put_at(target, &path, 0, array));
}

/*
 * What one item of a batch means.
 */
typedef struct Item
{
	Jsonb	   *match_value;
	Jsonb	   *updates;
} Item;

static Item
ReadItem(Jsonb *item, Datum match_key)
{
	Item		read = {.updates = item};
	Datum		value_key = CStringGetTextDatum("match_value");
	Datum		updates_key = CStringGetTextDatum("updates");

	if (!is_object(item))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "an item is not an object");
	read.match_value = field_of(item, match_key);
	if (count_of(item) == 2 && field_of(item, value_key) != NULL && field_of(item, updates_key) != NULL)
	{
		read.match_value = field_of(item, value_key);
		read.updates = field_of(item, updates_key);
	}
	if (!is_object(read.updates) || read.match_value == NULL || !JB_ROOT_IS_SCALAR(read.match_value))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "an item is malformed");
	return read;
}

Datum
reference_update_where_batch(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *list;
	Item	   *items;
	Jsonb	   *array;
	Jsonb	   *changed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	list = read_array(PG_GETARG_DATUM(3));
	items = palloc(sizeof(Item) * ((Size) count_of(list) + 1));
	for (int i = 0; i < count_of(list); i++)
		items[i] = ReadItem(element_of(list, i), PG_GETARG_DATUM(2));

	array = changed = FindArray(target, &path);
	if (array == NULL)
		PG_RETURN_JSONB_P(target);
	for (int i = 0; i < count_of(list); i++)
	{
		bool		is_last = true;
		int			index = FindMatch(array, PG_GETARG_DATUM(2), items[i].match_value);

		for (int j = i + 1; j < count_of(list); j++)
			is_last &= !are_equal(items[i].match_value, items[j].match_value);
		if (is_last && index >= 0)
			changed = set_element(changed, IndexText(index),
								  concatenate(element_of(array, index), items[i].updates));
	}
	PG_RETURN_JSONB_P(put_at(target, &path, 0, changed));
}

/*
 * The element of the old array whose bytes stay, if it equals the fresh one: the first
 * with the same key that is nobody else's, or without the key the one in the same
 * place.
 */
static Jsonb *
Counterpart(Jsonb *array, bool *used, Jsonb *fresh, int place, Datum key)
{
	Jsonb	   *value = field_if_object(fresh, key);

	if (value == NULL)
		return place < count_of(array) ? element_of(array, place) : NULL;
	for (int i = 0; i < count_of(array); i++)
	{
		Jsonb	   *old = element_of(array, i);
		Jsonb	   *found = field_if_object(old, key);

		if (used[i] || found == NULL || !are_equal(found, value))
			continue;
		used[i] = true;
		return old;
	}
	return NULL;
}

Datum
reference_reconcile(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Path		path;
	Jsonb	   *fresh;
	Jsonb	   *array;
	bool	   *used;
	JsonbParseState *state = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	path = read_path(PG_GETARG_DATUM(1));
	fresh = read_array(PG_GETARG_DATUM(3));

	if (!FindOrCreateArray(target, &path, &array))
		PG_RETURN_JSONB_P(target);
	used = palloc0((Size) count_of(array) + 1);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count_of(fresh); i++)
	{
		Jsonb	   *element = element_of(fresh, i);
		Jsonb	   *old = Counterpart(array, used, element, i, PG_GETARG_DATUM(2));

		push_jsonb(&state, WJB_ELEM, old != NULL && are_equal(old, element) ? old : element);
	}
	array = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
	PG_RETURN_JSONB_P(put_at(target, &path, 0, array));
}
