/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TEE security managers (TSM) and the PCI devices that they serve: a host connects a device over
 * an encrypted link, a confidential guest locks it, looks at its report and accepts it. Taking a
 * report apart is tdisp.h; events are monitor.h.
 */
#ifndef KVMFEAT_TSM_H
#define KVMFEAT_TSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmfeat/ctx.h>
#include <kvmfeat/tdisp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvmfeat_tsm_list;
struct kvmfeat_tsm_device;

/** KVMFEAT_TSM_NAME_SIZE - Room for the name of a TSM ("tsm0"), with its final NUL */
#define KVMFEAT_TSM_NAME_SIZE 16u
/** KVMFEAT_TSM_BDF_SIZE - Room for the name of a PCI device ("0000:01:00.0"), with its NUL */
#define KVMFEAT_TSM_BDF_SIZE 24u
/** KVMFEAT_TSM_DRIVER_SIZE - Room for the name of a driver, with its NUL; a longer one is cut */
#define KVMFEAT_TSM_DRIVER_SIZE 64u
/** KVMFEAT_TSM_REASON_SIZE - Room for a reason, with its NUL */
#define KVMFEAT_TSM_REASON_SIZE 256u

/**
 * enum kvmfeat_tsm_mode - What a TSM does for PCI devices
 * @KVMFEAT_TSM_MODE_UNKNOWN: the kernel does not tell
 * @KVMFEAT_TSM_MODE_NONE: nothing
 * @KVMFEAT_TSM_MODE_LINK: that of a host: it connects devices
 * @KVMFEAT_TSM_MODE_DEVSEC: that of a guest: it locks devices
 */
enum kvmfeat_tsm_mode {
	KVMFEAT_TSM_MODE_UNKNOWN = 0,
	KVMFEAT_TSM_MODE_NONE,
	KVMFEAT_TSM_MODE_LINK,
	KVMFEAT_TSM_MODE_DEVSEC,
};

/**
 * enum kvmfeat_tsm_state - How far a device has come
 * @KVMFEAT_TSM_STATE_UNKNOWN: it could not be seen
 * @KVMFEAT_TSM_STATE_IDLE: no TSM has it
 * @KVMFEAT_TSM_STATE_CONNECTED: a host's TSM has a secure session with it
 * @KVMFEAT_TSM_STATE_BOUND: besides, it is given to a VM
 * @KVMFEAT_TSM_STATE_LOCKED: a guest's TSM has locked its configuration; its report can be read
 * @KVMFEAT_TSM_STATE_ACCEPTED: besides, it was accepted: it may reach private memory
 */
enum kvmfeat_tsm_state {
	KVMFEAT_TSM_STATE_UNKNOWN = 0,
	KVMFEAT_TSM_STATE_IDLE,
	KVMFEAT_TSM_STATE_CONNECTED,
	KVMFEAT_TSM_STATE_BOUND,
	KVMFEAT_TSM_STATE_LOCKED,
	KVMFEAT_TSM_STATE_ACCEPTED,
};

/**
 * struct kvmfeat_tsm - One TSM
 * @name: "tsm0"
 * @mode: what it does
 * @reason: why @mode is unknown; NULL when it is known
 * @why: class of @reason
 */
struct kvmfeat_tsm {
	const char *name;
	enum kvmfeat_tsm_mode mode;
	const char *reason;
	enum kvmfeat_why why;
};

/**
 * struct kvmfeat_tsm_bridge - One PCI host bridge and its encrypted links
 * @name: "pci0000:00"
 * @streams: IDE streams in use
 * @available: streams that can still be set up; -1: not known. It has @streams + @available
 * @reason: why @available is not known; NULL when it is
 * @why: class of @reason
 */
struct kvmfeat_tsm_bridge {
	const char *name;
	unsigned int streams;
	int available;
	const char *reason;
	enum kvmfeat_why why;
};

/**
 * struct kvmfeat_tsm_stream - One IDE stream in use
 * @name: "stream0.1.2"
 * @bridge: name of its host bridge
 * @device: the device at its end; NULL when the kernel does not tell one
 * @host_bridge_slot: stream of the host bridge that it takes
 * @root_port_block: register block of the root port that it takes
 * @endpoint_block: register block of the device that it takes
 */
struct kvmfeat_tsm_stream {
	const char *name;
	const char *bridge;
	const char *device;
	unsigned int host_bridge_slot;
	unsigned int root_port_block;
	unsigned int endpoint_block;
};

/**
 * struct kvmfeat_tsm_status - A device as it is now
 * @size: sizeof(struct kvmfeat_tsm_status), set by the caller
 * @bdf: "0000:01:00.0"
 * @state: how far it has come
 * @why: class of @reason
 * @reason: why @state is unknown, or, with all three of @can_connect, @can_lock and @can_accept
 * false, why no TSM serves it; empty when there is nothing to say
 * @tsm: the TSM that has it; empty: none
 * @dsm: the device that manages its security, as the host sees it; empty: none, or not shown
 * @bound: the TSM through which it is given to a VM; empty: it is not
 * @driver: the driver that has it; empty: none
 * @authenticated: the host has a secure session with it
 * @can_connect: the kernel lets it be connected: a host's TSM serves it
 * @can_lock: the kernel lets it be locked: a guest's TSM serves it
 * @can_accept: the kernel lets it be accepted, once it is locked
 * @uses_trust: and that is done by its attribute trust, which this library knows from a proposal
 * only, in place of tsm/accept
 * @has_report: the kernel shows its report, once it is locked
 * @has_generation: @generation is known
 * @generation: number of the report that the kernel shows; another lock has another number
 */
struct kvmfeat_tsm_status {
	size_t size;
	char bdf[KVMFEAT_TSM_BDF_SIZE];
	enum kvmfeat_tsm_state state;
	enum kvmfeat_why why;
	char reason[KVMFEAT_TSM_REASON_SIZE];
	char tsm[KVMFEAT_TSM_NAME_SIZE];
	char dsm[KVMFEAT_TSM_BDF_SIZE];
	char bound[KVMFEAT_TSM_NAME_SIZE];
	char driver[KVMFEAT_TSM_DRIVER_SIZE];
	bool authenticated;
	bool can_connect;
	bool can_lock;
	bool can_accept;
	bool uses_trust;
	bool has_report;
	bool has_generation;
	uint64_t generation;
};

/** KVMFEAT_TSM_DRY_RUN - check and plan everything, open the attribute, write nothing */
#define KVMFEAT_TSM_DRY_RUN 0x1u
/**
 * KVMFEAT_TSM_ALLOW_UNCHECKED - where the kernel shows no report at all, accept without; a report
 * that is shown is checked nevertheless
 */
#define KVMFEAT_TSM_ALLOW_UNCHECKED 0x2u

/**
 * struct kvmfeat_tsm_change - What an operation does, or did
 * @size: sizeof(struct kvmfeat_tsm_change), set by the caller; what this library does not know is
 * filled with zeroes
 * @before: state before
 * @after: state that was read back; unknown when nothing was written
 * @written: the write was made and took effect
 * @tsm: the TSM that it is about
 * @attribute: the attribute that is (or would be) written ("tsm/lock")
 * @write: text that is (or would be) written, without the final newline
 * @has_generation: @generation is known
 * @generation: of an acceptance: number of the report that was checked; of a lock: number that
 * was read back
 */
struct kvmfeat_tsm_change {
	size_t size;
	enum kvmfeat_tsm_state before;
	enum kvmfeat_tsm_state after;
	bool written;
	char tsm[KVMFEAT_TSM_NAME_SIZE];
	char attribute[16];
	char write[32];
	bool has_generation;
	uint64_t generation;
};

/**
 * struct kvmfeat_tsm_accept_opts - What has been looked at before a device is accepted
 * @size: sizeof(struct kvmfeat_tsm_accept_opts)
 * @report: accept only a device that shows these bytes; NULL: any report that may be believed
 * @report_bytes: bytes at @report
 * @has_generation: accept only a report of this @generation
 * @generation: as in &struct kvmfeat_tsm_report
 */
struct kvmfeat_tsm_accept_opts {
	size_t size;
	const void *report;
	size_t report_bytes;
	bool has_generation;
	uint64_t generation;
};

/**
 * struct kvmfeat_tsm_report - What kvmfeat_tsm_device_read_report() read
 * @size: sizeof(struct kvmfeat_tsm_report), set by the caller
 * @bytes: bytes of the report
 * @has_generation: the kernel numbers reports
 * @generation: number of this one; no other report and no other lock since the kernel started
 * has the same
 */
struct kvmfeat_tsm_report {
	size_t size;
	size_t bytes;
	bool has_generation;
	uint64_t generation;
};

/**
 * kvmfeat_tsm_list_load() - Look at the TSMs, the devices that they serve, and the host bridges
 * @ctx: context
 * @ret_list: receives the list; free it with kvmfeat_tsm_list_free()
 *
 * What is there and may not be read is in the list, with its reason. Without any TSM the list
 * is empty, and kvmfeat_tsm_list_reason() says why.
 *
 * Return: 0, or -EACCES (a directory may not be read), -ENOENT (no sysfs is mounted), -ENOMEM;
 * other errors of open(2) and getdents(2) on a directory pass through.
 * Since: 1.0
 */
int kvmfeat_tsm_list_load(struct kvmfeat_ctx *ctx, struct kvmfeat_tsm_list **ret_list);

/**
 * kvmfeat_tsm_list_reason() - Why a list holds no TSM
 * @list: list
 * @ret_why: receives the class of the reason, or KVMFEAT_WHY_NONE; may be NULL
 *
 * Return: the reason, valid as long as the list; NULL when it holds one.
 * Since: 1.0
 */
const char *kvmfeat_tsm_list_reason(const struct kvmfeat_tsm_list *list, enum kvmfeat_why *ret_why);

/**
 * kvmfeat_tsm_list_count() - How many TSMs a list holds
 * @list: list
 *
 * Return: their number.
 * Since: 1.0
 */
size_t kvmfeat_tsm_list_count(const struct kvmfeat_tsm_list *list);

/**
 * kvmfeat_tsm_list_at() - One TSM of a list
 * @list: list
 * @index: 0 to count - 1, in order of number
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_tsm *kvmfeat_tsm_list_at(const struct kvmfeat_tsm_list *list, size_t index);

/**
 * kvmfeat_tsm_list_device_count() - How many devices a list holds
 * @list: list
 *
 * Return: the number of devices that a TSM serves.
 * Since: 1.0
 */
size_t kvmfeat_tsm_list_device_count(const struct kvmfeat_tsm_list *list);

/**
 * kvmfeat_tsm_list_device_at() - One device of a list
 * @list: list
 * @index: 0 to count - 1, in order of the name
 *
 * Return: what it was when the list was loaded, valid as long as the list; NULL when @index is
 * out of range.
 * Since: 1.0
 */
const struct kvmfeat_tsm_status *kvmfeat_tsm_list_device_at(const struct kvmfeat_tsm_list *list,
							    size_t index);

/**
 * kvmfeat_tsm_list_bridge_count() - How many host bridges a list holds
 * @list: list
 *
 * Return: the number of host bridges that can encrypt links.
 * Since: 1.0
 */
size_t kvmfeat_tsm_list_bridge_count(const struct kvmfeat_tsm_list *list);

/**
 * kvmfeat_tsm_list_bridge_at() - One host bridge of a list
 * @list: list
 * @index: 0 to count - 1, in order of the name
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_tsm_bridge *kvmfeat_tsm_list_bridge_at(const struct kvmfeat_tsm_list *list,
							    size_t index);

/**
 * kvmfeat_tsm_list_stream_count() - How many IDE streams a list holds
 * @list: list
 *
 * Return: the number of streams in use, of all host bridges.
 * Since: 1.0
 */
size_t kvmfeat_tsm_list_stream_count(const struct kvmfeat_tsm_list *list);

/**
 * kvmfeat_tsm_list_stream_at() - One IDE stream of a list
 * @list: list
 * @index: 0 to count - 1, in order of host bridge and numbers
 *
 * Return: the entry, valid as long as the list; NULL when @index is out of range.
 * Since: 1.0
 */
const struct kvmfeat_tsm_stream *kvmfeat_tsm_list_stream_at(const struct kvmfeat_tsm_list *list,
							    size_t index);

/**
 * kvmfeat_tsm_list_free() - Free a list
 * @list: list, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_tsm_list_free(struct kvmfeat_tsm_list *list);

/**
 * kvmfeat_tsm_device_open() - Take hold of a PCI device
 * @ctx: context
 * @bdf: its whole name, with the domain, in lower case ("0000:01:00.0")
 * @ret_device: receives it; free it with kvmfeat_tsm_device_free() before @ctx
 *
 * All later calls reach this very device: when it is unplugged and another one comes into its
 * place, under the same name, they fail with -ENODEV.
 *
 * Return: 0, or -EINVAL (@bdf is no such name), -ENOENT (there is no such device), -EACCES,
 * -ENOMEM; other errors of open(2) pass through.
 * Since: 1.0
 */
int kvmfeat_tsm_device_open(struct kvmfeat_ctx *ctx, const char *bdf,
			    struct kvmfeat_tsm_device **ret_device);

/**
 * kvmfeat_tsm_device_free() - Let go of a device; its state stays as it is
 * @device: device, or NULL
 *
 * Since: 1.0
 */
void kvmfeat_tsm_device_free(struct kvmfeat_tsm_device *device);

/**
 * kvmfeat_tsm_device_get_status() - What is the device's state now?
 * @device: device
 * @ret_status: receives it; the caller sets its size before
 *
 * What may not be read, or cannot be decoded, makes the state unknown, with its reason; that is
 * no error.
 *
 * Return: 0, or -ENODEV (the device is gone), -EINVAL (the size of @ret_status).
 * Since: 1.0
 */
int kvmfeat_tsm_device_get_status(struct kvmfeat_tsm_device *device,
				  struct kvmfeat_tsm_status *ret_status);

/**
 * kvmfeat_tsm_device_get_bars() - The BARs of a device, to check its report with
 * @device: device
 * @ret_bars: receives their sizes; the caller sets its size before
 *
 * Return: 0, or -ENODEV (the device is gone), -EBADMSG (the file is none of a PCI device),
 * -EACCES, -EINVAL (the size of @ret_bars); other errors of open(2) and read(2) pass through.
 * Since: 1.0
 */
int kvmfeat_tsm_device_get_bars(struct kvmfeat_tsm_device *device,
				struct kvmfeat_tdisp_device *ret_bars);

/**
 * kvmfeat_tsm_device_read_report() - The report of a locked device
 * @device: device
 * @buf: receives the report, which kvmfeat_tdisp_decode() takes apart; on failure its bytes mean
 * nothing
 * @size: room in @buf; KVMFEAT_TDISP_SIZE_MAX is enough for each
 * @ret_report: receives how long the report is, and its number; the caller sets its size before
 *
 * Where the kernel numbers reports, the bytes are those of one: when it shows another one
 * meanwhile, reading begins again, a bounded number of times.
 *
 * Return: 0, or -ENODEV (the device is gone), -ENXIO (it is not locked), -EOPNOTSUPP (no report is
 * shown: the reason names what is missing), -ENOSPC (it is longer than @size), -EAGAIN (it kept
 * changing), -EACCES (only root may read it), -EINVAL (the size of @ret_report), -EBADMSG (its
 * number cannot be decoded); other errors of open(2) and read(2) pass through.
 * Since: 1.0
 */
int kvmfeat_tsm_device_read_report(struct kvmfeat_tsm_device *device, void *buf, size_t size,
				   struct kvmfeat_tsm_report *ret_report);

/**
 * kvmfeat_tsm_device_connect() - Let a host's TSM set up a secure session with a device
 * @device: device, which no TSM has
 * @tsm: name of the TSM ("tsm0"); NULL: the only one that there is
 * @flags: KVMFEAT_TSM_DRY_RUN or 0
 * @ret_change: receives what was (or would be) done, also on failure as far as it came; may be
 * NULL
 *
 * Whether it is allowed is looked at first, and told without asking the kernel. Then there is one
 * write, and the state is read back: what is told is what is so, after a signal, too.
 *
 * Return: 0, or -EINVAL (@tsm is no name of a TSM, or NULL while there are several; @flags; the
 * size of @ret_change), -ENODEV (the device is gone), -EBUSY (a TSM has it already), -EOPNOTSUPP
 * (this kernel or device does not have it; the reason names what is missing), -ENXIO (there is no
 * such TSM of a host, or it refuses the device), -EINTR (a signal came before it was done), -EROFS
 * (no sysfs is below the root, or it is mounted read-only), -EACCES, -EPERM, -EIO (another state
 * is in effect, or the TSM failed), -EBADMSG (the kernel wrote what cannot be decoded); other
 * errors of the TSM's driver pass through.
 * Since: 1.0
 */
int kvmfeat_tsm_device_connect(struct kvmfeat_tsm_device *device, const char *tsm,
			       unsigned int flags, struct kvmfeat_tsm_change *ret_change);

/**
 * kvmfeat_tsm_device_disconnect() - End the secure session with a device
 * @device: device, which a host's TSM has; the VMs that it is given to lose it
 * @tsm: name of that TSM; NULL: whichever it is
 * @flags: KVMFEAT_TSM_DRY_RUN or 0
 * @ret_change: as of kvmfeat_tsm_device_connect()
 *
 * Return: as kvmfeat_tsm_device_connect(), with -EINVAL also when another TSM has it, and -ENXIO
 * when none has.
 * Since: 1.0
 */
int kvmfeat_tsm_device_disconnect(struct kvmfeat_tsm_device *device, const char *tsm,
				  unsigned int flags, struct kvmfeat_tsm_change *ret_change);

/**
 * kvmfeat_tsm_device_lock() - Let a guest's TSM lock the configuration of a device
 * @device: device, which no TSM and no driver has
 * @tsm: name of the TSM ("tsm0"); NULL: the only one that there is
 * @flags: KVMFEAT_TSM_DRY_RUN or 0
 * @ret_change: as of kvmfeat_tsm_device_connect()
 *
 * A locked device has a report, and another lock has another one.
 *
 * Return: as kvmfeat_tsm_device_connect(), with -EBUSY also when a driver has it, and -ENXIO when
 * there is no such TSM of a guest.
 * Since: 1.0
 */
int kvmfeat_tsm_device_lock(struct kvmfeat_tsm_device *device, const char *tsm, unsigned int flags,
			    struct kvmfeat_tsm_change *ret_change);

/**
 * kvmfeat_tsm_device_accept() - Let a locked device reach private memory
 * @device: device, locked, which no driver has
 * @opts: what has been looked at; NULL: nothing
 * @flags: KVMFEAT_TSM_DRY_RUN, KVMFEAT_TSM_ALLOW_UNCHECKED or 0
 * @ret_change: as of kvmfeat_tsm_device_connect()
 *
 * The report is read and checked with the BARs of the device first (kvmfeat_tdisp_check()), and
 * a report that must not be believed is never accepted. Where the kernel numbers reports, the
 * number is written, so that it accepts the one that was checked or none.
 *
 * Return: as kvmfeat_tsm_device_connect(), and -EINVAL when it is not locked, -EBUSY also when a
 * driver has it or it is accepted already, -EBADMSG also when the report breaks a rule, -ESTALE
 * when the report is not the one of @opts, -EAGAIN when it changed meanwhile (look at it again),
 * -E2BIG (@opts is newer than this library), -ENOMEM.
 * Since: 1.0
 */
int kvmfeat_tsm_device_accept(struct kvmfeat_tsm_device *device,
			      const struct kvmfeat_tsm_accept_opts *opts, unsigned int flags,
			      struct kvmfeat_tsm_change *ret_change);

/**
 * kvmfeat_tsm_device_unlock() - Give a device back that was locked or accepted
 * @device: device, locked or accepted, which no driver has
 * @tsm: name of the TSM that has it; NULL: whichever it is
 * @flags: KVMFEAT_TSM_DRY_RUN or 0
 * @ret_change: as of kvmfeat_tsm_device_connect()
 *
 * Return: as kvmfeat_tsm_device_connect(), with -EINVAL also when it is not locked or another TSM
 * has it, and -EBUSY when a driver has it.
 * Since: 1.0
 */
int kvmfeat_tsm_device_unlock(struct kvmfeat_tsm_device *device, const char *tsm,
			      unsigned int flags, struct kvmfeat_tsm_change *ret_change);

/**
 * kvmfeat_tsm_mode_name() - The name of a mode
 * @mode: mode
 *
 * Return: "none", "link", "devsec" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_tsm_mode_name(enum kvmfeat_tsm_mode mode);

/**
 * kvmfeat_tsm_state_name() - The name of a state
 * @state: state
 *
 * Return: "idle", "connected", "bound", "locked", "accepted" or "unknown".
 * Since: 1.0
 */
const char *kvmfeat_tsm_state_name(enum kvmfeat_tsm_state state);

#ifdef __cplusplus
}
#endif

#endif
