// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Would a vCPU take a blob? The driver, and what the rules of both formats ask of the target.
 * The rules are in nested-check-svm.c and nested-check-vmx.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "nested-private.h"

/* The range that struct kvmfeat_nested_target gives to MAXPHYADDR. */
enum { PHYSICAL_BITS_MIN = 32, PHYSICAL_BITS_MAX = 52 };

#define CPUID_SIGNIFICANT_INDEX 1u /* KVM_CPUID_FLAG_SIGNIFCANT_INDEX, of x86's own header */

static const char operation[] = "check nested state";

/* Every fact, by the name under which a caller would look for it. */
static const struct {
	uint32_t fact;
	const char *name;
} facts_by_name[] = {
	{ KVMFEAT_NESTED_KNOW_MAXPHYADDR, "MAXPHYADDR" },
	{ KVMFEAT_NESTED_KNOW_CPUID, "CPUID" },
	{ KVMFEAT_NESTED_KNOW_EFER, "EFER" },
	{ KVMFEAT_NESTED_KNOW_CR0, "CR0" },
	{ KVMFEAT_NESTED_KNOW_CR3, "CR3" },
	{ KVMFEAT_NESTED_KNOW_SMM, "SMM" },
	{ KVMFEAT_NESTED_KNOW_MAX_BYTES, "KVM_CAP_NESTED_STATE" },
	{ KVMFEAT_NESTED_KNOW_OWN_PAT, "KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT" },
	{ KVMFEAT_NESTED_KNOW_EVMCS, "KVM_CAP_HYPERV_ENLIGHTENED_VMCS" },
};

void kf_nested_lacks(struct kvmfeat_nested_finding *finding, const char *missing)
{
	finding->verdict = KVMFEAT_NESTED_NOT_CHECKED;
	finding->missing = missing;
}

bool kf_nested_knows(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding,
		     uint32_t facts)
{
	const uint32_t unknown = facts & ~check->target.known;

	for (size_t i = 0; unknown && i < KF_ARRAY_SIZE(facts_by_name); i++) {
		if (unknown & facts_by_name[i].fact) {
			kf_nested_lacks(finding, facts_by_name[i].name);
			break;
		}
	}
	return !unknown;
}

/* The entry that KVM would find: kvm_find_cpuid_entry2(). */
struct kvmfeat_cpuid_entry kf_nested_cpuid(const struct kf_nested_check *check, uint32_t function,
					   uint32_t index)
{
	const struct kvmfeat_cpuid_entry *entry = check->target.cpuid;

	for (size_t i = 0; i < check->target.cpuid_count; i++, entry++)
		if (entry->function == function &&
		    (!(entry->flags & CPUID_SIGNIFICANT_INDEX) || entry->index == index))
			return *entry;
	return (struct kvmfeat_cpuid_entry){ .function = function, .index = index };
}

bool kf_nested_msr(const struct kf_nested_check *check, uint32_t index, uint64_t *ret_value)
{
	const struct kvmfeat_nested_msr *msr = check->target.msrs;

	for (size_t i = 0; i < check->target.msr_count; i++, msr++) {
		if (msr->index == index) {
			*ret_value = msr->value;
			return true;
		}
	}
	return false;
}

bool kf_nested_legal_gpa(const struct kf_nested_check *check, uint64_t address)
{
	return !(address >> check->target.maxphyaddr);
}

void kf_nested_require_gpa(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding, uint64_t address)
{
	/* Every MAXPHYADDR forbids the first, and allows what is left after the second. */
	if (address >> PHYSICAL_BITS_MAX)
		kf_nested_require(finding, false);
	else if (address >> PHYSICAL_BITS_MIN &&
		 kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_MAXPHYADDR))
		kf_nested_require(finding, kf_nested_legal_gpa(check, address));
}

bool kf_nested_pat_valid(uint64_t pat)
{
	return !(pat & UINT64_C(0xf8f8f8f8f8f8f8f8)) &&
	       (pat | (pat & UINT64_C(0x0202020202020202)) << 1) == pat;
}

static uint32_t all_facts(void)
{
	uint32_t facts = 0;

	for (size_t i = 0; i < KF_ARRAY_SIZE(facts_by_name); i++)
		facts |= facts_by_name[i].fact;
	return facts;
}

static int copy_target(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_target *user,
		       struct kvmfeat_nested_target *target)
{
	const struct kf_opts opts = { operation, "kvmfeat_nested_target", sizeof(*target),
				      sizeof(*target) };

	return kf_opts_take(&ctx->reason, &opts, user, target);
}

static int validate_target(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_target *target)
{
	const uint32_t unknown = target->known & ~all_facts();
	char value[24];

	if (unknown) {
		snprintf(value, sizeof(value), "0x%" PRIx32, target->known);
		return kf_invalid(&ctx->reason, operation, "known", value,
				  "the known facts %s of the target have bits without a meaning",
				  value);
	}
	if (target->known & KVMFEAT_NESTED_KNOW_MAXPHYADDR &&
	    (target->maxphyaddr < PHYSICAL_BITS_MIN || target->maxphyaddr > PHYSICAL_BITS_MAX)) {
		snprintf(value, sizeof(value), "%" PRIu32, target->maxphyaddr);
		return kf_invalid(&ctx->reason, operation, "maxphyaddr", value,
				  "the target's MAXPHYADDR of %s is not 32 to 52", value);
	}
	if (target->known & KVMFEAT_NESTED_KNOW_CPUID && target->cpuid_count && !target->cpuid) {
		snprintf(value, sizeof(value), "%zu", target->cpuid_count);
		return kf_invalid(&ctx->reason, operation, "cpuid", value,
				  "the target's CPUID of %s entries is not there", value);
	}
	if (target->msr_count && !target->msrs) {
		snprintf(value, sizeof(value), "%zu", target->msr_count);
		return kf_invalid(&ctx->reason, operation, "msrs", value,
				  "the target's list of %s MSRs is not there", value);
	}
	return 0;
}

/* What a vCPU with the given CPUID has, when that tells: cpuid_query_maxphyaddr(). */
static void derive_maxphyaddr(struct kf_nested_check *check)
{
	struct kvmfeat_nested_target *target = &check->target;
	uint32_t bits;

	if (target->known & KVMFEAT_NESTED_KNOW_MAXPHYADDR ||
	    !(target->known & KVMFEAT_NESTED_KNOW_CPUID))
		return;
	bits = kf_nested_cpuid(check, 0x80000008, 0).eax & 0xff;
	if (bits < PHYSICAL_BITS_MIN || bits > PHYSICAL_BITS_MAX ||
	    kf_nested_cpuid(check, 0x80000000, 0).eax < 0x80000008)
		return;
	target->maxphyaddr = bits;
	target->known |= KVMFEAT_NESTED_KNOW_MAXPHYADDR;
}

static void judge(const struct kf_nested_check *check, const struct kf_nested_rule *rules,
		  size_t count, struct kvmfeat_nested_finding *findings)
{
	const struct kf_nested_rule *asked = NULL;
	bool applies = true;

	for (size_t i = 0; i < count; i++) {
		const struct kf_nested_rule *row = &rules[i];

		findings[i] = (struct kvmfeat_nested_finding){ .rule = &row->rule };
		if (row->width) {
			findings[i].has_value =
				row->rule.offset < check->info.state_bytes &&
				row->width <= check->info.state_bytes - row->rule.offset;
			findings[i].value = kf_nested_number(check, row->rule.offset, row->width);
		}
		/* Rows with one condition stand side by side: it is asked once. */
		if (!asked || row->applies != asked->applies || row->bits != asked->bits) {
			applies = !row->applies || row->applies(check, row->bits);
			asked = row;
		}
		if (applies)
			row->judge(check, &findings[i]);
	}
}

KVMFEAT_EXPORT int kvmfeat_nested_check(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
					const struct kvmfeat_nested_target *target,
					struct kvmfeat_nested_finding *findings, size_t *ret_count)
{
	struct kf_nested_check check = { .blob = blob };
	const struct kf_nested_rule *rules = kf_nested_svm_rules;
	size_t count = kf_nested_svm_rule_count;
	int err = kf_nested_open(ctx, operation, "the blob", blob, size, &check.info);

	if (!err && target)
		err = copy_target(ctx, target, &check.target);
	if (!err)
		err = validate_target(ctx, &check.target);
	if (err)
		return err;
	derive_maxphyaddr(&check);
	if (check.info.format == KVMFEAT_NESTED_VMX) {
		rules = kf_nested_vmx_rules;
		count = kf_nested_vmx_rule_count;
	}
	judge(&check, rules, count, findings);
	*ret_count = count;
	return 0;
}
