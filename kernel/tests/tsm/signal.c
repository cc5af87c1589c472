// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals while a TSM takes its time: who writes connect, lock or accept gets EINTR, or dies, and
 * the device is as before or done, never between; then everything works again.
 *
 * Red when connect keeps its context after ops->connect() failed (cases 1 to 6), when EINTR becomes
 * 0 (1; 3, 5 and 7) or EIO (3, 5 and 7), when lock leaves a device locked whose report was not to
 * be had (5 and 6), when accept is shown before the TSM has done it, or leaves the MMIO private
 * after it failed (9), and when lock or who reads it waits with down_write() (11) or down_read()
 * (12).
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>

#include "emu.h"
#include "kselftest.h"

#define LONG_MS "60000"
#define BETWEEN_MS 200
#define NAME_SIZE 16

static struct emu_names names;
static char link_name[NAME_SIZE], devsec_name[NAME_SIZE];

/* Steps of a TSM, and what has it take them. */
struct interrupted {
	const char *sentence;
	const char *step;
	const char *file;
	const char *name; /* of a TSM; NULL: "1" */
	bool locked; /* is the device before? */
};

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void ignore(int number)
{
}

/* Without SA_RESTART, so that the call ends. */
static void catch_interrupts(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGINT, &action, NULL);
}

/* A child that writes @text, and exits with the errno. */
static pid_t start_write(const char *bdf, const char *file, const char *text)
{
	pid_t child = fork();

	TEST_ASSERT(child >= 0, "fork: %s", strerror(errno));
	if (child)
		return child;
	catch_interrupts();
	_exit(emu_say_to(bdf, file, text));
}

/* Its exit status within 20 s, or -1 when a signal or the test ended it. */
static int end_of(pid_t child, bool *ret_in_time)
{
	int status;

	for (int i = 0; i < 200; i++) {
		if (waitpid(child, &status, WNOHANG) == child) {
			*ret_in_time = true;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		sleep_ms(100);
	}
	*ret_in_time = false;
	kill(child, SIGKILL);
	return -1;
}

static bool reads(const char *bdf, const char *file, const char *want)
{
	char path[EMU_PATH], text[32];
	int err = emu_read(emu_device(path, bdf, file), text, sizeof(text));

	if (!err && !strcmp(text, want))
		return true;
	ksft_print_msg("%s is '%s', not '%s': %s\n", path, text, want, strerror(err));
	return false;
}

static bool done(const char *what, int err)
{
	if (err)
		ksft_print_msg("%s: %s\n", what, strerror(err));
	return !err;
}

/* The device as it was before the call. */
static bool is_unchanged(const struct interrupted *call, const char *bdf)
{
	char path[EMU_PATH], text[16];

	emu_must(emu_read(emu_order(path, bdf, "state"), text, sizeof(text)), path);
	if (strcmp(text, call->locked ? "locked" : "unlocked")) {
		ksft_print_msg("the interface is %s\n", text);
		return false;
	}
	return reads(bdf, "tsm/connect", "") && reads(bdf, "tsm/accept", "0") &&
	       reads(bdf, "tsm/lock", call->locked ? devsec_name : "");
}

/* Undisturbed it succeeds, and can be undone. */
static bool works(const struct interrupted *call, const char *bdf)
{
	bool connect = call->name == link_name;

	return done(call->file, emu_say_to(bdf, call->file, call->name ?: "1")) &&
	       done("undo", emu_say_to(bdf, connect ? "tsm/disconnect" : "tsm/unlock",
				       connect ? link_name : devsec_name));
}

static void interrupt(const struct interrupted *call, int number)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	bool good, in_time;
	char order[64];
	pid_t child;
	int status;

	if (call->locked)
		emu_must(emu_say_to(bdf, "tsm/lock", devsec_name), "lock");
	snprintf(order, sizeof(order), "%s 0 " LONG_MS " 1", call->step);
	emu_must(emu_say_of(bdf, "fail", order), order);
	child = start_write(bdf, call->file, call->name ?: "1");
	sleep_ms(BETWEEN_MS);
	kill(child, number);
	status = end_of(child, &in_time);
	if (!in_time)
		ksft_print_msg("the signal does not end the call\n");
	else if (number == SIGINT)
		ksft_print_msg("the call ends with %s\n", strerror(status));
	good = in_time && (number == SIGKILL || status == EINTR) && is_unchanged(call, bdf) &&
	       works(call, bdf);
	ksft_test_result(good, "tsm: %s %s\n", number == SIGINT ? "a signal ends" : "a kill ends",
			 call->sentence);
}

/* While a TSM takes its time with one device, others wait, and can be killed. */
static void kill_waiting(void)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	bool good, in_time, first_in_time;
	pid_t first, second;

	emu_must(emu_say_of(bdf, "fail", "lock 0 " LONG_MS " 1"), "fail");
	first = start_write(bdf, "tsm/lock", devsec_name);
	sleep_ms(BETWEEN_MS);
	second = start_write(names.bdf[EMU_SECOND], "tsm/lock", devsec_name);
	sleep_ms(BETWEEN_MS);
	kill(second, SIGKILL);
	end_of(second, &in_time);
	kill(first, SIGKILL);
	end_of(first, &first_in_time);
	good = in_time && first_in_time && reads(names.bdf[EMU_SECOND], "tsm/lock", "");
	ksft_test_result(good, "tsm: who waits for another's lock can be killed\n");
}

static void interrupt_reader(void)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	bool in_time, first_in_time;
	char path[EMU_PATH], text[32];
	pid_t first, second;
	int status;

	emu_must(emu_say_of(bdf, "fail", "lock 0 " LONG_MS " 1"), "fail");
	first = start_write(bdf, "tsm/lock", devsec_name);
	sleep_ms(BETWEEN_MS);
	second = fork();
	if (!second) {
		catch_interrupts();
		_exit(emu_read(emu_device(path, bdf, "tsm/lock"), text, sizeof(text)));
	}
	sleep_ms(BETWEEN_MS);
	kill(second, SIGINT);
	status = end_of(second, &in_time);
	kill(first, SIGKILL);
	end_of(first, &first_in_time);
	ksft_test_result(in_time && first_in_time && status == EINTR && reads(bdf, "tsm/lock", ""),
			 "tsm: who reads meanwhile gets EINTR\n");
}

int main(void)
{
	const struct interrupted calls[] = {
		{ "connect", "connect", "tsm/connect", link_name, false },
		{ "lock", "lock", "tsm/lock", devsec_name, false },
		{ "lock, while the report comes", "report", "tsm/lock", devsec_name, false },
		{ "accept, while the report comes", "report", "tsm/accept", NULL, true },
		{ "accept", "accept", "tsm/accept", NULL, true },
	};

	ksft_print_header();
	ksft_set_plan(2 * ARRAY_SIZE(calls) + 2);
	emu_load(&names);
	emu_register("link", link_name, sizeof(link_name));
	emu_register("devsec", devsec_name, sizeof(devsec_name));
	for (int i = 0; i < ARRAY_SIZE(calls); i++) {
		interrupt(&calls[i], SIGINT);
		interrupt(&calls[i], SIGKILL);
	}
	kill_waiting();
	interrupt_reader();
	emu_unload();
	ksft_finished();
}
