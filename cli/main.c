// SPDX-License-Identifier: GPL-2.0-or-later
/* The frame of the command: noun, verb, run. Its options are in options.c. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

const struct noun *const nouns[] = {
	&noun_probe, &noun_cap, &noun_vm,  &noun_gmem,	&noun_hdbss,   &noun_nested,
	&noun_param, &noun_pmu, &noun_tsm, &noun_tdisp, &noun_monitor, NULL,
};

static const struct argp front_argp = {
	.args_doc = "NOUN [VERB] [ARGS]",
	.doc = "Show which KVM features this host has, why others are missing, and switch them",
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

void cli_begin_line(struct cli *cli)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32] = "";

	if (gmtime_r(&now, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	cli_begin(cli);
	out_str(cli->out, "time", text);
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

bool cli_value(const char *text, uint64_t max, uint64_t *ret_value)
{
	const bool hex = !strncmp(text, "0x", 2);
	unsigned long long value;

	text += hex ? 2 : 0;
	if (!*text || text[strspn(text, hex ? "0123456789abcdefABCDEF" : "0123456789")])
		return false;
	errno = 0;
	value = strtoull(text, NULL, hex ? 16 : 10);
	if (errno || value > max)
		return false;
	*ret_value = value;
	return true;
}

static void log_line(enum kvmfeat_log_level level, const char *text, void *data)
{
	(void)level;
	cli_say(data, "%s", text);
}

static int open_vm(struct cli *cli, const struct cli_env *env)
{
	char text[256];
	int err;

	if (!env->open_vm) {
		snprintf(
			text, sizeof(text),
			"cannot reach VM '%s': this version of kvmfeat has no agent to reach it by",
			cli->vm);
		return cli_end(cli, CLI_HOST_CANNOT, -ENOSYS, text,
			       "a VMM can switch its own VM: libkvmfeat(3)");
	}
	err = env->open_vm(env->data, cli->ctx, cli->vm, &cli->target);
	return err ? cli_fail(cli, err, "reach VM '%s'", cli->vm) : 0;
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
	err = cli->vm ? open_vm(cli, env) : 0;
	if (err)
		return err;
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
	if (!cli->vm && verb->flags & VERB_NEEDS_VM)
		return cli_usage(cli, "a VM is missing: --vm=NAME or --vm=PID");
	return 0;
}

/* The words end where another one is needed: help may still have been asked for. */
static int end_early(struct cli *cli, const struct cli_env *env, const struct argp *argp,
		     const char *missing)
{
	if (!cli->help)
		return cli_usage(cli, "a %s is missing%s%s", missing, cli->noun ? " after " : "",
				 cli->noun ? cli->noun->name : "");
	cli_help(cli, env->out, argp);
	return CLI_DONE;
}

static int run_verb_words(struct cli *cli, const struct cli_env *env)
{
	const struct argp verb_argp = {
		.options = cli->verb->options,
		.args_doc = cli->verb->args,
		.doc = cli->verb->help,
	};

	if (cli_parse(cli, &verb_argp, 0))
		return cli_usage(cli, "%s", cli->usage);
	if (cli->help) {
		cli_help(cli, env->out, &verb_argp);
		return CLI_DONE;
	}
	return check_operands(cli) ?: run_verb(cli, env);
}

/* Finds noun and verb, with options before and after each, and runs the verb. */
static int run_words(struct cli *cli, const struct cli_env *env)
{
	struct argp noun_argp = { .args_doc = "VERB [ARGS]" };

	if (!cli->argc)
		return end_early(cli, env, &front_argp, "noun");
	cli->noun = cli_find_noun(cli->argv[0]);
	if (!cli->noun)
		return cli_usage(cli, "noun '%s' is unknown", cli->argv[0]);
	cli->verb = cli_find_verb(cli->noun, NULL);
	if (!cli->verb) {
		noun_argp.doc = cli->noun->help;
		if (cli_parse(cli, &noun_argp, ARGP_IN_ORDER))
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
	err = cli_parse(&cli, &front_argp, ARGP_IN_ORDER);
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
	kvmfeat_vm_free(cli.target.handle);
	kvmfeat_ctx_free(cli.ctx);
	return status;
}
