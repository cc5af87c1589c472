// SPDX-License-Identifier: GPL-2.0-or-later
/* SHA-384, by which a TSM's evidence names a device interface report. */
#include <sha2.h>

#include "cli.h"

_Static_assert(CLI_DIGEST == SHA384_DIGEST_STRING_LENGTH, "a digest is text of that size");

void cli_digest(const void *bytes, size_t size, char ret_digest[CLI_DIGEST])
{
	SHA384Data(bytes, size, ret_digest);
}
