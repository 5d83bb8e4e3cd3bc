/*
 * update_where.c
 *	  jsonb_array_update_where() against its reference.
 */
#include "../documents.h"
#include "../reference.h"

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Arguments	arguments = {0};
	Document	document = make_document(&input, FOCUS_RECORDS);
	Jsonb	   *record = DatumGetJsonbP(DirectFunctionCall2(jsonb_array_element,
															JsonbPGetDatum(document.focus),
															Int32GetDatum(0)));
	Jsonb	   *updates = chance(&input, 97) ?
		make_object(&input, record, NULL, NULL) : make_value(&input);
	List	   *path = chance(&input, 90) ? document.path : distort_path(&input, document.path);
	const char *match_key = chance(&input, 95) ? document.match_key : make_key(&input);
	Jsonb	   *match_value = chance(&input, 95) ? document.match_value : make_value(&input);

	add_jsonb(&arguments, document.value, (Form) choose(&input, NFORMS));
	add_array(&arguments, path_array(path));
	add_text(&arguments, match_key, strlen(match_key), chance(&input, 50));
	add_jsonb(&arguments, match_value, (Form) choose(&input, NFORMS));
	add_jsonb(&arguments, updates, (Form) choose(&input, NFORMS));
	compare_writers(jsonb_array_update_where, reference_update_where, &arguments);
}

const Target target_update_where = {"update_where", Run, NULL};
