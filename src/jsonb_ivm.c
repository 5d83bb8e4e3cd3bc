/*-------------------------------------------------------------------------
 *
 * jsonb_ivm.c
 *	  Module magic and settings.
 *
 *-------------------------------------------------------------------------
 */
#include "recompress.h"

#include "utils/guc.h"

JBI_MODULE_MAGIC("jsonb_ivm", JBI_VERSION);

PGDLLEXPORT void
_PG_init(void)
{
	DefineCustomBoolVariable("jsonb_ivm.compressed_splice",
							 "Compresses edited documents with what their old compressed form knows.",
							 "Otherwise the server compresses them from the beginning.",
							 &jbi_compressed_splice, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	jbi_reserve_settings("jsonb_ivm");
}
