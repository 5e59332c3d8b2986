/* Diagnostics: each way to fail to acquire takes back the record that it made. */
#include "snapshot.h"

/* What the table does not count as its own. It may keep a record for the next call. */
static size_t
bytes_besides(lt_table_t *table)
{

	return memory_outstanding() - lt_table_bytes(table);
}

static void
fail_to_take(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold = try_acquire(table, form, 1), pinned;
	size_t before = bytes_besides(table), count = 1;
	struct sleeper sleeper;

	EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY), "a held key was had");
	EXPECT(has_failed(try_shared(table, form, 1), LT_BUSY), "a held key was had");
	EXPECT(has_failed(acquire(table, form, 1, 1), LT_TIMED_OUT), "a held key was had");
	EXPECT(has_failed(acquire_shared(table, form, 1, 1), LT_TIMED_OUT), "a held key was had");
	pinned = acquire(table, form, 1, LT_OR_PIN);
	EXPECT(((uintptr_t)pinned.place & LT_PIN_BIT) != 0, "a held key was not pinned");
	pinned.place = (char *)pinned.place - LT_PIN_BIT;
	EXPECT(pinned.place == hold.place, "another key was pinned");
	EXPECT(!lt_try_pinned(&pinned), "a held key was had");
	EXPECT(lt_acquire_pinned(&pinned, &count, LT_NO_WAIT) == LT_BUSY, "a held key was had");
	EXPECT(bytes_besides(table) == before, "a call that did not get the key left a record");
	expect_shown(table, form, 1, 1, 1, 0);

	sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
	(void)sleeper_begin(&sleeper);
	expect_shown(table, form, 1, 1, 1, 1);
	lt_suspension_cancel(sleeper.suspension);
	EXPECT(has_failed(sleeper_end(&sleeper), LT_CANCELLED), "it was not cancelled");
	sleeper_create(&sleeper, table, form, 1, LT_NO_WAIT);
	(void)sleeper_begin(&sleeper);
	EXPECT(has_failed(sleeper_end(&sleeper), LT_TIMED_OUT), "it was not too late");
	EXPECT(bytes_besides(table) == before, "a waiter that gave up left a record");
	expect_shown(table, form, 1, 1, 1, 0);
	lt_release(hold);
	close_empty(table);
}

SCENARIO(a_failed_acquisition_leaves_no_record)
{

	for_each_kind_with_diagnostics(fail_to_take);
}

SCENARIO(a_refused_waiter_leaves_no_record)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .most_waiters = 1, .diagnostics = true };
	struct sleeper first, second;
	lt_table_t *table = NULL;
	lt_hold_t hold;
	size_t before;

	EXPECT(lt_table_create(&config, &table) == LT_OK, "no table was made");
	hold = try_acquire(table, INTEGERS, 1);
	sleeper_create(&first, table, INTEGERS, 1, LT_FOREVER);
	(void)sleeper_begin(&first);
	before = bytes_besides(table);
	EXPECT(has_failed(acquire(table, INTEGERS, 1, 1), LT_TOO_MANY), "a full queue grew");
	sleeper_create(&second, table, INTEGERS, 1, LT_FOREVER);
	EXPECT(sleeper_begin(&second) == LT_TOO_MANY, "a full queue grew");
	EXPECT(has_failed(sleeper_end(&second), LT_TOO_MANY), "a full queue grew");
	EXPECT(bytes_besides(table) == before, "a refused waiter left a record");
	lt_suspension_cancel(first.suspension);
	(void)sleeper_end(&first);
	lt_release(hold);
	lt_table_close(table);
}
