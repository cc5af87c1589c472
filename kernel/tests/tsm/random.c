// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on all emulated functions: connect, lock, accept and their opposites, with
 * names right and wrong, failures of the TSMs, other reports, drivers, removal, TSMs that leave.
 * After each one its errno, all attributes of all functions, and what the interfaces think must be
 * those of the model.
 *
 *     random [OPERATIONS [SEED]], or TSM_RANDOM= and TSM_SEED= in the environment, which the
 *     kernel's command line fills
 *
 * Red when remove_fn() leaves the attributes of functions that a departing TSM has released: after
 * 158 operations, as it happened.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "kselftest.h"
#include "model.h"

#define SHOWN_OPERATIONS 12

struct world {
	struct model model;
	struct emu_names names;
	unsigned long long generation; /* the highest one that was seen */
	char report[EMU_FUNCTIONS][REPORT_SIZE]; /* of what is locked */
	ssize_t report_size[EMU_FUNCTIONS];
	unsigned int seed;
	char said[SHOWN_OPERATIONS][80];
	unsigned long count;
	bool good;
};

static unsigned int below(struct world *w, unsigned int limit)
{
	return rand_r(&w->seed) / 7 % limit;
}

static bool one_in(struct world *w, unsigned int number)
{
	return !below(w, number);
}

static void __attribute__((format(printf, 2, 3))) differ(struct world *w, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	ksft_print_msg("%s\n", text);
	w->good = false;
}

/* Compares an errno with the model's, and remembers the operation. */
static void judge(struct world *w, const char *what, int index, const char *value, int err,
		  int want)
{
	char text[sizeof(w->said[0])];

	snprintf(text, sizeof(text), "%s %s '%s': %s", what, w->names.bdf[index], value,
		 strerror(err));
	strcpy(w->said[w->count % SHOWN_OPERATIONS], text);
	if (err != want)
		differ(w, "%s of %s with '%s' ends with %s, not %s", what, w->names.bdf[index],
		       value, strerror(err), strerror(want));
}

/* Mostly the right name. */
static const char *pick_name(struct world *w, const char *right)
{
	static const char *const wrong[] = { "tsm", "tsm99", "0", "../tsm0", "stm0" };
	const char *other = right == w->model.link ? w->model.devsec : w->model.link;

	if (one_in(w, 12))
		return wrong[below(w, ARRAY_SIZE(wrong))];
	if (one_in(w, 20) && other[0])
		return other;
	return right[0] ? right : "tsm99";
}

static void do_connect(struct world *w, int index)
{
	const char *name = pick_name(w, w->model.link);
	int err = emu_say_to(w->names.bdf[index], "tsm/connect", name);

	judge(w, "connect", index, name, err, model_connect(&w->model, index, name));
}

static void do_disconnect(struct world *w, int index)
{
	const char *name = pick_name(w, w->model.link);
	int err = emu_say_to(w->names.bdf[index], "tsm/disconnect", name);

	judge(w, "disconnect", index, name, err, model_disconnect(&w->model, index, name));
}

static void do_bind(struct world *w, int index)
{
	char vm[2] = { '0' + below(w, 4), '\0' };
	int err = emu_say_of(w->names.bdf[index], "bind", vm);

	judge(w, "bind", index, vm, err, model_bind(&w->model, index, vm[0] - '0'));
}

static void do_lock(struct world *w, int index)
{
	const char *name = pick_name(w, w->model.devsec);
	int err = emu_say_to(w->names.bdf[index], "tsm/lock", name);

	judge(w, "lock", index, name, err, model_lock(&w->model, index, name));
}

static void do_unlock(struct world *w, int index)
{
	const char *name = pick_name(w, w->model.devsec);
	int err = emu_say_to(w->names.bdf[index], "tsm/unlock", name);

	judge(w, "unlock", index, name, err, model_unlock(&w->model, index, name));
}

static ssize_t read_bytes(const char *path, char *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return -errno;
	size = read(fd, bytes, REPORT_SIZE);
	if (size < 0)
		size = -errno;
	close(fd);
	return size;
}

/*
 * Whether the device answers as it did when the kernel asked. Its bytes tell: that a report was
 * changed in the same way does not, as the BARs move when a device comes back.
 */
static bool answers_the_same(struct world *w, int index)
{
	char path[EMU_PATH], bytes[REPORT_SIZE];
	ssize_t size = read_bytes(emu_order(path, w->names.bdf[index], "report"), bytes);

	return size > 0 && size == w->report_size[index] && !memcmp(bytes, w->report[index], size);
}

static void do_accept(struct world *w, int index)
{
	unsigned long long number = w->model.fn[index].generation;
	bool right = !one_in(w, 8), named = one_in(w, 2), same = answers_the_same(w, index);
	char text[32] = "1";
	int err;

	if (named || !right)
		snprintf(text, sizeof(text), "1 %llu", right ? number : number + 1 + below(w, 9));
	err = emu_say_to(w->names.bdf[index], "tsm/accept", text);
	judge(w, "accept", index, text, err, model_accept(&w->model, index, right, same));
}

static void do_nonsense(struct world *w, int index)
{
	static const char *const words[] = { "0", "2", "1 x", "1 -1", "yes", "1 1 1" };
	const char *word = words[below(w, ARRAY_SIZE(words))];
	int err = emu_say_to(w->names.bdf[index], "tsm/accept", word);

	judge(w, "accept", index, word, err, can_lock(&w->model, index) ? EINVAL : ENOENT);
}

/* One failure at a step; it may wait there for long. */
static void do_order(struct world *w, int index)
{
	static const char *const names[STEPS] = { "probe", "connect", "bind",
						  "lock",  "report",  "accept" };
	static const int numbers[] = { EIO, ETIMEDOUT, ENODEV, EINTR, ENOMEM };
	int number = numbers[below(w, ARRAY_SIZE(numbers))];
	enum step step = below(w, STEPS);
	char text[32];

	snprintf(text, sizeof(text), "%s %d 0 1", names[step], number);
	w->model.fn[index].order[step] = number;
	judge(w, "order", index, text, emu_say_of(w->names.bdf[index], "fail", text), 0);
}

/* A reset takes the orders along. */
static void do_report(struct world *w, int index)
{
	static const char *const names[] = { "default", "changed", "broken" };
	struct function *fn = &w->model.fn[index];
	const char *bdf = w->names.bdf[index];
	enum report report = below(w, 3);
	char bytes[REPORT_SIZE], path[EMU_PATH];
	ssize_t size;
	int err;

	err = emu_say_of(bdf, "reset", "1");
	size = read_bytes(emu_order(path, bdf, "report"), bytes);
	if (report == CHANGED && size > 0) {
		bytes[size - 1] ^= 1;
		err = emu_put(path, bytes, size);
	} else if (report == BROKEN) {
		err = emu_say_of(bdf, "report_size", "10");
	}
	memset(fn->order, 0, sizeof(fn->order));
	fn->answers = report;
	judge(w, "report", index, names[report], size < 0 ? -size : err, 0);
}

static void do_error(struct world *w, int index)
{
	struct function *fn = &w->model.fn[index];
	int err = emu_say_of(w->names.bdf[index], "state", "error");

	judge(w, "state", index, "error", err, is_locked(fn) && !fn->error ? 0 : EINVAL);
	fn->error = is_locked(fn);
}

static void do_driver(struct world *w, int index)
{
	struct function *fn = &w->model.fn[index];
	const char *bdf = w->names.bdf[index];
	int err = 0;

	if (!fn->present)
		return;
	if (!fn->driver)
		err = emu_say_to(bdf, "driver_override", "tsm-emu-ep");
	if (!err)
		err = emu_say(fn->driver ? EMU_DRIVER "unbind" : EMU_DRIVER "bind", bdf);
	judge(w, fn->driver ? "driver unbinds" : "driver binds", index, "", err, 0);
	fn->driver = !fn->driver;
}

static void do_replug(struct world *w, int index)
{
	bool present = !w->model.fn[index].present;
	int err = emu_say_of(w->names.bdf[index], "replug", present ? "1" : "0");

	judge(w, present ? "plug" : "pull", index, "", err, 0);
	model_replug(&w->model, index, present);
}

static void do_link(struct world *w, int index)
{
	bool leaves = w->model.link[0];

	if (leaves) {
		emu_unregister("link");
		model_unregister_link(&w->model);
	} else {
		emu_register("link", w->model.link, NAME_SIZE);
	}
	judge(w, leaves ? "link TSM leaves" : "link TSM comes", index, "", 0, 0);
}

static void do_devsec(struct world *w, int index)
{
	bool leaves = w->model.devsec[0];

	if (leaves) {
		emu_unregister("devsec");
		model_unregister_devsec(&w->model);
	} else {
		emu_register("devsec", w->model.devsec, NAME_SIZE);
	}
	judge(w, leaves ? "devsec TSM leaves" : "devsec TSM comes", index, "", 0, 0);
}

/* clang-format off */
static const struct {
	void (*act)(struct world *w, int index);
	unsigned int weight;
} operations[] = {
	{ do_lock, 20 },      { do_accept, 20 },  { do_unlock, 10 },  { do_connect, 10 },
	{ do_disconnect, 5 }, { do_bind, 5 },     { do_driver, 8 },   { do_order, 5 },
	{ do_report, 5 },     { do_nonsense, 2 }, { do_error, 2 },    { do_replug, 4 },
	{ do_link, 2 },       { do_devsec, 2 },
};
/* clang-format on */

/* A TSM that has left comes back soon, and so does a device: nothing happens without. */
static void operate(struct world *w)
{
	unsigned int index = below(w, EMU_FUNCTIONS), sum = 0, at;

	if (!w->model.link[0] && one_in(w, 4)) {
		do_link(w, index);
		return;
	}
	if (!w->model.devsec[0] && one_in(w, 4)) {
		do_devsec(w, index);
		return;
	}
	if (!w->model.fn[index].present && one_in(w, 3)) {
		do_replug(w, index);
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(operations); i++)
		sum += operations[i].weight;
	at = below(w, sum);
	for (unsigned int i = 0; i < ARRAY_SIZE(operations); i++) {
		if (at < operations[i].weight) {
			operations[i].act(w, index);
			return;
		}
		at -= operations[i].weight;
	}
}

/* An attribute is @want, or not there when that is NULL. */
static void expect(struct world *w, int index, const char *file, const char *want)
{
	char path[EMU_PATH], text[64];
	int err = emu_read(emu_device(path, w->names.bdf[index], file), text, sizeof(text));

	if (!want && err == ENOENT)
		return;
	if (err)
		differ(w, "%s of %s: %s", file, w->names.bdf[index], strerror(err));
	else if (!want || strcmp(text, want))
		differ(w, "%s of %s is '%s', not '%s'", file, w->names.bdf[index], text,
		       want ?: "absent");
}

static void expect_link(struct world *w, int index)
{
	struct function *fn = &w->model.fn[index];
	bool shown = can_connect(&w->model, index) || fn->hold == MANAGED;
	const char *name = is_linked(fn) ? w->model.link : "";
	const char *dsm = w->names.bdf[fn->hold == MANAGED ? EMU_DSM : index];

	expect(w, index, "authenticated", shown ? name : NULL);
	expect(w, index, "tsm/dsm", !shown ? NULL : is_linked(fn) ? dsm : "");
	expect(w, index, "tsm/bound", !shown ? NULL : fn->vm ? w->model.link : "");
	expect(w, index, "tsm/connect", can_connect(&w->model, index) ? name : NULL);
}

/* A generation that the model does not know yet is higher than all before. */
static void expect_generation(struct world *w, int index)
{
	struct function *fn = &w->model.fn[index];
	char path[EMU_PATH], text[32] = "";

	if (!fn->generation && is_locked(fn)) {
		emu_read(emu_device(path, w->names.bdf[index], "tsm/generation"), text,
			 sizeof(text));
		fn->generation = strtoull(text, NULL, 10);
		if (fn->generation <= w->generation)
			differ(w, "generation %s of %s is no new one", text, w->names.bdf[index]);
		w->generation = fn->generation;
		emu_order(path, w->names.bdf[index], "report");
		w->report_size[index] = read_bytes(path, w->report[index]);
	}
	snprintf(text, sizeof(text), "%llu", fn->generation);
	expect(w, index, "tsm/generation", is_locked(fn) ? text : "");
}

static void expect_report(struct world *w, int index)
{
	char path[EMU_PATH], bytes[REPORT_SIZE];
	ssize_t size = read_bytes(emu_device(path, w->names.bdf[index], "tsm/report"), bytes);

	if (!is_locked(&w->model.fn[index])) {
		if (size != -ENXIO)
			differ(w, "the report of %s, which is not locked: %zd", w->names.bdf[index],
			       size);
	} else if (size != w->report_size[index] || memcmp(bytes, w->report[index], size)) {
		differ(w, "the report of %s is not the one that was shown", w->names.bdf[index]);
	}
}

static void expect_devsec(struct world *w, int index)
{
	struct function *fn = &w->model.fn[index];

	if (!can_lock(&w->model, index)) {
		expect(w, index, "tsm/lock", NULL);
		expect(w, index, "tsm/accept", NULL);
		expect(w, index, "tsm/generation", NULL);
		return;
	}
	expect(w, index, "tsm/lock", is_locked(fn) ? w->model.devsec : "");
	expect(w, index, "tsm/accept", fn->hold == ACCEPTED ? "1" : "0");
	expect_generation(w, index);
	expect_report(w, index);
}

static void expect_function(struct world *w, int index)
{
	static const char *const states[] = { [LOCKED] = "locked", [ACCEPTED] = "run" };
	struct function *fn = &w->model.fn[index];
	const char *state = fn->error ? "error" : states[fn->hold] ?: "unlocked";
	char path[EMU_PATH], text[16];

	emu_must(emu_read(emu_order(path, w->names.bdf[index], "state"), text, sizeof(text)), path);
	if (strcmp(text, state))
		differ(w, "the interface of %s is %s, not %s", w->names.bdf[index], text, state);
	if (!access(emu_device(path, w->names.bdf[index], "driver"), F_OK) != fn->driver)
		differ(w, "%s has %s driver", w->names.bdf[index], fn->driver ? "no" : "a");
	expect_link(w, index);
	expect_devsec(w, index);
}

static void expect_streams(struct world *w)
{
	int available = emu_streams(w->names.bdf[0]), want = EMU_STREAMS;

	for (int i = 0; i < EMU_FUNCTIONS; i++)
		want -= w->model.fn[i].hold == CONNECTED;
	if (available != want)
		differ(w, "%d streams are available, not %d", available, want);
}

static unsigned long number(int argc, char **argv, int at, const char *name, unsigned long other)
{
	const char *text = argc > at ? argv[at] : getenv(name);

	return text ? strtoul(text, NULL, 0) : other;
}

static void tell_operations(struct world *w, unsigned int seed)
{
	ksft_print_msg("seed %u; the last operations, of %lu:\n", seed, w->count);
	for (unsigned long i = 0; i < SHOWN_OPERATIONS; i++)
		ksft_print_msg("%s\n", w->said[(w->count + 1 + i) % SHOWN_OPERATIONS]);
}

int main(int argc, char **argv)
{
	unsigned long operations_wanted = number(argc, argv, 1, "TSM_RANDOM", 1000);
	unsigned int seed = number(argc, argv, 2, "TSM_SEED", emu_random());
	struct world *w = calloc(1, sizeof(*w));

	TEST_ASSERT(w, "no memory");
	w->seed = seed;
	w->good = true;
	ksft_print_header();
	ksft_set_plan(2);
	ksft_print_msg("%lu operations, seed %u\n", operations_wanted, seed);
	emu_load(&w->names);
	for (int i = 0; i < EMU_FUNCTIONS; i++)
		w->model.fn[i].present = true;
	for (w->count = 0; w->good && w->count < operations_wanted; w->count++) {
		operate(w);
		for (int i = 0; i < EMU_FUNCTIONS; i++)
			expect_function(w, i);
		expect_streams(w);
		if (!w->good)
			tell_operations(w, seed);
	}
	ksft_test_result(w->good,
			 "tsm: after each random operation the kernel is as the ABI says\n");
	ksft_test_result(!system("rmmod tsm-emu"), "tsm: the module goes, whatever its state is\n");
	free(w);
	ksft_finished();
}
