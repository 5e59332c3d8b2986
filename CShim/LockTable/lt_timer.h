/* The timer's agenda: which deadlines expire, which stripes are swept, and when. */
#ifndef LT_TIMER_H
#define LT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "CLockTable.h"
#include "lt_timer_state.h"

/* The time from one sweep of the monitor to the next. */
#define LT_SWEEP_NS	UINT64_C(2000000)

/* Waits until the thread holds no stripe's lock. Locked. */
void lt_timer_await_rest(struct lt_timer *);
/* In a child of fork(): drops the thread, the deadlines and the stripes. Locked, and at rest. */
void lt_timer_forget(struct lt_timer *);

/* Call this before the first use. Sets what the timer's thread runs. */
void lt_timer_prepare(void *(*run)(void *));

/*
 * From now on the deadline may expire, until it is removed. lt_timekeeper.c defines how. Returns
 * LT_OK, LT_NO_MEMORY or LT_NO_THREAD.
 */
lt_status_t lt_timer_add(struct lt_deadline *);
/* After the call, the deadline is not about to expire, and will not expire. */
void lt_timer_remove(struct lt_deadline *);
/* Has the monitor sweep a stripe from now on. False: the system has no thread to give. */
bool lt_timer_give(struct lt_stripe *);

/* --- for its thread ------------------------------------------------------------------- */

void lt_timer_lock(struct lt_timer *);
void lt_timer_unlock(struct lt_timer *);
/* Sleeps until there is work. False: there has been no work for a while. Locked. */
bool lt_timer_await_event(struct lt_timer *);
bool lt_timer_is_monitoring(const struct lt_timer *);
/* Around a critical section of a stripe: the first unlocks the timer, and the second locks it. */
void lt_timer_begin_work(struct lt_timer *);
void lt_timer_end_work(struct lt_timer *);

#endif /* LT_TIMER_H */
