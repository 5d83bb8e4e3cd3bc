/*-------------------------------------------------------------------------
 *
 * copies.c
 *	  Which bytes of a new document are copies of which of the old one.
 *
 *-------------------------------------------------------------------------
 */
#include "copies.h"

#include "miscadmin.h"

void
jbi_copies_start(JbiCopies *copies, JbiScratch *scratch, const Jsonb *from)
{
	copies->scratch = scratch;
	copies->from = (const char *) &from->root;
	copies->from_length = VARSIZE(from) - VARHDRSZ;
	copies->to = NULL;
	copies->list = NULL;
	copies->count = 0;
	copies->allocated = 0;
}

/*
 * Whether the copy goes on where another ends; then that takes it up.
 */
static bool
Continues(JbiCopied *copied, const JbiCopied *next)
{
	if (copied->from + copied->length != next->from || copied->to + copied->length != next->to)
		return false;
	copied->length += next->length;
	return true;
}

static void
MakeRoom(JbiCopies *copies)
{
	uint32		allocated = Max(copies->allocated * 2, 32);
	JbiCopied  *list = jbi_scratch_alloc(copies->scratch, (Size) allocated * sizeof(JbiCopied));

	if (copies->count > 0)
		jbi_copy_bytes(list, copies->list, (Size) copies->count * sizeof(JbiCopied));
	copies->list = list;
	copies->allocated = allocated;
}

/*
 * Note a copy.  What does not come from the old document is no copy of it.
 */
void
jbi_copies_add(JbiCopies *copies, const void *to, const void *from, uint32 length)
{
	JbiCopied	copied;

	if (length == 0 || (uintptr_t) from < (uintptr_t) copies->from ||
		(uintptr_t) from >= (uintptr_t) copies->from + copies->from_length)
		return;
	copied.from = (uint32) ((const char *) from - copies->from);
	copied.to = (uint32) ((const char *) to - copies->to);
	copied.length = length;

	/* Entries and data grow by turns. */
	for (uint32 back = 1; back <= 2 && back <= copies->count; back++)
		if (Continues(&copies->list[copies->count - back], &copied))
			return;
	if (copies->count == copies->allocated)
		MakeRoom(copies);
	copies->list[copies->count++] = copied;
}

/*
 * Note those of the entries that are the same.
 */
void
jbi_copies_add_entries(JbiCopies *copies, const JEntry *to, const JEntry *from, uint32 count)
{
	uint32		i = 0;

	while (i < count)
	{
		uint32		first = i;

		CHECK_FOR_INTERRUPTS();
		while (i < count && to[i] == from[i] && i - first < JB_OFFSET_STRIDE)
			i++;
		jbi_copies_add(copies, to + first, from + first, (i - first) * (uint32) sizeof(JEntry));
		if (i == first)
			i++;
	}
}

static int
CompareByPlace(const void *a, const void *b)
{
	uint32		a_to = ((const JbiCopied *) a)->to;
	uint32		b_to = ((const JbiCopied *) b)->to;

	/* Of a document with many entries there are many. */
	CHECK_FOR_INTERRUPTS();
	return a_to < b_to ? -1 : a_to > b_to;
}

/*
 * Bring the copies in order, in both documents; the new one's length is given.
 * What overlaps or goes beyond one of the documents is left out, for nobody to depend on
 * how the copies came about.
 */
void
jbi_copies_finish(JbiCopies *copies, uint32 to_length)
{
	uint32		kept = 0;

	if (copies->count > 1)
		qsort(copies->list, copies->count, sizeof(JbiCopied), CompareByPlace);
	for (uint32 i = 0; i < copies->count; i++)
	{
		const JbiCopied *copied = &copies->list[i];
		JbiCopied  *last = kept > 0 ? &copies->list[kept - 1] : NULL;

		CHECK_FOR_INTERRUPTS();
		if (copied->length > copies->from_length - copied->from || copied->to > to_length ||
			copied->length > to_length - copied->to)
			continue;
		if (last != NULL &&
			(Continues(last, copied) || copied->from < last->from + last->length ||
			 copied->to < last->to + last->length))
			continue;
		copies->list[kept++] = *copied;
	}
	copies->count = kept;
}
