/*
 * How keys become 64-bit hashes.
 *
 * A bijection mixes integers, so that equal hashes mean equal integers and the entry need not keep
 * the integer. Bytes are hashed by folded 128-bit products over 16 bytes a step, the construction
 * of Wang Yi's wyhash (and of Yann Collet's XXH3 where products are added). Both hashes are seeded
 * per table. Neither is a cryptographic function, but an attacker that does not know the seed
 * cannot choose keys whose hashes collide.
 */
#ifndef LT_HASH_H
#define LT_HASH_H

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

#endif /* LT_HASH_H */
