/*
 * cold_caches.h
 *		Caches that are thrown away while operators are at work.
 */
#ifndef JSONB_IVM_TEST_COLD_CACHES_H
#define JSONB_IVM_TEST_COLD_CACHES_H

extern void InstallColdCaches(void);

#endif							/* JSONB_IVM_TEST_COLD_CACHES_H */
