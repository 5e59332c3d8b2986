/*
 * The beginning and the end of flights. lt_flight.h has the table of their states.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_deferred.h"
#include "lt_flight.h"
#include "lt_waiter.h"

/* How many waiters one locked section lands. */
#ifndef LT_LANDED_AT_ONCE
#define LT_LANDED_AT_ONCE	16
#endif

/* --- beginning ------------------------------------------------------------------------------ */

_Static_assert(sizeof(struct lt_flight) <= sizeof(lt_flight_room_t), "there is room for a flight");

lt_flight_t *
lt_flight_create_in(lt_flight_room_t *memory, lt_hold_t hold, uint8_t urgency)
{
	struct lt_entry *entry = hold.place;
	struct lt_flight *flight = (struct lt_flight *)memory;

	lt_require_place(entry);
	if (!lt_has_flights(entry->stripe->table))
		lt_trap("a flight was made of a hold of a table that was not made for flights");
	*flight = (struct lt_flight){ .entry = entry, .tag = hold.tag, .urgency = urgency,
		.release = entry->stripe->table->flight_operations.release };
	return flight;
}

void
lt_flight_set_object(lt_flight_t *flight, void *object)
{

	flight->object = object;
}

/* The record of the caller's hold stays with the flight, whose worker is not known yet. */
static void
keep_record(struct lt_flight *flight)
{
	struct lt_entry *entry = flight->entry;

	if (flight->tag != entry->hash)
		flight->record = lt_record_find(entry, flight->tag, false);
	if (flight->record != NULL)
		lt_record_withdraw(flight->record);
	flight->tag = entry->hash;
}

static void
require_hold(const struct lt_flight *flight)
{
	const struct lt_entry *entry = flight->entry;

	if (lt_load_relaxed(&entry->holders) == LT_EXCLUSIVE &&
	    lt_entry_extra(entry)->flight == NULL && flight->state == LT_MADE &&
	    (flight->tag == entry->hash || lt_record_find(entry, flight->tag, false) != NULL))
		return;
	lt_stripe_unlock(entry->stripe);
	lt_trap("a flight began without a hold: it has begun before, or its hold was released");
}

void
lt_flight_begin(struct lt_flight *flight, struct lt_deferred *deferred)
{
	struct lt_entry *entry = flight->entry;
	struct lt_entry *resident = &entry->stripe->resident;

	require_hold(flight);
	keep_record(flight);
	flight->state = LT_FLYING;
	flight->refs = 1;
	flight->number = (uint32_t)++resident->key.flown.flights;
	flight->number += flight->number == 0;
	resident->key.flown.joins += entry->queued;
	lt_entry_extra(entry)->flight = flight;
	if (entry->queued > 0)
		lt_flight_raise(flight, (uint8_t)*lt_entry_urgency(entry), deferred);
}

void
lt_flight_begin_alone(lt_flight_t *flight)
{
	struct lt_stripe *stripe = flight->entry->stripe;
	struct lt_deferred deferred = { 0 };

	lt_stripe_lock(stripe);
	flight->is_alone = true;
	lt_flight_begin(flight, &deferred);
	lt_stripe_unlock_and_finish(stripe, &deferred);
}

void
lt_flight_describe(lt_flight_t *flight)
{
	struct lt_entry *entry = flight->entry;
	struct lt_record *record = flight->record;
	struct lt_record described;

	if (record == NULL)
		return;
	lt_record_describe_caller(&described, entry->stripe->table);
	/* The thread may have called anything before. */
	described.who.file = record->who.file;
	described.who.line = record->who.line;
	(void)memcpy(described.who.label, record->who.label, sizeof described.who.label);
	lt_stripe_lock(entry->stripe);
	*record = described;
	flight->record = NULL;
	flight->tag = lt_tag(entry->hash, record);
	lt_record_attach(record, entry, false);
	lt_stripe_unlock(entry->stripe);
}

/* --- landing -------------------------------------------------------------------------------- */

/* Ends the flight's hold, and the flight for its entry. */
static void
end_hold(struct lt_flight *flight, struct lt_deferred *deferred)
{
	struct lt_entry *entry = flight->entry;
	struct lt_record *record = flight->record;

	if (flight->tag != entry->hash)
		record = lt_record_detach(entry, flight->tag, false);
	deferred->record = lt_stripe_keep_record(entry->stripe, record);
	lt_entry_releases(entry, false);
	lt_entry_extra(entry)->flight = NULL;
	lt_store_relaxed(&entry->holders, 0);
	lt_entry_settle(entry, deferred);
	lt_flight_drop(flight, deferred);
	lt_entry_unref(entry, deferred);
}

/* Returns the next waiter of the flight that lands, or NULL. */
static struct lt_waiter *
next_to_land(const struct lt_flight *flight)
{
	struct lt_waiter *oldest = flight->entry->queue;

	if (oldest == NULL)
		return NULL;
	if (oldest->missed != flight->number)
		return oldest;
	/* Stalled ones stand behind all others. */
	return oldest->previous->missed != flight->number ? oldest->previous : NULL;
}

static void
land_waiter(struct lt_flight *flight, struct lt_waiter *waiter, uint64_t now,
    struct lt_deferred *deferred)
{
	/* One that has stalled was woken before. */
	const bool sleeps = lt_load_relaxed(&waiter->state) == LT_QUEUED;

	if (!waiter->is_task)
		lt_trap("a thread waits for a flight without a suspension");
	lt_waiter_leave(flight->entry, waiter);
	waiter->flight = flight;
	flight->refs++;
	lt_waiter_end(flight->entry, waiter, LT_LANDED, now);
	if (sleeps)
		lt_waiter_wake_later(waiter, deferred);
}

/* Returns whether none is left to land. */
static bool
land_some(struct lt_flight *flight, struct lt_deferred *deferred)
{
	const uint64_t now = lt_now_ns();
	struct lt_waiter *waiter;

	if (flight->state == LT_CANCELLING)
		return true;
	if (flight->state == LT_FLYING) {
		flight->state = LT_LANDING;
		*lt_entry_urgency(flight->entry) = 0;
	}
	for (int landed = 0; (waiter = next_to_land(flight)) != NULL; landed++) {
		if (landed == LT_LANDED_AT_ONCE)
			return false;
		land_waiter(flight, waiter, now, deferred);
	}
	return true;
}

void
lt_flight_land(lt_flight_t *flight)
{
	struct lt_stripe *stripe = flight->entry->stripe;
	bool is_done;

	lt_tsan_release(flight);
	do {
		struct lt_deferred deferred = { 0 };

		lt_stripe_lock(stripe);
		if (flight->state == LT_MADE) {
			lt_stripe_unlock(stripe);
			lt_trap("a flight has landed that has not begun");
		}
		is_done = land_some(flight, &deferred);
		if (is_done)
			end_hold(flight, &deferred);
		lt_stripe_unlock_and_finish(stripe, &deferred);
	} while (!is_done);
}

LT_END

#endif /* LT_SUPPORTED */
