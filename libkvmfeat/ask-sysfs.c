// SPDX-License-Identifier: LGPL-2.1-or-later
/* Questions of the feature table that module parameters and PCI devices in sysfs answer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "probe-rows.h"

/* The parameter's entry in @ret_list; NULL, with the answer made, when it says nothing. */
static const struct kvmfeat_param *get_param(struct kf_probing *probing, const char *module,
					     const char *name, struct kvmfeat_param_list **ret_list,
					     struct kf_answer *answer)
{
	const struct kvmfeat_param *param;
	int err = kvmfeat_param_list_load(probing->ctx, module, name, ret_list);

	if (err) {
		enum kvmfeat_why why = kvmfeat_ctx_error(probing->ctx)->why;

		kf_answer_error(answer, &probing->ctx->reason);
		if (why == KVMFEAT_WHY_NOT_LOADED || why == KVMFEAT_WHY_KERNEL_VERSION)
			answer->feature.state = KVMFEAT_STATE_ABSENT;
		return NULL;
	}
	param = kvmfeat_param_list_at(*ret_list, 0);
	kf_evidence(answer, "%s.%s = %s", module, name, param->raw ? param->raw : "?");
	if (param->value)
		return param;
	kf_answer(answer, KVMFEAT_STATE_UNKNOWN,
		  param->raw ? KVMFEAT_WHY_NONE : KVMFEAT_WHY_PERMISSION, NULL, "%s",
		  param->reason);
	kvmfeat_param_list_free(*ret_list);
	return NULL;
}

bool kf_param_is(struct kvmfeat_ctx *ctx, const char *module, const char *name, const char *value)
{
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *param;
	bool is;

	if (kvmfeat_param_list_load(ctx, module, name, &list))
		return false;
	param = kvmfeat_param_list_at(list, 0);
	is = param->value && !strcmp(param->value, value);
	kvmfeat_param_list_free(list);
	return is;
}

static bool built_in(const struct kvmfeat_param *param)
{
	return strncmp(param->load, "options ", strlen("options ")) != 0;
}

/* How a parameter is given another value when its module is loaded. */
static void load_remedy(const struct kvmfeat_param *param, const char *value, char *buf,
			size_t size)
{
	if (!built_in(param))
		snprintf(buf, size, "modprobe -r %s; modprobe %s %s=%s", param->module,
			 param->module, param->name, value);
	else
		snprintf(buf, size, "%s.%s=%s on the kernel command line", param->module,
			 param->name, value);
}

void kf_ask_avic(const struct kf_feature *row, struct kf_probing *probing, struct kf_answer *answer)
{
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *param = get_param(probing, "kvm_amd", "avic", &list, answer);
	char remedy[128];

	(void)row;
	if (!param) {
		if (answer->feature.why == KVMFEAT_WHY_NOT_LOADED &&
		    kf_cpu_lacks(probing->ctx, "svm"))
			kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, NULL,
				  "kvm_amd is not loaded, and this CPU shows no SVM");
		return;
	}
	load_remedy(param, "1", remedy, sizeof(remedy));
	if (!strcmp(param->value, "on"))
		answer->feature.state = KVMFEAT_STATE_ON;
	else if (!strcmp(param->value, "auto"))
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, NULL,
			  "kvm_amd.avic is auto: this kernel does not show what it chose");
	else if (kf_cpu_lacks(probing->ctx, "avic"))
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_HARDWARE, NULL,
			  "kvm_amd.avic is off, and this CPU shows no AVIC");
	else
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER, remedy,
			  "kvm_amd.avic is off, by choice or by default");
	kvmfeat_param_list_free(list);
}

void kf_ask_nx_huge_pages(const struct kf_feature *row, struct kf_probing *probing,
			  struct kf_answer *answer)
{
	struct kvmfeat_param_list *list;
	const struct kvmfeat_param *param =
		get_param(probing, "kvm", "nx_huge_pages", &list, answer);
	char remedy[128];

	(void)row;
	if (!param)
		return;
	load_remedy(param, "force", remedy, sizeof(remedy));
	if (!strcmp(param->value, "on"))
		answer->feature.state = KVMFEAT_STATE_ON;
	else if (!strcmp(param->value, "auto"))
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, NULL,
			  "kvm.nx_huge_pages is auto: kvm has not resolved it yet");
	else if (!strcmp(param->value, "never"))
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER,
			  built_in(param) ?
				  "start the host without kvm.nx_huge_pages=never" :
				  "reload the kvm modules without kvm.nx_huge_pages=never",
			  "kvm.nx_huge_pages is never, and cannot be changed any more");
	else
		kf_answer(answer, KVMFEAT_STATE_OFF, KVMFEAT_WHY_MODULE_PARAMETER,
			  param->writable ? "kvmfeat param set kvm.nx_huge_pages force" : remedy,
			  "kvm.nx_huge_pages is off: the CPU does not need it, or by choice");
	kvmfeat_param_list_free(list);
}

/* What sysfs shows of TSMs (class tsm) and of the devices that they serve. */
struct tsm_facts {
	struct kvmfeat_ctx *ctx;
	unsigned int tsms; /* /sys/class/tsm/tsmN */
	unsigned int link; /* of these, by their pci_mode, the host's kind */
	unsigned int devsec; /* and the guest's kind */
	unsigned int connect; /* PCI devices with tsm/connect: a link TSM serves them */
	unsigned int lock; /* PCI devices with tsm/lock: a devsec TSM serves them */
};

static int count_tsm(void *data, const char *name)
{
	struct tsm_facts *facts = data;
	enum kvmfeat_tsm_mode mode;
	int err;

	if (!kf_tsm_is_name(name))
		return 0;
	facts->tsms++;
	err = kf_tsm_read_mode(facts->ctx, name, &mode);
	if (err)
		return err == -ENOENT || err == -EBADMSG ? 0 : err;
	facts->link += mode == KVMFEAT_TSM_MODE_LINK;
	facts->devsec += mode == KVMFEAT_TSM_MODE_DEVSEC;
	return 0;
}

/* Adds 1 to @count when the attribute is there. */
static int count_attribute(struct kvmfeat_ctx *ctx, const char *dir, const char *name,
			   const char *attribute, unsigned int *count)
{
	char path[400];
	int there;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, name, attribute);
	there = kf_exists(ctx, path);
	if (there < 0)
		return there;
	*count += (unsigned int)there;
	return 0;
}

static int count_device(void *data, const char *name)
{
	static const char dir[] = "sys/bus/pci/devices";
	struct tsm_facts *facts = data;

	return count_attribute(facts->ctx, dir, name, "tsm/connect", &facts->connect) ?:
		       count_attribute(facts->ctx, dir, name, "tsm/lock", &facts->lock);
}

/* Visits a directory; a negative errno tells that it cannot be seen. */
static int visit_dir(struct kvmfeat_ctx *ctx, const char *path,
		     int (*visit)(void *data, const char *name), void *data)
{
	int err, fd = kf_open(ctx, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	err = kf_for_each_entry(ctx, fd, visit, data);
	kf_close(ctx, fd);
	return err;
}

/* A directory of sysfs that is missing or closed: absent only when sysfs itself is there. */
static void answer_unseen(const struct kf_feature *row, const struct kf_probing *probing,
			  struct kf_answer *answer, const char *path, int err)
{
	kf_evidence(answer, "/%s: %s", path, kf_errno_name(err));
	if (err == -ENOENT && kf_exists(probing->ctx, "sys/devices") == 1)
		kf_answer_lacking(row, probing, answer);
	else
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN,
			  err == -EACCES ? KVMFEAT_WHY_PERMISSION : KVMFEAT_WHY_NOT_VISIBLE,
			  err == -ENOENT ? "mount sysfs on /sys" : NULL, "/%s cannot be read: %s",
			  path, kf_errno_text(err));
}

/* False when the answer is made: there is no class of TSMs, or it is empty. */
static bool get_tsm_facts(const struct kf_feature *row, struct kf_probing *probing,
			  struct tsm_facts *facts, struct kf_answer *answer)
{
	static const char class[] = "sys/class/tsm";
	int err;

	*facts = (struct tsm_facts){ .ctx = probing->ctx };
	err = visit_dir(probing->ctx, class, count_tsm, facts);
	if (err) {
		answer_unseen(row, probing, answer, class, err);
		return false;
	}
	kf_evidence(answer, "/%s: %u TSMs", class, facts->tsms);
	if (!facts->tsms) {
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE,
			  "load the driver of the platform's TSM (AMD: ccp)",
			  "no TSM has registered");
		return false;
	}
	err = visit_dir(probing->ctx, "sys/bus/pci/devices", count_device, facts);
	if (err && err != -ENOENT) { /* without a PCI bus no device is served */
		answer_unseen(row, probing, answer, "sys/bus/pci/devices", err);
		return false;
	}
	kf_evidence(answer,
		    "/%s: %u TSMs (%u link, %u devsec by name); devices: %u connect, %u lock",
		    class, facts->tsms, facts->link, facts->devsec, facts->connect, facts->lock);
	return true;
}

void kf_ask_tsm_link(const struct kf_feature *row, struct kf_probing *probing,
		     struct kf_answer *answer)
{
	struct tsm_facts facts;

	if (!get_tsm_facts(row, probing, &facts, answer))
		return;
	if (facts.link || facts.connect)
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
	else if (facts.devsec == facts.tsms)
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, NULL,
			  "the TSM here is that of a guest");
	else
		kf_answer(answer, KVMFEAT_STATE_UNKNOWN, KVMFEAT_WHY_NOT_VISIBLE, NULL,
			  "the TSM does not tell its kind, and no PCI device shows tsm/connect");
}

void kf_ask_tsm_devsec(const struct kf_feature *row, struct kf_probing *probing,
		       struct kf_answer *answer)
{
	struct tsm_facts facts;

	if (!get_tsm_facts(row, probing, &facts, answer))
		return;
	if (facts.devsec || facts.lock)
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
	else if (facts.link == facts.tsms)
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, NULL,
			  "the TSM here is that of a host");
	else
		kf_answer_lacking(row, probing, answer);
}

struct ide_facts {
	struct kvmfeat_ctx *ctx;
	unsigned int buses;
	unsigned int capable;
};

/* The device above a root bus is its host bridge, wherever that hangs in the tree. */
static int count_bus(void *data, const char *name)
{
	struct ide_facts *facts = data;

	facts->buses++;
	return count_attribute(facts->ctx, "sys/class/pci_bus", name,
			       "../../available_secure_streams", &facts->capable);
}

void kf_ask_ide(const struct kf_feature *row, struct kf_probing *probing, struct kf_answer *answer)
{
	static const char class[] = "sys/class/pci_bus";
	struct ide_facts facts = { .ctx = probing->ctx };
	int err = visit_dir(probing->ctx, class, count_bus, &facts);

	if (err && (err != -ENOENT || kf_exists(probing->ctx, "sys/class") != 1)) {
		answer_unseen(row, probing, answer, class, err);
		return;
	}
	kf_evidence(answer, "available_secure_streams above %u of %u PCI buses", facts.capable,
		    facts.buses);
	if (facts.capable)
		answer->feature.state = KVMFEAT_STATE_AVAILABLE;
	else if (facts.buses)
		kf_answer_lacking(row, probing, answer);
	else
		kf_answer(answer, KVMFEAT_STATE_ABSENT, KVMFEAT_WHY_HARDWARE, NULL,
			  "this host has no PCI bus");
}
