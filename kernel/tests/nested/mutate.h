/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes blobs of all kinds out of a good one: fields that KVM checks get the values at which
 * checks turn, any other byte now and then gets any value.  The same seed makes the same.
 */
#ifndef KVMFEAT_TESTS_NESTED_MUTATE_H
#define KVMFEAT_TESTS_NESTED_MUTATE_H

#include <kvmfeat/kvmfeat.h>

#include "nested.h"

/* More than SVM's state has, as a caller may hand over. */
#define BLOB_BYTES 8320

union blob {
	struct kvm_nested_state nested;
	u8 bytes[BLOB_BYTES];
};

/* The state of splitmix64. */
struct dice {
	u64 at;
};

static inline u64 dice_any(struct dice *dice)
{
	u64 z = dice->at += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline u64 dice_below(struct dice *dice, u64 limit)
{
	return dice_any(dice) % limit;
}

static inline bool one_in(struct dice *dice, u64 times)
{
	return !dice_below(dice, times);
}

struct mutable
{
	unsigned int at, bytes;
	u64 (*value)(struct dice * dice, u64 was, unsigned int maxphyaddr);
};

static u64 some_bits(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	switch (dice_below(dice, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return dice_any(dice);
	case 3:
		was ^= BIT_ULL(dice_below(dice, 32));
		/* fall through */
	case 4:
		return was ^ BIT_ULL(dice_below(dice, 64));
	default:
		return was ^ BIT_ULL(dice_below(dice, 32));
	}
}

/* Around the last legal one, where an area of some pages ends, and where sums wrap. */
static u64 some_address(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	u64 near = dice_below(dice, 6) * PAGE_SIZE - dice_below(dice, 3);

	switch (dice_below(dice, 6)) {
	case 0:
		return some_bits(dice, was, maxphyaddr);
	case 1:
		return BIT_ULL(dice_below(dice, 64)) - near;
	case 2:
		return -near;
	case 3:
		return dice_below(dice, BIT_ULL(maxphyaddr)) & PAGE_MASK;
	default:
		return BIT_ULL(maxphyaddr) - near;
	}
}

static u64 some_event(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	u64 event = dice_below(dice, 8) << SVM_EVTINJ_TYPE_SHIFT | dice_below(dice, 40);

	if (one_in(dice, 2))
		event = SVM_EVTINJ_TYPE_EXEPT | (event & SVM_EVTINJ_VEC_MASK);
	if (!one_in(dice, 4))
		event |= (u32)SVM_EVTINJ_VALID;
	if (one_in(dice, 4))
		event ^= BIT_ULL(dice_below(dice, 32));
	return event;
}

static u64 some_pat(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	static const u8 types[] = { 0, 1, 4, 5, 6, 7 };
	u64 pat = 0;

	for (unsigned int i = 0; i < 8; i++)
		pat = pat << 8 | types[dice_below(dice, ARRAY_SIZE(types))];
	return one_in(dice, 2) ? pat : pat ^ BIT_ULL(dice_below(dice, 64));
}

static u64 some_flags(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	u64 flags = dice_any(dice) & SVM_NESTED_FLAGS;

	return one_in(dice, 3) ? flags ^ BIT_ULL(dice_below(dice, 16)) : flags;
}

static u64 some_format(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	return one_in(dice, 2) ? dice_below(dice, 4) : dice_any(dice);
}

/* Not more than there is: KVM cannot know where its caller's memory ends. */
static u64 some_size(struct dice *dice, u64 was, unsigned int maxphyaddr)
{
	static const u16 sizes[] = {
		0, 127, 128, 129, 4096, 4223, 4224, 4225, BLOB_BYTES,
	};

	if (one_in(dice, 2))
		return dice_below(dice, BLOB_BYTES + 1);
	return sizes[dice_below(dice, ARRAY_SIZE(sizes))];
}

#define MUTABLE_VMCB(f, v)                                                                         \
	{                                                                                          \
		.at = sizeof(struct kvm_nested_state) + offsetof(struct vmcb, f),                  \
		.bytes = sizeof(((struct vmcb *)0)->f), .value = (v)                               \
	}
#define MUTABLE_HEADER(f, v)                                                                       \
	{                                                                                          \
		.at = offsetof(struct kvm_nested_state, f),                                        \
		.bytes = sizeof(((struct kvm_nested_state *)0)->f), .value = (v)                   \
	}

static const struct mutable mutables[] = {
	MUTABLE_HEADER(flags, some_flags),
	MUTABLE_HEADER(format, some_format),
	MUTABLE_HEADER(size, some_size),
	MUTABLE_HEADER(hdr.svm.vmcb_pa, some_address),
	MUTABLE_HEADER(hdr.svm.gpat, some_pat),
	MUTABLE_VMCB(control.intercept, some_bits),
	MUTABLE_VMCB(control.intercept_exceptions, some_bits),
	/* Word 5 of the intercepts, which the tree's selftest headers count as reserved. */
	{ .at = sizeof(struct kvm_nested_state) + offsetof(struct vmcb, control.reserved_1),
	  .bytes = 4,
	  .value = some_bits },
	MUTABLE_VMCB(control.asid, some_bits),
	MUTABLE_VMCB(control.iopm_base_pa, some_address),
	MUTABLE_VMCB(control.msrpm_base_pa, some_address),
	MUTABLE_VMCB(control.nested_cr3, some_address),
	MUTABLE_VMCB(control.misc_ctl, some_bits),
	MUTABLE_VMCB(control.misc_ctl2, some_bits),
	MUTABLE_VMCB(control.tlb_ctl, some_bits),
	MUTABLE_VMCB(control.int_ctl, some_bits),
	MUTABLE_VMCB(control.int_vector, some_bits),
	MUTABLE_VMCB(control.int_state, some_bits),
	MUTABLE_VMCB(control.event_inj, some_event),
	MUTABLE_VMCB(control.event_inj_err, some_bits),
	MUTABLE_VMCB(save.efer, some_bits),
	MUTABLE_VMCB(save.cr0, some_bits),
	MUTABLE_VMCB(save.cr3, some_address),
	MUTABLE_VMCB(save.cr4, some_bits),
	MUTABLE_VMCB(save.dr6, some_bits),
	MUTABLE_VMCB(save.dr7, some_bits),
	MUTABLE_VMCB(save.rflags, some_bits),
	MUTABLE_VMCB(save.cs.attrib, some_bits),
	MUTABLE_VMCB(save.g_pat, some_pat),
};

/* Of any field; those of the header have their own values. */
static inline void change_some_byte(union blob *blob, struct dice *dice)
{
	const struct kvmfeat_nested_field *field;
	size_t count = 0;

	while (kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, count))
		count++;
	field = kvmfeat_nested_field_at(KVMFEAT_NESTED_SVM, dice_below(dice, count));
	if (field->area != KVMFEAT_NESTED_HEADER)
		blob->bytes[field->offset + dice_below(dice, field->width)] = dice_any(dice);
}

static inline void mutate_once(union blob *blob, struct dice *dice, unsigned int maxphyaddr)
{
	const struct mutable *m = &mutables[dice_below(dice, ARRAY_SIZE(mutables))];
	u64 value = 0;

	if (one_in(dice, 8)) {
		change_some_byte(blob, dice);
		return;
	}
	memcpy(&value, &blob->bytes[m->at], m->bytes);
	value = m->value(dice, value, maxphyaddr);
	memcpy(&blob->bytes[m->at], &value, m->bytes);
}

/* Most checks are met by one change, some need two. */
static inline void mutate(union blob *blob, struct dice *dice, unsigned int maxphyaddr)
{
	do {
		mutate_once(blob, dice, maxphyaddr);
	} while (one_in(dice, 3));
}

#endif
