// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvmfeat changes kvm.nx_huge_pages and its recovery parameters: what it takes and refuses, what
 * sysfs reads afterwards, and what running VMs notice.  "never" cannot be undone, so all that
 * comes after it is last, and whatever runs later in this boot finds it.
 *
 * Red, each in its case, when set_nx_huge_pages() does not look for VMs before "never" or does
 * not zap, and when set_nx_huge_pages_recovery_param() does not refuse after "never" or does not
 * wake the recovery threads.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define SYSFS "/sys/module/kvm/parameters/"
#define NX "nx_huge_pages"
#define RATIO "nx_huge_pages_recovery_ratio"
#define PERIOD "nx_huge_pages_recovery_period_ms"

#define HUGE_SLOT 10
#define HUGE_GPA (4ul << 30)
#define HUGE_PAGES 512 /* of 4 KiB: one huge page */
#define OPCODE_RET 0xc3

#define CASES_WITH_VM 14

/* One run of kvmfeat and what comes of it. */
struct step {
	const char *sentence;
	const char *options;
	const char *param; /* of module kvm */
	const char *value;
	const char *reads; /* the text of @param afterwards; NULL: what "auto" gives here */
	const char *says; /* part of what it prints */
	int status;
	bool nobody; /* run as a user other than root */
};

static const struct step alone[] = {
	{ "force switches it on", "", NX, "force", "Y", "off -> on (wrote 'force')" },
	{ "FORCE, which the kernel takes for off, is refused", "", NX, "FORCE", "Y",
	  "the kernel would read it as off", 1 },
	{ "a dry run writes nothing", "-n", NX, "off", "Y", "would write 'off'" },
	{ "an ordinary user may not set it", "", NX, "off", "Y", "run as root", 4, true },
	{ "off switches it off", "", NX, "off", "N", "on -> off (wrote 'off')" },
	{ "on switches it on", "", NX, "on", "Y", "off -> on (wrote 'force')" },
	{ "auto leaves it as the CPU needs it", "", NX, "auto", NULL, "(wrote 'auto')" },
	{ "never is refused unless a loss for good is allowed", "", NX, "never", NULL,
	  "--allow-irreversible", 4 },
	{ "Never, which the kernel takes for off, is refused", "-I", NX, "Never", NULL,
	  "the kernel would read it as off", 1 },
	{ "a period is set", "", PERIOD, "4294967295", "4294967295", "0 -> 4294967295" },
	{ "a period beyond 32 bits is refused", "", PERIOD, "4294967296", "4294967295",
	  "0 to 4294967295", 1 },
	{ "a period of 0 is set", "", PERIOD, "0", "0", "4294967295 -> 0" },
	{ "a ratio of 0 is set", "", RATIO, "0", "0", "-> 0" },
	{ "a ratio that the kernel takes for octal is refused", "", RATIO, "010", "0",
	  "the kernel would read it as 8", 1 },
	/* From here on a recovery is due every hour, unless something wakes its thread. */
	{ "a ratio is set", "", RATIO, "1", "1", "0 -> 1" },
};

static const struct step never[] = {
	{ "never is taken when there is no VM", "-I", NX, "never", "never", "wrote 'never'" },
	{ "never is in effect already then", "", NX, "never", "never", "nothing written" },
};

/* kvmfeat foresees it, so the kernel is asked beside. */
static const struct step after_never[] = {
	{ "never cannot be undone by off", "", NX, "off", "never", "would not take 'off'", 4 },
	{ "never cannot be undone by force", "", NX, "force", "never", "would not take 'force'",
	  4 },
	{ "never holds the ratio", "", RATIO, "60", "1", "would not take '60'", 4 },
	{ "never holds the period", "", PERIOD, "0", "100", "would not take '0'", 4 },
};

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	TEST_ASSERT(fd >= 0, "%s cannot be opened", path);
	TEST_ASSERT(write(fd, text, strlen(text)) == strlen(text), "%s does not take '%s'", path,
		    text);
	close(fd);
}

static void read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	TEST_ASSERT(file && fgets(text, size, file), "%s cannot be read", path);
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
}

static void read_param(const char *param, char text[64])
{
	char path[128];

	snprintf(path, sizeof(path), SYSFS "%s", param);
	read_text(path, text, 64);
}

/* On, if the CPU has the bug; the other texts of this file tell how KVM deals with it. */
static const char *auto_reads(void)
{
	char text[64];

	read_text("/sys/devices/system/cpu/vulnerabilities/itlb_multihit", text, sizeof(text));
	return strcmp(text, "Not affected") ? "Y" : "N";
}

/* With vfork(), since fork() write-protects the memory of this process, and so of its VM. */
static int run_kvmfeat(const struct step *step, char *output, size_t size)
{
	char command[256];
	int fds[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	snprintf(command, sizeof(command), "exec kvmfeat param set %s kvm.%s %s 2>&1",
		 step->options, step->param, step->value);
	TEST_ASSERT(!pipe(fds), "A pipe could not be made");
	child = vfork();
	TEST_ASSERT(child >= 0, "A process could not be made");
	if (!child) {
		/* Of this thread alone: the C library's functions would tell all others. */
		if (step->nobody && (syscall(SYS_setgid, 65534) || syscall(SYS_setuid, 65534)))
			_exit(126);
		dup2(fds[1], STDOUT_FILENO);
		execlp("sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(fds[1]);
	while (used < size - 1 && (got = read(fds[0], output + used, size - 1 - used)) > 0)
		used += got;
	output[used] = '\0';
	close(fds[0]);
	TEST_ASSERT(waitpid(child, &status, 0) == child, "The process could not be waited for");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void tell(const struct step *step, int status, const char *reads, char *output)
{
	ksft_print_msg("%s: exit status %d, expected %d\n", step->sentence, status, step->status);
	ksft_print_msg("%s reads '%s'; kvmfeat says:\n", step->param, reads);
	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n"))
		ksft_print_msg("%s\n", line);
}

static bool step_holds(const struct step *step)
{
	char output[4096], reads[64];
	int status = run_kvmfeat(step, output, sizeof(output));
	const char *want = step->reads ?: auto_reads();

	read_param(step->param, reads);
	if (status == step->status && !strcmp(reads, want) && strstr(output, step->says))
		return true;
	tell(step, status, reads, output);
	return false;
}

static void take_steps(const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ksft_test_result(step_holds(&steps[i]), "param: %s\n", steps[i].sentence);
}

static bool kernel_refuses(const struct step *step)
{
	char path[128], reads[64];
	ssize_t got;
	int fd, err;

	snprintf(path, sizeof(path), SYSFS "%s", step->param);
	fd = open(path, O_WRONLY);
	TEST_ASSERT(fd >= 0, "%s cannot be opened", path);
	got = write(fd, step->value, strlen(step->value));
	err = errno;
	close(fd);
	read_param(step->param, reads);
	if (got < 0 && err == EPERM && !strcmp(reads, step->reads))
		return true;
	ksft_print_msg("%s: the kernel wrote %zd, errno %d, and reads '%s'\n", step->sentence, got,
		       err, reads);
	return false;
}

static void take_steps_after_never(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(after_never); i++) {
		const struct step *step = &after_never[i];

		ksft_test_result(step_holds(step) & kernel_refuses(step), "param: %s\n",
				 step->sentence);
	}
}

/* The guest calls into a huge page, again and again. */
static void guest_code(void)
{
	for (;;) {
		((void (*)(void))HUGE_GPA)();
		GUEST_SYNC(0);
	}
}

static struct kvm_vm *create_vm(struct kvm_vcpu **ret_vcpu)
{
	struct kvm_vm *vm = vm_create_with_one_vcpu(ret_vcpu, guest_code);

	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS_HUGETLB_2MB, HUGE_GPA, HUGE_SLOT,
				    HUGE_PAGES, 0);
	virt_map(vm, HUGE_GPA, HUGE_GPA, HUGE_PAGES);
	memset(addr_gpa2hva(vm, HUGE_GPA), OPCODE_RET, PAGE_SIZE);
	return vm;
}

static void call_huge_page(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	TEST_ASSERT(get_ucall(vcpu, &uc) == UCALL_SYNC, "The guest did not return");
}

static u64 mapped_pages(struct kvm_vm *vm)
{
	return vm_get_stat(vm, pages_4k) + vm_get_stat(vm, pages_2m);
}

static bool recovered(struct kvm_vm *vm, unsigned int seconds)
{
	for (unsigned int i = 0; i < 100 * seconds && vm_get_stat(vm, nx_lpage_splits); i++)
		usleep(10000);
	return !vm_get_stat(vm, nx_lpage_splits);
}

/* The threads of this process that recover huge pages: one a VM that has run. */
static unsigned int recovery_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	char path[320], name[64];
	unsigned int count = 0;
	struct dirent *entry;

	TEST_ASSERT(dir, "The threads cannot be listed");
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		read_text(path, name, sizeof(name));
		count += !strncmp(name, "kvm-nx-lpage", strlen("kvm-nx-lpage"));
	}
	closedir(dir);
	return count;
}

/* nx_huge_pages is off when this begins, and on when it ends. */
static void test_zap(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	static const struct step force[] = { { "a change tells how many VMs it slows down", "", NX,
					       "force", "Y", "of 1 running VM are dropped" } };
	static const struct step again = { "", "--json", NX, "force", "Y", "\"written\":false" };
	u64 before;

	call_huge_page(vcpu);
	ksft_test_result(vm_get_stat(vm, pages_2m) == 1 && !vm_get_stat(vm, nx_lpage_splits),
			 "param: a guest runs code in a huge page when it is off\n");
	before = mapped_pages(vm);
	take_steps(force, 1);
	ksft_test_result(before && !mapped_pages(vm),
			 "param: a change drops the page tables of each VM\n");
	call_huge_page(vcpu);
	ksft_test_result(!vm_get_stat(vm, pages_2m) && vm_get_stat(vm, nx_lpage_splits) == 1,
			 "param: a guest splits the huge page when it is on\n");
	before = mapped_pages(vm);
	ksft_test_result(step_holds(&again) && mapped_pages(vm) == before,
			 "param: a value in effect leaves the page tables alone\n");
}

static void test_never_with_vm(void)
{
	static const struct step refused[] = { { "never is refused while there is a VM", "-I", NX,
						 "never", "Y", "only while no VM exists", 1 } };

	take_steps(refused, 1);
}

/* A huge page is split, and its recovery an hour away, when this begins. */
static void test_recovery(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	static const struct step steps[] = {
		{ "a shorter period is set", "", PERIOD, "100", "100", "0 -> 100" },
		{ "a ratio of 0 is set again", "", RATIO, "0", "0", "1 -> 0" },
		{ "another ratio is set again", "", RATIO, "1", "1", "0 -> 1" },
	};

	ksft_test_result(!recovered(vm, 1), "param: a split page stays for the period\n");
	take_steps(&steps[0], 1);
	ksft_test_result(recovered(vm, 20), "param: a shorter period holds at once\n");
	take_steps(&steps[1], 1);
	call_huge_page(vcpu);
	ksft_test_result(!recovered(vm, 1), "param: a ratio of 0 stops the recovery\n");
	take_steps(&steps[2], 1);
	ksft_test_result(recovered(vm, 20), "param: another ratio starts it at once\n");
}

static void test_vm(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = create_vm(&vcpu);

	write_text(SYSFS NX, "off");
	test_zap(vm, vcpu);
	test_never_with_vm();
	test_recovery(vm, vcpu);
	ksft_test_result(recovery_threads() == 1, "param: a VM has a recovery thread\n");
	kvm_vm_free(vm);
}

static void test_vm_after_never(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = create_vm(&vcpu);

	call_huge_page(vcpu);
	ksft_test_result(vm_get_stat(vm, pages_2m) == 1 && !recovery_threads(),
			 "param: a VM has no recovery thread after never\n");
	kvm_vm_free(vm);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(alone) + CASES_WITH_VM + ARRAY_SIZE(never) +
		      ARRAY_SIZE(after_never) + 1);
	write_text("/proc/sys/vm/nr_hugepages", "1");
	write_text(SYSFS NX, "off");
	write_text(SYSFS PERIOD, "0");
	take_steps(alone, ARRAY_SIZE(alone));
	test_vm();
	take_steps(never, ARRAY_SIZE(never));
	take_steps_after_never();
	test_vm_after_never();
	ksft_finished();
}
