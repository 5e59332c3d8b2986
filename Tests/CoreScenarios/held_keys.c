/* What the scenarios of the timer have in common. */
#include "held_keys.h"

#include <stdlib.h>

void
held_keys_open(struct held_keys *held, uint64_t keys, uint32_t fairness)
{

	held->table = table_make(INTEGERS, 1, fairness);
	held->keys = keys;
	for (uint64_t k = 0; k < keys; k++)
		held->holds[k] = acquire(held->table, INTEGERS, k, LT_FOREVER);
}

void
held_keys_close(struct held_keys *held)
{

	for (uint64_t k = 0; k < held->keys; k++) {
		EXPECT(peek_queue(held->holds[k]) == 0 && peek_references(held->holds[k]) == 1,
		    "a waiter that was too late was still counted");
		release_if_hold(held->holds[k]);
	}
	close_empty(held->table);
}

/* On a slow machine, a near deadline may have passed already. */
bool
is_suspended_or_late(lt_status_t status, uint64_t deadline)
{

	return status == LT_SUSPENDED || (status == LT_TIMED_OUT && lt_now_ns() >= deadline);
}

void
held_keys_suspend(struct held_keys *held, struct sleeper *sleeper, uint64_t number,
    uint64_t deadline)
{

	sleeper_create(sleeper, held->table, INTEGERS, number, deadline);
	EXPECT(is_suspended_or_late(sleeper_begin(sleeper), deadline), "a held key was not waited for");
}

void
sleeper_cancel(struct sleeper *sleeper)
{

	lt_suspension_cancel(sleeper->suspension);
	EXPECT(sleeper_outcome(sleeper) == LT_CANCELLED, "a wait was not cancelled");
	(void)sleeper_end(sleeper);
}

void
sleeper_await_time_out(struct sleeper *sleeper)
{

	event_await(&sleeper->resumed, sleeper->begun);
	EXPECT(has_failed(sleeper_end(sleeper), LT_TIMED_OUT), "a wait did not run out of time");
}
