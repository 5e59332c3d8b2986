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

#include <stdlib.h>

#include "lt_core.h"
#include "lt_key.h"
#include "lt_resident.h"

/* Up to so many are sorted in place; to call a function for each comparison takes longer. */
#define LT_FEW_KEYS	16

static inline struct lt_entry *
entry_of(lt_hold_t pin)
{
	struct lt_entry *entry = (struct lt_entry *)((uintptr_t)pin.place & ~(uintptr_t)LT_SHARED_BIT);

	lt_require_place(entry);
	return entry;
}

static LT_INLINE bool
is_shared(lt_hold_t pin)
{

	return ((uintptr_t)pin.place & LT_SHARED_BIT) != 0;
}

static LT_INLINE lt_hold_t
marked(lt_hold_t hold, bool shared)
{

	hold.place = (void *)((uintptr_t)hold.place | (shared ? LT_SHARED_BIT : 0));
	return hold;
}

/* destroy() is code of the caller's, and runs when an entry goes. */
static bool
has_callers_code(const struct lt_entry *entry)
{

	return entry->stripe->table->keys == LT_KEYS_OPAQUE;
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

void
lt_pin_again(lt_hold_t pin)
{
	struct lt_entry *entry = entry_of(pin);

	lt_stripe_lock(entry->stripe);
	lt_entry_ref(entry);
	lt_stripe_unlock(entry->stripe);
}

/* --- the order ------------------------------------------------------------------------ */

/* Of one entry's pins, the exclusive come first: their places lack the bit. */
static inline bool
is_before(lt_hold_t a, lt_hold_t b)
{

	return a.tag < b.tag || (a.tag == b.tag && (uintptr_t)a.place < (uintptr_t)b.place);
}

static int
compare(const void *a, const void *b)
{
	const lt_hold_t left = *(const lt_hold_t *)a, right = *(const lt_hold_t *)b;

	return is_before(right, left) - is_before(left, right);
}

/* Field by field: what was written in halves and is read in one waits for the cache. */
static LT_INLINE void
put(lt_hold_t *pins, size_t at, lt_hold_t pin)
{

	pins[at].place = pin.place;
	pins[at].tag = pin.tag;
}

/* Moves the last of so many to its place among the others, which are sorted. Returns that. */
static LT_INLINE size_t
insert(lt_hold_t *pins, size_t last, lt_hold_t pin)
{
	size_t to = last;

	for (; to > 0 && is_before(pin, pins[to - 1]); to--)
		put(pins, to, pins[to - 1]);
	put(pins, to, pin);
	return to;
}

static void
sort_few(lt_hold_t *pins, size_t count)
{

	if (count > LT_FEW_KEYS) {
		qsort(pins, count, sizeof *pins, compare);
		return;
	}
	for (size_t i = 1; i < count; i++)
		(void)insert(pins, i, pins[i]);
}

#define LT_SORT_BITS	5
#define LT_SORT_PARTS	(1 << LT_SORT_BITS)

/*
 * By hash, which is a pin's tag, and place. Many are parted by their highest bits first, in place,
 * as hashes are spread evenly: a third of the time of qsort() alone.
 */
static void
sort(lt_hold_t *pins, size_t count)
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

				put(pins, next[to]++, pin);
				pin = other;
			}
			put(pins, next[part]++, pin);
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

	sort(pins, *count);
	for (size_t i = 0; i < *count; i++) {
		if (kept > 0 && entry_of(pins[kept - 1]) == entry_of(pins[i]))
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
	struct lt_entry *entry = entry_of(*pin);
	struct lt_stripe *stripe = entry->stripe;
	struct lt_leftovers leftovers = { 0 };
	struct lt_record *record = lt_record_create(stripe->table);
	bool is_open;

	lt_stripe_lock(stripe);
	is_open = lt_entry_is_open(entry, is_shared(*pin));
	if (is_open) {
		lt_entry_take(entry, is_shared(*pin), record, counted, &leftovers);
		lt_entry_acquired(entry, is_shared(*pin));
		pin->tag = lt_tag(entry->hash, record);
	} else {
		leftovers.record = record;
	}
	lt_stripe_unlock_and_finish(stripe, &leftovers);
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

/* The first `taken` are holds; the others are pins. */
static void
give_back(const lt_hold_t *holds, size_t taken, size_t count)
{

	lt_release_several(holds, taken);
	for (size_t i = taken; i < count; i++)
		lt_unpin(holds[i]);
}

/*
 * Makes a hold of the pin. If there is a wait and it fails, the caller's code may be what is left to be
 * run: the pin is kept, until nothing is held. LT_OK: it is gone. Otherwise *is_pinned tells.
 */
static lt_status_t
wait_pinned(lt_hold_t *pin, uint64_t deadline, size_t counted, bool *is_pinned)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_entry *entry = entry_of(*pin);
	struct lt_record *record = lt_record_create(entry->stripe->table);
	lt_status_t status;

	lt_stripe_lock(entry->stripe);
	*is_pinned = has_callers_code(entry) && !lt_entry_is_open(entry, is_shared(*pin));
	if (*is_pinned)
		lt_entry_ref(entry);
	status = lt_entry_acquire(entry, is_shared(*pin), record, deadline, counted, &leftovers);
	if (status != LT_OK) {
		if (record != NULL)
			lt_record_destroy(record);
		return status;
	}
	lt_entry_acquired(entry, is_shared(*pin));
	pin->tag = lt_tag(entry->hash, record);
	if (*is_pinned)
		lt_unpin(*pin);
	return LT_OK;
}

lt_status_t
lt_wait_pinned(lt_hold_t *pins, size_t count, size_t taken, uint64_t deadline)
{
	bool is_pinned;

	for (; taken < count; taken++) {
		const lt_status_t status = wait_pinned(&pins[taken], deadline,
		    lt_counted_with(taken, count), &is_pinned);

		if (status == LT_OK)
			continue;
		lt_release_several(pins, taken);
		give_back(pins + taken + !is_pinned, 0, count - taken - !is_pinned);
		return status;
	}
	return LT_OK;
}

lt_status_t
lt_acquire_pinned(lt_hold_t *pins, size_t *count, uint64_t deadline)
{

	lt_sort_pins(pins, count);
	return lt_wait_pinned(pins, *count, 0, deadline);
}

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

	if (!is_shared(duplicate) && is_shared(*kept))
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
			put(holds, kept, holds[i]);
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
			give_back(holds + from, 0, i - from);
			return false;
		}
		holds[i] = marked(pin, is_shared(holds[i]));
	}
	return true;
}

/* What is left to do of a call that has pinned all that it does not hold, and not got the next at once. */
static lt_status_t
go_on(lt_hold_t *holds, size_t count, size_t taken, uint64_t deadline)
{

	if (deadline == LT_OR_PIN)
		return LT_SUSPENDED;
	if (deadline != LT_NO_WAIT)
		return lt_wait_pinned(holds, count, taken, deadline);
	give_back(holds, taken, count);
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
	return go_on(holds, *count, *taken, deadline);
}

/* The next could not be had at once: `got` is its pin, or says why there is none. */
static LT_COLD lt_status_t
leave_or_wait(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t count,
    size_t taken, lt_hold_t got, uint64_t deadline)
{
	const bool shared = is_shared(holds[taken]);

	if (got.place == NULL) {
		lt_release_several(holds, taken);
		return (lt_status_t)got.tag;
	}
	got.place = (char *)got.place - LT_PIN_BIT;
	holds[taken] = marked(got, shared);
	if (!pin_keys(table, keys, holds, taken + 1, count)) {
		give_back(holds, taken, taken + 1);
		return LT_NO_MEMORY;
	}
	return go_on(holds, count, taken, deadline);
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
	return lt_acquire_one_of_several(stripe, key, shared, deadline, counted);
}

static LT_INLINE lt_status_t
acquire_sorted(struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t count,
    size_t *taken, uint64_t deadline)
{
	const uint64_t first = deadline == LT_NO_WAIT ? LT_NO_WAIT : LT_OR_PIN;

	for (size_t i = 0; i < count; i++) {
		const size_t counted = lt_counted_with(i, count);
		const bool shared = is_shared(holds[i]);
		lt_key_t integer;
		const lt_key_t *key = key_of(keys, holds[i], &integer);
		const lt_hold_t got = shared ? acquire_next(table, key, true, first, counted) :
		    acquire_next(table, key, false, first, counted);

		if (lt_unlikely(got.place == NULL || ((uintptr_t)got.place & LT_PIN_BIT) != 0)) {
			*taken = i;
			return leave_or_wait(table, keys, holds, count, i, got, deadline);
		}
		put(holds, i, marked(got, shared));
	}
	*taken = count;
	return LT_OK;
}

/*
 * One more of sorted keys, each of which is there once. Returns how many there are then: as many as
 * before, if it is one of them. *are_alike: there is another of its hash.
 */
static LT_INLINE size_t
insert_wanted(const lt_key_t *keys, lt_hold_t *holds, size_t count, lt_hold_t wanted, bool *are_alike)
{
	size_t to = count;

	for (; to > 0 && wanted.tag < holds[to - 1].tag; to--)
		put(holds, to, holds[to - 1]);
	if (lt_unlikely(to > 0 && wanted.tag == holds[to - 1].tag)) {
		if (are_one_key(keys, holds[to - 1], wanted)) {
			merge(&holds[to - 1], wanted);
			for (; to < count; to++)
				put(holds, to, holds[to + 1]);
			return count;
		}
		*are_alike = true;
	}
	put(holds, to, wanted);
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
	bool are_alike = false;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		const lt_hold_t wanted = keys != NULL ? wanted_key(table, keys, holds, i) :
		    wanted_integer(table, holds, i);

		if (are_few)
			kept = insert_wanted(keys, holds, kept, wanted, &are_alike);
		else
			put(holds, i, wanted);
	}
	if (are_few) {
		*count = kept;
		return !are_alike;
	}
	sort(holds, *count);
	return drop_duplicates(keys, holds, count);
}

lt_status_t
lt_acquire_several_integers(lt_table_t *table, lt_hold_t *holds, size_t *count, size_t *taken,
    uint64_t deadline)
{

	lt_require_kind(table, LT_KEYS_INTEGER);
	(void)sort_wanted(table, NULL, holds, count);
	return acquire_sorted(table, NULL, holds, *count, taken, deadline);
}

lt_status_t
lt_acquire_several(lt_table_t *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count,
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

/* --- the end -------------------------------------------------------------------------- */

static void
release_all(const lt_hold_t *holds, size_t count)
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
lt_release_several(const lt_hold_t *holds, size_t count)
{

	if (count < 2 || !has_callers_code(entry_of(holds[0]))) {
		release_all(holds, count);
		return;
	}
	/* The entries stay until nothing is held. */
	for (size_t i = 0; i < count; i++)
		lt_pin_again(holds[i]);
	release_all(holds, count);
	give_back(holds, 0, count);
}

void
lt_release_several_while_open(const lt_hold_t *holds, size_t count)
{

	if (count > 1 && has_callers_code(entry_of(holds[0]))) {
		lt_release_several(holds, count);
		return;
	}
	for (size_t i = count; i > 0; i--) {
		lt_hold_t hold = holds[i - 1];

		hold.place = entry_of(hold);
		if (is_shared(holds[i - 1]))
			lt_release_shared(hold);
		else
			lt_release_while_open(hold.place);
	}
}

LT_END

#endif /* LT_SUPPORTED */
