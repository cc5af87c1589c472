// SPDX-License-Identifier: GPL-2.0-or-later
/* The attributes of a message of the family "pci-tsm", and the objects that they make. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "evidence-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Each attribute lies in the message, behind the one before. */
static void check_attributes(const uint8_t *data, size_t size, size_t *ret_bytes)
{
	const uint8_t *end = data;
	struct kf_nl_attr attr;
	size_t pos = 0;

	*ret_bytes = 0;
	while (kf_nl_attr_next(data, size, &pos, &attr) == 1) {
		const uint8_t *bytes = attr.bytes;

		require(bytes >= end + 4 && bytes + attr.size <= data + size && pos <= size);
		end = bytes + attr.size;
		*ret_bytes += attr.size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmfeat_evidence evidence = { .sys = &kf_sys_linux, .wanted = 0x7ff };
	size_t most, all = 0;

	check_attributes(data, size, &most);
	/* Twice: the second message goes on where the first stopped. */
	for (int i = 0; i < 2; i++)
		kf_evidence_take(&evidence, data, size);
	require(evidence.count <= KVMFEAT_EVIDENCE_TYPES);
	for (size_t i = 0; i < evidence.count; i++) {
		const struct kvmfeat_evidence_object *object = &evidence.objects[i];
		const uint8_t *bytes = object->bytes;

		require(object->type < KVMFEAT_EVIDENCE_TYPES && (bytes || !object->byte_count));
		all += object->byte_count;
		for (size_t j = 0; j < object->byte_count; j++)
			require(memchr(data, bytes[j], size) != NULL);
	}
	require(all <= 2 * most);
	kf_evidence_clear(&evidence);
	return 0;
}
