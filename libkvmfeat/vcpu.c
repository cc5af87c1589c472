// SPDX-License-Identifier: LGPL-2.1-or-later
/* vCPU handles: each carries its own error, so that each may have its own thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kvm.h>

#include "internal.h"

static int new_handle(struct kvmfeat_vm *vm, int fd, bool borrowed, struct kvmfeat_vcpu **ret_vcpu)
{
	struct kvmfeat_vcpu *vcpu = kf_alloc(vm->ctx, NULL, 1, sizeof(*vcpu));

	if (!vcpu)
		return kf_no_memory(&vm->ctx->reason, "make a vCPU handle");
	kf_reason_init(&vcpu->reason);
	vcpu->vm = vm;
	vcpu->fd = fd;
	vcpu->borrowed = borrowed;
	*ret_vcpu = vcpu;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_vcpu_open(struct kvmfeat_vm *vm, unsigned long id,
				     struct kvmfeat_vcpu **ret_vcpu)
{
	int err, fd = kf_ioctl(vm->ctx, vm->fd, KVM_CREATE_VCPU, id);
	char value[24];

	if (fd < 0) {
		snprintf(value, sizeof(value), "%lu", id);
		return kf_fail(&vm->ctx->reason,
			       &(struct kf_fault){ .error = fd,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .operation = "KVM_CREATE_VCPU",
						   .object = "vCPU",
						   .value = value },
			       "vCPU %lu cannot be created: %s", id, kf_errno_text(fd));
	}
	err = new_handle(vm, fd, false, ret_vcpu);
	if (err)
		kf_close(vm->ctx, fd);
	return err;
}

KVMFEAT_EXPORT int kvmfeat_vcpu_wrap(struct kvmfeat_vm *vm, int fd, struct kvmfeat_vcpu **ret_vcpu)
{
	char value[16];

	if (fd < 0) {
		snprintf(value, sizeof(value), "%d", fd);
		return kf_invalid(&vm->ctx->reason, "wrap a vCPU", "vCPU descriptor", value,
				  "vCPU descriptor %d is negative", fd);
	}
	return new_handle(vm, fd, true, ret_vcpu);
}

KVMFEAT_EXPORT void kvmfeat_vcpu_free(struct kvmfeat_vcpu *vcpu)
{
	if (!vcpu)
		return;
	if (!vcpu->borrowed)
		kf_close(vcpu->vm->ctx, vcpu->fd);
	free(vcpu);
}

KVMFEAT_EXPORT int kvmfeat_vcpu_fd(const struct kvmfeat_vcpu *vcpu)
{
	return vcpu->fd;
}

KVMFEAT_EXPORT const struct kvmfeat_error *kvmfeat_vcpu_error(const struct kvmfeat_vcpu *vcpu)
{
	return &vcpu->reason.error;
}
