#include "seam.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Of the core's own types, only the sizes are used, and what the timer has allocated. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_suspend.h"
#include "../../CShim/LockTable/lt_timer.h"

#include "history.h"

static struct {
	uint64_t now, random;
	uint64_t calls, failures, fail_from, fail_to;
	size_t outstanding;
	void *(*run)(void *);	/* The timer's thread, if there is one. */
	void *argument;
	bool is_idle;
	jmp_buf asleep;
} seam;

/* --- memory ----------------------------------------------------------------------- */

bool
seam_should_fail(void)
{
	const uint64_t call = seam.calls++;

	if (call < seam.fail_from || call >= seam.fail_to)
		return false;
	seam.failures++;
	return true;
}

void
seam_fail(uint64_t n, uint64_t many)
{

	seam.fail_from = seam.calls + n;
	seam.fail_to = seam.fail_from + many;
}

void
seam_recover(void)
{

	seam.fail_from = seam.fail_to = 0;
}

uint64_t
seam_failures(void)
{

	return seam.failures;
}

/* The size stands before the block: it must be given back as it was. */
static void *
allocate(size_t size)
{
	max_align_t *block;

	if (seam_should_fail())
		return NULL;
	block = malloc(sizeof *block + size);
	if (block == NULL)
		abort();
	*(size_t *)block = size;
	seam.outstanding += size;
	return memset(block + 1, 0xa5, size);
}

static void
deallocate(void *memory, size_t size)
{
	max_align_t *block = (max_align_t *)memory - 1;

	if (*(size_t *)block != size)
		differ("a block of %zu bytes was given back as one of %zu", *(size_t *)block, size);
	seam.outstanding -= size;
	free(block);
}

size_t
seam_outstanding(void)
{

	return seam.outstanding;
}

size_t
seam_timer_bytes(void)
{

	return lt_timer_of_process()->capacity * sizeof(struct lt_deadline *);
}

size_t
seam_suspension_bytes(void)
{

	return lt_suspension_size();
}

size_t
seam_record_bytes(void)
{

	return sizeof(struct lt_record);
}

void
seam_reset(void)
{
	static const lt_allocator_t counting = { allocate, deallocate };

	lt_set_allocator(&counting);
	seam.now = SEAM_START;
	seam.random = UINT64_C(0x2545f4914f6cdd1d);
	seam.failures = 0;
	seam_recover();
}

/* --- clock, random numbers, traps ----------------------------------------------------- */

uint64_t __wrap_lt_now_ns(void);
uint64_t __wrap_lt_coarse_now_ns(void);
bool __wrap_lt_random(void *, size_t);
_Noreturn void __wrap_lt_trap(const char *);
bool __wrap_lt_start_thread(const char *, void *(*)(void *), void *);
bool __wrap_lt_condition_wait(pthread_cond_t *, pthread_mutex_t *, uint64_t);

uint64_t
__wrap_lt_now_ns(void)
{

	return seam.now;
}

/* The time is the same one: the model knows no ticks. */
uint64_t
__wrap_lt_coarse_now_ns(void)
{

	return seam.now;
}

uint64_t
seam_now(void)
{

	return seam.now;
}

void
seam_pass_time(uint64_t nanoseconds)
{

	seam.now += nanoseconds;
}

bool
__wrap_lt_random(void *bytes, size_t length)
{

	for (size_t i = 0; i < length; i++) {
		seam.random = seam.random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		((unsigned char *)bytes)[i] = (unsigned char)(seam.random >> 56);
	}
	return true;
}

void
__wrap_lt_trap(const char *sentence)
{

	differ("the core trapped: %s", sentence);
}

/* --- the timer ------------------------------------------------------------------------ */

bool
__wrap_lt_start_thread(const char *name, void *(*run)(void *), void *argument)
{

	(void)name;
	if (seam_should_fail())
		return false;
	seam.run = run;
	seam.argument = argument;
	return true;
}

/*
 * Where the timer's thread sleeps. It is left here, and is begun anew when its turn
 * comes: between two sleeps it remembers nothing.
 */
bool
__wrap_lt_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{

	(void)condition;
	if (seam.is_idle) {
		if (deadline != seam.now + UINT64_C(1000000000))
			differ("the timer had nothing to do and slept until %llu",
			    (unsigned long long)deadline);
		return false;
	}
	(void)pthread_mutex_unlock(mutex);
	longjmp(seam.asleep, 1);
}

void
seam_run_timer(void)
{

	if (seam.run == NULL || setjmp(seam.asleep) != 0)
		return;
	(void)seam.run(seam.argument);
	seam.run = NULL;
}

void
seam_sweep(struct lt_table *table, uint32_t index)
{

	peek_sweep_stripe(&table->stripes[index]);
}

void
seam_end_timer(void)
{

	seam.is_idle = true;
	seam_run_timer();
	seam.is_idle = false;
}
