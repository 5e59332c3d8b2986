/*
 * The fast path of an acquisition in a table of values. Most keys have an entry already, as it
 * keeps their value: then one look-up and a counted hold are all there is to do.
 */
#ifndef LT_TAKE_KEPT_H
#define LT_TAKE_KEPT_H

#include "lt_queue.h"

/* About where the value of an integer is, in its entry. */
#define LT_VALUE_AT	48

/* Where what follows the value of an inline key is, in its entry. */
static inline size_t
lt_value_end_at(const struct lt_table *table, const lt_key_t *key)
{

	return table->extra_offset + (size_t)lt_key_room(key) * LT_ROOM_STEP;
}

/*
 * As lt_groups_find(). Where there are so many keys that each step finds its line in no cache, the
 * steps overlap: the line of the group's entries is on its way while the tags are compared, and
 * that of the value while the hash is. The fewer instructions a hit takes, the more of the next
 * one's the processor has begun meanwhile.
 */
static LT_INLINE struct lt_entry *
lt_groups_find_at_hand(const struct lt_groups *groups, uint64_t hash, size_t value_at)
{
	const size_t group = lt_group_of(groups, hash);
	struct lt_entry *const *entries = lt_groups_entries(groups) + group * LT_GROUP_SLOTS;
	uint64_t slots;

	__builtin_prefetch(entries, 0);
	__builtin_prefetch((const char *)entries + LT_CACHE_LINE, 0);
	slots = lt_match_slots(&lt_groups_tags(groups)[group], lt_tag_of(hash));
	for (; slots != 0; slots &= slots - 1) {
		struct lt_entry *entry = entries[lt_slot_of(slots)];

		lt_prefetch_to_write((const char *)entry + value_at);
		if (lt_likely(entry->hash == hash))
			return entry;
	}
	return NULL;
}

/* As lt_set_find(). */
static LT_INLINE struct lt_entry *
lt_set_find_at_hand(const struct lt_set *set, uint64_t hash, size_t value_at)
{
	struct lt_entry *entry;

	if (lt_unlikely(set->old != NULL))
		return lt_set_find(set, hash);
	entry = lt_groups_find_at_hand(&set->groups, hash, value_at);
	if (lt_likely(entry != NULL || lt_group_elsewhere(&set->groups, hash) == 0))
		return entry;
	return lt_set_find(set, hash);
}

/*
 * Returns the inline key's entry if it is the first of its chain or the young one, or NULL. Of many
 * keys one is the young one, so that is looked at last.
 */
static LT_INLINE struct lt_entry *
lt_stripe_find_at_hand(const struct lt_stripe *stripe, const lt_key_t *key)
{
	const struct lt_set *set = stripe->resident.set;
	struct lt_entry *entry = set != NULL ? lt_set_find_at_hand(set, key->hash,
	    lt_value_end_at(stripe->table, key)) : NULL;

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

/*
 * The same for an integer's exclusive hold, with what is at hand only: an entry elsewhere is not
 * found. So nothing is called but to end the process, and the caller needs little of a stack. The
 * stripe stays locked. NULL: nothing was done.
 */
static LT_INLINE struct lt_entry *
lt_take_kept_at_hand(struct lt_stripe *stripe, uint64_t hash)
{
	const struct lt_set *set = stripe->resident.set;
	struct lt_entry *entry = NULL;

	if (lt_likely(set != NULL && set->old == NULL))
		entry = lt_groups_find_at_hand(&set->groups, hash, LT_VALUE_AT);
	if (lt_unlikely(entry == NULL)) {
		entry = stripe->resident.young;
		if (entry == NULL || entry->refs == 0 || entry->hash != hash)
			return NULL;
	}
	if (lt_unlikely(entry->queue != NULL || lt_entry_holders(entry) != 0))
		return NULL;
	lt_entry_ref(entry);
	lt_store_relaxed(&entry->holders, LT_EXCLUSIVE);
	lt_stripe_count_holds(stripe, 1);
	return entry;
}

#endif /* LT_TAKE_KEPT_H */
