// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a module parameter: the first byte picks the parameter, the rest is its file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "param-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

/* What is read can be asked for again, and would then be equal; no other word is taken. */
static void check_text(const struct kf_param_row *row, const char *text)
{
	const struct kf_param_grammar *grammar = row->grammar;
	const char *value = kf_param_decode(grammar, text);
	char reading[64], quoted[KF_PARAM_QUOTE];
	struct kf_param_word word;

	kf_param_quote(text, quoted);
	for (const char *byte = quoted; *byte; byte++)
		require(*byte >= 0x20 && *byte < 0x7f);
	kf_param_kernel_reading(grammar, text, reading, sizeof(reading));
	require(!strncmp(reading, "would ", 6));
	if (value && kf_param_encode(grammar, value, &word))
		require(!word.value || !strcmp(word.value, value));
	if (value && !grammar->words)
		require(value == text && kf_param_encode(grammar, text, &word));
	if (kf_param_encode(grammar, text, &word)) {
		require(word.load && strcmp(reading, "would refuse it") != 0);
		if (word.write)
			require(strlen(word.write) < 64 && !strchr(word.write, '\n'));
	}
	if (value)
		kf_param_meaning(row, value);
	kf_param_why(grammar, text);
	kf_param_name_valid(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *flaw;
	char *text;

	if (!size)
		return 0;
	flaw = kf_param_flaw((const char *)data + 1, size - 1);
	text = calloc(1, size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	if (!flaw) {
		require(strlen(text) == size - 1 && text[size - 2] == '\n');
		text[size - 2] = '\0';
	}
	check_text(&kf_param_rows[data[0] % kf_param_row_count], text);
	free(text);
	return 0;
}
