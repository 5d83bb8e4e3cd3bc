/*
 * stored_calls.h
 *		Calls whose results are taken to be stored.
 */
#ifndef JSONB_IVM_TEST_STORED_CALLS_H
#define JSONB_IVM_TEST_STORED_CALLS_H

#include "fmgr.h"
#include "nodes/pg_list.h"

extern void SetCallSite(FmgrInfo *function, List *arguments);

#endif							/* JSONB_IVM_TEST_STORED_CALLS_H */
