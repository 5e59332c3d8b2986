/* Mistakes with shared holds, each in a process of its own. */
#include "misuse.h"

static const char shared_not_held[] =
    "LockTable: a shared hold was released that is not held so: "
    "it was released before, or never was one.";
static const char downgraded_shared[] =
    "LockTable: a hold was downgraded that is no exclusive one, or was released before.";
static const char too_many_callers[] =
    "LockTable: more callers use one key than can be counted: 4294967295.";

static const char too_many_waiters[] =
    "LockTable: more callers wait for one key than can be counted: 8388607.";

static lt_hold_t
one_shared_hold(void)
{

	return acquire_shared(table_make(INTEGERS, 1, LT_ADAPTIVE), INTEGERS, 1, LT_FOREVER);
}

static lt_hold_t
one_hold(void)
{

	return acquire(table_make(SHORT_BYTES, 1, LT_FIFO), SHORT_BYTES, 1, LT_FOREVER);
}

static void
release_shared_as_exclusive(void)
{

	lt_release(one_shared_hold());
}

static void
release_one_of_two_shared_as_exclusive(void)
{
	lt_table_t *table = table_make(LONG_BYTES, 1, LT_ADAPTIVE);

	(void)acquire_shared(table, LONG_BYTES, 1, LT_FOREVER);
	lt_release(acquire_shared(table, LONG_BYTES, 1, LT_FOREVER));
}

static void
release_exclusive_as_shared(void)
{

	lt_release_shared(one_hold());
}

static void
release_shared_with_a_bit_left_out(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = pin_shared(table, INTEGERS, 1);
	size_t count = 1;

	(void)lt_acquire_pinned(&hold, &count, LT_FOREVER);
	hold.place = (char *)hold.place - LT_SHARED_BIT;
	lt_release_multi(&hold, 1);
}

static void
release_shared_once_too_often(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire_shared(table, INTEGERS, 1, LT_FOREVER);

	(void)pin(table, INTEGERS, 1);
	(void)acquire_shared(table, INTEGERS, 1, LT_FOREVER);
	lt_release_shared(hold);
	lt_release_shared(hold);
	/* The holds are counted, not told apart: this is the first that is too many. */
	lt_release_shared(hold);
}

static void
release_a_failed_shared_try(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);

	(void)acquire(table, INTEGERS, 1, LT_FOREVER);
	lt_release_shared(try_shared(table, INTEGERS, 1));
}

static void
downgrade_a_shared_hold(void)
{

	(void)lt_downgrade(one_shared_hold());
}

static void
downgrade_twice(void)
{

	(void)lt_downgrade(lt_downgrade(one_hold()));
}

static void
downgrade_what_was_released(void)
{
	lt_hold_t hold = one_hold();

	lt_release(hold);
	(void)lt_downgrade(hold);
}

static void
downgrade_with_another_key_in_its_place(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire(table, INTEGERS, 1, LT_FOREVER);

	lt_release(hold);
	(void)acquire(table, INTEGERS, 2, LT_FOREVER);
	(void)lt_downgrade(hold);
}

static void
release_shared_with_another_key_in_its_place(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t hold = acquire_shared(table, INTEGERS, 1, LT_FOREVER);

	lt_release_shared(hold);
	(void)acquire_shared(table, INTEGERS, 2, LT_FOREVER);
	lt_release_shared(hold);
}

static void
downgrade_a_failure(void)
{
	const lt_hold_t failure = { NULL, LT_BUSY };

	(void)lt_downgrade(failure);
}

static void
release_what_was_downgraded(void)
{
	lt_hold_t hold = one_hold();

	(void)lt_downgrade(hold);
	lt_release(hold);
}

static void
acquire_once_too_often(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);

	peek_set_references(acquire_shared(table, INTEGERS, 1, LT_FOREVER), UINT32_MAX);
	(void)try_shared(table, INTEGERS, 1);
}

static void
pin_once_too_often(void)
{
	lt_table_t *table = table_make(OPAQUES, 1, LT_FIFO);

	peek_set_references(pin(table, OPAQUES, 1), UINT32_MAX);
	(void)pin(table, OPAQUES, 1);
}

static void
wait_once_too_often(void)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_FIFO);

	peek_set_queue(acquire(table, INTEGERS, 1, LT_FOREVER), 0x7fffff);
	(void)acquire_shared(table, INTEGERS, 1, LT_FOREVER);
}

SCENARIO(releasing_a_hold_of_the_other_mode_aborts)
{

	expect_abort(release_shared_as_exclusive, RELEASED_TWICE);
	expect_abort(release_one_of_two_shared_as_exclusive, RELEASED_TWICE);
	expect_abort(release_exclusive_as_shared, shared_not_held);
	expect_abort(release_shared_with_a_bit_left_out, RELEASED_TWICE);
	expect_abort(release_shared_once_too_often, shared_not_held);
	expect_abort(release_shared_with_another_key_in_its_place, shared_not_held);
	expect_abort(release_a_failed_shared_try, RELEASED_FAILURE);
}

SCENARIO(downgrading_what_is_not_held_exclusively_aborts)
{

	expect_abort(downgrade_a_shared_hold, downgraded_shared);
	expect_abort(downgrade_twice, downgraded_shared);
	expect_abort(downgrade_what_was_released, downgraded_shared);
	expect_abort(downgrade_with_another_key_in_its_place, downgraded_shared);
	expect_abort(downgrade_a_failure, RELEASED_FAILURE);
	expect_abort(release_what_was_downgraded, RELEASED_TWICE);
}

SCENARIO(more_callers_than_can_be_counted_abort)
{

	expect_abort(acquire_once_too_often, too_many_callers);
	expect_abort(pin_once_too_often, too_many_callers);
	expect_abort(wait_once_too_often, too_many_waiters);
}
