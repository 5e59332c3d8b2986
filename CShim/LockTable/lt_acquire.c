/*
 * Acquiring and releasing. The functions here hold the uncontended way of a key
 * that lives in its stripe's resident, one locked section each; everything else
 * is in the functions marked cold, which take over with the stripe locked.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"
#include "lt_key.h"

lt_status_t
lt_entry_acquire(struct lt_entry *entry, bool shared, struct lt_record *record, uint64_t deadline,
    struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	lt_status_t status = LT_OK;

	if (lt_entry_is_open(entry, shared)) {
		lt_entry_take(entry, shared, record, leftovers);
	} else if (deadline == LT_NO_WAIT) {
		lt_entry_unref(entry, leftovers);
		status = LT_BUSY;
	} else if (deadline == LT_OR_PIN) {
		status = LT_SUSPENDED;
	} else {
		return lt_entry_wait(entry, shared, record, deadline, leftovers);
	}
	lt_stripe_unlock_and_finish(stripe, leftovers);
	return status;
}

static LT_COLD lt_hold_t
acquire_locked(struct lt_stripe *stripe, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_record *record = NULL;
	struct lt_entry *entry;
	lt_hold_t hold;
	lt_status_t status;

	if (lt_unlikely((stripe->others & LT_WATCHED) != 0)) {
		lt_stripe_unlock(stripe);
		record = lt_record_create(stripe->table);
		lt_stripe_lock(stripe);
	}
	entry = lt_stripe_locate(stripe, key, true, &leftovers);
	if (entry == NULL) {
		leftovers.record = record;
		lt_stripe_unlock_and_finish(stripe, &leftovers);
		return lt_failed(LT_NO_MEMORY);
	}
	hold = lt_held(entry);
	status = lt_entry_acquire(entry, shared, record, deadline, &leftovers);
	if (status == LT_OK) {
		lt_entry_acquired(entry, shared);
		hold.tag = lt_tag(entry, record);
		return hold;
	}
	if (record != NULL)
		lt_record_destroy(record);
	if (status != LT_SUSPENDED)
		return lt_failed(status);
	hold.place = (char *)hold.place + LT_PIN_BIT;
	return hold;
}

/* Can it join those who hold the resident, with nothing else to be seen to? */
static LT_INLINE bool
joins(const struct lt_stripe *stripe, const lt_key_t *key, bool shared)
{
	const struct lt_entry *resident = &stripe->resident;

	if (resident->refs == 0 || (stripe->others & LT_WATCHED) != 0 || !lt_entry_has_inline_key(resident, key))
		return false;
	if (shared)
		return resident->queue == NULL && resident->holders < LT_MOST_READERS;
	return lt_entry_is_open(resident, false);
}

/* The key must be an inline one. */
static LT_INLINE lt_hold_t
acquire_inline(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_entry *resident = &stripe->resident;

	lt_stripe_lock(stripe);
	if (lt_likely(resident->refs == 0 && stripe->others == 0)) {
		lt_entry_set_inline_key(resident, key);
		resident->refs = 1;
		lt_store_relaxed(&resident->holders, shared ? 1 : LT_EXCLUSIVE);
	} else if (joins(stripe, key, shared)) {
		lt_entry_ref(resident);
		lt_store_relaxed(&resident->holders, shared ? resident->holders + 1 : LT_EXCLUSIVE);
	} else {
		return acquire_locked(stripe, key, shared, deadline);
	}
	stripe->acquisitions++;
	lt_stripe_unlock(stripe);
	lt_entry_acquired(resident, shared);
	return (lt_hold_t){ resident, key->hash };
}

static LT_INLINE lt_hold_t
acquire_prepared(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe;

	if (lt_likely(lt_key_is_inline(key)))
		return acquire_inline(table, key, shared, deadline);

	stripe = lt_stripe_of(table, key->hash);
	lt_stripe_lock(stripe);
	return acquire_locked(stripe, key, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_integer(struct lt_table *table, uint64_t value, bool shared, uint64_t deadline)
{
	lt_key_t key = lt_prepare_integer(table, value);

	lt_require_kind(table, LT_KEYS_INTEGER);
	return acquire_inline(table, &key, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_bytes(struct lt_table *table, const void *bytes, size_t length, bool shared,
    uint64_t deadline)
{
	lt_key_t key = lt_prepare_bytes(table, bytes, length);

	lt_require_kind(table, LT_KEYS_BYTES);
	return acquire_prepared(table, &key, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_ascii(struct lt_table *table, const void *bytes, size_t length, bool shared,
    uint64_t deadline)
{
	lt_key_t key = lt_prepare_bytes(table, bytes, length);

	lt_require_kind(table, LT_KEYS_BYTES);
	if (lt_unlikely(!key.is_ascii))
		return lt_failed(LT_NOT_ASCII);
	return acquire_prepared(table, &key, shared, deadline);
}

lt_hold_t
lt_acquire(lt_table_t *table, const lt_key_t *key, uint64_t deadline)
{

	lt_require_kind(table, key->kind);
	return acquire_prepared(table, key, false, deadline);
}

lt_hold_t
lt_acquire_integer(lt_table_t *table, uint64_t value, uint64_t deadline)
{

	return acquire_integer(table, value, false, deadline);
}

lt_hold_t
lt_acquire_bytes(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_bytes(table, bytes, length, false, deadline);
}

lt_hold_t
lt_acquire_ascii(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_ascii(table, bytes, length, false, deadline);
}

lt_hold_t
lt_acquire_shared(lt_table_t *table, const lt_key_t *key, uint64_t deadline)
{

	lt_require_kind(table, key->kind);
	return acquire_prepared(table, key, true, deadline);
}

lt_hold_t
lt_acquire_integer_shared(lt_table_t *table, uint64_t value, uint64_t deadline)
{

	return acquire_integer(table, value, true, deadline);
}

lt_hold_t
lt_acquire_bytes_shared(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_bytes(table, bytes, length, true, deadline);
}

lt_hold_t
lt_acquire_ascii_shared(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_ascii(table, bytes, length, true, deadline);
}

/* Is it held that way, by somebody? */
static inline bool
is_held_as(const struct lt_entry *entry, bool shared)
{

	return shared ? entry->holders - 1 < LT_MOST_READERS : entry->holders == LT_EXCLUSIVE;
}

static inline void
drop(struct lt_entry *entry, bool shared)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders - 1 : 0);
}

static LT_COLD void
release_locked(struct lt_entry *entry, uint64_t tag, bool shared)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_stripe *stripe = entry->stripe;
	const bool held = is_held_as(entry, shared);

	if (held && entry->hash != tag)
		leftovers.record = lt_record_detach(entry, tag, shared);
	if (!held || (entry->hash != tag && leftovers.record == NULL)) {
		lt_stripe_unlock(stripe);
		lt_trap(shared ?
		    "a shared hold was released that is not held so: it was released before, or never was one" :
		    "a hold was released that is not held: it was released before, or never was one");
	}

	lt_entry_releases(entry, shared);
	drop(entry, shared);
	lt_entry_settle(entry, &leftovers);
	lt_entry_unref(entry, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
}

/*
 * Nothing to remove and nobody to let in: the count does not reach zero, or it is
 * the resident's; nobody is queued, or one who was signalled is on its way. (A
 * signalled waiter is the oldest and not overdue, so no grant is missed.)
 */
static inline bool
is_quiet_release(const struct lt_stripe *stripe, const struct lt_entry *entry)
{

	return (entry->queue == NULL || entry->waking) &&
	    (entry->refs > 1 || (entry == &stripe->resident && (stripe->others & LT_CLOSED) == 0));
}

static LT_INLINE void
release(lt_hold_t hold, bool shared)
{
	struct lt_entry *entry = hold.place;
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (lt_unlikely(!is_held_as(entry, shared) || entry->hash != hold.tag ||
	    !is_quiet_release(stripe, entry))) {
		release_locked(entry, hold.tag, shared);
		return;
	}
	lt_entry_releases(entry, shared);
	drop(entry, shared);
	entry->refs--;
	lt_stripe_unlock(stripe);
}

void
lt_release(lt_hold_t hold)
{

	release(hold, false);
}

void
lt_release_shared(lt_hold_t hold)
{

	release(hold, true);
}

lt_hold_t
lt_downgrade(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;
	struct lt_leftovers leftovers = { 0 };
	struct lt_record *record = NULL;
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (entry->holders == LT_EXCLUSIVE && entry->hash != hold.tag)
		record = lt_record_find(entry, hold.tag, false);
	if (entry->holders != LT_EXCLUSIVE || (entry->hash != hold.tag && record == NULL)) {
		lt_stripe_unlock(stripe);
		lt_trap("a hold was downgraded that is no exclusive one, or was released before");
	}
	if (record != NULL)
		record->is_shared = true;
	lt_entry_releases(entry, false);
	lt_store_relaxed(&entry->holders, 1);
	lt_entry_settle(entry, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return hold;
}

bool
lt_is_held(lt_table_t *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry;
	bool is_held = false;

	lt_require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	entry = lt_stripe_locate(stripe, key, false, &leftovers);
	if (entry != NULL) {
		is_held = entry->holders != 0;
		lt_entry_unref(entry, &leftovers);
	}
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return is_held;
}

LT_END
