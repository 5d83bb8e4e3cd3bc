/*-------------------------------------------------------------------------
 *
 * stream_lz4.c
 *	  Streams in LZ4's block format.
 *
 * A sequence is a byte with two lengths of four bits, of the literals and of the
 * match, less 4, that follows them; the literals; and the distance, two bytes, low
 * one first.  A length of 15 goes on in further bytes, up to and with the first that
 * is not 255.  The last sequence has literals alone.  Encoders leave the last 5
 * bytes literals and begin no match in the last 12 (lz4_Block_format.md).
 *
 *-------------------------------------------------------------------------
 */
#include "stream.h"

#define SHORTEST_MATCH	4
#define FARTHEST		0xffff
#define LAST_LITERALS	5
#define LAST_START		12
#define LENGTH_GOES_ON	15

/* How many bytes a length takes besides its four bits. */
#define LengthBytes(length) ((length) < LENGTH_GOES_ON ? 0 : ((length) - LENGTH_GOES_ON) / 255 + 1)

static pg_attribute_always_inline void
PutLength(JbiStream *stream, uint32 length)
{
	if (length < LENGTH_GOES_ON)
		return;
	for (length -= LENGTH_GOES_ON; length >= 255; length -= 255)
		*stream->out++ = 255;
	*stream->out++ = (uint8) length;
}

/*
 * Write the bytes before end as literals, and with them the match that follows,
 * if its length is not 0.
 */
static pg_attribute_always_inline void
PutSequence(JbiStream *stream, uint32 end, uint32 match_length, uint32 distance)
{
	uint32		literals = end - stream->done;
	uint32		beyond = match_length == 0 ? 0 : match_length - SHORTEST_MATCH;

	if (!jbi_stream_has_room(stream, (Size) 1 + LengthBytes(literals) + literals +
							 2 + LengthBytes(beyond)))
		return;
	*stream->out++ = (uint8) (Min(literals, LENGTH_GOES_ON) << 4 | Min(beyond, LENGTH_GOES_ON));
	PutLength(stream, literals);
	jbi_copy_bytes(stream->out, stream->document + stream->done, literals);
	stream->out += literals;
	stream->done = end + match_length;
	if (match_length == 0)
		return;
	*stream->out++ = (uint8) (distance & 0xff);
	*stream->out++ = (uint8) (distance >> 8);
	PutLength(stream, beyond);
}

static pg_attribute_always_inline void
PutMatch(JbiStream *stream, uint32 start, uint32 length, uint32 distance)
{
	if (stream->length < LAST_START || start > stream->length - LAST_START)
		return;
	length = Min(length, stream->length - LAST_LITERALS - start);
	if (length >= SHORTEST_MATCH)
		PutSequence(stream, start, length, distance);
}

static const JbiFormat lz4 = {SHORTEST_MATCH, FARTHEST, PutMatch};

/*
 * Read the rest of a length.  False if it is damaged, or more than most.
 */
static pg_attribute_always_inline bool
ReadLength(JbiStream *stream, uint32 *length, uint32 most)
{
	uint32		byte = 255;

	if (*length == LENGTH_GOES_ON)
		while (byte == 255 && *length <= most)
		{
			if (stream->in == stream->in_end)
				return false;
			byte = *stream->in++;
			*length += byte;
		}
	return *length <= most;
}

/*
 * Read a sequence, which stands for the bytes at the position.  False if it is
 * damaged.
 */
static pg_attribute_always_inline bool
ReadSequence(JbiStream *stream, uint32 *position)
{
	uint32		lengths = *stream->in++;
	uint32		literals = lengths >> 4;
	uint32		length = lengths & 0x0f;
	uint32		distance;

	if (!ReadLength(stream, &literals, stream->in_length - *position) ||
		literals > stream->in_end - stream->in)
		return false;
	stream->in += literals;
	*position += literals;
	if (stream->in == stream->in_end)
		return *position == stream->in_length;

	if (stream->in_end - stream->in < 2)
		return false;
	distance = stream->in[0] | (uint32) stream->in[1] << 8;
	stream->in += 2;
	if (!ReadLength(stream, &length, PG_UINT32_MAX - SHORTEST_MATCH))
		return false;
	length += SHORTEST_MATCH;
	if (distance == 0 || distance > *position || length > stream->in_length - *position)
		return false;
	jbi_stream_match(stream, &lz4, *position, length, distance);
	*position += length;
	return stream->in < stream->in_end;
}

/*
 * Make the new stream.
 */
void
jbi_splice_lz4(JbiStream *given)
{
	JbiStream	stream = *given;
	uint32		position = 0;

	jbi_stream_put_new(&stream, &lz4, 0);
	while (stream.in < stream.in_end && stream.outcome == JBI_STREAM_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (!ReadSequence(&stream, &position))
			stream.outcome = JBI_STREAM_DAMAGED;
	}
	if (stream.outcome == JBI_STREAM_DONE)
	{
		(void) jbi_stream_copied(&stream, &lz4, stream.in_length);
		PutSequence(&stream, stream.length, 0, 0);
	}
	*given = stream;
}
