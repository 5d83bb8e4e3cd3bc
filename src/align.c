/*-------------------------------------------------------------------------
 *
 * align.c
 *	  Which elements of two versions of an array belong together.
 *
 * First those that are equal, as many as can be without crossing each other.  Then,
 * between these, objects that have the same value under the key that tells them
 * apart best.  Then what is left, one after the other.
 *
 * The longest common subsequence is found by E. W. Myers, "An O(ND) Difference
 * Algorithm and Its Variations" (1986), in linear space: the middle of a shortest
 * way through the grid of both sequences is where ways from both ends meet.  Its
 * time grows with the differences, so what occurs on one side only is left out
 * beforehand, and there is a limit.
 *
 *-------------------------------------------------------------------------
 */
#include "diff.h"

#include "match.h"

#include "common/hashfn.h"
#include "miscadmin.h"

/* Steps that may be spent on one array. */
#define MAX_STEPS 4000000

/* Keys that are tried. */
#define MAX_KEYS 8

#define NO_CLASS PG_UINT32_MAX

/*
 * The elements of one side, or the part of them that is at work.
 */
typedef struct Side
{
	const JbiContainer *array;
	uint32		first;			/* element of the array that is our 0 */
	uint32		from;			/* what is at work */
	uint32		to;
	uint32	   *hashes;
	uint32	   *classes;		/* the same number for what is the same */
	uint32	   *counts;			/* of a class, by its first element */
	uint32	   *picked;			/* elements that have a class, */
	uint32	   *sequence;		/* and which one */
	uint32		npicked;
} Side;

/*
 * Both sides.  A class is told by the first element of the old side that is in it.
 */
typedef struct Alignment
{
	JbiScratch	scratch;
	Side		old_side;
	Side		new_side;
	const JbiString *key;		/* elements are compared by this, or as a
								 * whole */
	uint32	   *slots;			/* hash table of classes: an element, or none */
	uint32		mask;
	int32	   *forward;		/* by diagonal: how far a way from there
								 * reaches */
	int32	   *backward;
	int64		steps;			/* that are left */
	uint32	   *partners;		/* of the new elements among the old ones */
} Alignment;

typedef void (*GapCallback) (Alignment *alignment);

/*
 * What is compared of an element; false if it has nothing of the kind.
 */
static bool
GetItem(const Alignment *alignment, const Side *side, uint32 number, JbiValue *value)
{
	JbiContainer object;

	jbi_get_child(side->array, side->first + number, value);
	if (alignment->key == NULL)
		return true;
	if (jbi_value_kind(value) != JB_FOBJECT)
		return false;
	jbi_open_container(&object, value);
	return jbi_get_value(&object, *alignment->key, value) && value->type != JENTRY_ISCONTAINER;
}

static uint32
HashBytes(const JbiValue *value)
{
	uint32		hash = value->type;

	for (Size done = 0; done < value->len; done += JBI_BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		hash = hash_combine(hash, hash_bytes((const unsigned char *) value->bytes + done,
											 (int) Min(value->len - done, JBI_BYTES_AT_ONCE)));
	}
	return hash;
}

/*
 * The slot of the class that the value is in, or the free one where it would be.
 */
static uint32 *
FindSlot(Alignment *alignment, const JbiValue *value, uint32 hash)
{
	const Side *side = &alignment->old_side;

	for (uint32 i = hash & alignment->mask;; i = (i + 1) & alignment->mask)
	{
		uint32	   *slot = &alignment->slots[i];
		JbiValue	other;

		CHECK_FOR_INTERRUPTS();
		if (*slot == NO_CLASS ||
			(side->hashes[*slot] == hash && GetItem(alignment, side, *slot, &other) &&
			 jbi_same_bytes(&other, value)))
			return slot;
	}
}

/*
 * That of a hash table for so many classes, which is at most half full.
 */
static uint32
MaskFor(uint32 count)
{
	uint32		mask = 1;

	while (mask < 2 * count)
		mask = mask * 2 + 1;
	return mask;
}

/*
 * Give each element that is at work its class.  What only the new side has gets
 * none.
 */
static void
ClassifyOld(Alignment *alignment)
{
	Side	   *side = &alignment->old_side;

	/* As large as is needed here, or each gap would clear all of it. */
	alignment->mask = MaskFor(side->to - side->from);
	jbi_fill_bytes(alignment->slots, 0xFF, ((Size) alignment->mask + 1) * sizeof(uint32));
	for (uint32 i = side->from; i < side->to; i++)
	{
		JbiValue	value;
		uint32	   *slot;

		CHECK_FOR_INTERRUPTS();
		side->classes[i] = NO_CLASS;
		side->counts[i] = alignment->new_side.counts[i] = 0;
		if (!GetItem(alignment, side, i, &value))
			continue;
		side->hashes[i] = HashBytes(&value);
		slot = FindSlot(alignment, &value, side->hashes[i]);
		if (*slot == NO_CLASS)
			*slot = i;
		side->classes[i] = *slot;
		side->counts[*slot]++;
	}
}

static void
ClassifyNew(Alignment *alignment)
{
	Side	   *side = &alignment->new_side;

	for (uint32 i = side->from; i < side->to; i++)
	{
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		side->classes[i] = NO_CLASS;
		if (!GetItem(alignment, side, i, &value))
			continue;
		side->classes[i] = *FindSlot(alignment, &value, HashBytes(&value));
		if (side->classes[i] != NO_CLASS)
			side->counts[side->classes[i]]++;
	}
}

/*
 * Whether elements of that class may be partners.  A key has to tell them apart.
 */
static bool
IsOnBothSides(const Alignment *alignment, uint32 class)
{
	uint32		in_old;
	uint32		in_new;

	if (class == NO_CLASS)
		return false;
	in_old = alignment->old_side.counts[class];
	in_new = alignment->new_side.counts[class];
	return in_new > 0 && (alignment->key == NULL || (in_old == 1 && in_new == 1));
}

static void
Pick(const Alignment *alignment, Side *side)
{
	side->npicked = 0;
	for (uint32 i = side->from; i < side->to; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsOnBothSides(alignment, side->classes[i]))
			continue;
		side->picked[side->npicked] = i;
		side->sequence[side->npicked++] = side->classes[i];
	}
}

/*
 * Compare the elements that are at work by a key, or as a whole.  Returns how many
 * have somebody on the other side.
 */
static uint32
Classify(Alignment *alignment, const JbiString *key)
{
	alignment->key = key;
	ClassifyOld(alignment);
	ClassifyNew(alignment);
	Pick(alignment, &alignment->old_side);
	Pick(alignment, &alignment->new_side);
	return alignment->new_side.npicked;
}

/*
 * A part of both sequences: a box in the grid, and a way through it from one corner
 * to the other.  x counts the old sequence and y the new one; a step along x leaves
 * an old element out, one along y a new one, and one along both is a match.  The
 * diagonals are numbered by x - y.
 */
typedef struct Box
{
	int32		x0;
	int32		x1;
	int32		y0;
	int32		y1;
} Box;

#define NOWHERE_FORWARD		(-1)
#define NOWHERE_BACKWARD	PG_INT32_MAX

/*
 * How far a way comes on a diagonal with one step more from one of its neighbours,
 * and then along matches.
 */
static int32
GoForward(Alignment *alignment, const Box *box, int32 diagonal)
{
	const uint32 *a = alignment->old_side.sequence;
	const uint32 *b = alignment->new_side.sequence;
	int32		x = alignment->forward[diagonal + 1];
	int32		from_below = alignment->forward[diagonal - 1];

	if (x != NOWHERE_FORWARD && x - diagonal > box->y1)
		x = NOWHERE_FORWARD;
	if (from_below != NOWHERE_FORWARD && from_below < box->x1)
		x = Max(x, from_below + 1);
	if (x != NOWHERE_FORWARD)
		for (; x < box->x1 && x - diagonal < box->y1 && a[x] == b[x - diagonal]; x++)
			CHECK_FOR_INTERRUPTS();
	alignment->forward[diagonal] = x;
	return x;
}

static int32
GoBackward(Alignment *alignment, const Box *box, int32 diagonal)
{
	const uint32 *a = alignment->old_side.sequence;
	const uint32 *b = alignment->new_side.sequence;
	int32		x = alignment->backward[diagonal - 1];
	int32		from_above = alignment->backward[diagonal + 1];

	if (x != NOWHERE_BACKWARD && x - diagonal < box->y0)
		x = NOWHERE_BACKWARD;
	if (from_above != NOWHERE_BACKWARD && from_above > box->x0)
		x = Min(x, from_above - 1);
	if (x != NOWHERE_BACKWARD)
		for (; x > box->x0 && x - diagonal > box->y0 && a[x - 1] == b[x - diagonal - 1]; x--)
			CHECK_FOR_INTERRUPTS();
	alignment->backward[diagonal] = x;
	return x;
}

/* The diagonals that ways have reached: every second one. */
typedef struct Reach
{
	int32		lowest;
	int32		highest;
} Reach;

/*
 * One more diagonal on each side, as far as the box goes; behind them there is
 * nothing to come from.
 */
static void
Widen(Reach *reach, const Box *box, int32 *ends, int32 nowhere)
{
	if (reach->lowest > box->x0 - box->y1)
		ends[--reach->lowest - 1] = nowhere;
	else
		reach->lowest++;
	if (reach->highest < box->x1 - box->y0)
		ends[++reach->highest + 1] = nowhere;
	else
		reach->highest--;
}

static bool
IsReached(const Reach *reach, int32 diagonal)
{
	return diagonal >= reach->lowest && diagonal <= reach->highest;
}

/*
 * A point in the middle of a shortest way through the box.  Both sequences have
 * elements there, and neither the first nor the last ones match.  False if the
 * limit was reached.
 */
static bool
FindMiddle(Alignment *alignment, const Box *box, int32 *x, int32 *y)
{
	int32		first = box->x0 - box->y0;
	int32		last = box->x1 - box->y1;
	Reach		forward = {first, first};
	Reach		backward = {last, last};
	bool		is_odd = ((first - last) & 1) != 0;

	alignment->forward[first] = box->x0;
	alignment->backward[last] = box->x1;
	while (alignment->steps > 0)
	{
		Widen(&forward, box, alignment->forward, NOWHERE_FORWARD);
		for (int32 diagonal = forward.lowest; diagonal <= forward.highest; diagonal += 2)
		{
			CHECK_FOR_INTERRUPTS();
			alignment->steps--;
			*x = GoForward(alignment, box, diagonal);
			*y = *x - diagonal;
			if (is_odd && *x != NOWHERE_FORWARD && IsReached(&backward, diagonal) &&
				alignment->backward[diagonal] <= *x)
				return true;
		}
		Widen(&backward, box, alignment->backward, NOWHERE_BACKWARD);
		for (int32 diagonal = backward.lowest; diagonal <= backward.highest; diagonal += 2)
		{
			CHECK_FOR_INTERRUPTS();
			alignment->steps--;
			*x = GoBackward(alignment, box, diagonal);
			*y = *x == NOWHERE_BACKWARD ? 0 : *x - diagonal;
			if (!is_odd && *x != NOWHERE_BACKWARD && IsReached(&forward, diagonal) &&
				alignment->forward[diagonal] >= *x)
				return true;
		}
	}
	return false;
}

static void
MakePartners(Alignment *alignment, int32 x, int32 y)
{
	alignment->partners[alignment->new_side.picked[y]] = alignment->old_side.picked[x];
}

/*
 * Make partners of the longest common subsequence of a box.
 */
static void
JoinCommon(Alignment *alignment, Box box)
{
	const uint32 *a = alignment->old_side.sequence;
	const uint32 *b = alignment->new_side.sequence;
	Box			rest;
	int32		x;
	int32		y;

	check_stack_depth();
	while (box.x0 < box.x1 && box.y0 < box.y1 && a[box.x0] == b[box.y0])
	{
		CHECK_FOR_INTERRUPTS();
		MakePartners(alignment, box.x0++, box.y0++);
	}
	while (box.x0 < box.x1 && box.y0 < box.y1 && a[box.x1 - 1] == b[box.y1 - 1])
	{
		CHECK_FOR_INTERRUPTS();
		MakePartners(alignment, --box.x1, --box.y1);
	}
	if (box.x0 == box.x1 || box.y0 == box.y1 || !FindMiddle(alignment, &box, &x, &y))
		return;

	rest = box;
	rest.x0 = box.x1 = x;
	rest.y0 = box.y1 = y;
	JoinCommon(alignment, box);
	JoinCommon(alignment, rest);
}

static void
JoinPicked(Alignment *alignment)
{
	Box			all = {0, (int32) alignment->old_side.npicked, 0, (int32) alignment->new_side.npicked};

	JoinCommon(alignment, all);
}

/*
 * Hand the parts that have no partners to the callback.
 */
static void
EachGap(Alignment *alignment, uint32 old_count, uint32 new_count, GapCallback callback)
{
	Side	   *old_side = &alignment->old_side;
	Side	   *new_side = &alignment->new_side;
	uint32		old_next = 0;
	uint32		next = 0;

	while (next <= new_count)
	{
		uint32		end = next;

		CHECK_FOR_INTERRUPTS();
		for (; end < new_count && alignment->partners[end] == JBI_NO_PARTNER; end++)
			CHECK_FOR_INTERRUPTS();
		new_side->from = next;
		new_side->to = end;
		old_side->from = old_next;
		old_side->to = end < new_count ? alignment->partners[end] : old_count;
		old_next = old_side->to + 1;
		if (old_side->from < old_side->to && next < end)
			callback(alignment);
		next = end + 1;
	}
}

/*
 * The first old object that is at work.
 */
static bool
FindObject(const Side *side, JbiContainer *object)
{
	for (uint32 i = side->from; i < side->to; i++)
	{
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		jbi_get_child(side->array, side->first + i, &value);
		if (jbi_value_kind(&value) == JB_FOBJECT)
		{
			jbi_open_container(object, &value);
			return true;
		}
	}
	return false;
}

/*
 * Make partners of objects that have the same scalar under a key, which no other of
 * their side has.  Of the keys the one is taken that finds most; short ones come
 * first.
 */
static void
JoinByKey(Alignment *alignment)
{
	const Side *old_side = &alignment->old_side;
	const Side *new_side = &alignment->new_side;
	uint32		most = Min(old_side->to - old_side->from, new_side->to - new_side->from);
	JbiContainer object;
	JbiString	best_key = {NULL, 0};
	uint32		best = 0;
	JbiCursor	cursor;

	if ((most == 1 && old_side->to - old_side->from == new_side->to - new_side->from) ||
		!FindObject(old_side, &object))
		return;
	jbi_cursor_start(&cursor, &object, 0);
	for (uint32 i = 0; i < Min(object.count, MAX_KEYS) && best < most; i++)
	{
		JbiValue	value;
		JbiString	key;
		uint32		found;

		jbi_cursor_next(&cursor, &value);
		if (value.type != JENTRY_ISSTRING)
			jbi_corrupted(value.doc, value.bytes, "the key is not a string");
		key.bytes = value.bytes;
		key.len = value.len;
		found = Classify(alignment, &key);
		if (found > best)
		{
			best = found;
			best_key = key;
		}
	}
	if (best > 0)
	{
		Classify(alignment, &best_key);
		JoinPicked(alignment);
	}
}

/*
 * Make partners of what is left, as far as both sides have something.
 */
static void
JoinInOrder(Alignment *alignment)
{
	uint32		old_next = alignment->old_side.from;

	for (uint32 i = alignment->new_side.from;
		 i < alignment->new_side.to && old_next < alignment->old_side.to; i++)
	{
		CHECK_FOR_INTERRUPTS();
		alignment->partners[i] = old_next++;
	}
}

static void *
AllocateWords(Alignment *alignment, Size count)
{
	return jbi_scratch_alloc(&alignment->scratch, count * sizeof(uint32));
}

static void
StartSide(Alignment *alignment, Side *side, const JbiContainer *array, uint32 from, uint32 to)
{
	uint32		count = to - from;

	side->array = array;
	side->first = from;
	side->from = 0;
	side->to = count;
	side->classes = AllocateWords(alignment, count);
	side->picked = AllocateWords(alignment, count);
	side->sequence = AllocateWords(alignment, count);
}

/*
 * Find the partners of the elements [new_from, new_to) of one array among [old_from,
 * old_to) of the other: partners[i] is that of new_from + i, or JBI_NO_PARTNER.  They
 * rise.
 */
void
jbi_align(const JbiContainer *old_array, uint32 old_from, uint32 old_to,
		  const JbiContainer *new_array, uint32 new_from, uint32 new_to,
		  uint32 *partners)
{
	Alignment	alignment = {.steps = MAX_STEPS, .partners = partners};
	uint32		old_count = old_to - old_from;
	uint32		new_count = new_to - new_from;
	Size		diagonals = (Size) old_count + new_count + 3;

	jbi_fill_bytes(partners, 0xFF, (Size) new_count * sizeof(uint32));
	if (old_count == 0 || new_count == 0)
		return;
	jbi_scratch_start(&alignment.scratch);
	StartSide(&alignment, &alignment.old_side, old_array, old_from, old_to);
	StartSide(&alignment, &alignment.new_side, new_array, new_from, new_to);
	alignment.old_side.hashes = AllocateWords(&alignment, old_count);
	alignment.old_side.counts = AllocateWords(&alignment, old_count);
	alignment.new_side.counts = AllocateWords(&alignment, old_count);
	alignment.slots = AllocateWords(&alignment, (Size) MaskFor(old_count) + 1);
	/* From -new_count - 1 to old_count + 1. */
	alignment.forward = (int32 *) AllocateWords(&alignment, diagonals) + new_count + 1;
	alignment.backward = (int32 *) AllocateWords(&alignment, diagonals) + new_count + 1;

	if (Classify(&alignment, NULL) > 0)
		JoinPicked(&alignment);
	EachGap(&alignment, old_count, new_count, JoinByKey);
	EachGap(&alignment, old_count, new_count, JoinInOrder);
	for (uint32 i = 0; i < new_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (partners[i] != JBI_NO_PARTNER)
			partners[i] += old_from;
	}
	jbi_scratch_end(&alignment.scratch);
}
