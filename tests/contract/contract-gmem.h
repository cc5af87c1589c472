/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library promises of guest_memfd, through public functions only: run against the
 * fake kernel by the unit tests and against the real one by the live tests.
 */
#ifndef CONTRACT_GMEM_H
#define CONTRACT_GMEM_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <kvmfeat/kvmfeat.h>

/* The state of each body; the caller makes the context. */
struct contract_gmem {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_vm *vm;
	uint64_t page;
	int fd; /* a guest_memfd of 16 pages */
	int (*close)(struct contract_gmem *contract, int fd);
	void *data; /* the caller's */
};

/* Makes VM and guest_memfd; 0, or the error of the library. */
int contract_gmem_begin(struct contract_gmem *contract);
void contract_gmem_end(struct contract_gmem *contract);

void contract_gmem_new_one_is_empty(void **state);
void contract_gmem_allocated_bytes_are_exact(void **state);
void contract_gmem_allocating_twice_counts_once(void **state);
void contract_gmem_a_range_past_the_end_is_refused_and_punched_in_vain(void **state);
void contract_gmem_bad_sizes_and_flags_are_refused(void **state);
void contract_gmem_misaligned_ranges_never_reach_the_kernel(void **state);
void contract_gmem_other_files_are_refused(void **state);
void contract_gmem_a_slot_is_bound_once(void **state);
void contract_gmem_wrong_slots_are_refused(void **state);
void contract_gmem_bound_memory_does_not_overlap(void **state);

#define CONTRACT_GMEM_TEST(name, setup, teardown)                                                  \
	cmocka_unit_test_setup_teardown(contract_gmem_##name, setup, teardown)

#define CONTRACT_GMEM_TESTS(setup, teardown)                                                       \
	CONTRACT_GMEM_TEST(new_one_is_empty, setup, teardown),                                     \
		CONTRACT_GMEM_TEST(allocated_bytes_are_exact, setup, teardown),                    \
		CONTRACT_GMEM_TEST(allocating_twice_counts_once, setup, teardown),                 \
		CONTRACT_GMEM_TEST(a_range_past_the_end_is_refused_and_punched_in_vain, setup,     \
				   teardown),                                                      \
		CONTRACT_GMEM_TEST(bad_sizes_and_flags_are_refused, setup, teardown),              \
		CONTRACT_GMEM_TEST(misaligned_ranges_never_reach_the_kernel, setup, teardown),     \
		CONTRACT_GMEM_TEST(other_files_are_refused, setup, teardown),                      \
		CONTRACT_GMEM_TEST(a_slot_is_bound_once, setup, teardown),                         \
		CONTRACT_GMEM_TEST(wrong_slots_are_refused, setup, teardown),                      \
		CONTRACT_GMEM_TEST(bound_memory_does_not_overlap, setup, teardown)

#endif
