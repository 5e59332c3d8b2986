/*
 * Values that entries keep until their holder removes them. Each value must end once, with no lock
 * held, and no other key may ever see it.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "keeping.h"

#include <stdlib.h>

uint64_t values_made, values_ended;
lt_table_t *values_used_at_end;

void
kept_make(void *place, uint64_t number)
{
	struct kept *kept = place;

	kept->number = number;
	kept->owned = memory_allocate(sizeof *kept->owned);
	if (kept->owned == NULL)
		abort();
	*kept->owned = number;
	(void)__atomic_add_fetch(&values_made, 1, __ATOMIC_RELAXED);
}

void
kept_end(void *place)
{
	struct kept *kept = place;

	EXPECT(kept->number == *kept->owned, "what ends is no value");
	memory_deallocate(kept->owned, sizeof *kept->owned);
	kept->owned = NULL;
	(void)__atomic_add_fetch(&values_ended, 1, __ATOMIC_RELAXED);
}

static void
end_value(void *context, void *place)
{

	EXPECT(context == &values_made, "another context was handed on");
	if (values_used_at_end != NULL)
		(void)lt_table_count(values_used_at_end);
	kept_end(place);
}

lt_table_t *
values_table(enum form form, uint32_t stripes, bool in_use_only)
{
	lt_config_t config = { .stripes = stripes, .keys = kind_of(form), .purpose = LT_FOR_VALUES,
		.payload_size = sizeof(struct kept), .payload_alignment = 8,
		.end_value = end_value, .end_value_context = &values_made,
		.values_in_use_only = in_use_only, .operations = &label_operations,
		.value_operations = &value_operations, .seed = { SEED_0, SEED_1 },
		.diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	values_made = values_ended = 0;
	values_used_at_end = table;
	return table;
}

bool
has_value(const lt_table_t *table, lt_hold_t hold, uint64_t number)
{
	const lt_value_t value = lt_value_of(table, hold);
	const struct kept *kept = value.place;

	return value.is_present && kept->number == number && *kept->owned == number;
}

void
put_value(const lt_table_t *table, lt_hold_t hold, uint64_t number)
{
	const lt_value_t value = lt_value_of(table, hold);

	EXPECT(!value.is_present, "a value is there before it was made");
	kept_make(value.place, number);
	lt_release_value(hold, true);
}

void
take_value_out(const lt_table_t *table, lt_hold_t hold)
{
	const lt_value_t value = lt_value_of(table, hold);
	struct kept kept = *(struct kept *)value.place;

	EXPECT(value.is_present, "a value that was made is not there");
	lt_release_value(hold, false);
	kept_end(&kept);
}

void
expect_value_counts(lt_table_t *table, size_t values, size_t used, size_t keys)
{

	EXPECT(lt_table_count_values(table) == values, "not so many values");
	EXPECT(lt_table_count_used(table) == used, "not so many keys are in use");
	EXPECT(lt_table_count(table) == keys, "not so many keys are present");
}

void
close_without_values(lt_table_t *table)
{

	EXPECT(lt_table_count_values(table) == 0, "a value is left");
	EXPECT(values_made == values_ended, "a value has not ended, or has twice");
	values_used_at_end = NULL;
	close_empty(table);
}

#define MANY	40

/* --- values that stay ------------------------------------------------------------------------ */

SCENARIO(a_value_stays_while_nobody_needs_its_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 2, false);

		for (uint64_t i = 0; i < MANY; i++)
			put_value(table, acquire(table, form, i, LT_FOREVER), i);
		expect_value_counts(table, MANY, 0, MANY);
		for (uint64_t i = 0; i < MANY; i++) {
			lt_hold_t hold = acquire_shared(table, form, i, LT_FOREVER);

			EXPECT(has_value(table, hold, i), "a reader does not see its key's value");
			expect_value_counts(table, MANY, 1, MANY);
			lt_release_shared(hold);
			hold = acquire(table, form, i, LT_FOREVER);
			EXPECT(has_value(table, hold, i), "a writer does not see its key's value");
			lt_release_value(hold, true);
			hold = acquire(table, form, i, LT_FOREVER);
			lt_release(hold);
		}
		expect_value_counts(table, MANY, 0, MANY);
		for (uint64_t i = 0; i < MANY; i++)
			take_value_out(table, acquire(table, form, i, LT_FOREVER));
		expect_value_counts(table, 0, 0, 0);
		close_without_values(table);
	}
}

SCENARIO(an_absent_value_leaves_nothing)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, false);

		for (uint64_t i = 0; i < MANY; i++) {
			lt_hold_t hold = acquire(table, form, i, LT_FOREVER);

			EXPECT(!lt_value_of(table, hold).is_present, "a value that nobody made");
			expect_value_counts(table, 0, 1, 1);
			lt_release_value(hold, false);
			hold = acquire_shared(table, form, i, LT_FOREVER);
			EXPECT(!lt_value_of(table, hold).is_present, "a value that nobody made");
			lt_release_shared(hold);
		}
		expect_value_counts(table, 0, 0, 0);
		close_without_values(table);
	}
}

/* Keys come and go, so that each gets the memory of another one. */
SCENARIO(no_key_sees_the_value_of_another)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, false);

		for (uint64_t i = 0; i < MANY; i++)
			put_value(table, acquire(table, form, i, LT_FOREVER), i);
		for (uint64_t i = 0; i < 4 * MANY; i++) {
			const uint64_t next = MANY + i;

			take_value_out(table, acquire(table, form, i, LT_FOREVER));
			put_value(table, acquire(table, form, next, LT_FOREVER), next);
		}
		expect_value_counts(table, MANY, 0, MANY);
		lt_table_end_values(table);
		close_without_values(table);
	}
}

SCENARIO(a_value_is_replaced_and_taken_out_beside_waiters)
{
	lt_table_t *table = values_table(INTEGERS, 1, false);
	struct sleeper sleepers[3] = { SLEEPER, SLEEPER, SLEEPER };
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	for (unsigned i = 0; i < LENGTH_OF(sleepers); i++)
		sleeper_enqueue(&sleepers[i], table, INTEGERS, 1);
	put_value(table, hold, 1);
	for (unsigned i = 0; i < LENGTH_OF(sleepers); i++) {
		EXPECT(sleeper_poll(&sleepers[i]) == LT_OK, "a waiter does not get the key");
		hold = sleeper_end(&sleepers[i]);
		if (i % 2 == 0)
			take_value_out(table, hold);
		else
			put_value(table, hold, i);
	}
	expect_value_counts(table, 0, 0, 0);
	close_without_values(table);
}

SCENARIO(a_value_stays_when_waiters_leave)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, false);
		struct sleeper sleeper = SLEEPER;
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), pinned;

		sleeper_enqueue(&sleeper, table, form, 1);
		put_value(table, hold, 1);
		lt_suspension_cancel(sleeper.suspension);
		(void)sleeper_end(&sleeper);
		expect_value_counts(table, 1, 0, 1);
		pinned = pin(table, form, 1);
		expect_value_counts(table, 1, 1, 1);
		lt_unpin(pinned);
		EXPECT(!is_held(table, form, 1), "a value is taken for a hold");
		expect_value_counts(table, 1, 0, 1);
		take_value_out(table, try_acquire(table, form, 1));
		close_without_values(table);
	}
}

/* --- all values of a table ------------------------------------------------------------------- */

SCENARIO(all_values_end_before_their_table)
{

	for (enum form form = 0; form < FORMS; form++) {
		const uint64_t count = form == BYTES_ALIKE || form == OPAQUES_ALIKE ||
		    form == VALUES_ALIKE ? 100 : 500;
		lt_table_t *table = values_table(form, form % 2 == 0 ? 1 : 8, false);
		lt_hold_t pinned;

		for (uint64_t i = 0; i < count; i++)
			put_value(table, acquire(table, form, i, LT_FOREVER), i);
		pinned = pin(table, form, 7);
		lt_table_end_values(table);
		expect_value_counts(table, 0, 1, 1);
		EXPECT(values_ended == count, "values are left");
		lt_unpin(pinned);
		close_without_values(table);
	}
}

struct names {
	uint64_t sum, count;
};

static void
note_name(void *context, const lt_report_t *report)
{
	struct names *names = context;

	names->sum += report->kind == LT_KEYS_INTEGER ? report->integer : report->length;
	names->count++;
}

SCENARIO(the_keys_of_values_are_pinned_and_named)
{
	lt_table_t *table = values_table(INTEGERS, 4, false);
	lt_hold_t pins[MANY], held = acquire(table, INTEGERS, 1000, LT_FOREVER);
	struct names names = { 0 };
	uint64_t sum = 0;

	for (uint64_t i = 0; i < MANY; i++) {
		put_value(table, acquire(table, INTEGERS, i, LT_FOREVER), i);
		sum += i;
	}
	for (uint32_t stripe = 0; stripe < lt_table_stripes(table); stripe++) {
		const size_t count = lt_pin_values(table, stripe, NULL, 0);

		EXPECT(count <= MANY, "more values than there are");
		EXPECT(lt_pin_values(table, stripe, pins, count) == count, "one number, then another");
		expect_value_counts(table, MANY, 1 + count, MANY + 1);
		for (size_t i = 0; i < count; i++) {
			lt_name_pinned(pins[i], note_name, &names);
			lt_unpin(pins[i]);
		}
	}
	EXPECT(names.count == MANY && names.sum == sum, "a key is missing, or comes twice");
	lt_release(held);
	lt_table_end_values(table);
	close_without_values(table);
}

/* A snapshot shows what is held or waited for, and not what merely has a value. */
static void
count_reports(void *context, const lt_report_t *report)
{

	EXPECT(report->holders + report->waiters > 0, "a key that nobody needs is shown");
	++*(size_t *)context;
}

SCENARIO(a_snapshot_shows_no_value_that_nobody_holds)
{
	lt_table_t *table = values_table(SHORT_BYTES, 1, false);
	size_t shown = 0;
	lt_hold_t hold;

	for (uint64_t i = 0; i < MANY; i++)
		put_value(table, acquire(table, SHORT_BYTES, i, LT_FOREVER), i);
	hold = acquire(table, SHORT_BYTES, 3, LT_FOREVER);
	EXPECT(lt_table_inspect(table, false, count_reports, &shown) == LT_OK && shown == 1,
	    "not the one key that is held");
	lt_release(hold);
	lt_table_end_values(table);
	close_without_values(table);
}

/* --- memory that fails ------------------------------------------------------------------------ */

/*
 * Each allocation in turn: a key either gets its entry, or leaves the others and their values
 * alone.
 */
SCENARIO(a_failed_allocation_touches_no_value)
{

	for (enum form form = 0; form < FORMS; form++) {
		for (uint64_t n = 0; n < 6; n++) {
			lt_table_t *table = values_table(form, 1, false);
			uint64_t values = 0;

			for (; values < 5; values++)
				put_value(table, acquire(table, form, values, LT_FOREVER), values);
			memory_fail(n, 1);
			for (uint64_t i = 5; i < 12; i++) {
				const lt_hold_t hold = acquire(table, form, i, LT_FOREVER);

				EXPECT(is_hold(hold) || has_failed(hold, LT_NO_MEMORY),
				    "a call failed for a wrong reason");
				if (is_hold(hold))
					lt_release_value(hold, false);
			}
			memory_recover();
			expect_value_counts(table, values, 0, values);
			for (uint64_t i = 0; i < values; i++) {
				const lt_hold_t hold = acquire(table, form, i, LT_FOREVER);

				EXPECT(has_value(table, hold, i), "a value was lost, or changed");
				lt_release(hold);
			}
			lt_table_end_values(table);
			close_without_values(table);
		}
	}
}
