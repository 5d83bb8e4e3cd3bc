/*-------------------------------------------------------------------------
 *
 * planners.c
 *	  What several operators do with a container or with a place.
 *
 *-------------------------------------------------------------------------
 */
#include "plan.h"

#include "match.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"

/*
 * Give an object a value under a key, whether it has the key or not; found and index
 * are what jbi_find_key() said.
 */
void
jbi_edit_put_pair(JbiEdit *edit, bool found, uint32 index, JbiString key, const JbiValue *value)
{
	if (found)
		jbi_edit_replace(edit, index, value);
	else
		jbi_edit_insert_pair(edit, index, key, value);
}

/*
 * Shallow merge: every pair of the source replaces the one with its key, or is
 * inserted.  Both have their keys sorted, so each search begins behind the last.
 */
void
jbi_edit_merge(JbiEdit *edit, const JbiContainer *source)
{
	JbiPairs	pairs;
	JbiCursor	values;
	uint32		index = 0;

	jbi_edit_reserve(edit, edit->nchanges + source->count);
	jbi_pairs_start(&pairs, source);
	jbi_cursor_start(&values, &edit->source, edit->source.count);
	while (jbi_pairs_next(&pairs))
		if (jbi_find_key(&edit->source, pairs.key, index, &index))
		{
			JbiValue	old;

			jbi_cursor_skip(&values, jbi_child_entry(&edit->source, index));
			jbi_cursor_next(&values, &old);
			jbi_edit_replace_known_child(edit, index, &old, &pairs.value);
			index++;
		}
		else
			jbi_edit_insert_pair(edit, index, pairs.key, &pairs.value);
}

/*
 * Deep merge: an object is merged into the object that the edit has under its key,
 * in its turn; anything else replaces what is there.  The edit may have changes,
 * which are merged into as if they were written.
 */
void
jbi_edit_deep_merge(JbiEdit *edit, const JbiContainer *source)
{
	JbiPairs	pairs;
	uint32		index = 0;

	check_stack_depth();
	jbi_edit_reserve(edit, edit->nchanges + source->count);
	jbi_pairs_start(&pairs, source);
	while (jbi_pairs_next(&pairs))
	{
		bool		found = jbi_find_key(&edit->source, pairs.key, index, &index);
		JbiEdit    *child = NULL;

		if (jbi_value_kind(&pairs.value) == JB_FOBJECT)
			child = jbi_edit_open_object(edit, found, index, pairs.key);
		if (child != NULL)
		{
			JbiContainer object;

			jbi_open_container(&object, &pairs.value);
			jbi_edit_deep_merge(child, &object);
		}
		else
			jbi_edit_put_pair(edit, found, index, pairs.key, &pairs.value);
		index += found;
	}
}

/*
 * What a missing number begins with.
 */
static JbiValue
Zero(JbiScratch *scratch)
{
	return jbi_keep_number(scratch, DirectFunctionCall1(int4_numeric, Int32GetDatum(0)));
}

/*
 * Add to the number in the place.  One that is missing is 0.
 */
void
jbi_place_increment(JbiPlace *place, const JbiValue *by)
{
	JbiScratch *scratch = place->plan->scratch;
	JbiValue	number;

	if (!place->present && !place->creatable)
		return;
	if (jbi_place_is_free(place))
		number = Zero(scratch);
	else if (place->edit == NULL && place->value.type == JENTRY_ISNUMERIC)
		number = place->value;
	else
		jbi_wrong_type_at(place, "a number");
	number = jbi_add_numbers(scratch, &number, by);
	jbi_place_set(place, &number);
}

/*
 * Merge an object into the one in the place.
 */
void
jbi_place_merge(JbiPlace *place, const JbiContainer *object)
{
	JbiEdit    *edit = jbi_place_open(place, JB_FOBJECT, true);

	if (edit != NULL)
		jbi_edit_merge(edit, object);
}

/*
 * The same, and objects in it into objects.
 */
void
jbi_place_deep_merge(JbiPlace *place, const JbiContainer *object)
{
	JbiEdit    *edit = jbi_place_open(place, JB_FOBJECT, true);

	if (edit != NULL)
		jbi_edit_deep_merge(edit, object);
}
