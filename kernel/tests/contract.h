/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For guest tests that run bodies of ../../tests/contract/, as the library's own tests do on a fake
 * kernel: what the bodies assert, without cmocka. Included before a body's file; each body begins
 * with contract_passes().
 */
#ifndef KVMFEAT_TESTS_CONTRACT_H
#define KVMFEAT_TESTS_CONTRACT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kselftest.h"

/* A case that fails ends there, and the next one begins. */
static jmp_buf contract_failed;

static inline void contract_require(bool holds, const char *what, int line)
{
	if (holds)
		return;
	ksft_print_msg("line %d: %s\n", line, what);
	longjmp(contract_failed, 1);
}

static inline void contract_equal(long long is, long long wanted, const char *what, int line)
{
	if (is != wanted)
		ksft_print_msg("it is %lld, and %lld is wanted\n", is, wanted);
	contract_require(is == wanted, what, line);
}

static inline void contract_same(const char *is, const char *wanted, const char *what, int line)
{
	if (strcmp(is, wanted))
		ksft_print_msg("it is '%s', and '%s' is wanted\n", is, wanted);
	contract_require(!strcmp(is, wanted), what, line);
}

#define CONTRACT_OWN_ASSERTIONS
#define assert_int_equal(is, wanted) contract_equal(is, wanted, #is " == " #wanted, __LINE__)
#define assert_string_equal(is, wanted) contract_same(is, wanted, #is " == " #wanted, __LINE__)
#define assert_memory_equal(is, wanted, size)                                                      \
	contract_require(!memcmp(is, wanted, size), #is " has the bytes of " #wanted, __LINE__)
#define assert_true(holds) contract_require(holds, #holds, __LINE__)
#define assert_false(holds) contract_require(!(holds), "!(" #holds ")", __LINE__)
#define assert_non_null(pointer) contract_require((pointer) != NULL, #pointer, __LINE__)

/* Names of bodies are sentences with underscores; @text receives one with blanks. */
static inline const char *contract_sentence(const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s", name);
	for (char *c = text; *c; c++)
		if (*c == '_')
			*c = ' ';
	return text;
}

#endif
