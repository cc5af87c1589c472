/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arm64 host with PMUs, for the tests of the room. */
#ifndef PMU_WORLD_H
#define PMU_WORLD_H

#include <stdio.h>

#include "world.h"

#include <linux/kvm.h>

#define TYPE_LITTLE 8
#define TYPE_BIG 9
#define PPI 23

/* The context reads the architecture once: make it anew. */
static inline void become(struct world *w, enum fake_pmu_kernel kernel)
{
	kvmfeat_ctx_free(w->ctx);
	w->fake.pmu = (struct fake_pmu_host){ 0 };
	fake_pmu(&w->fake, kernel);
	assert_int_equal(kf_ctx_new(&w->fake.sys, &w->ctx), 0);
}

/* CPUs 0-3 and 4-7, each with a PMU. */
static inline void add_pmus(struct world *w)
{
	fake_pmu_cpus(&w->fake, "0-7\n", "0-7\n");
	fake_pmu_device(&w->fake, "armv8_cortex_a53", "8\n", "0-3\n");
	fake_pmu_device(&w->fake, "armv8_cortex_a72", "9\n", "4-7\n");
}

/* A VM with a vCPU that has a PMU. */
struct machine {
	struct world *w;
	struct kvmfeat_vm *vm;
	struct kvmfeat_vcpu *vcpu;
	struct fake_pmu_fd *state; /* of the VM */
};

/* KVM_ARM_VCPU_INIT with these features */
static inline void init_vcpu(struct world *w, struct kvmfeat_vcpu *vcpu, uint32_t features)
{
	const uint32_t init[8] = { 5, features };

	assert_int_equal(w->fake.sys.ioctl(&w->fake.sys, kvmfeat_vcpu_fd(vcpu),
					   _IOC(_IOC_WRITE, KVMIO, 0xae, 32), (uintptr_t)init),
			 0);
}

static inline struct machine make(struct world *w, enum fake_pmu_kernel kernel, bool strict)
{
	struct machine m = { .w = w };
	uint32_t features;

	become(w, kernel);
	assert_int_equal(kvmfeat_vm_open(w->ctx, 0, &m.vm), 0);
	assert_int_equal(kvmfeat_vcpu_open(m.vm, 0, &m.vcpu), 0);
	assert_int_equal(kvmfeat_pmu_get_features(m.vm, strict, &features), 0);
	init_vcpu(w, m.vcpu, features);
	m.state = fake_pmu_vm(&w->fake, kvmfeat_vm_fd(m.vm));
	return m;
}

static inline void destroy(struct machine *m)
{
	kvmfeat_vcpu_free(m->vcpu);
	kvmfeat_vm_free(m->vm);
}

/* Asserts how a call on the vCPU failed; @text stands in the reason. */
static inline const struct kvmfeat_error *expect_error(const struct kvmfeat_vcpu *vcpu, int err,
						       int expected, enum kvmfeat_origin origin,
						       const char *text)
{
	const struct kvmfeat_error *error = kvmfeat_vcpu_error(vcpu);

	if (err != expected || !strstr(error->reason, text))
		fail_msg("%d, no '%s' in: %s", err, text, error->reason);
	assert_int_equal(error->error, expected);
	assert_int_equal(error->origin, origin);
	assert_true(*error->operation && *error->object);
	return error;
}

/* A filter that allows one range. */
static inline struct kvmfeat_pmu_filter *allow(struct world *w, unsigned int first,
					       unsigned int count)
{
	struct kvmfeat_pmu_filter *filter;

	assert_int_equal(kvmfeat_pmu_filter_new(w->ctx, &filter), 0);
	assert_int_equal(kvmfeat_pmu_filter_allow(filter, first, count), 0);
	return filter;
}

/* A log that keeps all lines, each with a semicolon. */
static inline void keep_lines(enum kvmfeat_log_level level, const char *line, void *data)
{
	char *log = data;

	(void)level;
	if (strlen(log) + strlen(line) < 4000)
		strcat(strcat(log, line), ";");
}

#endif
