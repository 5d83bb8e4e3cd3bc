/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  The compressed stream of a new document, made from that of the old one.
 *
 * A stream says of a document's bytes, one piece after the other, either what
 * they are (literals) or that they repeat others, a distance before them (a
 * match).  A match that stands for copied bytes still holds in the new document
 * where the bytes it repeats are copied as well; the distance can be another
 * then.  Everything between matches is literals, which are the new document's
 * own bytes.  So only the matches of the old stream need to be read.
 *
 * That the new stream stands for exactly the new document is proven as it is
 * written: before a match is put down, the bytes it stands for are compared with
 * those it repeats.  All bytes before it are right by induction.
 *
 * PostgreSQL has two formats of streams.  Each has a file of its own, which reads
 * matches and writes pieces; what they have in common is here, for the compiler
 * to put into each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_STREAM_H
#define JBI_STREAM_H

#include "copies.h"

#include "miscadmin.h"

typedef struct JbiMatch
{
	uint32		start;			/* in the new document */
	uint32		length;
	uint32		distance;
} JbiMatch;

typedef enum JbiOutcome
{
	JBI_STREAM_DONE,
	JBI_STREAM_DAMAGED,			/* the old stream cannot be read */
	JBI_STREAM_TOO_LONG,		/* for the room it was given */
	JBI_STREAM_WRONG			/* a match would not hold: a mistake of ours */
} JbiOutcome;

typedef struct JbiStream
{
	/* the old one, which is read */
	const uint8 *in;
	const uint8 *in_end;
	uint32		in_length;		/* of the old document */

	/* what the new document has of the old one */
	const JbiCopied *copied;
	uint32		ncopied;
	uint32		current;		/* first one that ends after the last match read */

	/* the new one, which is written */
	const char *document;
	uint32		length;			/* of the new document */
	uint32		done;			/* how much of it is written */
	JbiMatch	pending;		/* found, not yet written: it may grow */
	JbiOutcome	outcome;
	uint8	   *out;
	const uint8 *out_end;

	/* pglz: the byte that says of eight pieces what they are */
	uint8	   *control;
	int			npieces;
} JbiStream;

/* What a format can hold, and how it is written. */
typedef struct JbiFormat
{
	uint32		shortest;
	uint32		farthest;
	void		(*put_match) (JbiStream *stream, const JbiMatch *match);
} JbiFormat;

extern void jbi_splice_pglz(JbiStream *stream);
extern void jbi_splice_lz4(JbiStream *stream);

/*
 * Whether there is room for that many bytes more.
 */
static inline bool
jbi_stream_has_room(JbiStream *stream, Size length)
{
	if (likely(length <= (Size) (stream->out_end - stream->out)))
		return true;
	stream->outcome = JBI_STREAM_TOO_LONG;
	return false;
}

/*
 * Write the match that is pending, if it is worth one.
 */
static pg_attribute_always_inline void
jbi_stream_flush(JbiStream *stream, const JbiFormat *format)
{
	const JbiMatch *match = &stream->pending;

	if (match->length < format->shortest)
		return;
	if (unlikely(match->distance > match->start ||
				 jbi_compare_bytes(stream->document + match->start,
								   stream->document + match->start - match->distance,
								   match->length) != 0))
		stream->outcome = JBI_STREAM_WRONG;
	else
		format->put_match(stream, match);
}

/*
 * The bytes at start repeat those at distance before them.
 */
static pg_attribute_always_inline void
jbi_stream_add(JbiStream *stream, const JbiFormat *format, uint32 start, uint32 length,
			   uint32 distance)
{
	JbiMatch   *pending = &stream->pending;

	if (distance > format->farthest)
		return;
	if (pending->distance == distance && pending->start + pending->length == start)
	{
		pending->length += length;
		return;
	}
	jbi_stream_flush(stream, format);
	pending->start = start;
	pending->length = length;
	pending->distance = distance;
}

/*
 * The same for bytes whose source begins in another range than they do: piece
 * by piece, by the range that the piece of the source is in.
 */
static inline void
jbi_stream_add_far(JbiStream *stream, const JbiFormat *format, uint32 position, uint32 length,
				   uint32 distance)
{
	const JbiCopied *here = &stream->copied[stream->current];
	const JbiCopied *there = stream->copied;
	uint32		source = position - distance;

	/* The last one that begins at the source or before it, or the first. */
	for (Size count = here - there + 1; count > 1;)
	{
		Size		half = count / 2;

		if (there[half].from <= source)
			there += half;
		count -= half;
	}
	while (length > 0)
	{
		uint32		piece = length;

		if (source < there->from)
			piece = Min(piece, there->from - source);
		else if (source - there->from >= there->length)
		{
			there++;
			continue;
		}
		else
		{
			uint32		start = here->to + (position - here->from);
			uint32		repeated = there->to + (source - there->from);

			piece = Min(piece, there->length - (source - there->from));

			/* What repeats itself repeats what is not there any more. */
			if (there == here || piece <= distance)
				jbi_stream_add(stream, format, start, piece, start - repeated);
		}
		position += piece;
		source += piece;
		length -= piece;
	}
}

/*
 * A match of the old stream: length bytes at position repeat those at distance
 * before them.
 */
static pg_attribute_always_inline void
jbi_stream_match(JbiStream *stream, const JbiFormat *format, uint32 position, uint32 length,
				 uint32 distance)
{
	while (length > 0 && stream->current < stream->ncopied)
	{
		const JbiCopied *here = &stream->copied[stream->current];
		uint32		piece = length;

		if (position < here->from)
			piece = Min(piece, here->from - position);
		else if (position - here->from >= here->length)
		{
			stream->current++;
			continue;
		}
		else
		{
			piece = Min(piece, here->length - (position - here->from));
			if (position - here->from >= distance)
				jbi_stream_add(stream, format, here->to + (position - here->from), piece, distance);
			else
				jbi_stream_add_far(stream, format, position, piece, distance);
		}
		position += piece;
		length -= piece;
	}
}

#endif							/* JBI_STREAM_H */
