/*-------------------------------------------------------------------------
 *
 * reference_merges.c
 *	  Merges of documents again, on core's functions alone.
 *
 * As in reference.c: seen to be right, and slow.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "core.h"

#include "utils/fmgrprotos.h"

typedef Jsonb *(*Merge) (Jsonb *target, Jsonb *source);

/*
 * The object with the value under the key.
 */
static Jsonb *
WithField(Jsonb *object, Datum key, Jsonb *value)
{
	return concatenate(object, object_of_one(key, value));
}

static Jsonb *
DeepMerge(Jsonb *target, Jsonb *source)
{
	Datum	   *keys = keys_of(source);

	for (int i = 0; i < count_of(source); i++)
	{
		Jsonb	   *old = field_of(target, keys[i]);
		Jsonb	   *value = field_of(source, keys[i]);

		if (old != NULL && is_object(old) && is_object(value))
			value = DeepMerge(old, value);
		target = WithField(target, keys[i], value);
	}
	return target;
}

static Jsonb *
MergeRoot(FunctionCallInfo fcinfo, Merge merge)
{
	Jsonb	   *target = PG_GETARG_JSONB_P(0);
	Jsonb	   *source;

	check_nulls(fcinfo, 1);
	source = read_object(PG_GETARG_DATUM(1));
	if (is_null(target))
		return source;
	return merge(read_object(PG_GETARG_DATUM(0)), source);
}

Datum
reference_merge_shallow(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(MergeRoot(fcinfo, concatenate));
}

Datum
reference_deep_merge(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(MergeRoot(fcinfo, DeepMerge));
}

static Datum
Aggregate(FunctionCallInfo fcinfo, Merge merge)
{
	Jsonb	   *merged = NULL;

	for (int i = 0; i < PG_NARGS(); i++)
	{
		Jsonb	   *document;

		if (PG_ARGISNULL(i))
			continue;
		document = read_object(PG_GETARG_DATUM(i));
		merged = merged == NULL ? document : merge(merged, document);
	}
	if (merged == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(merged);
}

Datum
reference_merge_agg(PG_FUNCTION_ARGS)
{
	return Aggregate(fcinfo, concatenate);
}

Datum
reference_deep_merge_agg(PG_FUNCTION_ARGS)
{
	return Aggregate(fcinfo, DeepMerge);
}

/*
 * RFC 7396, section 2: MergePatch(Target, Patch).
 */
static Jsonb *
MergePatch(Jsonb *target, Jsonb *patch)
{
	Datum	   *keys;

	if (!is_object(patch))
		return patch;
	if (target == NULL || !is_object(target))
		target = parse_json("{}");
	keys = keys_of(patch);
	for (int i = 0; i < count_of(patch); i++)
	{
		Jsonb	   *value = field_of(patch, keys[i]);

		if (is_null(value))
			target = call_core(jsonb_delete, 2, JsonbPGetDatum(target), keys[i], 0, 0);
		else
			target = WithField(target, keys[i], MergePatch(field_of(target, keys[i]), value));
	}
	return target;
}

Datum
reference_merge_patch(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	PG_RETURN_JSONB_P(MergePatch(PG_GETARG_JSONB_P(0), PG_GETARG_JSONB_P(1)));
}

/*
 * A null as a member is what a patch cannot put anywhere.
 */
static void
CheckAddable(Jsonb *value)
{
	Datum	   *keys;

	if (is_null(value))
		fail(ERRCODE_INVALID_PARAMETER_VALUE, "null cannot be added");
	if (!is_object(value))
		return;
	keys = keys_of(value);
	for (int i = 0; i < count_of(value); i++)
		CheckAddable(field_of(value, keys[i]));
}

static Jsonb *
MergeDiff(Jsonb *old, Jsonb *new)
{
	Jsonb	   *patch = parse_json("{}");
	Datum	   *old_keys = keys_of(old);
	Datum	   *new_keys = keys_of(new);

	for (int i = 0; i < count_of(old); i++)
		if (field_of(new, old_keys[i]) == NULL)
			patch = WithField(patch, old_keys[i], parse_json("null"));
	for (int i = 0; i < count_of(new); i++)
	{
		Jsonb	   *old_value = field_of(old, new_keys[i]);
		Jsonb	   *new_value = field_of(new, new_keys[i]);

		if (old_value != NULL && have_same_bytes(old_value, new_value))
			continue;
		if (old_value != NULL && is_object(old_value) && is_object(new_value))
			new_value = MergeDiff(old_value, new_value);
		else
			CheckAddable(new_value);
		patch = WithField(patch, new_keys[i], new_value);
	}
	return patch;
}

Datum
reference_merge_diff(PG_FUNCTION_ARGS)
{
	Jsonb	   *old;
	Jsonb	   *new;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	old = PG_GETARG_JSONB_P(0);
	new = PG_GETARG_JSONB_P(1);
	if (!is_object(new))
		PG_RETURN_JSONB_P(new);
	if (is_object(old))
		PG_RETURN_JSONB_P(MergeDiff(old, new));
	CheckAddable(new);
	PG_RETURN_JSONB_P(new);
}
