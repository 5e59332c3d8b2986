/*
 * The counts of a table. Each stripe is read under its lock, one after the other.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"
#include "lt_times.h"

uint32_t
lt_table_stripes(const lt_table_t *table)
{

	return table->mask + 1;
}

size_t
lt_table_count(lt_table_t *table)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		count += lt_stripe_count(stripe);
		lt_stripe_unlock(stripe);
	}
	return count;
}

bool
lt_table_is_empty(lt_table_t *table)
{
	bool is_empty = true;

	for (uint32_t i = 0; is_empty && i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		is_empty = lt_stripe_count(stripe) == 0;
		lt_stripe_unlock(stripe);
	}
	return is_empty;
}

static size_t
bytes_of(const struct lt_stripe *stripe)
{
	const struct lt_set *set = stripe->resident.set;

	return stripe->bytes + (set != NULL ? lt_set_bytes(set) : 0);
}

size_t
lt_table_bytes(lt_table_t *table)
{
	size_t bytes = table->block_size;

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		bytes += bytes_of(stripe);
		lt_stripe_unlock(stripe);
	}
	return bytes;
}

static void
add_stripe(lt_statistics_t *sum, const struct lt_stripe *stripe)
{
	/* Acquisitions do not note the resident's first use: this would cost each of them. */
	uint32_t peak = stripe->peak > 0 ? stripe->peak :
	    stripe->acquisitions > 0 || stripe->held_uncounted;

	sum->acquisitions += stripe->acquisitions;
	sum->contended += lt_counted(stripe->contended, stripe->contended_carry);
	sum->parks += lt_counted(stripe->parks, stripe->parks_carry);
	sum->hand_offs += lt_counted(stripe->hand_offs, stripe->hand_offs_carry);
	sum->timeouts += stripe->timeouts;
	sum->cancellations += stripe->cancellations;
	sum->refusals += stripe->refusals;
	if (stripe->table->purpose == LT_FOR_FLIGHTS) {
		sum->flights += stripe->resident.key.flown.flights;
		sum->joins += stripe->resident.key.flown.joins;
	}
	sum->keys += lt_stripe_count(stripe);
	sum->peak_keys += peak;
	sum->bytes += bytes_of(stripe);
	lt_stripe_add_waits(stripe, &sum->waits);
	lt_stripe_add_holds(stripe, &sum->holds);
}

void
lt_table_statistics(lt_table_t *table, lt_statistics_t *statistics)
{

	*statistics = (lt_statistics_t){ .bytes = table->block_size };
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		add_stripe(statistics, stripe);
		lt_stripe_unlock(stripe);
	}
	statistics->task_sleeps = lt_load_relaxed(&table->task_sleeps);
	statistics->fences = lt_load_relaxed(&table->fences);
	statistics->closed = lt_load_relaxed(&table->closed);
	statistics->deadlocks = lt_load_relaxed(&table->deadlocks);
}

size_t
lt_table_task_sleeps(const lt_table_t *table)
{

	return lt_load_relaxed(&table->task_sleeps);
}

LT_END

#endif /* LT_SUPPORTED */
