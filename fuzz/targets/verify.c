/*
 * verify.c
 *	  jsonb_verify() of any bytes.
 *
 * It reads no byte that is not there, and what it calls sound is: core can write it as
 * text, and what it reads of that are the same bytes.
 */
#include "../image.h"

#include "utils/builtins.h"

#define CHOICES		1			/* bytes before the image */

/*
 * value::text::jsonb
 */
static Datum
ThereAndBack(PG_FUNCTION_ARGS)
{
	return DirectFunctionCall1(jsonb_in, DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(0)));
}

/*
 * What was called sound has to be what core makes.
 */
static void
CheckSound(const Arguments *arguments)
{
	Outcome		outcome = call_plain(ThereAndBack, arguments);
	const void *given = DatumGetPointer(arguments->plain[0].value);
	const void *made = DatumGetPointer(outcome.value);

	if (outcome.failed && outcome.sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX)
		return;
	if (outcome.failed)
		complain(arguments, "sound, but core says %s", outcome.message);
	if (VARSIZE(given) != VARSIZE(made) || memcmp(given, made, VARSIZE(given)) != 0)
		complain(arguments, "sound, but core makes other bytes of it");
}

static void
Run(const uint8 *data, size_t size)
{
	Input		input = start_input(data, Min(size, CHOICES));
	Arguments	arguments = {0};
	Size		length = size > CHOICES ? size - CHOICES : 0;
	Outcome		outcome;

	add_payload(&arguments, data + size - length, length, (Form) choose(&input, NFORMS));
	outcome = call_given(jsonb_verify, &arguments);
	if (outcome.failed)
	{
		if (outcome.sqlstate != ERRCODE_STATEMENT_TOO_COMPLEX)
			complain(&arguments, "an error: %s", outcome.message);
	}
	else if (outcome.isnull)
		CheckSound(&arguments);
	else
	{
		const char *report = text_to_cstring(DatumGetTextPP(outcome.value));
		const char *offset = strrchr(report, ' ');

		if (offset == NULL || strtoul(offset, NULL, 10) > length)
			complain(&arguments, "a fault where nothing is: %s", report);

		/* What counts is how many get past the header. */
		if (strtoul(offset, NULL, 10) == 0)
			return;
	}
	set_reached_writer(true);
}

static size_t
Mutate(uint8 *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate_image(data, CHOICES, size, max_size, seed);
}

const Target target_verify = {"verify", Run, Mutate};
