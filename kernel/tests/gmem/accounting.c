// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kvmfeat tells of a guest_memfd that this program holds: taken from st_blocks, equal to
 * what cachestat(2) counts, and equal to what was allocated here.
 *
 * Red, among others, when
 * - kvm_gmem_add_folio() does not account: the source is cachestat then;
 * - kvm_gmem_get_folio() accounts what it locks after -EEXIST, too: from 11, of two threads, on;
 * - delete_from_page_cache_batch() does not call ->unaccount_folio(): from 7, of a hole, on.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/falloc.h>
#include <linux/sizes.h>

#include "kselftest.h"
#include "kvm_syscalls.h"
#include "kvm_util.h"
#include "test_util.h"
#include "ucall_common.h"

#define PAGES 256
#define ROUNDS 8
#define SLOT 1
#define GPA SZ_4G /* above the slot and the devices of the test library */

static size_t page_size;

/* One guest_memfd, its mapping, and the guest that uses it. */
struct held {
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	pthread_barrier_t start;
	size_t size;
	char *mem;
	ino_t inode;
	int fd;
};

/* How kvmfeat lists it. */
struct row {
	char source[16];
	unsigned long long size;
	unsigned long long allocated;
};

static char *run_kvmfeat(void)
{
	static char text[65536];
	FILE *pipe = popen("kvmfeat --json gmem list", "r");
	size_t length = 0;

	TEST_ASSERT(pipe, "kvmfeat cannot be started");
	length = fread(text, 1, sizeof(text) - 1, pipe);
	text[length] = '\0';
	TEST_ASSERT(!pclose(pipe), "kvmfeat gmem list fails: %s", text);
	TEST_ASSERT(length < sizeof(text) - 1, "kvmfeat gmem list says too much");
	return text;
}

/* The objects in the list of guest_memfds hold no other objects. */
static bool find_row(struct held *held, struct row *row)
{
	char wanted[48];
	char *object, *key;

	snprintf(wanted, sizeof(wanted), "\"inode\":%lu,", (unsigned long)held->inode);
	object = strstr(run_kvmfeat(), "\"gmem\":[");
	TEST_ASSERT(object, "kvmfeat gmem list has no list");
	for (object = strtok(object, "{"); object; object = strtok(NULL, "{")) {
		if (!strstr(object, wanted))
			continue;
		key = strstr(object, "\"size_bytes\":");
		return key && sscanf(key,
				     "\"size_bytes\":%llu,\"allocated_bytes\":%llu,"
				     "\"source\":\"%15[a-z_]\"",
				     &row->size, &row->allocated, row->source) == 3;
	}
	return false;
}

static size_t cached_bytes(int fd)
{
	struct cachestat_range range = { 0 };
	struct cachestat stat;

	TEST_ASSERT(!syscall(__NR_cachestat, fd, &range, &stat, 0), "cachestat: %s",
		    strerror(errno));
	return stat.nr_cache * page_size;
}

/* The result is @name: whether kvmfeat, cachestat and this program agree on @pages. */
static void expect(struct held *held, size_t pages, const char *name)
{
	const size_t cached = cached_bytes(held->fd), bytes = pages * page_size;
	struct row row = { .source = "no row" };
	bool good = find_row(held, &row) && !strcmp(row.source, "st_blocks") &&
		    row.size == held->size && row.allocated == bytes && cached == bytes;

	if (!good)
		ksft_print_msg("%zu bytes are allocated, cachestat counts %zu; kvmfeat tells %llu "
			       "of %llu from %s\n",
			       bytes, cached, row.allocated, row.size, row.source);
	ksft_test_result(good, "gmem: %s\n", name);
}

static void allocate(struct held *held, size_t page, size_t pages)
{
	kvm_fallocate(held->fd, FALLOC_FL_KEEP_SIZE, page * page_size, pages * page_size);
}

static void punch(struct held *held, size_t page, size_t pages)
{
	kvm_fallocate(held->fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, page * page_size,
		      pages * page_size);
}

static void touch(struct held *held, size_t page, size_t pages)
{
	for (size_t i = page; i < page + pages; i++)
		WRITE_ONCE(held->mem[i * page_size], 1);
}

static void *fault_pages(void *data)
{
	struct held *held = data;

	pthread_barrier_wait(&held->start);
	touch(held, 0, PAGES);
	return NULL;
}

static void *allocate_pages(void *data)
{
	struct held *held = data;

	pthread_barrier_wait(&held->start);
	for (size_t i = 0; i < PAGES; i++)
		allocate(held, i, 1);
	return NULL;
}

static void *punch_pages(void *data)
{
	struct held *held = data;

	pthread_barrier_wait(&held->start);
	for (size_t i = 0; i < PAGES; i++)
		punch(held, i, 1);
	return NULL;
}

static void *run_guest(void *data)
{
	struct held *held = data;

	pthread_barrier_wait(&held->start);
	vcpu_run(held->vcpu);
	TEST_ASSERT_EQ(get_ucall(held->vcpu, NULL), UCALL_SYNC);
	return NULL;
}

/* Each time that it runs, the guest touches all pages. */
static void guest_code(u8 *mem, u64 pages, u64 stride)
{
	for (;;) {
		for (u64 i = 0; i < pages; i++)
			WRITE_ONCE(mem[i * stride], 1);
		GUEST_SYNC(0);
	}
}

static void run_both(struct held *held, pthread_fn_t a, pthread_fn_t b)
{
	pthread_t threads[2];

	kvm_pthread_create(&threads[0], NULL, a, held);
	kvm_pthread_create(&threads[1], NULL, b, held);
	kvm_pthread_join(threads[0], NULL);
	kvm_pthread_join(threads[1], NULL);
}

/* Often, since a race may be missed; the file is left with all pages. */
static void race(struct held *held, pthread_fn_t a, pthread_fn_t b)
{
	for (int i = 0; i < ROUNDS; i++) {
		punch(held, 0, PAGES);
		run_both(held, a, b);
	}
}

static void test_ranges(struct held *held)
{
	expect(held, 0, "a new guest_memfd has nothing allocated");
	allocate(held, 0, 8);
	expect(held, 8, "fallocate adds what it allocates");
	allocate(held, 4, 8);
	expect(held, 12, "fallocate adds nothing for pages that are there");
	touch(held, 11, 3);
	expect(held, 14, "a fault of the host adds a page that was not there");
	TEST_ASSERT(
		fallocate(held->fd, FALLOC_FL_KEEP_SIZE, held->size - page_size, 2 * page_size) &&
			errno == EINVAL,
		"fallocate goes past the end of the file");
	expect(held, 14, "fallocate past the end is refused and adds nothing");
	TEST_ASSERT(ftruncate(held->fd, page_size) && errno == EINVAL,
		    "the guest_memfd can be truncated");
	expect(held, 14, "ftruncate is refused and frees nothing");
	punch(held, 2, 4);
	expect(held, 10, "a hole subtracts what it frees");
	punch(held, 0, 8);
	expect(held, 6, "a hole over a hole subtracts the rest alone");
	punch(held, PAGES, 4);
	expect(held, 6, "a hole past the end subtracts nothing");
	punch(held, 0, PAGES);
	expect(held, 0, "a hole as large as the file leaves nothing");
}

static void test_races(struct held *held)
{
	race(held, fault_pages, fault_pages);
	expect(held, PAGES, "two threads that fault the same pages count them once");
	race(held, fault_pages, allocate_pages);
	expect(held, PAGES, "a fault and fallocate of the same pages count them once");
	race(held, fault_pages, run_guest);
	expect(held, PAGES, "host and guest that fault the same pages count them once");
	race(held, fault_pages, punch_pages);
	expect(held, cached_bytes(held->fd) / page_size,
	       "faults while holes are punched are counted as they end");
	punch(held, 0, PAGES);
	expect(held, 0, "nothing is left of all that when the whole is punched");
}

static void test_guest(struct held *held)
{
	vcpu_run(held->vcpu);
	TEST_ASSERT_EQ(get_ucall(held->vcpu, NULL), UCALL_SYNC);
	expect(held, PAGES, "faults of the guest add their pages");
	kvm_madvise(held->mem, held->size, MADV_DONTNEED);
	TEST_ASSERT(!system("echo 3 >/proc/sys/vm/drop_caches"), "caches cannot be dropped");
	expect(held, PAGES, "dropping caches and mappings frees nothing");
}

static void test_end(struct held *held)
{
	struct row row;
	int copy = kvm_dup(held->fd);

	kvm_free_fd(held->fd);
	held->fd = copy;
	expect(held, PAGES, "closing one of two descriptors frees nothing");
	kvm_vm_free(held->vm);
	expect(held, PAGES, "the end of the VM's descriptors frees nothing");
	kvm_munmap(held->mem, held->size);
	kvm_close(held->fd);
	ksft_test_result(!find_row(held, &row), "gmem: closing the last ends the file\n");
}

static void hold(struct held *held)
{
	const u64 flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED;
	struct stat st;

	held->vm = __vm_create_shape_with_one_vcpu(VM_SHAPE_DEFAULT, &held->vcpu, 1, guest_code);
	held->size = PAGES * page_size;
	held->fd = vm_create_guest_memfd(held->vm, held->size, flags);
	vm_set_user_memory_region2(held->vm, SLOT, KVM_MEM_GUEST_MEMFD, GPA, held->size, NULL,
				   held->fd, 0);
	virt_map(held->vm, GPA, GPA, held->size / held->vm->page_size);
	vcpu_args_set(held->vcpu, 3, GPA, (u64)PAGES, (u64)page_size);
	held->mem = kvm_mmap(held->size, PROT_READ | PROT_WRITE, MAP_SHARED, held->fd);
	TEST_ASSERT(!fstat(held->fd, &st), "fstat: %s", strerror(errno));
	held->inode = st.st_ino;
	TEST_ASSERT(!pthread_barrier_init(&held->start, NULL, 2), "no barrier");
}

int main(void)
{
	struct held held, witness;

	page_size = getpagesize();
	ksft_print_header();
	TEST_REQUIRE(kvm_check_cap(KVM_CAP_GUEST_MEMFD_FLAGS) & GUEST_MEMFD_FLAG_INIT_SHARED);
	ksft_set_plan(21);

	/* Where one guest_memfd has blocks, kvmfeat knows that none in another is a fact, too. */
	hold(&witness);
	allocate(&witness, 0, 1);
	hold(&held);
	test_ranges(&held);
	test_races(&held);
	test_guest(&held);
	test_end(&held);
	expect(&witness, 1, "another guest_memfd is not concerned by all that");
	ksft_finished();
}
