/* Deadlines: no waiting at all, waiting in vain, and running out of time just then. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <signal.h>

#define MS	UINT64_C(1000000)

SCENARIO(deadlines_are_computed_without_overflow)
{
	uint64_t before = lt_now_ns(), deadline = lt_deadline_after_ns(1000);

	EXPECT(deadline >= before + 1000 && deadline <= lt_now_ns() + 1000,
	    "a deadline was not the present plus the span");
	EXPECT(lt_deadline_after_ns(0) >= before, "the present was past");
	EXPECT(lt_deadline_after_ns(UINT64_MAX) == LT_FOREVER, "the sum overflowed");
	EXPECT(lt_deadline_after_ns(UINT64_MAX - before) == LT_FOREVER, "the sum overflowed");
	EXPECT(lt_deadline_after_ns(INT64_MAX) == LT_FOREVER, "the sum overflowed a signed clock");
	EXPECT(lt_deadline_after_ns(INT64_MAX / 2) != LT_FOREVER, "a distant deadline was none");
	EXPECT(lt_deadline_after_ns(0) != LT_NO_WAIT, "the present was no deadline");
}

SCENARIO(a_past_deadline_tries_once)
{
	static const uint64_t past[] = { 1, 999999999, 1000000000 };

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i % FORMS;
		lt_table_t *table = table_make(form, 1, i < FORMS ? LT_ADAPTIVE : LT_FIFO);

		for (size_t p = 0; p <= LENGTH_OF(past); p++) {
			uint64_t deadline = p < LENGTH_OF(past) ? past[p] : lt_now_ns();
			lt_hold_t hold = acquire(table, form, 1, deadline);

			EXPECT(is_hold(hold), "a free key timed out");
			EXPECT(has_failed(acquire(table, form, 1, deadline), LT_TIMED_OUT),
			    "a held key did not time out");
			EXPECT(peek_references(hold) == 1 && peek_queue(hold) == 0,
			    "a waiter that timed out was still counted");
			lt_release(hold);
			EXPECT(lt_table_count(table) == 0, "a waiter that timed out left an entry");
		}
		lt_table_close(table);
	}
}

/* Deadlines in the remotest future must not wrap into the past on their way to the kernel. */
SCENARIO(a_remote_deadline_waits)
{
	static const uint64_t remote[] = { LT_FOREVER - 1, LT_FOREVER, (uint64_t)INT64_MAX,
	    (uint64_t)INT64_MAX + 1, UINT64_C(1) << 62 };

	for (size_t i = 0; i < 2 * LENGTH_OF(remote); i++) {
		lt_table_t *table = table_make(INTEGERS, 1, i % 2 ? LT_FIFO : LT_ADAPTIVE);
		struct holder waiter = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
		    .deadline = remote[i / 2] };
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &waiter);
		await_queue(hold, 1);
		pass_time(MS / 4);
		EXPECT(peek_queue(hold) == 1, "a remote deadline passed");
		lt_release(hold);
		event_raise(&waiter.let_go);
		crew_join(&crew);
		EXPECT(is_hold(waiter.hold), "a waiter with a remote deadline did not get the key");
		lt_table_close(table);
	}
}

/*
 *   first            second (deadline)      third
 *   holds K
 *                    queued
 *                                           queued
 *                    leaves: too late
 *   release K
 *                                           has K
 */
SCENARIO(a_waiter_that_leaves_the_queue_takes_no_other_place)
{

	for (unsigned i = 0; i < 12; i++) {
		enum { WAITERS = 3 };
		const unsigned leaver = i % WAITERS;
		const uint32_t fairness = i / WAITERS % 2;
		const enum form form = i / 6 ? LONG_BYTES : INTEGERS;
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);
		struct holder waiters[WAITERS];
		struct crew crew = { 0 };

		for (unsigned w = 0; w < WAITERS; w++) {
			waiters[w] = (struct holder){ HOLDER, .table = table, .form = form,
			    .number = 1,
			    .deadline = w == leaver ? lt_now_ns() + 20 * MS : LT_FOREVER };
			event_raise(&waiters[w].let_go);
			crew_add(&crew, holder_run, &waiters[w]);
			while (peek_queue(hold) < w + 1 &&
			    (leaver > w || event_times(&waiters[leaver].done) == 0))
				pass_time(1000);
		}
		event_await(&waiters[leaver].done, 1);
		EXPECT(has_failed(waiters[leaver].hold, LT_TIMED_OUT), "the leaver did not leave");
		await_queue(hold, WAITERS - 1);
		EXPECT(peek_is_sound(hold), "the queue was broken");
		lt_release(hold);
		crew_join(&crew);
		for (unsigned w = 0; w < WAITERS; w++)
			EXPECT(w == leaver || is_hold(waiters[w].hold), "a waiter did not get in");
		EXPECT(lt_table_count(table) == 0, "the leaver left an entry");
		lt_table_close(table);
	}
}

static void *
release_run(void *hold)
{

	lt_release(*(lt_hold_t *)hold);
	return NULL;
}

/*
 * The deadline and the release meet at the stripe lock, which main keeps until
 * both are due. Whichever comes first: the waiter has the key or has not, and
 * the key is not lost.
 *
 *   waiter                main                releaser
 *                                             (holds K)
 *   queued, until soon
 *                         locks the stripe
 *                                             release K: stands at the lock
 *   too late: stands
 *   at the lock
 *                         unlocks it
 *   has K, or timed out                       released
 */
SCENARIO(a_deadline_that_meets_a_release_loses_no_key)
{
	const unsigned rounds = scaled(400);

	for (unsigned round = 0; round < rounds; round++) {
		const enum form form = round % 3 == 0 ? LONG_BYTES : INTEGERS;
		lt_table_t *table = table_make(form, 1, round % 2);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), again;
		/* A pin keeps the entry, so that it can be inspected. */
		lt_hold_t pinned = pin(table, form, 1);
		struct holder waiter = { HOLDER, .table = table, .form = form, .number = 1,
		    .deadline = lt_now_ns() + MS / 2 };
		/* In every other round another waiter is queued behind. */
		struct holder next = { HOLDER, .table = table, .form = form, .number = 1,
		    .deadline = LT_FOREVER };
		const bool with_next = round / 2 % 2 != 0;
		struct crew crew = { 0 };

		event_raise(&waiter.let_go);
		event_raise(&next.let_go);
		crew_add(&crew, holder_run, &waiter);
		while (peek_queue(hold) == 0 && event_times(&waiter.done) == 0)
			pass_time(1000);
		if (with_next)
			crew_add(&crew, holder_run, &next);
		while (peek_queue(hold) < 1u + with_next && event_times(&waiter.done) == 0)
			pass_time(1000);
		peek_freeze(pinned);
		crew_add(&crew, release_run, &hold);
		while (lt_now_ns() < waiter.deadline + MS / 20)
			pass_time(MS / 20);
		peek_thaw(pinned);
		crew_join(&crew);
		EXPECT(is_hold(waiter.hold) || has_failed(waiter.hold, LT_TIMED_OUT),
		    "neither acquired nor timed out");
		EXPECT(!with_next || is_hold(next.hold), "the next in line was forgotten");
		EXPECT(peek_is_sound(pinned), "the queue was broken");
		again = try_acquire(table, form, 1);
		EXPECT(is_hold(again), "the key was lost between the deadline and the release");
		lt_release(again);
		lt_unpin(pinned);
		close_empty(table);
	}
}

/*
 * The signalled waiter may find a newcomer in its place and its time used up.
 * The newcomer's release has to signal the next.
 *
 *   main                    first (deadline)        second
 *   holds K                 queued                  queued
 *   release K: signals
 *   the first
 *   acquire K again,
 *   before it comes
 *                           comes too late: leaves
 *   release K
 *                                                   has K
 */
static bool
is_first_too_late(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER), again;
	lt_hold_t pinned = pin(table, INTEGERS, 1);
	struct holder first = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
	    .deadline = lt_now_ns() + MS / 2 };
	struct holder second = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
	    .deadline = LT_FOREVER };
	struct crew crew = { 0 };

	event_raise(&first.let_go);
	event_raise(&second.let_go);
	crew_add(&crew, holder_run, &first);
	while (peek_queue(hold) == 0 && event_times(&first.done) == 0)
		pass_time(1000);
	crew_add(&crew, holder_run, &second);
	while (peek_queue(hold) < 2 && event_times(&first.done) == 0)
		pass_time(1000);
	while (lt_now_ns() < first.deadline)
		;
	lt_release(hold);
	again = try_acquire(table, INTEGERS, 1);
	if (is_hold(again)) {
		while (lt_now_ns() < first.deadline + MS / 10)
			pass_time(MS / 10);
		EXPECT(peek_is_sound(pinned), "the queue was broken");
		lt_release(again);
	}
	crew_join(&crew);
	EXPECT(is_hold(second.hold), "the next in line was forgotten");
	EXPECT(peek_is_sound(pinned), "the queue was broken");
	lt_unpin(pinned);
	close_empty(table);
	return !is_hold(first.hold);
}

/* Whether the first comes too late is up to the machine: it has many more rounds if it must. */
SCENARIO(a_wake_up_that_comes_too_late_is_passed_on)
{
	const unsigned rounds = scaled(300);
	unsigned too_late = 0;

	for (unsigned round = 0; round < rounds || (too_late == 0 && round < 100 * rounds); round++)
		too_late += is_first_too_late();
	EXPECT(too_late > 0, "no waiter was ever too late");
}

static void
ignore_signal(int number)
{

	(void)number;
}

/* A signal interrupts the sleep of a waiter, and must neither end the wait nor prolong it. */
SCENARIO(signals_neither_end_a_wait_nor_prolong_it)
{
	const struct sigaction ours = { .sa_handler = ignore_signal };
	struct sigaction before;

	(void)sigaction(SIGUSR2, &ours, &before);
	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		lt_table_t *table = table_make(INTEGERS, 1, fairness);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		struct holder patient = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
		    .deadline = LT_FOREVER };
		struct holder hurried = { HOLDER, .table = table, .form = INTEGERS, .number = 1,
		    .deadline = lt_now_ns() + 5 * MS };
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &patient);
		await_queue(hold, 1);
		crew_add(&crew, holder_run, &hurried);
		while (event_times(&hurried.done) == 0) {
			(void)pthread_kill(crew.threads[0], SIGUSR2);
			(void)pthread_kill(crew.threads[1], SIGUSR2);
			pass_time(MS / 10);
		}
		EXPECT(has_failed(hurried.hold, LT_TIMED_OUT), "a signal ended a wait");
		EXPECT(peek_queue(hold) == 1 && event_times(&patient.done) == 0,
		    "a signal ended a wait");
		lt_release(hold);
		event_raise(&patient.let_go);
		crew_join(&crew);
		close_empty(table);
	}
	(void)sigaction(SIGUSR2, &before, NULL);
}

/* --- many with short deadlines ---------------------------------------------------- */

#define HURRIED		6

struct hurry {
	lt_table_t *table;
	struct witness *witness;
	uint64_t seed;
	unsigned acquired, timed_out;
	bool patient;
};

static void *
hurry(void *pointer)
{
	struct hurry *hurry = pointer;

	for (unsigned left = scaled(2500); left > 0; left--) {
		uint64_t span = random_next(&hurry->seed) % 40000;
		lt_hold_t hold = lt_acquire_integer(hurry->table, 1,
		    hurry->patient ? LT_FOREVER : lt_deadline_after_ns(span));

		if (!is_hold(hold)) {
			EXPECT(has_failed(hold, LT_TIMED_OUT), "neither acquired nor timed out");
			hurry->timed_out++;
			continue;
		}
		witness_enter(hurry->witness);
		hurry->acquired++;
		if (span % 8 == 0)
			pass_time(1000);
		witness_leave(hurry->witness);
		lt_release(hold);
	}
	return NULL;
}

static uint64_t
timeouts_of(lt_table_t *table)
{
	lt_statistics_t told;

	lt_table_statistics(table, &told);
	return told.timeouts;
}

SCENARIO(waiters_that_keep_leaving_lose_no_wake_up)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		lt_table_t *table = table_make(INTEGERS, 1, fairness);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		lt_hold_t pinned = pin(table, INTEGERS, 1);
		struct witness witness = { 0 };
		struct hurry hurries[HURRIED];
		struct crew crew = { 0 };
		unsigned acquired = 0, timed_out = 0;

		for (size_t i = 0; i < HURRIED; i++) {
			hurries[i] = (struct hurry){ table, &witness, i + 1, 0, 0, i < 2 };
			crew_add(&crew, hurry, &hurries[i]);
		}
		/* One is too late, whatever the machine does. */
		while (timeouts_of(table) == 0)
			pass_time(50000);
		lt_release(hold);
		for (unsigned i = scaled(200); i > 0; i--) {
			EXPECT(peek_is_sound(pinned), "no waiter was on the way to a free key");
			pass_time(50000);
		}
		crew_join(&crew);
		for (size_t i = 0; i < HURRIED; i++) {
			acquired += hurries[i].acquired;
			timed_out += hurries[i].timed_out;
		}
		EXPECT(acquired == witness.entries, "two threads held one key");
		EXPECT(acquired + timed_out == HURRIED * scaled(2500), "a call was lost");
		EXPECT(timed_out > 0, "no waiter was ever too late");
		EXPECT(peek_references(pinned) == 1, "a waiter that left was still counted");
		lt_unpin(pinned);
		close_empty(table);
	}
}
