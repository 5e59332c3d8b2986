/* The hook that is called when a wait has joined, and suspensions for which a thread parks. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <stdlib.h>

/* --- the hook --------------------------------------------------------------------------- */

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

/* --- suspensions for which a thread parks ---------------------------------------------------- */

struct asked {
	unsigned times;
	bool is_timed, is_shared;
};

static bool
runs_task(void *context, const lt_sleep_t *sleep)
{
	struct asked *asked = context;

	asked->times++;
	asked->is_timed = sleep->is_timed;
	asked->is_shared = sleep->is_shared;
	EXPECT(sleep->report.integer == 1, "it was to sleep for another key");
	return true;
}

static void
count_threads(void *threads, const lt_report_t *report)
{

	for (size_t i = 0; i < report->listed_waiters; i++)
		*(unsigned *)threads += report->waiter_list[i].who.is_task == 0;
}

SCENARIO(a_suspension_of_a_thread_is_shown_and_asked_about_as_one)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct asked asked = { 0, false, false };
		lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
		    .keys = LT_KEYS_INTEGER, .seed = { SEED_0, SEED_1 }, .runs_task = runs_task,
		    .runs_task_context = &asked };
		struct contended_key contended = { .form = INTEGERS };
		struct sleeper task, thread;
		unsigned threads = 0;

		if (lt_table_create(&config, &contended.table) != LT_OK)
			abort();
		contended.pin = pin(contended.table, INTEGERS, 1);
		contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
		contended_enqueue(&contended, &task);
		contended_prepare_reader(&contended, &thread);
		lt_suspension_set_thread(thread.suspension);
		EXPECT(sleeper_begin(&thread) == LT_SUSPENDED, "a held key was not waited for");
		EXPECT(asked.times == 0, "somebody was asked who does not park");
		lt_suspension_note_sleep(thread.suspension);
		EXPECT(asked.times == 1 && asked.is_timed && asked.is_shared,
		    "it was not asked as a thread that waits with a limit");
		EXPECT(lt_table_task_sleeps(contended.table) == 1, "the answer was not counted");
		EXPECT(lt_table_inspect(contended.table, true, count_threads, &threads) == LT_OK,
		    "looking failed");
		EXPECT(threads == 1, "the thread was shown as a task, or the task as a thread");
		lt_suspension_refuse(thread.suspension, LT_TIMED_OUT);
		EXPECT(sleeper_was_resumed(&thread), "the thread was not woken at its limit");
		sleeper_expect_failure(&thread, LT_TIMED_OUT);
		release_if_hold(contended.hold);
		EXPECT(sleeper_gets_key(&task), "the task did not get the key");
		contended_release_granted(&contended, &task);
		contended_close(&contended);
	}
}
