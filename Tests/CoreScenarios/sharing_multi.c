/* Several keys, some to be held shared and some exclusively. */
#include "contended_key.h"

#include <string.h>

#define MOST	8

/* "R3" is key 3 to be shared, "W3" the same key for a writer. */
static size_t
pin_all(lt_table_t *table, enum form form, const char *wanted, lt_hold_t *pins)
{
	size_t count = strlen(wanted) / 2;

	for (size_t i = 0; i < count; i++) {
		const uint64_t number = (uint64_t)(wanted[2 * i + 1] - '0');

		pins[i] = wanted[2 * i] == 'R' ? pin_shared(table, form, number) :
		    pin(table, form, number);
	}
	return count;
}

static lt_hold_t
without_bit(lt_hold_t hold)
{

	hold.place = (char *)hold.place - ((uintptr_t)hold.place & LT_SHARED_BIT);
	return hold;
}

static bool
has_bit(lt_hold_t hold)
{

	return ((uintptr_t)hold.place & LT_SHARED_BIT) != 0;
}

/* What each key is held as: '-', 'R' or 'W', from key 1 on. */
static void
expect_held(lt_table_t *table, enum form form, const char *expected)
{

	for (uint64_t number = 1; expected[number - 1] != '\0'; number++) {
		lt_hold_t pinned = pin(table, form, number);
		const uint32_t holders = peek_holders(pinned);

		EXPECT((holders == 0 ? '-' : holders == HELD_BY_WRITER ? 'W' : 'R') ==
		    expected[number - 1], "one of the keys was held in the other mode");
		EXPECT(peek_references(pinned) == 1 + (holders != 0), "a pin was left");
		lt_unpin(pinned);
	}
}

static void
hold_multi(enum form form, uint32_t fairness)
{
	static const char *const cases[][2] = {
		{ "R1", "R" }, { "R1R2W3", "RRW" }, { "W3R2R1", "RRW" }, { "R1R1R1", "R" },
		{ "R1W1", "W" }, { "W1R1", "W" }, { "R1W1R1", "W" }, { "W1R1W1R1", "W" },
		{ "R2R1W2R1R3W3", "RWW" }, { "R1R2R3W2", "RWR" },
	};

	for (size_t c = 0; c < LENGTH_OF(cases); c++) {
		for (uint32_t stripes = 1; stripes <= 8; stripes *= 8) {
			lt_table_t *table = table_make(form, stripes, fairness);
			lt_hold_t holds[MOST];
			size_t count = pin_all(table, form, cases[c][0], holds);

			EXPECT(lt_acquire_pinned(holds, &count, LT_NO_WAIT) == LT_OK,
			    "free keys were not acquired");
			EXPECT(count == strlen(cases[c][1]), "duplicates did not become one");
			expect_held(table, form, cases[c][1]);
			for (size_t i = 0; i < count; i++) {
				EXPECT(has_bit(holds[i]) ==
				    (peek_holders(without_bit(holds[i])) != HELD_BY_WRITER),
				    "a hold did not tell what it is");
				EXPECT(i == 0 || peek_hash(holds[i - 1]) < peek_hash(holds[i]) ||
				    (peek_hash(holds[i - 1]) == peek_hash(holds[i]) &&
				    (uintptr_t)holds[i - 1].place < (uintptr_t)holds[i].place),
				    "several keys were out of order");
			}
			lt_release_multi(holds, count);
			close_empty(table);
		}
	}
}

SCENARIO(a_multi_call_holds_each_key_in_its_mode)
{

	for_each_form_and_fairness(hold_multi);
}

/* Shared ones together with another's; if one can't be had, none is held. */
static void
fail_multi(enum form form, uint32_t fairness)
{
	static const uint64_t deadlines[] = { LT_NO_WAIT, 1 };

	for (unsigned i = 0; i < 3 * LENGTH_OF(deadlines); i++) {
		const uint64_t taken = 1 + i / 2;
		char expected[] = "---";
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t shared = acquire_shared(table, form, taken, LT_FOREVER), holds[MOST];
		size_t count = pin_all(table, form, "R1R2R3", holds);

		EXPECT(lt_acquire_pinned(holds, &count, LT_NO_WAIT) == LT_OK,
		    "readers kept each other out");
		EXPECT(peek_holders(shared) == 2, "a reader was not counted");
		lt_release_multi(holds, count);

		expected[taken - 1] = 'R';
		count = pin_all(table, form, "W1R1W2W3W2", holds);
		EXPECT(lt_acquire_pinned(holds, &count, deadlines[i % 2]) ==
		    (i % 2 == 0 ? LT_BUSY : LT_TIMED_OUT), "a writer got in next to a reader");
		expect_held(table, form, expected);
		EXPECT(peek_is_sound(shared) && lt_table_count(table) == 1, "a pin was left");
		release_shared_if_hold(shared);

		expected[taken - 1] = 'W';
		shared = acquire(table, form, taken, LT_FOREVER);
		count = pin_all(table, form, "R3R1R2R2", holds);
		EXPECT(lt_acquire_pinned(holds, &count, deadlines[i % 2]) ==
		    (i % 2 == 0 ? LT_BUSY : LT_TIMED_OUT), "a reader got in next to a writer");
		expect_held(table, form, expected);
		EXPECT(lt_table_count(table) == 1, "a pin was left");
		release_if_hold(shared);
		close_empty(table);
	}
}

SCENARIO(a_multi_call_in_both_modes_that_fails_at_one_key_holds_none)
{

	for_each_form_and_fairness(fail_multi);
}

/* Sorted and tried one by one, as by a caller that does not want to block. */
static void
try_multi(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t reader = acquire_shared(table, form, 2, LT_FOREVER), pins[MOST];
	size_t count = pin_all(table, form, "R2R1W1R2", pins);

	lt_sort_pins(pins, &count);
	EXPECT(count == 2, "duplicates did not become one");
	for (size_t i = 0; i < count; i++) {
		EXPECT(has_bit(pins[i]) == (without_bit(pins[i]).place == reader.place),
		    "of duplicates, not the exclusive one was kept");
		EXPECT(lt_try_pinned(&pins[i]), "an open key was not acquired");
	}
	expect_held(table, form, "W");
	EXPECT(peek_holders(reader) == 2, "a reader was not counted");
	{
		lt_hold_t writer = pin(table, form, 2), late = pin_shared(table, form, 1);

		EXPECT(!lt_try_pinned(&writer), "a writer got in next to readers");
		EXPECT(!lt_try_pinned(&late), "a reader got in next to a writer");
		lt_unpin(writer);
		lt_unpin(late);
	}
	lt_release_multi(pins, count);
	EXPECT(peek_holders(reader) == 1 && peek_references(reader) == 1, "a pin was left");
	release_shared_if_hold(reader);
	close_empty(table);
}

SCENARIO(pins_are_tried_each_in_its_mode)
{

	for_each_form_and_fairness(try_multi);
}

/* A release of several keys lets in the waiters of each. */
static void
release_to_waiters(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	struct sleeper readers[2], writer;
	lt_hold_t holds[MOST];
	size_t count = pin_all(table, form, "W1R2", holds);

	EXPECT(lt_acquire_pinned(holds, &count, LT_FOREVER) == LT_OK, "free keys were not acquired");
	for (unsigned r = 0; r < 2; r++) {
		sleeper_enqueue_shared(&readers[r], table, form, 1);
	}
	sleeper_enqueue(&writer, table, form, 2);
	lt_release_multi(holds, count);
	EXPECT(sleeper_gets_key(&readers[0]) && sleeper_gets_key(&readers[1]) && sleeper_gets_key(&writer),
	    "a waiter of one of the keys was forgotten");
	release_shared_if_hold(sleeper_end(&readers[0]));
	release_shared_if_hold(sleeper_end(&readers[1]));
	release_if_hold(sleeper_end(&writer));
	close_empty(table);
}

SCENARIO(a_multi_release_lets_in_the_waiters_of_each_key)
{

	for_each_form_and_fairness(release_to_waiters);
}
