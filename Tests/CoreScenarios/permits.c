/* Permits: how many are out, who gets the next ones, and what becomes of those who leave. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "permits.h"

/* --- how many ------------------------------------------------------------------------ */

PERMITS_SCENARIO(a_key_has_so_many_permits_and_no_more)
{
	struct permits permits;
	lt_hold_t holds[3];

	permits_open(&permits, form, fairness, 3);
	for (unsigned i = 0; i < 3; i++) {
		holds[i] = permits_try(&permits, 1);
		EXPECT(is_hold(holds[i]), "a permit that was left was refused");
	}
	EXPECT(permits_are(&permits, 3, 4), "not three permits of three holds are out");
	EXPECT(has_failed(permits_try(&permits, 1), LT_BUSY), "a fourth of three permits was out");
	EXPECT(has_failed(permits_take(&permits, 1, lt_deadline_after_ns(1)), LT_TIMED_OUT),
	    "a fourth of three permits was waited for, and out");
	lt_release_shared(holds[1]);
	holds[1] = permits_try(&permits, 1);
	EXPECT(is_hold(holds[1]), "a permit that was given back was refused");
	for (unsigned i = 0; i < 3; i++)
		lt_release_shared(holds[i]);
	permits_close(&permits);
}

/* Without a pin: the key lives in its stripe's resident, or beside another one. */
SCENARIO(permits_of_unpinned_keys_are_counted)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = permits_table(form, LT_ADAPTIVE, 2);

		for (uint64_t number = 1; number <= 2; number++) {
			lt_hold_t first = try_shared(table, form, number);
			lt_hold_t second = try_shared(table, form, number);

			EXPECT(is_hold(first) && is_hold(second), "a permit that was left was refused");
			EXPECT(has_failed(try_shared(table, form, number), LT_BUSY),
			    "a third of two permits was out");
			lt_release_shared(first);
			first = try_shared(table, form, number);
			EXPECT(is_hold(first), "a permit that was given back was refused");
			if (number == 1) {
				lt_hold_t other = try_shared(table, form, 3);

				EXPECT(is_hold(other), "another key's permit was refused");
				lt_release_shared(other);
			}
			lt_release_shared(second);
			lt_release_shared(first);
		}
		EXPECT(told_by(table).acquisitions == 7, "holds were not counted once each");
		close_empty(table);
	}
}

/* A caller that can't wait in the call gets a pin, and goes on from that. */
SCENARIO(a_key_without_permits_left_is_pinned)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = permits_table(form, LT_FIFO, 1);
		lt_hold_t hold = try_shared(table, form, 1), pin;

		EXPECT(lt_table_permits(table) == 1, "a table has another number of permits");
		pin = acquire_shared(table, form, 1, LT_OR_PIN);
		EXPECT(((uintptr_t)pin.place & LT_PIN_BIT) != 0 && peek_references(hold) == 2,
		    "a key was not pinned");
		pin.place = (char *)pin.place - LT_PIN_BIT;
		EXPECT(!lt_try_permits(&pin, 1), "a second of one permit was out");
		lt_release_shared(hold);
		EXPECT(lt_wait_permits(&pin, 1, LT_FOREVER, LT_ANY_NUMBER) == LT_OK &&
		    is_held(table, form, 1), "a permit that was left was not taken");
		EXPECT(has_failed(try_shared(table, form, 1), LT_BUSY), "a second of one permit was out");
		lt_release_permits(pin, 1);
		close_empty(table);
	}
}

PERMITS_SCENARIO(a_hold_has_several_permits)
{
	struct permits permits;
	lt_hold_t three, two;

	permits_open(&permits, form, fairness, 5);
	three = permits_try(&permits, 3);
	EXPECT(is_hold(three) && permits_are(&permits, 3, 2), "not three permits of one hold are out");
	EXPECT(has_failed(permits_try(&permits, 3), LT_BUSY), "more permits were out than there are");
	two = permits_try(&permits, 2);
	EXPECT(is_hold(two) && permits_are(&permits, 5, 3), "permits that were left were refused");
	lt_release_permits(three, 3);
	EXPECT(permits_are(&permits, 2, 2), "not all permits of a hold were given back");
	lt_release_permits(two, 2);
	EXPECT(told_by(permits.table).acquisitions == 2, "a hold of several permits is not one");
	permits_close(&permits);
}

SCENARIO(a_request_above_the_capacity_fails_at_once)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct permits permits;
		struct sleeper sleeper;
		lt_hold_t hold;

		permits_open(&permits, form, LT_ADAPTIVE, 2);
		EXPECT(has_failed(permits_take(&permits, 3, LT_FOREVER), LT_EXCEEDS) &&
		    has_failed(permits_take(&permits, 3, LT_NO_WAIT), LT_EXCEEDS) &&
		    has_failed(permits_take(&permits, 3, lt_deadline_after_ns(1)), LT_EXCEEDS),
		    "a request that can't be met was not called so");
		hold = permits.pin;
		lt_pin_again(hold);
		EXPECT(!lt_try_permits(&hold, 3), "more permits were out than there are");
		EXPECT(lt_wait_permits(&hold, 3, LT_FOREVER, LT_ANY_NUMBER) == LT_EXCEEDS,
		    "a request that can't be met was not called so");
		permits_prepare(&permits, &sleeper, 3, LT_FOREVER);
		EXPECT(sleeper_begin(&sleeper) == LT_EXCEEDS, "a task waits for what never comes");
		EXPECT(has_failed(sleeper_end(&sleeper), LT_EXCEEDS), "the reason is another one");
		permits_prepare(&permits, &sleeper, 3, LT_UNREFUSED);
		EXPECT(sleeper_begin(&sleeper) == LT_EXCEEDS, "a task waits for what never comes");
		EXPECT(has_failed(sleeper_end(&sleeper), LT_EXCEEDS), "the reason is another one");
		permits_close(&permits);
	}
}

/* --- in order -------------------------------------------------------------------------- */

/*
 *   holder          heavy           light           newcomer
 *   has 1 of 2
 *                   wants 2: queued
 *                                   wants 1: queued
 *                                                   wants 1: refused
 *   release 1       has 2
 *                   release 2       has 1
 */
PERMITS_SCENARIO(a_heavy_request_holds_back_light_ones)
{
	struct permits permits;
	struct sleeper heavy, light;
	lt_hold_t hold;

	permits_open(&permits, form, fairness, 2);
	hold = permits_try(&permits, 1);
	permits_enqueue(&permits, &heavy, 2);
	permits_enqueue(&permits, &light, 1);
	EXPECT(has_failed(permits_try(&permits, 1), LT_BUSY), "a newcomer passed those in line");
	EXPECT(sleeper_sleeps(&heavy) && sleeper_sleeps(&light), "a light request passed a heavy one");
	lt_release_shared(hold);
	EXPECT(sleeper_was_resumed(&heavy) && sleeper_sleeps(&light) &&
	    permits_are(&permits, 2, 3), "the first in line has not got its permits, and it alone");
	permits_return(&heavy, 2);
	EXPECT(sleeper_was_resumed(&light), "the next in line was forgotten");
	EXPECT(is_hold(hold = permits_try(&permits, 1)), "a permit that is left was refused");
	lt_release_shared(hold);
	permits_return(&light, 1);
	permits_close(&permits);
}

/* One release lets in as many as fit, more than one locked section does, and stops at the next. */
PERMITS_SCENARIO(a_release_of_permits_lets_in_all_that_fit)
{
	enum { MANY = 40 };
	struct permits permits;
	struct sleeper light[MANY], heavy, last;
	lt_hold_t hold;

	permits_open(&permits, form, fairness, MANY + 2);
	hold = permits_try(&permits, MANY + 2);
	for (unsigned i = 0; i < MANY; i++)
		permits_enqueue(&permits, &light[i], 1);
	permits_enqueue(&permits, &heavy, 3);
	permits_enqueue(&permits, &last, 1);
	lt_release_permits(hold, MANY + 2);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(sleeper_was_resumed(&light[i]), "a waiter that could go on was not let in");
	EXPECT(sleeper_sleeps(&heavy) && sleeper_sleeps(&last), "too many were let in");
	EXPECT(permits_are(&permits, MANY, MANY + 3), "not one permit each is out");
	permits_return(&light[0], 1);
	EXPECT(sleeper_was_resumed(&heavy) && sleeper_sleeps(&last), "the next in line was forgotten");
	permits_return(&heavy, 3);
	EXPECT(sleeper_was_resumed(&last), "the last was forgotten");
	permits_return(&last, 1);
	for (unsigned i = 1; i < MANY; i++)
		permits_return(&light[i], 1);
	permits_close(&permits);
}

PERMITS_SCENARIO(a_heavy_request_that_leaves_lets_the_light_ones_in)
{

	for (unsigned how = 0; how < 3; how++) {
		struct permits permits;
		struct sleeper heavy, light;
		lt_hold_t hold;

		permits_open(&permits, form, fairness, 2);
		hold = permits_try(&permits, 1);
		permits_enqueue(&permits, &heavy, 2);
		permits_enqueue(&permits, &light, 1);
		if (how == 0)
			lt_suspension_cancel(heavy.suspension);
		else if (how == 1)
			peek_expire(heavy.suspension);
		else
			lt_suspension_refuse(heavy.suspension, LT_CLOSED);
		EXPECT(sleeper_was_resumed(&light) && permits_are(&permits, 2, 4),
		    "one that left held others back still");
		EXPECT(!is_hold(sleeper_end(&heavy)), "one that left has permits");
		permits_return(&light, 1);
		lt_release_shared(hold);
		permits_close(&permits);
	}
}

/* A grant that is refused gives back all of its permits. */
PERMITS_SCENARIO(a_grant_of_permits_that_is_cancelled_passes_on)
{
	struct permits permits;
	struct sleeper heavy, next;
	lt_hold_t hold;

	permits_open(&permits, form, fairness, 3);
	hold = permits_try(&permits, 2);
	permits_enqueue(&permits, &heavy, 3);
	permits_enqueue(&permits, &next, 3);
	lt_release_permits(hold, 2);
	EXPECT(sleeper_was_resumed(&heavy), "a waiter that could go on was not let in");
	lt_suspension_cancel(heavy.suspension);
	EXPECT(sleeper_was_resumed(&next) && permits_are(&permits, 3, 3),
	    "permits of one that was cancelled were lost");
	EXPECT(has_failed(sleeper_end(&heavy), LT_CANCELLED), "a task that was cancelled has permits");
	permits_return(&next, 3);
	permits_close(&permits);
}

/* All permits are granted to a task that does not run. Another one may be in line, too. */
static void
open_unclaimed(struct permits *permits, enum form form, uint32_t fairness, uint32_t all,
    struct sleeper *first, struct sleeper *second)
{
	lt_hold_t hold;

	permits_open(permits, form, fairness, all);
	hold = permits_try(permits, all);
	permits_enqueue(permits, first, all);
	if (second != NULL)
		permits_enqueue(permits, second, all);
	lt_release_permits(hold, all);
	peek_sweep(permits->pin);
	peek_sweep(permits->pin);
}

/* Under LT_ADAPTIVE, what a task does not claim goes to the next, and it is first in line again. */
static void
take_back(enum form form, uint32_t all)
{
	struct permits permits;
	struct sleeper first, second;

	open_unclaimed(&permits, form, LT_ADAPTIVE, all, &first, &second);
	EXPECT(sleeper_was_resumed(&second) && permits_are(&permits, all, 3),
	    "the next has not got the permits that were taken back");
	EXPECT(sleeper_poll(&first) == LT_SUSPENDED && sleeper_begin(&first) == LT_SUSPENDED,
	    "permits were out twice");
	permits_return(&second, all);
	EXPECT(sleeper_was_resumed(&first), "a late waiter was forgotten");
	permits_return(&first, all);
	permits_close(&permits);
}

SCENARIO(permits_that_are_not_claimed_are_taken_back)
{

	for (enum form form = 0; form < FORMS; form++) {
		take_back(form, 1);
		take_back(form, 2);
	}
}

SCENARIO(a_permit_is_not_handed_to_a_waiter_that_has_stalled)
{
	struct permits permits;
	struct sleeper first;
	lt_hold_t hold;

	open_unclaimed(&permits, INTEGERS, LT_ADAPTIVE, 1, &first, NULL);
	hold = permits_try(&permits, 1);
	EXPECT(is_hold(hold), "a permit that is left was refused");
	lt_release_shared(hold);
	EXPECT(permits_are(&permits, 0, 2), "a task that does not run was handed a permit again");
	permits_return(&first, 1);
	permits_close(&permits);
}

/* All in line have stalled: a newcomer may have what is left. */
SCENARIO(a_newcomer_passes_waiters_that_have_stalled)
{
	struct permits permits;
	struct sleeper first;
	lt_hold_t hold;

	open_unclaimed(&permits, INTEGERS, LT_ADAPTIVE, 2, &first, NULL);
	EXPECT(permits_are(&permits, 0, 2), "permits were not taken back");
	hold = permits_take(&permits, 1, LT_OR_PIN);
	if (((uintptr_t)hold.place & LT_PIN_BIT) != 0) {
		complain("a key was pinned that has a permit left");
		hold.place = (char *)hold.place - LT_PIN_BIT;
		lt_unpin(hold);
	} else {
		lt_release_shared(hold);
	}
	hold = permits_try(&permits, 1);
	EXPECT(is_hold(hold), "a permit that is left was refused");
	EXPECT(sleeper_poll(&first) == LT_SUSPENDED && sleeper_begin(&first) == LT_SUSPENDED,
	    "more permits are out than there are");
	lt_release_shared(hold);
	permits_return(&first, 2);
	permits_close(&permits);
}

SCENARIO(permits_that_are_not_claimed_stay_under_fifo)
{
	struct permits permits;
	struct sleeper first;

	open_unclaimed(&permits, INTEGERS, LT_FIFO, 2, &first, NULL);
	EXPECT(permits_are(&permits, 2, 2), "permits were taken back");
	permits_return(&first, 2);
	permits_close(&permits);
}
