/*
 * A stripe's list of woken waiters, for the monitor (lt_monitor.h). A waiter is in it from when it
 * is woken until it runs or leaves.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_woken.h"

void
lt_sweeps_need(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	if (stripe->is_monitored || stripe->table->unmonitored)
		return;
	stripe->is_monitored = true;
	deferred->monitored = stripe;
}

void
lt_woken_add(struct lt_waiter *waiter, struct lt_deferred *deferred)
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
	lt_sweeps_need(stripe, deferred);
}

void
lt_woken_remove(struct lt_waiter *waiter)
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

void
lt_sweeps_end(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	stripe->is_monitored = false;
	lt_stripe_leave_if_closed(stripe, deferred);
}

LT_END

#endif /* LT_SUPPORTED */
