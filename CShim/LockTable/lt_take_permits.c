/*
 * Acquiring permits, and releasing several. One locked section takes a permit that is left, of a
 * key that lives in its stripe's resident.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_begin.h"
#include "lt_deferred.h"
#include "lt_lookup.h"
#include "lt_queue.h"
#include "lt_release.h"
#include "lt_suspend.h"
#include "lt_take_permits.h"
#include "lt_wait.h"

/* Makes a hold of an entry that offers so much. Stalled waiters are not let in. */
static void
take(struct lt_entry *entry, uint32_t permits, struct lt_record *record)
{

	lt_entry_hold_permits(entry, permits, record);
	lt_stripe_count_holds(entry->stripe, 1);
}

/*
 * Makes a hold of an entry to which the caller has a reference. The stripe is locked before the
 * call and unlocked after it. LT_SUSPENDED (with LT_OR_PIN): the caller has no hold and keeps the
 * reference.
 */
static lt_status_t
take_of(struct lt_entry *entry, uint32_t permits, struct lt_record *record, uint64_t deadline,
    uint32_t most_waiters, struct lt_deferred *deferred)
{
	struct lt_stripe *stripe = entry->stripe;
	lt_status_t status = LT_OK;

	if (lt_entry_offers(entry, permits)) {
		take(entry, permits, record);
	} else if (deadline == LT_OR_PIN) {
		status = LT_SUSPENDED;
	} else if (lt_entry_lacks(entry, permits)) {
		lt_entry_unref(entry, deferred);
		status = LT_EXCEEDS;
	} else if (deadline == LT_NO_WAIT) {
		lt_entry_unref(entry, deferred);
		status = LT_BUSY;
	} else {
		return lt_entry_wait(entry, true, permits, record, deadline, 1, most_waiters,
		    deferred);
	}
	lt_stripe_unlock_and_finish(stripe, deferred);
	return status;
}

/*
 * The entry that a call has just inserted borrows the call's value, and does not offer what the
 * call wants. A call that fails at once takes the value back, and nobody else has seen it. One that
 * waits must not fail later, as others may compare the value then.
 */
static void
take_value_back(struct lt_entry *entry, uint32_t permits, uint64_t deadline)
{

	if (deadline == LT_OR_PIN || (deadline == LT_FOREVER && permits == 1))
		return;
	if (deadline != LT_NO_WAIT && !lt_entry_lacks(entry, permits)) {
		lt_stripe_unlock(entry->stripe);
		lt_trap("permits of a key that owns something were waited for without a pin of it");
	}
	lt_tsan_acquire(&entry->key);
	entry->length = 0;
}

/* Acquires permits of any key. The stripe is locked before the call. Consumes the record. */
static LT_NOINLINE lt_hold_t
take_located(struct lt_stripe *stripe, const lt_key_t *key, uint32_t permits, uint64_t deadline,
    struct lt_record *record)
{
	struct lt_deferred deferred = { 0 };
	bool inserted = false;
	struct lt_entry *entry;
	lt_hold_t hold;
	lt_status_t status;

	entry = lt_stripe_locate(stripe, key, &inserted, &deferred);
	if (entry == NULL) {
		deferred.record = lt_stripe_keep_record(stripe, record);
		lt_stripe_unlock_and_finish(stripe, &deferred);
		return lt_failed(LT_NO_MEMORY);
	}
	hold = inserted ? lt_held_new(entry) : lt_held(entry);
	if (lt_unlikely(inserted && lt_entry_owns(entry) && !lt_entry_offers(entry, permits)))
		take_value_back(entry, permits, deadline);
	status = take_of(entry, permits, record, deadline, LT_ANY_NUMBER, &deferred);
	if (status == LT_OK) {
		lt_entry_acquired(entry, true);
		hold.tag = lt_tag(entry->hash, record);
		return hold;
	}
	if (record != NULL)
		lt_record_destroy(record);
	if (status != LT_SUSPENDED)
		return lt_failed(status);
	hold.place = (char *)hold.place + LT_PIN_BIT;
	return hold;
}

/*
 * Acquires one, of a key of a plain table. The stripe is locked before the call, and unlocked after
 * it.
 */
static LT_NOINLINE lt_hold_t
take_slow(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };
	struct lt_entry *resident = &stripe->resident, *young;

	if (deadline == LT_OR_PIN && resident->refs > 0 &&
	    lt_entry_has_short_key(resident, &key) && !lt_entry_offers(resident, 1)) {
		lt_entry_ref(resident);
		lt_stripe_unlock(stripe);
		return lt_pinned(resident);
	}
	lt_stripe_begin_once(table, stripe);
	if (table->permits == 0 || !lt_key_is_inline(&key) ||
	    !lt_stripe_take_young(stripe, &key, true))
		return take_located(stripe, &key, 1, deadline, NULL);
	young = stripe->resident.young;
	lt_stripe_count_holds(stripe, 1);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(young, true);
	return lt_held_new(young);
}

static LT_NOINLINE lt_hold_t
take_contended(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline)
{

	lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_NS);
	return take_slow(table, stripe, hash, bytes, length, deadline);
}

/*
 * What an uncontended permit takes. The kind is known where it is inlined; slow paths need no more
 * than what is in registers.
 */
static LT_INLINE lt_hold_t
take_permit(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline, uint32_t kind)
{
	const lt_key_t key = { hash, bytes, length, kind, 0 };
	struct lt_stripe *stripe = lt_stripe_of(table, hash);
	struct lt_entry *resident = &stripe->resident;

	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		return take_contended(table, stripe, hash, bytes, length, deadline);
	if (lt_likely(((stripe->special ^ LT_PLAIN_COUNTED) | resident->refs) == 0 &&
	    table->permits > 0 && lt_key_is_short(&key))) {
		lt_entry_set_short_key(resident, &key);
		resident->refs = 1;
		lt_store_relaxed(&resident->holders, 1);
	} else if (resident->refs > 0 && lt_entry_has_short_key(resident, &key) &&
	    resident->queue == NULL && resident->holders < table->permits) {
		lt_entry_ref(resident);
		lt_store_relaxed(&resident->holders, resident->holders + 1);
	} else {
		return take_slow(table, stripe, hash, bytes, length, deadline);
	}
	lt_stripe_count_holds(stripe, 1);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(resident, true);
	if (kind == LT_KEYS_OWNING)
		return (lt_hold_t){ (char *)resident + LT_BORROWED_BIT, hash };
	return (lt_hold_t){ resident, hash };
}

lt_hold_t
lt_take_permit_integer(struct lt_table *table, uint64_t hash, uint64_t deadline)
{

	return take_permit(table, hash, NULL, 0, deadline, LT_KEYS_INTEGER);
}

lt_hold_t
lt_take_permit(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    uint64_t deadline)
{

	switch (table->keys) {
	case LT_KEYS_BYTES:
		return take_permit(table, hash, bytes, length, deadline, LT_KEYS_BYTES);
	case LT_KEYS_VALUE:
		return take_permit(table, hash, bytes, length, deadline, LT_KEYS_VALUE);
	case LT_KEYS_OWNING:
		return take_permit(table, hash, bytes, length, deadline, LT_KEYS_OWNING);
	default:
		return lt_take_permits(table, &(const lt_key_t){ hash, bytes, length, table->keys,
		    0 }, 1, deadline);
	}
}

lt_hold_t
lt_take_permits(struct lt_table *table, const lt_key_t *key, uint32_t permits, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_record *record;
	lt_hold_t pin;

	if (lt_is_shut_down(table) && deadline == LT_OR_PIN) {
		/* What follows from the pin decides whether the call goes on. */
		pin = lt_pin(table, key);
		if (pin.place != NULL)
			pin.place = (char *)pin.place + LT_PIN_BIT;
		return pin;
	}
	if (lt_is_refused(table, deadline)) {
		if (deadline != LT_NO_WAIT)
			lt_table_note_failure(table, LT_CLOSED);
		return lt_failed(LT_CLOSED);
	}
	record = lt_record_create(table);
	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	return take_located(stripe, key, permits, deadline, record);
}

lt_hold_t
lt_acquire_permits(lt_table_t *table, const lt_key_t *key, uint32_t permits, uint64_t deadline)
{

	lt_require_kind(table, key->kind);
	lt_require_permits(table, permits);
	return lt_take_permits(table, key, permits, deadline);
}

void
lt_release_permits(lt_hold_t hold, uint32_t permits)
{
	struct lt_entry *entry = hold.place;

	lt_require_place(entry);
	lt_require_permits(entry->stripe->table, permits);
	lt_stripe_lock(entry->stripe);
	if (lt_unlikely(lt_load_relaxed(&entry->holders) < permits)) {
		lt_stripe_unlock(entry->stripe);
		lt_trap("permits were released that are not held: they were released before, or "
		    "never were held");
	}
	/* The last one ends the hold. */
	lt_store_relaxed(&entry->holders, entry->holders - (permits - 1));
	lt_release_counted(entry, hold.tag, true);
}

void
lt_suspension_set_permits(lt_suspension_t *suspension, uint32_t permits)
{

	lt_require_permits(suspension->waiter.entry->stripe->table, permits);
	suspension->waiter.permits = permits;
}

/* --- pinned keys ---------------------------------------------------------------------- */

static struct lt_entry *
entry_of(lt_hold_t place)
{

	lt_require_place(place.place);
	return place.place;
}

bool
lt_try_permits(lt_hold_t *pin, uint32_t permits)
{
	struct lt_entry *entry = entry_of(*pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };
	struct lt_record *record = lt_record_create(stripe->table);
	bool is_open;

	lt_require_permits(stripe->table, permits);
	lt_stripe_lock(stripe);
	is_open = !lt_is_shut_down(stripe->table) && lt_entry_offers(entry, permits);
	if (is_open) {
		take(entry, permits, record);
		lt_entry_acquired(entry, true);
		pin->tag = lt_tag(entry->hash, record);
	} else {
		deferred.record = lt_stripe_keep_record(stripe, record);
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return is_open;
}

static void
unpin(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };

	lt_stripe_lock(stripe);
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

lt_status_t
lt_wait_permits(lt_hold_t *pin, uint32_t permits, uint64_t deadline, uint32_t most_waiters)
{
	struct lt_entry *entry = entry_of(*pin);
	struct lt_table *table = entry->stripe->table;
	struct lt_deferred deferred = { 0 };
	struct lt_record *record;
	lt_status_t status;

	lt_require_permits(table, permits);
	if (lt_is_refused(table, deadline)) {
		if (deadline != LT_NO_WAIT)
			lt_table_note_failure(table, LT_CLOSED);
		unpin(entry);
		return LT_CLOSED;
	}
	record = lt_record_create(table);
	lt_stripe_lock(entry->stripe);
	status = take_of(entry, permits, record, deadline, most_waiters, &deferred);
	if (status != LT_OK) {
		if (record != NULL)
			lt_record_destroy(record);
		return status;
	}
	lt_entry_acquired(entry, true);
	pin->tag = lt_tag(entry->hash, record);
	return LT_OK;
}

LT_END

#endif /* LT_SUPPORTED */
