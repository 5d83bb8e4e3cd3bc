/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  Aggregates, and the function that returns rows, called like others.
 *
 * What the executor does with them is done here for one result, so that all functions
 * can be handed to the same checks.
 *
 *-------------------------------------------------------------------------
 */
#include "harness.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"

extern Datum jsonb_array_update_multi_row(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_agg_transition(PG_FUNCTION_ARGS);
extern Datum jsonb_deep_merge_agg_transition(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_agg_final(PG_FUNCTION_ARGS);

/*
 * The next row: whether there is one.
 */
static bool
NextRow(FunctionCallInfo call, NullableDatum *row)
{
	ReturnSetInfo *set = (ReturnSetInfo *) call->resultinfo;

	call->isnull = false;
	set->isDone = ExprSingleResult;
	row->value = jsonb_array_update_multi_row(call);
	row->isnull = call->isnull;
	return set->isDone == ExprMultipleResult;
}

/*
 * jsonb_array_update_multi_row() of one document behind a null.  The document is the
 * end of the array that it is in.
 */
Datum
update_multi_row(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	FmgrInfo	function = {.fn_mcxt = CurrentMemoryContext};
	ReturnSetInfo set = {
		.type = T_ReturnSetInfo,
		.econtext = CreateStandaloneExprContext(),
		.allowedModes = SFRM_ValuePerCall
	};
	bool		is_null = PG_ARGISNULL(0);
	ArrayType  *documents = NULL;
	NullableDatum row = {.isnull = true};
	NullableDatum result = {.isnull = true};

	InitFunctionCallInfoData(*call, &function, PG_NARGS(), InvalidOid, NULL, (Node *) &set);
	memcpy(call->args, fcinfo->args, (Size) PG_NARGS() * sizeof(NullableDatum));
	if (!is_null)
	{
		Datum		elements[] = {(Datum) 0, PG_GETARG_DATUM(0)};
		bool		nulls[] = {true, false};
		int			dimensions[] = {2};
		int			bounds[] = {1};

		documents = construct_md_array(elements, nulls, 1, dimensions, bounds, JSONBOID, -1, false,
									   TYPALIGN_INT);
		call->args[0].value = PointerGetDatum(documents);
		if (!NextRow(call, &row) || !row.isnull || !NextRow(call, &result) || result.isnull)
			elog(ERROR, "rows are missing");
	}
	if (NextRow(call, &row))
		elog(ERROR, "there is a row too many");
	FreeExprContext(set.econtext, true);
	fcinfo->isnull = result.isnull;

	/* What nobody has changed is still in the array. */
	if (!is_null && DatumGetPointer(result.value) >= (char *) documents &&
		DatumGetPointer(result.value) < (char *) documents + VARSIZE(documents))
	{
		const void *given = DatumGetPointer(PG_GETARG_DATUM(0));

		if (!VARATT_IS_EXTERNAL(given) || VARATT_IS_EXTERNAL_ONDISK(given))
			return PG_GETARG_DATUM(0);
	}
	return result.value;
}

/*
 * An aggregate of all arguments.  As in a window, its result is asked for before the
 * last of them as well.
 */
static Datum
Aggregate(FunctionCallInfo fcinfo, PGFunction transition)
{
	LOCAL_FCINFO(step, 2);
	LOCAL_FCINFO(end, 1);
	AggState   *executor = makeNode(AggState);
	NullableDatum state = {.isnull = true};
	NullableDatum result = {.isnull = true};

	executor->curaggcontext = CreateStandaloneExprContext();
	InitFunctionCallInfoData(*step, NULL, 2, InvalidOid, (Node *) executor, NULL);
	InitFunctionCallInfoData(*end, NULL, 1, InvalidOid, (Node *) executor, NULL);
	for (int i = 0; i < PG_NARGS(); i++)
	{
		step->isnull = false;
		step->args[0] = state;
		step->args[1] = fcinfo->args[i];
		state.value = transition(step);
		state.isnull = step->isnull;
		if (i < PG_NARGS() - 2)
			continue;
		if (!result.isnull)
			pfree(DatumGetPointer(result.value));
		end->isnull = false;
		end->args[0] = state;
		result.value = jsonb_merge_agg_final(end);
		result.isnull = end->isnull;
	}
	FreeExprContext(executor->curaggcontext, true);
	pfree(executor);
	fcinfo->isnull = result.isnull;
	return result.value;
}

Datum
merge_agg(PG_FUNCTION_ARGS)
{
	return Aggregate(fcinfo, jsonb_merge_agg_transition);
}

Datum
deep_merge_agg(PG_FUNCTION_ARGS)
{
	return Aggregate(fcinfo, jsonb_deep_merge_agg_transition);
}
