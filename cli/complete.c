// SPDX-License-Identifier: GPL-2.0-or-later
/* `kvmfeat --complete WORD…`: candidates for the last word, one a line, for the shells. */
#include <string.h>

#include "cli.h"

struct cli_completion {
	FILE *to;
	const char *whole; /* the last word; each candidate is printed with what is before @word */
	const char *word; /* the end of it that is being completed */
};

/* What the finished words say. */
struct finished {
	const struct argp_option *option; /* it wants the last word as its value */
	bool only_operands; /* "--" was among them */
	bool lost; /* a noun or verb is unknown, so nothing fits behind it */
};

void cli_offer(struct cli_completion *completion, const char *candidate)
{
	if (!strncmp(candidate, completion->word, strlen(completion->word)))
		fprintf(completion->to, "%.*s%s\n", (int)(completion->word - completion->whole),
			completion->whole, candidate);
}

static void offer_options(const struct cli *cli, struct cli_completion *completion,
			  const struct argp_option *options)
{
	char text[64];

	for (; options && options->name; options++) {
		snprintf(text, sizeof(text), "--%s%s", options->name, options->arg ? "=" : "");
		/* Before the verb, an option of any verb may stand. */
		if (!cli->verb || cli_takes(cli, options))
			cli_offer(completion, text);
	}
}

static void offer_values(struct cli *cli, struct cli_completion *completion,
			 const struct argp_option *option)
{
	const char *comma = strrchr(completion->word, ',');

	if (comma && strchr(option->arg, ','))
		completion->word = comma + 1;
	if (option->key == CLI_KEY_COLOR)
		for (size_t i = 0; cli_colors[i]; i++)
			cli_offer(completion, cli_colors[i]);
	else if (option->key < CLI_KEY_COLOR && cli->ctx)
		cli->verb->complete(cli, completion, -option->key);
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

static void read_name(struct cli *cli, struct finished *finished, const char *word)
{
	if (!cli->noun) {
		cli->noun = cli_find_noun(word);
		cli->verb = cli->noun ? cli_find_verb(cli->noun, NULL) : NULL;
		finished->lost = !cli->noun;
	} else {
		cli->verb = cli_find_verb(cli->noun, word);
		finished->lost = !cli->verb;
	}
}

/* Finds noun, verb and operands among the words before the last one. */
static struct finished read_words(struct cli *cli, int argc, char **argv)
{
	struct finished finished = { 0 };

	cli->argv = argv;
	cli->argc = 0;
	for (int i = 0; i < argc && !finished.lost; i++) {
		const char *word = argv[i];

		if (finished.option)
			finished.option = NULL;
		else if (!finished.only_operands && !strcmp(word, "--"))
			finished.only_operands = true;
		else if (!finished.only_operands && word[0] == '-')
			finished.option = cli_wants_value(cli, word);
		else if (!cli->verb)
			read_name(cli, &finished, word);
		else
			cli->argv[cli->argc++] = argv[i];
	}
	return finished;
}

static void complete(struct cli *cli, struct cli_completion *completion,
		     const struct finished *finished)
{
	const char *word = completion->word;
	const char *equals = strncmp(word, "--", 2) ? NULL : strchr(word, '=');
	const struct argp_option *option = finished->option;

	if (finished->lost)
		return;
	if (!option && !finished->only_operands && equals) {
		option = cli_find_option(cli, word + 2, (size_t)(equals - word) - 2);
		completion->word = equals + 1;
		if (!option || !option->arg)
			return;
	}
	if (option) {
		offer_values(cli, completion, option);
	} else if (word[0] == '-' && !finished->only_operands) {
		if (cli->verb)
			offer_options(cli, completion, cli->verb->options);
		offer_options(cli, completion, cli_options);
	} else if (!cli->verb) {
		offer_names(cli, completion);
	} else if (cli->ctx) {
		cli->verb->complete(cli, completion, cli->argc);
	}
}

int cli_complete(struct cli *cli, const struct cli_env *env, int argc, char **argv)
{
	const char *word = argc ? argv[argc - 1] : "";
	struct cli_completion completion = { .to = env->out, .whole = word, .word = word };
	struct finished finished = read_words(cli, argc ? argc - 1 : 0, argv);

	if (cli->verb && cli->verb->complete && env->new_ctx(env->data, &cli->ctx))
		return CLI_FAILED;
	complete(cli, &completion, &finished);
	kvmfeat_ctx_free(cli->ctx);
	return CLI_DONE;
}
