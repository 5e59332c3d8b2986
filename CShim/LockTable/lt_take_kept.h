/*
 * The fast path of an acquisition in a table of values. Most keys have an entry already, as it
 * keeps their value: then one look-up and a counted hold are all there is to do.
 */
#ifndef LT_TAKE_KEPT_H
#define LT_TAKE_KEPT_H

#include "lt_queue.h"

/* Returns the inline key's entry if it is the young one or the first of its chain, or NULL. */
static LT_INLINE struct lt_entry *
lt_stripe_find_at_hand(const struct lt_stripe *stripe, const lt_key_t *key)
{
	const struct lt_set *set = stripe->resident.set;
	struct lt_entry *entry = stripe->resident.young;

	if (entry != NULL && entry->refs > 0 && lt_entry_has_inline_key(entry, key))
		return entry;
	entry = set != NULL ? lt_set_find(set, key->hash) : NULL;
	return entry != NULL && lt_entry_has_inline_key(entry, key) ? entry : NULL;
}

/*
 * Needs the stripe's lock, and a table without diagnostics. True: held, and unlocked. False: nothing
 * was done.
 */
static LT_INLINE bool
lt_take_kept(struct lt_stripe *stripe, const lt_key_t *key, bool shared, lt_hold_t *hold)
{
	const bool is_compared_here = lt_key_is_inline(key) && !lt_key_is_value(key);
	struct lt_entry *entry = lt_likely(is_compared_here) ?
	    lt_stripe_find_at_hand(stripe, key) : NULL;

	if (lt_unlikely(entry == NULL || entry->queue != NULL || !lt_entry_is_open(entry, shared)))
		return false;
	lt_entry_ref(entry);
	lt_entry_hold(entry, shared, NULL, 1);
	*hold = lt_held(entry);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(entry, shared);
	return true;
}

#endif /* LT_TAKE_KEPT_H */
