// SPDX-License-Identifier: LGPL-2.1-or-later
/* The CPU PMUs of a host, from sysfs, and how they share the CPUs. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmu-private.h"

#define LIST "list the PMUs"
#define DEVICES "sys/bus/event_source/devices"
#define CPUS "sys/devices/system/cpu"
#define FILE_SIZE 4096 /* a page, which an attribute never exceeds where it is of 4 KiB */
#define PATH_SIZE 320

/* What could not be seen, and why: the first such thing is kept. */
struct lack {
	enum kvmfeat_why why;
	char reason[384]; /* empty: nothing is missing */
};

struct entry {
	struct kvmfeat_pmu pmu;
	struct kf_cpus cpus; /* while pmu.cpus is not NULL */
	char name[256];
	struct lack lack;
	char *text; /* of pmu.cpus */
};

struct kvmfeat_pmu_list {
	struct kvmfeat_pmu_mix mix;
	size_t count;
	size_t room;
	struct entry **entries;
	char *uncovered;
	char *offline;
	struct lack lack;
	char advice[512];
};

/* A list in the making. */
struct loading {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_pmu_list *list;
	struct kf_cpus possible, online;
	bool knows_possible, knows_online;
};

static enum kvmfeat_why why_of(int err)
{
	return err == -EACCES || err == -EPERM ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NOT_VISIBLE;
}

static void lacks(struct lack *lack, enum kvmfeat_why why, const char *fmt, ...) KF_PRINTF(3, 4);

static void lacks(struct lack *lack, enum kvmfeat_why why, const char *fmt, ...)
{
	va_list args;

	if (*lack->reason)
		return;
	va_start(args, fmt);
	vsnprintf(lack->reason, sizeof(lack->reason), fmt, args);
	va_end(args);
	lack->why = why;
}

static void lacks_file(struct lack *lack, const char *path, int err)
{
	lacks(lack, why_of(err), "/%s cannot be read: %s", path, kf_errno_text(err));
}

/* Nothing that the kernel writes: the tree was changed, or the file is another one. */
static int malformed(struct kvmfeat_ctx *ctx, const char *path, const char *text)
{
	const struct kf_fault fault = {
		.error = -EBADMSG,
		.origin = KVMFEAT_ORIGIN_KERNEL,
		.operation = "read",
		.object = path,
		.value = text,
	};

	if (!text)
		return kf_fail(&ctx->reason, &fault,
			       "/%s cannot be decoded: it holds a NUL byte or is longer than %d",
			       path, FILE_SIZE - 1);
	return kf_fail(&ctx->reason, &fault, "/%s cannot be decoded: '%.64s'", path, text);
}

/* 0, -EBADMSG with a reason, or another error without. */
static int read_cpus(struct kvmfeat_ctx *ctx, const char *path, struct kf_cpus *ret_cpus)
{
	char text[FILE_SIZE];
	ssize_t length = kf_read_file(ctx, path, text, sizeof(text));

	if (length == -EBADMSG)
		return malformed(ctx, path, NULL);
	if (length < 0)
		return (int)length;
	return kf_cpus_decode(text, ret_cpus) ? malformed(ctx, path, text) : 0;
}

static int read_type(struct kvmfeat_ctx *ctx, const char *path, int *ret_type)
{
	char text[32];
	ssize_t length = kf_read_file(ctx, path, text, sizeof(text));

	if (length == -EBADMSG)
		return malformed(ctx, path, NULL);
	if (length < 0)
		return (int)length;
	return kf_pmu_decode_type(text, ret_type) ? malformed(ctx, path, text) : 0;
}

/* The text of a set, to be freed. */
static int make_text(struct kvmfeat_ctx *ctx, const struct kf_cpus *cpus, char **ret_text)
{
	const size_t size = kf_cpus_text(cpus, NULL, 0) + 1;
	char *text = kf_alloc(ctx, NULL, 1, size);

	if (!text)
		return kf_no_memory(&ctx->reason, LIST);
	kf_cpus_text(cpus, text, size);
	*ret_text = text;
	return 0;
}

static void free_entry(struct entry *entry)
{
	if (entry)
		free(entry->text);
	free(entry);
}

static int append(const struct loading *l, struct entry *entry)
{
	struct kvmfeat_pmu_list *list = l->list;

	if (list->count == list->room) {
		const size_t room = list->room ? 2 * list->room : 4;
		struct entry **entries = kf_alloc(l->ctx, list->entries, room, sizeof(*entries));

		if (!entries)
			return kf_no_memory(&l->ctx->reason, LIST);
		list->entries = entries;
		list->room = room;
	}
	list->entries[list->count++] = entry;
	return 0;
}

/*
 * Fills in the CPUs. 1: it is no PMU of CPUs; 0; or an error with a reason. "cpu" is what a PMU is
 * called where all CPUs have the same (perf_pmu_register() of x86 and others).
 */
static int find_cpus(const struct loading *l, struct entry *entry, const char *path)
{
	int err = read_cpus(l->ctx, path, &entry->cpus);
	char mask[PATH_SIZE];

	if (err == -EBADMSG)
		return err;
	if (err == -ENOENT || err == -ENOTDIR) {
		snprintf(mask, sizeof(mask), DEVICES "/%s/cpumask", entry->name);
		if (strcmp(entry->name, "cpu") != 0 || kf_exists(l->ctx, mask) != 0)
			return 1;
		if (!l->knows_possible) {
			lacks(&entry->lack, KVMFEAT_WHY_NOT_VISIBLE,
			      "/" CPUS "/possible cannot be read");
			return 0;
		}
		entry->cpus = l->possible;
	} else if (err) {
		lacks_file(&entry->lack, path, err);
		return 0;
	}
	return make_text(l->ctx, &entry->cpus, &entry->text);
}

/* 0, 1 when it is gone, or an error with a reason. */
static int find_type(const struct loading *l, struct entry *entry, const char *path)
{
	int err = read_type(l->ctx, path, &entry->pmu.type);

	if (!err || err == -EBADMSG)
		return err;
	if (err == -ENOENT)
		return 1;
	lacks_file(&entry->lack, path, err);
	return 0;
}

static int visit(void *data, const char *name)
{
	struct loading *l = data;
	struct entry *entry = kf_alloc(l->ctx, NULL, 1, sizeof(*entry));
	char path[PATH_SIZE];
	int err;

	if (!entry)
		return kf_no_memory(&l->ctx->reason, LIST);
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->pmu.name = entry->name;
	entry->pmu.type = -1;
	snprintf(path, sizeof(path), DEVICES "/%s/cpus", entry->name);
	err = find_cpus(l, entry, path);
	if (!err) {
		snprintf(path, sizeof(path), DEVICES "/%s/type", entry->name);
		err = find_type(l, entry, path);
	}
	entry->pmu.cpus = entry->text;
	entry->pmu.why = entry->lack.why;
	entry->pmu.reason = *entry->lack.reason ? entry->lack.reason : NULL;
	if (!err)
		err = append(l, entry);
	if (err)
		free_entry(entry);
	return err < 0 ? err : 0;
}

static int by_type(const void *a, const void *b)
{
	const struct kvmfeat_pmu *x = &(*(struct entry *const *)a)->pmu;
	const struct kvmfeat_pmu *y = &(*(struct entry *const *)b)->pmu;

	/* Those without a type come last. */
	if (x->type != y->type)
		return (unsigned int)x->type < (unsigned int)y->type ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int dir_failed(struct kvmfeat_ctx *ctx, int err)
{
	return kf_fail(
		&ctx->reason,
		&(struct kf_fault){ .error = err,
				    .origin = KVMFEAT_ORIGIN_KERNEL,
				    .why = why_of(err),
				    .operation = "open",
				    .object = "/" DEVICES,
				    .remedy = err == -ENOENT ? "mount sysfs on /sys" : NULL },
		"/" DEVICES " cannot be read: %s", kf_errno_text(err));
}

/* Without perf events the kernel has no such directory. */
static int add_all(struct loading *l)
{
	int err, fd = kf_open(l->ctx, DEVICES, O_RDONLY | O_DIRECTORY);

	if (fd == -ENOENT && kf_exists(l->ctx, "sys/devices") == 1) {
		lacks(&l->list->lack, KVMFEAT_WHY_KERNEL_CONFIG,
		      "there is no PMU: this kernel was built without perf events");
		return 0;
	}
	if (fd < 0)
		return dir_failed(l->ctx, fd);
	err = kf_for_each_entry(l->ctx, fd, visit, l);
	kf_close(l->ctx, fd);
	/* A visitor has said why itself. */
	return err && err != -ENOMEM && err != -EBADMSG ? dir_failed(l->ctx, err) : err;
}

/* The set of CPUs in one of the files of /sys/devices/system/cpu. */
static int find_set(struct loading *l, const char *path, struct kf_cpus *cpus, bool *ret_known)
{
	int err = read_cpus(l->ctx, path, cpus);

	*ret_known = !err;
	if (!err || err == -EBADMSG)
		return err;
	lacks_file(&l->list->lack, path, err);
	return 0;
}

/* Whether several PMUs have CPUs; @ret_all: the CPUs of every PMU are known. */
static enum kvmfeat_pmu_answer count_shares(struct kvmfeat_pmu_list *list, bool *ret_all)
{
	size_t sharing = 0;

	*ret_all = true;
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = list->entries[i];

		if (entry->pmu.cpus)
			sharing += *entry->pmu.cpus != '\0';
		else
			*ret_all = false;
		if (entry->pmu.reason)
			lacks(&list->lack, entry->pmu.why, "%s", entry->pmu.reason);
	}
	return sharing > 1 ? KVMFEAT_PMU_YES : *ret_all ? KVMFEAT_PMU_NO : KVMFEAT_PMU_UNKNOWN;
}

/* "CPUs 0-3 (armv8_cortex_a53) or 4-7 (armv8_cortex_a72)" */
static void where_to_pin(const struct kvmfeat_pmu_list *list, char *buf, size_t size)
{
	const char *between = "CPUs ";
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < list->count && used < size; i++) {
		const struct kvmfeat_pmu *pmu = &list->entries[i]->pmu;

		if (!pmu->cpus || !*pmu->cpus)
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s (%s)", between, pmu->cpus,
					 pmu->name);
		between = " or ";
	}
}

static void advise(const struct loading *l, const struct kf_cpus *uncovered)
{
	struct kvmfeat_pmu_list *list = l->list;
	const struct kf_cpus off = kf_cpus_without(uncovered, &l->online);
	char where[320];

	where_to_pin(list, where, sizeof(where));
	if (!list->count)
		snprintf(list->advice, sizeof(list->advice),
			 "fixed counters only are of no use: there is no PMU of CPUs");
	else if (!list->mix.uncovered)
		snprintf(list->advice, sizeof(list->advice),
			 "whether fixed counters only are needed is not known: %s",
			 list->lack.reason);
	else if (*list->mix.uncovered && l->knows_online && !memcmp(&off, uncovered, sizeof(off)))
		snprintf(list->advice, sizeof(list->advice),
			 "no PMU is known for some CPUs that are offline (%s): bring them online "
			 "once, or pin all vCPUs to %s and select that PMU",
			 list->mix.uncovered, *where ? where : "others");
	else if (*list->mix.uncovered)
		snprintf(list->advice, sizeof(list->advice),
			 "fixed counters only are refused, as some CPUs (%s) have no PMU: pin all "
			 "vCPUs to %s and select that PMU",
			 list->mix.uncovered, *where ? where : "others");
	else if (list->mix.heterogeneous == KVMFEAT_PMU_YES)
		snprintf(
			list->advice, sizeof(list->advice),
			"this host is heterogeneous: guests need fixed counters only, or all vCPUs "
			"pinned to %s with that PMU selected",
			where);
	else
		snprintf(list->advice, sizeof(list->advice),
			 "fixed counters only are not needed: all CPUs have the same PMU, %s",
			 list->entries[0]->name);
	list->mix.advice = list->advice;
}

/* What follows from the entries. */
static int conclude(struct loading *l)
{
	struct kvmfeat_pmu_list *list = l->list;
	struct kf_cpus uncovered = l->possible;
	bool knows_all;
	int err = 0;

	list->mix.heterogeneous = count_shares(list, &knows_all);
	for (size_t i = 0; i < list->count; i++)
		uncovered = kf_cpus_without(&uncovered, &list->entries[i]->cpus);
	if (knows_all && l->knows_possible)
		err = make_text(l->ctx, &uncovered, &list->uncovered);
	if (!err && l->knows_possible && l->knows_online) {
		const struct kf_cpus offline = kf_cpus_without(&l->possible, &l->online);

		err = make_text(l->ctx, &offline, &list->offline);
	}
	if (err)
		return err;
	list->mix.uncovered = list->uncovered;
	list->mix.offline = list->offline;
	if (!list->count)
		lacks(&list->lack, KVMFEAT_WHY_HARDWARE, "there is no PMU of CPUs");
	list->mix.why = list->lack.why;
	list->mix.reason = *list->lack.reason ? list->lack.reason : NULL;
	if (l->ctx->arch == KF_ARCH_ARM64)
		advise(l, &uncovered);
	return 0;
}

KVMFEAT_EXPORT int kvmfeat_pmu_list_load(struct kvmfeat_ctx *ctx,
					 struct kvmfeat_pmu_list **ret_list)
{
	struct loading l = { .ctx = ctx };
	int err;

	l.list = kf_alloc(ctx, NULL, 1, sizeof(*l.list));
	if (!l.list)
		return kf_no_memory(&ctx->reason, LIST);
	err = find_set(&l, CPUS "/possible", &l.possible, &l.knows_possible);
	if (!err)
		err = find_set(&l, CPUS "/online", &l.online, &l.knows_online);
	if (!err)
		err = add_all(&l);
	if (!err && l.list->count)
		qsort(l.list->entries, l.list->count, sizeof(l.list->entries[0]), by_type);
	if (!err)
		err = conclude(&l);
	if (err) {
		kvmfeat_pmu_list_free(l.list);
		return err;
	}
	*ret_list = l.list;
	return 0;
}

KVMFEAT_EXPORT size_t kvmfeat_pmu_list_count(const struct kvmfeat_pmu_list *list)
{
	return list->count;
}

KVMFEAT_EXPORT const struct kvmfeat_pmu *kvmfeat_pmu_list_at(const struct kvmfeat_pmu_list *list,
							     size_t index)
{
	return index < list->count ? &list->entries[index]->pmu : NULL;
}

KVMFEAT_EXPORT const struct kvmfeat_pmu *kvmfeat_pmu_list_find(const struct kvmfeat_pmu_list *list,
							       unsigned int cpu)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i]->pmu.cpus && kf_cpus_has(&list->entries[i]->cpus, cpu))
			return &list->entries[i]->pmu;
	return NULL;
}

KVMFEAT_EXPORT const struct kvmfeat_pmu_mix *kvmfeat_pmu_list_mix(
	const struct kvmfeat_pmu_list *list)
{
	return &list->mix;
}

KVMFEAT_EXPORT void kvmfeat_pmu_list_free(struct kvmfeat_pmu_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free_entry(list->entries[i]);
	free(list->entries);
	free(list->uncovered);
	free(list->offline);
	free(list);
}

void kf_pmu_advice(struct kvmfeat_ctx *ctx, char *buf, size_t size)
{
	const struct kf_reason reason = ctx->reason; /* its failure is not the caller's */
	struct kvmfeat_pmu_list *list;

	*buf = '\0';
	if (kvmfeat_pmu_list_load(ctx, &list)) {
		snprintf(buf, size, "whether it is needed is not known: %s",
			 kvmfeat_ctx_error(ctx)->reason);
	} else {
		snprintf(buf, size, "%s", list->mix.advice ? list->mix.advice : "");
		kvmfeat_pmu_list_free(list);
	}
	ctx->reason = reason;
}
