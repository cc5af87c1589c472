// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmfeat tsm connect, disconnect, lock, accept and unlock, each killed at the entry of its system
 * calls, and once while the kernel works off its write: kvmfeat tsm show then tells what is true,
 * as the kernel's attributes have it and as the emulated device thinks, and the device can be
 * brought back to where it was.
 *
 * Killed at are all calls close to the write, and of the others, most of which load libraries, one
 * in SHARE, from another one in each run. TSM_SIGKILL=1 in the environment is for every one.
 *
 * Red when the kernel sets pdev->tsm and leaves it there after ops->connect() or ops->lock() was
 * interrupted (the kill within connect, or lock), when disconnect ends without tsm_remove() at a
 * kill (within disconnect), when accept is shown before the TSM has done it (within accept), when
 * unlock does not call ops->unlock() (no state can be made), and when kvmfeat tells an accepted
 * device to be locked (accept).
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "emu.h"
#include "kselftest.h"

#define SHARE 64
#define CLOSE 4 /* calls before and after the write */
#define KILLS_MIN 10 /* a program that changes something has more calls */
#define CALLS_MAX 5000
#define WRITE_MS 500 /* that the TSM takes for a step */
#define KILL_MS 100 /* after so many of these the kill comes */

enum state { IDLE, CONNECTED, LOCKED, ACCEPTED, STATES };

static const char *const state_names[] = { "idle", "connected", "locked", "accepted" };
/* What the emulated interface thinks meanwhile. */
static const char *const tdi_names[] = { "unlocked", "unlocked", "locked", "run" };

struct operation {
	const char *verb;
	enum state before;
	enum state after;
};

static const struct operation operations[] = {
	{ "connect", IDLE, CONNECTED }, { "disconnect", CONNECTED, IDLE }, { "lock", IDLE, LOCKED },
	{ "accept", LOCKED, ACCEPTED }, { "unlock", ACCEPTED, IDLE },
};

static struct emu_names names;
static const char *bdf; /* of the device with several BARs */
static char link_tsm[16], devsec_tsm[16];
static bool every_call;
static unsigned int first_call; /* of those that are not close to the write */

static void read_attribute(const char *name, char *text, size_t size)
{
	char path[EMU_PATH];

	emu_must(emu_read(emu_device(path, bdf, name), text, size), name);
}

static void write_attribute(const char *name, const char *text)
{
	emu_must(emu_say_to(bdf, name, text), name);
}

static enum state state_of_kernel(void)
{
	char text[32];

	read_attribute("tsm/connect", text, sizeof(text));
	if (*text)
		return CONNECTED;
	read_attribute("tsm/lock", text, sizeof(text));
	if (!*text)
		return IDLE;
	read_attribute("tsm/accept", text, sizeof(text));
	return *text == '1' ? ACCEPTED : LOCKED;
}

static bool emulation_agrees(enum state state)
{
	/* A connection is a stream of the host bridge; no other device has one. */
	const bool stream = emu_streams(bdf) != EMU_STREAMS;
	char path[EMU_PATH], text[32];

	emu_must(emu_read(emu_order(path, bdf, "state"), text, sizeof(text)), path);
	if (!strcmp(text, tdi_names[state]) && stream == (state == CONNECTED))
		return true;
	ksft_print_msg("the kernel has it %s, the interface thinks %s, and has %s stream\n",
		       state_names[state], text, stream ? "a" : "no");
	return false;
}

/* Past kvmfeat, which is what is tested. */
static void bring_to(enum state state)
{
	enum state now = state_of_kernel();

	if (now == state)
		return;
	if (now == CONNECTED)
		write_attribute("tsm/disconnect", link_tsm);
	else if (now != IDLE && state != ACCEPTED)
		write_attribute("tsm/unlock", devsec_tsm);
	if (state == CONNECTED)
		write_attribute("tsm/connect", link_tsm);
	if (state == LOCKED || (state == ACCEPTED && now != LOCKED))
		write_attribute("tsm/lock", devsec_tsm);
	if (state == ACCEPTED)
		write_attribute("tsm/accept", "1");
	TEST_ASSERT(state_of_kernel() == state && emulation_agrees(state),
		    "the device cannot be made %s", state_names[state]);
}

/* Whether kvmfeat tsm show tells the state that the kernel has. */
static bool shows(enum state state)
{
	char command[96], output[4096], wanted[32];
	FILE *pipe;
	size_t size;

	snprintf(command, sizeof(command), "kvmfeat --json tsm show %s", bdf);
	snprintf(wanted, sizeof(wanted), "\"state\":\"%s\"", state_names[state]);
	pipe = popen(command, "r");
	TEST_ASSERT(pipe, "kvmfeat cannot be started");
	size = fread(output, 1, sizeof(output) - 1, pipe);
	output[size] = '\0';
	if (!pclose(pipe) && strstr(output, wanted))
		return true;
	ksft_print_msg("it is %s, and kvmfeat shows: %.400s\n", state_names[state], output);
	return false;
}

static pid_t start(const struct operation *operation)
{
	pid_t child = fork();
	int status, null;

	TEST_ASSERT(child >= 0, "a process cannot be made");
	if (!child) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			execlp("kvmfeat", "kvmfeat", "tsm", operation->verb, bdf, NULL);
		_exit(127);
	}
	TEST_ASSERT(waitpid(child, &status, 0) == child && WIFSTOPPED(status),
		    "kvmfeat cannot be traced");
	TEST_ASSERT(
		!ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
		"the options of ptrace are not taken");
	return child;
}

/* Goes on to the entry of its next system call; false: it has ended. */
static bool next_call(pid_t child, struct __ptrace_syscall_info *ret_call)
{
	int status;

	do {
		TEST_ASSERT(!ptrace(PTRACE_SYSCALL, child, NULL, NULL), "ptrace stops no call");
		TEST_ASSERT(waitpid(child, &status, 0) == child, "kvmfeat was lost");
		if (!WIFSTOPPED(status)) {
			TEST_ASSERT(WIFEXITED(status) && !WEXITSTATUS(status),
				    "kvmfeat does not do it when it is left alone");
			return false;
		}
		TEST_ASSERT(ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(*ret_call), ret_call) > 0,
			    "the kernel does not tell the call");
	} while (ret_call->op != PTRACE_SYSCALL_INFO_ENTRY);
	return true;
}

static void end(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	TEST_ASSERT(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
			    WTERMSIG(status) == SIGKILL,
		    "kvmfeat outlives SIGKILL");
}

/* Whether all agree on the state, which is one that the operation can leave. */
static bool is_told(const struct operation *operation, enum state *ret_state)
{
	enum state state = state_of_kernel();

	*ret_state = state;
	if (state == operation->before || state == operation->after)
		return emulation_agrees(state) && shows(state);
	ksft_print_msg("%s leaves it %s\n", operation->verb, state_names[state]);
	return false;
}

/* Runs it until its @number-th call and kills it there; false: it has ended before. */
static bool kill_at(const struct operation *operation, unsigned int number)
{
	pid_t child = start(operation);
	struct __ptrace_syscall_info call;

	for (unsigned int i = 0; i < number; i++)
		if (!next_call(child, &call))
			return false;
	end(child);
	return true;
}

/* The call that writes an attribute: not to its output, and not to its own memory. */
static bool is_write(const struct __ptrace_syscall_info *call)
{
	return call->entry.nr == __NR_write && call->entry.args[0] > STDERR_FILENO;
}

/* Goes on to its write; returns the number of that call, 0 when it has ended without. */
static unsigned int go_to_write(pid_t child)
{
	struct __ptrace_syscall_info call;

	for (unsigned int number = 1; next_call(child, &call); number++)
		if (is_write(&call))
			return number;
	return 0;
}

static unsigned int number_of_write(const struct operation *operation)
{
	unsigned int number;
	pid_t child;

	bring_to(operation->before);
	child = start(operation);
	number = go_to_write(child);
	if (number)
		end(child);
	else
		ksft_print_msg("%s writes nothing\n", operation->verb);
	return number;
}

static bool is_chosen(unsigned int number, unsigned int write)
{
	return every_call || number % SHARE == first_call ||
	       (number + CLOSE >= write && number <= write + CLOSE);
}

static bool is_told_at_each_call(const struct operation *operation)
{
	unsigned int seen[STATES] = { 0 }, number = 1, kills = 0;
	const unsigned int write = number_of_write(operation);
	enum state state;

	if (!write)
		return false;
	for (;; number++) {
		if (!is_chosen(number, write))
			continue;
		bring_to(operation->before);
		if (!kill_at(operation, number))
			break;
		TEST_ASSERT(number < CALLS_MAX, "kvmfeat does not end");
		if (!is_told(operation, &state)) {
			ksft_print_msg("after a kill at call %u\n", number);
			return false;
		}
		seen[state]++;
		kills++;
	}
	ksft_print_msg(
		"%s: killed at %u of up to %u calls, %u times before it was done, %u after\n",
		operation->verb, kills, number - 1, seen[operation->before],
		seen[operation->after]);
	return kills >= KILLS_MIN && seen[operation->before] && seen[operation->after] &&
	       state_of_kernel() == operation->after && is_told(operation, &state);
}

static void order_delay(const char *step)
{
	char text[64];

	snprintf(text, sizeof(text), "%s 0 %d 1", step, WRITE_MS);
	emu_must(emu_say_of(bdf, "fail", text), text);
}

static bool is_told_within_the_write(const struct operation *operation)
{
	enum state state;
	pid_t child;

	bring_to(operation->before);
	order_delay(operation->verb);
	child = start(operation);
	if (!go_to_write(child)) {
		ksft_print_msg("%s writes nothing\n", operation->verb);
		return false;
	}
	TEST_ASSERT(!ptrace(PTRACE_CONT, child, NULL, NULL), "kvmfeat does not go on");
	usleep(KILL_MS * 1000);
	end(child);
	if (!is_told(operation, &state))
		return false;
	ksft_print_msg("%s: killed within its write, it is %s\n", operation->verb,
		       state_names[state]);
	bring_to(operation->before);
	return true;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2 * ARRAY_SIZE(operations));
	every_call = getenv("TSM_SIGKILL");
	first_call = emu_random() % SHARE;
	emu_load(&names);
	emu_register("link", link_tsm, sizeof(link_tsm));
	emu_register("devsec", devsec_tsm, sizeof(devsec_tsm));
	bdf = names.bdf[EMU_SEVERAL];
	for (unsigned int i = 0; i < ARRAY_SIZE(operations); i++) {
		ksft_test_result(is_told_at_each_call(&operations[i]),
				 "tsm: show tells the truth of a %s that was killed at any call\n",
				 operations[i].verb);
		ksft_test_result(is_told_within_the_write(&operations[i]),
				 "tsm: show tells the truth of a %s that was killed in its write\n",
				 operations[i].verb);
	}
	bring_to(IDLE);
	emu_unload();
	ksft_finished();
}
