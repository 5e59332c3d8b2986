/*
 * Identities: how keys become 64-bit hashes, and when two keys are one.
 *
 * Integers are mixed by a bijection, so that equal hashes mean equal integers
 * and the entry need not keep the integer. Bytes are hashed by folded 128-bit
 * products over 16 bytes a step, the construction of Wang Yi's wyhash; equal
 * hashes are told apart by length and bytes. Both are seeded per table: the
 * hash is no cryptographic function, but nobody who does not know the seed can
 * choose keys that meet.
 */
#ifndef LT_KEY_H
#define LT_KEY_H

#include <string.h>

#include "lt_core.h"

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

/* *seen collects the bits of all bytes: no byte of an ASCII key has the high one. */
static inline uint64_t
lt_hash_bytes(const struct lt_table *table, const unsigned char *p, size_t length, uint64_t *seen)
{
	uint64_t a, b, bits, h = table->seed[0] ^ LT_MIX_A;
	size_t left = length;

	if (lt_likely(length >= 8)) {
		for (bits = 0; left > 16; left -= 16, p += 16) {
			a = lt_read8(p);
			b = lt_read8(p + 8);
			bits |= a | b;
			h = lt_fold(a ^ table->seed[1], b ^ h);
		}
		if (length >= 16) {
			a = lt_read8(p + left - 16);
			b = lt_read8(p + left - 8);
		} else {
			a = lt_read8(p);
			b = lt_read8(p + left - 8);
		}
	} else if (length >= 4) {
		bits = 0;
		a = lt_read4(p);
		b = lt_read4(p + length - 4);
	} else if (length > 0) {
		bits = 0;
		a = (uint64_t)p[0] << 16 | (uint64_t)p[length >> 1] << 8 | p[length - 1];
		b = 0;
	} else {
		bits = a = b = 0;
	}

	*seen = bits | a | b;
	h = lt_fold(a ^ table->seed[1], b ^ h);
	return lt_fold(h ^ LT_MIX_C, (uint64_t)length ^ table->seed[1] ^ LT_MIX_B);
}

#define LT_HIGH_BITS	UINT64_C(0x8080808080808080)

static inline lt_key_t
lt_prepare_integer(const struct lt_table *table, uint64_t value)
{
	lt_key_t key = { lt_mix_integer(table, value), NULL, 0, LT_KEYS_INTEGER, 0 };

	return key;
}

static inline lt_key_t
lt_prepare_bytes(const struct lt_table *table, const void *bytes, size_t length)
{
	uint64_t seen;
	uint64_t hash = lt_hash_bytes(table, bytes, length, &seen);
	lt_key_t key = { hash, bytes, length, LT_KEYS_BYTES, (seen & LT_HIGH_BITS) == 0 };

	return key;
}

/* Is the key kept in its entry, and compared under the stripe lock? */
static inline bool
lt_key_is_inline(const lt_key_t *key)
{

	return key->kind == LT_KEYS_INTEGER ||
	    (key->kind == LT_KEYS_BYTES && key->length <= LT_INLINE_KEY);
}

static inline bool
lt_same_bytes(const void *a, const void *b, size_t length)
{
	bool same;

	lt_tsan_ignore_accesses();
	same = memcmp(a, b, length) == 0;
	lt_tsan_heed_accesses();
	return same;
}

static inline void
lt_copy_bytes(void *to, const void *from, size_t length)
{

	lt_tsan_ignore_accesses();
	memcpy(to, from, length);
	lt_tsan_heed_accesses();
}

/* For an inline key and any present entry of its stripe. */
static inline bool
lt_entry_has_inline_key(const struct lt_entry *entry, const lt_key_t *key)
{

	if (entry->hash != key->hash)
		return false;
	if (key->kind == LT_KEYS_INTEGER)
		return true;
	return entry->length == key->length &&
	    (key->length == 0 || lt_same_bytes(entry->key.bytes, key->bytes, key->length));
}

static inline void
lt_entry_set_inline_key(struct lt_entry *entry, const lt_key_t *key)
{

	entry->hash = key->hash;
	entry->length = (uint8_t)key->length;
	if (key->length > 0)
		lt_copy_bytes(entry->key.bytes, key->bytes, key->length);
}

#endif /* LT_KEY_H */
