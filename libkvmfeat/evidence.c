// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Evidence of a PCI device: a dump of the generic netlink family "pci-tsm", put together from
 * its pieces. An object begins with its type, and its value comes in one piece or many.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence-private.h"

#define LOAD "read evidence"
#define FAMILY "pci-tsm"
#define FAMILY_VERSION 1
#define COMMAND_READ 1
#define ALL_TYPES ((1u << KVMFEAT_EVIDENCE_TYPES) - 1)
#define NONCE_MAX 256
#define NAME_MAX_BYTES 63
#define TRIES 3
#define FIRST_ROOM 4096

static const char *const type_names[KVMFEAT_EVIDENCE_TYPES] = {
	"certificates-0", "certificates-1", "certificates-2",
	"certificates-3", "certificates-4", "certificates-5",
	"certificates-6", "certificates-7", "vca",
	"measurements",	  "report",
};

KVMFEAT_EXPORT const char *kvmfeat_evidence_type_name(unsigned int type)
{
	return type < KVMFEAT_EVIDENCE_TYPES ? type_names[type] : NULL;
}

KVMFEAT_EXPORT size_t kvmfeat_evidence_count(const struct kvmfeat_evidence *evidence)
{
	return evidence->count;
}

KVMFEAT_EXPORT const struct kvmfeat_evidence_object *kvmfeat_evidence_at(
	const struct kvmfeat_evidence *evidence, size_t index)
{
	return index < evidence->count ? &evidence->objects[index] : NULL;
}

void kf_evidence_clear(struct kvmfeat_evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++)
		free((void *)evidence->objects[i].bytes);
	evidence->count = 0;
}

KVMFEAT_EXPORT void kvmfeat_evidence_free(struct kvmfeat_evidence *evidence)
{
	if (!evidence)
		return;
	kf_evidence_clear(evidence);
	free(evidence);
}

/* Begins an object: each that was asked for comes once. */
static int begin_object(struct kvmfeat_evidence *evidence, const struct kf_nl_attr *attr)
{
	uint32_t type;

	if (attr->size != sizeof(type))
		return -EBADMSG;
	memcpy(&type, attr->bytes, sizeof(type));
	if (type >= KVMFEAT_EVIDENCE_TYPES || !(evidence->wanted & 1u << type))
		return -EBADMSG;
	evidence->wanted &= ~(1u << type);
	evidence->objects[evidence->count] = (struct kvmfeat_evidence_object){ .type = type };
	evidence->room[evidence->count] = 0;
	evidence->count++;
	return 0;
}

/* Appends a piece to the object that was begun last. */
static int append(struct kvmfeat_evidence *evidence, const struct kf_nl_attr *attr)
{
	struct kvmfeat_evidence_object *object;
	size_t wanted, room;
	void *bytes;

	if (!evidence->count)
		return -EBADMSG;
	object = &evidence->objects[evidence->count - 1];
	wanted = object->byte_count + attr->size;
	if (wanted > KF_EVIDENCE_MAX_BYTES)
		return -EFBIG;
	room = evidence->room[evidence->count - 1];
	if (wanted > room) {
		room = room ? 2 * room : FIRST_ROOM;
		if (room < wanted)
			room = wanted;
		bytes = evidence->sys->alloc(evidence->sys, (void *)object->bytes, room, 1);
		if (!bytes)
			return -ENOMEM;
		object->bytes = bytes;
		evidence->room[evidence->count - 1] = room;
	}
	if (attr->size)
		memcpy((char *)object->bytes + object->byte_count, attr->bytes, attr->size);
	object->byte_count = wanted;
	return 0;
}

int kf_evidence_take(struct kvmfeat_evidence *evidence, const void *attrs, size_t size)
{
	struct kf_nl_attr attr;
	size_t pos = 0;
	int more;

	while ((more = kf_nl_attr_next(attrs, size, &pos, &attr)) == 1) {
		int err = attr.type == KF_EVIDENCE_A_TYPE ? begin_object(evidence, &attr) :
			  attr.type == KF_EVIDENCE_A_VAL  ? append(evidence, &attr) :
							    0;

		if (err)
			return err;
	}
	return more;
}

/* What was asked, for the reasons. */
struct question {
	const char *device;
	struct kvmfeat_evidence_opts opts;
};

static int visit(void *data, const void *attrs, size_t size)
{
	return kf_evidence_take(data, attrs, size);
}

/* What an errno means, and who said it. */
struct cause {
	int error;
	enum kvmfeat_origin origin;
	enum kvmfeat_why why;
	const char *reason;
	const char *remedy;
};

static const struct cause causes[] = {
	{ -ENOSYS, KVMFEAT_ORIGIN_LIBRARY, KVMFEAT_WHY_NONE,
	  "this build of the library has no netlink",
	  "build it with libnl-3: meson configure -Dmonitor=enabled" },
	{ -ENOMEM, KVMFEAT_ORIGIN_LIBRARY, KVMFEAT_WHY_NONE, "there is no memory", NULL },
	{ -EBADMSG, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_NONE, "the kernel's answer is malformed",
	  NULL },
	{ -EFBIG, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_NONE, "an object has more than 16 MiB", NULL },
	{ -EOPNOTSUPP, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_HARDWARE,
	  "its TSM gives no such evidence", NULL },
	{ -EPERM, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_PERMISSION,
	  "evidence is for those with CAP_NET_ADMIN", "run as root, or with CAP_NET_ADMIN" },
	{ -ENODEV, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_NONE, "there is no such PCI device", NULL },
	{ -ENXIO, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_NONE, "it has no TSM, or no evidence yet",
	  "connect or lock it first" },
	{ -EAGAIN, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_BUSY,
	  "its state changed each time while it was read", "try again" },
	{ -EINVAL, KVMFEAT_ORIGIN_KERNEL, KVMFEAT_WHY_NONE, "the kernel does not take the question",
	  NULL },
};

static int failed(struct kvmfeat_ctx *ctx, const char *device, int err)
{
	struct kf_fault fault = {
		.error = err,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = LOAD,
		.object = device,
	};
	const char *reason = kf_errno_text(err);

	for (size_t i = 0; i < KF_ARRAY_SIZE(causes); i++)
		if (causes[i].error == err) {
			fault.origin = causes[i].origin;
			fault.why = causes[i].why;
			fault.remedy = causes[i].remedy;
			reason = causes[i].reason;
		}
	return kf_fail(&ctx->reason, &fault, "%s: %s", device, reason);
}

static int check(struct kvmfeat_ctx *ctx, const struct question *question)
{
	const struct kvmfeat_evidence_opts *opts = &question->opts;
	const size_t length = strlen(question->device);
	char value[32];

	if (!length || length > NAME_MAX_BYTES)
		return kf_invalid(&ctx->reason, LOAD, "device", question->device,
				  "'%.64s' is no name of a PCI device", question->device);
	snprintf(value, sizeof(value), "0x%x", opts->types);
	if (opts->types & ~ALL_TYPES)
		return kf_invalid(&ctx->reason, LOAD, "types", value,
				  "types %s: there are 0x%x only", value, ALL_TYPES);
	snprintf(value, sizeof(value), "0x%x", opts->flags);
	if (opts->flags & ~KVMFEAT_EVIDENCE_DIGEST)
		return kf_invalid(&ctx->reason, LOAD, "flags", value,
				  "flags %s: there is 0x%x only", value, KVMFEAT_EVIDENCE_DIGEST);
	snprintf(value, sizeof(value), "%zu", opts->nonce_bytes);
	if (opts->nonce_bytes > NONCE_MAX || (opts->nonce_bytes && !opts->nonce))
		return kf_invalid(&ctx->reason, LOAD, "nonce", value,
				  "a nonce of %s bytes: it has at most %d", value, NONCE_MAX);
	if (ctx->root_fd >= 0)
		return kf_invalid(&ctx->reason, LOAD, "root", "",
				  "another host's tree has no devices to ask");
	return 0;
}

/* Asks once; a dump that was given up leaves a socket behind that is of no more use. */
static int ask(struct kvmfeat_ctx *ctx, const struct question *question,
	       struct kvmfeat_evidence *evidence)
{
	const struct kvmfeat_evidence_opts *opts = &question->opts;
	const uint32_t types = opts->types ? opts->types : ALL_TYPES;
	const uint32_t flags = opts->flags;
	const struct kf_nl_attr attrs[] = {
		{ KF_EVIDENCE_A_TYPE_MASK, sizeof(types), &types },
		{ KF_EVIDENCE_A_FLAGS, sizeof(flags), &flags },
		{ KF_EVIDENCE_A_DEV_NAME, (uint16_t)(strlen(question->device) + 1),
		  question->device },
		{ KF_EVIDENCE_A_NONCE, (uint16_t)opts->nonce_bytes, opts->nonce },
	};
	const struct kf_nl_request request = {
		.version = FAMILY_VERSION,
		.command = COMMAND_READ,
		.attrs = attrs,
		.count = KF_ARRAY_SIZE(attrs) - !opts->nonce_bytes,
	};
	struct kf_nl nl;
	int err = ctx->sys->nl_open_family(ctx->sys, FAMILY, &nl);

	if (err == -ENOENT)
		return kf_fail(&ctx->reason,
			       &(struct kf_fault){ .error = -EOPNOTSUPP,
						   .origin = KVMFEAT_ORIGIN_KERNEL,
						   .why = KVMFEAT_WHY_KERNEL_VERSION,
						   .operation = LOAD,
						   .object = FAMILY },
			       "this kernel has no generic netlink family %s", FAMILY);
	if (err)
		return failed(ctx, question->device, err);
	evidence->wanted = types;
	err = ctx->sys->nl_dump(ctx->sys, &nl, &request, visit, evidence);
	ctx->sys->nl_close(ctx->sys, &nl);
	return err ? failed(ctx, question->device, err) : 0;
}

KVMFEAT_EXPORT int kvmfeat_evidence_load(struct kvmfeat_ctx *ctx, const char *device,
					 const struct kvmfeat_evidence_opts *user,
					 struct kvmfeat_evidence **ret_evidence)
{
	static const struct kf_opts kind = {
		.operation = LOAD,
		.name = "kvmfeat_evidence_opts",
		.size = sizeof(struct kvmfeat_evidence_opts),
		.min_size = sizeof(struct kvmfeat_evidence_opts),
	};
	struct question question = { .device = device };
	struct kvmfeat_evidence *evidence;
	int err = user ? kf_opts_take(&ctx->reason, &kind, user, &question.opts) : 0;

	err = err ? err : check(ctx, &question);
	if (err)
		return err;
	evidence = kf_alloc(ctx, NULL, 1, sizeof(*evidence));
	if (!evidence)
		return kf_no_memory(&ctx->reason, LOAD);
	evidence->sys = ctx->sys;
	err = -EAGAIN;
	for (int i = 0; i < TRIES && err == -EAGAIN; i++) {
		kf_evidence_clear(evidence);
		err = ask(ctx, &question, evidence);
	}
	if (err) {
		kvmfeat_evidence_free(evidence);
		return err;
	}
	*ret_evidence = evidence;
	return 0;
}
