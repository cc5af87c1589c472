/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words for numbers in a blob of nested state; nested-text.c puts them together. */
#ifndef KF_NESTED_WORDS_H
#define KF_NESTED_WORDS_H

#include "nested-private.h"

/*
 * A word stands for the bits of @mask when they are @match. One that ends with "=" is followed
 * by their number, unless that is @match.
 */
struct kf_nested_word {
	uint64_t mask;
	uint64_t match;
	const char *name;
};

#define KF_BIT(bit, text)                                                                          \
	{                                                                                          \
		UINT64_C(1) << (bit), UINT64_C(1) << (bit), text                                   \
	}
#define KF_VALUE(mask, value, text)                                                                \
	{                                                                                          \
		mask, value, text                                                                  \
	}
#define KF_NUMBER(mask, unless, text)                                                              \
	{                                                                                          \
		mask, unless, text                                                                 \
	}
#define KF_WORDS_END                                                                               \
	{                                                                                          \
		0, 0, NULL                                                                         \
	}

/* The words of a field. */
struct kf_nested_words {
	const char *field;
	const struct kf_nested_word *words; /* to KF_WORDS_END */
};

/* nested-words-svm.c, nested-words-vmx.c */

extern const struct kf_nested_words kf_nested_svm_words[];
extern const size_t kf_nested_svm_words_count;
extern const struct kf_nested_words kf_nested_vmx_words[]; /* without those of the shadow */
extern const size_t kf_nested_vmx_words_count;

/* nested-words-x86.c */

extern const struct kf_nested_word kf_words_cr0[];
extern const struct kf_nested_word kf_words_cr4[];
extern const struct kf_nested_word kf_words_debugctl[];
extern const struct kf_nested_word kf_words_dr6[];
extern const struct kf_nested_word kf_words_dr7[];
extern const struct kf_nested_word kf_words_efer[];
extern const struct kf_nested_word kf_words_exceptions[];
extern const struct kf_nested_word kf_words_rflags[];
extern const struct kf_nested_word kf_words_s_cet[];

#endif
