/*
 * How long waits and holds have lasted, counted by stripe. The counts stand behind the stripes, in
 * memory that nobody touches before the first wait of a stripe is over. Each function needs the
 * stripe's lock.
 */
#ifndef LT_TIMES_H
#define LT_TIMES_H

#include "lt_stripe_lock.h"

/*
 * The wait of a thread that parked, or of a task that was suspended, is over: the waiter has the
 * key, or has left. Counts it once, however often this is called.
 */
LT_COLD void lt_waiter_count_wait(struct lt_waiter *, uint64_t now);
/* A hold with a record ends. */
void lt_record_count_hold(const struct lt_record *);

/* Fetches what counting a short wait of the stripe's writes to. The stripe need not be locked. */
static inline void
lt_stripe_prefetch_waits(const struct lt_stripe *stripe)
{

	lt_prefetch_to_write(&stripe->table->waits[stripe - stripe->table->stripes]);
}

/* Add what the stripe has counted to a sum. */
void lt_stripe_add_waits(const struct lt_stripe *, lt_times_t *sum);
void lt_stripe_add_holds(const struct lt_stripe *, lt_times_t *sum);

#endif /* LT_TIMES_H */
