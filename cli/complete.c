// SPDX-License-Identifier: GPL-2.0-or-later
/* `kvmfeat --complete WORD…`: candidates for the last word, one a line, for the shells. */
#include <string.h>

#include "cli.h"

struct cli_completion {
	FILE *to;
	const char *word; /* as far as it is typed */
	const char *front; /* printed before each candidate: "--require=" */
};

void cli_offer(struct cli_completion *completion, const char *candidate)
{
	if (!strncmp(candidate, completion->word, strlen(completion->word)))
		fprintf(completion->to, "%s%s\n", completion->front, candidate);
}

static void offer_options(struct cli_completion *completion, const struct argp_option *options)
{
	char text[64];

	for (; options && options->name; options++) {
		snprintf(text, sizeof(text), "--%s%s", options->name, options->arg ? "=" : "");
		cli_offer(completion, text);
	}
}

/* "--require=x86.a": the candidates are the values of that option. */
static void offer_values(struct cli *cli, struct cli_completion *completion, const char *word)
{
	const struct argp_option *options = cli->verb->options;
	const char *equals = strchr(word, '=');

	for (; options && options->name; options++)
		if (!strncmp(word + 2, options->name, (size_t)(equals - word) - 2) &&
		    strlen(options->name) == (size_t)(equals - word) - 2) {
			completion->word = equals + 1;
			cli->verb->complete(cli, completion, -options->key);
		}
}

static void offer_names(struct cli *cli, struct cli_completion *completion)
{
	if (!cli->noun)
		for (const struct noun *const *noun = nouns; *noun; noun++)
			cli_offer(completion, (*noun)->name);
	else
		for (size_t i = 0; i < cli->noun->verb_count; i++)
			if (cli->noun->verbs[i].name)
				cli_offer(completion, cli->noun->verbs[i].name);
}

/* Finds noun and verb among the finished words; returns the number of operands after them. */
static int read_words(struct cli *cli, int argc, char **argv)
{
	int operands = 0;

	for (int i = 0; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		if (!cli->noun) {
			cli->noun = cli_find_noun(argv[i]);
			cli->verb = cli->noun ? cli_find_verb(cli->noun, NULL) : NULL;
		} else if (!cli->verb) {
			cli->verb = cli_find_verb(cli->noun, argv[i]);
		} else {
			cli->argv[operands++] = argv[i];
		}
	}
	return operands;
}

int cli_complete(struct cli *cli, const struct cli_env *env, int argc, char **argv)
{
	const char *word = argc ? argv[argc - 1] : "";
	struct cli_completion completion = { .to = env->out, .word = word, .front = "" };
	const char *value = strncmp(word, "--", 2) ? NULL : strchr(word, '=');
	char front[64];

	cli->argv = argv;
	cli->argc = read_words(cli, argc ? argc - 1 : 0, argv);
	if (cli->verb && cli->verb->complete && env->new_ctx(env->data, &cli->ctx))
		return CLI_FAILED;
	if (value) {
		snprintf(front, sizeof(front), "%.*s", (int)(value - word) + 1, word);
		completion.front = front;
		if (cli->ctx)
			offer_values(cli, &completion, word);
	} else if (word[0] == '-') {
		if (cli->verb)
			offer_options(&completion, cli->verb->options);
		offer_options(&completion, cli_options);
	} else if (!cli->verb) {
		offer_names(cli, &completion);
	} else if (cli->ctx) {
		cli->verb->complete(cli, &completion, cli->argc);
	}
	kvmfeat_ctx_free(cli->ctx);
	return CLI_DONE;
}
