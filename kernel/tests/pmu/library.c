// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmfeat's view of PMUs agrees with the kernel's: its list with what perf takes, and what it
 * promises of a vCPU, tests/contract/contract-pmu.c, which the library's own tests run against a
 * fake kernel, with this one. Each of these runs with each PMU of the host.
 *
 * Red in the boot pmu-uncovered, where this very kernel refuses fixed counters only, and when
 * find_cpus() of libkvmfeat/pmu-list.c takes the possible CPUs for those of a PMU.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "../contract.h"

#include "../../../tests/contract/contract-pmu.c"

#define GIC_DIST 0x08000000ULL
#define GIC_REDIST 0x080a0000ULL

/* A case in progress. */
struct stage {
	struct contract_pmu contract;
	int gic; /* -1: none */
};

static int result_of(int ret)
{
	return ret < 0 ? -errno : ret;
}

static int do_ioctl(const struct contract_pmu *c, int fd, unsigned long request, void *arg)
{
	return result_of(ioctl(fd, request, arg));
}

static int run(const struct contract_pmu *c, struct kvmfeat_vcpu *vcpu)
{
	int kvm, size, ret, fd = kvmfeat_vcpu_fd(vcpu);
	struct kvm_run *area;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(c->ctx, &kvm), 0);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(area != MAP_FAILED);
	area->immediate_exit = 1;
	ret = result_of(ioctl(fd, KVM_RUN, 0));
	munmap(area, size);
	return ret;
}

static int set_gic(int gic, uint32_t group, uint64_t number, const uint64_t *value)
{
	struct kvm_device_attr attr = { .group = group, .attr = number, .addr = (uintptr_t)value };

	return result_of(ioctl(gic, KVM_SET_DEVICE_ATTR, &attr));
}

static void new_gic(const struct contract_pmu *c, bool ready)
{
	static const uint64_t dist = GIC_DIST, redist = GIC_REDIST;
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct stage *stage = c->data;

	if (stage->gic < 0) {
		assert_int_equal(do_ioctl(c, kvmfeat_vm_fd(c->vm), KVM_CREATE_DEVICE, &device), 0);
		stage->gic = device.fd;
		assert_int_equal(set_gic(stage->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
					 KVM_VGIC_V3_ADDR_TYPE_DIST, &dist),
				 0);
		assert_int_equal(set_gic(stage->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
					 KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist),
				 0);
	}
	if (ready)
		assert_int_equal(set_gic(stage->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
					 KVM_DEV_ARM_VGIC_CTRL_INIT, NULL),
				 0);
}

/* A vCPU that a failed case has left open goes with the process. */
static bool passes(struct kvmfeat_ctx *ctx, int type, void (*body)(void **state))
{
	struct stage stage = {
		.contract = { .ctx = ctx,
			      .type = type,
			      .ioctl = do_ioctl,
			      .run = run,
			      .new_gic = new_gic },
		.gic = -1,
	};
	void *state = &stage.contract;

	stage.contract.data = &stage;
	if (contract_pmu_begin(&stage.contract)) {
		ksft_print_msg("%s\n", kvmfeat_ctx_error(ctx)->reason);
		return false;
	}
	if (setjmp(contract_failed))
		return false;
	body(&state);
	contract_pmu_end(&stage.contract);
	if (stage.gic >= 0)
		close(stage.gic);
	return true;
}

struct contract_case {
	const char *name;
	void (*body)(void **state);
};

#define CASE(name)                                                                                 \
	{                                                                                          \
#name, contract_pmu_##name                                                         \
	}

static const struct contract_case every_kernel[] = { CONTRACT_PMU_LIST(CASE) };
static const struct contract_case our_kernel[] = { CONTRACT_PMU_FIXED_LIST(CASE) };
static const struct contract_case other_kernel[] = {
	CASE(a_kernel_without_fixed_counters_says_so),
};

#define COUNT(cases) (sizeof(cases) / sizeof((cases)[0]))

static const char *sentence(const char *name, const struct kvmfeat_pmu *pmu)
{
	static char text[256];
	char words[128];

	snprintf(text, sizeof(text), "pmu: the library and %s: %s", pmu->name,
		 contract_sentence(name, words, sizeof(words)));
	return text;
}

static void run_cases(struct kvmfeat_ctx *ctx, const struct kvmfeat_pmu *pmu,
		      const struct contract_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ksft_test_result(passes(ctx, pmu->type, cases[i].body), "%s\n",
				 sentence(cases[i].name, pmu));
}

/* Whether perf counts on this CPU with this PMU. */
static bool perf_takes(int type, int cpu)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = 0x11, .disabled = 1
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool list_is_perfs(const struct kvmfeat_pmu_list *list)
{
	const int cpus = sysconf(_SC_NPROCESSORS_CONF);
	bool agrees = kvmfeat_pmu_list_count(list) > 0;

	for (size_t i = 0; i < kvmfeat_pmu_list_count(list); i++) {
		const struct kvmfeat_pmu *pmu = kvmfeat_pmu_list_at(list, i);

		ksft_print_msg("%s, type %d, CPUs %s\n", pmu->name, pmu->type, pmu->cpus);
		for (int cpu = 0; cpu < cpus; cpu++)
			if (perf_takes(pmu->type, cpu) !=
			    (kvmfeat_pmu_list_find(list, cpu) == pmu)) {
				ksft_print_msg("perf does not agree about CPU %d\n", cpu);
				agrees = false;
			}
	}
	return agrees;
}

/* Heterogeneous as the number of PMUs is, with CPUs left over where perf takes none. */
static bool mix_is_perfs(const struct kvmfeat_pmu_list *list)
{
	const struct kvmfeat_pmu_mix *mix = kvmfeat_pmu_list_mix(list);
	const int cpus = sysconf(_SC_NPROCESSORS_CONF);
	bool covered = true;

	for (int cpu = 0; cpu < cpus; cpu++)
		covered = covered && kvmfeat_pmu_list_find(list, cpu);
	ksft_print_msg("%s\n", mix->advice);
	return mix->heterogeneous ==
		       (kvmfeat_pmu_list_count(list) > 1 ? KVMFEAT_PMU_YES : KVMFEAT_PMU_NO) &&
	       !*mix->uncovered == covered && !*mix->offline && !mix->reason;
}

/* Asked without the library: whether a vCPU with a PMU has attribute 5. */
static bool kernel_has_fixed(void)
{
	struct kvm_device_attr attr = { .attr = 5 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	struct kvm_vcpu_init init;
	bool has;

	ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= 1 << KVM_ARM_VCPU_PMU_V3;
	has = !ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) && !ioctl(vcpu, KVM_HAS_DEVICE_ATTR, &attr);
	close(vcpu);
	close(vm);
	close(kvm);
	return has;
}

static bool host_is(struct kvmfeat_ctx *ctx, bool has_fixed)
{
	struct kvmfeat_pmu_host host = { .size = sizeof(host) };

	if (kvmfeat_pmu_get_host(ctx, KVMFEAT_PROBE_DEEP, &host)) {
		ksft_print_msg("%s\n", kvmfeat_ctx_error(ctx)->reason);
		return false;
	}
	ksft_print_msg("%d event counters; fixed counters only: %s %s\n", host.counters,
		       kvmfeat_probe_state_name(host.fixed), host.fixed_reason);
	return host.state == KVMFEAT_STATE_AVAILABLE && host.strict == KVMFEAT_PMU_YES &&
	       host.counters > 0 &&
	       host.fixed == (has_fixed ? KVMFEAT_STATE_AVAILABLE : KVMFEAT_STATE_ABSENT);
}

int main(void)
{
	const bool has_fixed = kernel_has_fixed();
	const struct contract_case *fixed = has_fixed ? our_kernel : other_kernel;
	const size_t fixed_count = has_fixed ? COUNT(our_kernel) : COUNT(other_kernel);
	struct kvmfeat_pmu_list *list;
	struct kvmfeat_ctx *ctx;

	ksft_print_header();
	if (kvmfeat_ctx_new(&ctx) || kvmfeat_pmu_list_load(ctx, &list))
		ksft_exit_fail_msg("the library cannot list the PMUs\n");
	ksft_set_plan(3 + kvmfeat_pmu_list_count(list) * (COUNT(every_kernel) + fixed_count));
	ksft_print_msg("this kernel has %sfixed counters only\n", has_fixed ? "" : "no ");
	ksft_test_result(list_is_perfs(list), "pmu: the library lists the PMUs that perf has\n");
	ksft_test_result(mix_is_perfs(list), "pmu: the library tells whether they differ\n");
	ksft_test_result(host_is(ctx, has_fixed), "pmu: the library tells what KVM offers\n");
	for (size_t i = 0; i < kvmfeat_pmu_list_count(list); i++) {
		run_cases(ctx, kvmfeat_pmu_list_at(list, i), every_kernel, COUNT(every_kernel));
		run_cases(ctx, kvmfeat_pmu_list_at(list, i), fixed, fixed_count);
	}
	kvmfeat_pmu_list_free(list);
	kvmfeat_ctx_free(ctx);
	ksft_finished();
}
