// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the library's own tests are promised by a fake kernel of a device that a guest locks and
 * accepts, or a host connects, ../../../tests/contract/contract-tsm.c, this kernel keeps: the same
 * bodies, on an emulated device. After each, the device is idle, for the kernel and for the
 * interface.
 *
 * Red when tsm-emu answers another report than the one that it was given (cases 9, 10, 12) and when
 * it does not connect (15 to 18). On the fake kernel cases 3 and 15 are red when it looks for the
 * TSM before it looks at the state, 4 and 9 when each lock has the same number, 16 when it compares
 * names before it looks at the state, and 17 when a device without a session shows one.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../contract.h"
#include "emu.h"

#include "../../../tests/contract/contract-tsm.c"

#define REPORT_ROOM 4096

static struct emu_names names;
static char report[REPORT_ROOM], other_report[REPORT_ROOM];

static int write_attribute(const struct contract_tsm *c, const char *attribute, const char *text)
{
	char line[64];

	snprintf(line, sizeof(line), "%s\n", text);
	return -emu_say_to(c->bdf, attribute, line);
}

static long read_attribute(const struct contract_tsm *c, const char *attribute, char *buf,
			   size_t size)
{
	char path[EMU_PATH];
	int fd = open(emu_device(path, c->bdf, attribute), O_RDONLY | O_CLOEXEC);
	long length;

	assert_true(fd >= 0);
	length = read(fd, buf, size - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length >= 0)
		buf[length] = '\0';
	if (length > 0 && buf[length - 1] == '\n')
		buf[length - 1] = '\0';
	return length;
}

static void answer(const struct contract_tsm *c, const void *bytes, size_t size)
{
	char path[EMU_PATH];

	emu_must(emu_put(emu_order(path, c->bdf, "report"), bytes, size), path);
}

static bool has_driver(const struct contract_tsm *c)
{
	char path[EMU_PATH];

	return !access(emu_device(path, c->bdf, "driver"), F_OK);
}

static void drive(const struct contract_tsm *c, int on)
{
	if (on == has_driver(c))
		return;
	emu_must(emu_say(on ? EMU_DRIVER "bind" : EMU_DRIVER "unbind", c->bdf), "the driver");
	assert_int_equal(has_driver(c), on);
}

/* An attribute of a TSM that is not there serves nobody. */
static bool is_free(const struct contract_tsm *c, const char *attribute)
{
	char path[EMU_PATH], text[16] = "";
	int err = emu_read(emu_device(path, c->bdf, attribute), text, sizeof(text));

	if (!*text && (!err || err == ENOENT))
		return true;
	ksft_print_msg("afterwards %s is '%s': %s\n", attribute, text, strerror(err));
	return false;
}

static bool is_idle(const struct contract_tsm *c)
{
	char path[EMU_PATH], state[16];

	emu_must(emu_read(emu_order(path, c->bdf, "state"), state, sizeof(state)), path);
	if (!strcmp(state, "unlocked") && !has_driver(c))
		return is_free(c, "tsm/lock") && is_free(c, "tsm/connect");
	ksft_print_msg("afterwards the interface is %s\n", state);
	return false;
}

static bool passes(struct contract_tsm *c, void (*begin)(const struct contract_tsm *c),
		   void (*body)(void **state))
{
	void *state = c;

	if (setjmp(contract_failed))
		return false;
	begin(c);
	body(&state);
	return is_idle(c);
}

/* What the device answers, and the same with another last byte, which is the device's own. */
static size_t get_reports(const char *bdf)
{
	char path[EMU_PATH];
	const size_t bytes = emu_get(emu_order(path, bdf, "report"), report, sizeof(report));

	memcpy(other_report, report, bytes);
	other_report[bytes - 1] ^= 0x20;
	return bytes;
}

struct contract_case {
	const char *name;
	void (*body)(void **state);
};

#define CASE(name)                                                                                 \
	{                                                                                          \
#name, contract_tsm_##name                                                         \
	}

static const struct contract_case guest_cases[] = { CONTRACT_TSM_LIST(CASE) };
static const struct contract_case host_cases[] = { CONTRACT_TSM_HOST_LIST(CASE) };

/* With a TSM of this kind, and no other. */
static void run(struct contract_tsm *contract, const char *kind,
		void (*begin)(const struct contract_tsm *c), const struct contract_case *cases,
		size_t count)
{
	char tsm[16], text[128];

	emu_register(kind, tsm, sizeof(tsm));
	contract->tsm = tsm;
	for (size_t i = 0; i < count; i++)
		ksft_test_result(passes(contract, begin, cases[i].body), "tsm: %s\n",
				 contract_sentence(cases[i].name, text, sizeof(text)));
	emu_unregister(kind);
}

int main(void)
{
	struct contract_tsm contract = {
		.report = report,
		.other_report = other_report,
		.write = write_attribute,
		.read = read_attribute,
		.answer = answer,
		.drive = drive,
	};

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(guest_cases) + ARRAY_SIZE(host_cases));
	emu_load(&names);
	contract.bdf = names.bdf[EMU_SEVERAL];
	contract.report_bytes = contract.other_report_bytes = get_reports(contract.bdf);
	emu_must(emu_say_to(contract.bdf, "driver_override", "tsm-emu-ep"), "driver_override");
	TEST_ASSERT(!kvmfeat_ctx_new(&contract.ctx), "no context");
	run(&contract, "devsec", contract_tsm_begin, guest_cases, ARRAY_SIZE(guest_cases));
	run(&contract, "link", contract_tsm_host_begin, host_cases, ARRAY_SIZE(host_cases));
	kvmfeat_ctx_free(contract.ctx);
	emu_unload();
	ksft_finished();
}
