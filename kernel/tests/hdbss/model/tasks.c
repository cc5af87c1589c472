// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who does what: vCPUs in KVM_RUN, in the steps of kvm_arch_vcpu_ioctl_run(), a VMM that reads the
 * log and then stops them, one that switches HDBSS on and off, one that creates a vCPU, and
 * another VM whose TLBs are flushed from here.
 */
#include "model.h"

static struct kvm_vcpu vcpus[MAX_VCPUS];
static int running;
static bool stop, disabling, enabled;

bool CONFIG_ARM64_HW_AFDBM_on = true, ARM64_WORKAROUND_AMPERE_AC03_CPU_38_on;

bool in_disable(void)
{
	return disabling;
}

static void vcpu_load(struct task *task)
{
	preempt_disable();
	task->loaded = task->vcpu;
	task->vcpu->cpu = this_cpu;
	cpus[this_cpu].running = task->vcpu;
	kvm_vcpu_load_vhe(task->vcpu);
	preempt_enable();
}

static void vcpu_put(struct task *task)
{
	preempt_disable();
	kvm_vcpu_put_vhe(task->vcpu);
	cpus[this_cpu].running = NULL;
	task->loaded = NULL;
	preempt_enable();
}

static gfn_t any_page(void)
{
	gfn_t gfn = 8 + rnd() % (GFNS - 8);

	return gfn_to_memslot(&vm, gfn) ? gfn : 8;
}

static enum access run_guest(struct kvm_vcpu *vcpu, gfn_t *gfn)
{
	enum access result = ACCESS_DONE;
	unsigned int n;

	check_entry(vcpu);
	if (enabled && !vm.nested && !vcpu->arch.hdbss.loaded &&
	    (vm.arch.flags & BIT(KVM_ARCH_FLAG_HDBSS)))
		violated(RULE_IDLE, "HDBSS is on, and a vCPU enters the guest without");
	for (n = rnd() % 24; n && result == ACCESS_DONE && !interrupted(); n--) {
		*gfn = any_page();
		if (one_in(8))
			guest_read(*gfn);
		else
			result = guest_write(*gfn);
	}
	return result;
}

static void handle_exit(struct kvm_vcpu *vcpu, enum access result, gfn_t gfn)
{
	vcpu->arch.esr = ESR_HDBSSF;
	switch (result) {
	case ACCESS_FAULT:
		handle_fault(vcpu, gfn, !one_in(8));
		break;
	case ACCESS_FULL:
		vcpu->arch.esr |= ESR_FSC_PERM;
		kvm_hdbss_handle_abort(vcpu);
		break;
	case ACCESS_ABORT:
		vcpu->arch.esr |= ESR_FSC_SEA;
		kvm_hdbss_handle_abort(vcpu);
		break;
	case ACCESS_DONE:
		break;
	}
}

/* One time around the loop of kvm_arch_vcpu_ioctl_run() */
static void enter_and_exit(struct task *task, struct kvm_vcpu *vcpu)
{
	unsigned long flags;
	enum access result;
	gfn_t gfn = 0;

	if (vcpu->requests[0] & BIT(KVM_REQ_RELOAD_HDBSS)) {
		clear_bit(KVM_REQ_RELOAD_HDBSS, vcpu->requests);
		kvm_hdbss_reload(vcpu);
	}
	preempt_disable();
	flags = irqs_disable();
	vcpu->in_guest = true;
	hook();
	if (vcpu->requests[0]) {
		vcpu->in_guest = false;
		irqs_restore(flags);
		preempt_enable();
		return;
	}
	result = run_guest(vcpu, &gfn);
	task->drain_due = true;
	vcpu->in_guest = false;
	irqs_restore(flags);
	preempt_enable();
	if (kvm_hdbss_used(vcpu))
		kvm_hdbss_drain(vcpu);
	task->drain_due = false;
	handle_exit(vcpu, result, gfn);
}

static void vcpu_task(struct task *task)
{
	while (!stop) {
		vcpu_load(task);
		do
			enter_and_exit(task, task->vcpu);
		while (!one_in(4));
		vcpu_put(task);
		hook();
	}
	running--;
}

static void vcpu_create(struct kvm_vcpu *vcpu)
{
	guard(mutex)(&vm.lock);
	*vcpu = (struct kvm_vcpu){ .kvm = &vm, .cpu = -1 };
	vcpu->arch.hw_mmu = &vm.arch.mmu;
	if (kvm_hdbss_vcpu_create(vcpu))
		return;
	if (stop) {
		kvm_hdbss_vcpu_destroy(vcpu);
		return;
	}
	counts.created_while_on += vm.arch.hdbss.has_buffers;
	vm.vcpus[vm.online_vcpus] = vcpu;
	hook();
	vm.online_vcpus++;
	running++;
	task_start(vcpu_task, vcpu);
}

static void creator_task(struct task *task)
{
	unsigned int n = rnd() % 300;

	(void)task;
	while (n--)
		hook();
	while (!stop && vm.online_vcpus < MAX_VCPUS)
		vcpu_create(&vcpus[vm.online_vcpus]);
}

static bool all_stopped(void *arg)
{
	(void)arg;
	return running == 0;
}

static void get_all(void)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		if (vm.slots[i].dirty_bitmap)
			get_dirty_log(&vm.slots[i]);
}

/* What other threads are at does not matter: with the vCPUs stopped, the log is complete. */
static void migration_task(struct task *task)
{
	unsigned int n = 2 + rnd() % 4;
	gfn_t gfn;

	(void)task;
	while (n--) {
		unsigned int pause = rnd() % 400;

		while (pause--)
			hook();
		get_all();
		age(any_page());
	}
	stop = true;
	while (running)
		wait_until(all_stopped, NULL);
	counts.last_get_in_disable += disabling;
	get_all();
	for (gfn = 0; gfn < GFNS; gfn++) {
		struct kvm_memory_slot *slot = gfn_to_memslot(&vm, gfn);

		if (slot && slot->dirty_bitmap && source[gfn] != destination[gfn])
			violated(RULE_LOST, "page %lu was written %u times, and copied after %u%s",
				 (unsigned long)gfn, source[gfn], destination[gfn],
				 disabling ? " (disable is under way)" : "");
	}
}

static void enable(unsigned int order)
{
	bool was_on = vm.arch.flags & BIT(KVM_ARCH_FLAG_HDBSS), was_enabled = enabled;
	unsigned long no_memory = counts.no_memory;
	unsigned int old_order = vm.arch.hdbss.order;
	int result;

	enabled = false;
	result = kvm_hdbss_enable(&vm, order);
	enabled = result == 0 || (result == -EBUSY && was_enabled);
	switch (result) {
	case 0:
		counts.enables++;
		counts.enables_while_running += running > 0 && !was_on;
		if (vm.arch.hdbss.order != order)
			violated(RULE_RESULT, "enabled with another order than asked for");
		break;
	case -EBUSY:
		counts.busy++;
		if (!was_on || order == old_order)
			violated(RULE_RESULT, "EBUSY, and it was %s", was_on ? "on" : "off");
		break;
	case -ENOMEM:
		if (counts.no_memory == no_memory)
			violated(RULE_RESULT, "ENOMEM, and there was memory");
		if (vm.arch.flags & BIT(KVM_ARCH_FLAG_HDBSS))
			violated(RULE_RESULT, "ENOMEM, and it is on");
		if (vm.arch.hdbss.has_buffers)
			violated(RULE_RESULT, "ENOMEM, and there are buffers");
		break;
	default:
		violated(RULE_RESULT, "enable returned %d", result);
	}
	/* A failure may have switched it off meanwhile. */
	if (!result && was_on && order != old_order && !vm.stat.hdbss_errors.counter)
		violated(RULE_RESULT, "another order was taken while it was on");
}

static void switch_task(struct task *task)
{
	unsigned int n = 2 + rnd() % 6;

	(void)task;
	while (n--) {
		unsigned int pause = rnd() % 200;

		while (pause--)
			hook();
		guard(mutex)(&vm.lock);
		if (!one_in(3)) {
			enable(rnd() % 3);
		} else {
			disabling = true;
			enabled = false;
			counts.disables += vm.arch.hdbss.has_buffers;
			kvm_hdbss_disable(&vm);
			disabling = false;
			if (vm.arch.flags & BIT(KVM_ARCH_FLAG_HDBSS))
				violated(RULE_RESULT, "it is on after disable");
		}
	}
}

/* kvm_get_vtcr() sets HA if KVM is built for it, and no erratum forbids it. */
static void check_support(void)
{
	if (!kvm_supports_hdbss())
		violated(RULE_EXCLUDED, "HDBSS is not supported with all that it needs");
	CONFIG_ARM64_HW_AFDBM_on = false;
	if (kvm_supports_hdbss())
		violated(RULE_EXCLUDED, "HDBSS is supported without CONFIG_ARM64_HW_AFDBM");
	CONFIG_ARM64_HW_AFDBM_on = true;
	ARM64_WORKAROUND_AMPERE_AC03_CPU_38_on = true;
	if (kvm_supports_hdbss())
		violated(RULE_EXCLUDED, "HDBSS is supported with erratum AC03_CPU_38");
	ARM64_WORKAROUND_AMPERE_AC03_CPU_38_on = false;
}

/* What HDBSS does not go along with, asked of a VM that has no vCPU */
static void check_excluded(void)
{
	guard(mutex)(&vm.lock);
	vm.is_protected = true;
	if (allowed_with_pkvm(&vm) || allowed_with_pkvm(NULL))
		violated(RULE_EXCLUDED, "protected KVM lets the capability through");
	vm.is_protected = false;
	if (allowed_with_pkvm(&vm))
		violated(RULE_EXCLUDED, "protected KVM lets it through for VMs that are not");
	vm.dirty_ring_size = 4096;
	if (kvm_hdbss_enable(&vm, 0) != -EINVAL)
		violated(RULE_EXCLUDED, "it is enabled with a dirty ring");
	vm.dirty_ring_size = 0;
	if (!kvm_arch_allow_dirty_ring(&vm))
		violated(RULE_EXCLUDED, "a dirty ring is refused with HDBSS off");
	if (kvm_hdbss_enable(&vm, 0))
		violated(RULE_RESULT, "it is not enabled for a VM without vCPUs");
	if (kvm_arch_allow_dirty_ring(&vm))
		violated(RULE_EXCLUDED, "a dirty ring is allowed with HDBSS on");
	if (one_in(2))
		return;
	kvm_hdbss_disable(&vm);
	if (!kvm_arch_allow_dirty_ring(&vm))
		violated(RULE_EXCLUDED, "a dirty ring is refused after disable");
}

static void foreign_task(struct task *task)
{
	unsigned int n = rnd() % 8;

	(void)task;
	while (n--) {
		unsigned int pause = rnd() % 100;

		while (pause--)
			hook();
		counts.foreign_flushes++;
		if (one_in(2))
			__kvm_tlb_flush_vmid(&other_vm.arch.mmu);
		else
			__kvm_tlb_flush_vmid(&vm.arch.mmu);
	}
}

static void first_task(struct task *task)
{
	unsigned int i;

	(void)task;
	check_support();
	check_excluded();
	for (i = 0; i < 2; i++)
		vcpu_create(&vcpus[i]);
	memory_shortage(one_in(2));
	task_start(migration_task, NULL);
	task_start(switch_task, NULL);
	task_start(foreign_task, NULL);
	if (one_in(2))
		task_start(creator_task, NULL);
}

void tasks_start(void)
{
	running = 0;
	stop = disabling = enabled = false;
	task_start(first_task, NULL);
}
