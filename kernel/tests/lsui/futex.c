// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own use of LSUI: it changes a user's futex word atomically, with LSUI where the
 * CPU and the kernel have it, else with exclusive loads and stores. Whichever it is, no update
 * is lost among threads that change the word in user space, the neighbour in the same eight
 * bytes stays as it is, and a word that may not be written gives EFAULT.
 *
 * FUTEX_WAKE_OP holds the bucket's lock, so its own calls never race: half of the threads use
 * the instructions of user space instead.
 *
 * Red when LLSC_FUTEX_ATOMIC_OP() in arch/arm64/include/asm/futex.h uses ldr and str (the words
 * that are shared), when it writes eight bytes (the neighbours), when __llsc_futex_cmpxchg()
 * uses ldr and str (the lock), when *oval is the new value (who is woken), and when
 * arch_futex_atomic_op_inuser() drops the error (EFAULT, and the pages brought in). The races
 * need two CPUs that run at the same time.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"
#include "kselftest.h"

#define PAIRS 2
#define LOOPS 50000
#define BIT_OF(thread) (1u << (thread))

/*
 * Thread 2n enters the kernel LOOPS times; thread 2n + 1 stays in user space, where it is much
 * faster, and goes on until the others have done.
 */
static u32 words[2 * PAIRS] __aligned(64);
static u32 wrong[2 * PAIRS];
static u32 done[2 * PAIRS];
static int in_kernel;
static u32 lock_word;
static u64 locked_sum;

static const int ops[] = {
	FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR,
};

static long wake_op(u32 *word, u32 encoded)
{
	static u32 nobody_waits;

	return syscall(SYS_futex, &nobody_waits, FUTEX_WAKE_OP_PRIVATE, 1, 1L, word, encoded);
}

static void change(u32 *word, int op, u32 operand)
{
	long woken = wake_op(word, FUTEX_OP(op, operand, FUTEX_OP_CMP_EQ, 0));

	TEST_ASSERT(!woken, "FUTEX_WAKE_OP %d says %ld: %s", op, woken, strerror(errno));
}

static void change_bit(u32 *word, int op, int thread)
{
	change(word, op | FUTEX_OP_OPARG_SHIFT, thread);
}

static void expect(long thread, bool holds)
{
	if (!holds)
		wrong[thread]++;
}

static void *add_in_kernel(void *arg)
{
	for (; done[(long)arg] < LOOPS; done[(long)arg]++)
		change(&words[0], FUTEX_OP_ADD, 1);
	return NULL;
}

static bool goes_on(void)
{
	return __atomic_load_n(&in_kernel, __ATOMIC_RELAXED);
}

static void *add_in_user_space(void *arg)
{
	for (; goes_on(); done[(long)arg]++)
		__atomic_fetch_add(&words[0], 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static u32 own_bit(long thread)
{
	return __atomic_load_n(&words[0], __ATOMIC_SEQ_CST) & BIT_OF(thread);
}

static void *bits_in_kernel(void *arg)
{
	long thread = (long)arg;

	for (int i = 0; i < LOOPS / 2; i++) {
		change_bit(&words[0], FUTEX_OP_OR, thread);
		expect(thread, own_bit(thread));
		change_bit(&words[0], FUTEX_OP_ANDN, thread);
		expect(thread, !own_bit(thread));
		change_bit(&words[0], FUTEX_OP_XOR, thread);
		expect(thread, own_bit(thread));
		change_bit(&words[0], FUTEX_OP_XOR, thread);
		expect(thread, !own_bit(thread));
	}
	return NULL;
}

static void *bits_in_user_space(void *arg)
{
	long thread = (long)arg;
	u32 bit = 0;

	/* Ends with the bit clear. */
	for (; goes_on() || bit; bit ^= BIT_OF(thread))
		expect(thread, (__atomic_fetch_xor(&words[0], BIT_OF(thread), __ATOMIC_SEQ_CST) &
				BIT_OF(thread)) == bit);
	return NULL;
}

/* Each kernel thread sets its own word, whose neighbour its pair counts in. */
static void *set_in_kernel(void *arg)
{
	long thread = (long)arg;

	for (u32 i = 0; i < LOOPS; i++) {
		change(&words[thread], FUTEX_OP_SET, i & 0x7ff);
		expect(thread, __atomic_load_n(&words[thread], __ATOMIC_SEQ_CST) == (i & 0x7ff));
	}
	return NULL;
}

static void *count_in_user_space(void *arg)
{
	long thread = (long)arg;

	for (; goes_on(); done[thread]++)
		__atomic_fetch_add(&words[thread], 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* The call asks for another try when the word changed under it. */
static bool unlock_in_kernel(void)
{
	int failed;

	do
		failed = syscall(SYS_futex, &lock_word, FUTEX_UNLOCK_PI_PRIVATE);
	while (failed && errno == EAGAIN);
	return !failed;
}

/*
 * The kernel exchanges the lock's word: from free to taken, or to remember that somebody else
 * wants it. Nobody waits, because waiters hand the lock on without an exchange.
 */
static void *sum_in_kernel(void *arg)
{
	long thread = (long)arg;

	for (int i = 0; i < LOOPS; i++) {
		if (syscall(SYS_futex, &lock_word, FUTEX_TRYLOCK_PI_PRIVATE)) {
			expect(thread, errno == EWOULDBLOCK);
			continue;
		}
		locked_sum++;
		done[thread]++;
		expect(thread, unlock_in_kernel());
	}
	return NULL;
}

static bool exchange(u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&lock_word, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static void *sum_in_user_space(void *arg)
{
	u32 self = syscall(SYS_gettid);
	long thread = (long)arg;

	while (goes_on()) {
		if (!exchange(0, self)) {
			sched_yield();
			continue;
		}
		locked_sum++;
		done[thread]++;
		/* The kernel unlocks when the word says that somebody wanted it. */
		if (!exchange(self, 0))
			expect(thread, unlock_in_kernel());
	}
	return NULL;
}

struct pair {
	void *(*kernel)(void *);
	void *(*user)(void *);
};

static const struct pair *running;

static void *run_thread(void *arg)
{
	if ((long)arg % 2)
		return running->user(arg);
	running->kernel(arg);
	__atomic_fetch_sub(&in_kernel, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Says whether every thread saw what it expected. */
static bool run_pairs(const struct pair *pair)
{
	pthread_t threads[2 * PAIRS];
	bool holds = true;

	memset(words, 0, sizeof(words));
	memset(wrong, 0, sizeof(wrong));
	memset(done, 0, sizeof(done));
	running = pair;
	in_kernel = PAIRS;
	for (long i = 0; i < 2 * PAIRS; i++)
		TEST_ASSERT(!pthread_create(&threads[i], NULL, run_thread, (void *)i),
			    "cannot create thread %ld", i);
	for (int i = 0; i < 2 * PAIRS; i++) {
		pthread_join(threads[i], NULL);
		holds = holds && !wrong[i];
	}
	return holds;
}

static u64 sum_of_done(void)
{
	u64 sum = 0;

	for (int i = 0; i < 2 * PAIRS; i++)
		sum += done[i];
	return sum;
}

static bool no_add_is_lost(void)
{
	run_pairs(&(struct pair){ add_in_kernel, add_in_user_space });
	return words[0] == (u32)sum_of_done();
}

static bool bits_change_alone(void)
{
	return run_pairs(&(struct pair){ bits_in_kernel, bits_in_user_space }) && !words[0];
}

static bool set_leaves_the_neighbour_alone(void)
{
	bool holds = run_pairs(&(struct pair){ set_in_kernel, count_in_user_space });

	for (int i = 0; i < 2 * PAIRS; i += 2)
		holds = holds && words[i] == ((LOOPS - 1) & 0x7ff) && words[i + 1] == done[i + 1];
	return holds;
}

static bool lock_admits_one(void)
{
	bool holds = run_pairs(&(struct pair){ sum_in_kernel, sum_in_user_space });

	return holds && locked_sum == sum_of_done() && !lock_word;
}

static void *wait_for_change(void *arg)
{
	while (syscall(SYS_futex, &words[0], FUTEX_WAIT_PRIVATE, 5, NULL) && errno == EAGAIN)
		;
	return NULL;
}

/* Makes 6 of the 5 that somebody waits at, and tells how many were woken. */
static long woken_when_it_was(u32 guess)
{
	__atomic_store_n(&words[0], 5, __ATOMIC_SEQ_CST);
	return wake_op(&words[0], FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, guess));
}

static bool compares_the_old_value(void)
{
	pthread_t waiter;

	__atomic_store_n(&words[0], 5, __ATOMIC_SEQ_CST);
	TEST_ASSERT(!pthread_create(&waiter, NULL, wait_for_change, NULL),
		    "cannot create a thread");
	do {
		if (woken_when_it_was(6))
			return false;
		sched_yield();
	} while (woken_when_it_was(5) != 1);
	pthread_join(waiter, NULL);
	return true;
}

static u32 *map_word(int protection)
{
	u32 *word = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	TEST_ASSERT(word != MAP_FAILED, "cannot map a page");
	*word = 1;
	TEST_ASSERT(!mprotect(word, getpagesize(), protection), "cannot protect a page");
	return word;
}

static bool faults(u32 *word)
{
	bool holds = true;

	for (int i = 0; i < ARRAY_SIZE(ops); i++)
		holds = holds && wake_op(word, FUTEX_OP(ops[i], 3, FUTEX_OP_CMP_EQ, 0)) == -1 &&
			errno == EFAULT;
	return holds && syscall(SYS_futex, word, FUTEX_LOCK_PI_PRIVATE, 0, NULL) == -1 &&
	       errno == EFAULT;
}

static bool read_only_word_stays(void)
{
	u32 *word = map_word(PROT_READ);

	return faults(word) && *word == 1;
}

/* A page that is not there yet, and the shared page of zeroes, are replaced by one to write. */
static bool page_is_brought_in(int op, bool read_first)
{
	static const u32 results[] = {
		[FUTEX_OP_SET] = 3,
		[FUTEX_OP_ADD] = 3,
		[FUTEX_OP_OR] = 3,
		[FUTEX_OP_XOR] = 3,
	};
	u32 *word = map_word(PROT_READ | PROT_WRITE);

	TEST_ASSERT(!madvise(word, getpagesize(), MADV_DONTNEED), "cannot drop a page");
	if (read_first)
		TEST_ASSERT_EQ(*(volatile u32 *)word, 0);
	change(word, op, 3);
	return *word == results[op];
}

static bool each_page_is_brought_in(void)
{
	bool holds = true;

	for (int i = 0; i < ARRAY_SIZE(ops); i++)
		holds = holds && page_is_brought_in(ops[i], false) &&
			page_is_brought_in(ops[i], true);
	return holds;
}

static void test_which_way(void)
{
	const char *name = "lsui: the kernel uses the LSUI of its CPU";
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, NULL);
	bool has = lsui_of(vcpu_get_reg(vcpu, ISAR3));

	if (kernel_uses_lsui())
		ksft_test_result_pass("%s\n", name);
	else if (has)
		ksft_test_result_skip("%s: it was built without ARM64_LSUI, "
				      "which needs binutils 2.45 or LLVM 20\n",
				      name);
	else
		ksft_test_result_skip("%s: the CPU has no FEAT_LSUI, so the cases above "
				      "used exclusive loads and stores\n",
				      name);
	kvm_vm_free(vm);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(9);

	ksft_test_result(no_add_is_lost(),
			 "lsui: no add is lost among threads that add in user space\n");
	ksft_test_result(bits_change_alone(),
			 "lsui: or, and, xor change one bit among threads that change others\n");
	ksft_test_result(set_leaves_the_neighbour_alone(),
			 "lsui: set leaves the word beside it alone\n");
	ksft_test_result(lock_admits_one(),
			 "lsui: a priority-inheriting lock admits one thread at a time\n");
	ksft_test_result(compares_the_old_value(),
			 "lsui: the value before the change decides who is woken\n");
	ksft_test_result(each_page_is_brought_in(),
			 "lsui: a page that is not there to write is brought in\n");
	ksft_test_result(read_only_word_stays(),
			 "lsui: a read-only word gives EFAULT and stays as it is\n");
	ksft_test_result(faults(map_word(PROT_NONE)) && faults((u32 *)0xffff800000000000),
			 "lsui: a word of no access, or of the kernel, gives EFAULT\n");
	test_which_way();
	ksft_finished();
}
