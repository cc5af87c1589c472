// SPDX-License-Identifier: LGPL-2.1-or-later
/* Structs whose first member is their size, so that old callers and new ones both fit. */
#include <errno.h>
#include <string.h>

#include "internal.h"

int kf_opts_copy(void *opts, size_t size, const void *user, size_t user_size, size_t min_size)
{
	const unsigned char *bytes = user;

	if (user_size < min_size)
		return -EINVAL;
	for (size_t i = size; i < user_size; i++)
		if (bytes[i])
			return -E2BIG;
	memset(opts, 0, size);
	memcpy(opts, user, user_size < size ? user_size : size);
	return 0;
}
