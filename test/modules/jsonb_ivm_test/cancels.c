/*-------------------------------------------------------------------------
 *
 * cancels.c
 *		What a cancelled query was at, how long it took to end, and what an
 *		operator does between two interrupt checks.
 *
 * A query is cancelled by SIGINT, statement_timeout included.  The time of the
 * signal is noted before the server's handler gets it, and the time of the error
 * when that is reported, before the transaction is cleaned up.  Whether the error
 * was raised inside of an operator is told by its backtrace, which the server takes
 * with backtrace_functions = 'ProcessInterrupts'.
 *
 * The work between checks is seen in a build with clang's
 * -fsanitize-coverage=trace-loads,trace-stores, which calls a function for every
 * load and every store of the operators' code, and with the linker's --wrap for the
 * C library's functions on bytes, those of the server, and ProcessInterrupts() itself.
 * stress/cancel.sh makes that build, with JBI_COUNT_WORK defined.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dlfcn.h>
#include <malloc.h>

#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "compat.h"
#include "stored_calls.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_keep);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_kept);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_resident_bytes);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_watch_cancels);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_last_cancel);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_work_between_checks);

#define MAX_KEPT 64
#define MAX_ARGUMENTS 8

/*
 * Values that stay in memory, so that a query can have a large plain one at hand
 * for nothing.
 */
typedef struct Kept
{
	char		name[NAMEDATALEN];
	struct varlena *value;
} Kept;

static Kept kept[MAX_KEPT];
static MemoryContext kept_context = NULL;

static Kept *
FindKept(const char *name)
{
	for (int i = 0; i < MAX_KEPT; i++)
		if (strcmp(kept[i].name, name) == 0)
			return &kept[i];
	return NULL;
}

/*
 * keep(name text, value jsonb): remember a copy under a name, plain unless the value
 * is compressed and here.
 */
Datum
jsonb_ivm_test_keep(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const struct varlena *value = (const struct varlena *) PG_GETARG_POINTER(1);
	Kept	   *place = FindKept(name);
	MemoryContext old_context;

	if (place == NULL)
		place = FindKept("");
	if (place == NULL)
		elog(ERROR, "no more than %d values can be kept", MAX_KEPT);
	if (kept_context == NULL)
		kept_context = AllocSetContextCreate(TopMemoryContext, "kept values", ALLOCSET_SMALL_SIZES);
	if (place->value != NULL)
		pfree(place->value);
	place->value = NULL;
	old_context = MemoryContextSwitchTo(kept_context);
	place->value = VARATT_IS_COMPRESSED(value) ? (struct varlena *) DatumGetPointer(datumCopy(PG_GETARG_DATUM(1), false, -1)) :
		PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(1));
	MemoryContextSwitchTo(old_context);
	strlcpy(place->name, name, sizeof(place->name));
	PG_RETURN_VOID();
}

/*
 * kept(name text) → jsonb: the value itself, not a copy.
 */
Datum
jsonb_ivm_test_kept(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Kept	   *place = FindKept(name);

	if (place == NULL || place->value == NULL)
		elog(ERROR, "nothing is kept as %s", name);
	PG_RETURN_POINTER(place->value);
}

/*
 * resident_bytes() → bigint: what this process occupies of main memory by itself.
 * Not so what malloc keeps of memory that was freed, up to 64 MB by its own
 * judgement: that depends on where a call was stopped, so it is given back first.
 */
Datum
jsonb_ivm_test_resident_bytes(PG_FUNCTION_ARGS)
{
	FILE	   *file;
	char		line[128];
	long		kilobytes = -1;

	(void) fcinfo;
	(void) malloc_trim(0);
	file = fopen("/proc/self/status", "r");
	if (file == NULL)
		elog(ERROR, "could not read /proc/self/status: %m");
	while (kilobytes < 0 && fgets(line, sizeof(line), file) != NULL)
		(void) sscanf(line, "RssAnon: %ld kB", &kilobytes);
	(void) fclose(file);
	if (kilobytes < 0)
		elog(ERROR, "/proc/self/status does not tell RssAnon");
	PG_RETURN_INT64((int64) kilobytes * 1024);
}

/* The last signal, and the last error. */
static volatile sig_atomic_t signalled = false;
static instr_time signal_time;
static int	error_state;		/* SQLSTATE */
static bool error_inside;
static int64 error_latency;		/* microseconds from the signal, or -1 */
static emit_log_hook_type next_log_hook = NULL;

static void
NoteSignal(SIGNAL_ARGS)
{
	if (!signalled)
		INSTR_TIME_SET_CURRENT(signal_time);
	signalled = true;
	StatementCancelHandler(postgres_signal_arg);
}

static void
NoteError(ErrorData *error)
{
	if (error->elevel == ERROR)
	{
		instr_time	now;

		INSTR_TIME_SET_CURRENT(now);
		INSTR_TIME_SUBTRACT(now, signal_time);
		error_latency = signalled ? (int64) INSTR_TIME_GET_MICROSEC(now) : -1;
		error_state = error->sqlerrcode;
		error_inside = error->backtrace != NULL && strstr(error->backtrace, "jsonb_ivm.so") != NULL;
		signalled = false;
	}
	if (next_log_hook != NULL)
		next_log_hook(error);
}

/*
 * watch_cancels(): from here on this session notes when it is cancelled.
 */
Datum
jsonb_ivm_test_watch_cancels(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	if (emit_log_hook != NoteError)
	{
		next_log_hook = emit_log_hook;
		emit_log_hook = NoteError;
	}
	signalled = false;
	pqsignal(SIGINT, NoteSignal);
	PG_RETURN_VOID();
}

/*
 * last_cancel() → SQLSTATE of the last error, whether an operator was at work, and
 * the microseconds since the signal.
 */
Datum
jsonb_ivm_test_last_cancel(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false, false, error_latency < 0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = CStringGetTextDatum(unpack_sql_state(error_state));
	values[1] = BoolGetDatum(error_inside);
	values[2] = Int64GetDatum(error_latency);

	/* It must not be taken for the end of the next call. */
	error_state = 0;
	error_inside = false;
	error_latency = -1;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

#ifdef JBI_COUNT_WORK

/* Of the call that goes on: bytes since the last check, and the most of them. */
static bool counting = false;
static uint64 bytes_read;
static uint64 bytes_written;
static uint64 most;
static uint64 all;
static uint64 checks;
static void *check_at;			/* where the last check was */
static void *most_before;		/* the check that ended the longest stretch */
static void *most_after;		/* the one that it began with */

#define UNCOUNTED PGDLLEXPORT __attribute__((no_sanitize("coverage")))

static UNCOUNTED void
EndStretch(void *at)
{
	uint64		work = Max(bytes_read, bytes_written);

	if (work > most)
	{
		most = work;
		most_after = check_at;
		most_before = at;
	}
	all += bytes_read;
	bytes_read = bytes_written = 0;
	check_at = at;
}

/* What the operators' code calls, under the names that are given. */
#define COUNT_ACCESS(bytes) \
	extern UNCOUNTED void __sanitizer_cov_load##bytes(const void *address); \
	extern UNCOUNTED void __sanitizer_cov_store##bytes(const void *address); \
	void __sanitizer_cov_load##bytes(const void *address) { (void) address; bytes_read += bytes; } \
	void __sanitizer_cov_store##bytes(const void *address) { (void) address; bytes_written += bytes; }

COUNT_ACCESS(1)
COUNT_ACCESS(2)
COUNT_ACCESS(4)
COUNT_ACCESS(8)
COUNT_ACCESS(16)

extern void *__real_memcpy(void *to, const void *from, size_t length);
extern void *__real_memmove(void *to, const void *from, size_t length);
extern void *__real_memset(void *to, int value, size_t length);
extern int	__real_memcmp(const void *a, const void *b, size_t length);
extern void *__real_memchr(const void *bytes, int byte, size_t length);
extern uint32 __real_hash_bytes(const unsigned char *bytes, int length);
extern int	__real_pg_encoding_verifymbstr(int encoding, const char *text, int length);
extern int	__real_varstr_cmp(const char *a, int a_length, const char *b, int b_length, Oid collation);
extern text *__real_cstring_to_text_with_len(const char *bytes, int length);
extern void __real_ProcessInterrupts(void);
extern UNCOUNTED void *__wrap_memcpy(void *to, const void *from, size_t length);
extern UNCOUNTED void *__wrap_memmove(void *to, const void *from, size_t length);
extern UNCOUNTED void *__wrap_memset(void *to, int value, size_t length);
extern UNCOUNTED int __wrap_memcmp(const void *a, const void *b, size_t length);
extern UNCOUNTED int __wrap_bcmp(const void *a, const void *b, size_t length);
extern UNCOUNTED void *__wrap_memchr(const void *bytes, int byte, size_t length);
extern UNCOUNTED uint32 __wrap_hash_bytes(const unsigned char *bytes, int length);
extern UNCOUNTED int __wrap_pg_encoding_verifymbstr(int encoding, const char *text, int length);
extern UNCOUNTED int __wrap_varstr_cmp(const char *a, int a_length, const char *b, int b_length, Oid collation);
extern UNCOUNTED text *__wrap_cstring_to_text_with_len(const char *bytes, int length);
extern UNCOUNTED void __wrap_ProcessInterrupts(void);

void *
__wrap_memcpy(void *to, const void *from, size_t length)
{
	bytes_read += length;
	bytes_written += length;
	return __real_memcpy(to, from, length);
}

void *
__wrap_memmove(void *to, const void *from, size_t length)
{
	bytes_read += length;
	bytes_written += length;
	return __real_memmove(to, from, length);
}

void *
__wrap_memset(void *to, int value, size_t length)
{
	bytes_written += length;
	return __real_memset(to, value, length);
}

/* Of each side, at worst. */
int
__wrap_memcmp(const void *a, const void *b, size_t length)
{
	bytes_read += length;
	return __real_memcmp(a, b, length);
}

int
__wrap_bcmp(const void *a, const void *b, size_t length)
{
	return __wrap_memcmp(a, b, length);
}

/* At worst, if it is not there. */
void *
__wrap_memchr(const void *bytes, int byte, size_t length)
{
	bytes_read += length;
	return __real_memchr(bytes, byte, length);
}

uint32
__wrap_hash_bytes(const unsigned char *bytes, int length)
{
	bytes_read += (uint64) length;
	return __real_hash_bytes(bytes, length);
}

int
__wrap_pg_encoding_verifymbstr(int encoding, const char *text, int length)
{
	bytes_read += (uint64) length;
	return __real_pg_encoding_verifymbstr(encoding, text, length);
}

int
__wrap_varstr_cmp(const char *a, int a_length, const char *b, int b_length, Oid collation)
{
	bytes_read += (uint64) Min(a_length, b_length);
	return __real_varstr_cmp(a, a_length, b, b_length, collation);
}

text *
__wrap_cstring_to_text_with_len(const char *bytes, int length)
{
	bytes_read += (uint64) length;
	bytes_written += (uint64) length;
	return __real_cstring_to_text_with_len(bytes, length);
}

void
__wrap_ProcessInterrupts(void)
{
	if (counting)
	{
		checks++;
		EndStretch(__builtin_return_address(0));
	}
	else
		__real_ProcessInterrupts();
}

/* A place in the code, as addr2line takes it. */
static char *
PlaceOf(void *address)
{
	Dl_info		info;

	if (address == NULL)
		return pstrdup("the end of the call");
	if (dladdr(address, &info) == 0)
		return pstrdup("somewhere");
	return psprintf("%s+0x%lx", info.dli_fname,
					(unsigned long) ((char *) address - (char *) info.dli_fbase));
}

/*
 * Call with a cancel always pending and never served: every check calls
 * ProcessInterrupts(), which is ours, and core's, would it be called, does nothing.
 */
static void
CallCounted(FunctionCallInfo call)
{
	HOLD_INTERRUPTS();
	bytes_read = bytes_written = most = all = checks = 0;
	check_at = most_before = most_after = NULL;
	InterruptPending = true;
	counting = true;
	PG_TRY();
	{
		FunctionCallInvoke(call);
	}
	PG_CATCH();
	{
		/* An error lets go of all holds. */
		counting = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	EndStretch(NULL);
	counting = false;
	RESUME_INTERRUPTS();
}

#endif							/* JBI_COUNT_WORK */

/*
 * work_between_checks(operator regprocedure, VARIADIC arguments "any")
 *
 * Calls the operator, and says how many interrupt checks it made, how many bytes
 * it read in all, and the most that it read or wrote between two checks and where.
 */
Datum
jsonb_ivm_test_work_between_checks(PG_FUNCTION_ARGS)
{
#ifdef JBI_COUNT_WORK
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	FmgrInfo	operator;
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (PG_ARGISNULL(0) || PG_NARGS() - 1 > MAX_ARGUMENTS)
		elog(ERROR, "wrong arguments");
	fmgr_info(PG_GETARG_OID(0), &operator);
	SetCallSite(&operator, NIL);
	InitFunctionCallInfoData(*call, &operator, PG_NARGS() - 1, InvalidOid, NULL, NULL);
	for (int i = 1; i < PG_NARGS(); i++)
		call->args[i - 1] = fcinfo->args[i];
	CallCounted(call);
	values[0] = Int64GetDatum((int64) checks);
	values[1] = Int64GetDatum((int64) all);
	values[2] = Int64GetDatum((int64) most);
	values[3] = CStringGetTextDatum(psprintf("%s to %s", most_after == NULL ? "the start of the call" : PlaceOf(most_after),
											 PlaceOf(most_before)));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
#else
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this build does not count the work of operators")));
#endif
}
