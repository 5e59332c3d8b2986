/*
 * A stripe's lock: CK's spinlock, at which a thread spins for a bounded time and then sleeps.
 * Locking is one exchange. Unlocking is a load and a store.
 *
 * If a lock stays taken for longer than LT_STRIPE_SPIN_NS, its holder does not run: the holder was
 * preempted in its critical section, perhaps by the very thread that spins. Yielding would not
 * help: the scheduler then never runs a thread of a lower scheduling class, and seldom one that is
 * less entitled to the core. So the spinning thread leaves the core by sleeping:
 *
 *   the sleeper                             the holder
 *   1. reads the wake-up epoch              a. loads has_sleepers; if 0, unlocks and is done
 *   2. announces itself: has_sleepers = 1   b. sets has_sleepers = 0
 *   3. tries the lock once more             c. unlocks
 *   4. sleeps for a bounded time, unless    d. advances the epoch, and wakes one sleeper
 *      the epoch has changed
 *
 * Each unlocking wakes one of many sleepers. The woken thread sets has_sleepers again once it has
 * the lock, so that its own unlocking wakes the next sleeper. (b) may also consume the announcement
 * of a thread that does not sleep yet. Then (d) changes the epoch that this thread read before it
 * announced itself, so the thread does not fall asleep. Hence, if threads sleep at a stripe whose
 * has_sleepers is 0, one of them was woken and has not got the lock yet.
 *
 * (2) and (3) may both fall between (a) and (c). Then the holder misses the sleeper, which sleeps
 * although the lock is free. The announcement stays, so the next unlocking wakes the sleeper. If no
 * unlocking follows, the sleep ends at its limit, LT_STRIPE_SLEEP_NS or more. Another load of
 * has_sleepers after (c) would miss as much, as the processor may execute that load before (c). The
 * load could also touch freed memory: once the stripe is unlocked, the last release of a closed
 * table may free the stripe. For the same reason the epoch belongs to the process, and (d) names an
 * address and touches nothing there.
 */
#ifndef LT_STRIPE_LOCK_H
#define LT_STRIPE_LOCK_H

#include "lt_states.h"

/*
 * How long a thread waits before it first checks a lock that was taken. Before each later check it
 * waits twice as long. The time is not short, as each check takes the cache line from the holder,
 * whose next critical sections cost next to nothing while it has the line. Readers wait longer, as
 * many of them lock the stripe of one key together.
 */
#define LT_STRIPE_BACKOFF_NS		50
#define LT_STRIPE_BACKOFF_SHARED_NS	100

/* Locks the stripe, after one attempt has found it locked. */
LT_COLD void lt_stripe_lock_contended(struct lt_stripe *, int backoff_ns);
/* Unlocks the stripe while has_sleepers is set. */
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

/* Takes the same lock for a reader, which may be one of many at one key. */
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
 * The high bits choose the stripe, as the low bits choose the slot in the hash set. If the same
 * bits chose both, the keys of a stripe would share few slots.
 */
static inline struct lt_stripe *
lt_stripe_of(const struct lt_table *table, uint64_t hash)
{

	return &table->stripes[(hash >> 48) & table->mask];
}

/*
 * Was it begun? For a walk over all stripes, which has no lock. A stripe that is begun meanwhile is
 * begun after the walk has passed it.
 */
static inline bool
lt_stripe_is_touched(const struct lt_stripe *stripe)
{

	return lt_load_relaxed(&stripe->table) != NULL;
}

/* Counts in 48 bits. The upper 32 are seldom written. */
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

/* The same for a failure that the table counts. The stripe need not be locked. */
static inline void
lt_table_note_failure(struct lt_table *table, lt_status_t status)
{

	if (status == LT_CLOSED)
		(void)lt_increment_64_relaxed(&table->closed);
	else if (status == LT_DEADLOCK)
		(void)lt_increment_64_relaxed(&table->deadlocks);
}

static inline void
lt_stripe_note_failure(struct lt_stripe *stripe, lt_status_t status)
{

	stripe->timeouts += status == LT_TIMED_OUT;
	stripe->cancellations += status == LT_CANCELLED;
	stripe->refusals += status == LT_TOO_MANY || status == LT_TABLE_FULL;
	lt_table_note_failure(stripe->table, status);
}

#endif /* LT_STRIPE_LOCK_H */
