// SPDX-License-Identifier: GPL-2.0-or-later
/* The virtual PMU of the fake kernel, after arch/arm64/kvm/pmu-emul.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "fake.h"

/* asm/kvm.h of arm64 */
#define VCPU_INIT _IOC(_IOC_WRITE, KVMIO, 0xae, 32)
#define PREFERRED_TARGET _IOC(_IOC_READ, KVMIO, 0xaf, 32)
#define FEATURE_PMU 3
#define FEATURE_STRICT 9
#define REG_PMCR 0x603000000013dce0ull

enum { IRQ, INIT, FILTER, SET_PMU, SET_NR_COUNTERS, FIXED_COUNTERS_ONLY, ATTRS };

void fake_pmu(struct fake *fake, enum fake_pmu_kernel kernel)
{
	strcpy(fake->uname.machine, "aarch64");
	fake->pmu.kernel = kernel;
	fake->pmu.types[0] = 8;
	fake->pmu.types[1] = 9;
	fake->pmu.counters = 6;
	fake->pmu.events = FAKE_PMU_EVENTS;
	fake_cap(fake, KVM_CAP_ARM_PMU_V3, 1);
	fake_cap(fake, KVM_CAP_ARM_PMU_V3_STRICT, 1);
}

struct fake_pmu_fd *fake_pmu_vm(struct fake *fake, int fd)
{
	struct fake_fd *entry = fake_fd(fake, fd);

	if (entry && entry->kind == FAKE_VCPU)
		entry = fake_fd(fake, entry->vm);
	return entry && entry->kind == FAKE_VM ? &entry->pmu : NULL;
}

struct fake_pmu_fd *fake_pmu_vcpu(struct fake *fake, int fd)
{
	struct fake_fd *entry = fake_fd(fake, fd);

	return entry && entry->kind == FAKE_VCPU ? &entry->pmu : NULL;
}

void fake_pmu_device(struct fake *fake, const char *name, const char *type, const char *cpus)
{
	char path[320];

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
	fake_file(fake, path, type);
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/cpus", name);
	if (cpus)
		fake_file(fake, path, cpus);
}

void fake_pmu_cpus(struct fake *fake, const char *possible, const char *online)
{
	fake_file(fake, "/sys/devices/system/cpu/possible", possible);
	fake_file(fake, "/sys/devices/system/cpu/online", online);
}

/* kvm_vcpu_init_check_features() and __kvm_vcpu_set_target() */
static int init_vcpu(struct fake *fake, int fd, const uint32_t *init)
{
	const bool pmu = init[1] & 1u << FEATURE_PMU;
	const bool strict = init[1] & 1u << FEATURE_STRICT;
	struct fake_pmu_fd *vm = fake_pmu_vm(fake, fd);

	if (fake->pmu.init_error)
		return fake->pmu.init_error;
	if (strict && !pmu)
		return -EINVAL;
	if ((pmu && !fake->system_caps[KVM_CAP_ARM_PMU_V3]) ||
	    (strict && !fake->system_caps[KVM_CAP_ARM_PMU_V3_STRICT]))
		return -EINVAL;
	if (pmu && !strict && !vm->type && fake->pmu.here_is_none)
		return -ENODEV;
	vm->has_pmu = pmu;
	vm->strict = strict;
	if (pmu && !strict && !vm->type) {
		vm->type = fake->pmu.types[0];
		vm->counters = fake->pmu.counters;
	}
	fake_pmu_vcpu(fake, fd)->configured = true;
	return 0;
}

/* kvm_arch_vcpu_run_pid_change(); with immediate_exit */
static int run(struct fake *fake, int fd)
{
	struct fake_pmu_fd *vm = fake_pmu_vm(fake, fd);
	const struct fake_pmu_fd *vcpu = fake_pmu_vcpu(fake, fd);

	if (!vcpu->configured)
		return -ENOEXEC;
	if (vm->has_pmu && !vcpu->initialised)
		return -EINVAL;
	vm->ran = true;
	return -EINTR;
}

static int set_irq(struct fake *fake, int fd, const int *irq)
{
	const struct fake_pmu_fd *vm = fake_pmu_vm(fake, fd);
	struct fake_pmu_fd *vcpu = fake_pmu_vcpu(fake, fd);
	const bool ppi = *irq >= 16 && *irq < 32;

	if (!vm->gic || !(ppi || (*irq >= 32 && *irq < 1020)))
		return -EINVAL;
	for (size_t i = 0; i < FAKE_FDS; i++) {
		const struct fake_fd *other = &fake->fds[i];

		if (other->kind == FAKE_VCPU && other->vm == fake_fd(fake, fd)->vm &&
		    other->pmu.irq && (other->pmu.irq == *irq) != ppi)
			return -EINVAL;
	}
	if (vcpu->irq)
		return -EBUSY;
	vcpu->irq = *irq;
	return 0;
}

static int init_pmu(struct fake *fake, int fd)
{
	const struct fake_pmu_fd *vm = fake_pmu_vm(fake, fd);
	struct fake_pmu_fd *vcpu = fake_pmu_vcpu(fake, fd);

	if (!vm->type && !vm->fixed)
		return -ENXIO;
	if (vm->gic == FAKE_PMU_GIC)
		return -ENODEV;
	if (vm->gic && !vcpu->irq)
		return -ENXIO;
	if (vm->gic && fake->pmu.other_device && vcpu->irq == 23)
		return -EEXIST;
	vcpu->initialised = true;
	return 0;
}

static int set_filter(struct fake *fake, struct fake_pmu_fd *vm, const void *arg)
{
	const struct {
		uint16_t base, count;
		uint8_t action, pad[3];
	} *filter = arg;

	if ((unsigned int)filter->base + filter->count > fake->pmu.events || filter->action > 1)
		return -EINVAL;
	if (vm->ran || (vm->fixed && fake->pmu.kernel == FAKE_PMU_POSTED_8))
		return -EBUSY;
	if (!vm->type && !vm->fixed)
		return -ENXIO;
	if (!vm->filter) {
		if (fake->pmu.filter_count == FAKE_PMU_VMS)
			return -ENOMEM;
		vm->filter = fake->pmu.filters[fake->pmu.filter_count++];
		memset(vm->filter, filter->action, FAKE_PMU_EVENTS);
	}
	memset(vm->filter + filter->base, !filter->action, filter->count);
	return 0;
}

static int set_pmu(const struct fake *fake, struct fake_pmu_fd *vm, const int *type)
{
	if (*type <= 0 || (*type != fake->pmu.types[0] && *type != fake->pmu.types[1]))
		return -ENXIO;
	if (vm->ran || (vm->filter && vm->type != *type))
		return -EBUSY;
	if (vm->fixed && fake->pmu.kernel != FAKE_PMU_POSTED_3)
		return -EBUSY;
	vm->fixed = false;
	vm->selected = true;
	vm->type = *type;
	vm->counters = fake->pmu.counters;
	return 0;
}

static int set_nr_counters(const struct fake *fake, struct fake_pmu_fd *vm,
			   const unsigned int *count)
{
	if (fake->pmu.kernel == FAKE_PMU_OURS && vm->ran)
		return -EBUSY;
	if ((!vm->type && !vm->fixed) || *count > (vm->fixed ? 0 : fake->pmu.counters))
		return -EINVAL;
	vm->counters = *count;
	return 0;
}

static int set_fixed(const struct fake *fake, struct fake_pmu_fd *vm)
{
	const bool exclusive = fake->pmu.kernel != FAKE_PMU_POSTED_3;

	if (vm->ran)
		return -EBUSY;
	if (vm->fixed)
		return 0;
	if (vm->filter || (exclusive && vm->selected))
		return -EBUSY;
	if (fake->pmu.uncovered && fake->pmu.kernel == FAKE_PMU_OURS)
		return -ENODEV;
	vm->fixed = true;
	vm->selected = false;
	vm->counters = 0;
	return 0;
}

/* Whether this kernel has the attribute at all. */
static bool has_attr(const struct fake *fake, uint64_t attr)
{
	if (attr >= ATTRS || fake->pmu.missing & 1u << attr)
		return false;
	return attr != FIXED_COUNTERS_ONLY || fake->pmu.kernel > FAKE_PMU_LINUX;
}

/* kvm_arm_pmu_v3_set_attr() */
static int set_attr(struct fake *fake, int fd, const struct kvm_device_attr *attr)
{
	const void *arg = (const void *)(uintptr_t)attr->addr;
	struct fake_pmu_fd *vm = fake_pmu_vm(fake, fd);

	fake->pmu.sets++;
	if (!vm->has_pmu)
		return -ENODEV;
	if (fake_pmu_vcpu(fake, fd)->initialised)
		return -EBUSY;
	if (!has_attr(fake, attr->attr))
		return -ENXIO;
	if (!arg && attr->attr != INIT && attr->attr != FIXED_COUNTERS_ONLY)
		return -EFAULT;
	switch (attr->attr) {
	case IRQ:
		return set_irq(fake, fd, arg);
	case INIT:
		return init_pmu(fake, fd);
	case FILTER:
		return set_filter(fake, vm, arg);
	case SET_PMU:
		return set_pmu(fake, vm, arg);
	case SET_NR_COUNTERS:
		return set_nr_counters(fake, vm, arg);
	default:
		return set_fixed(fake, vm);
	}
}

/* The third posted version has the only getter, without data. */
static int get_attr(struct fake *fake, int fd, const struct kvm_device_attr *attr)
{
	return attr->attr == FIXED_COUNTERS_ONLY && fake->pmu.kernel == FAKE_PMU_POSTED_3 &&
			       fake_pmu_vm(fake, fd)->fixed ?
		       0 :
		       -ENXIO;
}

static int device_attr(struct fake *fake, int fd, unsigned long request,
		       const struct kvm_device_attr *attr)
{
	if (attr->group)
		return -ENXIO;
	if (fake->pmu.attr_error && attr->attr == fake->pmu.attr) {
		if (!fake->pmu.attr_skips)
			return fake->pmu.attr_error;
		fake->pmu.attr_skips--;
	}
	if (request == KVM_SET_DEVICE_ATTR)
		return set_attr(fake, fd, attr);
	if (request == KVM_GET_DEVICE_ATTR)
		return get_attr(fake, fd, attr);
	return fake_pmu_vm(fake, fd)->has_pmu && has_attr(fake, attr->attr) ? 0 : -ENXIO;
}

static int get_reg(struct fake *fake, int fd, const struct kvm_one_reg *reg)
{
	if (fake->pmu.get_reg_error)
		return fake->pmu.get_reg_error;
	if (reg->id != REG_PMCR)
		return -ENOENT;
	*(uint64_t *)(uintptr_t)reg->addr = 0x41003040 | fake_pmu_vm(fake, fd)->counters << 11;
	return 0;
}

int fake_pmu_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	if (!fake->pmu.kernel)
		return FAKE_PASS;
	if (request == PREFERRED_TARGET && fake_fd(fake, fd)->kind == FAKE_VM) {
		memcpy((void *)arg, (const uint32_t[8]){ 5 }, 32);
		return fake->pmu.target_error;
	}
	if (!fake_pmu_vcpu(fake, fd))
		return FAKE_PASS;
	switch (request) {
	case VCPU_INIT:
		return init_vcpu(fake, fd, (const uint32_t *)arg);
	case KVM_RUN:
		return run(fake, fd);
	case KVM_GET_ONE_REG:
		return get_reg(fake, fd, (const struct kvm_one_reg *)arg);
	case KVM_SET_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return device_attr(fake, fd, request, (const struct kvm_device_attr *)arg);
	default:
		return FAKE_PASS;
	}
}
