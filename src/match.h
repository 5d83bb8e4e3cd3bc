/*-------------------------------------------------------------------------
 *
 * match.h
 *	  Equality of values, and the search for an array element by its key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_MATCH_H
#define JBI_MATCH_H

#include "layout.h"

#include "utils/numeric.h"

extern bool jbi_same_bytes(const JbiValue *a, const JbiValue *b);
extern bool jbi_values_equal(const JbiValue *a, const JbiValue *b);
extern bool jbi_small_integer(const JbiValue *value, int64 *integer);
extern Numeric jbi_checked_number(const JbiValue *value);
extern bool jbi_find_element(const JbiContainer *array, JbiString key,
							 const JbiValue *value, uint32 *index);
extern bool jbi_find_value(const JbiContainer *array, const JbiValue *value, uint32 *index);

#endif							/* JBI_MATCH_H */
