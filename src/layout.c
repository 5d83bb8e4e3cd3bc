/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Checked reads of the binary format.  layout.h explains both.
 *
 *-------------------------------------------------------------------------
 */
#include "layout.h"

/*
 * The stored bytes break the format at the place `at`.
 */
void
jbi_corrupted(const char *doc, const void *at, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid jsonb value: %s", what),
			 errdetail_internal("The fault is at byte offset %zu of the value.",
								(Size) ((const char *) at - doc))));
}

/*
 * The value that the whole document is: its root container or, for a scalar
 * document, the scalar.
 */
JbiValue
jbi_root_value(const Jsonb *document)
{
	JbiValue	root;
	JbiContainer container;
	uint32		header;

	root.type = JENTRY_ISCONTAINER;
	root.doc = root.bytes = (const char *) &document->root;
	if (VARSIZE(document) < VARHDRSZ + sizeof(uint32))
		jbi_corrupted(root.doc, root.doc, "the value is shorter than a container header");
	root.len = VARSIZE(document) - VARHDRSZ;

	header = document->root.header;
	if ((header & JB_FSCALAR) == 0)
		return root;

	/* Nested containers are never scalar, so the flag is dealt with here alone. */
	if (header != (JB_FARRAY | JB_FSCALAR | 1) || root.len < 2 * sizeof(uint32))
		jbi_corrupted(root.doc, root.doc, "the scalar root is not an array of one element");
	container.doc = root.doc;
	container.entries = document->root.children;
	container.data = (const char *) &document->root.children[1];
	container.data_len = root.len - 2 * sizeof(uint32);
	container.count = container.nentries = 1;
	container.kind = JB_FARRAY;
	jbi_get_child(&container, 0, &root);
	if (root.type == JENTRY_ISCONTAINER)
		jbi_corrupted(root.doc, root.doc, "the scalar root holds a container");
	return root;
}

/*
 * Check the header of the container that the value is, and find its parts.
 */
void
jbi_open_container(JbiContainer *container, const JbiValue *value)
{
	const JsonbContainer *bytes = (const JsonbContainer *) value->bytes;
	uint32		header;

	Assert(value->type == JENTRY_ISCONTAINER);
	if (unlikely(value->len < sizeof(uint32)))
		jbi_corrupted(value->doc, bytes, "the container is shorter than its header");

	header = bytes->header;
	container->doc = value->doc;
	container->kind = header & ~JB_CMASK;
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
 * JB_FARRAY or JB_FOBJECT for a container, 0 for a scalar.
 */
uint32
jbi_value_kind(const JbiValue *value)
{
	JbiContainer container;

	if (value->type != JENTRY_ISCONTAINER)
		return 0;
	jbi_open_container(&container, value);
	return container.kind;
}

/*
 * What the value is, with its article, for messages.
 */
const char *
jbi_value_type_name(const JbiValue *value)
{
	switch (value->type)
	{
		case JENTRY_ISSTRING:
			return "a string";
		case JENTRY_ISNUMERIC:
			return "a number";
		case JENTRY_ISBOOL_TRUE:
		case JENTRY_ISBOOL_FALSE:
			return "a boolean";
		case JENTRY_ISNULL:
			return "null";
		default:
			return jbi_value_kind(value) == JB_FARRAY ? "an array" : "an object";
	}
}

/*
 * Where the bytes of an entry begin, padding included.  index may be nentries,
 * which gives the end of the last one.
 */
uint32
jbi_entry_start(const JbiContainer *container, uint32 index)
{
	uint64		lengths = 0;
	uint32		border;

	if (index == 0)
		return 0;

	/* The entry at the border holds its end; from there on add lengths. */
	border = (index - 1) - (index - 1) % JB_OFFSET_STRIDE;
	if (unlikely(!JBE_HAS_OFF(container->entries[border])))
		jbi_corrupted(container->doc, &container->entries[border],
					  "the entry's offset flag does not follow the stride");
	for (uint32 i = border; i < index; i++)
	{
		if (unlikely(i != border && JBE_HAS_OFF(container->entries[i])))
			jbi_corrupted(container->doc, &container->entries[i],
						  "the entry's offset flag does not follow the stride");
		lengths += JBE_OFFLENFLD(container->entries[i]);
	}
	if (unlikely(lengths > container->data_len))
		jbi_corrupted(container->doc, &container->entries[index - 1],
					  "the entry ends outside of its container");
	return (uint32) lengths;
}

/*
 * Fill in the value of an entry whose bytes were found, after checking that
 * they can be of the entry's type.
 */
void
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
 * Read one child.  For an object the first half of the entries are the keys.
 */
void
jbi_get_child(const JbiContainer *container, uint32 index, JbiValue *child)
{
	uint32		offset = jbi_entry_start(container, index);

	jbi_make_value(container, index, offset,
				   jbi_entry_length(container, index, offset), child);
}

/*
 * The order in which an object has its keys.
 */
int
jbi_compare_keys(JbiString a, JbiString b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.bytes, b.bytes, a.len);
}

/*
 * Compare a key of the object with a key.  Most probes of a search are decided
 * by the length, which nearly every entry tells without its offset.
 */
static int
CompareKeyAt(const JbiContainer *object, uint32 index, JbiString key)
{
	JEntry		entry = object->entries[index];
	JbiString	found = {NULL, JBE_OFFLENFLD(entry)};
	uint32		offset;

	if (unlikely(!JBE_ISSTRING(entry)))
		jbi_corrupted(object->doc, &object->entries[index], "the key is not a string");

	if (JBE_HAS_OFF(entry) || found.len == key.len)
	{
		offset = jbi_entry_start(object, index);
		found.bytes = object->data + offset;
		found.len = jbi_entry_length(object, index, offset);
	}
	return jbi_compare_keys(found, key);
}

/*
 * Search a key among those of the object from the pair `first` on.  Returns
 * whether it is there, and its pair's index or the one it would have to go
 * before.
 */
bool
jbi_find_key(const JbiContainer *object, JbiString key, uint32 first, uint32 *index)
{
	uint32		low = first;
	uint32		high = object->count;

	Assert(object->kind == JB_FOBJECT);
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		int			comparison = CompareKeyAt(object, middle, key);

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
