// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing parameters: each refusal, each errno, and what is left after each failing call. */
#include "world.h"

#include <stdio.h>

#include "fake-param.h"
#include "open-fds.h"
#include "param-private.h"

#define NX FAKE_PARAMETERS "nx_huge_pages"

/* A world with modules; what the setters do is in params. */
struct modules {
	struct world *w;
	struct fake_params params;
	struct kvmfeat_param_change change;
};

static void load_modules(struct modules *m, void **state)
{
	*m = (struct modules){ .w = *state, .change = { .size = sizeof(m->change) } };
	fake_params(&m->w->fake, &m->params);
}

static int set(struct modules *m, const char *name, const char *value, unsigned int flags)
{
	return kvmfeat_param_set(m->w->ctx, "kvm", name, value, flags, &m->change);
}

static void assert_text(struct modules *m, const char *path, const char *expected)
{
	char *text = fake_read(&m->w->fake, path);

	assert_string_equal(text, expected);
	free(text);
}

static const struct kvmfeat_error *error(struct modules *m)
{
	return kvmfeat_ctx_error(m->w->ctx);
}

static void assert_says(struct modules *m, const char *text)
{
	if (!strstr(reason(m->w), text))
		fail_msg("'%s' is not in: %s", text, reason(m->w));
}

static void a_change_is_written_once_and_read_back(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "force", 0), 0);
	assert_true(m.change.needed);
	assert_true(m.change.written);
	assert_int_equal(m.change.effect, KVMFEAT_PARAM_EFFECT_ZAP);
	assert_string_equal(m.change.before, "N");
	assert_string_equal(m.change.write, "force");
	assert_string_equal(m.change.after, "Y");
	assert_int_equal(m.params.writes, 1);
	assert_string_equal(m.params.last, "force\n");
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm", "ignore_msrs", "on", 0, NULL), 0);
	assert_string_equal(m.params.last, "Y\n");
	assert_int_equal(set(&m, "halt_poll_ns", "0", 0), 0);
	assert_string_equal(m.params.last, "0\n");
	assert_int_equal(m.change.effect, KVMFEAT_PARAM_EFFECT_ALL_VMS);
	assert_int_equal(set(&m, "tsc_tolerance_ppm", "4294967295", 0), 0);
	assert_int_equal(m.change.effect, KVMFEAT_PARAM_EFFECT_NONE);
	assert_int_equal(m.params.writes, 4);
}

static void an_equal_value_is_not_written(void **state)
{
	static const struct {
		const char *name, *text, *value;
	} equal[] = {
		{ "nx_huge_pages", "N\n", "off" },
		{ "nx_huge_pages", "Y\n", "on" },
		{ "nx_huge_pages", "Y\n", "force" },
		{ "nx_huge_pages", "1\n", "force" },
		{ "nx_huge_pages", "auto\n", "auto" },
		{ "nx_huge_pages", "never\n", "never" },
		{ "ignore_msrs", "N\n", "off" },
		{ "halt_poll_ns", "200000\n", "200000" },
		{ "tdp_mmu", "Y\n", "on" },
	};
	struct modules m;

	load_modules(&m, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(equal); i++) {
		fake_param(&m.w->fake, "kvm", equal[i].name, equal[i].text, 0644);
		assert_int_equal(set(&m, equal[i].name, equal[i].value, 0), 0);
		assert_false(m.change.needed);
		assert_false(m.change.written);
		assert_int_equal(m.change.vms, 0);
		assert_int_equal(strncmp(m.change.before, equal[i].text, strlen(m.change.before)),
				 0);
		assert_string_equal(m.change.after, "");
	}
	assert_int_equal(m.params.writes, 0);
}

static void a_dry_run_plans_and_writes_nothing(void **state)
{
	struct modules m;
	const unsigned int flags = KVMFEAT_PARAM_DRY_RUN | KVMFEAT_PARAM_ALLOW_IRREVERSIBLE;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "never", flags), 0);
	assert_true(m.change.needed);
	assert_false(m.change.written);
	assert_int_equal(m.change.effect, KVMFEAT_PARAM_EFFECT_IRREVERSIBLE);
	assert_string_equal(m.change.write, "never");
	assert_string_equal(m.change.after, "");
	assert_int_equal(m.params.writes, 0);
	assert_text(&m, NX, "N\n");
}

static void a_dry_run_fails_where_the_change_would(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_DRY_RUN), -EPERM);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_true(m.change.needed);
	assert_string_equal(m.change.before, "N");
	assert_string_equal(m.change.write, "never");
	assert_int_equal(m.change.effect, KVMFEAT_PARAM_EFFECT_IRREVERSIBLE);
	m.params.write_open_error = -EACCES;
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), -EACCES);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_KERNEL);
	assert_true(m.change.needed);
	assert_int_equal(set(&m, "nx_huge_pages", "off", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.params.writes, 0);
}

static void only_listed_words_reach_the_kernel(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} refused[] = {
		{ "nx_huge_pages", "FORCE", "(the kernel would read it as off)" },
		{ "nx_huge_pages", "Never", "(the kernel would read it as off)" },
		{ "nx_huge_pages", "Y", "(the kernel would read it as on)" },
		{ "nx_huge_pages", " on", "(the kernel would refuse it)" },
		{ "nx_huge_pages", "on\n",
		  "'on\\x0a' is no value of kvm.nx_huge_pages (the kernel would read it as on)" },
		{ "nx_huge_pages", "", "'' is no value" },
		{ "ignore_msrs", "auto", "it takes: on off" },
		{ "ignore_msrs", "1", "(the kernel would read it as on)" },
		{ "halt_poll_ns", "-1", "it takes: 0 to 4294967295" },
		{ "halt_poll_ns", "0x10", "(the kernel would read it as 16)" },
		{ "halt_poll_ns", "4294967296", "(the kernel would refuse it)" },
		{ "halt_poll_ns", "5ns", "(the kernel would refuse it)" },
	};
	struct modules m;
	unsigned int calls;

	load_modules(&m, state);
	calls = m.w->fake.calls;
	for (size_t i = 0; i < KF_ARRAY_SIZE(refused); i++) {
		assert_int_equal(set(&m, refused[i].name, refused[i].value, 0), -EINVAL);
		assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
		assert_string_equal(error(&m)->value, refused[i].value);
		assert_says(&m, refused[i].says);
	}
	assert_int_equal(set(&m, "nx_huge_pages", NULL, 0), -EINVAL);
	assert_int_equal(set(&m, NULL, "on", 0), -EINVAL);
	assert_int_equal(set(&m, "../x", "on", 0), -EINVAL);
	assert_int_equal(set(&m, "nx_huge_pages", "on", 4), -EINVAL);
	assert_says(&m, "flags 0x4");
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvmm", "avic", "on", 0, NULL), -EINVAL);
	assert_int_equal(kvmfeat_param_set(m.w->ctx, NULL, "avic", "on", 0, NULL), -EINVAL);
	assert_int_equal(m.w->fake.calls, calls);
}

static void never_needs_a_permission_of_its_own(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "never", 0), -EPERM);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(error(&m)->remedy, "KVMFEAT_PARAM_ALLOW_IRREVERSIBLE");
	assert_says(&m, "cannot be undone until module kvm is loaded again");
	assert_true(m.change.needed);
	assert_int_equal(m.params.writes, 0);

	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE), 0);
	assert_string_equal(m.change.after, "never");
	assert_int_equal(m.params.writes, 1);
}

static void after_never_the_module_refuses_and_the_reason_says_so(void **state)
{
	static const char *const locked[][2] = { { "nx_huge_pages", "off" },
						 { "nx_huge_pages_recovery_ratio", "7" } };
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE), 0);
	for (size_t i = 0; i < KF_ARRAY_SIZE(locked); i++) {
		assert_int_equal(set(&m, locked[i][0], locked[i][1], 0), -EPERM);
		assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_says(&m, "once nx_huge_pages is 'never'");
		assert_non_null(strstr(error(&m)->remedy, "load kvm again"));
		assert_false(m.change.written);
	}
	assert_says(&m, "'60' is in effect");
}

static void after_never_a_dry_run_foresees_the_refusal(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages_recovery_ratio", "7", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE), 0);
	assert_int_equal(set(&m, "nx_huge_pages_recovery_ratio", "7", KVMFEAT_PARAM_DRY_RUN),
			 -EPERM);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_PERMISSION);
	assert_says(&m, "kvm.nx_huge_pages_recovery_ratio would not take '7': the module refuses");
	assert_string_equal(error(&m)->remedy, "load kvm again, once every VM has ended");
	assert_int_equal(m.params.writes, 1);
}

static void never_in_a_kernel_with_kvm_built_in_lasts_until_the_host_starts_again(void **state)
{
	struct modules m;

	load_modules(&m, state);
	fake_remove(&m.w->fake, "/sys/module/kvm/initstate");
	assert_int_equal(set(&m, "nx_huge_pages", "never", 0), -EPERM);
	assert_says(&m, "cannot be undone until the host starts again");
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE), 0);
	assert_int_equal(set(&m, "nx_huge_pages", "off", 0), -EPERM);
	assert_string_equal(error(&m)->remedy, "start the host again");
}

static void never_is_refused_while_a_vm_exists(void **state)
{
	struct modules m;

	load_modules(&m, state);
	m.params.vm_exists = true;
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE),
			 -EBUSY);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_BUSY);
	assert_says(&m, "only while no VM exists");
	assert_says(&m, "'N' is in effect");
	assert_false(m.change.written);
	assert_string_equal(m.change.after, "N");
	assert_text(&m, NX, "N\n");
}

static void a_kernel_that_takes_never_for_off_is_found_out(void **state)
{
	struct modules m;

	load_modules(&m, state);
	m.params.knows_no_never = true;
	assert_int_equal(set(&m, "nx_huge_pages", "never", KVMFEAT_PARAM_ALLOW_IRREVERSIBLE), -EIO);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_says(&m, "'N' is in effect");
	assert_true(m.change.written);
}

static void auto_may_become_on_or_off(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "nx_huge_pages", "auto", 0), 0);
	assert_string_equal(m.change.after, "N");
	m.params.has_itlb_multihit = true;
	assert_int_equal(set(&m, "nx_huge_pages", "auto", 0), 0);
	assert_string_equal(m.change.after, "Y");
	assert_int_equal(m.params.writes, 2);
}

static void a_value_that_is_not_in_effect_is_an_error(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(
		kvmfeat_param_set(m.w->ctx, "kvm_intel", "vmentry_l1d_flush", "cond", 0, &m.change),
		-EIO);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_HARDWARE);
	assert_says(&m, "'cond' was written to kvm_intel.vmentry_l1d_flush, but 'not required'");
	assert_true(m.change.written);
	assert_string_equal(m.change.after, "not required");

	m.params.has_l1tf = true;
	assert_int_equal(
		kvmfeat_param_set(m.w->ctx, "kvm_intel", "vmentry_l1d_flush", "auto", 0, &m.change),
		0);
	assert_string_equal(m.change.after, "cond");

	m.params.ignores_writes = true;
	assert_int_equal(set(&m, "nx_huge_pages", "force", 0), -EIO);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_NONE);
	assert_says(&m, "'force' was written to kvm.nx_huge_pages, but 'N' is in effect (");
	assert_int_equal(m.params.writes, 3);
}

static void each_error_of_the_write_has_its_own_sentence(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *says;
	} errors[] = {
		{ -EBUSY, KVMFEAT_WHY_BUSY, "did not take 'N': Device or resource busy; 'Y' is" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, "the module refuses every change; 'Y' is" },
		{ -EACCES, KVMFEAT_WHY_PERMISSION, "security policy" },
		{ -EINVAL, KVMFEAT_WHY_NONE, "does not know that value" },
		{ -EINTR, KVMFEAT_WHY_NONE, "a signal came first; 'Y' is in effect" },
		{ -ENOMEM, KVMFEAT_WHY_NONE, "Cannot allocate memory" },
		{ -EIO, KVMFEAT_WHY_NONE, "Input/output error" },
	};
	struct modules m;

	load_modules(&m, state);
	fake_param(&m.w->fake, "kvm", "ignore_msrs", "Y\n", 0644);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		m.params.write_error = errors[i].error;
		m.params.writes = 0;
		assert_int_equal(set(&m, "ignore_msrs", "off", 0), errors[i].error);
		assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error(&m)->why, errors[i].why);
		assert_string_equal(error(&m)->operation, "write");
		assert_string_equal(error(&m)->object, "kvm.ignore_msrs");
		assert_string_equal(error(&m)->value, "N");
		assert_says(&m, errors[i].says);
		assert_says(&m, "'Y' is in effect");
		assert_true(m.change.needed);
		assert_false(m.change.written);
		assert_string_equal(m.change.after, "Y");
		assert_int_equal(m.params.writes, 1);
	}
	assert_text(&m, FAKE_PARAMETERS "ignore_msrs", "Y\n");
}

static void an_interrupted_write_is_not_repeated_but_looked_at(void **state)
{
	struct modules m;

	load_modules(&m, state);
	m.params.interrupted = true;
	assert_int_equal(set(&m, "nx_huge_pages", "force", 0), 0);
	assert_true(m.change.written);
	assert_string_equal(m.change.after, "Y");
	assert_int_equal(set(&m, "nx_huge_pages", "auto", 0), -EINTR);
	assert_int_equal(m.params.writes, 2);
}

static void each_error_of_the_opening_has_its_own_sentence(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *says;
	} errors[] = {
		{ -EACCES, KVMFEAT_WHY_PERMISSION, "mode of its file" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, "kernel does not let this user" },
		{ -EROFS, KVMFEAT_WHY_PERMISSION, "mounted read-only" },
		{ -EMFILE, KVMFEAT_WHY_NONE, "Too many open files" },
		{ -ENOENT, KVMFEAT_WHY_KERNEL_VERSION, "has no parameter" },
	};
	struct modules m;

	load_modules(&m, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		m.params.write_open_error = errors[i].error;
		assert_int_equal(set(&m, "nx_huge_pages", "on", 0), errors[i].error);
		assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error(&m)->why, errors[i].why);
		assert_says(&m, errors[i].says);
		assert_false(m.change.written);
		assert_string_equal(m.change.before, "N");
	}
	m.params.write_open_error = 0;
	m.params.read_open_error = -EACCES;
	assert_int_equal(set(&m, "nx_huge_pages", "on", 0), -EACCES);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_PERMISSION);
	assert_string_equal(m.change.before, "");
	assert_int_equal(m.params.writes, 0);
}

static void a_load_only_parameter_names_the_exact_line(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm_amd", "avic", "auto", 0, &m.change),
			 -EROFS);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_says(&m, "kvm_amd.avic is read-only while module kvm_amd is loaded");
	assert_non_null(strstr(error(&m)->remedy, "'options kvm_amd avic=auto'"));
	assert_true(m.change.needed);
	fake_remove(&m.w->fake, "/sys/module/kvm_amd/initstate");
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm_amd", "nested", "off", 0, NULL), -EROFS);
	assert_string_equal(error(&m)->remedy, "kvm_amd.nested=0 on the kernel command line");
	fake_mode(&m.w->fake, NX, 0444);
	assert_int_equal(set(&m, "nx_huge_pages", "on", 0), -EROFS);
	assert_int_equal(m.params.writes, 0);
}

static void a_copy_of_sysfs_is_not_written(void **state)
{
	struct modules m;

	load_modules(&m, state);
	m.w->fake.sys_is_copy = true;
	for (unsigned int flags = 0; flags <= KVMFEAT_PARAM_DRY_RUN; flags++) {
		assert_int_equal(set(&m, "nx_huge_pages", "on", flags), -EROFS);
		assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
		assert_string_equal(reason(m.w), "kvm.nx_huge_pages is not in a sysfs: a copy is "
						 "read, not written");
		assert_true(m.change.needed);
		assert_false(m.change.written);
	}
	assert_int_equal(m.params.writes, 0);
	assert_text(&m, NX, "N\n");
}

static void what_is_unknown_or_unreadable_is_not_written(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm_intel", "vendor_knob", "1", 0, &m.change),
			 -EINVAL);
	assert_says(&m, "does not know kvm_intel.vendor_knob");
	assert_int_equal(set(&m, "no_such", "1", 0), -ENOENT);
	assert_int_equal(set(&m, "flush_on_reuse", "on", 0), -ENOENT);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_KERNEL_VERSION);
	fake_remove(&m.w->fake, "/sys/module/kvm_intel");
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm_intel", "ept", "on", 0, NULL), -ENOENT);
	assert_int_equal(error(&m)->why, KVMFEAT_WHY_NOT_LOADED);
	fake_file(&m.w->fake, NX, "Y");
	assert_int_equal(set(&m, "nx_huge_pages", "off", 0), -EBADMSG);
	assert_says(&m, "cut off");
	assert_int_equal(m.params.writes, 0);
	fake_file(&m.w->fake, NX, "strange\n");
	assert_int_equal(set(&m, "nx_huge_pages", "off", 0), 0);
	assert_string_equal(m.change.before, "strange");
	assert_string_equal(m.change.after, "N");
}

static void a_longer_struct_is_filled_with_zeroes_and_a_short_one_refused(void **state)
{
	struct {
		struct kvmfeat_param_change change;
		char newer[8];
	} larger;
	struct modules m;

	load_modules(&m, state);
	memset(&larger, 0xff, sizeof(larger));
	larger.change.size = sizeof(larger);
	assert_int_equal(kvmfeat_param_set(m.w->ctx, "kvm", "ignore_msrs", "on", 0, &larger.change),
			 0);
	assert_int_equal(larger.change.size, sizeof(larger));
	assert_string_equal(larger.change.after, "Y");
	for (size_t i = 0; i < sizeof(larger.newer); i++)
		assert_int_equal(larger.newer[i], 0);
	m.change.size = offsetof(struct kvmfeat_param_change, after) + 63;
	assert_int_equal(set(&m, "ignore_msrs", "off", 0), -EINVAL);
	assert_int_equal(error(&m)->origin, KVMFEAT_ORIGIN_LIBRARY);
	m.change.size = 8;
	assert_int_equal(set(&m, "ignore_msrs", "off", 0), -EINVAL);
	assert_string_equal(error(&m)->value, "8");
	assert_text(&m, FAKE_PARAMETERS "ignore_msrs", "Y\n");
}

static int fail_comm(struct fake *fake, const char *path, int flags)
{
	(void)fake;
	(void)flags;
	return strstr(path, "/comm") ? -EIO : FAKE_PASS;
}

static void the_vms_that_feel_it_are_counted(void **state)
{
	static const struct fake_file first = { .id = 1 }, second = { .id = 2 };
	struct modules m;

	load_modules(&m, state);
	fake_process(&m.w->fake, 100, "qemu", 0, 1000, 1);
	fake_process_fd(&m.w->fake, 100, 5, "anon_inode:kvm-vm", first);
	fake_process(&m.w->fake, 200, "qemu", 0, 1000, 1);
	fake_process_fd(&m.w->fake, 200, 5, "anon_inode:kvm-vm", second);

	/* What a process is called takes no part in it. */
	m.w->fake.open_hook = fail_comm;
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, 2);
	assert_int_equal(set(&m, "tsc_tolerance_ppm", "1", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, 0);
	fake_process_fd(&m.w->fake, 200, 6, "anon_inode:kvm-vm", second);
	m.w->fake.procs.kcmp_error = -EPERM;
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, -1);
	m.w->fake.procs.kcmp_error = 0;
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, 2);
	fake_process(&m.w->fake, 300, "hidden", 0, 1000, 1)->open_error = -EACCES;
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, -1);
}

static void a_missing_proc_leaves_the_last_reason_alone(void **state)
{
	struct modules m;

	load_modules(&m, state);
	assert_int_equal(set(&m, "no_such", "1", 0), -ENOENT);
	fake_remove(&m.w->fake, "/proc");
	assert_int_equal(set(&m, "nx_huge_pages", "on", KVMFEAT_PARAM_DRY_RUN), 0);
	assert_int_equal(m.change.vms, -1);
	assert_says(&m, "has no parameter 'no_such'");
}

/* Fails call number @n; false when there is none. */
static bool fail_call(struct modules *m, unsigned int n, int fail_error)
{
	const unsigned int before = open_fds();
	struct fake *fake = &m->w->fake;
	bool changed;
	char *text;
	int err;

	fake_param(fake, "kvm", "nx_huge_pages", "N\n", 0644);
	m->params.writes = 0;
	fake->calls = 0;
	fake->failed = false;
	fake->fail_at = n;
	fake->fail_error = fail_error;
	err = set(m, "nx_huge_pages", "force", 0);
	fake->fail_at = 0;
	text = fake_read(fake, NX);
	changed = !strcmp(text, "Y\n");
	free(text);

	assert_int_equal(open_fds(), before);
	assert_true(m->params.writes <= 1);
	assert_int_equal(changed, m->params.writes == 1);
	assert_int_equal(m->change.written, changed);
	if (!err)
		assert_string_equal(m->change.after, "Y");
	else
		assert_int_equal(err, changed ? -EIO : fail_error);
	if (err && changed)
		assert_says(m, "what is in effect is not known");
	return fake->failed;
}

static void after_any_failing_call_the_answer_is_true(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EMFILE, -EINTR };
	struct modules m;
	unsigned int n;

	load_modules(&m, state);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		for (n = 1; fail_call(&m, n, errors[i]); n++)
			;
		assert_true(n > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_change_is_written_once_and_read_back),
		WORLD_TEST(an_equal_value_is_not_written),
		WORLD_TEST(a_dry_run_plans_and_writes_nothing),
		WORLD_TEST(a_dry_run_fails_where_the_change_would),
		WORLD_TEST(only_listed_words_reach_the_kernel),
		WORLD_TEST(never_needs_a_permission_of_its_own),
		WORLD_TEST(after_never_the_module_refuses_and_the_reason_says_so),
		WORLD_TEST(after_never_a_dry_run_foresees_the_refusal),
		WORLD_TEST(never_in_a_kernel_with_kvm_built_in_lasts_until_the_host_starts_again),
		WORLD_TEST(never_is_refused_while_a_vm_exists),
		WORLD_TEST(a_kernel_that_takes_never_for_off_is_found_out),
		WORLD_TEST(auto_may_become_on_or_off),
		WORLD_TEST(a_value_that_is_not_in_effect_is_an_error),
		WORLD_TEST(each_error_of_the_write_has_its_own_sentence),
		WORLD_TEST(an_interrupted_write_is_not_repeated_but_looked_at),
		WORLD_TEST(each_error_of_the_opening_has_its_own_sentence),
		WORLD_TEST(a_load_only_parameter_names_the_exact_line),
		WORLD_TEST(a_copy_of_sysfs_is_not_written),
		WORLD_TEST(what_is_unknown_or_unreadable_is_not_written),
		WORLD_TEST(a_longer_struct_is_filled_with_zeroes_and_a_short_one_refused),
		WORLD_TEST(the_vms_that_feel_it_are_counted),
		WORLD_TEST(a_missing_proc_leaves_the_last_reason_alone),
		WORLD_TEST(after_any_failing_call_the_answer_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
