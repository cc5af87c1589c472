// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A blob, and behind it 88 bytes that say what is known of the vCPU. For SVM the verdicts are
 * those of a model of the kernel; for every format a fact that is learned settles doubts and
 * changes no verdict.
 */
#include <stdlib.h>
#include <string.h>

#include "model-svm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FACT_BYTES = 88,
	ALL_FACTS = 0x1ff,
	CPUIDS = 8,
	MSR_FIRST = 0x480,
	MSRS = 0x494 - MSR_FIRST,
};

struct facts {
	struct kvmfeat_nested_target target;
	struct kvmfeat_cpuid_entry cpuid[CPUIDS];
	struct kvmfeat_nested_msr msrs[MSRS];
	uint32_t forgotten;
};

struct verdicts {
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t word(const uint8_t *bytes, size_t index)
{
	return (uint32_t)model_read(bytes, 4 * index, 4);
}

static void read_cpuid(const uint8_t *bytes, struct kvmfeat_cpuid_entry *cpuid)
{
	cpuid[0] = (struct kvmfeat_cpuid_entry){ .function = 1, .ecx = word(bytes, 0) };
	cpuid[1] = (struct kvmfeat_cpuid_entry){
		.function = 7, .flags = 1, .ebx = word(bytes, 1), .ecx = word(bytes, 2)
	};
	cpuid[2] = (struct kvmfeat_cpuid_entry){
		.function = 7, .index = 1, .flags = 1, .eax = word(bytes, 3)
	};
	cpuid[3] = (struct kvmfeat_cpuid_entry){ .function = 0x80000001,
						 .ecx = word(bytes, 4),
						 .edx = word(bytes, 5) };
	cpuid[4] = (struct kvmfeat_cpuid_entry){ .function = 0x80000008, .ebx = word(bytes, 6) };
	cpuid[5] = (struct kvmfeat_cpuid_entry){ .function = 0x8000000a, .edx = word(bytes, 7) };
	cpuid[6] = (struct kvmfeat_cpuid_entry){ .function = 0x8000001f, .eax = word(bytes, 8) };
	cpuid[7] = (struct kvmfeat_cpuid_entry){ .function = 0x80000021, .eax = word(bytes, 9) };
}

static void read_facts(const uint8_t *bytes, struct facts *facts)
{
	static const uint32_t sizes[] = { KF_SVM_BYTES, KF_VMX_BYTES, KF_NESTED_HEADER_BYTES, 0 };
	const uint64_t seed = model_read(bytes, 80, 8);

	memset(facts, 0, sizeof(*facts));
	read_cpuid(bytes + 32, facts->cpuid);
	facts->forgotten = (uint32_t)model_read(bytes, 0, 2) & ALL_FACTS;
	for (size_t i = 0; i < MSRS; i++) {
		facts->msrs[i].index = MSR_FIRST + (uint32_t)i;
		facts->msrs[i].value = seed << i | seed >> (63 - i);
	}
	/* As every CPU has them: IA32_VMX_CR0_FIXED0 with PG, NE, PE, and CR4_FIXED0 with VMXE. */
	facts->msrs[0x486 - MSR_FIRST].value |= 0x80000021;
	facts->msrs[0x488 - MSR_FIRST].value |= 0x2000;
	facts->target = (struct kvmfeat_nested_target){
		.size = sizeof(facts->target),
		.known = ALL_FACTS,
		.maxphyaddr = 32 + bytes[2] % 21,
		.cpuid = facts->cpuid,
		.cpuid_count = CPUIDS,
		.efer = model_read(bytes, 8, 8),
		.cr0 = model_read(bytes, 16, 8),
		.cr3 = model_read(bytes, 24, 8),
		.smm = bytes[3] & 1,
		.own_pat = bytes[3] & 2,
		.evmcs = bytes[3] & 4,
		.max_bytes = sizes[bytes[4] % 4],
		.msrs = facts->msrs,
		.msr_count = MSRS,
	};
}

static struct model_vcpu model_of(const struct kvmfeat_nested_target *target)
{
	const struct kvmfeat_cpuid_entry *cpuid = target->cpuid;

	return (struct model_vcpu){
		.reserved_gpa_bits = UINT64_MAX << target->maxphyaddr,
		.efer = target->efer,
		.cr0 = target->cr0,
		.cr3 = target->cr3,
		.smm = target->smm,
		.quirk_shared_pat = !target->own_pat,
		.xsave = cpuid[0].ecx >> 26 & 1,
		.pcid = cpuid[0].ecx >> 17 & 1,
		.fsgsbase = cpuid[1].ebx & 1,
		.smep = cpuid[1].ebx >> 7 & 1,
		.invpcid = cpuid[1].ebx >> 10 & 1,
		.smap = cpuid[1].ebx >> 20 & 1,
		.umip = cpuid[1].ecx >> 2 & 1,
		.pku = cpuid[1].ecx >> 3 & 1,
		.shstk = cpuid[1].ecx >> 7 & 1,
		.la57 = cpuid[1].ecx >> 16 & 1,
		.lam = cpuid[2].eax >> 26 & 1,
		.svm = cpuid[3].ecx >> 2 & 1,
		.nx = cpuid[3].edx >> 20 & 1,
		.fxsr_opt = cpuid[3].edx >> 25 & 1,
		.rdtscp = cpuid[3].edx >> 27 & 1,
		.lm = cpuid[3].edx >> 29 & 1,
		.lmsle_mbz = cpuid[4].ebx >> 20 & 1,
		.npt = cpuid[5].edx & 1,
		.gmet = cpuid[5].edx >> 17 & 1,
		.sev_es = cpuid[6].eax >> 3 & 1,
		.autoibrs = cpuid[7].eax >> 8 & 1,
	};
}

/* What a finding says of itself holds together. */
static void check_finding(const struct kvmfeat_nested_finding *finding)
{
	require(finding->rule && finding->rule->id && finding->rule->field && finding->rule->text);
	require(finding->verdict <= KVMFEAT_NESTED_NOT_CHECKED);
	require((finding->verdict == KVMFEAT_NESTED_NOT_CHECKED) == (finding->missing != NULL));
	if (finding->verdict == KVMFEAT_NESTED_CHANGED)
		require(finding->becomes != finding->value);
	else
		require(!finding->becomes);
}

static bool check(struct kvmfeat_ctx *ctx, const uint8_t *blob, size_t size,
		  const struct kvmfeat_nested_target *target, struct verdicts *verdicts)
{
	memset(verdicts, 0, sizeof(*verdicts));
	if (kvmfeat_nested_check(ctx, blob, size, target, verdicts->findings, &verdicts->count)) {
		require(!verdicts->count && !verdicts->findings[0].rule);
		return false;
	}
	require(verdicts->count && verdicts->count <= KVMFEAT_NESTED_RULES_MAX);
	for (size_t i = 0; i < verdicts->count; i++)
		check_finding(&verdicts->findings[i]);
	return true;
}

/*
 * With fewer facts a verdict is the same, or it is not given. Not so the vendor's, about whom
 * the facts that are made up here contradict each other.
 */
static void compare(const struct verdicts *all, const struct verdicts *fewer)
{
	require(all->count == fewer->count);
	for (size_t i = 0; i < all->count; i++) {
		const struct kvmfeat_nested_finding *a = &all->findings[i];
		const struct kvmfeat_nested_finding *b = &fewer->findings[i];

		require(a->rule == b->rule);
		if (b->verdict == KVMFEAT_NESTED_NOT_CHECKED || strstr(a->rule->id, ".format"))
			continue;
		require(a->verdict == b->verdict && a->becomes == b->becomes);
	}
}

static const struct kvmfeat_nested_finding *find(const struct verdicts *verdicts, const char *id)
{
	for (size_t i = 0; i < verdicts->count; i++)
		if (!strcmp(verdicts->findings[i].rule->id, id))
			return &verdicts->findings[i];
	abort();
}

static void check_change(const struct verdicts *verdicts, const char *id, uint64_t becomes)
{
	const struct kvmfeat_nested_finding *finding = find(verdicts, id);
	const bool changed = finding->verdict == KVMFEAT_NESTED_CHANGED;

	require((changed ? finding->becomes : finding->value) == becomes);
}

/* All is known: KVM's verdict, and the values that it keeps. */
static void check_svm(const struct verdicts *verdicts, const struct kvmfeat_nested_target *target,
		      const uint8_t *blob)
{
	const struct model_vcpu vcpu = model_of(target);
	struct model_control control = { 0 };
	bool taken = true;

	for (size_t i = 0; i < verdicts->count; i++) {
		const struct kvmfeat_nested_finding *finding = &verdicts->findings[i];

		/* The host is another matter, and the model is of AMD. */
		if (!strcmp(finding->rule->id, "svm.nested") ||
		    !strcmp(finding->rule->id, "svm.format"))
			continue;
		require(finding->verdict != KVMFEAT_NESTED_NOT_CHECKED);
		taken &= finding->verdict != KVMFEAT_NESTED_REFUSED;
	}
	require(model_svm_set(&vcpu, blob, &control) == taken);
	if (!taken || !(model_read(blob, 0, 2) & KF_NESTED_GUEST_MODE))
		return;
	check_change(verdicts, "svm.intercept-word4", control.intercepts[4]);
	check_change(verdicts, "svm.intercept-word5", control.intercepts[5]);
	check_change(verdicts, "svm.misc-ctl", control.misc_ctl);
	check_change(verdicts, "svm.iopm-page", control.iopm_base_pa);
	check_change(verdicts, "svm.msrpm-page", control.msrpm_base_pa);
	check_change(verdicts, "svm.tlb-ctl", control.tlb_ctl);
	check_change(verdicts, "svm.int-vector", control.int_vector);
	check_change(verdicts, "svm.int-state", control.int_state);
	check_change(verdicts, "svm.event-inj", control.event_inj);
	check_change(verdicts, "svm.gpat-dropped",
		     control.misc_ctl & 1 && target->own_pat ? model_read(blob, 16, 8) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nothing[FACT_BYTES];
	const size_t bytes = size < FACT_BYTES ? size : size - FACT_BYTES;
	struct verdicts all, fewer;
	struct kvmfeat_ctx *ctx;
	struct facts facts;
	uint8_t *blob = malloc(bytes + !bytes); /* exactly, for sanitizers */

	require(blob);
	require(!kvmfeat_ctx_new(&ctx));
	memcpy(blob, data, bytes);
	read_facts(bytes < size ? data + bytes : nothing, &facts);
	if (check(ctx, blob, bytes, &facts.target, &all)) {
		if (model_read(blob, KF_NESTED_FORMAT, 2) == KVMFEAT_NESTED_SVM)
			check_svm(&all, &facts.target, blob);
		facts.target.known &= ~facts.forgotten;
		require(check(ctx, blob, bytes, &facts.target, &fewer));
		compare(&all, &fewer);
		require(check(ctx, blob, bytes, NULL, &fewer));
		compare(&all, &fewer);
	}
	kvmfeat_ctx_free(ctx);
	free(blob);
	return 0;
}
