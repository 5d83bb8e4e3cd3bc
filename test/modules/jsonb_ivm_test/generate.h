/*
 * generate.h
 *		Random documents, and what random calls are made of.
 */
#ifndef JSONB_IVM_TEST_GENERATE_H
#define JSONB_IVM_TEST_GENERATE_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#define MAX_DEPTH		5
#define MAX_NODES		120
#define MAX_CHANGED		3

typedef struct
{
	uint64		state;
	int			nodes;			/* how many values the document may still get */
	bool		odd_keys;		/* whether it gets keys that mean something
								 * elsewhere */
} Random;

/*
 * A place in a document.  Most are only looked at, so the path that leads there is
 * not written out.
 */
typedef struct
{
	int			parent;			/* its number among the places; the root's is
								 * -1 */
	JsonbValue	key;			/* in an object */
	int			index;			/* in an array, and then the key is no string */
	JsonbValue	value;
} Place;

typedef struct
{
	Place	   *list;			/* the root comes first */
	int			count;
	int			size;
} Places;

#define PICK(random, list)	((list)[Below(random, lengthof(list))])

extern uint64 Next(Random *random);
extern int	Below(Random *random, int limit);
extern bool Chance(Random *random, int percent);
extern const char *RandomKey(Random *random);
extern const char *RandomNumber(Random *random);

/* JSON, as text. */
extern void AppendScalar(Random *random, StringInfo json);
extern void AppendValue(Random *random, StringInfo json, int depth);
extern void AppendPairs(Random *random, StringInfo json, int size, int depth);
extern void AppendJsonbValue(StringInfo json, JsonbValue *value);
extern Datum ParseJson(StringInfo json);
extern Datum DocumentOf(Random *random, int nodes);

/* Documents. */
extern Datum RandomVersion(Random *random, Jsonb *document, const Places *places, const Place **changed, int *nchanged);

/* What there is in a document. */
extern char *StringOf(const JsonbValue *string);
extern bool IsArray(const JsonbValue *value);
extern bool IsObject(const JsonbValue *value);
extern Places PlacesOf(Random *random, Jsonb *document);
extern JsonbContainer *PickRecord(Random *random, const JsonbValue *array);
extern void PickPair(Random *random, JsonbContainer *object, JsonbValue *key, JsonbValue *value);

/* Arguments. */
extern List *PathOf(const Places *places, const Place *place);
extern Datum PathDatum(List *elements);
extern char *RandomElement(Random *random);
extern void RandomMatch(Random *random, JsonbContainer *record, char **key, StringInfo value);
extern void AppendUpdates(Random *random, StringInfo json, JsonbContainer *record);
extern void AppendElement(Random *random, StringInfo json, JsonbContainer *record,
						  const char *key, const char *value);

#endif							/* JSONB_IVM_TEST_GENERATE_H */
