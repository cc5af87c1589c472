// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of the ioctls that the library issues, for the trace. */
#include <stddef.h>

#include <linux/kvm.h>

#include "internal.h"

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
