// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/kvm.h>
#include <stdio.h>

#include "world.h"

static void keep_line(enum kvmfeat_log_level level, const char *line, void *data)
{
	assert_int_equal(level, KVMFEAT_LOG_TRACE);
	assert_null(strchr(line, '\n'));
	strncat(data, line, 1023 - strlen(data));
	strncat(data, ";", 1023 - strlen(data));
}

static void a_context_without_memory_is_none(void **state)
{
	struct world *w = *state;
	struct kvmfeat_ctx *ctx = NULL;

	w->fake.calls = 0;
	w->fake.fail_at = 1;

	assert_int_equal(kf_ctx_new(&w->fake.sys, &ctx), -ENOMEM);
	assert_null(ctx);
}

static void dev_kvm_is_opened_once(void **state)
{
	struct world *w = *state;
	int first, second;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &first), 0);
	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &second), 0);

	assert_int_equal(first, second);
	assert_int_equal(fake_open_fds(&w->fake), 1);
}

static void each_failure_to_open_has_its_class_and_remedy(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *remedy; /* a word of it */
	} cases[] = {
		{ -ENOENT, KVMFEAT_WHY_NOT_LOADED, "modprobe" },
		{ -ENXIO, KVMFEAT_WHY_NOT_LOADED, "modprobe" },
		{ -ENODEV, KVMFEAT_WHY_NOT_LOADED, "modprobe" },
		{ -EACCES, KVMFEAT_WHY_PERMISSION, "group" },
		{ -EPERM, KVMFEAT_WHY_PERMISSION, "sandbox" },
		{ -EMFILE, KVMFEAT_WHY_NONE, "" },
	};
	struct world *w = *state;
	int fd = -7;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		const struct kvmfeat_error *error = kvmfeat_ctx_error(w->ctx);

		w->fake.open_error = cases[i].error;
		assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), cases[i].error);
		assert_int_equal(fd, -7);
		assert_int_equal(error->error, cases[i].error);
		assert_int_equal(error->origin, KVMFEAT_ORIGIN_KERNEL);
		assert_int_equal(error->why, cases[i].why);
		assert_string_equal(error->object, "/dev/kvm");
		assert_non_null(strstr(error->reason, "/dev/kvm"));
		assert_non_null(strstr(error->remedy, cases[i].remedy));
	}
}

static void the_remedy_of_a_missing_kvm_fits_the_cpu(void **state)
{
	static const struct {
		const char *machine, *flags, *word;
	} cases[] = {
		{ "x86_64", "fpu svm", "modprobe kvm_amd" },
		{ "x86_64", "fpu vmx", "modprobe kvm_intel" },
		{ "x86_64", "fpu", "firmware" },
		{ "aarch64", "", "EL2" },
		{ "s390x", "", "CONFIG_KVM" },
	};
	struct world *w = *state;
	char cpuinfo[64];
	int fd;

	w->fake.open_error = -ENOENT;
	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		kvmfeat_ctx_free(w->ctx);
		strcpy(w->fake.uname.machine, cases[i].machine);
		assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
		snprintf(cpuinfo, sizeof(cpuinfo), "cpu\t: 0\nflags\t: %s\n", cases[i].flags);
		fake_file(&w->fake, "/proc/cpuinfo", cpuinfo);
		assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -ENOENT);
		assert_non_null(strstr(kvmfeat_ctx_error(w->ctx)->remedy, cases[i].word));
	}
}

static void a_kvm_that_is_built_in_and_did_not_start_cannot_be_loaded(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_error *error = kvmfeat_ctx_error(w->ctx);
	int fd;

	w->fake.open_error = -ENOENT;
	fake_file(&w->fake, "/proc/cpuinfo", "cpu\t: 0\nflags\t: fpu svm\n");
	/* The other vendor's does not matter here. */
	fake_dir(&w->fake, "/sys/module/kvm_intel");
	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -ENOENT);
	assert_string_equal(error->remedy, "modprobe kvm_amd");

	fake_dir(&w->fake, "/sys/module/kvm_amd");
	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -ENOENT);
	assert_int_equal(error->why, KVMFEAT_WHY_NOT_LOADED);
	assert_non_null(strstr(error->reason, "built in, but did not start"));
	assert_non_null(strstr(error->remedy, "dmesg"));
}

static void a_log_line_is_one_line(void **state)
{
	struct kf_log log = { .level = KVMFEAT_LOG_TRACE };
	char text[1024] = "";

	(void)state;
	log.fn = keep_line;
	log.data = text;
	kf_log(&log, KVMFEAT_LOG_TRACE, "%s", "a\nb\033c");
	assert_string_equal(text, "a?b?c;");
}

static void the_environment_switches_the_log_on(void **state)
{
	struct world *w = *state;
	struct kvmfeat_ctx *ctx;

	assert_int_equal(setenv("KVMFEAT_LOG", "warn", 1), 0);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &ctx), 0);
	assert_int_equal(ctx->log.level, KVMFEAT_LOG_WARN);
	kvmfeat_ctx_free(ctx);
	assert_int_equal(setenv("KVMFEAT_LOG", "loud", 1), 0);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &ctx), 0);
	assert_int_equal(ctx->log.level, KVMFEAT_LOG_NONE);
	kvmfeat_ctx_free(ctx);
	assert_int_equal(unsetenv("KVMFEAT_LOG"), 0);
}

static void a_kernel_that_hides_its_name_leaves_the_host_unknown(void **state)
{
	struct world *w = *state;
	struct kvmfeat_ctx *ctx;

	w->fake.calls = 0;
	w->fake.fail_at = 2; /* after the memory */
	w->fake.fail_error = -EPERM;
	assert_int_equal(kf_ctx_new(&w->fake.sys, &ctx), 0);
	assert_int_equal(ctx->arch, KF_ARCH_UNKNOWN);
	kvmfeat_ctx_free(ctx);
}

static void nothing_is_freed_twice_or_asked_of_nothing(void **state)
{
	(void)state;
	kvmfeat_ctx_free(NULL);
	kvmfeat_vm_free(NULL);
	kvmfeat_vcpu_free(NULL);
	kvmfeat_cap_list_free(NULL);
	kvmfeat_gmem_list_free(NULL);
	kvmfeat_param_list_free(NULL);
	kvmfeat_vm_list_free(NULL);
	kvmfeat_probe_free(NULL);
	assert_string_equal(kf_errno_name(-100000), "E?");
	assert_string_equal(kf_errno_text(100000), "unknown error");
}

static void a_file_that_is_not_the_device_is_closed_and_named(void **state)
{
	struct world *w = *state;
	int fd;

	w->fake.api_version = -ENOTTY;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -ENOTTY);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_NOT_LOADED);
	assert_non_null(strstr(reason(w), "not the KVM device"));
	assert_int_equal(fake_open_fds(&w->fake), 0);
}

static void a_seccomp_filter_on_ioctl_is_a_matter_of_permission(void **state)
{
	struct world *w = *state;
	int fd;

	w->fake.ioctl_error = -EPERM;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -EPERM);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_PERMISSION);
	assert_non_null(strstr(reason(w), "seccomp"));
}

static void another_api_version_is_refused_with_its_number(void **state)
{
	struct world *w = *state;
	int fd;

	w->fake.api_version = 13;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -EBADMSG);
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->value, "13");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
}

static void a_given_descriptor_is_used_and_not_closed(void **state)
{
	struct world *w = *state;
	int fd = fake_new_fd(&w->fake, FAKE_KVM);
	int got;

	assert_int_equal(kvmfeat_ctx_set_kvm_fd(w->ctx, fd), 0);
	w->fake.open_error = -ENOENT;
	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &got), 0);
	assert_int_equal(got, fd);
	assert_int_equal(kvmfeat_ctx_set_kvm_fd(w->ctx, fd), -EBUSY);

	kvmfeat_ctx_free(w->ctx);
	w->ctx = NULL;
	assert_int_equal(fake_open_fds(&w->fake), 1);
	w->fake.sys.close(&w->fake.sys, fd);
}

static void a_descriptor_of_something_else_is_refused(void **state)
{
	struct world *w = *state;
	int fd = fake_new_fd(&w->fake, FAKE_VM);

	assert_int_equal(kvmfeat_ctx_set_kvm_fd(w->ctx, fd), -ENOTTY);
	assert_string_equal(reason(w), "the given descriptor is not /dev/kvm");
	assert_string_equal(kvmfeat_ctx_error(w->ctx)->remedy, "");
	assert_int_equal(kvmfeat_ctx_set_kvm_fd(w->ctx, 4000), -EBADF);
	w->fake.sys.close(&w->fake.sys, fd);
}

static void another_root_brings_its_architecture_and_release(void **state)
{
	struct world *w = *state;

	fake_file(&w->fake, "/proc/sys/kernel/arch", "aarch64\n");
	fake_file(&w->fake, "/proc/sys/kernel/osrelease", "6.12.9\n");

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	assert_int_equal(w->ctx->arch, KF_ARCH_ARM64);
	assert_string_equal(w->ctx->release, "6.12.9");
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, "/"), 0);
	assert_int_equal(w->ctx->arch, KF_ARCH_X86);
}

static void a_tree_that_does_not_tell_its_architecture_has_none(void **state)
{
	struct world *w = *state;

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	assert_int_equal(w->ctx->arch, KF_ARCH_UNKNOWN);
	assert_string_equal(w->ctx->release, "unknown");
}

static void a_root_that_is_no_directory_changes_nothing(void **state)
{
	struct world *w = *state;
	char path[128];

	fake_file(&w->fake, "/file", "");
	snprintf(path, sizeof(path), "%s/file", w->fake.root);

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, path), -ENOTDIR);
	assert_non_null(strstr(reason(w), path));
	snprintf(path, sizeof(path), "%s/nothing", w->fake.root);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, path), -ENOENT);
	assert_int_equal(w->ctx->root_fd, -1);
	assert_int_equal(w->ctx->arch, KF_ARCH_X86);
}

static void a_kernel_that_cannot_keep_a_root_closed_is_told(void **state)
{
	struct world *w = *state;

	w->fake.calls = 0;
	w->fake.fail_at = 2; /* the directory opens, openat2() does not exist */
	w->fake.fail_error = -ENOSYS;

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), -ENOSYS);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_non_null(strstr(kvmfeat_ctx_error(w->ctx)->remedy, "5.6"));
	assert_int_equal(w->ctx->root_fd, -1);
}

static void no_link_leads_out_of_another_root(void **state)
{
	struct world *w = *state;
	char text[128];

	fake_file(&w->fake, "/secret", "the host's\n");
	fake_file(&w->fake, "/tree/secret", "the tree's\n");
	fake_link(&w->fake, "/tree/up", "../secret");
	fake_link(&w->fake, "/tree/absolute", "/secret");
	snprintf(text, sizeof(text), "%s/tree", w->fake.root);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, text), 0);

	assert_true(kf_read_file(w->ctx, "up", text, sizeof(text)) > 0);
	assert_string_equal(text, "the tree's");
	assert_true(kf_read_file(w->ctx, "absolute", text, sizeof(text)) > 0);
	assert_string_equal(text, "the tree's");
	assert_true(kf_read_file(w->ctx, "../secret", text, sizeof(text)) > 0);
	assert_string_equal(text, "the tree's");
}

static void a_root_after_dev_kvm_comes_too_late(void **state)
{
	struct world *w = *state;
	int fd;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), 0);
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), -EBUSY);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	struct world *w = *state;
	char text[8];

	fake_file(&w->fake, "/fits", "123456\n");
	fake_file(&w->fake, "/long", "12345678\n");
	fake_file(&w->fake, "/empty", "");
	fake_file_bytes(&w->fake, "/binary", "1\0002", 3);

	assert_int_equal(kf_read_file(w->ctx, "fits", text, sizeof(text)), 6);
	assert_string_equal(text, "123456");
	assert_int_equal(kf_read_file(w->ctx, "long", text, sizeof(text)), -EBADMSG);
	assert_int_equal(kf_read_file(w->ctx, "binary", text, sizeof(text)), -EBADMSG);
	assert_int_equal(kf_read_file(w->ctx, "empty", text, sizeof(text)), 0);
	assert_int_equal(kf_read_file(w->ctx, "none", text, sizeof(text)), -ENOENT);
}

static void options_of_another_version_are_understood(void **state)
{
	struct {
		size_t size;
		unsigned int first, second;
	} mine;
	const unsigned int newer[] = { 16, 0, 5, 6, 0, 0 };
	const unsigned int too_new[] = { 24, 0, 5, 6, 0, 1 };

	(void)state;
	assert_int_equal(kf_opts_copy(&mine, sizeof(mine), newer, sizeof(newer), 8), 0);
	assert_int_equal(mine.second, 6);
	assert_int_equal(kf_opts_copy(&mine, sizeof(mine), newer, 12, 8), 0);
	assert_int_equal(mine.first, 5);
	assert_int_equal(mine.second, 0);
	assert_int_equal(kf_opts_copy(&mine, sizeof(mine), too_new, sizeof(too_new), 8), -E2BIG);
	assert_int_equal(kf_opts_copy(&mine, sizeof(mine), newer, 4, 8), -EINVAL);
}

static void a_result_fits_callers_of_other_versions(void **state)
{
	static const struct {
		size_t size, first, second;
	} ours = { 0, 5, 6 };
	size_t user[5];

	(void)state;
	memset(user, 0xff, sizeof(user));
	user[0] = 4 * sizeof(size_t);
	assert_int_equal(kf_result_copy(user, user[0], &ours, sizeof(ours), 2 * sizeof(size_t)), 0);
	assert_int_equal(user[0], 4 * sizeof(size_t));
	assert_int_equal(user[1], 5);
	assert_int_equal(user[2], 6);
	assert_int_equal(user[3], 0);
	assert_true(user[4] == SIZE_MAX);

	memset(user, 0xff, sizeof(user));
	user[0] = 2 * sizeof(size_t);
	assert_int_equal(kf_result_copy(user, user[0], &ours, sizeof(ours), 2 * sizeof(size_t)), 0);
	assert_int_equal(user[0], 2 * sizeof(size_t));
	assert_int_equal(user[1], 5);
	assert_true(user[2] == SIZE_MAX);
	assert_int_equal(kf_result_copy(user, 2 * sizeof(size_t) - 1, &ours, sizeof(ours),
					2 * sizeof(size_t)),
			 -EINVAL);
	assert_int_equal(user[1], 5);
}

static void the_trace_names_each_kernel_call_and_its_result(void **state)
{
	struct world *w = *state;
	char log[1024] = "";
	int value;

	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, keep_line, log);
	assert_int_equal(kvmfeat_cap_get(w->ctx, KVM_CAP_USER_MEMORY, &value), 0);
	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_NONE, NULL, NULL);
	assert_int_equal(kvmfeat_cap_get(w->ctx, KVM_CAP_NESTED_STATE, &value), 0);

	assert_non_null(strstr(log, "open(\"/dev/kvm\", O_RDWR) = "));
	assert_non_null(strstr(log, "KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY (0x3)) = 1;"));
	assert_null(strstr(log, "KVM_CAP_NESTED_STATE"));
}

static void the_trace_decodes_what_is_asked_by_architecture(void **state)
{
	const struct kvm_enable_cap cap = { .cap = 248,
					    .flags = 1,
					    .args = { 5, 1, 0, 1ull << 63 } };
	char text[192];

	(void)state;
	kf_ioctl_arg_text(KF_ARCH_ARM64, KVM_ENABLE_CAP, (uintptr_t)&cap, text, sizeof(text));
	assert_string_equal(text, "{HDBSS (posted patches, third version) (0xf8), flags 0x1, args "
				  "0x5 0x1 0x0 0x8000000000000000}");
	kf_ioctl_arg_text(KF_ARCH_S390, KVM_CHECK_EXTENSION, 248, text, sizeof(text));
	assert_string_equal(text, "KVM_CAP_S390_VSIE_ESAMODE (0xf8)");
	kf_ioctl_arg_text(KF_ARCH_X86, KVM_CHECK_EXTENSION, 1000, text, sizeof(text));
	assert_string_equal(text, "0x3e8");
	kf_ioctl_arg_text(KF_ARCH_X86, KVM_CREATE_VM, 7, text, sizeof(text));
	assert_string_equal(text, "0x7");
}

static void the_trace_shows_a_failure_by_its_name(void **state)
{
	struct world *w = *state;
	char log[1024] = "";
	int fd;

	w->fake.open_error = -EACCES;
	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, keep_line, log);
	assert_int_equal(kvmfeat_ctx_get_kvm_fd(w->ctx, &fd), -EACCES);
	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_NONE, NULL, NULL);

	assert_non_null(strstr(log, "= -1 EACCES (Permission denied);"));
}

static void a_new_context_has_no_error(void **state)
{
	struct world *w = *state;
	const struct kvmfeat_error *error = kvmfeat_ctx_error(w->ctx);

	assert_int_equal(error->error, 0);
	assert_string_equal(error->operation, "");
	assert_string_equal(error->object, "");
	assert_string_equal(error->value, "");
	assert_string_equal(error->reason, "");
	assert_string_equal(error->remedy, "");
}

static void every_class_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_ctx_why_name(KVMFEAT_WHY_NONE), "");
	for (int why = KVMFEAT_WHY_HARDWARE; why <= KVMFEAT_WHY_NOT_VISIBLE; why++)
		assert_true(strlen(kvmfeat_ctx_why_name((enum kvmfeat_why)why)) > 3);
	assert_string_equal(kvmfeat_ctx_why_name((enum kvmfeat_why)99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_context_without_memory_is_none),
		WORLD_TEST(dev_kvm_is_opened_once),
		WORLD_TEST(each_failure_to_open_has_its_class_and_remedy),
		WORLD_TEST(the_remedy_of_a_missing_kvm_fits_the_cpu),
		WORLD_TEST(a_kvm_that_is_built_in_and_did_not_start_cannot_be_loaded),
		WORLD_TEST(a_log_line_is_one_line),
		WORLD_TEST(the_environment_switches_the_log_on),
		WORLD_TEST(a_kernel_that_hides_its_name_leaves_the_host_unknown),
		WORLD_TEST(nothing_is_freed_twice_or_asked_of_nothing),
		WORLD_TEST(a_file_that_is_not_the_device_is_closed_and_named),
		WORLD_TEST(a_seccomp_filter_on_ioctl_is_a_matter_of_permission),
		WORLD_TEST(another_api_version_is_refused_with_its_number),
		WORLD_TEST(a_given_descriptor_is_used_and_not_closed),
		WORLD_TEST(a_descriptor_of_something_else_is_refused),
		WORLD_TEST(another_root_brings_its_architecture_and_release),
		WORLD_TEST(a_tree_that_does_not_tell_its_architecture_has_none),
		WORLD_TEST(a_root_that_is_no_directory_changes_nothing),
		WORLD_TEST(a_kernel_that_cannot_keep_a_root_closed_is_told),
		WORLD_TEST(no_link_leads_out_of_another_root),
		WORLD_TEST(a_root_after_dev_kvm_comes_too_late),
		WORLD_TEST(a_file_is_read_whole_or_not_at_all),
		WORLD_TEST(options_of_another_version_are_understood),
		WORLD_TEST(a_result_fits_callers_of_other_versions),
		WORLD_TEST(the_trace_names_each_kernel_call_and_its_result),
		WORLD_TEST(the_trace_decodes_what_is_asked_by_architecture),
		WORLD_TEST(the_trace_shows_a_failure_by_its_name),
		WORLD_TEST(a_new_context_has_no_error),
		WORLD_TEST(every_class_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
