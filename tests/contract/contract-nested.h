/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library promises of a vCPU's state on x86, and what its order relies on in the
 * kernel: run against the fake kernel by the unit tests and against the real one by the live
 * tests.
 */
#ifndef CONTRACT_NESTED_H
#define CONTRACT_NESTED_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "internal.h"

struct contract_nested {
	struct kvmfeat_ctx *ctx;
	const struct kf_sys *sys;
	struct kvmfeat_vm *vm;
	struct kvmfeat_vm *other_vm;
	struct kvmfeat_vcpu *vcpu; /* number 1, of @vm */
	struct kvmfeat_vcpu *other; /* number 1, of @other_vm */
	void *data; /* the caller's */
};

/* Makes VMs, with a local APIC in the kernel, and vCPUs; 0, or an error. */
int contract_nested_begin(struct contract_nested *contract);
void contract_nested_end(struct contract_nested *contract);

void contract_nested_a_state_goes_to_another_vcpu(void **state);
void contract_nested_saving_runs_no_guest(void **state);
void contract_nested_a_new_vcpu_has_no_nested_state(void **state);
void contract_nested_reading_mp_state_takes_an_init(void **state);
void contract_nested_setting_regs_drops_a_pending_exception(void **state);
void contract_nested_a_deadline_needs_the_timers_mode(void **state);
void contract_nested_setting_msrs_stops_at_one_that_is_refused(void **state);
void contract_nested_cpuid_needs_room(void **state);

#define CONTRACT_NESTED_TEST(name, setup, teardown)                                                \
	cmocka_unit_test_setup_teardown(contract_nested_##name, setup, teardown)

#define CONTRACT_NESTED_TESTS(setup, teardown)                                                     \
	CONTRACT_NESTED_TEST(a_state_goes_to_another_vcpu, setup, teardown),                       \
		CONTRACT_NESTED_TEST(saving_runs_no_guest, setup, teardown),                       \
		CONTRACT_NESTED_TEST(a_new_vcpu_has_no_nested_state, setup, teardown),             \
		CONTRACT_NESTED_TEST(reading_mp_state_takes_an_init, setup, teardown),             \
		CONTRACT_NESTED_TEST(setting_regs_drops_a_pending_exception, setup, teardown),     \
		CONTRACT_NESTED_TEST(a_deadline_needs_the_timers_mode, setup, teardown),           \
		CONTRACT_NESTED_TEST(setting_msrs_stops_at_one_that_is_refused, setup, teardown),  \
		CONTRACT_NESTED_TEST(cpuid_needs_room, setup, teardown)

#endif
