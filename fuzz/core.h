/*-------------------------------------------------------------------------
 *
 * core.h
 *	  What the references are made of: jsonb by core's functions alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_CORE_H
#define FUZZ_CORE_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/* Where a path leads a writer. */
typedef enum State
{
	FOUND,
	ABSENT,						/* and could be created */
	BLOCKED,					/* by a scalar in the middle */
	NO_ELEMENT					/* an index is out of range */
} State;

typedef struct Path
{
	Datum	   *elements;
	int			count;
} Path;

extern void fail(int sqlstate, const char *why) __attribute__((noreturn));
extern Jsonb *call_core(PGFunction function, int count, Datum first, Datum second, Datum third,
						Datum fourth);

extern Jsonb *parse_json(const char *json);
extern char *print_json(Jsonb *value);
extern bool is_object(const Jsonb *value);
extern bool is_array(const Jsonb *value);
extern bool is_null(Jsonb *value);
extern bool are_equal(Jsonb *a, Jsonb *b);
extern bool have_same_bytes(const Jsonb *a, const Jsonb *b);
extern int	count_of(const Jsonb *container);

extern void check_nulls(FunctionCallInfo fcinfo, int first);
extern Path read_path(Datum argument);
extern Jsonb *read_object(Datum argument);
extern Jsonb *read_array(Datum argument);

extern Jsonb *field_of(Jsonb *object, Datum key);
extern Jsonb *field_if_object(Jsonb *value, Datum key);
extern Datum *keys_of(Jsonb *object);
extern Jsonb *element_at(Jsonb *array, Datum element);
extern Jsonb *element_of(Jsonb *array, int index);
extern Jsonb *set_element(Jsonb *array, Datum element, Jsonb *value);
extern Jsonb *concatenate(Jsonb *a, Jsonb *b);
extern void push_jsonb(JsonbParseState **state, JsonbIteratorToken token, Jsonb *jsonb);
extern Jsonb *object_of_one(Datum key, Jsonb *jsonb);
extern Jsonb *array_of_one(Jsonb *jsonb);

extern State locate(Jsonb *document, const Path *path, Jsonb **value);
extern Jsonb *put_at(Jsonb *document, const Path *path, int level, Jsonb *value);
extern Jsonb *set_at(Jsonb *document, const Path *path, Jsonb *value);

#endif							/* FUZZ_CORE_H */
