/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library and KVM_CAP_ARM_HDBSS_KVMFEAT promise of HDBSS: run against the fake kernel by
 * the unit tests and against the real one by the live tests.
 */
#ifndef CONTRACT_HDBSS_H
#define CONTRACT_HDBSS_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <kvmfeat/kvmfeat.h>

struct kf_sys;

/* The state of each body; the caller makes the context. */
struct contract_hdbss {
	struct kvmfeat_ctx *ctx;
	const struct kf_sys *sys; /* for what only the kernel's interface can express */
	struct kvmfeat_vm *vm;
	void *data; /* the caller's */
};

/* Makes the VM, without a vCPU; 0, or the error of the library. */
int contract_hdbss_begin(struct contract_hdbss *contract);
void contract_hdbss_end(struct contract_hdbss *contract);

void contract_hdbss_the_host_tells_its_limits_and_no_state(void **state);
void contract_hdbss_a_new_vm_is_off_and_has_counted_nothing(void **state);
void contract_hdbss_every_order_can_be_switched_on(void **state);
void contract_hdbss_the_same_order_again_changes_nothing(void **state);
void contract_hdbss_another_order_has_to_wait(void **state);
void contract_hdbss_a_vm_that_is_off_stays_off(void **state);
void contract_hdbss_another_handle_sees_the_state(void **state);
void contract_hdbss_vms_are_switched_each_for_itself(void **state);
void contract_hdbss_vcpus_may_come_before_and_after(void **state);
void contract_hdbss_wrong_arguments_change_nothing(void **state);
void contract_hdbss_a_dirty_ring_excludes_it_both_ways(void **state);

#define CONTRACT_HDBSS_TEST(name, setup, teardown)                                                 \
	cmocka_unit_test_setup_teardown(contract_hdbss_##name, setup, teardown)

#define CONTRACT_HDBSS_TESTS(setup, teardown)                                                      \
	CONTRACT_HDBSS_TEST(the_host_tells_its_limits_and_no_state, setup, teardown),              \
		CONTRACT_HDBSS_TEST(a_new_vm_is_off_and_has_counted_nothing, setup, teardown),     \
		CONTRACT_HDBSS_TEST(every_order_can_be_switched_on, setup, teardown),              \
		CONTRACT_HDBSS_TEST(the_same_order_again_changes_nothing, setup, teardown),        \
		CONTRACT_HDBSS_TEST(another_order_has_to_wait, setup, teardown),                   \
		CONTRACT_HDBSS_TEST(a_vm_that_is_off_stays_off, setup, teardown),                  \
		CONTRACT_HDBSS_TEST(another_handle_sees_the_state, setup, teardown),               \
		CONTRACT_HDBSS_TEST(vms_are_switched_each_for_itself, setup, teardown),            \
		CONTRACT_HDBSS_TEST(vcpus_may_come_before_and_after, setup, teardown),             \
		CONTRACT_HDBSS_TEST(wrong_arguments_change_nothing, setup, teardown),              \
		CONTRACT_HDBSS_TEST(a_dirty_ring_excludes_it_both_ways, setup, teardown)

#endif
