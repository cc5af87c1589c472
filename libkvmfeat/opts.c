// SPDX-License-Identifier: LGPL-2.1-or-later
/* Structs whose first member is their size, so that old callers and new ones both fit. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static int check_size(size_t size, const void *user, size_t user_size, size_t min_size)
{
	const unsigned char *bytes = user;

	if (user_size < min_size)
		return -EINVAL;
	for (size_t i = size; i < user_size; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}

int kf_opts_copy(void *opts, size_t size, const void *user, size_t user_size, size_t min_size)
{
	const int err = check_size(size, user, user_size, min_size);

	if (err)
		return err;
	memset(opts, 0, size);
	memcpy(opts, user, user_size < size ? user_size : size);
	return 0;
}

static KF_APART int wrong_size(struct kf_reason *reason, const char *operation, const char *name,
			       size_t size, int err)
{
	char object[48], value[24];

	snprintf(object, sizeof(object), "struct %s", name);
	snprintf(value, sizeof(value), "%zu", size);
	return kf_fail(
		reason,
		&(struct kf_fault){
			.error = err, .operation = operation, .object = object, .value = value },
		err == -E2BIG ? "a %s of %s bytes holds more than this library knows" :
				"a %s of %s bytes is too short",
		object, value);
}

int kf_opts_take(struct kf_reason *reason, const struct kf_opts *opts, const void *user, void *ret)
{
	const size_t user_size = *(const size_t *)user;
	const int err = kf_opts_copy(ret, opts->size, user, user_size, opts->min_size);

	return err ? wrong_size(reason, opts->operation, opts->name, user_size, err) : 0;
}

int kf_opts_check(struct kf_reason *reason, const struct kf_opts *opts, const void *user)
{
	const size_t user_size = *(const size_t *)user;
	const int err = check_size(opts->size, user, user_size, opts->min_size);

	return err ? wrong_size(reason, opts->operation, opts->name, user_size, err) : 0;
}

int kf_result_check(struct kf_reason *reason, const char *operation, const char *name,
		    const void *user, size_t min_size)
{
	const size_t user_size = *(const size_t *)user;

	return user_size < min_size ? wrong_size(reason, operation, name, user_size, -EINVAL) : 0;
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
