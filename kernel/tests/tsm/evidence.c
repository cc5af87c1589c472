// SPDX-License-Identifier: GPL-2.0-only
/*
 * libkvmfeat reads a device's evidence over generic netlink from a kernel that has the family
 * "pci-tsm", which is tsm-emu's here: byte for byte, in pieces of any size, with a nonce; each
 * refusal has its errno and its reason; and without the family it is said to be absent.
 *
 * Red when the library takes another errno for "no such family" (case 1), puts a piece of an object
 * where it does not belong (2 to 4, 7), does not send the nonce (8, 9), does not look at the error
 * in the message that ends a dump (18, 20), asks once less (19) or leaves the socket open (22). And
 * when tsm-emu has no larger messages than others (6), sends what was not asked for (7, 10 to 12),
 * takes longer names (13), does not look whether a function is there (14) or locked (15), does not
 * refuse digests (16), asks for no privilege (17) or takes a running interface for an unlocked one
 * (21).
 */
#include <dirent.h>
#include <linux/sizes.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>

#include <kvmfeat/kvmfeat.h>

#include "emu.h"
#include "kselftest.h"

#define CHUNK "/sys/module/tsm_emu/parameters/evidence_chunk"
#define DEFAULT_CHUNK "1024"
#define MAX_CHUNK "65531" /* the length of an attribute has 16 bits */
#define CERTIFICATES 0u
#define REPORT_MAX SZ_64K
#define NOBODY 65534

static struct emu_names names;
static char devsec_name[16];
static struct kvmfeat_ctx *ctx;

/* What the module makes up: README.md there. */
static const struct {
	unsigned int type;
	size_t bytes;
} made_up[] = {
	{ CERTIFICATES, SZ_16K + 5 },
	{ KVMFEAT_EVIDENCE_VCA, 96 },
	{ KVMFEAT_EVIDENCE_MEASUREMENTS, 300 },
};

static struct kvmfeat_evidence *load(const struct kvmfeat_evidence_opts *opts)
{
	struct kvmfeat_evidence *evidence = NULL;

	if (kvmfeat_evidence_load(ctx, names.bdf[EMU_SEVERAL], opts, &evidence))
		ksft_print_msg("%s\n", kvmfeat_ctx_error(ctx)->reason);
	return evidence;
}

/* An object has a type, and bytes that count up from it after what it begins with. */
static bool counts_up(const struct kvmfeat_evidence_object *object, unsigned int type,
		      size_t byte_count, const void *begin, size_t begin_bytes)
{
	const uint8_t *bytes = object->bytes;

	if (object->type != type || object->byte_count != byte_count) {
		ksft_print_msg("type %u of %zu bytes, and %u of %zu is wanted\n", object->type,
			       object->byte_count, type, byte_count);
		return false;
	}
	for (size_t at = begin_bytes; at < byte_count; at++)
		if (bytes[at] != (uint8_t)(type + at)) {
			ksft_print_msg("type %u, byte %zu: 0x%x\n", type, at, bytes[at]);
			return false;
		}
	return !begin_bytes || !memcmp(bytes, begin, begin_bytes);
}

/* The report is what the device answers, and what sysfs shows. */
static bool is_report(const struct kvmfeat_evidence_object *object)
{
	static char answered[REPORT_MAX + 1], shown[REPORT_MAX + 1];
	const char *bdf = names.bdf[EMU_SEVERAL];
	char path[EMU_PATH];
	size_t answered_bytes, shown_bytes;

	answered_bytes = emu_get(emu_order(path, bdf, "report"), answered, sizeof(answered));
	shown_bytes = emu_get(emu_device(path, bdf, "tsm/report"), shown, sizeof(shown));
	if (object->type == KVMFEAT_EVIDENCE_REPORT && object->byte_count == answered_bytes &&
	    shown_bytes == answered_bytes && !memcmp(object->bytes, answered, answered_bytes) &&
	    !memcmp(shown, answered, answered_bytes))
		return true;
	ksft_print_msg("type %u of %zu bytes, and the report has %zu, in sysfs %zu\n", object->type,
		       object->byte_count, answered_bytes, shown_bytes);
	return false;
}

/* All that the device has, in the kernel's order. */
static bool is_everything(const struct kvmfeat_evidence *evidence, const void *nonce,
			  size_t nonce_bytes)
{
	const size_t count = ARRAY_SIZE(made_up);

	if (!evidence)
		return false;
	if (kvmfeat_evidence_count(evidence) != count + 1) {
		ksft_print_msg("%zu objects\n", kvmfeat_evidence_count(evidence));
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const bool fresh = made_up[i].type == KVMFEAT_EVIDENCE_MEASUREMENTS;

		if (!counts_up(kvmfeat_evidence_at(evidence, i), made_up[i].type, made_up[i].bytes,
			       nonce, fresh ? nonce_bytes : 0))
			return false;
	}
	return is_report(kvmfeat_evidence_at(evidence, count));
}

static bool loads_everything(const struct kvmfeat_evidence_opts *opts)
{
	struct kvmfeat_evidence *evidence = load(opts);
	const bool good =
		is_everything(evidence, opts ? opts->nonce : NULL, opts ? opts->nonce_bytes : 0);

	kvmfeat_evidence_free(evidence);
	return good;
}

static void set_chunk(const char *bytes)
{
	emu_must(emu_say(CHUNK, bytes), CHUNK);
}

static void read_in_pieces(void)
{
	static const char *const chunks[] = { "1", "7", DEFAULT_CHUNK, "4096", MAX_CHUNK };

	for (int i = 0; i < ARRAY_SIZE(chunks); i++) {
		set_chunk(chunks[i]);
		ksft_test_result(loads_everything(NULL),
				 "tsm: evidence in pieces of size %s is the device's\n", chunks[i]);
	}
	set_chunk(DEFAULT_CHUNK);
}

/* The largest report there is fits the largest piece, and many small ones. */
static bool reads_large_report(void)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	const struct kvmfeat_evidence_opts opts = {
		.size = sizeof(opts),
		.types = 1u << KVMFEAT_EVIDENCE_REPORT,
	};
	static char report[REPORT_MAX];
	char path[EMU_PATH];
	bool good = true;

	emu_must(emu_say_to(bdf, "tsm/unlock", devsec_name), "unlock");
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = i * 31 >> 3;
	emu_must(emu_put(emu_order(path, bdf, "report"), report, sizeof(report)), path);
	emu_must(emu_say_to(bdf, "tsm/lock", devsec_name), "lock");
	for (int i = 0; i < 2 && good; i++) {
		struct kvmfeat_evidence *evidence;

		set_chunk(i ? MAX_CHUNK : DEFAULT_CHUNK);
		evidence = load(&opts);
		good = evidence && kvmfeat_evidence_count(evidence) == 1 &&
		       is_report(kvmfeat_evidence_at(evidence, 0));
		kvmfeat_evidence_free(evidence);
	}
	set_chunk(DEFAULT_CHUNK);
	emu_must(emu_say_to(bdf, "tsm/unlock", devsec_name), "unlock");
	emu_must(emu_say_of(bdf, "reset", "1"), "reset");
	emu_must(emu_say_to(bdf, "tsm/lock", devsec_name), "lock");
	return good;
}

static bool takes_nonce(size_t bytes)
{
	struct kvmfeat_evidence_opts opts = { .size = sizeof(opts), .nonce_bytes = bytes };
	uint8_t nonce[256];

	for (size_t i = 0; i < bytes; i++)
		nonce[i] = 0xff - i;
	opts.nonce = nonce;
	return loads_everything(&opts);
}

static bool takes_only(unsigned int index)
{
	const struct kvmfeat_evidence_opts opts = {
		.size = sizeof(opts),
		/* Slot 1 is empty. */
		.types = 1u << made_up[index].type | 1u << 1,
	};
	struct kvmfeat_evidence *evidence = load(&opts);
	const bool good = evidence && kvmfeat_evidence_count(evidence) == 1 &&
			  counts_up(kvmfeat_evidence_at(evidence, 0), made_up[index].type,
				    made_up[index].bytes, NULL, 0);

	kvmfeat_evidence_free(evidence);
	return good;
}

/* The kernel refuses, the reason has these words, and there is no evidence. */
static bool refuses(const char *bdf, const struct kvmfeat_evidence_opts *opts, int want,
		    enum kvmfeat_why why, const char *words)
{
	struct kvmfeat_evidence *evidence = NULL;
	const int err = kvmfeat_evidence_load(ctx, bdf, opts, &evidence);
	const struct kvmfeat_error *error = kvmfeat_ctx_error(ctx);

	if (err == want && !evidence && error->error == want && error->why == why &&
	    error->origin == KVMFEAT_ORIGIN_KERNEL && strstr(error->reason, words))
		return true;
	ksft_print_msg("%d, and %d is wanted: %s\n", err, want, err ? error->reason : "");
	kvmfeat_evidence_free(evidence);
	return false;
}

static bool says_absent(void)
{
	return refuses(names.bdf[EMU_SEVERAL], NULL, -EOPNOTSUPP, KVMFEAT_WHY_KERNEL_VERSION,
		       "no generic netlink family pci-tsm");
}

static bool refuses_strangers(void)
{
	return refuses("0000:ff:1f.7", NULL, -ENODEV, KVMFEAT_WHY_NONE, "no such PCI device") &&
	       /* Longer than what the family takes for a name */
	       refuses("0000:00:00.0-of-no-kernel-that-is-known", NULL, -EINVAL, KVMFEAT_WHY_NONE,
		       "does not take the question");
}

static bool refuses_removed(void)
{
	const char *bdf = names.bdf[EMU_DSM];
	bool good;

	emu_must(emu_say_of(bdf, "replug", "0"), "replug");
	good = refuses(bdf, NULL, -ENODEV, KVMFEAT_WHY_NONE, "no such PCI device");
	emu_must(emu_say_of(bdf, "replug", "1"), "replug");
	return good;
}

static bool refuses_unlocked(void)
{
	return refuses(names.bdf[EMU_DSM], NULL, -ENXIO, KVMFEAT_WHY_NONE, "no evidence yet") &&
	       refuses(names.bdf[EMU_PLAIN], NULL, -ENXIO, KVMFEAT_WHY_NONE, "no evidence yet");
}

static bool refuses_digests(void)
{
	const struct kvmfeat_evidence_opts opts = {
		.size = sizeof(opts),
		.flags = KVMFEAT_EVIDENCE_DIGEST,
	};

	return refuses(names.bdf[EMU_SEVERAL], &opts, -EOPNOTSUPP, KVMFEAT_WHY_HARDWARE,
		       "gives no such evidence");
}

static bool refuses_unprivileged(void)
{
	pid_t child = fork();
	int status;

	TEST_ASSERT(child >= 0, "fork: %s", strerror(errno));
	if (!child)
		_exit(setuid(NOBODY) || !refuses(names.bdf[EMU_SEVERAL], NULL, -EPERM,
						 KVMFEAT_WHY_PERMISSION, "CAP_NET_ADMIN"));
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* An errno in the message that ends a dump: nothing of what came before is handed over. */
static bool refuses_at_the_end(void)
{
	static const struct {
		const char *order;
		int err;
		const char *words;
	} ends[] = {
		{ "evidence 5 0 1", -EIO, "Input/output error" },
		{ "evidence 6 0 1", -ENXIO, "no evidence yet" },
		{ "evidence 110 0 1", -ETIMEDOUT, "timed out" },
	};
	const char *bdf = names.bdf[EMU_SEVERAL];

	for (int i = 0; i < ARRAY_SIZE(ends); i++) {
		emu_must(emu_say_of(bdf, "fail", ends[i].order), ends[i].order);
		if (!refuses(bdf, NULL, ends[i].err, KVMFEAT_WHY_NONE, ends[i].words))
			return false;
	}
	return loads_everything(NULL);
}

static bool asks_anew(void)
{
	emu_must(emu_say_of(names.bdf[EMU_SEVERAL], "fail", "evidence 11 0 2"), "fail");
	return loads_everything(NULL);
}

static bool gives_up(void)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	bool good;

	emu_must(emu_say_of(bdf, "fail", "evidence 11 0 3"), "fail");
	good = refuses(bdf, NULL, -EAGAIN, KVMFEAT_WHY_BUSY, "changed each time");
	/* Three times is all: no order is left. */
	return good && loads_everything(NULL);
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void begin(const char *parameters)
{
	emu_load_with(parameters, &names);
	emu_register("devsec", devsec_name, sizeof(devsec_name));
	emu_must(emu_say_to(names.bdf[EMU_SEVERAL], "tsm/lock", devsec_name), "lock");
}

int main(void)
{
	int open_before;

	ksft_print_header();
	ksft_set_plan(22);
	TEST_ASSERT(!kvmfeat_ctx_new(&ctx), "no context");
	open_before = open_files();
	begin("");
	ksft_test_result(says_absent(), "tsm: without the family evidence is said to be absent\n");
	emu_unload();
	begin("evidence=1");
	read_in_pieces();
	ksft_test_result(reads_large_report(), "tsm: a report of 64 KiB is evidence, too\n");
	ksft_test_result(takes_nonce(32), "tsm: measurements have the nonce of 32 bytes\n");
	ksft_test_result(takes_nonce(256), "tsm: measurements have the nonce of 256 bytes\n");
	for (int i = 0; i < ARRAY_SIZE(made_up); i++)
		ksft_test_result(takes_only(i), "tsm: evidence is what was asked for: %s\n",
				 kvmfeat_evidence_type_name(made_up[i].type));
	ksft_test_result(refuses_strangers(), "tsm: what is no device has no evidence\n");
	ksft_test_result(refuses_removed(), "tsm: a device that was pulled out has none\n");
	ksft_test_result(refuses_unlocked(), "tsm: a device that is not locked has none\n");
	ksft_test_result(refuses_digests(), "tsm: what the device cannot give is named\n");
	ksft_test_result(refuses_unprivileged(), "tsm: who may not read evidence is told so\n");
	ksft_test_result(refuses_at_the_end(), "tsm: an error at the end takes all of it away\n");
	ksft_test_result(asks_anew(), "tsm: a state that changed twice is read anew\n");
	ksft_test_result(gives_up(), "tsm: a state that keeps changing is given up\n");
	emu_must(emu_say_to(names.bdf[EMU_SEVERAL], "tsm/accept", "1"), "accept");
	ksft_test_result(loads_everything(NULL), "tsm: an accepted device has evidence\n");
	ksft_test_result(open_files() == open_before, "tsm: no socket of all this stays open\n");
	emu_unload();
	kvmfeat_ctx_free(ctx);
	ksft_finished();
}
