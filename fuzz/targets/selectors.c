/*
 * selectors.c
 *	  Paths with selectors, for every function that takes a path.
 *
 * The reference does not know selectors.  It is called with paths that have indexes in
 * their place, once for each place that the path leads to; which those are is found
 * here, on core's functions alone.  Where that could not tell what has to come, the
 * result has to be sound, and an error one of the contract.
 *
 * The other function that reads stored documents in parts, jsonb_extract_id(), is called
 * with the same documents.
 */
#include "../core.h"
#include "../documents.h"
#include "../reference.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "verify.h"

#define MAX_STEPS	8

/* What an element of a path means at an array. */
typedef enum Kind
{
	INDEX,
	MATCH,
	VALUE,
	ALL,
	END,
	MALFORMED
} Kind;

typedef struct Step
{
	const char *text;
	Kind		kind;
	const char *key;
	const char *json;			/* the value */
} Step;

/* The path of the call that is made. */
static Step steps[MAX_STEPS];
static int	nsteps;

/* Selectors as people may write them, and what they only take for one. */
static const Step odd_steps[] = {
	{"[*]", ALL, NULL, NULL},
	{"[-]", END, NULL, NULL},
	{"[=1]", VALUE, NULL, "1"},
	{"[=]", VALUE, NULL, "\"\""},
	{"[=null]", VALUE, NULL, "null"},
	{"[= true ]", VALUE, NULL, "true"},
	{"[=x]", VALUE, NULL, "\"x\""},
	{"[id=1]", MATCH, "id", "1"},
	{"[id=1.00]", MATCH, "id", "1"},
	{"[id=007]", MATCH, "id", "\"007\""},
	{"[\"id\"=2]", MATCH, "id", "2"},
	{"[\"i\\u0064\"=\"1\"]", MATCH, "id", "\"1\""},
	{"[a=b=c]", MATCH, "a", "\"b=c\""},
	{"[ id=1]", MATCH, " id", "1"},
	{"[id=\"1]", MATCH, "id", "\"\\\"1\""},
	{"[id=]]", MATCH, "id", "\"]\""},
	{"[-=1]", MATCH, "-", "1"},
	{"[**=1]", MATCH, "**", "1"},
	{"[\"\"=0]", MATCH, "", "0"},
	{"[]", MALFORMED, NULL, NULL},
	{"[", MALFORMED, NULL, NULL},
	{"[*", MALFORMED, NULL, NULL},
	{"[0]", MALFORMED, NULL, NULL},
	{"[id]", MALFORMED, NULL, NULL},
	{"[id=1", MALFORMED, NULL, NULL},
	{"[\"id=1]", MALFORMED, NULL, NULL},
	{"[\"id\" =1]", MALFORMED, NULL, NULL},
	{"[i\"d=1]", MALFORMED, NULL, NULL},
	{"[id={}]", MALFORMED, NULL, NULL},
	{"[=[1]]", MALFORMED, NULL, NULL},
	{" [*]", MALFORMED, NULL, NULL}
};

/* The value under a key of an object; NULL if there is none. */
static Jsonb *
ValueOf(Jsonb *object, const char *key)
{
	JsonbValue	name = {.type = jbvString};
	JsonbValue *value;

	name.val.string.val = unconstify(char *, key);
	name.val.string.len = (int) strlen(key);
	value = findJsonbValueFromContainer(&object->root, JB_FOBJECT, &name);
	return value == NULL ? NULL : JsonbValueToJsonb(value);
}

/*
 * The index of the first element from one on that the step selects, or -1.
 */
static int
Select(Jsonb *array, const Step *step, int first)
{
	int			count = (int) JB_ROOT_COUNT(array);

	if (step->kind == INDEX)
	{
		long		index = strtol(step->text, NULL, 10);

		index = index < 0 ? index + count : index;
		return index >= first && index < count ? (int) index : -1;
	}
	for (int i = first; i < count; i++)
	{
		Jsonb	   *element = element_of(array, i);
		Jsonb	   *found = element;

		if (step->kind == MATCH)
			found = JB_ROOT_IS_OBJECT(element) ? ValueOf(element, step->key) : NULL;
		if (step->kind == ALL ||
			(step->kind != END && step->kind != MALFORMED && found != NULL && are_equal(found, parse_json(step->json))))
			return i;
	}
	return -1;
}

/*
 * An index in the place of a step; or a selector that is true of that element, and
 * perhaps of one before it.
 */
static Step
MakeStep(Input *input, Jsonb *array, const char *index)
{
	Step		step = {.text = index, .kind = INDEX};
	int			at = Select(array, &step, 0);
	int			kind = choose(input, 10);
	Jsonb	   *element;

	if (kind < 2)
		return step;
	if (kind < 4 || at < 0)
		return odd_steps[0];
	element = element_of(array, at);
	if (JB_ROOT_IS_SCALAR(element))
	{
		step.kind = VALUE;
		step.json = print_json(element);
		step.text = psprintf("[=%s]", step.json);
	}
	else if (JB_ROOT_IS_OBJECT(element) && JB_ROOT_COUNT(element) > 0)
	{
		JsonbIterator *it = JsonbIteratorInit(&element->root);
		JsonbValue	key;
		JsonbValue	value;

		(void) JsonbIteratorNext(&it, &key, true);
		for (int i = choose(input, (int) JB_ROOT_COUNT(element)); i >= 0; i--)
		{
			(void) JsonbIteratorNext(&it, &key, true);
			(void) JsonbIteratorNext(&it, &value, true);
		}
		if (value.type == jbvBinary)
			return step;
		step.kind = MATCH;
		step.key = pnstrdup(key.val.string.val, (Size) key.val.string.len);
		step.json = print_json(JsonbValueToJsonb(&value));
		step.text = psprintf("[%s=%s]", print_json(JsonbValueToJsonb(&key)), step.json);
	}
	return step;
}

/*
 * The steps of a path, from the document on.
 */
static void
MakeSteps(Input *input, Jsonb *document, List *path)
{
	Jsonb	   *value = document;
	ListCell   *cell;

	nsteps = 0;
	foreach(cell, path)
	{
		Step	   *step = &steps[nsteps++];
		int			at;

		*step = (Step)
		{
			.text = lfirst(cell), .kind = INDEX
		};
		if (value == NULL || (!is_array(value) && !JB_ROOT_IS_OBJECT(value)))
			continue;
		if (JB_ROOT_IS_OBJECT(value))
		{
			value = ValueOf(value, step->text);
			continue;
		}
		*step = MakeStep(input, value, step->text);
		at = Select(value, step, 0);
		value = at < 0 ? NULL : element_of(value, at);
	}
	if (chance(input, 15))
		steps[choose(input, nsteps + 1)] = odd_steps[choose(input, lengthof(odd_steps))];
	if (nsteps < MAX_STEPS && chance(input, 10))
		steps[nsteps++] = odd_steps[choose(input, lengthof(odd_steps))];
}

static ArrayType *
PathOf(const char *const *texts, int count)
{
	List	   *path = NIL;

	for (int i = 0; i < count; i++)
		path = lappend(path, unconstify(char *, texts[i]));
	return path_array(path);
}

/* Whether a text is an index, as core has it. */
static bool
IsIndex(const char *string)
{
	char	   *end;

	errno = 0;
	(void) strtol(string, &end, 10);
	return end != string && *end == '\0';
}

/*
 * The places that the path leads to, as calls of the reference.
 */
typedef struct Places
{
	int			count;
	ArrayType  *paths[1024];
	int			error;			/* SQLSTATE that ends the list, or 0 */
	bool		unknown;		/* what has to come is not told here */
} Places;

/*
 * Go on from a value, of which the texts lead to.
 */
static void
Find(Places *places, Jsonb *value, const char **texts, int level)
{
	const Step *step = &steps[level];

	if (places->error != 0 || places->unknown)
		return;
	if (places->count == lengthof(places->paths))
		places->unknown = true;
	else if (value == NULL || level == nsteps ||
			 (!is_array(value) && !JB_ROOT_IS_OBJECT(value)))
	{
		/* The rest is as it is, or missing as a whole. */
		for (int i = level; i < nsteps; i++)
		{
			if (steps[i].kind != INDEX && steps[i].kind != MALFORMED)
			{
				places->unknown |= i == nsteps - 1 && steps[i].kind == END;
				places->unknown |= value != NULL && strcmp(print_json(value), "null") != 0;
				return;
			}
			texts[i] = steps[i].text;
		}
		places->paths[places->count++] = PathOf(texts, nsteps);
	}
	else if (JB_ROOT_IS_OBJECT(value))
	{
		Jsonb	   *child = ValueOf(value, step->text);

		if (child == NULL && step->kind != INDEX && step->kind != MALFORMED)
		{
			places->unknown |= step->kind == END;
			return;
		}
		texts[level] = step->text;
		Find(places, child, texts, level + 1);
	}
	else if (step->kind == END && level == nsteps - 1)
		places->unknown = true;
	else if (step->kind == END || step->kind == MALFORMED ||
			 (step->kind == INDEX && !IsIndex(step->text)))
		places->error = ERRCODE_INVALID_TEXT_REPRESENTATION;
	else
	{
		for (int i = Select(value, step, 0); i >= 0; i = Select(value, step, i + 1))
		{
			texts[level] = psprintf("%d", i);
			Find(places, element_of(value, i), texts, level + 1);
			if (step->kind != ALL)
				break;
		}
	}
}

/*
 * Call the reference for all the places, one after the other; from behind where that
 * removes elements.
 */
static Datum
ForEachPlace(FunctionCallInfo fcinfo, PGFunction reference, int path, bool from_behind)
{
	LOCAL_FCINFO(call, MAX_ARGUMENTS);
	Datum		document = PG_GETARG_DATUM(0);
	const char *texts[MAX_STEPS];
	Places	   *places = palloc0(sizeof(Places));

	InitFunctionCallInfoData(*call, NULL, PG_NARGS(), InvalidOid, NULL, NULL);
	memcpy(call->args, fcinfo->args, (Size) PG_NARGS() * sizeof(NullableDatum));

	/* Other arguments are judged even where there is no place. */
	call->args[0].value = JsonbPGetDatum(parse_json("{}"));
	call->args[path].value = PointerGetDatum(path_array(list_make1("a")));
	(void) reference(call);

	Find(places, DatumGetJsonbP(document), texts, 0);
	for (int i = 0; i < places->count; i++)
	{
		call->args[0].value = document;
		call->args[path].value = PointerGetDatum(places->paths[from_behind ? places->count - 1 - i : i]);
		document = reference(call);
	}
	if (places->error != 0)
		ereport(ERROR, (errcode(places->error), errmsg("reference: no array can follow the path")));
	return document;
}

static Datum
UpdateWhere(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_update_where, 1, false);
}

static Datum
UpsertWhere(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_upsert_where, 1, false);
}

static Datum
MergeAtPath(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_merge_at_path, 2, false);
}

static Datum
SetPath(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_set_path, 1, false);
}

static Datum
RemovePath(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_remove_path, 1, true);
}

static Datum
IncrementAt(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_increment, 1, false);
}

static Datum
DeleteWhere(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_delete_where, 1, false);
}

static Datum
InsertWhere(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_insert_where, 1, false);
}

static Datum
UpdateWhereBatch(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_update_where_batch, 1, false);
}

static Datum
Reconcile(PG_FUNCTION_ARGS)
{
	return ForEachPlace(fcinfo, reference_reconcile, 1, false);
}

/*
 * The value that a reader finds, or NULL.
 */
static Jsonb *
Follow(Jsonb *value)
{
	for (int level = 0; level < nsteps && value != NULL; level++)
	{
		const Step *step = &steps[level];
		int			index = -1;

		if (JB_ROOT_IS_OBJECT(value))
		{
			value = ValueOf(value, step->text);
			continue;
		}
		if (is_array(value) && step->kind == ALL)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("reference: not one place")));
		if (is_array(value) && (step->kind != INDEX || IsIndex(step->text)))
			index = Select(value, step, 0);
		value = index < 0 ? NULL : element_of(value, index);
	}
	return value;
}

static Datum
HasPathChanged(PG_FUNCTION_ARGS)
{
	Jsonb	   *old_value = Follow(PG_GETARG_JSONB_P(0));
	Jsonb	   *new_value = Follow(PG_GETARG_JSONB_P(1));

	if (old_value == NULL || new_value == NULL)
		PG_RETURN_BOOL(old_value != new_value);
	PG_RETURN_BOOL(!are_equal(old_value, new_value));
}

/*
 * Whether any of the arrays from here on has the pair.
 */
static bool
AnyContains(Jsonb *value, int level, const Step *wanted)
{
	const Step *step = &steps[level];

	if (value == NULL)
		return false;
	if (level == nsteps)
		return is_array(value) && Select(value, wanted, 0) >= 0;
	if (JB_ROOT_IS_OBJECT(value))
		return AnyContains(ValueOf(value, step->text), level + 1, wanted);
	if (!is_array(value) || (step->kind == INDEX && !IsIndex(step->text)))
		return false;
	for (int i = Select(value, step, 0); i >= 0; i = step->kind == ALL ? Select(value, step, i + 1) : -1)
	{
		if (AnyContains(element_of(value, i), level + 1, wanted))
			return true;
	}
	return false;
}

static Datum
ContainsId(PG_FUNCTION_ARGS)
{
	Step		wanted = {
		.kind = MATCH,
		.key = text_to_cstring(PG_GETARG_TEXT_PP(2)),
		.json = print_json(PG_GETARG_JSONB_P(3))
	};

	PG_RETURN_BOOL(AnyContains(PG_GETARG_JSONB_P(0), 0, &wanted));
}

/*
 * Whether the reference can tell what has to come.
 */
static bool
IsKnown(Jsonb *document)
{
	const char *texts[MAX_STEPS];
	Places	   *places = palloc0(sizeof(Places));

	Find(places, document, texts, 0);
	return !places->unknown;
}

/*
 * A writer against the reference, or as far as can be told.
 */
static void
CheckWriter(PGFunction function, PGFunction reference, const Arguments *arguments)
{
	Outcome		outcome;
	const Jsonb *result;
	const char *fault;
	Size		offset;

	if (IsKnown(DatumGetJsonbP(arguments->plain[0].value)))
	{
		compare_writers(function, reference, arguments);
		return;
	}
	outcome = call_given(function, arguments);
	if (outcome.failed)
	{
		if (!in_contract(&outcome))
			complain(arguments, "an error that the contract does not have: %s", outcome.message);
		return;
	}
	result = DatumGetJsonbP(outcome.value);
	fault = jbi_verify(VARDATA(result), VARSIZE(result) - VARHDRSZ, &offset);
	if (fault != NULL)
		complain(arguments, "the result is not sound: %s, at byte %zu", fault, offset);
}

static void
AddPath(Arguments *arguments)
{
	const char *texts[MAX_STEPS];

	for (int i = 0; i < nsteps; i++)
		texts[i] = steps[i].text;
	add_array(arguments, PathOf(texts, nsteps));
}

static void
AddMatch(Input *input, Arguments *arguments, const Document *document)
{
	AddPath(arguments);
	add_text(arguments, document->match_key, strlen(document->match_key), chance(input, 50));
	add_jsonb(arguments, document->match_value, (Form) choose(input, NFORMS));
}

static void
AddJsonb(Input *input, Arguments *arguments, const Jsonb *value)
{
	add_jsonb(arguments, value, (Form) choose(input, NFORMS));
}

/*
 * jsonb_extract_id() against ->>, which has more to say of other types.
 */
static void
CheckExtract(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	Outcome		got;
	Jsonb	   *value = JB_ROOT_IS_OBJECT(document->value) ? ValueOf(document->value, document->match_key) : NULL;
	JsonbValue	scalar = {.type = jbvNull};
	const char *expected = NULL;

	AddJsonb(input, &arguments, document->value);
	add_text(&arguments, document->match_key, strlen(document->match_key), chance(input, 50));
	if (chance(input, 50))
		store_argument(&arguments, 0);
	got = call_given(jsonb_extract_id, &arguments);
	if (got.failed)
		complain(&arguments, "an error: %s", got.message);

	if (value != NULL && JB_ROOT_IS_SCALAR(value))
		(void) JsonbExtractScalar(&value->root, &scalar);
	if (scalar.type == jbvString)
		expected = pnstrdup(scalar.val.string.val, (Size) scalar.val.string.len);
	else if (scalar.type == jbvNumeric)
		expected = DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(scalar.val.numeric)));
	if (got.isnull != (expected == NULL) ||
		(expected != NULL && strcmp(expected, text_to_cstring(DatumGetTextPP(got.value))) != 0))
		complain(&arguments, "the id is %s, not %s",
				 got.isnull ? "null" : text_to_cstring(DatumGetTextPP(got.value)),
				 expected == NULL ? "null" : expected);
}

/*
 * The same path for the functions on arrays of the operator family.
 */
static void
TryArrays(Input *input, const Document *document, int operation)
{
	Arguments	arguments = {0};
	Arguments  *to = &arguments;
	Jsonb	   *element = make_object(input, NULL, document->match_key, document->match_value);

	AddJsonb(input, to, document->value);
	if (operation < 2)
	{
		AddMatch(input, to, document);
		if (operation == 0)
		{
			CheckWriter(jsonb_array_delete_where, DeleteWhere, to);
			return;
		}
		AddJsonb(input, to, element);
		CheckWriter(update_multi_row, UpdateWhere, to);
		return;
	}
	AddPath(to);
	if (operation == 2)
	{
		AddJsonb(input, to, element);
		add_text(to, document->match_key, strlen(document->match_key), false);
		add_null(to);
		if (chance(input, 50))
			add_int(to, choose(input, 10));
		else
			add_null(to);
		CheckWriter(jsonb_array_insert_where, InsertWhere, to);
		return;
	}
	add_text(to, document->match_key, strlen(document->match_key), false);
	if (operation == 3 && JB_ROOT_IS_SCALAR(document->match_value))
	{
		AddJsonb(input, to, array_of_one(element));
		CheckWriter(jsonb_array_update_where_batch, UpdateWhereBatch, to);
	}
	else
	{
		AddJsonb(input, to, vary_value(input, document->focus));
		CheckWriter(jsonb_array_reconcile, Reconcile, to);
	}
}

/*
 * And for those on what is at the path.
 */
static void
TryPaths(Input *input, const Document *document, int operation)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	AddPath(&arguments);
	switch (operation)
	{
		case 0:
			AddJsonb(input, &arguments, make_value(input));
			CheckWriter(jsonb_set_path, SetPath, &arguments);
			break;
		case 1:
			CheckWriter(jsonb_remove_path, RemovePath, &arguments);
			break;
		default:
			add_number(&arguments, "0.5");
			CheckWriter(jsonb_increment, IncrementAt, &arguments);
			break;
	}
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	Arguments	arguments = {0};
	int			operation = choose(&input, 10);
	Input		before = input;
	Document	document = make_document(&input, operation < 3 ? FOCUS_OBJECT : FOCUS_RECORDS);
	bool		same;

	MakeSteps(&input, document.value, document.path);
	AddJsonb(&input, &arguments, document.value);
	if (operation < 3)
	{
		AddJsonb(&input, &arguments, make_object(&input, document.focus, NULL, NULL));
		AddPath(&arguments);
		CheckWriter(jsonb_merge_at_path, MergeAtPath, &arguments);
	}
	else if (operation < 6)
	{
		AddMatch(&input, &arguments, &document);
		AddJsonb(&input, &arguments, make_object(&input, NULL, NULL, NULL));
		CheckWriter(jsonb_array_update_where, UpdateWhere, &arguments);
	}
	else if (operation < 8)
	{
		AddMatch(&input, &arguments, &document);
		AddJsonb(&input, &arguments, make_object(&input, NULL, document.match_key, document.match_value));
		CheckWriter(jsonb_array_upsert_where, UpsertWhere, &arguments);
	}
	else
	{
		Arguments	two = {0};

		AddMatch(&input, &arguments, &document);
		if (chance(&input, 50))
			store_argument(&arguments, 0);
		compare_readers(jsonb_array_contains_id, ContainsId, &arguments);

		AddJsonb(&input, &two, document.value);
		AddJsonb(&input, &two, make_variant(&input, FOCUS_RECORDS, before, &same).value);
		AddPath(&two);
		if (chance(&input, 50))
			store_argument(&two, 0);
		compare_readers(jsonb_has_path_changed, HasPathChanged, &two);
		CheckExtract(&input, &document);

		/* The answers are what they are for. */
		set_reached_writer(true);
	}
	if (document.match_key != NULL && chance(&input, 60))
		TryArrays(&input, &document, choose(&input, 5));
	else
		TryPaths(&input, &document, choose(&input, 3));
}

const Target target_selectors = {"selectors", Run, NULL};
