/*-------------------------------------------------------------------------
 *
 * patch_ops.c
 *	  SQL functions for JSON Patch, RFC 6902.
 *
 * A patch is an array of operations, which are applied one after the other, all or
 * none.  They make one plan, in order, so that the document is written once.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "diff.h"
#include "match.h"
#include "pointer.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"

JBI_FUNCTION(jsonb_patch);
JBI_FUNCTION(jsonb_diff);

/* The members that an operation has to have beside "op" and "path". */
#define HAS_VALUE		0x01
#define HAS_OBJECT		0x02	/* a value that is an object */
#define MAY_HAVE_NUMBER	0x04	/* a value, which is a number and otherwise 1 */
#define HAS_KEY			0x08
#define HAS_UPDATES		0x10	/* an object as well */
#define HAS_FROM		0x20

/* What is special about it. */
#define NEEDS_PLACE		0x40	/* its path has to lead somewhere */
#define FINDS_ELEMENT	0x80	/* in the array at its path, by key and value */
#define TAKES			0x100	/* what it reads it also removes */

/*
 * One kind of operation.
 */
typedef struct Kind
{
	const char *name;
	int			flags;
	JbiPlanner	planner;		/* at each place that the path leads to */
} Kind;

/*
 * A patch while it is being applied.
 */
typedef struct Patch
{
	JbiPlan		plan;
	JbiPathRoom path_room;
	JbiPathRoom from_room;
	uint32		number;			/* of the operation that is at work, from 1 */
	const Kind *kind;			/* if that is known already */
} Patch;

/*
 * An operation, read.
 */
typedef struct Operation
{
	const Kind *kind;
	JbiContainer members;
	JbiPath		path;
	JbiPath		from;
	JbiString	key;
	JbiValue	value;
	JbiContainer object;		/* that is the value, or the updates */
	JbiSelector match;			/* for an element with that value under the
								 * key */
	bool		stays;			/* what is moved is where it is to be */
	uint32		places;			/* that the path has led to */
	bool		too_early;		/* the plan has to settle first */
} Operation;

static char *
PathTo(const JbiPlace *place)
{
	return jbi_path_to_cstring(place->path, place->level);
}

/*
 * There is nothing where there should be something: where the path first leads
 * astray.
 */
pg_noreturn static void
NothingAt(const JbiPlace *place)
{
	while (place->above != NULL && !place->above->present)
		place = place->above;
	if (place->above != NULL && jbi_place_container(place->above) == NULL)
		jbi_wrong_type_at(place->above, "an array or an object");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path %s holds nothing", PathTo(place))));
}

/*
 * Count a place, in which there has to be something.
 */
static Operation *
CheckPresent(const JbiPlace *place, void *state)
{
	Operation  *operation = state;

	operation->places++;
	if (!place->present)
		NothingAt(place);
	return operation;
}

/*
 * Whether the path ends with the index that the next element of an array would
 * have.  As an element of a keyed path it would be out of range.
 */
static bool
IsNextIndex(const JbiPlace *place, const JbiContainer *array)
{
	const JbiEdit *edit = place->above->edit;
	int			level = place->level - 1;
	const JbiSelector *selector = place->path->selectors[level];

	return level < place->path->tokens && selector->kind == JBI_SELECT_INDEX &&
		(uint32) selector->index == (edit != NULL ? jbi_edit_count(edit) : array->count);
}

/*
 * An element cannot be added there: no index, and no element that was searched.
 */
pg_noreturn static void
NoPosition(const JbiPlace *place)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path %s holds nothing that an element could be added before", PathTo(place)),
			 errhint("The position behind the last element is - in a JSON Pointer, and [-] in a keyed path.")));
}

/*
 * RFC 6902, section 4.1: an element is inserted, a member is added or replaced, and
 * so is the document.
 */
static void
Add(JbiPlace *place, void *state)
{
	Operation  *operation = state;
	const JbiContainer *parent = NULL;

	operation->places++;
	if (place->above != NULL)
	{
		parent = jbi_place_container(place->above);
		if (parent == NULL)
			NothingAt(place);
	}
	if (parent == NULL || parent->kind == JB_FOBJECT || place->behind_last)
	{
		if (!place->present && !place->creatable)
			NothingAt(place);
		jbi_place_set(place, &operation->value);
	}
	else if (place->present)
		jbi_place_insert(place, &operation->value);
	else if (IsNextIndex(place, parent))
	{
		JbiEdit    *array = jbi_place_open(place->above, JB_FARRAY, false);

		jbi_edit_insert_element(array, array->source.count, &operation->value);
	}
	else
		NoPosition(place);
}

/*
 * RFC 6902, section 4.2.  Without its root there would be no document.
 */
static void
Remove(JbiPlace *place, void *state)
{
	CheckPresent(place, state);
	if (place->above == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the document as a whole cannot be removed")));
	jbi_place_remove(place);
}

/*
 * RFC 6902, section 4.3.
 */
static void
Replace(JbiPlace *place, void *state)
{
	jbi_place_set(place, &CheckPresent(place, state)->value);
}

/*
 * RFC 6902, section 4.6.
 */
static void
Test(JbiPlace *place, void *state)
{
	const Operation *operation = CheckPresent(place, state);

	if (!jbi_place_equals(place, &operation->value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path %s does not hold the value that it is tested for", PathTo(place)),
				 errdetail("It holds %s.", jbi_place_type_name(place))));
}

/*
 * The place that an operation copies or moves from.
 */
static void
Read(JbiPlace *place, void *state)
{
	Operation  *operation = CheckPresent(place, state);

	/* That is an error, if there is no other further on. */
	if (operation->places > 1)
		return;
	operation->too_early = !jbi_place_read(place, &operation->value);
	if ((operation->kind->flags & TAKES) != 0 && !operation->stays && !operation->too_early)
		jbi_place_remove(place);
}

static void
Merge(JbiPlace *place, void *state)
{
	jbi_place_merge(place, &((const Operation *) state)->object);
}

static void
DeepMerge(JbiPlace *place, void *state)
{
	jbi_place_deep_merge(place, &((const Operation *) state)->object);
}

static void
Increment(JbiPlace *place, void *state)
{
	jbi_place_increment(place, &((const Operation *) state)->value);
}

/*
 * Whether the place is that of an element that was searched.  Else there is no array,
 * which is fine where there is nothing.
 */
static bool
IsInArray(JbiPlace *place)
{
	const JbiContainer *container = jbi_place_container(place->above);

	if (container != NULL && container->kind == JB_FARRAY)
		return true;
	if (container != NULL || !jbi_place_is_free(place->above))
		jbi_wrong_type_at(place->above, "an array");
	return false;
}

/*
 * Replace the match, or append the element.
 */
static void
Upsert(JbiPlace *place, void *state)
{
	const Operation *operation = state;
	JbiEdit    *array;

	if (IsInArray(place) && place->present)
	{
		jbi_place_set(place, &operation->value);
		return;
	}
	array = jbi_place_open(place->above, JB_FARRAY, true);
	if (array != NULL)
		jbi_edit_insert_element(array, array->source.count, &operation->value);
}

static void
DeleteWhere(JbiPlace *place, void *state)
{
	(void) state;
	if (IsInArray(place))
		jbi_place_remove(place);
}

static void
UpdateWhere(JbiPlace *place, void *state)
{
	const Operation *operation = state;

	if (IsInArray(place) && place->present)
		jbi_edit_merge(jbi_place_open(place, JB_FOBJECT, false), &operation->object);
}

static const Kind kinds[] = {
	{"add", HAS_VALUE | NEEDS_PLACE, Add},
	{"remove", NEEDS_PLACE, Remove},
	{"replace", HAS_VALUE | NEEDS_PLACE, Replace},
	{"move", HAS_FROM | NEEDS_PLACE | TAKES, Add},
	{"copy", HAS_FROM | NEEDS_PLACE, Add},
	{"test", HAS_VALUE | NEEDS_PLACE, Test},
	{"merge", HAS_OBJECT, Merge},
	{"deep_merge", HAS_OBJECT, DeepMerge},
	{"increment", MAY_HAVE_NUMBER, Increment},
	{"upsert", HAS_KEY | HAS_OBJECT | FINDS_ELEMENT, Upsert},
	{"delete_where", HAS_KEY | HAS_VALUE | FINDS_ELEMENT, DeleteWhere},
	{"update_where", HAS_KEY | HAS_VALUE | HAS_UPDATES | FINDS_ELEMENT, UpdateWhere}
};

/*
 * A member that has to be there.
 */
static JbiValue
GetMember(const JbiContainer *object, const char *name)
{
	JbiValue	value;

	if (!jbi_get_value(object, jbi_string(name), &value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("member \"%s\" is missing", name)));
	return value;
}

pg_noreturn static void
WrongMember(const char *name, const char *wanted, const JbiValue *found)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("member \"%s\" must be %s, not %s", name, wanted, jbi_value_type_name(found))));
}

static JbiString
GetString(const JbiContainer *object, const char *name)
{
	JbiValue	value = GetMember(object, name);
	JbiString	string = {value.bytes, value.len};

	if (value.type != JENTRY_ISSTRING)
		WrongMember(name, "a string", &value);
	return string;
}

static JbiValue
GetObject(const JbiContainer *object, const char *name, JbiContainer *member)
{
	JbiValue	value = GetMember(object, name);

	if (jbi_value_kind(&value) != JB_FOBJECT)
		WrongMember(name, "an object", &value);
	jbi_open_container(member, &value);
	return value;
}

/*
 * A path: a JSON Pointer, or an array with a keyed path.
 */
static JbiPath
GetPath(const JbiContainer *object, const char *name, JbiPathRoom *room)
{
	JbiValue	value = GetMember(object, name);
	JbiString	pointer = {value.bytes, value.len};
	JbiContainer array;

	if (value.type == JENTRY_ISSTRING)
		return jbi_read_pointer(room, pointer);
	if (jbi_value_kind(&value) != JB_FARRAY)
		WrongMember(name, "a string with a JSON Pointer, or an array with a keyed path", &value);
	jbi_open_container(&array, &value);
	return jbi_read_keyed_path(room, &array);
}

/*
 * By how much to increment.
 */
static JbiValue
GetIncrement(const JbiContainer *object, JbiScratch *scratch)
{
	JbiValue	value;

	if (!jbi_get_value(object, jbi_string("value"), &value))
		return jbi_keep_number(scratch, DirectFunctionCall1(int4_numeric, Int32GetDatum(1)));
	if (value.type != JENTRY_ISNUMERIC)
		WrongMember("value", "a number", &value);
	return value;
}

static const Kind *
FindKind(JbiString name)
{
	for (int i = 0; i < (int) lengthof(kinds); i++)
		if (strlen(kinds[i].name) == name.len && memcmp(kinds[i].name, name.bytes, name.len) == 0)
			return &kinds[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown operation \"%s\"", jbi_clip_text(name, JBI_LONGEST_TEXT_SHOWN))));
}

/*
 * The element that an operation is about.  The one that upsert puts there must be
 * the one that it searches, or the next call would append it again.
 */
static void
ReadMatch(Operation *operation)
{
	JbiValue	value = operation->value;

	if ((operation->kind->flags & HAS_OBJECT) != 0 &&
		!jbi_get_value(&operation->object, operation->key, &value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("member \"value\" has no key \"%s\"",
						jbi_clip_text(operation->key, JBI_LONGEST_TEXT_SHOWN))));
	operation->match = (JbiSelector)
	{
		.kind = JBI_SELECT_MATCH, .key = operation->key, .value = value
	};
	jbi_append_selector(&operation->path, &operation->match);
}

/*
 * Read an operation from its object.  Members that it does not need are ignored.
 */
static void
ReadOperation(Patch *patch, const JbiValue *value, Operation *operation)
{
	const JbiContainer *members = &operation->members;
	int			flags;

	if (jbi_value_kind(value) != JB_FOBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an operation must be a JSON object, not %s", jbi_value_type_name(value))));
	jbi_open_container(&operation->members, value);
	operation->kind = FindKind(GetString(members, "op"));
	patch->kind = operation->kind;
	operation->path = GetPath(members, "path", &patch->path_room);

	flags = operation->kind->flags;
	if ((flags & HAS_FROM) != 0)
		operation->from = GetPath(members, "from", &patch->from_room);
	if ((flags & HAS_KEY) != 0)
		operation->key = GetString(members, "key");
	if ((flags & HAS_VALUE) != 0)
		operation->value = GetMember(members, "value");
	if ((flags & HAS_OBJECT) != 0)
		operation->value = GetObject(members, "value", &operation->object);
	if ((flags & MAY_HAVE_NUMBER) != 0)
		operation->value = GetIncrement(members, patch->plan.scratch);
	if ((flags & HAS_UPDATES) != 0)
		GetObject(members, "updates", &operation->object);
	if ((flags & FINDS_ELEMENT) != 0)
		ReadMatch(operation);
}

/*
 * Hand the planner each place that the path leads to in the document as it is by
 * now.  Some of the places could be done before it turns out that the plan has to
 * settle, so that is made sure of.
 */
static void
AtEach(Patch *patch, Operation *operation, const JbiPath *path, JbiPlanner planner)
{
	JbiPlan    *plan = &patch->plan;

	if (jbi_path_may_branch(path))
		jbi_plan_settle(plan);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		operation->places = 0;
		operation->too_early = false;
		if (jbi_plan_each(plan, path, planner, operation) && !operation->too_early)
			break;
		jbi_plan_settle(plan);
	}
	if (operation->places == 0 && (operation->kind->flags & NEEDS_PLACE) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path %s leads to no element", jbi_path_to_cstring(path, path->count))));
}

/*
 * With how many elements both paths begin.
 */
static int
CountCommon(const JbiPath *a, const JbiPath *b)
{
	int			count = Min(a->count, b->count);

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (jbi_compare_keys(a->elements[i], b->elements[i]) != 0)
			return i;
	}
	return count;
}

/*
 * RFC 6902, sections 4.4 and 4.5: add what is at another place, from where it may
 * be removed before.  What is moved to where it is stays there.
 */
static void
MoveOrCopy(Patch *patch, Operation *operation)
{
	const JbiPath *path = &operation->path;
	const JbiPath *from = &operation->from;

	if ((operation->kind->flags & TAKES) != 0 && CountCommon(path, from) == from->count)
	{
		if (path->count > from->count)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("path %s holds what cannot be moved into itself",
							jbi_path_to_cstring(from, from->count))));
		operation->stays = true;
	}
	AtEach(patch, operation, from, Read);
	if (operation->places > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("member \"from\" leads to more than one place"),
				 jbi_path_detail(from)));
	if (!operation->stays)
		AtEach(patch, operation, path, Add);
}

/*
 * Apply all operations.
 */
static void
ApplyAll(Patch *patch, const JbiContainer *operations)
{
	JbiCursor	cursor;

	jbi_cursor_start(&cursor, operations, 0);
	for (uint32 i = 0; i < operations->count; i++)
	{
		Operation	operation = {0};
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		patch->number = i + 1;
		patch->kind = NULL;
		jbi_cursor_next(&cursor, &value);
		ReadOperation(patch, &value, &operation);
		if ((operation.kind->flags & HAS_FROM) != 0)
			MoveOrCopy(patch, &operation);
		else
			AtEach(patch, &operation, &operation.path, operation.kind->planner);
	}
}

/*
 * Say in an error's message which operation it is about: if it is about what the patch
 * says or finds, and not about the server.
 */
pg_noreturn static void
NameOperation(const Patch *patch, MemoryContext caller)
{
	int			category = ERRCODE_TO_CATEGORY(geterrcode());
	ErrorData  *error;

	if (category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_PROGRAM_LIMIT_EXCEEDED &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_DATA_CORRUPTED))
		PG_RE_THROW();
	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	FlushErrorState();
	if (patch->kind != NULL)
		error->message = psprintf("operation %u (%s): %s", patch->number, patch->kind->name, error->message);
	else
		error->message = psprintf("operation %u: %s", patch->number, error->message);
	ReThrowError(error);
}

/*
 * jsonb_patch(target jsonb, patch jsonb) returns jsonb
 *
 * Applies the operations of a JSON Patch (RFC 6902) in their order; if one fails,
 * none has happened.  Paths are JSON Pointers (RFC 6901), or arrays that hold the
 * elements of a keyed path.  Beside those of the RFC there are merge, deep_merge,
 * increment, upsert, delete_where and update_where, which do at their path what the
 * SQL functions do that are called so.
 *
 * Errors: 22004 null patch; 22023 patch is not an array of operations, or one of
 * them cannot be applied, or what it tests for is not there; 22P02 element of a
 * keyed path at an array that is neither an integer nor a selector; 22003 a sum is
 * too large for a numeric.  They name the operation by its position.
 */
Datum
jsonb_patch(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "patch"};
	MemoryContext caller = CurrentMemoryContext;
	JbiCall		call;
	JbiContainer operations;
	Patch		patch;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	jbi_array_argument(&call, 1, &operations);

	jbi_plan_target(&call, &patch.plan);
	patch.plan.in_order = true;
	jbi_path_room_start(&patch.path_room, &call.scratch);
	jbi_path_room_start(&patch.from_room, &call.scratch);
	PG_TRY();
	{
		ApplyAll(&patch, &operations);
	}
	PG_CATCH();
	{
		NameOperation(&patch, caller);
	}
	PG_END_TRY();
	PG_RETURN_DATUM(jbi_finish_target(&call, &patch.plan));
}

/*
 * jsonb_diff(old jsonb, new jsonb) returns jsonb
 *
 * A short JSON Patch that turns old into new, byte for byte: jsonb_patch(old,
 * jsonb_diff(old, new)) is new.  It has the operations add, remove and replace, and
 * is empty if nothing differs.
 *
 * Errors: 22004 null new.
 */
Datum
jsonb_diff(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"old", "new"};
	JbiCall		call;
	JbiValue	old_value;
	JbiValue	new_value;
	Jsonb	   *patch;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	old_value = jbi_value_argument(&call, 0);
	new_value = jbi_value_argument(&call, 1);
	patch = jbi_diff(&call.scratch, &old_value, &new_value);
	jbi_call_end(&call);
	PG_RETURN_JSONB_P(patch);
}
