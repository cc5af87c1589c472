// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only some CPUs write into a VMCB: the next RIP (NRIPS) and the last branch (LBRV), for
 * each kind of exit and branch, and of an L2 that moved to a new VM.  Stock emulation has
 * neither; then the cases are skipped.  Software interrupts, which depend on the next RIP, are
 * in restore-event.c.
 *
 * Red when svm_vcpu_run() does not take the next RIP from vmcb02, when
 * nested_svm_vmexit_update_vmcb12() does not write it, and when svm_copy_vmrun_state() or
 * nested_svm_vmexit_update_vmcb12() leaves the last branch out.
 */
#include <fcntl.h>

#include "nested.h"

#define VMMCALL_LENGTH 3
#define L2_IRQ 0x60
#define UNTOUCHED 0xbad

enum { SAVE = 1 };

struct branch {
	u64 from, to;
};

static struct branch l1_branch, l2_branch;

/* What L1 finds in the VMCB, for the host to judge. */
struct seen_exit {
	u64 code, rip, next_rip;
};

struct seen_branch {
	u64 debugctl;
	struct branch last, before_event;
};

/* An L2 that branches at l2_NAME_from to l2_NAME_to, goes on, and ends in VMMCALL. */
#define L2(name, before, branch, after)                                                            \
	extern char l2_##name[], l2_##name##_from[], l2_##name##_to[];                             \
	asm("l2_" #name ":" before "\n"                                                            \
	    "l2_" #name "_from:" branch "\n"                                                       \
	    "nop\n"                                                                                \
	    "l2_" #name "_to:" after "\n"                                                          \
	    "vmmcall\n")

L2(jump, "", "jmp l2_jump_to", "");
L2(indirect, "lea l2_indirect_to(%rip), %rax", "jmp *%rax", "");
L2(ret, "lea l2_ret_to(%rip), %rax; push %rax", "ret", "");
L2(iret,
   "mov %rsp, %rdx; mov %ss, %eax; push %rax; push %rdx; pushfq; mov %cs, %eax; push %rax;"
   "lea l2_iret_to(%rip), %rax; push %rax",
   "iretq", "");
L2(straight, "", "jmp l2_straight_to",
   "mov $2, %ecx; lea -16(%rsp), %rsi; rep lodsb; test %ecx, %ecx; jnz l2_straight");
L2(int, "", "jmp l2_int_to", "int $" __stringify(L2_IRQ));
L2(trap, "", "jmp l2_trap_to", "pushfq; orl $0x100, (%rsp); popfq; nop");

extern char l2_handler[], l2_cpuid[], l2_int3[], l2_ud2[];
asm("l2_handler: vmmcall\n"
    "l2_cpuid: cpuid\n"
    "l2_int3: int3\n"
    "l2_ud2: ud2\n");

static const struct {
	const char *what;
	char *l2;
	u32 code;
	/* 0 when the exit is not for an instruction. */
	u8 length;
} exits[] = {
	{ "behind VMMCALL", l2_handler, SVM_EXIT_VMMCALL, VMMCALL_LENGTH },
	{ "behind CPUID", l2_cpuid, SVM_EXIT_CPUID, 2 },
	{ "behind INTn", l2_int_to, SVM_EXIT_SWINT, 2 },
	{ "behind INT3", l2_int3, SVM_EXIT_EXCP_BASE + BP_VECTOR, 1 },
	{ "0 after another exception", l2_ud2, SVM_EXIT_EXCP_BASE + UD_VECTOR, 0 },
};

#define JUMP(name) .from = (u64)l2_##name##_from, .to = (u64)l2_##name##_to
#define RECORD(name) .debugctl = DEBUGCTLMSR_LBR, .last = { JUMP(name) }

static const struct {
	const char *what;
	char *l2;
	struct seen_branch wanted;
} branches[] = {
	{ "a jump", l2_jump, { RECORD(jump) } },
	{ "a jump through a register", l2_indirect, { RECORD(indirect) } },
	{ "a return", l2_ret, { RECORD(ret) } },
	{ "an IRET", l2_iret, { RECORD(iret) } },
	{ "the last jump that was taken", l2_straight, { RECORD(straight) } },
	{ "a software interrupt, and the jump before it",
	  l2_int,
	  { .debugctl = DEBUGCTLMSR_LBR,
	    .last = { (u64)l2_int_to, (u64)l2_handler },
	    .before_event = { JUMP(int) } } },
	{ "the last jump before #DB, which ends recording", l2_trap, { .last = { JUMP(trap) } } },
};

static struct seen_exit seen_exits[ARRAY_SIZE(exits)];
static struct seen_branch seen_branches[ARRAY_SIZE(branches)];
static struct idt_entry l2_idt[L2_IRQ + 1];

static const char *const nrips_names[] = {
	"L2's state holds the next RIP of its last exit",
	"L1 reads the next RIP of an L2 in a new VM",
};

static const char *const lbr_names[] = {
	"L2's state holds the last branch of L1",
	"L1 and L2 keep their last branches in a new VM",
	"the host has none of their branches",
};

/* The CPU records the JMP and nothing after it, as recording ends before another branch. */
static __always_inline void record(struct branch *branch)
{
	u32 debugctl = DEBUGCTLMSR_LBR;

	asm volatile("wrmsr\n\t"
		     "1: jmp 2f\n\t"
		     "2: xor %%eax, %%eax\n\t"
		     "wrmsr\n\t"
		     "lea 1b(%%rip), %[from]\n\t"
		     "lea 2b(%%rip), %[to]"
		     : [from] "=&r"(branch->from), [to] "=&r"(branch->to), "+a"(debugctl)
		     : "c"(MSR_IA32_DEBUGCTLMSR), "d"(0)
		     : "cc", "memory");
}

static void assert_msrs_hold(const struct branch *branch)
{
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_LASTBRANCHFROMIP), branch->from);
	GUEST_ASSERT_EQ(rdmsr(MSR_IA32_LASTBRANCHTOIP), branch->to);
}

static void l2_nrips(void)
{
	GUEST_SYNC(SAVE);
	vmmcall();
}

static void l1_nrips(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	generic_svm_setup(svm, l2_nrips);
	run_guest(vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->control.next_rip, vmcb->save.rip + VMMCALL_LENGTH);
	GUEST_DONE();
}

static void l1_exits(struct svm_test_data *svm)
{
	struct vmcb_control_area *control = &svm->vmcb->control;

	for (int i = 0; i < ARRAY_SIZE(exits); i++) {
		generic_svm_setup(svm, exits[i].l2);
		control->intercept |= BIT_ULL(INTERCEPT_CPUID) | BIT_ULL(INTERCEPT_INTn);
		control->intercept_exceptions = BIT(BP_VECTOR) | BIT(UD_VECTOR);
		control->next_rip = UNTOUCHED;
		run_guest(svm->vmcb, svm->vmcb_gpa);
		seen_exits[i].code = control->exit_code;
		seen_exits[i].rip = svm->vmcb->save.rip;
		seen_exits[i].next_rip = control->next_rip;
	}
	GUEST_DONE();
}

static void l2_lbr(void)
{
	record(&l2_branch);
	GUEST_SYNC(SAVE);
	assert_msrs_hold(&l2_branch);
	vmmcall();
}

static void l1_lbr(struct svm_test_data *svm)
{
	struct vmcb *vmcb = svm->vmcb;

	record(&l1_branch);
	generic_svm_setup(svm, l2_lbr);
	vmcb->control.misc_ctl2 |= SVM_MISC2_ENABLE_V_LBR;
	run_guest(vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_ASSERT_EQ(vmcb->save.br_from, l2_branch.from);
	GUEST_ASSERT_EQ(vmcb->save.br_to, l2_branch.to);
	assert_msrs_hold(&l1_branch);
	GUEST_DONE();
}

static void set_l2_gate(unsigned int vector)
{
	l2_idt[vector] = (struct idt_entry){
		.offset0 = (u64)l2_handler,
		.offset1 = (u64)l2_handler >> 16,
		.selector = get_cs(),
		.type = 14,
		.p = 1,
	};
}

static void l1_branches(struct svm_test_data *svm)
{
	struct vmcb_save_area *save = &svm->vmcb->save;

	set_l2_gate(DB_VECTOR);
	set_l2_gate(L2_IRQ);
	for (int i = 0; i < ARRAY_SIZE(branches); i++) {
		generic_svm_setup(svm, branches[i].l2);
		svm->vmcb->control.misc_ctl2 |= SVM_MISC2_ENABLE_V_LBR;
		save->dbgctl = DEBUGCTLMSR_LBR;
		save->idtr.base = (u64)l2_idt;
		run_guest(svm->vmcb, svm->vmcb_gpa);
		GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
		GUEST_ASSERT_EQ(rdmsr(MSR_IA32_DEBUGCTLMSR), 0);
		seen_branches[i].debugctl = save->dbgctl;
		seen_branches[i].last = (struct branch){ save->br_from, save->br_to };
		seen_branches[i].before_event =
			(struct branch){ save->last_excp_from, save->last_excp_to };
	}
	GUEST_DONE();
}

static struct kvm_vm *save_l2(void *l1, struct nested_saved *saved)
{
	struct kvm_vcpu *vcpu;
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(&vcpu, l1, kvm_cpu_has_npt(), &svm_gva);

	nested_run_to(vcpu, SAVE);
	nested_save(vcpu, saved);
	return vm;
}

/* To its end; the VM is for the caller to read what L1 wrote. */
static struct kvm_vm *run(void *l1)
{
	struct kvm_vcpu *vcpu;
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(&vcpu, l1, kvm_cpu_has_npt(), &svm_gva);

	nested_run_to(vcpu, 0);
	return vm;
}

static void exit_cases(void)
{
	struct kvm_vm *vm = run(l1_exits);

	sync_global_from_guest(vm, seen_exits);
	for (int i = 0; i < ARRAY_SIZE(exits); i++) {
		const struct seen_exit *seen = &seen_exits[i];
		u64 rip = (u64)exits[i].l2;
		u64 next_rip = exits[i].length ? rip + exits[i].length : 0;
		bool ok = seen->code == exits[i].code && seen->rip == rip &&
			  seen->next_rip == next_rip;

		if (!ok)
			ksft_print_msg("exit %#lx at %#lx, next RIP %#lx instead of %#lx\n",
				       seen->code, seen->rip, seen->next_rip, next_rip);
		ksft_test_result(ok, "nested: the next RIP is %s\n", exits[i].what);
	}
	kvm_vm_free(vm);
}

static void nrips_cases(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = save_l2(l1_nrips, &saved);
	u64 next_rip = nested_blob_vmcb(&saved.state->nested)->control.next_rip;

	/* L2 left off at an IN, which KVM has completed. */
	ksft_test_result(next_rip == saved.state->regs.rip, "nested: %s\n", nrips_names[0]);
	ksft_test_result(nested_ends_in_new_vm(vm, &saved), "nested: %s\n", nrips_names[1]);
}

static void branch_cases(void)
{
	struct kvm_vm *vm = run(l1_branches);

	sync_global_from_guest(vm, seen_branches);
	for (int i = 0; i < ARRAY_SIZE(branches); i++) {
		const struct seen_branch *seen = &seen_branches[i];
		bool ok = !memcmp(seen, &branches[i].wanted, sizeof(*seen));

		if (!ok)
			ksft_print_msg("DebugCtl %#lx, %#lx to %#lx, before it %#lx to %#lx\n",
				       seen->debugctl, seen->last.from, seen->last.to,
				       seen->before_event.from, seen->before_event.to);
		ksft_test_result(ok, "nested: L1 reads of L2 %s\n", branches[i].what);
	}
	kvm_vm_free(vm);
}

/* A CPU of the host, which records nothing of its own. */
static bool records_nothing(unsigned int cpu)
{
	static const u32 msrs[] = { MSR_IA32_DEBUGCTLMSR, MSR_IA32_LASTBRANCHFROMIP,
				    MSR_IA32_LASTBRANCHTOIP, MSR_IA32_LASTINTFROMIP,
				    MSR_IA32_LASTINTTOIP };
	bool ok = true;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open_path_or_exit(path, O_RDONLY);
	for (int i = 0; i < ARRAY_SIZE(msrs); i++) {
		u64 value;

		TEST_ASSERT(pread(fd, &value, sizeof(value), msrs[i]) == sizeof(value),
			    "MSR %#x cannot be read", msrs[i]);
		if (value)
			ksft_print_msg("CPU %u: MSR %#x is %#lx\n", cpu, msrs[i], value);
		ok &= !value;
	}
	close(fd);
	return ok;
}

static void lbr_cases(void)
{
	struct nested_saved saved;
	struct kvm_vm *vm = save_l2(l1_lbr, &saved);
	struct vmcb *vmcb = nested_blob_vmcb(&saved.state->nested);
	bool ok = true;

	sync_global_from_guest(vm, l1_branch);
	ksft_test_result(vmcb->save.br_from == l1_branch.from && vmcb->save.br_to == l1_branch.to,
			 "nested: %s\n", lbr_names[0]);
	ksft_test_result(nested_ends_in_new_vm(vm, &saved), "nested: %s\n", lbr_names[1]);
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		ok &= records_nothing(cpu);
	ksft_test_result(ok, "nested: %s\n", lbr_names[2]);
}

static void skip(const char *what, const char *feature, unsigned int cases)
{
	while (cases--)
		ksft_test_result_skip("nested: %s of L2: the CPU lacks %s\n", what, feature);
}

int main(void)
{
	const unsigned int nrips = ARRAY_SIZE(nrips_names) + ARRAY_SIZE(exits);
	const unsigned int lbr = ARRAY_SIZE(lbr_names) + ARRAY_SIZE(branches);

	nested_start(nrips + lbr);

	if (kvm_cpu_has(X86_FEATURE_NRIPS)) {
		nrips_cases();
		exit_cases();
	} else {
		skip("the next RIP", "NRIPS", nrips);
	}
	if (kvm_cpu_has(X86_FEATURE_LBRV)) {
		branch_cases();
		lbr_cases();
	} else {
		skip("the last branch", "LBRV", lbr);
	}
	ksft_finished();
}
