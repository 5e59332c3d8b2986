/* Which holders and waiters a snapshot shows, with diagnostics. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS	UINT64_C(1000000)
#define CROWD	70
/* So long before now a hold may be said to have begun, at the most. */
#define TICK	(10 * MS)

/* The task that this thread says it is; 0 = itself. */
static _Thread_local uint64_t task;

static bool
identify(lt_acquirer_t *who)
{

	if (task == 0)
		return false;
	who->id = task;
	who->is_task = 1;
	/* Without an end, on which the core must not rely. */
	(void)memset(who->name, 'a' + (int)(task % 26), sizeof who->name);
	return true;
}

static lt_table_t *
make(enum form form, uint32_t fairness)
{
	lt_config_t config = { .unmonitored = true, .stripes = 1, .fairness = fairness,
	    .keys = kind_of(form), .operations = &label_operations,
	    .value_operations = &value_operations, .diagnostics = true, .identify = identify };
	lt_table_t *table = NULL;

	if (lt_table_create(&config, &table) != LT_OK)
		abort();
	return table;
}

static bool
is_task(const lt_participant_t *participant, uint64_t id)
{

	return participant->who.is_task == 1 && participant->who.id == id && participant->serial != 0 &&
	    participant->who.name[0] == 'a' + (char)(id % 26) &&
	    strlen(participant->who.name) == sizeof participant->who.name - 1;
}

/*
 *   task 1        task 2        thread        task 3
 *   holds K
 *                 waits
 *                               waits
 *                                             waits, as a reader
 */
static void
show_parties(enum form form, uint32_t fairness)
{
	const uint64_t began = lt_now_ns() - TICK;
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = make(form, fairness);
	struct holder thread = { HOLDER, .table = table, .form = form, .number = 1,
	    .deadline = LT_FOREVER };
	struct crew crew = { 0 };
	struct sleeper second, third;
	const struct shown *shown;
	lt_hold_t hold;

	task = 1;
	hold = try_acquire(table, form, 1);
	task = 2;
	sleeper_create(&second, table, form, 1, LT_FOREVER);
	(void)sleeper_begin(&second);
	crew_add(&crew, holder_run, &thread);
	await_queue(hold, 2);
	task = 3;
	sleeper_create_shared(&third, table, form, 1, LT_FOREVER);
	(void)sleeper_begin(&third);
	task = 0;
	pass_time(2 * MS);
	EXPECT(snapshot_take(snapshot, table, true) == LT_OK && snapshot->count == 1, "looking failed");
	shown = snapshot_find(snapshot, 1);
	if (shown != NULL && shown->report.listed_holders == 1 && shown->report.listed_waiters == 3) {
		const lt_participant_t *one = &shown->holders[0], *two = &shown->waiters[0],
		    *three = &shown->waiters[1], *four = &shown->waiters[2];
		const uint64_t most = lt_now_ns() - began;

		EXPECT(is_task(one, 1) && !one->is_shared, "the holder was another");
		EXPECT(is_task(two, 2) && !two->is_shared, "the first in the queue was another");
		EXPECT(three->who.is_task == 0 && three->who.id != 0 && !three->is_shared &&
		    three->serial != 0 && three->who.id != (uint64_t)getpid(),
		    "the thread in the queue was another");
		EXPECT(is_task(four, 3) && four->is_shared, "the reader in the queue was another");
		EXPECT(one->nanoseconds >= 2 * MS && two->nanoseconds >= 2 * MS &&
		    four->nanoseconds >= 2 * MS && one->nanoseconds <= most &&
		    two->nanoseconds <= most && three->nanoseconds <= most, "an age was off");
		EXPECT(one->serial != two->serial && two->serial != three->serial &&
		    three->serial != four->serial && one->serial < two->serial,
		    "serial numbers were not");
	} else {
		complain("the holder and the waiters were not listed");
	}
	lt_release(hold);
	while (sleeper_outcome(&second) == LT_SUSPENDED) {
		event_await(&second.resumed, second.begun);
		(void)sleeper_begin(&second);
	}
	/* What was a wait is a hold now, of the same number. */
	EXPECT(snapshot_take(snapshot, table, false) == LT_OK && snapshot->count == 1, "looking failed");
	shown = snapshot_find(snapshot, 1);
	EXPECT(shown != NULL && shown->report.listed_holders == 1 && is_task(&shown->holders[0], 2) &&
	    shown->holders[0].nanoseconds <= lt_now_ns() - began,
	    "a waiter that got the key was not listed as a holder");
	lt_suspension_cancel(third.suspension);
	release_shared_if_hold(sleeper_end(&third));
	release_if_hold(sleeper_end(&second));
	event_raise(&thread.let_go);
	crew_join(&crew);
	EXPECT(lt_table_count(table) == 0, "entries were left");
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(each_holder_and_waiter_is_shown_with_what_identifies_it)
{

	for_each_kind_with_diagnostics(show_parties);
}

static void
show_thread(enum form form, uint32_t fairness)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = make(form, fairness);
	lt_hold_t hold = try_acquire(table, form, 1);
	const struct shown *shown;
	lt_acquirer_t self = { 0 };
	uint64_t age = 0;

	for (int look = 0; look < 3; look++) {
		EXPECT(snapshot_take(snapshot, table, false) == LT_OK, "looking failed");
		shown = snapshot_find(snapshot, 1);
		EXPECT(shown != NULL && shown->report.listed_holders == 1 &&
		    shown->holders[0].nanoseconds > age, "a hold does not grow older");
		if (shown == NULL)
			break;
		if (look > 0)
			EXPECT(memcmp(&self, &shown->holders[0].who, sizeof self) == 0,
			    "a holder turned into another");
		self = shown->holders[0].who;
		age = shown->holders[0].nanoseconds;
	}
	EXPECT(self.is_task == 0 && self.id != 0 && self.name[0] != 0, "a thread was not named");
	lt_release(hold);
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(a_thread_is_shown_by_its_number_and_its_name)
{

	for_each_kind_with_diagnostics(show_thread);
}

/* --- long lists ------------------------------------------------------------------------ */

static void
show_crowd(enum form form, uint32_t fairness)
{
	struct snapshot *snapshot = snapshot_make(form);
	lt_table_t *table = make(form, fairness);
	struct sleeper *sleepers = calloc(CROWD, sizeof *sleepers);
	lt_hold_t readers[CROWD];
	const struct shown *shown;

	if (sleepers == NULL)
		abort();
	for (uint64_t i = 0; i < CROWD; i++) {
		task = i + 1;
		readers[i] = try_shared(table, form, 1);
	}
	for (uint64_t i = 0; i < CROWD; i++) {
		task = 1000 + i;
		sleeper_create(&sleepers[i], table, form, 1, LT_FOREVER);
		(void)sleeper_begin(&sleepers[i]);
	}
	task = 0;
	for (uint64_t gone = 0; gone < 3; gone++) {
		EXPECT(snapshot_take(snapshot, table, true) == LT_OK && snapshot->count == 1, "looking failed");
		shown = snapshot_find(snapshot, 1);
		if (shown == NULL)
			break;
		EXPECT(shown->report.holders == CROWD - gone && !shown->report.is_exclusive &&
		    shown->report.waiters == CROWD - gone, "many waiters were counted wrong");
		EXPECT(shown->report.listed_holders == LT_MOST_PARTICIPANTS &&
		    shown->report.listed_waiters == LT_MOST_PARTICIPANTS, "many waiters were listed wrong");
		for (uint64_t i = 0; i < LT_MOST_PARTICIPANTS; i++)
			EXPECT(is_task(&shown->holders[i], 1 + i + gone) && shown->holders[i].is_shared &&
			    is_task(&shown->waiters[i], 1000 + i + gone),
			    "others were listed than those that came first");
		lt_release_shared(readers[gone]);
		lt_suspension_cancel(sleepers[gone].suspension);
		(void)sleeper_end(&sleepers[gone]);
	}
	for (uint64_t i = CROWD; i > 3; i--) {
		lt_suspension_cancel(sleepers[i - 1].suspension);
		(void)sleeper_end(&sleepers[i - 1]);
		lt_release_shared(readers[i - 1]);
	}
	EXPECT(lt_table_count(table) == 0, "entries were left");
	free(sleepers);
	snapshot_free(snapshot);
	lt_table_close(table);
}

SCENARIO(a_long_list_shows_the_participants_that_came_first)
{

	for_each_kind_with_diagnostics(show_crowd);
}

/* Readers that stay are listed, in whatever order others leave. */
SCENARIO(readers_leave_the_list_in_any_order)
{
	uint64_t seed = 7;

	for (unsigned round = 0; round < scaled(200); round++) {
		struct snapshot *snapshot = snapshot_make(SHORT_BYTES);
		lt_table_t *table = make(SHORT_BYTES, LT_ADAPTIVE);
		lt_hold_t readers[6];
		size_t left = LENGTH_OF(readers);

		for (uint64_t i = 0; i < LENGTH_OF(readers); i++) {
			task = 1 + i;
			readers[i] = try_shared(table, SHORT_BYTES, 1);
		}
		task = 0;
		while (left > 0) {
			size_t one = random_next(&seed) % left;

			lt_release_shared(readers[one]);
			readers[one] = readers[--left];
			expect_shown(table, SHORT_BYTES, 1, left, left, 0);
		}
		snapshot_free(snapshot);
		lt_table_close(table);
	}
}

/* --- without diagnostics ------------------------------------------------------------------ */

SCENARIO(without_diagnostics_waiters_are_known_only_as_threads_or_tasks)
{
	for (enum form form = 0; form < FORMS; form++) {
		struct snapshot *snapshot = snapshot_make(form);
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t hold = try_acquire(table, form, 1);
		struct holder thread = { HOLDER, .table = table, .form = form, .number = 1,
		    .deadline = LT_FOREVER, .is_shared = true };
		struct crew crew = { 0 };
		struct sleeper sleeper;
		const struct shown *shown;

		crew_add(&crew, holder_run, &thread);
		await_queue(hold, 1);
		sleeper_create(&sleeper, table, form, 1, LT_FOREVER);
		(void)sleeper_begin(&sleeper);
		pass_time(MS);
		EXPECT(snapshot_take(snapshot, table, false) == LT_OK, "looking failed");
		shown = snapshot_find(snapshot, 1);
		EXPECT(shown != NULL && shown->report.is_exclusive && shown->report.holders == 1 &&
		    shown->report.listed_holders == 0, "a holder was made up");
		EXPECT(shown != NULL && shown->report.listed_waiters == 2 &&
		    shown->waiters[0].who.is_task == 0 && shown->waiters[0].is_shared &&
		    shown->waiters[1].who.is_task == 1 && !shown->waiters[1].is_shared &&
		    shown->waiters[0].serial == 0 && shown->waiters[1].serial == 0 &&
		    shown->waiters[1].nanoseconds >= MS, "a waiter was not shown as it is");
		lt_suspension_cancel(sleeper.suspension);
		(void)sleeper_end(&sleeper);
		lt_release(hold);
		event_raise(&thread.let_go);
		crew_join(&crew);
		snapshot_free(snapshot);
		lt_table_close(table);
	}
}
