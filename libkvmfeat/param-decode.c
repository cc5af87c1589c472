// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The text of a parameter and its value, both ways: no I/O, no context. The kernel's own
 * grammar is that of kernel/params.c and lib/kstrtox.c, and of the setters in arch/x86/kvm.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "param-private.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool kf_param_name_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = strspn(name, allowed);

	return length && length < KF_PARAM_NAME && !name[length];
}

const char *kf_param_flaw(const char *bytes, size_t size)
{
	if (!size)
		return "is empty";
	if (size > KF_PARAM_TEXT_MAX)
		return "is longer than a page";
	if (memchr(bytes, '\0', size))
		return "holds a NUL byte";
	/* Every getter of the kernel ends its text so; without it the rest is missing. */
	if (bytes[size - 1] != '\n')
		return "is cut off: its final newline is missing";
	return size == 1 ? "is empty" : NULL;
}

/* A decimal number as the kernel prints it: no sign but '-', no leading zero. */
static bool plain_number(const struct kf_param_grammar *grammar, const char *text)
{
	const char *digits = text + (*text == '-');
	size_t length = 0;
	int64_t number;

	while (is_digit(digits[length]))
		length++;
	if (!length || digits[length] || (digits[0] == '0' && (length > 1 || digits != text)))
		return false;
	errno = 0;
	number = strtoll(text, NULL, 10);
	return !errno && number >= grammar->min && number <= grammar->max;
}

static const struct kf_param_reading *find_reading(const struct kf_param_grammar *grammar,
						   const char *text)
{
	for (const struct kf_param_reading *r = grammar->readings; r && r->text; r++)
		if (!strcmp(r->text, text))
			return r;
	return NULL;
}

const char *kf_param_decode(const struct kf_param_grammar *grammar, const char *text)
{
	const struct kf_param_reading *reading = find_reading(grammar, text);

	if (reading)
		return reading->value;
	return !grammar->words && plain_number(grammar, text) ? text : NULL;
}

enum kvmfeat_why kf_param_why(const struct kf_param_grammar *grammar, const char *text)
{
	const struct kf_param_reading *reading = find_reading(grammar, text);

	return reading ? reading->why : KVMFEAT_WHY_NONE;
}

bool kf_param_encode(const struct kf_param_grammar *grammar, const char *word,
		     struct kf_param_word *ret_word)
{
	for (const struct kf_param_word *w = grammar->words; w && w->word; w++)
		if (!strcmp(w->word, word)) {
			*ret_word = *w;
			return true;
		}
	if (grammar->words || !plain_number(grammar, word))
		return false;
	*ret_word =
		(struct kf_param_word){ .word = word, .write = word, .load = word, .value = word };
	return true;
}

/* kstrtobool(): "on", "off", or NULL when it refuses. */
static const char *kernel_bool(const char *text)
{
	if (*text && strchr("eEyYtT1", *text))
		return "on";
	if (*text && strchr("dDnNfF0", *text))
		return "off";
	if (*text != 'o' && *text != 'O')
		return NULL;
	return text[1] == 'n' || text[1] == 'N' ? "on" :
	       text[1] == 'f' || text[1] == 'F' ? "off" :
						  NULL;
}

/* kstrtoint(text, 0, …) and its like: true and the number when they accept. */
static bool kernel_number(const struct kf_param_grammar *grammar, const char *text, size_t length,
			  int64_t *ret_number)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (!is_digit(*digits))
		return false;
	errno = 0;
	*ret_number = strtoll(text, &end, 0);
	return !errno && end == text + length && *ret_number >= grammar->min &&
	       *ret_number <= grammar->max;
}

void kf_param_kernel_reading(const struct kf_param_grammar *grammar, const char *word, char *buf,
			     size_t size)
{
	size_t length = strlen(word);
	const char *as = NULL;
	int64_t number;

	/* sysfs_streq() and the number parsers pass over one newline at the end. */
	if (length && word[length - 1] == '\n')
		length--;
	for (const struct kf_param_word *w = grammar->words; w && w->word && !as; w++)
		if (strlen(w->word) == length && !strncmp(w->word, word, length))
			as = w->word;
	if (!as && grammar->falls_to_bool)
		as = kernel_bool(word);
	if (as)
		snprintf(buf, size, "would read it as %s", as);
	else if (!grammar->words && kernel_number(grammar, word, length, &number))
		snprintf(buf, size, "would read it as %" PRId64, number);
	else
		snprintf(buf, size, "would refuse it");
}

void kf_param_quote(const char *text, char buf[KF_PARAM_QUOTE])
{
	static const char hex[] = "0123456789abcdef", more[] = "...";
	const char *const end = buf + KF_PARAM_QUOTE - sizeof(more) - sizeof("\\x00");
	char *to = buf;

	for (; *text && to < end; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= 0x20 && byte < 0x7f) {
			*to++ = *text;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = hex[byte >> 4];
		*to++ = hex[byte & 0xf];
	}
	strcpy(to, *text ? more : "");
}
