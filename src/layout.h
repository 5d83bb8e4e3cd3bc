/*-------------------------------------------------------------------------
 *
 * layout.h
 *	  The binary format of jsonb, and checked reads of it.
 *
 * THE FORMAT (the same in PostgreSQL 13 to 18; utils/jsonb.h has the macros)
 *
 * The payload of a jsonb datum is one container:
 *
 *		uint32	header		count of elements or pairs, JB_FARRAY or JB_FOBJECT
 *		JEntry	entries[]	one for each element; for an object first one for
 *							each key, then one for each value
 *		char	data[]		the children's bytes in the order of the entries
 *
 * A scalar document is an array of one element that also has JB_FSCALAR.
 *
 * A JEntry holds the child's type and the length of its bytes, except that
 * every JB_OFFSET_STRIDE'th entry, the 0th among them, has JENTRY_HAS_OFF set
 * and holds the offset of its end from the start of the data instead.  So any
 * child's place is found by adding at most 31 lengths, and inserting or growing
 * a child means correcting the end offsets behind it.  Keys and values of an
 * object count in one index.
 *
 * Numerics and containers start at a multiple of 4 from the start of the data
 * (which itself is aligned, so this is a multiple of 4 in memory as well).  The
 * padding stands before them and counts in their JEntry's length.  Strings,
 * and the empty bodies of true, false and null, are not aligned.
 *
 * Keys are strings, unique and sorted by length, then by bytes.  No child
 * depends on where it stands, so the bytes of a child after its padding can be
 * copied anywhere as they are.
 *
 * TRUST
 *
 * A stored value may be damaged, and every one of these numbers may be wrong.
 * The functions here check what they are about to use, just before they use it,
 * against the range that was proven before:
 *
 *	- opening a container proves that header and entries lie inside the bytes
 *	  its parent gave it, and so where its data begins and how long it is;
 *	- reading an entry proves that the child lies inside that data;
 *	- the stride rule is taken as part of the format, so that a walk to find an
 *	  offset is never longer than a stride, whatever the bytes say.
 *
 * A fault is reported by jbi_corrupted(), SQLSTATE XX001, with its offset.  What
 * is only copied is not looked at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_LAYOUT_H
#define JBI_LAYOUT_H

#include "compat.h"

#include "utils/jsonb.h"

/* Bytes of a key, a path element or a string: not null-terminated. */
typedef struct JbiString
{
	const char *bytes;
	uint32		len;
} JbiString;

static inline JbiString
jbi_string(const char *bytes)
{
	JbiString	string = {bytes, (uint32) strlen(bytes)};

	return string;
}

/*
 * A JSON value somewhere in memory.  The bytes of a container are those of the
 * nested format above; the bytes of a numeric are a Numeric varlena.
 */
typedef struct JbiValue
{
	uint32		type;			/* JENTRY_ISSTRING, ... */
	const char *bytes;			/* the first one after the padding */
	uint32		len;
	const char *doc;			/* payload it belongs to, for offsets in
								 * errors */
} JbiValue;

/* A container whose header and entries were checked. */
typedef struct JbiContainer
{
	const char *doc;
	const JEntry *entries;
	const char *data;
	uint32		data_len;
	uint32		count;			/* elements or pairs */
	uint32		nentries;		/* count, or twice that for an object */
	uint32		kind;			/* JB_FARRAY or JB_FOBJECT */
} JbiContainer;

/* Walks over entries one after the other, without searching for offsets. */
typedef struct JbiCursor
{
	const JbiContainer *container;
	uint32		index;			/* of the next entry */
	uint32		offset;			/* where its bytes begin, padding included */
} JbiCursor;

/*
 * Walks over the pairs of an object in the order of their keys.  A pair is there
 * after jbi_pairs_next() has said so.
 */
typedef struct JbiPairs
{
	JbiCursor	keys;
	JbiCursor	values;
	JbiString	key;
	JbiValue	value;
} JbiPairs;

/*
 * The most bytes that are copied or compared in one go.  There may be a few such
 * goes between two interrupt checks, and 1 MB is the most that is promised.
 */
#define JBI_BYTES_AT_ONCE ((Size) 256 * 1024)

/*
 * Messages show no more bytes than this of a path, and of any other text.
 */
#define JBI_LONGEST_PATH_SHOWN 256
#define JBI_LONGEST_TEXT_SHOWN NAMEDATALEN

#define JbiIsAligned(type) ((type) == JENTRY_ISNUMERIC || (type) == JENTRY_ISCONTAINER)
#define JbiIsBorder(index) ((index) % JB_OFFSET_STRIDE == 0)

pg_noreturn extern void jbi_corrupted(const char *doc, const void *at, const char *what);

extern void jbi_copy_bytes(void *to, const void *from, Size length);
extern void jbi_move_bytes(void *to, const void *from, Size length);
extern void jbi_fill_bytes(void *to, int byte, Size length);
extern int	jbi_compare_many_bytes(const char *a, const char *b, Size length);
extern JbiValue jbi_root_scalar(const JsonbContainer *root, uint32 length);
extern char *jbi_clip_text(JbiString string, int limit);
extern uint32 jbi_value_kind(const JbiValue *value);
extern const char *jbi_value_type_name(const JbiValue *value);

extern uint32 jbi_entry_start(const JbiContainer *container, uint32 index);
extern void jbi_get_child(const JbiContainer *container, uint32 index, JbiValue *child);
extern bool jbi_get_value(const JbiContainer *object, JbiString key, JbiValue *value);
extern int	jbi_compare_keys(JbiString a, JbiString b);
extern int	jbi_compare_key_at(const JbiContainer *object, uint32 index, JbiString key);
extern void jbi_pairs_start(JbiPairs *pairs, const JbiContainer *object);
extern bool jbi_pairs_next(JbiPairs *pairs);

/* memcmp() of any number of bytes. */
static inline int
jbi_compare_bytes(const void *a, const void *b, Size length)
{
	if (likely(length <= JBI_BYTES_AT_ONCE))
		return memcmp(a, b, length);
	return jbi_compare_many_bytes(a, b, length);
}

/*
 * Check the header of the container that the value is, and find its parts.
 */
static pg_attribute_always_inline void
jbi_open_container(JbiContainer *container, const JbiValue *value)
{
	const JsonbContainer *bytes = (const JsonbContainer *) value->bytes;
	uint32		header;

	Assert(value->type == JENTRY_ISCONTAINER);
	if (unlikely(value->len < sizeof(uint32)))
		jbi_corrupted(value->doc, bytes, "the container is shorter than its header");

	header = bytes->header;
	container->doc = value->doc;
	container->kind = header & ~(uint32) JB_CMASK;
	container->count = header & JB_CMASK;
	if (container->kind == JB_FOBJECT)
		container->nentries = 2 * container->count;
	else if (likely(container->kind == JB_FARRAY))
		container->nentries = container->count;
	else
		jbi_corrupted(value->doc, bytes, "the container is neither an array nor an object");

	if (unlikely(container->nentries > value->len / sizeof(JEntry) - 1))
		jbi_corrupted(value->doc, bytes, "the container has more entries than bytes for them");
	container->entries = bytes->children;
	container->data = (const char *) (bytes->children + container->nentries);
	container->data_len = value->len - sizeof(uint32) - container->nentries * sizeof(JEntry);
}

/*
 * Length of the entry's bytes, padding included, when they begin at offset.
 * Proves that they end inside the container's data.
 */
static pg_attribute_always_inline uint32
jbi_entry_length(const JbiContainer *container, uint32 index, uint32 offset)
{
	JEntry		entry = container->entries[index];
	uint32		length = JBE_OFFLENFLD(entry);

	if (unlikely(JBE_HAS_OFF(entry) != JbiIsBorder(index)))
		jbi_corrupted(container->doc, &container->entries[index],
					  "an entry's offset flag does not follow the stride");
	if (JbiIsBorder(index))
	{
		if (unlikely(length < offset))
			jbi_corrupted(container->doc, &container->entries[index],
						  "the entry ends before it begins");
		length -= offset;
	}
	if (unlikely(length > container->data_len - offset))
		jbi_corrupted(container->doc, &container->entries[index],
					  "the entry ends outside of its container");
	return length;
}

/*
 * Fill in the value of an entry whose bytes were found, after checking that
 * they can be of the entry's type.
 */
static pg_attribute_always_inline void
jbi_make_value(const JbiContainer *container, uint32 index, uint32 offset,
			   uint32 length, JbiValue *value)
{
	value->doc = container->doc;
	value->type = container->entries[index] & JENTRY_TYPEMASK;
	value->bytes = container->data + offset;
	value->len = length;

	if (JbiIsAligned(value->type))
	{
		uint32		padding = INTALIGN(offset) - offset;

		if (unlikely(length < padding))
			jbi_corrupted(container->doc, &container->entries[index],
						  "the entry is shorter than its padding");
		value->bytes += padding;
		value->len -= padding;
	}
	else if (value->type != JENTRY_ISSTRING)
	{
		if (unlikely(value->type > JENTRY_ISCONTAINER))
			jbi_corrupted(container->doc, &container->entries[index],
						  "the entry has an unknown type");
		if (unlikely(length != 0))
			jbi_corrupted(container->doc, &container->entries[index],
						  "the entry of a true, false or null has a length");
	}
}

/*
 * The value that the whole document is: its root container or, for a scalar
 * document, the scalar.
 */
static inline JbiValue
jbi_root_value(const Jsonb *document)
{
	const char *bytes = (const char *) &document->root;
	JbiValue	root = {
		.type = JENTRY_ISCONTAINER,
		.bytes = bytes,
		.len = VARSIZE(document) - VARHDRSZ,
		.doc = bytes
	};

	if (unlikely(VARSIZE(document) < VARHDRSZ + sizeof(uint32)))
		jbi_corrupted(bytes, bytes, "the value is shorter than a container header");
	if (unlikely((document->root.header & JB_FSCALAR) != 0))
		return jbi_root_scalar(&document->root, root.len);
	return root;
}

/*
 * The entry of an element, or of the value of a pair.
 */
static inline uint32
jbi_child_entry(const JbiContainer *container, uint32 index)
{
	return container->nentries - container->count + index;
}

/*
 * Where the bytes of an entry begin if those of an earlier one begin at start, which
 * is quicker if that one is near.
 */
static inline uint32
jbi_later_entry_start(const JbiContainer *container, uint32 index, uint32 earlier, uint32 start)
{
	Assert(earlier <= index);
	if (index - earlier > JB_OFFSET_STRIDE / 4)
		return jbi_entry_start(container, index);
	for (; earlier < index; earlier++)
		start += jbi_entry_length(container, earlier, start);
	return start;
}

static inline void
jbi_cursor_start(JbiCursor *cursor, const JbiContainer *container, uint32 index)
{
	cursor->container = container;
	cursor->index = index;
	cursor->offset = jbi_entry_start(container, index);
}

/* The next child.  The caller knows how many there are. */
static pg_attribute_always_inline void
jbi_cursor_next(JbiCursor *cursor, JbiValue *child)
{
	uint32		length = jbi_entry_length(cursor->container, cursor->index, cursor->offset);

	jbi_make_value(cursor->container, cursor->index, cursor->offset, length, child);
	cursor->offset += length;
	cursor->index++;
}

/* Go on to a later child. */
static inline void
jbi_cursor_skip(JbiCursor *cursor, uint32 index)
{
	cursor->offset = jbi_later_entry_start(cursor->container, index, cursor->index, cursor->offset);
	cursor->index = index;
}

/*
 * Search a key among those of the object from the pair `first` on.  Returns
 * whether it is there, and its pair's index or the one it would have to go
 * before.
 */
static inline bool
jbi_find_key(const JbiContainer *object, JbiString key, uint32 first, uint32 *index)
{
	const JEntry *entries = object->entries;
	uint32		low = first;
	uint32		high = object->count;

	Assert(object->kind == JB_FOBJECT);
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		JEntry		entry = entries[middle];
		uint32		length = JBE_OFFLENFLD(entry);
		int			comparison;

		if (unlikely(!JBE_ISSTRING(entry)))
			jbi_corrupted(object->doc, &entries[middle], "the key is not a string");

		/*
		 * Most probes are decided by the length, which nearly every entry
		 * tells, the first one by its end.
		 */
		if (likely(length != key.len && (middle == 0 || !JBE_HAS_OFF(entry))))
			comparison = length < key.len ? -1 : 1;
		else
			comparison = jbi_compare_key_at(object, middle, key);

		if (comparison == 0)
		{
			*index = middle;
			return true;
		}
		if (comparison < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*index = low;
	return false;
}

#endif							/* JBI_LAYOUT_H */
