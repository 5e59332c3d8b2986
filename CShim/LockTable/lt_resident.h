/*
 * The fast path of an acquisition, for what most of them find: a free key of a stripe that has no
 * other key, or readers of one key. It is one locked section, on the stripe's first cache line. A
 * long key, which never is the resident, has a path of its own.
 */
#ifndef LT_RESIDENT_H
#define LT_RESIDENT_H

#include "lt_key.h"
#include "lt_queue.h"

/* Is the short key the resident, and can a hold of it be added with nothing else to do? */
static inline bool
lt_resident_admits(const struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	const struct lt_entry *resident = &stripe->resident;

	if (resident->refs == 0 || !lt_entry_has_short_key(resident, key))
		return false;
	if (shared)
		return resident->queue == NULL && lt_entry_holders(resident) < LT_MOST_READERS;
	return lt_entry_is_open(resident, false);
}

/* Adds a hold of the resident. If no waiter is queued, its end need wake none: then it is fast. */
static inline void
lt_resident_join(struct lt_stripe *stripe, bool shared)
{
	struct lt_entry *resident = &stripe->resident;

	if (!shared && resident->queue == NULL && !stripe->no_fast_release) {
		lt_store_relaxed(&resident->holders, LT_FAST);
		return;
	}
	lt_entry_ref(resident);
	lt_store_relaxed(&resident->holders, shared ? resident->holders + 1 : LT_EXCLUSIVE);
}

/*
 * The fast path, for a short key. Needs the stripe's lock. True: held, and unlocked. False: nothing
 * was done.
 */
static LT_INLINE bool
lt_resident_take(struct lt_stripe *stripe, const lt_key_t *key, bool shared, size_t counted)
{
	struct lt_entry *resident = &stripe->resident;

	if (shared && !stripe->has_records && lt_resident_admits(stripe, key, true)) {
		lt_resident_join(stripe, true);
	} else if (lt_likely(((stripe->special ^ LT_PLAIN) | resident->refs) == 0 &&
	    lt_entry_holders(resident) == 0)) {
		lt_entry_set_short_key(resident, key);
		if (shared)
			resident->refs = 1;
		lt_store_relaxed(&resident->holders, shared ? 1 : LT_FAST);
	} else {
		return false;
	}
	lt_stripe_count_holds(stripe, counted);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(resident, shared);
	return true;
}

/*
 * The same for a long key, which finds no other key but the resident's. It takes the young entry,
 * if that has room, and returns it. NULL: nothing was done. The table has no diagnostics.
 */
static LT_INLINE struct lt_entry *
lt_young_take(struct lt_stripe *stripe, const lt_key_t *key, bool shared, size_t counted)
{
	struct lt_entry *young = stripe->resident.young;

	if (lt_unlikely(stripe->others > 0 || young == NULL || !lt_has_long_room(young->room, key)))
		return NULL;
	lt_entry_set_long_key(young, key);
	young->refs = 1;
	lt_store_relaxed(&young->holders, shared ? 1 : LT_EXCLUSIVE);
	lt_stripe_count_first(stripe);
	lt_stripe_count_holds(stripe, counted);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(young, shared);
	return young;
}

#endif /* LT_RESIDENT_H */
