/*-------------------------------------------------------------------------
 *
 * aggregates.c
 *	  SQL aggregates that merge objects.
 *
 * The state of an aggregate is the object merged so far: a tree of pairs, in the
 * order in which the format has them.  A pair owns the bytes of its key and its
 * value, and gives back a value that is replaced, so memory is that of the result,
 * however many documents come.  A nested object stays the bytes that it came as
 * until another one is merged into it.  At the end all is written by the engine, as
 * the edit of an object without pairs.
 *
 * The documents of a group mostly have the same keys.  So each pair knows which
 * one came behind it last time, and the tree is searched where that is wrong.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

#include "lib/rbtree.h"
#include "miscadmin.h"
#include "utils/memutils.h"

JBI_FUNCTION(jsonb_merge_agg_transition);
JBI_FUNCTION(jsonb_deep_merge_agg_transition);
JBI_FUNCTION(jsonb_merge_agg_final);

typedef struct MergedObject MergedObject;

typedef struct MergedPair
{
	RBTNode		node;
	struct MergedPair *next;	/* the one behind it in the last document, or
								 * NULL */
	JbiString	key;
	MergedObject *object;		/* the value, if something was merged into it,
								 * ... */
	JbiValue	value;			/* ... or its bytes */
	uint32		room;			/* for those */
} MergedPair;

struct MergedObject
{
	RBTree	   *pairs;
	MergedPair *first;			/* of the last document, or NULL */
};

typedef struct MergeState
{
	MemoryContext context;		/* of the group */
	bool		deep;
	uint64		length;			/* of all that the result will hold, without
								 * padding */
	MergedObject *root;
} MergeState;

static int
ComparePairs(const RBTNode *a, const RBTNode *b, void *state)
{
	(void) state;
	return jbi_compare_keys(((const MergedPair *) a)->key, ((const MergedPair *) b)->key);
}

/*
 * The tree has such a pair already.
 */
static void
KeepPair(RBTNode *existing, const RBTNode *pair, void *state)
{
	(void) existing;
	(void) pair;
	(void) state;
}

static RBTNode *
AllocatePair(void *state)
{
	return MemoryContextAlloc(((MergeState *) state)->context, sizeof(MergedPair));
}

static void
FreePair(RBTNode *pair, void *state)
{
	(void) state;
	pfree(pair);
}

static MergedObject *
NewObject(MergeState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	MergedObject *object = palloc(sizeof(MergedObject));

	object->pairs = rbt_create(sizeof(MergedPair), ComparePairs, KeepPair,
							   AllocatePair, FreePair, state);
	object->first = NULL;
	MemoryContextSwitchTo(caller);
	return object;
}

static MergeState *
NewState(MemoryContext context, bool deep)
{
	MergeState *state = MemoryContextAlloc(context, sizeof(MergeState));

	state->context = context;
	state->deep = deep;
	state->length = 0;
	state->root = NewObject(state);
	return state;
}

/*
 * Count so many bytes more.  What could not be written any more is not gathered.
 */
static void
AddLength(MergeState *state, Size length)
{
	state->length += length;
	if (unlikely(state->length > JENTRY_OFFLENMASK))
		jbi_object_too_long();
}

/*
 * What a pair takes up beside its value.
 */
static Size
PairLength(JbiString key)
{
	return 2 * sizeof(JEntry) + key.len;
}

static void FreeObject(MergeState *state, MergedObject *object);

/*
 * Take the pair's value away.
 */
static void
ClearPair(MergeState *state, MergedPair *pair)
{
	if (pair->object != NULL)
		FreeObject(state, pair->object);
	if (pair->room > 0)
		pfree(unconstify(char *, pair->value.bytes));
	state->length -= pair->value.len;
	pair->object = NULL;
	pair->value = (JbiValue)
	{
		.type = JENTRY_ISNULL
	};
	pair->room = 0;
}

static void
FreeObject(MergeState *state, MergedObject *object)
{
	MergedPair *pair;

	check_stack_depth();
	while ((pair = (MergedPair *) rbt_leftmost(object->pairs)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		ClearPair(state, pair);
		state->length -= PairLength(pair->key);
		pfree(unconstify(char *, pair->key.bytes));
		rbt_delete(object->pairs, &pair->node);
	}
	pfree(object->pairs);
	pfree(object);
}

/*
 * Make room for a value of that length in the pair.
 */
static void
MakeRoom(MergeState *state, MergedPair *pair, uint32 length)
{
	ClearPair(state, pair);
	if (length > 0)
		pair->value.bytes = MemoryContextAlloc(state->context, length);
	pair->room = length;
}

/*
 * Give the pair this value.  The room for the old one is used again, if it is not
 * far too much.
 */
static void
SetPair(MergeState *state, MergedPair *pair, const JbiValue *value)
{
	char	   *bytes;

	state->length -= pair->value.len;
	pair->value.len = 0;
	AddLength(state, value->len);
	if (pair->object != NULL || value->len > pair->room || value->len < pair->room / 2)
		MakeRoom(state, pair, value->len);
	bytes = unconstify(char *, pair->value.bytes);
	jbi_copy_bytes(bytes, value->bytes, value->len);
	pair->value.type = value->type;
	pair->value.len = value->len;
	pair->value.doc = bytes;
}

static bool
IsKey(JbiString key, JbiString wanted)
{
	return key.len == wanted.len && jbi_compare_bytes(key.bytes, wanted.bytes, key.len) == 0;
}

/*
 * The pair with that key, which comes behind the last one in the document.  A new
 * pair holds null.
 */
static MergedPair *
FindPair(MergeState *state, MergedObject *object, MergedPair *last, JbiString key)
{
	MergedPair **next = last != NULL ? &last->next : &object->first;
	MergedPair	pair;
	bool		is_new;

	if (likely(*next != NULL && IsKey((*next)->key, key)))
		return *next;
	pair = (MergedPair)
	{
		.key = key,.value =
		{
			.type = JENTRY_ISNULL
		}
	};
	*next = (MergedPair *) rbt_insert(object->pairs, &pair.node, &is_new);
	if (is_new)
	{
		char	   *bytes;

		AddLength(state, PairLength(key));
		bytes = MemoryContextAlloc(state->context, key.len);
		jbi_copy_bytes(bytes, key.bytes, key.len);
		(*next)->key.bytes = bytes;
	}
	return *next;
}

static void MergeObject(MergeState *state, MergedObject *object, const JbiContainer *source);

static bool
IsObject(const MergedPair *pair)
{
	return pair->object != NULL || jbi_value_kind(&pair->value) == JB_FOBJECT;
}

/*
 * The pair's value, which is an object, as one to be merged into.
 */
static MergedObject *
OpenPair(MergeState *state, MergedPair *pair)
{
	if (pair->object == NULL)
	{
		MergedObject *object = NewObject(state);
		JbiContainer container;

		jbi_open_container(&container, &pair->value);
		state->length -= pair->value.len;
		pair->value.len = 0;
		MergeObject(state, object, &container);
		ClearPair(state, pair);
		pair->object = object;
	}
	return pair->object;
}

/*
 * Merge all pairs of the source into the object.
 */
static void
MergeObject(MergeState *state, MergedObject *object, const JbiContainer *source)
{
	JbiPairs	pairs;
	MergedPair *pair = NULL;

	check_stack_depth();
	jbi_pairs_start(&pairs, source);
	while (jbi_pairs_next(&pairs))
	{
		pair = FindPair(state, object, pair, pairs.key);
		if (state->deep && IsObject(pair) && jbi_value_kind(&pairs.value) == JB_FOBJECT)
		{
			JbiContainer container;

			jbi_open_container(&container, &pairs.value);
			MergeObject(state, OpenPair(state, pair), &container);
		}
		else
			SetPair(state, pair, &pairs.value);
	}
}

/*
 * One step of an aggregate: merge the document, if it is not null.
 */
static Datum
MergeDocument(FunctionCallInfo fcinfo, bool deep)
{
	static const char *const names[] = {"state", "doc"};
	JbiCall		call;
	JbiContainer document;
	MemoryContext context;
	MergeState *state;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "this function is part of an aggregate");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	jbi_call_start(&call, fcinfo, names, PG_NARGS());
	jbi_object_argument(&call, 1, &document);

	state = PG_ARGISNULL(0) ? NewState(context, deep) : (MergeState *) PG_GETARG_POINTER(0);
	MergeObject(state, state->root, &document);
	jbi_call_end(&call);
	PG_RETURN_POINTER(state);
}

/*
 * jsonb_merge_agg(doc jsonb) returns jsonb, by jsonb_merge_agg_transition(state
 * internal, doc jsonb) and jsonb_merge_agg_final(state internal)
 *
 * Shallow-merges all documents in the order in which they come.  Those that are null
 * are skipped, and if there is no other the result is null.
 *
 * Errors: 22023 a document that is not an object; 54000 more than fits into one.
 */
Datum
jsonb_merge_agg_transition(PG_FUNCTION_ARGS)
{
	return MergeDocument(fcinfo, false);
}

/*
 * jsonb_deep_merge_agg(doc jsonb) returns jsonb, by jsonb_deep_merge_agg_transition(
 * state internal, doc jsonb) and jsonb_merge_agg_final(state internal)
 *
 * The same, but merges objects that meet objects recursively; arrays and scalars,
 * and what meets them, are replaced.
 *
 * Errors: those of jsonb_merge_agg; 54001 nesting too deep.
 */
Datum
jsonb_deep_merge_agg_transition(PG_FUNCTION_ARGS)
{
	return MergeDocument(fcinfo, true);
}

/*
 * Plan to write all pairs.
 */
static void
AddPairs(JbiEdit *edit, const MergedObject *object)
{
	RBTreeIterator iterator;
	const MergedPair *pair;

	check_stack_depth();
	rbt_begin_iterate(object->pairs, LeftRightWalk, &iterator);
	while ((pair = (const MergedPair *) rbt_iterate(&iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (pair->object != NULL)
			AddPairs(jbi_edit_insert_object(edit, 0, pair->key), pair->object);
		else
			jbi_edit_insert_pair(edit, 0, pair->key, &pair->value);
	}
}

/*
 * jsonb_merge_agg_final(state internal) returns jsonb
 *
 * What was merged so far, as a document; null if that is nothing.  The state stays as it
 * is, since an aggregate over a window goes on from there.
 *
 * Errors: 54000 the document is too large, or an object in it has too many pairs; 54001
 * it is too deep.
 */
Datum
jsonb_merge_agg_final(PG_FUNCTION_ARGS)
{
	const MergeState *state;
	JbiScratch	scratch;
	JbiPlan		plan;
	JbiEdit    *root;
	Jsonb	   *result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const MergeState *) PG_GETARG_POINTER(0);

	jbi_scratch_start(&scratch);
	root = jbi_plan_start_new(&plan, &scratch, JB_FOBJECT);
	AddPairs(root, state->root);
	result = jbi_write(root);
	jbi_scratch_end(&scratch);
	PG_RETURN_POINTER(result);
}
