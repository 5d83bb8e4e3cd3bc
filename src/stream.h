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
 * those it repeats; before a run of matches is taken over as it is, the bytes it
 * stands for, and those that it can repeat, are compared with the old document's.
 * All bytes before it are right by induction.
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

typedef enum JbiOutcome
{
	JBI_STREAM_DONE,
	JBI_STREAM_DAMAGED,			/* the old stream cannot be read */
	JBI_STREAM_TOO_LONG,		/* for the room it was given */
	JBI_STREAM_WRONG			/* a match would not hold: a mistake of ours */
} JbiOutcome;

/*
 * Finds earlier occurrences of what is new: an array of where a hash was last seen,
 * over so many bytes back.
 */
#define JBI_FINDER_SLOTS	1024
#define JBI_FINDER_REACH	1024

/* Fewer bytes than this are not worth a search. */
#define JBI_SHORTEST_SEARCH	6

typedef struct JbiFinder
{
	uint32		seen;			/* all before it is in the array */
	uint32		slots[JBI_FINDER_SLOTS];	/* where, plus one */
} JbiFinder;

/*
 * Offsets into a stream and into its document, where something begins that can be
 * read without what is before it.
 */
typedef struct JbiMark
{
	uint32		in;
	uint32		position;
} JbiMark;

/* What can be noted at most. */
#define JBI_FULL_NOTE	15

/* A mark comes at most once in so many bytes of the document. */
#define JBI_MARK_EVERY	1024

typedef struct JbiStream
{
	/* the old one, which is read */
	const uint8 *in_start;
	const uint8 *in;
	const uint8 *in_end;
	const char *old;			/* the old document */
	uint32		in_length;		/* its length */
	const JbiMark *marks;		/* of what is not read yet, if there are any */
	uint32		nmarks;

	/* what the new document has of the old one */
	const JbiCopied *copied;
	uint32		ncopied;
	uint32		current;		/* first one that ends after what was read */
	uint32		compared;		/* as much of it is known to be a copy */

	/* the new one, which is written */
	const char *document;
	uint32		length;			/* of the new document */
	uint32		done;			/* how much of it is written */
	JbiFinder  *finder;
	JbiOutcome	outcome;
	uint8	   *out;
	const uint8 *out_end;

	/*
	 * Both formats have bits at the end that nobody reads, zero in what core
	 * writes.  Four of them are taken to note how much the stream exceeds a
	 * fresh one.
	 */
	uint32		noted;			/* by the old stream */
	uint8	   *note;			/* where in the new one, or NULL */
	int			note_shift;

	/* pglz: the byte that says of eight pieces what they are */
	uint8	   *control;
	int			npieces;
	int			wanted;			/* so many pieces more than need be are
								 * wanted, */
	int			allowed;		/* and so many would do no harm: where it is
								 * more than what is wanted, they may cost
								 * more */
} JbiStream;

/*
 * What a format can hold, and how it is written.  Whoever reads and writes does so
 * on a copy of the stream that is known to nobody else, and lets all of this be
 * put in place: then the compiler need not fear that the bytes that are written
 * are the stream's own fields.
 */
typedef struct JbiFormat
{
	uint32		shortest;
	uint32		farthest;
	void		(*put_match) (JbiStream *stream, uint32 start, uint32 length, uint32 distance);
} JbiFormat;

extern uint32 jbi_find_repeat(JbiFinder *finder, const char *document, uint32 start, uint32 end,
							  uint32 *distance);
extern bool jbi_unpack_pglz(const uint8 *in_start, const uint8 *in_end, char *document, uint32 length,
							JbiMark *marks, uint32 *nmarks);
extern void jbi_splice_pglz(JbiStream *given);
extern void jbi_splice_lz4(JbiStream *given);

/*
 * Whether there is room for that many bytes more.
 */
static pg_attribute_always_inline bool
jbi_stream_has_room(JbiStream *stream, Size length)
{
	if (likely(length <= (Size) (stream->out_end - stream->out)))
		return true;
	if (stream->outcome == JBI_STREAM_DONE)
		stream->outcome = JBI_STREAM_TOO_LONG;
	return false;
}

/*
 * Whether the first of the bytes are the same, at most as many as a word has; all
 * of the word can be read.
 */
static pg_attribute_always_inline bool
jbi_same_in_word(const void *a, const void *b, uint32 length)
{
	uint64		word;
	uint64		other;

	memcpy(&word, a, sizeof(word));
	memcpy(&other, b, sizeof(other));
	if (length == 0)
		return true;
#ifdef WORDS_BIGENDIAN
	return (word ^ other) >> (64 - 8 * length) == 0;
#else
	return (word ^ other) << (64 - 8 * length) == 0;
#endif
}

/*
 * Whether the bytes at start repeat those at distance before them.  Mostly they
 * are few.
 */
static pg_attribute_always_inline bool
jbi_stream_repeats(const JbiStream *stream, uint32 start, uint32 length, uint32 distance)
{
	const char *bytes = stream->document + start;

	if (unlikely(distance > start))
		return false;
	if (length > 2 * sizeof(uint64) || stream->length - start < 2 * sizeof(uint64))
		return jbi_compare_bytes(bytes, bytes - distance, length) == 0;
	if (length <= sizeof(uint64))
		return jbi_same_in_word(bytes, bytes - distance, length);
	bytes += length - sizeof(uint64);
	return jbi_same_in_word(bytes - length + sizeof(uint64),
							bytes - length + sizeof(uint64) - distance, sizeof(uint64)) &&
		jbi_same_in_word(bytes, bytes - distance, sizeof(uint64));
}

/*
 * Write a match, if it is long enough for one: the bytes at start repeat those at
 * distance before them.  Here everything is proven that the new stream rests on.
 */
static pg_attribute_always_inline void
jbi_stream_add(JbiStream *stream, const JbiFormat *format, uint32 start, uint32 length,
			   uint32 distance)
{
	if (length < format->shortest)
		return;
	if (unlikely(distance == 0 || distance > format->farthest || start < stream->done ||
				 length > stream->length - start ||
				 !jbi_stream_repeats(stream, start, length, distance)))
		stream->outcome = JBI_STREAM_WRONG;
	else
		format->put_match(stream, start, length, distance);
}

/*
 * Write bytes of which the old stream does not say what they repeat: they are new,
 * or what they repeated is gone.
 */
static pg_attribute_always_inline void
jbi_stream_search(JbiStream *stream, const JbiFormat *format, uint32 start, uint32 end)
{
	if (end - start < JBI_SHORTEST_SEARCH)
		return;
	while (start < end && stream->outcome == JBI_STREAM_DONE)
	{
		uint32		distance;
		uint32		length = jbi_find_repeat(stream->finder, stream->document, start, end, &distance);

		CHECK_FOR_INTERRUPTS();
		if (length > 0)
			jbi_stream_add(stream, format, start, length, distance);
		start += Max(length, 1);
	}
}

/*
 * The last range that begins at the source of a match or before it, or the first.
 */
static pg_attribute_always_inline const JbiCopied *
jbi_stream_range_of(const JbiStream *stream, uint32 source)
{
	const JbiCopied *range = stream->copied;

	for (Size count = stream->current + 1; count > 1;)
	{
		Size		half = count / 2;

		if (range[half].from <= source)
			range += half;
		count -= half;
	}
	return range;
}

/*
 * Write a match whose source begins in another range than it does: piece
 * by piece, by the range that the piece of the source is in.
 */
static pg_attribute_always_inline void
jbi_stream_add_far(JbiStream *stream, const JbiFormat *format, uint32 position, uint32 length,
				   uint32 distance)
{
	const JbiCopied *here = &stream->copied[stream->current];
	uint32		source = position - distance;
	const JbiCopied *there = jbi_stream_range_of(stream, source);

	while (length > 0)
	{
		uint32		start = here->to + (position - here->from);
		uint32		piece = length;

		CHECK_FOR_INTERRUPTS();
		if (source < there->from)
		{
			piece = Min(piece, there->from - source);
			jbi_stream_search(stream, format, start, start + piece);
		}
		else if (source - there->from >= there->length)
		{
			there++;
			continue;
		}
		else
		{
			uint32		repeated = there->to + (source - there->from);

			piece = Min(piece, there->length - (source - there->from));
			if (start - repeated <= format->farthest)
				jbi_stream_add(stream, format, start, piece, start - repeated);
			else
				jbi_stream_search(stream, format, start, start + piece);
		}
		position += piece;
		source += piece;
		length -= piece;
	}
}

/*
 * Write what stands before the range with that number and was not copied.
 */
static pg_attribute_always_inline void
jbi_stream_put_new(JbiStream *stream, const JbiFormat *format, uint32 number)
{
	uint32		start = 0;

	/* There can be many ranges, of hardly a byte each. */
	CHECK_FOR_INTERRUPTS();
	if (number > 0)
		start = stream->copied[number - 1].to + stream->copied[number - 1].length;
	jbi_stream_search(stream, format, start,
					  number == stream->ncopied ? stream->length : stream->copied[number].to);
}

/*
 * Go on to the first range that ends after the position; NULL if there is none.
 */
static pg_attribute_always_inline const JbiCopied *
jbi_stream_copied(JbiStream *stream, const JbiFormat *format, uint32 position)
{
	for (; stream->current < stream->ncopied; jbi_stream_put_new(stream, format, ++stream->current))
	{
		const JbiCopied *copied = &stream->copied[stream->current];

		if (position < copied->from + copied->length)
			return copied;
	}
	return NULL;
}

/*
 * Whether the range is a copy indeed, up to the offset.  Then what the old stream
 * says of it holds for the new document, where it speaks of bytes in the range alone.
 */
static pg_attribute_always_inline bool
jbi_stream_is_copy(JbiStream *stream, const JbiCopied *here, uint32 offset)
{
	uint32		from = Max(stream->compared, here->to);
	uint32		end = here->to + offset;

	if (from >= end)
		return true;
	stream->compared = end;
	if (likely(offset <= here->length && end <= stream->length &&
			   jbi_compare_bytes(stream->document + from, stream->old + here->from + (from - here->to),
								 end - from) == 0))
		return true;
	stream->outcome = JBI_STREAM_WRONG;
	return false;
}

/*
 * A match of the old stream: length bytes at position repeat those at distance
 * before them.
 */
static pg_attribute_always_inline void
jbi_stream_match(JbiStream *stream, const JbiFormat *format, uint32 position, uint32 length,
				 uint32 distance)
{
	const JbiCopied *here;

	while (length > 0 && (here = jbi_stream_copied(stream, format, position)) != NULL &&
		   stream->outcome == JBI_STREAM_DONE)
	{
		uint32		piece;

		if (position < here->from)
			piece = Min(length, here->from - position);
		else
		{
			uint32		offset = position - here->from;

			piece = Min(length, here->length - offset);
			if (offset >= distance)
				jbi_stream_add(stream, format, here->to + offset, piece, distance);
			else
				jbi_stream_add_far(stream, format, position, piece, distance);
		}
		position += piece;
		length -= piece;
	}
}

#endif							/* JBI_STREAM_H */
