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

extern Datum reference_delete_where(PG_FUNCTION_ARGS);
extern Datum reference_insert_where(PG_FUNCTION_ARGS);
extern Datum reference_update_where_batch(PG_FUNCTION_ARGS);
extern Datum reference_reconcile(PG_FUNCTION_ARGS);

extern Datum reference_merge_shallow(PG_FUNCTION_ARGS);
extern Datum reference_deep_merge(PG_FUNCTION_ARGS);
extern Datum reference_merge_agg(PG_FUNCTION_ARGS);
extern Datum reference_deep_merge_agg(PG_FUNCTION_ARGS);
extern Datum reference_merge_patch(PG_FUNCTION_ARGS);
extern Datum reference_merge_diff(PG_FUNCTION_ARGS);

extern Datum reference_set_path(PG_FUNCTION_ARGS);
extern Datum reference_remove_path(PG_FUNCTION_ARGS);
extern Datum reference_increment(PG_FUNCTION_ARGS);
extern Datum reference_graft(PG_FUNCTION_ARGS);

extern Datum reference_patch(PG_FUNCTION_ARGS);

#endif							/* FUZZ_REFERENCE_H */
