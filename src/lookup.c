/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Looks up a value in a stored document without reading all of it.
 *
 * Pointers into a document of which only a part is in memory are made as if all of
 * it was: `doc` is where the document would begin.  Before bytes are looked at,
 * they are asked for; and that may move the part, and so the document.
 *
 *-------------------------------------------------------------------------
 */
#include "lookup.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * Parts are of so many bytes, or a multiple: of a document that is out of line as
 * it is, its chunks; of a compressed one, what the first chunk of a stream of pglz
 * is sure to hold, which takes a bit more than a byte for each eight and a header.
 *
 * What a part costs is counted in bytes.  To open the table and its index takes as
 * long as reading so many more there, or as decompressing so many.  (Measured;
 * what fuzzers have is so small that it is all read at once, if that counts.)
 */
#ifdef JBI_LOOKUP_ALL
#define CHUNK						((uint32) 32)
#define CHUNK_COMPRESSED			((uint32) 24)
#define FETCH_IN_BYTES_READ			((uint32) 0)
#define FETCH_IN_BYTES_DECOMPRESSED	((uint32) 0)
#define LONG_STREAM					1024
#else
#define CHUNK						((uint32) TOAST_MAX_CHUNK_SIZE)
#define CHUNK_COMPRESSED			(CHUNK / 9 * 8 - 16)
#define FETCH_IN_BYTES_READ			((uint32) 16384)
#define FETCH_IN_BYTES_DECOMPRESSED	((uint32) 4096)

/*
 * Of a stream that is shorter the first part is fetched alone, and then, if that does
 * not do, all of it: that costs next to nothing.
 */
#define LONG_STREAM					32768
#endif

/*
 * Of a long document no part is as small as the pieces that memory contexts keep for the next
 * who wants one: for the large part that may be read next it would be of no use.
 */
#define LONG_DOCUMENT				((uint32) 131072)
#define SMALL_PIECE					((uint32) 8192)

/* The same part of a document is as well aligned as the document is. */
StaticAssertDecl(TOAST_MAX_CHUNK_SIZE % sizeof(int32) == 0, "chunks keep the alignment");

/*
 * What is known of a value that is stored out of line.  Whether its stream has to
 * be fetched: how much of one of lz4 a part would take is not known.
 */
static bool
ReadPointer(JbiLookup *lookup, const struct varlena *value)
{
	struct varatt_external pointer;
	int32		size;

	VARATT_EXTERNAL_GET_POINTER(pointer, value);
	size = jbi_stored_size(pointer);
	lookup->in_chunks = size >= pointer.va_rawsize - VARHDRSZ;
	if (lookup->in_chunks)
		lookup->cost = FETCH_IN_BYTES_READ;
	else if (jbi_stored_compression(pointer) != JBI_PGLZ)
		return true;
	else if (size < LONG_STREAM)
		lookup->fetch_later = true;
	else
		lookup->cost = FETCH_IN_BYTES_DECOMPRESSED;
	return false;
}

/*
 * From now on the stream is in memory.
 */
static void
FetchStream(JbiLookup *lookup)
{
	lookup->stored = lookup->fetched = detoast_external_attr(lookup->stored);
	lookup->fetch_later = false;
}

/*
 * Begin to look things up in a document.  False, if it is not worth it or no way
 * to do it is known: then it has to be read as a whole.
 */
bool
jbi_lookup_start(JbiLookup *lookup, Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	bool		fetch;
	Size		size;
	uint32		all;

	*lookup = (JbiLookup)
	{
		.stored = value
	};
	if (!VARATT_IS_EXTERNAL_ONDISK(value) && !VARATT_IS_COMPRESSED(value))
		return false;
	size = toast_raw_datum_size(datum);
	if (size > MaxAllocSize || size < VARHDRSZ + CHUNK)
		return false;
	lookup->length = (uint32) (size - VARHDRSZ);
	fetch = VARATT_IS_EXTERNAL_ONDISK(value) && ReadPointer(lookup, value);

	/*
	 * The beginning of a stream is decompressed again for each part that goes
	 * further, and core copies it once, so that half of a document takes as
	 * much memory as the whole.
	 */
	all = lookup->length + lookup->cost;
	lookup->budget = lookup->in_chunks ? all / 4 * 3 : all / 3;
	lookup->longest = lookup->in_chunks ? all / 4 * 3 : all / 2;

	/* Two parts mostly do: one with the keys, and one with the value. */
	if (lookup->budget < 2 * (CHUNK + lookup->cost))
		return false;
	if (fetch)
		FetchStream(lookup);
	return true;
}

static void
Release(struct varlena **copy)
{
	if (*copy != NULL)
		pfree(*copy);
	*copy = NULL;
}

void
jbi_lookup_end(JbiLookup *lookup)
{
	Release(&lookup->part);
	Release(&lookup->fetched);
}

/*
 * Read the bytes from one offset to another, or more.
 */
static void
ReadPart(JbiLookup *lookup, uint32 from, uint32 to)
{
	uint32		chunk = lookup->in_chunks ? CHUNK : CHUNK_COMPRESSED;
	uint32		cost;

	if (lookup->part != NULL && lookup->fetch_later)
		FetchStream(lookup);
	Release(&lookup->part);
	from = lookup->in_chunks ? from - from % chunk : 0;
	if (lookup->length >= LONG_DOCUMENT)
		to = Max(to, from + SMALL_PIECE);
	to = Min(to + (chunk - 1) - (to - 1) % chunk, lookup->length);
	cost = to - from + lookup->cost;

	/* After the last one that there is budget for comes no other. */
	if (cost + lookup->cost + CHUNK <= lookup->budget)
		lookup->budget -= cost;
	else if (lookup->end - from + lookup->cost <= lookup->longest)
		to = lookup->end;
	else
	{
		from = 0;
		to = lookup->length;
	}

	if (to - from < lookup->length)
		lookup->part = detoast_attr_slice(lookup->stored, (int32) from, (int32) (to - from));
	else
	{
		lookup->part = detoast_attr(lookup->stored);
		Release(&lookup->fetched);
	}
	lookup->from = from;
	lookup->to = to;
	if (VARSIZE(lookup->part) - VARHDRSZ != to - from)
		jbi_corrupted(VARDATA(lookup->part), VARDATA(lookup->part),
					  "its bytes are not as many as its header says");
}

/*
 * See to it that bytes of the document are there: so many from the offset on.
 * Returns where the document begins.
 */
static const char *
Need(JbiLookup *lookup, Size offset, Size length)
{
	uint32		from = (uint32) offset;
	uint32		to = (uint32) (offset + length);

	Assert(offset + length <= lookup->end && lookup->end <= lookup->length);
	if (length > 0 && (from < lookup->from || to > lookup->to))
		ReadPart(lookup, from, to);
	return VARDATA(lookup->part) - lookup->from;
}

/*
 * The same for the first bytes of a value.
 */
static void
NeedOfValue(JbiLookup *lookup, JbiValue *value, uint32 length)
{
	Size		offset = (Size) (value->bytes - value->doc);

	value->doc = Need(lookup, offset, Min(length, value->len));
	value->bytes = value->doc + offset;
}

/*
 * The same for bytes of a container, from one of its entries on.
 */
static void
NeedOfContainer(JbiLookup *lookup, JbiContainer *container, uint32 first_entry, Size length)
{
	Size		entries = (Size) ((const char *) container->entries - container->doc);
	Size		data = (Size) (container->data - container->doc);

	container->doc = Need(lookup, entries + first_entry * sizeof(JEntry), length);
	container->entries = (const JEntry *) (container->doc + entries);
	container->data = container->doc + data;
}

/*
 * Where the last of the keys ends that the search may look at, however damaged
 * the entries are.  What lies outside of the data it refuses.
 */
static uint32
EndOfKeys(const JbiContainer *object)
{
	uint64		end = 0;
	uint64		last = 0;

	for (uint32 i = 0; i < object->count; i++)
	{
		uint32		length = JBE_OFFLENFLD(object->entries[i]);

		CHECK_FOR_INTERRUPTS();
		end = JbiIsBorder(i) ? length : end + length;
		last = Max(last, end);
	}
	return (uint32) Min(last, object->data_len);
}

/*
 * Open a container that the value is, as far as needed to search among the keys if it
 * is an object.
 */
static void
OpenContainer(JbiLookup *lookup, JbiContainer *container, JbiValue *value)
{
	NeedOfValue(lookup, value, sizeof(uint32));
	jbi_open_container(container, value);
	if (container->kind == JB_FOBJECT)
	{
		Size		entries_size = container->nentries * sizeof(JEntry);

		NeedOfContainer(lookup, container, 0, entries_size);
		NeedOfContainer(lookup, container, 0, entries_size + EndOfKeys(container));
	}
}

/*
 * Follow one element of the path from the container.
 */
static bool
FollowStep(JbiLookup *lookup, const JbiPath *path, int level, JbiValue *value)
{
	JbiContainer container;
	uint32		index;
	uint32		entry;

	OpenContainer(lookup, &container, value);
	if (container.kind == JB_FARRAY && jbi_is_selector(path, level))
		NeedOfContainer(lookup, &container, 0, container.nentries * sizeof(JEntry) + container.data_len);
	if (!jbi_path_step(path, level, &container, JBI_PATH_READ, &index))
		return false;
	entry = jbi_child_entry(&container, index);
	if (container.kind == JB_FARRAY)
	{
		/* The place of an element is told from the border before it on. */
		uint32		first = entry == 0 ? 0 : entry - 1 - (entry - 1) % JB_OFFSET_STRIDE;

		NeedOfContainer(lookup, &container, first, (entry - first + 1) * sizeof(JEntry));
	}
	jbi_get_child(&container, entry, value);
	return true;
}

/*
 * The document as a value.
 */
static JbiValue
Root(JbiLookup *lookup)
{
	JbiValue	root = {.type = JENTRY_ISCONTAINER, .len = lookup->length};
	const JsonbContainer *container;

	/* What is looked at of a scalar's array are its header and its entry. */
	lookup->end = lookup->length;
	root.bytes = root.doc = Need(lookup, 0, 2 * sizeof(uint32));
	container = (const JsonbContainer *) root.bytes;
	return (container->header & JB_FSCALAR) == 0 ? root : jbi_root_scalar(container, root.len);
}

/*
 * The value at the path, as #> finds it.
 */
bool
jbi_lookup_path(JbiLookup *lookup, const JbiPath *path, JbiValue *value)
{
	*value = Root(lookup);
	for (int level = 0; level < path->count; level++)
	{
		CHECK_FOR_INTERRUPTS();
		if (value->type != JENTRY_ISCONTAINER || !FollowStep(lookup, path, level, value))
			return false;
		lookup->end = (uint32) (value->bytes - value->doc) + value->len;
	}
	NeedOfValue(lookup, value, value->len);
	return true;
}

/*
 * The value that the root has under the key, if it is an object, and the value no
 * container.
 */
bool
jbi_lookup_scalar(JbiLookup *lookup, JbiString key, JbiValue *value)
{
	JbiContainer object;

	*value = Root(lookup);
	if (value->type != JENTRY_ISCONTAINER)
		return false;
	OpenContainer(lookup, &object, value);
	if (object.kind != JB_FOBJECT || !jbi_get_value(&object, key, value) ||
		value->type == JENTRY_ISCONTAINER)
		return false;
	lookup->end = (uint32) (value->bytes - value->doc) + value->len;
	NeedOfValue(lookup, value, value->len);
	return true;
}
