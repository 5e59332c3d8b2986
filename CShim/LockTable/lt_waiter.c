/*
 * Waiters that come, do not come, or leave: the rows of the waiters' table in lt_states.h
 * that are not a matter of whose turn it is. All of it under the stripe's lock.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"

bool
lt_waiter_competes(struct lt_entry *entry, struct lt_waiter *waiter, uint64_t now,
    struct lt_leftovers *leftovers)
{

	if (waiter->state == LT_SIGNALLED)
		entry->waking = 0;
	if (lt_entry_admits(entry, waiter->is_shared)) {
		lt_waiter_take(entry, waiter, leftovers);
		return true;
	}
	if (waiter->state == LT_STALLED)
		lt_waiter_rejoin(entry, waiter);
	else if (waiter->is_monitored)
		lt_monitor_remove(waiter);
	lt_store_relaxed(&waiter->state, LT_QUEUED);
	if (now - waiter->since >= LT_HANDOFF_BOUND_NS)
		waiter->overdue = now;
	return false;
}

void
lt_waiter_take(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{

	lt_waiter_leave(entry, waiter);
	lt_store_relaxed(&waiter->state, LT_CLAIMED);
	lt_entry_take(entry, waiter->is_shared, waiter->record, waiter->counted, leftovers);
}

/*
 * Ends the hold of a task that was granted it and has not claimed it. False: it has. Its
 * count of the entry stays. The task may see the new state at once, and wait for the lock.
 */
static bool
take_back(struct lt_entry *entry, struct lt_waiter *waiter, uint32_t state)
{
	uint32_t granted = LT_GRANTED;

	/* (E) What was written before comes before: the reason. Acquired by claim() in lt_suspend.c. */
	if (!lt_swap_if_release(&waiter->state, &granted, state))
		return false;
	if (waiter->is_monitored)
		lt_monitor_remove(waiter);
	if (waiter->record != NULL)
		lt_record_withdraw(waiter->record);
	/* It has been counted: if it comes to a hold after all, that is the same one. */
	waiter->counted = 0;
	lt_entry_releases(entry, waiter->is_shared);
	lt_store_relaxed(&entry->holders, waiter->is_shared ? entry->holders - 1 : 0);
	return true;
}

/* A task's, or one that is removed from a queue: a thread keeps what it was granted. */
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
    struct lt_leftovers *leftovers)
{
	const uint32_t state = lt_load_relaxed(&waiter->state);

	if (!is_removable(waiter))
		return false;
	waiter->reason = reason;
	if (state == LT_GRANTED) {
		if (!take_back(entry, waiter, LT_LEFT))
			return false;
	} else {
		if (state == LT_SIGNALLED)
			entry->waking = 0;
		lt_waiter_leave(entry, waiter);
		/*
		 * (E) Last: the owner of a suspension learns the reason without the lock. Acquired
		 * by claim() in lt_suspend.c.
		 */
		lt_store_release(&waiter->state, LT_LEFT);
	}
	lt_stripe_note_failure(entry->stripe, reason);
	lt_entry_settle(entry, leftovers);
	return state == LT_QUEUED;
}

bool
lt_waiter_may_take(const struct lt_entry *entry, const struct lt_waiter *waiter)
{

	return lt_load_relaxed(&waiter->state) == LT_QUEUED && lt_entry_holders(entry) == 0 &&
	    (entry->queue == waiter || entry->stripe->table->fairness == LT_ADAPTIVE);
}

bool
lt_waiter_expire(struct lt_entry *entry, struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{

	if (!lt_waiter_may_take(entry, waiter))
		return lt_waiter_remove(entry, waiter, LT_TIMED_OUT, leftovers);
	lt_entry_grant(entry, waiter, leftovers);
	lt_entry_settle(entry, leftovers);
	return false;
}

void
lt_waiter_stall(struct lt_waiter *waiter, struct lt_leftovers *leftovers)
{
	struct lt_entry *entry = waiter->entry;

	if (lt_load_relaxed(&waiter->state) == LT_SIGNALLED) {
		entry->waking = 0;
		lt_waiter_leave(entry, waiter);
		lt_store_relaxed(&waiter->state, LT_STALLED);
	} else if (waiter->is_late) {
		waiter->reason = LT_TIMED_OUT;
		if (take_back(entry, waiter, LT_LEFT)) {
			lt_stripe_note_failure(entry->stripe, LT_TIMED_OUT);
			lt_entry_settle(entry, leftovers);
		}
		return;
	} else if (!take_back(entry, waiter, LT_STALLED)) {
		return;
	}
	lt_waiter_join_stalled(entry, waiter);
	lt_entry_settle(entry, leftovers);
}

LT_END

#endif /* LT_SUPPORTED */
