/*
 * The slow paths of acquiring in a plain table, for lt_acquire.c.
 */
#ifndef LT_ACQUIRE_SLOW_H
#define LT_ACQUIRE_SLOW_H

#include "lt_states.h"

/*
 * For a short key. The stripe is locked before the call and unlocked after it.
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
/* For a key that is not short. */
LT_NOINLINE lt_hold_t lt_acquire_longer(struct lt_table *, uint64_t hash, const void *bytes,
    size_t length, bool shared, uint64_t deadline);

#endif /* LT_ACQUIRE_SLOW_H */
