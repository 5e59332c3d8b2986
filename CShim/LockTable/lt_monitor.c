/*
 * The monitor, for woken waiters that do not run. The table of states in lt_states.h says what
 * becomes of them. The timer's thread (lt_timekeeper.c) calls this.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_monitor.h"
#include "lt_waiter.h"

/* How many sweeps must find a waiter before it stalls: two make one whole period. */
#ifndef LT_SWEEPS_TO_STALL
#define LT_SWEEPS_TO_STALL	2
#endif

/* How many waiters one locked section stalls. */
#define LT_SWEEP_STEPS	16

/* Returns the waiter that was woken first, if that was long enough ago; or NULL. */
static struct lt_waiter *
find_stalled(const struct lt_stripe *stripe)
{
	struct lt_waiter *waiter = stripe->woken;

	if (waiter == NULL || (uint16_t)(stripe->sweeps - waiter->sweep) < LT_SWEEPS_TO_STALL)
		return NULL;
	return waiter;
}

/* Settles for a waiter that a fast release may have missed, as the end of the hold is seen here. */
static void
recheck_unfenced(struct lt_stripe *stripe, struct lt_deferred *deferred)
{
	struct lt_entry *resident = &stripe->resident;

	lt_entry_settle(resident, deferred);
	stripe->unfenced = lt_entry_holders(resident) == LT_FAST && resident->queue != NULL;
}

bool
lt_monitor_sweep(struct lt_stripe *stripe, bool first, struct lt_deferred *deferred)
{
	struct lt_waiter *waiter;

	if (first)
		stripe->sweeps++;
	if (stripe->unfenced)
		recheck_unfenced(stripe, deferred);
	for (int step = 0; step < LT_SWEEP_STEPS && deferred->more_readers == NULL; step++) {
		waiter = find_stalled(stripe);
		if (waiter == NULL)
			return false;
		lt_waiter_stall(waiter, deferred);
	}
	return true;
}

LT_END

#endif /* LT_SUPPORTED */
