/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the parts of the room tsm. */
#ifndef KF_TSM_PRIVATE_H
#define KF_TSM_PRIVATE_H

#include "internal.h"

#define KF_TSM_CLASS "sys/class/tsm"
#define KF_TSM_DEVICES "sys/bus/pci/devices"
#define KF_TSM_PATH 96 /* room for the path of a device's attribute */

/* tsm-decode.c: names and texts of sysfs; pure */

/* "0000:01:00.0", as pci_setup_device() prints it: domains of more than 16 bits are longer. */
bool kf_tsm_is_bdf(const char *text);
/* The same, or the name of a TSM, or nothing. */
bool kf_tsm_is_name_or_empty(const char *text);
bool kf_tsm_is_bdf_or_empty(const char *text);
/* "0" or "1" */
bool kf_tsm_is_bool(const char *text);
/* A number, or nothing; false: it is neither. */
bool kf_tsm_decode_generation(const char *text, bool *ret_has, uint64_t *ret_generation);
bool kf_tsm_is_generation(const char *text);
/* A level of the attribute trust, and whether a device that has it may reach private memory. */
bool kf_tsm_decode_trust(const char *text, bool *ret_accepted);
bool kf_tsm_is_trust(const char *text);
#define KF_TSM_TRUST_ACCEPT "3" /* the level that gives it that; see kf_tsm_decode_trust() */
/* The text of pci_mode; KVMFEAT_TSM_MODE_UNKNOWN: it is none. */
enum kvmfeat_tsm_mode kf_tsm_decode_mode(const char *text);
/* "stream0.1.2": the three numbers go to @ret_stream. */
bool kf_tsm_decode_stream(const char *name, struct kvmfeat_tsm_stream *ret_stream);
/* Whether the link of a bus @name in class pci_bus leads to a host bridge ("pci" and its name). */
bool kf_tsm_is_root_bus(const char *name, const char *link);
/* Names that the kernel numbers: the longer one is the higher one. */
int kf_tsm_compare_names(const char *a, const char *b);
/* What is behind the last slash of a path. */
const char *kf_tsm_last_part(const char *path);

enum kf_tsm_tee { KF_TSM_TEE_UNKNOWN, KF_TSM_TEE_NO, KF_TSM_TEE_YES };

/* The bit TEE-IO of the Device Capabilities in a configuration space, of which @size is known. */
enum kf_tsm_tee kf_tsm_decode_tee(const uint8_t *config, size_t size);

/* tsm-find.c: the TSMs of this host */

struct kf_tsm_found {
	bool has_class; /* this kernel has TSMs at all */
	unsigned int count;
	bool tells_mode; /* one of them has pci_mode: this kernel knows both kinds */
	bool has_named; /* the one that was looked for by name is there, with its mode: */
	enum kvmfeat_tsm_mode named_mode;
	unsigned int fitting; /* of the mode that was looked for, or of one that is not known */
	char first[KVMFEAT_TSM_NAME_SIZE]; /* that was found of these; empty: there is none */
	char names[64]; /* of these: "tsm0, tsm1" */
};

/*
 * @mode: unknown for any; @name: look for this one, too, unless it is NULL. Sets a reason when it
 * fails. A kernel without TSMs has none, and that is no failure.
 */
int kf_tsm_find(struct kvmfeat_ctx *ctx, const char *operation, enum kvmfeat_tsm_mode mode,
		const char *name, struct kf_tsm_found *ret_found);
/* Reading a directory failed: sets the reason and returns @err. */
int kf_tsm_dir_failed(struct kvmfeat_ctx *ctx, const char *operation, const char *path, int err);
/* Why this kernel has no TSM; @found holds none. Returns the class of the reason. */
enum kvmfeat_why kf_tsm_why_none(const struct kvmfeat_ctx *ctx, const struct kf_tsm_found *found,
				 char *buf, size_t size);
#define KF_TSM_LOAD_DRIVER                                                                         \
	"load the driver of the platform's TSM (AMD: ccp, or sev-guest in a guest)"

/* tsm.c */

struct kvmfeat_tsm_device {
	struct kvmfeat_ctx *ctx;
	int fd; /* of its directory: it stays that of this very device */
	dev_t dev;
	ino_t ino;
	char bdf[KVMFEAT_TSM_BDF_SIZE];
};

enum kf_tsm_attr {
	KF_TSM_LOCK,
	KF_TSM_ACCEPT,
	KF_TSM_TRUST,
	KF_TSM_GENERATION,
	KF_TSM_CONNECT,
	KF_TSM_AUTHENTICATED,
	KF_TSM_BOUND,
	KF_TSM_DSM,
	KF_TSM_ATTRS,
};

/* What one attribute says. */
struct kf_tsm_text {
	bool there;
	int err; /* why it cannot be read or decoded; 0: it can */
	char text[32]; /* as far as it could be */
};

/* A device as it is now, with what the public form leaves out. */
struct kf_tsm_look {
	struct kvmfeat_tsm_status status;
	struct kf_tsm_text texts[KF_TSM_ATTRS];
	int err; /* why the state is unknown */
	bool served; /* by a TSM: it has an attribute of one */
};

/* The name of an attribute below the device ("tsm/lock"). */
const char *kf_tsm_attr_path(enum kf_tsm_attr attr);
/* Takes hold of a device, in memory of the caller's; sets no reason. */
int kf_tsm_hold(struct kvmfeat_ctx *ctx, const char *bdf, struct kvmfeat_tsm_device *ret_device);
/* 0, or -ENODEV with a reason when the device is gone. */
int kf_tsm_look(struct kvmfeat_tsm_device *device, const char *operation,
		struct kf_tsm_look *ret_look);
/* Whether another device, or none, has its name now. */
bool kf_tsm_is_gone(struct kvmfeat_tsm_device *device);
int kf_tsm_gone(struct kvmfeat_tsm_device *device, const char *operation);
void kf_tsm_read_attr(struct kvmfeat_tsm_device *device, enum kf_tsm_attr attr,
		      struct kf_tsm_text *ret_text);
/* "/sys/bus/pci/devices/BDF/ATTRIBUTE", for reasons */
void kf_tsm_path(const struct kvmfeat_tsm_device *device, const char *attribute,
		 char path[KF_TSM_PATH]);
/* Reading an attribute failed: sets the reason and returns @err, or -ENODEV when it is gone. */
int kf_tsm_attr_failed(struct kvmfeat_tsm_device *device, const char *operation,
		       const char *attribute, int err);
bool kf_tsm_is_denied(int err);
enum kvmfeat_why kf_tsm_why_of(int err);

/* tsm-unserved.c */

/* Why no TSM of a mode, or of any, serves the device. Returns the class of the reason. */
enum kvmfeat_why kf_tsm_why_unserved(struct kvmfeat_tsm_device *device, enum kvmfeat_tsm_mode mode,
				     char *buf, size_t size);

/* tsm-report.c */

/*
 * kvmfeat_tsm_device_read_report() into memory of its own, to be freed; -EOPNOTSUPP: there is no
 * such attribute. Sets a reason.
 */
int kf_tsm_load_report(struct kvmfeat_tsm_device *device, const char *operation, void **ret_bytes,
		       struct kvmfeat_tsm_report *ret_report);
/* 0: the report may be believed; -EBADMSG and others with a reason. */
int kf_tsm_check_report(struct kvmfeat_tsm_device *device, const char *operation, const void *bytes,
			size_t size);

/* tsm-change.c */

enum kf_tsm_op {
	KF_TSM_OP_CONNECT = 1,
	KF_TSM_OP_DISCONNECT = 2,
	KF_TSM_OP_LOCK = 4,
	KF_TSM_OP_ACCEPT = 8,
	KF_TSM_OP_UNLOCK = 16,
};

/* One operation in the making. */
struct kf_tsm_changing {
	struct kvmfeat_tsm_device *device;
	enum kf_tsm_op op;
	const char *operation; /* "lock a device" */
	const char *done; /* "locked" */
	const char *tsm; /* as the caller named it, or NULL */
	unsigned int flags;
	struct kf_tsm_look look; /* before */
	struct kvmfeat_tsm_change change;
	/* What comes between the checks and the write; NULL: nothing. */
	int (*prepare)(struct kf_tsm_changing *c, const void *data);
	const void *data;
};

/* Does it, and fills in what the caller wants to know. */
int kf_tsm_change(struct kf_tsm_changing *c, struct kvmfeat_tsm_change *ret_change);

/* tsm-allowed.c: what can be seen before the kernel is asked */

int kf_tsm_check_allowed(struct kf_tsm_changing *c);

/* tsm-reason.c */

/* A refusal of the library's own, about the device. */
int kf_tsm_refuse(const struct kf_tsm_changing *c, int err, enum kvmfeat_why why,
		  const char *remedy, const char *fmt, ...) KF_PRINTF(5, 6);
/* The attribute cannot be opened to be written. */
int kf_tsm_open_failed(const struct kf_tsm_changing *c, int err);
/* The kernel refused the write; @after is what was read back. */
int kf_tsm_write_failed(const struct kf_tsm_changing *c, int err, const struct kf_tsm_look *after);
/* The kernel took the write, and another state is in effect, or it is not known. */
int kf_tsm_not_in_effect(const struct kf_tsm_changing *c, const struct kf_tsm_look *after);

#endif
