/*
 * The fast path of an acquisition in a table of values. Most keys have an entry already, as it
 * keeps their value: then one look-up and a counted hold are all there is to do.
 */
#ifndef LT_TAKE_KEPT_H
#define LT_TAKE_KEPT_H

#include "lt_queue.h"

/* About where the value of a short key is, in its entry. */
#define LT_VALUE_AT	48

/*
 * As lt_set_find(), of a set whose groups are not on the move. Where there are so many keys that
 * each step finds its line in no cache, the steps overlap: the line of the group's entries is on
 * its way while the tags are compared, and that of the value while the hash is.
 */
static LT_INLINE struct lt_entry *
lt_set_find_at_hand(const struct lt_set *set, uint64_t hash)
{
	const struct lt_groups *groups = &set->groups;
	const size_t group = lt_group_of(groups, hash);
	struct lt_entry *const *entries = lt_groups_entries(groups) + group * LT_GROUP_SLOTS;
	struct lt_tags match;

	if (lt_unlikely(set->old != NULL))
		return lt_set_find(set, hash);
	__builtin_prefetch(entries, 0);
	__builtin_prefetch((const char *)entries + LT_CACHE_LINE, 0);
	match = lt_match(&lt_groups_tags(groups)[group], lt_tag_of(hash));
	for (size_t i = 0; i < 2; i++) {
		for (; match.words[i] != 0; match.words[i] &= match.words[i] - 1) {
			struct lt_entry *entry =
			    entries[8 * i + (size_t)__builtin_ctzll(match.words[i]) / 8];

			lt_prefetch_to_write((const char *)entry + LT_VALUE_AT);
			if (entry->hash == hash)
				return entry;
		}
	}
	return lt_likely(lt_group_elsewhere(groups, hash) == 0) ? NULL : lt_set_find(set, hash);
}

/*
 * Returns the inline key's entry if it is the first of its chain or the young one, or NULL. Of many
 * keys one is the young one, so that is looked at last.
 */
static LT_INLINE struct lt_entry *
lt_stripe_find_at_hand(const struct lt_stripe *stripe, const lt_key_t *key)
{
	const struct lt_set *set = stripe->resident.set;
	struct lt_entry *entry = set != NULL ? lt_set_find_at_hand(set, key->hash) : NULL;

	if (lt_likely(entry != NULL))
		return lt_entry_has_inline_key(entry, key) ? entry : NULL;
	entry = stripe->resident.young;
	return entry != NULL && entry->refs > 0 && lt_entry_has_inline_key(entry, key) ? entry :
	    NULL;
}

/*
 * Needs the stripe's lock, and a table without diagnostics. True: held, and unlocked. False:
 * nothing was done.
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
