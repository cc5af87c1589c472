// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-nested.h"

#include <errno.h>
#include <string.h>

#include <linux/kvm.h>

#include "nested-private.h"
#include "x86-abi.h"

/* Offsets in struct kvm_vcpu_events, struct kvm_regs, struct kvm_sregs */
enum {
	EXCEPTION_NR = 1,
	EXCEPTION_PENDING = 3,
	EVENTS_FLAGS = 20,
	LATCHED_INIT = 27,
	RAX = 0,
	RIP = 128,
	CR2 = 232,
};

#define SET_CPUID _IOC(_IOC_WRITE, KVMIO, 0x90, KF_X86_CPUID_HEADER_BYTES)
#define FLAG_SMM 0x8u
#define INVALID_OPCODE 6
#define LSTAR 0xc0000082
#define TSC_DEADLINE 0x6e0
#define LVTT 0x320
#define LVTT_DEADLINE_MASKED 0x50030u

static int on_vcpu(const struct contract_nested *c, const struct kvmfeat_vcpu *vcpu,
		   unsigned long request, void *arg)
{
	return c->sys->ioctl(c->sys, kvmfeat_vcpu_fd(vcpu), request, (uintptr_t)arg);
}

static int enable(const struct contract_nested *c, struct kvmfeat_vm *vm, unsigned int cap,
		  uint64_t arg)
{
	struct kvm_enable_cap enable = { .cap = cap, .args = { arg } };

	return c->sys->ioctl(c->sys, kvmfeat_vm_fd(vm), KVM_ENABLE_CAP, (uintptr_t)&enable);
}

static int begin_vm(struct contract_nested *c, struct kvmfeat_vm **vm, struct kvmfeat_vcpu **vcpu)
{
	int err = kvmfeat_vm_open(c->ctx, 0, vm);

	if (!err)
		err = enable(c, *vm, KVM_CAP_SPLIT_IRQCHIP, 24);
	if (!err)
		err = enable(c, *vm, KVM_CAP_EXCEPTION_PAYLOAD, 1);
	return err ? err : kvmfeat_vcpu_open(*vm, 1, vcpu);
}

int contract_nested_begin(struct contract_nested *c)
{
	int err = begin_vm(c, &c->vm, &c->vcpu);

	return err ? err : begin_vm(c, &c->other_vm, &c->other);
}

void contract_nested_end(struct contract_nested *c)
{
	kvmfeat_vcpu_free(c->vcpu);
	kvmfeat_vcpu_free(c->other);
	kvmfeat_vm_free(c->vm);
	kvmfeat_vm_free(c->other_vm);
}

static int msr(const struct contract_nested *c, const struct kvmfeat_vcpu *vcpu,
	       unsigned long request, uint32_t index, uint64_t *value)
{
	struct kf_x86_msrs msrs = { .count = 1, .entries = { { .index = index, .data = *value } } };
	int done = on_vcpu(c, vcpu, request, &msrs);

	*value = msrs.entries[0].data;
	return done;
}

void contract_nested_a_state_goes_to_another_vcpu(void **state)
{
	static const unsigned long gets[] = { KF_X86_GET_REGS, KF_X86_GET_SREGS,
					      KF_X86_GET_DEBUGREGS, KF_X86_GET_MP_STATE,
					      KF_X86_GET_LAPIC };
	static uint8_t regs[KF_X86_REGS_BYTES], sregs[KF_X86_SREGS_BYTES], a[1024], b[1024];
	const struct contract_nested *c = *state;
	uint64_t lstar = 0xffffffff81000000, read = 0;
	struct kvmfeat_vcpu_state *saved;

	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_REGS, regs), 0);
	memset(regs + RAX, 0x5a, 8);
	regs[RIP] = 0x77;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_REGS, regs), 0);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_SREGS, sregs), 0);
	memset(sregs + CR2, 0x33, 8);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_SREGS, sregs), 0);
	assert_int_equal(msr(c, c->vcpu, KF_X86_SET_MSRS, LSTAR, &lstar), 1);

	assert_int_equal(kvmfeat_vcpu_state_new(c->vcpu, &saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(c->vcpu, saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(c->other, saved), 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(gets); i++) {
		assert_int_equal(on_vcpu(c, c->vcpu, gets[i], a), 0);
		assert_int_equal(on_vcpu(c, c->other, gets[i], b), 0);
		assert_memory_equal(a, b, _IOC_SIZE(gets[i]));
	}
	assert_int_equal(on_vcpu(c, c->other, KF_X86_GET_REGS, b), 0);
	assert_memory_equal(b, regs, 128);
	assert_int_equal(msr(c, c->other, KF_X86_GET_MSRS, LSTAR, &read), 1);
	assert_true(read == lstar);
	/* Into the one that it comes from, too. */
	assert_int_equal(kvmfeat_vcpu_state_load(c->vcpu, saved), 0);
	kvmfeat_vcpu_state_free(saved);
}

void contract_nested_saving_runs_no_guest(void **state)
{
	const struct contract_nested *c = *state;
	uint8_t before[KF_X86_REGS_BYTES], after[KF_X86_REGS_BYTES], *run;
	struct kvmfeat_vcpu_state *saved;
	void *area;

	assert_int_equal(kvmfeat_vcpu_state_new(c->vcpu, &saved), 0);
	assert_int_equal(c->sys->mmap(c->sys, kvmfeat_vcpu_fd(c->vcpu), 0, 4096, &area), 0);
	run = area;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_REGS, before), 0);
	for (unsigned int old = 0; old < 2; old++) {
		run[KF_X86_IMMEDIATE_EXIT] = (uint8_t)old;
		assert_int_equal(kvmfeat_vcpu_state_save(c->vcpu, saved), 0);
		assert_int_equal(run[KF_X86_IMMEDIATE_EXIT], old);
	}
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_REGS, after), 0);
	assert_memory_equal(before, after, sizeof(before));
	c->sys->munmap(c->sys, area, 4096);
	kvmfeat_vcpu_state_free(saved);
}

void contract_nested_a_new_vcpu_has_no_nested_state(void **state)
{
	const struct contract_nested *c = *state;
	uint8_t blob[KVMFEAT_NESTED_SIZE_MAX];
	struct kvmfeat_vcpu_state *saved;
	size_t bytes = 0, saved_bytes;
	const void *saved_blob;
	int max;

	assert_int_equal(kvmfeat_vm_get_cap(c->vm, KVM_CAP_NESTED_STATE, &max), 0);
	assert_int_equal(kvmfeat_vcpu_state_new(c->vcpu, &saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(c->vcpu, saved), 0);
	kvmfeat_vcpu_state_get_nested(saved, &saved_blob, &saved_bytes);
	if (max) {
		assert_int_equal(kvmfeat_nested_get(c->vcpu, blob, sizeof(blob), &bytes), 0);
		assert_int_equal(bytes, KF_NESTED_HEADER_BYTES);
		assert_int_equal(saved_bytes, bytes);
		assert_memory_equal(saved_blob, blob, bytes);
		assert_int_equal(kvmfeat_nested_set(c->vcpu, blob, bytes), 0);
		assert_int_equal(kvmfeat_nested_leave(c->vcpu), 0);
		blob[KF_NESTED_FLAGS] = KF_NESTED_RUN_PENDING; /* without guest mode */
		assert_int_equal(kvmfeat_nested_set(c->vcpu, blob, bytes), -EINVAL);
		assert_int_equal(kvmfeat_vcpu_error(c->vcpu)->origin, KVMFEAT_ORIGIN_KERNEL);
	} else {
		assert_int_equal(kvmfeat_nested_get(c->vcpu, blob, sizeof(blob), &bytes),
				 -EOPNOTSUPP);
		assert_int_equal(kvmfeat_nested_leave(c->vcpu), -EOPNOTSUPP);
		assert_null(saved_blob);
		assert_int_equal(saved_bytes, 0);
	}
	kvmfeat_vcpu_state_free(saved);
}

/* Why MP_STATE is read before EVENTS. */
void contract_nested_reading_mp_state_takes_an_init(void **state)
{
	const struct contract_nested *c = *state;
	uint8_t events[KF_X86_EVENTS_BYTES];
	uint32_t mp_state = 99;

	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_EVENTS, events), 0);
	events[LATCHED_INIT] = 1;
	events[EVENTS_FLAGS] |= FLAG_SMM;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_EVENTS, events), 0);
	events[LATCHED_INIT] = 0;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_EVENTS, events), 0);
	assert_int_equal(events[LATCHED_INIT], 1);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_MP_STATE, &mp_state), 0);
	assert_int_equal(mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_EVENTS, events), 0);
	assert_int_equal(events[LATCHED_INIT], 0);
}

static void pend_exception(const struct contract_nested *c, uint8_t *events)
{
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_EVENTS, events), 0);
	events[EXCEPTION_NR] = INVALID_OPCODE;
	events[EXCEPTION_PENDING] = 1;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_EVENTS, events), 0);
}

/* Why EVENTS are set once more after REGS. */
void contract_nested_setting_regs_drops_a_pending_exception(void **state)
{
	const struct contract_nested *c = *state;
	uint8_t events[KF_X86_EVENTS_BYTES], regs[KF_X86_REGS_BYTES];
	struct kvmfeat_vcpu_state *saved;

	pend_exception(c, events);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_REGS, regs), 0);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_REGS, regs), 0);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_EVENTS, events), 0);
	assert_int_equal(events[EXCEPTION_PENDING], 0);

	pend_exception(c, events);
	assert_int_equal(kvmfeat_vcpu_state_new(c->vcpu, &saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(c->vcpu, saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(c->other, saved), 0);
	memset(events, 0, sizeof(events));
	assert_int_equal(on_vcpu(c, c->other, KF_X86_GET_EVENTS, events), 0);
	assert_int_equal(events[EXCEPTION_PENDING], 1);
	assert_int_equal(events[EXCEPTION_NR], INVALID_OPCODE);
	kvmfeat_vcpu_state_free(saved);
}

/* Why LAPIC is set before MSRS. */
void contract_nested_a_deadline_needs_the_timers_mode(void **state)
{
	const struct contract_nested *c = *state;
	struct {
		uint32_t count;
		uint32_t pad;
		struct kvmfeat_cpuid_entry entry;
	} cpuid = { .count = 1, .entry = { .function = 1, .ecx = 1u << 24 /* TSC-deadline */ } };
	const uint32_t mode = LVTT_DEADLINE_MASKED;
	uint64_t deadline = INT64_MAX, read = 99;
	uint8_t lapic[KF_X86_LAPIC_BYTES];

	assert_int_equal(on_vcpu(c, c->vcpu, SET_CPUID, &cpuid), 0);
	assert_int_equal(msr(c, c->vcpu, KF_X86_SET_MSRS, TSC_DEADLINE, &deadline), 1);
	assert_int_equal(msr(c, c->vcpu, KF_X86_GET_MSRS, TSC_DEADLINE, &read), 1);
	assert_int_equal(read, 0);
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_LAPIC, lapic), 0);
	memcpy(lapic + LVTT, &mode, sizeof(mode));
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_LAPIC, lapic), 0);
	assert_int_equal(msr(c, c->vcpu, KF_X86_SET_MSRS, TSC_DEADLINE, &deadline), 1);
	assert_int_equal(msr(c, c->vcpu, KF_X86_GET_MSRS, TSC_DEADLINE, &read), 1);
	assert_true(read == deadline);
}

/* KVM_SET_MSRS stops there, and says so by its count alone. */
void contract_nested_setting_msrs_stops_at_one_that_is_refused(void **state)
{
	const struct contract_nested *c = *state;
	struct kf_x86_msrs msrs = { .count = 2,
				    .entries = { { .index = LSTAR, .data = 0x1000 },
						 { .index = 0x12345678, .data = 1 } } };
	uint64_t read = 0;

	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_SET_MSRS, &msrs), 1);
	assert_int_equal(msr(c, c->vcpu, KF_X86_GET_MSRS, LSTAR, &read), 1);
	assert_int_equal(read, 0x1000);
	msrs.count = 256;
	assert_int_equal(on_vcpu(c, c->vcpu, KF_X86_GET_MSRS, &msrs), -E2BIG);
}

void contract_nested_cpuid_needs_room(void **state)
{
	const struct contract_nested *c = *state;
	static struct kvmfeat_cpuid_entry entries[256];
	size_t count = 0, again = 77;

	assert_int_equal(kvmfeat_cap_get_cpuid(c->ctx, entries, 256, &count), 0);
	assert_in_range(count, 2, 255);
	assert_int_equal(entries[0].function, 0);
	assert_int_not_equal(entries[0].ebx, 0);
	entries[0].eax = 0x5a5a5a5a;
	assert_int_equal(kvmfeat_cap_get_cpuid(c->ctx, entries, 1, &again), -E2BIG);
	assert_int_equal(again, 77);
	assert_int_equal(entries[0].eax, 0x5a5a5a5a);
	assert_int_equal(kvmfeat_cap_get_cpuid(c->ctx, entries, count, &again), 0);
	assert_int_equal(again, count);
}
