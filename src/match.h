/*-------------------------------------------------------------------------
 *
 * match.h
 *	  Equality, order and hashes of values, and the search for an array element by
 *	  its key; numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_MATCH_H
#define JBI_MATCH_H

#include "layout.h"
#include "scratch.h"

#include "utils/numeric.h"

/*
 * What the search for a key learns from one object and uses on the next: elements
 * of one array mostly have the same keys.  It begins with nothing but the key.
 */
typedef struct JbiKeyGuess
{
	JbiString	key;
	const JEntry *entries;		/* of the last element that had the key, or
								 * NULL */
	uint32		count;			/* its number of pairs */
	uint32		index;			/* the key's pair */
	uint32		key_offset;		/* where the key begins */
	uint32		values_offset;	/* where the values begin, not before the
								 * key's end */
} JbiKeyGuess;

/* Walks over the elements that are objects with a key. */
typedef struct JbiObjects
{
	JbiKeyGuess guess;
	JbiCursor	cursor;
	uint32		count;
	uint32		index;			/* of this element, */
	JbiContainer object;		/* itself, */
	JbiValue	value;			/* and what it has under the key */
} JbiObjects;

extern bool jbi_same_bytes(const JbiValue *a, const JbiValue *b);
extern bool jbi_values_equal(const JbiValue *a, const JbiValue *b);
extern int	jbi_compare_values(const JbiValue *a, const JbiValue *b);
extern uint32 jbi_hash_value(const JbiValue *value);
extern void jbi_objects_start(JbiObjects *objects, const JbiContainer *array, uint32 index,
							  JbiString key);
extern bool jbi_objects_next(JbiObjects *objects);
extern bool jbi_look_up_key(JbiKeyGuess *guess, const JbiValue *value, JbiValue *found);
extern bool jbi_small_integer(const JbiValue *value, int64 *integer);
extern Numeric jbi_checked_number(const JbiValue *value);
extern bool jbi_find_element(const JbiContainer *array, JbiString key,
							 const JbiValue *value, uint32 *index);
extern bool jbi_find_value(const JbiContainer *array, const JbiValue *value, uint32 *index);
extern bool jbi_is_finite(const JbiValue *number);
extern uint32 jbi_number_length(const JbiValue *value);
extern JbiValue jbi_keep_number(JbiScratch *scratch, Datum number);
extern JbiValue jbi_add_numbers(JbiScratch *scratch, const JbiValue *a, const JbiValue *b);

#endif							/* JBI_MATCH_H */
