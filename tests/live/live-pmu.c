// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of a vCPU's PMU on the real kernel; skipped where KVM has no PMU for guests. */
#include <stdlib.h>
#include <sys/mman.h>

#include "contract-pmu.h"
#include "internal.h"
#include "live.h"

/* Numbers straight from the documentation of the KVM API. */
#define LIVE_PMU_V3 126
#define LIVE_PMU_V3_STRICT 251
#define LIVE_GET_VCPU_MMAP_SIZE 0xae04
#define LIVE_RUN 0xae80
#define LIVE_CREATE_DEVICE _IOC(_IOC_READ | _IOC_WRITE, 0xae, 0xe0, 12)
#define LIVE_SET_DEVICE_ATTR _IOC(_IOC_WRITE, 0xae, 0xe1, 24)
#define LIVE_VGIC_V3 7
#define LIVE_VGIC_ADDR 0 /* groups, and their attributes */
#define LIVE_VGIC_ADDR_DIST 2
#define LIVE_VGIC_ADDR_REDIST 3
#define LIVE_VGIC_CTRL 4
#define LIVE_VGIC_CTRL_INIT 0

struct stage {
	struct contract_pmu contract;
	struct kvmfeat_pmu_list *list;
	int gic; /* -1: none */
};

static int live_ioctl(const struct contract_pmu *c, int fd, unsigned long request, void *arg)
{
	const int ret = ioctl(fd, request, arg);

	(void)c;
	return ret < 0 ? -errno : ret;
}

static int live_run(const struct contract_pmu *c, struct kvmfeat_vcpu *vcpu)
{
	const int fd = kvmfeat_vcpu_fd(vcpu);
	int kvm, size, ret;
	uint8_t *area;

	assert_int_equal(kvmfeat_ctx_get_kvm_fd(c->ctx, &kvm), 0);
	size = ioctl(kvm, LIVE_GET_VCPU_MMAP_SIZE, 0);
	assert_true(size > 0);
	area = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(area != MAP_FAILED);
	area[1] = 1; /* immediate_exit */
	ret = live_ioctl(c, fd, LIVE_RUN, NULL);
	munmap(area, (size_t)size);
	return ret;
}

static int set_gic(const struct stage *stage, uint32_t group, uint64_t number, uint64_t *value)
{
	const struct {
		uint32_t flags, group;
		uint64_t attr, addr;
	} attr = { 0, group, number, (uintptr_t)value };

	return live_ioctl(&stage->contract, stage->gic, LIVE_SET_DEVICE_ATTR, (void *)&attr);
}

static void live_new_gic(const struct contract_pmu *c, bool ready)
{
	uint64_t dist = 0x08000000, redist = 0x080a0000;
	uint32_t device[3] = { LIVE_VGIC_V3 };
	struct stage *stage = c->data;

	if (stage->gic < 0) {
		assert_int_equal(live_ioctl(c, kvmfeat_vm_fd(c->vm), LIVE_CREATE_DEVICE, device),
				 0);
		stage->gic = (int)device[1];
		assert_int_equal(set_gic(stage, LIVE_VGIC_ADDR, LIVE_VGIC_ADDR_DIST, &dist), 0);
		assert_int_equal(set_gic(stage, LIVE_VGIC_ADDR, LIVE_VGIC_ADDR_REDIST, &redist), 0);
	}
	if (ready)
		assert_int_equal(set_gic(stage, LIVE_VGIC_CTRL, LIVE_VGIC_CTRL_INIT, NULL), 0);
}

static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct contract_pmu *c = &stage->contract;

	*state = c;
	stage->gic = -1;
	*c = (struct contract_pmu){
		.ioctl = live_ioctl, .run = live_run, .new_gic = live_new_gic, .data = stage
	};
	if (kvmfeat_ctx_new(&c->ctx) || kvmfeat_pmu_list_load(c->ctx, &stage->list) ||
	    !kvmfeat_pmu_list_count(stage->list))
		return -1;
	c->type = kvmfeat_pmu_list_at(stage->list, 0)->type;
	return contract_pmu_begin(c);
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	contract_pmu_end(&stage->contract);
	if (stage->gic >= 0)
		close(stage->gic);
	kvmfeat_pmu_list_free(stage->list);
	kvmfeat_ctx_free(stage->contract.ctx);
	free(stage);
	return 0;
}

static const char *lacks(void)
{
	const char *lacking = live_lacks(false);
	int kvm, pmu, strict;

	if (lacking)
		return lacking;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	pmu = ioctl(kvm, LIVE_CHECK_EXTENSION, LIVE_PMU_V3);
	strict = ioctl(kvm, LIVE_CHECK_EXTENSION, LIVE_PMU_V3_STRICT);
	close(kvm);
	if (pmu <= 0)
		return "KVM here has no PMU for guests";
	return strict > 0 ? NULL : "KVM here has no strict PMU";
}

/* Asked of the library: what the kernel has is what the other two groups are about. */
static bool has_fixed(void)
{
	struct kvmfeat_pmu_host host = { .size = sizeof(host) };
	struct kvmfeat_ctx *ctx;
	bool has;

	if (kvmfeat_ctx_new(&ctx))
		return false;
	has = !kvmfeat_pmu_get_host(ctx, KVMFEAT_PROBE_DEEP, &host) &&
	      host.fixed == KVMFEAT_STATE_AVAILABLE;
	kvmfeat_ctx_free(ctx);
	return has;
}

#define LIVE(name) cmocka_unit_test_setup_teardown(contract_pmu_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest without[] = {
		CONTRACT_PMU_LIST(LIVE),
		LIVE(a_kernel_without_fixed_counters_says_so),
	};
	const struct CMUnitTest with[] = {
		CONTRACT_PMU_LIST(LIVE),
		CONTRACT_PMU_FIXED_LIST(LIVE),
	};
	const char *lacking = lacks();

	if (lacking)
		return live_skip(lacking);
	return has_fixed() ? cmocka_run_group_tests(with, NULL, NULL) :
			     cmocka_run_group_tests(without, NULL, NULL);
}
