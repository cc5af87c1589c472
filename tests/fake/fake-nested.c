// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake-nested.h"

#include <errno.h>
#include <string.h>

#include <linux/kvm.h>

static const uint32_t usual_msrs[] = { 0x10, 0xc0000082, 0x6e0, 0x3a, 0x480, 0xc0000102, 0x345 };

struct fake_vcpu *fake_vcpu(struct fake *fake, int fd)
{
	struct fake_nested_host *host = fake->hook_data;

	for (size_t i = 0; i < FAKE_VCPUS; i++) {
		struct fake_vcpu *vcpu = &host->vcpus[i];

		if (vcpu->fd == fd)
			return vcpu;
		if (vcpu->fd)
			continue;
		vcpu->fd = fd;
		vcpu->nested[KF_NESTED_FORMAT] = !host->vmx;
		vcpu->nested[KF_NESTED_SIZE] = KF_NESTED_HEADER_BYTES;
		vcpu->nested[KF_NESTED_FLAGS + 1] = host->vmx ? 0 : KF_NESTED_GIF_SET >> 8;
		if (host->vmx)
			memset(vcpu->nested + 8, 0xff, 16); /* no VMXON region, no VMCS */
		for (size_t j = 0; j < host->msr_count; j++)
			vcpu->msrs[j].index = host->msrs[j];
		return vcpu;
	}
	return NULL;
}

struct fake_msr *fake_vcpu_msr(struct fake_vcpu *vcpu, uint32_t index)
{
	for (size_t i = 0; i < FAKE_MSRS; i++)
		if (vcpu->msrs[i].index == index)
			return &vcpu->msrs[i];
	return NULL;
}

static bool in_guest_mode(const struct fake_vcpu *vcpu)
{
	return vcpu->nested[KF_NESTED_FLAGS] & KF_NESTED_GUEST_MODE;
}

static void leave(const struct fake_nested_host *host, struct fake_vcpu *vcpu)
{
	if (!in_guest_mode(vcpu))
		return;
	memset(vcpu->nested, 0, sizeof(vcpu->nested));
	vcpu->nested[KF_NESTED_FORMAT] = !host->vmx;
	vcpu->nested[KF_NESTED_SIZE] = KF_NESTED_HEADER_BYTES;
	/* The VMCB of L1 becomes current: what was set went to L2's. */
	memset(vcpu->sregs, 0, sizeof(vcpu->sregs));
}

/* KVM_SET_REGS, __set_regs(): drops a pending exception. */
static int set_regs(struct fake_nested_host *host, struct fake_vcpu *vcpu)
{
	(void)host;
	vcpu->events[FAKE_EVENTS_PENDING] = 0;
	return 0;
}

/* KVM_GET_MP_STATE, kvm_apic_accept_events(): takes a pending INIT. */
static int get_mp_state(struct fake_nested_host *host, struct fake_vcpu *vcpu)
{
	if (host->has_lapic && vcpu->events[FAKE_EVENTS_LATCHED_INIT]) {
		vcpu->events[FAKE_EVENTS_LATCHED_INIT] = 0;
		vcpu->mp_state = KVM_MP_STATE_INIT_RECEIVED;
	}
	return 0;
}

static int set_sregs(struct fake_nested_host *host, struct fake_vcpu *vcpu)
{
	uint64_t efer;

	memcpy(&efer, vcpu->sregs + FAKE_SREGS_EFER, sizeof(efer));
	if (!host->vmx && !(efer & FAKE_EFER_SVME))
		leave(host, vcpu);
	return 0;
}

static int lapic(struct fake_nested_host *host, struct fake_vcpu *vcpu)
{
	(void)vcpu;
	return host->has_lapic ? 0 : -EINVAL;
}

/* The ioctls that copy a struct of the vCPU. */
static const struct copy {
	unsigned long get;
	unsigned long set;
	size_t offset; /* in struct fake_vcpu */
	int (*at_get)(struct fake_nested_host *host, struct fake_vcpu *vcpu); /* before */
	int (*at_set)(struct fake_nested_host *host, struct fake_vcpu *vcpu); /* after */
} copies[] = {
#define COPY(name, member) KF_X86_GET_##name, KF_X86_SET_##name, offsetof(struct fake_vcpu, member)
	{ COPY(REGS, regs), .at_set = set_regs },
	{ COPY(SREGS, sregs), .at_set = set_sregs },
	{ COPY(SREGS2, sregs), .at_set = set_sregs },
	{ COPY(EVENTS, events) },
	{ COPY(MP_STATE, mp_state), .at_get = get_mp_state },
	{ COPY(DEBUGREGS, debugregs) },
	{ COPY(XCRS, xcrs) },
	{ COPY(XSAVE, xsave) },
	{ KF_X86_GET_XSAVE2, 0, offsetof(struct fake_vcpu, xsave) },
	{ COPY(LAPIC, lapic), .at_get = lapic, .at_set = lapic },
#undef COPY
};

static size_t copy_bytes(const struct fake_nested_host *host, unsigned long request)
{
	const bool is_xsave = request == KF_X86_GET_XSAVE2 || request == KF_X86_SET_XSAVE;

	return is_xsave ? host->xsave_bytes : _IOC_SIZE(request);
}

static int copy(struct fake_nested_host *host, struct fake_vcpu *vcpu, unsigned long request,
		void *arg)
{
	for (size_t i = 0; i < KF_ARRAY_SIZE(copies); i++) {
		const struct copy *copy = &copies[i];
		uint8_t *at = (uint8_t *)vcpu + copy->offset;
		int err = 0;

		if (request == copy->get) {
			err = copy->at_get ? copy->at_get(host, vcpu) : 0;
			if (!err)
				memcpy(arg, at, copy_bytes(host, request));
			return err;
		}
		if (request == copy->set) {
			/* A change of the SMM bit leaves nested mode. */
			if (request == KF_X86_SET_EVENTS &&
			    at[FAKE_EVENTS_SMM] != ((uint8_t *)arg)[FAKE_EVENTS_SMM])
				leave(host, vcpu);
			memcpy(at, arg, copy_bytes(host, request));
			return copy->at_set ? copy->at_set(host, vcpu) : 0;
		}
	}
	return -EINVAL;
}

/* IA32_TSC_DEADLINE is dropped while the timer is not in that mode. */
static void set_msr(struct fake_vcpu *vcpu, struct fake_msr *msr, uint64_t value)
{
	uint32_t lvtt;

	memcpy(&lvtt, vcpu->lapic + FAKE_LAPIC_LVTT, sizeof(lvtt));
	if (msr->index != 0x6e0 || lvtt & FAKE_LAPIC_DEADLINE)
		msr->value = value;
	/* kvm_pmu_refresh(): the counters start anew. */
	if (msr->index == 0x345 && fake_vcpu_msr(vcpu, 0xc1))
		fake_vcpu_msr(vcpu, 0xc1)->value = 0;
}

static int msrs(struct fake_vcpu *vcpu, unsigned long request, struct kf_x86_msrs *list)
{
	uint32_t done;

	if (list->count >= 256)
		return -E2BIG;
	for (done = 0; done < list->count; done++) {
		struct fake_msr *msr = fake_vcpu_msr(vcpu, list->entries[done].index);

		if (!msr || msr->missing || (request == KF_X86_SET_MSRS && msr->read_only))
			break;
		if (request == KF_X86_SET_MSRS)
			set_msr(vcpu, msr, list->entries[done].data);
		else
			list->entries[done].data = msr->value;
	}
	return (int)done;
}

static int get_nested(struct fake_nested_host *host, struct fake_vcpu *vcpu, uint8_t *blob)
{
	const uint64_t room = kf_le(blob + KF_NESTED_SIZE, 4);
	const uint64_t bytes = kf_le(vcpu->nested + KF_NESTED_SIZE, 4);

	/* svm_get_nested_state() writes all before it finds the room too small. */
	if (room >= bytes || (!host->vmx && room >= KF_NESTED_HEADER_BYTES))
		memcpy(blob, vcpu->nested, (size_t)bytes);
	return room < bytes ? -E2BIG : 0;
}

static int set_nested(struct fake_nested_host *host, struct fake_vcpu *vcpu, const uint8_t *blob)
{
	const uint64_t bytes = kf_le(blob + KF_NESTED_SIZE, 4);
	const uint64_t flags = kf_le(blob + KF_NESTED_FLAGS, 2);
	uint64_t efer;

	memcpy(&efer, vcpu->sregs + FAKE_SREGS_EFER, sizeof(efer));
	if (kf_le(blob + KF_NESTED_FORMAT, 2) != !host->vmx || bytes < KF_NESTED_HEADER_BYTES ||
	    bytes > sizeof(vcpu->nested))
		return -EINVAL;
	if (!host->vmx && !(efer & FAKE_EFER_SVME) && flags && flags != KF_NESTED_GIF_SET)
		return -EINVAL;
	if (flags & KF_NESTED_GUEST_MODE && vcpu->events[FAKE_EVENTS_SMM])
		return -EINVAL;
	/* Control: ASID 0 */
	if (!host->vmx && flags & KF_NESTED_GUEST_MODE &&
	    (bytes < KF_SVM_BYTES || !kf_le(blob + KF_SVM_CONTROL + 0x58, 4)))
		return -EINVAL;
	if (!(flags & KF_NESTED_GUEST_MODE))
		leave(host, vcpu);
	memset(vcpu->nested, 0, sizeof(vcpu->nested));
	memcpy(vcpu->nested, blob,
	       flags & KF_NESTED_GUEST_MODE ? (size_t)bytes : KF_NESTED_HEADER_BYTES);
	if (!(flags & KF_NESTED_GUEST_MODE))
		vcpu->nested[KF_NESTED_SIZE] = KF_NESTED_HEADER_BYTES;
	else if (host->stale_shadow)
		vcpu->events[FAKE_EVENTS_SHADOW] = 0;
	return 0;
}

static int run(struct fake_vcpu *vcpu, uintptr_t arg)
{
	const uint32_t reason = KVM_EXIT_MMIO;

	if (arg)
		return -EINVAL;
	if (vcpu->pending_io) {
		vcpu->pending_io--;
		memcpy(vcpu->run + KF_X86_EXIT_REASON, &reason, sizeof(reason));
		return 0;
	}
	if (vcpu->pending_read)
		memset(vcpu->regs, 0xee, 8);
	vcpu->pending_read = false;
	vcpu->io_done = true;
	if (vcpu->run[KF_X86_IMMEDIATE_EXIT])
		return -EINTR;
	vcpu->ran = true;
	return 0;
}

static int vcpu_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	struct fake_nested_host *host = fake->hook_data;
	struct fake_vcpu *vcpu = fake_vcpu(fake, fd);

	if (host->call_count < FAKE_CALLS)
		host->calls[host->call_count++] = (struct fake_call){ fd, request };
	if (host->refused == request && host->error)
		return host->error;
	switch (request) {
	case FAKE_SET_CPUID:
		return 0;
	case KVM_RUN:
		return run(vcpu, arg);
	case KF_X86_GET_MSRS:
	case KF_X86_SET_MSRS:
		return msrs(vcpu, request, (struct kf_x86_msrs *)arg);
	case KF_X86_GET_NESTED:
		return fake->vm_caps[KVM_CAP_NESTED_STATE] ? get_nested(host, vcpu, (void *)arg) :
							     -EINVAL;
	case KF_X86_SET_NESTED:
		return fake->vm_caps[KVM_CAP_NESTED_STATE] ? set_nested(host, vcpu, (void *)arg) :
							     -EINVAL;
	default:
		return copy(host, vcpu, request, (void *)arg);
	}
}

static int list_msrs(const struct fake_nested_host *host, uint32_t *list)
{
	const uint32_t room = list[0];

	list[0] = (uint32_t)host->msr_count;
	if (room < host->msr_count)
		return -E2BIG;
	memcpy(list + 1, host->msrs, host->msr_count * sizeof(list[0]));
	return 0;
}

static int list_cpuid(const struct fake_nested_host *host, uint32_t *list)
{
	if (list[0] < host->cpuid_count)
		return -E2BIG;
	list[0] = host->cpuid_count;
	memcpy(list + 2, host->cpuid, host->cpuid_count * sizeof(host->cpuid[0]));
	return 0;
}

static int enable_cap(struct fake_nested_host *host, const struct kvm_enable_cap *enable)
{
	if (enable->cap == KVM_CAP_SPLIT_IRQCHIP)
		host->has_lapic = true;
	return enable->cap == KVM_CAP_SPLIT_IRQCHIP || enable->cap == KVM_CAP_EXCEPTION_PAYLOAD ?
		       0 :
		       -EINVAL;
}

static int nested_ioctl(struct fake *fake, int fd, unsigned long request, uintptr_t arg)
{
	struct fake_nested_host *host = fake->hook_data;
	const struct fake_fd *entry = fake_fd(fake, fd);

	if (!entry)
		return FAKE_PASS;
	if (entry->kind == FAKE_VCPU)
		return vcpu_ioctl(fake, fd, request, arg);
	if (entry->kind == FAKE_VM && request == KVM_ENABLE_CAP)
		return enable_cap(host, (const struct kvm_enable_cap *)arg);
	if (entry->kind != FAKE_KVM)
		return FAKE_PASS;
	if (host->refused == request && host->error)
		return host->error;
	switch (request) {
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : FAKE_RUN_BYTES;
	case KF_X86_GET_MSR_LIST:
		return list_msrs(host, (uint32_t *)arg);
	case KF_X86_GET_CPUID:
		return list_cpuid(host, (uint32_t *)arg);
	default:
		return FAKE_PASS;
	}
}

static int nested_mmap(struct fake *fake, int fd, uint64_t offset, size_t size, void **ret_area)
{
	struct fake_nested_host *host = fake->hook_data;

	if (fake_fd(fake, fd)->kind != FAKE_VCPU || offset || size > FAKE_RUN_BYTES)
		return -EINVAL;
	if (host->call_count < FAKE_CALLS)
		host->calls[host->call_count++] = (struct fake_call){ fd, 0 };
	host->mapped += size;
	*ret_area = fake_vcpu(fake, fd)->run;
	return 0;
}

static int nested_munmap(struct fake *fake, void *area, size_t size)
{
	struct fake_nested_host *host = fake->hook_data;

	(void)area;
	if (size > host->mapped)
		return -EINVAL;
	host->mapped -= size;
	return 0;
}

void fake_nested_state(uint8_t *blob)
{
	static const struct {
		uint16_t offset;
		uint8_t byte;
	} bytes[] = {
		{ KF_NESTED_FLAGS, KF_NESTED_GUEST_MODE },
		{ KF_NESTED_FLAGS + 1, KF_NESTED_GIF_SET >> 8 },
		{ KF_NESTED_FORMAT, KVMFEAT_NESTED_SVM },
		{ KF_NESTED_SIZE, KF_SVM_BYTES & 0xff },
		{ KF_NESTED_SIZE + 1, KF_SVM_BYTES >> 8 },
		{ KF_SVM_VMCB_PA + 1, 0x10 },
		{ KF_SVM_CONTROL + 0x10, 0x01 }, /* VMRUN is intercepted */
		{ KF_SVM_CONTROL + 0x58, 0x01 }, /* ASID */
		{ KF_SVM_SAVE + 0xd1, 0x10 }, /* EFER.SVME */
		{ KF_SVM_SAVE + 0x158, 0x01 }, /* CR0.PE */
		{ KF_SVM_SAVE + 0x15b, 0x80 }, /* CR0.PG */
	};

	memset(blob, 0, KF_SVM_BYTES);
	for (size_t i = 0; i < KF_ARRAY_SIZE(bytes); i++)
		blob[bytes[i].offset] = bytes[i].byte;
}

void fake_nested(struct fake *fake, struct fake_nested_host *host)
{
	memset(host, 0, sizeof(*host));
	host->xsave_bytes = KF_X86_XSAVE_BYTES;
	host->msr_count = KF_ARRAY_SIZE(usual_msrs);
	memcpy(host->msrs, usual_msrs, sizeof(usual_msrs));
	host->cpuid[0] = (struct kvmfeat_cpuid_entry){ .eax = 1, .ebx = 0x68747541 };
	host->cpuid[1] = (struct kvmfeat_cpuid_entry){ .function = 7, .flags = 1, .ebx = 0x9 };
	host->cpuid_count = 2;
	fake->ioctl_hook = nested_ioctl;
	fake->mmap_hook = nested_mmap;
	fake->munmap_hook = nested_munmap;
	fake->hook_data = host;
	fake_cap(fake, KVM_CAP_IMMEDIATE_EXIT, 1);
	fake_cap(fake, KVM_CAP_SREGS2, 1);
	fake_cap(fake, KF_X86_CAP_XCRS, 1);
	fake_cap(fake, KVM_CAP_XSAVE2, KF_X86_XSAVE_BYTES);
	fake_cap(fake, KVM_CAP_NESTED_STATE, KF_SVM_BYTES);
}
