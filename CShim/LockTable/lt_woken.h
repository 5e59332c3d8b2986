/*
 * A stripe's list of woken waiters, under the stripe's lock. The waiter that was woken first is the
 * head. Adding to an empty list has the monitor (lt_monitor.h) sweep the stripe; a sweep that finds
 * the list empty ends that.
 */
#ifndef LT_WOKEN_H
#define LT_WOKEN_H

#include "lt_entry.h"

/* Adds a waiter that was woken, or is about to be. */
void lt_woken_add(struct lt_waiter *, struct lt_deferred *);
/* Removes a listed waiter, as it runs or leaves. */
void lt_woken_remove(struct lt_waiter *);
/* Has the monitor sweep the stripe from now on. */
void lt_sweeps_need(struct lt_stripe *, struct lt_deferred *);

/* Has the stripe woken waiters, or one that a fast release may have missed? */
static inline bool
lt_sweeps_are_needed(const struct lt_stripe *stripe)
{

	return stripe->woken != NULL || stripe->unfenced;
}

/* The monitor does not sweep the stripe any more. Needs the stripe's lock. */
void lt_sweeps_end(struct lt_stripe *, struct lt_deferred *);

#endif /* LT_WOKEN_H */
