// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every parameter of kvm, kvm_amd and kvm_intel in Linux 7.3: grammar, effect, meaning. Whether
 * one can be written is not here: the mode of its file tells, on the kernel that runs.
 */
#include <stdint.h>
#include <string.h>

#include "internal.h"
#include "param-private.h"

const char *const kf_param_modules[] = { "kvm", "kvm_amd", "kvm_intel", NULL };

/* bool prints Y and N; bint, and the flags that are an int, print 0 and 1. */
static const struct kf_param_reading bool_readings[] = {
	{ "Y", "on" }, { "N", "off" }, { "1", "on" }, { "0", "off" }, { NULL },
};

/* -1 is how kernels print "auto" that have no word for it. */
static const struct kf_param_reading switch_readings[] = {
	{ "Y", "on" },
	{ "N", "off" },
	{ "1", "on" },
	{ "0", "off" },
	{ "-1", "auto" },
	{ "auto", "auto" },
	{ "never", "never", KVMFEAT_WHY_MODULE_PARAMETER },
	{ NULL },
};

static const struct kf_param_reading flush_readings[] = {
	{ "auto", "auto" },
	{ "never", "never" },
	{ "cond", "cond" },
	{ "always", "always" },
	{ "EPT disabled", "ept-disabled", KVMFEAT_WHY_MODULE_PARAMETER },
	{ "not required", "not-required", KVMFEAT_WHY_HARDWARE },
	{ NULL },
};

static const struct kf_param_word bool_words[] = {
	{ .word = "on", .write = "Y", .load = "1", .value = "on" },
	{ .word = "off", .write = "N", .load = "0", .value = "off" },
	{ NULL },
};

static const struct kf_param_word avic_words[] = {
	{ .word = "on", .load = "1", .value = "on" },
	{ .word = "off", .load = "0", .value = "off" },
	{ .word = "auto", .load = "auto" },
	{ NULL },
};

/* Kernels before "never" take it for an "n", that is off; reading it back tells. */
static const struct kf_param_word nx_words[] = {
	{ .word = "off", .write = "off", .load = "off", .value = "off" },
	{ .word = "on", .write = "force", .load = "force", .value = "on" },
	{ .word = "force", .write = "force", .load = "force", .value = "on" },
	{ .word = "auto", .write = "auto", .load = "auto" },
	{ .word = "never",
	  .write = "never",
	  .load = "never",
	  .value = "never",
	  .effect = KVMFEAT_PARAM_EFFECT_IRREVERSIBLE,
	  .why = KVMFEAT_WHY_KERNEL_VERSION },
	{ NULL },
};

static const struct kf_param_word flush_words[] = {
	{ .word = "auto", .write = "auto", .load = "auto" },
	{ .word = "never", .write = "never", .load = "never", .value = "never" },
	{ .word = "cond", .write = "cond", .load = "cond", .value = "cond" },
	{ .word = "always", .write = "always", .load = "always", .value = "always" },
	{ NULL },
};

static const struct kf_param_grammar flag = {
	.kind = KVMFEAT_PARAM_BOOL,
	.names = "on off",
	.readings = bool_readings,
	.words = bool_words,
	.falls_to_bool = true,
};

static const struct kf_param_grammar number = {
	.kind = KVMFEAT_PARAM_UINT,
	.names = "0 to 4294967295",
	.max = UINT32_MAX,
};

static const struct kf_param_grammar short_number = {
	.kind = KVMFEAT_PARAM_UINT,
	.names = "0 to 65535",
	.max = UINT16_MAX,
};

static const struct kf_param_grammar signed_number = {
	.kind = KVMFEAT_PARAM_INT,
	.names = "-2147483648 to 2147483647",
	.min = INT32_MIN,
	.max = INT32_MAX,
};

static const struct kf_param_grammar avic = {
	.kind = KVMFEAT_PARAM_SWITCH,
	.names = "on off auto",
	.readings = switch_readings,
	.words = avic_words,
	.falls_to_bool = true,
};

/* Reads -1 until a vendor module is loaded; neither -1 nor "auto" can be written. */
static const struct kf_param_grammar timer = {
	.kind = KVMFEAT_PARAM_SWITCH,
	.names = "on off",
	.readings = switch_readings,
	.words = bool_words,
	.falls_to_bool = true,
};

static const struct kf_param_grammar nx = {
	.kind = KVMFEAT_PARAM_SWITCH,
	.names = "off on force auto never",
	.readings = switch_readings,
	.words = nx_words,
	.falls_to_bool = true,
};

static const struct kf_param_grammar flush = {
	.kind = KVMFEAT_PARAM_WORD,
	.names = "auto never cond always",
	.readings = flush_readings,
	.words = flush_words,
};

static const struct kf_param_meaning avic_meanings[] = {
	{ "on", "interrupts reach running vCPUs without an exit; a VM may still opt out" },
	{ "off", "KVM injects every interrupt itself; an unresolved auto reads so, too" },
	{ "auto", "on with Zen 4 and newer that have x2AVIC; not resolved yet" },
	{ NULL },
};

static const struct kf_param_meaning nx_meanings[] = {
	{ "on", "huge pages of guests are not executable; one is split when a guest runs code in "
		"it" },
	{ "off", "guests run code in huge pages; no protection from iTLB multihit" },
	{ "auto", "on if the CPU has the iTLB multihit bug; not resolved yet" },
	{ "never", "off, and cannot be changed any more; VMs get no recovery thread" },
	{ NULL },
};

static const struct kf_param_meaning ratio_meanings[] = {
	{ "0", "split huge pages are not recovered" },
	{ NULL },
};

static const struct kf_param_meaning period_meanings[] = {
	{ "0", "an hour divided by nx_huge_pages_recovery_ratio" },
	{ NULL },
};

static const struct kf_param_meaning flush_meanings[] = {
	{ "auto", "as l1tf= on the kernel command line says; not resolved yet" },
	{ "never", "the L1 data cache is not flushed, or this kernel has no mitigations" },
	{ "cond", "flushed when code that may have left secrets ran since the last exit" },
	{ "always", "flushed on every entry into a guest" },
	{ "ept-disabled", "not needed: ept is off" },
	{ "not-required", "not needed: this CPU does not have the L1TF bug" },
	{ NULL },
};

static const struct kf_param_meaning poll_meanings[] = {
	{ "0", "a halted vCPU sleeps at once" },
	{ NULL },
};

static const struct kf_param_meaning grow_meanings[] = {
	{ "0", "the time does not grow; a vCPU that does not poll never starts to" },
	{ NULL },
};

static const struct kf_param_meaning shrink_meanings[] = {
	{ "0", "the time falls to 0 at once" },
	{ NULL },
};

static const struct kf_param_meaning prefix_meanings[] = {
	{ "0", "the prefix is an invalid instruction, as on hardware" },
	{ "1", "the prefix forces emulation; for tests only" },
	{ "2", "and clears RFLAGS.RF before it; for tests only" },
	{ NULL },
};

static const struct kf_param_meaning timer_meanings[] = {
	{ "auto", "on if timers are kept off isolated CPUs (nohz_full); not resolved yet" },
	{ NULL },
};

static const struct kf_param_meaning gap_meanings[] = {
	{ "0", "exits for PAUSE loops are off" },
	{ NULL },
};

static const struct kf_param_meaning asids_meanings[] = {
	{ "0", "ciphertext of SEV-SNP guests is not hidden" },
	{ NULL },
};

static const struct kf_param_meaning pt_meanings[] = {
	{ "0", "guests share the host's trace" },
	{ "1", "host and guest trace apart" },
	{ NULL },
};

/* clang-format off */
#define ROW(row_module, row_name, row_grammar, row_text, ...) \
	{ .module = row_module, .name = row_name, .grammar = &(row_grammar), .text = row_text, \
	  ##__VA_ARGS__ }
#define KVM(...) ROW("kvm", __VA_ARGS__)
#define AMD(...) ROW("kvm_amd", __VA_ARGS__)
#define INTEL(...) ROW("kvm_intel", __VA_ARGS__)
#define LIVE .effect = KVMFEAT_PARAM_EFFECT_ALL_VMS
#define ZAP .effect = KVMFEAT_PARAM_EFFECT_ZAP
#define LOCKED .locked_by_never = true
#define ANY .any_arch = true
#define CONFIG(option) .config = option
#define MEANS(list) .meanings = list

const struct kf_param_row kf_param_rows[] = {
	KVM("allow_unsafe_mappings", flag, "map guest memory that no MMU notifier protects", ANY),
	KVM("eager_page_split", flag, "split huge pages when dirty logging starts", LIVE),
	KVM("enable_pmu", flag, "give guests a virtual PMU"),
	KVM("enable_virt_at_load", flag, "switch virtualization on when kvm is loaded", ANY),
	KVM("enable_vmware_backdoor", flag, "answer the VMware backdoor ports"),
	KVM("flush_on_reuse", flag, "flush TLBs whenever a page table root is reused", LIVE),
	KVM("force_emulation_prefix", signed_number, "let guests force emulation by a prefix",
	    LIVE, MEANS(prefix_meanings)),
	KVM("halt_poll_ns", number, "longest time in ns that a halted vCPU polls before it sleeps",
	    LIVE, ANY, MEANS(poll_meanings)),
	KVM("halt_poll_ns_grow", number, "factor by which the polling time grows", LIVE, ANY,
	    MEANS(grow_meanings)),
	KVM("halt_poll_ns_grow_start", number, "polling time in ns to which it grows from 0",
	    LIVE, ANY),
	KVM("halt_poll_ns_shrink", number, "divisor by which the polling time shrinks", LIVE, ANY,
	    MEANS(shrink_meanings)),
	KVM("ignore_msrs", flag,
	    "let guests access unknown MSRs: reads give 0, writes vanish", LIVE),
	KVM("lapic_timer_advance", flag,
	    "fire the guest's deadline timer early, to arrive in time"),
	KVM("min_timer_period_us", number,
	    "shortest period in us of a guest's periodic timer", LIVE),
	KVM("mitigate_smt_rsb", flag, "mitigate cross-thread return address predictions"),
	KVM("mmio_caching", flag, "cache emulated MMIO in page tables (SEV-ES and TDX need it)"),
	KVM("nx_huge_pages", nx, "protect from iTLB multihit: no execution in huge pages", ZAP,
	    LOCKED, MEANS(nx_meanings)),
	KVM("nx_huge_pages_recovery_period_ms", number,
	    "time in ms between two recoveries of split huge pages", LIVE, LOCKED,
	    MEANS(period_meanings)),
	KVM("nx_huge_pages_recovery_ratio", number,
	    "each period recovers one in this many split huge pages", LIVE, LOCKED,
	    MEANS(ratio_meanings)),
	KVM("pi_inject_timer", timer, "deliver the guest's timer by a posted interrupt", LIVE,
	    MEANS(timer_meanings)),
	KVM("report_ignored_msrs", flag, "log accesses that ignore_msrs lets pass", LIVE),
	KVM("tdp_mmu", flag, "use the parallel MMU for two-dimensional paging",
	    CONFIG("CONFIG_X86_64")),
	KVM("tsc_tolerance_ppm", number,
	    "deviation in ppm up to which a TSC frequency is not scaled; holds for later vCPUs"),
	KVM("vector_hashing", flag, "spread lowest-priority interrupts by vector"),

	AMD("avic", avic, "deliver interrupts to running vCPUs in hardware",
	    MEANS(avic_meanings)),
	AMD("ciphertext_hiding_asids", number, "ASIDs of SEV-SNP guests whose ciphertext is hidden",
	    CONFIG("CONFIG_KVM_AMD_SEV"), MEANS(asids_meanings)),
	AMD("dump_invalid_vmcb", flag, "log the VMCB when entry into a guest fails", LIVE),
	AMD("enable_device_posted_irqs", flag, "post interrupts of assigned devices"),
	AMD("enable_ipiv", flag, "let AVIC deliver interrupts between vCPUs"),
	AMD("enable_mediated_pmu", flag, "give guests the PMU itself instead of perf events"),
	AMD("force_avic", flag, "use AVIC although CPUID denies it; taints the kernel"),
	AMD("gmet", flag, "use guest mode execute traps"),
	AMD("intercept_smi", flag, "exit on SMIs"),
	AMD("lbrv", flag, "virtualize last branch records"),
	AMD("nested", flag, "let guests be hypervisors"),
	AMD("npt", flag, "use nested page tables"),
	AMD("nrips", flag, "use the next instruction pointer that the CPU saves"),
	AMD("pause_filter_count", short_number, "PAUSEs in a loop before an exit",
	    MEANS(gap_meanings)),
	AMD("pause_filter_count_grow", short_number,
	    "factor, or if it is large step, by which that count grows"),
	AMD("pause_filter_count_max", short_number, "largest such count"),
	AMD("pause_filter_count_shrink", short_number,
	    "divisor, or if it is large step, by which that count shrinks"),
	AMD("pause_filter_thresh", short_number, "cycles between two PAUSEs that end a loop",
	    MEANS(gap_meanings)),
	AMD("sev", flag, "encrypted guests (SEV)", CONFIG("CONFIG_KVM_AMD_SEV")),
	AMD("sev_es", flag, "encrypted guests with encrypted registers (SEV-ES)",
	    CONFIG("CONFIG_KVM_AMD_SEV")),
	AMD("sev_snp", flag, "encrypted guests with integrity (SEV-SNP)",
	    CONFIG("CONFIG_KVM_AMD_SEV")),
	AMD("tsc_scaling", flag, "scale the guest's TSC in hardware"),
	AMD("vgif", flag, "virtualize the global interrupt flag"),
	AMD("vls", flag, "let nested guests run VMLOAD and VMSAVE without an exit"),
	AMD("vnmi", flag, "virtualize NMIs"),

	INTEL("allow_smaller_maxphyaddr", flag, "guests may have fewer physical address bits"),
	INTEL("cet", flag, "use the VMCS controls for CET"),
	INTEL("dump_invalid_vmcs", flag, "log the VMCS when entry into a guest fails", LIVE),
	INTEL("emulate_invalid_guest_state", flag, "emulate guest state that VMX cannot run"),
	INTEL("enable_apicv", flag, "deliver interrupts to running vCPUs in hardware"),
	INTEL("enable_device_posted_irqs", flag, "post interrupts of assigned devices"),
	INTEL("enable_ipiv", flag, "let APICv deliver interrupts between vCPUs"),
	INTEL("enable_mediated_pmu", flag, "give guests the PMU itself instead of perf events"),
	INTEL("enable_shadow_vmcs", flag, "let nested hypervisors access a shadow VMCS"),
	INTEL("enlightened_vmcs", flag, "use the enlightened VMCS when on Hyper-V",
	      CONFIG("CONFIG_HYPERV")),
	INTEL("ept", flag, "use extended page tables"),
	INTEL("eptad", flag, "use accessed and dirty bits of EPT"),
	INTEL("error_on_inconsistent_vmcs_config", flag,
	      "refuse CPUs whose VMX controls contradict each other"),
	INTEL("fasteoi", flag, "end interrupts of the APIC page without decoding the instruction"),
	INTEL("flexpriority", flag, "virtualize the APIC page and the task priority"),
	INTEL("mbec", flag, "use mode-based execute control"),
	INTEL("nested", flag, "let guests be hypervisors"),
	INTEL("ple_gap", number, "cycles between two PAUSEs that end a loop", MEANS(gap_meanings)),
	INTEL("ple_window", number, "cycles in a PAUSE loop before an exit"),
	INTEL("ple_window_grow", number,
	      "factor, or if it is large step, by which that window grows"),
	INTEL("ple_window_max", number, "largest such window"),
	INTEL("ple_window_shrink", number,
	      "divisor, or if it is large step, by which that window shrinks"),
	INTEL("pml", flag, "log dirty pages in hardware"),
	INTEL("preemption_timer", flag, "use the VMX preemption timer",
	      CONFIG("CONFIG_X86_64")),
	INTEL("pt_mode", signed_number, "who may use processor trace", CONFIG("CONFIG_BROKEN"),
	      MEANS(pt_meanings)),
	INTEL("sgx", flag, "let guests run enclaves", CONFIG("CONFIG_X86_SGX_KVM")),
	INTEL("tdx", flag, "confidential guests (TDX)", CONFIG("CONFIG_KVM_INTEL_TDX")),
	INTEL("unrestricted_guest", flag, "run real mode and unpaged guests in hardware"),
	INTEL("vmentry_l1d_flush", flush, "flush the L1 data cache on entry, against L1TF", LIVE,
	      MEANS(flush_meanings)),
	INTEL("vnmi", flag, "virtualize NMIs"),
	INTEL("vpid", flag, "tag TLB entries by vCPU"),
	INTEL("warn_on_missed_cc", flag, "warn when hardware finds a fault that KVM missed"),
};
/* clang-format on */
const size_t kf_param_row_count = KF_ARRAY_SIZE(kf_param_rows);

const struct kf_param_row *kf_param_find(const char *module, const char *name)
{
	for (size_t i = 0; i < kf_param_row_count; i++)
		if (!strcmp(kf_param_rows[i].module, module) &&
		    !strcmp(kf_param_rows[i].name, name))
			return &kf_param_rows[i];
	return NULL;
}

const char *kf_param_meaning(const struct kf_param_row *row, const char *value)
{
	for (const struct kf_param_meaning *m = row->meanings; m && m->value; m++)
		if (!strcmp(m->value, value))
			return m->text;
	return NULL;
}
