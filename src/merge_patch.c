/*-------------------------------------------------------------------------
 *
 * merge_patch.c
 *	  SQL functions for JSON Merge Patch, RFC 7396.
 *
 * An object as a patch says of each of its keys what the target shall have there:
 * null that it shall not have the key, an object how to patch what is there, and
 * anything else what shall be there.  So it cannot give a key the value null; and
 * what it adds is without nulls, but in arrays.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "match.h"

#include "miscadmin.h"

JBI_FUNCTION(jsonb_merge_patch);
JBI_FUNCTION(jsonb_merge_diff);

static const uint32 empty_object_header = JB_FOBJECT;
static const JbiValue empty_object = {
	.type = JENTRY_ISCONTAINER,
	.bytes = (const char *) &empty_object_header,
	.len = sizeof(empty_object_header),
	.doc = (const char *) &empty_object_header
};

/*
 * The keys that lead to a value, for a message about it.
 */
typedef struct Trail
{
	JbiScratch *scratch;
	JbiPath		path;
	int			allocated;
} Trail;

static void
Enter(Trail *trail, JbiString key)
{
	if (trail->path.count == trail->allocated)
	{
		int			allocated = Max(8, trail->allocated * 2);
		JbiString  *elements = jbi_scratch_alloc(trail->scratch, (Size) allocated * sizeof(JbiString));

		if (trail->path.count > 0)
			jbi_copy_bytes(elements, trail->path.elements, (Size) trail->path.count * sizeof(JbiString));
		trail->path.elements = elements;
		trail->allocated = allocated;
	}
	trail->path.elements[trail->path.count++] = key;
}

static void
Leave(Trail *trail)
{
	trail->path.count--;
}

/*
 * Whether the value is null, or an object with a null somewhere.  Then the trail, if
 * there is one, ends there.
 */
static bool
FindNull(const JbiValue *value, Trail *trail)
{
	JbiContainer object;
	JbiPairs	pairs;

	if (jbi_value_kind(value) != JB_FOBJECT)
		return value->type == JENTRY_ISNULL;
	check_stack_depth();
	jbi_open_container(&object, value);
	jbi_pairs_start(&pairs, &object);
	while (jbi_pairs_next(&pairs))
	{
		if (trail != NULL)
			Enter(trail, pairs.key);
		if (FindNull(&pairs.value, trail))
			return true;
		if (trail != NULL)
			Leave(trail);
	}
	return false;
}

/*
 * Remove the nulls from what a patch adds.
 */
static void
StripNulls(JbiEdit *object)
{
	JbiPairs	pairs;

	check_stack_depth();
	jbi_pairs_start(&pairs, &object->source);
	for (uint32 i = 0; jbi_pairs_next(&pairs); i++)
	{
		if (pairs.value.type == JENTRY_ISNULL)
			jbi_edit_remove(object, i);
		else if (jbi_value_kind(&pairs.value) == JB_FOBJECT)
			StripNulls(jbi_edit_open_child(object, i));
	}
}

/*
 * Put what a patch has under a key where the target has no object.
 */
static void
PutPatch(JbiEdit *edit, bool found, uint32 index, const JbiPairs *patch)
{
	jbi_edit_put_pair(edit, found, index, patch->key, &patch->value);
	if (FindNull(&patch->value, NULL))
		StripNulls(jbi_edit_open_object(edit, found, index, patch->key));
}

/*
 * Patch an object with an object.
 */
static void
PatchObject(JbiEdit *edit, const JbiValue *patch)
{
	JbiContainer object;
	JbiPairs	pairs;
	uint32		index = 0;

	check_stack_depth();
	jbi_open_container(&object, patch);
	jbi_edit_reserve(edit, edit->nchanges + object.count);
	jbi_pairs_start(&pairs, &object);
	while (jbi_pairs_next(&pairs))
	{
		bool		found = jbi_find_key(&edit->source, pairs.key, index, &index);
		JbiEdit    *child = NULL;

		if (jbi_value_kind(&pairs.value) == JB_FOBJECT)
			child = jbi_edit_open_object(edit, found, index, pairs.key);
		if (child != NULL)
			PatchObject(child, &pairs.value);
		else if (pairs.value.type != JENTRY_ISNULL)
			PutPatch(edit, found, index, &pairs);
		else if (found)
			jbi_edit_remove(edit, index);
		index += found;
	}
}

static void
PatchRoot(JbiPlace *root, void *state)
{
	PatchObject(jbi_place_open(root, JB_FOBJECT, false), (const JbiValue *) state);
}

/*
 * jsonb_merge_patch(target jsonb, patch jsonb) returns jsonb
 *
 * Applies a JSON Merge Patch as RFC 7396 says.
 *
 * Errors: 22004 null patch.
 */
Datum
jsonb_merge_patch(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"target", "patch"};
	const JbiPath root = {0};
	JbiCall		call;
	JbiValue	patch;
	JbiPlan		plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	patch = jbi_value_argument(&call, 1);

	jbi_plan_target(&call, &plan);
	if (jbi_value_kind(&patch) != JB_FOBJECT)
		jbi_plan_replace(&plan, &patch);
	else
	{
		/* What is no object is patched as if it was an empty one. */
		if (jbi_value_kind(&plan.root) != JB_FOBJECT)
		{
			jbi_plan_replace(&plan, &empty_object);
			jbi_plan_settle(&plan);
		}
		jbi_plan_each(&plan, &root, PatchRoot, &patch);
	}
	PG_RETURN_DATUM(jbi_finish_target(&call, &plan));
}

/*
 * What a patch would add must be without nulls, save in arrays.
 */
static void
CheckAddable(const JbiValue *value, Trail *trail)
{
	if (FindNull(value, trail))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("new holds null at path %s, which a merge patch cannot put there",
						jbi_path_to_cstring(&trail->path, trail->path.count)),
				 errhint("In a merge patch null removes a key.")));
}

static void DiffObjects(JbiEdit *patch, const JbiValue *old, const JbiValue *new, Trail *trail);

/*
 * What the patch has to say of a key that is in both objects.
 */
static void
DiffValues(JbiEdit *patch, JbiString key, const JbiValue *old, const JbiValue *new, Trail *trail)
{
	if (jbi_same_bytes(old, new))
		return;
	if (jbi_value_kind(old) == JB_FOBJECT && jbi_value_kind(new) == JB_FOBJECT)
	{
		jbi_edit_insert_pair(patch, 0, key, &empty_object);
		DiffObjects(jbi_edit_open_object(patch, false, 0, key), old, new, trail);
	}
	else
	{
		CheckAddable(new, trail);
		jbi_edit_insert_pair(patch, 0, key, new);
	}
}

/*
 * Make the patch that turns one object into the other.
 */
static void
DiffObjects(JbiEdit *patch, const JbiValue *old, const JbiValue *new, Trail *trail)
{
	JbiValue	null = {.type = JENTRY_ISNULL, .bytes = "", .doc = ""};
	JbiContainer old_object;
	JbiContainer new_object;
	JbiPairs	old_pairs;
	JbiPairs	new_pairs;
	bool		in_old;
	bool		in_new;

	check_stack_depth();
	jbi_open_container(&old_object, old);
	jbi_open_container(&new_object, new);
	jbi_pairs_start(&old_pairs, &old_object);
	jbi_pairs_start(&new_pairs, &new_object);
	in_old = jbi_pairs_next(&old_pairs);
	in_new = jbi_pairs_next(&new_pairs);
	while (in_old || in_new)
	{
		int			comparison = !in_old ? 1 : !in_new ? -1 : jbi_compare_keys(old_pairs.key, new_pairs.key);

		if (comparison < 0)
			jbi_edit_insert_pair(patch, 0, old_pairs.key, &null);
		else
		{
			Enter(trail, new_pairs.key);
			if (comparison == 0)
				DiffValues(patch, new_pairs.key, &old_pairs.value, &new_pairs.value, trail);
			else
			{
				CheckAddable(&new_pairs.value, trail);
				jbi_edit_insert_pair(patch, 0, new_pairs.key, &new_pairs.value);
			}
			Leave(trail);
		}
		if (comparison <= 0)
			in_old = jbi_pairs_next(&old_pairs);
		if (comparison >= 0)
			in_new = jbi_pairs_next(&new_pairs);
	}
}

/*
 * The patch that turns one document into the other.
 */
static Jsonb *
MergeDiff(JbiScratch *scratch, const JbiValue *old, const JbiValue *new)
{
	Trail		trail = {.scratch = scratch};
	JbiPlan		plan;
	JbiEdit    *patch;

	if (jbi_value_kind(new) != JB_FOBJECT)
		return jbi_write_value(new);
	if (jbi_value_kind(old) != JB_FOBJECT)
	{
		CheckAddable(new, &trail);
		return jbi_write_value(new);
	}
	patch = jbi_plan_start_new(&plan, scratch, JB_FOBJECT);
	DiffObjects(patch, old, new, &trail);
	return jbi_write(patch);
}

/*
 * jsonb_merge_diff(old jsonb, new jsonb) returns jsonb
 *
 * The JSON Merge Patch (RFC 7396) that turns old into new, to the byte: 1 is not 1.0.
 *
 * Errors: 22004 null new; 22023 a key gets the value null, or an object in which one
 * has it, which no merge patch can do.
 */
Datum
jsonb_merge_diff(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"old", "new"};
	JbiCall		call;
	JbiValue	old;
	JbiValue	new;
	Jsonb	   *patch;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	jbi_call_start(&call, fcinfo, names, 1);
	old = jbi_value_argument(&call, 0);
	new = jbi_value_argument(&call, 1);
	patch = MergeDiff(&call.scratch, &old, &new);
	jbi_call_end(&call);
	PG_RETURN_JSONB_P(patch);
}
