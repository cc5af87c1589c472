// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions of the feature table that /dev/kvm, a scratch VM or a scratch vCPU answers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "probe-rows.h"

void kf_ask_device(const struct kf_feature *row, struct kf_probing *probing,
		   struct kf_answer *answer)
{
	(void)row;
	if (!kf_needs_kvm(probing, answer)) {
		if (probing->kvm.error.why == KVMFEAT_WHY_NOT_LOADED)
			answer->feature.state = KVMFEAT_STATE_ABSENT;
		return;
	}
	kf_evidence(answer, "KVM_GET_API_VERSION = %d", KVM_API_VERSION);
	answer->feature.state = KVMFEAT_STATE_ON;
}

/* Asks the VM where there is one, else /dev/kvm; false when the answer is made. */
static bool get_cap(struct kf_probing *probing, unsigned int number, int *ret_value,
		    struct kf_answer *answer)
{
	int err;

	if (!kf_needs_kvm(probing, answer))
		return false;
	err = probing->vm ? kvmfeat_vm_get_cap(probing->vm, number, ret_value) :
			    kvmfeat_cap_get(probing->ctx, number, ret_value);
	if (err) {
		kf_answer_error(answer, &probing->ctx->reason);
		return false;
	}
	kf_evidence(answer, "%s = %d", kvmfeat_cap_name(number), *ret_value);
	return true;
}

void kf_ask_cap(const struct kf_feature *row, struct kf_probing *probing, struct kf_answer *answer)
{
	int value;

	if (!get_cap(probing, row->cap, &value, answer))
		return;
	if (!value && row->older_cap && !get_cap(probing, row->older_cap, &value, answer))
		return;
	if (row->mask ? (value & row->mask) == row->mask : value != 0)
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
	else
		kf_answer_lacking(row, probing, answer);
}

void kf_ask_nested_state(const struct kf_feature *row, struct kf_probing *probing,
			 struct kf_answer *answer)
{
	static const char *const modules[] = { "kvm_amd", "kvm_intel" };

	kf_ask_cap(row, probing, answer);
	if (answer->feature.state != KVMFEAT_STATE_ABSENT)
		return;
	for (size_t i = 0; i < KF_ARRAY_SIZE(modules); i++) {
		char remedy[64];

		if (!kf_param_is(probing->ctx, modules[i], "nested", "off"))
			continue;
		snprintf(remedy, sizeof(remedy), "modprobe -r %s; modprobe %s nested=1", modules[i],
			 modules[i]);
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, remedy,
			  "%s.nested is off", modules[i]);
	}
}

void kf_ask_accounting(const struct kf_feature *row, struct kf_probing *probing,
		       struct kf_answer *answer)
{
	const uint64_t page = (uint64_t)getpagesize();
	struct kvmfeat_gmem_account account;
	int value, err, fd;

	if (!get_cap(probing, row->cap, &value, answer))
		return;
	if (!value) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, row->lacking, NULL,
			  "there is no guest_memfd to account for");
		return;
	}
	if (!kf_needs_vm(probing, answer))
		return;
	err = kvmfeat_gmem_open(probing->vm, page, 0, &fd);
	if (!err) {
		err = kvmfeat_gmem_allocate(probing->ctx, fd, 0, page);
		if (!err)
			err = kvmfeat_gmem_get_account(probing->ctx, fd, &account);
		kf_close(probing->ctx, fd);
	}
	if (err) {
		kf_answer_error(answer, &probing->ctx->reason);
		return;
	}
	kf_evidence(answer, "one page allocated, figure from %s",
		    kvmfeat_gmem_source_name(account.source));
	if (account.source == KVMFEAT_GMEM_ST_BLOCKS)
		answer->feature.state = KVMFEAT_STATE_ON;
	else
		kf_answer_lacking(row, probing, answer);
}

/* A capability of ours carries a tag in its upper half, so that a collision is seen. */
#define HDBSS_TAG 0x4844
#define HDBSS_ABI 1

void kf_ask_hdbss(const struct kf_feature *row, struct kf_probing *probing,
		  struct kf_answer *answer)
{
	static const unsigned int posted[] = { KF_CAP_HDBSS_POSTED, KF_CAP_HDBSS_OPENEULER };
	int value;

	(void)row;
	if (!get_cap(probing, KF_CAP_HDBSS_KVMFEAT, &value, answer))
		return;
	kf_evidence(answer, "capability %u = 0x%x", KF_CAP_HDBSS_KVMFEAT, (unsigned int)value);
	if (value >> 16 == HDBSS_TAG && (value & 0xf) == HDBSS_ABI) {
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
		return;
	}
	for (size_t i = 0; i < KF_ARRAY_SIZE(posted); i++) {
		if (!get_cap(probing, posted[i], &value, answer))
			return;
		kf_evidence(answer, "capability %u = %d (%s)", posted[i], value,
			    kf_cap_alias(KF_ARCH_ARM64, posted[i]));
		if (value == 1) {
			answer->feature.state = KVMFEAT_STATE_AVAILABLE;
			return;
		}
	}
	kf_evidence(answer, "capabilities %u, %u and %u = 0", KF_CAP_HDBSS_KVMFEAT, posted[0],
		    posted[1]);
	kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, NULL,
		  "no capability offers it; a kernel that uses it by itself shows nothing");
}

/*
 * The arm64 side of KVM, as in its asm/kvm.h; here so that every architecture compiles the
 * question and the fake kernel can be asked.
 */
struct arm_vcpu_init {
	uint32_t target;
	uint32_t features[7];
};
#define ARM_PREFERRED_TARGET _IOR(KVMIO, 0xaf, struct arm_vcpu_init)
#define ARM_VCPU_INIT _IOW(KVMIO, 0xae, struct arm_vcpu_init)
#define ARM_VCPU_PMU_V3 3
#define ARM_PMU_V3_CTRL 0
#define ARM_PMU_V3_FIXED_COUNTERS_ONLY 5

static int has_fixed_counters(struct kvmfeat_vcpu *vcpu, bool *ret_has)
{
	struct kvm_device_attr attr = { .group = ARM_PMU_V3_CTRL,
					.attr = ARM_PMU_V3_FIXED_COUNTERS_ONLY };
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	struct arm_vcpu_init init = { 0 };
	const char *operation = "KVM_ARM_PREFERRED_TARGET";
	int err;

	err = kf_ioctl(ctx, vcpu->vm->fd, ARM_PREFERRED_TARGET, (uintptr_t)&init);
	if (!err) {
		operation = "KVM_ARM_VCPU_INIT";
		init.features[0] |= 1u << ARM_VCPU_PMU_V3;
		err = kf_ioctl(ctx, vcpu->fd, ARM_VCPU_INIT, (uintptr_t)&init);
	}
	if (!err) {
		operation = "KVM_HAS_DEVICE_ATTR";
		err = kf_ioctl(ctx, vcpu->fd, KVM_HAS_DEVICE_ATTR, (uintptr_t)&attr);
		*ret_has = !err;
		if (!err || err == -ENXIO)
			return 0;
	}
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){
			       .error = err,
			       .origin = KVMFEAT_ORIGIN_KERNEL,
			       .operation = operation,
			       .object = "scratch vCPU",
		       },
		       "a scratch vCPU with a PMU cannot be asked (%s): %s", operation,
		       kf_errno_text(err));
}

void kf_ask_fixed_counters(const struct kf_feature *row, struct kf_probing *probing,
			   struct kf_answer *answer)
{
	struct kvmfeat_vcpu *vcpu;
	int value, err;
	bool has;

	if (!get_cap(probing, row->cap, &value, answer))
		return;
	if (!value) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, row->lacking, NULL,
			  "KVM offers no virtual PMU on this CPU");
		return;
	}
	if (!kf_needs_vm(probing, answer))
		return;
	err = kvmfeat_vcpu_open(probing->vm, 0, &vcpu);
	if (err) {
		kf_answer_error(answer, &probing->ctx->reason);
		return;
	}
	err = has_fixed_counters(vcpu, &has);
	if (err) {
		kf_answer_error(answer, &vcpu->reason);
	} else {
		kf_evidence(answer, "vCPU attribute %d.%d: %s", ARM_PMU_V3_CTRL,
			    ARM_PMU_V3_FIXED_COUNTERS_ONLY, has ? "there" : "ENXIO");
		if (has)
			answer->feature.state = KVMFEAT_STATE_AVAILABLE;
		else
			kf_answer_lacking(row, probing, answer);
	}
	kvmfeat_vcpu_free(vcpu);
}
