/*
 * Acquiring where a look at the table decides how: for lt_acquire.c and the multi-key calls.
 */
#ifndef LT_ACQUIRE_OTHERWISE_H
#define LT_ACQUIRE_OTHERWISE_H

#include "lt_states.h"

/*
 * For any key, if the table's keys are not plain ones of the kind: it has diagnostics or a purpose,
 * it was shut down, or the kind is wrong, which traps.
 */
LT_NOINLINE lt_hold_t lt_acquire_otherwise(struct lt_table *, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline, uint32_t kind);
LT_NOINLINE lt_hold_t lt_acquire_otherwise_shared(struct lt_table *, uint64_t hash,
    const void *bytes, size_t length, uint64_t deadline, uint32_t kind);

/*
 * Acquires one key of a multi-key call. The key's stripe is locked before the call and unlocked
 * after it. The key is then held, or refused (LT_NO_WAIT), or pinned (LT_OR_PIN).
 */
lt_hold_t lt_acquire_one_of_multi(struct lt_table *, struct lt_stripe *, const lt_key_t *,
    bool shared, uint64_t deadline, size_t counted);

#endif /* LT_ACQUIRE_OTHERWISE_H */
