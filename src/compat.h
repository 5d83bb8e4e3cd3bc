/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the PostgreSQL versions, one reason each.
 *
 * The rest of the code is written against the newest version's API and never
 * looks at PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JBI_COMPAT_H
#define JBI_COMPAT_H

#include "postgres.h"

#include "fmgr.h"

/* The VARATT macros moved out of postgres.h in 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * Modules are compiled with -fvisibility=hidden, which PostgreSQL itself does
 * from 16 on.  Before that PGDLLEXPORT is empty outside Windows, and the magic
 * block and the fmgr symbols would be hidden with everything else.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

/* pg_noreturn took the place of pg_attribute_noreturn() in 18. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* From 18 on a module tells its name and version to pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define JBI_MODULE_MAGIC(modname, modversion) \
	PG_MODULE_MAGIC_EXT(.name = modname, .version = modversion)
#else
#define JBI_MODULE_MAGIC(modname, modversion) PG_MODULE_MAGIC
#endif

/* An SQL-callable function.  PG_FUNCTION_INFO_V1 exports the function itself only from 16 on. */
#define JBI_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#endif							/* JBI_COMPAT_H */
