/*
 * Flights. The flight of a key holds the key, and the callers that want its result are in the key's
 * queue. Every function here needs the stripe's lock.
 *
 * An entry's `flight` (struct lt_extra) is the flight that holds its key, or NULL. A flight's
 * states:
 *
 *   state       event                 new state    action
 *   MADE        begins                FLYING       the entry has it, and all queued waiters wait
 *                                                  for it
 *   FLYING      a waiter joins        FLYING       it waits for the flight
 *   FLYING      last waiter leaves    CANCELLING   cancel() is called, after unlocking
 *   FLYING      lands                 LANDED       LT_GROUP waiters in each locked section leave
 *                                                  the queue, refer to the flight and are woken
 *   LANDED      none is left          over         the key is released
 *   CANCELLING  lands                 over         the key is released
 *   CANCELLING, a waiter joins        the same     it waits for the key, not for the flight
 *   LANDED
 *   FLYING alone                                   as FLYING, and never CANCELLING
 *
 * So either all waiters of a queue wait for the flight, or none does, but for a flight that lands
 * in several locked sections. It has to tell its waiters from those that came when it had landed:
 * these remember its number (`missed`). They stand behind the others, but before those that have
 * stalled, of which each came before. No waiter stalls meanwhile, as none is granted.
 *
 * A flight refers to its entry by its hold. It is alive while somebody refers to it: its entry,
 * each waiter that it has landed, until the end of that suspension, and each call of cancel() or
 * raise() that is deferred work. Such a call also pins the entry, so that there is a lock to end it
 * with.
 */
#ifndef LT_FLIGHT_H
#define LT_FLIGHT_H

#include "lt_entry.h"

enum lt_flight_state { LT_MADE, LT_FLYING, LT_CANCELLING, LT_LANDING };

struct lt_flight {
	struct lt_flight *link;		/* In deferred work. */
	struct lt_entry *entry;
	void *object;
	void (*release)(void *);	/* A copy, as the table may be gone by then. */
	uint64_t tag;			/* Of its hold. */
	struct lt_record *record;	/* Of its hold, until that is described anew; or NULL. */
	uint32_t refs;
	uint32_t number;		/* Not 0. Its stripe's flights have different ones. */
	uint8_t state;
	uint8_t urgency;
	bool is_alone;			/* It needs no waiter. */
	bool is_over;			/* No one refers to it. */
};

static inline bool
lt_has_flights(const struct lt_table *table)
{

	return lt_unlikely(table->purpose == LT_FOR_FLIGHTS);
}

/* Returns the highest urgency of the waiters of no flight yet. Valid if there are any. */
static inline uint64_t *
lt_entry_urgency(const struct lt_entry *entry)
{

	return (uint64_t *)(void *)(lt_entry_extra(entry) + 1);
}

/* Adds a reference for a call that becomes deferred work. */
static inline void
lt_flight_keep(struct lt_flight *flight)
{

	flight->refs++;
	lt_entry_ref(flight->entry);
}

static inline void
lt_flight_drop(struct lt_flight *flight, struct lt_deferred *deferred)
{

	if (--flight->refs > 0)
		return;
	flight->is_over = true;
	flight->link = deferred->flights;
	deferred->flights = flight;
}

static inline void
lt_flight_raise(struct lt_flight *flight, uint8_t urgency, struct lt_deferred *deferred)
{

	if (urgency <= flight->urgency)
		return;
	flight->urgency = urgency;
	lt_flight_keep(flight);
	deferred->raised = flight;
	deferred->urgency = urgency;
}

/* A queued waiter has that urgency: the flight that it waits for gets it, now or when it begins. */
static inline void
lt_flight_notes_urgency(struct lt_entry *entry, uint8_t urgency, struct lt_deferred *deferred)
{
	struct lt_flight *flight = lt_entry_extra(entry)->flight;
	uint64_t *next = lt_entry_urgency(entry);

	if (flight != NULL && flight->state == LT_FLYING)
		lt_flight_raise(flight, urgency, deferred);
	else if (entry->queued == 1 || urgency > *next)
		*next = urgency;
}

/* A waiter has joined the queue. */
static inline void
lt_flight_gets_waiter(struct lt_entry *entry, struct lt_waiter *waiter,
    struct lt_deferred *deferred)
{
	const struct lt_flight *flight = lt_entry_extra(entry)->flight;

	waiter->missed = flight != NULL && flight->state == LT_LANDING ? flight->number : 0;
	entry->stripe->resident.key.flown.joins += flight != NULL && flight->state == LT_FLYING;
	lt_flight_notes_urgency(entry, waiter->urgency, deferred);
}

/* A waiter has left the queue without a result. */
static inline void
lt_flight_loses_waiter(struct lt_entry *entry, struct lt_deferred *deferred)
{
	struct lt_flight *flight = lt_entry_extra(entry)->flight;

	if (entry->queue != NULL || flight == NULL || flight->state != LT_FLYING ||
	    flight->is_alone)
		return;
	flight->state = LT_CANCELLING;
	lt_flight_keep(flight);
	flight->link = deferred->flights;
	deferred->flights = flight;
}

/* The flight begins. The caller has a reference of the entry for it, besides the hold's. */
void lt_flight_begin(struct lt_flight *, struct lt_deferred *);

#endif /* LT_FLIGHT_H */
