/*
 * An entry's queue: whether one may be let in, whose turn it is, joining and leaving.
 */
#ifndef LT_QUEUE_H
#define LT_QUEUE_H

#include "lt_entry.h"
#include "lt_woken.h"

/* Would a hold go together with those that there are? Enough for whose turn it is. */
static inline bool
lt_entry_admits(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	return holders == 0 || (shared && holders < LT_MOST_READERS);
}

/* Could a newcomer take it now? */
static inline bool
lt_entry_is_open(const struct lt_entry *entry, bool shared)
{

	const uint32_t holders = lt_entry_holders(entry);

	if (holders == 0)
		return entry->queue == NULL || entry->stripe->table->fairness == LT_ADAPTIVE;
	return shared && holders < LT_MOST_READERS && entry->writers == 0;
}

/* Is the queue as long as the table lets it be? */
static inline bool
lt_entry_is_queue_full(const struct lt_entry *entry)
{

	return entry->queued >= entry->stripe->table->most_waiters;
}

/*
 * Makes a hold, for a caller whose count it has, of an entry that admits it.
 * Relaxed for the sake of those who spin on it.
 */
static inline void
lt_entry_hold_uncounted(struct lt_entry *entry, bool shared, struct lt_record *record)
{

	lt_store_relaxed(&entry->holders, shared ? entry->holders + 1 : LT_EXCLUSIVE);
	if (record != NULL)
		lt_record_attach(record, entry, shared);
}

static inline void
lt_entry_hold(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted)
{

	lt_entry_hold_uncounted(entry, shared, record);
	lt_stripe_count_holds(entry->stripe, counted);
}

/* SETTLE, in the entry's table in lt_states.h. Those to wake are left over. */
void lt_entry_settle(struct lt_entry *, struct lt_deferred *);
/* Lets in one that is queued, of an entry that admits it. Does not settle. */
void lt_entry_grant(struct lt_entry *, struct lt_waiter *, struct lt_deferred *);
/*
 * The release of a counted, exclusive, untracked hold of an entry with a queue of which nobody is
 * signalled, if that comes to a grant to the oldest and nothing else. He is to be sent for.
 * False: nothing was done.
 */
bool lt_entry_hand_off(struct lt_entry *);

/* A newcomer's hold, and what it means for those who wait already. */
static inline void
lt_entry_take(struct lt_entry *entry, bool shared, struct lt_record *record, size_t counted,
    struct lt_deferred *deferred)
{

	lt_entry_hold(entry, shared, record, counted);
	if (shared && entry->queue != NULL)
		lt_entry_settle(entry, deferred);
}

void lt_waiter_join(struct lt_entry *, struct lt_waiter *);
/* Behind all others, as one that does not come; and back in line. */
void lt_waiter_join_stalled(struct lt_entry *, struct lt_waiter *);
void lt_waiter_rejoin(struct lt_entry *, struct lt_waiter *);
/* Does not settle. */
void lt_waiter_leave(struct lt_entry *, struct lt_waiter *);

#endif /* LT_QUEUE_H */
