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

/* Of a number in jsonb, which is one of numeric.c. */
#define MOST_DIGITS		131072	/* in front of the point */
#define MOST_DECIMALS	16383
#define LEAST_EXCESSIVE_EXPONENT (PG_INT32_MAX / 2)

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

static JbiString
PartOf(JbiString input, uint32 from, uint32 to)
{
	JbiString	part = {input.bytes + from, to - from};

	return part;
}

static bool
IsDigit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
Equals(JbiString input, const char *word)
{
	return input.len == strlen(word) && memcmp(input.bytes, word, input.len) == 0;
}

/*
 * Whether the text is a number that JSON has no other way to write, the most
 * frequent value.
 */
static bool
IsInteger(JbiString input)
{
	uint32		first = input.len > 0 && input.bytes[0] == '-' ? 1 : 0;

	if (first == input.len || (input.bytes[first] == '0' && input.len > first + 1))
		return false;
	for (uint32 i = first; i < input.len; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!IsDigit(input.bytes[i]))
			return false;
	}
	return true;
}

/*
 * Whether JSON could begin like this, so that a parser has to tell.
 */
static bool
MayBeJson(JbiString input)
{
	return input.len > 0 && (IsDigit(input.bytes[0]) || strchr("-\"tfn{[ \t\r\n", input.bytes[0]) != NULL);
}

/*
 * Ask core's parser, which does not raise its errors here; save that of 15 and before an
 * escape for a character that the database's encoding does not have, which later ones
 * take for no JSON.
 */
static bool
IsJson(JsonLexContext *lex)
{
	volatile bool is_json = false;
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		is_json = pg_parse_json(lex, &nullSemAction) == JSON_SUCCESS;
	}
	PG_CATCH();
	{
		int			error = geterrcode();

		if (error != ERRCODE_UNTRANSLATABLE_CHARACTER && error != ERRCODE_FEATURE_NOT_SUPPORTED)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return is_json;
}

static JsonForm
FormOf(JbiString input)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "jsonb_ivm selector",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	JsonLexContext *lex = jbi_json_lexer(input.bytes, (int) input.len);
	JsonForm	form = NO_JSON;
	uint32		first = 0;

	if (IsJson(lex))
	{
		while (strchr(" \t\r\n", input.bytes[first]) != NULL)
			first++;
		form = input.bytes[first] == '{' || input.bytes[first] == '[' ? JSON_CONTAINER : JSON_SCALAR;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return form;
}

/*
 * A text that was found to be JSON, as a value.  What core's parser leaves behind is
 * not left to the caller.
 */
static JbiValue
ParseJson(const JbiPath *path, JbiString input)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "jsonb_ivm selector",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Datum		document = DirectFunctionCall1(jsonb_in,
											   CStringGetDatum(pnstrdup(input.bytes, input.len)));
	Datum		kept;

	MemoryContextSwitchTo(caller);
	kept = PointerGetDatum(PG_DETOAST_DATUM_COPY(document));
	MemoryContextDelete(context);
	return jbi_root_value((Jsonb *) Keep(path, kept));
}

static JbiValue
ParseInteger(const JbiPath *path, JbiString input)
{
	char	   *copy = pnstrdup(input.bytes, input.len);
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(copy),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	JbiValue	value = {.type = JENTRY_ISNUMERIC};

	pfree(copy);
	value.bytes = value.doc = (const char *) Keep(path, number);
	value.len = VARSIZE(value.bytes);
	return value;
}

/*
 * Whether the input is a number in JSON.
 */
static bool
IsNumber(JbiString input)
{
	uint32		i = 0;

	while (i < input.len && strchr(" \t\r\n", input.bytes[i]) != NULL)
		i++;
	return i < input.len && (IsDigit(input.bytes[i]) || input.bytes[i] == '-') &&
		(IsInteger(input) || FormOf(input) == JSON_SCALAR);
}

/*
 * Whether a number, in JSON's words, is one that jsonb can hold: the limits are those
 * of numeric.c.
 */
static bool
IsInRange(JbiString number)
{
	int64		before = 0;		/* digits in front of the point, and behind */
	int64		behind = 0;
	int64		zeros = 0;		/* behind the point, if nothing is before */
	int64		exponent = 0;
	bool		after_point = false;
	bool		is_zero = true;
	uint32		i;

	for (i = 0; i < number.len && (number.bytes[i] | 0x20) != 'e'; i++)
	{
		char		c = number.bytes[i];

		CHECK_FOR_INTERRUPTS();
		after_point = after_point || c == '.';
		if (!IsDigit(c))
			continue;
		is_zero = is_zero && c == '0';
		behind += after_point ? 1 : 0;
		before += !after_point && !is_zero ? 1 : 0;
		zeros += after_point && is_zero ? 1 : 0;
	}
	for (uint32 at = i; at < number.len; at++)
	{
		CHECK_FOR_INTERRUPTS();
		if (IsDigit(number.bytes[at]))
			exponent = Min(exponent * 10 + (number.bytes[at] - '0'), LEAST_EXCESSIVE_EXPONENT);
	}
	if (exponent == LEAST_EXCESSIVE_EXPONENT)
		return false;			/* not even of zero */
	if (i + 1 < number.len && number.bytes[i + 1] == '-')
		exponent = -exponent;
	return behind - exponent <= MOST_DECIMALS &&
		(is_zero || (before > 0 ? before : -zeros) + exponent <= MOST_DIGITS);
}

/*
 * The value of a selector.  False if it is a container.
 */
static bool
ReadValue(const JbiPath *path, JbiString input, JbiValue *value)
{
	JsonForm	form = NO_JSON;
	JbiValue	string = {
		.type = JENTRY_ISSTRING,
		.bytes = input.bytes,
		.len = input.len,
		.doc = input.bytes
	};

	if (IsInteger(input))
	{
		*value = ParseInteger(path, input);
		return true;
	}
	if (MayBeJson(input))
		form = FormOf(input);
	*value = form == JSON_SCALAR ? ParseJson(path, input) : string;
	return form != JSON_CONTAINER;
}

/*
 * The key that a selector begins with, and what comes behind it.
 */
static bool
ReadKey(const JbiPath *path, JbiString *input, JbiString *key)
{
	uint32		end = 0;
	JbiString	quoted;
	JbiValue	value;

	if (input->len > 0 && input->bytes[0] == '"')
	{
		for (end = 1; end < input->len && input->bytes[end] != '"'; end++)
		{
			CHECK_FOR_INTERRUPTS();
			if (input->bytes[end] == '\\')
				end++;
		}
		if (end >= input->len)
			return false;
		end++;
		quoted = PartOf(*input, 0, end);

		if (FormOf(quoted) != JSON_SCALAR)
			return false;
		value = ParseJson(path, quoted);
		key->bytes = value.bytes;
		key->len = value.len;
	}
	else
	{
		while (end < input->len && strchr("=]\"", input->bytes[end]) == NULL)
		{
			CHECK_FOR_INTERRUPTS();
			end++;
		}
		*key = PartOf(*input, 0, end);
	}
	*input = PartOf(*input, end, input->len);

	return true;
}

/*
 * A number that no document can hold selects no element: as an index does that no
 * array is long enough for.
 */
static void
SelectNone(JbiSelector *selector)
{
	selector->kind = JBI_SELECT_INDEX;
	selector->index = PG_INT32_MAX;
}

/*
 * Read what stands between the brackets.
 */
static bool
ReadBrackets(const JbiPath *path, JbiString input, JbiSelector *selector)
{
	bool		has_key = input.len > 0 && input.bytes[0] != '=';

	if (Equals(input, "*"))
		selector->kind = JBI_SELECT_ALL;
	else if (Equals(input, "-"))
		selector->kind = JBI_SELECT_END;
	else
	{
		if (has_key && !ReadKey(path, &input, &selector->key))
			return false;
		if (input.len == 0 || input.bytes[0] != '=')
			return false;
		input = PartOf(input, 1, input.len);

		if (IsNumber(input) && !IsInRange(input))
			SelectNone(selector);
		else
		{
			selector->kind = has_key ? JBI_SELECT_MATCH : JBI_SELECT_VALUE;
			return ReadValue(path, input, &selector->value);
		}
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
		if (!ReadBrackets(path, PartOf(element, 1, element.len - 1), selector))
			selector->kind = JBI_SELECT_NOTHING;
	}
	else if (ReadIndex(element, &selector->index))
		selector->kind = JBI_SELECT_INDEX;
	MemoryContextSwitchTo(caller);
	return selector;
}
