/*-------------------------------------------------------------------------
 *
 * inplace.c
 *	  Writes an edited document into the memory of the old one.
 *
 *-------------------------------------------------------------------------
 */
#include "inplace.h"

#include "access/detoast.h"
#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * What is needed besides the copy is no more than this part of it.  Otherwise, as with
 * many changes or many entries, a new document would hardly take more.
 */
#ifdef JBI_IN_PLACE_ALL
#define MOST_BESIDES(size)	((Size) MaxAllocSize)
#else
#define MOST_BESIDES(size)	((size) / 4)
#endif

/* Most edits make a document longer by less than this. */
#define ROOM_TO_GROW		((Size) 16 * 1024)

/*
 * The pieces of a change: its key, padding and value, and of the kept children before
 * it the keys, and the values with padding between them.
 */
#define PIECES_OF_CHANGE	7

static Size
WithRoom(Size size)
{
	return Min(size + ROOM_TO_GROW, MaxAllocSize);
}

/*
 * Fetch a large target that is stored out of line as it is to where it has room to
 * grow, which core would not give it.  Any other is left as it came.
 */
struct varlena *
jbi_fetch_with_room(JbiPlan *plan, struct varlena *stored)
{
	struct varatt_external pointer;
	struct varlena *value;
	Relation	table;
	int32		length;
	Size		size;

	VARATT_EXTERNAL_GET_POINTER(pointer, stored);
	length = jbi_stored_size(pointer);
	size = VARHDRSZ + (Size) length;
	if (length < pointer.va_rawsize - VARHDRSZ || size < JBI_SMALLEST_IN_PLACE || size > MaxAllocSize)
		return stored;
	plan->room = WithRoom(size);
	value = jbi_scratch_remember(plan->scratch, palloc(plan->room));
	SET_VARSIZE(value, size);

	/* As toast_fetch_datum(). */
	table = table_open(pointer.va_toastrelid, AccessShareLock);
	table_relation_fetch_toast_slice(table, pointer.va_valueid, length, 0, length, value);
	table_close(table, AccessShareLock);
	return value;
}

/*
 * If the target is another copy for this call, let it have room to grow.  Nothing
 * else has come behind it yet, for which it would have to be moved.
 *
 * What is compressed with the old stream is compared with the old document, which
 * then has to stay.
 */
void
jbi_make_room(JbiPlan *plan)
{
	JbiCopy    *copy = *jbi_scratch_find(plan->scratch, plan->target);

	if (plan->room > 0 || plan->packed != NULL || copy == NULL)
		return;
	plan->room = WithRoom(VARSIZE(plan->target));
	copy->bytes = repalloc(plan->target, plan->room);
	plan->target = copy->bytes;
}

/*
 * Whether bytes are the target's.
 */
static bool
IsOfTarget(const Jsonb *target, const char *bytes)
{
	return (uintptr_t) bytes >= (uintptr_t) target &&
		(uintptr_t) bytes < (uintptr_t) target + VARSIZE(target);
}

static void
MakeRoom(JbiPieces *pieces)
{
	uint32		allocated = Max(pieces->allocated * 2, 16);
	JbiPiece   *list = jbi_scratch_alloc(pieces->scratch, (Size) allocated * sizeof(JbiPiece));

	if (pieces->count > 0)
		jbi_copy_bytes(list, pieces->list, (Size) pieces->count * sizeof(JbiPiece));
	pieces->list = list;
	pieces->allocated = allocated;
}

/*
 * Whether what is kept goes on where the last piece ends.
 */
static bool
Continues(const JbiPieces *pieces, uint32 from)
{
	const JbiPiece *last;

	if (pieces->count == 0)
		return false;
	last = &pieces->list[pieces->count - 1];
	return last->bytes == NULL && last->from + last->length == from;
}

/*
 * Note the next piece, of bytes that stay where they are.
 */
void
jbi_pieces_add(JbiPieces *pieces, const char *bytes, uint32 length)
{
	JbiPiece	piece = {.bytes = bytes, .length = length};

	if (length == 0)
		return;
	if (IsOfTarget(pieces->old, bytes))
	{
		piece.bytes = NULL;
		piece.from = (uint32) (bytes - (const char *) pieces->old);
		if (piece.from < pieces->kept_to)
			pieces->disordered = true;
		pieces->kept_to = piece.from + length;
		if (Continues(pieces, piece.from))
		{
			pieces->list[pieces->count - 1].length += length;
			return;
		}
	}
	if (pieces->list == NULL || pieces->count == pieces->allocated)
		MakeRoom(pieces);
	pieces->list[pieces->count++] = piece;
}

/*
 * Note a piece whose bytes are to be filled in.
 */
void *
jbi_pieces_add_new(JbiPieces *pieces, uint32 length)
{
	char	   *bytes = jbi_scratch_alloc(pieces->scratch, length);

	jbi_pieces_add(pieces, bytes, length);
	return bytes;
}

/*
 * How much memory is needed besides the copy.
 */
static Size
SizeBesides(const JbiEdit *edit)
{
	const Jsonb *target = edit->plan->target;
	Size		size;

	check_stack_depth();
	size = sizeof(uint32) + (edit->source.nentries + 2 * (Size) edit->inserted) * sizeof(JEntry) +
		((Size) edit->nchanges + 1) * PIECES_OF_CHANGE * sizeof(JbiPiece);
	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		const JbiChange *change = &edit->changes[i];

		CHECK_FOR_INTERRUPTS();
		if (IsOfTarget(target, change->key.bytes))
			size += change->key.len;
		if (IsOfTarget(target, change->value.bytes))
			size += change->value.len;
		if (change->edit != NULL)
			size += SizeBesides(change->edit);
	}
	return size;
}

static const char *
PutAside(JbiPlan *plan, const char *bytes, uint32 length)
{
	char	   *aside;

	if (!IsOfTarget(plan->target, bytes))
		return bytes;
	aside = jbi_scratch_alloc(plan->scratch, length);
	jbi_copy_bytes(aside, bytes, length);
	return aside;
}

/*
 * What the target holds in one place and the result in another, or twice, is not kept
 * but new, and must survive until it gets there.
 */
static void
PutNewAside(JbiEdit *edit)
{
	check_stack_depth();
	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		JbiChange  *change = &edit->changes[i];

		CHECK_FOR_INTERRUPTS();
		change->key.bytes = PutAside(edit->plan, change->key.bytes, change->key.len);
		change->value.bytes = PutAside(edit->plan, change->value.bytes, change->value.len);
		if (change->edit != NULL)
			PutNewAside(change->edit);
	}
}

/*
 * Whether the pieces are the old document again.
 */
static bool
IsOldDocument(const JbiPieces *pieces, uint32 size)
{
	const char *old = (const char *) pieces->old;
	uint32		at = VARHDRSZ;

	if (size != VARSIZE(old))
		return false;
	for (uint32 i = 0; i < pieces->count; i++)
	{
		const JbiPiece *piece = &pieces->list[i];
		const char *bytes = piece->bytes != NULL ? piece->bytes : old + piece->from;

		CHECK_FOR_INTERRUPTS();
		if (bytes != old + at && jbi_compare_bytes(bytes, old + at, piece->length) != 0)
			return false;
		at += piece->length;
	}
	return true;
}

/*
 * Put the pieces together in the memory of the old document, which may move.
 *
 * What moves to the back is moved first, from the end of the document on, and the
 * rest is put into its place from the start on.  So no piece is moved onto bytes
 * that are still to be moved: as kept pieces rise in both documents, whatever lies
 * before one in the one lies before it in the other.
 */
static Jsonb *
PutTogether(const JbiPieces *pieces, Jsonb *document, Size room, uint32 size)
{
	uint32		at = size;
	char	   *bytes;

	if (size > room)
		document = repalloc(document, size);
	bytes = (char *) document;
	for (uint32 i = pieces->count; i > 0; i--)
	{
		const JbiPiece *piece = &pieces->list[i - 1];

		CHECK_FOR_INTERRUPTS();
		at -= piece->length;
		if (piece->bytes == NULL && piece->from < at)
			jbi_move_bytes(bytes + at, bytes + piece->from, piece->length);
	}
	Assert(at == VARHDRSZ);
	for (uint32 i = 0; i < pieces->count; i++)
	{
		const JbiPiece *piece = &pieces->list[i];

		CHECK_FOR_INTERRUPTS();
		if (piece->bytes != NULL)
			jbi_copy_bytes(bytes + at, piece->bytes, piece->length);
		else if (piece->from > at)
			jbi_move_bytes(bytes + at, bytes + piece->from, piece->length);
		at += piece->length;
	}
	SET_VARSIZE(document, size);
	return size < room ? repalloc(document, size) : document;
}

/*
 * Write the plan's document into the memory of its target, if that is a copy for this
 * call, which is then the result.  That is null if the changes come to nothing.
 * False where it is better written anew.
 */
bool
jbi_write_in_place(JbiPlan *plan, Jsonb **result)
{
	JbiCopy   **copy;
	JbiPieces	pieces = {.scratch = plan->scratch, .old = plan->target};
	uint32		size;

	if (GetMemoryChunkContext(plan->target) != CurrentMemoryContext ||
		SizeBesides(plan->edit) > MOST_BESIDES(VARSIZE(plan->target)))
		return false;

	PutNewAside(plan->edit);
	plan->pieces = &pieces;
	size = jbi_note_pieces(plan->edit);
	plan->pieces = NULL;

	/* An existing container may be edited in another place than its own. */
	if (pieces.disordered)
		return false;
	*result = NULL;
	if (plan->revised && IsOldDocument(&pieces, size))
		return true;
	copy = jbi_scratch_find(plan->scratch, plan->target);
	*copy = (*copy)->next;
	*result = PutTogether(&pieces, plan->target, plan->room, size);
	return true;
}
