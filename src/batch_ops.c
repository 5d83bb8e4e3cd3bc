/*-------------------------------------------------------------------------
 *
 * batch_ops.c
 *	  SQL functions that edit many elements of an array at once.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "keytable.h"
#include "match.h"

#include "miscadmin.h"

JBI_FUNCTION(jsonb_array_update_where_batch);
JBI_FUNCTION(jsonb_array_reconcile);

/*
 * What is to be merged into the element that has a certain value under the key.
 */
typedef struct Update
{
	const char *bytes;			/* of an object */
	uint32		len;
	uint32		used_at;		/* the number of the array where it was used
								 * last */
} Update;

typedef struct Batch
{
	JbiPath		path;
	JbiString	key;
	const char *doc;			/* that all updates are in */
	JbiKeyTable values;			/* to match, numbered as their updates */
	Update	   *updates;
	uint32		usable;			/* how many of them */
	uint32		arrays;			/* so far */
} Batch;

pg_noreturn static void
NoObject(uint32 number, const JbiValue *item)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("item at position %u of updates must be a JSON object, not %s",
					number + 1, jbi_value_type_name(item))));
}

pg_noreturn static void
NoUpdate(uint32 number, JbiString key)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("item at position %u of updates does not say what to update", number + 1),
			 errhint("It must have the key \"%s\", or match_value and an object under updates and nothing else.",
					 jbi_clip_text(key, JBI_LONGEST_TEXT_SHOWN))));
}

pg_noreturn static void
NoScalar(uint32 number, const JbiValue *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("item at position %u of updates must match by a scalar, not by %s",
					number + 1, jbi_value_type_name(value))));
}

/*
 * Take {"match_value": ..., "updates": ...} apart.
 */
static bool
ReadEnvelope(const JbiContainer *object, JbiValue *match_value, JbiValue *updates)
{
	return object->count == 2 &&
		jbi_get_value(object, jbi_string("match_value"), match_value) &&
		jbi_get_value(object, jbi_string("updates"), updates);
}

/*
 * Read one of the updates.
 */
static void
ReadUpdate(Batch *batch, uint32 number, const JbiValue *item, JbiKeyGuess *guess)
{
	JbiContainer object;
	JbiValue	match_value;
	JbiValue	updates = *item;

	if (jbi_value_kind(item) != JB_FOBJECT)
		NoObject(number, item);
	jbi_open_container(&object, item);
	if (ReadEnvelope(&object, &match_value, &updates))
	{
		if (jbi_value_kind(&updates) != JB_FOBJECT)
			NoUpdate(number, batch->key);
	}
	else if (!jbi_look_up_key(guess, item, &match_value))
		NoUpdate(number, batch->key);
	if (match_value.type == JENTRY_ISCONTAINER)
		NoScalar(number, &match_value);

	jbi_key_table_add(&batch->values, &match_value);
	batch->updates[number] = (Update)
	{
		.bytes = updates.bytes, .len = updates.len
	};
}

/*
 * Read the argument updates.
 */
static void
ReadUpdates(Batch *batch, JbiCall *call, int number)
{
	JbiContainer items;
	JbiKeyGuess guess = {.key = batch->key};
	JbiCursor	cursor;

	jbi_array_argument(call, number, &items);
	batch->doc = items.doc;
	batch->arrays = 0;
	batch->updates = jbi_scratch_alloc(&call->scratch, (Size) items.count * sizeof(Update));
	jbi_key_table_start(&batch->values, &call->scratch, items.doc, items.count);
	jbi_cursor_start(&cursor, &items, 0);
	for (uint32 i = 0; i < items.count; i++)
	{
		JbiValue	item;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &item);
		ReadUpdate(batch, i, &item, &guess);
	}

	/* Of those with the same value the last one counts. */
	batch->usable = jbi_key_table_link(&batch->values, true);
}

/*
 * Merge each update into its first match.
 */
static void
UpdateMatches(JbiPlace *place, void *state)
{
	Batch	   *batch = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, false);
	uint32		left = batch->usable;
	JbiObjects	objects;

	if (array == NULL)
		return;
	batch->arrays++;
	jbi_objects_start(&objects, &array->source, 0, batch->key);
	while (left > 0 && jbi_objects_next(&objects))
	{
		uint32		number = objects.value.type == JENTRY_ISCONTAINER ? JBI_NO_KEY :
			jbi_key_table_find(&batch->values, &objects.value);
		JbiValue	value = {.type = JENTRY_ISCONTAINER, .doc = batch->doc};
		JbiContainer update;

		if (number == JBI_NO_KEY || batch->updates[number].used_at == batch->arrays)
			continue;
		batch->updates[number].used_at = batch->arrays;

		/* Where there is one match there mostly are as many as can be. */
		if (array->nchanges == 0)
			jbi_edit_reserve(array, Min(left, array->source.count - objects.index));
		left--;
		value.bytes = batch->updates[number].bytes;
		value.len = batch->updates[number].len;
		jbi_open_container(&update, &value);
		jbi_edit_merge(jbi_edit_open_known_child(array, objects.index, &objects.object), &update);
	}
}

/*
 * jsonb_array_update_where_batch(target jsonb, array_path text[], match_key text,
 *								  updates jsonb) returns jsonb
 *
 * Shallow-merges many objects into elements of the array at array_path, each into the
 * first element that is an object with the same scalar under match_key.  updates is
 * an array of such objects, or of {"match_value": scalar, "updates": object}.  Of
 * several for one value only the last counts.  Missing path or no match: the target
 * as it came.
 *
 * Errors: 22004 null argument or path element; 22023 updates is not an array, or one
 * of its items is malformed, or the path holds something else than an array; 22P02
 * path element at an array that is neither an integer nor a selector.
 */
Datum
jsonb_array_update_where_batch(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "updates"};
	JbiCall		call;
	Batch		batch;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	batch.path = jbi_path_argument(&call, 1);
	batch.key = jbi_text_argument(&call, 2);
	ReadUpdates(&batch, &call, 3);

	PG_RETURN_DATUM(jbi_edit_target(&call, &batch.path, UpdateMatches, &batch));
}

/*
 * What an array is to become, and how elements are told apart.
 */
typedef struct Reconciliation
{
	JbiPath		path;
	JbiString	key;
	JbiContainer fresh;
} Reconciliation;

/*
 * Whether two elements are for each other: they have equal values under the key, or
 * none.
 */
static bool
AreCounterparts(const JbiValue *old, JbiKeyGuess *old_guess, const JbiValue *fresh,
				JbiKeyGuess *fresh_guess)
{
	JbiValue	old_key;
	JbiValue	fresh_key;
	bool		has_key = jbi_look_up_key(old_guess, old, &old_key);

	if (jbi_look_up_key(fresh_guess, fresh, &fresh_key) != has_key)
		return false;
	return !has_key || jbi_values_equal(&old_key, &fresh_key);
}

/*
 * Reconcile the first elements, as far as each stands where its counterpart does.
 * Returns how many there are.
 */
static uint32
ReconcileInPlace(JbiEdit *array, const Reconciliation *to)
{
	uint32		count = Min(array->source.count, to->fresh.count);
	JbiKeyGuess old_guess = {.key = to->key};
	JbiKeyGuess fresh_guess = {.key = to->key};
	JbiCursor	old_cursor;
	JbiCursor	fresh_cursor;
	uint32		done;

	jbi_cursor_start(&old_cursor, &array->source, 0);
	jbi_cursor_start(&fresh_cursor, &to->fresh, 0);
	for (done = 0; done < count; done++)
	{
		JbiValue	old;
		JbiValue	fresh;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&old_cursor, &old);
		jbi_cursor_next(&fresh_cursor, &fresh);
		if (jbi_same_bytes(&old, &fresh))
			continue;
		if (!AreCounterparts(&old, &old_guess, &fresh, &fresh_guess))
			break;
		if (!jbi_values_equal(&old, &fresh))
			jbi_edit_replace(array, done, &fresh);
	}
	return done;
}

/*
 * The rest of an array that does not stand as it should: for each fresh element its
 * equal among the old ones, and whether that can stay where it is.
 */
typedef struct Arrangement
{
	JbiEdit    *array;
	const JbiContainer *fresh;
	uint32		first;			/* of both arrays, that is arranged */
	uint32		count;			/* of fresh elements from there on */
	uint32	   *equals;			/* the index of each one's equal, or NO_EQUAL */
	uint32	   *before;			/* STAYS, or what was found on the way there */
} Arrangement;

#define NO_EQUAL	PG_UINT32_MAX
#define STAYS		(PG_UINT32_MAX - 1)

/*
 * Find the old element that a fresh one is equal to: its counterpart, which is the
 * first with its key that is not another's yet, or without the key the one in its
 * place.
 */
static uint32
FindEqual(const Arrangement *arrangement, JbiKeyTable *keys, const uint32 *indexes,
		  uint32 place, const JbiValue *fresh, JbiKeyGuess *guess)
{
	const JbiContainer *source = &arrangement->array->source;
	uint32		index = place;
	JbiValue	key;
	JbiValue	old;

	if (jbi_look_up_key(guess, fresh, &key))
	{
		uint32		number = jbi_key_table_take(keys, &key);

		if (number == JBI_NO_KEY)
			return NO_EQUAL;
		index = indexes[number];
	}
	if (index >= source->count)
		return NO_EQUAL;
	jbi_get_child(source, index, &old);
	return jbi_values_equal(&old, fresh) ? index : NO_EQUAL;
}

static void
FindEquals(Arrangement *arrangement, JbiString key)
{
	const JbiContainer *source = &arrangement->array->source;
	JbiScratch *scratch = arrangement->array->plan->scratch;
	uint32		rest = source->count - arrangement->first;
	uint32	   *indexes = jbi_scratch_alloc(scratch, (Size) rest * sizeof(uint32));
	JbiKeyGuess guess = {.key = key};
	JbiKeyTable keys;
	JbiObjects	objects;
	JbiCursor	cursor;

	jbi_key_table_start(&keys, scratch, source->doc, rest);
	jbi_objects_start(&objects, source, arrangement->first, key);
	while (jbi_objects_next(&objects))
		indexes[jbi_key_table_add(&keys, &objects.value)] = objects.index;
	jbi_key_table_link(&keys, false);

	jbi_cursor_start(&cursor, arrangement->fresh, arrangement->first);
	for (uint32 i = 0; i < arrangement->count; i++)
	{
		JbiValue	fresh;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &fresh);
		arrangement->equals[i] = FindEqual(arrangement, &keys, indexes, arrangement->first + i, &fresh, &guess);
	}
}

/*
 * Choose the equals that stay where they are: as many as rise in both arrays, the
 * longest rising subsequence.  For every length, ends[] holds where the one ends that
 * ends lowest, and before[] leads back from there.  Returns how many there are.
 */
static uint32
ChooseThoseThatStay(Arrangement *arrangement)
{
	const uint32 *equals = arrangement->equals;
	uint32	   *before = arrangement->before;
	uint32	   *ends = jbi_scratch_alloc(arrangement->array->plan->scratch,
										 (Size) arrangement->count * sizeof(uint32));
	uint32		longest = 0;
	uint32		last;

	for (uint32 i = 0; i < arrangement->count; i++)
	{
		uint32		low = 0;
		uint32		high = longest;

		CHECK_FOR_INTERRUPTS();
		if (equals[i] == NO_EQUAL)
			continue;
		if (longest > 0 && equals[ends[longest - 1]] < equals[i])
			low = longest;
		while (low < high)
		{
			uint32		middle = low + (high - low) / 2;

			if (equals[ends[middle]] < equals[i])
				low = middle + 1;
			else
				high = middle;
		}
		before[i] = low == 0 ? NO_EQUAL : ends[low - 1];
		ends[low] = i;
		longest = Max(longest, low + 1);
	}

	last = longest == 0 ? NO_EQUAL : ends[longest - 1];
	while (last != NO_EQUAL)
	{
		uint32		next = before[last];

		before[last] = STAYS;
		last = next;
	}
	return longest;
}

/*
 * Put fresh elements, or old ones from elsewhere, in the place of the old elements
 * [from, to).
 */
static void
FillGap(const Arrangement *arrangement, uint32 first, uint32 end, uint32 from, uint32 to)
{
	JbiEdit    *array = arrangement->array;
	JbiCursor	cursor;

	jbi_cursor_start(&cursor, arrangement->fresh, arrangement->first + first);
	for (uint32 i = first; i < end; i++)
	{
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &value);
		if (arrangement->equals[i] != NO_EQUAL)
			jbi_get_child(&array->source, arrangement->equals[i], &value);
		if (from < to)
			jbi_edit_replace(array, from++, &value);
		else
			jbi_edit_insert_element(array, to, &value);
	}
	if (to == array->source.count)
		jbi_edit_truncate(array, from);
	else
		for (; from < to; from++)
		{
			CHECK_FOR_INTERRUPTS();
			jbi_edit_remove(array, from);
		}
}

/*
 * Reconcile the elements from the first one on that has another place.
 */
static void
Rearrange(JbiEdit *array, const Reconciliation *to, uint32 first)
{
	uint32		count = to->fresh.count - first;
	Size		size = (Size) count * sizeof(uint32);
	Arrangement arrangement = {
		.array = array,
		.fresh = &to->fresh,
		.first = first,
		.count = count,
		.equals = jbi_scratch_alloc(array->plan->scratch, size),
		.before = jbi_scratch_alloc(array->plan->scratch, size)
	};
	uint32		gap = 0;		/* among fresh elements */
	uint32		next = first;	/* old element */

	FindEquals(&arrangement, to->key);
	jbi_edit_reserve(array, array->nchanges + count - ChooseThoseThatStay(&arrangement));
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (arrangement.equals[i] == NO_EQUAL || arrangement.before[i] != STAYS)
			continue;
		FillGap(&arrangement, gap, i, next, arrangement.equals[i]);
		gap = i + 1;
		next = arrangement.equals[i] + 1;
	}
	FillGap(&arrangement, gap, count, next, array->source.count);
}

static void
Reconcile(JbiPlace *place, void *state)
{
	const Reconciliation *to = state;
	JbiEdit    *array = jbi_place_open(place, JB_FARRAY, true);
	uint32		done;

	if (array == NULL)
		return;
	done = ReconcileInPlace(array, to);
	if (done < array->source.count || done < to->fresh.count)
		Rearrange(array, to, done);
}

/*
 * jsonb_array_reconcile(target jsonb, array_path text[], match_key text, fresh jsonb)
 *		returns jsonb
 *
 * Makes the array at array_path equal to the array fresh.  Elements that are objects
 * with the same value under match_key are compared, each with the first one that is
 * left, others with what stands in their place; what is equal keeps its bytes.
 * Creates the array, and missing objects on the way to it.
 *
 * Errors: 22004 null argument or path element; 22023 fresh is not an array, the path
 * holds something else than one, or there is a scalar on the way; 22P02 path element
 * at an array that is neither an integer nor a selector.
 */
Datum
jsonb_array_reconcile(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "array_path", "match_key", "fresh"};
	JbiCall		call;
	Reconciliation to;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	to.path = jbi_path_argument(&call, 1);
	to.key = jbi_text_argument(&call, 2);
	jbi_array_argument(&call, 3, &to.fresh);

	PG_RETURN_DATUM(jbi_edit_target(&call, &to.path, Reconcile, &to));
}
