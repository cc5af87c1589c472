// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of the ioctls that the library issues, and their arguments, for the trace. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include <linux/kvm.h>

#include "arm64-abi.h"
#include "internal.h"
#include "x86-abi.h"

/* Type and number tell an ioctl; its size may differ between kernels. */
static unsigned int key(unsigned long request)
{
	return request & 0xffff;
}

const char *kf_ioctl_name(unsigned long request)
{
	static const struct {
		unsigned long request;
		const char *name;
	} names[] = {
		{ KVM_GET_API_VERSION, "KVM_GET_API_VERSION" },
		{ KVM_CREATE_VM, "KVM_CREATE_VM" },
		{ KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION" },
		{ KVM_CREATE_VCPU, "KVM_CREATE_VCPU" },
		{ KVM_SET_USER_MEMORY_REGION2, "KVM_SET_USER_MEMORY_REGION2" },
		{ KVM_CREATE_GUEST_MEMFD, "KVM_CREATE_GUEST_MEMFD" },
		{ KVM_ENABLE_CAP, "KVM_ENABLE_CAP" },
		{ KVM_GET_STATS_FD, "KVM_GET_STATS_FD" },
		{ KVM_SET_DEVICE_ATTR, "KVM_SET_DEVICE_ATTR" },
		{ KVM_GET_DEVICE_ATTR, "KVM_GET_DEVICE_ATTR" },
		{ KVM_HAS_DEVICE_ATTR, "KVM_HAS_DEVICE_ATTR" },
		{ KVM_GET_ONE_REG, "KVM_GET_ONE_REG" },
		{ KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE" },
		{ KVM_RUN, "KVM_RUN" },
		{ KF_X86_GET_CPUID, "KVM_GET_SUPPORTED_CPUID" },
		{ KF_X86_GET_MSR_LIST, "KVM_GET_MSR_INDEX_LIST" },
		{ KF_X86_GET_REGS, "KVM_GET_REGS" },
		{ KF_X86_SET_REGS, "KVM_SET_REGS" },
		{ KF_X86_GET_SREGS, "KVM_GET_SREGS" },
		{ KF_X86_SET_SREGS, "KVM_SET_SREGS" },
		{ KF_X86_GET_SREGS2, "KVM_GET_SREGS2" },
		{ KF_X86_SET_SREGS2, "KVM_SET_SREGS2" },
		{ KF_X86_GET_MSRS, "KVM_GET_MSRS" },
		{ KF_X86_SET_MSRS, "KVM_SET_MSRS" },
		{ KF_X86_GET_XCRS, "KVM_GET_XCRS" },
		{ KF_X86_SET_XCRS, "KVM_SET_XCRS" },
		{ KF_X86_GET_XSAVE, "KVM_GET_XSAVE" },
		{ KF_X86_GET_XSAVE2, "KVM_GET_XSAVE2" },
		{ KF_X86_SET_XSAVE, "KVM_SET_XSAVE" },
		{ KF_X86_GET_EVENTS, "KVM_GET_VCPU_EVENTS" },
		{ KF_X86_SET_EVENTS, "KVM_SET_VCPU_EVENTS" },
		{ KF_X86_GET_MP_STATE, "KVM_GET_MP_STATE" },
		{ KF_X86_SET_MP_STATE, "KVM_SET_MP_STATE" },
		{ KF_X86_GET_DEBUGREGS, "KVM_GET_DEBUGREGS" },
		{ KF_X86_SET_DEBUGREGS, "KVM_SET_DEBUGREGS" },
		{ KF_X86_GET_LAPIC, "KVM_GET_LAPIC" },
		{ KF_X86_SET_LAPIC, "KVM_SET_LAPIC" },
		{ KF_X86_GET_NESTED, "KVM_GET_NESTED_STATE" },
		{ KF_X86_SET_NESTED, "KVM_SET_NESTED_STATE" },
		{ KF_ARM64_VCPU_INIT, "KVM_ARM_VCPU_INIT" },
		{ KF_ARM64_PREFERRED_TARGET, "KVM_ARM_PREFERRED_TARGET" },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++)
		if (key(names[i].request) == key(request))
			return names[i].name;
	return NULL;
}

/* "KVM_CAP_USER_MEMORY (0x3)", by the architecture's own meaning where it has one */
static void cap_text(enum kf_arch arch, unsigned int number, char *buf, size_t size)
{
	const char *alias = kf_cap_alias(arch, number);
	const char *name = alias ? alias : kvmfeat_cap_name(number);

	if (name)
		snprintf(buf, size, "%s (0x%x)", name, number);
	else
		snprintf(buf, size, "0x%x", number);
}

static void enable_cap_text(enum kf_arch arch, const struct kvm_enable_cap *cap, char *buf,
			    size_t size)
{
	char name[96];

	cap_text(arch, cap->cap, name, sizeof(name));
	snprintf(buf, size,
		 "{%s, flags 0x%" PRIx32 ", args 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
		 " 0x%" PRIx64 "}",
		 name, (uint32_t)cap->flags, (uint64_t)cap->args[0], (uint64_t)cap->args[1],
		 (uint64_t)cap->args[2], (uint64_t)cap->args[3]);
}

/* What an attribute of the PMU is set to; the library asks for no other attributes of a vCPU. */
static void attr_value_text(const struct kvm_device_attr *attr, char *buf, size_t size)
{
	const void *value = (const void *)(uintptr_t)attr->addr;
	const struct kf_arm64_event_filter *filter = value;

	*buf = '\0';
	if (!value)
		return;
	if (attr->attr == KF_ARM64_PMU_V3_FILTER)
		snprintf(buf, size, ", {base 0x%x, nevents %u, %s}", filter->base_event,
			 filter->nevents, filter->action ? "deny" : "allow");
	else
		snprintf(buf, size, ", %u", *(const unsigned int *)value);
}

static void attr_text(const struct kvm_device_attr *attr, char *buf, size_t size)
{
	const char *name = kf_pmu_attr_name((unsigned int)attr->attr);
	char value[64];

	attr_value_text(attr, value, sizeof(value));
	snprintf(buf, size, "{KVM_ARM_VCPU_PMU_V3_CTRL, %s (%u)%s}", name ? name : "?",
		 (unsigned int)attr->attr, value);
}

static void vcpu_init_text(const struct kf_arm64_vcpu_init *init, char *buf, size_t size)
{
	snprintf(buf, size, "{target %" PRIu32 ", features 0x%" PRIx32 "}", init->target,
		 init->features[0]);
}

static void reg_text(const struct kvm_one_reg *reg, char *buf, size_t size)
{
	snprintf(buf, size, "{%s0x%" PRIx64 "}",
		 reg->id == KF_ARM64_REG_PMCR_EL0 ? "PMCR_EL0 " : "", (uint64_t)reg->id);
}

void kf_ioctl_arg_text(enum kf_arch arch, unsigned long request, uintptr_t arg, char *buf,
		       size_t size)
{
	if (request == KVM_CHECK_EXTENSION)
		cap_text(arch, (unsigned int)arg, buf, size);
	else if (request == KVM_ENABLE_CAP)
		enable_cap_text(arch, (const void *)arg, buf, size);
	else if (request == KVM_SET_DEVICE_ATTR || request == KVM_GET_DEVICE_ATTR ||
		 request == KVM_HAS_DEVICE_ATTR)
		attr_text((const void *)arg, buf, size);
	else if (request == KF_ARM64_VCPU_INIT)
		vcpu_init_text((const void *)arg, buf, size);
	else if (request == KVM_GET_ONE_REG)
		reg_text((const void *)arg, buf, size);
	else
		snprintf(buf, size, "0x%lx", (unsigned long)arg);
}
