/* Waiters of tables that are shut down: those that can fail do, and all others go on. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"
#include "multi_call.h"

#define REMOTE	(lt_now_ns() + (UINT64_C(1) << 42))

/*
 *   holder        waiters: those of a mixed line                    main
 *   holds K
 *                                                                   shuts down
 *                 all but the third and the last fail
 *   release K     these two have K, one after the other
 */
static void
refuse_waiters(enum form form, uint32_t fairness)
{
	struct mixed_line line;

	mixed_line_open(&line, form, fairness);
	lt_table_shut_down(line.contended.table);
	event_await(&line.timed.done, 1);
	EXPECT(has_failed(line.timed.hold, LT_CLOSED), "a thread did not learn why it fails");
	EXPECT(sleeper_was_resumed(&line.first) && sleeper_was_resumed(&line.reader),
	    "a task was not resumed");
	sleeper_expect_failure(&line.first, LT_CLOSED);
	sleeper_expect_failure(&line.reader, LT_CLOSED);
	EXPECT(sleeper_sleeps(&line.last) && peek_queue(line.contended.pin) == 2,
	    "others than those that can be refused were removed");
	EXPECT(told_by(line.contended.table).closed == 3, "refused waiters were counted wrong");
	mixed_line_close(&line);
}

SCENARIO(shutting_down_refuses_the_waiters_that_can_fail)
{

	for_each_form_and_fairness(refuse_waiters);
}

SCENARIO(a_thread_is_refused_long_before_its_deadline)
{

	for (unsigned i = 0; i < 4; i++) {
		struct holder timed;
		struct contended_key contended;
		struct crew crew = { 0 };

		contended_open(&contended, INTEGERS, i / 2);
		timed = (struct holder){ HOLDER, .table = contended.table, .form = INTEGERS,
		    .number = 1, .deadline = REMOTE, .is_shared = i % 2 != 0 };
		crew_add(&crew, holder_run, &timed);
		await_queue(contended.pin, 1);
		lt_table_shut_down(contended.table);
		crew_join(&crew);
		EXPECT(has_failed(timed.hold, LT_CLOSED), "a thread did not learn why it fails");
		release_if_hold(contended.hold);
		contended_close(&contended);
	}
}

/* The first was woken, and does not run. The turn passes to the one that goes on. */
SCENARIO(a_woken_waiter_is_refused_and_passes_its_turn_on)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct sleeper first, second, third;
		struct contended_key contended;

		contended_open(&contended, form, LT_ADAPTIVE);
		contended_enqueue(&contended, &first);
		contended_enqueue(&contended, &second);
		contended_enqueue_unrefused(&contended, &third);
		release_if_hold(contended.hold);
		EXPECT(sleeper_was_resumed(&first) && sleeper_sleeps(&second), "not the first was woken");
		lt_table_shut_down(contended.table);
		EXPECT(sleeper_begin(&first) == LT_CLOSED, "a woken waiter was not refused");
		sleeper_expect_failure(&first, LT_CLOSED);
		sleeper_expect_failure(&second, LT_CLOSED);
		EXPECT(sleeper_gets_key(&third), "the turn was not passed on");
		contended_release_granted(&contended, &third);
		contended_close(&contended);
	}
}

/* Under LT_FIFO it keeps the key. Under LT_ADAPTIVE it loses it if it does not run. */
static void
refuse_one_that_was_granted(enum form form, uint32_t fairness)
{
	struct sleeper sleeper;
	struct contended_key contended;

	for (unsigned comes = 0; comes < 2; comes++) {
		contended_open(&contended, form, fairness);
		contended_enqueue(&contended, &sleeper);
		if (fairness == LT_ADAPTIVE) {
			release_if_hold(contended.hold);
			contended_barge(&contended);
			pass_time(LT_HANDOFF_BOUND_NS + 1000);
			EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "a held key was taken");
		}
		release_if_hold(contended.hold);
		lt_table_shut_down(contended.table);
		if (comes != 0)
			EXPECT(sleeper_poll(&sleeper) == LT_OK, "it did not get what it was granted");
		peek_sweep(contended.pin);
		peek_sweep(contended.pin);
		if (comes == 0 && fairness == LT_ADAPTIVE)
			sleeper_expect_failure(&sleeper, LT_CLOSED);
		else
			contended_release_granted(&contended, &sleeper);
		EXPECT(peek_queue(contended.pin) == 0, "it is in line again");
		contended_close(&contended);
	}
}

SCENARIO(what_was_granted_before_is_kept_unless_it_is_taken_back)
{

	for_each_form_and_fairness(refuse_one_that_was_granted);
}

/*
 * More than one locked section removes, of keys in all places of a stripe; and no memory is left.
 */
SCENARIO(all_waiters_of_all_keys_are_refused_without_memory)
{
	enum { SOME_KEYS = 60, EACH = 3, AT_FIRST = 50 };

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i / 2;
		lt_table_t *table = table_make(form, i % 2 == 0 ? 1 : 8, LT_ADAPTIVE);
		struct sleeper sleepers[SOME_KEYS][EACH], many[AT_FIRST];
		lt_hold_t holds[SOME_KEYS];

		for (uint64_t k = 0; k < SOME_KEYS; k++) {
			holds[k] = acquire(table, form, k, LT_FOREVER);
			for (unsigned s = 0; s < EACH; s++)
				sleeper_enqueue(&sleepers[k][s], table, form, k);
		}
		for (unsigned s = 0; s < AT_FIRST; s++)
			sleeper_enqueue_shared(&many[s], table, form, 7);
		memory_fail(0, UINT64_MAX);
		lt_table_shut_down(table);
		memory_recover();
		for (uint64_t k = 0; k < SOME_KEYS; k++) {
			for (unsigned s = 0; s < EACH; s++)
				sleeper_expect_failure(&sleepers[k][s], LT_CLOSED);
			EXPECT(peek_queue(holds[k]) == 0, "a waiter is in the queue still");
		}
		for (unsigned s = 0; s < AT_FIRST; s++)
			sleeper_expect_failure(&many[s], LT_CLOSED);
		EXPECT(told_by(table).closed == SOME_KEYS * EACH + AT_FIRST, "not each was counted");
		for (uint64_t k = 0; k < SOME_KEYS; k++)
			lt_release(holds[k]);
		close_empty(table);
	}
}

/* A writer that is refused stood before readers that go on: more than one section lets in. */
SCENARIO(readers_behind_a_refused_writer_are_let_in)
{
	enum { READERS = 40 };

	for (uint32_t fairness = LT_ADAPTIVE; fairness <= LT_FIFO; fairness++) {
		struct sleeper writer, readers[READERS];
		struct contended_key contended;

		contended_open(&contended, INTEGERS, fairness);
		contended.hold = lt_downgrade(contended.hold);
		contended_enqueue(&contended, &writer);
		for (unsigned i = 0; i < READERS; i++) {
			sleeper_create_shared(&readers[i], contended.table, INTEGERS, 1, LT_UNREFUSED);
			EXPECT(sleeper_begin(&readers[i]) == LT_SUSPENDED, "a reader passed a writer");
		}
		lt_table_shut_down(contended.table);
		sleeper_expect_failure(&writer, LT_CLOSED);
		EXPECT(peek_holders(contended.pin) == READERS + 1, "not all readers were let in");
		for (unsigned i = 0; i < READERS; i++)
			contended_release_granted_reader(&contended, &readers[i]);
		lt_release_shared(contended.hold);
		contended_close(&contended);
	}
}

/*
 *   main              caller
 *   holds 2           holds 1 or 3, or both, waits for 2, and can be refused
 *   shuts down        fails as a whole
 */
SCENARIO(a_call_that_waits_for_one_of_its_keys_fails_as_a_whole)
{

	for (enum form form = 0; form < FORMS; form++) {
		struct multi_caller caller = { table_make(form, 4, LT_ADAPTIVE), form, LT_OK };
		const lt_hold_t hold = acquire(caller.table, form, 2, LT_FOREVER);
		struct crew crew = { 0 };

		crew_add(&crew, multi_caller_run, &caller);
		await_queue(hold, 1);
		lt_table_shut_down(caller.table);
		crew_join(&crew);
		EXPECT(caller.status == LT_CLOSED, "the call did not fail");
		EXPECT(!is_held(caller.table, form, 1) && !is_held(caller.table, form, 3),
		    "a refused call kept a key");
		lt_release(hold);
		close_empty(caller.table);
	}
}

/* What is shut down can be closed while the rest still waits. */
SCENARIO(a_table_that_was_shut_down_is_closed_as_any_other)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 4, LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);
		struct sleeper refused, rest;

		sleeper_enqueue(&refused, table, form, 1);
		sleeper_create(&rest, table, form, 1, LT_UNREFUSED);
		EXPECT(sleeper_begin(&rest) == LT_SUSPENDED, "a held key was taken");
		lt_table_shut_down(table);
		lt_table_close(table);
		sleeper_expect_failure(&refused, LT_CLOSED);
		lt_release(hold);
		EXPECT(sleeper_gets_key(&rest), "the rest was forgotten");
		release_if_hold(sleeper_end(&rest));
		EXPECT(memory_outstanding() == 0, "memory was left");
	}
}
