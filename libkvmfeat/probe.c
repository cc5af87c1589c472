// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Walks the feature table (features.c) and keeps what came out. The questions themselves
 * are in ask-kvm.c and ask-sysfs.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>

#include "probe-rows.h"

struct kvmfeat_probe {
	struct kvmfeat_host host;
	char arch[16];
	char release[65];
	size_t count;
	struct kf_answer answers[];
};

void kf_answer(struct kf_answer *answer, enum kvmfeat_state state, enum kvmfeat_why why,
	       const char *remedy, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(answer->reason, sizeof(answer->reason), fmt, args);
	va_end(args);
	snprintf(answer->remedy, sizeof(answer->remedy), "%s", remedy ? remedy : "");
	answer->feature.state = state;
	answer->feature.why = why;
	answer->feature.reason = answer->reason[0] ? answer->reason : NULL;
	answer->feature.remedy = answer->remedy[0] ? answer->remedy : NULL;
}

void kf_evidence(struct kf_answer *answer, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(answer->evidence, sizeof(answer->evidence), fmt, args);
	va_end(args);
	answer->feature.evidence = answer->evidence;
}

void kf_answer_error(struct kf_answer *answer, const struct kf_reason *reason)
{
	const struct kvmfeat_error *error = &reason->error;

	kf_answer(answer, KVMFEAT_STATE_UNKNOWN, error->why, error->remedy, "%s", error->reason);
	kf_evidence(answer, "%s %s: %s", error->operation, error->object,
		    kf_errno_name(error->error));
}

void kf_answer_lacking(const struct kf_feature *row, const struct kf_probing *probing,
		       struct kf_answer *answer)
{
	const char *since = kf_feature_since(row, probing->ctx->arch);
	const char *release = probing->ctx->release;
	char remedy[64];

	if (!row->since) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION, NULL,
			  "no Linux release has it, this kernel (%s) neither", release);
	} else if (kf_older(release, since)) {
		snprintf(remedy, sizeof(remedy), "Linux %s or newer", since);
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_KERNEL_VERSION, remedy,
			  "Linux %s has it first, this kernel is %s", since, release);
	} else if (row->lacking == KVMFEAT_WHY_NONE || probing->ctx->arch == KF_ARCH_OTHER) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_NONE, row->remedy,
			  "KVM does not offer it on this host");
	} else if (row->lacking == KVMFEAT_WHY_HARDWARE) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, row->lacking, NULL,
			  "the kernel (%s) knows it and does not offer it on this hardware",
			  release);
	} else {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, row->lacking, NULL,
			  "this kernel (%s) was built without it", release);
	}
}

bool kf_needs_kvm(struct kf_probing *probing, struct kf_answer *answer)
{
	if (!probing->kvm_error)
		return true;
	kf_answer_error(answer, &probing->kvm);
	return false;
}

bool kf_needs_vm(struct kf_probing *probing, struct kf_answer *answer)
{
	if (!kf_needs_kvm(probing, answer))
		return false;
	if (probing->vm)
		return true;
	if (probing->deep)
		kf_answer_error(answer, &probing->kvm);
	else
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_ASKED,
			  "kvmfeat probe --deep", "seeing it needs a scratch VM");
	return false;
}

static void ask(const struct kf_feature *row, struct kf_probing *probing, struct kf_answer *answer)
{
	struct kvmfeat_feature *feature = &answer->feature;

	feature->id = row->id;
	feature->text = row->text;
	feature->since = row->since ? kf_feature_since(row, probing->ctx->arch) : "none";
	if (row->archs == KF_ARCH_ANY || row->archs & probing->ctx->arch)
		row->ask(row, probing, answer);
	else if (probing->ctx->arch == KF_ARCH_UNKNOWN)
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, NULL,
			  "the architecture of this host is not known");
	else
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_OTHER_ARCH, NULL,
			  "this host is %s", probing->ctx->arch_name);
	kf_log(&probing->ctx->log, KVMFEAT_LOG_DEBUG, "%s is %s: %s", feature->id,
	       kvmfeat_probe_state_name(feature->state),
	       feature->evidence ? feature->evidence : feature->reason);
}

/* Opens /dev/kvm and, for a deep probe, a VM; a failure is part of the answer. */
static void prepare(struct kf_probing *probing)
{
	struct kvmfeat_ctx *ctx = probing->ctx;
	int fd;

	probing->kvm_error = kvmfeat_ctx_get_kvm_fd(ctx, &fd);
	if (!probing->kvm_error && probing->deep)
		probing->vm_error = kvmfeat_vm_open(ctx, 0, &probing->vm);
	if (probing->kvm_error || probing->vm_error)
		kf_reason_copy(&probing->kvm, &ctx->reason);
}

KVMFEAT_EXPORT int kvmfeat_probe_load(struct kvmfeat_ctx *ctx, unsigned int flags,
				      struct kvmfeat_probe **ret_probe)
{
	struct kf_probing probing = { .ctx = ctx, .deep = flags & KVMFEAT_PROBE_DEEP };
	const struct kf_reason reason = ctx->reason; /* no failure of a question is this call's */
	struct kvmfeat_probe *probe;
	char value[16];

	if (flags & ~KVMFEAT_PROBE_DEEP) {
		snprintf(value, sizeof(value), "0x%x", flags);
		return kf_invalid(&ctx->reason, "probe", "flags", value,
				  "probe flags %s are unknown", value);
	}
	probe = kf_alloc(ctx, NULL, 1,
			 sizeof(*probe) + kf_feature_count * sizeof(probe->answers[0]));
	if (!probe)
		return kf_no_memory(&ctx->reason, "probe");
	kf_reason_init(&probing.kvm);
	prepare(&probing);
	for (size_t i = 0; i < kf_feature_count; i++)
		ask(&kf_features[i], &probing, &probe->answers[i]);
	probe->count = kf_feature_count;
	kvmfeat_vm_free(probing.vm);
	ctx->reason = reason;
	strcpy(probe->arch, ctx->arch_name);
	strcpy(probe->release, ctx->release);
	probe->host = (struct kvmfeat_host){
		.arch = probe->arch,
		.release = probe->release,
		.api_version = probing.kvm_error ? -1 : KVM_API_VERSION,
	};
	*ret_probe = probe;
	return 0;
}

KVMFEAT_EXPORT const struct kvmfeat_host *kvmfeat_probe_host(const struct kvmfeat_probe *probe)
{
	return &probe->host;
}

KVMFEAT_EXPORT size_t kvmfeat_probe_count(const struct kvmfeat_probe *probe)
{
	return probe->count;
}

KVMFEAT_EXPORT const struct kvmfeat_feature *kvmfeat_probe_at(const struct kvmfeat_probe *probe,
							      size_t index)
{
	return index < probe->count ? &probe->answers[index].feature : NULL;
}

KVMFEAT_EXPORT const struct kvmfeat_feature *kvmfeat_probe_find(const struct kvmfeat_probe *probe,
								const char *id)
{
	for (size_t i = 0; i < probe->count; i++)
		if (!strcmp(probe->answers[i].feature.id, id))
			return &probe->answers[i].feature;
	return NULL;
}

KVMFEAT_EXPORT void kvmfeat_probe_free(struct kvmfeat_probe *probe)
{
	free(probe);
}

KVMFEAT_EXPORT const char *kvmfeat_probe_state_name(enum kvmfeat_state state)
{
	static const char *const names[] = {
		[KVMFEAT_STATE_UNKNOWN] = "unknown", [KVMFEAT_STATE_ABSENT] = "absent",
		[KVMFEAT_STATE_OFF] = "off",	     [KVMFEAT_STATE_AVAILABLE] = "available",
		[KVMFEAT_STATE_ON] = "on",
	};

	return (size_t)state < KF_ARRAY_SIZE(names) ? names[state] : "unknown";
}
