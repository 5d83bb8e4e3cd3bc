/*-------------------------------------------------------------------------
 *
 * path.h
 *	  Paths of keys, indexes and selectors, and how a value follows them.
 *
 * An element of a path is a key where the value is an object.  Where it is an array,
 * it is read as a selector:
 *
 *		7, -1			the element with this index
 *		[key=value]		the first element that is an object with this value there
 *		[=value]		the first element that is this value
 *		[*]				every element
 *		[-]				the position after the last one
 *
 * value is a JSON scalar, and what is no JSON at all stands for itself as a string;
 * key is a JSON string, or text without = ] and ".  Since objects take the same text
 * as a key, an element is read as a selector when it first meets an array, and not
 * before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_PATH_H
#define JBI_PATH_H

#include "layout.h"
#include "scratch.h"

#include "miscadmin.h"
#include "utils/array.h"

typedef enum JbiSelectorKind
{
	JBI_SELECT_INDEX,
	JBI_SELECT_MATCH,			/* by the value of a key */
	JBI_SELECT_VALUE,
	JBI_SELECT_ALL,
	JBI_SELECT_END,
	JBI_SELECT_NOTHING			/* no array can follow this */
} JbiSelectorKind;

typedef struct JbiSelector
{
	JbiSelectorKind kind;
	int			index;
	JbiString	key;
	JbiValue	value;
} JbiSelector;

/*
 * The selectors are read one by one, when they are first needed, and kept for as
 * long as the path: in a call's scratch memory, or in a context if the path is kept
 * from call to call.
 */
typedef struct JbiPath
{
	int			count;
	bool		is_pointer;		/* a JSON Pointer (pointer.h) */
	int			tokens;			/* of which it has so many */
	int			appended;		/* 1 if an operator searches an element where
								 * the path proper has ended, else 0 */
	JbiString  *elements;
	JbiSelector **selectors;
	JbiScratch *scratch;
	MemoryContext context;		/* instead, if there is no scratch */
} JbiPath;

/* What a path element that an array cannot follow means. */
typedef enum JbiPathUse
{
	JBI_PATH_READ,				/* the place is missing, as for #> */
	JBI_PATH_WRITE				/* an error, as for jsonb_set */
} JbiPathUse;

extern JbiPath jbi_path_from_array(ArrayType *array, JbiScratch *scratch, const char *what);
extern char *jbi_path_to_cstring(const JbiPath *path, int count);
extern int	jbi_path_detail(const JbiPath *path);
extern bool jbi_path_step_into_array(const JbiPath *path, int level, const JbiContainer *array,
									 JbiPathUse use, uint32 *index);
extern bool jbi_path_may_branch(const JbiPath *path);
pg_noreturn extern void jbi_path_not_one_place(const JbiPath *path, int level);

/* selector.c */
extern JbiSelector *jbi_read_selector(const JbiPath *path, int level);

/*
 * What the element means at an array.
 */
static inline const JbiSelector *
jbi_path_selector(const JbiPath *path, int level)
{
	if (path->selectors[level] == NULL)
		path->selectors[level] = jbi_read_selector(path, level);
	return path->selectors[level];
}

/*
 * Whether the element has the form of a selector, and so creates nothing.
 */
static inline bool
jbi_is_selector(const JbiPath *path, int level)
{
	JbiString	element = path->elements[level];

	if (likely(element.len < 3 || element.bytes[0] != '[') || level < path->tokens)
		return false;
	return jbi_path_selector(path, level)->kind != JBI_SELECT_NOTHING;
}

/*
 * Whether the path proper ends with the element.
 */
static inline bool
jbi_is_last(const JbiPath *path, int level)
{
	return level == path->count - path->appended - 1;
}

/*
 * Whether the element stands for the position after the last.
 */
static inline bool
jbi_is_end(const JbiPath *path, int level)
{
	return jbi_is_selector(path, level) && jbi_path_selector(path, level)->kind == JBI_SELECT_END;
}

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

/*
 * The value at the path, as #> finds it.  The value that is given is that of the
 * root.
 */
static pg_attribute_always_inline bool
jbi_follow_path(const JbiPath *path, JbiValue *value)
{
	for (int level = 0; level < path->count; level++)
	{
		JbiContainer container;
		uint32		index;

		CHECK_FOR_INTERRUPTS();
		if (value->type != JENTRY_ISCONTAINER)
			return false;
		jbi_open_container(&container, value);
		if (!jbi_path_step(path, level, &container, JBI_PATH_READ, &index))
			return false;
		jbi_get_child(&container, jbi_child_entry(&container, index), value);
	}
	return true;
}

#endif							/* JBI_PATH_H */
