/*
 * One waiter that another caller fails, and suspensions that are refused for a reason.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"
#include "multi_call.h"
#include "snapshot.h"

/* --- failing one waiter -------------------------------------------------------------------- */

/* The serial of the key's waiter at that place in the queue. */
static uint64_t
serial_of(lt_table_t *table, enum form form, uint64_t number, size_t place)
{
	struct snapshot *snapshot = snapshot_make(form);
	const struct shown *shown;
	uint64_t serial = 0;

	(void)snapshot_take(snapshot, table, true);
	shown = snapshot_find(snapshot, number);
	EXPECT(shown != NULL && shown->report.listed_waiters > place, "a waiter is not shown");
	if (shown != NULL)
		serial = shown->waiters[place].serial;
	snapshot_free(snapshot);
	return serial;
}

/*
 * Waiters that can fail do, wherever they stand; the others stay. A serial says one wait, and
 * nothing once that is over.
 */
static void
fail_each(enum form form, uint32_t fairness)
{
	struct mixed_line line;
	lt_table_t *table;
	uint64_t serials[5];

	mixed_line_open(&line, form, fairness);
	table = line.contended.table;
	for (size_t i = 0; i < LENGTH_OF(serials); i++)
		serials[i] = serial_of(table, form, 1, i);

	EXPECT(!lt_fail_waiter(table, 0, LT_DEADLOCK), "nobody was failed");
	EXPECT(!lt_fail_waiter(table, serials[2], LT_DEADLOCK) &&
	    !lt_fail_waiter(table, serials[4], LT_DEADLOCK), "a call that cannot fail did");
	EXPECT(lt_fail_waiter(table, serials[1], LT_DEADLOCK), "a thread was not failed");
	event_await(&line.timed.done, 1);
	EXPECT(has_failed(line.timed.hold, LT_DEADLOCK), "a thread did not learn why it fails");
	EXPECT(lt_fail_waiter(table, serials[3], LT_TIMED_OUT), "a reader was not failed");
	sleeper_expect_failure(&line.reader, LT_TIMED_OUT);
	EXPECT(lt_fail_waiter(table, serials[0], LT_DEADLOCK), "the first was not failed");
	EXPECT(!lt_fail_waiter(table, serials[0], LT_CLOSED), "one was failed twice");
	sleeper_expect_failure(&line.first, LT_DEADLOCK);
	EXPECT(told_by(table).deadlocks == 2, "failed waiters were counted wrong");
	EXPECT(peek_queue(line.contended.pin) == 2 && peek_is_sound(line.contended.pin),
	    "others were failed");
	mixed_line_close(&line);
}

SCENARIO(one_waiter_is_failed_and_no_other)
{

	for_each_kind_with_diagnostics(fail_each);
}

static void
fail_a_woken_one(enum form form, uint32_t fairness)
{
	struct sleeper first, second;
	struct contended_key contended;
	uint64_t serial;

	contended_open(&contended, form, fairness);
	contended_enqueue(&contended, &first);
	contended_enqueue(&contended, &second);
	serial = serial_of(contended.table, form, 1, 0);
	release_if_hold(contended.hold);
	if (fairness == LT_FIFO) {
		EXPECT(!lt_fail_waiter(contended.table, serial, LT_DEADLOCK), "a holder was failed");
		contended_release_granted(&contended, &first);
	} else {
		EXPECT(lt_fail_waiter(contended.table, serial, LT_DEADLOCK), "it was not failed");
		EXPECT(sleeper_begin(&first) == LT_DEADLOCK, "a woken one did not learn of it");
		sleeper_expect_failure(&first, LT_DEADLOCK);
	}
	EXPECT(sleeper_gets_key(&second), "the turn was not passed on");
	contended_release_granted(&contended, &second);
	contended_close(&contended);
}

SCENARIO(a_woken_waiter_that_is_failed_passes_its_turn_on)
{

	for_each_kind_with_diagnostics(fail_a_woken_one);
}

/* Of keys in all places of a stripe, in stripes that are used and others. */
SCENARIO(a_waiter_is_found_wherever_its_key_is)
{
	enum { SOME_KEYS = 40 };

	set_diagnostics(true);
	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i / 2;
		lt_table_t *table = table_make(form, i % 2 == 0 ? 1 : 64, LT_FIFO);
		struct sleeper sleepers[SOME_KEYS];
		lt_hold_t holds[SOME_KEYS];

		for (uint64_t k = 0; k < SOME_KEYS; k++) {
			holds[k] = acquire(table, form, k, LT_FOREVER);
			sleeper_enqueue(&sleepers[k], table, form, k);
		}
		for (uint64_t k = 0; k < SOME_KEYS; k++) {
			EXPECT(lt_fail_waiter(table, serial_of(table, form, k, 0), LT_DEADLOCK),
			    "a waiter was not found");
			sleeper_expect_failure(&sleepers[k], LT_DEADLOCK);
			lt_release(holds[k]);
		}
		close_empty(table);
	}
	set_diagnostics(false);
}

SCENARIO(without_diagnostics_nobody_is_failed)
{
	struct sleeper sleeper;
	struct contended_key contended;

	set_diagnostics(false);
	contended_open(&contended, INTEGERS, LT_FIFO);
	contended_enqueue(&contended, &sleeper);
	EXPECT(!lt_fail_waiter(contended.table, 0, LT_DEADLOCK), "a waiter without a serial was failed");
	release_if_hold(contended.hold);
	contended_release_granted(&contended, &sleeper);
	contended_close(&contended);
}

static void
fail_several(enum form form, uint32_t fairness)
{
	struct multi_caller caller = { table_make(form, 4, fairness), form, LT_OK };
	const lt_hold_t hold = acquire(caller.table, form, 2, LT_FOREVER);
	struct crew crew = { 0 };

	crew_add(&crew, multi_caller_run, &caller);
	await_queue(hold, 1);
	EXPECT(lt_fail_waiter(caller.table, serial_of(caller.table, form, 2, 0), LT_DEADLOCK),
	    "it was not failed");
	crew_join(&crew);
	EXPECT(caller.status == LT_DEADLOCK, "the call did not fail");
	EXPECT(!is_held(caller.table, form, 1) && !is_held(caller.table, form, 3),
	    "a failed call kept a key");
	lt_release(hold);
	close_empty(caller.table);
}

SCENARIO(a_call_for_several_keys_is_failed_as_a_whole)
{

	for_each_kind_with_diagnostics(fail_several);
}

/* --- refusing a suspension ------------------------------------------------------------------ */

static const lt_status_t reasons[] = { LT_CANCELLED, LT_CLOSED, LT_DEADLOCK, LT_TIMED_OUT };

/*
 * Before it begins, and of a free key: only a deadline leaves it the key. The first reason counts.
 */
static void
refuse_before_begin(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	for (size_t i = 0; i < 2 * LENGTH_OF(reasons); i++) {
		const lt_status_t reason = reasons[i / 2];
		const bool is_free = i % 2 != 0;

		contended_open(&contended, form, fairness);
		if (is_free)
			release_if_hold(contended.hold);
		contended_prepare(&contended, &sleeper);
		lt_suspension_refuse(sleeper.suspension, reason);
		if (reason != LT_TIMED_OUT) {
			lt_suspension_refuse(sleeper.suspension, LT_DEADLOCK);
			lt_suspension_cancel(sleeper.suspension);
			lt_suspension_refuse(sleeper.suspension, LT_TIMED_OUT);
		}
		EXPECT(sleeper_outcome(&sleeper) == LT_SUSPENDED, "what has not begun was over");
		if (reason == LT_TIMED_OUT && is_free) {
			EXPECT(sleeper_begin(&sleeper) == LT_OK, "a late one did not take a free key");
			contended_release_granted(&contended, &sleeper);
		} else {
			EXPECT(sleeper_begin(&sleeper) == reason, "not the first reason counted");
			sleeper_expect_failure(&sleeper, reason);
		}
		if (!is_free)
			release_if_hold(contended.hold);
		contended_close(&contended);
	}
}

SCENARIO(a_suspension_is_refused_before_it_begins)
{

	for_each_form_and_fairness(refuse_before_begin);
}

static void
refuse_in_queue(enum form form, uint32_t fairness)
{
	struct sleeper first, second;
	struct contended_key contended;

	for (size_t i = 0; i < LENGTH_OF(reasons); i++) {
		contended_open(&contended, form, fairness);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		lt_suspension_refuse(first.suspension, reasons[i]);
		EXPECT(sleeper_was_resumed(&first), "it was not resumed");
		lt_suspension_refuse(first.suspension, LT_CANCELLED);
		sleeper_expect_failure(&first, reasons[i]);
		EXPECT(sleeper_sleeps(&second), "another was refused");
		release_if_hold(contended.hold);
		EXPECT(sleeper_gets_key(&second), "the next was forgotten");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

SCENARIO(a_suspension_is_refused_in_the_queue)
{

	for_each_form_and_fairness(refuse_in_queue);
}

/* It was granted the key, or woken, and does not run. Its turn or its key passes on. */
static void
refuse_woken(enum form form, uint32_t fairness)
{
	struct sleeper first, second;
	struct contended_key contended;

	for (size_t i = 0; i < LENGTH_OF(reasons); i++) {
		contended_open(&contended, form, fairness);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		release_if_hold(contended.hold);
		lt_suspension_refuse(first.suspension, reasons[i]);
		sleeper_expect_failure(&first, reasons[i]);
		EXPECT(sleeper_gets_key(&second), "the next was forgotten");
		contended_release_granted(&contended, &second);
		contended_close(&contended);
	}
}

SCENARIO(a_suspension_that_was_woken_is_refused)
{

	for_each_form_and_fairness(refuse_woken);
}

SCENARIO(what_has_the_key_is_not_refused)
{
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_FIFO);
	contended_enqueue(&contended, &sleeper);
	release_if_hold(contended.hold);
	EXPECT(sleeper_poll(&sleeper) == LT_OK, "a grant was lost");
	for (size_t i = 0; i < LENGTH_OF(reasons); i++)
		lt_suspension_refuse(sleeper.suspension, reasons[i]);
	contended_release_granted(&contended, &sleeper);
	contended_close(&contended);
}
