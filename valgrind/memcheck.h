/*
 * memcheck.h
 *	  Valgrind's requests, as PostgreSQL is built with them (ci/postgres.sh copies this
 *	  to where they are looked for first).
 *
 * Memory contexts say themselves of which bytes of a chunk may be used, and wipe what is
 * freed, so the pools that they declare as well are good for lists of leaks and for the
 * origin of a chunk, neither of which we ask for.  And they are dear: for each chunk that
 * is reallocated Valgrind sorts all chunks of the pool, twice, which takes a third of all
 * time.  What is left of them is that a new chunk is undefined.
 */
#ifndef JBI_MEMCHECK_H
#define JBI_MEMCHECK_H

#include_next <valgrind/memcheck.h>

#undef VALGRIND_CREATE_MEMPOOL
#undef VALGRIND_DESTROY_MEMPOOL
#undef VALGRIND_MEMPOOL_ALLOC
#undef VALGRIND_MEMPOOL_FREE
#undef VALGRIND_MEMPOOL_CHANGE

#define VALGRIND_CREATE_MEMPOOL(pool, redzone, zeroed)	do {} while (0)
#define VALGRIND_DESTROY_MEMPOOL(pool)					do {} while (0)
#define VALGRIND_MEMPOOL_ALLOC(pool, address, size)		VALGRIND_MAKE_MEM_UNDEFINED(address, size)
#define VALGRIND_MEMPOOL_FREE(pool, address)			do {} while (0)
#define VALGRIND_MEMPOOL_CHANGE(pool, from, to, size)	do {} while (0)

#endif							/* JBI_MEMCHECK_H */
