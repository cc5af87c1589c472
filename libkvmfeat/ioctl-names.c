// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of the ioctls that the library issues, for the trace. */
#include <stddef.h>

#include <linux/kvm.h>

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
		{ KVM_HAS_DEVICE_ATTR, "KVM_HAS_DEVICE_ATTR" },
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
		{ _IO(KVMIO, 0xae), "KVM_ARM_VCPU_INIT" },
		{ _IO(KVMIO, 0xaf), "KVM_ARM_PREFERRED_TARGET" },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(names); i++)
		if (key(names[i].request) == key(request))
			return names[i].name;
	return NULL;
}

const char *kf_ioctl_arg_name(unsigned long request, uintptr_t arg)
{
	return request == KVM_CHECK_EXTENSION ? kvmfeat_cap_name((unsigned int)arg) : NULL;
}
