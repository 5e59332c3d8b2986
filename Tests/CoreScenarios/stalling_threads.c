/* Threads beside waiters that were woken and do not come: late, removed, and the monitor. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <sched.h>

/*
 * A thread that is late takes a free key for which the one before it, a task, does not come. False:
 * the thread was late before it was seen in the queue.
 */
static bool
take_late(uint64_t limit)
{
	struct sleeper first;
	struct contended_key contended;
	struct holder holder;
	struct crew crew = { 0 };
	bool has_joined;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue(&contended, &first);
	holder = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS, .number = 1,
	    .deadline = lt_deadline_after_ns(limit) };
	crew_add(&crew, holder_run, &holder);
	while (peek_queue(contended.pin) < 2 && event_times(&holder.done) == 0)
		pass_time(10000);
	release_if_hold(contended.hold);
	event_await(&holder.done, 1);
	has_joined = is_hold(holder.hold);
	event_raise(&holder.let_go);
	crew_join(&crew);
	EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
	contended_release_granted(&contended, &first);
	contended_close(&contended);
	return has_joined;
}

SCENARIO(a_late_thread_takes_a_free_key)
{
	uint64_t limit = UINT64_C(200000000);

	/* A thread that is still in the queue at the release always has the key in the end. */
	for (int tries = 0; !take_late(limit); tries++, limit *= 2)
		EXPECT(tries < 5, "a thread was told that a free key was not free");
}

/* The one operation that takes a waiter out of line, on threads. */
SCENARIO(a_thread_is_removed_for_a_reason)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct holder holder, next;
		struct contended_key contended;
		struct crew crew = { 0 };

		contended_open(&contended, INTEGERS, fairness);
		holder = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS, .number = 1,
		    .deadline = LT_FOREVER };
		next = holder;
		crew_add(&crew, holder_run, &holder);
		await_queue(contended.pin, 1);
		crew_add(&crew, holder_run, &next);
		await_queue(contended.pin, 2);
		EXPECT(peek_remove(contended.pin, LT_CANCELLED), "a thread that sleeps was not woken");
		event_await(&holder.done, 1);
		EXPECT(has_failed(holder.hold, LT_CANCELLED), "it did not learn the reason");
		event_raise(&holder.let_go);
		release_if_hold(contended.hold);
		event_await(&next.done, 1);
		EXPECT(is_hold(next.hold), "the next in line was forgotten");
		event_raise(&next.let_go);
		crew_join(&crew);
		contended_close(&contended);
	}
}

/* The monitor itself, on the timer's thread. */
SCENARIO(the_monitor_lets_in_the_next)
{
	struct sleeper first;
	struct holder holder;
	struct contended_key contended;
	struct crew crew = { 0 };

	const size_t before = memory_outstanding();

	set_monitored(true);
	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue(&contended, &first);
	holder = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS, .number = 1,
	    .deadline = LT_FOREVER };
	crew_add(&crew, holder_run, &holder);
	await_queue(contended.pin, 2);
	release_if_hold(contended.hold);
	event_await(&holder.done, 1);
	event_raise(&holder.let_go);
	crew_join(&crew);
	EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
	contended_release_granted(&contended, &first);
	contended_close(&contended);
	/* It keeps a stripe of a closed table until it has found that no waiter is woken there. */
	while (memory_outstanding() > before)
		(void)sched_yield();
	set_monitored(false);
}
