// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write to MMIO that crosses a page leaves KVM in two exits, and the bytes of the second are
 * needed when the emulator has returned.  Of all instructions ENTER, at nesting level 0, writes
 * them from a local variable: em_enter()'s copy of RBP.
 *
 * Each thread here lets a subject vCPU begin such a push, then drives a decoy vCPU through a push
 * of its own, whose em_enter() has its RBP at the same place of the thread's stack, and exits,
 * which frees the stack.  The main thread then completes the subject's push.  Many threads do so
 * at a time, since the kernel may keep a few stacks for reuse, which KASAN then cannot tell.
 *
 * Red when emulator_read_write_onepage() keeps the caller's pointer for writes, too: all second
 * writes have other bytes, and KASAN reports a use after free if it sees memcpy().
 */
#include <pthread.h>
#include <unistd.h>

#include "kselftest.h"
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define PAIRS 8
#define ROUNDS 5
#define SPLITS 7 /* 1 to 7 of the 8 bytes lie below the boundary */
#define PUSHES (ROUNDS * SPLITS)

/* Two pages that are neighbours for the guest only, so that the exits tell them apart. */
#define STACK_GVA 0xc0000000ul
#define BOUNDARY (STACK_GVA + PAGE_SIZE)
#define LOWER_GPA 0xd0000000ul
#define UPPER_GPA 0xc8000000ul

#define FRAME 0x20

/* What became of one vCPU's pushes. */
struct pusher {
	struct kvm_vcpu *vcpu;
	unsigned int pushes;
	unsigned int wrong_exits;
	unsigned int wrong_first;
	unsigned int wrong_second;
};

struct pair {
	struct pusher subject;
	struct pusher decoy;
	pthread_t thread;
};

static unsigned int below_boundary(unsigned int push)
{
	return 1 + push % SPLITS;
}

/* A value of its own for each push of each vCPU, of which no byte repeats soon. */
static u64 pushed_rbp(unsigned int id, unsigned int push)
{
	return (id * PUSHES + push + 1) * 0x9e3779b97f4a7c15ull;
}

/* ENTER on the stack @rsp, with @rbp to push; returns what it left in both. */
static void enter(u64 *rsp, u64 *rbp)
{
	asm volatile("mov %%rsp, %%r12\n\t"
		     "mov %%rbp, %%r13\n\t"
		     "mov %%rax, %%rsp\n\t"
		     "mov %%rdx, %%rbp\n\t"
		     "enter %[frame], $0\n\t"
		     "mov %%rsp, %%rax\n\t"
		     "mov %%rbp, %%rdx\n\t"
		     "mov %%r12, %%rsp\n\t"
		     "mov %%r13, %%rbp\n\t"
		     : "+a"(*rsp), "+d"(*rbp)
		     : [frame] "i"(FRAME)
		     : "r12", "r13", "memory");
}

static void guest_code(unsigned int id)
{
	for (unsigned int push = 0; push < PUSHES; push++) {
		u64 top = BOUNDARY - below_boundary(push);
		u64 rsp = top + sizeof(u64), rbp = pushed_rbp(id, push);

		enter(&rsp, &rbp);
		GUEST_ASSERT_EQ(rbp, top);
		GUEST_ASSERT_EQ(rsp, top - FRAME);
	}
	GUEST_DONE();
}

static void tell_bytes(struct pusher *pusher, const char *which, const void *want, unsigned int len)
{
	u64 got_value = 0, want_value = 0;

	memcpy(&got_value, pusher->vcpu->run->mmio.data, len);
	memcpy(&want_value, want, len);
	ksft_print_msg("vCPU %u, push %u: the %s write has 0x%0*lx, expected 0x%0*lx\n",
		       pusher->vcpu->id, pusher->pushes, which, 2 * len, got_value, 2 * len,
		       want_value);
}

/* Runs to one half of a push, of which @len bytes belong to @gpa; counts what is wrong there. */
static void expect_write(struct pusher *pusher, const char *which, u64 gpa, const void *want,
			 unsigned int len, unsigned int *ret_wrong)
{
	struct kvm_run *run = pusher->vcpu->run;

	vcpu_run(pusher->vcpu);
	TEST_ASSERT_KVM_EXIT_REASON(pusher->vcpu, KVM_EXIT_MMIO);
	if (!run->mmio.is_write || run->mmio.phys_addr != gpa || run->mmio.len != len) {
		ksft_print_msg("vCPU %u, push %u, %s exit: %s of %u bytes at 0x%llx\n",
			       pusher->vcpu->id, pusher->pushes, which,
			       run->mmio.is_write ? "write" : "read", run->mmio.len,
			       run->mmio.phys_addr);
		pusher->wrong_exits++;
	} else if (memcmp(run->mmio.data, want, len)) {
		if (!*ret_wrong)
			tell_bytes(pusher, which, want, len);
		(*ret_wrong)++;
	}
}

static void begin_push(struct pusher *pusher)
{
	unsigned int len = below_boundary(pusher->pushes);
	u64 rbp = pushed_rbp(pusher->vcpu->id, pusher->pushes);

	expect_write(pusher, "first", LOWER_GPA + PAGE_SIZE - len, &rbp, len, &pusher->wrong_first);
}

static void end_push(struct pusher *pusher)
{
	unsigned int len = below_boundary(pusher->pushes);
	u64 rbp = pushed_rbp(pusher->vcpu->id, pusher->pushes);

	expect_write(pusher, "second", UPPER_GPA, (const u8 *)&rbp + len, sizeof(rbp) - len,
		     &pusher->wrong_second);
	pusher->pushes++;
}

static void *begin_and_exit(void *arg)
{
	struct pair *pair = arg;

	begin_push(&pair->subject);
	begin_push(&pair->decoy);
	end_push(&pair->decoy);
	return NULL;
}

/* One push of every vCPU; of a subject, the second half after its first thread is gone. */
static void push_all(struct pair *pairs)
{
	for (int i = 0; i < PAIRS; i++)
		TEST_ASSERT(!pthread_create(&pairs[i].thread, NULL, begin_and_exit, &pairs[i]),
			    "A thread could not be created");
	for (int i = 0; i < PAIRS; i++)
		TEST_ASSERT(!pthread_join(pairs[i].thread, NULL), "A thread could not be joined");
	/* A stack is freed a grace period after its thread has been joined. */
	usleep(50000);
	for (int i = 0; i < PAIRS; i++)
		end_push(&pairs[i].subject);
}

/* Whether the guest saw RSP and RBP as they should be, to the end. */
static bool guest_done(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	switch (get_ucall(vcpu, &uc)) {
	case UCALL_DONE:
		return true;
	case UCALL_ABORT:
		ksft_print_msg("vCPU %u: %s\n", vcpu->id, uc.buffer);
		return false;
	default:
		TEST_FAIL("vCPU %u: unexpected exit %u", vcpu->id, vcpu->run->exit_reason);
	}
}

static struct kvm_vm *create(struct pair *pairs)
{
	struct kvm_vcpu *vcpus[2 * PAIRS];
	struct kvm_vm *vm = vm_create_with_vcpus(2 * PAIRS, guest_code, vcpus);

	virt_pg_map(vm, STACK_GVA, LOWER_GPA);
	virt_pg_map(vm, BOUNDARY, UPPER_GPA);
	for (int i = 0; i < 2 * PAIRS; i++)
		vcpu_args_set(vcpus[i], 1, vcpus[i]->id);
	for (int i = 0; i < PAIRS; i++) {
		pairs[i].subject.vcpu = vcpus[2 * i];
		pairs[i].decoy.vcpu = vcpus[2 * i + 1];
	}
	return vm;
}

static bool has_kasan(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	bool found = false;
	char symbol[512];

	TEST_ASSERT(file, "/proc/kallsyms cannot be opened");
	while (!found && fscanf(file, "%*s %*s %511s%*[^\n]", symbol) == 1)
		found = !strcmp(symbol, "kasan_report");
	fclose(file);
	return found;
}

static unsigned long taint(void)
{
	unsigned long bits;
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");

	TEST_ASSERT(file && fscanf(file, "%lu", &bits) == 1, "The taint cannot be read");
	fclose(file);
	return bits;
}

static void report(struct pair *pairs, unsigned long taint_before)
{
	unsigned int exits = 0, first = 0, gone = 0, alive = 0, guests = 0;

	for (int i = 0; i < PAIRS; i++) {
		struct pusher *subject = &pairs[i].subject, *decoy = &pairs[i].decoy;

		exits += subject->wrong_exits + decoy->wrong_exits;
		first += subject->wrong_first + decoy->wrong_first;
		gone += subject->wrong_second;
		alive += decoy->wrong_second;
		guests += guest_done(subject->vcpu) + guest_done(decoy->vcpu);
	}
	ksft_print_msg("wrong of %u pushes: %u exits, %u first writes, %u second writes\n",
		       2 * PAIRS * PUSHES, exits, first, gone + alive);
	ksft_test_result(!exits, "emul: ENTER pushes across two pages of MMIO in two writes\n");
	ksft_test_result(!first, "emul: the first write has the low bytes of RBP\n");
	ksft_test_result(!alive, "emul: the second write has the rest of RBP\n");
	ksft_test_result(!gone, "emul: so it has when the thread of the first write is gone\n");
	ksft_test_result(guests == 2 * PAIRS, "emul: ENTER leaves RSP and RBP as it should\n");
	if (has_kasan())
		ksft_test_result(taint() == taint_before, "emul: KASAN reports nothing\n");
	else
		ksft_test_result_skip("emul: KASAN reports nothing: the kernel has no KASAN\n");
}

int main(void)
{
	unsigned long taint_before = taint();
	struct pair pairs[PAIRS] = {};
	struct kvm_vm *vm;

	ksft_print_header();
	ksft_set_plan(6);
	vm = create(pairs);
	for (int push = 0; push < PUSHES; push++)
		push_all(pairs);
	report(pairs, taint_before);
	kvm_vm_free(vm);
	ksft_finished();
}
