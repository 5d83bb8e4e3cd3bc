/*-------------------------------------------------------------------------
 *
 * replay.c
 *	  Runs a fuzz target on files, without the fuzzer: for gdb and Valgrind.
 *
 * usage: NAME-OF-TARGET FILE...
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dirent.h>
#include <sys/stat.h>

extern int	LLVMFuzzerInitialize(int *argc, char ***argv);
extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);
extern size_t LLVMFuzzerMutate(uint8 *data, size_t size, size_t max_size);

/* Only the custom mutators call it, and here nothing calls those. */
size_t
LLVMFuzzerMutate(uint8 *data pg_attribute_unused(), size_t size,
				 size_t max_size pg_attribute_unused())
{
	return size;
}

static void
RunFile(const char *path)
{
	struct stat status;
	FILE	   *file = fopen(path, "rb");
	uint8	   *data;
	size_t		size;

	if (file == NULL || fstat(fileno(file), &status) != 0)
	{
		perror(path);
		exit(2);
	}
	size = (size_t) status.st_size;
	/* Of its exact length, and even an empty one may be freed. */
	data = malloc(Max(size, 1));
	if (data == NULL || fread(data, 1, size, file) != size)
	{
		perror(path);
		exit(2);
	}
	(void) fclose(file);
	fprintf(stderr, "%s (%zu bytes)\n", path, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static void
RunDirectory(const char *path)
{
	DIR		   *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL)
	{
		perror(path);
		exit(2);
	}
	while ((entry = readdir(directory)) != NULL)
	{
		char	   *file;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
			abort();
		RunFile(file);
		free(file);
	}
	closedir(directory);
}

int
main(int argc, char **argv)
{
	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
	{
		struct stat status;

		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
			RunDirectory(argv[i]);
		else
			RunFile(argv[i]);
	}
	return 0;
}
