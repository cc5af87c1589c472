// SPDX-License-Identifier: GPL-2.0-or-later
/* What --help prints. argp would list options that the verb refuses, and a note about its own. */
#include "cli.h"

static void print_names(const struct cli *cli, FILE *to)
{
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

/* "  -r, --require=ID[,ID...]  Exit with 5 unless …" */
static void print_option(FILE *to, const struct argp_option *option)
{
	const bool has_letter = option->key < 256;
	char names[64];

	snprintf(names, sizeof(names), "%c%c%c --%s%s%s", has_letter ? '-' : ' ',
		 has_letter ? option->key : ' ', has_letter ? ',' : ' ', option->name,
		 option->arg ? "=" : "", option->arg ? option->arg : "");
	fprintf(to, "  %-25s %s\n", names, option->doc);
}

static void print_options(const struct cli *cli, FILE *to)
{
	const struct cli no_verb = { 0 };

	if (cli->verb && (cli->verb->options || cli->verb->flags & (VERB_DRY_RUN | VERB_VM)))
		fputs("\nOptions:\n", to);
	for (const struct argp_option *o = cli->verb ? cli->verb->options : NULL; o && o->name; o++)
		print_option(to, o);
	for (const struct argp_option *o = cli_options; o->name; o++)
		if (!cli_takes(&no_verb, o) && cli_takes(cli, o))
			print_option(to, o);
	fputs("\nOptions of every command:\n", to);
	for (const struct argp_option *o = cli_options; o->name; o++)
		if (cli_takes(&no_verb, o))
			print_option(to, o);
}

void cli_help(struct cli *cli, FILE *to, const struct argp *argp)
{
	char command[64];

	cli_command_name(cli, command, sizeof(command));
	fprintf(to, "Usage: kvmfeat%s%s [OPTION...]%s%s\n%s.\n", *command ? " " : "", command,
		argp->args_doc ? " " : "", argp->args_doc ? argp->args_doc : "", argp->doc);
	print_names(cli, to);
	print_options(cli, to);
	if (cli->noun)
		return;
	fputs("\nExit status: 0 done; 1 failed; 2 bad command line; 3 this host cannot do it;\n"
	      "4 not permitted; 5 the answer is no. Manual: kvmfeat(1), kvmfeat-NOUN(1).\n",
	      to);
}
