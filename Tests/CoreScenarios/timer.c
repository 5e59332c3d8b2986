/* Deadlines of suspensions, and the thread that watches them. */
#include "held_keys.h"

#include <stdlib.h>

/* --- one ---------------------------------------------------------------------------- */

SCENARIO(a_deadline_ends_one_wait_and_no_other)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		uint64_t deadline = lt_now_ns() + 3 * MS;
		struct sleeper sleepers[3];
		struct held_keys held;

		held_keys_open(&held, 1, fairness);
		held_keys_suspend(&held, &sleepers[0], 0, LT_FOREVER);
		held_keys_suspend(&held, &sleepers[1], 0, deadline);
		held_keys_suspend(&held, &sleepers[2], 0, lt_now_ns() + 3600000 * MS);
		EXPECT(!peek_is_timed(sleepers[0].suspension), "no deadline was one");
		EXPECT(peek_is_timed(sleepers[1].suspension), "a deadline was none");
		sleeper_await_time_out(&sleepers[1]);
		EXPECT(lt_now_ns() >= deadline, "a wait ended before its deadline");
		EXPECT(sleeper_sleeps(&sleepers[0]) && sleeper_sleeps(&sleepers[2]),
		    "another one was resumed");
		EXPECT(peek_queue(held.holds[0]) == 2 && peek_is_sound(held.holds[0]),
		    "the queue was broken");
		sleeper_cancel(&sleepers[0]);
		sleeper_cancel(&sleepers[2]);
		held_keys_close(&held);
	}
}

SCENARIO(a_past_deadline_of_a_suspension_tries_once)
{
	static const uint64_t past[] = { 1, 999999999, 1000000000 };

	for (size_t p = 0; p <= LENGTH_OF(past); p++) {
		uint64_t deadline = p < LENGTH_OF(past) ? past[p] : lt_now_ns();
		struct sleeper sleeper;
		struct held_keys held;

		held_keys_open(&held, 1, p % 2);
		sleeper_create(&sleeper, held.table, INTEGERS, 1, deadline);
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key timed out");
		release_if_hold(sleeper_end(&sleeper));
		sleeper_create(&sleeper, held.table, INTEGERS, 0, deadline);
		/* At once, or a moment later. */
		if (sleeper_begin(&sleeper) == LT_SUSPENDED)
			event_await(&sleeper.resumed, 1);
		EXPECT(has_failed(sleeper_end(&sleeper), LT_TIMED_OUT), "a held key did not time out");
		held_keys_close(&held);
	}
}

SCENARIO(a_remote_deadline_of_a_suspension_waits)
{
	static const uint64_t remote[] = { LT_FOREVER - 1, (uint64_t)INT64_MAX,
	    (uint64_t)INT64_MAX + 1, UINT64_C(1) << 62 };
	struct sleeper sleepers[LENGTH_OF(remote)], near;
	struct held_keys held;

	held_keys_open(&held, 1, LT_ADAPTIVE);
	for (size_t i = 0; i < LENGTH_OF(remote); i++)
		held_keys_suspend(&held, &sleepers[i], 0, remote[i]);
	pass_time(MS);
	/* The timer sleeps for long by now, and is to awake for an earlier one. */
	held_keys_suspend(&held, &near, 0, lt_now_ns() + MS);
	sleeper_await_time_out(&near);
	for (size_t i = 0; i < LENGTH_OF(remote); i++) {
		EXPECT(sleeper_sleeps(&sleepers[i]), "a remote deadline passed");
		sleeper_cancel(&sleepers[i]);
	}
	held_keys_close(&held);
}

/* A woken suspension learns of its deadline when it begins again; an ended one never. */
SCENARIO(a_deadline_that_comes_too_late_changes_nothing)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		uint64_t deadline = lt_now_ns() + 5 * MS;
		struct sleeper sleeper;
		struct held_keys held;

		held_keys_open(&held, 1, fairness);
		held_keys_suspend(&held, &sleeper, 0, deadline);
		release_if_hold(held.holds[0]);
		while (lt_now_ns() < deadline + MS)
			pass_time(MS);
		EXPECT(sleeper_was_resumed(&sleeper), "resumed by what came too late");
		/* Where the machine was too slow, it was the deadline that came first. */
		if (sleeper_outcome(&sleeper) != LT_TIMED_OUT) {
			EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
			release_if_hold(sleeper_end(&sleeper));
		} else {
			(void)sleeper_end(&sleeper);
		}
		held.holds[0] = try_acquire(held.table, INTEGERS, 0);
		EXPECT(is_hold(held.holds[0]), "the key was lost");
		held_keys_close(&held);
	}
}

/* --- many --------------------------------------------------------------------------- */

struct late {
	lt_suspension_t *suspension;
	struct protocol *protocol;
	uint64_t deadline;
	unsigned resumed;
};

struct protocol {
	pthread_mutex_t mutex;
	uint64_t last;
	bool in_order;
	struct event one;
};

static void
note_late(void *pointer)
{
	struct late *late = pointer;
	struct protocol *protocol = late->protocol;

	EXPECT(lt_now_ns() >= late->deadline, "a wait ended before its deadline");
	(void)pthread_mutex_lock(&protocol->mutex);
	late->resumed++;
	protocol->in_order = protocol->in_order && protocol->last <= late->deadline;
	protocol->last = late->deadline;
	(void)pthread_mutex_unlock(&protocol->mutex);
	event_raise(&protocol->one);
}

static void
note_cancelled(struct late *late)
{
	struct protocol *protocol = late->protocol;

	/* Its continuation is to say nothing about the order. */
	(void)pthread_mutex_lock(&protocol->mutex);
	late->deadline = 0;
	(void)pthread_mutex_unlock(&protocol->mutex);
}

static void
expire_many(unsigned keys, bool with_removals, uint64_t seed)
{
	struct protocol protocol = { PTHREAD_MUTEX_INITIALIZER, 0, true, EVENT };
	const uint64_t first = lt_now_ns() + 40 * MS;
	struct late *lates = calloc(MOST_HELD_KEYS, sizeof *lates);
	unsigned left = MOST_HELD_KEYS;
	lt_status_t status;
	struct held_keys held;
	bool in_time;

	if (lates == NULL)
		abort();
	held_keys_open(&held, keys, LT_ADAPTIVE);
	for (unsigned i = 0; i < MOST_HELD_KEYS; i++) {
		lates[i].protocol = &protocol;
		lates[i].deadline = first + random_next(&seed) % (10 * MS);
		lates[i].suspension = lt_suspension_create(pin(held.table, INTEGERS, i % keys),
		    lates[i].deadline, note_late);
		status = lt_suspension_begin(lates[i].suspension, &lates[i]);
		EXPECT(is_suspended_or_late(status, lates[i].deadline), "a held key was not waited for");
		if (status == LT_TIMED_OUT)
			note_late(&lates[i]);
	}
	/* From every place of the heap. */
	for (unsigned i = 0; i < MOST_HELD_KEYS && with_removals; i++) {
		if (random_next(&seed) % 2 == 0 || lt_now_ns() > first - 5 * MS)
			continue;
		note_cancelled(&lates[i]);
		lt_suspension_cancel(lates[i].suspension);
		EXPECT(has_failed(lt_suspension_end(lates[i].suspension), LT_CANCELLED),
		    "a wait was not cancelled");
		lates[i].suspension = NULL;
		left--;
	}
	(void)pthread_mutex_lock(&protocol.mutex);
	in_time = lt_now_ns() < first;
	protocol.last = 0;
	protocol.in_order = true;
	(void)pthread_mutex_unlock(&protocol.mutex);
	event_await(&protocol.one, MOST_HELD_KEYS);
	EXPECT(!in_time || protocol.in_order, "deadlines came out of order");
	for (unsigned i = 0; i < MOST_HELD_KEYS; i++) {
		EXPECT(lates[i].resumed == 1, "not resumed exactly once");
		if (lates[i].suspension != NULL)
			EXPECT(has_failed(lt_suspension_end(lates[i].suspension), LT_TIMED_OUT),
			    "a wait did not run out of time");
	}
	EXPECT(left > 0, "no suspension waited");
	held_keys_close(&held);
	free(lates);
}

SCENARIO(many_deadlines_come_in_their_order)
{

	for (uint64_t seed = 1; seed <= 4; seed++)
		expire_many(seed % 2 ? 1 : 7, false, seed);
}

SCENARIO(deadlines_are_taken_from_the_middle)
{

	for (uint64_t seed = 1; seed <= 8; seed++)
		expire_many(seed % 2 ? 1 : 7, true, seed);
}

/*
 *   main                     the timer
 *   release K, just before,  the deadline
 *   at, or after
 *   (one of the two is first)
 */
SCENARIO(a_deadline_that_meets_a_grant_loses_no_key)
{
	const unsigned rounds = scaled(3000);
	uint64_t seed = 1;

	for (unsigned round = 0; round < rounds; round++) {
		uint64_t deadline = lt_now_ns() + MS / 5;
		uint64_t then = deadline - MS / 20 + random_next(&seed) % (MS / 5);
		struct sleeper first, second;
		lt_status_t status;
		struct held_keys held;
		lt_hold_t pinned;

		held_keys_open(&held, 1, round % 2);
		pinned = pin(held.table, INTEGERS, 0);
		held_keys_suspend(&held, &first, 0, deadline);
		held_keys_suspend(&held, &second, 0, LT_FOREVER);
		while (lt_now_ns() < then)
			;
		release_if_hold(held.holds[0]);
		if (round % 4 == 3)
			lt_suspension_cancel(first.suspension);
		event_await(&first.resumed, first.begun);
		status = sleeper_poll(&first);
		if (status == LT_SUSPENDED)
			status = sleeper_begin(&first);
		EXPECT(status == LT_OK || status == LT_TIMED_OUT ||
		    (round % 4 == 3 && status == LT_CANCELLED), "neither granted nor too late");
		if (status == LT_OK)
			release_if_hold(sleeper_end(&first));
		else
			(void)sleeper_end(&first);
		event_await(&second.resumed, 1);
		EXPECT(sleeper_begin(&second) == LT_OK, "the key was lost");
		held.holds[0] = sleeper_end(&second);
		EXPECT(peek_is_sound(pinned), "the queue was broken");
		lt_unpin(pinned);
		held_keys_close(&held);
	}
}

/* --- memory, and the end --------------------------------------------------------------- */

SCENARIO(a_deadline_without_memory_is_refused)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct sleeper *sleepers = calloc(MOST_HELD_KEYS, sizeof *sleepers);
		const uint64_t deadline = lt_now_ns() + 3600000 * MS;
		struct held_keys held;

		if (sleepers == NULL)
			abort();
		held_keys_open(&held, 1, fairness);
		for (unsigned i = 0; i < MOST_HELD_KEYS; i++) {
			lt_status_t status;

			sleeper_create(&sleepers[i], held.table, INTEGERS, 0, deadline);
			memory_fail(0, UINT64_MAX);
			status = sleeper_begin(&sleepers[i]);
			memory_recover();
			EXPECT((status == LT_NO_MEMORY) == memory_has_failed(), "failed for no reason");
			if (status == LT_SUSPENDED)
				continue;
			EXPECT(peek_queue(held.holds[0]) == i, "a refused waiter was queued");
			lt_suspension_cancel(sleepers[i].suspension);
			EXPECT(has_failed(sleeper_end(&sleepers[i]), LT_NO_MEMORY),
			    "the end gave another reason");
			EXPECT(peek_references(held.holds[0]) == 1 + i, "a refused waiter was counted");
			held_keys_suspend(&held, &sleepers[i], 0, deadline);
		}
		for (unsigned i = 0; i < MOST_HELD_KEYS; i++)
			sleeper_cancel(&sleepers[i]);
		held_keys_close(&held);
		free(sleepers);
	}
}

/* Once there is no deadline, however remote the last one was. */
SCENARIO(the_timer_ends_when_there_is_no_deadline)
{

	for (unsigned remote = 0; remote < 2; remote++) {
		const uint64_t limit = lt_now_ns() + 20000 * MS;
		struct sleeper sleeper;
		struct held_keys held;
		bool is_shared = false;

		held_keys_open(&held, 1, LT_ADAPTIVE);
		held_keys_suspend(&held, &sleeper, 0, lt_now_ns() + (remote ? 3600000 * MS : MS));
		EXPECT(peek_timer_runs(), "no thread watches the deadline");
		/* It is to be asleep. */
		pass_time(MS);
		if (remote)
			sleeper_cancel(&sleeper);
		else
			sleeper_await_time_out(&sleeper);
		held_keys_close(&held);
		while (peek_timer_runs() && lt_now_ns() < limit && !is_shared) {
			is_shared = peek_timer_count() > 0;
			pass_time(5 * MS);
		}
		EXPECT(is_shared || !peek_timer_runs(), "the timer did not end");
		EXPECT(is_shared || memory_outstanding() == 0, "the timer left memory");
	}
}
