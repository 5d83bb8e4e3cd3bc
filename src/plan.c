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
 * A position in a container where a value is, or could be put.
 */
typedef struct Place
{
	JbiEdit    *parent;			/* NULL for the root */
	uint32		index;
	JbiString	key;			/* if the parent is an object */
	JbiChangeKind kind;			/* of a change here: an insert if the source
								 * has nothing */
	bool		present;
	bool		planned;		/* what is here is not the source's */
	JbiValue	value;			/* if present and not being edited */
	JbiEdit    *edit;			/* if being edited */
} Place;

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
	plan->root = jbi_root_value(plan->target);
	plan->edit = NULL;
	plan->revised = false;
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
 * The document with its changes, or null if that is the document as it was.  A
 * change that changes nothing is not planned; but when changes are taken back,
 * only the bytes can tell.
 */
static Jsonb *
WriteChanged(JbiPlan *plan)
{
	Jsonb	   *result;
	JbiValue	result_root;

	if (plan->edit == NULL || !plan->edit->changed)
		return NULL;
	if (plan->room > 0 && jbi_write_in_place(plan, &result))
		return result;
	result = jbi_write(plan->edit);
	result_root = jbi_root_value(result);
	if (plan->revised && jbi_same_bytes(&result_root, &plan->root))
	{
		pfree(result);
		return NULL;
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
		result = palloc(VARSIZE(plan->target));
		jbi_copy_bytes(result, plan->target, VARSIZE(plan->target));
	}
	if (result != NULL && plan->packed != NULL)
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
CountChange(JbiEdit *edit, JbiChangeKind kind, int by)
{
	if (kind == JBI_INSERT)
		edit->inserted += by;
	else if (kind == JBI_REMOVE)
		edit->removed += by;
}

/*
 * See to it that the edit has room for so many changes.
 */
static void
ReserveChanges(JbiEdit *edit, uint32 count)
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
 * Put a change in its place.  It takes the place of an equal one, save that
 * inserts into an array come one after the other.
 */
static void
AddChange(JbiEdit *edit, const JbiChange *change)
{
	uint32		position = ChangePosition(edit, change);
	bool		is_element = change->kind == JBI_INSERT && edit->source.kind == JB_FARRAY;

	ReserveChanges(edit, edit->nchanges + 1);
	CountChange(edit, change->kind, 1);
	if (!is_element && position > 0)
	{
		JbiChange  *last = &edit->changes[position - 1];

		if (CompareChanges(edit, last, change) == 0)
		{
			CountChange(edit, last->kind, -1);
			*last = *change;
			edit->plan->revised = true;
			return;
		}
	}

	memmove(edit->changes + position + 1, edit->changes + position,
			(edit->nchanges - position) * sizeof(JbiChange));
	edit->changes[position] = *change;
	edit->nchanges++;
}

/*
 * Make the edit of the container in the place, which is an existing one or new.
 */
static JbiEdit *
NewEdit(JbiPlan *plan, const Place *place, const JbiContainer *source)
{
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
			.parent = place->parent,
			.source = *source
	};
	if (place->parent == NULL)
		plan->edit = edit;
	else
		AddChange(place->parent, &change);
	return edit;
}

/*
 * The edit of the container that is in the place.  Until it has changes of its
 * own it is a change only if the container itself is new to the document.
 */
static JbiEdit *
OpenContainer(JbiPlan *plan, const Place *place)
{
	JbiContainer source;
	JbiEdit    *edit;

	if (place->edit != NULL)
		return place->edit;
	jbi_open_container(&source, &place->value);
	edit = NewEdit(plan, place, &source);
	edit->changed = place->planned;
	return edit;
}

/*
 * A new, empty container in the place, where nothing or a JSON null is.  Null if
 * there can be none, since arrays do not grow by an index out of their range.
 */
static JbiEdit *
CreateContainer(JbiPlan *plan, const Place *place, uint32 kind)
{
	JbiContainer empty = {.kind = kind};
	JbiEdit    *edit;

	if (!place->present && place->parent->source.kind == JB_FARRAY)
		return NULL;
	edit = NewEdit(plan, place, &empty);
	MarkChanged(edit);
	return edit;
}

/*
 * The place of a child of the edited container, with what the plan has already
 * put there.
 */
static Place
ChildPlace(JbiEdit *parent, uint32 index, bool present, JbiString key)
{
	const JbiContainer *source = &parent->source;
	const JbiChange *change = NULL;
	Place		place = {
		.parent = parent,
		.index = index,
		.key = key,
		.kind = present ? JBI_REPLACE : JBI_INSERT,
		.present = present
	};

	/* What was inserted into an array has no index yet. */
	if (present || source->kind == JB_FOBJECT)
		change = FindChange(parent, place.kind, index, key);

	if (change != NULL)
	{
		place.planned = true;
		place.present = change->kind != JBI_REMOVE;
		place.edit = change->edit;
		place.value = change->value;
	}
	else if (present)
		jbi_get_child(source, jbi_child_entry(source, index), &place.value);
	return place;
}

static void
WrongTypeAtPath(const JbiPath *path, int level, const char *found, uint32 kind)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path %s holds %s, not %s", jbi_path_to_cstring(path, level), found,
					kind == JB_FARRAY ? "an array" : "an object")));
}

/*
 * The edit of the container at the path, an array or an object as kind says.
 * Where it is missing: null, or with create a new one, and new objects for what
 * is missing on the way.  A JSON null counts as missing.  A scalar on the way is
 * like anything missing, too, but must not be overwritten.
 */
JbiEdit *
jbi_plan_open(JbiPlan *plan, const JbiPath *path, uint32 kind, bool create)
{
	Place		place = {.present = true, .value = plan->root, .edit = plan->edit};

	for (int level = 0;; level++)
	{
		bool		is_end = level == path->count;
		uint32		new_kind = is_end ? kind : JB_FOBJECT;
		JbiEdit    *edit;
		uint32		index = 0;
		bool		present;

		CHECK_FOR_INTERRUPTS();
		if (place.edit != NULL || (place.present && place.value.type == JENTRY_ISCONTAINER))
			edit = OpenContainer(plan, &place);
		else if (place.present && place.value.type != JENTRY_ISNULL)
		{
			if (is_end || create)
				WrongTypeAtPath(path, level, jbi_value_type_name(&place.value), new_kind);
			return NULL;
		}
		else
			edit = create ? CreateContainer(plan, &place, new_kind) : NULL;

		if (edit == NULL)
			return NULL;
		if (is_end)
		{
			if (edit->source.kind != kind)
				WrongTypeAtPath(path, level,
								kind == JB_FARRAY ? "an object" : "an array", kind);
			return edit;
		}

		present = jbi_path_step(path, level, &edit->source, JBI_PATH_WRITE, &index);
		place = ChildPlace(edit, index, present, path->elements[level]);
	}
}

/*
 * The edit of a child that is a container, and still is in this plan.
 */
JbiEdit *
jbi_edit_open_child(JbiEdit *edit, uint32 index)
{
	JbiString	no_key = {NULL, 0};
	Place		place = ChildPlace(edit, index, true, no_key);

	Assert(index < edit->source.count);
	if (place.edit == NULL && (!place.present || place.value.type != JENTRY_ISCONTAINER))
		elog(ERROR, "child %u is not a container", index);
	return OpenContainer(edit->plan, &place);
}

/*
 * Replace the element, or the value of the pair, at index.
 */
void
jbi_edit_replace(JbiEdit *edit, uint32 index, const JbiValue *value)
{
	const JbiContainer *source = &edit->source;
	JbiChange	change = {.kind = JBI_REPLACE, .index = index, .value = *value};
	JbiValue	old;

	Assert(index < source->count);
	jbi_get_child(source, jbi_child_entry(source, index), &old);
	if (jbi_same_bytes(&old, value) &&
		FindChange(edit, JBI_REPLACE, index, change.key) == NULL)
		return;
	AddChange(edit, &change);
	MarkChanged(edit);
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
 * The next key of an object, which must come after the one before.
 */
static JbiString
NextKey(JbiCursor *keys, JbiString previous)
{
	bool		is_first = keys->index == 0;
	JbiValue	key;
	JbiString	string;

	jbi_cursor_next(keys, &key);
	if (key.type != JENTRY_ISSTRING)
		jbi_corrupted(key.doc, key.bytes, "the key is not a string");
	string.bytes = key.bytes;
	string.len = key.len;
	if (!is_first && jbi_compare_keys(previous, string) >= 0)
		jbi_corrupted(key.doc, key.bytes, "the keys are not in order");
	return string;
}

/*
 * Shallow merge: every pair of the source replaces the one with its key, or is
 * inserted.  Both have their keys sorted, so each search begins behind the last.
 */
void
jbi_edit_merge(JbiEdit *edit, const JbiContainer *source)
{
	JbiCursor	keys;
	JbiCursor	values;
	JbiString	key = {NULL, 0};
	uint32		index = 0;

	ReserveChanges(edit, edit->nchanges + source->count);
	jbi_cursor_start(&keys, source, 0);
	jbi_cursor_start(&values, source, source->count);
	for (uint32 i = 0; i < source->count; i++)
	{
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		key = NextKey(&keys, key);
		jbi_cursor_next(&values, &value);
		if (jbi_find_key(&edit->source, key, index, &index))
			jbi_edit_replace(edit, index++, &value);
		else
			jbi_edit_insert_pair(edit, index, key, &value);
	}
}
