/* The calls for flights, where memory may fail. */
#include "failing.h"
#include "flights.h"

#define HOUR	UINT64_C(3600000000000)
#define FEW	3
/* More deadlines than the timer has room for at first. */
#define MANY	70

static bool
begin(lt_table_t *table, struct trip *trip, struct sleeper *sleeper, uint64_t number)
{
	lt_hold_t hold = acquire(table, INTEGERS, number, LT_OR_PIN);
	bool has_begun;

	EXPECT(is_hold(hold) || memory_has_failed(), "a call failed for no reason");
	if (!is_hold(hold))
		return false;
	has_begun = flights_try_begin(trip, sleeper, hold, lt_deadline_after_ns(HOUR), LT_NO_MEMORY);
	EXPECT(has_begun || memory_has_failed(), "a flight did not begin for no reason");
	return has_begun;
}

/* In a table of its own: each has a first caller, who may be late. Every third one leaves. */
void
begin_flights(struct bench *bench)
{
	lt_table_t *table = flights_try_make(INTEGERS, 1);
	struct sleeper sleepers[MANY];
	struct trip trips[MANY];
	bool have_begun[MANY];

	(void)bench;
	if (table == NULL)
		return;
	for (uint64_t i = 0; i < MANY; i++) {
		have_begun[i] = begin(table, &trips[i], &sleepers[i], i);
		EXPECT(is_held(table, INTEGERS, i) == have_begun[i], "a refused flight holds its key");
	}
	for (uint64_t i = 0; i < MANY; i++) {
		if (!have_begun[i])
			continue;
		if (i % FEW == 0)
			lt_suspension_cancel(sleepers[i].suspension);
		lt_flight_land(trips[i].flight);
		if (i % FEW == 0)
			flights_expect_left(&sleepers[i], LT_CANCELLED);
		else
			flights_expect_landed(&sleepers[i], &trips[i]);
		EXPECT(trips[i].released == 1, "a flight was not released once");
	}
	close_empty(table);
}
