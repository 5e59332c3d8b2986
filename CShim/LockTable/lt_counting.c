/*
 * The periods in which a stripe makes counted holds only. A stripe issues one heavy fence in a
 * period. The shortest period is so long that all stripes of a table together issue no more than
 * LT_FENCES_PER_SECOND on average, once each has issued its first.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_counting.h"

/*
 * Ticks of 16 bits come round in 73 minutes. So a stripe that was not used for half of that may
 * take the end of its period for a time to come, and counts its holds for some minutes more.
 */
#define LONGEST_PERIOD	UINT32_C(0x4000)
#define MOST_BACKOFF	6

static uint16_t
tick(void)
{

	return (uint16_t)(lt_coarse_now_ns() >> LT_TICK_SHIFT);
}

static bool
is_reached(uint16_t time, uint16_t now)
{

	return (int16_t)(uint16_t)(now - time) >= 0;
}

/* Rounded up, as the present tick may end at once. */
static uint32_t
period_of(const struct lt_stripe *stripe)
{
	const uint64_t stripes = (uint64_t)stripe->table->mask + 1;
	const uint64_t shortest_ns = stripes * UINT64_C(1000000000) / LT_FENCES_PER_SECOND;
	const uint64_t shortest = (shortest_ns >> LT_TICK_SHIFT) + 2;
	const uint64_t period = shortest << stripe->fast_backoff;

	return period < LONGEST_PERIOD ? (uint32_t)period : LONGEST_PERIOD;
}

/*
 * The periods bound how often a stripe fences, but not how many stripes do so for the first time: a
 * new table may have many. So a table counts its fences in spans of 8.6 s. Ten seconds touch up to
 * three spans, so each has a third of its share.
 */
#define SPAN_SHIFT	7
#define SPAN_NS		(UINT64_C(1) << (LT_TICK_SHIFT + SPAN_SHIFT))
#define MOST_IN_SPAN	(LT_FENCES_PER_SECOND * SPAN_NS / UINT64_C(3000000000))
#define SPENT_BITS	16

static bool
spend_fence(struct lt_table *table, uint16_t now)
{
	const uint32_t span = now >> SPAN_SHIFT;
	uint32_t seen = lt_load_relaxed(&table->fence_budget), next;

	do {
		next = seen >> SPENT_BITS == span ? seen + 1 : (span << SPENT_BITS) + 1;
		if ((next & ((UINT32_C(1) << SPENT_BITS) - 1)) > MOST_IN_SPAN)
			return false;
	} while (!lt_swap_if_relaxed(&table->fence_budget, &seen, next));
	return true;
}

bool
lt_stripe_begin_counting(struct lt_stripe *stripe)
{
	uint16_t now;

	if (stripe->fast_backoff == LT_NEVER_FAST)
		return false;
	now = tick();
	if (stripe->no_fast_release && !is_reached(stripe->fast_again, now))
		return false;
	/* Waiters behind fast holds are frequent if the last period has just ended. */
	if ((uint16_t)(now - stripe->fast_again) > period_of(stripe))
		stripe->fast_backoff -= stripe->fast_backoff > 0;
	else if (stripe->fast_again != 0 && stripe->fast_backoff < MOST_BACKOFF)
		stripe->fast_backoff++;
	stripe->fast_again = (uint16_t)(now + period_of(stripe));
	stripe->no_fast_release = true;
	return spend_fence(stripe->table, now);
}

void
lt_stripe_end_counting(struct lt_stripe *stripe)
{

	if (stripe->fast_backoff != LT_NEVER_FAST && is_reached(stripe->fast_again, tick()))
		stripe->no_fast_release = false;
}

LT_END

#endif /* LT_SUPPORTED */
