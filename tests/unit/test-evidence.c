// SPDX-License-Identifier: GPL-2.0-or-later
/* Evidence: what is asked for, how pieces become objects, and what is not believed. */
#include <stdio.h>

#include "evidence-private.h"
#include "world.h"

#include "open-fds.h"

#define DEVICE "0000:01:00.0"
#define MESSAGE (80 * 1024)

/* A message in the making. */
struct message {
	size_t size;
	_Alignas(4) char bytes[MESSAGE];
};

static void put(struct message *message, uint16_t type, const void *bytes, size_t size)
{
	const uint16_t header[2] = { (uint16_t)(size + 4), type };

	assert_true(message->size + size + 8 <= MESSAGE);
	memcpy(message->bytes + message->size, header, sizeof(header));
	if (size)
		memcpy(message->bytes + message->size + 4, bytes, size);
	message->size += (size + 4 + 3) / 4 * 4;
}

static void put_type(struct message *message, uint32_t type)
{
	put(message, KF_EVIDENCE_A_TYPE, &type, sizeof(type));
}

static void put_value(struct message *message, const char *text)
{
	put(message, KF_EVIDENCE_A_VAL, text, strlen(text));
}

static void send_message(struct world *w, struct message *message)
{
	fake_answer(&w->fake, message->bytes, message->size);
	message->size = 0;
}

static int setup(void **state)
{
	int err = world_setup(state);
	struct world *w = *state;

	w->fake.nl.family_error = 0;
	return err;
}

static void assert_object(const struct kvmfeat_evidence *evidence, size_t index, unsigned int type,
			  const char *text)
{
	const struct kvmfeat_evidence_object *object = kvmfeat_evidence_at(evidence, index);

	assert_non_null(object);
	assert_int_equal(object->type, type);
	assert_int_equal(object->byte_count, strlen(text));
	if (*text)
		assert_memory_equal(object->bytes, text, strlen(text));
}

static void everything_is_asked_for_unless_told(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence = NULL;

	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	assert_string_equal(w->fake.nl.family, "pci-tsm");
	assert_int_equal(w->fake.nl.command, 1);
	assert_int_equal(w->fake.nl.types, 0x7ff);
	assert_int_equal(w->fake.nl.flags, 0);
	assert_int_equal(w->fake.nl.nonce_bytes, 0);
	assert_string_equal(w->fake.nl.device, DEVICE);
	assert_int_equal(kvmfeat_evidence_count(evidence), 0);
	assert_null(kvmfeat_evidence_at(evidence, 0));
	kvmfeat_evidence_free(evidence);
	kvmfeat_evidence_free(NULL);
}

static void types_digests_and_a_nonce_are_asked_for(void **state)
{
	static const char nonce[32] = "a random number";
	const struct kvmfeat_evidence_opts opts = {
		.size = sizeof(opts),
		.types = 1u << KVMFEAT_EVIDENCE_MEASUREMENTS,
		.flags = KVMFEAT_EVIDENCE_DIGEST,
		.nonce = nonce,
		.nonce_bytes = sizeof(nonce),
	};
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;

	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, &opts, &evidence), 0);
	assert_int_equal(w->fake.nl.types, 0x200);
	assert_int_equal(w->fake.nl.flags, 1);
	assert_int_equal(w->fake.nl.nonce_bytes, 32);
	kvmfeat_evidence_free(evidence);
}

static void pieces_become_objects(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	struct message message = { 0 };

	put_type(&message, 0);
	put_value(&message, "cert");
	send_message(w, &message);
	put_value(&message, "ifi");
	put_value(&message, "cate");
	send_message(w, &message);
	put(&message, 77, "of a later kernel", 17);
	put_type(&message, KVMFEAT_EVIDENCE_REPORT);
	put_value(&message, "report");
	put_type(&message, KVMFEAT_EVIDENCE_VCA);
	put_value(&message, "");
	send_message(w, &message);

	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	assert_int_equal(kvmfeat_evidence_count(evidence), 3);
	assert_object(evidence, 0, 0, "certificate");
	assert_object(evidence, 1, KVMFEAT_EVIDENCE_REPORT, "report");
	assert_object(evidence, 2, KVMFEAT_EVIDENCE_VCA, "");
	assert_null(kvmfeat_evidence_at(evidence, 3));
	kvmfeat_evidence_free(evidence);
}

static void an_object_of_16_mib_is_taken_and_a_byte_more_is_not(void **state)
{
	enum { PIECE = 65528 };
	static char piece[PIECE];
	struct world *w = *state;
	struct message message = { 0 };

	memset(piece, 0x5a, sizeof(piece));
	for (size_t more = 0; more < 2; more++) {
		struct kvmfeat_evidence *evidence = NULL;
		size_t left = KF_EVIDENCE_MAX_BYTES + more;
		const unsigned char *bytes;

		put_type(&message, KVMFEAT_EVIDENCE_MEASUREMENTS);
		for (; left; left -= left < PIECE ? left : PIECE) {
			put(&message, KF_EVIDENCE_A_VAL, piece, left < PIECE ? left : PIECE);
			send_message(w, &message);
		}
		fake_answer_ends(&w->fake, 0);
		assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence),
				 more ? -EFBIG : 0);
		if (more) {
			assert_null(evidence);
			assert_non_null(strstr(reason(w), "more than 16 MiB"));
			continue;
		}
		assert_int_equal(kvmfeat_evidence_at(evidence, 0)->byte_count,
				 KF_EVIDENCE_MAX_BYTES);
		bytes = kvmfeat_evidence_at(evidence, 0)->bytes;
		assert_int_equal(bytes[KF_EVIDENCE_MAX_BYTES - 1], 0x5a);
		kvmfeat_evidence_free(evidence);
	}
}

static void fail_with(struct world *w, struct message *message)
{
	struct kvmfeat_evidence *evidence = NULL;

	send_message(w, message);
	fake_answer_ends(&w->fake, 0);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), -EBADMSG);
	assert_null(evidence);
	assert_string_equal(reason(w), DEVICE ": the kernel's answer is malformed");
}

static void an_answer_that_is_malformed_is_refused(void **state)
{
	struct world *w = *state;
	struct message message = { 0 };
	const uint64_t wide = 1;

	put_value(&message, "of no object");
	fail_with(w, &message);
	put_type(&message, KVMFEAT_EVIDENCE_TYPES);
	fail_with(w, &message);
	put_type(&message, UINT32_MAX);
	fail_with(w, &message);
	put(&message, KF_EVIDENCE_A_TYPE, &wide, sizeof(wide));
	fail_with(w, &message);
	put(&message, KF_EVIDENCE_A_TYPE, &wide, 3);
	fail_with(w, &message);
	put_type(&message, 1);
	put_type(&message, 1);
	fail_with(w, &message);
	/* Attributes that do not hold together */
	for (size_t cut = 1; cut < 12; cut++) {
		put_type(&message, 2);
		put_value(&message, "long");
		if (message.size - cut == 8)
			cut++;
		message.size -= cut;
		fail_with(w, &message);
	}
	put_type(&message, 2);
	message.bytes[0] = 3;
	fail_with(w, &message);
}

static void a_type_that_was_not_asked_for_is_refused(void **state)
{
	const struct kvmfeat_evidence_opts opts = { .size = sizeof(opts), .types = 1 };
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	struct message message = { 0 };

	put_type(&message, 1);
	send_message(w, &message);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, &opts, &evidence), -EBADMSG);
}

static void the_last_attribute_need_not_be_padded(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	struct message message = { 0 };

	put_type(&message, 3);
	put_value(&message, "x");
	message.size -= 3;
	send_message(w, &message);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	assert_object(evidence, 0, 3, "x");
	kvmfeat_evidence_free(evidence);
}

static void flags_in_the_number_of_an_attribute_do_not_count(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	struct message message = { 0 };
	const uint32_t type = 4;

	put(&message, 0x8000 | KF_EVIDENCE_A_TYPE, &type, sizeof(type));
	put(&message, 0x4000 | KF_EVIDENCE_A_VAL, "y", 1);
	send_message(w, &message);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	assert_object(evidence, 0, 4, "y");
	kvmfeat_evidence_free(evidence);
}

static void a_state_that_changes_meanwhile_is_read_anew(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	struct message message = { 0 };

	put_type(&message, 0);
	put_value(&message, "old");
	send_message(w, &message);
	fake_answer_ends(&w->fake, -EAGAIN);
	put_type(&message, 0);
	put_value(&message, "new");
	send_message(w, &message);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	assert_int_equal(kvmfeat_evidence_count(evidence), 1);
	assert_object(evidence, 0, 0, "new");
	assert_int_equal(w->fake.nl.asked, 2);
	kvmfeat_evidence_free(evidence);
}

static void a_state_that_keeps_changing_is_given_up(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence = NULL;

	for (int i = 0; i < 10; i++)
		fake_answer_ends(&w->fake, -EAGAIN);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), -EAGAIN);
	assert_null(evidence);
	assert_int_equal(w->fake.nl.asked, 3);
	assert_non_null(strstr(reason(w), "changed each time"));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_BUSY);
}

static void a_kernel_without_the_family_is_named(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence = NULL;

	w->fake.nl.family_error = -ENOENT;
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), -EOPNOTSUPP);
	assert_string_equal(reason(w), "this kernel has no generic netlink family pci-tsm");
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, KVMFEAT_WHY_KERNEL_VERSION);
	assert_null(evidence);
}

static void each_refusal_has_its_reason(void **state)
{
	static const struct {
		int error;
		enum kvmfeat_why why;
		const char *reason;
	} cases[] = {
		{ -EPERM, KVMFEAT_WHY_PERMISSION,
		  DEVICE ": evidence is for those with CAP_NET_ADMIN" },
		{ -ENODEV, KVMFEAT_WHY_NONE, DEVICE ": there is no such PCI device" },
		{ -ENXIO, KVMFEAT_WHY_NONE, DEVICE ": it has no TSM, or no evidence yet" },
		{ -EOPNOTSUPP, KVMFEAT_WHY_HARDWARE, DEVICE ": its TSM gives no such evidence" },
		{ -EINVAL, KVMFEAT_WHY_NONE, DEVICE ": the kernel does not take the question" },
		{ -EIO, KVMFEAT_WHY_NONE, DEVICE ": Input/output error" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < KF_ARRAY_SIZE(cases); i++) {
		struct kvmfeat_evidence *evidence = NULL;

		fake_answer_ends(&w->fake, cases[i].error);
		assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence),
				 cases[i].error);
		assert_null(evidence);
		assert_string_equal(reason(w), cases[i].reason);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->why, cases[i].why);
		assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_KERNEL);
	}
	w->fake.nl.family_error = -ENOSYS;
	assert_int_equal(
		kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &(struct kvmfeat_evidence *){ NULL }),
		-ENOSYS);
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
}

static void assert_invalid(struct world *w, const char *device,
			   const struct kvmfeat_evidence_opts *opts, const char *text)
{
	struct kvmfeat_evidence *evidence = NULL;

	assert_int_equal(kvmfeat_evidence_load(w->ctx, device, opts, &evidence), -EINVAL);
	assert_null(evidence);
	assert_non_null(strstr(reason(w), text));
	assert_int_equal(kvmfeat_ctx_error(w->ctx)->origin, KVMFEAT_ORIGIN_LIBRARY);
	assert_int_equal(w->fake.nl.asked, 0);
}

static void wrong_arguments_are_refused_before_the_kernel_is_asked(void **state)
{
	struct kvmfeat_evidence_opts opts = { .size = sizeof(opts) };
	char name[80] = "";
	struct world *w = *state;

	assert_invalid(w, "", NULL, "'' is no name of a PCI device");
	memset(name, 'x', 64);
	assert_invalid(w, name, NULL, "is no name of a PCI device");
	opts.types = 0x800;
	assert_invalid(w, DEVICE, &opts, "types 0x800: there are 0x7ff only");
	opts.types = 0;
	opts.flags = 2;
	assert_invalid(w, DEVICE, &opts, "flags 0x2: there is 0x1 only");
	opts.flags = 0;
	opts.nonce = name;
	opts.nonce_bytes = 257;
	assert_invalid(w, DEVICE, &opts, "a nonce of 257 bytes");
	opts.nonce = NULL;
	opts.nonce_bytes = 32;
	assert_invalid(w, DEVICE, &opts, "a nonce of 32 bytes");
	opts.size = 8;
	assert_invalid(w, DEVICE, &opts, "too short");
	assert_int_equal(kvmfeat_ctx_set_root(w->ctx, w->fake.root), 0);
	assert_invalid(w, DEVICE, NULL, "another host's tree");
}

static void any_call_may_fail(void **state)
{
	static const int errors[] = { -EIO, -ENOMEM, -EAGAIN };
	struct world *w = *state;
	const unsigned int before = open_fds();
	struct message message = { 0 };

	for (size_t i = 0; i < KF_ARRAY_SIZE(errors); i++) {
		w->fake.failed = true;
		for (unsigned int at = 1; w->fake.failed; at++) {
			struct kvmfeat_evidence *evidence = NULL;
			int err;

			put_type(&message, 0);
			put_value(&message, "certificate");
			send_message(w, &message);
			put_type(&message, 1);
			put_value(&message, "certificate");
			send_message(w, &message);
			fake_answer_ends(&w->fake, 0);
			w->fake.failed = false;
			w->fake.fail_error = errors[i];
			w->fake.calls = 0;
			w->fake.fail_at = at;
			err = kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence);
			assert_int_equal(!err, evidence != NULL);
			if (err)
				assert_int_equal(kvmfeat_ctx_error(w->ctx)->error, err);
			assert_int_equal(open_fds(), before);
			kvmfeat_evidence_free(evidence);
			w->fake.nl.answers_given = w->fake.nl.answer_count;
		}
		assert_true(w->fake.calls >= 5);
	}
	w->fake.fail_at = 0;
}

static void a_trace(enum kvmfeat_log_level level, const char *text, void *data)
{
	(void)level;
	strncat(data, text, 4000 - strlen(data));
	strcat(data, "\n");
}

static void the_trace_shows_the_question(void **state)
{
	struct world *w = *state;
	struct kvmfeat_evidence *evidence;
	char log[4096] = "";

	kvmfeat_ctx_set_log(w->ctx, KVMFEAT_LOG_TRACE, a_trace, log);
	assert_int_equal(kvmfeat_evidence_load(w->ctx, DEVICE, NULL, &evidence), 0);
	kvmfeat_evidence_free(evidence);
	assert_non_null(strstr(log, "netlink(\"pci-tsm\") = 0\n"));
	assert_non_null(strstr(log, ", command 1) = 0\n"));
}

static void types_have_names(void **state)
{
	(void)state;
	assert_string_equal(kvmfeat_evidence_type_name(0), "certificates-0");
	assert_string_equal(kvmfeat_evidence_type_name(7), "certificates-7");
	assert_string_equal(kvmfeat_evidence_type_name(KVMFEAT_EVIDENCE_VCA), "vca");
	assert_string_equal(kvmfeat_evidence_type_name(KVMFEAT_EVIDENCE_MEASUREMENTS),
			    "measurements");
	assert_string_equal(kvmfeat_evidence_type_name(KVMFEAT_EVIDENCE_REPORT), "report");
	assert_null(kvmfeat_evidence_type_name(KVMFEAT_EVIDENCE_TYPES));
}

#define EVIDENCE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVIDENCE_TEST(everything_is_asked_for_unless_told),
		EVIDENCE_TEST(types_digests_and_a_nonce_are_asked_for),
		EVIDENCE_TEST(pieces_become_objects),
		EVIDENCE_TEST(an_object_of_16_mib_is_taken_and_a_byte_more_is_not),
		EVIDENCE_TEST(an_answer_that_is_malformed_is_refused),
		EVIDENCE_TEST(a_type_that_was_not_asked_for_is_refused),
		EVIDENCE_TEST(the_last_attribute_need_not_be_padded),
		EVIDENCE_TEST(flags_in_the_number_of_an_attribute_do_not_count),
		EVIDENCE_TEST(a_state_that_changes_meanwhile_is_read_anew),
		EVIDENCE_TEST(a_state_that_keeps_changing_is_given_up),
		EVIDENCE_TEST(a_kernel_without_the_family_is_named),
		EVIDENCE_TEST(each_refusal_has_its_reason),
		EVIDENCE_TEST(wrong_arguments_are_refused_before_the_kernel_is_asked),
		EVIDENCE_TEST(any_call_may_fail),
		EVIDENCE_TEST(the_trace_shows_the_question),
		EVIDENCE_TEST(types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
