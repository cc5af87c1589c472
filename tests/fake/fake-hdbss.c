// SPDX-License-Identifier: GPL-2.0-or-later
/* HDBSS, dirty rings and VM statistics of the fake kernel. */
#include <errno.h>
#include <string.h>

#include <linux/kvm.h>

#include "fake-stats.h"
#include "fake.h"

void fake_hdbss(struct fake *fake, enum kvmfeat_hdbss_variant variant)
{
	strcpy(fake->uname.machine, "aarch64");
	fake->hdbss.variant = variant;
	fake->hdbss.max_order = 9;
	fake_cap(fake, KVM_CAP_DIRTY_LOG_RING_ACQ_REL, 1 << 20);
	fake_cap(fake, KVM_CAP_BINARY_STATS_FD, 1);
	/* What the numbers of the first posted versions mean on Linux 7.3. */
	fake_cap(fake, 239, 1);
	fake_cap(fake, 245, 1);
}

struct fake_hdbss_vm *fake_hdbss_vm(struct fake *fake, int vm)
{
	struct fake_fd *entry = fake_fd(fake, vm);

	return entry && entry->kind == FAKE_VM ? &entry->hdbss : NULL;
}

/* What KVM_CHECK_EXTENSION answers; @vm is NULL for /dev/kvm. */
static int check(const struct fake *fake, const struct fake_hdbss_vm *vm, uintptr_t number)
{
	const struct fake_hdbss_host *host = &fake->hdbss;

	switch (host->variant) {
	case KVMFEAT_HDBSS_KVMFEAT:
		if (number != 0x4844)
			return FAKE_PASS;
		if (!vm)
			return 0x48440001 | (int)(host->max_order << 8);
		if (vm->is_protected)
			return 0;
		return 0x48440001 | vm->on << 12 | (int)(host->max_order << 8) |
		       (vm->on ? (int)(vm->order << 4) : 0);
	case KVMFEAT_HDBSS_KVMFEAT_NEWER:
		return number == 0x4844 ? 0x4844ff02 : FAKE_PASS;
	case KVMFEAT_HDBSS_POSTED:
		return number == 248 ? !vm || !vm->is_protected : FAKE_PASS;
	case KVMFEAT_HDBSS_OPENEULER:
		return number == 502 ? !vm || !vm->is_protected : FAKE_PASS;
	default:
		return FAKE_PASS;
	}
}

static int switch_on(struct fake *fake, struct fake_hdbss_vm *vm, uint64_t order)
{
	if (fake->hdbss.enable_error)
		return fake->hdbss.enable_error;
	vm->on = true;
	vm->order = (unsigned int)order;
	return 0;
}

static int switch_off(struct fake *fake, struct fake_hdbss_vm *vm)
{
	if (fake->hdbss.disable_error)
		return fake->hdbss.disable_error;
	vm->on = false;
	return 0;
}

static int enable_ours(struct fake *fake, struct fake_hdbss_vm *vm,
		       const struct kvm_enable_cap *cap)
{
	if (cap->args[0] > fake->hdbss.max_order || cap->args[1] > 1 || cap->args[2] ||
	    cap->args[3] || vm->is_protected)
		return -EINVAL;
	if (!cap->args[1])
		return switch_off(fake, vm);
	if (vm->dirty_ring)
		return -EINVAL;
	if (vm->on)
		return vm->order == cap->args[0] ? 0 : -EBUSY;
	return switch_on(fake, vm, cap->args[0]);
}

/* The third posted version is not idempotent, and lets dirty rings pass. */
static int enable_posted(struct fake *fake, struct fake_hdbss_vm *vm,
			 const struct kvm_enable_cap *cap)
{
	if (cap->args[0] > 9 || (cap->args[1] && vm->on))
		return -EINVAL;
	return cap->args[1] ? switch_on(fake, vm, cap->args[0]) : switch_off(fake, vm);
}

static int enable_openeuler(struct fake *fake, struct fake_hdbss_vm *vm,
			    const struct kvm_enable_cap *cap)
{
	if (cap->args[0] > 9 || vm->dirty_ring)
		return -EINVAL;
	return cap->args[0] ? switch_on(fake, vm, cap->args[0]) : switch_off(fake, vm);
}

/* kvm_vm_ioctl_enable_dirty_log_ring(), with the arch hook of our kernel */
static int enable_ring(const struct fake *fake, struct fake_hdbss_vm *vm,
		       const struct kvm_enable_cap *cap)
{
	const uint64_t size = cap->args[0];

	if (size < 4096 || size & (size - 1) || vm->dirty_ring ||
	    (vm->on && fake->hdbss.variant == KVMFEAT_HDBSS_KVMFEAT))
		return -EINVAL;
	vm->dirty_ring = true;
	return 0;
}

static int enable_cap(struct fake *fake, struct fake_hdbss_vm *vm, const struct kvm_enable_cap *cap)
{
	static const struct {
		enum kvmfeat_hdbss_variant variant;
		unsigned int number;
		int (*enable)(struct fake *fake, struct fake_hdbss_vm *vm,
			      const struct kvm_enable_cap *cap);
	} variants[] = {
		{ KVMFEAT_HDBSS_KVMFEAT, 0x4844, enable_ours },
		{ KVMFEAT_HDBSS_POSTED, 248, enable_posted },
		{ KVMFEAT_HDBSS_OPENEULER, 502, enable_openeuler },
	};

	if (cap->flags)
		return -EINVAL;
	for (size_t i = 0; i < KF_ARRAY_SIZE(variants); i++)
		if (variants[i].variant == fake->hdbss.variant && variants[i].number == cap->cap) {
			fake->hdbss.enables++;
			return variants[i].enable(fake, vm, cap);
		}
	if (cap->cap == KVM_CAP_DIRTY_LOG_RING_ACQ_REL)
		return enable_ring(fake, vm, cap);
	fake->hdbss.others++;
	return cap->cap == 239 || cap->cap == 245 ? 0 : -EINVAL;
}

static int open_stats(struct fake *fake, int vm)
{
	int fd = fake->hdbss.stats_error ? fake->hdbss.stats_error : fake_new_fd(fake, FAKE_STATS);

	if (fd >= 0)
		fake_fd(fake, fd)->vm = vm;
	return fd;
}

int fake_hdbss_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	const bool is_kvm = fake_fd(fake, fd) && fake_fd(fake, fd)->kind == FAKE_KVM;
	struct fake_hdbss_vm *vm = fake_hdbss_vm(fake, fd);

	if (strcmp(fake->uname.machine, "aarch64") != 0 || (!is_kvm && !vm))
		return FAKE_PASS;
	if (request == KVM_CHECK_EXTENSION)
		return check(fake, vm, arg);
	if (request == KVM_ENABLE_CAP && vm)
		return enable_cap(fake, vm, (const struct kvm_enable_cap *)arg);
	if (request == KVM_GET_STATS_FD && vm)
		return open_stats(fake, fd);
	return FAKE_PASS;
}

/* Those of a VM: some that every kernel has, ours with the counters of HDBSS behind them. */
static size_t vm_stats(struct fake *fake, const struct fake_hdbss_vm *vm, void *bytes, size_t size)
{
	struct fake_stat stats[] = {
		{ "remote_tlb_flush", KVM_STATS_TYPE_CUMULATIVE, 7 },
		{ "pages_4k", KVM_STATS_TYPE_INSTANT, 1234 },
		{ "max_mmu_page_hash_collisions", KVM_STATS_TYPE_PEAK, 3 },
		{ "hdbss_entries", KVM_STATS_TYPE_CUMULATIVE, 0 },
		{ "hdbss_full", KVM_STATS_TYPE_CUMULATIVE, 0 },
		{ "hdbss_drains", KVM_STATS_TYPE_CUMULATIVE, 0 },
		{ "hdbss_errors", KVM_STATS_TYPE_CUMULATIVE, 0 },
	};
	const bool ours = fake->hdbss.variant == KVMFEAT_HDBSS_KVMFEAT;

	for (size_t i = 0; i < FAKE_HDBSS_COUNTERS; i++)
		stats[3 + i].value = vm->counters[i];
	return fake_stats(stats, ours ? 7 : 3, bytes, size);
}

/* The id of the descriptor is how far it has been read. */
ssize_t fake_hdbss_read(struct fake *fake, int fd, void *buf, size_t size)
{
	struct fake_fd *entry = fake_fd(fake, fd);
	unsigned char made[1024];
	const unsigned char *bytes = fake->hdbss.stats;
	size_t whole = fake->hdbss.stats_size;

	if (!entry || entry->kind != FAKE_STATS)
		return FAKE_PASS;
	if (fake->hdbss.read_error)
		return fake->hdbss.read_error;
	if (!bytes) {
		whole = vm_stats(fake, fake_hdbss_vm(fake, entry->vm), made, sizeof(made));
		bytes = made;
	}
	if ((size_t)entry->id >= whole)
		return 0;
	if (size > whole - (size_t)entry->id)
		size = whole - (size_t)entry->id;
	memcpy(buf, bytes + entry->id, size);
	entry->id += (long)size;
	return (ssize_t)size;
}
