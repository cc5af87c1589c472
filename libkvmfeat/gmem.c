// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * guest_memfd of a VM: create and bind. Its memory is in gmem-memory.c, the list of all of the
 * host in gmem-list.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "internal.h"
#include "probe-rows.h"

#define KNOWN_FLAGS (KVMFEAT_GMEM_MMAP | KVMFEAT_GMEM_INIT_SHARED)
#define VALUE_SIZE 24

bool kf_page_aligned(uint64_t number)
{
	return number % (uint64_t)getpagesize() == 0;
}

/* The ioctl is not there at all: the architecture, the release, or the build lacks it. */
static int no_gmem(struct kvmfeat_ctx *ctx, const char *operation)
{
	struct kf_fault fault = {
		.error = -EOPNOTSUPP,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = operation,
		.object = "guest_memfd",
		.value = ctx->release,
	};
	const struct kf_feature *row = kf_feature("gmem.create");
	const char *since = kf_feature_since(row, ctx->arch);
	char remedy[32];

	if (ctx->arch && !(row->archs & ctx->arch)) {
		fault.why = KVMFEAT_WHY_OTHER_ARCH;
		return kf_fail(&ctx->reason, &fault,
			       "guest_memfd is not there on %s: x86 and arm64 have it",
			       ctx->arch_name);
	}
	if (kf_older(ctx->release, since)) {
		snprintf(remedy, sizeof(remedy), "Linux %s or newer", since);
		fault.why = KVMFEAT_WHY_KERNEL_VERSION;
		fault.remedy = remedy;
		return kf_fail(&ctx->reason, &fault,
			       "Linux %s has no guest_memfd: it came with %s on %s", ctx->release,
			       since, ctx->arch_name);
	}
	fault.why = KVMFEAT_WHY_KERNEL_CONFIG;
	fault.remedy = "a kernel with CONFIG_KVM_GUEST_MEMFD (CONFIG_KVM_PRIVATE_MEM before 6.18)";
	return kf_fail(&ctx->reason, &fault, "Linux %s was built without guest_memfd",
		       ctx->release);
}

/* Before 6.18 only VMs with private memory had guest_memfd. */
static bool vm_type_lacks_gmem(struct kvmfeat_vm *vm)
{
	int value;

	return !kvmfeat_vm_get_cap(vm, KVM_CAP_GUEST_MEMFD, &value) && !value;
}

static int fail_vm_type(struct kvmfeat_ctx *ctx, const char *operation)
{
	return kf_fail(&ctx->reason,
		       &(struct kf_fault){ .error = -EOPNOTSUPP,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = KVMFEAT_WHY_KERNEL_VERSION,
					   .operation = operation,
					   .object = "KVM_CAP_GUEST_MEMFD",
					   .value = "0",
					   .remedy = "Linux 6.18 or newer, or a VM type with "
						     "private memory" },
		       "VMs of this type have no guest_memfd on Linux %s", ctx->release);
}

static const char *flag_names(int mask)
{
	static const char *const names[] = { "none", "MMAP", "INIT_SHARED",
					     "MMAP and INIT_SHARED" };

	return names[(unsigned int)mask & KNOWN_FLAGS];
}

static int open_failed(struct kvmfeat_vm *vm, int err, uint64_t size_bytes, unsigned int flags)
{
	struct kvmfeat_ctx *ctx = vm->ctx;
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "KVM_CREATE_GUEST_MEMFD",
		.object = "guest_memfd",
	};
	char value[VALUE_SIZE];
	int mask = 0;

	if (err == -ENOTTY)
		return no_gmem(ctx, fault.operation);
	if (err == -EINVAL && vm_type_lacks_gmem(vm))
		return fail_vm_type(ctx, fault.operation);
	fault.value = value;
	/* No answer is an answer, too: kernels without the capability take no flag. */
	if (err == -EINVAL && flags)
		kvmfeat_vm_get_cap(vm, KVM_CAP_GUEST_MEMFD_FLAGS, &mask);
	if (err == -EINVAL && flags & ~(unsigned int)mask) {
		snprintf(value, sizeof(value), "0x%x", flags);
		fault.object = "guest_memfd flags";
		if (!mask) {
			fault.why = KVMFEAT_WHY_KERNEL_VERSION;
			fault.remedy = "Linux 6.18 or newer";
		}
		return kf_fail(&ctx->reason, &fault,
			       "guest_memfd flags 0x%x are refused: this VM takes %s (mask 0x%x)",
			       flags, flag_names(mask), mask);
	}
	snprintf(value, sizeof(value), "%" PRIu64, size_bytes);
	return kf_fail(&ctx->reason, &fault,
		       "a guest_memfd of %" PRIu64 " bytes cannot be created: %s", size_bytes,
		       kf_errno_text(err));
}

KVMFEAT_EXPORT int kvmfeat_gmem_open(struct kvmfeat_vm *vm, uint64_t size_bytes, unsigned int flags,
				     int *ret_fd)
{
	struct kvm_create_guest_memfd create = { .size = size_bytes, .flags = flags };
	struct kvmfeat_ctx *ctx = vm->ctx;
	char value[VALUE_SIZE];
	int fd, err;

	snprintf(value, sizeof(value), "%" PRIu64, size_bytes);
	if (!size_bytes || size_bytes > INT64_MAX || !kf_page_aligned(size_bytes))
		return kf_invalid(&ctx->reason, "create a guest_memfd", "guest_memfd size", value,
				  "guest_memfd size %s is not a multiple of the page size from 1 "
				  "page on",
				  value);
	fd = kf_ioctl(ctx, vm->fd, KVM_CREATE_GUEST_MEMFD, (uintptr_t)&create);
	if (fd < 0)
		return open_failed(vm, fd, size_bytes, flags);
	err = ctx->sys->set_cloexec(ctx->sys, fd);
	if (err) {
		kf_close(ctx, fd);
		snprintf(value, sizeof(value), "%d", fd);
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = err,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .operation = "fcntl",
						   .object = "guest_memfd",
						   .value = value },
			       "guest_memfd %d cannot be made close-on-exec: %s", fd,
			       kf_errno_text(err));
	}
	*ret_fd = fd;
	return 0;
}

static int check_slot(struct kvmfeat_ctx *ctx, const struct kvmfeat_gmem_slot *slot)
{
	const struct {
		const char *name;
		uint64_t value;
	} aligned[] = {
		{ "memory size", slot->memory_size },
		{ "guest_memfd offset", slot->offset },
		{ "guest address", slot->guest_phys_addr },
		{ "userspace address", slot->userspace_addr },
	};
	char value[VALUE_SIZE];

	for (size_t i = 0; i < KF_ARRAY_SIZE(aligned); i++)
		if (!kf_page_aligned(aligned[i].value)) {
			snprintf(value, sizeof(value), "0x%" PRIx64, aligned[i].value);
			return kf_invalid(&ctx->reason, "bind a guest_memfd", aligned[i].name,
					  value, "slot %u: %s %s is not page-aligned", slot->slot,
					  aligned[i].name, value);
		}
	/* The kernel would remove the slot. */
	if (!slot->memory_size)
		return kf_invalid(&ctx->reason, "bind a guest_memfd", "memory size", "0",
				  "slot %u: memory size is 0", slot->slot);
	return 0;
}

/* The kernel has one EINVAL for many causes: names the one that can be seen from here. */
static int bind_refused(struct kvmfeat_vm *vm, const struct kvmfeat_gmem_slot *slot,
			struct kf_fault *fault)
{
	struct kvmfeat_ctx *ctx = vm->ctx;
	struct stat st;
	int is_gmem = kf_gmem_stat(ctx, slot->fd, &st);
	char value[64];
	int slots;

	fault->value = value;
	if (!is_gmem) {
		fault->object = "guest_memfd";
		snprintf(value, sizeof(value), "%d", slot->fd);
		return kf_fail(&ctx->reason, fault, "slot %u: descriptor %d is no guest_memfd",
			       slot->slot, slot->fd);
	}
	if (vm_type_lacks_gmem(vm))
		return fail_vm_type(ctx, fault->operation);
	if (is_gmem > 0 && (slot->offset > (uint64_t)st.st_size ||
			    slot->memory_size > (uint64_t)st.st_size - slot->offset)) {
		fault->object = "guest_memfd offset";
		snprintf(value, sizeof(value), "0x%" PRIx64, slot->offset);
		return kf_fail(&ctx->reason, fault,
			       "slot %u: offset 0x%" PRIx64 " with %" PRIu64
			       " bytes is past the end of the guest_memfd (%" PRIu64 " bytes)",
			       slot->slot, slot->offset, slot->memory_size, (uint64_t)st.st_size);
	}
	snprintf(value, sizeof(value), "%u", slot->slot);
	if (!kvmfeat_vm_get_cap(vm, KVM_CAP_NR_MEMSLOTS, &slots) &&
	    (int)(slot->slot & 0xffff) >= slots)
		return kf_fail(&ctx->reason, fault,
			       "slot %u is out of range: the VM has slots 0 to %d", slot->slot,
			       slots - 1);
	return kf_fail(&ctx->reason, fault,
		       "slot %u is refused: it is in use, guest_memfd %d is of another VM or bound "
		       "there already, or an address is out of range",
		       slot->slot, slot->fd);
}

static int bind_failed(struct kvmfeat_vm *vm, int err, const struct kvmfeat_gmem_slot *slot)
{
	char value[VALUE_SIZE];
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "KVM_SET_USER_MEMORY_REGION2",
		.object = "memory slot",
		.value = value,
	};

	snprintf(value, sizeof(value), "%u", slot->slot);
	switch (err) {
	case -ENOTTY:
		return no_gmem(vm->ctx, fault.operation);
	case -EINVAL:
		return bind_refused(vm, slot, &fault);
	case -EEXIST:
		return kf_fail(&vm->ctx->reason, &fault,
			       "slot %u overlaps another: guest address 0x%" PRIx64
			       " or guest_memfd offset 0x%" PRIx64 " is bound already",
			       slot->slot, slot->guest_phys_addr, slot->offset);
	case -EBADF:
		fault.object = "guest_memfd";
		snprintf(value, sizeof(value), "%d", slot->fd);
		return kf_fail(&vm->ctx->reason, &fault, "slot %u: descriptor %d is not open",
			       slot->slot, slot->fd);
	default:
		return kf_fail(&vm->ctx->reason, &fault, "slot %u cannot be bound: %s", slot->slot,
			       kf_errno_text(err));
	}
}

KVMFEAT_EXPORT int kvmfeat_gmem_bind(struct kvmfeat_vm *vm, const struct kvmfeat_gmem_slot *slot)
{
	struct kvmfeat_gmem_slot copy;
	struct kvm_userspace_memory_region2 region;
	const struct kf_opts opts = { "bind a guest_memfd", "kvmfeat_gmem_slot", sizeof(copy),
				      sizeof(copy) };
	int err = kf_opts_take(&vm->ctx->reason, &opts, slot, &copy);

	if (err)
		return err;
	err = check_slot(vm->ctx, &copy);
	if (err)
		return err;
	region = (struct kvm_userspace_memory_region2){
		.slot = copy.slot,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = copy.guest_phys_addr,
		.memory_size = copy.memory_size,
		.userspace_addr = copy.userspace_addr,
		.guest_memfd_offset = copy.offset,
		.guest_memfd = (uint32_t)copy.fd,
	};
	err = kf_ioctl(vm->ctx, vm->fd, KVM_SET_USER_MEMORY_REGION2, (uintptr_t)&region);
	return err ? bind_failed(vm, err, &copy) : 0;
}

KVMFEAT_EXPORT int kvmfeat_gmem_unbind(struct kvmfeat_vm *vm, uint32_t slot)
{
	struct kvm_userspace_memory_region2 region = { .slot = slot };
	int err = kf_ioctl(vm->ctx, vm->fd, KVM_SET_USER_MEMORY_REGION2, (uintptr_t)&region);
	char value[VALUE_SIZE];
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "KVM_SET_USER_MEMORY_REGION2",
		.object = "memory slot",
		.value = value,
	};

	if (!err)
		return 0;
	if (err == -ENOTTY)
		return no_gmem(vm->ctx, fault.operation);
	snprintf(value, sizeof(value), "%u", slot);
	return kf_fail(&vm->ctx->reason, &fault,
		       err == -EINVAL ? "slot %u is not there: %s" :
					"slot %u cannot be removed: %s",
		       slot, kf_errno_text(err));
}

KVMFEAT_EXPORT const char *kvmfeat_gmem_source_name(enum kvmfeat_gmem_source source)
{
	static const char *const names[] = {
		[KVMFEAT_GMEM_UNKNOWN] = "unknown",
		[KVMFEAT_GMEM_ST_BLOCKS] = "st_blocks",
		[KVMFEAT_GMEM_CACHESTAT] = "cachestat",
	};

	return (size_t)source < KF_ARRAY_SIZE(names) ? names[source] : "unknown";
}
