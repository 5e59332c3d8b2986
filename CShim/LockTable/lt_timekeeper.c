/*
 * The timer's thread expires deadlines that are due, and sweeps stripes for the monitor. The thread
 * takes a deadline out of the agenda, unlocks the timer's mutex, and then expires the deadline. The
 * thread resumes continuations with no lock held, and apart (lt_config_t.resume_apart), as no user
 * may block this thread.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deadlines.h"
#include "lt_deferred.h"
#include "lt_monitor.h"
#include "lt_suspend.h"
#include "lt_table.h"
#include "lt_timekeeper.h"
#include "lt_timer.h"
#include "lt_woken.h"

/*
 * The suspension's owner may end it as soon as this thread has taken the mutex again, unless this
 * thread must resume the suspension.
 */
static void
expire_first(struct lt_timer *timer)
{
	struct lt_deadline *deadline = timer->heap[0];
	struct lt_suspension *due = lt_suspension_of(deadline);
	struct lt_deferred deferred = { .apart = true };
	bool is_to_resume;

	lt_deadlines_take(timer, 0);
	timer->expiring = deadline;
	lt_timer_begin_work(timer);
	is_to_resume = lt_suspension_expire(due, &deferred);
	lt_timer_end_work(timer);
	lt_timer_unlock(timer);
	lt_finish_unlocked(&deferred);
	if (is_to_resume)
		lt_wake(&due->waiter, true);
	lt_timer_lock(timer);
}

/* Does the deferred work of a critical section. The stripe may be gone by now. */
static void
finish_apart(struct lt_table *table, struct lt_deferred *deferred)
{

	lt_finish_unlocked(deferred);
	if (deferred->leave)
		lt_table_leave(table);
}

/* True: the next sweep must include the stripe again. */
static bool
sweep_stripe(struct lt_timer *timer, struct lt_stripe *stripe)
{
	struct lt_table *table = stripe->table;
	bool goes_on = true, is_needed = true;

	for (bool first = true; goes_on; first = false) {
		struct lt_deferred deferred = { .apart = true };

		lt_timer_begin_work(timer);
		lt_stripe_lock(stripe);
		goes_on = lt_monitor_sweep(stripe, first, &deferred);
		is_needed = lt_sweeps_are_needed(stripe);
		lt_stripe_unlock(stripe);
		lt_timer_end_work(timer);
		lt_timer_unlock(timer);
		finish_apart(table, &deferred);
		lt_timer_lock(timer);
	}
	return is_needed;
}

/*
 * The stripe is in neither list any more, but its is_monitored is still set. A thread that wakes a
 * waiter there relies on that flag, which only changes under the stripe's lock. So this function
 * checks under that lock whether the stripe needs sweeps after all.
 */
static void
give_back(struct lt_timer *timer, struct lt_stripe *stripe)
{
	struct lt_deferred deferred = { .apart = true };
	struct lt_table *table = stripe->table;
	bool is_needed;

	lt_timer_begin_work(timer);
	lt_stripe_lock(stripe);
	is_needed = lt_sweeps_are_needed(stripe);
	if (!is_needed)
		lt_sweeps_end(stripe, &deferred);
	lt_stripe_unlock(stripe);
	lt_timer_end_work(timer);
	if (is_needed) {
		stripe->next_monitored = timer->given;
		timer->given = stripe;
	}
	lt_timer_unlock(timer);
	finish_apart(table, &deferred);
	lt_timer_lock(timer);
}

/* Only this thread takes stripes out of the lists. Other threads may add to `given` meanwhile. */
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

void *
lt_timekeeper_run(void *argument)
{
	struct lt_timer *timer = argument;

	lt_timer_lock(timer);
	while (lt_timer_await_event(timer)) {
		const uint64_t now = lt_now_ns();

		while (timer->count > 0 && timer->heap[0]->time <= now)
			expire_first(timer);
		if (lt_timer_is_monitoring(timer) && timer->sweep_at <= now)
			sweep(timer);
	}
	if (timer->heap != NULL)
		lt_deadlines_free(timer);
	timer->is_running = false;
	lt_timer_unlock(timer);
	return NULL;
}

LT_END

#endif /* LT_SUPPORTED */
