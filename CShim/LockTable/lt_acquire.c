/*
 * Acquiring and releasing. The functions here hold the uncontended way of a key
 * that lives in its stripe's resident, one locked section each; everything else
 * is in the functions marked cold, which take over with the stripe locked.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <stdlib.h>

#include "lt_core.h"
#include "lt_key.h"

static lt_hold_t
failed(lt_status_t status)
{
	lt_hold_t hold = { NULL, status };

	return hold;
}

static lt_hold_t
held(struct lt_entry *entry)
{
	lt_hold_t hold = { entry, entry->hash };

	return hold;
}

/*
 * Makes a hold of an entry that is counted for the caller. Locked; unlocks.
 * LT_SUSPENDED (with LT_OR_PIN): it is no hold yet, and still counted.
 */
static lt_status_t
take_counted(struct lt_entry *entry, uint64_t deadline, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	lt_status_t status = LT_OK;

	if (lt_entry_is_free(entry)) {
		lt_entry_hold(entry);
	} else if (deadline == LT_NO_WAIT) {
		lt_entry_unref(entry, leftovers);
		status = LT_BUSY;
	} else if (deadline == LT_OR_PIN) {
		status = LT_SUSPENDED;
	} else {
		return lt_entry_wait(entry, deadline, leftovers);
	}
	lt_stripe_unlock_and_finish(stripe, leftovers);
	return status;
}

static LT_COLD lt_hold_t
acquire_locked(struct lt_stripe *stripe, const lt_key_t *key, uint64_t deadline)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry = lt_stripe_locate(stripe, key, true, &leftovers);
	lt_hold_t hold;
	lt_status_t status;

	if (entry == NULL) {
		lt_stripe_unlock_and_finish(stripe, &leftovers);
		return failed(LT_NO_MEMORY);
	}
	hold = held(entry);
	status = take_counted(entry, deadline, &leftovers);
	if (status == LT_SUSPENDED)
		hold.place = (char *)hold.place + LT_PIN_BIT;
	return status == LT_OK || status == LT_SUSPENDED ? hold : failed(status);
}

static void
require_kind(const struct lt_table *table, uint32_t kind)
{

	if (lt_unlikely(table->keys != kind))
		lt_trap("a key was given to a table that was made for keys of another kind");
}

/* The key must be an inline one. */
static inline lt_hold_t
acquire_inline(struct lt_table *table, const lt_key_t *key, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_entry *resident = &stripe->resident;

	lt_stripe_lock(stripe);
	if (lt_likely(resident->refs == 0 && stripe->others == 0))
		lt_entry_set_inline_key(resident, key);
	else if (resident->refs == 0 || !lt_entry_has_inline_key(resident, key) ||
	    !lt_entry_is_free(resident))
		return acquire_locked(stripe, key, deadline);

	resident->refs++;
	lt_entry_hold(resident);
	lt_stripe_unlock(stripe);
	return (lt_hold_t){ resident, key->hash };
}

static inline lt_hold_t
acquire_prepared(struct lt_table *table, const lt_key_t *key, uint64_t deadline)
{
	struct lt_stripe *stripe;

	if (lt_likely(lt_key_is_inline(key)))
		return acquire_inline(table, key, deadline);

	stripe = lt_stripe_of(table, key->hash);
	lt_stripe_lock(stripe);
	return acquire_locked(stripe, key, deadline);
}

lt_hold_t
lt_acquire(lt_table_t *table, const lt_key_t *key, uint64_t deadline)
{

	require_kind(table, key->kind);
	return acquire_prepared(table, key, deadline);
}

lt_hold_t
lt_acquire_integer(lt_table_t *table, uint64_t value, uint64_t deadline)
{
	lt_key_t key = lt_prepare_integer(table, value);

	require_kind(table, LT_KEYS_INTEGER);
	return acquire_inline(table, &key, deadline);
}

lt_hold_t
lt_acquire_bytes(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{
	lt_key_t key = lt_prepare_bytes(table, bytes, length);

	require_kind(table, LT_KEYS_BYTES);
	return acquire_prepared(table, &key, deadline);
}

lt_hold_t
lt_acquire_ascii(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{
	lt_key_t key = lt_prepare_bytes(table, bytes, length);

	require_kind(table, LT_KEYS_BYTES);
	if (lt_unlikely(!key.is_ascii))
		return failed(LT_NOT_ASCII);
	return acquire_prepared(table, &key, deadline);
}

static LT_COLD void
release_locked(struct lt_entry *entry, uint64_t tag)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter *waiter;

	if (entry->holders == 0 || entry->hash != tag) {
		lt_stripe_unlock(stripe);
		lt_trap("a hold was released that is not held: it was released before, or never was one");
	}

	lt_store_relaxed(&entry->holders, 0);
	waiter = lt_entry_pass_on(entry);
	lt_entry_unref(entry, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	lt_waiter_send(waiter);
}

/*
 * Nothing to remove and nobody to wake: the count does not reach zero, or it is
 * the resident's; nobody is queued, or one who was signalled is on its way. (A
 * signalled waiter is the oldest and not overdue, so no grant is missed.)
 */
static inline bool
is_quiet_release(const struct lt_stripe *stripe, const struct lt_entry *entry)
{

	return (entry->queue == NULL || entry->waking) &&
	    (entry->refs > 1 || (entry == &stripe->resident && (stripe->others & LT_CLOSED) == 0));
}

void
lt_release(lt_hold_t hold)
{
	struct lt_entry *entry = hold.place;
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (lt_unlikely(entry->holders == 0 || entry->hash != hold.tag ||
	    !is_quiet_release(stripe, entry))) {
		release_locked(entry, hold.tag);
		return;
	}
	lt_store_relaxed(&entry->holders, 0);
	entry->refs--;
	lt_stripe_unlock(stripe);
}

bool
lt_is_held(lt_table_t *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry;
	bool is_held = false;

	require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	entry = lt_stripe_locate(stripe, key, false, &leftovers);
	if (entry != NULL) {
		is_held = entry->holders != 0;
		lt_entry_unref(entry, &leftovers);
	}
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return is_held;
}

lt_hold_t
lt_pin(lt_table_t *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry;
	lt_hold_t pin;

	require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	entry = lt_stripe_locate(stripe, key, true, &leftovers);
	pin = entry != NULL ? held(entry) : failed(LT_NO_MEMORY);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return pin;
}

void
lt_unpin(lt_hold_t pin)
{
	struct lt_entry *entry = pin.place;
	struct lt_leftovers leftovers = { 0 };
	struct lt_stripe *stripe;

	lt_require_place(entry);
	stripe = entry->stripe;
	lt_stripe_lock(stripe);
	if (entry->refs == 0) {
		lt_stripe_unlock(stripe);
		lt_trap("a pin was given back that is none: it was given back before, or became a hold");
	}
	lt_entry_unref(entry, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
}

static int
by_place(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)((const lt_hold_t *)a)->place;
	uintptr_t right = (uintptr_t)((const lt_hold_t *)b)->place;

	return (left > right) - (left < right);
}

/* Sorts, and unpins all but one of equal pins. */
static size_t
sort_pins(lt_hold_t *pins, size_t count)
{
	size_t kept = 0;

	qsort(pins, count, sizeof *pins, by_place);
	if (count > 0)
		lt_require_place(pins[0].place);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && pins[kept - 1].place == pins[i].place)
			lt_unpin(pins[i]);
		else
			pins[kept++] = pins[i];
	}
	return kept;
}

/*
 * The order is that of the entries' addresses. It is one order for all callers:
 * callers who could wait for each other have the entries in question pinned or
 * held at the same time, and a pinned entry does not move.
 */
void
lt_sort_pins(lt_hold_t *pins, size_t *count)
{

	*count = sort_pins(pins, *count);
}

bool
lt_try_pinned(lt_hold_t pin)
{
	struct lt_entry *entry = pin.place;
	bool is_free;

	lt_require_place(entry);
	lt_stripe_lock(entry->stripe);
	is_free = lt_entry_is_free(entry);
	if (is_free)
		lt_entry_hold(entry);
	lt_stripe_unlock(entry->stripe);
	return is_free;
}

lt_status_t
lt_acquire_pinned(lt_hold_t *pins, size_t *count, uint64_t deadline)
{
	size_t taken, kept = sort_pins(pins, *count);

	*count = kept;
	for (taken = 0; taken < kept; taken++) {
		struct lt_leftovers leftovers = { 0 };
		struct lt_entry *entry = pins[taken].place;
		lt_status_t status;

		lt_stripe_lock(entry->stripe);
		status = take_counted(entry, deadline, &leftovers);
		if (status == LT_OK)
			continue;

		for (size_t i = taken + 1; i < kept; i++)
			lt_unpin(pins[i]);
		while (taken > 0)
			lt_release(pins[--taken]);
		return status;
	}
	return LT_OK;
}
