// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fake.h"

void fake_nl_init(struct fake *fake)
{
	fake->nl = (struct fake_nl){ .family_error = -ENOENT };
}

void fake_nl_free(struct fake *fake)
{
	for (size_t i = 0; i < fake->nl.count; i++)
		free(fake->nl.messages[i].bytes);
	for (size_t i = 0; i < fake->nl.answer_count; i++)
		free(fake->nl.answers[i].attrs);
	free(fake->nl.messages);
	free(fake->nl.answers);
}

static void add_message(struct fake *fake, struct fake_message message)
{
	struct fake_nl *nl = &fake->nl;

	nl->messages = reallocarray(nl->messages, nl->count + 1, sizeof(*nl->messages));
	nl->messages[nl->count++] = message;
}

/* A block of exactly that size, so that sanitizers see a read past its end. */
static char *copy_of(const void *bytes, size_t size)
{
	char *copy = malloc(size + !size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

void fake_message(struct fake *fake, const void *bytes, size_t size, struct kf_nl_from from)
{
	add_message(fake, (struct fake_message){
				  .from = from, .size = size, .bytes = copy_of(bytes, size) });
}

void fake_receive_error(struct fake *fake, int error)
{
	add_message(fake, (struct fake_message){ .error = error });
}

void fake_uevent(struct fake *fake, const char *action, const char *devpath, const char *subsystem,
		 const char *words)
{
	char text[4096];
	int size = snprintf(text, sizeof(text),
			    "%s@%s|ACTION=%s|DEVPATH=%s|SUBSYSTEM=%s%s%s|SEQNUM=%llu", action,
			    devpath, action, devpath, subsystem, *words ? "|" : "", words,
			    (unsigned long long)++fake->nl.seqnum);

	for (char *bar = text; (bar = strchr(bar, '|'));)
		*bar++ = '\0';
	fake_message(fake, text, (size_t)size + 1, (struct kf_nl_from){ 0 });
}

static void add_answer(struct fake *fake, struct fake_answer answer)
{
	struct fake_nl *nl = &fake->nl;

	nl->answers = reallocarray(nl->answers, nl->answer_count + 1, sizeof(*nl->answers));
	nl->answers[nl->answer_count++] = answer;
}

void fake_answer(struct fake *fake, const void *attrs, size_t size)
{
	add_answer(fake, (struct fake_answer){ .size = size, .attrs = copy_of(attrs, size) });
}

void fake_answer_ends(struct fake *fake, int result)
{
	add_answer(fake, (struct fake_answer){ .last = true, .result = result });
}

/* A real descriptor, so that poll(2) takes it; it never becomes readable. */
static int open_socket(struct fake *fake, struct kf_nl *nl)
{
	nl->socket = fake;
	nl->fd = eventfd(0, EFD_CLOEXEC);
	return nl->fd < 0 ? -errno : 0;
}

int fake_nl_open(struct fake *fake, int protocol, int group, struct kf_nl *nl)
{
	if (fake->nl.open_error)
		return fake->nl.open_error;
	fake->nl.protocol = protocol;
	fake->nl.group = group;
	fake->nl.wished_bytes = nl->receive_bytes;
	if (fake->nl.most_bytes && nl->receive_bytes > fake->nl.most_bytes)
		nl->receive_bytes = fake->nl.most_bytes;
	return open_socket(fake, nl);
}

ssize_t fake_nl_receive(struct fake *fake, void *buf, size_t size, struct kf_nl_from *ret_from)
{
	const struct fake_message *message;

	if (fake->nl.taken == fake->nl.count)
		return -EAGAIN;
	message = &fake->nl.messages[fake->nl.taken++];
	if (message->error)
		return message->error;
	*ret_from = message->from;
	ret_from->truncated = message->size > size;
	if (message->size < size)
		size = message->size;
	if (size)
		memcpy(buf, message->bytes, size);
	return (ssize_t)size;
}

int fake_nl_open_family(struct fake *fake, const char *family, struct kf_nl *ret_nl)
{
	struct kf_nl nl = { .family = 31 };
	int err;

	if (fake->nl.family_error)
		return fake->nl.family_error;
	err = open_socket(fake, &nl);
	if (err)
		return err;
	snprintf(fake->nl.family, sizeof(fake->nl.family), "%s", family);
	*ret_nl = nl;
	return 0;
}

static void note_request(struct fake_nl *nl, const struct kf_nl_request *request)
{
	nl->asked++;
	nl->command = request->command;
	nl->nonce_bytes = 0;
	for (size_t i = 0; i < request->count; i++) {
		const struct kf_nl_attr *attr = &request->attrs[i];

		if (attr->type == 2)
			memcpy(&nl->types, attr->bytes, sizeof(nl->types));
		else if (attr->type == 3)
			memcpy(&nl->flags, attr->bytes, sizeof(nl->flags));
		else if (attr->type == 4)
			snprintf(nl->device, sizeof(nl->device), "%.*s", attr->size,
				 (const char *)attr->bytes);
		else if (attr->type == 5)
			nl->nonce_bytes = attr->size;
	}
}

int fake_nl_dump(struct fake *fake, const struct kf_nl_request *request, kf_nl_visit *visit,
		 void *data)
{
	struct fake_nl *nl = &fake->nl;
	int err = 0;

	note_request(nl, request);
	while (nl->answers_given < nl->answer_count) {
		const struct fake_answer *answer = &nl->answers[nl->answers_given++];

		if (answer->last)
			return err ? err : answer->result;
		/* The rest of an answer that nobody wants is lost with its socket. */
		err = err ? err : visit(data, answer->attrs, answer->size);
	}
	return err;
}
