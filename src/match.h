/*-------------------------------------------------------------------------
 *
 * match.h
 *	  Equality of values, and the search for an array element by its key; numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_MATCH_H
#define JBI_MATCH_H

#include "layout.h"
#include "scratch.h"

extern bool jbi_same_bytes(const JbiValue *a, const JbiValue *b);
extern bool jbi_values_equal(const JbiValue *a, const JbiValue *b);
extern bool jbi_find_element(const JbiContainer *array, JbiString key,
							 const JbiValue *value, uint32 *index);
extern bool jbi_find_value(const JbiContainer *array, const JbiValue *value, uint32 *index);
extern bool jbi_is_finite(const JbiValue *number);
extern JbiValue jbi_add_numbers(JbiScratch *scratch, const JbiValue *a, const JbiValue *b);

#endif							/* JBI_MATCH_H */
