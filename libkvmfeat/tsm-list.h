/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the two files that make a list: tsm-list.c and tsm-bridge.c. */
#ifndef KF_TSM_LIST_H
#define KF_TSM_LIST_H

#include "tsm-private.h"

#define KF_TSM_LIST "list TSMs and their devices"

/* Entries in blocks of their own, so that pointers to them stay. */
struct kf_tsm_items {
	size_t count;
	size_t room;
	void **items;
};

struct kf_tsm_bridge {
	struct kvmfeat_tsm_bridge bridge;
	char name[KVMFEAT_TSM_BDF_SIZE];
	char reason[KVMFEAT_TSM_REASON_SIZE];
};

struct kf_tsm_stream {
	struct kvmfeat_tsm_stream stream;
	char name[48];
	char device[KVMFEAT_TSM_BDF_SIZE];
};

struct kvmfeat_tsm_list {
	struct kf_tsm_items tsms;
	struct kf_tsm_items devices; /* struct kvmfeat_tsm_status */
	struct kf_tsm_items bridges; /* struct kf_tsm_bridge */
	struct kf_tsm_items streams; /* struct kf_tsm_stream */
	enum kvmfeat_why why;
	char reason[KVMFEAT_TSM_REASON_SIZE];
};

/* A list in the making. */
struct kf_tsm_loading {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_tsm_list *list;
};

/* tsm-list.c */

/* Another entry of zeroes, or NULL with a reason. */
void *kf_tsm_append(struct kvmfeat_ctx *ctx, struct kf_tsm_items *items, size_t size);
void kf_tsm_sort(struct kf_tsm_items *items, int (*compare)(const void *a, const void *b));
/* kf_for_each_entry() below the root, with a reason; -ENOENT, without one: no such directory. */
int kf_tsm_visit_dir(struct kvmfeat_ctx *ctx, const char *path,
		     int (*visit)(void *data, const char *name), void *data);

/* tsm-bridge.c */

int kf_tsm_load_bridges(struct kf_tsm_loading *l);

#endif
