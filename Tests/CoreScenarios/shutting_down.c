/*
 * Tables that are shut down: what can fail does, new or waiting, and all else goes on.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "contended_key.h"
#include "multi_call.h"

#define REMOTE	(lt_now_ns() + (UINT64_C(1) << 42))

/* --- new calls ------------------------------------------------------------------------- */

static void
expect_refused(lt_table_t *table, enum form form, bool shared)
{
	lt_hold_t (*const get)(lt_table_t *, enum form, uint64_t, uint64_t) =
	    shared ? acquire_shared : acquire;
	const uint64_t before = told_by(table).closed;

	EXPECT(has_failed(get(table, form, 1, LT_NO_WAIT), LT_CLOSED), "a try was not refused");
	EXPECT(told_by(table).closed == before, "a try was counted");
	EXPECT(has_failed(get(table, form, 1, 1), LT_CLOSED), "a late call was not refused");
	EXPECT(has_failed(get(table, form, 1, REMOTE), LT_CLOSED), "a timed call was not refused");
	EXPECT(has_failed(get(table, form, 1, LT_REFUSABLE), LT_CLOSED),
	    "a call that can be refused was not");
	EXPECT(told_by(table).closed == before + 3, "refused calls were not counted");
}

/* What a call with LT_OR_PIN has pinned. */
static lt_hold_t
or_pin(lt_table_t *table, enum form form, bool shared)
{
	lt_hold_t hold = (shared ? acquire_shared : acquire)(table, form, 1, LT_OR_PIN);

	EXPECT(((uintptr_t)hold.place & LT_PIN_BIT) != 0, "no pin was given");
	hold.place = (char *)hold.place - LT_PIN_BIT + (shared ? LT_SHARED_BIT : 0);
	return hold;
}

static void
expect_suspensions_refused(lt_table_t *table, enum form form, bool shared)
{
	const uint64_t deadlines[] = { LT_NO_WAIT, REMOTE, LT_REFUSABLE, LT_FOREVER };

	for (size_t i = 0; i < LENGTH_OF(deadlines); i++) {
		lt_hold_t pinned = or_pin(table, form, shared);
		const uint64_t before = told_by(table).closed;
		struct sleeper sleeper;

		EXPECT(!lt_try_pinned(&pinned), "a pin became a hold although its call can fail");
		EXPECT(sleeper_try_create(&sleeper, pinned, deadlines[i]), "no memory");
		EXPECT(sleeper_begin(&sleeper) == LT_CLOSED, "a suspension was not refused");
		EXPECT(!peek_is_timed(sleeper.suspension), "the timer was troubled for nothing");
		EXPECT(told_by(table).closed == before + 1, "a refused suspension was not counted");
		sleeper_expect_failure(&sleeper, LT_CLOSED);
	}
}

static void
expect_rest_goes_on(lt_table_t *table, enum form form, bool shared)
{
	lt_hold_t hold = (shared ? acquire_shared : acquire)(table, form, 1, LT_FOREVER);
	struct sleeper sleeper;

	EXPECT(is_hold(hold) && is_held(table, form, 1), "a call that cannot fail did");
	EXPECT(is_hold_of(table, form, 1, &hold, 1), "a hold was not known");
	(shared ? release_shared_if_hold : release_if_hold)(hold);
	hold = or_pin(table, form, shared);
	EXPECT(sleeper_try_create(&sleeper, hold, LT_UNREFUSED), "no memory");
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "what cannot be refused was");
	(shared ? release_shared_if_hold : release_if_hold)(sleeper_end(&sleeper));
}

SCENARIO(a_table_that_was_shut_down_refuses_what_can_fail)
{

	for (unsigned i = 0; i < 4 * FORMS; i++) {
		const enum form form = i / 4;
		const bool shared = i % 2 != 0, beside_others = i % 4 / 2 != 0;
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t others[3];

		for (uint64_t k = 0; k < 3 && beside_others; k++)
			others[k] = acquire(table, form, 10 + k, LT_FOREVER);
		EXPECT(!lt_table_is_shut_down(table), "a new table was shut down");
		lt_table_shut_down(table);
		lt_table_shut_down(table);
		EXPECT(lt_table_is_shut_down(table), "a table was not shut down");
		expect_refused(table, form, shared);
		expect_suspensions_refused(table, form, shared);
		expect_rest_goes_on(table, form, shared);
		for (uint64_t k = 0; k < 3 && beside_others; k++)
			lt_release(others[k]);
		close_empty(table);
	}
}

SCENARIO(the_same_of_a_key_that_is_held)
{

	for (unsigned i = 0; i < 2 * FORMS; i++) {
		const enum form form = i / 2;
		lt_table_t *table = table_make(form, 1, LT_FIFO);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);

		lt_table_shut_down(table);
		expect_refused(table, form, i % 2 != 0);
		expect_suspensions_refused(table, form, i % 2 != 0);
		EXPECT(peek_queue(hold) == 0, "a refused call is queued");
		hold = lt_downgrade(hold);
		lt_release_shared(acquire_shared(table, form, 1, LT_FOREVER));
		expect_refused(table, form, true);
		lt_release_shared(hold);
		EXPECT(!is_held(table, form, 1), "a release was lost");
		close_empty(table);
	}
}

/* --- several keys in one call ------------------------------------------------------------ */

static void
refuse_several(lt_table_t *table, enum form form, enum way way)
{
	static const char *const shared[] = { "", "1234", "13" };
	uint64_t before;

	lt_table_shut_down(table);
	before = told_by(table).closed;
	for (size_t i = 0; i < LENGTH_OF(lists) * LENGTH_OF(shared); i++) {
		const char *list = lists[i / LENGTH_OF(shared)], *mode = shared[i % LENGTH_OF(shared)];
		struct multi_call call;

		EXPECT(multi_call_acquire(&call, table, form, way, list, mode, LT_NO_WAIT) ==
		    LT_CLOSED, "a try was not refused");
		EXPECT(multi_call_acquire(&call, table, form, way, list, mode, REMOTE) == LT_CLOSED,
		    "a timed call was not refused");
		EXPECT(lt_table_count(table) == 0, "a refused call left a key");
		EXPECT(told_by(table).closed == ++before, "one refused call was not counted once");
		EXPECT(multi_call_acquire(&call, table, form, way, list, mode, LT_FOREVER) == LT_OK &&
		    call.count == count_different(list), "a call that cannot fail did");
		lt_release_multi(call.holds, call.count);
		if (way == PINNED)
			continue;
		EXPECT(multi_call_acquire(&call, table, form, way, list, mode, LT_OR_PIN) ==
		    LT_SUSPENDED && call.taken == 0, "keys were taken whose call can fail");
		EXPECT(call.count == count_different(list), "a key was pinned twice");
		EXPECT(lt_take_pinned(call.holds, call.count, &call.taken) == LT_SUSPENDED &&
		    call.taken == 0, "a pin was taken whose call can fail");
		EXPECT(lt_wait_pinned(call.holds, call.count, 0, LT_FOREVER, LT_ANY_NUMBER, NULL) == LT_OK,
		    "a wait that cannot fail did");
		lt_release_multi(call.holds, call.count);
		EXPECT(lt_table_count(table) == 0, "a key was left");
	}
}

SCENARIO(several_keys_are_refused_together)
{

	for_each_way(refuse_several);
}

SCENARIO(a_call_without_keys_is_not_refused)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
	size_t count = 0, taken;
	lt_hold_t none;

	lt_table_shut_down(table);
	EXPECT(lt_acquire_multi_integers(table, &none, &count, &taken, LT_NO_WAIT) == LT_OK &&
	    lt_acquire_multi_integers(table, &none, &count, &taken, LT_OR_PIN) == LT_OK,
	    "no keys were refused");
	close_empty(table);
}

/* --- waiters ------------------------------------------------------------------------------- */

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

/* --- others at the same time ----------------------------------------------------------------- */

struct visitor {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
	bool can_fail;
	struct witness *witness;	/* Of each key. */
	struct event *begun;
};

#define VISITED		3

/* Acquires at random. What can fail does so in the end; nothing else tells it to stop. */
static void *
visit(void *pointer)
{
	struct visitor *visitor = pointer;
	const uint64_t deadline = visitor->can_fail ? LT_REFUSABLE : LT_FOREVER;

	event_raise(visitor->begun);
	for (;;) {
		const uint64_t number = random_next(&visitor->seed) % VISITED;
		lt_hold_t hold;

		if (!visitor->can_fail && lt_table_is_shut_down(visitor->table))
			return NULL;
		hold = acquire(visitor->table, visitor->form, number, deadline);
		if (!is_hold(hold)) {
			EXPECT(has_failed(hold, LT_CLOSED), "a visitor failed for another reason");
			return NULL;
		}
		witness_enter(&visitor->witness[number]);
		witness_leave(&visitor->witness[number]);
		lt_release(hold);
	}
}

SCENARIO(no_visitor_is_left_behind)
{
	const unsigned rounds = scaled(80);

	for (unsigned round = 0; round < rounds; round++) {
		const enum form form = round % FORMS;
		lt_table_t *table = table_make(form, 1, round / FORMS % 2);
		struct witness witness[VISITED] = { { 0 } };
		struct event begun = EVENT;
		struct visitor visitors[6];
		struct crew crew = { 0 };

		for (size_t i = 0; i < LENGTH_OF(visitors); i++) {
			visitors[i] = (struct visitor){ table, form, round * 100 + i + 1, i % 3 != 0,
			    witness, &begun };
			crew_add(&crew, visit, &visitors[i]);
		}
		event_await(&begun, 1 + round % LENGTH_OF(visitors));
		pass_time(1000 * (round % 64));
		lt_table_shut_down(table);
		crew_join(&crew);
		close_empty(table);
	}
}
