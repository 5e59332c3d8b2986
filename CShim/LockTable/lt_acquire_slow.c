/*
 * The slow paths of acquiring in a plain table: of a stripe that is in use or contended, or of a
 * key that is not short. They take over with what the fast path has in registers, so that it needs
 * no stack.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_acquire_slow.h"
#include "lt_take.h"

/* The slow paths of acquire_short(). */
lt_hold_t
lt_acquire_slow(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };

	if (lt_begin_and_take(table, stripe, &key, false, 1))
		return (lt_hold_t){ &stripe->resident, hash };
	return lt_take_short(NULL, stripe, &key, false, deadline, 1);
}

lt_hold_t
lt_acquire_slow_shared(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };

	if (lt_begin_and_take(table, stripe, &key, true, 1))
		return (lt_hold_t){ &stripe->resident, hash };
	return lt_take_short(NULL, stripe, &key, true, deadline, 1);
}

/* The same for a caller that finds the lock taken. */
lt_hold_t
lt_acquire_contended(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{

	lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_NS);
	return lt_acquire_slow(table, stripe, hash, bytes, length, deadline);
}

lt_hold_t
lt_acquire_contended_shared(struct lt_table *table, struct lt_stripe *stripe, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline)
{

	lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_SHARED_NS);
	return lt_acquire_slow_shared(table, stripe, hash, bytes, length, deadline);
}

/* What acquires a long key where lt_young_take() does not, and an external key. */
static LT_NOINLINE lt_hold_t
acquire_longer_slow(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);

	lt_stripe_begin_once(table, stripe);
	return lt_take_longer(NULL, stripe, key, shared, deadline, 1);
}

/*
 * Acquires a large key. In most cases it is absent, so its entry is allocated before the stripe is
 * locked. Without memory for it, the lookup finds out whether it is needed.
 */
static LT_NOINLINE lt_hold_t
acquire_large(struct lt_table *table, const lt_key_t *key, bool shared, uint64_t deadline)
{
	struct lt_stripe *stripe = lt_stripe_of(table, key->hash);
	struct lt_entry *const entry = lt_entry_allocate(table, stripe, key);
	struct lt_preallocated preallocated = { .entry = entry };

	lt_stripe_lock(stripe);
	lt_stripe_begin_once(table, stripe);
	if (lt_likely(entry != NULL && lt_stripe_put_large(stripe, entry, shared)))
		return lt_finish_taking(NULL, stripe, entry, key->hash, shared, 1);
	return lt_take_located_with(&preallocated, NULL, stripe, key, shared, deadline, 1);
}

/* Acquires a key of a plain table that is not short. */
lt_hold_t
lt_acquire_longer(struct lt_table *table, uint64_t hash, const void *bytes, size_t length,
    bool shared, uint64_t deadline)
{
	const lt_key_t key = { hash, bytes, length, table->keys, 0 };
	const bool is_opaque = table->keys != LT_KEYS_BYTES;
	struct lt_stripe *stripe = lt_stripe_of(table, hash);
	struct lt_entry *young;

	if (!is_opaque && lt_key_is_large(&key))
		return acquire_large(table, &key, shared, deadline);
	lt_stripe_lock(stripe);
	young = lt_unlikely(is_opaque) ? NULL : lt_young_take(stripe, &key, shared, 1);
	if (lt_unlikely(young == NULL))
		return acquire_longer_slow(table, &key, shared, deadline);
	return (lt_hold_t){ young, hash };
}

LT_END

#endif /* LT_SUPPORTED */
