/*
 * Acquiring where a look at the table decides how: a table with diagnostics or a purpose, or one
 * that was shut down; and one key of a multi-key call.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire_otherwise.h"
#include "lt_take.h"
#include "lt_take_kept.h"
#include "lt_take_permits.h"

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
		return lt_take_longer(record, stripe, key, shared, deadline, counted);
	return lt_take_short(record, stripe, key, shared, deadline, counted);
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

/* Acquires any key of a table of values without diagnostics. Locked before, unlocked after. */
static LT_INLINE lt_hold_t
acquire_kept(struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key, bool shared,
    uint64_t deadline)
{
	lt_hold_t hold;

	lt_stripe_begin_once(table, stripe);
	if (lt_likely(lt_take_kept(stripe, key, shared, &hold)))
		return hold;
	return lt_take_longer(NULL, stripe, key, shared, deadline, 1);
}

/* A table with a purpose has no fast holds. One of values has a fast path of its own. */
static LT_INLINE lt_hold_t
acquire_by_purpose(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	if (table->purpose != LT_FOR_VALUES || table->diagnostics)
		return acquire_recorded(table, key, shared, deadline, 1);
	lt_stripe_lock(stripe);
	return acquire_kept(table, stripe, key, shared, deadline);
}

static LT_NOINLINE lt_hold_t
acquire_otherwise(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{
	const lt_key_t key = { hash, bytes, length, kind, 0 };

	lt_require_kind(table, kind);
	lt_require_locks(table);
	if (lt_is_shut_down(table))
		return acquire_after_shut_down(table, &key, false, deadline);
	return acquire_by_purpose(table, &key, false, deadline);
}

/* An integer of a table of values, whose entry is not at hand, or not open. Unlocks. */
static LT_NOINLINE lt_hold_t
take_kept_slow(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash, uint64_t deadline)
{

	return acquire_kept(table, stripe, &(const lt_key_t){ hash, NULL, 0, LT_KEYS_INTEGER, 0 },
	    false, deadline);
}

/* Stays out of line, as it needs few registers and no stack. */
static LT_NOINLINE lt_hold_t
take_kept_integer(struct lt_table *table, uint64_t hash, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, hash);
	struct lt_entry *entry;

	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		return acquire_otherwise(table, hash, NULL, 0, deadline, LT_KEYS_INTEGER);
	entry = lt_take_kept_at_hand(stripe, hash);
	if (lt_unlikely(entry == NULL))
		return take_kept_slow(table, stripe, hash, deadline);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(entry, false);
	return (lt_hold_t){ entry, hash };
}

lt_hold_t
lt_acquire_otherwise(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{

	if (kind == LT_KEYS_INTEGER && lt_load_relaxed(&table->kept_keys) == LT_KEYS_INTEGER)
		return take_kept_integer(table, hash, deadline);
	return acquire_otherwise(table, hash, bytes, length, deadline, kind);
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

lt_hold_t
lt_acquire_one_of_multi(struct lt_table *table, struct lt_stripe *stripe, const lt_key_t *key,
    bool shared, uint64_t deadline, size_t counted)
{

	if (lt_key_suits_resident(table, key) &&
	    lt_begin_and_take(table, stripe, key, shared, counted))
		return (lt_hold_t){ &stripe->resident, key->hash };
	lt_stripe_begin_once(table, stripe);
	if (lt_unlikely(stripe->has_records)) {
		lt_stripe_unlock(stripe);
		return acquire_recorded(table, key, shared, deadline, counted);
	}
	if (!lt_key_suits_resident(table, key))
		return lt_take_longer(NULL, stripe, key, shared, deadline, counted);
	return lt_take_short(NULL, stripe, key, shared, deadline, counted);
}

LT_END

#endif /* LT_SUPPORTED */
