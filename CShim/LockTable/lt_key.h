/*
 * Identities: how keys become 64-bit hashes, and when two keys are one.
 *
 * A bijection mixes integers, so that equal hashes mean equal integers and the entry need not keep
 * the integer. Bytes are hashed by folded 128-bit products over 16 bytes a step, the construction
 * of Wang Yi's wyhash (and of Yann Collet's XXH3 where products are added). Byte keys with
 * equal hashes are told apart by length and bytes. Both hashes are seeded per table. Neither is a
 * cryptographic function, but an attacker that does not know the seed cannot choose keys whose
 * hashes collide.
 */
#ifndef LT_KEY_H
#define LT_KEY_H

#include <string.h>

#include "lt_states.h"

#define LT_MIX_A	UINT64_C(0x9e3779b97f4a7c15)
#define LT_MIX_B	UINT64_C(0xd6e8feb86659fd93)
#define LT_MIX_C	UINT64_C(0xa0761d6478bd642f)

static inline uint64_t
lt_mix_integer(const struct lt_table *table, uint64_t x)
{

	x = (x ^ table->seed[0]) * (table->seed[1] | 1);
	x = (x ^ (x >> 32)) * LT_MIX_B;
	return x ^ (x >> 32);
}

/*
 * Makes more secrets of the seed. What two of them differ by depends on it, too: otherwise keys
 * whose blocks change places, and are changed by the difference, would have equal hashes.
 */
static inline void
lt_make_lanes(struct lt_table *table)
{

	for (unsigned i = 0; i < 8; i++) {
		uint64_t x = table->seed[i % 2] + (i + 1) * LT_MIX_A;

		x = (x ^ (x >> 30)) * LT_MIX_B;
		x = (x ^ (x >> 27)) * LT_MIX_C;
		x ^= x >> 31;
		*(i < 4 ? &table->lanes[i] : &table->more_lanes[i - 4]) = x;
	}
}

static inline uint64_t
lt_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
lt_read8(const unsigned char *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LT_LITTLE_ENDIAN(x)	__builtin_bswap32(x)
#else
#define LT_LITTLE_ENDIAN(x)	(x)
#endif

/* Reads 4 bytes, the first of them lowest. */
static inline uint64_t
lt_read4(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof value);
	return LT_LITTLE_ENDIAN(value);
}

/*
 * Reads fewer than 8 bytes, the first of them lowest, with zeros above them. The pieces may
 * overlap, but all are within p[0..7]: text of up to 15 bytes has often only just been written, as
 * two words, and a load from both would wait for the cache.
 */
static inline uint64_t
lt_read_last(const unsigned char *p, size_t length)
{
	const size_t half = length >> 1;

	if (length >= 4)
		return lt_read4(p) | lt_read4(p + length - 4) << (8 * (length - 4));
	if (length == 0)
		return 0;
	return p[0] | (uint64_t)p[half] << (8 * half) |
	    (uint64_t)p[length - 1] << (8 * (length - 1));
}

#define LT_FEW_BYTES	32

/*
 * Hashes at most LT_FEW_BYTES. The two products are computed side by side, which takes two thirds
 * of the time of one after the other. *seen collects the bits of all bytes: no byte of an ASCII key
 * has the high bit.
 */
static LT_INLINE uint64_t
lt_hash_few(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
{
	uint64_t a, b, h = 0;

	*seen = 0;
	if (length > 16) {
		a = lt_read8(p);
		b = lt_read8(p + 8);
		*seen = a | b;
		h = lt_fold(a ^ table->lanes[0], b ^ table->lanes[1]);
		a = lt_read8(p + length - 16);
		b = lt_read8(p + length - 8);
	} else if (length == 16) {
		a = lt_read8(p);
		b = lt_read8(p + 8);
	} else if (length >= 8) {
		a = lt_read8(p);
		b = lt_read_last(p + 8, length - 8);
	} else {
		a = lt_read_last(p, length);
		b = 0;
	}
	*seen |= a | b;
	return h + lt_fold(a ^ table->seed[1], b ^ table->lanes[2]);
}

/* Returns the product of 16 bytes and two secrets. */
static LT_INLINE uint64_t
lt_hash_block(const unsigned char *p, uint64_t first, uint64_t second, uint64_t *seen)
{
	const uint64_t a = lt_read8(p), b = lt_read8(p + 8);

	*seen |= a | b;
	return lt_fold(a ^ first, b ^ second);
}

/* Hashes more than LT_FEW_BYTES, up to twice as many, by four products side by side. */
static LT_INLINE uint64_t
lt_hash_some(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
{
	const uint64_t *more = table->more_lanes;
	const unsigned char *const rest = p + length - 32;

	*seen = 0;
	return lt_hash_block(p, table->lanes[0], table->lanes[1], seen) +
	    lt_hash_block(p + 16, more[0], more[1], seen) +
	    lt_hash_block(rest, more[2], more[3], seen) +
	    lt_hash_block(rest + 16, table->seed[1], table->lanes[2], seen);
}

/*
 * Hashes more than 64 bytes, in four lanes. A lane multiplies one block after the other, and the
 * processor computes the four products in the time of one. The last 64 bytes may contain some that
 * were hashed before.
 */
static LT_INLINE uint64_t
lt_hash_many(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
{
	const unsigned char *const rest = p + length - 64;
	const uint64_t *lanes = table->lanes, *more = table->more_lanes;
	uint64_t h[4] = { lanes[2], lanes[1], more[1], more[3] }, bits = 0;

	for (bool is_last = false; !is_last; p += 64) {
		is_last = p >= rest;
		p = is_last ? rest : p;
		h[0] = lt_hash_block(p, table->seed[1], h[0], &bits);
		h[1] = lt_hash_block(p + 16, lanes[0], h[1], &bits);
		h[2] = lt_hash_block(p + 32, more[0], h[2], &bits);
		h[3] = lt_hash_block(p + 48, more[2], h[3], &bits);
	}
	*seen = bits;
	return (h[0] + h[1]) + (h[2] + h[3]);
}

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
