/*
 * Identities: when two keys are one, and where an entry keeps its key. Byte keys with equal hashes
 * are told apart by length and bytes.
 */
#ifndef LT_KEY_H
#define LT_KEY_H

#include "lt_hash.h"

#define LT_HIGH_BITS	UINT64_C(0x8080808080808080)

static LT_INLINE lt_key_t
lt_prepare_integer(const struct lt_table *table, uint64_t value)
{
	lt_key_t key = { lt_mix_integer(table, value), NULL, 0, LT_KEYS_INTEGER, 0 };

	return key;
}

static LT_INLINE lt_key_t
lt_prepare_bytes(const struct lt_table *table, const void *bytes, size_t length)
{
	uint64_t seen, h;

	if (length <= LT_FEW_BYTES)
		h = lt_hash_few(table, bytes, length, &seen);
	else if (length <= 2 * LT_FEW_BYTES)
		h = lt_hash_some(table, bytes, length, &seen);
	else
		h = lt_hash_many(table, bytes, length, &seen);
	h = lt_fold(h, (uint64_t)length ^ table->lanes[3]);
	return (lt_key_t){ h, bytes, length, LT_KEYS_BYTES, (seen & LT_HIGH_BITS) == 0 };
}

/* The hash may be any function of the value, so it is mixed: the table needs all of its bits. */
static LT_INLINE lt_key_t
lt_prepare_value(const struct lt_table *table, uint64_t hash, const void *value, size_t size,
    uint32_t kind)
{

	if (lt_unlikely(size > LT_MOST_VALUE))
		lt_trap("a key was given as a value that is larger than 64 bytes");
	return (lt_key_t){ lt_mix_integer(table, hash), value, size, kind, 0 };
}

/* Returns whether the caller's function compares the keys, and an entry keeps them. */
static inline bool
lt_key_is_value(const lt_key_t *key)
{

	return key->kind >= LT_KEYS_VALUE;
}

/*
 * Is it kept in its entry? All but values are compared there under the stripe's lock.
 */
static inline bool
lt_key_is_inline(const lt_key_t *key)
{

	return key->kind == LT_KEYS_INTEGER || lt_key_is_value(key) ||
	    (key->kind == LT_KEYS_BYTES && key->length <= LT_INLINE_KEY);
}

/* Is it a long key for which no unused entry is kept, so that one has to be allocated? */
static inline bool
lt_key_is_large(const lt_key_t *key)
{

	return key->length > LT_KEPT_KEY && lt_key_is_inline(key);
}

/* Does any entry have room for it, the resident for one? */
static inline bool
lt_key_is_short(const lt_key_t *key)
{

	return key->kind == LT_KEYS_INTEGER || lt_key_is_value(key) ||
	    (key->kind == LT_KEYS_BYTES && key->length <= LT_RESIDENT_KEY);
}

static inline bool
lt_same_bytes(const void *a, const void *b, size_t length)
{
	bool same;

	lt_tsan_begin_ignoring_accesses();
	same = memcmp(a, b, length) == 0;
	lt_tsan_end_ignoring_accesses();
	return same;
}

static inline void
lt_copy_bytes(void *to, const void *from, size_t length)
{

	lt_tsan_begin_ignoring_accesses();
	memcpy(to, from, length);
	lt_tsan_end_ignoring_accesses();
}

/* Copies fewer than 8 bytes. */
static LT_INLINE void
lt_copy_last(unsigned char *to, const unsigned char *from, size_t length)
{

	if (length >= 4) {
		memcpy(to, from, 4);
		memcpy(to + length - 4, from + length - 4, 4);
	} else if (length > 0) {
		to[0] = from[0];
		to[length >> 1] = from[length >> 1];
		to[length - 1] = from[length - 1];
	}
}

/*
 * Copies in pieces that may overlap: a call of memcpy() is more expensive than all else that is
 * done with a key.
 */
static LT_INLINE void
lt_copy_short_key(unsigned char *to, const unsigned char *from, size_t length)
{

	lt_tsan_begin_ignoring_accesses();
	if (length > 32) {
		memcpy(to, from, 32);
		memcpy(to + length - 32, from + length - 32, 32);
	} else if (length >= 16) {
		memcpy(to, from, 16);
		memcpy(to + length - 16, from + length - 16, 16);
	} else {
		/* No piece spans two words: see lt_read_last(). */
		const size_t first = length & 8;

		if (first != 0)
			memcpy(to, from, 8);
		lt_copy_last(to + first, from + first, length - first);
	}
	lt_tsan_end_ignoring_accesses();
}

/*
 * Takes a short key and any present entry of its stripe. False for a value: only the caller can
 * tell, with the stripe unlocked (lt_stripe_locate()).
 */
static inline bool
lt_entry_has_short_key(const struct lt_entry *entry, const lt_key_t *key)
{

	if (entry->hash != key->hash || lt_key_is_value(key))
		return false;
	if (key->kind == LT_KEYS_INTEGER)
		return true;
	return entry->length == key->length &&
	    (key->length == 0 || lt_same_bytes(entry->key.bytes, key->bytes, key->length));
}

/* Takes an inline key and any present entry of its stripe. */
static inline bool
lt_entry_has_inline_key(const struct lt_entry *entry, const lt_key_t *key)
{

	if (lt_key_is_short(key))
		return lt_entry_has_short_key(entry, key);
	return entry->hash == key->hash && entry->length == LT_LONG &&
	    entry->key.other.length == key->length &&
	    lt_same_bytes(entry->key.other.bytes, key->bytes, key->length);
}

/* Does an entry that is in use, or that was just now, have a value that owns something? */
static inline bool
lt_entry_owns(const struct lt_entry *entry)
{

	return (entry->length & LT_OWNED) != 0 && entry->length != LT_EXTERNAL;
}

static LT_INLINE void
lt_entry_set_short_key(struct lt_entry *entry, const lt_key_t *key)
{

	entry->hash = key->hash;
	if (key->kind == LT_KEYS_INTEGER)
		return;
	entry->length = (uint8_t)(key->length | (key->kind == LT_KEYS_OWNING ? LT_OWNED : 0));
	lt_copy_short_key(entry->key.bytes, key->bytes, key->length);
	if (lt_key_is_value(key))
		lt_tsan_release(&entry->key);
}

/* The entry was made for long keys: lt_entry_make_long(). */
static inline void
lt_entry_set_long_key(struct lt_entry *entry, const lt_key_t *key)
{

	entry->hash = key->hash;
	entry->key.other.length = key->length;
	lt_copy_bytes(entry->key.other.bytes, key->bytes, key->length);
}

/* The entry has room for it: lt_entry_fits(). */
static inline void
lt_entry_set_inline_key(struct lt_entry *entry, const lt_key_t *key)
{

	if (lt_key_is_short(key))
		lt_entry_set_short_key(entry, key);
	else
		lt_entry_set_long_key(entry, key);
}

/* From now on the entry has long keys only. */
static inline void
lt_entry_make_long(struct lt_entry *entry)
{

	entry->length = LT_LONG;
	entry->key.other.bytes = (unsigned char *)&entry->key + LT_ROOM_STEP;
}

/* The size of an entry's key, in bytes. */
static inline size_t
lt_entry_room(const struct lt_entry *entry)
{

	return (size_t)(entry->room & ~LT_ENDING) * LT_ROOM_STEP;
}

/* Does what the entry keeps end with it? */
static inline bool
lt_entry_is_ending(const struct lt_entry *entry)
{

	return (entry->room & LT_ENDING) != 0;
}

/* Does an entry of so much room have some for the long key? */
static LT_INLINE bool
lt_has_long_room(uint8_t room, const lt_key_t *key)
{

	return (size_t)room * LT_ROOM_STEP >= key->length + LT_ROOM_STEP;
}

/* How much room for it a new entry gets. */
static inline uint8_t
lt_key_room(const lt_key_t *key)
{

	if (key->kind == LT_KEYS_INTEGER)
		return 0;
	if (!lt_key_is_inline(key) || key->length == 0)
		return 1;
	return (uint8_t)((key->length + LT_ROOM_STEP - 1) / LT_ROOM_STEP + !lt_key_is_short(key));
}

/* Would an entry that is not used be one for the inline key? */
static inline bool
lt_entry_fits(const struct lt_entry *entry, const lt_key_t *key)
{

	if (lt_key_is_short(key))
		return entry->room <= LT_RESIDENT_ROOM &&
		    (size_t)entry->room * LT_ROOM_STEP >= key->length;
	return lt_has_long_room(entry->room, key);
}

#endif /* LT_KEY_H */
