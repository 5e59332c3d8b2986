/*
 * Finding the entry of a key, and inserting it.
 */
#ifndef LT_LOOKUP_H
#define LT_LOOKUP_H

#include "lt_entry.h"
#include "lt_key.h"

/*
 * Finds the key's entry, or inserts one, and adds a reference for the caller. The stripe is locked
 * before and after the call, which may unlock it in between (to compare, or to allocate). Returns
 * NULL if the key is absent, or if memory ran out when inserting it.
 */
struct lt_entry *lt_stripe_locate(struct lt_stripe *, const lt_key_t *, bool may_insert,
    struct lt_deferred *);

#endif /* LT_LOOKUP_H */
