/*-------------------------------------------------------------------------
 *
 * array_ops.c
 *	  SQL functions that edit an array by its elements' keys.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"

#include "funcapi.h"
#include "miscadmin.h"

JBI_FUNCTION(jsonb_array_update_where);
JBI_FUNCTION(jsonb_array_update_multi_row);
JBI_FUNCTION(jsonb_array_upsert_where);
JBI_FUNCTION(jsonb_array_delete_where);
JBI_FUNCTION(jsonb_array_insert_where);

/*
 * The element that a function is about: the first object in the array at the path
 * that has the value under the key.
 */
typedef struct Match
{
	JbiPath		path;
	JbiString	key;
	JbiValue	value;
	JbiValue	element;		/* the new one, or what to merge into it */
	JbiContainer object;		/* the same, opened */
} Match;

/*
 * The arguments array_path, match_key and match_value, which always follow the
 * target.
 */
static Match
ReadMatch(JbiCall *call)
{
	Match		match = {.path = jbi_path_argument(call, 1)};

	match.key = jbi_text_argument(call, 2);
	match.value = jbi_value_argument(call, 3);
	return match;
}

/*
 * Merge the object into the first match.
 */
static void
UpdateMatch(JbiPlace *place, void *state)
{
	const Match *match = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, false);
	uint32		index;

	if (array != NULL && jbi_find_element(&array->source, match->key, &match->value, &index))
		jbi_edit_merge(jbi_edit_open_child(array, index), &match->object);
}

/*
 * jsonb_array_update_where(target jsonb, array_path text[], match_key text,
 *							match_value jsonb, updates jsonb) returns jsonb
 *
 * In the array at array_path, shallow-merges the object updates into the first
 * element that is an object whose match_key equals match_value.  Missing path or
 * no match: the target as it came.
 *
 * Errors: 22004 null argument or path element; 22023 updates is not an object,
 * or the path holds something else than an array; 22P02 path element at an array
 * that is neither an integer nor a selector.
 */
Datum
jsonb_array_update_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "match_value", "updates"};
	JbiCall		call;
	Match		match;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	match = ReadMatch(&call);
	jbi_object_argument(&call, 4, &match.object);

	PG_RETURN_DATUM(jbi_edit_target(&call, &match.path, UpdateMatch, &match));
}

/*
 * What a set of results needs from one to the next.
 */
typedef struct MultiRow
{
	JbiCall		call;
	Match		match;
	ArrayIterator targets;
} MultiRow;

/*
 * Read the arguments, in memory that lasts as long as the set.  The path's selectors
 * come there, too, when they are first needed.  It is not the call site's path, as with
 * others: where rows are returned, fn_extra is the server's.
 */
static MultiRow *
StartMultiRow(FunctionCallInfo fcinfo, const char *const *names, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	MultiRow   *rows = palloc(sizeof(MultiRow));
	JbiScratch *scratch = &rows->call.scratch;
	ArrayType  *path;

	jbi_call_start(&rows->call, fcinfo, names, 1);
	path = (ArrayType *) jbi_scratch_detoast(scratch, PG_GETARG_DATUM(1));
	rows->match.path = jbi_path_from_array(path, scratch, "path element");
	rows->match.path.scratch = NULL;
	rows->match.path.context = context;
	rows->match.key = jbi_text_argument(&rows->call, 2);
	rows->match.value = jbi_value_argument(&rows->call, 3);
	jbi_object_argument(&rows->call, 4, &rows->match.object);
	rows->targets = array_create_iterator(PG_GETARG_ARRAYTYPE_P(0), 0, NULL);
	MemoryContextSwitchTo(caller);
	return rows;
}

/*
 * The result for one target.
 */
static Datum
UpdateRow(Match *match, Datum target)
{
	JbiScratch	scratch;
	JbiPlan		plan;
	Datum		result;

	jbi_scratch_start(&scratch);
	jbi_plan_start(&plan, &scratch, target, false);
	jbi_plan_each(&plan, &match->path, UpdateMatch, match);
	result = jbi_plan_finish(&plan);
	jbi_scratch_end(&scratch);
	return result;
}

/*
 * jsonb_array_update_multi_row(targets jsonb[], array_path text[], match_key text,
 *								match_value jsonb, updates jsonb) returns setof jsonb
 *
 * What jsonb_array_update_where gives for each of the targets, in their order; for
 * a null null.  No rows if targets is null.
 *
 * Errors: as jsonb_array_update_where.
 */
Datum
jsonb_array_update_multi_row(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"targets", "array_path", "match_key", "match_value", "updates"};
	FuncCallContext *context;
	MultiRow   *rows;
	Datum		target;
	bool		is_null;

	if (SRF_IS_FIRSTCALL())
	{
		context = SRF_FIRSTCALL_INIT();
		if (!PG_ARGISNULL(0))
			context->user_fctx = StartMultiRow(fcinfo, names, context->multi_call_memory_ctx);
	}
	context = SRF_PERCALL_SETUP();
	rows = context->user_fctx;
	if (rows == NULL || !array_iterate(rows->targets, &target, &is_null))
		SRF_RETURN_DONE(context);
	if (is_null)
		SRF_RETURN_NEXT_NULL(context);
	target = UpdateRow(&rows->match, target);
	SRF_RETURN_NEXT(context, target);
}

/*
 * An element that does not carry what it was searched by would be appended again
 * by every call.
 */
static void
CheckCarriesMatch(const Match *match)
{
	JbiValue	carried;
	bool		has_key = jbi_get_value(&match->object, match->key, &carried);

	if (has_key && jbi_values_equal(&carried, &match->value))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("element must have match_value under its key \"%s\"",
					jbi_clip_text(match->key, JBI_LONGEST_TEXT_SHOWN)),
			 has_key ? errdetail("It has another value there.") : errdetail("It has no such key."),
			 errhint("Without it, every call would append the element again.")));
}

/*
 * Replace the first match by the element, or append it.
 */
static void
UpsertMatch(JbiPlace *place, void *state)
{
	const Match *match = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, true);
	uint32		index;

	if (array == NULL)
		return;
	if (jbi_find_element(&array->source, match->key, &match->value, &index))
		jbi_edit_replace(array, index, &match->element);
	else
		jbi_edit_insert_element(array, array->source.count, &match->element);
}

/*
 * jsonb_array_upsert_where(target jsonb, array_path text[], match_key text,
 *							match_value jsonb, element jsonb) returns jsonb
 *
 * Replaces the first element that is an object whose match_key equals
 * match_value by the object element, or appends it.  Creates the array, and
 * missing objects on the way to it.
 *
 * Errors: as jsonb_array_update_where, and 22023 element does not have
 * match_value under match_key, or there is a scalar on the way.
 */
Datum
jsonb_array_upsert_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "match_value", "element"};
	JbiCall		call;
	Match		match;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	match = ReadMatch(&call);
	match.element = jbi_object_argument(&call, 4, &match.object);
	CheckCarriesMatch(&match);

	PG_RETURN_DATUM(jbi_edit_target(&call, &match.path, UpsertMatch, &match));
}

/*
 * Remove the first match.
 */
static void
DeleteMatch(JbiPlace *place, void *state)
{
	const Match *match = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, false);
	uint32		index;

	if (array != NULL && jbi_find_element(&array->source, match->key, &match->value, &index))
		jbi_edit_remove(array, index);
}

/*
 * jsonb_array_delete_where(target jsonb, array_path text[], match_key text,
 *							match_value jsonb) returns jsonb
 *
 * Removes the first element of the array at array_path that is an object whose
 * match_key equals match_value.  Missing path or no match: the target as it came.
 *
 * Errors: 22004 null argument or path element; 22023 the path holds something else
 * than an array; 22P02 path element at an array that is neither an integer nor a
 * selector.
 */
Datum
jsonb_array_delete_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "match_value"};
	JbiCall		call;
	Match		match;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	match = ReadMatch(&call);

	PG_RETURN_DATUM(jbi_edit_target(&call, &match.path, DeleteMatch, &match));
}

/* As good as no limit: no array has so many elements. */
#define NO_LIMIT PG_UINT32_MAX

/*
 * An element that is inserted, and where.
 */
typedef struct Insertion
{
	JbiPath		path;
	JbiValue	element;
	bool		sorted;			/* by what it has under the key */
	JbiString	sort_key;
	JbiValue	sort_value;
	bool		descending;
	uint32		max_length;
} Insertion;

/*
 * Whether the element at index belongs behind the new one.
 */
static bool
IsBehind(const JbiContainer *array, uint32 index, const Insertion *insertion, JbiKeyGuess *guess)
{
	JbiValue	element;
	JbiValue	value;
	int			comparison;

	jbi_get_child(array, index, &element);
	if (!jbi_look_up_key(guess, &element, &value))
		return true;
	comparison = jbi_compare_values(&value, &insertion->sort_value);
	return insertion->descending ? comparison < 0 : comparison > 0;
}

/*
 * The place of the new element in an array that is sorted: before the first one that
 * belongs behind it.  What has no key to be sorted by comes last.
 */
static uint32
FindSortedPlace(const JbiContainer *array, const Insertion *insertion)
{
	JbiKeyGuess guess = {.key = insertion->sort_key};
	uint32		low = 0;
	uint32		high = array->count;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		CHECK_FOR_INTERRUPTS();
		if (IsBehind(array, middle, insertion, &guess))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * Insert the element, and cut off what is too much then: perhaps the element itself.
 */
static void
Insert(JbiPlace *place, void *state)
{
	const Insertion *insertion = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, true);
	uint32		most = insertion->max_length;
	uint32		count;
	uint32		index;

	if (array == NULL)
		return;
	count = array->source.count;
	index = insertion->sorted ? FindSortedPlace(&array->source, insertion) : count;
	if (index >= most)
		jbi_edit_truncate(array, Min(count, most));
	else
	{
		jbi_edit_truncate(array, Min(count, most - 1));
		jbi_edit_insert_element(array, index, &insertion->element);
	}
}

/*
 * Whether the order is the descending one.
 */
static bool
IsDescending(JbiString order)
{
	if (order.len == 3 && pg_strncasecmp(order.bytes, "asc", 3) == 0)
		return false;
	if (order.len == 4 && pg_strncasecmp(order.bytes, "desc", 4) == 0)
		return true;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("sort_order must be ASC or DESC, not \"%s\"",
					jbi_clip_text(order, JBI_LONGEST_TEXT_SHOWN))));
}

static uint32
MaxLength(int32 max_length)
{
	if (max_length < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_length must not be negative: %d", max_length)));
	return (uint32) max_length;
}

/*
 * jsonb_array_insert_where(target jsonb, array_path text[], element jsonb,
 *							sort_key text DEFAULT NULL, sort_order text DEFAULT 'ASC',
 *							max_length int DEFAULT NULL) returns jsonb
 *
 * Inserts the element into the array at array_path, whose elements are sorted by
 * what they have under sort_key, behind those that are equal to it there; elements
 * without the key come last.  Without sort_key it is appended.  Then the array is cut
 * to max_length.  Creates the array, and missing objects on the way to it.
 *
 * Errors: 22004 null argument but the last three, or null path element; 22023
 * sort_order is neither ASC nor DESC, max_length is negative, the path holds
 * something else than an array, or there is a scalar on the way; 22P02 path element
 * at an array that is neither an integer nor a selector.
 */
Datum
jsonb_array_insert_where(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "element"};
	JbiCall		call;
	Insertion	insertion = {.max_length = NO_LIMIT};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_require_arguments(fcinfo, names, 1, lengthof(names));
	jbi_call_start(&call, fcinfo, names, PG_NARGS());
	insertion.path = jbi_path_argument(&call, 1);
	insertion.element = jbi_value_argument(&call, 2);
	if (!PG_ARGISNULL(3))
	{
		JbiKeyGuess guess = {.key = jbi_text_argument(&call, 3)};

		insertion.sort_key = guess.key;
		insertion.sorted = jbi_look_up_key(&guess, &insertion.element, &insertion.sort_value);
	}
	if (!PG_ARGISNULL(4))
		insertion.descending = IsDescending(jbi_text_argument(&call, 4));
	if (!PG_ARGISNULL(5))
		insertion.max_length = MaxLength(PG_GETARG_INT32(5));

	PG_RETURN_DATUM(jbi_edit_target(&call, &insertion.path, Insert, &insertion));
}
