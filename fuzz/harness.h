/*-------------------------------------------------------------------------
 *
 * harness.h
 *	  What the fuzz targets share: a backend in this process, calls of SQL
 *	  functions in it, and arguments that a sanitizer sees the ends of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_HARNESS_H
#define FUZZ_HARNESS_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#define MAX_ARGUMENTS 6

/* The varlena header and the word behind it, the length and the method. */
#define COMPRESSED_HEADER	(2 * sizeof(uint32))

/* One kind of input and what is done with it; fuzz/targets/ has them. */
typedef struct Target
{
	const char *name;
	void		(*run) (const uint8 *data, size_t size);
	/* NULL: the fuzzer's own mutations do */
	size_t		(*mutate) (uint8 *data, size_t size, size_t max_size, unsigned int seed);
} Target;

extern const Target target_update_where;
extern const Target target_upsert_where;
extern const Target target_merge_at_path;
extern const Target target_has_path_changed;
extern const Target target_damaged;
extern const Target target_arguments;
extern const Target target_splice;
extern const Target target_selectors;
extern const Target target_verify;
extern const Target target_arrays;
extern const Target target_merges;
extern const Target target_patch;
extern const Target target_sweep;

/* In what form a value arrives. */
typedef enum Form
{
	FORM_PLAIN,
	FORM_SHORT,					/* plain where it is too long for that */
	FORM_PGLZ,
	FORM_LZ4,
	FORM_INDIRECT,
	NFORMS
} Form;

/*
 * Arguments of a call, twice: as they arrive, each in memory of its own that ends
 * where it ends; and plain, for the reference.
 */
typedef struct Arguments
{
	int			count;
	NullableDatum given[MAX_ARGUMENTS];
	NullableDatum plain[MAX_ARGUMENTS];
	Form		forms[MAX_ARGUMENTS];
	Size		sizes[MAX_ARGUMENTS];	/* of what is given */
	int			unreadable[MAX_ARGUMENTS];	/* core's SQLSTATE for a stream
											 * that it cannot read, or 0 */
	void	   *copies[MAX_ARGUMENTS];	/* of it, to see whether it was
										 * written to */
} Arguments;

/* How a call ended. */
typedef struct Outcome
{
	bool		failed;
	int			sqlstate;
	const char *message;
	const char *detail;
	bool		isnull;
	bool		spliced;		/* the result came compressed, and was
								 * decompressed by core */
	Datum		value;
} Outcome;

extern void add_null(Arguments *arguments);
extern void add_payload(Arguments *arguments, const void *payload, Size length, Form form);
extern void add_stream(Arguments *arguments, const void *stream, Size size, Form form);
extern Size compress_payload(const void *payload, Size length, Form form, char **result);
extern void add_jsonb(Arguments *arguments, const Jsonb *value, Form form);
extern void add_text(Arguments *arguments, const char *bytes, Size length, bool is_short);
extern void add_array(Arguments *arguments, const ArrayType *array);
extern void add_number(Arguments *arguments, const char *number);
extern void add_int(Arguments *arguments, int32 number);
extern void store_argument(Arguments *arguments, int number);

extern Outcome call_given(PGFunction function, const Arguments *arguments);
extern Outcome call_plain(PGFunction function, const Arguments *arguments);
extern bool returns_document(PGFunction function);
extern bool reached_writer(void);
extern void set_reached_writer(bool value);

extern void compare_writers(PGFunction function, PGFunction reference,
							const Arguments *arguments);
extern void compare_makers(PGFunction function, PGFunction reference,
						   const Arguments *arguments);
extern void compare_readers(PGFunction function, PGFunction reference,
							const Arguments *arguments);
extern void compare_with_plain(PGFunction function, const Arguments *arguments);
extern bool in_contract(const Outcome *outcome);

extern void complain(const Arguments *arguments, const char *format,...)
			__attribute__((format(printf, 2, 3), noreturn));

/* The fuzzer's. */
extern size_t LLVMFuzzerMutate(uint8 *data, size_t size, size_t max_size);

/* The functions under test, as an extension's script would name them. */
extern Datum jsonb_array_update_where(PG_FUNCTION_ARGS);
extern Datum jsonb_array_upsert_where(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_at_path(PG_FUNCTION_ARGS);
extern Datum jsonb_has_path_changed(PG_FUNCTION_ARGS);
extern Datum jsonb_array_contains_id(PG_FUNCTION_ARGS);
extern Datum jsonb_extract_id(PG_FUNCTION_ARGS);
extern Datum jsonb_verify(PG_FUNCTION_ARGS);
extern Datum jsonb_array_delete_where(PG_FUNCTION_ARGS);
extern Datum jsonb_array_insert_where(PG_FUNCTION_ARGS);
extern Datum jsonb_array_update_where_batch(PG_FUNCTION_ARGS);
extern Datum jsonb_array_reconcile(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_shallow(PG_FUNCTION_ARGS);
extern Datum jsonb_deep_merge(PG_FUNCTION_ARGS);
extern Datum jsonb_set_path(PG_FUNCTION_ARGS);
extern Datum jsonb_remove_path(PG_FUNCTION_ARGS);
extern Datum jsonb_increment(PG_FUNCTION_ARGS);
extern Datum jsonb_graft(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_patch(PG_FUNCTION_ARGS);
extern Datum jsonb_merge_diff(PG_FUNCTION_ARGS);
extern Datum jsonb_patch(PG_FUNCTION_ARGS);
extern Datum jsonb_diff(PG_FUNCTION_ARGS);

/* And those that are called in another way (calls.c). */
extern Datum update_multi_row(PG_FUNCTION_ARGS);
extern Datum merge_agg(PG_FUNCTION_ARGS);
extern Datum deep_merge_agg(PG_FUNCTION_ARGS);

#endif							/* FUZZ_HARNESS_H */
