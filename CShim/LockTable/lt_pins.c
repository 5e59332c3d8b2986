/*
 * Pins, and multi-key calls by pins: they sort the pins, and then turn them into holds one after
 * the other. lt_multi.c says why all callers share one order.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include <stdlib.h>

#include "lt_capacity.h"
#include "lt_deferred.h"
#include "lt_pins.h"
#include "lt_queue.h"
#include "lt_release.h"
#include "lt_take.h"

/* Freeing an entry runs destroy(), which is the caller's code. */
static bool
has_callers_code(const struct lt_entry *entry)
{
	const uint32_t keys = entry->stripe->table->keys;

	return keys == LT_KEYS_OPAQUE || keys == LT_KEYS_OWNING;
}

void
lt_unpin(lt_hold_t pin)
{
	struct lt_entry *entry = lt_entry_of_hold(pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };

	lt_stripe_lock(stripe);
	if (entry->refs == 0) {
		lt_stripe_unlock(stripe);
		lt_trap("a pin was given back that is none: it was given back before, or became a "
		    "hold");
	}
	lt_entry_unref(entry, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

void
lt_pin_again(lt_hold_t pin)
{
	struct lt_entry *entry = lt_entry_of_hold(pin);

	lt_stripe_lock(entry->stripe);
	lt_entry_ref(entry);
	lt_stripe_unlock(entry->stripe);
}

/* --- the order ------------------------------------------------------------------------ */

static int
compare(const void *a, const void *b)
{
	const lt_hold_t left = *(const lt_hold_t *)a, right = *(const lt_hold_t *)b;

	return lt_hold_is_before(right, left) - lt_hold_is_before(left, right);
}

static void
sort_few(lt_hold_t *pins, size_t count)
{

	if (count > LT_FEW_KEYS) {
		qsort(pins, count, sizeof *pins, compare);
		return;
	}
	for (size_t i = 1; i < count; i++)
		(void)lt_hold_insert(pins, i, pins[i]);
}

#define LT_SORT_BITS	5
#define LT_SORT_PARTS	(1 << LT_SORT_BITS)

/*
 * Sorts by hash, which is a pin's tag, and then by place. Many pins are first parted by their
 * highest bits, in place, as hashes are spread evenly: this takes a third of the time of qsort()
 * alone.
 */
void
lt_sort_holds(lt_hold_t *pins, size_t count)
{
	size_t next[LT_SORT_PARTS] = { 0 }, end[LT_SORT_PARTS], sum = 0;

	if (count <= LT_FEW_KEYS) {
		sort_few(pins, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		next[pins[i].tag >> (64 - LT_SORT_BITS)]++;
	for (int part = 0; part < LT_SORT_PARTS; part++) {
		const size_t size = next[part];

		next[part] = sum;
		sum += size;
		end[part] = sum;
	}
	for (int part = 0; part < LT_SORT_PARTS; part++) {
		while (next[part] < end[part]) {
			lt_hold_t pin = pins[next[part]];
			size_t to;

			while ((to = pin.tag >> (64 - LT_SORT_BITS)) != (size_t)part) {
				const lt_hold_t other = pins[next[to]];

				lt_hold_put(pins, next[to]++, pin);
				pin = other;
			}
			lt_hold_put(pins, next[part]++, pin);
		}
	}
	for (int part = 0; part < LT_SORT_PARTS; part++) {
		const size_t from = part > 0 ? end[part - 1] : 0;

		sort_few(pins + from, end[part] - from);
	}
}

void
lt_sort_pins(lt_hold_t *pins, size_t *count)
{
	size_t kept = 0;

	lt_sort_holds(pins, *count);
	for (size_t i = 0; i < *count; i++) {
		if (kept > 0 && lt_entry_of_hold(pins[kept - 1]) == lt_entry_of_hold(pins[i]))
			lt_unpin(pins[i]);
		else
			pins[kept++] = pins[i];
	}
	*count = kept;
}

/* --- from pins to holds --------------------------------------------------------------- */

static bool
try_pinned(lt_hold_t *pin, size_t counted)
{
	struct lt_entry *entry = lt_entry_of_hold(*pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_deferred deferred = { 0 };
	struct lt_record *record = lt_record_create(stripe->table);
	bool is_open;

	lt_require_locks(stripe->table);
	lt_stripe_lock(stripe);
	is_open = !lt_is_shut_down(stripe->table) &&
	    lt_entry_is_open(entry, lt_hold_is_shared(*pin));
	if (is_open) {
		lt_entry_take(entry, lt_hold_is_shared(*pin), record, counted, &deferred);
		lt_entry_acquired(entry, lt_hold_is_shared(*pin));
		pin->tag = lt_tag(entry->hash, record);
	} else {
		deferred.record = lt_stripe_keep_record(stripe, record);
	}
	lt_stripe_unlock_and_finish(stripe, &deferred);
	return is_open;
}

bool
lt_try_pinned(lt_hold_t *pin)
{

	return try_pinned(pin, 1);
}

lt_status_t
lt_take_pinned(lt_hold_t *pins, size_t count, size_t *taken)
{

	for (; *taken < count; ++*taken) {
		if (!try_pinned(&pins[*taken], lt_counted_with(*taken, count)))
			return LT_SUSPENDED;
	}
	return LT_OK;
}

void
lt_give_back(const lt_hold_t *holds, size_t taken, size_t count)
{

	lt_release_multi(holds, taken);
	for (size_t i = taken; i < count; i++)
		lt_unpin(holds[i]);
}

/* Fails, as the table was shut down, whether or not the key is free. */
static LT_COLD lt_status_t
refuse_pinned(struct lt_stripe *stripe, uint64_t deadline)
{

	if (deadline != LT_NO_WAIT)
		lt_table_note_failure(stripe->table, LT_CLOSED);
	return LT_CLOSED;
}

bool
lt_shares_hash(const lt_hold_t *pins, size_t count, size_t index)
{
	const uint64_t hash = pins[index].tag;

	return (index > 0 && lt_entry_of_hold(pins[index - 1])->hash == hash) ||
	    (index + 1 < count && pins[index + 1].tag == hash);
}

/*
 * Turns the pin into a hold. If it waits and fails, dropping the last reference may run the
 * caller's code. So the pin is kept until the call holds nothing. LT_OK: the pin is gone.
 * Otherwise *is_pinned says whether the pin remains. `keep`: it does.
 */
static lt_status_t
wait_pinned(lt_hold_t *pin, uint64_t deadline, size_t counted, uint32_t most_waiters, bool keep,
    bool *is_pinned)
{
	struct lt_deferred deferred = { 0 };
	struct lt_entry *entry = lt_entry_of_hold(*pin);
	struct lt_record *record;
	lt_status_t status;

	*is_pinned = true;
	lt_require_locks(entry->stripe->table);
	if (lt_is_refused(entry->stripe->table, deadline))
		return refuse_pinned(entry->stripe, deadline);
	record = lt_record_create(entry->stripe->table);
	lt_stripe_lock(entry->stripe);
	*is_pinned = (keep || has_callers_code(entry)) &&
	    !lt_entry_is_open(entry, lt_hold_is_shared(*pin));
	if (*is_pinned)
		lt_entry_ref(entry);
	status = lt_entry_acquire(entry, lt_hold_is_shared(*pin), record, deadline, counted,
	    most_waiters, &deferred);
	if (status != LT_OK) {
		if (record != NULL)
			lt_record_destroy(record);
		return status;
	}
	lt_entry_acquired(entry, lt_hold_is_shared(*pin));
	pin->tag = lt_tag(entry->hash, record);
	if (*is_pinned)
		lt_unpin(*pin);
	return LT_OK;
}

lt_status_t
lt_wait_pinned(lt_hold_t *pins, size_t count, size_t taken, uint64_t deadline,
    uint32_t most_waiters, lt_hold_t *failed)
{
	bool is_pinned;

	for (; taken < count; taken++) {
		const bool keep = failed != NULL && lt_shares_hash(pins, count, taken);
		const lt_status_t status = wait_pinned(&pins[taken], deadline,
		    lt_counted_with(taken, count), most_waiters, keep, &is_pinned);

		if (status == LT_OK)
			continue;
		if (failed != NULL)
			*failed = (lt_hold_t){ keep ? lt_entry_of_hold(pins[taken]) : NULL,
			    pins[taken].tag };
		lt_release_multi(pins, taken);
		/* The pin may be gone, or be the caller's. */
		taken += keep || !is_pinned;
		lt_give_back(pins + taken, 0, count - taken);
		return status;
	}
	return LT_OK;
}

lt_status_t
lt_acquire_pinned(lt_hold_t *pins, size_t *count, uint64_t deadline)
{

	lt_sort_pins(pins, count);
	return lt_wait_pinned(pins, *count, 0, deadline, LT_ANY_NUMBER, NULL);
}

/* --- releasing ------------------------------------------------------------------------ */

static void
release_all(const lt_hold_t *holds, size_t count)
{

	for (size_t i = count; i > 0; i--) {
		lt_hold_t hold = holds[i - 1];

		hold.place = lt_entry_of_hold(hold);
		if (lt_hold_is_shared(holds[i - 1]))
			lt_release_shared(hold);
		else
			lt_release(hold);
	}
}

/* Takes the values out, and destroys them when nothing is held. */
static LT_NOINLINE void
release_owning(const lt_hold_t *holds, size_t count)
{
	uint64_t values[LT_FEW_KEYS][LT_RESIDENT_KEY / sizeof(uint64_t)];
	/* The last release may free a closed table. */
	const lt_value_operations_t operations =
	    lt_entry_of_hold(holds[0])->stripe->table->value_operations;
	size_t kept = 0;

	for (size_t i = count; i > 0; i--) {
		lt_hold_t hold = holds[i - 1];

		hold.place = lt_entry_of_hold(hold);
		kept += lt_release_but_value(hold, lt_hold_is_shared(holds[i - 1]), values[kept]);
	}
	while (kept > 0)
		operations.destroy(operations.type, values[--kept]);
}

void
lt_release_multi(const lt_hold_t *holds, size_t count)
{

	if (count < 2 || !has_callers_code(lt_entry_of_hold(holds[0]))) {
		release_all(holds, count);
		return;
	}
	if (count <= LT_FEW_KEYS &&
	    lt_entry_of_hold(holds[0])->stripe->table->keys == LT_KEYS_OWNING) {
		release_owning(holds, count);
		return;
	}
	/* The pins keep the entries until nothing is held. */
	for (size_t i = 0; i < count; i++)
		lt_pin_again(holds[i]);
	release_all(holds, count);
	lt_give_back(holds, 0, count);
}

void
lt_release_multi_while_open(const lt_hold_t *holds, size_t count)
{

	if (count > 1 && has_callers_code(lt_entry_of_hold(holds[0]))) {
		lt_release_multi(holds, count);
		return;
	}
	for (size_t i = count; i > 0; i--) {
		lt_hold_t hold = holds[i - 1];

		hold.place = lt_entry_of_hold(hold);
		if (lt_hold_is_shared(holds[i - 1]))
			lt_release_shared(hold);
		else
			lt_release_while_open(hold.place);
	}
}

LT_END

#endif /* LT_SUPPORTED */
