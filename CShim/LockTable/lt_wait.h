/*
 * Waiting for a key, as a thread.
 */
#ifndef LT_WAIT_H
#define LT_WAIT_H

#include "lt_states.h"

/*
 * Waits for the key of an entry that is not open, and to which the caller has a
 * reference. Locked before, unlocked after. LT_OK: the reference is the holder's
 * now. Otherwise it is gone.
 */
lt_status_t lt_entry_wait(struct lt_entry *, bool shared, uint32_t permits, struct lt_record *,
    uint64_t deadline, size_t counted, uint32_t most_waiters, struct lt_deferred *);

#endif /* LT_WAIT_H */
