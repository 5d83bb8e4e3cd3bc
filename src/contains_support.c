/*-------------------------------------------------------------------------
 *
 * contains_support.c
 *	  Lets a GIN index answer jsonb_array_contains_id().
 *
 * That some element of the array at {a,b} has the id 42 implies
 *
 *		data @> '{"a": {"b": [{"id": 42}]}}'
 *
 * and that is what GIN can search.  What the index finds is more than what is
 * wanted, since the value may be a container, of which a part suffices; so the
 * function is asked again of each row.  A document like this there is only if every
 * element of the path is a key and nothing else: one that an array could follow as
 * well implies nothing.
 *
 * The planner asks for a condition when an argument of the call is what an index is
 * on.  So it is if that is the document.  If it is the array, data -> 'a' -> 'b', or
 * what the path passes on its way there, then the call gets a companion that is true
 * whenever the call is, and has the indexed expression for its document:
 *
 *		jsonb_array_contains_id(data, '{a,b}', 'id', '42') AND
 *		jsonb_array_contains_id(data -> 'a' -> 'b', '{}', 'id', '42')
 *
 * Of each row it is asked last, since it costs more; and in estimates it counts for
 * nothing.  Both calls are marked where nobody looks: at the location, in the query's
 * text, of the path.
 *
 * No name is looked up here: functions have fixed numbers, and the operator is the
 * operator family's.
 *
 *-------------------------------------------------------------------------
 */
#include "path.h"
#include "verify.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"

JBI_FUNCTION(jsonb_ivm_contains_support);

/* In place of locations, where all below zero are unknown. */
#define HAS_COMPANION	(-4)
#define IS_COMPANION	(-5)

/* What is longer has no place in an index condition. */
#define LONGEST_WANTED	65536

/*
 * A call whose arguments allow for an index.
 */
typedef struct Search
{
	Node	   *document;
	const Const *path_argument;
	const Const *key;
	Node	   *value;
	JbiPath		path;
} Search;

static bool
IsKnown(const Node *expression, Oid type)
{
	return IsA(expression, Const) && !((const Const *) expression)->constisnull &&
		((const Const *) expression)->consttype == type;
}

/*
 * Whether a type can have no jsonb in it.
 */
static bool
IsPlainType(Oid type)
{
	return type != JSONBOID && get_typtype(type) == TYPTYPE_BASE && get_element_type(type) == InvalidOid;
}

/*
 * Whether a constant can be handed to core's functions.  Where it is the value of a
 * parameter it may come from a table, and be damaged there.
 */
static bool
IsSound(const Const *value, JbiScratch *scratch)
{
	const Jsonb *document;
	Size		offset;

	if (toast_raw_datum_size(value->constvalue) > LONGEST_WANTED)
		return false;
	document = (const Jsonb *) jbi_scratch_detoast(scratch, value->constvalue);
	return jbi_verify(VARDATA(document), VARSIZE(document) - VARHDRSZ, &offset) == NULL;
}

/*
 * Whether the value is a constant, or made by to_jsonb() when the query runs, of a
 * parameter or another table's column.  Core's functions, which the index hands it
 * to, must not get to see one that is stored and may be damaged.
 */
static bool
IsSearchable(Node *value, JbiScratch *scratch)
{
	const FuncExpr *call = (const FuncExpr *) value;

	if (IsA(value, Const))
		return IsKnown(value, JSONBOID) && IsSound((const Const *) value, scratch);
	return IsA(value, FuncExpr) && call->funcid == F_TO_JSONB &&
		IsPlainType(exprType(linitial(call->args))) &&
		!contain_volatile_functions(value) && !contain_subplans(value);
}

/*
 * Whether an element of the path is a key and nothing else.
 */
static bool
IsOnlyKey(const JbiPath *path, int level)
{
	JbiString	element = path->elements[level];

	/* Of what looks like a selector, the value need not be readable. */
	return (element.len == 0 || element.bytes[0] != '[') &&
		jbi_path_selector(path, level)->kind == JBI_SELECT_NOTHING;
}

/*
 * The path of a constant, if it has nothing but elements.
 */
static bool
ReadPath(const Const *constant, JbiScratch *scratch, JbiPath *path)
{
	ArrayType  *array = (ArrayType *) jbi_scratch_detoast(scratch, constant->constvalue);

	if (ARR_NDIM(array) > 1 || ARR_HASNULL(array) || VARSIZE(array) > LONGEST_WANTED)
		return false;
	*path = jbi_path_from_array(array, scratch, "path element");
	return true;
}

/*
 * What the call searches, if an index could do that.
 */
static bool
ReadSearch(const List *arguments, JbiScratch *scratch, Search *search)
{
	const Node *path = lsecond(arguments);
	const Node *key = lthird(arguments);

	search->document = linitial(arguments);
	search->value = lfourth(arguments);
	if (!IsKnown(path, TEXTARRAYOID) || !IsKnown(key, TEXTOID) || !IsSearchable(search->value, scratch))
		return false;
	search->path_argument = (const Const *) path;
	search->key = (const Const *) key;
	if (toast_raw_datum_size(search->key->constvalue) > LONGEST_WANTED ||
		!ReadPath(search->path_argument, scratch, &search->path))
		return false;
	for (int level = 0; level < search->path.count; level++)
	{
		if (!IsOnlyKey(&search->path, level))
			return false;
	}
	return true;
}

/*
 * The mark of a call, or something else that is its path's location.
 */
static int
MarkOf(const List *arguments)
{
	const Const *path = lsecond(arguments);

	return IsA(path, Const) ? path->location : 0;
}

/*
 * The operator @> of the family, if it is the one on documents.
 */
static Oid
ContainsOperator(Oid opfamily)
{
	Oid			operator = get_opfamily_member(opfamily, JSONBOID, JSONBOID,
											   JsonbContainsStrategyNumber);

	return OidIsValid(operator) && get_opcode(operator) == F_JSONB_CONTAINS ? operator : InvalidOid;
}

static void
Push(JsonbParseState **state, JsonbIteratorToken token, JbiString string)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, string.bytes);
	value.val.string.len = (int) string.len;
	(void) pushJsonbValue(state, token, &value);
}

/*
 * The document that is contained where the value is found, still with a null in its
 * place.
 */
static Jsonb *
MakeContained(const JbiPath *path, JbiString key)
{
	JsonbParseState *state = NULL;
	JsonbValue	null = {.type = jbvNull};
	JsonbValue *document;

	for (int level = 0; level < path->count; level++)
	{
		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		Push(&state, WJB_KEY, path->elements[level]);
	}
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	Push(&state, WJB_KEY, key);
	(void) pushJsonbValue(&state, WJB_VALUE, &null);
	(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	document = pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	for (int level = 0; level < path->count; level++)
		document = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(document);
}

static Const *
MakeConst(Oid type, Oid collation, Datum value)
{
	return makeConst(type, -1, collation, -1, value, false, false);
}

static Const *
MakePath(const JbiString *elements, int count)
{
	Datum	   *datums = palloc((Size) count * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < count; i++)
		datums[i] = PointerGetDatum(cstring_to_text_with_len(elements[i].bytes, (int) elements[i].len));
	array = construct_array(datums, count, TEXTOID, -1, false, TYPALIGN_INT);
	return MakeConst(TEXTARRAYOID, DEFAULT_COLLATION_OID, PointerGetDatum(array));
}

/*
 * The same document with the value: a constant if that is one, else an expression
 * that makes it.
 */
static Node *
ContainedExpression(PlannerInfo *root, const Search *search)
{
	const text *key = DatumGetTextPP(search->key->constvalue);
	int			count = search->path.count;
	JbiString  *elements = palloc(((Size) count + 2) * sizeof(JbiString));
	Jsonb	   *contained;
	List	   *arguments;

	memcpy(elements, search->path.elements, (Size) count * sizeof(JbiString));
	elements[count] = (JbiString)
	{
		"0", 1
	};
	elements[count + 1] = (JbiString)
	{
		VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key)
	};
	contained = MakeContained(&search->path, elements[count + 1]);
	arguments = list_make4(MakeConst(JSONBOID, InvalidOid, JsonbPGetDatum(contained)),
						   MakePath(elements, count + 2),
						   copyObject(search->value), makeBoolConst(true, false));
	return eval_const_expressions(root, (Node *) makeFuncExpr(F_JSONB_SET, JSONBOID, arguments, InvalidOid,
															  InvalidOid, COERCE_EXPLICIT_CALL));
}

/*
 * The condition on an index whose column is the call's document.
 */
static List *
IndexCondition(SupportRequestIndexCondition *request)
{
	const FuncExpr *call = (const FuncExpr *) request->node;
	Oid			operator = ContainsOperator(request->opfamily);
	List	   *condition = NIL;
	JbiScratch	scratch;
	Search		search;

	if (!OidIsValid(operator) || !IsA(call, FuncExpr) || request->indexarg != 0)
		return NIL;
	jbi_scratch_start(&scratch);
	if (ReadSearch(call->args, &scratch, &search) &&
		jbi_is_pseudo_constant(request->root, search.value, request->index))
	{
		Node	   *contained = ContainedExpression(request->root, &search);

		condition = list_make1(make_opclause(operator, BOOLOID, false,
											 (Expr *) copyObject(search.document), (Expr *) contained,
											 InvalidOid, InvalidOid));
		request->lossy = true;
	}
	jbi_scratch_end(&scratch);
	return condition;
}

/*
 * What an expression calls, be it as a function or as an operator.
 */
static Oid
CalledFunction(const Node *expression, const List **arguments)
{
	if (IsA(expression, FuncExpr))
	{
		*arguments = ((const FuncExpr *) expression)->args;
		return ((const FuncExpr *) expression)->funcid;
	}
	if (IsA(expression, OpExpr))
	{
		*arguments = ((const OpExpr *) expression)->args;
		return get_opcode(((const OpExpr *) expression)->opno);
	}
	return InvalidOid;
}

/*
 * How many elements of the path it is, if a subscript, or the right side of -> or #>,
 * is what comes at a place of the path; else 0.
 */
static int
CountSteps(const Node *subscript, const JbiPath *path, int at)
{
	const Const *constant = (const Const *) subscript;
	JbiString	element;
	JbiScratch	scratch;
	JbiPath		steps;
	bool		same;

	if (IsKnown(subscript, TEXTOID))
	{
		const text *key = DatumGetTextPP(constant->constvalue);

		element = (JbiString)
		{
			VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key)
		};
		return at < path->count && jbi_compare_keys(element, path->elements[at]) == 0 ? 1 : 0;
	}
	if (!IsKnown(subscript, TEXTARRAYOID))
		return 0;
	jbi_scratch_start(&scratch);
	same = ReadPath(constant, &scratch, &steps) && steps.count <= path->count - at;
	for (int i = 0; same && i < steps.count; i++)
		same = jbi_compare_keys(steps.elements[i], path->elements[at + i]) == 0;
	jbi_scratch_end(&scratch);
	return same ? steps.count : 0;
}

/*
 * How many elements of the path an expression goes, from the document on; 0 if it is
 * anything else.
 */
static int
CountFollowed(const Node *expression, const Node *document, const JbiPath *path)
{
	const List *steps = NIL;
	const Node *inner;
	const ListCell *cell;
	int			count = 0;

	check_stack_depth();
	if (IsA(expression, SubscriptingRef))
	{
		const SubscriptingRef *subscripted = (const SubscriptingRef *) expression;

		if (subscripted->refcontainertype != JSONBOID || subscripted->reflowerindexpr != NIL ||
			subscripted->refassgnexpr != NULL)
			return 0;
		inner = (const Node *) subscripted->refexpr;
		steps = subscripted->refupperindexpr;
	}
	else
	{
		const List *arguments = NIL;
		Oid			function = CalledFunction(expression, &arguments);

		if (function != F_JSONB_OBJECT_FIELD && function != F_JSONB_EXTRACT_PATH)
			return 0;
		inner = linitial(arguments);
		steps = list_make1(lsecond(arguments));
	}
	if (!equal(inner, document))
	{
		count = CountFollowed(inner, document, path);
		if (count == 0)
			return 0;
	}
	foreach(cell, steps)
	{
		int			step = CountSteps(lfirst(cell), path, count);

		if (step == 0)
			return 0;
		count += step;
	}
	return count;
}

/*
 * Look at the expressions of one index.
 */
static void
SearchIndex(Relation index, int varno, const Search *search, Node **best, int *best_count)
{
	List	   *expressions = RelationGetIndexExpressions(index);
	const ListCell *cell = list_head(expressions);

	if (!index->rd_index->indisvalid)
		return;
	for (int i = 0; cell != NULL && i < IndexRelationGetNumberOfKeyAttributes(index); i++)
	{
		Node	   *expression;
		int			count;

		if (index->rd_index->indkey.values[i] != 0)
			continue;
		expression = lfirst(cell);
		cell = lnext(expressions, cell);
		if (!OidIsValid(ContainsOperator(index->rd_opfamily[i])))
			continue;
		ChangeVarNodes(expression, 1, varno, 0);
		count = CountFollowed(expression, search->document, &search->path);
		if (count > *best_count)
		{
			*best = expression;
			*best_count = count;
		}
	}
}

/*
 * The indexed expression that goes the longest part of the path, and how many
 * elements that is; NULL if there is none.
 */
static Node *
IndexedExpression(const PlannerInfo *root, const Search *search, int *count)
{
	const Var  *document = (const Var *) search->document;
	const RangeTblEntry *entry;
	Relation	table;
	List	   *indexes;
	const ListCell *cell;
	Node	   *best = NULL;

	*count = 0;
	if (!IsA(document, Var) || document->varlevelsup != 0 || (int) document->varno < 1 ||
		(int) document->varno > list_length(root->parse->rtable))
		return NULL;
	entry = rt_fetch((int) document->varno, root->parse->rtable);
	if (entry->rtekind != RTE_RELATION)
		return NULL;
	table = table_open(entry->relid, AccessShareLock);
	indexes = RelationGetIndexList(table);
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		SearchIndex(index, document->varno, search, &best, count);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	table_close(table, AccessShareLock);
	return best;
}

static bool IsCondition(const Node *node, Oid function);

static bool
AnyIsCondition(const List *nodes, Oid function)
{
	const ListCell *cell;

	foreach(cell, nodes)
	{
		if (IsCondition(lfirst(cell), function))
			return true;
	}
	return false;
}

/*
 * Whether a call of the function is among the query's conditions, where an index may
 * answer it.
 */
static bool
IsCondition(const Node *node, Oid function)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_FromExpr:
			return IsCondition(((const FromExpr *) node)->quals, function) ||
				AnyIsCondition(((const FromExpr *) node)->fromlist, function);
		case T_JoinExpr:
			return IsCondition(((const JoinExpr *) node)->quals, function) ||
				IsCondition(((const JoinExpr *) node)->larg, function) ||
				IsCondition(((const JoinExpr *) node)->rarg, function);
		case T_List:
			return AnyIsCondition((const List *) node, function);
		case T_BoolExpr:
			return ((const BoolExpr *) node)->boolop != NOT_EXPR &&
				AnyIsCondition(((const BoolExpr *) node)->args, function);
		case T_FuncExpr:
			return ((const FuncExpr *) node)->funcid == function;
		default:
			return false;
	}
}

/*
 * The call with a path that bears a mark.
 */
static Expr *
MarkedCall(const FuncExpr *call, Node *document, Const *path, int mark)
{
	FuncExpr   *marked = copyObject(unconstify(FuncExpr *, call));

	path->location = mark;
	linitial(marked->args) = copyObject(document);
	lsecond(marked->args) = path;
	return (Expr *) marked;
}

/*
 * The call and its companion, or NULL.
 */
static Node *
WithCompanion(const SupportRequestSimplify *request)
{
	const FuncExpr *call = request->fcall;
	int			mark = MarkOf(call->args);
	Node	   *result = NULL;
	JbiScratch	scratch;
	Search		search;
	Node	   *expression;
	int			count;

	if (request->root == NULL || mark == HAS_COMPANION || mark == IS_COMPANION ||
		!IsCondition((const Node *) request->root->parse->jointree, call->funcid))
		return NULL;
	jbi_scratch_start(&scratch);
	if (ReadSearch(call->args, &scratch, &search) &&
		(expression = IndexedExpression(request->root, &search, &count)) != NULL)
	{
		Expr	   *original = MarkedCall(call, search.document, copyObject(unconstify(Const *, search.path_argument)), HAS_COMPANION);
		Expr	   *companion = MarkedCall(call, expression, MakePath(search.path.elements + count, search.path.count - count),
										   IS_COMPANION);

		result = (Node *) make_andclause(list_make2(original, companion));
	}
	jbi_scratch_end(&scratch);
	return result;
}

/*
 * jsonb_ivm_contains_support(internal) returns internal
 *
 * The planner's questions about jsonb_array_contains_id(): what an index can do for a
 * call, and how many rows it is true of.
 */
Datum
jsonb_ivm_contains_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(WithCompanion((const SupportRequestSimplify *) request));
	if (IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(IndexCondition((SupportRequestIndexCondition *) request));
	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *selectivity = (SupportRequestSelectivity *) request;

		/* As core estimates what contains something. */
		selectivity->selectivity = MarkOf(selectivity->args) == IS_COMPANION ? 1.0 : DEFAULT_MATCHING_SEL;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
