// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/kvm.h>
#include <stdio.h>

#include "world.h"

static struct kvmfeat_probe *load(struct world *w, unsigned int flags)
{
	struct kvmfeat_probe *probe = NULL;

	assert_int_equal(kvmfeat_probe_load(w->ctx, flags, &probe), 0);
	return probe;
}

/* Probes, and asserts state and class of one feature; @word stands in its reason. */
static void expect(struct world *w, unsigned int flags, const char *id, enum kvmfeat_state state,
		   enum kvmfeat_why why, const char *word)
{
	struct kvmfeat_probe *probe = load(w, flags);
	const struct kvmfeat_feature *feature = kvmfeat_probe_find(probe, id);

	assert_non_null(feature);
	if (feature->state != state || feature->why != why)
		print_error("%s is %s (%s): %s\n", id, kvmfeat_probe_state_name(feature->state),
			    kvmfeat_ctx_why_name(feature->why),
			    feature->reason ? feature->reason : "");
	assert_int_equal(feature->state, state);
	assert_int_equal(feature->why, why);
	if (word) {
		assert_non_null(feature->reason);
		assert_non_null(strstr(feature->reason, word));
	} else {
		assert_null(feature->reason);
	}
	kvmfeat_probe_free(probe);
}

static void become_arm64(struct world *w)
{
	kvmfeat_ctx_free(w->ctx);
	strcpy(w->fake.uname.machine, "aarch64");
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
}

static void become_release(struct world *w, const char *release)
{
	kvmfeat_ctx_free(w->ctx);
	strcpy(w->fake.uname.release, release);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
}

static void every_row_has_an_id_a_text_and_an_answer(void **state)
{
	struct kvmfeat_probe *probe = load(*state, 0);

	assert_true(kvmfeat_probe_count(probe) > 15);
	for (size_t i = 0; i < kvmfeat_probe_count(probe); i++) {
		const struct kvmfeat_feature *feature = kvmfeat_probe_at(probe, i);

		assert_non_null(strchr(feature->id, '.'));
		assert_true(strlen(feature->text) > 10);
		assert_ptr_equal(kvmfeat_probe_find(probe, feature->id), feature);
		/* What is neither on nor available says why. */
		assert_true(feature->state >= KVMFEAT_STATE_AVAILABLE || feature->reason);
	}
	assert_null(kvmfeat_probe_at(probe, kvmfeat_probe_count(probe)));
	assert_null(kvmfeat_probe_find(probe, "x86.nothing"));
	kvmfeat_probe_free(probe);
}

static void unknown_flags_are_refused(void **state)
{
	struct world *w = *state;
	struct kvmfeat_probe *probe = NULL;

	assert_int_equal(kvmfeat_probe_load(w->ctx, 0x10, &probe), -EINVAL);
	assert_null(probe);
	assert_non_null(strstr(reason(w), "0x10"));
}

static void a_missing_device_is_absent_and_hides_the_rest(void **state)
{
	struct world *w = *state;

	w->fake.open_error = -ENOENT;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NOT_LOADED, "/dev/kvm");
	expect(w, 0, "gmem.create", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_LOADED, "/dev/kvm");
	w->fake.open_error = -ENXIO;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NOT_LOADED, "driver");
}

static void a_device_node_that_is_hidden_is_unknown(void **state)
{
	struct world *w = *state;

	fake_dir(&w->fake, "/sys/class/misc/kvm");
	w->fake.open_error = -ENOENT;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_PERMISSION, "hidden");
	expect(w, 0, "gmem.create", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_PERMISSION, "hidden");
}

static void a_jail_without_sysfs_does_not_deny_kvm(void **state)
{
	struct world *w = *state;

	fake_remove(&w->fake, "/sys");
	w->fake.open_error = -ENOENT;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "no /sys");
}

static void a_forbidden_device_is_unknown(void **state)
{
	struct world *w = *state;

	w->fake.open_error = -EACCES;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_PERMISSION, "/dev/kvm");
	expect(w, 0, "gmem.create", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_PERMISSION, "/dev/kvm");
	w->fake.open_error = 0;
	w->fake.ioctl_error = -EPERM;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_PERMISSION, "seccomp");
	w->fake.ioctl_error = 0;
	w->fake.api_version = -ENOTTY;
	expect(w, 0, "kvm.device", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NOT_LOADED, "not the KVM");
}

static void a_host_without_api_says_so(void **state)
{
	struct world *w = *state;
	struct kvmfeat_probe *probe;

	w->fake.open_error = -ENOENT;
	probe = load(w, KVMFEAT_PROBE_DEEP);
	assert_int_equal(kvmfeat_probe_host(probe)->api_version, -1);
	assert_string_equal(kvmfeat_probe_host(probe)->arch, "x86");
	assert_string_equal(kvmfeat_probe_host(probe)->release, "7.3.4");
	kvmfeat_probe_free(probe);
}

static void what_a_capability_offers_is_available(void **state)
{
	struct world *w = *state;

	expect(w, 0, "kvm.device", KVMFEAT_STATE_ON, KVMFEAT_WHY_NONE, NULL);
	fake_cap(&w->fake, KVM_CAP_NESTED_STATE, 4224);
	expect(w, 0, "x86.nested-state", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void each_bit_of_a_mask_is_a_feature_of_its_own(void **state)
{
	struct world *w = *state;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD_FLAGS, KVMFEAT_GMEM_MMAP);
	expect(w, 0, "gmem.mmap", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
	expect(w, 0, "gmem.init-shared", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_CONFIG, "7.3.4");
}

static void what_a_vm_of_the_default_type_lacks_is_still_there(void **state)
{
	struct world *w = *state;

	w->fake.system_caps[KVM_CAP_MEMORY_ATTRIBUTES] = KVM_MEMORY_ATTRIBUTE_PRIVATE;
	expect(w, 0, "gmem.private", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
	expect(w, KVMFEAT_PROBE_DEEP, "gmem.private", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE,
	       "default type");
}

static void the_first_release_depends_on_the_architecture(void **state)
{
	struct world *w = *state;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 0);
	strcpy(w->fake.uname.release, "6.12.1");
	become_arm64(w);
	expect(w, 0, "gmem.create", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION, "6.18");
	expect(w, 0, "gmem.private", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_OTHER_ARCH, "arm64");
}

static void a_probe_leaves_the_last_error_alone(void **state)
{
	struct world *w = *state;
	int value;

	w->fake.open_error = -EMFILE;
	assert_int_equal(kvmfeat_cap_get(w->ctx, 0, &value), -EMFILE);
	kvmfeat_probe_free(load(w, 0));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, -EMFILE);
	w->fake.open_error = 0;
	kvmfeat_probe_free(load(w, KVMFEAT_PROBE_DEEP));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, -EMFILE);
	assert_non_null(strstr(reason(w), "/dev/kvm"));
}

static void the_older_name_of_a_capability_counts(void **state)
{
	struct world *w = *state;

	become_release(w, "5.15.0");
	fake_cap(&w->fake, KVM_CAP_DIRTY_LOG_RING, 4096);
	expect(w, 0, "dirty.ring", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void an_old_release_explains_what_is_lacking(void **state)
{
	struct world *w = *state;

	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 0);
	become_release(w, "6.1.0-44-amd64");
	expect(w, 0, "gmem.create", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION, "6.8");
	become_release(w, "next-20261122"); /* not a number: nothing is said of releases */
	expect(w, 0, "gmem.create", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_CONFIG, "next-");
	become_release(w, "6.10.1");
	expect(w, 0, "gmem.create", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_CONFIG, "6.10.1");
}

static void an_old_release_that_offers_it_has_it(void **state)
{
	struct world *w = *state;

	become_release(w, "5.14.0-503.el9");
	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	expect(w, 0, "gmem.create", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void rows_of_another_architecture_are_absent(void **state)
{
	struct world *w = *state;

	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_OTHER_ARCH, "x86");
	become_arm64(w);
	expect(w, 0, "x86.avic", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_OTHER_ARCH, "arm64");
}

static void an_unknown_architecture_makes_its_rows_unknown(void **state)
{
	struct world *w = *state;

	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	expect(w, 0, "x86.avic", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "architecture");
}

static void nested_switched_off_by_its_parameter_is_off(void **state)
{
	struct world *w = *state;

	expect(w, 0, "x86.nested-state", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NONE, "not offer");
	fake_file(&w->fake, "/sys/module/kvm_amd/parameters/nested", "0\n");
	expect(w, 0, "x86.nested-state", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER,
	       "kvm_amd.nested");
	/* Some kernels answer the capability nevertheless. */
	fake_cap(&w->fake, KVM_CAP_NESTED_STATE, 4224);
	expect(w, 0, "x86.nested-state", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER,
	       "kvm_amd.nested");
}

static void avic_is_what_its_parameter_reads(void **state)
{
	static const char path[] = "/sys/module/kvm_amd/parameters/avic";
	struct world *w = *state;

	expect(w, 0, "x86.avic", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE, "/sys/module");
	fake_dir(&w->fake, "/sys/module");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NOT_LOADED, "kvm_amd");
	fake_file(&w->fake, path, "Y\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_ON, KVMFEAT_WHY_NONE, NULL);
	fake_file(&w->fake, path, "-1\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "auto");
	fake_file(&w->fake, path, "N\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, "off");
	fake_file(&w->fake, "/proc/cpuinfo",
		  "processor\t: 0\nflags\t\t: fpu svm\nbugs\t: a avic b\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_OFF, KVMFEAT_WHY_HARDWARE, "CPU");
	fake_file(&w->fake, "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu avic\nbugs\t:\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, "off");
	fake_file(&w->fake, path, "maybe\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE, "maybe");
}

static void avic_on_a_cpu_without_svm_has_no_remedy(void **state)
{
	struct world *w = *state;
	struct kvmfeat_probe *probe;

	fake_dir(&w->fake, "/sys/module");
	fake_file(&w->fake, "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vmx\nbugs\t:\n");
	expect(w, 0, "x86.avic", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "SVM");
	probe = load(w, 0);
	assert_null(kvmfeat_probe_find(probe, "x86.avic")->remedy);
	kvmfeat_probe_free(probe);
}

static void nx_huge_pages_is_what_its_parameter_reads(void **state)
{
	static const char path[] = "/sys/module/kvm/parameters/nx_huge_pages";
	struct world *w = *state;

	fake_dir(&w->fake, "/sys/module");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NOT_LOADED, "kvm");
	fake_dir(&w->fake, "/sys/module/kvm/parameters");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION, "nx");
	fake_file(&w->fake, path, "Y\n");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_ON, KVMFEAT_WHY_NONE, NULL);
	fake_file(&w->fake, path, "N\n");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, "off");
	fake_file(&w->fake, path, "never\n");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, "never");
	fake_file(&w->fake, path, "auto\n");
	expect(w, 0, "x86.nx-huge-pages", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE,
	       "kvm has not resolved it yet");
}

static void never_goes_with_kvm_or_where_that_is_built_in_with_the_host(void **state)
{
	static const char initstate[] = "/sys/module/kvm/initstate";
	struct world *w = *state;
	struct kvmfeat_probe *probe;

	fake_file(&w->fake, "/sys/module/kvm/parameters/nx_huge_pages", "never\n");
	fake_file(&w->fake, initstate, "live\n");
	probe = load(w, 0);
	assert_string_equal(kvmfeat_probe_find(probe, "x86.nx-huge-pages")->remedy,
			    "reload the kvm modules without kvm.nx_huge_pages=never");
	kvmfeat_probe_free(probe);

	fake_remove(&w->fake, initstate);
	probe = load(w, 0);
	assert_string_equal(kvmfeat_probe_find(probe, "x86.nx-huge-pages")->remedy,
			    "start the host without kvm.nx_huge_pages=never");
	kvmfeat_probe_free(probe);
}

static void hdbss_is_never_read_from_numbers_that_mean_something_else(void **state)
{
	struct world *w = *state;

	become_arm64(w);
	fake_cap(&w->fake, 239, 1);
	fake_cap(&w->fake, 245, 1);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "by itself");
	/* A plain 1 at our number is somebody else's capability. */
	fake_cap(&w->fake, 0x4844, 1);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "by itself");
	fake_cap(&w->fake, 0x4844, 0x48440902);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "version 2");
	fake_cap(&w->fake, 0x4844, 0x48440901);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void hdbss_of_posted_and_vendor_kernels_is_available(void **state)
{
	struct world *w = *state;

	become_arm64(w);
	fake_cap(&w->fake, 248, 1);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
	fake_cap(&w->fake, 248, 0);
	fake_cap(&w->fake, 502, 2); /* posted variants answer 1 and nothing else */
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "by itself");
	fake_cap(&w->fake, 502, 1);
	expect(w, 0, "arm64.hdbss", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void fixed_counters_are_asked_of_a_scratch_vcpu(void **state)
{
	static const char id[] = "arm64.pmu-fixed-counters";
	struct world *w = *state;

	fake_pmu(&w->fake, FAKE_PMU_OURS);
	become_arm64(w);
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3, 0);
	expect(w, 0, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "PMU");
	fake_cap(&w->fake, KVM_CAP_ARM_PMU_V3, 1);
	expect(w, 0, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_ASKED, "scratch VM");
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, "not known");
	w->fake.pmu.attr_error = -EIO;
	w->fake.pmu.attr = 5;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE,
	       "Input/output error");
	w->fake.pmu.attr_error = 0;
	w->fake.pmu.kernel = FAKE_PMU_LINUX;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION,
	       "no Linux release");
	w->fake.pmu.init_error = -EINVAL;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE,
	       "KVM_ARM_VCPU_INIT");
	w->fake.pmu.init_error = -ENXIO;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE,
	       "KVM_ARM_VCPU_INIT");
}

static void fixed_counters_come_with_what_they_are_worth_here(void **state)
{
	static const char id[] = "arm64.pmu-fixed-counters";
	struct world *w = *state;

	fake_pmu(&w->fake, FAKE_PMU_OURS);
	become_arm64(w);
	fake_pmu_cpus(&w->fake, "0-3\n", "0-3\n");
	fake_pmu_device(&w->fake, "armv8_pmuv3_0", "8\n", "0-3\n");
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE,
	       "fixed counters only are not needed: all CPUs have the same PMU, armv8_pmuv3_0");
	fake_pmu_cpus(&w->fake, "0-7\n", "0-7\n");
	w->fake.pmu.uncovered = true;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE,
	       "a possible CPU of this host has no PMU; fixed counters only are refused, as some "
	       "CPUs (4-7) have no PMU: pin all vCPUs to CPUs 0-3 (armv8_pmuv3_0) and select that "
	       "PMU");
	w->fake.pmu.uncovered = false;
	fake_pmu_device(&w->fake, "armv8_pmuv3_1", "9\n", "4-7\n");
	/* Also where the scratch VM is not asked for, or has it not. */
	expect(w, 0, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_ASKED,
	       "seeing it needs a scratch VM; this host is heterogeneous: guests need fixed "
	       "counters only, or all vCPUs pinned to CPUs 0-3 (armv8_pmuv3_0) or 4-7 "
	       "(armv8_pmuv3_1)");
	w->fake.pmu.kernel = FAKE_PMU_LINUX;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION,
	       "no Linux release has it, this kernel (7.3.4) neither; this host is heterogeneous: "
	       "guests need fixed counters only, or all vCPUs pinned to CPUs 0-3 (armv8_pmuv3_0) "
	       "or 4-7");
	fake_file(&w->fake, "/sys/bus/event_source/devices/armv8_pmuv3_1/cpus", "4-\n");
	expect(w, 0, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_ASKED,
	       "scratch VM; whether it is needed is not known: ");
}

static void accounting_is_found_by_allocating_a_page(void **state)
{
	static const char id[] = "gmem.accounting";
	struct world *w = *state;

	expect(w, 0, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_ASKED, "scratch VM");
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION,
	       "no Linux release");
	w->fake.gmem.accounts = true;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ON, KVMFEAT_WHY_NONE, NULL);
	w->fake.gmem.fallocate_error = -ENOMEM;
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE, "allocate");
	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 0);
	expect(w, KVMFEAT_PROBE_DEEP, id, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_CONFIG,
	       "no guest_memfd");
}

static void a_scratch_vm_that_fails_is_named(void **state)
{
	struct world *w = *state;

	w->fake.vm_types = 0;
	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	expect(w, KVMFEAT_PROBE_DEEP, "gmem.accounting", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NONE,
	       "VM of type 0");
	expect(w, KVMFEAT_PROBE_DEEP, "gmem.create", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE,
	       NULL);
}

static void tsms_are_told_by_what_sysfs_shows(void **state)
{
	struct world *w = *state;

	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE,
	       "/sys/class/tsm");
	fake_dir(&w->fake, "/sys/devices");
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_CONFIG, "7.3.4");
	fake_dir(&w->fake, "/sys/class/tsm");
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "no TSM");
	fake_dir(&w->fake, "/sys/class/tsm/tsm0");
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "kind");
	fake_file(&w->fake, "/sys/bus/pci/devices/0000:00:01.0/tsm/connect", "\n");
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
	expect(w, 0, "pci.tsm-devsec", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION,
	       "no Linux release");
}

static void a_tsm_that_tells_its_mode_is_believed(void **state)
{
	struct world *w = *state;

	fake_file(&w->fake, "/sys/class/tsm/tsm0/pci_mode", "devsec\n");
	expect(w, 0, "pci.tsm-devsec", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "guest");
	fake_file(&w->fake, "/sys/class/tsm/tsm0/pci_mode", "link\n");
	expect(w, 0, "pci.tsm-devsec", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "host");
	expect(w, 0, "pci.tsm-link", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

/* A root bus, with its host bridge somewhere in the tree. */
static void add_bus(struct fake *fake, const char *bridge, const char *name)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "/sys/devices/%s/pci_bus/%s", bridge, name);
	fake_dir(fake, path);
	snprintf(path, sizeof(path), "/sys/class/pci_bus/%s", name);
	snprintf(target, sizeof(target), "../../devices/%s/pci_bus/%s", bridge, name);
	fake_link(fake, path, target);
}

static void streams_of_a_host_bridge_make_ide_available(void **state)
{
	struct world *w = *state;

	expect(w, 0, "pci.ide", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "no PCI bus");
	add_bus(&w->fake, "pci0000:00", "0000:00");
	expect(w, 0, "pci.ide", KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, "hardware");
	add_bus(&w->fake, "platform/soc/pci0001:00", "0001:00");
	fake_file(&w->fake, "/sys/devices/platform/soc/pci0001:00/available_secure_streams", "8\n");
	expect(w, 0, "pci.ide", KVMFEAT_STATE_AVAILABLE, KVMFEAT_WHY_NONE, NULL);
}

static void without_sysfs_no_bus_is_denied(void **state)
{
	struct world *w = *state;

	fake_remove(&w->fake, "/sys");
	expect(w, 0, "pci.ide", KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, "pci_bus");
}

/* A host on which every row of x86 has something to say. */
static void rich_host(struct world *w)
{
	fake_cap(&w->fake, KVM_CAP_NESTED_STATE, 4224);
	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD, 1);
	fake_cap(&w->fake, KVM_CAP_GUEST_MEMFD_FLAGS, 3);
	fake_file(&w->fake, "/sys/module/kvm_amd/parameters/avic", "Y\n");
	fake_file(&w->fake, "/sys/module/kvm/parameters/nx_huge_pages", "Y\n");
	fake_file(&w->fake, "/sys/class/tsm/tsm0/pci_mode", "link\n");
	fake_file(&w->fake, "/sys/bus/pci/devices/0000:00:01.0/tsm/connect", "\n");
	add_bus(&w->fake, "pci0000:00", "0000:00");
	fake_file(&w->fake, "/sys/devices/pci0000:00/available_secure_streams", "8\n");
}

/* A call that fails may hide a feature; it must not make one up, nor deny one. */
static bool is_honest(enum kvmfeat_state before, enum kvmfeat_state after)
{
	if (after == before || after == KVMFEAT_STATE_UNKNOWN)
		return true;
	return (before == KVMFEAT_STATE_OFF || before == KVMFEAT_STATE_ABSENT) &&
	       (after == KVMFEAT_STATE_OFF || after == KVMFEAT_STATE_ABSENT);
}

/* Fails every call in turn, and compares with the probe in which none failed. */
static void fail_each_call(struct world *w, unsigned int flags, int error)
{
	struct kvmfeat_probe *whole = NULL, *probe;
	unsigned int calls = 0;

	for (unsigned int at = 0; at <= calls; at++) {
		struct kvmfeat_ctx *ctx;
		int err;

		assert_int_equal(kf_ctx_new(&w->fake.sys, &ctx), 0);
		w->fake.calls = 0;
		w->fake.fail_at = at;
		w->fake.fail_error = error;
		err = kvmfeat_probe_load(ctx, flags, &probe);
		w->fake.fail_at = 0;
		kvmfeat_ctx_free(ctx);
		if (at == 1) { /* the room for the answers */
			assert_int_equal(err, -ENOMEM);
			continue;
		}
		assert_int_equal(err, 0);
		if (!at) {
			calls = w->fake.calls;
			assert_true(calls > 40);
			whole = probe;
			continue;
		}
		for (size_t i = 0; i < kvmfeat_probe_count(probe); i++) {
			const struct kvmfeat_feature *feature = kvmfeat_probe_at(probe, i);

			if (!is_honest(kvmfeat_probe_at(whole, i)->state, feature->state))
				fail_msg("call %u failing with %s makes %s %s", at,
					 kf_errno_name(error), feature->id,
					 kvmfeat_probe_state_name(feature->state));
		}
		kvmfeat_probe_free(probe);
	}
	kvmfeat_probe_free(whole);
}

static void a_failed_call_makes_a_feature_unknown_and_nothing_else(void **state)
{
	static const int errors[] = { -EIO, -EACCES, -EPERM, -EINTR, -ENOMEM, -EMFILE };
	struct world *w = *state;

	rich_host(w);
	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		fail_each_call(w, 0, errors[i]);
		fail_each_call(w, KVMFEAT_PROBE_DEEP, errors[i]);
	}
}

static void every_state_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_probe_state_name(KVMFEAT_STATE_ON), "on");
	assert_string_equal(kvmfeat_probe_state_name(KVMFEAT_STATE_OFF), "off");
	assert_string_equal(kvmfeat_probe_state_name(KVMFEAT_STATE_AVAILABLE), "available");
	assert_string_equal(kvmfeat_probe_state_name(KVMFEAT_STATE_ABSENT), "absent");
	assert_string_equal(kvmfeat_probe_state_name(KVMFEAT_STATE_UNKNOWN), "unknown");
	assert_string_equal(kvmfeat_probe_state_name((enum kvmfeat_state)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(every_row_has_an_id_a_text_and_an_answer),
		WORLD_TEST(unknown_flags_are_refused),
		WORLD_TEST(a_missing_device_is_absent_and_hides_the_rest),
		WORLD_TEST(a_device_node_that_is_hidden_is_unknown),
		WORLD_TEST(a_jail_without_sysfs_does_not_deny_kvm),
		WORLD_TEST(a_forbidden_device_is_unknown),
		WORLD_TEST(a_host_without_api_says_so),
		WORLD_TEST(what_a_capability_offers_is_available),
		WORLD_TEST(each_bit_of_a_mask_is_a_feature_of_its_own),
		WORLD_TEST(what_a_vm_of_the_default_type_lacks_is_still_there),
		WORLD_TEST(the_first_release_depends_on_the_architecture),
		WORLD_TEST(a_probe_leaves_the_last_error_alone),
		WORLD_TEST(the_older_name_of_a_capability_counts),
		WORLD_TEST(an_old_release_explains_what_is_lacking),
		WORLD_TEST(an_old_release_that_offers_it_has_it),
		WORLD_TEST(rows_of_another_architecture_are_absent),
		WORLD_TEST(an_unknown_architecture_makes_its_rows_unknown),
		WORLD_TEST(nested_switched_off_by_its_parameter_is_off),
		WORLD_TEST(avic_is_what_its_parameter_reads),
		WORLD_TEST(avic_on_a_cpu_without_svm_has_no_remedy),
		WORLD_TEST(nx_huge_pages_is_what_its_parameter_reads),
		WORLD_TEST(never_goes_with_kvm_or_where_that_is_built_in_with_the_host),
		WORLD_TEST(hdbss_is_never_read_from_numbers_that_mean_something_else),
		WORLD_TEST(hdbss_of_posted_and_vendor_kernels_is_available),
		WORLD_TEST(fixed_counters_are_asked_of_a_scratch_vcpu),
		WORLD_TEST(fixed_counters_come_with_what_they_are_worth_here),
		WORLD_TEST(accounting_is_found_by_allocating_a_page),
		WORLD_TEST(a_scratch_vm_that_fails_is_named),
		WORLD_TEST(tsms_are_told_by_what_sysfs_shows),
		WORLD_TEST(a_tsm_that_tells_its_mode_is_believed),
		WORLD_TEST(without_sysfs_no_bus_is_denied),
		WORLD_TEST(streams_of_a_host_bridge_make_ide_available),
		WORLD_TEST(a_failed_call_makes_a_feature_unknown_and_nothing_else),
		WORLD_TEST(every_state_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
