/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the library and this project's kernel promise of a device that a guest locks and accepts,
 * or a host connects: run against the fake kernel by the unit tests; in the lab, which has no
 * cmocka, who runs it against the real one defines these assertions itself.
 */
#ifndef CONTRACT_TSM_H
#define CONTRACT_TSM_H

#ifndef CONTRACT_OWN_ASSERTIONS
/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#endif

#include <kvmfeat/kvmfeat.h>

/* The state of each body; the caller makes the context and says how to reach the kernel. */
struct contract_tsm {
	struct kvmfeat_ctx *ctx;
	const char *bdf; /* of a device that is idle and has no driver */
	const char *tsm; /* the only TSM */
	/* Two reports that may be believed. */
	const void *report, *other_report;
	size_t report_bytes, other_report_bytes;
	/* write(2) of @text and a newline to an attribute: 0, or a negative errno. */
	int (*write)(const struct contract_tsm *contract, const char *attribute, const char *text);
	/* read(2) of one: its length, which is a string without the newline, or an errno. */
	long (*read)(const struct contract_tsm *contract, const char *attribute, char *buf,
		     size_t size);
	/* What the device answers from now on. */
	void (*answer)(const struct contract_tsm *contract, const void *report, size_t bytes);
	/* A driver comes, or goes. */
	void (*drive)(const struct contract_tsm *contract, int on);
	void *data; /* the caller's */
};

/* The device answers its report, and is idle; and the same afterwards. */
void contract_tsm_begin(const struct contract_tsm *contract);

void contract_tsm_what_is_no_name_is_not_locked(void **state);
void contract_tsm_a_tsm_that_is_not_there_locks_nothing(void **state);
void contract_tsm_a_locked_device_is_not_locked_again(void **state);
void contract_tsm_each_lock_has_a_number_of_its_own(void **state);
void contract_tsm_only_who_has_a_device_unlocks_it(void **state);
void contract_tsm_a_device_is_accepted_after_it_is_locked(void **state);
void contract_tsm_only_a_one_accepts(void **state);
void contract_tsm_the_number_must_be_that_of_the_report(void **state);
void contract_tsm_a_changed_report_is_shown_and_not_accepted(void **state);
void contract_tsm_a_report_is_there_while_it_is_locked(void **state);
void contract_tsm_a_driver_blocks_all_three(void **state);
void contract_tsm_the_library_goes_the_whole_way(void **state);

#define CONTRACT_TSM_LIST(CASE)                                                                    \
	CASE(what_is_no_name_is_not_locked), CASE(a_tsm_that_is_not_there_locks_nothing),          \
		CASE(a_locked_device_is_not_locked_again),                                         \
		CASE(each_lock_has_a_number_of_its_own), CASE(only_who_has_a_device_unlocks_it),   \
		CASE(a_device_is_accepted_after_it_is_locked), CASE(only_a_one_accepts),           \
		CASE(the_number_must_be_that_of_the_report),                                       \
		CASE(a_changed_report_is_shown_and_not_accepted),                                  \
		CASE(a_report_is_there_while_it_is_locked), CASE(a_driver_blocks_all_three),       \
		CASE(the_library_goes_the_whole_way)

/* The same of a host, whose only TSM is @tsm; reports and drivers have no part in it. */
void contract_tsm_host_begin(const struct contract_tsm *contract);

void contract_tsm_what_is_no_name_is_not_connected(void **state);
void contract_tsm_a_tsm_that_is_not_there_connects_nothing(void **state);
void contract_tsm_a_connected_device_is_not_connected_again(void **state);
void contract_tsm_only_what_is_connected_is_disconnected(void **state);
void contract_tsm_a_connected_device_shows_its_session(void **state);
void contract_tsm_the_library_connects_and_disconnects(void **state);

#define CONTRACT_TSM_HOST_LIST(CASE)                                                               \
	CASE(what_is_no_name_is_not_connected), CASE(a_tsm_that_is_not_there_connects_nothing),    \
		CASE(a_connected_device_is_not_connected_again),                                   \
		CASE(only_what_is_connected_is_disconnected),                                      \
		CASE(a_connected_device_shows_its_session),                                        \
		CASE(the_library_connects_and_disconnects)

#endif
