/*
 * aggregate_calls.c
 *		Aggregates that are called like functions.
 *
 * What is asked of every function, that its allocations fail or its work is counted,
 * goes through its fmgr entry.  An aggregate has none, so this does what the
 * executor does with its parts.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/syscache.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_aggregate_of);

static void
FindParts(Oid aggregate, FmgrInfo *transition, FmgrInfo *final)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Form_pg_aggregate parts;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "function %u is no aggregate", aggregate);
	parts = (Form_pg_aggregate) GETSTRUCT(tuple);
	fmgr_info(parts->aggtransfn, transition);
	fmgr_info(parts->aggfinalfn, final);
	ReleaseSysCache(tuple);
}

/*
 * aggregate_of(aggregate regprocedure, VARIADIC inputs "any") → jsonb: the aggregate
 * of these inputs, which it gets in the form in which they came.
 */
Datum
jsonb_ivm_test_aggregate_of(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(step, 2);
	LOCAL_FCINFO(end, 1);
	FmgrInfo	transition;
	FmgrInfo	final;
	AggState   *executor = makeNode(AggState);
	NullableDatum state = {.isnull = true};

	if (PG_ARGISNULL(0))
		elog(ERROR, "no aggregate");
	FindParts(PG_GETARG_OID(0), &transition, &final);
	executor->curaggcontext = CreateStandaloneExprContext();

	InitFunctionCallInfoData(*step, &transition, 2, InvalidOid, (Node *) executor, NULL);
	for (int i = 1; i < PG_NARGS(); i++)
	{
		step->isnull = false;
		step->args[0] = state;
		step->args[1] = fcinfo->args[i];
		state.value = FunctionCallInvoke(step);
		state.isnull = step->isnull;
	}
	InitFunctionCallInfoData(*end, &final, 1, InvalidOid, (Node *) executor, NULL);
	end->args[0] = state;
	state.value = FunctionCallInvoke(end);
	state.isnull = end->isnull;

	FreeExprContext(executor->curaggcontext, true);
	pfree(executor);
	fcinfo->isnull = state.isnull;
	return state.value;
}
