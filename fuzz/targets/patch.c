/*
 * patch.c
 *	  jsonb_patch() and jsonb_diff(): patches made for a document, patches made of
 *	  anything, and pointers of any bytes.
 *
 * There is no reference here; what holds is that a patch does what its operations do
 * one by one, that only errors of the contract come, that results are sound, and
 * that a difference gives back what it is the difference to.
 */
#include "../documents.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "verify.h"

/* Of a case. */
#define MOST_OPERATIONS 8

static const char *const operations[] = {
	"add", "add", "add", "remove", "remove", "replace", "move", "move", "copy", "test",
	"merge", "deep_merge", "increment", "upsert", "upsert", "delete_where", "delete_where",
	"update_where", "update_where"
};

/* Tokens that are no place, or not the one that they look like. */
static const char *const odd_tokens[] = {
	"-", "-", "01", "00", "-0", "-1", "+1", "1e0", "1.0", " 1", "", "~", "/", "~1", "~01",
	"[*]", "[-]", "[id=1]", "[=1]", "[", "4294967296", "18446744073709551616", "2147483648"
};

/* Pieces that pointers, and patches, are made of. */
static const char *const pieces[] = {
	"/", "/", "/", "~", "~0", "~1", "0", "1", "-", "a", "id", "b", "\303\251", "01", "[*]", " "
};

#define PICK(input, list)	((list)[choose(input, lengthof(list))])

static Jsonb *
Parse(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/*
 * What may or may not be JSON.
 */
static Jsonb *
TryParse(const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	Jsonb	   *volatile value = NULL;

	PG_TRY();
	{
		value = Parse(text);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return value;
}

static char *
Print(Jsonb *value)
{
	return JsonbToCString(NULL, &value->root, (int) VARSIZE(value));
}

/*
 * The key of the pair with this number.
 */
static char *
KeyOf(JsonbContainer *object, int number)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	part;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &part, true)) != WJB_DONE)
		if (token == WJB_KEY && number-- == 0)
			return pnstrdup(part.val.string.val, (Size) part.val.string.len);
	return pstrdup("");
}

/*
 * A way into the document, which may lead nowhere in its end.  With in_arrays the
 * steps are keyed where they can be.
 */
static List *
MakeWay(Input *input, Jsonb *document, bool keyed)
{
	JsonbContainer *container = &document->root;
	List	   *way = NIL;

	for (int left = choose(input, 5); left > 0; left--)
	{
		int			count = (int) JsonContainerSize(container);
		JsonbValue *next = NULL;
		char	   *step;

		if (JsonContainerIsScalar(container) || count == 0 || chance(input, 8))
			return lappend(way, unconstify(char *, chance(input, 50) ? make_key(input) : PICK(input, odd_tokens)));
		if (JsonContainerIsObject(container))
		{
			JsonbValue	key = {.type = jbvString};

			step = KeyOf(container, choose(input, count));
			key.val.string.val = step;
			key.val.string.len = (int) strlen(step);
			next = findJsonbValueFromContainer(container, JB_FOBJECT, &key);
		}
		else
		{
			int			index = choose(input, count + 1);

			step = psprintf("%d", keyed && chance(input, 20) ? index - count : index);
			if (keyed && chance(input, 30))
				step = psprintf("[%s=%d]", chance(input, 70) ? "id" : "", choose(input, 4));
			else if (keyed && chance(input, 10))
				step = pstrdup("[*]");
			next = getIthJsonbValueFromContainer(container, (uint32) index);
		}
		way = lappend(way, step);
		if (next == NULL || next->type != jbvBinary)
			return way;
		container = next->val.binary.data;
	}
	return way;
}

static void
AppendPath	(Input *input, StringInfo patch, Jsonb *document)
{
	bool		keyed = chance(input, 30);
	StringInfoData pointer;
	ListCell   *cell;
	bool		is_first = true;

	if (chance(input, 3))
	{
		initStringInfo(&pointer);
		for (int left = choose(input, 12); left > 0; left--)
			appendStringInfoString(&pointer, PICK(input, pieces));
		escape_json(patch, pointer.data);
		return;
	}
	initStringInfo(&pointer);
	foreach(cell, MakeWay(input, document, keyed))
	{
		const char *step = lfirst(cell);

		if (keyed)
		{
			appendStringInfoString(&pointer, is_first ? "" : ",");
			escape_json(&pointer, step);
			is_first = false;
			continue;
		}
		appendStringInfoChar(&pointer, '/');
		for (const char *c = step; *c != '\0'; c++)
			if (*c == '~' || *c == '/')
				appendStringInfoString(&pointer, *c == '~' ? "~0" : "~1");
			else
				appendStringInfoChar(&pointer, *c);
	}
	if (keyed)
		appendStringInfo(patch, "[%s]", pointer.data);
	else
		escape_json(patch, pointer.data);
}

static void
AppendObject(Input *input, StringInfo patch, const char *key)
{
	appendStringInfoString(patch, Print(make_object(input, NULL, key, key == NULL ? NULL : make_value(input))));
}

/*
 * An operation that may make sense for the document.
 */
static char *
MakeOperation(Input *input, Jsonb *document)
{
	StringInfoData text;
	const char *operation = PICK(input, operations);
	bool		by_key = strstr(operation, "_where") != NULL || strcmp(operation, "upsert") == 0;

	initStringInfo(&text);
	appendStringInfo(&text, "{\"op\":\"%s\",\"path\":", chance(input, 98) ? operation : "ad");
	AppendPath	(input, &text, document);

	if (chance(input, 25) || strcmp(operation, "move") == 0 || strcmp(operation, "copy") == 0)
	{
		appendStringInfoString(&text, ",\"from\":");
		AppendPath	(input, &text, document);
	}
	if (by_key)
		appendStringInfoString(&text, ",\"key\":\"id\"");
	if (strcmp(operation, "update_where") == 0)
	{
		appendStringInfoString(&text, ",\"updates\":");
		AppendObject(input, &text, chance(input, 30) ? "id" : NULL);
	}
	if (chance(input, 97))
	{
		appendStringInfoString(&text, ",\"value\":");
		if (strcmp(operation, "upsert") == 0 || strstr(operation, "merge") != NULL)
			AppendObject(input, &text, chance(input, 80) ? "id" : NULL);
		else if (strcmp(operation, "increment") == 0 || (by_key && chance(input, 80)))
			appendStringInfo(&text, "%d", choose(input, 5));
		else
			appendStringInfoString(&text, Print(make_value(input)));
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}

static Outcome
Call		(PGFunction function, Input *input, Arguments *arguments, const Jsonb *first, const Jsonb *second)
{
	*arguments = (Arguments)
	{
		0
	};
	add_jsonb(arguments, first, input == NULL ? FORM_PLAIN : (Form) choose(input, NFORMS));
	add_jsonb(arguments, second, input == NULL ? FORM_PLAIN : (Form) choose(input, NFORMS));
	return call_given(function, arguments);
}

/*
 * The result of a call, which has to be sound; NULL if the call ended with an error,
 * which has to be one that it may.
 */
static Jsonb *
Result(const Arguments *arguments, const Outcome *outcome)
{
	Jsonb	   *result;
	const char *fault;
	Size		offset;

	if (outcome->failed)
	{
		if (!in_contract(outcome) && outcome->sqlstate != ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
			complain(arguments, "SQLSTATE %s is not in the contract: %s",
					 unpack_sql_state(outcome->sqlstate), outcome->message);
		return NULL;
	}
	if (outcome->isnull)
		complain(arguments, "the result is null");
	if (VARATT_IS_EXTERNAL(DatumGetPointer(outcome->value)) &&
		outcome->value != arguments->given[0].value)
		complain(arguments, "the result is a pointer to memory");
	result = DatumGetJsonbP(outcome->value);
	fault = jbi_verify(VARDATA(result), VARSIZE(result) - VARHDRSZ, &offset);
	if (fault != NULL)
		complain(arguments, "the result is not sound: %s, at byte %zu", fault, offset);
	return result;
}

static bool
Same(const Jsonb *a, const Jsonb *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(VARDATA(a), VARDATA(b), VARSIZE(a) - VARHDRSZ) == 0;
}

/*
 * Apply a patch as a whole: the result has to be that of its operations one by one,
 * or the error that the last of them gave.
 */
static void
CompareWhole(Input *input, Jsonb *document, const char *patch, const Jsonb *want, int sqlstate)
{
	Arguments	arguments;
	Outcome		outcome = Call (jsonb_patch, input, &arguments, document, Parse(patch));
	Jsonb	   *result = Result (&arguments, &outcome);

	if (outcome.failed && outcome.sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX)
		return;
	if (outcome.failed ? outcome.sqlstate != sqlstate : want == NULL || !Same(result, want))
		complain(&arguments, "all at once the operations do something else than one by one: %s",
				 outcome.failed ? outcome.message : Print(result));
	if (want != NULL && Same(want, document) && arguments.forms[0] != FORM_INDIRECT &&
		outcome.value != arguments.given[0].value && !outcome.spliced)
		complain(&arguments, "nothing changed, and the result is not the datum that was given");
}

/*
 * The difference has to give the new document.
 */
static void
CheckDifference(Input *input, const Jsonb *old, const Jsonb *new)
{
	Arguments	arguments;
	Outcome		outcome = Call (jsonb_diff, input, &arguments, old, new);
	Jsonb	   *patch = Result (&arguments, &outcome);

	if (patch == NULL)
	{
		if (outcome.sqlstate != ERRCODE_STATEMENT_TOO_COMPLEX)
			complain(&arguments, "there is no difference: %s", outcome.message);
		return;
	}
	if (Same(old, new) != (JB_ROOT_COUNT(patch) == 0))
		complain(&arguments, "the difference is not empty just when there is none");
	outcome = Call (jsonb_patch, input, &arguments, old, patch);
	patch = Result (&arguments, &outcome);

	if (patch == NULL ? outcome.sqlstate != ERRCODE_STATEMENT_TOO_COMPLEX : !Same(patch, new))
		complain(&arguments, "the difference gives something else: %s",
				 outcome.failed ? outcome.message : Print(patch));
}

/*
 * Operations one after the other, and then all at once.
 */
static void
RunOperations(Input *input, Jsonb *document)
{
	StringInfoData patch;
	Jsonb	   *state = document;
	bool		has_failed = false;

	initStringInfo(&patch);
	for (int left = 1 + choose(input, MOST_OPERATIONS); left > 0; left--)
	{
		const char *operation = MakeOperation(input, state);
		const char *separator = patch.len > 0 ? "," : "";
		Arguments	arguments;
		Outcome		outcome = Call (jsonb_patch, NULL, &arguments, state,
									Parse(psprintf("[%s]", operation)));
		Jsonb	   *result = Result (&arguments, &outcome);

		if (result != NULL)
		{
			state = result;
			appendStringInfo(&patch, "%s%s", separator, operation);
		}
		else if (!has_failed && outcome.sqlstate != ERRCODE_STATEMENT_TOO_COMPLEX)
		{
			has_failed = true;
			CompareWhole(input, document, psprintf("[%s%s%s]", patch.data, separator, operation),
						 NULL, outcome.sqlstate);
		}
	}
	CompareWhole(input, document, psprintf("[%s]", patch.data), state, 0);
	CheckDifference(input, document, state);
}

/*
 * A patch of anything: JSON values where they do not belong, or text that may be JSON.
 */
static void
RunAnything(Input *input, Jsonb *document)
{
	StringInfoData text;
	Jsonb	   *patch;
	Arguments	arguments;
	Outcome		outcome;

	initStringInfo(&text);
	if (chance(input, 30))
		patch = make_value(input);
	else
	{
		appendStringInfo(&text, "[{\"op\":\"%s\",", PICK(input, operations));
		for (int left = choose(input, 5); left > 0; left--)
			appendStringInfo(&text, "\"%s\":%s,", chance(input, 50) ? "path" : chance(input, 50) ? "value" : "from",
							 chance(input, 50) ? "\"\"" : Print(make_value(input)));
		appendStringInfoString(&text, "\"path\":\"");
		for (int left = choose(input, 12); left > 0; left--)
			appendStringInfoString(&text, PICK(input, pieces));
		appendStringInfoString(&text, "\"}]");
		patch = TryParse(text.data);
	}
	if (patch == NULL)
		return;
	outcome = Call (jsonb_patch, input, &arguments, document, patch);
	(void) Result (&arguments, &outcome);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Input		before = input;
	int			kind = choose(&input, 100);
	Document	document;
	bool		same;

	before.at++;
	document = make_document(&input, kind % 2 == 0 ? FOCUS_RECORDS : FOCUS_VALUE);
	if (kind < 65)
		RunOperations(&input, document.value);
	else if (kind < 75)
		RunAnything(&input, document.value);
	else if (kind < 95)
		CheckDifference(&input, document.value,
						make_variant(&input, kind % 2 == 0 ? FOCUS_RECORDS : FOCUS_VALUE, before, &same).value);
	else
		CheckDifference(&input, document.value, make_document(&input, FOCUS_RECORDS).value);
}

const Target target_patch = {"patch", Run, NULL};
