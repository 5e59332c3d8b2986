/*
 * The machine below the core, in place of lt_platform.c and of the files that it uses: sleeping,
 * the clock, and the heavy fence. Its memory is in memory.c.
 */
#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <linux/futex.h>
#include <time.h>

#include "CLockTable.h"
#include "lt_platform.h"
#include "lt_timer_state.h"

static struct lt_timer *timer;
static uint32_t *epochs;

/* At which threads sleep for stripes' locks. */
#define BUCKETS		64

void
cl_machine_reset(void)
{

	cl_memory_reset();
	epochs = cl_take(BUCKETS * LT_CACHE_LINE);
	timer = cl_take(sizeof *timer + LT_CACHE_LINE);
}

/* --- sleeping ----------------------------------------------------------------------------- */

long cl_futex(uint32_t *, int, uint32_t, const struct timespec *);

/* The kernel reads the word; what else it uses is not counted. */
long
cl_futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit)
{
	uint64_t until = UINT64_MAX;

	cl_pass(CL_CALL_NS);
	if ((operation & FUTEX_CMD_MASK) == FUTEX_WAKE) {
		cl_wake(word);
		return 0;
	}
	if (limit != NULL)
		until = (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec;
	cl_access(word, sizeof *word, false);
	if (*word != value) {
		errno = EAGAIN;
		return -1;
	}
	if (cl_sleep(word, until))
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

/* As lt_platform.c chooses one of its buckets. */
static uint32_t *
epoch_of(const void *address)
{
	const uint64_t mixed = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);

	return epochs + (mixed >> 58) * (LT_CACHE_LINE / sizeof *epochs);
}

uint32_t
lt_wake_epoch(const void *address)
{

	cl_access(epoch_of(address), sizeof *epochs, false);
	return *epoch_of(address);
}

bool
lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns)
{

	cl_pass(CL_CALL_NS);
	cl_access(epoch_of(address), sizeof *epochs, false);
	return *epoch_of(address) == epoch && cl_sleep(address, cl_clock() + limit_ns);
}

void
lt_wake_one(const void *address)
{

	cl_access(epoch_of(address), sizeof *epochs, true);
	++*epoch_of(address);
	cl_pass(CL_CALL_NS);
	cl_wake(address);
}

/* --- time and fences ---------------------------------------------------------------------- */

void cl_pause(void);

void
cl_pause(void)
{

	cl_pass(CL_PAUSE_NS);
}

uint32_t
lt_pauses_in_ns(uint32_t nanoseconds)
{

	return nanoseconds >= CL_PAUSE_NS ? nanoseconds / CL_PAUSE_NS : 1;
}

void
lt_measure_pause(void)
{
}

void
lt_yield(void)
{

	cl_pass(CL_CALL_NS);
}

uint64_t
lt_now_ns(void)
{

	cl_pass(CL_CLOCK_NS);
	return cl_clock();
}

uint64_t
lt_coarse_now_ns(void)
{

	return cl_clock();
}

uint64_t
lt_deadline_after_ns(uint64_t nanoseconds)
{

	return cl_clock() + nanoseconds;
}

bool
lt_heavy_fence_exists(void)
{

	return true;
}

bool
lt_heavy_fence(void)
{

	cl_interrupt_others();
	cl_pass(CL_FENCE_NS);
	return true;
}

/* --- what the scenarios do without -------------------------------------------------------- */

struct lt_timer *
lt_timer_of_process(void)
{

	return timer;
}

bool
lt_start_thread(const char *name, void *(*run)(void *), void *argument)
{

	(void)run;
	(void)argument;
	cl_fail("a thread is started: %s", name);
}

bool
lt_random(void *bytes, size_t length)
{

	(void)bytes;
	(void)length;
	cl_fail("a table has no seed");
}

void
lt_trap(const char *sentence)
{

	cl_fail("the core says: %s", sentence);
}

uint8_t
lt_real_time_priority(void)
{

	return 0;
}

uint32_t
lt_usable_cores(void)
{

	return (uint32_t)cl_core_count();
}

uint64_t
lt_next_serial(void)
{

	cl_fail("there are no records");
}

void
lt_identify_thread(lt_acquirer_t *who)
{

	(void)who;
}

void
lt_name_thread(lt_acquirer_t *who)
{

	(void)who;
}

void
lt_note_join(void)
{
}

const lt_call_t *
lt_this_call(void)
{
	static const lt_call_t unknown;

	return &unknown;
}

void
lt_condition_init(pthread_cond_t *condition)
{

	(void)condition;
}

bool
lt_condition_try_init(pthread_cond_t *condition)
{

	(void)condition;
	return true;
}

bool
lt_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{

	(void)condition;
	(void)mutex;
	(void)deadline;
	cl_fail("a condition is waited for");
}

void
lt_mutex_init(pthread_mutex_t *mutex)
{

	(void)mutex;
}
