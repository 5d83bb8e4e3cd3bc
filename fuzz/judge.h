/*-------------------------------------------------------------------------
 *
 * judge.h
 *	  Whether a function may do what it did with damaged arguments.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "harness.h"

struct JbiEdit;
struct JbiValue;

extern void note_target(const Jsonb *document);
extern void note_written(const struct JbiEdit *root, const Jsonb *result);
extern void note_value_written(const struct JbiValue *value, const Jsonb *result);
extern void judge_as_sound(bool sound);
extern Outcome judge_call(PGFunction function, const Arguments *arguments);

#endif							/* FUZZ_JUDGE_H */
