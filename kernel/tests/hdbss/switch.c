// SPDX-License-Identifier: GPL-2.0-only
/*
 * HDBSS is switched under a vCPU that does not leave the kernel, by a second thread: it takes
 * effect at once, there and on vCPUs that are made later, stays in effect when page tables
 * change, and takes nothing along when it ends. Whether the vCPU's thread was ever preempted,
 * which loads the vCPU's registers anew, is seen in /proc; then the case is tried again.
 *
 * Red when kvm_hdbss_enable() makes no request (case 1), exit_vmid_context() does not restore the
 * vCPU's VTCR_EL2 (4), kvm_hdbss_vcpu_create() makes no buffer (6, and 7, where no vCPU is older),
 * and hdbss_stop() clears HA in the MMU's VTCR_EL2 (9, and 3, since HD is nothing without HA).
 */
#include <sys/sysinfo.h>

#include "age.h"
#include "hdbss.h"

#define PAGES 2048ULL
#define ORDER 0
#define TRIES 10

/* A vCPU that writes all pages over and over. */
struct runner {
	struct world *w;
	pthread_t thread;
	pid_t tid;
};

static void *runner_thread(void *data)
{
	struct runner *r = data;
	struct sched_param fifo = { .sched_priority = 1 };

	/* Nothing but the kernel itself shall take the CPU away. */
	TEST_ASSERT(!sched_setscheduler(0, SCHED_FIFO, &fifo), "no real-time thread: %s",
		    strerror(errno));
	pin_to(pthread_self(), get_nprocs() - 1);
	WRITE_ONCE(r->tid, gettid());
	run_to_sync(r->w->vcpu[0]);
	return NULL;
}

static u64 passes(struct world *w)
{
	return READ_ONCE(work_of(w, 0)->passes);
}

/* Until each page was written once more, or @count times. */
static void await_passes(struct world *w, unsigned int count)
{
	u64 until = passes(w) + count + 1;

	while (passes(w) < until)
		usleep(200);
}

static void start_runner(struct runner *r, struct world *w)
{
	*work_of(w, 0) = (struct work){ .pages = w->pages, .stride = 1, .loop = 1 };
	*r = (struct runner){ .w = w };
	pin_to(pthread_self(), 0);
	kvm_pthread_create(&r->thread, NULL, runner_thread, r);
	await_passes(w, 1);
}

static void stop_runner(struct runner *r)
{
	WRITE_ONCE(work_of(r->w, 0)->stop, 1);
	kvm_pthread_join(r->thread, NULL);
}

/* How often the runner's thread gave its CPU away. */
static u64 switches(struct runner *r)
{
	char path[64], line[128];
	u64 sum = 0, count;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", READ_ONCE(r->tid));
	file = fopen(path, "r");
	TEST_ASSERT(file, "cannot open %s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &count) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %lu", &count) == 1)
			sum += count;
	fclose(file);
	return sum;
}

struct observed {
	struct hdbss_stats hdbss;
	u64 exits;
	u64 reported;
	u64 switches;
};

/* What it costs a vCPU that is running all the time to make all pages dirty again. */
static struct observed observe(struct runner *r)
{
	struct world *w = r->w;
	u64 exits = vcpu_get_stat(w->vcpu[0], exits), switched = switches(r);
	struct hdbss_stats hdbss = hdbss_stats(w->vm);
	struct observed o;

	sync_log(w);
	await_passes(w, 1);
	o.reported = sync_log(w);
	o.hdbss = hdbss_since(w->vm, hdbss);
	o.exits = vcpu_get_stat(w->vcpu[0], exits) - exits;
	o.switches = switches(r) - switched;
	return o;
}

static bool tell(const struct observed *o)
{
	ksft_print_msg("%lu entries, %lu exits, %lu pages reported, %lu switches of the thread\n",
		       o->hdbss.entries, o->exits, o->reported, o->switches);
	return false;
}

/*
 * All pages are logged by hardware. A sync makes the vCPU leave the guest and does not wait until
 * it has drained: as much as a buffer holds may not be counted and reported yet.
 */
static bool logs_by_hardware(const struct world *w, const struct observed *o)
{
	u64 pending = hdbss_capacity(ORDER);
	bool good = o->hdbss.entries + pending >= w->pages && o->reported + pending >= w->pages &&
		    few(o->exits, w->pages);

	return good || tell(o);
}

static bool logs_by_faults(const struct world *w, const struct observed *o)
{
	bool good = !o->hdbss.entries && o->exits >= w->pages && o->reported == w->pages;

	return good || tell(o);
}

static bool switch_on_under(struct runner *r)
{
	struct observed o;

	hdbss_on(r->w->vm, ORDER);
	/* What was clean before faults once. */
	observe(r);
	o = observe(r);
	return logs_by_hardware(r->w, &o);
}

static bool switch_off_under(struct runner *r)
{
	struct observed o;

	hdbss_off(r->w->vm);
	o = observe(r);
	return logs_by_faults(r->w, &o);
}

/* The vCPU's thread must not have left its CPU since HDBSS was switched. */
static bool takes_effect_at_once(bool on)
{
	bool good = false, seen = false;

	for (int try = 0; try < TRIES && !seen; try++) {
		struct runner runner;
		struct world w;
		u64 before;

		/* Faults are slow, and time lets other threads come. */
		make_world(&w, on ? PAGES : PAGES / 8, 1);
		log_pages(&w, true);
		if (!on)
			hdbss_on(w.vm, ORDER);
		start_runner(&runner, &w);
		before = switches(&runner);
		good = on ? switch_on_under(&runner) : switch_off_under(&runner);
		seen = switches(&runner) == before;
		stop_runner(&runner);
		free_world(&w);
	}
	if (!seen)
		ksft_print_msg("the vCPU's thread was preempted in each of %d tries\n", TRIES);
	return good && seen;
}

/* Many times on and off while the vCPU runs; then it logs as after the first time. */
static bool survives_switching(void)
{
	struct observed o;
	struct runner runner;
	struct world w;
	bool good;

	make_world(&w, PAGES, 1);
	log_pages(&w, true);
	start_runner(&runner, &w);
	for (unsigned int i = 0; i < 200; i++) {
		hdbss_on(w.vm, i % (HDBSS_MAX_ORDER + 1));
		if (i % 3)
			sync_log(&w);
		hdbss_off(w.vm);
	}
	hdbss_on(w.vm, ORDER);
	observe(&runner);
	o = observe(&runner);
	good = logs_by_hardware(&w, &o);
	stop_runner(&runner);
	free_world(&w);
	return good;
}

/*
 * The first quarter was mapped by reads while HDBSS was off, so that each of its pages faults
 * once, and the vCPU flushes its own TLB; the rest must be logged by hardware all the same.
 */
static bool own_flush_leaves_it_on(void)
{
	const u64 faulting = PAGES / 4;
	struct cost cost;
	struct world w;
	bool good;

	make_world(&w, PAGES, 1);
	hdbss_on(w.vm, ORDER);
	log_pages(&w, true);
	run_pass(&w, 0, (struct work){ .first = faulting, .pages = PAGES - faulting });
	hdbss_off(w.vm);
	run_pass(&w, 0, (struct work){ .pages = faulting, .reads = 1 });
	hdbss_on(w.vm, ORDER);
	sync_log(&w);
	cost = write_all(&w, 0);
	good = cost.exits >= faulting && cost.exits <= faulting + PAGES / 10 &&
	       cost.hdbss.entries == PAGES - faulting && sync_log(&w) == PAGES;
	if (!good)
		ksft_print_msg("%lu entries, %lu exits\n", cost.hdbss.entries, cost.exits);
	free_world(&w);
	return good;
}

/* The vCPU of the second VM is loaded, and flushes its TLB, where the first one's was. */
static bool another_vm_is_not_concerned(void)
{
	struct world on, off;
	bool good = true;

	pin_to(pthread_self(), 0);
	make_world(&on, PAGES, 1);
	make_world(&off, PAGES, 1);
	hdbss_on(on.vm, ORDER);
	make_clean(&on);
	make_clean(&off);
	for (int round = 0; round < 3 && good; round++) {
		struct cost by_hardware = write_all(&on, 0), by_faults = write_all(&off, 0);

		good = by_hardware.hdbss.entries == PAGES && few(by_hardware.exits, PAGES) &&
		       !by_faults.hdbss.entries && by_faults.exits >= PAGES &&
		       sync_log(&on) == PAGES && sync_log(&off) == PAGES;
	}
	free_world(&on);
	free_world(&off);
	return good;
}

static bool later_vcpu_has_a_buffer(void)
{
	struct cost cost;
	struct world w;
	bool good;

	make_world(&w, PAGES, 1);
	hdbss_on(w.vm, ORDER);
	make_clean(&w);
	add_vcpu(&w, 1);
	cost = write_all(&w, 1);
	good = cost.hdbss.entries == PAGES && few(cost.exits, PAGES) && sync_log(&w) == PAGES;
	if (!good)
		ksft_print_msg("%lu entries, %lu exits\n", cost.hdbss.entries, cost.exits);
	free_world(&w);
	return good;
}

/* Before there is a vCPU at all, and then off and on with another order. */
static bool early_switch_holds(void)
{
	struct cost cost;
	struct world w;
	bool good;

	make_world(&w, PAGES, 0);
	hdbss_on(w.vm, 3);
	hdbss_off(w.vm);
	hdbss_on(w.vm, ORDER);
	add_vcpu(&w, 0);
	make_clean(&w);
	cost = write_all(&w, 0);
	good = cost.hdbss.entries == PAGES && cost.hdbss.full && sync_log(&w) == PAGES;
	free_world(&w);
	return good;
}

/* VTCR_EL2.HA belongs to KVM, on or off: pages that are old become young without a fault. */
static bool access_flag_stays_with_hardware(bool on)
{
	struct cost cost;
	struct world w;
	bool good;

	make_world(&w, PAGES, 1);
	log_pages(&w, true);
	hdbss_on(w.vm, ORDER);
	write_all(&w, 0);
	if (!on)
		hdbss_off(w.vm);
	make_old(w.mem, PAGES);
	cost = run_pass(&w, 0, (struct work){ .pages = PAGES, .reads = 1 });
	good = few(cost.exits, PAGES);
	if (!good)
		ksft_print_msg("%lu exits\n", cost.exits);
	free_world(&w);
	return good;
}

/* Old pages that are dirty stay so, and such that are clean are still logged. */
static bool aging_loses_nothing(void)
{
	struct cost cost;
	struct world w;
	bool good;

	make_world(&w, PAGES, 1);
	hdbss_on(w.vm, ORDER);
	make_clean(&w);
	make_old(w.mem, PAGES);
	cost = write_all(&w, 0);
	make_old(w.mem, PAGES);
	good = cost.hdbss.entries == PAGES && few(cost.exits, PAGES) && sync_log(&w) == PAGES;
	cost = write_all(&w, 0);
	good = good && cost.hdbss.entries == PAGES && sync_log(&w) == PAGES;
	free_world(&w);
	return good;
}

int main(void)
{
	hdbss_start(10);
	ksft_test_result(takes_effect_at_once(true),
			 "hdbss: switched on, it takes effect in a running vCPU\n");
	ksft_test_result(takes_effect_at_once(false),
			 "hdbss: switched off, it takes effect in a running vCPU\n");
	ksft_test_result(survives_switching(),
			 "hdbss: switched 200 times under a running vCPU, it logs all pages\n");
	ksft_test_result(own_flush_leaves_it_on(),
			 "hdbss: a vCPU that flushes its TLB goes on logging by hardware\n");
	ksft_test_result(another_vm_is_not_concerned(),
			 "hdbss: another VM on the same CPU is not concerned\n");
	ksft_test_result(later_vcpu_has_a_buffer(),
			 "hdbss: a vCPU that is made later has a buffer\n");
	ksft_test_result(early_switch_holds(),
			 "hdbss: switched before there is a vCPU, it holds for the first one\n");
	ksft_test_result(access_flag_stays_with_hardware(true),
			 "hdbss: the access flag is hardware's when it is on\n");
	ksft_test_result(access_flag_stays_with_hardware(false),
			 "hdbss: the access flag is hardware's when it was switched off\n");
	ksft_test_result(aging_loses_nothing(), "hdbss: pages that age are logged as before\n");
	ksft_finished();
}
