/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  The edit tree: what is to change in a document, container by container.
 *
 * An operator is a planner: it opens the containers it wants to change, which
 * makes their edits and those of their ancestors, adds changes to them, and
 * finishes the plan.  Every child that no change speaks of is kept.  The writer
 * (write.c) turns the tree into bytes in one pass.
 *
 * An operator is handed the places that a path leads to, one by one: where a value
 * is, or could be put.  Nothing is opened or created before it is asked for.
 *
 * A planner may add any number of changes to any number of containers.  Indexes
 * are always those of the source; what the plan itself has inserted is reached
 * again by its key, through a path.  A later change of a child takes the place of
 * an earlier one.  Planners that go from front to back are the fastest.
 *
 * A plan may also be made in order: then a path means the document with all changes
 * so far, and leads to what was inserted as well.  A few things cannot be found out
 * before the changes are made; then the plan has to settle: what there is is written,
 * and becomes the source.
 *
 * A plan that leaves every byte as it was gives back the very datum that came in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_PLAN_H
#define JBI_PLAN_H

#include "copies.h"
#include "layout.h"
#include "path.h"
#include "scratch.h"

typedef struct JbiPlan JbiPlan;
typedef struct JbiEdit JbiEdit;

typedef enum JbiChangeKind
{
	JBI_INSERT,					/* before the child at index */
	JBI_REPLACE,
	JBI_REMOVE
} JbiChangeKind;

typedef struct JbiChange
{
	JbiChangeKind kind;
	uint32		index;			/* of the element or pair in the source */
	JbiString	key;			/* of a pair that is inserted */
	JbiEdit    *edit;			/* the new child, being made, ... */
	JbiValue	value;			/* ... or ready, if edit is NULL */
} JbiChange;

/*
 * One container of the result: an existing one and its changes, or a new one,
 * whose source is empty.  The changes are sorted by index; at one index inserts
 * come first, in the order of their keys for an object.
 */
struct JbiEdit
{
	JbiPlan    *plan;
	JbiEdit    *parent;
	JbiContainer source;
	bool		changed;		/* here or further down */
	uint32		inserted;
	uint32		removed;
	uint32		nchanges;
	uint32		allocated;
	JbiChange  *changes;

	/*
	 * Where an element was last found by its number: behind so many changes,
	 * and so many elements of the source, and of the result.
	 */
	uint32		passed;
	uint32		passed_source;
	uint32		passed_result;
};

/*
 * A plan lives in scratch memory.
 */
struct JbiPlan
{
	JbiScratch *scratch;
	Datum		original;		/* the target as it came, toasted or not */
	struct JbiPacked *packed;	/* the target, if the result should be
								 * compressed like it, or NULL */
	JbiCopies  *copies;			/* then, what the result copies from it */
	struct JbiPieces *pieces;	/* what the result consists of, if the writer
								 * is to note that instead of writing it */
	Size		room;			/* bytes of the memory that the source is in,
								 * if it is large and a copy for this call, or
								 * 0 */
	Jsonb	   *source;			/* the same, plain, */
	JbiValue	original_root;	/* and its root */
	Jsonb	   *target;			/* what is edited: that, or what has settled */
	Jsonb	   *last_target;	/* what was edited before it settled */
	JbiValue	root;			/* the target's root */
	JbiEdit    *edit;			/* the root's edit, or NULL */
	bool		revised;		/* a change took the place of another */
	bool		in_order;		/* paths mean the document as changed so far,
								 * not the source */
	bool		one_place;		/* [*] is an error */
	bool		replaced;		/* by this value, as a whole */
	JbiValue	replacement;
	struct JbiPlace *places;	/* room for those of long paths */
	int			nplaces;
};

/*
 * Where a path leads: a position in a document where a value is, or could be put.
 */
typedef struct JbiPlace
{
	JbiPlan    *plan;
	const JbiPath *path;
	struct JbiPlace *above;		/* the container it is in, just before this in
								 * memory; NULL for the root */
	int			level;			/* how many elements of the path lead here */
	uint32		index;			/* in that container */
	JbiString	key;			/* if that is an object */
	JbiChangeKind kind;			/* of a change here: an insert if the source
								 * has nothing */
	bool		present;
	bool		planned;		/* what is here is not the source's, */
	uint32		position;		/* but that of this change */
	bool		creatable;		/* if not present: it could be */
	bool		behind_last;	/* the position after an array's last element */
	JbiValue	value;			/* if present and not being edited */
	JbiContainer container;		/* if that is one */
	JbiEdit    *edit;			/* if being edited */
} JbiPlace;

/* What an operator does with a place. */
typedef void (*JbiPlanner) (JbiPlace *place, void *state);

extern void jbi_plan_start(JbiPlan *plan, JbiScratch *scratch, Datum target, bool compress);
extern Datum jbi_plan_finish(JbiPlan *plan);
extern JbiEdit *jbi_plan_start_new(JbiPlan *plan, JbiScratch *scratch, uint32 kind);

extern bool jbi_plan_each(JbiPlan *plan, const JbiPath *path, JbiPlanner planner, void *state);
extern void jbi_plan_replace(JbiPlan *plan, const JbiValue *value);
extern void jbi_plan_settle(JbiPlan *plan);
extern bool jbi_plan_is_changed(const JbiPlan *plan);

extern bool jbi_place_is_free(const JbiPlace *place);
extern const JbiContainer *jbi_place_container(const JbiPlace *place);
extern bool jbi_place_read(const JbiPlace *place, JbiValue *value);
extern bool jbi_place_equals(const JbiPlace *place, const JbiValue *value);
extern JbiEdit *jbi_place_open(JbiPlace *place, uint32 kind, bool create);
extern void jbi_place_set(JbiPlace *place, const JbiValue *value);
extern void jbi_place_insert(JbiPlace *place, const JbiValue *value);
extern void jbi_place_remove(JbiPlace *place);
extern const char *jbi_place_type_name(const JbiPlace *place);
pg_noreturn extern void jbi_wrong_type_at(const JbiPlace *place, const char *wanted);

extern JbiEdit *jbi_edit_open_child(JbiEdit *edit, uint32 index);
extern JbiEdit *jbi_edit_open_known_child(JbiEdit *edit, uint32 index, const JbiContainer *child);
extern JbiEdit *jbi_edit_open_object(JbiEdit *edit, bool found, uint32 index, JbiString key);
extern uint32 jbi_edit_count(const JbiEdit *edit);
extern void jbi_edit_reserve(JbiEdit *edit, uint32 count);
extern void jbi_edit_replace_known_child(JbiEdit *edit, uint32 index, const JbiValue *child,
										 const JbiValue *value);
extern void jbi_edit_replace(JbiEdit *edit, uint32 index, const JbiValue *value);
extern void jbi_edit_remove(JbiEdit *edit, uint32 index);
extern void jbi_edit_truncate(JbiEdit *edit, uint32 count);
extern void jbi_edit_insert_element(JbiEdit *edit, uint32 index, const JbiValue *value);
extern void jbi_edit_insert_pair(JbiEdit *edit, uint32 index, JbiString key,
								 const JbiValue *value);
extern JbiEdit *jbi_edit_insert_object(JbiEdit *edit, uint32 index, JbiString key);

/* planners.c */
extern void jbi_edit_put_pair(JbiEdit *edit, bool found, uint32 index, JbiString key,
							  const JbiValue *value);
extern void jbi_edit_merge(JbiEdit *edit, const JbiContainer *source);
extern void jbi_edit_deep_merge(JbiEdit *edit, const JbiContainer *source);
extern void jbi_place_increment(JbiPlace *place, const JbiValue *by);
extern void jbi_place_merge(JbiPlace *place, const JbiContainer *object);
extern void jbi_place_deep_merge(JbiPlace *place, const JbiContainer *object);

/* write.c */
pg_noreturn extern void jbi_object_too_long(void);
extern Jsonb *jbi_write(const JbiEdit *root);
extern Jsonb *jbi_write_value(const JbiValue *value);
extern uint32 jbi_note_pieces(const JbiEdit *root);

#endif							/* JBI_PLAN_H */
