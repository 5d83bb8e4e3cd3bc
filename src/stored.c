/*-------------------------------------------------------------------------
 *
 * stored.c
 *	  Whether the result of a call is going to be stored.
 *
 * A result that is stored should be compressed, one that is read at once should
 * not.  A function is not told which it is, but it can be known in two cases:
 *
 *	- The planner asks the function's support function to simplify calls, and
 *	  shows the query.  A call whose result goes into a column of an INSERT, UPDATE
 *	  or MERGE is marked, where nobody looks: at its location in the query's text,
 *	  which equal() ignores, so that expressions still match.
 *	- What a trigger computes is mostly meant for a row, and looks like a SELECT to
 *	  the planner: an assignment to a field of NEW.
 *
 * But a result that was compressed and comes back to the next call was not stored.
 * A few such steps are taken, for an expression of several calls; after that the
 * document stays plain for the rest of them.
 *
 *-------------------------------------------------------------------------
 */
#include "stored.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "common/hashfn.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

JBI_FUNCTION(jsonb_ivm_support);

/* In place of a location.  All below zero are unknown ones. */
#define IS_STORED	(-2)

/* So many calls may hand a compressed document on to the next. */
#define LONGEST_CHAIN	4

/* The last compressed result of this process, as far as needed to know it again. */
static struct
{
	uint32		size;
	uint32		hash;
	int			chain;			/* calls that led to it, one upon the other */
}			last_result;

/*
 * The bytes at the end of a stream tell edits apart by their lengths, and literals
 * shift all of it.
 */
static uint32
HashOfEnd(const struct varlena *value)
{
	uint32		size = VARSIZE(value);
	uint32		length = Min(size, 64);

	return hash_bytes((const unsigned char *) value + size - length, (int) length);
}

static bool
IsLastResult(const struct varlena *target)
{
	return last_result.size > 0 && !VARATT_IS_EXTERNAL(target) &&
		VARSIZE(target) == last_result.size && HashOfEnd(target) == last_result.hash;
}

/*
 * Remember a compressed result.
 */
void
jbi_note_result(const struct varlena *result)
{
	last_result.size = VARSIZE(result);
	last_result.hash = HashOfEnd(result);
	last_result.chain++;
}

/*
 * Whether the result of the call, whose target is compressed, is going to be stored.
 */
bool
jbi_is_stored(FunctionCallInfo fcinfo, const struct varlena *target)
{
	const FmgrInfo *flinfo = fcinfo->flinfo;
	bool		marked = flinfo != NULL && flinfo->fn_expr != NULL && IsA(flinfo->fn_expr, FuncExpr) &&
		((const FuncExpr *) flinfo->fn_expr)->location == IS_STORED;

	if (!marked && DatumGetInt32(pg_trigger_depth(fcinfo)) == 0)
		return false;
	if (!IsLastResult(target))
		last_result.chain = 0;
	return last_result.chain < LONGEST_CHAIN;
}

/*
 * A function in SQL can be put in place of its call, which is done after this is
 * asked, and then be anything.
 */
static bool
IsInlinable(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		inlinable = HeapTupleIsValid(tuple) &&
		((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return inlinable;
}

/*
 * Whether the value of an expression that is stored can be the result of the
 * function, through our own functions or conditionals.
 */
static bool
Yields(const Node *expression, Oid function)
{
	const ListCell *cell;

	if (expression == NULL)
		return false;
	switch (nodeTag(expression))
	{
		case T_FuncExpr:
			{
				const FuncExpr *call = (const FuncExpr *) expression;

				return call->funcid == function || IsInlinable(call->funcid) ||
					(get_func_support(call->funcid) == get_func_support(function) &&
					 Yields(linitial(call->args), function));
			}
		case T_CaseExpr:
			foreach(cell, ((const CaseExpr *) expression)->args)
				if (Yields((const Node *) lfirst_node(CaseWhen, cell)->result, function))
				return true;
			return Yields((const Node *) ((const CaseExpr *) expression)->defresult, function);
		case T_CoalesceExpr:
			foreach(cell, ((const CoalesceExpr *) expression)->args)
				if (Yields(lfirst(cell), function))
				return true;
			return false;
		default:
			return false;
	}
}

static bool
AnyYields(const List *targets, Oid function)
{
	const ListCell *cell;

	foreach(cell, targets)
		if (Yields((const Node *) lfirst_node(TargetEntry, cell)->expr, function))
		return true;
	return false;
}

/*
 * Whether the query stores what the function returns.  A SELECT does if its
 * result is what an INSERT, UPDATE or MERGE stores.
 */
static bool
Stores(const PlannerInfo *root, Oid function)
{
	const Query *query = root->parse;
	const PlannerInfo *top = root;
	const ListCell *cell;

	while (top->parent_root != NULL && top->parse->commandType == CMD_SELECT)
		top = top->parent_root;
	if (!JBI_WRITES(top->parse->commandType))
		return false;
	if (AnyYields(query->targetList, function) ||
		(query->onConflict != NULL && AnyYields(query->onConflict->onConflictSet, function)))
		return true;
	foreach(cell, jbi_merge_actions(query))
		if (AnyYields(((const MergeAction *) lfirst(cell))->targetList, function))
		return true;
	return false;
}

/*
 * jsonb_ivm_support(internal) returns internal
 *
 * The planner's questions about the functions that return documents: marks calls
 * whose results are stored.
 */
Datum
jsonb_ivm_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *marked = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		const SupportRequestSimplify *simplify = (const SupportRequestSimplify *) request;

		if (simplify->root != NULL && Stores(simplify->root, simplify->fcall->funcid))
		{
			marked = makeNode(FuncExpr);
			*marked = *simplify->fcall;
			marked->location = IS_STORED;
		}
	}
	PG_RETURN_POINTER(marked);
}
