/* Periods of counted holds: a stripe with waiters behind fast holds issues few heavy fences. */
#include <sched.h>

#include "contended_key.h"

static void
wait_behind(lt_table_t *table, lt_hold_t hold)
{
	struct sleeper sleeper;

	sleeper_enqueue(&sleeper, table, INTEGERS, 1);
	lt_release_while_open(hold.place);
	event_await(&sleeper.resumed, 1);
	lt_release(sleeper_end(&sleeper));
}

static bool
next_is_counted(lt_table_t *table)
{
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	bool is_counted = peek_is_counted(hold);

	lt_release_while_open(hold.place);
	return is_counted;
}

/* With so many, a period lasts ten seconds, and no scenario here takes that long. */
#define STRIPES		1024

/* As LT_COUNTED_PER_LOOK says. */
#define HOLDS_PER_LOOK	64

SCENARIO(a_wait_behind_a_fast_hold_begins_a_period_of_counted_holds)
{
	lt_table_t *table = table_make(INTEGERS, STRIPES, LT_FIFO);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_statistics_t told;

	if (!peek_is_counted(hold)) {
		wait_behind(table, hold);
		for (int i = 0; i < 2 * HOLDS_PER_LOOK; i++)
			EXPECT(next_is_counted(table), "a hold was a fast one within the period");
		lt_table_statistics(table, &told);
		EXPECT(told.fences == 1, "not one fence was counted");
		peek_end_counting(hold);
		for (int i = 0; i < HOLDS_PER_LOOK; i++)
			(void)next_is_counted(table);
		EXPECT(!next_is_counted(table), "holds are counted after the period");
	} else {
		lt_release(hold);
	}
	close_empty(table);
}

SCENARIO(a_stripe_fences_once_in_a_period)
{
	lt_table_t *table = table_make(INTEGERS, STRIPES, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	if (!peek_is_counted(hold)) {
		EXPECT(peek_begin_counting(hold), "the first waiter may not fence");
		EXPECT(!peek_begin_counting(hold), "two waiters may fence in a period");
		peek_end_counting(hold);
		EXPECT(peek_begin_counting(hold), "a waiter may not fence after the period");
	}
	lt_release(hold);
	close_empty(table);
}

/* Nothing else would find the release that a task misses. */
SCENARIO(without_a_monitor_each_first_waiter_fences)
{
	const size_t before = memory_outstanding();

	for (int monitored = 0; monitored < 2; monitored++) {
		struct sleeper sleeper;
		lt_table_t *table;
		lt_hold_t hold;

		set_monitored(monitored);
		table = table_make(INTEGERS, STRIPES, LT_FIFO);
		hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		if (!peek_is_counted(hold)) {
			EXPECT(peek_begin_counting(hold), "the first waiter may not fence");
			sleeper_enqueue(&sleeper, table, INTEGERS, 1);
			EXPECT(peek_is_unfenced(hold) == monitored, "no fence, and no monitor");
			lt_release_while_open(hold.place);
			event_await(&sleeper.resumed, 1);
			hold = sleeper_end(&sleeper);
		}
		lt_release(hold);
		lt_table_close(table);
	}
	/* The monitor keeps a stripe of a closed table until it has looked at it once more. */
	while (memory_outstanding() > before)
		(void)sched_yield();
	set_monitored(false);
}

SCENARIO(a_period_grows_with_the_stripes_and_while_fences_follow_one_another)
{

	for (uint32_t stripes = 1; stripes <= 1024; stripes *= 32) {
		lt_table_t *table = table_make(INTEGERS, stripes, LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);
		uint64_t least = 0;

		if (!peek_is_counted(hold)) {
			for (int i = 0; i < 12; i++) {
				const uint64_t period = peek_begin_period(hold);

				EXPECT(period >= stripes * UINT64_C(10000000),
				    "a table issues more than 100 fences a second");
				EXPECT(period >= least, "periods shrink");
				least = period;
				peek_end_counting(hold);
			}
			EXPECT(least >= stripes * UINT64_C(320000000), "periods do not grow");
		}
		lt_release(hold);
		close_empty(table);
	}
}

/* Keys of most of the stripes. There are more stripes than two spans have fences. */
SCENARIO(all_stripes_of_a_table_have_one_budget_of_fences)
{
	enum { KEYS = 4 * STRIPES, MOST_IN_TWO_SPANS = 2 * 286 };
	lt_table_t *table = table_make(INTEGERS, STRIPES, LT_ADAPTIVE);
	unsigned fenced = 0, begun = 0;

	for (uint64_t key = 0; key < KEYS; key++) {
		lt_hold_t hold = acquire(table, INTEGERS, key, LT_FOREVER);

		if (!peek_is_counted(hold)) {
			begun++;
			fenced += peek_begin_counting(hold);
			lt_release(hold);
			hold = acquire(table, INTEGERS, key, LT_FOREVER);
			EXPECT(peek_is_counted(hold), "a stripe began no period");
		}
		lt_release(hold);
	}
	EXPECT(begun == 0 || fenced > 0, "no stripe of a new table may fence");
	EXPECT(fenced <= MOST_IN_TWO_SPANS, "a new table issues more than its fences");
	close_empty(table);
}
