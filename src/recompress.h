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

extern struct varlena *jbi_recompress(const struct varlena *old, const JbiCopies *copies,
									  const Jsonb *document);

#endif							/* JBI_RECOMPRESS_H */
