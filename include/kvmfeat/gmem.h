/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest_memfd: guest memory that only a VM and its owner reach. Create, bind, allocate and
 * punch one; account for those of every process.
 */
#ifndef KVMFEAT_GMEM_H
#define KVMFEAT_GMEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vm;
struct kvmfeat_gmem_list;

/** KVMFEAT_GMEM_MMAP - the guest_memfd can be mapped by user space (Linux 6.18) */
#define KVMFEAT_GMEM_MMAP 0x1u
/** KVMFEAT_GMEM_INIT_SHARED - its memory is shared with user space from the start (6.18) */
#define KVMFEAT_GMEM_INIT_SHARED 0x2u

/**
 * enum kvmfeat_gmem_source - Where a figure of allocated bytes comes from
 * @KVMFEAT_GMEM_UNKNOWN: there is no figure
 * @KVMFEAT_GMEM_ST_BLOCKS: fstat(2); the kernel accounts guest_memfd in st_blocks
 * @KVMFEAT_GMEM_CACHESTAT: cachestat(2); exact on kernels from 6.5 that do not account
 */
enum kvmfeat_gmem_source {
	KVMFEAT_GMEM_UNKNOWN = 0,
	KVMFEAT_GMEM_ST_BLOCKS,
	KVMFEAT_GMEM_CACHESTAT,
};

/**
 * struct kvmfeat_gmem_account - What one guest_memfd holds
 * @size: sizeof(struct kvmfeat_gmem_account), set by the caller of kvmfeat_gmem_get_account();
 * what this library does not know is filled with zeroes
 * @inode: its inode number; 0: unknown, below a root whose /proc is a copy
 * @size_bytes: its size; 0: unknown, as before
 * @allocated_bytes: memory allocated in it; 0 when @source is KVMFEAT_GMEM_UNKNOWN
 * @source: where @allocated_bytes comes from
 */
struct kvmfeat_gmem_account {
	size_t size;
	uint64_t inode;
	uint64_t size_bytes;
	uint64_t allocated_bytes;
	enum kvmfeat_gmem_source source;
};

/**
 * struct kvmfeat_gmem_slot - A memory slot backed by a guest_memfd
 * @size: sizeof(struct kvmfeat_gmem_slot)
 * @slot: slot number; bits 16 and up select the address space
 * @fd: guest_memfd of the same VM
 * @offset: first byte of the slot in @fd, page-aligned
 * @guest_phys_addr: where the guest sees the slot, page-aligned
 * @memory_size: bytes, page-aligned
 * @userspace_addr: mapping that serves shared accesses, page-aligned; KVM's own accesses
 * use it even when @fd serves the guest's
 */
struct kvmfeat_gmem_slot {
	size_t size;
	uint32_t slot;
	int fd;
	uint64_t offset;
	uint64_t guest_phys_addr;
	uint64_t memory_size;
	uint64_t userspace_addr;
};

/**
 * struct kvmfeat_gmem_info - One guest_memfd of the host
 * @pid: process that holds it, the lowest if there are several
 * @fds: its descriptors in @pid, ascending
 * @fd_count: length of @fds
 * @holders: the other processes that hold it, ascending; NULL when @holder_count is 0
 * @holder_count: length of @holders
 * @account: inode, size, allocated bytes and their source
 * @reason: why the allocated bytes of @account are unknown; NULL when they are known
 */
struct kvmfeat_gmem_info {
	pid_t pid;
	const int *fds;
	size_t fd_count;
	const pid_t *holders;
	size_t holder_count;
	const struct kvmfeat_gmem_account *account;
	const char *reason;
};

/**
 * kvmfeat_gmem_open() - Create a guest_memfd
 * @vm: VM that it belongs to
 * @size_bytes: its size, a multiple of the page size, greater than 0
 * @flags: KVMFEAT_GMEM_MMAP, KVMFEAT_GMEM_INIT_SHARED or 0; KVM_CAP_GUEST_MEMFD_FLAGS of
 * the VM is the mask of what the kernel takes, and kernels without it take 0 only
 * @ret_fd: receives the descriptor; the caller closes it
 *
 * The kernel hands the descriptor out without close-on-exec; it is set right after, so a
 * fork and exec on another thread in that moment inherits it.
 *
 * Return: 0, or -EINVAL (size or flags; the origin tells who refused), -EOPNOTSUPP (this
 * kernel or VM type has no guest_memfd), -ENOMEM, -EMFILE, -ENFILE.
 * Since: 1.0
 */
int kvmfeat_gmem_open(struct kvmfeat_vm *vm, uint64_t size_bytes, unsigned int flags, int *ret_fd);

/**
 * kvmfeat_gmem_bind() - Give a guest memory from a guest_memfd
 * @vm: VM
 * @slot: what goes where
 *
 * A slot with a guest_memfd cannot be changed, only removed with kvmfeat_gmem_unbind(),
 * and the kernel refuses dirty logging for it. On error nothing changes.
 *
 * Return: 0, or -EINVAL (alignment, range, not a guest_memfd, or one of another VM),
 * -EEXIST (part of the file or of the address range is bound already; for the file, older
 * kernels such as 6.18 say -EINVAL), -EBADF,
 * -EOPNOTSUPP (no KVM_CAP_USER_MEMORY2 or no guest_memfd), -E2BIG (@slot is newer than this
 * library), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_gmem_bind(struct kvmfeat_vm *vm, const struct kvmfeat_gmem_slot *slot);

/**
 * kvmfeat_gmem_unbind() - Remove a memory slot
 * @vm: VM
 * @slot: slot number
 *
 * The memory stays allocated in the guest_memfd.
 *
 * Return: 0, or -EINVAL (there is no such slot).
 * Since: 1.0
 */
int kvmfeat_gmem_unbind(struct kvmfeat_vm *vm, uint32_t slot);

/**
 * kvmfeat_gmem_allocate() - Allocate memory ahead of use
 * @ctx: context
 * @fd: guest_memfd
 * @offset_bytes: first byte, page-aligned
 * @len_bytes: bytes, page-aligned, greater than 0
 *
 * Memory that is there already stays; repeating the call is harmless. On -ENOMEM and
 * -EINTR the part before the failure stays allocated.
 *
 * Return: 0, or -EINVAL (alignment, past the end of the file, or @fd is no guest_memfd),
 * -ENOMEM, -EINTR, -EBADF.
 * Since: 1.0
 */
int kvmfeat_gmem_allocate(struct kvmfeat_ctx *ctx, int fd, uint64_t offset_bytes,
			  uint64_t len_bytes);

/**
 * kvmfeat_gmem_punch() - Give memory back to the host
 * @ctx: context
 * @fd: guest_memfd
 * @offset_bytes: first byte, page-aligned
 * @len_bytes: bytes, page-aligned, greater than 0
 *
 * The contents are lost. A range past the end of the file changes nothing.
 *
 * Return: 0, or -EINVAL (alignment, or @fd is no guest_memfd), -EBADF.
 * Since: 1.0
 */
int kvmfeat_gmem_punch(struct kvmfeat_ctx *ctx, int fd, uint64_t offset_bytes, uint64_t len_bytes);

/**
 * kvmfeat_gmem_get_account() - How much of a guest_memfd is allocated
 * @ctx: context
 * @fd: guest_memfd of this process
 * @ret_account: receives size, allocated bytes and their source; the caller sets its size before
 *
 * st_blocks is used where the kernel is seen to account in it, else cachestat(2). When
 * neither answers, the source is KVMFEAT_GMEM_UNKNOWN and the call still succeeds.
 *
 * Return: 0, or -EBADF, -EINVAL (@fd is no guest_memfd, or the size of @ret_account).
 * Since: 1.0
 */
int kvmfeat_gmem_get_account(struct kvmfeat_ctx *ctx, int fd,
			     struct kvmfeat_gmem_account *ret_account);

/**
 * kvmfeat_gmem_list_load() - Find the guest_memfds of this host
 * @ctx: context
 * @pid: look into this process only; 0: into all
 * @ret_list: receives the list, in ascending order of pid and inode; free it with
 * kvmfeat_gmem_list_free()
 *
 * One entry per inode, however many descriptors and processes hold it. The descriptors of
 * other processes are copied for a moment (pidfd_getfd(2)) where only cachestat(2) can
 * tell the allocated bytes; that needs the permission to trace the process.
 *
 * Return: 0, or with a @pid: -ESRCH (no such process), -EACCES (it is hidden, or the caller may
 * not look into it); the kernel's error for /proc itself; -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_gmem_list_load(struct kvmfeat_ctx *ctx, pid_t pid, struct kvmfeat_gmem_list **ret_list);

/**
 * kvmfeat_gmem_list_count() - How many guest_memfds a list holds
 * @list: list
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_gmem_list_count(const struct kvmfeat_gmem_list *list);

/**
 * kvmfeat_gmem_list_at() - One guest_memfd of a list
 * @list: list
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_gmem_info *kvmfeat_gmem_list_at(const struct kvmfeat_gmem_list *list,
						     size_t index);

/**
 * kvmfeat_gmem_list_unseen() - How many processes could not be looked into
 * @list: list
 *
 * Return: the number of processes; -1: /proc is mounted so that other users' processes
 * cannot even be counted (hidepid).
 * Since: 1.0
 */
int kvmfeat_gmem_list_unseen(const struct kvmfeat_gmem_list *list);

/**
 * kvmfeat_gmem_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_gmem_list_free(struct kvmfeat_gmem_list *list);

/**
 * kvmfeat_gmem_source_name() - The name of a source
 * @source: source
 *
 * Return: "st_blocks", "cachestat" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_gmem_source_name(enum kvmfeat_gmem_source source);

#ifdef __cplusplus
}
#endif

#endif
