// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The list of module parameters as they are now. Changing one is in param-set.c, their files are
 * in param-file.c, what is known of each in param-table.c, their grammar in param-decode.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "param-private.h"

struct entry {
	struct kvmfeat_param param;
	char name[KF_PARAM_NAME];
	char reason[512];
	char change[256];
	char load[192];
	char *raw;
};

struct kvmfeat_param_list {
	size_t count;
	size_t room;
	struct entry **entries;
};

/* A list in the making, at one module. */
struct loading {
	struct kvmfeat_ctx *ctx;
	struct kvmfeat_param_list *list;
	const char *module;
	bool built_in;
};

/* "1|0|auto": what may be given at load. */
static void load_values(const struct kf_param_row *row, char *buf, size_t size)
{
	const char *last = "";
	size_t used = 0;

	snprintf(buf, size, "%s", row ? "NUMBER" : "VALUE");
	for (const struct kf_param_word *w = row ? row->grammar->words : NULL; w && w->word; w++) {
		if (strcmp(w->load, last) != 0)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", *last ? "|" : "",
						 w->load);
		last = w->load;
	}
}

/* What has to be known before a change. */
static void describe_change(const struct loading *l, const struct kf_param_row *row,
			    struct entry *entry)
{
	static const char *const effects[] = {
		[KVMFEAT_PARAM_EFFECT_ALL_VMS] = "holds at once for every running VM",
		[KVMFEAT_PARAM_EFFECT_ZAP] =
			"drops the second-level page tables of every running VM: a latency spike "
			"in each guest",
	};
	const char *effect = row ? effects[row->effect] : NULL;
	const char *forever = NULL;
	char undo[64];

	if (!entry->param.writable) {
		snprintf(entry->change, sizeof(entry->change),
			 l->built_in ? "takes another start of the host" :
				       "takes another load of module %s, while no VM runs",
			 l->module);
		entry->param.change = entry->change;
		return;
	}
	for (const struct kf_param_word *w = row ? row->grammar->words : NULL; w && w->word; w++)
		if (w->effect == KVMFEAT_PARAM_EFFECT_IRREVERSIBLE)
			forever = w->word;
	if (!effect)
		return;
	kf_param_undo(undo, sizeof(undo), l->built_in, l->module);
	snprintf(entry->change, sizeof(entry->change), "%s%s%s%s%s", effect, forever ? "; '" : "",
		 forever ? forever : "", forever ? "' cannot be undone until " : "",
		 forever ? undo : "");
	entry->param.change = entry->change;
}

static void describe(const struct loading *l, const struct kf_param_row *row, struct entry *entry)
{
	struct kvmfeat_param *param = &entry->param;
	char values[64];

	param->module = l->module;
	param->name = entry->name;
	if (row) {
		param->kind = row->grammar->kind;
		param->words = row->grammar->names;
		param->min = row->grammar->min;
		param->max = row->grammar->max;
		param->text = row->text;
		param->effect = row->effect;
	}
	load_values(row, values, sizeof(values));
	kf_param_load_line(entry->load, sizeof(entry->load), l->built_in, l->module, entry->name,
			   values);
	param->load = entry->load;
	describe_change(l, row, entry);
}

static void lacks(struct entry *entry, enum kvmfeat_why why, const char *what, const char *clause)
{
	snprintf(entry->reason, sizeof(entry->reason), "%s%s%s", what, *what ? ": " : "", clause);
	entry->param.reason = entry->reason;
	entry->param.why = why;
}

/* Text and value, or the reason why not. */
static int evaluate(const struct loading *l, const struct kf_param_row *row,
		    const struct kf_param_file *file, int err, struct entry *entry)
{
	struct kvmfeat_param *param = &entry->param;
	char text[KF_PARAM_QUOTE], clause[192], path[KF_PARAM_PATH + 1] = "/";

	kf_param_path(path + 1, l->module, entry->name);
	if (err || file->flaw) {
		snprintf(clause, sizeof(clause), "%s%s", err ? "cannot be read: " : "the text ",
			 err ? kf_errno_text(err) : file->flaw);
		lacks(entry,
		      err == -EACCES || err == -EPERM ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NONE,
		      path, clause);
		return 0;
	}
	entry->raw = kf_alloc(l->ctx, NULL, 1, strlen(file->text) + 1);
	if (!entry->raw)
		return kf_no_memory(&l->ctx->reason, "list parameters");
	strcpy(entry->raw, file->text);
	param->raw = entry->raw;
	if (!row) {
		snprintf(clause, sizeof(clause), "this library does not know %s.%s", l->module,
			 entry->name);
		lacks(entry, KVMFEAT_WHY_NONE, "", clause);
		return 0;
	}
	param->value = kf_param_decode(row->grammar, entry->raw);
	if (param->value) {
		param->meaning = kf_param_meaning(row, param->value);
		return 0;
	}
	kf_param_quote(entry->raw, text);
	snprintf(clause, sizeof(clause), "the text '%s' is no value of this parameter", text);
	lacks(entry, KVMFEAT_WHY_NONE, path, clause);
	return 0;
}

static void free_entry(struct entry *entry)
{
	if (entry)
		free(entry->raw);
	free(entry);
}

static int append(const struct loading *l, struct entry *entry)
{
	struct kvmfeat_param_list *list = l->list;

	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 32;
		struct entry **entries = kf_alloc(l->ctx, list->entries, room, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		list->entries = entries;
		list->room = room;
	}
	list->entries[list->count++] = entry;
	return 0;
}

/* -ENOENT without a reason when the file is not there. */
static int add(struct loading *l, const char *name)
{
	const struct kf_param_row *row = kf_param_find(l->module, name);
	struct kf_param_file file;
	struct entry *entry;
	int err, read_err;

	read_err = kf_param_read(l->ctx, l->module, name, &file);
	if (read_err == -ENOENT)
		return read_err;
	entry = kf_alloc(l->ctx, NULL, 1, sizeof(*entry));
	if (!entry)
		return kf_no_memory(&l->ctx->reason, "list parameters");
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->param.writable = file.writable;
	describe(l, row, entry);
	err = evaluate(l, row, &file, read_err, entry);
	if (!err && append(l, entry))
		err = kf_no_memory(&l->ctx->reason, "list parameters");
	if (err)
		free_entry(entry);
	return err;
}

static int visit(void *data, const char *name)
{
	struct loading *l = data;
	int err;

	if (!kf_param_name_valid(name)) {
		char quoted[KF_PARAM_QUOTE];

		kf_param_quote(name, quoted);
		kf_log(&l->ctx->log, KVMFEAT_LOG_WARN,
		       "/sys/module/%s/parameters/%s is passed over: no name of a parameter",
		       l->module, quoted);
		return 0;
	}
	err = add(l, name);
	return err == -ENOENT ? 0 : err; /* the module was unloaded meanwhile */
}

static int dir_failed(struct loading *l, int err)
{
	char path[KF_PARAM_PATH];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters", l->module);
	return kf_fail(&l->ctx->reason,
		       &(struct kf_fault){ .error = err,
					   .origin = KVMFEAT_ORIGIN_KERNEL,
					   .why = err == -EACCES || err == -EPERM ?
							  KVMFEAT_WHY_PERMISSION :
							  KVMFEAT_WHY_NONE,
					   .operation = "open",
					   .object = path },
		       "%s cannot be read: %s", path, kf_errno_text(err));
}

/* All parameters of a module; a module without any has no such directory. */
static int add_all(struct loading *l)
{
	int fd = kf_param_open_module(l->ctx, l->module, "/parameters", O_RDONLY | O_DIRECTORY);
	int err;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return dir_failed(l, fd);
	err = kf_for_each_entry(l->ctx, fd, visit, l);
	kf_close(l->ctx, fd);
	/* A visitor fails for want of memory only, and says so itself. */
	return err && err != -ENOMEM ? dir_failed(l, err) : err;
}

/* @wanted: the caller named the module, so it must be there. */
static int add_module(struct loading *l, const char *name, bool wanted)
{
	int fd = kf_param_open_module(l->ctx, l->module, "", O_PATH | O_DIRECTORY);
	int err;

	if (fd == -ENOENT)
		return wanted ? kf_param_not_loaded(l->ctx, l->module) : 0;
	if (fd < 0)
		return dir_failed(l, fd);
	kf_close(l->ctx, fd);
	l->built_in = kf_param_built_in(l->ctx, l->module);
	if (!name)
		return add_all(l);
	err = add(l, name);
	return err == -ENOENT ? kf_param_missing(l->ctx, l->module, name) : err;
}

static int by_name(const void *a, const void *b)
{
	const struct kvmfeat_param *x = &(*(struct entry *const *)a)->param;
	const struct kvmfeat_param *y = &(*(struct entry *const *)b)->param;
	int order = strcmp(x->module, y->module);

	return order ? order : strcmp(x->name, y->name);
}

KVMFEAT_EXPORT int kvmfeat_param_list_load(struct kvmfeat_ctx *ctx, const char *module,
					   const char *name, struct kvmfeat_param_list **ret_list)
{
	struct loading loading = { .ctx = ctx };
	int err;

	if (name && !module)
		return kf_invalid(&ctx->reason, "list parameters", "module", NULL,
				  "a parameter is named without its module");
	err = module ? kf_param_check_names(ctx, "list parameters", module, name) :
		       kf_param_need_sysfs(ctx);
	if (err)
		return err;
	loading.list = kf_alloc(ctx, NULL, 1, sizeof(*loading.list));
	if (!loading.list)
		return kf_no_memory(&ctx->reason, "list parameters");
	for (const char *const *m = kf_param_modules; *m && !err; m++)
		if (!module || !strcmp(*m, module)) {
			loading.module = *m;
			err = add_module(&loading, name, module);
		}
	if (err) {
		kvmfeat_param_list_free(loading.list);
		return err;
	}
	if (loading.list->count)
		qsort(loading.list->entries, loading.list->count, sizeof(loading.list->entries[0]),
		      by_name);
	*ret_list = loading.list;
	return 0;
}

KVMFEAT_EXPORT size_t kvmfeat_param_list_count(const struct kvmfeat_param_list *list)
{
	return list->count;
}

KVMFEAT_EXPORT const struct kvmfeat_param *kvmfeat_param_list_at(
	const struct kvmfeat_param_list *list, size_t index)
{
	return index < list->count ? &list->entries[index]->param : NULL;
}

KVMFEAT_EXPORT void kvmfeat_param_list_free(struct kvmfeat_param_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free_entry(list->entries[i]);
	free(list->entries);
	free(list);
}
