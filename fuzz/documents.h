/*-------------------------------------------------------------------------
 *
 * documents.h
 *	  Documents, paths and values made from the bytes of an input.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_DOCUMENTS_H
#define FUZZ_DOCUMENTS_H

#include "harness.h"

#include "nodes/pg_list.h"
#include "utils/fmgrprotos.h"

/* The bytes that decide what is made. */
typedef struct Input
{
	const uint8 *data;
	size_t		size;
	size_t		at;
	uint64		state;			/* of the generator that goes on behind the
								 * end */
	int			nodes;			/* how many values may still be made */
} Input;

/* What the place that a path leads to shall be. */
typedef enum Focus
{
	FOCUS_RECORDS,				/* an array of objects, one of which matches */
	FOCUS_OBJECT,
	FOCUS_VALUE
} Focus;

/* A document and a way into it. */
typedef struct Document
{
	Jsonb	   *value;
	List	   *path;			/* of char *, elements without zero bytes */
	const char *match_key;
	Jsonb	   *match_value;
	Jsonb	   *focus;			/* what is at the end of the path */
} Document;

extern Input start_input(const uint8 *data, size_t size);
extern int	choose(Input *input, int limit);
extern bool chance(Input *input, int percent);

extern Document make_document(Input *input, Focus focus);
extern Document make_variant(Input *input, Focus focus, Input before, bool *same);
extern Jsonb *make_value(Input *input);
extern Jsonb *make_object(Input *input, const Jsonb *like, const char *key, const Jsonb *value);
extern Jsonb *vary_value(Input *input, const Jsonb *like);
extern const char *make_key(Input *input);
extern List *distort_path(Input *input, List *path);
extern ArrayType *path_array(List *path);
extern char *path_text(const List *path);

#endif							/* FUZZ_DOCUMENTS_H */
