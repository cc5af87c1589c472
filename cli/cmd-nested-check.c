// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmfeat nested check: would a vCPU take a nested state? */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd-nested.h"

static const struct out_column columns[] = {
	{ .key = "verdict", .title = "VERDICT" },
	{ .key = "field", .title = "FIELD" },
	{ .key = "offset", .title = "OFFSET", .hex = true, .optional = true },
	{ .key = "value", .title = "VALUE", .optional = true },
	{ .key = "becomes", .title = "BECOMES", .none = "", .optional = true },
	{ .key = "missing", .title = "MISSING", .none = "", .optional = true },
	{ .key = "rule", .title = "RULE", .wrap = true, .then = "kernels" },
};

enum fact_kind { FACT_U32, FACT_U64, FACT_BOOL };

/* Options that say what the target is like, by key. */
static const struct fact {
	int key;
	unsigned int known;
	enum fact_kind kind;
	size_t offset;
} facts[] = {
	{ 'p', KVMFEAT_NESTED_KNOW_MAXPHYADDR, FACT_U32,
	  offsetof(struct kvmfeat_nested_target, maxphyaddr) },
	{ 'e', KVMFEAT_NESTED_KNOW_EFER, FACT_U64, offsetof(struct kvmfeat_nested_target, efer) },
	{ '0', KVMFEAT_NESTED_KNOW_CR0, FACT_U64, offsetof(struct kvmfeat_nested_target, cr0) },
	{ '3', KVMFEAT_NESTED_KNOW_CR3, FACT_U64, offsetof(struct kvmfeat_nested_target, cr3) },
	{ 's', KVMFEAT_NESTED_KNOW_SMM, FACT_BOOL, offsetof(struct kvmfeat_nested_target, smm) },
	{ 'o', KVMFEAT_NESTED_KNOW_OWN_PAT, FACT_BOOL,
	  offsetof(struct kvmfeat_nested_target, own_pat) },
	{ 'E', KVMFEAT_NESTED_KNOW_EVMCS, FACT_BOOL,
	  offsetof(struct kvmfeat_nested_target, evmcs) },
	{ 'b', KVMFEAT_NESTED_KNOW_MAX_BYTES, FACT_U32,
	  offsetof(struct kvmfeat_nested_target, max_bytes) },
};

#define FACT_COUNT (sizeof(facts) / sizeof(facts[0]))

const struct argp_option nested_check_options[] = {
	{ "all", 'a', NULL, 0, "In text, too: rules that hold" },
	{ "cpuid", 'c', "FILE", 0, "CPUID of the target, of kvmfeat --json cap cpuid" },
	{ "maxphyaddr", 'p', "BITS", 0, "Physical address bits of the target" },
	{ "efer", 'e', "VALUE", 0, "EFER of the vCPU when it takes the state" },
	{ "cr0", '0', "VALUE", 0, "CR0 at that time" },
	{ "cr3", '3', "VALUE", 0, "CR3 at that time" },
	{ "smm", 's', "yes|no", 0, "Is it in system management mode?" },
	{ "own-pat", 'o', "yes|no", 0, "SVM: has L2 a PAT of its own?" },
	{ "evmcs", 'E', "yes|no", 0, "VMX: is the enlightened VMCS enabled?" },
	{ "max-bytes", 'b', "BYTES", 0, "KVM_CAP_NESTED_STATE of the target" },
	{ "msr", 'm', "INDEX=VALUE[,...]", 0, "VMX capability MSRs of the target" },
	{ 0 },
};

static bool read_fact(const struct fact *fact, const char *text,
		      struct kvmfeat_nested_target *target)
{
	void *to = (char *)target + fact->offset;
	uint64_t value;

	target->known |= fact->known;
	if (fact->kind == FACT_BOOL) {
		*(bool *)to = !strcmp(text, "yes");
		return *(bool *)to || !strcmp(text, "no");
	}
	if (!cli_value(text, fact->kind == FACT_U32 ? UINT32_MAX : UINT64_MAX, &value))
		return false;
	if (fact->kind == FACT_U32)
		*(uint32_t *)to = (uint32_t)value;
	else
		*(uint64_t *)to = value;
	return true;
}

static int read_facts(struct cli *cli, struct kvmfeat_nested_target *target)
{
	static const char *const kinds[] = {
		[FACT_U32] = "a number of 32 bits",
		[FACT_U64] = "a number of 64 bits",
		[FACT_BOOL] = "yes or no",
	};

	for (const struct fact *fact = facts; fact < facts + FACT_COUNT; fact++) {
		const char *text = cli_option(cli, fact->key);
		const struct argp_option *option = nested_check_options;

		if (!text || read_fact(fact, text, target))
			continue;
		while (option->key != fact->key)
			option++;
		return cli_usage(cli, "--%s takes %s, not '%s'", option->name, kinds[fact->kind],
				 text);
	}
	return CLI_DONE;
}

/* "0x480=0x1" */
static bool read_msr(char *word, struct kvmfeat_nested_msr *msr)
{
	char *value = strchr(word, '=');
	uint64_t index;

	if (!value)
		return false;
	*value = '\0';
	if (!cli_value(word, UINT32_MAX, &index) || !cli_value(value + 1, UINT64_MAX, &msr->value))
		return false;
	msr->index = (uint32_t)index;
	return true;
}

/* @words is changed; @msrs has room for each of them. */
static bool read_msrs(char *words, struct kvmfeat_nested_msr *msrs, size_t *ret_count)
{
	char *word;

	for (*ret_count = 0; (word = strsep(&words, ",")); (*ret_count)++) {
		if (!read_msr(word, &msrs[*ret_count]))
			return false;
		for (size_t i = 0; i < *ret_count; i++)
			if (msrs[i].index == msrs[*ret_count].index)
				return false;
	}
	return true;
}

/* What was read for a target, to be freed. */
struct facts {
	struct nested_cpuid cpuid;
	struct kvmfeat_nested_msr *msrs;
};

static int read_msr_option(struct cli *cli, struct facts *read,
			   struct kvmfeat_nested_target *target)
{
	const char *text = cli_option(cli, 'm');
	char *words;
	bool done;

	if (!text)
		return CLI_DONE;
	words = strdup(text);
	read->msrs = calloc(nested_count_words(text), sizeof(*read->msrs));
	if (!words || !read->msrs) {
		free(words);
		return cli_end(cli, CLI_FAILED, -ENOMEM, "no memory", NULL);
	}
	done = read_msrs(words, read->msrs, &target->msr_count);
	free(words);
	target->msrs = read->msrs;
	return done ? CLI_DONE :
		      cli_usage(cli,
				"--msr takes INDEX=VALUE with commas between, each once, "
				"not '%s'",
				text);
}

static int read_target(struct cli *cli, struct facts *read, struct kvmfeat_nested_target *target)
{
	const char *path = cli_option(cli, 'c');
	int status = read_facts(cli, target) ?: read_msr_option(cli, read, target);

	if (status || !path)
		return status;
	if (!strcmp(path, "-") && !strcmp(cli->argv[0], "-"))
		return cli_usage(cli, "standard input cannot be both the state and the CPUID");
	status = nested_read_cpuid(cli, path, &read->cpuid);
	target->known |= KVMFEAT_NESTED_KNOW_CPUID;
	target->cpuid = read->cpuid.entries;
	target->cpuid_count = read->cpuid.count;
	return status;
}

static void print_finding(struct out *out, const struct kvmfeat_nested_finding *finding)
{
	const struct kvmfeat_nested_rule *rule = finding->rule;
	const bool in_blob = rule->offset != UINT32_MAX;

	out_row(out);
	out_str(out, "id", rule->id);
	out_str(out, "field", rule->field);
	out_count(out, "offset", in_blob ? (int64_t)rule->offset : -1);
	out_hex(out, "value", finding->has_value, finding->value);
	out_str(out, "rule", rule->text);
	out_str(out, "verdict", kvmfeat_nested_verdict_name(finding->verdict));
	out_hex(out, "becomes", finding->verdict == KVMFEAT_NESTED_CHANGED, finding->becomes);
	out_str(out, "kernels", rule->kernels);
	out_str(out, "missing", finding->missing);
}

/* The findings, and how many there are of each verdict. */
struct findings {
	struct kvmfeat_nested_finding list[KVMFEAT_NESTED_RULES_MAX];
	size_t count;
	size_t of[KVMFEAT_NESTED_NOT_CHECKED + 1];
};

static void print_findings(struct cli *cli, const struct findings *findings,
			   enum kvmfeat_nested_verdict verdict)
{
	const bool all = cli->json || cli_option(cli, 'a');

	out_str(cli->out, "verdict", kvmfeat_nested_verdict_name(verdict));
	out_table_begin(cli->out, "findings", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < findings->count; i++)
		if (all || findings->list[i].verdict != KVMFEAT_NESTED_OK)
			print_finding(cli->out, &findings->list[i]);
	out_table_end(cli->out);
}

/* The verdict on the whole: a fact that is not given weighs more than a change, less than a no. */
static enum kvmfeat_nested_verdict sum_up(const struct findings *findings)
{
	static const enum kvmfeat_nested_verdict order[] = {
		KVMFEAT_NESTED_REFUSED,
		KVMFEAT_NESTED_NOT_CHECKED,
		KVMFEAT_NESTED_CHANGED,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (findings->of[order[i]])
			return order[i];
	return KVMFEAT_NESTED_OK;
}

static const char *first_refused(const struct findings *findings)
{
	size_t i = 0;

	while (findings->list[i].verdict != KVMFEAT_NESTED_REFUSED)
		i++;
	return findings->list[i].rule->id;
}

/* The facts that are not given, each once, as far as there is room. */
static void list_missing(const struct findings *findings, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < findings->count && used < size; i++) {
		const char *missing = findings->list[i].missing;
		bool seen = !missing;

		for (size_t j = 0; j < i && !seen; j++)
			seen = findings->list[j].missing &&
			       !strcmp(findings->list[j].missing, missing);
		if (!seen)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
						 missing);
	}
}

static int answer(struct cli *cli, const struct nested_blob *blob, const struct findings *findings,
		  enum kvmfeat_nested_verdict verdict)
{
	const size_t refused = findings->of[KVMFEAT_NESTED_REFUSED];
	const size_t changed = findings->of[KVMFEAT_NESTED_CHANGED];
	char missing[512];

	switch (verdict) {
	case KVMFEAT_NESTED_REFUSED:
		return cli_answer_no(cli, "KVM refuses %s: %zu rule%s broken, first %s", blob->name,
				     refused, refused > 1 ? "s are" : " is",
				     first_refused(findings));
	case KVMFEAT_NESTED_NOT_CHECKED:
		list_missing(findings, missing, sizeof(missing));
		return cli_answer_no(cli, "whether KVM takes %s depends on what is not given: %s",
				     blob->name, missing);
	case KVMFEAT_NESTED_CHANGED:
		out_sentence(cli->out, "KVM takes %s and changes %zu field%s", blob->name, changed,
			     changed > 1 ? "s" : "");
		return CLI_DONE;
	default:
		out_sentence(cli->out, "KVM takes %s as it is", blob->name);
		return CLI_DONE;
	}
}

static int check(struct cli *cli, const struct nested_blob *blob,
		 const struct kvmfeat_nested_target *target)
{
	struct findings findings = { 0 };
	enum kvmfeat_nested_verdict verdict;
	int err = kvmfeat_nested_check(cli->ctx, blob->file.bytes, blob->file.size, target,
				       findings.list, &findings.count);

	if (err)
		return cli_fail(cli, err, "check %s", blob->name);
	for (size_t i = 0; i < findings.count; i++)
		findings.of[findings.list[i].verdict]++;
	verdict = sum_up(&findings);
	print_findings(cli, &findings, verdict);
	return answer(cli, blob, &findings, verdict);
}

int nested_check(struct cli *cli)
{
	struct kvmfeat_nested_target target = { .size = sizeof(target) };
	struct facts read = { 0 };
	struct nested_blob blob;
	int status = read_target(cli, &read, &target) ?: nested_read(cli, cli->argv[0], &blob);

	if (!status) {
		status = check(cli, &blob, &target);
		nested_free(&blob);
	}
	free(read.cpuid.entries);
	free(read.msrs);
	return status;
}

void nested_check_complete(struct cli *cli, struct cli_completion *completion, int index)
{
	(void)cli;
	for (const struct fact *fact = facts; fact < facts + FACT_COUNT; fact++)
		if (fact->kind == FACT_BOOL && index == -fact->key) {
			cli_offer(completion, "no");
			cli_offer(completion, "yes");
		}
}
