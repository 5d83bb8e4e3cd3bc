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

/*
 * The parts of a Numeric that are needed to tell two numbers apart without
 * calling numeric_eq(), which would cost most of a search; numeric.c has the
 * whole format.  In the short format, which nearly every number has, one word
 * holds two bits that say so, the sign, the display scale, and the weight.  Digits
 * of base 10000 follow.  The long format has the weight in a word of its own.
 */
#define SHORT_FORMAT_MASK		0xC000
#define SHORT_FORMAT			0x8000
#define SPECIAL_FORMAT			0xC000
#define SHORT_SIGN				0x2000
#define SHORT_SCALE				0x1F80
#define SHORT_WEIGHT			0x007F	/* its sign included */
#define SHORT_SIGN_AND_WEIGHT	(SHORT_SIGN | SHORT_WEIGHT)
#define SHORT_HEADER_SIZE		(VARHDRSZ + sizeof(uint16))
#define LONG_HEADER_SIZE		(VARHDRSZ + sizeof(uint16) + sizeof(int16))

static bool ContainersEqual(const JbiValue *a, const JbiValue *b);

/*
 * Whether both are of the same type and have the same bytes.
 */
bool
jbi_same_bytes(const JbiValue *a, const JbiValue *b)
{
	return a->type == b->type && a->len == b->len &&
		jbi_compare_bytes(a->bytes, b->bytes, a->len) == 0;
}

/*
 * A number, taken apart.
 */
typedef struct Number
{
	const char *bytes;			/* the Numeric */
	uint16		header;
	bool		plain;			/* see below */
	uint32		ndigits;		/* of the short format */
	const int16 *digits;
} Number;

/*
 * Take a number apart, after the proof that its bytes can be handed to numeric.c:
 * a plain varlena of exactly the child's length that ends after a digit.  Plain is
 * a number in the short format whose digits begin and end with one that is not
 * zero, as numeric.c leaves them.
 */
static pg_attribute_always_inline Number
ReadNumber(const JbiValue *value)
{
	Number		number = {.bytes = value->bytes};
	Size		header_size;

	if (unlikely(value->len < SHORT_HEADER_SIZE || !VARATT_IS_4B_U(value->bytes) ||
				 VARSIZE_4B(value->bytes) != value->len))
		jbi_corrupted(value->doc, value->bytes, "the number's length is not its entry's");
	number.header = *(const uint16 *) (value->bytes + VARHDRSZ);
	header_size = (number.header & 0x8000) != 0 ? SHORT_HEADER_SIZE : LONG_HEADER_SIZE;
	if (unlikely(value->len < header_size || value->len % sizeof(int16) != 0))
		jbi_corrupted(value->doc, value->bytes, "the number does not end after a digit");

	number.digits = (const int16 *) (value->bytes + SHORT_HEADER_SIZE);
	number.ndigits = (value->len - SHORT_HEADER_SIZE) / sizeof(int16);
	number.plain = (number.header & SHORT_FORMAT_MASK) == SHORT_FORMAT &&
		(number.ndigits == 0 ||
		 (number.digits[0] != 0 && number.digits[number.ndigits - 1] != 0));
	return number;
}

/*
 * The number as one that numeric.c can take.  It has special ones, which jsonb never
 * has.
 */
Numeric
jbi_checked_number(const JbiValue *value)
{
	Number		number = ReadNumber(value);

	if (unlikely((number.header & SPECIAL_FORMAT) == SPECIAL_FORMAT))
		jbi_corrupted(value->doc, value->bytes, "the number is NaN or infinite");
	return (Numeric) unconstify(char *, number.bytes);
}

/* So many digits of base 10000 fit into an int64. */
#define INTEGER_DIGITS	4
#define DIGIT_BASE		10000

/*
 * Whether the number is an integer of no more than 16 decimal digits that is written
 * as one; and which.
 */
bool
jbi_small_integer(const JbiValue *value, int64 *integer)
{
	Number		number = ReadNumber(value);
	uint32		weight = number.header & SHORT_WEIGHT;

	if (!number.plain || (number.header & SHORT_SCALE) != 0 ||
		weight >= INTEGER_DIGITS || number.ndigits > weight + 1)
		return false;
	*integer = 0;
	for (uint32 i = 0; i <= weight; i++)
		*integer = *integer * DIGIT_BASE + (i < number.ndigits ? number.digits[i] : 0);
	if ((number.header & SHORT_SIGN) != 0)
		*integer = -*integer;
	return true;
}

/*
 * Plain numbers are equal only if sign, weight and digits are the same.  Anything
 * else is left to numeric.c.
 */
static pg_attribute_always_inline bool
NumbersEqual(const Number *a, const Number *b)
{
	if (unlikely(!a->plain || !b->plain))
		return DatumGetBool(DirectFunctionCall2(numeric_eq,
												PointerGetDatum(a->bytes),
												PointerGetDatum(b->bytes)));

	if (a->ndigits != b->ndigits || ((a->header ^ b->header) & SHORT_SIGN_AND_WEIGHT) != 0)
		return false;
	for (uint32 i = 0; i < a->ndigits; i++)
		if (a->digits[i] != b->digits[i])
			return false;
	return true;
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
	{
		Number		a_number = ReadNumber(a);
		Number		b_number = ReadNumber(b);

		return NumbersEqual(&a_number, &b_number);
	}
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
 * Whether the values are equal as by the jsonb operator =.  For containers bytes
 * first: what is compared has mostly not changed at all.
 */
bool
jbi_values_equal(const JbiValue *a, const JbiValue *b)
{
	if (a->type == JENTRY_ISCONTAINER && jbi_same_bytes(a, b))
		return true;
	return ValuesEqual(a, b);
}

/*
 * What the search for an element learns from one and uses on the next: elements
 * of one array mostly have the same keys.
 */
typedef struct KeyGuess
{
	JbiString	key;
	const JEntry *entries;		/* of the last element that had the key, or
								 * NULL */
	uint32		count;			/* its number of pairs */
	uint32		index;			/* the key's pair */
	uint32		key_offset;		/* where the key begins */
	uint32		values_offset;	/* where the values begin, not before the
								 * key's end */
} KeyGuess;

/*
 * Whether the object has as many keys as the last one, of the same lengths, and
 * our key in the same place.  Equal entries put the key and the first value at
 * the offsets that were checked on the last object; only the data may be shorter.
 */
static pg_attribute_always_inline bool
GuessHolds(const KeyGuess *guess, const JbiContainer *object)
{
	return guess->entries != NULL &&
		object->count == guess->count &&
		jbi_compare_bytes(object->entries, guess->entries, guess->count * sizeof(JEntry)) == 0 &&
		object->data_len >= guess->values_offset &&
		jbi_compare_bytes(object->data + guess->key_offset, guess->key.bytes, guess->key.len) == 0;
}

/*
 * Search the key, and make what is found the next guess.  The object comes by
 * value so that the caller can keep its own in registers.
 */
static bool
SearchKey(KeyGuess *guess, JbiContainer object)
{
	uint32		index;

	if (!jbi_find_key(&object, guess->key, 0, &index))
		return false;
	guess->count = object.count;
	guess->index = index;
	guess->key_offset = jbi_entry_start(&object, index);
	guess->values_offset = jbi_entry_start(&object, object.count);
	if (guess->values_offset < guess->key_offset + guess->key.len)
		jbi_corrupted(object.doc, object.entries, "the values begin before the keys end");
	guess->entries = object.entries;
	return true;
}

/*
 * Find the value that the object has for the key, by the guess if that holds.
 */
static pg_attribute_always_inline bool
LookUpKey(KeyGuess *guess, const JbiContainer *object, JbiValue *value)
{
	uint32		index = object->count;
	uint32		offset;

	if (!GuessHolds(guess, object) && !SearchKey(guess, *object))
		return false;

	/*
	 * Short keys come first, so it is mostly a short way from the first
	 * value.
	 */
	offset = guess->values_offset;
	if (guess->index < JB_OFFSET_STRIDE)
		for (; index < object->count + guess->index; index++)
			offset += jbi_entry_length(object, index, offset);
	else
	{
		index = object->count + guess->index;
		offset = jbi_entry_start(object, index);
	}
	jbi_make_value(object, index, offset, jbi_entry_length(object, index, offset), value);
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
	Number		number = {0};
	JbiCursor	cursor;

	if (value->type == JENTRY_ISNUMERIC)
		number = ReadNumber(value);

	jbi_cursor_start(&cursor, array, 0);
	for (uint32 i = 0; i < array->count; i++)
	{
		JbiValue	element;
		JbiContainer object;
		JbiValue	found;
		bool		equal;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &element);
		if (element.type != JENTRY_ISCONTAINER)
			continue;
		jbi_open_container(&object, &element);
		if (object.kind != JB_FOBJECT || !LookUpKey(&guess, &object, &found) ||
			found.type != value->type)
			continue;

		/* Most searches are for a number; it was taken apart once. */
		if (found.type == JENTRY_ISNUMERIC)
		{
			Number		found_number = ReadNumber(&found);

			equal = NumbersEqual(&found_number, &number);
		}
		else
			equal = ValuesEqual(&found, value);

		if (equal)
		{
			*index = i;
			return true;
		}
	}
	return false;
}

/*
 * Search the first element that equals the value.
 */
bool
jbi_find_value(const JbiContainer *array, const JbiValue *value, uint32 *index)
{
	JbiCursor	cursor;

	jbi_cursor_start(&cursor, array, 0);
	for (uint32 i = 0; i < array->count; i++)
	{
		JbiValue	element;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &element);
		if (jbi_values_equal(&element, value))
		{
			*index = i;
			return true;
		}
	}
	return false;
}
