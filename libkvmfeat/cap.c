// SPDX-License-Identifier: LGPL-2.1-or-later
/* Capabilities: one question, or all of them. Their names are in cap-names.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kvm.h>

#include "internal.h"

/* Numbers below this are asked even when they have no name. */
#define SCAN_END 1024

struct kvmfeat_cap_list {
	size_t count;
	struct kvmfeat_cap caps[];
};

KVMFEAT_EXPORT int kvmfeat_cap_get_api_version(struct kvmfeat_ctx *ctx, int *ret_version)
{
	int fd, err = kvmfeat_ctx_get_kvm_fd(ctx, &fd);

	if (!err)
		*ret_version = KVM_API_VERSION; /* another one is refused there */
	return err;
}

int kf_check_extension(struct kvmfeat_ctx *ctx, struct kf_reason *reason, int fd,
		       const char *object, unsigned int number, int *ret_value)
{
	int value = kf_ioctl(ctx, fd, KVM_CHECK_EXTENSION, number);
	const char *name;
	char text[16];

	if (value >= 0) {
		*ret_value = value;
		return 0;
	}
	name = kvmfeat_cap_name(number);
	snprintf(text, sizeof(text), "%u", number);
	return kf_fail(reason,
		       &(struct kf_fault){ .error = value,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = value == -EPERM ? KVMFEAT_WHY_PERMISSION :
								    KVMFEAT_WHY_NONE,
					   .operation = "KVM_CHECK_EXTENSION",
					   .object = object,
					   .value = text },
		       "%s does not answer for capability %s: %s", object, name ? name : text,
		       kf_errno_text(value));
}

KVMFEAT_EXPORT int kvmfeat_cap_get(struct kvmfeat_ctx *ctx, unsigned int number, int *ret_value)
{
	/* Once it is open, a question costs the ioctl and no further call or return. */
	if (ctx->kvm_fd < 0) {
		int fd, err = kvmfeat_ctx_get_kvm_fd(ctx, &fd);

		if (err)
			return err;
	}
	return kf_check_extension(ctx, &ctx->reason, ctx->kvm_fd, "/dev/kvm", number, ret_value);
}

static int ask(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, unsigned int number,
	       struct kvmfeat_cap *ret_cap)
{
	struct kvmfeat_cap cap = {
		.number = number,
		.name = kvmfeat_cap_name(number),
		.alias = kf_cap_alias(ctx->arch, number),
		.has_vm = vm,
	};
	int err = kvmfeat_cap_get(ctx, number, &cap.system);

	/* Some are for a VM alone: KVM_CAP_MSI_DEVID in kvm_vm_ioctl_check_extension() of arm64. */
	cap.has_system = !err;
	if (err == -EINVAL)
		err = 0;
	if (!err && vm)
		err = kvmfeat_vm_get_cap(vm, number, &cap.vm);
	if (!err)
		*ret_cap = cap;
	return err;
}

KVMFEAT_EXPORT int kvmfeat_cap_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
					 struct kvmfeat_cap_list **ret_list)
{
	/* Room for every scanned number and for the one of ours above them. */
	struct kvmfeat_cap_list *list =
		kf_alloc(ctx, NULL, 1, sizeof(*list) + (SCAN_END + 1) * sizeof(list->caps[0]));
	struct kvmfeat_cap *cap;
	int err;

	if (!list)
		return kf_no_memory(&ctx->reason, "list capabilities");
	for (unsigned int i = 0; i <= SCAN_END; i++) {
		unsigned int number = i < SCAN_END ? i : KVM_CAP_ARM_HDBSS_KVMFEAT;

		cap = &list->caps[list->count];
		err = ask(ctx, vm, number, cap);
		if (err) {
			free(list);
			return err;
		}
		if (cap->name || cap->system || cap->vm)
			list->count++;
	}
	*ret_list = list;
	return 0;
}

KVMFEAT_EXPORT size_t kvmfeat_cap_list_count(const struct kvmfeat_cap_list *list)
{
	return list->count;
}

KVMFEAT_EXPORT const struct kvmfeat_cap *kvmfeat_cap_list_at(const struct kvmfeat_cap_list *list,
							     size_t index)
{
	return index < list->count ? &list->caps[index] : NULL;
}

KVMFEAT_EXPORT void kvmfeat_cap_list_free(struct kvmfeat_cap_list *list)
{
	free(list);
}
