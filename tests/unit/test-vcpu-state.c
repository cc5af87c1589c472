// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole state of a vCPU, saved and loaded. The judgement of orders: test-nested-order.c. */
#include <stdio.h>

#include <linux/kvm.h>

#include "contract-nested.h"
#include "fake-nested.h"
#include "world.h"

struct machine {
	struct contract_nested c; /* the state of the bodies: first */
	struct world *w;
	struct fake_nested_host host;
	struct fake_vcpu *from;
	struct fake_vcpu *to;
	struct kvmfeat_vcpu_state *saved;
};

/* With @old: what came after Linux 4.20 is not there. */
static int make(void **state, bool old)
{
	struct machine *m = calloc(1, sizeof(*m));

	*state = m;
	if (world_setup((void **)&m->w))
		return -1;
	fake_nested(&m->w->fake, &m->host);
	if (old) {
		fake_cap(&m->w->fake, KVM_CAP_SREGS2, 0);
		fake_cap(&m->w->fake, KVM_CAP_XSAVE2, 0);
		fake_cap(&m->w->fake, KF_X86_CAP_XCRS, 0);
		m->host.stale_shadow = true;
	}
	m->c.ctx = m->w->ctx;
	m->c.sys = &m->w->fake.sys;
	if (contract_nested_begin(&m->c))
		return -1;
	m->from = fake_vcpu(&m->w->fake, kvmfeat_vcpu_fd(m->c.vcpu));
	m->to = fake_vcpu(&m->w->fake, kvmfeat_vcpu_fd(m->c.other));
	return kvmfeat_vcpu_state_new(m->c.vcpu, &m->saved);
}

static int setup(void **state)
{
	return make(state, false);
}

static int setup_old(void **state)
{
	return make(state, true);
}

static int teardown(void **state)
{
	struct machine *m = *state;
	void *w = m->w;

	assert_int_equal(m->host.mapped, 0);
	assert_false(m->from->ran);
	assert_false(m->to->ran);
	kvmfeat_vcpu_state_free(m->saved);
	contract_nested_end(&m->c);
	free(m);
	return world_teardown(&w);
}

static const struct kvmfeat_error *error_of(const struct kvmfeat_vcpu *vcpu)
{
	return kvmfeat_vcpu_error(vcpu);
}

/* An L2 guest with everything that an order could lose. */
static void fill_in(struct machine *m)
{
	const uint64_t efer = FAKE_EFER_SVME;
	const uint32_t lvtt = FAKE_LAPIC_DEADLINE;
	struct fake_vcpu *v = m->from;

	memset(v->regs, 0x11, sizeof(v->regs));
	memset(v->sregs, 0x22, sizeof(v->sregs));
	memcpy(v->sregs + FAKE_SREGS_EFER, &efer, sizeof(efer));
	v->events[FAKE_EVENTS_PENDING] = 1;
	v->events[FAKE_EVENTS_SHADOW] = 1;
	v->mp_state = KVM_MP_STATE_HALTED;
	memset(v->debugregs, 0x33, sizeof(v->debugregs));
	memset(v->xcrs, 0x44, sizeof(v->xcrs));
	memset(v->xsave, 0x55, m->host.xsave_bytes);
	memset(v->lapic, 0x66, sizeof(v->lapic));
	memcpy(v->lapic + FAKE_LAPIC_LVTT, &lvtt, sizeof(lvtt));
	for (size_t i = 0; i < m->host.msr_count; i++)
		v->msrs[i].value = 0x1000 + i;
	fake_nested_state(v->nested);
}

static void assert_same(const struct machine *m)
{
	const struct fake_vcpu *a = m->from, *b = m->to;

	assert_memory_equal(a->regs, b->regs, sizeof(a->regs));
	assert_memory_equal(a->events, b->events, sizeof(a->events));
	assert_int_equal(a->mp_state, b->mp_state);
	assert_memory_equal(a->debugregs, b->debugregs, sizeof(a->debugregs));
	assert_memory_equal(a->xsave, b->xsave, m->host.xsave_bytes);
	assert_memory_equal(a->lapic, b->lapic, sizeof(a->lapic));
	for (size_t i = 0; i < m->host.msr_count; i++)
		assert_int_equal(a->msrs[i].value, b->msrs[i].value);
	assert_memory_equal(a->nested, b->nested, sizeof(a->nested));
}

static void save_and_load(struct machine *m)
{
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), 0);
}

static void nothing_is_lost_on_the_way(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	save_and_load(m);
	assert_same(m);
	assert_memory_equal(m->from->sregs, m->to->sregs, sizeof(m->from->sregs));
	assert_memory_equal(m->from->xcrs, m->to->xcrs, sizeof(m->from->xcrs));
}

static void nothing_is_lost_on_an_old_kernel(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	save_and_load(m);
	assert_same(m);
	assert_memory_equal(m->from->sregs, m->to->sregs, KF_X86_SREGS_BYTES);
	for (size_t i = 0; i < m->host.call_count; i++) {
		assert_int_not_equal(m->host.calls[i].request, KF_X86_GET_SREGS2);
		assert_int_not_equal(m->host.calls[i].request, KF_X86_GET_XSAVE2);
		assert_int_not_equal(m->host.calls[i].request, KF_X86_GET_XCRS);
		assert_int_not_equal(m->host.calls[i].request, KF_X86_SET_XCRS);
	}
}

/* In guest mode, with I/O of its own pending: what it had must not come back. */
static void a_vcpu_that_has_run_takes_another_state(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	memcpy(m->to->nested, m->from->nested, sizeof(m->to->nested));
	memset(m->to->nested + KF_SVM_SAVE, 0x77, 64);
	memset(m->to->sregs, 0x88, sizeof(m->to->sregs));
	m->to->pending_read = true;
	save_and_load(m);
	assert_same(m);
	assert_memory_equal(m->from->sregs, m->to->sregs, sizeof(m->from->sregs));
	assert_true(m->to->io_done);
}

static void a_state_out_of_guest_mode_ends_it(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	memcpy(m->to->nested, m->from->nested, sizeof(m->to->nested));
	memset(m->from->nested, 0, sizeof(m->from->nested));
	m->from->nested[KF_NESTED_FORMAT] = KVMFEAT_NESTED_SVM;
	m->from->nested[KF_NESTED_SIZE] = KF_NESTED_HEADER_BYTES;
	save_and_load(m);
	assert_same(m);
}

static void a_pending_init_is_not_taken_twice(void **state)
{
	struct machine *m = *state;

	m->from->events[FAKE_EVENTS_LATCHED_INIT] = 1;
	save_and_load(m);
	assert_int_equal(m->to->mp_state, KVM_MP_STATE_INIT_RECEIVED);
	assert_int_equal(m->to->events[FAKE_EVENTS_LATCHED_INIT], 0);
}

static void a_larger_xsave_area_is_saved_whole(void **state)
{
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *larger;

	m->host.xsave_bytes = sizeof(m->from->xsave);
	fake_cap(&m->w->fake, KVM_CAP_XSAVE2, sizeof(m->from->xsave));
	fill_in(m);
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &larger), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, larger), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, larger), 0);
	assert_same(m);
	kvmfeat_vcpu_state_free(larger);
}

/* The step that an ioctl is; -1: mmap, which is part of complete. */
static int step_of(unsigned long request)
{
	static const struct {
		unsigned long get;
		unsigned long set;
		enum kvmfeat_nested_step step;
	} steps[] = {
		{ KF_X86_GET_SREGS2, KF_X86_SET_SREGS2, KVMFEAT_NESTED_STEP_SREGS },
		{ KF_X86_GET_XCRS, KF_X86_SET_XCRS, KVMFEAT_NESTED_STEP_XCRS },
		{ KF_X86_GET_XSAVE2, KF_X86_SET_XSAVE, KVMFEAT_NESTED_STEP_XSAVE },
		{ KF_X86_GET_EVENTS, KF_X86_SET_EVENTS, KVMFEAT_NESTED_STEP_EVENTS },
		{ KF_X86_GET_MP_STATE, KF_X86_SET_MP_STATE, KVMFEAT_NESTED_STEP_MP_STATE },
		{ KF_X86_GET_DEBUGREGS, KF_X86_SET_DEBUGREGS, KVMFEAT_NESTED_STEP_DEBUGREGS },
		{ KF_X86_GET_REGS, KF_X86_SET_REGS, KVMFEAT_NESTED_STEP_REGS },
		{ KF_X86_GET_LAPIC, KF_X86_SET_LAPIC, KVMFEAT_NESTED_STEP_LAPIC },
		{ KF_X86_GET_MSRS, KF_X86_SET_MSRS, KVMFEAT_NESTED_STEP_MSRS },
		{ KF_X86_GET_NESTED, KF_X86_SET_NESTED, KVMFEAT_NESTED_STEP_NESTED },
		{ KVM_RUN, KVM_RUN, KVMFEAT_NESTED_STEP_COMPLETE },
	};

	for (size_t i = 0; i < KF_ARRAY_SIZE(steps); i++)
		if (request == steps[i].get || request == steps[i].set)
			return (int)steps[i].step;
	assert_int_equal(request, 0);
	return -1;
}

static void assert_order(const struct machine *m, enum kvmfeat_nested_direction direction)
{
	size_t steps, at = 0;
	const enum kvmfeat_nested_step *order = kvmfeat_nested_order(direction, &steps);

	for (size_t i = 0; i < m->host.call_count; i++) {
		int step = step_of(m->host.calls[i].request);

		if (step < 0)
			continue;
		assert_true(at < steps);
		/* These two share an ioctl with another step. */
		if (order[at] == KVMFEAT_NESTED_STEP_FEATURE_MSRS)
			step += order[at] - KVMFEAT_NESTED_STEP_MSRS;
		if (order[at] == KVMFEAT_NESTED_STEP_LEAVE)
			step += order[at] - KVMFEAT_NESTED_STEP_NESTED;
		assert_int_equal(step, order[at++]);
	}
	assert_int_equal(at, steps);
}

static void the_calls_come_in_the_order_that_is_promised(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	m->host.call_count = 0;
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	assert_order(m, KVMFEAT_NESTED_SAVE);
	m->host.call_count = 0;
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), 0);
	assert_order(m, KVMFEAT_NESTED_RESTORE);
}

/* Fails call number @at of a save or load; false: there were fewer. */
static bool fail_once(struct machine *m, bool save, unsigned int at, int error)
{
	struct kvmfeat_vcpu *vcpu = save ? m->c.vcpu : m->c.other;
	const unsigned long request = m->host.calls[at].request;
	const char *name = request ? kf_ioctl_name(request) : "mmap";
	const bool harmless = (request == KVM_RUN && error == -EINTR) ||
			      (request == KF_X86_GET_LAPIC && error == -EINVAL);
	const size_t calls = m->host.call_count;
	const void *blob;
	size_t bytes;
	int err;

	m->w->fake.calls = 0;
	m->w->fake.fail_at = at + 1;
	m->w->fake.fail_error = error;
	err = save ? kvmfeat_vcpu_state_save(vcpu, m->saved) :
		     kvmfeat_vcpu_state_load(vcpu, m->saved);
	m->w->fake.fail_at = 0;
	m->host.call_count = calls;
	assert_int_equal(err, harmless ? 0 : error);
	if (harmless)
		return true;
	assert_non_null(strstr(error_of(vcpu)->reason, name));
	assert_non_null(strstr(error_of(vcpu)->reason, kf_errno_text(error)));
	assert_string_equal(error_of(vcpu)->operation, name);
	assert_int_equal(error_of(vcpu)->origin, KVMFEAT_ORIGIN_KERNEL);
	if (save) {
		kvmfeat_vcpu_state_get_nested(m->saved, &blob, &bytes);
		assert_null(blob);
		assert_int_equal(bytes, 0);
		assert_int_equal(kvmfeat_vcpu_state_load(vcpu, m->saved), -EINVAL);
		assert_int_equal(error_of(vcpu)->origin, KVMFEAT_ORIGIN_LIBRARY);
	}
	return false;
}

static void every_step_that_fails_is_named(void **state)
{
	static const int errors[] = { -EINVAL, -EFAULT, -ENOMEM, -EIO, -EPERM, -EINTR };
	struct machine *m = *state;
	unsigned int named = 0;

	fill_in(m);
	for (int save = 0; save < 2; save++) {
		size_t calls;

		assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
		m->host.call_count = 0;
		if (save)
			assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
		else
			assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), 0);
		calls = m->host.call_count;
		assert_true(calls >= 13);
		for (unsigned int at = 0; at < calls; at++)
			for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++)
				named += !fail_once(m, save, at, errors[i]);
		assert_int_equal(m->host.call_count, calls);
	}
	assert_true(named > 150);
}

static void saving_and_loading_take_no_memory(void **state)
{
	struct machine *m = *state;
	unsigned int allocations;

	fill_in(m);
	allocations = m->w->fake.allocations;
	assert_true(allocations > 0);
	save_and_load(m);
	m->host.error = -EINVAL;
	m->host.refused = KF_X86_SET_NESTED;
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), -EINVAL);
	assert_int_equal(m->w->fake.allocations, allocations);
}

static void each_failure_of_making_room_leaves_nothing(void **state)
{
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *made = NULL;
	unsigned int at = 0;
	int err;

	do {
		m->w->fake.calls = 0;
		m->w->fake.failed = false;
		m->w->fake.fail_at = ++at;
		m->w->fake.fail_error = -EIO;
		err = kvmfeat_vcpu_state_new(m->c.vcpu, &made);
		if (!m->w->fake.failed)
			break;
		assert_int_equal(err, m->w->fake.fail_error);
		assert_null(made);
		assert_int_equal(error_of(m->c.vcpu)->error, err);
		assert_true(*error_of(m->c.vcpu)->reason);
	} while (at < 50);
	m->w->fake.fail_at = 0;
	assert_int_equal(err, 0);
	assert_int_equal(at - 1, 12);
	kvmfeat_vcpu_state_free(made);
	kvmfeat_vcpu_state_free(NULL);
}

static void io_that_needs_the_vmm_is_handed_back(void **state)
{
	struct machine *m = *state;

	m->from->pending_io = 1;
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), -EBUSY);
	assert_int_equal(error_of(m->c.vcpu)->why, KVMFEAT_WHY_BUSY);
	assert_string_equal(error_of(m->c.vcpu)->value, "6"); /* KVM_EXIT_MMIO */
	assert_true(*error_of(m->c.vcpu)->remedy);
	assert_int_equal(m->from->run[KF_X86_IMMEDIATE_EXIT], 0);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	assert_true(m->from->io_done);
}

static void what_io_reads_is_in_the_state(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	m->from->pending_read = true;
	save_and_load(m);
	assert_int_equal(m->from->regs[0], 0xee);
	assert_same(m);
}

static void an_msr_that_cannot_be_read_is_left_out(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	for (size_t i = 0; i < m->host.msr_count; i++) {
		m->from->msrs[i].missing = !(i % 2);
		m->to->msrs[i].value = 77;
	}
	save_and_load(m);
	for (size_t i = 0; i < m->host.msr_count; i++)
		assert_int_equal(m->to->msrs[i].value, i % 2 ? 0x1000 + i : 77);
	/* And it is back when it can. */
	for (size_t i = 0; i < m->host.msr_count; i++)
		m->from->msrs[i].missing = false;
	save_and_load(m);
	assert_same(m);
}

static void an_msr_that_refuses_its_value_is_named(void **state)
{
	struct machine *m = *state;
	struct fake_msr *msr = fake_vcpu_msr(m->to, 0xc0000102);

	fill_in(m);
	msr->read_only = true;
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), -EINVAL);
	assert_string_equal(error_of(m->c.other)->value, "0xc0000102 = 0x1005");
	assert_non_null(strstr(error_of(m->c.other)->reason, "refuses MSR 0xc0000102 = 0x1005"));
	assert_int_equal(error_of(m->c.other)->origin, KVMFEAT_ORIGIN_KERNEL);
	/* One that holds the value is right as it is. */
	msr->value = 0x1005;
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), 0);
	assert_same(m);
}

static void more_msrs_than_a_call_takes_are_all_there(void **state)
{
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *many;

	for (m->host.msr_count = 0; m->host.msr_count < FAKE_MSRS - 1; m->host.msr_count++) {
		const size_t i = m->host.msr_count;

		m->host.msrs[i] = 0x40000000 + (uint32_t)i;
		m->from->msrs[i] = m->to->msrs[i] = (struct fake_msr){ .index = m->host.msrs[i] };
	}
	fill_in(m);
	m->from->msrs[127].missing = true;
	m->from->msrs[128].missing = true;
	m->from->msrs[FAKE_MSRS - 2].missing = true;
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &many), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, many), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, many), 0);
	for (size_t i = 0; i < m->host.msr_count; i++)
		assert_int_equal(m->to->msrs[i].value, m->from->msrs[i].missing ? 0 : 0x1000 + i);
	kvmfeat_vcpu_state_free(many);
}

/* IA32_PERF_CAPABILITIES resets the counters, and the kernel lists it behind them. */
static void feature_msrs_are_set_first(void **state)
{
	static const uint32_t indices[] = { 0xc1, 0x345 };
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *state2;

	memcpy(m->host.msrs, indices, sizeof(indices));
	m->host.msr_count = 2;
	for (size_t i = 0; i < 2; i++)
		m->from->msrs[i].index = m->to->msrs[i].index = indices[i];
	fill_in(m);
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &state2), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, state2), 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, state2), 0);
	assert_same(m);
	kvmfeat_vcpu_state_free(state2);
}

static void a_vcpu_without_a_local_apic_has_none(void **state)
{
	struct machine *m = *state;

	fill_in(m);
	save_and_load(m);
	m->host.has_lapic = false;
	m->host.call_count = 0;
	save_and_load(m);
	for (size_t i = 0; i < m->host.call_count; i++)
		assert_int_not_equal(m->host.calls[i].request, KF_X86_SET_LAPIC);
}

static void without_nested_virtualization_the_rest_is_saved(void **state)
{
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *plain;
	size_t bytes = 77;
	const void *blob;

	fake_cap(&m->w->fake, KVM_CAP_NESTED_STATE, 0);
	fill_in(m);
	memset(m->from->nested, 0, sizeof(m->from->nested));
	memset(m->to->nested, 0, sizeof(m->to->nested));
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &plain), 0);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, plain), 0);
	kvmfeat_vcpu_state_get_nested(plain, &blob, &bytes);
	assert_null(blob);
	assert_int_equal(bytes, 0);
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, plain), 0);
	assert_same(m);
	kvmfeat_vcpu_state_free(plain);
}

static void the_nested_state_can_be_looked_at(void **state)
{
	struct machine *m = *state;
	size_t bytes = 77;
	const void *blob = m;

	kvmfeat_vcpu_state_get_nested(m->saved, &blob, &bytes);
	assert_null(blob);
	assert_int_equal(bytes, 0);
	fill_in(m);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	kvmfeat_vcpu_state_get_nested(m->saved, &blob, &bytes);
	assert_int_equal(bytes, KF_SVM_BYTES);
	assert_memory_equal(blob, m->from->nested, bytes);
}

static void keep_line(enum kvmfeat_log_level level, const char *line, void *data)
{
	const size_t used = strlen(data);

	(void)level;
	snprintf((char *)data + used, 8192 - used, "%s;", line);
}

static void the_trace_names_every_call(void **state)
{
	struct machine *m = *state;
	char log[8192] = "";

	kvmfeat_ctx_set_log(m->c.ctx, KVMFEAT_LOG_TRACE, keep_line, log);
	assert_int_equal(kvmfeat_vcpu_state_save(m->c.vcpu, m->saved), 0);
	kvmfeat_ctx_set_log(m->c.ctx, KVMFEAT_LOG_NONE, NULL, NULL);
	assert_non_null(strstr(log, ", 0, 12288) = 0;"));
	assert_non_null(strstr(log, "mmap("));
	assert_non_null(strstr(log, "KVM_RUN, 0x0) = -1 EINTR"));
	assert_non_null(strstr(log, "munmap(12288) = 0;"));
	assert_non_null(strstr(log, "KVM_GET_NESTED_STATE, "));
	assert_null(strstr(log, ", 0xae"));
}

static void an_empty_state_is_the_callers_fault(void **state)
{
	struct machine *m = *state;

	m->host.call_count = 0;
	assert_int_equal(kvmfeat_vcpu_state_load(m->c.other, m->saved), -EINVAL);
	assert_int_equal(error_of(m->c.other)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_string_equal(error_of(m->c.other)->reason,
			    "the state is empty: nothing was saved to it");
	assert_int_equal(m->host.call_count, 0);
}

static void other_architectures_and_old_kernels_have_none(void **state)
{
	struct machine *m = *state;
	struct kvmfeat_vcpu_state *none = NULL;

	fake_cap(&m->w->fake, KVM_CAP_IMMEDIATE_EXIT, 0);
	strcpy(m->w->ctx->release, "4.9.337");
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &none), -EOPNOTSUPP);
	assert_int_equal(error_of(m->c.vcpu)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_string_equal(error_of(m->c.vcpu)->remedy, "Linux 4.11 or newer");
	m->w->ctx->arch = KF_ARCH_ARM64;
	strcpy(m->w->ctx->arch_name, "arm64");
	assert_int_equal(kvmfeat_vcpu_state_new(m->c.vcpu, &none), -EOPNOTSUPP);
	assert_int_equal(error_of(m->c.vcpu)->why, KVMFEAT_WHY_OTHER_ARCH);
	assert_string_equal(error_of(m->c.vcpu)->value, "arm64");
	assert_null(none);
}

#if KF_TEST_X86
#define SAME(constant, expected) assert_int_equal(constant, expected)

/* Constants of x86-abi.h, which no architecture's header gives to all. */
static void constants_are_those_of_the_kernel(void **state)
{
	(void)state;
	SAME(KF_X86_GET_REGS, KVM_GET_REGS);
	SAME(KF_X86_SET_REGS, KVM_SET_REGS);
	SAME(KF_X86_GET_SREGS, KVM_GET_SREGS);
	SAME(KF_X86_SET_SREGS, KVM_SET_SREGS);
	SAME(KF_X86_GET_SREGS2, KVM_GET_SREGS2);
	SAME(KF_X86_SET_SREGS2, KVM_SET_SREGS2);
	SAME(KF_X86_GET_MSRS, KVM_GET_MSRS);
	SAME(KF_X86_SET_MSRS, KVM_SET_MSRS);
	SAME(KF_X86_GET_LAPIC, KVM_GET_LAPIC);
	SAME(KF_X86_SET_LAPIC, KVM_SET_LAPIC);
	SAME(KF_X86_GET_MP_STATE, KVM_GET_MP_STATE);
	SAME(KF_X86_SET_MP_STATE, KVM_SET_MP_STATE);
	SAME(KF_X86_GET_EVENTS, KVM_GET_VCPU_EVENTS);
	SAME(KF_X86_SET_EVENTS, KVM_SET_VCPU_EVENTS);
	SAME(KF_X86_GET_DEBUGREGS, KVM_GET_DEBUGREGS);
	SAME(KF_X86_SET_DEBUGREGS, KVM_SET_DEBUGREGS);
	SAME(KF_X86_GET_XCRS, KVM_GET_XCRS);
	SAME(KF_X86_SET_XCRS, KVM_SET_XCRS);
	SAME(KF_X86_GET_XSAVE, KVM_GET_XSAVE);
	SAME(KF_X86_GET_XSAVE2, KVM_GET_XSAVE2);
	SAME(KF_X86_SET_XSAVE, KVM_SET_XSAVE);
	SAME(KF_X86_GET_NESTED, KVM_GET_NESTED_STATE);
	SAME(KF_X86_SET_NESTED, KVM_SET_NESTED_STATE);
	SAME(KF_X86_GET_MSR_LIST, KVM_GET_MSR_INDEX_LIST);
	SAME(KF_X86_GET_CPUID, KVM_GET_SUPPORTED_CPUID);
	SAME(KF_X86_CAP_XCRS, KVM_CAP_XCRS);
	SAME(sizeof(struct kvmfeat_cpuid_entry), sizeof(struct kvm_cpuid_entry2));
	SAME(sizeof(struct kf_x86_msr), sizeof(struct kvm_msr_entry));
	SAME(offsetof(struct kf_x86_msrs, entries), sizeof(struct kvm_msrs));
	SAME(KF_X86_CAP_XCRS, KVM_CAP_XCRS);
	SAME(KF_X86_EXIT_REASON, offsetof(struct kvm_run, exit_reason));
	SAME(FAKE_SREGS_EFER, offsetof(struct kvm_sregs2, efer));
	SAME(FAKE_EVENTS_PENDING, offsetof(struct kvm_vcpu_events, exception.pending));
	SAME(FAKE_EVENTS_SHADOW, offsetof(struct kvm_vcpu_events, interrupt.shadow));
	SAME(FAKE_EVENTS_SMM, offsetof(struct kvm_vcpu_events, smi.smm));
	SAME(FAKE_EVENTS_LATCHED_INIT, offsetof(struct kvm_vcpu_events, smi.latched_init));
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_lost_on_the_way),
		cmocka_unit_test_setup_teardown(nothing_is_lost_on_an_old_kernel, setup_old,
						teardown),
		TEST(a_vcpu_that_has_run_takes_another_state),
		TEST(a_state_out_of_guest_mode_ends_it),
		TEST(a_pending_init_is_not_taken_twice),
		TEST(a_larger_xsave_area_is_saved_whole),
		TEST(the_calls_come_in_the_order_that_is_promised),
		TEST(every_step_that_fails_is_named),
		TEST(saving_and_loading_take_no_memory),
		TEST(each_failure_of_making_room_leaves_nothing),
		TEST(io_that_needs_the_vmm_is_handed_back),
		TEST(what_io_reads_is_in_the_state),
		TEST(an_msr_that_cannot_be_read_is_left_out),
		TEST(an_msr_that_refuses_its_value_is_named),
		TEST(more_msrs_than_a_call_takes_are_all_there),
		TEST(feature_msrs_are_set_first),
		TEST(a_vcpu_without_a_local_apic_has_none),
		TEST(without_nested_virtualization_the_rest_is_saved),
		TEST(the_nested_state_can_be_looked_at),
		TEST(the_trace_names_every_call),
		TEST(an_empty_state_is_the_callers_fault),
		TEST(other_architectures_and_old_kernels_have_none),
#if KF_TEST_X86
		cmocka_unit_test(constants_are_those_of_the_kernel),
#endif
		CONTRACT_NESTED_TESTS(setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
