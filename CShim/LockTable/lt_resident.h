/*
 * What most acquisitions find: a key that is in nobody's hands, in a stripe that has no other, or
 * readers of one key. One locked section of the stripe's first line.
 */
#ifndef LT_RESIDENT_H
#define LT_RESIDENT_H

#include "lt_key.h"
#include "lt_queue.h"

/* Can it join those who hold the resident, with nothing else to be seen to? */
static inline bool
lt_resident_admits(const struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	const struct lt_entry *resident = &stripe->resident;

	if (resident->refs == 0 || (stripe->others & LT_WATCHED) != 0 || !lt_entry_has_inline_key(resident, key))
		return false;
	if (shared)
		return resident->queue == NULL && lt_entry_holders(resident) < LT_MOST_READERS;
	return lt_entry_is_open(resident, false);
}

/* Of the resident, which it joins. Nobody is to be told of a hold's end while nobody is queued. */
static inline void
lt_resident_join(struct lt_stripe *stripe, bool shared)
{
	struct lt_entry *resident = &stripe->resident;

	if (!shared && resident->queue == NULL && (stripe->others & LT_NO_FAST_RELEASE) == 0) {
		lt_store_relaxed(&resident->holders, LT_FAST);
		return;
	}
	lt_entry_ref(resident);
	lt_store_relaxed(&resident->holders, shared ? resident->holders + 1 : LT_EXCLUSIVE);
}

/* Of a stripe that is locked: what most acquisitions find. False: nothing was done. */
static LT_INLINE bool
lt_resident_take(struct lt_stripe *stripe, const lt_key_t *key, bool shared, size_t counted)
{
	struct lt_entry *resident = &stripe->resident;

	if (shared && lt_resident_admits(stripe, key, true)) {
		lt_resident_join(stripe, true);
	} else if (lt_likely((stripe->others | resident->refs) == 0 && lt_entry_holders(resident) == 0)) {
		lt_entry_set_inline_key(resident, key);
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

#endif /* LT_RESIDENT_H */
