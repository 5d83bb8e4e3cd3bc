/*
 * damaged.c
 *	  Images that may break the format, handed to every function, as the target and
 *	  as each other jsonb argument.
 *
 * The input is some bytes that choose paths and forms, and then the image, as it is
 * behind a varlena header.  Of the compressed forms, every other stream is damaged
 * as well.  judge.c says what is allowed.
 */
#include "../cases.h"
#include "../core.h"
#include "../image.h"
#include "../judge.h"

#include "verify.h"

#define CHOICES			24		/* bytes before the image */

/* An image and how it arrives. */
typedef struct Image
{
	const uint8 *bytes;
	Size		length;
	Form		form;
	char	   *stream;			/* damaged, or NULL */
	Size		stream_size;
} Image;

static void
AddImage(Arguments *arguments, const Image *image)
{
	if (image->stream != NULL)
		add_stream(arguments, image->stream, image->stream_size, image->form);
	else
		add_payload(arguments, image->bytes, image->length, image->form);
}

/*
 * A document of a part of the image, damaged as that may be.
 */
static Jsonb *
PartOf(const Image *image, const Part *part)
{
	bool		is_scalar = part->type != JENTRY_ISCONTAINER;
	Size		size = VARHDRSZ + (is_scalar ? 2 * sizeof(uint32) : 0) + part->length;
	Jsonb	   *document = palloc(size);

	SET_VARSIZE(document, size);
	if (is_scalar)
	{
		document->root.header = JB_FARRAY | JB_FSCALAR | 1;
		document->root.children[0] = JENTRY_HAS_OFF | part->type | (uint32) part->length;
	}
	memcpy((char *) document + size - part->length, image->bytes + part->start, part->length);
	return document;
}

static void
TryAsTarget(const Image *image, Input *input)
{
	Arguments	merge = {0};
	Arguments	update = {0};
	Arguments	upsert = {0};
	Arguments	compare = {0};
	Place		object = walk_image(image->bytes, image->length, input, JB_FOBJECT);
	Place		array = walk_image(image->bytes, image->length, input, JB_FARRAY);
	const char *key = "id";
	Size		key_length = 2;

	AddImage(&merge, image);
	add_jsonb(&merge, parse_json(chance(input, 50) ? "{\"a\":1,\"k\":[]}" : "{\"key\":\"value\"}"),
			  FORM_PLAIN);
	add_array(&merge, path_array(object.path));
	judge_call(jsonb_merge_at_path, &merge);

	if (array.has_pair)
	{
		key = (const char *) image->bytes + array.key.start;
		key_length = array.key.length;
	}
	AddImage(&update, image);
	add_array(&update, path_array(array.path));
	add_text(&update, key, key_length, false);
	if (array.has_pair)
		add_jsonb(&update, PartOf(image, &array.key_value), FORM_PLAIN);
	else
		add_jsonb(&update, parse_json("1"), FORM_PLAIN);
	add_jsonb(&update, parse_json("{\"a\":1,\"new\":[true]}"), FORM_PLAIN);
	judge_call(jsonb_array_update_where, &update);

	AddImage(&upsert, image);
	add_array(&upsert, path_array(array.path));
	add_text(&upsert, "id", 2, false);
	add_jsonb(&upsert, parse_json("1"), FORM_PLAIN);
	add_jsonb(&upsert, parse_json("{\"id\":1.0,\"n\":null}"), FORM_PLAIN);
	judge_call(jsonb_array_upsert_where, &upsert);

	AddImage(&compare, image);
	if (chance(input, 50))
		AddImage(&compare, image);
	else
		add_payload(&compare, image->bytes, image->length, FORM_PLAIN);
	add_array(&compare, path_array(chance(input, 50) ? object.path : array.path));
	for (int i = 0; i < 2; i++)
		if (chance(input, 50))
			store_argument(&compare, i);
	judge_call(jsonb_has_path_changed, &compare);
	if (image->stream == NULL)
		compare_with_plain(jsonb_has_path_changed, &compare);
}

static void
TryAsArgument(const Image *image, Input *input)
{
	Arguments	arguments = {0};
	Place		place = walk_image(image->bytes, image->length, input, JB_FOBJECT);
	List	   *path = list_make1(pstrdup("a"));
	const char *target = "{\"a\":[{\"id\":1,\"k\":\"x\"},{\"id\":2}],\"b\":1}";

	switch (choose(input, 5))
	{
		case 0:
			add_jsonb(&arguments, parse_json(target), FORM_PLAIN);
			AddImage(&arguments, image);
			add_array(&arguments, path_array(NIL));
			judge_call(jsonb_merge_at_path, &arguments);
			break;
		case 1:
			add_jsonb(&arguments, parse_json(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			add_text(&arguments, "id", 2, false);
			add_jsonb(&arguments, parse_json("2.0"), FORM_PLAIN);
			AddImage(&arguments, image);
			judge_call(jsonb_array_update_where, &arguments);
			break;
		case 2:
			add_jsonb(&arguments, parse_json(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			add_text(&arguments, "id", 2, false);
			AddImage(&arguments, image);
			add_jsonb(&arguments, parse_json("{\"id\":1}"), FORM_PLAIN);
			judge_call(jsonb_array_update_where, &arguments);
			break;
		case 3:
			add_jsonb(&arguments, parse_json(target), FORM_PLAIN);
			add_array(&arguments, path_array(path));
			if (place.has_pair)
			{
				add_text(&arguments, (const char *) image->bytes + place.key.start,
						 place.key.length, false);
				add_jsonb(&arguments, PartOf(image, &place.key_value), FORM_PLAIN);
			}
			else
			{
				add_text(&arguments, "id", 2, false);
				add_jsonb(&arguments, parse_json("1"), FORM_PLAIN);
			}
			AddImage(&arguments, image);
			judge_call(jsonb_array_upsert_where, &arguments);
			break;
		default:
			add_jsonb(&arguments, parse_json(target), FORM_PLAIN);
			AddImage(&arguments, image);
			add_array(&arguments, path_array(place.path));
			judge_call(jsonb_has_path_changed, &arguments);
			break;
	}
}

/*
 * The functions that only ask, of the image as it is or as it is stored.
 */
static void
TryReaders(const Image *image, Input *input)
{
	Arguments	contains = {0};
	Arguments	extract = {0};
	Arguments	verify = {0};
	Place		array = walk_image(image->bytes, image->length, input, JB_FARRAY);
	const char *key = "id";
	Size		key_length = 2;
	ListCell   *cell;

	if (array.has_pair)
	{
		key = (const char *) image->bytes + array.key.start;
		key_length = array.key.length;
	}
	foreach(cell, array.path)
	{
		if (chance(input, 20))
			lfirst(cell) = pstrdup("[*]");
	}
	AddImage(&contains, image);
	add_array(&contains, path_array(array.path));
	add_text(&contains, key, key_length, false);
	if (array.has_pair)
		add_jsonb(&contains, PartOf(image, &array.key_value), FORM_PLAIN);
	else
		add_jsonb(&contains, parse_json("1"), FORM_PLAIN);
	if (chance(input, 50))
		store_argument(&contains, 0);
	judge_call(jsonb_array_contains_id, &contains);
	if (image->stream == NULL)
		compare_with_plain(jsonb_array_contains_id, &contains);

	AddImage(&extract, image);
	add_text(&extract, key, key_length, false);
	if (chance(input, 50))
		store_argument(&extract, 0);
	judge_call(jsonb_extract_id, &extract);

	AddImage(&verify, image);
	judge_call(jsonb_verify, &verify);
}

static bool
IsSound(const uint8 *bytes, Size length)
{
	Size		offset;

	return jbi_verify(bytes, length, &offset) == NULL;
}

static void
AddSuspect(Arguments *arguments, const Suspect *suspect)
{
	AddImage(arguments, suspect->document);
}

/*
 * A few calls of the operator family.  Returns whether one has reached the writer with
 * the image as its target.
 */
static bool
TryCases(const Image *image, bool is_sound, Input *input)
{
	Place		array = walk_image(image->bytes, image->length, input, JB_FARRAY);
	Place		object = walk_image(image->bytes, image->length, input, JB_FOBJECT);
	Size		most = image->length + 16;
	Jsonb	   *other = palloc(VARHDRSZ + most);
	Jsonb	   *match = array.has_pair ? PartOf(image, &array.key_value) : parse_json("1");
	Suspect		suspect = {
		.add = AddSuspect,
		.document = image,
		.other = other,
		.other_json = "[]",
		.object = object.path,
		.array = array.path,
		.key = array.has_pair ? (const char *) image->bytes + array.key.start : "id",
		.key_length = array.has_pair ? array.key.length : 2,
		.match = match,
		.match_json = "1"
	};
	bool		reached = false;

	/* Damaged once more, so that it differs somewhere. */
	memcpy(VARDATA(other), image->bytes, image->length);
	SET_VARSIZE(other, VARHDRSZ + damage_image((uint8 *) VARDATA(other), image->length, most, input));
	if (is_sound)
		suspect.match_json = print_json(match);
	judge_as_sound(is_sound && IsSound((const uint8 *) VARDATA(other), VARSIZE(other) - VARHDRSZ));

	for (int left = 4; left > 0; left--)
	{
		Arguments	arguments = {0};
		int			number = choose(input, count_cases());

		set_reached_writer(false);
		judge_call(make_case(number, &suspect, &arguments), &arguments);
		reached |= case_has_target(number) && reached_writer();
	}
	return reached;
}

static void
PushString(JsonbParseState **state, JsonbIteratorToken token, const char *string)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, string);
	value.val.string.len = (int) strlen(string);
	(void) pushJsonbValue(state, token, &value);
}

/*
 * A keyed path, in which a key may be any bytes.
 */
static void
PushPath(JsonbParseState **state, List *path, const char *last)
{
	ListCell   *cell;

	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, path)
		PushString(state, WJB_ELEM, lfirst(cell));
	if (last != NULL)
		PushString(state, WJB_ELEM, last);
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
PushOperation(JsonbParseState **state, const char *operation, List *path, const char *last, List *from)
{
	(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	PushString(state, WJB_KEY, "op");
	PushString(state, WJB_VALUE, operation);
	PushString(state, WJB_KEY, "path");
	PushPath(state, path, last);
	PushString(state, WJB_KEY, "from");
	PushPath(state, from, NULL);
	PushString(state, WJB_KEY, "key");
	PushString(state, WJB_VALUE, "id");
	for (int i = 0; i < 2; i++)
	{
		PushString(state, WJB_KEY, i == 0 ? "value" : "updates");
		(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		PushString(state, WJB_KEY, "id");
		PushString(state, WJB_VALUE, "new");
		(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/*
 * A patch that goes to these places of a document.
 */
static Jsonb *
MakePatch(Input *input, List *object, List *array)
{
	static const char *const operations[] = {
		"test", "add", "replace", "remove", "copy", "move", "merge", "deep_merge", "upsert",
		"update_where", "delete_where", "increment"
	};
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int left = 1 + choose(input, 4); left > 0; left--)
	{
		bool		in_array = chance(input, 50);
		const char *last = chance(input, 60) ? NULL : !in_array ? "id" : chance(input, 50) ? "0" : "[-]";

		PushOperation(&state, operations[choose(input, lengthof(operations))], in_array ? array : object,
					  last, chance(input, 50) ? array : object);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/*
 * The same bytes with some more damage.
 */
static void
AddDamaged(Arguments *arguments, Input *input, const void *payload, Size length)
{
	uint8	   *bytes = palloc(length + 64);

	memcpy(bytes, payload, length);
	length = damage_image(bytes, length, length + 64, input);
	add_payload(arguments, bytes, length, FORM_PLAIN);
}

/*
 * Patches for the image, patches that are damaged themselves, and differences of
 * images.
 */
static void
TryPatches(const Image *image, bool is_sound, Input *input)
{
	Arguments	patch_image = {0};
	Arguments	damaged_patch = {0};
	Arguments	difference = {0};
	Place		object = walk_image(image->bytes, image->length, input, JB_FOBJECT);
	Place		array = walk_image(image->bytes, image->length, input, JB_FARRAY);
	Jsonb	   *patch = MakePatch(input, object.path, array.path);

	judge_as_sound(is_sound);
	AddImage(&patch_image, image);
	add_jsonb(&patch_image, patch, FORM_PLAIN);
	judge_call(jsonb_patch, &patch_image);

	/* The rest is damaged once more. */
	judge_as_sound(false);
	add_jsonb(&damaged_patch, parse_json("{\"a\":[{\"id\":1,\"k\":\"x\"},{\"id\":2}],\"b\":1}"), FORM_PLAIN);
	patch = MakePatch(input, NIL, list_make1(pstrdup("a")));
	AddDamaged(&damaged_patch, input, VARDATA(patch), VARSIZE(patch) - VARHDRSZ);
	judge_call(jsonb_patch, &damaged_patch);

	AddImage(&difference, image);
	if (chance(input, 90))
		AddDamaged(&difference, input, image->bytes, image->length);
	else
		add_jsonb(&difference, parse_json("[{\"id\":1},[2],{}]"), FORM_PLAIN);
	judge_call(jsonb_diff, &difference);
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, Min(size, CHOICES));
	Size		length = size > CHOICES ? size - CHOICES : 0;
	uint8	   *bytes = palloc(Max(length, 1));
	int			form = choose(&input, 256);
	Image		image = {.bytes = bytes, .length = length, .form = (Form) (form % NFORMS)};
	bool		is_sound;
	bool		reached;

	memcpy(bytes, data + size - length, length);
	if ((image.form == FORM_PGLZ || image.form == FORM_LZ4) && form / NFORMS % 2 == 1)
	{
		image.stream_size = compress_payload(bytes, length, image.form, &image.stream);
		if (image.stream_size > 0)
			image.stream_size = damage_stream((uint8 *) image.stream, image.stream_size, &input);
		else
			image.stream = NULL;
	}
	is_sound = image.stream == NULL && IsSound(bytes, length);
	judge_as_sound(is_sound);
	TryAsTarget(&image, &input);
	/* What is counted is how far damaged targets get. */
	reached = reached_writer();
	TryAsArgument(&image, &input);
	TryReaders(&image, &input);
	TryPatches(&image, is_sound, &input);
	reached |= TryCases(&image, is_sound, &input);
	set_reached_writer(reached);
}

static size_t
Mutate(uint8 *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate_image(data, CHOICES, size, max_size, seed);
}

const Target target_damaged = {"damaged", Run, Mutate};
