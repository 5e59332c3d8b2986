/* The timer's agenda: what there is to do, and when. */
#ifndef LT_TIMER_H
#define LT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "CLockTable.h"
#include "lt_timer_state.h"

/* From one sweep of the monitor to the next. */
#define LT_SWEEP_NS	UINT64_C(2000000)

/* Until the thread has no stripe's lock. Locked. */
void lt_timer_await_rest(struct lt_timer *);
/* In a child of fork(): no thread, no deadlines, nothing to sweep. Locked, and at rest. */
void lt_timer_forget(struct lt_timer *);

/* Before the first use: what its thread runs. */
void lt_timer_prepare(void *(*run)(void *));

/*
 * From now on the deadline may expire, until removed: lt_timekeeper.c says how. LT_OK,
 * LT_NO_MEMORY or LT_NO_THREAD.
 */
lt_status_t lt_timer_add(struct lt_deadline *);
/* When it returns, the deadline is not about to expire, and won't. */
void lt_timer_remove(struct lt_deadline *);
/* Has a stripe swept from now on. False: there is no thread to be had. */
bool lt_timer_give(struct lt_stripe *);

/* --- for its thread ------------------------------------------------------------------- */

void lt_timer_lock(struct lt_timer *);
void lt_timer_unlock(struct lt_timer *);
/* Sleeps until there is something to do. False: there has been nothing for a while. Locked. */
bool lt_timer_await_event(struct lt_timer *);
bool lt_timer_is_monitoring(const struct lt_timer *);
/* Around a locked section of a stripe's: the first unlocks the timer, and the second locks it. */
void lt_timer_begin_work(struct lt_timer *);
void lt_timer_end_work(struct lt_timer *);

#endif /* LT_TIMER_H */
