/*
 * Acquiring permits, for lt_acquire_otherwise.c: the shared acquisitions take one.
 */
#ifndef LT_TAKE_PERMITS_H
#define LT_TAKE_PERMITS_H

#include "lt_capacity.h"

/* Acquire one permit, in a table that has such `permit_keys`. */
LT_NOINLINE lt_hold_t lt_take_permit_integer(struct lt_table *, uint64_t hash, uint64_t deadline);
LT_NOINLINE lt_hold_t lt_take_permit(struct lt_table *, uint64_t hash, const void *bytes,
    size_t length, uint64_t deadline);
/* Acquires permits of any key. */
LT_NOINLINE lt_hold_t lt_take_permits(struct lt_table *, const lt_key_t *, uint32_t permits,
    uint64_t deadline);

#endif /* LT_TAKE_PERMITS_H */
