/* Suspensions that are idle, queued or granted, by a single thread. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"

/* --- idle ----------------------------------------------------------------------- */

static void
begin_on_free(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	release_if_hold(contended.hold);
	contended_prepare(&contended, &sleeper);
	EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED, "what has not begun was over");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "what holds the key began anew");
	contended_release_granted(&contended, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 0, "resumed without having been suspended");
	contended_close(&contended);
}

SCENARIO(a_free_key_does_not_suspend)
{

	for_each_form_and_fairness(begin_on_free);
}

static void
note_before_begin(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	for (unsigned i = 0; i < 8; i++) {
		const bool held = i & 1, cancelled = i & 2, expired = i & 4;
		lt_status_t expected = cancelled ? LT_CANCELLED : !held ? LT_OK :
		    expired ? LT_TIMED_OUT : LT_SUSPENDED;

		contended_open(&contended, form, fairness);
		if (!held)
			release_if_hold(contended.hold);
		contended_prepare(&contended, &sleeper);
		if (expired)
			peek_expire(sleeper.suspension);
		if (cancelled) {
			lt_suspension_cancel(sleeper.suspension);
			lt_suspension_cancel(sleeper.suspension);
		}
		EXPECT(event_times(&sleeper.resumed) == 0, "resumed before it had begun");
		EXPECT(sleeper_begin(&sleeper) == expected, "what was noted before was not found");
		EXPECT(peek_queue(contended.pin) == (expected == LT_SUSPENDED), "queued for nothing");
		if (held)
			release_if_hold(contended.hold);
		if (expected == LT_SUSPENDED)
			EXPECT(sleeper_begin(&sleeper) == LT_OK, "a signalled one did not get in");
		if (sleeper_outcome(&sleeper) == LT_OK)
			contended_release_granted(&contended, &sleeper);
		else
			sleeper_expect_failure(&sleeper, expected);
		contended_close(&contended);
	}
}

SCENARIO(a_cancellation_or_deadline_before_begin_is_noted)
{

	for_each_form_and_fairness(note_before_begin);
}

static void
without_waiting(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	sleeper_create(&sleeper, contended.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&sleeper) == LT_TIMED_OUT, "a call without a limit to wait for waited");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	sleeper_expect_failure(&sleeper, LT_TIMED_OUT);
	release_if_hold(contended.hold);
	sleeper_create(&sleeper, contended.table, form, 1, LT_NO_WAIT);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
	contended_release_granted(&contended, &sleeper);
	contended_close(&contended);
}

SCENARIO(a_suspension_that_does_not_wait_ends_at_once)
{

	for_each_form_and_fairness(without_waiting);
}

/* --- queued --------------------------------------------------------------------- */

/*
 *   holder          sleeper
 *   holds K         queued
 *   release K       FIFO: has it. Adaptive: is to begin again, and has it then
 */
static void
release_to_one(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended_enqueue(&contended, &sleeper);
	release_if_hold(contended.hold);
	EXPECT(sleeper_was_resumed(&sleeper), "a release did not resume");
	if (fairness == LT_ADAPTIVE) {
		EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED &&
		    peek_signalled(contended.pin) == 1, "a release granted where it was to signal");
		EXPECT(contended_is_free(&contended), "a key without a holder was not free");
		EXPECT(sleeper_was_resumed(&sleeper), "a quiet release resumed");
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
	}
	contended_release_granted(&contended, &sleeper);
	EXPECT(event_times(&sleeper.resumed) == 1, "not resumed exactly once");
	contended_close(&contended);
}

SCENARIO(a_release_resumes_the_waiter)
{

	for_each_form_and_fairness(release_to_one);
}

static void
leave_queue(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 6; i++) {
		enum { SLEEPERS = 3 };
		const bool expires = i % 2;
		const unsigned leaver = i / 2;
		const lt_status_t reason = expires ? LT_TIMED_OUT : LT_CANCELLED;
		struct sleeper sleepers[SLEEPERS];
		struct contended_key contended;

		contended_open(&contended, form, fairness);
		for (unsigned s = 0; s < SLEEPERS; s++)
			contended_enqueue(&contended, &sleepers[s]);
		for (unsigned again = 0; again < 2; again++) {
			if (expires)
				peek_expire(sleepers[leaver].suspension);
			else
				lt_suspension_cancel(sleepers[leaver].suspension);
			EXPECT(event_times(&sleepers[leaver].resumed) == 1, "not resumed exactly once");
		}
		/* The first reason stays. */
		peek_expire(sleepers[leaver].suspension);
		lt_suspension_cancel(sleepers[leaver].suspension);
		EXPECT(sleeper_begin(&sleepers[leaver]) == reason, "what is over began again");
		EXPECT(peek_queue(contended.pin) == SLEEPERS - 1 && peek_is_sound(contended.pin),
		    "the queue was broken");
		sleeper_expect_failure(&sleepers[leaver], reason);

		for (unsigned s = 0; s < SLEEPERS; s++)
			EXPECT(s == leaver || sleeper_sleeps(&sleepers[s]), "another one was resumed");
		release_if_hold(contended.hold);
		for (unsigned s = 0; s < SLEEPERS; s++) {
			if (s == leaver)
				continue;
			EXPECT(sleeper_was_resumed(&sleepers[s]), "the next in line was forgotten");
			if (fairness == LT_ADAPTIVE)
				EXPECT(sleeper_begin(&sleepers[s]) == LT_OK, "it did not get in");
			contended_release_granted(&contended, &sleepers[s]);
		}
		contended_close(&contended);
	}
}

SCENARIO(a_cancelled_or_late_suspension_leaves_the_queue)
{

	for_each_form_and_fairness(leave_queue);
}

static void
note_after_claim(enum form form, uint32_t fairness)
{

	for (unsigned i = 0; i < 2; i++) {
		struct sleeper sleeper;
		struct contended_key contended;

		contended_open(&contended, form, fairness);
		if (i == 0) {
			contended_enqueue(&contended, &sleeper);
			release_if_hold(contended.hold);
		} else {
			release_if_hold(contended.hold);
			contended_prepare(&contended, &sleeper);
		}
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not taken");
		lt_suspension_cancel(sleeper.suspension);
		peek_expire(sleeper.suspension);
		lt_suspension_cancel(sleeper.suspension);
		EXPECT(sleeper_was_resumed(&sleeper), "resumed by what came too late");
		contended_release_granted(&contended, &sleeper);
		contended_close(&contended);
	}
}

SCENARIO(a_cancellation_or_deadline_after_the_claim_changes_nothing)
{

	for_each_form_and_fairness(note_after_claim);
}
