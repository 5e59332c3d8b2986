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
