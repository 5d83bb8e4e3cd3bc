/*-------------------------------------------------------------------------
 *
 * copies.h
 *	  Which bytes of a new document are copies of which of the old one.
 *
 * The writer notes what it copies.  Finished, the list is in the order of the
 * new document, and of the old one as well: what changed its place counts as new.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_COPIES_H
#define JBI_COPIES_H

#include "layout.h"
#include "scratch.h"

/* Offsets into the payloads of the two documents. */
typedef struct JbiCopied
{
	uint32		from;
	uint32		to;
	uint32		length;
} JbiCopied;

typedef struct JbiCopies
{
	JbiScratch *scratch;
	const char *from;			/* payload of the old document */
	uint32		from_length;
	const char *to;				/* payload of the new one */
	JbiCopied  *list;
	uint32		count;
	uint32		allocated;
} JbiCopies;

extern void jbi_copies_start(JbiCopies *copies, JbiScratch *scratch, const Jsonb *from);
extern void jbi_copies_add(JbiCopies *copies, const void *to, const void *from, uint32 length);
extern void jbi_copies_add_entries(JbiCopies *copies, const JEntry *to, const JEntry *from,
								   uint32 count);
extern void jbi_copies_finish(JbiCopies *copies, uint32 to_length);

#endif							/* JBI_COPIES_H */
