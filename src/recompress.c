/*-------------------------------------------------------------------------
 *
 * recompress.c
 *	  Compresses an edited document with what the old one's stream knows.
 *
 * What an UPDATE of a toasted document costs is compressing it.  stream.h says
 * how most of that work can be taken over from the stored stream, without a
 * search.  Here is decided whether to.
 *
 *-------------------------------------------------------------------------
 */
#include "recompress.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "common/hashfn.h"
#include "stream.h"
#include "utils/memutils.h"

bool		jbi_compressed_splice = true;

/* What follows is a matter of taste.  Fuzzers are less choosy. */
#ifdef JBI_SPLICE_ALL
#define SMALLEST_SPLICED	64
#define MOST_EXCESS			1000
#else

/* Core would not compress what is smaller, or leave it in the row. */
#define SMALLEST_SPLICED	TOAST_TUPLE_TARGET

/*
 * What a stream may take more than a fresh one would.  Dice have a part in it, and it
 * can come to half as much again.
 */
#define MOST_EXCESS			0.08
#endif

/*
 * Of what an edit adds to a stream so much is taken for excess at least.  What is new is
 * mostly like what is there, and a fresh stream would say so in few words: element after
 * element appended takes twice as much as it would there.
 */
#define LEAST_EXCESS		0.5

/* Of so many places, so many bytes. */
#define NEW_IN_DICE		16
#define BYTES_IN_DICE	64

/* As toast_compress_datum(): what is not this much smaller is not stored compressed. */
#define LEAST_SAVING	2

/*
 * Unpack a pglz stream, and keep marks.  NULL leaves it to core, which has the right
 * words for what is damaged.
 */
static struct varlena *
UnpackPglz(JbiPacked *packed, JbiScratch *scratch)
{
	uint32		length = jbi_uncompressed_size(packed->value);
	const uint8 *stream = (const uint8 *) VARDATA_4B_C(packed->value);
	struct varlena *plain;

	if (length > MaxAllocSize - VARHDRSZ)
		return NULL;
	plain = jbi_scratch_remember(scratch, palloc(VARHDRSZ + (Size) length));
	packed->marks = jbi_scratch_alloc(scratch, (Size) (length / JBI_MARK_EVERY) * sizeof(JbiMark));
	if (!jbi_unpack_pglz(stream, stream + (VARSIZE(packed->value) - VARHDRSZ_COMPRESSED),
						 VARDATA(plain), length, packed->marks, &packed->nmarks))
		return NULL;
	SET_VARSIZE(plain, VARHDRSZ + length);
	return plain;
}

/*
 * Unpack a document that is to be spliced.
 */
Jsonb *
jbi_unpack(JbiPacked *packed, JbiScratch *scratch, const struct varlena *value)
{
	struct varlena *plain = NULL;

	packed->value = value;
	packed->marks = NULL;
	packed->nmarks = 0;

	/* A header may be damaged, too. */
	if (VARSIZE(value) >= (Size) VARHDRSZ_COMPRESSED && jbi_compression(value) == JBI_PGLZ)
		plain = UnpackPglz(packed, scratch);
	if (plain == NULL)
	{
		packed->nmarks = 0;
		plain = jbi_scratch_detoast(scratch, PointerGetDatum(value));
	}
	return (Jsonb *) plain;
}

/*
 * The length of stream that a document may be given: about its share of the old
 * one.  A stored value is taken for compressed if it is shorter than the document,
 * so that must hold whatever else does.
 */
static uint32
LongestStream(double share, uint32 length)
{
	double		longest = share * (1 + MOST_EXCESS);
	uint32		limit = length - LEAST_SAVING - 1 - VARHDRSZ_COMPRESSED;

	return longest < limit ? (uint32) longest : limit;
}

/*
 * Dice are what is new in the document, and the stream's length, for the function's
 * result to depend on nothing else.
 */
static double
Dice(const JbiStream *stream, uint32 stream_length)
{
	uint32		hash = stream_length;
	uint32		start = 0;

	for (uint32 i = 0; i <= Min(stream->ncopied, NEW_IN_DICE); i++)
	{
		const JbiCopied *copied = i < stream->ncopied ? &stream->copied[i] : NULL;
		uint32		end = copied != NULL ? copied->to : stream->length;

		hash = hash_bytes_uint32(hash ^ hash_bytes((const unsigned char *) stream->document + start,
												   (int) Min(end - start, BYTES_IN_DICE)));
		if (copied != NULL)
			start = copied->to + copied->length;
	}
	return (double) hash / ((double) PG_UINT32_MAX + 1);
}

/*
 * What the stream takes that it would not if the rest of the document, too, were copied.
 */
static double
Added(double share, const JbiStream *stream, uint32 stream_length)
{
	uint64		copied = 0;

	for (uint32 i = 0; i < stream->ncopied; i++)
	{
		CHECK_FOR_INTERRUPTS();
		copied += stream->copied[i].length;
	}
	return stream_length - share * (double) copied / stream->length;
}

/*
 * Note how much the stream exceeds a fresh one.  False if that is too much, and core
 * should compress the document.
 *
 * Every edit leaves some excess: literals for new bytes, and for what repeated bytes
 * that are gone.  The old stream's is noted there, and the edit adds what the stream
 * has more than its share of the old one, or part of what is new.  A fraction of what can be noted counts in
 * as many cases as it says; and so does all of it where there is no place for a note.
 */
static bool
NoteExcess(double share, const JbiStream *stream, uint32 stream_length)
{
	double		more = Max(stream_length - share,
						   Added(share, stream, stream_length) * LEAST_EXCESS);
	double		excess = Max(more, 0) / (share * MOST_EXCESS) * JBI_FULL_NOTE + stream->noted;

	if (stream->note == NULL)
		return excess <= Dice(stream, stream_length) * JBI_FULL_NOTE;
	excess += Dice(stream, stream_length);
	if (excess >= JBI_FULL_NOTE + 1)
		return false;
	*stream->note |= (uint8) ((uint32) excess << stream->note_shift);
	return true;
}

/*
 * Where four bytes may have been seen before.
 */
static uint32 *
Slot(JbiFinder *finder, const char *bytes)
{
	uint32		word;

	memcpy(&word, bytes, sizeof(word));
	return &finder->slots[murmurhash32(word) % JBI_FINDER_SLOTS];
}

/*
 * How many bytes from start on, but before end, repeat others a distance before
 * them.  As much as repeats nothing is passed by from call to call.
 */
uint32
jbi_find_repeat(JbiFinder *finder, const char *document, uint32 start, uint32 end, uint32 *distance)
{
	uint32		length = 0;
	uint32		found;

	if (end - start < sizeof(uint32))
		return 0;
	end = Min(end, start + JBI_BYTES_AT_ONCE);
	if (start > JBI_FINDER_REACH)
		finder->seen = Max(finder->seen, start - JBI_FINDER_REACH);
	for (; finder->seen < start; finder->seen++)
		*Slot(finder, document + finder->seen) = finder->seen + 1;

	found = *Slot(finder, document + start);
	if (found == 0 || start - (found - 1) > JBI_FINDER_REACH)
		return 0;
	*distance = start - (found - 1);
	while (length < end - start && document[start + length] == document[found - 1 + length])
		length++;
	return length < sizeof(uint32) ? 0 : length;
}

static void
Splice(JbiStream *stream, JbiCompression method)
{
	if (method == JBI_PGLZ)
		jbi_splice_pglz(stream);
	else if (method == JBI_LZ4)
		jbi_splice_lz4(stream);
	else
		stream->outcome = JBI_STREAM_DAMAGED;
}

#ifdef USE_ASSERT_CHECKING
static bool
StandsFor(struct varlena *compressed, const Jsonb *document)
{
	struct varlena *plain = detoast_attr(compressed);
	bool		same = VARSIZE(plain) == VARSIZE(document) &&
		jbi_compare_bytes(plain, document, VARSIZE(plain)) == 0;

	pfree(plain);
	return same;
}
#endif

/*
 * The document, compressed by the same method as the old one, or NULL.
 */
static struct varlena *
Recompress(const JbiPacked *packed, const JbiCopies *copies, const Jsonb *document)
{
	const struct varlena *old = packed->value;
	uint32		old_length = VARSIZE(old) - VARHDRSZ_COMPRESSED;
	uint32		length = VARSIZE(document) - VARHDRSZ;
	double		share = (double) old_length * length / copies->from_length;
	uint32		longest = LongestStream(share, length);
	struct varlena *result;
	JbiFinder	finder = {0};
	JbiStream	stream = {
		.in_start = (const uint8 *) VARDATA_4B_C(old),
		.in = (const uint8 *) VARDATA_4B_C(old),
		.in_end = (const uint8 *) VARDATA_4B_C(old) + old_length,
		.old = copies->from,
		.in_length = copies->from_length,
		.marks = packed->marks,
		.nmarks = packed->nmarks,
		.copied = copies->list,
		.ncopied = copies->count,
		.document = (const char *) &document->root,
		.length = length,
		.finder = &finder,
		.outcome = JBI_STREAM_DONE
	};

	result = palloc(VARHDRSZ_COMPRESSED + longest);
	stream.out = (uint8 *) VARDATA_4B_C(result);
	stream.out_end = stream.out + longest;
	Splice(&stream, jbi_compression(old));

	Assert(stream.outcome != JBI_STREAM_WRONG);
	if (stream.outcome == JBI_STREAM_WRONG)
		ereport(WARNING,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("jsonb_ivm could not splice a compressed document, and leaves it to the server to compress"),
				 errdetail("This is a bug.  The document is right."),
				 errhint("Setting jsonb_ivm.compressed_splice to off avoids it.")));

	length = (uint32) (stream.out - (uint8 *) VARDATA_4B_C(result));
	if (stream.outcome != JBI_STREAM_DONE || !NoteExcess(share, &stream, length))
	{
		pfree(result);
		return NULL;
	}
	SET_VARSIZE_COMPRESSED(result, VARHDRSZ_COMPRESSED + length);
	jbi_set_uncompressed_size(result, stream.length, jbi_compression(old));
	Assert(StandsFor(result, document));
	return result;
}

/*
 * The document, compressed as the old one is: or NULL, if it is better left to core.
 */
struct varlena *
jbi_recompress(const JbiPacked *old, const JbiCopies *copies, const Jsonb *document)
{
	if (VARSIZE(document) < SMALLEST_SPLICED ||
		jbi_uncompressed_size(old->value) != copies->from_length)
		return NULL;
	return Recompress(old, copies, document);
}
