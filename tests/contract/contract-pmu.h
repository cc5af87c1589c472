/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library and the kernel promise of a vCPU's PMU: run against the fake kernel by the unit
 * tests, against the real one by the live tests, and by kernel/tests/pmu/library.c in the lab,
 * which has no cmocka and defines these assertions itself.
 */
#ifndef CONTRACT_PMU_H
#define CONTRACT_PMU_H

#ifndef CONTRACT_OWN_ASSERTIONS
/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#endif

#include <kvmfeat/kvmfeat.h>

/* The state of each body; the caller makes the context and says how to reach the kernel. */
struct contract_pmu {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu; /* made, and no more */
	int type; /* of a PMU of the host */
	/* A system call's result, or a negative errno. */
	int (*ioctl)(const struct contract_pmu *contract, int fd, unsigned long request, void *arg);
	/* KVM_RUN with immediate_exit, which comes as far as into the kernel's own checks. */
	int (*run)(const struct contract_pmu *contract, struct kvmfeat_vcpu *vcpu);
	/* Gives the VM a GIC in the kernel, after its vCPUs; or readies it. */
	void (*new_gic)(const struct contract_pmu *contract, bool ready);
	void *data; /* the caller's */
};

/* Makes the VM and the vCPU; 0, or the error of the library. */
int contract_pmu_begin(struct contract_pmu *contract);
void contract_pmu_end(struct contract_pmu *contract);

/* On every kernel from Linux 7.3 on */
void contract_pmu_a_vcpu_without_a_pmu_has_nothing_to_set(void **state);
void contract_pmu_the_features_make_a_vcpu_with_a_pmu(void **state);
void contract_pmu_a_selected_pmu_can_be_selected_again(void **state);
void contract_pmu_a_type_that_kvm_does_not_have_is_refused(void **state);
void contract_pmu_the_counters_are_at_most_those_of_the_pmu(void **state);
void contract_pmu_a_filter_stays_with_its_pmu(void **state);
void contract_pmu_an_interrupt_needs_a_gic_and_is_set_once(void **state);
void contract_pmu_a_gic_wants_an_interrupt_before_the_initialisation(void **state);
void contract_pmu_all_vcpus_have_one_ppi_or_an_spi_each(void **state);
void contract_pmu_what_is_initialised_is_closed(void **state);
void contract_pmu_what_has_run_keeps_its_pmu(void **state);
void contract_pmu_a_strict_vcpu_has_no_pmu_until_one_is_selected(void **state);
void contract_pmu_a_configuration_makes_a_vcpu_that_runs(void **state);

/* On this project's kernel */
void contract_pmu_fixed_counters_are_there_for_a_vcpu_with_a_pmu(void **state);
void contract_pmu_fixed_counters_can_be_set_again(void **state);
void contract_pmu_fixed_counters_exclude_a_selected_pmu(void **state);
void contract_pmu_a_selected_pmu_excludes_fixed_counters(void **state);
void contract_pmu_a_filter_comes_after_fixed_counters(void **state);
void contract_pmu_fixed_counters_come_before_the_first_run(void **state);
void contract_pmu_fixed_counters_hold_for_every_vcpu(void **state);
void contract_pmu_fixed_counters_do_for_a_strict_vcpu(void **state);
void contract_pmu_a_configuration_with_fixed_counters_runs(void **state);

/* On Linux 7.3 */
void contract_pmu_a_kernel_without_fixed_counters_says_so(void **state);

#define CONTRACT_PMU_LIST(CASE)                                                                    \
	CASE(a_vcpu_without_a_pmu_has_nothing_to_set), CASE(the_features_make_a_vcpu_with_a_pmu),  \
		CASE(a_selected_pmu_can_be_selected_again),                                        \
		CASE(a_type_that_kvm_does_not_have_is_refused),                                    \
		CASE(the_counters_are_at_most_those_of_the_pmu),                                   \
		CASE(a_filter_stays_with_its_pmu), CASE(an_interrupt_needs_a_gic_and_is_set_once), \
		CASE(a_gic_wants_an_interrupt_before_the_initialisation),                          \
		CASE(all_vcpus_have_one_ppi_or_an_spi_each), CASE(what_is_initialised_is_closed),  \
		CASE(what_has_run_keeps_its_pmu),                                                  \
		CASE(a_strict_vcpu_has_no_pmu_until_one_is_selected),                              \
		CASE(a_configuration_makes_a_vcpu_that_runs)

#define CONTRACT_PMU_FIXED_LIST(CASE)                                                              \
	CASE(fixed_counters_are_there_for_a_vcpu_with_a_pmu),                                      \
		CASE(fixed_counters_can_be_set_again),                                             \
		CASE(fixed_counters_exclude_a_selected_pmu),                                       \
		CASE(a_selected_pmu_excludes_fixed_counters),                                      \
		CASE(a_filter_comes_after_fixed_counters),                                         \
		CASE(fixed_counters_come_before_the_first_run),                                    \
		CASE(fixed_counters_hold_for_every_vcpu),                                          \
		CASE(fixed_counters_do_for_a_strict_vcpu),                                         \
		CASE(a_configuration_with_fixed_counters_runs)

#endif
