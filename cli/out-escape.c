// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as text: fit for a terminal, or whole UTF-8 for JSON. */
#define _GNU_SOURCE
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "out-private.h"

/* Length of the valid UTF-8 character at @text, 0 when there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *text, unsigned int *ret_code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80 ? 1 :
			text[0] < 0xc2 ? 0 :
			text[0] < 0xe0 ? 2 :
			text[0] < 0xf0 ? 3 :
			text[0] < 0xf5 ? 4 :
					 0;
	unsigned int code = length > 1 ? text[0] & (0xff >> (length + 1)) : text[0];

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (length > 1 &&
	    (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)))
		return 0;
	*ret_code = code;
	return length;
}

/* C0 and C1 drive a terminal; the others end a line or reorder what is around them. */
static bool drives(unsigned int code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

char *out_printable(const char *text)
{
	/* Where the terminal speaks something else, a part of a character may be a control. */
	const bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	char *clean = malloc(4 * strlen(text) + 1);
	char *to = clean;

	if (!clean)
		return NULL;
	while (*text) {
		unsigned int code = (unsigned char)*text;
		size_t length = utf8_length((const unsigned char *)text, &code);

		if (length && !drives(code) && (utf8 || length == 1))
			to = mempcpy(to, text, length);
		else
			to += sprintf(to, length > 1 && code >= 0xa0 ? "\\u%04x" : "\\x%02x", code);
		text += length ? length : 1;
	}
	*to = '\0';
	return clean;
}

char *out_whole_utf8(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *clean = malloc(3 * strlen(text) + 1);
	char *to = clean;
	unsigned int code;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = utf8_length((const unsigned char *)text, &code);

		to = length ? mempcpy(to, text, length) : mempcpy(to, replacement, 3);
		text += length ? length : 1;
	}
	*to = '\0';
	return clean;
}
