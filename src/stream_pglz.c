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

/* As many bytes are repeated at a time. */
#define STEP			((Size) 16)

/* The most bytes that a group can stand for, and take. */
#define LONGEST_GROUP	((Size) PIECES * LONGEST_MATCH)
#define GROUP_BYTES		(1 + (Size) 3 * PIECES)

/* The shortest match that takes a third byte. */
#define LONG_MATCH		18

/* Fewer bytes than this are not worth a group that begins where an old one does. */
#define SHORTEST_RUN	512

/* The control byte of the last group has its upper bits free, if it needs no more. */
#define LAST_PIECES		4

/*
 * For the last group to be so, the end of the document is written twice if need be:
 * from the last mark on that has so much behind it.
 */
#define TAIL			256

typedef struct Match
{
	uint32		length;
	uint32		distance;
} Match;

/*
 * Read a match, and go on behind it.  All of it must be there.
 */
static pg_attribute_always_inline Match
TakeMatch(const uint8 **in)
{
	const uint8 *bytes = *in;
	Match		match = {(bytes[0] & 0x0fu) + SHORTEST_MATCH, (bytes[0] & 0xf0u) << 4 | bytes[1]};

	*in += 2;
	if (match.length == LONG_MATCH)
		match.length += *(*in)++;
	return match;
}

/*
 * Whether all of a match is there.
 */
static pg_attribute_always_inline bool
HasMatch(const uint8 *in, const uint8 *end)
{
	return end - in > 2 || (end - in == 2 && (in[0] & 0x0f) + SHORTEST_MATCH < LONG_MATCH);
}

/*
 * Repeat bytes.  Fewer than a step more may be written, which do not count.
 */
static pg_attribute_always_inline void
Repeat(char *to, uint32 length, uint32 distance)
{
	const char *from = to - distance;
	char	   *end = to + length;

	if (distance < STEP)
		while (to < end)
			*to++ = *from++;
	else
		for (; to < end; to += STEP, from += STEP)
			memcpy(to, from, STEP);
}

/*
 * Unpack a group, if there is room for the most that it can be.  Returns its end, or
 * NULL if it is damaged.
 */
static pg_attribute_always_inline const uint8 *
UnpackGroup(const uint8 *in, const char *document, char **out)
{
	uint32		pieces = *in++;
	uint32		left = PIECES;
	char	   *to = *out;

	for (;;)
	{
		uint32		literals = (uint32) pg_rightmost_one_pos32(pieces | 1u << left);
		Match		match;

		memcpy(to, in, PIECES);
		in += literals;
		to += literals;
		if (literals == left)
			break;
		left -= literals + 1;
		pieces >>= literals + 1;
		match = TakeMatch(&in);
		if (unlikely(match.distance == 0 || match.distance > (Size) (to - document)))
			return NULL;
		Repeat(to, match.length, match.distance);
		to += match.length;
	}
	*out = to;
	return in;
}

/*
 * The same near the end of the stream or the document, either of which may end the
 * group.
 */
static const uint8 *
UnpackLastGroup(const uint8 *in, const uint8 *in_end, const char *document, char **out,
				const char *out_end)
{
	uint32		pieces = *in++;

	for (int piece = 0; piece < PIECES && in < in_end && *out < out_end; piece++, pieces >>= 1)
	{
		Match		match;

		if ((pieces & 1) == 0)
		{
			*(*out)++ = (char) *in++;
			continue;
		}
		if (!HasMatch(in, in_end))
			return NULL;
		match = TakeMatch(&in);
		if (match.distance == 0 || match.distance > (Size) (*out - document))
			return NULL;
		for (uint32 left = match.length; left > 0 && *out < out_end; left--, (*out)++)
			**out = *(*out - match.distance);
	}
	return in;
}

/*
 * Unpack a stream, and mark some of its groups.  There must be room for a mark in
 * every JBI_MARK_EVERY bytes.  False if it is damaged: of which core is to say more.
 */
bool
jbi_unpack_pglz(const uint8 *in_start, const uint8 *in_end, char *document, uint32 length,
				JbiMark *marks, uint32 *nmarks)
{
	const uint8 *in = in_start;
	char	   *out = document;
	char	   *out_end = document + length;
	Size		next_mark = JBI_MARK_EVERY;

	*nmarks = 0;
	while (in != NULL && in < in_end && out < out_end)
	{
		CHECK_FOR_INTERRUPTS();
		if ((Size) (out - document) >= next_mark)
		{
			marks[(*nmarks)++] = (JbiMark)
			{
				(uint32) (in - in_start), (uint32) (out - document)
			};
			next_mark = (Size) (out - document) + JBI_MARK_EVERY;
		}
		if ((Size) (in_end - in) >= GROUP_BYTES + PIECES &&
			(Size) (out_end - out) >= LONGEST_GROUP + STEP)
			in = UnpackGroup(in, document, &out);
		else
			in = UnpackLastGroup(in, in_end, document, &out, out_end);
	}
	return in == in_end && out == out_end;
}

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

/*
 * Write a match; and where more pieces are wanted, in more of them.
 */
static pg_attribute_always_inline void
PutMatch(JbiStream *stream, uint32 start, uint32 left, uint32 distance)
{
	/* It is left to be literals. */
	if (stream->wanted > 0 && stream->allowed >= (int) left - 1)
	{
		stream->wanted -= (int) left - 1;
		stream->allowed -= (int) left - 1;
		return;
	}
	PutLiterals(stream, start);
	while (left > 0 && BeginPiece(stream, 3))
	{
		uint32		length = Min(left, LONGEST_MATCH);

		/*
		 * Costs more than literals, so only if they would be too many, or
		 * seldom.
		 */
		if ((stream->wanted == 1 || (stream->wanted > 0 && stream->allowed > stream->wanted)) &&
			left >= 2 * SHORTEST_MATCH)
		{
			length = SHORTEST_MATCH;
			stream->wanted--;
			stream->allowed--;
		}

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
	Match		match;

	if (!HasMatch(stream->in, stream->in_end))
		return false;
	match = TakeMatch(&stream->in);
	if (match.distance == 0 || match.distance > *position)
		return false;
	match.length = Min(match.length, stream->in_length - *position);
	jbi_stream_match(stream, &pglz, *position, match.length, match.distance);
	*position += match.length;
	return true;
}

/*
 * Read a group of pieces, of which the first stands for the bytes at the position.
 * False if it is damaged.
 */
static pg_attribute_always_inline bool
ReadGroup(JbiStream *stream, uint32 *position)
{
	const uint32 control = *stream->in++;
	uint32		pieces = control;
	int			left = PIECES;

	while (left > 0)
	{
		/* Up to the next match, or as far as there is something. */
		uint32		literals = pieces == 0 ? (uint32) left : (uint32) pg_rightmost_one_pos32(pieces);

		literals = Min(literals, stream->in_length - *position);
		literals = (uint32) Min(literals, stream->in_end - stream->in);
		stream->in += literals;
		*position += literals;
		left -= (int) literals;
		if (left == 0 || stream->in == stream->in_end || *position == stream->in_length)
			break;
		if (!ReadMatch(stream, position))
			return false;
		left--;
		pieces >>= literals + 1;
	}
	if (left >= PIECES - LAST_PIECES)
		stream->noted = control >> LAST_PIECES;
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
		Match		match;

		if (!jbi_same_in_word(in, bytes + offset, literals))
			return false;
		if (piece <= PIECES - group->begun && PIECES - group->begun <= piece + literals)
			group->others = in + (PIECES - group->begun - piece);
		in += literals;
		offset += literals;
		piece += literals + 1;
		if (left == 0)
			break;
		match = TakeMatch(&in);
		if (match.distance == 0 || match.distance > offset ||
			!jbi_stream_repeats(stream, here->to + offset, match.length, match.distance))
			return false;
		offset += match.length;
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
 * Up to where whole groups can be taken over from the position on, or later within
 * the range; NULL if that is not far.  What they repeat is in the range, too.
 */
static const JbiMark *
RunEnd(JbiStream *stream, const JbiCopied *here, uint32 position)
{
	const JbiMark *last = stream->marks;
	uint32		end = here->from + here->length;

	for (Size count = stream->nmarks; count > 1;)
	{
		Size		half = count / 2;

		if (last[half].position <= end)
			last += half;
		count -= half;
	}
	if (stream->nmarks == 0 || last->position > end ||
		last->position < Max(position, here->from + FARTHEST) + SHORTEST_RUN)
		return NULL;
	return last;
}

/*
 * Take over groups as they are, all together.  That can be done where an old group
 * begins with a new one; if it does not yet, more pieces shall bring it there.  If
 * false, a group is to be read.
 */
static pg_attribute_always_inline bool
KeepRun(JbiStream *stream, uint32 *position)
{
	const JbiCopied *here = jbi_stream_copied(stream, &pglz, *position);
	const JbiMark *end;
	uint32		offset;
	Size		bytes;
	bool		again = stream->wanted > 0;

	stream->wanted = stream->allowed = 0;
	if (here == NULL || *position < here->from)
		return false;
	offset = *position - here->from;
	PutLiterals(stream, here->to + offset);
	if ((stream->npieces == PIECES && offset < FARTHEST) ||
		(end = RunEnd(stream, here, *position)) == NULL)
		return false;
	stream->wanted = stream->allowed = PIECES - stream->npieces;

	/*
	 * If one group had no match that was short enough, the next may split
	 * one.
	 */
	if (again && stream->wanted > 0)
		stream->allowed++;
	if (stream->wanted > 0 || offset < FARTHEST)
		return false;

	bytes = (Size) (stream->in_start + end->in - stream->in);
	if (!jbi_stream_is_copy(stream, here, end->position - here->from) ||
		!jbi_stream_has_room(stream, bytes))
		return false;
	jbi_copy_bytes(stream->out, stream->in, bytes);
	stream->out += bytes;
	stream->in += bytes;
	stream->done = here->to + (end->position - here->from);
	*position = end->position;
	stream->nmarks -= (uint32) (end - stream->marks);
	stream->marks = end;
	return true;
}

/*
 * Splice groups up to the first that begins at the end or after it.
 */
static pg_attribute_always_inline void
SpliceGroups(JbiStream *stream, uint32 *position, uint32 end)
{
	while (stream->in < stream->in_end && *position < end && stream->outcome == JBI_STREAM_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (!KeepRun(stream, position) && stream->outcome == JBI_STREAM_DONE &&
			(stream->wanted > 0 || !KeepGroup(stream, position)) &&
			!ReadGroup(stream, position))
			stream->outcome = JBI_STREAM_DAMAGED;
	}
}

/*
 * Take the marks away that are too near to the end.  Returns where the last of the others
 * is, or the beginning if there is none.
 */
static uint32
BeginTail(JbiStream *stream)
{
	while (stream->nmarks > 0 &&
		   stream->in_length - stream->marks[stream->nmarks - 1].position < TAIL)
		stream->nmarks--;
	return stream->nmarks > 0 ? stream->marks[stream->nmarks - 1].position : 0;
}

/*
 * Splice the last groups, one by one, and write what is left.
 */
static void
SpliceTail(JbiStream *stream, uint32 position)
{
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
		(void) jbi_stream_copied(stream, &pglz, stream->in_length);
		PutLiterals(stream, stream->length);
	}
}

/*
 * Make the new stream.
 */
void
jbi_splice_pglz(JbiStream *given)
{
	JbiStream	stream = *given;
	JbiStream	before_tail;
	JbiFinder	found_before_tail;
	uint32		position = 0;

	stream.npieces = PIECES;
	jbi_stream_put_new(&stream, &pglz, 0);
	SpliceGroups(&stream, &position, BeginTail(&stream));
	stream.wanted = stream.allowed = 0;
	before_tail = stream;
	found_before_tail = *stream.finder;
	SpliceTail(&stream, position);

	/* So many pieces more, and the last of them begin another group. */
	if (stream.outcome == JBI_STREAM_DONE && stream.npieces > LAST_PIECES)
	{
		before_tail.wanted = PIECES + 1 - stream.npieces;
		before_tail.allowed = before_tail.wanted + LAST_PIECES - 1;
		if (before_tail.control != NULL)
			*before_tail.control &= (uint8) ((1 << before_tail.npieces) - 1);
		stream = before_tail;
		*stream.finder = found_before_tail;
		SpliceTail(&stream, position);
	}
	if (stream.outcome == JBI_STREAM_DONE && stream.npieces <= LAST_PIECES)
	{
		stream.note = stream.control;
		stream.note_shift = LAST_PIECES;
	}
	*given = stream;
}
