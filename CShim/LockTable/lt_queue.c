/*
 * An entry's queue: who joins it and leaves it, whose turn it is (SETTLE, in the table
 * in lt_states.h), and sending for those.
 */
#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

/* Readers let in by one locked section. */
#define LT_GROUP	16

void
lt_waiter_join(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_waiter *oldest = entry->queue;
	const uint32_t holders = lt_load_relaxed(&entry->holders);

	if (entry->queued == LT_MOST_WAITERS)
		lt_trap("more callers wait for one key than can be counted: 8388607");
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	/* It may have ended since it was seen: then its release has seen nobody. */
	waiter->behind_thin = entry == &entry->stripe->resident &&
	    (holders == LT_THIN || holders == 0);
	entry->queued++;
	entry->writers += !waiter->is_shared;
	if (oldest == NULL) {
		waiter->next = waiter->previous = waiter;
		lt_store_relaxed(&entry->queue, waiter);
		return;
	}
	waiter->next = oldest;
	waiter->previous = oldest->previous;
	oldest->previous->next = waiter;
	oldest->previous = waiter;
}

void
lt_waiter_leave(struct lt_entry *entry, struct lt_waiter *waiter)
{

	entry->queued--;
	entry->writers -= !waiter->is_shared;
	if (waiter->next == waiter) {
		lt_store_relaxed(&entry->queue, NULL);
		return;
	}
	waiter->next->previous = waiter->previous;
	waiter->previous->next = waiter->next;
	if (entry->queue == waiter)
		lt_store_relaxed(&entry->queue, waiter->next);
}

void
lt_entry_outlast_thin(struct lt_entry *entry, bool pinned)
{
	struct lt_leftovers leftovers = { 0 };
	struct lt_stripe *stripe = entry->stripe;

	/*
	 * (T) Either the hold's end was stored before this, and is seen below; or its holder
	 * looks at the queue after this, and sees who has joined. Pairs with its
	 * lt_keep_order() in lt_release.c.
	 */
	lt_barrier_all();
	lt_stripe_lock(stripe);
	lt_entry_settle(entry, &leftovers);
	if (pinned)
		lt_stripe_unpin(stripe, &leftovers);
	lt_stripe_unlock_and_finish(stripe, &leftovers);
}

static void
wake(struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{

	waiter->also = NULL;
	if (leftovers->woken == NULL)
		leftovers->woken = waiter;
	else
		leftovers->last_woken->also = waiter;
	leftovers->last_woken = waiter;
}

static void
signal_oldest(struct lt_entry *entry, struct lt_leftovers *leftovers)
{

	if (entry->waking)
		return;
	entry->waking = 1;
	lt_store_relaxed(&entry->queue->state, LT_SIGNALLED);
	wake(entry->queue, leftovers);
}

/* The oldest, for whom the key is held by now, may go on. */
static inline void
let_go_on(struct lt_entry *entry, struct lt_waiter *oldest)
{
	struct lt_waiter *next;

	lt_waiter_leave(entry, oldest);
	lt_count(&entry->stripe->hand_offs, &entry->stripe->hand_offs_carry);

	/* What the granted one's look at the clock says of the next in line. */
	next = entry->queue;
	if (next != NULL && oldest->overdue != 0 && next->overdue == 0 &&
	    next->since + LT_HANDOFF_BOUND_NS <= oldest->overdue)
		next->overdue = oldest->overdue;

	/*
	 * (D) Last, and after what the holders before it did: a suspension that was
	 * signalled is with its owner, who finds out without the lock, and may end it.
	 * Acquired by outcome() in lt_suspend.c.
	 */
	lt_store_release(&oldest->state, LT_GRANTED);
}

static void
grant_oldest(struct lt_entry *entry, struct lt_leftovers *leftovers)
{
	struct lt_waiter *oldest = entry->queue;

	if (oldest->state == LT_SIGNALLED)
		entry->waking = 0;
	else
		wake(oldest, leftovers);
	lt_entry_hold(entry, oldest->is_shared, oldest->record);
	let_go_on(entry, oldest);
}

bool
lt_entry_hand_over(struct lt_entry *entry)
{
	struct lt_waiter *oldest = entry->queue;

	if (oldest->is_shared || oldest->record != NULL ||
	    (oldest->overdue == 0 && entry->stripe->table->fairness == LT_ADAPTIVE))
		return false;
	/* Before anybody can see (D). */
	lt_entry_releases(entry, false);
	oldest->also = NULL;
	entry->refs--;
	entry->stripe->acquisitions++;
	let_go_on(entry, oldest);
	return true;
}

void
lt_entry_settle(struct lt_entry *entry, struct lt_leftovers *leftovers)
{
	const bool adaptive = entry->stripe->table->fairness == LT_ADAPTIVE;

	for (int granted = 0; entry->queue != NULL && lt_entry_admits(entry, entry->queue->is_shared);
	    granted++) {
		if (lt_load_relaxed(&entry->holders) == 0 && adaptive && entry->queue->overdue == 0) {
			signal_oldest(entry, leftovers);
			return;
		}
		if (granted == LT_GROUP) {
			lt_entry_ref(entry);
			leftovers->more = entry;
			return;
		}
		grant_oldest(entry, leftovers);
	}
}

static void
send_for(struct lt_waiter *waiter)
{
	struct lt_waiter *next;

	/* Who is sent for may be gone: what comes next is read before. */
	for (; waiter != NULL; waiter = next) {
		next = waiter->also;
		if (waiter->is_task)
			lt_suspension_resume((struct lt_suspension *)waiter);
		else
			lt_unpark(&waiter->parker);
	}
}

void
lt_send(struct lt_waiter *woken, struct lt_entry *more)
{

	send_for(woken);
	while (more != NULL) {
		struct lt_leftovers leftovers = { 0 };
		struct lt_entry *entry = more;
		struct lt_stripe *stripe = entry->stripe;

		lt_stripe_lock(stripe);
		lt_entry_settle(entry, &leftovers);
		woken = leftovers.woken;
		more = leftovers.more;
		leftovers.woken = NULL;
		leftovers.more = NULL;
		/* Each round has a pin of its own. */
		lt_entry_unref(entry, &leftovers);
		lt_stripe_unlock_and_finish(stripe, &leftovers);
		send_for(woken);
	}
}

LT_END
