// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What tells HDBSS: three answers of KVM_CHECK_EXTENSION, 4 bytes each, and behind them the text of
 * a kernel command line, or of a register.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>

#include "hdbss-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_answers(const struct kf_hdbss_answers *answers)
{
	const struct kf_hdbss_offer offer = kf_hdbss_tell(answers);
	struct kvm_enable_cap on, off;

	require(offer.abi && offer.abi->name && offer.abi->how);
	require((offer.max_order < 0) == (offer.abi->min_order < 0));
	require(offer.is_on == (offer.order >= 0) && offer.order <= 15 && offer.max_order <= 15);
	switch (offer.abi->variant) {
	case KVMFEAT_HDBSS_KVMFEAT:
		require((answers->kvmfeat & 0xffff000f) == 0x48440001);
		break;
	case KVMFEAT_HDBSS_KVMFEAT_NEWER:
		require(answers->kvmfeat >> 16 == 0x4844);
		break;
	case KVMFEAT_HDBSS_POSTED:
		require(answers->posted == 1);
		break;
	case KVMFEAT_HDBSS_OPENEULER:
		require(answers->openeuler == 1);
		break;
	default:
		require(!offer.is_on && !kf_hdbss_can_switch(&offer));
		return;
	}
	kf_hdbss_encode(offer.abi, true, 1, &on);
	kf_hdbss_encode(offer.abi, false, 1, &off);
	require(on.cap == off.cap && (on.cap == 0x4844 || on.cap == 248 || on.cap == 502));
	require(memcmp(&on, &off, sizeof(on)) != 0 && !on.flags && !off.flags);
}

static void check_text(const char *text)
{
	const enum kvmfeat_hdbss_el2 el2 = kf_hdbss_decode_cmdline(text);

	require(el2 != KVMFEAT_HDBSS_EL2_VHE); /* no word brings it */
	if (el2 == KVMFEAT_HDBSS_EL2_NVHE)
		require(strstr(text, ".mode=nvhe") || strstr(text, "id_aa64mmfr1.vh=0") ||
			strstr(text, "id-aa64mmfr1.vh=0"));
	if (el2 == KVMFEAT_HDBSS_EL2_PROTECTED)
		require(strstr(text, ".mode=protected"));
	if (kf_hdbss_decode_midr(text))
		require(!strncmp(text, "0x", 2) &&
			text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int32_t numbers[3] = { 0 };
	const size_t head = size < sizeof(numbers) ? size : sizeof(numbers);
	char *text = calloc(1, size - head + 1);

	require(text);
	memcpy(numbers, data, head);
	memcpy(text, data + head, size - head);
	check_answers(&(struct kf_hdbss_answers){ numbers[0], numbers[1], numbers[2] });
	check_text(text);
	free(text);
	return 0;
}
