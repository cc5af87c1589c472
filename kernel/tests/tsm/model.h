/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sysfs ABI of PCI TSM promises, as a state machine, for random.c: model_*() foretell the
 * errno of an operation on an emulated function and do it in the model.
 */
#ifndef KVMFEAT_TESTS_TSM_MODEL_H
#define KVMFEAT_TESTS_TSM_MODEL_H

#include <stdbool.h>

#include "emu.h"

#define NAME_SIZE 16
#define REPORT_SIZE 512

/* Who holds a function. */
enum hold {
	FREE,
	CONNECTED,
	MANAGED, /* by the connected function 0 */
	LOCKED,
	ACCEPTED,
};

enum step {
	PROBE,
	CONNECT,
	BIND,
	LOCK,
	REPORT,
	ACCEPT,
	STEPS,
};

/* Reports that a device answers with. */
enum report {
	DEFAULT,
	CHANGED,
	BROKEN,
};

struct function {
	enum hold hold;
	bool present;
	bool driver;
	bool error; /* the interface went into its error state */
	int vm; /* that it is bound to, or 0 */
	int order[STEPS]; /* the errno of one failure */
	enum report answers;
	unsigned long long generation; /* 0: not read yet */
};

struct model {
	struct function fn[EMU_FUNCTIONS];
	char link[NAME_SIZE]; /* names of the TSMs; "": not registered */
	char devsec[NAME_SIZE];
};

static inline bool is_pf0(int index)
{
	return index == EMU_DSM || index == EMU_SEVERAL;
}

static inline bool is_linked(const struct function *fn)
{
	return fn->hold == CONNECTED || fn->hold == MANAGED;
}

static inline bool is_locked(const struct function *fn)
{
	return fn->hold == LOCKED || fn->hold == ACCEPTED;
}

static inline bool can_connect(const struct model *model, int index)
{
	return model->fn[index].present && model->link[0] && is_pf0(index);
}

static inline bool can_lock(const struct model *model, int index)
{
	return model->fn[index].present && model->devsec[0] && index != EMU_PLAIN;
}

static inline int take_order(struct function *fn, enum step step)
{
	int err = fn->order[step];

	fn->order[step] = 0;
	return err;
}

/* Forgets what a TSM knew. */
static inline void set_free(struct function *fn)
{
	fn->hold = FREE;
	fn->error = false;
	fn->vm = 0;
	fn->generation = 0;
}

static inline bool is_name(const char *name)
{
	int number, end = 0;

	return sscanf(name, "tsm%d%n", &number, &end) == 1 && !name[end];
}

static inline int model_connect(struct model *model, int index, const char *name)
{
	struct function *fn = &model->fn[index];
	int err;

	if (!can_connect(model, index))
		return ENOENT;
	if (!is_name(name))
		return EINVAL;
	if (fn->hold != FREE)
		return EBUSY;
	if (strcmp(name, model->link) || take_order(fn, PROBE))
		return ENXIO;
	err = take_order(fn, CONNECT);
	if (err)
		return err;
	fn->hold = CONNECTED;
	for (int i = EMU_SECOND; index == EMU_DSM && i <= EMU_THIRD; i++)
		if (model->fn[i].hold == FREE && !take_order(&model->fn[i], PROBE))
			model->fn[i].hold = MANAGED;
	return 0;
}

static inline int model_disconnect(struct model *model, int index, const char *name)
{
	if (!can_connect(model, index))
		return ENOENT;
	if (model->fn[index].hold != CONNECTED)
		return ENXIO;
	if (strcmp(name, model->link))
		return EINVAL;
	set_free(&model->fn[index]);
	for (int i = EMU_SECOND; index == EMU_DSM && i <= EMU_THIRD; i++)
		if (model->fn[i].hold == MANAGED)
			set_free(&model->fn[i]);
	return 0;
}

/* To VM @vm; 0 unbinds. */
static inline int model_bind(struct model *model, int index, int vm)
{
	struct function *fn = &model->fn[index];
	int err;

	if (!fn->present)
		return ENODEV;
	if (!vm) {
		fn->vm = 0;
		return 0;
	}
	if (!is_linked(fn))
		return fn->hold == FREE ? EINVAL : ENXIO;
	if (fn->vm)
		return fn->vm == vm ? 0 : EBUSY;
	err = take_order(fn, BIND);
	if (!err)
		fn->vm = vm;
	return err;
}

static inline int model_lock(struct model *model, int index, const char *name)
{
	struct function *fn = &model->fn[index];
	int err;

	if (!can_lock(model, index))
		return ENOENT;
	if (!is_name(name))
		return EINVAL;
	if (fn->hold != FREE || fn->driver)
		return EBUSY;
	if (strcmp(name, model->devsec))
		return ENXIO;
	err = take_order(fn, LOCK) ?: take_order(fn, REPORT);
	if (err)
		return err;
	fn->hold = LOCKED;
	fn->generation = 0;
	return 0;
}

/*
 * The generation that is named is the present one, if @right; the device answers with the report
 * that is shown, if @same.
 */
static inline int model_accept(struct model *model, int index, bool right, bool same)
{
	struct function *fn = &model->fn[index];
	int err;

	if (!can_lock(model, index))
		return ENOENT;
	if (!is_locked(fn))
		return EINVAL;
	if (fn->hold == ACCEPTED || fn->driver)
		return EBUSY;
	if (!right)
		return EAGAIN;
	err = take_order(fn, REPORT) ?: fn->error ? EIO : 0;
	if (err)
		return err;
	if (!same) {
		fn->generation = 0;
		return EAGAIN;
	}
	err = fn->answers == BROKEN ? EIO : take_order(fn, ACCEPT);
	if (!err)
		fn->hold = ACCEPTED;
	return err;
}

static inline int model_unlock(struct model *model, int index, const char *name)
{
	struct function *fn = &model->fn[index];

	if (!can_lock(model, index))
		return ENOENT;
	if (!is_locked(fn) || strcmp(name, model->devsec))
		return EINVAL;
	if (fn->driver)
		return EBUSY;
	set_free(fn);
	return 0;
}

/* The endpoint of @index is pulled out, or comes back. */
static inline void model_replug(struct model *model, int index, bool present)
{
	int first = index <= EMU_THIRD ? EMU_DSM : index;
	int last = index <= EMU_THIRD ? EMU_THIRD : index;

	for (int i = first; i <= last; i++) {
		if (model->fn[i].present == present)
			continue;
		set_free(&model->fn[i]);
		model->fn[i].driver = false;
		model->fn[i].present = present;
	}
}

static inline void model_unregister_link(struct model *model)
{
	model->link[0] = '\0';
	for (int i = 0; i < EMU_FUNCTIONS; i++)
		if (is_linked(&model->fn[i]))
			set_free(&model->fn[i]);
}

/* Drivers of what is locked are unbound. */
static inline void model_unregister_devsec(struct model *model)
{
	model->devsec[0] = '\0';
	for (int i = 0; i < EMU_FUNCTIONS; i++) {
		if (!is_locked(&model->fn[i]))
			continue;
		set_free(&model->fn[i]);
		model->fn[i].driver = false;
	}
}

#endif
