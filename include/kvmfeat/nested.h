/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KVM nested state: the blob of KVM_GET_NESTED_STATE. Decode it on any machine, ask whether a
 * host would take it, compare two, and get or set it on a vCPU; check the order in which a VMM
 * saves and restores. Saving and restoring a whole vCPU is in vm.h.
 */
#ifndef KVMFEAT_NESTED_H
#define KVMFEAT_NESTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/cap.h>
#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vcpu;

/** KVMFEAT_NESTED_SIZE_MAX - Bytes of the largest nested state, VMX with a shadow VMCS */
#define KVMFEAT_NESTED_SIZE_MAX 8320
/** KVMFEAT_NESTED_RULES_MAX - Findings that kvmfeat_nested_check() writes at most */
#define KVMFEAT_NESTED_RULES_MAX 256

/**
 * enum kvmfeat_nested_format - Whose nested state a blob holds; the kernel's numbers
 * @KVMFEAT_NESTED_VMX: Intel's
 * @KVMFEAT_NESTED_SVM: AMD's
 */
enum kvmfeat_nested_format {
	KVMFEAT_NESTED_VMX = 0,
	KVMFEAT_NESTED_SVM = 1,
};

/**
 * enum kvmfeat_nested_area - The part of a blob that a field is in
 * @KVMFEAT_NESTED_HEADER: struct kvm_nested_state up to its data
 * @KVMFEAT_NESTED_L2_CONTROL: SVM: what L1 asked of VMRUN for L2
 * @KVMFEAT_NESTED_L1_SAVE: SVM: the state of L1 that #VMEXIT returns to, not L2's
 * @KVMFEAT_NESTED_VMCS12: VMX: the VMCS that L1 made for L2
 * @KVMFEAT_NESTED_SHADOW_VMCS12: VMX: the shadow VMCS that vmcs12 links to
 */
enum kvmfeat_nested_area {
	KVMFEAT_NESTED_HEADER = 0,
	KVMFEAT_NESTED_L2_CONTROL,
	KVMFEAT_NESTED_L1_SAVE,
	KVMFEAT_NESTED_VMCS12,
	KVMFEAT_NESTED_SHADOW_VMCS12,
};

/**
 * enum kvmfeat_nested_kind - How a field is to be read
 * @KVMFEAT_NESTED_NUMBER: a count, index or selector
 * @KVMFEAT_NESTED_ADDRESS: an address or base
 * @KVMFEAT_NESTED_FLAGS: bits with names, which kvmfeat_nested_get_text() gives
 * @KVMFEAT_NESTED_BYTES: bytes without a number
 * @KVMFEAT_NESTED_RESERVED: bytes without a meaning in Linux 7.3, 0 in a blob of KVM
 */
enum kvmfeat_nested_kind {
	KVMFEAT_NESTED_NUMBER = 0,
	KVMFEAT_NESTED_ADDRESS,
	KVMFEAT_NESTED_FLAGS,
	KVMFEAT_NESTED_BYTES,
	KVMFEAT_NESTED_RESERVED,
};

/**
 * struct kvmfeat_nested_field - One field of a format; fields lie side by side, without gaps
 * @name: its area and the kernel's name, by a dot: "control.asid", "vmcs12.guest_rip"; unique
 * within the format
 * @area: area
 * @kind: how it is to be read; numbers, addresses and flags are little endian, 1 to 8 bytes
 * @offset: bytes from the start of the blob
 * @width: bytes
 * @since: kernel release from which KVM writes it ("4.20"); NULL: it has always been
 * there, or the release is not known
 */
struct kvmfeat_nested_field {
	const char *name;
	enum kvmfeat_nested_area area;
	enum kvmfeat_nested_kind kind;
	uint32_t offset;
	uint32_t width;
	const char *since;
};

/**
 * struct kvmfeat_nested_info - What a blob says of itself
 * @size: sizeof(struct kvmfeat_nested_info), set by the caller
 * @format: format
 * @flags: KVM_STATE_NESTED_* as in the blob, also those that this library does not know
 * @state_bytes: its own size, of header and data
 * @field_count: fields that lie within @state_bytes: the first ones of the format
 */
struct kvmfeat_nested_info {
	size_t size;
	enum kvmfeat_nested_format format;
	uint32_t flags;
	uint32_t state_bytes;
	size_t field_count;
};

/**
 * struct kvmfeat_nested_difference - A field in which two blobs differ
 * @field: field
 * @in_a: it lies within the first blob
 * @in_b: it lies within the second blob
 * @a: its number in the first; 0 when it has none
 * @b: its number in the second; 0 when it has none
 */
struct kvmfeat_nested_difference {
	const struct kvmfeat_nested_field *field;
	bool in_a;
	bool in_b;
	uint64_t a;
	uint64_t b;
};

/** KVMFEAT_NESTED_DIFF_ALL - compare also clean bits and what KVM_SET_NESTED_STATE changes */
#define KVMFEAT_NESTED_DIFF_ALL 0x1u

/** KVMFEAT_NESTED_KNOW_MAXPHYADDR - maxphyaddr of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_MAXPHYADDR 0x01u
/** KVMFEAT_NESTED_KNOW_CPUID - cpuid and cpuid_count of struct kvmfeat_nested_target are given */
#define KVMFEAT_NESTED_KNOW_CPUID 0x02u
/** KVMFEAT_NESTED_KNOW_EFER - efer of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_EFER 0x04u
/** KVMFEAT_NESTED_KNOW_CR0 - cr0 of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_CR0 0x08u
/** KVMFEAT_NESTED_KNOW_CR3 - cr3 of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_CR3 0x10u
/** KVMFEAT_NESTED_KNOW_SMM - smm of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_SMM 0x20u
/** KVMFEAT_NESTED_KNOW_MAX_BYTES - max_bytes of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_MAX_BYTES 0x40u
/** KVMFEAT_NESTED_KNOW_OWN_PAT - own_pat of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_OWN_PAT 0x80u
/** KVMFEAT_NESTED_KNOW_EVMCS - evmcs of struct kvmfeat_nested_target is given */
#define KVMFEAT_NESTED_KNOW_EVMCS 0x100u

/**
 * struct kvmfeat_nested_msr - An MSR of the target
 * @index: its number
 * @value: its value, or for a VMX capability MSR what the vCPU may use
 */
struct kvmfeat_nested_msr {
	uint32_t index;
	uint64_t value;
};

/**
 * struct kvmfeat_nested_target - What is known of the vCPU that is to take a blob
 * @size: sizeof(struct kvmfeat_nested_target)
 * @known: KVMFEAT_NESTED_KNOW_* of the members that count; the others are not looked at
 * @maxphyaddr: its physical address bits, 32 to 52; not given: those that @cpuid tells
 * @cpuid: its CPUID, or KVM_GET_SUPPORTED_CPUID of its host
 * @cpuid_count: length of @cpuid
 * @efer: its EFER at the time of the call
 * @cr0: its CR0 at that time
 * @cr3: its CR3 at that time
 * @smm: it is in system management mode
 * @own_pat: L2 has a PAT of its own, KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT being disabled
 * @evmcs: KVM_CAP_HYPERV_ENLIGHTENED_VMCS is enabled
 * @max_bytes: KVM_CAP_NESTED_STATE of its host
 * @msrs: its VMX capability MSRs, 0x480 to 0x493; one that is not among them is not known
 * @msr_count: length of @msrs
 */
struct kvmfeat_nested_target {
	size_t size;
	uint32_t known;
	uint32_t maxphyaddr;
	const struct kvmfeat_cpuid_entry *cpuid;
	size_t cpuid_count;
	uint64_t efer;
	uint64_t cr0;
	uint64_t cr3;
	bool smm;
	bool own_pat;
	bool evmcs;
	uint32_t max_bytes;
	const struct kvmfeat_nested_msr *msrs;
	size_t msr_count;
};

/**
 * enum kvmfeat_nested_verdict - What KVM does about a rule
 * @KVMFEAT_NESTED_OK: nothing
 * @KVMFEAT_NESTED_REFUSED: KVM_SET_NESTED_STATE fails
 * @KVMFEAT_NESTED_CHANGED: it takes the blob with another value in the field
 * @KVMFEAT_NESTED_NOT_CHECKED: that depends on a fact that is not given
 */
enum kvmfeat_nested_verdict {
	KVMFEAT_NESTED_OK = 0,
	KVMFEAT_NESTED_REFUSED,
	KVMFEAT_NESTED_CHANGED,
	KVMFEAT_NESTED_NOT_CHECKED,
};

/**
 * struct kvmfeat_nested_rule - A check of KVM_SET_NESTED_STATE
 * @id: its name, which stays the same ("svm.asid")
 * @field: field that it is about ("control.asid"), of the vCPU ("vcpu.efer"), never NULL
 * @offset: bytes from the start of the blob; UINT32_MAX: a matter of the vCPU
 * @text: what must hold, or what KVM changes
 * @kernels: which kernels do so, or what others do; NULL: no difference is known
 */
struct kvmfeat_nested_rule {
	const char *id;
	const char *field;
	uint32_t offset;
	const char *text;
	const char *kernels;
};

/**
 * struct kvmfeat_nested_finding - A rule's verdict on a blob
 * @rule: rule
 * @verdict: verdict
 * @has_value: the field lies within the blob, or what the vCPU has there is given
 * @value: with @has_value the number of the field, or of the vCPU; else 0
 * @becomes: with KVMFEAT_NESTED_CHANGED what KVM makes of it
 * @missing: with KVMFEAT_NESTED_NOT_CHECKED the fact that is not given ("MAXPHYADDR"), else NULL
 */
struct kvmfeat_nested_finding {
	const struct kvmfeat_nested_rule *rule;
	enum kvmfeat_nested_verdict verdict;
	bool has_value;
	uint64_t value;
	uint64_t becomes;
	const char *missing;
};

/**
 * enum kvmfeat_nested_step - A call by which a VMM saves or restores a vCPU
 * @KVMFEAT_NESTED_STEP_CPUID: KVM_SET_CPUID2
 * @KVMFEAT_NESTED_STEP_FEATURE_MSRS: MSRs that say what the vCPU may do: VMX capabilities,
 * IA32_FEATURE_CONTROL
 * @KVMFEAT_NESTED_STEP_SREGS: KVM_{GET,SET}_SREGS or SREGS2
 * @KVMFEAT_NESTED_STEP_MSRS: KVM_{GET,SET}_MSRS of the others
 * @KVMFEAT_NESTED_STEP_XCRS: KVM_{GET,SET}_XCRS
 * @KVMFEAT_NESTED_STEP_XSAVE: KVM_{GET,SET}_XSAVE or KVM_GET_XSAVE2
 * @KVMFEAT_NESTED_STEP_EVENTS: KVM_{GET,SET}_VCPU_EVENTS
 * @KVMFEAT_NESTED_STEP_MP_STATE: KVM_{GET,SET}_MP_STATE
 * @KVMFEAT_NESTED_STEP_DEBUGREGS: KVM_{GET,SET}_DEBUGREGS
 * @KVMFEAT_NESTED_STEP_REGS: KVM_{GET,SET}_REGS
 * @KVMFEAT_NESTED_STEP_LAPIC: KVM_{GET,SET}_LAPIC
 * @KVMFEAT_NESTED_STEP_NESTED: KVM_{GET,SET}_NESTED_STATE
 * @KVMFEAT_NESTED_STEP_LEAVE: KVM_SET_NESTED_STATE with the header alone
 * @KVMFEAT_NESTED_STEP_COMPLETE: KVM_RUN with immediate_exit, which completes pending I/O
 * @KVMFEAT_NESTED_STEP_RUN: KVM_RUN of the guest
 */
enum kvmfeat_nested_step {
	KVMFEAT_NESTED_STEP_CPUID = 0,
	KVMFEAT_NESTED_STEP_FEATURE_MSRS,
	KVMFEAT_NESTED_STEP_SREGS,
	KVMFEAT_NESTED_STEP_MSRS,
	KVMFEAT_NESTED_STEP_XCRS,
	KVMFEAT_NESTED_STEP_XSAVE,
	KVMFEAT_NESTED_STEP_EVENTS,
	KVMFEAT_NESTED_STEP_MP_STATE,
	KVMFEAT_NESTED_STEP_DEBUGREGS,
	KVMFEAT_NESTED_STEP_REGS,
	KVMFEAT_NESTED_STEP_LAPIC,
	KVMFEAT_NESTED_STEP_NESTED,
	KVMFEAT_NESTED_STEP_LEAVE,
	KVMFEAT_NESTED_STEP_COMPLETE,
	KVMFEAT_NESTED_STEP_RUN,
};

/**
 * enum kvmfeat_nested_direction - What a sequence of steps is for
 * @KVMFEAT_NESTED_SAVE: reading the state of a vCPU
 * @KVMFEAT_NESTED_RESTORE: giving it to a vCPU
 */
enum kvmfeat_nested_direction {
	KVMFEAT_NESTED_SAVE = 0,
	KVMFEAT_NESTED_RESTORE,
};

/**
 * struct kvmfeat_nested_order_finding - A rule that a sequence of steps breaks
 * @id: its name, which stays the same ("restore.sregs-before-nested")
 * @index: the step that is too early or too late, 0 to count - 1; count: one is missing
 * @text: what must come before what, and why
 * @kernels: the kernels on which it matters; NULL: all
 */
struct kvmfeat_nested_order_finding {
	const char *id;
	size_t index;
	const char *text;
	const char *kernels;
};

/**
 * kvmfeat_nested_decode() - What a blob says of itself
 * @ctx: context
 * @blob: nested state of any machine, at any address
 * @size: bytes at @blob, at least those that its header tells; more are not looked at
 * @ret_info: receives it; the caller sets its size before
 *
 * Return: 0, or -EBADMSG (no nested state: fewer than 128 bytes, an unknown format, its size
 * is below 128 or above @size; the reason names the offset), -EINVAL (the size of @ret_info).
 * Since: 1.0
 */
int kvmfeat_nested_decode(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
			  struct kvmfeat_nested_info *ret_info);

/**
 * kvmfeat_nested_init() - Make an empty blob
 * @ctx: context
 * @format: format
 * @flags: KVM_STATE_NESTED_* of the format
 * @blob: receives zeroes and a header; of VMX with the addresses that mean "none"
 * @size: bytes of @blob, which its header will tell: 128 to KVMFEAT_NESTED_SIZE_MAX
 *
 * With kvmfeat_nested_set_value() for each field, the way back from the decoder. Fields without a
 * number are copied by their offset and width.
 *
 * Return: 0, or -EINVAL (format, flags or size).
 * Since: 1.0
 */
int kvmfeat_nested_init(struct kvmfeat_ctx *ctx, enum kvmfeat_nested_format format, uint16_t flags,
			void *blob, size_t size);

/**
 * kvmfeat_nested_field_at() - One field of a format
 * @format: format
 * @index: 0 to field_count - 1 for those that a blob holds
 *
 * Return: the field, in ascending order of offset, valid for ever; NULL when @index is out of
 * the format's range.
 * Since: 1.0
 */
const struct kvmfeat_nested_field *kvmfeat_nested_field_at(enum kvmfeat_nested_format format,
							   size_t index);

/**
 * kvmfeat_nested_find_field() - One field by name
 * @format: format
 * @name: name, "control.asid"
 *
 * Return: the field, valid for ever; NULL: the format has none of that name.
 * Since: 1.0
 */
const struct kvmfeat_nested_field *kvmfeat_nested_find_field(enum kvmfeat_nested_format format,
							     const char *name);

/**
 * kvmfeat_nested_get_value() - The number of a field
 * @ctx: context
 * @blob: nested state
 * @size: bytes at @blob
 * @field: field that lies within them
 * @ret_value: receives the number
 *
 * Return: 0, or -EINVAL (@field has bytes and no number, or ends behind @size).
 * Since: 1.0
 */
int kvmfeat_nested_get_value(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
			     const struct kvmfeat_nested_field *field, uint64_t *ret_value);

/**
 * kvmfeat_nested_set_value() - Change the number of a field
 * @ctx: context
 * @blob: nested state to change
 * @size: bytes at @blob
 * @field: field that lies within them
 * @value: number
 *
 * Return: 0, or -EINVAL (@field has bytes and no number, or ends behind @size, or @value is too
 * large for it).
 * Since: 1.0
 */
int kvmfeat_nested_set_value(struct kvmfeat_ctx *ctx, void *blob, size_t size,
			     const struct kvmfeat_nested_field *field, uint64_t value);

/**
 * kvmfeat_nested_get_text() - The meaning of a field's number
 * @field: field
 * @value: its number
 * @text: receives the names of its bits by blanks, bits without a name as "0x…", or the name
 * of its number; "" when there are none
 * @size: bytes of @text; what does not fit is cut, and the end is a NUL
 *
 * Return: the length of the whole text, as of snprintf(3).
 * Since: 1.0
 */
size_t kvmfeat_nested_get_text(const struct kvmfeat_nested_field *field, uint64_t value, char *text,
			       size_t size);

/**
 * kvmfeat_nested_area_name() - The name of an area
 * @area: area
 *
 * Return: "header", "L2 control", "L1 host save area", "vmcs12" or "shadow vmcs12"; "" for a value
 * that is none.
 * Since: 1.0
 */
const char *kvmfeat_nested_area_name(enum kvmfeat_nested_area area);

/**
 * kvmfeat_nested_check() - Would a vCPU take this blob?
 * @ctx: context
 * @blob: nested state, of any machine
 * @size: bytes at @blob
 * @target: what is known of the vCPU; NULL: nothing
 * @findings: receives the verdict on each rule of the format, in the order in which KVM checks,
 * so that the first refusal is the one that KVM meets
 * @ret_count: receives their number, at most KVMFEAT_NESTED_RULES_MAX
 *
 * Nothing is asked of the kernel and no memory is allocated. @findings has room for
 * KVMFEAT_NESTED_RULES_MAX entries. KVM takes the blob when no rule is refused and each one is
 * checked. Rules about data that KVM does not read in this state are ok.
 *
 * Return: 0 whatever the verdicts are, or an error of kvmfeat_nested_decode(), -EINVAL (a member
 * of @target is out of range), -E2BIG (@target is newer than this library).
 * Since: 1.0
 */
int kvmfeat_nested_check(struct kvmfeat_ctx *ctx, const void *blob, size_t size,
			 const struct kvmfeat_nested_target *target,
			 struct kvmfeat_nested_finding *findings, size_t *ret_count);

/**
 * kvmfeat_nested_verdict_name() - The name of a verdict
 * @verdict: verdict
 *
 * Return: "ok", "refused", "changed" or "not_checked"; "" for a value that is none.
 * Since: 1.0
 */
const char *kvmfeat_nested_verdict_name(enum kvmfeat_nested_verdict verdict);

/**
 * struct kvmfeat_nested_pair - Two blobs to compare
 * @size: sizeof(struct kvmfeat_nested_pair)
 * @a: first blob
 * @a_bytes: bytes at @a
 * @b: second blob
 * @b_bytes: bytes at @b
 * @flags: KVMFEAT_NESTED_DIFF_ALL or 0
 */
struct kvmfeat_nested_pair {
	size_t size;
	const void *a;
	size_t a_bytes;
	const void *b;
	size_t b_bytes;
	unsigned int flags;
};

/**
 * kvmfeat_nested_diff() - In which fields do two blobs differ?
 * @ctx: context
 * @pair: the blobs
 * @differences: receives the first @max differences, in ascending order of offset
 * @max: room in @differences
 * @ret_count: receives the number of all differences, which may be more than @max
 *
 * No memory is allocated.
 *
 * Return: 0, or an error of kvmfeat_nested_decode(), -EINVAL (the formats differ, or a flag is
 * unknown), -E2BIG (@pair is newer than this library).
 * Since: 1.0
 */
int kvmfeat_nested_diff(struct kvmfeat_ctx *ctx, const struct kvmfeat_nested_pair *pair,
			struct kvmfeat_nested_difference *differences, size_t max,
			size_t *ret_count);

/**
 * kvmfeat_nested_get() - Read the nested state of a vCPU
 * @vcpu: vCPU, stopped
 * @blob: receives the state; what the kernel does not write is zero
 * @size: bytes of @blob, at least KVM_CAP_NESTED_STATE of the VM: kernels write all of it before
 * they find a smaller one too small; KVMFEAT_NESTED_SIZE_MAX is always enough
 * @ret_bytes: receives the bytes that are used
 *
 * Return: 0, or -EINVAL (@size), -EOPNOTSUPP (this host has no nested virtualization, or it is
 * switched off), or another error of KVM_GET_NESTED_STATE.
 * Since: 1.0
 */
int kvmfeat_nested_get(struct kvmfeat_vcpu *vcpu, void *blob, size_t size, size_t *ret_bytes);

/**
 * kvmfeat_nested_set() - Give a vCPU its nested state
 * @vcpu: vCPU, stopped, with its CPUID, and the registers that kvmfeat_nested_check_order() wants
 * @blob: nested state
 * @size: bytes at @blob
 *
 * SVM: on error nothing changes, but when the vCPU's own CR3 is beyond its physical addresses.
 * VMX: from the ninth rule on the vCPU may have left nested mode or be in VMX operation.
 *
 * Return: 0, or an error of kvmfeat_nested_decode(), -EOPNOTSUPP (as kvmfeat_nested_get()),
 * -EINVAL (origin kernel: it refuses the state, and the reason names the rule where
 * kvmfeat_nested_check() finds it without further facts), -EFAULT, -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_nested_set(struct kvmfeat_vcpu *vcpu, const void *blob, size_t size);

/**
 * kvmfeat_nested_leave() - Take a vCPU out of nested mode
 * @vcpu: vCPU, stopped; L2's registers stay in it and are to be set next
 *
 * What a vCPU that has run needs before it can take another state.
 *
 * Return: 0, or -EOPNOTSUPP (as kvmfeat_nested_get()), or an error of KVM_SET_NESTED_STATE.
 * Since: 1.0
 */
int kvmfeat_nested_leave(struct kvmfeat_vcpu *vcpu);

/**
 * kvmfeat_nested_order() - The order of this library's own save or restore
 * @direction: direction
 * @ret_count: receives the number of steps
 *
 * It is right on every kernel that has nested state.
 *
 * Return: the steps, valid for ever; kvmfeat_vcpu_state_save() and _load() take them.
 * Since: 1.0
 */
const enum kvmfeat_nested_step *kvmfeat_nested_order(enum kvmfeat_nested_direction direction,
						     size_t *ret_count);

/**
 * kvmfeat_nested_check_order() - Which rules does the order of a VMM break?
 * @direction: what it does
 * @steps: the calls that it makes, in its order
 * @count: length of @steps
 * @findings: receives one entry for each broken rule, at most KVMFEAT_NESTED_RULES_MAX
 * @ret_count: receives their number
 *
 * Steps that the VMM does not make are no fault but where another one depends on them.
 *
 * Return: 0, or -EINVAL (a step or direction that is none); no reason is set.
 * Since: 1.0
 */
int kvmfeat_nested_check_order(enum kvmfeat_nested_direction direction,
			       const enum kvmfeat_nested_step *steps, size_t count,
			       struct kvmfeat_nested_order_finding *findings, size_t *ret_count);

/**
 * kvmfeat_nested_step_name() - The name of a step
 * @step: step
 *
 * Return: "cpuid", "feature-msrs", "sregs", "msrs", "xcrs", "xsave", "events", "mp-state",
 * "debugregs", "regs", "lapic", "nested", "leave", "complete" or "run"; NULL for a value that is
 * none, so that all can be listed.
 * Since: 1.0
 */
const char *kvmfeat_nested_step_name(enum kvmfeat_nested_step step);

#ifdef __cplusplus
}
#endif

#endif
