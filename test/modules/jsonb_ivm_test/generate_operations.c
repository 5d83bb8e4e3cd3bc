/*-------------------------------------------------------------------------
 *
 * generate_operations.c
 *		Random calls of each function of the extension.
 *
 * As in generate.c the same seed gives the same call everywhere, and what is
 * random is chosen to hurt.  Paths are keyed: of the ways to say which element of
 * an array is meant, one is taken for each.  Now and then an argument is
 * malformed, or null.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#include "compat.h"
#include "generate.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_random_operation);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_random_calls);

/* The order of the output columns of random_operation(). */
enum
{
	OPERATION_TARGET,
	OPERATION_ARGUMENTS,
	OPERATION_NCOLUMNS
};

/* The order of the output columns of random_calls(). */
enum
{
	CALLS_DOCUMENT,
	CALLS_SUCCESSOR,
	CALLS_CALLS,
	CALLS_NCOLUMNS
};

/* The order of the attributes of the type call. */
enum
{
	CALL_OPERATOR,
	CALL_TARGET,
	CALL_OTHER,
	CALL_ARGUMENTS,
	CALL_NATTRIBUTES
};

/* The order of the attributes of the type arguments. */
enum
{
	ARGUMENT_PATH,
	ARGUMENT_MATCH_KEY,
	ARGUMENT_MATCH_VALUE,
	ARGUMENT_ARGUMENT,
	ARGUMENT_DOCUMENTS,
	ARGUMENT_PATHS,
	ARGUMENT_SORT_KEY,
	ARGUMENT_SORT_ORDER,
	ARGUMENT_MAX_LENGTH,
	ARGUMENT_INCREMENT,
	ARGUMENT_NATTRIBUTES
};

/* What an operator works on. */
typedef enum
{
	ANYTHING,
	RECORDS,					/* an array with objects in it */
	OBJECT,
	NUMBER,
	ROOT_OBJECT					/* the document, which is an object */
} Kind;

typedef struct
{
	Random	   *random;
	Jsonb	   *document;
	Places		places;
	Jsonb	   *other;			/* another version of the document, if it is
								 * given */
	const Place *place;			/* that the call is about */
	JsonbContainer *record;		/* the object in the place's array, if any */
	char	   *match_key;		/* of it, and as JSON what is there */
	StringInfoData match_value;
	int			every;			/* percentage of [*] */
	Datum		values[ARGUMENT_NATTRIBUTES];
	bool		nulls[ARGUMENT_NATTRIBUTES];
} Call;

/* Path elements that look like selectors. */
static const char *const malformed[] = {
	"[", "]", "[]", "[id]", "[foo]", "[id=1", "id=1]", "[a]b=1]", "[\"a=1]", "[\"a\"x=1]", "[a\"=1]", "[\"\\q\"=1]",
	"[ * ]", "[- ]", "[**]", "[id={}]", "[id=[1]]", "[={\"a\":1}]", "[= [] ]", " [*]", "[*] ", "[\"a\" =1]", "[.]"
};

/* And some that are. */
static const char *const selectors[] = {
	"[*]", "[*]", "[-]", "[-]", "[id=1]", "[id=2]", "[id=1.0]", "[id= 3 ]", "[\"id\"=1]", "[\"i\\u0064\"=1]", "[id=\"1\"]",
	"[id=null]", "[id=true]", "[id=]", "[=]", "[=1]", "[=null]", "[=\"\"]", "[\"\"=1]", "[id=007]", "[id=b=c]", "[id=x]]",
	"[id=[]", "[id={]", "[ id =1]", "[id=\"a]", "[id=-]", "[id=1e2]", "[a=b]c]", "[\"a=b\"=1]", "[id=\n1]", "[id=nan]",
	"[id=\"\\u0000\"]", "[\"\\u0000\"=1]", "[id=\"\\ud800\"]", "[id=-0]", "[id=-]", "[id=01]", "[id=\"a\" ]"
};

static const char *const not_arrays[] = {
	"", "{", "a", "{a,b", "{a}b", "{{a},{b}}", "{a,NULL}", "{NULL}"
};

static const char *const sort_orders[] = {
	"ASC", "ASC", "ASC", "ASC", "DESC", "DESC", "DESC", "DESC", "asc", "desc", "Desc"
};

static const char *const no_sort_orders[] = {
	"", "UP", "ASC ", "ASCENDING", "DES"
};

static const char *const no_numbers[] = {
	"NaN", INFINITE_NUMBERS
};

/*
 * [key=value], or without a key [=value].
 */
static char *
Selector(Random *random, const char *key, JsonbValue *value)
{
	StringInfoData selector;

	initStringInfo(&selector);
	appendStringInfoChar(&selector, '[');
	if (key != NULL)
	{
		bool		quote = key[0] == '\0' || strpbrk(key, "=]\"") != NULL;

		if (quote ? Chance(random, 95) : Chance(random, 20))
			escape_json(&selector, key);
		else
			appendStringInfoString(&selector, key);
	}
	appendStringInfoChar(&selector, '=');
	if (Chance(random, 5))
		appendStringInfoString(&selector, " ");
	if (value->type == jbvString && Chance(random, 50))
		appendStringInfoString(&selector, StringOf(value));
	else
		AppendJsonbValue(&selector, value);
	/* Equal, but not the same bytes. */
	if (value->type == jbvNumeric && Chance(random, 20))
		appendStringInfoString(&selector, strchr(strrchr(selector.data, '='), '.') ? "0" : ".0");
	if (Chance(random, 5))
		appendStringInfoString(&selector, "\t");
	appendStringInfoChar(&selector, ']');
	return selector.data;
}

/*
 * A path element that leads to an element of an array, or to others as well, or
 * to another.
 */
static char *
StepTo(Call *call, const Place *element)
{
	Random	   *random = call->random;
	JsonbValue	value = element->value;
	int			dice = Below(random, 100);

	if (dice < call->every)
		return pstrdup("[*]");
	if (dice < call->every + 3)
		return pstrdup(PICK(random, selectors));
	if (dice < call->every + 5)
		return pstrdup(PICK(random, malformed));
	if (dice < call->every + 35)
	{
		if (value.type != jbvBinary)
			return Selector(random, NULL, &value);
		if (IsObject(&value) && JsonContainerSize(value.val.binary.data) > 0)
		{
			JsonbValue	key;

			PickPair(random, element->value.val.binary.data, &key, &value);
			if (value.type != jbvBinary || Chance(random, 5))
				return Selector(random, StringOf(&key), &value);
		}
	}
	return psprintf("%d", element->index);
}

static List *
KeyedPathOf(Call *call, const Place *place)
{
	List	   *path;

	if (place->parent < 0)
		return NIL;
	path = KeyedPathOf(call, &call->places.list[place->parent]);
	return lappend(path, place->key.type == jbvString ? StringOf(&place->key) : StepTo(call, place));
}

static char *
RandomStep(Random *random)
{
	int			dice = Below(random, 100);

	if (dice < 40)
		return RandomElement(random);
	if (dice < 60)
		return pstrdup(PICK(random, malformed));
	return pstrdup(PICK(random, selectors));
}

/*
 * Make of the path one that leads astray, or on to what is not there yet.
 */
static List *
Distort(Random *random, List *path)
{
	int			at = Below(random, list_length(path) + 1);

	path = list_copy(path);
	if (Chance(random, 35) && at < list_length(path))
		lfirst(list_nth_cell(path, at)) = RandomStep(random);
	else if (Chance(random, 15))
		path = list_truncate(path, at);
	else
	{
		for (int more = 1 + Below(random, 2); more > 0; more--)
			path = lappend(path, Chance(random, 60) ? pstrdup(RandomKey(random)) : RandomStep(random));
		if (Chance(random, 30))
			path = lappend(path, pstrdup("[-]"));
	}
	return path;
}

static List *
RandomPath(Call *call, const Place *place)
{
	List	   *path = KeyedPathOf(call, place);

	return Chance(call->random, 25) ? Distort(call->random, path) : path;
}

/*
 * Something of the type text that is no path: with a null, or of two dimensions.
 */
static Datum
NoPath(Random *random, List *path)
{
	int			count = list_length(path);
	Datum	   *datums = palloc((count * 2 + 2) * sizeof(Datum));
	bool	   *nulls = palloc0((count * 2 + 2) * sizeof(bool));
	int			dims[2] = {2, count + 1};
	int			lower_bounds[2] = {1, 1};

	for (int i = 0; i < 2 * (count + 1); i++)
		datums[i] = CStringGetTextDatum(i % (count + 1) < count ? list_nth(path, i % (count + 1)) : "x");
	if (Chance(random, 30))
		return PointerGetDatum(construct_md_array(datums, nulls, 2, dims, lower_bounds, TEXTOID, -1, false, TYPALIGN_INT));
	dims[0] = count + 1;
	nulls[Below(random, count + 1)] = true;
	return PointerGetDatum(construct_md_array(datums, nulls, 1, dims, lower_bounds, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
Set(Call *call, int argument, Datum value)
{
	call->values[argument] = value;
	call->nulls[argument] = false;
}

static void
SetPath(Call *call)
{
	List	   *path = RandomPath(call, call->place);

	Set(call, ARGUMENT_PATH, Below(call->random, 200) == 0 ? NoPath(call->random, path) : PathDatum(path));
}

static void
SetMatch(Call *call)
{
	Set(call, ARGUMENT_MATCH_KEY, CStringGetTextDatum(call->match_key));
	Set(call, ARGUMENT_MATCH_VALUE, ParseJson(&call->match_value));
}

static void
SetArgument(Call *call, StringInfo json)
{
	Set(call, ARGUMENT_ARGUMENT, ParseJson(json));
}

/*
 * A value that differs, if only by its bytes.
 */
static void
AppendOther(Random *random, StringInfo json, JsonbValue *value)
{
	int			start = json->len;

	if (value->type == jbvNumeric && Chance(random, 40))
	{
		AppendJsonbValue(json, value);
		appendStringInfoString(json, strchr(json->data + start, '.') ? "0" : ".0");
	}
	else
		AppendValue(random, json, MAX_DEPTH - 2);
}

static char *VersionOf(Random *random, JsonbValue *value, int percent);

/*
 * What becomes of one of the children of a container: added to the list, with
 * whatever comes before it.
 */
static List *
ChildVersions(Random *random, List *children, const char *key, JsonbValue *child, int percent)
{
	StringInfoData json;

	initStringInfo(&json);
	if (Chance(random, percent))
		switch (Below(random, 4))
		{
			case 0:
				return children;
			case 1:
				appendStringInfoString(&json, key);
				AppendOther(random, &json, child);
				return lappend(children, json.data);
			default:
				if (key[0] == '\0')
					AppendValue(random, &json, MAX_DEPTH - 2);
				else
					AppendPairs(random, &json, 1, MAX_DEPTH - 2);
				children = lappend(children, json.data);
		}
	return lappend(children, psprintf("%s%s", key, VersionOf(random, child, percent)));
}

/*
 * Another version of a value, in which so many things are different: changed,
 * added, removed, or moved.
 */
static char *
VersionOf(Random *random, JsonbValue *value, int percent)
{
	StringInfoData json;
	StringInfoData key;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	child;
	List	   *children = NIL;
	const char *separator = "";
	ListCell   *cell;

	initStringInfo(&json);
	if (value->type != jbvBinary || JsonContainerIsScalar(value->val.binary.data))
	{
		if (Chance(random, percent))
			AppendOther(random, &json, value);
		else
			AppendJsonbValue(&json, value);
		return json.data;
	}

	initStringInfo(&key);
	it = JsonbIteratorInit(value->val.binary.data);
	(void) JsonbIteratorNext(&it, &child, false);
	while ((token = JsonbIteratorNext(&it, &child, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			resetStringInfo(&key);
			escape_json(&key, StringOf(&child));
			appendStringInfoChar(&key, ':');
		}
		else if (token == WJB_ELEM || token == WJB_VALUE)
			children = ChildVersions(random, children, key.data, &child, percent);
	}
	if (children != NIL && Chance(random, percent * 2))
	{
		char	   *moved = list_nth(children, Below(random, list_length(children)));

		children = list_delete_ptr(children, moved);
		children = Chance(random, 50) ? lcons(moved, children) : lappend(children, moved);
	}

	appendStringInfoChar(&json, IsArray(value) ? '[' : '{');
	foreach(cell, children)
	{
		appendStringInfo(&json, "%s%s", separator, (char *) lfirst(cell));
		separator = ",";
	}
	appendStringInfoChar(&json, IsArray(value) ? ']' : '}');
	return json.data;
}

static void
AppendVersion(Random *random, StringInfo json, const JsonbValue *value)
{
	static const int percentages[] = {0, 1, 2, 2, 5, 5, 20};
	JsonbValue	old = *value;

	random->nodes = 20;
	appendStringInfoString(json, VersionOf(random, &old, PICK(random, percentages)));
}

/*
 * Some of the members of an object, and of those of its objects, some with other
 * values, some null; and some that it does not have.
 */
static void
AppendPart(Random *random, StringInfo json, JsonbContainer *object)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	key;
	JsonbValue	value;
	int			keep = 2 + Below(random, 50);
	int			more = Chance(random, 50) ? 0 : 1 + Below(random, 2);
	const char *separator = "";

	appendStringInfoChar(json, '{');
	(void) JsonbIteratorNext(&it, &key, false);
	while (JsonbIteratorNext(&it, &key, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&it, &value, true);
		if (!Chance(random, keep))
			continue;
		appendStringInfoString(json, separator);
		separator = ",";
		escape_json(json, StringOf(&key));
		appendStringInfoChar(json, ':');
		if (IsObject(&value) && Chance(random, 75))
			AppendPart(random, json, value.val.binary.data);
		else if (Chance(random, 40))
			AppendJsonbValue(json, &value);
		else if (Chance(random, 15))
			appendStringInfoString(json, "null");
		else
			AppendOther(random, json, &value);
	}
	if (more > 0)
		appendStringInfoString(json, separator);
	AppendPairs(random, json, more, MAX_DEPTH - 2);
	appendStringInfoChar(json, '}');
}

/*
 * The value that one of the array's objects has for the key, or some other.
 */
static void
AppendIdIn(Call *call, StringInfo json)
{
	JsonbContainer *record = PickRecord(call->random, &call->place->value);
	JsonbValue	key;
	JsonbValue *id = NULL;

	key.type = jbvString;
	key.val.string.val = call->match_key;
	key.val.string.len = (int) strlen(call->match_key);
	if (record != NULL && Chance(call->random, 85))
		id = findJsonbValueFromContainer(record, JB_FOBJECT, &key);
	if (id != NULL && id->type != jbvBinary)
	{
		AppendJsonbValue(json, id);
		if (id->type == jbvNumeric && Chance(call->random, 10))
			appendStringInfoString(json, strchr(json->data, '.') ? "" : ".0");
	}
	else
		AppendScalar(call->random, json);
}

static void
AppendMalformedItem(Random *random, StringInfo json, const char *id)
{
	switch (Below(random, 6))
	{
		case 0:
			AppendValue(random, json, MAX_DEPTH - 2);
			break;
		case 1:
			appendStringInfo(json, "{\"match_value\":%s}", id);
			break;
		case 2:
			appendStringInfo(json, "{\"match_value\":%s,\"updates\":1}", id);
			break;
		case 3:
			appendStringInfo(json, "{\"match_value\":%s,\"updates\":{},\"more\":1}", id);
			break;
		case 4:
			appendStringInfoString(json, "{\"match_value\":[1],\"updates\":{}}");
			break;
		default:
			appendStringInfoString(json, "{\"id\":{}}");
	}
}

/*
 * The updates of jsonb_array_update_where_batch().
 */
static void
AppendBatch(Call *call, StringInfo json)
{
	Random	   *random = call->random;
	int			count = Chance(random, 90) ? Below(random, 6) : Below(random, 40);

	appendStringInfoChar(json, '[');
	for (int i = 0; i < count; i++)
	{
		StringInfoData id;

		initStringInfo(&id);
		AppendIdIn(call, &id);
		appendStringInfoString(json, i > 0 ? "," : "");
		if (Below(random, 120) == 0)
			AppendMalformedItem(random, json, id.data);
		else
		{
			bool		flat = Chance(random, 50);
			int			more = Below(random, 3);

			appendStringInfoString(json, flat ? "{" : "{\"updates\":{");
			AppendPairs(random, json, more, MAX_DEPTH - 2);
			if (flat)
			{
				appendStringInfoString(json, more > 0 ? "," : "");
				escape_json(json, call->match_key);
				appendStringInfo(json, ":%s}", id.data);
			}
			else
				appendStringInfo(json, "},\"match_value\":%s}", id.data);
		}
	}
	appendStringInfoChar(json, ']');
}

/*
 * The steps to a place, as a JSON Pointer has them.
 */
static List *
TokensOf(const Places *places, const Place *place)
{
	const Place *parent;
	List	   *tokens;
	int			index = place->index;

	if (place->parent < 0)
		return NIL;
	parent = &places->list[place->parent];
	tokens = TokensOf(places, parent);
	if (place->key.type == jbvString)
		return lappend(tokens, StringOf(&place->key));
	if (index < 0)
		index += (int) JsonContainerSize(parent->value.val.binary.data);
	return lappend(tokens, psprintf("%d", index));
}

/*
 * What is not there yet in a container.
 */
static char *
NewToken(Random *random, const Place *container)
{
	int			count = JsonContainerSize(container->value.val.binary.data);

	if (!IsArray(&container->value))
		return pstrdup(RandomKey(random));
	return Chance(random, 40) ? pstrdup("-") : psprintf("%d", Below(random, count + 1));
}

static void
AppendPointer(Random *random, StringInfo json, List *tokens)
{
	static const char *const no_pointers[] = {"a", "a/b", "/~", "/~2", "/a~", " /a", "#/a"};
	static const char *const odd_tokens[] = {"/", "//", "/00", "/01", "/-1", "/+1", "/1e0", "/99999999999999999999", "/-"};
	StringInfoData pointer;
	ListCell   *cell;

	initStringInfo(&pointer);
	foreach(cell, tokens)
	{
		appendStringInfoChar(&pointer, '/');
		for (const char *c = lfirst(cell); *c != '\0'; c++)
			if (*c == '~' || *c == '/')
				appendStringInfoString(&pointer, *c == '~' ? "~0" : "~1");
			else
				appendStringInfoChar(&pointer, *c);
	}
	if (Below(random, 150) == 0)
		appendStringInfoString(&pointer, PICK(random, odd_tokens));
	escape_json(json, Below(random, 250) == 0 ? PICK(random, no_pointers) : pointer.data);
}

static void
AppendKeyedPath(StringInfo json, List *path)
{
	const char *separator = "";
	ListCell   *cell;

	appendStringInfoChar(json, '[');
	foreach(cell, path)
	{
		appendStringInfoString(json, separator);
		escape_json(json, lfirst(cell));
		separator = ",";
	}
	appendStringInfoChar(json, ']');
}

static const Place *PickPlace(Random *random, Kind kind, const Places *places);

static const Place *
PickAnyPlace(Call *call)
{
	/* The root seldom, or nothing else would have any effect. */
	if (call->places.count == 1 || Chance(call->random, 3))
		return &call->places.list[0];
	return &call->places.list[1 + Below(call->random, call->places.count - 1)];
}

/*
 * The path or from of an operation.
 */
static void
AppendMember(Call *call, StringInfo json, const char *name, const Place *place, bool adding)
{
	Random	   *random = call->random;
	bool		into = adding && place->value.type == jbvBinary && Chance(random, 50) &&
		!JsonContainerIsScalar(place->value.val.binary.data);

	appendStringInfo(json, ",\"%s\":", name);
	if (Chance(random, 15))
	{
		List	   *path = KeyedPathOf(call, place);

		if (into)
			path = lappend(path, IsArray(&place->value) ? "[-]" : pstrdup(RandomKey(random)));
		AppendKeyedPath(json, path);
	}
	else
	{
		List	   *tokens = TokensOf(&call->places, place);

		if (into)
			tokens = lappend(tokens, NewToken(random, place));
		AppendPointer(random, json, tokens);
	}
}

static void
AppendOperation(Call *call, StringInfo json)
{
	static const char *const names[] = {"add", "add", "remove", "replace", "replace", "move", "copy", "test"};
	static const char *const malformed_operations[] = {
		"{\"op\":\"ADD\",\"path\":\"/a\",\"value\":1}", "{\"op\":\"add\",\"path\":\"/a\"}", "{\"op\":\"add\",\"value\":1}",
		"{\"op\":\"add\",\"path\":1,\"value\":1}", "{\"op\":\"add\",\"path\":null,\"value\":1}", "{\"op\":null,\"path\":\"\"}",
		"{\"path\":\"\"}", "{}", "[]", "1", "null", "{\"op\":\"move\",\"path\":\"\"}", "{\"op\":\"copy\",\"path\":\"/a\",\"from\":1}",
		"{\"op\":\"merge\",\"path\":\"\",\"value\":1}", "{\"op\":\"upsert\",\"path\":\"\",\"value\":{\"id\":1}}",
		"{\"op\":\"upsert\",\"path\":\"\",\"key\":\"id\",\"value\":{}}", "{\"op\":\"increment\",\"path\":\"\",\"value\":\"1\"}",
		"{\"op\":\"update_where\",\"path\":\"\",\"key\":\"id\",\"value\":1}", "{\"op\":\"delete_where\",\"path\":\"\",\"key\":1,\"value\":1}",
		"{\"op\":\"test\",\"path\":[true],\"value\":1}", "{\"op\":\"test\",\"path\":[1.5],\"value\":1}",
		"{\"op\":\"test\",\"path\":\"\"}", "{\"op\":\"replace\",\"path\":\"\"}", "{\"op\":1,\"path\":\"\",\"value\":1}"
	};
	Random	   *random = call->random;
	const char *op = PICK(random, names);
	const Place *place = PickAnyPlace(call);
	JsonbValue	value = place->value;

	if (Chance(random, 1))
	{
		appendStringInfoString(json, PICK(random, malformed_operations));
		return;
	}
	if (strcmp(op, "remove") == 0 && place->parent < 0)
		op = "test";
	appendStringInfo(json, "{\"op\":\"%s\"", op);
	if (strcmp(op, "move") == 0 || strcmp(op, "copy") == 0)
	{
		AppendMember(call, json, "from", place, false);
		if (!Chance(random, 5))
			place = PickAnyPlace(call);
		AppendMember(call, json, "path", place, true);
	}
	else
		AppendMember(call, json, "path", place, strcmp(op, "add") == 0);
	if (strcmp(op, "remove") != 0 || Chance(random, 5))
	{
		appendStringInfoString(json, ",\"value\":");
		if (Chance(random, strcmp(op, "test") == 0 ? 90 : 15))
			AppendJsonbValue(json, &value);
		else
			AppendOther(random, json, &value);
	}
	appendStringInfoChar(json, '}');
}

/*
 * An operation that is not in the RFC, and does what one of the functions does.
 */
static void
AppendExtraOperation(Call *call, StringInfo json)
{
	static const struct
	{
		const char *name;
		Kind		kind;
	}			extras[] =
	{
		{"merge", OBJECT}, {"deep_merge", OBJECT}, {"increment", NUMBER},
		{"upsert", RECORDS}, {"delete_where", RECORDS}, {"update_where", RECORDS}
	};
	Random	   *random = call->random;
	int			number = Below(random, lengthof(extras));
	const char *op = extras[number].name;
	const Place *place = PickPlace(random, extras[number].kind, &call->places);
	JsonbContainer *object = IsObject(&place->value) ? place->value.val.binary.data : NULL;
	JsonbContainer *record = PickRecord(random, &place->value);
	StringInfoData match_value;
	char	   *match_key;

	random->nodes = 10;
	initStringInfo(&match_value);
	RandomMatch(random, record, &match_key, &match_value);
	appendStringInfo(json, "{\"op\":\"%s\"", op);
	AppendMember(call, json, "path", place, Chance(random, 10));
	if (extras[number].kind == RECORDS)
	{
		appendStringInfoString(json, ",\"key\":");
		escape_json(json, match_key);
	}
	if (strcmp(op, "increment") != 0 || Chance(random, 70))
		appendStringInfoString(json, ",\"value\":");
	else
		appendStringInfoString(json, ",\"other\":");
	if (strcmp(op, "deep_merge") == 0 && object != NULL)
		AppendPart(random, json, object);
	else if (extras[number].kind == OBJECT)
		AppendUpdates(random, json, object);
	else if (strcmp(op, "increment") == 0)
		appendStringInfoString(json, RandomNumber(random));
	else if (strcmp(op, "upsert") == 0)
		AppendElement(random, json, record, match_key, match_value.data);
	else
		appendStringInfoString(json, match_value.data);
	if (strcmp(op, "update_where") == 0)
	{
		appendStringInfoString(json, ",\"updates\":");
		AppendUpdates(random, json, record);
	}
	appendStringInfoChar(json, '}');
}

/*
 * The arguments of each function, beyond the document.
 */

static void
FillPath(Call *call)
{
	SetPath(call);
}

static void
FillMatch(Call *call)
{
	SetPath(call);
	SetMatch(call);
}

static void
FillUpdates(Call *call)
{
	StringInfoData json;

	SetPath(call);
	SetMatch(call);
	initStringInfo(&json);
	AppendUpdates(call->random, &json, call->record);
	SetArgument(call, &json);
}

static void
FillElement(Call *call)
{
	StringInfoData json;

	SetPath(call);
	SetMatch(call);
	initStringInfo(&json);
	AppendElement(call->random, &json, call->record, call->match_key, call->match_value.data);
	SetArgument(call, &json);
}

static void
FillBatch(Call *call)
{
	StringInfoData json;

	SetPath(call);
	Set(call, ARGUMENT_MATCH_KEY, CStringGetTextDatum(call->match_key));
	initStringInfo(&json);
	if (Chance(call->random, 2))
		AppendValue(call->random, &json, MAX_DEPTH - 2);
	else
		AppendBatch(call, &json);
	SetArgument(call, &json);
}

static void
FillInsert(Call *call)
{
	Random	   *random = call->random;
	int			count = IsArray(&call->place->value) ? JsonContainerSize(call->place->value.val.binary.data) : 0;
	StringInfoData value;
	StringInfoData json;

	SetPath(call);
	initStringInfo(&value);
	initStringInfo(&json);
	AppendIdIn(call, &value);
	AppendElement(random, &json, call->record, call->match_key, value.data);
	SetArgument(call, &json);
	if (Chance(random, 85))
		Set(call, ARGUMENT_SORT_KEY, CStringGetTextDatum(call->match_key));
	if (Chance(random, 97))
		Set(call, ARGUMENT_SORT_ORDER, CStringGetTextDatum(Chance(random, 3) ? PICK(random, no_sort_orders) :
														   PICK(random, sort_orders)));
	if (Chance(random, 40))
		Set(call, ARGUMENT_MAX_LENGTH, Int32GetDatum(Chance(random, 3) ? -Below(random, 3) : Below(random, count + 3)));
}

static void
FillReconcile(Call *call)
{
	StringInfoData json;

	SetPath(call);
	Set(call, ARGUMENT_MATCH_KEY, CStringGetTextDatum(call->match_key));
	initStringInfo(&json);
	if (Chance(call->random, 3))
		AppendValue(call->random, &json, MAX_DEPTH - 2);
	else
		AppendVersion(call->random, &json, &call->place->value);
	SetArgument(call, &json);
}

static void
FillMergeAtPath(Call *call)
{
	StringInfoData json;

	SetPath(call);
	initStringInfo(&json);
	AppendUpdates(call->random, &json, IsObject(&call->place->value) ? call->place->value.val.binary.data : NULL);
	SetArgument(call, &json);
}

static void
FillMerge(Call *call)
{
	StringInfoData json;

	initStringInfo(&json);
	AppendUpdates(call->random, &json, IsObject(&call->place->value) ? call->place->value.val.binary.data : NULL);
	SetArgument(call, &json);
}

static void
FillDeepMerge(Call *call)
{
	StringInfoData json;

	initStringInfo(&json);
	if (IsObject(&call->place->value) && Chance(call->random, 95))
		AppendPart(call->random, &json, call->place->value.val.binary.data);
	else
		AppendUpdates(call->random, &json, NULL);
	SetArgument(call, &json);
}

static void
FillValue(Call *call)
{
	JsonbValue	value = call->place->value;
	StringInfoData json;

	SetPath(call);
	initStringInfo(&json);
	if (Chance(call->random, 15))
		AppendJsonbValue(&json, &value);
	else
		AppendOther(call->random, &json, &value);
	SetArgument(call, &json);
}

static void
FillIncrement(Call *call)
{
	const char *by = Chance(call->random, 20) ? "0" : RandomNumber(call->random);

	if (Chance(call->random, 1))
		by = PICK(call->random, no_numbers);
	SetPath(call);
	Set(call, ARGUMENT_INCREMENT, DirectFunctionCall3(numeric_in, CStringGetDatum(by), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/*
 * Another version of the document, unless it is given.
 */
static void
FillVersion(Call *call)
{
	StringInfoData json;

	if (call->other != NULL)
		return;
	initStringInfo(&json);
	if (Chance(call->random, 10))
		AppendValue(call->random, &json, 0);
	else
		AppendVersion(call->random, &json, &call->places.list[0].value);
	SetArgument(call, &json);
}

static void
FillPathAndVersion(Call *call)
{
	call->every = 1;
	SetPath(call);
	FillVersion(call);
}

static void
FillGraft(Call *call)
{
	Random	   *random = call->random;
	int			count = Chance(random, 5) ? 0 : 1 + Below(random, 3);
	Jsonb	   *fresh;
	Places		target_places = call->places;
	Places		fresh_places;
	List	   *paths = NIL;
	JsonbValue	root = call->places.list[0].value;
	StringInfoData json;

	if (call->other == NULL)
	{
		initStringInfo(&json);
		random->nodes = 20;
		appendStringInfoString(&json, VersionOf(random, &root, 4 + Below(random, 30)));
		SetArgument(call, &json);
	}
	fresh = call->other != NULL ? call->other : DatumGetJsonbP(call->values[ARGUMENT_ARGUMENT]);
	fresh_places = PlacesOf(random, fresh);
	call->every = 1;
	while (count-- > 0)
	{
		char	   *literal = pstrdup(PICK(random, not_arrays));

		if (!Chance(random, 1))
		{
			call->places = Chance(random, 50) ? target_places : fresh_places;
			literal = OidOutputFunctionCall(F_ARRAY_OUT, PathDatum(RandomPath(call, PickAnyPlace(call))));
		}
		paths = lappend(paths, literal);
	}
	call->places = target_places;
	Set(call, ARGUMENT_PATHS, Below(random, 400) == 0 ? NoPath(random, paths) : PathDatum(paths));
}

static void
FillPatch(Call *call)
{
	Random	   *random = call->random;
	int			count = Chance(random, 90) ? Below(random, 4) : Below(random, 9);
	StringInfoData json;

	initStringInfo(&json);
	call->every = 4;
	if (Chance(random, 1))
		AppendValue(random, &json, MAX_DEPTH - 2);
	else
	{
		appendStringInfoChar(&json, '[');
		for (int i = 0; i < count; i++)
		{
			appendStringInfoString(&json, i > 0 ? "," : "");
			if (Chance(random, 40))
				AppendExtraOperation(call, &json);
			else
				AppendOperation(call, &json);
		}
		appendStringInfoChar(&json, ']');
	}
	SetArgument(call, &json);
}

static void
FillKey(Call *call)
{
	if (Chance(call->random, 60))
		Set(call, ARGUMENT_MATCH_KEY, CStringGetTextDatum(call->match_key));
	else
		Set(call, ARGUMENT_MATCH_KEY, CStringGetTextDatum("id"));
}

/*
 * Documents like the first, and now and then something else or nothing.
 */
static void
FillDocuments(Call *call)
{
	Random	   *random = call->random;
	int			count = Chance(random, 90) ? Below(random, 5) : Below(random, 20);
	Datum	   *documents = palloc(count * sizeof(Datum));
	bool	   *nulls = palloc0(count * sizeof(bool));
	int			lower_bound = 1;

	for (int i = 0; i < count; i++)
	{
		StringInfoData json;

		initStringInfo(&json);
		random->nodes = 30;
		if (Chance(random, 2))
			AppendValue(random, &json, 1);
		else if (IsObject(&call->places.list[0].value) && Chance(random, 60))
			AppendPart(random, &json, call->places.list[0].value.val.binary.data);
		else if (Chance(random, 60))
			AppendVersion(random, &json, &call->places.list[0].value);
		else
			AppendUpdates(random, &json, NULL);
		documents[i] = ParseJson(&json);
		nulls[i] = Chance(random, 10);
	}
	Set(call, ARGUMENT_DOCUMENTS,
		PointerGetDatum(construct_md_array(documents, nulls, 1, &count, &lower_bound, JSONBOID, -1, false, TYPALIGN_INT)));
}

static void
FillRows(Call *call)
{
	FillUpdates(call);
	FillDocuments(call);
}

typedef struct
{
	const char *name;
	Kind		kind;
	void		(*fill) (Call *call);
} Operator;

static const Operator operators[] = {
	{"jsonb_array_update_where", RECORDS, FillUpdates},
	{"jsonb_array_upsert_where", RECORDS, FillElement},
	{"jsonb_merge_at_path", OBJECT, FillMergeAtPath},
	{"jsonb_has_path_changed", ANYTHING, FillPathAndVersion},
	{"jsonb_array_delete_where", RECORDS, FillMatch},
	{"jsonb_array_insert_where", RECORDS, FillInsert},
	{"jsonb_array_update_where_batch", RECORDS, FillBatch},
	{"jsonb_array_update_multi_row", RECORDS, FillRows},
	{"jsonb_array_reconcile", RECORDS, FillReconcile},
	{"jsonb_merge_shallow", ROOT_OBJECT, FillMerge},
	{"jsonb_deep_merge", ROOT_OBJECT, FillDeepMerge},
	{"jsonb_set_path", ANYTHING, FillValue},
	{"jsonb_remove_path", ANYTHING, FillPath},
	{"jsonb_increment", NUMBER, FillIncrement},
	{"jsonb_graft", ANYTHING, FillGraft},
	{"jsonb_merge_patch", ROOT_OBJECT, FillDeepMerge},
	{"jsonb_merge_diff", ROOT_OBJECT, FillVersion},
	{"jsonb_patch", ANYTHING, FillPatch},
	{"jsonb_diff", ANYTHING, FillVersion},
	{"jsonb_array_contains_id", RECORDS, FillMatch},
	{"jsonb_extract_id", ROOT_OBJECT, FillKey},
	{"jsonb_merge_agg", ROOT_OBJECT, FillDocuments},
	{"jsonb_deep_merge_agg", ROOT_OBJECT, FillDocuments},
};

static bool
Suits(Random *random, Kind kind, const Place *place)
{
	switch (kind)
	{
		case RECORDS:
			return PickRecord(random, &place->value) != NULL;
		case OBJECT:
			return IsObject(&place->value);
		case NUMBER:
			return place->value.type == jbvNumeric;
		case ROOT_OBJECT:
			return place->parent < 0 && IsObject(&place->value);
		default:
			return true;
	}
}

/*
 * A place to work on, mostly a suitable one if there is any.
 */
static const Place *
PickPlace(Random *random, Kind kind, const Places *places)
{
	int		   *suitable = palloc(places->count * sizeof(int));
	int			nsuitable = 0;

	if (kind == ROOT_OBJECT)
		return &places->list[0];
	for (int i = 0; i < places->count; i++)
		if (Suits(random, kind, &places->list[i]))
			suitable[nsuitable++] = i;
	if (nsuitable > 0 && Chance(random, 85))
		return &places->list[suitable[Below(random, nsuitable)]];
	return &places->list[Below(random, places->count)];
}

/*
 * What a call on the document and its place is told.
 */
static void
MakeArguments(Call *call, const Operator *operator)
{
	Random	   *random = call->random;
	JsonbContainer *root = &call->document->root;

	memset(call->nulls, true, sizeof(call->nulls));
	call->every = 12;
	call->record = PickRecord(random, &call->place->value);
	initStringInfo(&call->match_value);
	if (operator->kind == ROOT_OBJECT && JsonContainerIsObject(root) && JsonContainerSize(root) > 0)
		RandomMatch(random, root, &call->match_key, &call->match_value);
	else
		RandomMatch(random, call->record, &call->match_key, &call->match_value);
	random->nodes = 30;
	operator->fill(call);

	/* Every argument may be missing. */
	for (int i = 0; i < ARGUMENT_NATTRIBUTES; i++)
		if (Below(random, 250) == 0)
			call->nulls[i] = true;
}

static Datum
FormRow(TupleDesc tupdesc, Datum *values, bool *nulls)
{
	return HeapTupleGetDatum(heap_form_tuple(tupdesc, values, nulls));
}

/*
 * The type of an attribute that is a row, or an array of rows.
 */
static TupleDesc
RowTypeOf(TupleDesc tupdesc, int attribute)
{
	Oid			type = TupleDescAttr(tupdesc, attribute)->atttypid;
	Oid			element_type = get_element_type(type);

	return lookup_rowtype_tupdesc_copy(OidIsValid(element_type) ? element_type : type, -1);
}

/*
 * random_operation(operator text, seed bigint) → record: the document and the
 * arguments.
 */
Datum
jsonb_ivm_test_random_operation(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Random		random = {.state = (uint64) PG_GETARG_INT64(1), .odd_keys = true};
	Call		call = {.random = &random};
	const Operator *operator = NULL;
	TupleDesc	tupdesc;
	Datum		values[OPERATION_NCOLUMNS];
	bool		nulls[OPERATION_NCOLUMNS] = {0};

	for (size_t i = 0; i < lengthof(operators); i++)
		if (strcmp(operators[i].name, name) == 0)
			operator = &operators[i];
	if (operator == NULL)
		elog(ERROR, "no operator %s", name);

	/* Too many documents are too small for anything to happen in them. */
	for (int tries = 0;; tries++)
	{
		call.document = DatumGetJsonbP(DocumentOf(&random, Chance(&random, 40) ? MAX_NODES : 40));
		call.places = PlacesOf(&random, call.document);
		call.place = PickPlace(&random, operator->kind, &call.places);
		if (tries == 4 || Suits(&random, operator->kind, call.place))
			break;
	}
	MakeArguments(&call, operator);
	nulls[OPERATION_TARGET] = Below(&random, 250) == 0;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[OPERATION_TARGET] = JsonbPGetDatum(call.document);
	values[OPERATION_ARGUMENTS] = FormRow(RowTypeOf(tupdesc, OPERATION_ARGUMENTS), call.values, call.nulls);
	PG_RETURN_DATUM(FormRow(BlessTupleDesc(tupdesc), values, nulls));
}

/*
 * A call on a document that has another version: on that, or a copy of it.
 */
static Datum
RandomCall(Call *call, Jsonb *successor, const Place **changed, int nchanged, TupleDesc tupdesc)
{
	Random	   *random = call->random;
	const Operator *operator;
	bool		two_sided;
	const char *target = "document";
	const char *other = Chance(random, 80) ? "successor" : Chance(random, 50) ? "copy" : "document";
	Datum		values[CALL_NATTRIBUTES] = {0};
	bool		nulls[CALL_NATTRIBUTES] = {0};

	for (int tries = 0;; tries++)
	{
		operator = &operators[Below(random, lengthof(operators))];
		call->place = PickPlace(random, operator->kind, &call->places);
		if (tries == 4 || Suits(random, operator->kind, call->place))
			break;
	}
	if (operator->fill == FillPathAndVersion && nchanged > 0 && Chance(random, 70))
		call->place = changed[Below(random, nchanged)];
	two_sided = operator->fill == FillVersion || operator->fill == FillPathAndVersion || operator->fill == FillGraft;
	call->other = two_sided ? successor : NULL;
	MakeArguments(call, operator);
	if (two_sided && Chance(random, 30))
	{
		target = other;
		other = "document";
	}

	values[CALL_OPERATOR] = CStringGetTextDatum(operator->name);
	values[CALL_TARGET] = CStringGetTextDatum(target);
	values[CALL_OTHER] = CStringGetTextDatum(other);
	values[CALL_ARGUMENTS] = FormRow(RowTypeOf(tupdesc, CALL_ARGUMENTS), call->values, call->nulls);
	nulls[CALL_TARGET] = Below(random, 250) == 0;
	nulls[CALL_OTHER] = !two_sided || Below(random, 250) == 0;
	return FormRow(tupdesc, values, nulls);
}

/*
 * random_calls(seed bigint, count int) → record: a document, another version of
 * it, and calls on them.
 */
Datum
jsonb_ivm_test_random_calls(PG_FUNCTION_ARGS)
{
	Random		random = {.state = (uint64) PG_GETARG_INT64(0)};
	int			count = PG_GETARG_INT32(1);
	Datum	   *calls = palloc(count * sizeof(Datum));
	Call		call = {.random = &random};
	Datum		successor;
	const Place *changed[MAX_CHANGED];
	int			nchanged;
	TupleDesc	tupdesc;
	TupleDesc	call_tupdesc;
	Datum		values[CALLS_NCOLUMNS];
	bool		nulls[CALLS_NCOLUMNS] = {0};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call_tupdesc = RowTypeOf(tupdesc, CALLS_CALLS);

	/* Too many documents are too small for anything to happen in them. */
	for (int tries = 0;; tries++)
	{
		call.document = DatumGetJsonbP(DocumentOf(&random, Chance(&random, 70) ? MAX_NODES : 25));
		call.places = PlacesOf(&random, call.document);
		if (tries == 3 || Suits(&random, RECORDS, PickPlace(&random, RECORDS, &call.places)))
			break;
	}
	successor = RandomVersion(&random, call.document, &call.places, changed, &nchanged);
	for (int i = 0; i < count; i++)
		calls[i] = RandomCall(&call, DatumGetJsonbP(successor), changed, nchanged, call_tupdesc);
	values[CALLS_DOCUMENT] = JsonbPGetDatum(call.document);
	values[CALLS_SUCCESSOR] = successor;
	values[CALLS_CALLS] = PointerGetDatum(construct_array(calls, count, call_tupdesc->tdtypeid, -1, false, TYPALIGN_DOUBLE));
	PG_RETURN_DATUM(FormRow(BlessTupleDesc(tupdesc), values, nulls));
}
