/*
 * The platform below the core, in the explorer's hands: what lt_platform.c does elsewhere. Here its
 * functions are steps, memory is never used twice, and threads are fibers. Fuzzing/seam.h says why
 * the other tests have stand-ins of their own.
 */
#define _GNU_SOURCE
#include "explorer.h"

#include <string.h>

#include "CLockTable.h"
#include "lt_platform.h"
#include "lt_timer.h"

/* What a jump of the clock takes: more than the bound after which a waiter is handed its key. */
#define JUMP_NS		(2 * LT_HANDOFF_BOUND_NS)

static uint64_t now;
static uint64_t last_serial, serials_before;	/* The last that was given; of executions before. */
static struct lt_timer *timer;

int ex_allocations_left;
bool ex_has_barrier = true, ex_barrier_fails;
uint8_t ex_priorities[EX_THREADS];

void
ex_machine_reset(void)
{

	now = 1000;
	serials_before = last_serial;
	ex_sleeping_reset();
	timer = ex_allocate(sizeof *timer);
	memset(timer, 0, sizeof *timer);
	ex_allocations_left = -1;
}

/* --- the clock ---------------------------------------------------------------------- */

uint64_t
ex_now(void)
{

	return now;
}

void
ex_advance(uint64_t to)
{

	if (to > now)
		now = to;
}

uint64_t
lt_now_ns(void)
{

	ex_pc = __builtin_return_address(0);
	now += ex_choose(EX_JUMP, 2) > 0 ? JUMP_NS : 1;
	ex_note(NULL, "reads the clock: %llu", (unsigned long long)now);
	return now;
}

/* No step, as nothing depends on it. */
uint64_t
lt_coarse_now_ns(void)
{

	return now;
}

uint64_t
lt_deadline_after_ns(uint64_t nanoseconds)
{

	return nanoseconds > (uint64_t)INT64_MAX - now ? LT_FOREVER : now + nanoseconds;
}

void
lt_yield(void)
{

	ex_yield();
}

/* A pause takes no time here. */
void
lt_measure_pause(void)
{
}

uint32_t
lt_pauses_in_ns(uint32_t nanoseconds)
{

	(void)nanoseconds;
	return 1;
}

/* --- the rest ------------------------------------------------------------------------ */

struct lt_timer *
lt_timer_of_process(void)
{

	return timer;
}

/* What the process keeps, and no table. */
size_t
ex_machine_bytes(void)
{

	return sizeof *timer;
}

bool
ex_timer_is_running(void)
{

	return timer->is_running;
}

/* The core's own threads, which no program names. */
static struct started {
	void *(*run)(void *);
	void *argument;
} starts[EX_THREADS];
static int start_count;

static void
run_started(void *start)
{

	(void)((struct started *)start)->run(((struct started *)start)->argument);
}

bool
lt_start_thread(const char *name, void *(*run)(void *), void *argument)
{
	struct started *start = &starts[start_count++ % EX_THREADS];

	(void)name;
	*start = (struct started){ run, argument };
	(void)ex_spawn("the core's", run_started, start);
	return true;
}

void *
lt_allocate(size_t size)
{

	if (ex_allocations_left == 0)
		return NULL;
	ex_allocations_left -= ex_allocations_left > 0;
	return ex_allocate(size);
}

void *
lt_allocate_zeroed(size_t size)
{
	void *block = lt_allocate(size);

	if (block != NULL) {
		ex_write(block, size);
		memset(block, 0, size);
	}
	return block;
}

void *
lt_allocate_untouched(size_t size)
{

	return lt_allocate_zeroed(size);
}

void
lt_deallocate(void *block, size_t size)
{

	ex_pc = __builtin_return_address(0);
	ex_deallocate(block, size);
}

bool
lt_random(void *bytes, size_t length)
{

	memset(bytes, 1, length);
	return true;
}

bool
lt_heavy_fence_exists(void)
{

	return ex_has_barrier;
}

bool
lt_heavy_fence(void)
{

	if (!ex_has_barrier)
		ex_fail("a barrier is used that there is not");
	if (ex_barrier_fails)
		return false;
	ex_membarrier();
	return true;
}

uint32_t
lt_usable_cores(void)
{

	return 1;
}

uint8_t
lt_real_time_priority(void)
{

	return ex_priorities[ex_self()];
}

uint64_t
lt_next_serial(void)
{

	return ++last_serial;
}

/* Memory may still have what an earlier execution left there. */
bool
ex_is_serial(uint64_t serial)
{

	return serial > serials_before && serial <= last_serial;
}

void
lt_identify_thread(lt_acquirer_t *who)
{

	who->id = (uint64_t)ex_self();
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
lt_name_thread(lt_acquirer_t *who)
{

	(void)who;
}

void
lt_trap(const char *sentence)
{

	ex_fail("the core says: %s", sentence);
}

void
lt_set_allocator(const lt_allocator_t *allocator)
{

	(void)allocator;
}
