/*
 * sweep.c
 *	  Every single flipped bit and every truncation of chosen values, with each
 *	  function, as its target and as each other argument.
 *
 * Not for the fuzzer: ../sweep.c goes through all of it.  An input is a SweepCase.
 */
#include "../sweep.h"

#include "../cases.h"
#include "../core.h"
#include "../image.h"
#include "../judge.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "verify.h"

/*
 * A value, and ways into it.  Where "match" is null, nothing in it is meant to be
 * found.
 */
typedef struct Subject
{
	const char *json;
	const char *object;			/* the elements of a path, with spaces between */
	const char *array;
	const char *key;
	const char *match;
} Subject;

static const Subject subjects[] = {
	/* empty containers and scalars */
	{"{}", "", "a", "id", NULL},
	{"[]", "0", "", "id", NULL},
	{"\"text\"", "", "", "id", NULL},
	{"-12345.6789", "", "", "id", NULL},
	{"null", "a b", "a", "id", NULL},
	/* one pair, one element, the padding between */
	{"{\"id\":1}", "", "list", "id", NULL},
	{"{\"a\":\"x\",\"l\":[{\"id\":\"xyz\",\"v\":true}],\"n\":7}", "", "l", "id", "\"xyz\""},
	{"[{\"id\":1},{\"id\":2.0,\"n\":null}]", "1", "", "id", "2"},
	/* keys of all lengths, of which some are equal in length */
	{"{\"\":0,\"a\":1,\"b\":\"\",\"bb\":{\"c\":[]},\"bc\":[{}],\"ccc\":1e20,\"id\":5}", "bb", "bc",
	"id", NULL},
	/* 31, 32, 33, 64 and 65 elements */
	{"@31", "30", "", "id", "29"},
	{"@32", "31", "", "id", "31"},
	{"@33", "32", "", "id", "32"},
	{"{\"l\":@65,\"m\":@1}", "l 64", "l", "id", "64"},

	/*
	 * an edit at the front moves two strides that are kept, one beyond byte
	 * 900
	 */
	{"%97", "0", "", "id", "0"},
	/* 16, 17 and 33 pairs, so that keys and values have borders in them */
	{"#16", "", "k15", "k1", NULL},
	{"{\"a\":#17,\"b\":[#17]}", "a", "b", "k1", "1"},
	{"#33", "k", "k32", "k1", NULL},
	/* nested, objects and arrays */
	{"{\"a\":{\"b\":{\"c\":{\"d\":{\"l\":[[{\"id\":1}],2]}}}}}", "a b c d", "a b c d l 0", "id", "1"},
	{"[[[[{\"k\":[{\"id\":true}]}]]],[],[[]]]", "0 0 0 0", "0 0 0 0 k", "id", "true"},
	/* numbers in both formats, with many digits, and what a search compares */
	{"[{\"id\":0.00},{\"id\":1e-80},{\"id\":123456789012345678901234567890.1234567890},"
	"{\"id\":1.10}]", "3", "", "id", "1.1"},
	/* strings of more than one byte a character, and long ones */
	{"{\"l\":[{\"id\":\"\303\251\342\202\254\360\235\204\236\"},{\"id\":\"$\"}],\"t\":\"$\"}", "l 0",
	"l", "id", "\"$\""},
	/* a patch, and a list of updates */
	{"[{\"op\":\"add\",\"path\":\"/l/1\",\"value\":{\"id\":7}},{\"op\":\"move\",\"from\":\"/l/0\",\"path\":[\"a\",\"n\"]},"
		"{\"op\":\"update_where\",\"path\":[\"l\"],\"key\":\"id\",\"value\":5,\"updates\":{\"a\":{}}},"
	"{\"op\":\"increment\",\"path\":[\"a\",\"b\",\"n\"],\"value\":1.5}]", "0 value", "1 path", "op", NULL},
	{"[{\"match_value\":5,\"updates\":{\"a\":[true]}},{\"id\":1,\"k\":{}}]", "0 updates", "", "id", "1"},
};

/* A subject, made once.  It all stays. */
typedef struct Prepared
{
	Jsonb	   *value;
	Jsonb	   *match;
	Jsonb	   *element;		/* for an upsert: it has the match */
	ArrayType  *object;
	ArrayType  *array;
	Suspect		suspect;		/* without its document */
	char	   *streams[NFORMS];	/* NULL where there is none */
	Size		sizes[NFORMS];
} Prepared;

static Prepared prepared[lengthof(subjects)];

SweepCounts sweep_counts;

/*
 * The text of a subject: in it, @N is an array of N elements, some of them records,
 * %N one of a record and strings of 15 bytes, #N an object of N pairs, and $ a long
 * string.
 */
static char *
Expand(const char *pattern)
{
	StringInfoData json;

	initStringInfo(&json);
	for (const char *at = pattern; *at != '\0'; at++)
	{
		int			count = atoi(at + 1);

		if (*at == '$')
		{
			for (int i = 0; i < 90; i++)
				appendStringInfoChar(&json, (char) ('a' + i * i % 26));
			continue;
		}
		if (strchr("@%#", *at) == NULL)
		{
			appendStringInfoChar(&json, *at);
			continue;
		}
		appendStringInfoChar(&json, *at == '#' ? '{' : '[');
		for (int i = 0; i < count; i++)
		{
			static const char *const others[] = {"null", "\"\"", "true", "\"st\"", "7"};

			appendStringInfoString(&json, i > 0 ? "," : "");
			if (*at == '#')
				appendStringInfo(&json, "\"k%d\":", i);
			if (*at != '#' && (i == 0 || (*at == '@' && i >= count - 2)))
				appendStringInfo(&json, "{\"id\":%d}", i);
			else if (*at == '%')
				appendStringInfo(&json, "\"string %8d\"", i);
			else if (*at == '#' && i == 15)
				appendStringInfoString(&json, "[]");
			else
				appendStringInfoString(&json, *at == '#' && i == 1 ? "1" :
									   others[i % (int) lengthof(others)]);
		}
		appendStringInfoChar(&json, *at == '#' ? '}' : ']');
		at += strspn(at + 1, "0123456789");
	}
	return json.data;
}

static List *
SplitPath(const char *words)
{
	List	   *path = NIL;
	char	   *copy = pstrdup(words);

	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		path = lappend(path, word);
	return path;
}

static ArrayType *
ParsePath(const char *words)
{
	return path_array(SplitPath(words));
}

/* The subject as the case has it. */
typedef struct Damaged
{
	char	   *bytes;
	Size		size;
	Form		form;
} Damaged;

static void
AddDamaged(Arguments *arguments, const Damaged *damaged)
{
	if (damaged->form == FORM_PLAIN)
		add_payload(arguments, damaged->bytes, damaged->size, FORM_PLAIN);
	else
		add_stream(arguments, damaged->bytes, damaged->size, damaged->form);
}

static void
AddSuspect(Arguments *arguments, const Suspect *suspect)
{
	AddDamaged(arguments, suspect->document);
}

static const Prepared *
Prepare(uint32 index)
{
	const Subject *subject = &subjects[index];
	Prepared   *ready = &prepared[index];
	MemoryContext caller;
	const char *match;

	if (ready->value != NULL)
		return ready;
	caller = MemoryContextSwitchTo(TopMemoryContext);
	match = subject->match != NULL ? Expand(subject->match) : "1";
	ready->value = parse_json(Expand(subject->json));
	ready->match = parse_json(match);
	ready->element = parse_json(psprintf("{\"%s\":%s,\"n\":null}", subject->key, match));
	ready->object = ParsePath(subject->object);
	ready->array = ParsePath(subject->array);
	ready->suspect = (Suspect)
	{
		.add = AddSuspect,
			.other = ready->value,
			.other_json = print_json(ready->value),
			.object = SplitPath(subject->object),
			.array = SplitPath(subject->array),
			.key = subject->key,
			.key_length = strlen(subject->key),
			.match = ready->match,
			.match_json = match
	};
	ready->streams[FORM_PLAIN] = VARDATA(ready->value);
	ready->sizes[FORM_PLAIN] = VARSIZE(ready->value) - VARHDRSZ;
	for (Form form = FORM_PGLZ; form <= FORM_LZ4; form++)
		ready->sizes[form] = compress_payload(VARDATA(ready->value),
											  VARSIZE(ready->value) - VARHDRSZ, form,
											  &ready->streams[form]);
	MemoryContextSwitchTo(caller);
	return ready;
}

int
sweep_subjects(void)
{
	return lengthof(subjects);
}

const char *
sweep_json(uint32 subject)
{
	return subjects[subject].json;
}

/*
 * How many bytes there are to damage, or 0 if there is no such form.
 */
Size
sweep_size(uint32 subject, Form form)
{
	return Prepare(subject)->sizes[form];
}

/*
 * Whether there is such a case.  A stream keeps its header's length, which is the
 * datum's own, and claims no more than can be tried in time.
 */
bool
sweep_has(const SweepCase *sweep_case)
{
	uint32		first = sweep_case->form == FORM_PLAIN ? 0 : VARHDRSZ;

	if (sweep_case->damage == DAMAGE_CUT)
		return sweep_case->form == FORM_PLAIN || sweep_case->at >= COMPRESSED_HEADER;
	if (sweep_case->form != FORM_PLAIN &&
		sweep_case->at >= VARHDRSZ * 8 + STREAM_CLAIM_BITS && sweep_case->at < VARHDRSZ * 8 + 30)
		return false;
	return sweep_case->at >= first * 8;
}

static void
AddKey(Arguments *arguments, const char *key)
{
	add_text(arguments, key, strlen(key), false);
}

static void
CountError(int sqlstate)
{
	for (int i = 0; i < (int) lengthof(sweep_counts.errors); i++)
	{
		if (sweep_counts.errors[i].count == 0)
			sweep_counts.errors[i].sqlstate = sqlstate;
		if (sweep_counts.errors[i].sqlstate != sqlstate)
			continue;
		sweep_counts.errors[i].count++;
		return;
	}
	abort();
}

static void
Try(PGFunction function, const Arguments *arguments)
{
	Outcome		outcome = judge_call(function, arguments);

	sweep_counts.calls++;
	if (outcome.failed)
		CountError(outcome.sqlstate);
	else if (!returns_document(function))
		sweep_counts.answers++;
	else if (DatumGetPointer(outcome.value) == DatumGetPointer(arguments->given[0].value))
		sweep_counts.unchanged++;
	else
		sweep_counts.written++;
}

static void
TryAsTarget(const Damaged *damaged, const Subject *subject, const Prepared *ready)
{
	Arguments	merge = {0};
	Arguments	update = {0};
	Arguments	upsert = {0};
	Arguments	from = {0};
	Arguments	to = {0};

	AddDamaged(&merge, damaged);
	add_jsonb(&merge, parse_json("{\"a\":1,\"id\":[],\"k7\":\"x\"}"), FORM_PLAIN);
	add_array(&merge, ready->object);
	Try(jsonb_merge_at_path, &merge);

	AddDamaged(&update, damaged);
	add_array(&update, ready->array);
	AddKey(&update, subject->key);
	add_jsonb(&update, ready->match, FORM_PLAIN);
	add_jsonb(&update, parse_json("{\"a\":1,\"new\":[true]}"), FORM_PLAIN);
	Try(jsonb_array_update_where, &update);

	AddDamaged(&upsert, damaged);
	add_array(&upsert, ready->array);
	AddKey(&upsert, subject->key);
	add_jsonb(&upsert, ready->match, FORM_PLAIN);
	add_jsonb(&upsert, ready->element, FORM_PLAIN);
	Try(jsonb_array_upsert_where, &upsert);

	AddDamaged(&from, damaged);
	add_jsonb(&from, ready->value, FORM_PLAIN);
	add_array(&from, path_array(NIL));
	Try(jsonb_has_path_changed, &from);

	add_jsonb(&to, ready->value, FORM_PLAIN);
	AddDamaged(&to, damaged);
	add_array(&to, ready->array);
	Try(jsonb_has_path_changed, &to);
}

/*
 * The functions that only ask.
 */
static void
TryReaders(const Damaged *damaged, const Subject *subject, const Prepared *ready)
{
	Arguments	contains = {0};
	Arguments	any = {0};
	Arguments	id = {0};
	Arguments	extract = {0};
	Arguments	verify = {0};

	AddDamaged(&contains, damaged);
	add_array(&contains, ready->array);
	AddKey(&contains, subject->key);
	add_jsonb(&contains, ready->match, FORM_PLAIN);
	Try(jsonb_array_contains_id, &contains);

	AddDamaged(&any, damaged);
	add_array(&any, ParsePath("[*] [*]"));
	AddKey(&any, subject->key);
	add_jsonb(&any, ready->match, FORM_PLAIN);
	Try(jsonb_array_contains_id, &any);

	add_jsonb(&id, ready->value, FORM_PLAIN);
	add_array(&id, ready->array);
	AddKey(&id, subject->key);
	AddDamaged(&id, damaged);
	Try(jsonb_array_contains_id, &id);

	AddDamaged(&extract, damaged);
	AddKey(&extract, subject->key);
	Try(jsonb_extract_id, &extract);

	AddDamaged(&verify, damaged);
	Try(jsonb_verify, &verify);
}

static void
TryAsArgument(const Damaged *damaged, const Subject *subject, const Prepared *ready)
{
	Jsonb	   *target = parse_json("{\"l\":[{\"id\":1,\"k\":\"x\"},{\"k1\":1},{\"id\":5}],\"a\":1}");
	ArrayType  *list = path_array(list_make1(pstrdup("l")));
	Arguments	merge = {0};
	Arguments	updates = {0};
	Arguments	match = {0};
	Arguments	element = {0};

	add_jsonb(&merge, target, FORM_PLAIN);
	AddDamaged(&merge, damaged);
	add_array(&merge, path_array(NIL));
	Try(jsonb_merge_at_path, &merge);

	add_jsonb(&updates, target, FORM_PLAIN);
	add_array(&updates, list);
	AddKey(&updates, "id");
	add_jsonb(&updates, parse_json("1"), FORM_PLAIN);
	AddDamaged(&updates, damaged);
	Try(jsonb_array_update_where, &updates);

	/* An array that has the value in it, so that all of both is compared. */
	add_jsonb(&match, DatumGetJsonbP(DirectFunctionCall4(jsonb_set,
														 JsonbPGetDatum(parse_json("[{\"id\":1}]")),
														 PointerGetDatum(ParsePath("0 id")),
														 JsonbPGetDatum(ready->value),
														 BoolGetDatum(true))),
			  FORM_PLAIN);
	add_array(&match, path_array(NIL));
	AddKey(&match, "id");
	AddDamaged(&match, damaged);
	add_jsonb(&match, parse_json("{\"a\":1}"), FORM_PLAIN);
	Try(jsonb_array_update_where, &match);

	add_jsonb(&element, target, FORM_PLAIN);
	add_array(&element, list);
	AddKey(&element, subject->key);
	add_jsonb(&element, parse_json(strcmp(subject->key, "id") == 0 ? "5" : "1"), FORM_PLAIN);
	AddDamaged(&element, damaged);
	Try(jsonb_array_upsert_where, &element);
}

/* Of this size on, a document is so much like itself that some of the bits will do. */
#define LARGE_SIZE	150
#define LARGE_SHARE	8

/*
 * The operator family.  A stream is read by the same code for each of them, so of those
 * every one gets its share of the damages.  In a large document each gets one of the
 * bits of every byte.
 */
static void
TryCases(const Damaged *damaged, const Prepared *ready, uint32 at)
{
	Suspect		suspect = ready->suspect;
	uint32		count = (uint32) count_cases();
	uint32		share = damaged->form != FORM_PLAIN ? count :
		damaged->size < LARGE_SIZE ? 1 : LARGE_SHARE;

	suspect.document = damaged;
	for (uint32 i = 0; i < count; i++)
	{
		Arguments	arguments = {0};
		PGFunction	function;

		if ((i + at + at / 8) % share != 0)
			continue;
		function = make_case((int) i, &suspect, &arguments);
		Try(function, &arguments);
	}
}

static bool
IsSound(const Damaged *damaged)
{
	Size		offset;

	return damaged->form == FORM_PLAIN && jbi_verify(damaged->bytes, damaged->size, &offset) == NULL;
}

static void
Run(const uint8 *data, size_t size)
{
	SweepCase	sweep_case;
	const Prepared *ready;
	Damaged		damaged;

	if (size != sizeof(sweep_case))
		return;
	memcpy(&sweep_case, data, size);
	ready = Prepare(sweep_case.subject);
	damaged.form = (Form) sweep_case.form;
	damaged.size = ready->sizes[damaged.form];
	damaged.bytes = palloc(damaged.size);
	memcpy(damaged.bytes, ready->streams[damaged.form], damaged.size);
	if (sweep_case.damage == DAMAGE_FLIP)
		damaged.bytes[sweep_case.at / 8] ^= (char) (1 << sweep_case.at % 8);
	else if (sweep_case.damage == DAMAGE_CUT)
	{
		damaged.size = sweep_case.at;
		if (damaged.form != FORM_PLAIN)
			SET_VARSIZE_COMPRESSED(damaged.bytes, damaged.size);
	}
	judge_as_sound(sweep_case.damage == DAMAGE_NONE || IsSound(&damaged));
	TryAsTarget(&damaged, &subjects[sweep_case.subject], ready);
	TryReaders(&damaged, &subjects[sweep_case.subject], ready);
	TryAsArgument(&damaged, &subjects[sweep_case.subject], ready);
	TryCases(&damaged, ready, sweep_case.at);
}

const Target target_sweep = {"sweep", Run, NULL};
