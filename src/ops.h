/*-------------------------------------------------------------------------
 *
 * ops.h
 *	  What the SQL entry points share: the frame of a call, and arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_OPS_H
#define JBI_OPS_H

#include "layout.h"
#include "path.h"

/*
 * One call of an SQL function.  Whatever is allocated between start and end is
 * gone afterwards, detoasted arguments included; a result is made in the
 * caller's context.  On an error the caller's context takes ours along.
 */
typedef struct JbiCall
{
	FunctionCallInfo fcinfo;
	const char *const *names;	/* of the SQL function's arguments */
	MemoryContext caller;
	MemoryContext scratch;		/* current between start and end */
} JbiCall;

extern void jbi_call_start(JbiCall *call, FunctionCallInfo fcinfo,
						   const char *const *names, int first_required);
extern void jbi_call_end(JbiCall *call);

extern JbiString jbi_text_argument(JbiCall *call, int number);
extern JbiPath jbi_path_argument(JbiCall *call, int number);
extern JbiValue jbi_value_argument(JbiCall *call, int number);
extern JbiValue jbi_object_argument(JbiCall *call, int number, JbiContainer *object);

#endif							/* JBI_OPS_H */
