/*
 * Several keys: acquired one after the other, in one order that all callers share. It is
 * that of the keys' hashes, which a key has before anything is looked up, and for different
 * keys of one hash that of their entries' addresses, once the call has pinned them all.
 *
 * It is one order: callers who could wait for each other at keys of one hash have these pinned or
 * held at the same time, and an entry that is present does not move. So nobody waits, or is
 * refused, in a circle: of calls for the same keys, the one that has the first of them can be
 * stopped by none of the others. To hold some keys while one waits for the next is safe for
 * the same reason, and what was taken need not be given back to wait.
 *
 * The caller's code (the functions for opaque keys) is called before the first key is taken and
 * after the last was released, and not in between.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire.h"
#include "lt_pins.h"
#include "lt_resident.h"

/* --- from keys to holds --------------------------------------------------------------- */

/*
 * A key that has no hold and no pin yet stands in its place of `holds`: its hash for the tag, and
 * where it is in the caller's array for the place. Integers need no array.
 */
#define LT_INDEX_SHIFT	2

static LT_INLINE const lt_key_t *
key_of(const lt_key_t *keys, lt_hold_t wanted, lt_key_t *integer)
{

	if (keys != NULL)
		return &keys[(uintptr_t)wanted.place >> LT_INDEX_SHIFT];
	*integer = (lt_key_t){ wanted.tag, NULL, 0, LT_KEYS_INTEGER, 0 };
	return integer;
}

/* Of two whose hashes are equal. */
static inline bool
are_one_key(const lt_key_t *keys, lt_hold_t a, lt_hold_t b)
{
	const lt_key_t *left, *right;
	lt_key_t unused;

	if (keys == NULL)
		return true;
	left = key_of(keys, a, &unused);
	right = key_of(keys, b, &unused);
	return left->length == right->length &&
	    (left->length == 0 || lt_same_bytes(left->bytes, right->bytes, left->length));
}

static inline void
merge(lt_hold_t *kept, lt_hold_t duplicate)
{

	if (!lt_hold_is_shared(duplicate) && lt_hold_is_shared(*kept))
		kept->place = (void *)((uintptr_t)kept->place & ~(uintptr_t)LT_SHARED_BIT);
}

/* Of sorted keys. False: there are different ones of one hash, and duplicates may be left. */
static LT_INLINE bool
drop_duplicates(const lt_key_t *keys, lt_hold_t *holds, size_t *count)
{
	size_t kept = 0;
	bool are_different = true;

	for (size_t i = 0; i < *count; i++) {
		const bool is_first = kept == 0 || lt_likely(holds[kept - 1].tag != holds[i].tag);

		if (!is_first && are_one_key(keys, holds[kept - 1], holds[i])) {
			merge(&holds[kept - 1], holds[i]);
			continue;
		}
		are_different = are_different && is_first;
		if (kept < i)
			lt_hold_put(holds, kept, holds[i]);
		kept++;
	}
	*count = kept;
	return are_different;
}

/* Those from there on. False: no memory, and none of them is pinned. */
static bool
pin_keys(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t from, size_t count)
{

	for (size_t i = from; i < count; i++) {
		lt_key_t integer;
		const lt_hold_t pin = lt_pin(table, key_of(keys, holds[i], &integer));

		if (pin.place == NULL) {
			lt_give_back(holds + from, 0, i - from);
			return false;
		}
		holds[i] = lt_hold_marked(pin, lt_hold_is_shared(holds[i]));
	}
	return true;
}

/* What is left to do of a call that has pinned all that it does not hold, and not got the next at once. */
static lt_status_t
finish_by_pins(lt_hold_t *holds, size_t count, size_t taken, uint64_t deadline)
{

	if (deadline == LT_OR_PIN)
		return LT_SUSPENDED;
	if (deadline != LT_NO_WAIT)
		return lt_wait_pinned(holds, count, taken, deadline);
	lt_give_back(holds, taken, count);
	return LT_BUSY;
}

/* Where the order takes pins: of opaque keys, which the caller compares, and of different keys of one hash. */
static LT_COLD lt_status_t
acquire_by_pins(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count,
    size_t *taken, uint64_t deadline)
{

	*taken = 0;
	if (!pin_keys(table, keys, holds, 0, *count))
		return LT_NO_MEMORY;
	lt_sort_pins(holds, count);
	if (lt_take_pinned(holds, *count, taken) == LT_OK)
		return LT_OK;
	return finish_by_pins(holds, *count, *taken, deadline);
}

/* The next could not be had at once: `got` is its pin, or says why there is none. */
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
acquire_next(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline, size_t counted)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	if (shared)
		lt_stripe_lock_shared(stripe);
	else
		lt_stripe_lock(stripe);
	if (lt_likely(lt_key_is_inline(key) && lt_resident_take(stripe, key, shared, counted)))
		return (lt_hold_t){ &stripe->resident, key->hash };
	return lt_acquire_one_of_multi(stripe, key, shared, deadline, counted);
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
		const lt_key_t *key = key_of(keys, holds[i], &integer);
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
 * One more of sorted keys, each of which is there once. Returns how many there are then: as many as
 * before, if it is one of them. *share_hash: there is another of its hash.
 */
static LT_INLINE size_t
insert_wanted(const lt_key_t *keys, lt_hold_t *holds, size_t count, lt_hold_t wanted, bool *share_hash)
{
	size_t to = count;

	for (; to > 0 && wanted.tag < holds[to - 1].tag; to--)
		lt_hold_put(holds, to, holds[to - 1]);
	if (lt_unlikely(to > 0 && wanted.tag == holds[to - 1].tag)) {
		if (are_one_key(keys, holds[to - 1], wanted)) {
			merge(&holds[to - 1], wanted);
			for (; to < count; to++)
				lt_hold_put(holds, to, holds[to + 1]);
			return count;
		}
		*share_hash = true;
	}
	lt_hold_put(holds, to, wanted);
	return count + 1;
}

static LT_INLINE lt_hold_t
wanted_integer(const struct lt_table *table, const lt_hold_t *holds, size_t i)
{

	return (lt_hold_t){ holds[i].place, lt_mix_integer(table, holds[i].tag) };
}

static LT_INLINE lt_hold_t
wanted_key(const struct lt_table *table, const lt_key_t *keys, const lt_hold_t *holds, size_t i)
{

	lt_require_kind(table, keys[i].kind);
	return (lt_hold_t){ (void *)(i << LT_INDEX_SHIFT | (uintptr_t)holds[i].place), keys[i].hash };
}

/*
 * Puts those that are wanted into order, each once; where they are few, in one pass. False: there are
 * different ones of one hash, and some may be there twice.
 */
static LT_INLINE bool
sort_wanted(const struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count)
{
	const bool are_few = lt_likely(*count <= LT_FEW_KEYS);
	bool share_hash = false;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		const lt_hold_t wanted = keys != NULL ? wanted_key(table, keys, holds, i) :
		    wanted_integer(table, holds, i);

		if (are_few)
			kept = insert_wanted(keys, holds, kept, wanted, &share_hash);
		else
			lt_hold_put(holds, i, wanted);
	}
	if (are_few) {
		*count = kept;
		return !share_hash;
	}
	lt_sort_holds(holds, *count);
	return drop_duplicates(keys, holds, count);
}

lt_status_t
lt_acquire_multi_integers(lt_table_t *table, lt_hold_t *holds, size_t *count, size_t *taken,
    uint64_t deadline)
{

	lt_require_kind(table, LT_KEYS_INTEGER);
	(void)sort_wanted(table, NULL, holds, count);
	return acquire_sorted(table, NULL, holds, *count, taken, deadline);
}

lt_status_t
lt_acquire_multi(lt_table_t *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count,
    size_t *taken, uint64_t deadline)
{

	if (table->keys == LT_KEYS_OPAQUE) {
		for (size_t i = 0; i < *count; i++)
			holds[i] = wanted_key(table, keys, holds, i);
		return acquire_by_pins(table, keys, holds, count, taken, deadline);
	}
	if (!sort_wanted(table, keys, holds, count))
		return acquire_by_pins(table, keys, holds, count, taken, deadline);
	return acquire_sorted(table, keys, holds, *count, taken, deadline);
}

LT_END

#endif /* LT_SUPPORTED */
