/*-------------------------------------------------------------------------
 *
 * scratch.c
 *	  Memory that a call needs and does not leave behind.
 *
 *-------------------------------------------------------------------------
 */
#include "scratch.h"

#include "access/detoast.h"
#include "utils/memutils.h"

/*
 * Memory from the context, which the first who needs it creates.
 */
void *
jbi_scratch_alloc_large(JbiScratch *scratch, Size size)
{
	if (scratch->context == NULL)
		scratch->context = AllocSetContextCreate(CurrentMemoryContext,
												 "jsonb_ivm call",
												 ALLOCSET_DEFAULT_SIZES);
	return MemoryContextAllocHuge(scratch->context, size);
}

/*
 * The value with the header of four bytes that aligns it.  A table gives small
 * documents a short one.
 */
static struct varlena *
Unpack(JbiScratch *scratch, const struct varlena *value)
{
	Size		length = VARSIZE_SHORT(value) - VARHDRSZ_SHORT;
	struct varlena *plain = jbi_scratch_alloc(scratch, VARHDRSZ + length);

	SET_VARSIZE(plain, VARHDRSZ + length);
	memcpy(VARDATA(plain), VARDATA_SHORT(value), length);
	return plain;
}

/*
 * Remember to free a value.
 */
struct varlena *
jbi_scratch_remember(JbiScratch *scratch, struct varlena *value)
{
	JbiCopy    *copy = jbi_scratch_alloc(scratch, sizeof(JbiCopy));

	copy->bytes = value;
	copy->next = scratch->copies;
	scratch->copies = copy;
	return value;
}

/*
 * The link of the list that holds a value to free, or the last one, which is NULL.
 */
JbiCopy   **
jbi_scratch_find(JbiScratch *scratch, const void *value)
{
	JbiCopy   **link = &scratch->copies;

	while (*link != NULL && (*link)->bytes != value)
		link = &(*link)->next;
	return link;
}

/*
 * A plain copy of a toasted value, or a packed one.
 */
struct varlena *
jbi_scratch_copy(JbiScratch *scratch, struct varlena *value, bool packed)
{
	if (VARATT_IS_SHORT(value) && !VARATT_IS_EXTERNAL(value))
		return Unpack(scratch, value);
	return jbi_scratch_remember(scratch, packed ? pg_detoast_datum_packed(value) : pg_detoast_datum(value));
}

/*
 * The value out of its table, but compressed if it was.
 */
struct varlena *
jbi_scratch_fetch(JbiScratch *scratch, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	return VARATT_IS_EXTERNAL(value) ? jbi_scratch_remember(scratch, detoast_external_attr(value)) : value;
}

void
jbi_scratch_free(JbiScratch *scratch)
{
	for (JbiCopy *copy = scratch->copies; copy != NULL; copy = copy->next)
		pfree(copy->bytes);
	if (scratch->context != NULL)
		MemoryContextDelete(scratch->context);
}
