// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU that is stopped at one of several points moves to a new VM: by the library, after
 * which it must go on as if nothing had happened, and in the orders of calls that VMMs have
 * used.  The library's linter must find fault with just those orders that break here; what
 * it says of older kernels cannot be seen.  Prints the nested states, for tests/data/nested.
 *
 * Red when the library loads nested state before SREGS, loads no REGS, or saves before pending
 * I/O is complete; and when its linter says of SREGS after nested state that it matters on
 * other kernels only.
 */
#include <kvmfeat/kvmfeat.h>

#include "points.h"

#define STEP(name) KVMFEAT_NESTED_STEP_##name
#define BLOB_LINE 32

static struct kvmfeat_ctx *ctx;

/* The library's handles for a vCPU of the selftests. */
struct handles {
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu;
};

static struct handles wrap(struct kvm_vcpu *vcpu)
{
	struct handles h;

	TEST_ASSERT(!kvmfeat_vm_wrap(ctx, vcpu->vm->fd, &h.vm), "kvmfeat_vm_wrap() failed");
	TEST_ASSERT(!kvmfeat_vcpu_wrap(h.vm, vcpu->fd, &h.vcpu), "kvmfeat_vcpu_wrap() failed");
	return h;
}

static void unwrap(struct handles h)
{
	kvmfeat_vcpu_free(h.vcpu);
	kvmfeat_vm_free(h.vm);
}

/* The blobs of the points, as the library saved them. */
static struct {
	char name[32];
	union {
		struct kvm_nested_state nested;
		u8 bytes[SVM_NESTED_STATE_SIZE];
	};
} blobs[2 * ARRAY_SIZE(points)];
static unsigned int blob_count;

static bool keep_blob(const struct kvmfeat_vcpu_state *state, const struct point *point, bool npt)
{
	const void *from;
	size_t bytes;
	typeof(blobs[0]) *blob = &blobs[blob_count++];

	kvmfeat_vcpu_state_get_nested(state, &from, &bytes);
	TEST_ASSERT(from && bytes <= sizeof(blob->bytes), "A blob of %zu bytes", bytes);
	memcpy(blob->bytes, from, bytes);
	snprintf(blob->name, sizeof(blob->name), "%s%s", point->file, npt ? "-npt" : "");
	if (point->shows(&blob->nested))
		return true;
	ksft_print_msg("the nested state, flags %#x, shows no such point\n", blob->nested.flags);
	return false;
}

static bool load(struct kvm_vcpu *vcpu, const struct kvmfeat_vcpu_state *state)
{
	struct handles h = wrap(vcpu);
	int err = kvmfeat_vcpu_state_load(h.vcpu, state);

	if (err)
		ksft_print_msg("load: %s\n", kvmfeat_vcpu_error(h.vcpu)->reason);
	unwrap(h);
	return !err;
}

/* Stops at the point, and saves. */
static struct kvm_vm *stop_and_save(const struct point *point, bool npt, struct kvm_vcpu **vcpu,
				    struct handles *h, struct kvmfeat_vcpu_state **state)
{
	struct kvm_vm *vm = point->stop(vcpu, npt);
	int err;

	*h = wrap(*vcpu);
	TEST_ASSERT(!kvmfeat_vcpu_state_new(h->vcpu, state), "kvmfeat_vcpu_state_new() failed");
	err = kvmfeat_vcpu_state_save(h->vcpu, *state);
	TEST_ASSERT(!err, "kvmfeat_vcpu_state_save(): %s", kvmfeat_vcpu_error(h->vcpu)->reason);
	return vm;
}

static void library_case(const struct point *point, bool npt)
{
	struct kvmfeat_vcpu_state *state;
	struct kvm_vcpu *vcpu;
	struct handles old;
	struct kvm_vm *vm = stop_and_save(point, npt, &vcpu, &old, &state);
	bool ok = keep_blob(state, point, npt);

	kvm_vm_release(vm);
	vcpu = vm_recreate_with_one_vcpu(vm);
	ok = load(vcpu, state) && !nested_run(vcpu) && ok;
	ksft_test_result(ok, "nested: the library moves %s to a new VM %s\n", point->what,
			 nested_paging(npt));
	kvmfeat_vcpu_state_free(state);
	unwrap(old);
	kvm_vm_free(vm);
}

/* A copy of all of the guest's memory, or back from it. */
static void copy_memory(struct kvm_vm *vm, void **copy)
{
	struct userspace_mem_region *region = memslot2region(vm, 0);
	size_t bytes = region->region.memory_size;

	if (*copy) {
		memcpy(region->host_mem, *copy, bytes);
		return;
	}
	*copy = malloc(bytes);
	TEST_ASSERT(*copy, "No memory for %zu bytes", bytes);
	memcpy(*copy, region->host_mem, bytes);
}

/* Back to a point that the vCPU itself has left, with the memory as it was. */
static void rewind_case(void)
{
	void *memory = NULL;
	const struct point *running = &points[1];
	struct kvmfeat_vcpu_state *state;
	struct kvm_vcpu *vcpu;
	struct handles h;
	struct kvm_vm *vm = stop_and_save(running, false, &vcpu, &h, &state);
	bool ok;

	copy_memory(vm, &memory);
	ok = !nested_run(vcpu) && !(nested_flags(vcpu) & KVM_STATE_NESTED_GUEST_MODE);
	/* From L1, and then from L2, which has to be left first. */
	for (unsigned int i = 0; i < 2; i++) {
		copy_memory(vm, &memory);
		ok = ok && !kvmfeat_vcpu_state_load(h.vcpu, state) &&
		     (nested_flags(vcpu) & KVM_STATE_NESTED_GUEST_MODE);
	}
	ok = ok && !nested_run(vcpu);
	free(memory);
	ksft_test_result(ok, "nested: the library loads a state into the vCPU that it came from\n");
	kvmfeat_vcpu_state_free(state);
	unwrap(h);
	kvm_vm_free(vm);
}

/* Orders of restoring; the local APIC, which the selftests leave out, follows its base. */
#define STEPS(...)                                                                                 \
	.steps = (const enum kvmfeat_nested_step[]){ __VA_ARGS__ },                                \
	.count = sizeof((const enum kvmfeat_nested_step[]){ __VA_ARGS__ }) /                       \
		 sizeof(enum kvmfeat_nested_step)

static const struct order {
	const char *whose;
	const enum kvmfeat_nested_step *steps;
	size_t count;
} orders[] = {
	{ "of the kernel's selftests, nested state last,",
	  STEPS(STEP(CPUID), STEP(SREGS), STEP(LAPIC), STEP(MSRS), STEP(XCRS), STEP(XSAVE),
		STEP(EVENTS), STEP(MP_STATE), STEP(DEBUGREGS), STEP(REGS), STEP(NESTED)) },
	{ "of QEMU, nested state after SREGS,",
	  STEPS(STEP(CPUID), STEP(SREGS), STEP(NESTED), STEP(REGS), STEP(XSAVE), STEP(XCRS),
		STEP(MSRS), STEP(LAPIC), STEP(EVENTS), STEP(MP_STATE), STEP(DEBUGREGS)) },
	{ "with nested state before SREGS",
	  STEPS(STEP(CPUID), STEP(NESTED), STEP(SREGS), STEP(LAPIC), STEP(MSRS), STEP(XCRS),
		STEP(XSAVE), STEP(EVENTS), STEP(MP_STATE), STEP(DEBUGREGS), STEP(REGS)) },
	{ "with events before nested state, and REGS after it,",
	  STEPS(STEP(CPUID), STEP(SREGS), STEP(LAPIC), STEP(EVENTS), STEP(NESTED), STEP(REGS),
		STEP(XSAVE), STEP(XCRS), STEP(MSRS), STEP(MP_STATE), STEP(DEBUGREGS)) },
};

/* CPUID is set when the vCPU is made. */
static int take_step(struct kvm_vcpu *vcpu, struct nested_saved *saved,
		     enum kvmfeat_nested_step step)
{
	struct kvm_x86_state *state = saved->state;

	switch (step) {
	case STEP(CPUID):
		return 0;
	case STEP(SREGS):
		return __vcpu_ioctl(vcpu, KVM_SET_SREGS, &state->sregs);
	case STEP(MSRS):
		return __vcpu_ioctl(vcpu, KVM_SET_MSRS, &state->msrs) == state->msrs.nmsrs ? 0 : -1;
	case STEP(XCRS):
		return __vcpu_ioctl(vcpu, KVM_SET_XCRS, &state->xcrs);
	case STEP(XSAVE):
		return __vcpu_ioctl(vcpu, KVM_SET_XSAVE, state->xsave);
	case STEP(EVENTS):
		return __vcpu_ioctl(vcpu, KVM_SET_VCPU_EVENTS, &state->events);
	case STEP(MP_STATE):
		return __vcpu_ioctl(vcpu, KVM_SET_MP_STATE, &state->mp_state);
	case STEP(DEBUGREGS):
		return __vcpu_ioctl(vcpu, KVM_SET_DEBUGREGS, &state->debugregs);
	case STEP(REGS):
		return __vcpu_ioctl(vcpu, KVM_SET_REGS, &state->regs);
	case STEP(LAPIC):
		return __vcpu_ioctl(vcpu, KVM_SET_LAPIC, &saved->lapic);
	case STEP(NESTED):
		return __vcpu_nested_state_set(vcpu, &state->nested);
	default:
		TEST_FAIL("%s is no step of these orders", kvmfeat_nested_step_name(step));
		return -1;
	}
}

static bool take_steps(struct kvm_vcpu *vcpu, struct nested_saved *saved, const struct order *order)
{
	for (size_t i = 0; i < order->count; i++) {
		if (!take_step(vcpu, saved, order->steps[i]))
			continue;
		ksft_print_msg("%s: errno %d\n", kvmfeat_nested_step_name(order->steps[i]), errno);
		return false;
	}
	return true;
}

/* The shadow may be lost unseen: the guest would merely be interrupted too early. */
static bool same_shadow(struct kvm_vcpu *vcpu, const struct kvm_vcpu_events *want)
{
	struct kvm_vcpu_events events;

	vcpu_events_get(vcpu, &events);
	return events.interrupt.shadow == want->interrupt.shadow;
}

static bool moves(const struct order *order, const struct point *point, bool npt)
{
	struct nested_saved saved;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = point->stop(&vcpu, npt);
	bool ok;

	nested_save(vcpu, &saved);
	kvm_vm_release(vm);
	vcpu = vm_recreate_with_one_vcpu(vm);
	ok = take_steps(vcpu, &saved, order) && same_shadow(vcpu, &saved.state->events) &&
	     !nested_run(vcpu);
	if (!ok)
		ksft_print_msg("the order breaks at %s %s\n", point->what, nested_paging(npt));
	kvm_x86_state_cleanup(saved.state);
	kvm_vm_free(vm);
	return ok;
}

/* Is there a fault that does not belong to older kernels? */
static bool linter_objects(const struct order *order)
{
	struct kvmfeat_nested_order_finding findings[KVMFEAT_NESTED_RULES_MAX];
	bool objects = false;
	size_t count;

	TEST_ASSERT(!kvmfeat_nested_check_order(KVMFEAT_NESTED_RESTORE, order->steps, order->count,
						findings, &count),
		    "The linter does not know a step");
	for (size_t i = 0; i < count; i++) {
		ksft_print_msg("%s (%s)\n", findings[i].id, findings[i].kernels ?: "all kernels");
		objects |= !findings[i].kernels;
	}
	return objects;
}

static void order_case(const struct order *order, bool npt)
{
	bool objects = linter_objects(order), breaks = false;

	for (unsigned int i = 0; i < ARRAY_SIZE(points); i++)
		breaks |= !moves(order, &points[i], npt);
	ksft_test_result(breaks == objects, "nested: the order %s %s, as the linter says\n",
			 order->whose, objects ? "breaks" : "does no harm here");
}

/* Zeroes are most of a blob, and left out. */
static void print_blobs(void)
{
	for (unsigned int i = 0; i < blob_count; i++) {
		unsigned int size = blobs[i].nested.size;

		printf("blob %s.bin %u\n", blobs[i].name, size);
		for (unsigned int at = 0; at < size; at += BLOB_LINE) {
			static const u8 zeroes[BLOB_LINE];
			const u8 *line = &blobs[i].bytes[at];

			if (!memcmp(line, zeroes, BLOB_LINE))
				continue;
			printf("blob-bytes %u ", at);
			for (unsigned int b = 0; b < BLOB_LINE; b++)
				printf("%02x", line[b]);
			printf("\n");
		}
	}
	fflush(stdout);
}

int main(void)
{
	bool npt = kvm_cpu_has_npt();

	nested_start(2 * ARRAY_SIZE(points) - 1 + 1 + ARRAY_SIZE(orders));
	TEST_ASSERT(!kvmfeat_ctx_new(&ctx), "kvmfeat_ctx_new() failed");

	for (unsigned int i = 0; i < ARRAY_SIZE(points); i++) {
		library_case(&points[i], false);
		if (points[i].without_l2)
			continue;
		if (npt)
			library_case(&points[i], true);
		else
			nested_skip_npt(1);
	}
	rewind_case();
	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++)
		order_case(&orders[i], npt);
	if (!ksft_get_fail_cnt())
		print_blobs();
	kvmfeat_ctx_free(ctx);
	ksft_finished();
}
