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
	scratch->ncopies = 0;
	scratch->used = 0;
}

void
jbi_scratch_end(JbiScratch *scratch)
{
	for (int i = 0; i < scratch->ncopies; i++)
		pfree(scratch->copies[i]);
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
Remember(JbiScratch *scratch, struct varlena *copy, Datum original)
{
	if (PointerGetDatum(copy) != original)
	{
		Assert(scratch->ncopies < JBI_MAX_COPIES);
		scratch->copies[scratch->ncopies++] = copy;
	}
	return copy;
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
