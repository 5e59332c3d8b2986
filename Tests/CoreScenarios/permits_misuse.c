/* Mistakes with permits, each in a process of its own, which has to say a sentence and abort. */
#include "permits.h"

#include "misuse.h"

static void
hold_exclusively(void)
{

	(void)acquire(permits_table(INTEGERS, LT_ADAPTIVE, 1), INTEGERS, 1, LT_FOREVER);
}

static void
try_pin_as_a_lock(void)
{
	lt_hold_t place = pin_shared(permits_table(INTEGERS, LT_ADAPTIVE, 1), INTEGERS, 1);

	(void)lt_try_pinned(&place);
}

static void
hold_several_keys(void)
{
	lt_hold_t holds[1] = { { NULL, 7 } };
	size_t count = 1, taken;

	(void)lt_acquire_multi_integers(permits_table(INTEGERS, LT_ADAPTIVE, 1), holds, &count, &taken,
	    LT_FOREVER);
}

static void
ask_for_permits_of_a_lock(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	struct key key;

	key_make(&key, table, INTEGERS, 1);
	(void)lt_acquire_permits(table, &key.prepared, 1, LT_NO_WAIT);
}

static void
ask_for_no_permits(void)
{
	struct permits permits;

	permits_open(&permits, INTEGERS, LT_ADAPTIVE, 1);
	(void)permits_take(&permits, 0, LT_NO_WAIT);
}

static void
release_too_many(void)
{
	struct permits permits;

	permits_open(&permits, INTEGERS, LT_ADAPTIVE, 3);
	lt_release_permits(permits_try(&permits, 2), 3);
}

static void
release_permits_twice(void)
{
	struct permits permits;
	lt_hold_t hold;

	permits_open(&permits, INTEGERS, LT_ADAPTIVE, 3);
	hold = permits_try(&permits, 2);
	lt_release_permits(hold, 2);
	lt_release_permits(hold, 2);
}

static void
ask_where_all_are_alike(void)
{
	struct permits permits;

	permits_open(&permits, INTEGERS, LT_ADAPTIVE, 3);
	(void)lt_permits_ask(permits.pin);
}

static void
set_too_many(void)
{
	struct permits permits;

	permits_open(&permits, INTEGERS, LT_ADAPTIVE, LT_PERMITS_BY_KEY);
	permits_answer(&permits, LT_MOST_PERMITS + 1);
}

SCENARIO(misused_permits_abort)
{
	static const char no_lock[] =
	    "LockTable: a key was to be held as a lock is, in a table of permits.";
	static const char not_out[] = "LockTable: permits were released that are not held: they were "
	    "released before, or never were held.";

	expect_abort(hold_exclusively, no_lock);
	expect_abort(try_pin_as_a_lock, no_lock);
	expect_abort(hold_several_keys, no_lock);
	expect_abort(ask_for_permits_of_a_lock,
	    "LockTable: permits were asked for, in a table that has none.");
	expect_abort(ask_for_no_permits, "LockTable: a number of permits was asked for that is not "
	    "within 1 and 2147483647.");
	expect_abort(release_too_many, not_out);
	expect_abort(release_permits_twice, not_out);
	expect_abort(ask_where_all_are_alike, "LockTable: the capacity of a key was asked for or set, "
	    "in a table whose keys have none of their own.");
	expect_abort(set_too_many, "LockTable: a key was given a capacity of more than 2147483647 "
	    "permits.");
}
