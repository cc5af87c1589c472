// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include "../../cli/cli.h"
#include "../unit/pmu-world.h"

static void end(struct world *w)
{
	memset(w->fake.fds, 0, sizeof(w->fake.fds));
}

/* Asserts exit status and what is printed, to standard output or else to error. */
static void expect(struct result r, int status, const char *text)
{
	const char *where = status ? r.err : r.out;

	if (r.status != status || !strstr(where, text))
		print_error("status %d: %s%s\n", r.status, r.out, r.err);
	assert_int_equal(r.status, status);
	assert_non_null(strstr(where, text));
	result_free(&r);
}

static void list_shows_the_pmus_and_what_they_mean(void **state)
{
	struct world *w = *state;
	struct result r;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	fake_pmu_cpus(&w->fake, "0-9\n", "0-6,8-9\n");
	r = run(w, "pmu", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(
		r.out,
		"NAME             TYPE CPUS\n"
		"armv8_cortex_a53    8 0-3\n"
		"armv8_cortex_a72    9 4-7\n"
		"heterogeneous: yes\n"
		"uncovered cpus: 8-9\n"
		"offline cpus: 7\n"
		"advice: fixed counters only are refused, as some CPUs (8-9) have no PMU: pin all "
		"vCPUs to CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72) and select "
		"that PMU\n");
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void json_of_a_list_has_the_keys_of_scripts(void **state)
{
	struct world *w = *state;
	struct result r;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	r = run(w, "--json", "pmu", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "command"), "pmu list");
	assert_string_equal(json_text(&r, "data.pmus.1.name"), "armv8_cortex_a72");
	assert_int_equal(json_number(&r, "data.pmus.1.type"), 9);
	assert_string_equal(json_text(&r, "data.pmus.1.cpus"), "4-7");
	assert_true(json_is_null(json_path(&r, "data.pmus.1.reason")));
	assert_true(json_is_true(json_path(&r, "data.heterogeneous")));
	assert_string_equal(json_text(&r, "data.uncovered_cpus"), "");
	assert_string_equal(json_text(&r, "data.offline_cpus"), "");
	assert_true(json_is_null(json_path(&r, "data.reason")));
	assert_non_null(strstr(json_text(&r, "data.advice"), "this host is heterogeneous"));
	result_free(&r);
}

static int hide_cpus(struct fake *fake, const char *path, int flags)
{
	(void)fake;
	(void)flags;
	return strstr(path, "a72/cpus") ? -EACCES : FAKE_PASS;
}

static void what_is_not_known_is_null_with_a_reason(void **state)
{
	struct world *w = *state;
	struct result r;

	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	w->fake.open_hook = hide_cpus;
	r = run(w, "--json", "pmu", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.pmus.1.cpus")));
	assert_string_equal(json_text(&r, "data.pmus.1.why"), "permission");
	assert_non_null(strstr(json_text(&r, "data.pmus.1.reason"), "Permission denied"));
	assert_true(json_is_null(json_path(&r, "data.heterogeneous")));
	assert_true(json_is_null(json_path(&r, "data.uncovered_cpus")));
	assert_string_equal(json_text(&r, "data.why"), "permission");
	assert_non_null(strstr(json_text(&r, "data.reason"), "a72/cpus cannot be read"));
	result_free(&r);
	expect(run(w, "pmu", "list", NULL), 0, "armv8_cortex_a72    9 ?    /sys/bus/");
	w->fake.open_hook = NULL;
}

static void a_hybrid_x86_host_has_a_list_and_another_architectures_status(void **state)
{
	struct world *w = *state;
	struct result r;

	fake_pmu_cpus(&w->fake, "0-11\n", "0-11\n");
	fake_pmu_device(&w->fake, "cpu_core", "4\n", "0-3\n");
	fake_pmu_device(&w->fake, "cpu_atom", "10\n", "4-11\n");
	r = run(w, "pmu", "list", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "NAME     TYPE CPUS\n"
				   "cpu_core    4 0-3\n"
				   "cpu_atom   10 4-11\n"
				   "heterogeneous: yes\n");
	result_free(&r);
	r = run(w, "--json", "pmu", "status", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(json_text(&r, "data.state"), "absent");
	assert_string_equal(json_text(&r, "data.why"), "other-arch");
	assert_string_equal(json_text(&r, "data.fixed_counters_only"), "absent");
	assert_string_equal(json_text(&r, "data.reason"), "this PMU is of arm64, this host is x86");
	assert_string_equal(json_text(&r, "data.arch"), "x86");
	result_free(&r);
}

static void a_host_without_pmus_is_an_answer(void **state)
{
	struct world *w = *state;

	fake_dir(&w->fake, "/sys/bus/event_source/devices");
	fake_pmu_cpus(&w->fake, "0\n", "0\n");
	expect(run(w, "pmu", "list", NULL), 0, "reason: there is no PMU of CPUs\n");
}

static void what_cannot_be_listed_is_named(void **state)
{
	struct world *w = *state;

	expect(run(w, "pmu", "list", NULL), 3,
	       "cannot list the PMUs: /sys/bus/event_source/devices cannot be read: No such file "
	       "or "
	       "directory\nkvmfeat: what would help: mount sysfs on /sys\n");
	become(w, FAKE_PMU_OURS);
	add_pmus(w);
	fake_file(&w->fake, "/sys/bus/event_source/devices/armv8_cortex_a72/cpus", "4-\x1b[31m\n");
	expect(run(w, "pmu", "list", NULL), 1,
	       "armv8_cortex_a72/cpus cannot be decoded: '4-\\x1b[31m'");
}

static void status_tells_what_guests_get(void **state)
{
	struct world *w = *state;
	struct result r;

	become(w, FAKE_PMU_OURS);
	r = run(w, "pmu", "status", "--deep", NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "state: available\n"
				   "strict: yes\n"
				   "counters: 6\n"
				   "fixed counters only: available\n"
				   "arch: arm64\n");
	assert_string_equal(r.err, "kvmfeat: this is what the host offers; --vm names a VM to look "
				   "at\n");
	result_free(&r);
	r = run(w, "--json", "pmu", "status", NULL);
	assert_string_equal(json_text(&r, "data.state"), "available");
	assert_true(json_is_null(json_path(&r, "data.counters")));
	assert_string_equal(json_text(&r, "data.fixed_counters_only"), "unknown");
	assert_string_equal(json_text(&r, "data.fixed_why"), "not-asked");
	assert_string_equal(json_text(&r, "data.fixed_remedy"), "kvmfeat pmu status --deep");
	assert_true(json_is_null(json_path(&r, "data.vm")));
	result_free(&r);
	become(w, FAKE_PMU_LINUX);
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3_STRICT, 0);
	r = run(w, "pmu", "status", "-dq", NULL);
	assert_string_equal(r.out, "state: available\n"
				   "strict: no\n"
				   "counters: 6\n"
				   "fixed counters only: absent\n"
				   "fixed why: kernel-version\n"
				   "fixed reason: no Linux release has fixed counters only, this "
				   "kernel (7.3.4) neither\n"
				   "fixed remedy: this project's kernel\n"
				   "arch: arm64\n");
	assert_string_equal(r.err, "");
	result_free(&r);
}

static void status_of_a_vm_tells_that_no_kernel_shows_it(void **state)
{
	struct world *w = *state;
	char vm[24];
	struct result r;

	become(w, FAKE_PMU_OURS);
	snprintf(vm, sizeof(vm), "--vm=%d", fake_new_fd(&w->fake, FAKE_VM));
	r = run(w, "--json", "pmu", "status", vm, NULL);
	assert_int_equal(r.status, 0);
	assert_true(json_is_null(json_path(&r, "data.vm.fixed")));
	assert_true(json_is_null(json_path(&r, "data.vm.exclusive")));
	assert_true(json_is_null(json_path(&r, "data.vm.type")));
	assert_true(json_is_null(json_path(&r, "data.vm.filter")));
	assert_string_equal(json_text(&r, "data.vm.why"), "not-visible");
	assert_non_null(strstr(json_text(&r, "data.vm.reason"), "no kernel shows the PMU of a VM"));
	assert_string_equal(r.err, "");
	result_free(&r);
	expect(run(w, "pmu", "status", "--vm=4711", NULL), 1, "cannot reach VM '4711'");
	end(w);
}

/* What an agent would hand over: a handle that has set the VM up. */
static void set_up(struct kvmfeat_vm *vm, struct world *w, bool fixed)
{
	struct kvmfeat_vcpu *vcpu;
	uint32_t features;

	assert_int_equal(kvmfeat_vcpu_open(vm, 0, &vcpu), 0);
	assert_int_equal(kvmfeat_pmu_get_features(vm, false, &features), 0);
	init_vcpu(w, vcpu, features);
	if (fixed)
		assert_int_equal(kvmfeat_pmu_set_fixed_counters_only(vcpu), 0);
	else
		assert_int_equal(kvmfeat_pmu_set_pmu(vcpu, TYPE_BIG), 0);
	kvmfeat_vcpu_free(vcpu);
}

static bool wants_fixed;

static int open_vm(void *data, struct kvmfeat_ctx *ctx, const char *name, struct cli_vm *ret_vm)
{
	int err = kvmfeat_vm_open(ctx, 0, &ret_vm->handle);

	(void)name;
	if (!err)
		set_up(ret_vm->handle, data, wants_fixed);
	return err;
}

static int new_ctx(void *data, struct kvmfeat_ctx **ret_ctx)
{
	return kf_ctx_new(&((struct world *)data)->fake.sys, ret_ctx);
}

static char *status_of(struct world *w, bool fixed)
{
	char words[4][16] = { "kvmfeat", "pmu", "status", "--vm=guest" };
	char *argv[] = { words[0], words[1], words[2], words[3], NULL };
	struct cli_env env = { .new_ctx = new_ctx, .open_vm = open_vm, .data = w };
	char *text;
	size_t size;

	wants_fixed = fixed;
	env.out = env.err = open_memstream(&text, &size);
	assert_int_equal(cli_main(&env, 4, argv), 0);
	fclose(env.out);
	return text;
}

static void status_of_a_vm_tells_what_its_handle_knows(void **state)
{
	struct world *w = *state;
	char *text;

	become(w, FAKE_PMU_OURS);
	text = status_of(w, true);
	assert_non_null(strstr(text, "arch: arm64\nfixed: yes\nexclusive: yes\n"));
	assert_null(strstr(text, "type:"));
	free(text);
	text = status_of(w, false);
	assert_non_null(strstr(text, "arch: arm64\nfixed: no\ntype: 9\n"));
	free(text);
}

static void a_question_fails_as_kvm_does(void **state)
{
	struct world *w = *state;

	become(w, FAKE_PMU_OURS);
	w->fake.open_error = -EACCES;
	expect(run(w, "pmu", "status", NULL), 4, "cannot look for a PMU for guests: ");
	w->fake.open_error = -ENOENT;
	expect(run(w, "pmu", "status", NULL), 3, "cannot look for a PMU for guests: ");
	w->fake.open_error = 0;
	w->fake.pmu.init_error = -EINVAL;
	expect(run(w, "pmu", "status", "--deep", NULL), 1, "KVM_ARM_VCPU_INIT");
}

static void options_are_those_of_each_verb(void **state)
{
	struct world *w = *state;
	struct result r;

	expect(run(w, "pmu", "list", "--deep", NULL), 2, "--deep");
	expect(run(w, "pmu", "list", "--vm=1", NULL), 2, "this command is not served by an agent");
	expect(run(w, "pmu", "status", "-n", NULL), 2, "--dry-run: this command changes nothing");
	expect(run(w, "pmu", NULL), 2, "a verb is missing after pmu");
	r = run(w, "--complete", "pmu", "", NULL);
	assert_string_equal(r.out, "list\nstatus\n");
	result_free(&r);
	r = run(w, "--complete", "pmu", "status", "--", NULL);
	assert_non_null(strstr(r.out, "--deep\n"));
	assert_non_null(strstr(r.out, "--vm=\n"));
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(list_shows_the_pmus_and_what_they_mean),
		WORLD_TEST(json_of_a_list_has_the_keys_of_scripts),
		WORLD_TEST(what_is_not_known_is_null_with_a_reason),
		WORLD_TEST(a_hybrid_x86_host_has_a_list_and_another_architectures_status),
		WORLD_TEST(a_host_without_pmus_is_an_answer),
		WORLD_TEST(what_cannot_be_listed_is_named),
		WORLD_TEST(status_tells_what_guests_get),
		WORLD_TEST(status_of_a_vm_tells_that_no_kernel_shows_it),
		WORLD_TEST(status_of_a_vm_tells_what_its_handle_knows),
		WORLD_TEST(a_question_fails_as_kvm_does),
		WORLD_TEST(options_are_those_of_each_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
