/*
 * Deferred work: what is done with no lock held. It wakes, frees, shrinks and tears down.
 */
#ifndef LT_DEFERRED_H
#define LT_DEFERRED_H

#include "lt_entry.h"

/* Wakes one waiter. `apart`: on the core's own thread, which no user may block. Call unlocked. */
void lt_wake(struct lt_waiter *, bool apart);
/* Wakes the chosen waiters, and lets in `more` readers of their group. Call unlocked. */
void lt_wake_chosen(struct lt_waiter *woken, struct lt_entry *more, bool apart);
/*
 * Does the deferred work of a change of a queue: wakes waiters, and gives a stripe to the monitor.
 * Call unlocked.
 */
void lt_finish_unlocked(struct lt_deferred *);

/* Unlocks the stripe, and then does the deferred work. */
void lt_stripe_finish(struct lt_stripe *, struct lt_deferred *);

/* The same, where there is often no deferred work, or nothing but a waiter to wake. */
static inline void
lt_stripe_unlock_and_finish(struct lt_stripe *stripe, struct lt_deferred *deferred)
{

	if (lt_deferred_exists_besides(deferred)) {
		lt_stripe_finish(stripe, deferred);
		return;
	}
	lt_stripe_unlock(stripe);
	if (deferred->woken != NULL)
		lt_wake_chosen(deferred->woken, NULL, deferred->apart);
}

/*
 * Call unlocked, after joining the queue behind a fast hold and before parking. Issues the heavy
 * fence, if the waiter may, and settles, so that either the release is seen here or the releaser
 * sees the queue. `pinned`: drops a pin of the stripe, too. False: there was no fence, and the
 * release may miss the waiter. Then the monitor checks for the end of the hold, and a thread should
 * do so, too.
 */
LT_COLD bool lt_entry_fence_fast_release(struct lt_entry *, bool may_fence, bool pinned);

#endif /* LT_DEFERRED_H */
