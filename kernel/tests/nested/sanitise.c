// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVM_SET_NESTED_STATE changes instead of refusing it, seen by KVM_GET_NESTED_STATE:
 * the bits of one field go, the others of the field and all of the rest stay.
 *
 * Red when __nested_copy_vmcb_control_to_cache() keeps the bits that a case names, clears an
 * intercept though CPUID has the instruction, or when nested_copy_vmcb_cache_to_control()
 * forgets a field or does not zero what it does not fill in.
 */
#include "nested.h"

#define CONTROL_SIZE sizeof(struct vmcb_control_area)
#define CONTROL(f)                                                                                 \
	.at = offsetof(struct vmcb_control_area, f),                                               \
	.bytes = sizeof(((struct vmcb_control_area *)0)->f)
/* Word 5 of the intercepts, which the tree's selftest headers count as reserved. */
#define INTERCEPT_WORD5 .at = offsetof(struct vmcb_control_area, reserved_1), .bytes = 4
#define INTERCEPT5_INVPCID BIT(2)
#define SVM_MISC_ENABLE_GMET BIT(3)
#define X86_FEATURE_SKINIT KVM_X86_CPU_FEATURE(0x80000001, 0, ECX, 12)
#define X86_FEATURE_GMET KVM_X86_CPU_FEATURE(0x8000000A, 0, EDX, 17)

enum { IN_L2 = 1 };

static struct kvm_x86_state *good;

union state {
	struct kvm_nested_state nested;
	u8 bytes[SVM_NESTED_STATE_SIZE];
};

/* Bits of a field that go, and bits that stay. */
static const struct {
	const char *what;
	unsigned int at, bytes;
	u64 goes, stays;
} fields[] = {
	{ "the TLB control keeps bits 2:0", CONTROL(tlb_ctl), 0xf8, 0x07 },
	{ "the interrupt vector keeps bits 7:0", CONTROL(int_vector), 0xffffff00, 0xff },
	{ "the interrupt state keeps the shadow", CONTROL(int_state), 0xfffffffe, 1 },
	{ "an event loses its reserved bits", CONTROL(event_inj), 0x7ffff000, 0x80000820 },
	{ "the I/O bitmap's address loses its offset", CONTROL(iopm_base_pa), 0xfff, 0x5000 },
	{ "the MSR bitmap's address loses its offset", CONTROL(msrpm_base_pa), 0xfff, 0x6000 },
};

#define FEATURES 7

/* A bit that stays if, and only if, the guest's CPUID has the feature. */
struct feature_bit {
	const char *what, *name;
	struct kvm_x86_cpu_feature feature;
	unsigned int at, bytes;
	u64 bit;
};

static void edit(union state *state, unsigned int at, unsigned int bytes, u64 clear, u64 set)
{
	void *field = (void *)nested_blob_vmcb(&state->nested) + at;
	u64 value = 0;

	memcpy(&value, field, bytes);
	value = (value & ~clear) | set;
	memcpy(field, &value, bytes);
}

/* A vCPU that never ran, in L1 as L2's saver left it, without @lacks if that is given. */
static struct kvm_vcpu *new_vcpu(struct kvm_vm *vm, const struct kvm_x86_cpu_feature *lacks)
{
	struct kvm_vcpu *vcpu = vm_recreate_with_one_vcpu(vm);
	struct kvm_sregs sregs = good->sregs;

	if (lacks)
		vcpu_clear_cpuid_feature(vcpu, *lacks);
	sregs.cr4 &= ~X86_CR4_OSXSAVE;
	vcpu_sregs_set(vcpu, &sregs);
	return vcpu;
}

/* Does GET, after a SET of @in, return @want? */
static bool returns(struct kvm_vm *vm, const struct kvm_x86_cpu_feature *lacks, union state *in,
		    const union state *want)
{
	struct kvm_vcpu *vcpu = new_vcpu(vm, lacks);
	union state out = { .nested.size = sizeof(out) };
	unsigned int first;
	int ret = __vcpu_nested_state_set(vcpu, &in->nested);

	if (ret) {
		ksft_print_msg("SET_NESTED_STATE: errno %d\n", errno);
	} else {
		vcpu_nested_state_get(vcpu, &out.nested);
		for (first = 0; first < sizeof(out.nested) + CONTROL_SIZE; first++)
			if (out.bytes[first] != want->bytes[first])
				break;
		ret = first < sizeof(out.nested) + CONTROL_SIZE;
		if (ret)
			ksft_print_msg("byte %#x: %#x instead of %#x\n", first, out.bytes[first],
				       want->bytes[first]);
	}
	kvm_vm_release(vm);
	return !ret;
}

/* SREGS of new_vcpu() lack OSXSAVE, so that CPUID may lack XSAVE; so must the L1 in it. */
static void take_good(union state *state)
{
	memset(state, 0, sizeof(*state));
	memcpy(state, &good->nested, sizeof(*state));
	nested_blob_vmcb(&state->nested)->save.cr4 &= ~X86_CR4_OSXSAVE;
}

static void field_cases(struct kvm_vm *vm)
{
	union state in, want;

	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++) {
		take_good(&in);
		edit(&in, fields[i].at, fields[i].bytes, ~0ULL, fields[i].stays);
		want = in;
		edit(&in, fields[i].at, fields[i].bytes, 0, fields[i].goes);
		ksft_test_result(returns(vm, NULL, &in, &want),
				 "nested: after SET_NESTED_STATE %s\n", fields[i].what);
	}
}

static void feature_case(struct kvm_vm *vm, const struct feature_bit *f)
{
	union state in, want;

	take_good(&in);
	edit(&in, f->at, f->bytes, 0, f->bit);
	want = in;
	if (kvm_cpu_has(f->feature))
		ksft_test_result(returns(vm, NULL, &in, &want),
				 "nested: %s stays when CPUID has %s\n", f->what, f->name);
	else
		ksft_test_result_skip("nested: %s stays when CPUID has %s: the CPU lacks %s\n",
				      f->what, f->name, f->name);
	edit(&want, f->at, f->bytes, f->bit, 0);
	ksft_test_result(returns(vm, &f->feature, &in, &want),
			 "nested: %s goes when CPUID lacks %s\n", f->what, f->name);
}

static void feature_cases(struct kvm_vm *vm)
{
	const struct feature_bit bits[] = {
		{ "the XSETBV intercept", "XSAVE", X86_FEATURE_XSAVE, CONTROL(intercept),
		  BIT_ULL(INTERCEPT_XSETBV) },
		{ "the INVPCID intercept", "INVPCID", X86_FEATURE_INVPCID, INTERCEPT_WORD5,
		  INTERCEPT5_INVPCID },
		{ "the RDTSCP intercept", "RDTSCP", X86_FEATURE_RDTSCP, CONTROL(intercept),
		  BIT_ULL(INTERCEPT_RDTSCP) },
		{ "the SKINIT intercept", "SKINIT", X86_FEATURE_SKINIT, CONTROL(intercept),
		  BIT_ULL(INTERCEPT_SKINIT) },
		{ "the RDPRU intercept", "RDPRU", X86_FEATURE_RDPRU, CONTROL(intercept),
		  BIT_ULL(INTERCEPT_RDPRU) },
		{ "nested paging", "NPT", X86_FEATURE_NPT, CONTROL(misc_ctl), SVM_MISC_ENABLE_NP },
		{ "GMET", "GMET", X86_FEATURE_GMET, CONTROL(misc_ctl), SVM_MISC_ENABLE_GMET },
	};

	static_assert(ARRAY_SIZE(bits) == FEATURES);
	for (unsigned int i = 0; i < FEATURES; i++)
		feature_case(vm, &bits[i]);
}

static void fill_unemulated(struct vmcb_control_area *control, u8 byte)
{
	memset(&control->avic_vapic_bar, byte, sizeof(control->avic_vapic_bar));
	memset(&control->clean, byte, sizeof(control->clean));
	memset(&control->insn_len, byte, 1 + sizeof(control->insn_bytes));
	memset(&control->avic_backing_page, byte, sizeof(control->avic_backing_page));
	memset(&control->avic_logical_id, byte, sizeof(control->avic_logical_id));
	memset(&control->avic_physical_id, byte, sizeof(control->avic_physical_id));
	memset(&control->vmsa_pa, byte, sizeof(control->vmsa_pa));
	memset(control->reserved_8, byte, sizeof(control->reserved_8));
	memset(control->reserved_sw, byte, sizeof(control->reserved_sw));
}

static void whole_control(struct kvm_vm *vm)
{
	struct vmcb_control_area *control;
	union state in, want;

	take_good(&in);
	control = &nested_blob_vmcb(&in.nested)->control;
	control->tsc_offset = 0x123456789;
	control->exit_code = SVM_EXIT_NPF;
	control->exit_info_1 = 0x1111;
	control->exit_info_2 = 0x2222;
	control->exit_int_info = 0x33;
	control->exit_int_info_err = 0x44;
	control->event_inj_err = 0x55;
	control->misc_ctl2 = SVM_MISC2_ENABLE_V_LBR;
	control->pause_filter_count = 0x66;
	control->pause_filter_thresh = 0x77;
	control->next_rip = 0x888888;
	want = in;
	ksft_test_result(returns(vm, NULL, &in, &want),
			 "nested: SET_NESTED_STATE keeps every field that KVM emulates\n");

	fill_unemulated(control, 0xff);
	fill_unemulated(&nested_blob_vmcb(&want.nested)->control, 0);
	ksft_test_result(returns(vm, NULL, &in, &want),
			 "nested: SET_NESTED_STATE drops every field that KVM does not emulate\n");
}

static void l2_code(void)
{
	GUEST_SYNC(IN_L2);
}

static void l1_code(struct svm_test_data *svm)
{
	generic_svm_setup(svm, l2_code);
	run_guest(svm->vmcb, svm->vmcb_gpa);
	GUEST_FAIL("L2 is only to be saved");
}

int main(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	gva_t svm_gva;

	nested_start(2 + ARRAY_SIZE(fields) + 2 * FEATURES);

	vm = nested_vm(&vcpu, l1_code, false, &svm_gva);
	nested_run_to(vcpu, IN_L2);
	good = vcpu_save_state(vcpu);
	kvm_vm_release(vm);

	whole_control(vm);
	field_cases(vm);
	feature_cases(vm);

	kvm_x86_state_cleanup(good);
	ksft_finished();
}
