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
#include "nodes/pg_list.h"

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

/*
 * Compressed values.  14 brought a choice of methods, and hides the method where
 * 13 had part of the size.
 */
typedef enum JbiCompression
{
	JBI_PGLZ,
	JBI_LZ4
} JbiCompression;

#include "access/toast_internals.h"

#if PG_VERSION_NUM >= 140000
#include "access/toast_compression.h"

StaticAssertDecl((int) JBI_PGLZ == (int) TOAST_PGLZ_COMPRESSION_ID &&
				 (int) JBI_LZ4 == (int) TOAST_LZ4_COMPRESSION_ID,
				 "methods are numbered as in core");

#define jbi_compression(value) ((JbiCompression) VARDATA_COMPRESSED_GET_COMPRESS_METHOD(value))
#define jbi_stored_compression(pointer) \
	((JbiCompression) VARATT_EXTERNAL_GET_COMPRESS_METHOD(pointer))
#define jbi_stored_size(pointer) ((int32) VARATT_EXTERNAL_GET_EXTSIZE(pointer))
#define jbi_uncompressed_size(value) VARDATA_COMPRESSED_GET_EXTSIZE(value)
#define jbi_set_uncompressed_size(value, size, method) \
	TOAST_COMPRESS_SET_SIZE_AND_COMPRESS_METHOD(value, size, (ToastCompressionId) (method))
#else
#define VARHDRSZ_COMPRESSED TOAST_COMPRESS_HDRSZ
#define jbi_compression(value) JBI_PGLZ
#define jbi_stored_compression(pointer) JBI_PGLZ
#define jbi_stored_size(pointer) ((pointer).va_extsize)
#define jbi_uncompressed_size(value) ((uint32) TOAST_COMPRESS_RAWSIZE(value))
#define jbi_set_uncompressed_size(value, size, method) TOAST_COMPRESS_SET_RAWSIZE(value, size)
#endif

/* From 17 on the lexer may be the caller's. */
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#if PG_VERSION_NUM >= 170000
#define jbi_json_lexer(text, length) \
	makeJsonLexContextCstringLen(NULL, text, (size_t) (length), GetDatabaseEncoding(), true)
#else
#define jbi_json_lexer(text, length) \
	makeJsonLexContextCstringLen(unconstify(char *, text), length, GetDatabaseEncoding(), true)
#endif

/* fmgr.h declares it from 16 on. */
#if PG_VERSION_NUM < 160000
extern PGDLLEXPORT void _PG_init(void);
#endif

/* 15 lets a module say that a prefix of settings is its own. */
#if PG_VERSION_NUM >= 150000
#define jbi_reserve_settings(prefix) MarkGUCPrefixReserved(prefix)
#else
#define jbi_reserve_settings(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* MERGE came with 15. */
#if PG_VERSION_NUM >= 150000
#define jbi_merge_actions(query) ((query)->mergeActionList)
#define jbi_writes(command) \
	((command) == CMD_INSERT || (command) == CMD_UPDATE || (command) == CMD_MERGE)
#else
#define jbi_merge_actions(query) NIL
#define jbi_writes(command) ((command) == CMD_INSERT || (command) == CMD_UPDATE)
typedef struct MergeAction
{
	List	   *targetList;
} MergeAction;
#endif

/* Whether strings are compared by their bytes.  Up to 17 that was a function's answer. */
#include "catalog/pg_collation.h"
#include "utils/pg_locale.h"
#if PG_VERSION_NUM >= 180000
#define jbi_default_collation_is_c() (pg_newlocale_from_collation(DEFAULT_COLLATION_OID)->collate_is_c)
#else
#define jbi_default_collation_is_c() lc_collate_is_c(DEFAULT_COLLATION_OID)
#endif

/* 14 tells how many bytes of a text are valid; before, it told of one character. */
#if PG_VERSION_NUM < 140000
static inline int
pg_encoding_verifymbstr(int encoding, const char *text, int length)
{
	int			valid = 0;

	while (valid < length)
	{
		int			one = pg_encoding_verifymb(encoding, text +valid, length - valid);

		if (one < 0)
			break;
		valid += one;
	}
	return valid;
}
#endif

/* From 14 on the planner wants its state to look into expressions. */
#if PG_VERSION_NUM >= 140000
#define jbi_is_pseudo_constant(root, expression, index) \
	is_pseudo_constant_for_index(root, expression, index)
#else
#define jbi_is_pseudo_constant(root, expression, index) \
	is_pseudo_constant_for_index(expression, index)
#endif

/* An SQL-callable function.  PG_FUNCTION_INFO_V1 exports the function itself only from 16 on. */
#define JBI_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#endif							/* JBI_COMPAT_H */
