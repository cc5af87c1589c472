// SPDX-License-Identifier: LGPL-2.1-or-later
/* Why a call failed: recorded once, where it failed, and kept for the caller. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

void kf_reason_init(struct kf_reason *reason)
{
	memset(reason, 0, sizeof(*reason));
	reason->error.operation = "";
	reason->error.object = reason->object;
	reason->error.value = reason->value;
	reason->error.reason = reason->reason;
	reason->error.remedy = reason->remedy;
}

static void keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static int record(struct kf_reason *reason, const struct kf_fault *fault, const char *fmt,
		  va_list args)
{
	char text[sizeof(reason->reason)];

	/* Arguments may point into the reason that is being replaced: format first. */
	vsnprintf(text, sizeof(text), fmt, args);
	if (fault->object != reason->object)
		keep(reason->object, sizeof(reason->object), fault->object);
	if (fault->value != reason->value)
		keep(reason->value, sizeof(reason->value), fault->value);
	if (fault->remedy != reason->remedy)
		keep(reason->remedy, sizeof(reason->remedy), fault->remedy);
	keep(reason->reason, sizeof(reason->reason), text);
	reason->error.error = fault->error;
	reason->error.origin = fault->origin;
	reason->error.why = fault->why;
	reason->error.operation = fault->operation;
	return fault->error;
}

int kf_fail(struct kf_reason *reason, const struct kf_fault *fault, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = record(reason, fault, fmt, args);
	va_end(args);
	return err;
}

int kf_invalid(struct kf_reason *reason, const char *operation, const char *object,
	       const char *value, const char *fmt, ...)
{
	const struct kf_fault fault = {
		.error = -EINVAL,
		.operation = operation,
		.object = object,
		.value = value,
	};
	va_list args;
	int err;

	va_start(args, fmt);
	err = record(reason, &fault, fmt, args);
	va_end(args);
	return err;
}

int kf_no_memory(struct kf_reason *reason, const char *operation)
{
	return kf_fail(reason, &(struct kf_fault){ .error = -ENOMEM, .operation = operation },
		       "%s: %s", operation, kf_errno_text(-ENOMEM));
}

void kf_reason_copy(struct kf_reason *to, const struct kf_reason *from)
{
	const struct kvmfeat_error *error = &from->error;

	kf_fail(to,
		&(struct kf_fault){ .error = error->error,
				    .origin = error->origin,
				    .why = error->why,
				    .operation = error->operation,
				    .object = error->object,
				    .value = error->value,
				    .remedy = error->remedy },
		"%s", error->reason);
}

const char *kf_errno_text(int error)
{
	const char *text = strerrordesc_np(error < 0 ? -error : error);

	return text ? text : "unknown error";
}

const char *kf_errno_name(int error)
{
	const char *name = strerrorname_np(error < 0 ? -error : error);

	return name ? name : "E?";
}
