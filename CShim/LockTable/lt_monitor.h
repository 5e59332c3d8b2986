/*
 * The monitor stalls waiters that were woken some milliseconds ago and have not run. It runs on
 * the timer's thread while there are woken waiters, and sweeps only over the stripes that have
 * some. So no wake-up sets a timer of its own.
 */
#ifndef LT_MONITOR_H
#define LT_MONITOR_H

#include "lt_states.h"

/*
 * Does a bounded part of one sweep over a stripe, which the caller has locked. Call it until it
 * returns false, each time in a locked section of its own and with `first` in the first one. The
 * deferred work must be done after each.
 */
bool lt_monitor_sweep(struct lt_stripe *, bool first, struct lt_deferred *);

#endif /* LT_MONITOR_H */
