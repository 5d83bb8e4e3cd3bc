/*-------------------------------------------------------------------------
 *
 * keytable.h
 *	  A hash table of values that are searched by equality.
 *
 * The values are those that elements of one document have under a key, and are
 * numbered in the order in which they are added.  When all are there, the table is
 * linked; from then on they can be found.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_KEYTABLE_H
#define JBI_KEYTABLE_H

#include "layout.h"
#include "scratch.h"

#define JBI_NO_KEY PG_UINT32_MAX

/* A value in few bytes, since there is one for each element. */
typedef struct JbiTableKey
{
	uint32		hash;
	uint32		next;			/* in the same bucket, or JBI_NO_KEY */
	uint32		offset;			/* in the document */
	uint32		type_and_len;	/* as in a JEntry */
} JbiTableKey;

typedef struct JbiKeyTable
{
	JbiScratch *scratch;
	const char *doc;			/* that all values are of */
	JbiTableKey *keys;
	uint32		count;
	uint32	   *buckets;		/* each the first of its keys */
	uint32		mask;			/* of a hash, for the bucket */
} JbiKeyTable;

extern void jbi_key_table_start(JbiKeyTable *table, JbiScratch *scratch, const char *doc, uint32 most);
extern uint32 jbi_key_table_add(JbiKeyTable *table, const JbiValue *key);
extern uint32 jbi_key_table_link(JbiKeyTable *table, bool last_only);
extern uint32 jbi_key_table_find(const JbiKeyTable *table, const JbiValue *key);
extern uint32 jbi_key_table_take(JbiKeyTable *table, const JbiValue *key);

#endif							/* JBI_KEYTABLE_H */
