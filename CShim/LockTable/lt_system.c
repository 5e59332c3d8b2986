/*
 * The part of the seam that keeps no state: clocks, conditions, cancellation, randomness, the
 * calling thread, and messages to the user.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#define _GNU_SOURCE
#include "lt_system.h"
#include "lt_tsan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#include <sys/syscall.h>
#endif

#include "CLockTable.h"

/*
 * Futexes and condition variables wait by CLOCK_MONOTONIC. This clock stands still while the
 * machine is suspended, so waits last that much longer.
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

	/* A time that the kernel's signed seconds and nanoseconds cannot hold is no limit. */
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

void
lt_mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;
	int error = pthread_mutexattr_init(&attributes);

	if (error == 0) {
		(void)pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
		error = pthread_mutex_init(mutex, &attributes);
		(void)pthread_mutexattr_destroy(&attributes);
	}
	/* A kernel without such locks (some emulate Linux) refuses only them. */
	if (error == ENOTSUP)
		error = pthread_mutex_init(mutex, NULL);
	if (error != 0)
		lt_trap("the system has no memory for a mutex to sleep with");
}

/* Makes the condition wait by the clock of lt_now_ns(), if the system has such conditions. */
bool
lt_condition_try_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	bool done;

	if (pthread_condattr_init(&attributes) != 0)
		return false;
#ifndef __APPLE__
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
	done = pthread_cond_init(condition, &attributes) == 0;
	(void)pthread_condattr_destroy(&attributes);
	return done;
}

void
lt_condition_init(pthread_cond_t *condition)
{

	if (!lt_condition_try_init(condition))
		lt_trap("the system has no memory for a condition to sleep on");
}

/* For a deadline other than LT_FOREVER. */
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

bool
lt_random(void *bytes, size_t length)
{

	return getentropy(bytes, length) == 0;
}

void
lt_warn(const char *sentence)
{
	const int cancellation = lt_defer_cancellation();

	(void)fprintf(stderr, "LockTable: %s.\n", sentence);
	lt_restore_cancellation(cancellation);
}

/* If the thread were cancelled in here, a lock would stay taken, and the mistake unnoticed. */
void
lt_trap(const char *sentence)
{

	(void)lt_defer_cancellation();
	(void)fprintf(stderr, "LockTable: %s.\n", sentence);
	(void)fflush(stderr);
	abort();
}

uint64_t
lt_system_thread_id(void)
{
	uint64_t id = 0;

#if defined(__linux__)
	id = (uint64_t)gettid();
#else
	(void)pthread_threadid_np(NULL, &id);
#endif
	return id;
}

#ifdef __linux__
/* The kernel's name for the thread, as a line of text. Returns its length, or -1. */
static ssize_t
read_name(uint64_t id, char *name, size_t size)
{
	char path[sizeof "/proc/self/task/18446744073709551615/comm"];
	ssize_t length = -1;
	int file;

	(void)snprintf(path, sizeof path, "/proc/self/task/%" PRIu64 "/comm", id);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	length = read(file, name, size);
	(void)close(file);
	return length;
}

void
lt_name_thread(lt_acquirer_t *who)
{
	const int cancellation = lt_defer_cancellation(), error = errno;
	const ssize_t length = read_name(who->id, who->name, sizeof who->name - 1);

	who->name[length > 0 ? length - 1 : 0] = 0;
	errno = error;
	lt_restore_cancellation(cancellation);
}
#else
/* The system names no thread by its number; only the calling thread can tell its name. */
void
lt_name_thread(lt_acquirer_t *who)
{

	if (who->id == lt_system_thread_id())
		(void)pthread_getname_np(pthread_self(), who->name, sizeof who->name);
}
#endif

#ifdef __linux__
/* Asks the kernel itself: musl's functions refuse, and glibc's may return what they have cached. */
uint8_t
lt_real_time_priority(void)
{
	struct sched_param own = { .sched_priority = 1 };
	const long policy = syscall(SYS_sched_getscheduler, 0);

	if (policy <= 0)
		return 0;
	switch (policy & ~(long)SCHED_RESET_ON_FORK) {
	case SCHED_FIFO:
	case SCHED_RR:
		(void)syscall(SYS_sched_getparam, 0, &own);
		return (uint8_t)own.sched_priority;
	case SCHED_DEADLINE:
		return UINT8_MAX;
	default:
		return 0;
	}
}
#else
uint8_t
lt_real_time_priority(void)
{
	struct sched_param own;
	int policy;

	if (pthread_getschedparam(pthread_self(), &policy, &own) != 0 ||
	    (policy != SCHED_FIFO && policy != SCHED_RR))
		return 0;
	return (uint8_t)own.sched_priority;
}
#endif

LT_END

#endif /* LT_SUPPORTED */
