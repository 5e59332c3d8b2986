/*
 * Identities: how keys become 64-bit hashes, and when two keys are one.
 *
 * A bijection mixes integers, so that equal hashes mean equal integers and the entry need not keep
 * the integer. Bytes are hashed by folded 128-bit products over 16 bytes a step, the construction
 * of Wang Yi's wyhash (and of Yann Collet's XXH3 where two products are added). Byte keys with
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
 * Makes four more secrets, which differ from each other: otherwise keys whose blocks change places
 * would have equal hashes.
 */
static inline void
lt_make_lanes(struct lt_table *table)
{

	table->lanes[0] = table->seed[1] ^ LT_MIX_C;
	table->lanes[1] = table->seed[0] ^ LT_MIX_B;
	table->lanes[2] = table->seed[0] ^ LT_MIX_A;
	table->lanes[3] = table->seed[1] ^ LT_MIX_B;
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

static inline uint64_t
lt_read4(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

#define LT_SHORT_KEY	32

/*
 * Hashes at most LT_SHORT_KEY bytes. The two products are computed side by side, which takes two
 * thirds of the time of one after the other. *seen collects the bits of all bytes: no byte of an
 * ASCII key has the high bit.
 */
static LT_INLINE uint64_t
lt_hash_short(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
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
	} else if (length >= 8) {
		a = lt_read8(p);
		b = lt_read8(p + length - 8);
	} else if (length >= 4) {
		a = lt_read4(p);
		b = lt_read4(p + length - 4);
	} else if (length > 0) {
		a = (uint64_t)p[0] << 16 | (uint64_t)p[length >> 1] << 8 | p[length - 1];
		b = 0;
	} else {
		a = b = 0;
	}
	*seen |= a | b;
	return h + lt_fold(a ^ table->seed[1], b ^ table->lanes[2]);
}

/* The same for more bytes. */
static inline uint64_t
lt_hash_long(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
{
	uint64_t a, b, bits = 0, h = table->lanes[2];

	for (size_t left = length; left > 16; left -= 16, p += 16) {
		a = lt_read8(p);
		b = lt_read8(p + 8);
		bits |= a | b;
		h = lt_fold(a ^ table->seed[1], b ^ h);
		if (left <= 32)
			p -= 32 - left;
	}
	a = lt_read8(p);
	b = lt_read8(p + 8);
	*seen = bits | a | b;
	return lt_fold(a ^ table->seed[1], b ^ h);
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

	h = length <= LT_SHORT_KEY ? lt_hash_short(table, bytes, length, &seen) :
	    lt_hash_long(table, bytes, length, &seen);
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

/* Returns whether the key is kept in its entry. Others than values are compared under the lock. */
static inline bool
lt_key_is_inline(const lt_key_t *key)
{

	return key->kind == LT_KEYS_INTEGER || lt_key_is_value(key) ||
	    (key->kind == LT_KEYS_BYTES && key->length <= LT_INLINE_KEY);
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

/*
 * Copies in pieces that may overlap: a call of memcpy() is more expensive than all else that is
 * done with a key.
 */
static LT_INLINE void
lt_copy_inline_key(unsigned char *to, const unsigned char *from, size_t length)
{

	lt_tsan_begin_ignoring_accesses();
	if (length > 32) {
		memcpy(to, from, 32);
		memcpy(to + length - 32, from + length - 32, 32);
	} else if (length >= 16) {
		memcpy(to, from, 16);
		memcpy(to + length - 16, from + length - 16, 16);
	} else if (length >= 8) {
		memcpy(to, from, 8);
		memcpy(to + length - 8, from + length - 8, 8);
	} else if (length >= 4) {
		memcpy(to, from, 4);
		memcpy(to + length - 4, from + length - 4, 4);
	} else if (length > 0) {
		to[0] = from[0];
		to[length >> 1] = from[length >> 1];
		to[length - 1] = from[length - 1];
	}
	lt_tsan_end_ignoring_accesses();
}

/*
 * Takes an inline key and any present entry of its stripe. False for a value: only the caller can
 * tell, with the stripe unlocked (lt_stripe_locate()).
 */
static inline bool
lt_entry_has_inline_key(const struct lt_entry *entry, const lt_key_t *key)
{

	if (entry->hash != key->hash || lt_key_is_value(key))
		return false;
	if (key->kind == LT_KEYS_INTEGER)
		return true;
	return entry->length == key->length &&
	    (key->length == 0 || lt_same_bytes(entry->key.bytes, key->bytes, key->length));
}

/* Does an entry that is in use, or that was just now, have a value that owns something? */
static inline bool
lt_entry_owns(const struct lt_entry *entry)
{

	return (entry->length & LT_OWNED) != 0 && entry->length != LT_EXTERNAL;
}

static LT_INLINE void
lt_entry_set_inline_key(struct lt_entry *entry, const lt_key_t *key)
{

	entry->hash = key->hash;
	if (key->kind == LT_KEYS_INTEGER)
		return;
	entry->length = (uint8_t)(key->length | (key->kind == LT_KEYS_OWNING ? LT_OWNED : 0));
	lt_copy_inline_key(entry->key.bytes, key->bytes, key->length);
	if (lt_key_is_value(key))
		lt_tsan_release(&entry->key);
}

#endif /* LT_KEY_H */
