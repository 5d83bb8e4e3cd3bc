/*
 * damaged.c
 *	  Images that may break the format, handed to every function, as the target and
 *	  as each other jsonb argument.
 *
 * The input is some bytes that choose paths and forms, and then the image, as it is
 * behind a varlena header.  Allowed are an error that the contract has, and a result
 * in which the verifier finds no kind of fault that it did not find in an argument:
 * what is only copied is not looked at, but nothing may be added.
 */
#include "../image.h"

#include "utils/memutils.h"
#include "verify.h"

#define CHOICES			24		/* bytes before the image */
#define MAX_FAULTS		64
#define FRESH_PERCENT	75

/* Kinds of faults, each a constant string. */
typedef struct Faults
{
	int			count;
	const char *kinds[MAX_FAULTS];
} Faults;

/*
 * Faults of keys are of one kind: where keys are out of order, one of them may be
 * met again, and what is no string may be padded otherwise.
 */
static bool
IsKeyFault(const char *fault)
{
	return strstr(fault, "key") != NULL;
}

static bool
HasFault(const Faults *faults, const char *fault)
{
	for (int i = 0; i < faults->count; i++)
	{
		if (faults->kinds[i] == fault ||
			(IsKeyFault(faults->kinds[i]) && IsKeyFault(fault)))
			return true;
	}
	return false;
}

static bool
NoteFault(void *state, const char *fault, Size offset pg_attribute_unused())
{
	Faults	   *faults = state;

	if (!HasFault(faults, fault) && faults->count < MAX_FAULTS)
		faults->kinds[faults->count++] = fault;
	return true;
}

static void
AddFaults(Faults *faults, Datum plain)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(plain);

	PG_TRY();
	{
		jbi_verify_all(VARDATA(value), VARSIZE(value) - VARHDRSZ, NoteFault, faults);
	}
	PG_CATCH();
	{
		/* Nested too deep. */
		FlushErrorState();
	}
	PG_END_TRY();
}

/*
 * Call a function and judge what it does; those arguments in the mask are jsonb.
 */
static void
Try(PGFunction function, const Arguments *arguments, unsigned int jsonb_arguments)
{
	MemoryContext context = CurrentMemoryContext;
	Outcome		outcome = call_given(function, arguments);
	Faults		before = {0};
	Faults		behind = {0};

	if (outcome.failed)
	{
		if (!in_contract(&outcome))
			complain(arguments, "SQLSTATE %s is not in the contract: %s",
					 unpack_sql_state(outcome.sqlstate), outcome.message);
		return;
	}
	if (function == jsonb_has_path_changed || outcome.isnull ||
		DatumGetPointer(outcome.value) == DatumGetPointer(arguments->given[0].value))
		return;
	AddFaults(&behind, PointerGetDatum(DatumGetJsonbP(outcome.value)));
	MemoryContextSwitchTo(context);
	if (behind.count == 0)
		return;
	for (int i = 0; i < arguments->count; i++)
		if (jsonb_arguments & (1U << i))
			AddFaults(&before, arguments->plain[i].value);
	MemoryContextSwitchTo(context);
	for (int i = 0; i < behind.count; i++)
	{
		if (HasFault(&before, behind.kinds[i]))
			continue;
		for (int j = 0; j < before.count; j++)
			fprintf(stderr, "an argument has: %s\n", before.kinds[j]);
		complain(arguments, "the result has a new fault: %s", behind.kinds[i]);
	}
}

/*
 * A scalar document of a part of the image, damaged as that may be.
 */
static void
AddScalar(Arguments *arguments, const uint8 *image, const Part *part, Form form)
{
	uint32	   *payload = palloc(2 * sizeof(uint32) + part->length);

	payload[0] = JB_FARRAY | JB_FSCALAR | 1;
	payload[1] = JENTRY_HAS_OFF | part->type | (uint32) part->length;
	memcpy(payload + 2, image + part->start, part->length);
	if (part->type == JENTRY_ISCONTAINER)
		add_payload(arguments, payload + 2, part->length, form);
	else
		add_payload(arguments, payload, 2 * sizeof(uint32) + part->length, form);
}

static Jsonb *
Parse(const char *json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
}

static void
TryAsTarget(const uint8 *image, Size length, Input *input, Form form)
{
	Arguments	merge = {0};
	Arguments	update = {0};
	Arguments	upsert = {0};
	Arguments	compare = {0};
	Place		object = walk_image(image, length, input, JB_FOBJECT);
	Place		array = walk_image(image, length, input, JB_FARRAY);
	const char *key = "id";
	Size		key_length = 2;

	add_payload(&merge, image, length, form);
	add_jsonb(&merge, Parse(chance(input, 50) ? "{\"a\":1,\"k\":[]}" : "{\"key\":\"value\"}"),
			  FORM_PLAIN);
	add_array(&merge, path_array(object.path));
	Try(jsonb_merge_at_path, &merge, 3);

	if (array.has_pair)
	{
		key = (const char *) image + array.key.start;
		key_length = array.key.length;
	}
	add_payload(&update, image, length, form);
	add_array(&update, path_array(array.path));
	add_text(&update, key, key_length, false);
	if (array.has_pair)
		AddScalar(&update, image, &array.key_value, FORM_PLAIN);
	else
		add_jsonb(&update, Parse("1"), FORM_PLAIN);
	add_jsonb(&update, Parse("{\"a\":1,\"new\":[true]}"), FORM_PLAIN);
	Try(jsonb_array_update_where, &update, 25);

	add_payload(&upsert, image, length, form);
	add_array(&upsert, path_array(array.path));
	add_text(&upsert, "id", 2, false);
	add_jsonb(&upsert, Parse("1"), FORM_PLAIN);
	add_jsonb(&upsert, Parse("{\"id\":1.0,\"n\":null}"), FORM_PLAIN);
	Try(jsonb_array_upsert_where, &upsert, 25);

	add_payload(&compare, image, length, form);
	add_payload(&compare, image, length, chance(input, 50) ? form : FORM_PLAIN);
	add_array(&compare, path_array(chance(input, 50) ? object.path : array.path));
	Try(jsonb_has_path_changed, &compare, 3);
}

static void
TryAsArgument(const uint8 *image, Size length, Input *input, Form form)
{
	Arguments	arguments = {0};
	Place		place = walk_image(image, length, input, JB_FOBJECT);
	List	   *path = list_make1(pstrdup("a"));
	const char *target = "{\"a\":[{\"id\":1,\"k\":\"x\"},{\"id\":2}],\"b\":1}";

	switch (choose(input, 5))
	{
		case 0:
			add_jsonb(&arguments, Parse(target), FORM_PLAIN);
			add_payload(&arguments, image, length, form);
			add_array(&arguments, path_array(NIL));
			Try(jsonb_merge_at_path, &arguments, 3);
			break;
		case 1:
			add_jsonb(&arguments, Parse(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			add_text(&arguments, "id", 2, false);
			add_jsonb(&arguments, Parse("2.0"), FORM_PLAIN);
			add_payload(&arguments, image, length, form);
			Try(jsonb_array_update_where, &arguments, 25);
			break;
		case 2:
			add_jsonb(&arguments, Parse(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			add_text(&arguments, "id", 2, false);
			add_payload(&arguments, image, length, form);
			add_jsonb(&arguments, Parse("{\"id\":1}"), FORM_PLAIN);
			Try(jsonb_array_update_where, &arguments, 25);
			break;
		case 3:
			add_jsonb(&arguments, Parse(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			if (place.has_pair)
			{
				add_text(&arguments, (const char *) image + place.key.start,
						 place.key.length, false);
				AddScalar(&arguments, image, &place.key_value, FORM_PLAIN);
			}
			else
			{
				add_text(&arguments, "id", 2, false);
				add_jsonb(&arguments, Parse("1"), FORM_PLAIN);
			}
			add_payload(&arguments, image, length, form);
			Try(jsonb_array_upsert_where, &arguments, 25);
			break;
		default:
			add_jsonb(&arguments, Parse(target), FORM_PLAIN);
			add_payload(&arguments, image, length, form);
			add_array(&arguments, path_array(place.path));
			Try(jsonb_has_path_changed, &arguments, 3);
			break;
	}
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, Min(size, CHOICES));
	Form		form = (Form) choose(&input, NFORMS);
	Size		length = size > CHOICES ? size - CHOICES : 0;
	uint8	   *image = palloc(Max(length, 1));
	bool		reached;

	memcpy(image, data + size - length, length);
	TryAsTarget(image, length, &input, form);
	/* What is counted is how far damaged targets get. */
	reached = reached_writer();
	TryAsArgument(image, length, &input, form);
	set_reached_writer(reached);
}

/*
 * Damage the image, or a fresh one: without those, damage upon damage would leave
 * nothing that gets past the first check.
 */
static size_t
Mutate(uint8 *data, size_t size, size_t max_size, unsigned int seed)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fuzz mutation",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Input		input = start_input((const uint8 *) &seed, sizeof(seed));

	input.at = input.size;
	if (size <= CHOICES || chance(&input, FRESH_PERCENT))
	{
		Document	document = make_document(&input, (Focus) choose(&input, 3));
		Size		length = VARSIZE(document.value) - VARHDRSZ;

		if (CHOICES + length <= max_size)
		{
			for (int i = 0; i < CHOICES; i++)
				data[i] = (uint8) choose(&input, 256);
			memcpy(data + CHOICES, VARDATA(document.value), length);
			size = CHOICES + length;
		}
	}
	else if (chance(&input, 20))
		size = LLVMFuzzerMutate(data, size, max_size);
	else if (chance(&input, 30))
		data[choose(&input, CHOICES)] = (uint8) choose(&input, 256);

	if (size > CHOICES)
		for (int count = choose(&input, 3) == 0 ? 2 : 1; count > 0; count--)
			size = CHOICES + damage_image(data + CHOICES, size - CHOICES, max_size - CHOICES,
										  &input);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return size;
}

const Target target_damaged = {"damaged", Run, Mutate};
