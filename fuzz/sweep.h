/*-------------------------------------------------------------------------
 *
 * sweep.h
 *	  What the sweep through all damage of some values needs to know of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_SWEEP_H
#define FUZZ_SWEEP_H

#include "harness.h"

typedef enum Damage
{
	DAMAGE_FLIP,				/* the bit at a place */
	DAMAGE_CUT,					/* what is from that byte on */
	DAMAGE_NONE					/* no place */
} Damage;

/* An input of the target. */
typedef struct SweepCase
{
	uint32		subject;
	uint32		form;			/* FORM_PLAIN, or a compressed one whose
								 * stream is what is damaged */
	uint32		damage;
	uint32		at;
} SweepCase;

/* How the calls of all cases have ended. */
typedef struct SweepCounts
{
	uint64		calls;
	uint64		unchanged;
	uint64		written;
	uint64		answers;		/* of the functions that only ask */
	struct
	{
		int			sqlstate;
		uint64		count;
	}			errors[32];
} SweepCounts;

extern SweepCounts sweep_counts;

extern int	sweep_subjects(void);
extern const char *sweep_json(uint32 subject);
extern Size sweep_size(uint32 subject, Form form);
extern bool sweep_has(const SweepCase *sweep_case);

#endif							/* FUZZ_SWEEP_H */
