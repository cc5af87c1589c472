/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a migration does, with everything that can get into its way: while vCPUs scribble over
 * guest memory, the pages that the dirty log reports are copied to a destination; when the vCPUs
 * stand still and the last pages are copied, the destination must be the memory, byte for byte.
 * That is all of the judgement; it knows nothing of how pages come into the log.
 */
#ifndef KVMFEAT_TESTS_HDBSS_MIGRATE_H
#define KVMFEAT_TESTS_HDBSS_MIGRATE_H

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "scribble.h"

enum protocol {
	GET, /* reports, and protects what it reports */
	CLEAR, /* GET reports; CLEAR_DIRTY_LOG, a part at a time, protects */
	CLEAR_ALL, /* the same, and to begin with all pages are reported */
};

struct migration;

struct mover_vcpu {
	struct migration *migration;
	struct kvm_vcpu *vcpu;
	struct scribble *scribble;
	pthread_t thread;
	sem_t go;
	sem_t parked;
	bool halt;
	bool quit;
};

struct migration {
	struct kvm_vm *vm;
	struct mover_vcpu vcpus[MAX_VCPUS];
	unsigned int vcpu_count;
	enum protocol protocol;
	u64 random;
	u64 pages;
	char *source;
	char *destination;
	unsigned long *bitmap;
	/* HDBSS as it was last switched; another thread may do so. */
	bool on;
	unsigned int order;
	pthread_t switcher;
	u64 switcher_random;
	bool switching;
	bool unsteady; /* it may go off by itself */
	char history[256]; /* a letter a step */
};

/* 0 … @limit - 1 */
static inline u64 pick(struct migration *m, u64 limit)
{
	return (next_random(&m->random) >> 8) % limit;
}

static inline bool chance(struct migration *m, unsigned int percent)
{
	return pick(m, 100) < percent;
}

static inline void note(struct migration *m, char what)
{
	size_t length = strlen(m->history);

	if (length < sizeof(m->history) - 1)
		m->history[length] = what;
}

/* A signal, which may come late, must not wake anybody. */
static inline void await(sem_t *sem)
{
	while (sem_wait(sem))
		TEST_ASSERT(errno == EINTR, "sem_wait: %s", strerror(errno));
}

/* Into the kernel again, unless the host wants it to stay away. */
static bool run_mover(struct mover_vcpu *v)
{
	if (__vcpu_run(v->vcpu))
		TEST_ASSERT(errno == EINTR, "KVM_RUN fails: %s", strerror(errno));
	else
		TEST_ASSERT(get_ucall(v->vcpu, NULL) == UCALL_SYNC, "The guest ends with %s",
			    exit_reason_str(v->vcpu->run->exit_reason));
	return !READ_ONCE(v->halt);
}

static inline void schedule_as(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	TEST_ASSERT(!sched_setscheduler(0, policy, &param), "sched_setscheduler: %s",
		    strerror(errno));
}

static void *mover_thread(void *data)
{
	struct mover_vcpu *v = data;

	schedule_as(SCHED_OTHER, 0);
	for (;;) {
		await(&v->go);
		if (v->quit)
			return NULL;
		while (run_mover(v))
			;
		sem_post(&v->parked);
	}
}

/* A signal does nothing but end KVM_RUN. */
static void on_signal(int number)
{
}

static inline void release_vcpu(struct migration *m, struct mover_vcpu *v)
{
	WRITE_ONCE(v->halt, false);
	WRITE_ONCE(v->scribble->stop, 0);
	v->vcpu->run->immediate_exit = 0;
	v->scribble->pause = chance(m, 50) ? 0 : pick(m, 2000);
	sem_post(&v->go);
}

static inline void release_vcpus(struct migration *m)
{
	for (unsigned int i = 0; i < m->vcpu_count; i++)
		release_vcpu(m, &m->vcpus[i]);
}

/* In the midst of what the guest does, or where it is done with a store. */
static inline void park_vcpus(struct migration *m)
{
	for (unsigned int i = 0; i < m->vcpu_count; i++) {
		struct mover_vcpu *v = &m->vcpus[i];

		WRITE_ONCE(v->halt, true);
		if (chance(m, 50)) {
			WRITE_ONCE(v->scribble->stop, 1);
		} else {
			WRITE_ONCE(v->vcpu->run->immediate_exit, 1);
			pthread_kill(v->thread, SIGUSR1);
		}
	}
	for (unsigned int i = 0; i < m->vcpu_count; i++)
		await(&m->vcpus[i].parked);
}

static inline struct mover_vcpu *add_mover(struct migration *m)
{
	unsigned int index = m->vcpu_count++;
	struct mover_vcpu *v = &m->vcpus[index];

	v->migration = m;
	v->vcpu = vm_vcpu_add(m->vm, index, guest_scribble);
	vcpu_args_set(v->vcpu, 1, (u64)index);
	v->scribble = (struct scribble *)addr_gva2hva(m->vm, (gva_t)scribbles) + index;
	*v->scribble = (struct scribble){
		.random = next_random(&m->random),
		.pages = m->pages,
	};
	TEST_ASSERT(!sem_init(&v->go, 0, 0) && !sem_init(&v->parked, 0, 0), "no semaphore");
	kvm_pthread_create(&v->thread, NULL, mover_thread, v);
	return v;
}

static inline void open_migration(struct migration *m, enum protocol protocol,
				  enum vm_mem_backing_src_type backing, u64 seed)
{
	struct sigaction action = { .sa_handler = on_signal };
	u64 manual = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;

	/* So many vCPUs leave the host no time; it takes it, and preempts them. */
	schedule_as(SCHED_FIFO, 1);
	*m = (struct migration){ .protocol = protocol, .random = seed ?: 1 };
	m->pages =
		backing == VM_MEM_SRC_ANONYMOUS ? 64 * (1 + pick(m, 12)) : 512 * (1 + pick(m, 3));
	sigaction(SIGUSR1, &action, NULL);
	test_disable_default_vgic();
	m->vm = __vm_create(VM_SHAPE_DEFAULT, MAX_VCPUS, 0);
	if (protocol == CLEAR_ALL)
		manual |= KVM_DIRTY_LOG_INITIALLY_SET;
	if (protocol != GET)
		vm_enable_cap(m->vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, manual);
	vm_userspace_mem_region_add(m->vm, backing, MEM_GPA, MEM_SLOT, m->pages, 0);
	virt_map(m->vm, MEM_GPA, MEM_GPA, m->pages);
	m->source = addr_gpa2hva(m->vm, MEM_GPA);
	memset(m->source, 0, m->pages * SZ_4K);
	m->destination = malloc(m->pages * SZ_4K);
	m->bitmap = bitmap_zalloc(m->pages);
	TEST_ASSERT(m->destination && m->bitmap, "no memory");
	add_mover(m);
}

static inline void close_migration(struct migration *m)
{
	for (unsigned int i = 0; i < m->vcpu_count; i++) {
		m->vcpus[i].quit = true;
		sem_post(&m->vcpus[i].go);
		kvm_pthread_join(m->vcpus[i].thread, NULL);
	}
	free(m->destination);
	free(m->bitmap);
	kvm_vm_free(m->vm);
}

static inline void copy_pages(struct migration *m, u64 first, u64 pages)
{
	for (u64 i = first; i < first + pages; i++)
		if (test_bit(i, m->bitmap))
			memcpy(m->destination + i * SZ_4K, m->source + i * SZ_4K, SZ_4K);
}

/* What is not cleared stays reported, and need not be copied now. */
static inline void clear_and_copy(struct migration *m, bool all)
{
	u64 step = all ? m->pages : 64 * (1 + pick(m, m->pages / 64));

	for (u64 first = 0; first < m->pages; first += step) {
		u64 pages = min(step, m->pages - first);

		if (!all && chance(m, 20))
			continue;
		kvm_vm_clear_dirty_log(m->vm, MEM_SLOT, m->bitmap + first / 64, first, pages);
		copy_pages(m, first, pages);
	}
}

/* Pages are copied after they were protected: what is written later is reported again. */
static inline void move_dirty_pages(struct migration *m, bool all)
{
	kvm_vm_get_dirty_log(m->vm, MEM_SLOT, m->bitmap);
	if (m->protocol == GET)
		copy_pages(m, 0, m->pages);
	else
		clear_and_copy(m, all);
}

static inline void start_log(struct migration *m)
{
	vm_mem_region_set_flags(m->vm, MEM_SLOT, KVM_MEM_LOG_DIRTY_PAGES);
	/* What is not reported must not be there by chance. */
	if (m->protocol == CLEAR_ALL)
		memset(m->destination, 0xa5, m->pages * SZ_4K);
	else
		memcpy(m->destination, m->source, m->pages * SZ_4K);
}

static inline void tell_lost(struct migration *m, u64 page)
{
	const u64 *sent = (u64 *)(m->source + page * SZ_4K);
	const u64 *arrived = (u64 *)(m->destination + page * SZ_4K);
	unsigned int i = 0;

	while (sent[i] == arrived[i])
		i++;
	ksft_print_msg("page %lu of %lu is lost after %s: 0x%lx at 0x%lx arrives as 0x%lx\n", page,
		       m->pages, m->history, sent[i], i * sizeof(u64), arrived[i]);
}

/* The number of pages that are lost, after the last ones were moved; of the first more is told. */
static inline u64 lost_pages(struct migration *m)
{
	u64 lost = 0;

	for (u64 i = 0; i < m->pages; i++) {
		if (!memcmp(m->source + i * SZ_4K, m->destination + i * SZ_4K, SZ_4K))
			continue;
		if (!lost++)
			tell_lost(m, i);
	}
	return lost;
}

#endif
