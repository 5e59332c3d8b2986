/*
 * Pins, and acquiring several keys by them.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <stdlib.h>

#include "lt_core.h"

static inline struct lt_entry *
entry_of(lt_hold_t pin)
{
	struct lt_entry *entry = (struct lt_entry *)((uintptr_t)pin.place & ~(uintptr_t)LT_SHARED_BIT);

	lt_require_place(entry);
	return entry;
}

static inline bool
is_shared(lt_hold_t pin)
{

	return ((uintptr_t)pin.place & LT_SHARED_BIT) != 0;
}

lt_hold_t
lt_pin(lt_table_t *table, const lt_key_t *key)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry;
	lt_hold_t pin;

	lt_require_kind(table, key->kind);
	lt_stripe_lock(stripe);
	entry = lt_stripe_locate(stripe, key, true, &leftovers);
	pin = entry != NULL ? lt_held(entry) : lt_failed(LT_NO_MEMORY);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return pin;
}

void
lt_unpin(lt_hold_t pin)
{
	struct lt_entry *entry = entry_of(pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_leftovers leftovers = { 0 };

	lt_stripe_lock(stripe);
	if (entry->refs == 0) {
		lt_stripe_unlock(stripe);
		lt_trap("a pin was given back that is none: it was given back before, or became a hold");
	}
	lt_entry_unref(entry, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
}

/* Of one entry's, the exclusive come first: their places lack the bit. */
static int
by_place(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)((const lt_hold_t *)a)->place;
	uintptr_t right = (uintptr_t)((const lt_hold_t *)b)->place;

	return (left > right) - (left < right);
}

/*
 * The order is that of the entries' addresses. It is one order for all callers:
 * callers who could wait for each other have the entries in question pinned or
 * held at the same time, and a pinned entry does not move.
 */
void
lt_sort_pins(lt_hold_t *pins, size_t *count)
{
	size_t kept = 0;

	qsort(pins, *count, sizeof *pins, by_place);
	for (size_t i = 0; i < *count; i++) {
		if (kept > 0 && entry_of(pins[kept - 1]) == entry_of(pins[i]))
			lt_unpin(pins[i]);
		else
			pins[kept++] = pins[i];
	}
	*count = kept;
}

bool
lt_try_pinned(lt_hold_t *pin)
{
	struct lt_entry *entry = entry_of(*pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_leftovers leftovers = { 0 };
	struct lt_record *record = lt_record_create(stripe->table);
	bool is_open;

	lt_stripe_lock(stripe);
	is_open = lt_entry_is_open(entry, is_shared(*pin));
	if (is_open) {
		lt_entry_take(entry, is_shared(*pin), record, &leftovers);
		lt_entry_acquired(entry, is_shared(*pin));
		pin->tag = lt_tag(entry->hash, record);
	} else {
		leftovers.record = record;
	}
	lt_stripe_unlock_and_finish(stripe, &leftovers);
	return is_open;
}

void
lt_release_several(const lt_hold_t *holds, size_t count)
{

	for (size_t i = count; i > 0; i--) {
		lt_hold_t hold = holds[i - 1];

		hold.place = entry_of(hold);
		if (is_shared(holds[i - 1]))
			lt_release_shared(hold);
		else
			lt_release(hold);
	}
}

void
lt_undo_several(const lt_hold_t *holds, size_t count)
{

	for (size_t i = 0; i < count; i++) {
		struct lt_stripe *stripe = entry_of(holds[i])->stripe;

		lt_stripe_lock(stripe);
		stripe->acquisitions--;
		lt_stripe_unlock(stripe);
	}
	lt_release_several(holds, count);
}

lt_status_t
lt_acquire_pinned(lt_hold_t *pins, size_t *count, uint64_t deadline)
{

	lt_sort_pins(pins, count);
	for (size_t taken = 0; taken < *count; taken++) {
		struct lt_leftovers leftovers = { 0 };
		struct lt_entry *entry = entry_of(pins[taken]);
		struct lt_record *record = lt_record_create(entry->stripe->table);
		lt_status_t status;

		lt_stripe_lock(entry->stripe);
		status = lt_entry_acquire(entry, is_shared(pins[taken]), record, deadline, &leftovers);
		if (status == LT_OK) {
			lt_entry_acquired(entry, is_shared(pins[taken]));
			pins[taken].tag = lt_tag(entry->hash, record);
			continue;
		}

		if (record != NULL)
			lt_record_destroy(record);
		for (size_t i = taken + 1; i < *count; i++)
			lt_unpin(pins[i]);
		lt_release_several(pins, taken);
		return status;
	}
	return LT_OK;
}

LT_END
