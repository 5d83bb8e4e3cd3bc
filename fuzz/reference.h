/*-------------------------------------------------------------------------
 *
 * reference.h
 *	  The operators again, on core's functions alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_REFERENCE_H
#define FUZZ_REFERENCE_H

#include "postgres.h"

#include "fmgr.h"

extern Datum reference_update_where(PG_FUNCTION_ARGS);
extern Datum reference_upsert_where(PG_FUNCTION_ARGS);
extern Datum reference_merge_at_path(PG_FUNCTION_ARGS);
extern Datum reference_has_path_changed(PG_FUNCTION_ARGS);

#endif							/* FUZZ_REFERENCE_H */
