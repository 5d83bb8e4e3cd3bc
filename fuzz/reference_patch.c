/*-------------------------------------------------------------------------
 *
 * reference_patch.c
 *	  JSON Patch again, on core's functions alone.
 *
 * As in reference.c: seen to be right, and slow.  One operation after the other makes
 * a new document.  Keyed paths are known as far as their elements are keys and indexes,
 * or [-] at the end of an addition's.
 *
 *-------------------------------------------------------------------------
 */
#include "reference.h"

#include "core.h"

#include "catalog/pg_type.h"
#include "common/string.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* A path, and how it is written. */
typedef struct PatchPath
{
	Path		path;
	bool		is_pointer;
} PatchPath;

static void Inapplicable(void) __attribute__((noreturn));

static void
Inapplicable(void)
{
	fail(ERRCODE_INVALID_PARAMETER_VALUE, "the operation cannot be applied");
}

/*
 * A member that the operation has to have.
 */
static Jsonb *
Member(Jsonb *operation, const char *name)
{
	Jsonb	   *value = field_of(operation, CStringGetTextDatum(name));

	if (value == NULL)
		Inapplicable();
	return value;
}

static Jsonb *
ObjectMember(Jsonb *operation, const char *name)
{
	Jsonb	   *value = Member(operation, name);

	if (!is_object(value))
		Inapplicable();
	return value;
}

/*
 * A document that is a string, or a number, as text; NULL if it is neither.
 */
static char *
ScalarText(Jsonb *value, bool or_number)
{
	JsonbValue	scalar;

	if (!JB_ROOT_IS_SCALAR(value) || !JsonbExtractScalar(&value->root, &scalar))
		return NULL;
	if (scalar.type == jbvString)
		return pnstrdup(scalar.val.string.val, (Size) scalar.val.string.len);
	return or_number && scalar.type == jbvNumeric ? print_json(value) : NULL;
}

static char *
StringMember(Jsonb *operation, const char *name)
{
	char	   *text = ScalarText(Member(operation, name), false);

	if (text == NULL)
		Inapplicable();
	return text;
}

/*
 * RFC 6901, section 4.
 */
static void
ReadPointer(PatchPath *read, char *pointer)
{
	read->is_pointer = true;
	read->path.elements = palloc(sizeof(Datum) * (strlen(pointer) + 1));
	if (*pointer != '\0' && *pointer != '/')
		Inapplicable();
	while (*pointer == '/')
	{
		char	   *token = palloc(strlen(pointer));
		char	   *end = token;

		for (pointer++; *pointer != '\0' && *pointer != '/'; pointer++)
		{
			*end = *pointer;
			if (*pointer == '~')
			{
				pointer++;
				if (*pointer != '0' && *pointer != '1')
					Inapplicable();
				*end = *pointer == '0' ? '~' : '/';
			}
			end++;
		}
		*end = '\0';
		read->path.elements[read->path.count++] = CStringGetTextDatum(token);
	}
}

static PatchPath
ReadPath(Jsonb *operation, const char *name)
{
	Jsonb	   *value = Member(operation, name);
	PatchPath	read = {0};
	char	   *pointer = ScalarText(value, false);

	if (pointer != NULL)
	{
		ReadPointer(&read, pointer);
		return read;
	}
	if (!is_array(value))
		Inapplicable();
	read.path.elements = palloc(sizeof(Datum) * ((Size) count_of(value) + 1));
	for (int i = 0; i < count_of(value); i++)
	{
		char	   *element = ScalarText(element_of(value, i), true);

		if (element == NULL || (ScalarText(element_of(value, i), false) == NULL &&
								strspn(element, "-0123456789") != strlen(element)))
			Inapplicable();
		read.path.elements[read.path.count++] = CStringGetTextDatum(element);
	}
	return read;
}

/*
 * Which element the path goes on to, counted from the front.  It may not be there.
 */
static int64
IndexOf(const PatchPath *path, int level, Jsonb *array)
{
	char	   *element = TextDatumGetCString(path->path.elements[level]);
	char	   *end;
	int			index;

	if (path->is_pointer)
	{
		if (strcmp(element, "-") == 0)
			return count_of(array);
		if (*element == '\0' || strspn(element, "0123456789") != strlen(element) ||
			(element[0] == '0' && element[1] != '\0'))
			Inapplicable();
		return strlen(element) > 9 ? PG_INT32_MAX : atoi(element);
	}
	errno = 0;
	index = strtoint(element, &end, 10);
	if (end == element || *end != '\0' || errno != 0)
		fail(ERRCODE_INVALID_TEXT_REPRESENTATION, "not an index");
	return index < 0 ? (int64) count_of(array) + index : index;
}

/*
 * The child that the path goes on to; NULL if it is not there.
 */
static Jsonb *
ChildAt(const PatchPath *path, int level, Jsonb *parent)
{
	int64		index;

	if (is_object(parent))
		return field_of(parent, path->path.elements[level]);
	if (!is_array(parent))
		return NULL;
	index = IndexOf(path, level, parent);
	return index >= 0 && index < count_of(parent) ? element_of(parent, (int) index) : NULL;
}

static Jsonb *
Follow(const PatchPath *path, Jsonb *value)
{
	for (int level = 0; level < path->path.count; level++)
	{
		value = ChildAt(path, level, value);
		if (value == NULL)
			Inapplicable();
	}
	return value;
}

/*
 * The parent with another child in the place of one that is there.
 */
static Jsonb *
WithChild(const PatchPath *path, int level, Jsonb *parent, Jsonb *child)
{
	if (is_object(parent))
		return concatenate(parent, object_of_one(path->path.elements[level], child));
	return set_element(parent, CStringGetTextDatum(psprintf("%d", (int) IndexOf(path, level, parent))),
					   child);
}

static Jsonb *
AddElement(const PatchPath *path, int level, Jsonb *array, Jsonb *value)
{
	JsonbParseState *state = NULL;
	bool		at_end = !path->is_pointer &&
		strcmp(TextDatumGetCString(path->path.elements[level]), "[-]") == 0;
	int64		index = at_end ? count_of(array) : IndexOf(path, level, array);

	if (index < 0 || index > count_of(array) ||
		(index == count_of(array) && !at_end && !path->is_pointer))
		Inapplicable();
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i <= count_of(array); i++)
	{
		if (i == index)
			push_jsonb(&state, WJB_ELEM, value);
		if (i < count_of(array))
			push_jsonb(&state, WJB_ELEM, element_of(array, i));
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static Jsonb *
Add(const PatchPath *path, int level, Jsonb *target, Jsonb *value)
{
	Jsonb	   *child;

	if (level == path->path.count)
		return value;
	if (level < path->path.count - 1)
	{
		child = ChildAt(path, level, target);
		if (child == NULL)
			Inapplicable();
		return WithChild(path, level, target, Add(path, level + 1, child, value));
	}
	if (is_object(target))
		return WithChild(path, level, target, value);
	if (!is_array(target))
		Inapplicable();
	return AddElement(path, level, target, value);
}

static Jsonb *
Remove(const PatchPath *path, int level, Jsonb *target)
{
	Jsonb	   *child;

	if (path->path.count == 0)
		Inapplicable();
	child = ChildAt(path, level, target);
	if (child == NULL)
		Inapplicable();
	if (level < path->path.count - 1)
		return WithChild(path, level, target, Remove(path, level + 1, child));
	if (is_object(target))
		return call_core(jsonb_delete, 2, JsonbPGetDatum(target), path->path.elements[level], 0, 0);
	return call_core(jsonb_delete_idx, 2, JsonbPGetDatum(target),
					 Int32GetDatum((int) IndexOf(path, level, target)), 0, 0);
}

static Jsonb *
Replace(const PatchPath *path, int level, Jsonb *target, Jsonb *value)
{
	Jsonb	   *child;

	if (level == path->path.count)
		return value;
	child = ChildAt(path, level, target);
	if (child == NULL)
		Inapplicable();
	return WithChild(path, level, target, Replace(path, level + 1, child, value));
}

static Jsonb *
Move(const PatchPath *path, const PatchPath *from, Jsonb *target)
{
	Jsonb	   *value;
	int			common = 0;

	while (common < Min(path->path.count, from->path.count) &&
		   strcmp(TextDatumGetCString(path->path.elements[common]),
				  TextDatumGetCString(from->path.elements[common])) == 0)
		common++;
	if (common == from->path.count && path->path.count > common)
		Inapplicable();
	value = Follow(from, target);
	if (common == from->path.count)
		return target;
	return Add(path, 0, Remove(from, 0, target), value);
}

/*
 * What a function makes of the target, its path, and what else it takes.
 */
static Jsonb *
CallReference(PGFunction function, Jsonb *target, const PatchPath *path, Datum third, Datum fourth,
			  Datum fifth)
{
	LOCAL_FCINFO(fcinfo, 5);
	Datum		array = PointerGetDatum(construct_array(path->path.elements, path->path.count, TEXTOID, -1,
														false, TYPALIGN_INT));
	Datum		values[] = {JsonbPGetDatum(target), array, third, fourth, fifth};

	InitFunctionCallInfoData(*fcinfo, NULL, 5, InvalidOid, NULL, NULL);
	for (int i = 0; i < 5; i++)
		fcinfo->args[i] = (NullableDatum)
	{
		.value = values[i]
	};
	return DatumGetJsonbP(function(fcinfo));
}

static Jsonb *
MergeInto(Jsonb *target, const PatchPath *path, Jsonb *source, bool deep)
{
	Jsonb	   *object;
	Datum		array;

	if (deep && locate(target, &path->path, &object) == FOUND && is_object(object))
		source = DatumGetJsonbP(DirectFunctionCall2(reference_deep_merge, JsonbPGetDatum(object),
													JsonbPGetDatum(source)));
	array = PointerGetDatum(construct_array(path->path.elements, path->path.count, TEXTOID, -1, false,
											TYPALIGN_INT));
	return DatumGetJsonbP(DirectFunctionCall3(reference_merge_at_path, JsonbPGetDatum(target),
											  JsonbPGetDatum(source), array));
}

static Jsonb *
Increment(Jsonb *target, const PatchPath *path, Jsonb *operation)
{
	Jsonb	   *by = field_of(operation, CStringGetTextDatum("value"));
	JsonbValue	number;

	if (by == NULL)
		by = parse_json("1");
	if (!JB_ROOT_IS_SCALAR(by) || !JsonbExtractScalar(&by->root, &number) || number.type != jbvNumeric)
		Inapplicable();
	return CallReference(reference_increment, target, path, NumericGetDatum(number.val.numeric), 0, 0);
}

/*
 * One of the three that find an element by a key.
 */
static Jsonb *
FindAndApply(Jsonb *target, const PatchPath *path, Jsonb *operation, const char *op)
{
	Datum		key = CStringGetTextDatum(StringMember(operation, "key"));
	Jsonb	   *value;
	Jsonb	   *updates;

	if (strcmp(op, "upsert") == 0)
	{
		Jsonb	   *match;

		value = ObjectMember(operation, "value");
		match = field_of(value, key);
		if (match == NULL)
			Inapplicable();
		return CallReference(reference_upsert_where, target, path, key, JsonbPGetDatum(match),
							 JsonbPGetDatum(value));
	}
	value = Member(operation, "value");
	if (strcmp(op, "delete_where") == 0)
		return CallReference(reference_delete_where, target, path, key, JsonbPGetDatum(value), 0);
	updates = ObjectMember(operation, "updates");
	return CallReference(reference_update_where, target, path, key, JsonbPGetDatum(value),
						 JsonbPGetDatum(updates));
}

static Jsonb *
Apply(Jsonb *target, Jsonb *operation)
{
	char	   *op;
	PatchPath	path;
	PatchPath	from;

	if (!is_object(operation))
		Inapplicable();
	op = StringMember(operation, "op");
	path = ReadPath(operation, "path");
	if (strcmp(op, "add") == 0)
		return Add(&path, 0, target, Member(operation, "value"));
	if (strcmp(op, "remove") == 0)
		return Remove(&path, 0, target);
	if (strcmp(op, "replace") == 0)
		return Replace(&path, 0, target, Member(operation, "value"));
	if (strcmp(op, "test") == 0)
	{
		Jsonb	   *value = Member(operation, "value");

		if (!are_equal(Follow(&path, target), value))
			Inapplicable();
		return target;
	}
	if (strcmp(op, "move") == 0 || strcmp(op, "copy") == 0)
	{
		from = ReadPath(operation, "from");
		return *op == 'm' ? Move(&path, &from, target) : Add(&path, 0, target, Follow(&from, target));
	}
	if (strcmp(op, "merge") == 0 || strcmp(op, "deep_merge") == 0)
		return MergeInto(target, &path, ObjectMember(operation, "value"), *op == 'd');
	if (strcmp(op, "increment") == 0)
		return Increment(target, &path, operation);
	if (strcmp(op, "upsert") == 0 || strcmp(op, "delete_where") == 0 || strcmp(op, "update_where") == 0)
		return FindAndApply(target, &path, operation, op);
	Inapplicable();
}

Datum
reference_patch(PG_FUNCTION_ARGS)
{
	Jsonb	   *target;
	Jsonb	   *patch;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	check_nulls(fcinfo, 1);
	target = PG_GETARG_JSONB_P(0);
	patch = read_array(PG_GETARG_DATUM(1));
	for (int i = 0; i < count_of(patch); i++)
		target = Apply(target, element_of(patch, i));
	PG_RETURN_JSONB_P(target);
}
