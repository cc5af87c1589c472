// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host has to say about guest memory holds while hardware makes pages dirty: a page that
 * the host shares is not written in place, and a page that the guest wrote is not thrown away.
 *
 * Red when kvm_s2_fault_compute_prot() makes pages writable-clean that the host does not let be
 * written (from 3 on; the zero page is nobody's then).
 */
#include <sys/wait.h>

#include "hdbss.h"

#define PAGES 512ULL
#define ORDER 0

static bool holds_value(const char *mem, u64 pages, char value)
{
	for (u64 i = 0; i < pages * SZ_4K; i++)
		if (mem[i] != value)
			return false;
	return true;
}

/* All pages of the guest are mapped, by reads, while HDBSS is on. */
static void make_read_world(struct world *w, bool on)
{
	make_world(w, PAGES, 1);
	if (on)
		hdbss_on(w->vm, ORDER);
	log_pages(w, true);
}

static void read_all(struct world *w)
{
	run_pass(w, 0, (struct work){ .pages = PAGES, .reads = 1 });
}

/*
 * A child shares the memory until it is written. The guest maps it by reads, so that its pages
 * are read-only; if they were writable-clean, the guest would write into the child's memory.
 */
static bool child_keeps_its_memory(bool on)
{
	int wake[2], status;
	struct world w;
	char byte = 0;
	pid_t child;
	bool good;

	make_read_world(&w, on);
	write_all(&w, 0);
	memset(w.mem, 0x5a, PAGES * SZ_4K);
	TEST_ASSERT(!pipe(wake), "pipe: %s", strerror(errno));
	child = fork();
	TEST_ASSERT(child >= 0, "fork: %s", strerror(errno));
	if (!child) {
		/* The guest has written when the other end is closed. */
		close(wake[1]);
		_exit(read(wake[0], &byte, 1) || !holds_value(w.mem, PAGES, 0x5a));
	}
	close(wake[0]);
	read_all(&w);
	sync_log(&w);
	write_all(&w, 0);
	good = sync_log(&w) == PAGES && !holds_value(w.mem, 1, 0x5a);
	close(wake[1]);
	TEST_ASSERT(waitpid(child, &status, 0) == child, "waitpid: %s", strerror(errno));
	free_world(&w);
	return good && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* What was never touched is the zero page, which all processes share. */
static bool zero_page_stays_zero(void)
{
	const size_t size = PAGES * SZ_4K;
	char *witness = kvm_mmap(size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct world w;
	bool good;

	make_read_world(&w, true);
	kvm_madvise(w.mem, size, MADV_DONTNEED);
	read_all(&w);
	sync_log(&w);
	write_all(&w, 0);
	good = sync_log(&w) == PAGES && holds_value(witness, PAGES, 0);
	kvm_munmap(witness, size);
	free_world(&w);
	return good;
}

/*
 * Pages given free may be taken until they are written again. The guest maps them by reads, and
 * writes them: then reclaim must find them dirty.
 */
static bool written_page_is_not_reclaimed(void)
{
	struct world w;
	u64 lost = 0;

	make_read_world(&w, true);
	kvm_madvise(w.mem, PAGES * SZ_4K, MADV_FREE);
	read_all(&w);
	sync_log(&w);
	write_all(&w, 0);
	kvm_madvise(w.mem, PAGES * SZ_4K, MADV_PAGEOUT);
	for (u64 i = 0; i < PAGES; i++)
		lost += !*(u64 *)(w.mem + i * SZ_4K);
	if (lost)
		ksft_print_msg("%lu pages of %llu were taken\n", lost, PAGES);
	free_world(&w);
	return !lost;
}

/* Without the guest's write they are taken: else the case above would show nothing. */
static bool unwritten_page_is_reclaimed(void)
{
	struct world w;
	u64 taken = 0;

	make_read_world(&w, true);
	kvm_madvise(w.mem, PAGES * SZ_4K, MADV_FREE);
	kvm_madvise(w.mem, PAGES * SZ_4K, MADV_PAGEOUT);
	for (u64 i = 0; i < PAGES; i++)
		taken += !*(u64 *)(w.mem + i * SZ_4K);
	free_world(&w);
	return taken > PAGES / 2;
}

/* The host takes the right to write away for a while; what the guest may not do, it cannot. */
static bool read_only_memory_is_not_written(void)
{
	struct world w;
	int ret;
	bool good;

	make_read_world(&w, true);
	write_all(&w, 0);
	sync_log(&w);
	memset(w.mem, 0x5a, PAGES * SZ_4K);
	TEST_ASSERT(!mprotect(w.mem, PAGES * SZ_4K, PROT_READ), "mprotect: %s", strerror(errno));
	read_all(&w);
	*work_of(&w, 0) = (struct work){ .pages = PAGES, .stride = 1 };
	ret = __vcpu_run(w.vcpu[0]);
	good = ret == -1 && errno == EFAULT && holds_value(w.mem, PAGES, 0x5a) && !sync_log(&w);
	TEST_ASSERT(!mprotect(w.mem, PAGES * SZ_4K, PROT_READ | PROT_WRITE), "mprotect: %s",
		    strerror(errno));
	run_to_sync(w.vcpu[0]);
	good = good && sync_log(&w) == PAGES;
	free_world(&w);
	return good;
}

int main(void)
{
	hdbss_start(6);
	ksft_test_result(unwritten_page_is_reclaimed(),
			 "hdbss: a page that was given free is taken when nobody wrote it\n");
	ksft_test_result(written_page_is_not_reclaimed(),
			 "hdbss: a page that the guest wrote is not taken\n");
	ksft_test_result(child_keeps_its_memory(true),
			 "hdbss: the guest does not write what a child process shares\n");
	ksft_test_result(child_keeps_its_memory(false), "hdbss: nor does it without HDBSS\n");
	ksft_test_result(read_only_memory_is_not_written(),
			 "hdbss: the guest does not write what the host made read-only\n");
	ksft_test_result(zero_page_stays_zero(), "hdbss: the guest does not write the zero page\n");
	ksft_finished();
}
