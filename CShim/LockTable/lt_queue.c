/*
 * An entry's queue: joining and leaving it, and whose turn it is (SETTLE, in the table in
 * lt_states.h).
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_queue.h"

/* How many readers one locked section grants. */
#define LT_GROUP	16

/* --- the ring: the waiters in line, oldest first, and behind them the stalled ------------- */

static void
insert_before(struct lt_waiter *next, struct lt_waiter *waiter)
{

	waiter->next = next;
	waiter->previous = next->previous;
	next->previous->next = waiter;
	next->previous = waiter;
}

/* NULL: no waiter is stalled. */
static struct lt_waiter *
first_stalled(const struct lt_entry *entry)
{
	const struct lt_waiter *last = entry->queue->previous;

	return lt_load_relaxed(&last->state) == LT_STALLED ? last->first_stalled : NULL;
}

/*
 * Does a waiter in line stand before the other? `first`: the other stands before the waiters of its
 * priority, but behind a signalled one.
 */
static bool
precedes(const struct lt_waiter *in_line, const struct lt_waiter *other, bool first)
{

	if (in_line->priority != other->priority)
		return in_line->priority > other->priority;
	return !first || lt_load_relaxed(&in_line->state) == LT_SIGNALLED;
}

/*
 * Inserts a waiter into the line, behind the waiters of its priority. `first`: before them, as it
 * was first before it stalled, but behind a signalled one. The walk passes only waiters of a higher
 * priority, or of the same.
 */
static void
insert(struct lt_entry *entry, struct lt_waiter *waiter, bool first)
{
	struct lt_waiter *oldest = entry->queue, *stalled, *next;
	const bool may_pass = first || waiter->priority > 0;

	if (oldest == NULL) {
		waiter->next = waiter->previous = waiter;
		lt_store_relaxed(&entry->queue, waiter);
		return;
	}
	stalled = first_stalled(entry);
	if (stalled == oldest || (may_pass && !precedes(oldest, waiter, first))) {
		insert_before(oldest, waiter);
		lt_store_relaxed(&entry->queue, waiter);
		return;
	}
	next = stalled != NULL ? stalled : oldest;
	if (may_pass) {
		const struct lt_waiter *end = next;

		for (next = oldest->next; next != end && precedes(next, waiter, first);
		    next = next->next)
			continue;
	}
	insert_before(next, waiter);
}

/* Keeps `first_stalled` right in the last of the stalled waiters when this one leaves. */
static void
leave_stalled(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_waiter *last = entry->queue->previous;

	if (last == waiter) {
		if (waiter->first_stalled != waiter)
			waiter->previous->first_stalled = waiter->first_stalled;
	} else if (last->first_stalled == waiter) {
		last->first_stalled = waiter->next;
	}
}

/* --- places in the table -------------------------------------------------------------------- */

/*
 * The stripes have nothing in common but this number, so it is atomic. It is one modification after
 * the other, so it never passes the limit by a waiter that can be refused.
 */
bool
lt_waiter_takes_place(struct lt_waiter *waiter)
{
	struct lt_table *table = waiter->entry->stripe->table;
	uint32_t waiting = lt_load_relaxed(&table->waiting);

	do {
		if (waiting >= table->most_in_table)
			return false;
	} while (!lt_swap_if_relaxed(&table->waiting, &waiting, waiting + 1));
	waiter->has_place = true;
	return true;
}

/* For a waiter that can't be refused. */
static LT_COLD void
take_place_unasked(struct lt_waiter *waiter)
{

	(void)lt_increment_relaxed(&waiter->entry->stripe->table->waiting);
	waiter->has_place = true;
}

LT_COLD void
lt_waiter_frees_place(struct lt_waiter *waiter)
{

	waiter->has_place = false;
	(void)lt_decrement_relaxed(&waiter->entry->stripe->table->waiting);
}

/* --- the ring, continued -------------------------------------------------------------------- */

/* Writes only after a search has begun: the line of the stripe is one that all calls read. */
static inline void
note_join(struct lt_stripe *stripe)
{

	if (lt_likely(stripe->may_have_waiters && stripe->has_joined))
		return;
	stripe->may_have_waiters = true;
	stripe->has_joined = true;
}

void
lt_waiter_join_stalled(struct lt_entry *entry, struct lt_waiter *waiter)
{
	struct lt_waiter *first;

	note_join(entry->stripe);
	entry->queued++;
	if (entry->queue == NULL) {
		waiter->next = waiter->previous = waiter->first_stalled = waiter;
		lt_store_relaxed(&entry->queue, waiter);
		return;
	}
	first = first_stalled(entry);
	waiter->first_stalled = first != NULL ? first : waiter;
	insert_before(entry->queue, waiter);
}

void
lt_waiter_rejoin(struct lt_entry *entry, struct lt_waiter *waiter)
{

	lt_waiter_leave(entry, waiter);
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	entry->queued++;
	entry->writers += !waiter->is_shared;
	insert(entry, waiter, true);
}

void
lt_waiter_join(struct lt_entry *entry, struct lt_waiter *waiter)
{
	const uint32_t holders = lt_load_relaxed(&entry->holders);

	if (entry->queued == LT_MOST_WAITERS)
		lt_trap("more callers wait for one key than can be counted: 8388607");
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	/* 0: a fast hold may have ended since it was seen. Then its release has seen no waiter. */
	waiter->behind_fast = entry == &entry->stripe->resident && entry->queue == NULL &&
	    (holders == LT_FAST || holders == 0) && waiter->permits == 0;
	/* Without a monitor no one would find a release that has missed a task. */
	waiter->may_fence = waiter->behind_fast && (lt_stripe_begin_counting(entry->stripe) ||
	    entry->stripe->table->unmonitored);
	if (waiter->record != NULL)
		waiter->record->since = 0;
	if (lt_unlikely(entry->stripe->table->most_in_table != 0 && !waiter->has_place))
		take_place_unasked(waiter);
	note_join(entry->stripe);
	entry->queued++;
	entry->writers += !waiter->is_shared;
	insert(entry, waiter, false);
}

void
lt_waiter_leave(struct lt_entry *entry, struct lt_waiter *waiter)
{

	if (waiter->is_monitored)
		lt_woken_remove(waiter);
	entry->queued--;
	if (lt_load_relaxed(&waiter->state) == LT_STALLED)
		leave_stalled(entry, waiter);
	else
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

/* --- whose turn it is ------------------------------------------------------------------------ */

/* A turn that no task has awaited is not woken: its owner may end it once the lock is dropped. */
static void
wake(struct lt_waiter *waiter, struct lt_deferred *deferred)
{

	if (waiter->is_unawaited)
		return;
	waiter->wake_next = NULL;
	if (deferred->woken == NULL)
		deferred->woken = waiter;
	else
		deferred->last_woken->wake_next = waiter;
	deferred->last_woken = waiter;
}

void
lt_waiter_wake_later(struct lt_waiter *waiter, struct lt_deferred *deferred)
{

	wake(waiter, deferred);
}

static void
signal_oldest(struct lt_entry *entry, struct lt_deferred *deferred)
{

	if (entry->waking)
		return;
	entry->waking = 1;
	lt_store_relaxed(&entry->queue->state, LT_SIGNALLED);
	lt_woken_add(entry->queue, deferred);
	wake(entry->queue, deferred);
}

/* The key is held for the waiter by now. `deferred`: not NULL if the monitor must know of it. */
static inline void
make_granted(struct lt_entry *entry, struct lt_waiter *oldest, struct lt_deferred *deferred)
{
	struct lt_waiter *next;

	lt_waiter_leave(entry, oldest);
	if (!oldest->is_task)
		lt_waiter_leaves_place(oldest);
	if (deferred != NULL)
		lt_woken_add(oldest, deferred);
	lt_count(&entry->stripe->hand_offs, &entry->stripe->hand_offs_carry);

	/* The granted waiter has read the clock: the next one may have starved by then, too. */
	next = entry->queue;
	if (next != NULL && oldest->starving != 0 && next->starving == 0 &&
	    next->since + LT_HANDOFF_BOUND_NS <= oldest->starving)
		next->starving = oldest->starving;

	lt_store_relaxed(&oldest->state, LT_GRANTED);
}

/* A thread keeps what it is granted. A task may not run, so its hold counts once it is claimed. */
static inline void
count_granted(struct lt_entry *entry, const struct lt_waiter *waiter)
{

	if (!waiter->is_task)
		lt_stripe_count_holds(entry->stripe, waiter->counted);
}

/*
 * The monitor takes the key back from a task that does not run (table->takes_back), but for turns.
 */
void
lt_entry_grant(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_deferred *deferred)
{
	const bool is_monitored = waiter->is_task && !waiter->is_turn &&
	    entry->stripe->table->takes_back;

	if (entry->stripe->table->diagnostics && waiter->record != NULL)
		waiter->record->is_unclaimed = waiter->is_task;
	if (waiter->state == LT_SIGNALLED)
		entry->waking = 0;
	else
		wake(waiter, deferred);
	lt_entry_hold_for(entry, waiter,
	    entry->stripe->table->diagnostics ? waiter->record : NULL);
	count_granted(entry, waiter);
	make_granted(entry, waiter, is_monitored ? deferred : NULL);
}

bool
lt_entry_hand_off(struct lt_entry *entry)
{
	struct lt_waiter *oldest = entry->queue;

	if (oldest->is_shared || oldest->is_unawaited || entry->stripe->table->diagnostics ||
	    oldest->state != LT_QUEUED ||
	    (entry->stripe->table->fairness == LT_ADAPTIVE &&
	    (oldest->starving == 0 || oldest->is_task)))
		return false;
	lt_entry_releases(entry, false);
	oldest->wake_next = NULL;
	entry->refs--;
	count_granted(entry, oldest);
	make_granted(entry, oldest, NULL);
	return true;
}

void
lt_entry_hand_permit(struct lt_entry *entry, struct lt_deferred *deferred)
{
	struct lt_waiter *oldest = entry->queue;
	const bool is_monitored = oldest->is_task && !oldest->is_turn &&
	    entry->stripe->table->takes_back;

	lt_entry_releases(entry, true);
	wake(oldest, deferred);
	/* The permit changes hands. The waiter has a reference of its own. */
	entry->refs--;
	count_granted(entry, oldest);
	make_granted(entry, oldest, is_monitored ? deferred : NULL);
}

void
lt_entry_settle(struct lt_entry *entry, struct lt_deferred *deferred)
{
	/* A waiter of a flight is granted or landed: whoever takes the key begins the next one. */
	const bool signals = entry->stripe->table->fairness == LT_ADAPTIVE &&
	    entry->stripe->table->purpose != LT_FOR_FLIGHTS;

	for (int granted = 0; entry->queue != NULL && entry->queue->state != LT_STALLED &&
	    lt_entry_admits_waiter(entry, entry->queue); granted++) {
		if (lt_load_relaxed(&entry->holders) == 0 && signals &&
		    entry->queue->starving == 0) {
			signal_oldest(entry, deferred);
			return;
		}
		if (granted == LT_GROUP) {
			lt_entry_ref(entry);
			deferred->more_readers = entry;
			return;
		}
		lt_entry_grant(entry, entry->queue, deferred);
	}
}

LT_END

#endif /* LT_SUPPORTED */
