/* Limits of waiters: a call's own, and that of a table. (Those of a key: suspending_limits.c.) */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

#include <sched.h>
#include <stdlib.h>

/* A call that is refused does not wait for so long. */
#define LONG	UINT64_C(1000000000)
#define MS	UINT64_C(1000000)
#define KEYS	4

static lt_table_t *
make(uint32_t stripes, uint32_t fairness, uint32_t most_waiters, uint32_t most_in_table)
{
	lt_config_t config = { .unmonitored = true, .stripes = stripes, .fairness = fairness,
	    .keys = LT_KEYS_INTEGER, .most_waiters = most_waiters, .most_in_table = most_in_table,
	    .seed = { SEED_0, SEED_1 }, .diagnostics = has_diagnostics_set() };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

static bool
fails(struct sleeper *sleeper, lt_status_t status)
{

	return sleeper_begin(sleeper) == status && has_failed(sleeper_end(sleeper), status);
}

/* --- a call's own limit --------------------------------------------------------------------- */

/* What a thread's call for one key comes to. */
static lt_status_t
wait_limited(lt_table_t *table, uint64_t number, bool shared, uint64_t deadline,
    uint32_t most_waiters)
{
	lt_hold_t one = shared ? pin_shared(table, INTEGERS, number) : pin(table, INTEGERS, number);
	const lt_status_t status = lt_wait_pinned(&one, 1, 0, deadline, most_waiters, NULL);

	if (status == LT_OK)
		lt_release_multi(&one, 1);
	return status;
}

static void
limit_calls(uint32_t fairness, uint32_t most_waiters)
{
	lt_table_t *table = make(1, fairness, most_waiters, 0);
	lt_hold_t hold = try_acquire(table, INTEGERS, 1);
	struct sleeper first = SLEEPER, second;

	EXPECT(wait_limited(table, 2, false, LT_REFUSABLE, 0) == LT_OK, "a free key was not taken");
	EXPECT(wait_limited(table, 1, false, lt_deadline_after_ns(LONG), 0) == LT_TOO_MANY,
	    "a call waited that may not");
	EXPECT(wait_limited(table, 1, false, LT_NO_WAIT, 0) == LT_BUSY,
	    "a call was refused that would not have waited");
	EXPECT(wait_limited(table, 1, true, lt_deadline_after_ns(MS), 1) == LT_TIMED_OUT,
	    "a call was refused that may wait");

	sleeper_create(&first, table, INTEGERS, 1, LT_FOREVER);
	lt_suspension_set_limit(first.suspension, 1);
	EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a suspension was refused that may wait");
	sleeper_create(&second, table, INTEGERS, 1, LT_FOREVER);
	lt_suspension_set_limit(second.suspension, 1);
	EXPECT(fails(&second, LT_TOO_MANY), "a suspension waited that may not");
	EXPECT(wait_limited(table, 1, true, lt_deadline_after_ns(LONG), 1) == LT_TOO_MANY,
	    "a thread waited that may not");
	/* The table's limit, if it is the stricter one. */
	sleeper_create(&second, table, INTEGERS, 1, LT_FOREVER);
	lt_suspension_set_limit(second.suspension, 9);
	if (most_waiters == 1) {
		EXPECT(fails(&second, LT_TOO_MANY), "a full queue grew");
	} else {
		EXPECT(sleeper_begin(&second) == LT_SUSPENDED, "a limit was another call's");
		lt_suspension_cancel(second.suspension);
		EXPECT(has_failed(sleeper_end(&second), LT_CANCELLED), "it was not cancelled");
	}
	lt_suspension_cancel(first.suspension);
	EXPECT(has_failed(sleeper_end(&first), LT_CANCELLED), "it was not cancelled");
	lt_release(hold);
	close_empty(table);
}

SCENARIO(a_call_is_refused_by_its_own_limit)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		limit_calls(fairness, 0);
		limit_calls(fairness, 1);
	}
}

static void
count_resumption(void *count)
{

	++*(unsigned *)count;
}

/* A call that cannot be refused has no limit. */
SCENARIO(an_unrefused_suspension_has_no_limit)
{
	lt_table_t *table = make(1, LT_ADAPTIVE, 1, 1);
	lt_hold_t hold = try_acquire(table, INTEGERS, 1);
	unsigned resumptions = 0;
	struct sleeper first = SLEEPER;
	lt_suspension_t *second;

	sleeper_enqueue(&first, table, INTEGERS, 1);
	second = lt_suspension_create(pin(table, INTEGERS, 1), LT_UNREFUSED,
	    count_resumption);
	lt_suspension_set_limit(second, 0);
	EXPECT(lt_suspension_begin(second, &resumptions) == LT_SUSPENDED && peek_places(table) == 2,
	    "it was refused, or not counted");
	lt_suspension_cancel(first.suspension);
	(void)sleeper_end(&first);
	EXPECT(peek_places(table) == 1, "a place was kept");
	lt_release(hold);
	EXPECT(resumptions == 1 && lt_suspension_poll(second) == LT_OK && peek_places(table) == 0,
	    "a place was kept");
	release_if_hold(lt_suspension_end(second));
	close_empty(table);
}

/* --- a table's limit ------------------------------------------------------------------------ */

/* The keys are in different stripes, or in one. */
static void
limit_table(uint32_t stripes, uint32_t fairness)
{
	lt_table_t *table = make(stripes, fairness, 0, 2);
	struct holder thread = { HOLDER, .table = table, .form = INTEGERS, .number = 2,
	    .deadline = LT_FOREVER };
	struct sleeper sleepers[2] = { SLEEPER, SLEEPER }, one_more;
	lt_statistics_t told;
	lt_hold_t holds[KEYS];
	struct crew crew = { 0 };

	for (uint64_t i = 0; i < KEYS; i++)
		holds[i] = try_acquire(table, INTEGERS, i);
	for (uint64_t i = 0; i < 2; i++)
		sleeper_enqueue(&sleepers[i], table, INTEGERS, i);
	EXPECT(peek_places(table) == 2, "a waiter was not counted");
	for (uint64_t i = 0; i < KEYS; i++) {
		sleeper_create(&one_more, table, INTEGERS, i, LT_FOREVER);
		EXPECT(fails(&one_more, LT_TABLE_FULL), "a full table got a waiter");
		EXPECT(has_failed(acquire(table, INTEGERS, i, lt_deadline_after_ns(LONG)),
		    LT_TABLE_FULL), "a full table got a waiter");
	}
	EXPECT(has_failed(try_acquire(table, INTEGERS, 3), LT_BUSY),
	    "a call was refused that would not have waited");
	lt_table_statistics(table, &told);
	EXPECT(told.refusals == 2 * KEYS, "refusals were counted wrong");
	/* One that cannot be refused is one more. */
	crew_add(&crew, holder_run, &thread);
	await_queue(holds[2], 1);
	EXPECT(peek_places(table) == 3, "a waiter was not counted");
	lt_suspension_cancel(sleepers[0].suspension);
	EXPECT(peek_places(table) == 2, "a place was kept by a waiter that has left");
	(void)sleeper_end(&sleepers[0]);
	sleeper_create(&one_more, table, INTEGERS, 3, LT_FOREVER);
	EXPECT(fails(&one_more, LT_TABLE_FULL), "a full table got a waiter");

	/* A thread gives its place up with its wait. */
	lt_release(holds[2]);
	event_await(&thread.done, 1);
	EXPECT(peek_places(table) == 1, "a place was kept by a holder");
	EXPECT(has_failed(acquire(table, INTEGERS, 3, lt_deadline_after_ns(MS)), LT_TIMED_OUT),
	    "there was no place");
	EXPECT(peek_places(table) == 1, "a place was kept by a waiter that was late");
	event_raise(&thread.let_go);
	crew_join(&crew);

	/* A task does with its claim. */
	lt_release(holds[1]);
	EXPECT(peek_places(table) == 1, "a place was given up by a task that does not run");
	EXPECT(sleeper_begin(&sleepers[1]) == LT_OK && peek_places(table) == 0,
	    "a place was kept by a holder");
	lt_release(sleeper_end(&sleepers[1]));
	lt_release(holds[0]);
	lt_release(holds[3]);
	close_empty(table);
}

SCENARIO(a_table_has_no_more_waiters_than_its_limit)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		limit_table(1, fairness);
		limit_table(64, fairness);
	}
}

/* A task that was handed the key, and does not run, has its place when it has to wait again. */
SCENARIO(a_grant_that_is_taken_back_leaves_the_place)
{
	struct contended_key contended = { make(1, LT_ADAPTIVE, 0, 1), INTEGERS, { 0 }, { 0 } };
	struct sleeper reader, one_more;

	contended.pin = pin(contended.table, INTEGERS, 1);
	contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
	sleeper_enqueue_shared(&reader, contended.table, INTEGERS, 1);
	contended.hold = lt_downgrade(contended.hold);
	EXPECT(sleeper_was_resumed(&reader), "a reader was not let in");
	peek_sweep(contended.pin);
	peek_sweep(contended.pin);
	sleeper_create(&one_more, contended.table, INTEGERS, 1, LT_FOREVER);
	EXPECT(fails(&one_more, LT_TABLE_FULL) && peek_places(contended.table) == 1,
	    "the place was given to another");
	lt_suspension_cancel(reader.suspension);
	release_shared_if_hold(sleeper_end(&reader));
	EXPECT(peek_places(contended.table) == 0, "a place was kept");
	lt_release_shared(contended.hold);
	lt_unpin(contended.pin);
	close_empty(contended.table);
}

SCENARIO(a_table_that_is_shut_down_has_no_places_taken)
{
	lt_table_t *table = make(1, LT_ADAPTIVE, 0, 2);
	lt_hold_t hold = try_acquire(table, INTEGERS, 1);
	struct sleeper sleepers[2] = { SLEEPER, SLEEPER };

	for (int i = 0; i < 2; i++)
		sleeper_enqueue(&sleepers[i], table, INTEGERS, 1);
	lt_table_shut_down(table);
	EXPECT(peek_places(table) == 0, "a place was kept");
	for (int i = 0; i < 2; i++)
		EXPECT(has_failed(sleeper_end(&sleepers[i]), LT_CLOSED), "a waiter was not refused");
	lt_release(hold);
	close_empty(table);
}

/* --- at once, in different stripes ---------------------------------------------------------- */

#define THREADS	3
#define PLACES	1

struct rush {
	lt_table_t *table;
	uint64_t number;
	uint32_t *ready;	/* So many are. */
	lt_status_t status;
};

/* They spin, so that those on different cores go on at the same moment. */
static void *
rush_in(void *argument)
{
	struct rush *rush = argument;
	lt_hold_t hold;

	(void)__atomic_add_fetch(rush->ready, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(rush->ready, __ATOMIC_RELAXED) < THREADS)
		(void)sched_yield();
	hold = acquire(rush->table, INTEGERS, rush->number, LT_REFUSABLE);
	rush->status = is_hold(hold) ? LT_OK : (lt_status_t)hold.tag;
	release_if_hold(hold);
	return NULL;
}

static size_t
waiters_of(const lt_hold_t *holds)
{
	size_t waiters = 0;

	for (int i = 0; i < THREADS; i++)
		waiters += peek_queue(holds[i]);
	return waiters;
}

/*
 *   keys 0 … 2 are held     threads 0 … 2, each at its key
 *                           one waits, and the others are refused
 *   are released
 *                           the one has its key
 */
SCENARIO(of_waiters_that_come_at_once_as_many_wait_as_may)
{
	lt_table_t *table = make(64, LT_FIFO, 0, PLACES);

	for (unsigned round = 0; round < scaled(400); round++) {
		struct rush rushes[THREADS];
		struct crew crew = { 0 };
		uint32_t ready = 0;
		lt_hold_t holds[THREADS];
		lt_statistics_t before, now;
		unsigned had = 0;

		lt_table_statistics(table, &before);
		for (uint64_t i = 0; i < THREADS; i++) {
			holds[i] = try_acquire(table, INTEGERS, i);
			rushes[i] = (struct rush){ table, i, &ready, LT_INVALID };
			crew_add(&crew, rush_in, &rushes[i]);
		}
		do {
			pass_time(MS / 20);
			lt_table_statistics(table, &now);
		} while (now.refusals - before.refusals + waiters_of(holds) < THREADS);
		EXPECT(peek_places(table) <= PLACES, "a full table got a waiter");
		for (uint64_t i = 0; i < THREADS; i++)
			lt_release(holds[i]);
		crew_join(&crew);
		for (unsigned i = 0; i < THREADS; i++) {
			EXPECT(rushes[i].status == LT_OK || rushes[i].status == LT_TABLE_FULL,
			    "a call failed in another way");
			had += rushes[i].status == LT_OK;
		}
		EXPECT(had == PLACES, "more or fewer waited than may");
		EXPECT(peek_places(table) == 0, "a place was kept");
	}
	close_empty(table);
}
