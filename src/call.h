/*-------------------------------------------------------------------------
 *
 * call.h
 *	  What the SQL entry points share: the frame of a call, and arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_CALL_H
#define JBI_CALL_H

#include "layout.h"
#include "path.h"
#include "scratch.h"

/*
 * One call of an SQL function.
 */
typedef struct JbiCall
{
	FunctionCallInfo fcinfo;
	const char *const *names;	/* of the SQL function's arguments */
	JbiScratch	scratch;
} JbiCall;

extern void jbi_call_start(JbiCall *call, FunctionCallInfo fcinfo,
						   const char *const *names, int first_required);
extern void jbi_call_end(JbiCall *call);

extern JbiString jbi_text_argument(JbiCall *call, int number);
extern JbiPath jbi_path_argument(JbiCall *call, int number);
extern JbiValue jbi_object_argument(JbiCall *call, int number, JbiContainer *object);

static inline JbiValue
jbi_value_argument(JbiCall *call, int number)
{
	return jbi_root_value((Jsonb *) jbi_scratch_detoast(&call->scratch,
														call->fcinfo->args[number].value));
}

#endif							/* JBI_CALL_H */
