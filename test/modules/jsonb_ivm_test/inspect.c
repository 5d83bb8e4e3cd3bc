/*-------------------------------------------------------------------------
 *
 * inspect.c
 *		Looks at a jsonb as it is stored, and makes such values at will.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "compat.h"
#include "verify.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(jsonb_ivm_test_raw);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_from_raw);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_set_word);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_nested);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_datum_form);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_toast_value_id);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_same_datum);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_as_short);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_as_pglz);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_as_lz4);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_as_indirect);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_canonical);
PG_FUNCTION_INFO_V1(jsonb_ivm_test_verify);

/*
 * The payload of any varlena as a plain one of the same payload: this turns
 * jsonb to bytea and back, since neither type has more than its payload.
 */
static struct varlena *
PlainCopy(Datum value)
{
	return detoast_attr((struct varlena *) PG_DETOAST_DATUM_COPY(value));
}

/*
 * raw(jsonb) → bytea: the bytes after the varlena header.
 */
Datum
jsonb_ivm_test_raw(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(PlainCopy(PG_GETARG_DATUM(0)));
}

/*
 * from_raw(bytea) → jsonb: these bytes as a jsonb, whatever they are.
 */
Datum
jsonb_ivm_test_from_raw(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(PlainCopy(PG_GETARG_DATUM(0)));
}

/*
 * set_word(image bytea, at int, word bigint) → bytea: overwrite a container
 * header or a JEntry, in the byte order of the server.
 */
Datum
jsonb_ivm_test_set_word(PG_FUNCTION_ARGS)
{
	bytea	   *image = PG_GETARG_BYTEA_P_COPY(0);
	int32		at = PG_GETARG_INT32(1);
	uint32		word = (uint32) PG_GETARG_INT64(2);

	if (at < 0 || (Size) at + sizeof(word) > VARSIZE(image) - VARHDRSZ)
		elog(ERROR, "no word at byte %d of %d", at, (int) (VARSIZE(image) - VARHDRSZ));
	memcpy(VARDATA(image) + at, &word, sizeof(word));
	PG_RETURN_BYTEA_P(image);
}

/*
 * nested(shape text, depth int, core jsonb) → jsonb: a container in so many others,
 * more than core's recursive parser would go down.  An array has one element, an
 * object one pair with the key "k"; of "both" every second is an array, the root not.
 */
Datum
jsonb_ivm_test_nested(PG_FUNCTION_ARGS)
{
	char	   *shape = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32		depth = PG_GETARG_INT32(1);
	Jsonb	   *core = PG_GETARG_JSONB_P(2);
	bool		arrays = strcmp(shape, "arrays") == 0;
	bool		both = strcmp(shape, "both") == 0;
	const Size	array_size = 2 * sizeof(uint32);
	const Size	object_size = 4 * sizeof(uint32);
	Size		length = VARSIZE(core) - VARHDRSZ;
	Jsonb	   *result;
	uint32	   *word;

	if (depth < 0 || depth > 10000000)
		elog(ERROR, "depth %d is out of range", depth);
	for (int level = 1; level <= depth; level++)
		length += arrays || (both && level % 2 == 0) ? array_size : object_size;
	result = palloc(VARHDRSZ + length);
	SET_VARSIZE(result, VARHDRSZ + length);
	word = (uint32 *) VARDATA(result);
	for (int level = 1; level <= depth; level++)
	{
		/* A container's first entry holds an end offset. */
		if (arrays || (both && level % 2 == 0))
		{
			length -= array_size;
			*word++ = JB_FARRAY | 1;
			*word++ = JENTRY_ISCONTAINER | JENTRY_HAS_OFF | (uint32) length;
		}
		else
		{
			length -= object_size;
			*word++ = JB_FOBJECT | 1;
			*word++ = JENTRY_ISSTRING | JENTRY_HAS_OFF | 1;
			*word++ = JENTRY_ISCONTAINER | (uint32) (length + 3);
			memcpy(word++, "k\0\0", sizeof(uint32));
		}
	}
	memcpy(word, VARDATA(core), length);
	PG_RETURN_JSONB_P(result);
}

static const char *
MethodName(int method)
{
	switch (method)
	{
		case 0:
			return "pglz";
		case 1:
			return "lz4";
		default:
			return "unknown method";
	}
}

/*
 * datum_form(jsonb) → text: in what form the argument arrives, without
 * touching it.
 */
Datum
jsonb_ivm_test_datum_form(PG_FUNCTION_ARGS)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(0);
	const char *form;

	if (VARATT_IS_EXTERNAL_ONDISK(datum))
	{
		struct varatt_external pointer;

		VARATT_EXTERNAL_GET_POINTER(pointer, datum);
		/* Core's VARATT_EXTERNAL_IS_COMPRESSED, which mixes signs. */
		form = ExternalStoredSize(pointer) < pointer.va_rawsize - VARHDRSZ
			? psprintf("external %s", MethodName(CompressedExternalMethod(pointer)))
			: "external";
	}
	else if (VARATT_IS_EXTERNAL_INDIRECT(datum))
		form = "indirect";
	else if (VARATT_IS_EXTERNAL_EXPANDED(datum))
		form = "expanded";
	else if (VARATT_IS_EXTERNAL(datum))
		form = "unknown";
	else if (VARATT_IS_COMPRESSED(datum))
		form = psprintf("inline %s", MethodName(CompressedInlineMethod(datum)));
	else if (VARATT_IS_SHORT(datum))
		form = "short";
	else
		form = "plain";
	PG_RETURN_TEXT_P(cstring_to_text(form));
}

/*
 * toast_value_id(jsonb) → oid: under which number the argument is stored out
 * of line; NULL if it is not.
 */
Datum
jsonb_ivm_test_toast_value_id(PG_FUNCTION_ARGS)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(0);
	struct varatt_external pointer;

	if (!VARATT_IS_EXTERNAL_ONDISK(datum))
		PG_RETURN_NULL();
	VARATT_EXTERNAL_GET_POINTER(pointer, datum);
	PG_RETURN_OID(pointer.va_valueid);
}

/*
 * same_datum(jsonb, jsonb) → boolean: whether both are the same stored form,
 * byte for byte: the same TOAST pointer, the same compressed stream, the same
 * short or plain value.
 */
Datum
jsonb_ivm_test_same_datum(PG_FUNCTION_ARGS)
{
	Pointer		a = PG_GETARG_POINTER(0);
	Pointer		b = PG_GETARG_POINTER(1);

	PG_RETURN_BOOL(VARSIZE_ANY(a) == VARSIZE_ANY(b) &&
				   memcmp(a, b, VARSIZE_ANY(a)) == 0);
}

/*
 * as_short(jsonb) → jsonb: the value with a header of one byte, as tuples hold
 * it; unchanged if it is too long for that.
 */
Datum
jsonb_ivm_test_as_short(PG_FUNCTION_ARGS)
{
	struct varlena *plain = PlainCopy(PG_GETARG_DATUM(0));
	struct varlena *result;

	if (!VARATT_CAN_MAKE_SHORT(plain))
		PG_RETURN_POINTER(plain);
	result = palloc(VARATT_CONVERTED_SHORT_SIZE(plain));
	SET_VARSIZE_SHORT(result, VARATT_CONVERTED_SHORT_SIZE(plain));
	memcpy(VARDATA_SHORT(result), VARDATA(plain), VARSIZE(plain) - VARHDRSZ);
	PG_RETURN_POINTER(result);
}

/*
 * as_pglz(jsonb) → jsonb: the value compressed; unchanged if that does not
 * make it smaller.
 */
Datum
jsonb_ivm_test_as_pglz(PG_FUNCTION_ARGS)
{
	struct varlena *plain = PlainCopy(PG_GETARG_DATUM(0));
	Pointer		compressed;

	compressed = DatumGetPointer(CompressPglz(PointerGetDatum(plain)));
	PG_RETURN_POINTER(compressed != NULL ? compressed : (Pointer) plain);
}

/*
 * as_lz4(jsonb) → jsonb: the same with lz4; with pglz where that is all there is.
 */
Datum
jsonb_ivm_test_as_lz4(PG_FUNCTION_ARGS)
{
	struct varlena *plain = PlainCopy(PG_GETARG_DATUM(0));
	Pointer		compressed;

	compressed = DatumGetPointer(CompressLz4(PointerGetDatum(plain)));
	PG_RETURN_POINTER(compressed != NULL ? compressed : (Pointer) plain);
}

/*
 * as_indirect(jsonb) → jsonb: a pointer to a value in memory, which does not
 * live longer than the query.
 */
Datum
jsonb_ivm_test_as_indirect(PG_FUNCTION_ARGS)
{
	struct varatt_indirect pointer = {PlainCopy(PG_GETARG_DATUM(0))};
	struct varlena *result = palloc(VARHDRSZ_EXTERNAL + sizeof(pointer));

	SET_VARTAG_EXTERNAL(result, VARTAG_INDIRECT);
	memcpy(VARDATA_EXTERNAL(result), &pointer, sizeof(pointer));
	PG_RETURN_POINTER(result);
}

/*
 * canonical(jsonb) → boolean: whether the bytes are the ones that core builds
 * for this value, and the verifier finds no fault in them.
 */
Datum
jsonb_ivm_test_canonical(PG_FUNCTION_ARGS)
{
	Jsonb	   *given = (Jsonb *) PlainCopy(PG_GETARG_DATUM(0));
	Datum		written = DirectFunctionCall1(jsonb_out, JsonbPGetDatum(given));
	Jsonb	   *rebuilt = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, written));
	Size		offset;

	PG_RETURN_BOOL(VARSIZE(given) == VARSIZE(rebuilt) &&
				   memcmp(given, rebuilt, VARSIZE(given)) == 0 &&
				   jbi_verify(VARDATA(given), VARSIZE(given) - VARHDRSZ, &offset) == NULL);
}

/*
 * verify(jsonb) → text: the first fault in the bytes and its offset; NULL if
 * there is none.
 */
Datum
jsonb_ivm_test_verify(PG_FUNCTION_ARGS)
{
	struct varlena *given = PlainCopy(PG_GETARG_DATUM(0));
	Size		offset;
	const char *fault = jbi_verify(VARDATA(given), VARSIZE(given) - VARHDRSZ, &offset);

	if (fault == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s, at byte %zu", fault, offset)));
}
