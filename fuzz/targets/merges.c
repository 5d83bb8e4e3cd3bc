/*
 * merges.c
 *	  Merges of documents, and the functions that edit what a path leads to, against
 *	  their references.
 */
#include "../core.h"
#include "../documents.h"
#include "../reference.h"

#include "utils/builtins.h"

static const char *const increments[] = {
	"1", "0", "-1", "0.00", "0.001", "-12345678901234567890.123456789", "1e200", "9999", "1e-100",
	"NaN", "Infinity"
};

static void
AddJsonb(Input *input, Arguments *arguments, const Jsonb *value)
{
	add_jsonb(arguments, value, (Form) choose(input, NFORMS));
}

/*
 * An object, mostly.
 */
static Jsonb *
RootObject(Input *input, const Document *document)
{
	if (is_object(document->value) || chance(input, 5))
		return document->value;
	return object_of_one(CStringGetTextDatum(make_key(input)), document->value);
}

static void
TryTwo(Input *input, PGFunction function, PGFunction reference, const Jsonb *target, const Jsonb *other)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, target);
	AddJsonb(input, &arguments, other);
	compare_writers(function, reference, &arguments);
}

static void
TryAggregate(Input *input, Jsonb *first)
{
	Arguments	arguments = {0};
	int			count = 1 + choose(input, 5);

	for (int i = 0; i < count; i++)
	{
		if (chance(input, 4))
			add_null(&arguments);
		else
			AddJsonb(input, &arguments, first);
		first = chance(input, 80) ? vary_value(input, first) : make_object(input, NULL, NULL, NULL);
	}
	if (chance(input, 70))
		compare_makers(deep_merge_agg, reference_deep_merge_agg, &arguments);
	else
		compare_makers(merge_agg, reference_merge_agg, &arguments);
}

/*
 * A call of a function of two documents, and its result.  NULL if there is none.
 */
static Jsonb *
CallTwo(PGFunction function, const Jsonb *a, const Jsonb *b)
{
	Arguments	arguments = {0};
	Outcome		outcome;

	add_jsonb(&arguments, a, FORM_PLAIN);
	add_jsonb(&arguments, b, FORM_PLAIN);
	outcome = call_given(function, &arguments);
	return outcome.failed ? NULL : DatumGetJsonbP(outcome.value);
}

/*
 * Against the reference, and that the patch does what it is for.
 */
static void
TryMergeDiff(Input *input, Jsonb *old, Jsonb *new)
{
	Arguments	arguments = {0};
	Jsonb	   *patch;
	Jsonb	   *patched;

	AddJsonb(input, &arguments, old);
	AddJsonb(input, &arguments, new);
	compare_makers(jsonb_merge_diff, reference_merge_diff, &arguments);
	patch = CallTwo(jsonb_merge_diff, old, new);
	if (patch == NULL)
		return;
	patched = CallTwo(jsonb_merge_patch, old, patch);
	if (patched == NULL || !have_same_bytes(patched, new))
		complain(&arguments, "the patch does not turn one into the other");
}

static List *
MakePath(Input *input, const Document *document)
{
	return chance(input, 80) ? document->path : distort_path(input, document->path);
}

static void
TrySet(Input *input, const Document *document)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	add_array(&arguments, path_array(MakePath(input, document)));
	AddJsonb(input, &arguments, chance(input, 50) ? vary_value(input, document->focus) : make_value(input));
	compare_writers(jsonb_set_path, reference_set_path, &arguments);
}

static void
TryRemove(Input *input, const Document *document)
{
	Arguments	arguments = {0};

	AddJsonb(input, &arguments, document->value);
	add_array(&arguments, path_array(MakePath(input, document)));
	compare_writers(jsonb_remove_path, reference_remove_path, &arguments);
}

/*
 * What is at the path should mostly be a number.
 */
static void
TryIncrement(Input *input, const Document *document)
{
	Arguments	arguments = {0};
	Path		path = read_path(PointerGetDatum(path_array(document->path)));
	Jsonb	   *number = parse_json(chance(input, 20) ? "null" : psprintf("%d.%d", choose(input, 256), choose(input, 100)));
	Jsonb	   *target = chance(input, 85) ? set_at(document->value, &path, number) : document->value;

	AddJsonb(input, &arguments, target);
	add_array(&arguments, path_array(MakePath(input, document)));
	add_number(&arguments, increments[choose(input, chance(input, 97) ? 9 : lengthof(increments))]);
	compare_writers(jsonb_increment, reference_increment, &arguments);
}

/*
 * Several paths, of which some lead to what the ones before have put there.
 */
static void
TryGraft(Input *input, const Document *document)
{
	static const char *const odd[] = {"{", "x", "{{a}}", "{NULL}", "{}", ""};
	Arguments	arguments = {0};
	List	   *paths = NIL;

	for (int left = choose(input, 5); left > 0; left--)
	{
		List	   *path = MakePath(input, document);

		if (chance(input, 30))
			path = list_truncate(list_copy(path), choose(input, list_length(path) + 1));
		if (chance(input, 30))
			path = lappend(list_copy(path), unconstify(char *, make_key(input)));
		paths = lappend(paths, chance(input, 98) ? path_text(path) :
						unconstify(char *, odd[choose(input, lengthof(odd))]));
	}
	AddJsonb(input, &arguments, document->value);
	AddJsonb(input, &arguments, vary_value(input, document->value));
	add_array(&arguments, path_array(paths));
	compare_writers(jsonb_graft, reference_graft, &arguments);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, size);
	int			operation = choose(&input, 24);
	Document	document = make_document(&input, (Focus) choose(&input, 3));
	Jsonb	   *object = operation < 14 ? RootObject(&input, &document) : NULL;

	if (operation < 1)
		TryTwo(&input, jsonb_merge_shallow, reference_merge_shallow, object, vary_value(&input, object));
	else if (operation < 4)
		TryTwo(&input, jsonb_deep_merge, reference_deep_merge, object, vary_value(&input, object));
	else if (operation < 7)
		TryAggregate(&input, object);
	else if (operation < 10)
		TryTwo(&input, jsonb_merge_patch, reference_merge_patch, object, vary_value(&input, object));
	else if (operation < 14)
		TryMergeDiff(&input, object, vary_value(&input, object));
	else if (operation < 16)
		TrySet(&input, &document);
	else if (operation < 17)
		TryRemove(&input, &document);
	else if (operation < 19)
		TryIncrement(&input, &document);
	else
		TryGraft(&input, &document);
}

const Target target_merges = {"merges", Run, NULL};
