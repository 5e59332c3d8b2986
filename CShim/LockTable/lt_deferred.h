/*
 * What remains to be done when no lock is held: waking, freeing, shrinking, tearing down.
 */
#ifndef LT_DEFERRED_H
#define LT_DEFERRED_H

#include "lt_entry.h"

/* Wakes one waiter. `apart`: on the core's own thread, which no user may block. Unlocked. */
void lt_wake(struct lt_waiter *, bool apart);
/* Wakes those that were chosen, and lets in the rest of their group. Unlocked. */
void lt_wake_chosen(struct lt_waiter *woken, struct lt_entry *more, bool apart);
/* What may be left over by a change of a queue: those to wake, and the monitor. Unlocked. */
void lt_finish_unlocked(struct lt_deferred *);

/* Unlocks, and then does what was left over. */
void lt_stripe_finish(struct lt_stripe *, struct lt_deferred *);

/* The same, where there is often nothing, or somebody to send for and nothing else. */
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
 * For a caller that has joined behind a fast hold and must not wait before its release is sure to
 * see the queue, or was seen. Unlocked; `pinned`: takes a pin of the stripe along. False: the
 * system refused the fence, and the hold's end may be missed: the monitor looks for it, and
 * a thread had better do so, too.
 */
LT_COLD bool lt_entry_fence_fast_release(struct lt_entry *, bool pinned);

#endif /* LT_DEFERRED_H */
