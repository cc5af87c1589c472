// SPDX-License-Identifier: GPL-2.0-or-later
/* The fake kernel: files come from the tree, descriptors of KVM from a table. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "fake.h"

static struct fake *fake_of(const struct kf_sys *sys)
{
	return (struct fake *)sys; /* sys is its first member, and no fake is const */
}

static void broken(const char *what)
{
	fprintf(stderr, "the test's own world is broken: %s: %s\n", what, strerror(errno));
	abort();
}

static void path_in(const struct fake *fake, const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s", fake->root, path);
}

/* Counts the call; true when it is the one that fails. */
static bool must_fail(struct fake *fake)
{
	if (++fake->calls != fake->fail_at)
		return false;
	fake->failed = true;
	return true;
}

struct fake_fd *fake_fd(struct fake *fake, int fd)
{
	if (fd < FAKE_FD_BASE || fd >= FAKE_FD_BASE + FAKE_FDS)
		return NULL;
	return fake->fds[fd - FAKE_FD_BASE].kind == FAKE_FREE ? NULL :
								&fake->fds[fd - FAKE_FD_BASE];
}

int fake_new_fd(struct fake *fake, enum fake_kind kind)
{
	for (int i = 0; i < FAKE_FDS; i++)
		if (fake->fds[i].kind == FAKE_FREE) {
			fake->fds[i] = (struct fake_fd){ .kind = kind, .cloexec = true };
			return FAKE_FD_BASE + i;
		}
	return -EMFILE;
}

unsigned int fake_open_fds(const struct fake *fake)
{
	unsigned int count = 0;

	for (size_t i = 0; i < FAKE_FDS; i++)
		count += fake->fds[i].kind != FAKE_FREE;
	return count;
}

static int sys_open(const struct kf_sys *sys, int dirfd, const char *path, int flags,
		    uint64_t resolve)
{
	struct fake *fake = fake_of(sys);
	char absolute[PATH_MAX];
	int ret;

	if (must_fail(fake))
		return fake->fail_error;
	if (fake->open_hook) {
		ret = fake->open_hook(fake, path, flags);
		if (ret != FAKE_PASS)
			return ret;
	}
	ret = fake_proc_open(fake, dirfd, path, flags);
	if (ret != FAKE_PASS)
		return ret;
	if (!strcmp(path, "/dev/kvm"))
		return fake->open_error ? fake->open_error : fake_new_fd(fake, FAKE_KVM);
	/* A root that a test names itself lies in the tree or is the tree. */
	if (path[0] != '/' || !strncmp(path, fake->root, strlen(fake->root)))
		return kf_sys_linux.open(&kf_sys_linux, dirfd, path, flags, resolve);
	path_in(fake, path, absolute, sizeof(absolute));
	return kf_sys_linux.open(&kf_sys_linux, AT_FDCWD, absolute, flags, 0);
}

static int sys_close(const struct kf_sys *sys, int fd)
{
	struct fake_fd *entry = fake_fd(fake_of(sys), fd);

	if (!entry)
		return kf_sys_linux.close(&kf_sys_linux, fd);
	*entry = (struct fake_fd){ 0 };
	return 0;
}

static ssize_t sys_read(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	struct fake *fake = fake_of(sys);
	ssize_t ret;

	if (must_fail(fake))
		return fake->fail_error;
	ret = fake_proc_read(fake, fd);
	if (ret == FAKE_PASS && fake->read_hook)
		ret = fake->read_hook(fake, fd);
	if (ret == FAKE_PASS)
		ret = fake_hdbss_read(fake, fd, buf, size);
	return ret != FAKE_PASS ? ret : kf_sys_linux.read(&kf_sys_linux, fd, buf, size);
}

static ssize_t sys_write(const struct kf_sys *sys, int fd, const void *buf, size_t size)
{
	struct fake *fake = fake_of(sys);
	ssize_t ret = FAKE_PASS;

	if (must_fail(fake))
		return fake->fail_error;
	if (fake->write_hook)
		ret = fake->write_hook(fake, fd, buf, size);
	if (ret != FAKE_PASS)
		return ret;
	ret = kf_sys_linux.write(&kf_sys_linux, fd, buf, size);
	/* A sysfs write replaces the whole text. */
	if (ret >= 0 && ftruncate(fd, ret))
		broken("ftruncate");
	return ret;
}

static ssize_t sys_readlink(const struct kf_sys *sys, int dirfd, const char *path, char *buf,
			    size_t size)
{
	struct fake *fake = fake_of(sys);

	int ret;

	if (must_fail(fake))
		return fake->fail_error;
	ret = fake_proc_readlink(fake, dirfd, path);
	return ret != FAKE_PASS ? ret :
				  kf_sys_linux.readlink(&kf_sys_linux, dirfd, path, buf, size);
}

static ssize_t sys_getdents(const struct kf_sys *sys, int fd, void *buf, size_t size)
{
	struct fake *fake = fake_of(sys);

	int ret;

	if (must_fail(fake))
		return fake->fail_error;
	ret = fake_proc_getdents(fake, fd);
	return ret != FAKE_PASS ? ret : kf_sys_linux.getdents(&kf_sys_linux, fd, buf, size);
}

/* The file of a descriptor that exists only here, or NULL. */
static const struct fake_file *file_of(struct fake *fake, int fd)
{
	struct fake_fd *entry = fake_fd(fake, fd);

	return entry && (entry->kind == FAKE_FILE || entry->kind == FAKE_PATH) ? entry->data : NULL;
}

/* Descriptors of KVM share the anonymous inode, which has no type. */
static bool is_anon_inode(struct fake *fake, int fd)
{
	struct fake_fd *entry = fake_fd(fake, fd);

	return entry &&
	       (entry->kind == FAKE_KVM || entry->kind == FAKE_VM || entry->kind == FAKE_VCPU);
}

static int sys_fstat(const struct kf_sys *sys, int fd, struct stat *ret_st)
{
	struct fake *fake = fake_of(sys);
	const struct fake_file *file = file_of(fake, fd);

	if (must_fail(fake))
		return fake->fail_error;
	if (is_anon_inode(fake, fd)) {
		*ret_st = (struct stat){ .st_dev = 16, .st_ino = 1039, .st_mode = 0600 };
		return 0;
	}
	if (!file)
		return kf_sys_linux.fstat(&kf_sys_linux, fd, ret_st);
	if (fake->procs.fstat_error)
		return fake->procs.fstat_error;
	*ret_st = (struct stat){
		.st_dev = file->dev,
		.st_ino = file->ino,
		.st_mode = S_IFREG | 0600,
		.st_nlink = 1,
		.st_size = file->size,
		.st_blksize = 4096,
		.st_blocks = file->blocks,
	};
	return 0;
}

/* Whether a real descriptor is of a file below @dir ("/sys/"). */
static bool is_below(const struct fake *fake, int fd, const char *dir)
{
	char link[32], path[PATH_MAX], below[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	path_in(fake, dir, below, sizeof(below));
	return !strncmp(path, below, strlen(below));
}

static int sys_fstatfs(const struct kf_sys *sys, int fd, struct statfs *ret_st)
{
	struct fake *fake = fake_of(sys);
	const struct fake_file *file = file_of(fake, fd);

	if (must_fail(fake))
		return fake->fail_error;
	if (is_anon_inode(fake, fd)) {
		*ret_st = (struct statfs){ .f_type = 0x09041934 };
		return 0;
	}
	if (!file && !fake->sys_is_copy && is_below(fake, fd, "/sys/")) {
		*ret_st = (struct statfs){ .f_type = 0x62656572, .f_bsize = 4096 };
		return 0;
	}
	if (!file)
		return kf_sys_linux.fstatfs(&kf_sys_linux, fd, ret_st);
	if (fake->procs.fstatfs_error)
		return fake->procs.fstatfs_error;
	*ret_st = (struct statfs){ .f_type = file->f_type, .f_bsize = 4096 };
	return 0;
}

static int sys_fallocate(const struct kf_sys *sys, int fd, int mode, uint64_t offset, uint64_t len)
{
	struct fake *fake = fake_of(sys);

	if (must_fail(fake))
		return fake->fail_error;
	return fake_gmem(fake, fd) ? fake_gmem_fallocate(fake, fd, mode, offset, len) :
				     kf_sys_linux.fallocate(&kf_sys_linux, fd, mode, offset, len);
}

static int sys_cachestat(const struct kf_sys *sys, int fd, uint64_t offset, uint64_t len,
			 struct kf_cachestat *ret_stat)
{
	struct fake *fake = fake_of(sys);

	const struct fake_file *file = file_of(fake, fd);

	if (must_fail(fake))
		return fake->fail_error;
	if (!file)
		return kf_sys_linux.cachestat(&kf_sys_linux, fd, offset, len, ret_stat);
	if (fake_fd(fake, fd)->kind == FAKE_PATH)
		return -EBADF;
	if (fake->procs.cachestat_error)
		return fake->procs.cachestat_error;
	*ret_stat = (struct kf_cachestat){ .nr_cache = file->cached_pages };
	return 0;
}

static int sys_set_cloexec(const struct kf_sys *sys, int fd)
{
	struct fake *fake = fake_of(sys);
	struct fake_fd *entry = fake_fd(fake, fd);

	if (must_fail(fake))
		return fake->fail_error;
	if (!entry)
		return kf_sys_linux.set_cloexec(&kf_sys_linux, fd);
	entry->cloexec = true;
	return 0;
}

static int new_vm(struct fake *fake, unsigned long type)
{
	int fd;

	if (type >= 64 || !(fake->vm_types & (1ul << type)))
		return -EINVAL;
	fd = fake_new_fd(fake, FAKE_VM);
	if (fd >= 0)
		fake_fd(fake, fd)->id = (long)type;
	return fd;
}

static int new_vcpu(struct fake *fake, int vm, unsigned long id)
{
	int fd;

	if (id >= 1024)
		return -EINVAL;
	for (size_t i = 0; i < FAKE_FDS; i++)
		if (fake->fds[i].kind == FAKE_VCPU && fake->fds[i].vm == vm &&
		    fake->fds[i].id == (long)id)
			return -EEXIST;
	fd = fake_new_fd(fake, FAKE_VCPU);
	if (fd >= 0) {
		fake_fd(fake, fd)->vm = vm;
		fake_fd(fake, fd)->id = (long)id;
	}
	return fd;
}

static int sys_ioctl(const struct kf_sys *sys, int fd, unsigned long request, uintptr_t arg)
{
	struct fake *fake = fake_of(sys);
	struct fake_fd *entry = fake_fd(fake, fd);
	int ret;

	if (must_fail(fake))
		return fake->fail_error;
	if (fake->ioctl_error)
		return fake->ioctl_error;
	if (fake->ioctl_hook) {
		ret = fake->ioctl_hook(fake, fd, request, arg);
		if (ret != FAKE_PASS)
			return ret;
	}
	if (!entry)
		return fcntl(fd, F_GETFD) < 0 ? -EBADF : -ENOTTY;
	ret = fake_hdbss_ioctl(fake, fd, request, arg);
	if (ret == FAKE_PASS)
		ret = fake_pmu_ioctl(fake, fd, request, arg);
	if (ret != FAKE_PASS)
		return ret;
	if (request == KVM_CHECK_EXTENSION && entry->kind == FAKE_KVM)
		return arg < FAKE_CAPS ? fake->system_caps[arg] : 0;
	if (request == KVM_CHECK_EXTENSION && entry->kind == FAKE_VM)
		return arg < FAKE_CAPS ? fake->vm_caps[arg] : 0;
	if (request == KVM_GET_API_VERSION && entry->kind == FAKE_KVM)
		return arg ? -EINVAL : fake->api_version;
	if (request == KVM_CREATE_VM && entry->kind == FAKE_KVM)
		return new_vm(fake, arg);
	if (request == KVM_CREATE_VCPU && entry->kind == FAKE_VM)
		return new_vcpu(fake, fd, arg);
	if (entry->kind == FAKE_VM) {
		ret = fake_gmem_ioctl(fake, fd, request, arg);
		if (ret != FAKE_PASS)
			return ret;
	}
	/* KVM answers an ioctl that it does not know on a vCPU with EINVAL, else ENOTTY. */
	return entry->kind == FAKE_VCPU ? -EINVAL : -ENOTTY;
}

static int sys_mmap(const struct kf_sys *sys, int fd, uint64_t offset, size_t size, void **ret_area)
{
	struct fake *fake = fake_of(sys);

	if (must_fail(fake))
		return fake->fail_error;
	return fake->mmap_hook && fake_fd(fake, fd) ?
		       fake->mmap_hook(fake, fd, offset, size, ret_area) :
		       -ENODEV;
}

static int sys_munmap(const struct kf_sys *sys, void *area, size_t size)
{
	struct fake *fake = fake_of(sys);

	return fake->munmap_hook ? fake->munmap_hook(fake, area, size) : -EINVAL;
}

static int sys_pidfd_open(const struct kf_sys *sys, pid_t pid)
{
	struct fake *fake = fake_of(sys);

	return must_fail(fake) ? fake->fail_error : fake_proc_pidfd_open(fake, pid);
}

static int sys_pidfd_getfd(const struct kf_sys *sys, int pidfd, int fd)
{
	struct fake *fake = fake_of(sys);

	return must_fail(fake) ? fake->fail_error : fake_proc_pidfd_getfd(fake, pidfd, fd);
}

static int sys_kcmp_file(const struct kf_sys *sys, pid_t pid1, pid_t pid2, int fd1, int fd2)
{
	struct fake *fake = fake_of(sys);

	return must_fail(fake) ? fake->fail_error : fake_proc_kcmp_file(fake, pid1, pid2, fd1, fd2);
}

static pid_t sys_getpid(const struct kf_sys *sys)
{
	return fake_of(sys)->pid;
}

static int sys_uname(const struct kf_sys *sys, struct utsname *ret_name)
{
	struct fake *fake = fake_of(sys);

	if (must_fail(fake))
		return fake->fail_error;
	*ret_name = fake->uname;
	return 0;
}

static int sys_nl_open(const struct kf_sys *sys, int protocol, int group, struct kf_nl *nl)
{
	struct fake *fake = fake_of(sys);

	return must_fail(fake) ? fake->fail_error : fake_nl_open(fake, protocol, group, nl);
}

static ssize_t sys_nl_receive(const struct kf_sys *sys, const struct kf_nl *nl, void *buf,
			      size_t size, struct kf_nl_from *ret_from)
{
	struct fake *fake = fake_of(sys);

	(void)nl;
	return must_fail(fake) ? fake->fail_error : fake_nl_receive(fake, buf, size, ret_from);
}

static int sys_nl_open_family(const struct kf_sys *sys, const char *family, struct kf_nl *ret_nl)
{
	struct fake *fake = fake_of(sys);

	return must_fail(fake) ? fake->fail_error : fake_nl_open_family(fake, family, ret_nl);
}

static int sys_nl_dump(const struct kf_sys *sys, const struct kf_nl *nl,
		       const struct kf_nl_request *request, kf_nl_visit *visit, void *data)
{
	struct fake *fake = fake_of(sys);

	(void)nl;
	return must_fail(fake) ? fake->fail_error : fake_nl_dump(fake, request, visit, data);
}

static void sys_nl_close(const struct kf_sys *sys, struct kf_nl *nl)
{
	sys_close(sys, nl->fd);
}

static void *sys_alloc(const struct kf_sys *sys, void *old, size_t count, size_t size)
{
	struct fake *fake = fake_of(sys);

	fake->allocations++;
	if (!must_fail(fake))
		return kf_sys_linux.alloc(&kf_sys_linux, old, count, size);
	fake->fail_error = -ENOMEM;
	return NULL;
}

/* Below TMPDIR, unless its path is too long for a root. */
static void make_root(struct fake *fake)
{
	static const char name[] = "kvmfeat-fake-XXXXXX";
	const char *top = getenv("TMPDIR");

	if (!top || top[0] != '/' || strlen(top) + 1 + sizeof(name) > sizeof(fake->root))
		top = "/tmp";
	snprintf(fake->root, sizeof(fake->root), "%s/%s", top, name);
	if (!mkdtemp(fake->root))
		broken("mkdtemp");
}

void fake_init(struct fake *fake)
{
	static const unsigned int caps[] = {
		KVM_CAP_USER_MEMORY,
		KVM_CAP_CHECK_EXTENSION_VM,
		KVM_CAP_USER_MEMORY2,
		KVM_CAP_GUEST_MEMFD,
	};

	memset(fake, 0, sizeof(*fake));
	fake->sys = (struct kf_sys){
		.open = sys_open,
		.close = sys_close,
		.read = sys_read,
		.write = sys_write,
		.readlink = sys_readlink,
		.getdents = sys_getdents,
		.fstat = sys_fstat,
		.fstatfs = sys_fstatfs,
		.fallocate = sys_fallocate,
		.cachestat = sys_cachestat,
		.set_cloexec = sys_set_cloexec,
		.ioctl = sys_ioctl,
		.mmap = sys_mmap,
		.munmap = sys_munmap,
		.pidfd_open = sys_pidfd_open,
		.pidfd_getfd = sys_pidfd_getfd,
		.kcmp_file = sys_kcmp_file,
		.getpid = sys_getpid,
		.uname = sys_uname,
		.nl_open = sys_nl_open,
		.nl_receive = sys_nl_receive,
		.nl_open_family = sys_nl_open_family,
		.nl_dump = sys_nl_dump,
		.nl_close = sys_nl_close,
		.alloc = sys_alloc,
	};
	fake_nl_init(fake);
	make_root(fake);
	strcpy(fake->uname.machine, "x86_64");
	strcpy(fake->uname.release, "7.3.4");
	fake->api_version = 12;
	fake->vm_types = 1;
	for (size_t i = 0; i < KF_ARRAY_SIZE(caps); i++)
		fake_cap(fake, caps[i], 1);
	fake_cap(fake, KVM_CAP_GUEST_MEMFD_FLAGS, 3);
	fake_cap(fake, KVM_CAP_NR_MEMSLOTS, 32764);
	fake->pid = 42;
	fake_dir(fake, "/proc/1/fd");
	fake_dir(fake, "/sys/class/misc");
	fake_dir(fake, "/proc/42/fd");
	fake_link(fake, "/proc/self", "42");
	fake_mount_proc(fake, "");
	fake_file(fake, "/proc/uptime", "10000.00 39000.00\n");
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void fake_free(struct fake *fake)
{
	fake_nl_free(fake);
	if (nftw(fake->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
		broken(fake->root);
}

void fake_dir(struct fake *fake, const char *path)
{
	char absolute[PATH_MAX];

	path_in(fake, path, absolute, sizeof(absolute));
	for (char *slash = absolute + strlen(fake->root) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = '\0';
		if (mkdir(absolute, 0755) && errno != EEXIST)
			broken(absolute);
		*slash = '/';
	}
	if (mkdir(absolute, 0755) && errno != EEXIST)
		broken(absolute);
}

static void make_parent(struct fake *fake, const char *path)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	if (*parent)
		fake_dir(fake, parent);
}

void fake_file_bytes(struct fake *fake, const char *path, const void *bytes, size_t size)
{
	char absolute[PATH_MAX];
	FILE *file;

	make_parent(fake, path);
	path_in(fake, path, absolute, sizeof(absolute));
	/* A file that is there may be read-only, which only root writes to nevertheless. */
	if (unlink(absolute) && errno != ENOENT)
		broken(absolute);
	file = fopen(absolute, "we");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
		broken(absolute);
}

void fake_file(struct fake *fake, const char *path, const char *text)
{
	fake_file_bytes(fake, path, text, strlen(text));
}

void fake_mode(struct fake *fake, const char *path, unsigned int mode)
{
	char absolute[PATH_MAX];

	path_in(fake, path, absolute, sizeof(absolute));
	if (chmod(absolute, mode))
		broken(absolute);
}

void fake_link(struct fake *fake, const char *path, const char *target)
{
	char absolute[PATH_MAX];

	make_parent(fake, path);
	path_in(fake, path, absolute, sizeof(absolute));
	if (symlink(target, absolute))
		broken(absolute);
}

void fake_remove(struct fake *fake, const char *path)
{
	char absolute[PATH_MAX];

	path_in(fake, path, absolute, sizeof(absolute));
	if (nftw(absolute, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
		broken(absolute);
}

char *fake_read(struct fake *fake, const char *path)
{
	char absolute[PATH_MAX];
	char *text = calloc(1, 4096);
	FILE *file;

	path_in(fake, path, absolute, sizeof(absolute));
	file = fopen(absolute, "re");
	if (!file || !text)
		broken(absolute);
	if (!fread(text, 1, 4095, file) && ferror(file))
		broken(absolute);
	fclose(file);
	return text;
}

void fake_cap(struct fake *fake, unsigned int number, int value)
{
	fake->system_caps[number] = value;
	fake->vm_caps[number] = value;
}
