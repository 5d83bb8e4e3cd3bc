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

#define SHORTEST_MATCH	3
#define LONGEST_MATCH	273
#define FARTHEST		0x0fff
#define PIECES			8

/* A match that leaves its third byte out, and one more. */
#define LONG_MATCH		18

/*
 * Begin a piece: room for it and, if it begins a group, for the group's byte.
 */
static inline bool
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
static void
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

static void
PutMatch(JbiStream *stream, const JbiMatch *match)
{
	uint32		left = match->length;

	PutLiterals(stream, match->start);
	while (left > 0 && BeginPiece(stream, 3))
	{
		uint32		length = Min(left, LONGEST_MATCH);

		CHECK_FOR_INTERRUPTS();
		/* Nothing must be left that is too short for a match. */
		if (left - length > 0 && left - length < SHORTEST_MATCH)
			length -= SHORTEST_MATCH;
		*stream->control |= (uint8) (1 << stream->npieces++);
		stream->out[0] = (uint8) (((match->distance & 0xf00) >> 4) |
								  (Min(length, LONG_MATCH) - SHORTEST_MATCH));
		stream->out[1] = (uint8) (match->distance & 0xff);
		stream->out += 2;
		if (length >= LONG_MATCH)
			*stream->out++ = (uint8) (length - LONG_MATCH);
		stream->done += length;
		left -= length;
	}
}

static const JbiFormat pglz = {SHORTEST_MATCH, FARTHEST, PutMatch};

/*
 * Read a group of pieces, of which the first stands for the bytes at the position.
 * False if it is damaged.
 */
static pg_attribute_always_inline bool
ReadGroup(JbiStream *stream, uint32 *position)
{
	const uint8 *in = stream->in;
	const uint8 *end = stream->in_end;
	uint32		pieces = *in++;
	uint32		at = *position;

	for (int i = 0; i < PIECES && in < end && at < stream->in_length; i++, pieces >>= 1)
	{
		uint32		length;
		uint32		distance;

		if ((pieces & 1) == 0)
		{
			in++;
			at++;
			continue;
		}
		if (end - in < 2)
			return false;
		length = (in[0] & 0x0fu) + SHORTEST_MATCH;
		distance = (in[0] & 0xf0u) << 4 | in[1];
		in += 2;
		if (length == LONG_MATCH)
		{
			if (in == end)
				return false;
			length += *in++;
		}
		if (distance == 0 || distance > at)
			return false;
		length = Min(length, stream->in_length - at);
		jbi_stream_match(stream, &pglz, at, length, distance);
		at += length;
	}
	stream->in = in;
	*position = at;
	return true;
}

/*
 * Make the new stream.
 */
void
jbi_splice_pglz(JbiStream *stream)
{
	uint32		position = 0;

	stream->npieces = PIECES;
	while (stream->in < stream->in_end && position < stream->in_length &&
		   stream->outcome == JBI_STREAM_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadGroup(stream, &position))
			stream->outcome = JBI_STREAM_DAMAGED;
	}
	if (stream->outcome != JBI_STREAM_DONE)
		return;
	if (position < stream->in_length || stream->in < stream->in_end)
		stream->outcome = JBI_STREAM_DAMAGED;
	else
	{
		jbi_stream_flush(stream, &pglz);
		PutLiterals(stream, stream->length);
	}
}
