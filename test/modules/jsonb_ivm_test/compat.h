/*
 * compat.h
 *		What differs between the supported versions of PostgreSQL, and why.
 *
 * The rest of the module is written against the newest API.
 */
#ifndef JSONB_IVM_TEST_COMPAT_H
#define JSONB_IVM_TEST_COMPAT_H

#include "access/toast_internals.h"
#include "executor/executor.h"
#include "fmgr.h"

/* 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * 13 knows no method but pglz, neither to choose nor to ask for, so nothing
 * shares a field with it.  Method ids are those of 14: 0 is pglz, 1 is lz4.
 */
#if PG_VERSION_NUM >= 140000
#define CompressedInlineMethod(ptr)	VARDATA_COMPRESSED_GET_COMPRESS_METHOD(ptr)
#define CompressedExternalMethod(toast_pointer) \
	VARATT_EXTERNAL_GET_COMPRESS_METHOD(toast_pointer)
#define ExternalStoredSize(toast_pointer) \
	((int32) VARATT_EXTERNAL_GET_EXTSIZE(toast_pointer))
#define CompressPglz(value)			toast_compress_datum(value, TOAST_PGLZ_COMPRESSION)
#define CompressLz4(value)			toast_compress_datum(value, TOAST_LZ4_COMPRESSION)
#else
#define CompressedInlineMethod(ptr)	0
#define CompressedExternalMethod(toast_pointer) 0
#define ExternalStoredSize(toast_pointer)	((toast_pointer).va_extsize)
#define CompressPglz(value)			toast_compress_datum(value)
#define CompressLz4(value)			CompressPglz(value)
#endif

/* 14 brought infinity to numeric. */
#if PG_VERSION_NUM >= 140000
#define INFINITE_NUMBERS			"Infinity", "-Infinity"
#else
#define INFINITE_NUMBERS
#endif

/* 14 added where to print, which is nowhere here. */
#if PG_VERSION_NUM >= 140000
#define CountContext(context, counters) \
	(context)->methods->stats(context, NULL, NULL, counters, false)
#else
#define CountContext(context, counters) \
	(context)->methods->stats(context, NULL, NULL, counters)
#endif

/* 18 dropped execute_once. */
#if PG_VERSION_NUM >= 180000
#define RunToEnd(queryDesc)			ExecutorRun(queryDesc, ForwardScanDirection, 0)
#else
#define RunToEnd(queryDesc)			ExecutorRun(queryDesc, ForwardScanDirection, 0, true)
#endif

/*
 * What a kind of memory context does to allocate.  16 took the context away from
 * realloc, 17 gave both flags and leaves them to raise the error, which up to 16
 * whoever called them does on being given NULL.
 */
#if PG_VERSION_NUM >= 170000
#include "utils/memutils_internal.h"
#define ALLOC_PARAMETERS			MemoryContext context, Size size, int flags
#define ALLOC_ARGUMENTS				context, size, flags
#define REALLOC_PARAMETERS			void *pointer, Size size, int flags
#define REALLOC_ARGUMENTS			pointer, size, flags
#define AllocationFailed(context)	MemoryContextAllocationFailure(context, size, flags)
#else
#define ALLOC_PARAMETERS			MemoryContext context, Size size
#define ALLOC_ARGUMENTS				context, size
#if PG_VERSION_NUM >= 160000
#define REALLOC_PARAMETERS			void *pointer, Size size
#define REALLOC_ARGUMENTS			pointer, size
#else
#define REALLOC_PARAMETERS			MemoryContext realloc_context, void *pointer, Size size
#define REALLOC_ARGUMENTS			realloc_context, pointer, size
#endif
#define AllocationFailed(context)	NULL
#endif

/* Before 14 it takes a server compiled with CLOBBER_CACHE_ALWAYS. */
#if PG_VERSION_NUM >= 140000
#define DISCARD_CACHES(value)		(debug_discard_caches = (value))
#else
#define DISCARD_CACHES(value)		((void) (value))
#endif

#endif							/* JSONB_IVM_TEST_COMPAT_H */
