/*-------------------------------------------------------------------------
 *
 * scratch.c
 *	  Memory that a call needs and does not leave behind.
 *
 *-------------------------------------------------------------------------
 */
#include "scratch.h"

#include "utils/memutils.h"

void
jbi_scratch_start(JbiScratch *scratch)
{
	scratch->context = NULL;
	scratch->copies = NULL;
	scratch->used = 0;
}

void
jbi_scratch_end(JbiScratch *scratch)
{
	for (JbiCopy *copy = scratch->copies; copy != NULL; copy = copy->next)
		pfree(copy->bytes);
	if (scratch->context != NULL)
		MemoryContextDelete(scratch->context);
}

void *
jbi_scratch_alloc(JbiScratch *scratch, Size size)
{
	size = MAXALIGN(size);
	if (size <= sizeof(scratch->space) - scratch->used)
	{
		scratch->used += size;
		return scratch->space + scratch->used - size;
	}
	if (scratch->context == NULL)
		scratch->context = AllocSetContextCreate(CurrentMemoryContext,
												 "jsonb_ivm call",
												 ALLOCSET_DEFAULT_SIZES);
	return MemoryContextAllocHuge(scratch->context, size);
}

static struct varlena *
Remember(JbiScratch *scratch, struct varlena *plain, Datum original)
{
	if (PointerGetDatum(plain) != original)
	{
		JbiCopy    *copy = jbi_scratch_alloc(scratch, sizeof(JbiCopy));

		copy->bytes = plain;
		copy->next = scratch->copies;
		scratch->copies = copy;
	}
	return plain;
}

/*
 * The value as plain, aligned bytes: as it is if that is what it is, else a copy.
 */
struct varlena *
jbi_scratch_detoast(JbiScratch *scratch, Datum datum)
{
	return Remember(scratch, PG_DETOAST_DATUM(datum), datum);
}

/*
 * The same for what may keep a short header.
 */
struct varlena *
jbi_scratch_detoast_packed(JbiScratch *scratch, Datum datum)
{
	return Remember(scratch, PG_DETOAST_DATUM_PACKED(datum), datum);
}
