/*-------------------------------------------------------------------------
 *
 * memory_probe.c
 *		The peak of memory inside one call, and what calls leave behind.
 *
 * THE PEAK, TO THE BYTE
 *
 * Memory contexts tell what they hold now, not what they held at worst, and
 * the resident size of the process sees pages, and none of those that malloc
 * had kept from earlier.  So this counts where memory contexts get theirs: in
 * malloc.  The backend's references to malloc and its kin are resolved by the
 * dynamic linker into slots of the executable's relocation table; the probe
 * puts its own functions there, which pass every call on and keep a sum of
 * malloc_usable_size().  They stay in place once installed, which costs
 * nothing but a branch.
 *
 * What is measured: the highest total of blocks that the executable had from
 * malloc while the query ran, over the total at its start.  That is exact, but
 * for these:
 * - A context's block counts when it is obtained, not when it is used:
 *   a palloc that fits in a block already there costs nothing.
 * - Contexts keep deleted small contexts for reuse.  The probe empties these
 *   free lists before it starts, or it would miss what is taken from them.
 * - What libraries outside the executable (liblz4, libc) allocate for
 *   themselves is not seen.
 *
 * It needs an ELF system with glibc's dl_iterate_phdr and malloc_usable_size,
 * and an executable that imports malloc: not one built with AddressSanitizer.
 *
 * WHAT IS LEFT
 *
 * The executor resets its context after every row, which hides what a function
 * forgets to free.  So memory_left() calls a function again and again in one
 * context that is never reset, frees the results, and compares what all the
 * contexts of the process use before and after.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "memory_probe.h"
#include "stored_calls.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_peak_memory);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_memory_used);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_memory_left);

/* What ElfW() gives, under names that are easier to read. */
#ifdef __LP64__
typedef Elf64_Addr ElfAddr;
typedef Elf64_Dyn ElfDyn;
typedef Elf64_Rela ElfRela;
typedef Elf64_Sym ElfSym;
#define ELF_R_SYM(info)	ELF64_R_SYM(info)
#else
typedef Elf32_Addr ElfAddr;
typedef Elf32_Dyn ElfDyn;
typedef Elf32_Rela ElfRela;
typedef Elf32_Sym ElfSym;
#define ELF_R_SYM(info)	ELF32_R_SYM(info)
#endif

typedef struct
{
	const char *name;
	void	   *function;
} CountedFunction;

bool		(*MallocFails) (void) = NULL;

static bool counting = false;
static int64 held;				/* since counting began; may be negative */
static int64 peak;

static void
Count(int64 change)
{
	if (!counting)
		return;
	held += change;
	if (held > peak)
		peak = held;
}

static void *
CountedMalloc(size_t size)
{
	void	   *block = MallocFails != NULL && MallocFails() ? NULL : malloc(size);

	Count((int64) malloc_usable_size(block));
	return block;
}

static void *
CountedCalloc(size_t n, size_t size)
{
	void	   *block = calloc(n, size);

	Count((int64) malloc_usable_size(block));
	return block;
}

/*
 * Whether realloc moved the block, and so held both for a moment, is its
 * business; the address tells it.
 */
static void *
CountedRealloc(void *old, size_t size)
{
	int64		before = (int64) malloc_usable_size(old);
	uintptr_t	address = (uintptr_t) old;
	void	   *block = realloc(old, size);

	if (block == NULL)
		return NULL;
	if ((uintptr_t) block == address)
		Count((int64) malloc_usable_size(block) - before);
	else
	{
		Count((int64) malloc_usable_size(block));
		Count(-before);
	}
	return block;
}

static void
CountedFree(void *block)
{
	Count(-(int64) malloc_usable_size(block));
	free(block);
}

static const CountedFunction counted[] = {
	{"malloc", CountedMalloc},
	{"calloc", CountedCalloc},
	{"realloc", CountedRealloc},
	{"free", CountedFree},
};

/*
 * Redirect one slot if it belongs to one of the counted functions.  The linker
 * may have made the page read-only.
 */
static int
Redirect(const char *name, void **slot)
{
	for (size_t i = 0; i < lengthof(counted); i++)
	{
		uintptr_t	page_size = (uintptr_t) sysconf(_SC_PAGESIZE);
		uintptr_t	page = (uintptr_t) slot & ~(page_size - 1);

		if (strcmp(name, counted[i].name) != 0)
			continue;
		if (mprotect((void *) page, page_size, PROT_READ | PROT_WRITE) != 0)
			elog(ERROR, "could not make a relocation table writable: %m");
		*slot = counted[i].function;
		return 1;
	}
	return 0;
}

static int
RedirectTable(ElfAddr base, const ElfRela *table, size_t size,
			  const ElfSym *symbols, const char *names)
{
	int			found = 0;

	for (size_t i = 0; i < size / sizeof(*table); i++)
	{
		const ElfSym *symbol = &symbols[ELF_R_SYM(table[i].r_info)];

		/* Only what comes from elsewhere; symbol 0 is none, and undefined. */
		if (symbol->st_shndx == SHN_UNDEF && symbol->st_name != 0)
			found += Redirect(names + symbol->st_name,
							  (void **) (base + table[i].r_offset));
	}
	return found;
}

/*
 * Called for each loaded object; the executable is the first.
 */
static int
RedirectExecutable(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfDyn *dynamic = NULL;
	const ElfRela *rela = NULL;
	const ElfRela *jmprel = NULL;
	const ElfSym *symbols = NULL;
	const char *names = NULL;
	size_t		rela_size = 0;
	size_t		jmprel_size = 0;
	int		   *found = arg;

	(void) size;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const void *) (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);

	/* glibc has already made these pointers absolute. */
	for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
	{
		switch (dynamic->d_tag)
		{
			case DT_RELA:
				rela = (const void *) dynamic->d_un.d_ptr;
				break;
			case DT_RELASZ:
				rela_size = dynamic->d_un.d_val;
				break;
			case DT_JMPREL:
				jmprel = (const void *) dynamic->d_un.d_ptr;
				break;
			case DT_PLTRELSZ:
				jmprel_size = dynamic->d_un.d_val;
				break;
			case DT_SYMTAB:
				symbols = (const void *) dynamic->d_un.d_ptr;
				break;
			case DT_STRTAB:
				names = (const void *) dynamic->d_un.d_ptr;
				break;
		}
	}
	if (symbols != NULL && names != NULL)
	{
		if (rela != NULL)
			*found += RedirectTable(info->dlpi_addr, rela, rela_size, symbols, names);
		if (jmprel != NULL)
			*found += RedirectTable(info->dlpi_addr, jmprel, jmprel_size, symbols, names);
	}
	return 1;					/* no further objects */
}

void
InstallCounters(void)
{
	static bool installed = false;
	int			found = 0;

	if (installed)
		return;
	dl_iterate_phdr(RedirectExecutable, &found);
	if (found < (int) lengthof(counted) - 1)	/* calloc may be unused */
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot count the allocations of this server"),
				 errdetail("Its executable does not import malloc, realloc and free.")));
	installed = true;
}

/*
 * Take all that the free lists of AllocSets keep: at most 100 contexts of each
 * of the two usual sizes.  They return with the parent.
 */
MemoryContext
EmptyContextFreeLists(void)
{
	MemoryContext hoard = AllocSetContextCreate(CurrentMemoryContext,
												"memory probe hoard",
												ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < 101; i++)
	{
		(void) AllocSetContextCreate(hoard, "hoarded", ALLOCSET_DEFAULT_SIZES);
		(void) AllocSetContextCreate(hoard, "hoarded", ALLOCSET_SMALL_SIZES);
	}
	return hoard;
}

/*
 * Run the query and throw its rows away.  Only the run is measured: what the
 * executor needs to set itself up is there before.
 */
static int64
RunMeasured(SPIPlanPtr plan, const char *sql)
{
	CachedPlan *cached = SPI_plan_get_cached_plan(plan);
	QueryDesc  *query;
	MemoryContext hoard;

	if (cached == NULL || list_length(cached->stmt_list) != 1 ||
		!linitial_node(PlannedStmt, cached->stmt_list)->canSetTag)
		elog(ERROR, "one plain query is wanted");

	query = CreateQueryDesc(linitial_node(PlannedStmt, cached->stmt_list), sql,
							GetActiveSnapshot(), InvalidSnapshot,
							None_Receiver, NULL, NULL, 0);
	ExecutorStart(query, 0);
	hoard = EmptyContextFreeLists();

	held = peak = 0;
	counting = true;
	PG_TRY();
	{
		RunToEnd(query);
	}
	PG_CATCH();
	{
		counting = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	counting = false;

	MemoryContextDelete(hoard);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	/* Without an owner, as it was taken; 13 calls that false. */
	ReleaseCachedPlan(cached, 0);
	return peak;
}

/*
 * peak_memory(sql text, warm_up boolean) → bigint: the bytes that the query
 * needed at worst while it ran.  To warm up it runs once before, so that what is
 * loaded and cached once does not count.  Its inputs should come from a table: constant expressions
 * are folded when the query is planned, and then there is nothing to measure.
 */
Datum
jsonb_ivm_test_peak_memory(PG_FUNCTION_ARGS)
{
	char	   *sql = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SPIPlanPtr	plan;

	InstallCounters();
	SPI_connect();
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not a query that returns rows: %s", sql)));

	PushActiveSnapshot(GetTransactionSnapshot());
	if (PG_GETARG_BOOL(1))
		(void) RunMeasured(plan, sql);
	(void) RunMeasured(plan, sql);
	PopActiveSnapshot();
	SPI_finish();
	PG_RETURN_INT64(peak);
}

/*
 * The bytes in use in a context and those below it.  What was freed is not in
 * use, though the context may keep it.
 */
static int64
BytesUsed(MemoryContext context)
{
	MemoryContextCounters counters = {0};
	int64		used;

	CountContext(context, &counters);
	used = (int64) (counters.totalspace - counters.freespace);
	for (MemoryContext child = context->firstchild; child != NULL; child = child->nextchild)
		used += BytesUsed(child);
	return used;
}

/*
 * memory_used() → bigint: the bytes in use in all contexts of this process.
 */
Datum
jsonb_ivm_test_memory_used(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_INT64(BytesUsed(TopMemoryContext));
}

/*
 * A function to call again and again, and a context for that.
 */
typedef struct
{
	FunctionCallInfo call;
	MemoryContext context;
	bool		by_value;		/* its result */
	int			errors;
} Subject;

/*
 * Fill in a call with our own arguments from number first on, in the form in
 * which they came.
 */
static void
PrepareCall(Subject *subject, Oid function, FunctionCallInfo fcinfo, int first)
{
	FmgrInfo   *info = palloc(sizeof(FmgrInfo));
	Oid		   *types;
	int			ntypes;
	Oid			result = get_func_signature(function, &types, &ntypes);

	if (PG_NARGS() - first != ntypes)
		elog(ERROR, "%d arguments are wanted", ntypes);
	fmgr_info(function, info);
	SetCallSite(info, NIL);
	subject->call = palloc(SizeForFunctionCallInfo(ntypes));
	InitFunctionCallInfoData(*subject->call, info, ntypes, InvalidOid, NULL, NULL);
	for (int i = 0; i < ntypes; i++)
	{
		if (get_fn_expr_argtype(fcinfo->flinfo, first + i) != types[i])
			elog(ERROR, "argument %d must be %s", i + 1, format_type_be(types[i]));
		subject->call->args[i] = fcinfo->args[first + i];
	}
	subject->by_value = get_typbyval(result);
}

/*
 * Whether a result is one of the arguments.
 */
static bool
IsArgument(const Subject *subject, Datum result)
{
	for (int i = 0; i < subject->call->nargs; i++)
		if (!subject->call->args[i].isnull && subject->call->args[i].value == result)
			return true;
	return false;
}

/*
 * Call and free the result.  An error is caught, and the context reset, as
 * whoever catches one does: nothing may be left elsewhere.
 */
static void
CallAndFree(Subject *subject)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	CHECK_FOR_INTERRUPTS();
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(subject->context);
	PG_TRY();
	{
		Datum		result;

		subject->call->isnull = false;
		result = FunctionCallInvoke(subject->call);
		if (!subject->call->isnull && !subject->by_value && !IsArgument(subject, result))
			pfree(DatumGetPointer(result));
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		if (geterrcode() == ERRCODE_QUERY_CANCELED)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextReset(subject->context);
		subject->errors++;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
}

/*
 * memory_left(function regprocedure, calls int, VARIADIC arguments "any",
 *			   OUT bytes bigint, OUT errors int): what so many calls left
 * behind in any context, and how many of them failed.  One call before them
 * does not count: caches may be filled by it.
 */
Datum
jsonb_ivm_test_memory_left(PG_FUNCTION_ARGS)
{
	Subject		subject = {0};
	int32		calls = PG_GETARG_INT32(1);
	TupleDesc	columns;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	int64		before;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "memory_left() returns a row");
	PrepareCall(&subject, PG_GETARG_OID(0), fcinfo, 2);
	subject.context = AllocSetContextCreate(CurrentMemoryContext, "memory probe calls",
											ALLOCSET_DEFAULT_SIZES);

	CallAndFree(&subject);
	subject.errors = 0;
	before = BytesUsed(TopMemoryContext);
	for (int32 i = 0; i < calls; i++)
		CallAndFree(&subject);
	values[0] = Int64GetDatum(BytesUsed(TopMemoryContext) - before);
	values[1] = Int32GetDatum(subject.errors);
	MemoryContextDelete(subject.context);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}
