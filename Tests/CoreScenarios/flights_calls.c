/* Flights: tables for them, and what the scenarios note of each. */
#include "flights.h"

#include <stdlib.h>

static void
cancel(void *object, bool apart)
{
	struct trip *trip = object;

	EXPECT(trip->released == 0, "a flight was cancelled that had been released");
	trip->cancelled++;
	trip->was_apart = apart;
}

static void
raise_to(void *object, uint8_t urgency)
{
	struct trip *trip = object;

	EXPECT(trip->released == 0, "a flight was raised that had been released");
	trip->raised++;
	trip->urgency = urgency;
}

static void
release(void *object)
{

	((struct trip *)object)->released++;
}

static const lt_flight_operations_t operations = { cancel, raise_to, release };

lt_table_t *
flights_try_make(enum form form, uint32_t stripes)
{
	const lt_config_t config = { .stripes = stripes, .keys = kind_of(form),
	    .purpose = LT_FOR_FLIGHTS, .flight_operations = &operations,
	    .seed = { SEED_0, SEED_1 }, .value_operations = &value_operations,
	    .diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table = NULL;

	return lt_table_create(&config, &table) == LT_OK ? table : NULL;
}

lt_table_t *
flights_make(enum form form, uint32_t stripes)
{
	lt_table_t *table = flights_try_make(form, stripes);

	if (table == NULL)
		abort();
	return table;
}

void
flights_prepare(struct trip *trip, lt_hold_t hold, uint8_t urgency)
{

	*trip = (struct trip){ 0 };
	trip->flight = lt_flight_create_in(&trip->room, hold, urgency);
	lt_flight_set_object(trip->flight, trip);
}

bool
flights_try_begin(struct trip *trip, struct sleeper *sleeper, lt_hold_t hold, uint64_t deadline,
    lt_status_t reason)
{
	lt_status_t status;

	flights_prepare(trip, hold, 0);
	if (!sleeper_try_create_of(sleeper, hold, deadline)) {
		lt_release(hold);
		return false;
	}
	lt_suspension_set_flight(sleeper->suspension, trip->flight);
	status = sleeper_begin(sleeper);
	if (status == LT_SUSPENDED)
		return true;
	EXPECT(status == reason && has_failed(sleeper_end(sleeper), reason),
	    "a flight did not begin, for a wrong reason");
	EXPECT(peek_holders(hold) > 0 && peek_references(hold) == 1,
	    "whoever was to begin a flight has lost the key");
	EXPECT(trip->released == 0 && trip->cancelled == 0, "a flight that never was has ended");
	lt_release(hold);
	return false;
}

static void
begin_with(struct trip *trip, struct sleeper *sleeper, lt_hold_t hold)
{

	if (!flights_try_begin(trip, sleeper, hold, LT_FOREVER, LT_OK)) {
		complain("a flight did not begin");
		abort();
	}
}

void
flights_begin(struct trip *trip, struct sleeper *sleeper, lt_table_t *table, enum form form,
    uint64_t number)
{

	begin_with(trip, sleeper, acquire(table, form, number, LT_OR_PIN));
}

void
flights_begin_granted(struct trip *trip, struct sleeper *sleeper)
{

	EXPECT(sleeper_poll(sleeper) == LT_OK, "a waiter was not granted its key");
	begin_with(trip, sleeper, sleeper_end(sleeper));
}

void
flights_expect_landed(struct sleeper *sleeper, const struct trip *trip)
{

	EXPECT(sleeper_poll(sleeper) == LT_LANDED, "a flight has landed, and not for all");
	if (sleeper_outcome(sleeper) == LT_LANDED)
		EXPECT(lt_suspension_flight(sleeper->suspension) == trip,
		    "a waiter has the result of another flight");
	EXPECT(trip->released == 0, "a flight was released whose result is not read yet");
	(void)sleeper_end(sleeper);
}

void
flights_expect_left(struct sleeper *sleeper, lt_status_t reason)
{

	EXPECT(sleeper_outcome(sleeper) == reason, "a waiter has not left for its reason");
	(void)sleeper_end(sleeper);
}
