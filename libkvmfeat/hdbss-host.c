// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a host offers, and why not; the switch of a VM is in hdbss.c. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "hdbss-private.h"

#define HOST_MIN_SIZE sizeof(struct kvmfeat_hdbss_host)

static int ask(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm, unsigned int number, int *ret_value)
{
	return vm ? kvmfeat_vm_get_cap(vm, number, ret_value) :
		    kvmfeat_cap_get(ctx, number, ret_value);
}

int kf_hdbss_ask(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		 struct kf_hdbss_answers *ret_answers, struct kf_hdbss_offer *ret_offer)
{
	struct kf_hdbss_answers answers = { 0 };
	int err = 0;

	if (ctx->arch == KF_ARCH_ARM64) {
		err = ask(ctx, vm, KVM_CAP_ARM_HDBSS_KVMFEAT, &answers.kvmfeat);
		if (!err)
			err = ask(ctx, vm, KF_CAP_HDBSS_POSTED, &answers.posted);
		if (!err)
			err = ask(ctx, vm, KF_CAP_HDBSS_OPENEULER, &answers.openeuler);
	}
	if (err)
		return err;
	*ret_offer = kf_hdbss_tell(&answers);
	if (ret_answers)
		*ret_answers = answers;
	return 0;
}

static enum kvmfeat_hdbss_el2 read_cmdline(struct kvmfeat_ctx *ctx)
{
	char text[4096]; /* twice arm64's COMMAND_LINE_SIZE */

	return kf_read_start(ctx, "proc/cmdline", text, sizeof(text)) < 0 ?
		       KVMFEAT_HDBSS_EL2_UNKNOWN :
		       kf_hdbss_decode_cmdline(text);
}

static uint64_t read_midr(struct kvmfeat_ctx *ctx)
{
	static const char path[] = "sys/devices/system/cpu/cpu0/regs/identification/midr_el1";
	char text[32];

	return kf_read_file(ctx, path, text, sizeof(text)) < 0 ? 0 : kf_hdbss_decode_midr(text);
}

static void lack(struct kf_hdbss_lack *lack, enum kvmfeat_why why, const char *remedy,
		 const char *fmt, ...) KF_PRINTF(4, 5);

static void lack(struct kf_hdbss_lack *lack, enum kvmfeat_why why, const char *remedy,
		 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(lack->reason, sizeof(lack->reason), fmt, args);
	va_end(args);
	snprintf(lack->remedy, sizeof(lack->remedy), "%s", remedy);
	lack->why = why;
}

/* Whether /dev/kvm, where it opens, offers what a VM does not. */
static bool host_offers(struct kvmfeat_ctx *ctx)
{
	const struct kf_reason reason = ctx->reason; /* its failure is not this call's */
	struct kf_hdbss_offer offer;
	bool offers = !kf_hdbss_ask(ctx, NULL, NULL, &offer) && kf_hdbss_can_switch(&offer);

	ctx->reason = reason;
	return offers;
}

static void explain_none(struct kvmfeat_ctx *ctx, struct kf_hdbss_lack *ret_lack)
{
	const enum kvmfeat_hdbss_el2 el2 = read_cmdline(ctx);
	char remedy[sizeof(ret_lack->remedy)];

	if (el2 != KVMFEAT_HDBSS_EL2_UNKNOWN) {
		snprintf(remedy, sizeof(remedy), "start the host without %s",
			 el2 == KVMFEAT_HDBSS_EL2_NVHE ? "kvm-arm.mode=nvhe and id_aa64mmfr1.vh=0" :
							 "kvm-arm.mode=protected");
		lack(ret_lack, KVMFEAT_WHY_MODULE_PARAMETER, remedy,
		     "no capability offers it: KVM was started %s, and HDBSS needs VHE",
		     el2 == KVMFEAT_HDBSS_EL2_NVHE ? "without VHE (nvhe)" : "protected (pKVM)");
		return;
	}
	lack(ret_lack, KVMFEAT_WHY_NOT_VISIBLE,
	     "a kernel with KVM_CAP_ARM_HDBSS_KVMFEAT, started at EL2 with VHE, on a CPU with "
	     "FEAT_HDBSS that firmware has enabled (SCR_EL3.HDBSSEn)",
	     "no capability offers it: the kernel (%s), the CPU or firmware lacks it; a kernel "
	     "that "
	     "uses it by itself shows nothing",
	     ctx->release);
}

void kf_hdbss_explain(struct kvmfeat_ctx *ctx, struct kvmfeat_vm *vm,
		      const struct kf_hdbss_offer *offer, struct kf_hdbss_lack *ret_lack)
{
	if (ctx->arch == KF_ARCH_UNKNOWN)
		lack(ret_lack, KVMFEAT_WHY_NOT_VISIBLE, "",
		     "the architecture of this host is not known");
	else if (ctx->arch != KF_ARCH_ARM64)
		lack(ret_lack, KVMFEAT_WHY_OTHER_ARCH, "", "HDBSS is of arm64, this host is %s",
		     ctx->arch_name);
	else if (offer->abi->variant == KVMFEAT_HDBSS_KVMFEAT_NEWER)
		lack(ret_lack, KVMFEAT_WHY_NOT_VISIBLE, "a newer libkvmfeat",
		     "the kernel offers it through an interface of version %u, which this library "
		     "does not know",
		     offer->version);
	else if (vm && host_offers(ctx))
		lack(ret_lack, KVMFEAT_WHY_NONE, "a VM of the default type",
		     "/dev/kvm offers it, and this VM does not: it is protected");
	else
		explain_none(ctx, ret_lack);
}

/* HDBSS needs VHE, and so do guests that run guests (kvm-arm.mode=nested). */
static int find_el2(struct kvmfeat_ctx *ctx, const struct kf_hdbss_offer *offer,
		    enum kvmfeat_hdbss_el2 *ret_el2)
{
	const bool is_offered = kf_hdbss_can_switch(offer);
	int nested = 0, err = 0;

	if (ctx->arch == KF_ARCH_ARM64 && !is_offered)
		err = kvmfeat_cap_get(ctx, KVM_CAP_ARM_EL2, &nested);
	if (err)
		return err;
	*ret_el2 = is_offered || nested	      ? KVMFEAT_HDBSS_EL2_VHE :
		   ctx->arch == KF_ARCH_ARM64 ? read_cmdline(ctx) :
						KVMFEAT_HDBSS_EL2_UNKNOWN;
	return 0;
}

static void describe(struct kvmfeat_ctx *ctx, const struct kf_hdbss_answers *answers,
		     const struct kf_hdbss_offer *offer, struct kvmfeat_hdbss_host *host)
{
	struct kf_hdbss_lack lack;

	if (kf_hdbss_can_switch(offer)) {
		host->state = KVMFEAT_STATE_AVAILABLE;
	} else {
		kf_hdbss_explain(ctx, NULL, offer, &lack);
		host->why = lack.why;
		strcpy(host->reason, lack.reason);
		strcpy(host->remedy, lack.remedy);
		host->state = lack.why == KVMFEAT_WHY_OTHER_ARCH ? KVMFEAT_STATE_ABSENT :
								   KVMFEAT_STATE_UNKNOWN;
	}
	if (ctx->arch != KF_ARCH_ARM64) {
		host->how = "HDBSS is of arm64: nothing was asked";
		return;
	}
	snprintf(host->evidence, sizeof(host->evidence), "capabilities %u = 0x%x, %u = %d, %u = %d",
		 KVM_CAP_ARM_HDBSS_KVMFEAT, (unsigned int)answers->kvmfeat, KF_CAP_HDBSS_POSTED,
		 answers->posted, KF_CAP_HDBSS_OPENEULER, answers->openeuler);
	host->midr = read_midr(ctx);
}

KVMFEAT_EXPORT int kvmfeat_hdbss_get_host(struct kvmfeat_ctx *ctx,
					  struct kvmfeat_hdbss_host *ret_host)
{
	struct kf_hdbss_answers answers;
	struct kf_hdbss_offer offer;
	struct kvmfeat_hdbss_host host;
	enum kvmfeat_hdbss_el2 el2;
	int err;

	err = kf_result_check(&ctx->reason, "look for HDBSS", "kvmfeat_hdbss_host", ret_host,
			      HOST_MIN_SIZE);
	if (err)
		return err;
	err = kf_hdbss_ask(ctx, NULL, &answers, &offer);
	if (!err)
		err = find_el2(ctx, &offer, &el2);
	if (err)
		return err;
	host = (struct kvmfeat_hdbss_host){
		.variant = offer.abi->variant,
		.capability = offer.abi->number,
		.answer = offer.answer,
		.min_order = offer.abi->min_order,
		.max_order = offer.max_order,
		.el2 = el2,
		.how = offer.abi->how,
	};
	snprintf(host.arch, sizeof(host.arch), "%s", ctx->arch_name);
	describe(ctx, &answers, &offer, &host);
	return kf_result_copy(ret_host, ret_host->size, &host, sizeof(host), HOST_MIN_SIZE);
}
