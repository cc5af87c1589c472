// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract of devices that a guest accepts or a host connects, on the fake kernel. */
#include "contract-tsm.h"
#include "tsm-world.h"

#include <fcntl.h>
#include <stdio.h>

/* What a body gets, and the world behind it. */
struct both {
	struct contract_tsm contract;
	struct scene scene;
};

static int open_file(const struct contract_tsm *contract, const char *attribute, int flags)
{
	const struct scene *s = contract->data;

	return kf_open_at(s->w->ctx, s->device->fd, attribute, flags);
}

static int write_file(const struct contract_tsm *contract, const char *attribute, const char *text)
{
	const struct scene *s = contract->data;
	const struct kf_sys *sys = s->w->ctx->sys;
	int fd = open_file(contract, attribute, O_WRONLY);
	char line[64];
	ssize_t got;

	assert_true(fd >= 0);
	snprintf(line, sizeof(line), "%s\n", text);
	got = sys->write(sys, fd, line, strlen(line));
	sys->close(sys, fd);
	return got < 0 ? (int)got : 0;
}

static long read_file(const struct contract_tsm *contract, const char *attribute, char *buf,
		      size_t size)
{
	const struct scene *s = contract->data;
	int fd = open_file(contract, attribute, O_RDONLY);
	ssize_t got;

	assert_true(fd >= 0);
	got = kf_read_fd(s->w->ctx, fd, buf, size - 1);
	kf_close(s->w->ctx, fd);
	if (got >= 0)
		buf[got] = '\0';
	if (got > 0 && buf[got - 1] == '\n')
		buf[got - 1] = '\0';
	return got;
}

static void answer(const struct contract_tsm *contract, const void *report, size_t bytes)
{
	struct scene *s = contract->data;

	s->fake->answers = report;
	s->fake->answers_bytes = bytes;
}

static void drive(const struct contract_tsm *contract, int on)
{
	put_driver(contract->data, on ? "e1000e" : NULL);
}

static struct both *new_both(void (*begin_scene)(struct scene *s, void **state))
{
	struct both *both = calloc(1, sizeof(*both));
	void *world;

	assert_int_equal(world_setup(&world), 0);
	begin_scene(&both->scene, &world);
	both->contract = (struct contract_tsm){
		.ctx = both->scene.w->ctx,
		.bdf = FAKE_TSM_BDF,
		.tsm = "tsm0",
		.report = fake_tsm_report,
		.report_bytes = sizeof(fake_tsm_report),
		.other_report = fake_tsm_other_report,
		.other_report_bytes = sizeof(fake_tsm_other_report),
		.write = write_file,
		.read = read_file,
		.answer = answer,
		.drive = drive,
		.data = &both->scene,
	};
	return both;
}

static int setup(void **state)
{
	struct both *both = new_both(begin_guest);

	*state = both;
	contract_tsm_begin(&both->contract);
	return 0;
}

static int setup_host(void **state)
{
	struct both *both = new_both(begin_host);

	*state = both;
	contract_tsm_host_begin(&both->contract);
	return 0;
}

/* Each body leaves the device as it was. */
static int teardown(void **state)
{
	struct both *both = *state;
	void *world = both->scene.w;

	assert_int_equal(both->scene.fake->state, KVMFEAT_TSM_STATE_IDLE);
	end(&both->scene);
	free(both);
	return world_teardown(&world);
}

#define CASE(body) cmocka_unit_test_setup_teardown(contract_tsm_##body, setup, teardown)
#define HOST_CASE(body) cmocka_unit_test_setup_teardown(contract_tsm_##body, setup_host, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TSM_LIST(CASE),
		CONTRACT_TSM_HOST_LIST(HOST_CASE),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
