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

/* More than a sequence takes if its lengths go on in one byte at most. */
#define SHORT_SEQUENCE	32

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

/* A sequence of a stream, as it is read. */
typedef struct Sequence
{
	const uint8 *bytes;			/* of the literals */
	uint32		literals;
	uint32		length;			/* of the match; 0 in the last sequence */
	uint32		distance;
	const uint8 *next;
} Sequence;

/*
 * Read the rest of a length.  False if it is damaged, or more than most.
 */
static pg_attribute_always_inline bool
ReadLength(const uint8 **in, const uint8 *end, uint32 *length, uint32 most)
{
	uint32		byte = 255;

	if (*length == LENGTH_GOES_ON)
		while (byte == 255 && *length <= most)
		{
			if (*in == end)
				return false;
			byte = *(*in)++;
			*length += byte;
		}
	return *length <= most;
}

/*
 * Read the sequence at the place, which stands for at most so many bytes.  False if
 * it is damaged.
 */
static pg_attribute_always_inline bool
ReadSequence(const uint8 *in, const uint8 *end, uint32 most, Sequence *sequence)
{
	uint32		lengths;

	if (in == end)
		return false;
	lengths = *in++;
	sequence->literals = lengths >> 4;
	if (!ReadLength(&in, end, &sequence->literals, most) || sequence->literals > end - in)
		return false;
	sequence->bytes = in;
	in += sequence->literals;
	sequence->next = in;
	sequence->length = 0;
	if (in == end)
		return true;

	if (end - in < 2)
		return false;
	sequence->distance = in[0] | (uint32) in[1] << 8;
	in += 2;
	sequence->length = lengths & 0x0f;
	if (!ReadLength(&in, end, &sequence->length, most))
		return false;
	sequence->length += SHORTEST_MATCH;
	sequence->next = in;
	return sequence->distance > 0 && sequence->length <= most - sequence->literals && in < end;
}

/*
 * The distance that the sequence's match has in the new document, where what it
 * repeats was copied with it or all of it with another range; else 0.  It is looked for first in the
 * range that it was in the last time.
 */
static pg_attribute_always_inline uint32
NewDistance(const JbiStream *stream, const JbiCopied *here, const JbiCopied **last_there,
			uint32 start, const Sequence *sequence)
{
	uint32		source;
	uint32		distance;
	const JbiCopied *there = *last_there;

	if (likely(sequence->distance <= start))
		return sequence->distance;
	if (sequence->distance > here->from + start)
		return 0;
	source = here->from + start - sequence->distance;
	if (source < there->from || source - there->from >= there->length)
		*last_there = there = jbi_stream_range_of(stream, source);
	if (source < there->from || source - there->from > there->length ||
		sequence->length > there->length - (source - there->from))
		return 0;
	distance = here->to + start - (there->to + (source - there->from));
	if (distance > FARTHEST ||
		!jbi_stream_repeats(stream, here->to + start, sequence->length, distance))
		return 0;
	return distance;
}

/*
 * Pass over sequences with lengths of at most one byte more, which stand for bytes of
 * a range from offset up to the most, and repeat others of it.  Returns how far.
 * Most of a stream is read here, so the compiler shall have nothing else to do.
 */
static pg_noinline const uint8 *
PassShort(const uint8 *in, const uint8 *end, uint32 *offset, uint32 most)
{
	uint32		at = *offset;

	while (end - in > SHORT_SEQUENCE)
	{
		uint32		literals = *in >> 4;
		uint32		length = (*in & 0x0f) + SHORTEST_MATCH;
		const uint8 *next = in + 3 + literals;
		uint32		distance = next[-2] | (uint32) next[-1] << 8;

		CHECK_FOR_INTERRUPTS();
		if (length == LENGTH_GOES_ON + SHORTEST_MATCH)
			length += *next++;
		if (literals == LENGTH_GOES_ON || length >= LENGTH_GOES_ON + SHORTEST_MATCH + 255 ||
			distance == 0 || distance > at + literals || literals + length > most - at)
			break;
		at += literals + length;
		in = next;
	}
	*offset = at;
	return in;
}

/*
 * Take over the sequences before the end as they are.
 */
static pg_attribute_always_inline bool
KeepBytes(JbiStream *stream, const uint8 *end)
{
	Size		bytes = (Size) (end - stream->in);

	if (!jbi_stream_has_room(stream, bytes))
		return false;
	jbi_copy_bytes(stream->out, stream->in, bytes);
	stream->out += bytes;
	stream->in = end;
	return true;
}

/*
 * Take over as many sequences as can be, but not at the end of the document.  What
 * is before them must be written.  False if there is none.
 */
static pg_attribute_always_inline bool
KeepSequences(JbiStream *stream, uint32 *position)
{
	const JbiCopied *here = jbi_stream_copied(stream, &lz4, *position);
	const JbiCopied *there = here;
	const uint8 *first = stream->in;
	uint32		offset;
	uint32		most;
	Sequence	sequence;

	if (here == NULL || *position < here->from || stream->length < LAST_START ||
		here->to > stream->length - LAST_START)
		return false;
	offset = *position - here->from;
	most = Min(here->length, stream->length - LAST_START - here->to);
	if (stream->done != here->to + offset || offset > most)
		return false;
	while (KeepBytes(stream, PassShort(stream->in, stream->in_end, &offset, most)) &&
		   ReadSequence(stream->in, stream->in_end, most - offset, &sequence) &&
		   sequence.length > 0)
	{
		uint8	   *start = stream->out;
		uint32		literals = (uint32) (sequence.bytes - stream->in) + sequence.literals;
		uint32		distance = NewDistance(stream, here, &there, offset + sequence.literals,
										   &sequence);

		if (distance == 0 || !KeepBytes(stream, sequence.next))
			break;
		start[literals] = (uint8) (distance & 0xff);
		start[literals + 1] = (uint8) (distance >> 8);
		offset += sequence.literals + sequence.length;
	}
	stream->done = here->to + offset;
	*position = here->from + offset;
	return stream->in > first && jbi_stream_is_copy(stream, here, offset);
}

/*
 * Read a sequence, which stands for the bytes at the position.  False if it is
 * damaged.
 */
static pg_attribute_always_inline bool
SpliceSequence(JbiStream *stream, uint32 *position)
{
	uint32		lengths = *stream->in;
	Sequence	sequence;

	if (!ReadSequence(stream->in, stream->in_end, stream->in_length - *position, &sequence))
		return false;
	stream->in = sequence.next;
	*position += sequence.literals;
	if (sequence.length == 0)
	{
		stream->noted = lengths & LENGTH_GOES_ON;
		return *position == stream->in_length;
	}
	if (sequence.distance > *position)
		return false;
	jbi_stream_match(stream, &lz4, *position, sequence.length, sequence.distance);
	*position += sequence.length;
	return true;
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
		if (!KeepSequences(&stream, &position) && stream.outcome == JBI_STREAM_DONE &&
			!SpliceSequence(&stream, &position))
			stream.outcome = JBI_STREAM_DAMAGED;
	}
	if (stream.outcome == JBI_STREAM_DONE && position < stream.in_length)
		stream.outcome = JBI_STREAM_DAMAGED;
	if (stream.outcome == JBI_STREAM_DONE)
	{
		(void) jbi_stream_copied(&stream, &lz4, stream.in_length);
		stream.note = stream.out;
		PutSequence(&stream, stream.length, 0, 0);
	}
	*given = stream;
}
