// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gives every file of a corpus to a fuzz target, without libFuzzer: replay DIRECTORY... The
 * input is a heap block of exactly its size, so that sanitizers see a read past its end.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of a file, or NULL; the caller frees them. */
static uint8_t *read_input(const char *path, size_t *ret_size)
{
	struct stat st;
	uint8_t *data = NULL;
	FILE *file = fopen(path, "rb");

	if (!file)
		return NULL;
	if (!fstat(fileno(file), &st) && S_ISREG(st.st_mode)) {
		*ret_size = (size_t)st.st_size;
		data = malloc(*ret_size + !*ret_size);
		if (data && fread(data, 1, *ret_size, file) != *ret_size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

static int replay(const char *directory, const struct dirent *entry)
{
	char path[4096];
	size_t size;
	uint8_t *data;

	snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
	data = read_input(path, &size);
	if (!data) {
		printf("#   %s cannot be read\n", path);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* Adds to @inputs and @failed; a directory without an input is a failure. */
static void replay_all(const char *directory, int *inputs, int *failed)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, NULL, alphasort);
	int found = 0;

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			found++;
			*failed += replay(directory, entries[i]) != 0;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (!found)
		printf("#   no input in '%s'\n", directory);
	*inputs += found;
	*failed += !found;
}

int main(int argc, char **argv)
{
	int inputs = 0, failed = argc < 2;

	for (int i = 1; i < argc; i++)
		replay_all(argv[i], &inputs, &failed);
	printf("%s 1 - %d inputs\n1..1\n", failed ? "not ok" : "ok", inputs);
	return failed != 0;
}
