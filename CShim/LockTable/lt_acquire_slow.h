/*
 * The slow paths of acquiring, for lt_acquire.c and the multi-key calls.
 */
#ifndef LT_ACQUIRE_SLOW_H
#define LT_ACQUIRE_SLOW_H

#include "lt_states.h"

/*
 * For a short key of a plain table. The stripe is locked before the call and unlocked after it.
 * `bytes`, `length`: as in lt_key_t.
 */
LT_NOINLINE lt_hold_t lt_acquire_slow(struct lt_table *, struct lt_stripe *, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline);
LT_NOINLINE lt_hold_t lt_acquire_slow_shared(struct lt_table *, struct lt_stripe *, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline);
/* The same for a caller that finds the stripe's lock taken. */
LT_NOINLINE lt_hold_t lt_acquire_contended(struct lt_table *, struct lt_stripe *, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline);
LT_NOINLINE lt_hold_t lt_acquire_contended_shared(struct lt_table *, struct lt_stripe *,
    uint64_t hash, const void *bytes, size_t length, uint64_t deadline);
/* For a key of a plain table that is not short. */
LT_NOINLINE lt_hold_t lt_acquire_longer(struct lt_table *, uint64_t hash, const void *bytes,
    size_t length, bool shared, uint64_t deadline);
/*
 * For any key, if the table's keys are not plain ones of the kind: it has diagnostics, it was shut
 * down, or the kind is wrong, which traps.
 */
LT_NOINLINE lt_hold_t lt_acquire_otherwise(struct lt_table *, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline, uint32_t kind);
LT_NOINLINE lt_hold_t lt_acquire_otherwise_shared(struct lt_table *, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline, uint32_t kind);

/*
 * Makes a hold of an entry to which the caller has a reference. The stripe is locked before the
 * call and unlocked after it. LT_SUSPENDED (with LT_OR_PIN): the caller has no hold and keeps the
 * reference. `counted`: see lt_stripe_count_holds(). `most_waiters`: the call's own limit.
 */
lt_status_t lt_entry_acquire(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    size_t counted, uint32_t most_waiters, struct lt_deferred *);
/*
 * Acquires one key of a multi-key call. The key's stripe is locked before the call and unlocked
 * after it. The key is then held, or refused (LT_NO_WAIT), or pinned (LT_OR_PIN).
 */
lt_hold_t lt_acquire_one_of_multi(struct lt_table *, struct lt_stripe *, const lt_key_t *,
    bool shared, uint64_t deadline, size_t counted);

#endif /* LT_ACQUIRE_SLOW_H */
