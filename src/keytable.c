/*-------------------------------------------------------------------------
 *
 * keytable.c
 *	  A hash table of values that are searched by equality.
 *
 *-------------------------------------------------------------------------
 */
#include "keytable.h"

#include "match.h"
#include "miscadmin.h"

/*
 * Begin a table for values of that document, of which there will be no more than most.
 */
void
jbi_key_table_start(JbiKeyTable *table, JbiScratch *scratch, const char *doc, uint32 most)
{
	table->scratch = scratch;
	table->doc = doc;
	table->keys = jbi_scratch_alloc(scratch, (Size) most * sizeof(JbiTableKey));
	table->count = 0;
}

/*
 * Add a value.  Returns its number.
 */
uint32
jbi_key_table_add(JbiKeyTable *table, const JbiValue *key)
{
	JbiTableKey *added = &table->keys[table->count];

	Assert(key->doc == table->doc);
	added->hash = jbi_hash_value(key);
	added->next = JBI_NO_KEY;
	added->offset = (uint32) (key->bytes - key->doc);
	added->type_and_len = key->type | key->len;
	return table->count++;
}

static JbiValue
ValueOf(const JbiKeyTable *table, const JbiTableKey *key)
{
	JbiValue	value = {
		.type = key->type_and_len & JENTRY_TYPEMASK,
		.bytes = table->doc + key->offset,
		.len = JBE_OFFLENFLD(key->type_and_len),
		.doc = table->doc
	};

	return value;
}

/*
 * The link that leads to the first key with this value, or the last one of the
 * bucket, which is JBI_NO_KEY.
 */
static uint32 *
FindLink(const JbiKeyTable *table, uint32 hash, const JbiValue *value)
{
	uint32	   *link = &table->buckets[hash & table->mask];

	while (*link != JBI_NO_KEY)
	{
		JbiTableKey *key = &table->keys[*link];

		CHECK_FOR_INTERRUPTS();
		if (key->hash == hash)
		{
			JbiValue	known = ValueOf(table, key);

			if (jbi_values_equal(&known, value))
				break;
		}
		link = &key->next;
	}
	return link;
}

/*
 * Link the keys, so that of equal ones the first is found first; or with last_only
 * nothing but the last.  Returns how many can be found.
 *
 * Where only the last counts, there are few keys for many who ask, most in vain: they
 * should meet an empty bucket.
 */
uint32
jbi_key_table_link(JbiKeyTable *table, bool last_only)
{
	uint32		wanted = last_only ? 4 * table->count : table->count;
	uint32		nbuckets = 1;
	uint32		linked = 0;

	while (nbuckets < wanted)
		nbuckets *= 2;
	table->mask = nbuckets - 1;
	table->buckets = jbi_scratch_alloc(table->scratch, (Size) nbuckets * sizeof(uint32));
	for (uint32 i = 0; i < nbuckets; i++)
	{
		CHECK_FOR_INTERRUPTS();
		table->buckets[i] = JBI_NO_KEY;
	}

	for (uint32 left = table->count; left > 0; left--)
	{
		uint32		number = left - 1;
		JbiTableKey *key = &table->keys[number];
		uint32	   *bucket = &table->buckets[key->hash & table->mask];

		CHECK_FOR_INTERRUPTS();
		if (last_only)
		{
			JbiValue	value = ValueOf(table, key);

			if (*FindLink(table, key->hash, &value) != JBI_NO_KEY)
				continue;
		}
		key->next = *bucket;
		*bucket = number;
		linked++;
	}
	return linked;
}

/*
 * The number of the first key with this value, or JBI_NO_KEY.
 */
uint32
jbi_key_table_find(const JbiKeyTable *table, const JbiValue *key)
{
	uint32		hash = jbi_hash_value(key);

	if (table->buckets[hash & table->mask] == JBI_NO_KEY)
		return JBI_NO_KEY;
	return *FindLink(table, hash, key);
}

/*
 * The same, and next time it is not found any more.
 */
uint32
jbi_key_table_take(JbiKeyTable *table, const JbiValue *key)
{
	uint32	   *link = FindLink(table, jbi_hash_value(key), key);
	uint32		number = *link;

	if (number != JBI_NO_KEY)
		*link = table->keys[number].next;
	return number;
}
