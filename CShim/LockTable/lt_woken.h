/*
 * A stripe's woken waiters, the one woken first at the head, under the stripe's lock. The first of
 * them has the stripe swept by the monitor (lt_monitor.h); a sweep that finds none ends that.
 */
#ifndef LT_WOKEN_H
#define LT_WOKEN_H

#include "lt_entry.h"

/* Lists a waiter that was woken, or is about to be. */
void lt_woken_add(struct lt_waiter *, struct lt_deferred *);
/* For a waiter that comes, or has left: it is listed. */
void lt_woken_remove(struct lt_waiter *);
/* Sees to it that the stripe is swept from now on. */
void lt_sweeps_need(struct lt_stripe *, struct lt_deferred *);

/* Has the stripe woken waiters, or one that may have been missed? */
static inline bool
lt_sweeps_are_needed(const struct lt_stripe *stripe)
{

	return stripe->woken != NULL || stripe->unfenced;
}

/* The stripe is not swept any more. Locked. */
void lt_sweeps_end(struct lt_stripe *, struct lt_deferred *);

#endif /* LT_WOKEN_H */
