/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HDBSS, hardware dirty-state tracking of Arm CPUs (FEAT_HDBSS): which kernel interface offers
 * it, what a VM does with it, and the switch. The dirty pages are read as ever, with
 * KVM_GET_DIRTY_LOG.
 */
#ifndef KVMFEAT_HDBSS_H
#define KVMFEAT_HDBSS_H

#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>
#include <kvmfeat/probe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_vm;

/** KVMFEAT_HDBSS_ORDER_MAX - the largest order that the architecture has: 2 MiB a buffer */
#define KVMFEAT_HDBSS_ORDER_MAX 9u
/** KVMFEAT_HDBSS_ORDER_AUTO_MAX - the largest that kvmfeat_hdbss_choose_order() chooses */
#define KVMFEAT_HDBSS_ORDER_AUTO_MAX 4u

/**
 * enum kvmfeat_hdbss_variant - The kernel interface that offers HDBSS
 * @KVMFEAT_HDBSS_NONE: none is seen; a kernel that uses HDBSS by itself looks like this, too
 * @KVMFEAT_HDBSS_KVMFEAT: KVM_CAP_ARM_HDBSS_KVMFEAT (0x4844), of this project's kernel
 * @KVMFEAT_HDBSS_KVMFEAT_NEWER: the same in a version that this library does not know
 * @KVMFEAT_HDBSS_POSTED: capability 248, of the posted patches' third version
 * @KVMFEAT_HDBSS_OPENEULER: capability 502, of openEuler's kernel
 *
 * The first and second posted versions used 239 and 245, which switch on something else in
 * released kernels: these numbers are never read and never written.
 */
enum kvmfeat_hdbss_variant {
	KVMFEAT_HDBSS_NONE = 0,
	KVMFEAT_HDBSS_KVMFEAT,
	KVMFEAT_HDBSS_KVMFEAT_NEWER,
	KVMFEAT_HDBSS_POSTED,
	KVMFEAT_HDBSS_OPENEULER,
};

/**
 * enum kvmfeat_hdbss_el2 - How KVM runs at EL2, as far as it can be seen
 * @KVMFEAT_HDBSS_EL2_UNKNOWN: nothing tells
 * @KVMFEAT_HDBSS_EL2_VHE: the whole kernel runs there (VHE), as HDBSS needs
 * @KVMFEAT_HDBSS_EL2_NVHE: only KVM's core does, as the kernel command line demands
 * @KVMFEAT_HDBSS_EL2_PROTECTED: the same, with protected VMs (pKVM)
 */
enum kvmfeat_hdbss_el2 {
	KVMFEAT_HDBSS_EL2_UNKNOWN = 0,
	KVMFEAT_HDBSS_EL2_VHE,
	KVMFEAT_HDBSS_EL2_NVHE,
	KVMFEAT_HDBSS_EL2_PROTECTED,
};

/**
 * enum kvmfeat_hdbss_enabled - Whether a VM uses HDBSS
 * @KVMFEAT_HDBSS_UNKNOWN: the kernel does not tell
 * @KVMFEAT_HDBSS_OFF: no: dirty pages cost a write fault each
 * @KVMFEAT_HDBSS_ON: yes
 */
enum kvmfeat_hdbss_enabled {
	KVMFEAT_HDBSS_UNKNOWN = 0,
	KVMFEAT_HDBSS_OFF,
	KVMFEAT_HDBSS_ON,
};

/**
 * struct kvmfeat_hdbss_host - What a host offers
 * @size: sizeof(struct kvmfeat_hdbss_host), set by the caller; what this library does not know
 * is filled with zeroes
 * @state: KVMFEAT_STATE_AVAILABLE: a VM can be switched; KVMFEAT_STATE_ABSENT: this host is no
 * arm64; else KVMFEAT_STATE_UNKNOWN, as a kernel that uses HDBSS by itself shows nothing
 * @why: class of @reason
 * @variant: the interface that offers it
 * @capability: its capability number; 0: none
 * @answer: what /dev/kvm answers for @capability
 * @min_order: smallest order that can be asked for; -1: none
 * @max_order: largest order that can be asked for; -1: none
 * @el2: how KVM runs at EL2
 * @midr: MIDR_EL1 of CPU 0, which names its maker and type; 0: not known
 * @arch: architecture of the host, as in &struct kvmfeat_host
 * @how: how @variant was told apart, one clause; a constant
 * @evidence: what was asked and answered; empty when nothing was
 * @reason: why @state is not available, one clause; empty when it is
 * @remedy: what would help; empty when nothing is known
 */
struct kvmfeat_hdbss_host {
	size_t size;
	enum kvmfeat_state state;
	enum kvmfeat_why why;
	enum kvmfeat_hdbss_variant variant;
	unsigned int capability;
	uint32_t answer;
	int min_order;
	int max_order;
	enum kvmfeat_hdbss_el2 el2;
	uint64_t midr;
	char arch[16];
	const char *how;
	char evidence[128];
	char reason[512];
	char remedy[256];
};

/**
 * struct kvmfeat_hdbss_state - What a VM does
 * @size: sizeof(struct kvmfeat_hdbss_state), set by the caller; what this library does not know
 * is filled with zeroes
 * @variant: the interface by which the VM is switched
 * @capability: its capability number; 0: none
 * @min_order: smallest order that this VM can be asked for; -1: none
 * @max_order: largest order that this VM can be asked for; -1: none
 * @enabled: whether the VM uses HDBSS
 * @order: size of each vCPU's buffer, 4 KiB << @order; -1: it is not on, or not known
 * @entries_drained: pages and blocks that the CPUs told since the VM was made; -1: not known
 * @buffers_full: times that a buffer was full; -1: not known
 * @drains: times that a buffer was read; -1: not known
 * @errors: errors of a buffer (an abort of its write), after the first of which the kernel goes
 * back to write faults; -1: not known
 * @why: class of @reason
 * @reason: what has to be known: why @enabled or @order is not known, that an error has switched
 * it off, which vCPUs have no buffer; empty when there is nothing
 *
 * The counters are those of KVM's binary statistics (KVM_GET_STATS_FD); only this project's
 * kernel has them.
 */
struct kvmfeat_hdbss_state {
	size_t size;
	enum kvmfeat_hdbss_variant variant;
	unsigned int capability;
	int min_order;
	int max_order;
	enum kvmfeat_hdbss_enabled enabled;
	int order;
	int64_t entries_drained;
	int64_t buffers_full;
	int64_t drains;
	int64_t errors;
	enum kvmfeat_why why;
	char reason[512];
};

/**
 * kvmfeat_hdbss_get_host() - Whether this host offers HDBSS, and through which interface
 * @ctx: context
 * @ret_host: its size is set; receives the rest
 *
 * Asks /dev/kvm on arm64 and on no other architecture. The kernel command line, which explains
 * an answer and never decides it, and MIDR_EL1 are read where they can be.
 *
 * Return: 0, or -EINVAL (size of @ret_host), or an error of kvmfeat_ctx_get_kvm_fd() or
 * KVM_CHECK_EXTENSION.
 * Since: 1.0
 */
int kvmfeat_hdbss_get_host(struct kvmfeat_ctx *ctx, struct kvmfeat_hdbss_host *ret_host);

/**
 * kvmfeat_hdbss_get_state() - Whether a VM uses HDBSS, and what it has counted
 * @vm: VM; its vCPUs may be running
 * @ret_state: its size is set; receives the rest
 *
 * Only this project's kernel shows the switch. Of a posted or openEuler kernel, the state is
 * known when it was switched through this very handle, and unknown otherwise. A VM without
 * HDBSS is no error: its variant is KVMFEAT_HDBSS_NONE, and the reason tells why.
 *
 * Return: 0, or -EINVAL (size of @ret_state), -EBADMSG (the VM's statistics cannot be decoded),
 * or an error of KVM_CHECK_EXTENSION, KVM_GET_STATS_FD (such as -EMFILE) or read(2) of it. A
 * kernel without binary statistics (before 5.14) is no error.
 * Since: 1.0
 */
int kvmfeat_hdbss_get_state(struct kvmfeat_vm *vm, struct kvmfeat_hdbss_state *ret_state);

/**
 * kvmfeat_hdbss_enable() - Let the CPU record dirty pages
 * @vm: VM to change; its vCPUs may be running
 * @order: size of each vCPU's buffer, 4 KiB << @order (0 to 9): 512 << @order entries, each a
 * page or a block. kvmfeat_hdbss_choose_order() has one that fits
 *
 * The CPU then logs each page that the guest dirties in a slot with KVM_MEM_LOG_DIRTY_PAGES,
 * without a write fault, until kvmfeat_hdbss_disable() or the end of the VM. A VM that is on with
 * the same order stays as it is. On error nothing changes.
 *
 * Posted and openEuler kernels give buffers to the vCPUs that exist: call it after the last
 * KVM_CREATE_VCPU there. This project's kernel gives them to later ones, too.
 *
 * Return: 0, or -EINVAL (origin library: @order is out of range; origin kernel: KVM refuses it
 * for this VM, as its dirty ring is in use or, where the kernel does not tell, it is on already),
 * -EBUSY (it is on with another order: disable it first), -EOPNOTSUPP (this VM has no HDBSS that
 * can be switched, or openEuler's kernel has no order 0), -ENOMEM (no memory for the buffers), or
 * another error of KVM_CHECK_EXTENSION or KVM_ENABLE_CAP.
 * Since: 1.0
 */
int kvmfeat_hdbss_enable(struct kvmfeat_vm *vm, unsigned int order);

/**
 * kvmfeat_hdbss_disable() - Go back to write faults
 * @vm: VM to change; its vCPUs may be running
 *
 * What was recorded is in the dirty bitmap afterwards. A VM that is off stays off. On error
 * nothing changes.
 *
 * Return: 0, or -EOPNOTSUPP (this VM has no HDBSS that can be switched), or an error of
 * KVM_CHECK_EXTENSION or KVM_ENABLE_CAP.
 * Since: 1.0
 */
int kvmfeat_hdbss_disable(struct kvmfeat_vm *vm);

/**
 * kvmfeat_hdbss_choose_order() - An order that fits a VM
 * @memory_bytes: memory of the guest
 * @vcpus: number of its vCPUs
 * @ret_order: receives the order, 0 to KVMFEAT_HDBSS_ORDER_AUTO_MAX
 *
 * The smallest order with which a vCPU that writes its share of the memory once, 4 KiB pages all,
 * fills its buffer at most 64 times: 0 up to 128 MiB a vCPU, 1 up to 256 MiB, 2 up to 512 MiB, 3
 * up to 1 GiB, 4 above. Each full buffer costs an exit from the guest, so even the smallest has
 * one for 512 pages where write protection has 512; more entries gain little. But the kernel reads
 * a buffer in one go, and the vCPU waits meanwhile, so a large one costs the guest latency: 8,192
 * entries at order 4, 262,144 at order 9. And it costs memory: @vcpus buffers of 4 KiB << order,
 * which with this choice is at most 4 KiB a vCPU or 1/16384 of the memory.
 *
 * It asks nothing of any kernel; see &struct kvmfeat_hdbss_state.min_order for one that lacks
 * order 0.
 *
 * Return: 0, or -EINVAL (@memory_bytes or @vcpus is 0).
 * Since: 1.0
 */
int kvmfeat_hdbss_choose_order(uint64_t memory_bytes, unsigned int vcpus, unsigned int *ret_order);

/**
 * kvmfeat_hdbss_variant_name() - The name of a variant
 * @variant: variant
 *
 * Return: "kvmfeat", "kvmfeat-newer", "posted-v3", "openeuler" or "none".
 * Since: 1.0
 */
const char *kvmfeat_hdbss_variant_name(enum kvmfeat_hdbss_variant variant);

/**
 * kvmfeat_hdbss_el2_name() - The name of a mode of EL2
 * @el2: mode
 *
 * Return: "vhe", "nvhe", "protected" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_hdbss_el2_name(enum kvmfeat_hdbss_el2 el2);

#ifdef __cplusplus
}
#endif

#endif
