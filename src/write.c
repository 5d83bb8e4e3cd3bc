/*-------------------------------------------------------------------------
 *
 * write.c
 *	  Turns an edit tree into the bytes of the new document.
 *
 * One pass, into one allocation.  Children that are kept are copied in runs.  In
 * a run only the padding of the first aligned child can change: before it there
 * is none, and behind it everything has moved by a multiple of 4.  So a run's
 * data is at most two copies, however many children it has; its entries keep
 * their lengths, and get new end offsets where the result has a stride border.
 *
 *-------------------------------------------------------------------------
 */
#include "inplace.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* The most padding that a child can have. */
#define MAX_PADDING (sizeof(uint32) - 1)

/* As in core, which keeps these to itself: its trees of values must fit in memory. */
#define MAX_ELEMENTS	Min(MaxAllocSize / sizeof(JsonbValue), JB_CMASK)
#define MAX_PAIRS		Min(MaxAllocSize / sizeof(JsonbPair), JB_CMASK)

/*
 * A container while it is being written.
 */
typedef struct Output
{
	const JbiEdit *edit;
	JEntry	   *entries;
	uint32		index;			/* of the next entry */
	char	   *data;
	uint32		data_len;		/* so far */
	const char *limit;			/* end of the allocation */
	JbiCopies  *copies;			/* to note what is copied, or NULL */
	JbiPieces  *pieces;			/* to note everything instead of writing, or
								 * NULL */
	uint32		source_index;	/* of the entry behind the last run that was
								 * kept, */
	uint32		source_end;		/* and where that ended */
} Output;

static uint32 WriteContainer(char *to, const char *limit, const JbiEdit *edit);

/*
 * How many elements or pairs the result of an edit has.
 */
static uint32
CountChildren(const JbiEdit *edit)
{
	uint32		count = edit->source.count + edit->inserted - edit->removed;

	if (edit->source.kind == JB_FARRAY && count > MAX_ELEMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("number of jsonb array elements exceeds the maximum allowed (%zu)",
						(Size) MAX_ELEMENTS)));
	if (edit->source.kind == JB_FOBJECT && count > MAX_PAIRS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("number of jsonb object pairs exceeds the maximum allowed (%zu)",
						(Size) MAX_PAIRS)));
	return count;
}

static uint32
CountEntries(const JbiEdit *edit)
{
	uint32		count = CountChildren(edit);

	return edit->source.kind == JB_FOBJECT ? 2 * count : count;
}

/*
 * A change that was opened for one that then was not made.
 */
static bool
IsIdle(const JbiChange *change)
{
	return change->edit != NULL && !change->edit->changed;
}

/*
 * How much of the source's data may be kept: all of it but the children that are
 * replaced or removed.  These must follow one upon the other, or in a damaged
 * container more could go than there is.
 */
static uint32
KeptLength(const JbiEdit *edit)
{
	const JbiContainer *source = &edit->source;
	uint32		kept = source->data_len;
	uint32		next = 0;		/* entry behind the last one that goes */
	uint32		gone_to = 0;

	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		const JbiChange *change = &edit->changes[i];
		uint32		index = jbi_child_entry(source, change->index);
		uint32		start;
		uint32		length;

		CHECK_FOR_INTERRUPTS();
		if (change->kind == JBI_INSERT || IsIdle(change))
			continue;
		start = jbi_later_entry_start(source, index, next, gone_to);
		length = jbi_entry_length(source, index, start);
		if (start < gone_to)
			jbi_corrupted(source->doc, &source->entries[index],
						  "the entry begins before the last one ends");
		next = index + 1;
		gone_to = start + length;
		kept -= length;
	}
	return kept;
}

/*
 * An upper bound of the bytes that an edit writes.  Padding can grow before a
 * container, before a new value, and once in every run of kept children, of which
 * there are at most one more than changes in the keys and as many in the values.
 */
static Size
ResultBound(const JbiEdit *edit)
{
	Size		bound;

	check_stack_depth();
	bound = sizeof(uint32) + CountEntries(edit) * sizeof(JEntry) + KeptLength(edit) +
		((Size) edit->nchanges + 1) * 2 * MAX_PADDING;
	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		const JbiChange *change = &edit->changes[i];

		CHECK_FOR_INTERRUPTS();
		if (change->kind == JBI_REMOVE || IsIdle(change))
			continue;
		bound += MAX_PADDING + change->key.len;
		bound += change->edit != NULL ? ResultBound(change->edit) : change->value.len;
	}
	return bound;
}

/*
 * Core's errors for what does not fit into an entry's 28 bits.
 */
void
jbi_object_too_long(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("total size of jsonb object elements exceeds the maximum of %d bytes",
					JENTRY_OFFLENMASK)));
}

static void
CheckDataLength(uint32 kind, uint64 length)
{
	if (likely(length <= JENTRY_OFFLENMASK))
		return;
	if (kind == JB_FARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("total size of jsonb array elements exceeds the maximum of %d bytes",
						JENTRY_OFFLENMASK)));
	jbi_object_too_long();
}

/*
 * Read every entry of the containers that are edited.
 */
static void
CheckEntries(const JbiEdit *edit)
{
	JbiCursor	cursor;
	JbiValue	child;

	check_stack_depth();
	jbi_cursor_start(&cursor, &edit->source, 0);
	while (cursor.index < edit->source.nentries)
	{
		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &child);
	}
	for (uint32 i = 0; i < edit->nchanges; i++)
		if (edit->changes[i].edit != NULL)
			CheckEntries(edit->changes[i].edit);
}

/*
 * The result does not fit into its bound, which holds for sound containers: in a
 * damaged one, what is kept and what goes may overlap.  That is told where it is
 * met; but a mistake in the proof must not overwrite memory, either.
 */
pg_noreturn static void
OutgrowBound(const JbiEdit *edit)
{
	CheckEntries(edit->plan->edit);
	elog(ERROR, "jsonb result outgrows its bound");
}

static void
CheckRoom(const Output *output, uint32 length)
{
	if (unlikely(length > (Size) (output->limit - output->data) - output->data_len))
		OutgrowBound(output->edit);
}

/*
 * Append to the data.
 */
static void
PutBytes(Output *output, const char *bytes, uint32 length)
{
	CheckRoom(output, length);
	if (unlikely(output->pieces != NULL))
		jbi_pieces_add(output->pieces, bytes, length);
	else
		jbi_copy_bytes(output->data + output->data_len, bytes, length);
	if (output->copies != NULL)
		jbi_copies_add(output->copies, output->data + output->data_len, bytes, length);
	output->data_len += length;
}

/*
 * Append zeroes up to the next multiple of 4.  Returns how many.
 */
static uint32
PutPadding(Output *output)
{
	static const char zeroes[MAX_PADDING];
	uint32		padding = INTALIGN(output->data_len) - output->data_len;

	CheckRoom(output, padding);
	if (unlikely(output->pieces != NULL))
		jbi_pieces_add(output->pieces, zeroes, padding);
	else
		memset(output->data + output->data_len, 0, padding);
	output->data_len += padding;
	return padding;
}

/*
 * Append the entry of a child of that length, which ends at that offset.
 */
static inline void
PutEntry(Output *output, uint32 type, uint32 length, uint32 end)
{
	if (JbiIsBorder(output->index))
		output->entries[output->index] = type | JENTRY_HAS_OFF | end;
	else
		output->entries[output->index] = type | length;
	output->index++;
}

/*
 * Append a child whose bytes are ready.
 */
static void
PutValue(Output *output, uint32 type, const char *bytes, uint32 length)
{
	uint32		padding = JbiIsAligned(type) ? PutPadding(output) : 0;

	PutBytes(output, bytes, length);
	CheckDataLength(output->edit->source.kind, output->data_len);
	PutEntry(output, type, padding + length, output->data_len);
}

/*
 * Append a child that is itself edited.
 */
static void
PutEdit(Output *output, const JbiEdit *edit)
{
	uint32		padding = PutPadding(output);
	uint32		length = WriteContainer(output->data + output->data_len, output->limit, edit);

	output->data_len += length;
	CheckDataLength(output->edit->source.kind, output->data_len);
	PutEntry(output, JENTRY_ISCONTAINER, padding + length, output->data_len);
}

/*
 * Append a stride of entries from a border on that stay within their stride: only
 * the end offset at the border changes, by shift.  The stride's bytes begin at
 * offset.  Returns where they end.
 */
static uint32
KeepStride(Output *output, const JbiContainer *source, uint32 border, uint32 offset,
		   int64 shift)
{
	const JEntry *from = &source->entries[border];
	JEntry	   *to = &output->entries[output->index];
	JEntry		seen = 0;
	int64		end = (int64) offset + jbi_entry_length(source, border, offset);

	to[0] = (from[0] & JENTRY_TYPEMASK) | JENTRY_HAS_OFF | (uint32) (end + shift);
	for (int i = 1; i < JB_OFFSET_STRIDE; i++)
	{
		seen |= from[i];
		end += JBE_OFFLENFLD(from[i]);
		to[i] = from[i];
	}
	if (JBE_HAS_OFF(seen))
		jbi_corrupted(source->doc, from, "an entry's offset flag does not follow the stride");
	if (end > source->data_len)
		jbi_corrupted(source->doc, from, "the entry ends outside of its container");
	output->index += JB_OFFSET_STRIDE;
	return (uint32) end;
}

/*
 * Append the entries [from, to) of the source and their data, which begin at start
 * and must not need other padding than they have.  The entries are used for the first
 * time here, so here they are checked.
 */
static void
KeepBlock(Output *output, const JbiContainer *source, uint32 from, uint32 to, uint32 start)
{
	uint32		offset = start;
	int64		shift = (int64) output->data_len - start;
	uint32		first = output->index;
	uint32		i = from;

	while (i < to)
	{
		CHECK_FOR_INTERRUPTS();
		if (JbiIsBorder(i) && JbiIsBorder(output->index) && to - i >= JB_OFFSET_STRIDE)
		{
			offset = KeepStride(output, source, i, offset, shift);
			i += JB_OFFSET_STRIDE;
		}
		else
		{
			uint32		length = jbi_entry_length(source, i, offset);

			offset += length;
			PutEntry(output, source->entries[i] & JENTRY_TYPEMASK, length,
					 (uint32) (offset + shift));
			i++;
		}
	}
	if (output->copies != NULL)
		jbi_copies_add_entries(output->copies, &output->entries[first], &source->entries[from],
							   to - from);
	PutBytes(output, source->data + start, offset - start);
	output->source_index = to;
	output->source_end = offset;
	CheckDataLength(output->edit->source.kind, output->data_len);
}

/*
 * Append the children [from, to) of the source, keys and values counting in one
 * index.  If they move by other than a multiple of 4, the first aligned one among
 * them gets other padding; what comes behind that is aligned again.
 */
static void
KeepRun(Output *output, const JbiContainer *source, uint32 from, uint32 to)
{
	uint32		repadded = to;
	uint32		start;
	JbiValue	child;

	if (from == to)
		return;

	/* What a damaged container says twice would not fit. */
	start = jbi_later_entry_start(source, from, output->source_index, output->source_end);
	if (start < output->source_end)
		jbi_corrupted(source->doc, &source->entries[from],
					  "the entry begins before the last one ends");

	if (output->data_len % sizeof(uint32) != start % sizeof(uint32))
		for (repadded = from; repadded < to; repadded++)
		{
			CHECK_FOR_INTERRUPTS();
			if (JbiIsAligned(source->entries[repadded] & JENTRY_TYPEMASK))
				break;
		}

	KeepBlock(output, source, from, repadded, start);
	if (repadded < to)
	{
		uint32		length = jbi_entry_length(source, repadded, output->source_end);

		jbi_make_value(source, repadded, output->source_end, length, &child);
		PutValue(output, child.type, child.bytes, child.len);
		KeepBlock(output, source, repadded + 1, to, output->source_end + length);
	}
}

/*
 * Write all the elements of an array, or all the keys or all the values of an
 * object: what is kept, in runs, and the changes between them.
 */
static void
WriteChildren(Output *output, const JbiEdit *edit, bool keys)
{
	uint32		base = keys ? 0 : jbi_child_entry(&edit->source, 0);
	uint32		next = 0;		/* child of the source */

	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		const JbiChange *change = &edit->changes[i];

		CHECK_FOR_INTERRUPTS();
		if (IsIdle(change) || (keys && change->kind == JBI_REPLACE))
			continue;
		KeepRun(output, &edit->source, base + next, base + change->index);
		next = change->kind == JBI_INSERT ? change->index : change->index + 1;

		if (change->kind == JBI_REMOVE)
			continue;
		if (keys)
			PutValue(output, JENTRY_ISSTRING, change->key.bytes, change->key.len);
		else if (change->edit != NULL)
			PutEdit(output, change->edit);
		else
			PutValue(output, change->value.type, change->value.bytes, change->value.len);
	}
	KeepRun(output, &edit->source, base + next, base + edit->source.count);
}

/*
 * Write the container at an aligned address.  Returns its length.
 */
static uint32
WriteContainer(char *to, const char *limit, const JbiEdit *edit)
{
	JsonbContainer *container = (JsonbContainer *) to;
	uint32		nentries = CountEntries(edit);
	Output		output = {
		.edit = edit,
		.entries = container->children,
		.data = (char *) (container->children + nentries),
		.limit = limit,
		.copies = edit->plan->copies,
		.pieces = edit->plan->pieces
	};

	check_stack_depth();
	if (output.data > limit)
		OutgrowBound(edit);
	if (unlikely(output.pieces != NULL))
	{
		container = jbi_pieces_add_new(output.pieces, (uint32) (output.data - to));
		output.entries = container->children;
	}
	container->header = CountChildren(edit) | edit->source.kind;
	if (output.copies != NULL && edit->source.count > 0 && container->header == edit->source.entries[-1])
		jbi_copies_add(output.copies, &container->header, edit->source.entries - 1, sizeof(uint32));

	if (edit->source.kind == JB_FOBJECT)
		WriteChildren(&output, edit, true);
	WriteChildren(&output, edit, false);
	Assert(output.index == nentries);

	/* Without the entries it was checked as it grew. */
	CheckDataLength(edit->source.kind, (uint64) (output.data - to) + output.data_len);
	return (uint32) (output.data - to) + output.data_len;
}

/*
 * An upper bound of the document's size, for which there can be memory.
 */
static Size
DocumentBound(const JbiEdit *root)
{
	Size		bound = VARHDRSZ + ResultBound(root);

	if (bound > MaxAllocSize)
		CheckDataLength(root->source.kind, bound);
	return bound;
}

/*
 * Write the document that the edit of its root says.
 */
Jsonb *
jbi_write(const JbiEdit *root)
{
	Size		bound = DocumentBound(root);
	Jsonb	   *result;

	result = palloc(bound);
	if (root->plan->copies != NULL)
		root->plan->copies->to = (const char *) &result->root;
	SET_VARSIZE(result, VARHDRSZ + WriteContainer((char *) &result->root, (char *) result + bound, root));
	return result;
}

/*
 * A document that is this value and nothing else.
 */
Jsonb *
jbi_write_value(const JbiValue *value)
{
	bool		is_container = value->type == JENTRY_ISCONTAINER;
	Size		header_size = is_container ? 0 : sizeof(uint32) + sizeof(JEntry);
	Size		size = VARHDRSZ + header_size + value->len;
	Jsonb	   *result;

	CheckDataLength(JB_FARRAY, header_size + value->len);
	result = palloc(size);
	SET_VARSIZE(result, size);
	if (!is_container)
	{
		result->root.header = JB_FARRAY | JB_FSCALAR | 1;
		result->root.children[0] = value->type | JENTRY_HAS_OFF | value->len;
	}
	jbi_copy_bytes((char *) &result->root + header_size, value->bytes, value->len);
	return result;
}

/*
 * Note the pieces of that document, as if it were written where the target is.
 * Returns its size.
 */
uint32
jbi_note_pieces(const JbiEdit *root)
{
	char	   *to = (char *) root->plan->target;

	return VARHDRSZ + WriteContainer(to + VARHDRSZ, to + DocumentBound(root), root);
}
