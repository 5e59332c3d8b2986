/*
 * Waiting for a key, and passing it on. The table of states is in lt_core.h.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/*
 * Turns of looking before sleeping. About the time that a short critical section
 * on another core takes, and a fraction of what going to sleep costs.
 */
#define LT_ENTRY_SPINS	40
#define LT_PARK_SPINS	20

static void
join(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_waiter *oldest = entry->queue;

	if (oldest == NULL) {
		entry->queue = waiter->next = waiter->previous = waiter;
		return;
	}
	waiter->next = oldest;
	waiter->previous = oldest->previous;
	oldest->previous->next = waiter;
	oldest->previous = waiter;
}

static void
leave(struct lt_entry *entry, struct lt_waiter *waiter)
{

	if (waiter->next == waiter) {
		entry->queue = NULL;
		return;
	}
	waiter->next->previous = waiter->previous;
	waiter->previous->next = waiter->next;
	if (entry->queue == waiter)
		entry->queue = waiter->next;
}

struct lt_waiter *
lt_entry_pass_on(struct lt_entry *entry)
{
	struct lt_waiter *oldest = entry->queue, *next;

	if (oldest == NULL)
		return NULL;

	if (oldest->overdue != 0 || entry->stripe->table->fairness == LT_FIFO) {
		next = oldest->next;
		leave(entry, oldest);
		lt_entry_hold(entry);
		oldest->state = LT_GRANTED;
		/* What the granted one's look at the clock says of the next in line. */
		if (entry->queue != NULL && next->overdue == 0 &&
		    next->since + LT_HANDOFF_BOUND_NS <= oldest->overdue)
			next->overdue = oldest->overdue;
		return oldest;
	}

	if (entry->waking)
		return NULL;
	entry->waking = 1;
	oldest->state = LT_SIGNALLED;
	return oldest;
}

/*
 * Looks, unlocked, whether the key comes free, and takes it if so. The caller's
 * count keeps the entry.
 */
static bool
spin(struct lt_entry *entry)
{
	struct lt_stripe *stripe = entry->stripe;

	for (int turn = 0; turn < LT_ENTRY_SPINS; turn++) {
		if (lt_load_relaxed(&entry->holders) == 0) {
			lt_stripe_lock(stripe);
			if (lt_entry_is_free(entry)) {
				lt_entry_hold(entry);
				lt_stripe_unlock(stripe);
				return true;
			}
			lt_stripe_unlock(stripe);
		}
		lt_pause();
	}
	return false;
}

/*
 * One awakening of a waiter, locked. True: the wait is over, and *result says
 * how. `in_time` says that the deadline has not passed.
 */
static bool
awake(struct lt_entry *entry, struct lt_waiter *waiter, bool in_time, uint64_t now,
    lt_status_t *result)
{

	if (waiter->state == LT_GRANTED) {
		*result = LT_OK;
		return true;
	}
	if (waiter->state == LT_SIGNALLED) {
		entry->waking = 0;
		if (entry->holders == 0) {
			leave(entry, waiter);
			lt_entry_hold(entry);
			*result = LT_OK;
			return true;
		}
	}
	if (!in_time) {
		leave(entry, waiter);
		*result = LT_TIMED_OUT;
		return true;
	}
	waiter->state = LT_QUEUED;
	if (now - waiter->since >= LT_HANDOFF_BOUND_NS)
		waiter->overdue = now;
	return false;
}

lt_status_t
lt_entry_wait(struct lt_entry *entry, uint64_t deadline, struct lt_leftovers *leftovers)
{
	struct lt_stripe *stripe = entry->stripe;
	struct lt_waiter waiter = { 0 };
	lt_status_t result = LT_OK;
	bool over = false;

	/* Under LT_FIFO the queue is joined in the locked section that found the key held. */
	if (stripe->table->fairness == LT_ADAPTIVE) {
		lt_stripe_unlock_and_finish(stripe, leftovers);
		if (spin(entry))
			return LT_OK;
		waiter.since = lt_now_ns();
		*leftovers = (struct lt_leftovers){ 0 };
		lt_stripe_lock(stripe);
		if (lt_entry_is_free(entry)) {
			lt_entry_hold(entry);
			lt_stripe_unlock(stripe);
			return LT_OK;
		}
	}

	lt_parker_init(&waiter.parker);
	join(entry, &waiter);
	while (!over) {
		bool in_time;
		uint64_t now;

		lt_stripe_unlock_and_finish(stripe, leftovers);
		*leftovers = (struct lt_leftovers){ 0 };
		in_time = lt_park(&waiter.parker, deadline, LT_PARK_SPINS);
		now = lt_now_ns();
		lt_stripe_lock(stripe);
		if (!in_time && waiter.state != LT_QUEUED) {
			/* Sent for at the last moment: what was sent has to be received. */
			lt_stripe_unlock(stripe);
			(void)lt_park(&waiter.parker, LT_FOREVER, LT_PARK_SPINS);
			lt_stripe_lock(stripe);
		}
		over = awake(entry, &waiter, in_time, now, &result);
	}

	if (result != LT_OK)
		lt_entry_unref(entry, leftovers);
	lt_stripe_unlock_and_finish(stripe, leftovers);
	lt_parker_destroy(&waiter.parker);
	return result;
}
