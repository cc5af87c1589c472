/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room monitor: the decoder of uevents, and the present state of sysfs. */
#ifndef KF_MONITOR_PRIVATE_H
#define KF_MONITOR_PRIVATE_H

#include "internal.h"

/*
 * The kernel's own have at most 2,048 bytes behind the header, of which the device's path is most
 * (UEVENT_BUFFER_SIZE), and 64 words (UEVENT_NUM_ENVP).
 */
#define KF_UEVENT_SIZE 8192
#define KF_UEVENT_PAIRS 128

/* uevent.c: pure */

struct kf_uevent {
	const char *action;
	const char *devpath;
	const char *subsystem; /* "": none */
	uint64_t seqnum; /* 0: none */
	size_t count;
	struct kvmfeat_monitor_pair pairs[KF_UEVENT_PAIRS];
};

/*
 * Decodes a message of NETLINK_KOBJECT_UEVENT in place: strings of the result lie in @text, of
 * which each '=' behind a key becomes a NUL. -EBADMSG; then neither is changed.
 */
int kf_uevent_decode(char *text, size_t size, struct kf_uevent *ret_event);
/* The first value of a key, or NULL. */
const char *kf_uevent_value(const struct kvmfeat_monitor_pair *pairs, size_t count,
			    const char *key);
/* What a path ends with: "/devices/virtual/misc/kvm" with "kvm". */
const char *kf_uevent_name(const char *devpath);
/* A number in decimal digits and nothing else; -EBADMSG. */
int kf_uevent_number(const char *text, uint64_t *ret_number);
/* Which of KVMFEAT_MONITOR_TSM and others an object belongs to; 0: none. */
unsigned int kf_uevent_source(const char *subsystem, const char *name);

/* monitor-scan.c: what is there now, one object at a time, without memory */

struct kf_scan {
	unsigned int sources;
	unsigned int place; /* of the directories that are looked through */
	int dirfd; /* of the present one; -1: not open */
	ssize_t pos;
	ssize_t end;
	_Alignas(uint64_t) char entries[4096];
	char devpath[512];
	char tsm[64];
	char lack[256]; /* what could not be seen first; empty: nothing */
};

void kf_scan_begin(struct kf_scan *scan, unsigned int sources);
/* Fills in the next object, and says whether there was one. */
bool kf_scan_next(struct kvmfeat_ctx *ctx, struct kf_scan *scan,
		  struct kvmfeat_monitor_event *event);
void kf_scan_end(struct kvmfeat_ctx *ctx, struct kf_scan *scan);

#endif
