/*
 * Races between two that insert. The core allocates outside the stripe lock, so
 * a thread can be stopped between having found nothing and inserting.
 */
#include "support.h"

#include <sched.h>

/* What main does while the other is stopped. */
enum {
	ACQUIRE_AND_RELEASE_K = 1 << 0,	/* Leaves a spare entry behind. */
	ACQUIRE_K = 1 << 1,
	ACQUIRE_J = 1 << 2,		/* Takes the spare. */
	RELEASE_FIRST = 1 << 3,		/* The stripe's own entry comes free. */
	HOLD_MANY = 1 << 4,		/* The set grows. */
	CHURN_MANY = 1 << 5,		/* The set grows and goes. */
	EVERYTHING = (1 << 6) - 1
};

enum { K = 1, J = 2, FIRST = 100, CROWD = 10, MANY = 30 };

/* False: it was done before it came to the stop. */
static bool
is_stopped(struct holder *holder)
{

	for (;;) {
		if (event_times(&holder->stop->reached) > 0)
			return true;
		if (event_times(&holder->done) > 0)
			return false;
		(void)sched_yield();
	}
}

static void
release_if_held(lt_hold_t hold)
{

	if (is_hold(hold))
		lt_release(hold);
}

/*
 *   main                          other
 *   acquire FIRST (lives in the stripe's own entry); if crowded, some more, so
 *   that the next key needs a larger set
 *                                 acquire K: absent; allocates; is stopped there
 *   some of the things above
 *                                 goes on: must find main's K, or insert its own,
 *                                 once, and give back what it did not need
 */
static bool
insert_once(enum form form, enum stop_place place, unsigned after, bool crowded, unsigned doing)
{
	lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
	struct stop stop = STOP;
	struct holder other = { HOLDER, .table = table, .form = form, .number = K,
	    .deadline = LT_FOREVER, .stop = &stop, .place = place, .after = after };
	lt_hold_t first = acquire(table, form, FIRST, LT_FOREVER);
	/* A long key does not live in the stripe's own entry, so that the set has one more. */
	const size_t crowd_size = !crowded ? 0 :
	    form == LONG_BYTES || form == LARGE_BYTES ? CROWD - 1 : CROWD;
	lt_hold_t k = { 0 }, j = { 0 }, crowd[CROWD] = { 0 }, many[MANY] = { 0 };
	struct crew crew = { 0 };
	bool stopped;

	for (uint64_t i = 0; i < crowd_size; i++)
		crowd[i] = acquire(table, form, FIRST + 1 + i, LT_FOREVER);
	crew_add(&crew, holder_run, &other);
	stopped = is_stopped(&other);
	if (stopped) {
		if (doing & ACQUIRE_AND_RELEASE_K)
			release_if_held(try_acquire(table, form, K));
		if (doing & ACQUIRE_K)
			k = try_acquire(table, form, K);
		if (doing & ACQUIRE_J)
			j = try_acquire(table, form, J);
		if (doing & RELEASE_FIRST)
			lt_release(first);
		for (uint64_t i = 0; i < MANY && (doing & (HOLD_MANY | CHURN_MANY)) != 0; i++)
			many[i] = try_acquire(table, form, 200 + i);
		for (uint64_t i = 0; i < MANY && (doing & HOLD_MANY) == 0; i++) {
			release_if_held(many[i]);
			many[i].place = NULL;
		}
		EXPECT(is_hold(k) == ((doing & ACQUIRE_K) != 0), "a free key was busy");
		event_raise(&stop.go_on);
	}
	if (is_hold(k)) {
		await_queue(k, 1);
		EXPECT(lt_table_count(table) == 1 + (size_t)is_hold(j) + crowd_size +
		    ((doing & RELEASE_FIRST) == 0) + ((doing & HOLD_MANY) != 0) * MANY,
		    "a key was there twice");
		lt_release(k);
	}
	event_await(&other.done, 1);
	EXPECT(has_failed(try_acquire(table, form, K), LT_BUSY), "the key was there twice");
	if (is_hold(j))
		EXPECT(has_failed(try_acquire(table, form, J), LT_BUSY), "another key was lost");
	for (uint64_t i = 0; i < MANY; i++)
		release_if_held(many[i]);
	for (uint64_t i = 0; i < CROWD; i++)
		release_if_held(crowd[i]);
	release_if_held(j);
	if (!stopped || (doing & RELEASE_FIRST) == 0)
		lt_release(first);
	EXPECT(lt_table_count(table) == 1, "the count was wrong");
	event_raise(&other.let_go);
	crew_join(&crew);
	close_empty(table);
	return stopped;
}

SCENARIO(of_two_threads_that_insert_a_key_one_finds_the_others_entry)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i % FORMS;
		const bool crowded = i >= FORMS;
		/*
		 * A second key besides a short one is the young one, and needs no set. Keys alike
		 * are one chain, for which the set never grows.
		 */
		const bool needs_one = form == BYTES_ALIKE || form == VALUES_ALIKE ||
		    (!crowded && (form == INTEGERS || form == SHORT_BYTES || form == VALUES));
		unsigned after;

		/* At each of its allocations: the set or more groups, the entry, the copied key. */
		for (after = 0; insert_once(form, STOP_ALLOCATE, after, crowded, 0); after++) {
			for (unsigned doing = 1; doing <= EVERYTHING; doing++)
				(void)insert_once(form, STOP_ALLOCATE, after, crowded, doing);
		}
		EXPECT(after >= (needs_one ? 1 : 2), "the other was not stopped at each allocation");
	}
}

SCENARIO(of_two_threads_that_copy_a_key_one_finds_the_others_copy)
{

	for (unsigned doing = 0; doing <= EVERYTHING; doing++) {
		EXPECT(insert_once(OPAQUES, STOP_COPY, 0, false, doing), "it was not stopped");
		EXPECT(insert_once(OPAQUES_ALIKE, STOP_COPY, 0, true, doing), "it was not stopped");
	}
}

static void *
release_run(void *pointer)
{
	struct holder *holder = pointer;

	stop_at(STOP_DESTROY, 0, holder->stop);
	lt_release(holder->hold);
	return NULL;
}

/*
 *   main                          other
 *                                 release K, the last hold: destroys its copy, is stopped there
 *   acquire K: a new copy
 *                                 goes on
 */
SCENARIO(a_key_may_be_acquired_while_its_last_copy_is_destroyed)
{
	lt_table_t *table = table_make(OPAQUES, 1, LT_ADAPTIVE);
	struct stop stop = STOP;
	struct holder other = { HOLDER, .stop = &stop,
	    .hold = acquire(table, OPAQUES, K, LT_FOREVER) };
	struct crew crew = { 0 };
	lt_hold_t hold;

	crew_add(&crew, release_run, &other);
	event_await(&stop.reached, 1);
	hold = try_acquire(table, OPAQUES, K);
	EXPECT(is_hold(hold), "a key whose copy is being destroyed was busy");
	event_raise(&stop.go_on);
	crew_join(&crew);
	EXPECT(is_held(table, OPAQUES, K), "the new hold went with the old copy");
	lt_release(hold);
	close_empty(table);
}

/* Entries keep their places while the set around them is replaced, larger and smaller. */
SCENARIO(a_held_and_awaited_key_survives_growing_and_shrinking)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { OTHERS = 500 };
		static lt_hold_t holds[OTHERS];
		lt_table_t *table = table_make(form, 1, LT_FIFO);
		lt_hold_t first = acquire(table, form, FIRST, LT_FOREVER);
		lt_hold_t hold = acquire(table, form, K, LT_FOREVER);
		struct holder waiters[2] = {
			{ HOLDER, .table = table, .form = form, .number = K, .deadline = LT_FOREVER },
			{ HOLDER, .table = table, .form = form, .number = FIRST,
			    .deadline = LT_FOREVER },
		};
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &waiters[0]);
		crew_add(&crew, holder_run, &waiters[1]);
		await_queue(hold, 1);
		await_queue(first, 1);
		for (uint64_t i = 0; i < OTHERS; i++)
			holds[i] = try_acquire(table, form, 1000 + i);
		EXPECT(has_failed(try_acquire(table, form, K), LT_BUSY), "lost while growing");
		for (uint64_t i = 0; i < OTHERS; i++)
			lt_release(holds[i]);
		EXPECT(has_failed(try_acquire(table, form, K), LT_BUSY), "lost while shrinking");
		EXPECT(peek_queue(hold) == 1 && peek_queue(first) == 1, "a waiter was lost");
		lt_release(hold);
		lt_release(first);
		event_raise(&waiters[0].let_go);
		event_raise(&waiters[1].let_go);
		crew_join(&crew);
		close_empty(table);
	}
}
