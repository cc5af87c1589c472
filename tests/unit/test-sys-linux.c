// SPDX-License-Identifier: GPL-2.0-or-later
/* The real seam on the real kernel: each call does what it says, with a negative errno. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world.h"

static const struct kf_sys *const sys = &kf_sys_linux;

static int open_at(int dirfd, const char *path, int flags, uint64_t resolve)
{
	return sys->open(sys, dirfd, path, flags, resolve);
}

static void assert_cloexec(int fd)
{
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

/* True where the host does not have a call; others than these must work. */
static bool is_missing(int err)
{
	return err == -ENOSYS || err == -EPERM;
}

static void open_is_close_on_exec_and_keeps_its_flags(void **state)
{
	int dir = open_at(AT_FDCWD, "/proc/self", O_RDONLY | O_DIRECTORY, 0);
	int fd = open_at(dir, "comm", O_RDWR, 0);

	(void)state;
	assert_cloexec(dir);
	assert_cloexec(fd);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_int_equal(sys->close(sys, fd), 0);
	assert_int_equal(sys->close(sys, fd), -EBADF);
	assert_int_equal(open_at(dir, "nothing", O_RDONLY, 0), -ENOENT);
	assert_int_equal(open_at(dir, "comm", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
	close(dir);
}

static void openat2_is_close_on_exec_and_keeps_its_flags(void **state)
{
	int dir = open_at(AT_FDCWD, "/proc/self", O_RDONLY | O_DIRECTORY, 0);
	int fd = open_at(dir, "comm", O_RDWR, RESOLVE_BENEATH);

	(void)state;
	if (is_missing(fd)) {
		close(dir);
		skip();
	}
	assert_cloexec(fd);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	close(fd);
	assert_int_equal(open_at(dir, "../version", O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	assert_int_equal(open_at(dir, "root", O_RDONLY, RESOLVE_NO_SYMLINKS), -ELOOP);
	assert_int_equal(open_at(dir, "comm", O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH), -ENOTDIR);
	close(dir);
}

static void a_file_is_written_read_and_measured(void **state)
{
	int fd = memfd_create("kvmfeat", 0);
	struct kf_cachestat cached = { 0 };
	struct statfs fs;
	struct stat st;
	char text[8] = "";
	int err;

	(void)state;
	assert_int_equal(sys->write(sys, fd, "abcdef", 5), 5);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
	assert_string_equal(text, "abcde");
	assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
	assert_int_equal(sys->read(sys, fd, text, 3), 3);
	assert_memory_equal(text, "bcd", 3);
	assert_int_equal(sys->fallocate(sys, fd, FALLOC_FL_KEEP_SIZE, 0x100000000, 8192), 0);
	assert_int_equal(sys->fstat(sys, fd, &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_true(st.st_blocks >= 16);
	assert_int_equal(sys->fallocate(sys, fd, 0, 0x100000000, 1), 0);
	assert_int_equal(sys->fstat(sys, fd, &st), 0);
	assert_int_equal(st.st_size, 0x100000001);
	assert_int_equal(sys->fstatfs(sys, fd, &fs), 0);
	assert_true(fs.f_type == 0x01021994 || fs.f_type == 0x958458f6); /* tmpfs, hugetlbfs */
	err = sys->cachestat(sys, fd, 0, 4096, &cached);
	if (!is_missing(err)) {
		assert_int_equal(err, 0);
		assert_int_equal(cached.nr_cache, 1);
	}
	close(fd);
	assert_int_equal(sys->read(sys, -1, text, 1), -EBADF);
	assert_int_equal(sys->write(sys, -1, text, 1), -EBADF);
	assert_int_equal(sys->fstat(sys, -1, &st), -EBADF);
	assert_int_equal(sys->fstatfs(sys, -1, &fs), -EBADF);
	assert_int_equal(sys->fallocate(sys, -1, 0, 0, 1), -EBADF);
}

static void links_and_directories_are_read(void **state)
{
	/* What getdents64(2) writes: the name begins at byte 19. */
	char link[64] = "", own[16], names[4096];
	int dir = open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
	ssize_t len;

	(void)state;
	len = sys->readlink(sys, dir, "self", link, sizeof(link) - 1);
	snprintf(own, sizeof(own), "%d", getpid());
	assert_string_equal(link, own);
	assert_int_equal(len, strlen(own));
	assert_int_equal(sys->readlink(sys, dir, "self", link, 1), 1);
	assert_int_equal(sys->readlink(sys, dir, "version", link, sizeof(link)), -EINVAL);
	close(dir);

	dir = open_at(AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY, 0);
	assert_true(sys->getdents(sys, dir, names, sizeof(names)) > 0);
	assert_string_equal(names + 19, ".");
	assert_int_equal(sys->getdents(sys, dir, names, sizeof(names)), 0);
	close(dir);
	assert_int_equal(sys->getdents(sys, -1, names, sizeof(names)), -EBADF);
}

static void an_ioctl_gets_its_whole_argument(void **state)
{
	int ends[2], waiting = -1;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	/* The address of a local variable does not fit into 32 bits. */
	assert_int_equal(sys->ioctl(sys, ends[0], FIONREAD, (uintptr_t)&waiting), 0);
	assert_int_equal(waiting, 3);
	assert_int_equal(sys->ioctl(sys, ends[0], 0xae00, 0), -ENOTTY);
	assert_int_equal(sys->ioctl(sys, -1, FIONREAD, 0), -EBADF);
	assert_int_equal(sys->set_cloexec(sys, ends[0]), 0);
	assert_cloexec(ends[0]);
	assert_int_equal(sys->set_cloexec(sys, -1), -EBADF);
	close(ends[0]);
	close(ends[1]);
}

static void a_mapping_is_shared_and_writable(void **state)
{
	int fd = memfd_create("kvmfeat", 0), read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char text[4] = "";
	void *area = NULL;

	(void)state;
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(sys->mmap(sys, fd, 4096, 4096, &area), 0);
	memcpy(area, "abc", 3);
	assert_int_equal(pread(fd, text, 3, 4096), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(pwrite(fd, "xyz", 3, 4096), 3);
	assert_memory_equal(area, "xyz", 3);
	assert_int_equal(sys->munmap(sys, area, 4096), 0);
	assert_int_equal(sys->munmap(sys, (char *)area + 1, 4096), -EINVAL);
	area = NULL;
	assert_int_equal(sys->mmap(sys, read_only, 0, 4096, &area), -EACCES);
	assert_int_equal(sys->mmap(sys, -1, 0, 4096, &area), -EBADF);
	assert_int_equal(sys->mmap(sys, fd, 1, 4096, &area), -EINVAL);
	assert_null(area);
	close(read_only);
	close(fd);
}

static void files_of_a_process_are_copied_and_compared(void **state)
{
	int fd = memfd_create("kvmfeat", 0), other = memfd_create("kvmfeat", 0), copy, order;
	int pidfd = sys->pidfd_open(sys, getpid());

	(void)state;
	if (is_missing(pidfd)) {
		close(fd);
		close(other);
		skip();
	}
	assert_cloexec(pidfd);
	copy = sys->pidfd_getfd(sys, pidfd, fd);
	assert_cloexec(copy);
	assert_int_equal(sys->pidfd_getfd(sys, pidfd, 0x7fffffff), -EBADF);
	assert_int_equal(sys->pidfd_open(sys, 0x7ffffffe), -ESRCH);
	order = sys->kcmp_file(sys, getpid(), getpid(), fd, other);
	if (!is_missing(order)) {
		assert_in_range(order, 1, 2);
		assert_int_equal(sys->kcmp_file(sys, getpid(), getpid(), other, fd), 3 - order);
		assert_int_equal(sys->kcmp_file(sys, getpid(), getpid(), fd, copy), 0);
		assert_int_equal(sys->kcmp_file(sys, getpid(), 0x7ffffffe, fd, fd), -ESRCH);
	}
	close(copy);
	close(pidfd);
	close(other);
	close(fd);
}

static void uname_and_memory_are_those_of_libc(void **state)
{
	struct utsname name, expected;
	unsigned char *bytes = sys->alloc(sys, NULL, 3, 5);

	(void)state;
	assert_int_equal(uname(&expected), 0);
	assert_int_equal(sys->uname(sys, &name), 0);
	assert_string_equal(name.release, expected.release);
	assert_string_equal(name.machine, expected.machine);
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(bytes[i], 0);
	bytes[14] = 77;
	bytes = sys->alloc(sys, bytes, 100, 5);
	assert_int_equal(bytes[14], 77);
	assert_true(malloc_usable_size(bytes) >= 500);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_is_close_on_exec_and_keeps_its_flags),
		cmocka_unit_test(openat2_is_close_on_exec_and_keeps_its_flags),
		cmocka_unit_test(a_file_is_written_read_and_measured),
		cmocka_unit_test(links_and_directories_are_read),
		cmocka_unit_test(an_ioctl_gets_its_whole_argument),
		cmocka_unit_test(a_mapping_is_shared_and_writable),
		cmocka_unit_test(files_of_a_process_are_copied_and_compared),
		cmocka_unit_test(uname_and_memory_are_those_of_libc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
