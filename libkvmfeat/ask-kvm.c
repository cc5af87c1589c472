// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions of the feature table that /dev/kvm, a scratch VM or a scratch vCPU answers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "arm64-abi.h"
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

/* Asks /dev/kvm; false when the answer is made. */
static bool get_cap(struct kf_probing *probing, unsigned int number, int *ret_value,
		    struct kf_answer *answer)
{
	const char *name = kvmfeat_cap_name(number);

	if (!kf_needs_kvm(probing, answer))
		return false;
	if (kvmfeat_cap_get(probing->ctx, number, ret_value)) {
		kf_answer_error(answer, &probing->ctx->reason);
		return false;
	}
	kf_evidence(answer, "%s = %d", name ? name : "capability", *ret_value);
	return true;
}

static bool offers(const struct kf_feature *row, int value)
{
	return row->mask ? (value & row->mask) == row->mask : value != 0;
}

/* What /dev/kvm offers may still depend on the type of the VM. */
static void compare_with_vm(const struct kf_feature *row, struct kf_probing *probing, int value,
			    struct kf_answer *answer)
{
	int vm_value;

	if (!probing->vm)
		return;
	if (kvmfeat_vm_get_cap(probing->vm, row->cap, &vm_value)) {
		kf_answer_error(answer, &probing->ctx->reason);
		return;
	}
	if (vm_value != value)
		kf_evidence(answer, "%s = %d, %d for a VM", kvmfeat_cap_name(row->cap), value,
			    vm_value);
	if (!offers(row, vm_value))
		kf_answer(answer, KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL,
			  "not for VMs of the default type");
}

void kf_ask_cap(const struct kf_feature *row, struct kf_probing *probing, struct kf_answer *answer)
{
	int value;

	if (!get_cap(probing, row->cap, &value, answer))
		return;
	if (offers(row, value)) {
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
		compare_with_vm(row, probing, value, answer);
		return;
	}
	if (row->older_cap && !get_cap(probing, row->older_cap, &value, answer))
		return;
	if (row->older_cap && value)
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
	else
		kf_answer_lacking(row, probing, answer);
}

bool kf_nested_is_off(struct kvmfeat_ctx *ctx, const char **ret_module, char *remedy, size_t size)
{
	static const struct {
		const char *module;
		const char *path;
	} files[] = {
		{ "kvm_amd", "sys/module/kvm_amd/parameters/nested" },
		{ "kvm_intel", "sys/module/kvm_intel/parameters/nested" },
	};
	char text[16];

	for (size_t i = 0; i < KF_ARRAY_SIZE(files); i++) {
		if (kf_read_file(ctx, files[i].path, text, sizeof(text)) < 0 ||
		    (strcmp(text, "0") && strcmp(text, "N")))
			continue;
		snprintf(remedy, size, "modprobe -r %s; modprobe %s nested=1", files[i].module,
			 files[i].module);
		*ret_module = files[i].module;
		return true;
	}
	return false;
}

/* Some kernels answer for nested state although nested virtualization is switched off. */
void kf_ask_nested_state(const struct kf_feature *row, struct kf_probing *probing,
			 struct kf_answer *answer)
{
	const char *module;
	char remedy[64];

	kf_ask_cap(row, probing, answer);
	if (answer->feature.state != KVMFEAT_STATE_UNKNOWN &&
	    kf_nested_is_off(probing->ctx, &module, remedy, sizeof(remedy)))
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, remedy,
			  "%s.nested is off", module);
}

void kf_ask_accounting(const struct kf_feature *row, struct kf_probing *probing,
		       struct kf_answer *answer)
{
	const uint64_t page = (uint64_t)getpagesize();
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };
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
		do /* idempotent, and a signal may come */
			err = kvmfeat_gmem_allocate(probing->ctx, fd, 0, page);
		while (err == -EINTR);
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

void kf_ask_hdbss(const struct kf_feature *row, struct kf_probing *probing,
		  struct kf_answer *answer)
{
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };

	(void)row;
	if (!kf_needs_kvm(probing, answer))
		return;
	if (kvmfeat_hdbss_get_host(probing->ctx, &host)) {
		kf_answer_error(answer, &probing->ctx->reason);
		return;
	}
	kf_evidence(answer, "%s", host.evidence);
	kf_answer(answer, host.state, host.why, host.remedy, "%s", host.reason);
}

/* Behind what is said of the feature, what it is worth on this host. */
static void add_advice(struct kvmfeat_ctx *ctx, struct kf_answer *answer)
{
	const size_t used = strlen(answer->reason);
	char advice[384];

	kf_pmu_advice(ctx, advice, sizeof(advice));
	if (*advice)
		snprintf(answer->reason + used, sizeof(answer->reason) - used, "%s%s",
			 used ? "; " : "", advice);
	answer->feature.reason = *answer->reason ? answer->reason : NULL;
}

void kf_ask_fixed_counters(const struct kf_feature *row, struct kf_probing *probing,
			   struct kf_answer *answer)
{
	struct kf_pmu_look look;
	int value;

	if (!get_cap(probing, row->cap, &value, answer))
		return;
	if (!value) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, row->lacking, NULL,
			  "KVM offers no virtual PMU on this CPU");
		return;
	}
	if (kf_needs_vm(probing, answer)) {
		if (kf_pmu_look(probing->vm, &look)) {
			kf_answer_error(answer, &probing->ctx->reason);
			return;
		}
		kf_evidence(answer, "vCPU attribute %d.%d: %s", KF_ARM64_PMU_V3_CTRL,
			    KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY,
			    look.uncovered ? "ENODEV" :
			    look.has_fixed ? "there" :
					     "ENXIO");
		if (look.uncovered)
			kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, NULL,
				  KF_PMU_UNCOVERED);
		else if (look.has_fixed)
			answer->feature.state = KVMFEAT_STATE_AVAILABLE;
		else
			kf_answer_lacking(row, probing, answer);
	}
	add_advice(probing->ctx, answer);
}
