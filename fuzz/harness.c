/*-------------------------------------------------------------------------
 *
 * harness.c
 *	  What the fuzz targets share: a backend in this process, calls of SQL
 *	  functions in it, and arguments that a sanitizer sees the ends of.
 *
 * The program is linked from all of PostgreSQL's backend but its main().  As much
 * of it is started as jsonb needs: memory contexts, errors, an encoding.  There is
 * no catalog; the few functions that would look into one are replaced below, with
 * the linker's --wrap.  The same option counts the calls that matter.
 *
 * All targets are in one program, which is the one whose name it was started by.
 *
 *-------------------------------------------------------------------------
 */
#include "harness.h"

#include <time.h>
#include <unistd.h>
#ifdef USE_LZ4
#include <lz4.h>
#endif

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "common/pg_lzcompress.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "inplace.h"
#include "judge.h"
#include "recompress.h"
#include "verify.h"

/* The backend's main.o, which is not linked, has this. */
const char *progname = "fuzz";

/* For one input.  Under ASan frames are large, and depth is part of the tests. */
#define STACK_KILOBYTES		1024
#define SECONDS_ALLOWED		1.0

static const Target *const targets[] = {
	&target_update_where,
	&target_upsert_where,
	&target_merge_at_path,
	&target_has_path_changed,
	&target_damaged,
	&target_arguments,
	&target_splice,
	&target_selectors,
	&target_verify,
	&target_arrays,
	&target_merges,
	&target_patch,
	&target_sweep,
};

static const Target *target;
static MemoryContext input_context;
static uint64 executions;
static uint64 executions_reached;
static bool reached;

/* What was made with malloc() for the current input. */
static void *allocations[256 * MAX_ARGUMENTS];
static int	nallocations;

/* What of it counts as stored out of line, by its number there. */
static const struct varlena *stored[2 * MAX_ARGUMENTS];
static uint32 nstored;

/* Where PostgreSQL declares this depends on its version. */
extern void assign_max_stack_depth(int kilobytes, void *extra);

extern int	LLVMFuzzerInitialize(int *argc, char ***argv);
extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);
extern size_t LLVMFuzzerCustomMutator(uint8 *data, size_t size, size_t max_size,
									  unsigned int seed);

/*
 * Replacements, see the top.
 */
struct JbiEdit;
struct JbiPlan;
struct JbiValue;
extern Jsonb *real_write(const struct JbiEdit *root)
			__asm__("__real_jbi_write");
extern Jsonb *wrapped_write(const struct JbiEdit *root)
			__asm__("__wrap_jbi_write");
extern bool real_write_in_place(struct JbiPlan *plan, Jsonb **result)
			__asm__("__real_jbi_write_in_place");
extern bool wrapped_write_in_place(struct JbiPlan *plan, Jsonb **result)
			__asm__("__wrap_jbi_write_in_place");
extern struct varlena *wrapped_fetch_with_room(struct JbiPlan *plan, struct varlena *stored)
			__asm__("__wrap_jbi_fetch_with_room");
extern Jsonb *real_write_value(const struct JbiValue *value)
			__asm__("__real_jbi_write_value");
extern Jsonb *wrapped_write_value(const struct JbiValue *value)
			__asm__("__wrap_jbi_write_value");
extern bool real_values_equal(const struct JbiValue *a, const struct JbiValue *b)
			__asm__("__real_jbi_values_equal");
extern bool wrapped_values_equal(const struct JbiValue *a, const struct JbiValue *b)
			__asm__("__wrap_jbi_values_equal");
extern bool wrapped_is_stored(FunctionCallInfo fcinfo, const struct varlena *value)
			__asm__("__wrap_jbi_is_stored");
extern void wrapped_type_input(Oid type, Oid *input, Oid *parameter)
			__asm__("__wrap_getTypeInputInfo");
extern void wrapped_type_io(Oid type, IOFuncSelector which, int16 *length, bool *by_value,
							char *align, char *delimiter, Oid *parameter, Oid *function)
			__asm__("__wrap_get_type_io_data");
extern void wrapped_type_form(Oid type, int16 *length, bool *by_value, char *align)
			__asm__("__wrap_get_typlenbyvalalign");
extern void wrapped_type_output(Oid type, Oid *output, bool *is_varlena)
			__asm__("__wrap_getTypeOutputInfo");
extern char *wrapped_output(Oid function, Datum value)
			__asm__("__wrap_OidOutputFunctionCall");
extern struct varlena *real_detoast(struct varlena *value)
			__asm__("__real_detoast_attr");
extern struct varlena *wrapped_detoast(struct varlena *value)
			__asm__("__wrap_detoast_attr");
extern struct varlena *real_detoast_slice(struct varlena *value, int32 offset, int32 length)
			__asm__("__real_detoast_attr_slice");
extern struct varlena *wrapped_detoast_slice(struct varlena *value, int32 offset, int32 length)
			__asm__("__wrap_detoast_attr_slice");
extern struct varlena *real_fetch(struct varlena *value)
			__asm__("__real_detoast_external_attr");
extern struct varlena *wrapped_fetch(struct varlena *value)
			__asm__("__wrap_detoast_external_attr");

Jsonb *
wrapped_write(const struct JbiEdit *root)
{
	Jsonb	   *result;

	reached = true;
	note_target(NULL);
	result = real_write(root);
	note_written(root, result);
	return result;
}

/* There is no table.  The functions below fetch what counts as stored. */
struct varlena *
wrapped_fetch_with_room(struct JbiPlan *plan pg_attribute_unused(), struct varlena *stored_value)
{
	return stored_value;
}

bool
wrapped_write_in_place(struct JbiPlan *plan, Jsonb **result)
{
	note_target(plan->target);
	if (!real_write_in_place(plan, result))
		return false;
	reached = true;
	if (*result != NULL)
		note_written(plan->edit, *result);
	return true;
}

Jsonb *
wrapped_write_value(const struct JbiValue *value)
{
	Jsonb	   *result;

	reached = true;
	result = real_write_value(value);
	note_value_written(value, result);
	return result;
}

/* Every compressed target has a compressed result, if it can have one. */
bool
wrapped_is_stored(FunctionCallInfo fcinfo pg_attribute_unused(),
				  const struct varlena *value pg_attribute_unused())
{
	return true;
}

/* The comparison that jsonb_has_path_changed() is for; others use it as well. */
bool
wrapped_values_equal(const struct JbiValue *a, const struct JbiValue *b)
{
	if (target == &target_has_path_changed)
		reached = true;
	return real_values_equal(a, b);
}

/* What the catalog says of text[], of text, and of jsonb. */
void
wrapped_type_input(Oid type, Oid *input, Oid *parameter)
{
	if (type != TEXTARRAYOID)
		abort();
	*input = F_ARRAY_IN;
	*parameter = TEXTOID;
}

void
wrapped_type_io(Oid type, IOFuncSelector which, int16 *length, bool *by_value,
				char *align, char *delimiter, Oid *parameter, Oid *function)
{
	if (type != TEXTOID || which != IOFunc_input)
		abort();
	wrapped_type_form(type, length, by_value, align);
	*delimiter = ',';
	*parameter = TEXTOID;
	*function = F_TEXTIN;
}

void
wrapped_type_form(Oid type, int16 *length, bool *by_value, char *align)
{
	if (type != TEXTOID && type != JSONBOID)
		abort();
	*length = -1;
	*by_value = false;
	*align = TYPALIGN_INT;
}

void
wrapped_type_output(Oid type, Oid *output, bool *is_varlena)
{
	if (type != TEXTARRAYOID)
		abort();
	*output = InvalidOid;
	*is_varlena = true;
}

/* A text[] for an error message; nobody compares it. */
char *
wrapped_output(Oid function pg_attribute_unused(), Datum value)
{
	StringInfoData string;
	Datum	   *elements;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, NULL, &count);
	initStringInfo(&string);
	for (int i = 0; i < count; i++)
		appendStringInfo(&string, "%c%s", i == 0 ? '{' : ',',
						 TextDatumGetCString(elements[i]));
	appendStringInfoChar(&string, '}');
	return string.data;
}

/*
 * As toast_fetch_datum() and toast_fetch_datum_slice(), of a value that counts as
 * stored: its first bytes, in a copy.
 */
static struct varlena *
Fetch(const struct varlena *value, Size longest)
{
	struct varatt_external pointer;
	const struct varlena *found;
	struct varlena *copy;
	Size		size;

	VARATT_EXTERNAL_GET_POINTER(pointer, value);
	if (pointer.va_valueid >= nstored)
		abort();
	found = stored[pointer.va_valueid];
	size = Min(VARSIZE(found), longest);
	copy = palloc(size);
	memcpy(copy, found, size);
	if (VARATT_IS_COMPRESSED(found))
		SET_VARSIZE_COMPRESSED(copy, size);
	else
		SET_VARSIZE(copy, size);
	return copy;
}

struct varlena *
wrapped_fetch(struct varlena *value)
{
	return VARATT_IS_EXTERNAL_ONDISK(value) ? Fetch(value, MaxAllocSize) : real_fetch(value);
}

struct varlena *
wrapped_detoast(struct varlena *value)
{
	return real_detoast(VARATT_IS_EXTERNAL_ONDISK(value) ? Fetch(value, MaxAllocSize) : value);
}

/* Of a stream of pglz, core fetches no more than the slice can take. */
struct varlena *
wrapped_detoast_slice(struct varlena *value, int32 offset, int32 length)
{
	struct varatt_external pointer;
	int32		longest = (int32) MaxAllocSize;

	if (!VARATT_IS_EXTERNAL_ONDISK(value))
		return real_detoast_slice(value, offset, length);
	VARATT_EXTERNAL_GET_POINTER(pointer, value);
	if (pointer.va_valueid >= nstored)
		abort();
	if (VARATT_IS_COMPRESSED(stored[pointer.va_valueid]) &&
		VARATT_EXTERNAL_GET_COMPRESS_METHOD(pointer) == TOAST_PGLZ_COMPRESSION_ID)
		longest = pglz_maximum_compressed_size(offset + length,
											   (int32) VARATT_EXTERNAL_GET_EXTSIZE(pointer)) +
			(int32) COMPRESSED_HEADER;
	return real_detoast_slice(Fetch(value, (Size) longest), offset, length);
}

/*
 * Whether the result of a function is a document, or an answer about one.
 */
bool
returns_document(PGFunction function)
{
	return function != jsonb_has_path_changed && function != jsonb_array_contains_id &&
		function != jsonb_extract_id && function != jsonb_verify;
}

static void
PrintCounts(void)
{
	fprintf(stderr, "target %s: %lu executions, %lu reached the %s (%.1f %%)\n", target->name,
			(unsigned long) executions, (unsigned long) executions_reached,
			target == &target_has_path_changed ? "comparison" :
			target == &target_verify ? "entries" : "writer",
			executions == 0 ? 0.0 : 100.0 * (double) executions_reached / (double) executions);
}

int
LLVMFuzzerInitialize(int *argc pg_attribute_unused(), char ***argv)
{
	const char *name = strrchr((*argv)[0], '/');

	name = name == NULL ? (*argv)[0] : name + 1;
	for (int i = 0; i < (int) lengthof(targets); i++)
		if (strcmp(targets[i]->name, name) == 0)
			target = targets[i];
	if (target == NULL)
	{
		fprintf(stderr, "%s: no target has this name; start it by one of\n", name);
		for (int i = 0; i < (int) lengthof(targets); i++)
			fprintf(stderr, "  %s\n", targets[i]->name);
		exit(2);
	}

	jbi_compressed_splice = true;
	MyProcPid = getpid();
	MemoryContextInit();
	SetDatabaseEncoding(PG_UTF8);
	whereToSendOutput = DestNone;
	assign_max_stack_depth(STACK_KILOBYTES, NULL);

	input_context = AllocSetContextCreate(TopMemoryContext, "fuzz input",
										  ALLOCSET_DEFAULT_SIZES);
	(void) atexit(PrintCounts);
	return 0;
}

static double
ProcessorSeconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	double		start = ProcessorSeconds();
	double		seconds;

	set_stack_base();
	reached = false;
	MemoryContextSwitchTo(input_context);

	target->run(data, size);

	executions++;
	if (reached)
		executions_reached++;
	MemoryContextReset(input_context);
	while (nallocations > 0)
		free(allocations[--nallocations]);
	nstored = 0;

	seconds = ProcessorSeconds() - start;
	if (seconds > SECONDS_ALLOWED)
	{
		fprintf(stderr, "the input took %.1f s\n", seconds);
		abort();
	}
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8 *data, size_t size, size_t max_size, unsigned int seed)
{
	if (target->mutate == NULL)
		return LLVMFuzzerMutate(data, size, max_size);
	return target->mutate(data, size, max_size, seed);
}

/*
 * Memory that ends where the sanitizer knows it to end, freed after the input.
 */
static void *
Allocate(Size size)
{
	void	   *memory = malloc(size);

	if (memory == NULL || nallocations == lengthof(allocations))
		abort();
	allocations[nallocations++] = memory;
	return memory;
}

static void
AddDatum(Arguments *arguments, void *given, Size size, Form form, Datum plain)
{
	int			i = arguments->count++;

	if (i >= MAX_ARGUMENTS)
		abort();
	arguments->given[i].value = PointerGetDatum(given);
	arguments->given[i].isnull = false;
	arguments->plain[i].value = plain;
	arguments->plain[i].isnull = false;
	arguments->forms[i] = form;
	arguments->sizes[i] = size;
	arguments->copies[i] = Allocate(size);
	memcpy(arguments->copies[i], given, size);
}

void
add_null(Arguments *arguments)
{
	int			i = arguments->count++;

	arguments->given[i].isnull = arguments->plain[i].isnull = true;
	arguments->sizes[i] = 0;
}

/*
 * Compressed, as varlena; its size, or 0 if it cannot be.  Small values are not
 * worth it, but must be read all the same.
 */
Size
compress_payload(const void *payload, Size length, Form form, char **result)
{
	uint32		method_and_length = (uint32) length;
	int32		compressed = -1;

	*result = palloc(COMPRESSED_HEADER + PGLZ_MAX_OUTPUT(length) + length / 255 + 16);
	if (form == FORM_PGLZ)
		compressed = pglz_compress(payload, (int32) length, *result + COMPRESSED_HEADER,
								   PGLZ_strategy_always);
#ifdef USE_LZ4
	else if (length > 0)
	{
		compressed = LZ4_compress_default(payload, *result + COMPRESSED_HEADER, (int) length,
										  LZ4_compressBound((int) length));
		method_and_length |= (uint32) 1 << 30;
	}
#endif
	if (compressed <= 0)
		return 0;
	memcpy(*result + VARHDRSZ, &method_and_length, sizeof(uint32));
	SET_VARSIZE_COMPRESSED(*result, COMPRESSED_HEADER + (Size) compressed);
	return COMPRESSED_HEADER + (Size) compressed;
}

/*
 * A value with this payload, in this form or, where it cannot have that, plain.
 */
void
add_payload(Arguments *arguments, const void *payload, Size length, Form form)
{
	char	   *plain = palloc(VARHDRSZ + length);
	char	   *given;
	char	   *compressed;
	Size		size;

	SET_VARSIZE(plain, VARHDRSZ + length);
	memcpy(plain + VARHDRSZ, payload, length);

	if (form == FORM_SHORT && length + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
	{
		size = length + VARHDRSZ_SHORT;
		given = Allocate(size);
		SET_VARSIZE_SHORT(given, size);
		memcpy(given + VARHDRSZ_SHORT, payload, length);
	}
	else if ((form == FORM_PGLZ || form == FORM_LZ4) &&
			 (size = compress_payload(payload, length, form, &compressed)) > 0)
	{
		given = Allocate(size);
		memcpy(given, compressed, size);
	}
	else
	{
		if (form != FORM_INDIRECT)
			form = FORM_PLAIN;
		size = VARHDRSZ + length;
		given = Allocate(size);
		memcpy(given, plain, size);
		if (form == FORM_INDIRECT)
		{
			struct varatt_indirect pointer = {(struct varlena *) given};

			size = INDIRECT_POINTER_SIZE;
			given = Allocate(size);
			SET_VARTAG_EXTERNAL(given, VARTAG_INDIRECT);
			memcpy(VARDATA_EXTERNAL(given), &pointer, sizeof(pointer));
		}
	}
	AddDatum(arguments, given, size, form, PointerGetDatum(plain));
}

/*
 * A compressed value as it is stored, damaged as that may be.  What it holds is what
 * core's detoasting makes of it.
 */
void
add_stream(Arguments *arguments, const void *stream, Size size, Form form)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *given = Allocate(size);
	void	   *volatile plain = NULL;
	volatile int unreadable = 0;

	memcpy(given, stream, size);
	PG_TRY();
	{
		plain = PG_DETOAST_DATUM(PointerGetDatum(given));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		unreadable = geterrcode();
		FlushErrorState();
		plain = palloc(VARHDRSZ);
		SET_VARSIZE(plain, VARHDRSZ);
	}
	PG_END_TRY();
	arguments->unreadable[arguments->count] = unreadable;
	AddDatum(arguments, given, size, form, PointerGetDatum(plain));
}

void
add_jsonb(Arguments *arguments, const Jsonb *value, Form form)
{
	add_payload(arguments, VARDATA(value), VARSIZE(value) - VARHDRSZ, form);
}

void
add_text(Arguments *arguments, const char *bytes, Size length, bool is_short)
{
	add_payload(arguments, bytes, length, is_short ? FORM_SHORT : FORM_PLAIN);
}

void
add_array(Arguments *arguments, const ArrayType *array)
{
	add_payload(arguments, VARDATA(array), VARSIZE(array) - VARHDRSZ, FORM_PLAIN);
}

void
add_number(Arguments *arguments, const char *number)
{
	const struct varlena *numeric = (const struct varlena *)
		DatumGetPointer(DirectFunctionCall3(numeric_in, CStringGetDatum(number),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	add_payload(arguments, VARDATA(numeric), VARSIZE(numeric) - VARHDRSZ, FORM_PLAIN);
}

/* Not a pointer, as its size tells. */
void
add_int(Arguments *arguments, int32 number)
{
	int			i = arguments->count++;

	if (i >= MAX_ARGUMENTS)
		abort();
	arguments->given[i].value = arguments->plain[i].value = Int32GetDatum(number);
	arguments->sizes[i] = 0;
}

/*
 * Let an argument arrive as a pointer to where it is stored out of line, as it is
 * but for what cannot be stored so.
 */
void
store_argument(Arguments *arguments, int number)
{
	const struct varlena *value = (const struct varlena *) DatumGetPointer(arguments->given[number].value);
	struct varatt_external pointer = {.va_valueid = nstored};
	uint32		size;
	char	   *given;

	if (VARATT_IS_SHORT(value) || VARATT_IS_EXTERNAL(value) || nstored == lengthof(stored))
		return;
	size = VARSIZE(value) - VARHDRSZ;
	if (VARATT_IS_COMPRESSED(value))
	{
		uint32		length = VARDATA_COMPRESSED_GET_EXTSIZE(value);

		if (size >= length)
			return;
		pointer.va_rawsize = (int32) (length + VARHDRSZ);
		pointer.va_extinfo = size |
			(uint32) VARDATA_COMPRESSED_GET_COMPRESS_METHOD(value) << VARLENA_EXTSIZE_BITS;
	}
	else
	{
		pointer.va_rawsize = (int32) (size + VARHDRSZ);
		pointer.va_extinfo = size;
	}
	stored[nstored++] = value;
	given = Allocate(TOAST_POINTER_SIZE);
	SET_VARTAG_EXTERNAL(given, VARTAG_ONDISK);
	memcpy(VARDATA_EXTERNAL(given), &pointer, sizeof(pointer));
	arguments->given[number].value = PointerGetDatum(given);
	arguments->sizes[number] = TOAST_POINTER_SIZE;
	arguments->copies[number] = Allocate(TOAST_POINTER_SIZE);
	memcpy(arguments->copies[number], given, TOAST_POINTER_SIZE);
}

static Outcome
CallFunction(PGFunction function, int count, const NullableDatum *values)
{
	LOCAL_FCINFO(fcinfo, MAX_ARGUMENTS);
	Outcome		outcome = {0};
	volatile Datum value = 0;
	MemoryContext context = CurrentMemoryContext;

	InitFunctionCallInfoData(*fcinfo, NULL, (short) count, InvalidOid, NULL, NULL);
	memcpy(fcinfo->args, values, (Size) count * sizeof(NullableDatum));
	PG_TRY();
	{
		value = function(fcinfo);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		outcome.failed = true;
		outcome.sqlstate = error->sqlerrcode;
		outcome.message = error->message;
		outcome.detail = error->detail != NULL ? error->detail : "";
	}
	PG_END_TRY();
	outcome.value = value;
	outcome.isnull = fcinfo->isnull;
	return outcome;
}

/*
 * Call a function under test: in a context of its own, in which nothing but the
 * result may be left.  Its blocks are so small that whatever is over an eighth of
 * them is allocated by malloc() on its own, where the sanitizer sees even far
 * overruns.
 */
Outcome
call_given(PGFunction function, const Arguments *arguments)
{
	MemoryContext call_context = AllocSetContextCreate(CurrentMemoryContext, "fuzz call",
													   0, 1024, 1024);
	MemoryContext caller = MemoryContextSwitchTo(call_context);
	Outcome		outcome = CallFunction(function, arguments->count, arguments->given);

	if (!outcome.failed && CurrentMemoryContext != call_context)
		complain(arguments, "another memory context is current after the call");
	if (!outcome.failed && call_context->firstchild != NULL)
		complain(arguments, "the call left a memory context behind");
	MemoryContextSwitchTo(caller);
	if (!outcome.failed && !outcome.isnull && returns_document(function) &&
		outcome.value != arguments->given[0].value &&
		VARATT_IS_COMPRESSED(DatumGetPointer(outcome.value)))
	{
		outcome.value = PointerGetDatum(PG_DETOAST_DATUM(outcome.value));
		outcome.spliced = true;
	}
	for (int i = 0; i < arguments->count; i++)
		if (arguments->sizes[i] > 0 &&
			memcmp(DatumGetPointer(arguments->given[i].value), arguments->copies[i],
				   arguments->sizes[i]) != 0)
			complain(arguments, "argument %d was written to", i);
	return outcome;
}

Outcome
call_plain(PGFunction function, const Arguments *arguments)
{
	return CallFunction(function, arguments->count, arguments->plain);
}

bool
reached_writer(void)
{
	return reached;
}

void
set_reached_writer(bool value)
{
	reached = value;
}

static void
PrintBytes(const char *what, const void *bytes, Size length)
{
	const uint8 *byte = bytes;

	fprintf(stderr, "%s (%zu bytes): ", what, length);
	for (Size i = 0; i < length && i < 4096; i++)
		fprintf(stderr, "%02x", byte[i]);
	(void) fputc('\n', stderr);
}

static void
PrintOutcome(const char *what, const Outcome *outcome)
{
	if (outcome->failed)
		fprintf(stderr, "%s: %s: %s %s\n", what, unpack_sql_state(outcome->sqlstate),
				outcome->message, outcome->detail);
	else if (outcome->isnull)
		fprintf(stderr, "%s: null\n", what);
	else
		fprintf(stderr, "%s: see above\n", what);
}

/*
 * Say what is wrong, show the arguments, and die as of a crash.
 */
void
complain(const Arguments *arguments, const char *format,...)
{
	va_list		list;

	fprintf(stderr, "\ncomplaint of %s: ", target->name);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	(void) fputc('\n', stderr);
	for (int i = 0; i < arguments->count; i++)
	{
		if (arguments->given[i].isnull)
		{
			fprintf(stderr, "argument %d: null\n", i);
			continue;
		}
		if (arguments->sizes[i] == 0)
		{
			fprintf(stderr, "argument %d: %d\n", i, DatumGetInt32(arguments->given[i].value));
			continue;
		}
		if (arguments->unreadable[i] != 0)
			PrintBytes(psprintf("argument %d, unreadable stream", i),
					   DatumGetPointer(arguments->given[i].value), arguments->sizes[i]);
		PrintBytes(psprintf("argument %d, form %d", i, (int) arguments->forms[i]),
				   VARDATA_ANY(DatumGetPointer(arguments->plain[i].value)),
				   VARSIZE_ANY_EXHDR(DatumGetPointer(arguments->plain[i].value)));
	}
	abort();
}

/*
 * Whether an error is one that the operators promise.
 */
bool
in_contract(const Outcome *outcome)
{
	switch (outcome->sqlstate)
	{
		case ERRCODE_NULL_VALUE_NOT_ALLOWED:
		case ERRCODE_INVALID_PARAMETER_VALUE:
		case ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE:
		case ERRCODE_INVALID_TEXT_REPRESENTATION:
		case ERRCODE_ARRAY_SUBSCRIPT_ERROR:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_STATEMENT_TOO_COMPLEX:
		case ERRCODE_DATA_CORRUPTED:
			return true;
		default:
			return false;
	}
}

/*
 * Both must fail with the same SQLSTATE, or both must not.  Returns whether there
 * are results to compare.  How deep the stack reaches is no part of the contract.
 */
static bool
CompareEnds(const Arguments *arguments, const Outcome *got, const Outcome *want)
{
	if ((got->failed && got->sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX) ||
		(want->failed && want->sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX))
		return false;
	if (got->failed != want->failed || got->sqlstate != want->sqlstate ||
		(!got->failed && got->isnull != want->isnull))
	{
		PrintOutcome("operator", got);
		PrintOutcome("reference", want);
		complain(arguments, "operator and reference end differently");
	}
	return !got->failed && !got->isnull;
}

/*
 * The result must be the reference's, byte for byte, and sound.
 */
static void
CompareResults(const Arguments *arguments, Datum got, const Jsonb *expected)
{
	Jsonb	   *result;
	const char *fault;
	Size		offset;

	if (VARATT_IS_EXTERNAL(DatumGetPointer(got)))
		complain(arguments, "the result is a pointer to memory");
	result = DatumGetJsonbP(got);
	fault = jbi_verify(VARDATA(result), VARSIZE(result) - VARHDRSZ, &offset);
	if (fault != NULL ||
		VARSIZE(result) != VARSIZE(expected) ||
		memcmp(VARDATA(result), VARDATA(expected), VARSIZE(result) - VARHDRSZ) != 0)
	{
		PrintBytes("operator", VARDATA(result), VARSIZE(result) - VARHDRSZ);
		PrintBytes("reference", VARDATA(expected), VARSIZE(expected) - VARHDRSZ);
		if (fault != NULL)
			complain(arguments, "the result is not sound: %s, at byte %zu", fault, offset);
		complain(arguments, "operator and reference give different results");
	}
}

/*
 * A function that edits a document: where nothing has changed its result is the very
 * datum that was given.
 */
void
compare_writers(PGFunction function, PGFunction reference, const Arguments *arguments)
{
	Outcome		got = call_given(function, arguments);
	Outcome		want = call_plain(reference, arguments);
	const void *target_datum = DatumGetPointer(arguments->given[0].value);
	Jsonb	   *expected;
	Jsonb	   *before;

	if (!CompareEnds(arguments, &got, &want))
		return;
	expected = DatumGetJsonbP(want.value);
	before = DatumGetJsonbP(arguments->plain[0].value);
	if (VARSIZE(before) == VARSIZE(expected) &&
		memcmp(before, expected, VARSIZE(before)) == 0 &&
		arguments->forms[0] != FORM_INDIRECT &&
		DatumGetPointer(got.value) != target_datum)
		complain(arguments, "nothing changed, and the result is not the datum that was given");
	CompareResults(arguments, got.value, expected);
}

/*
 * A function that makes a new document.
 */
void
compare_makers(PGFunction function, PGFunction reference, const Arguments *arguments)
{
	Outcome		got = call_given(function, arguments);
	Outcome		want = call_plain(reference, arguments);

	if (CompareEnds(arguments, &got, &want))
		CompareResults(arguments, got.value, DatumGetJsonbP(want.value));
}

void
compare_readers(PGFunction function, PGFunction reference, const Arguments *arguments)
{
	Outcome		got = call_given(function, arguments);
	Outcome		want = call_plain(reference, arguments);

	if (CompareEnds(arguments, &got, &want) &&
		DatumGetBool(got.value) != DatumGetBool(want.value))
		complain(arguments, "operator says %d, reference says %d",
				 DatumGetBool(got.value), DatumGetBool(want.value));
}

/*
 * A reader must say the same of plain arguments.
 */
void
compare_with_plain(PGFunction function, const Arguments *arguments)
{
	compare_readers(function, function, arguments);
}
