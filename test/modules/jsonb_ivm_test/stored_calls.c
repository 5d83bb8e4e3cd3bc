/*
 * stored_calls.c
 *		Calls whose results are taken to be stored.
 *
 * Operators compress their results where those go into a table, or so it looks.
 * Most tests ask for a result to look at it, so nothing is compressed there.  With
 * jsonb_ivm_test.stored every call is marked as the planner marks those that
 * are stored, in queries and where this module makes calls.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "cold_caches.h"
#include "compat.h"
#include "stored.h"
#include "stored_calls.h"

static bool stored_calls = false;
static planner_hook_type next_planner = NULL;

/*
 * Give a function that is going to be called an expression it is called in.
 */
void
SetCallSite(FmgrInfo *function, List *arguments)
{
	FuncExpr   *call = makeFuncExpr(function->fn_oid, InvalidOid, arguments,
									InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	if (stored_calls)
		call->location = JBI_STORED_CALL;
	fmgr_info_set_expr((Node *) call, function);
}

/*
 * Whether the extension returns documents from it.
 */
static bool
IsWriter(Oid function)
{
	Oid			support = get_func_support(function);
	char	   *name = OidIsValid(support) ? get_func_name(support) : NULL;

	return name != NULL && strcmp(name, "jsonb_ivm_support") == 0;
}

static bool
MarkCalls(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, MarkCalls, context, 0);
	if (IsA(node, FuncExpr) && IsWriter(((FuncExpr *) node)->funcid))
		((FuncExpr *) node)->location = JBI_STORED_CALL;
	return expression_tree_walker(node, MarkCalls, context);
}

static PlannedStmt *
PlanMarked(Query *query, const char *text, int cursor_options, ParamListInfo parameters)
{
	if (stored_calls)
		(void) MarkCalls((Node *) query, NULL);
	return next_planner(query, text, cursor_options, parameters);
}

PGDLLEXPORT void
_PG_init(void)
{
	DefineCustomBoolVariable("jsonb_ivm_test.stored",
							 "Take all results of operators for stored ones.", NULL,
							 &stored_calls, false, PGC_USERSET, 0, NULL, NULL, NULL);
	next_planner = planner_hook != NULL ? planner_hook : standard_planner;
	planner_hook = PlanMarked;
	InstallColdCaches();
}
