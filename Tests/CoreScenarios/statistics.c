/* What a table tells of what it has done: each number, where the right one is known. */
#include "contended_key.h"

#include <stdlib.h>

static lt_statistics_t
statistics(const struct contended_key *contended)
{
	lt_statistics_t told;

	lt_table_statistics(contended->table, &told);
	return told;
}

static void
count_uncontended(enum form form, uint32_t fairness)
{
	for (uint32_t stripes = 1; stripes <= 64; stripes *= 64) {
		lt_table_t *table = table_make(form, stripes, fairness);
		lt_statistics_t told;
		lt_hold_t hold, holds[3];
		size_t count = 3;

		lt_table_statistics(table, &told);
		EXPECT(told.acquisitions == 0 && told.keys == 0 && told.peak_keys == 0,
		    "a new table had done something");
		release_if_hold(acquire(table, form, 1, LT_FOREVER));
		release_if_hold(try_acquire(table, form, 1));
		release_shared_if_hold(acquire_shared(table, form, 1, 1));
		hold = lt_downgrade(acquire(table, form, 2, LT_FOREVER));
		release_shared_if_hold(try_shared(table, form, 2));
		for (uint64_t number = 1; number <= 3; number++)
			holds[number - 1] = pin_shared(table, form, number);
		EXPECT(lt_acquire_pinned(holds, &count, LT_NO_WAIT) == LT_OK,
		    "readers kept each other out");
		lt_table_statistics(table, &told);
		EXPECT(told.acquisitions == 3 + 2 + 3, "acquisitions were counted wrong");
		EXPECT(told.contended == 0 && told.parks == 0 && told.hand_offs == 0 &&
		    told.timeouts == 0 && told.cancellations == 0 && told.refusals == 0 &&
		    told.task_sleeps == 0, "what did not happen was counted");
		EXPECT(told.keys == 3 && told.keys == lt_table_count(table), "keys were counted wrong");
		EXPECT(told.peak_keys == 3, "the most keys were counted wrong");
		EXPECT(told.bytes == lt_table_bytes(table), "bytes were counted wrong");
		lt_release_multi(holds, count);
		release_shared_if_hold(hold);
		lt_table_statistics(table, &told);
		EXPECT(told.keys == 0 && told.peak_keys == 3 && told.acquisitions == 8,
		    "what a table had done was forgotten");
		lt_table_close(table);
	}
}

SCENARIO(calls_that_do_not_wait_are_counted)
{

	for_each_form_and_fairness(count_uncontended);
}

/* The most keys of one stripe at a time, however they came and went. */
SCENARIO(the_most_keys_are_remembered)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		static const unsigned waves[] = { 1, 4, 2, 9, 9, 3 };
		uint64_t most = 0;
		lt_hold_t holds[9];

		for (size_t w = 0; w < LENGTH_OF(waves); w++) {
			lt_statistics_t told;

			for (unsigned i = 0; i < waves[w]; i++)
				holds[i] = acquire_shared(table, form, i, LT_FOREVER);
			most = waves[w] > most ? waves[w] : most;
			lt_table_statistics(table, &told);
			EXPECT(told.keys == waves[w], "keys were counted wrong");
			EXPECT(told.peak_keys == most, "the most keys were counted wrong");
			for (unsigned i = 0; i < waves[w]; i++)
				release_shared_if_hold(holds[i]);
		}
		lt_table_close(table);
	}
}

static void
count_failures(enum form form, uint32_t fairness)
{
	struct sleeper late, cancelled, early;
	struct contended_key contended;
	lt_statistics_t told;

	contended_open(&contended, form, fairness);
	EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY), "a held key was acquired");
	told = statistics(&contended);
	EXPECT(told.timeouts == 0 && told.contended == 0 && told.acquisitions == 1,
	    "a call that would not wait was counted");
	EXPECT(has_failed(acquire_shared(contended.table, form, 1, 1), LT_TIMED_OUT) &&
	    has_failed(acquire(contended.table, form, 1, lt_deadline_after_ns(1000000)), LT_TIMED_OUT),
	    "a held key was acquired");
	told = statistics(&contended);
	EXPECT(told.timeouts == 2 && told.contended == 2 && told.cancellations == 0,
	    "timeouts were counted wrong");
	contended_enqueue_reader(&contended, &late);
	contended_enqueue(&contended, &cancelled);
	contended_prepare(&contended, &early);
	EXPECT(statistics(&contended).parks == told.parks + 2, "sleeps were counted wrong");
	peek_expire(late.suspension);
	lt_suspension_cancel(cancelled.suspension);
	lt_suspension_cancel(cancelled.suspension);
	lt_suspension_cancel(early.suspension);
	EXPECT(sleeper_begin(&early) == LT_CANCELLED, "a cancelled one had to wait");
	sleeper_expect_failure(&late, LT_TIMED_OUT);
	sleeper_expect_failure(&cancelled, LT_CANCELLED);
	sleeper_expect_failure(&early, LT_CANCELLED);
	told = statistics(&contended);
	EXPECT(told.timeouts == 3, "timeouts were counted wrong");
	EXPECT(told.cancellations == 2, "cancellations were counted wrong");
	EXPECT(told.acquisitions == 1 && told.hand_offs == 0 && told.refusals == 0,
	    "what did not happen was counted");
	release_if_hold(contended.hold);
	contended_close(&contended);
}

SCENARIO(failures_are_counted)
{

	for_each_form_and_fairness(count_failures);
}

/* Of 20 readers, FIFO grants the key to all; an adaptive table wakes the first to take it. */
static void
count_hand_offs(enum form form, uint32_t fairness)
{
	enum { READERS = 20 };
	struct sleeper readers[READERS], writer;
	struct contended_key contended;
	lt_statistics_t told;

	contended_open(&contended, form, fairness);
	for (unsigned r = 0; r < READERS; r++)
		contended_enqueue_reader(&contended, &readers[r]);
	contended_enqueue(&contended, &writer);
	told = statistics(&contended);
	EXPECT(told.parks == READERS + 1 && told.contended == READERS + 1 && told.hand_offs == 0,
	    "waiters were counted wrong");
	release_if_hold(contended.hold);
	EXPECT(sleeper_gets_key(&readers[0]), "a reader was not let in");
	told = statistics(&contended);
	EXPECT(told.hand_offs == (fairness == LT_FIFO ? READERS : READERS - 1),
	    "grants were counted wrong");
	/* A grant counts as a hold when its waiter takes it. */
	EXPECT(told.acquisitions == 1 + (fairness == LT_ADAPTIVE), "acquisitions were counted wrong");
	for (unsigned r = 0; r < READERS; r++)
		contended_release_granted_reader(&contended, &readers[r]);
	told = statistics(&contended);
	EXPECT(told.acquisitions == 1 + READERS, "acquisitions were counted wrong");
	EXPECT(sleeper_gets_key(&writer), "a writer was not let in");
	contended_release_granted(&contended, &writer);
	told = statistics(&contended);
	EXPECT(told.hand_offs == (fairness == LT_FIFO ? READERS + 1 : READERS - 1),
	    "grants were counted wrong");
	EXPECT(told.acquisitions == 2 + READERS && told.contended == READERS + 1,
	    "acquisitions were counted wrong");
	contended_close(&contended);
}

SCENARIO(grants_are_counted)
{

	for_each_form_and_fairness(count_hand_offs);
}

struct asked {
	size_t timed, untimed;
};

static bool
runs_task(void *context, const lt_sleep_t *sleep)
{

	struct asked *asked = context;

	EXPECT(sleep->report.kind == LT_KEYS_INTEGER && sleep->report.integer == 1,
	    "it was to sleep for another key");
	EXPECT(sleep->is_shared, "it was to sleep in another way");
	(void)__atomic_add_fetch(sleep->is_timed ? &asked->timed : &asked->untimed, 1, __ATOMIC_RELAXED);
	return true;
}

SCENARIO(threads_that_sleep_and_refusals_are_counted)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct asked asked = { 0, 0 };
		lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
		    .keys = LT_KEYS_INTEGER, .most_waiters = 1, .seed = { SEED_0, SEED_1 },
		    .runs_task = runs_task, .runs_task_context = &asked };
		struct contended_key contended = { .form = INTEGERS };
		struct holder reader;
		struct crew crew = { 0 };
		struct sleeper refused;
		lt_statistics_t told;

		if (lt_table_create(&config, &contended.table) != LT_OK)
			abort();
		contended.pin = pin(contended.table, INTEGERS, 1);
		contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
		reader = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS,
		    .number = 1, .deadline = LT_FOREVER, .is_shared = true };
		crew_add(&crew, holder_run, &reader);
		await_queue(contended.pin, 1);
		EXPECT(has_failed(acquire_shared(contended.table, INTEGERS, 1,
		    lt_deadline_after_ns(UINT64_C(1) << 40)), LT_TOO_MANY), "a full queue grew");
		contended_prepare(&contended, &refused);
		EXPECT(sleeper_begin(&refused) == LT_TOO_MANY, "a full queue grew");
		sleeper_expect_failure(&refused, LT_TOO_MANY);
		/* A FIFO thread asks when it is in the queue. */
		while (lt_table_task_sleeps(contended.table) == 0)
			pass_time(10000);
		release_if_hold(contended.hold);
		event_await(&reader.done, 1);
		told = statistics(&contended);
		EXPECT(told.refusals == 2 && told.timeouts == 0, "refusals were counted wrong");
		EXPECT(told.contended == 3, "contention was counted wrong");
		EXPECT(told.task_sleeps == lt_table_task_sleeps(contended.table) && told.task_sleeps > 0,
		    "sleeps of tasks were counted wrong");
		EXPECT(told.task_sleeps == asked.timed + asked.untimed, "answers were counted wrong");
		EXPECT(asked.untimed > 0 && asked.timed == (fairness == LT_ADAPTIVE),
		    "deadlines were told wrong");
		EXPECT(told.parks <= 1, "sleeps were counted wrong");
		/* Under LT_ADAPTIVE it may still have looked, alone in the queue. */
		EXPECT(fairness == LT_FIFO ? told.hand_offs == 1 : told.hand_offs <= 1,
		    "grants were counted wrong");
		event_raise(&reader.let_go);
		crew_join(&crew);
		contended_close(&contended);
	}
}
