/* The hook that is called when a wait has joined. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

/* What the calls found. Complaints are for the scenario's thread. */
static struct {
	lt_table_t *table;
	lt_hold_t pin;
	size_t waiters;
	pthread_t caller;
	struct event event;
} joined = { .event = EVENT };

static void
note_join(void)
{

	/* Both would wait for ever if the caller had the lock. */
	joined.waiters = peek_queue(joined.pin);
	(void)lt_table_count(joined.table);
	joined.caller = pthread_self();
	event_raise(&joined.event);
}

static void
expect_joined(unsigned times, size_t waiters)
{

	EXPECT(event_times(&joined.event) == times, "the hook was not called once for each wait");
	EXPECT(times == 0 || joined.waiters == waiters, "the hook did not find the waiter");
}

static void
join(enum form form, uint32_t fairness)
{
	struct sleeper sleepers[3], late;
	struct contended_key contended;
	struct holder thread;
	struct crew crew = { 0 };

	contended_open(&contended, form, fairness);
	joined.table = contended.table;
	joined.pin = contended.pin;
	joined.event = (struct event)EVENT;
	lt_set_join_hook(note_join);

	EXPECT(!is_hold(try_acquire(contended.table, form, 1)), "a held key was free");
	release_if_hold(acquire(contended.table, form, 2, LT_FOREVER));
	sleeper_create(&late, contended.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&late) == LT_TIMED_OUT, "a call without a limit to wait for waited");
	sleeper_expect_failure(&late, LT_TIMED_OUT);
	expect_joined(0, 0);

	contended_enqueue(&contended, &sleepers[0]);
	expect_joined(1, 1);
	EXPECT(pthread_equal(joined.caller, pthread_self()), "another thread called the hook");
	contended_enqueue_reader(&contended, &sleepers[1]);
	expect_joined(2, 2);

	thread = (struct holder){ HOLDER, .table = contended.table, .form = form, .number = 1,
	    .deadline = LT_FOREVER };
	crew_add(&crew, holder_run, &thread);
	event_await(&joined.event, 3);
	expect_joined(3, 3);
	EXPECT(pthread_equal(joined.caller, crew.threads[0]), "another thread called the hook");

	/* One that was woken, and finds the key taken, stays in the queue. */
	release_if_hold(contended.hold);
	contended.hold = (lt_hold_t){ 0 };
	if (fairness == LT_ADAPTIVE) {
		contended_barge(&contended);
		EXPECT(sleeper_begin(&sleepers[0]) == LT_SUSPENDED, "a held key was not waited for");
		expect_joined(4, 3);
		release_if_hold(contended.hold);
		EXPECT(sleeper_begin(&sleepers[0]) == LT_OK, "a free key was not taken");
	}
	lt_set_join_hook(NULL);
	contended_enqueue(&contended, &sleepers[2]);
	expect_joined(fairness == LT_ADAPTIVE ? 4 : 3, 3);

	contended_release_granted(&contended, &sleepers[0]);
	EXPECT(sleeper_gets_key(&sleepers[1]), "the reader did not get the key");
	contended_release_granted_reader(&contended, &sleepers[1]);
	event_await(&thread.done, 1);
	event_raise(&thread.let_go);
	crew_join(&crew);
	EXPECT(sleeper_gets_key(&sleepers[2]), "the last one did not get the key");
	contended_release_granted(&contended, &sleepers[2]);
	contended_close(&contended);
}

SCENARIO(a_wait_that_has_joined_calls_the_hook)
{

	for_each_form_and_fairness(join);
}
