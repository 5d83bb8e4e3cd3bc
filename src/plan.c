/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The edit tree: what is to change in a document, container by container.
 *
 *-------------------------------------------------------------------------
 */
#include "inplace.h"

#include "match.h"
#include "miscadmin.h"
#include "recompress.h"

/*
 * Begin a plan for a document, which may come in any form that a datum can have.
 * If it is compressed, the result may be wanted so, too.
 */
void
jbi_plan_start(JbiPlan *plan, JbiScratch *scratch, Datum target, bool compress)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(target);

	plan->scratch = scratch;
	plan->original = target;
	plan->packed = NULL;
	plan->copies = NULL;
	plan->pieces = NULL;
	plan->room = 0;
	if (VARATT_IS_EXTERNAL_ONDISK(value))
		value = jbi_fetch_with_room(plan, value);
	if (compress)
		value = jbi_scratch_fetch(scratch, PointerGetDatum(value));
	if (compress && VARATT_IS_COMPRESSED(value))
	{
		plan->packed = jbi_scratch_alloc(scratch, sizeof(JbiPacked));
		plan->target = jbi_unpack(plan->packed, scratch, value);
		plan->copies = jbi_scratch_alloc(scratch, sizeof(JbiCopies));
		jbi_copies_start(plan->copies, scratch, plan->target);
	}
	else
		plan->target = (Jsonb *) jbi_scratch_detoast(scratch, PointerGetDatum(value));
	if (VARSIZE(plan->target) >= JBI_SMALLEST_IN_PLACE)
		jbi_make_room(plan);
	plan->source = plan->target;
	plan->last_target = NULL;
	plan->root = jbi_root_value(plan->target);
	plan->original_root = plan->root;
	plan->edit = NULL;
	plan->revised = false;
	plan->in_order = false;
	plan->one_place = false;
	plan->nplaces = 0;
	plan->replaced = false;
}

/*
 * Begin a plan for a new document: an array or object, as kind says, that is empty.
 * Returns its edit, which jbi_write() turns into the document.
 */
JbiEdit *
jbi_plan_start_new(JbiPlan *plan, JbiScratch *scratch, uint32 kind)
{
	JbiEdit    *edit = jbi_scratch_alloc(scratch, sizeof(JbiEdit));

	*plan = (JbiPlan)
	{
		.scratch = scratch,
			.edit = edit
	};
	*edit = (JbiEdit)
	{
		.plan = plan
	};
	edit->source.kind = kind;
	return edit;
}

/*
 * Whether a function may return the datum as it came.  A pointer to a value in
 * memory would dangle once the result is copied and the value's owner is gone.
 */
static bool
IsInlineOrOnDisk(Datum datum)
{
	const void *pointer = DatumGetPointer(datum);

	return !VARATT_IS_EXTERNAL(pointer) || VARATT_IS_EXTERNAL_ONDISK(pointer);
}

/*
 * Whether the plan may have changed anything, since it settled last.
 */
bool
jbi_plan_is_changed(const JbiPlan *plan)
{
	return plan->replaced || (plan->edit != NULL && plan->edit->changed);
}

/*
 * The document with its changes.
 */
static Jsonb *
Write(const JbiPlan *plan)
{
	return plan->replaced ? jbi_write_value(&plan->replacement) : jbi_write(plan->edit);
}

/*
 * Free a document that was made on the way to the result.
 */
static void
FreeSettled(const JbiPlan *plan, Jsonb *document)
{
	if (document != NULL && document != plan->source)
		pfree(document);
}

/*
 * Whether the document is still in the memory of its source, and that is nobody else's.
 */
static bool
CanWriteInPlace(const JbiPlan *plan)
{
	return plan->room > 0 && plan->target == plan->source && !plan->replaced;
}

/*
 * The document with its changes, or null if that is the document as it was.  A
 * change that changes nothing is not planned; but when changes are taken back,
 * only the bytes can tell.
 */
static Jsonb *
WriteChanged(JbiPlan *plan)
{
	Jsonb	   *result = NULL;

	if (jbi_plan_is_changed(plan))
	{
		if (CanWriteInPlace(plan) && jbi_write_in_place(plan, &result))
			return result;
		result = Write(plan);
	}
	else if (plan->target != plan->source)
	{
		result = plan->target;
		plan->target = plan->source;
	}
	FreeSettled(plan, plan->last_target);
	FreeSettled(plan, plan->target);

	if (result != NULL && plan->revised)
	{
		JbiValue	root = jbi_root_value(result);

		if (jbi_same_bytes(&root, &plan->original_root))
		{
			pfree(result);
			return NULL;
		}
	}
	return result;
}

/*
 * The document as a stored one should be.
 */
static struct varlena *
Compressed(const JbiPlan *plan, Jsonb *document)
{
	struct varlena *compressed;

	jbi_copies_finish(plan->copies, VARSIZE(document) - VARHDRSZ);
	compressed = jbi_recompress(plan->packed, plan->copies, document);
	if (compressed == NULL)
		return (struct varlena *) document;
	pfree(document);
	return compressed;
}

/*
 * Write the document with its changes.  Without changes the result is the
 * original datum, still toasted if it was, so that an UPDATE with it keeps what
 * is stored.
 */
Datum
jbi_plan_finish(JbiPlan *plan)
{
	Jsonb	   *result = WriteChanged(plan);

	if (result == NULL && !IsInlineOrOnDisk(plan->original))
	{
		result = palloc(VARSIZE(plan->source));
		jbi_copy_bytes(result, plan->source, VARSIZE(plan->source));
	}
	if (result != NULL && plan->packed != NULL && !plan->replaced)
		return PointerGetDatum(Compressed(plan, result));
	return result != NULL ? PointerGetDatum(result) : plan->original;
}

/*
 * The order of changes in an edit.  Two inserts into an array at one place are
 * equal, and so are two changes of one child.
 */
static int
CompareChanges(const JbiEdit *edit, const JbiChange *a, const JbiChange *b)
{
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if ((a->kind == JBI_INSERT) != (b->kind == JBI_INSERT))
		return a->kind == JBI_INSERT ? -1 : 1;
	if (a->kind != JBI_INSERT || edit->source.kind == JB_FARRAY)
		return 0;
	return jbi_compare_keys(a->key, b->key);
}

/*
 * How many changes come before the given one or are equal to it.
 */
static uint32
ChangePosition(const JbiEdit *edit, const JbiChange *change)
{
	uint32		low = 0;
	uint32		high = edit->nchanges;

	/* Planners mostly go from front to back. */
	if (high == 0 || CompareChanges(edit, &edit->changes[high - 1], change) <= 0)
		return high;
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (CompareChanges(edit, &edit->changes[middle], change) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The change of a child, or the pair with that key that is inserted at index,
 * if the plan has it already.
 */
static JbiChange *
FindChange(const JbiEdit *edit, JbiChangeKind kind, uint32 index, JbiString key)
{
	JbiChange	sought = {.kind = kind, .index = index, .key = key};
	uint32		position = ChangePosition(edit, &sought);

	if (position == 0 || CompareChanges(edit, &edit->changes[position - 1], &sought) != 0)
		return NULL;
	return &edit->changes[position - 1];
}

static void
MarkChanged(JbiEdit *edit)
{
	for (; edit != NULL && !edit->changed; edit = edit->parent)
		edit->changed = true;
}

static void
CountChange(JbiEdit *edit, JbiChangeKind kind)
{
	if (kind == JBI_INSERT)
		edit->inserted++;
	else if (kind == JBI_REMOVE)
		edit->removed++;
}

static void
DiscountChange(JbiEdit *edit, JbiChangeKind kind)
{
	if (kind == JBI_INSERT)
		edit->inserted--;
	else if (kind == JBI_REMOVE)
		edit->removed--;
}

/*
 * See to it that the edit has room for so many changes.
 */
void
jbi_edit_reserve(JbiEdit *edit, uint32 count)
{
	JbiChange  *changes;

	if (count <= edit->allocated)
		return;
	edit->allocated = Max(count, edit->allocated * 2);
	changes = jbi_scratch_alloc(edit->plan->scratch, (Size) edit->allocated * sizeof(JbiChange));
	if (edit->nchanges > 0)
		jbi_copy_bytes(changes, edit->changes, edit->nchanges * sizeof(JbiChange));
	edit->changes = changes;
}

/*
 * What was passed counts on the changes before it.
 */
static void
ForgetPassed(JbiEdit *edit, uint32 position)
{
	if (position < edit->passed)
		edit->passed = edit->passed_source = edit->passed_result = 0;
}

/*
 * Put a change before the one at a position.
 */
static void
InsertChange(JbiEdit *edit, uint32 position, const JbiChange *change)
{
	ForgetPassed(edit, position);
	jbi_edit_reserve(edit, edit->nchanges + 1);
	CountChange(edit, change->kind);
	jbi_move_bytes(edit->changes + position + 1, edit->changes + position,
				   (edit->nchanges - position) * sizeof(JbiChange));
	edit->changes[position] = *change;
	edit->nchanges++;
}

/*
 * Take a change back.
 */
static void
DropChange(JbiEdit *edit, uint32 position)
{
	ForgetPassed(edit, position);
	DiscountChange(edit, edit->changes[position].kind);
	edit->nchanges--;
	jbi_move_bytes(edit->changes + position, edit->changes + position + 1,
				   (edit->nchanges - position) * sizeof(JbiChange));
	edit->plan->revised = true;
}

/*
 * Put a change in its place.  It takes the place of an equal one, save that
 * inserts into an array come one after the other.
 */
static void
AddChange(JbiEdit *edit, const JbiChange *change)
{
	uint32		position = ChangePosition(edit, change);
	bool		is_element = change->kind == JBI_INSERT && edit->source.kind == JB_FARRAY;

	if (!is_element && position > 0)
	{
		JbiChange  *last = &edit->changes[position - 1];

		if (CompareChanges(edit, last, change) == 0)
		{
			ForgetPassed(edit, position - 1);
			DiscountChange(edit, last->kind);
			CountChange(edit, change->kind);
			*last = *change;
			edit->plan->revised = true;
			return;
		}
	}
	InsertChange(edit, position, change);
}

/*
 * Whether an element is in the place that the plan has inserted, and that can only be
 * told from others by the position of its change.
 */
static bool
IsInsertedElement(const JbiPlace *place)
{
	return place->planned && place->kind == JBI_INSERT &&
		place->above->edit->source.kind == JB_FARRAY;
}

/*
 * Make the edit of the container in the place, which is an existing one or new.
 */
static JbiEdit *
NewEdit(JbiPlace *place, const JbiContainer *source)
{
	JbiPlan    *plan = place->plan;
	JbiEdit    *edit = jbi_scratch_alloc(plan->scratch, sizeof(JbiEdit));
	JbiChange	change = {
		.kind = place->kind,
		.index = place->index,
		.key = place->key,
		.edit = edit
	};

	*edit = (JbiEdit)
	{
		.plan = plan,
			.parent = place->above != NULL ? place->above->edit : NULL,
			.source = *source
	};
	if (edit->parent == NULL)
		plan->edit = edit;
	else if (IsInsertedElement(place))
		edit->parent->changes[place->position].edit = edit;
	else
		AddChange(edit->parent, &change);
	place->edit = edit;
	return edit;
}

static bool
IsContainer(const JbiPlace *place)
{
	return place->edit != NULL || (place->present && place->value.type == JENTRY_ISCONTAINER);
}

static const JbiContainer *
ContainerAt(const JbiPlace *place)
{
	return place->edit != NULL ? &place->edit->source : &place->container;
}

/*
 * The container in the place, as it was before its changes; or NULL.
 */
const JbiContainer *
jbi_place_container(const JbiPlace *place)
{
	return IsContainer(place) ? ContainerAt(place) : NULL;
}

/*
 * Whether there is nothing in the place that would be lost if something was put
 * there.  A JSON null counts as missing.
 */
bool
jbi_place_is_free(const JbiPlace *place)
{
	return place->edit == NULL && (!place->present || place->value.type == JENTRY_ISNULL);
}

/*
 * What type of value is in the place, with its article.
 */
const char *
jbi_place_type_name(const JbiPlace *place)
{
	if (place->edit != NULL)
		return place->edit->source.kind == JB_FARRAY ? "an array" : "an object";
	return jbi_value_type_name(&place->value);
}

/*
 * What is at the place is not what the path wants there.
 */
void
jbi_wrong_type_at(const JbiPlace *place, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path %s holds %s, not %s",
					jbi_path_to_cstring(place->path, place->level), jbi_place_type_name(place), wanted)));
}

static void
WrongKindAt(const JbiPlace *place, uint32 kind)
{
	jbi_wrong_type_at(place, kind == JB_FARRAY ? "an array" : "an object");
}

/*
 * Begin to edit the container in the place, or a new one of that kind.  Until an
 * edit has changes of its own it is a change only if the container itself is new to
 * the document.
 */
static void
OpenOne(JbiPlace *place, uint32 kind)
{
	JbiContainer empty = {.kind = kind};

	if (IsContainer(place))
		NewEdit(place, &place->container)->changed = place->planned;
	else if (jbi_place_is_free(place))
		MarkChanged(NewEdit(place, &empty));
	else
		WrongKindAt(place, kind);
}

/*
 * The edit of the container in the place.  Where it is missing it is created, as
 * kind says, and so are those above it: as objects, but for an array around the
 * position after its last element.
 */
static JbiEdit *
OpenPlace(JbiPlace *place, uint32 kind)
{
	JbiPlace   *next = place;

	/* The places above one come before it in memory. */
	while (next->edit == NULL && next->above != NULL && next->above->edit == NULL)
		next = next->above;
	for (; next <= place; next++)
	{
		CHECK_FOR_INTERRUPTS();
		if (next->edit == NULL)
			OpenOne(next, next == place ? kind : next[1].behind_last ? JB_FARRAY : JB_FOBJECT);
	}
	return place->edit;
}

/*
 * The edit of the container that a place is in.
 */
static JbiEdit *
OpenAbove(JbiPlace *place)
{
	return OpenPlace(place->above, place->behind_last ? JB_FARRAY : JB_FOBJECT);
}

/*
 * The edit of the array or object at the place, as kind says.  Where it is missing:
 * null, or with create a new one, and what is missing on the way.  There may be
 * none even so: arrays do not grow by an index out of their range, and selectors
 * create nothing.
 */
JbiEdit *
jbi_place_open(JbiPlace *place, uint32 kind, bool create)
{
	if (!IsContainer(place))
	{
		if (!jbi_place_is_free(place))
			WrongKindAt(place, kind);
		if (!create || (!place->present && !place->creatable))
			return NULL;
	}
	else if (ContainerAt(place)->kind != kind)
		WrongKindAt(place, kind);
	return OpenPlace(place, kind);
}

/*
 * Put a value in place of the whole document.
 */
void
jbi_plan_replace(JbiPlan *plan, const JbiValue *value)
{
	plan->replaced = true;
	plan->revised = true;
	plan->replacement = *value;
}

/*
 * Put a value there, and create what is missing on the way.  Nothing happens where
 * nothing can be created.
 */
void
jbi_place_set(JbiPlace *place, const JbiValue *value)
{
	JbiEdit    *parent;

	if (!place->present && !place->creatable)
		return;
	if (place->above == NULL)
	{
		jbi_plan_replace(place->plan, value);
		return;
	}
	parent = OpenAbove(place);
	if (place->behind_last)
		jbi_edit_insert_element(parent, parent->source.count, value);
	else if (IsInsertedElement(place))
	{
		parent->changes[place->position].edit = NULL;
		parent->changes[place->position].value = *value;
	}
	else if (place->kind == JBI_REPLACE)
		jbi_edit_replace(parent, place->index, value);
	else
		jbi_edit_insert_pair(parent, place->index, place->key, value);
}

/*
 * Insert an element before the one in the place.
 */
void
jbi_place_insert(JbiPlace *place, const JbiValue *value)
{
	JbiEdit    *array = OpenAbove(place);
	JbiChange	change = {.kind = JBI_INSERT, .index = place->index, .value = *value};

	Assert(place->present && array->source.kind == JB_FARRAY);
	if (IsInsertedElement(place))
		InsertChange(array, place->position, &change);
	else
		AddChange(array, &change);
	MarkChanged(array);
}

/*
 * Remove what is there, if anything is; a document itself can not be removed.
 */
void
jbi_place_remove(JbiPlace *place)
{
	if (!place->present || place->above == NULL)
		return;
	if (place->kind == JBI_INSERT)
		DropChange(place->above->edit, place->position);
	else
		jbi_edit_remove(OpenAbove(place), place->index);
}

/*
 * A container as a value.
 */
static JbiValue
ContainerValue(const JbiContainer *container)
{
	JbiValue	value = {.type = JENTRY_ISCONTAINER, .doc = container->doc};

	value.bytes = (const char *) (container->entries - 1);
	value.len = (uint32) (container->data + container->data_len - value.bytes);
	return value;
}

/*
 * What is in the place, if it is there to be copied: not if it is going to be
 * changed, nor if it would be gone when the plan settles.
 */
bool
jbi_place_read(const JbiPlace *place, JbiValue *value)
{
	const Jsonb *last = place->plan->last_target;

	Assert(place->present);
	if (place->edit != NULL && place->edit->changed)
		return false;
	*value = place->edit != NULL ? ContainerValue(&place->edit->source) : place->value;
	return last == NULL || last == place->plan->source ||
		value->doc != (const char *) &last->root;
}

/*
 * Whether the value in the place, with all its changes, equals another one.
 */
bool
jbi_place_equals(const JbiPlace *place, const JbiValue *value)
{
	JbiPlan    *plan = place->plan;
	JbiCopies  *copies = plan->copies;
	JbiValue	found;
	Jsonb	   *written;
	bool		equal;

	Assert(place->present);
	if (place->edit == NULL)
		return jbi_values_equal(&place->value, value);
	if (!place->edit->changed)
	{
		found = ContainerValue(&place->edit->source);
		return jbi_values_equal(&found, value);
	}

	/* Not for the result, whose copies are noted. */
	plan->copies = NULL;
	written = jbi_write(place->edit);
	plan->copies = copies;
	found = jbi_root_value(written);
	equal = jbi_values_equal(&found, value);
	pfree(written);
	return equal;
}

/*
 * The next place, one level down.
 */
static JbiPlace *
NextPlace(JbiPlace *above, bool present)
{
	JbiPlace   *place = above + 1;

	place->plan = above->plan;
	place->path = above->path;
	place->above = above;
	place->level = above->level + 1;
	place->index = 0;
	place->key = above->path->elements[above->level];
	place->kind = present ? JBI_REPLACE : JBI_INSERT;
	place->present = present;
	place->planned = place->creatable = place->behind_last = false;
	place->edit = NULL;
	return place;
}

/*
 * What the plan has put into a place, by the position of its change.
 */
static void
TakeChange(JbiPlace *place, uint32 position)
{
	const JbiChange *change = &place->above->edit->changes[position];

	place->planned = true;
	place->position = position;
	place->present = change->kind != JBI_REMOVE;
	place->edit = change->edit;
	place->value = change->value;
}

/*
 * Find out what is in a place, with what the plan has already put there.
 */
static void
LookAt(JbiPlace *place)
{
	const JbiEdit *edit = place->above->edit;
	const JbiContainer *source = ContainerAt(place->above);
	const JbiChange *change = NULL;

	/* What was inserted into an array has no index yet. */
	if (edit != NULL && (place->present || source->kind == JB_FOBJECT))
		change = FindChange(edit, place->kind, place->index, place->key);

	if (change != NULL)
		TakeChange(place, (uint32) (change - edit->changes));
	else if (place->present)
		jbi_get_child(source, jbi_child_entry(source, place->index), &place->value);
	if (place->edit == NULL && IsContainer(place))
		jbi_open_container(&place->container, &place->value);
}

/*
 * The place of a child of a container.
 */
static JbiPlace *
ChildPlace(JbiPlace *above, uint32 index, bool present)
{
	JbiPlace   *place = NextPlace(above, present);

	place->index = index;
	LookAt(place);
	return place;
}

/*
 * The place of an element that the plan has inserted.
 */
static void
InsertedPlace(JbiPlace *array, uint32 position)
{
	JbiPlace   *place = NextPlace(array, true);

	place->kind = JBI_INSERT;
	place->index = array->edit->changes[position].index;
	TakeChange(place, position);
	if (place->edit == NULL && IsContainer(place))
		jbi_open_container(&place->container, &place->value);
}

/*
 * A place below one where there is no container.
 */
static void
MissingPlace(JbiPlace *above)
{
	const JbiPath *path = above->path;
	JbiPlace   *place = NextPlace(above, false);

	if (above->present || above->creatable)
	{
		place->behind_last = jbi_is_last(path, above->level) && jbi_is_end(path, above->level);
		place->creatable = place->behind_last || !jbi_is_selector(path, above->level);
	}
}

/*
 * A walk along a path.
 */
typedef struct Walk
{
	JbiPlanner	planner;
	void	   *state;
	bool		stale;			/* the plan has to settle first */
} Walk;

static void Follow(Walk *walk, JbiPlace *place);

/*
 * How many children the container is going to have.
 */
uint32
jbi_edit_count(const JbiEdit *edit)
{
	return edit->source.count + edit->inserted - edit->removed;
}

/*
 * Pass over the changes before the element with a number, as they are with all changes.
 * That it begins where it last ended makes a patch with many operations on one array
 * linear, if they go from front to back.  Returns how many elements of the source are
 * between what was passed and the element; or -1 if that is what the next change inserts.
 */
static int64
PassChanges(JbiEdit *edit, uint32 number)
{
	if (number < edit->passed_result)
		ForgetPassed(edit, 0);
	for (; edit->passed < edit->nchanges; edit->passed++)
	{
		const JbiChange *change = &edit->changes[edit->passed];
		uint32		kept = change->index - edit->passed_source;

		CHECK_FOR_INTERRUPTS();
		if (change->kind == JBI_REPLACE)
			continue;
		if (number - edit->passed_result < kept)
			break;
		if (change->kind == JBI_INSERT && number - edit->passed_result == kept)
			return -1;
		edit->passed_source += kept + (change->kind == JBI_REMOVE);
		edit->passed_result += kept + (change->kind == JBI_INSERT);
	}
	return number - edit->passed_result;
}

/*
 * Go on to the element with a number, as they are with all changes.
 */
static void
NumberedPlace(JbiPlace *array, int number)
{
	JbiEdit    *edit = array->edit;
	int64		count = jbi_edit_count(edit);
	int64		wanted = number < 0 ? count + number : number;
	int64		kept;

	if (wanted < 0 || wanted >= count)
	{
		ChildPlace(array, 0, false);
		return;
	}
	kept = PassChanges(edit, (uint32) wanted);
	if (kept < 0)
		InsertedPlace(array, edit->passed);
	else
		ChildPlace(array, edit->passed_source + (uint32) kept, true);
}

/* Whether a selector means something that the plan has changed. */
typedef enum Answer
{
	NO,
	YES,
	NOT_YET						/* can be told when that was written */
} Answer;

static Answer
IsEqual(const JbiSelector *selector, const JbiValue *value)
{
	return jbi_values_equal(value, &selector->value) ? YES : NO;
}

/*
 * The answer for an object that is being changed.
 */
static Answer
SelectsEdit(const JbiSelector *selector, const JbiEdit *edit)
{
	const JbiContainer *source = &edit->source;
	const JbiChange *change;
	uint32		index;
	bool		found;
	JbiValue	value;

	if (selector->kind == JBI_SELECT_VALUE || source->kind != JB_FOBJECT)
		return NO;
	found = jbi_find_key(source, selector->key, 0, &index);
	change = FindChange(edit, found ? JBI_REPLACE : JBI_INSERT, index, selector->key);
	if (change == NULL && found)
	{
		jbi_get_child(source, jbi_child_entry(source, index), &value);
		return IsEqual(selector, &value);
	}
	if (change == NULL || change->kind == JBI_REMOVE)
		return NO;
	if (change->edit != NULL && change->edit->changed)
		return selector->value.type == JENTRY_ISCONTAINER ? NOT_YET : NO;
	value = change->edit != NULL ? ContainerValue(&change->edit->source) : change->value;
	return IsEqual(selector, &value);
}

/*
 * The answer for an element that has its final bytes.
 */
static Answer
SelectsValue(const JbiSelector *selector, const JbiValue *element)
{
	JbiContainer object;
	JbiValue	value;

	if (selector->kind == JBI_SELECT_VALUE)
		return IsEqual(selector, element);
	if (element->type != JENTRY_ISCONTAINER)
		return NO;
	jbi_open_container(&object, element);
	if (object.kind != JB_FOBJECT || !jbi_get_value(&object, selector->key, &value))
		return NO;
	return IsEqual(selector, &value);
}

static Answer
SelectsChange(const JbiSelector *selector, const JbiChange *change)
{
	if (change->kind == JBI_REMOVE)
		return NO;
	return change->edit != NULL ? SelectsEdit(selector, change->edit) :
		SelectsValue(selector, &change->value);
}

/*
 * Search the source from an element on.
 */
static bool
SearchSource(const JbiContainer *source, const JbiSelector *selector, uint32 first, uint32 *index)
{
	JbiCursor	cursor;

	if (first == 0)
		return selector->kind == JBI_SELECT_VALUE ?
			jbi_find_value(source, &selector->value, index) :
			jbi_find_element(source, selector->key, &selector->value, index);
	jbi_cursor_start(&cursor, source, first);
	for (*index = first; *index < source->count; (*index)++)
	{
		JbiValue	element;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &element);
		if (SelectsValue(selector, &element) == YES)
			return true;
	}
	return false;
}

/*
 * Go on to the first element that the selector means, as they are with all changes:
 * one that the plan does not touch, or what it has put somewhere before.
 */
static Answer
SelectedPlace(JbiPlace *array, const JbiSelector *selector)
{
	const JbiEdit *edit = array->edit;
	uint32		index;
	bool		found = SearchSource(&edit->source, selector, 0, &index);

	for (uint32 i = 0; i < edit->nchanges; i++)
	{
		const JbiChange *change = &edit->changes[i];
		Answer		answer;

		CHECK_FOR_INTERRUPTS();
		if (found && change->index > index)
			break;
		answer = SelectsChange(selector, change);
		if (answer == YES)
		{
			if (change->kind == JBI_INSERT)
				InsertedPlace(array, i);
			else
				ChildPlace(array, change->index, true);
		}
		if (answer != NO)
			return answer;
		if (found && change->kind != JBI_INSERT && change->index == index)
			found = SearchSource(&edit->source, selector, index + 1, &index);
	}
	ChildPlace(array, found ? index : 0, found);
	return YES;
}

/*
 * Follow the path to every element.  They are those of the source: a plan in order
 * has settled.
 */
static void
FollowAll(Walk *walk, JbiPlace *array)
{
	uint32		count = ContainerAt(array)->count;

	if (array->plan->one_place)
		jbi_path_not_one_place(array->path, array->level);
	Assert(!array->plan->in_order || array->edit == NULL || !array->edit->changed);
	check_stack_depth();
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		Follow(walk, ChildPlace(array, i, true));
	}
}

/*
 * The place of the one element that the path goes on to.  False if that has to be
 * asked again when the plan has settled.
 */
static bool
ElementPlace(JbiPlace *array, const JbiSelector *selector)
{
	const JbiPath *path = array->path;
	const JbiContainer *container = ContainerAt(array);
	uint32		index = 0;
	bool		present;

	if (selector->kind == JBI_SELECT_END && jbi_is_last(path, array->level))
	{
		JbiPlace   *place = ChildPlace(array, container->count, false);

		place->behind_last = place->creatable = true;
		return true;
	}
	if (array->plan->in_order && array->edit != NULL)
	{
		if (selector->kind == JBI_SELECT_INDEX)
		{
			NumberedPlace(array, selector->index);
			return true;
		}
		if (selector->kind == JBI_SELECT_MATCH || selector->kind == JBI_SELECT_VALUE)
			return SelectedPlace(array, selector) != NOT_YET;
	}
	present = jbi_path_step_into_array(path, array->level, container, JBI_PATH_WRITE, &index);
	ChildPlace(array, index, present);
	return true;
}

static void
PairPlace(JbiPlace *object)
{
	const JbiPath *path = object->path;
	uint32		index;
	bool		present = jbi_find_key(ContainerAt(object), path->elements[object->level], 0, &index);
	JbiPlace   *place = ChildPlace(object, index, present);

	if (!place->present)
		place->creatable = !jbi_is_selector(path, object->level);
}

/*
 * Follow the path from the place on, to its end or to all its ends.
 */
static void
Follow(Walk *walk, JbiPlace *place)
{
	for (;; place++)
	{
		CHECK_FOR_INTERRUPTS();
		if (place->level == place->path->count)
		{
			walk->planner(place, walk->state);
			return;
		}
		if (!IsContainer(place))
			MissingPlace(place);
		else if (ContainerAt(place)->kind == JB_FOBJECT)
			PairPlace(place);
		else
		{
			const JbiSelector *selector = jbi_path_selector(place->path, place->level);

			if (selector->kind == JBI_SELECT_ALL)
			{
				FollowAll(walk, place);
				return;
			}
			if (!ElementPlace(place, selector))
			{
				walk->stale = true;
				return;
			}
		}
	}
}

/* Paths are mostly this short. */
#define FEW_PLACES 6

/*
 * Room for the places of a longer path, where those of the last one were.
 */
static JbiPlace *
ManyPlaces(JbiPlan *plan, int count)
{
	if (count > plan->nplaces)
	{
		plan->places = jbi_scratch_alloc(plan->scratch, (Size) count * sizeof(JbiPlace));
		plan->nplaces = count;
	}
	return plan->places;
}

/*
 * Hand the planner each place that the path leads to.  Also places where nothing
 * is, but could be; and those where nothing could be either, to be left alone.
 *
 * Returns false if the plan has to settle before the path can be followed: if its root
 * was replaced, or if it is in order.  Then the planner was not called.  For a path that
 * has [*] such a plan has to settle in any case.
 */
bool
jbi_plan_each(JbiPlan *plan, const JbiPath *path, JbiPlanner planner, void *state)
{
	Walk		walk = {.planner = planner, .state = state};
	JbiPlace	few[FEW_PLACES];
	JbiPlace   *places = few;

	if (plan->replaced)
		return false;
	if (path->count >= FEW_PLACES)
		places = ManyPlaces(plan, path->count + 1);
	places[0] = (JbiPlace)
	{
		.plan = plan,
			.path = path,
			.kind = JBI_REPLACE,
			.present = true,
			.value = plan->root,
			.edit = plan->edit
	};
	if (places->edit == NULL && IsContainer(places))
		jbi_open_container(&places->container, &places->value);
	Follow(&walk, places);
	return !walk.stale;
}

/*
 * Make what was planned so far the source of what comes.  Values of the last source
 * but one are gone.
 */
void
jbi_plan_settle(JbiPlan *plan)
{
	Jsonb	   *result;

	if (!jbi_plan_is_changed(plan))
		return;
	result = Write(plan);
	FreeSettled(plan, plan->last_target);
	plan->last_target = plan->target;
	plan->target = result;
	plan->root = jbi_root_value(result);
	plan->edit = NULL;
	plan->replaced = false;

	/* It may become again what it was; and what it copies is not known. */
	plan->revised = true;
	plan->packed = NULL;
	plan->copies = NULL;
}

/*
 * The edit of what the container has in a place, if that is a container of one of
 * these kinds.
 */
static JbiEdit *
OpenChild(JbiEdit *edit, JbiChangeKind change, uint32 index, JbiString key, uint32 kinds)
{
	JbiPlace	places[2] = {
		{.edit = edit},
		{
			.plan = edit->plan,
			.above = &places[0],
			.index = index,
			.key = key,
			.kind = change,
			.present = change != JBI_INSERT
		}
	};
	JbiPlace   *place = &places[1];

	LookAt(place);
	if (!IsContainer(place) || (ContainerAt(place)->kind & kinds) == 0)
		return NULL;
	return OpenPlace(place, ContainerAt(place)->kind);
}

/*
 * The edit of a child that is a container, and still is in this plan.
 */
JbiEdit *
jbi_edit_open_child(JbiEdit *edit, uint32 index)
{
	JbiString	no_key = {NULL, 0};
	JbiEdit    *child;

	Assert(index < edit->source.count);
	child = OpenChild(edit, JBI_REPLACE, index, no_key, JB_FARRAY | JB_FOBJECT);
	if (child == NULL)
		elog(ERROR, "child %u is not a container", index);
	return child;
}

/*
 * The edit of the object that an object has under a key, also if that is only in
 * this plan.  NULL if there is none.  found and index are what jbi_find_key() said.
 */
JbiEdit *
jbi_edit_open_object(JbiEdit *edit, bool found, uint32 index, JbiString key)
{
	return OpenChild(edit, found ? JBI_REPLACE : JBI_INSERT, index, key, JB_FOBJECT);
}

/*
 * The edit of a child that the caller has opened, and of which no change speaks yet.
 */
JbiEdit *
jbi_edit_open_known_child(JbiEdit *edit, uint32 index, const JbiContainer *child)
{
	JbiEdit    *opened = jbi_scratch_alloc(edit->plan->scratch, sizeof(JbiEdit));
	JbiChange	change = {.kind = JBI_REPLACE, .index = index, .edit = opened};

	Assert(index < edit->source.count);
	*opened = (JbiEdit)
	{
		.plan = edit->plan, .parent = edit, .source = *child
	};
	AddChange(edit, &change);
	return opened;
}

/*
 * Replace the element, or the value of the pair, at index, which the caller has read
 * from the source.
 */
void
jbi_edit_replace_known_child(JbiEdit *edit, uint32 index, const JbiValue *child,
							 const JbiValue *value)
{
	JbiChange	change = {.kind = JBI_REPLACE, .index = index, .value = *value};

	if (jbi_same_bytes(child, value) &&
		FindChange(edit, JBI_REPLACE, index, change.key) == NULL)
		return;
	AddChange(edit, &change);
	MarkChanged(edit);
}

/*
 * Replace the element, or the value of the pair, at index.
 */
void
jbi_edit_replace(JbiEdit *edit, uint32 index, const JbiValue *value)
{
	JbiValue	old;

	Assert(index < edit->source.count);
	jbi_get_child(&edit->source, jbi_child_entry(&edit->source, index), &old);
	jbi_edit_replace_known_child(edit, index, &old, value);
}

/*
 * Remove the element or pair at index.
 */
void
jbi_edit_remove(JbiEdit *edit, uint32 index)
{
	JbiChange	change = {.kind = JBI_REMOVE, .index = index};

	Assert(index < edit->source.count);
	AddChange(edit, &change);
	MarkChanged(edit);

	/* It may be inserted again. */
	edit->plan->revised = true;
}

/*
 * Cut off the elements of an array from the given one on, of which no change may
 * speak: from then on they are not even the source's.
 */
void
jbi_edit_truncate(JbiEdit *edit, uint32 count)
{
	JbiContainer *source = &edit->source;

	Assert(source->kind == JB_FARRAY && count <= source->count);
	Assert(edit->nchanges == 0 || edit->changes[edit->nchanges - 1].index <= count);
	if (count == source->count)
		return;
	source->data_len = jbi_entry_start(source, count);
	source->count = source->nentries = count;
	MarkChanged(edit);
	edit->plan->revised = true;
}

/*
 * Insert an element before the one at index, behind the elements that were
 * inserted there before.
 */
void
jbi_edit_insert_element(JbiEdit *edit, uint32 index, const JbiValue *value)
{
	JbiChange	change = {.kind = JBI_INSERT, .index = index, .value = *value};

	Assert(index <= edit->source.count);
	AddChange(edit, &change);
	MarkChanged(edit);
}

/*
 * Insert a pair.  The key is not in the object, and index is where jbi_find_key()
 * said that it belongs.
 */
void
jbi_edit_insert_pair(JbiEdit *edit, uint32 index, JbiString key, const JbiValue *value)
{
	JbiChange	change = {.kind = JBI_INSERT, .index = index, .key = key, .value = *value};

	Assert(index <= edit->source.count);
	AddChange(edit, &change);
	MarkChanged(edit);
}

/*
 * Insert a pair whose value is a new object, or such an element.  Returns the edit of
 * that.
 */
JbiEdit *
jbi_edit_insert_object(JbiEdit *edit, uint32 index, JbiString key)
{
	JbiContainer empty = {.kind = JB_FOBJECT};
	JbiPlace	above = {.edit = edit};
	JbiPlace	place = {
		.plan = edit->plan,
		.above = &above,
		.index = index,
		.key = key,
		.kind = JBI_INSERT
	};
	JbiEdit    *object = NewEdit(&place, &empty);

	MarkChanged(object);
	return object;
}
