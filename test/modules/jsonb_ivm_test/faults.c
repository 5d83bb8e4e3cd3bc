/*-------------------------------------------------------------------------
 *
 * faults.c
 *		Calls an operator and lets its Nth allocation fail.
 *
 * A site is what can run out of memory: every request to a memory context, made
 * by the operator or by what it calls in core, and every creation of a context.
 *
 * All requests, whatever function they go through, end in the alloc and realloc
 * of the context's kind, which is AllocSet for all contexts that a call meets.
 * The server keeps these two in one table of function pointers, which is constant
 * and so read-only: it is made writable, and gets functions that count, fail or
 * pass on.  They fail by what the originals do if malloc gives nothing, so the
 * error is raised by core's own code.  A context is created with a malloc that no
 * request has led to; that is refused by the memory probe.
 *
 * A failure that lasts spares the ErrorContext beyond the first, as a server
 * without memory does: it keeps room there for the message.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/memnodes.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "compat.h"
#include "memory_probe.h"
#include "stored_calls.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_call_failing);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_last_call);

#define MAX_ARGUMENTS 8

/* The call that goes on, or the last one. */
static bool armed = false;
static bool allocating = false; /* inside the real alloc or realloc */
static int64 sites = 0;
static int64 fail_at;
static bool fail_lastingly;
static int	call_state;			/* SQLSTATE */
static bytea *call_image = NULL;

static MemoryContextMethods original;

/*
 * Count a site.  Whether it is to fail.
 */
static bool
SiteFails(MemoryContext context)
{
	if (!armed || allocating)
		return false;
	sites++;
	return fail_at > 0 &&
		(sites == fail_at ||
		 (fail_lastingly && sites > fail_at && context != ErrorContext));
}

static bool
CreationFails(void)
{
	return SiteFails(NULL);
}

static void *
FailingAlloc(ALLOC_PARAMETERS)
{
	bool		outermost = !allocating;
	void	   *chunk;

	if (SiteFails(context))
		return AllocationFailed(context);
	allocating = true;
	chunk = original.alloc(ALLOC_ARGUMENTS);
	if (outermost)
		allocating = false;
	return chunk;
}

static void *
FailingRealloc(REALLOC_PARAMETERS)
{
	bool		outermost = !allocating;
	void	   *chunk;

	if (SiteFails(GetMemoryChunkContext(pointer)))
		return AllocationFailed(GetMemoryChunkContext(pointer));
	allocating = true;
	chunk = original.realloc(REALLOC_ARGUMENTS);
	if (outermost)
		allocating = false;
	return chunk;
}

/*
 * Put our functions into the table.  They stay there, and cost a branch.
 */
static void
InstallMethods(void)
{
	MemoryContextMethods *methods = unconstify(MemoryContextMethods *, TopMemoryContext->methods);
	uintptr_t	page_size = (uintptr_t) sysconf(_SC_PAGESIZE);
	uintptr_t	start = (uintptr_t) methods & ~(page_size - 1);
	uintptr_t	end = (uintptr_t) (methods + 1);

	if (methods->alloc == FailingAlloc)
		return;
	if (mprotect((void *) start, end - start, PROT_READ | PROT_WRITE) != 0)
		elog(ERROR, "could not make the methods of memory contexts writable: %m");
	original = *methods;
	methods->alloc = FailingAlloc;
	methods->realloc = FailingRealloc;
	if (mprotect((void *) start, end - start, PROT_READ) != 0)
		elog(ERROR, "could not make the methods of memory contexts read-only: %m");
}

/*
 * Core prints all contexts to stderr before it raises the error, thousands of
 * times here: that goes nowhere.  Returns what RestoreStderr() wants.
 */
static int
SilenceStderr(void)
{
	int			saved = dup(STDERR_FILENO);
	int			nowhere = open("/dev/null", O_WRONLY);

	if (saved < 0 || nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		elog(ERROR, "could not redirect stderr: %m");
	close(nowhere);
	return saved;
}

static void
RestoreStderr(int saved)
{
	(void) fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/*
 * The bytes of a result.
 */
static bytea *
ImageOf(Oid type, Datum result)
{
	bytea	   *image;

	if (type != BOOLOID)
		return (bytea *) PG_DETOAST_DATUM_COPY(result);
	image = palloc0(VARHDRSZ + 1);
	SET_VARSIZE(image, VARHDRSZ + 1);
	*VARDATA(image) = (char) DatumGetBool(result);
	return image;
}

static void
Disarm(MemoryContext hoard, int saved_stderr)
{
	armed = false;
	RestoreStderr(saved_stderr);
	MemoryContextDelete(hoard);
}

/*
 * Call with the allocations of the call failing as was asked.
 */
static Datum
CallArmed(FunctionCallInfo call)
{
	MemoryContext hoard = EmptyContextFreeLists();
	int			saved_stderr = SilenceStderr();
	Datum		result;

	sites = 0;
	allocating = false;
	armed = true;
	PG_TRY();
	{
		result = FunctionCallInvoke(call);
	}
	PG_CATCH();
	{
		call_state = geterrcode();
		Disarm(hoard, saved_stderr);
		PG_RE_THROW();
	}
	PG_END_TRY();
	Disarm(hoard, saved_stderr);
	return result;
}

/*
 * call_failing(operator regprocedure, site bigint, lasting boolean,
 *				VARIADIC arguments "any") → bytea
 *
 * Calls the operator with these arguments, in the form in which they came.  The
 * allocation of that number fails, and those after it if lasting; with 0 none
 * does.  The result is that of the operator, as bytes.
 */
Datum
jsonb_ivm_test_call_failing(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	FmgrInfo	operator;
	Datum		result;
	MemoryContext old_context;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		PG_NARGS() - 3 > MAX_ARGUMENTS)
		elog(ERROR, "wrong arguments");
	fmgr_info(PG_GETARG_OID(0), &operator);
	/* Operators look at whether an argument is constant. */
	if (fcinfo->flinfo->fn_expr != NULL && IsA(fcinfo->flinfo->fn_expr, FuncExpr))
		SetCallSite(&operator, list_copy_tail(((FuncExpr *) fcinfo->flinfo->fn_expr)->args, 3));
	InitFunctionCallInfoData(*call, &operator, PG_NARGS() - 3, InvalidOid, NULL, NULL);
	for (int i = 3; i < PG_NARGS(); i++)
		call->args[i - 3] = fcinfo->args[i];
	fail_at = PG_GETARG_INT64(1);
	fail_lastingly = PG_GETARG_BOOL(2);

	InstallCounters();
	MallocFails = CreationFails;
	InstallMethods();
	if (call_image != NULL)
		pfree(call_image);
	call_image = NULL;
	call_state = 0;

	result = CallArmed(call);

	if (call->isnull)
		PG_RETURN_NULL();
	old_context = MemoryContextSwitchTo(TopMemoryContext);
	call_image = ImageOf(get_func_rettype(operator.fn_oid), result);
	MemoryContextSwitchTo(old_context);
	PG_RETURN_BYTEA_P(ImageOf(BYTEAOID, PointerGetDatum(call_image)));
}

/*
 * last_call() → what became of the last call_failing(): the sites it met, whether
 * the one asked for was among them, the SQLSTATE, and the bytes of the result.
 */
Datum
jsonb_ivm_test_last_call(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false, false, false, call_image == NULL};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(sites);
	values[1] = BoolGetDatum(fail_at > 0 && sites >= fail_at);
	values[2] = CStringGetTextDatum(unpack_sql_state(call_state));
	values[3] = PointerGetDatum(call_image);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
