// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the library's own tests are promised by a fake kernel of a device that a guest locks and
 * accepts, ../../../tests/contract/contract-tsm.c, this kernel keeps: the same bodies, on an
 * emulated device. After each, the device is idle, for the kernel and for the interface.
 *
 * Red when tsm-emu answers another report than the one that it was given (cases 9, 10, 12). On the
 * fake kernel case 3 is red when it looks for the TSM before it looks at the state, and cases 4 and
 * 9 when each lock has the same number.
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

static bool is_idle(const struct contract_tsm *c)
{
	char path[EMU_PATH], lock[16], state[16];

	emu_must(emu_read(emu_device(path, c->bdf, "tsm/lock"), lock, sizeof(lock)), path);
	emu_must(emu_read(emu_order(path, c->bdf, "state"), state, sizeof(state)), path);
	if (!*lock && !strcmp(state, "unlocked") && !has_driver(c))
		return true;
	ksft_print_msg("afterwards it is locked for '%s', and the interface %s\n", lock, state);
	return false;
}

static bool passes(struct contract_tsm *c, void (*body)(void **state))
{
	void *state = c;

	if (setjmp(contract_failed))
		return false;
	contract_tsm_begin(c);
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

int main(void)
{
	static const struct contract_case cases[] = { CONTRACT_TSM_LIST(CASE) };
	struct contract_tsm contract = {
		.report = report,
		.other_report = other_report,
		.write = write_attribute,
		.read = read_attribute,
		.answer = answer,
		.drive = drive,
	};
	char tsm[16], text[128];

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(cases));
	emu_load(&names);
	emu_register("devsec", tsm, sizeof(tsm));
	contract.bdf = names.bdf[EMU_SEVERAL];
	contract.tsm = tsm;
	contract.report_bytes = contract.other_report_bytes = get_reports(contract.bdf);
	emu_must(emu_say_to(contract.bdf, "driver_override", "tsm-emu-ep"), "driver_override");
	TEST_ASSERT(!kvmfeat_ctx_new(&contract.ctx), "no context");
	for (int i = 0; i < ARRAY_SIZE(cases); i++)
		ksft_test_result(passes(&contract, cases[i].body), "tsm: %s\n",
				 contract_sentence(cases[i].name, text, sizeof(text)));
	kvmfeat_ctx_free(contract.ctx);
	emu_unload();
	ksft_finished();
}
