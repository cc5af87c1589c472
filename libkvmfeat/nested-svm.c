// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The fields of an SVM blob: header, and the vmcb12 that struct vmcb_control_area and struct
 * vmcb_save_area (arch/x86/include/asm/svm.h) lay out. The save area is L1's, not L2's.
 */
#include "nested-private.h"

#define FIELD(prefix, in, base, field, what, at, bytes)                                            \
	{                                                                                          \
		.name = prefix "." field, .area = KVMFEAT_NESTED_##in,                             \
		.kind = KVMFEAT_NESTED_##what, .offset = (base) + (at), .width = bytes,            \
	}
#define HEADER(field, what, at, bytes) FIELD("header", HEADER, 0, field, what, at, bytes)
#define CONTROL(field, what, at, bytes)                                                            \
	FIELD("control", L2_CONTROL, KF_SVM_CONTROL, field, what, at, bytes)
#define SAVE(field, what, at, bytes) FIELD("save", L1_SAVE, KF_SVM_SAVE, field, what, at, bytes)
/* struct vmcb_seg */
#define SEGMENT(name, at)                                                                          \
	SAVE(name ".selector", NUMBER, at, 2), SAVE(name ".attrib", FLAGS, (at) + 2, 2),           \
		SAVE(name ".limit", NUMBER, (at) + 4, 4), SAVE(name ".base", ADDRESS, (at) + 8, 8)

const struct kvmfeat_nested_field kf_nested_svm_fields[] = {
	HEADER("flags", FLAGS, KF_NESTED_FLAGS, 2),
	HEADER("format", NUMBER, KF_NESTED_FORMAT, 2),
	HEADER("size", NUMBER, KF_NESTED_SIZE, 4),
	HEADER("vmcb_pa", ADDRESS, KF_SVM_VMCB_PA, 8),
	HEADER("gpat", NUMBER, KF_SVM_GPAT, 8),
	HEADER("reserved_018", RESERVED, 24, 104),

	CONTROL("intercept_cr", FLAGS, 0x000, 4),
	CONTROL("intercept_dr", FLAGS, 0x004, 4),
	CONTROL("intercept_exception", FLAGS, 0x008, 4),
	CONTROL("intercept_word3", FLAGS, 0x00c, 4),
	CONTROL("intercept_word4", FLAGS, 0x010, 4),
	CONTROL("intercept_word5", FLAGS, 0x014, 4),
	CONTROL("reserved_018", RESERVED, 0x018, 36),
	CONTROL("pause_filter_thresh", NUMBER, 0x03c, 2),
	CONTROL("pause_filter_count", NUMBER, 0x03e, 2),
	CONTROL("iopm_base_pa", ADDRESS, 0x040, 8),
	CONTROL("msrpm_base_pa", ADDRESS, 0x048, 8),
	CONTROL("tsc_offset", NUMBER, 0x050, 8),
	CONTROL("asid", NUMBER, 0x058, 4),
	CONTROL("tlb_ctl", NUMBER, 0x05c, 1),
	CONTROL("erap_ctl", FLAGS, 0x05d, 1),
	CONTROL("reserved_05e", RESERVED, 0x05e, 2),
	CONTROL("int_ctl", FLAGS, 0x060, 4),
	CONTROL("int_vector", NUMBER, 0x064, 4),
	CONTROL("int_state", FLAGS, 0x068, 4),
	CONTROL("reserved_06c", RESERVED, 0x06c, 4),
	CONTROL("exit_code", NUMBER, 0x070, 8),
	CONTROL("exit_info_1", NUMBER, 0x078, 8),
	CONTROL("exit_info_2", NUMBER, 0x080, 8),
	CONTROL("exit_int_info", FLAGS, 0x088, 4),
	CONTROL("exit_int_info_err", NUMBER, 0x08c, 4),
	CONTROL("misc_ctl", FLAGS, 0x090, 8),
	CONTROL("avic_vapic_bar", ADDRESS, 0x098, 8),
	CONTROL("ghcb_gpa", ADDRESS, 0x0a0, 8),
	CONTROL("event_inj", FLAGS, 0x0a8, 4),
	CONTROL("event_inj_err", NUMBER, 0x0ac, 4),
	CONTROL("nested_cr3", ADDRESS, 0x0b0, 8),
	CONTROL("misc_ctl2", FLAGS, 0x0b8, 8),
	CONTROL("clean", FLAGS, 0x0c0, 4),
	CONTROL("reserved_0c4", RESERVED, 0x0c4, 4),
	CONTROL("next_rip", ADDRESS, 0x0c8, 8),
	CONTROL("insn_len", NUMBER, 0x0d0, 1),
	CONTROL("insn_bytes", BYTES, 0x0d1, 15),
	CONTROL("avic_backing_page", ADDRESS, 0x0e0, 8),
	CONTROL("reserved_0e8", RESERVED, 0x0e8, 8),
	CONTROL("avic_logical_id", ADDRESS, 0x0f0, 8),
	CONTROL("avic_physical_id", ADDRESS, 0x0f8, 8),
	CONTROL("reserved_100", RESERVED, 0x100, 8),
	CONTROL("vmsa_pa", ADDRESS, 0x108, 8),
	CONTROL("reserved_110", RESERVED, 0x110, 16),
	CONTROL("bus_lock_counter", NUMBER, 0x120, 2),
	CONTROL("reserved_122", RESERVED, 0x122, 22),
	CONTROL("allowed_sev_features", FLAGS, 0x138, 8),
	CONTROL("guest_sev_features", FLAGS, 0x140, 8),
	CONTROL("reserved_148", RESERVED, 0x148, 664),
	CONTROL("hv_enlightenments", BYTES, 0x3e0, 32),

	SEGMENT("es", 0x000),
	SEGMENT("cs", 0x010),
	SEGMENT("ss", 0x020),
	SEGMENT("ds", 0x030),
	SEGMENT("fs", 0x040),
	SEGMENT("gs", 0x050),
	SEGMENT("gdtr", 0x060),
	SEGMENT("ldtr", 0x070),
	SEGMENT("idtr", 0x080),
	SEGMENT("tr", 0x090),
	SAVE("reserved_0a0", RESERVED, 0x0a0, 42),
	SAVE("vmpl", NUMBER, 0x0ca, 1),
	SAVE("cpl", NUMBER, 0x0cb, 1),
	SAVE("reserved_0cc", RESERVED, 0x0cc, 4),
	SAVE("efer", FLAGS, 0x0d0, 8),
	SAVE("reserved_0d8", RESERVED, 0x0d8, 112),
	SAVE("cr4", FLAGS, 0x148, 8),
	SAVE("cr3", ADDRESS, 0x150, 8),
	SAVE("cr0", FLAGS, 0x158, 8),
	SAVE("dr7", FLAGS, 0x160, 8),
	SAVE("dr6", FLAGS, 0x168, 8),
	SAVE("rflags", FLAGS, 0x170, 8),
	SAVE("rip", ADDRESS, 0x178, 8),
	SAVE("reserved_180", RESERVED, 0x180, 88),
	SAVE("rsp", ADDRESS, 0x1d8, 8),
	SAVE("s_cet", FLAGS, 0x1e0, 8),
	SAVE("ssp", ADDRESS, 0x1e8, 8),
	SAVE("isst_addr", ADDRESS, 0x1f0, 8),
	SAVE("rax", NUMBER, 0x1f8, 8),
	SAVE("star", NUMBER, 0x200, 8),
	SAVE("lstar", ADDRESS, 0x208, 8),
	SAVE("cstar", ADDRESS, 0x210, 8),
	SAVE("sfmask", FLAGS, 0x218, 8),
	SAVE("kernel_gs_base", ADDRESS, 0x220, 8),
	SAVE("sysenter_cs", NUMBER, 0x228, 8),
	SAVE("sysenter_esp", ADDRESS, 0x230, 8),
	SAVE("sysenter_eip", ADDRESS, 0x238, 8),
	SAVE("cr2", ADDRESS, 0x240, 8),
	SAVE("reserved_248", RESERVED, 0x248, 32),
	SAVE("g_pat", NUMBER, 0x268, 8),
	SAVE("dbgctl", FLAGS, 0x270, 8),
	SAVE("br_from", ADDRESS, 0x278, 8),
	SAVE("br_to", ADDRESS, 0x280, 8),
	SAVE("last_excp_from", ADDRESS, 0x288, 8),
	SAVE("last_excp_to", ADDRESS, 0x290, 8),
	SAVE("reserved_298", RESERVED, 0x298, 72),
	SAVE("spec_ctrl", FLAGS, 0x2e0, 8),
	SAVE("reserved_2e8", RESERVED, 0x2e8, 2328),
};

const size_t kf_nested_svm_field_count = KF_ARRAY_SIZE(kf_nested_svm_fields);
