/*
 * Acquiring: the fast path, which is inlined, and the calls. One locked section acquires an
 * uncontended key that lives in its stripe's resident. All else is in lt_acquire_slow.c and
 * lt_acquire_otherwise.c.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire_otherwise.h"
#include "lt_acquire_slow.h"
#include "lt_deferred.h"
#include "lt_resident.h"

static LT_INLINE lt_hold_t
acquire_short(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		return (shared ? lt_acquire_contended_shared : lt_acquire_contended)(table, stripe,
		    key->hash, key->bytes, key->length, deadline);
	if (lt_unlikely(!lt_resident_take(stripe, key, shared, 1)))
		return (shared ? lt_acquire_slow_shared : lt_acquire_slow)(table, stripe, key->hash,
		    key->bytes, key->length, deadline);
	return (lt_hold_t){ &stripe->resident, key->hash };
}

static LT_INLINE lt_hold_t
acquire_prepared(struct lt_table *table, const lt_key_t *key, uint32_t kind, bool shared,
    uint64_t deadline)
{

	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != kind))
		return (shared ? lt_acquire_otherwise_shared : lt_acquire_otherwise)(table,
		    key->hash, key->bytes, key->length, deadline, kind);
	if (lt_likely(lt_key_is_short(key)))
		return acquire_short(table, key, shared, deadline);
	return lt_acquire_longer(table, key->hash, key->bytes, key->length, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_integer(struct lt_table *table, uint64_t value, bool shared, uint64_t deadline)
{
	const lt_key_t key = lt_prepare_integer(table, value);

	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != LT_KEYS_INTEGER))
		return (shared ? lt_acquire_otherwise_shared : lt_acquire_otherwise)(table,
		    key.hash, key.bytes, key.length, deadline, LT_KEYS_INTEGER);
	return acquire_short(table, &key, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_text(struct lt_table *table, const void *bytes, size_t length, bool ascii, bool shared,
    uint64_t deadline)
{
	const lt_key_t key = lt_prepare_bytes(table, bytes, length);

	if (lt_unlikely(ascii && !key.is_ascii))
		return lt_failed(LT_NOT_ASCII);
	return acquire_prepared(table, &key, LT_KEYS_BYTES, shared, deadline);
}

/* Stays out of line, as few bytes need few registers and no stack. */
static LT_NOINLINE lt_hold_t
acquire_more_text(struct lt_table *table, const void *bytes, size_t length, bool ascii, bool shared,
    uint64_t deadline)
{

	return acquire_text(table, bytes, length, ascii, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_any_text(struct lt_table *table, const void *bytes, size_t length, bool ascii, bool shared,
    uint64_t deadline)
{

	if (lt_unlikely(length > LT_FEW_BYTES))
		return acquire_more_text(table, bytes, length, ascii, shared, deadline);
	return acquire_text(table, bytes, length, ascii, shared, deadline);
}

static LT_INLINE lt_hold_t
acquire_value(struct lt_table *table, uint64_t hash, const void *value, size_t size, bool shared,
    uint64_t deadline)
{
	const lt_key_t key = lt_prepare_value(table, hash, value, size, LT_KEYS_VALUE);

	return acquire_prepared(table, &key, LT_KEYS_VALUE, shared, deadline);
}

/* The table has no fast holds. So this has a fast path of its own, with a counted hold. */
static LT_INLINE lt_hold_t
acquire_owning(struct lt_table *table, uint64_t hash, const void *value, size_t size, bool shared,
    uint64_t deadline)
{
	const lt_key_t key = lt_prepare_value(table, hash, value, size, LT_KEYS_OWNING);
	struct lt_stripe *stripe = lt_stripe_of(table, key.hash);
	struct lt_entry *resident = &stripe->resident;

	if (lt_unlikely(lt_load_relaxed(&table->plain_keys) != LT_KEYS_OWNING))
		return (shared ? lt_acquire_otherwise_shared : lt_acquire_otherwise)(table,
		    key.hash, value, size, deadline, LT_KEYS_OWNING);
	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		return (shared ? lt_acquire_contended_shared : lt_acquire_contended)(table, stripe,
		    key.hash, value, size, deadline);
	if (lt_unlikely(!stripe->is_begun || !lt_stripe_is_unused(stripe)))
		return (shared ? lt_acquire_slow_shared : lt_acquire_slow)(table, stripe, key.hash,
		    value, size, deadline);
	lt_entry_set_inline_key(resident, &key);
	resident->refs = 1;
	lt_store_relaxed(&resident->holders, shared ? 1 : LT_EXCLUSIVE);
	lt_stripe_count_holds(stripe, 1);
	lt_stripe_unlock(stripe);
	lt_entry_acquired(resident, shared);
	return (lt_hold_t){ (char *)resident + LT_BORROWED_BIT, key.hash };
}

lt_hold_t
lt_acquire(lt_table_t *table, const lt_key_t *key, uint64_t deadline)
{

	return acquire_prepared(table, key, key->kind, false, deadline);
}

lt_hold_t
lt_acquire_integer(lt_table_t *table, uint64_t value, uint64_t deadline)
{

	return acquire_integer(table, value, false, deadline);
}

lt_hold_t
lt_acquire_bytes(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_any_text(table, bytes, length, false, false, deadline);
}

lt_hold_t
lt_acquire_ascii(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_any_text(table, bytes, length, true, false, deadline);
}

lt_hold_t
lt_acquire_value(lt_table_t *table, uint64_t hash, const void *value, size_t size,
    uint64_t deadline)
{

	return acquire_value(table, hash, value, size, false, deadline);
}

lt_hold_t
lt_acquire_owning(lt_table_t *table, uint64_t hash, const void *value, size_t size,
    uint64_t deadline)
{

	return acquire_owning(table, hash, value, size, false, deadline);
}

lt_hold_t
lt_acquire_shared(lt_table_t *table, const lt_key_t *key, uint64_t deadline)
{

	return acquire_prepared(table, key, key->kind, true, deadline);
}

lt_hold_t
lt_acquire_integer_shared(lt_table_t *table, uint64_t value, uint64_t deadline)
{

	return acquire_integer(table, value, true, deadline);
}

lt_hold_t
lt_acquire_bytes_shared(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_any_text(table, bytes, length, false, true, deadline);
}

lt_hold_t
lt_acquire_ascii_shared(lt_table_t *table, const void *bytes, size_t length, uint64_t deadline)
{

	return acquire_any_text(table, bytes, length, true, true, deadline);
}

lt_hold_t
lt_acquire_value_shared(lt_table_t *table, uint64_t hash, const void *value, size_t size,
    uint64_t deadline)
{

	return acquire_value(table, hash, value, size, true, deadline);
}

lt_hold_t
lt_acquire_owning_shared(lt_table_t *table, uint64_t hash, const void *value, size_t size,
    uint64_t deadline)
{

	return acquire_owning(table, hash, value, size, true, deadline);
}

LT_END

#endif /* LT_SUPPORTED */
