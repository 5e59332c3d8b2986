/*
 * What becomes of a waiter: it comes, does not come, or leaves.
 */
#ifndef LT_WAITER_H
#define LT_WAITER_H

#include "lt_queue.h"

/*
 * A woken waiter has come. True: it holds the key. False: another does; it is queued
 * again, in its old place.
 */
bool lt_waiter_competes(struct lt_entry *, struct lt_waiter *, uint64_t now, struct lt_deferred *);
/* A task that was granted the key comes for it, which makes it a hold: it counts from now on. */
void lt_waiter_claim(struct lt_entry *, struct lt_waiter *);
/* Takes the key, which admits it, out of line. */
void lt_waiter_take(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/* Is the key free, so that a queued waiter which is late may take it? */
bool lt_waiter_may_take(const struct lt_entry *, const struct lt_waiter *);
/*
 * The one way out of line without a key, whatever the waiter's state, for threads and tasks:
 * takes it out for a reason, ends a grant that a task has not claimed, and settles. No effect on
 * one that has the key or has left. True: it has to be woken, unless it is the caller; false: it
 * was woken before, or is not removed.
 */
bool lt_waiter_remove(struct lt_entry *, struct lt_waiter *, lt_status_t reason,
    struct lt_deferred *);
/* The deadline of a task: it takes a free key, or is removed. The result is lt_waiter_remove()'s. */
bool lt_waiter_expire(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/* It was woken long ago and has not come: the next in line is let in, or woken. */
void lt_waiter_stall(struct lt_waiter *, struct lt_deferred *);
/* One of a higher priority is about to join: who is on the way is to stand behind it. */
void lt_waiter_overtake(struct lt_entry *, uint8_t priority, struct lt_deferred *);
/* One that is QUEUED has its priority from now on. */
void lt_waiter_raise(struct lt_entry *, struct lt_waiter *, uint8_t priority, struct lt_deferred *);

#endif /* LT_WAITER_H */
