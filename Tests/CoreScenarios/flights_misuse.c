/* Flights: mistakes. */
#include "flights.h"
#include "misuse.h"

static struct trip trip;

static void
begin_twice(void)
{
	lt_table_t *table = flights_make(INTEGERS, 1);

	flights_prepare(&trip, acquire(table, INTEGERS, 1, LT_OR_PIN), 0);
	lt_flight_begin_alone(trip.flight);
	lt_flight_begin_alone(trip.flight);
}

static void
begin_without_a_hold(void)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_OR_PIN);

	flights_prepare(&trip, hold, 0);
	lt_pin_again(hold);
	lt_release(hold);
	lt_flight_begin_alone(trip.flight);
}

static void
begin_in_a_table_of_locks(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);

	flights_prepare(&trip, acquire(table, INTEGERS, 1, LT_OR_PIN), 0);
}

static void
land_what_does_not_fly(void)
{
	lt_table_t *table = flights_make(INTEGERS, 1);

	flights_prepare(&trip, acquire(table, INTEGERS, 1, LT_OR_PIN), 0);
	lt_flight_land(trip.flight);
}

static void
ask_for_a_result_too_early(void)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper sleeper;

	flights_begin(&trip, &sleeper, table, INTEGERS, 1);
	(void)lt_suspension_flight(sleeper.suspension);
}

static void
take_a_turn(void)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper sleeper;

	sleeper_create(&sleeper, table, INTEGERS, 1, LT_FOREVER);
	(void)lt_turn_enqueue(sleeper.suspension);
}

SCENARIO(misused_flights_abort)
{
	static const char begun[] = "LockTable: a flight began without a hold: it has begun before, "
	    "or its hold was released.";

	expect_abort(begin_twice, begun);
	expect_abort(begin_without_a_hold, begun);
	expect_abort(begin_in_a_table_of_locks, "LockTable: a flight was made of a hold of a table "
	    "that was not made for flights.");
	expect_abort(land_what_does_not_fly, "LockTable: a flight has landed that has not begun.");
	expect_abort(ask_for_a_result_too_early, "LockTable: a suspension was asked for its flight, "
	    "and no flight has landed.");
	expect_abort(take_a_turn,
	    "LockTable: a turn was taken in a table that was made for flights.");
}

SCENARIO(a_table_for_flights_needs_its_functions)
{
	const lt_config_t config = { .stripes = 1, .purpose = LT_FOR_FLIGHTS };
	lt_table_t *table;

	EXPECT(lt_table_create(&config, &table) == LT_INVALID, "a table was made without them");
}
