/*
 * How long waits and holds have lasted, counted by stripe.
 *
 * A hold's times are read off the coarse clock, which is up to a tick behind (1 to 10 ms). So holds
 * are not told apart below LT_FIRST_HOLD_TIME. The errors of a hold's two readings are equally
 * likely either way, and their sum is near zero over many holds.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_times.h"

#define US	UINT64_C(1000)
#define MS	UINT64_C(1000000)
#define S	UINT64_C(1000000000)

/* A count's times are as long as its bound, or shorter, and longer than the bound before. */
static const uint64_t bounds[LT_TIMES] = {
	10 * US, 50 * US, 100 * US, 500 * US, 1 * MS, 5 * MS, 10 * MS, 50 * MS, 100 * MS, 500 * MS,
	1 * S, 5 * S, 10 * S, 60 * S, UINT64_MAX
};

uint64_t
lt_time_bound(uint32_t index)
{

	return bounds[index < LT_TIMES ? index : LT_TIMES - 1];
}

/* The times of a stripe are two cache lines, and short times need one of them. */
static void
count(lt_times_t *times, uint32_t first, uint64_t nanoseconds)
{
	uint32_t i = first;

	while (nanoseconds > bounds[i])
		i++;
	times->counts[i]++;
	times->nanoseconds += nanoseconds;
}

static uint64_t
between(uint64_t since, uint64_t now)
{

	return now > since ? now - since : 0;
}

static size_t
index_of(const struct lt_stripe *stripe)
{

	return (size_t)(stripe - stripe->table->stripes);
}

void
lt_waiter_count_wait(struct lt_waiter *waiter, uint64_t now)
{
	const struct lt_stripe *stripe = waiter->entry->stripe;
	/* Of a thread that another one removes, it is written without the lock. */
	const uint64_t since = lt_load_relaxed(&waiter->since);

	if (waiter->is_counted || since == 0)
		return;
	waiter->is_counted = true;
	count(&stripe->table->waits[index_of(stripe)], 0, between(since, now));
}

void
lt_record_count_hold(const struct lt_record *record)
{
	const struct lt_stripe *stripe = record->entry->stripe;

	count(&stripe->table->holds[index_of(stripe)], LT_FIRST_HOLD_TIME,
	    between(record->since, lt_coarse_now_ns()));
}

static void
add(lt_times_t *sum, const lt_times_t *times)
{

	sum->nanoseconds += times->nanoseconds;
	for (uint32_t i = 0; i < LT_TIMES; i++)
		sum->counts[i] += times->counts[i];
}

/* Does not touch the times of a stripe without waits. */
void
lt_stripe_add_waits(const struct lt_stripe *stripe, lt_times_t *sum)
{

	if (lt_counted(stripe->contended, stripe->contended_carry) > 0)
		add(sum, &stripe->table->waits[index_of(stripe)]);
}

void
lt_stripe_add_holds(const struct lt_stripe *stripe, lt_times_t *sum)
{

	if (stripe->table->holds != NULL)
		add(sum, &stripe->table->holds[index_of(stripe)]);
}

LT_END

#endif /* LT_SUPPORTED */
