/*-------------------------------------------------------------------------
 *
 * recompress.h
 *	  Compresses an edited document with what the old one's stream knows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_RECOMPRESS_H
#define JBI_RECOMPRESS_H

#include "copies.h"

/* jsonb_ivm.compressed_splice */
extern bool jbi_compressed_splice;

/*
 * A compressed document, and what was learned when it was unpacked.
 */
typedef struct JbiPacked
{
	const struct varlena *value;
	struct JbiMark *marks;
	uint32		nmarks;
} JbiPacked;

extern Jsonb *jbi_unpack(JbiPacked *packed, JbiScratch *scratch, const struct varlena *value);
extern struct varlena *jbi_recompress(const JbiPacked *old, const JbiCopies *copies,
									  const Jsonb *document);

#endif							/* JBI_RECOMPRESS_H */
