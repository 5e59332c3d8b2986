/*
 * A stripe's lock: CK's spinlock, at which a thread spins for a bounded time and then
 * sleeps. To lock it is one exchange, to unlock it a load and a store.
 *
 * A lock that stays taken for longer than LT_STRIPE_SPIN_NS has a holder that does not run: it
 * was preempted in its locked section, perhaps by the very thread that spins. To yield
 * would not help: that never runs a thread of a lower scheduling class, and seldom one
 * that is less entitled to the core. So the spinning thread leaves the core by sleeping:
 *
 *   the sleeper                             the holder
 *   1. reads the wake-up epoch              a. loads has_sleepers: 0 = unlocks, and is done
 *   2. announces itself: has_sleepers = 1   b. has_sleepers = 0
 *   3. tries the lock once more             c. unlocks
 *   4. sleeps unless the epoch has          d. advances the epoch, and wakes one
 *      changed, for a bounded time
 *
 * Of many sleepers one is woken at a time: it sets has_sleepers again when it has the
 * lock, so that its own unlocking wakes the next. (b) may also consume the announcement of
 * a thread that does not sleep yet: (d) then changes the epoch that the thread has read
 * before it announced itself, so it does not fall asleep. So a stripe at which threads
 * sleep and has_sleepers is not set has had one of them woken, which has not got the lock yet.
 *
 * (2) and (3) may both fall between (a) and (c). That sleeper is missed, and the lock is
 * free. Its announcement stays, so the next unlocking wakes it; if there is none, the limit of its
 * sleep does, LT_STRIPE_SLEEP_NS. A look after (c) would miss as much, as the machine
 * may do it before (c), and it might touch freed memory: once the stripe is unlocked,
 * the last release of a closed table may free it. For the same reason the epoch is the
 * process's, and (d) names an address and touches nothing there.
 */
#ifndef LT_STRIPE_LOCK_H
#define LT_STRIPE_LOCK_H

#include "lt_states.h"

/*
 * The time before the first look at a lock that was taken; twice as much before the
 * others. Not little: each look takes the cache line from the holder, whose next locked
 * sections cost next to nothing while it has it. More for readers, who come to one key together.
 */
#define LT_STRIPE_BACKOFF_NS		50
#define LT_STRIPE_BACKOFF_SHARED_NS	100

/* After one look that found it taken. */
LT_COLD void lt_stripe_lock_contended(struct lt_stripe *, int backoff_ns);
/* What unlocking is while has_sleepers is set. */
LT_COLD void lt_stripe_unlock_and_wake(struct lt_stripe *);

static inline bool
lt_stripe_try_lock(struct lt_stripe *stripe)
{

	if (lt_unlikely(!ck_spinlock_fas_trylock(&stripe->lock)))
		return false;
	lt_tsan_stripe_acquire(stripe);
	return true;
}

static inline void
lt_stripe_lock(struct lt_stripe *stripe)
{

	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_NS);
}

/* The same lock, for who is one of many at one key. */
static inline void
lt_stripe_lock_shared(struct lt_stripe *stripe)
{

	if (lt_unlikely(!lt_stripe_try_lock(stripe)))
		lt_stripe_lock_contended(stripe, LT_STRIPE_BACKOFF_SHARED_NS);
}

static inline void
lt_stripe_unlock(struct lt_stripe *stripe)
{

	if (lt_unlikely(lt_load_relaxed(&stripe->has_sleepers) != 0)) {
		lt_stripe_unlock_and_wake(stripe);
		return;
	}
	lt_tsan_stripe_release(stripe);
	ck_spinlock_fas_unlock(&stripe->lock);
}

/*
 * The stripe comes from the high bits: the hash set takes its slots from the
 * low ones, and a shared source would send a stripe's keys to few slots.
 */
static inline struct lt_stripe *
lt_stripe_of(const struct lt_table *table, uint64_t hash)
{

	return &table->stripes[(hash >> 48) & table->mask];
}

/* Counts in 48 bits, of which the upper 32 are seldom written. */
static inline void
lt_count(uint16_t *low, uint32_t *carry)
{

	if (lt_unlikely(++*low == 0))
		++*carry;
}

static inline uint64_t
lt_counted(uint16_t low, uint32_t carry)
{

	return (uint64_t)carry << 16 | low;
}

static inline void
lt_stripe_note_failure(struct lt_stripe *stripe, lt_status_t status)
{

	stripe->timeouts += status == LT_TIMED_OUT;
	stripe->cancellations += status == LT_CANCELLED;
	stripe->refusals += status == LT_TOO_MANY;
}

#endif /* LT_STRIPE_LOCK_H */
