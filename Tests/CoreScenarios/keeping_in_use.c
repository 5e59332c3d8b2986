/* Values that entries keep as long as somebody uses their key: each ends with the last use. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "keeping.h"

static lt_hold_t
make_in_use(lt_table_t *table, enum form form, uint64_t number)
{
	const lt_hold_t hold = acquire(table, form, number, LT_FOREVER);
	const lt_value_t value = lt_value_of(table, hold);

	EXPECT(!value.is_present, "a value is there before it was made");
	kept_make(value.place, number);
	lt_keep_value(hold);
	return hold;
}

static void
expect_ended(lt_table_t *table, uint64_t count)
{
	const uint64_t left = values_made - values_ended;

	EXPECT(values_ended == count, "a value has outlived the uses of its key, or has not");
	expect_value_counts(table, left, left, left);
}

SCENARIO(a_value_in_use_ends_with_the_last_hold)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, true);

		for (uint64_t others = 0; others < 4; others++) {
			lt_hold_t held[4], hold, shared;

			for (uint64_t i = 0; i < others; i++)
				held[i] = make_in_use(table, form, 10 + i);
			hold = make_in_use(table, form, 1);
			lt_release(hold);
			hold = make_in_use(table, form, 1);
			lt_release_while_open(hold.place);
			hold = lt_downgrade(make_in_use(table, form, 1));
			shared = acquire_shared(table, form, 1, LT_FOREVER);
			EXPECT(has_value(table, shared, 1), "a reader sees no value");
			lt_release_shared(hold);
			EXPECT(has_value(table, shared, 1), "a value ends while it is read");
			expect_value_counts(table, others + 1, others + 1, others + 1);
			lt_release_shared(shared);
			expect_value_counts(table, others, others, others);
			for (uint64_t i = 0; i < others; i++) {
				EXPECT(has_value(table, held[i], 10 + i), "another value is gone");
				lt_release(held[i]);
			}
		}
		expect_ended(table, values_made);
		close_without_values(table);
	}
}

SCENARIO(a_value_in_use_is_handed_from_holder_to_waiter)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, true);
		struct sleeper sleeper = SLEEPER;
		lt_hold_t hold = make_in_use(table, form, 1);

		sleeper_enqueue(&sleeper, table, form, 1);
		lt_release(hold);
		expect_ended(table, 0);
		EXPECT(sleeper_poll(&sleeper) == LT_OK, "a waiter does not get the key");
		hold = sleeper_end(&sleeper);
		EXPECT(has_value(table, hold, 1), "the next user has another value");
		lt_release(hold);
		expect_ended(table, 1);
		close_without_values(table);
	}
}

/* The last one to need the key never has it. */
SCENARIO(a_value_in_use_ends_with_the_last_waiter_or_pin)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, true);
		struct sleeper sleeper = SLEEPER;
		lt_hold_t hold = make_in_use(table, form, 1), pinned;

		sleeper_enqueue(&sleeper, table, form, 1);
		lt_release(hold);
		lt_suspension_cancel(sleeper.suspension);
		expect_ended(table, 0);
		(void)sleeper_end(&sleeper);
		expect_ended(table, 1);

		hold = make_in_use(table, form, 2);
		pinned = pin(table, form, 2);
		lt_release(hold);
		expect_ended(table, 1);
		lt_unpin(pinned);
		expect_ended(table, 2);

		hold = acquire(table, form, 2, LT_FOREVER);
		EXPECT(!lt_value_of(table, hold).is_present, "a value that has ended is seen");
		lt_release(hold);
		close_without_values(table);
	}
}

SCENARIO(a_value_in_use_ends_when_its_table_was_closed)
{
	lt_table_t *table = values_table(INTEGERS, 1, true);
	lt_hold_t held[2] = { make_in_use(table, INTEGERS, 1), make_in_use(table, INTEGERS, 2) };

	values_used_at_end = NULL;
	lt_table_close(table);
	EXPECT(values_ended == 0, "closing ends what is in use");
	lt_release(held[0]);
	lt_release(held[1]);
	EXPECT(values_ended == 2, "a value was left");
}
