/*
 * What a multi-key call wants, before it has any of it: sorted by hash, each key once.
 */
#ifndef LT_WANTED_H
#define LT_WANTED_H

#include "lt_pins.h"

/*
 * A key without a hold or a pin has a stand-in in `holds`: its tag is the key's hash, and its
 * place is the key's index in the caller's array. Integers need no array.
 */
#define LT_INDEX_SHIFT	2

static LT_INLINE const lt_key_t *
lt_key_of_wanted(const lt_key_t *keys, lt_hold_t wanted, lt_key_t *integer)
{

	if (keys != NULL)
		return &keys[(uintptr_t)wanted.place >> LT_INDEX_SHIFT];
	*integer = (lt_key_t){ wanted.tag, NULL, 0, LT_KEYS_INTEGER, 0 };
	return integer;
}

/* Compares two keys whose hashes are equal. False for values, which are compared when pinned. */
static inline bool
lt_are_one_wanted(const lt_key_t *keys, lt_hold_t a, lt_hold_t b)
{
	const lt_key_t *left, *right;
	lt_key_t unused;

	if (keys == NULL)
		return true;
	left = lt_key_of_wanted(keys, a, &unused);
	right = lt_key_of_wanted(keys, b, &unused);
	return !lt_key_is_value(left) && left->length == right->length &&
	    (left->length == 0 || lt_same_bytes(left->bytes, right->bytes, left->length));
}

static inline void
lt_merge_wanted(lt_hold_t *kept, lt_hold_t duplicate)
{

	if (!lt_hold_is_shared(duplicate) && lt_hold_is_shared(*kept))
		kept->place = (void *)((uintptr_t)kept->place & ~(uintptr_t)LT_SHARED_BIT);
}

/* Drops duplicates of sorted keys. Returns false if different keys share a hash: some may stay. */
static LT_INLINE bool
lt_drop_wanted_twice(const lt_key_t *keys, lt_hold_t *holds, size_t *count)
{
	size_t kept = 0;
	bool are_different = true;

	for (size_t i = 0; i < *count; i++) {
		const bool is_first = kept == 0 || lt_likely(holds[kept - 1].tag != holds[i].tag);

		if (!is_first && lt_are_one_wanted(keys, holds[kept - 1], holds[i])) {
			lt_merge_wanted(&holds[kept - 1], holds[i]);
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

/*
 * Inserts one more key into sorted keys without duplicates. Returns the new count, which is the
 * old one if the key is a duplicate. *share_hash: a different key has the same hash.
 */
static LT_INLINE size_t
lt_insert_wanted(const lt_key_t *keys, lt_hold_t *holds, size_t count, lt_hold_t wanted,
    bool *share_hash)
{
	size_t to = count;

	for (; to > 0 && wanted.tag < holds[to - 1].tag; to--)
		lt_hold_put(holds, to, holds[to - 1]);
	if (lt_unlikely(to > 0 && wanted.tag == holds[to - 1].tag)) {
		if (lt_are_one_wanted(keys, holds[to - 1], wanted)) {
			lt_merge_wanted(&holds[to - 1], wanted);
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
lt_wanted_integer(const struct lt_table *table, const lt_hold_t *holds, size_t i)
{

	return (lt_hold_t){ holds[i].place, lt_mix_integer(table, holds[i].tag) };
}

static LT_INLINE lt_hold_t
lt_wanted_key(const struct lt_table *table, const lt_key_t *keys, const lt_hold_t *holds, size_t i)
{

	lt_require_kind(table, keys[i].kind);
	return (lt_hold_t){ (void *)(i << LT_INDEX_SHIFT | (uintptr_t)holds[i].place),
	    keys[i].hash };
}

/*
 * Sorts the wanted keys and drops duplicates. If the keys are few, this takes one pass. Returns
 * false if different keys share a hash: then duplicates may remain.
 */
static LT_INLINE bool
lt_sort_wanted(const struct lt_table *table, const lt_key_t *keys, lt_hold_t *holds, size_t *count)
{
	const bool are_few = lt_likely(*count <= LT_FEW_KEYS);
	bool share_hash = false;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		const lt_hold_t wanted = keys != NULL ? lt_wanted_key(table, keys, holds, i) :
		    lt_wanted_integer(table, holds, i);

		if (are_few)
			kept = lt_insert_wanted(keys, holds, kept, wanted, &share_hash);
		else
			lt_hold_put(holds, i, wanted);
	}
	if (are_few) {
		*count = kept;
		return !share_hash;
	}
	lt_sort_holds(holds, *count);
	return lt_drop_wanted_twice(keys, holds, count);
}

#endif /* LT_WANTED_H */
