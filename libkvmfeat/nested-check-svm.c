// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules of an SVM blob, in the order of KVM_SET_NESTED_STATE: kvm_arch_vcpu_ioctl() in
 * arch/x86/kvm/x86.c, then svm_set_nested_state() in svm/nested.c, which copies the control
 * area, changes the copy, and checks that. Judges that ask CPUID: nested-check-svm-cpuid.c.
 */
#include "nested-check-svm.h"
#include "nested-check-cpuid.h"

#define BIT(number) (UINT64_C(1) << (number))
#define ANY_BIT UINT64_MAX
#define UPPER_HALF (ANY_BIT << 32)

#define FLAGS_KVM                                                                                  \
	(KF_NESTED_GUEST_MODE | KF_NESTED_RUN_PENDING | KF_NESTED_EVMCS | KF_NESTED_MTF_PENDING |  \
	 KF_NESTED_GIF_SET)
#define FLAGS_VMX (KF_NESTED_EVMCS | KF_NESTED_MTF_PENDING)

#define CR0_PE BIT(0)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)
#define CR4_PAE BIT(5)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_SVME BIT(12)
#define RFLAGS_FIXED BIT(1)
#define RFLAGS_VM BIT(17)
#define CS_L BIT(9)
#define CS_DB BIT(10)
#define INTERCEPT_NMI BIT(1) /* of word 3 */
#define INTERCEPT_VMRUN BIT(0) /* of word 4 */
#define V_NMI_ENABLE BIT(26)
#define EVENT_VALID BIT(31)
#define PAGE_OFFSET UINT64_C(0xfff)
#define MSRPM_BYTES (2 * 4096)
#define IOPM_BYTES (3 * 4096)

_Static_assert(offsetof(struct kf_nested_rule, rule) == 0, "a finding leads to its row");

static uint64_t mask_of(const struct kvmfeat_nested_finding *finding)
{
	return ((const struct kf_nested_rule *)finding->rule)->mask;
}

/* When KVM comes to a rule */

static bool guest_mode(const struct kf_nested_check *check, uint32_t bits)
{
	(void)bits;
	return check->info.flags & KF_NESTED_GUEST_MODE;
}

/* KVM reads the data in guest mode, when it is whole. Else it leaves nested mode and is done. */
static bool reads_data(const struct kf_nested_check *check, uint32_t bits)
{
	return guest_mode(check, bits) && check->info.state_bytes >= KF_SVM_BYTES;
}

/* EFER.LME and CR0.PG of L1 */
static bool host_has_long_mode(const struct kf_nested_check *check, uint32_t bits)
{
	return reads_data(check, bits) &&
	       kf_nested_number(check, KF_SVM_SAVE + 0x0d0, 8) & EFER_LME &&
	       kf_nested_number(check, KF_SVM_SAVE + 0x158, 8) & CR0_PG;
}

/* Judges by the mask of the rule */

static void is_clear(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & mask_of(finding)));
}

static void is_set(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value & mask_of(finding));
}

static void is_kept(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	if (finding->value & ~mask_of(finding))
		kf_svm_change(finding, finding->value & mask_of(finding));
}

/* Header and vCPU */

static void judge_nested(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding)
{
	const uint32_t needed = guest_mode(check, 0) ? KF_SVM_BYTES : KF_NESTED_HEADER_BYTES;

	if (!kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_MAX_BYTES))
		return;
	kf_nested_set(finding, check->target.max_bytes);
	kf_nested_require(finding, finding->value >= needed);
}

static void judge_run_pending(const struct kf_nested_check *check,
			      struct kvmfeat_nested_finding *finding)
{
	kf_nested_require(finding,
			  guest_mode(check, 0) || !(finding->value & KF_NESTED_RUN_PENDING));
}

static void judge_vcpu_efer(const struct kf_nested_check *check,
			    struct kvmfeat_nested_finding *finding)
{
	const uint32_t flags = check->info.flags;
	const bool asked = flags && flags != KF_NESTED_GIF_SET;

	if (check->target.known & KVMFEAT_NESTED_KNOW_EFER)
		kf_nested_set(finding, check->target.efer);
	if (asked && kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_EFER))
		kf_nested_require(finding, finding->value & EFER_SVME);
}

static void judge_vcpu_smm(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	if (check->target.known & KVMFEAT_NESTED_KNOW_SMM)
		kf_nested_set(finding, check->target.smm);
	if (guest_mode(check, 0) && kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_SMM))
		kf_nested_require(finding, !finding->value);
}

static void judge_vmcb_pa(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	if (finding->value & PAGE_OFFSET)
		kf_nested_require(finding, false);
	else
		kf_nested_require_gpa(check, finding, finding->value);
}

static void judge_size(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, finding->value >= KF_SVM_BYTES);
}

/* L2's control area */

static void judge_nested_cr3(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	bool paging;
	const bool known = kf_svm_nested_paging(check, &paging);

	if (known && !paging)
		return;
	kf_nested_require_gpa(check, finding, finding->value);
	if (!known && finding->verdict == KVMFEAT_NESTED_REFUSED)
		kf_nested_lacks(finding, "CPUID");
}

/* nested_svm_check_bitmap_pa() */
static void judge_bitmap(const struct kf_nested_check *check,
			 struct kvmfeat_nested_finding *finding, uint32_t bytes)
{
	const uint64_t base = finding->value & ~PAGE_OFFSET;

	/* A bit that is too high may be in the address of its first byte or of its last. */
	kf_nested_require_gpa(check, finding, base | (base + bytes - 1));
}

static void judge_msrpm(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	judge_bitmap(check, finding, MSRPM_BYTES);
}

static void judge_iopm(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	judge_bitmap(check, finding, IOPM_BYTES);
}

static void judge_v_nmi(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint64_t word3 = kf_nested_number(check, KF_SVM_CONTROL + 0x00c, 4);

	kf_nested_require(finding, !(finding->value & V_NMI_ENABLE) || word3 & INTERCEPT_NMI);
}

static void judge_event_type(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	const unsigned int types = BIT(0) | BIT(2) | BIT(3) | BIT(4); /* SVM_EVTINJ_TYPE_* */

	(void)check;
	kf_nested_require(finding, !(finding->value & EVENT_VALID) ||
					   types >> (finding->value >> 8 & 7) & 1);
}

/* The vCPU, and L1's save area */

static bool has_nw_alone(uint64_t cr0)
{
	return cr0 & CR0_NW && !(cr0 & CR0_CD);
}

static void judge_vcpu_cr0(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	if (check->target.known & KVMFEAT_NESTED_KNOW_CR0)
		kf_nested_set(finding, check->target.cr0);
	if (reads_data(check, 0) && kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CR0))
		kf_nested_require(finding, !has_nw_alone(finding->value));
}

static void judge_host_lma(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & EFER_LMA) || finding->value & EFER_LME);
}

static void judge_host_nw(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !has_nw_alone(finding->value));
}

static void judge_host_cs(const struct kf_nested_check *check,
			  struct kvmfeat_nested_finding *finding)
{
	(void)check;
	kf_nested_require(finding, !(finding->value & CS_L) || !(finding->value & CS_DB));
}

/* True: L2 has a PAT of its own. False: it has L1's, or the finding is marked. */
static bool has_own_pat(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	const uint32_t facts = KVMFEAT_NESTED_KNOW_CPUID | KVMFEAT_NESTED_KNOW_OWN_PAT;
	bool paging;

	if (kf_svm_nested_paging(check, &paging) && !paging)
		return false;
	if (check->target.known & KVMFEAT_NESTED_KNOW_OWN_PAT && !check->target.own_pat)
		return false;
	return kf_nested_knows(check, finding, facts);
}

static void judge_gpat(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	if (!kf_nested_pat_valid(finding->value) && has_own_pat(check, finding))
		kf_nested_require(finding, false);
}

static void keep_gpat(const struct kf_nested_check *check, struct kvmfeat_nested_finding *finding)
{
	if (finding->value && !has_own_pat(check, finding) && finding->verdict == KVMFEAT_NESTED_OK)
		kf_svm_change(finding, 0);
}

static void keep_host_rflags(const struct kf_nested_check *check,
			     struct kvmfeat_nested_finding *finding)
{
	(void)check;
	if (!(finding->value & RFLAGS_FIXED))
		kf_svm_change(finding, finding->value | RFLAGS_FIXED);
}

static void judge_vcpu_cr3(const struct kf_nested_check *check,
			   struct kvmfeat_nested_finding *finding)
{
	if (check->target.known & KVMFEAT_NESTED_KNOW_CR3)
		kf_nested_set(finding, check->target.cr3);
	if (reads_data(check, 0) && kf_nested_knows(check, finding, KVMFEAT_NESTED_KNOW_CR3))
		kf_cpuid_require_cr3(check, finding);
}

/* Where a field is: its name, its offset in the blob and its bytes */
#define VCPU(field) "vcpu." field, UINT32_MAX, 0
#define HEADER(field, at, bytes) "header." field, at, bytes
#define CONTROL(field, at, bytes) "control." field, KF_SVM_CONTROL + (at), bytes
#define SAVE(field, at, bytes) "save." field, KF_SVM_SAVE + (at), bytes

#define ROW(name, when, in, at, bytes, how, bits, says, of)                                        \
	{                                                                                          \
		.rule = { .id = "svm." name,                                                       \
			  .field = in,                                                             \
			  .offset = at,                                                            \
			  .text = says,                                                            \
			  .kernels = of },                                                         \
		.width = bytes, .applies = when, .judge = how, .mask = bits,                       \
	}
#define RULE(name, when, where, ...) ROW(name, when, where, __VA_ARGS__)

#define DROPPED(name, where)                                                                       \
	RULE(name, reads_data, where, is_kept, 0, "KVM clears it: it does not emulate it for L1",  \
	     CLEARED)

#define ALL NULL
#define CHECKED "Linux 7.3; an earlier one may take it"
#define CLEARED "Linux 7.3; an earlier one may keep the value"

const struct kf_nested_rule kf_nested_svm_rules[] = {
	RULE("nested", NULL, VCPU("max_bytes"), judge_nested, 0,
	     "the target has nested virtualization, with room for the state", ALL),
	RULE("known-flags", NULL, HEADER("flags", KF_NESTED_FLAGS, 2), is_clear,
	     ~(uint64_t)FLAGS_KVM, "no flag is set that KVM does not know", ALL),
	RULE("run-pending", NULL, HEADER("flags", KF_NESTED_FLAGS, 2), judge_run_pending, 0,
	     "RUN_PENDING is set only with GUEST_MODE", ALL),
	RULE("format", NULL, HEADER("format", KF_NESTED_FORMAT, 2), kf_svm_judge_format, 0,
	     "the target has SVM", ALL),
	RULE("flags", NULL, HEADER("flags", KF_NESTED_FLAGS, 2), is_clear, FLAGS_VMX,
	     "no flag of VMX is set: EVMCS, MTF_PENDING", ALL),
	RULE("vcpu-efer", NULL, VCPU("efer"), judge_vcpu_efer, 0,
	     "EFER.SVME of the vCPU is set, or the flags are 0 or GIF_SET alone", CHECKED),
	RULE("vcpu-smm", NULL, VCPU("smm"), judge_vcpu_smm, 0,
	     "the vCPU is not in system management mode, or GUEST_MODE is clear", ALL),

	RULE("vmcb-pa", guest_mode, HEADER("vmcb_pa", KF_SVM_VMCB_PA, 8), judge_vmcb_pa, 0,
	     "the VMCB of L2 is at a page within MAXPHYADDR", ALL),
	RULE("size", guest_mode, HEADER("size", KF_NESTED_SIZE, 4), judge_size, 0,
	     "the state holds a VMCB: its size is at least 4224", ALL),

	/* __nested_copy_vmcb_control_to_cache() */
	RULE("intercept-word4", reads_data, CONTROL("intercept_word4", 0x010, 4),
	     kf_svm_clear_word4, 0,
	     "KVM clears the intercepts of SKINIT, RDPRU, and of RDTSCP and XSETBV where the vCPU "
	     "lacks RDTSCP or XSAVE",
	     CLEARED),
	RULE("intercept-word5", reads_data, CONTROL("intercept_word5", 0x014, 4),
	     kf_svm_clear_word5, 0,
	     "KVM clears the intercept of INVPCID where the vCPU lacks INVPCID", CLEARED),
	RULE("misc-ctl", reads_data, CONTROL("misc_ctl", 0x090, 8), kf_svm_clear_misc_ctl, 0,
	     "KVM clears NP and GMET where the vCPU lacks NPT or GMET", CLEARED),
	RULE("iopm-page", reads_data, CONTROL("iopm_base_pa", 0x040, 8), is_kept, ~PAGE_OFFSET,
	     "KVM clears the offset within the page", CLEARED),
	RULE("msrpm-page", reads_data, CONTROL("msrpm_base_pa", 0x048, 8), is_kept, ~PAGE_OFFSET,
	     "KVM clears the offset within the page", CLEARED),
	RULE("tlb-ctl", reads_data, CONTROL("tlb_ctl", 0x05c, 1), is_kept, 0x7,
	     "KVM keeps bits 2 to 0", CLEARED),
	RULE("int-vector", reads_data, CONTROL("int_vector", 0x064, 4), is_kept, 0xff,
	     "KVM keeps bits 7 to 0", CLEARED),
	RULE("int-state", reads_data, CONTROL("int_state", 0x068, 4), is_kept, 0x1,
	     "KVM keeps bit 0, the interrupt shadow",
	     "Linux 7.3; an earlier one may have written a shadow that was over"),
	RULE("event-inj", reads_data, CONTROL("event_inj", 0x0a8, 4), is_kept, 0x80000fff,
	     "KVM clears the reserved bits 30 to 12", CLEARED),
	DROPPED("avic-vapic-bar", CONTROL("avic_vapic_bar", 0x098, 8)),
	DROPPED("ghcb-gpa", CONTROL("ghcb_gpa", 0x0a0, 8)),
	DROPPED("clean", CONTROL("clean", 0x0c0, 4)),
	DROPPED("insn-len", CONTROL("insn_len", 0x0d0, 1)),
	DROPPED("avic-backing-page", CONTROL("avic_backing_page", 0x0e0, 8)),
	DROPPED("avic-logical-id", CONTROL("avic_logical_id", 0x0f0, 8)),
	DROPPED("avic-physical-id", CONTROL("avic_physical_id", 0x0f8, 8)),
	DROPPED("vmsa-pa", CONTROL("vmsa_pa", 0x108, 8)),
	DROPPED("bus-lock-counter", CONTROL("bus_lock_counter", 0x120, 2)),
	DROPPED("allowed-sev-features", CONTROL("allowed_sev_features", 0x138, 8)),
	DROPPED("guest-sev-features", CONTROL("guest_sev_features", 0x140, 8)),

	/* nested_vmcb_check_controls() */
	RULE("vmrun", reads_data, CONTROL("intercept_word4", 0x010, 4), is_set, INTERCEPT_VMRUN,
	     "VMRUN is intercepted", ALL),
	RULE("asid", reads_data, CONTROL("asid", 0x058, 4), is_set, ANY_BIT,
	     "the ASID of L2 is not 0", ALL),
	RULE("nested-cr3", reads_data, CONTROL("nested_cr3", 0x0b0, 8), judge_nested_cr3, 0,
	     "with NP the nested CR3 is within MAXPHYADDR", CHECKED),
	RULE("msrpm", reads_data, CONTROL("msrpm_base_pa", 0x048, 8), judge_msrpm, 0,
	     "the 8 KiB of the MSR bitmap are within MAXPHYADDR", CHECKED),
	RULE("iopm", reads_data, CONTROL("iopm_base_pa", 0x040, 8), judge_iopm, 0,
	     "the 12 KiB of the I/O bitmap are within MAXPHYADDR", CHECKED),
	RULE("v-nmi", reads_data, CONTROL("int_ctl", 0x060, 4), judge_v_nmi, 0,
	     "with V_NMI_ENABLE the NMI is intercepted", CHECKED),
	RULE("event-type", reads_data, CONTROL("event_inj", 0x0a8, 4), judge_event_type, 0,
	     "an injected event is of type 0, 2, 3 or 4", CHECKED),
	RULE("event-vector", reads_data, CONTROL("event_inj", 0x0a8, 4), kf_svm_judge_vector, 0,
	     "an injected exception is one that the vCPU has: 0, 1, 3 to 8, 10 to 14, 16 to 19, 28 "
	     "or 30, 21 with SHSTK, 29 with SEV-ES",
	     CHECKED),

	RULE("vcpu-cr0", NULL, VCPU("cr0"), judge_vcpu_cr0, 0,
	     "CR0 of the vCPU has not NW without CD; KVM_SET_SREGS refuses that, too", ALL),
	RULE("host-pg", reads_data, SAVE("cr0", 0x158, 8), is_set, CR0_PG, "CR0.PG of L1 is set",
	     ALL),
	RULE("host-pe", reads_data, SAVE("cr0", 0x158, 8), is_set, CR0_PE, "CR0.PE of L1 is set",
	     CHECKED),
	RULE("host-vm", reads_data, SAVE("rflags", 0x170, 8), is_clear, RFLAGS_VM,
	     "RFLAGS.VM of L1 is clear", CHECKED),
	RULE("host-lma", reads_data, SAVE("efer", 0x0d0, 8), judge_host_lma, 0,
	     "EFER.LMA of L1 is set only with LME", CHECKED),

	/* nested_vmcb_check_save() */
	RULE("host-svme", reads_data, SAVE("efer", 0x0d0, 8), is_set, EFER_SVME,
	     "EFER.SVME of L1 is set", CHECKED),
	RULE("host-nw", reads_data, SAVE("cr0", 0x158, 8), judge_host_nw, 0,
	     "CR0 of L1 has not NW without CD", CHECKED),
	RULE("host-cr0", reads_data, SAVE("cr0", 0x158, 8), is_clear, UPPER_HALF,
	     "bits 63 to 32 of L1's CR0 are 0", CHECKED),
	RULE("host-dr6", reads_data, SAVE("dr6", 0x168, 8), is_clear, UPPER_HALF,
	     "bits 63 to 32 of L1's DR6 are 0", CHECKED),
	RULE("host-dr7", reads_data, SAVE("dr7", 0x160, 8), is_clear, UPPER_HALF,
	     "bits 63 to 32 of L1's DR7 are 0", CHECKED),
	RULE("host-pae", host_has_long_mode, SAVE("cr4", 0x148, 8), is_set, CR4_PAE,
	     "with LME and PG, CR4.PAE of L1 is set", CHECKED),
	RULE("host-cr3", host_has_long_mode, SAVE("cr3", 0x150, 8), kf_cpuid_require_cr3, 0,
	     "with LME and PG, CR3 of L1 is within MAXPHYADDR, but for LAM's bits 62 and 61 where "
	     "the vCPU has LAM",
	     CHECKED),
	RULE("host-cs", host_has_long_mode, SAVE("cs.attrib", 0x012, 2), judge_host_cs, 0,
	     "with LME and PG, CS of L1 has not both L and DB", CHECKED),
	RULE("host-cr4", reads_data, SAVE("cr4", 0x148, 8), kf_svm_judge_cr4, 0,
	     "CR4 of L1 has no bit that the CPUID of the vCPU does not allow", CHECKED),
	RULE("host-efer", reads_data, SAVE("efer", 0x0d0, 8), kf_svm_judge_efer, 0,
	     "EFER of L1 has no bit that the CPUID of the vCPU does not allow", CHECKED),

	RULE("gpat", reads_data, HEADER("gpat", KF_SVM_GPAT, 8), judge_gpat, 0,
	     "where L2 has a PAT of its own, each byte of it is 0, 1 or 4 to 7",
	     "Linux 7.3; in earlier ones these bytes are reserved"),
	RULE("gpat-dropped", reads_data, HEADER("gpat", KF_SVM_GPAT, 8), keep_gpat, 0,
	     "KVM drops the PAT of L2 where L2 shares L1's: without nested paging, or with "
	     "KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT",
	     "Linux 7.3; in earlier ones these bytes are reserved"),

	/* svm_copy_vmrun_state() */
	RULE("host-rflags", reads_data, SAVE("rflags", 0x170, 8), keep_host_rflags, 0,
	     "KVM sets bit 1 of L1's RFLAGS, which is always 1", CLEARED),
	RULE("host-cpl", reads_data, SAVE("cpl", 0x0cb, 1), is_kept, 0,
	     "KVM makes the CPL of L1 0, at which alone it could run VMRUN", CLEARED),

	RULE("vcpu-cr3", NULL, VCPU("cr3"), judge_vcpu_cr3, 0,
	     "CR3 of the vCPU is within MAXPHYADDR; when it is not, the vCPU has changed already",
	     CHECKED),
};

const size_t kf_nested_svm_rule_count = KF_ARRAY_SIZE(kf_nested_svm_rules);
