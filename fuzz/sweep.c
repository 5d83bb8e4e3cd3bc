/*-------------------------------------------------------------------------
 *
 * sweep.c
 *	  Goes through every single flipped bit and every truncation of some values.
 *
 * usage: sweep				all of it
 *		  sweep SUBJECT		all of one value
 *		  sweep SUBJECT FORM DAMAGE AT
 *							the case of these numbers
 *
 * targets/sweep.c has the values and what is done with them.
 *
 *-------------------------------------------------------------------------
 */
#include "sweep.h"

#include <signal.h>
#include <unistd.h>

extern int	LLVMFuzzerInitialize(int *argc, char ***argv);
extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);
extern size_t LLVMFuzzerMutate(uint8 *data, size_t size, size_t max_size);

/* Where there is a sanitizer. */
extern void __sanitizer_set_death_callback(void (*callback) (void)) __attribute__((weak));

static const Form forms[] = {FORM_PLAIN, FORM_PGLZ, FORM_LZ4};
static const char *const form_names[] = {"plain", "pglz", "lz4"};

static SweepCase current;
static uint64 cases[DAMAGE_NONE + 1];
static int	values[lengthof(forms)];

/* Nothing here mutates. */
size_t
LLVMFuzzerMutate(uint8 *data pg_attribute_unused(), size_t size,
				 size_t max_size pg_attribute_unused())
{
	return size;
}

static void
PrintCase(void)
{
	fprintf(stderr, "\nthe case: %u %u %u %u (%s)\n", current.subject, current.form,
			current.damage, current.at, sweep_json(current.subject));
}

static void
HandleAbort(int number)
{
	PrintCase();
	(void) signal(number, SIG_DFL);
	(void) raise(number);
}

static void
RunDamage(Damage damage, uint32 count)
{
	current.damage = damage;
	for (current.at = 0; current.at < count; current.at++)
	{
		if (!sweep_has(&current))
			continue;
		LLVMFuzzerTestOneInput((const uint8 *) &current, sizeof(current));
		cases[damage]++;
	}
}

static void
RunSubjects(uint32 first, uint32 last)
{
	for (current.subject = first; current.subject <= last; current.subject++)
		for (int i = 0; i < (int) lengthof(forms); i++)
		{
			Size		size = sweep_size(current.subject, forms[i]);

			if (size == 0)
				continue;
			current.form = forms[i];
			values[i]++;
			RunDamage(DAMAGE_NONE, 1);
			RunDamage(DAMAGE_FLIP, (uint32) size * 8);
			RunDamage(DAMAGE_CUT, (uint32) size);
		}
}

static void
PrintAll(void)
{
	printf("%d images", values[FORM_PLAIN]);
	for (int i = 0; i < (int) lengthof(forms); i++)
		printf("%s %d %s", i == 0 ? ":" : ",", values[i], form_names[i]);
	printf("; %lu flips, %lu truncations, %lu calls\n", (unsigned long) cases[DAMAGE_FLIP],
		   (unsigned long) cases[DAMAGE_CUT], (unsigned long) sweep_counts.calls);
	printf("outcomes: %lu written, %lu unchanged, %lu answers", (unsigned long) sweep_counts.written,
		   (unsigned long) sweep_counts.unchanged, (unsigned long) sweep_counts.answers);
	for (int i = 0; i < (int) lengthof(sweep_counts.errors) && sweep_counts.errors[i].count > 0; i++)
		printf(", %lu %s", (unsigned long) sweep_counts.errors[i].count,
			   unpack_sql_state(sweep_counts.errors[i].sqlstate));
	printf("\n");
}

int
main(int argc, char **argv)
{
	char	   *name[] = {"sweep", NULL};
	char	  **names = name;
	int			count = 1;
	uint32		first = 0;
	uint32		last = (uint32) sweep_subjects() - 1;

	LLVMFuzzerInitialize(&count, &names);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(PrintCase);
	(void) signal(SIGABRT, HandleAbort);
	if (argc != 1 && argc != 2 && argc != 5)
	{
		fprintf(stderr, "usage: sweep [SUBJECT [FORM DAMAGE AT]]\n");
		return 2;
	}
	if (argc == 5)
	{
		uint32	   *numbers[] = {&current.subject, &current.form, &current.damage, &current.at};

		for (int i = 0; i < 4; i++)
			*numbers[i] = (uint32) strtoul(argv[i + 1], NULL, 10);
		if (current.subject >= (uint32) sweep_subjects() || current.form >= NFORMS ||
			current.at >= 8 * sweep_size(current.subject, (Form) current.form))
		{
			fprintf(stderr, "there is no such case\n");
			return 2;
		}
		LLVMFuzzerTestOneInput((const uint8 *) &current, sizeof(current));
		return 0;
	}
	if (argc == 2)
		first = last = (uint32) strtoul(argv[1], NULL, 10);
	if (last >= (uint32) sweep_subjects())
	{
		fprintf(stderr, "there are %d values\n", sweep_subjects());
		return 2;
	}
	RunSubjects(first, last);
	PrintAll();
	return 0;
}
