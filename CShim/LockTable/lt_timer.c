/*
 * The timer's agenda: the deadlines of all suspensions of the process, and the stripes that the
 * monitor sweeps. The first call that needs the timer's thread (lt_timekeeper.c) starts it. The
 * thread ends when it has had no work for a while.
 *
 * No thread takes the timer's mutex while it holds a stripe's lock, nor the reverse.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <pthread.h>

#include "lt_deadlines.h"
#include "lt_states.h"
#include "lt_timer.h"

#define LT_TIMER_IDLE_NS	1000000000u

/* No contract promises the order that this mutex creates among calls with deadlines: lt_tsan.h. */
void
lt_timer_lock(struct lt_timer *timer)
{

	lt_tsan_begin_ignoring_all();
	(void)pthread_mutex_lock(&timer->mutex);
}

void
lt_timer_unlock(struct lt_timer *timer)
{

	(void)pthread_mutex_unlock(&timer->mutex);
	lt_tsan_end_ignoring_all();
}

static bool
has_work(const struct lt_timer *timer)
{

	return timer->count > 0 || timer->monitored != NULL || timer->given != NULL;
}

bool
lt_timer_is_monitoring(const struct lt_timer *timer)
{

	return timer->monitored != NULL || timer->given != NULL;
}

/* The time of the next work; LT_FOREVER if there is none. */
static uint64_t
next_event(const struct lt_timer *timer)
{
	const uint64_t deadline = timer->count > 0 ? timer->heap[0]->time : LT_FOREVER;

	if (lt_timer_is_monitoring(timer) && timer->sweep_at < deadline)
		return timer->sweep_at;
	return deadline;
}

/* Sleeps until there is work. False: there has been no work for a while. */
bool
lt_timer_await_event(struct lt_timer *timer)
{
	uint64_t now;

	while (next_event(timer) > (now = lt_now_ns())) {
		const bool is_idle = !has_work(timer);
		const uint64_t until = is_idle ? now + LT_TIMER_IDLE_NS : next_event(timer);
		bool in_time;

		timer->until = until;
		in_time = lt_condition_wait(&timer->earlier, &timer->mutex, until);
		if (is_idle && !in_time && !has_work(timer))
			return false;
	}
	return true;
}

/* Around a critical section of a stripe, during which fork() must wait. */
void
lt_timer_begin_work(struct lt_timer *timer)
{

	timer->is_at_work = true;
	lt_timer_unlock(timer);
}

void
lt_timer_end_work(struct lt_timer *timer)
{

	lt_timer_lock(timer);
	timer->is_at_work = false;
	timer->expiring = NULL;
	if (timer->awaiting > 0)
		(void)pthread_cond_broadcast(&timer->at_rest);
}

void
lt_timer_await_rest(struct lt_timer *timer)
{

	timer->awaiting++;
	while (timer->is_at_work)
		(void)lt_condition_wait(&timer->at_rest, &timer->mutex, LT_FOREVER);
	timer->awaiting--;
}

/* Locked. False: the system has no thread to give. */
static bool
start(struct lt_timer *timer)
{

	if (!timer->is_running)
		timer->is_running = lt_start_thread("LockTable timer",
		    lt_load_relaxed(&timer->run), timer);
	return timer->is_running;
}

lt_status_t
lt_timer_add(struct lt_deadline *deadline)
{
	struct lt_timer *timer = lt_timer_of_process();
	lt_status_t status = LT_OK;

	lt_timer_lock(timer);
	if (!lt_deadlines_make_room(timer)) {
		status = LT_NO_MEMORY;
	} else if (!start(timer)) {
		status = LT_NO_THREAD;
		lt_deadlines_free(timer);
	} else {
		lt_deadlines_add(timer, deadline);
		if (deadline->slot == 0)
			(void)pthread_cond_signal(&timer->earlier);
	}
	lt_timer_unlock(timer);
	return status;
}

void
lt_timer_remove(struct lt_deadline *deadline)
{
	struct lt_timer *timer = lt_timer_of_process();

	lt_timer_lock(timer);
	if (deadline->slot != LT_NO_SLOT)
		lt_deadlines_take(timer, deadline->slot);
	else if (timer->expiring == deadline)
		lt_timer_await_rest(timer);
	/* The thread may still sleep until a removed deadline that is far away. */
	if (!has_work(timer) && timer->is_running && timer->until > lt_now_ns() + LT_TIMER_IDLE_NS)
		(void)pthread_cond_signal(&timer->earlier);
	lt_timer_unlock(timer);
}

bool
lt_timer_give(struct lt_stripe *stripe)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool is_given;

	lt_timer_lock(timer);
	is_given = start(timer);
	if (is_given) {
		if (!lt_timer_is_monitoring(timer))
			timer->sweep_at = lt_now_ns() + LT_SWEEP_NS;
		stripe->next_monitored = timer->given;
		timer->given = stripe;
		if (timer->until > timer->sweep_at)
			(void)pthread_cond_signal(&timer->earlier);
	}
	lt_timer_unlock(timer);
	return is_given;
}

static void
forget_stripes(struct lt_stripe *stripe)
{

	for (; stripe != NULL; stripe = stripe->next_monitored)
		stripe->is_monitored = false;
}

/* The child drops the parent's deadlines, as what they would resume may have no thread here. */
void
lt_timer_forget(struct lt_timer *timer)
{

	while (timer->count > 0)
		timer->heap[--timer->count]->slot = LT_NO_SLOT;
	forget_stripes(timer->monitored);
	forget_stripes(timer->given);
	timer->monitored = timer->given = NULL;
	timer->is_running = false;
	timer->awaiting = 0;
}

void
lt_timer_prepare(void *(*run)(void *))
{
	struct lt_timer *timer = lt_timer_of_process();

	lt_store_relaxed(&timer->run, run);
	lt_store_relaxed(&timer->await_rest, lt_timer_await_rest);
	lt_store_relaxed(&timer->forget, lt_timer_forget);
}

bool
lt_timer_is_running(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool is_running;

	lt_timer_lock(timer);
	is_running = timer->is_running;
	lt_timer_unlock(timer);
	return is_running;
}

LT_END

#endif /* LT_SUPPORTED */
