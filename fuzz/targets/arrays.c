/*
 * arrays.c
 *	  The other functions on arrays of objects against their references.
 */
#include "../core.h"
#include "../documents.h"
#include "../reference.h"

#include "utils/builtins.h"

static const char *const orders[] = {"ASC", "DESC", "asc", "Desc", "", "ascending"};

static void
AddJsonb(Input *input, Arguments *arguments, const Jsonb *value)
{
	add_jsonb(arguments, value, (Form) choose(input, NFORMS));
}

static void
AddText(Input *input, Arguments *arguments, const char *text)
{
	add_text(arguments, text, strlen(text), chance(input, 50));
}

static void
AddPath(Input *input, Arguments *arguments, const Document *document)
{
	add_array(arguments, path_array(chance(input, 93) ? document->path :
									distort_path(input, document->path)));
}

/*
 * The value that some element has under the key, if it has one; or any other.
 */
static Jsonb *
PickMatch(Input *input, const Document *document)
{
	int			count = count_of(document->focus);
	Jsonb	   *element = element_of(document->focus, choose(input, count));
	Jsonb	   *value = field_if_object(element, CStringGetTextDatum(document->match_key));

	return value != NULL && chance(input, 95) ? value : make_value(input);
}

static void
TryDelete(Input *input, const Document *document)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	AddPath(input, &arguments, document);
	AddText(input, &arguments, document->match_key);
	AddJsonb(input, &arguments, PickMatch(input, document));
	compare_writers(jsonb_array_delete_where, reference_delete_where, &arguments);
}

static void
TryInsert(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	Jsonb	   *element = chance(input, 90) ?
		make_object(input, NULL, document->match_key, PickMatch(input, document)) : make_value(input);

	AddJsonb(input, &arguments, document->value);
	AddPath(input, &arguments, document);
	AddJsonb(input, &arguments, element);
	if (chance(input, 85))
		AddText(input, &arguments, chance(input, 95) ? document->match_key : make_key(input));
	else
		add_null(&arguments);
	if (chance(input, 90))
		AddText(input, &arguments, orders[choose(input, chance(input, 96) ? 4 : lengthof(orders))]);
	else
		add_null(&arguments);
	if (chance(input, 50))
		add_int(&arguments, choose(input, 2 * count_of(document->focus) + 2) - chance(input, 3));
	else
		add_null(&arguments);
	compare_writers(jsonb_array_insert_where, reference_insert_where, &arguments);
}

/*
 * An item of a batch, in one of its forms; few are malformed.
 */
static Jsonb *
MakeItem(Input *input, const Document *document)
{
	Jsonb	   *match = PickMatch(input, document);
	Jsonb	   *updates = make_object(input, element_of(document->focus, 0), NULL, NULL);
	Jsonb	   *item;

	if (!JB_ROOT_IS_SCALAR(match) && chance(input, 95))
		match = parse_json("1");
	if (chance(input, 50))
		return make_object(input, updates, document->match_key, match);
	item = concatenate(object_of_one(CStringGetTextDatum("match_value"), match),
					   object_of_one(CStringGetTextDatum("updates"),
									 chance(input, 98) ? updates : make_value(input)));
	return chance(input, 98) ? item : concatenate(item, make_object(input, NULL, NULL, NULL));
}

static void
TryBatch(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int left = choose(input, chance(input, 90) ? 6 : 40); left > 0; left--)
		push_jsonb(&state, WJB_ELEM, chance(input, 99) ? MakeItem(input, document) : make_value(input));
	AddJsonb(input, &arguments, document->value);
	AddPath(input, &arguments, document);
	AddText(input, &arguments, document->match_key);
	AddJsonb(input, &arguments, chance(input, 98) ?
			 JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)) : make_value(input));
	compare_writers(jsonb_array_update_where_batch, reference_update_where_batch, &arguments);
}

static void
TryMultiRow(Input *input, const Document *document)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	AddPath(input, &arguments, document);
	AddText(input, &arguments, document->match_key);
	AddJsonb(input, &arguments, PickMatch(input, document));
	AddJsonb(input, &arguments, make_object(input, element_of(document->focus, 0), NULL, NULL));
	compare_writers(update_multi_row, reference_update_where, &arguments);
}

static void
TryReconcile(Input *input, const Document *document)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	AddPath(input, &arguments, document);
	AddText(input, &arguments, document->match_key);
	AddJsonb(input, &arguments, vary_value(input, document->focus));
	compare_writers(jsonb_array_reconcile, reference_reconcile, &arguments);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	int			operation = choose(&input, 20);
	Document	document = make_document(&input, FOCUS_RECORDS);

	if (operation < 3)
		TryDelete(&input, &document);
	else if (operation < 8)
		TryInsert(&input, &document);
	else if (operation < 12)
		TryBatch(&input, &document);
	else if (operation < 14)
		TryMultiRow(&input, &document);
	else
		TryReconcile(&input, &document);
}

const Target target_arrays = {"arrays", Run, NULL};
