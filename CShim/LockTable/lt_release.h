/*
 * Releasing, for the multi-key calls.
 */
#ifndef LT_RELEASE_H
#define LT_RELEASE_H

#include "lt_states.h"

/*
 * Releases a hold of a table of LT_KEYS_OWNING. True: that was the last use of the entry, and its
 * value was moved to `value`. The caller destroys it.
 */
bool lt_release_but_value(lt_hold_t, bool shared, void *value);

#endif /* LT_RELEASE_H */
