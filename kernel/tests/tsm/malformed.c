// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports that no device should send: cut at every length, with counts, pages and BARs that do not
 * fit. accept says EIO, the device stays locked, no memory of it is private, unlock works. What the
 * kernel must overlook it accepts.
 *
 * Red when pci_tsm_mmio_alloc() takes reports as they are (cases 2 to 17), and maps no memory
 * private (case 21).
 */
#include <endian.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "emu.h"
#include "kselftest.h"

#define SIZE 1024
#define HEADER 16
#define RANGE 16
#define BAR(n) ((n) << 16)

static struct emu_names names;
static char name[16];

struct bytes {
	unsigned char data[SIZE];
	size_t size;
};

static struct bytes given; /* the report of the device with several BARs */

static void put32(struct bytes *bytes, size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes->data + at, &value, sizeof(value));
}

static uint32_t get32(const struct bytes *bytes, size_t at)
{
	uint32_t value;

	memcpy(&value, bytes->data + at, sizeof(value));
	return le32toh(value);
}

static size_t range_at(int range)
{
	return HEADER + RANGE * range;
}

static size_t info_at(const struct bytes *bytes)
{
	return range_at(get32(bytes, 12));
}

/* One range more, at the end; there is room. */
static void add_range(struct bytes *bytes, int like)
{
	size_t at = info_at(bytes);

	memmove(bytes->data + at + RANGE, bytes->data + at, bytes->size - at);
	memcpy(bytes->data + at, bytes->data + range_at(like), RANGE);
	put32(bytes, 12, get32(bytes, 12) + 1);
	bytes->size += RANGE;
}

/* Ranges of the default report: 0 is BAR 0; 1 to 4 are BAR 2 from its begin to its end; 5 is BAR 3.
 */
static void too_many_ranges(struct bytes *bytes)
{
	put32(bytes, 12, get32(bytes, 12) + 1);
}

static void most_ranges(struct bytes *bytes)
{
	put32(bytes, 12, 0xffffffff);
}

/* Times 16, and in 32 bits, it is the number of those that are there. */
static void ranges_that_wrap(struct bytes *bytes)
{
	put32(bytes, 12, get32(bytes, 12) + 0x10000000);
}

static void long_info(struct bytes *bytes)
{
	put32(bytes, info_at(bytes), get32(bytes, info_at(bytes)) + 1);
}

static void longest_info(struct bytes *bytes)
{
	put32(bytes, info_at(bytes), 0xffffffff);
}

static void no_pages(struct bytes *bytes)
{
	put32(bytes, range_at(0) + 8, 0);
}

static void most_pages(struct bytes *bytes)
{
	put32(bytes, range_at(0) + 8, 0xffffffff);
}

static void one_page_more(struct bytes *bytes)
{
	put32(bytes, range_at(0) + 8, get32(bytes, range_at(0) + 8) + 1);
}

static void last_page_of_all(struct bytes *bytes)
{
	memset(bytes->data + range_at(0), 0xff, 8);
}

/* Its address in bytes does not fit into 64 bits. */
static void page_beyond_addresses(struct bytes *bytes)
{
	put32(bytes, range_at(0) + 4, 0x00100000);
}

static void overlap(struct bytes *bytes)
{
	put32(bytes, range_at(1) + 8, get32(bytes, range_at(1) + 8) + 1);
}

static void same_range_twice(struct bytes *bytes)
{
	add_range(bytes, 5);
}

static void absent_bar(struct bytes *bytes)
{
	put32(bytes, range_at(5) + 12, BAR(4));
}

static void upper_half_of_bar(struct bytes *bytes)
{
	put32(bytes, range_at(0) + 12, BAR(1));
}

static void no_bar(struct bytes *bytes)
{
	put32(bytes, range_at(5) + 12, BAR(0xffff));
}

static void bytes_behind(struct bytes *bytes)
{
	memset(bytes->data + bytes->size, 0xa5, 3);
	bytes->size += 3;
}

static void reserved_bits(struct bytes *bytes)
{
	bytes->data[0] |= 0xe0;
	bytes->data[1] = bytes->data[2] = bytes->data[3] = 0xff;
	for (int i = 0; i < 6; i++) {
		bytes->data[range_at(i) + 12] |= 0xf0;
		bytes->data[range_at(i) + 13] = 0xff;
	}
}

static void no_ranges(struct bytes *bytes)
{
	size_t at = info_at(bytes);

	memmove(bytes->data + HEADER, bytes->data + at, bytes->size - at);
	bytes->size -= at - HEADER;
	put32(bytes, 12, 0);
}

/* clang-format off */
static const struct {
	const char *sentence;
	void (*change)(struct bytes *bytes);
	int want;
} changes[] = {
	{ "more ranges than bytes", too_many_ranges, EIO },
	{ "as many ranges as can be counted", most_ranges, EIO },
	{ "a number of ranges whose size wraps", ranges_that_wrap, EIO },
	{ "information that is longer than the rest", long_info, EIO },
	{ "information as long as can be", longest_info, EIO },
	{ "a range without pages", no_pages, EIO },
	{ "a range of all pages", most_pages, EIO },
	{ "a range that is longer than its BAR", one_page_more, EIO },
	{ "a range at the last of all pages", last_page_of_all, EIO },
	{ "a page whose address has more than 64 bits", page_beyond_addresses, EIO },
	{ "ranges that overlap", overlap, EIO },
	{ "a range twice", same_range_twice, EIO },
	{ "a range of a BAR that is not there", absent_bar, EIO },
	{ "a range of the upper half of a BAR", upper_half_of_bar, EIO },
	{ "a range of no BAR", no_bar, EIO },
	{ "bytes behind its end", bytes_behind, 0 },
	{ "reserved bits", reserved_bits, 0 },
	{ "no range", no_ranges, 0 },
};
/* clang-format on */

/* 0, or why user space cannot map the beginning of a BAR. */
static int map_error(const char *bar)
{
	char path[EMU_PATH];
	int fd = open(emu_device(path, names.bdf[EMU_SEVERAL], bar), O_RDWR | O_CLOEXEC), err = 0;
	void *map;

	TEST_ASSERT(fd >= 0, "%s: %s", path, strerror(errno));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err = errno;
	else
		munmap(map, 4096);
	close(fd);
	return err;
}

/* Of what is accepted; a BAR outside the TEE stays as it was, and all do after unlock. */
static bool hides_private_memory(void)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	int locked, accepted, outside, unlocked;

	emu_must(emu_say_of(bdf, "reset", "1"), "reset");
	emu_must(emu_say_to(bdf, "tsm/lock", name), "lock");
	locked = map_error("resource0");
	emu_must(emu_say_to(bdf, "tsm/accept", "1"), "accept");
	accepted = map_error("resource0");
	outside = map_error("resource3");
	emu_must(emu_say_to(bdf, "tsm/unlock", name), "unlock");
	unlocked = map_error("resource0");
	if (!locked && accepted == EINVAL && !outside && !unlocked)
		return true;
	ksft_print_msg("locked %d, accepted %d, outside of the TEE %d, unlocked %d\n", locked,
		       accepted, outside, unlocked);
	return false;
}

/* Whether the device is locked with the report, accept ends so, and unlock works. */
static bool ends(const struct bytes *bytes, int want)
{
	const char *bdf = names.bdf[EMU_SEVERAL];
	char path[EMU_PATH], text[16], size[16];
	int err, locked, unlocked, map = 0;

	/* No write has no bytes. */
	snprintf(size, sizeof(size), "%zu", bytes->size);
	emu_order(path, bdf, "report");
	emu_must(emu_put(path, given.data, given.size), path);
	if (bytes->size)
		emu_must(emu_put(path, bytes->data, bytes->size), path);
	emu_must(emu_say_of(bdf, "report_size", size), "report_size");
	locked = emu_say_to(bdf, "tsm/lock", name);
	err = emu_say_to(bdf, "tsm/accept", "1");
	emu_must(emu_read(emu_order(path, bdf, "state"), text, sizeof(text)), path);
	if (want)
		map = map_error("resource0");
	unlocked = emu_say_to(bdf, "tsm/unlock", name);
	if (!locked && !unlocked && err == want && !strcmp(text, want ? "locked" : "run") && !map)
		return true;
	ksft_print_msg("%zu bytes: lock %d, accept %d (%d is wanted), %s, map %d, unlock %d\n",
		       bytes->size, locked, err, want, text, map, unlocked);
	return false;
}

int main(void)
{
	struct bytes bytes;
	char path[EMU_PATH];
	bool good = true;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(changes) + 4);
	emu_load(&names);
	emu_register("devsec", name, sizeof(name));
	emu_order(path, names.bdf[EMU_SEVERAL], "report");
	given.size = emu_get(path, given.data, SIZE);
	ksft_test_result(ends(&given, 0), "tsm: the report of the device is accepted\n");
	for (bytes = given, bytes.size = 0; good && bytes.size < given.size; bytes.size++)
		good = ends(&bytes, EIO);
	ksft_test_result(good, "tsm: a report cut at whatever byte is not accepted\n");
	for (int i = 0; i < ARRAY_SIZE(changes); i++) {
		bytes = given;
		changes[i].change(&bytes);
		ksft_test_result(ends(&bytes, changes[i].want), "tsm: a report with %s is %s\n",
				 changes[i].sentence,
				 changes[i].want ? "not accepted" : "accepted");
	}
	ksft_test_result(hides_private_memory(),
			 "tsm: user space cannot map the private memory of an accepted device\n");
	ksft_test_result(!system("rmmod tsm-emu"), "tsm: the module goes after all reports\n");
	ksft_finished();
}
