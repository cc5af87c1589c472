/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that writes its memory at random, with every kind of store that the architecture has
 * for one: whichever it is, the page is dirty.
 */
#ifndef KVMFEAT_TESTS_HDBSS_SCRIBBLE_H
#define KVMFEAT_TESTS_HDBSS_SCRIBBLE_H

#include "hdbss.h"

struct scribble {
	u64 random; /* xorshift's state, never 0 */
	u64 pages;
	u64 pause; /* rounds of nothing after each store */
	u64 stop;
	u64 stores; /* done */
};

static struct scribble scribbles[MAX_VCPUS];

static inline u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline void store_exclusive(u64 *word, u64 value)
{
	u64 old;
	u32 failed;

	asm volatile("1: ldaxr %0, [%3]\n\tstlxr %w1, %2, [%3]\n\tcbnz %w1, 1b"
		     : "=&r"(old), "=&r"(failed)
		     : "r"(value), "r"(word)
		     : "memory");
}

static inline void store_atomic(u64 *word, u64 value)
{
	u64 old;

	asm volatile(".arch_extension lse\n\tldaddal %1, %0, [%2]"
		     : "=r"(old)
		     : "r"(value), "r"(word)
		     : "memory");
}

static inline void store_swapped(u64 *word, u64 value)
{
	u64 old;

	asm volatile(".arch_extension lse\n\tswp %1, %0, [%2]"
		     : "=r"(old)
		     : "r"(value), "r"(word)
		     : "memory");
}

static inline void store_pair(u64 *word, u64 value)
{
	asm volatile("stp %0, %0, [%1]" : : "r"(value), "r"(word) : "memory");
}

static inline void zero_block(u64 *word)
{
	asm volatile("dc zva, %0" : : "r"(word) : "memory");
}

/* One store; of two pages when it lies across their border. */
static inline void scribble_once(u64 *random, u64 pages)
{
	u64 choice = next_random(random), value = next_random(random);
	u64 page = (choice >> 32) % pages;
	u64 word = MEM_GPA + page * SZ_4K + (choice >> 16) % (SZ_4K / 16) * 16;

	switch (choice % 16) {
	case 0:
		store_exclusive((u64 *)word, value);
		break;
	case 1:
		store_atomic((u64 *)word, value);
		break;
	case 2:
		store_swapped((u64 *)word, value);
		break;
	case 3:
		store_pair((u64 *)word, value);
		break;
	case 4:
		zero_block((u64 *)word);
		break;
	case 5:
		if (page + 1 < pages)
			WRITE_ONCE(*(u64 *)(MEM_GPA + (page + 1) * SZ_4K - 4), value);
		break;
	case 6:
		WRITE_ONCE(*(u8 *)(word + 5), value);
		break;
	case 7:
		/* Maps the page, if it is not, without making it dirty. */
		READ_ONCE(*(u64 *)word);
		break;
	default:
		WRITE_ONCE(*(u64 *)word, value);
	}
}

static void guest_scribble(u64 index)
{
	struct scribble *s = &scribbles[index];

	for (;;) {
		while (!READ_ONCE(s->stop)) {
			scribble_once(&s->random, s->pages);
			WRITE_ONCE(s->stores, s->stores + 1);
			for (u64 i = 0; i < s->pause; i++)
				barrier();
		}
		GUEST_SYNC(0);
	}
}

#endif
