/*
 * Preparing the caller's keys, and turning a tag back into its integer.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_key.h"

lt_key_t
lt_key_integer(const lt_table_t *table, uint64_t value)
{

	return lt_prepare_integer(table, value);
}

lt_key_t
lt_key_bytes(const lt_table_t *table, const void *bytes, size_t length)
{

	return lt_prepare_bytes(table, bytes, length);
}

bool
lt_key_copy(const lt_table_t *table, const void *bytes, size_t length, void *to, lt_key_t *key)
{

	*key = lt_prepare_bytes(table, bytes, length);
	key->bytes = to;
	if (length <= LT_RESIDENT_KEY)
		lt_copy_short_key(to, bytes, length);
	else
		lt_copy_bytes(to, bytes, length);
	return key->is_ascii != 0;
}

lt_key_t
lt_key_opaque(const lt_table_t *table, uint64_t hash, const void *wanted)
{
	lt_key_t key = { lt_mix_integer(table, hash), wanted, 0, LT_KEYS_OPAQUE, 0 };

	return key;
}

lt_key_t
lt_key_value(const lt_table_t *table, uint64_t hash, const void *value, size_t size)
{

	return lt_prepare_value(table, hash, value, size,
	    table->keys == LT_KEYS_OWNING ? LT_KEYS_OWNING : LT_KEYS_VALUE);
}

/* Computes the inverse of an odd number modulo 2^64, by Newton's iteration. */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t x = odd;

	for (int step = 0; step < 5; step++)
		x *= 2 - odd * x;
	return x;
}

uint64_t
lt_integer_of_tag(const lt_table_t *table, uint64_t tag)
{
	uint64_t x = tag;

	x = (x ^ (x >> 32)) * inverse(LT_MIX_B);
	x = (x ^ (x >> 32)) * inverse(table->seed[1] | 1);
	return x ^ table->seed[0];
}

LT_END

#endif /* LT_SUPPORTED */
