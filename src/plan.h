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
 * A planner may add any number of changes to any number of containers.  Indexes
 * are always those of the source; what the plan itself has inserted is reached
 * again by its key, through a path.  A later change of a child takes the place of
 * an earlier one.  Planners that go from front to back are the fastest.
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
	Size		room;			/* where the target is, if it is large and a
								 * copy for this call, or 0 */
	Jsonb	   *target;
	JbiValue	root;			/* the target's root */
	JbiEdit    *edit;			/* the root's edit, or NULL */
	bool		revised;		/* a change took the place of another */
};

extern void jbi_plan_start(JbiPlan *plan, JbiScratch *scratch, Datum target, bool compress);
extern Datum jbi_plan_finish(JbiPlan *plan);

extern JbiEdit *jbi_plan_open(JbiPlan *plan, const JbiPath *path, uint32 kind, bool create);

extern JbiEdit *jbi_edit_open_child(JbiEdit *edit, uint32 index);
extern void jbi_edit_replace(JbiEdit *edit, uint32 index, const JbiValue *value);
extern void jbi_edit_remove(JbiEdit *edit, uint32 index);
extern void jbi_edit_insert_element(JbiEdit *edit, uint32 index, const JbiValue *value);
extern void jbi_edit_insert_pair(JbiEdit *edit, uint32 index, JbiString key,
								 const JbiValue *value);
extern void jbi_edit_merge(JbiEdit *edit, const JbiContainer *source);

/* write.c */
extern Jsonb *jbi_write(const JbiEdit *root);
extern uint32 jbi_note_pieces(const JbiEdit *root);

#endif							/* JBI_PLAN_H */
