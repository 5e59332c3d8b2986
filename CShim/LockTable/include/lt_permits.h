/*
 * CLockTable.h, continued: permits. Only CLockTable.h includes this header.
 */
#ifndef LT_PERMITS_H
#define LT_PERMITS_H

/*
 * In a table of LT_FOR_PERMITS a key has a number of permits, its capacity. A caller has one of
 * them or several, and others wait while too few are left. (Such a key has no exclusive holds.)
 *
 * Permits are handed over in order, under both policies: a caller that arrives takes no permit
 * while another one is in line, and the first in line holds back those behind it that want fewer.
 * Under LT_ADAPTIVE what a task was handed and does not claim is taken back, as it is with locks.
 *
 * With capacity 0 all requests wait. A request for more than any other capacity fails with
 * LT_EXCEEDS, be it one that waits when the capacity falls. A capacity that falls takes no permit
 * away: there may be more out than that for a while.
 *
 * The shared acquisitions of CLockTable.h take one permit each, and lt_release_shared() gives one
 * back, as do pins with LT_SHARED_BIT and their suspensions.
 */

/*
 * Acquires so many permits of the key in one go. Failures: those of lt_acquire(), and LT_EXCEEDS.
 * The latter also with LT_NO_WAIT and LT_FOREVER, but not with LT_OR_PIN, which pins the key. With
 * LT_KEYS_OWNING, permits that may have to be waited for are acquired by LT_OR_PIN, and the pin is
 * given a value before it is waited for (lt_give_value()).
 */
lt_hold_t lt_acquire_permits(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint32_t permits, uint64_t deadline);
/* Gives back all permits of a hold, which has so many. */
void lt_release_permits(lt_hold_t hold, uint32_t permits);

/*
 * The same for a key that is pinned already, without LT_SHARED_BIT. lt_try_permits() turns the pin
 * into a hold if it can do so at once, as lt_try_pinned() does. lt_wait_permits() waits for that,
 * and gives the pin back if it fails. `most_waiters` is a limit of the call's own, or
 * LT_ANY_NUMBER.
 */
bool lt_try_permits(lt_hold_t *LT_NONNULL pin, uint32_t permits);
lt_status_t lt_wait_permits(lt_hold_t *LT_NONNULL pin, uint32_t permits, uint64_t deadline,
    uint32_t most_waiters);
/* Call it before begin: the suspension waits for so many permits. */
void lt_suspension_set_permits(lt_suspension_t *LT_NONNULL suspension, uint32_t permits);

/*
 * With LT_PERMITS_BY_KEY, somebody has to say how many permits a key has: until then its capacity
 * is 0. A table does not remember the capacity of a key that nobody needs.
 *
 * A caller that says so takes a ticket first, then finds out, with no lock held, and then calls
 * lt_permits_set(). Of several answers that of the latest ticket counts, whichever comes last.
 *
 * lt_permits_ask() returns a ticket if nobody has said the capacity of the key, which is pinned.
 * 0: somebody has. So each caller that would have to wait for another one's answer finds out by
 * itself. lt_permits_ask_again() returns a ticket in any case, and pins the key. If nobody needs
 * the key, the place of the pin is NULL.
 */
uint64_t lt_permits_ask(lt_hold_t pin);
lt_hold_t lt_permits_ask_again(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint64_t *LT_NONNULL ticket);
/*
 * Sets the key's capacity, up to LT_MOST_PERMITS, and lets in the waiters that may go on. The pin
 * stays. Returns false if the answer to a later ticket has been set: then nothing is done.
 */
bool lt_permits_set(lt_hold_t pin, uint32_t capacity, uint64_t ticket);
/* Returns the capacity of each key, or LT_PERMITS_BY_KEY. */
uint32_t lt_table_permits(const lt_table_t *LT_NONNULL table);
/* Returns the capacity of the key, which is pinned or held. */
uint32_t lt_permits_capacity(lt_hold_t place);

#endif /* LT_PERMITS_H */
