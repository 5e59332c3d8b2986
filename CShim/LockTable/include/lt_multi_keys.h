/*
 * CLockTable.h, continued: several keys in one call, and pins. Only CLockTable.h includes this
 * header.
 */
#ifndef LT_MULTI_KEYS_H
#define LT_MULTI_KEYS_H

/*
 * A multi-key call takes its keys one after the other, in one order that all callers share. So
 * callers that hold nothing else cannot deadlock, and of two calls for the same keys, one gets
 * them. The order depends neither on how a call lists its keys nor on whether it waits. Duplicates
 * become one hold: *count shrinks. On failure the call holds and pins nothing, and has counted no
 * acquisition. The table calls its user's functions (lt_key_operations_t) before the first key is
 * taken, and while none is held.
 *
 * The place of each element of `holds` says how its key must be held: NULL for exclusively,
 * LT_SHARED_BIT for shared. The hold keeps the bit in its place. If one of several duplicates is
 * exclusive, the hold is exclusive. lt_release_multi() releases both kinds.
 */
#define LT_SHARED_BIT	2u
/*
 * Acquires keys[i] for holds[i]. For integers, lt_acquire_multi_integers() reads the keys from the
 * tags of `holds`, which is faster. The holds stand in the order in which they were taken.
 * Failures: LT_BUSY (only with LT_NO_WAIT), LT_TIMED_OUT, LT_TOO_MANY, LT_NO_MEMORY, LT_CLOSED.
 * With LT_OR_PIN the call returns LT_SUSPENDED if one of the keys is not free: the first *taken
 * elements are holds, and the others are pins to continue with. (Otherwise *taken means nothing.)
 * Keys of LT_KEYS_OWNING are pinned first, one by one.
 */
lt_status_t lt_acquire_multi(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL keys,
    lt_hold_t *LT_NONNULL holds, size_t *LT_NONNULL count, size_t *LT_NONNULL taken,
    uint64_t deadline);
lt_status_t lt_acquire_multi_integers(lt_table_t *LT_NONNULL table, lt_hold_t *LT_NONNULL holds,
    size_t *LT_NONNULL count, size_t *LT_NONNULL taken, uint64_t deadline);
/*
 * Acquires keys of LT_KEYS_OWNING, if neither another of them nor a key that is present has the
 * hash of one of them, and if there is room. Compares no keys and never waits. True: the caller has
 * the holds, and the table has the values: the caller forgets them. False: nothing is held. The
 * first *pinned elements are pins to continue with, and the table has the values of as many keys,
 * whose `bytes` it has set to NULL. The caller pins the others.
 */
bool lt_acquire_multi_new(lt_table_t *LT_NONNULL table, lt_key_t *LT_NONNULL keys,
    lt_hold_t *LT_NONNULL holds, size_t count, size_t *LT_NONNULL pinned);
void lt_release_multi(const lt_hold_t *LT_NONNULL holds, size_t count);
/* Releases as lt_release_while_open() does, under the same condition. */
void lt_release_multi_while_open(const lt_hold_t *LT_NONNULL holds, size_t count);

/*
 * A pin keeps a key present without holding it. A pin whose place has LT_SHARED_BIT added becomes
 * a shared hold, which keeps the bit.
 */
lt_hold_t lt_pin(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key);
/* Adds a pin of the same key. The argument is a pin or a hold. */
void lt_pin_again(lt_hold_t pin);
void lt_unpin(lt_hold_t pin);
/*
 * Turns the pin into a hold if it can do so at once. Returns whether it did. False, too, if the
 * table was shut down, as waiting for the pin may have to fail.
 */
bool lt_try_pinned(lt_hold_t *LT_NONNULL pin);

/* Does the same as lt_acquire_multi(), for keys that are pinned already. */
lt_status_t lt_acquire_pinned(lt_hold_t *LT_NONNULL pins, size_t *LT_NONNULL count,
    uint64_t deadline);
/*
 * The steps of lt_acquire_pinned(). lt_sort_pins() puts the pins into the order in which to
 * acquire them; *count shrinks as above. Then, with *taken of them held, lt_take_pinned() takes
 * the next ones for as long as each can be had at once, and returns LT_OK if those were all, or
 * LT_SUSPENDED. lt_wait_pinned() waits for them instead. If it fails, nothing is held or pinned,
 * as above. `most_waiters` is a limit of the call's own, as in lt_suspension_set_limit(), or
 * LT_ANY_NUMBER. A single key can be pinned by LT_OR_PIN, to have such a limit.
 *
 * `failed`: so that the caller can name the key that lt_wait_pinned() waited for when it failed, or
 * NULL. The tag of *failed then is the hash of that key. If another key of the call has the same
 * hash, *failed is a pin of the key, which the caller gives back; otherwise its place is NULL.
 */
void lt_sort_pins(lt_hold_t *LT_NONNULL pins, size_t *LT_NONNULL count);
lt_status_t lt_take_pinned(lt_hold_t *LT_NONNULL pins, size_t count, size_t *LT_NONNULL taken);
#define LT_ANY_NUMBER	UINT32_MAX
/* Returns whether another key of the call has the hash of pins[index]. The first ones are holds. */
bool lt_shares_hash(const lt_hold_t *LT_NONNULL pins, size_t count, size_t index);
lt_status_t lt_wait_pinned(lt_hold_t *LT_NONNULL pins, size_t count, size_t taken,
    uint64_t deadline, uint32_t most_waiters, lt_hold_t *LT_NULLABLE failed);

#endif /* LT_MULTI_KEYS_H */
