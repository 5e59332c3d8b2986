/*
 * Who waits and holds at present, and for how long: one locked section for each stripe.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"
#include "lt_walk.h"

struct oldest {
	uint64_t waiters, wait, hold;	/* When they began; 0: there is none. */
};

static void
note(uint64_t *oldest, uint64_t since)
{

	if (since != 0 && (*oldest == 0 || since < *oldest))
		*oldest = since;
}

/* A few steps, however many wait: the line is ordered by arrival, and so are the stalled waiters. */
static bool
add(void *context, struct lt_entry *entry)
{
	const struct lt_record *record =
	    entry->stripe->table->diagnostics ? *lt_entry_records(entry) : NULL;
	const struct lt_waiter *first = entry->queue;
	struct oldest *oldest = context;

	oldest->waiters += entry->queued;
	if (record != NULL)
		note(&oldest->hold, record->since);
	if (first != NULL) {
		const struct lt_waiter *last = first->previous;

		note(&oldest->wait, lt_load_relaxed(&first->since));
		if (lt_load_relaxed(&last->state) == LT_STALLED)
			note(&oldest->wait, lt_load_relaxed(&last->first_stalled->since));
	}
	return true;
}

static uint64_t
age(uint64_t since, uint64_t now)
{

	return since != 0 && now > since ? now - since : 0;
}

void
lt_table_present(lt_table_t *table, lt_present_t *present)
{
	const uint64_t now = lt_now_ns();
	struct oldest oldest = { 0, 0, 0 };

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		if (!lt_stripe_is_touched(stripe))
			continue;
		lt_stripe_lock(stripe);
		(void)lt_stripe_walk(stripe, add, &oldest);
		lt_stripe_unlock(stripe);
	}
	present->waiters = oldest.waiters;
	present->longest_wait = age(oldest.wait, now);
	present->longest_hold = age(oldest.hold, now);
}

LT_END

#endif /* LT_SUPPORTED */
