/*
 * Flights: what the Swift side does, without Swift. A caller that has a key begins its flight,
 * whose work another thread does, as a task would.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include "calls.h"
#include "flights.h"

#include <string.h>

#include "lt_flight.h"
#include "lt_queue.h"

/* The object of a flight. */
struct trip {
	lt_flight_room_t room;		/* First, as memory is known by its first byte. */
	lt_flight_t *flight;
	int key;
	uint64_t result;		/* Written by what does the work, before it lands. */
	struct participant *participant;	/* Its hold. */
	ex_time_t order;		/* What its caller did before it began. */
	bool is_landing, is_cancelled;
	unsigned over;			/* Since when that is known outside; or 0. */
};

#define RESULT	UINT64_C(42)

/* What happens to flights, one after the other. */
static unsigned events;

/* --- what the table does with it ----------------------------------------------------------- */

static void
cancel(void *object, bool apart)
{
	struct trip *trip = object;

	(void)apart;
	if (ex_has_stripe())
		ex_fail("a flight is cancelled under a stripe's lock");
	ex_step();
	if (trip->is_cancelled)
		ex_fail("a flight is cancelled twice");
	trip->is_cancelled = true;
	ex_note(NULL, "cancels the flight of key %c", key_name(trip->key));
}

static void
raise_to(void *object, uint8_t urgency)
{

	(void)object;
	(void)urgency;
	ex_fail("a flight is raised, and all are as urgent");
}

static void
release_trip(void *object)
{
	const struct trip *trip = object;

	if (ex_has_stripe())
		ex_fail("a flight is released under a stripe's lock");
	if (trip->is_cancelled != (trip->flight->state == LT_CANCELLING))
		ex_fail("a flight was cancelled, and somebody waited, or it was not, and nobody did");
	ex_write(object, sizeof(struct trip));
	ex_deallocate(object, sizeof(struct trip));
}

const lt_flight_operations_t flight_operations = { cancel, raise_to, release_trip };

void
flights_reset(void)
{

	events = 0;
}

/* --- the work ------------------------------------------------------------------------------ */

/* Its callers know that it is over: whoever calls from now on begins another one. */
static void
note_over(struct trip *trip)
{

	if (trip->over == 0)
		trip->over = ++events;
}

static void
land(struct trip *trip)
{
	const int key = trip->key;

	ex_write(&trip->result, sizeof trip->result);
	trip->result = RESULT;
	model_release(&ex_model, trip->participant);
	begin_call(key, false);
	trip->is_landing = true;
	lt_flight_land(trip->flight);
	end_call(key);
}

/* Whoever does the work is shown as the holder. */
static void
describe(const struct trip *trip)
{

	begin_call(trip->key, false);
	lt_flight_describe(trip->flight);
	end_call(trip->key);
}

static void
check_described(const struct trip *trip)
{
	const struct lt_record *record = record_of(trip->participant->hold);

	if (record != NULL && (record->entry == NULL || record->who.id != (uint64_t)ex_self()))
		ex_fail("who does the work of a flight is not shown as the holder");
}

static void
work(void *argument)
{
	struct trip *trip = argument;

	ex_joins(ex_time_of(ex_self()), &trip->order);
	describe(trip);
	ex_step();
	check_described(trip);
	land(trip);
	so_far.flying--;
}

/* --- callers ------------------------------------------------------------------------------- */

static void
check_result(struct trip *trip, int key, unsigned began)
{

	ex_read(&trip->result, sizeof trip->result);
	if (trip->key != key)
		ex_fail("a caller has the result of another key's flight");
	if (trip->result != RESULT || !trip->is_landing)
		ex_fail("a caller has a result, and the flight goes on");
	if (trip->is_cancelled)
		ex_fail("a caller has the result of a flight that was cancelled");
	if (trip->over != 0 && trip->over < began)
		ex_fail("a caller has the result of a flight that was over before it called");
	note_over(trip);
}

static struct trip *
trip_make(int key, lt_hold_t hold)
{
	struct trip *trip = ex_allocate(sizeof *trip);

	ex_write(trip, sizeof *trip);
	*trip = (struct trip){ .key = key };
	trip->flight = lt_flight_create_in(&trip->room, hold, 0);
	lt_flight_set_object(trip->flight, trip);
	trip->participant = hold_enter(key, hold, false);
	return trip;
}

void
flight_launch(struct trip *trip)
{

	ex_note(NULL, "begins a flight of key %c", key_name(trip->key));
	so_far.flights++;
	so_far.flying++;
	ex_joins(&trip->order, ex_time_of(ex_self()));
	ex_tick();
	(void)ex_spawn("the flight", work, trip);
}

lt_flight_t *
trip_flight(const struct trip *trip)
{

	return trip->flight;
}

/* Of a caller whose flight has not begun. */
static void
give_up(struct trip *trip, lt_hold_t hold)
{
	const int key = trip->key;

	model_release(&ex_model, trip->participant);
	ex_deallocate(trip, sizeof *trip);
	begin_call(key, false);
	lt_release(hold);
	end_call(key);
}

/* What has become of a wait: the result of a flight, or no more than a reason. */
static void
end_wait(lt_suspension_t *suspension, lt_status_t status, int key, unsigned began, struct how how)
{

	if (status == LT_LANDED)
		check_result(lt_suspension_flight(suspension), key, began);
	else
		check_failure(how, status);
	(void)lt_suspension_end(suspension);
	end_call(key);
}

static void
begin(int key, lt_hold_t hold, unsigned began, struct how how)
{
	struct trip *trip = trip_make(key, hold);
	lt_suspension_t *suspension;
	lt_status_t status;
	bool has_begun;

	begin_call(key, true);
	status = task_wait(&suspension, hold, key, how, trip);
	has_begun = lt_suspension_joined(suspension) != 0;
	/* The flight of another one may have the place of this one's by now. */
	if (status == LT_LANDED && lt_suspension_flight(suspension) != trip)
		ex_fail("a caller has the result of another flight than its own");
	end_wait(suspension, status, key, began, how);
	if (!has_begun)
		give_up(trip, hold);
}

static void
begin_alone(int key, lt_hold_t hold)
{
	struct trip *trip = trip_make(key, hold);

	so_far.flights++;
	begin_call(key, false);
	lt_flight_begin_alone(trip->flight);
	end_call(key);
	describe(trip);
	ex_step();
	if (trip->is_cancelled)
		ex_fail("a flight was cancelled whose caller does the work");
	check_described(trip);
	land(trip);
}

/* As how.flies says: its own work, or a task's. */
static void
begin_as(int key, lt_hold_t hold, unsigned began, struct how how)
{

	if (how.alone)
		begin_alone(key, hold);
	else
		begin(key, hold, began, how);
}

void
run_flight(const struct call *call)
{
	const struct how how = call->kind->how;
	const unsigned began = ++events;
	const bool was = was_shut_down();
	lt_hold_t hold = acquire(call->key, false, LT_OR_PIN);
	lt_suspension_t *suspension;
	lt_status_t status;

	if (((uintptr_t)hold.place & LT_PIN_BIT) == 0) {
		begin_as(call->key, hold, began, how);
		return;
	}
	hold.place = (char *)hold.place - LT_PIN_BIT;
	begin_call(call->key, true);
	status = task_wait(&suspension, hold, call->key, how, NULL);
	if (was && status != LT_CLOSED && status != LT_CANCELLED)
		ex_fail("a call came to %u although the table was shut down before", status);
	if (status != LT_OK) {
		so_far.landed += status == LT_LANDED;
		so_far.left += status != LT_LANDED;
		end_wait(suspension, status, call->key, began, how);
		return;
	}
	hold = lt_suspension_end(suspension);
	end_call(call->key);
	begin_as(call->key, hold, began, how);
}

/* --- in every state ------------------------------------------------------------------------- */

/* A flight that is not described yet has the record of the hold that it was made of. */
bool
flights_keep(const struct lt_entry *entry, const struct lt_record *record)
{

	return so_far.are_flights && lt_entry_extra(entry)->flight != NULL &&
	    lt_entry_extra(entry)->flight->record == record;
}

static void
check_waiters(const struct lt_entry *entry, const struct lt_flight *flight)
{
	const struct lt_waiter *waiter = entry->queue;

	if (waiter == NULL)
		return;
	do {
		task_waits_for(waiter->continuation, flight->object);
		waiter = waiter->next;
	} while (waiter != entry->queue);
}

void
flights_check(const struct lt_entry *entry, int key)
{
	const struct lt_flight *flight;
	const struct trip *trip;

	if (!so_far.are_flights)
		return;
	flight = lt_entry_extra(entry)->flight;
	if (flight == NULL)
		return;
	if (ex_is_freed(flight) || ex_is_freed(flight->object))
		ex_fail("a key has a flight that was released");
	trip = flight->object;
	if (entry->holders != LT_EXCLUSIVE || trip->key != key)
		ex_fail("a flight does not hold its key");
	/* Whether it is cancelled, once nobody waits for it, is seen when it is released. */
	if (flight->state != LT_FLYING)
		return;
	if (entry->queue == NULL && !flight->is_alone)
		ex_fail("nobody waits for a flight, and it goes on");
	if (trip->is_cancelled)
		ex_fail("a flight was cancelled, and may be joined");
	check_waiters(entry, flight);
}

void
flights_check_counts(const lt_statistics_t *told)
{

	if (told->flights != so_far.flights)
		ex_fail("%llu flights were counted, of %u", (unsigned long long)told->flights,
		    so_far.flights);
	if (told->joins < so_far.landed || told->joins > so_far.landed + so_far.left)
		ex_fail("%llu joins were counted: %u were landed, and %u have left",
		    (unsigned long long)told->joins, so_far.landed, so_far.left);
}
