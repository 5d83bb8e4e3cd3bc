/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  Checks every rule of the binary format.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_VERIFY_H
#define JBI_VERIFY_H

#include "postgres.h"

/* Told of a fault, a constant string, and where it is.  Returns whether to go on. */
typedef bool (*JbiFaultCallback) (void *state, const char *fault, Size offset);

extern const char *jbi_verify(const void *payload, Size length, Size *fault_offset);
extern void jbi_verify_all(const void *payload, Size length, JbiFaultCallback callback,
						   void *state);

#endif							/* JBI_VERIFY_H */
