/*
 * Allocations that fail: every one of a run, one after the other, alone or with
 * all that follow it. The call says LT_NO_MEMORY, the table is as it was before,
 * and works again as soon as there is memory.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#define KEYS	40
#define MANY	3

/* The first `held` keys are, the others are not. */
static void
expect_held(lt_table_t *table, enum form form, uint64_t held)
{

	EXPECT(lt_table_count(table) == held, "a failed call changed the count");
	for (uint64_t i = 0; i < KEYS + MANY; i++)
		EXPECT(is_held(table, form, i) == (i < held), "a failed call changed a hold");
}

/* Pins MANY keys and makes holds of them; all or nothing. */
static lt_status_t
acquire_many(lt_table_t *table, enum form form, lt_hold_t *holds)
{
	size_t count = MANY;

	for (uint64_t i = 0; i < MANY; i++) {
		holds[i] = pin(table, form, KEYS + i);
		if (!is_hold(holds[i])) {
			EXPECT(has_failed(holds[i], LT_NO_MEMORY), "pinning failed strangely");
			while (i > 0)
				lt_unpin(holds[--i]);
			return LT_NO_MEMORY;
		}
	}
	return lt_acquire_pinned(holds, &count, LT_NO_WAIT);
}

/* False: nothing failed, as there were no more than n allocations. */
static bool
run_with_failure(enum form form, uint64_t n, uint64_t many)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .seed = { SEED_0, SEED_1 },
	    .keys = kind_of(form), .operations = &label_operations,
	    .value_operations = &value_operations, .diagnostics = has_diagnostics_set() };
	lt_table_t *table = NULL;
	lt_hold_t holds[KEYS + MANY];
	bool failed = false;

	memory_fail(n, many);
	if (lt_table_create(&config, &table) != LT_OK) {
		EXPECT(memory_has_failed() && table == NULL, "making a table failed for no reason");
		EXPECT(memory_outstanding() == 0, "a table that was not made left memory");
		memory_recover();
		return true;
	}
	for (uint64_t i = 0; i < KEYS; i++) {
		holds[i] = try_acquire(table, form, i);
		if (!is_hold(holds[i])) {
			EXPECT(has_failed(holds[i], LT_NO_MEMORY) && memory_has_failed() && !failed,
			    "acquiring failed for no reason");
			failed = true;
			expect_held(table, form, i);
			memory_recover();
			holds[i] = try_acquire(table, form, i);
			EXPECT(is_hold(holds[i]), "the table did not recover");
		}
	}
	expect_held(table, form, KEYS);
	if (acquire_many(table, form, &holds[KEYS]) != LT_OK) {
		EXPECT(memory_has_failed() && !failed, "acquiring several failed for no reason");
		expect_held(table, form, KEYS);
		memory_recover();
		EXPECT(acquire_many(table, form, &holds[KEYS]) == LT_OK, "it did not recover");
	}
	expect_held(table, form, KEYS + MANY);

	/* Releases need no memory: what they would like to have, they do without. */
	if (!memory_has_failed() && many > 1)
		memory_fail(0, many);
	for (uint64_t i = KEYS + MANY; i > 0; i--) {
		lt_release(holds[i - 1]);
		if (i % 8 == 0)
			expect_held(table, form, i - 1);
	}
	failed = memory_has_failed();
	memory_recover();
	close_empty(table);
	EXPECT(memory_outstanding() == 0, "a failure leaked");
	return failed;
}

SCENARIO(a_failed_allocation_changes_nothing)
{

	for (enum form form = 0; form < FORMS; form++) {
		uint64_t n;

		for (n = 0; run_with_failure(form, n, 1); n++)
			;
		EXPECT(n > 3, "hardly anything was allocated");
	}
}

SCENARIO(when_memory_runs_out_for_good_nothing_changes)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (uint64_t n = 0; n < 4 * KEYS; n++)
			(void)run_with_failure(form, n, UINT64_MAX);
	}
}

/* A set that may not grow takes keys above its load factor, up to its last slot. */
SCENARIO(a_table_without_memory_serves_the_keys_it_has_room_for)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t holds[64];
	uint64_t held, before;

	/* Leaves spare entries, and a set of the least size. */
	for (held = 0; held < 4; held++)
		holds[held] = try_acquire(table, INTEGERS, held);
	while (held > 0)
		lt_release(holds[--held]);
	memory_fail(0, UINT64_MAX);
	for (held = 0; held < LENGTH_OF(holds); held++) {
		holds[held] = try_acquire(table, INTEGERS, 100 + held);
		if (!is_hold(holds[held]))
			break;
	}
	EXPECT(held >= 3 && held < LENGTH_OF(holds), "spares were not used, or made up");
	for (uint64_t i = 0; i < 1000; i++)
		EXPECT(has_failed(try_acquire(table, INTEGERS, 1000 + i), LT_NO_MEMORY),
		    "a key was acquired without memory");
	for (uint64_t i = 0; i < held; i++)
		EXPECT(is_held(table, INTEGERS, 100 + i), "a hold was lost for lack of memory");
	EXPECT(lt_table_count(table) == held, "the count was wrong");

	/* What one gives back, another can use. */
	lt_release(holds[--held]);
	holds[held] = try_acquire(table, INTEGERS, 500);
	EXPECT(is_hold(holds[held++]), "what was given back could not be used");
	memory_recover();
	before = held;
	for (; held < LENGTH_OF(holds); held++)
		holds[held] = try_acquire(table, INTEGERS, 600 + held);
	EXPECT(held > before && lt_table_count(table) == held, "the table did not recover");
	while (held > 0)
		lt_release(holds[--held]);
	close_empty(table);
}

/* Where the next key would have a larger set but can't, it makes do with the one there is. */
SCENARIO(a_set_that_can_not_grow_takes_keys_nonetheless)
{

	for (enum form form = 0; form < FORMS; form++) {
		const size_t before = memory_outstanding();
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t holds[KEYS];
		unsigned crowded = 0;

		for (uint64_t i = 0; i < KEYS; i++) {
			memory_fail(0, 1);
			holds[i] = try_acquire(table, form, i);
			crowded += is_hold(holds[i]) && memory_has_failed();
			memory_recover();
			if (!is_hold(holds[i]))
				holds[i] = try_acquire(table, form, i);
		}
		EXPECT(crowded > 0 || form >= BYTES_ALIKE, "a set had to grow or refuse");
		/* In the end it has grown by itself; the copies of opaque keys are the caller's. */
		EXPECT(lt_table_bytes(table) == memory_outstanding() - before || form >= OPAQUES,
		    "a set that grew by itself takes up more than is told");
		for (uint64_t i = 0; i < KEYS; i++) {
			EXPECT(is_held(table, form, i), "a key was lost in a full set");
			lt_release(holds[i]);
		}
		close_empty(table);
	}
}
