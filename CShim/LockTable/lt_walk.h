/*
 * A walk over the keys of a stripe.
 */
#ifndef LT_WALK_H
#define LT_WALK_H

#include <stdbool.h>

#include "lt_states.h"

/*
 * Calls `visit` for each entry that is present, until it returns false. Returns whether it has seen
 * all. The stripe is locked, and stays so.
 */
bool lt_stripe_walk(struct lt_stripe *, bool (*visit)(void *context, struct lt_entry *),
    void *context);

#endif /* LT_WALK_H */
