/*-------------------------------------------------------------------------
 *
 * match.c
 *	  Equality of values, and the search for an array element by its key.
 *
 * Equality is that of the jsonb operator =, which is the structural one with
 * numbers compared by value: compareJsonbContainers() compares strings in the
 * database's collation, but that is deterministic, so equal strings have equal
 * bytes.  Core's own function is not called, because it follows the stored
 * offsets unchecked.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* How many bytes are compared or copied between two interrupt checks. */
#define BYTES_PER_CHECK (1024 * 1024)

/*
 * The parts of a Numeric's header that are needed to tell two numbers apart
 * without calling numeric_eq(); numeric.c has the whole of it.  The short format
 * has one word of header: two bits that say so, the sign, the display scale, and
 * the weight.  Base-10000 digits follow.  Nearly every number has this format.
 */
#define SHORT_FORMAT_MASK		0xC000
#define SHORT_FORMAT			0x8000
#define SHORT_SIGN_AND_WEIGHT	0x207F
#define SHORT_HEADER_SIZE		(VARHDRSZ + sizeof(uint16))
#define LONG_HEADER_SIZE		(VARHDRSZ + sizeof(uint16) + sizeof(int16))

static bool ContainersEqual(const JbiValue *a, const JbiValue *b);

/*
 * Whether both are of the same type and have the same bytes.
 */
bool
jbi_same_bytes(const JbiValue *a, const JbiValue *b)
{
	if (a->type != b->type || a->len != b->len)
		return false;
	for (uint32 done = 0; done < a->len; done += BYTES_PER_CHECK)
	{
		CHECK_FOR_INTERRUPTS();
		if (memcmp(a->bytes + done, b->bytes + done,
				   Min(a->len - done, BYTES_PER_CHECK)) != 0)
			return false;
	}
	return true;
}

/*
 * Prove that the bytes can be handed to numeric.c: a plain varlena of exactly
 * the child's length that holds the header its own format bits ask for.
 */
static void
CheckNumeric(const JbiValue *number)
{
	Size		header_size = SHORT_HEADER_SIZE;

	if (number->len < SHORT_HEADER_SIZE || !VARATT_IS_4B_U(number->bytes) ||
		VARSIZE_4B(number->bytes) != number->len)
		jbi_corrupted(number->doc, number->bytes, "the number's length is not its entry's");
	if ((*(const uint16 *) (number->bytes + VARHDRSZ) & 0x8000) == 0)
		header_size = LONG_HEADER_SIZE;
	if (number->len < header_size || (number->len - header_size) % sizeof(int16) != 0)
		jbi_corrupted(number->doc, number->bytes, "the number does not end after a digit");
}

/*
 * Whether the number is in the short format and has neither leading nor trailing
 * zero digits, so that it equals another such number only if sign, weight and
 * digits are the same.
 */
static bool
IsPlainShortNumeric(const JbiValue *number, uint16 header)
{
	const int16 *digits = (const int16 *) (number->bytes + SHORT_HEADER_SIZE);
	uint32		ndigits = (number->len - SHORT_HEADER_SIZE) / sizeof(int16);

	return (header & SHORT_FORMAT_MASK) == SHORT_FORMAT &&
		(ndigits == 0 || (digits[0] != 0 && digits[ndigits - 1] != 0));
}

static bool
NumericsEqual(const JbiValue *a, const JbiValue *b)
{
	uint16		a_header;
	uint16		b_header;

	CheckNumeric(a);
	CheckNumeric(b);
	a_header = *(const uint16 *) (a->bytes + VARHDRSZ);
	b_header = *(const uint16 *) (b->bytes + VARHDRSZ);

	if (IsPlainShortNumeric(a, a_header) && IsPlainShortNumeric(b, b_header))
		return ((a_header ^ b_header) & SHORT_SIGN_AND_WEIGHT) == 0 &&
			a->len == b->len &&
			memcmp(a->bytes + SHORT_HEADER_SIZE, b->bytes + SHORT_HEADER_SIZE,
				   a->len - SHORT_HEADER_SIZE) == 0;

	return DatumGetBool(DirectFunctionCall2(numeric_eq,
											PointerGetDatum(a->bytes),
											PointerGetDatum(b->bytes)));
}

/*
 * Whether the values are equal, their bytes not having been compared as a whole.
 */
static bool
ValuesEqual(const JbiValue *a, const JbiValue *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == JENTRY_ISCONTAINER)
		return ContainersEqual(a, b);
	if (a->type == JENTRY_ISNUMERIC)
		return NumericsEqual(a, b);
	return jbi_same_bytes(a, b);
}

/*
 * Keys are entries like all others here, and objects with the same keys have
 * them in the same order.
 */
static bool
ContainersEqual(const JbiValue *a, const JbiValue *b)
{
	JbiContainer a_container;
	JbiContainer b_container;
	JbiCursor	a_cursor;
	JbiCursor	b_cursor;

	check_stack_depth();
	jbi_open_container(&a_container, a);
	jbi_open_container(&b_container, b);
	if (a_container.kind != b_container.kind || a_container.count != b_container.count)
		return false;

	jbi_cursor_start(&a_cursor, &a_container, 0);
	jbi_cursor_start(&b_cursor, &b_container, 0);
	for (uint32 i = 0; i < a_container.nentries; i++)
	{
		JbiValue	a_child;
		JbiValue	b_child;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&a_cursor, &a_child);
		jbi_cursor_next(&b_cursor, &b_child);
		if (!ValuesEqual(&a_child, &b_child))
			return false;
	}
	return true;
}

/*
 * Whether the values are equal as by the jsonb operator =.  Bytes first: what is
 * compared has mostly not changed at all.
 */
bool
jbi_values_equal(const JbiValue *a, const JbiValue *b)
{
	return jbi_same_bytes(a, b) || ValuesEqual(a, b);
}

/*
 * What the search for an element learns from one and uses on the next: elements
 * of one array mostly have the same keys.
 */
typedef struct KeyGuess
{
	JbiString	key;
	const JEntry *entries;		/* of the last element that had the key, or NULL */
	uint32		count;			/* its number of pairs */
	uint32		index;			/* the key's pair */
	uint32		offset;			/* where the key begins */
} KeyGuess;

/*
 * Whether the object has as many keys as the last one, of the same lengths up to
 * ours, and our key in the same place.  Equal entries put the key at the offset
 * that was checked on the last object; only the data may be shorter here.
 */
static bool
GuessHolds(const KeyGuess *guess, const JbiContainer *object)
{
	return guess->entries != NULL &&
		object->count == guess->count &&
		memcmp(object->entries, guess->entries, (guess->index + 1) * sizeof(JEntry)) == 0 &&
		object->data_len >= guess->offset + guess->key.len &&
		memcmp(object->data + guess->offset, guess->key.bytes, guess->key.len) == 0;
}

/*
 * Find the value that the object has for the key, by the guess if that holds.
 */
static bool
LookUpKey(KeyGuess *guess, const JbiContainer *object, JbiValue *value)
{
	uint32		index = guess->index;

	if (!GuessHolds(guess, object))
	{
		if (!jbi_find_key(object, guess->key, 0, &index))
			return false;
		guess->entries = object->entries;
		guess->count = object->count;
		guess->index = index;
		guess->offset = jbi_entry_start(object, index);
	}
	jbi_get_child(object, object->count + index, value);
	return true;
}

/*
 * Search the first element that is an object whose key equals the value.
 */
bool
jbi_find_element(const JbiContainer *array, JbiString key, const JbiValue *value,
				 uint32 *index)
{
	KeyGuess	guess = {.key = key};
	JbiCursor	cursor;

	jbi_cursor_start(&cursor, array, 0);
	for (uint32 i = 0; i < array->count; i++)
	{
		JbiValue	element;
		JbiContainer object;
		JbiValue	found;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &element);
		if (element.type != JENTRY_ISCONTAINER)
			continue;
		jbi_open_container(&object, &element);
		if (object.kind != JB_FOBJECT || !LookUpKey(&guess, &object, &found))
			continue;
		if (jbi_values_equal(&found, value))
		{
			*index = i;
			return true;
		}
	}
	return false;
}
