// SPDX-License-Identifier: GPL-2.0-only
/*
 * User space and the BARs of a device: from accept to unlock nobody has a shared mapping of what
 * the report calls protected.
 *
 * Red when pci_tsm_mmio_insert() inserts nothing (cases 2, 4 and 7), or what is not private, too (3
 * and 5), when insert_encrypted_mmio() does not call unmap_mapping_range() (2), when unlock leaves
 * the ranges there (6), and when pci_mmap_resource_range() does not ask for them (7).
 */
#include <endian.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "emu.h"
#include "kselftest.h"

#define NAME_SIZE 16
#define KIB 1024
#define PIECES 4

/* In a report: the first range, which is all of BAR 0, and what it holds. */
#define RANGE_PAGE 16
#define RANGE_PAGES 24

/* Of the device with several BARs. */
static const struct piece {
	const char *file;
	size_t offset;
	size_t size;
	bool private;
} pieces[PIECES] = {
	{ "resource0", 0, 1024 * KIB, true },
	{ "resource2", 0, 32 * KIB, true },
	{ "resource2", 32 * KIB, 4 * KIB, false }, /* the MSI-X table */
	{ "resource3", 0, 16 * KIB, false },
};

static const char *bdf;
static sigjmp_buf back;

static void jump(int number)
{
	siglongjmp(back, number);
}

/* Whether a read there is no SIGBUS. */
static bool can_read(const volatile char *at)
{
	if (sigsetjmp(back, 1))
		return false;
	(void)*at;
	return true;
}

/* MAP_FAILED and errno when it cannot be mapped. */
static char *map(const char *file, size_t offset, size_t size)
{
	char path[EMU_PATH], *at;
	int fd = open(emu_device(path, bdf, file), O_RDWR | O_CLOEXEC), err;

	TEST_ASSERT(fd >= 0, "%s: %s", path, strerror(errno));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	err = errno;
	close(fd);
	errno = err;
	return at;
}

/* Maps all pieces, and keeps where they are. */
static bool map_all(char *at[PIECES])
{
	bool good = true;

	for (int i = 0; i < PIECES; i++) {
		const struct piece *piece = &pieces[i];

		at[i] = map(piece->file, piece->offset, piece->size);
		if (at[i] != MAP_FAILED)
			continue;
		ksft_print_msg("%s from %zu on: %s\n", piece->file, piece->offset, strerror(errno));
		good = false;
	}
	return good;
}

static void unmap_all(char *at[PIECES])
{
	for (int i = 0; i < PIECES; i++)
		if (at[i] != MAP_FAILED)
			munmap(at[i], pieces[i].size);
}

/* Whether all pieces that are private, or all others, can be read, from the first to the last. */
static bool all_read(char *const at[PIECES], bool private, bool want)
{
	bool good = true;

	for (int i = 0; i < PIECES; i++) {
		if (pieces[i].private != private)
			continue;
		if (can_read(at[i]) == want && can_read(at[i] + pieces[i].size - 1) == want)
			continue;
		ksft_print_msg("%s from %zu on can%s be read\n", pieces[i].file, pieces[i].offset,
			       want ? "not" : "");
		good = false;
	}
	return good;
}

/* Where nothing answers, arm64 has a SIGBUS of its own. */
static void revoked(char *const at[PIECES], bool answers)
{
	const char *gone = "tsm: accept revokes the mappings of what is private";
	const char *stays = "tsm: accept leaves the mappings of what is shared";

	if (!answers) {
		ksft_test_result_skip("%s\n", gone);
		ksft_test_result_skip("%s\n", stays);
		return;
	}
	ksft_test_result(all_read(at, true, false), "%s\n", gone);
	ksft_test_result(all_read(at, false, true), "%s\n", stays);
}

static bool cannot_map(const char *file, size_t offset, size_t size)
{
	char *at = map(file, offset, size);

	if (at == MAP_FAILED && errno == EINVAL)
		return true;
	ksft_print_msg("%s from %zu on: %s\n", file, offset,
		       at == MAP_FAILED ? strerror(errno) : "it was mapped");
	if (at != MAP_FAILED)
		munmap(at, size);
	return false;
}

static void refused(void)
{
	bool good = true;
	char *at;

	for (int i = 0; i < PIECES; i++)
		if (pieces[i].private)
			good &= cannot_map(pieces[i].file, pieces[i].offset, pieces[i].size) &&
				cannot_map(pieces[i].file, pieces[i].size - 4 * KIB, 4 * KIB);
	good &= cannot_map("resource2", 0, 64 * KIB);
	ksft_test_result(good, "tsm: what is private cannot be mapped\n");

	at = map("resource3", 0, 16 * KIB);
	ksft_test_result(at != MAP_FAILED, "tsm: a BAR that is shared can be mapped\n");
	if (at != MAP_FAILED)
		munmap(at, 16 * KIB);
}

/* The device reports BAR 0 from its second page on: the first one is shared. */
static void report_second_page(void)
{
	char path[EMU_PATH], report[1024];
	const size_t size = emu_get(emu_order(path, bdf, "report"), report, sizeof(report));
	uint64_t page;
	uint32_t pages;

	TEST_ASSERT(size > RANGE_PAGES, "%s has no range", path);
	memcpy(&page, report + RANGE_PAGE, sizeof(page));
	memcpy(&pages, report + RANGE_PAGES, sizeof(pages));
	page = htole64(le64toh(page) + 1);
	pages = htole32(le32toh(pages) - 1);
	memcpy(report + RANGE_PAGE, &page, sizeof(page));
	memcpy(report + RANGE_PAGES, &pages, sizeof(pages));
	emu_must(emu_put(path, report, size), path);
}

/* Each mapping is looked at, not only where the BAR begins. */
static void refused_behind_shared(const char *tsm)
{
	bool good;
	char *at;

	report_second_page();
	emu_must(emu_say_to(bdf, "tsm/lock", tsm), "lock");
	emu_must(emu_say_to(bdf, "tsm/accept", "1"), "accept");
	good = cannot_map("resource0", 4 * KIB, 4 * KIB);
	good &= cannot_map("resource0", 1020 * KIB, 4 * KIB);
	good &= cannot_map("resource0", 0, 8 * KIB);
	at = map("resource0", 0, 4 * KIB);
	good &= at != MAP_FAILED;
	if (at != MAP_FAILED)
		munmap(at, 4 * KIB);
	ksft_test_result(good, "tsm: what is private behind what is shared cannot be mapped\n");
	emu_must(emu_say_to(bdf, "tsm/unlock", tsm), "unlock");
}

int main(void)
{
	struct sigaction action = { .sa_handler = jump };
	struct emu_names names;
	char name[NAME_SIZE];
	char *at[PIECES];
	bool answers;

	ksft_print_header();
	ksft_set_plan(7);
	sigaction(SIGBUS, &action, NULL);
	emu_load(&names);
	bdf = names.bdf[EMU_SEVERAL];
	emu_register("devsec", name, sizeof(name));

	emu_must(emu_say_to(bdf, "tsm/lock", name), "lock");
	ksft_test_result(map_all(at), "tsm: before accept all BARs can be mapped\n");
	answers = can_read(at[0]);
	emu_must(emu_say_to(bdf, "tsm/accept", "1"), "accept");
	revoked(at, answers);
	refused();
	emu_must(emu_say_to(bdf, "tsm/unlock", name), "unlock");
	unmap_all(at);

	ksft_test_result(map_all(at), "tsm: after unlock all BARs can be mapped\n");
	unmap_all(at);
	refused_behind_shared(name);
	emu_unregister("devsec");
	emu_unload();
	ksft_finished();
}
