/*
 * Finding the entry of a key, and inserting it.
 */
#ifndef LT_LOOKUP_H
#define LT_LOOKUP_H

#include "lt_entry.h"
#include "lt_key.h"

/*
 * Finds the key's entry, or inserts one, and counts it for the caller. The
 * stripe is locked before and after; it may be unlocked in between (to compare,
 * or to allocate). NULL: absent, or out of memory where it was to be inserted.
 */
struct lt_entry *lt_stripe_locate(struct lt_stripe *, const lt_key_t *, bool may_insert,
    struct lt_deferred *);

#endif /* LT_LOOKUP_H */
