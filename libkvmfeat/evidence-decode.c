// SPDX-License-Identifier: LGPL-2.1-or-later
/* Attributes of netlink messages (linux/netlink.h, struct nlattr), in the host's byte order. */
#include <errno.h>
#include <string.h>

#include "evidence-private.h"

#define HEADER 4
#define ALIGN 4
#define TYPE_BITS 0x3fff /* the other two say how the value is coded */

int kf_nl_attr_next(const void *attrs, size_t size, size_t *pos, struct kf_nl_attr *ret_attr)
{
	const unsigned char *bytes = (const unsigned char *)attrs + *pos;
	const size_t left = size - *pos;
	uint16_t length, type;
	size_t step;

	if (!left)
		return 0;
	if (left < HEADER)
		return -EBADMSG;
	memcpy(&length, bytes, sizeof(length));
	memcpy(&type, bytes + sizeof(length), sizeof(type));
	if (length < HEADER || length > left)
		return -EBADMSG;
	*ret_attr = (struct kf_nl_attr){
		.type = type & TYPE_BITS,
		.size = (uint16_t)(length - HEADER),
		.bytes = bytes + HEADER,
	};
	/* The last one need not be padded. */
	step = ((size_t)length + ALIGN - 1) / ALIGN * ALIGN;
	*pos += step < left ? step : left;
	return 1;
}
