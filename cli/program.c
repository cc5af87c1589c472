// SPDX-License-Identifier: GPL-2.0-or-later
/* The process around cli_main(), which the tests call without it. */
#include <locale.h>
#include <signal.h>

#include "cli.h"

static int new_ctx(void *data, struct kvmfeat_ctx **ret_ctx)
{
	(void)data;
	return kvmfeat_ctx_new(ret_ctx);
}

int main(int argc, char **argv)
{
	const struct cli_env env = { .out = stdout, .err = stderr, .new_ctx = new_ctx };

	setlocale(LC_CTYPE, "");
	return cli_main(&env, argc, argv);
}
