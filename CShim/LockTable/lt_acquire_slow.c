/*
 * The slow paths of acquiring: of a stripe that is in use or contended, of a key that is not short,
 * of a table with diagnostics or one that was shut down. They take over with what the fast path has
 * in registers, so that it needs no stack.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire_slow.h"
#include "lt_begin.h"
#include "lt_deferred.h"
#include "lt_lookup.h"
#include "lt_resident.h"
#include "lt_take_kept.h"
#include "lt_take_permits.h"
#include "lt_wait.h"

lt_status_t
lt_entry_acquire(struct lt_entry *entry, bool shared, struct lt_record *record, uint64_t deadline,
    size_t counted, uint32_t most_waiters, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	lt_status_t status = LT_OK;

	if (lt_entry_is_open(entry, shared)) {
		lt_entry_take(entry, shared, record, counted, deferred);
	} else if (deadline == LT_NO_WAIT) {
		lt_entry_unref(entry, deferred);
		status = LT_BUSY;
	} else if (deadline == LT_OR_PIN) {
		status = LT_SUSPENDED;
	} else {
		return lt_entry_wait(entry, shared, 0, record, deadline, counted, most_waiters,
		    deferred);
	}
	lt_stripe_unlock_and_finish(stripe, deferred);
	return status;
}

/*
 * Copies the description to a record of its own. Returns NULL if memory ran out. The stripe is
 * locked, and is unlocked meanwhile if it has no spare record.
 */
static inline struct lt_record *
make_record(struct lt_stripe *stripe, const struct lt_record *description)
{
	struct lt_record *record = lt_stripe_take_record(stripe);

	if (lt_unlikely(record == NULL)) {
		lt_stripe_unlock(stripe);
		record = lt_record_allocate();
		lt_stripe_lock(stripe);
	}
	if (lt_likely(record != NULL))
		*record = *description;
	return record;
}

/* Consumes the record and what is preallocated. */
static LT_INLINE lt_hold_t
acquire_locked_with(struct lt_preallocated *preallocated, struct lt_record *record,
    struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline, size_t counted)
{
	struct lt_deferred deferred = { 0 };
	bool inserted = false;
	struct lt_entry *entry;
	lt_hold_t hold;
	lt_status_t status;

	entry = lt_stripe_locate_with(stripe, key, preallocated, &inserted, &deferred);
	if (entry == NULL) {
		deferred.record = lt_stripe_keep_record(stripe, record);
		lt_stripe_unlock_and_finish(stripe, &deferred);
		return lt_failed(LT_NO_MEMORY);
	}
	/* An entry that was just inserted is open. */
	hold = inserted ? lt_held_new(entry) : lt_held(entry);
	status = lt_entry_acquire(entry, shared, record, deadline, counted, LT_ANY_NUMBER,
	    &deferred);
	if (status == LT_OK) {
		lt_entry_acquired(entry, shared);
		hold.tag = lt_tag(entry->hash, record);
		return hold;
	}
	if (record != NULL)
		lt_record_destroy(record);
	if (status != LT_SUSPENDED)
		return lt_failed(status);
	return lt_pinned(entry);
}

/* Returns whether the key is the resident's, and closed to a newcomer. */
static inline bool
is_taken(const struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	const struct lt_entry *resident = &stripe->resident;

	return lt_entry_is_present(resident) && lt_entry_has_short_key(resident, key) &&
	    !lt_entry_is_open(resident, shared);
}

/* Consumes the record. */
static LT_COLD lt_hold_t
acquire_locked(struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline,
    size_t counted, struct lt_record *record)
{
	struct lt_preallocated preallocated = { 0 };

	return acquire_locked_with(&preallocated, record, stripe, key, shared, deadline, counted);
}

/* What is left to do for a new hold, and unlocking. Consumes the record. */
static LT_INLINE lt_hold_t
finish(struct lt_record *record, struct lt_stripe *stripe, struct lt_entry *entry, uint64_t hash,
    bool shared, size_t counted)
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
acquire_with(struct lt_record *record, struct lt_stripe *stripe, const lt_key_t *key, bool shared,
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
	} else if (deadline == LT_OR_PIN && record == NULL && is_taken(stripe, key, shared)) {
		lt_entry_ref(resident);
		lt_stripe_unlock(stripe);
		return lt_pinned(resident);
	} else if (lt_stripe_take_young(stripe, key, shared)) {
		entry = resident->young;
	} else {
		return acquire_locked(stripe, key, shared, deadline, counted, record);
	}
	return finish(record, stripe, entry, key->hash, shared, counted);
}

/* The same for a key whose entry the resident can't be. */
static LT_INLINE lt_hold_t
acquire_longer_with(struct lt_record *record, struct lt_stripe *stripe, const lt_key_t *key,
    bool shared, uint64_t deadline, size_t counted)
{

	if (lt_key_is_inline(key) && lt_stripe_take_young(stripe, key, shared)) {
		lt_entry_begin_extra(stripe->resident.young);
		return finish(record, stripe, stripe->resident.young, key->hash, shared, counted);
	}
	return acquire_locked(stripe, key, shared, deadline, counted, record);
}

/*
 * Acquires any key of a table with diagnostics. The caller is described before the stripe is
 * locked.
 */
static LT_INLINE lt_hold_t
acquire_recorded(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline,
    size_t counted)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	const bool is_recording = lt_is_recording(table);
	struct lt_record description, *record = NULL;

	if (is_recording)
		lt_record_describe_caller(&description, table);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	if (is_recording)
		record = make_record(stripe, &description);
	if (!lt_key_suits_resident(table, key))
		return acquire_longer_with(record, stripe, key, shared, deadline, counted);
	return acquire_with(record, stripe, key, shared, deadline, counted);
}

/*
 * Acquires any key of a table that was shut down. With LT_OR_PIN, what follows from the pin decides
 * whether the call goes on, so a free key is pinned, too.
 */
static LT_COLD lt_hold_t
acquire_after_shut_down(struct lt_table *table, const lt_key_t *key, bool shared,
    uint64_t deadline)
{
	lt_hold_t pin;

	if (deadline == LT_FOREVER)
		return acquire_recorded(table, key, shared, deadline, 1);
	if (deadline == LT_OR_PIN) {
		pin = lt_pin(table, key);
		if (pin.place != NULL)
			pin.place = (char *)pin.place + LT_PIN_BIT;
		return pin;
	}
	if (deadline != LT_NO_WAIT)
		lt_table_note_failure(table, LT_CLOSED);
	return lt_failed(LT_CLOSED);
}

/* A table with a purpose has no fast holds. One of values has a fast path of its own. */
static LT_INLINE lt_hold_t
acquire_by_purpose(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	lt_hold_t hold;

	if (table->purpose != LT_FOR_VALUES || table->diagnostics)
		return acquire_recorded(table, key, shared, deadline, 1);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	if (lt_likely(lt_take_kept(stripe, key, shared, &hold)))
		return hold;
	return acquire_longer_with(NULL, stripe, key, shared, deadline, 1);
}

/*
 * What acquires a key if the table's keys are not plain ones of the kind: it has diagnostics or a
 * purpose, it was shut down, or the kind is wrong.
 */
lt_hold_t
lt_acquire_otherwise(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{
	const lt_key_t key = { hash, bytes, length, kind, 0 };

	lt_require_kind(table, kind);
	lt_require_locks(table);
	if (lt_is_shut_down(table))
		return acquire_after_shut_down(table, &key, false, deadline);
	return acquire_by_purpose(table, &key, false, deadline);
}

static LT_NOINLINE lt_hold_t
acquire_otherwise_shared(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{
	const lt_key_t key = { hash, bytes, length, kind, 0 };

	lt_require_kind(table, kind);
	if (lt_has_permits(table))
		return lt_take_permits(table, &key, 1, deadline);
	if (lt_is_shut_down(table))
		return acquire_after_shut_down(table, &key, true, deadline);
	return acquire_by_purpose(table, &key, true, deadline);
}

lt_hold_t
lt_acquire_otherwise_shared(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{

	if (lt_load_relaxed(&table->permit_keys) != kind)
		return acquire_otherwise_shared(table, hash, bytes, length, deadline, kind);
	if (kind == LT_KEYS_INTEGER)
		return lt_take_permit_integer(table, hash, deadline);
	return lt_take_permit(table, hash, bytes, length, deadline);
}

/*
 * Begins the stripe if no call has, and acquires its first key as the fast path does. False: only
 * the former, if anything.
 */
static LT_INLINE bool
begin_and_take(struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key, bool shared,
    size_t counted)
{

	if (lt_likely(stripe->is_begun))
		return false;
	lt_stripe_begin(table, stripe);
	return lt_resident_take(stripe, key, shared, counted);
}

/*
 * The slow paths of acquire_short(), which take what it has in registers, so that it needs no
 * stack.
 */
lt_hold_t
lt_acquire_slow(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };

	if (begin_and_take(table, stripe, &key, false, 1))
		return (lt_hold_t){ &stripe->resident, hash };
	return acquire_with(NULL, stripe, &key, false, deadline, 1);
}

lt_hold_t
lt_acquire_slow_shared(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };

	if (begin_and_take(table, stripe, &key, true, 1))
		return (lt_hold_t){ &stripe->resident, hash };
	return acquire_with(NULL, stripe, &key, true, deadline, 1);
}

/* The same for a caller that finds the lock taken. */
lt_hold_t
lt_acquire_contended(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{

	lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_NS);
	return lt_acquire_slow(table, stripe, hash, bytes, length, deadline);
}

lt_hold_t
lt_acquire_contended_shared(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{

	lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_SHARED_NS);
	return lt_acquire_slow_shared(table, stripe, hash, bytes, length, deadline);
}

/* What acquires a long key where lt_young_take() does not, and an external key. */
static LT_NOINLINE lt_hold_t
acquire_longer_slow(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	lt_stripe_begin_once(table, stripe);
	return acquire_longer_with(NULL, stripe, key, shared, deadline, 1);
}

/*
 * Acquires a large key. In most cases it is absent, so its entry is allocated before the stripe is
 * locked. Without memory for it, the lookup finds out whether it is needed.
 */
static LT_NOINLINE lt_hold_t
acquire_large(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_entry *const entry = lt_entry_allocate(table, stripe, key);
	struct lt_preallocated preallocated = { .entry = entry };

	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	if (lt_likely(entry != NULL && lt_stripe_put_large(stripe, entry, shared)))
		return finish(NULL, stripe, entry, key->hash, shared, 1);
	return acquire_locked_with(&preallocated, NULL, stripe, key, shared, deadline, 1);
}

/* Acquires a key of a plain table that is not short. */
lt_hold_t
lt_acquire_longer(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    bool shared, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };
	const bool is_opaque = table->keys != LT_KEYS_BYTES;
	struct lt_stripe *stripe = lt_stripe_of(table, hash);
	struct lt_entry *young;

	if (!is_opaque && lt_key_is_large(&key))
		return acquire_large(table, &key, shared, deadline);
	lt_stripe_lock(stripe);
	young = lt_unlikely(is_opaque) ? NULL : lt_young_take(stripe, &key, shared, 1);
	if (lt_unlikely(young == NULL))
		return acquire_longer_slow(table, &key, shared, deadline);
	return (lt_hold_t){ young, hash };
}

lt_hold_t
lt_acquire_one_of_multi(struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key,
    bool shared, uint64_t deadline, size_t counted)
{

	if (lt_key_suits_resident(table, key) &&
	    begin_and_take(table, stripe, key, shared, counted))
		return (lt_hold_t){ &stripe->resident, key->hash };
	lt_stripe_begin_once(table, stripe);
	if (lt_unlikely(stripe->has_records)) {
		lt_stripe_unlock(stripe);
		return acquire_recorded(table, key, shared, deadline, counted);
	}
	if (!lt_key_suits_resident(table, key))
		return acquire_longer_with(NULL, stripe, key, shared, deadline, counted);
	return acquire_with(NULL, stripe, key, shared, deadline, counted);
}

LT_END

#endif /* LT_SUPPORTED */
