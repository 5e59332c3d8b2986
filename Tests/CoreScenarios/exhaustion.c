/*
 * What happens seldom: systems that refuse a thread, or memory at the one moment at which it is
 * asked for under a lock; hashes that CK can't spread; counters that overflow.
 */
#define _GNU_SOURCE
#include "misuse.h"
#include "contended_key.h"

/* --- in a process of its own --------------------------------------------------- */

static void
use_plain_memory(void)
{
	lt_table_t *table;
	lt_hold_t holds[20];

	lt_set_allocator(NULL);
	table = table_make(LONG_BYTES, 1, LT_ADAPTIVE);
	for (uint64_t i = 0; i < LENGTH_OF(holds); i++)
		holds[i] = acquire(table, LONG_BYTES, i, LT_FOREVER);
	EXPECT(memory_calls() == 0, "memory came from the allocator that was replaced");
	EXPECT(lt_table_count(table) == LENGTH_OF(holds), "keys were lost");
	for (size_t i = 0; i < LENGTH_OF(holds); i++)
		release_if_hold(holds[i]);
	lt_table_close(table);
}

SCENARIO(without_an_allocator_memory_is_the_systems)
{

	in_a_process(use_plain_memory);
}

/* --- no timer ------------------------------------------------------------------ */

/* A deadline that no thread can watch is not waited for; waiters without one go on. */
static void
expect_no_timer(uint64_t failing_allocations, lt_status_t reason)
{
	struct sleeper timed, untimed;
	struct contended_key contended;

	peek_forget_timer();
	contended_open(&contended, INTEGERS, LT_FIFO);
	contended_enqueue(&contended, &untimed);
	sleeper_create(&timed, contended.table, INTEGERS, 1, lt_now_ns() + (UINT64_C(1) << 40));
	memory_fail(0, failing_allocations);
	EXPECT(sleeper_begin(&timed) == reason, "a deadline that no thread watches was waited for");
	memory_recover();
	EXPECT(!lt_timer_is_running(), "there is a timer nonetheless");
	EXPECT(event_times(&timed.resumed) == 0, "resumed without having been suspended");
	sleeper_expect_failure(&timed, reason);
	EXPECT(!peek_timer_runs() && peek_timer_count() == 0, "something of the timer was left");
	release_if_hold(contended.hold);
	EXPECT(sleeper_gets_key(&untimed), "the next was not let in");
	contended_release_granted(&contended, &untimed);
	contended_close(&contended);
}

static void
have_no_memory_for_deadlines(void)
{

	expect_no_timer(UINT64_MAX, LT_NO_MEMORY);
}

SCENARIO(a_deadline_is_not_waited_for_without_memory)
{

	in_a_process(have_no_memory_for_deadlines);
}

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
static void
ignore(void *unused)
{

	(void)unused;
}

static void
have_no_threads(void)
{

	/* Where it can't be told to, as under emulation, there is nothing to see. */
	if (!core_refuse_threads())
		return;
	expect_no_timer(0, LT_NO_THREAD);
	EXPECT(lt_ticker_start(1000000, ignore, ignore, NULL) == NULL, "a ticker without a thread");
}
#endif

SCENARIO(a_deadline_is_not_waited_for_without_a_thread)
{

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
	in_a_process(have_no_threads);
#endif
}

SCENARIO(a_timer_runs_while_a_deadline_is_waited_for)
{
	struct sleeper timed;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	sleeper_create(&timed, contended.table, INTEGERS, 1, lt_now_ns() + (UINT64_C(1) << 40));
	EXPECT(sleeper_begin(&timed) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(lt_timer_is_running(), "no thread watches the deadline");
	lt_suspension_cancel(timed.suspension);
	sleeper_expect_failure(&timed, LT_CANCELLED);
	release_if_hold(contended.hold);
	contended_close(&contended);
}

/* --- mistakes ------------------------------------------------------------------ */

static void
end_before_it_is_over(void)
{
	struct sleeper early;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_ADAPTIVE);
	contended_enqueue(&contended, &early);
	(void)lt_suspension_end(early.suspension);
}

SCENARIO(ending_a_suspension_too_early_aborts)
{

	expect_abort(end_before_it_is_over,
	    "LockTable: a suspension was ended before it was over.");
}

/* --- a full set ---------------------------------------------------------------- */

/*
 * Acquires a new key of a set that is full by the core's measure, where memory runs out for
 * good after the entry: for no more groups before, and for none of CK's own after.
 */
static void
acquire_crowded(struct holder *holder, struct crew *crew)
{
	struct stop stop = STOP;

	holder->stop = &stop;
	holder->place = STOP_ALLOCATE;
	holder->after = 1;
	memory_fail(0, 1);
	crew_add(crew, holder_run, holder);
	event_await(&stop.reached, 1);
	memory_fail(1, UINT64_MAX);
	event_raise(&stop.go_on);
	event_await(&holder->done, 1);
	memory_recover();
}

SCENARIO(a_full_set_refuses_the_next_key)
{
	enum { ROOMY = 2 + 9, ALL = 2 + 15 + 1 };

	for (enum form form = INTEGERS; form <= SHORT_BYTES; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		struct holder holders[ALL];
		struct crew crew = { 0 };
		lt_hold_t again;

		for (unsigned i = 0; i < ALL; i++) {
			holders[i] = (struct holder){ HOLDER, .table = table, .form = form,
			    .number = i, .deadline = LT_FOREVER };
			if (i < ROOMY)
				holders[i].hold = acquire(table, form, i, LT_FOREVER);
			else
				acquire_crowded(&holders[i], &crew);
			EXPECT(i + 1 == ALL ? has_failed(holders[i].hold, LT_NO_MEMORY) :
			    is_hold(holders[i].hold), "a set took another number of keys than it has slots");
		}
		EXPECT(lt_table_count(table) == ALL - 1, "a key that was refused is present");
		again = acquire(table, form, ALL - 1, LT_FOREVER);
		EXPECT(is_hold(again), "the set did not recover");
		release_if_hold(again);
		for (unsigned i = 0; i < ALL; i++) {
			event_raise(&holders[i].let_go);
			if (i < ROOMY)
				release_if_hold(holders[i].hold);
		}
		crew_join(&crew);
		close_empty(table);
	}
}

/* --- groups that move ---------------------------------------------------------- */

enum { GROUPS = 64, SLOTS = 15, PER_GROUP = 5, SPREAD = GROUPS * PER_GROUP };

/* A key of that group, while there are no more groups than GROUPS. */
static lt_hold_t
acquire_in_group(lt_table_t *table, uint64_t group, uint64_t number)
{

	return lt_acquire_integer(table, lt_integer_of_tag(table, group | (number + 1) << 40),
	    LT_FOREVER);
}

static void
expect_taken(lt_table_t *table, uint64_t group)
{

	for (uint64_t i = 0; i < SLOTS; i++)
		EXPECT(has_failed(lt_acquire_integer(table, lt_integer_of_tag(table,
		    group | (i + 1) << 40), LT_NO_WAIT), LT_BUSY), "a key was lost");
}

/* A key enters the set when the next one comes, and each time a group moves. */
static void
go_on_moving(lt_table_t *table)
{

	for (uint64_t i = 0; i < GROUPS; i++) {
		lt_hold_t older = acquire_in_group(table, 1, i);

		lt_release(acquire_in_group(table, 2, i));
		lt_release(older);
	}
}

/*
 * Two full groups become one when the set shrinks. What that one cannot take goes to CK's set,
 * which has not enough memory. So the second group has to stay where it is, until there is memory.
 */
SCENARIO(groups_that_can_not_become_one_stay_two)
{
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	lt_hold_t spread[SPREAD], full[2][SLOTS], first = acquire(table, INTEGERS, 1, LT_FOREVER);
	size_t crowded;

	for (uint64_t i = 0; i < SPREAD; i++)
		spread[i] = acquire_in_group(table, i % GROUPS, i / GROUPS);
	for (uint64_t i = 0; i < PER_GROUP; i++) {
		full[0][i] = spread[i * GROUPS];
		full[1][i] = spread[i * GROUPS + GROUPS / 2];
	}
	for (uint64_t i = PER_GROUP; i < SLOTS; i++) {
		full[0][i] = acquire_in_group(table, 0, i);
		full[1][i] = acquire_in_group(table, GROUPS / 2, i);
	}
	/* There is memory for fewer groups and for CK's least set, which some entries fill. */
	memory_fail(2, UINT64_MAX);
	for (unsigned i = 0; i < SPREAD; i++) {
		if (i % (GROUPS / 2) != 0)
			lt_release(spread[i]);
	}
	EXPECT(memory_has_failed(), "CK had no need of memory");
	EXPECT(lt_table_count(table) == 1 + 2 * SLOTS, "the count was wrong");
	expect_taken(table, 0);
	expect_taken(table, GROUPS / 2);
	crowded = lt_table_bytes(table);
	memory_recover();
	go_on_moving(table);
	EXPECT(lt_table_bytes(table) < crowded, "the groups did not move when there was memory");
	expect_taken(table, 0);
	expect_taken(table, GROUPS / 2);
	for (uint64_t i = 0; i < SLOTS; i++) {
		lt_hold_t again;

		lt_release(full[0][i]);
		EXPECT(lt_is_held(table, &(lt_key_t){ GROUPS / 2 | (i + 1) << 40, NULL, 0,
		    LT_KEYS_INTEGER, 0 }), "a key was lost when it could move");
		lt_release(full[1][i]);
		again = acquire_in_group(table, GROUPS / 2, i);
		EXPECT(lt_table_count(table) == 2 * (SLOTS - i), "an entry was there twice");
		lt_release(again);
	}
	lt_release(first);
	close_empty(table);
}

/*
 * Keys of one group, in however many groups: more than the group can take, than it can count
 * elsewhere, and than CK's set finds slots for without growing.
 */
SCENARIO(keys_of_one_group_are_kept_apart_elsewhere)
{
	enum { MANY = 600 };
	static lt_hold_t holds[MANY];
	lt_table_t *table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	unsigned held = 0;

	for (; held < MANY; held++) {
		holds[held] = acquire_in_group(table, 0, held);
		EXPECT(is_hold(holds[held]), "a key was found that nobody holds");
	}
	EXPECT(lt_table_count(table) == held, "keys met");
	while (held > 0) {
		for (uint64_t i = 0; i < MANY; i += 1 + held % 7)
			EXPECT(lt_is_held(table, &(lt_key_t){ (i + 1) << 40, NULL, 0,
			    LT_KEYS_INTEGER, 0 }) == (i < held), "a key was lost, or stayed");
		lt_release(holds[--held]);
	}
	close_empty(table);
}

/* --- counters ------------------------------------------------------------------ */

/* Counters that are kept in two parts, when the lower one is full. */
SCENARIO(counters_go_on_past_16_bits)
{
	lt_statistics_t told;
	struct sleeper sleeper;
	struct contended_key contended;

	contended_open(&contended, INTEGERS, LT_FIFO);
	peek_fill_counters(contended.pin);
	contended_enqueue(&contended, &sleeper);
	release_if_hold(contended.hold);
	contended_release_granted(&contended, &sleeper);
	lt_table_statistics(contended.table, &told);
	EXPECT(told.contended == UINT64_C(1) << 16, "waits were counted wrong");
	EXPECT(told.parks == UINT64_C(1) << 17, "sleeps were counted wrong");
	EXPECT(told.hand_offs == UINT64_C(1) << 17, "grants were counted wrong");
	contended_close(&contended);
}

/* --- more keys than a stripe can count ------------------------------------------- */

/* Room for one more key, in a stripe whose count shares a word with flags. */
static void
fill_stripe(lt_table_t **table, lt_hold_t *first, lt_hold_t *last)
{

	*table = table_make(INTEGERS, 1, LT_ADAPTIVE);
	*first = acquire(*table, INTEGERS, 1, LT_FOREVER);
	*last = acquire(*table, INTEGERS, 2, LT_FOREVER);
	peek_set_others(*last, MOST_IN_SET - 1);
}

SCENARIO(a_stripe_counts_its_keys_up_to_the_limit)
{
	lt_table_t *table;
	lt_hold_t first, last, next;

	for (int kept = 0; kept < 2; kept++) {
		set_diagnostics(kept);
		fill_stripe(&table, &first, &last);
		next = acquire(table, INTEGERS, 3, LT_FOREVER);
		EXPECT(is_hold(next), "a key was refused that could be counted");
		EXPECT(lt_table_count(table) == (size_t)MOST_IN_SET + 1, "the count was wrong");
		EXPECT(!lt_table_is_empty(table), "a full table was empty");
		lt_release(next);
		EXPECT(lt_table_count(table) == MOST_IN_SET, "the count was wrong");
		peek_set_others(last, 1);
		lt_release(last);
		lt_release(first);
		EXPECT(lt_table_is_empty(table), "an empty table was not");
		lt_table_close(table);
	}
	set_diagnostics(false);
}

static void
exceed_a_stripe(void)
{
	lt_table_t *table;
	lt_hold_t first, last;

	fill_stripe(&table, &first, &last);
	(void)acquire(table, INTEGERS, 3, LT_FOREVER);
	(void)acquire(table, INTEGERS, 4, LT_FOREVER);
}

SCENARIO(one_key_more_than_a_stripe_can_count_aborts)
{

	expect_abort(exceed_a_stripe,
	    "LockTable: more keys are in one stripe than can be counted: 268435455. A table that "
	    "holds so many keys at a time needs more stripes.");
}
