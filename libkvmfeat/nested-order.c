// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The order in which a vCPU is saved and restored: this library's own, and the rules by which
 * any other is judged. vcpu-state.c takes the steps.
 */
#include <errno.h>

#include "internal.h"

#define BIT(name) (1u << KVMFEAT_NESTED_STEP_##name)

/* Steps that read or write the vCPU, RUN and COMPLETE apart. */
#define STATE                                                                                      \
	(BIT(CPUID) | BIT(FEATURE_MSRS) | BIT(SREGS) | BIT(MSRS) | BIT(XCRS) | BIT(XSAVE) |        \
	 BIT(EVENTS) | BIT(MP_STATE) | BIT(DEBUGREGS) | BIT(REGS) | BIT(LAPIC) | BIT(NESTED))

enum kind {
	NEEDS, /* before each of @steps there must be one of @others, if there is one at all */
	NEEDS_ALWAYS, /* the same, and it may not be missing */
	UNDOES, /* after the last of @steps there must be one of @others, if there is one at all */
	BETWEEN, /* @steps may not stand between @others */
	NEVER, /* @steps may not be there */
};

struct rule {
	const char *id;
	enum kvmfeat_nested_direction direction;
	enum kind kind;
	unsigned int steps;
	unsigned int others;
	const char *text;
	const char *kernels;
};

static const struct rule rules[] = {
	/* Documentation/virt/kvm/api.rst, KVM_RUN */
	{
		.id = "save.complete-first",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS_ALWAYS,
		.steps = STATE,
		.others = BIT(COMPLETE),
		.text = "complete must come before all others: while I/O is pending, registers "
			"are not what they will be",
	},
	/* kvm_apic_accept_events(): EVENTS would tell of an INIT that MP_STATE then takes */
	{
		.id = "save.mp-state-before-events",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS,
		.steps = BIT(EVENTS),
		.others = BIT(MP_STATE),
		.text = "mp-state must come before events: reading it takes a pending INIT and "
			"SIPI, and the INIT that events told of would come twice, the SIPI not",
		.kernels = "all, with an in-kernel local APIC",
	},
	{
		.id = "save.mp-state-before-registers",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS,
		.steps = BIT(REGS) | BIT(SREGS) | BIT(MSRS) | BIT(XSAVE) | BIT(NESTED) |
			 BIT(DEBUGREGS),
		.others = BIT(MP_STATE),
		.text = "mp-state must come before registers and nested: reading it takes a "
			"pending INIT, which resets the vCPU or makes L2 exit to L1",
		.kernels = "all, with an in-kernel local APIC",
	},
	/* kvm_deliver_exception_payload() */
	{
		.id = "save.events-before-sregs",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS,
		.steps = BIT(SREGS) | BIT(DEBUGREGS),
		.others = BIT(EVENTS),
		.text = "events must come before sregs and debugregs: reading them moves the "
			"payload of a pending exception to CR2 or DR6",
		.kernels = "older ones, without KVM_CAP_EXCEPTION_PAYLOAD",
	},
	{
		.id = "save.events-before-nested",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS,
		.steps = BIT(NESTED),
		.others = BIT(EVENTS),
		.text = "events must come before nested: reading them may change what is pending "
			"for L2",
		.kernels = "older ones, without KVM_CAP_EXCEPTION_PAYLOAD",
	},
	/* A timer that ends in between is then saved twice, else not at all. */
	{
		.id = "save.msrs-before-lapic",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEEDS,
		.steps = BIT(LAPIC),
		.others = BIT(MSRS),
		.text = "msrs must come before lapic: a deadline that passes in between is lost",
		.kernels = "all, with an in-kernel local APIC",
	},
	{
		.id = "save.run-between",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = BETWEEN,
		.steps = BIT(RUN),
		.others = STATE | BIT(COMPLETE),
		.text = "run must not stand between: what was read before it is out of date",
	},
	{
		.id = "save.leave",
		.direction = KVMFEAT_NESTED_SAVE,
		.kind = NEVER,
		.steps = BIT(LEAVE),
		.text = "leave must not be there: it throws the nested state away",
	},
	{
		.id = "restore.complete-first",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = STATE | BIT(LEAVE),
		.others = BIT(COMPLETE),
		.text = "complete must come before all others: I/O that is pending from before "
			"would go on in the new registers",
	},
	{
		.id = "restore.cpuid-first",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = STATE & ~BIT(CPUID),
		.others = BIT(CPUID),
		.text = "cpuid must come before the others: KVM checks them against it",
	},
	/* svm_leave_nested(), vmx_set_vmx_msr() */
	{
		.id = "restore.leave-first",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = STATE & ~BIT(CPUID),
		.others = BIT(LEAVE),
		.text = "leave must come before the others: it makes L1's VMCB or VMCS current, "
			"and what was set in L2's is lost",
	},
	/* nested_vmx_check_controls(); vmx_set_msr(): IA32_FEATURE_CONTROL 0 leaves nested mode */
	{
		.id = "restore.feature-msrs-before-nested",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(NESTED),
		.others = BIT(FEATURE_MSRS),
		.text = "feature-msrs must come before nested: it is checked against VMX's "
			"capabilities, which cannot be set in VMX operation",
		.kernels = "all, on Intel",
	},
	/* kvm_pmu_refresh() */
	{
		.id = "restore.feature-msrs-before-msrs",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(MSRS),
		.others = BIT(FEATURE_MSRS),
		.text = "feature-msrs must come before msrs: a new IA32_PERF_CAPABILITIES resets "
			"the counters",
	},
	/* svm_set_nested_state(): EFER.SVME, CR0, CR3 of the vCPU */
	{
		.id = "restore.sregs-before-nested",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS_ALWAYS,
		.steps = BIT(NESTED),
		.others = BIT(SREGS),
		.text = "sregs must come before nested: EFER.SVME must be set, and L2's CR0, CR3 "
			"and CR4 are taken from the vCPU",
	},
	/* is_noncanonical_msr_address() */
	{
		.id = "restore.sregs-before-msrs",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(MSRS),
		.others = BIT(SREGS),
		.text = "sregs must come before msrs: whether an address in an MSR is canonical "
			"depends on CR4.LA57",
		.kernels = "before 6.13, with 5-level paging",
	},
	/* kvm_apic_state_fixup() */
	{
		.id = "restore.sregs-before-lapic",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(LAPIC),
		.others = BIT(SREGS),
		.text = "sregs must come before lapic: they hold the APIC base, and its mode "
			"tells how the registers are to be read",
		.kernels = "all, with an in-kernel local APIC",
	},
	/* kvm_set_lapic_tscdeadline_msr() */
	{
		.id = "restore.lapic-before-msrs",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(MSRS),
		.others = BIT(LAPIC),
		.text = "lapic must come before msrs: IA32_TSC_DEADLINE is dropped while the "
			"timer is not in that mode",
		.kernels = "all, with an in-kernel local APIC",
	},
	{
		.id = "restore.regs-before-nested",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(NESTED),
		.others = BIT(REGS),
		.text = "regs must come before nested: the RIP of a soft interrupt that VMRUN "
			"is to inject is taken from them",
		.kernels = "before 7.3, on AMD",
	},
	/* kvm_vcpu_ioctl_x86_set_vcpu_events(): kvm_leave_nested() when the SMM bit changes */
	{
		.id = "restore.events-before-nested",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = NEEDS,
		.steps = BIT(NESTED),
		.others = BIT(EVENTS),
		.text = "events must come before nested: it is checked against SMM, and events "
			"that change SMM leave nested mode",
		.kernels = "all, when the vCPU comes into SMM or out of it",
	},
	{
		.id = "restore.events-after-nested",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = UNDOES,
		.steps = BIT(NESTED),
		.others = BIT(EVENTS),
		.text = "events must come after nested, once more: interrupt shadow and NMI mask "
			"go to the VMCB that is current, before nested L1's",
		.kernels = "before 7.3, on AMD",
	},
	/* __set_regs() */
	{
		.id = "restore.events-after-regs",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = UNDOES,
		.steps = BIT(REGS),
		.others = BIT(EVENTS),
		.text = "events must come after regs: setting these drops a pending exception",
		.kernels = "all, with KVM_CAP_EXCEPTION_PAYLOAD",
	},
	{
		.id = "restore.run-between",
		.direction = KVMFEAT_NESTED_RESTORE,
		.kind = BETWEEN,
		.steps = BIT(RUN),
		.others = STATE | BIT(LEAVE),
		.text = "run must not stand between: the guest would run with half of its state",
	},
};

static const enum kvmfeat_nested_step save_order[] = {
	KVMFEAT_NESTED_STEP_COMPLETE,	  KVMFEAT_NESTED_STEP_MP_STATE,
	KVMFEAT_NESTED_STEP_EVENTS,	  KVMFEAT_NESTED_STEP_REGS,
	KVMFEAT_NESTED_STEP_XSAVE,	  KVMFEAT_NESTED_STEP_XCRS,
	KVMFEAT_NESTED_STEP_SREGS,	  KVMFEAT_NESTED_STEP_NESTED,
	KVMFEAT_NESTED_STEP_FEATURE_MSRS, KVMFEAT_NESTED_STEP_MSRS,
	KVMFEAT_NESTED_STEP_LAPIC,	  KVMFEAT_NESTED_STEP_DEBUGREGS,
};

/* The kernel's own selftests, tools/testing/selftests/kvm/lib/x86/processor.c, and EVENTS again. */
static const enum kvmfeat_nested_step restore_order[] = {
	KVMFEAT_NESTED_STEP_COMPLETE, KVMFEAT_NESTED_STEP_LEAVE,	KVMFEAT_NESTED_STEP_SREGS,
	KVMFEAT_NESTED_STEP_LAPIC,    KVMFEAT_NESTED_STEP_FEATURE_MSRS, KVMFEAT_NESTED_STEP_MSRS,
	KVMFEAT_NESTED_STEP_XCRS,     KVMFEAT_NESTED_STEP_XSAVE,	KVMFEAT_NESTED_STEP_EVENTS,
	KVMFEAT_NESTED_STEP_MP_STATE, KVMFEAT_NESTED_STEP_DEBUGREGS,	KVMFEAT_NESTED_STEP_REGS,
	KVMFEAT_NESTED_STEP_NESTED,   KVMFEAT_NESTED_STEP_EVENTS,
};

KVMFEAT_EXPORT const enum kvmfeat_nested_step *kvmfeat_nested_order(
	enum kvmfeat_nested_direction direction, size_t *ret_count)
{
	if (direction == KVMFEAT_NESTED_SAVE) {
		*ret_count = KF_ARRAY_SIZE(save_order);
		return save_order;
	}
	*ret_count = KF_ARRAY_SIZE(restore_order);
	return restore_order;
}

struct sequence {
	const enum kvmfeat_nested_step *steps;
	size_t count;
};

/* The first step of @mask from @from on; count: there is none. */
static size_t first_of(const struct sequence *sequence, unsigned int mask, size_t from)
{
	for (size_t i = from; i < sequence->count; i++)
		if (mask & 1u << sequence->steps[i])
			return i;
	return sequence->count;
}

/* The last step of @mask; count: there is none. */
static size_t last_of(const struct sequence *sequence, unsigned int mask)
{
	for (size_t i = sequence->count; i-- > 0;)
		if (mask & 1u << sequence->steps[i])
			return i;
	return sequence->count;
}

/* True when the rule is broken, and by which step. */
static bool breaks(const struct sequence *sequence, const struct rule *rule, size_t *ret_index)
{
	const size_t count = sequence->count;
	const size_t step = first_of(sequence, rule->steps, 0);
	const size_t other = first_of(sequence, rule->others, 0);

	if (step == count)
		return false;
	*ret_index = step;
	switch (rule->kind) {
	case NEEDS:
		return other < count && other > step;
	case NEEDS_ALWAYS:
		if (other == count)
			*ret_index = count;
		return other > step;
	case UNDOES:
		*ret_index = last_of(sequence, rule->others);
		return other < count && *ret_index < last_of(sequence, rule->steps);
	case BETWEEN:
		*ret_index = first_of(sequence, rule->steps, other);
		return *ret_index < count && first_of(sequence, rule->others, *ret_index) < count;
	case NEVER:
		return true;
	}
	return false;
}

KVMFEAT_EXPORT int kvmfeat_nested_check_order(enum kvmfeat_nested_direction direction,
					      const enum kvmfeat_nested_step *steps, size_t count,
					      struct kvmfeat_nested_order_finding *findings,
					      size_t *ret_count)
{
	const struct sequence sequence = { steps, count };
	size_t found = 0;

	if (direction != KVMFEAT_NESTED_SAVE && direction != KVMFEAT_NESTED_RESTORE)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!kvmfeat_nested_step_name(steps[i]))
			return -EINVAL;
	for (size_t i = 0; i < KF_ARRAY_SIZE(rules); i++) {
		size_t index;

		if (rules[i].direction != direction || !breaks(&sequence, &rules[i], &index))
			continue;
		findings[found++] = (struct kvmfeat_nested_order_finding){
			.id = rules[i].id,
			.index = index,
			.text = rules[i].text,
			.kernels = rules[i].kernels,
		};
	}
	*ret_count = found;
	return 0;
}

KVMFEAT_EXPORT const char *kvmfeat_nested_step_name(enum kvmfeat_nested_step step)
{
	static const char *const names[] = {
		[KVMFEAT_NESTED_STEP_CPUID] = "cpuid",
		[KVMFEAT_NESTED_STEP_FEATURE_MSRS] = "feature-msrs",
		[KVMFEAT_NESTED_STEP_SREGS] = "sregs",
		[KVMFEAT_NESTED_STEP_MSRS] = "msrs",
		[KVMFEAT_NESTED_STEP_XCRS] = "xcrs",
		[KVMFEAT_NESTED_STEP_XSAVE] = "xsave",
		[KVMFEAT_NESTED_STEP_EVENTS] = "events",
		[KVMFEAT_NESTED_STEP_MP_STATE] = "mp-state",
		[KVMFEAT_NESTED_STEP_DEBUGREGS] = "debugregs",
		[KVMFEAT_NESTED_STEP_REGS] = "regs",
		[KVMFEAT_NESTED_STEP_LAPIC] = "lapic",
		[KVMFEAT_NESTED_STEP_NESTED] = "nested",
		[KVMFEAT_NESTED_STEP_LEAVE] = "leave",
		[KVMFEAT_NESTED_STEP_COMPLETE] = "complete",
		[KVMFEAT_NESTED_STEP_RUN] = "run",
	};

	return (size_t)step < KF_ARRAY_SIZE(names) ? names[step] : NULL;
}
