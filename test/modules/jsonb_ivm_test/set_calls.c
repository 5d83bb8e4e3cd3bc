/*
 * set_calls.c
 *		Functions that return rows, called like others.
 *
 * As with aggregates: what is asked of every function goes through a call that gives
 * one result.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"

#include "compat.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_last_row);

#define MAX_ARGUMENTS 8

/*
 * last_row(function regprocedure, VARIADIC arguments "any") → jsonb: the last of the
 * rows that are not null, all of which are asked for.
 */
Datum
jsonb_ivm_test_last_row(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	FmgrInfo	function;
	ReturnSetInfo set = {
		.type = T_ReturnSetInfo,
		.econtext = CreateStandaloneExprContext(),
		.allowedModes = SFRM_ValuePerCall
	};
	Datum		last = (Datum) 0;
	bool		none = true;

	if (PG_ARGISNULL(0) || PG_NARGS() - 1 > MAX_ARGUMENTS)
		elog(ERROR, "wrong arguments");
	fmgr_info(PG_GETARG_OID(0), &function);
	InitFunctionCallInfoData(*call, &function, PG_NARGS() - 1, InvalidOid, NULL, (Node *) &set);
	for (int i = 1; i < PG_NARGS(); i++)
		call->args[i - 1] = fcinfo->args[i];
	for (;;)
	{
		Datum		row;

		call->isnull = false;
		set.isDone = ExprSingleResult;
		row = FunctionCallInvoke(call);
		if (set.isDone != ExprMultipleResult)
			break;
		if (call->isnull)
			continue;
		if (!none)
			pfree(DatumGetPointer(last));
		none = false;
		last = row;
	}
	FreeExprContext(set.econtext, true);
	fcinfo->isnull = none;
	return last;
}
