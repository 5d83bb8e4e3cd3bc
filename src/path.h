/*-------------------------------------------------------------------------
 *
 * path.h
 *	  Paths of keys and indexes, and how a value follows them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_PATH_H
#define JBI_PATH_H

#include "layout.h"
#include "scratch.h"

#include "utils/array.h"

typedef struct JbiPath
{
	int			count;
	JbiString  *elements;
} JbiPath;

/* What a path element that an array cannot follow means. */
typedef enum JbiPathUse
{
	JBI_PATH_READ,				/* the place is missing, as for #> */
	JBI_PATH_WRITE				/* an error, as for jsonb_set */
} JbiPathUse;

extern JbiPath jbi_path_from_array(ArrayType *array, JbiScratch *scratch);
extern char *jbi_path_to_cstring(const JbiPath *path, int count);
extern bool jbi_path_step_into_array(const JbiPath *path, int level, const JbiContainer *array,
									 JbiPathUse use, uint32 *index);

/*
 * Where the path goes on from a container: which of its pairs or elements.
 * False if there is none; then for an object index is the pair that the key
 * would go before.
 */
static inline bool
jbi_path_step(const JbiPath *path, int level, const JbiContainer *container,
			  JbiPathUse use, uint32 *index)
{
	if (container->kind == JB_FARRAY)
		return jbi_path_step_into_array(path, level, container, use, index);
	return jbi_find_key(container, path->elements[level], 0, index);
}

#endif							/* JBI_PATH_H */
