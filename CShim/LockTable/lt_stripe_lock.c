/*
 * The slow path of a stripe's lock: lt_stripe_lock.h describes it.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_stripe_lock.h"

/*
 * How long a thread spins in all before it sleeps. That is a hundred critical sections of a holder
 * that runs, and about the cost of a sleep and a wake-up. If threads spun less, they would announce
 * themselves to holders that do run, and each such announcement costs two system calls.
 */
#ifndef LT_STRIPE_SPIN_NS
#define LT_STRIPE_SPIN_NS	4000
#endif

/* The limit of the first sleep. Each later limit is twice as long, until one is over 1 ms. */
#define LT_STRIPE_SLEEP_NS	50000
#define LT_STRIPE_LONGEST_SLEEP_NS	1000000

static bool
spin_and_try(struct lt_stripe *stripe, int backoff_ns)
{
	int spin = backoff_ns;

	for (int spun = 0; spun < LT_STRIPE_SPIN_NS; spun += spin) {
		lt_spin_ns((uint32_t)spin);
		if (!ck_spinlock_fas_locked(&stripe->lock) && lt_stripe_try_lock(stripe))
			return true;
		spin = 2 * backoff_ns;
	}
	return false;
}

void
lt_stripe_lock_contended(struct lt_stripe *stripe, int backoff_ns)
{
	uint32_t limit = LT_STRIPE_SLEEP_NS, epoch;
	bool was_woken = false;

	if (spin_and_try(stripe, backoff_ns))
		return;
	for (;;) {
		epoch = lt_wake_epoch(stripe);			/* (1) */
		lt_store_relaxed(&stripe->has_sleepers, 1);	/* (2) */
		if (lt_stripe_try_lock(stripe))			/* (3) */
			break;
		was_woken |= lt_sleep_in_epoch(stripe, epoch, limit);	/* (4) */
		if (spin_and_try(stripe, backoff_ns))
			break;
		if (limit < LT_STRIPE_LONGEST_SLEEP_NS)
			limit *= 2;
	}
	/* Unlocking may have consumed the announcements of other sleepers with this thread's. */
	if (was_woken)
		lt_store_relaxed(&stripe->has_sleepers, 1);
}

void
lt_stripe_unlock_and_wake(struct lt_stripe *stripe)
{

	lt_store_relaxed(&stripe->has_sleepers, 0);		/* (b) */
	lt_tsan_stripe_release(stripe);
	ck_spinlock_fas_unlock(&stripe->lock);			/* (c) */
	lt_wake_one(stripe);					/* (d) */
}

LT_END

#endif /* LT_SUPPORTED */
