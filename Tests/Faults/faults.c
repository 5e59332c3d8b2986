#define _GNU_SOURCE
#include "faults.h"
#include "signal_storm.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS		INT64_C(1000000)
#define SECOND		INT64_C(1000000000)
#define HOUR		(3600 * SECOND)
/* A sleeping thread does not learn that the clock has jumped: it wakes this often to look. */
#define SLICE		(5 * MS)

#define load(p)		__atomic_load_n((p), __ATOMIC_SEQ_CST)
#define store(p, v)	__atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define add(p, v)	__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)

const char *const fault_names[FAULTS] = { "no fault", "spurious wake-ups", "interruptions",
	"delays", "a clock that leaps", "a clock that halts", "a clock that stumbles",
	"no membarrier" };

long __real_syscall(long, ...);
int __real_clock_gettime(clockid_t, struct timespec *);
int __real_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __real_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

long __wrap_syscall(long, ...);
int __wrap_clock_gettime(clockid_t, struct timespec *);
int __wrap_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __wrap_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static enum fault current;
static uint64_t seed, made;
static int64_t leapt;		/* What the clock is ahead of the machine's. */
static int64_t halted_at, halted_until;		/* In the machine's time. */
static bool idleness_ends;

/* --- chance -------------------------------------------------------------------------- */

static uint64_t
random_below(uint64_t limit)
{
	static _Thread_local uint64_t state;

	if (state == 0)
		state = add(&seed, UINT64_C(0x9e3779b97f4a7c15)) | 1;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % limit;
}

/* Is it time for the fault, as one time in so many? */
static bool
strikes(enum fault fault, uint64_t one_in)
{

	if (load(&current) != fault || random_below(one_in) != 0)
		return false;
	(void)add(&made, 1);
	return true;
}

/* --- the clock ----------------------------------------------------------------------- */

static int64_t
nanoseconds(const struct timespec *at)
{

	return (int64_t)at->tv_sec * SECOND + at->tv_nsec;
}

static int64_t
machine_now(void)
{
	struct timespec at;

	(void)__real_clock_gettime(CLOCK_MONOTONIC, &at);
	return nanoseconds(&at);
}

/* For up to 3 ms at a time, and then it is where it would be. */
static int64_t
halt(int64_t now)
{

	if (now >= load(&halted_until)) {
		if (!strikes(HALTING, 50))
			return now;
		store(&halted_at, now);
		store(&halted_until, now + 1 + (int64_t)random_below(3 * MS));
	}
	return load(&halted_at) < now ? load(&halted_at) : now;
}

/* What the core takes for the time. */
static int64_t
core_now(void)
{
	int64_t now = machine_now();

	if (strikes(LEAPING, 400))
		(void)add(&leapt, (int64_t)(random_below(4) == 0 ? random_below(5 * HOUR) :
		    random_below(20 * MS)));
	if (strikes(STUMBLING, 10))
		now -= (int64_t)random_below(MS);
	if (load(&current) == HALTING)
		now = halt(now);
	return now + load(&leapt);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *at)
{
	int64_t now;

	if (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE)
		return __real_clock_gettime(clock, at);
	now = core_now();
	at->tv_sec = (time_t)(now / SECOND);
	at->tv_nsec = (long)(now % SECOND);
	return 0;
}

/*
 * Until when to sleep, in the machine's time, for a thread that sleeps until a moment of the
 * core's. True: that is before the moment, as the clock may jump meanwhile.
 */
static bool
slice(const struct timespec *until, struct timespec *machines)
{
	const int64_t ahead = load(&leapt), now = machine_now();
	int64_t at;

	*machines = *until;
	if (until->tv_sec < INT32_MAX) {
		at = nanoseconds(until) - ahead;
		if (at < 1)
			at = 1;
	} else {
		at = INT64_MAX;
	}
	if (load(&current) != LEAPING || at <= now + SLICE) {
		if (ahead != 0 && at != INT64_MAX)
			*machines = (struct timespec){ at / SECOND, at % SECOND };
		return false;
	}
	at = now + SLICE;
	*machines = (struct timespec){ at / SECOND, at % SECOND };
	return true;
}

/* --- the futex ------------------------------------------------------------------------ */

static void
dawdle(void)
{

	for (uint64_t times = random_below(4); times > 0; times--)
		(void)sched_yield();
	/* No cancellation point, as what it delays is none. */
	if (random_below(16) == 0) {
		int before;

		(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
		(void)usleep((useconds_t)random_below(300));
		(void)pthread_setcancelstate(before, &before);
	}
}

static long
fail(int error)
{

	errno = error;
	return -1;
}

static long
futex_wait(uint32_t *word, int operation, uint32_t expected, const struct timespec *until,
    uint32_t mask)
{
	struct timespec machines;
	bool is_slice = false;
	long result;
	int error;

	if (strikes(SPURIOUS, 3))
		return 0;
	if (strikes(INTERRUPTED, 3))
		return fail(random_below(2) == 0 ? EINTR : EAGAIN);
	if (until != NULL)
		is_slice = slice(until, &machines);
	result = __real_syscall(SYS_futex, word, operation, expected, until != NULL ? &machines : NULL,
	    NULL, mask);
	error = errno;
	if (strikes(DELAYED, 2))
		dawdle();
	if (is_slice && result != 0 && error == ETIMEDOUT)
		error = EINTR;
	errno = error;
	return result;
}

/* How many arguments the core passes: whoever reads more reads what is not the call's. */
static int
arguments_of(long number)
{

	switch (number) {
	case SYS_futex:
		return 6;
	case SYS_membarrier:
		return 3;
	case SYS_sched_getparam:
		return 2;
	case SYS_sched_getscheduler:
		return 1;
	default:
		(void)fprintf(stderr, "the machine does not know the system call %ld\n", number);
		abort();
	}
}

long
__wrap_syscall(long number, ...)
{
	const int passed = arguments_of(number);
	long a[6] = { 0 };
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < passed; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_futex && ((int)a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET)
		return futex_wait((uint32_t *)a[0], (int)a[1], (uint32_t)a[2],
		    (const struct timespec *)a[3], (uint32_t)a[5]);
	if (number == SYS_futex && strikes(DELAYED, 2))
		dawdle();
	if (number == SYS_membarrier && a[0] == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED &&
	    strikes(REFUSING, 1)) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- conditions ------------------------------------------------------------------------ */

/* A wait that is over at once; another thread may get the mutex in between. */
static void
hardly_wait(pthread_mutex_t *mutex)
{

	(void)pthread_mutex_unlock(mutex);
	(void)sched_yield();
	(void)pthread_mutex_lock(mutex);
}

static bool
wakes_for_nothing(pthread_mutex_t *mutex)
{

	if (!strikes(SPURIOUS, 3) && !strikes(INTERRUPTED, 3))
		return false;
	hardly_wait(mutex);
	return true;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	int result;

	if (wakes_for_nothing(mutex))
		return 0;
	result = __real_pthread_cond_wait(condition, mutex);
	if (strikes(DELAYED, 2))
		dawdle();
	return result;
}

int
__wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	struct timespec machines;
	bool is_slice;
	int result;

	if (load(&idleness_ends)) {
		hardly_wait(mutex);
		return ETIMEDOUT;
	}
	if (wakes_for_nothing(mutex))
		return 0;
	is_slice = slice(until, &machines);
	result = __real_pthread_cond_timedwait(condition, mutex, &machines);
	if (strikes(DELAYED, 2))
		dawdle();
	return is_slice && result == ETIMEDOUT ? 0 : result;
}

void
faults_end_idleness(bool ends)
{

	store(&idleness_ends, ends);
}

/* --- all of them ------------------------------------------------------------------------ */

static bool
is_interrupting(void)
{

	return load(&current) == INTERRUPTED;
}

static void
start_signal_storm(void)
{

	signal_storm_start(is_interrupting);
}

void
faults_set(enum fault fault, uint64_t first)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, start_signal_storm);
	store(&seed, first);
	store(&made, 0);
	store(&halted_until, 0);
	store(&current, fault);
}

uint64_t
faults_made(void)
{

	return load(&made);
}
