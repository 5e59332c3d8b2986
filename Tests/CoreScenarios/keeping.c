/*
 * Values that entries keep: as a rule, until their holder removes them; or as long as somebody uses
 * their key. Each value must end once, with no lock held, and no other key may ever see it.
 */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#include <stdlib.h>

/* The memory that it owns makes AddressSanitizer a witness of each use. */
struct kept {
	uint64_t number;
	uint64_t *owned;
};

static uint64_t made, ended;
static lt_table_t *used_at_end;		/* Its stripes are locked at the end of a value. */

static void
kept_make(void *place, uint64_t number)
{
	struct kept *kept = place;

	kept->number = number;
	kept->owned = memory_allocate(sizeof *kept->owned);
	if (kept->owned == NULL)
		abort();
	*kept->owned = number;
	(void)__atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
}

static void
kept_end(void *place)
{
	struct kept *kept = place;

	EXPECT(kept->number == *kept->owned, "what ends is no value");
	memory_deallocate(kept->owned, sizeof *kept->owned);
	kept->owned = NULL;
	(void)__atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
}

static void
end_value(void *context, void *place)
{

	EXPECT(context == &made, "another context was handed on");
	if (used_at_end != NULL)
		(void)lt_table_count(used_at_end);
	kept_end(place);
}

static lt_table_t *
values_table(enum form form, uint32_t stripes, bool in_use_only)
{
	lt_config_t config = { .stripes = stripes, .keys = kind_of(form), .purpose = LT_FOR_VALUES,
		.payload_size = sizeof(struct kept), .payload_alignment = 8,
		.end_value = end_value, .end_value_context = &made,
		.values_in_use_only = in_use_only, .operations = &label_operations,
		.value_operations = &value_operations, .seed = { SEED_0, SEED_1 },
		.diagnostics = has_diagnostics_set(), .unmonitored = true };
	lt_table_t *table;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	made = ended = 0;
	used_at_end = table;
	return table;
}

/* Is the value present, and the one that was made for this number? */
static bool
has_value(const lt_table_t *table, lt_hold_t hold, uint64_t number)
{
	const lt_value_t value = lt_value_of(table, hold);
	const struct kept *kept = value.place;

	return value.is_present && kept->number == number && *kept->owned == number;
}

/* As a holder that releases: makes the value, or ends it. */
static void
put(const lt_table_t *table, lt_hold_t hold, uint64_t number)
{
	const lt_value_t value = lt_value_of(table, hold);

	EXPECT(!value.is_present, "a value is there before it was made");
	kept_make(value.place, number);
	lt_release_value(hold, true);
}

static void
take_out(const lt_table_t *table, lt_hold_t hold)
{
	const lt_value_t value = lt_value_of(table, hold);
	struct kept kept = *(struct kept *)value.place;

	EXPECT(value.is_present, "a value that was made is not there");
	lt_release_value(hold, false);
	kept_end(&kept);
}

static void
expect_counts(lt_table_t *table, size_t values, size_t used, size_t keys)
{

	EXPECT(lt_table_count_values(table) == values, "not so many values");
	EXPECT(lt_table_count_used(table) == used, "not so many keys are in use");
	EXPECT(lt_table_count(table) == keys, "not so many keys are present");
}

static void
close_without_values(lt_table_t *table)
{

	EXPECT(lt_table_count_values(table) == 0, "a value is left");
	EXPECT(made == ended, "a value has not ended, or has twice");
	used_at_end = NULL;
	close_empty(table);
}

#define MANY	40

/* --- values that stay ------------------------------------------------------------------------ */

SCENARIO(a_value_stays_while_nobody_needs_its_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 2, false);

		for (uint64_t i = 0; i < MANY; i++)
			put(table, acquire(table, form, i, LT_FOREVER), i);
		expect_counts(table, MANY, 0, MANY);
		for (uint64_t i = 0; i < MANY; i++) {
			lt_hold_t hold = acquire_shared(table, form, i, LT_FOREVER);

			EXPECT(has_value(table, hold, i), "a reader does not see its key's value");
			expect_counts(table, MANY, 1, MANY);
			lt_release_shared(hold);
			hold = acquire(table, form, i, LT_FOREVER);
			EXPECT(has_value(table, hold, i), "a writer does not see its key's value");
			lt_release_value(hold, true);
			hold = acquire(table, form, i, LT_FOREVER);
			lt_release(hold);
		}
		expect_counts(table, MANY, 0, MANY);
		for (uint64_t i = 0; i < MANY; i++)
			take_out(table, acquire(table, form, i, LT_FOREVER));
		expect_counts(table, 0, 0, 0);
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
			expect_counts(table, 0, 1, 1);
			lt_release_value(hold, false);
			hold = acquire_shared(table, form, i, LT_FOREVER);
			EXPECT(!lt_value_of(table, hold).is_present, "a value that nobody made");
			lt_release_shared(hold);
		}
		expect_counts(table, 0, 0, 0);
		close_without_values(table);
	}
}

/* Keys come and go, so that each gets the memory of another one. */
SCENARIO(no_key_sees_the_value_of_another)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, false);

		for (uint64_t i = 0; i < MANY; i++)
			put(table, acquire(table, form, i, LT_FOREVER), i);
		for (uint64_t i = 0; i < 4 * MANY; i++) {
			const uint64_t next = MANY + i;

			take_out(table, acquire(table, form, i, LT_FOREVER));
			put(table, acquire(table, form, next, LT_FOREVER), next);
		}
		expect_counts(table, MANY, 0, MANY);
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
	put(table, hold, 1);
	for (unsigned i = 0; i < LENGTH_OF(sleepers); i++) {
		EXPECT(sleeper_poll(&sleepers[i]) == LT_OK, "a waiter does not get the key");
		hold = sleeper_end(&sleepers[i]);
		if (i % 2 == 0)
			take_out(table, hold);
		else
			put(table, hold, i);
	}
	expect_counts(table, 0, 0, 0);
	close_without_values(table);
}

SCENARIO(a_value_stays_when_waiters_leave)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = values_table(form, 1, false);
		struct sleeper sleeper = SLEEPER;
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), pinned;

		sleeper_enqueue(&sleeper, table, form, 1);
		put(table, hold, 1);
		lt_suspension_cancel(sleeper.suspension);
		(void)sleeper_end(&sleeper);
		expect_counts(table, 1, 0, 1);
		pinned = pin(table, form, 1);
		expect_counts(table, 1, 1, 1);
		lt_unpin(pinned);
		EXPECT(!is_held(table, form, 1), "a value is taken for a hold");
		expect_counts(table, 1, 0, 1);
		take_out(table, try_acquire(table, form, 1));
		close_without_values(table);
	}
}

/* --- values that are there while somebody uses their key ----------------------------------- */

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

	EXPECT(ended == count, "a value has outlived the uses of its key, or has not");
	expect_counts(table, made - ended, made - ended, made - ended);
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
			expect_counts(table, others + 1, others + 1, others + 1);
			lt_release_shared(shared);
			expect_counts(table, others, others, others);
			for (uint64_t i = 0; i < others; i++) {
				EXPECT(has_value(table, held[i], 10 + i), "another value is gone");
				lt_release(held[i]);
			}
		}
		expect_ended(table, made);
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

	used_at_end = NULL;
	lt_table_close(table);
	EXPECT(ended == 0, "closing ends what is in use");
	lt_release(held[0]);
	lt_release(held[1]);
	EXPECT(ended == 2, "a value was left");
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
			put(table, acquire(table, form, i, LT_FOREVER), i);
		pinned = pin(table, form, 7);
		lt_table_end_values(table);
		expect_counts(table, 0, 1, 1);
		EXPECT(ended == count, "values are left");
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
		put(table, acquire(table, INTEGERS, i, LT_FOREVER), i);
		sum += i;
	}
	for (uint32_t stripe = 0; stripe < lt_table_stripes(table); stripe++) {
		const size_t count = lt_pin_values(table, stripe, NULL, 0);

		EXPECT(count <= MANY, "more values than there are");
		EXPECT(lt_pin_values(table, stripe, pins, count) == count, "one number, then another");
		expect_counts(table, MANY, 1 + count, MANY + 1);
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
		put(table, acquire(table, SHORT_BYTES, i, LT_FOREVER), i);
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
				put(table, acquire(table, form, values, LT_FOREVER), values);
			memory_fail(n, 1);
			for (uint64_t i = 5; i < 12; i++) {
				const lt_hold_t hold = acquire(table, form, i, LT_FOREVER);

				EXPECT(is_hold(hold) || has_failed(hold, LT_NO_MEMORY),
				    "a call failed for a wrong reason");
				if (is_hold(hold))
					lt_release_value(hold, false);
			}
			memory_recover();
			expect_counts(table, values, 0, values);
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

/* --- threads --------------------------------------------------------------------------------- */

#define THREADS	4
#define KEYS	3

struct user {
	lt_table_t *table;
	bool in_use_only;
	uint64_t random;
	unsigned rounds;
};

/* Writes what a reader beside it would see. */
static void
use(struct kept *kept, bool shared)
{

	EXPECT(kept->number == *kept->owned, "a value is not whole");
	if (!shared)
		*kept->owned = ++kept->number;
}

static void
use_staying(struct user *user, uint64_t key, bool shared, uint64_t deadline)
{
	const lt_hold_t hold = shared ? acquire_shared(user->table, INTEGERS, key, deadline) :
	    acquire(user->table, INTEGERS, key, deadline);
	lt_value_t value;

	if (!is_hold(hold))
		return;
	value = lt_value_of(user->table, hold);
	if (value.is_present)
		use(value.place, shared);
	if (shared) {
		lt_release_shared(hold);
	} else if (!value.is_present) {
		put(user->table, hold, key);
	} else if (random_next(&user->random) % 2 == 0) {
		take_out(user->table, hold);
	} else {
		lt_release_value(hold, true);
	}
}

static void
use_in_use(struct user *user, uint64_t key, bool shared, uint64_t deadline)
{
	lt_hold_t hold = acquire(user->table, INTEGERS, key, deadline);
	lt_value_t value;

	if (!is_hold(hold))
		return;
	value = lt_value_of(user->table, hold);
	if (!value.is_present) {
		kept_make(value.place, key);
		lt_keep_value(hold);
	}
	if (shared)
		hold = lt_downgrade(hold);
	use(value.place, shared);
	(shared ? lt_release_shared : lt_release)(hold);
}

static void *
user_run(void *argument)
{
	struct user *user = argument;

	for (unsigned i = 0; i < user->rounds; i++) {
		const uint64_t random = random_next(&user->random);
		const uint64_t deadline = random / 64 % 4 == 0 ? LT_NO_WAIT :
		    random / 64 % 4 == 1 ? lt_deadline_after_ns(random / 256 % 20000) : LT_FOREVER;

		(user->in_use_only ? use_in_use : use_staying)(user, random % KEYS,
		    random / 8 % 4 == 0, deadline);
	}
	return NULL;
}

static void
use_by_threads(bool in_use_only)
{
	lt_table_t *table = values_table(INTEGERS, 1, in_use_only);
	struct user users[THREADS];
	struct crew crew = { 0 };

	for (unsigned i = 0; i < THREADS; i++) {
		users[i] = (struct user){ table, in_use_only, 7 + i, scaled(20000) };
		crew_add(&crew, user_run, &users[i]);
	}
	crew_join(&crew);
	EXPECT(lt_table_count_values(table) == made - ended, "not as many values as were made");
	if (in_use_only)
		EXPECT(made == ended, "a value has outlived its use");
	lt_table_end_values(table);
	close_without_values(table);
}

SCENARIO(values_that_threads_make_and_remove)
{

	use_by_threads(false);
}

SCENARIO(values_that_threads_use)
{

	use_by_threads(true);
}
