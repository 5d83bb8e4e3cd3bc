/*-------------------------------------------------------------------------
 *
 * attempt.c
 *		Calls that may fail.
 *
 * A block of PL/pgSQL catches errors as well.  But once an error has left an
 * expression, PL/pgSQL takes that for one that is still being evaluated, and makes a
 * query of it each time, for the rest of the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

#include "compat.h"
#include "stored_calls.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_attempt);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_attempted);

#define MAX_ARGUMENTS	6

/* Of the last attempt. */
static int	attempted;

static Datum
JsonbOfBool(bool answer)
{
	JsonbValue	value;

	value.type = jbvBool;
	value.val.boolean = answer;
	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}

static Datum
JsonbOfText(const text *string)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = VARDATA_ANY(string);
	value.val.string.len = (int) VARSIZE_ANY_EXHDR(string);
	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}

/*
 * What a function gives, as jsonb.
 */
static Datum
JsonbOf(Datum result, Oid type)
{
	if (type == BOOLOID)
		return JsonbOfBool(DatumGetBool(result));
	if (type == TEXTOID)
		return JsonbOfText(DatumGetTextPP(result));
	return result;
}

/*
 * attempt(function regprocedure, VARIADIC arguments "any") → jsonb
 *
 * Calls the function with these arguments, in the form in which they came.  The
 * result is that of the function, a boolean or a text as jsonb; null if there was an
 * error that a block of PL/pgSQL would catch.
 */
Datum
jsonb_ivm_test_attempt(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	FmgrInfo	function;
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile Datum result = (Datum) 0;

	if (PG_ARGISNULL(0) || PG_NARGS() - 1 > MAX_ARGUMENTS)
		elog(ERROR, "wrong arguments");
	fmgr_info(PG_GETARG_OID(0), &function);
	SetCallSite(&function, NIL);
	InitFunctionCallInfoData(*call, &function, PG_NARGS() - 1, InvalidOid, NULL, NULL);
	attempted = 0;
	for (int i = 1; i < PG_NARGS(); i++)
	{
		if (function.fn_strict && PG_ARGISNULL(i))
			PG_RETURN_NULL();
		call->args[i - 1] = fcinfo->args[i];
	}

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		result = FunctionCallInvoke(call);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		attempted = geterrcode();
		if (attempted == ERRCODE_QUERY_CANCELED || attempted == ERRCODE_ASSERT_FAILURE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		call->isnull = true;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;

	if (call->isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(JsonbOf(result, get_func_rettype(function.fn_oid)));
}

/*
 * attempted() → text: the SQLSTATE of the last attempt.
 */
Datum
jsonb_ivm_test_attempted(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TEXT_P(cstring_to_text(unpack_sql_state(attempted)));
}
