// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of the frame, and reading the words of the command line. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"

const struct argp_option cli_options[] = {
	{ "json", 'j', NULL, 0, "Write one JSON document" },
	{ "root", CLI_KEY_ROOT, "DIR", 0, "Read /dev, /proc and /sys below DIR" },
	{ "vm", CLI_KEY_VM, "NAME|PID", 0, "Act on this VM, through the agent of its VMM" },
	{ "dry-run", 'n', NULL, 0, "Show what would change, change nothing" },
	{ "quiet", 'q', NULL, 0, "No remarks on standard error" },
	{ "verbose", 'v', NULL, 0, "More on standard error; twice: each kernel call" },
	{ "color", CLI_KEY_COLOR, "WHEN", 0, "Colors: auto, always or never" },
	{ "help", 'h', NULL, 0, "Show this text" },
	{ "version", CLI_KEY_VERSION, NULL, 0, "Show the version" },
	{ 0 },
};

const char *const cli_colors[] = {
	[OUT_COLOR_AUTO] = "auto",
	[OUT_COLOR_ALWAYS] = "always",
	[OUT_COLOR_NEVER] = "never",
	NULL,
};

static int set_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int set_usage(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(cli->usage, sizeof(cli->usage), fmt, args);
	va_end(args);
	return EINVAL;
}

bool cli_takes(const struct cli *cli, const struct argp_option *option)
{
	switch (option->key) {
	case 'n':
		return cli->verb && cli->verb->flags & VERB_DRY_RUN;
	case CLI_KEY_VM:
		return cli->verb && cli->verb->flags & VERB_VM;
	default:
		return true;
	}
}

static const struct argp_option *verb_options(const struct cli *cli)
{
	static const struct argp_option none = { 0 };

	return cli->verb && cli->verb->options ? cli->verb->options : &none;
}

const struct argp_option *cli_find_option(const struct cli *cli, const char *name, size_t size)
{
	const struct argp_option *const tables[] = { verb_options(cli), cli_options };

	for (size_t i = 0; i < 2; i++)
		for (const struct argp_option *o = tables[i]; o->name; o++)
			if (strlen(o->name) == size && !memcmp(o->name, name, size))
				return o;
	return NULL;
}

static const struct argp_option *find_key(const struct cli *cli, int key)
{
	const struct argp_option *const tables[] = { verb_options(cli), cli_options };

	for (size_t i = 0; i < 2; i++)
		for (const struct argp_option *o = tables[i]; o->name; o++)
			if (o->key == key)
				return o;
	return NULL;
}

/* The first option that begins like @name, for a word that argp would take for it. */
static const struct argp_option *find_longer(const struct cli *cli, const char *name, size_t size)
{
	const struct argp_option *const tables[] = { verb_options(cli), cli_options };

	for (size_t i = 0; size && i < 2; i++)
		for (const struct argp_option *o = tables[i]; o->name; o++)
			if (!strncmp(o->name, name, size))
				return o;
	return NULL;
}

const struct argp_option *cli_wants_value(const struct cli *cli, const char *word)
{
	const struct argp_option *option = NULL;

	if (!strncmp(word, "--", 2)) {
		option = cli_find_option(cli, word + 2, strlen(word + 2));
		return option && option->arg ? option : NULL;
	}
	for (word++; *word; word++) {
		option = find_key(cli, (unsigned char)*word);
		if (option && option->arg)
			return word[1] ? NULL : option;
	}
	return NULL;
}

static int check_long(struct cli *cli, const char *word)
{
	const size_t size = strcspn(word + 2, "=");
	const struct argp_option *option = cli_find_option(cli, word + 2, size);
	const struct argp_option *longer = find_longer(cli, word + 2, size);

	if (!option && longer)
		return set_usage(cli, "option '--%.*s' is not written in full: --%s", (int)size,
				 word + 2, longer->name);
	if (!option)
		return set_usage(cli, "option '--%.*s' is unknown", (int)size, word + 2);
	if (!option->arg && word[2 + size])
		return set_usage(cli, "option '--%s' takes no value", option->name);
	return 0;
}

static int check_short(struct cli *cli, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct argp_option *option = find_key(cli, (unsigned char)*c);

		if (!option && isdigit((unsigned char)*c))
			return set_usage(cli,
					 "option '%s' is unknown; put -- before a negative value",
					 word);
		if (!option)
			return set_usage(cli, "option '-%.*s' is unknown",
					 isalpha((unsigned char)*c) ? 1 : (int)strlen(c), c);
		if (option->arg)
			break;
	}
	return 0;
}

/*
 * Says what is wrong with the options before argp sees them: its own texts would go past --json,
 * and it takes any beginning of a name for the name.
 */
static int check_options(struct cli *cli, bool in_order)
{
	for (int i = 1; i < cli->argc && strcmp(cli->argv[i], "--") != 0; i++) {
		const char *word = cli->argv[i];
		int err;

		if (word[0] != '-' || !word[1]) {
			if (in_order)
				break;
			continue;
		}
		err = word[1] == '-' ? check_long(cli, word) : check_short(cli, word);
		if (err)
			return err;
		if (cli_wants_value(cli, word) && ++i == cli->argc)
			return set_usage(cli, "option '%s' needs a value", word);
	}
	return 0;
}

static int parse_color(struct cli *cli, const char *when)
{
	for (size_t i = 0; cli_colors[i]; i++)
		if (!strcmp(when, cli_colors[i])) {
			cli->color = (enum out_color)i;
			return 0;
		}
	return set_usage(cli, "--color takes auto, always or never, not '%s'", when);
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	switch (key) {
	case 'j':
		cli->json = true;
		return 0;
	case 'n':
		cli->dry_run = true;
		return 0;
	case 'q':
		cli->quiet = true;
		return 0;
	case 'v':
		cli->verbose++;
		return 0;
	case CLI_KEY_ROOT:
		cli->root = arg;
		return 0;
	case CLI_KEY_VM:
		cli->vm = arg;
		return 0;
	case CLI_KEY_COLOR:
		return parse_color(cli, arg);
	case 'h':
		cli->help = true;
		return 0;
	case CLI_KEY_VERSION:
		cli->version = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * Keeps a verb's options by key and hands its operands on, so that no verb needs a parser.
 * Before the verb is known, the words from the noun on are the operands.
 */
static error_t parse_words(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = cli;
		return 0;
	case ARGP_KEY_ARGS:
		cli->argv = state->argv + state->next;
		cli->argc = state->argc - state->next;
		state->next = state->argc;
		return 0;
	default:
		for (const struct argp_option *o = verb_options(cli); o->key; o++)
			if (o->key == key) {
				cli->options[key] = arg ? arg : "";
				return 0;
			}
		return ARGP_ERR_UNKNOWN;
	}
}

#define PARSE_FLAGS (ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP)

int cli_parse(struct cli *cli, const struct argp *argp, unsigned int flags)
{
	static const struct argp frame = { .options = cli_options, .parser = parse_global };
	static const struct argp_child children[] = { { .argp = &frame }, { 0 } };
	struct argp whole = *argp;
	char **argv = cli->argv;
	int argc = cli->argc;
	error_t err = check_options(cli, flags & ARGP_IN_ORDER);

	if (err)
		return err;
	whole.parser = parse_words;
	whole.children = children;
	cli->argc = 0;
	err = argp_parse(&whole, argc, argv, PARSE_FLAGS | flags, NULL, cli);
	return !err || cli->usage[0] ? err : set_usage(cli, "the words cannot be read");
}
