/* Diagnostics: each way to acquire makes a record that its release takes back. */
#include "snapshot.h"

/* --- ways to acquire ------------------------------------------------------------------ */

static lt_hold_t
take_prepared(lt_table_t *table, enum form form, bool shared)
{

	return shared ? acquire_shared(table, form, 1, LT_FOREVER) :
	    acquire(table, form, 1, LT_FOREVER);
}

static lt_hold_t
take_trying(lt_table_t *table, enum form form, bool shared)
{

	return shared ? try_shared(table, form, 1) : try_acquire(table, form, 1);
}

/* The functions for one kind, which the others have not. */
static lt_hold_t
take_plainly(lt_table_t *table, enum form form, bool shared)
{
	struct key key;

	key_make(&key, table, form, 1);
	switch (form) {
	case INTEGERS:
		return shared ? lt_acquire_integer_shared(table, 1, LT_FOREVER) :
		    lt_acquire_integer(table, 1, LT_FOREVER);
	case SHORT_BYTES:
		return shared ?
		    lt_acquire_bytes_shared(table, key.prepared.bytes, key.prepared.length, LT_FOREVER) :
		    lt_acquire_bytes(table, key.prepared.bytes, key.prepared.length, LT_FOREVER);
	case LONG_BYTES:
		return shared ?
		    lt_acquire_ascii_shared(table, key.prepared.bytes, key.prepared.length, LT_FOREVER) :
		    lt_acquire_ascii(table, key.prepared.bytes, key.prepared.length, LT_FOREVER);
	default:
		return take_prepared(table, form, shared);
	}
}

static lt_hold_t
take_or_pin(lt_table_t *table, enum form form, bool shared)
{

	return shared ? acquire_shared(table, form, 1, LT_OR_PIN) :
	    acquire(table, form, 1, LT_OR_PIN);
}

static lt_hold_t
without_bit(lt_hold_t hold, bool shared)
{

	if (shared && is_hold(hold))
		hold.place = (char *)hold.place - LT_SHARED_BIT;
	return hold;
}

static lt_hold_t
take_pinned(lt_table_t *table, enum form form, bool shared)
{
	lt_hold_t pinned = shared ? pin_shared(table, form, 1) : pin(table, form, 1);

	EXPECT(lt_try_pinned(&pinned), "a free key was not had");
	return without_bit(pinned, shared);
}

static lt_hold_t
take_multi(lt_table_t *table, enum form form, bool shared)
{
	lt_hold_t pins[2];
	size_t count = 2;

	for (size_t i = 0; i < count; i++)
		pins[i] = shared ? pin_shared(table, form, 1) : pin(table, form, 1);
	EXPECT(lt_acquire_pinned(pins, &count, LT_FOREVER) == LT_OK && count == 1,
	    "a free key was not had");
	return without_bit(pins[0], shared);
}

static lt_hold_t
take_suspended(lt_table_t *table, enum form form, bool shared)
{
	struct sleeper sleeper;

	if (shared)
		sleeper_create_shared(&sleeper, table, form, 1, LT_FOREVER);
	else
		sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&sleeper) == LT_OK, "a free key was not had");
	return sleeper_end(&sleeper);
}

static lt_hold_t (*const ways[])(lt_table_t *, enum form, bool) = { take_prepared, take_trying,
    take_plainly, take_or_pin, take_pinned, take_multi, take_suspended };

static void
release_as(lt_hold_t hold, bool shared)
{

	if (shared)
		release_shared_if_hold(hold);
	else
		release_if_hold(hold);
}

/* Takes it, alone or with other keys, with or without memory for a record. */
static void
take_and_release(enum form form, uint32_t fairness)
{
	for (unsigned i = 0; i < 4 * LENGTH_OF(ways); i++) {
		const bool shared = i & 1, beside = i & 2;
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t other = beside ? try_acquire(table, form, 2) : (lt_hold_t){ NULL, 0 };
		lt_hold_t hold = ways[i / 4](table, form, shared), another;

		EXPECT(is_hold(hold) && is_held(table, form, 1), "a way to acquire failed");
		expect_shown(table, form, 1, 1, 1, 0);
		if (shared) {
			another = ways[i / 4](table, form, true);
			expect_shown(table, form, 1, 2, 2, 0);
			release_as(another, true);
			expect_shown(table, form, 1, 1, 1, 0);
		}
		release_as(hold, shared);
		expect_shown(table, form, 1, 0, 0, 0);
		EXPECT(!is_held(table, form, 1), "a release did not come about");
		release_if_hold(other);
		close_empty(table);
		EXPECT(memory_outstanding() == 0, "a record was left");
	}
}

SCENARIO(each_way_to_acquire_is_recorded)
{

	for_each_kind_with_diagnostics(take_and_release);
}

/* --- changes ------------------------------------------------------------------------------ */

static void
downgrade(enum form form, uint32_t fairness)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = try_acquire(table, form, 1), other;
	const struct shown *shown;
	uint64_t serial = 0;

	(void)snapshot_take(snapshot, table, false);
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.is_exclusive && !shown->holders[0].is_shared,
	    "a writer was shown as a reader");
	if (shown != NULL)
		serial = shown->holders[0].serial;
	hold = lt_downgrade(hold);
	other = try_shared(table, form, 1);
	(void)snapshot_take(snapshot, table, false);
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && !shown->report.is_exclusive && shown->report.holders == 2 &&
	    shown->report.listed_holders == 2 && shown->holders[0].is_shared &&
	    shown->holders[1].is_shared && shown->holders[0].serial == serial &&
	    shown->holders[1].serial != serial, "a hold that was downgraded was shown as another");
	lt_release_shared(hold);
	expect_shown(table, form, 1, 1, 1, 0);
	release_shared_if_hold(other);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(a_downgraded_hold_is_the_same_hold)
{

	for_each_kind_with_diagnostics(downgrade);
}

/* A hold that outlives its table keeps its record. */
static void
outlive(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t one = try_acquire(table, form, 1), two = try_shared(table, form, 2),
	    three = try_shared(table, form, 2);

	lt_table_close(table);
	lt_release_shared(two);
	lt_release(one);
	EXPECT(memory_outstanding() > 0, "a table was freed that was in use");
	lt_release_shared(three);
	EXPECT(memory_outstanding() == 0, "a table without a use was left");
}

SCENARIO(holds_outlive_their_table_with_their_records)
{

	for_each_kind_with_diagnostics(outlive);
}

/* The memory of a record is kept for the next call, whichever way either of them takes. */
static void
acquire_often(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = try_acquire(table, form, 1);
	uint64_t calls;

	release_if_hold(hold);
	calls = memory_calls();
	for (unsigned i = 0; i < 100 && form <= LONG_BYTES; i++) {
		hold = i % 2 == 0 ? try_acquire(table, form, 1) : try_shared(table, form, 1);
		release_as(hold, i % 2 != 0);
	}
	EXPECT(memory_calls() == calls, "a record was allocated");
	hold = try_acquire(table, form, 1);
	expect_shown(table, form, 1, 1, 1, 0);
	release_if_hold(hold);
	close_empty(table);
}

SCENARIO(a_second_acquisition_allocates_no_record)
{

	for_each_kind_with_diagnostics(acquire_often);
}

/* --- without memory --------------------------------------------------------------------------- */

/* Whatever fails, it is a hold or says so; one without a record is not listed. */
static void
take_without_record(enum form form, uint32_t fairness)
{
	for (unsigned i = 0; i < 2 * LENGTH_OF(ways); i++) {
		const bool shared = i & 1;
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t pinned = pin(table, form, 1), hold, other;

		/* The entry is there; a suspension's own memory comes first. */
		memory_fail(ways[i / 2] == take_suspended, 1);
		hold = ways[i / 2](table, form, shared);
		EXPECT(memory_has_failed() && is_hold(hold), "a hold was refused for its record");
		memory_recover();
		expect_shown(table, form, 1, 1, 0, 0);
		other = shared ? try_shared(table, form, 1) : lt_downgrade(hold);
		if (shared) {
			expect_shown(table, form, 1, 2, 1, 0);
			release_as(hold, true);
			expect_shown(table, form, 1, 1, 1, 0);
		}
		release_as(other, true);
		expect_shown(table, form, 1, 0, 0, 0);
		lt_unpin(pinned);
		close_empty(table);
		EXPECT(memory_outstanding() == 0, "memory was left");
	}
}

SCENARIO(a_hold_without_a_record_is_a_hold)
{

	for_each_kind_with_diagnostics(take_without_record);
}

/* A waiter without a record is shown, and gets the key. */
static void
wait_without_record(enum form form, uint32_t fairness)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = try_acquire(table, form, 1), pinned = pin(table, form, 1);
	const struct shown *shown;
	struct sleeper sleeper;

	memory_fail(1, 1);
	sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
	EXPECT(memory_has_failed(), "nothing failed");
	memory_recover();
	(void)sleeper_begin(&sleeper);
	(void)snapshot_take(snapshot, table, true);
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.listed_waiters == 1 && shown->waiters[0].serial == 0 &&
	    shown->waiters[0].who.is_task == 1, "a waiter without a record was not shown");
	lt_release(hold);
	if (sleeper_outcome(&sleeper) == LT_SUSPENDED)
		(void)sleeper_begin(&sleeper);
	expect_shown(table, form, 1, 1, 0, 0);
	release_if_hold(sleeper_end(&sleeper));
	lt_unpin(pinned);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(a_waiter_without_a_record_gets_the_key)
{

	for_each_kind_with_diagnostics(wait_without_record);
}

/* --- switched off and on --------------------------------------------------------------- */

static void
switch_while_held(enum form form, uint32_t fairness)
{
	for (unsigned i = 0; i < 4 * LENGTH_OF(ways); i++) {
		const bool shared = i & 1, first_ends_first = i & 2;
		lt_table_t *table = table_make(form, 1, fairness);
		lt_hold_t recorded = try_acquire(table, form, 2), hold;

		EXPECT(lt_table_is_recording(table), "a table with diagnostics does not record");
		lt_table_set_recording(table, false);
		hold = ways[i / 4](table, form, shared);
		expect_shown(table, form, 1, 1, 0, 0);
		expect_shown(table, form, 2, 1, 1, 0);
		if (first_ends_first)
			release_if_hold(recorded);
		else
			release_as(hold, shared);
		lt_table_set_recording(table, true);
		if (first_ends_first)
			release_as(hold, shared);
		else
			release_if_hold(recorded);
		recorded = ways[i / 4](table, form, shared);
		expect_shown(table, form, 1, 1, 1, 0);
		release_as(recorded, shared);
		close_empty(table);
		EXPECT(memory_outstanding() == 0, "a record was left");
	}
}

SCENARIO(a_hold_keeps_the_record_that_it_began_with)
{

	for_each_kind_with_diagnostics(switch_while_held);
}
