/* The calls that wait, where memory may fail. */
#include "failing.h"

#define HOUR	UINT64_C(3600000000000)

bool
line_up(struct bench *bench, struct sleeper *sleeper, bool shared, uint64_t deadline)
{
	lt_hold_t pinned = shared ? pin_shared(bench->table, bench->form, 1) :
	    pin(bench->table, bench->form, 1);
	lt_status_t status;

	if (!got(pinned) || !sleeper_try_create(sleeper, pinned, deadline))
		return false;
	status = sleeper_begin(sleeper);
	EXPECT(status == LT_SUSPENDED || (status == LT_NO_MEMORY && memory_has_failed()),
	    "a held key was not waited for");
	if (status != LT_SUSPENDED)
		EXPECT(has_failed(sleeper_end(sleeper), LT_NO_MEMORY), "the end gave another reason");
	return status == LT_SUSPENDED;
}

/* All that are queued get the key, one after the other: a writer, two readers, a writer. */
void
suspend(struct bench *bench)
{
	struct sleeper sleepers[5];
	bool waits[5];
	lt_hold_t hold = acquire(bench->table, bench->form, 1, LT_FOREVER);

	if (!got(hold))
		return;
	for (unsigned i = 0; i < 5; i++)
		waits[i] = line_up(bench, &sleepers[i], i == 1 || i == 2, LT_FOREVER);
	if (waits[3]) {
		lt_suspension_cancel(sleepers[3].suspension);
		EXPECT(has_failed(sleeper_end(&sleepers[3]), LT_CANCELLED), "not cancelled");
	}
	lt_release(hold);
	for (unsigned i = 0; i < 5; i++) {
		const bool shared = i == 1 || i == 2;

		if (!waits[i] || i == 3)
			continue;
		EXPECT(sleeper_was_resumed(&sleepers[i]), "a turn was lost");
		if (sleeper_outcome(&sleepers[i]) == LT_SUSPENDED)
			EXPECT(sleeper_begin(&sleepers[i]) == LT_OK, "a free key was not taken");
		hold = sleeper_end(&sleepers[i]);
		if (shared)
			release_shared_if_hold(hold);
		else
			release_if_hold(hold);
	}
}

/* More deadlines than the timer has room for at first. */
void
suspend_until(struct bench *bench)
{
	enum { MANY = 70 };
	const uint64_t deadline = lt_deadline_after_ns(HOUR);
	struct sleeper sleepers[MANY];
	bool waits[MANY];
	lt_hold_t hold = acquire(bench->table, bench->form, 1, LT_FOREVER);

	if (!got(hold))
		return;
	for (unsigned i = 0; i < MANY; i++)
		waits[i] = line_up(bench, &sleepers[i], i % 5 == 0, deadline + i * 31 % MANY);
	for (unsigned i = 0; i < MANY; i++) {
		if (!waits[i])
			continue;
		lt_suspension_cancel(sleepers[i].suspension);
		EXPECT(has_failed(sleeper_end(&sleepers[i]), LT_CANCELLED), "not cancelled");
	}
	EXPECT(peek_timer_count() == 0, "the timer knows deadlines that are none");
	lt_release(hold);
}

/* One with a deadline that has its key, and two behind it. */
void
enqueue_turns(struct bench *bench)
{
	struct sleeper turns[3];
	bool exist[3], holds = false;

	for (unsigned i = 0; i < 3; i++) {
		lt_hold_t pinned = pin(bench->table, bench->form, 1);
		lt_status_t status;

		exist[i] = got(pinned) && sleeper_try_create(&turns[i], pinned,
		    i == 1 ? LT_FOREVER : lt_deadline_after_ns(HOUR));
		if (!exist[i])
			continue;
		status = lt_turn_enqueue(turns[i].suspension);
		EXPECT(status == LT_OK || (status == LT_NO_MEMORY && memory_has_failed()),
		    "a turn was refused");
		EXPECT(status != LT_OK || lt_turn_is_in_line(turns[i].suspension) == holds,
		    "a turn has a held key, or none of a free one");
		holds = holds || status == LT_OK;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (!exist[i])
			continue;
		if (i < 2 && lt_turn_await(turns[i].suspension, &turns[i].resumed) == LT_OK)
			lt_release(lt_turn_end(turns[i].suspension));
		lt_turn_drop(turns[i].suspension);
	}
}

void
wait_in_threads(struct bench *bench)
{
	struct holder waiters[3];
	struct crew crew = { 0 };
	lt_hold_t hold = acquire(bench->table, bench->form, 1, LT_FOREVER);

	if (!got(hold))
		return;
	for (unsigned i = 0; i < LENGTH_OF(waiters); i++) {
		waiters[i] = (struct holder){ HOLDER, .table = bench->table, .form = bench->form,
		    .number = 1, .deadline = i == 2 ? LT_FOREVER : lt_deadline_after_ns(HOUR),
		    .is_shared = i == 1 };
		event_raise(&waiters[i].let_go);
		crew_add(&crew, holder_run, &waiters[i]);
	}
	await_queue(hold, LENGTH_OF(waiters));
	lt_release(hold);
	crew_join(&crew);
	for (unsigned i = 0; i < LENGTH_OF(waiters); i++)
		EXPECT(is_hold(waiters[i].hold), "a waiter for a present key needed memory");
}
