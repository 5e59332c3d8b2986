/*
 * The monitor: looks at waiters that were woken and have not come, a few milliseconds after
 * they were. It runs on the timer's thread, exists while there are such waiters, and looks at
 * the stripes that have some: no wake-up sets a timer of its own.
 *
 * A stripe lists its woken waiters, the one woken first at the head, under its lock. The first
 * of them has the stripe given to the monitor; a sweep that finds none gives it back.
 */
#ifndef LT_MONITOR_H
#define LT_MONITOR_H

#include "lt_states.h"

/* From one sweep to the next. */
#define LT_SWEEP_NS	UINT64_C(2000000)

/* Sweeps that a waiter has to see before it counts as one that does not come: one whole period. */
#ifndef LT_SWEEPS_TO_STALL
#define LT_SWEEPS_TO_STALL	2
#endif

/* Lists a waiter that was woken, or is about to be. */
void lt_monitor_add(struct lt_waiter *, struct lt_leftovers *);
/* For a waiter that comes, or has left: it is listed. */
void lt_monitor_remove(struct lt_waiter *);
/* Sees to it that the stripe is swept from now on. */
void lt_monitor_need(struct lt_stripe *, struct lt_leftovers *);

/*
 * One sweep over a stripe, in locked sections of which each does a bounded part: call it until
 * it returns false, with `first` for the first of them. What is left over has to be done
 * after each.
 */
bool lt_monitor_sweep(struct lt_stripe *, bool first, struct lt_leftovers *);
/* Has the stripe woken waiters, or one that may have been missed? */
static inline bool
lt_monitor_is_needed(const struct lt_stripe *stripe)
{

	return stripe->woken != NULL || stripe->unfenced;
}

/* The stripe is not the monitor's any more. Locked. */
void lt_monitor_end(struct lt_stripe *, struct lt_leftovers *);
/* The same, as there is no monitor to be had. Unlocked. */
void lt_monitor_give_back(struct lt_stripe *);

#endif /* LT_MONITOR_H */
