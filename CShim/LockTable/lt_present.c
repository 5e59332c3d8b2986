/*
 * Who waits and holds at present, and for how long.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_entry.h"
#include "lt_walk.h"

/* So many keys are looked at in one locked section; others use the stripe before the next one. */
#define LT_KEYS_AT_ONCE	256
#define LT_BETWEEN_NS	500
/* So often a walk begins again, if the stripe's set is replaced meanwhile. */
#define LT_BEGINNINGS	4

struct seen {
	uint64_t waiters, wait, hold;	/* When they began; 0: there is none. */
	unsigned left;
};

static void
note(uint64_t *oldest, uint64_t since)
{

	if (since != 0 && (*oldest == 0 || since < *oldest))
		*oldest = since;
}

/*
 * A few steps, however many wait: the line is ordered by arrival, and so are the stalled waiters.
 */
static bool
add_entry(void *context, struct lt_entry *entry)
{
	const struct lt_record *record =
	    entry->stripe->table->diagnostics ? *lt_entry_records(entry) : NULL;
	const struct lt_waiter *first = entry->queue;
	struct seen *seen = context;

	seen->waiters += entry->queued;
	if (record != NULL)
		note(&seen->hold, record->since);
	if (first != NULL) {
		const struct lt_waiter *last = first->previous;

		note(&seen->wait, lt_load_relaxed(&first->since));
		if (lt_load_relaxed(&last->state) == LT_STALLED)
			note(&seen->wait, lt_load_relaxed(&last->first_stalled->since));
	}
	return --seen->left > 0;
}

/*
 * Returns what there is in one stripe. Without diagnostics it shows waiters only, so keys are
 * looked at only where there may be some. Of several walks at a time, one is the search that may
 * find out that there are none: no waiter was seen, and none has joined while the walk paused.
 */
static struct seen
look_at(struct lt_stripe *stripe)
{
	struct seen seen = { .left = LT_KEYS_AT_ONCE };
	struct lt_walk walk = { 0 };
	bool searches, is_complete = true;
	int beginnings = 1;

	lt_stripe_lock(stripe);
	if (!stripe->may_have_waiters && !stripe->table->diagnostics) {
		lt_stripe_unlock(stripe);
		return seen;
	}
	searches = !stripe->is_searched;
	if (searches) {
		stripe->is_searched = true;
		stripe->has_joined = false;
	}
	while (!lt_stripe_walk(stripe, &walk, add_entry, &seen)) {
		lt_stripe_unlock(stripe);
		lt_spin_ns(LT_BETWEEN_NS);
		seen.left = LT_KEYS_AT_ONCE;
		lt_stripe_lock(stripe);
		if (!lt_walk_is_lost(&walk, stripe))
			continue;
		if (beginnings++ == LT_BEGINNINGS) {
			is_complete = false;
			break;
		}
		seen = (struct seen){ .left = LT_KEYS_AT_ONCE };
		walk = (struct lt_walk){ 0 };
	}
	if (searches) {
		stripe->is_searched = false;
		if (is_complete && seen.waiters == 0 && !stripe->has_joined)
			stripe->may_have_waiters = false;
	}
	lt_stripe_unlock(stripe);
	return seen;
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
	struct seen all = { 0 };

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct seen seen;

		if (!lt_stripe_is_touched(&table->stripes[i]))
			continue;
		seen = look_at(&table->stripes[i]);
		all.waiters += seen.waiters;
		note(&all.wait, seen.wait);
		note(&all.hold, seen.hold);
	}
	*present = (lt_present_t){ all.waiters, age(all.wait, now), age(all.hold, now) };
}

LT_END

#endif /* LT_SUPPORTED */
