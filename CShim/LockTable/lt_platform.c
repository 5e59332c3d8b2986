/*
 * The part of the seam that keeps state. All mutable state that the tables of a process share is in
 * this file: the allocator, the timer, membarrier's registration, how long a pause takes, the
 * buckets at which threads sleep for stripe locks, the number of cores, the serial numbers and the
 * hook for joining waits. Only what each thread says of itself is elsewhere: lt_caller.c.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#define _GNU_SOURCE
#include "lt_platform.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/membarrier.h>
#include <sys/syscall.h>
#endif

#include "CLockTable.h"
#include "lt_bucket.h"
#include "lt_timer_state.h"

static void *
system_allocate(size_t size)
{

	return malloc(size);
}

static void
system_deallocate(void *block, size_t size)
{

	(void)size;
	free(block);
}

static lt_allocator_t allocator = { system_allocate, system_deallocate };

void
lt_set_allocator(const lt_allocator_t *replacement)
{
	const lt_allocator_t standard = { system_allocate, system_deallocate };

	allocator = replacement != NULL ? *replacement : standard;
}

void *
lt_allocate(size_t size)
{

	void *block;

	lt_tsan_begin_ignoring_accesses();
	block = allocator.allocate(size);
	lt_tsan_end_ignoring_accesses();
	return block;
}

void *
lt_allocate_zeroed(size_t size)
{
	void *block = lt_allocate(size);

	lt_tsan_begin_ignoring_accesses();
	if (block != NULL)
		memset(block, 0, size);
	lt_tsan_end_ignoring_accesses();
	return block;
}

void *
lt_allocate_untouched(size_t size)
{
	void *block;

	if (allocator.allocate != system_allocate)
		return lt_allocate_zeroed(size);
	lt_tsan_begin_ignoring_accesses();
	block = calloc(1, size);
	lt_tsan_end_ignoring_accesses();
	return block;
}

void
lt_deallocate(void *block, size_t size)
{

	lt_tsan_begin_ignoring_accesses();
	allocator.deallocate(block, size);
	lt_tsan_end_ignoring_accesses();
}

static struct lt_timer timer = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t timer_once = PTHREAD_ONCE_INIT;

/*
 * Around fork(). The parent holds the timer's mutex, and the timer's thread holds no stripe's lock,
 * so that the child finds no half-made change. The child has no such thread, but the conditions may
 * still count it as a waiter, so the child makes new ones.
 */
static void
before_fork(void)
{

	(void)pthread_mutex_lock(&timer.mutex);
	if (timer.await_rest != NULL)
		timer.await_rest(&timer);
}

static void
after_fork(void)
{

	(void)pthread_mutex_unlock(&timer.mutex);
}

static void
after_fork_in_child(void)
{

	lt_condition_init(&timer.earlier);
	lt_condition_init(&timer.at_rest);
	if (timer.forget != NULL)
		timer.forget(&timer);
	(void)pthread_mutex_unlock(&timer.mutex);
}

static void
init_timer(void)
{

	lt_condition_init(&timer.earlier);
	lt_condition_init(&timer.at_rest);
	(void)pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

struct lt_timer *
lt_timer_of_process(void)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_once(&timer_once, init_timer);
	lt_tsan_end_ignoring_all();
	return &timer;
}

/*
 * The heavy fence is Linux's membarrier(). A process registers for it once, and a child of fork()
 * inherits the registration. If the system refuses it, new tables have no fast holds.
 */
#if defined(__linux__)
static bool barrier_exists;
static pthread_once_t barrier_once = PTHREAD_ONCE_INIT;

static void
register_barrier(void)
{

	barrier_exists =
	    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

bool
lt_heavy_fence_exists(void)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_once(&barrier_once, register_barrier);
	lt_tsan_end_ignoring_all();
	return lt_load_relaxed(&barrier_exists);
}

/* ENOMEM is temporary, EPERM is permanent. After either, new tables have no fast holds. */
bool
lt_heavy_fence(void)
{

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
		return true;
	lt_store_relaxed(&barrier_exists, false);
	return false;
}
#endif

void
lt_yield(void)
{

	(void)sched_yield();
}

/* --- spinning ------------------------------------------------------------------------------ */

/* Pauses in a nanosecond, in units of 1/65536. 0: not measured yet, or no thread may spin. */
static uint32_t pause_rate;
/*
 * The fewest pauses of a spin: 0 on one core, where the thread that would end the wait does not run
 * during the spin.
 */
static uint32_t fewest_pauses = 1;
static pthread_once_t pause_once = PTHREAD_ONCE_INIT;

static void
measure_pause(void)
{

	if (lt_usable_cores() == 1)
		lt_store_relaxed(&fewest_pauses, 0);
	else
		lt_store_relaxed(&pause_rate, lt_measured_pause_rate());
}

void
lt_measure_pause(void)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_once(&pause_once, measure_pause);
	lt_tsan_end_ignoring_all();
}

uint32_t
lt_pauses_in_ns(uint32_t nanoseconds)
{
	const uint64_t pauses = (uint64_t)nanoseconds * lt_load_relaxed(&pause_rate) >> 16;

	return pauses > 0 ? (uint32_t)pauses : lt_load_relaxed(&fewest_pauses);
}

/* --- sleeping at an address: lt_sleep.c ------------------------------------------------------ */

static struct lt_bucket buckets[LT_BUCKETS];

#ifndef LT_PARK_FUTEX

static pthread_once_t buckets_once = PTHREAD_ONCE_INIT;

static void
init_buckets(void)
{

	for (size_t i = 0; i < LT_BUCKETS; i++) {
		lt_mutex_init(&buckets[i].mutex);
		lt_condition_init(&buckets[i].condition);
	}
}

/* In a child of fork(), a thread that does not exist there may have locked a mutex. */
static void
make_buckets(void)
{

	init_buckets();
	(void)pthread_atfork(NULL, NULL, init_buckets);
}

#endif

struct lt_bucket *
lt_bucket_of(const void *address)
{

#ifndef LT_PARK_FUTEX
	(void)pthread_once(&buckets_once, make_buckets);
#endif
	return &buckets[lt_mix_address(address) >> 58];
}

#define SERIALS_OF_THREAD	1024u

static uint64_t serials;
static _Thread_local uint64_t last_serial;

uint64_t
lt_next_serial(void)
{

	/* Block k has the numbers from k * 1024 + 1 to (k + 1) * 1024. The first block is 1. */
	if (lt_unlikely(++last_serial % SERIALS_OF_THREAD == 1))
		last_serial = lt_increment_64_relaxed(&serials) * SERIALS_OF_THREAD + 1;
	return last_serial;
}

static void (*join_hook)(void);

void
lt_set_join_hook(void (*joined)(void))
{

	lt_store_release(&join_hook, joined);
}

/*
 * The caller has joined in a locked section. A thread that has set the hook, and then counts the
 * waiters under that lock, either sees this one or is seen here.
 */
void
lt_note_join(void)
{
	void (*joined)(void) = lt_load_acquire(&join_hook);

	if (lt_unlikely(joined != NULL))
		joined();
}

static uint32_t usable_cores;
static pthread_once_t cores_once = PTHREAD_ONCE_INIT;

static void
count_cores(void)
{

	usable_cores = lt_count_usable_cores();
}

uint32_t
lt_usable_cores(void)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_once(&cores_once, count_cores);
	lt_tsan_end_ignoring_all();
	return usable_cores;
}

LT_END

#endif /* LT_SUPPORTED */
