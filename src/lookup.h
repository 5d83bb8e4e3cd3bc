/*-------------------------------------------------------------------------
 *
 * lookup.h
 *	  Looks up a value in a stored document without reading all of it.
 *
 * Core detoasts a document whole before it looks for anything.  But what a path
 * needs is little: of each container on the way the header, the entries and, of an
 * object, the keys; and then the value.  The format says where they are.
 *
 * So a document is read in parts, as the path asks for them.  Of a compressed one a
 * part is the beginning, as far as is needed: the rest is not decompressed, and of
 * a long stream of pglz not fetched.  Of one that is stored out of line as it is,
 * any chunks are.  Parts add up.  When there were so many that the whole would soon
 * have been the better choice, the whole is read.
 *
 *		if (jbi_lookup_start(&lookup, datum))
 *			found = jbi_lookup_path(&lookup, &path, &value);
 *		else
 *			the datum has to be, or is better, taken as a whole;
 *		... value ...
 *		jbi_lookup_end(&lookup);
 *
 * What is found is there with all its bytes, until the end of the lookup or the
 * next path.  It is checked as everything is that layout.h reads, against the
 * true length of the document; and what is not read is not checked, the stream that
 * it is compressed in neither.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_LOOKUP_H
#define JBI_LOOKUP_H

#include "layout.h"
#include "path.h"

typedef struct JbiLookup
{
	struct varlena *stored;		/* the document as it came, or its stream */
	struct varlena *fetched;	/* the stream if it is a copy, or NULL */
	uint32		length;			/* of the document, without varlena header */
	bool		in_chunks;		/* any part can be read, or only the beginning */
	bool		fetch_later;	/* the stream, if one part does not do */
	uint32		cost;			/* of reading a part, besides its length */
	uint32		budget;			/* for parts that others may follow */
	uint32		longest;		/* for one that is the last */
	uint32		end;			/* all that is still needed is before it */
	struct varlena *part;		/* what was read last, or NULL: */
	uint32		from;			/* these bytes of the document */
	uint32		to;
} JbiLookup;

extern bool jbi_lookup_start(JbiLookup *lookup, Datum datum);
extern bool jbi_lookup_path(JbiLookup *lookup, const JbiPath *path, JbiValue *value);
extern bool jbi_lookup_scalar(JbiLookup *lookup, JbiString key, JbiValue *value);
extern void jbi_lookup_end(JbiLookup *lookup);

#endif							/* JBI_LOOKUP_H */
