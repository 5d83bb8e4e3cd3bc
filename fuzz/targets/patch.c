/*
 * patch.c
 *	  JSON Patch: operations, JSON Pointers, and differences.
 *
 * A patch against the reference; where that does not know its paths, against the same
 * operations one by one, so that they cannot meet in one plan.  The difference of two
 * documents must turn one into the other, byte for byte.
 */
#include "../core.h"
#include "../documents.h"
#include "../reference.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* Pointers that are none, or lead nowhere in an array. */
static const char *const odd_pointers[] = {
	"a", "/~", "/~2", "/a~", "/00", "/-1", "/+1", "/1e0", "/-", "//", "/", "/4294967296", "/99999999999"
};

static const char *const selectors[] = {"[*]", "[-]", "[id=1]", "[=1]", "[id=2]", "[", "[id={}]"};

static void
AppendPointer(StringInfo json, const List *path)
{
	StringInfoData pointer;
	ListCell   *cell;

	initStringInfo(&pointer);
	foreach(cell, path)
	{
		appendStringInfoChar(&pointer, '/');
		for (const char *at = lfirst(cell); *at != '\0'; at++)
			appendStringInfo(&pointer, *at == '~' ? "~0" : *at == '/' ? "~1" : "%c", *at);
	}
	escape_json(json, pointer.data);
}

/*
 * A keyed path, whose indexes may be numbers.
 */
static void
AppendKeyedPath(Input *input, StringInfo json, const List *path, bool *known)
{
	ListCell   *cell;
	bool		is_first = true;

	appendStringInfoChar(json, '[');
	foreach(cell, path)
	{
		const char *element = lfirst(cell);

		appendStringInfoString(json, is_first ? "" : ",");
		is_first = false;
		if (chance(input, 8))
		{
			*known = false;
			escape_json(json, selectors[choose(input, lengthof(selectors))]);
		}
		else if (*element >= '1' && *element <= '9' && strspn(element, "0123456789") == strlen(element) &&
				 chance(input, 30))
			appendStringInfoString(json, element);
		else
			escape_json(json, element);
	}
	appendStringInfoChar(json, ']');
}

/*
 * A path in the document: to where the document's own path leads, or on the way there,
 * or on from there, or elsewhere.
 */
static List *
MakePath(Input *input, const Document *document)
{
	List	   *path = list_copy(document->path);
	int			kind = choose(input, 20);

	if (kind < 3)
		path = list_truncate(path, choose(input, list_length(path) + 1));
	else if (kind < 4)
		path = distort_path(input, path);
	else if (kind < 6)
	{
		if (chance(input, 50))
			path = lappend(path, psprintf("%d", choose(input, 4)));
		else
			path = lappend(path, unconstify(char *, make_key(input)));
	}
	return path;
}

static void
AppendMemberPath(Input *input, StringInfo json, const char *name, const List *path, bool keyed, bool *known)
{
	appendStringInfo(json, ",\"%s\":", name);
	if (keyed)
		AppendKeyedPath(input, json, path, known);
	else if (chance(input, 2))
		escape_json(json, odd_pointers[choose(input, lengthof(odd_pointers))]);
	else
		AppendPointer(json, path);
}

static void
AppendMember(StringInfo json, const char *name, Jsonb *value)
{
	appendStringInfo(json, ",\"%s\":%s", name, print_json(value));
}

/*
 * One of the RFC's operations.
 */
static void
AppendStandard(Input *input, StringInfo json, const Document *document, bool *known)
{
	static const char *const names[] = {
		"add", "add", "add", "add", "remove", "replace", "replace", "move", "move", "copy", "copy",
		"test"
	};
	const char *name = names[choose(input, lengthof(names))];
	List	   *path = MakePath(input, document);
	bool		keyed = chance(input, 25);

	if (strcmp(name, "add") == 0 && chance(input, 20))
		path = lappend(path, pstrdup(keyed ? "[-]" : "-"));
	appendStringInfo(json, "{\"op\":\"%s\"", name);
	AppendMemberPath(input, json, "path", path, keyed, known);
	if (strcmp(name, "move") == 0 || strcmp(name, "copy") == 0)
		AppendMemberPath(input, json, "from", MakePath(input, document), chance(input, 20), known);
	else if (strcmp(name, "remove") != 0)
		AppendMember(json, "value", chance(input, 40) ? document->focus : make_value(input));

	/*
	 * As a key at an object [-] creates nothing, which the reference does not
	 * know.
	 */
	if (keyed && list_length(path) > 0 && strcmp(llast(path), "[-]") == 0)
		*known = false;
}

/*
 * One of those beyond it.
 */
static void
AppendFurther(Input *input, StringInfo json, const Document *document, bool *known)
{
	static const char *const names[] = {"merge", "deep_merge", "increment", "upsert", "delete_where", "update_where"};
	const char *name = names[choose(input, lengthof(names))];
	const char *key = document->match_key != NULL ? document->match_key : "id";
	Jsonb	   *match = document->match_value != NULL ? document->match_value : parse_json("1");
	Jsonb	   *object = make_object(input, document->focus, NULL, NULL);

	appendStringInfo(json, "{\"op\":\"%s\"", name);
	AppendMemberPath(input, json, "path", MakePath(input, document), true, known);
	if (strcmp(name, "increment") == 0)
	{
		if (chance(input, 80))
			AppendMember(json, "value", parse_json(psprintf("%d.%d", choose(input, 100) - 50, choose(input, 10))));
	}
	else if (strstr(name, "merge") != NULL)
		AppendMember(json, "value", chance(input, 97) ? object : make_value(input));
	else
	{
		appendStringInfoString(json, ",\"key\":");
		escape_json(json, key);
		if (strcmp(name, "upsert") == 0)
			AppendMember(json, "value", make_object(input, NULL, key, match));
		else
			AppendMember(json, "value", match);
		if (strcmp(name, "update_where") == 0)
			AppendMember(json, "updates", object);
	}
}

static Jsonb *
MakePatch(Input *input, const Document *document, bool *known)
{
	StringInfoData json;
	int			count = 1 + choose(input, chance(input, 70) ? 3 : 8);

	*known = true;
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < count; i++)
	{
		appendStringInfoString(&json, i > 0 ? "," : "");
		if (chance(input, 1))
		{
			appendStringInfoString(&json, print_json(make_value(input)));
			continue;
		}
		if (chance(input, 65))
			AppendStandard(input, &json, document, known);
		else
			AppendFurther(input, &json, document, known);
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoChar(&json, ']');
	return parse_json(json.data);
}

/*
 * jsonb_patch(), for each operation anew.
 */
static Datum
PatchOneByOne(PG_FUNCTION_ARGS)
{
	Jsonb	   *patch = read_array(PG_GETARG_DATUM(1));
	Datum		document = PG_GETARG_DATUM(0);

	for (int i = 0; i < count_of(patch); i++)
		document = DirectFunctionCall2(jsonb_patch, document,
									   JsonbPGetDatum(array_of_one(element_of(patch, i))));
	return document;
}

static void
TryPatch(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	bool		known;
	Jsonb	   *patch = MakePatch(input, document, &known);

	add_jsonb(&arguments, document->value, (Form) choose(input, NFORMS));
	add_jsonb(&arguments, patch, (Form) choose(input, NFORMS));
	compare_writers(jsonb_patch, known ? reference_patch : PatchOneByOne, &arguments);
}

/*
 * The second argument, for what has come of the first and a difference.
 */
static Datum
Second(PG_FUNCTION_ARGS)
{
	return PG_GETARG_DATUM(1);
}

/*
 * A document patched with its difference from another.
 */
static Datum
PatchWithDiff(PG_FUNCTION_ARGS)
{
	Datum		patch = jsonb_diff(fcinfo);

	return DirectFunctionCall2(jsonb_patch, PG_GETARG_DATUM(0), patch);
}

static void
TryDiff(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	const Jsonb *other = vary_value(input, document->value);
	bool		forth = chance(input, 50);

	add_jsonb(&arguments, forth ? document->value : other, (Form) choose(input, NFORMS));
	add_jsonb(&arguments, forth ? other : document->value, (Form) choose(input, NFORMS));
	compare_writers(PatchWithDiff, Second, &arguments);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	int			operation = choose(&input, 10);
	Document	document = make_document(&input, (Focus) choose(&input, 3));

	if (operation < 6)
		TryPatch(&input, &document);
	else
		TryDiff(&input, &document);
}

const Target target_patch = {"patch", Run, NULL};
