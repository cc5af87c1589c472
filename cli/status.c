// SPDX-License-Identifier: GPL-2.0-or-later
/* How a run ends: exit status, remarks and sentences on standard error, error document. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define MESSAGE 1024

void cli_command_name(const struct cli *cli, char *name, size_t size)
{
	snprintf(name, size, "%s%s%s", cli->noun ? cli->noun->name : "",
		 cli->verb && cli->verb->name ? " " : "",
		 cli->verb && cli->verb->name ? cli->verb->name : "");
}

static void vsay(const struct cli *cli, const char *fmt, va_list args)
{
	char text[MESSAGE + 64];
	char *clean;

	vsnprintf(text, sizeof(text), fmt, args);
	clean = out_printable(text);
	fprintf(cli->err, "kvmfeat: %s\n", clean ? clean : "no memory");
	free(clean);
}

void cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay(cli, fmt, args);
	va_end(args);
}

void cli_note(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (cli->quiet)
		return;
	va_start(args, fmt);
	vsay(cli, fmt, args);
	va_end(args);
}

void cli_without_vm(struct cli *cli)
{
	out_null(cli->out, "vm");
	cli_note(cli, "this is what the host offers; --vm names a VM to look at");
}

void cli_unseen(struct cli *cli, int unseen)
{
	if (cli->json)
		out_count(cli->out, "unseen_processes", unseen);
	else if (unseen < 0)
		cli_note(cli, "/proc hides the processes of other users (hidepid); "
			      "run as root to see them");
	else if (unseen)
		cli_note(cli, "%d process%s could not be looked into%s", unseen,
			 unseen == 1 ? "" : "es",
			 geteuid() ? " (another user's or protected; root sees most)" :
				     ", even as root: protected by a namespace or a security "
				     "module");
}

void cli_found(struct cli *cli, size_t count, const char *what, int unseen)
{
	if (!cli->json && !count)
		cli_note(cli, "no %s was found%s", what,
			 unseen ? " in the processes that may be looked into" : "");
	cli_unseen(cli, unseen);
}

int cli_end(struct cli *cli, int status, int err, const char *reason, const char *remedy)
{
	const char *name = strerrorname_np(-err);
	char command[64];

	cli_command_name(cli, command, sizeof(command));
	out_error(cli->out, command, status, name ? name : "E?", reason, remedy);
	cli_say(cli, "%s", reason);
	if (remedy && *remedy)
		cli_note(cli, "what would help: %s", remedy);
	return status;
}

static int status_of(enum kvmfeat_why why, int err)
{
	switch (why) {
	case KVMFEAT_WHY_PERMISSION:
		return CLI_NOT_PERMITTED;
	case KVMFEAT_WHY_HARDWARE:
	case KVMFEAT_WHY_FIRMWARE:
	case KVMFEAT_WHY_KERNEL_VERSION:
	case KVMFEAT_WHY_KERNEL_CONFIG:
	case KVMFEAT_WHY_MODULE_PARAMETER:
	case KVMFEAT_WHY_NOT_LOADED:
	case KVMFEAT_WHY_OTHER_ARCH:
	case KVMFEAT_WHY_NOT_VISIBLE:
		return CLI_HOST_CANNOT;
	default:
		return err == -EOPNOTSUPP || err == -ENOSYS ? CLI_HOST_CANNOT : CLI_FAILED;
	}
}

/* "cannot <what>: <reason>" */
static int cannot(struct cli *cli, int err, enum kvmfeat_why why, const char *reason,
		  const char *remedy, const char *fmt, va_list args)
{
	char what[256], text[MESSAGE];

	vsnprintf(what, sizeof(what), fmt, args);
	snprintf(text, sizeof(text), "cannot %s: %s", what, reason);
	return cli_end(cli, status_of(why, err), err, text, remedy);
}

int cli_fail(struct cli *cli, int err, const char *fmt, ...)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(cli->ctx);
	va_list args;
	int status;

	va_start(args, fmt);
	status = cannot(cli, err, error->why, error->reason, error->remedy, fmt, args);
	va_end(args);
	return status;
}

int cli_fail_but(struct cli *cli, int err, const char *remedy, const char *fmt, ...)
{
	const struct kvmfeat_error *error = kvmfeat_ctx_error(cli->ctx);
	va_list args;
	int status;

	va_start(args, fmt);
	status = cannot(cli, err, error->why, error->reason, remedy, fmt, args);
	va_end(args);
	return status;
}

int cli_fail_because(struct cli *cli, enum kvmfeat_why why, const char *reason, const char *fmt,
		     ...)
{
	const int err = why == KVMFEAT_WHY_PERMISSION ? -EACCES : -EBADMSG;
	va_list args;
	int status;

	va_start(args, fmt);
	status = cannot(cli, err, why, reason, NULL, fmt, args);
	va_end(args);
	return status;
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
	char text[MESSAGE], remedy[128], command[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cli_command_name(cli, command, sizeof(command));
	snprintf(remedy, sizeof(remedy), "kvmfeat %s%s--help", command, *command ? " " : "");
	return cli_end(cli, CLI_USAGE, -EINVAL, text, remedy);
}

int cli_missing(struct cli *cli, const char *fmt, ...)
{
	char text[MESSAGE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return cli_end(cli, CLI_FAILED, -ENOENT, text, NULL);
}

int cli_answer_no(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (cli->quiet)
		return CLI_ANSWER_NO;
	va_start(args, fmt);
	vsay(cli, fmt, args);
	va_end(args);
	return CLI_ANSWER_NO;
}
