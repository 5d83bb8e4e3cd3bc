/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Checks every rule of the binary format.
 *
 * A value passes if and only if core could have written it, as far as that can
 * be told from the value alone: all offsets and lengths, but also what no reader
 * looks at, such as padding and the normal form of numbers.
 *
 * This judges what the rest of the extension writes, so it shares nothing with
 * it.  It takes core's headers alone, not layout.h, and where it says the same,
 * it says it in another way: entries are walked from front to back once, and
 * nothing is ever searched or skipped.  The rules are those of jsonb_util.c,
 * convertToJsonb() and what it calls, and of make_result() in numeric.c.
 *
 *-------------------------------------------------------------------------
 */
#include "verify.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/jsonb.h"

/*
 * What numeric.c keeps to itself.  The first word says which of two formats it
 * is, and holds all of the short one's header; the long one has a second word.
 * Digits of base 10000 follow.  NaN and the infinities have the first two bits
 * set, and jsonb never has them: they become strings.
 */
#define FORMAT_MASK			0xC000
#define FORMAT_SHORT		0x8000
#define FORMAT_SPECIAL		0xC000
#define LONG_NEGATIVE		0x4000
#define LONG_SCALE_MASK		0x3FFF
#define SHORT_NEGATIVE		0x2000
#define SHORT_SCALE_MASK	0x1F80
#define SHORT_SCALE_SHIFT	7
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003F
#define SHORT_SCALE_MAX		63
#define SHORT_WEIGHT_MAX	63
#define SHORT_WEIGHT_MIN	(-64)
#define DIGIT_BASE			10000
#define DECIMALS_A_DIGIT	4

/* How many bytes of a string are looked at between two interrupt checks. */
#define BYTES_AT_ONCE ((Size) 256 * 1024)

/* The types that utils/jsonb.h names are the values 0 to 5 of the three bits. */
#define TYPE_IS_KNOWN(type) ((type) <= JENTRY_ISCONTAINER)

/*
 * What is being checked.  The functions that check a part return whether to go on
 * with the next one.
 */
typedef struct Verification
{
	const char *payload;
	JbiFaultCallback callback;
	void	   *state;
} Verification;

/* The first fault. */
typedef struct FirstFault
{
	const char *what;			/* NULL: none */
	Size		offset;
} FirstFault;

static bool VerifyContainer(const Verification *v, Size start, Size length, bool is_root);

static bool
Fault(const Verification *v, Size offset, const char *what)
{
	return v->callback(v->state, what, offset);
}

/* Words are aligned in a sound value; do not lean on it. */
static uint32
WordAt(const Verification *v, Size offset)
{
	uint32		word;

	memcpy(&word, v->payload + offset, sizeof(word));
	return word;
}

static uint16
HalfWordAt(const Verification *v, Size offset)
{
	uint16		word;

	memcpy(&word, v->payload + offset, sizeof(word));
	return word;
}

/*
 * Where the first zero byte is, or the end.
 */
static Size
FindZero(const Verification *v, Size start, Size end)
{
	while (start < end)
	{
		Size		length = Min(end - start, BYTES_AT_ONCE);
		const char *zero = memchr(v->payload + start, '\0', length);

		CHECK_FOR_INTERRUPTS();
		if (zero != NULL)
			return (Size) (zero - v->payload);
		start += length;
	}
	return end;
}

/*
 * A string or key: text of the database's encoding, which never has zero bytes.
 * Core tells how many bytes are valid; the last ones of a part may be but the
 * beginning of a character.
 */
static bool
VerifyString(const Verification *v, Size start, Size length)
{
	Size		end = start + length;
	Size		zero = FindZero(v, start, end);
	int			valid;

	if (zero < end)
		return Fault(v, zero, "a string has a zero byte");
	for (Size at = start; at < end; at += (Size) valid)
	{
		CHECK_FOR_INTERRUPTS();
		valid = pg_encoding_verifymbstr(GetDatabaseEncoding(), v->payload + at,
										(int) Min(end - at, BYTES_AT_ONCE));
		if (valid == 0)
			return Fault(v, start, "a string is not valid in the database's encoding");
	}
	return true;
}

/*
 * The digits of a number, and that they suit its weight and scale.
 */
static bool
VerifyDigits(const Verification *v, Size start, Size ndigits, int weight, int scale)
{
	int64		decimals;		/* stored behind the point */
	int			last;

	for (Size i = 0; i < ndigits; i++)
	{
		if (HalfWordAt(v, start + i * sizeof(uint16)) >= DIGIT_BASE)
			return Fault(v, start + i * sizeof(uint16), "a number has a digit over 9999");
	}
	if (ndigits == 0)
		return true;
	if (HalfWordAt(v, start) == 0)
		return Fault(v, start, "a number has a leading zero");
	start += (ndigits - 1) * sizeof(uint16);
	last = HalfWordAt(v, start);
	if (last == 0)
		return Fault(v, start, "a number has a trailing zero");

	/* The scale says how many decimals are shown, and none are hidden. */
	decimals = ((int64) ndigits - weight - 1) * DECIMALS_A_DIGIT;
	for (; last % 10 == 0; last /= 10)
		decimals--;
	if (decimals > scale)
		return Fault(v, start, "a number has more decimals than its scale");
	return true;
}

/*
 * A number, its padding not included.
 */
static bool
VerifyNumber(const Verification *v, Size start, Size length)
{
	varattrib_4b varlena;
	uint16		header;
	Size		header_size = VARHDRSZ + sizeof(uint16);
	int			weight;
	int			scale;
	bool		negative;

	if (length < header_size)
		return Fault(v, start, "a number is shorter than its header");
	SET_VARSIZE(&varlena, (uint32) length);
	if (WordAt(v, start) != varlena.va_4byte.va_header)
		return Fault(v, start, "a number's length is not that of its entry");

	header = HalfWordAt(v, start + VARHDRSZ);
	if ((header & FORMAT_MASK) == FORMAT_SPECIAL)
		return Fault(v, start + VARHDRSZ, "a number is NaN or infinite");
	if ((header & FORMAT_MASK) == FORMAT_SHORT)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		scale = (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			weight += SHORT_WEIGHT_MIN;
	}
	else
	{
		header_size += sizeof(int16);
		if (length < header_size)
			return Fault(v, start, "a number is shorter than its header");
		negative = (header & FORMAT_MASK) == LONG_NEGATIVE;
		scale = header & LONG_SCALE_MASK;
		weight = (int16) HalfWordAt(v, start + header_size - sizeof(int16));
		if (scale <= SHORT_SCALE_MAX &&
			weight >= SHORT_WEIGHT_MIN && weight <= SHORT_WEIGHT_MAX)
			return Fault(v, start + VARHDRSZ, "a number has the long format but would fit the short");
	}

	if ((length - header_size) % sizeof(uint16) != 0)
		return Fault(v, start, "a number ends inside of a digit");
	if (length == header_size && (negative || weight != 0))
		return Fault(v, start + VARHDRSZ, "a zero has a sign or a weight");
	return VerifyDigits(v, start + header_size, (length - header_size) / sizeof(uint16),
						weight, scale);
}

/*
 * One child, from the end of the child before it on.  data is where the data of
 * its container begins, which is where alignment counts from.
 */
static bool
VerifyChild(const Verification *v, uint32 type, Size entry, Size data, Size start, Size end)
{
	if (!TYPE_IS_KNOWN(type))
		return Fault(v, entry, "an entry has an unknown type");
	if (type == JENTRY_ISSTRING)
		return VerifyString(v, start, end - start);
	if (type != JENTRY_ISNUMERIC && type != JENTRY_ISCONTAINER)
	{
		if (start != end)
			return Fault(v, entry, "a true, false or null has a length");
		return true;
	}

	for (; (start - data) % sizeof(uint32) != 0; start++)
	{
		if (start == end)
			return Fault(v, entry, "a number or container is shorter than its padding");
		if (v->payload[start] != '\0' && !Fault(v, start, "the padding is not zero"))
			return false;
	}
	if (type == JENTRY_ISNUMERIC)
		return VerifyNumber(v, start, end - start);
	return VerifyContainer(v, start, end - start, false);
}

static int
CompareBytes(const char *a, const char *b, Size length)
{
	int			comparison = 0;

	for (Size done = 0; done < length && comparison == 0; done += BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		comparison = memcmp(a + done, b + done, Min(length - done, BYTES_AT_ONCE));
	}
	return comparison;
}

/*
 * That a key comes behind the key before it, which is the one that ends where
 * it begins: shorter keys first, then by their bytes.
 */
static bool
VerifyKeyOrder(const Verification *v, Size previous, Size start, Size end)
{
	Size		previous_length = start - previous;
	Size		length = end - start;
	int			comparison;

	if (previous_length != length)
		comparison = previous_length < length ? -1 : 1;
	else
		comparison = CompareBytes(v->payload + previous, v->payload + start, length);
	if (comparison == 0)
		return Fault(v, start, "an object has a key twice");
	if (comparison > 0)
		return Fault(v, start, "an object's keys are not in order");
	return true;
}

/*
 * The children of a container, whose entries are known to be there.
 */
static bool
VerifyChildren(const Verification *v, Size entries, uint32 nentries, uint32 nkeys, bool is_scalar,
			   Size end)
{
	Size		data = entries + (Size) nentries * sizeof(JEntry);
	Size		child = data;
	Size		previous_key = data;

	for (uint32 i = 0; i < nentries; i++)
	{
		Size		at = entries + (Size) i * sizeof(JEntry);
		JEntry		entry = WordAt(v, at);
		uint32		type = entry & JENTRY_TYPEMASK;
		bool		has_offset = (entry & JENTRY_HAS_OFF) != 0;
		Size		child_end;

		CHECK_FOR_INTERRUPTS();
		if (has_offset && i % JB_OFFSET_STRIDE != 0)
			return Fault(v, at, "an entry inside of a stride has an offset");
		if (!has_offset && i % JB_OFFSET_STRIDE == 0)
			return Fault(v, at, "an entry that begins a stride has no offset");
		child_end = (has_offset ? data : child) + (entry & JENTRY_OFFLENMASK);
		if (child_end < child)
			return Fault(v, at, "an entry ends before it begins");
		if (child_end > end)
			return Fault(v, at, "an entry ends outside of its container");

		if (i < nkeys && type != JENTRY_ISSTRING && !Fault(v, at, "a key is not a string"))
			return false;
		if (is_scalar && type == JENTRY_ISCONTAINER)
			return Fault(v, at, "the scalar root holds a container");

		if (!VerifyChild(v, type, at, data, child, child_end))
			return false;
		if (i > 0 && i < nkeys && !VerifyKeyOrder(v, previous_key, child, child_end))
			return false;
		previous_key = child;
		child = child_end;
	}
	if (child != end)
		return Fault(v, child, "there are bytes behind the last entry");
	return true;
}

/*
 * A container that has exactly these bytes.
 */
static bool
VerifyContainer(const Verification *v, Size start, Size length, bool is_root)
{
	uint32		header;
	uint32		count;
	uint32		nkeys = 0;
	uint64		nentries;
	bool		is_scalar = false;

	check_stack_depth();
	if (length < sizeof(uint32))
		return Fault(v, start, "a container is shorter than its header");
	header = WordAt(v, start);
	count = header & JB_CMASK;
	nentries = count;

	switch (header & ~(uint32) JB_CMASK)
	{
		case JB_FARRAY:
			break;
		case JB_FOBJECT:
			nkeys = count;
			nentries = (uint64) count * 2;
			break;
		case JB_FARRAY | JB_FSCALAR:
			if (!is_root)
				return Fault(v, start, "a nested container has the flag of a scalar root");
			if (count != 1)
				return Fault(v, start, "the scalar root has not exactly one element");
			is_scalar = true;
			break;
		default:
			return Fault(v, start, "a container is neither an array nor an object");
	}
	if (nentries > (length - sizeof(uint32)) / sizeof(JEntry))
		return Fault(v, start, "a container has more entries than bytes for them");
	return VerifyChildren(v, start + sizeof(uint32), (uint32) nentries, nkeys, is_scalar,
						  start + length);
}

/*
 * Check the payload of a jsonb value, which is what follows its varlena header, and
 * tell the callback of the faults in it.  Where a fault leaves unclear what the
 * rest of a part means, the part is left.  Nesting too deep for the stack is core's
 * error.
 */
void
jbi_verify_all(const void *payload, Size length, JbiFaultCallback callback, void *state)
{
	Verification v = {.payload = payload, .callback = callback, .state = state};

	(void) VerifyContainer(&v, 0, length, true);
}

static bool
KeepFirst(void *state, const char *fault, Size offset)
{
	FirstFault *first = state;

	first->what = fault;
	first->offset = offset;
	return false;
}

/*
 * The same until the first fault, which is returned; NULL if there is none.
 */
const char *
jbi_verify(const void *payload, Size length, Size *fault_offset)
{
	FirstFault	first = {NULL, 0};

	jbi_verify_all(payload, length, KeepFirst, &first);
	*fault_offset = first.offset;
	return first.what;
}
