/*
 * Waiters that were woken and do not come, as their executor stands still: the monitor lets in
 * the next, by sweeps that the scenarios make. A sweep that finds a waiter for the second time
 * lets it stall.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

static void
sweep_twice(const struct contended_key *contended)
{

	peek_sweep(contended->pin);
	peek_sweep(contended->pin);
	EXPECT(peek_is_sound(contended->pin), "a sweep broke the queue");
}

/*
 *   holder          first           second          third           monitor
 *   holds K         queued          queued          queued
 *   release K       signalled
 *                   (does not run)                                  sweep: nothing yet
 *                                   signalled                       sweep
 *                                   (likewise)      signalled       two sweeps
 *                                                   begins: has K
 *                   begins: first
 *                   in line
 *                                                   release K
 *                   begins: has K
 */
SCENARIO(the_next_waiter_is_woken_in_place_of_one_that_does_not_run)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second, third;
		struct contended_key contended;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		contended_enqueue(&contended, &third);
		release_if_hold(contended.hold);
		peek_sweep(contended.pin);
		EXPECT(sleeper_sleeps(&second), "the next was woken too early");
		peek_sweep(contended.pin);
		EXPECT(sleeper_was_resumed(&second) && sleeper_sleeps(&third),
		    "not the next in line, and it alone, was woken");
		sweep_twice(&contended);
		EXPECT(sleeper_begin(&third) == LT_OK, "a free key was not taken");
		sweep_twice(&contended);
		EXPECT(sleeper_outcome(&first) == LT_SUSPENDED && sleeper_outcome(&second) == LT_SUSPENDED,
		    "a stalled waiter was let in next to the holder");
		EXPECT(sleeper_begin(&first) == LT_SUSPENDED && peek_queue(contended.pin) == 2 &&
		    peek_is_sound(contended.pin), "a late waiter is not in the queue again");
		contended_release_granted(&contended, &third);
		EXPECT(sleeper_was_resumed(&first), "a late waiter lost its place");
		EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
		EXPECT(sleeper_begin(&second) == LT_SUSPENDED, "a held key was taken");
		contended_release_granted(&contended, &first);
		EXPECT(sleeper_begin(&second) == LT_OK, "the last was forgotten");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

/* Newcomers that take the key in between do not start its time anew. */
SCENARIO(barging_does_not_delay_the_next_waiter)
{
	struct sleeper first, second;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue(&contended, &first);
	contended_enqueue(&contended, &second);
	release_if_hold(contended.hold);
	for (unsigned i = 0; i < 2; i++) {
		contended_barge(&contended);
		peek_sweep(contended.pin);
		EXPECT(peek_is_sound(contended.pin), "a sweep broke the queue");
		release_if_hold(contended.hold);
	}
	EXPECT(sleeper_begin(&second) == LT_OK, "newcomers put the next off");
	contended_release_granted(&contended, &second);
	EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
	contended_release_granted(&contended, &first);
	contended_close(&contended);
}

/*
 * A starving task is handed the key, and does not run: under LT_ADAPTIVE it has it for two
 * sweeps, and competes when it comes; under LT_FIFO it keeps it.
 */
static void
hand_to_one_that_does_not_come(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 2; i++) {
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, form, fairness);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		if (fairness == LT_ADAPTIVE) {
			release_if_hold(contended.hold);
			contended_barge(&contended);
			pass_time(LT_HANDOFF_BOUND_NS + 1000);
			EXPECT(sleeper_begin(&first) == LT_SUSPENDED, "a held key was taken");
		}
		release_if_hold(contended.hold);
		EXPECT(sleeper_was_resumed(&first) && peek_holders(contended.pin) == HELD_BY_WRITER,
		    "a starving one was not handed the key");
		if (i != 0)
			EXPECT(sleeper_poll(&first) == LT_OK, "it did not get what it was handed");
		sweep_twice(&contended);
		if (i != 0 || fairness == LT_FIFO) {
			EXPECT(sleeper_outcome(&first) == LT_OK && sleeper_sleeps(&second),
			    "a holder lost its key");
			contended_release_granted(&contended, &first);
		} else {
			EXPECT(sleeper_outcome(&first) == LT_SUSPENDED, "a waiter kept a grant that it did not take");
			EXPECT(sleeper_was_resumed(&second), "the next in line was forgotten");
		}
		EXPECT(sleeper_outcome(&second) == LT_OK || sleeper_begin(&second) == LT_OK,
		    "the next in line was not let in");
		contended_release_granted(&contended, &second);
		if (first.suspension != NULL) {
			EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
			contended_release_granted(&contended, &first);
		}
		contended_close(&contended);
	}
}

SCENARIO(a_waiter_that_does_not_take_its_grant_loses_it)
{

	for_each_form_and_fairness(hand_to_one_that_does_not_come);
}

/* Readers do not wait for a writer that does not run, nor for readers that do not run. */
SCENARIO(a_stalled_writer_keeps_no_reader_out)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper writer, reader;
		struct contended_key contended;
		lt_hold_t one, two;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &writer);
		release_if_hold(contended.hold);
		sweep_twice(&contended);
		one = try_shared(contended.table, form, 1);
		EXPECT(is_hold(one), "a free key was not had");
		two = try_shared(contended.table, form, 1);
		EXPECT(is_hold(two), "a writer that has stalled kept a reader out");
		EXPECT(sleeper_begin(&writer) == LT_SUSPENDED, "a held key was taken");
		EXPECT(has_failed(try_shared(contended.table, form, 1), LT_BUSY),
		    "a reader went before a writer that is in line again");
		contended_enqueue_reader(&contended, &reader);
		release_shared_if_hold(one);
		release_shared_if_hold(two);
		EXPECT(sleeper_was_resumed(&writer) && sleeper_sleeps(&reader), "out of order");
		sweep_twice(&contended);
		EXPECT(sleeper_gets_key(&reader), "a reader behind a writer that has stalled was forgotten");
		contended_release_granted_reader(&contended, &reader);
		EXPECT(sleeper_begin(&writer) == LT_OK, "a free key was not taken");
		contended_release_granted(&contended, &writer);
		contended_close(&contended);
	}
}

/* The bits of i say which waiters stall, and which leave, by what. */
SCENARIO(stalled_waiters_leave_and_return_in_any_order)
{
	enum { SLEEPERS = 5 };

	for (unsigned i = 0; i < 120 * 2; i++) {
		struct sleeper sleepers[SLEEPERS];
		bool gone[SLEEPERS] = { false };
		struct contended_key contended;
		unsigned order = i / 2;

		contended_open(&contended, INTEGERS, LT_ADAPTIVE);
		for (unsigned s = 0; s < SLEEPERS; s++)
			contended_enqueue(&contended, &sleepers[s]);
		release_if_hold(contended.hold);
		for (unsigned s = 0; s < SLEEPERS; s++)
			sweep_twice(&contended);
		EXPECT(peek_queue(contended.pin) == SLEEPERS, "a stalled waiter is not in the queue");
		contended_barge(&contended);
		/* The order-th permutation. */
		for (unsigned left = SLEEPERS; left > 0; order /= left, left--) {
			unsigned which = order % left, s = 0;

			while (gone[s] || which-- > 0)
				s++;
			gone[s] = true;
			if ((s + i) % 2 == 0)
				lt_suspension_cancel(sleepers[s].suspension);
			else
				EXPECT(sleeper_begin(&sleepers[s]) == LT_SUSPENDED, "a held key was taken");
			EXPECT(peek_is_sound(contended.pin), "the queue was broken");
		}
		release_if_hold(contended.hold);
		for (unsigned served = 0; served < SLEEPERS; served++) {
			for (unsigned s = 0; s < SLEEPERS; s++) {
				if (sleepers[s].suspension == NULL || !sleeper_was_resumed(&sleepers[s]))
					continue;
				if (sleeper_outcome(&sleepers[s]) == LT_CANCELLED)
					sleeper_expect_failure(&sleepers[s], LT_CANCELLED);
				else if (sleeper_begin(&sleepers[s]) == LT_OK)
					contended_release_granted(&contended, &sleepers[s]);
			}
		}
		for (unsigned s = 0; s < SLEEPERS; s++)
			EXPECT(sleepers[s].suspension == NULL, "one was forgotten");
		contended_close(&contended);
	}
}

/* A task that is late takes a free key for which the one before it does not come. */
SCENARIO(a_late_task_takes_a_free_key)
{

	for (unsigned i = 0; i < 2; i++) {
		struct sleeper first, second;
		struct contended_key contended;

		contended_open(&contended, INTEGERS, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		peek_expire(second.suspension);
		EXPECT(sleeper_was_resumed(&second) && sleeper_outcome(&second) == LT_OK,
		    "a free key was not taken at the deadline");
		if (i == 0) {
			contended_release_granted(&contended, &second);
		} else {
			/* It does not come, either. */
			sweep_twice(&contended);
			sleeper_expect_failure(&second, LT_TIMED_OUT);
		}
		EXPECT(sleeper_begin(&first) == LT_OK, "a free key was not taken");
		contended_release_granted(&contended, &first);
		contended_close(&contended);
	}
}

/* More of one stripe than one locked section lets stall. */
SCENARIO(many_waiters_stall_in_one_sweep)
{
	enum { HEADS = 40 };
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	struct sleeper heads[HEADS], next[HEADS];
	lt_hold_t watched[HEADS];

	for (unsigned i = 0; i < HEADS; i++) {
		lt_hold_t hold = acquire(table, INTEGERS, i, LT_FOREVER);

		watched[i] = pin(table, INTEGERS, i);
		sleeper_create(&heads[i], table, INTEGERS, i, LT_FOREVER);
		sleeper_create(&next[i], table, INTEGERS, i, LT_FOREVER);
		EXPECT(sleeper_begin(&heads[i]) == LT_SUSPENDED && sleeper_begin(&next[i]) == LT_SUSPENDED,
		    "a held key was not waited for");
		release_if_hold(hold);
	}
	peek_sweep(watched[0]);
	peek_sweep(watched[0]);
	for (unsigned i = 0; i < HEADS; i++) {
		EXPECT(sleeper_was_resumed(&next[i]) && peek_is_sound(watched[i]), "one was not woken");
		EXPECT(sleeper_poll(&next[i]) == LT_OK, "a free key was not taken");
		release_if_hold(sleeper_end(&next[i]));
		EXPECT(sleeper_poll(&heads[i]) == LT_OK, "a free key was not taken");
		release_if_hold(sleeper_end(&heads[i]));
		lt_unpin(watched[i]);
	}
	lt_table_close(table);
}

/* A waiting task missed the end of a fast hold, as the fence was refused. */
SCENARIO(a_sweep_finds_a_release_that_was_missed)
{

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct sleeper sleeper;
		struct contended_key contended;

		contended_open(&contended, INTEGERS, fairness);
		/* As fast holds end: no reference is counted down. */
		release_if_hold(contended.hold);
		contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
		if (peek_is_counted(contended.hold)) {
			release_if_hold(contended.hold);
			contended_close(&contended);
			continue;
		}
		contended_enqueue(&contended, &sleeper);
		peek_end_unseen(contended.hold);
		EXPECT(sleeper_sleeps(&sleeper), "the end was seen");
		peek_sweep(contended.pin);
		EXPECT(sleeper_gets_key(&sleeper), "the end was not seen later");
		contended_release_granted(&contended, &sleeper);
		contended_close(&contended);
	}
}
