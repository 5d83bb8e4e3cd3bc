/*-------------------------------------------------------------------------
 *
 * selector.c
 *	  Reads the elements of a path that meet an array.  path.h says what there is.
 *
 *-------------------------------------------------------------------------
 */
#include "path.h"

#include "common/jsonapi.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

/* What a text is in JSON. */
typedef enum JsonForm
{
	NO_JSON,
	JSON_SCALAR,
	JSON_CONTAINER
} JsonForm;

static void *
Allocate(const JbiPath *path, Size size)
{
	return path->scratch != NULL ? jbi_scratch_alloc(path->scratch, size) :
		MemoryContextAlloc(path->context, size);
}

/*
 * Keep what one of core's functions has just made.
 */
static struct varlena *
Keep(const JbiPath *path, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	return path->scratch != NULL ? jbi_scratch_remember(path->scratch, value) : value;
}

/*
 * Read an array index the way core does, which is what strtoint() takes.
 */
static bool
ReadIndex(JbiString element, int *number)
{
	char		buffer[32];
	char	   *copy = element.len < sizeof(buffer) ? buffer : palloc((Size) element.len + 1);
	char	   *end;
	bool		parsed;

	jbi_copy_bytes(copy, element.bytes, element.len);
	copy[element.len] = '\0';
	errno = 0;
	*number = strtoint(copy, &end, 10);
	parsed = end != copy && *end == '\0' && errno == 0;
	if (copy != buffer)
		pfree(copy);
	return parsed;
}

static bool
IsDigit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
Equals(JbiString text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.bytes, word, text.len) == 0;
}

/*
 * Whether the text is a number that JSON has no other way to write, the most
 * frequent value.
 */
static bool
IsInteger(JbiString text)
{
	uint32		first = text.len > 0 && text.bytes[0] == '-' ? 1 : 0;

	if (first == text.len || (text.bytes[first] == '0' && text.len > first + 1))
		return false;
	for (uint32 i = first; i < text.len; i++)
		if (!IsDigit(text.bytes[i]))
			return false;
	return true;
}

/*
 * Whether JSON could begin like this, so that a parser has to tell.
 */
static bool
MayBeJson(JbiString text)
{
	return text.len > 0 && (IsDigit(text.bytes[0]) || strchr("-\"tfn{[ \t\r\n", text.bytes[0]) != NULL);
}

/*
 * Ask core's parser, which does not raise its errors here.
 */
static JsonForm
FormOf(JbiString text)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "jsonb_ivm selector",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	JsonLexContext *lex = jbi_json_lexer(text.bytes, (int) text.len);
	JsonForm	form = NO_JSON;
	uint32		first = 0;

	if (pg_parse_json(lex, &nullSemAction) == JSON_SUCCESS)
	{
		while (strchr(" \t\r\n", text.bytes[first]) != NULL)
			first++;
		form = text.bytes[first] == '{' || text.bytes[first] == '[' ? JSON_CONTAINER : JSON_SCALAR;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return form;
}

/*
 * A text that was found to be JSON, as a value.
 */
static JbiValue
ParseJson(const JbiPath *path, JbiString text)
{
	char	   *copy = pnstrdup(text.bytes, text.len);
	Datum		document = DirectFunctionCall1(jsonb_in, CStringGetDatum(copy));

	pfree(copy);
	return jbi_root_value((Jsonb *) Keep(path, document));
}

static JbiValue
ParseInteger(const JbiPath *path, JbiString text)
{
	char	   *copy = pnstrdup(text.bytes, text.len);
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(copy),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	JbiValue	value = {.type = JENTRY_ISNUMERIC};

	pfree(copy);
	value.bytes = value.doc = (const char *) Keep(path, number);
	value.len = VARSIZE(value.bytes);
	return value;
}

/*
 * The value of a selector.  False if it is a container.
 */
static bool
ReadValue(const JbiPath *path, JbiString text, JbiValue *value)
{
	JsonForm	form = NO_JSON;

	if (IsInteger(text))
	{
		*value = ParseInteger(path, text);
		return true;
	}
	if (MayBeJson(text))
		form = FormOf(text);
	if (form == JSON_SCALAR)
		*value = ParseJson(path, text);
	else
		*value = (JbiValue)
	{
		.type = JENTRY_ISSTRING, .bytes = text.bytes, .len = text.len, .doc = text.bytes
	};
	return form != JSON_CONTAINER;
}

/*
 * The key that a selector begins with, and what comes behind it.
 */
static bool
ReadKey(const JbiPath *path, JbiString *text, JbiString *key)
{
	uint32		end = 0;
	JbiString	quoted;
	JbiValue	value;

	if (text->len > 0 && text->bytes[0] == '"')
	{
		for (end = 1; end < text->len && text->bytes[end] != '"'; end++)
			if (text->bytes[end] == '\\')
				end++;
		if (end >= text->len)
			return false;
		end++;
		quoted = (JbiString)
		{
			text->bytes, end
		};
		if (FormOf(quoted) != JSON_SCALAR)
			return false;
		value = ParseJson(path, quoted);
		*key = (JbiString)
		{
			value.bytes, value.len
		};
	}
	else
	{
		while (end < text->len && strchr("=]\"", text->bytes[end]) == NULL)
			end++;
		*key = (JbiString)
		{
			text->bytes, end
		};
	}
	*text = (JbiString)
	{
		text->bytes + end, text->len - end
	};
	return true;
}

/*
 * Read what stands between the brackets.
 */
static bool
ReadBrackets(const JbiPath *path, JbiString text, JbiSelector *selector)
{
	bool		has_key = text.len > 0 && text.bytes[0] != '=';

	if (Equals(text, "*"))
		selector->kind = JBI_SELECT_ALL;
	else if (Equals(text, "-"))
		selector->kind = JBI_SELECT_END;
	else
	{
		if (has_key && !ReadKey(path, &text, &selector->key))
			return false;
		if (text.len == 0 || text.bytes[0] != '=')
			return false;
		text = (JbiString)
		{
			text.bytes + 1, text.len - 1
		};
		selector->kind = has_key ? JBI_SELECT_MATCH : JBI_SELECT_VALUE;
		return ReadValue(path, text, &selector->value);
	}
	return true;
}

/*
 * Read an element of the path as an array takes it.  What is malformed selects
 * nothing; whether that is an error depends on who asks.
 */
JbiSelector *
jbi_read_selector(const JbiPath *path, int level)
{
	JbiString	element = path->elements[level];
	JbiSelector *selector = Allocate(path, sizeof(JbiSelector));
	MemoryContext caller = CurrentMemoryContext;

	*selector = (JbiSelector)
	{
		.kind = JBI_SELECT_NOTHING
	};
	if (path->scratch == NULL)
		MemoryContextSwitchTo(path->context);
	if (element.len > 2 && element.bytes[0] == '[' && element.bytes[element.len - 1] == ']')
	{
		JbiString	text = {element.bytes + 1, element.len - 2};

		if (!ReadBrackets(path, text, selector))
			selector->kind = JBI_SELECT_NOTHING;
	}
	else if (ReadIndex(element, &selector->index))
		selector->kind = JBI_SELECT_INDEX;
	MemoryContextSwitchTo(caller);
	return selector;
}
