/*
 * A key's permits: how many may be out, and whether there are enough left. Each function needs the
 * stripe's lock. The entry's table is one of LT_FOR_PERMITS: its `holders` are the permits that are
 * out, and its `refs` count each hold once, however many permits it has.
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
