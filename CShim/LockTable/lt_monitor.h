/*
 * The monitor: looks at waiters that were woken and have not come, a few milliseconds after
 * they were. It runs on the timer's thread, exists while there are such waiters, and looks at
 * the stripes that have some: no wake-up sets a timer of its own.
 */
#ifndef LT_MONITOR_H
#define LT_MONITOR_H

#include "lt_states.h"

/*
 * One sweep over a stripe, in locked sections of which each does a bounded part: call it until
 * it returns false, with `first` for the first of them. What is left over has to be done
 * after each.
 */
bool lt_monitor_sweep(struct lt_stripe *, bool first, struct lt_deferred *);

#endif /* LT_MONITOR_H */
