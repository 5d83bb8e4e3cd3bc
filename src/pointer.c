/*-------------------------------------------------------------------------
 *
 * pointer.c
 *	  Paths in JSON: JSON Pointers (RFC 6901), and arrays that hold a keyed path.
 *
 *-------------------------------------------------------------------------
 */
#include "pointer.h"

#include "match.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"

void
jbi_path_room_start(JbiPathRoom *room, JbiScratch *scratch)
{
	room->scratch = scratch;
	room->size = JBI_FEW_TOKENS;
	room->elements = room->few_elements;
	room->selectors = room->few_selectors;
	room->tokens = room->few_tokens;
}

/*
 * Begin a path of so many elements.  There is room for one more.
 */
static JbiPath
StartPath(JbiPathRoom *room, int count)
{
	JbiPath		path = {.count = count, .scratch = room->scratch};

	if (count >= room->size)
	{
		Size		size = Max((Size) count + 1, (Size) room->size * 2);

		room->elements = jbi_scratch_alloc(room->scratch, size * sizeof(JbiString));
		room->selectors = jbi_scratch_alloc(room->scratch, size * sizeof(JbiSelector *));
		room->tokens = jbi_scratch_alloc(room->scratch, size * sizeof(JbiSelector));
		room->size = (int) size;
	}
	path.elements = room->elements;
	path.selectors = room->selectors;
	return path;
}

pg_noreturn static void
NoPointer(JbiString pointer, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is not a JSON Pointer: %s", jbi_clip_text(pointer, JBI_LONGEST_PATH_SHOWN), why),
			 errhint("A JSON Pointer is empty or begins with a slash; ~1 stands for a slash in a name, and ~0 for a tilde.")));
}

/*
 * Where the byte is next; the end if it is not there.
 */
static const char *
FindByte(const char *at, const char *end, char byte)
{
	while (at < end)
	{
		Size		length = Min((Size) (end - at), JBI_BYTES_AT_ONCE);
		const char *found = memchr(at, byte, length);

		CHECK_FOR_INTERRUPTS();
		if (found != NULL)
			return found;
		at += length;
	}
	return end;
}

/*
 * How many times the byte is there.
 */
static uint32
CountBytes(JbiString text, char byte)
{
	const char *end = text.bytes + text.len;
	uint32		count = 0;

	for (const char *at = text.bytes; (at = FindByte(at, end, byte)) < end; at++)
		count++;
	return count;
}

/*
 * The token as it is meant.
 */
static JbiString
Unescape(JbiPathRoom *room, JbiString pointer, JbiString token)
{
	char	   *to;
	JbiString	plain;

	if (FindByte(token.bytes, token.bytes + token.len, '~') == token.bytes + token.len)
		return token;
	plain.bytes = to = jbi_scratch_alloc(room->scratch, token.len);
	for (uint32 i = 0; i < token.len; i++)
	{
		char		c = token.bytes[i];

		CHECK_FOR_INTERRUPTS();
		if (c == '~')
		{
			i++;
			if (i == token.len || (token.bytes[i] != '0' && token.bytes[i] != '1'))
				NoPointer(pointer, "a tilde is followed by neither 0 nor 1");
			c = (char) (token.bytes[i] == '0' ? '~' : '/');
		}
		*to++ = c;
	}
	plain.len = (uint32) (to - plain.bytes);
	return plain;
}

/*
 * What the token means at an array.  A larger index than any array has is one that
 * is not there.
 */
static void
ReadToken(JbiString token, JbiSelector *selector)
{
	int64		index = 0;

	selector->kind = JBI_SELECT_NOTHING;
	if (token.len == 1 && token.bytes[0] == '-')
		selector->kind = JBI_SELECT_END;
	if (token.len == 0 || (token.bytes[0] == '0' && token.len > 1))
		return;
	for (uint32 i = 0; i < token.len; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (token.bytes[i] < '0' || token.bytes[i] > '9')
			return;
		index = Min(index * 10 + (token.bytes[i] - '0'), PG_INT32_MAX);
	}
	selector->kind = JBI_SELECT_INDEX;
	selector->index = (int) index;
}

/*
 * A path of the pointer's tokens.  It lives until the next one in this room; what
 * its elements point to lives longer.
 */
JbiPath
jbi_read_pointer(JbiPathRoom *room, JbiString pointer)
{
	JbiPath		path = StartPath(room, (int) CountBytes(pointer, '/'));
	const char *at = pointer.bytes;
	const char *end = pointer.bytes + pointer.len;

	path.is_pointer = true;
	path.tokens = path.count;
	if (pointer.len > 0 && pointer.bytes[0] != '/')
		NoPointer(pointer, "it does not begin with a slash");
	for (int i = 0; i < path.count; i++)
	{
		JbiString	token = {at + 1, 0};

		CHECK_FOR_INTERRUPTS();
		at = FindByte(token.bytes, end, '/');
		token.len = (uint32) (at - token.bytes);
		path.elements[i] = Unescape(room, pointer, token);
		path.selectors[i] = &room->tokens[i];
		ReadToken(path.elements[i], path.selectors[i]);
	}
	return path;
}

pg_noreturn static void
NoPathElement(int position, const char *found)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("path element at position %d is %s, not a string or an integer", position, found)));
}

/*
 * An element that is a number, as text.
 */
static JbiString
IntegerElement(JbiPathRoom *room, const JbiValue *value, int position)
{
	JbiString	element;
	char	   *number;
	char	   *copy;

	number = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(jbi_checked_number(value))));
	element = jbi_string(number);
	if (strspn(number, "-0123456789") != element.len)
		NoPathElement(position, jbi_clip_text(element, JBI_LONGEST_TEXT_SHOWN));
	element.bytes = copy = jbi_scratch_alloc(room->scratch, element.len);
	memcpy(copy, number, element.len);
	pfree(number);
	return element;
}

/*
 * A path of the elements of a JSON array, which are read like those of a text[].
 */
JbiPath
jbi_read_keyed_path(JbiPathRoom *room, const JbiContainer *array)
{
	JbiPath		path = StartPath(room, (int) array->count);
	JbiCursor	cursor;

	jbi_cursor_start(&cursor, array, 0);
	for (int i = 0; i < path.count; i++)
	{
		JbiValue	value;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &value);
		if (value.type == JENTRY_ISSTRING)
		{
			path.elements[i].bytes = value.bytes;
			path.elements[i].len = value.len;
		}
		else if (value.type == JENTRY_ISNUMERIC)
			path.elements[i] = IntegerElement(room, &value, i + 1);
		else
			NoPathElement(i + 1, jbi_value_type_name(&value));
		path.selectors[i] = NULL;
	}
	return path;
}

/*
 * Let a path that was just read go on to the element that the selector finds.
 */
void
jbi_append_selector(JbiPath *path, JbiSelector *selector)
{
	/* As a key this would be no place where anything is created. */
	static const char in_words[] = "[=]";

	path->elements[path->count] = (JbiString)
	{
		in_words, sizeof(in_words) - 1
	};
	path->selectors[path->count] = selector;
	path->count++;
	path->appended = 1;
}

/*
 * How long a key is as a token of a pointer.
 */
uint32
jbi_token_length(JbiString key)
{
	return key.len + CountBytes(key, '~') + CountBytes(key, '/');
}

/*
 * Write a key as a token.  Returns the end.
 */
char *
jbi_put_token(char *to, JbiString key)
{
	for (uint32 i = 0; i < key.len; i++)
	{
		char		c = key.bytes[i];

		CHECK_FOR_INTERRUPTS();
		if (c == '~' || c == '/')
		{
			*to++ = '~';
			c = c == '~' ? '0' : '1';
		}
		*to++ = c;
	}
	return to;
}

/*
 * The first tokens as a pointer, for messages.
 */
char *
jbi_pointer_to_cstring(const JbiPath *path, int count)
{
	Size		length = 0;
	char	   *pointer;
	char	   *end;
	JbiString	shown;

	count = Min(count, path->tokens);
	if (count == 0)
		return pstrdup("\"\"");
	for (int i = 0; i < count; i++)
		length += 1 + (Size) jbi_token_length(path->elements[i]);
	pointer = end = palloc(length);
	for (int i = 0; i < count; i++)
	{
		*end++ = '/';
		end = jbi_put_token(end, path->elements[i]);
	}
	shown.bytes = pointer;
	shown.len = (uint32) length;
	return jbi_clip_text(shown, JBI_LONGEST_PATH_SHOWN);
}
