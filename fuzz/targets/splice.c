/*
 * splice.c
 *	  The compressed splice alone: any bytes as documents, any edits, any streams.
 *
 * What core can decompress must come out as a stream that core decompresses to
 * the edited bytes, or not at all; what it cannot must do no harm.
 */
#include "../documents.h"

#include "access/detoast.h"
#include "lib/stringinfo.h"
#include "recompress.h"
#include "stream.h"
#include "utils/elog.h"

#define LONGEST_DOCUMENT	6000

/* Some with groups of pglz whose matches cannot reach out of a range. */
#define LONGER_DOCUMENT		15000

/* Sometimes one with matches that lz4 can hardly reach. */
#define LONGEST_OF_ALL		90000

/*
 * Append bytes: some from the input, or a repetition of what is there.
 */
static void
AppendSome(Input *input, StringInfo bytes, StringInfo source)
{
	int			kind = choose(input, 8);
	int			length = 1 + choose(input, kind == 0 ? 700 : 40);
	int			reach = kind == 1 ? LONGEST_OF_ALL : kind == 0 ? LONGEST_DOCUMENT : 300;

	if (kind < 6 && source->len > 0)
	{
		int			from = source->len - 1 - choose(input, Min(source->len, reach));

		for (int i = 0; i < length; i++)
			appendStringInfoChar(bytes, source->data[from + i % (source->len - from)]);
		return;
	}
	for (int i = 0; i < length && i < 24; i++)
		appendStringInfoChar(bytes, (char) choose(input, kind == 7 ? 4 : 256));
}

static struct varlena *
AsVarlena(const StringInfoData *bytes)
{
	struct varlena *value = palloc(VARHDRSZ + (Size) bytes->len);

	SET_VARSIZE(value, VARHDRSZ + (Size) bytes->len);
	memcpy(VARDATA(value), bytes->data, (Size) bytes->len);
	return value;
}

/*
 * The old document, plain and compressed; NULL if core cannot compress it.  Core may
 * be unable to read what was damaged.
 */
static struct varlena *
MakeOld(Input *input, JbiScratch *scratch, JbiPacked *packed, struct varlena **compressed,
		bool *readable)
{
	StringInfoData bytes;
	char	   *stream;
	Size		size;
	MemoryContext context = CurrentMemoryContext;
	struct varlena *volatile old = NULL;
	int			longest = chance(input, 3) ? LONGEST_OF_ALL :
		chance(input, 20) ? LONGER_DOCUMENT : LONGEST_DOCUMENT;

	initStringInfo(&bytes);
	for (int left = 20 + choose(input, 200); left > 0 && bytes.len < longest; left--)
		AppendSome(input, &bytes, &bytes);
	while (longest > LONGEST_DOCUMENT && bytes.len < longest)
		AppendSome(input, &bytes, &bytes);
	size = compress_payload(bytes.data, (Size) bytes.len,
							chance(input, 50) ? FORM_PGLZ : FORM_LZ4, &stream);
	if (size == 0)
		return NULL;

	*compressed = malloc(size);
	if (*compressed == NULL)
		abort();
	*readable = true;
	memcpy(*compressed, stream, size);
	if (chance(input, 30))
	{
		for (int left = 1 + choose(input, 4); left > 0; left--)
			((uint8 *) *compressed)[COMPRESSED_HEADER + (Size) choose(input, (int) (size - COMPRESSED_HEADER))] =
				(uint8) choose(input, 256);

		/* Or its header: too short for one, or with another length. */
		if (chance(input, 10))
			SET_VARSIZE_COMPRESSED(*compressed, (uint32) VARHDRSZ + (uint32) choose(input, 5));
		else if (chance(input, 10))
			jbi_set_uncompressed_size(*compressed, (uint32) choose(input, LONGEST_OF_ALL),
									  jbi_compression(*compressed));
	}

	PG_TRY();
	{
		old = (struct varlena *) jbi_unpack(packed, scratch, *compressed);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
		old = AsVarlena(&bytes);
		*readable = false;
	}
	PG_END_TRY();
	return old;
}

/*
 * Core has to unpack this document, and must not find the stream damaged.
 */
static void
CheckUnpacked(const struct varlena *compressed, const struct varlena *document)
{
	const struct varlena *plain = detoast_attr(unconstify(struct varlena *, compressed));

	if (VARSIZE(plain) != VARSIZE(document) || memcmp(plain, document, VARSIZE(document)) != 0)
	{
		fprintf(stderr, "the stream stands for other bytes\n");
		abort();
	}
}

/*
 * A new document with what it has of the old one.
 */
static struct varlena *
Edit(Input *input, const struct varlena *old, JbiCopies *copies)
{
	StringInfoData from = {VARDATA(old), (int) (VARSIZE(old) - VARHDRSZ), 0, 0};
	StringInfoData bytes;
	int			at = 0;
	int			steps = 1 + choose(input, 12);

	initStringInfo(&bytes);
	copies->list = palloc(((Size) steps + 1) * 2 * sizeof(JbiCopied));
	copies->count = 0;
	copies->from = VARDATA(old);
	copies->from_length = (uint32) from.len;
	for (int step = 0; step <= steps && at < from.len; step++)
	{
		int			length = step == steps ? from.len - at : 1 + choose(input, from.len - at);
		int			first = chance(input, 20) ? choose(input, length) : 0;

		if (step < steps && chance(input, 60))
			length = 1 + length / 8;
		first = Min(first, length);

		/* One range or two that touch, or one that nobody is told of. */
		if (first > 0)
			copies->list[copies->count++] = (JbiCopied)
		{
			(uint32) at, (uint32) bytes.len, (uint32) first
		};
		if (length > first && chance(input, 90))
			copies->list[copies->count++] = (JbiCopied)
		{
			(uint32) (at + first), (uint32) (bytes.len + first),
				(uint32) (length - first)
		};
		appendBinaryStringInfo(&bytes, from.data + at, length);
		at += length;

		if (chance(input, 60))
			at += choose(input, Min(from.len - at, 100) + 1);
		if (chance(input, 60))
			AppendSome(input, &bytes, chance(input, 50) ? &bytes : &from);
	}
	return AsVarlena(&bytes);
}

/* A splice that goes wrong falls back with a warning: here that is a bug. */
static void
NoWarning(ErrorData *error)
{
	if (error->elevel == WARNING)
	{
		fprintf(stderr, "warning: %s\n", error->message);
		abort();
	}
}

/*
 * A stream that core does not read never comes this far, but may do no harm.
 */
static void
SpliceUnreadable(const struct varlena *compressed, const JbiCopies *copies,
				 const struct varlena *document)
{
	Size		room = VARSIZE(document);
	uint8	   *out = malloc(room);
	JbiFinder	finder = {0};
	JbiStream	stream = {
		.in_start = (const uint8 *) compressed + COMPRESSED_HEADER,
		.in = (const uint8 *) compressed + COMPRESSED_HEADER,
		.in_end = (const uint8 *) compressed + VARSIZE(compressed),
		.old = copies->from,
		.in_length = copies->from_length,
		.copied = copies->list,
		.ncopied = copies->count,
		.document = VARDATA(document),
		.length = (uint32) (VARSIZE(document) - VARHDRSZ),
		.finder = &finder,
		.out = out,
		.out_end = out + room
	};

	if (out == NULL)
		abort();
	set_reached_writer(true);
	if (jbi_compression(compressed) == JBI_PGLZ)
		jbi_splice_pglz(&stream);
	else
		jbi_splice_lz4(&stream);
	free(out);
}

static void
CheckResult(const struct varlena *result, const struct varlena *document)
{
	set_reached_writer(true);
	if (VARSIZE(result) + 2 >= VARSIZE(document) - VARHDRSZ)
	{
		fprintf(stderr, "the stream could be taken for plain bytes\n");
		abort();
	}
	CheckUnpacked(result, document);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	struct varlena *compressed = NULL;
	bool		readable;
	JbiScratch	scratch;
	JbiPacked	packed;
	struct varlena *old;
	struct varlena *document;
	struct varlena *result;
	JbiCopies	copies;

	emit_log_hook = NoWarning;
	jbi_scratch_start(&scratch);
	old = MakeOld(&input, &scratch, &packed, &compressed, &readable);
	if (old != NULL && readable)
		CheckUnpacked(compressed, old);
	if (old != NULL && VARSIZE(old) > VARHDRSZ)
	{
		document = Edit(&input, old, &copies);
		if (!readable)
			SpliceUnreadable(compressed, &copies, document);
		else if ((result = jbi_recompress(&packed, &copies, (Jsonb *) document)) != NULL)
			CheckResult(result, document);
	}
	jbi_scratch_end(&scratch);
	free(compressed);
}

const Target target_splice = {"splice", Run, NULL};
