// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmfeat's view of a live guest agrees with the kernel's: it finds the kernel's interface,
 * switches a VM whose vCPU is running, tells the VM's state and counters as CHECK_EXTENSION and
 * the statistics have them, and has the kernel's errors with a reason.
 */
#include <kvmfeat/kvmfeat.h>

#include "hdbss.h"

#define PAGES 1024ULL
#define ORDER 2

static struct kvmfeat_ctx *ctx;

static struct kvmfeat_vm *wrap(struct kvm_vm *vm)
{
	struct kvmfeat_vm *handle;

	TEST_ASSERT(!kvmfeat_vm_wrap(ctx, vm->fd, &handle), "kvmfeat_vm_wrap() failed");
	return handle;
}

static struct kvmfeat_hdbss_state state_of(struct kvmfeat_vm *vm)
{
	struct kvmfeat_hdbss_state state = { .size = sizeof(state) };

	TEST_ASSERT(!kvmfeat_hdbss_get_state(vm, &state), "kvmfeat_hdbss_get_state() failed");
	return state;
}

static bool finds_the_interface(void)
{
	struct kvmfeat_hdbss_host host = { .size = sizeof(host) };

	TEST_ASSERT(!kvmfeat_hdbss_get_host(ctx, &host), "kvmfeat_hdbss_get_host() failed");
	return host.state == KVMFEAT_STATE_AVAILABLE && host.variant == KVMFEAT_HDBSS_KVMFEAT &&
	       host.capability == KVM_CAP_ARM_HDBSS_KVMFEAT &&
	       host.answer == (u32)hdbss_value(0, 0) && host.min_order == 0 &&
	       host.max_order == HDBSS_MAX_ORDER && host.el2 == KVMFEAT_HDBSS_EL2_VHE;
}

/* As the kernel has it, however it was switched. */
static bool agrees(struct world *w, struct kvmfeat_vm *vm)
{
	struct kvmfeat_hdbss_state state = state_of(vm);
	struct hdbss_stats stats = hdbss_stats(w->vm);
	bool on = state.enabled == KVMFEAT_HDBSS_ON;

	return hdbss_state(w->vm) == hdbss_value(on, on ? state.order : 0) &&
	       (on || (state.enabled == KVMFEAT_HDBSS_OFF && state.order == -1)) &&
	       state.entries_drained == (int64_t)stats.entries &&
	       state.buffers_full == (int64_t)stats.full && state.drains == (int64_t)stats.drains &&
	       state.errors == (int64_t)stats.errors;
}

static void test_state(void)
{
	struct kvmfeat_vm *vm;
	struct world w;

	make_world(&w, PAGES, 1);
	vm = wrap(w.vm);
	ksft_test_result(agrees(&w, vm) && !kvmfeat_hdbss_disable(vm),
			 "hdbss: the library sees that a VM is off\n");
	ksft_test_result(!kvmfeat_hdbss_enable(vm, ORDER) &&
				 hdbss_state(w.vm) == hdbss_value(1, ORDER) && agrees(&w, vm),
			 "hdbss: the library switches it on\n");
	make_clean(&w);
	write_all(&w, 0);
	ksft_test_result(state_of(vm).entries_drained >= (int64_t)PAGES && agrees(&w, vm) &&
				 sync_log(&w) == PAGES,
			 "hdbss: the library tells what was drained\n");
	ksft_test_result(!kvmfeat_hdbss_enable(vm, ORDER) &&
				 kvmfeat_hdbss_enable(vm, ORDER + 1) == -EBUSY &&
				 hdbss_state(w.vm) == hdbss_value(1, ORDER),
			 "hdbss: the library says that another order finds it busy\n");
	ksft_test_result(!kvmfeat_hdbss_disable(vm) && hdbss_state(w.vm) == hdbss_value(0, 0) &&
				 agrees(&w, vm),
			 "hdbss: the library switches it off\n");
	hdbss_on(w.vm, 0);
	ksft_test_result(agrees(&w, vm), "hdbss: the library sees what others switched\n");
	kvmfeat_vm_free(vm);
	free_world(&w);
}

static void *run_vcpu(void *data)
{
	struct world *w = data;

	run_to_sync(w->vcpu[0]);
	return NULL;
}

/* On and off, with every order, while a vCPU writes: in the end no page is missing. */
static bool switches_a_running_guest(void)
{
	struct kvmfeat_vm *vm;
	pthread_t thread;
	struct world w;
	bool good = true;

	make_world(&w, PAGES, 1);
	vm = wrap(w.vm);
	log_pages(&w, true);
	*work_of(&w, 0) = (struct work){ .pages = PAGES, .stride = 1, .loop = 1 };
	kvm_pthread_create(&thread, NULL, run_vcpu, &w);
	for (unsigned int order = 0; order <= KVMFEAT_HDBSS_ORDER_MAX; order++) {
		good = good && !kvmfeat_hdbss_enable(vm, order);
		sync_log(&w);
		usleep(20000);
		good = good && state_of(vm).order == (int)order && !kvmfeat_hdbss_disable(vm) &&
		       state_of(vm).enabled == KVMFEAT_HDBSS_OFF;
	}
	sync_log(&w);
	/* A whole pass after that. */
	for (u64 until = READ_ONCE(work_of(&w, 0)->passes) + 2;
	     READ_ONCE(work_of(&w, 0)->passes) < until;)
		usleep(200);
	good = good && sync_log(&w) == PAGES && hdbss_stats(w.vm).entries;
	WRITE_ONCE(work_of(&w, 0)->stop, 1);
	kvm_pthread_join(thread, NULL);
	kvmfeat_vm_free(vm);
	free_world(&w);
	return good;
}

static bool says_why_a_dirty_ring_is_refused(void)
{
	struct kvm_vm *ring = vm_create_barebones();
	struct kvmfeat_vm *vm = wrap(ring);
	const struct kvmfeat_error *error;
	bool good;

	vm_enable_dirty_ring(ring, 1024 * sizeof(struct kvm_dirty_gfn));
	good = kvmfeat_hdbss_enable(vm, 0) == -EINVAL;
	error = kvmfeat_ctx_error(ctx);
	good = good && error->origin == KVMFEAT_ORIGIN_KERNEL &&
	       strstr(error->reason, "dirty ring");
	ksft_print_msg("%s\n", error->reason);
	kvmfeat_vm_free(vm);
	kvm_vm_free(ring);
	return good;
}

int main(void)
{
	hdbss_start(9);
	TEST_ASSERT(!kvmfeat_ctx_new(&ctx), "kvmfeat_ctx_new() failed");
	ksft_test_result(finds_the_interface(),
			 "hdbss: the library finds the kernel's interface\n");
	test_state();
	ksft_test_result(switches_a_running_guest(),
			 "hdbss: the library switches a guest that is running\n");
	ksft_test_result(says_why_a_dirty_ring_is_refused(),
			 "hdbss: the library says why a dirty ring is refused\n");
	kvmfeat_ctx_free(ctx);
	ksft_finished();
}
