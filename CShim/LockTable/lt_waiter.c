/*
 * Waiters that compete, stall or leave: the rows of the waiters' table in lt_states.h that do not
 * decide whose turn it is. The caller has the stripe's lock.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_flight.h"
#include "lt_times.h"
#include "lt_waiter.h"

bool
lt_waiter_competes(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t now,
    struct lt_deferred *deferred)
{

	if (waiter->state == LT_SIGNALLED)
		entry->waking = 0;
	if (lt_entry_admits_waiter(entry, waiter)) {
		lt_waiter_take(entry, waiter, deferred);
		return true;
	}
	if (waiter->state == LT_STALLED) {
		lt_waiter_overtake(entry, waiter->priority, deferred);
		lt_waiter_rejoin(entry, waiter);
	} else if (waiter->is_monitored) {
		lt_woken_remove(waiter);
	}
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	if (now - waiter->since >= LT_HANDOFF_BOUND_NS)
		waiter->starving = now;
	return false;
}

void
lt_waiter_take(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_deferred *deferred)
{

	lt_waiter_leave(entry, waiter);
	lt_waiter_leaves_place(waiter);
	lt_store_relaxed(&waiter->state, LT_CLAIMED);
	lt_entry_take_for(entry, waiter, deferred);
}

void
lt_waiter_claim(struct lt_entry *entry, struct lt_waiter *waiter)
{

	if (waiter->is_monitored)
		lt_woken_remove(waiter);
	lt_waiter_leaves_place(waiter);
	lt_store_relaxed(&waiter->state, LT_CLAIMED);
	lt_stripe_count_holds(entry->stripe, waiter->counted);
	if (waiter->record != NULL)
		waiter->record->is_unclaimed = false;
}

/* Ends the hold of a task that has not claimed it. The task keeps its reference to the entry. */
static void
take_back(struct lt_entry *entry, struct lt_waiter *waiter)
{

	if (waiter->is_monitored)
		lt_woken_remove(waiter);
	if (waiter->record != NULL)
		lt_record_withdraw(waiter->record);
	lt_entry_releases(entry, waiter->is_shared);
	lt_store_relaxed(&entry->holders, waiter->permits > 0 ? entry->holders - waiter->permits :
	    waiter->is_shared ? entry->holders - 1 : 0);
}

void
lt_waiter_end(struct lt_entry *entry, struct lt_waiter *waiter, lt_status_t reason, uint64_t now)
{

	lt_stripe_note_failure(entry->stripe, reason);
	lt_waiter_leaves_place(waiter);
	lt_waiter_count_wait(waiter, now);
	waiter->reason = reason;
	/*
	 * (E) Stored last: the owner of a suspension reads the reason without the lock. Pairs with
	 * the load in claim() in lt_suspend.c.
	 */
	lt_store_release(&waiter->state, LT_LEFT);
}

/* Ends a waiter without a key. */
static void
leave_for(struct lt_entry *entry, struct lt_waiter *waiter, lt_status_t reason)
{

	lt_waiter_end(entry, waiter, reason, lt_now_ns());
}

/* Is it in the queue, or a task that was granted the key? A thread keeps what it was granted. */
static bool
is_removable(const struct lt_waiter *waiter)
{

	switch (lt_load_relaxed(&waiter->state)) {
	case LT_QUEUED:
	case LT_SIGNALLED:
	case LT_STALLED:
		return true;
	case LT_GRANTED:
		return waiter->is_task;
	default:
		return false;
	}
}

bool
lt_waiter_remove(struct lt_entry *entry, struct lt_waiter *waiter, lt_status_t reason,
    struct lt_deferred *deferred)
{
	const uint32_t state = lt_load_relaxed(&waiter->state);

	if (!is_removable(waiter))
		return false;
	if (state == LT_SIGNALLED)
		entry->waking = 0;
	if (state == LT_GRANTED)
		take_back(entry, waiter);
	else
		lt_waiter_leave(entry, waiter);
	leave_for(entry, waiter, reason);
	if (lt_has_flights(entry->stripe->table))
		lt_flight_loses_waiter(entry, deferred);
	lt_entry_settle(entry, deferred);
	return state == LT_QUEUED && !waiter->is_unawaited;
}

bool
lt_waiter_may_take(const struct lt_entry *entry, const struct lt_waiter *waiter)
{
	const bool is_free = waiter->permits > 0 ? lt_entry_has_left(entry, waiter->permits) :
	    lt_entry_holders(entry) == 0;

	if (waiter->state != LT_QUEUED || waiter->is_unawaited || !is_free)
		return false;
	return entry->queue == waiter ||
	    (entry->stripe->table->fairness == LT_ADAPTIVE && !waiter->is_turn);
}

bool
lt_waiter_expire(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_deferred *deferred)
{

	if (!lt_waiter_may_take(entry, waiter))
		return lt_waiter_remove(entry, waiter, LT_TIMED_OUT, deferred);
	lt_entry_grant(entry, waiter, deferred);
	lt_entry_settle(entry, deferred);
	return false;
}

void
lt_waiter_stall(struct lt_waiter *waiter, struct lt_deferred *deferred)
{
	struct lt_entry *entry = waiter->entry;

	if (waiter->state == LT_SIGNALLED) {
		entry->waking = 0;
		lt_waiter_leave(entry, waiter);
	} else {
		take_back(entry, waiter);
	}
	if (waiter->is_late) {
		leave_for(entry, waiter, LT_TIMED_OUT);
	} else if (waiter->is_refusable && lt_is_shut_down(entry->stripe->table)) {
		/* What was granted before is not in line again: lt_table_shut_down() is through. */
		leave_for(entry, waiter, LT_CLOSED);
	} else if (lt_waiter_exceeds(waiter)) {
		/* Nor is what the capacity has fallen below meanwhile: lt_permits_set(). */
		leave_for(entry, waiter, LT_EXCEEDS);
	} else {
		lt_store_relaxed(&waiter->state, LT_STALLED);
		lt_waiter_join_stalled(entry, waiter);
		/* If it was granted the key, others may have joined the line since. */
		if (lt_has_flights(entry->stripe->table))
			lt_flight_notes_urgency(entry, waiter->urgency, deferred);
	}
	lt_entry_settle(entry, deferred);
}

void
lt_waiter_overtake(struct lt_entry *entry, uint8_t priority, struct lt_deferred *deferred)
{

	if (entry->waking && entry->queue->priority < priority)
		lt_waiter_stall(entry->queue, deferred);
}

void
lt_waiter_raise(struct lt_entry *entry, struct lt_waiter *waiter, uint8_t priority,
    struct lt_deferred *deferred)
{

	lt_waiter_overtake(entry, priority, deferred);
	waiter->priority = priority;
	if (entry->queue != waiter)
		lt_waiter_rejoin(entry, waiter);
}

LT_END

#endif /* LT_SUPPORTED */
