/* Flights: who waits for which, and what becomes of those who leave. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "flights.h"

#define MANY	40

/* --- landing -------------------------------------------------------------------------------- */

static void
land_for_all(enum form form)
{
	lt_table_t *table = flights_make(form, 1);
	struct sleeper sleepers[MANY];
	struct trip trip;

	flights_begin(&trip, &sleepers[0], table, form, 1);
	for (int i = 1; i < MANY; i++)
		sleeper_enqueue(&sleepers[i], table, form, 1);
	EXPECT(is_held(table, form, 1), "a flight does not hold its key");
	lt_flight_land(trip.flight);
	EXPECT(!is_held(table, form, 1), "a flight that has landed holds its key");
	for (int i = 0; i < MANY; i++) {
		EXPECT(lt_table_count(table) == 1, "the key went before its last waiter");
		flights_expect_landed(&sleepers[i], &trip);
	}
	EXPECT(trip.released == 1 && trip.cancelled == 0, "a flight was not released once");
	EXPECT(told_by(table).flights == 1 && told_by(table).joins == MANY - 1,
	    "flights and joins were not counted");
	close_empty(table);
}

SCENARIO(a_flight_lands_for_all_who_wait)
{

	land_for_all(INTEGERS);
	land_for_all(LONG_BYTES);
	land_for_all(EXTERNAL_BYTES);
	land_for_all(VALUES_ALIKE);
}

SCENARIO(a_flight_that_has_landed_is_not_joined)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first, second;
	struct trip one, two;

	flights_begin(&one, &first, table, INTEGERS, 1);
	lt_flight_land(one.flight);
	/* The first result is still to be read. */
	flights_begin(&two, &second, table, INTEGERS, 1);
	flights_expect_landed(&first, &one);
	EXPECT(one.released == 1 && two.released == 0, "the wrong flight was released");
	lt_flight_land(two.flight);
	flights_expect_landed(&second, &two);
	EXPECT(told_by(table).flights == 2 && told_by(table).joins == 0, "two flights were not two");
	close_empty(table);
}

/* What one waiter's continuation does while the others are yet to be landed. */
static struct {
	lt_table_t *table;
	struct sleeper newcomer;
	unsigned resumed;
} between;

static void
come_between(void *unused)
{

	(void)unused;
	if (between.resumed++ == 0)
		sleeper_enqueue(&between.newcomer, between.table, INTEGERS, 1);
}

SCENARIO(who_comes_while_a_flight_lands_begins_the_next)
{
	lt_suspension_t *waiting[MANY];
	struct sleeper first;
	struct trip one, two;
	lt_hold_t pinned;

	between.resumed = 0;
	between.table = flights_make(INTEGERS, 1);
	flights_begin(&one, &first, between.table, INTEGERS, 1);
	for (int i = 0; i < MANY; i++) {
		pinned = pin(between.table, INTEGERS, 1);
		waiting[i] = lt_suspension_create(pinned, LT_FOREVER, come_between);
		EXPECT(lt_suspension_begin(waiting[i], &between) == LT_SUSPENDED, "it did not wait");
	}
	lt_flight_land(one.flight);
	EXPECT(between.resumed == MANY, "a flight has landed, and not for all");
	for (int i = 0; i < MANY; i++) {
		EXPECT(lt_suspension_poll(waiting[i]) == LT_LANDED, "a waiter was not landed");
		(void)lt_suspension_end(waiting[i]);
	}
	flights_expect_landed(&first, &one);
	flights_begin_granted(&two, &between.newcomer);
	lt_flight_land(two.flight);
	flights_expect_landed(&between.newcomer, &two);
	EXPECT(told_by(between.table).joins == MANY, "the newcomer was counted as one who joined");
	close_empty(between.table);
}

/* --- leaving -------------------------------------------------------------------------------- */

static void
leave(struct sleeper *sleeper, lt_status_t reason)
{

	if (reason == LT_TIMED_OUT)
		peek_expire(sleeper->suspension);
	else
		lt_suspension_refuse(sleeper->suspension, reason);
	flights_expect_left(sleeper, reason);
}

static void
leave_one_by_one(lt_status_t reason)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper sleepers[3];
	struct trip trip;

	flights_begin(&trip, &sleepers[0], table, INTEGERS, 1);
	sleeper_enqueue(&sleepers[1], table, INTEGERS, 1);
	sleeper_enqueue(&sleepers[2], table, INTEGERS, 1);
	leave(&sleepers[1], reason);
	leave(&sleepers[0], reason);
	EXPECT(trip.cancelled == 0, "a flight was cancelled for which somebody waits");
	EXPECT(sleeper_sleeps(&sleepers[2]), "who stays was woken");
	leave(&sleepers[2], reason);
	EXPECT(trip.cancelled == 1, "a flight was not cancelled when its last waiter left");
	EXPECT(is_held(table, INTEGERS, 1), "a flight that is being cancelled gave up its key");
	EXPECT(trip.released == 0, "a flight was released before it had landed");
	lt_flight_land(trip.flight);
	EXPECT(trip.released == 1 && trip.cancelled == 1, "a flight was cancelled twice, or not "
	    "released");
	close_empty(table);
}

SCENARIO(each_waiter_of_a_flight_leaves_alone)
{

	leave_one_by_one(LT_CANCELLED);
	leave_one_by_one(LT_TIMED_OUT);
	leave_one_by_one(LT_DEADLOCK);
}

SCENARIO(a_flight_that_is_being_cancelled_is_not_joined)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first, sleepers[3];
	struct trip one, two;

	flights_begin(&one, &first, table, INTEGERS, 1);
	leave(&first, LT_CANCELLED);
	for (int i = 0; i < 3; i++)
		sleeper_enqueue(&sleepers[i], table, INTEGERS, 1);
	lt_flight_land(one.flight);
	EXPECT(one.cancelled == 1 && one.released == 1, "a cancelled flight did not end once");
	EXPECT(sleeper_sleeps(&sleepers[1]) && sleeper_sleeps(&sleepers[2]),
	    "each of those who waited was woken");
	flights_begin_granted(&two, &sleepers[0]);
	EXPECT(told_by(table).flights == 2 && told_by(table).joins == 2,
	    "those who waited did not join the next flight");
	leave(&sleepers[0], LT_CANCELLED);
	EXPECT(two.cancelled == 0, "the next flight was cancelled although two wait for it");
	lt_flight_land(two.flight);
	flights_expect_landed(&sleepers[1], &two);
	flights_expect_landed(&sleepers[2], &two);
	close_empty(table);
}

SCENARIO(who_waits_for_a_cancelled_flight_may_leave)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first, second;
	struct trip trip;

	flights_begin(&trip, &first, table, INTEGERS, 1);
	leave(&first, LT_CANCELLED);
	sleeper_enqueue(&second, table, INTEGERS, 1);
	leave(&second, LT_CANCELLED);
	EXPECT(trip.cancelled == 1, "a flight was cancelled twice");
	lt_flight_land(trip.flight);
	close_empty(table);
}

SCENARIO(a_flight_may_not_begin)
{
	const lt_status_t reasons[] = { LT_CANCELLED, LT_TIMED_OUT, LT_CLOSED };
	struct sleeper first, second;

	for (size_t i = 0; i < LENGTH_OF(reasons); i++) {
		lt_table_t *table = flights_make(INTEGERS, 1);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_OR_PIN);
		struct trip trip;

		flights_prepare(&trip, hold, 0);
		sleeper_enqueue(&second, table, INTEGERS, 1);
		if (!sleeper_try_create(&first, hold, LT_FOREVER))
			continue;
		lt_suspension_set_flight(first.suspension, trip.flight);
		lt_suspension_refuse(first.suspension, reasons[i]);
		EXPECT(sleeper_begin(&first) == reasons[i], "a flight began in spite of a refusal");
		flights_expect_left(&first, reasons[i]);
		lt_release(hold);
		EXPECT(trip.released == 0, "a flight was released that had not begun");
		flights_begin_granted(&trip, &second);
		lt_flight_land(trip.flight);
		flights_expect_landed(&second, &trip);
		close_empty(table);
	}
}

SCENARIO(shutting_down_cancels_flights)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper sleepers[MANY], late;
	struct trip trips[MANY];

	for (int i = 0; i < MANY; i++)
		flights_begin(&trips[i], &sleepers[i], table, INTEGERS, (uint64_t)i);
	lt_table_shut_down(table);
	for (int i = 0; i < MANY; i++) {
		EXPECT(trips[i].cancelled == 1, "a flight nobody waits for was not cancelled");
		flights_expect_left(&sleepers[i], LT_CLOSED);
	}
	sleeper_create(&late, table, INTEGERS, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&late) == LT_CLOSED, "a call was not refused");
	(void)sleeper_end(&late);
	for (int i = 0; i < MANY; i++) {
		lt_flight_land(trips[i].flight);
		EXPECT(trips[i].released == 1, "a flight was not released");
	}
	close_empty(table);
}

SCENARIO(a_flight_outlives_its_table)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first, second;
	struct trip trips[2];

	flights_begin(&trips[0], &first, table, INTEGERS, 1);
	flights_begin(&trips[1], &second, table, INTEGERS, 2);
	lt_table_close(table);
	lt_suspension_cancel(second.suspension);
	flights_expect_left(&second, LT_CANCELLED);
	EXPECT(trips[1].cancelled == 1, "a flight was not cancelled, as its table is closed");
	lt_flight_land(trips[1].flight);
	lt_flight_land(trips[0].flight);
	flights_expect_landed(&first, &trips[0]);
}

/* --- other flights -------------------------------------------------------------------------- */

SCENARIO(a_flight_whose_caller_works_needs_no_waiter)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_OR_PIN);
	struct sleeper first, second;
	struct trip trip;

	flights_prepare(&trip, hold, 0);
	lt_flight_begin_alone(trip.flight);
	sleeper_enqueue(&first, table, INTEGERS, 1);
	leave(&first, LT_CANCELLED);
	EXPECT(trip.cancelled == 0, "a flight was cancelled whose caller wants its result");
	sleeper_enqueue(&second, table, INTEGERS, 1);
	lt_flight_land(trip.flight);
	flights_expect_landed(&second, &trip);
	EXPECT(trip.released == 1, "a flight was not released");
	EXPECT(told_by(table).flights == 1 && told_by(table).joins == 2, "joins were not counted");
	close_empty(table);
}

SCENARIO(a_waiter_that_does_not_begin_a_flight_lets_the_next)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first, stalling, next;
	struct trip one, two;

	flights_begin(&one, &first, table, INTEGERS, 1);
	leave(&first, LT_CANCELLED);
	sleeper_enqueue(&stalling, table, INTEGERS, 1);
	sleeper_enqueue(&next, table, INTEGERS, 1);
	const lt_hold_t place = pin(table, INTEGERS, 1);

	lt_flight_land(one.flight);
	EXPECT(sleeper_outcome(&next) == LT_SUSPENDED, "two were granted one key");
	peek_sweep(place);
	peek_sweep(place);
	flights_begin_granted(&two, &next);
	/* It was woken for the key, and runs now. */
	if (event_times(&stalling.resumed) == 1)
		lt_flight_land(two.flight);
	flights_expect_landed(&stalling, &two);
	flights_expect_landed(&next, &two);
	lt_unpin(place);
	close_empty(table);
}

SCENARIO(a_flight_is_as_urgent_as_its_waiters)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_OR_PIN);
	const uint8_t urgencies[] = { 20, 15, 25 };
	struct sleeper first, joining[3];
	struct trip trip;

	flights_prepare(&trip, hold, 10);
	sleeper_create(&joining[0], table, INTEGERS, 1, LT_FOREVER);
	lt_suspension_set_urgency(joining[0].suspension, urgencies[0]);
	EXPECT(sleeper_begin(&joining[0]) == LT_SUSPENDED, "a held key was not waited for");
	if (!sleeper_try_create(&first, hold, LT_FOREVER))
		return;
	lt_suspension_set_flight(first.suspension, trip.flight);
	EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a flight did not begin");
	EXPECT(trip.raised == 1 && trip.urgency == 20, "who waited before did not raise the flight");
	for (int i = 1; i < 3; i++) {
		sleeper_create(&joining[i], table, INTEGERS, 1, LT_FOREVER);
		lt_suspension_set_urgency(joining[i].suspension, urgencies[i]);
		EXPECT(sleeper_begin(&joining[i]) == LT_SUSPENDED, "a flight was not joined");
	}
	EXPECT(trip.raised == 2 && trip.urgency == 25, "a flight was not raised once, to the most");
	lt_suspension_raise(joining[1].suspension, 22);
	EXPECT(trip.raised == 2, "a flight was raised to less");
	lt_suspension_raise(joining[1].suspension, 30);
	EXPECT(trip.raised == 3 && trip.urgency == 30, "a waiter that was raised did not raise it");
	lt_flight_land(trip.flight);
	lt_suspension_raise(joining[2].suspension, 40);
	EXPECT(trip.raised == 3, "a flight was raised that has landed");
	flights_expect_landed(&first, &trip);
	for (int i = 0; i < 3; i++)
		flights_expect_landed(&joining[i], &trip);
	close_empty(table);
}

static void
count_holders(void *context, const lt_report_t *report)
{

	*(size_t *)context = report->listed_holders;
}

static size_t
listed_holders(lt_table_t *table)
{
	struct key key;
	size_t count = 0;

	key_make(&key, table, INTEGERS, 1);
	EXPECT(lt_inspect_key(table, &key.prepared, count_holders, &count) == LT_OK, "no memory");
	return count;
}

SCENARIO(the_holder_shown_is_what_works_for_a_flight)
{
	lt_table_t *table = flights_make(INTEGERS, 1);
	struct sleeper first;
	struct trip trip;

	flights_begin(&trip, &first, table, INTEGERS, 1);
	EXPECT(listed_holders(table) == 0, "the caller is shown as holder of what it waits for");
	lt_flight_describe(trip.flight);
	EXPECT(listed_holders(table) == has_diagnostics_set(), "what works is not shown");
	lt_flight_land(trip.flight);
	flights_expect_landed(&first, &trip);
	close_empty(table);
}
