/*
 * Acquiring, for the calls that take several keys.
 */
#ifndef LT_ACQUIRE_H
#define LT_ACQUIRE_H

#include "lt_states.h"

/*
 * Makes a hold of an entry that is counted for the caller. Locked before, unlocked
 * after. LT_SUSPENDED (with LT_OR_PIN): it is no hold yet, and still counted. `counted`: see
 * lt_stripe_count_holds().
 */
lt_status_t lt_entry_acquire(struct lt_entry *, bool shared, struct lt_record *, uint64_t deadline,
    size_t counted, struct lt_deferred *);
/*
 * One of several keys, of this stripe, which is locked before and not after: held, or refused
 * (LT_NO_WAIT), or pinned (LT_OR_PIN).
 */
lt_hold_t lt_acquire_one_of_multi(struct lt_stripe *, const lt_key_t *, bool shared,
    uint64_t deadline, size_t counted);

#endif /* LT_ACQUIRE_H */
