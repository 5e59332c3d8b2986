/*
 * An entry's queue: which holds it admits, whose turn it is, joining and leaving.
 */
#ifndef LT_QUEUE_H
#define LT_QUEUE_H

#include "lt_capacity.h"
#include "lt_counting.h"
#include "lt_entry.h"
#include "lt_woken.h"

/* Does the entry admit one more hold? A waiter whose turn it is needs no more than that. */
static inline bool
lt_entry_admits(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	return holders == 0 || (shared && holders < LT_MOST_READERS);
}

static inline bool
lt_entry_admits_waiter(const struct lt_entry *entry, const struct lt_waiter *waiter)
{

	return lt_unlikely(waiter->permits > 0) ? lt_entry_has_left(entry, waiter->permits) :
	    lt_entry_admits(entry, waiter->is_shared);
}

/*
 * Places in a table whose waiters are limited. lt_waiter_takes_place() returns false if none is
 * left. lt_waiter_leaves_place() is called once the waiter has the key or has left: only then may
 * another waiter have its place.
 */
bool lt_waiter_takes_place(struct lt_waiter *);
void lt_waiter_frees_place(struct lt_waiter *);

static inline void
lt_waiter_leaves_place(struct lt_waiter *waiter)
{

	if (lt_unlikely(waiter->has_place))
		lt_waiter_frees_place(waiter);
}

/* May a newcomer take the key now? */
static inline bool
lt_entry_is_open(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	if (holders == 0)
		return entry->queue == NULL || entry->stripe->table->fairness == LT_ADAPTIVE;
	return shared && holders < LT_MOST_READERS && entry->writers == 0;
}

/* The same for one that is to become a waiter otherwise. */
static inline bool
lt_entry_is_open_to(const struct lt_entry *entry, const struct lt_waiter *waiter)
{

	return lt_unlikely(waiter->permits > 0) ? lt_entry_offers(entry, waiter->permits) :
	    lt_entry_is_open(entry, waiter->is_shared);
}

/*
 * Returns why a waiter may not join the queue, or LT_OK. If it can be refused, it then has a place
 * in the table. Ask in the locked section in which the waiter joins.
 */
static inline lt_status_t
lt_entry_refuses(const struct lt_entry *entry, struct lt_waiter *waiter)
{
	const struct lt_table *table = entry->stripe->table;

	if (lt_waiter_exceeds(waiter))
		return LT_EXCEEDS;
	if (!waiter->is_refusable)
		return LT_OK;
	if (lt_is_shut_down(table))
		return LT_CLOSED;
	if (entry->queued >= table->most_waiters || entry->queued >= waiter->most_waiters)
		return LT_TOO_MANY;
	return lt_likely(table->most_in_table == 0) || lt_waiter_takes_place(waiter) ? LT_OK :
	    LT_TABLE_FULL;
}

/*
 * Makes a hold of an entry that admits it. The caller's reference becomes the hold's. The store is
 * an atomic one, though relaxed, as other threads spin on the word.
 */
static inline void
lt_entry_hold_uncounted(struct lt_entry *entry, bool shared, struct lt_record *record)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders + 1 : LT_EXCLUSIVE);
	if (record != NULL)
		lt_record_attach(record, entry, shared);
}

/* The same of permits. */
static inline void
lt_entry_hold_permits(struct lt_entry *entry, uint32_t permits, struct lt_record *record)
{

	lt_store_relaxed(&entry->holders, entry->holders + permits);
	if (record != NULL)
		lt_record_attach(record, entry, true);
}

/* The same of either, for a waiter. */
static inline void
lt_entry_hold_for(struct lt_entry *entry, const struct lt_waiter *waiter, struct lt_record *record)
{

	if (lt_unlikely(waiter->permits > 0))
		lt_entry_hold_permits(entry, waiter->permits, record);
	else
		lt_entry_hold_uncounted(entry, waiter->is_shared, record);
}

static inline void
lt_entry_hold(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted)
{

	lt_entry_hold_uncounted(entry, shared, record);
	lt_stripe_count_holds(entry->stripe, counted);
}

/* SETTLE of the entries' table in lt_states.h. Waking the waiters becomes deferred work. */
void lt_entry_settle(struct lt_entry *, struct lt_deferred *);
/* Makes waking the waiter deferred work. It must not be that already. */
void lt_waiter_wake_later(struct lt_waiter *, struct lt_deferred *);
/* Grants the key to a queued waiter that the entry admits. Does not settle. */
void lt_entry_grant(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/*
 * Releases a counted, exclusive, untracked hold by a hand-off, if settling would grant the key to
 * the oldest waiter and do nothing else. The queue must not be empty. True: the caller must wake
 * that waiter. False: nothing was done, as when the waiter is signalled.
 */
bool lt_entry_hand_off(struct lt_entry *);

/*
 * The same for a hold of one permit, which the oldest waiter wants: would settling grant it that,
 * and do nothing else? All permits of the key are out, so none is left for the next waiter. The
 * queue must not be empty, and the table has no records.
 */
static inline bool
lt_entry_may_hand_permit(const struct lt_entry *entry)
{
	const struct lt_waiter *oldest = entry->queue;

	return oldest->permits == 1 && lt_load_relaxed(&oldest->state) == LT_QUEUED &&
	    !oldest->is_unawaited && !entry->stripe->table->diagnostics &&
	    lt_load_relaxed(&entry->holders) == lt_entry_capacity(entry);
}

/* Does that. Waking the waiter becomes deferred work. */
void lt_entry_hand_permit(struct lt_entry *, struct lt_deferred *);

/* Makes a hold, counts it, and settles after a shared one, which may let in queued readers. */
static inline void
lt_entry_take(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted,
    struct lt_deferred *deferred)
{

	lt_entry_hold(entry, shared, record, counted);
	if (shared && entry->queue != NULL)
		lt_entry_settle(entry, deferred);
}

/* The same for one that is a waiter, or was about to become one. */
static inline void
lt_entry_take_for(struct lt_entry *entry, const struct lt_waiter *waiter,
    struct lt_deferred *deferred)
{

	lt_entry_hold_for(entry, waiter, waiter->record);
	lt_stripe_count_holds(entry->stripe, waiter->counted);
	if (waiter->is_shared && entry->queue != NULL)
		lt_entry_settle(entry, deferred);
}

void lt_waiter_join(struct lt_entry *, struct lt_waiter *);
/* Puts a waiter that does not run behind all others. */
void lt_waiter_join_stalled(struct lt_entry *, struct lt_waiter *);
/* Takes a waiter from its place, and puts it in line before the others of its priority. */
void lt_waiter_rejoin(struct lt_entry *, struct lt_waiter *);
/* Does not settle. */
void lt_waiter_leave(struct lt_entry *, struct lt_waiter *);

#endif /* LT_QUEUE_H */
