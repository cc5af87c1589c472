// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of the command: global options, noun, verb, and how a run ends. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

const struct noun *const nouns[] = {
	&noun_probe, &noun_cap, &noun_gmem, &noun_param, &noun_vm, NULL,
};

enum { KEY_COLOR = 256, KEY_ROOT, KEY_VM, KEY_VERSION, KEY_HELP };

static const struct argp_option global_options[] = {
	{ "json", 'j', NULL, 0, "Write one JSON document", -1 },
	{ "root", KEY_ROOT, "DIR", 0, "Read /dev, /proc and /sys below DIR", -1 },
	{ "vm", KEY_VM, "NAME|PID", 0, "Act on this VM, through the agent of its VMM", -1 },
	{ "dry-run", 'n', NULL, 0, "Show what would change, change nothing", -1 },
	{ "quiet", 'q', NULL, 0, "No remarks on standard error", -1 },
	{ "verbose", 'v', NULL, 0, "More on standard error; twice: each kernel call", -1 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always or never", -1 },
	{ "help", KEY_HELP, NULL, 0, "Show this text", -1 },
	{ "version", KEY_VERSION, NULL, 0, "Show the version", -1 },
	{ 0 },
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

static int parse_color(struct cli *cli, const char *when)
{
	static const char *const names[] = {
		[OUT_COLOR_AUTO] = "auto",
		[OUT_COLOR_ALWAYS] = "always",
		[OUT_COLOR_NEVER] = "never",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(when, names[i])) {
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
	case KEY_ROOT:
		cli->root = arg;
		return 0;
	case KEY_VM:
		cli->vm = arg;
		return 0;
	case KEY_COLOR:
		return parse_color(cli, arg);
	case KEY_HELP:
		cli->help = true;
		return 0;
	case KEY_VERSION:
		cli->version = true;
		return 0;
	case ARGP_KEY_ERROR:
		cli->stumble = state->argv[state->next > 1 ? state->next - 1 : 0];
		return ARGP_ERR_UNKNOWN;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_global_argp = { .options = global_options, .parser = parse_global };

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
		for (const struct argp_option *o = cli->verb ? cli->verb->options : NULL;
		     o && o->key; o++)
			if (o->key == key) {
				cli->options[key] = arg ? arg : "";
				return 0;
			}
		return ARGP_ERR_UNKNOWN;
	}
}

#define PARSE_FLAGS (ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP)

/*
 * Parses the words in @cli, of which the first is a name, and leaves the operands there. Says
 * itself which word argp stumbled over: argp's own texts would go past --json.
 */
static int parse(struct cli *cli, const struct argp *argp, unsigned int flags)
{
	const struct argp_child children[] = { { .argp = &cli_global_argp }, { 0 } };
	struct argp whole = *argp;
	char **argv = cli->argv;
	int argc = cli->argc;
	error_t err;

	whole.children = children;
	cli->argc = 0;
	err = argp_parse(&whole, argc, argv, PARSE_FLAGS | flags, NULL, cli);
	if (!err || cli->usage[0])
		return err;
	return set_usage(cli, "option '%s' is unknown here, or its value is missing or unwanted",
			 cli->stumble ? cli->stumble : "");
}

static const struct argp front_argp = {
	.parser = parse_words,
	.args_doc = "NOUN [VERB] [ARGS]",
	.doc = "Show which KVM features this host has, why others are missing, and switch them.\v"
	       "Exit status: 0 done; 1 failed; 2 bad command line; 3 this host cannot do it; "
	       "4 not permitted; 5 the answer is no. Manual: kvmfeat(1), kvmfeat-NOUN(1).",
};

const struct noun *cli_find_noun(const char *name)
{
	for (const struct noun *const *noun = nouns; *noun; noun++)
		if (!strcmp((*noun)->name, name))
			return *noun;
	return NULL;
}

const struct verb *cli_find_verb(const struct noun *noun, const char *name)
{
	for (size_t i = 0; i < noun->verb_count; i++)
		if (!noun->verbs[i].name || (name && !strcmp(noun->verbs[i].name, name)))
			return &noun->verbs[i];
	return NULL;
}

void cli_begin(struct cli *cli)
{
	char command[64];

	cli_command_name(cli, command, sizeof(command));
	out_begin(cli->out, command);
}

void cli_unseen(struct cli *cli, int unseen)
{
	if (cli->json)
		out_count(cli->out, "unseen_processes", unseen);
	else if (unseen < 0)
		cli_note(cli, "/proc hides the processes of other users (hidepid); "
			      "run as root to see them");
	else if (unseen)
		cli_note(cli,
			 "%d process%s could not be looked into (another user's or protected; root "
			 "sees most)",
			 unseen, unseen == 1 ? "" : "es");
}

const char *cli_option(const struct cli *cli, int key)
{
	return cli->options[key];
}

bool cli_number(const char *text, unsigned long max, unsigned long *ret_number)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number > max)
		return false;
	*ret_number = number;
	return true;
}

static void log_line(enum kvmfeat_log_level level, const char *text, void *data)
{
	(void)level;
	cli_say(data, "%s", text);
}

/* "Nouns:" or "Verbs:" below argp's own help. */
static void print_help(struct cli *cli, FILE *to, const struct argp *argp)
{
	struct argp_child children[] = { { .argp = &cli_global_argp, .header = "Every command:" },
					 { 0 } };
	struct argp whole = *argp;
	char name[80], command[64];

	cli_command_name(cli, command, sizeof(command));
	snprintf(name, sizeof(name), "kvmfeat%s%s", *command ? " " : "", command);
	whole.children = children;
	argp_help(&whole, to, ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
	if (!cli->noun) {
		fputs("\nNouns:\n", to);
		for (const struct noun *const *noun = nouns; *noun; noun++)
			fprintf(to, "  %-10s %s\n", (*noun)->name, (*noun)->help);
	} else if (!cli->verb) {
		fputs("\nVerbs:\n", to);
		for (size_t i = 0; i < cli->noun->verb_count; i++)
			fprintf(to, "  %-10s %s\n", cli->noun->verbs[i].name,
				cli->noun->verbs[i].help);
	}
}

static int run_verb(struct cli *cli, const struct cli_env *env)
{
	int err;

	err = env->new_ctx(env->data, &cli->ctx);
	if (err)
		return cli_end(cli, CLI_FAILED, err, "no memory", NULL);
	if (cli->verbose)
		kvmfeat_ctx_set_log(cli->ctx,
				    cli->verbose > 1 ? KVMFEAT_LOG_TRACE : KVMFEAT_LOG_DEBUG,
				    log_line, cli);
	err = cli->root ? kvmfeat_ctx_set_root(cli->ctx, cli->root) : 0;
	if (err)
		return cli_fail(cli, err, "use --root");
	if (cli->verb->flags & VERB_LINES)
		out_lines(cli->out);
	else
		cli_begin(cli);
	return cli->verb->run(cli);
}

static int check_operands(struct cli *cli)
{
	const struct verb *verb = cli->verb;

	if (cli->argc < verb->min_args)
		return cli_usage(cli, "an operand is missing: %s", verb->args);
	if (cli->argc > verb->max_args)
		return cli_usage(cli, "operand '%s' is one too many", cli->argv[verb->max_args]);
	if (cli->dry_run && !(verb->flags & VERB_DRY_RUN))
		return cli_usage(cli, "--dry-run: this command changes nothing");
	if (cli->vm && !(verb->flags & VERB_VM))
		return cli_usage(cli, "--vm=%s: this command is not served by an agent", cli->vm);
	return 0;
}

/* The words end where another one is needed: help may still have been asked for. */
static int end_early(struct cli *cli, const struct cli_env *env, const struct argp *argp,
		     const char *missing)
{
	if (!cli->help)
		return cli_usage(cli, "a %s is missing%s%s", missing, cli->noun ? " after " : "",
				 cli->noun ? cli->noun->name : "");
	print_help(cli, env->out, argp);
	return CLI_DONE;
}

static int run_verb_words(struct cli *cli, const struct cli_env *env)
{
	const struct argp verb_argp = {
		.options = cli->verb->options,
		.parser = parse_words,
		.args_doc = cli->verb->args,
		.doc = cli->verb->help,
	};

	if (parse(cli, &verb_argp, 0))
		return cli_usage(cli, "%s", cli->usage);
	if (cli->help) {
		print_help(cli, env->out, &verb_argp);
		return CLI_DONE;
	}
	return check_operands(cli) ?: run_verb(cli, env);
}

/* Finds noun and verb, with options before and after each, and runs the verb. */
static int run_words(struct cli *cli, const struct cli_env *env)
{
	struct argp noun_argp = { .parser = parse_words, .args_doc = "VERB [ARGS]" };

	if (!cli->argc)
		return end_early(cli, env, &front_argp, "noun");
	cli->noun = cli_find_noun(cli->argv[0]);
	if (!cli->noun)
		return cli_usage(cli, "noun '%s' is unknown", cli->argv[0]);
	cli->verb = cli_find_verb(cli->noun, NULL);
	if (!cli->verb) {
		noun_argp.doc = cli->noun->help;
		if (parse(cli, &noun_argp, ARGP_IN_ORDER))
			return cli_usage(cli, "%s", cli->usage);
		if (!cli->argc)
			return end_early(cli, env, &noun_argp, "verb");
		cli->verb = cli_find_verb(cli->noun, cli->argv[0]);
		if (!cli->verb)
			return cli_usage(cli, "verb '%s' is unknown to '%s'", cli->argv[0],
					 cli->noun->name);
	}
	return run_verb_words(cli, env);
}

/* --json may stand anywhere; it must hold even when the words before it are wrong. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-j"))
			return true;
	return false;
}

int cli_main(const struct cli_env *env, int argc, char **argv)
{
	struct cli cli = { .err = env->err, .argc = argc, .argv = argv };
	int status, err;

	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return cli_complete(&cli, env, argc - 2, argv + 2);
	err = parse(&cli, &front_argp, ARGP_IN_ORDER);
	cli.json |= wants_json(argc, argv);
	cli.out = out_new(env->out, cli.json, cli.color);
	if (!cli.out)
		return CLI_FAILED;
	if (err)
		status = cli_usage(&cli, "%s", cli.usage);
	else if (cli.version)
		status = fprintf(env->out, "kvmfeat %s\n", kvmfeat_version()) < 0;
	else
		status = run_words(&cli, env);
	if (!out_end(cli.out) && status != CLI_USAGE) {
		cli_say(&cli, "cannot write to standard output");
		status = CLI_FAILED;
	}
	out_free(cli.out);
	kvmfeat_ctx_free(cli.ctx);
	return status;
}
