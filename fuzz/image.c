/*-------------------------------------------------------------------------
 *
 * image.c
 *	  Images of jsonb that may be damaged: ways into them, and more damage.
 *
 * A reader of the format that believes nothing: where something is out of bounds,
 * it stops.  With it a path is found that leads through a damaged document, and
 * the words that are worth damaging: headers and entries, rather than text.
 *
 *-------------------------------------------------------------------------
 */
#include "image.h"

#include "core.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#define MAX_STEPS	5
#define FRESH_PERCENT	75

/* A container, as far as it lies inside of the image. */
typedef struct Container
{
	Size		header;			/* where it is */
	uint32		kind;
	uint32		nentries;		/* that there is room for */
	uint32		nkeys;
	Size		data;
	Size		end;
} Container;

static uint32
WordAt(const uint8 *image, Size at)
{
	uint32		word;

	memcpy(&word, image + at, sizeof(word));
	return word;
}

static bool
ReadContainer(const uint8 *image, Size start, Size end, Container *container)
{
	Size		room;
	uint32		count;
	uint64		wanted;

	if (end - start < sizeof(uint32))
		return false;
	room = (end - start) / sizeof(uint32) - 1;
	container->header = start;
	container->end = end;
	container->kind = WordAt(image, start) & (JB_FOBJECT | JB_FARRAY);
	count = WordAt(image, start) & JB_CMASK;
	wanted = container->kind == JB_FOBJECT ? (uint64) count * 2 : count;
	container->nentries = (uint32) Min(wanted, room);
	container->nkeys = container->kind == JB_FOBJECT ? Min(count, container->nentries / 2) : 0;
	container->data = start + sizeof(uint32) + container->nentries * sizeof(JEntry);
	return container->nentries > 0;
}

static bool
ReadPart(const uint8 *image, const Container *container, uint32 index, Part *part)
{
	uint64		offset = 0;
	uint64		end = 0;
	uint64		limit = container->end - container->data;

	for (uint32 i = 0; i <= index; i++)
	{
		JEntry		entry = WordAt(image, container->header + (i + 1) * sizeof(uint32));

		offset = end;
		end = (entry & JENTRY_HAS_OFF) ? (entry & JENTRY_OFFLENMASK) :
			end + (entry & JENTRY_OFFLENMASK);
		part->type = entry & JENTRY_TYPEMASK;
	}
	part->entry = container->header + (index + 1) * sizeof(uint32);
	if (part->type == JENTRY_ISNUMERIC || part->type == JENTRY_ISCONTAINER)
		offset = INTALIGN(offset);
	if (offset > end || end > limit)
		return false;
	part->start = container->data + offset;
	part->length = end - offset;
	return true;
}

/*
 * One step into a container.  False if it leads nowhere.
 */
static bool
StepInto(const uint8 *image, const Container *container, Input *input, Part *part, char **element)
{
	uint32		count = container->nentries - container->nkeys;
	uint32		index = (uint32) choose(input, (int) Min(count, 256));
	Part		key;

	if (!ReadPart(image, container, container->nkeys + index, part))
		return false;
	if (container->kind != JB_FOBJECT)
	{
		*element = psprintf("%u", index);
		return true;
	}
	/* A path's elements are sound text, whatever the keys are. */
	if (!ReadPart(image, container, index, &key) ||
		!pg_verify_mbstr(GetDatabaseEncoding(), (const char *) image + key.start,
						 (int) key.length, true))
		return false;
	*element = pnstrdup((const char *) image + key.start, key.length);
	return true;
}

/*
 * Find a pair of the first object among the elements, or of the object itself.
 */
static void
FindPair(const uint8 *image, const Container *container, Input *input, Place *place)
{
	Container	object = *container;
	uint32		index;

	if (container->kind == JB_FARRAY)
	{
		Part		element;

		index = (uint32) choose(input, (int) Min(container->nentries, 256));
		if (!ReadPart(image, container, index, &element) ||
			element.type != JENTRY_ISCONTAINER ||
			!ReadContainer(image, element.start, element.start + element.length, &object))
			return;
	}
	if (object.nkeys == 0)
		return;
	index = (uint32) choose(input, (int) Min(object.nkeys, 256));
	place->has_pair = ReadPart(image, &object, index, &place->key) &&
		ReadPart(image, &object, object.nkeys + index, &place->key_value);
}

/*
 * Go some way into the image.  Ends at a container of the kind, if one is on the
 * way.
 */
Place
walk_image(const uint8 *image, Size length, Input *input, uint32 kind)
{
	Place		found = {.path = NIL};
	Part		part = {.start = 0, .length = length, .type = JENTRY_ISCONTAINER};
	List	   *path = NIL;

	found.part = part;
	for (int steps = 0; steps < MAX_STEPS; steps++)
	{
		Container	container;
		char	   *element;

		if (part.type != JENTRY_ISCONTAINER ||
			!ReadContainer(image, part.start, part.start + part.length, &container))
			break;
		if (container.kind == kind)
		{
			found.path = list_copy(path);
			found.part = part;
			found.has_pair = false;
			FindPair(image, &container, input, &found);
			if (found.has_pair && chance(input, 50))
				break;
		}
		if (!StepInto(image, &container, input, &part, &element))
			break;
		path = lappend(path, element);
	}
	return found;
}

/*
 * The place of some header or entry, mostly not far from the root.
 */
static Size
PickWord(const uint8 *image, Size length, Input *input)
{
	Part		part = {.start = 0, .length = length, .type = JENTRY_ISCONTAINER};
	Size		word = 0;

	for (int steps = 0; steps <= MAX_STEPS; steps++)
	{
		Container	container;
		char	   *element;

		if (part.type != JENTRY_ISCONTAINER ||
			!ReadContainer(image, part.start, part.start + part.length, &container))
			break;
		if (chance(input, 15))
			return container.header;
		word = container.header + sizeof(uint32) *
			(1 + (Size) choose(input, (int) Min(container.nentries, 256)));
		if (chance(input, 30) || !StepInto(image, &container, input, &part, &element))
			break;
	}
	return word;
}

static void
DamageWord(uint8 *at, Input *input)
{
	static const uint32 bits[] = {
		JENTRY_HAS_OFF, JENTRY_ISNUMERIC, JENTRY_ISBOOL_FALSE, JENTRY_ISNULL, 1, 2, 4, 8,
		0x10000, 0x08000000
	};
	static const int steps[] = {1, -1, 2, -2, 3, -3, 4, -4, 8, -8, 16, -16, 32, -32};
	uint32		word;

	memcpy(&word, at, sizeof(word));
	switch (choose(input, 5))
	{
		case 0:
			word ^= bits[choose(input, lengthof(bits))];
			break;
		case 1:
		case 2:
			word += (uint32) steps[choose(input, lengthof(steps))];
			break;
		case 3:
			word = (word & ~(uint32) JENTRY_OFFLENMASK) |
				(chance(input, 50) ? 0 : JENTRY_OFFLENMASK - (uint32) choose(input, 9));
			break;
		default:
			word ^= (uint32) 1 << choose(input, 32);
			break;
	}
	memcpy(at, &word, sizeof(word));
}

/*
 * Damage an image in one place.  Returns its new length.
 */
Size
damage_image(uint8 *image, Size length, Size max_length, Input *input)
{
	int			kind = choose(input, 100);
	Size		at;

	if (length < sizeof(uint32))
		return length;
	if (kind < 50)
	{
		at = PickWord(image, length, input);
		if (at + sizeof(uint32) <= length)
			DamageWord(image + at, input);
	}
	else if (kind < 80)
	{
		at = ((Size) choose(input, 256) * 256 + (Size) choose(input, 256)) % length;
		image[at] ^= (uint8) (1 << choose(input, 8));
	}
	else if (kind < 88)
	{
		/* A number's header and digits, wherever there seems to be one. */
		for (at = 0; at + 8 <= length; at += 4)
			if (image[at] != 0 && image[at] < 128 && image[at + 1] == 0 && image[at + 2] == 0 &&
				image[at + 3] == 0 && chance(input, 50))
			{
				image[at + (Size) choose(input, 8)] ^= (uint8) (1 << choose(input, 8));
				break;
			}
	}
	else if (kind < 94)
	{
		Size		less = 1 + (Size) choose(input, 16);

		length -= Min(length, less);
	}
	else
	{
		Size		more = 1 + (Size) choose(input, 16);

		more = Min(max_length - length, more);
		memset(image + length, choose(input, 256), more);
		length += more;
	}
	return length;
}

/*
 * Damage a compressed value in one place, its header's length not included, which
 * is made to fit.  Returns its new size.
 */
Size
damage_stream(uint8 *stream, Size size, Input *input)
{
	int			kind = choose(input, 100);
	Size		at = COMPRESSED_HEADER;

	if (size > COMPRESSED_HEADER)
		at += ((Size) choose(input, 256) * 256 + (Size) choose(input, 256)) %
			(size - COMPRESSED_HEADER);
	if (kind < 30 && at < size)
		stream[at] ^= (uint8) (1 << choose(input, 8));
	else if (kind < 50 && at < size)
		stream[at] = (uint8) choose(input, 256);
	else if (kind < 70)
	{
		/* What it claims to be long, mostly not far off. */
		const uint32 mask = ((uint32) 1 << STREAM_CLAIM_BITS) - 1;
		uint32		step = (uint32) choose(input, 64) - 32;
		uint32		word;

		memcpy(&word, stream + VARHDRSZ, sizeof(word));
		if (chance(input, 70))
			word = (word & ~mask) | ((word + step) & mask);
		else
			word ^= (uint32) 1 << choose(input, STREAM_CLAIM_BITS);
		memcpy(stream + VARHDRSZ, &word, sizeof(word));
	}
	else if (kind < 80)
		/* What it claims to be compressed by. */
		stream[COMPRESSED_HEADER - 1] ^= (uint8) (chance(input, 50) ? 0x40 : 0x80);
	else
		size = at;
	SET_VARSIZE_COMPRESSED(stream, size);
	return size;
}

/*
 * Documents that mean something to a function: patches, and lists of updates, that fit
 * what cases.c has.
 */
static const char *const meaningful[] = {
	"[{\"op\":\"add\",\"path\":\"/l/1\",\"value\":{\"id\":7}},{\"op\":\"remove\",\"path\":\"/a/b/n\"},"
	"{\"op\":\"test\",\"path\":\"/l/2\",\"value\":{\"k1\":1}}]",
	"[{\"op\":\"move\",\"from\":\"/l/0\",\"path\":[\"a\",\"~1\"]},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/b/~01\"},"
	"{\"op\":\"replace\",\"path\":[\"l\",\"[*]\"],\"value\":[]}]",
	"[{\"op\":\"upsert\",\"path\":[\"l\"],\"key\":\"id\",\"value\":{\"id\":5.0,\"x\":{}}},"
	"{\"op\":\"update_where\",\"path\":[\"l\"],\"key\":\"id\",\"value\":1,\"updates\":{\"y\":1}},"
	"{\"op\":\"delete_where\",\"path\":[\"l\"],\"key\":\"k1\",\"value\":1}]",
	"[{\"op\":\"increment\",\"path\":[\"l\",\"[k=x]\",\"id\"],\"value\":2.50},{\"op\":\"increment\",\"path\":[\"l\",-1]},"
	"{\"op\":\"merge\",\"path\":[\"a\",\"b\"],\"value\":{\"n\":[]}},"
	"{\"op\":\"deep_merge\",\"path\":[],\"value\":{\"a\":{\"b\":{\"m\":0}}}}]",
	"[{\"match_value\":1,\"updates\":{\"a\":[true]}},{\"id\":5,\"k\":{}},{\"match_value\":5.0,\"updates\":{\"id\":6}}]"
};

/*
 * Damage the image behind so many bytes of choices, or a fresh one: without those,
 * damage upon damage would leave nothing that gets past the first check.
 */
size_t
mutate_image(uint8 *data, size_t choices, size_t size, size_t max_size, unsigned int seed)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fuzz mutation",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Input		input = start_input((const uint8 *) &seed, sizeof(seed));

	input.at = input.size;
	if (size <= choices || chance(&input, FRESH_PERCENT))
	{
		const Jsonb *document = chance(&input, 10) ?
			parse_json(meaningful[choose(&input, lengthof(meaningful))]) :
			make_document(&input, (Focus) choose(&input, 3)).value;
		Size		length = VARSIZE(document) - VARHDRSZ;

		if (choices + length <= max_size)
		{
			for (size_t i = 0; i < choices; i++)
				data[i] = (uint8) choose(&input, 256);
			memcpy(data + choices, VARDATA(document), length);
			size = choices + length;
		}
	}
	else if (chance(&input, 20))
		size = LLVMFuzzerMutate(data, size, max_size);
	else if (chance(&input, 30))
		data[choose(&input, (int) choices)] = (uint8) choose(&input, 256);

	if (size > choices)
		for (int count = choose(&input, 3) == 0 ? 2 : 1; count > 0; count--)
			size = choices + damage_image(data + choices, size - choices, max_size - choices,
										  &input);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return size;
}
