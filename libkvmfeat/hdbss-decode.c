// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel interfaces that offer HDBSS, told apart by what they answer, and their arguments.
 * No I/O, no context.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>

#include "hdbss-private.h"

/*
 * KVM_CAP_ARM_HDBSS_KVMFEAT answers 0, or tag << 16 | enabled << 12 | max_order << 8 | order << 4 |
 * abi. The tag is the capability's own number, so that another use of the number is seen.
 */
#define TAG KVM_CAP_ARM_HDBSS_KVMFEAT
#define ABI 1u
#define ANSWER_TAG(answer) ((answer) >> 16)
#define ANSWER_ENABLED(answer) ((answer) >> 12 & 1)
#define ANSWER_MAX_ORDER(answer) ((answer) >> 8 & 0xf)
#define ANSWER_ORDER(answer) ((answer) >> 4 & 0xf)
#define ANSWER_ABI(answer) ((answer)&0xf)

#define ENTRIES_OF_ORDER_0 512u
#define PAGE_BYTES 4096u
#define FULL_MAX 64u /* times that a pass over the memory may fill the buffer of a vCPU */

static const struct kf_hdbss_abi abis[] = {
	[KVMFEAT_HDBSS_NONE] = {
		.variant = KVMFEAT_HDBSS_NONE,
		.name = "none",
		.how = "none of the capabilities 0x4844, 248 and 502 answers as HDBSS does",
		.min_order = -1,
	},
	[KVMFEAT_HDBSS_KVMFEAT] = {
		.variant = KVMFEAT_HDBSS_KVMFEAT,
		.number = KVM_CAP_ARM_HDBSS_KVMFEAT,
		.name = "kvmfeat",
		.how = "capability 0x4844 answers with the tag 0x4844",
		.shows_state = true,
	},
	[KVMFEAT_HDBSS_KVMFEAT_NEWER] = {
		.variant = KVMFEAT_HDBSS_KVMFEAT_NEWER,
		.number = KVM_CAP_ARM_HDBSS_KVMFEAT,
		.name = "kvmfeat-newer",
		.how = "capability 0x4844 answers with the tag 0x4844 and an unknown version",
		.min_order = -1,
	},
	[KVMFEAT_HDBSS_POSTED] = {
		.variant = KVMFEAT_HDBSS_POSTED,
		.number = KF_CAP_HDBSS_POSTED,
		.name = "posted-v3",
		.how = "capability 248 answers 1, and upstream it is of s390",
	},
	[KVMFEAT_HDBSS_OPENEULER] = {
		.variant = KVMFEAT_HDBSS_OPENEULER,
		.number = KF_CAP_HDBSS_OPENEULER,
		.name = "openeuler",
		.how = "capability 502 answers 1, and upstream it is not used",
		.min_order = 1,
		.order_is_switch = true,
	},
};

static struct kf_hdbss_offer offer_of(enum kvmfeat_hdbss_variant variant, int answer)
{
	return (struct kf_hdbss_offer){
		.abi = &abis[variant],
		.answer = (uint32_t)answer,
		.max_order = abis[variant].min_order < 0 ? -1 : (int)KVMFEAT_HDBSS_ORDER_MAX,
		.order = -1,
	};
}

struct kf_hdbss_offer kf_hdbss_tell(const struct kf_hdbss_answers *answers)
{
	const uint32_t ours = (uint32_t)answers->kvmfeat;
	struct kf_hdbss_offer offer;

	if (ANSWER_TAG(ours) == TAG) {
		offer = offer_of(ANSWER_ABI(ours) == ABI ? KVMFEAT_HDBSS_KVMFEAT :
							   KVMFEAT_HDBSS_KVMFEAT_NEWER,
				 answers->kvmfeat);
		offer.version = ANSWER_ABI(ours);
		if (offer.version != ABI)
			return offer;
		offer.max_order = (int)ANSWER_MAX_ORDER(ours);
		offer.is_on = ANSWER_ENABLED(ours);
		if (offer.is_on)
			offer.order = (int)ANSWER_ORDER(ours);
		return offer;
	}
	/* These answer 1 and nothing else: any other value is somebody else's capability. */
	if (answers->posted == 1)
		return offer_of(KVMFEAT_HDBSS_POSTED, 1);
	if (answers->openeuler == 1)
		return offer_of(KVMFEAT_HDBSS_OPENEULER, 1);
	return offer_of(KVMFEAT_HDBSS_NONE, 0);
}

void kf_hdbss_encode(const struct kf_hdbss_abi *abi, bool on, unsigned int order,
		     struct kvm_enable_cap *ret_cap)
{
	*ret_cap = (struct kvm_enable_cap){ .cap = abi->number };
	if (!on)
		return;
	ret_cap->args[0] = order;
	ret_cap->args[1] = !abi->order_is_switch;
}

/* Whether the @length bytes of a word are "NAME=VALUE"; the kernel takes '-' and '_' for one. */
static bool is_parameter(const char *word, size_t length, const char *parameter)
{
	if (length != strlen(parameter))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((word[i] == '-' ? '_' : word[i]) != parameter[i])
			return false;
	return true;
}

/*
 * early_kvm_mode_cfg() of arch/arm64/kvm/arm.c: the last mode holds. But once nvhe has been asked
 * for, or the CPU's VHE hidden (pi/idreg-override.c), no later word brings VHE back.
 */
enum kvmfeat_hdbss_el2 kf_hdbss_decode_cmdline(const char *text)
{
	static const char blank[] = " \t\n";
	bool is_nvhe = false, is_protected = false;
	size_t length;

	for (text += strspn(text, blank); *text; text += length, text += strspn(text, blank)) {
		length = strcspn(text, blank);
		if (length == 2 && !memcmp(text, "--", 2)) /* the rest is for init */
			break;
		if (is_parameter(text, length, "kvm_arm.mode=nvhe") ||
		    is_parameter(text, length, "id_aa64mmfr1.vh=0"))
			is_nvhe = true;
		if (length > 13 && is_parameter(text, 13, "kvm_arm.mode="))
			is_protected = is_parameter(text, length, "kvm_arm.mode=protected");
	}
	return is_protected ? KVMFEAT_HDBSS_EL2_PROTECTED :
	       is_nvhe	    ? KVMFEAT_HDBSS_EL2_NVHE :
			      KVMFEAT_HDBSS_EL2_UNKNOWN;
}

uint64_t kf_hdbss_decode_midr(const char *text)
{
	uint64_t midr;
	char *end;

	if (strncmp(text, "0x", 2) != 0)
		return 0;
	errno = 0;
	midr = strtoull(text, &end, 16);
	return errno || *end ? 0 : midr;
}

KVMFEAT_EXPORT int kvmfeat_hdbss_choose_order(uint64_t memory_bytes, unsigned int vcpus,
					      unsigned int *ret_order)
{
	uint64_t pages;
	unsigned int order = 0;

	if (!memory_bytes || !vcpus)
		return -EINVAL;
	pages = memory_bytes / PAGE_BYTES / vcpus;
	while (order < KVMFEAT_HDBSS_ORDER_AUTO_MAX &&
	       pages > (uint64_t)(ENTRIES_OF_ORDER_0 << order) * FULL_MAX)
		order++;
	*ret_order = order;
	return 0;
}

KVMFEAT_EXPORT const char *kvmfeat_hdbss_variant_name(enum kvmfeat_hdbss_variant variant)
{
	return (size_t)variant < KF_ARRAY_SIZE(abis) ? abis[variant].name : "none";
}

KVMFEAT_EXPORT const char *kvmfeat_hdbss_el2_name(enum kvmfeat_hdbss_el2 el2)
{
	static const char *const names[] = {
		[KVMFEAT_HDBSS_EL2_UNKNOWN] = "unknown",
		[KVMFEAT_HDBSS_EL2_VHE] = "vhe",
		[KVMFEAT_HDBSS_EL2_NVHE] = "nvhe",
		[KVMFEAT_HDBSS_EL2_PROTECTED] = "protected",
	};

	return (size_t)el2 < KF_ARRAY_SIZE(names) ? names[el2] : "unknown";
}
