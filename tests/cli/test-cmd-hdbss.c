// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include "../unit/hdbss-world.h"

#include <linux/kvm.h>
#include <stdio.h>

/* A host with this interface and a VM on it, as the world's "--vm=…" word. */
struct guest {
	int fd;
	char vm[24];
};

static struct guest make(struct world *w, enum kvmfeat_hdbss_variant variant, unsigned int vcpus)
{
	struct guest guest;

	become(w, variant);
	guest.fd = fake_new_fd(&w->fake, FAKE_VM);
	snprintf(guest.vm, sizeof(guest.vm), "--vm=%d", guest.fd);
	while (vcpus--)
		fake_fd(&w->fake, fake_new_fd(&w->fake, FAKE_VCPU))->vm = guest.fd;
	return guest;
}

static void end(struct world *w)
{
	memset(w->fake.fds, 0, sizeof(w->fake.fds));
}

/* Asserts exit status and the end of what is printed, to standard output or else to error. */
static void expect(struct result r, int status, const char *text)
{
	const char *where = status ? r.err : r.out;

	if (r.status != status || !strstr(where, text))
		print_error("status %d: %s%s\n", r.status, r.out, r.err);
	assert_int_equal(r.status, status);
	assert_non_null(strstr(where, text));
	if (!status)
		assert_string_equal(r.err, "");
	result_free(&r);
}

static void status_shows_the_host_without_a_vm(void **state)
{
	struct world *w = *state;
	struct result r;

	become(w, KVMFEAT_HDBSS_KVMFEAT);
	fake_file(&w->fake, "/sys/devices/system/cpu/cpu0/regs/identification/midr_el1",
		  "0x00000000410fd4f0\n");
	r = run(w, "hdbss", "status", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "state: available\n"
				   "variant: kvmfeat\n"
				   "told by: capability 0x4844 answers with the tag 0x4844\n"
				   "capability: 18500\n"
				   "answer: 0x48440901\n"
				   "min order: 0\n"
				   "max order: 9\n"
				   "arch: arm64\n"
				   "midr: 0x410fd4f0\n"
				   "el2: vhe\n"
				   "evidence: capabilities 18500 = 0x48440901, 248 = 0, 502 = 0\n");
	assert_string_equal(r.err, "kvmfeat: this is what the host offers; --vm names a VM to look "
				   "at\n");
	result_free(&r);
	expect(run(w, "hdbss", "status", "--quiet", NULL), 0, "state: available\n");
}

static void json_of_status_has_the_keys_of_scripts(void **state)
{
	struct world *w = *state;
	struct guest guest;
	struct result r;

	become(w, KVMFEAT_HDBSS_NONE);
	r = run(w, "--json", "hdbss", "status", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "hdbss status");
	assert_string_equal(json_text(&r, "data.state"), "unknown");
	assert_string_equal(json_text(&r, "data.why"), "not-visible");
	assert_string_equal(json_text(&r, "data.variant"), "none");
	assert_true(json_is_null(json_path(&r, "data.capability")));
	assert_true(json_is_null(json_path(&r, "data.max_order")));
	assert_true(json_is_null(json_path(&r, "data.midr")));
	assert_true(json_is_null(json_path(&r, "data.vm")));
	assert_string_equal(json_text(&r, "data.el2"), "unknown");
	result_free(&r);

	guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);
	*fake_hdbss_vm(&w->fake, guest.fd) =
		(struct fake_hdbss_vm){ .on = true, .order = 3, .counters = { 32768, 59, 64, 0 } };
	r = run(w, "--json", "hdbss", "status", guest.vm, NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_number(&r, "data.capability"), 0x4844);
	assert_string_equal(json_text(&r, "data.answer"), "0x48440901");
	assert_int_equal(json_number(&r, "data.max_order"), 9);
	assert_true(json_is_true(json_path(&r, "data.vm.enabled")));
	assert_int_equal(json_number(&r, "data.vm.order"), 3);
	assert_int_equal(json_number(&r, "data.vm.entries_drained"), 32768);
	assert_int_equal(json_number(&r, "data.vm.buffers_full"), 59);
	assert_int_equal(json_number(&r, "data.vm.drains"), 64);
	assert_int_equal(json_number(&r, "data.vm.errors"), 0);
	assert_true(json_is_null(json_path(&r, "data.vm.reason")));
	assert_string_equal(r.err, "");
	result_free(&r);
	end(w);
}

static void what_a_kernel_does_not_tell_is_null(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_POSTED, 2);
	struct result r = run(w, "--json", "hdbss", "status", guest.vm, NULL);

	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.vm.enabled")));
	assert_true(json_is_null(json_path(&r, "data.vm.order")));
	assert_true(json_is_null(json_path(&r, "data.vm.entries_drained")));
	assert_true(json_is_null(json_path(&r, "data.vm.errors")));
	assert_string_equal(json_text(&r, "data.vm.why"), "not-visible");
	assert_non_null(strstr(json_text(&r, "data.vm.reason"), "does not tell"));
	result_free(&r);
	end(w);
}

static void status_of_another_architecture_is_an_answer(void **state)
{
	struct world *w = *state;

	w->fake.open_error = -ENOENT;
	expect(run(w, "-q", "hdbss", "status", NULL), 0,
	       "state: absent\nwhy: other-arch\nreason: HDBSS is of arm64, this host is x86\n");
}

static void a_question_fails_as_kvm_does(void **state)
{
	struct world *w = *state;
	struct guest guest;

	become(w, KVMFEAT_HDBSS_KVMFEAT);
	w->fake.open_error = -ENOENT;
	expect(run(w, "hdbss", "status", NULL), 3, "cannot look for HDBSS: there is no /dev/kvm");
	w->fake.open_error = -EACCES;
	expect(run(w, "hdbss", "status", NULL), 4, "cannot look for HDBSS: /dev/kvm may not be");
	w->fake.open_error = 0;
	guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);
	w->fake.hdbss.stats_error = -EMFILE;
	for (size_t i = 0; i < 3; i++)
		expect(run(w, "hdbss", (const char *[]){ "status", "enable", "disable" }[i],
			   guest.vm, NULL),
		       1,
		       "cannot read the state of HDBSS: the statistics of the VM cannot be opened");
	assert_int_equal(w->fake.hdbss.enables, 0);
	end(w);
}

static int lose_statistics(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	(void)fd;
	(void)arg;
	if (request == KVM_ENABLE_CAP)
		fake->hdbss.stats_error = -EMFILE;
	return FAKE_PASS;
}

static void a_switch_that_cannot_be_read_back_says_so(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);

	w->fake.ioctl_hook = lose_statistics;
	expect(run(w, "hdbss", "enable", guest.vm, NULL), 1,
	       "cannot read the state of HDBSS after it was switched on: the statistics");
	end(w);
}

static void enable_and_disable_say_what_they_did(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);
	const struct fake_hdbss_vm *vm = fake_hdbss_vm(&w->fake, guest.fd);

	expect(run(w, "hdbss", "enable", guest.vm, "--order=2", NULL), 0,
	       "HDBSS is on with order 2 now\n");
	assert_true(vm->on);
	assert_int_equal(vm->order, 2);
	expect(run(w, "hdbss", "enable", guest.vm, "-o2", NULL), 0,
	       "HDBSS is on with order 2 already\n");
	expect(run(w, "hdbss", "enable", guest.vm, "--order=3", NULL), 1,
	       "cannot switch HDBSS on: HDBSS is on with order 2, so that order 3 has to wait\n");
	expect(run(w, "hdbss", "disable", guest.vm, NULL), 0, "HDBSS is off now\n");
	assert_false(vm->on);
	expect(run(w, "hdbss", "disable", guest.vm, NULL), 0, "HDBSS is off already\n");
	end(w);
}

static void json_of_a_switch_tells_before_and_after(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);
	struct result r;

	r = run(w, "--json", "hdbss", "enable", guest.vm, "--order=4", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.variant"), "kvmfeat");
	assert_int_equal(json_number(&r, "data.capability"), 0x4844);
	assert_int_equal(json_number(&r, "data.order"), 4);
	assert_true(json_is_true(json_path(&r, "data.needed")));
	assert_true(json_is_false(json_path(&r, "data.before.enabled")));
	assert_true(json_is_null(json_path(&r, "data.before.order")));
	assert_true(json_is_true(json_path(&r, "data.after.enabled")));
	assert_int_equal(json_number(&r, "data.after.order"), 4);
	result_free(&r);
	r = run(w, "--json", "hdbss", "disable", guest.vm, "--dry-run", NULL);
	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.order")));
	assert_true(json_is_true(json_path(&r, "data.needed")));
	assert_int_equal(json_number(&r, "data.before.order"), 4);
	assert_true(json_is_null(json_path(&r, "data.after")));
	result_free(&r);
	r = run(w, "--json", "hdbss", "enable", guest.vm, "--order=5", NULL);
	assert_int_equal(r.status, 1);
	assert_string_equal(json_text(&r, "error.errno"), "EBUSY");
	assert_string_equal(json_text(&r, "error.remedy"), "switch it off first");
	result_free(&r);
	end(w);

	guest = make(w, KVMFEAT_HDBSS_POSTED, 2);
	r = run(w, "--json", "hdbss", "enable", guest.vm, "--order=4", NULL);
	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.before.enabled")));
	assert_true(json_is_true(json_path(&r, "data.needed")));
	assert_true(json_is_true(json_path(&r, "data.after.enabled")));
	assert_non_null(strstr(json_text(&r, "data.after.reason"), "created since"));
	result_free(&r);
	end(w);
}

static void auto_takes_the_order_that_fits(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 8); /* 512 MiB each */

	expect(run(w, "hdbss", "enable", guest.vm, NULL), 0, "HDBSS is on with order 2 now\n");
	expect(run(w, "hdbss", "disable", guest.vm, NULL), 0, "off now\n");
	expect(run(w, "hdbss", "enable", guest.vm, "--order=7", NULL), 0, "order 7 now\n");
	/* Any order fits a VM that is on. */
	expect(run(w, "hdbss", "enable", guest.vm, "--order=auto", NULL), 0,
	       "HDBSS is on with order 7 already\n");
	end(w);

	guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 1);
	w->fake.hdbss.max_order = 3;
	expect(run(w, "hdbss", "enable", guest.vm, NULL), 0, "HDBSS is on with order 3 now\n");
	end(w);

	guest = make(w, KVMFEAT_HDBSS_OPENEULER, 64); /* 64 MiB each, and there is no order 0 */
	expect(run(w, "hdbss", "enable", guest.vm, NULL), 0, "HDBSS is on with order 1 now\n");
	end(w);

	guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 0);
	expect(run(w, "hdbss", "enable", guest.vm, NULL), 1,
	       "cannot choose an order: the VM's memory or number of vCPUs is not known\nkvmfeat: "
	       "what would help: --order=N\n");
	expect(run(w, "hdbss", "enable", guest.vm, "--order=0", NULL), 0, "order 0 now\n");
	end(w);
}

static void a_dry_run_switches_nothing_and_tells_what_would_come(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);
	struct fake_hdbss_vm *vm = fake_hdbss_vm(&w->fake, guest.fd);

	expect(run(w, "-n", "hdbss", "enable", guest.vm, "--order=2", NULL), 0,
	       "HDBSS is off, would switch it on with order 2\n");
	expect(run(w, "-n", "hdbss", "disable", guest.vm, NULL), 0, "HDBSS is off already\n");
	vm->on = true;
	vm->order = 4;
	expect(run(w, "-n", "hdbss", "disable", guest.vm, NULL), 0,
	       "HDBSS is on, would switch it off\n");
	expect(run(w, "-n", "hdbss", "enable", guest.vm, "--order=2", NULL), 1,
	       "cannot switch HDBSS on: it is on with order 4, so that order 2 has to wait\n");
	expect(run(w, "-n", "hdbss", "enable", guest.vm, "--order=4", NULL), 0,
	       "HDBSS is on with order 4 already\n");
	w->fake.hdbss.max_order = 4;
	expect(run(w, "-n", "hdbss", "enable", guest.vm, "--order=5", NULL), 3,
	       "cannot switch HDBSS on: order 5 is not one of this VM's, 0 to 4\n");
	assert_int_equal(w->fake.hdbss.enables, 0);
	end(w);

	guest = make(w, KVMFEAT_HDBSS_POSTED, 2);
	expect(run(w, "-n", "hdbss", "enable", guest.vm, NULL), 0,
	       "HDBSS is in a state that the kernel does not tell, would switch it on with order "
	       "4\n");
	assert_int_equal(w->fake.hdbss.enables, 0);
	end(w);

	guest = make(w, KVMFEAT_HDBSS_OPENEULER, 2);
	expect(run(w, "-n", "hdbss", "enable", guest.vm, "--order=0", NULL), 3,
	       "cannot switch HDBSS on: order 0 is not one of this VM's, 1 to 9\n");
	end(w);

	guest = make(w, KVMFEAT_HDBSS_NONE, 2);
	expect(run(w, "-n", "hdbss", "enable", guest.vm, NULL), 3,
	       "cannot switch HDBSS on: no capability offers it");
	expect(run(w, "-n", "hdbss", "disable", guest.vm, NULL), 3,
	       "cannot switch HDBSS off: no capability offers it");
	end(w);
}

static void a_vm_without_it_ends_with_status_3(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_NONE, 2);
	struct result r;

	expect(run(w, "hdbss", "enable", guest.vm, NULL), 3,
	       "cannot switch HDBSS on: no capability offers it");
	expect(run(w, "hdbss", "disable", guest.vm, NULL), 3,
	       "cannot switch HDBSS off: no capability offers it");
	r = run(w, "--json", "hdbss", "enable", guest.vm, "--order=2", NULL);
	assert_string_equal(json_text(&r, "error.errno"), "EOPNOTSUPP");
	assert_non_null(strstr(json_text(&r, "error.remedy"), "KVM_CAP_ARM_HDBSS_KVMFEAT"));
	result_free(&r);
	end(w);

	guest = make(w, KVMFEAT_HDBSS_OPENEULER, 2);
	expect(run(w, "hdbss", "enable", guest.vm, "--order=0", NULL), 3,
	       "order 0 means off to openEuler's kernel");
	end(w);
}

/* The switch works, and an error of the hardware undoes it before it is looked at. */
static int switch_back(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	(void)arg;
	if (request != KVM_ENABLE_CAP)
		return FAKE_PASS;
	fake_hdbss_vm(fake, fd)->on = false;
	fake_hdbss_vm(fake, fd)->counters[3] = 1;
	return 0;
}

static void what_the_kernel_undoes_at_once_is_no_success(void **state)
{
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);

	w->fake.ioctl_hook = switch_back;
	expect(run(w, "hdbss", "enable", guest.vm, "--order=2", NULL), 1,
	       "HDBSS was switched on and is off again: errors of a buffer since the VM was made: "
	       "1;");
	expect(run(w, "hdbss", "disable", guest.vm, NULL), 0, "HDBSS is off already\n");
	end(w);
}

static void without_a_vm_nothing_is_switched(void **state)
{
	struct world *w = *state;
	struct result r;

	expect(run(w, "hdbss", "enable", NULL), 2, "a VM is missing: --vm=NAME or --vm=PID\n");
	expect(run(w, "hdbss", "disable", "-n", NULL), 2, "a VM is missing");
	/* The program of this version has no agents. */
	r = run(w, "--json", "hdbss", "disable", "--vm=qemu", NULL);
	assert_int_equal(r.status, 3);
	assert_string_equal(json_text(&r, "error.errno"), "ENOSYS");
	assert_string_equal(json_text(&r, "error.reason"),
			    "cannot reach VM 'qemu': this version of kvmfeat has no agent to reach "
			    "it by");
	assert_non_null(strstr(json_text(&r, "error.remedy"), "libkvmfeat(3)"));
	result_free(&r);
	become(w, KVMFEAT_HDBSS_KVMFEAT);
	fake_new_fd(&w->fake, FAKE_VM);
	expect(run(w, "hdbss", "status", "--vm=4711", NULL), 1,
	       "cannot reach VM '4711': descriptor 4711 is not a VM");
	end(w);
}

static void a_wrong_order_is_named(void **state)
{
	static const char *const words[] = { "--order=10", "--order=-1", "--order=x",
					     "--order=",   "--order=1x", "--order=AUTO" };
	struct world *w = *state;
	struct guest guest = make(w, KVMFEAT_HDBSS_KVMFEAT, 2);

	for (size_t i = 0; i < KF_ARRAY_SIZE(words); i++)
		expect(run(w, "hdbss", "enable", guest.vm, words[i], NULL), 2,
		       "--order takes auto or a number from 0 to 9, not '");
	assert_int_equal(w->fake.hdbss.enables, 0);
	end(w);
}

static void completion_offers_the_orders(void **state)
{
	struct world *w = *state;
	struct result r = run(w, "--complete", "hdbss", "enable", "--order=", NULL);

	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "--order=auto\n"));
	assert_non_null(strstr(r.out, "--order=0\n"));
	assert_non_null(strstr(r.out, "--order=9\n"));
	assert_null(strstr(r.out, "--order=10\n"));
	result_free(&r);
	r = run(w, "--complete", "hdbss", "disable", "--", NULL);
	assert_non_null(strstr(r.out, "--vm=\n"));
	assert_non_null(strstr(r.out, "--dry-run\n"));
	assert_null(strstr(r.out, "--order"));
	result_free(&r);
	r = run(w, "--complete", "hdbss", "enable", "", NULL);
	assert_string_equal(r.out, "");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(status_shows_the_host_without_a_vm),
		WORLD_TEST(json_of_status_has_the_keys_of_scripts),
		WORLD_TEST(what_a_kernel_does_not_tell_is_null),
		WORLD_TEST(status_of_another_architecture_is_an_answer),
		WORLD_TEST(a_question_fails_as_kvm_does),
		WORLD_TEST(a_switch_that_cannot_be_read_back_says_so),
		WORLD_TEST(enable_and_disable_say_what_they_did),
		WORLD_TEST(json_of_a_switch_tells_before_and_after),
		WORLD_TEST(auto_takes_the_order_that_fits),
		WORLD_TEST(a_dry_run_switches_nothing_and_tells_what_would_come),
		WORLD_TEST(a_vm_without_it_ends_with_status_3),
		WORLD_TEST(what_the_kernel_undoes_at_once_is_no_success),
		WORLD_TEST(without_a_vm_nothing_is_switched),
		WORLD_TEST(a_wrong_order_is_named),
		WORLD_TEST(completion_offers_the_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
