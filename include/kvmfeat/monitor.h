/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of KVM, TSMs, PCI devices and KVM's modules, as the kernel tells them over netlink.
 * When some were lost, the present state is read and told in their place.
 */
#ifndef KVMFEAT_MONITOR_H
#define KVMFEAT_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_monitor;

/** KVMFEAT_MONITOR_TSM - TSMs that come, change and go */
#define KVMFEAT_MONITOR_TSM 0x1u
/** KVMFEAT_MONITOR_PCI - PCI devices that come and go, and are locked, accepted and unlocked */
#define KVMFEAT_MONITOR_PCI 0x2u
/** KVMFEAT_MONITOR_KVM - VMs that are created and destroyed, and /dev/kvm itself */
#define KVMFEAT_MONITOR_KVM 0x4u
/** KVMFEAT_MONITOR_MODULE - modules of KVM that are loaded and unloaded */
#define KVMFEAT_MONITOR_MODULE 0x8u

/** KVMFEAT_MONITOR_STATE - begin with the present state, as after a loss */
#define KVMFEAT_MONITOR_STATE 0x1u

/**
 * struct kvmfeat_monitor_opts - What to watch
 * @size: sizeof(struct kvmfeat_monitor_opts)
 * @sources: KVMFEAT_MONITOR_TSM and others; 0: all
 * @flags: KVMFEAT_MONITOR_STATE or 0
 * @receive_bytes: how much may wait to be received, in the kernel's counting, which has some
 * 1,000 bytes for an event; 0: 8 MiB. Without CAP_NET_ADMIN the kernel gives no more than
 * twice net.core.rmem_max; kvmfeat_monitor_get_stats() tells what it gave.
 */
struct kvmfeat_monitor_opts {
	size_t size;
	unsigned int sources;
	unsigned int flags;
	size_t receive_bytes;
};

/**
 * enum kvmfeat_monitor_kind - What an entry tells
 * @KVMFEAT_MONITOR_EVENT: the kernel told that something happened
 * @KVMFEAT_MONITOR_LOST: events were lost; the present state follows. Events that came before
 * the loss may still stand in between
 * @KVMFEAT_MONITOR_PRESENT: this is there now
 * @KVMFEAT_MONITOR_COMPLETE: what was not told to be there since the loss, is not there
 */
enum kvmfeat_monitor_kind {
	KVMFEAT_MONITOR_EVENT = 0,
	KVMFEAT_MONITOR_LOST,
	KVMFEAT_MONITOR_PRESENT,
	KVMFEAT_MONITOR_COMPLETE,
};

/**
 * struct kvmfeat_monitor_pair - One word of an event, as the kernel sent it
 * @key: "DEVPATH"
 * @value: "/devices/virtual/misc/kvm"
 */
struct kvmfeat_monitor_pair {
	const char *key;
	const char *value;
};

/**
 * struct kvmfeat_monitor_event - One entry
 * @kind: what it tells
 * @source: which of KVMFEAT_MONITOR_TSM and others it belongs to; 0 for LOST and COMPLETE
 * @action: "add", "remove", "change", "bind" and others; of an EVENT only
 * @devpath: where it is below /sys
 * @subsystem: as the kernel calls it: "tsm", "pci", "misc" (of /dev/kvm) or "module"
 * @name: last part of @devpath: "tsm0", "0000:01:00.0", "kvm", "kvm_amd"
 * @seqnum: the kernel's number of the event; 0: none. Between two of this monitor there may be
 * numbers of events that it does not watch
 * @tsm: TSM of a PCI device that was or is locked: "tsm0"
 * @tsm_state: "locked", "accepted" or "unlocked" of a PCI device, where the kernel tells
 * @vm_action: "create" or "destroy", of a VM
 * @vm_pid: process that created the VM; -1: not told
 * @vm_stats_path: its directory in debugfs, where that is mounted
 * @vms_created: VMs created since KVM was loaded; -1: not told
 * @vms_running: VMs that are there now; -1: not told
 * @reason: of LOST: why. Of COMPLETE: what could not be seen, so that it may be there all the
 * same; else NULL
 * @pairs: all words of an EVENT, in the kernel's order
 * @pair_count: length of @pairs
 *
 * Strings that do not apply are NULL. An event whose numbers are no numbers has them as not
 * told; the words are in @pairs.
 */
struct kvmfeat_monitor_event {
	enum kvmfeat_monitor_kind kind;
	unsigned int source;
	const char *action;
	const char *devpath;
	const char *subsystem;
	const char *name;
	uint64_t seqnum;
	const char *tsm;
	const char *tsm_state;
	const char *vm_action;
	int64_t vm_pid;
	const char *vm_stats_path;
	int64_t vms_created;
	int64_t vms_running;
	const char *reason;
	const struct kvmfeat_monitor_pair *pairs;
	size_t pair_count;
};

/**
 * struct kvmfeat_monitor_stats - What a monitor has seen
 * @size: sizeof(struct kvmfeat_monitor_stats), set by the caller; what this library does not
 * know is filled with zeroes
 * @received: messages from the kernel, those that are not watched among them
 * @ignored: messages that were not the kernel's
 * @malformed: messages of the kernel's that could not be decoded
 * @lost: how often the kernel or this library had no room for what came
 * @receive_bytes: what may wait to be received, in the kernel's counting
 */
struct kvmfeat_monitor_stats {
	size_t size;
	uint64_t received;
	uint64_t ignored;
	uint64_t malformed;
	uint64_t lost;
	uint64_t receive_bytes;
};

/**
 * kvmfeat_monitor_open() - Begin to watch
 * @ctx: context; free it after the monitor
 * @opts: what to watch; NULL: everything
 * @ret_monitor: receives the monitor; free it with kvmfeat_monitor_free()
 *
 * From now on events wait for kvmfeat_monitor_next(). No privilege is needed, but a process in a
 * user namespace of its own, as in many containers, is told nothing: the kernel sends to network
 * namespaces of the initial user namespace only.
 *
 * Return: 0, or -EINVAL (unknown bits in @opts, or the context has the root of another host),
 * -E2BIG (@opts is newer than this library), -ENOSYS (this build of the library has no
 * monitor), -EPROTONOSUPPORT (this kernel has no uevents over netlink), -EACCES or -EPERM (a
 * sandbox), -EMFILE, -ENFILE, -ENOMEM; other errors of the kernel pass through.
 * Since: 1.0
 */
int kvmfeat_monitor_open(struct kvmfeat_ctx *ctx, const struct kvmfeat_monitor_opts *opts,
			 struct kvmfeat_monitor **ret_monitor);

/**
 * kvmfeat_monitor_fd() - What to wait on
 * @monitor: monitor
 *
 * The descriptor becomes readable when something waits; it belongs to the monitor. Call
 * kvmfeat_monitor_next() until it says -EAGAIN before each wait: the present state is told
 * without the descriptor being readable.
 *
 * Return: a descriptor for poll(2).
 * Since: 1.0
 */
int kvmfeat_monitor_fd(const struct kvmfeat_monitor *monitor);

/**
 * kvmfeat_monitor_next() - Take what is next, without waiting
 * @monitor: monitor, used by one thread at a time
 * @ret_event: receives the entry, valid until the next call on @monitor
 *
 * Only messages of the kernel count. A call looks at 1,024 messages at most, so that a flood of
 * others cannot hold it; then it says -EAGAIN while the descriptor stays readable. It does not
 * allocate.
 *
 * A loss is not an error: it is told as KVMFEAT_MONITOR_LOST, then follow the events that waited,
 * a KVMFEAT_MONITOR_PRESENT for each TSM, each PCI device that knows TSMs, /dev/kvm and each module
 * of KVM that is there, and KVMFEAT_MONITOR_COMPLETE.
 *
 * Return: 0, or -EAGAIN (nothing is there now); other errors of recvmsg(2) pass through.
 * Since: 1.0
 */
int kvmfeat_monitor_next(struct kvmfeat_monitor *monitor,
			 const struct kvmfeat_monitor_event **ret_event);

/**
 * kvmfeat_monitor_value() - A word of an event by its key
 * @event: entry
 * @key: key, "DRIVER" for example
 *
 * Return: the value, valid as long as the entry; NULL: there is no such word. When the kernel sent
 * the key twice it is the first.
 * Since: 1.0
 */
const char *kvmfeat_monitor_value(const struct kvmfeat_monitor_event *event, const char *key);

/**
 * kvmfeat_monitor_get_stats() - What a monitor has seen so far
 * @monitor: monitor
 * @ret_stats: receives the counts; the caller sets its size before
 *
 * Return: 0, or -EINVAL (the size of @ret_stats).
 * Since: 1.0
 */
int kvmfeat_monitor_get_stats(struct kvmfeat_monitor *monitor,
			      struct kvmfeat_monitor_stats *ret_stats);

/**
 * kvmfeat_monitor_free() - Stop watching
 * @monitor: monitor, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_monitor_free(struct kvmfeat_monitor *monitor);

/**
 * kvmfeat_monitor_kind_name() - The name of a kind
 * @kind: kind
 *
 * Return: "event", "lost", "present" or "complete".
 * Since: 1.0
 */
const char *kvmfeat_monitor_kind_name(enum kvmfeat_monitor_kind kind);

/**
 * kvmfeat_monitor_source_name() - The name of a source
 * @source: one of KVMFEAT_MONITOR_TSM and others
 *
 * Return: "tsm", "pci", "kvm" or "module"; NULL: there is no such source. The sources are
 * the powers of two from 1 to the last that has a name.
 * Since: 1.0
 */
const char *kvmfeat_monitor_source_name(unsigned int source);

#ifdef __cplusplus
}
#endif

#endif
