/*-------------------------------------------------------------------------
 *
 * cases.h
 *	  Calls of the operator family with a document that may be damaged.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_CASES_H
#define FUZZ_CASES_H

#include "documents.h"

/*
 * A document that may be damaged, and ways into it.
 */
typedef struct Suspect
{
	void		(*add) (Arguments *arguments, const struct Suspect *suspect);
	const void *document;		/* what that adds */
	const Jsonb *other;			/* one that is much like it, */
	const char *other_json;		/* as text, or something else if it cannot be
								 * written */
	List	   *object;			/* path to an object in it, */
	List	   *array;			/* and to an array, */
	const char *key;			/* what elements of that have, */
	Size		key_length;
	const Jsonb *match;			/* and a value that one has there, */
	const char *match_json;		/* as text or, likewise, something else */
} Suspect;

extern int	count_cases(void);
extern bool case_has_target(int number);
extern PGFunction make_case(int number, const Suspect *suspect, Arguments *arguments);

#endif							/* FUZZ_CASES_H */
