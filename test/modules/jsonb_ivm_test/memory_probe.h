/*
 * memory_probe.h
 *		What the backend asks malloc for, seen and refused.
 */
#ifndef JSONB_IVM_TEST_MEMORY_PROBE_H
#define JSONB_IVM_TEST_MEMORY_PROBE_H

/* Asked before each malloc of the executable, once the probe is installed. */
extern bool (*MallocFails) (void);

extern void InstallCounters(void);
extern MemoryContext EmptyContextFreeLists(void);

#endif							/* JSONB_IVM_TEST_MEMORY_PROBE_H */
