/*
 * ci/palloc.h
 *		What the static analysers do not know of PostgreSQL's allocators:
 *		that they never return null, and that pfree() ends a life.
 *
 * For lint.sh, which includes it before every source.  Leaks are not looked for:
 * memory contexts own what is not freed.
 */
#include "postgres.h"

#include "utils/palloc.h"

#ifdef __clang__
#define ALLOCATES	__attribute__((returns_nonnull))
#define FREES		__attribute__((ownership_takes(malloc, 1)))
#else
#define ALLOCATES	__attribute__((returns_nonnull, malloc(pfree, 1)))
#define FREES
#endif

extern FREES void pfree(void *pointer);
extern ALLOCATES void *palloc(Size size);
extern ALLOCATES void *palloc0(Size size);
extern ALLOCATES void *MemoryContextAlloc(MemoryContext context, Size size);
extern ALLOCATES void *MemoryContextAllocZero(MemoryContext context, Size size);
extern ALLOCATES void *MemoryContextAllocHuge(MemoryContext context, Size size);
