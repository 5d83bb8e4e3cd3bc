/*-------------------------------------------------------------------------
 *
 * memdebug.h
 *	  Stands in for PostgreSQL's utils/memdebug.h in builds with AddressSanitizer.
 *
 * The memory contexts hand out pieces of large blocks, of which the sanitizer sees
 * the block alone.  But they tell Valgrind, by the requests of this header, what
 * of a block may be touched, and here these requests poison and unpoison memory.
 * So an overrun of a palloc'd chunk and the use of a freed one are reported.
 *
 * There are 8 bytes to a byte of the sanitizer's shadow, of which a first few may
 * be addressable; chunks begin at such a border.  What differs from Valgrind: that
 * bytes were never written is not known, and a pool's end is not the end of its
 * chunks, which CLOBBER_FREED_MEMORY makes up for by wiping them.
 *
 * ci/postgres.sh puts this file in the place of the original before it builds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MEMDEBUG_H
#define MEMDEBUG_H

/* Given on the command line, since builds without assertions do not define it. */
#ifndef CLOBBER_FREED_MEMORY
#error "without CLOBBER_FREED_MEMORY freed memory stays accessible"
#endif

#include <sanitizer/asan_interface.h>

#define VALGRIND_MAKE_MEM_NOACCESS(addr, size)	__asan_poison_memory_region(addr, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(addr, size) __asan_unpoison_memory_region(addr, size)
#define VALGRIND_MAKE_MEM_DEFINED(addr, size)	__asan_unpoison_memory_region(addr, size)

/* That it may be read is the part of it that can be checked. */
#define VALGRIND_CHECK_MEM_IS_DEFINED(addr, size) \
	do { \
		const volatile char *poisoned_ = \
			(const volatile char *) __asan_region_is_poisoned((void *) (addr), size); \
		if (poisoned_ != NULL) \
			(void) *poisoned_; \
	} while (0)

#define VALGRIND_CREATE_MEMPOOL(context, redzones, zeroed)	do {} while (0)
#define VALGRIND_DESTROY_MEMPOOL(context)					do {} while (0)
#define VALGRIND_MEMPOOL_ALLOC(context, addr, size) \
	__asan_unpoison_memory_region(addr, size)
/* Its size is not told; wipe_mem() did it. */
#define VALGRIND_MEMPOOL_FREE(context, addr)				do {} while (0)
#define VALGRIND_MEMPOOL_CHANGE(context, optr, nptr, size) \
	__asan_unpoison_memory_region(nptr, size)

/*
 * The rest are the functions that the original has, for the same callers.
 */

/* Overwrite freed memory, so that its use is seen even where no tool looks. */
static inline void
wipe_mem(void *ptr, size_t size)
{
	VALGRIND_MAKE_MEM_UNDEFINED(ptr, size);
	memset(ptr, 0x7F, size);
	VALGRIND_MAKE_MEM_NOACCESS(ptr, size);
}

#ifdef MEMORY_CONTEXT_CHECKING

/* A byte behind a chunk that must not change. */
static inline void
set_sentinel(void *base, Size offset)
{
	char	   *ptr = (char *) base + offset;

	VALGRIND_MAKE_MEM_UNDEFINED(ptr, 1);
	*ptr = 0x7E;
	VALGRIND_MAKE_MEM_NOACCESS(ptr, 1);
}

static inline bool
sentinel_ok(const void *base, Size offset)
{
	const char *ptr = (const char *) base + offset;
	bool		ok;

	VALGRIND_MAKE_MEM_DEFINED(ptr, 1);
	ok = *ptr == 0x7E;
	VALGRIND_MAKE_MEM_NOACCESS(ptr, 1);
	return ok;
}

#endif							/* MEMORY_CONTEXT_CHECKING */

#ifdef RANDOMIZE_ALLOCATED_MEMORY
void		randomize_mem(char *ptr, size_t size);
#endif

#endif							/* MEMDEBUG_H */
