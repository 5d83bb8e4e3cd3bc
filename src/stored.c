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
 *	- What a trigger assigns is mostly meant for a row: NEW.data := f(NEW.data).  To
 *	  the planner that is a SELECT from nowhere, and the call is marked as such.
 *
 * But a result that was compressed and comes back to the next call was not stored.
 * Expressions of several calls are, in the end; loops may go on for long.  So when
 * the document has come to the same calls a few times, or to very many, it stays plain
 * for the rest of them.
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

/* In place of a location, like JBI_STORED_CALL. */
#define ASSIGNED_CALL	(-3)

/*
 * So many calls, at different places in queries, may hand a compressed document on
 * from one to the next, and so many at a place where it has been before.  A loop may
 * take turns with so many documents.
 */
#define MOST_CALLS		12
#define MOST_LZ4_CALLS	2		/* lz4 compresses in the time of two splices */
#define MOST_REPEATS	2
#define MANY_RESULTS	16

/* How much of a value, from its end, makes it known. */
#define KNOWN_BY		1024

/* A compressed result of this process, as far as needed to know it again. */
typedef struct KnownResult
{
	uint32		size;
	uint32		hash;
	int			repeats;		/* of the calls that led to it */
	int			ncalls;			/* the others, one upon the other */
	const Node *calls[MOST_CALLS];
} KnownResult;

static KnownResult last_results[MANY_RESULTS];
static uint32 next_result;		/* takes the place of the oldest */

/* The call that goes on, and what is remembered of its target: perhaps nothing. */
static const Node *current_call;
static KnownResult *current;

/*
 * What makes a value known.  Edits are told apart by what comes at the
 * end of a stream, since lengths and literals shift all of it.
 */
static void
Describe(KnownResult *result, const struct varlena *value)
{
	uint32		size = VARSIZE(value);
	uint32		length = Min(size, KNOWN_BY);

	result->size = size;
	result->hash = hash_bytes((const unsigned char *) value + size - length, (int) length);
}

/*
 * What is remembered of a value.  It may have been stored meanwhile, if it is so
 * short that it stays in its row; now and then such a one is left to core, which is
 * no great loss.
 */
static KnownResult *
Find(const struct varlena *value)
{
	KnownResult wanted;

	if (VARATT_IS_EXTERNAL(value))
		return NULL;
	Describe(&wanted, value);
	for (int i = 0; i < MANY_RESULTS; i++)
	{
		if (last_results[i].size == wanted.size && last_results[i].hash == wanted.hash)
			return &last_results[i];
	}
	return NULL;
}

static bool
IsRepeated(const KnownResult *result, const Node *call)
{
	for (int i = 0; i < result->ncalls; i++)
	{
		if (result->calls[i] == call)
			return true;
	}
	return false;
}

/*
 * Remember a new result if it is compressed, in its target's place if that was
 * known.  Beyond one that is plain nothing is handed on.
 */
void
jbi_note_result(const struct varlena *value)
{
	if (VARATT_IS_COMPRESSED(value))
	{
		KnownResult result = current != NULL ? *current : (KnownResult) {0};

		if (IsRepeated(&result, current_call))
			result.repeats++;
		else
			result.calls[result.ncalls++] = current_call;
		Describe(&result, value);
		if (current == NULL)
			current = &last_results[next_result++ % MANY_RESULTS];
		*current = result;
	}
	else if (current != NULL)
		current->size = 0;
	current = NULL;
}

/*
 * Whether the result of the call, whose target is compressed, is going to be stored.
 */
bool
jbi_is_stored(FunctionCallInfo fcinfo, const struct varlena *target)
{
	const FmgrInfo *flinfo = fcinfo->flinfo;
	int			mark = 0;

	if (flinfo != NULL && flinfo->fn_expr != NULL && IsA(flinfo->fn_expr, FuncExpr))
		mark = ((const FuncExpr *) flinfo->fn_expr)->location;
	if (mark != JBI_STORED_CALL &&
		(mark != ASSIGNED_CALL || DatumGetInt32(pg_trigger_depth(fcinfo)) == 0))
		return false;

	current_call = flinfo->fn_expr;
	current = Find(target);
	if (current == NULL)
		return true;
	return IsRepeated(current, current_call) ? current->repeats < MOST_REPEATS :
		current->ncalls < (jbi_compression(target) == JBI_LZ4 ? MOST_LZ4_CALLS : MOST_CALLS);
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
 * The argument that our functions call their target: the first one, which may be
 * named and stand anywhere.
 */
static const Node *
TargetOf(const FuncExpr *call)
{
	const ListCell *cell;

	foreach(cell, call->args)
	{
		const NamedArgExpr *named = lfirst(cell);

		if (IsA(named, NamedArgExpr) && named->argnumber == 0)
			return (const Node *) named->arg;
	}
	return linitial(call->args);
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
					 Yields(TargetOf(call), function));
			}
		case T_CoerceToDomain:
			return Yields((const Node *) ((const CoerceToDomain *) expression)->arg, function);
		case T_CaseExpr:
			foreach(cell, ((const CaseExpr *) expression)->args)
			{
				if (Yields((const Node *) lfirst_node(CaseWhen, cell)->result, function))
					return true;
			}
			return Yields((const Node *) ((const CaseExpr *) expression)->defresult, function);
		case T_CoalesceExpr:
			foreach(cell, ((const CoalesceExpr *) expression)->args)
			{
				if (Yields(lfirst(cell), function))
					return true;
			}
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
	{
		if (Yields((const Node *) lfirst_node(TargetEntry, cell)->expr, function))
			return true;
	}
	return false;
}

/*
 * The same of the rows of a VALUES.
 */
static bool
AnyRowYields(const List *rows, Oid function)
{
	const ListCell *row;
	const ListCell *value;

	foreach(row, rows)
	{
		foreach(value, (const List *) lfirst(row))
		{
			if (Yields(lfirst(value), function))
				return true;
		}
	}
	return false;
}

/*
 * Whether the query's results, or what it stores, can come from the function.
 */
static bool
QueryYields(const Query *query, Oid function)
{
	const ListCell *cell;

	if (AnyYields(query->targetList, function) ||
		(query->onConflict != NULL && AnyYields(query->onConflict->onConflictSet, function)))
		return true;
	foreach(cell, jbi_merge_actions(query))
	{
		if (AnyYields(((const MergeAction *) lfirst(cell))->targetList, function))
			return true;
	}
	foreach(cell, query->rtable)
	{
		if (AnyRowYields(lfirst_node(RangeTblEntry, cell)->values_lists, function))
			return true;
	}
	return false;
}

/*
 * Whether a query is an expression and no more.  The planner gives those that have
 * no FROM a relation without columns for it.
 */
static bool
IsExpression(const Query *query)
{
	const ListCell *cell;

	foreach(cell, query->rtable)
	{
		if (lfirst_node(RangeTblEntry, cell)->rtekind != RTE_RESULT)
			return false;
	}
	return query->commandType == CMD_SELECT;
}

/*
 * The mark for calls of the function in the query, or 0.  A SELECT within an INSERT,
 * UPDATE or MERGE is taken to be there for what that stores; and where a query has
 * one call that is stored, its other calls of the function are not told from it.
 */
static int
MarkFor(const PlannerInfo *root, Oid function)
{
	const PlannerInfo *top = root;
	int			mark = 0;

	while (top->parent_root != NULL && top->parse->commandType == CMD_SELECT)
		top = top->parent_root;
	if (jbi_writes(top->parse->commandType))
		mark = JBI_STORED_CALL;
	else if (root->parent_root == NULL && IsExpression(root->parse))
		mark = ASSIGNED_CALL;

	/* Most queries only read, and are not looked through. */
	return mark != 0 && QueryYields(root->parse, function) ? mark : 0;
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
		int			mark = simplify->root == NULL ? 0 :
			MarkFor(simplify->root, simplify->fcall->funcid);

		if (mark != 0)
		{
			marked = makeNode(FuncExpr);
			*marked = *simplify->fcall;
			marked->location = mark;
		}
	}
	PG_RETURN_POINTER(marked);
}
