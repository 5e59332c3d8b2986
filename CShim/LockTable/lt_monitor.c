/*
 * Woken waiters that do not come. The table of states in lt_states.h says what becomes of
 * them; the timer's thread (lt_timer.c) calls this.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/* Waiters that one locked section lets stall. */
#define LT_SWEEP_STEPS	16

void
lt_monitor_need(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	if (stripe->is_monitored || stripe->table->unmonitored)
		return;
	stripe->is_monitored = true;
	leftovers->monitored = stripe;
}

void
lt_monitor_add(struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = waiter->entry->stripe;
	struct lt_waiter *first = stripe->woken;

	waiter->is_monitored = true;
	waiter->sweep = stripe->sweeps;
	if (first == NULL) {
		stripe->woken = waiter->next_woken = waiter->previous_woken = waiter;
	} else {
		waiter->next_woken = first;
		waiter->previous_woken = first->previous_woken;
		first->previous_woken->next_woken = waiter;
		first->previous_woken = waiter;
	}
	lt_monitor_need(stripe, leftovers);
}

void
lt_monitor_remove(struct lt_waiter *waiter)
{
	struct lt_stripe *stripe = waiter->entry->stripe;

	waiter->is_monitored = false;
	if (waiter->next_woken == waiter) {
		stripe->woken = NULL;
		return;
	}
	waiter->next_woken->previous_woken = waiter->previous_woken;
	waiter->previous_woken->next_woken = waiter->next_woken;
	if (stripe->woken == waiter)
		stripe->woken = waiter->next_woken;
}

/* The one that was woken first, if that was long enough ago; or NULL. */
static struct lt_waiter *
find_stalled(const struct lt_stripe *stripe)
{
	struct lt_waiter *waiter = stripe->woken;

	if (waiter == NULL || (uint16_t)(stripe->sweeps - waiter->sweep) < LT_SWEEPS_TO_STALL)
		return NULL;
	return waiter;
}

/* A thin hold's end that was missed is seen here, as the lock is taken. */
static void
look_at_unfenced(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{
	struct lt_entry *resident = &stripe->resident;

	lt_entry_settle(resident, leftovers);
	stripe->unfenced = lt_entry_holders(resident) == LT_THIN && resident->queue != NULL;
}

bool
lt_monitor_sweep(struct lt_stripe *stripe, bool first, struct lt_leftovers *leftovers)
{
	struct lt_waiter *waiter;

	if (first)
		stripe->sweeps++;
	if (stripe->unfenced)
		look_at_unfenced(stripe, leftovers);
	for (int step = 0; step < LT_SWEEP_STEPS && leftovers->more == NULL; step++) {
		waiter = find_stalled(stripe);
		if (waiter == NULL)
			return false;
		lt_waiter_stall(waiter, leftovers);
	}
	return true;
}

void
lt_monitor_end(struct lt_stripe *stripe, struct lt_leftovers *leftovers)
{

	stripe->is_monitored = false;
	lt_stripe_leave_if_closed(stripe, leftovers);
}

void
lt_monitor_give_back(struct lt_stripe *stripe)
{
	struct lt_leftovers leftovers = { 0 };

	lt_stripe_lock(stripe);
	lt_monitor_end(stripe, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
}

LT_END

#endif /* LT_SUPPORTED */
