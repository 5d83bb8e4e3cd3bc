/*
 * has_path_changed.c
 *	  jsonb_has_path_changed() against its reference.
 */
#include "../documents.h"
#include "../reference.h"

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Arguments	arguments = {0};
	Input		before = input;
	Document	old_document = make_document(&input, FOCUS_VALUE);
	bool		same;
	Document	new_document = make_variant(&input, FOCUS_VALUE, before, &same);
	List	   *path = chance(&input, 85) ? old_document.path :
		distort_path(&input, old_document.path);

	add_jsonb(&arguments, old_document.value, (Form) choose(&input, NFORMS));
	add_jsonb(&arguments, new_document.value, (Form) choose(&input, NFORMS));
	add_array(&arguments, path_array(path));
	for (int i = 0; i < 2; i++)
		if (chance(&input, 50))
			store_argument(&arguments, i);
	compare_readers(jsonb_has_path_changed, reference_has_path_changed, &arguments);
}

const Target target_has_path_changed = {"has_path_changed", Run, NULL};
