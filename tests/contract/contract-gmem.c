// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-gmem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGES 16

int contract_gmem_begin(struct contract_gmem *contract)
{
	int err = kvmfeat_vm_open(contract->ctx, 0, &contract->vm);

	contract->page = (uint64_t)sysconf(_SC_PAGESIZE);
	if (err)
		return err;
	err = kvmfeat_gmem_open(contract->vm, PAGES * contract->page, 0, &contract->fd);
	if (err)
		kvmfeat_vm_free(contract->vm);
	return err;
}

void contract_gmem_end(struct contract_gmem *contract)
{
	contract->close(contract, contract->fd);
	kvmfeat_vm_free(contract->vm);
}

static uint64_t allocated_pages(const struct contract_gmem *c)
{
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };

	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_not_equal(account.source, KVMFEAT_GMEM_UNKNOWN);
	assert_int_equal(account.size_bytes, PAGES * c->page);
	assert_int_equal(account.allocated_bytes % c->page, 0);
	return account.allocated_bytes / c->page;
}

static int allocate(const struct contract_gmem *c, uint64_t first, uint64_t pages)
{
	return kvmfeat_gmem_allocate(c->ctx, c->fd, first * c->page, pages * c->page);
}

static int punch(const struct contract_gmem *c, uint64_t first, uint64_t pages)
{
	return kvmfeat_gmem_punch(c->ctx, c->fd, first * c->page, pages * c->page);
}

static void assert_error(const struct contract_gmem *c, int err, int expected,
			 enum kvmfeat_origin origin, const char *text)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(c->ctx);

	assert_int_equal(err, expected);
	assert_int_equal(error->error, expected);
	assert_int_equal(error->origin, origin);
	if (!strstr(error->reason, text))
		fail_msg("no '%s' in: %s", text, error->reason);
}

void contract_gmem_new_one_is_empty(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account) };

	assert_int_equal(allocated_pages(c), 0);
	assert_int_equal(kvmfeat_gmem_get_account(c->ctx, c->fd, &account), 0);
	assert_int_not_equal(account.inode, 0);
}

void contract_gmem_allocated_bytes_are_exact(void **state)
{
	const struct contract_gmem *c = *state;

	assert_int_equal(allocate(c, 0, 5), 0);
	assert_int_equal(allocate(c, 10, 6), 0);
	assert_int_equal(allocated_pages(c), 11);
	assert_int_equal(punch(c, 3, 8), 0);
	assert_int_equal(allocated_pages(c), 8);
	assert_int_equal(punch(c, 0, PAGES), 0);
	assert_int_equal(allocated_pages(c), 0);
}

void contract_gmem_allocating_twice_counts_once(void **state)
{
	const struct contract_gmem *c = *state;

	assert_int_equal(allocate(c, 2, 3), 0);
	assert_int_equal(allocate(c, 2, 3), 0);
	assert_int_equal(allocate(c, 1, 2), 0);
	assert_int_equal(allocated_pages(c), 4);
}

void contract_gmem_a_range_past_the_end_is_refused_and_punched_in_vain(void **state)
{
	const struct contract_gmem *c = *state;

	assert_int_equal(allocate(c, 0, 1), 0);
	assert_error(c, allocate(c, PAGES - 1, 2), -EINVAL, KVMFEAT_ORIGIN_KERNEL, "ends at 0x");
	assert_int_equal(allocated_pages(c), 1);
	assert_int_equal(punch(c, PAGES, 1000), 0);
	assert_int_equal(allocated_pages(c), 1);
}

void contract_gmem_bad_sizes_and_flags_are_refused(void **state)
{
	const struct contract_gmem *c = *state;
	const uint64_t sizes[] = { 0, c->page + 1, 1ull << 63, UINT64_MAX - c->page + 1 };
	int fd = -100;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_error(c, kvmfeat_gmem_open(c->vm, sizes[i], 0, &fd), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY, "guest_memfd size ");
	assert_error(c, kvmfeat_gmem_open(c->vm, c->page, 1u << 31, &fd), -EINVAL,
		     KVMFEAT_ORIGIN_KERNEL,
		     "guest_memfd flags 0x80000000 are refused: this VM takes");
	assert_int_equal(fd, -100);
}

void contract_gmem_misaligned_ranges_never_reach_the_kernel(void **state)
{
	const struct contract_gmem *c = *state;

	assert_error(c, kvmfeat_gmem_allocate(c->ctx, c->fd, 1, c->page), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "offset 0x1 is not page-aligned");
	assert_error(c, kvmfeat_gmem_allocate(c->ctx, c->fd, 0, 1), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "length 0x1 is not");
	assert_error(c, kvmfeat_gmem_punch(c->ctx, c->fd, 1, c->page), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "offset 0x1");
	assert_error(c, kvmfeat_gmem_punch(c->ctx, c->fd, 0, 0), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "length 0x0 is not");
	assert_error(c, kvmfeat_gmem_punch(c->ctx, c->fd, UINT64_MAX - c->page + 1, c->page),
		     -EINVAL, KVMFEAT_ORIGIN_LIBRARY, "exceeds any file");
	assert_int_equal(allocated_pages(c), 0);
}

void contract_gmem_other_files_are_refused(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_account account = { .size = sizeof(account), .inode = 77 };
	FILE *file = tmpfile();
	int others[2] = { kvmfeat_vm_fd(c->vm), -1 };
	char byte = 0;

	assert_non_null(file);
	assert_int_equal(fputc('x', file), 'x');
	assert_int_equal(fflush(file), 0);
	others[1] = fileno(file);
	for (size_t i = 0; i < 2; i++) {
		assert_error(c, kvmfeat_gmem_get_account(c->ctx, others[i], &account), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY, "is no guest_memfd");
		assert_error(c, kvmfeat_gmem_allocate(c->ctx, others[i], 0, c->page), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY, "is no guest_memfd");
		assert_error(c, kvmfeat_gmem_punch(c->ctx, others[i], 0, c->page), -EINVAL,
			     KVMFEAT_ORIGIN_LIBRARY, "is no guest_memfd");
	}
	assert_int_equal(pread(others[1], &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	fclose(file);
	assert_error(c, kvmfeat_gmem_get_account(c->ctx, -1, &account), -EBADF,
		     KVMFEAT_ORIGIN_KERNEL, "descriptor -1");
	assert_error(c, kvmfeat_gmem_allocate(c->ctx, -1, 0, c->page), -EBADF,
		     KVMFEAT_ORIGIN_KERNEL, "descriptor -1");
	assert_int_equal(account.inode, 77);
}

/* 4 pages of the guest_memfd from page @offset on, at @address in the guest. */
static struct kvmfeat_gmem_slot slot_at(const struct contract_gmem *c, uint32_t number,
					uint64_t offset, uint64_t address)
{
	return (struct kvmfeat_gmem_slot){
		.size = sizeof(struct kvmfeat_gmem_slot),
		.slot = number,
		.fd = c->fd,
		.offset = offset * c->page,
		.guest_phys_addr = address,
		.memory_size = 4 * c->page,
		.userspace_addr = 0x10000000,
	};
}

void contract_gmem_a_slot_is_bound_once(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = slot_at(c, 1, 0, 0);

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), 0);
	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "slot 1 is refused: it is in use");
	assert_int_equal(kvmfeat_gmem_unbind(c->vm, 1), 0);
	assert_error(c, kvmfeat_gmem_unbind(c->vm, 1), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "slot 1 is not there");
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), 0);
}

void contract_gmem_wrong_slots_are_refused(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = slot_at(c, 1, PAGES - 3, 0);
	struct kvmfeat_vm *other;

	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "past the end of the guest_memfd");
	slot = slot_at(c, 1, 0, 0);
	slot.fd = kvmfeat_vm_fd(c->vm);
	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "is no guest_memfd");
	slot.fd = -1;
	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EBADF, KVMFEAT_ORIGIN_KERNEL,
		     "descriptor -1 is not open");
	slot = slot_at(c, 0xffff, 0, 0);
	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "slot 65535 is out of range: the VM has slots 0 to ");
	slot = slot_at(c, 1, 0, 0);
	assert_int_equal(kvmfeat_vm_open(c->ctx, 0, &other), 0);
	assert_error(c, kvmfeat_gmem_bind(other, &slot), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "is of another VM");
	kvmfeat_vm_free(other);
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), 0);
}

void contract_gmem_bound_memory_does_not_overlap(void **state)
{
	const struct contract_gmem *c = *state;
	struct kvmfeat_gmem_slot slot = slot_at(c, 1, 0, 0);
	int err;

	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), 0);
	slot = slot_at(c, 2, 8, 3 * c->page);
	assert_error(c, kvmfeat_gmem_bind(c->vm, &slot), -EEXIST, KVMFEAT_ORIGIN_KERNEL,
		     "slot 2 overlaps another");
	slot = slot_at(c, 2, 3, 0x100000);
	err = kvmfeat_gmem_bind(c->vm, &slot);
	/* Older kernels (6.18, say) answer EINVAL. */
	assert_true(err == -EEXIST || err == -EINVAL);
	assert_error(c, err, err, KVMFEAT_ORIGIN_KERNEL, "bound");
	slot = slot_at(c, 2, 4, 0x100000);
	assert_int_equal(kvmfeat_gmem_bind(c->vm, &slot), 0);
}
