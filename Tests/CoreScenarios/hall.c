/* What the scenarios of the timer have in common. */
#include "hall.h"

#include <stdlib.h>

void
hall_open(struct hall *hall, uint64_t keys, uint32_t fairness)
{

	hall->table = table_make(INTEGERS, 1, fairness);
	hall->keys = keys;
	for (uint64_t k = 0; k < keys; k++)
		hall->holds[k] = acquire(hall->table, INTEGERS, k, LT_FOREVER);
}

void
hall_close(struct hall *hall)
{

	for (uint64_t k = 0; k < hall->keys; k++) {
		EXPECT(peek_queue(hall->holds[k]) == 0 && peek_references(hall->holds[k]) == 1,
		    "who was too late was still counted");
		release_if_hold(hall->holds[k]);
	}
	EXPECT(lt_table_count(hall->table) == 0, "entries were left");
	lt_table_close(hall->table);
}

/* On a slow machine, a near deadline may have passed already. */
bool
hall_is_waited_for(lt_status_t status, uint64_t deadline)
{

	return status == LT_SUSPENDED || (status == LT_TIMED_OUT && lt_now_ns() >= deadline);
}

void
hall_line_up(struct hall *hall, struct sleeper *sleeper, uint64_t number, uint64_t deadline)
{

	sleeper_create(sleeper, hall->table, INTEGERS, number, deadline);
	EXPECT(hall_is_waited_for(sleeper_begin(sleeper), deadline), "a held key was not waited for");
}

void
hall_cancel(struct sleeper *sleeper)
{

	lt_suspension_cancel(sleeper->suspension);
	EXPECT(sleeper_outcome(sleeper) == LT_CANCELLED, "a wait was not cancelled");
	(void)sleeper_end(sleeper);
}

void
hall_await_expiry(struct sleeper *sleeper)
{

	event_await(&sleeper->resumed, sleeper->begun);
	EXPECT(has_failed(sleeper_end(sleeper), LT_TIMED_OUT), "a wait did not run out of time");
}
