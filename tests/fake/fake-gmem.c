// SPDX-License-Identifier: GPL-2.0-or-later
/* guest_memfd of the fake kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include <linux/kvm.h>

#include "fake.h"

#define PAGE 4096u

static bool aligned(uint64_t number)
{
	return number % PAGE == 0;
}

struct fake_gmem *fake_gmem(struct fake *fake, int fd)
{
	struct fake_fd *entry = fake_fd(fake, fd);
	struct fake_gmem *gmem = entry && entry->kind == FAKE_FILE ? entry->data : NULL;

	/* The data of a file may be anything: only an entry of our table is a guest_memfd. */
	for (size_t i = 0; i < FAKE_GMEMS; i++)
		if (gmem == &fake->gmem.gmems[i])
			return gmem;
	return NULL;
}

static void update(struct fake *fake, struct fake_gmem *gmem)
{
	gmem->file.cached_pages = 0;
	for (size_t i = 0; i < FAKE_GMEM_PAGES; i++)
		gmem->file.cached_pages += gmem->allocated[i];
	gmem->file.blocks =
		fake->gmem.accounts ? (blkcnt_t)(gmem->file.cached_pages * PAGE / 512) : 0;
}

static int create(struct fake *fake, int vm, const struct kvm_create_guest_memfd *args)
{
	if (args->flags & ~(uint64_t)fake->vm_caps[KVM_CAP_GUEST_MEMFD_FLAGS])
		return -EINVAL;
	if ((int64_t)args->size <= 0 || !aligned(args->size))
		return -EINVAL;
	for (size_t i = 0; i < FAKE_GMEMS; i++) {
		struct fake_gmem *gmem = &fake->gmem.gmems[i];
		int fd;

		if (gmem->file.ino)
			continue;
		*gmem = (struct fake_gmem){
			.file = { .id = 9000 + i,
				  .dev = 21,
				  .ino = 7000 + i,
				  .size = (off_t)args->size,
				  .f_type = fake->gmem.anon_inode ? 0x09041934 : 0x474d454d },
			.vm = vm,
		};
		fd = fake_open_file(fake, &gmem->file);
		if (fd >= 0)
			fake_fd(fake, fd)->cloexec = false;
		return fd;
	}
	return -ENOMEM;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static struct fake_slot *find_slot(struct fake *fake, int vm, uint32_t slot)
{
	for (size_t i = 0; i < FAKE_SLOTS; i++)
		if (fake->gmem.slots[i].vm == vm && fake->gmem.slots[i].slot == slot)
			return &fake->gmem.slots[i];
	return NULL;
}

/* What kvm_set_memory_region() and kvm_gmem_prepare_memory_region() check, in their order. */
static int check_region(struct fake *fake, int vm,
			const struct kvm_userspace_memory_region2 *region)
{
	struct fake_gmem *gmem = fake_gmem(fake, (int)region->guest_memfd);

	if (region->flags & (KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY) ||
	    !fake->vm_caps[KVM_CAP_GUEST_MEMFD])
		return -EINVAL;
	if (!aligned(region->memory_size) || !aligned(region->guest_phys_addr) ||
	    !aligned(region->userspace_addr) || !aligned(region->guest_memfd_offset) ||
	    region->guest_memfd_offset + region->memory_size < region->guest_memfd_offset)
		return -EINVAL;
	if (region->slot >= (uint32_t)fake->vm_caps[KVM_CAP_NR_MEMSLOTS] ||
	    region->guest_phys_addr + region->memory_size < region->guest_phys_addr)
		return -EINVAL;
	if (find_slot(fake, vm, region->slot))
		return -EINVAL;
	for (size_t i = 0; i < FAKE_SLOTS; i++)
		if (fake->gmem.slots[i].vm == vm &&
		    overlap(fake->gmem.slots[i].address, fake->gmem.slots[i].size,
			    region->guest_phys_addr, region->memory_size))
			return -EEXIST;
	if (!fake_fd(fake, (int)region->guest_memfd))
		return fcntl((int)region->guest_memfd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	if (!gmem || gmem->vm != vm ||
	    region->guest_memfd_offset + region->memory_size > (uint64_t)gmem->file.size)
		return -EINVAL;
	for (size_t i = 0; i < FAKE_SLOTS; i++)
		if (fake->gmem.slots[i].gmem == gmem &&
		    overlap(fake->gmem.slots[i].offset, fake->gmem.slots[i].size,
			    region->guest_memfd_offset, region->memory_size))
			return -EEXIST;
	return 0;
}

static int set_region(struct fake *fake, int vm, const struct kvm_userspace_memory_region2 *region)
{
	struct fake_slot *slot = find_slot(fake, vm, region->slot);
	int err;

	if (!region->memory_size) {
		if (!slot)
			return -EINVAL;
		*slot = (struct fake_slot){ 0 };
		return 0;
	}
	if (!(region->flags & KVM_MEM_GUEST_MEMFD))
		return -EINVAL; /* plain memory: no room needs it yet */
	err = check_region(fake, vm, region);
	if (err)
		return err;
	slot = find_slot(fake, 0, 0);
	if (!slot)
		return -ENOMEM;
	*slot = (struct fake_slot){ .vm = vm,
				    .slot = region->slot,
				    .address = region->guest_phys_addr,
				    .size = region->memory_size,
				    .offset = region->guest_memfd_offset,
				    .gmem = fake_gmem(fake, (int)region->guest_memfd) };
	return 0;
}

int fake_gmem_ioctl(struct fake *fake, int vm, unsigned long request, uintptr_t arg)
{
	if (request != KVM_CREATE_GUEST_MEMFD && request != KVM_SET_USER_MEMORY_REGION2)
		return FAKE_PASS;
	if (fake->gmem.missing)
		return -ENOTTY;
	if (request == KVM_CREATE_GUEST_MEMFD)
		return fake->gmem.create_error ? fake->gmem.create_error :
						 create(fake, vm, (void *)arg);
	return fake->gmem.bind_error ? fake->gmem.bind_error : set_region(fake, vm, (void *)arg);
}

int fake_gmem_fallocate(struct fake *fake, int fd, int mode, uint64_t offset, uint64_t len)
{
	struct fake_gmem *gmem = fake_gmem(fake, fd);
	const bool punch = mode & FALLOC_FL_PUNCH_HOLE;
	const uint64_t pages = fake->gmem.fallocate_error ? len / PAGE / 2 : len / PAGE;

	if ((int64_t)offset < 0 || (int64_t)len <= 0)
		return -EINVAL;
	if (!(mode & FALLOC_FL_KEEP_SIZE) || mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (offset + len > INT64_MAX)
		return -EFBIG;
	if (!aligned(offset) || !aligned(len))
		return -EINVAL;
	if (!punch && offset + len > (uint64_t)gmem->file.size)
		return -EINVAL;
	for (uint64_t i = offset / PAGE; i < offset / PAGE + pages && i < FAKE_GMEM_PAGES; i++)
		gmem->allocated[i] = !punch;
	update(fake, gmem);
	return fake->gmem.fallocate_error;
}

void fake_gmem_hold(struct fake *fake, pid_t pid, int fd, const struct fake_gmem *gmem)
{
	fake_process_fd(fake, pid, fd,
			fake->gmem.anon_inode ? "anon_inode:[kvm-gmem]" : "/[kvm-gmem] (deleted)",
			gmem->file);
}
