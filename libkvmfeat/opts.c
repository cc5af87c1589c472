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

int kf_result_copy(void *user, size_t user_size, const void *result, size_t size, size_t min_size)
{
	const size_t skip = sizeof(size_t);

	if (user_size < min_size)
		return -EINVAL;
	if (user_size > size)
		memset((char *)user + size, 0, user_size - size);
	else
		size = user_size;
	memcpy((char *)user + skip, (const char *)result + skip, size - skip);
	return 0;
}
