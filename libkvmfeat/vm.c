// SPDX-License-Identifier: LGPL-2.1-or-later
/* VM handles. The list of all VMs of the host is in vm-list.c, vCPUs are in vcpu.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kvm.h>

#include "internal.h"

static int new_handle(struct kvmfeat_ctx *ctx, int fd, bool borrowed, struct kvmfeat_vm **ret_vm)
{
	struct kvmfeat_vm *vm = kf_alloc(ctx, NULL, 1, sizeof(*vm));

	if (!vm)
		return kf_no_memory(&ctx->reason, "make a VM handle");
	vm->ctx = ctx;
	vm->fd = fd;
	vm->borrowed = borrowed;
	*ret_vm = vm;
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_vm_open(struct kvmfeat_ctx *ctx, unsigned long type,
				   struct kvmfeat_vm **ret_vm)
{
	int kvm, fd, err = kvmfeat_ctx_get_kvm_fd(ctx, &kvm);
	char value[24];

	if (err)
		return err;
	do /* registering the MMU notifier is interruptible */
		fd = kf_ioctl(ctx, kvm, KVM_CREATE_VM, type);
	while (fd == -EINTR);
	if (fd < 0) {
		snprintf(value, sizeof(value), "%lu", type);
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = fd,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .why = fd == -EPERM ? KVMFEAT_WHY_PERMISSION :
							  fd == -EBUSY ? KVMFEAT_WHY_BUSY :
									 KVMFEAT_WHY_NONE,
						   .operation = "KVM_CREATE_VM",
						   .object = "/dev/kvm",
						   .value = value },
			       "a VM of type %lu cannot be created: %s", type, kf_errno_text(fd));
	}
	err = new_handle(ctx, fd, false, ret_vm);
	if (err)
		kf_close(ctx, fd);
	return err;
}

KVMFEAT_EXPORT int kvmfeat_vm_wrap(struct kvmfeat_ctx *ctx, int fd, struct kvmfeat_vm **ret_vm)
{
	/*
	 * /dev/kvm and VMs both answer KVM_CHECK_EXTENSION, and only /dev/kvm answers
	 * KVM_GET_API_VERSION; a vCPU answers neither, with EINVAL.
	 */
	int err = kf_ioctl(ctx, fd, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY);
	const bool other_kvm =
		err == -EINVAL || (err >= 0 && kf_ioctl(ctx, fd, KVM_GET_API_VERSION, 0) >= 0);
	char value[16];

	if (err >= 0 && !other_kvm)
		return new_handle(ctx, fd, true, ret_vm);
	if (other_kvm)
		err = -ENOTTY;
	snprintf(value, sizeof(value), "%d", fd);
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){
			       .error = err,
			       .origin = other_kvm ? KVMFEAT_ORIGIN_LIBRARY : KVMFEAT_ORIGIN_KERNEL,
			       .operation = "KVM_CHECK_EXTENSION",
			       .object = "VM descriptor",
			       .value = value,
		       },
		       err == -EIO ? "descriptor %d is a VM of another process, or a dead one: %s" :
				     "descriptor %d is not a VM: %s",
		       fd, kf_errno_text(err));
}

KVMFEAT_EXPORT void kvmfeat_vm_free(struct kvmfeat_vm *vm)
{
	if (!vm)
		return;
	if (!vm->borrowed)
		kf_close(vm->ctx, vm->fd);
	free(vm);
}

KVMFEAT_EXPORT int kvmfeat_vm_fd(const struct kvmfeat_vm *vm)
{
	return vm->fd;
}

KVMFEAT_EXPORT int kvmfeat_vm_get_cap(struct kvmfeat_vm *vm, unsigned int number, int *ret_value)
{
	return kf_check_extension(vm->ctx, &vm->ctx->reason, vm->fd, "the VM", number, ret_value);
}
