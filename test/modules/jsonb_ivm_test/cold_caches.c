/*
 * cold_caches.c
 *		Caches that are thrown away while operators are at work.
 *
 * debug_discard_caches makes everything a hundred times as slow, and most of it is
 * core's.  With jsonb_ivm_test.discard_caches an operator begins with empty catalog
 * caches, and the server's setting holds until it returns: whatever it looks up is
 * looked up in the catalogs, and what it had before is gone by then.  That is so the
 * first two times at each place in a query, when it looks for the first time and when
 * it comes back to what it has kept.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "cold_caches.h"
#include "compat.h"

#define COLD_CALLS	2

static bool discard_caches = false;

static bool
IsOfExtension(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		is_null = true;
	bool		is_ours = false;

	if (HeapTupleIsValid(tuple))
	{
		Datum		library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &is_null);

		is_ours = !is_null && strcmp(TextDatumGetCString(library), "$libdir/jsonb_ivm") == 0;
		ReleaseSysCache(tuple);
	}
	return is_ours;
}

static bool
NeedsHook(Oid function)
{
	return discard_caches && IsOfExtension(function);
}

/*
 * What a call begins and ends with.  None is inside of another.  What is private to
 * the place in the query counts the calls there.
 */
static void
EnterOrLeave(FmgrHookEventType event, FmgrInfo *function, Datum *private)
{
	int32		calls = DatumGetInt32(*private);

	if (event != FHET_START)
		DISCARD_CACHES(0);
	else if (calls < COLD_CALLS)
	{
		*private = Int32GetDatum(calls + 1);
		DISCARD_CACHES(1);
		InvalidateSystemCaches();
	}
	(void) function;
}

void
InstallColdCaches(void)
{
	DefineCustomBoolVariable("jsonb_ivm_test.discard_caches",
							 "Throw the catalog caches away while operators are at work.", NULL,
							 &discard_caches, false, PGC_USERSET, 0, NULL, NULL, NULL);
	needs_fmgr_hook = NeedsHook;
	fmgr_hook = EnterOrLeave;
}
