/*
 * The rest of the seam: memory, clock, randomness, traps. All mutable state that
 * the tables of a process share is in this file: the allocator, membarrier's registration, the
 * number of cores, and the timer.
 */
#define _GNU_SOURCE
#include "lt_platform.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif
#ifdef __linux__
#include <linux/membarrier.h>
#include <sys/syscall.h>
#endif

#include "CLockTable.h"
#include "lt_timer.h"

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

	lt_tsan_ignore_accesses();
	block = allocator.allocate(size);
	lt_tsan_heed_accesses();
	return block;
}

void *
lt_allocate_zeroed(size_t size)
{
	void *block = lt_allocate(size);

	lt_tsan_ignore_accesses();
	if (block != NULL)
		memset(block, 0, size);
	lt_tsan_heed_accesses();
	return block;
}

void
lt_deallocate(void *block, size_t size)
{

	lt_tsan_ignore_accesses();
	allocator.deallocate(block, size);
	lt_tsan_heed_accesses();
}

/*
 * CLOCK_MONOTONIC is the clock that futexes and condition variables wait by. It
 * stands still while the machine is suspended, so waits last that much longer.
 */
uint64_t
lt_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t
lt_coarse_now_ns(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#else
	return lt_now_ns();
#endif
}

uint64_t
lt_deadline_after_ns(uint64_t nanoseconds)
{
	uint64_t now = lt_now_ns();

	/* Times that the kernel's signed seconds and nanoseconds can't hold are no limit. */
	if (nanoseconds > (uint64_t)INT64_MAX - now)
		return LT_FOREVER;
	return now + nanoseconds;
}

int
lt_defer_cancellation(void)
{
	int before = 0;

#ifndef __ANDROID__	/* Which has no cancellation. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
#endif
	return before;
}

void
lt_restore_cancellation(int before)
{

#ifndef __ANDROID__
	(void)pthread_setcancelstate(before, NULL);
#else
	(void)before;
#endif
}

static struct lt_timer timer = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t timer_once = PTHREAD_ONCE_INIT;

/* A condition that waits by lt_now_ns()'s clock, where there are such. */
void
lt_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		lt_trap("the system has no memory for a condition to sleep on");
#ifndef __APPLE__
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
	if (pthread_cond_init(condition, &attributes) != 0)
		lt_trap("the system has no memory for a condition to sleep on");
	(void)pthread_condattr_destroy(&attributes);
}

/* For a deadline that is no LT_FOREVER. */
static bool
wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{
	struct timespec at;

#ifdef __APPLE__
	uint64_t now = lt_now_ns();

	deadline = deadline > now ? deadline - now : 0;
#endif
	at.tv_sec = (time_t)(deadline / 1000000000u);
	at.tv_nsec = (long)(deadline % 1000000000u);
#ifdef __APPLE__
	return pthread_cond_timedwait_relative_np(condition, mutex, &at) != ETIMEDOUT;
#else
	return pthread_cond_timedwait(condition, mutex, &at) != ETIMEDOUT;
#endif
}

bool
lt_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{
	const int cancellation = lt_defer_cancellation();
	bool in_time;

	if (deadline == LT_FOREVER)
		in_time = pthread_cond_wait(condition, mutex) == 0;
	else
		in_time = wait_until(condition, mutex, deadline);
	lt_restore_cancellation(cancellation);
	return in_time;
}

/*
 * Around fork(). The mutex, so that the child finds no half-made change, and no stripe's lock
 * in the thread's hands; and there, the thread that waited is gone, with whatever the conditions
 * knew of it.
 */
static void
before_fork(void)
{

	(void)pthread_mutex_lock(&timer.mutex);
	lt_timer_await_rest(&timer);
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
	lt_timer_forget(&timer);
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

	lt_tsan_ignore_all();
	(void)pthread_once(&timer_once, init_timer);
	lt_tsan_heed_all();
	return &timer;
}

/*
 * Linux's membarrier(), for which a process registers once: a child of fork() is what its
 * parent was. Where it is refused, nobody relies on it.
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
lt_barrier_all_exists(void)
{

	lt_tsan_ignore_all();
	(void)pthread_once(&barrier_once, register_barrier);
	lt_tsan_heed_all();
	return lt_load_relaxed(&barrier_exists);
}

/* ENOMEM for the moment, EPERM for ever: tables that are made later do without either way. */
bool
lt_barrier_all(void)
{

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
		return true;
	lt_store_relaxed(&barrier_exists, false);
	return false;
}
#else
bool
lt_barrier_all_exists(void)
{

	return false;
}

bool
lt_barrier_all(void)
{

	return false;
}
#endif

void
lt_yield(void)
{

	(void)sched_yield();
}

bool
lt_random(void *bytes, size_t length)
{

	return getentropy(bytes, length) == 0;
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

	lt_tsan_ignore_all();
	(void)pthread_once(&cores_once, count_cores);
	lt_tsan_heed_all();
	return usable_cores;
}

/* A thread that ended in here would leave a lock taken, and the mistake unnoticed. */
void
lt_trap(const char *sentence)
{

	(void)lt_defer_cancellation();
	(void)fprintf(stderr, "LockTable: %s.\n", sentence);
	(void)fflush(stderr);
	abort();
}

void
lt_identify_thread(lt_acquirer_t *who)
{

	memset(who, 0, sizeof *who);
#if defined(__linux__)
	who->id = (uint64_t)gettid();
#else
	(void)pthread_threadid_np(NULL, &who->id);
#endif
	(void)pthread_getname_np(pthread_self(), who->name, sizeof who->name);
}

LT_END
