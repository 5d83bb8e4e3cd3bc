/*-------------------------------------------------------------------------
 *
 * scratch.h
 *	  Memory that a call needs and does not leave behind.
 *
 * A call on a document of a few hundred bytes takes less time than creating a
 * memory context, so small pieces come from the structure itself, which lives on
 * the stack.  What does not fit comes from a context of its own.  Detoasted
 * values are remembered and freed one by one, as PG_FREE_IF_COPY does.
 *
 * After an error the caller's context takes all of it along.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_SCRATCH_H
#define JBI_SCRATCH_H

#include "compat.h"

typedef struct JbiCopy
{
	struct JbiCopy *next;
	void	   *bytes;
} JbiCopy;

typedef struct JbiScratch
{
	MemoryContext context;		/* created when first needed */
	JbiCopy    *copies;			/* detoasted values */
	Size		used;			/* of space */
	union
	{
		char		space[1024];
		int64		force_alignment;
	};
} JbiScratch;

extern MemoryContext jbi_scratch_context(JbiScratch *scratch);
extern void *jbi_scratch_alloc_large(JbiScratch *scratch, Size size);
extern struct varlena *jbi_scratch_remember(JbiScratch *scratch, struct varlena *value);
extern JbiCopy **jbi_scratch_find(JbiScratch *scratch, const void *value);
extern struct varlena *jbi_scratch_copy(JbiScratch *scratch, struct varlena *value, bool packed);
extern struct varlena *jbi_scratch_fetch(JbiScratch *scratch, Datum datum);
extern void jbi_scratch_free(JbiScratch *scratch);

static inline void
jbi_scratch_start(JbiScratch *scratch)
{
	scratch->context = NULL;
	scratch->copies = NULL;
	scratch->used = 0;
}

static inline void
jbi_scratch_end(JbiScratch *scratch)
{
	if (scratch->context != NULL || scratch->copies != NULL)
		jbi_scratch_free(scratch);
}

static inline void *
jbi_scratch_alloc(JbiScratch *scratch, Size size)
{
	size = MAXALIGN(size);
	if (unlikely(size > sizeof(scratch->space) - scratch->used))
		return jbi_scratch_alloc_large(scratch, size);
	scratch->used += size;
	return scratch->space + scratch->used - size;
}

/*
 * The value as plain, aligned bytes: as it is if that is what it is, else a copy.
 */
static inline struct varlena *
jbi_scratch_detoast(JbiScratch *scratch, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	return VARATT_IS_EXTENDED(value) ? jbi_scratch_copy(scratch, value, false) : value;
}

/*
 * The same for what may keep a short header.
 */
static inline struct varlena *
jbi_scratch_detoast_packed(JbiScratch *scratch, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	return VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value) ?
		jbi_scratch_copy(scratch, value, true) : value;
}

#endif							/* JBI_SCRATCH_H */
