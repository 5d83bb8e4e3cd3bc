/*-------------------------------------------------------------------------
 *
 * pointer.h
 *	  Paths in JSON: JSON Pointers (RFC 6901), and arrays that hold a keyed path.
 *
 * A JSON Pointer is a string: "" the document, "/a/0" the first element of what it
 * has under the key a.  ~1 stands for a slash in a token and ~0 for a tilde.  At an
 * object a token is a key, whatever it looks like; at an array it is an index
 * without a sign and without leading zeros, or - for the position after the last.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_POINTER_H
#define JBI_POINTER_H

#include "path.h"

/* Pointers mostly have no more tokens than this. */
#define JBI_FEW_TOKENS 8

/*
 * Room for one path after the other, in which the last one is gone.
 */
typedef struct JbiPathRoom
{
	JbiScratch *scratch;
	int			size;			/* elements that there is room for */
	JbiString  *elements;
	JbiSelector **selectors;
	JbiSelector *tokens;		/* what they are at an array */
	JbiString	few_elements[JBI_FEW_TOKENS];
	JbiSelector *few_selectors[JBI_FEW_TOKENS];
	JbiSelector few_tokens[JBI_FEW_TOKENS];
} JbiPathRoom;

extern void jbi_path_room_start(JbiPathRoom *room, JbiScratch *scratch);
extern JbiPath jbi_read_pointer(JbiPathRoom *room, JbiString pointer);
extern JbiPath jbi_read_keyed_path(JbiPathRoom *room, const JbiContainer *array);
extern void jbi_append_selector(JbiPath *path, JbiSelector *selector);

extern uint32 jbi_token_length(JbiString key);
extern char *jbi_put_token(char *to, JbiString key);
extern char *jbi_pointer_to_cstring(const JbiPath *path, int count);

#endif							/* JBI_POINTER_H */
