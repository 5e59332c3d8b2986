/*
 * A key's permits: how many may be out, and whether there are enough left. Each function needs the
 * stripe's lock. The words and the other states are those of lt_states.h.
 *
 * In a table of PERMITS (LT_FOR_PERMITS) an entry is FREE or SHARED, never anything else. Its
 * holders are the permits that are out, and refs counts each hold once, whatever its weight. It
 * admits a request if so many are left of the key's capacity, and is open to it if, besides, no
 * waiter is in line. (All may be STALLED.) So no request passes another one, however light it is.
 * SETTLE only GRANTs, under both policies, the oldest waiter and the next ones, until one is not
 * admitted; under LT_ADAPTIVE a task's grant is taken back as ever. A request for more than a
 * capacity above 0 is REMOVED, or refused at once, with LT_EXCEEDS. Such a table has events of its
 * own (S: SETTLE follows):
 *
 *   SHARED  release of several       S     SHARED/FREE  all but one permit go back, and then as
 *                                                       SHARED, release
 *   SHARED  release of one, where S        SHARED       refs - 1; GRANT: the same, in one step. The
 *           would grant it to one waiter                permit stays out, and changes hands
 *   FREE/   capacity set             S     same         waiters that exceed it are removed, with
 *   SHARED                                              LT_EXCEEDS; holders stay, even too many
 *   FREE/   ticket taken                   same         the answer counts if none of a later ticket
 *   SHARED                                              came before
 *
 * With LT_PERMITS_BY_KEY the capacity is the entry's, and is 0 from when the entry is given its key
 * until somebody has answered. The question is asked with no lock held, by a caller with a pin.
 */
#ifndef LT_CAPACITY_H
#define LT_CAPACITY_H

#include "lt_entry.h"

/*
 * What stands behind struct lt_extra, with LT_PERMITS_BY_KEY: the latest ticket, and the latest of
 * those that were answered. It has no value before is_asked is set. 64 bits do not wrap around.
 */
struct lt_tickets {
	uint64_t asked, answered;
};

static inline struct lt_tickets *
lt_entry_tickets(const struct lt_entry *entry)
{

	return (struct lt_tickets *)(lt_entry_extra(entry) + 1);
}

static inline bool
lt_has_permits(const struct lt_table *table)
{

	return table->purpose == LT_FOR_PERMITS;
}

/* Traps unless the table has permits, and so many may be asked for. */
static inline void
lt_require_permits(const struct lt_table *table, uint32_t permits)
{

	if (lt_unlikely(!lt_has_permits(table)))
		lt_trap("permits were asked for, in a table that has none");
	if (lt_unlikely(permits - 1 >= LT_MOST_PERMITS))
		lt_trap("a number of permits was asked for that is not within 1 and 2147483647");
}

/* Traps if the table has permits, which are no locks. */
static inline void
lt_require_locks(const struct lt_table *table)
{

	if (lt_unlikely(lt_has_permits(table)))
		lt_trap("a key was to be held as a lock is, in a table of permits");
}

static inline uint32_t
lt_entry_capacity(const struct lt_entry *entry)
{
	const struct lt_table *table = entry->stripe->table;

	return lt_likely(table->permits != LT_PERMITS_BY_KEY) ? table->permits :
	    lt_entry_extra(entry)->capacity;
}

/* Are so many permits left? A waiter whose turn it is needs no more than that. */
static inline bool
lt_entry_has_left(const struct lt_entry *entry, uint32_t permits)
{
	const uint32_t capacity = lt_entry_capacity(entry);

	return permits <= capacity && lt_load_relaxed(&entry->holders) <= capacity - permits;
}

/* May a newcomer have so many now? Not past a waiter in line. */
static inline bool
lt_entry_offers(const struct lt_entry *entry, uint32_t permits)
{

	return lt_entry_has_left(entry, permits) && (entry->queue == NULL ||
	    lt_load_relaxed(&entry->queue->state) == LT_STALLED);
}

/* Is it more than the key ever has? With capacity 0 requests wait. */
static inline bool
lt_entry_lacks(const struct lt_entry *entry, uint32_t permits)
{
	const uint32_t capacity = lt_entry_capacity(entry);

	return permits > capacity && capacity > 0;
}

static inline bool
lt_waiter_exceeds(const struct lt_waiter *waiter)
{

	return lt_unlikely(waiter->permits > 1) && lt_entry_lacks(waiter->entry, waiter->permits);
}

#endif /* LT_CAPACITY_H */
