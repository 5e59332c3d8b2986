/* Values that own something, compared and waited for by other threads while they are borrowed. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "owning.h"

struct finder {
	lt_table_t *table;
	uint64_t number;
	struct stop stop;
	bool was_had;
};

static void *
find(void *pointer)
{
	struct finder *finder = pointer;
	struct value value = value_make(finder->number);
	lt_hold_t hold;

	stop_at(STOP_EQUAL, 0, &finder->stop);
	hold = borrow_value(finder->table, &value, false, LT_FOREVER);
	finder->was_had = is_hold(hold);
	end_scope(hold, &value, false);
	return NULL;
}

/*
 *   main                            finder of the same key, or of another of its hash
 *   lends a value
 *                                   compares it, and is stopped there
 *   wants its value back: refused
 *   gives one, releases, and ends
 *   its own value
 *                                   goes on, and is the last to need the entry
 */
SCENARIO(a_value_that_is_compared_is_not_given_back)
{

	for (unsigned i = 0; i < 4; i++) {
		const bool shared = i / 2 != 0;
		lt_table_t *table = owning_table(1);
		struct value value = value_make(101);
		lt_hold_t hold = borrow_value(table, &value, shared, LT_FOREVER);
		struct finder finder = { table, 101 + i % 2, STOP, false };
		struct crew crew = { 0 };

		crew_add(&crew, find, &finder);
		event_await(&finder.stop.reached, 1);
		EXPECT(!lt_release_borrowed(hold, shared), "a value that is compared was given back");
		EXPECT(lt_table_count(table) == 1, "the key went");
		(shared ? lt_release_shared : lt_release)(give_value(hold, &value));
		value_end(&value);
		EXPECT(lt_table_count(table) == 1, "the pinned key went");
		event_raise(&finder.stop.go_on);
		crew_join(&crew);
		EXPECT(finder.was_had, "the finder did not get its key");
		close_empty(table);
	}
}

static void *
wait_for_it(void *pointer)
{
	struct finder *finder = pointer;
	struct value value = value_make(finder->number);
	lt_hold_t hold = borrow_value(finder->table, &value, false, LT_FOREVER);

	finder->was_had = is_hold(hold) && !is_borrowed(hold);
	end_scope(hold, &value, false);
	return NULL;
}

SCENARIO(a_waiter_inherits_the_value)
{

	for (uint64_t number = 1; number <= 3; number++) {
		lt_table_t *table = owning_table(1);
		lt_hold_t first = own_value(table, 7, LT_FOREVER), second = own_value(table, 8, LT_FOREVER);
		struct value value = value_make(number);
		lt_hold_t hold = borrow_value(table, &value, false, LT_FOREVER), place = hold;
		struct finder waiter = { table, number, STOP, false };
		struct crew crew = { 0 };

		place.place = (char *)place.place - LT_BORROWED_BIT;
		crew_add(&crew, wait_for_it, &waiter);
		await_queue(place, 1);
		end_scope(hold, &value, false);
		crew_join(&crew);
		EXPECT(waiter.was_had, "the waiter did not get the key as it was");
		lt_release(second);
		lt_release(first);
		close_empty(table);
	}
}

struct rival {
	lt_table_t *table;
	struct witness *witnesses;
	uint64_t seed;
};

static void *
rival_run(void *pointer)
{
	struct rival *rival = pointer;

	for (unsigned round = scaled(20000); round > 0; round--) {
		const uint64_t random = random_next(&rival->seed), number = random % 4;
		struct value value = value_make(100 + number);
		lt_hold_t hold = borrow_value(rival->table, &value, false,
		    random / 8 % 4 == 0 ? LT_NO_WAIT : LT_FOREVER);

		if (!is_hold(hold)) {
			value_end(&value);
			continue;
		}
		if (random / 32 % 4 == 0)
			hold = give_value(hold, &value);
		witness_enter(&rival->witnesses[number]);
		witness_leave(&rival->witnesses[number]);
		end_scope(hold, &value, false);
	}
	return NULL;
}

SCENARIO(rivals_for_values_of_one_hash_leave_nothing)
{
	enum { THREADS = 4 };
	struct witness witnesses[4] = { 0 };
	struct rival rivals[THREADS];
	lt_table_t *table = owning_table(1);
	struct crew crew = { 0 };

	for (uint64_t t = 0; t < THREADS; t++) {
		rivals[t] = (struct rival){ table, witnesses, t + 1 };
		crew_add(&crew, rival_run, &rivals[t]);
	}
	crew_join(&crew);
	close_empty(table);
	EXPECT(memory_outstanding() == 0, "a value was left");
}
