/*
 * The periods in which a stripe makes counted holds only, as a waiter has queued behind a fast one.
 * Each function needs the stripe's lock.
 */
#ifndef LT_COUNTING_H
#define LT_COUNTING_H

#include "lt_states.h"

/* A stripe with this backoff makes no fast holds any more. */
#define LT_NEVER_FAST	UINT8_MAX

/* A test of short programs makes the periods short: Tests/Exploration/explored.h. */
#ifndef LT_FENCES_PER_SECOND
/* The stripes of a table issue no more heavy fences than this, over ten seconds: lt_counting.c. */
#define LT_FENCES_PER_SECOND	100
/* A stripe that makes counted holds looks at the clock once in so many. */
#define LT_COUNTED_PER_LOOK	64
/* A tick of that clock is 67 ms. */
#define LT_TICK_SHIFT	26
#endif

/*
 * Call it for a waiter that queues behind a fast hold, before the waiter's heavy fence. Begins a
 * period. False: one has begun before and is not over, or the table has spent its fences. Then the
 * waiter must do without one.
 */
LT_COLD bool lt_stripe_begin_counting(struct lt_stripe *);
/* Ends the period if it is over. */
LT_COLD void lt_stripe_end_counting(struct lt_stripe *);

/* Call it at a counted hold, which may be the last one of the period. */
static inline void
lt_stripe_consider_fast(struct lt_stripe *stripe)
{

	if (stripe->no_fast_release && stripe->acquisitions % LT_COUNTED_PER_LOOK == 0)
		lt_stripe_end_counting(stripe);
}

/* There is no heavy fence: no hold begins as a fast one from now on. */
static inline void
lt_stripe_count_for_good(struct lt_stripe *stripe)
{

	stripe->no_fast_release = true;
	stripe->fast_backoff = LT_NEVER_FAST;
}

#endif /* LT_COUNTING_H */
