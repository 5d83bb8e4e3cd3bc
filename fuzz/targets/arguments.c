/*
 * arguments.c
 *	  Sound documents, and everything else as odd as SQL can make it: paths with
 *	  null elements and of many dimensions, keys that are no text, indexes at the
 *	  ends of what an int holds, null arguments, scalars where objects are wanted.
 *
 * Against the references, like the targets of each operator, where those fit.
 */
#include "../core.h"
#include "../documents.h"
#include "../reference.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/* Numbers as text around limits, for path elements. */
static const char *const limits[] = {
	"2147483647", "2147483648", "-2147483647", "-2147483648", "-2147483649",
	"4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "00", "-00", "0000000000000000000000001", "+0", " 0",
	"\t0", "0 ", "1e0", "0x0", "-", "--1", "1-"
};

static text *
MakeElement(Input *input)
{
	int			kind = choose(input, 10);
	char		bytes[40];
	int			length;

	if (kind < 4)
		return cstring_to_text(make_key(input));
	if (kind < 6)
		return cstring_to_text(psprintf("%d", choose(input, 12) - 6));
	if (kind < 8)
		return cstring_to_text(limits[choose(input, lengthof(limits))]);

	/* Any bytes that a text of the encoding may have. */
	length = choose(input, (int) sizeof(bytes));
	for (int i = 0; i < length; i++)
		bytes[i] = (char) (1 + choose(input, 255));
	if (!pg_verify_mbstr(GetDatabaseEncoding(), bytes, length, true))
		for (int i = 0; i < length; i++)
			bytes[i] = (char) (bytes[i] == (char) 0x80 ? 'x' : bytes[i] & 0x7F);
	return cstring_to_text_with_len(bytes, length);
}

/*
 * The path that leads somewhere, or one with other elements, or no path at all.
 */
static ArrayType *
MakePath(Input *input, List *path)
{
	Datum		elements[8];
	bool		nulls[8];
	int			dimensions[2];
	int			bounds[2] = {1, 1};
	int			count = 0;
	int			percent = chance(input, 95) ? 0 : 30;	/* of the elements
														 * replaced */
	ListCell   *cell;

	foreach(cell, path)
	{
		nulls[count] = chance(input, percent / 10);
		elements[count] = chance(input, percent) ? PointerGetDatum(MakeElement(input)) :
			CStringGetTextDatum(lfirst(cell));
		count++;
	}
	while (count < (int) lengthof(elements) && chance(input, percent))
	{
		nulls[count] = chance(input, 5);
		elements[count++] = PointerGetDatum(MakeElement(input));
	}
	if (chance(input, 20))
		bounds[0] = choose(input, 5) - 2;
	dimensions[0] = count;
	dimensions[1] = 1;
	if (count == 0)
		return construct_empty_array(TEXTOID);
	return construct_md_array(elements, nulls, chance(input, 3) ? 2 : 1, dimensions, bounds,
							  TEXTOID, -1, false, TYPALIGN_INT);
}

static void
AddJsonb(Input *input, Arguments *arguments, const Jsonb *value)
{
	if (chance(input, 1))
		add_null(arguments);
	else
		add_jsonb(arguments, chance(input, 98) ? value : make_value(input),
				  (Form) choose(input, NFORMS));
}

static void
AddPath(Input *input, Arguments *arguments, List *path)
{
	if (chance(input, 1))
		add_null(arguments);
	else
		add_array(arguments, MakePath(input, path));
}

static void
AddKey(Input *input, Arguments *arguments, const char *key)
{
	if (chance(input, 1))
		add_null(arguments);
	else if (chance(input, 97))
		add_text(arguments, key, strlen(key), chance(input, 50));
	else
	{
		text	   *element = MakeElement(input);

		add_text(arguments, VARDATA(element), VARSIZE(element) - VARHDRSZ, chance(input, 50));
	}
}

/*
 * Where an array is wanted: one that is much like the document's, or of another object.
 */
static Jsonb *
MakeList(Input *input, const Document *document)
{
	return is_array(document->focus) ? vary_value(input, document->focus) :
		array_of_one(make_object(input, NULL, document->match_key, document->match_value));
}

/*
 * A function of the operator family that takes a path.
 */
static void
TryWithPath(Input *input, const Document *document, int operation)
{
	Arguments	arguments = {0};
	Arguments  *to = &arguments;

	AddJsonb(input, to, document->value);
	if (operation < 4)
	{
		AddPath(input, to, document->path);
		switch (operation)
		{
			case 0:
				AddJsonb(input, to, make_value(input));
				compare_writers(jsonb_set_path, reference_set_path, to);
				return;
			case 1:
				compare_writers(jsonb_remove_path, reference_remove_path, to);
				return;
			case 2:
				if (chance(input, 10))
					add_null(to);
				else
					add_number(to, chance(input, 90) ? "1.50" : chance(input, 50) ? "NaN" : "-Infinity");
				compare_writers(jsonb_increment, reference_increment, to);
				return;
			default:
				AddJsonb(input, to, make_object(input, NULL, document->match_key, document->match_value));
				if (chance(input, 90))
					AddKey(input, to, document->match_key);
				else
					add_null(to);
				AddKey(input, to, chance(input, 95) ? "desc" : make_key(input));
				if (chance(input, 50))
					add_null(to);
				else
					add_int(to, chance(input, 90) ? choose(input, 8) - 1 : PG_INT32_MIN);
				compare_writers(jsonb_array_insert_where, reference_insert_where, to);
				return;
		}
	}
	AddPath(input, to, document->path);
	AddKey(input, to, document->match_key);
	switch (operation)
	{
		case 4:
			AddJsonb(input, to, document->match_value);
			compare_writers(jsonb_array_delete_where, reference_delete_where, to);
			break;
		case 5:
			AddJsonb(input, to, document->match_value);
			AddJsonb(input, to, make_object(input, NULL, NULL, NULL));
			/* Without a target it has no row, whatever else is null. */
			compare_writers(update_multi_row, reference_update_where, to);
			break;
		case 6:
			AddJsonb(input, to, MakeList(input, document));
			compare_writers(jsonb_array_reconcile, reference_reconcile, to);
			break;
		default:
			AddJsonb(input, to, array_of_one(make_object(input, NULL, document->match_key, document->match_value)));
			compare_writers(jsonb_array_update_where_batch, reference_update_where_batch, to);
			break;
	}
}

/*
 * The paths of a graft: texts that are arrays, of which few are not as they should be.
 */
static List *
MakePaths(Input *input, const Document *document)
{
	static const char *const odd[] = {"", "{", "{}", "{a", "a}", "{{a},{b}}", "{null}", "{NULL}", "{\"\"}", " {0} ", "[1:1]={a}"};
	List	   *paths = NIL;

	for (int left = choose(input, 4); left > 0; left--)
		paths = lappend(paths, chance(input, 85) ? path_text(document->path) :
						pstrdup(odd[choose(input, lengthof(odd))]));
	return paths;
}

/*
 * One of two documents, or of any number.
 */
static void
TryWithDocuments(Input *input, const Document *document, int operation)
{
	Arguments	arguments = {0};
	Arguments  *to = &arguments;
	Jsonb	   *first = chance(input, 10) ? document->value :
		object_of_one(CStringGetTextDatum(make_key(input)), document->value);

	AddJsonb(input, to, first);
	AddJsonb(input, to, vary_value(input, first));
	switch (operation)
	{
		case 0:
			compare_writers(jsonb_merge_shallow, reference_merge_shallow, to);
			break;
		case 1:
			compare_writers(jsonb_deep_merge, reference_deep_merge, to);
			break;
		case 2:
			compare_writers(jsonb_merge_patch, reference_merge_patch, to);
			break;
		case 3:
			compare_makers(jsonb_merge_diff, reference_merge_diff, to);
			break;
		case 4:
			compare_writers(jsonb_patch, reference_patch, to);
			break;
		case 5:
			AddJsonb(input, to, first);
			compare_makers(merge_agg, reference_merge_agg, to);
			break;
		case 6:
			AddJsonb(input, to, first);
			compare_makers(deep_merge_agg, reference_deep_merge_agg, to);
			break;
		default:
			AddPath(input, to, MakePaths(input, document));
			compare_writers(jsonb_graft, reference_graft, to);
			break;
	}
}

static void
TryFamily(Input *input, Document document)
{
	if (document.match_key == NULL)
	{
		document.match_key = "id";
		document.match_value = parse_json("1");
	}
	if (chance(input, 60))
		TryWithPath(input, &document, choose(input, 8));
	else
		TryWithDocuments(input, &document, choose(input, 8));
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Arguments	arguments = {0};
	int			operation = choose(&input, 31);
	Document	document = make_document(&input, operation < 12 ? FOCUS_OBJECT : FOCUS_RECORDS);

	if (operation < 12)
	{
		AddJsonb(&input, &arguments, document.value);
		AddJsonb(&input, &arguments, make_object(&input, document.focus, NULL, NULL));
		AddPath(&input, &arguments, document.path);
		compare_writers(jsonb_merge_at_path, reference_merge_at_path, &arguments);
	}
	else if (operation < 20)
	{
		AddJsonb(&input, &arguments, document.value);
		AddPath(&input, &arguments, document.path);
		AddKey(&input, &arguments, document.match_key);
		AddJsonb(&input, &arguments, document.match_value);
		AddJsonb(&input, &arguments, make_object(&input, NULL, NULL, NULL));
		compare_writers(jsonb_array_update_where, reference_update_where, &arguments);
	}
	else if (operation < 30)
	{
		AddJsonb(&input, &arguments, document.value);
		AddPath(&input, &arguments, document.path);
		AddKey(&input, &arguments, document.match_key);
		AddJsonb(&input, &arguments, document.match_value);
		AddJsonb(&input, &arguments, make_object(&input, NULL, document.match_key,
												 document.match_value));
		compare_writers(jsonb_array_upsert_where, reference_upsert_where, &arguments);
	}
	else
	{
		AddJsonb(&input, &arguments, document.value);
		AddJsonb(&input, &arguments, document.value);
		AddPath(&input, &arguments, document.path);
		compare_readers(jsonb_has_path_changed, reference_has_path_changed, &arguments);
	}
	TryFamily(&input, document);
}

const Target target_arguments = {"arguments", Run, NULL};
