/*
 * Ending a hold in its locked stripe: what the releases have in common. Each function has the
 * stripe locked before, and unlocked after it.
 */
#ifndef LT_RELEASE_H
#define LT_RELEASE_H

#include "lt_kept.h"

/*
 * Releases a hold of a table of LT_KEYS_OWNING. True: that was the last use of the entry, and its
 * value was moved to `value`. The caller destroys it.
 */
bool lt_release_but_value(lt_hold_t, bool shared, void *value);

/* Releases any hold, or traps. */
LT_NOINLINE void lt_release_locked(struct lt_entry *, uint64_t tag, bool shared);
/* Ends a counted hold that is the last reference to its entry, so that no waiter is queued. */
LT_NOINLINE void lt_end_last_use(struct lt_entry *, uint64_t tag, bool shared);
/* Ends a counted hold of a key with a queue, and hands the key on, or settles. */
LT_NOINLINE void lt_end_before_waiters(struct lt_entry *, uint64_t tag, bool shared);

/* Returns whether the entry is held that way, by any counted holder. */
static inline bool
lt_entry_is_counted_as(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_load_relaxed(&entry->holders);

	return shared ? holders - 1 < LT_MOST_READERS : holders == LT_EXCLUSIVE;
}

static inline void
lt_entry_drop_hold(struct lt_entry *entry, bool shared)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders - 1 : 0);
}

/*
 * Returns whether a release removes no entry, leaves no value to be destroyed, and lets in no
 * waiter. The count does not reach zero, or the entry is not in the set, not a large key's, and has
 * no value that owns something. The queue is empty, or a signalled waiter is on its way. (A
 * signalled waiter is the oldest and not starving, so no grant is missed.)
 */
static inline bool
lt_is_fast_counted_release(const struct lt_stripe *stripe, const struct lt_entry *entry)
{

	return (entry->queue == NULL || entry->waking) && (entry->refs > 1 ||
	    (!entry->in_set && !lt_entry_is_never_idle(entry) && (entry->length & LT_OWNED) == 0 &&
	    !stripe->is_closed));
}

/* Such a release of a counted hold. */
static LT_INLINE void
lt_end_counted(struct lt_entry *entry, bool shared)
{
	struct lt_stripe *stripe = entry->stripe;

	lt_entry_drop_hold(entry, shared);
	if (--entry->refs == 0 && entry != &stripe->resident)
		stripe->others--;
	lt_stripe_unlock(stripe);
}

/* Releases a counted hold, or any hold under the lock. */
static LT_INLINE void
lt_release_counted(struct lt_entry *entry, uint64_t tag, bool shared)
{

	if (lt_unlikely(!lt_entry_is_counted_as(entry, shared) || entry->hash != tag)) {
		lt_release_locked(entry, tag, shared);
	} else if (lt_is_fast_counted_release(entry->stripe, entry)) {
		lt_entry_releases(entry, shared);
		lt_end_counted(entry, shared);
	} else if (entry->queue == NULL) {
		lt_end_last_use(entry, tag, shared);
	} else {
		lt_end_before_waiters(entry, tag, shared);
	}
}

#endif /* LT_RELEASE_H */
