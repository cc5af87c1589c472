// SPDX-License-Identifier: LGPL-2.1-or-later
/* The meaning of a field's number, by the words that nested-words-*.c have for it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nested-words.h"

/* KVM_STATE_NESTED_* of arch/x86/include/uapi/asm/kvm.h */
static const struct kf_nested_word flags[] = {
	KF_BIT(0, "GUEST_MODE"),  KF_BIT(1, "RUN_PENDING"), KF_BIT(2, "EVMCS"),
	KF_BIT(3, "MTF_PENDING"), KF_BIT(8, "GIF_SET"),	    KF_WORDS_END,
};

static const struct kf_nested_word formats[] = {
	KF_VALUE(UINT64_MAX, KVMFEAT_NESTED_VMX, "VMX"),
	KF_VALUE(UINT64_MAX, KVMFEAT_NESTED_SVM, "SVM"),
	KF_WORDS_END,
};

static const struct kf_nested_word smm_flags[] = {
	KF_BIT(0, "SMM_GUEST_MODE"),
	KF_BIT(1, "SMM_VMXON"),
	KF_WORDS_END,
};

static const struct kf_nested_word vmx_flags[] = {
	KF_BIT(0, "PREEMPTION_TIMER_DEADLINE"),
	KF_WORDS_END,
};

static const struct kf_nested_words header[] = {
	{ "header.flags", flags },
	{ "header.format", formats },
	{ "header.smm.flags", smm_flags },
	{ "header.vmx.flags", vmx_flags },
};

struct text {
	char *to;
	size_t size;
	size_t length; /* of the whole, also where it did not fit */
};

static KF_PRINTF(2, 3) void add(struct text *text, const char *fmt, ...)
{
	const size_t used = text->length < text->size ? text->length : text->size;
	const char *const blank = text->length ? " " : "";
	char word[96];
	va_list args;

	va_start(args, fmt);
	vsnprintf(word, sizeof(word), fmt, args);
	va_end(args);
	text->length += (size_t)snprintf(used < text->size ? text->to + used : NULL,
					 text->size - used, "%s%s", blank, word);
}

static const struct kf_nested_word *find_in(const struct kf_nested_words *words, size_t count,
					    const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].field, name))
			return words[i].words;
	return NULL;
}

static const struct kf_nested_word *find_words(const struct kvmfeat_nested_field *field)
{
	char name[64];

	switch (field->area) {
	case KVMFEAT_NESTED_HEADER:
		return find_in(header, KF_ARRAY_SIZE(header), field->name);
	case KVMFEAT_NESTED_L2_CONTROL:
	case KVMFEAT_NESTED_L1_SAVE:
		return find_in(kf_nested_svm_words, kf_nested_svm_words_count, field->name);
	case KVMFEAT_NESTED_SHADOW_VMCS12:
		snprintf(name, sizeof(name), "vmcs12%s", strchr(field->name, '.'));
		return find_in(kf_nested_vmx_words, kf_nested_vmx_words_count, name);
	default:
		return find_in(kf_nested_vmx_words, kf_nested_vmx_words_count, field->name);
	}
}

/* Adds @word when it fits @value; returns the bits that it stands for. */
static uint64_t add_word(struct text *text, const struct kf_nested_word *word, uint64_t value)
{
	const uint64_t lowest = word->mask & -word->mask;
	const uint64_t number = (value & word->mask) / lowest;

	if (strchr(word->name, '=')) {
		if (number != word->match)
			add(text, "%s%" PRIu64, word->name, number);
		return word->mask;
	}
	if ((value & word->mask) != word->match)
		return 0;
	add(text, "%s", word->name);
	return word->mask;
}

KVMFEAT_EXPORT size_t kvmfeat_nested_get_text(const struct kvmfeat_nested_field *field,
					      uint64_t value, char *buf, size_t size)
{
	const struct kf_nested_word *words = find_words(field);
	const bool bits = field->kind == KVMFEAT_NESTED_FLAGS;
	struct text text = { buf, size, 0 };
	uint64_t rest = value;

	if (size)
		buf[0] = '\0';
	if (!words || (bits && !value))
		return 0;
	for (; words->name; words++)
		rest &= ~add_word(&text, words, value);
	/* A number that has no name needs none; single bits beside names do. */
	if (rest && (bits || text.length))
		add(&text, "0x%" PRIx64, rest);
	return text.length;
}
