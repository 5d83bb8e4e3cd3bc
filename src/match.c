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
 * The parts of a Numeric that are needed to tell two numbers apart without
 * calling numeric_eq(), which would cost most of a search; numeric.c has the
 * whole format.  In the short format, which nearly every number has, one word
 * holds two bits that say so, the sign, the display scale, and the weight.  Digits
 * of base 10000 follow.  The long format has the weight in a word of its own.
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
 * The format bits, sign and weight of a number, after the proof that its bytes
 * can be handed to numeric.c: a plain varlena of exactly the child's length that
 * ends after a digit.
 */
static inline uint16
NumericHeader(const JbiValue *number)
{
	uint16		header;
	Size		header_size;

	if (unlikely(number->len < SHORT_HEADER_SIZE || !VARATT_IS_4B_U(number->bytes) ||
				 VARSIZE_4B(number->bytes) != number->len))
		jbi_corrupted(number->doc, number->bytes, "the number's length is not its entry's");
	header = *(const uint16 *) (number->bytes + VARHDRSZ);
	header_size = (header & 0x8000) != 0 ? SHORT_HEADER_SIZE : LONG_HEADER_SIZE;
	if (unlikely(number->len < header_size || number->len % sizeof(int16) != 0))
		jbi_corrupted(number->doc, number->bytes, "the number does not end after a digit");
	return header;
}

/*
 * Whether a number is in the short format and its digits begin and end with one
 * that is not zero, as numeric.c leaves them.
 */
static inline bool
IsPlain(uint16 header, const int16 *digits, uint32 ndigits)
{
	return (header & SHORT_FORMAT_MASK) == SHORT_FORMAT &&
		(ndigits == 0 || (digits[0] != 0 && digits[ndigits - 1] != 0));
}

/*
 * Plain numbers are equal only if sign, weight and digits are the same.  Anything
 * else is left to numeric.c.
 */
static pg_attribute_always_inline bool
NumericsEqual(const JbiValue *a, const JbiValue *b)
{
	uint16		a_header = NumericHeader(a);
	uint16		b_header = NumericHeader(b);
	const int16 *a_digits = (const int16 *) (a->bytes + SHORT_HEADER_SIZE);
	const int16 *b_digits = (const int16 *) (b->bytes + SHORT_HEADER_SIZE);
	uint32		a_ndigits = (a->len - SHORT_HEADER_SIZE) / sizeof(int16);
	uint32		b_ndigits = (b->len - SHORT_HEADER_SIZE) / sizeof(int16);

	if (unlikely(!IsPlain(a_header, a_digits, a_ndigits) ||
				 !IsPlain(b_header, b_digits, b_ndigits)))
		return DatumGetBool(DirectFunctionCall2(numeric_eq,
												PointerGetDatum(a->bytes),
												PointerGetDatum(b->bytes)));

	if (a_ndigits != b_ndigits || ((a_header ^ b_header) & SHORT_SIGN_AND_WEIGHT) != 0)
		return false;
	for (uint32 i = 0; i < a_ndigits; i++)
		if (a_digits[i] != b_digits[i])
			return false;
	return true;
}

/*
 * Whether the values are equal, their bytes not having been compared as a whole.
 */
static pg_attribute_always_inline bool
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
static pg_attribute_always_inline bool
GuessHolds(const KeyGuess *guess, const JbiContainer *object)
{
	if (guess->entries == NULL || object->count != guess->count)
		return false;
	for (uint32 i = 0; i <= guess->index; i++)
		if (object->entries[i] != guess->entries[i])
			return false;
	return object->data_len >= guess->offset + guess->key.len &&
		memcmp(object->data + guess->offset, guess->key.bytes, guess->key.len) == 0;
}

/*
 * Search the key, and take its place for the next guess.  The object comes by
 * value so that the caller can keep its own in registers.
 */
static bool
SearchKey(KeyGuess *guess, JbiContainer object)
{
	uint32		index;

	if (!jbi_find_key(&object, guess->key, 0, &index))
		return false;
	guess->entries = object.entries;
	guess->count = object.count;
	guess->index = index;
	guess->offset = jbi_entry_start(&object, index);
	return true;
}

/*
 * Find the value that the object has for the key, by the guess if that holds.
 */
static pg_attribute_always_inline bool
LookUpKey(KeyGuess *guess, const JbiContainer *object, JbiValue *value)
{
	uint32		index;
	uint32		offset;

	if (!GuessHolds(guess, object) && !SearchKey(guess, *object))
		return false;
	index = object->count + guess->index;
	offset = jbi_entry_start(object, index);
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
		if (ValuesEqual(&found, value))
		{
			*index = i;
			return true;
		}
	}
	return false;
}
