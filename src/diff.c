/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  Finds a JSON Patch that turns one document into another.
 *
 * Both are walked together.  Where they differ, the patch goes into containers, or
 * replaces the value as a whole, whichever is shorter as text; a whole document only
 * where that is clearly shorter.  What differs is the bytes: a patch is to give the same
 * document, down to the scale of its numbers.
 *
 * Operations on an array follow each other from front to back, so that whatever is
 * before the place of one of them is new already: an element is reached under the
 * index that it has in the new array.
 *
 *-------------------------------------------------------------------------
 */
#include "diff.h"

#include "match.h"
#include "plan.h"
#include "pointer.h"

#include "miscadmin.h"

/*
 * The way to a value, the last step first: under a key or, if that has no bytes, an
 * index.  NULL is the root.
 */
typedef struct Step
{
	const struct Step *above;
	JbiString	key;
	uint32		index;
	uint32		length;			/* of the pointer to here */
} Step;

typedef enum OperationKind
{
	ADD,
	REMOVE,
	REPLACE
} OperationKind;

static const char *const operation_names[] = {"add", "remove", "replace"};

typedef struct Operation
{
	OperationKind kind;
	const Step *step;
	JbiValue	value;			/* unless it removes */
} Operation;

typedef struct Diff
{
	JbiScratch *scratch;
	Operation  *operations;
	uint32		count;
	uint32		allocated;
	uint64		length;			/* of the operations as text, about */
} Diff;

static void DiffValues(Diff *diff, const Step *step, const JbiValue *old_value,
					   const JbiValue *new_value);

static uint32
CountDigits(uint32 index)
{
	uint32		digits = 1;

	for (; index > 9; index /= 10)
		digits++;
	return digits;
}

/*
 * Write an index that ends there.
 */
static void
PutDigits(char *end, uint32 index)
{
	do
	{
		*--end = (char) ('0' + index % 10);
		index /= 10;
	} while (index > 0);
}

static Step *
StepTo(Diff *diff, const Step *above, uint32 token_length)
{
	Step	   *step = jbi_scratch_alloc(diff->scratch, sizeof(Step));

	*step = (Step)
	{
		.above = above, .length = (above == NULL ? 0 : above->length) + 1 + token_length
	};
	return step;
}

static const Step *
StepToKey(Diff *diff, const Step *above, JbiString key)
{
	Step	   *step = StepTo(diff, above, jbi_token_length(key));

	step->key = key;
	return step;
}

static const Step *
StepToIndex(Diff *diff, const Step *above, uint32 index)
{
	Step	   *step = StepTo(diff, above, CountDigits(index));

	step->index = index;
	return step;
}

/*
 * About how long the value is as text, if that is not above the limit.
 */
static uint64
TextLength(const JbiValue *value, uint64 limit)
{
	JbiContainer container;
	JbiCursor	cursor;
	uint64		length = 2;		/* quotes or brackets */

	switch (value->type)
	{
		case JENTRY_ISSTRING:
			return length + value->len;
		case JENTRY_ISNUMERIC:
			return jbi_number_length(value);
		case JENTRY_ISCONTAINER:
			break;
		default:
			return 4;
	}
	check_stack_depth();
	jbi_open_container(&container, value);
	jbi_cursor_start(&cursor, &container, 0);
	while (cursor.index < container.nentries && length <= limit)
	{
		JbiValue	child;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &child);
		length += TextLength(&child, limit - length) + 2;
	}
	return length;
}

/*
 * About how long an operation is as text, without its value.
 */
static uint64
OperationLength(OperationKind kind, const Step *step)
{
	static const char form[] = "{\"op\": \"\", \"path\": \"\"}, ";
	static const char value_form[] = ", \"value\": ";

	return sizeof(form) + strlen(operation_names[kind]) + (step == NULL ? 0 : step->length) +
		(kind == REMOVE ? 0 : sizeof(value_form));
}

static void
AddOperation(Diff *diff, OperationKind kind, const Step *step, const JbiValue *value)
{
	Operation  *operation;

	if (diff->count == diff->allocated)
	{
		uint32		allocated = Max(8, diff->allocated * 2);
		Operation  *operations = jbi_scratch_alloc(diff->scratch, (Size) allocated * sizeof(Operation));

		if (diff->count > 0)
			jbi_copy_bytes(operations, diff->operations, diff->count * sizeof(Operation));
		diff->operations = operations;
		diff->allocated = allocated;
	}
	operation = &diff->operations[diff->count++];
	operation->kind = kind;
	operation->step = step;
	diff->length += OperationLength(kind, step);
	if (value != NULL)
	{
		operation->value = *value;
		diff->length += TextLength(value, PG_UINT64_MAX);
	}
}

/*
 * Keys are sorted in both, so they are merged.
 */
static void
DiffObjects(Diff *diff, const Step *step, const JbiContainer *old_object,
			const JbiContainer *new_object)
{
	JbiPairs	old_pairs;
	JbiPairs	new_pairs;
	bool		in_old;
	bool		in_new;

	jbi_pairs_start(&old_pairs, old_object);
	jbi_pairs_start(&new_pairs, new_object);
	in_old = jbi_pairs_next(&old_pairs);
	in_new = jbi_pairs_next(&new_pairs);
	while (in_old || in_new)
	{
		int			comparison = !in_old ? 1 : !in_new ? -1 : jbi_compare_keys(old_pairs.key, new_pairs.key);

		if (comparison < 0)
			AddOperation(diff, REMOVE, StepToKey(diff, step, old_pairs.key), NULL);
		else if (comparison > 0)
			AddOperation(diff, ADD, StepToKey(diff, step, new_pairs.key), &new_pairs.value);
		else if (!jbi_same_bytes(&old_pairs.value, &new_pairs.value))
			DiffValues(diff, StepToKey(diff, step, old_pairs.key), &old_pairs.value, &new_pairs.value);
		if (comparison <= 0)
			in_old = jbi_pairs_next(&old_pairs);
		if (comparison >= 0)
			in_new = jbi_pairs_next(&new_pairs);
	}
}

static void
GetElement(const JbiContainer *array, uint32 index, JbiValue *element)
{
	CHECK_FOR_INTERRUPTS();
	jbi_get_child(array, index, element);
}

static bool
SameElements(const JbiContainer *a, uint32 a_index, const JbiContainer *b, uint32 b_index)
{
	JbiValue	a_element;
	JbiValue	b_element;

	GetElement(a, a_index, &a_element);
	GetElement(b, b_index, &b_element);
	return jbi_same_bytes(&a_element, &b_element);
}

/*
 * Remove the old elements before one, which have come to be at index.
 */
static void
RemoveElements(Diff *diff, const Step *step, uint32 count, uint32 index)
{
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		AddOperation(diff, REMOVE, StepToIndex(diff, step, index), NULL);
	}
}

/*
 * What is equal at both ends is left as it is; what is between has partners, or is
 * removed, or added.
 */
static void
DiffArrays(Diff *diff, const Step *step, const JbiContainer *old_array,
		   const JbiContainer *new_array)
{
	uint32		first = 0;
	uint32		old_end = old_array->count;
	uint32		new_end = new_array->count;
	uint32		old_next;
	uint32	   *partners;

	while (first < Min(old_end, new_end) && SameElements(old_array, first, new_array, first))
		first++;
	while (first < Min(old_end, new_end) && SameElements(old_array, old_end - 1, new_array, new_end - 1))
	{
		old_end--;
		new_end--;
	}
	partners = jbi_scratch_alloc(diff->scratch, (Size) (new_end - first) * sizeof(uint32));
	jbi_align(old_array, first, old_end, new_array, first, new_end, partners);

	old_next = first;
	for (uint32 i = first; i < new_end; i++)
	{
		uint32		partner = partners[i - first];
		JbiValue	old_element;
		JbiValue	new_element;

		GetElement(new_array, i, &new_element);
		if (partner == JBI_NO_PARTNER)
		{
			AddOperation(diff, ADD, StepToIndex(diff, step, i), &new_element);
			continue;
		}
		RemoveElements(diff, step, partner - old_next, i);
		GetElement(old_array, partner, &old_element);
		if (!jbi_same_bytes(&old_element, &new_element))
			DiffValues(diff, StepToIndex(diff, step, i), &old_element, &new_element);
		old_next = partner + 1;
	}
	RemoveElements(diff, step, old_end - old_next, new_end);
}

/* By this part a document has to be shorter than a patch that leaves alone what it can. */
#define CLEARLY_SHORTER 12

/*
 * Operations that turn one value into another.  They differ.
 */
static void
DiffValues(Diff *diff, const Step *step, const JbiValue *old_value, const JbiValue *new_value)
{
	uint32		count = diff->count;
	uint64		length = diff->length;
	uint32		kind = jbi_value_kind(new_value);
	uint64		replacing = OperationLength(REPLACE, step);
	uint64		patching;

	check_stack_depth();
	if (kind != 0 && jbi_value_kind(old_value) == kind)
	{
		JbiContainer old_container;
		JbiContainer new_container;

		jbi_open_container(&old_container, old_value);
		jbi_open_container(&new_container, new_value);
		if (kind == JB_FOBJECT)
			DiffObjects(diff, step, &old_container, &new_container);
		else
			DiffArrays(diff, step, &old_container, &new_container);

		/* One value and the way to it are never longer than all around it. */
		patching = diff->length - length;
		if (step == NULL)
			patching -= patching / CLEARLY_SHORTER;
		if (patching <= replacing ||
			(diff->count == count + 1 && diff->operations[count].kind != REMOVE) ||
			TextLength(new_value, patching - replacing) >= patching - replacing)
			return;
		diff->count = count;
		diff->length = length;
	}
	AddOperation(diff, REPLACE, step, new_value);
}

/*
 * The JSON Pointer of a place, from its end.
 */
static JbiString
PointerTo(JbiScratch *scratch, const Step *step)
{
	JbiString	pointer = {"", 0};
	char	   *end;

	if (step == NULL)
		return pointer;
	pointer.len = step->length;
	pointer.bytes = end = jbi_scratch_alloc(scratch, step->length);
	end += step->length;
	for (; step != NULL; step = step->above)
	{
		uint32		length = step->length - (step->above == NULL ? 0 : step->above->length);

		CHECK_FOR_INTERRUPTS();
		if (step->key.bytes == NULL)
			PutDigits(end, step->index);
		end -= length;
		*end = '/';
		if (step->key.bytes != NULL)
			jbi_put_token(end + 1, step->key);
	}
	return pointer;
}

static void
PutMember(JbiEdit *object, const char *name, const JbiValue *value)
{
	jbi_edit_insert_pair(object, 0, jbi_string(name), value);
}

static void
PutString(JbiEdit *object, const char *name, JbiString string)
{
	JbiValue	value = {
		.type = JENTRY_ISSTRING,
		.bytes = string.bytes,
		.len = string.len,
		.doc = string.bytes
	};

	PutMember(object, name, &value);
}

/*
 * Write the operations as a document.
 */
static Jsonb *
WritePatch(const Diff *diff)
{
	JbiString	no_key = {NULL, 0};
	JbiPlan		plan;
	JbiEdit    *patch = jbi_plan_start_new(&plan, diff->scratch, JB_FARRAY);

	jbi_edit_reserve(patch, diff->count);
	for (uint32 i = 0; i < diff->count; i++)
	{
		const Operation *operation = &diff->operations[i];
		JbiEdit    *object = jbi_edit_insert_object(patch, 0, no_key);

		CHECK_FOR_INTERRUPTS();
		jbi_edit_reserve(object, 3);
		PutString(object, "op", jbi_string(operation_names[operation->kind]));
		PutString(object, "path", PointerTo(diff->scratch, operation->step));
		if (operation->kind != REMOVE)
			PutMember(object, "value", &operation->value);
	}
	return jbi_write(patch);
}

/*
 * A JSON Patch that turns the old value into the new one.
 */
Jsonb *
jbi_diff(JbiScratch *scratch, const JbiValue *old_value, const JbiValue *new_value)
{
	Diff		diff = {.scratch = scratch};

	if (!jbi_same_bytes(old_value, new_value))
		DiffValues(&diff, NULL, old_value, new_value);
	return WritePatch(&diff);
}
