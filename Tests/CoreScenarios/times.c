/* How many waits and holds there were, of which lengths are counted (lengths.c). */
#include "times.h"

#include <stdlib.h>

uint64_t
times_count(const lt_times_t *times)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < LT_TIMES; i++)
		all += times->counts[i];
	return all;
}

bool
has_waits(lt_table_t *table, uint64_t waits)
{
	const lt_statistics_t told = told_by(table);

	return times_count(&told.waits) == waits;
}

bool
has_holds(lt_table_t *table, uint64_t holds)
{
	const lt_statistics_t told = told_by(table);

	return times_count(&told.holds) == holds;
}

bool
sleeper_claims_key(struct sleeper *sleeper)
{

	return sleeper_gets_key(sleeper) && sleeper_poll(sleeper) == LT_OK;
}

SCENARIO(the_bounds_of_times_rise)
{

	for (uint32_t i = 1; i < LT_TIMES; i++)
		EXPECT(lt_time_bound(i) > lt_time_bound(i - 1), "a bound is not above the one before");
	EXPECT(lt_time_bound(0) == 10000 && lt_time_bound(LAST - 1) == 60 * SECOND, "a bound is another");
	EXPECT(lt_time_bound(LAST) == UINT64_MAX && lt_time_bound(LT_TIMES) == UINT64_MAX,
	    "a time is longer than the last bound");
	EXPECT(lt_time_bound(LT_FIRST_HOLD_TIME) >= 10000000, "a hold's time is finer than its clock");
}

/* What did not wait: tries, refusals, and what finds the key free. */
SCENARIO(what_does_not_wait_is_not_counted)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .keys = LT_KEYS_INTEGER,
	    .most_waiters = 1, .seed = { SEED_0, SEED_1 } };
	struct contended_key contended = { .form = INTEGERS };
	struct sleeper waiter, refused;

	if (lt_table_create(&config, &contended.table) != LT_OK)
		abort();
	contended.pin = pin(contended.table, INTEGERS, 1);
	contended.hold = acquire(contended.table, INTEGERS, 1, LT_FOREVER);
	EXPECT(has_failed(try_acquire(contended.table, INTEGERS, 1), LT_BUSY), "a held key was acquired");
	contended_enqueue(&contended, &waiter);
	contended_prepare(&contended, &refused);
	EXPECT(sleeper_begin(&refused) == LT_TOO_MANY, "a full queue grew");
	sleeper_expect_failure(&refused, LT_TOO_MANY);
	EXPECT(has_waits(contended.table, 0), "a refusal was counted");
	release_if_hold(contended.hold);
	EXPECT(sleeper_claims_key(&waiter), "a waiter was not let in");
	contended_release_granted(&contended, &waiter);
	release_if_hold(acquire(contended.table, INTEGERS, 1, LT_FOREVER));
	EXPECT(has_waits(contended.table, 1) && has_holds(contended.table, 0), "what did not wait counts");
	contended_close(&contended);
}

/* One thread gets the key, and another one comes too late. Each has parked. */
static void
count_waits_of_threads(enum form form, uint32_t fairness)
{
	struct contended_key contended;
	struct holder waiter = { HOLDER, .form = form, .number = 1, .deadline = LT_FOREVER };
	struct crew crew = { 0 };
	lt_statistics_t told;

	contended_open(&contended, form, fairness);
	waiter.table = contended.table;
	EXPECT(has_failed(acquire(contended.table, form, 1, lt_deadline_after_ns(1000)), LT_TIMED_OUT),
	    "a held key was acquired");
	told = told_by(contended.table);
	EXPECT(times_count(&told.waits) == told.parks && told.parks == 1,
	    "a late wait was not counted, or twice");
	crew_add(&crew, holder_run, &waiter);
	await_queue(contended.pin, 1);
	/* It spins before it parks. */
	pass_time(10000000);
	release_if_hold(contended.hold);
	event_await(&waiter.done, 1);
	told = told_by(contended.table);
	EXPECT(times_count(&told.waits) == told.parks, "a wait was not counted, or twice");
	event_raise(&waiter.let_go);
	crew_join(&crew);
	contended_close(&contended);
}

SCENARIO(waits_of_threads_that_park_are_counted)
{

	for_each_form_and_fairness(count_waits_of_threads);
}

/* A grant that is taken back is no hold. */
SCENARIO(a_grant_that_no_task_has_claimed_is_no_hold)
{
	struct contended_key contended;
	struct sleeper first;

	set_diagnostics(true);
	contended_open(&contended, INTEGERS, LT_FIFO);
	contended_enqueue(&contended, &first);
	release_if_hold(contended.hold);
	lt_suspension_cancel(first.suspension);
	EXPECT(has_holds(contended.table, 1), "what was not claimed was counted");
	sleeper_expect_failure(&first, LT_CANCELLED);
	contended_close(&contended);
	set_diagnostics(false);
}

/* The times come with the table, in the same block: no wait needs memory. */
SCENARIO(times_need_no_memory_of_their_own)
{
	lt_config_t config = { .unmonitored = true, .stripes = 64, .keys = LT_KEYS_INTEGER,
	    .diagnostics = true };
	const size_t outstanding = memory_outstanding();
	lt_table_t *table = NULL;
	uint64_t before = memory_calls();
	struct sleeper waiter;
	lt_hold_t hold;

	memory_fail(0, 1);
	EXPECT(lt_table_create(&config, &table) == LT_NO_MEMORY, "a table was made without memory");
	memory_recover();
	EXPECT(memory_outstanding() == outstanding, "memory was left");
	before = memory_calls();
	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	EXPECT(memory_calls() == before + 1, "a table took more than one block");
	hold = acquire(table, INTEGERS, 1, LT_FOREVER);
	sleeper_enqueue(&waiter, table, INTEGERS, 1);
	memory_fail(0, UINT64_MAX);
	lt_release(hold);
	EXPECT(sleeper_claims_key(&waiter), "a waiter was not let in");
	EXPECT(has_waits(table, 1) && has_holds(table, 1), "what needs no memory was not counted");
	memory_recover();
	release_if_hold(sleeper_end(&waiter));
	close_empty(table);
}
