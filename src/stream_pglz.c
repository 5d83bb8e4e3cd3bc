/*-------------------------------------------------------------------------
 *
 * stream_pglz.c
 *	  Streams of PostgreSQL's own compression.
 *
 * Pieces come in groups of eight, before each group a byte with a bit for every
 * piece, the lowest for the first.  0: a literal byte.  1: a match of two bytes,
 * or of three if it is longer than 17 (common/pg_lzcompress.c).  A match that
 * reaches beyond the document ends with it.
 *
 *-------------------------------------------------------------------------
 */
#include "stream.h"

#include "port/pg_bitutils.h"

#define SHORTEST_MATCH	3
#define LONGEST_MATCH	273
#define FARTHEST		0x0fff
#define PIECES			8

/* The most bytes that a group can stand for, and take. */
#define LONGEST_GROUP	((Size) PIECES * LONGEST_MATCH)
#define GROUP_BYTES		((Size) 25)

/* A match that leaves its third byte out, and one more. */
#define LONG_MATCH		18

/*
 * Begin a piece: room for it and, if it begins a group, for the group's byte.
 */
static pg_attribute_always_inline bool
BeginPiece(JbiStream *stream, Size length)
{
	if (!jbi_stream_has_room(stream, length + 1))
		return false;
	if (stream->npieces == PIECES)
	{
		stream->control = stream->out++;
		*stream->control = 0;
		stream->npieces = 0;
	}
	return true;
}

/*
 * Write what comes before end, byte for byte.
 */
static pg_attribute_always_inline void
PutLiterals(JbiStream *stream, uint32 end)
{
	while (stream->done < end && BeginPiece(stream, PIECES))
	{
		uint32		count = Min(end - stream->done, (uint32) (PIECES - stream->npieces));

		CHECK_FOR_INTERRUPTS();
		memcpy(stream->out, stream->document + stream->done, count);
		stream->out += count;
		stream->npieces += (int) count;
		stream->done += count;
	}
}

static pg_attribute_always_inline void
PutMatch(JbiStream *stream, uint32 start, uint32 left, uint32 distance)
{
	PutLiterals(stream, start);
	while (left > 0 && BeginPiece(stream, 3))
	{
		uint32		length = Min(left, LONGEST_MATCH);

		/* Nothing must be left that is too short for a match. */
		if (left - length > 0 && left - length < SHORTEST_MATCH)
			length -= SHORTEST_MATCH;
		*stream->control |= (uint8) (1 << stream->npieces++);
		stream->out[0] = (uint8) (((distance & 0xf00) >> 4) |
								  (Min(length, LONG_MATCH) - SHORTEST_MATCH));
		stream->out[1] = (uint8) (distance & 0xff);
		stream->out += 2;
		if (length >= LONG_MATCH)
			*stream->out++ = (uint8) (length - LONG_MATCH);
		stream->done += length;
		left -= length;
	}
}

static const JbiFormat pglz = {SHORTEST_MATCH, FARTHEST, PutMatch};

/*
 * Read a match, which stands for the bytes at the position.  False if it is
 * damaged.
 */
static pg_attribute_always_inline bool
ReadMatch(JbiStream *stream, uint32 *position)
{
	const uint8 *in = stream->in;
	uint32		length;
	uint32		distance;

	if (stream->in_end - in < 2)
		return false;
	length = (in[0] & 0x0fu) + SHORTEST_MATCH;
	distance = (in[0] & 0xf0u) << 4 | in[1];
	in += 2;
	if (length == LONG_MATCH)
	{
		if (in == stream->in_end)
			return false;
		length += *in++;
	}
	if (distance == 0 || distance > *position)
		return false;
	stream->in = in;
	length = Min(length, stream->in_length - *position);
	jbi_stream_match(stream, &pglz, *position, length, distance);
	*position += length;
	return true;
}

/*
 * Read a group of pieces, of which the first stands for the bytes at the position.
 * False if it is damaged.
 */
static pg_attribute_always_inline bool
ReadGroup(JbiStream *stream, uint32 *position)
{
	uint32		pieces = *stream->in++;
	int			left = PIECES;

	while (left > 0)
	{
		/* Up to the next match, or as far as there is something. */
		uint32		literals = pieces == 0 ? (uint32) left : (uint32) pg_rightmost_one_pos32(pieces);

		literals = Min(literals, stream->in_length - *position);
		literals = (uint32) Min(literals, stream->in_end - stream->in);
		stream->in += literals;
		*position += literals;
		left -= (int) literals + 1;
		if (left < 0 || stream->in == stream->in_end || *position == stream->in_length)
			return true;
		if (!ReadMatch(stream, position))
			return false;
		pieces >>= literals + 1;
	}
	return true;
}

/*
 * A group within a range that was copied, as it is read: the first of its pieces go
 * to the group that is being written, and the others to the next.
 */
typedef struct Group
{
	uint32		begun;			/* pieces in the group that is being written */
	const uint8 *first;
	const uint8 *others;
	const uint8 *end;
	uint32		offset;			/* in the range, where the group ends */
} Group;

/*
 * Read a group, and compare what its pieces stand for.  False if one of them is not
 * that simple.
 */
static pg_attribute_always_inline bool
CheckGroup(const JbiStream *stream, const JbiCopied *here, Group *group)
{
	const char *bytes = stream->document + here->to;
	const uint8 *in = stream->in + 1;
	uint32		pieces = *stream->in;
	uint32		offset = group->offset;
	uint32		piece = 0;

	group->first = group->others = in;
	while (piece < PIECES)
	{
		uint32		left = pieces >> piece;
		uint32		literals = left == 0 ? PIECES - piece : (uint32) pg_rightmost_one_pos32(left);
		uint32		length;
		uint32		distance;

		if (!jbi_same_in_word(in, bytes + offset, literals))
			return false;
		if (piece <= PIECES - group->begun && PIECES - group->begun <= piece + literals)
			group->others = in + (PIECES - group->begun - piece);
		in += literals;
		offset += literals;
		piece += literals + 1;
		if (left == 0)
			break;
		length = (in[0] & 0x0fu) + SHORTEST_MATCH;
		distance = (in[0] & 0xf0u) << 4 | in[1];
		in += 2;
		if (length == LONG_MATCH)
			length += *in++;
		if (distance == 0 || distance > offset ||
			!jbi_stream_repeats(stream, here->to + offset, length, distance))
			return false;
		offset += length;
	}
	group->end = in;
	group->offset = offset;
	return true;
}

/*
 * Write the pieces of a group as they are.
 */
static pg_attribute_always_inline void
PutGroup(JbiStream *stream, const Group *group)
{
	uint32		pieces = *stream->in;
	const uint8 *from = group->first;

	if (group->begun > 0)
	{
		*stream->control |= (uint8) (pieces << group->begun);
		memcpy(stream->out, from, GROUP_BYTES - 1);
		stream->out += group->others - from;
		from = group->others;
		pieces >>= PIECES - group->begun;
	}
	stream->control = stream->out++;
	*stream->control = (uint8) pieces;
	memcpy(stream->out, from, GROUP_BYTES - 1);
	stream->out += group->end - from;
	stream->in = group->end;
}

/*
 * Take over a group as it is, which can be done in the midst of a range that was
 * copied.  If false, it is to be read piece by piece.
 */
static pg_attribute_always_inline bool
KeepGroup(JbiStream *stream, uint32 *position)
{
	const JbiCopied *here = jbi_stream_copied(stream, &pglz, *position);
	Group		group;

	/* A word may be read where only its beginning counts. */
	if (here == NULL || *position < here->from ||
		here->from + here->length - *position < LONGEST_GROUP + sizeof(uint64) ||
		(Size) (stream->in_end - stream->in) < 2 * GROUP_BYTES)
		return false;
	group.offset = *position - here->from;
	PutLiterals(stream, here->to + group.offset);
	if ((Size) (stream->out_end - stream->out) < 2 * GROUP_BYTES)
		return false;
	group.begun = (uint32) stream->npieces % PIECES;
	if (!CheckGroup(stream, here, &group))
		return false;
	PutGroup(stream, &group);
	stream->done = here->to + group.offset;
	*position = here->from + group.offset;
	return true;
}

/*
 * Make the new stream.
 */
void
jbi_splice_pglz(JbiStream *given)
{
	JbiStream	stream = *given;
	uint32		position = 0;

	stream.npieces = PIECES;
	jbi_stream_put_new(&stream, &pglz, 0);
	while (stream.in < stream.in_end && position < stream.in_length &&
		   stream.outcome == JBI_STREAM_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (!KeepGroup(&stream, &position) && !ReadGroup(&stream, &position))
			stream.outcome = JBI_STREAM_DAMAGED;
	}
	if (stream.outcome == JBI_STREAM_DONE)
	{
		if (position < stream.in_length || stream.in < stream.in_end)
			stream.outcome = JBI_STREAM_DAMAGED;
		else
		{
			(void) jbi_stream_copied(&stream, &pglz, stream.in_length);
			PutLiterals(&stream, stream.length);
		}
	}
	*given = stream;
}
