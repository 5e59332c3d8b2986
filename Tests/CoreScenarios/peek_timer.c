/* The scenarios' view of the timer: whether its thread runs, and what it has in hand. */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_states.h"
#include "../../CShim/LockTable/lt_timer.h"

#include <sched.h>

#include "support.h"

bool
peek_timer_runs(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool runs;

	(void)pthread_mutex_lock(&timer->mutex);
	runs = timer->is_running || timer->heap != NULL;
	(void)pthread_mutex_unlock(&timer->mutex);
	return runs;
}

bool
peek_timer_is_unlocked(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	for (unsigned look = 0; look < 10000; look++) {
		if (pthread_mutex_trylock(&timer->mutex) == 0) {
			(void)pthread_mutex_unlock(&timer->mutex);
			return true;
		}
		(void)sched_yield();
	}
	return false;
}

size_t
peek_timer_count(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	size_t count;

	(void)pthread_mutex_lock(&timer->mutex);
	count = timer->count;
	(void)pthread_mutex_unlock(&timer->mutex);
	return count;
}

void
peek_trim_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	(void)pthread_mutex_lock(&timer->mutex);
	if (timer->heap != NULL && timer->count == 0) {
		lt_deallocate(timer->heap, timer->capacity * sizeof timer->heap[0]);
		timer->capacity = 0;
		timer->heap = lt_allocate(0);
		if (timer->heap == NULL)
			lt_trap("there was no memory for a test");
	}
	(void)pthread_mutex_unlock(&timer->mutex);
}

void
peek_disown_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	(void)pthread_mutex_lock(&timer->mutex);
	if (timer->heap != NULL)
		memory_disown(timer->heap);
	(void)pthread_mutex_unlock(&timer->mutex);
}

void
peek_forget_timer(void)
{
	struct lt_timer *timer = lt_timer_of_process();

	*timer = (struct lt_timer){ .mutex = PTHREAD_MUTEX_INITIALIZER, .run = timer->run,
	    .await_rest = timer->await_rest, .forget = timer->forget };
	lt_condition_init(&timer->earlier);
	lt_condition_init(&timer->at_rest);
}

LT_END
