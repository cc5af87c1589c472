// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with fixed counters only is saved on one PMU and restored on another, or the same: its
 * registers are what they were, an overflow that waits is delivered there, and the counter goes on
 * from its value.
 *
 * Red when kvm_vcpu_reload_pmu() clears PMOVSSET_EL0 (cases 2 to 4), and when
 * kvm_arm_pmu_get_max_counters() tells those of the host's PMU (5).
 */
#include "move.h"

#define MIGRATIONS 30

static const u64 registers[] = {
	KVM_ARM64_SYS_REG(SYS_PMCR_EL0),       KVM_ARM64_SYS_REG(SYS_PMCNTENSET_EL0),
	KVM_ARM64_SYS_REG(SYS_PMINTENSET_EL1), KVM_ARM64_SYS_REG(SYS_PMOVSSET_EL0),
	KVM_ARM64_SYS_REG(SYS_PMCCFILTR_EL0),  KVM_ARM64_SYS_REG(SYS_PMCCNTR_EL0),
	KVM_ARM64_SYS_REG(SYS_PMUSERENR_EL0),  KVM_ARM64_SYS_REG(SYS_PMSELR_EL0),
};

#define CYCLES_AT 5 /* the only one that goes on by itself */

/* The same, as the guest reads them. */
static u64 guest_registers[ARRAY_SIZE(registers)];

static void guest_reads_registers(void)
{
	u64 *value = guest_registers;

	*value++ = read_sysreg(pmcr_el0);
	*value++ = read_sysreg(pmcntenset_el0);
	*value++ = read_sysreg(pmintenset_el1);
	*value++ = read_sysreg(pmovsset_el0);
	*value++ = read_sysreg(pmccfiltr_el0);
	*value++ = read_sysreg(pmccntr_el0);
	*value++ = read_sysreg(pmuserenr_el0);
	*value++ = read_sysreg(pmselr_el0);
}

/* Everything is set, and an overflow waits, since the interrupt is masked. */
static void guest_before(u64 index)
{
	start_cycles(1);
	write_sysreg(ARMV8_PMU_EXCLUDE_EL0, pmccfiltr_el0);
	write_sysreg(ARMV8_PMU_USERENR_CR, pmuserenr_el0);
	write_sysreg(31, pmselr_el0);
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	set_cycles(-PERIOD);
	GUEST_ASSERT(guest_wait_for(read_sysreg(pmovsset_el0) == CYCLE_COUNTER));
	GUEST_SYNC(0);
}

static void guest_after(u64 index)
{
	guest_reads_registers();
	GUEST_SYNC(cycles_advance());
	take_interrupts();
	GUEST_SYNC(guest_wait_for(interrupts()) && interrupts() == 1 && !my_seen()->spurious);
}

struct saved {
	u64 value[ARRAY_SIZE(registers)];
};

static struct saved save(struct kvm_vcpu *vcpu)
{
	struct saved saved;

	for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++)
		saved.value[i] = vcpu_get_reg(vcpu, registers[i]);
	return saved;
}

static void restore(struct kvm_vcpu *vcpu, const struct saved *saved, bool backwards)
{
	const unsigned int last = ARRAY_SIZE(registers) - 1;

	for (unsigned int i = 0; i <= last; i++) {
		unsigned int which = backwards ? last - i : i;

		vcpu_set_reg(vcpu, registers[which], saved->value[which]);
	}
}

static bool same(const char *where, const u64 *values, const struct saved *saved, bool goes_on)
{
	bool good = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++) {
		bool equal = values[i] == saved->value[i];

		if (i == CYCLES_AT && goes_on)
			equal = values[i] > saved->value[i] &&
				values[i] < saved->value[i] + BIT(40);
		if (!equal)
			ksft_print_msg("%s register 0x%lx is 0x%lx, and was 0x%lx\n", where,
				       registers[i], values[i], saved->value[i]);
		good = good && equal;
	}
	return good;
}

static struct saved save_on(int cpu, u64 features)
{
	struct saved saved;
	struct pmu_vm v;

	make_fixed_vm(&v, features, 1, guest_before);
	prepare_guest(&v);
	pin_to(pthread_self(), cpu);
	run_to_sync(v.vcpu[0]);
	saved = save(v.vcpu[0]);
	free_vm(&v);
	return saved;
}

static bool restored_on(int cpu, u64 features, const struct saved *saved, bool backwards)
{
	struct saved now;
	struct pmu_vm v;
	bool good;

	make_fixed_vm(&v, features, 1, guest_after);
	prepare_guest(&v);
	pin_to(pthread_self(), cpu);
	restore(v.vcpu[0], saved, backwards);
	now = save(v.vcpu[0]);
	good = same("in user space", now.value, saved, false) && run_to_sync(v.vcpu[0]);
	good = good &&
	       same("in the guest", addr_gva2hva(v.vm, (gva_t)guest_registers), saved, true);
	good = good && run_to_sync(v.vcpu[0]);
	free_vm(&v);
	return good;
}

/* From each PMU to each. */
static bool registers_are_kept(u64 features, bool backwards)
{
	bool good = true;

	for (int from = 0; from < host.pmus; from++)
		for (int to = 0; to < host.pmus; to++) {
			struct saved saved = save_on(nth_cpu(from, 0), features);

			good = saved.value[3] == CYCLE_COUNTER && saved.value[CYCLES_AT] &&
			       restored_on(nth_cpu(to, 0), features, &saved, backwards) && good;
		}
	return good;
}

/* PMCR_EL0.N of a guest that had event counters does not bring any. */
static bool no_event_counter_is_restored(u64 features)
{
	const u64 pmcr = KVM_ARM64_SYS_REG(SYS_PMCR_EL0);
	struct pmu_vm v;
	bool good;

	make_fixed_vm(&v, features, 1, guest_after);
	good = !__vcpu_set_reg(v.vcpu[0], pmcr, FIELD_PREP(ARMV8_PMU_PMCR_N, 6)) &&
	       !event_counters(v.vcpu[0]);
	good = good && !__vcpu_set_reg(v.vcpu[0], KVM_ARM64_SYS_REG(SYS_PMMIR_EL1), 0) &&
	       __vcpu_set_reg(v.vcpu[0], KVM_ARM64_SYS_REG(SYS_PMMIR_EL1), 1) && errno == EINVAL;
	free_vm(&v);
	return good;
}

static void copy_registers(struct kvm_vcpu *from, struct kvm_vcpu *to)
{
	struct kvm_reg_list *list = vcpu_get_reg_list(from);

	for (u64 i = 0; i < list->n; i++) {
		u8 value[256];
		struct kvm_one_reg reg = { .id = list->reg[i], .addr = (u64)value };

		vcpu_ioctl(from, KVM_GET_ONE_REG, &reg);
		TEST_ASSERT(!__vcpu_ioctl(to, KVM_SET_ONE_REG, &reg),
			    "register 0x%llx cannot be restored: %s", reg.id, strerror(errno));
	}
	free(list);
}

/* What a ucall has of its own points into the memory of the VM where it was made. */
static void guest_counts_quietly(u64 index)
{
	start_cycles(1);
	for (;;) {
		read_cycles(&counts[index], NULL);
		GUEST_UCALL_NONE();
	}
}

static void run_quietly(struct kvm_vcpu *vcpu)
{
	vcpu_run(vcpu);
	TEST_ASSERT_EQ(vcpu->run->exit_reason, KVM_EXIT_MMIO);
}

/* Memory and registers; the one goes on where the other was. */
static void migrate_vm(struct pmu_vm *from, struct pmu_vm *to, u64 features)
{
	struct userspace_mem_region *source, *destination;

	make_fixed_vm(to, features, 1, guest_counts_quietly);
	vcpu_run_complete_io(from->vcpu[0]);
	source = memslot2region(from->vm, 0);
	destination = memslot2region(to->vm, 0);
	TEST_ASSERT_EQ(source->region.memory_size, destination->region.memory_size);
	memcpy(destination->host_mem, source->host_mem, source->region.memory_size);
	copy_registers(from->vcpu[0], to->vcpu[0]);
	free_vm(from);
}

/* The guest itself compares its counter with what it was in the VM before. */
static bool guest_goes_on(u64 features)
{
	struct pmu_vm v, next;
	struct runner r;
	bool good = true;

	make_fixed_vm(&v, features, 1, guest_counts_quietly);
	prepare_guest(&v);
	prepare_runner(&r, &v, 0);
	r.count->quota = 50;
	for (int i = 0; i < MIGRATIONS && good; i++) {
		u64 value = r.count->value, reads = r.count->reads;

		pin_to(pthread_self(), nth_cpu(i % host.pmus, i / host.pmus % 2));
		run_quietly(v.vcpu[0]);
		good = r.count->reads == reads + r.count->quota && r.count->value > value &&
		       r.count->value < value + BIT(40) && !r.count->backwards;
		migrate_vm(&v, &next, features);
		v = next;
		r.count = addr_gva2hva(v.vm, (gva_t)counts);
	}
	ksft_print_msg("%lu reads in %d VMs, %lu backwards, %lu times the same in a row\n",
		       r.count->reads, MIGRATIONS, r.count->backwards, r.count->still);
	good = good && !r.count->still;
	free_vm(&v);
	return good;
}

int main(void)
{
	pmu_start(7);
	ksft_test_result(registers_are_kept(WITH_PMU, false),
			 "pmu: registers and a waiting overflow are restored, on any PMU\n");
	ksft_test_result(registers_are_kept(WITH_PMU, true),
			 "pmu: registers are restored in another order, too\n");
	ksft_test_result(registers_are_kept(STRICT, false),
			 "pmu: registers are restored in strict mode\n");
	ksft_test_result(no_event_counter_is_restored(WITH_PMU),
			 "pmu: event counters cannot be restored\n");
	ksft_test_result(no_event_counter_is_restored(STRICT),
			 "pmu: event counters cannot be restored in strict mode\n");
	ksft_test_result(guest_goes_on(WITH_PMU),
			 "pmu: a guest that moves from VM to VM and PMU to PMU counts on\n");
	ksft_test_result(guest_goes_on(STRICT),
			 "pmu: a guest in strict mode that moves so counts on\n");
	ksft_finished();
}
