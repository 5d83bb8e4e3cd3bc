/*
 * merge_at_path.c
 *	  jsonb_merge_at_path() against its reference.
 */
#include "../documents.h"
#include "../reference.h"

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Arguments	arguments = {0};
	Document	document = make_document(&input, FOCUS_OBJECT);
	Jsonb	   *source = chance(&input, 97) ?
		make_object(&input, document.focus, NULL, NULL) : make_value(&input);
	List	   *path = chance(&input, 80) ? document.path : distort_path(&input, document.path);

	add_jsonb(&arguments, document.value, (Form) choose(&input, NFORMS));
	add_jsonb(&arguments, source, (Form) choose(&input, NFORMS));
	add_array(&arguments, path_array(path));
	compare_writers(jsonb_merge_at_path, reference_merge_at_path, &arguments);
}

const Target target_merge_at_path = {"merge_at_path", Run, NULL};
