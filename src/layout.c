/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Checked reads of the binary format.  layout.h explains both.
 *
 *-------------------------------------------------------------------------
 */
#include "layout.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

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
 * The beginning of a text, for messages: as many bytes as the limit allows.
 */
char *
jbi_clip_text(JbiString string, int limit)
{
	int			shown = pg_mbcliplen(string.bytes, (int) string.len, limit);

	/* It may be more than was given if a character is cut off. */
	shown = Min(shown, (int) string.len);
	return psprintf("%.*s%s", shown, string.bytes, (uint32) shown < string.len ? "..." : "");
}

/*
 * The scalar that the whole document is.  Nested containers are never scalar, so
 * the flag is dealt with here alone.
 */
JbiValue
jbi_root_scalar(const JsonbContainer *root, uint32 length)
{
	const char *bytes = (const char *) root;
	JbiContainer container = {
		.doc = bytes,
		.entries = root->children,
		.data = (const char *) &root->children[1],
		.count = 1,
		.nentries = 1,
		.kind = JB_FARRAY
	};
	JbiValue	scalar;

	if (root->header != (JB_FARRAY | JB_FSCALAR | 1) || length < 2 * sizeof(uint32))
		jbi_corrupted(bytes, bytes, "the scalar root is not an array of one element");
	container.data_len = length - 2 * sizeof(uint32);
	jbi_get_child(&container, 0, &scalar);
	if (scalar.type == JENTRY_ISCONTAINER)
		jbi_corrupted(bytes, bytes, "the scalar root holds a container");
	return scalar;
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
 * memcpy() of any number of bytes.
 */
void
jbi_copy_bytes(void *to, const void *from, Size length)
{
	for (Size done = 0; done < length; done += JBI_BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy((char *) to + done, (const char *) from + done,
			   Min(length - done, JBI_BYTES_AT_ONCE));
	}
}

/*
 * memmove() of any number of bytes.
 */
void
jbi_move_bytes(void *to, const void *from, Size length)
{
	bool		up = (uintptr_t) to > (uintptr_t) from;

	for (Size done = 0; done < length; done += JBI_BYTES_AT_ONCE)
	{
		Size		count = Min(length - done, JBI_BYTES_AT_ONCE);
		Size		at = up ? length - done - count : done;

		CHECK_FOR_INTERRUPTS();
		memmove((char *) to + at, (const char *) from + at, count);
	}
}

/*
 * memset() of any number of bytes.
 */
void
jbi_fill_bytes(void *to, int byte, Size length)
{
	for (Size done = 0; done < length; done += JBI_BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		memset((char *) to + done, byte, Min(length - done, JBI_BYTES_AT_ONCE));
	}
}

int
jbi_compare_many_bytes(const char *a, const char *b, Size length)
{
	int			comparison = 0;

	for (Size done = 0; done < length && comparison == 0; done += JBI_BYTES_AT_ONCE)
	{
		CHECK_FOR_INTERRUPTS();
		comparison = memcmp(a + done, b + done, Min(length - done, JBI_BYTES_AT_ONCE));
	}
	return comparison;
}

/*
 * Where the bytes of an entry begin, padding included.  index may be nentries,
 * which gives the end of the last one.
 */
uint32
jbi_entry_start(const JbiContainer *container, uint32 index)
{
	uint64		lengths;
	uint32		border;
	JEntry		seen = 0;

	if (index == 0)
		return 0;

	/* The entry at the border holds its end; from there on add lengths. */
	border = (index - 1) - (index - 1) % JB_OFFSET_STRIDE;
	lengths = JBE_OFFLENFLD(container->entries[border]);
	for (uint32 i = border + 1; i < index; i++)
	{
		seen |= container->entries[i];
		lengths += JBE_OFFLENFLD(container->entries[i]);
	}
	if (unlikely(!JBE_HAS_OFF(container->entries[border]) || JBE_HAS_OFF(seen)))
		jbi_corrupted(container->doc, &container->entries[border],
					  "an entry's offset flag does not follow the stride");
	if (unlikely(lengths > container->data_len))
		jbi_corrupted(container->doc, &container->entries[index - 1],
					  "the entry ends outside of its container");
	return (uint32) lengths;
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
 * Read what the object has under the key, if it has it.
 */
bool
jbi_get_value(const JbiContainer *object, JbiString key, JbiValue *value)
{
	uint32		index;

	if (!jbi_find_key(object, key, 0, &index))
		return false;
	jbi_get_child(object, jbi_child_entry(object, index), value);
	return true;
}

/*
 * The order in which an object has its keys.
 */
int
jbi_compare_keys(JbiString a, JbiString b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return jbi_compare_bytes(a.bytes, b.bytes, a.len);
}

/*
 * Compare a key of the object with a key by more than its length.
 */
int
jbi_compare_key_at(const JbiContainer *object, uint32 index, JbiString key)
{
	uint32		offset = jbi_entry_start(object, index);
	JbiString	found = {object->data + offset, jbi_entry_length(object, index, offset)};

	CHECK_FOR_INTERRUPTS();
	return jbi_compare_keys(found, key);
}

void
jbi_pairs_start(JbiPairs *pairs, const JbiContainer *object)
{
	Assert(object->kind == JB_FOBJECT);
	jbi_cursor_start(&pairs->keys, object, 0);
	jbi_cursor_start(&pairs->values, object, object->count);
}

/*
 * The next pair, whose key must come after the one before.  False if there is none.
 */
bool
jbi_pairs_next(JbiPairs *pairs)
{
	bool		is_first = pairs->keys.index == 0;
	JbiValue	key;
	JbiString	string;

	CHECK_FOR_INTERRUPTS();
	if (pairs->keys.index == pairs->keys.container->count)
		return false;
	jbi_cursor_next(&pairs->keys, &key);
	if (key.type != JENTRY_ISSTRING)
		jbi_corrupted(key.doc, key.bytes, "the key is not a string");
	string.bytes = key.bytes;
	string.len = key.len;
	if (!is_first && jbi_compare_keys(pairs->key, string) >= 0)
		jbi_corrupted(key.doc, key.bytes, "the keys are not in order");
	pairs->key = string;
	jbi_cursor_next(&pairs->values, &pairs->value);
	return true;
}
