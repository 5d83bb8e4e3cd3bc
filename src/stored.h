/*-------------------------------------------------------------------------
 *
 * stored.h
 *	  Whether the result of a call is going to be stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_STORED_H
#define JBI_STORED_H

#include "compat.h"

/* In place of a call's location, where all below zero are unknown: its result is stored. */
#define JBI_STORED_CALL	(-2)

extern bool jbi_is_stored(FunctionCallInfo fcinfo, const struct varlena *target);
extern void jbi_note_result(const struct varlena *value);

#endif							/* JBI_STORED_H */
