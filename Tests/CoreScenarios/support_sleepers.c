/* Suspensions whose continuations count. */
#include "support.h"

#include <stdlib.h>

static void
resume(void *resumed)
{

	event_raise(resumed);
}

bool
sleeper_try_create_of(struct sleeper *sleeper, lt_hold_t hold, uint64_t deadline)
{

	*sleeper = (struct sleeper)SLEEPER;
	sleeper->suspension = lt_suspension_create(hold, deadline, resume);
	return sleeper->suspension != NULL;
}

bool
sleeper_try_create(struct sleeper *sleeper, lt_hold_t pinned, uint64_t deadline)
{

	if (!is_hold(pinned))
		return false;
	if (sleeper_try_create_of(sleeper, pinned, deadline))
		return true;
	lt_unpin(pinned);
	return false;
}

static void
create(struct sleeper *sleeper, lt_hold_t pinned, uint64_t deadline)
{

	if (!sleeper_try_create(sleeper, pinned, deadline))
		abort();
}

void
sleeper_create(struct sleeper *sleeper, lt_table_t *table, enum form form, uint64_t number,
    uint64_t deadline)
{

	create(sleeper, pin(table, form, number), deadline);
}

void
sleeper_create_shared(struct sleeper *sleeper, lt_table_t *table, enum form form, uint64_t number,
    uint64_t deadline)
{

	create(sleeper, pin_shared(table, form, number), deadline);
}

static void
begin_to_wait(struct sleeper *sleeper)
{

	EXPECT(sleeper_begin(sleeper) == LT_SUSPENDED, "a held key was not waited for");
}

void
sleeper_enqueue(struct sleeper *sleeper, lt_table_t *table, enum form form, uint64_t number)
{

	sleeper_create(sleeper, table, form, number, LT_FOREVER);
	begin_to_wait(sleeper);
}

void
sleeper_enqueue_shared(struct sleeper *sleeper, lt_table_t *table, enum form form, uint64_t number)
{

	sleeper_create_shared(sleeper, table, form, number, LT_FOREVER);
	begin_to_wait(sleeper);
}

lt_status_t
sleeper_begin(struct sleeper *sleeper)
{
	lt_status_t status = lt_suspension_begin(sleeper->suspension, &sleeper->resumed);

	sleeper->begun += status == LT_SUSPENDED;
	return status;
}

lt_status_t
sleeper_poll(struct sleeper *sleeper)
{

	return lt_suspension_poll(sleeper->suspension);
}

lt_status_t
sleeper_outcome(struct sleeper *sleeper)
{

	return peek_outcome(sleeper->suspension);
}

bool
sleeper_was_resumed(struct sleeper *sleeper)
{

	return event_times(&sleeper->resumed) == sleeper->begun;
}

bool
sleeper_sleeps(struct sleeper *sleeper)
{

	return event_times(&sleeper->resumed) + 1 == sleeper->begun &&
	    sleeper_outcome(sleeper) == LT_SUSPENDED;
}

lt_hold_t
sleeper_end(struct sleeper *sleeper)
{
	lt_status_t status = sleeper_outcome(sleeper);
	lt_hold_t hold = { NULL, status };

	if (status == LT_SUSPENDED) {
		complain("what was to be ended was not over");
		return hold;
	}
	hold = lt_suspension_end(sleeper->suspension);
	EXPECT(sleeper_was_resumed(sleeper), "a begin was not resumed, or more than once");
	EXPECT(is_hold(hold) == (status == LT_OK) &&
	    (is_hold(hold) || has_failed(hold, status)), "the end was not what the outcome was");
	sleeper->suspension = NULL;
	return hold;
}

void
release_if_hold(lt_hold_t hold)
{

	if (is_hold(hold))
		lt_release(hold);
}

void
release_shared_if_hold(lt_hold_t hold)
{

	if (is_hold(hold))
		lt_release_shared(hold);
}
