// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables on a terminal and on a pipe, and what a hostile name can do to them: nothing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "../../cli/out.h"
#include "../unit/world.h"

static const struct out_column columns[] = {
	{ .key = "id", .title = "ID" },
	{ .key = "reason", .title = "REASON", .none = "", .wrap = true, .then = "remedy" },
};

struct row {
	const char *id, *reason, *remedy;
};

static void print(FILE *to, const struct row *rows, size_t count)
{
	struct out *out = out_new(to, false, OUT_COLOR_NEVER);

	out_begin(out, "test");
	out_table_begin(out, "rows", columns, KF_ARRAY_SIZE(columns));
	for (size_t i = 0; i < count; i++) {
		out_row(out);
		out_str(out, "id", rows[i].id);
		out_str(out, "reason", rows[i].reason);
		out_str(out, "remedy", rows[i].remedy);
	}
	out_table_end(out);
	assert_true(out_end(out));
	out_free(out);
}

static char *on_a_pipe(const struct row *rows, size_t count)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	print(to, rows, count);
	fclose(to);
	return text;
}

/* What a terminal got until @last; it comes in parts, later than it was written. */
static void read_until(int fd, char *text, size_t size, char last)
{
	size_t used = 0;

	while (!used || text[used - 1] != last) {
		ssize_t got = read(fd, text + used, size - used);

		assert_true(got > 0);
		used += (size_t)got;
	}
	text[used - 1] = '\0';
}

static char *on_a_terminal(unsigned short width, const struct row *rows, size_t count)
{
	const struct winsize winsize = { .ws_row = 24, .ws_col = width };
	int front = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char *text = calloc(1, 4096);
	struct termios termios;
	FILE *to;

	assert_int_equal(grantpt(front) | unlockpt(front), 0);
	to = fopen(ptsname(front), "we");
	assert_non_null(to);
	assert_int_equal(tcgetattr(fileno(to), &termios), 0);
	termios.c_oflag &= ~(tcflag_t)OPOST;
	assert_int_equal(tcsetattr(fileno(to), TCSANOW, &termios), 0);
	assert_int_equal(ioctl(fileno(to), TIOCSWINSZ, &winsize), 0);
	print(to, rows, count);
	fputc('\a', to);
	fflush(to);
	read_until(front, text, 4096, '\a');
	fclose(to);
	close(front);
	return text;
}

static void expect(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static const struct row two[] = {
	{ "x86.avic", "module kvm_amd is not loaded", "modprobe kvm_amd and look into the log" },
	{ "x86.on", NULL, NULL },
};

static void a_pipe_gets_one_line_for_each_row(void **state)
{
	(void)state;
	expect(on_a_pipe(two, 2), "ID       REASON\n"
				  "x86.avic module kvm_amd is not loaded -> modprobe kvm_amd and "
				  "look into the log\n"
				  "x86.on   \n");
}

static void a_wide_terminal_gets_the_remedy_on_a_line_of_its_own(void **state)
{
	(void)state;
	expect(on_a_terminal(80, two, 2), "ID       REASON\n"
					  "x86.avic module kvm_amd is not loaded\n"
					  "         -> modprobe kvm_amd and look into the log\n"
					  "x86.on   \n");
}

static void a_narrow_terminal_breaks_lines_between_words(void **state)
{
	(void)state;
	expect(on_a_terminal(36, two, 2), "ID       REASON\n"
					  "x86.avic module kvm_amd is not\n"
					  "         loaded\n"
					  "         -> modprobe kvm_amd and\n"
					  "            look into the log\n"
					  "x86.on   \n");
}

static void no_word_is_broken_however_narrow_the_terminal(void **state)
{
	static const struct row row = { "x", "a-word-that-is-longer-than-the-terminal and", NULL };

	(void)state;
	expect(on_a_terminal(10, &row, 1), "ID REASON\n"
					   "x  a-word-that-is-longer-than-the-terminal\n"
					   "   and\n");
}

static void a_line_is_as_long_as_the_terminal_is_wide(void **state)
{
	static const struct row row = { "id", "ten letter words fit in here", NULL };

	(void)state;
	expect(on_a_terminal(3 + 28, &row, 1), "ID REASON\nid ten letter words fit in here\n");
	expect(on_a_terminal(3 + 27, &row, 1), "ID REASON\nid ten letter words fit in\n"
					       "   here\n");
}

static void no_name_makes_a_line_or_drives_the_terminal(void **state)
{
	static const struct row row = { "a\nb", "c\033[2Jd\ne", "f\r\ng \\x1b" };

	(void)state;
	expect(on_a_pipe(&row, 1), "ID     REASON\n"
				   "a\\x0ab c\\x1b[2Jd\\x0ae -> f\\x0d\\x0ag \\x1b\n");
	expect(on_a_terminal(80, &row, 1), "ID     REASON\n"
					   "a\\x0ab c\\x1b[2Jd\\x0ae\n"
					   "       -> f\\x0d\\x0ag \\x1b\n");
}

static void no_name_reorders_a_line(void **state)
{
	/* U+202E, U+2066, U+200F, U+2028, U+009B; and letters that may stay */
	static const struct row row = {
		"\u202e\u2066\u200f\u2028\xc2\x9b",
		"\u00e9\u6f22",
		NULL,
	};

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect(on_a_pipe(&row, 1), "ID                           REASON\n"
				   "\\u202e\\u2066\\u200f\\u2028\\x9b \u00e9\u6f22\n");
	assert_non_null(setlocale(LC_CTYPE, "C"));
	expect(on_a_pipe(&row, 1), "ID                           REASON\n"
				   "\\u202e\\u2066\\u200f\\u2028\\x9b \\u00e9\\u6f22\n");
}

static void wide_letters_are_counted(void **state)
{
	static const struct row row = { "\u6f22\u5b57", "nine and twenty wide letters to count",
					NULL };

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	expect(on_a_terminal(34, &row, 1), "ID   REASON\n"
					   "\u6f22\u5b57 nine and twenty wide letters\n"
					   "     to count\n");
	assert_non_null(setlocale(LC_CTYPE, "C"));
}

static const struct out_column area_columns[] = {
	{ .key = "area", .section = true },
	{ .key = "name", .title = "NAME" },
	{ .key = "offset", .title = "OFFSET", .hex = true },
	{ .key = "text", .title = "TEXT", .none = "", .optional = true },
};

static void a_section_is_a_table_with_the_columns_that_it_needs(void **state)
{
	static const struct {
		const char *area, *name, *text;
		int offset;
	} rows[] = {
		{ "L2 control", "asid", NULL, 216 },
		{ "L2 control", "tlb_ctl", NULL, 220 },
		{ "L1\x1b[m", "cr0", "PE PG", 1496 },
	};
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	struct out *out = out_new(to, false, OUT_COLOR_NEVER);

	(void)state;
	out_begin(out, "test");
	out_table_begin(out, "rows", area_columns, KF_ARRAY_SIZE(area_columns));
	for (size_t i = 0; i < KF_ARRAY_SIZE(rows); i++) {
		out_row(out);
		out_str(out, "area", rows[i].area);
		out_str(out, "name", rows[i].name);
		out_int(out, "offset", rows[i].offset);
		out_str(out, "text", rows[i].text);
	}
	out_table_end(out);
	assert_true(out_end(out));
	out_free(out);
	fclose(to);
	expect(text, "\nL2 control\nNAME    OFFSET\nasid    0xd8\ntlb_ctl 0xdc\n"
		     "\nL1\\x1b[m\nNAME OFFSET TEXT\ncr0  0x5d8  PE PG\n");
}

static void a_table_of_no_rows_is_no_text(void **state)
{
	(void)state;
	expect(on_a_pipe(NULL, 0), "");
}

int main(void)
{
	int front = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_gets_one_line_for_each_row),
		cmocka_unit_test(a_wide_terminal_gets_the_remedy_on_a_line_of_its_own),
		cmocka_unit_test(a_narrow_terminal_breaks_lines_between_words),
		cmocka_unit_test(no_word_is_broken_however_narrow_the_terminal),
		cmocka_unit_test(a_line_is_as_long_as_the_terminal_is_wide),
		cmocka_unit_test(no_name_makes_a_line_or_drives_the_terminal),
		cmocka_unit_test(no_name_reorders_a_line),
		cmocka_unit_test(wide_letters_are_counted),
		cmocka_unit_test(a_section_is_a_table_with_the_columns_that_it_needs),
		cmocka_unit_test(a_table_of_no_rows_is_no_text),
	};

	if (front < 0 || grantpt(front) || unlockpt(front)) {
		printf("1..0 # SKIP no pseudo terminal here: %s\n", strerror(errno));
		return 0;
	}
	close(front);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
