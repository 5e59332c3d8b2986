/*
 * Multi-key calls: they acquire keys one after the other, in one order that all callers share. A
 * key's hash comes first in that order, and is known before any lookup. Different keys with one
 * hash are ordered by their entries' addresses, once the call has pinned them all.
 *
 * All calls share this one order: callers that could wait for each other at keys with one hash
 * have these keys pinned or held at the same time, and a present entry does not move. So callers
 * do not wait for each other, or refuse each other, in a cycle: of the calls for the same keys,
 * none of the others can stop the one that has the first key. For the same reason it is safe to
 * hold some keys while waiting for the next, and a call need not give back what it took in order
 * to wait.
 *
 * The caller's code (the functions for opaque keys and values) is called before the first key is
 * taken and after the last was released, and not in between.
 *
 * Values are taken without a comparison as long as no present entry has their hash. If one has it,
 * the call turns its holds into pins, as only then it may compare, and goes on by pins. It has been
 * in nobody's way for long, and begins again where the others do: at the first key of the order.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire_otherwise.h"
#include "lt_begin.h"
#include "lt_lookup.h"
#include "lt_resident.h"
#include "lt_wanted.h"

/* --- by pins --------------------------------------------------------------------------- */

/* Pins the keys from `from` on. Returns false, with none of them pinned, if memory ran out. */
static bool
pin_keys(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t from, size_t count)
{

	for (size_t i = from; i < count; i++) {
		lt_key_t integer;
		const lt_hold_t pin = lt_pin(table, lt_key_of_wanted(keys, holds[i], &integer));

		if (pin.place == NULL) {
			lt_give_back(holds + from, 0, i - from);
			return false;
		}
		holds[i] = lt_hold_marked(pin, lt_hold_is_shared(holds[i]));
	}
	return true;
}

/*
 * Finishes a call that has pinned all that it does not hold, and could not get the next key at
 * once.
 */
static lt_status_t
finish_by_pins(lt_hold_t *holds, size_t count, size_t taken, uint64_t deadline)
{

	if (deadline == LT_OR_PIN)
		return LT_SUSPENDED;
	if (deadline != LT_NO_WAIT)
		return lt_wait_pinned(holds, count, taken, deadline, LT_ANY_NUMBER, NULL);
	lt_give_back(holds, taken, count);
	return LT_BUSY;
}

/*
 * For keys whose order depends on pins: those that the caller compares, and different keys with one
 * hash. The first keys are pinned already.
 */
static LT_COLD lt_status_t
acquire_by_pins(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t pinned,
    size_t *count, size_t *taken, uint64_t deadline)
{

	*taken = 0;
	if (!pin_keys(table, keys, holds, pinned, *count)) {
		lt_give_back(holds, 0, pinned);
		return LT_NO_MEMORY;
	}
	lt_sort_pins(holds, count);
	if (lt_take_pinned(holds, *count, taken) == LT_OK)
		return LT_OK;
	return finish_by_pins(holds, *count, *taken, deadline);
}

/* --- values ---------------------------------------------------------------------------- */

/*
 * Acquires a value if no present entry has its hash, and the stripe has room for it. The stripe is
 * locked before the call and unlocked after it. NULL: nothing was done.
 */
static struct lt_entry *
take_new(struct lt_stripe *stripe, const lt_key_t *key, bool shared, size_t counted)
{
	struct lt_entry *entry = &stripe->resident;

	if (lt_resident_take(stripe, key, shared, counted))
		return entry;
	if (!stripe->has_records && !lt_has_extras(stripe->table) && lt_stripe_is_unused(stripe)) {
		lt_entry_set_inline_key(entry, key);
		entry->refs = 1;
		lt_store_relaxed(&entry->holders, shared ? 1 : LT_EXCLUSIVE);
		lt_stripe_consider_fast(stripe);
	} else if (!stripe->has_records && lt_stripe_take_young(stripe, key, shared)) {
		entry = stripe->resident.young;
		lt_entry_begin_extra(entry);
	} else {
		lt_stripe_unlock(stripe);
		return NULL;
	}
	lt_stripe_count_holds(stripe, counted);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(entry, shared);
	return entry;
}

/*
 * Acquires sorted values of different hashes, as long as each is new. Returns how many it has. If
 * those are not all, they are pins, and nothing is held.
 */
static size_t
take_all_new(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t count)
{
	size_t taken;

	for (taken = 0; taken < count; taken++) {
		const lt_key_t *key = lt_key_of_wanted(keys, holds[taken], NULL);
		const bool shared = lt_hold_is_shared(holds[taken]);
		struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
		struct lt_entry *entry;

		lt_stripe_lock(stripe);
		lt_stripe_begin_once(table, stripe);
		entry = take_new(stripe, key, shared, lt_counted_with(taken, count));
		if (entry == NULL)
			break;
		lt_hold_put(holds, taken, lt_hold_marked(lt_held(entry), shared));
	}
	if (taken == count)
		return taken;
	for (size_t i = 0; i < taken; i++)
		lt_pin_again(holds[i]);
	lt_release_multi(holds, taken);
	return taken;
}

/* The next key was not available at once. `got` is its pin, or the reason why there is none. */
static LT_COLD lt_status_t
leave_or_wait(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t count,
    size_t taken, lt_hold_t got, uint64_t deadline)
{
	const bool shared = lt_hold_is_shared(holds[taken]);

	if (got.place == NULL) {
		lt_release_multi(holds, taken);
		return (lt_status_t)got.tag;
	}
	got.place = (char *)got.place - LT_PIN_BIT;
	holds[taken] = lt_hold_marked(got, shared);
	if (!pin_keys(table, keys, holds, taken + 1, count)) {
		lt_give_back(holds, taken, taken + 1);
		return LT_NO_MEMORY;
	}
	return finish_by_pins(holds, count, taken, deadline);
}

static LT_INLINE lt_hold_t
acquire_next(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline,
    size_t counted)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	if (shared)
		lt_stripe_lock_shared(stripe);
	else
		lt_stripe_lock(stripe);
	if (lt_likely(lt_key_is_short(key) && lt_resident_take(stripe, key, shared, counted)))
		return (lt_hold_t){ &stripe->resident, key->hash };
	return lt_acquire_one_of_multi(table, stripe, key, shared, deadline, counted);
}

static LT_INLINE lt_status_t
acquire_sorted(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t count,
    size_t *taken, uint64_t deadline)
{
	const uint64_t first = deadline == LT_NO_WAIT ? LT_NO_WAIT : LT_OR_PIN;

	for (size_t i = 0; i < count; i++) {
		const size_t counted = lt_counted_with(i, count);
		const bool shared = lt_hold_is_shared(holds[i]);
		lt_key_t integer;
		const lt_key_t *key = lt_key_of_wanted(keys, holds[i], &integer);
		const lt_hold_t got = shared ? acquire_next(table, key, true, first, counted) :
		    acquire_next(table, key, false, first, counted);

		if (lt_unlikely(got.place == NULL || ((uintptr_t)got.place & LT_PIN_BIT) != 0)) {
			*taken = i;
			return leave_or_wait(table, keys, holds, count, i, got, deadline);
		}
		lt_hold_put(holds, i, lt_hold_marked(got, shared));
	}
	*taken = count;
	return LT_OK;
}

/*
 * Acquires keys of a table that was shut down, by pins: so each is refused, or waited for, or left
 * to the caller, whether or not it is free. What cannot but fail does so with nothing pinned.
 */
static LT_COLD lt_status_t
acquire_after_shut_down(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds,
    size_t *count, size_t *taken, uint64_t deadline)
{

	for (size_t i = 0; i < *count; i++)
		holds[i] = keys != NULL ? lt_wanted_key(table, keys, holds, i) :
		    lt_wanted_integer(table, holds, i);
	if (*count > 0 && lt_is_refused(table, deadline)) {
		if (deadline != LT_NO_WAIT)
			lt_table_note_failure(table, LT_CLOSED);
		return LT_CLOSED;
	}
	return acquire_by_pins(table, keys, holds, 0, count, taken, deadline);
}

/* The table has diagnostics, or was shut down, or the kind is wrong. */
static LT_NOINLINE lt_status_t
acquire_integers_otherwise(struct lt_table *table, lt_hold_t *holds, size_t *count, size_t *taken,
    uint64_t deadline)
{

	lt_require_kind(table, LT_KEYS_INTEGER);
	lt_require_locks(table);
	if (lt_is_shut_down(table))
		return acquire_after_shut_down(table, NULL, holds, count, taken, deadline);
	(void)lt_sort_wanted(table, NULL, holds, count);
	return acquire_sorted(table, NULL, holds, *count, taken, deadline);
}

lt_status_t
lt_acquire_multi_integers(lt_table_t *table, lt_hold_t *holds, size_t *count, size_t *taken,
    uint64_t deadline)
{

	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != LT_KEYS_INTEGER))
		return acquire_integers_otherwise(table, holds, count, taken, deadline);
	(void)lt_sort_wanted(table, NULL, holds, count);
	return acquire_sorted(table, NULL, holds, *count, taken, deadline);
}

/* The values of pins that a call leaves belong to the table: the caller is told which. */
static void
note_given(lt_key_t *keys, size_t count, const lt_hold_t *pins, size_t pinned)
{

	for (size_t i = 0; i < pinned; i++) {
		size_t k = 0;

		while (k < count && keys[k].hash != pins[i].tag)
			k++;
		if (k < count)
			keys[k].bytes = NULL;
	}
}

bool
lt_acquire_multi_new(lt_table_t *table, lt_key_t *keys, lt_hold_t *holds, size_t count,
    size_t *pinned)
{
	size_t kept = count;

	*pinned = 0;
	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != LT_KEYS_OWNING)) {
		lt_require_kind(table, LT_KEYS_OWNING);
		lt_require_locks(table);
		/* Then the pins decide whether the call goes on. */
		if (lt_is_shut_down(table))
			return false;
	}
	if (!lt_sort_wanted(table, keys, holds, &kept))
		return false;
	*pinned = take_all_new(table, keys, holds, count);
	if (*pinned == count)
		return true;
	note_given(keys, count, holds, *pinned);
	return false;
}

/* What acquires keys that are not plain ones of bytes. */
static LT_NOINLINE lt_status_t
acquire_otherwise(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count,
    size_t *taken, uint64_t deadline)
{

	lt_require_locks(table);
	if (table->keys == LT_KEYS_OWNING)
		lt_trap("several keys that own something were acquired without pins of them");
	if (lt_is_shut_down(table))
		return acquire_after_shut_down(table, keys, holds, count, taken, deadline);
	if (table->keys == LT_KEYS_OPAQUE) {
		for (size_t i = 0; i < *count; i++)
			holds[i] = lt_wanted_key(table, keys, holds, i);
		return acquire_by_pins(table, keys, holds, 0, count, taken, deadline);
	}
	if (!lt_sort_wanted(table, keys, holds, count))
		return acquire_by_pins(table, keys, holds, 0, count, taken, deadline);
	if (table->keys == LT_KEYS_VALUE) {
		*taken = take_all_new(table, keys, holds, *count);
		if (*taken == *count)
			return LT_OK;
		return acquire_by_pins(table, keys, holds, *taken, count, taken, deadline);
	}
	return acquire_sorted(table, keys, holds, *count, taken, deadline);
}

lt_status_t
lt_acquire_multi(lt_table_t *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count,
    size_t *taken, uint64_t deadline)
{

	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != LT_KEYS_BYTES))
		return acquire_otherwise(table, keys, holds, count, taken, deadline);
	if (!lt_sort_wanted(table, keys, holds, count))
		return acquire_by_pins(table, keys, holds, 0, count, taken, deadline);
	return acquire_sorted(table, keys, holds, *count, taken, deadline);
}

LT_END

#endif /* LT_SUPPORTED */
