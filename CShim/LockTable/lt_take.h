/*
 * Taking a key in its locked stripe: what the slow paths of acquiring have in common.
 */
#ifndef LT_TAKE_H
#define LT_TAKE_H

#include "lt_begin.h"
#include "lt_lookup.h"
#include "lt_resident.h"

/*
 * Makes a hold of an entry to which the caller has a reference. The stripe is locked before the
 * call and unlocked after it. LT_SUSPENDED (with LT_OR_PIN): the caller has no hold and keeps the
 * reference. `counted`: see lt_stripe_count_holds(). `most_waiters`: the call's own limit.
 */
lt_status_t lt_entry_acquire(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    size_t counted, uint32_t most_waiters, struct lt_deferred *);

/*
 * Locates the key, and acquires it or waits. The stripe is locked before the call and unlocked
 * after it. Consumes the record, and what is preallocated.
 */
LT_COLD lt_hold_t lt_take_located(struct lt_stripe *, const lt_key_t *, bool shared,
    uint64_t deadline, size_t counted, struct lt_record *);
lt_hold_t lt_take_located_with(struct lt_preallocated *, struct lt_record *, struct lt_stripe *,
    const lt_key_t *, bool shared, uint64_t deadline, size_t counted);

/* Returns whether the key is the resident's, and closed to a newcomer. */
static inline bool
lt_resident_is_taken(const struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	const struct lt_entry *resident = &stripe->resident;

	return lt_entry_is_present(resident) && lt_entry_has_short_key(resident, key) &&
	    !lt_entry_is_open(resident, shared);
}

/* What is left to do for a new hold, and unlocking. Consumes the record. */
static LT_INLINE lt_hold_t
lt_finish_taking(struct lt_record *record, struct lt_stripe *stripe, struct lt_entry *entry,
    uint64_t hash, bool shared, size_t counted)
{
	lt_hold_t hold;

	if (record != NULL)
		lt_record_attach(record, entry, shared);
	/* An entry of a value is a new one here. */
	hold = lt_held_new(entry);
	hold.tag = lt_tag(hash, record);
	lt_stripe_count_holds(stripe, counted);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(entry, shared);
	return hold;
}

/*
 * Slow path for a short key, of a stripe that is in use, contended or without fast holds. The
 * stripe is locked before the call and unlocked after it. Consumes the record, which is NULL
 * without diagnostics.
 */
static LT_INLINE lt_hold_t
lt_take_short(struct lt_record *record, struct lt_stripe *stripe, const lt_key_t *key, bool shared,
    uint64_t deadline, size_t counted)
{
	struct lt_entry *resident = &stripe->resident, *entry = resident;

	if (lt_resident_admits(stripe, key, shared)) {
		lt_resident_join(stripe, shared);
	} else if (lt_stripe_is_unused(stripe)) {
		lt_entry_set_short_key(resident, key);
		resident->refs = 1;
		lt_store_relaxed(&resident->holders, shared ? 1 : LT_EXCLUSIVE);
		lt_stripe_consider_fast(stripe);
	} else if (deadline == LT_OR_PIN && record == NULL &&
	    lt_resident_is_taken(stripe, key, shared)) {
		lt_entry_ref(resident);
		lt_stripe_unlock(stripe);
		return lt_pinned(resident);
	} else if (lt_stripe_take_young(stripe, key, shared)) {
		entry = resident->young;
	} else {
		return lt_take_located(stripe, key, shared, deadline, counted, record);
	}
	return lt_finish_taking(record, stripe, entry, key->hash, shared, counted);
}

/* The same for a key whose entry the resident can't be. */
static LT_INLINE lt_hold_t
lt_take_longer(struct lt_record *record, struct lt_stripe *stripe, const lt_key_t *key, bool shared,
    uint64_t deadline, size_t counted)
{
	struct lt_entry *young;

	if (lt_key_is_inline(key) && lt_stripe_take_young(stripe, key, shared)) {
		young = stripe->resident.young;
		lt_entry_begin_extra(young);
		return lt_finish_taking(record, stripe, young, key->hash, shared, counted);
	}
	return lt_take_located(stripe, key, shared, deadline, counted, record);
}

/*
 * Begins the stripe if no call has, and acquires its first key as the fast path does. False: only
 * the former, if anything.
 */
static LT_INLINE bool
lt_begin_and_take(struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key,
    bool shared, size_t counted)
{

	if (lt_likely(stripe->is_begun))
		return false;
	lt_stripe_begin(table, stripe);
	return lt_resident_take(stripe, key, shared, counted);
}

#endif /* LT_TAKE_H */
