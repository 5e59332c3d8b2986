/*
 * How a waiter competes, claims, stalls and leaves. All calls need the stripe's lock.
 */
#ifndef LT_WAITER_H
#define LT_WAITER_H

#include "lt_queue.h"

/*
 * A woken waiter competes for the key. True: the waiter holds it. False: the entry does not admit
 * the waiter, which is queued again, in its old place.
 */
bool lt_waiter_competes(struct lt_entry *, struct lt_waiter *, uint64_t now, struct lt_deferred *);
/* A task claims the key that it was granted. From now on the hold counts. */
void lt_waiter_claim(struct lt_entry *, struct lt_waiter *);
/* Ends a waiter that has left the queue without a key, for a reason. */
void lt_waiter_end(struct lt_entry *, struct lt_waiter *, lt_status_t reason, uint64_t now);
/* Takes a waiter out of line, and gives it the key. The entry must admit it. */
void lt_waiter_take(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/*
 * Is the key free, so that a queued waiter whose deadline has passed may take it? A turn may if it
 * is the oldest and is awaited: one that nobody awaits has no use for a key beyond its deadline.
 */
bool lt_waiter_may_take(const struct lt_entry *, const struct lt_waiter *);
/*
 * Takes a waiter out of line without a key, for a reason: the one way to do so, for threads and
 * tasks and in every state. Ends a grant that a task has not claimed, and settles. Does nothing if
 * the waiter has the key or has left. True: the caller must wake the waiter, unless it is its own.
 * False: the waiter was woken before, is an unawaited turn, or is not removed.
 */
bool lt_waiter_remove(struct lt_entry *, struct lt_waiter *, lt_status_t reason,
    struct lt_deferred *);
/*
 * The deadline of a task has passed: grants it a free key, which makes waking it deferred work, or
 * removes it. True: the caller must wake it, as lt_waiter_remove() says.
 */
bool lt_waiter_expire(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/* Stalls a waiter that was woken long ago and has not run, and settles for the next in line. */
void lt_waiter_stall(struct lt_waiter *, struct lt_deferred *);
/* Stalls a signalled waiter of a lower priority than that of a waiter that is about to join. */
void lt_waiter_overtake(struct lt_entry *, uint8_t priority, struct lt_deferred *);
/* Gives a QUEUED waiter its priority, and the place in line that goes with it. */
void lt_waiter_raise(struct lt_entry *, struct lt_waiter *, uint8_t priority, struct lt_deferred *);

#endif /* LT_WAITER_H */
