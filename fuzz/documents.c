/*-------------------------------------------------------------------------
 *
 * documents.c
 *	  Documents, paths and values made from the bytes of an input.
 *
 * Each choice takes a byte of the input; behind the end a generator goes on that
 * the first bytes seed, so that a short input makes a whole case, too, and what
 * the fuzzer changes changes one choice.
 *
 * What is made is chosen to hurt: few different keys, so that they meet; equal ids
 * and ids that are equal but do not look it; containers with as many children as
 * lie around a multiple of JB_OFFSET_STRIDE; strings of all lengths modulo 4.  A
 * document is built around a way into it, so that the place that an operator is to
 * work on is always there, and other things stand before and behind it at every
 * level.
 *
 *-------------------------------------------------------------------------
 */
#include "documents.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define MAX_NODES	160
#define MAX_DEPTH	4			/* of what is not on the way */

static const char *const keys[] = {
	"id", "id", "a", "b", "c", "k", "n", "aa", "ab", "abc", "abcd", "", "1", "0",
	"\303\251", "\342\202\254uro", "a rather long key that fills some words"
};

static const char *const numbers[] = {
	"0", "1", "1.0", "1.00", "2", "3", "4", "5", "-1", "10", "100", "1e3", "0.1",
	"0.10", "-0.000001", "9999", "10000", "10001", "123456789.123456789", "1e100",
	"0.00", "1e300", "-1e-70", "1e-300", "7e260",
	("12345678901234567890123456789012345678901234567890123456789012345678901234567890"
	 ".123456789012345678901234567890123456789012345678901234567890")
};

static const char *const characters[] = {
	"a", "b", "c", "x", " ", "\"", "\\", "\n", "\303\251", "\342\202\254", "\360\235\204\236"
};

/* Path elements that an array does not take as they stand, or seems to. */
static const char *const odd_elements[] = {
	"x", "", " 1", "1 ", "+1", "-0", "1.0", "0x1", "2147483647", "-2147483648",
	"2147483648", "-99999999999", "5", "-5", "33", "0", "-1"
};

#define PICK(input, list)	((list)[choose(input, lengthof(list))])

static void PushValue(Input *input, JsonbParseState **state, JsonbIteratorToken token, int depth);

Input
start_input(const uint8 *data, size_t size)
{
	Input		input = {.data = data, .size = size, .nodes = MAX_NODES};

	input.state = UINT64CONST(0x9E3779B97F4A7C15);
	memcpy(&input.state, data, Min(size, 4));
	return input;
}

/* splitmix64 */
static uint64
NextRandom(Input *input)
{
	uint64		z = (input->state += UINT64CONST(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* 0 <= result < limit */
int
choose(Input *input, int limit)
{
	if (input->at < input->size && limit <= 256)
		return input->data[input->at++] % limit;
	return (int) (NextRandom(input) % (uint64) limit);
}

bool
chance(Input *input, int percent)
{
	return choose(input, 100) < percent;
}

const char *
make_key(Input *input)
{
	return PICK(input, keys);
}

static JsonbValue
StringValue(const char *bytes)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, bytes);
	value.val.string.len = (int) strlen(bytes);
	return value;
}

static JsonbValue
NumberValue(const char *text)
{
	JsonbValue	value = {.type = jbvNumeric};

	value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
															ObjectIdGetDatum(InvalidOid),
															Int32GetDatum(-1)));
	return value;
}

static JsonbValue
MakeString(Input *input)
{
	int			length = chance(input, 95) ? choose(input, 9) : choose(input, 250);
	char	   *bytes = palloc((Size) length * 4 + 1);
	char	   *end = bytes;

	for (int i = 0; i < length; i++)
		end = stpcpy(end, PICK(input, characters));
	*end = '\0';
	return StringValue(bytes);
}

static JsonbValue
MakeScalar(Input *input)
{
	JsonbValue	value;

	switch (choose(input, 10))
	{
		case 0:
			value.type = jbvNull;
			return value;
		case 1:
		case 2:
			value.type = jbvBool;
			value.val.boolean = chance(input, 50);
			return value;
		case 3:
		case 4:
		case 5:
			return MakeString(input);
		case 6:
			return NumberValue(psprintf("%d", choose(input, 256)));
		default:
			return NumberValue(PICK(input, numbers));
	}
}

/* An id: ties are wanted, and all types. */
static JsonbValue
MakeId(Input *input, int records)
{
	if (chance(input, 80))
		return NumberValue(psprintf("%d%s", choose(input, records + 2),
									chance(input, 20) ? ".0" : ""));
	return MakeScalar(input);
}

static int
MakeSize(Input *input)
{
	int			kind = choose(input, 100);
	int			size;

	if (kind < 60)
		size = choose(input, 5);
	else if (kind < 85)
		size = 5 + choose(input, 9);
	else
		size = 16 * (1 + choose(input, 4)) - 2 + choose(input, 5);
	size = Min(size, input->nodes);
	input->nodes -= size;
	return size;
}

static void
PushKey(JsonbParseState **state, const char *key)
{
	JsonbValue	value = StringValue(key);

	(void) pushJsonbValue(state, WJB_KEY, &value);
}

/* Keep what is pushed within core's own idea of how a value is pushed. */
static void
PushJsonb(JsonbParseState **state, JsonbIteratorToken token, const Jsonb *jsonb)
{
	JsonbValue	value;

	if (JB_ROOT_IS_SCALAR(jsonb))
		(void) JsonbExtractScalar(unconstify(JsonbContainer *, &jsonb->root), &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = unconstify(JsonbContainer *, &jsonb->root);
		value.val.binary.len = (int) (VARSIZE(jsonb) - VARHDRSZ);
	}
	(void) pushJsonbValue(state, token, &value);
}

static void
PushPairs(Input *input, JsonbParseState **state, int size, int depth)
{
	for (int i = 0; i < size; i++)
	{
		/* Large objects need more keys than there are in the list. */
		if (size > (int) lengthof(keys) / 2 && chance(input, 80))
			PushKey(state, psprintf("%s%d", chance(input, 50) ? "k" : "",
									choose(input, 2 * size)));
		else
			PushKey(state, make_key(input));
		PushValue(input, state, WJB_VALUE, depth + 1);
	}
}

static void
PushElements(Input *input, JsonbParseState **state, int size, int depth)
{
	for (int i = 0; i < size; i++)
		PushValue(input, state, WJB_ELEM, depth + 1);
}

static void
PushValue(Input *input, JsonbParseState **state, JsonbIteratorToken token, int depth)
{
	int			kind = choose(input, 10);
	JsonbValue	scalar;

	if (depth < MAX_DEPTH && kind < 2)
	{
		(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		PushPairs(input, state, MakeSize(input), depth);
		(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	else if (depth < MAX_DEPTH && kind < 4)
	{
		(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
		PushElements(input, state, MakeSize(input), depth);
		(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
	}
	else
	{
		scalar = MakeScalar(input);
		(void) pushJsonbValue(state, token, &scalar);
	}
}

static Jsonb *
JsonbOfElement(JsonbParseState *elements)
{
	/* An array of one element; take that out. */
	JsonbValue *array = pushJsonbValue(&elements, WJB_END_ARRAY, NULL);

	return JsonbValueToJsonb(&array->val.array.elems[0]);
}

Jsonb *
make_value(Input *input)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	PushValue(input, &state, WJB_ELEM, 1);
	return JsonbOfElement(state);
}

/*
 * An object: with some of the pairs that another one has, so that little or
 * nothing changes where it is merged; with this pair at the end, if key is given.
 */
Jsonb *
make_object(Input *input, const Jsonb *like, const char *key, const Jsonb *value)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (like != NULL && JB_ROOT_IS_OBJECT(like) && chance(input, 40))
	{
		JsonbIterator *it = JsonbIteratorInit(unconstify(JsonbContainer *, &like->root));
		JsonbValue	part;
		int			percent = chance(input, 30) ? 100 : 40;
		bool		take = false;
		JsonbIteratorToken token;

		(void) JsonbIteratorNext(&it, &part, true);
		while ((token = JsonbIteratorNext(&it, &part, true)) != WJB_END_OBJECT)
		{
			if (token == WJB_KEY)
				take = chance(input, percent);
			if (take)
				(void) pushJsonbValue(&state, token, &part);
		}
	}
	if (chance(input, 85))
		PushPairs(input, &state, chance(input, 85) ? 1 + choose(input, 3) : MakeSize(input),
				  MAX_DEPTH - 2);
	if (key != NULL)
	{
		PushKey(&state, key);
		PushJsonb(&state, WJB_VALUE, value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static Jsonb *
ScalarJsonb(JsonbValue value)
{
	return JsonbValueToJsonb(&value);
}

/*
 * A value that equals another but may not have its bytes.
 */
static Jsonb *
EqualValue(Input *input, Jsonb *jsonb)
{
	JsonbValue	value;
	char	   *text;

	if (!JB_ROOT_IS_SCALAR(jsonb) || !JsonbExtractScalar(&jsonb->root, &value) ||
		value.type != jbvNumeric || chance(input, 60))
		return jsonb;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));

	return ScalarJsonb(NumberValue(psprintf("%s%s", text, strchr(text, '.') ? "0" : ".0")));
}

/*
 * An array of objects, of which one has the pair that is searched.  Others may
 * come first.
 */
static Jsonb *
MakeRecords(Input *input, Document *document)
{
	JsonbParseState *state = NULL;
	int			size = 1 + MakeSize(input);
	int			chosen = choose(input, size);

	document->match_key = chance(input, 75) ? "id" : make_key(input);
	document->match_value = chance(input, 92) ?
		ScalarJsonb(MakeId(input, size)) : make_value(input);

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < size; i++)
	{
		if (i != chosen && chance(input, 15))
		{
			PushValue(input, &state, WJB_ELEM, 2);
			continue;
		}
		(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		if (chance(input, 60))
			PushPairs(input, &state, choose(input, 3), MAX_DEPTH - 1);
		PushKey(&state, document->match_key);
		if (i == chosen)
			PushJsonb(&state, WJB_VALUE, EqualValue(input, document->match_value));
		else
		{
			JsonbValue	id = MakeId(input, size);

			(void) pushJsonbValue(&state, WJB_VALUE, &id);
		}
		(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static Jsonb *
MakeFocus(Input *input, Focus focus, Document *document)
{
	switch (focus)
	{
		case FOCUS_RECORDS:
			return MakeRecords(input, document);
		case FOCUS_OBJECT:
			return make_object(input, NULL, NULL, NULL);
		default:
			return make_value(input);
	}
}

/*
 * One level around what is on the way, with others before and behind it.
 */
static Jsonb *
Surround(Input *input, Jsonb *inner, Document *document)
{
	JsonbParseState *state = NULL;
	bool		is_array = chance(input, 40);
	int			before = chance(input, 70) ? MakeSize(input) : 0;
	int			behind = chance(input, 70) ? MakeSize(input) : 0;
	const char *key = make_key(input);

	if (is_array)
	{
		(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
		PushElements(input, &state, before, 2);
		PushJsonb(&state, WJB_ELEM, inner);
		PushElements(input, &state, behind, 2);
		document->path = lcons(psprintf("%d", chance(input, 75) ? before : -1 - behind),
							   document->path);
		return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
	}

	/* Of equal keys the last one stays. */
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	PushPairs(input, &state, before + behind, 2);
	PushKey(&state, key);
	PushJsonb(&state, WJB_VALUE, inner);
	document->path = lcons(pstrdup(key), document->path);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

Document
make_document(Input *input, Focus focus)
{
	Document	document = {0};
	int			levels = choose(input, 4);

	document.focus = MakeFocus(input, focus, &document);
	document.value = document.focus;
	for (int i = 0; i < levels; i++)
		document.value = Surround(input, document.value, &document);
	return document;
}

/*
 * The document that was made from the input at `before`, with something else at
 * the end of its path, or with an equal value there, or the same.
 */
Document
make_variant(Input *input, Focus focus, Input before, bool *same)
{
	Document	document = {0};
	int			levels = choose(&before, 4);
	int			kind = choose(input, 10);

	document.focus = MakeFocus(&before, focus, &document);
	*same = kind < 4;
	document.value = kind < 2 ? document.focus :
		*same ? EqualValue(input, document.focus) : make_value(input);
	for (int i = 0; i < levels; i++)
		document.value = Surround(&before, document.value, &document);
	return document;
}

/*
 * Make of the path one that leads astray.
 */
List *
distort_path(Input *input, List *path)
{
	int			at = choose(input, list_length(path) + 1);
	const char *element = chance(input, 50) ? make_key(input) : PICK(input, odd_elements);

	path = list_copy(path);
	if (at < list_length(path) && chance(input, 50))
		lfirst(list_nth_cell(path, at)) = unconstify(char *, element);
	else if (chance(input, 30))
		path = list_truncate(path, at);
	else
	{
		path = lappend(path, unconstify(char *, element));
		if (chance(input, 40))
			path = lappend(path, unconstify(char *, make_key(input)));
	}
	return path;
}

ArrayType *
path_array(List *path)
{
	Datum	   *elements = palloc(sizeof(Datum) * (Size) (list_length(path) + 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, path)
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	return construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT);
}

/*
 * A path as the text of an array.
 */
char *
path_text(const List *path)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	foreach(cell, path)
	{
		appendStringInfoString(&text, text.len > 1 ? ",\"" : "\"");
		for (const char *at = lfirst(cell); *at != '\0'; at++)
			appendStringInfo(&text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
		appendStringInfoChar(&text, '"');
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

static void PushVaried(Input *input, JsonbParseState **state, JsonbIteratorToken token,
					   JsonbValue *value);

/*
 * Pairs of another object, most of them as they are.
 */
static void
PushVariedPairs(Input *input, JsonbParseState **state, JsonbIterator *it)
{
	JsonbValue	key;
	JsonbValue	value;

	while (JsonbIteratorNext(&it, &key, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&it, &value, true);
		if (chance(input, 7))
			continue;
		(void) pushJsonbValue(state, WJB_KEY, &key);
		PushVaried(input, state, WJB_VALUE, &value);
	}
	if (chance(input, 15))
		PushPairs(input, state, 1 + choose(input, 2), MAX_DEPTH - 2);
}

/*
 * Elements of another array, some of them elsewhere.
 */
static void
PushVariedElements(Input *input, JsonbParseState **state, JsonbIterator *it, int count)
{
	JsonbValue *elements = palloc(sizeof(JsonbValue) * ((Size) count + 1));

	for (int i = 0; i < count; i++)
		(void) JsonbIteratorNext(&it, &elements[i], true);
	for (int left = count > 1 && chance(input, 30) ? 1 + choose(input, 3) : 0; left > 0; left--)
	{
		int			a = choose(input, count);
		int			b = choose(input, count);
		JsonbValue	swapped = elements[a];

		elements[a] = elements[b];
		elements[b] = swapped;
	}
	for (int i = 0; i < count; i++)
	{
		if (chance(input, 7))
			continue;
		PushVaried(input, state, WJB_ELEM, &elements[i]);
		if (chance(input, 3))
			PushVaried(input, state, WJB_ELEM, &elements[choose(input, count)]);
		if (chance(input, 4))
			PushValue(input, state, WJB_ELEM, MAX_DEPTH - 1);
	}
	if (chance(input, 10))
		PushValue(input, state, WJB_ELEM, MAX_DEPTH - 1);
}

static void
PushVaried(Input *input, JsonbParseState **state, JsonbIteratorToken token, JsonbValue *value)
{
	int			kind = choose(input, 100);

	if (kind < 8)
		PushValue(input, state, token, MAX_DEPTH - 1);
	else if (kind < 30 && value->type == jbvNumeric)
	{
		JsonbValue	equal;

		(void) JsonbExtractScalar(&EqualValue(input, ScalarJsonb(*value))->root, &equal);
		(void) pushJsonbValue(state, token, &equal);
	}
	else if (kind < 60 && value->type == jbvBinary)
	{
		JsonbIterator *it = JsonbIteratorInit(value->val.binary.data);
		JsonbValue	part;
		JsonbIteratorToken begin = JsonbIteratorNext(&it, &part, true);

		(void) pushJsonbValue(state, begin, NULL);
		if (begin == WJB_BEGIN_OBJECT)
			PushVariedPairs(input, state, it);
		else
			PushVariedElements(input, state, it, part.val.array.nElems);
		(void) pushJsonbValue(state, begin == WJB_BEGIN_OBJECT ? WJB_END_OBJECT : WJB_END_ARRAY, NULL);
	}
	else
		(void) pushJsonbValue(state, token, value);
}

/*
 * A value like another, with changes here and there, or none.
 */
Jsonb *
vary_value(Input *input, const Jsonb *like)
{
	JsonbParseState *state = NULL;
	JsonbValue	value = {.type = jbvBinary};

	if (JB_ROOT_IS_SCALAR(like))
		return chance(input, 50) ? EqualValue(input, unconstify(Jsonb *, like)) : make_value(input);
	value.val.binary.data = unconstify(JsonbContainer *, &like->root);
	value.val.binary.len = (int) (VARSIZE(like) - VARHDRSZ);
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	PushVaried(input, &state, WJB_ELEM, &value);
	return JsonbOfElement(state);
}
