/*-------------------------------------------------------------------------
 *
 * match.c
 *	  Equality, order and hashes of values, and the search for an array element by
 *	  its key; numbers.
 *
 * Equality is that of the jsonb operator =, which is the structural one with
 * numbers compared by value: compareJsonbContainers() compares strings in the
 * database's collation, but that is deterministic, so equal strings have equal
 * bytes.  Order is that of the operator <.  Core's own function is not called,
 * because it follows the stored offsets unchecked.
 *
 *-------------------------------------------------------------------------
 */
#include "match.h"

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/varlena.h"

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
#define SHORT_SCALE_SHIFT		7
#define LONG_SCALE				0x3FFF
#define SHORT_WEIGHT_SIGN		0x0040
#define SHORT_WEIGHT			0x003F
#define SHORT_SIGN_AND_WEIGHT	(SHORT_SIGN | SHORT_WEIGHT_SIGN | SHORT_WEIGHT)
#define DIGIT_BASE				10000
#define DECIMALS_A_DIGIT		4
#define SHORT_HEADER_SIZE		(VARHDRSZ + sizeof(uint16))
#define LONG_HEADER_SIZE		(VARHDRSZ + sizeof(uint16) + sizeof(int16))

#define SHORT_KEY	8

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

static bool
IsDigit(int digit)
{
	return digit >= 0 && digit < DIGIT_BASE;
}

/*
 * Where the digits begin: what comes first in the long format is the weight.
 */
static const int16 *
FirstDigit(const Number *number)
{
	return (number->header & SHORT_FORMAT) != 0 ? number->digits : number->digits + 1;
}

/*
 * The weight of the first digit.
 */
static int
WeightOf(const Number *number)
{
	int			weight = number->header & SHORT_WEIGHT;

	if ((number->header & SHORT_FORMAT) == 0)
		return number->digits[0];
	return weight - ((number->header & SHORT_WEIGHT_SIGN) != 0 ? SHORT_WEIGHT_SIGN : 0);
}

/*
 * The number as one that numeric.c can take for arithmetic.  It has special ones, which
 * jsonb never has, and trusts its digits.
 */
Numeric
jbi_checked_number(const JbiValue *value)
{
	Number		number = ReadNumber(value);
	const int16 *end = number.digits + number.ndigits;

	if (unlikely((number.header & SPECIAL_FORMAT) == SPECIAL_FORMAT))
		jbi_corrupted(value->doc, value->bytes, "the number is NaN or infinite");
	for (const int16 *digit = FirstDigit(&number); digit < end; digit++)
	{
		CHECK_FOR_INTERRUPTS();
		if (unlikely(!IsDigit(*digit)))
			jbi_corrupted(value->doc, digit, "the number has a digit over 9999");
	}
	return (Numeric) unconstify(char *, number.bytes);
}

/* So many digits of base 10000 fit into an int64. */
#define INTEGER_DIGITS	4

/*
 * Whether the number is an integer of no more than 16 decimal digits that is written
 * as one; and which.
 */
bool
jbi_small_integer(const JbiValue *value, int64 *integer)
{
	Number		number = ReadNumber(value);
	uint32		weight = number.header & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT);

	if (!number.plain || (number.header & SHORT_SCALE) != 0 ||
		weight >= INTEGER_DIGITS || number.ndigits > weight + 1)
		return false;
	*integer = 0;
	for (uint32 i = 0; i <= weight; i++)
	{
		int			digit = i < number.ndigits ? number.digits[i] : 0;

		if (unlikely(!IsDigit(digit)))
			return false;
		*integer = *integer * DIGIT_BASE + digit;
	}
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

static uint32
HashDigits(int weight, const int16 *first, const int16 *end)
{
	uint32		hash = (uint32) weight;

	for (; first < end; first++)
		hash = hash_combine(hash, (uint16) *first);
	return murmurhash32(hash);
}

/*
 * Of a number that is not plain: its digits without the zeroes around them, and the
 * weight that the first of these has.
 */
static uint32
HashOddNumber(const Number *number)
{
	const int16 *first = FirstDigit(number);
	const int16 *end = number->digits + number->ndigits;
	int			weight;

	if ((number->header & SHORT_FORMAT_MASK) == SPECIAL_FORMAT)
		return 0;
	weight = WeightOf(number);
	for (; first < end && *first == 0; first++)
		weight--;
	while (end > first && end[-1] == 0)
		end--;
	return first == end ? HashDigits(0, NULL, NULL) : HashDigits(weight, first, end);
}

/*
 * How many characters the number has as text, about: a damaged one may have others.
 */
uint32
jbi_number_length(const JbiValue *value)
{
	Number		number = ReadNumber(value);
	const int16 *first = FirstDigit(&number);
	int			weight = WeightOf(&number);
	uint32		scale = (number.header & SHORT_FORMAT) == 0 ? number.header & LONG_SCALE :
		(uint32) (number.header & SHORT_SCALE) >> SHORT_SCALE_SHIFT;
	uint32		length = 1;

	if (weight >= 0 && first < number.digits + number.ndigits)
	{
		length += (uint32) weight * DECIMALS_A_DIGIT;
		for (int digit = *first; digit > 9; digit /= 10)
			length++;
	}
	return length + (scale > 0 ? 1 + scale : 0);
}

/*
 * It does not matter in which format a number is, nor how many digits it shows.
 */
static pg_attribute_always_inline uint32
HashNumber(const JbiValue *value)
{
	Number		number = ReadNumber(value);

	if (unlikely(!number.plain))
		return HashOddNumber(&number);
	if (number.ndigits == 0)
		return HashDigits(0, NULL, NULL);
	return HashDigits(WeightOf(&number), number.digits, number.digits + number.ndigits);
}

static uint32
HashString(const JbiValue *value)
{
	uint32		hash = 0;

	for (Size done = 0; done < value->len; done += JBI_BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		hash = hash_combine(hash, hash_bytes((const unsigned char *) value->bytes + done,
											 (int) Min(value->len - done, JBI_BYTES_AT_ONCE)));
	}
	return hash;
}

static uint32
HashContainer(const JbiValue *value)
{
	JbiContainer container;
	JbiCursor	cursor;
	uint32		hash;

	check_stack_depth();
	jbi_open_container(&container, value);
	hash = container.kind | container.count;
	jbi_cursor_start(&cursor, &container, 0);
	for (uint32 i = 0; i < container.nentries; i++)
	{
		JbiValue	child;

		CHECK_FOR_INTERRUPTS();
		jbi_cursor_next(&cursor, &child);
		hash = hash_combine(hash, jbi_hash_value(&child));
	}
	return hash;
}

/*
 * A hash that is the same for equal values.
 */
uint32
jbi_hash_value(const JbiValue *value)
{
	switch (value->type)
	{
		case JENTRY_ISNUMERIC:
			return HashNumber(value);
		case JENTRY_ISSTRING:
			return HashString(value);
		case JENTRY_ISCONTAINER:
			return HashContainer(value);
		default:
			return value->type;
	}
}

/*
 * The types in their order.
 */
typedef enum TypeRank
{
	RANK_NULL,
	RANK_STRING,
	RANK_NUMBER,
	RANK_BOOLEAN,
	RANK_ARRAY,
	RANK_OBJECT
} TypeRank;

static TypeRank
RankOf(const JbiValue *value)
{
	switch (value->type)
	{
		case JENTRY_ISNULL:
			return RANK_NULL;
		case JENTRY_ISSTRING:
			return RANK_STRING;
		case JENTRY_ISNUMERIC:
			return RANK_NUMBER;
		case JENTRY_ISCONTAINER:
			return jbi_value_kind(value) == JB_FARRAY ? RANK_ARRAY : RANK_OBJECT;
		default:
			return RANK_BOOLEAN;
	}
}

/*
 * The order of strings is that of the database's collation.  In C it is that of the
 * bytes, however many; in another a string cannot be compared in parts.
 */
static int
CompareStrings(const JbiValue *a, const JbiValue *b)
{
	int			comparison;

	if (!jbi_default_collation_is_c())
		return varstr_cmp(a->bytes, (int) a->len, b->bytes, (int) b->len, DEFAULT_COLLATION_OID);
	comparison = jbi_compare_bytes(a->bytes, b->bytes, Min(a->len, b->len));
	return comparison != 0 ? comparison : (a->len > b->len) - (a->len < b->len);
}

static int
CompareNumbers(const JbiValue *a, const JbiValue *b)
{
	(void) ReadNumber(a);
	(void) ReadNumber(b);
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, PointerGetDatum(a->bytes),
											 PointerGetDatum(b->bytes)));
}

static int	CompareContainers(const JbiValue *a, const JbiValue *b);

/*
 * The order of two values inside of containers.
 */
static int
CompareValues(const JbiValue *a, const JbiValue *b)
{
	TypeRank	a_rank = RankOf(a);
	TypeRank	b_rank = RankOf(b);

	if (a_rank != b_rank)
		return a_rank < b_rank ? -1 : 1;
	switch (a_rank)
	{
		case RANK_NULL:
			return 0;
		case RANK_STRING:
			return CompareStrings(a, b);
		case RANK_NUMBER:
			return CompareNumbers(a, b);
		case RANK_BOOLEAN:
			return (a->type == JENTRY_ISBOOL_TRUE) - (b->type == JENTRY_ISBOOL_TRUE);
		case RANK_ARRAY:
		case RANK_OBJECT:
			return CompareContainers(a, b);
	}
	pg_unreachable();
}

/*
 * The order of two containers of one kind: by their counts, then by their elements, or
 * by their pairs, in each the key first.
 */
static int
CompareContainers(const JbiValue *a, const JbiValue *b)
{
	JbiContainer a_container;
	JbiContainer b_container;
	JbiCursor	a_cursors[2];
	JbiCursor	b_cursors[2];
	int			parts;
	int			comparison = 0;

	check_stack_depth();
	jbi_open_container(&a_container, a);
	jbi_open_container(&b_container, b);
	if (a_container.count != b_container.count)
		return a_container.count < b_container.count ? -1 : 1;

	parts = a_container.kind == JB_FOBJECT ? 2 : 1;
	for (int part = 0; part < parts; part++)
	{
		jbi_cursor_start(&a_cursors[part], &a_container, (uint32) part * a_container.count);
		jbi_cursor_start(&b_cursors[part], &b_container, (uint32) part * b_container.count);
	}
	for (uint32 i = 0; i < a_container.count && comparison == 0; i++)
		for (int part = 0; part < parts && comparison == 0; part++)
		{
			JbiValue	a_child;
			JbiValue	b_child;

			CHECK_FOR_INTERRUPTS();
			jbi_cursor_next(&a_cursors[part], &a_child);
			jbi_cursor_next(&b_cursors[part], &b_child);
			comparison = CompareValues(&a_child, &b_child);
		}
	return comparison;
}

static bool
IsEmptyArray(const JbiValue *value)
{
	JbiContainer container;

	if (value->type != JENTRY_ISCONTAINER)
		return false;
	jbi_open_container(&container, value);
	return container.kind == JB_FARRAY && container.count == 0;
}

/*
 * The order of two values as documents, which is that of the jsonb type.  To core a
 * scalar document is an array of one element, and counts are compared first: so an
 * empty array comes before all scalars, other than inside of containers.
 */
int
jbi_compare_values(const JbiValue *a, const JbiValue *b)
{
	bool		a_is_scalar = a->type != JENTRY_ISCONTAINER;
	bool		b_is_scalar = b->type != JENTRY_ISCONTAINER;

	if (a_is_scalar && IsEmptyArray(b))
		return 1;
	if (b_is_scalar && IsEmptyArray(a))
		return -1;
	return CompareValues(a, b);
}

/*
 * Keys are mostly shorter than what a call to compare them costs.
 */
static pg_attribute_always_inline bool
SameKey(const char *bytes, JbiString key)
{
	if (key.len > SHORT_KEY)
		return jbi_compare_bytes(bytes, key.bytes, key.len) == 0;
	for (uint32 i = 0; i < key.len; i++)
		if (bytes[i] != key.bytes[i])
			return false;
	return true;
}

/*
 * Whether the object has as many keys as the last one, of the same lengths, and
 * our key in the same place.  Equal entries put the key and the first value at
 * the offsets that were checked on the last object; only the data may be shorter.
 */
static pg_attribute_always_inline bool
GuessHolds(const JbiKeyGuess *guess, const JbiContainer *object)
{
	return guess->entries != NULL &&
		object->count == guess->count &&
		jbi_compare_bytes(object->entries, guess->entries, guess->count * sizeof(JEntry)) == 0 &&
		object->data_len >= guess->values_offset &&
		SameKey(object->data + guess->key_offset, guess->key);
}

/*
 * Search the key, and make what is found the next guess.  The object comes by
 * value so that the caller can keep its own in registers.
 */
static bool
SearchKey(JbiKeyGuess *guess, JbiContainer object)
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
LookUpKey(JbiKeyGuess *guess, const JbiContainer *object, JbiValue *value)
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
 * Walk on to the next element that is an object with the key, and find what it has
 * there.  *index is the element's.
 */
static pg_attribute_always_inline bool
NextObject(JbiKeyGuess *guess, JbiCursor *cursor, uint32 count, uint32 *index,
		   JbiContainer *object, JbiValue *found)
{
	while (cursor->index < count)
	{
		JbiValue	element;

		CHECK_FOR_INTERRUPTS();
		*index = cursor->index;
		jbi_cursor_next(cursor, &element);
		if (element.type != JENTRY_ISCONTAINER)
			continue;
		jbi_open_container(object, &element);
		if (object->kind == JB_FOBJECT && LookUpKey(guess, object, found))
			return true;
	}
	return false;
}

/*
 * Begin to walk over the elements of an array, from one on, that are objects with
 * the key.
 */
void
jbi_objects_start(JbiObjects *objects, const JbiContainer *array, uint32 index, JbiString key)
{
	objects->guess = (JbiKeyGuess)
	{
		.key = key
	};
	objects->count = array->count;
	jbi_cursor_start(&objects->cursor, array, index);
}

/*
 * The next of them.  False at the end.
 */
bool
jbi_objects_next(JbiObjects *objects)
{
	return NextObject(&objects->guess, &objects->cursor, objects->count, &objects->index,
					  &objects->object, &objects->value);
}

/*
 * What a value has under the key, if it is an object with the key.  The guess is one
 * for objects that are alike, with the key filled in at first.
 */
bool
jbi_look_up_key(JbiKeyGuess *guess, const JbiValue *value, JbiValue *found)
{
	JbiContainer object;

	if (value->type != JENTRY_ISCONTAINER)
		return false;
	jbi_open_container(&object, value);
	return object.kind == JB_FOBJECT && LookUpKey(guess, &object, found);
}

/*
 * Search the first element that is an object whose key equals the value.
 */
bool
jbi_find_element(const JbiContainer *array, JbiString key, const JbiValue *value,
				 uint32 *index)
{
	JbiKeyGuess guess = {.key = key};
	Number		number = {0};
	JbiCursor	cursor;
	JbiContainer object;
	JbiValue	found;

	if (value->type == JENTRY_ISNUMERIC)
		number = ReadNumber(value);

	jbi_cursor_start(&cursor, array, 0);
	while (NextObject(&guess, &cursor, array->count, index, &object, &found))
	{
		bool		equal;

		if (found.type != value->type)
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
			return true;
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

/*
 * Whether the number is none of those that JSON does not have.
 */
bool
jbi_is_finite(const JbiValue *number)
{
	return (ReadNumber(number).header & SHORT_FORMAT_MASK) != SPECIAL_FORMAT;
}

/*
 * A number that one of core's functions has made, as a value.  There may be one for
 * each element of an array, so it is moved to where it takes no more than its bytes.
 */
JbiValue
jbi_keep_number(JbiScratch *scratch, Datum number)
{
	void	   *made = DatumGetPointer(number);
	Size		length = VARSIZE(made);
	void	   *bytes = jbi_scratch_alloc(scratch, length);
	JbiValue	value = {
		.type = JENTRY_ISNUMERIC,
		.bytes = bytes,
		.len = (uint32) length,
		.doc = bytes
	};

	memcpy(bytes, made, length);
	pfree(made);
	return value;
}

/*
 * The sum of two numbers, as the numeric operator + has it.
 */
JbiValue
jbi_add_numbers(JbiScratch *scratch, const JbiValue *a, const JbiValue *b)
{
	return jbi_keep_number(scratch, DirectFunctionCall2(numeric_add,
														NumericGetDatum(jbi_checked_number(a)),
														NumericGetDatum(jbi_checked_number(b))));
}
