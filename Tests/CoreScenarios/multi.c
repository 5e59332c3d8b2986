/* Several keys at once: pins, and holds made of them. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#define MOST	8

/* Pins and acquires. On failure nothing is left in `holds`. */
static lt_status_t
acquire_multi(lt_table_t *table, enum form form, const uint64_t *numbers, size_t *count,
    uint64_t deadline, lt_hold_t *holds)
{

	for (size_t i = 0; i < *count; i++)
		holds[i] = pin(table, form, numbers[i]);
	return lt_acquire_pinned(holds, count, deadline);
}

static void
release_multi(const lt_hold_t *holds, size_t count)
{

	while (count > 0)
		lt_release(holds[--count]);
}

SCENARIO(a_multi_call_holds_each_key_once)
{
	static const uint64_t numbers[] = { 3, 1, 3, 2, 1, 3 };

	for (enum form form = 0; form < FORMS; form++) {
		for (uint32_t stripes = 1; stripes <= 64; stripes *= 64) {
			lt_table_t *table = table_make(form, stripes, LT_ADAPTIVE);
			lt_hold_t holds[LENGTH_OF(numbers)];
			size_t count = LENGTH_OF(numbers);

			EXPECT(acquire_multi(table, form, numbers, &count, LT_FOREVER, holds) ==
			    LT_OK, "free keys were not acquired");
			EXPECT(count == 3, "duplicates did not become one");
			for (uint64_t number = 1; number <= 3; number++)
				EXPECT(is_held(table, form, number), "a key was not held");
			for (size_t i = 0; i < count; i++)
				EXPECT(peek_references(holds[i]) == 1, "a pin was left");
			EXPECT(lt_table_count(table) == 3, "the count was wrong");
			release_multi(holds, count);
			close_empty(table);
		}
	}
}

SCENARIO(a_multi_call_takes_no_key_or_one_key)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	static const uint64_t numbers[] = { 5 };
	lt_hold_t holds[1];
	size_t count = 0;

	EXPECT(acquire_multi(table, INTEGERS, numbers, &count, LT_NO_WAIT, holds) == LT_OK,
	    "no keys were not acquired");
	EXPECT(count == 0 && lt_table_count(table) == 0, "no keys became some");
	count = 1;
	EXPECT(acquire_multi(table, INTEGERS, numbers, &count, LT_NO_WAIT, holds) == LT_OK,
	    "one key was not acquired");
	EXPECT(count == 1, "one key became several");
	release_multi(holds, count);
	close_empty(table);
}

SCENARIO(a_multi_call_that_fails_at_one_key_holds_none)
{
	static const uint64_t numbers[] = { 1, 2, 3, 4, 2, 1 };
	static const uint64_t deadlines[] = { LT_NO_WAIT, 1, 0 };

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned i = 0; i < 4 * LENGTH_OF(deadlines); i++) {
			const uint64_t taken = 1 + i % 4;
			const bool is_try = i / 4 == 0;
			lt_table_t *table = table_make(form, 1, i % 2);
			lt_hold_t hold = acquire(table, form, taken, LT_FOREVER);
			lt_hold_t holds[LENGTH_OF(numbers)];
			size_t count = LENGTH_OF(numbers);

			EXPECT(acquire_multi(table, form, numbers, &count,
			    i / 4 == 2 ? lt_deadline_after_ns(100000) : deadlines[i / 4], holds) ==
			    (is_try ? LT_BUSY : LT_TIMED_OUT), "a held key was acquired");
			for (uint64_t number = 1; number <= 4; number++)
				EXPECT(is_held(table, form, number) == (number == taken),
				    "a call that failed kept a key, or released another holder's");
			EXPECT(lt_table_count(table) == 1 && peek_references(hold) == 1,
			    "a pin was left");
			lt_release(hold);
			close_empty(table);
		}
	}
}

SCENARIO(a_pin_keeps_a_key_present_and_holds_nothing)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, form % 2);
		lt_hold_t pinned = pin(table, form, 1), twice = pin(table, form, 1), hold;

		EXPECT(pinned.place == twice.place && pinned.tag == twice.tag,
		    "two pins of one key differed");
		EXPECT(!is_held(table, form, 1) && lt_table_count(table) == 1,
		    "a pinned key was held, or absent");
		for (int i = 0; i < 3; i++) {
			hold = try_acquire(table, form, 1);
			EXPECT(is_hold(hold), "a pinned key was busy");
			EXPECT(hold.place == pinned.place, "a pinned key moved");
			EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY),
			    "a pinned and held key was acquired");
			lt_release(hold);
			EXPECT(lt_table_count(table) == 1, "a release removed a pinned key");
		}
		hold = try_acquire(table, form, 1);
		lt_unpin(pinned);
		lt_unpin(twice);
		EXPECT(is_held(table, form, 1), "unpinning let a hold go");
		lt_release(hold);
		EXPECT(lt_table_count(table) == 0, "entries were left");
		pinned = pin(table, form, 1);
		lt_unpin(pinned);
		EXPECT(lt_table_count(table) == 0, "the last pin left an entry");
		lt_table_close(table);
	}
}

struct group {
	lt_table_t *table;
	enum form form;
	const uint64_t *numbers;
	size_t count;
	struct event done;
	lt_hold_t holds[MOST];
};

static void *
acquire_group(void *pointer)
{
	struct group *group = pointer;

	EXPECT(acquire_multi(group->table, group->form, group->numbers, &group->count,
	    LT_FOREVER, group->holds) == LT_OK, "waiting for several keys failed");
	event_raise(&group->done);
	return NULL;
}

/*
 *   main                    other
 *   holds one of four
 *                           acquires four, waits for that one
 *   release it
 *                           has all four
 *   releases them: any thread may
 */
SCENARIO(a_multi_call_waits_for_each_key)
{
	static const uint64_t numbers[] = { 4, 3, 2, 1, 4 };

	for (enum form form = 0; form < FORMS; form++) {
		for (uint64_t taken = 1; taken <= 4; taken++) {
			lt_table_t *table = table_make(form, 1, taken % 2);
			lt_hold_t hold = acquire(table, form, taken, LT_FOREVER);
			struct group group = { table, form, numbers, LENGTH_OF(numbers), EVENT,
			    { { 0 } } };
			struct crew crew = { 0 };

			crew_add(&crew, acquire_group, &group);
			await_queue(hold, 1);
			EXPECT(event_times(&group.done) == 0, "a held key was acquired");
			lt_release(hold);
			crew_join(&crew);
			EXPECT(group.count == 4, "duplicates did not become one");
			for (uint64_t number = 1; number <= 4; number++)
				EXPECT(is_held(table, form, number), "a key was not held");
			release_multi(group.holds, group.count);
			close_empty(table);
		}
	}
}

/* --- all against all ---------------------------------------------------------------- */

#define SHARED_KEYS	5
#define THREADS		4

struct dining {
	lt_table_t *table;
	enum form form;
	struct witness *witnesses;
	uint64_t seed;
	unsigned left;
	uint64_t entries;
};

/* Random keys, in random order, some of them twice; now and then one key alone. */
static void *
dine(void *pointer)
{
	struct dining *one = pointer;

	for (; one->left > 0; one->left--) {
		uint64_t numbers[MOST], random = random_next(&one->seed);
		size_t count = random % MOST, kept;
		lt_hold_t holds[MOST];
		lt_status_t status;
		uint64_t deadline = random / MOST % 4 == 0 ? LT_NO_WAIT :
		    random / MOST % 4 == 1 ? lt_deadline_after_ns(random % 50000) : LT_FOREVER;

		for (size_t i = 0; i < count; i++)
			numbers[i] = random_next(&one->seed) % SHARED_KEYS;
		kept = count;
		status = acquire_multi(one->table, one->form, numbers, &kept, deadline, holds);
		if (status != LT_OK) {
			EXPECT(status == (deadline == LT_NO_WAIT ? LT_BUSY : LT_TIMED_OUT) &&
			    deadline != LT_FOREVER, "a multi call failed for no reason");
			continue;
		}
		for (uint64_t number = 0; number < SHARED_KEYS; number++) {
			for (size_t i = 0; i < count; i++) {
				if (numbers[i] == number) {
					witness_enter(&one->witnesses[number]);
					one->entries++;
					break;
				}
			}
		}
		for (uint64_t number = 0; number < SHARED_KEYS; number++) {
			for (size_t i = 0; i < count; i++) {
				if (numbers[i] == number) {
					witness_leave(&one->witnesses[number]);
					break;
				}
			}
		}
		release_multi(holds, kept);
	}
	return NULL;
}

SCENARIO(multi_calls_in_any_order_do_not_deadlock)
{

	for (unsigned i = 0; i < 4 * FORMS; i++) {
		const enum form form = i % FORMS;
		lt_table_t *table = table_make(form, i / FORMS / 2 ? 64 : 1, i / FORMS % 2);
		struct witness witnesses[SHARED_KEYS] = { 0 };
		struct dining table_mates[THREADS];
		struct crew crew = { 0 };
		uint64_t seen = 0, counted = 0;

		for (size_t t = 0; t < THREADS; t++) {
			table_mates[t] = (struct dining){ table, form, witnesses, t + 1,
			    scaled(400), 0 };
			crew_add(&crew, dine, &table_mates[t]);
		}
		crew_join(&crew);
		for (size_t t = 0; t < THREADS; t++)
			counted += table_mates[t].entries;
		for (size_t k = 0; k < SHARED_KEYS; k++)
			seen += witnesses[k].entries;
		EXPECT(seen == counted, "two threads held one key");
		close_empty(table);
	}
}

SCENARIO(a_multi_call_takes_hundreds_of_keys)
{
	enum { KEYS = 300, PINS = 2 * KEYS };
	lt_table_t *table = table_make(LONG_BYTES, 4, LT_FIFO);
	static lt_hold_t holds[PINS];
	size_t count = PINS;

	for (uint64_t i = 0; i < PINS; i++)
		holds[i] = pin(table, LONG_BYTES, i * 7 % KEYS);
	EXPECT(lt_acquire_pinned(holds, &count, LT_NO_WAIT) == LT_OK, "they were not acquired");
	EXPECT(count == KEYS && lt_table_count(table) == KEYS, "duplicates did not become one");
	for (uint64_t i = 0; i < KEYS; i++)
		EXPECT(is_held(table, LONG_BYTES, i), "a key was not held");
	release_multi(holds, count);
	close_empty(table);
}
