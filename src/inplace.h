/*-------------------------------------------------------------------------
 *
 * inplace.h
 *	  Writes an edited document into the memory of the old one.
 *
 * A large document that was detoasted is a copy which nobody else needs: with the
 * result beside it there would be two, and for a while three with what core makes
 * of it.  So the writer does not write then, but only notes the pieces that the new
 * document consists of, one after the other.  Most are bytes of the old document,
 * which rise in both: these are moved inside of the copy to where they belong, and
 * what is new is put between them.
 *
 * Until all pieces are known, nothing is overwritten.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_INPLACE_H
#define JBI_INPLACE_H

#include "plan.h"

/* Smaller documents are written anew, which is quicker.  Fuzzers have no larger ones. */
#ifdef JBI_IN_PLACE_ALL
#define JBI_SMALLEST_IN_PLACE	((uint32) 1)
#else
#define JBI_SMALLEST_IN_PLACE	((uint32) 131072)
#endif

typedef struct JbiPiece
{
	const char *bytes;			/* of what is new, or NULL */
	uint32		from;			/* if kept, where in the old document */
	uint32		length;
} JbiPiece;

typedef struct JbiPieces
{
	JbiScratch *scratch;
	const Jsonb *old;
	JbiPiece   *list;
	uint32		count;
	uint32		allocated;
	uint32		kept_to;		/* end of the last kept piece */
	bool		disordered;		/* kept pieces do not rise */
} JbiPieces;

extern struct varlena *jbi_fetch_with_room(JbiPlan *plan, struct varlena *stored);
extern void jbi_make_room(JbiPlan *plan);
extern void jbi_pieces_add(JbiPieces *pieces, const char *bytes, uint32 length);
extern void *jbi_pieces_add_new(JbiPieces *pieces, uint32 length);
extern bool jbi_write_in_place(JbiPlan *plan, Jsonb **result);

#endif							/* JBI_INPLACE_H */
