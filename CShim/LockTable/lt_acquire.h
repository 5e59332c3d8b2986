/*
 * Acquiring, for the multi-key calls.
 */
#ifndef LT_ACQUIRE_H
#define LT_ACQUIRE_H

#include "lt_states.h"

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

#endif /* LT_ACQUIRE_H */
