/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Whether a function may do what it did with damaged arguments.
 *
 * Allowed are an error that the contract has, the error that core's detoasting has
 * for an argument, and a result in which the verifier finds no fault but inside of
 * what was copied unchanged: what is only copied is not looked at.
 *
 * What was to be copied, and from where, is what the edit tree says, the writer's
 * input.  It is walked along the result: a child that no change speaks of has to be
 * the source's, byte for byte; a new one has to be the argument's.  Headers, offsets,
 * new padding, and the order of keys next to a new one are the writer's own and have
 * to be right in any case.
 *
 * A plan may write more than its result: what settles, and what is compared.  Each of
 * these is judged when it is written, so that faults which the last one has copied
 * were the arguments' in the first place.
 *
 * New bytes need not be an argument's as they were: sums, JSON Pointers that a diff
 * makes, and what an aggregate has gathered are as the planner made them.  There the
 * rule is a weaker one: they may have faults, too, as they are made of what was not
 * looked at.  It is made good for by another: where all arguments are sound, which a
 * target says by judge_as_sound(), nothing may have a fault.
 *
 *-------------------------------------------------------------------------
 */
#include "judge.h"

#include "plan.h"
#include "verify.h"

/* Bytes of the result's payload.  The end is included: see WasCopied(). */
typedef struct Range
{
	Size		start;
	Size		end;
} Range;

/* The children of a container, walked from front to back. */
typedef struct Walk
{
	const JEntry *entries;
	uint32		nentries;
	const char *data;
	Size		data_len;
	uint32		index;			/* of the next child */
	Size		end;			/* of the last one */
} Walk;

typedef struct Child
{
	const JEntry *entry;
	uint32		type;
	const char *bytes;			/* behind the padding */
	Size		length;
	Size		padding;
} Child;

/* A container of the result beside the one that it was made from. */
typedef struct Pair
{
	const char *payload;		/* of the whole result */
	Walk		source;
	Walk		result;
	bool		is_first;
	bool		last_is_new;
	Child		last;			/* key, if not the first comes next */
} Pair;

/* A fault that the verifier found where nothing was copied. */
typedef struct Finding
{
	const char *fault;			/* the first one, or NULL */
	Size		offset;
} Finding;

/*
 * The target that the writer may overwrite, or NULL, and what it was.
 */
static const Jsonb *target;
static char *target_was;

/* The call that is judged. */
static bool judging;
static bool all_sound;			/* what it is handed */
static const char *mistake;		/* the first one, or NULL */
static Finding finding;
static bool copied_fault;		/* there is a fault in what was copied */

/* Of the last result that was written. */
static const Jsonb *written;
static Range *ranges;
static int	nranges;
static int	nranges_allocated;

static void NoteContainer(const JbiEdit *edit, const char *payload, const Child *result);

static void
Mistake(const char *what)
{
	if (mistake == NULL)
		mistake = what;
}

static void
NoteCopied(const char *payload, const void *start, Size length)
{
	if (nranges == nranges_allocated)
	{
		nranges_allocated = 2 * nranges_allocated + 64;
		ranges = realloc(ranges, (Size) nranges_allocated * sizeof(Range));
		if (ranges == NULL)
			abort();
	}
	ranges[nranges].start = (Size) ((const char *) start - payload);
	ranges[nranges].end = ranges[nranges].start + length;
	nranges++;
}

/*
 * A fault of what is empty is reported where that would be, which can be behind the
 * last byte.
 */
static bool
WasCopied(Size offset)
{
	for (int i = 0; i < nranges; i++)
		if (offset >= ranges[i].start && offset <= ranges[i].end)
			return true;
	return false;
}

/*
 * The next child; false if there is none or its entry is none that may be kept or
 * written.
 */
static bool
NextChild(Walk *walk, Child *child)
{
	Size		start = walk->end;
	bool		has_offset;

	if (walk->index >= walk->nentries)
		return false;
	child->entry = &walk->entries[walk->index];
	child->type = *child->entry & JENTRY_TYPEMASK;
	has_offset = (*child->entry & JENTRY_HAS_OFF) != 0;
	walk->end = (has_offset ? 0 : start) + (*child->entry & JENTRY_OFFLENMASK);
	if (has_offset != (walk->index % JB_OFFSET_STRIDE == 0) ||
		walk->end < start || walk->end > walk->data_len)
		return false;

	child->length = walk->end - start;
	child->padding = 0;
	if (child->type == JENTRY_ISNUMERIC || child->type == JENTRY_ISCONTAINER)
		child->padding = Min(INTALIGN(start) - start, child->length);
	child->bytes = walk->data + start + child->padding;
	child->length -= child->padding;
	walk->index++;
	return true;
}

/*
 * A child of the result has to have this type and these bytes.
 */
static void
ExpectBytes(Pair *pair, const Child *child, uint32 type, const char *bytes, Size length)
{
	if (child->type != type || child->length != length ||
		memcmp(child->bytes, bytes, length) != 0)
		Mistake("what should have been copied was not, or not unchanged");
	NoteCopied(pair->payload, child->bytes, length);
}

/*
 * Padding is kept with its child if there is as much of it, and otherwise zero.
 */
static void
ExpectPadding(const Child *child, const Child *kept)
{
	static const char zeroes[sizeof(uint32)];
	const char *padding = child->bytes - child->padding;

	if (kept != NULL && kept->padding == child->padding)
	{
		if (memcmp(padding, kept->bytes - kept->padding, kept->padding) != 0)
			Mistake("kept padding was changed");
	}
	else if (memcmp(padding, zeroes, child->padding) != 0)
		Mistake("new padding is not zero");
}

/*
 * Keys follow each other as they did where they were copied from; next to a new one
 * they have to be in order.  The place of a new one was found before others were
 * removed, so these count as well.
 */
static void
ExpectOrder(Pair *pair, const Child *key, bool is_new)
{
	const Child *last = &pair->last;

	if (!pair->is_first && (is_new || pair->last_is_new) &&
		(last->length != key->length ? last->length > key->length :
		 memcmp(last->bytes, key->bytes, key->length) >= 0))
		Mistake("a new key is not where it belongs");
	pair->is_first = false;
	pair->last_is_new = is_new;
	pair->last = *key;
}

/*
 * The next children of the result have to be those of the source before this one.
 */
static void
ExpectKept(Pair *pair, uint32 limit, bool keys)
{
	while (mistake == NULL && pair->source.index < limit)
	{
		Child		kept;
		Child		child;

		if (!NextChild(&pair->source, &kept) || !NextChild(&pair->result, &child))
		{
			Mistake("a kept child has a wrong entry");
			return;
		}
		ExpectBytes(pair, &child, kept.type, kept.bytes, kept.length);
		ExpectPadding(&child, &kept);
		NoteCopied(pair->payload, child.bytes - child.padding, child.padding);
		NoteCopied(pair->payload, child.entry, sizeof(JEntry) - 1);
		if (keys)
			ExpectOrder(pair, &child, false);
	}
}

/*
 * The next child of the result has to be the one that the change makes.
 */
static void
ExpectNew(Pair *pair, const JbiChange *change, bool keys)
{
	Child		child;

	if (!NextChild(&pair->result, &child))
	{
		Mistake("a new child has a wrong entry");
		return;
	}
	ExpectPadding(&child, NULL);
	if (keys)
	{
		ExpectBytes(pair, &child, JENTRY_ISSTRING, change->key.bytes, change->key.len);
		ExpectOrder(pair, &child, true);
	}
	else if (change->edit != NULL)
		NoteContainer(change->edit, pair->payload, &child);
	else
		ExpectBytes(pair, &child, change->value.type, change->value.bytes, change->value.len);
}

/*
 * All elements of an array, or all keys or all values of an object.
 */
static void
NoteChildren(const JbiEdit *edit, Pair *pair, bool keys)
{
	uint32		base = keys ? 0 : edit->source.nentries - edit->source.count;
	Child		old;

	pair->is_first = true;
	for (uint32 i = 0; i < edit->nchanges && mistake == NULL; i++)
	{
		const JbiChange *change = &edit->changes[i];

		/* What changes nothing here. */
		if ((change->edit != NULL && !change->edit->changed) ||
			(keys && change->kind == JBI_REPLACE))
			continue;
		ExpectKept(pair, base + change->index, keys);
		if (change->kind != JBI_INSERT)
		{
			if (!NextChild(&pair->source, &old))
				Mistake("a child that goes has a wrong entry");
			else if (keys)
				ExpectOrder(pair, &old, false);
		}
		if (change->kind != JBI_REMOVE)
			ExpectNew(pair, change, keys);
	}
	ExpectKept(pair, base + edit->source.count, keys);
}

/*
 * What an edit tree points to, as it was before the writer wrote.
 */
static const void *
AsItWas(const void *bytes)
{
	uintptr_t	at = (uintptr_t) bytes;
	uintptr_t	start = (uintptr_t) target;

	if (target == NULL || at < start || at >= start + VARSIZE(target_was))
		return bytes;
	return target_was + (at - start);
}

/*
 * A container that was edited, and what it has become.
 */
static void
NoteContainer(const JbiEdit *edit, const char *payload, const Child *result)
{
	const JsonbContainer *container = (const JsonbContainer *) result->bytes;
	uint32		count = edit->source.count + edit->inserted - edit->removed;
	Pair		pair = {.payload = payload};

	pair.source.entries = AsItWas(edit->source.entries);
	pair.source.nentries = edit->source.nentries;
	pair.source.data = AsItWas(edit->source.data);
	pair.source.data_len = edit->source.data_len;
	pair.result.entries = container->children;
	pair.result.nentries = edit->source.kind == JB_FOBJECT ? 2 * count : count;
	pair.result.data = (const char *) (container->children + pair.result.nentries);
	if (result->type != JENTRY_ISCONTAINER ||
		result->length < sizeof(uint32) + pair.result.nentries * sizeof(JEntry) ||
		container->header != (edit->source.kind | count))
	{
		Mistake("a container has a wrong header");
		return;
	}
	pair.result.data_len = (Size) (result->bytes + result->length - pair.result.data);

	if (edit->source.kind == JB_FOBJECT)
		NoteChildren(edit, &pair, true);
	NoteChildren(edit, &pair, false);
	if (pair.result.index != pair.result.nentries || pair.result.end != pair.result.data_len)
		Mistake("a container ends elsewhere than its last child");
}

/*
 * Called before the writer writes, with the document that it may overwrite, if any.
 */
void
note_target(const Jsonb *document)
{
	target = document;
	if (document == NULL)
		return;
	free(target_was);
	target_was = malloc(VARSIZE(target));
	if (target_was == NULL)
		abort();
	memcpy(target_was, target, VARSIZE(target));
}

/*
 * The verifier's callback.
 */
static bool
NoteFault(void *state pg_attribute_unused(), const char *fault, Size offset)
{
	if (WasCopied(offset))
	{
		copied_fault = true;
		return true;
	}
	if (finding.fault == NULL)
	{
		finding.fault = fault;
		finding.offset = offset;
	}
	return false;
}

/*
 * Verify what was written.  The verifier allocates nothing.
 */
static void
Verify(const Jsonb *result)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		jbi_verify_all(VARDATA(result), VARSIZE(result) - VARHDRSZ, NoteFault, NULL);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		if (geterrcode() != ERRCODE_STATEMENT_TOO_COMPLEX)
			Mistake("the verifier fails");
		FlushErrorState();
	}
	PG_END_TRY();
}

/*
 * Called when the writer has written.
 */
void
note_written(const JbiEdit *root, const Jsonb *result)
{
	Child		whole = {
		.type = JENTRY_ISCONTAINER,
		.bytes = VARDATA(result),
		.length = VARSIZE(result) - VARHDRSZ
	};

	if (!judging)
		return;
	written = result;
	nranges = 0;
	NoteContainer(root, whole.bytes, &whole);
	Verify(result);
}

/*
 * Called when the writer has written a document of one value.
 */
void
note_value_written(const JbiValue *value, const Jsonb *result)
{
	const uint32 *payload = (const uint32 *) VARDATA(result);
	Size		header = value->type == JENTRY_ISCONTAINER ? 0 : 2 * sizeof(uint32);

	if (!judging)
		return;
	written = result;
	nranges = 0;
	if (VARSIZE(result) != VARHDRSZ + header + value->len ||
		(header > 0 && (payload[0] != (JB_FARRAY | JB_FSCALAR | 1) ||
						payload[1] != (JENTRY_HAS_OFF | value->type | value->len))) ||
		memcmp((const char *) payload + header, value->bytes, value->len) != 0)
		Mistake("a document is not the value that it was made of");
	NoteCopied((const char *) payload, (const char *) payload + header, value->len);
	Verify(result);
}

static void
JudgeWritten(const Arguments *arguments)
{
	if (mistake != NULL)
		complain(arguments, "%s", mistake);
	if (finding.fault != NULL)
		complain(arguments, "the result has a fault where nothing was copied: %s, at byte %zu",
				 finding.fault, finding.offset);
	if (all_sound && copied_fault)
		complain(arguments, "what was made of sound documents has a fault");
}

/*
 * A result that the writer has not written is the target.
 */
static void
JudgeUnwritten(const Arguments *arguments, const void *result)
{
	const void *plain = DatumGetPointer(arguments->plain[0].value);

	if (result == DatumGetPointer(arguments->given[0].value))
		return;
	if (arguments->forms[0] != FORM_INDIRECT || VARATT_IS_EXTENDED(result) ||
		VARSIZE(result) != VARSIZE(plain) || memcmp(result, plain, VARSIZE(plain)) != 0)
		complain(arguments, "the result is neither the target nor what was written");
}

static void
JudgeError(const Arguments *arguments, const Outcome *outcome)
{
	if (in_contract(outcome))
		return;
	for (int i = 0; i < arguments->count; i++)
		if (arguments->unreadable[i] == outcome->sqlstate)
			return;
	complain(arguments, "SQLSTATE %s is not in the contract: %s",
			 unpack_sql_state(outcome->sqlstate), outcome->message);
}

/*
 * Say whether all documents that are handed to the next calls are sound.
 */
void
judge_as_sound(bool sound)
{
	all_sound = sound;
}

/*
 * Call a function and judge what it does.
 */
Outcome
judge_call(PGFunction function, const Arguments *arguments)
{
	Outcome		outcome;
	const void *result;

	written = NULL;
	mistake = NULL;
	finding.fault = NULL;
	copied_fault = false;
	judging = true;
	outcome = call_given(function, arguments);
	judging = false;
	JudgeWritten(arguments);
	if (outcome.failed)
	{
		JudgeError(arguments, &outcome);
		return outcome;
	}
	/* A reader need not have read all of it. */
	if (!returns_document(function) || outcome.isnull)
		return outcome;
	for (int i = 0; i < arguments->count; i++)
		if (arguments->unreadable[i] != 0)
			complain(arguments, "a result, though core cannot read argument %d", i);
	result = DatumGetPointer(outcome.value);
	if (outcome.spliced && written != NULL)
	{
		/* The bytes that the stream stands for. */
		Verify(result);
		JudgeWritten(arguments);
	}
	else if (result != (const void *) written)
		JudgeUnwritten(arguments, result);
	return outcome;
}
