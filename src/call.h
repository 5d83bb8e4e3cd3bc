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
#include "plan.h"
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
 * What a call site, an expression of a query, keeps from one call to the next: the
 * path, or the paths, that are a constant there.
 */
typedef struct JbiCallSite
{
	int			count;
	JbiPath		paths[FLEXIBLE_ARRAY_MEMBER];
} JbiCallSite;

pg_noreturn extern void jbi_null_argument(const char *const *names, int number);
extern JbiPath jbi_read_path(JbiCall *call, int number);
extern const JbiCallSite *jbi_paths_argument(JbiCall *call, int number);
extern void jbi_plan_target(JbiCall *call, JbiPlan *plan);
extern Datum jbi_finish_target(JbiCall *call, JbiPlan *plan);
extern Datum jbi_edit_target(JbiCall *call, const JbiPath *path, JbiPlanner planner, void *state);
pg_noreturn extern void jbi_not_an_object(const JbiCall *call, int number, const JbiValue *value);
extern JbiString jbi_text_argument(JbiCall *call, int number);
extern JbiValue jbi_object_argument(JbiCall *call, int number, JbiContainer *object);
extern JbiValue jbi_array_argument(JbiCall *call, int number, JbiContainer *array);

/*
 * The arguments [from, to) must not be null.
 */
static inline void
jbi_require_arguments(FunctionCallInfo fcinfo, const char *const *names, int from, int to)
{
	for (int i = from; i < to; i++)
		if (unlikely(PG_ARGISNULL(i)))
			jbi_null_argument(names, i);
}

/*
 * Begin a call whose arguments from number first_required on must not be null.
 */
static inline void
jbi_call_start(JbiCall *call, FunctionCallInfo fcinfo, const char *const *names,
			   int first_required)
{
	jbi_require_arguments(fcinfo, names, first_required, PG_NARGS());
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
 * The path that the call site keeps, or NULL.  No function takes two, unless it
 * takes a list of them; and none that returns rows may ask, as fn_extra is the server's
 * there.
 */
static inline const JbiPath *
jbi_known_path(FunctionCallInfo fcinfo)
{
	const FmgrInfo *flinfo = fcinfo->flinfo;

	if (likely(flinfo != NULL && flinfo->fn_extra != NULL))
		return ((JbiCallSite *) flinfo->fn_extra)->paths;
	return NULL;
}

static inline JbiPath
jbi_path_argument(JbiCall *call, int number)
{
	const JbiPath *known = jbi_known_path(call->fcinfo);

	return known != NULL ? *known : jbi_read_path(call, number);
}

/*
 * Whether an argument is there, and not toasted.
 */
static inline bool
jbi_is_plain_argument(FunctionCallInfo fcinfo, int number)
{
	return !PG_ARGISNULL(number) && !VARATT_IS_EXTENDED(PG_GETARG_POINTER(number));
}

static inline Jsonb *
jbi_document_argument(JbiCall *call, int number)
{
	return (Jsonb *) jbi_scratch_detoast(&call->scratch, call->fcinfo->args[number].value);
}

static inline JbiValue
jbi_value_argument(JbiCall *call, int number)
{
	return jbi_root_value(jbi_document_argument(call, number));
}

#endif							/* JBI_CALL_H */
