// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that the tests of this directory need, by perf of the host alone: two PMUs, each on
 * CPUs of its own, that count and whose overflow interrupts arrive, also after a CPU was away.
 *
 * Red with a CPU in the partitions of both PMUs (case 2, then the interrupts), with one in none
 * (3), with interrupts that have no partition (4), and with ones that nobody raises (6, 7).
 */
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "pmu.h"

#define CPU_CYCLES 0x11 /* the event of PMUv3 */
#define PERIOD 5000000UL /* cycles; the emulator's CPU has one each nanosecond */
#define SAMPLES 50

static void run_on(int cpu)
{
	pin_to(pthread_self(), cpu);
}

/* Counts this thread's cycles on @cpu, or with -1 wherever it is; an fd, or -errno. */
static int count_cycles(int pmu, int cpu, u64 period)
{
	struct perf_event_attr attr = {
		.type = host.pmu[pmu].type,
		.size = sizeof(attr),
		.config = CPU_CYCLES,
		.sample_period = period,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static u64 cycles_of(int fd)
{
	u64 value;

	TEST_ASSERT(read(fd, &value, sizeof(value)) == sizeof(value), "read of an event: %s",
		    strerror(errno));
	return value;
}

static bool are_disjoint(void)
{
	cpu_set_t both;

	CPU_AND(&both, &host.pmu[0].cpus, &host.pmu[1].cpus);
	return !CPU_COUNT(&both) && nth_cpu(0, 1) >= 0 && nth_cpu(1, 1) >= 0;
}

static bool cover_all_cpus(void)
{
	cpu_set_t possible, both;
	char line[256];

	TEST_ASSERT(read_line("/sys/devices/system/cpu/possible", line, sizeof(line)),
		    "cannot read which CPUs are possible");
	possible = parse_cpus(line);
	CPU_OR(&both, &host.pmu[0].cpus, &host.pmu[1].cpus);
	return CPU_EQUAL(&both, &possible);
}

static bool is_refused_elsewhere(void)
{
	bool good = true;

	for (int pmu = 0; pmu < 2; pmu++) {
		int own = count_cycles(pmu, nth_cpu(pmu, 0), 0);
		int other = count_cycles(pmu, nth_cpu(!pmu, 0), 0);

		good = good && own >= 0 && other == -ENOENT;
		close(own);
		close(other);
	}
	return good;
}

static u64 cycles_spun(int fd)
{
	u64 start = cycles_of(fd);

	for (volatile int i = 0; i < 1000000; i++)
		;
	return cycles_of(fd) - start;
}

/* An event of a thread waits while the thread is where its PMU is not. */
static bool stands_still_elsewhere(int pmu)
{
	u64 here, there, again;
	int fd;

	run_on(nth_cpu(pmu, 0));
	fd = count_cycles(pmu, -1, 0);
	TEST_ASSERT(fd >= 0, "an event of %s: %s", host.pmu[pmu].name, strerror(-fd));
	here = cycles_spun(fd);
	run_on(nth_cpu(!pmu, 0));
	there = cycles_spun(fd);
	run_on(nth_cpu(pmu, 0));
	again = cycles_spun(fd);
	close(fd);
	ksft_print_msg("%s: %lu cycles, %lu elsewhere, %lu back again\n", host.pmu[pmu].name, here,
		       there, again);
	return here && !there && again;
}

/* Overflow interrupts of each CPU; while all are online, each has its column. */
static void read_interrupts(u64 *counts)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[1024];

	TEST_ASSERT(file, "cannot open /proc/interrupts: %s", strerror(errno));
	memset(counts, 0, host.cpu_count * sizeof(*counts));
	while (fgets(line, sizeof(line), file)) {
		char *column = strchr(line, ':');

		if (!column || !strstr(line, "arm-pmu"))
			continue;
		column++;
		for (int i = 0; i < host.cpu_count; i++)
			counts[i] += strtoull(column, &column, 10);
	}
	fclose(file);
}

static u64 samples_in(const struct perf_event_mmap_page *page)
{
	const char *data = (const char *)page + page->data_offset;
	u64 head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), count = 0;

	for (u64 at = 0; at < head;) {
		const struct perf_event_header *record = (const void *)(data + at);

		count += record->type == PERF_RECORD_SAMPLE;
		at += record->size;
	}
	return count;
}

/* Spins until so many periods ended with a sample, or until it is clear that some never will. */
static u64 spin_and_sample(int pmu, u64 *ret_periods)
{
	const size_t size = 9 * getpagesize();
	struct perf_event_mmap_page *page;
	int fd = count_cycles(pmu, -1, PERIOD);
	u64 samples;

	TEST_ASSERT(fd >= 0, "an event of %s: %s", host.pmu[pmu].name, strerror(-fd));
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TEST_ASSERT(page != MAP_FAILED, "mmap of an event: %s", strerror(errno));
	do {
		samples = samples_in(page);
		*ret_periods = cycles_of(fd) / PERIOD;
	} while (samples < SAMPLES && *ret_periods < 20 * SAMPLES);
	munmap(page, size);
	close(fd);
	return samples;
}

/*
 * Each sample is an interrupt on this CPU, and no other has any. A busy machine below delivers
 * late, so that one sample may be for some periods.
 */
static bool overflows_arrive(int index)
{
	u64 before[CPU_SETSIZE], after[CPU_SETSIZE], samples, periods;
	int cpu = host.cpus[index];
	bool good;

	run_on(cpu);
	read_interrupts(before);
	samples = spin_and_sample(pmu_of_cpu(cpu), &periods);
	read_interrupts(after);
	good = samples >= SAMPLES && samples <= periods && after[index] - before[index] >= samples;
	ksft_print_msg("CPU %d: %lu periods, %lu samples, %lu interrupts\n", cpu, periods, samples,
		       after[index] - before[index]);
	for (int i = 0; i < host.cpu_count; i++)
		good = good && (i == index || after[i] == before[i]);
	return good;
}

static bool overflows_arrive_everywhere(void)
{
	bool good = true;

	for (int i = 0; i < host.cpu_count; i++)
		good = overflows_arrive(i) && good;
	return good;
}

static void set_online(int cpu, const char *value)
{
	char path[64], line[8];
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	TEST_ASSERT(fd >= 0 && write(fd, value, 1) == 1, "cannot write %s: %s", path,
		    strerror(errno));
	close(fd);
	TEST_ASSERT(read_line(path, line, sizeof(line)) && *line == *value, "%s is not %s", path,
		    value);
}

static bool comes_back(int index)
{
	run_on(host.cpus[0]);
	set_online(host.cpus[index], "0");
	set_online(host.cpus[index], "1");
	return overflows_arrive(index);
}

int main(void)
{
	ksft_print_header();
	read_host();
	ksft_set_plan(7);
	ksft_test_result(host.pmus == 2, "pmu: the host has two PMUs\n");
	if (ksft_get_fail_cnt())
		ksft_exit_fail();
	ksft_test_result(are_disjoint(), "pmu: each of two host PMUs has two CPUs of its own\n");
	ksft_test_result(cover_all_cpus(), "pmu: each CPU has one of them\n");
	if (ksft_get_fail_cnt())
		ksft_exit_fail();
	ksft_test_result(is_refused_elsewhere(),
			 "pmu: an event of one is refused on the CPUs of the other\n");
	ksft_test_result(stands_still_elsewhere(0) && stands_still_elsewhere(1),
			 "pmu: an event that follows a thread counts only on its PMU's CPUs\n");
	ksft_test_result(overflows_arrive_everywhere(),
			 "pmu: overflow interrupts arrive on each CPU\n");
	ksft_test_result(comes_back(1) && comes_back(host.cpu_count - 1),
			 "pmu: a CPU that was offline counts and interrupts again\n");
	ksft_finished();
}
