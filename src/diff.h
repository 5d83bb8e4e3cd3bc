/*-------------------------------------------------------------------------
 *
 * diff.h
 *	  Finds a JSON Patch that turns one document into another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_DIFF_H
#define JBI_DIFF_H

#include "layout.h"
#include "scratch.h"

extern Jsonb *jbi_diff(JbiScratch *scratch, const JbiValue *old_value, const JbiValue *new_value);

/* align.c */
extern void jbi_align(const JbiContainer *old_array, uint32 old_from, uint32 old_to,
					  const JbiContainer *new_array, uint32 new_from, uint32 new_to,
					  uint32 *partners);

#define JBI_NO_PARTNER PG_UINT32_MAX

#endif							/* JBI_DIFF_H */
