/* Woken suspensions: which takes the key, leaves, is next; and their place among threads. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

/* --- signalled ------------------------------------------------------------------- */

/*
 *   holder          newcomer        first           second
 *   holds K                         queued          queued
 *   release K                       signalled
 *                   has K
 *                                   begins: queued,
 *                                   in its place
 *                   release K       signalled again
 *                                   begins: has K
 */
SCENARIO(a_waiter_that_is_overtaken_keeps_its_place)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		contended_barge(&contended);
		EXPECT(sleeper_was_resumed(&first) && sleeper_sleeps(&second), "out of order");
		release_if_hold(contended.hold);
		EXPECT(event_times(&first.resumed) == 1 && sleeper_sleeps(&second),
		    "two waiters were woken");
		contended_barge(&contended);
		EXPECT(sleeper_poll(&first) == LT_SUSPENDED && sleeper_poll(&second) == LT_SUSPENDED &&
		    peek_queue(contended.pin) == 2 && peek_signalled(contended.pin) == 1,
		    "a waiter that competed in vain left the queue");
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED && sleeper_sleeps(&first),
		    "a held key was taken");
		EXPECT(peek_queue(contended.pin) == 2 && peek_signalled(contended.pin) == 0 &&
		    peek_is_sound(contended.pin), "the queue was broken");
		release_if_hold(contended.hold);
		EXPECT(event_times(&first.resumed) == 2 && sleeper_sleeps(&second),
		    "a waiter that was overtaken lost its place");
		/* It may be starving by now, if this took long; then it has the key. */
		EXPECT(sleeper_poll(&first) == LT_OK, "a free key was not taken");
		EXPECT(sleeper_sleeps(&second), "resumed too early");
		contended_release_granted(&contended, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

/* i: 1 = cancelled, 2 = expired, 3 = both. */
static void
interrupt(struct sleeper *sleeper, unsigned i)
{

	for (unsigned again = 0; again < 2; again++) {
		if (i & 2)
			peek_expire(sleeper->suspension);
		if (i & 1)
			lt_suspension_cancel(sleeper->suspension);
	}
	EXPECT(event_times(&sleeper->resumed) == 1, "a woken waiter was woken again");
	EXPECT(sleeper_outcome(sleeper) == (i & 2 ? LT_TIMED_OUT : LT_CANCELLED),
	    "a woken waiter did not leave");
}

SCENARIO(a_woken_suspension_takes_a_free_key)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		lt_status_t (*come)(struct sleeper *) = i % 2 == 0 ? sleeper_begin : sleeper_poll;
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, i / 2, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		EXPECT(sleeper_sleeps(&second), "two were woken");
		EXPECT(come(&first) == LT_OK, "a free key was left lying");
		contended_release_granted(&contended, &first);
		EXPECT(come(&second) == LT_OK, "the next in line was forgotten");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

/*
 *   newcomer        first                   second
 *                   woken or granted,       queued
 *                   does not run
 *                   cancelled, or late:     signalled, or granted: at once
 *                   leaves
 */
static void
leave_without_running(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 12; i++) {
		const unsigned how = 1 + i % 3;
		const bool with_second = i / 3 % 2 != 0, is_held = i / 6 != 0 && fairness == LT_ADAPTIVE;
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, form, fairness);
		contended_enqueue(&contended, &first);
		if (with_second)
			contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		if (is_held)
			contended_barge(&contended);
		interrupt(&first, how);
		EXPECT(peek_queue(contended.pin) == (with_second && (fairness == LT_ADAPTIVE || is_held)) &&
		    peek_is_sound(contended.pin), "the queue was broken");
		if (with_second)
			EXPECT(is_held ? sleeper_sleeps(&second) : sleeper_was_resumed(&second),
			    "the next in line was forgotten, or woken too early");
		if (is_held)
			release_if_hold(contended.hold);
		if (with_second) {
			EXPECT(sleeper_was_resumed(&second), "a turn was lost");
			EXPECT(sleeper_begin(&second) == LT_OK, "a free key was not taken");
			contended_release_granted(&contended, &second);
		} else {
			EXPECT(contended_is_free(&contended), "the key of a waiter that left is held");
		}
		sleeper_expect_failure(&first, how & 2 ? LT_TIMED_OUT : LT_CANCELLED);
		contended_close(&contended);
	}
}

SCENARIO(a_woken_suspension_that_is_cancelled_or_late_leaves_at_once)
{

	for_each_form_and_fairness(leave_without_running);
}

/*
 *   newcomer        first                   second
 *                   signalled               queued
 *   has K
 *   (longer than the bound)
 *                   begins: starving
 *   release K       has K: no thread
 *                   gets in between
 *                   release K               is starving, too: has K
 */
SCENARIO(a_starving_suspension_is_handed_the_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second, late;
		struct contended_key contended;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		contended_barge(&contended);
		pass_time(LT_HANDOFF_BOUND_NS + 1000);
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a held key was taken");
		contended_enqueue(&contended, &late);
		release_if_hold(contended.hold);
		EXPECT(sleeper_was_resumed(&first), "a starving waiter was not resumed");
		EXPECT(sleeper_sleeps(&second), "two waiters were woken");
		contended_release_granted(&contended, &first);
		EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		contended_release_granted(&contended, &second);
		EXPECT(sleeper_outcome(&late) == LT_SUSPENDED && sleeper_begin(&late) == LT_OK,
		    "a waiter that was not starving was handed the key");
		contended_release_granted(&contended, &late);
		contended_close(&contended);
	}
}

/* --- among threads ---------------------------------------------------------------- */

SCENARIO(threads_and_suspensions_wait_in_one_queue)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		enum { PLACES = 8 };
		const enum form form = i % FORMS;
		struct sleeper sleepers[PLACES];
		struct holder holders[PLACES];
		struct crew crew = { 0 };
		struct contended_key contended;

		contended_open(&contended, form, i / FORMS);
		for (unsigned p = 0; p < PLACES; p++) {
			if ((0x35u >> p & 1) == 0) {
				contended_enqueue(&contended, &sleepers[p]);
				continue;
			}
			holders[p] = (struct holder){ HOLDER, .table = contended.table, .form = form,
			    .number = 1, .deadline = LT_FOREVER };
			crew_add(&crew, holder_run, &holders[p]);
			await_queue(contended.pin, p + 1);
		}
		release_if_hold(contended.hold);
		for (unsigned p = 0; p < PLACES; p++) {
			const bool is_thread = 0x35u >> p & 1;

			if (is_thread) {
				event_await(&holders[p].done, 1);
			} else {
				event_await(&sleepers[p].resumed, sleepers[p].begun);
				EXPECT(sleeper_begin(&sleepers[p]) == LT_OK, "it did not get in");
			}
			EXPECT(peek_queue(contended.pin) == PLACES - 1 - p, "out of order");
			for (unsigned later = p + 1; later < PLACES; later++) {
				EXPECT(0x35u >> later & 1 ? event_times(&holders[later].done) == 0 :
				    sleeper_sleeps(&sleepers[later]), "served out of order");
			}
			if (is_thread)
				event_raise(&holders[p].let_go);
			else
				contended_release_granted(&contended, &sleepers[p]);
		}
		crew_join(&crew);
		contended_close(&contended);
	}
}
