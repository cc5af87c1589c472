// SPDX-License-Identifier: GPL-2.0-or-later
#include "contract-hdbss.h"

#include <errno.h>
#include <string.h>

#include <linux/kvm.h>

#include "internal.h"

#define RING_BYTES 65536

int contract_hdbss_begin(struct contract_hdbss *contract)
{
	return kvmfeat_vm_open(contract->ctx, 0, &contract->vm);
}

void contract_hdbss_end(struct contract_hdbss *contract)
{
	kvmfeat_vm_free(contract->vm);
}

static struct kvmfeat_hdbss_state state_of(struct kvmfeat_vm *vm)
{
	struct kvmfeat_hdbss_state state = { .size = sizeof(state) };

	assert_int_equal(kvmfeat_hdbss_get_state(vm, &state), 0);
	assert_int_equal(state.variant, KVMFEAT_HDBSS_KVMFEAT);
	assert_int_equal(state.capability, KVM_CAP_ARM_HDBSS_KVMFEAT);
	return state;
}

static void assert_on(struct kvmfeat_vm *vm, int order)
{
	const struct kvmfeat_hdbss_state state = state_of(vm);

	assert_int_equal(state.enabled, KVMFEAT_HDBSS_ON);
	assert_int_equal(state.order, order);
}

static void assert_off(struct kvmfeat_vm *vm)
{
	const struct kvmfeat_hdbss_state state = state_of(vm);

	assert_int_equal(state.enabled, KVMFEAT_HDBSS_OFF);
	assert_int_equal(state.order, -1);
}

static void assert_error(const struct contract_hdbss *c, int err, int expected,
			 enum kvmfeat_origin origin, const char *text)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(c->ctx);

	assert_int_equal(err, expected);
	assert_int_equal(error->error, expected);
	assert_int_equal(error->origin, origin);
	if (!strstr(error->reason, text))
		fail_msg("no '%s' in: %s", text, error->reason);
}

static int raw_enable(const struct contract_hdbss *c, const struct kvm_enable_cap *cap)
{
	return c->sys->ioctl(c->sys, kvmfeat_vm_fd(c->vm), KVM_ENABLE_CAP, (uintptr_t)cap);
}

static int enable_ring(const struct contract_hdbss *c)
{
	return raw_enable(c, &(struct kvm_enable_cap){ .cap = KVM_CAP_DIRTY_LOG_RING_ACQ_REL,
						       .args = { RING_BYTES } });
}

static int host_max_order(const struct contract_hdbss *c)
{
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };

	assert_int_equal(kvmfeat_hdbss_get_host(c->ctx, &host), 0);
	return host.max_order;
}

void contract_hdbss_the_host_tells_its_limits_and_no_state(void **state)
{
	const struct contract_hdbss *c = *state;
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };

	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 2), 0);
	assert_int_equal(kvmfeat_hdbss_get_host(c->ctx, &host), 0);
	assert_int_equal(host.state, KVMFEAT_STATE_AVAILABLE);
	assert_int_equal(host.variant, KVMFEAT_HDBSS_KVMFEAT);
	assert_int_equal(host.capability, KVM_CAP_ARM_HDBSS_KVMFEAT);
	assert_int_equal(host.el2, KVMFEAT_HDBSS_EL2_VHE);
	assert_int_equal(host.min_order, 0);
	assert_in_range(host.max_order, 0, 9);
	assert_string_equal(host.reason, "");
	/* Neither enabled nor an order: those are a VM's. */
	assert_int_equal(host.answer, 0x48440001 | (unsigned int)host.max_order << 8);
}

void contract_hdbss_a_new_vm_is_off_and_has_counted_nothing(void **state)
{
	const struct contract_hdbss *c = *state;
	const struct kvmfeat_hdbss_state s = state_of(c->vm);

	assert_int_equal(s.enabled, KVMFEAT_HDBSS_OFF);
	assert_int_equal(s.entries_drained, 0);
	assert_int_equal(s.buffers_full, 0);
	assert_int_equal(s.drains, 0);
	assert_int_equal(s.errors, 0);
	assert_string_equal(s.reason, "");
}

void contract_hdbss_every_order_can_be_switched_on(void **state)
{
	const struct contract_hdbss *c = *state;
	const int max = host_max_order(c);

	for (int order = 0; order <= max; order++) {
		assert_int_equal(kvmfeat_hdbss_enable(c->vm, (unsigned int)order), 0);
		assert_on(c->vm, order);
		assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
		assert_off(c->vm);
	}
	assert_error(c, kvmfeat_hdbss_enable(c->vm, (unsigned int)max + 1), -EINVAL,
		     KVMFEAT_ORIGIN_LIBRARY, "is out of range: 0 to ");
	assert_error(c, kvmfeat_hdbss_enable(c->vm, UINT32_MAX), -EINVAL, KVMFEAT_ORIGIN_LIBRARY,
		     "order 4294967295 is out of range: 0 to ");
	assert_off(c->vm);
}

void contract_hdbss_the_same_order_again_changes_nothing(void **state)
{
	const struct contract_hdbss *c = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(kvmfeat_hdbss_enable(c->vm, 3), 0);
		assert_on(c->vm, 3);
	}
}

void contract_hdbss_another_order_has_to_wait(void **state)
{
	const struct contract_hdbss *c = *state;

	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 2), 0);
	assert_error(c, kvmfeat_hdbss_enable(c->vm, 4), -EBUSY, KVMFEAT_ORIGIN_KERNEL,
		     "HDBSS is on with order 2, so that order 4 has to wait");
	assert_error(c, kvmfeat_hdbss_enable(c->vm, 0), -EBUSY, KVMFEAT_ORIGIN_KERNEL,
		     "HDBSS is on with order 2, so that order 0 has to wait");
	assert_on(c->vm, 2);
	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 4), 0);
	assert_on(c->vm, 4);
}

void contract_hdbss_a_vm_that_is_off_stays_off(void **state)
{
	const struct contract_hdbss *c = *state;

	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_off(c->vm);
	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 0), 0);
	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_off(c->vm);
}

void contract_hdbss_another_handle_sees_the_state(void **state)
{
	const struct contract_hdbss *c = *state;
	struct kvmfeat_vm *other;

	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 1), 0);
	assert_int_equal(kvmfeat_vm_wrap(c->ctx, kvmfeat_vm_fd(c->vm), &other), 0);
	assert_on(other, 1);
	assert_int_equal(kvmfeat_hdbss_disable(other), 0);
	kvmfeat_vm_free(other);
	assert_off(c->vm);
}

void contract_hdbss_vms_are_switched_each_for_itself(void **state)
{
	const struct contract_hdbss *c = *state;
	struct kvmfeat_vm *other;

	assert_int_equal(kvmfeat_vm_open(c->ctx, 0, &other), 0);
	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 1), 0);
	assert_off(other);
	assert_int_equal(kvmfeat_hdbss_enable(other, 2), 0);
	assert_on(c->vm, 1);
	assert_on(other, 2);
	kvmfeat_vm_free(other);
	assert_on(c->vm, 1);
}

void contract_hdbss_vcpus_may_come_before_and_after(void **state)
{
	const struct contract_hdbss *c = *state;
	struct kvmfeat_vcpu *before, *after;

	assert_int_equal(kvmfeat_vcpu_open(c->vm, 0, &before), 0);
	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 0), 0);
	assert_int_equal(kvmfeat_vcpu_open(c->vm, 1, &after), 0);
	assert_on(c->vm, 0);
	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 1), 0);
	kvmfeat_vcpu_free(after);
	assert_on(c->vm, 1);
	kvmfeat_vcpu_free(before);
}

/* The table of the capability's documentation, on a VM that is off and on one that is on. */
void contract_hdbss_wrong_arguments_change_nothing(void **state)
{
	static const struct kvm_enable_cap wrong[] = {
		{ .flags = 1, .args = { 0, 1 } },
		{ .args = { 10, 1 } },
		{ .args = { 10, 0 } },
		{ .args = { 1ull << 32, 1 } },
		{ .args = { 0, 2 } },
		{ .args = { 0, 1ull << 32 } },
		{ .args = { 0, 1, 1 } },
		{ .args = { 0, 1, 0, 1 } },
		{ .args = { 0, 0, 1 } },
		{ .args = { 0, 0, 0, 1 } },
	};
	const struct contract_hdbss *c = *state;

	for (int on = 0; on < 2; on++) {
		for (size_t i = 0; i < KF_ARRAY_SIZE(wrong); i++) {
			struct kvm_enable_cap cap = wrong[i];

			cap.cap = KVM_CAP_ARM_HDBSS_KVMFEAT;
			if (raw_enable(c, &cap) != -EINVAL)
				fail_msg("row %zu is taken, on a VM that is %s", i,
					 on ? "on" : "off");
		}
		if (on)
			assert_on(c->vm, 3);
		else
			assert_off(c->vm);
		assert_int_equal(kvmfeat_hdbss_enable(c->vm, 3), 0);
	}
}

void contract_hdbss_a_dirty_ring_excludes_it_both_ways(void **state)
{
	const struct contract_hdbss *c = *state;

	assert_int_equal(kvmfeat_hdbss_enable(c->vm, 1), 0);
	assert_int_equal(enable_ring(c), -EINVAL);
	assert_on(c->vm, 1);
	assert_int_equal(kvmfeat_hdbss_disable(c->vm), 0);
	assert_int_equal(enable_ring(c), 0);
	/* KVM still offers it: only the attempt tells. */
	assert_error(c, kvmfeat_hdbss_enable(c->vm, 1), -EINVAL, KVMFEAT_ORIGIN_KERNEL,
		     "its dirty ring is in use");
	assert_off(c->vm);
}
