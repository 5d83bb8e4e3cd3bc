/*-------------------------------------------------------------------------
 *
 * generate.c
 *		Random documents, and random calls of the operators on them.
 *
 * The same seed gives the same case on every platform and version.  What is
 * random is chosen to hurt: few different keys, so that they meet; records
 * with equal ids, and ids that are equal but do not look it; containers with
 * as many children as lie around a multiple of JB_OFFSET_STRIDE; strings of
 * all lengths modulo 4; paths that mostly lead somewhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "compat.h"
#include "generate.h"

PG_FUNCTION_INFO_V1(jsonb_ivm_test_random_document);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_random_case);


/* The order of the output columns of random_case(). */
enum
{
	CASE_OPERATOR,
	CASE_TARGET,
	CASE_PATH,
	CASE_MATCH_KEY,
	CASE_MATCH_VALUE,
	CASE_ARGUMENT,
	CASE_NCOLUMNS
};

typedef enum
{
	UPDATE_WHERE,
	UPSERT_WHERE,
	MERGE_AT_PATH,
	HAS_PATH_CHANGED,
	NOPERATORS
} Operator;

static const char *const operator_names[NOPERATORS] = {
	"jsonb_array_update_where",
	"jsonb_array_upsert_where",
	"jsonb_merge_at_path",
	"jsonb_has_path_changed",
};

/* Keys, as JSON strings without their quotes: this is also a path element. */
static const char *const keys[] = {
	"id", "id", "id", "a", "b", "c", "k", "n", "aa", "ab", "abc", "abcd", "",
	"1", "\303\251", "\342\202\254uro", "a rather long key that fills some words"
};

/* Keys, as JSON strings without their quotes, that mean something elsewhere. */
static const char *const odd_keys[] = {
	"[id=1]", "[*]", "[-]", "[=1]", "[foo]", "[", "a=b", "x]", "[a=b]c]", "q\\\"t", "\\\"q\\\"",
	"~", "~1", "a/b", "/", "-", "0", "01", "back\\\\slash", "new\\nline", "match_value", "updates", " id "
};

static const char *const numbers[] = {
	"0", "1", "1.0", "1.00", "2", "3", "4", "5", "-1", "10", "100", "1e3", "0.1",
	"0.10", "-0.000001", "9999", "10000", "10001", "123456789.123456789", "1e100",
	("12345678901234567890123456789012345678901234567890123456789012345678901234567890"
	 ".123456789012345678901234567890123456789012345678901234567890")
};

static const char *const characters[] = {
	"a", "b", "c", "x", "y", "z", " ", "1", "\\\"", "\\\\", "\\n",
	"\303\251", "\342\202\254", "\360\235\204\236"
};

/* Path elements that an array does not take as they stand. */
static const char *const odd_indexes[] = {
	"x", "", " 1", "1 ", "+1", "-0", "1.0", "0x1", "2147483647", "-2147483648",
	"2147483648", "-99999999999", "5", "-5", "33"
};

/* splitmix64 */
uint64
Next(Random *random)
{
	uint64		z = (random->state += UINT64CONST(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

int
Below(Random *random, int limit)
{
	return (int) (Next(random) % (uint64) limit);
}

bool
Chance(Random *random, int percent)
{
	return Below(random, 100) < percent;
}

const char *
RandomKey(Random *random)
{
	return PICK(random, keys);
}

const char *
RandomNumber(Random *random)
{
	return PICK(random, numbers);
}

static void
AppendString(Random *random, StringInfo json)
{
	int			length = Chance(random, 98) ? Below(random, 9) : Below(random, 300);

	appendStringInfoChar(json, '"');
	while (length-- > 0)
		appendStringInfoString(json, PICK(random, characters));
	appendStringInfoChar(json, '"');
}

void
AppendScalar(Random *random, StringInfo json)
{
	int			kind = Below(random, 10);

	if (kind < 1)
		appendStringInfoString(json, "null");
	else if (kind < 2)
		appendStringInfoString(json, "true");
	else if (kind < 3)
		appendStringInfoString(json, "false");
	else if (kind < 6)
		AppendString(random, json);
	else
		appendStringInfoString(json, PICK(random, numbers));
}

/* The id of a record among so many: ties are wanted, and all types. */
static void
AppendId(Random *random, StringInfo json, int records)
{
	if (Chance(random, 80))
		appendStringInfo(json, "%d%s", Below(random, records + 1),
						 Chance(random, 15) ? ".0" : "");
	else if (Chance(random, 20))
		appendStringInfoString(json, "{\"x\":[1]}");
	else
		AppendScalar(random, json);
}

static int
RandomSize(Random *random)
{
	int			kind = Below(random, 100);
	int			size;

	if (kind < 55)
		size = Below(random, 5);
	else if (kind < 80)
		size = 5 + Below(random, 9);
	else
		size = 16 * (1 + Below(random, 4)) - 2 + Below(random, 5);
	size = Min(size, random->nodes);
	random->nodes -= size;
	return size;
}

void
AppendPairs(Random *random, StringInfo json, int size, int depth)
{
	for (int i = 0; i < size; i++)
	{
		if (i > 0)
			appendStringInfoChar(json, ',');
		/* Large objects need more keys than there are in the list. */
		if (size > (int) lengthof(keys) / 2 && Chance(random, 80))
			appendStringInfo(json, "\"%s%d\":", Chance(random, 50) ? "k" : "",
							 Below(random, 2 * size));
		else
			appendStringInfo(json, "\"%s\":", random->odd_keys && Chance(random, 10) ?
							 PICK(random, odd_keys) : PICK(random, keys));
		AppendValue(random, json, depth + 1);
	}
}

static void
AppendObject(Random *random, StringInfo json, int depth)
{
	appendStringInfoChar(json, '{');
	AppendPairs(random, json, RandomSize(random), depth);
	appendStringInfoChar(json, '}');
}

static void
AppendArray(Random *random, StringInfo json, int depth)
{
	int			size = RandomSize(random);
	bool		records = Chance(random, 65);

	appendStringInfoChar(json, '[');
	for (int i = 0; i < size; i++)
	{
		if (i > 0)
			appendStringInfoChar(json, ',');
		if (records && Chance(random, 90))
		{
			int			more = Below(random, 4);

			appendStringInfoString(json, "{\"id\":");
			AppendId(random, json, size);
			if (more > 0)
				appendStringInfoChar(json, ',');
			AppendPairs(random, json, more, depth + 1);
			appendStringInfoChar(json, '}');
		}
		else
			AppendValue(random, json, depth + 1);
	}
	appendStringInfoChar(json, ']');
}

void
AppendValue(Random *random, StringInfo json, int depth)
{
	int			containers = (depth == 0) ? 97 : (depth < MAX_DEPTH) ? 40 : 0;

	if (!Chance(random, containers))
		AppendScalar(random, json);
	else if (Chance(random, 50))
		AppendArray(random, json, depth);
	else
		AppendObject(random, json, depth);
}

Datum
ParseJson(StringInfo json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json->data));
}

Datum
DocumentOf(Random *random, int nodes)
{
	StringInfoData json;

	initStringInfo(&json);
	random->nodes = nodes;
	AppendValue(random, &json, 0);
	return ParseJson(&json);
}

static Datum
RandomDocument(Random *random)
{
	return DocumentOf(random, MAX_NODES);
}

char *
StringOf(const JsonbValue *string)
{
	return pnstrdup(string->val.string.val, string->val.string.len);
}

void
AppendJsonbValue(StringInfo json, JsonbValue *value)
{
	Jsonb	   *jsonb = JsonbValueToJsonb(value);

	(void) JsonbToCString(json, &jsonb->root, VARSIZE(jsonb));
}

static Place *
AddPlace(Places *places, int parent)
{
	Place	   *place;

	if (places->count == places->size)
	{
		places->size = places->size * 2 + 256;
		places->list = places->list ? repalloc(places->list, places->size * sizeof(Place)) :
			palloc(places->size * sizeof(Place));
	}
	place = &places->list[places->count++];
	place->parent = parent;
	return place;
}

/*
 * Every place below one that holds a container.
 */
static void
CollectPlaces(Random *random, Places *places, int parent)
{
	JsonbContainer *container = places->list[parent].value.val.binary.data;
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	key;
	JsonbValue	value;
	int			index = 0;
	int			count = JsonContainerSize(container);

	if (JsonContainerIsScalar(container))
		return;
	key.type = jbvNull;
	(void) JsonbIteratorNext(&it, &value, false);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		Place	   *place;

		if (token == WJB_KEY)
		{
			key = value;
			continue;
		}
		if (token != WJB_ELEM && token != WJB_VALUE)
			continue;

		place = AddPlace(places, parent);
		place->key = key;
		if (token == WJB_ELEM)
		{
			place->index = Chance(random, 75) ? index : index - count;
			index++;
		}
		place->value = value;
		if (value.type == jbvBinary)
			CollectPlaces(random, places, places->count - 1);
	}
}

List *
PathOf(const Places *places, const Place *place)
{
	List	   *path;

	if (place->parent < 0)
		return NIL;
	path = PathOf(places, &places->list[place->parent]);
	return lappend(path, place->key.type == jbvString ? StringOf(&place->key) :
				   psprintf("%d", place->index));
}

bool
IsArray(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);
}

bool
IsObject(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/*
 * The object among the array's elements that the call shall find, if any.
 */
JsonbContainer *
PickRecord(Random *random, const JsonbValue *array)
{
	JsonbContainer *container;

	if (!IsArray(array) || JsonContainerSize(array->val.binary.data) == 0)
		return NULL;
	container = array->val.binary.data;
	for (int tries = 0; tries < 8; tries++)
	{
		int			index = Below(random, JsonContainerSize(container));
		JsonbValue *element = getIthJsonbValueFromContainer(container, index);

		if (IsObject(element) && JsonContainerSize(element->val.binary.data) > 0)
			return element->val.binary.data;
	}
	return NULL;
}

/*
 * Whether a place is of the kind that the operator works on.
 */
static bool
Suits(Random *random, Operator operator, const JsonbValue *value)
{
	switch (operator)
	{
		case UPDATE_WHERE:
		case UPSERT_WHERE:
			return PickRecord(random, value) != NULL;
		case MERGE_AT_PATH:
			return IsObject(value);
		default:
			return true;
	}
}

Places
PlacesOf(Random *random, Jsonb *document)
{
	Places		places = {0};
	Place	   *root = AddPlace(&places, -1);

	root->value.type = jbvBinary;
	root->value.val.binary.data = &document->root;
	root->value.val.binary.len = VARSIZE(document) - VARHDRSZ;
	CollectPlaces(random, &places, 0);
	return places;
}

/*
 * A place to work on, mostly a suitable one if there is any.
 */
static const Place *
PickPlace(Random *random, Operator operator, const Places *places)
{
	int		   *suitable = palloc(places->count * sizeof(int));
	int			nsuitable = 0;

	for (int i = 0; i < places->count; i++)
		if (Suits(random, operator, &places->list[i].value))
			suitable[nsuitable++] = i;
	if (nsuitable > 0 && Chance(random, 85))
		return &places->list[suitable[Below(random, nsuitable)]];
	return &places->list[Below(random, places->count)];
}

/*
 * The same of a document: the value there, and the path to it.
 */
static JsonbValue
PickValue(Random *random, Operator operator, Jsonb *document, List **path)
{
	Places		places = PlacesOf(random, document);
	const Place *place = PickPlace(random, operator, &places);

	*path = PathOf(&places, place);
	return place->value;
}

char *
RandomElement(Random *random)
{
	return pstrdup(Chance(random, 60) ? PICK(random, keys) : PICK(random, odd_indexes));
}

/*
 * Make of the path one that leads astray.
 */
static List *
Distort(Random *random, List *elements)
{
	int			at = Below(random, list_length(elements) + 1);

	elements = list_copy(elements);
	if (Chance(random, 40) && at < list_length(elements))
		lfirst(list_nth_cell(elements, at)) = RandomElement(random);
	else if (Chance(random, 20))
		elements = list_truncate(elements, at);
	else
		for (int more = 1 + Below(random, 3); more > 0; more--)
			elements = lappend(elements, RandomElement(random));
	return elements;
}

Datum
PathDatum(List *elements)
{
	Datum	   *datums = palloc(sizeof(Datum) * (list_length(elements) + 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, elements)
		datums[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(datums, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * One of the pairs of an object; mostly its id, if it has one.
 */
void
PickPair(Random *random, JsonbContainer *object, JsonbValue *key, JsonbValue *value)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	int			chosen = Below(random, JsonContainerSize(object));
	bool		prefer_id = Chance(random, 80);

	(void) JsonbIteratorNext(&it, key, false);
	for (int i = 0; JsonbIteratorNext(&it, key, true) == WJB_KEY; i++)
	{
		JsonbValue	this_key = *key;

		(void) JsonbIteratorNext(&it, value, true);
		if (i == chosen ||
			(prefer_id && this_key.val.string.len == 2 &&
			 memcmp(this_key.val.string.val, "id", 2) == 0))
		{
			*key = this_key;
			return;
		}
	}
	elog(ERROR, "object has no pair %d", chosen);
}

/*
 * The pair of match_key and match_value as JSON; match_value alone as well.
 */
void
RandomMatch(Random *random, JsonbContainer *record, char **key, StringInfo value)
{
	if (record != NULL && Chance(random, 90))
	{
		JsonbValue	pair_key;
		JsonbValue	pair_value;

		PickPair(random, record, &pair_key, &pair_value);
		*key = StringOf(&pair_key);
		AppendJsonbValue(value, &pair_value);
		/* Equal, but not the same bytes. */
		if (pair_value.type == jbvNumeric && Chance(random, 20))
			appendStringInfoString(value, strchr(value->data, '.') ? "0" : ".0");
	}
	else
	{
		*key = pstrdup(PICK(random, keys));
		AppendScalar(random, value);
	}
}

/*
 * An object to merge: now and then pairs that the record has already, so that
 * nothing changes.
 */
void
AppendUpdates(Random *random, StringInfo json, JsonbContainer *record)
{
	if (Chance(random, 4))
	{
		AppendValue(random, json, 1);
		return;
	}

	random->nodes = 30;
	appendStringInfoChar(json, '{');
	if (record != NULL && JsonContainerIsObject(record) &&
		JsonContainerSize(record) > 0 && Chance(random, 40))
	{
		JsonbValue	key;
		JsonbValue	value;

		PickPair(random, record, &key, &value);
		key.type = jbvString;
		AppendJsonbValue(json, &key);
		appendStringInfoChar(json, ':');
		AppendJsonbValue(json, &value);
		if (Chance(random, 50))
		{
			appendStringInfoChar(json, ',');
			AppendPairs(random, json, 1 + Below(random, 2), MAX_DEPTH - 2);
		}
	}
	else
		AppendPairs(random, json, Chance(random, 10) ? RandomSize(random) : Chance(random, 90) ? 1 + Below(random, 3) : 0,
					MAX_DEPTH - 2);
	appendStringInfoChar(json, '}');
}

/*
 * The element for an upsert: with the pair that it must carry, but for a few.
 */
void
AppendElement(Random *random, StringInfo json, JsonbContainer *record,
			  const char *key, const char *value)
{
	int			more;

	if (Chance(random, 4))
	{
		AppendValue(random, json, 1);
		return;
	}
	if (record != NULL && Chance(random, 25))
	{
		(void) JsonbToCString(json, record, 64);
		return;
	}
	random->nodes = 30;
	more = Below(random, 4);
	appendStringInfoChar(json, '{');
	AppendPairs(random, json, more, MAX_DEPTH - 2);
	if (more > 0)
		appendStringInfoChar(json, ',');
	escape_json(json, key);
	appendStringInfo(json, ":%s}", value);
}

/*
 * What a writer puts into a document, for a match as RandomMatch() made it.
 */
static void
AppendArgument(Random *random, StringInfo json, Operator operator, const JsonbValue *place,
			   JsonbContainer *record, const char *match_key, const char *match_value)
{
	if (operator == UPDATE_WHERE)
		AppendUpdates(random, json, record);
	else if (operator == UPSERT_WHERE)
		AppendElement(random, json, record, match_key, match_value);
	else
		AppendUpdates(random, json, IsObject(place) ? place->val.binary.data : NULL);
}

/*
 * A value for the place of another.
 */
static Datum
RandomReplacement(Random *random, JsonbValue value)
{
	StringInfoData json;

	initStringInfo(&json);
	if (value.type == jbvNumeric && Chance(random, 60))
	{
		/* Equal, but not the same bytes. */
		AppendJsonbValue(&json, &value);
		appendStringInfoString(&json, strchr(json.data, '.') ? "0" : ".0");
	}
	else
	{
		random->nodes = 20;
		AppendValue(random, &json, 2);
	}
	return ParseJson(&json);
}

/*
 * Another version of a document, that mostly differs from it in one place:
 * the given one, or some other.
 */
static Datum
RandomSuccessor(Random *random, Jsonb *document, JsonbValue place, List *path)
{
	Datum		value;

	if (Chance(random, 10))
		return RandomDocument(random);
	if (Chance(random, 20))
		return JsonbPGetDatum(document);
	if (Chance(random, 40))
		place = PickValue(random, HAS_PATH_CHANGED, document, &path);

	value = RandomReplacement(random, place);
	if (path == NIL)
		return value;
	return DirectFunctionCall4(jsonb_set, JsonbPGetDatum(document),
							   PathDatum(path), value, BoolGetDatum(false));
}

/*
 * random_document(seed bigint) → jsonb
 */
Datum
jsonb_ivm_test_random_document(PG_FUNCTION_ARGS)
{
	Random		random = {.state = (uint64) PG_GETARG_INT64(0)};

	PG_RETURN_DATUM(RandomDocument(&random));
}

/*
 * random_case(seed bigint) → record: an operator and its arguments.
 */
Datum
jsonb_ivm_test_random_case(PG_FUNCTION_ARGS)
{
	Random		random = {.state = (uint64) PG_GETARG_INT64(0)};
	Operator	operator = Below(&random, NOPERATORS);
	Jsonb	   *document;
	JsonbValue	place;
	List	   *place_path;
	JsonbContainer *record;
	StringInfoData match_value;
	StringInfoData argument;
	char	   *match_key = NULL;
	List	   *path;
	TupleDesc	tupdesc;
	Datum		values[CASE_NCOLUMNS];
	bool		nulls[CASE_NCOLUMNS] = {0};

	/* Too many documents are too small for anything to happen in them. */
	for (int tries = 0;; tries++)
	{
		document = DatumGetJsonbP(RandomDocument(&random));
		place = PickValue(&random, operator, document, &place_path);
		if (tries == 3 || Suits(&random, operator, &place))
			break;
	}
	path = place_path;
	record = PickRecord(&random, &place);

	initStringInfo(&match_value);
	initStringInfo(&argument);
	RandomMatch(&random, record, &match_key, &match_value);
	if (Chance(&random, 25))
		path = Distort(&random, path);

	values[CASE_OPERATOR] = CStringGetTextDatum(operator_names[operator]);
	values[CASE_TARGET] = JsonbPGetDatum(document);
	values[CASE_PATH] = PathDatum(path);
	values[CASE_MATCH_KEY] = CStringGetTextDatum(match_key);
	values[CASE_MATCH_VALUE] = ParseJson(&match_value);
	if (operator == HAS_PATH_CHANGED)
		values[CASE_ARGUMENT] = RandomSuccessor(&random, document, place, place_path);
	else
	{
		AppendArgument(&random, &argument, operator, &place, record, match_key, match_value.data);
		values[CASE_ARGUMENT] = ParseJson(&argument);
	}

	/* Only some operators have a match; and every argument may be missing. */
	nulls[CASE_MATCH_KEY] = nulls[CASE_MATCH_VALUE] =
		(operator == MERGE_AT_PATH || operator == HAS_PATH_CHANGED);
	for (int i = CASE_TARGET; i < CASE_NCOLUMNS; i++)
		if (Below(&random, 200) == 0)
			nulls[i] = true;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}

/*
 * A value for the place of another that takes as many bytes, if there is one.
 */
static Datum
SameSize(Random *random, JsonbValue value)
{
	char	   *string;

	switch (value.type)
	{
		case jbvBool:
			value.val.boolean = !value.val.boolean;
			break;
		case jbvNull:
			value.type = jbvBool;
			value.val.boolean = Chance(random, 50);
			break;
		case jbvNumeric:
			value.val.numeric = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(value.val.numeric)));
			break;
		case jbvString:
			/* The first character that is a byte becomes another such. */
			string = StringOf(&value);
			for (int i = 0; i < value.val.string.len; i++)
				if (!IS_HIGHBIT_SET(string[i]))
				{
					string[i] = string[i] == 'q' ? 'Q' : 'q';
					break;
				}
			value.val.string.val = string;
			break;
		default:
			break;
	}
	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}

/*
 * Another version of a document, which may be the same or all different, but mostly
 * differs in a few places: those are told.  Half of what differs is of the same
 * size, so that little but the documents' bytes can tell them apart.
 */
Datum
RandomVersion(Random *random, Jsonb *document, const Places *places, const Place **changed, int *nchanged)
{
	Datum		version = JsonbPGetDatum(document);
	bool		same_size = Chance(random, 50);

	*nchanged = 0;
	if (Chance(random, 5) || places->count == 1)
		return RandomDocument(random);
	if (Chance(random, 5))
		return version;
	for (int n = 1 + Below(random, MAX_CHANGED); n > 0; n--)
	{
		const Place *place = &places->list[1 + Below(random, places->count - 1)];
		bool		container = (place->value.type == jbvBinary);
		Datum		value;

		/* A container is the only change, or one of them might lie within. */
		if (container && (same_size || *nchanged > 0))
			continue;
		value = same_size ? SameSize(random, place->value) : RandomReplacement(random, place->value);
		version = DirectFunctionCall4(jsonb_set, version, PathDatum(PathOf(places, place)),
									  value, BoolGetDatum(false));
		changed[(*nchanged)++] = place;
		if (container)
			break;
	}
	return version;
}
