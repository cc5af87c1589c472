// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an error of a PMU attribute means. The kernel has one errno for several causes: one that is
 * certain, from what has gone through the handle, is named; else all that it can be are.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pmu-private.h"

#define PIN "pin the vCPUs and use kvmfeat_pmu_set_pmu() with the PMU of their CPUs"

/* One error in the making. */
struct refusal {
	struct kvmfeat_vcpu *vcpu;
	const struct kf_pmu_call *call;
	unsigned int known; /* KF_PMU_* */
	struct kf_fault fault;
	char what[112]; /* "PMU 8 cannot be selected" */
	char value[48];
};

static const char *const attr_names[] = {
	[KF_ARM64_PMU_V3_IRQ] = "IRQ",
	[KF_ARM64_PMU_V3_INIT] = "INIT",
	[KF_ARM64_PMU_V3_FILTER] = "FILTER",
	[KF_ARM64_PMU_V3_SET_PMU] = "SET_PMU",
	[KF_ARM64_PMU_V3_SET_NR_COUNTERS] = "SET_NR_COUNTERS",
	[KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY] = "FIXED_COUNTERS_ONLY",
};

const char *kf_pmu_attr_name(unsigned int attr)
{
	return attr < KF_ARRAY_SIZE(attr_names) ? attr_names[attr] : NULL;
}

/* "0x11 to 0x20" */
static void range_text(const struct kvmfeat_pmu_range *range, char *buf, size_t size)
{
	if (range->count)
		snprintf(buf, size, "%s 0x%x to 0x%x", range->action ? "deny" : "allow",
			 range->first, kf_pmu_range_end(range) - 1);
	else
		snprintf(buf, size, "%s none", range->action ? "deny" : "allow");
}

/* The sentence's beginning, and the value. */
static void describe(struct refusal *r)
{
	const struct kf_pmu_call *call = r->call;

	snprintf(r->value, sizeof(r->value), "%u", call->number);
	switch (call->attr) {
	case KF_ARM64_PMU_V3_IRQ:
		snprintf(r->what, sizeof(r->what), "interrupt %u cannot be set", call->number);
		break;
	case KF_ARM64_PMU_V3_INIT:
		strcpy(r->what, "the PMU cannot be initialised");
		strcpy(r->value, "");
		break;
	case KF_ARM64_PMU_V3_FILTER:
		range_text(&call->range, r->value, sizeof(r->value));
		snprintf(r->what, sizeof(r->what),
			 "the event filter cannot be set (%s; %zu of %zu ranges hold)", r->value,
			 call->done, call->total);
		break;
	case KF_ARM64_PMU_V3_SET_PMU:
		snprintf(r->what, sizeof(r->what), "PMU %u cannot be selected", call->number);
		break;
	case KF_ARM64_PMU_V3_SET_NR_COUNTERS:
		snprintf(r->what, sizeof(r->what), "%u event counters cannot be set", call->number);
		break;
	default:
		strcpy(r->what, "fixed counters only cannot be set");
		strcpy(r->value, "");
	}
}

static int refuse(struct refusal *r, enum kvmfeat_why why, const char *remedy, const char *because)
{
	r->fault.why = why;
	r->fault.remedy = remedy;
	return kf_fail(&r->vcpu->reason, &r->fault, "%s: %s", r->what, because);
}

/* Why it is too late, or in the way. */
static const struct cause {
	unsigned int bit; /* what the handle may know; 0: nothing tells */
	const char *text;
} causes[] = {
	{ KF_PMU_INITIALISED, "the PMU of this vCPU is initialised" },
	{ 0, "a vCPU of the VM has run" },
	{ KF_PMU_FILTER, "an event filter is set" },
	{ KF_PMU_SELECTED, "a PMU is selected, and this kernel takes one of the two only" },
	{ KF_PMU_FIXED, "fixed counters only is set, and this kernel takes one of the two only" },
	{ KF_PMU_IRQ, "the interrupt of this vCPU is set" },
};

enum {
	INITIALISED = 1 << 0,
	RAN = 1 << 1,
	FILTER = 1 << 2,
	SELECTED = 1 << 3,
	FIXED = 1 << 4,
	IRQ = 1 << 5,
};

/* The causes that a kernel has for each attribute: 7.3, ours, and the posted versions. */
static unsigned int possible_causes(const struct refusal *r)
{
	static const unsigned char possible[] = {
		[KF_ARM64_PMU_V3_IRQ] = INITIALISED | IRQ,
		[KF_ARM64_PMU_V3_INIT] = INITIALISED,
		[KF_ARM64_PMU_V3_FILTER] = INITIALISED | RAN | FIXED,
		[KF_ARM64_PMU_V3_SET_PMU] = INITIALISED | RAN | FILTER | FIXED,
		[KF_ARM64_PMU_V3_SET_NR_COUNTERS] = INITIALISED | RAN,
		[KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY] = INITIALISED | RAN | FILTER | SELECTED,
	};
	unsigned int mask = possible[r->call->attr];

	if (r->known & KF_PMU_LAST_WINS)
		mask &= ~(unsigned int)(SELECTED | FIXED);
	return mask;
}

/* Of these, those that are there and are in the way on every kernel. */
static unsigned int certain_causes(const struct refusal *r)
{
	const int type = atomic_load(&r->vcpu->vm->pmu_type);

	/* The kernel looks for it before anything else. */
	if (r->known & KF_PMU_INITIALISED)
		return INITIALISED;
	switch (r->call->attr) {
	case KF_ARM64_PMU_V3_IRQ:
		return r->known & KF_PMU_IRQ ? IRQ : 0;
	case KF_ARM64_PMU_V3_INIT:
		return INITIALISED;
	case KF_ARM64_PMU_V3_SET_PMU:
		if (r->known & KF_PMU_FIXED && r->known & KF_PMU_EXCLUSIVE)
			return FIXED;
		/* A filter fits the PMU that it came with. */
		return r->known & KF_PMU_FILTER && r->known & KF_PMU_SELECTED &&
				       (unsigned int)type != r->call->number ?
			       FILTER :
			       0;
	case KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY:
		return r->known & KF_PMU_FILTER && !(r->known & KF_PMU_FIXED) ? FILTER : 0;
	default:
		return 0;
	}
}

static const char *too_late_remedy(unsigned int attr)
{
	switch (attr) {
	case KF_ARM64_PMU_V3_IRQ:
		return "set it once for each vCPU, before its PMU is initialised";
	case KF_ARM64_PMU_V3_INIT:
		return "initialise it once for each vCPU";
	case KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY:
		return "a new VM, where this is the first that is set after KVM_ARM_VCPU_INIT, "
		       "instead "
		       "of a PMU";
	default:
		return "a new VM, in the order of kvmfeat_pmu_configure()";
	}
}

/* "a; b; or c" with what the handle has seen marked. */
static void list_causes(const struct refusal *r, unsigned int mask, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < KF_ARRAY_SIZE(causes) && used < size; i++) {
		if (!(mask & 1u << i))
			continue;
		mask &= ~(1u << i);
		used += (size_t)snprintf(buf + used, size - used, "%s%s%s",
					 used ? mask ? "; " : "; or " : "", causes[i].text,
					 causes[i].bit & r->known ? " (by this handle)" : "");
	}
}

static int busy(struct refusal *r)
{
	const unsigned int certain = certain_causes(r);
	const unsigned int mask = certain ? certain : possible_causes(r);
	char text[384];
	size_t used = 0;

	if (mask & (mask - 1))
		used = (size_t)snprintf(text, sizeof(text),
					"one of these, which the kernel does "
					"not tell apart: ");
	list_causes(r, mask, text + used, sizeof(text) - used);
	return refuse(r, KVMFEAT_WHY_BUSY, too_late_remedy(r->call->attr), text);
}

/* Whether the vCPU has an attribute: those of a vCPU without a PMU are all missing. */
static bool lacks_attr(const struct refusal *r, unsigned int attr)
{
	return kf_pmu_ioctl(r->vcpu, KVM_HAS_DEVICE_ATTR, attr, 0) == -ENXIO;
}

static int no_device(struct refusal *r)
{
	if (lacks_attr(r, KF_ARM64_PMU_V3_INIT))
		return refuse(r, KVMFEAT_WHY_NONE,
			      "KVM_ARM_VCPU_INIT with the bits of kvmfeat_pmu_get_features()",
			      "this vCPU has no PMU");
	if (r->call->attr == KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY)
		return refuse(r, KVMFEAT_WHY_HARDWARE, PIN ": kvmfeat_pmu_list_load() has both",
			      KF_PMU_UNCOVERED);
	if (r->call->attr == KF_ARM64_PMU_V3_INIT)
		return refuse(r, KVMFEAT_WHY_NONE, "KVM_DEV_ARM_VGIC_CTRL_INIT before it",
			      "the GIC of the VM is not initialised");
	return refuse(r, KVMFEAT_WHY_NONE, NULL, kf_errno_text(-ENODEV));
}

/* The kernel does not know the attribute. */
static int no_attr(struct refusal *r)
{
	const char *release = r->vcpu->vm->ctx->release;
	char text[160];

	r->fault.error = -EOPNOTSUPP;
	strcpy(r->value, release);
	if (r->call->attr == KF_ARM64_PMU_V3_FIXED_COUNTERS_ONLY) {
		snprintf(text, sizeof(text), "no Linux release has it, this kernel (%s) neither",
			 release);
		return refuse(r, KVMFEAT_WHY_KERNEL_VERSION, "this project's kernel, or " PIN,
			      text);
	}
	snprintf(text, sizeof(text), "this kernel (%s) has no attribute for it", release);
	return refuse(r, KVMFEAT_WHY_KERNEL_VERSION, "a newer kernel", text);
}

static int no_such(struct refusal *r)
{
	static const char select[] =
		"kvmfeat_pmu_set_pmu() or kvmfeat_pmu_set_fixed_counters_only() "
		"before it";
	static const char strict[] = "no PMU is selected, which a strict vCPU needs";

	if (lacks_attr(r, r->call->attr))
		return no_attr(r);
	switch (r->call->attr) {
	case KF_ARM64_PMU_V3_SET_PMU:
		return refuse(r, KVMFEAT_WHY_HARDWARE,
			      "a type of kvmfeat_pmu_list_load(), of a PMUv3",
			      "KVM has no PMU of this type");
	case KF_ARM64_PMU_V3_FILTER:
		return refuse(r, KVMFEAT_WHY_NONE, select, strict);
	case KF_ARM64_PMU_V3_INIT:
		if (r->known & KF_PMU_IRQ)
			return refuse(r, KVMFEAT_WHY_NONE, select, strict);
		if (r->known & (KF_PMU_SELECTED | KF_PMU_FIXED))
			return refuse(r, KVMFEAT_WHY_NONE, "kvmfeat_pmu_set_irq() before it",
				      "its interrupt is not set, which a GIC in the kernel needs");
		return refuse(
			r, KVMFEAT_WHY_NONE, "kvmfeat_pmu_configure()",
			"its interrupt is not set, which a GIC in the kernel needs, or no PMU "
			"is selected, which a strict vCPU needs");
	default:
		return refuse(r, KVMFEAT_WHY_NONE, NULL, kf_errno_text(-ENXIO));
	}
}

static int invalid(struct refusal *r)
{
	switch (r->call->attr) {
	case KF_ARM64_PMU_V3_IRQ:
		return refuse(r, KVMFEAT_WHY_NONE, "one PPI for all vCPUs, such as 23",
			      "the VM has no GIC in the kernel, or it does not fit the GIC or the "
			      "other vCPUs (a PPI: the same for all; an SPI: each its own)");
	case KF_ARM64_PMU_V3_INIT:
		return refuse(r, KVMFEAT_WHY_NONE, "another interrupt",
			      "its interrupt cannot be owned by a PMU");
	case KF_ARM64_PMU_V3_FILTER: /* the kernel has no other cause for it */
		return refuse(r, KVMFEAT_WHY_HARDWARE, "a filter of the events 0x0 to 0x3ff",
			      "the PMUs of this host have 1024 events (PMUv3 of Armv8.0)");
	case KF_ARM64_PMU_V3_SET_NR_COUNTERS:
		if (r->known & KF_PMU_FIXED)
			return refuse(r, KVMFEAT_WHY_NONE, "0 event counters",
				      "the VM has fixed counters only");
		return refuse(r, KVMFEAT_WHY_HARDWARE, "fewer, or another PMU",
			      "the PMU of the VM has fewer, or none is selected yet");
	default:
		return refuse(r, KVMFEAT_WHY_NONE, NULL, kf_errno_text(-EINVAL));
	}
}

int kf_pmu_explain(struct kvmfeat_vcpu *vcpu, const struct kf_pmu_call *call, const char *operation,
		   int err)
{
	struct refusal r = {
		.vcpu = vcpu,
		.call = call,
		.known = kf_pmu_known(vcpu),
		.fault = { .error = err, .origin = KVMFEAT_ORIGIN_KERNEL, .operation = operation },
	};
	char object[64];

	snprintf(object, sizeof(object), "KVM_ARM_VCPU_PMU_V3_%s", attr_names[call->attr]);
	r.fault.object = object;
	r.fault.value = r.value;
	describe(&r);
	switch (err) {
	case -EBUSY:
		return busy(&r);
	case -ENODEV:
		return no_device(&r);
	case -ENXIO:
		return no_such(&r);
	case -EINVAL:
		return invalid(&r);
	case -EEXIST:
		return refuse(&r, KVMFEAT_WHY_BUSY, "another interrupt",
			      "its interrupt belongs to another device");
	default:
		return refuse(&r, err == -EPERM ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE, NULL,
			      kf_errno_text(err));
	}
}
