// SPDX-License-Identifier: LGPL-2.1-or-later
/* MSRs of a vCPU, for vcpu-state.c: which there are, and all of them read and written. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vcpu-state.h"

/* When an MSR is written. */
enum phase { FEATURE, OTHER, LAST, PHASES };

/*
 * Feature MSRs say what the vCPU may do, and KVM checks others against them or, at
 * IA32_PERF_CAPABILITIES, resets them (kvm_pmu_refresh()). The deadline counts from the TSC that
 * is in effect (kvm_set_lapic_tscdeadline_msr()).
 */
static enum phase phase_of(uint32_t index)
{
	static const struct {
		uint32_t first;
		uint32_t last;
		enum phase phase;
	} ranges[] = {
		{ 0x3a, 0x3a, FEATURE }, /* IA32_FEATURE_CONTROL */
		{ 0x8b, 0x8b, FEATURE }, /* IA32_BIOS_SIGN_ID, the microcode's revision */
		{ 0xce, 0xce, FEATURE }, /* MSR_PLATFORM_INFO */
		{ 0x10a, 0x10a, FEATURE }, /* IA32_ARCH_CAPABILITIES */
		{ 0x345, 0x345, FEATURE }, /* IA32_PERF_CAPABILITIES */
		{ 0x480, 0x493, FEATURE }, /* VMX capabilities */
		{ 0x6e0, 0x6e0, LAST }, /* IA32_TSC_DEADLINE */
		{ 0xc0011029, 0xc0011029, FEATURE }, /* AMD's DE_CFG */
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(ranges); i++)
		if (index >= ranges[i].first && index <= ranges[i].last)
			return ranges[i].phase;
	return OTHER;
}

static int list_failed(struct kvmfeat_vcpu *vcpu, int err)
{
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = "KVM_GET_MSR_INDEX_LIST",
					   .object = "/dev/kvm" },
		       "KVM_GET_MSR_INDEX_LIST of /dev/kvm fails: %s", kf_errno_text(err));
}

static void sort_in(struct kvmfeat_vcpu_state *state, const uint32_t *indices, size_t count)
{
	for (unsigned int phase = FEATURE; phase < PHASES; phase++) {
		for (size_t i = 0; i < count; i++)
			if (phase_of(indices[i]) == phase)
				state->msrs[state->msr_count++].index = indices[i];
		if (phase == FEATURE)
			state->feature_count = state->msr_count;
	}
}

int kf_vcpu_list_msrs(struct kvmfeat_vcpu *vcpu, int kvm, struct kvmfeat_vcpu_state *state)
{
	static const char operation[] = "list the MSRs of a vCPU";
	struct kvmfeat_ctx *ctx = vcpu->vm->ctx;
	uint32_t none = 0, *list; /* struct kvm_msr_list: their number, then they */
	int err = kf_ioctl(ctx, kvm, KF_X86_GET_MSR_LIST, (uintptr_t)&none);

	if (err && err != -E2BIG)
		return list_failed(vcpu, err);
	list = kf_alloc(ctx, NULL, (size_t)none + 1, sizeof(*list));
	state->msrs = kf_alloc(ctx, NULL, (size_t)none + 1, sizeof(*state->msrs));
	if (!list || !state->msrs) {
		free(list);
		return kf_no_memory(&vcpu->reason, operation);
	}
	list[0] = none;
	err = kf_ioctl(ctx, kvm, KF_X86_GET_MSR_LIST, (uintptr_t)list);
	if (err)
		list_failed(vcpu, err);
	else
		sort_in(state, list + 1, list[0] < none ? list[0] : none);
	free(list);
	return err;
}

struct range {
	size_t from;
	size_t to;
};

static struct range range_of(const struct kvmfeat_vcpu_state *state, enum kvmfeat_nested_step step)
{
	return step == KVMFEAT_NESTED_STEP_FEATURE_MSRS ?
		       (struct range){ 0, state->feature_count } :
		       (struct range){ state->feature_count, state->msr_count };
}

/* KVM_GET_MSRS or KVM_SET_MSRS: how many it did, or an error; it stops where one fails. */
static int transfer(struct kvmfeat_vcpu *vcpu, unsigned long request, struct kf_x86_msrs *msrs)
{
	int done = kf_ioctl(vcpu->vm->ctx, vcpu->fd, request, (uintptr_t)msrs);

	return done <= (int)msrs->count ? done : -EBADMSG;
}

/*
 * The list is the host's: the vCPU, without a feature in its CPUID, may lack an MSR of it on
 * kernels that do not answer 0 then. Such a one is left out, and reading goes on behind it.
 */
int kf_vcpu_save_msrs(struct kvmfeat_vcpu *vcpu, struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step)
{
	const struct range range = range_of(state, step);
	struct kf_x86_msrs msrs = { 0 };
	int done;

	for (size_t i = range.from; i < range.to; i += (size_t)done) {
		const size_t left = range.to - i;

		msrs.count = left < KF_X86_MSRS ? (uint32_t)left : KF_X86_MSRS;
		for (size_t j = 0; j < msrs.count; j++)
			msrs.entries[j].index = state->msrs[i + j].index;
		done = transfer(vcpu, KF_X86_GET_MSRS, &msrs);
		if (done < 0)
			return kf_vcpu_fail(vcpu, "KVM_GET_MSRS", done);
		for (size_t j = 0; j < (size_t)done; j++) {
			state->msrs[i + j].value = msrs.entries[j].data;
			state->msrs[i + j].present = true;
		}
		if (done < (int)msrs.count)
			state->msrs[i + (size_t)done++].present = false;
	}
	return 0;
}

/*
 * Some MSRs refuse every write, also of what they hold: IA32_VMX_* of a vCPU that has run,
 * KVM's own without an in-kernel local APIC. Nothing is lost where they hold it.
 */
static bool holds(struct kvmfeat_vcpu *vcpu, const struct kf_x86_msr *msr)
{
	struct kf_x86_msrs msrs = { .count = 1, .entries = { { .index = msr->index } } };

	return transfer(vcpu, KF_X86_GET_MSRS, &msrs) == 1 && msrs.entries[0].data == msr->data;
}

static int msr_refused(struct kvmfeat_vcpu *vcpu, const struct kf_x86_msr *msr)
{
	char value[40];

	snprintf(value, sizeof(value), "0x%" PRIx32 " = 0x%" PRIx64, msr->index, msr->data);
	return kf_fail(&vcpu->reason,
		       &(struct kf_fault){ .error = -EINVAL,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .operation = "KVM_SET_MSRS",
					   .object = "MSR",
					   .value = value },
		       "KVM_SET_MSRS of vCPU descriptor %d refuses MSR %s", vcpu->fd, value);
}

int kf_vcpu_load_msrs(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_vcpu_state *state,
		      enum kvmfeat_nested_step step)
{
	const struct range range = range_of(state, step);
	struct kf_x86_msrs msrs = { 0 };
	size_t i = range.from;
	int done;

	while (i < range.to) {
		const struct kf_saved_msr *next = &state->msrs[i];

		for (msrs.count = 0; msrs.count < KF_X86_MSRS && i + msrs.count < range.to &&
				     next[msrs.count].present;
		     msrs.count++)
			msrs.entries[msrs.count] = (struct kf_x86_msr){
				.index = next[msrs.count].index,
				.data = next[msrs.count].value,
			};
		if (!msrs.count) {
			i++;
			continue;
		}
		done = transfer(vcpu, KF_X86_SET_MSRS, &msrs);
		if (done < 0)
			return kf_vcpu_fail(vcpu, "KVM_SET_MSRS", done);
		i += (size_t)done;
		if (done == (int)msrs.count)
			continue;
		if (!holds(vcpu, &msrs.entries[done]))
			return msr_refused(vcpu, &msrs.entries[done]);
		i++;
	}
	return 0;
}
