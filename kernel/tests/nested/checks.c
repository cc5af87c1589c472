// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_SET_NESTED_STATE: each check fails alone, says EINVAL, and leaves the vCPU as it was,
 * be it in L2 or never in nested mode.  What KVM changes instead is in sanitise.c, the same
 * VMCB checks by VMRUN are in vmrun.c.
 *
 * Red when the check that a case names is taken out of nested_vmcb_check_controls(),
 * nested_vmcb_check_save(), nested_svm_check_bitmap_pa(), nested_svm_check_event_inj(),
 * svm_set_nested_state() or the ioctl; but the ioctl and svm_set_nested_state() both refuse
 * an unknown flag, and without the check for EFER.SVME the kernel oopses.  Also red when
 * svm_set_nested_state() leaves L2 or changes RBX before its checks, or makes EINVAL of
 * EFAULT; for the bitmap that just fits, when nested_svm_check_bitmap_pa() adds a page.
 */
#include <sys/mman.h>

#include "spoil.h"

#define EFER_FFXSR_BIT BIT_ULL(14)
#define X86_FEATURE_FXSR_OPT KVM_X86_CPU_FEATURE(0x80000001, 0, EDX, 25)
#define UNKNOWN_FLAG 0x10
#define BAD_PAT 0x0007040600070402ULL /* memory type 2 is reserved */

enum { IN_L2 = 1 };

/* The state of L2 that every case starts from, and the two vCPUs that must refuse it spoilt. */
static struct kvm_x86_state *good;
static struct kvm_vcpu *in_l2, *fresh;
static u64 top;

struct snapshot {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_debugregs debugregs;
	struct kvm_vcpu_events events;
	union {
		struct kvm_nested_state nested;
		u8 bytes[SVM_NESTED_STATE_SIZE];
	};
};

static void snapshot(struct kvm_vcpu *vcpu, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	vcpu_regs_get(vcpu, &s->regs);
	vcpu_sregs_get(vcpu, &s->sregs);
	vcpu_debugregs_get(vcpu, &s->debugregs);
	vcpu_events_get(vcpu, &s->events);
	s->nested.size = sizeof(s->bytes);
	vcpu_nested_state_get(vcpu, &s->nested);
}

/* Back to where the cases start, after KVM took what it should have refused. */
static void mend(struct kvm_vcpu *vcpu)
{
	struct kvm_nested_state out = {
		.flags = KVM_STATE_NESTED_GIF_SET,
		.format = KVM_STATE_NESTED_FORMAT_SVM,
		.size = sizeof(out),
	};

	vcpu_nested_state_set(vcpu, &out);
	if (vcpu == in_l2)
		vcpu_load_state(vcpu, good);
	else
		vcpu_sregs_set(vcpu, &good->sregs);
}

static bool refuses(struct kvm_vcpu *vcpu, struct kvm_nested_state *nested, int want)
{
	struct snapshot before, after;
	int ret, err;

	snapshot(vcpu, &before);
	ret = __vcpu_nested_state_set(vcpu, nested);
	err = errno;
	snapshot(vcpu, &after);

	if (!ret || memcmp(&before, &after, sizeof(before)))
		mend(vcpu);
	if (!ret || err != want) {
		ksft_print_msg("vCPU %s L2: returned %d, errno %d\n",
			       vcpu == in_l2 ? "in" : "outside", ret, ret ? err : 0);
		return false;
	}
	if (memcmp(&before, &after, sizeof(before))) {
		ksft_print_msg("refused, but the vCPU has changed\n");
		return false;
	}
	return true;
}

static bool both_refuse(struct kvm_nested_state *nested)
{
	return refuses(in_l2, nested, EINVAL) & refuses(fresh, nested, EINVAL);
}

/* A copy of the good state with room for a whole VMCB. */
static struct kvm_nested_state *copy_good(void)
{
	static union {
		struct kvm_nested_state nested;
		u8 bytes[SVM_NESTED_STATE_SIZE];
	} copy;

	memcpy(&copy, &good->nested, sizeof(copy));
	return &copy.nested;
}

static void no_svm_format(struct kvm_nested_state *n)
{
	n->format = KVM_STATE_NESTED_FORMAT_VMX;
}

static void unknown_flag(struct kvm_nested_state *n)
{
	n->flags |= UNKNOWN_FLAG;
}

static void evmcs_flag(struct kvm_nested_state *n)
{
	n->flags |= KVM_STATE_NESTED_EVMCS;
}

static void mtf_flag(struct kvm_nested_state *n)
{
	n->flags |= KVM_STATE_NESTED_MTF_PENDING;
}

static void pending_run_of_nobody(struct kvm_nested_state *n)
{
	n->flags = KVM_STATE_NESTED_RUN_PENDING | KVM_STATE_NESTED_GIF_SET;
}

static void unaligned_vmcb(struct kvm_nested_state *n)
{
	n->hdr.svm.vmcb_pa |= 0x800;
}

static void vmcb_too_high(struct kvm_nested_state *n)
{
	n->hdr.svm.vmcb_pa = top;
}

static void short_header(struct kvm_nested_state *n)
{
	n->flags = KVM_STATE_NESTED_GIF_SET;
	n->size = sizeof(*n) - 1;
}

static void header_alone(struct kvm_nested_state *n)
{
	n->size = sizeof(*n);
}

static void short_by_one_byte(struct kvm_nested_state *n)
{
	n->size = SVM_NESTED_STATE_SIZE - 1;
}

static void bad_gpat(struct kvm_nested_state *n)
{
	n->hdr.svm.gpat = BAD_PAT;
}

static const struct {
	const char *what;
	void (*spoil)(struct kvm_nested_state *n);
} header_spoils[] = {
	{ "the format of VMX", no_svm_format },
	{ "an unknown flag", unknown_flag },
	{ "the flag EVMCS", evmcs_flag },
	{ "the flag MTF_PENDING", mtf_flag },
	{ "RUN_PENDING without GUEST_MODE", pending_run_of_nobody },
	{ "an unaligned VMCB address", unaligned_vmcb },
	{ "a VMCB address above the physical addresses", vmcb_too_high },
	{ "a size below the header's", short_header },
	{ "GUEST_MODE with the header alone", header_alone },
	{ "a VMCB short by one byte", short_by_one_byte },
	{ "an invalid PAT of L2 where L2 has its own", bad_gpat },
};

/* What the kernel asks of the saved L1 only: L1 ran VMRUN, so it paged, in protected mode. */
static const struct spoil l1_spoils[] = {
	{ "an L1 without CR0.PG", { SPOIL_BITS(save.cr0, X86_CR0_PG, 0) } },
	{ "a 32-bit L1 without CR0.PE",
	  { SPOIL_BITS(save.cr0, X86_CR0_PE, 0), SPOIL_BITS(save.efer, EFER_LME | EFER_LMA, 0) } },
	{ "an L1 in virtual 8086 mode", { SPOIL_BITS(save.rflags, 0, X86_EFLAGS_VM) } },
	{ "an L1 with EFER.LMA and without LME", { SPOIL_BITS(save.efer, EFER_LME, 0) } },
	{ "an EFER bit that CPUID lacks", { SPOIL_BITS(save.efer, 0, EFER_FFXSR_BIT) } },
};

/* The nearest neighbours of refused states. */
static const struct spoil accepted[] = {
	{ "a 32-bit L1", { SPOIL_BITS(save.efer, EFER_LME | EFER_LMA, 0) } },
	{ "an MSR bitmap in the last two pages",
	  { SPOIL_ADDRESS(control.msrpm_base_pa, 2 * PAGE_SIZE) } },
	{ "an I/O bitmap in the last three pages",
	  { SPOIL_ADDRESS(control.iopm_base_pa, 3 * PAGE_SIZE) } },
	{ "an event of a reserved type that is not valid",
	  { SPOIL_BITS(control.event_inj, ~0U, 1 << SVM_EVTINJ_TYPE_SHIFT) } },
};

static void header_cases(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(header_spoils); i++) {
		struct kvm_nested_state *nested = copy_good();

		header_spoils[i].spoil(nested);
		ksft_test_result(both_refuse(nested), "nested: SET_NESTED_STATE refuses %s\n",
				 header_spoils[i].what);
	}
}

static void vmcb_cases(const struct spoil *spoil, unsigned int count)
{
	for (; count; spoil++, count--) {
		struct kvm_nested_state *nested = copy_good();

		spoil_vmcb(nested_blob_vmcb(nested), spoil, top);
		ksft_test_result(both_refuse(nested), "nested: SET_NESTED_STATE refuses %s\n",
				 spoil->what);
	}
}

static void accepted_cases(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct kvm_nested_state *nested = copy_good();

		spoil_vmcb(nested_blob_vmcb(nested), &accepted[i], top);
		ksft_test_result(!__vcpu_nested_state_set(fresh, nested),
				 "nested: SET_NESTED_STATE takes %s\n", accepted[i].what);
		mend(fresh);
	}
}

static bool exception_exists(unsigned int vector)
{
	switch (vector) {
	case 0:
	case 1:
	case 3 ... 8:
	case 10 ... 14:
	case 16 ... 19:
	case 28:
	case 30:
		return true;
	case 21:
		return kvm_cpu_has(X86_FEATURE_SHSTK);
	case 29:
		return kvm_cpu_has(X86_FEATURE_SEV_ES);
	default:
		return false;
	}
}

static void every_exception(void)
{
	struct kvm_nested_state *nested = copy_good();
	unsigned int wrong = 0;

	for (unsigned int vector = 0; vector < 256; vector++) {
		bool taken;

		nested_blob_vmcb(nested)->control.event_inj =
			SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_EXEPT | vector;
		taken = !__vcpu_nested_state_set(fresh, nested);
		if (taken)
			mend(fresh);
		if (taken == exception_exists(vector))
			continue;
		ksft_print_msg("exception %u is %s\n", vector, taken ? "taken" : "refused");
		wrong++;
	}
	ksft_test_result(!wrong,
			 "nested: SET_NESTED_STATE takes the exceptions that exist, no other\n");
}

/* Needs a vCPU with SVM switched off, which no table of states can hold. */
static void without_svme(void)
{
	struct kvm_nested_state *nested = copy_good();
	struct kvm_nested_state gif = {
		.flags = KVM_STATE_NESTED_GIF_SET,
		.format = KVM_STATE_NESTED_FORMAT_SVM,
		.size = sizeof(gif),
	};
	struct kvm_sregs sregs = good->sregs;
	bool ok;

	sregs.efer &= ~EFER_SVME;
	vcpu_sregs_set(fresh, &sregs);
	ok = refuses(fresh, nested, EINVAL);
	vcpu_sregs_set(fresh, &sregs);
	ok &= !__vcpu_nested_state_set(fresh, &gif);
	gif.flags = 0;
	ok &= !__vcpu_nested_state_set(fresh, &gif);
	ksft_test_result(ok, "nested: without EFER.SVME only GIF can be set\n");
	mend(fresh);
}

static void in_smm(void)
{
	struct kvm_nested_state *nested = copy_good();
	struct kvm_vcpu_events events;
	bool ok;

	vcpu_events_get(fresh, &events);
	events.flags |= KVM_VCPUEVENT_VALID_SMM;
	events.smi.smm = 1;
	vcpu_events_set(fresh, &events);
	ok = refuses(fresh, nested, EINVAL);
	events.smi.smm = 0;
	vcpu_events_set(fresh, &events);
	ok &= !__vcpu_nested_state_set(fresh, nested);
	ksft_test_result(ok, "nested: L2 can be set outside SMM only\n");
	mend(fresh);
}

/* The state ends @readable bytes before a page that cannot be read. */
static bool faults(size_t readable)
{
	size_t page = getpagesize();
	void *area =
		mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_nested_state *nested = area + 2 * page - readable;
	bool ok;

	TEST_ASSERT(area != MAP_FAILED, "mmap() failed");
	memcpy(nested, &good->nested, readable);
	TEST_ASSERT(!mprotect(area + 2 * page, page, PROT_NONE), "mprotect() failed");
	ok = refuses(in_l2, nested, EFAULT) & refuses(fresh, nested, EFAULT);
	munmap(area, 3 * page);
	return ok;
}

static void unreadable_state(void)
{
	ksft_test_result(
		faults(sizeof(struct kvm_nested_state) - 8) &
			faults(sizeof(struct kvm_nested_state)) &
			faults(sizeof(struct kvm_nested_state) + sizeof(struct vmcb_control_area)),
		"nested: an unreadable header, control or save area is EFAULT\n");
}

static void l2_code(void)
{
	GUEST_SYNC(IN_L2);
	vmmcall();
}

static void l1_code(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_code);
	/* Not the default, to be seen again in what L2 hands back. */
	svm->vmcb->control.tsc_offset = 0x1234000;
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_ASSERT_EQ(svm->vmcb->control.exit_code, SVM_EXIT_VMMCALL);
	GUEST_DONE();
}

static struct kvm_vm *make_vm(struct kvm_vcpu **vcpu)
{
	gva_t svm_gva;
	struct kvm_vm *vm = nested_vm(vcpu, l1_code, kvm_cpu_has_npt(), &svm_gva);

	vm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT);
	vcpu_clear_cpuid_feature(*vcpu, X86_FEATURE_FXSR_OPT);
	return vm;
}

int main(void)
{
	struct kvm_vm *vm, *other;

	nested_start(ARRAY_SIZE(header_spoils) + ARRAY_SIZE(spoils) + ARRAY_SIZE(l1_spoils) +
		     ARRAY_SIZE(accepted) + 5);

	vm = make_vm(&in_l2);
	top = 1ULL << vm->pa_bits;
	nested_run_to(in_l2, IN_L2);
	good = vcpu_save_state(in_l2);

	other = make_vm(&fresh);
	vcpu_sregs_set(fresh, &good->sregs);
	TEST_ASSERT(!__vcpu_nested_state_set(fresh, copy_good()), "The good state is refused");
	mend(fresh);

	header_cases();
	vmcb_cases(spoils, ARRAY_SIZE(spoils));
	vmcb_cases(l1_spoils, ARRAY_SIZE(l1_spoils));
	accepted_cases();
	every_exception();
	without_svme();
	in_smm();
	unreadable_state();
	ksft_test_result(!nested_run(in_l2), "nested: L2 and L1 go on after every refusal\n");

	kvm_x86_state_cleanup(good);
	kvm_vm_free(other);
	kvm_vm_free(vm);
	ksft_finished();
}
