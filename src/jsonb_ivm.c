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

static const struct config_enum_entry splice_settings[] = {
	{"off", JBI_SPLICE_OFF, false},
	{"pglz", JBI_SPLICE_PGLZ, false},
	{"on", JBI_SPLICE_ON, false},
	{NULL, 0, false}
};

PGDLLEXPORT void
_PG_init(void)
{
	DefineCustomEnumVariable("jsonb_ivm.compressed_splice",
							 "Which edited documents are compressed with what their old compressed form knows.",
							 "The others the server compresses from the beginning.",
							 &jbi_compressed_splice, JBI_SPLICE_PGLZ, splice_settings,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	jbi_reserve_settings("jsonb_ivm");
}
