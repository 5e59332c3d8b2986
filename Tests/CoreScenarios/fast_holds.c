/* Fast holds: their release does not take the stripe's lock. */
#include "misuse.h"

static void
release_while_open(lt_hold_t hold)
{

	EXPECT(is_hold(hold), "a key was not to be had");
	if (is_hold(hold))
		lt_release_while_open(hold.place);
}

/* Only the first key of a stripe, if it is a short one, is held so. */
static const enum form thin_forms[] = { INTEGERS, SHORT_BYTES };

SCENARIO(a_fast_hold_is_a_hold)
{

	for (size_t i = 0; i < LENGTH_OF(thin_forms); i++) {
		const enum form form = thin_forms[i];
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), other;

		EXPECT(peek_holders(hold) == HELD_BY_WRITER, "a holder was not counted");
		EXPECT(lt_table_count(table) == 1 && is_held(table, form, 1), "a held key was absent");
		EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY), "two held one key");
		EXPECT(has_failed(try_shared(table, form, 1), LT_BUSY), "a reader got in next to a writer");
		other = try_acquire(table, form, 2);
		EXPECT(is_hold(other) && other.place != hold.place, "another key was held");
		release_while_open(hold);
		EXPECT(!is_held(table, form, 1) && lt_table_count(table) == 1, "a released key was there");
		release_while_open(try_acquire(table, form, 1));
		release_if_hold(other);
		close_empty(table);
	}
}

SCENARIO(a_pin_outlasts_a_fast_hold)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER), pinned = pin(table, INTEGERS, 1);

	EXPECT(!lt_try_pinned(&pinned), "two held one key");
	release_while_open(hold);
	EXPECT(lt_table_count(table) == 1, "a pinned key was absent");
	EXPECT(lt_try_pinned(&pinned), "a free key was not to be had");
	release_while_open(pinned);
	EXPECT(lt_table_count(table) == 0, "an entry was left");
	lt_table_close(table);
}

static void
queue_behind(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct holder holder = { table, form, 1, .deadline = LT_FOREVER, HOLDER };
	struct sleeper sleeper = SLEEPER;
	struct crew crew = { 0 };
	lt_hold_t hold = acquire(table, form, 1, LT_FOREVER);

	crew_add(&crew, holder_run, &holder);
	await_queue(hold, 1);
	sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&sleeper) == LT_SUSPENDED, "two held one key");
	await_queue(hold, 2);
	release_while_open(hold);
	event_await(&holder.done, 1);
	EXPECT(sleeper_sleeps(&sleeper), "a waiter was let in out of turn");
	event_raise(&holder.let_go);
	crew_join(&crew);
	event_await(&sleeper.resumed, 1);
	if (sleeper_outcome(&sleeper) == LT_SUSPENDED)
		EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not to be had");
	release_while_open(sleeper_end(&sleeper));
	EXPECT(lt_table_count(table) == 0, "an entry was left");
	lt_table_close(table);
}

SCENARIO(a_waiter_behind_a_fast_hold_gets_the_key)
{

	for (size_t i = 0; i < LENGTH_OF(thin_forms); i++) {
		queue_behind(thin_forms[i], LT_ADAPTIVE);
		queue_behind(thin_forms[i], LT_FIFO);
	}
}

SCENARIO(any_hold_may_be_released_while_the_table_is_open)
{

	for (int form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make((enum form)form, 1, LT_ADAPTIVE);
		lt_hold_t first = acquire(table, (enum form)form, 1, LT_FOREVER);
		lt_hold_t second = acquire(table, (enum form)form, 2, LT_FOREVER);
		lt_hold_t pinned = pin(table, (enum form)form, 2);

		release_while_open(second);
		EXPECT(lt_try_pinned(&pinned), "a free key was not to be had");
		release_while_open(pinned);
		release_while_open(first);
		close_empty(table);
	}
}

SCENARIO(a_recorded_hold_may_be_released_while_the_table_is_open)
{

	set_diagnostics(true);
	any_hold_may_be_released_while_the_table_is_open();
	set_diagnostics(false);
}

SCENARIO(a_fast_hold_may_be_downgraded)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = lt_downgrade(acquire(table, INTEGERS, 1, LT_FOREVER));

	EXPECT(peek_holders(hold) == 1 && peek_references(hold) == 1, "a reader was not counted");
	release_shared_if_hold(try_shared(table, INTEGERS, 1));
	release_shared_if_hold(hold);
	EXPECT(lt_table_count(table) == 0, "an entry was left");
	lt_table_close(table);
}

SCENARIO(a_fast_hold_may_outlive_its_table)
{
	lt_table_t *table = table_make(INTEGERS, 4, LT_ADAPTIVE);
	lt_hold_t first = acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_hold_t second = acquire(table, INTEGERS, 2, LT_FOREVER);

	lt_table_close(table);
	lt_release(first);
	lt_release(second);
}

SCENARIO(without_membarrier_holds_are_counted)
{

	for (size_t i = 0; i < LENGTH_OF(thin_forms); i++) {
		const enum form form = thin_forms[i];
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t hold;

		peek_deny_barrier(table);
		hold = acquire(table, form, 1, LT_FOREVER);
		EXPECT(peek_is_counted(hold), "a hold was a fast one");
		EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY), "two held one key");
		release_while_open(hold);
		release_shared_if_hold(try_shared(table, form, 1));
		lt_release(acquire(table, form, 2, LT_FOREVER));
		EXPECT(lt_table_count(table) == 0, "an entry was left");
		hold = acquire(table, form, 1, LT_FOREVER);
		lt_table_close(table);
		lt_release(hold);
	}
}

/* --- races ------------------------------------------------------------------------------ */

#define RACERS	4
#define KEYS	3

struct race {
	lt_table_t *table;
	enum form form;
	struct witness witnesses[KEYS];
};

static void *
race(void *argument)
{
	struct race *race = argument;
	uint64_t state = (uint64_t)(uintptr_t)&state | 1;

	for (unsigned i = 0; i < scaled(40000); i++) {
		const uint64_t number = random_next(&state) % 8 < 6 ? 0 : random_next(&state) % KEYS;
		lt_hold_t hold = acquire(race->table, race->form, number, LT_FOREVER);

		witness_enter(&race->witnesses[number]);
		witness_leave(&race->witnesses[number]);
		if (random_next(&state) % 4 == 0)
			lt_release(hold);
		else
			lt_release_while_open(hold.place);
	}
	return NULL;
}

SCENARIO(fast_holds_exclude_each_other)
{

	for (size_t i = 0; i < 2 * LENGTH_OF(thin_forms); i++) {
		struct race contest = { .form = thin_forms[i / 2] };
		struct crew crew = { 0 };
		uint64_t entries = 0;

		contest.table = table_make(contest.form, 1, i % 2 == 0 ? LT_ADAPTIVE : LT_FIFO);
		for (int racer = 0; racer < RACERS; racer++)
			crew_add(&crew, race, &contest);
		crew_join(&crew);
		for (int key = 0; key < KEYS; key++)
			entries += contest.witnesses[key].entries;
		EXPECT(entries == (uint64_t)RACERS * scaled(40000), "two held one key");
		close_empty(contest.table);
	}
}

/* --- mistakes ---------------------------------------------------------------------------- */

static void
release_twice(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	lt_release_while_open(hold.place);
	lt_release_while_open(hold.place);
}

static void
release_a_shared_one(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);

	lt_release_while_open(acquire_shared(table, INTEGERS, 1, LT_FOREVER).place);
}

static void
release_a_failure(void)
{

	lt_release_while_open(NULL);
}

SCENARIO(misuse_of_fast_holds_is_reported)
{

	expect_abort(release_twice, RELEASED_TWICE);
	expect_abort(release_a_shared_one, RELEASED_TWICE);
	expect_abort(release_a_failure, RELEASED_FAILURE);
}
