/*
 * The timer: one thread for the deadlines of all suspensions of the process, and for the
 * sweeps of the monitor. It is started by the first that needs it, and ends when it has had
 * nothing to do for a while.
 *
 * Neither the timer's mutex nor a stripe's lock is taken while the other is held: what is due is
 * taken out, the mutex released, and then it expires. Continuations are resumed with neither,
 * and apart (lt_config_t.resume_apart), as no user may block this thread.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <pthread.h>

#include "lt_core.h"
#include "lt_suspend.h"
#include "lt_timer.h"

#define LT_TIMER_IDLE_NS	1000000000u

/* What it orders among those who have deadlines is no promise: see lt_tsan.h. */
static void
lock(struct lt_timer *timer)
{

	lt_tsan_ignore_all();
	(void)pthread_mutex_lock(&timer->mutex);
}

static void
unlock(struct lt_timer *timer)
{

	(void)pthread_mutex_unlock(&timer->mutex);
	lt_tsan_heed_all();
}

static bool
has_work(const struct lt_timer *timer)
{

	return timer->count > 0 || timer->monitored != NULL || timer->given != NULL;
}

static bool
is_monitoring(const struct lt_timer *timer)
{

	return timer->monitored != NULL || timer->given != NULL;
}

/* When there is something to do; LT_FOREVER if there is nothing. */
static uint64_t
next_event(const struct lt_timer *timer)
{
	const uint64_t deadline = timer->count > 0 ? timer->heap[0]->deadline : LT_FOREVER;

	return is_monitoring(timer) && timer->sweep_at < deadline ? timer->sweep_at : deadline;
}

/* Sleeps until there is something to do. False: there has been nothing for a while. */
static bool
await_event(struct lt_timer *timer)
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

/* Around a locked section of a stripe's, in which fork() has to wait. */
static void
begin_work(struct lt_timer *timer)
{

	timer->is_at_work = true;
	unlock(timer);
}

static void
end_work(struct lt_timer *timer)
{

	lock(timer);
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

/* The suspension may be ended as soon as the mutex is taken again, unless it has to be resumed. */
static void
expire_first(struct lt_timer *timer)
{
	struct lt_suspension *due = timer->heap[0];
	struct lt_leftovers leftovers = { .apart = true };
	bool is_to_resume;

	lt_deadlines_take(timer, 0);
	timer->expiring = due;
	begin_work(timer);
	is_to_resume = lt_suspension_expire(due, &leftovers);
	end_work(timer);
	unlock(timer);
	lt_finish_unlocked(&leftovers);
	if (is_to_resume)
		lt_wake(&due->waiter, true);
	lock(timer);
}

/* What is left over by a locked section of a stripe's that may be gone by now. */
static void
finish_apart(struct lt_table *table, struct lt_leftovers *leftovers)
{

	lt_finish_unlocked(leftovers);
	if (leftovers->leave)
		lt_table_leave(table);
}

/* True: it has to be swept again, the next time. */
static bool
sweep_stripe(struct lt_timer *timer, struct lt_stripe *stripe)
{
	struct lt_table *table = stripe->table;
	bool goes_on = true, is_needed = true;

	for (bool first = true; goes_on; first = false) {
		struct lt_leftovers leftovers = { .apart = true };

		begin_work(timer);
		lt_stripe_lock(stripe);
		goes_on = lt_monitor_sweep(stripe, first, &leftovers);
		is_needed = lt_monitor_is_needed(stripe);
		lt_stripe_unlock(stripe);
		end_work(timer);
		unlock(timer);
		finish_apart(table, &leftovers);
		lock(timer);
	}
	return is_needed;
}

/*
 * A stripe that the lists have no more. Those who wake a waiter there take it for monitored until
 * it says otherwise, under its lock.
 */
static void
give_back(struct lt_timer *timer, struct lt_stripe *stripe)
{
	struct lt_leftovers leftovers = { .apart = true };
	struct lt_table *table = stripe->table;
	bool is_needed;

	begin_work(timer);
	lt_stripe_lock(stripe);
	is_needed = lt_monitor_is_needed(stripe);
	if (!is_needed)
		lt_monitor_end(stripe, &leftovers);
	lt_stripe_unlock(stripe);
	end_work(timer);
	if (is_needed) {
		stripe->next_monitored = timer->given;
		timer->given = stripe;
	}
	unlock(timer);
	finish_apart(table, &leftovers);
	lock(timer);
}

/* Only this thread takes stripes out of the lists; others give it further ones meanwhile. */
static void
sweep(struct lt_timer *timer)
{
	struct lt_stripe **link = &timer->monitored, *stripe;

	while ((stripe = timer->given) != NULL) {
		timer->given = stripe->next_monitored;
		stripe->next_monitored = timer->monitored;
		timer->monitored = stripe;
	}
	while ((stripe = *link) != NULL) {
		if (sweep_stripe(timer, stripe)) {
			link = &stripe->next_monitored;
		} else {
			*link = stripe->next_monitored;
			give_back(timer, stripe);
		}
	}
	timer->sweep_at = lt_now_ns() + LT_SWEEP_NS;
}

static void *
run(void *argument)
{
	struct lt_timer *timer = argument;

	lock(timer);
	while (await_event(timer)) {
		const uint64_t now = lt_now_ns();

		while (timer->count > 0 && timer->heap[0]->deadline <= now)
			expire_first(timer);
		if (is_monitoring(timer) && timer->sweep_at <= now)
			sweep(timer);
	}
	if (timer->heap != NULL)
		lt_deadlines_free(timer);
	timer->is_running = false;
	unlock(timer);
	return NULL;
}

/* Locked. False: the system has no thread to give. */
static bool
start(struct lt_timer *timer)
{

	if (!timer->is_running)
		timer->is_running = lt_start_thread("LockTable timer", run, timer);
	return timer->is_running;
}

lt_status_t
lt_timer_add(struct lt_suspension *suspension)
{
	struct lt_timer *timer = lt_timer_of_process();
	lt_status_t status = LT_OK;

	lock(timer);
	if (!lt_deadlines_make_room(timer)) {
		status = LT_NO_MEMORY;
	} else if (!start(timer)) {
		status = LT_NO_THREAD;
		lt_deadlines_free(timer);
	} else {
		lt_deadlines_add(timer, suspension);
		if (suspension->timer_slot == 0)
			(void)pthread_cond_signal(&timer->earlier);
	}
	unlock(timer);
	return status;
}

void
lt_timer_remove(struct lt_suspension *suspension)
{
	struct lt_timer *timer = lt_timer_of_process();

	lock(timer);
	if (suspension->timer_slot != LT_NO_SLOT)
		lt_deadlines_take(timer, suspension->timer_slot);
	else if (timer->expiring == suspension)
		lt_timer_await_rest(timer);
	/* The thread may be asleep for a deadline far away that is none any more. */
	if (!has_work(timer) && timer->is_running && timer->until > lt_now_ns() + LT_TIMER_IDLE_NS)
		(void)pthread_cond_signal(&timer->earlier);
	unlock(timer);
}

void
lt_timer_monitor(struct lt_stripe *stripe)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool is_given;

	lock(timer);
	is_given = start(timer);
	if (is_given) {
		if (!is_monitoring(timer))
			timer->sweep_at = lt_now_ns() + LT_SWEEP_NS;
		stripe->next_monitored = timer->given;
		timer->given = stripe;
		if (timer->until > timer->sweep_at)
			(void)pthread_cond_signal(&timer->earlier);
	}
	unlock(timer);
	/* The next that is woken in this stripe tries again. */
	if (!is_given)
		lt_monitor_give_back(stripe);
}

static void
forget_stripes(struct lt_stripe *stripe)
{

	for (; stripe != NULL; stripe = stripe->next_monitored)
		stripe->is_monitored = false;
}

/* The parent's deadlines are the parent's: whom they resume may have no thread here. */
void
lt_timer_forget(struct lt_timer *timer)
{

	while (timer->count > 0)
		timer->heap[--timer->count]->timer_slot = LT_NO_SLOT;
	forget_stripes(timer->monitored);
	forget_stripes(timer->given);
	timer->monitored = timer->given = NULL;
	timer->is_running = false;
	timer->awaiting = 0;
}

bool
lt_timer_is_running(void)
{
	struct lt_timer *timer = lt_timer_of_process();
	bool is_running;

	lock(timer);
	is_running = timer->is_running;
	unlock(timer);
	return is_running;
}

LT_END

#endif /* LT_SUPPORTED */
