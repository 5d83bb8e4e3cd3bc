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
typedef enum JbiSpliceSetting
{
	JBI_SPLICE_OFF,
	JBI_SPLICE_PGLZ,			/* lz4 compresses as fast as it can be spliced */
	JBI_SPLICE_ON
} JbiSpliceSetting;

extern int	jbi_compressed_splice;

extern bool jbi_is_spliced(const struct varlena *value);
extern struct varlena *jbi_recompress(const struct varlena *old, const JbiCopies *copies,
									  const Jsonb *document);

#endif							/* JBI_RECOMPRESS_H */
