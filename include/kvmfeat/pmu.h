/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The virtual PMU of arm64 guests: the PMUs of the host, what a vCPU gets of them, and the event
 * filter. A host whose CPUs have different PMUs is heterogeneous: there a vPMU counts on the CPUs
 * of one PMU only, unless it has fixed counters only.
 */
#ifndef KVMFEAT_PMU_H
#define KVMFEAT_PMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>
#include <kvmfeat/probe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vcpu;
struct kvmfeat_vm;
struct kvmfeat_pmu_filter;
struct kvmfeat_pmu_list;

/** KVMFEAT_PMU_EVENTS - event numbers that there can be; a PMUv3 of Armv8.0 has 1024 of them */
#define KVMFEAT_PMU_EVENTS 65536u

/**
 * enum kvmfeat_pmu_answer - Yes, no, or not known
 * @KVMFEAT_PMU_UNKNOWN: it could not be seen; a reason stands beside it
 * @KVMFEAT_PMU_NO: no
 * @KVMFEAT_PMU_YES: yes
 */
enum kvmfeat_pmu_answer {
	KVMFEAT_PMU_UNKNOWN = 0,
	KVMFEAT_PMU_NO,
	KVMFEAT_PMU_YES,
};

/**
 * struct kvmfeat_pmu - One CPU PMU of a host
 * @name: its name in /sys/bus/event_source/devices
 * @type: its perf type, which kvmfeat_pmu_set_pmu() takes; -1: not known
 * @cpus: its CPUs, ascending, "0-3,8"; empty: none now; NULL: not known
 * @why: class of @reason
 * @reason: why @type or @cpus is not known, one clause; NULL when both are
 */
struct kvmfeat_pmu {
	const char *name;
	int type;
	const char *cpus;
	enum kvmfeat_why why;
	const char *reason;
};

/**
 * struct kvmfeat_pmu_mix - How the PMUs of a host share its CPUs
 * @heterogeneous: whether several PMUs have CPUs; KVMFEAT_PMU_NO also where there is none
 * @uncovered: possible CPUs that no PMU has, as text; empty: none; NULL: not known. While there is
 * one, this project's kernel refuses fixed counters only (-ENODEV). Some hosts tell the PMU of a
 * CPU only when it has been online once
 * @offline: possible CPUs that are offline; empty: none; NULL: not known
 * @why: class of @reason
 * @reason: what could not be seen, or that there is no PMU, one clause; NULL when all is known
 * @advice: whether fixed counters only are of use here, one sentence; NULL: the host is no arm64
 */
struct kvmfeat_pmu_mix {
	enum kvmfeat_pmu_answer heterogeneous;
	const char *uncovered;
	const char *offline;
	enum kvmfeat_why why;
	const char *reason;
	const char *advice;
};

/**
 * struct kvmfeat_pmu_host - What KVM on a host offers
 * @size: sizeof(struct kvmfeat_pmu_host), set by the caller; what this library does not know is
 * filled with zeroes
 * @state: KVMFEAT_STATE_AVAILABLE: a vCPU can have a PMU; KVMFEAT_STATE_ABSENT: none can
 * @why: class of @reason
 * @strict: whether a vCPU can have KVM_ARM_VCPU_PMU_V3_STRICT, with which no PMU is chosen for it
 * @counters: event counters of the PMU that KVM takes by default on the CPU that it was asked on;
 * -1: not known
 * @fixed: whether a vPMU can have fixed counters only, as @state
 * @fixed_why: class of @fixed_reason
 * @arch: architecture of the host, as in &struct kvmfeat_host
 * @reason: why @state is not available, one clause; empty when it is
 * @remedy: what would help; empty when nothing is known
 * @fixed_reason: why @fixed is not available, one clause; empty when it is
 * @fixed_remedy: what would help; empty when nothing is known
 */
struct kvmfeat_pmu_host {
	size_t size;
	enum kvmfeat_state state;
	enum kvmfeat_why why;
	enum kvmfeat_pmu_answer strict;
	int counters;
	enum kvmfeat_state fixed;
	enum kvmfeat_why fixed_why;
	char arch[16];
	char reason[256];
	char remedy[256];
	char fixed_reason[256];
	char fixed_remedy[256];
};

/**
 * struct kvmfeat_pmu_state - What is known of the PMU of a VM
 * @size: sizeof(struct kvmfeat_pmu_state), set by the caller; what this library does not know is
 * filled with zeroes
 * @fixed: whether it has fixed counters only
 * @exclusive: what this kernel does with fixed counters only and a selected PMU:
 * KVMFEAT_PMU_YES: they exclude each other, as on this project's kernel; KVMFEAT_PMU_NO: the last
 * one wins, as in the third posted version
 * @type: perf type of the PMU that was selected; -1: none was, or not known
 * @filter: whether an event filter was set; KVMFEAT_PMU_NO is never told
 * @why: class of @reason
 * @reason: what has to be known: why something is not, or that selecting a PMU has replaced fixed
 * counters only; empty when there is nothing
 *
 * No kernel shows any of this: it is what went through this handle and its vCPUs.
 */
struct kvmfeat_pmu_state {
	size_t size;
	enum kvmfeat_pmu_answer fixed;
	enum kvmfeat_pmu_answer exclusive;
	int type;
	enum kvmfeat_pmu_answer filter;
	enum kvmfeat_why why;
	char reason[256];
};

/**
 * enum kvmfeat_pmu_action - What happens to an event
 * @KVMFEAT_PMU_ALLOW: a counter that is set to it counts
 * @KVMFEAT_PMU_DENY: such a counter stands still
 */
enum kvmfeat_pmu_action {
	KVMFEAT_PMU_ALLOW = 0,
	KVMFEAT_PMU_DENY = 1,
};

/**
 * struct kvmfeat_pmu_range - One range of an event filter, as the kernel gets it
 * @first: its first event
 * @count: number of its events; 0: an empty range, which only sets the default
 * @action: what happens to them; with an event that is in no range, the opposite happens
 */
struct kvmfeat_pmu_range {
	uint16_t first;
	uint16_t count;
	enum kvmfeat_pmu_action action;
};

/**
 * enum kvmfeat_pmu_step - What kvmfeat_pmu_configure() can do, in its order
 * @KVMFEAT_PMU_STEP_SET_PMU: kvmfeat_pmu_set_pmu()
 * @KVMFEAT_PMU_STEP_FIXED: kvmfeat_pmu_set_fixed_counters_only()
 * @KVMFEAT_PMU_STEP_NR_COUNTERS: kvmfeat_pmu_set_nr_counters()
 * @KVMFEAT_PMU_STEP_FILTER: kvmfeat_pmu_set_filter()
 * @KVMFEAT_PMU_STEP_IRQ: kvmfeat_pmu_set_irq()
 * @KVMFEAT_PMU_STEP_INIT: kvmfeat_pmu_init()
 */
enum kvmfeat_pmu_step {
	KVMFEAT_PMU_STEP_SET_PMU = 1,
	KVMFEAT_PMU_STEP_FIXED = 2,
	KVMFEAT_PMU_STEP_NR_COUNTERS = 4,
	KVMFEAT_PMU_STEP_FILTER = 8,
	KVMFEAT_PMU_STEP_IRQ = 16,
	KVMFEAT_PMU_STEP_INIT = 32,
};

/**
 * struct kvmfeat_pmu_config - What a vCPU's PMU is to be
 * @size: sizeof(struct kvmfeat_pmu_config)
 * @steps: the sum of the steps to do, &enum kvmfeat_pmu_step
 * @strict: the vCPU has KVM_ARM_VCPU_PMU_V3_STRICT: a PMU or fixed counters only must be among the
 * steps, or have gone through a handle of this VM, before the filter, the number of counters and
 * the initialisation
 * @type: for KVMFEAT_PMU_STEP_SET_PMU
 * @nr_counters: for KVMFEAT_PMU_STEP_NR_COUNTERS
 * @filter: for KVMFEAT_PMU_STEP_FILTER; it stays the caller's
 * @intid: for KVMFEAT_PMU_STEP_IRQ
 */
struct kvmfeat_pmu_config {
	size_t size;
	unsigned int steps;
	bool strict;
	int type;
	unsigned int nr_counters;
	const struct kvmfeat_pmu_filter *filter;
	unsigned int intid;
};

/**
 * kvmfeat_pmu_list_load() - Find the CPU PMUs of this host
 * @ctx: context
 * @ret_list: receives the list, by type; free it with kvmfeat_pmu_list_free()
 *
 * Reads /sys/bus/event_source/devices, of this host or of a captured tree, and asks no /dev/kvm. A
 * PMU of CPUs is one with a file "cpus": all arm_pmu drivers have it, and hybrid x86 CPUs; uncore
 * PMUs have "cpumask" instead. One that is called "cpu" and has neither counts on every CPU. A
 * file that may not be read is no error: what it holds is not known. A kernel without perf events
 * has an empty list.
 *
 * Return: 0, or -ENOENT (sysfs is not mounted), -EACCES and other errors for the directory,
 * -EBADMSG (a file that can be read is malformed; the reason names it and its text), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_pmu_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_pmu_list **ret_list);

/**
 * kvmfeat_pmu_list_count() - How many PMUs a list holds
 * @list: list
 *
 * Return: the number of entries.
 * Since: 1.0
 */
size_t kvmfeat_pmu_list_count(const struct kvmfeat_pmu_list *list);

/**
 * kvmfeat_pmu_list_at() - One PMU of a list
 * @list: list
 * @index: 0 to count - 1
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_pmu *kvmfeat_pmu_list_at(const struct kvmfeat_pmu_list *list, size_t index);

/**
 * kvmfeat_pmu_list_find() - The PMU of a CPU
 * @list: list
 * @cpu: number of a CPU, such as one that vCPUs are pinned to
 *
 * Return: the entry, valid as long as the list; NULL when no PMU is known to have this CPU.
 * Since: 1.0
 */
const struct kvmfeat_pmu *kvmfeat_pmu_list_find(const struct kvmfeat_pmu_list *list,
						unsigned int cpu);

/**
 * kvmfeat_pmu_list_mix() - How the PMUs of a list share the CPUs
 * @list: list
 *
 * Return: the answer, valid as long as the list.
 * Since: 1.0
 */
const struct kvmfeat_pmu_mix *kvmfeat_pmu_list_mix(const struct kvmfeat_pmu_list *list);

/**
 * kvmfeat_pmu_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_pmu_list_free(struct kvmfeat_pmu_list *list);

/**
 * kvmfeat_pmu_get_host() - What KVM offers on this host
 * @ctx: context
 * @flags: KVMFEAT_PROBE_DEEP or 0; without it the number of counters and whether
 * fixed counters only are there is not known
 * @ret_host: its size is set; receives the rest
 *
 * On other architectures nothing is asked. A deep question makes a VM with a vCPU, sets fixed
 * counters only for it, runs nothing, and destroys both.
 *
 * Return: 0, or -EINVAL (@flags, or size of @ret_host), or an error of kvmfeat_ctx_get_kvm_fd(),
 * KVM_CHECK_EXTENSION, kvmfeat_vm_open(), kvmfeat_vcpu_open(), KVM_ARM_PREFERRED_TARGET,
 * KVM_ARM_VCPU_INIT, KVM_HAS_DEVICE_ATTR or KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_get_host(struct kvmfeat_ctx *ctx, unsigned int flags,
			 struct kvmfeat_pmu_host *ret_host);

/**
 * kvmfeat_pmu_get_state() - What is known of the PMU of a VM
 * @vm: VM; its vCPUs may be running
 * @ret_state: its size is set; receives the rest
 *
 * Return: 0, or -EINVAL (size of @ret_state).
 * Since: 1.0
 */
int kvmfeat_pmu_get_state(struct kvmfeat_vm *vm, struct kvmfeat_pmu_state *ret_state);

/**
 * kvmfeat_pmu_get_features() - What makes KVM_ARM_VCPU_INIT give a vCPU a PMU
 * @vm: VM
 * @strict: also have KVM_ARM_VCPU_PMU_V3_STRICT: KVM then chooses no PMU by itself, and the guest
 * sees the SLOTS of the selected one
 * @ret_bits: receives the bits to set in features[0] of struct kvm_vcpu_init
 *
 * All vCPUs of a VM must have the same.
 *
 * Return: 0, or -EOPNOTSUPP (this VM can have no PMU, this kernel has no strict one, or the host is
 * no arm64), or an error of KVM_CHECK_EXTENSION.
 * Since: 1.0
 */
int kvmfeat_pmu_get_features(struct kvmfeat_vm *vm, bool strict, uint32_t *ret_bits);

/**
 * kvmfeat_pmu_has_fixed_counters_only() - Whether a vCPU can have fixed counters only
 * @vcpu: vCPU, after KVM_ARM_VCPU_INIT with a PMU
 * @ret_has: receives the answer
 *
 * It tells what the kernel has, not what is set: see kvmfeat_pmu_get_state().
 *
 * Return: 0, or -ENODEV (the vCPU has no PMU), -EOPNOTSUPP (the host is no arm64), or another error
 * of KVM_HAS_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_has_fixed_counters_only(struct kvmfeat_vcpu *vcpu, bool *ret_has);

/**
 * kvmfeat_pmu_set_fixed_counters_only() - Have the cycle counter and no other, on every CPU
 * @vcpu: one vCPU of the VM, after KVM_ARM_VCPU_INIT with a PMU
 *
 * Although it goes through a vCPU, it holds for the whole VM: call it once, before a filter, before
 * the PMU of any vCPU is initialised and before any has run. It cannot be taken back. The guest
 * then sees PMCR_EL0.N, PMCEID0_EL0, PMCEID1_EL0 and PMMIR_EL1 as 0. A VM that has it stays as it
 * is.
 *
 * With kvmfeat_pmu_set_pmu() it is as &struct kvmfeat_pmu_state.exclusive tells.
 *
 * Return: 0, or -EOPNOTSUPP (this kernel does not have it, or the host is no arm64), -ENODEV (the
 * vCPU has no PMU, or a possible CPU of the host has none), -EBUSY (too late, or a PMU is selected:
 * the reason names the cause, or those that it can be), or another error of KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_set_fixed_counters_only(struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_pmu_set_pmu() - Select the PMU of the host that the guest's counters run on
 * @vcpu: one vCPU of the VM, after KVM_ARM_VCPU_INIT with a PMU
 * @type: perf type, of kvmfeat_pmu_list_load()
 *
 * It holds for the whole VM. Its vCPUs then run on the CPUs of this PMU only: on another,
 * KVM_RUN ends with KVM_EXIT_FAIL_ENTRY. The number of counters becomes that of the PMU. Where the
 * last one wins, it replaces fixed counters only; kvmfeat_pmu_get_state() tells so. It changes
 * the VM: it is no way to find out what there is.
 *
 * Return: 0, or -EINVAL (origin library: @type is negative), -ENXIO (KVM has no PMU of this type),
 * -EBUSY (as kvmfeat_pmu_set_fixed_counters_only(), or a filter is there with another PMU), -ENODEV
 * (the vCPU has no PMU), -EOPNOTSUPP (the kernel has no such attribute, or the host is no arm64),
 * or another error of KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_set_pmu(struct kvmfeat_vcpu *vcpu, int type);

/**
 * kvmfeat_pmu_set_nr_counters() - Give the guest fewer event counters
 * @vcpu: one vCPU of the VM, after KVM_ARM_VCPU_INIT with a PMU
 * @count: what PMCR_EL0.N is to be; with fixed counters only it can only be 0
 *
 * It holds for the whole VM, until a PMU is selected.
 *
 * Return: 0, or -EINVAL (the PMU has fewer, there is none yet, or fixed counters only are set),
 * -EBUSY (too late), -ENODEV (the vCPU has no PMU), -EOPNOTSUPP (the kernel has no such attribute,
 * or the host is no arm64), or another error of KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_set_nr_counters(struct kvmfeat_vcpu *vcpu, unsigned int count);

/**
 * kvmfeat_pmu_set_filter() - Have only some events counted
 * @vcpu: one vCPU of the VM, after KVM_ARM_VCPU_INIT with a PMU
 * @filter: filter; it stays the caller's and may be freed afterwards
 *
 * It holds for the whole VM, and cannot be taken back: the same filter again changes nothing, and
 * ranges of another one are put on top of it. Each range is one call of the kernel; the
 * one that ends highest goes first, as it is the one that can be out of range. When a later one
 * fails, the reason tells how many hold.
 *
 * Return: 0, or -EINVAL (origin library: @filter is empty; origin kernel: this host has 1024 events
 * and the filter more), -EBUSY (too late, or this kernel wants no filter with fixed counters only),
 * -ENXIO (strict, and no PMU is selected), -ENOMEM, -ENODEV (the vCPU has no PMU), -EOPNOTSUPP (the
 * kernel has no such attribute, or the host is no arm64), or another error of KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_set_filter(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_filter *filter);

/**
 * kvmfeat_pmu_set_irq() - Set the overflow interrupt of a vCPU
 * @vcpu: vCPU, after KVM_ARM_VCPU_INIT with a PMU, of a VM with a GIC in the kernel
 * @intid: a PPI, 16 to 31, the same for all vCPUs, or an SPI, 32 to 1019, each another one; with a
 * GICv5 0x20000017, and then it need not be set
 *
 * Return: 0, or -EINVAL (origin library: @intid is out of range; origin kernel: the VM has no GIC
 * in the kernel, or @intid does not fit it or the other vCPUs), -EBUSY (it is set, or the PMU is
 * initialised), -ENODEV (the vCPU has no PMU), -EOPNOTSUPP (the host is no arm64), or another error
 * of KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_set_irq(struct kvmfeat_vcpu *vcpu, unsigned int intid);

/**
 * kvmfeat_pmu_init() - Initialise the PMU of a vCPU, the last step before it runs
 * @vcpu: vCPU, after KVM_ARM_VCPU_INIT with a PMU; a GIC in the kernel is initialised
 *
 * Return: 0, or -ENXIO (no interrupt is set; or strict, and no PMU is selected), -ENODEV (the vCPU
 * has no PMU, or the GIC is not initialised), -EEXIST or -EINVAL (its interrupt is used by another
 * device), -EBUSY (it is initialised), -EOPNOTSUPP (the host is no arm64), or another error of
 * KVM_SET_DEVICE_ATTR.
 * Since: 1.0
 */
int kvmfeat_pmu_init(struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_pmu_configure() - Do several of these steps in the one order that works
 * @vcpu: vCPU, after KVM_ARM_VCPU_INIT with a PMU; a GIC in the kernel is initialised
 * @config: the steps, and what they need
 *
 * The order is that of &enum kvmfeat_pmu_step, whatever the kernel. All that can be seen is checked
 * before the first step. When one fails the reason names it and those that were done, which hold.
 * For further vCPUs of the VM the same steps are right, with another SPI if it is one.
 *
 * Return: 0, or -EINVAL (origin library: no step, an unknown one, a PMU and fixed counters only,
 * event counters with fixed counters only, no filter or an empty one, a type or an interrupt out of
 * range, strict without a PMU; or size of @config), -E2BIG (@config is newer than this library), or
 * the error of the step that failed.
 * Since: 1.0
 */
int kvmfeat_pmu_configure(struct kvmfeat_vcpu *vcpu, const struct kvmfeat_pmu_config *config);

/**
 * kvmfeat_pmu_filter_new() - Make an event filter
 * @ctx: context
 * @ret_filter: receives it, empty; free it with kvmfeat_pmu_filter_free() before @ctx
 *
 * Events are allowed and denied in turn, and the last word on an event holds. As in the kernel, the
 * first call decides what happens to events that are never named: after an allow the others are
 * denied, after a deny they are allowed.
 *
 * Event 0x11 (CPU_CYCLES) decides whether the cycle counter counts. Event 0x0 (SW_INCR) counts
 * whatever a filter says, and 0x1e (CHAIN) is no event of its own; a filter only hides them, as
 * all denied events, from PMCEID0_EL0 and PMCEID1_EL0.
 *
 * Return: 0, or -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_pmu_filter_new(struct kvmfeat_ctx *ctx, struct kvmfeat_pmu_filter **ret_filter);

/**
 * kvmfeat_pmu_filter_allow() - Let a range of events count
 * @filter: filter
 * @first: first event
 * @count: number of events; @first + @count is at most KVMFEAT_PMU_EVENTS
 *
 * Return: 0, or -EINVAL (there are no such events; the filter is as before).
 * Since: 1.0
 */
int kvmfeat_pmu_filter_allow(struct kvmfeat_pmu_filter *filter, unsigned int first,
			     unsigned int count);

/**
 * kvmfeat_pmu_filter_deny() - Let no event of a range count
 * @filter: filter
 * @first: first event
 * @count: number of events; @first + @count is at most KVMFEAT_PMU_EVENTS
 *
 * Return: 0, or -EINVAL (there are no such events; the filter is as before).
 * Since: 1.0
 */
int kvmfeat_pmu_filter_deny(struct kvmfeat_pmu_filter *filter, unsigned int first,
			    unsigned int count);

/**
 * kvmfeat_pmu_filter_clear() - Make a filter empty again
 * @filter: filter
 *
 * Since: 1.0
 */
void kvmfeat_pmu_filter_clear(struct kvmfeat_pmu_filter *filter);

/**
 * kvmfeat_pmu_filter_get_action() - What a filter does with an event
 * @filter: filter
 * @event: event; those from KVMFEAT_PMU_EVENTS on do not exist and are denied
 *
 * Return: the action; an empty filter allows all.
 * Since: 1.0
 */
enum kvmfeat_pmu_action kvmfeat_pmu_filter_get_action(const struct kvmfeat_pmu_filter *filter,
						      unsigned int event);

/**
 * kvmfeat_pmu_filter_count() - How many ranges the kernel gets
 * @filter: filter
 *
 * The fewest that make the same of every event: adjacent and overlapping ranges are one. All have
 * the same action, and what is in none of them has the opposite one.
 *
 * Return: the number of ranges; 0: the filter is empty.
 * Since: 1.0
 */
size_t kvmfeat_pmu_filter_count(const struct kvmfeat_pmu_filter *filter);

/**
 * kvmfeat_pmu_filter_at() - One range that the kernel gets
 * @filter: filter
 * @index: 0 to count - 1; ascending by event
 * @ret_range: receives the range
 *
 * Return: 0, or -EINVAL (@index is out of range).
 * Since: 1.0
 */
int kvmfeat_pmu_filter_at(const struct kvmfeat_pmu_filter *filter, size_t index,
			  struct kvmfeat_pmu_range *ret_range);

/**
 * kvmfeat_pmu_filter_free() - Free a filter
 * @filter: filter, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_pmu_filter_free(struct kvmfeat_pmu_filter *filter);

#ifdef __cplusplus
}
#endif

#endif
