/*-------------------------------------------------------------------------
 *
 * cases.c
 *	  Calls of the operator family with a document that may be damaged.
 *
 * Every function is called with it as its target and as each other jsonb argument.
 * The other arguments are made so that they lead to where something is; what the
 * table has for them is explained there.
 *
 *-------------------------------------------------------------------------
 */
#include "cases.h"

#include "core.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"

typedef struct Case
{
	PGFunction	function;
	const char *arguments[MAX_ARGUMENTS];
} Case;

/* A document for others to be put into. */
#define TARGET	"j{\"l\":[{\"id\":1,\"k\":\"x\"},{\"k1\":1},{\"id\":5},7],\"a\":{\"b\":{\"n\":1}},\"k1\":1}"

/* What meets the objects that the sweep has. */
#define NESTED	"j{\"a\":{\"b\":{\"c\":{\"d\":{\"x\":1,\"l\":null}}},\"k1\":{},\"k7\":null},\"bb\":{\"c\":[],\"n\":{\"x\":null}},\"id\":null}"

/*
 * The first character of an argument says what it is:
 *
 *		$	the document			v	the one that is like it
 *		m	the match				k	the key
 *		j	a document				p	a path, its elements with spaces between
 *		l	paths, with bars between
 *		t	text					n	a number
 *		i	an int					-	null
 *
 * In what follows it, these stand for something:
 *
 *		%k	the key, in JSON		%m	the match, in JSON
 *		%s	a selector of both, in JSON
 *		%a %o	the path to the array and to the object, in JSON with a comma behind
 *			each element; of a path that many elements
 *		%A	the path to the array, in JSON
 *		%v	the one that is like it
 *		%P %O	both as JSON Pointers
 */
static const Case cases[] = {
	{jsonb_merge_shallow, {"$", "j{\"a\":1,\"id\":[],\"k7\":\"x\"}"}},
	{jsonb_merge_shallow, {TARGET, "$"}},
	{jsonb_deep_merge, {"$", NESTED}},
	{jsonb_deep_merge, {TARGET, "$"}},
	{jsonb_deep_merge, {"$", "v"}},

	{jsonb_set_path, {"$", "p%o new deep", "j[1]"}},
	{jsonb_set_path, {"$", "p%a [*]", "j\"x\""}},
	{jsonb_set_path, {"$", "p%a [-]", "j{\"n\":1}"}},
	{jsonb_set_path, {TARGET, "pa b [-]", "$"}},
	{jsonb_remove_path, {"$", "p%a [*]"}},
	{jsonb_remove_path, {"$", "p%a %s"}},
	{jsonb_increment, {"$", "p%a %s %k", "n1.25"}},
	{jsonb_increment, {"$", "p%a [*] %k", "n-1"}},
	{jsonb_graft, {"$", "j{\"l\":[],\"a\":{\"x\":1}}", "l%o x|%a 0|a x|l"}},
	{jsonb_graft, {TARGET, "$", "l%o|%a 0|%a %s|l"}},
	{jsonb_graft, {"$", "v", "l%o|%a %s|%a"}},

	{jsonb_merge_patch, {"$", NESTED}},
	{jsonb_merge_patch, {TARGET, "$"}},
	{jsonb_merge_patch, {"$", "v"}},
	{jsonb_merge_diff, {"$", "v"}},
	{jsonb_merge_diff, {"v", "$"}},
	{jsonb_merge_diff, {"j{}", "$"}},

	{jsonb_array_delete_where, {"$", "p%a", "k", "m"}},
	{jsonb_array_delete_where, {"j[{\"id\":%v}]", "p", "tid", "$"}},
	{jsonb_array_insert_where, {"$", "p%a", "j{\"%k\":%m,\"n\":1}", "k", "tDESC", "i3"}},
	{jsonb_array_insert_where, {"$", "p%a", "j{\"%k\":{\"a\":[]}}", "k", "-", "-"}},
	{jsonb_array_insert_where, {TARGET, "pl", "$", "tid", "-", "-"}},
	{jsonb_array_update_where_batch,
	{"$", "p%a", "k", "j[{\"match_value\":%m,\"updates\":{\"a\":1,\"new\":[true]}},{\"%k\":1,\"x\":2}]"}},
	{jsonb_array_update_where_batch, {TARGET, "pl", "tid", "$"}},
	{update_multi_row, {"$", "p%a", "k", "m", "j{\"a\":1,\"new\":[true]}"}},
	{update_multi_row, {"j[{\"id\":%v}]", "p", "tid", "$", "j{\"a\":1}"}},
	{update_multi_row, {TARGET, "pl", "tid", "j5", "$"}},
	{jsonb_array_reconcile, {"$", "p%a", "k", "j[{\"%k\":1},{\"%k\":%m,\"n\":1},{\"%k\":%m},7]"}},
	{jsonb_array_reconcile, {"v", "p", "k", "$"}},
	{jsonb_array_reconcile, {"$", "p", "k", "v"}},
	{jsonb_array_reconcile, {TARGET, "pl", "tid", "$"}},

	{jsonb_patch, {"$", "j[{\"op\":\"add\",\"path\":\"%O/new\",\"value\":{\"x\":1}},"
			"{\"op\":\"copy\",\"from\":\"%P\",\"path\":\"%O/copy\"},"
			"{\"op\":\"move\",\"from\":\"%O/new\",\"path\":\"%O/moved\"},"
	"{\"op\":\"test\",\"path\":\"%O/copy\",\"value\":[]}]"}},
	{jsonb_patch, {"$", "j[{\"op\":\"move\",\"from\":\"%P/0\",\"path\":\"%P/-\"},"
			"{\"op\":\"remove\",\"path\":\"%P/0\"},{\"op\":\"add\",\"path\":\"%P/0\",\"value\":[]},"
	"{\"op\":\"replace\",\"path\":[%a\"[*]\"],\"value\":0}]"}},
	{jsonb_patch, {"$", "j[{\"op\":\"upsert\",\"path\":%A,\"key\":\"%k\",\"value\":{\"%k\":%m,\"z\":1}},"
			"{\"op\":\"update_where\",\"path\":%A,\"key\":\"%k\",\"value\":%m,\"updates\":{\"y\":{}}},"
			"{\"op\":\"deep_merge\",\"path\":[%a\"%s\"],\"value\":{\"y\":{\"x\":{}},\"a\":{\"b\":{}}}},"
			"{\"op\":\"increment\",\"path\":[%a\"%s\",\"y\",\"i\"]},"
	"{\"op\":\"delete_where\",\"path\":%A,\"key\":\"%k\",\"value\":%m}]"}},
	{jsonb_patch, {"$", "j[{\"op\":\"remove\",\"path\":[%a\"%s\"]},"
	"{\"op\":\"increment\",\"path\":[%a\"[*]\",\"%k\"]}]"}},
	{jsonb_patch, {TARGET, "$"}},
	{jsonb_diff, {"$", "v"}},
	{jsonb_diff, {"v", "$"}},
	{jsonb_diff, {"j{}", "$"}},

	{merge_agg, {"j{\"k1\":1,\"a\":{}}", "$"}},
	{deep_merge_agg, {NESTED, "$", "v"}},
	{deep_merge_agg, {"$", NESTED}},
};

int
count_cases(void)
{
	return lengthof(cases);
}

/*
 * Whether the document is what the function is called for.
 */
bool
case_has_target(int number)
{
	return cases[number].arguments[0][0] == '$';
}

/*
 * As in a JSON string, without the quotes.
 */
static char *
EscapeJson(const char *text)
{
	StringInfoData json;

	initStringInfo(&json);
	escape_json(&json, text);
	json.data[json.len - 1] = '\0';
	return json.data + 1;
}

/*
 * A key that is no text cannot be written.
 */
static const char *
KeyText(const Suspect *suspect)
{
	if (!pg_verify_mbstr(GetDatabaseEncoding(), suspect->key, (int) suspect->key_length, true))
		return "id";
	return pnstrdup(suspect->key, suspect->key_length);
}

static char *
SelectorText(const Suspect *suspect)
{
	StringInfoData key;

	initStringInfo(&key);
	escape_json(&key, KeyText(suspect));
	return psprintf("[%s=%s]", key.data, suspect->match_json);
}

static char *
PathJson(const List *path)
{
	StringInfoData json;
	ListCell   *cell;

	initStringInfo(&json);
	foreach(cell, path)
	{
		escape_json(&json, lfirst(cell));
		appendStringInfoChar(&json, ',');
	}
	return json.data;
}

static char *
PointerText(const List *path)
{
	StringInfoData pointer;
	ListCell   *cell;

	initStringInfo(&pointer);
	foreach(cell, path)
	{
		appendStringInfoChar(&pointer, '/');
		for (const char *at = lfirst(cell); *at != '\0'; at++)
		{
			if (*at == '~' || *at == '/')
				appendStringInfoString(&pointer, *at == '~' ? "~0" : "~1");
			else
				appendStringInfoChar(&pointer, *at);
		}
	}
	return EscapeJson(pointer.data);
}

/*
 * What the letter behind a percent sign stands for in JSON.
 */
static char *
JsonOf(char letter, const Suspect *suspect)
{
	char	   *json;

	switch (letter)
	{
		case 'k':
			return EscapeJson(KeyText(suspect));
		case 'm':
			return pstrdup(suspect->match_json);
		case 's':
			return EscapeJson(SelectorText(suspect));
		case 'v':
			return pstrdup(suspect->other_json);
		case 'a':
			return PathJson(suspect->array);
		case 'o':
			return PathJson(suspect->object);
		case 'A':
			json = PathJson(suspect->array);
			if (*json != '\0')
				json[strlen(json) - 1] = '\0';
			return psprintf("[%s]", json);
		case 'P':
			return PointerText(suspect->array);
		case 'O':
			return PointerText(suspect->object);
	}
	abort();
}

static Jsonb *
MakeJson(const char *pattern, const Suspect *suspect)
{
	StringInfoData json;

	initStringInfo(&json);
	for (; *pattern != '\0'; pattern++)
	{
		if (*pattern == '%')
			appendStringInfoString(&json, JsonOf(*++pattern, suspect));
		else
			appendStringInfoChar(&json, *pattern);
	}
	return parse_json(json.data);
}

static List *
MakePath(const char *pattern, const Suspect *suspect)
{
	List	   *path = NIL;
	char	   *copy = pstrdup(pattern);
	char	   *rest;

	for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
	{
		if (strcmp(word, "%a") == 0)
			path = list_concat(path, suspect->array);
		else if (strcmp(word, "%o") == 0)
			path = list_concat(path, suspect->object);
		else if (strcmp(word, "%k") == 0)
			path = lappend(path, unconstify(char *, KeyText(suspect)));
		else if (strcmp(word, "%s") == 0)
			path = lappend(path, SelectorText(suspect));
		else
			path = lappend(path, word);
	}
	return path;
}

/*
 * Paths as texts of arrays.
 */
static List *
MakePaths(const char *pattern, const Suspect *suspect)
{
	List	   *paths = NIL;
	char	   *copy = pstrdup(pattern);
	char	   *rest;

	for (char *part = strtok_r(copy, "|", &rest); part != NULL; part = strtok_r(NULL, "|", &rest))
		paths = lappend(paths, path_text(MakePath(part, suspect)));
	return paths;
}

static void
AddArgument(Arguments *arguments, const char *argument, const Suspect *suspect)
{
	const char *rest = argument + 1;

	switch (*argument)
	{
		case '$':
			suspect->add(arguments, suspect);
			break;
		case 'v':
			add_jsonb(arguments, suspect->other, FORM_PLAIN);
			break;
		case 'm':
			add_jsonb(arguments, suspect->match, FORM_PLAIN);
			break;
		case 'k':
			add_text(arguments, suspect->key, suspect->key_length, false);
			break;
		case 'j':
			add_jsonb(arguments, MakeJson(rest, suspect), FORM_PLAIN);
			break;
		case 'p':
			add_array(arguments, path_array(MakePath(rest, suspect)));
			break;
		case 'l':
			add_array(arguments, path_array(MakePaths(rest, suspect)));
			break;
		case 't':
			add_text(arguments, rest, strlen(rest), false);
			break;
		case 'n':
			add_number(arguments, rest);
			break;
		case 'i':
			add_int(arguments, atoi(rest));
			break;
		case '-':
			add_null(arguments);
			break;
		default:
			abort();
	}
}

/*
 * The arguments of a call, and the function that takes them.
 */
PGFunction
make_case(int number, const Suspect *suspect, Arguments *arguments)
{
	const Case *made = &cases[number];

	for (int i = 0; i < MAX_ARGUMENTS && made->arguments[i] != NULL; i++)
		AddArgument(arguments, made->arguments[i], suspect);
	return made->function;
}
