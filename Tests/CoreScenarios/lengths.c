/*
 * How long waits and holds have lasted, and who waits now, for how long. All of them compare
 * moments: they need a clock that runs as clocks do.
 */
#include "times.h"

static lt_present_t
present_in(lt_table_t *table)
{
	lt_present_t present;

	lt_table_present(table, &present);
	return present;
}

/* The count of a time that lasted for so many seconds, and less than a minute more. */
static uint32_t
count_of(uint64_t seconds)
{
	uint32_t i = 0;

	while (lt_time_bound(i) < seconds * SECOND)
		i++;
	return i;
}

/* Three tasks wait: for seven seconds, for 20, and for two minutes. */
static void
count_waits(enum form form, uint32_t fairness)
{
	static const uint64_t seconds[] = { 7, 20, 120 };
	struct contended_key contended;
	struct sleeper waiters[LENGTH_OF(seconds)];
	lt_statistics_t told;
	uint64_t all = 0;

	contended_open(&contended, form, fairness);
	for (unsigned w = 0; w < LENGTH_OF(seconds); w++) {
		contended_enqueue(&contended, &waiters[w]);
		peek_age(waiters[w].suspension, seconds[w] * SECOND);
		all += seconds[w] * SECOND;
	}
	EXPECT(has_waits(contended.table, 0), "a wait counts before it is over");
	release_if_hold(contended.hold);
	for (unsigned w = 0; w < LENGTH_OF(seconds); w++) {
		EXPECT(has_waits(contended.table, w), "a wait counts before its task runs");
		EXPECT(sleeper_claims_key(&waiters[w]), "a waiter was not let in");
		EXPECT(has_waits(contended.table, w + 1), "a wait was not counted, or twice");
		contended_release_granted(&contended, &waiters[w]);
		told = told_by(contended.table);
		EXPECT(times_count(&told.waits) == w + 1, "a wait was counted at its release");
		EXPECT(told.waits.counts[count_of(seconds[w])] == 1, "a wait has another length");
	}
	EXPECT(told.waits.nanoseconds >= all && told.waits.nanoseconds < all + 60 * SECOND,
	    "the sum of the waits is another");
	EXPECT(times_count(&told.waits) == told.parks, "not each sleep is one wait");
	contended_close(&contended);
}

SCENARIO(a_wait_is_counted_once_with_its_length)
{

	for_each_form_and_fairness(count_waits);
}

/* Late, cancelled, and both when it had been granted the key. */
static void
count_failed_waits(enum form form, uint32_t fairness)
{
	struct sleeper late, cancelled, granted, early;
	struct contended_key contended;

	contended_open(&contended, form, fairness);
	contended_enqueue(&contended, &granted);
	contended_enqueue(&contended, &late);
	contended_enqueue_reader(&contended, &cancelled);
	contended_prepare(&contended, &early);
	lt_suspension_cancel(early.suspension);
	EXPECT(sleeper_begin(&early) == LT_CANCELLED, "a cancelled one had to wait");
	EXPECT(has_waits(contended.table, 0), "what did not wait was counted");
	peek_age(late.suspension, 20 * SECOND);
	peek_expire(late.suspension);
	EXPECT(has_waits(contended.table, 1), "a late wait was not counted, or twice");
	EXPECT(told_by(contended.table).waits.counts[count_of(20)] == 1, "a wait has another length");
	lt_suspension_cancel(cancelled.suspension);
	EXPECT(has_waits(contended.table, 2), "a cancelled wait was not counted, or twice");
	release_if_hold(contended.hold);
	lt_suspension_cancel(granted.suspension);
	EXPECT(has_waits(contended.table, 3), "a wait that was cut short was not counted, or twice");
	sleeper_expect_failure(&late, LT_TIMED_OUT);
	sleeper_expect_failure(&cancelled, LT_CANCELLED);
	sleeper_expect_failure(&granted, LT_CANCELLED);
	sleeper_expect_failure(&early, LT_CANCELLED);
	EXPECT(has_waits(contended.table, 3), "a wait was counted at its end");
	contended_close(&contended);
}

SCENARIO(a_wait_that_fails_is_counted_once)
{

	for_each_form_and_fairness(count_failed_waits);
}

/* Each key in a stripe of its own, as far as there are so many. */
SCENARIO(times_are_summed_over_the_stripes)
{
	enum { KEYS = 64 };
	struct sleeper waiters[KEYS];
	lt_hold_t holds[KEYS];
	lt_statistics_t told;
	lt_table_t *table;

	set_diagnostics(true);
	table = table_make(INTEGERS, KEYS, LT_FIFO);
	for (uint64_t k = 0; k < KEYS; k++) {
		holds[k] = acquire(table, INTEGERS, k, LT_FOREVER);
		sleeper_enqueue(&waiters[k], table, INTEGERS, k);
	}
	EXPECT(present_in(table).waiters == KEYS, "waiters were counted wrong");
	for (uint64_t k = 0; k < KEYS; k++) {
		peek_age(waiters[k].suspension, 20 * SECOND);
		lt_release(holds[k]);
		EXPECT(sleeper_claims_key(&waiters[k]), "a waiter was not let in");
	}
	told = told_by(table);
	EXPECT(told.waits.counts[count_of(20)] == KEYS && times_count(&told.waits) == KEYS,
	    "waits were summed wrong");
	EXPECT(told.waits.nanoseconds >= 20 * SECOND * KEYS, "the sum of the waits is another");
	EXPECT(times_count(&told.holds) == KEYS, "holds were summed wrong");
	for (uint64_t k = 0; k < KEYS; k++)
		release_if_hold(sleeper_end(&waiters[k]));
	EXPECT(has_holds(table, 2 * KEYS), "holds were summed wrong");
	close_empty(table);
	set_diagnostics(false);
}

static void
count_holds(enum form form, uint32_t fairness)
{
	lt_table_t *table = table_make(form, 1, fairness);
	lt_hold_t hold, readers[2];
	lt_statistics_t told;

	hold = acquire(table, form, 1, LT_FOREVER);
	EXPECT(has_holds(table, 0), "a hold counts before its end");
	peek_age_hold(hold, 20 * SECOND);
	release_if_hold(hold);
	told = told_by(table);
	EXPECT(told.holds.counts[count_of(20)] == 1 && times_count(&told.holds) == 1,
	    "a hold has another length");
	EXPECT(told.holds.nanoseconds >= 20 * SECOND && told.holds.nanoseconds < 80 * SECOND,
	    "the sum of the holds is another");
	for (unsigned r = 0; r < LENGTH_OF(readers); r++)
		readers[r] = acquire_shared(table, form, 1, LT_FOREVER);
	peek_age_hold(readers[0], 120 * SECOND);
	release_shared_if_hold(readers[1]);
	release_shared_if_hold(readers[0]);
	told = told_by(table);
	EXPECT(told.holds.counts[LAST] == 1 && times_count(&told.holds) == 3,
	    "a reader was not counted, or twice");
	hold = acquire(table, form, 1, LT_FOREVER);
	peek_age_hold(hold, 20 * SECOND);
	hold = lt_downgrade(hold);
	EXPECT(has_holds(table, 3), "a hold was counted when it was downgraded");
	release_shared_if_hold(hold);
	EXPECT(told_by(table).holds.counts[count_of(20)] == 2, "a hold began when it was downgraded");
	hold = acquire(table, form, 1, LT_FOREVER);
	lt_table_set_recording(table, false);
	release_if_hold(hold);
	EXPECT(has_holds(table, 5), "a hold with a record was not counted");
	release_if_hold(acquire(table, form, 1, LT_FOREVER));
	EXPECT(has_holds(table, 5), "a hold without a record was counted");
	told = told_by(table);
	for (uint32_t i = 0; i < LT_FIRST_HOLD_TIME; i++)
		EXPECT(told.holds.counts[i] == 0, "a hold's time is finer than its clock");
	close_empty(table);
}

SCENARIO(holds_with_records_are_counted_once)
{

	set_diagnostics(true);
	for_each_form_and_fairness(count_holds);
	set_diagnostics(false);
}

static void
show_present(enum form form, uint32_t fairness)
{
	struct sleeper first, second;
	struct contended_key contended;
	lt_present_t present;

	contended_open(&contended, form, fairness);
	present = present_in(contended.table);
	EXPECT(present.waiters == 0 && present.longest_wait == 0, "a table without waiters has some");
	contended_enqueue(&contended, &first);
	contended_enqueue_reader(&contended, &second);
	peek_age(first.suspension, 20 * SECOND);
	peek_age_hold(contended.hold, 120 * SECOND);
	present = present_in(contended.table);
	EXPECT(present.waiters == 2, "waiters were counted wrong");
	EXPECT(count_of(20) == count_of(present.longest_wait / SECOND), "the longest wait is another");
	EXPECT(has_diagnostics_set() ? present.longest_hold >= 120 * SECOND : present.longest_hold == 0,
	    "the longest hold is another");
	release_if_hold(contended.hold);
	EXPECT(sleeper_claims_key(&first), "a waiter was not let in");
	present = present_in(contended.table);
	EXPECT(present.waiters == 1 && present.longest_wait < 20 * SECOND &&
	    present.longest_hold < 120 * SECOND, "what is over is still there");
	contended_release_granted(&contended, &first);
	EXPECT(sleeper_claims_key(&second), "a reader was not let in");
	contended_release_granted_reader(&contended, &second);
	present = present_in(contended.table);
	EXPECT(present.waiters == 0 && present.longest_wait == 0 && present.longest_hold == 0,
	    "what is over is still there");
	contended_close(&contended);
}

/* It joins the queue once more, and no call does. */
SCENARIO(a_waiter_whose_grant_is_taken_back_is_told_again)
{
	struct contended_key contended;
	struct sleeper reader;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue_reader(&contended, &reader);
	contended.hold = lt_downgrade(contended.hold);
	EXPECT(sleeper_was_resumed(&reader), "a reader was not let in");
	EXPECT(present_in(contended.table).waiters == 0, "a waiter that was granted the key waits");
	peek_sweep(contended.pin);
	peek_sweep(contended.pin);
	EXPECT(present_in(contended.table).waiters == 1, "a waiter that waits again was missed");
	EXPECT(sleeper_claims_key(&reader), "a waiter was not let in");
	contended_release_granted_reader(&contended, &reader);
	lt_release_shared(contended.hold);
	contended_close(&contended);
}

SCENARIO(who_waits_at_present_is_told)
{

	for (int has_diagnostics = 0; has_diagnostics < 2; has_diagnostics++) {
		set_diagnostics(has_diagnostics != 0);
		for_each_form_and_fairness(show_present);
	}
	set_diagnostics(false);
}

/* A task that was woken and does not run has waited for longer than those that are in line. */
SCENARIO(a_stalled_waiter_may_be_the_one_that_waits_for_longest)
{
	struct contended_key contended;
	struct sleeper stalled, next;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue(&contended, &stalled);
	peek_age(stalled.suspension, 20 * SECOND);
	contended_enqueue(&contended, &next);
	release_if_hold(contended.hold);
	peek_sweep(contended.pin);
	peek_sweep(contended.pin);
	EXPECT(present_in(contended.table).longest_wait >= 20 * SECOND, "a stalled waiter was missed");
	EXPECT(sleeper_claims_key(&next), "a waiter was not let in");
	contended_release_granted(&contended, &next);
	EXPECT(sleeper_claims_key(&stalled), "a waiter was not let in");
	EXPECT(told_by(contended.table).waits.counts[count_of(20)] == 1 && has_waits(contended.table, 2),
	    "a wait was not counted, or twice");
	contended_release_granted(&contended, &stalled);
	contended_close(&contended);
}

/* More keys in one stripe than one locked section looks at, and a set that grows and shrinks. */
static void *
change_the_set(void *pointer)
{
	struct holder *changing = pointer;
	lt_hold_t pins[300];

	while (event_times(&changing->let_go) == 0) {
		for (unsigned i = 0; i < LENGTH_OF(pins); i++)
			pins[i] = pin(changing->table, changing->form, 10000 + i);
		for (unsigned i = 0; i < LENGTH_OF(pins); i++)
			lt_unpin(pins[i]);
		event_raise(&changing->done);
	}
	return NULL;
}

static void
count_among_many(enum form form)
{
	enum { KEYS = 700, WAITERS = 3 };
	struct holder changing = { HOLDER, .form = form };
	struct sleeper waiters[WAITERS];
	struct crew crew = { 0 };
	lt_hold_t holds[KEYS];
	lt_present_t present;

	changing.table = table_make(form, 1, LT_FIFO);
	for (uint64_t k = 0; k < KEYS; k++)
		holds[k] = acquire(changing.table, form, k, LT_FOREVER);
	for (unsigned w = 0; w < WAITERS; w++) {
		sleeper_enqueue(&waiters[w], changing.table, form, (uint64_t)w * (KEYS - 1) / 2);
		peek_age(waiters[w].suspension, 20 * SECOND);
	}
	peek_age_hold(holds[KEYS - 1], 120 * SECOND);
	present = present_in(changing.table);
	EXPECT(present.waiters == WAITERS && present.longest_wait >= 20 * SECOND &&
	    (present.longest_hold >= 120 * SECOND || !has_diagnostics_set()),
	    "of many keys some were missed, or seen twice");
	crew_add(&crew, change_the_set, &changing);
	event_await(&changing.done, 1);
	for (unsigned i = 0; i < scaled(200); i++) {
		present = present_in(changing.table);
		EXPECT(present.waiters >= 1 && present.waiters <= 2 * WAITERS,
		    "of many keys most were missed, or seen often");
	}
	event_raise(&changing.let_go);
	crew_join(&crew);
	for (uint64_t k = 0; k < KEYS; k++)
		release_if_hold(holds[k]);
	for (unsigned w = 0; w < WAITERS; w++)
		release_if_hold(sleeper_end(&waiters[w]));
	close_empty(changing.table);
}

SCENARIO(who_waits_for_one_of_many_keys_is_told)
{

	for (int has_diagnostics = 0; has_diagnostics < 2; has_diagnostics++) {
		set_diagnostics(has_diagnostics != 0);
		count_among_many(INTEGERS);
		count_among_many(OPAQUES);
		count_among_many(VALUES_ALIKE);
	}
	set_diagnostics(false);
}
