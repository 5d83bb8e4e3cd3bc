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

/*
 * What a call site, an expression of a query, keeps from one call to the next: a
 * path that is a constant there.
 */
typedef struct JbiCallSite
{
	JbiPath		path;
	JbiString	elements[FLEXIBLE_ARRAY_MEMBER];
} JbiCallSite;

pg_noreturn extern void jbi_null_argument(const char *const *names, int number);
extern JbiPath jbi_read_path(JbiCall *call, int number);
extern JbiString jbi_text_argument(JbiCall *call, int number);
extern JbiValue jbi_object_argument(JbiCall *call, int number, JbiContainer *object);

/*
 * Begin a call whose arguments from number first_required on must not be null.
 */
static inline void
jbi_call_start(JbiCall *call, FunctionCallInfo fcinfo, const char *const *names,
			   int first_required)
{
	for (int i = first_required; i < PG_NARGS(); i++)
		if (unlikely(PG_ARGISNULL(i)))
			jbi_null_argument(names, i);
	call->fcinfo = fcinfo;
	call->names = names;
	jbi_scratch_start(&call->scratch);
}

static inline void
jbi_call_end(JbiCall *call)
{
	jbi_scratch_end(&call->scratch);
}

/*
 * The path of the call.  No function takes two.
 */
static inline JbiPath
jbi_path_argument(JbiCall *call, int number)
{
	const FmgrInfo *flinfo = call->fcinfo->flinfo;

	if (likely(flinfo != NULL && flinfo->fn_extra != NULL))
		return ((JbiCallSite *) flinfo->fn_extra)->path;
	return jbi_read_path(call, number);
}

static inline JbiValue
jbi_value_argument(JbiCall *call, int number)
{
	return jbi_root_value((Jsonb *) jbi_scratch_detoast(&call->scratch,
														call->fcinfo->args[number].value));
}

#endif							/* JBI_CALL_H */
