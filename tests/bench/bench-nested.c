// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checking a blob of nested state against memcpy() of its bytes, and comparing two equal ones
 * against memcmp(), in alternating blocks. The ratio of the medians may be at most 1.5 when
 * comparing; when checking that is an ambition, so the figure is printed and does not decide.
 */
#include <string.h>

#include <kvmfeat/kvmfeat.h>

#include "bench.h"

#define LIMIT 1.5
#define CALLS 2000
#define SVM_BYTES 4224

struct bench {
	struct kvmfeat_ctx *ctx;
	uint8_t blob[SVM_BYTES];
	uint8_t other[SVM_BYTES];
	struct kvmfeat_nested_target target;
	struct kvmfeat_nested_finding findings[KVMFEAT_NESTED_RULES_MAX];
};

static int work_memcmp(void *data, int calls)
{
	struct bench *bench = data;
	int differ = 0;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench);
		differ |= memcmp(bench->blob, bench->other, SVM_BYTES);
	}
	return differ;
}

static int work_diff(void *data, int calls)
{
	struct bench *bench = data;
	const struct kvmfeat_nested_pair pair = {
		.size = sizeof(pair),
		.a = bench->blob,
		.a_bytes = SVM_BYTES,
		.b = bench->other,
		.b_bytes = SVM_BYTES,
	};
	size_t count;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench);
		if (kvmfeat_nested_diff(bench->ctx, &pair, NULL, 0, &count) || count)
			return 1;
	}
	return 0;
}

static int work_memcpy(void *data, int calls)
{
	struct bench *bench = data;
	for (int i = 0; i < calls; i++) {
		bench_forget(bench);
		memcpy(bench->other, bench->blob, SVM_BYTES);
	}
	return 0;
}

static int work_check(void *data, int calls)
{
	struct bench *bench = data;
	size_t count = 0;

	for (int i = 0; i < calls; i++) {
		bench_forget(bench);
		if (kvmfeat_nested_check(bench->ctx, bench->blob, SVM_BYTES, &bench->target,
					 bench->findings, &count))
			return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (bench->findings[i].verdict != KVMFEAT_NESTED_OK)
			return 1;
	return !count;
}

/* A blob and a vCPU that takes it: every rule is looked at, and holds. */
static int prepare(struct bench *bench)
{
	static const struct {
		const char *field;
		uint64_t value;
	} fields[] = {
		{ "header.vmcb_pa", 0x7000 },
		{ "control.intercept_word3", 0x3 },
		{ "control.intercept_word4", 0x1 },
		{ "control.iopm_base_pa", 0x10000 },
		{ "control.msrpm_base_pa", 0x14000 },
		{ "control.asid", 1 },
		{ "save.efer", 0x1d00 },
		{ "save.cr4", 0x20 },
		{ "save.cr3", 0x1000 },
		{ "save.cr0", 0x80000031 },
		{ "save.rflags", 0x2 },
		{ "save.dr6", 0xffff0ff0 },
		{ "save.dr7", 0x400 },
	};
	static const struct kvmfeat_cpuid_entry cpuid[] = {
		{ .function = 0x1, .edx = 0x40 },
		{ .function = 0x80000001, .ecx = 0x4, .edx = 0x20100000 },
		{ .function = 0x8000000a, .edx = 0x1 },
	};

	if (kvmfeat_nested_init(bench->ctx, KVMFEAT_NESTED_SVM, 0x101, bench->blob, SVM_BYTES))
		return 1;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (kvmfeat_nested_set_value(
			    bench->ctx, bench->blob, SVM_BYTES,
			    kvmfeat_nested_find_field(KVMFEAT_NESTED_SVM, fields[i].field),
			    fields[i].value))
			return 1;
	memcpy(bench->other, bench->blob, SVM_BYTES);
	bench->target = (struct kvmfeat_nested_target){
		.size = sizeof(bench->target),
		.known = KVMFEAT_NESTED_KNOW_MAXPHYADDR | KVMFEAT_NESTED_KNOW_CPUID |
			 KVMFEAT_NESTED_KNOW_EFER | KVMFEAT_NESTED_KNOW_CR0 |
			 KVMFEAT_NESTED_KNOW_CR3 | KVMFEAT_NESTED_KNOW_SMM |
			 KVMFEAT_NESTED_KNOW_MAX_BYTES | KVMFEAT_NESTED_KNOW_OWN_PAT |
			 KVMFEAT_NESTED_KNOW_EVMCS,
		.maxphyaddr = 48,
		.cpuid = cpuid,
		.cpuid_count = sizeof(cpuid) / sizeof(cpuid[0]),
		.efer = 0x1d00,
		.cr0 = 0x80000031,
		.max_bytes = SVM_BYTES,
	};
	return 0;
}

int main(void)
{
	static struct bench bench;
	const struct bench_race diff = { "kvmfeat_nested_diff", work_diff, "memcmp of 4224 bytes",
					 work_memcmp,		&bench,	   CALLS };
	const struct bench_race check = { "kvmfeat_nested_check",
					  work_check,
					  "memcpy of 4224 bytes",
					  work_memcpy,
					  &bench,
					  CALLS };
	double ratio;
	int status;

	if (kvmfeat_ctx_new(&bench.ctx) || prepare(&bench))
		return 1;
	ratio = bench_run(&diff);
	printf(", limit %.2f\n", LIMIT);
	status = ratio > LIMIT;
	ratio = bench_run(&check);
	printf(", ambition %.2f\n", LIMIT);
	status |= isinf(ratio) != 0;
	kvmfeat_ctx_free(bench.ctx);
	return status;
}
